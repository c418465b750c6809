//! The import of a whole history with a restart in the middle, at full size; it runs with `PORTICO_LONG=1`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use portico_engine::{Step, Steps};
use portico_store::{Database, Store, on_both};
use serde_json::Value;
use tokio::sync::Notify;

use crate::history;
use crate::promises::{keeps_its_limit, order_id};
use crate::seen::field;
use crate::world::{Link, Process, World, text};

const ORDERS: usize = 5_000;
const CONTACTS: usize = 4_000;

/// Six orders in ten are of buyers whom the CRM does not know, each of another.
const NEW_BUYERS: usize = ORDERS * 6 / 10;

/// The first process ends when the CRM has answered so many of its creates: in the middle.
const ANSWERS_OF_THE_FIRST: usize = 40;

/// The set rate; Kommo's own limit is 7.
const CALLS_PER_SECOND: usize = 5;

/// From which totals on a deal has a tag.
const BANDS: [f64; 4] = [1_000.0, 500.0, 250.0, 100.0];

on_both! {
    async fn five_thousand_orders_are_imported_within_the_limits_across_a_restart(database: Database) {
        if is_short_run() {
            return;
        }
        let world = World::new(Store::open(&database).await.unwrap()).await;
        history::seed(&world, ORDERS, CONTACTS).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.connect_crm().await;
        world.add_flow("orders", "acme", Default::default()).await;
        world.settle().await;
        world.engine.backfill("orders", "2000-01-01T00:00:00Z".parse().unwrap()).await.unwrap();
        import_until_the_middle(&world, &database).await;
        let done = world.state("kommo", "leads").await.len();
        assert!((ORDERS / 4..ORDERS * 3 / 4).contains(&done), "{done} deals in the middle");

        let restarted = Store::open(&database).await.unwrap();
        let restarted = world.process(&restarted, Process { seed: 9, ..Process::default() });
        // The account is the ended process's until its lease is over.
        world.clock.advance(SignedDuration::from_secs(31));
        restarted.run_due().await.unwrap();
        world.pass(SignedDuration::from_mins(2)).await;

        let leads = world.state("kommo", "leads").await;
        let contacts = world.state("kommo", "contacts").await;
        let orders = orders(&world).await;
        one_deal_per_order(&world, &orders, &leads).await;
        one_contact_per_buyer(&orders, &leads, &contacts);
        tags_are_right(&world, &orders, &leads, &contacts).await;
        world.nothing_is_stuck().await;
        let calls = world.requests("kommo").await;
        assert!(calls.len() * 20 <= ORDERS, "{} calls for {ORDERS} orders", calls.len());
        keeps_its_limit(&calls, 1_000, CALLS_PER_SECOND);
        keeps_its_limit(&world.requests("squarespace").await, 60_000, 300);
        assert_eq!(world.deals_sent().await, ORDERS as u64, "no deal was sent twice");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test runner says by the environment whether there is time for long runs"
)]
fn is_short_run() -> bool {
    std::env::var("PORTICO_LONG").is_err()
}

/// A first process imports until the CRM has answered many creates, and ends before it could write down
/// the last answer.
async fn import_until_the_middle(world: &World, database: &Database) {
    let ends = Arc::new(Notify::new());
    let (answers, end) = (AtomicUsize::new(0), Arc::clone(&ends));
    let steps = Steps::told_to(move |step| {
        if step == Step::CreateAnswered
            && answers.fetch_add(1, Ordering::SeqCst) + 1 == ANSWERS_OF_THE_FIRST
        {
            end.notify_one();
        }
    });
    let store = Store::open(database).await.unwrap();
    let process = Process {
        steps,
        ..Process::default()
    };
    let first = world.process(&store, process);
    tokio::select! {
        biased;
        () = ends.notified() => {}
        worked = first.run_due() => panic!("it ended by itself: {worked:?}"),
    }
}

