//! Credentials: tried before they are kept, renewed before they die, and what happens when they are lost.

use jiff::SignedDuration;
use portico_engine::{NewCredential, OAuthClient};
use portico_store::{Store, Tx, on_both};
use serde_json::json;

use crate::world::{Link, World, text};

const INES: &str = "ines.okafor@example.com";
const DAY: SignedDuration = SignedDuration::from_hours(24);

on_both! {
    async fn a_wrong_key_is_refused_in_words_and_leaves_nothing_behind(store: Store) {
        let world = World::new(store).await;
        let wrong = NewCredential::Key("00000000-aaaa-bbbb-cccc-000000000000".to_owned().into());
        let refused = world.engine.add_squarespace("acme", wrong).await.unwrap_err();
        insta::assert_snapshot!(refused, @"Squarespace does not accept the key; check that the credential is whole and of this account, or make a new one there");
        let base = text(&world.credentials().await["kommo"]["base"]).parse().unwrap();
        let wrong = NewCredential::Key("no token".to_owned().into());
        let refused = world.engine.add_kommo("crm", &base, wrong).await.unwrap_err();
        insta::assert_snapshot!(refused, @"Kommo does not accept the key; check that the credential is whole and of this account, or make a new one there");
        for count in ["SELECT count(*) FROM connections", "SELECT count(*) FROM data_keys", "SELECT count(*) FROM secrets"] {
            let left = world.store.read(move |tx: &mut dyn Tx| tx.query_one(count, &[])?.int(0)).await;
            assert_eq!(left.unwrap(), 0, "{count}");
        }
        world.connect_site("acme", 0, Link::ApiKey).await;
    }
}

