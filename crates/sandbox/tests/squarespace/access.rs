//! Credentials: permissions, limits, and the rotation of token pairs.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stand::{Answer, NOON, Stand, answer};

const WEBSITE: &str = "/1.0/authorization/website";

async fn website(stand: &Stand, credential: &str) -> u16 {
    answer(stand.request(Method::GET, WEBSITE, credential))
        .await
        .status
}

async fn refresh(stand: &Stand, refresh_token: &str) -> Answer {
    let body = json!({ "grant_type": "refresh_token", "refresh_token": refresh_token });
    answer(token_call(stand).json(&body)).await
}

fn token_call(stand: &Stand) -> reqwest::RequestBuilder {
    let url = format!(
        "{}/squarespace-login/api/1/login/oauth/provider/tokens",
        stand.sandbox.base_url()
    );
    let word = |name: &str| stand.credentials[name].as_str().unwrap();
    stand
        .http
        .post(url)
        .basic_auth(word("client_id"), Some(word("client_secret")))
}

fn token<'a>(pair: &'a Value, name: &str) -> &'a str {
    pair[name].as_str().unwrap()
}

#[tokio::test]
async fn permissions_are_checked_by_area_and_level() {
    let stand = Stand::up().await;
    let read_only = stand.first("read_only_api_key");
    let scoped = stand
        .person("token_pair", json!({ "scopes": "website.orders" }))
        .await;
    let scoped = token(&scoped, "access_token");
    let status = |method: Method, path: &'static str, credential: &str| {
        answer(stand.request(method, path, credential))
    };

    assert_eq!(
        status(Method::GET, "/1.0/commerce/orders", &read_only)
            .await
            .status,
        200
    );
    let write = status(Method::POST, "/1.0/commerce/orders", &read_only).await;
    assert_eq!(write.refusal(), "403 AUTHORIZATION_ERROR MISSING_SCOPE");
    let hooks = status(
        Method::GET,
        "/1.0/webhook_subscriptions",
        &stand.first("api_key"),
    )
    .await;
    assert_eq!(
        hooks.refusal(),
        "403 AUTHORIZATION_ERROR OAUTH_TOKEN_REQUIRED"
    );
    assert_eq!(
        status(Method::GET, "/1.0/commerce/orders", scoped)
            .await
            .status,
        200
    );
    let goods = status(Method::GET, "/v2/commerce/products", scoped).await;
    assert_eq!(goods.refusal(), "403 AUTHORIZATION_ERROR MISSING_SCOPE");
    assert_eq!(status(Method::GET, WEBSITE, scoped).await.status, 200);
}

#[tokio::test]
async fn a_pair_has_the_documented_form_and_life() {
    let stand = Stand::up().await;

    let pair = refresh(&stand, &stand.first("refresh_token")).await;
    assert_eq!(pair.status, 200);
    assert_eq!(pair.body["token"], pair.body["access_token"]);
    assert_eq!(pair.body["token_type"], "bearer");
    assert_eq!(
        pair.body["access_token_expires_at"],
        format!("{}.000", NOON / 1_000 + 1_800)
    );
    assert_eq!(
        pair.body["refresh_token_expires_at"],
        format!("{}.000", NOON / 1_000 + 604_800)
    );

    let access = token(&pair.body, "access_token");
    stand.advance(1_799_999).await;
    assert_eq!(website(&stand, access).await, 200);
    stand.advance(1).await;
    assert_eq!(website(&stand, access).await, 401);
}

#[tokio::test]
async fn an_old_refresh_token_lives_until_the_new_access_token_is_used() {
    let stand = Stand::up().await;
    let old = stand.first("refresh_token");

    let lost = refresh(&stand, &old).await;
    assert_eq!(lost.status, 200);
    let second = refresh(&stand, &old).await;
    assert_eq!(second.status, 200);
    assert_ne!(lost.body["refresh_token"], second.body["refresh_token"]);

    assert_eq!(
        website(&stand, token(&second.body, "access_token")).await,
        200
    );
    let dead = refresh(&stand, &old).await;
    assert_eq!(
        (dead.status, &dead.body["error"]),
        (400, &json!("invalid_grant"))
    );
    assert_eq!(
        refresh(&stand, token(&second.body, "refresh_token"))
            .await
            .status,
        200
    );
    assert_eq!(
        website(&stand, &stand.first("access_token")).await,
        200,
        "access tokens keep their own expiry"
    );
}

#[tokio::test]
async fn a_refresh_token_expires_after_seven_days() {
    let stand = Stand::up().await;

    stand.advance(604_800_000).await;
    assert_eq!(
        refresh(&stand, &stand.first("refresh_token")).await.status,
        400
    );
}

