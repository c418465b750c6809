//! Unique strings, and the search for them in every form in which they could leak.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;

/// What queries and forms encode.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What must not be seen where it does not belong.
pub(crate) struct Canaries {
    /// Each form, in lower case, with what it is a form of.
    forms: BTreeMap<String, String>,
    any: Regex,
}

impl Canaries {
    pub(crate) fn of(texts: impl IntoIterator<Item = String>) -> Self {
        let mut forms_of = BTreeMap::new();
        for text in texts {
            assert!(text.len() >= 8, "`{text}` may be anywhere by chance");
            let forms = forms(&text);
            forms_of.extend(forms.into_iter().map(|form| (form, text.clone())));
        }
        let any: Vec<String> = forms_of.keys().map(|form| regex::escape(form)).collect();
        Self {
            any: Regex::new(&any.join("|")).unwrap(),
            forms: forms_of,
        }
    }

    /// Fails when the text holds any, whatever their case, in plain or encoded.
    pub(crate) fn are_not_in(&self, place: &str, text: &str) {
        let text = text.to_lowercase();
        let leaks: Vec<(&str, &str)> = text
            .lines()
            .filter_map(|line| Some((line, self.any.find(line)?.as_str())))
            .collect();
        let found: BTreeSet<&String> = leaks.iter().map(|(_, form)| &self.forms[*form]).collect();
        let first: Vec<&str> = leaks.iter().map(|(line, _)| *line).take(5).collect();
        assert!(
            leaks.is_empty(),
            "{place} holds {found:?}, first here:\n{}",
            first.join("\n")
        );
    }
}

/// In lower case, each once.
fn forms(canary: &str) -> BTreeSet<String> {
    let plain = canary.to_lowercase();
    let in_query = utf8_percent_encode(&plain, ENCODED)
        .to_string()
        .to_lowercase();
    let in_json = serde_json::json!(plain).to_string();
    let mut forms = BTreeSet::from([
        in_query.replace("%20", "+"),
        in_query,
        in_json.trim_matches('"').to_owned(),
        hex::encode(canary),
        plain,
    ]);
    for before in 0..3 {
        forms.insert(base64_after(before, canary, &STANDARD_NO_PAD));
        forms.insert(base64_after(before, canary, &URL_SAFE_NO_PAD));
    }
    forms
}

/// What of the base64 of a longer text the canary alone decides, when so many bytes stand before it.
fn base64_after(before: usize, canary: &str, alphabet: &impl Engine) -> String {
    let encoded = alphabet.encode([&b"   "[..before], canary.as_bytes()].concat());
    let sure = (before * 8).div_ceil(6)..(before + canary.len()) * 8 / 6;
    encoded[sure].to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    fn canaries() -> Canaries {
        Canaries::of(["zq0email@example.com".to_owned()])
    }

    fn found(text: &str) -> bool {
        catch_unwind(|| canaries().are_not_in("a text", text)).is_err()
    }

    #[test]
    fn a_leak_is_found_in_whatever_form_it_is() {
        for leak in [
            "sent to Zq0Email@EXAMPLE.com, twice".to_owned(),
            "GET /contacts?query=zq0email%40example.com".to_owned(),
            format!("[{}]", hex::encode("a zq0email@example.com")),
            STANDARD_NO_PAD.encode("user:zq0email@example.com"),
            STANDARD_NO_PAD.encode("use:zq0email@example.com and more"),
            URL_SAFE_NO_PAD.encode(r#"{"email": "zq0email@example.com"}"#),
        ] {
            assert!(found(&leak), "{leak}");
        }
    }

    #[test]
    fn what_is_no_leak_is_not_taken_for_one() {
        assert!(!found("sent to zq1email@example.com"));
        assert!(!found("GET /contacts?query=…"));
    }

    #[test]
    #[should_panic(expected = "the log holds {\"zq0email@example.com\"}, first here:\nto zq0email")]
    fn a_leak_fails_with_the_line_that_holds_it() {
        canaries().are_not_in("the log", "harmless\nto zq0email@example.com\n");
    }
}
