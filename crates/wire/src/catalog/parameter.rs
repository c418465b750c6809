//! A value in a path or in a query.

use serde_json::{Value, json};

/// A named value of a path or of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, as the vendor writes it.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it is for, in a line.
    pub summary: &'static str,
    /// Whether a call without it is refused.
    pub required: bool,
    /// Parameters that must not be there beside it.
    pub excludes: &'static [&'static str],
    /// Parameters that must be there beside it.
    pub needs: &'static [&'static str],
    /// Whether it can hold personal data.
    pub personal: bool,
}

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// One id; ids are opaque.
    Id,
    /// Several ids, joined by commas.
    Ids {
        /// How many at most.
        most: u32,
    },
    /// A whole number.
    Integer {
        /// The smallest.
        least: i64,
        /// The largest, where there is one.
        most: Option<i64>,
    },
    /// Whole numbers; the parameter is repeated for each.
    Integers,
    /// `true` or `false`.
    Boolean,
    /// A moment in UTC, such as `2026-05-14T09:30:00.000Z`.
    DateTime,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Some of these words, joined by commas.
    SomeOf(&'static [&'static str]),
}

impl Parameter {
    /// A parameter that may be left out.
    pub const fn new(name: &'static str, kind: Kind, summary: &'static str) -> Self {
        Self {
            name,
            kind,
            summary,
            required: false,
            excludes: &[],
            needs: &[],
            personal: false,
        }
    }

    /// The same, that must be there.
    pub const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// The same, that stands for itself beside these.
    pub const fn excluding(self, excludes: &'static [&'static str]) -> Self {
        Self { excludes, ..self }
    }

    /// The same, that is nothing without these.
    pub const fn needing(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }

    /// The same, that can hold personal data.
    pub const fn personal(self) -> Self {
        Self {
            personal: true,
            ..self
        }
    }

    /// A JSON Schema of its value, for callers that hand it over as JSON; what the API joins is an array there.
    pub fn schema(&self) -> Value {
        let mut schema = self.kind.schema();
        schema["description"] = self.summary.into();
        schema
    }
}

impl Kind {
    fn schema(self) -> Value {
        match self {
            Self::Text => json!({"type": "string"}),
            Self::Id => json!({"type": "string", "minLength": 1}),
            Self::Ids { most } => json!({
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "minItems": 1,
                "maxItems": most,
            }),
            Self::Integer { least, most } => {
                let mut schema = json!({"type": "integer", "minimum": least});
                if let Some(most) = most {
                    schema["maximum"] = most.into();
                }
                schema
            }
            Self::Integers => json!({"type": "array", "items": {"type": "integer"}}),
            Self::Boolean => json!({"type": "boolean"}),
            Self::DateTime => json!({"type": "string", "format": "date-time"}),
            Self::OneOf(words) => json!({"type": "string", "enum": words}),
            Self::SomeOf(words) => {
                json!({"type": "array", "items": {"type": "string", "enum": words}, "minItems": 1})
            }
        }
    }
}
