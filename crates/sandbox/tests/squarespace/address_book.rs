//! Address books of contacts: one default, and no more than fifty entries.

use reqwest::Method;
use serde_json::{Value, json};

use crate::contacts::{add_address, create, delete, lena, path_of};
use crate::stand::Stand;

async fn default_street(stand: &Stand, contact: &Value) -> Value {
    let contact = stand.get(&path_of(contact)).await.body["contact"].clone();
    contact["defaultShippingAddress"]["address"]["line1"].clone()
}

#[tokio::test]
async fn exactly_one_address_is_the_default() {
    let stand = Stand::up().await;
    let contact = create(&stand, &lena()).await;

    let quay = add_address(&stand, &contact, "1 Quay", false).await;
    assert_eq!(
        quay["defaultShipping"], true,
        "the first, whatever was sent"
    );
    add_address(&stand, &contact, "2 Hill", false).await;
    let park = add_address(&stand, &contact, "3 Park", true).await;
    assert_eq!(default_street(&stand, &contact).await, "3 Park");

    let path = format!(
        "{}/address-book/{}",
        path_of(&contact),
        park["id"].as_str().unwrap()
    );
    let body = json!({ "defaultShipping": false, "address": { "countryCode": "CA" } });
    let replaced = stand.send(Method::PUT, &path, &body).await;
    let address = &replaced.body["addressBookEntry"];
    assert_eq!(
        address["defaultShipping"], true,
        "switching off has no effect"
    );
    assert_eq!(
        address["address"]["line1"],
        Value::Null,
        "a whole replacement"
    );
    assert_eq!(address["address"]["countryCode"], "CA");

    delete(&stand, &path).await;
    assert_eq!(default_street(&stand, &contact).await, "1 Quay");
    assert_eq!(stand.get(&path).await.status, 404);
}

#[tokio::test]
async fn the_default_address_is_on_the_first_page() {
    let stand = Stand::up().await;
    let contact = create(&stand, &lena()).await;
    for street in ["1 Quay", "2 Hill"] {
        add_address(&stand, &contact, street, false).await;
    }
    let last = add_address(&stand, &contact, "3 Park", true).await;

    let path = format!("{}/address-book?pageSize=2", path_of(&contact));
    let first = stand.get(&path).await.body;
    let book = &first["addressBook"];
    assert_eq!(book["defaultShippingAddressId"], last["id"]);
    assert_eq!(book["addressBookEntries"][0]["id"], last["id"]);
    let cursor = first["pagination"]["nextPageCursor"].as_str().unwrap();
    let second = stand.get(&format!("{path}&cursor={cursor}")).await.body;
    let book = &second["addressBook"];
    assert_eq!(book["defaultShippingAddressId"], Value::Null);
    assert_eq!(book["addressBookEntries"][0]["address"]["line1"], "2 Hill");
    assert_eq!(second["pagination"]["hasNextPage"], false);
}

#[tokio::test]
async fn the_fifty_first_address_is_one_too_many() {
    let stand = Stand::up().await;
    let contact = create(&stand, &lena()).await;
    for number in 0..50 {
        add_address(&stand, &contact, &format!("{number} Pier"), false).await;
    }

    let path = format!("{}/address-book", path_of(&contact));
    let body = json!({ "address": { "countryCode": "US" } });
    assert_eq!(
        stand.send(Method::POST, &path, &body).await.refusal(),
        "400 INVALID_REQUEST_ERROR ENTITY_LIMIT_REACHED"
    );
}
