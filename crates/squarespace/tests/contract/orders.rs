//! Orders: listing, reading, importing, fulfilling.

use std::collections::HashSet;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::json;
use squarespace::import::{InventoryBehavior, NewLineItem, NewOrder, Shipment};
use squarespace::order::{
    Address, Channel, FulfillmentStatus, PaymentState, PriceTaxInterpretation,
};
use squarespace::product::{ProductFilter, ProductsQuery};
use squarespace::{Money, Order, OrderId, OrdersQuery, PaymentStates};
use wire::{Kind, Outcome};

use crate::Bench;

async fn all_orders(bench: &Bench, first: OrdersQuery) -> Vec<Order> {
    let mut orders = Vec::new();
    let mut query = first;
    loop {
        let page = bench.client.orders(&query, &bench.token).await.unwrap();
        orders.extend(page.orders);
        match page.next {
            Some(cursor) => query = OrdersQuery::Next(cursor),
            None => return orders,
        }
    }
}

fn everything() -> OrdersQuery {
    OrdersQuery::All {
        payment_states: PaymentStates::every(),
    }
}

fn now() -> Timestamp {
    "2026-08-21T12:00:00Z".parse().unwrap()
}

fn import(reference: &str) -> NewOrder {
    let price = Money::new(Decimal::new(400, 2), "USD");
    NewOrder {
        channel_name: "Dockside Market".to_owned(),
        external_order_reference: reference.to_owned(),
        created_on: "2026-06-03T14:05:00Z".parse().unwrap(),
        line_items: vec![NewLineItem::Custom {
            title: "Gift wrapping".to_owned(),
            quantity: 2,
            unit_price_paid: price,
            non_sale_unit_price: None,
        }],
        grand_total: Money::new(Decimal::new(800, 2), "USD"),
        price_tax_interpretation: PriceTaxInterpretation::Exclusive,
        fulfillments: Vec::new(),
        subtotal: Money::new(Decimal::new(800, 2), "USD"),
        customer_email: Some("lena.brandt@example.com".to_owned()),
        billing_address: None,
        shipping_address: Some(Address {
            city: Some("Portland".to_owned()),
            ..Address::default()
        }),
        fulfillment_status: None,
        fulfilled_on: None,
        inventory_behavior: None,
        shopper_fulfillment_notification_behavior: None,
        shipping_lines: Vec::new(),
        discount_lines: Vec::new(),
        shipping_total: None,
        discount_total: None,
        tax_total: None,
    }
}

fn shipment() -> Shipment {
    Shipment {
        ship_date: now(),
        carrier_name: "USPS".to_owned(),
        service: "Priority Mail".to_owned(),
        tracking_number: "9400100000000000000000".to_owned(),
        tracking_url: Some("https://carrier.example/t/9400100000000000000000".to_owned()),
    }
}

#[tokio::test]
async fn all_pages_together_hold_every_order_once() {
    let bench = Bench::start().await;
    bench.sell(15).await;
    let at_once = all_orders(&bench, everything()).await;
    bench.vendor.switch("page_size", 7).await;
    let in_pages = all_orders(&bench, everything()).await;
    let ids: HashSet<&OrderId> = in_pages.iter().map(|order| &order.id).collect();
    assert_eq!(ids.len(), 15);
    assert_eq!(ids.len(), in_pages.len());
    assert_eq!(ids, at_once.iter().map(|order| &order.id).collect());
}

#[tokio::test]
async fn a_window_holds_what_was_modified_inside_it() {
    let bench = Bench::start().await;
    bench
        .vendor
        .post("clock", json!({"advance_ms": 60_000}))
        .await;
    let placed = bench.vendor.person("checkout", json!({})).await;
    let payment_states = PaymentStates::every();
    let later = "2026-08-21T12:10:00Z".parse().unwrap();
    let orders = all_orders(
        &bench,
        OrdersQuery::Modified {
            after: now(),
            before: later,
            payment_states,
        },
    )
    .await;
    let ids: Vec<&str> = orders.iter().map(|order| order.id.as_str()).collect();
    assert_eq!(ids, [placed["id"].as_str().unwrap()]);
}

#[tokio::test]
async fn orders_in_every_payment_state_are_listed() {
    let bench = Bench::start().await;
    let placed = bench.vendor.person("checkout", json!({})).await;
    let id = OrderId::from(placed["id"].as_str().unwrap());
    bench
        .vendor
        .person(
            "payment_state",
            json!({"id": id, "state": "PARTIALLY_PAID"}),
        )
        .await;

    let order = bench.client.order(&id, &bench.token).await.unwrap();
    assert_eq!(order.payment_state, Some(PaymentState::PartiallyPaid));
    assert!(
        all_orders(&bench, everything())
            .await
            .iter()
            .any(|order| order.id == id)
    );
    let vendors_choice = OrdersQuery::All {
        payment_states: PaymentStates::only(&[]),
    };
    assert!(
        all_orders(&bench, vendors_choice)
            .await
            .iter()
            .all(|order| order.id != id)
    );
}

