//! The vendors' limits as rates: spaced calls and a small burst that together stay below the limit.

use jiff::SignedDuration;
use portico_engine::{Pace, Paces};

use crate::config::Config;

const MINUTE_NANOS: i64 = 60_000_000_000;
const SECOND_NANOS: i64 = 1_000_000_000;
const MILLI_NANOS: i64 = 1_000_000;

/// The rates that the configuration asks for.
pub(crate) fn of(config: &Config) -> Paces {
    Paces {
        squarespace: Some(per_minute(config.squarespace.requests_per_minute.get())),
        kommo: Some(per_second(config.kommo.requests_per_second.get())),
    }
}

/// At most so many calls in any sliding minute: a fifteenth of them may start at once, a fortieth is
/// kept back because the vendor's minute is not ours, and the rest is spaced evenly.
fn per_minute(limit: u32) -> Pace {
    let burst = (limit / 15).max(1);
    let spaced = limit.saturating_sub(burst + limit / 40).max(1);
    Pace {
        interval: spacing(MINUTE_NANOS, spaced),
        burst: i32::try_from(burst).unwrap_or(i32::MAX),
    }
}

/// At most so many calls in any sliding second, evenly spaced.
fn per_second(limit: u32) -> Pace {
    Pace {
        interval: spacing(SECOND_NANOS, limit),
        burst: 1,
    }
}

/// Whole milliseconds, rounded up: the store keeps no finer times. Rates over 1,000 a second, which
/// no vendor has, are not spaced.
fn spacing(span_nanos: i64, calls: u32) -> SignedDuration {
    let nanos = span_nanos / i64::from(calls);
    if nanos < MILLI_NANOS {
        return SignedDuration::ZERO;
    }
    SignedDuration::from_millis(
        (span_nanos + i64::from(calls) * MILLI_NANOS - 1) / (i64::from(calls) * MILLI_NANOS),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_own_limits_give_the_engines_own_rates() {
        let paces = Paces::default();
        assert_eq!(Some(per_minute(300)), paces.squarespace);
        assert_eq!(Some(per_second(5)), paces.kommo);
    }

    #[test]
    fn no_minute_has_more_calls_than_it_may() {
        for limit in 1..=3_000 {
            let pace = per_minute(limit);
            let spaced = 60_000 / pace.interval.as_millis() + i128::from(pace.burst);
            assert!(spaced <= i128::from(limit.max(2)), "{limit}: {spaced}");
        }
    }
}
