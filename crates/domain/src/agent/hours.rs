//! The hours in which an agent may call.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Days of a week and a part of each: `mon-fri 09:00-17:00 Europe/Berlin`.
///
/// A part that ends before it begins reaches into the next day, and belongs to the day on which it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    first: Weekday,
    last: Weekday,
    from: Time,
    to: Time,
    /// A name of the IANA database.
    zone: String,
}

impl Hours {
    /// Whether a moment lies within. In a zone that this machine does not know none does.
    #[must_use]
    pub fn contain(&self, now: Timestamp) -> bool {
        let Ok(zone) = TimeZone::get(&self.zone) else {
            return false;
        };
        let here = now.to_zoned(zone);
        let (time, today) = (here.time(), here.weekday());
        if self.from <= self.to {
            return self.from <= time && time < self.to && self.is_day(today);
        }
        (self.from <= time && self.is_day(today))
            || (time < self.to && self.is_day(today.previous()))
    }

    fn is_day(&self, day: Weekday) -> bool {
        self.first.until(day) <= self.first.until(self.last)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word(self.first))?;
        if self.first != self.last {
            write!(f, "-{}", word(self.last))?;
        }
        let (from, to) = (self.from.strftime("%H:%M"), self.to.strftime("%H:%M"));
        write!(f, " {from}-{to} {}", self.zone)
    }
}

/// The text names no hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "hours are days, a part of the day and a time zone, such as `mon-fri 09:00-17:00 Europe/Berlin`"
)]
pub struct InvalidHours;

impl FromStr for Hours {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<Self, InvalidHours> {
        let mut words = text.split_whitespace();
        let (Some(days), Some(part), Some(zone), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(InvalidHours);
        };
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (from, to) = part.split_once('-').ok_or(InvalidHours)?;
        let hours = Self {
            first: day(first)?,
            last: day(last)?,
            from: time(from)?,
            to: time(to)?,
            zone: zone.to_owned(),
        };
        if hours.from == hours.to || TimeZone::get(zone).is_err() {
            return Err(InvalidHours);
        }
        Ok(hours)
    }
}

impl TryFrom<String> for Hours {
    type Error = InvalidHours;

    fn try_from(text: String) -> Result<Self, InvalidHours> {
        text.parse()
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}

fn day(text: &str) -> Result<Weekday, InvalidHours> {
    let found = DAYS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, day)| *day).ok_or(InvalidHours)
}

fn word(day: Weekday) -> &'static str {
    let found = DAYS.iter().find(|(_, known)| *known == day);
    found.map_or("", |(name, _)| name)
}

fn time(text: &str) -> Result<Time, InvalidHours> {
    Time::strptime("%H:%M", text).map_err(|_| InvalidHours)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contain(hours: &str, now: &str) -> bool {
        let hours: Hours = hours.parse().unwrap();
        hours.contain(now.parse().unwrap())
    }

    #[test]
    fn office_hours_are_those_of_their_zone() {
        let office = "mon-fri 09:00-17:00 Europe/Berlin";
        // A Friday in summer: Berlin is two hours ahead of UTC.
        assert!(contain(office, "2026-07-03T07:00:00Z"));
        assert!(!contain(office, "2026-07-03T06:59:59Z"));
        assert!(!contain(office, "2026-07-03T15:00:00Z"));
        assert!(!contain(office, "2026-07-04T10:00:00Z"), "a Saturday");
        // In winter one hour.
        assert!(contain(office, "2026-12-04T15:59:59Z"));
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_began() {
        let night = "fri-sat 22:00-06:00 UTC";
        assert!(contain(night, "2026-07-03T23:00:00Z"));
        assert!(
            contain(night, "2026-07-05T05:59:00Z"),
            "Sunday's morning is Saturday's night"
        );
        assert!(!contain(night, "2026-07-03T05:00:00Z"), "Thursday's night");
        assert!(!contain(night, "2026-07-05T22:00:00Z"));
    }

    #[test]
    fn days_may_run_over_the_end_of_the_week() {
        let days = "sat-mon 00:00-12:00 UTC";
        assert!(contain(days, "2026-07-06T08:00:00Z"), "a Monday");
        assert!(!contain(days, "2026-07-07T08:00:00Z"));
    }

    #[test]
    fn what_names_no_hours_is_refused_and_the_rest_reads_back() {
        for text in ["mon-fri 09:00-17:00 Europe/Berlin", "sun 22:00-06:00 UTC"] {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "mon-fri",
            "mon-fri 09:00-17:00",
            "mon-fri 09:00-17:00 Atlantis/Capital",
            "mon-fri 9-17 UTC",
            "mon-fri 25:00-26:00 UTC",
            "mon-fri 09:00-09:00 UTC",
            "someday 09:00-17:00 UTC",
            "mon 09:00-17:00 UTC and more",
        ] {
            assert_eq!(bad.parse::<Hours>(), Err(InvalidHours), "{bad}");
        }
    }
}
