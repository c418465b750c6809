//! How long a vendor is waited for.

use serde::{Deserialize, Serialize};

use super::key::{Key, Kind};

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Calls {
    pub(crate) connect_seconds: std::num::NonZeroU32,
    pub(crate) answer_seconds: std::num::NonZeroU32,
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            connect_seconds: std::num::NonZeroU32::new(5).expect("5 is not zero"),
            answer_seconds: std::num::NonZeroU32::new(30).expect("30 is not zero"),
        }
    }
}

pub(super) const KEYS: &[Key] = &[
    Key {
        name: "calls.connect_seconds",
        kind: Kind::WholeNumber(None),
        unit: Some("seconds"),
        default: Some("5"),
        default_in_words: "",
        example: "10",
        about: "How long to wait for a connection to a vendor.",
    },
    Key {
        name: "calls.answer_seconds",
        kind: Kind::WholeNumber(None),
        unit: Some("seconds"),
        default: Some("30"),
        default_in_words: "",
        example: "60",
        about: "How long to wait for a vendor's whole answer.",
    },
];
