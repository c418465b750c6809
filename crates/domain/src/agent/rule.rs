//! Rules that narrow or widen what an agent's levels give it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Hours;
use crate::connection::ConnectionId;

/// The most SKUs that one rule lists.
const SKUS: usize = 1_000;

/// One rule for an agent, in one connection or in all that have no rule of their own on the subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub connection: Option<ConnectionId>,
    pub says: Says,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// Whatever the level of its area is, this operation is so.
    Operation { operation: String, verdict: Verdict },
    /// Beyond this, a person is asked, or the call is denied.
    Limit { limit: Limit, beyond: Beyond },
    /// Whether the agent is shown personal data; nothing says that it is not.
    PersonalData { shown: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Allow,
    /// A person is asked each time.
    Ask,
    Deny,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    Ask,
    Deny,
}

/// Something that a call, or all calls of a while, must not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    CallsPerMinute(u64),
    CallsPerDay(u64),
    /// Units that one call adds to stock or takes off it.
    StockPerCall(u64),
    StockPerDay(u64),
    /// How far one call may move a price, up or down.
    PricePercent(Decimal),
    /// Units in one line of an order, or of a change of stock.
    Quantity(u64),
    /// The only goods that may be changed.
    Skus(BTreeSet<String>),
    Hours(Hours),
}

/// What a rule is on. Two rules on one subject cannot hold side by side; a limit beyond which a person is
/// asked can stand below one beyond which calls are denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    Operation(&'a str),
    /// The name of a limit, and what becomes of a call beyond it.
    Limit(&'static str, Beyond),
    PersonalData,
}

impl Says {
    #[must_use]
    pub fn subject(&self) -> Subject<'_> {
        match self {
            Self::Operation { operation, .. } => Subject::Operation(operation),
            Self::Limit { limit, beyond } => Subject::Limit(limit.name(), *beyond),
            Self::PersonalData { .. } => Subject::PersonalData,
        }
    }

    /// What it says of an operation.
    pub(super) fn of_operation(&self, wanted: &str) -> Option<Verdict> {
        match self {
            Self::Operation { operation, verdict } => (operation == wanted).then_some(*verdict),
            Self::Limit { .. } | Self::PersonalData { .. } => None,
        }
    }
}

/// As rules are found and taken away by it.
impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation(operation) => f.write_str(operation),
            Self::Limit(name, Beyond::Ask) => write!(f, "ask:{name}"),
            Self::Limit(name, Beyond::Deny) => f.write_str(name),
            Self::PersonalData => f.write_str("personal-data"),
        }
    }
}

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation { operation, verdict } => match verdict {
                Verdict::Allow => write!(f, "{operation} allowed"),
                Verdict::Ask => write!(f, "{operation} asked about"),
                Verdict::Deny => write!(f, "{operation} denied"),
            },
            Self::Limit { limit, beyond } => match beyond {
                Beyond::Ask => write!(f, "{limit}, else a person is asked"),
                Beyond::Deny => write!(f, "{limit}, else denied"),
            },
            Self::PersonalData { shown: true } => f.write_str("personal data shown"),
            Self::PersonalData { shown: false } => f.write_str("personal data hidden"),
        }
    }
}

impl Limit {
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::CallsPerMinute(_) => "calls-per-minute",
            Self::CallsPerDay(_) => "calls-per-day",
            Self::StockPerCall(_) => "stock-per-call",
            Self::StockPerDay(_) => "stock-per-day",
            Self::PricePercent(_) => "price-percent",
            Self::Quantity(_) => "quantity",
            Self::Skus(_) => "skus",
            Self::Hours(_) => "hours",
        }
    }

    /// Whether every call within the other limit, which is of the same name, is within this one, too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::CallsPerMinute(most), Self::CallsPerMinute(other))
            | (Self::CallsPerDay(most), Self::CallsPerDay(other))
            | (Self::StockPerCall(most), Self::StockPerCall(other))
            | (Self::StockPerDay(most), Self::StockPerDay(other))
            | (Self::Quantity(most), Self::Quantity(other)) => most >= other,
            (Self::PricePercent(most), Self::PricePercent(other)) => most >= other,
            (Self::Skus(skus), Self::Skus(other)) => skus.is_superset(other),
            (Self::Hours(hours), Self::Hours(other)) => hours == other,
            (
                Self::CallsPerMinute(_)
                | Self::CallsPerDay(_)
                | Self::StockPerCall(_)
                | Self::StockPerDay(_)
                | Self::Quantity(_)
                | Self::PricePercent(_)
                | Self::Skus(_)
                | Self::Hours(_),
                _,
            ) => false,
        }
    }

    /// Whether it counts over several calls.
    #[must_use]
    pub fn is_of_a_while(&self) -> bool {
        match self {
            Self::CallsPerMinute(_) | Self::CallsPerDay(_) | Self::StockPerDay(_) => true,
            Self::StockPerCall(_)
            | Self::PricePercent(_)
            | Self::Quantity(_)
            | Self::Skus(_)
            | Self::Hours(_) => false,
        }
    }

    /// Whether it speaks of what a call would change.
    #[must_use]
    pub fn is_of_values(&self) -> bool {
        match self {
            Self::StockPerCall(_)
            | Self::StockPerDay(_)
            | Self::PricePercent(_)
            | Self::Quantity(_)
            | Self::Skus(_) => true,
            Self::CallsPerMinute(_) | Self::CallsPerDay(_) | Self::Hours(_) => false,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.name())?;
        match self {
            Self::CallsPerMinute(most)
            | Self::CallsPerDay(most)
            | Self::StockPerCall(most)
            | Self::StockPerDay(most)
            | Self::Quantity(most) => write!(f, "{most}"),
            Self::PricePercent(most) => write!(f, "{most}"),
            Self::Skus(skus) => {
                let skus: Vec<&str> = skus.iter().map(String::as_str).collect();
                f.write_str(&skus.join(","))
            }
            Self::Hours(hours) => write!(f, "{hours}"),
        }
    }
}

