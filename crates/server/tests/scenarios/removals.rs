//! A connection that is removed ends its notifications, and where that is asked for nothing is kept of its account.

use jiff::SignedDuration;
use portico_domain::ConnectionId;
use portico_domain::flow::Settings;
use portico_engine::{Error, NewCredential, NewFlow, OAuthClient, Removed};
use portico_store::{Store, Tx, connections, on_both};
use serde_json::json;

use crate::world::{Link, World, text};

const INES: &str = "ines.okafor@example.com";

on_both! {
    async fn the_vendors_send_nothing_to_a_connection_that_is_gone(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        for app in ["squarespace", "kommo"] {
            assert_eq!(world.state(app, "subscriptions").await.len(), 1, "{app}");
        }
        for removed in leave(&world).await {
            assert_eq!((removed.findings, removed.erased), (Vec::<String>::new(), false), "{}", removed.name);
        }
        for app in ["squarespace", "kommo"] {
            assert_eq!(world.state(app, "subscriptions").await.len(), 0, "{app}");
        }
    }
}

on_both! {
    async fn a_vendor_that_fails_keeps_nobody_from_leaving(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.fault(json!({"app": "squarespace", "kind": "drop_before", "method": "DELETE"})).await;
        world.fault(json!({"app": "kommo", "kind": "status", "status": 500, "method": "DELETE"})).await;
        let removed = leave(&world).await;
        insta::assert_snapshot!(removed.map(|one| one.findings.join("\n")).join("\n"), @"
        its notifications could not be ended at Squarespace (connection `acme`: DELETE /1.0/webhook_subscriptions/{subscriptionId}: the connection broke (connection closed before message completed)); delete them there, or leave them: they are refused
        its notifications could not be ended at Kommo (connection `crm`: DELETE /api/v4/webhooks: the vendor answered 500 Internal Server Error); delete them there, or leave them: they are refused
        ");
        assert!(world.engine.connections().await.unwrap().is_empty());

        // They are still told, and nothing comes of it.
        world.clear_faults().await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        world.nothing_is_stuck().await;
        assert_eq!(count(&world, "SELECT count(*) FROM notifications").await, 0);
    }
}

on_both! {
    async fn a_dead_credential_keeps_nobody_from_leaving(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.clock.advance(SignedDuration::from_hours(24 * 8));
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        assert!(world.connection("acme").await.starts_with("NEEDS_REAUTHORIZATION"));
        let [site, crm] = leave(&world).await;
        insta::assert_snapshot!(site.findings.join("\n"), @"its notifications could not be ended at Squarespace (Squarespace refused to renew the token); delete them there, or leave them: they are refused");
        assert_eq!(crm.findings, Vec::<String>::new());
    }
}

on_both! {
    async fn a_subscription_that_was_deleted_at_the_vendor_counts_as_ended(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let subscription = world.state("squarespace", "subscriptions").await[0]["id"].clone();
        world.people(json!({"app": "squarespace", "action": "drop_subscription", "id": subscription})).await;
        let [site, _] = leave(&world).await;
        assert_eq!(site.findings, Vec::<String>::new());
    }
}

on_both! {
    async fn an_erased_account_leaves_nothing_and_comes_back_as_a_stranger(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        let refused = world.engine.erase_connection("acme").await.unwrap_err();
        insta::assert_snapshot!(refused, @"connection `acme` is used by the flow `orders`; run `portico flow remove orders` first");
        world.engine.remove_flow("orders").await.unwrap();
        let site = id(&world, "acme").await;

        let erased = world.engine.erase_connection("acme").await.unwrap();
        assert_eq!((erased.id, erased.erased, erased.findings), (site, true, Vec::new()));
        assert_eq!(world.state("squarespace", "subscriptions").await.len(), 0);
        for of_site in ["SELECT count(*) FROM orders", "SELECT count(*) FROM products", "SELECT count(*) FROM events", "SELECT count(*) FROM notifications", "SELECT count(*) FROM sites", "SELECT count(*) FROM deals", "SELECT count(*) FROM deal_notes", "SELECT count(*) FROM flow_pairs"] {
            assert_eq!(count(&world, of_site).await, 0, "{of_site}");
        }
        assert_eq!(count(&world, "SELECT count(*) FROM contacts").await, 1, "the other account stays");
        world.engine.erase_connection("crm").await.unwrap();
        for of_crm in ["SELECT count(*) FROM contacts", "SELECT count(*) FROM contact_keys", "SELECT count(*) FROM crms", "SELECT count(*) FROM connections", "SELECT count(*) FROM secrets", "SELECT count(*) FROM data_keys", "SELECT count(*) FROM work"] {
            assert_eq!(count(&world, of_crm).await, 0, "{of_crm}");
        }

        world.connect_site("acme", 0, Link::ApiKey).await;
        assert_ne!(id(&world, "acme").await, site);
        world.connect_crm().await;
        world.add_flow("orders", "acme", Settings::default()).await;
        world.buy(INES, "GIFT-25").await;
        world.advance(SignedDuration::from_mins(6)).await;
        // Its history is read anew, so the buyer is known as one who returns.
        insta::assert_snapshot!(world.deals().await, @r"
        #1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100
        #1002 · Harbor & Lantern | Repeat Sales, New order | 26 | Ines Okafor | cat: workshops & cards
        ");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn an_account_that_was_removed_before_is_erased_by_its_former_name_or_its_identifier(store: Store) {
        let world = World::new(store).await;
        let mut sites = Vec::new();
        for number in [0, 1] {
            world.connect_site("acme", number, Link::ApiKey).await;
            sites.push(world.engine.remove_connection("acme").await.unwrap().id);
        }
        let several = world.engine.erase_connection("acme").await.unwrap_err().to_string();
        assert!(several.starts_with("several removed connections had the name `acme`; say which by its identifier: con_"), "{several}");
        assert!(sites.iter().all(|site| several.contains(&site.to_string())), "{several}");
        assert_eq!(count(&world, "SELECT count(*) FROM connections").await, 2);

        // The one that has the name now is meant by it.
        world.connect_site("acme", 0, Link::ApiKey).await;
        assert_eq!(world.engine.erasable_connection("acme").await.unwrap().id, sites[0]);
        world.engine.remove_connection("acme").await.unwrap();
        let first = sites[0].to_string();
        assert_eq!(world.engine.erase_connection(&first).await.unwrap().id, sites[0]);
        assert_eq!(world.engine.erase_connection("acme").await.unwrap().id, sites[1]);
        assert_eq!(count(&world, "SELECT count(*) FROM connections").await, 0);
        let gone = world.engine.erase_connection("acme").await.unwrap_err();
        assert!(matches!(gone, Error::NotFound(_)), "{gone}");
    }
}

on_both! {
    async fn an_erasure_that_was_interrupted_goes_on_and_takes_nothing_of_who_came_after(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        for email in [INES, "kwame.mensah@example.com", "lena.brandt@example.com"] {
            world.buy(email, "GIFT-25").await;
        }
        world.advance(SignedDuration::from_mins(6)).await;
        let site = id(&world, "acme").await;
        leave(&world).await;
        let begun = move |tx: &mut dyn Tx| {
            connections::forget_account(tx, site)?;
            connections::erase_some(tx, site, 1)
        };
        assert!(world.store.write(begun).await.unwrap());
        assert_eq!(count(&world, "SELECT count(*) FROM orders").await, 2);

        world.connect_site("shop", 0, Link::ApiKey).await;
        assert_ne!(id(&world, "shop").await, site);
        world.engine.erase_connection("acme").await.unwrap();
        assert_eq!(count(&world, "SELECT count(*) FROM orders").await, 0);
        assert_eq!(world.connection("shop").await, "ACTIVE");
    }
}

on_both! {
    async fn a_flow_waits_until_it_is_known_whose_its_connections_are(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        let crm = id(&world, "crm").await;
        leave(&world).await;
        world.connect_site("acme", 0, Link::ApiKey).await;
        // The pair is renewed by the first call, and the second one fails.
        world.fault(json!({"app": "kommo", "kind": "status", "status": 503, "path": "users"})).await;
        let untried = add_pair(&world, "crm").await.unwrap_err();
        insta::assert_snapshot!(untried, @"connection `crm`: its new tokens are kept, and could not be tried yet (connection `crm`: GET /api/v4/users: the vendor answered 503 Service Unavailable); run `portico connection test crm`");
        world.clear_faults().await;

        let flow = NewFlow {
            name: "orders".to_owned(),
            site: "acme".to_owned(),
            crm: "crm".to_owned(),
            settings: Settings::default(),
        };
        let refused = world.engine.add_flow(&flow).await.unwrap_err();
        insta::assert_snapshot!(refused, @"connection `crm` was never tried with success; run `portico connection test crm` first");
        assert_eq!(world.engine.test_connection("crm").await.unwrap().connection.id, crm);
        world.engine.add_flow(&flow).await.unwrap();
    }
}

on_both! {
    async fn a_connection_that_was_never_tried_leaves_nothing_behind(store: Store) {
        let world = World::new(store).await;
        world.fault(json!({"app": "kommo", "kind": "status", "status": 503, "path": "users"})).await;
        add_pair(&world, "crm").await.unwrap_err();
        let removed = world.engine.remove_connection("crm").await.unwrap();
        assert!(removed.erased && removed.findings.is_empty(), "{removed:?}");
        assert_eq!(count(&world, "SELECT count(*) FROM connections").await, 0);
    }
}

/// Removes the flow and both of its connections.
async fn leave(world: &World) -> [Removed; 2] {
    world.engine.remove_flow("orders").await.unwrap();
    let site = world.engine.remove_connection("acme").await.unwrap();
    [site, world.engine.remove_connection("crm").await.unwrap()]
}

/// Connects the CRM by a pair whose access token died long ago.
async fn add_pair(world: &World, name: &str) -> Result<(), Error> {
    let kommo = world.credentials().await["kommo"].clone();
    let pair = NewCredential::Tokens {
        client: OAuthClient {
            id: text(&kommo["client_id"]),
            secret: text(&kommo["client_secret"]).into(),
            redirect_uri: Some(text(&kommo["redirect_uri"])),
        },
        access_token: "one that died long ago".to_owned().into(),
        refresh_token: text(&kommo["refresh_token"]).into(),
    };
    let base = text(&kommo["base"]).parse().unwrap();
    world.engine.add_kommo(name, &base, pair).await.map(drop)
}

async fn id(world: &World, name: &str) -> ConnectionId {
    world.engine.connection_named(name).await.unwrap().id
}

/// What a count answers.
async fn count(world: &World, sql: &'static str) -> i64 {
    let count = move |tx: &mut dyn Tx| tx.query_one(sql, &[])?.int(0);
    world.store.read(count).await.unwrap()
}
