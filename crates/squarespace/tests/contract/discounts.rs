//! Discounts, and the ways of fulfilment that some of them name.

use serde_json::json;
use squarespace::discount::{
    CriteriaType, DiscountCriteria, DiscountStatus, DiscountTemplate, DiscountTerms,
    DiscountTrigger, DiscountsQuery, TemplateType, TriggerType,
};
use wire::Kind;

use crate::Bench;

fn autumn(code: &str) -> DiscountTerms {
    DiscountTerms {
        name: "Autumn".to_owned(),
        criteria: DiscountCriteria {
            r#type: CriteriaType::AnyOrder,
            rest: serde_json::Map::new(),
        },
        template: DiscountTemplate {
            r#type: TemplateType::Percentage,
            percentage: Some("12.5".parse().unwrap()),
            rest: serde_json::Map::new(),
        },
        trigger: DiscountTrigger {
            r#type: TriggerType::Code,
            promo_code: Some(code.to_owned()),
        },
        valid_from: "2026-05-01T00:00:00Z".parse().unwrap(),
        valid_to: None,
        is_limited_uses: Some(true),
        max_uses_allowed: Some(3),
        is_once_per_customer: None,
        subscription_options: None,
        payment_plan_options: None,
    }
}

#[tokio::test]
async fn a_discount_is_made_used_replaced_and_deleted() {
    let bench = Bench::start().await;
    let (client, token) = (&bench.client, &bench.token);
    let made = client
        .create_discount(&autumn("FALL_26"), token)
        .await
        .unwrap();
    assert_eq!(made.status, Some(DiscountStatus::Active));
    assert_eq!(made.terms.template, autumn("FALL_26").template);

    let with_code = json!({"promo_code": "FALL_26"});
    bench.vendor.person("checkout", with_code).await;
    let used = client.discount(&made.id, token).await.unwrap();
    assert_eq!(used.number_of_uses, 1);
    assert!(used.last_redeemed_at.is_some());

    // What was read is written back whole, but for one change.
    let mut terms = used.terms;
    terms.valid_to = Some("2026-08-01T00:00:00Z".parse().unwrap());
    let replaced = client
        .replace_discount(&made.id, &terms, token)
        .await
        .unwrap();
    assert_eq!(replaced.status, Some(DiscountStatus::Expired));
    assert_eq!(replaced.terms, terms);

    client.delete_discount(&made.id, token).await.unwrap();
    let gone = client.discount(&made.id, token).await.unwrap_err();
    assert_eq!(gone.kind, Kind::NotFound);
}

#[tokio::test]
async fn a_code_that_is_taken_is_a_conflict() {
    let bench = Bench::start().await;
    bench
        .client
        .create_discount(&autumn("FALL_26"), &bench.token)
        .await
        .unwrap();
    let taken = bench
        .client
        .create_discount(&autumn("fall_26"), &bench.token)
        .await;
    let taken = taken.unwrap_err();
    assert_eq!(taken.kind, Kind::Conflict);
    assert!(taken.message.ends_with("PROMO_CODE_CONFLICT"), "{taken}");
}

#[tokio::test]
async fn discounts_are_listed_by_kind_and_in_pages() {
    let bench = Bench::start().await;
    let (client, token) = (&bench.client, &bench.token);
    for code in ["FALL_1", "FALL_2", "FALL_3"] {
        client.create_discount(&autumn(code), token).await.unwrap();
    }
    let mut query = DiscountsQuery {
        search: Some("Autumn".to_owned()),
        status: Some(DiscountStatus::Active),
        criteria: Some(CriteriaType::AnyOrder),
        template: Some(TemplateType::Percentage),
        trigger: Some(TriggerType::Code),
        limited_use_only: Some(true),
        limit: Some(2),
        ..DiscountsQuery::default()
    };
    let first = client.discounts(&query, token).await.unwrap();
    assert_eq!(
        (
            first.discounts.len(),
            first.has_next_page,
            first.has_previous_page
        ),
        (2, true, false)
    );
    query.offset = Some(2);
    let second = client.discounts(&query, token).await.unwrap();
    assert_eq!(
        (
            second.discounts.len(),
            second.has_next_page,
            second.has_previous_page
        ),
        (1, false, true)
    );
}

#[tokio::test]
async fn the_ways_of_fulfilment_are_listed() {
    let bench = Bench::start().await;
    let ways = bench
        .client
        .fulfillment_options(&bench.token)
        .await
        .unwrap();
    assert!(!ways.is_empty());
    assert!(
        ways.iter()
            .all(|way| way.name.is_some() && way.r#type.is_some())
    );
}
