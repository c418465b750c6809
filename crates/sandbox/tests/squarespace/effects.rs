//! What each action changes, row by row: the order, the stock, the document, who is told and who is mailed.

use std::fmt::Write;

use reqwest::Method;
use serde_json::{Value, json};

use crate::receiver::{Receiver, subscribe};
use crate::stand::{Stand, answer};

/// The things that an action may change, as they stand.
struct Scene {
    stand: Stand,
    receiver: Receiver,
    /// An order of two small lanterns, placed before anybody listened.
    order: Value,
}

impl Scene {
    async fn set() -> Self {
        let stand = Stand::up().await;
        let basket = json!([{ "sku": "LANT-SM-BRS", "quantity": 2 }]);
        let order = stand
            .person(
                "checkout",
                json!({ "email": "kwame@example.org", "basket": basket, "promo_code": "" }),
            )
            .await;
        stand.advance(1_000).await;
        let (receiver, url) = Receiver::listening().await;
        let topics = ["order.create", "order.update", "extension.uninstall"];
        subscribe(&stand, &url, &topics).await;
        Self {
            stand,
            receiver,
            order,
        }
    }

    fn id(&self) -> &str {
        self.order["id"].as_str().unwrap()
    }

    async fn person(&self, action: &str, mut body: Value) {
        body["id"] = json!(self.id());
        self.stand.person(action, body).await;
    }

    /// One line: orders, their changes, stock, documents, notifications and mails.
    async fn line(&self) -> String {
        self.stand.sandbox.settle().await;
        let orders = self.stand.state("orders").await;
        let ours = orders.iter().find(|order| order["id"] == self.id());
        let order = ours.unwrap();
        let moved = if order["modifiedOn"] == self.order["modifiedOn"] {
            "still"
        } else {
            "moved"
        };
        let documents = self.stand.state("transactions").await;
        let ours = documents
            .iter()
            .find(|document| document["salesOrderId"] == self.id());
        let document = ours.unwrap();
        format!(
            "{} {moved} {} {} {} | {} | {} {} {} | {} | {}",
            orders.len(),
            order["fulfillmentStatus"].as_str().unwrap(),
            order["paymentState"].as_str().unwrap(),
            order["customerEmail"].as_str().unwrap(),
            self.stock().await,
            documents.len(),
            document["voided"],
            document["totalNetPayment"]["value"].as_str().unwrap(),
            self.receiver.topics().join(" "),
            self.stand.state("emails").await.len(),
        )
    }

    async fn stock(&self) -> Value {
        let path = "/v2/commerce/products?query=LANT-SM-BRS";
        let product = self.stand.get(path).await.body["products"][0].clone();
        product["variants"][0]["stock"]["quantity"].clone()
    }

    fn import(&self, behavior: &str) -> Value {
        let line = &self.order["lineItems"][0];
        json!({
            "channelName": "Dockside Market", "externalOrderReference": "DM-481",
            "createdOn": "2026-05-03T14:05:10Z", "customerEmail": "lena.brandt@example.com",
            "inventoryBehavior": behavior, "shopperFulfillmentNotificationBehavior": "SEND",
            "lineItems": [{
                "lineItemType": "PHYSICAL_PRODUCT", "variantId": line["variantId"], "quantity": 3,
                "unitPricePaid": line["unitPricePaid"],
            }],
            "priceTaxInterpretation": "EXCLUSIVE",
            "subtotal": { "value": "135.00", "currency": "USD" },
            "grandTotal": { "value": "135.00", "currency": "USD" },
            "fulfillments": [shipment()],
        })
    }
}

fn shipment() -> Value {
    json!({
        "shipDate": "2026-05-14T16:00:00.000Z", "carrierName": "USPS", "service": "Priority",
        "trackingNumber": "9400",
    })
}

