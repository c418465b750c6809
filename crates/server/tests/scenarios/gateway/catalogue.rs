//! Every operation of the catalogue, called once through the gateway, and every body that none of them takes.

use std::collections::BTreeSet;

use portico_domain::agent::{Area, Level};
use portico_store::{Store, on_both};
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use squarespace::catalog::CATALOG;
use squarespace::testing::{good, validator, violations};
use wire::catalog::{Body, Operation};

use super::{Program, problem};
use crate::world::{Link, World, text};

/// A walk over the catalogue: what was called so far.
pub(super) struct Walk<'a> {
    program: &'a Program<'a>,
    called: BTreeSet<&'static str>,
    /// Whether what is personal is hidden from the program, which no schema knows of.
    is_kept_from: bool,
    pub(super) heard: Vec<Heard>,
}

/// What a program was answered, to what.
pub(super) struct Heard {
    pub(super) row: &'static Operation,
    pub(super) sent: Option<Value>,
    pub(super) answer: Value,
    /// How many values were hidden in it.
    pub(super) hidden: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn of(program: &'a Program<'a>, is_kept_from: bool) -> Self {
        Self {
            program,
            called: BTreeSet::new(),
            is_kept_from,
            heard: Vec::new(),
        }
    }
}

impl Walk<'_> {
    /// Calls an operation with these values in its path, and holds the answer against the row.
    pub(super) async fn call(&mut self, id: &str, path: &[&Value], body: Option<Value>) -> Value {
        let row = row(id);
        let call = self.request(row, path);
        let call = match &body {
            Some(body) => call
                .header("content-type", row.body.content_type().unwrap())
                .body(body.to_string()),
            None => call,
        };
        self.sent(row, call, body).await
    }

    async fn upload(&mut self, id: &str, path: &[&Value], form: Form) -> Value {
        let row = row(id);
        let call = self.request(row, path).multipart(form);
        self.sent(row, call, None).await
    }

    fn request(&self, row: &'static Operation, path: &[&Value]) -> RequestBuilder {
        let path = filled(row, |nth| text(path[nth]));
        self.program.call(row.verb.into(), &path)
    }

    async fn sent(
        &mut self,
        row: &'static Operation,
        call: RequestBuilder,
        sent: Option<Value>,
    ) -> Value {
        let answer = call.send().await.unwrap();
        let status = answer.status().as_u16();
        assert_eq!(answer.headers()["portico-connection"], "acme", "{}", row.id);
        let hidden = answer.headers().get("portico-hidden");
        let hidden = hidden.map_or(0, |count| count.to_str().unwrap().parse().unwrap());
        let body = answer.text().await.unwrap();
        assert_eq!(status, row.success, "{}: {body}", row.id);
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        match row.response {
            Some(_) if self.is_kept_from => {}
            Some(schema) => fits(row.id, schema, &body),
            None => assert_eq!(body, Value::Null, "{} is answered without a body", row.id),
        }
        self.called.insert(row.id);
        self.heard.push(Heard {
            row,
            sent,
            answer: body.clone(),
            hidden,
        });
        body
    }
}

/// The path of an operation, with a value for each of its holes.
fn filled(row: &Operation, value: impl Fn(usize) -> String) -> String {
    let nth = |name| {
        let mut holes = row.path_parameters.iter();
        holes.position(|hole| hole.name == name).map(&value)
    };
    row.path_with(nth).unwrap()
}

fn row(id: &str) -> &'static Operation {
    CATALOG
        .operation(id)
        .unwrap_or_else(|| panic!("`{id}` is no row"))
}

