//! What the notes say, and that no note is made twice.

use insta::assert_snapshot;
use portico_domain::deal::Status;
use portico_domain::note::{self, Note};
use portico_domain::order::Fulfilment;

use crate::given::{order, parcel, usd};

fn shown(notes: &[Note]) -> String {
    notes
        .iter()
        .map(|note| format!("<{}>\n{}\n", note.key, note.text))
        .collect()
}

#[test]
fn the_items_are_told_in_full() {
    assert_snapshot!(shown(&note::of_items(&order(), "USD")), @r"
    <items>
    Order #1042, placed on 14 May 2026, 09:29 UTC
    2 × Brass Lantern (Size: Small), SKU LANT-SM-BRS, 45.00 each = 90.00 USD
      Gift message: Happy housewarming
    1 × Mug, 21.00 each = 21.00 USD

    Subtotal 111.00 USD
    Discount (SPRING10) 10.00 USD
    Shipping (UPS Ground) 12.40 USD
    Tax 5.08 USD
    Total 118.48 USD
    Ship to Mara Lund, Storgata 5, Oslo, 0155, NO
    How did you find us?: A friend
    [portico 66b2f0be8e21aa5d7c001234 items]
    ");
}

#[test]
fn another_currency_is_explained() {
    let notes = note::of_items(&order(), "EUR");
    assert!(notes[0].text.contains(
        "The order is in USD and this account counts in EUR, so the deal's price is left empty"
    ));
}

#[test]
fn four_hundred_lines_go_on_in_further_notes() {
    let mut order = order();
    let line = order.lines[0].clone();
    order.lines = vec![line; 400];
    let notes = note::of_items(&order, "USD");
    assert!(notes.len() > 1);
    assert!(notes.iter().all(|note| note.text.chars().count() <= 10_000));
    let told: usize = notes
        .iter()
        .map(|note| note.text.matches("2 × Brass Lantern").count())
        .sum();
    assert_eq!(told, 400);
    assert_eq!(notes[1].key, "items-2");
    assert!(
        notes[1]
            .text
            .ends_with("[portico 66b2f0be8e21aa5d7c001234 items-2]")
    );
}

#[test]
fn each_change_of_status_is_told_once() {
    let before = Status::of(&order());
    let mut order = order();
    assert_eq!(shown(&note::of_changes(&before, &order)), "");

    order.fulfilment = Fulfilment::Fulfilled;
    order.fulfilled_at = Some("2026-05-15T18:20:00Z".parse().unwrap());
    order.shipments = vec![parcel()];
    order.refunded_total = usd("32.20");
    assert_snapshot!(shown(&note::of_changes(&before, &order)), @r"
    <fulfilled-1778869200>
    Fulfilled
    UPS Ground 1Z0000000000000000 https://carrier.example/t/1Z0000000000000000
    [portico 66b2f0be8e21aa5d7c001234 fulfilled-1778869200]
    <refunded-32.2>
    Refunded so far: 32.20 USD of 118.48 USD
    [portico 66b2f0be8e21aa5d7c001234 refunded-32.2]
    ");

    let before = Status::of(&order);
    order.shipments.push(parcel());
    assert_snapshot!(shown(&note::of_changes(&before, &order)), @r"
    <parcels-2>
    Another parcel was sent
    UPS Ground 1Z0000000000000000 https://carrier.example/t/1Z0000000000000000
    UPS Ground 1Z0000000000000000 https://carrier.example/t/1Z0000000000000000
    [portico 66b2f0be8e21aa5d7c001234 parcels-2]
    ");

    let before = Status::of(&order);
    order.fulfilment = Fulfilment::Canceled;
    order.refunded_total = usd("118.48");
    assert_snapshot!(shown(&note::of_changes(&before, &order)), @r"
    <cancelled>
    The order was cancelled in the shop
    [portico 66b2f0be8e21aa5d7c001234 cancelled]
    <refunded-118.48>
    Refunded in full: 118.48 USD
    [portico 66b2f0be8e21aa5d7c001234 refunded-118.48]
    ");
}
