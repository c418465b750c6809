//! How work is shared among processes.

use serde::{Deserialize, Serialize};

use super::key::{Key, Kind};

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Work {
    pub(crate) lease_seconds: std::num::NonZeroU32,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            lease_seconds: std::num::NonZeroU32::new(60).expect("60 is not zero"),
        }
    }
}

pub(super) const KEYS: &[Key] = &[Key {
    name: "work.lease_seconds",
    kind: Kind::WholeNumber(None),
    unit: Some("seconds"),
    default: Some("60"),
    default_in_words: "",
    example: "30",
    about: "How long the work of a process that has died waits until another takes it over.",
}];
