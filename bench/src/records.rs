//! What was put on record of the calls that were measured: every one of them, with what became of it.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, ensure};
use portico_domain::audit::{Actor, ChainId, End, Outcome, Record, Verdict, What};
use portico_store::audit::{self, Kept};
use portico_store::{Database, Store, Tx};

/// So many records are read at once.
const PAGE: i64 = 5_000;

/// How many calls each agent has made, as it counts them itself.
#[derive(Default)]
pub(crate) struct Calls(BTreeMap<&'static str, Made>);

#[derive(Clone, Copy, Default)]
struct Made {
    answered: u64,
    /// At most so many more were begun, and cut off when a load ended.
    cut_off: u64,
}

/// What is on record of an agent's calls.
#[derive(Clone, Copy, Default)]
struct Told {
    allowed: u64,
    answered: u64,
    not_done: u64,
}

impl Calls {
    /// Counts calls of an agent that were answered, and how many may have been cut off.
    pub(crate) fn made(&mut self, agent: Option<&'static str>, answered: u64, cut_off: u64) {
        let Some(agent) = agent else { return };
        let made = self.0.entry(agent).or_default();
        made.answered += answered;
        made.cut_off += cut_off;
    }

    /// Holds the calls against what the database has on record, and tells both.
    pub(crate) async fn compare(&self, database: &Database) -> Result<()> {
        let store = Store::open(database).await?;
        let told = read(&store).await?;
        store.close().await;
        println!(
            "| calls of | answered | on record | of these answered | cut off |\n|---|---|---|---|---|"
        );
        for (agent, made) in &self.0 {
            let told = told.get(*agent).copied().unwrap_or_default();
            println!(
                "| {agent} | {} | {} | {} | {} |",
                made.answered, told.allowed, told.answered, told.not_done
            );
            let begun = made.answered + made.cut_off;
            ensure!(
                told.allowed == told.answered + told.not_done,
                "a call of {agent} has no outcome, or more than one"
            );
            ensure!(
                made.answered <= told.answered && told.allowed <= begun,
                "{agent} was answered {} times and began at most {begun} calls",
                made.answered
            );
        }
        println!();
        Ok(())
    }
}

/// Reads all records, chain by chain.
async fn read(store: &Store) -> Result<HashMap<String, Told>> {
    let mut of_agents = HashMap::new();
    for chain in store.read(audit::chains).await? {
        let chain: ChainId = chain.parse()?;
        let mut callers = HashMap::new();
        let mut after = 0;
        loop {
            let page = move |tx: &mut dyn Tx| audit::of_chain(tx, chain, after, PAGE);
            let page = store.read(page).await?;
            let Some(last) = page.last() else { break };
            after = last.id.number;
            for kept in &page {
                take(kept, &mut callers, &mut of_agents)?;
            }
        }
    }
    Ok(of_agents)
}

/// Counts a call, or what became of one.
fn take(
    kept: &Kept,
    callers: &mut HashMap<u64, String>,
    of_agents: &mut HashMap<String, Told>,
) -> Result<()> {
    let record: Record = serde_json::from_slice(&kept.record)?;
    match record.what {
        What::Call(call) => {
            if let Actor::Agent { name, .. } = call.by
                && call.verdict == Verdict::Allowed
            {
                of_agents.entry(name.clone()).or_default().allowed += 1;
                callers.insert(kept.id.number, name);
            }
        }
        What::Outcome(Outcome { of, end, .. }) => {
            // Taken out, so that a second one is not counted.
            let Some(name) = callers.remove(&of) else {
                return Ok(());
            };
            let told = of_agents.get_mut(&name).context("an agent with a call")?;
            match end {
                End::Answered { status, .. } if (200..300).contains(&status) => told.answered += 1,
                End::Answered { .. } | End::Done | End::NotDone { .. } => told.not_done += 1,
            }
        }
        What::Chain { .. } | What::Change(_) | What::Deal(_) => {}
    }
    Ok(())
}