#[tokio::test]
async fn the_token_endpoint_takes_forms_and_wants_the_client_in_the_header() {
    let stand = Stand::up().await;
    let refresh_token = stand.first("refresh_token");
    let sent = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.as_str()),
    ];

    assert_eq!(answer(token_call(&stand).form(&sent)).await.status, 200);
    let url = format!(
        "{}/squarespace-login/api/1/login/oauth/provider/tokens",
        stand.sandbox.base_url()
    );
    let in_body = json!({
        "grant_type": "refresh_token", "refresh_token": refresh_token,
        "client_id": stand.credentials["client_id"], "client_secret": stand.credentials["client_secret"],
    });
    let refused = answer(stand.http.post(&url).json(&in_body)).await;
    assert_eq!(
        (refused.status, &refused.body["error"]),
        (401, &json!("invalid_client"))
    );
    let other = answer(token_call(&stand).json(&json!({ "grant_type": "password" }))).await;
    assert_eq!(
        (other.status, &other.body["error"]),
        (400, &json!("unsupported_grant_type"))
    );
    let nameless = reqwest::Client::builder().no_proxy().build().unwrap();
    let refused = answer(nameless.post(&url).json(&in_body)).await;
    assert!(refused.status == 400 && refused.body["message"].as_str().unwrap().contains("SEC-43"));
}

#[tokio::test]
async fn the_three_hundred_and_first_request_closes_the_website_for_a_minute() {
    let stand = Stand::up().await;
    let (key, token) = (stand.first("api_key"), stand.first("access_token"));

    for n in 0..300 {
        assert_eq!(
            website(&stand, if n % 2 == 0 { &key } else { &token }).await,
            200,
            "request {n}"
        );
    }
    let refused = answer(stand.request(Method::GET, WEBSITE, &key)).await;
    assert_eq!(refused.refusal(), "429 TOO_MANY_REQUESTS -");
    stand.advance(59_999).await;
    assert_eq!(website(&stand, &token).await, 429);
    let other = stand.credentials["sites"][1]["api_key"].as_str().unwrap();
    assert_eq!(
        website(&stand, other).await,
        200,
        "each website has its own limit"
    );
    stand.advance(1).await;
    assert_eq!(website(&stand, &key).await, 200);
}

#[tokio::test]
async fn limits_can_be_set_and_lifted() {
    let stand = Stand::up().await;
    let key = stand.first("api_key");

    assert_eq!(
        stand
            .control("limits", json!({ "squarespace_per_minute": 1 }))
            .await
            .status,
        200
    );
    assert_eq!(
        (website(&stand, &key).await, website(&stand, &key).await),
        (200, 429)
    );
    assert_eq!(
        stand
            .control("limits", json!({ "squarespace_per_minute": null }))
            .await
            .status,
        200
    );
    assert_eq!(website(&stand, &key).await, 200);
    assert_eq!(
        stand
            .control("limits", json!({ "squarespace_per_fortnight": 1 }))
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn an_expired_website_answers_402_until_it_is_renewed() {
    let stand = Stand::up().await;
    let key = stand.first("api_key");

    stand.person("expire_site", json!({})).await;
    let refused = answer(stand.request(Method::GET, WEBSITE, &key)).await;
    assert_eq!(refused.refusal(), "402 WEBSITE_EXPIRED -");
    stand
        .person("expire_site", json!({ "expired": false }))
        .await;
    assert_eq!(website(&stand, &key).await, 200);
}

#[tokio::test]
async fn uninstalling_ends_tokens_and_leaves_keys() {
    let stand = Stand::up().await;

    stand.person("uninstall", json!({})).await;
    assert_eq!(website(&stand, &stand.first("access_token")).await, 401);
    assert_eq!(
        refresh(&stand, &stand.first("refresh_token")).await.status,
        400
    );
    assert_eq!(website(&stand, &stand.first("api_key")).await, 200);
    let again = stand.person("token_pair", json!({})).await;
    assert_eq!(website(&stand, token(&again, "access_token")).await, 200);
}

#[tokio::test]
async fn a_reset_with_the_same_seed_gives_the_same_world() {
    let stand = Stand::up().await;
    stand.person("checkout", json!({})).await;
    let before = stand.state("products").await;

    assert_eq!(
        stand.control("reset", json!({ "seed": 7 })).await.status,
        200
    );
    assert_eq!(
        website(&stand, &stand.first("api_key")).await,
        200,
        "credentials come back"
    );
    assert_eq!(stand.state("orders").await.len(), 0);
    let ids = |products: &[Value]| {
        products
            .iter()
            .map(|product| product["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&stand.state("products").await), ids(&before));
    assert_eq!(
        stand.control("reset", json!({ "seed": 8 })).await.status,
        200
    );
    assert_eq!(website(&stand, &stand.first("api_key")).await, 401);
}

#[tokio::test]
async fn traffic_does_not_change_what_people_do() {
    let quiet = Stand::up().await;
    let busy = Stand::up().await;
    for _ in 0..5 {
        busy.get("/v2/commerce/products").await;
        busy.get("/1.0/commerce/nothing").await;
    }

    let order = |stand: Stand| async move { stand.person("checkout", json!({})).await };
    assert_eq!(order(quiet).await, order(busy).await);
}
