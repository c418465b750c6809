//! What is sent for a deal and a contact that exist.

use std::collections::BTreeSet;

use portico_domain::change::{self, KnownContact, Person};
use portico_domain::deal::Stage;
use portico_domain::field::Field;
use portico_domain::order::Fulfilment;

use crate::given::{Given, usd};

#[test]
fn an_unchanged_deal_sends_nothing() {
    let deal = Given::new().deal();
    assert!(change::of_deal(&deal, &deal, &BTreeSet::new()).is_empty());
}

#[test]
fn only_what_the_shop_changed_is_sent() {
    let mut given = Given::new();
    let applied = given.deal();
    given.order.refunded_total = usd("32.20");
    let change = change::of_deal(&applied, &given.deal(), &BTreeSet::new());
    let fields: Vec<_> = change.fields.keys().copied().collect();
    assert_eq!(fields, [Field::Refunded]);
    assert_eq!(change.tags.add, ["refund: partial"]);
    assert_eq!(
        (change.name, change.price, change.stage),
        (None, None, None)
    );
}

#[test]
fn a_field_of_theirs_is_never_sent_again() {
    let mut given = Given::new();
    let applied = given.deal();
    given.order.fulfilment = Fulfilment::Fulfilled;
    let theirs = BTreeSet::from([Field::Fulfilment]);
    assert!(change::of_deal(&applied, &given.deal(), &theirs).is_empty());
}

#[test]
fn a_value_that_is_gone_clears_its_field() {
    let mut given = Given::new();
    let applied = given.deal();
    given.order.discounts.clear();
    let change = change::of_deal(&applied, &given.deal(), &BTreeSet::new());
    assert_eq!(change.fields[&Field::DiscountCodes], None);
}

#[test]
fn a_later_standing_moves_no_deal_to_another_pipeline() {
    let mut given = Given::new();
    let applied = given.deal();
    given.standing = portico_domain::buyer::Standing::Returning;
    assert!(change::of_deal(&applied, &given.deal(), &BTreeSet::new()).is_empty());
}

#[test]
fn a_cancelled_order_closes_its_deal() {
    let mut given = Given::new();
    let applied = given.deal();
    given.order.fulfilment = Fulfilment::Canceled;
    let change = change::of_deal(&applied, &given.deal(), &BTreeSet::new());
    assert!(matches!(change.stage, Some(Stage::Lost(_))));
}

#[test]
fn a_contact_is_filled_where_it_is_empty_and_never_overwritten() {
    let given = Given::new();
    let person = Person::of(&given.order);
    let tags = given.deal().contact_tags;
    let nothing = change::of_contact(&KnownContact::default(), &person, &tags);
    assert!(
        nothing.name && nothing.email && nothing.phone && nothing.address && nothing.customer_id
    );

    let full = KnownContact {
        has_name: true,
        has_email: true,
        has_phone: true,
        has_address: true,
        has_customer_id: true,
        tags: ["cat: lighting", "typed by a person"]
            .map(str::to_owned)
            .into(),
    };
    let change = change::of_contact(&full, &person, &tags);
    assert_eq!(change.add_tags, ["cat: kitchen", "over-100"]);
    assert!(!change.name && !change.phone && !change.address);
}
