//! A moment as callers write it: a day, or a day and a time.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// What is taken, after "expected" and after "give".
const WANTED: &str = "a day such as 2026-01-31 or a moment such as 2026-01-31T00:00:00Z";

/// A moment that was given as itself, or as a day and so as its beginning in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

/// The text is neither a day nor a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give {WANTED}")]
pub struct NoMoment;

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        if let Ok(moment) = text.parse() {
            return Ok(Self(moment));
        }
        // Not `parse`, which would take a day out of a time that lacks its offset.
        let day = Date::strptime("%Y-%m-%d", text).map_err(|_| NoMoment)?;
        let midnight = day.to_zoned(TimeZone::UTC).map_err(|_| NoMoment)?;
        Ok(Self(midnight.timestamp()))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Reader)
    }
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Moment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WANTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Moment, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_beginning_in_utc() {
        let read = |text: &str| text.parse::<Moment>().map(|moment| moment.0.to_string());

        assert_eq!(read("2026-01-31").unwrap(), "2026-01-31T00:00:00Z");
        assert_eq!(
            read("2026-01-31T10:00:00+02:00").unwrap(),
            "2026-01-31T08:00:00Z"
        );
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in [
            "yesterday",
            "2026-02-30",
            "2026-01-31T10:00:00",
            "31.1.2026",
            "",
        ] {
            assert_eq!(text.parse::<Moment>(), Err(NoMoment), "{text}");
        }
    }
}
