//! Our sentences as HTML: they begin with a capital, and what stands between backticks is code.

/// Turns a sentence into HTML; whatever it holds of other people's text cannot become markup.
pub(super) fn html(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let sentence: String = first.chain(letters).collect();
    verbatim(&sentence)
}

/// The same of a sentence that begins with a name, which is no other by its capital.
pub(super) fn verbatim(sentence: &str) -> String {
    let mut html = String::with_capacity(sentence.len() + 16);
    let mut rest = sentence;
    while let Some((before, code, after)) = next_code(rest) {
        push_escaped(&mut html, before.chars());
        html.push_str("<code>");
        push_escaped(&mut html, code.chars());
        html.push_str("</code>");
        rest = after;
    }
    push_escaped(&mut html, rest.chars());
    html
}

/// What stands before the next pair of backticks, between them, and behind.
fn next_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = text.split_once('`')?;
    let (code, after) = from.split_once('`')?;
    Some((before, code, after))
}

fn push_escaped(html: &mut String, chars: impl Iterator<Item = char>) {
    for char in chars {
        match char {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{html, verbatim};

    #[test]
    fn a_sentence_begins_with_a_capital_and_its_backticks_are_code() {
        insta::assert_snapshot!(html("something was deleted; run `portico flow repair orders` to make it"), @"Something was deleted; run <code>portico flow repair orders</code> to make it");
        insta::assert_snapshot!(html("`bands` stays"), @"<code>bands</code> stays");
        insta::assert_snapshot!(html("éclairs and one ` alone"), @"Éclairs and one ` alone");
        assert_eq!(html(""), "");
        assert_eq!(verbatim("busy asks"), "busy asks");
    }

    #[test]
    fn nothing_can_be_smuggled_in() {
        insta::assert_snapshot!(html("the field \"<b>\" & `<i>'`"), @"The field &quot;&lt;b&gt;&quot; &amp; <code>&lt;i&gt;&#39;</code>");
    }
}
