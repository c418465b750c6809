//! Consent: the page, the code, the tokens, and every documented refusal on the way.

use std::fmt::Write;

use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url};
use serde_json::{Value, json};

use crate::receiver::{Receiver, subscribe};
use crate::stand::{Answer, Stand, answer};

const BACK: &str = "https://app.example/oauth/back";
const MEMBER: &str = "/1.0/authorization/member";

/// What an app sends with the browser.
fn asked(stand: &Stand) -> Vec<(&'static str, &str)> {
    vec![
        (
            "client_id",
            stand.credentials["client_id"].as_str().unwrap(),
        ),
        ("redirect_uri", BACK),
        ("scope", "website.orders,website.contacts.read"),
        ("state", "s/7 &"),
        ("access_type", "offline"),
    ]
}

fn authorize_url(stand: &Stand, parameters: &[(&str, &str)]) -> Url {
    let path = "/squarespace-login/api/1/login/oauth/provider/authorize";
    let base = format!("{}{path}", stand.sandbox.base_url());
    Url::parse_with_params(&base, parameters).unwrap()
}

/// A browser that shows where it is sent instead of going there.
fn browser() -> Client {
    let browser = Client::builder().user_agent("browser/1.0").no_proxy();
    browser.redirect(Policy::none()).build().unwrap()
}