#[tokio::test]
async fn every_action_has_its_documented_effects() {
    let mut table = String::new();
    let rows = [
        "nothing",
        "import",
        "import, deducting",
        "fulfill",
        "fulfill, mailing",
        "checkout",
        "refund",
        "refund, restocking",
        "cancel",
        "cancel, restocking",
        "mark pending",
        "change email",
        "payment",
        "note",
        "donation",
        "uninstall",
    ];
    for row in rows {
        let scene = Scene::set().await;
        act(&scene, row).await;
        writeln!(table, "{row:<18} {}", scene.line().await).unwrap();
    }
    insta::assert_snapshot!(table, @r"
    nothing            1 still PENDING PAID kwame@example.org | 38 | 1 false 94.95 |  | 0
    import             2 still PENDING PAID kwame@example.org | 38 | 1 false 94.95 | order.create | 1
    import, deducting  2 still PENDING PAID kwame@example.org | 35 | 1 false 94.95 | order.create | 1
    fulfill            1 moved FULFILLED PAID kwame@example.org | 38 | 1 false 94.95 | order.update:FULFILLED | 0
    fulfill, mailing   1 moved FULFILLED PAID kwame@example.org | 38 | 1 false 94.95 | order.update:FULFILLED | 1
    checkout           2 still PENDING PAID kwame@example.org | 37 | 2 false 94.95 | order.create | 0
    refund             1 moved PENDING PAID kwame@example.org | 38 | 1 false 84.95 | order.update:REFUNDED | 0
    refund, restocking 1 moved PENDING REFUNDED kwame@example.org | 40 | 1 false 0.00 | order.update:REFUNDED | 0
    cancel             1 moved CANCELED PAID kwame@example.org | 38 | 1 true 94.95 | order.update:CANCELED | 0
    cancel, restocking 1 moved CANCELED PAID kwame@example.org | 40 | 1 true 94.95 | order.update:CANCELED | 0
    mark pending       1 moved PENDING PAID kwame@example.org | 38 | 1 false 94.95 | order.update:FULFILLED order.update:MARKED_PENDING | 0
    change email       1 moved PENDING PAID k@example.org | 38 | 1 false 94.95 | order.update:EMAIL_UPDATED | 0
    payment            1 moved PENDING PENDING kwame@example.org | 38 | 1 false 94.95 |  | 0
    note               1 moved PENDING PAID kwame@example.org | 38 | 1 false 94.95 |  | 0
    donation           1 still PENDING PAID kwame@example.org | 38 | 2 false 94.95 |  | 0
    uninstall          1 still PENDING PAID kwame@example.org | 38 | 1 false 94.95 | extension.uninstall | 0
    ");
}

async fn act(scene: &Scene, row: &str) {
    let stand = &scene.stand;
    match row {
        "import" => {
            let imported = stand.import("key-1", &scene.import("SKIP")).await;
            assert_eq!(imported.status, 201, "{}", imported.body);
        }
        "import, deducting" => {
            let imported = stand.import("key-1", &scene.import("DEDUCT")).await;
            assert_eq!(imported.status, 201, "{}", imported.body);
        }
        "fulfill" => fulfill(scene, false).await,
        "fulfill, mailing" => fulfill(scene, true).await,
        "checkout" => {
            let basket = json!([{ "sku": "LANT-SM-BRS" }]);
            stand.person("checkout", json!({ "basket": basket })).await;
        }
        "refund" => scene.person("refund", json!({ "amount": "10" })).await,
        "refund, restocking" => scene.person("refund", json!({ "restock": true })).await,
        "cancel" => scene.person("cancel", json!({})).await,
        "cancel, restocking" => scene.person("cancel", json!({ "restock": true })).await,
        "mark pending" => {
            scene.person("fulfill", json!({})).await;
            stand.sandbox.settle().await;
            scene.person("unfulfill", json!({})).await;
        }
        "change email" => {
            scene
                .person("edit_email", json!({ "email": "k@example.org" }))
                .await
        }
        "payment" => {
            scene
                .person("payment_state", json!({ "state": "PENDING" }))
                .await
        }
        "note" => scene.person("note", json!({ "text": "Call first" })).await,
        "donation" => {
            let gift = json!({ "email": "grace.holloway@example.com", "amount": "25" });
            stand.person("donate", gift).await;
        }
        "uninstall" => {
            stand.person("uninstall", json!({})).await;
        }
        "nothing" => {}
        unknown => panic!("no row {unknown}"),
    }
}

async fn fulfill(scene: &Scene, mailing: bool) {
    let path = format!("/1.0/commerce/orders/{}/fulfillments", scene.id());
    let body = json!({ "shouldSendNotification": mailing, "shipments": [shipment()] });
    let request = scene
        .stand
        .request(Method::POST, &path, &scene.stand.first("api_key"));
    assert_eq!(answer(request.json(&body)).await.status, 204);
}

#[tokio::test]
async fn a_mail_about_shipments_names_the_order_and_the_parcels() {
    let scene = Scene::set().await;

    fulfill(&scene, true).await;
    let emails = scene.stand.state("emails").await;
    assert_eq!(emails[0]["to"], "kwame@example.org");
    assert_eq!(emails[0]["orderId"], scene.order["id"]);
    assert_eq!(emails[0]["shipments"], json!([shipment()]));
}

#[tokio::test]
async fn a_canceled_order_stays_canceled() {
    let scene = Scene::set().await;
    scene.person("cancel", json!({})).await;

    for action in ["fulfill", "unfulfill", "cancel"] {
        let body = json!({ "app": "squarespace", "action": action, "id": scene.id() });
        assert_eq!(
            scene.stand.control("people", body).await.status,
            409,
            "{action}"
        );
    }
}

#[tokio::test]
async fn a_donation_is_a_document_without_an_order() {
    let scene = Scene::set().await;
    let gift = json!({ "email": "noor@example.com", "first_name": "Noor", "amount": "25" });
    let donation = scene.stand.person("donate", gift).await;

    let path = format!(
        "/1.0/commerce/transactions/{}",
        donation["id"].as_str().unwrap()
    );
    let document = scene.stand.get(&path).await.body["documents"][0].clone();
    assert_eq!(document["salesOrderId"], Value::Null);
    assert_eq!(document["salesLineItems"], json!([]));
    assert_eq!(document["total"]["value"], "25.00");
    assert_eq!(document["payments"][0]["amount"]["value"], "25.00");
    let donor = scene
        .stand
        .get("/1.0/profiles?email=noor%40example.com")
        .await;
    assert_eq!(donor.body["profiles"][0]["isCustomer"], true);
}

#[tokio::test]
async fn an_import_finds_its_contact_and_makes_one_unless_switched() {
    let scene = Scene::set().await;
    let mut body = scene.import("SKIP");

    let made = scene.stand.import("key-1", &body).await.body;
    let path = format!("/v1/contacts/{}", made["customerId"].as_str().unwrap());
    let contact = scene.stand.get(&path).await.body["contact"].clone();
    assert_eq!(contact["primaryEmail"]["email"], "lena.brandt@example.com");
    scene
        .stand
        .switch("imports_make_contacts", json!(false))
        .await;
    let known = scene.stand.import("key-2", &body).await.body;
    assert_eq!(known["customerId"], made["customerId"]);
    body["customerEmail"] = json!("nobody@example.com");
    let unknown = scene.stand.import("key-3", &body).await.body;
    assert_eq!(unknown["customerId"], Value::Null);
}
