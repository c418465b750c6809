//! What holds for every order, however odd.

use std::collections::BTreeSet;

use portico_domain::Money;
use portico_domain::change;
use portico_domain::deal::Verdict;
use portico_domain::field::{Kind, TEXT_AREA_CHARS, TEXT_CHARS};
use portico_domain::note;
use portico_domain::order::{Fulfilment, Line, Payment};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::given::Given;

fn amount() -> impl Strategy<Value = Decimal> {
    (0i64..200_000_000).prop_map(|cents| Decimal::new(cents, 2))
}

fn line() -> impl Strategy<Value = Line> {
    (
        "\\PC{0,300}",
        prop::option::of("\\PC{0,80}"),
        1i64..500,
        amount(),
    )
        .prop_map(|(name, sku, quantity, price)| Line {
            product_id: Some("p-mug".to_owned()),
            name,
            sku,
            quantity,
            unit_price: Money::new(price, "USD"),
            options: Vec::new(),
            customizations: Vec::new(),
        })
}

prop_compose! {
    fn given()(
        number in "[0-9]{1,8}",
        title in "\\PC{0,400}",
        lines in prop::collection::vec(line(), 0..30),
        total in amount(),
        refunded in amount(),
        fulfilment in prop_oneof![
            Just(Fulfilment::Pending),
            Just(Fulfilment::Fulfilled),
            Just(Fulfilment::Canceled),
            "\\PC{1,20}".prop_map(Fulfilment::Other),
        ],
        payment in prop::option::of("[A-Z_]{1,20}"),
        page in prop::option::of("\\PC{0,200}"),
    ) -> Given {
        let mut given = Given::new();
        given.order.number = number;
        given.site.title = title;
        given.order.lines = lines;
        given.order.grand_total.amount = total;
        given.order.refunded_total.amount = refunded;
        given.order.fulfilment = fulfilment;
        given.order.payment = Payment::of(payment.as_deref());
        given.products.get_mut("p-mug").unwrap().store_page = page;
        given
    }
}

proptest! {
    #[test]
    fn the_same_order_always_gets_the_same_deal(given in given()) {
        prop_assert_eq!(given.verdict(), given.verdict());
    }

    #[test]
    fn every_value_fits_its_field_and_none_is_blank(given in given()) {
        for (field, value) in given.deal().fields {
            let length = value.chars().count();
            prop_assert!(length > 0);
            match field.facts().kind {
                Kind::Text => {
                    prop_assert!(length <= TEXT_CHARS);
                    prop_assert!(!value.contains('\n'));
                }
                Kind::TextArea => prop_assert!(length <= TEXT_AREA_CHARS),
                Kind::Monetary => prop_assert!(value.parse::<Decimal>().is_ok()),
                Kind::DateTime => prop_assert!(value.parse::<i64>().is_ok()),
            }
        }
    }

    #[test]
    fn applying_a_deal_leaves_nothing_to_send(given in given()) {
        let deal = given.deal();
        prop_assert!(change::of_deal(&deal, &deal, &BTreeSet::new()).is_empty());
    }

    #[test]
    fn a_deal_survives_being_stored(given in given()) {
        let deal = given.deal();
        let stored = serde_json::to_string(&deal).unwrap();
        prop_assert_eq!(serde_json::from_str::<portico_domain::deal::Deal>(&stored).unwrap(), deal);
    }

    #[test]
    fn the_price_is_the_total_rounded_half_up(given in given()) {
        let Verdict::Deal(deal) = given.verdict() else { unreachable!() };
        let price = Decimal::from(deal.price.unwrap());
        let difference = price - given.order.grand_total.amount;
        prop_assert!(difference > Decimal::new(-5, 1) && difference <= Decimal::new(5, 1));
    }

    #[test]
    fn no_note_is_too_long_and_each_ends_in_its_marker(given in given()) {
        for note in note::of_items(&given.order, "USD") {
            prop_assert!(note.text.chars().count() <= 10_000);
            let marker = note::marker(&given.order.id, &note.key);
            prop_assert_eq!(note.text.lines().last(), Some(marker.as_str()));
        }
    }
}
