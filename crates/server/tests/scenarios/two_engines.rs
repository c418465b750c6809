//! Two processes on one database: they share the work, and one goes on when the other is gone.

use jiff::SignedDuration;
use portico_domain::flow::Settings;
use portico_engine::Engine;
use portico_store::{Database, Store, on_both};
use serde_json::json;

use crate::promises::keeps_its_limit;
use crate::world::{Link, Process, World, text};

const ORDERS: usize = 200;
const WAVES: usize = 20;

/// Six orders in ten are of a buyer who has ordered before.
const BUYERS: usize = 80;

/// In this wave one process dies.
const LAST_OF_ONE: usize = 10;

on_both! {
    async fn two_processes_share_two_hundred_orders_and_one_dies_on_the_way(database: Database) {
        let world = World::new(Store::open(&database).await.unwrap()).await;
        connect(&world).await;
        let other_store = Store::open(&database).await.unwrap();
        let mut other = Some(world.process(&other_store, Process::default()));
        world.forget_requests().await;
        for wave in 0..WAVES {
            place(&world, wave).await;
            if wave == LAST_OF_ONE {
                dies_waiting_for_the_crm(&world, other.take().unwrap()).await;
            }
            match (wave, &other) {
                // Each works alone once, so that both have worked.
                (0, Some(other)) => drop(other.run_due().await.unwrap()),
                (1, _) | (_, None) => drop(world.engine.run_due().await.unwrap()),
                (_, Some(other)) => Box::pin(settle_both(&world, other)).await,
            }
        }
        world.pass(SignedDuration::from_mins(3)).await;

        world.all_is_in_step().await;
        assert_eq!(world.deals_sent().await, ORDERS as u64, "no deal was sent twice");
        keeps_its_limit(&world.requests("kommo").await, 1_000, 7);
        keeps_its_limit(&world.requests("squarespace").await, 60_000, 300);
    }
}

on_both! {
    async fn what_a_process_does_after_its_lease_ran_out_changes_nothing(database: Database) {
        let world = World::connected(Store::open(&database).await.unwrap(), Link::OAuth).await;
        let late_store = Store::open(&database).await.unwrap();
        let late = world.process(&late_store, Process::default());
        let order = world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.sandbox.settle().await;
        hold_up_a_create(&world).await;
        let working = tokio::spawn(async move { late.run_due().await });
        world.until_struck().await;

        world.advance(LEASE_IS_OVER).await;
        let timeline = world.timeline(&order).await;
        let notes = world.state("kommo", "notes").await;
        insta::assert_snapshot!(timeline, @r"
        read after a notification: 105.50 USD, PENDING, PAID
        deal N in New Clients: found after a lost answer, nothing was sent twice; 1 line item; tags cat: workshops & cards, over-100
        deal N changed: name, price, Order id, Order number, Site, Channel, Items, SKUs, Categories, Fulfillment status, Payment state, Grand total, Refunded total, Currency, Ordered at, tag cat: workshops & cards, tag over-100
        ");
        world.forget_requests().await;
        world.clear_faults().await;
        assert_eq!(working.await.unwrap().unwrap().batches, 2, "it read the order and then lost the deal");

        assert_eq!(world.requests("kommo").await.len(), 0, "it sends nothing more");
        assert_eq!(world.timeline(&order).await, timeline);
        assert_eq!(world.state("kommo", "notes").await, notes);
        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
        assert_eq!(world.timeline(&order).await, timeline);
    }
}

on_both! {
    async fn a_process_that_sees_that_its_lease_is_lost_gives_the_work_up(database: Database) {
        let world = World::connected(Store::open(&database).await.unwrap(), Link::OAuth).await;
        let late_store = Store::open(&database).await.unwrap();
        let late = world.process(&late_store, Process { lease: SHORT_LEASE, ..Process::default() });
        let order = world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.sandbox.settle().await;
        hold_up_a_create(&world).await;
        let working = tokio::spawn(async move { late.run_due().await });
        world.until_struck().await;

        // It renews its lease every second, so the other may have to try more than once.
        let is_taken = async || {
            world.advance(SHORT_LEASE * 2).await;
            world.shown(&order).await.deals.iter().any(|deal| deal.lead_id.is_some())
        };
        world.until("the work is taken over", is_taken).await;
        let lost = working.await.unwrap().unwrap_err();
        assert!(format!("{lost:?}").contains("was taken over by another worker"), "{lost:?}");

        world.clear_faults().await;
        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
        assert_eq!(world.deals_sent().await, 1);
    }
}

/// The vendor's clock and ours are one, so this is enough.
const LEASE_IS_OVER: SignedDuration = SignedDuration::from_secs(31);

/// Renewed by the machine's time, each third of it.
const SHORT_LEASE: SignedDuration = SignedDuration::from_secs(3);

/// Two shops that feed one account.
async fn connect(world: &World) {
    for (number, (site, flow)) in [("acme", "orders"), ("brume", "commandes")]
        .into_iter()
        .enumerate()
    {
        world.connect_site(site, number, Link::OAuth).await;
        if number == 0 {
            world.connect_crm().await;
        }
        world.add_flow(flow, site, Settings::default()).await;
    }
    world.settle().await;
}

/// Orders of one wave, at both shops.
async fn place(world: &World, wave: usize) {
    let sites = world.credentials().await["squarespace"]["sites"].clone();
    for n in 0..ORDERS / WAVES {
        let (site, sku) = [(0, "GIFT-25"), (1, "CARTE-50")][n % 2];
        let buyer = (wave * ORDERS / WAVES + n) % BUYERS;
        let order = json!({"website_id": text(&sites[site]["website_id"]),
            "email": format!("buyer{buyer}@example.com"), "basket": [{"sku": sku}]});
        world.checkout(order).await;
    }
    world.sandbox.settle().await;
}

async fn settle_both(world: &World, other: &Engine) {
    loop {
        world.sandbox.settle().await;
        let (one, two) = tokio::join!(world.engine.run_due(), other.run_due());
        if one.unwrap().batches + two.unwrap().batches == 0 {
            return;
        }
    }
}

/// The process ends while the CRM has made its deals and has not answered yet.
async fn dies_waiting_for_the_crm(world: &World, dying: Engine) {
    hold_up_a_create(world).await;
    let working = tokio::spawn(async move { dying.run_due().await });
    world.until_struck().await;
    working.abort();
    assert!(working.await.unwrap_err().is_cancelled());
    world.clear_faults().await;
    world.advance(LEASE_IS_OVER).await;
}

/// The CRM makes the next deals at once and does not answer.
async fn hold_up_a_create(world: &World) {
    let fault = json!({"app": "kommo", "method": "POST", "path": "/leads(/complex)?$",
        "kind": "delay_after", "ms": 600_000, "times": 1});
    world.fault(fault).await;
}
