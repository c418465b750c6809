//! Profiles: contacts and what they bought, in the older form.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::stand::Stand;

async fn profile(stand: &Stand, email: &str) -> Value {
    let found = stand
        .get(&format!("/1.0/profiles?filter=email,{email}"))
        .await;
    assert_eq!(found.status, 200, "{}", found.body);
    found.body["profiles"][0].clone()
}

#[tokio::test]
async fn a_profile_shows_the_person_the_address_and_the_trade() {
    let stand = Stand::up().await;
    let basket = json!([{ "sku": "PRN-LIGHT-A2" }]);
    let order = json!({
        "email": "wesley.tran@example.com", "at": "2026-03-02T09:40:02Z", "basket": basket, "promo_code": "",
    });
    let order = stand.person("checkout", order).await;
    stand
        .person("refund", json!({ "id": order["id"], "amount": "1.50" }))
        .await;
    stand
        .person(
            "donate",
            json!({ "email": "Wesley.Tran@example.com", "amount": 20 }),
        )
        .await;

    let profile = profile(&stand, "wesley.tran%40example.com").await;
    assert_eq!(profile["id"], order["customerId"]);
    assert_eq!(
        (&profile["hasAccount"], &profile["isCustomer"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(profile["address"], order["shippingAddress"]);
    let money = |value: &str| json!({ "value": value, "currency": "USD" });
    let expected = json!({
        "orderCount": 1, "donationCount": 1,
        "firstOrderSubmittedOn": "2026-03-02T09:40:02.000Z", "lastOrderSubmittedOn": "2026-03-02T09:40:02.000Z",
        "firstDonationSubmittedOn": "2026-05-14T09:30:00.000Z", "lastDonationSubmittedOn": "2026-05-14T09:30:00.000Z",
        "totalOrderAmount": order["grandTotal"], "totalRefundAmount": money("1.50"),
        "totalDonationAmount": money("20.00"),
    });
    assert_eq!(profile["transactionsSummary"], expected);
}

#[tokio::test]
async fn the_summary_is_there_even_without_any_trade() {
    let stand = Stand::up().await;

    let profile = profile(&stand, "kwame%40example.org").await;
    assert_eq!(profile["isCustomer"], false);
    let expected = json!({
        "orderCount": 0, "donationCount": 0,
        "firstOrderSubmittedOn": null, "lastOrderSubmittedOn": null,
        "firstDonationSubmittedOn": null, "lastDonationSubmittedOn": null,
        "totalOrderAmount": null, "totalRefundAmount": null, "totalDonationAmount": null,
    });
    assert_eq!(profile["transactionsSummary"], expected);
}

#[tokio::test]
async fn profiles_are_filtered_and_sorted() {
    let stand = Stand::up().await;
    for email in ["wesley.tran@example.com", "mj.nunez@example.org"] {
        stand
            .person(
                "checkout",
                json!({ "email": email, "basket": [{ "sku": "WICK-3" }] }),
            )
            .await;
    }
    let names = async |query: &str| {
        let found = stand.get(&format!("/1.0/profiles/?{query}")).await;
        assert_eq!(found.status, 200, "{}", found.body);
        found.each("profiles", "firstName").join(", ")
    };

    let buyers = "filter=isCustomer,true&sortField=lastName&sortDirection=";
    assert_eq!(names(&format!("{buyers}asc")).await, "María José, Wesley");
    assert_eq!(names(&format!("{buyers}dsc")).await, "Wesley, María José");
    assert_eq!(
        names("filter=isCustomer,true;hasAccount,true").await,
        "María José"
    );
    assert_eq!(names("email=KWAME@example.org").await, "Kwame");
    let mut ids = stand.get("/1.0/profiles").await.each("profiles", "id");
    assert_eq!(ids.len(), 10);
    assert!(
        ids.is_sorted_by(|one, other| one > other),
        "by id, downwards"
    );
    ids.truncate(2);
    let both = stand.get(&format!("/1.0/profiles/{}", ids.join(","))).await;
    assert_eq!(both.each("profiles", "id"), ids);
    assert_eq!(both.body.get("pagination"), None);
}

#[tokio::test]
async fn a_cursor_goes_on_in_the_same_order() {
    let stand = Stand::up().await;
    stand.switch("page_size", json!(4)).await;
    let mut page = stand
        .get("/1.0/profiles?sortField=email&sortDirection=asc")
        .await;

    let mut seen = page.each("profiles", "email");
    while let Some(cursor) = page.body["pagination"]["nextPageCursor"].as_str() {
        page = stand.get(&format!("/1.0/profiles?cursor={cursor}")).await;
        seen.extend(page.each("profiles", "email"));
    }
    assert_eq!(seen.len(), 10);
    let lower: Vec<String> = seen.iter().map(|email| email.to_lowercase()).collect();
    assert!(lower.is_sorted());
}

#[tokio::test]
async fn summaries_may_be_late() {
    let stand = Stand::up().await;
    stand.switch("summary_lag_s", json!(60)).await;
    stand
        .person("checkout", json!({ "email": "kwame@example.org" }))
        .await;

    let count = async || {
        profile(&stand, "kwame%40example.org").await["transactionsSummary"]["orderCount"].clone()
    };
    assert_eq!(count().await, 0);
    stand.advance(60_000).await;
    assert_eq!(count().await, 1);
}

#[tokio::test]
async fn profiles_are_refused_as_documented() {
    let stand = Stand::up().await;
    let fifty_one = vec!["65f0aa4d1c2b3e4f5a6b7c8d"; 51].join(",");
    let paths = [
        "/1.0/profiles?filter=email,a%40example.com;isCustomer,true".to_owned(),
        "/1.0/profiles?filter=isCustomer,false".to_owned(),
        "/1.0/profiles?filter=phone,1".to_owned(),
        "/1.0/profiles?sortField=firstName".to_owned(),
        "/1.0/profiles?sortDirection=desc".to_owned(),
        "/1.0/profiles?cursor=abc&sortField=id".to_owned(),
        "/1.0/profiles?cursor=nonsense".to_owned(),
        "/1.0/profiles/65f0aa4d1c2b3e4f5a6b7c8d".to_owned(),
        format!("/1.0/profiles/{fifty_one}"),
        "/1.0/commerce/profiles".to_owned(),
    ];
    let mut table = String::new();
    for path in paths {
        let refusal = stand.get(&path).await.refusal();
        let short: String = path.chars().take(60).collect();
        writeln!(table, "{refusal:<46} {short}").unwrap();
    }
    insta::assert_snapshot!(table, @r"
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     /1.0/profiles?filter=email,a%40example.com;isCustomer,true
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     /1.0/profiles?filter=isCustomer,false
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     /1.0/profiles?filter=phone,1
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     /1.0/profiles?sortField=firstName
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     /1.0/profiles?sortDirection=desc
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     /1.0/profiles?cursor=abc&sortField=id
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     /1.0/profiles?cursor=nonsense
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT     /1.0/profiles/65f0aa4d1c2b3e4f5a6b7c8d
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT     /1.0/profiles/65f0aa4d1c2b3e4f5a6b7c8d,65f0aa4d1c2b3e4f5a6b7
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT     /1.0/commerce/profiles
    ");
}
