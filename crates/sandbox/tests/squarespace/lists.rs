//! Cursor lists: pages, filters, windows and what switches do to them.

use serde_json::{Value, json};

use crate::stand::{Answer, NOON, Stand};

/// Orders that were placed one second after another, the last one first in the list.
async fn with_orders(count: i64) -> Stand {
    let stand = Stand::up().await;
    let orders: Vec<Value> = (0..count)
        .map(|n| json!({ "orderNumber": (5_000 + n).to_string(), "modifiedOn": at(n), "customerEmail": format!("b{n}@example.com") }))
        .collect();
    assert_eq!(
        stand
            .control("squarespace/orders?silent=true", json!(orders))
            .await
            .status,
        200
    );
    stand
}

fn at(second: i64) -> String {
    jiff::Timestamp::from_millisecond(NOON + second * 1_000)
        .unwrap()
        .to_string()
}

async fn next(stand: &Stand, page: &Answer) -> Answer {
    let cursor = page.body["pagination"]["nextPageCursor"].as_str().unwrap();
    stand
        .get(&format!("/1.0/commerce/orders?cursor={cursor}"))
        .await
}

#[tokio::test]
async fn sixty_orders_are_two_pages_newest_first() {
    let stand = with_orders(60).await;

    let first = stand.get("/1.0/commerce/orders").await;
    assert_eq!(first.each("result", "orderNumber").len(), 50);
    assert_eq!(first.each("result", "orderNumber")[0], "5059");
    let second = next(&stand, &first).await;
    assert_eq!(second.each("result", "orderNumber").len(), 10);
    assert_eq!(second.each("result", "orderNumber")[9], "5000");
    assert_eq!(
        second.body["pagination"],
        json!({ "hasNextPage": false, "nextPageCursor": null, "nextPageUrl": null })
    );
}

#[tokio::test]
async fn the_next_page_url_stands_on_the_base_that_was_called() {
    let stand = with_orders(51).await;

    let page = stand.get("/1.0/commerce/orders").await.body["pagination"].clone();
    let cursor = page["nextPageCursor"].as_str().unwrap();
    let base = format!("{}/squarespace", stand.sandbox.base_url());
    assert_eq!(
        page["nextPageUrl"],
        format!("{base}/1.0/commerce/orders?cursor={cursor}")
    );

    stand.switch("relative_next_page_url", json!(true)).await;
    let page = stand.get("/1.0/commerce/orders").await.body["pagination"].clone();
    assert!(
        page["nextPageUrl"]
            .as_str()
            .unwrap()
            .starts_with("/1.0/commerce/orders?cursor=")
    );
}

#[tokio::test]
async fn a_cursor_carries_the_filters_of_its_first_page() {
    let stand = with_orders(60).await;
    stand.switch("page_size", json!(3)).await;

    let window = format!("modifiedAfter={}&modifiedBefore={}", at(10), at(17));
    let first = stand.get(&format!("/1.0/commerce/orders?{window}")).await;
    assert_eq!(
        first.each("result", "orderNumber"),
        ["5016", "5015", "5014"]
    );
    let second = next(&stand, &first).await;
    assert_eq!(
        second.each("result", "orderNumber"),
        ["5013", "5012", "5011"]
    );
    assert_eq!(second.body["pagination"]["hasNextPage"], false);
}

#[tokio::test]
async fn orders_in_unusual_payment_states_are_hidden_unless_asked_for() {
    let stand = Stand::up().await;
    let states = ["PAID", "PENDING", "PARTIALLY_PAID", "REFUNDED"];
    for state in states {
        stand
            .person("checkout", json!({ "payment_state": state }))
            .await;
    }

    let shown = |answer: &Answer| {
        let mut states = answer.each("result", "paymentState");
        states.sort();
        states
    };
    assert_eq!(
        shown(&stand.get("/1.0/commerce/orders").await),
        ["PAID", "REFUNDED"]
    );
    let asked = stand
        .get("/1.0/commerce/orders?paymentStates=PENDING,PARTIALLY_PAID")
        .await;
    assert_eq!(shown(&asked), ["PARTIALLY_PAID", "PENDING"]);
}

#[tokio::test]
async fn filters_combine() {
    let stand = Stand::up().await;
    let one = stand
        .person("checkout", json!({ "email": "ines.okafor@example.com" }))
        .await;
    let two = stand
        .person("checkout", json!({ "email": "INES.OKAFOR@example.com" }))
        .await;
    stand
        .person("checkout", json!({ "email": "kwame@example.org" }))
        .await;
    stand.person("fulfill", json!({ "id": two["id"] })).await;

    let customer = one["customerId"].as_str().unwrap();
    assert_eq!(two["customerId"], customer);
    let both = stand
        .get(&format!("/1.0/commerce/orders?customerId={customer}"))
        .await;
    assert_eq!(both.each("result", "id").len(), 2);
    let fulfilled =
        format!("/1.0/commerce/orders?customerId={customer}&fulfillmentStatus=FULFILLED");
    assert_eq!(
        stand.get(&fulfilled).await.each("result", "id"),
        [two["id"].as_str().unwrap()]
    );
}