#[tokio::test]
async fn every_shape_that_orders_are_known_in_is_read() {
    let bench = Bench::start().await;
    bench.sell(15).await;
    let plain = all_orders(&bench, everything()).await;
    for (name, value) in [
        ("null_arrays", json!(true)),
        ("numeric_money", json!(true)),
        ("currency_objects", json!(true)),
        ("blank_addresses", json!(true)),
        ("extra_fields", json!(true)),
        ("older_orders", json!(true)),
        ("unknown_enum_values", json!(true)),
    ] {
        bench.vendor.switch(name, value).await;
        let orders = all_orders(&bench, everything()).await;
        assert_eq!(orders.len(), plain.len(), "{name}");
        let totals = orders
            .iter()
            .zip(&plain)
            .all(|(now, then)| now.grand_total == then.grand_total);
        assert!(totals, "{name}");
    }
}

#[tokio::test]
async fn an_order_of_the_vendor_makes_the_round_trip() {
    let bench = Bench::start().await;
    bench.sell(15).await;
    for order in all_orders(&bench, everything()).await {
        let written = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&written).unwrap(), order);
    }
}

#[tokio::test]
async fn an_import_sent_again_with_its_key_is_the_same_order() {
    let bench = Bench::start().await;
    let order = bench
        .client
        .import_order(&import("DM-1"), "key-1", &bench.token)
        .await
        .unwrap();
    assert_eq!(order.channel, Some(Channel::External));
    assert_eq!(order.channel_name.as_deref(), Some("Dockside Market"));
    assert_eq!(order.created_on, import("DM-1").created_on);
    let again = bench
        .client
        .import_order(&import("DM-1"), "key-1", &bench.token)
        .await
        .unwrap();
    assert_eq!(again.id, order.id);

    let other = bench
        .client
        .import_order(&import("DM-2"), "key-1", &bench.token)
        .await
        .unwrap_err();
    assert_eq!(
        (other.kind, other.outcome()),
        (Kind::Rejected, Outcome::NotDone)
    );
}

#[tokio::test]
async fn an_import_of_more_than_there_is_in_stock_is_a_conflict() {
    let bench = Bench::start().await;
    let products = bench
        .client
        .products(
            &ProductsQuery::First(ProductFilter::default()),
            &bench.token,
        )
        .await
        .unwrap()
        .products;
    let mut variants = products.iter().flat_map(|product| &product.variants);
    let tracked = variants
        .find(|variant| variant.stock.is_some_and(|stock| !stock.unlimited))
        .unwrap();
    let mut order = import("DM-3");
    order.line_items = vec![NewLineItem::PhysicalProduct {
        variant_id: tracked.id.clone(),
        quantity: 900_000,
        unit_price_paid: Money::new(Decimal::new(1, 2), "USD"),
        non_sale_unit_price: None,
    }];
    order.subtotal = Money::new(Decimal::new(900_000, 2), "USD");
    order.grand_total = order.subtotal.clone();
    order.inventory_behavior = Some(InventoryBehavior::Deduct);

    let error = bench
        .client
        .import_order(&order, "key-3", &bench.token)
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::Conflict, "{error}");
    let detail = squarespace::error::detail(&error).unwrap();
    assert_eq!(detail.subtype.as_deref(), Some("INSUFFICIENT_STOCK"));
    assert!(
        error.message.ends_with("CONFLICT INSUFFICIENT_STOCK"),
        "{error}"
    );
}

#[tokio::test]
async fn a_fulfilled_order_carries_its_shipment() {
    let bench = Bench::start().await;
    let placed = bench.vendor.person("checkout", json!({})).await;
    let id = OrderId::from(placed["id"].as_str().unwrap());
    bench
        .client
        .fulfill_order(&id, &[shipment()], false, &bench.token)
        .await
        .unwrap();

    let order = bench.client.order(&id, &bench.token).await.unwrap();
    assert_eq!(order.fulfillment_status, Some(FulfillmentStatus::Fulfilled));
    assert_eq!(order.fulfillments.len(), 1);
    assert_eq!(
        order.fulfillments[0].tracking_number.as_deref(),
        Some("9400100000000000000000")
    );
    assert_eq!(order.fulfillments[0].ship_date, Some(now()));
}

#[tokio::test]
async fn a_lost_answer_to_a_fulfilment_leaves_the_outcome_unknown() {
    let bench = Bench::start().await;
    let placed = bench.vendor.person("checkout", json!({})).await;
    let id = OrderId::from(placed["id"].as_str().unwrap());
    bench
        .vendor
        .fault("POST", "/fulfillments", "drop_after", 0)
        .await;
    let error = bench
        .client
        .fulfill_order(&id, &[shipment()], false, &bench.token)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Unavailable, Outcome::Unknown)
    );
    let order = bench.client.order(&id, &bench.token).await.unwrap();
    assert_eq!(order.fulfillments.len(), 1, "it was done all the same");
}
