//! Flows are changed in place, and one that was removed comes back to the deals that it has made.

use portico_domain::flow::{FulfilledStage, Settings};
use portico_domain::rule::{Outcome, Rule};
use portico_engine::{FlowChange, FlowChanged, NewFlow};
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::world::{Link, World, text};

const INES: &str = "ines.okafor@example.com";

on_both! {
    async fn a_flow_that_comes_back_makes_no_deal_twice(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let before = sale(&world, "Ines Okafor", "GIFT-100").await;
        sale(&world, "Kwame Mensah", "GIFT-25").await;
        let id = world.engine.flow_named("orders").await.unwrap().id;

        world.engine.remove_flow("orders").await.unwrap();
        assert_eq!(world.engine.flows().await.unwrap().len(), 0);
        assert!(world.engine.flow_named(&id.to_string()).await.is_err());
        assert_eq!(world.shown(&before).await.deals.len(), 0);
        world.merchant("refund", &before, json!({"amount": "5.50"})).await;
        sale(&world, "Ines Okafor", "GIFT-25").await;
        assert_eq!(world.state("kommo", "leads").await.len(), 2);

        let back = world.engine.add_flow(&flow("again", Settings::default())).await.unwrap();
        assert_eq!((back.flow.id, back.taken_up), (id, 2));
        world.settle().await;
        assert_eq!(world.state("kommo", "leads").await.len(), 2, "nobody has asked for past orders");
        world.merchant("fulfill", &before, json!({})).await;
        world.settle().await;
        assert_eq!(world.field(&before, "FULFILLMENT").await.as_deref(), Some("FULFILLED"), "a deal follows its order");

        world.engine.backfill("again", "2020-01-01T00:00:00Z".parse().unwrap()).await.unwrap();
        world.settle().await;
        insta::assert_snapshot!(world.deals().await, @r"
        #1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100, refund: partial
        #1002 · Harbor & Lantern | New Clients, New order | 26 | Kwame Mensah | cat: workshops & cards
        #1003 · Harbor & Lantern | Repeat Sales, New order | 26 | Ines Okafor | cat: workshops & cards
        ");
        assert_eq!(world.field(&before, "REFUNDED").await.as_deref(), Some("5.50"));
        assert_eq!(world.state("kommo", "contacts").await.len(), 2);
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_create_whose_answer_was_lost_before_its_flow_was_removed_is_found_again(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.fault(json!({"app": "kommo", "kind": "drop_after", "method": "POST", "path": "leads/complex", "times": 1})).await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        assert_eq!(world.state("kommo", "leads").await.len(), 1);
        assert_eq!(world.engine.flow_view("orders").await.unwrap().deals, 0, "nothing is known of it");
        world.engine.remove_flow("orders").await.unwrap();

        world.engine.add_flow(&flow("again", Settings::default())).await.unwrap();
        world.pass(jiff::SignedDuration::from_mins(2)).await;
        assert_eq!(world.state("kommo", "leads").await.len(), 1);
        assert_eq!(world.engine.flow_view("again").await.unwrap().deals, 1);
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn two_flows_of_one_pair_that_are_added_at_once_are_one(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.connect_crm().await;
        // What both would make is there, so that nothing holds one of them up.
        world.engine.add_flow(&flow("first", Settings::default())).await.unwrap();
        world.engine.remove_flow("first").await.unwrap();

        let (one, other) = (flow("one", Settings::default()), flow("other", Settings::default()));
        let (one, other) = tokio::join!(world.engine.add_flow(&one), world.engine.add_flow(&other));
        let refused = match (one, other) {
            (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused.to_string(),
            both => panic!("{both:?}"),
        };
        assert!(refused.ends_with("a second one would make every deal twice"), "{refused}");
        assert_eq!(world.engine.flows().await.unwrap().len(), 1);
    }
}

on_both! {
    async fn new_settings_hold_for_new_orders_and_for_old_ones_when_they_change(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let refunded = sale(&world, "Ines Okafor", "GIFT-100").await;
        sale(&world, "Kwame Mensah", "GIFT-100").await;
        let before = world.deals().await;

        let changed = set(&world, json!({ "new_pipeline": "Fresh", "bands": [75] })).await;
        assert_eq!(changed.made, ["made the pipeline `Fresh` with the stages New order, In progress"]);
        assert!(changed.settings_changed && changed.backfill_helps);
        assert_eq!(changed.flow.settings.returning_pipeline, "Repeat Sales");
        world.settle().await;
        assert_eq!(world.deals().await, before);

        sale(&world, "Ada Canary", "GIFT-100").await;
        world.merchant("refund", &refunded, json!({"amount": "5.50"})).await;
        world.settle().await;
        insta::assert_snapshot!(world.deals().await, @r"
        #1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-75, refund: partial
        #1002 · Harbor & Lantern | New Clients, New order | 106 | Kwame Mensah | cat: workshops & cards, over-100
        #1003 · Harbor & Lantern | Fresh, New order | 106 | Ada Canary | cat: workshops & cards, over-75
        ");

        world.engine.backfill("orders", changed.flow.since).await.unwrap();
        world.settle().await;
        insta::assert_snapshot!(world.deals().await.lines().nth(1).unwrap(), @"#1002 · Harbor & Lantern | New Clients, New order | 106 | Kwame Mensah | cat: workshops & cards, over-75");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_backfill_brings_stages_and_contacts_in_line_with_new_settings(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = sale(&world, "Ines Okafor", "GIFT-100").await;
        world.merchant("fulfill", &order, json!({})).await;
        world.settle().await;
        let changed = set(&world, json!({ "fulfilled_stage": "won", "bands": [75] })).await;
        world.settle().await;
        assert_eq!(world.stage(&order).await, "New Clients, New order");

        world.engine.backfill("orders", changed.flow.since).await.unwrap();
        world.settle().await;
        assert_eq!(world.stage(&order).await, "New Clients, Closed - won");
        let contact = world.contacts().await;
        assert!(contact.ends_with("cat: workshops & cards, over-100, over-75"), "{contact}");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn orders_that_wait_for_other_settings_go_on_with_them(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let pipelines = world.state("kommo", "pipelines").await;
        let gone = pipelines.iter().find(|one| one["name"] == "New Clients").unwrap();
        world.colleague("delete_pipeline", json!({"id": gone["id"]})).await;
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        assert!(world.sentence(&order).await.starts_with("held: "));
        assert!(world.warning().await.is_some());

        let changed = set(&world, json!({ "new_pipeline": "Repeat Sales" })).await;
        assert!(!changed.backfill_helps, "the pipeline of a deal is chosen once");
        world.settle().await;
        assert_eq!(world.stage(&order).await, "Repeat Sales, New order");
        assert_eq!(world.warning().await, None);
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_flow_takes_another_name_and_keeps_its_identifier(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.connect_site("brume", 1, Link::OAuth).await;
        world.add_flow("commandes", "brume", Settings::default()).await;
        let named = |name: &str| FlowChange { name: Some(name.to_owned()), ..FlowChange::default() };
        let refused = world.engine.change_flow("orders", &named("commandes")).await.unwrap_err();
        insta::assert_snapshot!(refused, @"there is already a flow `commandes`; choose another name");
        let refused = world.engine.change_flow("orders", &named("a b")).await.unwrap_err();
        insta::assert_snapshot!(refused, @"`a b`: a name has 1 to 40 letters, digits, dashes or underscores");

        let id = world.engine.flow_named("orders").await.unwrap().id;
        world.forget_requests().await;
        let changed = world.engine.change_flow(&id.to_string(), &named("sales")).await.unwrap();
        assert_eq!((changed.flow.id, changed.settings_changed), (id, false));
        assert_eq!(world.requests("kommo").await.len(), 0);
        assert!(world.engine.flow_named("orders").await.is_err());
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        assert_eq!(world.shown(&order).await.deals[0].flow, "sales");
    }
}

on_both! {
    async fn what_the_account_does_not_have_is_refused_before_anything_is_written(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.connect_crm().await;
        let stage = Settings {
            new_pipeline: "Fresh".to_owned(),
            returning_pipeline: "New Clients".to_owned(),
            fulfilled_stage: Some(FulfilledStage::Named("Shipped".to_owned())),
            ..Settings::default()
        };
        let refused = world.engine.add_flow(&flow("orders", stage)).await.unwrap_err();
        insta::assert_snapshot!(refused, @"the pipeline `Fresh` is still to be made and will have no stage `Shipped`, which `fulfilled_stage` names; its stages will be New order, In progress; name one of them, or make the pipeline with that stage in the CRM first");
        let then = Outcome { responsible: Some("nobody@example.com".to_owned()), ..Outcome::default() };
        let rule = Rule { name: "gifts".to_owned(), then, ..Rule::default() };
        let user = Settings { rules: vec![rule], ..Settings::default() };
        let refused = world.engine.plan_flow(&flow("orders", user)).await.unwrap_err().to_string();
        let users = world.state("kommo", "users").await;
        let named = |user: &Value| format!("{} ({})", text(&user["name"]), user["id"]);
        let named: Vec<String> = users.iter().map(named).collect();
        assert_eq!(refused, format!("the rule `gifts` gives deals to `nobody@example.com`, who is no user of the account; its users are {}; name one of them by number or by e-mail address", named.join(", ")));
        assert_eq!(world.engine.flows().await.unwrap().len(), 0);
        nothing_was_written(&world).await;

        world.add_flow("orders", "acme", Settings::default()).await;
        world.settle().await;
        world.forget_requests().await;
        let change = change(json!({ "returning_pipeline": "Fresh", "rules": [{ "name": "all", "then": { "stage": "Lunch" } }] }));
        let refused = world.engine.change_flow("orders", &change).await.unwrap_err();
        insta::assert_snapshot!(refused, @"the pipeline `New Clients` has no stage `Lunch`, which the rule `all` names; its stages are New order, In progress, Shipped, Closed - won, Closed - lost; name one of them, or make that stage in the CRM first");
        assert_eq!(world.engine.flow_named("orders").await.unwrap().settings, Settings::default());
        nothing_was_written(&world).await;
    }
}

on_both! {
    async fn a_shop_that_cannot_be_asked_is_a_warning_of_its_flow_while_it_lasts(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        assert_eq!(warning(&world).await, "");
        world.fault(json!({"app": "squarespace", "path": "orders", "kind": "status", "status": 503})).await;
        world.advance(jiff::SignedDuration::from_mins(2)).await;
        let said = warning(&world).await;
        assert!(said.starts_with("asking for changed orders of connection `acme` failed: connection `acme`: "), "{said}");
        assert!(said.contains("; it is tried again at 2026-05-14T09:0"), "{said}");
        assert_eq!(world.warning().await, None, "it passes by itself, so nobody needs to act");

        world.clear_faults().await;
        world.advance(jiff::SignedDuration::from_mins(6)).await;
        assert_eq!(warning(&world).await, "");
    }
}

/// A buyer orders one thing, and it is told and worked off.
async fn sale(world: &World, buyer: &str, sku: &str) -> Value {
    let (first, last) = buyer.split_once(' ').unwrap();
    let email = format!("{first}.{last}@example.com").to_lowercase();
    let wanted =
        json!({"email": email, "first_name": first, "last_name": last, "basket": [{"sku": sku}]});
    let order = world.checkout(wanted).await;
    world.settle().await;
    order
}

on_both! {
    async fn a_site_whose_orders_may_not_be_read_gets_no_flow_and_nothing_is_made(store: Store) {
        let world = World::new(store).await;
        world.connect_crm().await;
        world.fault(json!({"app": "squarespace", "path": "/commerce/orders", "kind": "status", "status": 403})).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.forget_requests().await;
        let refused = world.engine.add_flow(&flow("orders", Settings::default())).await.unwrap_err();
        insta::assert_snapshot!(refused, @"connection `acme` may not read orders, so no deals can come of them: `portico connection reauthorize acme --area orders=read`");
        assert_eq!(world.requests("kommo").await.len(), 0, "no field was made for nothing");

        world.clear_faults().await;
        world.engine.test_connection("acme").await.unwrap();
        world.engine.add_flow(&flow("orders", Settings::default())).await.unwrap();
    }
}

fn flow(name: &str, settings: Settings) -> NewFlow {
    NewFlow {
        name: name.to_owned(),
        site: "acme".to_owned(),
        crm: "crm".to_owned(),
        settings,
    }
}

fn change(settings: Value) -> FlowChange {
    FlowChange {
        name: None,
        settings: serde_json::from_value(settings).unwrap(),
    }
}

/// Changes settings of the flow `orders`.
async fn set(world: &World, settings: Value) -> FlowChanged {
    let changed = world.engine.change_flow("orders", &change(settings)).await;
    changed.unwrap()
}

/// What the flow `orders` is shown with.
async fn warning(world: &World) -> String {
    let view = world.engine.flow_view("orders").await.unwrap();
    view.warning().unwrap_or_default()
}

async fn nothing_was_written(world: &World) {
    let requests = world.requests("kommo").await;
    assert!(!requests.is_empty());
    assert!(
        requests.iter().all(|request| request["method"] == "GET"),
        "{requests:?}"
    );
}
