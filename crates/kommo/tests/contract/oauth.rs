//! Tokens and their renewal.

use std::time::Duration;

use kommo::oauth::Integration;
use kommo::token_expiry;
use serde_json::json;
use wire::{Kind, Outcome, SecretString};

use crate::Bench;

fn secret(bench: &Bench) -> SecretString {
    bench.vendor.credential("/client_secret").into()
}

fn integration<'a>(bench: &'a Bench, client_secret: &'a SecretString) -> Integration<'a> {
    Integration {
        client_id: bench.vendor.credential("/client_id"),
        client_secret,
        redirect_uri: bench.vendor.credential("/redirect_uri"),
    }
}

async fn issued_code(bench: &Bench) -> SecretString {
    let issued = bench.vendor.person("issue_code", json!({})).await;
    issued["code"].as_str().unwrap().into()
}

#[tokio::test]
async fn a_consent_becomes_tokens_that_are_renewed_once() {
    let bench = Bench::start().await;
    let secret = secret(&bench);
    let code = issued_code(&bench).await;
    let pair = bench
        .client
        .exchange_code(integration(&bench, &secret), &code)
        .await
        .unwrap();
    assert_eq!(pair.expires_in, Duration::from_secs(86_400));
    bench.client.account(&pair.access_token).await.unwrap();

    let renewed = bench
        .client
        .refresh(integration(&bench, &secret), &pair.refresh_token)
        .await
        .unwrap();
    bench.client.account(&renewed.access_token).await.unwrap();
    let again = bench
        .client
        .refresh(integration(&bench, &secret), &pair.refresh_token)
        .await
        .unwrap_err();
    assert_eq!(again.kind, Kind::Unauthorized);
}

#[tokio::test]
async fn a_code_that_was_used_and_one_of_another_integration_are_refused() {
    let bench = Bench::start().await;
    let secret = secret(&bench);
    let code = issued_code(&bench).await;
    let another = SecretString::from("the secret of another integration");
    let refused = bench
        .client
        .exchange_code(integration(&bench, &another), &code)
        .await
        .unwrap_err();
    assert_eq!(refused.kind, Kind::Unauthorized);

    let own = integration(&bench, &secret);
    bench.client.exchange_code(own, &code).await.unwrap();
    let refused = bench.client.exchange_code(own, &code).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Rejected);
    assert_eq!(refused.outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn a_long_lived_token_says_when_it_ends() {
    let bench = Bench::start().await;
    let expiry = token_expiry(&bench.token).unwrap();
    assert!(expiry > "2026-08-21T12:00:00Z".parse().unwrap(), "{expiry}");
}
