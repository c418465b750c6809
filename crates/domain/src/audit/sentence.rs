//! Records in plain English: who did what, by what right, and how it ended.

use super::{
    Actor, Call, Called, Change, DealWritten, End, MAY_BE_DONE, Outcome, Record, Verdict, What,
};
use crate::agent::{Access, ValueChange, cut};

/// So many values of a call stand in its sentence.
const VALUES: usize = 3;

/// So much of what was granted or decided stands there: a rule may name a thousand goods.
const DETAIL: usize = 1_000;

/// A record as a sentence, together with what became of it as far as that is known.
#[must_use]
pub fn sentence(record: &Record, outcome: Option<&Outcome>) -> String {
    match &record.what {
        What::Chain { others } => match others.len() {
            0 => "Portico began the first chain of records".to_owned(),
            1 => "Portico began a chain of records beside 1 other".to_owned(),
            count => format!("Portico began a chain of records beside {count} others"),
        },
        What::Call(call) => of_call(call, outcome),
        What::Change(change) => of_change(change, outcome),
        What::Deal(deal) => of_deal(deal),
        What::Outcome(outcome) => {
            let said = of_outcome(outcome);
            format!(
                "What record {} of this chain began ended: {said}",
                outcome.of
            )
        }
    }
}

fn of_call(call: &Call, outcome: Option<&Outcome>) -> String {
    let Call { by, because, .. } = call;
    let place = match &call.connection {
        Some(connection) => format!(" at `{connection}`"),
        None => String::new(),
    };
    let operation = match &call.operation {
        Some(called) => called.operation.as_str(),
        None => "a call",
    };
    match call.verdict {
        Verdict::Denied => format!("{by} was denied {operation}{place}: {because}"),
        Verdict::Refused => format!("{by} was refused {operation}{place}: {because}"),
        Verdict::Asked => {
            format!("{by} asked a person about {operation}{place}, and nothing was sent: {because}")
        }
        Verdict::TriedOut => {
            format!("{by} tried out {operation}{place}, and nothing was sent: {because}")
        }
        Verdict::Allowed => {
            let did = did(
                by,
                call.operation.as_ref(),
                call.connection.as_deref(),
                outcome,
            );
            let ended = ended(outcome);
            let values = values(&call.changes);
            format!("{did}{values}; allowed by {because}; {ended}")
        }
    }
}

/// The first values that a call changes.
fn values(changes: &[ValueChange]) -> String {
    let told: Vec<String> = changes
        .iter()
        .take(VALUES)
        .map(ToString::to_string)
        .collect();
    match (told.is_empty(), changes.len().checked_sub(VALUES)) {
        (true, _) => String::new(),
        (false, None | Some(0)) => format!(": {}", told.join(", ")),
        (false, Some(more)) => format!(": {} and {more} more", told.join(", ")),
    }
}

/// "Store Agent read orders of `acme` (getOrders)", or what it tried to.
fn did(
    by: &Actor,
    called: Option<&Called>,
    connection: Option<&str>,
    outcome: Option<&Outcome>,
) -> String {
    let came_about = matches!(
        outcome.map(|outcome| &outcome.end),
        Some(
            End::Answered {
                status: 200..=399,
                ..
            } | End::Done
        )
    );
    let Some(called) = called else {
        return format!("{by} called");
    };
    let verb = match (called.access, came_about) {
        (Access::Read, true) => "read",
        (Access::Read, false) => "tried to read",
        (Access::Write, true) => "changed",
        (Access::Write, false) => "tried to change",
    };
    let of = connection.map_or_else(String::new, |name| format!(" of `{name}`"));
    format!("{by} {verb} {}{of} ({})", called.area, called.operation)
}

fn ended(outcome: Option<&Outcome>) -> String {
    outcome.map_or_else(|| "no outcome is on record".to_owned(), of_outcome)
}

fn of_outcome(outcome: &Outcome) -> String {
    let took = outcome.milliseconds;
    match &outcome.end {
        End::Answered {
            status, attempts, ..
        } => {
            let attempts = match attempts {
                0 | 1 => String::new(),
                many => format!(" at attempt {many}"),
            };
            format!("{status} in {took} ms{attempts}")
        }
        End::Done => format!("done in {took} ms"),
        End::NotDone { why } if why.ends_with(MAY_BE_DONE) => format!("unknown: {why}"),
        End::NotDone { why } => format!("not done: {why}"),
    }
}

fn of_change(change: &Change, outcome: Option<&Outcome>) -> String {
    let Change {
        by,
        action,
        subject,
        detail,
    } = change;
    let subject = if subject.is_empty() {
        String::new()
    } else {
        format!(" `{subject}`")
    };
    let detail = match detail {
        Some(detail) => format!(" ({})", cut(detail, DETAIL)),
        None => String::new(),
    };
    match outcome.map(|outcome| &outcome.end) {
        Some(End::Done | End::Answered { .. }) => {
            format!("{by} {}{subject}{detail}", action.done())
        }
        Some(End::NotDone { why }) => {
            format!(
                "{by} tried to {}{subject}{detail}; not done: {why}",
                action.tried()
            )
        }
        None => format!(
            "{by} tried to {}{subject}{detail}; no outcome is on record",
            action.tried()
        ),
    }
}

