//! Consent, tokens and their renewal.

use squarespace::oauth::Consent;
use squarespace::{TokenPair, WebsiteId};
use wire::{Kind, SecretString};

use crate::Bench;

const REDIRECT_URI: &str = "http://127.0.0.1:8080/oauth/callback";

async fn consented(bench: &Bench) -> TokenPair {
    let website_id = WebsiteId::from(bench.vendor.credential("/sites/0/website_id"));
    let page = bench.client.consent_url(&Consent {
        client_id: bench.vendor.credential("/client_id"),
        redirect_uri: REDIRECT_URI,
        scopes: &["website.orders", "website.orders.read"],
        state: "st&te",
        website_id: Some(&website_id),
    });
    let back = bench.vendor.redirect(page).await;
    let answer: Vec<(String, String)> = back.query_pairs().into_owned().collect();
    let value = |name: &str| {
        answer
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(value("state").as_deref(), Some("st&te"), "{back}");
    let code = SecretString::from(value("code").unwrap());
    let client_id = bench.vendor.credential("/client_id");
    bench
        .client
        .exchange_code(client_id, &client_secret(bench), &code, REDIRECT_URI)
        .await
        .unwrap()
}

fn client_secret(bench: &Bench) -> SecretString {
    bench.vendor.credential("/client_secret").into()
}

#[tokio::test]
async fn a_consent_becomes_tokens_that_can_be_renewed() {
    let bench = Bench::start().await;
    let pair = consented(&bench).await;
    assert_eq!(pair.access_expires_at.to_string(), "2026-08-21T12:30:00Z");
    assert_eq!(
        pair.refresh_expires_at.unwrap().to_string(),
        "2026-08-28T12:00:00Z"
    );
    let website = bench.client.website(&pair.access_token).await.unwrap();
    assert_eq!(
        website.id.as_str(),
        bench.vendor.credential("/sites/0/website_id")
    );

    let client_id = bench.vendor.credential("/client_id");
    let old = pair.refresh_token.unwrap();
    let renewed = bench
        .client
        .refresh(client_id, &client_secret(&bench), &old)
        .await
        .unwrap();
    bench.client.website(&renewed.access_token).await.unwrap();
    let error = bench
        .client
        .refresh(client_id, &client_secret(&bench), &old)
        .await
        .unwrap_err();
    assert_eq!(
        error.kind,
        Kind::Rejected,
        "the old refresh token died with the first use of the new pair"
    );
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
