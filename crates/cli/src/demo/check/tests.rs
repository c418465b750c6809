//! The check must be able to fail: each fault that it is there for is found and named.

use serde_json::{Value, json};

use super::{Verdict, crm, judge, shops};
use crate::demo::stage::Shop;

/// Two orders of one buyer, the first shipped, as the shop has them.
fn shops() -> shops::State {
    let order = |id: &str, number: &str, status: &str| {
        json!({
            "id": id, "orderNumber": number, "websiteId": "w1", "createdOn": format!("2026-01-0{id}T12:00:00Z"),
            "customerEmail": "Mara@example.test", "fulfillmentStatus": status, "paymentState": "PAID",
            "billingAddress": { "firstName": "Mara", "lastName": "Lund" },
            "grandTotal": { "value": "118.50", "currency": "USD" },
            "refundedTotal": { "value": "0.00", "currency": "USD" },
            "fulfillments": [{ "trackingNumber": "1Z1" }],
            "lineItems": [{
                "productId": "p1", "productName": "Cup", "sku": "CUP", "quantity": 2,
                "variantOptions": [{ "value": "Small" }], "unitPricePaid": { "value": "59.25" },
            }],
        })
    };
    shops::State {
        orders: vec![
            order("1", "1001", "FULFILLED"),
            order("2", "1002", "PENDING"),
        ],
        products: vec![json!({ "id": "p1", "storePageId": "s1", "tags": ["gifts"] })],
        store_pages: vec![json!({ "id": "s1", "title": "Mugs" })],
    }
}

/// The CRM as it must be for those.
fn crm() -> crm::State {
    let lead = |id: i64, order: &str, number: &str, pipeline: i64, status: &str| {
        let field =
            |code: &str, value: &str| json!({ "field_code": code, "values": [{ "value": value }] });
        json!({
            "id": id, "pipeline_id": pipeline, "status_id": 5, "price": 119, "loss_reason_id": null,
            "custom_fields_values": [
                field("SQSP_ORDER_ID", order), field("SQSP_ORDER_NUMBER", number),
                field("SQSP_TOTAL", "118.5"), field("SQSP_REFUNDED", "0"), field("SQSP_CURRENCY", "USD"),
                field("SQSP_FULFILLMENT", status), field("SQSP_PAYMENT", "PAID"),
                field("SQSP_ITEMS", "2 × Cup (Small), CUP, 59.25"),
            ],
            "_embedded": {
                "tags": [{ "name": "cat: mugs" }, { "name": "over-100" }, { "name": "site: acme" }],
                "contacts": [{ "id": 90 }],
            },
        })
    };
    let note = |lead: i64, text: &str| json!({ "entity_id": lead, "params": { "text": text } });
    crm::State {
        leads: vec![
            lead(70, "1", "1001", 1, "FULFILLED"),
            lead(71, "2", "1002", 2, "PENDING"),
        ],
        contacts: vec![json!({
            "id": 90, "name": "Mara Lund",
            "custom_fields_values": [{ "field_code": "EMAIL", "values": [{ "value": "mara@example.test" }] }],
            "_embedded": { "tags": [{ "name": "cat: mugs" }, { "name": "over-100" }, { "name": "site: acme" }] },
        })],
        notes: vec![
            note(
                70,
                "Order #1001\n2 × Cup (Small), SKU CUP\nTotal 118.50 USD",
            ),
            note(70, "Fulfilled\nUPS 1Z1"),
            note(
                71,
                "Order #1002\n2 × Cup (Small), SKU CUP\nTotal 118.50 USD",
            ),
        ],
        pipelines: vec![
            json!({ "id": 1, "name": "New Clients" }),
            json!({ "id": 2, "name": "Repeat Sales" }),
        ],
        loss_reasons: Vec::new(),
    }
}

fn differences(break_it: impl FnOnce(&mut crm::State)) -> Vec<String> {
    let mut crm = crm();
    break_it(&mut crm);
    let on_stage = [Shop {
        name: "acme",
        website_id: "w1".to_owned(),
        title: "Acme".to_owned(),
    }];
    let Verdict { differences, .. } = judge(
        &shops().wanted(&on_stage),
        &crm.held(),
        [("outages", 1)].into(),
    );
    differences
}

fn set(value: &mut Value, at: &str, to: Value) {
    *value.pointer_mut(at).unwrap() = to;
}

#[test]
fn what_is_as_it_must_be_differs_in_nothing() {
    assert_eq!(differences(|_| {}), Vec::<String>::new());
}

#[test]
fn a_dropped_note_is_found() {
    let found = differences(|crm| drop(crm.notes.remove(1)));
    assert_eq!(
        found,
        ["#1001 acme: notes must be `fulfilled + items`, and deal 70 has `items`"]
    );
}

#[test]
fn a_doubled_note_is_found() {
    let found = differences(|crm| crm.notes.push(crm.notes[2].clone()));
    assert_eq!(
        found,
        ["#1002 acme: notes must be `items`, and deal 71 has `items + items`"]
    );
}

#[test]
fn a_note_without_a_line_is_found() {
    let found = differences(|crm| {
        set(
            &mut crm.notes[2],
            "/params/text",
            json!("Order #1002\nTotal 118.50 USD"),
        );
    });
    assert_eq!(
        found,
        [
            "#1002 acme: the note `items` of deal 71 lacks `2 × Cup`",
            "#1002 acme: the note `items` of deal 71 lacks `CUP`"
        ]
    );
}

#[test]
fn a_doubled_deal_is_found() {
    let found = differences(|crm| {
        let mut double = crm.leads[0].clone();
        double["id"] = json!(72);
        crm.leads.push(double);
    });
    assert_eq!(found, ["#1001 acme has 2 deals: 70, 72"]);
}

#[test]
fn a_lost_deal_is_found() {
    let found = differences(|crm| drop(crm.leads.remove(1)));
    assert_eq!(found, ["#1002 acme has no deal"]);
}

#[test]
fn a_deal_of_nobody_is_found() {
    let found = differences(|crm| crm.leads.push(json!({ "id": 73 })));
    assert_eq!(found, ["deal 73 belongs to no order"]);
}

#[test]
fn a_second_contact_of_one_buyer_is_found() {
    let found = differences(|crm| {
        let mut double = crm.contacts[0].clone();
        double["id"] = json!(91);
        crm.contacts.push(double);
    });
    assert_eq!(found, ["mara@example.test has 2 contacts, not one"]);
}

#[test]
fn a_deal_on_another_contact_is_found() {
    let found = differences(|crm| {
        set(&mut crm.leads[1], "/_embedded/contacts/0/id", json!(99));
    });
    assert_eq!(
        found,
        ["deal 71 must hang on contact 90 of mara@example.test alone"]
    );
}

#[test]
fn a_wrong_price_pipeline_tag_or_status_is_found() {
    let found = differences(|crm| {
        let lead = &mut crm.leads[0];
        set(lead, "/price", json!(118));
        set(lead, "/pipeline_id", json!(2));
        set(lead, "/status_id", json!(143));
        set(lead, "/_embedded/tags/1/name", json!("over-250"));
    });
    let facts: Vec<&str> = found
        .iter()
        .filter_map(|line| line.split(' ').nth(2))
        .collect();
    assert_eq!(facts, ["pipeline", "price", "stage", "tags"]);
}

#[test]
fn a_script_that_was_easier_than_it_says_is_found() {
    let verdict = judge(
        &shops::Shops::default(),
        &crm::Crm::default(),
        [("lost answers", 0)].into(),
    );
    assert_eq!(
        verdict.differences,
        ["the script was to bring lost answers, and there were none"]
    );
}
