//! A connection that was removed leaves no secret, and what its account had holds when it comes back.

use jiff::SignedDuration;
use portico_domain::agent::{Area, Level};
use portico_domain::flow::Settings;
use portico_engine::{Error, NewCredential, NewGrant, OAuthClient};
use portico_store::{Store, Tx, on_both};
use serde_json::json;

use crate::world::{Link, World, text};

const INES: &str = "ines.okafor@example.com";
const KWAME: &str = "kwame.mensah@example.com";

on_both! {
    async fn an_account_that_comes_back_under_another_name_doubles_nothing(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let first = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        let (site, crm) = (id(&world, "acme").await, id(&world, "crm").await);
        remove_all(&world).await;
        world.buy(KWAME, "GIFT-25").await;
        world.advance(SignedDuration::from_hours(24 * 3)).await;

        let sites = world.credentials().await["squarespace"]["sites"].clone();
        let key = NewCredential::Key(text(&sites[0]["api_key"]).into());
        let tested = world.engine.add_squarespace("shop", key).await.unwrap();
        insta::assert_snapshot!(tested.findings.last().unwrap(), @"was connected before as `acme`: takes up what is known of it (orders: 1), so that nothing is made twice");
        assert_eq!(tested.connection.id.to_string(), site);
        assert_eq!(id(&world, "shop").await, site);
        world.connect_crm().await;
        assert_eq!(id(&world, "crm").await, crm);
        assert_eq!(world.engine.connections().await.unwrap().len(), 2);

        world.add_flow("orders", "shop", Settings::default()).await;
        world.engine.backfill("orders", "2020-01-01T00:00:00Z".parse().unwrap()).await.unwrap();
        world.settle().await;
        world.buy(INES, "GIFT-25").await;
        world.advance(SignedDuration::from_mins(6)).await;
        insta::assert_snapshot!(world.deals().await, @"
        #1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100
        #1002 · Harbor & Lantern | New Clients, New order | 26 | Haruto Sasaki | cat: workshops & cards
        #1003 · Harbor & Lantern | Repeat Sales, New order | 26 | Ines Okafor | cat: workshops & cards
        ");
        assert_eq!(world.state("kommo", "contacts").await.len(), 2);
        assert_eq!(world.shown(&first).await.site, "shop");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn what_was_granted_for_a_connection_is_not_open_when_it_comes_back(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::ApiKey).await;
        let grant = |connection: Option<&str>, level| NewGrant {
            connection: connection.map(str::to_owned),
            area: Area::Orders,
            level,
        };
        let grants = [grant(None, Level::Full), grant(Some("acme"), Level::Read)];
        world.engine.add_agent("Robot", &grants).await.unwrap();
        world.engine.remove_connection("acme").await.unwrap();
        world.connect_site("acme", 0, Link::ApiKey).await;

        let back = world.engine.connection_named("acme").await.unwrap();
        let agent = world.engine.agent("Robot").await.unwrap();
        assert_eq!(agent.level(back.id, Area::Orders), Level::Off, "nor by the grant for all");
    }
}

on_both! {
    async fn a_removed_connection_is_hidden_everywhere_and_has_no_secret(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        remove_all(&world).await;

        for gone in [
            "SELECT count(*) FROM secrets",
            "SELECT count(*) FROM data_keys",
            "SELECT count(*) FROM notifications",
            "SELECT count(*) FROM work",
        ] {
            assert_eq!(count(&world, gone).await, 0, "{gone}");
        }
        assert_eq!(count(&world, "SELECT count(*) FROM orders").await, 1);
        assert!(world.engine.connections().await.unwrap().is_empty());
        let number = text(&order["orderNumber"]);
        for error in [
            world.engine.connection_named("acme").await.unwrap_err(),
            world.engine.test_connection("acme").await.unwrap_err(),
            world.engine.remove_connection("acme").await.unwrap_err(),
            world.engine.orders_numbered(&number).await.unwrap_err(),
        ] {
            assert!(matches!(error, Error::NotFound(_)), "{error}");
        }
        assert!(world.engine.events_after(0).await.unwrap().is_empty());
        assert!(world.engine.overview().await.unwrap().latest.is_empty());
        world.engine.check_master_key().await.unwrap();

        // The name is free, also for another account.
        world.connect_site("acme", 1, Link::ApiKey).await;
        let again = world.credentials().await["squarespace"]["sites"][0].clone();
        let again = NewCredential::Key(text(&again["api_key"]).into());
        let refused = world.engine.add_squarespace("acme", again).await.unwrap_err();
        insta::assert_snapshot!(refused, @"there is already a connection `acme`; choose another name");
    }
}

on_both! {
    async fn a_site_that_comes_back_tells_of_its_orders_again(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        remove_all(&world).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.connect_crm().await;
        world.add_flow("orders", "acme", Settings::default()).await;
        world.settle().await;

        // The clock stands still, so no sweep comes by.
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        assert_eq!(world.notes(&order).await.len(), 1);
        assert_eq!(world.state("squarespace", "subscriptions").await.len(), 1);
    }
}

on_both! {
    async fn a_pair_that_was_renewed_on_the_way_back_lives_on(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        let crm = id(&world, "crm").await;
        remove_all(&world).await;
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
        let tested = world.engine.add_kommo("kommo", &base, pair).await.unwrap();
        assert_eq!(tested.connection.id.to_string(), crm);
        for _ in 0..3 {
            world.advance(SignedDuration::from_hours(25)).await;
            world.engine.test_connection("kommo").await.unwrap();
        }
    }
}

on_both! {
    async fn two_that_bring_one_account_back_at_once_make_one_connection(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::ApiKey).await;
        let site = id(&world, "acme").await;
        world.engine.remove_connection("acme").await.unwrap();
        let key = text(&world.credentials().await["squarespace"]["sites"][0]["api_key"]);
        let add = |name: &'static str| {
            let key = NewCredential::Key(key.clone().into());
            world.engine.add_squarespace(name, key)
        };
        let (one, other) = tokio::join!(add("one"), add("other"));
        let refused = match (one, other) {
            (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused.to_string(),
            both => panic!("{both:?}"),
        };
        assert!(refused.contains("leads to Harbor & Lantern already"), "{refused}");
        let left = world.engine.connections().await.unwrap();
        assert_eq!(left.iter().map(|one| one.id.to_string()).collect::<Vec<_>>(), [site]);
        assert_eq!(count(&world, "SELECT count(*) FROM connections").await, 1);
    }
}

