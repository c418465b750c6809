//! Consent, tokens and their renewal.

use serde_json::json;
use squarespace::WebsiteId;
use squarespace::oauth::Consent;
use url::Url;
use wire::{Kind, Outcome, SecretString};

use crate::Bench;

const REDIRECT_URI: &str = "https://sync.example.test/oauth/squarespace";

fn client_secret(bench: &Bench) -> SecretString {
    bench.vendor.credential("/client_secret").into()
}

#[tokio::test]
async fn the_consent_page_is_asked_for_offline_access_to_a_website() {
    let bench = Bench::start().await;
    let website_id = WebsiteId::from("64a1c0ff");
    let page = bench.client.consent_url(&Consent {
        client_id: "Qm3e",
        redirect_uri: REDIRECT_URI,
        scopes: &["website.orders", "website.orders.read"],
        state: "st&te",
        website_id: Some(&website_id),
    });
    assert_eq!(
        page.path(),
        "/squarespace-login/api/1/login/oauth/provider/authorize"
    );
    let query: Vec<String> = page
        .query_pairs()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    insta::assert_snapshot!(query.join("\n"), @r"
    client_id=Qm3e
    redirect_uri=https://sync.example.test/oauth/squarespace
    scope=website.orders,website.orders.read
    state=st&te
    access_type=offline
    website_id=64a1c0ff
    ");
}

#[tokio::test]
async fn a_consent_becomes_a_pair_for_the_website_that_was_chosen() {
    let bench = Bench::start().await;
    let client_id = bench.vendor.credential("/client_id");
    let second = bench.vendor.credential("/sites/1/website_id");
    let page = bench.client.consent_url(&Consent {
        client_id,
        redirect_uri: REDIRECT_URI,
        scopes: &["website.orders.read", "website.contacts"],
        state: "st&te",
        website_id: None,
    });
    let decision = json!({"url": page, "website_id": second});
    let decided = bench.vendor.person("authorize", decision).await;
    let back = Url::parse(decided["location"].as_str().unwrap()).unwrap();
    let brought = |name: &str| {
        let found = back.query_pairs().find(|(found, _)| found == name);
        found.unwrap().1.into_owned()
    };
    assert_eq!(brought("state"), "st&te");
    let code = SecretString::from(brought("code"));
    let exchange = async || {
        let secret = client_secret(&bench);
        let client = &bench.client;
        client
            .exchange_code(client_id, &secret, &code, REDIRECT_URI)
            .await
    };
    let pair = exchange().await.unwrap();
    assert!(
        pair.refresh_token.is_some(),
        "the page is asked for offline access"
    );
    let website = bench.client.website(&pair.access_token).await.unwrap();
    assert_eq!(website.id.as_str(), second);
    assert_eq!(
        exchange().await.unwrap_err().kind,
        Kind::Rejected,
        "a code serves once"
    );
}

#[tokio::test]
async fn the_person_who_consented_is_told_to_tokens_and_not_to_keys() {
    let bench = Bench::start().await;
    let member = bench.client.member(&bench.token).await.unwrap();
    let email = member.email.clone().unwrap();
    assert!(!format!("{member:?}").contains(&email));
    let refused = bench.client.member(&bench.api_key()).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Unauthorized);
}

#[tokio::test]
async fn a_renewed_pair_kills_the_old_refresh_token_with_its_first_use() {
    let bench = Bench::start().await;
    let client_id = bench.vendor.credential("/client_id");
    let given = bench.vendor.person("token_pair", json!({})).await;
    let old = SecretString::from(given["refresh_token"].as_str().unwrap());
    let pair = bench
        .client
        .refresh(client_id, &client_secret(&bench), &old)
        .await
        .unwrap();
    assert_eq!(pair.access_expires_at.to_string(), "2026-08-21T12:30:00Z");
    assert_eq!(
        pair.refresh_expires_at.unwrap().to_string(),
        "2026-08-28T12:00:00Z"
    );

    let pair = bench
        .client
        .refresh(client_id, &client_secret(&bench), &old)
        .await
        .unwrap();
    let website = bench.client.website(&pair.access_token).await.unwrap();
    assert_eq!(
        website.id.as_str(),
        bench.vendor.credential("/sites/0/website_id")
    );
    let error = bench
        .client
        .refresh(client_id, &client_secret(&bench), &old)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Rejected, Outcome::NotDone)
    );
    bench
        .client
        .refresh(
            client_id,
            &client_secret(&bench),
            &pair.refresh_token.unwrap(),
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn a_code_that_nobody_gave_is_rejected() {
    let bench = Bench::start().await;
    let client_id = bench.vendor.credential("/client_id");
    let code = SecretString::from("made-up");
    let exchanged = bench
        .client
        .exchange_code(client_id, &client_secret(&bench), &code, REDIRECT_URI)
        .await;
    assert_eq!(exchanged.unwrap_err().kind, Kind::Rejected);
}

#[tokio::test]
async fn a_wrong_client_secret_is_unauthorized() {
    let bench = Bench::start().await;
    let refresh_token = SecretString::from(bench.vendor.credential("/sites/0/refresh_token"));
    let client_id = bench.vendor.credential("/client_id");
    let error = bench
        .client
        .refresh(client_id, &"wrong".into(), &refresh_token)
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::Unauthorized);
}
