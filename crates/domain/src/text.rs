//! Cutting text to what a vendor takes, never through a character.

const ELLIPSIS: char = '…';

/// The text, or as much of it as fits `max_chars` with an ellipsis at the end.
#[must_use]
pub fn clip(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max_chars.saturating_sub(1)).collect();
    format!("{}{ELLIPSIS}", kept.trim_end())
}

/// The text with every run of white space, line ends too, as one blank.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines in pieces of at most `max_chars`, cut between lines where a line fits a piece.
#[must_use]
pub fn pieces(lines: &[String], max_chars: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut length = 0;
    for line in lines.iter().flat_map(|line| cut(line, max_chars)) {
        let added = line.chars().count() + 1;
        if length + added > max_chars + 1 && length > 0 {
            pieces.push(std::mem::take(&mut piece));
            length = 0;
        }
        if length > 0 {
            piece.push('\n');
        }
        piece.push_str(&line);
        length += added;
    }
    pieces.push(piece);
    pieces
}

/// A line that is longer than a piece, cut into lines that are not.
fn cut(line: &str, max_chars: usize) -> Vec<String> {
    let chars: Vec<char> = line.chars().collect();
    if chars.is_empty() {
        return vec![String::new()];
    }
    chars
        .chunks(max_chars)
        .map(|chunk| chunk.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_text_ends_in_an_ellipsis_and_keeps_whole_characters() {
        assert_eq!(clip("héllo", 5), "héllo");
        assert_eq!(clip("héllo wörld", 6), "héllo…");
        assert_eq!(clip("👩🏽‍🚀 to the moon", 3).chars().count(), 3);
    }

    #[test]
    fn a_long_note_is_cut_between_its_lines() {
        let lines: Vec<String> = ["aaaa", "bbbb", "cccc"].map(str::to_owned).to_vec();
        assert_eq!(pieces(&lines, 9), ["aaaa\nbbbb", "cccc"]);
        assert_eq!(pieces(&["aaaaaa".to_owned()], 4), ["aaaa", "aa"]);
    }

    proptest! {
        #[test]
        fn no_piece_is_too_long_and_nothing_is_lost(
            lines in prop::collection::vec("\\PC{0,40}", 1..20),
            max in 5usize..60,
        ) {
            let pieces = pieces(&lines, max);
            prop_assert!(pieces.iter().all(|piece| piece.chars().count() <= max));
            let squeeze = |texts: &[String]| texts.concat().replace('\n', "");
            prop_assert_eq!(squeeze(&pieces), squeeze(&lines));
        }

        #[test]
        fn a_clipped_text_fits(text in "\\PC{0,80}", max in 1usize..60) {
            prop_assert!(clip(&text, max).chars().count() <= max);
        }
    }
}
