//! Contacts and their address books.

use serde_json::json;
use squarespace::address_book::{ContactAddress, NewAddressBookEntry};
use squarespace::contact_changes::{ContactPatch, EmailPatch, NewContact, NewEmail};
use squarespace::contact_query::{ContactQuery, ContactSortField, IntegerFilter};
use squarespace::{Contact, OrderId, SortDirection};
use wire::Kind;

use crate::Bench;

fn ines() -> NewContact {
    NewContact {
        first_name: "Ines".to_owned(),
        last_name: "Duarte".to_owned(),
        locale: "en-US".to_owned(),
        primary_email: NewEmail {
            email: "ines@example.com".to_owned(),
            accepts_marketing: Some(true),
        },
    }
}

async fn create(bench: &Bench) -> Contact {
    let created = bench.client.create_contact(&ines(), &bench.token).await;
    created.unwrap()
}

/// An address at a street of Lisbon.
fn at(street: &str) -> NewAddressBookEntry {
    NewAddressBookEntry {
        default_shipping: Some(false),
        address: ContactAddress {
            country_code: "PT".to_owned(),
            line1: Some(street.to_owned()),
            city: Some("Lisboa".to_owned()),
            ..ContactAddress::default()
        },
    }
}

#[tokio::test]
async fn a_contact_is_what_it_was_made_as_and_its_address_is_taken() {
    let bench = Bench::start().await;
    let made = create(&bench).await;
    let email = made.primary_email.clone().unwrap();
    assert_eq!(
        (made.first_name.as_deref(), email.email.as_str()),
        (Some("Ines"), "ines@example.com")
    );
    assert!(email.accepts_marketing.accepts_marketing);
    assert!(email.accepts_marketing.joined_on.is_some());
    assert_eq!(
        bench
            .client
            .contact(&made.id, &bench.token)
            .await
            .unwrap()
            .id,
        made.id
    );

    let again = bench.client.create_contact(&ines(), &bench.token).await;
    assert_eq!(again.unwrap_err().kind, Kind::Conflict);
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let bench = Bench::start().await;
    let made = create(&bench).await;
    let patch = ContactPatch {
        first_name: Some(Some("Inês".to_owned())),
        primary_email: Some(Some(EmailPatch {
            accepts_marketing: Some(false),
            ..EmailPatch::default()
        })),
        ..ContactPatch::default()
    };
    bench.vendor.switch("strict_merge_patch", true).await;
    let patched = bench
        .client
        .patch_contact(&made.id, &patch, &bench.token)
        .await
        .unwrap();
    assert_eq!(
        (patched.first_name.as_deref(), patched.last_name),
        (Some("Inês"), made.last_name)
    );
    let email = patched.primary_email.unwrap();
    assert_eq!(email.email, "ines@example.com");
    assert!(!email.accepts_marketing.accepts_marketing);
}

#[tokio::test]
async fn contacts_are_listed_in_pages_and_found_by_words_and_numbers() {
    let bench = Bench::start().await;
    let (client, token) = (&bench.client, &bench.token);
    bench.sell(3).await;
    let made = create(&bench).await;
    let first = client.contacts(Some(2), None, token).await.unwrap();
    let second = client
        .contacts(Some(2), first.next.as_ref(), token)
        .await
        .unwrap();
    assert_eq!(first.contacts.len(), 2);
    assert_ne!(first.contacts[0].id, second.contacts[0].id);

    let by_words = ContactQuery {
        search_string: Some("ines@".to_owned()),
        ..ContactQuery::default()
    };
    let found = client
        .query_contacts(&by_words, token)
        .await
        .unwrap()
        .contacts;
    assert_eq!(
        found.iter().map(|contact| &contact.id).collect::<Vec<_>>(),
        [&made.id]
    );

    let buyers = ContactQuery {
        order_count: Some(IntegerFilter {
            min: Some(1),
            max: None,
        }),
        sort_field: Some(ContactSortField::LastOrderOn),
        sort_direction: Some(SortDirection::Descending),
        page_size: Some(1),
        ..ContactQuery::default()
    };
    let page = client.query_contacts(&buyers, token).await.unwrap();
    assert_eq!(page.contacts.len(), 1);
    assert_ne!(page.contacts[0].id, made.id);
    let next = ContactQuery {
        cursor: page.next,
        ..buyers
    };
    let page = client.query_contacts(&next, token).await.unwrap();
    assert_eq!(page.contacts.len(), 1);
}

#[tokio::test]
async fn the_customer_of_an_order_is_a_contact() {
    let bench = Bench::start().await;
    let buyer = json!({"email": "kwame@example.org"});
    let placed = bench.vendor.person("checkout", buyer).await;
    let id = OrderId::from(placed["id"].as_str().unwrap());
    let order = bench.client.order(&id, &bench.token).await.unwrap();
    let contact = order.customer_id.unwrap().into();
    let contact = bench.client.contact(&contact, &bench.token).await.unwrap();
    assert_eq!(contact.primary_email.unwrap().email, "kwame@example.org");
}

#[tokio::test]
async fn a_deleted_contact_is_gone() {
    let bench = Bench::start().await;
    let made = create(&bench).await;
    bench
        .client
        .delete_contact(&made.id, &bench.token)
        .await
        .unwrap();
    let gone = bench.client.contact(&made.id, &bench.token).await;
    assert_eq!(gone.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn the_first_address_is_the_default_and_a_replaced_one_loses_what_was_left_out() {
    let bench = Bench::start().await;
    let (client, token) = (&bench.client, &bench.token);
    let contact = &create(&bench).await.id;
    let first = client
        .create_address_book_entry(contact, &at("Rua Nova 1"), token)
        .await
        .unwrap();
    assert!(first.default_shipping);
    let second = client
        .create_address_book_entry(contact, &at("Rua Nova 2"), token)
        .await
        .unwrap();
    let book = client
        .address_book(contact, None, None, token)
        .await
        .unwrap();
    assert_eq!(
        (book.entries.len(), book.default_shipping.as_ref()),
        (2, Some(&first.id))
    );
    let page = client
        .address_book(contact, Some(1), None, token)
        .await
        .unwrap();
    assert!(page.entries.len() == 1 && page.next.is_some());

    let mut moved = NewAddressBookEntry {
        default_shipping: Some(true),
        address: second.address.clone(),
    };
    moved.address.line1 = None;
    let replaced = client
        .replace_address_book_entry(contact, &second.id, &moved, token)
        .await
        .unwrap();
    assert_eq!(
        (
            replaced.address.line1.as_deref(),
            replaced.address.city.as_deref()
        ),
        (None, Some("Lisboa"))
    );
    assert!(replaced.default_shipping);
    assert_eq!(
        client
            .contact(contact, token)
            .await
            .unwrap()
            .default_shipping_address,
        Some(replaced)
    );

    client
        .delete_address_book_entry(contact, &second.id, token)
        .await
        .unwrap();
    let left = client
        .address_book_entry(contact, &first.id, token)
        .await
        .unwrap();
    assert!(left.default_shipping, "another one becomes the default");
}

#[tokio::test]
async fn people_are_not_printed() {
    let bench = Bench::start().await;
    let contact = create(&bench).await;
    let entry = bench
        .client
        .create_address_book_entry(&contact.id, &at("Rua Nova 1"), &bench.token)
        .await
        .unwrap();
    let shown = format!(
        "{:?} {contact:?} {entry:?} {:?} {:?}",
        ines(),
        at("Rua Nova 1"),
        contact.primary_email
    );
    for secret in ["Ines", "Duarte", "example.com", "Rua", "Lisboa"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
