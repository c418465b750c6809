//! What is called and changed is on record, in words, and stays there as it was written.

mod faults;
mod long_run;
mod pruning;
mod tampering;

use portico_domain::agent::{Area, Level};
use portico_domain::audit::Actor;
use portico_engine::{AuditQuery, Caller, Engine, NewGrant};
use portico_store::{Database, Store, on_both};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::world::{Link, Process, World, text};

const ORDERS: &str = "/1.0/commerce/orders";
const ADJUST: &str = "/1.0/commerce/inventory/adjustments";

/// What is on record of agents and administrators, oldest first, without how long it took.
async fn told(engine: &Engine, query: &AuditQuery) -> Vec<String> {
    let page = engine.audit(query, None, 100).await.unwrap();
    let mut told: Vec<String> = page
        .entries
        .into_iter()
        .map(|entry| entry.sentence)
        .collect();
    told.reverse();
    told
}

fn of_agent(name: &str) -> AuditQuery {
    AuditQuery {
        agent: Some(name.to_owned()),
        ..AuditQuery::default()
    }
}

/// What a verification says, chains by letters in the order of their age.
async fn verified(engine: &Engine) -> String {
    let found = engine.verify_audit(|_, _| {}).await.unwrap();
    let mut chains: Vec<String> = engine
        .audit(&AuditQuery::default(), None, 500)
        .await
        .unwrap()
        .entries
        .iter()
        .map(|entry| entry.id.chain.to_string())
        .collect();
    chains.extend(found.faults.iter().filter_map(|fault| {
        let (chain, _) = fault.record.rsplit_once('-')?;
        Some(chain.to_owned())
    }));
    chains.sort();
    chains.dedup();
    let mut told = format!("{} records in {} chains", found.records, found.chains);
    for fault in found.faults {
        told.push_str(&format!("\n{} {}", fault.record, fault.what));
    }
    for (chain, letter) in chains.iter().zip('A'..) {
        told = told.replace(chain, &letter.to_string());
    }
    told
}

impl World {
    /// An agent with its key, and who it is to the gateway.
    async fn agent(&self, name: &str, area: Area, level: Level) -> (String, Caller) {
        let grant = NewGrant {
            connection: None,
            area,
            level,
        };
        let made = self.engine.add_agent(name, &[grant]).await.unwrap();
        let caller = self.engine.caller(&made.secret).await.unwrap();
        (made.secret.expose_secret().to_owned(), caller)
    }

    async fn gateway(&self, key: &str, method: Method, path: &str, body: Option<Value>) -> u16 {
        let url = format!("{}squarespace{path}", self.hub);
        let call = self
            .http
            .request(method, url)
            .header("authorization", format!("Bearer {key}"));
        let call = match body {
            Some(body) => call.json(&body),
            None => call,
        };
        call.send().await.unwrap().status().as_u16()
    }
}

fn an_adjustment() -> Value {
    json!({ "incrementOperations": [{ "variantId": "0d3f1f1e-7f3e-4f9a-9d2a-000000000000", "quantity": 1 }] })
}

