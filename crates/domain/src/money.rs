//! An amount and its currency, never in floating point.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// An amount of one currency, with the digits that the shop wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: String,
}

impl Money {
    #[must_use]
    pub fn new(amount: Decimal, currency: &str) -> Self {
        Self {
            amount,
            currency: currency.to_owned(),
        }
    }

    /// The whole units that a CRM without cents shows: half a unit rounds up.
    #[must_use]
    pub fn whole_units(&self) -> i64 {
        let rounded = self
            .amount
            .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        i64::try_from(rounded).unwrap_or(i64::MAX)
    }

    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.amount.is_zero()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(amount: &str) -> i64 {
        Money::new(amount.parse().unwrap(), "USD").whole_units()
    }

    #[test]
    fn half_a_unit_rounds_up() {
        assert_eq!(whole("118.49"), 118);
        assert_eq!(whole("118.50"), 119);
        assert_eq!(whole("119.50"), 120);
        assert_eq!(whole("0"), 0);
    }
}
