//! Whether an agent may make a call: denied unless allowed, and why, in words.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::change::in_a_line;
use super::request::{Cost, Goods, PriceChange, Request, Usage};
use super::rule::{Beyond, Limit, Says, Verdict};
use super::{Agent, Level};
use crate::connection::ConnectionId;

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is made, and takes this of the limits.
    Allow {
        cost: Cost,
        because: String,
    },
    /// A person is asked first. When it is made, it takes this of the limits.
    Ask {
        cost: Cost,
        because: String,
    },
    Deny(Denial),
}

/// Why a call is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    pub because: String,
    pub barrier: Barrier,
}

/// What stands in the way of a call, by what takes it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// All that was granted has ended.
    End,
    /// The rule on the operation: the connection's own, or else the one for all.
    Rule { is_of_connection: bool },
    /// The level of the area: this one is needed.
    Level(Level),
    /// The calls of a while are used up until then.
    Calls { until: Timestamp },
    /// A limit of which nobody knows whether the call passes it, since too little is known of what there is.
    Unknown,
    /// Any other limit.
    Limit,
}

/// What lets an operation be called, as far as its values and the limits do too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Whether a person is asked each time.
    pub asks: bool,
    pub because: String,
}

impl Decision {
    /// Why, in words.
    #[must_use]
    pub fn because(&self) -> &str {
        match self {
            Self::Allow { because, .. } | Self::Ask { because, .. } => because,
            Self::Deny(denial) => &denial.because,
        }
    }
}

/// Whether a person has agreed to this very call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    NotAsked,
    Given,
}

/// Decides one call of an agent at a connection.
///
/// Whatever is denied stays denied, also with a person's consent, and whatever cannot be told counts as
/// beyond its limit.
#[must_use]
pub fn decide(
    agent: &Agent,
    request: &Request<'_>,
    usage: &Usage,
    connection: ConnectionId,
    consent: Consent,
    now: Timestamp,
) -> Decision {
    let Opened { asks, because } = match open(agent, request, connection, now) {
        Ok(opened) => opened,
        Err(denial) => return Decision::Deny(denial),
    };
    let mut questions = Vec::new();
    if asks {
        questions.push(because.clone());
    }
    for says in agent.rules_at(connection) {
        let Says::Limit { limit, beyond } = says else {
            continue;
        };
        let Some(why) = passed(limit, request, usage, now) else {
            continue;
        };
        match beyond {
            Beyond::Deny => {
                let barrier = if hangs_on_unknown(limit, request) {
                    Barrier::Unknown
                } else {
                    barrier(limit, now)
                };
                return Decision::Deny(Denial {
                    because: why,
                    barrier,
                });
            }
            Beyond::Ask => questions.push(why),
        }
    }
    let cost = Cost {
        calls: 1,
        stock: request.units().unwrap_or_else(|| a_day(agent, connection)),
    };
    if questions.is_empty() {
        return Decision::Allow { cost, because };
    }
    let because = questions.join("; ");
    match consent {
        Consent::NotAsked => Decision::Ask { cost, because },
        Consent::Given => Decision::Allow {
            cost,
            because: format!("a person, who was asked because {because}"),
        },
    }
}

/// What a call takes that moves nobody knows how much, though a person agreed to it: all of a day's limit.
fn a_day(agent: &Agent, connection: ConnectionId) -> u64 {
    let of_day = agent.limits_at(connection).filter_map(|limit| match limit {
        Limit::StockPerDay(most) => Some(*most),
        Limit::CallsPerMinute(_)
        | Limit::CallsPerDay(_)
        | Limit::StockPerCall(_)
        | Limit::PricePercent(_)
        | Limit::Quantity(_)
        | Limit::Skus(_)
        | Limit::Hours(_) => None,
    });
    of_day.max().unwrap_or(0)
}

/// What is said of an operation before anything is known of its values or of what was used up: the rule for
/// it, else the level of its area. What is denied here is denied whatever the rest is.
pub fn open(
    agent: &Agent,
    request: &Request<'_>,
    connection: ConnectionId,
    now: Timestamp,
) -> Result<Opened, Denial> {
    if let Some(because) = agent.ended(now) {
        let barrier = Barrier::End;
        return Err(Denial { because, barrier });
    }
    let operation = request.operation;
    if let Some(verdict) = agent.verdict_on(operation, connection) {
        return match verdict {
            Verdict::Allow => Ok(Opened {
                asks: false,
                because: format!("its rule for {operation}"),
            }),
            Verdict::Ask => Ok(Opened {
                asks: true,
                because: format!("its rule asks a person about {operation}"),
            }),
            Verdict::Deny => Err(Denial {
                because: format!("its rule denies {operation}"),
                barrier: Barrier::Rule {
                    is_of_connection: agent.has_own_rule(operation, connection),
                },
            }),
        };
    }
    let (area, held) = (request.area, agent.level(connection, request.area));
    let needed = Level::needed_to(request.access);
    if held >= needed {
        return Ok(Opened {
            asks: false,
            because: format!("its grant {area}={held}"),
        });
    }
    Err(Denial {
        because: format!("it has {held} in {area} and needs {needed}"),
        barrier: Barrier::Level(needed),
    })
}

