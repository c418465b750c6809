//! What is logged, and how.

use serde::{Deserialize, Serialize};

use super::key::{Key, Kind};

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    pub(crate) level: String,
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Human,
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: Format::Human,
        }
    }
}

pub(super) const KEYS: &[Key] = &[
    Key {
        name: "log.level",
        kind: Kind::LogLevel,
        unit: None,
        default: Some("info"),
        default_in_words: "",
        example: "debug",
        about: "`error`, `warn`, `info`, `debug`, `trace` or `off`; by module as in `info,portico_engine=debug`. Libraries write no more than `info`: their details hold what passes through them.",
    },
    Key {
        name: "log.format",
        kind: Kind::Word(&["human", "json"]),
        unit: None,
        default: Some("human"),
        default_in_words: "",
        example: "json",
        about: "`human` or `json`. Logs go to standard error.",
    },
];
