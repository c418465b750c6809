//! Reading everything that decides the deals of a batch, in one transaction, and deciding them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::SignedDuration;
use portico_domain::buyer::Standing;
use portico_domain::change::Person;
use portico_domain::connection::Connection;
use portico_domain::deal::{self, Input, Site, Verdict};
use portico_domain::flow::{Flow, FlowId};
use portico_domain::order::Order;
use portico_domain::product::Product;
use portico_store::deals::Record;
use portico_store::sites::History;
use portico_store::work::{Item as WorkItem, Outcome};
use portico_store::{
    Error as StoreError, Tx, connections, crms, deals, events, flows, orders, products, sites,
};

use super::run::{Item, Planned, Run};
use crate::crm::AccountFacts;
use crate::site::{flow_of_key, order_of_key, stored_order};
use crate::{Engine, Error};

/// How soon work that waits for a reading asks again; the reading's end hurries it anyway.
const WAIT_FOR_READING: SignedDuration = SignedDuration::from_secs(5);

/// What the database knows of one claimed order.
struct Gathered {
    item: WorkItem,
    flow: Arc<Flow>,
    site: Arc<Connection>,
    shares_account: bool,
    row: orders::Order,
    record: Record,
    earlier: i64,
}

/// What the database says of a claimed order.
enum Finding {
    Here(Box<Gathered>),
    /// There is nothing to do, or not yet.
    Decided(String, Outcome),
}

impl Gathered {
    /// What decides the order's deal.
    fn input<'a>(
        &'a self,
        order: &'a Order,
        products: &'a BTreeMap<String, Product>,
        site: &'a Site,
        account_currency: &'a str,
    ) -> Input<'a> {
        let earlier = u32::try_from(self.earlier).unwrap_or(u32::MAX);
        Input {
            order,
            products,
            standing: if earlier > 0 {
                Standing::Returning
            } else {
                Standing::New
            },
            order_of_buyer: earlier.saturating_add(1),
            site,
            account_currency,
            settings: &self.flow.settings,
        }
    }
}

impl Engine {
    /// Reads and plans the batch; `None` when nothing of it can be planned now.
    pub(super) async fn gather(&self, run: &mut Run) -> Result<Option<Vec<Item>>, Error> {
        if !self.contacts_are_read(run).await? {
            let why = "the account's contacts are still being listed";
            self.put_all_off(run, why);
            return Ok(None);
        }
        let facts = self.account_facts(&run.crm).await?;
        let findings = self.read_batch(run).await?;
        let mut gathered = Vec::new();
        for finding in findings {
            match finding {
                Finding::Here(found) => match parsed(&found) {
                    Ok(order) => gathered.push((*found, order)),
                    Err(_) => run.hold(
                        &found.item.key,
                        "the order as it was stored cannot be read".to_owned(),
                        "change the order in the shop, so that it is read again; nothing else waits for it".to_owned(),
                    ),
                },
                Finding::Decided(key, outcome) => run.decide(&key, outcome),
            }
        }
        // A buyer's first order makes the contact, and cards stand in the order of the sales.
        gathered.sort_by(|(one, _), (other, _)| placed(one).cmp(&placed(other)));
        let products = self.products_of(&gathered).await?;
        let mut planned = Vec::new();
        for (found, order) in gathered {
            if let Some(item) = self.plan(run, found, order, &products, &facts).await? {
                planned.push(Arc::new(item));
            }
        }
        run.begin(&planned, facts);
        Ok(Some(planned))
    }

    async fn contacts_are_read(&self, run: &Run) -> Result<bool, Error> {
        let id = run.crm.id;
        let read = move |tx: &mut dyn Tx| crms::crm(tx, id);
        Ok(self
            .store()
            .read(read)
            .await?
            .is_some_and(|crm| crm.contacts_read))
    }

    fn put_all_off(&self, run: &mut Run, why: &str) {
        let at = self.now() + WAIT_FOR_READING;
        for item in run.claim.items.clone() {
            let error = why.to_owned();
            run.decide(&item.key, Outcome::Again { at, error });
        }
    }

