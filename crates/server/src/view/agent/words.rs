//! What an agent may do, in sentences.

use jiff::Timestamp;
use portico_domain::ConnectionId;
use portico_domain::agent::{Agent, Beyond, Grant, Limit, Rule, Says, Verdict};

/// So many SKUs of a list are told; a list may hold a thousand.
const SKUS_TOLD: usize = 5;

/// A sentence for each place that its rights speak of, and those that hold for all of them.
pub(super) fn sentences(
    agent: &Agent,
    name: impl Fn(ConnectionId) -> String,
    former_end_at: Option<Timestamp>,
    now: Timestamp,
) -> Vec<String> {
    let mut places: Vec<Option<ConnectionId>> = agent
        .grants
        .iter()
        .map(|grant| grant.connection)
        .chain(agent.rules.iter().map(|rule| rule.connection))
        .collect();
    places.sort_unstable();
    places.dedup();
    let mut sentences: Vec<String> = places
        .into_iter()
        .map(|place| {
            let grants = agent
                .grants
                .iter()
                .filter(|grant| grant.connection == place);
            let rules = agent.rules.iter().filter(|rule| rule.connection == place);
            let name = place.map_or_else(|| "every connection".to_owned(), &name);
            format!("{name}: {}", parts(grants, rules).join("; "))
        })
        .collect();
    sentences.extend(hidden(agent));
    sentences.extend(agent.expires_at.map(|end| {
        let ends = if end <= now { "ended" } else { "ends" };
        format!("all of it {ends} at {end:.0}")
    }));
    sentences.extend(former_end_at.map(|end| format!("a former key is good until {end:.0}")));
    sentences
}

/// Personal data is hidden where no rule speaks of it.
fn hidden(agent: &Agent) -> Option<String> {
    let speaks = |rule: &&Rule| matches!(rule.says, Says::PersonalData { .. });
    let spoken: Vec<&Rule> = agent.rules.iter().filter(speaks).collect();
    let is_empty = agent.grants.is_empty() && agent.rules.is_empty();
    if is_empty || spoken.iter().any(|rule| rule.connection.is_none()) {
        return None;
    }
    let hidden = if spoken.is_empty() {
        "personal data hidden"
    } else {
        "personal data hidden elsewhere"
    };
    Some(hidden.to_owned())
}

fn parts<'a>(
    grants: impl Iterator<Item = &'a Grant>,
    rules: impl Iterator<Item = &'a Rule>,
) -> Vec<String> {
    let levels: Vec<String> = grants
        .map(|grant| format!("{} {}", grant.area, grant.level))
        .collect();
    let mut parts = Vec::new();
    if !levels.is_empty() {
        parts.push(levels.join(", "));
    }
    let says: Vec<&Says> = rules.map(|rule| &rule.says).collect();
    for (words, of) in [
        ("may call", Verdict::Allow),
        ("asks before", Verdict::Ask),
        ("may not call", Verdict::Deny),
    ] {
        let named: Vec<&str> = says.iter().filter_map(|says| operation(says, of)).collect();
        if !named.is_empty() {
            parts.push(format!("{words} {}", named.join(", ")));
        }
    }
    parts.extend(says.into_iter().filter_map(other));
    parts
}

fn operation(says: &Says, of: Verdict) -> Option<&str> {
    match says {
        Says::Operation { operation, verdict } => (*verdict == of).then_some(operation),
        Says::Limit { .. } | Says::PersonalData { .. } => None,
    }
}

fn other(says: &Says) -> Option<String> {
    Some(match says {
        Says::Operation { .. } => return None,
        Says::Limit { limit, beyond } => {
            let beyond = match beyond {
                Beyond::Ask => "a person is asked",
                Beyond::Deny => "denied",
            };
            format!("{}, else {beyond}", within(limit))
        }
        Says::PersonalData { shown: true } => "personal data shown".to_owned(),
        Says::PersonalData { shown: false } => "personal data hidden".to_owned(),
    })
}

fn within(limit: &Limit) -> String {
    match limit {
        Limit::CallsPerMinute(most) => format!("at most {} a minute", counted(*most, "call")),
        Limit::CallsPerDay(most) => format!("at most {} a day", counted(*most, "call")),
        Limit::StockPerCall(most) => format!("at most {} of stock a call", counted(*most, "unit")),
        Limit::StockPerDay(most) => format!("at most {} of stock a day", counted(*most, "unit")),
        Limit::PricePercent(most) => format!("prices moved by at most {most} % a call"),
        Limit::Quantity(most) => format!("at most {} a line", counted(*most, "unit")),
        Limit::Skus(skus) => {
            let told: Vec<&str> = skus.iter().take(SKUS_TOLD).map(String::as_str).collect();
            let more = match skus.len().saturating_sub(SKUS_TOLD) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("changes {}{more} only", told.join(", "))
        }
        Limit::Hours(hours) => format!("{hours} only"),
    }
}

fn counted(number: u64, one: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {one}{end}")
}
