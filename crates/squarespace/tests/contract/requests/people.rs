//! Contacts with their address books, profiles, totals, the site and its member.

use squarespace::address_book::{ContactAddress, NewAddressBookEntry};
use squarespace::contact_changes::{ContactPatch, EmailPatch, NewContact, NewEmail};
use squarespace::contact_query::{
    ConsentFilter, ContactQuery, ContactSortField, DateFilter, IntegerFilter,
};
use squarespace::profile::{ProfileFilter, ProfileSort, ProfileSortField, ProfilesQuery};
use squarespace::{AddressBookEntryId, ContactId, SortDirection};

use super::{Probe, cursor, send};

pub(super) async fn send_all(probe: &mut Probe) {
    contacts(probe).await;
    address_book(probe).await;
    profiles(probe).await;
    send!(probe, transactions_summaries(&[contact()]));
    send!(probe, website());
    send!(probe, member());
}

async fn contacts(probe: &mut Probe) {
    let new = NewContact {
        first_name: "Ines".to_owned(),
        last_name: "Duarte".to_owned(),
        locale: "en-US".to_owned(),
        primary_email: NewEmail {
            email: "ines@example.com".to_owned(),
            accepts_marketing: Some(true),
        },
    };
    let patch = ContactPatch {
        first_name: Some(Some("Inês".to_owned())),
        last_name: Some(None),
        locale: Some(Some("pt-PT".to_owned())),
        primary_email: Some(Some(EmailPatch {
            email: Some("ines@example.com".to_owned()),
            accepts_marketing: Some(false),
        })),
    };
    let cursor = cursor();
    send!(probe, contacts(Some(200), Some(&cursor)));
    send!(probe, create_contact(&new));
    send!(probe, query_contacts(&whole_query()));
    send!(probe, query_contacts(&ContactQuery::default()));
    send!(probe, contact(&contact()));
    send!(probe, patch_contact(&contact(), &patch));
    send!(probe, patch_contact(&contact(), &ContactPatch::default()));
    send!(probe, delete_contact(&contact()));
}

async fn address_book(probe: &mut Probe) {
    let id = AddressBookEntryId::from("66aa1000aabbccddeeff0011");
    let text = |text: &str| Some(text.to_owned());
    let whole = NewAddressBookEntry {
        default_shipping: Some(true),
        address: ContactAddress {
            country_code: "US".to_owned(),
            first_name: text("Ines"),
            last_name: text("Duarte"),
            line1: text("12 Quay Rd"),
            line2: text("Flat 2"),
            city: text("Portland"),
            region: text("ME"),
            postal_code: text("04101"),
            phone_number: text("207-555-0148"),
        },
    };
    let country = NewAddressBookEntry {
        default_shipping: None,
        address: ContactAddress {
            country_code: "PT".to_owned(),
            ..ContactAddress::default()
        },
    };
    let cursor = cursor();
    send!(probe, address_book(&contact(), Some(10), Some(&cursor)));
    send!(probe, create_address_book_entry(&contact(), &whole));
    send!(probe, address_book_entry(&contact(), &id));
    send!(probe, replace_address_book_entry(&contact(), &id, &country));
    send!(probe, delete_address_book_entry(&contact(), &id));
}

async fn profiles(probe: &mut Probe) {
    let first = ProfilesQuery::First {
        filter: ProfileFilter::Email("ines@example.com".to_owned()),
        sort: Some(ProfileSort {
            by: ProfileSortField::CreatedOn,
            descending: true,
        }),
    };
    send!(probe, profiles(&first));
    send!(probe, profiles(&ProfilesQuery::Next(cursor())));
    send!(probe, profiles_by_id(&["66aa00112233445566778899".into()]));
}

fn whole_query() -> ContactQuery {
    let dates = Some(DateFilter {
        after: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        before: Some("2026-07-01T00:00:00Z".parse().unwrap()),
    });
    let numbers = Some(IntegerFilter {
        min: Some(1),
        max: Some(500),
    });
    ContactQuery {
        search_string: Some("ines".to_owned()),
        accepts_marketing: Some(ConsentFilter {
            accepts_marketing: Some(true),
            joined_on: dates,
        }),
        first_order_on: dates,
        last_order_on: dates,
        first_donation_on: dates,
        last_donation_on: dates,
        order_count: numbers,
        order_amount: numbers,
        donation_count: numbers,
        donation_amount: numbers,
        sort_field: Some(ContactSortField::LastOrderOn),
        sort_direction: Some(SortDirection::Ascending),
        page_size: Some(200),
        cursor: Some(cursor()),
    }
}

fn contact() -> ContactId {
    "66aa00112233445566778899".into()
}
