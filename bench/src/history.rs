//! History import: Kommo calls per order, and wall time against what the set rate permits.

use anyhow::Result;
use jiff::Timestamp;
use portico_domain::Clock;
use portico_engine::{Paces, Steps, SystemClock};
use portico_store::Database;
use serde_json::{Value, json};

use crate::stand::{Hub, Vendors, most_within, order, pause};

/// Contacts that the CRM has before.
const CONTACTS: usize = 4_000;

/// What an order costs with a call for each step: search, contact, deal, link, note, contact tags, deal tags.
const CALLS_BY_STEPS: usize = 7;

/// The set rate of Kommo calls.
const PER_SECOND: f64 = 5.0;

/// Imports a history with the vendors' limits on and a restart of Portico in the middle.
pub(crate) async fn measure(database: &Database, orders: usize) -> Result<()> {
    println!(
        "## history import: {orders} orders, 60 % new buyers, {CONTACTS} contacts there before, on {database}"
    );
    let vendors = Vendors::start().await?;
    seed(&vendors, orders).await?;
    let hub = Hub::start(&vendors, database, Paces::default(), Steps::default()).await?;
    let began = SystemClock.now();
    hub.connect(&vendors).await?;
    until_read(&hub).await?;
    let read = SystemClock.now();
    hub.engine
        .backfill("orders", "2000-01-01T00:00:00Z".parse()?)
        .await?;
    until_deals(&vendors, orders / 2).await?;
    hub.stop().await?;
    let hub = Hub::start(&vendors, database, Paces::default(), Steps::default()).await?;
    until_done(&hub).await?;
    let ended = SystemClock.now();
    hub.stop().await?;
    report(&vendors, orders, (began, read, ended)).await
}

async fn seed(vendors: &Vendors, orders: usize) -> Result<()> {
    let contacts: Vec<Value> = (0..CONTACTS)
        .map(|n| {
            let email = json!({"value": format!("known{n}@example.com"), "enum_code": "WORK"});
            json!({"name": format!("Known {n}"), "custom_fields_values": [{"field_code": "EMAIL", "values": [email]}]})
        })
        .collect();
    vendors.post("kommo/contacts", &json!(contacts)).await?;
    let products = vendors.get("state/squarespace/products").await?;
    let products = products["items"].as_array().cloned().unwrap_or_default();
    let now = SystemClock.now();
    let orders: Vec<Value> = (0..orders)
        .map(|n| order(n, CONTACTS, now, &products[n % products.len()]))
        .collect();
    vendors
        .post("squarespace/orders?silent=true", &json!(orders))
        .await?;
    Ok(())
}

async fn until_read(hub: &Hub) -> Result<()> {
    loop {
        let progress = hub.engine.progress("orders").await?;
        if progress.history_read && progress.contacts_read {
            return Ok(());
        }
        pause(20).await;
    }
}

async fn until_deals(vendors: &Vendors, deals: usize) -> Result<()> {
    while usize::try_from(vendors.count("kommo", "leads").await?)? < deals {
        pause(200).await;
    }
    Ok(())
}

async fn until_done(hub: &Hub) -> Result<()> {
    while hub.engine.progress("orders").await?.waiting > 0 {
        pause(20).await;
    }
    Ok(())
}

async fn report(
    vendors: &Vendors,
    orders: usize,
    (began, read, ended): (Timestamp, Timestamp, Timestamp),
) -> Result<()> {
    let calls = vendors.requests("kommo").await?;
    let pages = vendors.requests("squarespace").await?;
    let refused = |requests: &[Value]| requests.iter().filter(|r| r["status"] == 429).count();
    let import = ended.duration_since(read).as_secs_f64();
    let import_began = read.as_millisecond();
    let imported = calls
        .iter()
        .filter(|r| r["at"].as_i64() >= Some(import_began))
        .count();
    let floor = imported as f64 / PER_SECOND;
    let leads = vendors.count("kommo", "leads").await?;
    let notes = vendors.count("kommo", "notes").await?;
    let contacts = vendors.count("kommo", "contacts").await?;
    println!("| what | figure |\n|---|---|");
    println!("| deals, notes, contacts at the end | {leads}, {notes}, {contacts} |");
    println!(
        "| Kommo calls, setting up and restart included | {} |",
        calls.len()
    );
    println!(
        "| calls per order | {:.4} |",
        calls.len() as f64 / orders as f64
    );
    println!(
        "| fewer than with a call for each step, {CALLS_BY_STEPS} per order | {:.0} times |",
        (orders * CALLS_BY_STEPS) as f64 / calls.len() as f64
    );
    println!(
        "| most Kommo requests in any second (limit 7) | {} |",
        most_within(&calls, 1_000)
    );
    println!(
        "| most Squarespace requests in any minute (limit 300) | {} |",
        most_within(&pages, 60_000)
    );
    println!(
        "| refused with 429 | {} |",
        refused(&calls) + refused(&pages)
    );
    println!(
        "| reading the shop's history and the contacts | {:.1} s |",
        read.duration_since(began).as_secs_f64()
    );
    println!("| importing | {import:.1} s for {imported} calls |");
    println!(
        "| wall time ÷ (calls ÷ {PER_SECOND} a second) | {:.2} |\n",
        import / floor
    );
    Ok(())
}
