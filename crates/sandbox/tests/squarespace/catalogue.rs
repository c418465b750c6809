//! Every body that breaks one constraint of a request schema is refused, and the good body beside it is taken.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use reqwest::Method;
use serde_json::{Value, json};
use squarespace::catalog::CATALOG;
use squarespace::testing::{Good, Violation, good, validator, violations};
use wire::catalog::{Body, Operation};

use crate::contacts::{add_address, create, lena};
use crate::goods::{PRODUCTS, id, made, page, path};
use crate::images::png;
use crate::receiver::subscribe;
use crate::stand::{Answer, Stand, answer};

/// A website on which every operation finds what its path names.
struct Shop {
    stand: Stand,
    /// By the names of the holes in the catalogue's paths.
    ids: BTreeMap<&'static str, String>,
    page: String,
    /// Of goods whose stock is counted.
    variants: Vec<String>,
    /// The second image of the product.
    back: String,
    /// A product that is downloaded.
    digital: String,
}

impl Shop {
    async fn open() -> Self {
        let stand = Stand::up().await;
        let unlimited = json!({ "squarespace_per_minute": null });
        stand.control("limits", unlimited).await;
        let page = page(&stand, 0).await;
        let product = made(&stand, taken("CreateProductRequest.physical", &page)).await;
        let downloads = stand.get(&format!("{PRODUCTS}?type=DIGITAL")).await;
        let mut shop = Self {
            digital: downloads.each("products", "id")[0].clone(),
            variants: counted(&stand).await,
            back: String::new(),
            ids: BTreeMap::new(),
            stand,
            page,
        };
        shop.ids.insert("productId", id(&product).to_owned());
        let variant = id(&product["variants"][0]).to_owned();
        shop.ids.insert("variantId", variant);
        shop.back = shop.uploaded(&product, "back.png").await;
        let front = shop.uploaded(&product, "front.png").await;
        shop.ids.insert("imageId", front);
        shop.stand.advance(60_000).await;
        shop.people().await;
        shop.rest().await;
        shop
    }

    async fn uploaded(&self, product: &Value, name: &str) -> String {
        let part = reqwest::multipart::Part::bytes(png(800, 600));
        let file = part.file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", file);
        let images = format!("{}/images", path(product));
        let token = self.stand.first("access_token");
        let request = self.stand.request(Method::POST, &images, &token);
        text(&answer(request.multipart(form)).await.body["imageId"])
    }

    async fn people(&mut self) {
        let contact = create(&self.stand, &lena()).await;
        let entry = add_address(&self.stand, &contact, "1 Quay", true).await;
        self.ids.insert("contactId", id(&contact).to_owned());
        self.ids.insert("addressBookEntryId", id(&entry).to_owned());
    }

    async fn rest(&mut self) {
        let order = self.stand.person("checkout", json!({})).await;
        self.ids.insert("id", id(&order).to_owned());
        let mut discount = find("DiscountRequest.code").body;
        discount["trigger"]["promoCode"] = json!("BEFORE");
        let discount = self.stand.post("/v1/commerce/discounts", discount).await;
        let discount = id(&discount.body["discount"]).to_owned();
        self.ids.insert("discountId", discount);
        // Nobody listens there.
        let hook = subscribe(&self.stand, "https://127.0.0.1:9/hook", &["order.create"]).await;
        self.ids.insert("subscriptionId", id(&hook).to_owned());
    }

    /// A good body with the names of this website's things in it.
    fn fitted(&self, good: &Good) -> Value {
        let moment = json!("2026-05-02T10:15:00.000Z");
        let variant = |nth: usize| json!(self.variants[nth]);
        let put = match good.name {
            "AdjustInventoryRequest" => vec![
                ("/incrementOperations/0/variantId", variant(0)),
                ("/decrementOperations/0/variantId", variant(1)),
                ("/setFiniteOperations/0/variantId", variant(2)),
                ("/setUnlimitedOperations/0", variant(3)),
            ],
            "AssociateProductVariantImageRequest" => vec![("/imageId", json!(self.back))],
            "CreateOrderRequest" => vec![
                ("/lineItems/0/variantId", variant(0)),
                ("/createdOn", moment.clone()),
                ("/fulfilledOn", moment.clone()),
                ("/fulfillments/0/shipDate", moment),
            ],
            "TransactionsSummariesRequest" => {
                vec![("/contactIds/0", json!(self.ids["contactId"]))]
            }
            "UpdateProductImageOrderRequest" => vec![("/afterImageId", json!(self.back))],
            name if name.starts_with("CreateProductRequest") => {
                vec![("/storePageId", json!(self.page))]
            }
            _ => Vec::new(),
        };
        let mut body = good.body.clone();
        for (place, value) in put {
            *body.pointer_mut(place).unwrap() = value;
        }
        if good.name == "QueryContactsRequest" {
            // A cursor stands alone.
            body.as_object_mut().unwrap().remove("cursor");
        }
        body
    }