/// The shop's orders by their identifier.
async fn orders(world: &World) -> HashMap<String, Value> {
    let orders = world.state("squarespace", "orders").await;
    let orders = orders.into_iter().map(|order| (text(&order["id"]), order));
    orders.collect()
}

async fn one_deal_per_order(world: &World, orders: &HashMap<String, Value>, leads: &[Value]) {
    assert_eq!((orders.len(), leads.len()), (ORDERS, ORDERS));
    let dealt: BTreeSet<String> = leads.iter().map(order_id).collect();
    assert!(dealt.iter().all(|id| orders.contains_key(id)));
    assert_eq!(dealt.len(), ORDERS, "one deal per order");
    let notes = world.state("kommo", "notes").await;
    let noted: BTreeSet<i64> = notes
        .iter()
        .map(|note| note["entity_id"].as_i64().unwrap())
        .collect();
    assert_eq!(
        (notes.len(), noted.len()),
        (ORDERS, ORDERS),
        "one note per deal"
    );
}

/// No address stands on two cards, and each deal is of the card with its order's address.
fn one_contact_per_buyer(orders: &HashMap<String, Value>, leads: &[Value], contacts: &[Value]) {
    assert_eq!(contacts.len(), CONTACTS + NEW_BUYERS);
    let emails: HashMap<i64, String> = contacts
        .iter()
        .map(|card| (card["id"].as_i64().unwrap(), email(card)))
        .collect();
    let different: BTreeSet<&String> = emails.values().collect();
    assert_eq!(different.len(), contacts.len(), "one contact per address");
    for lead in leads {
        let order = &orders[&order_id(lead)];
        assert_eq!(emails[&contact_of(lead)], text(&order["customerEmail"]));
    }
}

/// A deal has the tags of its order's category and amount, a contact those of all its deals.
async fn tags_are_right(
    world: &World,
    orders: &HashMap<String, Value>,
    leads: &[Value],
    contacts: &[Value],
) {
    let categories = categories(world).await;
    let mut of_contact: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    for lead in leads {
        let order = &orders[&order_id(lead)];
        let category = &categories[&text(&order["lineItems"][0]["productId"])];
        let total: f64 = text(&order["grandTotal"]["value"]).parse().unwrap();
        let band = BANDS.iter().find(|from| total >= **from);
        let mut wanted = BTreeSet::from([format!("cat: {category}")]);
        wanted.extend(band.map(|from| format!("over-{from}")));
        assert_eq!(tags(lead), wanted, "{}", lead["name"]);
        of_contact
            .entry(contact_of(lead))
            .or_default()
            .extend(wanted);
    }
    for card in contacts {
        let wanted = of_contact.remove(&card["id"].as_i64().unwrap());
        assert_eq!(tags(card), wanted.unwrap_or_default(), "{}", card["name"]);
    }
}

/// By product: the title of the store page that it is on, in small letters.
async fn categories(world: &World) -> HashMap<String, String> {
    let pages = world.state("squarespace", "store_pages").await;
    let products = world.state("squarespace", "products").await;
    let title = |product: &Value| {
        let page = pages
            .iter()
            .find(|page| page["id"] == product["storePageId"]);
        text(&page.unwrap()["title"]).to_lowercase()
    };
    let products = products
        .iter()
        .map(|product| (text(&product["id"]), title(product)));
    products.collect()
}

fn contact_of(lead: &Value) -> i64 {
    let contacts = lead["_embedded"]["contacts"].as_array().unwrap();
    assert_eq!(contacts.len(), 1, "{}", lead["name"]);
    contacts[0]["id"].as_i64().unwrap()
}

fn email(card: &Value) -> String {
    text(&field(card, "EMAIL").unwrap()["values"][0]["value"])
}

fn tags(card: &Value) -> BTreeSet<String> {
    let tags = card["_embedded"]["tags"].as_array().unwrap();
    tags.iter().map(|tag| text(&tag["name"])).collect()
}
