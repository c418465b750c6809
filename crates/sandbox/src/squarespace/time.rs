//! Dates on Squarespace's wire.

use jiff::Timestamp;

/// ISO 8601 in UTC with milliseconds, the usual form of resources.
pub(super) fn iso(ms: i64) -> String {
    format!("{:.3}", timestamp(ms))
}

/// ISO 8601 in UTC with microseconds, the form of contacts.
pub(super) fn iso_micros(ms: i64) -> String {
    format!("{:.6}", timestamp(ms))
}

/// Whole seconds and `Z`.
pub(super) fn iso_seconds(ms: i64) -> String {
    format!("{:.0}", timestamp(ms))
}

/// Minutes and a numeric offset, as one page of the documentation shows notifications.
pub(super) fn iso_minutes(ms: i64) -> String {
    timestamp(ms).strftime("%Y-%m-%dT%H:%M+00:00").to_string()
}

/// Reads ISO 8601 in UTC; another offset than zero is refused as the vendor documents.
pub(super) fn read_utc(text: &str) -> Option<i64> {
    let utc = ["Z", "z", "+00:00", "-00:00"]
        .iter()
        .any(|zone| text.ends_with(zone));
    let at: Timestamp = text.parse().ok()?;
    utc.then(|| at.as_millisecond())
}

/// Unix seconds with a fraction as text, the form of token expiries.
pub(super) fn unix_seconds(ms: i64) -> String {
    format!("{}.{:03}", ms.div_euclid(1_000), ms.rem_euclid(1_000))
}

fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::{iso, iso_minutes, iso_seconds, read_utc, unix_seconds};

    #[test]
    fn one_moment_is_written_in_every_form() {
        let ms = 1_778_750_990_125;

        let forms = [iso(ms), iso_seconds(ms), iso_minutes(ms), unix_seconds(ms)];
        insta::assert_debug_snapshot!(forms, @r#"
        [
            "2026-05-14T09:29:50.125Z",
            "2026-05-14T09:29:50Z",
            "2026-05-14T09:29+00:00",
            "1778750990.125",
        ]
        "#);
    }

    #[test]
    fn only_utc_is_read() {
        assert_eq!(read_utc("2026-05-14T09:29:50.1Z"), Some(1_778_750_990_100));
        assert_eq!(
            read_utc("2026-05-14T09:29:50+00:00"),
            Some(1_778_750_990_000)
        );
        assert_eq!(read_utc("2026-05-14T09:29:50+02:00"), None);
        assert_eq!(read_utc("2026-05-14"), None);
    }
}