    async fn read_batch(&self, run: &Run) -> Result<Vec<Finding>, Error> {
        let (items, again_at) = (run.claim.items.clone(), self.now() + WAIT_FOR_READING);
        let read = move |tx: &mut dyn Tx| {
            let mut known = Known::default();
            let mut findings = Vec::new();
            let mut wanted = Vec::new();
            for item in &items {
                match wanted_by(tx, &mut known, item, again_at)? {
                    Ok(flow) => wanted.push((item, flow)),
                    Err(outcome) => findings.push(Finding::Decided(item.key.clone(), outcome)),
                }
            }
            findings.extend(find(tx, wanted)?);
            Ok(findings)
        };
        Ok(self.store().read(read).await?)
    }

    /// The facts of every product that the orders name, by site and product.
    async fn products_of(&self, gathered: &[(Gathered, Order)]) -> Result<Products, Error> {
        let mut wanted = Vec::new();
        for (found, order) in gathered {
            let named = order
                .lines
                .iter()
                .filter_map(|line| line.product_id.clone());
            wanted.extend(named.map(|product| (found.site.id, product)));
        }
        wanted.sort();
        wanted.dedup();
        let read = move |tx: &mut dyn Tx| {
            let mut found = Products::new();
            for ((site, id), known) in wanted.iter().zip(products::known(tx, &wanted)?) {
                if let Some(product) = known.and_then(|known| known.product) {
                    found
                        .entry(site.to_string())
                        .or_default()
                        .insert(id.clone(), product);
                }
            }
            Ok(found)
        };
        Ok(self.store().read(read).await?)
    }

    /// Decides the deal of one order; `None` when it gets none.
    async fn plan(
        &self,
        run: &mut Run,
        found: Gathered,
        order: Order,
        products: &Products,
        facts: &AccountFacts,
    ) -> Result<Option<Planned>, Error> {
        let none = BTreeMap::new();
        let products = products.get(&found.site.id.to_string()).unwrap_or(&none);
        let site = Site {
            name: found.site.name.clone(),
            title: found.site.account.title.clone(),
            shares_account: found.shares_account,
        };
        let input = found.input(&order, products, &site, &facts.currency);
        let (wanted, skip) = match deal::desired(&input) {
            Verdict::Deal(wanted) => (*wanted, None),
            // What may have been made is looked for first.
            Verdict::Skip(reason) if found.record.is_uncertain() => {
                (deal::wanted(&input), Some(reason))
            }
            // A deal that is there is not taken away by a later change of the rules.
            Verdict::Skip(reason) => {
                if found.record.lead_id.is_none() {
                    self.note_skip(&found.flow, &order.id, &found.record, reason)
                        .await?;
                }
                run.decide(&found.item.key, Outcome::Done);
                return Ok(None);
            }
        };
        Ok(Some(Planned {
            key: found.item.key,
            flow: found.flow,
            person: Person::of(&order),
            buyer: order.buyer.key(),
            order,
            wanted,
            skip,
            record: found.record,
            priority: found.item.priority,
            attempts: found.item.attempts,
        }))
    }

    /// Says on the order's timeline why it gets no deal, once.
    pub(super) async fn note_skip(
        &self,
        flow: &Flow,
        order: &str,
        record: &Record,
        reason: String,
    ) -> Result<(), Error> {
        if record.skipped.as_deref() == Some(&reason) {
            return Ok(());
        }
        let (flow, site, order) = (flow.id, flow.site, order.to_owned());
        let now = self.now();
        let write = move |tx: &mut dyn Tx| {
            deals::skip(tx, flow, &order, &reason)?;
            events::add(tx, site, &order, &format!("gets no deal: {reason}"), now)
        };
        Ok(self.store().write(write).await?)
    }
}

/// Site, then product.
type Products = BTreeMap<String, BTreeMap<String, Product>>;

/// What many orders of a batch share.
#[derive(Default)]
struct Known {
    flows: HashMap<FlowId, Option<KnownFlow>>,
}

