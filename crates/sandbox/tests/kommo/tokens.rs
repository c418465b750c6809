//! The token endpoint: rotation, codes, life spans, and the form of a token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::world::{NOW_S, Reply, World};

async fn credentials(world: &World) -> Value {
    let address = format!("{}/_control/credentials", world.sandbox.base_url());
    Reply::of(world.http.get(address)).await.body["kommo"].clone()
}

async fn exchange(world: &World, grant: Value) -> Reply {
    let mut body = credentials(world).await;
    body.as_object_mut().unwrap().retain(|name, _| {
        matches!(
            name.as_str(),
            "client_id" | "client_secret" | "redirect_uri"
        )
    });
    body.as_object_mut()
        .unwrap()
        .extend(grant.as_object().unwrap().clone());
    Reply::of(
        world
            .http
            .post(format!("{}/oauth2/access_token", world.base))
            .json(&body),
    )
    .await
}

async fn refresh(world: &World, token: &Value) -> Reply {
    exchange(
        world,
        json!({ "grant_type": "refresh_token", "refresh_token": token }),
    )
    .await
}

async fn opens(world: &World, token: &Value) -> u16 {
    let request = world
        .http
        .get(format!("{}/api/v4/account", world.base))
        .bearer_auth(token.as_str().unwrap());
    Reply::of(request).await.status
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_then_revoked() {
    let world = World::new().await;
    let first = credentials(&world).await["refresh_token"].clone();

    let pair = refresh(&world, &first).await;
    let again = refresh(&world, &first).await;
    let next = refresh(&world, &pair.body["refresh_token"]).await;

    assert_eq!(
        (pair.status, &pair.body["expires_in"]),
        (200, &json!(86_400))
    );
    assert_eq!(opens(&world, &pair.body["access_token"]).await, 200);
    assert_eq!(
        (again.status, &again.body["hint"]),
        (401, &json!("Token has been revoked"))
    );
    assert_eq!(next.status, 200);
}

#[tokio::test]
async fn access_tokens_last_a_day_and_long_lived_ones_years() {
    let world = World::new().await;
    let first = credentials(&world).await["refresh_token"].clone();
    let token = refresh(&world, &first).await.body["access_token"].clone();

    world.advance(86_399_000);
    let before = opens(&world, &token).await;
    world.advance(1_000);

    assert_eq!((before, opens(&world, &token).await), (200, 401));
    assert_eq!(world.get("account").await.status, 200);
}

#[tokio::test]
async fn a_token_tells_its_end_and_its_account() {
    let world = World::new().await;

    let claims = world.token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();

    assert_eq!(claims["exp"], NOW_S + 5 * 365 * 86_400);
    assert_eq!(claims["account_id"], world.get("account").await.body["id"]);
    assert!(claims["api_domain"].is_string());
}

#[tokio::test]
async fn a_code_is_good_once_and_for_twenty_minutes() {
    let world = World::new().await;
    let code =
        |granted: &Value| json!({ "grant_type": "authorization_code", "code": granted["code"] });
    let granted = world
        .person(
            "issue_code",
            json!({ "redirect_uri": "https://portico.example.test/back" }),
        )
        .await;
    let late = world.person("issue_code", json!({})).await;

    let first = exchange(&world, code(&granted)).await;
    let again = exchange(&world, code(&granted)).await;
    world.advance(20 * 60_000);
    let expired = exchange(&world, code(&late)).await;

    assert_eq!(
        (first.status, again.status, expired.status),
        (200, 400, 400)
    );
    assert_eq!(opens(&world, &first.body["access_token"]).await, 200);
}

#[tokio::test]
async fn a_code_is_for_its_integration_and_its_redirect_address() {
    let world = World::new().await;
    let issued = world.person("issue_code", json!({})).await;
    let grant = json!({ "grant_type": "authorization_code", "code": issued["code"] });
    let with = |name: &str| {
        let mut grant = grant.clone();
        grant[name] = "wrong".into();
        grant
    };

    let client = exchange(&world, with("client_id")).await;
    let secret = exchange(&world, with("client_secret")).await;
    let address = exchange(&world, with("redirect_uri")).await;
    let unknown = exchange(&world, with("code")).await;

    assert_eq!((client.status, secret.status), (401, 401));
    assert_eq!((address.status, unknown.status), (400, 400));
    assert_eq!(
        exchange(&world, grant).await.status,
        200,
        "the code was not used up"
    );
}

#[tokio::test]
async fn consent_leads_back_with_a_code_and_the_state() {
    let world = World::new().await;
    let credentials = credentials(&world).await;
    let address = format!(
        "{}/oauth?client_id={}&state=s1",
        world.base,
        credentials["client_id"].as_str().unwrap()
    );

    let response = world.http.get(address).send().await.unwrap();

    let back = response.headers()["location"].to_str().unwrap();
    let back = url::Url::parse(back).unwrap();
    let pairs: std::collections::BTreeMap<_, _> = back.query_pairs().into_owned().collect();
    assert_eq!(pairs["state"], "s1");
    assert_eq!(pairs["referer"], world.sandbox.addr.to_string());
    let reply = exchange(
        &world,
        json!({ "grant_type": "authorization_code", "code": pairs["code"] }),
    )
    .await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_wrong_secret_or_redirect_address_gets_nothing() {
    let world = World::new().await;
    let token = credentials(&world).await["refresh_token"].clone();
    let grant = |name: &str| {
        let mut grant = json!({ "grant_type": "refresh_token", "refresh_token": token });
        grant[name] = "wrong".into();
        grant
    };

    let secret = exchange(&world, grant("client_secret")).await;
    let address = exchange(&world, grant("redirect_uri")).await;

    assert_eq!((secret.status, address.status), (401, 400));
    assert_eq!(
        refresh(&world, &token).await.status,
        200,
        "the token was not used up"
    );
}