/// The text names no limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLimit {
    #[error(
        "`{0}` is no limit; write one of calls-per-minute=60, calls-per-day=1000, stock-per-call=20, stock-per-day=100, price-percent=10, quantity=5, skus=A-1,A-2 or hours='mon-fri 09:00-17:00 Europe/Berlin'"
    )]
    Unknown(String),
    #[error("`{name}` takes a whole number of 0 or more, and `{value}` is none")]
    Whole { name: &'static str, value: String },
    #[error("`{name}` takes a number of 0 or more, and `{value}` is none")]
    Number { name: &'static str, value: String },
    #[error("`skus` takes 1 to {SKUS} SKUs with commas between them")]
    Skus,
    #[error(transparent)]
    Hours(#[from] super::InvalidHours),
}

impl FromStr for Limit {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| InvalidLimit::Unknown(text.to_owned()))?;
        Ok(match name {
            "calls-per-minute" => Self::CallsPerMinute(whole("calls-per-minute", value)?),
            "calls-per-day" => Self::CallsPerDay(whole("calls-per-day", value)?),
            "stock-per-call" => Self::StockPerCall(whole("stock-per-call", value)?),
            "stock-per-day" => Self::StockPerDay(whole("stock-per-day", value)?),
            "quantity" => Self::Quantity(whole("quantity", value)?),
            "price-percent" => Self::PricePercent(percent(value)?),
            "skus" => Self::Skus(skus(value)?),
            "hours" => Self::Hours(value.parse()?),
            other => return Err(InvalidLimit::Unknown(other.to_owned())),
        })
    }
}

fn whole(name: &'static str, value: &str) -> Result<u64, InvalidLimit> {
    value.parse().map_err(|_| InvalidLimit::Whole {
        name,
        value: value.to_owned(),
    })
}

fn percent(value: &str) -> Result<Decimal, InvalidLimit> {
    let number = value
        .parse()
        .ok()
        .filter(|percent| *percent >= Decimal::ZERO);
    number.ok_or_else(|| InvalidLimit::Number {
        name: "price-percent",
        value: value.to_owned(),
    })
}

fn skus(value: &str) -> Result<BTreeSet<String>, InvalidLimit> {
    let skus: BTreeSet<String> = value.split(',').map(|sku| sku.trim().to_owned()).collect();
    if skus.len() > SKUS || skus.contains("") {
        return Err(InvalidLimit::Skus);
    }
    Ok(skus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_back() {
        for text in [
            "calls-per-minute=60",
            "calls-per-day=0",
            "stock-per-call=20",
            "stock-per-day=100",
            "price-percent=12.5",
            "quantity=5",
            "skus=A-1,B 2",
            "hours=mon-fri 09:00-17:00 Europe/Berlin",
        ] {
            assert_eq!(text.parse::<Limit>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_limit_covers_those_of_its_name_that_are_no_wider() {
        let covers = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|text| text.parse::<Limit>().unwrap());
            one.covers(&other)
        };
        assert!(covers("stock-per-call=20", "stock-per-call=20"));
        assert!(covers("price-percent=10", "price-percent=9.5"));
        assert!(covers("skus=A-1,A-2", "skus=A-2"));
        assert!(!covers("stock-per-call=5", "stock-per-call=20"));
        assert!(!covers("skus=A-1", "skus=A-1,A-2"));
        assert!(!covers("stock-per-day=20", "stock-per-call=5"));
    }

    #[test]
    fn what_is_no_limit_is_refused_in_words() {
        let refused = |text: &str| text.parse::<Limit>().unwrap_err().to_string();
        insta::assert_snapshot!(refused("calls-per-minute=many"), @"`calls-per-minute` takes a whole number of 0 or more, and `many` is none");
        insta::assert_snapshot!(refused("price-percent=-1"), @"`price-percent` takes a number of 0 or more, and `-1` is none");
        insta::assert_snapshot!(refused("skus="), @"`skus` takes 1 to 1000 SKUs with commas between them");
        assert!(refused("stock=5").starts_with("`stock` is no limit; write one of "));
        assert!(refused("stock-per-day").starts_with("`stock-per-day` is no limit"));
    }
}
