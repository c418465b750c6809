//! The tags that a deal and a buyer get, by category, amount and site.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::text;

/// Longer tags are unreadable on a card.
const TAG_CHARS: usize = 60;

/// `cat: prints`
#[must_use]
pub fn category(category: &str) -> String {
    labelled("cat", &category.to_lowercase())
}

/// `site: acme`
#[must_use]
pub fn site(site: &str) -> String {
    labelled("site", site)
}

/// `over-100` and so on: the highest band that the amount passes.
#[must_use]
pub fn amount_band(amount: Decimal, bands: &[u32]) -> Option<String> {
    bands
        .iter()
        .filter(|band| amount >= Decimal::from(**band))
        .max()
        .map(|band| format!("over-{band}"))
}

/// `refund: partial`, `refund: full`, `cancelled`
pub const REFUNDED_IN_PART: &str = "refund: partial";
pub const REFUNDED: &str = "refund: full";
pub const CANCELLED: &str = "cancelled";

fn labelled(label: &str, value: &str) -> String {
    text::clip(&format!("{label}: {}", text::one_line(value)), TAG_CHARS)
}

/// What must be added to and taken from a card that got `before` from us, to get `after`.
#[must_use]
pub fn delta(before: &BTreeSet<String>, after: &BTreeSet<String>) -> TagDelta {
    TagDelta {
        add: after.difference(before).cloned().collect(),
        delete: before.difference(after).cloned().collect(),
    }
}

/// A change of tags that leaves everybody else's alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagDelta {
    pub add: Vec<String>,
    pub delete: Vec<String>,
}

impl TagDelta {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.delete.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_gets_the_highest_band_that_it_reaches() {
        let band = |amount: &str| amount_band(amount.parse().unwrap(), &[100, 250, 500, 1000]);
        assert_eq!(band("99.99"), None);
        assert_eq!(band("100").as_deref(), Some("over-100"));
        assert_eq!(band("118.48").as_deref(), Some("over-100"));
        assert_eq!(band("4000").as_deref(), Some("over-1000"));
    }

    #[test]
    fn a_category_is_one_short_line_in_lower_case() {
        assert_eq!(category("Prints"), "cat: prints");
        assert_eq!(category("Wall\nart"), "cat: wall art");
        assert_eq!(category(&"x".repeat(300)).chars().count(), TAG_CHARS);
    }

    #[test]
    fn tags_of_others_are_not_in_the_delta() {
        let set = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
        let delta = delta(
            &set(&["over-100", "cat: mugs"]),
            &set(&["over-250", "cat: mugs"]),
        );
        assert_eq!(delta.add, ["over-250"]);
        assert_eq!(delta.delete, ["over-100"]);
    }
}
