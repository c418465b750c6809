//! Orders from before the flow began.

use jiff::SignedDuration;
use portico_store::{Store, on_both};
use serde_json::json;

use crate::world::{Link, World};

const INES: &str = "ines.okafor@example.com";
const KWAME: &str = "kwame@example.org";

on_both! {
    async fn earlier_orders_get_their_deals_by_a_backfill_and_not_before(store: Store) {
        let world = with_history(store).await;
        assert_eq!(world.deals().await, "");
        let started = world.engine.backfill("orders", "2025-01-01T00:00:00Z".parse().unwrap()).await.unwrap();
        assert_eq!((started.orders, started.history_read), (4, true));
        world.settle().await;

        // One order is older than the day given, and still makes its buyer a returning one.
        insta::assert_snapshot!(world.deals().await, @r"
        #1002 · Harbor & Lantern | New Clients, New order | 26 | Kwame Asante | cat: workshops & cards
        #1001 · Harbor & Lantern | Repeat Sales, New order | 26 | Ines Okafor | cat: workshops & cards
        #1005 · Harbor & Lantern | Repeat Sales, New order | 26 | Kwame Asante | cat: workshops & cards
        #1004 · Harbor & Lantern | Repeat Sales, New order | 26 | Kwame Asante | cat: workshops & cards
        ");
        let leads = world.state("kommo", "leads").await;
        let placed: Vec<i64> = leads.iter().map(|lead| lead["created_at"].as_i64().unwrap()).collect();
        let first: jiff::Timestamp = "2025-02-01T10:00:00Z".parse().unwrap();
        assert_eq!(placed[0], first.as_second(), "a deal is as old as its order");
        assert_eq!(world.state("kommo", "notes").await.len(), 4);
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_second_backfill_changes_nothing(store: Store) {
        let world = with_history(store).await;
        let since = "2024-01-01T00:00:00Z".parse().unwrap();
        world.engine.backfill("orders", since).await.unwrap();
        world.settle().await;
        let deals = world.deals().await;
        world.forget_requests().await;
        world.engine.backfill("orders", since).await.unwrap();
        world.settle().await;
        let requests = world.requests("kommo").await;
        assert!(requests.is_empty(), "{requests:#?}");
        assert_eq!(world.deals().await, deals);
    }
}

on_both! {
    async fn a_backfill_that_is_asked_for_while_the_history_is_read_follows_it(store: Store) {
        let world = World::new(store).await;
        place_history(&world).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.connect_crm().await;
        world.add_flow("orders", "acme", Default::default()).await;
        let started = world.engine.backfill("orders", "2024-01-01T00:00:00Z".parse().unwrap()).await.unwrap();
        assert_eq!((started.orders, started.history_read), (0, false));
        world.settle().await;
        assert_eq!(world.state("kommo", "leads").await.len(), 5);
    }
}

on_both! {
    async fn a_paused_flow_holds_its_orders_and_goes_on_when_resumed(store: Store) {
        let world = with_history(store).await;
        world.engine.pause_flow("orders", true).await.unwrap();
        world.engine.backfill("orders", "2025-01-01T00:00:00Z".parse().unwrap()).await.unwrap();
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        assert_eq!(world.deals().await, "");
        insta::assert_snapshot!(world.sentence(&order).await, @"held: the flow `orders` is paused; run `portico flow resume orders`");

        world.engine.pause_flow("orders", false).await.unwrap();
        world.settle().await;
        assert_eq!(world.state("kommo", "leads").await.len(), 5);
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_backfill_from_tomorrow_is_refused(store: Store) {
        let world = with_history(store).await;
        let tomorrow = world.now() + SignedDuration::from_hours(24);
        let refused = world.engine.backfill("orders", tomorrow).await.unwrap_err();
        assert_eq!(refused.to_string(), format!("{tomorrow} is in the future; give a day in the past"));
    }
}

on_both! {
    async fn a_change_of_an_order_from_before_the_flow_makes_no_deal(store: Store) {
        let world = with_history(store).await;
        let order = world.state("squarespace", "orders").await.remove(0);
        world.merchant("refund", &order, json!({"amount": "1.00"})).await;
        world.settle().await;
        assert_eq!(world.deals().await, "");
    }
}

/// A shop with five old orders, connected without a backfill.
async fn with_history(store: Store) -> World {
    let world = World::new(store).await;
    place_history(&world).await;
    world.connect_site("acme", 0, Link::OAuth).await;
    world.connect_crm().await;
    world.add_flow("orders", "acme", Default::default()).await;
    world.settle().await;
    world
}

async fn place_history(world: &World) {
    for (email, at) in [
        (INES, "2025-03-01T10:00:00Z"),
        (KWAME, "2025-02-01T10:00:00Z"),
        (INES, "2024-05-01T10:00:00Z"),
        (KWAME, "2025-06-01T10:00:00Z"),
        (KWAME, "2025-05-01T10:00:00Z"),
    ] {
        world
            .checkout(json!({"email": email, "at": at, "basket": [{"sku": "GIFT-25"}]}))
            .await;
    }
}