#[derive(Clone)]
struct KnownFlow {
    flow: Arc<Flow>,
    site: Arc<Connection>,
    shares_account: bool,
    history_read: bool,
}

impl Known {
    fn flow(&mut self, tx: &mut dyn Tx, id: FlowId) -> Result<Option<KnownFlow>, StoreError> {
        if let Some(known) = self.flows.get(&id) {
            return Ok(known.clone());
        }
        let known = read_flow(tx, id)?;
        self.flows.insert(id, known.clone());
        Ok(known)
    }
}

fn read_flow(tx: &mut dyn Tx, id: FlowId) -> Result<Option<KnownFlow>, StoreError> {
    let Some(flow) = flows::flow(tx, id)? else {
        return Ok(None);
    };
    let Some(site) = connections::connection(tx, flow.site)? else {
        return Ok(None);
    };
    let state = sites::site(tx, flow.site)?;
    let feeders = flows::of_crm(tx, flow.crm)?;
    Ok(Some(KnownFlow {
        shares_account: feeders.iter().any(|other| other.site != flow.site),
        history_read: state.is_some_and(|site| site.history == History::Read),
        flow: Arc::new(flow),
        site: Arc::new(site),
    }))
}

/// The flow of a claimed order; or, when nothing is to be done for it now, what becomes of it.
fn wanted_by(
    tx: &mut dyn Tx,
    known: &mut Known,
    item: &WorkItem,
    again_at: jiff::Timestamp,
) -> Result<Result<KnownFlow, Outcome>, StoreError> {
    let Some(flow) = flow_of_key(&item.key) else {
        return Err(StoreError::data("key of a deal's work", &item.key));
    };
    // A flow that was removed takes its work with it.
    let Some(known) = known.flow(tx, flow)? else {
        return Ok(Err(Outcome::Done));
    };
    if !known.history_read {
        let error = "the shop's order history is still being read".to_owned();
        return Ok(Err(Outcome::Again {
            at: again_at,
            error,
        }));
    }
    if known.flow.paused {
        return Ok(Err(Outcome::Held {
            reason: format!("the flow `{}` is paused", known.flow.name),
            remedy: format!("run `portico flow resume {}`", known.flow.name),
        }));
    }
    Ok(Ok(known))
}

/// Reads the orders with what is known of their deals and of their buyers' past.
fn find(tx: &mut dyn Tx, wanted: Vec<(&WorkItem, KnownFlow)>) -> Result<Vec<Finding>, StoreError> {
    let keys: Vec<_> = wanted
        .iter()
        .map(|(item, known)| (known.site.id, order_of_key(&item.key)))
        .collect();
    let mut findings = Vec::new();
    let mut there = Vec::new();
    for ((item, known), row) in wanted.into_iter().zip(orders::orders(tx, &keys)?) {
        match row {
            Some(row) => there.push((item, known, row)),
            None => findings.push(Finding::Decided(item.key.clone(), Outcome::Done)),
        }
    }
    let rows: Vec<_> = there
        .iter()
        .map(|(_, known, row)| (known.site.id, row))
        .collect();
    let earlier = orders::earlier_of_buyers(tx, &rows)?;
    let of_flows: Vec<_> = there
        .iter()
        .map(|(_, known, row)| (known.flow.id, row.id.as_str()))
        .collect();
    let records = deals::records(tx, &of_flows)?;
    for (((item, known, row), earlier), record) in there.into_iter().zip(earlier).zip(records) {
        findings.push(Finding::Here(Box::new(Gathered {
            item: item.clone(),
            earlier,
            record: record.unwrap_or_default(),
            flow: known.flow,
            site: known.site,
            shares_account: known.shares_account,
            row,
        })));
    }
    Ok(findings)
}

fn placed(found: &Gathered) -> (jiff::Timestamp, &str) {
    (found.row.created_at, &found.row.id)
}

fn parsed(found: &Gathered) -> Result<Order, Error> {
    stored_order(&found.row, found.site.account.country.as_deref())
}
