//! Our sentences as HTML: they begin with a capital, and what stands between backticks is code.

/// Turns a sentence into HTML; whatever it holds of other people's text cannot become markup.
pub(super) fn html(sentence: &str) -> String {
    let mut html = String::with_capacity(sentence.len() + 16);
    let mut rest = sentence;
    while let Some((before, code, after)) = next_code(rest) {
        push(&mut html, before);
        html.push_str("<code>");
        push_escaped(&mut html, code.chars());
        html.push_str("</code>");
        rest = after;
    }
    push(&mut html, rest);
    html
}

/// What stands before the next pair of backticks, between them, and behind.
fn next_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = text.split_once('`')?;
    let (code, after) = from.split_once('`')?;
    Some((before, code, after))
}

fn push(html: &mut String, text: &str) {
    let mut chars = text.chars();
    if html.is_empty()
        && let Some(first) = chars.next()
    {
        push_escaped(html, first.to_uppercase());
    }
    push_escaped(html, chars);
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
    use super::html;

    #[test]
    fn a_sentence_begins_with_a_capital_and_its_backticks_are_code() {
        insta::assert_snapshot!(html("something was deleted; run `portico flow repair orders` to make it"), @"Something was deleted; run <code>portico flow repair orders</code> to make it");
        insta::assert_snapshot!(html("`bands` stays"), @"<code>bands</code> stays");
        insta::assert_snapshot!(html("éclairs and one ` alone"), @"Éclairs and one ` alone");
        assert_eq!(html(""), "");
    }

    #[test]
    fn nothing_can_be_smuggled_in() {
        insta::assert_snapshot!(html("the field \"<b>\" & `<i>'`"), @"The field &quot;&lt;b&gt;&quot; &amp; <code>&lt;i&gt;&#39;</code>");
    }
}
