//! Each way in which the vendor refuses or fails, by what the caller can do about it.

use serde_json::json;
use squarespace::error::detail;
use squarespace::{OrderId, OrdersQuery};
use wire::{Error, Kind, Outcome};

use crate::Bench;

/// The error of reading the website while this fault is in force.
async fn website_under(kind: &str, status: u16) -> Error {
    let bench = Bench::start().await;
    bench
        .vendor
        .fault("GET", "/authorization/website", kind, status)
        .await;
    bench.client.website(&bench.token).await.unwrap_err()
}

#[tokio::test]
async fn an_unknown_token_is_unauthorized() {
    let bench = Bench::start().await;
    let error = bench.client.website(&"nobody".into()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.status, error.outcome()),
        (Kind::Unauthorized, Some(401), Outcome::NotDone)
    );
    let found = detail(&error).unwrap();
    assert_eq!(found.r#type, "AUTHORIZATION_ERROR");
    assert_eq!(found.context_id, error.request_id);
    assert!(error.request_id.is_some());
}

#[tokio::test]
async fn a_website_that_is_not_paid_for_says_so() {
    let bench = Bench::start().await;
    let website_id = bench.vendor.credential("/sites/0/website_id").to_owned();
    bench
        .vendor
        .person("expire_site", json!({"website_id": website_id}))
        .await;
    let error = bench.client.website(&bench.token).await.unwrap_err();
    assert_eq!(error.kind, Kind::PaymentRequired);
    assert_eq!(detail(&error).unwrap().r#type, "WEBSITE_EXPIRED");
}

#[tokio::test]
async fn a_key_that_may_only_read_may_not_fulfil() {
    let bench = Bench::start().await;
    let key = bench.vendor.credential("/sites/0/read_only_api_key").into();
    let placed = bench.vendor.person("checkout", json!({})).await;
    let id = OrderId::from(placed["id"].as_str().unwrap());
    let error = bench
        .client
        .fulfill_order(&id, &[], false, &key)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Forbidden, Outcome::NotDone)
    );
}

#[tokio::test]
async fn an_unknown_order_is_not_found() {
    let bench = Bench::start().await;
    let error = bench
        .client
        .order(&"ffffffffffffffffffffffff".into(), &bench.token)
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
    assert_eq!(error.operation, "GET /1.0/commerce/orders/{id}");
}

#[tokio::test]
async fn a_wrong_cursor_is_rejected() {
    let bench = Bench::start().await;
    let query = OrdersQuery::Next("nonsense".to_owned().into());
    let error = bench.client.orders(&query, &bench.token).await.unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::Rejected, Some(400)));
    assert!(!error.is_transient());
}

#[tokio::test]
async fn too_many_calls_are_throttled() {
    let bench = Bench::start().await;
    bench
        .vendor
        .post("limits", json!({"squarespace_per_minute": 1}))
        .await;
    bench.client.website(&bench.token).await.unwrap();
    let error = bench.client.website(&bench.token).await.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (Kind::Throttled, None));
    assert!(error.is_transient());
}

#[tokio::test]
async fn trouble_of_the_vendor_is_transient_and_leaves_the_outcome_unknown() {
    for (kind, status) in [("status", 503), ("html", 502)] {
        let error = website_under(kind, status).await;
        assert_eq!(
            (error.kind, error.status),
            (Kind::Unavailable, Some(status))
        );
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn a_page_instead_of_a_reason_is_a_block() {
    let error = website_under("html", 403).await;
    assert_eq!((error.kind, detail(&error)), (Kind::Blocked, None));
}

#[tokio::test]
async fn a_page_instead_of_an_answer_is_malformed() {
    let error = website_under("html", 200).await;
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Malformed, Outcome::Unknown)
    );
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_leaves_the_outcome_unknown() {
    for kind in ["drop_before", "drop_after"] {
        let error = website_under(kind, 0).await;
        assert_eq!(
            (error.kind, error.status, error.outcome()),
            (Kind::Unavailable, None, Outcome::Unknown)
        );
    }
}
