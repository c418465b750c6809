//! A length of time as people write it on a command line: `30d`, `24h`.

use jiff::SignedDuration;

/// Letters and seconds of the units.
const UNITS: [(char, i64); 5] = [
    ('s', 1),
    ('m', 60),
    ('h', 3_600),
    ('d', 86_400),
    ('w', 604_800),
];

/// Nobody plans for longer than a thousand years.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 365_000);

/// Reads a whole number with a unit; 0 needs none.
pub(crate) fn duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = || "give a number and a unit, such as 30d, 24h, 90m or 2w".to_owned();
    if text == "0" {
        return Ok(SignedDuration::ZERO);
    }
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds = UNITS.iter().find(|(letter, _)| *letter == unit);
    let (_, seconds) = seconds.ok_or_else(wrong)?;
    let digits = &text[..text.len() - unit.len_utf8()];
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: i64 = digits.parse().map_err(|_| wrong())?;
    let length = number.checked_mul(*seconds).map(SignedDuration::from_secs);
    length
        .filter(|length| *length <= LONGEST)
        .ok_or_else(|| "that is too long; give less than a thousand years".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_are_a_length_of_time() {
        for (text, seconds) in [
            ("0", 0),
            ("45s", 45),
            ("90m", 5_400),
            ("24h", 86_400),
            ("30d", 2_592_000),
            ("2w", 1_209_600),
        ] {
            assert_eq!(duration(text).unwrap().as_secs(), seconds, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "",
            "h",
            "5",
            "1.5h",
            "-1h",
            "+1h",
            "1 h",
            "1y",
            "99999999999999999999d",
            "9999999999w",
            "1ä",
        ] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
