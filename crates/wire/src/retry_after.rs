//! Reads `Retry-After`: seconds, or a date, which is measured against the answer's own `Date` so that no clock is read.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use jiff::Timestamp;

/// How long the answer asks us to wait; `None` where it does not say, or cannot be understood.
pub(crate) fn read(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(text)?;
    let sent = date_of(headers, DATE)?;
    Some(
        until
            .duration_since(sent)
            .try_into()
            .unwrap_or(Duration::ZERO),
    )
}

fn date_of(headers: &HeaderMap, name: HeaderName) -> Option<Timestamp> {
    http_date(headers.get(name)?.to_str().ok()?)
}

/// An HTTP date is an RFC 2822 date in the zone `GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(retry_after: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        read(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_taken_as_they_are() {
        assert_eq!(wait("120", None), Some(120));
        assert_eq!(wait(" 0 ", None), Some(0));
    }

    #[test]
    fn a_date_is_measured_against_the_answers_own_date() {
        let date = Some("Fri, 21 Aug 2026 08:00:00 GMT");
        assert_eq!(wait("Fri, 21 Aug 2026 08:01:30 GMT", date), Some(90));
        assert_eq!(wait("Fri, 21 Aug 2026 07:00:00 GMT", date), Some(0));
    }

    #[test]
    fn what_cannot_be_understood_is_no_wait() {
        assert_eq!(wait("Fri, 21 Aug 2026 08:01:30 GMT", None), None);
        assert_eq!(wait("soon", Some("Fri, 21 Aug 2026 08:00:00 GMT")), None);
        assert_eq!(wait("-5", None), None);
    }
}
