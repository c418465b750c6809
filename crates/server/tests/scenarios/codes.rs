//! A Kommo account is connected by the code that a private integration shows: traded once, and kept first.

use jiff::SignedDuration;
use portico_engine::{Error, NewCredential, OAuthClient, Tested};
use portico_store::{Store, on_both};
use serde_json::json;

use crate::world::{Link, World, text};

on_both! {
    async fn a_code_connects_an_account_whose_pair_is_renewed_from_then_on(store: Store) {
        let world = World::new(store).await;
        let code = fresh_code(&world).await;
        let tested = add(&world, &code).await.unwrap();
        assert!(tested.connection.account.oauth);
        assert_eq!(trades(&world).await, 1);
        for _ in 0..3 {
            world.advance(SignedDuration::from_hours(25)).await;
            world.engine.test_connection("crm").await.unwrap();
        }
        assert!(trades(&world).await >= 4);
    }
}

on_both! {
    async fn a_code_that_is_no_longer_good_is_refused_and_leaves_nothing_behind(store: Store) {
        let world = World::new(store).await;
        let code = fresh_code(&world).await;
        add(&world, &code).await.unwrap();
        world.engine.remove_connection("crm").await.unwrap();
        let used = add(&world, &code).await.unwrap_err();
        insta::assert_snapshot!(used, @"Kommo does not accept the code (400): it is good once and for 20 minutes, with the id, the secret and the redirect address of its own integration; check those, and take a fresh one from the integration's tab `Keys and scopes`");

        let code = fresh_code(&world).await;
        world.clock.advance(SignedDuration::from_mins(20));
        let old = add(&world, &code).await.unwrap_err();
        assert_eq!(old.to_string(), used.to_string());

        let code = fresh_code(&world).await;
        let another = OAuthClient { id: "another".to_owned(), ..integration(&world).await };
        let another = add_with(&world, &code, another).await.unwrap_err().to_string();
        assert!(another.contains("(401)") && another.contains("take a fresh one"), "{another}");
        assert!(world.engine.connections().await.unwrap().is_empty());
    }
}

on_both! {
    async fn a_registration_that_cannot_be_one_costs_no_code(store: Store) {
        let world = World::new(store).await;
        let (code, own) = (fresh_code(&world).await, integration(&world).await);
        world.forget_requests().await;
        let nameless = OAuthClient { id: " ".to_owned(), ..own.clone() };
        let refused = add_with(&world, &code, nameless).await.unwrap_err();
        insta::assert_snapshot!(refused, @"the client id is empty; give that of the app's registration");
        for nowhere in ["notaurl", "mailto:crm@example.com"] {
            let nowhere = OAuthClient { redirect_uri: Some(nowhere.to_owned()), ..own.clone() };
            let refused = add_with(&world, &code, nowhere).await.unwrap_err();
            insta::assert_snapshot!(refused, @"the redirect address is none; give that of the registration as it stands there, such as https://example.com/callback");
        }
        assert_eq!(world.requests("kommo").await.len(), 0);
        add(&world, &code).await.unwrap();
    }
}

on_both! {
    async fn a_code_whose_answer_is_lost_may_be_used_up(store: Store) {
        let world = World::new(store).await;
        let code = fresh_code(&world).await;
        let lost = json!({"app": "kommo", "kind": "drop_after", "path": "access_token", "times": 1});
        world.fault(lost).await;
        let lost = add(&world, &code).await.unwrap_err().to_string();
        assert!(lost.ends_with("the code may be used up: take a fresh one from the integration's tab `Keys and scopes`"), "{lost}");
        assert!(world.engine.connections().await.unwrap().is_empty());
        add(&world, &fresh_code(&world).await).await.unwrap();
    }
}

on_both! {
    async fn the_pair_of_a_code_that_cannot_be_tried_at_once_is_kept(store: Store) {
        let world = World::new(store).await;
        let down = json!({"app": "kommo", "kind": "status", "path": "account", "method": "GET"});
        world.fault(down).await;
        let untried = add(&world, &fresh_code(&world).await).await.unwrap_err().to_string();
        assert!(untried.contains("its new tokens are kept"), "{untried}");
        world.clear_faults().await;
        world.engine.test_connection("crm").await.unwrap();
        assert_eq!(world.connection("crm").await, "ACTIVE");
        assert_eq!(trades(&world).await, 1);
    }
}

