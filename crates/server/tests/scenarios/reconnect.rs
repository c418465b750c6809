//! A lost credential is replaced in place, and what may exist once only is not made twice.

use jiff::SignedDuration;
use portico_domain::flow::Settings;
use portico_engine::{NewCredential, NewFlow};
use portico_store::{Store, on_both};
use serde_json::json;

use crate::world::{Link, World, text};

const INES: &str = "ines.okafor@example.com";

on_both! {
    async fn a_lost_credential_is_replaced_and_what_waited_goes_on(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.clock.advance(SignedDuration::from_hours(24 * 8));
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        assert!(world.connection("acme").await.starts_with("NEEDS_REAUTHORIZATION"));

        let refused = world.engine.reconnect("acme", NewCredential::Key("wrong".to_owned().into())).await;
        insta::assert_snapshot!(refused.unwrap_err(), @"Squarespace does not accept the new credential of connection `acme`, which stays as it is");
        let sites = world.credentials().await["squarespace"]["sites"].clone();
        let other = NewCredential::Key(text(&sites[1]["api_key"]).into());
        let refused = world.engine.reconnect("acme", other).await.unwrap_err().to_string();
        assert!(refused.ends_with("add it under a name of its own"), "{refused}");
        assert!(world.connection("acme").await.starts_with("NEEDS_REAUTHORIZATION"));

        let key = NewCredential::Key(text(&sites[0]["api_key"]).into());
        let tested = world.engine.reconnect("acme", key).await.unwrap();
        assert!(!tested.connection.account.oauth);
        assert_eq!(world.connection("acme").await, "ACTIVE");
        world.settle().await;
        assert_eq!(world.notes(&order).await.len(), 1);
    }
}

on_both! {
    async fn a_removed_flow_frees_its_connections_and_leaves_its_deals(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        let deals = world.deals().await;
        world.forget_requests().await;
        world.engine.remove_flow("orders").await.unwrap();
        assert_eq!(world.requests("kommo").await.len(), 0);
        assert_eq!(world.deals().await, deals);
        world.buy(INES, "GIFT-25").await;
        world.settle().await;
        assert_eq!(world.deals().await, deals);
        for name in ["acme", "crm"] {
            world.engine.remove_connection(name).await.unwrap();
        }
        world.settle().await;
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_second_flow_or_connection_of_the_same_is_refused(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        let again = NewFlow {
            name: "again".to_owned(),
            site: "acme".to_owned(),
            crm: "crm".to_owned(),
            settings: Settings::default(),
        };
        let refused = world.engine.add_flow(&again).await.unwrap_err();
        insta::assert_snapshot!(refused, @"the flow `orders` goes from `acme` to `crm` already; a second one would make every deal twice");
        let key = text(&world.credentials().await["squarespace"]["sites"][0]["api_key"]);
        let same = NewCredential::Key(key.into());
        let refused = world.engine.add_squarespace("again", same).await.unwrap_err();
        insta::assert_snapshot!(refused, @"connection `acme` leads to Harbor & Lantern already; use that one, or run `portico connection reconnect acme` for another credential");
        assert_eq!(world.engine.connections().await.unwrap().len(), 2);
    }
}

on_both! {
    async fn a_site_is_watched_on_whatever_its_answers_were(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        for (kind, status) in [("html", 200), ("status", 400), ("status", 403)] {
            world.fault(json!({"app": "squarespace", "kind": kind, "status": status})).await;
            world.advance(SignedDuration::from_mins(6)).await;
            assert_eq!(world.stuck().await, "", "{kind} {status}");
            world.clear_faults().await;
        }
        world.buy(INES, "GIFT-100").await;
        world.advance(SignedDuration::from_mins(6)).await;
        assert_eq!(world.state("kommo", "leads").await.len(), 1);
        world.nothing_is_stuck().await;
    }
}
