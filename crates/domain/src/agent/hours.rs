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

/// The minutes of a day, which may be written as its end.
const MIDNIGHT: u16 = 24 * 60;

/// Days of a week and a part of each: `mon-fri 09:00-17:00 Europe/Berlin`, `tue,sat 00:00-24:00 UTC`.
///
/// A part that ends before it begins reaches into the next day, and belongs to the day on which it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    /// Each from one day to another.
    days: Vec<(Weekday, Weekday)>,
    /// Minutes after midnight.
    from: u16,
    to: u16,
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
        let (time, today) = (minutes(here.time()), here.weekday());
        if self.from <= self.to {
            return self.from <= time && time < self.to && self.is_day(today);
        }
        (self.from <= time && self.is_day(today))
            || (time < self.to && self.is_day(today.previous()))
    }

    fn is_day(&self, day: Weekday) -> bool {
        let mut days = self.days.iter();
        days.any(|(first, last)| first.until(day) <= first.until(*last))
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (first, last)) in self.days.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            f.write_str(word(*first))?;
            if first != last {
                write!(f, "-{}", word(*last))?;
            }
        }
        let (from, to) = (clock(self.from), clock(self.to));
        write!(f, " {from}-{to} {}", self.zone)
    }
}

/// Which part of the text names no hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHours {
    #[error(
        "hours are days, a part of the day and a time zone, such as `mon-fri 09:00-17:00 Europe/Berlin`"
    )]
    Parts,
    #[error(
        "`{0}` is no day of hours; the days are mon, tue, wed, thu, fri, sat and sun, written as `mon-fri`, `sat` or `mon,wed-thu`"
    )]
    Day(String),
    #[error(
        "`{0}` is no part of a day; write one such as `09:00-17:00`, and a whole day as `00:00-24:00`"
    )]
    Part(String),
    #[error("`{0}` ends as it begins; write a whole day as `00:00-24:00`")]
    Empty(String),
    #[error("`{0}` is no time zone that is known here; write one such as `Europe/Berlin` or `UTC`")]
    Zone(String),
}

impl FromStr for Hours {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<Self, InvalidHours> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [days, part, zone] = words[..] else {
            return Err(InvalidHours::Parts);
        };
        let (from, to) = minutes_of(part).ok_or_else(|| InvalidHours::Part(part.to_owned()))?;
        let hours = Self {
            days: days.split(',').map(range).collect::<Result<_, _>>()?,
            from,
            to,
            zone: zone.to_owned(),
        };
        if from == to {
            return Err(InvalidHours::Empty(part.to_owned()));
        }
        if TimeZone::get(zone).is_err() {
            return Err(InvalidHours::Zone(zone.to_owned()));
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

fn range(text: &str) -> Result<(Weekday, Weekday), InvalidHours> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Ok((day(first)?, day(last)?))
}

fn day(text: &str) -> Result<Weekday, InvalidHours> {
    let found = DAYS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text));
    found
        .map(|(_, day)| *day)
        .ok_or_else(|| InvalidHours::Day(text.to_owned()))
}

fn word(day: Weekday) -> &'static str {
    let found = DAYS.iter().find(|(_, known)| *known == day);
    found.map_or("", |(name, _)| name)
}

fn minutes_of(part: &str) -> Option<(u16, u16)> {
    let read = |text| Time::strptime("%H:%M", text).ok().map(minutes);
    let (from, to) = part.split_once('-')?;
    let to = if to == "24:00" {
        Some(MIDNIGHT)
    } else {
        read(to)
    };
    Some((read(from)?, to?))
}

/// The minutes of a day that are over.
fn minutes(time: Time) -> u16 {
    u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
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
    fn single_days_and_whole_days_can_be_named() {
        let days = "tue,thu-fri 00:00-24:00 UTC";
        assert!(contain(days, "2026-07-07T23:59:59Z"), "a Tuesday");
        assert!(!contain(days, "2026-07-08T00:00:00Z"));
        assert!(contain(days, "2026-07-09T00:00:00Z"));
        assert!(contain(days, "2026-07-10T12:00:00Z"));
        assert!(!contain(days, "2026-07-11T00:00:00Z"));
        assert!(contain("sat 18:00-24:00 UTC", "2026-07-11T23:30:00Z"));
    }

    #[test]
    fn hours_read_back() {
        for text in [
            "mon-fri 09:00-17:00 Europe/Berlin",
            "sun 22:00-06:00 UTC",
            "mon,wed-thu 00:00-24:00 UTC",
        ] {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn the_part_that_is_wrong_is_named() {
        let refused = |texts: &[&str]| {
            let why = |text: &&str| text.parse::<Hours>().unwrap_err().to_string();
            texts.iter().map(why).collect::<Vec<_>>().join("\n")
        };
        let no_parts = [
            "",
            "mon-fri",
            "mon-fri 09:00-17:00",
            "mon 09:00-17:00 UTC and more",
        ];
        for text in no_parts {
            assert_eq!(text.parse::<Hours>(), Err(InvalidHours::Parts), "{text}");
        }
        insta::assert_snapshot!(refused(&["mon-fry 09:00-17:00 UTC", "mon, 09:00-17:00 UTC"]), @r"
        `fry` is no day of hours; the days are mon, tue, wed, thu, fri, sat and sun, written as `mon-fri`, `sat` or `mon,wed-thu`
        `` is no day of hours; the days are mon, tue, wed, thu, fri, sat and sun, written as `mon-fri`, `sat` or `mon,wed-thu`
        ");
        insta::assert_snapshot!(refused(&["mon 9-17 UTC", "mon 24:00-06:00 UTC", "mon 09:00-25:00 UTC"]), @r"
        `9-17` is no part of a day; write one such as `09:00-17:00`, and a whole day as `00:00-24:00`
        `24:00-06:00` is no part of a day; write one such as `09:00-17:00`, and a whole day as `00:00-24:00`
        `09:00-25:00` is no part of a day; write one such as `09:00-17:00`, and a whole day as `00:00-24:00`
        ");
        insta::assert_snapshot!(refused(&["mon 00:00-00:00 UTC", "mon 09:00-17:00 Europe/Berln"]), @r"
        `00:00-00:00` ends as it begins; write a whole day as `00:00-24:00`
        `Europe/Berln` is no time zone that is known here; write one such as `Europe/Berlin` or `UTC`
        ");
    }
}
