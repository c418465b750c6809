//! One batch on its way: what is planned for each order, and what became of it so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use portico_domain::Priority;
use portico_domain::buyer::BuyerKey;
use portico_domain::change::Person;
use portico_domain::connection::Connection;
use portico_domain::deal::{Deal, Stage};
use portico_domain::flow::Flow;
use portico_domain::order::Order;
use portico_store::deals::Record;
use portico_store::work::{Claim, Outcome};

use crate::crm::AccountFacts;

/// An order of the batch with the deal that is wanted for it.
pub(super) type Item = Arc<Planned>;

pub(super) struct Planned {
    /// The key of the work item.
    pub(super) key: String,
    pub(super) flow: Arc<Flow>,
    pub(super) order: Order,
    pub(super) wanted: Deal,
    /// Why it should get none, when a create may have made one before that was so.
    pub(super) skip: Option<String>,
    pub(super) person: Person,
    /// By what the buyer is known; a guest with nothing has none.
    pub(super) buyer: Option<BuyerKey>,
    /// What was known of the deal when the batch began.
    pub(super) record: Record,
    pub(super) priority: Priority,
    /// How often this order was tried.
    pub(super) attempts: i64,
}

/// A deal that exists: known before, or made or found in this batch.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) lead_id: i64,
    pub(super) contact_id: Option<i64>,
    /// As it was last applied; a found deal counts as blank, so that everything is sent.
    pub(super) applied: Deal,
}

/// The state of one batch.
pub(super) struct Run {
    pub(super) claim: Claim,
    pub(super) crm: Connection,
    /// The lane of the most urgent order: what history waits for, live orders need not.
    pub(super) lane: Priority,
    pub(super) facts: AccountFacts,
    /// The facts were read anew because the account refused something; once is enough.
    pub(super) facts_reread: bool,
    /// Notes are plain because the account refused others, and it has taken none of them yet.
    pub(super) plain_notes_on_trial: bool,
    /// By work key.
    pub(super) made: HashMap<String, Made>,
    /// The contact of each buyer, as far as it is known.
    pub(super) contacts: BTreeMap<BuyerKey, i64>,
    decided: HashMap<String, Outcome>,
    planned_keys: Vec<String>,
}

impl Run {
    pub(super) fn new(claim: &Claim, crm: Connection) -> Self {
        let lanes = claim.items.iter().map(|item| item.priority);
        Self {
            lane: lanes.min().unwrap_or(Priority::History),
            claim: claim.clone(),
            crm,
            facts: AccountFacts::default(),
            facts_reread: false,
            plain_notes_on_trial: false,
            made: HashMap::new(),
            contacts: BTreeMap::new(),
            decided: HashMap::new(),
            planned_keys: Vec::new(),
        }
    }

    /// Remembers what the batch began with, and the deals that exist.
    pub(super) fn begin(&mut self, planned: &[Item], facts: AccountFacts) {
        self.facts = facts;
        self.planned_keys = planned.iter().map(|item| item.key.clone()).collect();
        for item in planned {
            let record = &item.record;
            if let Some(lead_id) = record.lead_id {
                let made = Made {
                    lead_id,
                    contact_id: record.contact_id,
                    applied: record
                        .applied
                        .clone()
                        .unwrap_or_else(|| blank(&item.wanted)),
                };
                self.made.insert(item.key.clone(), made);
            }
        }
    }

    pub(super) fn decide(&mut self, key: &str, outcome: Outcome) {
        self.decided.insert(key.to_owned(), outcome);
    }

    pub(super) fn decide_unless_decided(&mut self, key: &str, outcome: Outcome) {
        self.decided.entry(key.to_owned()).or_insert(outcome);
    }

    /// Holds an order until a person has done something.
    pub(super) fn hold(&mut self, key: &str, reason: String, remedy: String) {
        self.decide(key, Outcome::Held { reason, remedy });
    }

    /// The orders that nothing has been decided of.
    pub(super) fn open<'a>(&'a self, planned: &'a [Item]) -> impl Iterator<Item = &'a Item> {
        planned
            .iter()
            .filter(|item| !self.decided.contains_key(&item.key))
    }

    pub(super) fn is_open(&self, key: &str) -> bool {
        !self.decided.contains_key(key)
    }

    /// What became of every order of the claim; what nothing was decided of is done.
    pub(super) fn outcomes(mut self) -> Vec<(String, Outcome)> {
        for key in std::mem::take(&mut self.planned_keys) {
            self.decided.entry(key).or_insert(Outcome::Done);
        }
        self.decided.into_iter().collect()
    }
}

/// A deal of which nothing is known but where it belongs: every part of it will be sent, and
/// nobody's choice of a stage is undone.
pub(super) fn blank(wanted: &Deal) -> Deal {
    let stage = match &wanted.stage {
        Stage::Lost(_) => Stage::First,
        Stage::First | Stage::Named(_) | Stage::Won => wanted.stage.clone(),
    };
    Deal {
        name: String::new(),
        price: None,
        fields: BTreeMap::new(),
        tags: BTreeSet::new(),
        stage,
        ..wanted.clone()
    }
}

impl Run {
    /// The answer to a create or a note was lost; what it made is looked for at a time.
    pub(super) fn look_again(&mut self, key: &str, at: Timestamp) {
        let error =
            "the answer to a write was lost; what it made is looked for once more".to_owned();
        self.decide(key, Outcome::Again { at, error });
    }

    /// The order waits until the first order of its new buyer has made the contact.
    pub(super) fn wait_for_buyer(&mut self, key: &str, at: Timestamp) {
        let error = "it waits for the buyer's earlier order, which makes the contact".to_owned();
        self.decide_unless_decided(key, Outcome::Again { at, error });
    }

    /// The answer to a bulk call says nothing of this order: its intent stays, and it is looked for.
    pub(super) fn answer_is_missing(&mut self, key: &str, at: Timestamp) {
        let error = "the answer to a batch did not tell of it; the deal is looked for".to_owned();
        self.decide(key, Outcome::Again { at, error });
    }
}
