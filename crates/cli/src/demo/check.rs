//! The judgement of `--once`: what the CRM holds against what was ordered, fact by fact.
//!
//! Both sides are read from the sandbox's own state, which the hub cannot reach, and what is expected
//! is worked out here anew in plain code: nothing of the hub's own rules or records is used.

mod crm;
mod difference;
mod shops;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use owo_colors::OwoColorize;
use serde::Serialize;

use super::control::text;
use super::stage::{Shop, Stage};
use crate::failure::Failure;
use crate::output::{Output, table};

/// What is compared of a deal, by name: `pipeline`, `price`, `note of the items`.
pub(super) type Facts = BTreeMap<&'static str, String>;

/// An order with what must be and what is.
#[derive(Serialize)]
struct Row {
    order: String,
    deal: Option<String>,
    expected: Facts,
    held: Facts,
}

/// How many there must be of something, and how many there are.
#[derive(Serialize)]
struct Tally {
    what: &'static str,
    expected: usize,
    held: usize,
}

/// Everything that the check has to say.
#[derive(Serialize)]
struct Verdict {
    orders: Vec<Row>,
    tallies: Vec<Tally>,
    /// What was done to the vendors meanwhile.
    hardships: BTreeMap<&'static str, usize>,
    /// One sentence each; empty when all is as it must be.
    differences: Vec<String>,
}

/// Compares, prints both sides, and fails on any difference.
pub(super) async fn run(stage: &Stage, on_stage: &[Shop], output: Output) -> Result<(), Failure> {
    let shops = shops::State::read(&stage.control).await?.wanted(on_stage);
    let crm = crm::State::read(&stage.control).await?.held();
    let hardships = hardships(stage).await?;
    let verdict = judge(&shops, &crm, hardships);
    output.answer(&verdict, for_people)?;
    match verdict.differences.len() {
        0 => Ok(()),
        1 => Err(Failure::failed("the CRM and the shops differ in one thing")),
        many => Err(Failure::failed(format!(
            "the CRM and the shops differ in {many} things"
        ))),
    }
}

fn judge(
    shops: &shops::Shops,
    crm: &crm::Crm,
    hardships: BTreeMap<&'static str, usize>,
) -> Verdict {
    let mut differences = Vec::new();
    let mut rows = Vec::new();
    for order in &shops.orders {
        let deals = crm.deals_of(&order.id);
        differences.extend(difference::of_order(order, &deals));
        rows.push(Row {
            order: order.name.clone(),
            deal: deals.first().map(|deal| deal.id.clone()),
            expected: order.facts.clone(),
            held: deals
                .first()
                .map_or_else(Facts::new, |deal| deal.facts.clone()),
        });
    }
    differences.extend(difference::strays(shops, crm));
    differences.extend(difference::of_buyers(shops, crm));
    differences.extend(
        hardships
            .iter()
            .filter(|(_, times)| **times == 0)
            .map(|(what, _)| format!("the script was to bring {what}, and there were none")),
    );
    let tallies = vec![
        tally("deals", shops.orders.len(), crm.deals.len()),
        tally("contacts", shops.buyers.len(), crm.contacts.len()),
        tally(
            "notes",
            shops.orders.iter().map(|order| order.notes.len()).sum(),
            crm.notes,
        ),
    ];
    Verdict {
        orders: rows,
        tallies,
        hardships,
        differences,
    }
}

fn tally(what: &'static str, expected: usize, held: usize) -> Tally {
    Tally {
        what,
        expected,
        held,
    }
}

/// Proof that the script was as hard as it says: counted in the sandbox's journal.
async fn hardships(stage: &Stage) -> Result<BTreeMap<&'static str, usize>, Failure> {
    let requests = stage.control.requests("kommo").await?;
    let met = |fault: &str| {
        requests
            .iter()
            .filter(|request| text(request, "fault") == fault)
            .count()
    };
    Ok(BTreeMap::from([
        ("lost answers", met("drop_after")),
        ("refused calls", met("status")),
    ]))
}

fn for_people(verdict: &Verdict) -> String {
    let rows = verdict.orders.iter().map(|row| {
        let held = match &row.deal {
            Some(id) => format!("deal {id}: {}", summary(&row.held)),
            None => "no deal".to_owned(),
        };
        [row.order.clone(), summary(&row.expected), held]
    });
    let heading = "What was ordered, and what the CRM holds";
    let compared = table(["order", "the shops say", "the CRM holds"], rows);
    let mut text = format!("\n{}\n{compared}\n\n", heading.bold());
    for tally in &verdict.tallies {
        text.push_str(&format!(
            " {:<9} {:>3} expected, {:>3} there\n",
            tally.what, tally.expected, tally.held
        ));
    }
    for (what, times) in &verdict.hardships {
        text.push_str(&format!(" {what:<14} {times:>3} on the way\n"));
    }
    if verdict.differences.is_empty() {
        let good = "Every order is in the CRM, once, as it must be";
        text.push_str(&format!("\n{}", good.green()));
    }
    for difference in &verdict.differences {
        text.push_str(&format!("\n{} {difference}", "differs:".red()));
    }
    text
}

/// The facts that fit a line; all of them were compared.
fn summary(facts: &Facts) -> String {
    let fact = |name: &str| facts.get(name).cloned().unwrap_or_default();
    let count = |name: &str| {
        fact(name)
            .split(" + ")
            .filter(|word| !word.is_empty())
            .count()
    };
    let parts = [
        fact("total"),
        fact("pipeline"),
        fact("fulfillment").to_lowercase(),
        fact("refunded"),
        counted(count("tags"), "tag"),
        counted(count("notes"), "note"),
    ];
    let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    said.join(", ")
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