on_both! {
    async fn a_refused_credential_leaves_what_was_removed_as_it_is(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let site = id(&world, "acme").await;
        remove_all(&world).await;
        let wrong = NewCredential::Key("wrong".to_owned().into());
        let refused = world.engine.add_squarespace("acme", wrong).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{refused}");
        world.people(json!({"app": "squarespace", "action": "expire_site"})).await;
        let key = text(&world.credentials().await["squarespace"]["sites"][0]["api_key"]);
        let add = || world.engine.add_squarespace("acme", NewCredential::Key(key.clone().into()));
        insta::assert_snapshot!(add().await.unwrap_err(), @"connection `acme`: Squarespace says that the account is not paid for (402); nothing was kept: see to that, then add `acme` again");
        world.people(json!({"app": "squarespace", "action": "expire_site", "expired": false})).await;
        assert_eq!(add().await.unwrap().connection.id.to_string(), site);
    }
}

/// What a count answers.
async fn count(world: &World, sql: &'static str) -> i64 {
    let count = move |tx: &mut dyn Tx| tx.query_one(sql, &[])?.int(0);
    world.store.read(count).await.unwrap()
}

/// The identifier of a connection.
async fn id(world: &World, name: &str) -> String {
    let connection = world.engine.connection_named(name).await.unwrap();
    connection.id.to_string()
}

/// Removes the flow and both of its connections.
async fn remove_all(world: &World) {
    world.engine.remove_flow("orders").await.unwrap();
    for name in ["acme", "crm"] {
        world.engine.remove_connection(name).await.unwrap();
    }
}