fn fits(id: &str, schema: &str, body: &Value) {
    let faults: Vec<String> = validator(schema)
        .iter_errors(body)
        .map(|fault| format!("{} at {}", fault, fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{id}: {faults:?} in {body}");
}

/// The good body of this name, with what belongs to the world of the test in its place.
fn body(name: &str, put: &[(&str, &Value)]) -> Option<Value> {
    let found = good().into_iter().find(|good| good.name == name);
    let mut body = found
        .unwrap_or_else(|| panic!("there is no good body `{name}`"))
        .body;
    for (place, value) in put {
        *body
            .pointer_mut(place)
            .unwrap_or_else(|| panic!("{name} has no {place}")) = (*value).clone();
    }
    Some(body)
}

/// A PNG of 800 by 600 and so many bytes; only its head is ever read.
pub(super) fn picture(name: &str, size: usize) -> Form {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend_from_slice(&800_u32.to_be_bytes());
    bytes.extend_from_slice(&600_u32.to_be_bytes());
    bytes.extend_from_slice(&[8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes.resize(size.max(bytes.len()), 0);
    let part = Part::bytes(bytes)
        .file_name(name.to_owned())
        .mime_str("image/png")
        .unwrap();
    Form::new().part("file", part)
}

/// Products with their variants, images and stock.
async fn goods(world: &World, walk: &mut Walk<'_>) -> Value {
    let pages = walk.call("getStorePages", &[], None).await;
    let page = &pages["storePages"][0]["id"];
    let new = body("CreateProductRequest.physical", &[("/storePageId", page)]);
    let product = walk.call("createProduct", &[], new).await;
    let id = &product["id"];
    walk.call("getProducts", &[], None).await;
    let new = body("CreateProductVariantRequest", &[]);
    let variant = walk.call("createProductVariant", &[id], new).await;
    let change = body("UpdateProductVariantRequest", &[]);
    walk.call("updateProductVariant", &[id, &variant["id"]], change)
        .await;
    images(world, walk, id, &variant["id"]).await;
    walk.call("getSpecificProducts", &[id], None).await;
    walk.call("deleteProductVariant", &[id, &variant["id"]], None)
        .await;
    stock(walk, &product).await;
    product
}

async fn images(world: &World, walk: &mut Walk<'_>, product: &Value, variant: &Value) {
    let mut uploaded = Vec::new();
    for name in ["front.png", "back.png"] {
        let image = walk
            .upload("uploadProductImage", &[product], picture(name, 0))
            .await;
        uploaded.push(image["imageId"].clone());
    }
    let [front, back] = &uploaded[..] else {
        unreachable!("two were uploaded")
    };
    world
        .control_post("clock", &json!({"advance_ms": 60_000}))
        .await;
    walk.call("getProductImageProcessingStatus", &[product, front], None)
        .await;
    let text = body("UpdateProductImageRequest", &[]);
    walk.call("updateProductImage", &[product, front], text)
        .await;
    let after = body("UpdateProductImageOrderRequest", &[("/afterImageId", back)]);
    walk.call("updateProductImageOrder", &[product, front], after)
        .await;
    let image = body(
        "AssociateProductVariantImageRequest",
        &[("/imageId", front)],
    );
    walk.call("associateProductVariantImage", &[product, variant], image)
        .await;
    walk.call("deleteProductImage", &[product, back], None)
        .await;
}

async fn stock(walk: &mut Walk<'_>, product: &Value) {
    walk.call("getInventoryItems", &[], None).await;
    let (small, large) = (&product["variants"][0]["id"], &product["variants"][1]["id"]);
    let change = json!({
        "incrementOperations": [{"variantId": small, "quantity": 12}],
        "setUnlimitedOperations": [large],
    });
    walk.call("adjustInventoryStockLevels", &[], Some(change))
        .await;
    let both = json!(format!("{},{}", text(small), text(large)));
    let items = walk.call("getSpecificInventoryItems", &[&both], None).await;
    assert_eq!(items["inventory"].as_array().unwrap().len(), 2);
}

/// Orders and the money that they move.
async fn trade(world: &World, walk: &mut Walk<'_>, product: &Value) {
    let moment = json!("2026-05-02T10:15:00.000Z");
    let put = [
        ("/lineItems/0/variantId", &product["variants"][0]["id"]),
        ("/createdOn", &moment),
        ("/fulfilledOn", &moment),
        ("/fulfillments/0/shipDate", &moment),
    ];
    walk.call("createOrder", &[], body("CreateOrderRequest", &put))
        .await;
    let placed = world.buy("rosa@example.com", "GIFT-100").await;
    walk.call("getOrders", &[], None).await;
    walk.call("getOrder", &[&placed["id"]], None).await;
    let sent = body("FulfillOrderRequest", &[]);
    walk.call("fulfillOrder", &[&placed["id"]], sent).await;

    let documents = walk.call("getDocumentsByUpdatedOn", &[], None).await;
    let document = &documents["documents"][0]["id"];
    walk.call("getDocumentsById", &[document], None).await;
    let profiles = walk.call("getProfiles", &[], None).await;
    let profile = &profiles["profiles"][0]["id"];
    walk.call("getSpecificProfiles", &[profile], None).await;
}

/// Contacts, their addresses and what they spent.
async fn people(walk: &mut Walk<'_>) {
    walk.call("getContacts", &[], None).await;
    // The buyer of the imported order is a contact by now.
    let newcomer = json!("orla.feeney@example.com");
    let new = body(
        "CreateContactRequest",
        &[("/primaryEmail/email", &newcomer)],
    );
    let made = walk.call("createContact", &[], new).await;
    let id = &made["contact"]["id"];
    walk.call("getContact", &[id], None).await;
    walk.call("patchContact", &[id], body("PatchContactRequest", &[]))
        .await;
    let mut query = body("QueryContactsRequest", &[]).unwrap();
    query.as_object_mut().unwrap().remove("cursor");
    walk.call("queryContacts", &[], Some(query)).await;

    let address = || body("AddressBookEntryRequest", &[]);
    let entry = walk.call("createAddressBookEntry", &[id], address()).await;
    let entry = &entry["addressBookEntry"]["id"];
    walk.call("getAddressBook", &[id], None).await;
    walk.call("getAddressBookEntry", &[id, entry], None).await;
    walk.call("updateAddressBookEntry", &[id, entry], address())
        .await;
    walk.call("deleteAddressBookEntry", &[id, entry], None)
        .await;

    let whose = body("TransactionsSummariesRequest", &[("/contactIds/0", id)]);
    walk.call("getTransactionsSummaries", &[], whose).await;
    walk.call("deleteContact", &[id], None).await;
}

async fn discounts(walk: &mut Walk<'_>) {
    let new = body("DiscountRequest.code", &[]);
    let made = walk.call("createDiscount", &[], new).await;
    let id = &made["discount"]["id"];
    walk.call("listDiscounts", &[], None).await;
    walk.call("getDiscount", &[id], None).await;
    let other = body("DiscountRequest.auto", &[]);
    walk.call("updateDiscount", &[id], other).await;
    walk.call("deleteDiscount", &[id], None).await;
    walk.call("getFulfillmentOptions", &[], None).await;
}

async fn subscriptions(walk: &mut Walk<'_>) {
    // Nobody listens there, and the vendor says so in its answer to the test notification.
    let nobody = json!("https://127.0.0.1:9/hook");
    let new = body(
        "CreateWebhookSubscriptionRequest",
        &[("/endpointUrl", &nobody)],
    );
    let made = walk.call("createWebhookSubscription", &[], new).await;
    let id = &made["id"];
    walk.call("getWebhookSubscriptions", &[], None).await;
    walk.call("getWebhookSubscription", &[id], None).await;
    let test = body("SendTestNotificationRequest", &[]);
    walk.call("sendTestNotificationForWebhookSubscription", &[id], test)
        .await;
    walk.call("rotateSubscriptionSecret", &[id], None).await;
    let other = body("UpdateWebhookSubscriptionRequest", &[]);
    walk.call("updateWebhookSubscription", &[id], other).await;
    walk.call("deleteWebhookSubscription", &[id], None).await;
}

/// Calls every operation once.
pub(super) async fn walk_all(world: &World, walk: &mut Walk<'_>) {
    walk.call("getWebsiteProfile", &[], None).await;
    walk.call("getMemberProfile", &[], None).await;
    let product = goods(world, walk).await;
    trade(world, walk, &product).await;
    people(walk).await;
    discounts(walk).await;
    subscriptions(walk).await;
    let change = body("UpdateProductRequest.physical", &[]);
    walk.call("updateProduct", &[&product["id"]], change).await;
    walk.call("deleteProduct", &[&product["id"]], None).await;
}

/// Everything is granted: what is tested is the contract.
async fn unbound(world: &World) -> Program<'_> {
    let all = Area::ALL.map(|area| (area, Level::Full));
    world.program(&all).await
}

on_both! {
    async fn every_operation_answers_through_the_gateway_as_its_row_says(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = unbound(&world).await;
        let mut walk = Walk::of(&program, false);
        walk_all(&world, &mut walk).await;

        let rows: BTreeSet<&str> = CATALOG.operations().iter().map(|row| row.id).collect();
        assert_eq!(walk.called, rows);
    }
}

on_both! {
    async fn no_body_that_breaks_a_constraint_leaves_the_gateway(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = unbound(&world).await;
        world.forget_requests().await;

        let mut refused = 0;
        for good in good() {
            // A form passes through unread: the vendor alone judges a file.
            let takes = |row: &&Operation| row.request == Some(good.schema) && !matches!(row.body, Body::Multipart { .. });
            for row in CATALOG.operations().iter().filter(takes) {
                let path = filled(row, |_| "66f0a2000102030405060708".to_owned());
                for violation in violations(good.schema, &good.body) {
                    let call = program
                        .call(row.verb.into(), &path)
                        .header("content-type", row.body.content_type().unwrap())
                        .body(violation.body.to_string());
                    let refusal = problem(call.send().await.unwrap()).await;
                    let (id, broken) = (row.id, &violation.constraint);
                    let start = format!("400 request: the body of {id} does not fit: ");
                    assert!(refusal.starts_with(&start), "{id}: {broken}: {refusal}");
                    refused += 1;
                    // An agent that is refused without end is slowed.
                    world.clock.advance(jiff::SignedDuration::from_secs(1));
                }
            }
        }
        assert!(refused > 500, "only {refused} bodies were tried");
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}
