//! How often Kommo is called; where an account is belongs to its connection.

use serde::{Deserialize, Serialize};

use super::key::{Key, Kind, Most};

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
    kind: Kind::WholeNumber(Some(Most {
        number: 7,
        why: "Kommo takes 7 calls a second from one address, and blocks those that go on making more",
    })),
    unit: Some("requests per second"),
    default: Some("5"),
    default_in_words: "",
    example: "3",
    about: "The calls of all accounts together, evenly spaced; 7 at most, because the vendor blocks addresses that go over it.",
}];