fn of_deal(written: &DealWritten) -> String {
    let DealWritten {
        flow,
        connection,
        order,
        deal,
        is_new,
    } = written;
    let did = if *is_new { "made" } else { "changed" };
    format!("The flow `{flow}` {did} deal {deal} in `{connection}` for order {order}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::Chance;
    use crate::agent::AgentId;
    use crate::audit::Action;
    use crate::key::KeyId;

    fn agent() -> Actor {
        Actor::Agent {
            id: AgentId::new(Chance::of(1).id(Timestamp::UNIX_EPOCH)),
            name: "Store Agent".to_owned(),
        }
    }

    fn call(operation: &str, area: &str, access: Access, verdict: Verdict, because: &str) -> What {
        What::Call(Call {
            connection: Some("acme".to_owned()),
            operation: Some(Called {
                operation: operation.to_owned(),
                area: area.to_owned(),
                access,
                params: BTreeMap::new(),
            }),
            ..Call::new(agent(), verdict, because.to_owned())
        })
    }

    fn change(action: Action, subject: &str) -> What {
        What::Change(Change {
            by: Actor::Administrator {
                key: KeyId::new(Chance::of(2).id(Timestamp::UNIX_EPOCH)),
                name: "laptop".to_owned(),
            },
            action,
            subject: subject.to_owned(),
            detail: None,
        })
    }

    fn answered(status: u16, attempts: u32) -> Option<End> {
        Some(End::Answered {
            status,
            attempts,
            bytes: None,
        })
    }

    /// The only line here that knows how a sentence is made.
    fn read(what: What, end: Option<End>) -> String {
        let at = Timestamp::UNIX_EPOCH;
        let outcome = end.map(|end| Outcome {
            of: 1,
            milliseconds: 230,
            end,
        });
        sentence(&Record { at, what }, outcome.as_ref())
    }

    #[test]
    fn a_record_reads_as_a_sentence() {
        let orders = |verdict, because| call("getOrders", "orders", Access::Read, verdict, because);
        let adjust = |verdict, because| {
            let operation = "adjustInventoryStockLevels";
            call(operation, "inventory", Access::Write, verdict, because)
        };
        let why = |why: &str| {
            Some(End::NotDone {
                why: why.to_owned(),
            })
        };
        let by = "its grant orders=read";
        let full = "its grant inventory=full";
        let told = [
            read(orders(Verdict::Allowed, by), answered(200, 1)),
            read(orders(Verdict::Allowed, by), None),
            read(adjust(Verdict::Allowed, full), answered(204, 3)),
            read(adjust(Verdict::Allowed, full), answered(409, 1)),
            read(adjust(Verdict::Allowed, full), why("the budget is used up")),
            read(
                adjust(Verdict::Denied, "it has off in inventory and needs full"),
                None,
            ),
            read(change(Action::PauseFlow, "orders"), Some(End::Done)),
            read(change(Action::RemoveConnection, "acme"), why("conflict")),
            read(change(Action::RetryAllWork, ""), Some(End::Done)),
            read(What::Chain { others: Vec::new() }, None),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        Store Agent read orders of `acme` (getOrders); allowed by its grant orders=read; 200 in 230 ms
        Store Agent tried to read orders of `acme` (getOrders); allowed by its grant orders=read; no outcome is on record
        Store Agent changed inventory of `acme` (adjustInventoryStockLevels); allowed by its grant inventory=full; 204 in 230 ms at attempt 3
        Store Agent tried to change inventory of `acme` (adjustInventoryStockLevels); allowed by its grant inventory=full; 409 in 230 ms
        Store Agent tried to change inventory of `acme` (adjustInventoryStockLevels); allowed by its grant inventory=full; not done: the budget is used up
        Store Agent was denied adjustInventoryStockLevels at `acme`: it has off in inventory and needs full
        The administration key `laptop` paused the flow `orders`
        The administration key `laptop` tried to remove the connection `acme`; not done: conflict
        The administration key `laptop` put back all held work
        Portico began the first chain of records
        ");
    }

    #[test]
    fn a_deal_is_told_by_its_order_alone() {
        let deal = What::Deal(DealWritten {
            flow: "orders".to_owned(),
            connection: "crm".to_owned(),
            order: "6649a1".to_owned(),
            deal: 4711,
            is_new: true,
        });
        assert_eq!(
            read(deal, None),
            "The flow `orders` made deal 4711 in `crm` for order 6649a1"
        );
    }
}
