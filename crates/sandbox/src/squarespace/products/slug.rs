//! The last part of a product's address.

use crate::ids::Ids;
use crate::squarespace::shelf::{Object, text};

/// What websites of the present generation put before the slugs of products.
const PREFIX: &str = "p/";

const SUFFIX_LEN: usize = 5;

/// The slug as resources show it.
pub(in crate::squarespace) fn shown(slug: &str) -> String {
    format!("{PREFIX}{}", slug.to_lowercase())
}

/// The slug of a product without the prefix.
pub(super) fn bare(product: &Object) -> &str {
    let slug = text(product, "urlSlug");
    slug.strip_prefix(PREFIX).unwrap_or(slug)
}

/// A slug for a product that was made without one.
pub(super) fn made_up(ids: &Ids, name: &str) -> String {
    let words = from_name(name);
    let suffix = ids.token(SUFFIX_LEN).to_lowercase();
    if words.is_empty() {
        return suffix;
    }
    format!("{words}-{suffix}")
}

/// Lower-case ASCII with hyphens, as addresses carry names.
pub(in crate::squarespace) fn from_name(name: &str) -> String {
    let plain = |letter: char| match letter {
        'à' | 'â' | 'ä' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        letter if letter.is_ascii_alphanumeric() => letter,
        _ => '-',
    };
    let hyphened: String = name.to_lowercase().chars().map(plain).collect();
    let words: Vec<&str> = hyphened
        .split('-')
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-")
}

/// Letters, digits and hyphens that do not touch.
pub(super) fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && !text.contains("--")
        && text
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '-')
}

#[cfg(test)]
mod tests {
    use super::{from_name, is_slug};

    #[test]
    fn names_become_slugs() {
        assert_eq!(from_name("Bougie d'Été (No. 4)"), "bougie-d-ete-no-4");
        assert!(is_slug(&from_name("Bougie d'Été (No. 4)")));
        assert!(!is_slug("p/lantern"));
        assert!(!is_slug("brass--lantern"));
        assert!(!is_slug(""));
    }
}
