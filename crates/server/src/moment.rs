//! A moment as callers write it: a day, or a day and a time.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
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

/// A moment that was given as itself, or by how long ago it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    At(Timestamp),
    Ago(SignedDuration),
}

/// The text is neither a moment nor a time that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give how long ago, such as 30m, 12h, 1d or 2w, or {WANTED}")]
pub struct NoSince;

impl Since {
    /// The moment that is meant.
    #[must_use]
    pub fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::Ago(time) => now.saturating_sub(time).unwrap_or(Timestamp::MIN),
        }
    }
}

impl FromStr for Since {
    type Err = NoSince;

    fn from_str(text: &str) -> Result<Self, NoSince> {
        if let Ok(Moment(moment)) = text.parse() {
            return Ok(Self::At(moment));
        }
        let unit = text.chars().last().ok_or(NoSince)?;
        let minutes: i64 = match unit {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            'w' => 7 * 24 * 60,
            _ => return Err(NoSince),
        };
        let count: u32 = text[..text.len() - 1].parse().map_err(|_| NoSince)?;
        Ok(Self::Ago(SignedDuration::from_mins(
            minutes * i64::from(count),
        )))
    }
}

impl<'de> Deserialize<'de> for Since {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
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
    fn a_time_that_has_passed_counts_from_now() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let read = |text: &str| {
            text.parse::<Since>()
                .map(|since| since.before(now).to_string())
        };

        assert_eq!(read("90m").unwrap(), "2026-01-31T10:30:00Z");
        assert_eq!(read("1d").unwrap(), "2026-01-30T12:00:00Z");
        assert_eq!(read("2w").unwrap(), "2026-01-17T12:00:00Z");
        assert_eq!(read("2026-01-30").unwrap(), "2026-01-30T00:00:00Z");
        for text in ["", "d", "-1d", "1y", "1 d", "yesterday", "1é"] {
            assert_eq!(text.parse::<Since>(), Err(NoSince), "{text}");
        }
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
