//! What happens to an order after it was placed, and how its deal follows.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use portico_domain::field::Field;
use portico_domain::flow::{FulfilledStage, Settings};
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::world::{Link, World, text};

const INES: &str = "ines.okafor@example.com";

on_both! {
    async fn a_fulfilled_order_shows_its_tracking_in_a_field_and_once_in_a_note(store: Store) {
        let (world, order) = with_order(store, Settings::default()).await;
        let parcel = json!({"carrier": "UPS", "tracking_number": "1Z42", "tracking_url": "https://ups.example/1Z42"});
        world.merchant("fulfill", &order, parcel).await;
        world.settle().await;

        assert_eq!(world.field(&order, "FULFILLMENT").await.as_deref(), Some("FULFILLED"));
        assert_eq!(world.field(&order, "TRACKING").await.as_deref(), Some("UPS 1Z42 https://ups.example/1Z42"));
        assert_eq!(world.stage(&order).await, "New Clients, New order");
        insta::assert_snapshot!(world.notes(&order).await[1..].join("\n--\n"), @r"
        Fulfilled
        UPS 1Z42 https://ups.example/1Z42
        ");

        world.advance(SignedDuration::from_hours(1)).await;
        world.merchant("fulfill", &order, json!({"carrier": "FedEx", "tracking_number": "7788"})).await;
        world.settle().await;
        assert_eq!(
            world.field(&order, "TRACKING").await.as_deref(),
            Some("UPS 1Z42 https://ups.example/1Z42\nFedEx 7788")
        );
        insta::assert_snapshot!(world.notes(&order).await[1..].join("\n--\n"), @r"
        Fulfilled
        UPS 1Z42 https://ups.example/1Z42
        --
        Another parcel was sent
        UPS 1Z42 https://ups.example/1Z42
        FedEx 7788
        ");
    }
}

on_both! {
    async fn an_order_that_is_marked_pending_again_says_so(store: Store) {
        let (world, order) = with_order(store, Settings::default()).await;
        world.merchant("fulfill", &order, json!({})).await;
        world.settle().await;
        world.advance(SignedDuration::from_mins(1)).await;
        world.merchant("unfulfill", &order, json!({})).await;
        world.settle().await;
        assert_eq!(world.field(&order, "FULFILLMENT").await.as_deref(), Some("PENDING"));
        insta::assert_snapshot!(world.notes(&order).await[1..].join("\n--\n"), @r"
        Fulfilled
        --
        The order is no longer marked as fulfilled
        ");
    }
}

on_both! {
    async fn a_refund_in_part_leaves_the_price_and_a_full_one_closes_the_deal(store: Store) {
        let (world, order) = with_order(store, Settings::default()).await;
        world.merchant("refund", &order, json!({"amount": "5.50"})).await;
        world.settle().await;
        assert_eq!(world.field(&order, "REFUNDED").await.as_deref(), Some("5.50"));
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100, refund: partial");

        world.advance(SignedDuration::from_mins(1)).await;
        world.merchant("refund", &order, json!({})).await;
        world.settle().await;
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, Closed - lost (Refunded) | 106 | Ines Okafor | cat: workshops & cards, over-100, refund: full");
        assert_eq!(world.field(&order, "PAYMENT").await.as_deref(), Some("REFUNDED"));
        insta::assert_snapshot!(world.notes(&order).await[1..].join("\n--\n"), @r"
        Refunded so far: 5.50 USD of 105.50 USD
        --
        Refunded in full: 105.50 USD
        ");
    }
}

on_both! {
    async fn a_cancelled_order_closes_its_deal_as_lost(store: Store) {
        let (world, order) = with_order(store, Settings::default()).await;
        world.merchant("cancel", &order, json!({})).await;
        world.settle().await;
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, Closed - lost (Cancelled) | 106 | Ines Okafor | cancelled, cat: workshops & cards, over-100");
        insta::assert_snapshot!(world.notes(&order).await[1..].join("\n--\n"), @"The order was cancelled in the shop");
    }
}

on_both! {
    async fn a_deal_that_a_person_moved_is_closed_in_its_present_pipeline(store: Store) {
        let (world, order) = with_order(store, Settings::default()).await;
        move_to(&world, &order, "Repeat Sales", "Shipped").await;
        world.merchant("fulfill", &order, json!({})).await;
        world.settle().await;
        assert_eq!(world.stage(&order).await, "Repeat Sales, Shipped");

        world.merchant("cancel", &order, json!({})).await;
        world.settle().await;
        assert_eq!(world.stage(&order).await, "Repeat Sales, Closed - lost (Cancelled)");
    }
}

on_both! {
    async fn an_owner_may_keep_lost_deals_open(store: Store) {
        let settings = Settings { close_lost: false, ..Settings::default() };
        let (world, order) = with_order(store, settings).await;
        world.merchant("cancel", &order, json!({})).await;
        world.settle().await;
        assert_eq!(world.stage(&order).await, "New Clients, New order");
        assert_eq!(world.field(&order, "FULFILLMENT").await.as_deref(), Some("CANCELED"));
    }
}

on_both! {
    async fn a_change_that_is_told_twice_makes_one_note(store: Store) {
        let (world, order) = with_order(store, Settings::default()).await;
        world.fault(json!({"app": "squarespace", "kind": "duplicate_webhook"})).await;
        world.merchant("fulfill", &order, json!({"carrier": "UPS", "tracking_number": "1Z42"})).await;
        world.settle().await;
        // The sweep reads it a third time.
        world.advance(SignedDuration::from_mins(6)).await;
        assert_eq!(world.notes(&order).await.len(), 2);
    }
}

on_both! {
    async fn what_a_person_changed_stays_when_the_shop_did_not_touch_it(store: Store) {
        let (world, order) = with_order(store, Settings::default()).await;
        let lead = world.lead(&order).await;
        world
            .colleague("edit_lead", json!({"id": lead["id"], "name": "Ines, big order", "price": 900, "custom_fields_values": [
                {"field_code": "SQSP_SHIPPING", "values": [{"value": "by hand"}]}]}))
            .await;
        world.merchant("fulfill", &order, json!({})).await;
        world.settle().await;
        insta::assert_snapshot!(world.deals().await, @"Ines, big order | New Clients, New order | 900 | Ines Okafor | cat: workshops & cards, over-100");
    }
}

on_both! {
    async fn a_field_that_the_owner_keeps_is_filled_once_and_never_overwritten(store: Store) {
        let settings = Settings { theirs: BTreeSet::from([Field::Fulfilment]), ..Settings::default() };
        let (world, order) = with_order(store, settings).await;
        assert_eq!(world.field(&order, "FULFILLMENT").await.as_deref(), Some("PENDING"));
        world.merchant("fulfill", &order, json!({})).await;
        world.settle().await;
        assert_eq!(world.field(&order, "FULFILLMENT").await.as_deref(), Some("PENDING"));
        assert_eq!(world.notes(&order).await.len(), 2, "the note tells of it");
    }
}

on_both! {
    async fn a_fulfilled_order_may_win_its_deal(store: Store) {
        let settings = Settings { fulfilled_stage: Some(FulfilledStage::Won), ..Settings::default() };
        let (world, order) = with_order(store, settings).await;
        move_to(&world, &order, "Repeat Sales", "In progress").await;
        world.merchant("fulfill", &order, json!({})).await;
        world.settle().await;
        assert_eq!(world.stage(&order).await, "Repeat Sales, Closed - won");
    }
}

on_both! {
    async fn a_fulfilled_order_may_go_to_a_stage_of_the_owners_choice(store: Store) {
        let settings = Settings { fulfilled_stage: Some(FulfilledStage::Named("shipped".to_owned())), ..Settings::default() };
        let (world, order) = with_order(store, settings).await;
        world.merchant("fulfill", &order, json!({})).await;
        world.settle().await;
        assert_eq!(world.stage(&order).await, "New Clients, Shipped");
    }
}

on_both! {
    async fn a_stage_that_a_pipeline_lost_is_named_and_nothing_else_waits(store: Store) {
        let settings = Settings { fulfilled_stage: Some(FulfilledStage::Named("Shipped".to_owned())), ..Settings::default() };
        let (world, order) = with_order(store, settings).await;
        rename_stage(&world, "New Clients", "Shipped", "Sent").await;
        // The account's facts are read anew at least once a day.
        world.clock.advance(jiff::SignedDuration::from_hours(25));
        world.merchant("fulfill", &order, json!({})).await;
        world.buy("kwame@example.org", "GIFT-25").await;
        world.settle().await;
        insta::assert_snapshot!(world.stuck().await, @"order #1001 of acme: the pipeline `New Clients` has no stage `Shipped`; make that stage in the CRM, or change the flow's settings, then retry");
        assert_eq!(world.state("kommo", "leads").await.len(), 2);

        rename_stage(&world, "New Clients", "Sent", "Shipped").await;
        world.engine.retry_all_work().await.unwrap();
        world.settle().await;
        assert_eq!(world.stuck().await, "");
        assert_eq!(world.stage(&order).await, "New Clients, Shipped");
    }
}

on_both! {
    async fn a_deal_in_a_pipeline_that_is_newer_than_the_flow_is_closed_there(store: Store) {
        let (world, order) = with_order(store, Settings::default()).await;
        world.control_post("kommo/pipelines", &json!([{"name": "VIP"}])).await;
        move_to(&world, &order, "VIP", "Closed - won").await;
        world.merchant("cancel", &order, json!({})).await;
        world.settle().await;
        assert_eq!(world.stage(&order).await, "VIP, Closed - lost (Cancelled)");
    }
}

/// The first shop connected with these settings, and one order with its deal.
async fn with_order(store: Store, settings: Settings) -> (World, Value) {
    let world = World::new(store).await;
    world.connect_site("acme", 0, Link::OAuth).await;
    world.connect_crm().await;
    world.add_flow("orders", "acme", settings).await;
    world.settle().await;
    let order = world.buy(INES, "GIFT-100").await;
    world.settle().await;
    (world, order)
}

async fn rename_stage(world: &World, pipeline: &str, from: &str, to: &str) {
    let pipelines = world.state("kommo", "pipelines").await;
    let mut found = pipelines.into_iter().filter(|one| one["name"] == pipeline);
    let mut pipeline = found.next().unwrap();
    let stages = pipeline["_embedded"]["statuses"].as_array_mut().unwrap();
    let stage = stages.iter_mut().find(|one| one["name"] == from).unwrap();
    stage["name"] = json!(to);
    world
        .control_post("kommo/pipelines", &json!([pipeline]))
        .await;
}

async fn move_to(world: &World, order: &Value, pipeline: &str, stage: &str) {
    let pipelines = world.state("kommo", "pipelines").await;
    let pipeline = pipelines
        .iter()
        .find(|one| one["name"] == pipeline)
        .unwrap();
    let stages = pipeline["_embedded"]["statuses"].as_array().unwrap();
    let stage = stages
        .iter()
        .find(|one| text(&one["name"]) == stage)
        .unwrap();
    let lead = world.lead(order).await;
    world
        .colleague(
            "move_lead",
            json!({"id": lead["id"], "pipeline_id": pipeline["id"], "status_id": stage["id"]}),
        )
        .await;
    world.settle().await;
}