    async fn send(&self, row: &Operation, good: &Good, body: &Value) -> Answer {
        let id = |hole| match hole {
            "productId" if good.name == "UpdateProductRequest.digital" => Some(&self.digital),
            hole => self.ids.get(hole),
        };
        let path = row.path_with(|hole| id(hole).cloned()).unwrap();
        let token = self.stand.first("access_token");
        let mut request = self.stand.request(row.verb.into(), &path, &token);
        if let Some(key) = row.idempotency_key {
            // Of its own, or one body would be taken for the repeat of another.
            request = request.header(key.header, key_of(body));
        }
        let kind = row.body.content_type().unwrap();
        answer(request.header("Content-Type", kind).body(body.to_string())).await
    }
}

fn key_of(body: &Value) -> String {
    let mut hasher = DefaultHasher::new();
    body.to_string().hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn find(name: &str) -> Good {
    good().into_iter().find(|good| good.name == name).unwrap()
}

/// The good product, for this page, under another name.
fn taken(name: &str, page: &str) -> Value {
    let mut body = find(name).body;
    body["storePageId"] = json!(page);
    body["urlSlug"] = json!("made-before");
    for (nth, variant) in body["variants"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .enumerate()
    {
        variant["sku"] = json!(format!("BEFORE-{nth}"));
    }
    body
}

/// Variants whose stock is counted and enough.
async fn counted(stand: &Stand) -> Vec<String> {
    let stock = stand.get("/1.0/commerce/inventory").await.body;
    let items = stock["inventory"].as_array().unwrap();
    let enough = items
        .iter()
        .filter(|item| item["isUnlimited"] == false && item["quantity"].as_i64() > Some(2));
    enough.map(|item| text(&item["variantId"])).collect()
}

/// Whether nothing says how the vendor takes this one.
fn is_open(good: &Good, violation: &Violation) -> bool {
    // The reference names only the topic, and does not say what becomes of other members.
    let is_more_than_a_topic = good.name == "SendTestNotificationRequest"
        && violation.constraint == "/additionalProperties";
    is_more_than_a_topic || is_no_more_than_absent(good, violation)
}

/// Whether a member is null that need not be there: the reference does not tell the two apart.
fn is_no_more_than_absent(good: &Good, violation: &Violation) -> bool {
    let Some((parent, member)) = violation.at.rsplit_once('/') else {
        return false;
    };
    let mut body = violation.body.clone();
    let is_null = body.pointer(&violation.at) == Some(&Value::Null);
    let Some(Value::Object(object)) = body.pointer_mut(parent).filter(|_| is_null) else {
        return false;
    };
    object.remove(member);
    validator(good.schema).is_valid(&body)
}

#[tokio::test]
async fn a_body_that_breaks_one_constraint_is_refused_and_one_that_keeps_all_is_taken() {
    let (mut faults, mut refused) = (Vec::new(), 0);
    for good in good() {
        // A form is judged by its parts, as the tests of images show.
        let takes = |row: &&Operation| {
            row.request == Some(good.schema) && !matches!(row.body, Body::Multipart { .. })
        };
        for row in CATALOG.operations().iter().filter(takes) {
            let shop = Shop::open().await;
            let body = shop.fitted(&good);
            for bad in violations(good.schema, &body) {
                if is_open(&good, &bad) {
                    continue;
                }
                let answer = shop.send(row, &good, &bad.body).await;
                if answer.status != 400 {
                    let (status, broken) = (answer.status, &bad.constraint);
                    faults.push(format!("{}: {status} for a broken {broken}", row.id));
                }
                refused += 1;
            }
            let answer = shop.send(row, &good, &body).await;
            assert_eq!(answer.status, row.success, "{}: {}", good.name, answer.body);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(refused > 500, "only {refused} bodies were tried");
}