#[tokio::test]
async fn an_unknown_parameter_is_ignored_even_beside_a_cursor() {
    let stand = with_orders(51).await;

    let first = stand.get("/1.0/commerce/orders?limit=3&cursor=").await;
    assert_eq!(first.each("result", "id").len(), 50);
    let cursor = first.body["pagination"]["nextPageCursor"].as_str().unwrap();
    let second = stand
        .get(&format!("/1.0/commerce/orders?cursor={cursor}&limit=3"))
        .await;
    assert_eq!(second.each("result", "id").len(), 1);
}

#[tokio::test]
async fn pages_can_be_short_drift_and_turn_around() {
    let stand = with_orders(5).await;
    let numbers = |answer: &Answer| answer.each("result", "orderNumber").join(" ");
    stand.switch("page_size", json!(2)).await;

    stand.switch("page_drift", json!("repeat")).await;
    let first = stand.get("/1.0/commerce/orders").await;
    assert_eq!(numbers(&first), "5004 5003");
    assert_eq!(numbers(&next(&stand, &first).await), "5003 5002");

    stand.switch("page_drift", json!("skip")).await;
    let first = stand.get("/1.0/commerce/orders").await;
    assert_eq!(numbers(&next(&stand, &first).await), "5001 5000");

    stand.switch("page_drift", json!("none")).await;
    stand.switch("oldest_first", json!(true)).await;
    let first = stand.get("/1.0/commerce/orders").await;
    assert_eq!(numbers(&first), "5000 5001");
    assert_eq!(numbers(&next(&stand, &first).await), "5002 5003");
}

#[tokio::test]
async fn products_are_listed_by_type_and_read_by_ids_without_pagination() {
    let stand = Stand::up().await;

    let all = stand.get("/v2/commerce/products").await;
    assert_eq!(all.each("products", "id").len(), 12);
    let digital = stand
        .get("/v2/commerce/products?type=DIGITAL,GIFT_CARD")
        .await;
    assert_eq!(
        digital.each("products", "name"),
        ["Gift Card", "Chart Wallpapers"]
    );
    let found = stand.get("/v2/commerce/products?query=STORM-RED").await;
    assert_eq!(found.each("products", "name"), ["Storm Lantern"]);

    let ids = all.each("products", "id");
    let two = stand
        .get(&format!(
            "/v2/commerce/products/{},{},{}",
            ids[0], ids[1], ids[0]
        ))
        .await;
    assert_eq!(two.each("products", "id"), ids[..2]);
    assert_eq!(two.body.get("pagination"), None);
}

#[tokio::test]
async fn digital_products_have_no_variants_and_gift_cards_no_attributes() {
    let stand = Stand::up().await;

    let digital = stand.get("/v2/commerce/products?type=DIGITAL").await.body["products"][0].clone();
    assert_eq!(
        digital["pricing"]["basePrice"],
        json!({ "value": "9.00", "currency": "USD" })
    );
    assert!(digital.get("variants").is_none() && digital.get("variantAttributes").is_none());
    let card = stand.get("/v2/commerce/products?type=GIFT_CARD").await.body["products"][0].clone();
    assert!(card.get("variantAttributes").is_none() && card["variants"][0].get("stock").is_none());
    assert_eq!(card["pricing"], Value::Null);
}

#[tokio::test]
async fn store_pages_show_the_disabled_one_too() {
    let stand = Stand::up().await;

    let pages = stand.get("/1.0/commerce/store_pages").await;
    assert_eq!(
        pages.each("storePages", "title"),
        ["Lanterns", "Prints", "Workshops & Cards", "Archive"]
    );
    assert_eq!(pages.body["storePages"][3]["isEnabled"], false);
}

#[tokio::test]
async fn a_document_is_found_by_its_order_and_by_its_id() {
    let stand = Stand::up().await;
    let order = stand.person("checkout", json!({})).await;
    stand.person("checkout", json!({})).await;

    let by_order = format!(
        "/1.0/commerce/transactions?orderId={}",
        order["id"].as_str().unwrap()
    );
    let found = stand.get(&by_order).await;
    assert_eq!(
        found.each("documents", "salesOrderId"),
        [order["id"].as_str().unwrap()]
    );
    assert_eq!(found.body["documents"][0]["total"], order["grandTotal"]);
    assert_eq!(
        found.body["documents"][0]["totalNetPayment"],
        order["grandTotal"]
    );

    let id = found.each("documents", "id").remove(0);
    let by_id = stand.get(&format!("/1.0/commerce/transactions/{id}")).await;
    assert_eq!(by_id.body, json!({ "documents": found.body["documents"] }));
    let wrong = stand
        .get(&format!(
            "/1.0/commerce/transactions/{}",
            order["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(
        wrong.refusal(),
        "404 INVALID_REQUEST_ERROR INVALID_ARGUMENT"
    );
}

#[tokio::test]
async fn each_website_shows_only_its_own() {
    let stand = Stand::up().await;
    stand.person("checkout", json!({})).await;

    let key = stand.credentials["sites"][1]["api_key"]
        .as_str()
        .unwrap()
        .to_owned();
    let answer =
        |path: &'static str| crate::stand::answer(stand.request(reqwest::Method::GET, path, &key));
    assert_eq!(
        answer("/1.0/commerce/orders").await.body["result"],
        json!([])
    );
    let website = answer("/1.0/authorization/website").await.body;
    assert_eq!(
        (&website["title"], &website["currency"]),
        (&json!("Maison Brume"), &json!("EUR"))
    );
    assert_eq!(website["id"], stand.credentials["sites"][1]["website_id"]);
}
