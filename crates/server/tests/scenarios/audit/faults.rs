//! What cannot be put on record is not done, and afterwards all goes on.

use portico_domain::agent::{Area, Level};
use portico_engine::Error;
use portico_store::{Store, Tx, on_both};
use reqwest::Method;

use super::{ADJUST, ORDERS, an_adjustment, of_agent, told, verified};
use crate::world::{Link, World};

async fn run(store: &Store, sql: &'static str) {
    let run = move |tx: &mut dyn Tx| tx.execute(sql, &[]);
    store.write(run).await.unwrap();
}

on_both! {
    async fn nothing_is_called_or_changed_while_records_cannot_be_written(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let (key, _) = world.agent("Store Agent", Area::Inventory, Level::Full).await;
        let (reader, _) = world.agent("Reader", Area::Orders, Level::Read).await;
        world.forget_requests().await;
        let is_durable = async || verified(&world.engine).await == "7 records in 1 chains";
        world.until("what went before is durable", is_durable).await;

        run(&world.store, "ALTER TABLE audit RENAME TO audit_away").await;
        let status = world.gateway(&key, Method::POST, ADJUST, Some(an_adjustment())).await;
        assert_eq!(status, 503);
        let refused = async || world.gateway(&reader, Method::GET, ORDERS, None).await == 503;
        world.until("reads are refused", refused).await;
        let change = world.engine.add_admin_key("laptop", None).await;
        assert!(matches!(change, Err(Error::Unrecorded)));
        let keys = world.engine.keys().await.unwrap();
        assert!(keys.is_empty(), "nothing was changed");
        assert_eq!(world.requests("squarespace").await.len(), 0, "nothing was sent");

        run(&world.store, "ALTER TABLE audit_away RENAME TO audit").await;
        let goes_on = async || world.gateway(&reader, Method::GET, ORDERS, None).await == 200;
        world.until("calls go on", goes_on).await;
        world.engine.add_admin_key("laptop", None).await.unwrap();
        world.engine.close().await;
        let told = told(&world.engine, &of_agent("Store Agent")).await;
        assert_eq!(told, [
            "Store Agent tried to change inventory of `acme` (adjustInventoryStockLevels): \
             stock of variant 0d3f1f1e-7f3e-4f9a-9d2a-000000000000 by +1; allowed by its grant inventory=full; not done: it could not be put on record",
        ]);
        let told = verified(&world.engine).await;
        assert!(!told.contains('\n'), "{told}");
    }
}

on_both! {
    async fn what_waits_when_the_process_is_told_to_end_is_written(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let (key, _) = world.agent("Reader", Area::Orders, Level::Read).await;
        assert_eq!(world.gateway(&key, Method::GET, ORDERS, None).await, 200);
        // At once: nobody has waited for the record of a read.
        world.engine.close().await;
        let told = told(&world.engine, &of_agent("Reader")).await;
        assert_eq!(told.len(), 1);
        assert!(told[0].ends_with("200 in 0 ms"), "{told:?}");
        assert_eq!(world.gateway(&key, Method::GET, ORDERS, None).await, 503, "it has ended");
    }
}