/// What stands in the way of so many more calls: the limit on calls that is the last to give room. `None` where
/// they pass none.
#[must_use]
pub fn barrier_to(
    calls: u64,
    agent: &Agent,
    usage: &Usage,
    connection: ConnectionId,
    now: Timestamp,
) -> Option<Barrier> {
    let barriers = agent.rules_at(connection).filter_map(|says| {
        let Says::Limit {
            limit,
            beyond: Beyond::Deny,
        } = says
        else {
            return None;
        };
        let (used, most) = match limit {
            Limit::CallsPerMinute(most) => (usage.calls_in_minute, *most),
            Limit::CallsPerDay(most) => (usage.calls_in_day, *most),
            Limit::StockPerCall(_)
            | Limit::StockPerDay(_)
            | Limit::PricePercent(_)
            | Limit::Quantity(_)
            | Limit::Skus(_)
            | Limit::Hours(_) => return None,
        };
        let is_for_good = calls > most;
        let passes = used.saturating_add(calls) > most;
        passes.then(|| match is_for_good {
            true => Barrier::Limit,
            false => barrier(limit, now),
        })
    });
    barriers.max_by_key(|barrier| match barrier {
        Barrier::Calls { until } => *until,
        Barrier::End
        | Barrier::Rule { .. }
        | Barrier::Level(_)
        | Barrier::Unknown
        | Barrier::Limit => Timestamp::MAX,
    })
}

/// What takes it away that a limit was passed: of calls the next minute or day.
fn barrier(limit: &Limit, now: Timestamp) -> Barrier {
    const MINUTE: i64 = 60;
    const DAY: i64 = 24 * 60 * MINUTE;

    let length = match limit {
        Limit::CallsPerMinute(most) if *most > 0 => MINUTE,
        Limit::CallsPerDay(most) if *most > 0 => DAY,
        Limit::CallsPerMinute(_)
        | Limit::CallsPerDay(_)
        | Limit::StockPerCall(_)
        | Limit::StockPerDay(_)
        | Limit::PricePercent(_)
        | Limit::Quantity(_)
        | Limit::Skus(_)
        | Limit::Hours(_) => return Barrier::Limit,
    };
    let now = now.as_second();
    let until = Timestamp::from_second(now - now.rem_euclid(length) + length);
    Barrier::Calls {
        until: until.unwrap_or(Timestamp::MAX),
    }
}

/// Whether a limit speaks of something in a call that is not known.
fn hangs_on_unknown(limit: &Limit, request: &Request<'_>) -> bool {
    match limit {
        Limit::StockPerCall(_) | Limit::StockPerDay(_) => request.units().is_none(),
        Limit::PricePercent(_) => request.prices.iter().any(|price| price.percent().is_none()),
        Limit::Skus(_) => request.goods.contains(&Goods::Other),
        Limit::CallsPerMinute(_) | Limit::CallsPerDay(_) | Limit::Quantity(_) | Limit::Hours(_) => {
            false
        }
    }
}

/// How a call passes a limit, or `None` when it does not.
fn passed(limit: &Limit, request: &Request<'_>, usage: &Usage, now: Timestamp) -> Option<String> {
    match limit {
        Limit::CallsPerMinute(most) => (usage.calls_in_minute >= *most)
            .then(|| format!("it has made its {} of this minute", calls(*most))),
        Limit::CallsPerDay(most) => (usage.calls_in_day >= *most)
            .then(|| format!("it has made its {} of this day", calls(*most))),
        Limit::StockPerCall(most) => {
            let units = beyond(request, *most, 0)?;
            Some(format!(
                "it would move {units} of stock, and {most} a call is its limit"
            ))
        }
        Limit::StockPerDay(most) => {
            let units = beyond(request, *most, usage.stock_in_day)?;
            let used = usage.stock_in_day;
            Some(format!(
                "it would move {units} of stock, and has moved {used} of its {most} of this day"
            ))
        }
        Limit::PricePercent(most) => request
            .prices
            .iter()
            .find_map(|price| too_far(price, *most)),
        Limit::Quantity(most) => {
            let largest = request
                .quantities
                .iter()
                .max()
                .filter(|largest| *largest > most)?;
            Some(format!(
                "it names a quantity of {largest}, and {most} is its limit"
            ))
        }
        Limit::Skus(skus) => request.goods.iter().find_map(|goods| match goods {
            Goods::Sku(sku) if skus.contains(sku) => None,
            Goods::Sku(sku) => Some(format!(
                "`{}` is not among the SKUs that it may change",
                in_a_line(sku)
            )),
            Goods::Other => {
                Some("it may change some SKUs only, and this is not one SKU".to_owned())
            }
        }),
        Limit::Hours(hours) => (!hours.contain(now)).then(|| format!("its hours are {hours}")),
    }
}

fn calls(number: u64) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} call{s}")
}

/// How a price moves by more than so many percent, or perhaps does.
fn too_far(price: &PriceChange, most: Decimal) -> Option<String> {
    let limit = format!("{most} % is its limit");
    match (price.percent(), price.now, price.to) {
        (Some(percent), ..) if percent <= most => None,
        (_, Some(now), Some(to)) => Some(format!(
            "it would change a price from {now} to {to}, and {limit}"
        )),
        (_, None, Some(to)) => Some(format!(
            "it would change a price to {to}, and what it is now is not known; {limit}"
        )),
        (_, _, None) => Some(format!(
            "it would change a price by an amount that cannot be told, and {limit}"
        )),
    }
}

/// How many units a request moves, in words, when that and what was used is more than `most`.
fn beyond(request: &Request<'_>, most: u64, used: u64) -> Option<String> {
    match request.units() {
        None => Some("an amount that cannot be told".to_owned()),
        Some(0) => None,
        Some(units) => (used.saturating_add(units) > most).then(|| units.to_string()),
    }
}
