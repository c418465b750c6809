//! The whole story of one order, from the checkout to the note on its deal.

use portico_store::{Store, on_both};
use serde_json::json;

use crate::world::{Link, World};

on_both! {
    async fn an_order_becomes_a_contact_and_a_deal(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = world
            .checkout(json!({
                "email": "ines.okafor@example.com", "promo_code": "SPRING10",
                "basket": [{"sku": "GIFT-100"}, {"sku": "WS-LANT-SAT", "quantity": 2}],
            }))
            .await;
        world.settle().await;

        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 361 | Ines Okafor | cat: workshops & cards, over-250");
        insta::assert_snapshot!(world.contacts().await, @"Ines Okafor | ines.okafor@example.com | +12075550142 | cat: workshops & cards, over-250");
        let mut fields = world.fields(&order).await;
        assert_eq!(fields.remove("ORDER_ID").unwrap(), order["id"]);
        assert!(fields.remove("ORDERED_AT").is_some());
        let lines: Vec<String> = fields.iter().map(|(code, value)| format!("{code}: {value}")).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        CATEGORY: Workshops & Cards
        CHANNEL: web
        CURRENCY: USD
        DISCOUNT: SPRING10
        FULFILLMENT: PENDING
        ITEMS: 1 × Gift Card, GIFT-100, 100.00
        2 × Lantern Making Workshop (Saturday), WS-LANT-SAT, 140.00
        ORDER_NUMBER: 1001
        PAYMENT: PAID
        REFUNDED: 0.00
        SITE: Harbor & Lantern
        SKU: GIFT-100
        WS-LANT-SAT
        TOTAL: 360.81
        ");
        insta::assert_snapshot!(world.notes(&order).await.join("\n--\n"), @r"
        Order #1001, placed on 14 May 2026, 09:00 UTC
        1 × Gift Card, SKU GIFT-100, 100.00 each = 100.00 USD
        2 × Lantern Making Workshop (Day: Saturday), SKU WS-LANT-SAT, 140.00 each = 280.00 USD

        Subtotal 380.00 USD
        Discount (SPRING10) 38.00 USD
        Tax 18.81 USD
        Total 360.81 USD
        ");
        insta::assert_snapshot!(world.timeline(&order).await, @r"
        read after a notification: 360.81 USD, PENDING, PAID
        deal N in New Clients: new buyer, contact made; 2 line items; tags cat: workshops & cards, over-250
        ");
        assert_eq!(world.shown(&order).await.deals[0].lead_id, world.lead(&order).await["id"].as_i64());
        world.nothing_is_stuck().await;
    }
}
