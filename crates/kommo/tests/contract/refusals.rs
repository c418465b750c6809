//! Each way in which the vendor refuses or fails, by what the caller can do about it.

use std::time::Duration;

use kommo::{
    ContactsQuery, FieldValue, LeadFields, LeadsQuery, NewLead, Paging, validation_errors,
};
use serde_json::json;
use wire::{Error, Kind, Outcome};

use crate::Bench;

/// The error of reading the account while this fault is in force.
async fn account_under(kind: &str, status: u16) -> Error {
    let bench = Bench::start().await;
    bench
        .vendor
        .fault("GET", "/api/v4/account", kind, status)
        .await;
    bench.client.account(&bench.token).await.unwrap_err()
}

fn lead(request_id: &str) -> NewLead {
    let fields = LeadFields {
        request_id: Some(request_id.to_owned()),
        ..LeadFields::default()
    };
    NewLead {
        fields,
        ..NewLead::default()
    }
}

#[tokio::test]
async fn an_unknown_token_is_unauthorized() {
    let bench = Bench::start().await;
    let error = bench.client.account(&"nobody".into()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Unauthorized, Outcome::NotDone)
    );
}

#[tokio::test]
async fn an_account_that_is_not_paid_for_says_so() {
    let bench = Bench::start().await;
    bench.vendor.switch("paid", false).await;
    assert_eq!(
        bench.client.account(&bench.token).await.unwrap_err().kind,
        Kind::PaymentRequired
    );
}

#[tokio::test]
async fn a_user_who_is_no_administrator_may_not_list_users() {
    let bench = Bench::start().await;
    bench.vendor.switch("admin", false).await;
    let error = bench
        .client
        .users(Paging::default(), &bench.token)
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::Forbidden, Some(403)));
}

#[tokio::test]
async fn an_address_that_is_blocked_meets_a_page() {
    let bench = Bench::start().await;
    bench.vendor.person("block", json!({})).await;
    let error = bench.client.account(&bench.token).await.unwrap_err();
    assert_eq!(
        (error.kind, error.status, error.outcome()),
        (Kind::Blocked, Some(403), Outcome::NotDone)
    );
    assert!(!error.is_transient());
}

#[tokio::test]
async fn too_many_calls_are_told_how_long_to_wait() {
    let bench = Bench::start().await;
    bench
        .vendor
        .post("limits", json!({"kommo_per_second": 1}))
        .await;
    bench.client.account(&bench.token).await.unwrap();
    let error = bench.client.account(&bench.token).await.unwrap_err();
    assert_eq!(
        (error.kind, error.retry_after),
        (Kind::Throttled, Some(Duration::from_secs(300)))
    );

    bench.vendor.switch("throttle_as_html", true).await;
    let page = bench.client.account(&bench.token).await.unwrap_err();
    assert_eq!((page.kind, page.retry_after), (Kind::Throttled, None));
}

#[tokio::test]
async fn one_wrong_item_refuses_the_whole_batch_and_is_named() {
    let bench = Bench::start().await;
    let mut wrong = lead("ord-2");
    wrong.fields.custom_fields_values = vec![FieldValue::plain(999_999_999, "x")];
    let error = bench
        .client
        .create_leads(&[lead("ord-1"), wrong], &bench.token)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.status, error.outcome()),
        (Kind::Rejected, Some(400), Outcome::NotDone)
    );
    let errors = validation_errors(&error);
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (errors[0].request_id.as_deref(), errors[0].code.as_str()),
        (Some("ord-2"), "NotSupportedChoice")
    );
    assert!(
        error
            .message
            .contains("NotSupportedChoice at custom_fields_values.0.field_id"),
        "{error}"
    );
}

#[tokio::test]
async fn a_batch_over_the_limit_is_rejected() {
    let bench = Bench::start().await;
    let batch: Vec<NewLead> = (0..251).map(|n| lead(&n.to_string())).collect();
    let error = bench
        .client
        .create_leads(&batch, &bench.token)
        .await
        .unwrap_err();
    assert_eq!((error.kind, error.status), (Kind::Rejected, Some(422)));
    assert!(validation_errors(&error).is_empty());
}

#[tokio::test]
async fn a_batch_that_was_too_heavy_may_have_been_saved() {
    let bench = Bench::start().await;
    bench.vendor.switch("heavy_batch", 1).await;
    let error = bench
        .client
        .create_leads(&[lead("a"), lead("b")], &bench.token)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.status, error.outcome()),
        (Kind::Unavailable, Some(504), Outcome::Unknown)
    );
    let since = Some("2026-08-21T11:59:00Z".parse().unwrap());
    let saved = LeadsQuery {
        updated_from: since,
        ..LeadsQuery::default()
    };
    assert_eq!(
        bench
            .client
            .leads(&saved, &bench.token)
            .await
            .unwrap()
            .items
            .len(),
        2
    );
}

#[tokio::test]
async fn a_lost_answer_leaves_the_outcome_unknown() {
    let bench = Bench::start().await;
    bench
        .vendor
        .fault("POST", "/api/v4/leads", "drop_after", 0)
        .await;
    let error = bench
        .client
        .create_leads(&[lead("a")], &bench.token)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.status, error.outcome()),
        (Kind::Unavailable, None, Outcome::Unknown)
    );
}

#[tokio::test]
async fn trouble_of_the_vendor_is_transient_and_leaves_the_outcome_unknown() {
    for (kind, status) in [("status", 500), ("html", 504)] {
        let error = account_under(kind, status).await;
        assert_eq!(
            (error.kind, error.outcome()),
            (Kind::Unavailable, Outcome::Unknown)
        );
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn a_page_instead_of_an_answer_is_malformed() {
    let bench = Bench::start().await;
    bench
        .vendor
        .fault("GET", "/api/v4/contacts", "html", 200)
        .await;
    let error = bench
        .client
        .contacts(&ContactsQuery::default(), &bench.token)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Malformed, Outcome::Unknown)
    );
}
