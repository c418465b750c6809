//! What the holes of a path hold, read strictly and written in one way only.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::parameter::{Kind, Parameter};

/// Everything but what RFC 3986 leaves unreserved, and the comma, which joins ids.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b',');

/// What the holes of a matched path hold, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Params {
    template: &'static str,
    values: Vec<(&'static str, String)>,
}

/// Why a path cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No value was given.
    #[error("the path needs a value for `{0}`")]
    Missing(&'static str),
    /// The value cannot stand in a path.
    #[error("the value of `{0}` cannot stand in a path; give {1}")]
    Unfit(&'static str, &'static str),
}

impl Params {
    /// What a hole holds; ids are joined by commas.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }

    /// All holes in their order, and what they hold.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// The operation's path, or the twin of it, that was matched.
    pub fn template(&self) -> &'static str {
        self.template
    }

    /// The matched path, written in the one way in which it is to be sent on.
    pub fn path(&self) -> String {
        written(self.template, self.iter().map(|(_, value)| value))
    }
}

/// Reads the holes of a template from a path of as many segments.
pub(super) fn read(
    template: &'static str,
    parameters: &'static [Parameter],
    path: &str,
) -> Option<Params> {
    let mut parameters = parameters.iter();
    let mut values = Vec::new();
    for (segment, raw) in template.split('/').zip(path.split('/')) {
        if is_hole(segment) {
            let parameter = parameters.next()?;
            let value = decoded(raw)?;
            if !fits(parameter.kind, &value) {
                return None;
            }
            values.push((parameter.name, value.into_owned()));
        }
    }
    Some(Params { template, values })
}

/// Writes a template with these values in its holes.
pub(super) fn fill(
    template: &'static str,
    parameters: &'static [Parameter],
    value: impl Fn(&'static str) -> Option<String>,
) -> Result<String, PathError> {
    let mut values = Vec::with_capacity(parameters.len());
    for parameter in parameters {
        let value = value(parameter.name).ok_or(PathError::Missing(parameter.name))?;
        if !fits(parameter.kind, &value) {
            return Err(PathError::Unfit(parameter.name, wanted(parameter.kind)));
        }
        values.push(value);
    }
    Ok(written(template, values.iter().map(String::as_str)))
}

/// Whether a segment of a template is a hole.
pub(super) fn is_hole(segment: &str) -> bool {
    segment.starts_with('{')
}

/// A segment without its percent-encoding; `None` where that is not UTF-8.
pub(super) fn decoded(segment: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(segment).decode_utf8().ok()
}

fn written<'a>(template: &str, values: impl Iterator<Item = &'a str>) -> String {
    let mut values = values.map(|value| utf8_percent_encode(value, ENCODED));
    let mut path = String::with_capacity(template.len() + 64);
    for segment in template.split('/').skip(1) {
        path.push('/');
        match is_hole(segment).then(|| values.next()).flatten() {
            Some(value) => path.extend(value),
            None => path.push_str(segment),
        }
    }
    path
}

fn fits(kind: Kind, value: &str) -> bool {
    match kind {
        Kind::Id | Kind::Text => is_name(value),
        Kind::Ids { .. } => value.split(',').all(is_name),
        Kind::Integer { least, most } => {
            value.bytes().all(|byte| byte.is_ascii_digit())
                && value.parse().is_ok_and(|number: i64| {
                    number >= least && most.is_none_or(|most| number <= most)
                })
        }
        Kind::OneOf(words) => words.contains(&value),
        // Kinds of values that stand in queries only.
        Kind::Integers | Kind::Boolean | Kind::DateTime | Kind::SomeOf(_) => false,
    }
}

/// Whether a value is one name to every server: one that it would not resolve, split, cut off or decode again.
fn is_name(value: &str) -> bool {
    let splits = |c: char| matches!(c, '/' | '\\' | '%' | '?' | '#' | ';' | ',') || c.is_control();
    !matches!(value, "" | "." | "..") && !value.contains(splits)
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Text => "one id",
        Kind::Ids { .. } => "ids joined by commas",
        Kind::Integer { .. } => "a number in its range",
        Kind::OneOf(_) => "one of the words that it takes",
        Kind::Integers | Kind::Boolean | Kind::DateTime | Kind::SomeOf(_) => {
            "it in the query instead"
        }
    }
}
