//! Unique strings, and the search for them in every form in which they could leak.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What queries and forms encode.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What must not be seen where it does not belong.
#[derive(Default)]
pub(crate) struct Canaries(BTreeSet<String>);

impl Canaries {
    pub(crate) fn add(&mut self, text: impl Into<String>) {
        let text = text.into();
        assert!(text.len() >= 8, "`{text}` may be anywhere by chance");
        self.0.insert(text);
    }

    /// The strings that the text holds, whatever their case, in plain or encoded.
    pub(crate) fn found_in(&self, text: &str) -> Vec<&str> {
        let text = text.to_lowercase();
        let is_in = |canary: &&String| forms(canary).iter().any(|form| text.contains(form));
        self.0.iter().filter(is_in).map(String::as_str).collect()
    }

    /// Fails when the text holds any, with the lines that do.
    pub(crate) fn are_not_in(&self, place: &str, text: &str) {
        let found = self.found_in(text);
        if found.is_empty() {
            return;
        }
        let lines = text.lines().filter(|line| !self.found_in(line).is_empty());
        let lines: Vec<&str> = lines.take(5).collect();
        panic!("{place} holds {found:?}, first here:\n{}", lines.join("\n"));
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
    use super::*;

    fn found(text: &str) -> bool {
        let mut canaries = Canaries::default();
        canaries.add("zq0email@example.com");
        let found = canaries.found_in(text);
        !found.is_empty()
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
    #[should_panic(expected = "the log holds [\"zq0email\"], first here:\nto zq0email")]
    fn a_leak_fails_with_the_line_that_holds_it() {
        let mut canaries = Canaries::default();
        canaries.add("zq0email");
        canaries.are_not_in("the log", "harmless\nto zq0email\n");
    }
}
