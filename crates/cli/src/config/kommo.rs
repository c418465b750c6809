//! How often Kommo is called; where an account is belongs to its connection.

use serde::{Deserialize, Serialize};

use super::key::{Key, Kind};

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Kommo {
    pub(crate) requests_per_second: std::num::NonZeroU32,
}

impl Default for Kommo {
    fn default() -> Self {
        Self {
            requests_per_second: std::num::NonZeroU32::new(5).expect("5 is not zero"),
        }
    }
}

pub(super) const KEYS: &[Key] = &[Key {
    name: "kommo.requests_per_second",
    kind: Kind::WholeNumber,
    unit: Some("requests per second"),
    default: Some("5"),
    default_in_words: "",
    example: "3",
    about: "The calls of all accounts together, evenly spaced. The vendor blocks addresses that go over 7.",
}];