on_both! {
    async fn a_connection_says_what_its_credential_may_do(store: Store) {
        let world = World::new(store).await;
        let credentials = world.credentials().await;
        let site = &credentials["squarespace"]["sites"][0];
        let key = NewCredential::Key(text(&site["read_only_api_key"]).into());
        let tested = world.engine.add_squarespace("acme", key).await.unwrap();
        insta::assert_snapshot!(tested.findings.join("\n"), @"
        connected to Harbor & Lantern (https://www.harborlantern.example), which counts in USD
        may read orders
        may read products
        may read stock
        may read transactions
        may read contacts
        may read profiles
        may read discounts
        API key: no notifications, so changes are asked for every minute; writing is unproven until used
        ");

        let scopes = json!({"app": "squarespace", "action": "token_pair", "website_id": site["website_id"],
            "scopes": "website.orders.read"});
        let pair = world.people(scopes).await;
        let input = tokens(&world, &text(&pair["access_token"]), &text(&pair["refresh_token"])).await;
        world.engine.remove_connection("acme").await.unwrap();
        let tested = world.engine.add_squarespace("orders-only", input).await.unwrap();
        insta::assert_snapshot!(tested.findings.join("\n"), @"
        connected to Harbor & Lantern (https://www.harborlantern.example), which counts in USD
        may read orders
        may not read products; to sync orders with their categories: `portico connection reauthorize orders-only --area products=read`
        may not read stock
        may not read transactions
        may not read contacts
        may not read profiles
        may not read discounts
        OAuth: may subscribe to notifications; writing is unproven until used
        was connected before as `acme`: takes up what is known of it, so that nothing is made twice
        ");

        world.connect_crm().await;
        let tested = world.engine.test_connection("crm").await.unwrap();
        insta::assert_snapshot!(tested.findings[1], @"has administrator rights: missing pipelines and fields can be made");
    }
}

on_both! {
    async fn an_expired_site_pauses_and_goes_on_after_a_test(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.people(json!({"app": "squarespace", "action": "expire_site"})).await;
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        insta::assert_snapshot!(world.connection("acme").await, @"EXPIRED_SITE: Squarespace says that the account is not paid for (402); renew the plan at Squarespace, then run `portico connection test acme`");
        let refused = world.engine.test_connection("acme").await.unwrap_err();
        assert!(refused.to_string().contains("not paid for (402)"), "{refused}");
        world.advance(DAY).await;
        assert_eq!(world.deals().await, "");

        world.people(json!({"app": "squarespace", "action": "expire_site", "expired": false})).await;
        world.engine.test_connection("acme").await.unwrap();
        assert_eq!(world.connection("acme").await, "ACTIVE");
        world.settle().await;
        assert_eq!(world.notes(&order).await.len(), 1);
        world.advance(SignedDuration::from_mins(6)).await;
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn an_expired_token_is_renewed_once_and_orders_go_on(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.forget_requests().await;
        world.clock.advance(SignedDuration::from_mins(31));
        world.buy(INES, "GIFT-100").await;
        world.buy("kwame@example.org", "GIFT-100").await;
        world.settle().await;
        assert_eq!(world.state("kommo", "leads").await.len(), 2);
        assert_eq!(renewals(&world, "squarespace").await, 1);
        assert_eq!(world.connection("acme").await, "ACTIVE");
    }
}

on_both! {
    async fn a_refresh_token_that_died_needs_its_owner_and_orders_wait(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.clock.advance(DAY * 8);
        let order = world.buy(INES, "GIFT-100").await;
        world.settle().await;
        insta::assert_snapshot!(world.connection("acme").await, @"NEEDS_REAUTHORIZATION: Squarespace refused to renew the token; run `portico connection reauthorize acme`, whose link the owner of the account opens; `portico connection reconnect acme` takes tokens that were obtained elsewhere");
        assert_eq!(world.deals().await, "");

        // Nothing is lost and nobody is asked in vain meanwhile.
        world.forget_requests().await;
        world.advance(DAY * 2).await;
        assert_eq!(world.requests("squarespace").await.len(), 0);
        assert_eq!(world.waiting(portico_domain::work::Queue::ReadOrder).await, 1);
        let unread = world.engine.orders_numbered(&text(&order["orderNumber"])).await;
        assert!(unread.is_err(), "the order is still to be read");
    }
}

on_both! {
    async fn a_token_that_nobody_uses_is_kept_alive(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        // A site that has expired is not called, and its token lives for a week only.
        world.people(json!({"app": "squarespace", "action": "expire_site"})).await;
        for _ in 0..30 {
            world.advance(DAY).await;
        }
        world.people(json!({"app": "squarespace", "action": "expire_site", "expired": false})).await;
        world.engine.test_connection("acme").await.unwrap();
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        assert_eq!(world.state("kommo", "leads").await.len(), 1);
    }
}

on_both! {
    async fn a_pair_of_kommo_rotates_and_orders_go_on(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let kommo = world.credentials().await["kommo"].clone();
        let base = text(&kommo["base"]).parse().unwrap();
        let pair = NewCredential::Tokens {
            client: OAuthClient {
                id: text(&kommo["client_id"]),
                secret: text(&kommo["client_secret"]).into(),
                redirect_uri: Some(text(&kommo["redirect_uri"])),
            },
            access_token: "one that died long ago".to_owned().into(),
            refresh_token: text(&kommo["refresh_token"]).into(),
        };
        world.engine.add_kommo("crm", &base, pair).await.unwrap();
        world.add_flow("orders", "acme", Default::default()).await;
        world.settle().await;
        for day in 1..=3 {
            world.advance(DAY + SignedDuration::from_mins(1)).await;
            world.buy(INES, "GIFT-25").await;
            world.settle().await;
            assert_eq!(world.state("kommo", "leads").await.len(), day);
        }
        assert!(renewals(&world, "kommo").await >= 4);
        assert_eq!(world.connection("crm").await, "ACTIVE");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_connection_that_a_flow_uses_is_not_removed(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        let refused = world.engine.remove_connection("acme").await.unwrap_err();
        insta::assert_snapshot!(refused, @"connection `acme` is used by the flow `orders`; run `portico flow remove orders` first");
        let again = world.engine.add_squarespace("acme", NewCredential::Key("x".to_owned().into()));
        insta::assert_snapshot!(again.await.unwrap_err(), @"there is already a connection `acme`; choose another name");
    }
}

async fn tokens(world: &World, access: &str, refresh: &str) -> NewCredential {
    let squarespace = world.credentials().await["squarespace"].clone();
    NewCredential::Tokens {
        client: OAuthClient {
            id: text(&squarespace["client_id"]),
            secret: text(&squarespace["client_secret"]).into(),
            redirect_uri: None,
        },
        access_token: access.to_owned().into(),
        refresh_token: refresh.to_owned().into(),
    }
}

/// How often tokens were renewed.
async fn renewals(world: &World, app: &str) -> usize {
    let requests = world.requests(app).await;
    let renewed = requests.iter().filter(|request| {
        let path = request["path"].as_str().unwrap();
        path.contains("token") && request["status"] == 200
    });
    renewed.count()
}