on_both! {
    async fn calls_read_as_sentences(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let (key, _) = world.agent("Store Agent", Area::Orders, Level::Read).await;
        assert_eq!(world.gateway(&key, Method::GET, ORDERS, None).await, 200);
        assert_eq!(world.gateway(&key, Method::POST, ADJUST, Some(an_adjustment())).await, 403);
        assert_eq!(world.gateway(&key, Method::GET, "/1.0/commerce/secrets", None).await, 404);
        let by_email = format!("{ORDERS}/ines@example.com");
        world.gateway(&key, Method::GET, &by_email, None).await;

        world.engine.close().await;
        let told = told(&world.engine, &of_agent("Store Agent")).await.join("\n");
        insta::assert_snapshot!(told, @"
        Store Agent read orders of `acme` (getOrders); allowed by its grant orders=read; 200 in 0 ms
        Store Agent was denied adjustInventoryStockLevels at `acme`: it has off in inventory and needs full
        Store Agent was refused a call at `acme`: there is no such thing
        Store Agent tried to read orders of `acme` (getOrder); allowed by its grant orders=read; 400 in 0 ms
        ");
        assert_eq!(verified(&world.engine).await, "11 records in 1 chains");
        let page = world.engine.audit(&AuditQuery::default(), None, 100).await.unwrap();
        assert!(!format!("{page:?}").contains("ines@"), "a path may hold anything");
    }
}

on_both! {
    async fn changes_are_on_record_as_those_of_whoever_made_them(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let key = world.engine.add_admin_key("laptop", None).await.unwrap().secret;
        let owner = world.engine.caller(&key).await.unwrap().actor();
        let owned = world.engine.acting_as(owner);
        owned.pause_flow("orders", true).await.unwrap();
        owned.remove_connection("acme").await.unwrap_err();
        let url = format!("{}v1/agents", world.hub);
        let made = world.http.post(url)
            .header("authorization", format!("Bearer {}", key.expose_secret()))
            .json(&json!({ "name": "Robot" }))
            .send().await.unwrap();
        assert_eq!(made.status(), 201);
        world.engine.acting_as(Actor::CommandLine).revoke_agent("Robot").await.unwrap();

        world.engine.close().await;
        let told = told(&world.engine, &AuditQuery::default()).await.join("\n");
        insta::assert_snapshot!(told, @"
        Portico connected `acme`
        Portico connected `crm`
        Portico added the flow `orders`
        Portico made the key `laptop`
        The administration key `laptop` paused the flow `orders`
        The administration key `laptop` tried to remove the connection `acme`; not done: it conflicts with what is there
        The administration key `laptop` made the agent `Robot`
        Somebody at the command line revoked the agent `Robot`
        ");
    }
}

on_both! {
    async fn a_flow_records_its_deals_without_their_buyers(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.settle().await;
        world.engine.close().await;

        let page = world.engine.audit(&AuditQuery::default(), None, 100).await.unwrap();
        let deals: Vec<_> = page.entries.iter().filter(|entry| entry.finding.kind == "deal").collect();
        assert_eq!(deals.len(), 1);
        assert_eq!(deals[0].finding.actor.as_deref(), Some("flow:orders"));
        assert!(deals[0].sentence.ends_with(&format!("for order {}", text(&order["id"]))), "{}", deals[0].sentence);
        assert!(!format!("{page:?}").contains("okafor"));
    }
}

on_both! {
    async fn a_list_is_turned_page_by_page(store: Store) {
        let world = World::new(store).await;
        for number in 0..5 {
            world.engine.add_admin_key(&format!("key-{number}"), None).await.unwrap();
        }
        world.engine.close().await;
        let (mut next, mut seen) = (None, Vec::new());
        loop {
            let page = world.engine.audit(&AuditQuery::default(), next.as_deref(), 2).await.unwrap();
            seen.extend(page.entries.into_iter().map(|entry| entry.id));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5, "each once");
    }
}

on_both! {
    async fn two_processes_write_a_chain_each(database: Database) {
        let store = Store::open(&database).await.unwrap();
        let world = World::new(store).await;
        let other_store = Store::open(&database).await.unwrap();
        let other = world.process(&other_store, Process::default());
        for number in 0..10 {
            let (one, two) = (format!("one-{number}"), format!("two-{number}"));
            let (one, two) = tokio::join!(
                world.engine.add_admin_key(&one, None),
                other.add_admin_key(&two, None),
            );
            one.unwrap();
            two.unwrap();
        }
        world.engine.close().await;
        other.close().await;
        assert_eq!(verified(&world.engine).await, "42 records in 2 chains");
    }
}

on_both! {
    async fn a_process_that_changes_nothing_begins_no_chain(store: Store) {
        let world = World::new(store).await;
        assert!(world.engine.keys().await.unwrap().is_empty());
        world.engine.close().await;
        assert_eq!(verified(&world.engine).await, "0 records in 0 chains");
    }
}
