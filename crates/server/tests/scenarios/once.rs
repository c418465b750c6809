//! Whatever is lost, refused or slow on the way: one deal per order, one contact per buyer, one set
//! of notes per deal.

use jiff::SignedDuration;
use portico_domain::connection::Status;
use portico_store::work::State;
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::world::{Link, World};

async fn checkout(world: &World, email: &str) -> Value {
    world
        .people(json!({"app": "squarespace", "action": "checkout", "email": email}))
        .await
}

async fn kommo_fault(world: &World, method: &str, path: &str, kind: &str, times: u32) {
    let fault =
        json!({"app": "kommo", "method": method, "path": path, "kind": kind, "times": times});
    world.fault(fault).await;
}

/// Three new buyers, then one of them again.
async fn four_orders(world: &World) {
    for email in [
        "a@example.com",
        "b@example.com",
        "c@example.com",
        "A@Example.com",
    ] {
        checkout(world, email).await;
    }
}

on_both! {
    async fn a_create_whose_answer_is_lost_is_found_and_not_sent_again(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        kommo_fault(&world, "POST", "/leads/complex", "drop_after", 1).await;
        four_orders(&world).await;
        world.settle().await;
        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn a_create_that_never_arrived_is_looked_for_twice_and_sent_again(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        kommo_fault(&world, "POST", "/leads/complex", "drop_before", 1).await;
        checkout(&world, "a@example.com").await;
        world.settle().await;
        world.forget_requests().await;
        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
        let looks = world.requests("kommo").await;
        let looks = looks.iter().filter(|request| request["operation"] == "GET /api/v4/leads").count();
        assert_eq!(looks, 2);
    }
}

on_both! {
    async fn a_returning_buyers_lost_create_is_found(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        checkout(&world, "a@example.com").await;
        world.settle().await;
        kommo_fault(&world, "POST", "/leads", "drop_after", 1).await;
        checkout(&world, "a@example.com").await;
        world.settle().await;
        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn notes_whose_answer_is_lost_are_not_doubled(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        kommo_fault(&world, "POST", "/leads/notes", "drop_after", 1).await;
        four_orders(&world).await;
        world.settle().await;
        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn notes_that_never_arrived_are_sent_again(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        kommo_fault(&world, "POST", "/leads/notes", "drop_before", 1).await;
        four_orders(&world).await;
        world.settle().await;
        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn every_second_call_is_lost_after_it_was_done(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.fault(json!({"app": "kommo", "method": "POST", "path": "/api/v4/leads", "kind": "drop_after", "probability": 0.5})).await;
        for _ in 0..3 {
            four_orders(&world).await;
            world.settle().await;
        }
        world.clear_faults().await;
        world.pass(SignedDuration::from_mins(20)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn a_crm_that_is_down_for_an_hour_gets_everything_afterwards(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.fault(json!({"app": "kommo", "kind": "status", "status": 503})).await;
        four_orders(&world).await;
        world.pass(SignedDuration::from_mins(60)).await;
        assert_eq!(world.state("kommo", "leads").await.len(), 0);
        world.clear_faults().await;
        world.pass(SignedDuration::from_mins(10)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn a_crm_that_answers_html_gets_everything_afterwards(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.fault(json!({"app": "kommo", "kind": "html", "status": 502, "times": 4})).await;
        four_orders(&world).await;
        world.settle().await;
        world.pass(SignedDuration::from_mins(10)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn a_batch_that_is_too_heavy_is_looked_for_and_the_rest_is_sent_in_halves(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        world.switch("kommo", "heavy_batch", json!(5)).await;
        for n in 0..14 {
            checkout(&world, &format!("buyer{n}@example.com")).await;
        }
        world.pass(SignedDuration::from_mins(20)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn a_complaint_of_too_many_requests_is_met_with_silence(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.control_post("limits", &json!({"kommo_per_second": 0})).await;
        checkout(&world, "a@example.com").await;
        world.settle().await;
        world.control_post("limits", &json!({"kommo_per_second": 7})).await;
        world.forget_requests().await;
        world.pass(SignedDuration::from_secs(270)).await;
        assert_eq!(world.requests("kommo").await.len(), 0, "the vendor asked for 300 seconds");
        world.pass(SignedDuration::from_mins(3)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn a_block_stops_the_connection_in_plain_words_until_it_is_tested_again(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.people(json!({"app": "kommo", "action": "block"})).await;
        checkout(&world, "a@example.com").await;
        world.settle().await;
        let crm = world.engine.connection_named("crm").await.unwrap();
        assert_eq!(crm.status, Status::Paused);
        insta::assert_snapshot!(crm.reason.unwrap(), @"Kommo refuses every call from this address (403, blocked)");
        insta::assert_snapshot!(crm.remedy.unwrap(), @"ask Kommo's support to lift the block, then run `portico connection test crm`");

        world.forget_requests().await;
        world.pass(SignedDuration::from_mins(30)).await;
        assert_eq!(world.requests("kommo").await.len(), 0, "a blocked account is left alone");
        world.people(json!({"app": "kommo", "action": "unblock"})).await;
        world.engine.test_connection("crm").await.unwrap();
        world.pass(SignedDuration::from_mins(6)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn one_order_that_the_crm_refuses_is_held_and_the_others_go_through(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        world.switch("kommo", "text_limit", json!(30)).await;
        four_orders(&world).await;
        let odd = json!({"customerEmail": "odd@example.com",
            "shippingOptionName": "By a carrier whose name is longer than this account takes"});
        let odd = world.control_post("squarespace/orders", &odd).await;
        let odd = if odd.is_array() { odd[0].clone() } else { odd };
        world.pass(SignedDuration::from_mins(3)).await;
        assert_eq!(world.state("kommo", "leads").await.len(), 4);
        let shown = world.shown(&odd).await;
        let work = shown.deals[0].work.clone().unwrap();
        assert_eq!(work.item.state, State::Held);
        insta::assert_snapshot!(work.item.error.unwrap(), @r#"creating the deal with its contact: the CRM refuses the field "Shipping method" (TooLong)"#);

        world.switch("kommo", "text_limit", json!(256)).await;
        world.engine.retry_all_work().await.unwrap();
        world.settle().await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn a_notification_right_after_a_lost_create_does_not_hasten_the_second_look(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        kommo_fault(&world, "POST", "/leads/complex", "drop_before", 1).await;
        let order = checkout(&world, "a@example.com").await;
        world.settle().await;
        world.advance(SignedDuration::from_secs(7)).await;
        world.forget_requests().await;
        for carrier in ["UPS", "DHL", "FedEx"] {
            world.people(json!({"app": "squarespace", "action": "fulfill", "id": order["id"], "carrier": carrier})).await;
            world.settle().await;
        }
        let sent = world.requests("kommo").await;
        let creates = sent.iter().filter(|request| request["operation"] == "POST /api/v4/leads/complex");
        assert_eq!(creates.count(), 0, "the two looks are ten seconds apart");
        world.pass(SignedDuration::from_mins(2)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn an_order_of_a_buyer_whose_first_create_is_lost_waits_for_it(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.switch("kommo", "search_lag_s", json!(600)).await;
        kommo_fault(&world, "POST", "/leads/complex", "drop_after", 1).await;
        checkout(&world, "a@example.com").await;
        world.settle().await;
        checkout(&world, "a@example.com").await;
        world.settle().await;
        assert_eq!(world.state("kommo", "contacts").await.len(), 1);
        world.pass(SignedDuration::from_mins(3)).await;
        world.all_is_in_step().await;
    }
}

on_both! {
    async fn an_hour_of_outage_does_not_split_the_batches(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        world.fault(json!({"app": "kommo", "kind": "status", "status": 503, "method": "GET"})).await;
        for n in 0..12 {
            checkout(&world, &format!("buyer{n}@example.com")).await;
        }
        world.pass(SignedDuration::from_mins(60)).await;
        world.clear_faults().await;
        world.forget_requests().await;
        world.pass(SignedDuration::from_mins(10)).await;
        world.all_is_in_step().await;
        let sent = world.requests("kommo").await;
        let creates = sent.iter().filter(|request| request["operation"] == "POST /api/v4/leads/complex").count();
        assert!(creates <= 2, "{creates} calls for 12 orders");
    }
}