/// What came back with the browser, by name.
fn brought_back(location: &str) -> Value {
    assert!(location.starts_with(BACK), "{location}");
    let url = Url::parse(location).unwrap();
    url.query_pairs()
        .map(|(name, value)| (name.into_owned(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Lets the app in as a person would, without a browser.
async fn code(stand: &Stand, parameters: &[(&str, &str)]) -> String {
    let url = authorize_url(stand, parameters);
    let answer = stand.person("authorize", json!({ "url": url })).await;
    let back = brought_back(answer["location"].as_str().unwrap());
    back["code"].as_str().unwrap().to_owned()
}

async fn trade(stand: &Stand, body: Value) -> Answer {
    let url = format!(
        "{}/squarespace-login/api/1/login/oauth/provider/tokens",
        stand.sandbox.base_url()
    );
    let word = |name: &str| stand.credentials[name].as_str().unwrap();
    let request = stand.http.post(url);
    answer(
        request
            .basic_auth(word("client_id"), Some(word("client_secret")))
            .json(&body),
    )
    .await
}

async fn exchange(stand: &Stand, code: &str) -> Answer {
    let grant = json!({ "grant_type": "authorization_code", "code": code, "redirect_uri": BACK });
    trade(stand, grant).await
}

async fn status_of(stand: &Stand, token: &Value, path: &str) -> u16 {
    let token = token["access_token"].as_str().unwrap();
    answer(stand.request(Method::GET, path, token)).await.status
}

#[tokio::test]
async fn a_person_reads_what_is_asked_and_allows_it_on_a_website() {
    let stand = Stand::up().await;
    let url = authorize_url(&stand, &asked(&stand));
    let second = stand.credentials["sites"][1]["website_id"]
        .as_str()
        .unwrap();

    let page = browser().get(url.clone()).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src 'none'")
    );
    let html = page.text().await.unwrap();
    for part in [
        "Harbor &amp; Lantern",
        "app.example",
        "<code>website.orders</code>",
        "value=\"s/7 &amp;\"",
        "name=\"decision\" value=\"allow\"",
        second,
    ] {
        assert!(html.contains(part), "the page lacks {part}");
    }

    let mut form = asked(&stand);
    form.extend([("chosen_website", second), ("decision", "allow")]);
    let sent = browser().post(url).form(&form).send().await.unwrap();
    assert_eq!(sent.status(), 303);
    let back = brought_back(sent.headers()["location"].to_str().unwrap());
    assert_eq!(back["state"], "s/7 &");
    let pair = exchange(&stand, back["code"].as_str().unwrap()).await;
    assert_eq!(pair.status, 200, "{}", pair.body);
    let token = pair.body["access_token"].as_str().unwrap();
    let website = stand.request(Method::GET, "/1.0/authorization/website", token);
    assert_eq!(answer(website).await.body["id"], second);
}

#[tokio::test]
async fn a_person_who_denies_sends_the_browser_back_without_a_code() {
    let stand = Stand::up().await;
    let url = authorize_url(&stand, &asked(&stand));

    let denied = stand
        .person("authorize", json!({ "url": url, "deny": true }))
        .await;
    assert_eq!(
        brought_back(denied["location"].as_str().unwrap()),
        json!({ "error": "access_denied", "state": "s/7 &" })
    );
    stand.switch("consent", json!("deny")).await;
    let sent = browser().get(url).send().await.unwrap();
    let back = brought_back(sent.headers()["location"].to_str().unwrap());
    assert_eq!(back["error"], "access_denied");
}

#[tokio::test]
async fn a_switch_allows_in_place_of_a_person() {
    let stand = Stand::up().await;
    stand.switch("consent", json!("allow")).await;
    let mut parameters = asked(&stand);
    let second = stand.credentials["sites"][1]["website_id"]
        .as_str()
        .unwrap();
    parameters.push(("website_id", second));

    let sent = browser()
        .get(authorize_url(&stand, &parameters))
        .send()
        .await
        .unwrap();
    let back = brought_back(sent.headers()["location"].to_str().unwrap());
    let pair = exchange(&stand, back["code"].as_str().unwrap()).await.body;
    let website = stand.request(
        Method::GET,
        "/1.0/authorization/website",
        pair["access_token"].as_str().unwrap(),
    );
    assert_eq!(
        answer(website).await.body["id"],
        second,
        "chosen beforehand"
    );
}

#[tokio::test]
async fn a_code_is_good_once_and_for_two_minutes() {
    let stand = Stand::up().await;

    let first = code(&stand, &asked(&stand)).await;
    stand.advance(119_999).await;
    assert_eq!(exchange(&stand, &first).await.status, 200);
    let again = exchange(&stand, &first).await;
    assert_eq!(
        (again.refusal().as_str(), &again.body["error"]),
        ("400 INVALID_REQUEST_ERROR -", &json!("invalid_grant"))
    );
    let late = code(&stand, &asked(&stand)).await;
    stand.advance(120_000).await;
    assert_eq!(exchange(&stand, &late).await.body["error"], "invalid_grant");
}

#[tokio::test]
async fn a_token_allows_what_was_allowed_and_no_more() {
    let stand = Stand::up().await;
    let pair = exchange(&stand, &code(&stand, &asked(&stand)).await)
        .await
        .body;

    assert_eq!(status_of(&stand, &pair, "/1.0/commerce/orders").await, 200);
    assert_eq!(status_of(&stand, &pair, "/v1/contacts").await, 200);
    assert_eq!(status_of(&stand, &pair, "/v2/commerce/products").await, 403);
    assert_eq!(status_of(&stand, &pair, MEMBER).await, 200);
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token() {
    let stand = Stand::up().await;
    let mut parameters = asked(&stand);
    parameters.pop();

    let pair = exchange(&stand, &code(&stand, &parameters).await)
        .await
        .body;
    assert_eq!(
        pair.as_object().unwrap().keys().collect::<Vec<_>>(),
        [
            "access_token",
            "access_token_expires_at",
            "token",
            "token_type"
        ]
    );
    assert_eq!(status_of(&stand, &pair, MEMBER).await, 200);
}

#[tokio::test]
async fn a_request_that_cannot_be_trusted_ends_on_a_page() {
    let stand = Stand::up().await;
    let registered = json!({ "redirect_uris": [BACK] });
    stand.person("register_app", registered).await;
    let changes: [(&str, Option<&str>); 9] = [
        ("client_id", Some("somebody")),
        ("redirect_uri", None),
        ("redirect_uri", Some("/back")),
        ("redirect_uri", Some("https://app.example/oauth/back/")),
        ("state", None),
        ("scope", None),
        ("scope", Some("website.orders website.contacts.read")),
        ("scope", Some("website.orders.write")),
        ("website_id", Some("66aa00112233445566778899")),
    ];
    let mut table = String::new();
    for (name, value) in changes {
        let mut parameters = asked(&stand);
        parameters.retain(|(known, _)| *known != name);
        parameters.extend(value.map(|value| (name, value)));
        let url = authorize_url(&stand, &parameters);
        let page = browser().get(url.clone()).send().await.unwrap();
        let status = page.status().as_u16();
        let html = page.text().await.unwrap();
        let (_, rest) = html.split_once("<p role=\"alert\">").unwrap();
        let (problem, _) = rest.split_once("</p>").unwrap();
        writeln!(table, "{status} {problem}").unwrap();
        let mut form = parameters.clone();
        form.push(("decision", "allow"));
        let posted = browser().post(url).form(&form).send().await.unwrap();
        assert_eq!(posted.status(), 400, "the form is checked like the page");
    }
    insta::assert_snapshot!(table, @r"
    400 The client_id is missing or unknown.
    400 The redirect_uri is missing or no absolute address.
    400 The redirect_uri is missing or no absolute address.
    400 The redirect_uri is not one that the app registered.
    400 The state is missing.
    400 The scope is missing.
    400 The scope `website.orders website.contacts.read` is unknown: scopes are separated by commas.
    400 The scope `website.orders.write` is unknown: scopes are separated by commas.
    400 The account has no website `66aa00112233445566778899`.
    ");
}

#[tokio::test]
async fn the_token_endpoint_refuses_as_documented() {
    let stand = Stand::up().await;
    let good = code(&stand, &asked(&stand)).await;
    let rows = [
        json!({ "grant_type": "authorization_code", "redirect_uri": BACK }),
        json!({ "grant_type": "authorization_code", "code": "none" , "redirect_uri": BACK }),
        json!({ "grant_type": "authorization_code", "code": good, "redirect_uri": "https://app.example/" }),
        json!({ "grant_type": "refresh_token", "refresh_token": "none" }),
        json!({ "grant_type": "client_credentials" }),
        json!({}),
        json!([]),
    ];
    let mut table = String::new();
    for body in rows {
        let answer = trade(&stand, body).await;
        let error = answer.body["error"].as_str().unwrap_or("-");
        writeln!(table, "{} {error}", answer.refusal()).unwrap();
    }
    insta::assert_snapshot!(table, @r"
    400 INVALID_REQUEST_ERROR - invalid_request
    400 INVALID_REQUEST_ERROR - invalid_grant
    400 INVALID_REQUEST_ERROR - invalid_grant
    400 INVALID_REQUEST_ERROR - invalid_grant
    400 INVALID_REQUEST_ERROR - unsupported_grant_type
    400 INVALID_REQUEST_ERROR - unsupported_grant_type
    400 INVALID_REQUEST_ERROR - -
    ");
    let gone = exchange(&stand, &good).await;
    assert_eq!(gone.status, 400, "the wrong address used the code up");
}

#[tokio::test]
async fn tokens_can_end_before_their_time() {
    let stand = Stand::up().await;
    let pair = exchange(&stand, &code(&stand, &asked(&stand)).await)
        .await
        .body;
    let refresh = json!({ "grant_type": "refresh_token", "refresh_token": pair["refresh_token"] });

    stand
        .person("expire_tokens", json!({ "kind": "access" }))
        .await;
    assert_eq!(status_of(&stand, &pair, MEMBER).await, 401);
    let renewed = trade(&stand, refresh).await;
    assert_eq!(renewed.status, 200);
    stand
        .person("expire_tokens", json!({ "kind": "refresh" }))
        .await;
    assert_eq!(status_of(&stand, &renewed.body, MEMBER).await, 200);
    let refresh =
        json!({ "grant_type": "refresh_token", "refresh_token": renewed.body["refresh_token"] });
    assert_eq!(trade(&stand, refresh).await.body["error"], "invalid_grant");
}

#[tokio::test]
async fn disconnecting_the_app_ends_codes_and_tokens() {
    let stand = Stand::up().await;
    let pair = exchange(&stand, &code(&stand, &asked(&stand)).await)
        .await
        .body;
    let pending = code(&stand, &asked(&stand)).await;

    stand.person("uninstall", json!({})).await;
    assert_eq!(status_of(&stand, &pair, MEMBER).await, 401);
    assert_eq!(
        exchange(&stand, &pending).await.body["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_new_consent_that_allows_less_silences_what_it_does_not_cover() {
    let stand = Stand::up().await;
    let (receiver, url) = Receiver::listening().await;
    subscribe(&stand, &url, &["order.create", "extension.uninstall"]).await;
    let mut parameters = asked(&stand);
    parameters[2].1 = "website.products.read";

    exchange(&stand, &code(&stand, &parameters).await).await;
    stand.person("checkout", json!({})).await;
    stand.person("uninstall", json!({})).await;
    stand.sandbox.settle().await;
    assert_eq!(receiver.topics(), ["extension.uninstall"]);
}

#[tokio::test]
async fn the_member_is_the_owner_of_a_token_and_no_key_has_one() {
    let stand = Stand::up().await;

    let token = stand.first("access_token");
    let member = answer(stand.request(Method::GET, MEMBER, &token)).await;
    assert_eq!(member.status, 200);
    let members = member.body.as_object().unwrap();
    assert_eq!(
        members.keys().collect::<Vec<_>>(),
        ["email", "firstName", "id", "lastName"]
    );
    assert_eq!(
        stand.get(MEMBER).await.refusal(),
        "401 AUTHORIZATION_ERROR -"
    );
}
