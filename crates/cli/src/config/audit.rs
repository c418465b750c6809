//! How long records of the audit are kept, and where their heads are kept, too.

use std::path::PathBuf;

use jiff::SignedDuration;
use portico_engine::AuditSettings;
use serde::{Deserialize, Serialize};

use super::key::{Key, Kind, Most};

/// A hundred years.
const MOST_DAYS: u32 = 36_500;

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Audit {
    pub(crate) keep_days: std::num::NonZeroU32,
    pub(crate) heads_file: Option<PathBuf>,
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            keep_days: std::num::NonZeroU32::new(400).expect("400 is not zero"),
            heads_file: None,
        }
    }
}

impl Audit {
    pub(crate) fn settings(&self) -> AuditSettings {
        AuditSettings {
            keep: SignedDuration::from_hours(i64::from(self.keep_days.get()) * 24),
            heads_file: self.heads_file.clone(),
        }
    }
}

pub(super) const KEYS: &[Key] = &[
    Key {
        name: "audit.keep_days",
        kind: Kind::WholeNumber(Some(Most {
            number: MOST_DAYS,
            why: "that is a hundred years",
        })),
        unit: Some("days"),
        default: Some("400"),
        default_in_words: "",
        example: "90",
        about: "How long records of calls and changes are kept. Older ones are deleted from the start of each chain, and the rest can still be verified.",
    },
    Key {
        name: "audit.heads_file",
        kind: Kind::Path,
        unit: None,
        default: None,
        default_in_words: "none",
        example: "/var/lib/portico-heads/heads.jsonl",
        about: "A file to which the signed heads of the audit are added, a line each. On another machine or a write-once medium it shows when the newest records were cut off.",
    },
];