on_both! {
    async fn a_connection_takes_a_code_in_the_place_of_its_token(store: Store) {
        let world = World::connected(store, Link::ApiKey).await;
        let down = json!({"app": "kommo", "kind": "status", "path": "account", "method": "GET"});
        world.fault(down).await;
        let untried = reconnect(&world, "crm").await.unwrap_err().to_string();
        assert!(untried.ends_with("the code is used up: take a fresh one from the integration's tab `Keys and scopes`"), "{untried}");
        world.clear_faults().await;
        assert!(!world.engine.connection_named("crm").await.unwrap().account.oauth);

        assert!(reconnect(&world, "crm").await.unwrap().connection.account.oauth);
        world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.advance(SignedDuration::from_mins(6)).await;
        assert_eq!(world.state("kommo", "leads").await.len(), 1);
        let site = reconnect(&world, "acme").await.unwrap_err();
        insta::assert_snapshot!(site, @"the codes of Squarespace come with their owner's consent; run `portico connection reauthorize acme`");
    }
}

on_both! {
    async fn a_name_that_is_taken_costs_no_code(store: Store) {
        let world = World::new(store).await;
        world.connect_crm().await;
        let code = fresh_code(&world).await;
        let taken = add(&world, &code).await.unwrap_err();
        assert!(matches!(taken, Error::Conflict(_)), "{taken}");
        world.engine.remove_connection("crm").await.unwrap();
        add(&world, &code).await.unwrap();
    }
}

on_both! {
    async fn a_code_that_was_traded_for_an_account_that_is_connected_already_is_used_up(store: Store) {
        let world = World::new(store).await;
        let first = add(&world, &fresh_code(&world).await).await.unwrap();
        let (code, client) = (fresh_code(&world).await, integration(&world).await);
        let again = add_as(&world, "second", &code, client).await.unwrap_err().to_string();
        assert!(again.starts_with("connection `crm` leads to"), "{again}");
        assert!(again.ends_with("the code is used up: take a fresh one from the integration's tab `Keys and scopes`"), "{again}");
        let left = world.engine.connections().await.unwrap();
        assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), [first.connection.id]);
    }
}

async fn fresh_code(world: &World) -> String {
    let issued = json!({"app": "kommo", "action": "issue_code"});
    text(&world.people(issued).await["code"])
}

async fn integration(world: &World) -> OAuthClient {
    let kommo = world.credentials().await["kommo"].clone();
    OAuthClient {
        id: text(&kommo["client_id"]),
        secret: text(&kommo["client_secret"]).into(),
        redirect_uri: Some(text(&kommo["redirect_uri"])),
    }
}

async fn add(world: &World, code: &str) -> Result<Tested, Error> {
    add_with(world, code, integration(world).await).await
}

async fn add_with(world: &World, code: &str, client: OAuthClient) -> Result<Tested, Error> {
    add_as(world, "crm", code, client).await
}

async fn add_as(
    world: &World,
    name: &str,
    code: &str,
    client: OAuthClient,
) -> Result<Tested, Error> {
    let base = text(&world.credentials().await["kommo"]["base"]);
    let new = NewCredential::Code {
        client,
        code: code.to_owned().into(),
    };
    world
        .engine
        .add_kommo(name, &base.parse().unwrap(), new)
        .await
}

async fn reconnect(world: &World, name: &str) -> Result<Tested, Error> {
    let new = NewCredential::Code {
        client: integration(world).await,
        code: fresh_code(world).await.into(),
    };
    world.engine.reconnect(name, new).await
}

/// How often the token endpoint was asked.
async fn trades(world: &World) -> usize {
    let requests = world.requests("kommo").await;
    let trades = requests
        .iter()
        .filter(|request| text(&request["path"]).contains("access_token"));
    trades.count()
}
