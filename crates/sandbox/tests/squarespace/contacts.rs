//! Contacts: what calls and orders make of them, and every documented refusal.

use std::fmt::Write;

use reqwest::Method;
use serde_json::{Value, json};

use crate::receiver::{Receiver, subscribe};
use crate::stand::{Answer, Stand, answer};

const CONTACTS: &str = "/v1/contacts";

pub(crate) fn lena() -> Value {
    json!({
        "firstName": "Lena", "lastName": "", "locale": "de-DE",
        "primaryEmail": { "email": "Lena.Brandt@example.com", "acceptsMarketing": true },
    })
}

pub(crate) async fn create(stand: &Stand, body: &Value) -> Value {
    let created = stand.send(Method::POST, CONTACTS, body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    created.body["contact"].clone()
}

async fn patch(stand: &Stand, contact: &Value, body: Value) -> Answer {
    let path = path_of(contact);
    let request = stand.request(Method::PATCH, &path, &stand.first("api_key"));
    let request = request
        .header("content-type", "application/merge-patch+json")
        .body(body.to_string());
    answer(request).await
}

/// An entry at a street, made the default or not.
pub(crate) async fn add_address(
    stand: &Stand,
    contact: &Value,
    street: &str,
    default: bool,
) -> Value {
    let body = json!({
        "defaultShipping": default,
        "address": { "line1": street, "city": "Camden", "countryCode": "US" },
    });
    let path = format!("{}/address-book", path_of(contact));
    let added = stand.send(Method::POST, &path, &body).await;
    assert_eq!(added.status, 201, "{}", added.body);
    added.body["addressBookEntry"].clone()
}

pub(crate) async fn delete(stand: &Stand, path: &str) {
    let deleted = answer(stand.request(Method::DELETE, path, &stand.first("api_key"))).await;
    assert_eq!(deleted.status, 204, "{}", deleted.body);
}

pub(crate) fn path_of(contact: &Value) -> String {
    format!("{CONTACTS}/{}", contact["id"].as_str().unwrap())
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[tokio::test]
async fn a_contact_reads_as_the_documentation_shows_it() {
    let stand = Stand::up().await;

    let created = create(&stand, &lena()).await;
    let now = "2026-05-14T09:30:00.000000Z";
    let expected = json!({
        "id": created["id"], "createdOn": now, "firstName": "Lena", "lastName": "", "locale": "de-DE",
        "primaryEmail": {
            "email": "Lena.Brandt@example.com", "createdOn": now,
            "acceptsMarketing": {
                "acceptsMarketing": true, "joinedOn": "2026-05-14T09:30:00.000Z", "leftOn": null,
            },
        },
        "defaultShippingAddress": null,
    });
    assert_eq!(created, expected);
    assert_eq!(
        stand.get(&path_of(&created)).await.body,
        json!({ "contact": expected })
    );
}

#[tokio::test]
async fn a_patch_keeps_what_it_does_not_name_and_null_clears() {
    let stand = Stand::up().await;
    let contact = create(&stand, &lena()).await;
    stand.advance(60_000).await;

    let body = json!({ "lastName": "Brandt", "locale": null, "primaryEmail": { "acceptsMarketing": false } });
    let patched = patch(&stand, &contact, body).await;
    assert_eq!(patched.status, 200, "{}", patched.body);
    let patched = &patched.body["contact"];
    assert_eq!(
        (
            &patched["firstName"],
            &patched["lastName"],
            &patched["locale"]
        ),
        (&json!("Lena"), &json!("Brandt"), &Value::Null)
    );
    assert_eq!(patched["primaryEmail"]["email"], "Lena.Brandt@example.com");
    let consent = json!({
        "acceptsMarketing": false,
        "joinedOn": "2026-05-14T09:30:00.000Z", "leftOn": "2026-05-14T09:31:00.000Z",
    });
    assert_eq!(patched["primaryEmail"]["acceptsMarketing"], consent);
}

#[tokio::test]
async fn a_patch_may_come_as_plain_json_unless_switched() {
    let stand = Stand::up().await;
    let path = path_of(&create(&stand, &lena()).await);
    let body = json!({ "firstName": "Magdalena" });

    assert_eq!(stand.send(Method::PATCH, &path, &body).await.status, 200);
    stand.switch("strict_merge_patch", json!(true)).await;
    assert_eq!(stand.send(Method::PATCH, &path, &body).await.status, 415);
}

#[tokio::test]
async fn an_address_of_one_contact_is_taken_for_all_others() {
    let stand = Stand::up().await;
    let first = create(&stand, &lena()).await;
    let mut other = lena();
    other["primaryEmail"]["email"] = json!("lena@example.com");
    let second = create(&stand, &other).await;

    let mut again = lena();
    again["primaryEmail"]["email"] = json!("LENA.BRANDT@EXAMPLE.COM");
    let taken = "409 CONFLICT DUPLICATE_USER_CONFLICT";
    assert_eq!(
        stand.send(Method::POST, CONTACTS, &again).await.refusal(),
        taken
    );
    let body = json!({ "primaryEmail": { "email": "lena.brandt@example.com" } });
    assert_eq!(patch(&stand, &second, body.clone()).await.refusal(), taken);
    assert_eq!(patch(&stand, &first, body).await.status, 200, "her own");
    delete(&stand, &path_of(&first)).await;
    create(&stand, &again).await;
}

#[tokio::test]
async fn a_list_is_walked_with_a_page_size_beside_the_cursor() {
    let stand = Stand::up().await;
    let known = stand.state("contacts").await.len() / 2;

    let mut seen = Vec::new();
    let mut path = format!("{CONTACTS}?pageSize=4");
    loop {
        let page = stand.get(&path).await;
        seen.extend(page.each("contacts", "id"));
        let Some(cursor) = page.body["pagination"]["nextPageCursor"].as_str() else {
            break;
        };
        path = format!("{CONTACTS}?pageSize=4&cursor={cursor}");
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((seen.len(), count), (known, known));
    let nobody = stand.get("/v1/contacts?pageSize=0").await.body;
    assert_eq!(nobody["contacts"], json!([]));
    assert_eq!(nobody["pagination"]["hasNextPage"], true);
}

#[tokio::test]
async fn queries_filter_and_sort_by_what_people_bought() {
    let stand = Stand::up().await;
    let basket = json!([{ "sku": "WICK-3" }]);
    for (email, day) in [
        ("kwame@example.org", "2026-03-01"),
        ("ines.okafor@example.com", "2026-04-01"),
        ("ines.okafor@example.com", "2026-05-01"),
    ] {
        let at = format!("{day}T12:00:00Z");
        let order = json!({ "email": email, "at": at, "basket": basket, "promo_code": "" });
        stand.person("checkout", order).await;
    }
    stand
        .person(
            "donate",
            json!({ "email": "grace.holloway@example.com", "amount": "25" }),
        )
        .await;
    let ask = async |body: Value| {
        let found = stand.send(Method::POST, "/v1/contacts/query", &body).await;
        assert_eq!(found.status, 200, "{}", found.body);
        found.each("contacts", "firstName").join(" ")
    };

    let buyers = json!({
        "orderCount": { "min": 1 }, "sortField": "ORDER_COUNT", "sortDirection": "DESCENDING",
    });
    assert_eq!(ask(buyers).await, "Ines Kwame");
    let late = json!({ "lastOrderOn": { "after": "2026-04-15T00:00:00Z" } });
    assert_eq!(ask(late.clone()).await, "Ines");
    assert_eq!(
        ask(json!({ "donationAmount": { "min": 25 } })).await,
        "Grace"
    );
    assert_eq!(ask(json!({ "searchString": "GAGN" })).await, "Étienne");
    assert_eq!(
        ask(json!({ "orderAmount": { "max": 0 }, "searchString": "kwame" })).await,
        ""
    );
    stand.switch("literal_date_filters", json!(true)).await;
    assert_eq!(ask(late).await, "Kwame", "after drops what is later");
}

#[tokio::test]
async fn a_query_goes_on_with_the_cursor_in_its_body() {
    let stand = Stand::up().await;
    let query = "/v1/contacts/query";
    let ask = json!({ "sortField": "LAST_NAME", "pageSize": 3 });

    let mut page = stand.send(Method::POST, query, &ask).await;
    let mut names = page.each("contacts", "lastName");
    while let Some(cursor) = page.body["pagination"]["nextPageCursor"].as_str() {
        let next = json!({ "cursor": cursor, "pageSize": 3 });
        page = stand.send(Method::POST, query, &next).await;
        names.extend(page.each("contacts", "lastName"));
    }
    assert_eq!(names.len(), 10);
    let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    assert!(lower.is_sorted(), "{names:?}");
}

#[tokio::test]
async fn reading_needs_a_scope_and_profiles_are_as_good_for_tokens() {
    let stand = Stand::up().await;
    let token = async |scopes: &str| {
        let pair = stand
            .person("token_pair", json!({ "scopes": scopes }))
            .await;
        text(&pair, "access_token").to_owned()
    };
    let mut table = String::new();
    for scopes in [
        "website.contacts.read",
        "website.contacts",
        "website.profiles.read",
        "website.profiles",
        "website.orders",
    ] {
        let token = token(scopes).await;
        let read = answer(stand.request(Method::GET, CONTACTS, &token)).await;
        let query = stand.request(Method::POST, "/v1/contacts/query", &token);
        let query = answer(query.json(&json!({}))).await;
        let write = stand.request(Method::POST, CONTACTS, &token);
        let write = answer(write.json(&json!({}))).await;
        writeln!(
            table,
            "{scopes:<22} {} {} {}",
            read.status, query.status, write.status
        )
        .unwrap();
    }
    // 400 means that the body was looked at.
    insta::assert_snapshot!(table, @r"
    website.contacts.read  200 200 403
    website.contacts       200 200 400
    website.profiles.read  200 200 403
    website.profiles       200 200 400
    website.orders         403 403 403
    ");

    let key = stand.first("read_only_api_key");
    assert_eq!(
        answer(stand.request(Method::GET, CONTACTS, &key))
            .await
            .status,
        200
    );
    let query = || {
        stand
            .request(Method::POST, "/v1/contacts/query", &key)
            .json(&json!({}))
    };
    assert_eq!(
        answer(query()).await.refusal(),
        "403 AUTHORIZATION_ERROR MISSING_SCOPE"
    );
    stand
        .switch("contact_query_needs_writing_key", json!(false))
        .await;
    assert_eq!(answer(query()).await.status, 200);
}

#[tokio::test]
async fn contacts_are_refused_as_documented() {
    let stand = Stand::up().await;
    let contact = create(&stand, &lena()).await;
    let one = path_of(&contact);
    let book = format!("{one}/address-book");
    let nobody = format!("{CONTACTS}/66aa00112233445566778899");
    let mut without_email = lena();
    without_email["primaryEmail"] = json!({});
    let mut as_read = lena();
    as_read["primaryEmail"]["acceptsMarketing"] = json!({ "acceptsMarketing": true });
    let mut tagged = lena();
    tagged["tags"] = json!(["vip"]);
    let address = |country: Value| json!({ "address": { "countryCode": country } });
    let rows = [
        (
            Method::GET,
            format!("{CONTACTS}?pageSize=1001"),
            Value::Null,
        ),
        (
            Method::GET,
            format!("{CONTACTS}?cursor=nonsense"),
            Value::Null,
        ),
        (Method::GET, nobody.clone(), Value::Null),
        (
            Method::POST,
            CONTACTS.to_owned(),
            json!({ "firstName": "Lena" }),
        ),
        (Method::POST, CONTACTS.to_owned(), without_email),
        (Method::POST, CONTACTS.to_owned(), as_read),
        (Method::POST, CONTACTS.to_owned(), tagged),
        (
            Method::PATCH,
            one.clone(),
            json!({ "id": "66aa00112233445566778899" }),
        ),
        (Method::PATCH, one.clone(), json!({ "primaryEmail": null })),
        (
            Method::PATCH,
            one.clone(),
            json!({ "primaryEmail": { "email": "lena" } }),
        ),
        (Method::PATCH, nobody.clone(), json!({})),
        (Method::DELETE, nobody.clone(), Value::Null),
        (Method::PUT, one.clone(), lena()),
        (
            Method::POST,
            format!("{CONTACTS}/query"),
            json!({ "sortField": "createdOn" }),
        ),
        (
            Method::POST,
            format!("{CONTACTS}/query"),
            json!({ "pageSize": 0 }),
        ),
        (
            Method::POST,
            format!("{CONTACTS}/query"),
            json!({ "lastOrderOn": { "after": "May" } }),
        ),
        (
            Method::POST,
            format!("{CONTACTS}/query"),
            json!({ "email": "lena@example.com" }),
        ),
        (
            Method::POST,
            book.clone(),
            json!({ "defaultShipping": true }),
        ),
        (Method::POST, book.clone(), address(json!("UK"))),
        (Method::POST, book.clone(), address(Value::Null)),
        (
            Method::POST,
            book.clone(),
            json!({ "address": { "countryCode": "US", "address1": "x" } }),
        ),
        (
            Method::POST,
            format!("{nobody}/address-book"),
            address(json!("US")),
        ),
        (Method::GET, format!("{nobody}/address-book"), Value::Null),
        (
            Method::PUT,
            format!("{book}/66aa00112233445566778899"),
            address(json!("US")),
        ),
    ];
    let mut table = String::new();
    for (method, path, body) in rows {
        let answer = stand.send(method, &path, &body).await;
        let message = answer.body["message"].as_str().unwrap_or_default();
        let message: String = message.chars().take(80).collect();
        writeln!(table, "{:<52} {message}", answer.refusal()).unwrap();
    }
    insta::assert_snapshot!(table, @r"
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           'pageSize' must be between 0 and 1000, inclusive.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The cursor is invalid.
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The contact was not found.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           lastName is required.
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           primaryEmail.email is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           primaryEmail.acceptsMarketing must be a boolean.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [tags]
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [id]
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           primaryEmail must not be null.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           primaryEmail.email must be a valid email address.
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The contact was not found.
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The contact was not found.
    405 METHOD_NOT_ALLOWED -                             Method 'PUT' is not supported.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           sortField must be one of ID, CREATED_ON, EMAIL, ACCEPTS_MARKETING_JOINED_ON, FIR
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           pageSize must be between 1 and 1000, inclusive.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           lastOrderOn.after must be an ISO 8601 UTC date.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [email]
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           address is required.
    400 INVALID_REQUEST_ERROR INVALID_ARGUMENT           address.countryCode must be one of AD, AE, AF, AG, AI, AL, AM, AO, AQ, AR, AS, A
    400 INVALID_REQUEST_ERROR MISSING_ARGUMENT           address.countryCode is required.
    400 INVALID_REQUEST_ERROR -                          The request body has unknown or readonly fields: [address1]
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The contact was not found.
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The contact was not found.
    404 INVALID_REQUEST_ERROR INVALID_ARGUMENT           The address book entry was not found.
    ");
}

#[tokio::test]
async fn nobody_puts_a_person_back_on_the_list_who_left_it() {
    let stand = Stand::up().await;
    let contact = create(&stand, &lena()).await;

    let left = stand
        .person("unsubscribe", json!({ "id": contact["id"] }))
        .await;
    assert_eq!(
        left["primaryEmail"]["acceptsMarketing"]["acceptsMarketing"],
        false
    );
    let back = json!({ "primaryEmail": { "acceptsMarketing": true } });
    assert_eq!(
        patch(&stand, &contact, back).await.refusal(),
        "400 INVALID_REQUEST_ERROR PROFILE_CANNOT_ACCEPT_MARKETING"
    );
}

#[tokio::test]
async fn every_change_is_told_once_and_whole() {
    let stand = Stand::up().await;
    let (receiver, url) = Receiver::listening().await;
    let topics = [
        "contact.create",
        "contact.update",
        "contact.delete",
        "address.create",
        "address.update",
        "address.delete",
    ];
    subscribe(&stand, &url, &topics).await;

    let contact = create(&stand, &lena()).await;
    let patched = patch(&stand, &contact, json!({ "firstName": "Magda" })).await;
    let entry = add_address(&stand, &contact, "1 Quay", true).await;
    let path = format!("{}/address-book/{}", path_of(&contact), text(&entry, "id"));
    let body = json!({ "address": { "countryCode": "CA" } });
    let replaced = stand.send(Method::PUT, &path, &body).await;
    delete(&stand, &path).await;
    delete(&stand, &path_of(&contact)).await;
    stand.sandbox.settle().await;

    let (id, now) = (&contact["id"], "2026-05-14T09:30:00Z");
    let mut told: Vec<(String, Value)> = receiver
        .bodies()
        .into_iter()
        .map(|body| (text(&body, "topic").to_owned(), body["data"].clone()))
        .collect();
    told.sort_by_key(|(topic, _)| topics.iter().position(|known| known == topic));
    let expected = [
        contact.clone(),
        patched.body["contact"].clone(),
        json!({ "id": id, "deletedOn": now }),
        json!({ "contactId": id, "addressBookEntries": [entry], "createdOn": now }),
        json!({
            "contactId": id, "addressBookEntries": [replaced.body["addressBookEntry"]],
            "createdOn": now, "updatedOn": now,
        }),
        json!({ "contactId": id, "addressBookEntryIds": [entry["id"]], "deletedOn": now }),
    ];
    let expected: Vec<(String, Value)> = topics
        .map(str::to_owned)
        .into_iter()
        .zip(expected)
        .collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn whoever_orders_is_a_contact_with_an_address() {
    let stand = Stand::up().await;
    let basket = json!([{ "sku": "LANT-SM-BRS" }]);
    let order = stand
        .person("checkout", json!({
            "email": "new@example.com", "first_name": "Nora", "last_name": "Vance", "basket": basket,
        }))
        .await;

    let contact = stand
        .get(&format!("{CONTACTS}/{}", text(&order, "customerId")))
        .await
        .body["contact"]
        .clone();
    assert_eq!(contact["primaryEmail"]["email"], "new@example.com");
    assert_eq!(
        (&contact["firstName"], &contact["locale"]),
        (&json!("Nora"), &json!("en-US"))
    );
    let address = &contact["defaultShippingAddress"]["address"];
    assert_eq!(address["line1"], order["shippingAddress"]["address1"]);
    assert_eq!(address["phoneNumber"], order["shippingAddress"]["phone"]);

    let again = stand
        .person(
            "checkout",
            json!({ "email": "NEW@example.com", "basket": basket }),
        )
        .await;
    assert_eq!(again["customerId"], order["customerId"]);
    delete(&stand, &path_of(&contact)).await;
    let kept = stand
        .get(&format!("/1.0/commerce/orders/{}", text(&order, "id")))
        .await;
    assert_eq!(kept.body["customerId"], order["customerId"]);
}

#[tokio::test]
async fn loaded_contacts_come_back_field_for_field() {
    let stand = Stand::up().await;
    let captured = json!({
        "id": "66aa00112233445566778899", "createdOn": "2026-03-02T09:41:17.880876Z",
        "firstName": "Ines", "lastName": "", "locale": null,
        "primaryEmail": {
            "email": "ines@example.com", "createdOn": "2026-03-02T09:41:17.880876Z",
            "acceptsMarketing": { "acceptsMarketing": false, "joinedOn": null, "leftOn": null },
        },
        "defaultShippingAddress": {
            "id": "66aa1000aabbccddeeff0011", "defaultShipping": true,
            "address": {
                "firstName": "Ines", "lastName": "Duarte", "line1": "12 Quay Rd", "line2": null,
                "city": "Portland", "region": "ME", "postalCode": "04101", "countryCode": "US",
                "phoneNumber": "207-555-0148",
            },
        },
    });

    let loaded = stand
        .control("squarespace/contacts", json!({ "contacts": [captured] }))
        .await;
    assert_eq!(loaded.status, 200, "{}", loaded.body);
    assert_eq!(
        stand.get(&path_of(&captured)).await.body,
        json!({ "contact": captured })
    );
}
