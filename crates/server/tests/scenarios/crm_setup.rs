//! What people do to the CRM that a flow has set up: fields, pipelines, users and deals go away.

use portico_domain::flow::Settings;
use portico_domain::rule::{Condition, Outcome, Rule};
use portico_domain::work::Queue;
use portico_engine::NewFlow;
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::world::{Link, World, text};

const INES: &str = "ines.okafor@example.com";

on_both! {
    async fn what_a_flow_needs_is_named_before_it_is_made(store: Store) {
        let world = bare(store).await;
        let new = flow(Settings::default());
        let plan = world.engine.plan_flow(&new).await.unwrap();
        insta::assert_snapshot!(plan.to_make.join("\n"), @r"
        make the pipeline `New Clients` with the stages New order, In progress
        make the pipeline `Repeat Sales` with the stages New order, In progress
        make 16 deal fields: Order number, Order id, Site, Channel, Items, SKUs, Categories, Fulfillment status, Payment state, Grand total, Refunded total, Currency, Discount codes, Shipping method, Tracking, Ordered at
        make 2 contact fields: Address, Shop customer id
        ");
        assert_eq!(world.state("kommo", "pipelines").await.len(), 1, "nothing is made yet");

        world.engine.add_flow(&new).await.unwrap();
        assert_eq!(world.engine.plan_flow(&new).await.unwrap().to_make.len(), 0);
        world.settle().await;
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        assert_eq!(world.stage(&order).await, "New Clients, New order");
    }
}

on_both! {
    async fn without_loss_reasons_a_cancelled_deal_is_lost_without_one(store: Store) {
        let world = bare(store).await;
        world.engine.add_flow(&flow(Settings::default())).await.unwrap();
        world.settle().await;
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        world.merchant("cancel", &order, json!({})).await;
        world.settle().await;
        assert_eq!(world.stage(&order).await, "New Clients, Closed - lost");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_token_without_administrator_rights_says_what_to_do(store: Store) {
        let world = bare(store).await;
        world.switch("kommo", "admin", json!(false)).await;
        let tested = world.engine.test_connection("crm").await.unwrap();
        insta::assert_snapshot!(tested.findings[1], @"has no administrator rights: missing pipelines and fields cannot be made");
        let refused = world.engine.add_flow(&flow(Settings::default())).await.unwrap_err();
        insta::assert_snapshot!(refused, @"connection `crm` has no administrator rights, and without them nobody can make the pipeline `New Clients` with the stages New order, In progress; make the pipeline `Repeat Sales` with the stages New order, In progress; make 16 deal fields: Order number, Order id, Site, Channel, Items, SKUs, Categories, Fulfillment status, Payment state, Grand total, Refunded total, Currency, Discount codes, Shipping method, Tracking, Ordered at; make 2 contact fields: Address, Shop customer id; connect with the token of an administrator, then try again");
        assert_eq!(world.engine.flows().await.unwrap().len(), 0);
    }
}

on_both! {
    async fn a_deleted_field_is_left_out_named_and_filled_again_after_a_repair(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        delete_field(&world, "SQSP_PAYMENT").await;
        delete_field(&world, "SQSP_REFUNDED").await;

        world.merchant("refund", &order, json!({"amount": "5.50"})).await;
        let second = world.buy(INES, "GIFT-25").await;
        world.settle().await;
        assert_eq!(world.field(&second, "REFUNDED").await, None);
        assert_eq!(world.field(&second, "TOTAL").await.as_deref(), Some("26.38"));
        insta::assert_snapshot!(world.warning().await.unwrap(), @"something was deleted in the CRM; run `portico flow repair orders` to make 2 deal fields: Payment state, Refunded total");
        world.nothing_is_stuck().await;

        let plan = world.engine.plan_repair("orders").await.unwrap();
        assert_eq!(plan.to_make, ["make 2 deal fields: Payment state, Refunded total"]);
        let repaired = world.engine.repair_flow("orders").await.unwrap();
        assert_eq!(repaired.made, ["made 2 deal fields: Payment state, Refunded total"]);
        let again = world.engine.repair_flow("orders").await.unwrap();
        assert_eq!((again.made.len(), again.retried), (0, 0));
        world.settle().await;
        assert_eq!(world.warning().await, None);
        assert_eq!(world.field(&order, "REFUNDED").await.as_deref(), Some("5.50"));
        assert_eq!(world.field(&second, "PAYMENT").await.as_deref(), Some("PAID"));
        world.merchant("refund", &order, json!({})).await;
        world.settle().await;
        assert_eq!(world.field(&order, "REFUNDED").await.as_deref(), Some("105.50"));
    }
}

on_both! {
    async fn deals_go_on_without_the_field_of_the_order_id(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        delete_field(&world, "SQSP_ORDER_ID").await;
        // An answer that is lost now can only be found again by the deal's name.
        world.fault(json!({"app": "kommo", "kind": "drop_after", "method": "POST", "path": "leads/complex", "times": 2})).await;
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        world.pass(jiff::SignedDuration::from_mins(2)).await;
        assert_eq!(world.state("kommo", "leads").await.len(), 1);
        assert_eq!(world.notes(&order).await.len(), 1);
        insta::assert_snapshot!(world.warning().await.unwrap(), @"something was deleted in the CRM; run `portico flow repair orders` to make the deal field Order id");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_deleted_pipeline_holds_its_orders_and_no_others(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        let gone = pipeline(&world, "New Clients").await;
        world.colleague("delete_pipeline", json!({"id": gone})).await;

        let held = world.buy("kwame@example.org", "GIFT-25").await;
        world.buy(INES, "GIFT-25").await;
        world.settle().await;
        insta::assert_snapshot!(world.stuck().await, @"order #1002 of acme: the CRM has no pipeline `New Clients`; make or rename a pipeline there, or run `portico flow repair`, then retry");
        insta::assert_snapshot!(world.deals().await, @r"
        #1001 · Harbor & Lantern | Repeat Sales, New order | 106 | Ines Okafor | cat: workshops & cards, over-100
        #1003 · Harbor & Lantern | Repeat Sales, New order | 26 | Ines Okafor | cat: workshops & cards
        ");
        insta::assert_snapshot!(world.warning().await.unwrap(), @"something was deleted in the CRM; run `portico flow repair orders` to make the pipeline `New Clients` with the stages New order, In progress");

        let repaired = world.engine.repair_flow("orders").await.unwrap();
        assert_eq!(repaired.retried, 1);
        world.settle().await;
        assert_eq!(world.stage(&held).await, "New Clients, New order");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_held_order_is_dismissed_and_comes_back_when_it_changes(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let gone = pipeline(&world, "New Clients").await;
        world.colleague("delete_pipeline", json!({"id": gone})).await;
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        let held = world.engine.overview().await.unwrap().stuck.remove(0);
        assert_eq!(held.flow.as_deref(), Some("orders"));
        insta::assert_snapshot!(held.dismissal().unwrap(), @r#"portico work dismiss sync_deal "order #1001 of acme""#);

        world.engine.dismiss_work(Queue::SyncDeal, "order #1001 of acme").await.unwrap();
        world.nothing_is_stuck().await;
        insta::assert_snapshot!(world.sentence(&order).await, @"no deal: its work was dismissed; a change of the order, or `portico flow backfill`, brings it");
        let told = world.timeline(&order).await;
        insta::assert_snapshot!(told.lines().last().unwrap(), @"dismissed by a person while it was held: the CRM has no pipeline `New Clients`");
        let refused = world.engine.dismiss_work(Queue::SyncDeal, "order #1001 of acme").await.unwrap_err();
        insta::assert_snapshot!(refused, @"no such work `order #1001 of acme` in the queue sync_deal");

        world.merchant("fulfill", &order, json!({})).await;
        world.settle().await;
        assert!(world.stuck().await.starts_with("order #1001 of acme: the CRM has no pipeline"));
        world.engine.repair_flow("orders").await.unwrap();
        world.settle().await;
        assert_eq!(world.stage(&order).await, "New Clients, New order");
    }
}

on_both! {
    async fn only_held_work_on_an_order_is_dismissed_and_work_is_retried_by_its_words(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let refused = world.engine.dismiss_work(Queue::SweepOrders, "connection acme").await.unwrap_err();
        insta::assert_snapshot!(refused, @"work on `connection acme` cannot be dismissed, only that on an order; do what its remedy says, then retry it");
        world.engine.retry_work(Queue::SweepOrders, "connection acme").await.unwrap();

        world.fault(json!({"app": "kommo", "path": "leads", "kind": "status", "status": 503})).await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        let refused = world.engine.dismiss_work(Queue::SyncDeal, "order #1001 of acme").await.unwrap_err();
        insta::assert_snapshot!(refused, @"work on `order #1001 of acme` is not held, so it goes on by itself; only held work can be dismissed");
        world.clear_faults().await;
        world.engine.retry_work(Queue::SyncDeal, "order #1001 of acme").await.unwrap();
        world.pass(jiff::SignedDuration::from_mins(2)).await;
        assert_eq!(world.state("kommo", "leads").await.len(), 1);
    }
}

on_both! {
    async fn a_user_who_left_gets_no_deals_and_the_flow_says_so(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.connect_crm().await;
        let outcome = Outcome { responsible: Some("tomas.reyes@example.com".to_owned()), ..Outcome::default() };
        let rule = Rule { name: "gifts".to_owned(), when: Condition::default(), then: outcome };
        world.add_flow("orders", "acme", Settings { rules: vec![rule], ..Settings::default() }).await;
        world.settle().await;
        let first = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        let users = world.state("kommo", "users").await;
        let tomas = users.iter().find(|user| user["name"] == "Tomas Reyes").unwrap();
        assert_eq!(world.lead(&first).await["responsible_user_id"], tomas["id"]);

        world.colleague("remove_user", json!({"id": tomas["id"]})).await;
        let second = world.buy(INES, "GIFT-25").await;
        world.settle().await;
        assert_ne!(world.lead(&second).await["responsible_user_id"], tomas["id"]);
        insta::assert_snapshot!(world.warning().await.unwrap(), @"the rule `gifts` gives deals to a user whom the CRM no longer has, so they go to the owner of the token; change the rule");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_deal_that_a_person_deleted_is_not_made_again(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = world.buy(INES, "GIFT-100").await;
        let other = world.buy("kwame@example.org", "GIFT-100").await;
        world.settle().await;
        let lead = world.lead(&order).await;
        world.colleague("delete_lead", json!({"id": lead["id"]})).await;

        world.merchant("refund", &order, json!({"amount": "5.50"})).await;
        world.merchant("refund", &other, json!({"amount": "5.50"})).await;
        world.settle().await;
        assert_eq!(world.state("kommo", "leads").await.len(), 1);
        assert_eq!(world.field(&other, "REFUNDED").await.as_deref(), Some("5.50"));
        insta::assert_snapshot!(world.sentence(&order).await, @"held: deal N is no longer in the CRM; restore the deal there, or leave this as it is; nothing else waits for it");

        world.merchant("cancel", &order, json!({})).await;
        world.settle().await;
        insta::assert_snapshot!(world.sentence(&order).await, @"held: deal N is no longer in the CRM; restore the deal there, or leave this as it is; nothing else waits for it");
    }
}

/// The first site, and an account as every new one is.
async fn bare(store: Store) -> World {
    let world = World::new(store).await;
    let bare = json!({"seed": 7, "switches": [{"app": "kommo", "name": "bare", "value": true}]});
    world.control_post("reset", &bare).await;
    world.connect_site("acme", 0, Link::OAuth).await;
    world.connect_crm().await;
    world
}

fn flow(settings: Settings) -> NewFlow {
    NewFlow {
        name: "orders".to_owned(),
        site: "acme".to_owned(),
        crm: "crm".to_owned(),
        settings,
    }
}

async fn delete_field(world: &World, code: &str) {
    world
        .colleague("delete_field", json!({"code": code, "entity": "leads"}))
        .await;
}

async fn pipeline(world: &World, name: &str) -> Value {
    let pipelines = world.state("kommo", "pipelines").await;
    let found = pipelines
        .iter()
        .find(|pipeline| text(&pipeline["name"]) == name);
    found.unwrap()["id"].clone()
}
