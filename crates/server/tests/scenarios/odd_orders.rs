//! Orders as shops really have them: without addresses, without names, far too long, or oddly written.

use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::seen::field;
use crate::world::{Link, World};

on_both! {
    async fn an_order_without_addresses_gets_its_deal(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        place(&world, json!({"customerEmail": "mara@example.com", "billingAddress": null, "shippingAddress": null})).await;
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 90 | Buyer of #1001 · Harbor & Lantern |");
        insta::assert_snapshot!(world.contacts().await, @"Buyer of #1001 · Harbor & Lantern | mara@example.com |  |");
    }
}

on_both! {
    async fn blank_parts_of_an_address_count_as_missing(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.switch("squarespace", "blank_addresses", json!(true)).await;
        let order = place(&world, json!({
            "customerEmail": "mara@example.com",
            "billingAddress": {"firstName": "", "lastName": "  ", "city": "Oslo", "countryCode": "NO"},
        })).await;
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 90 | Buyer of #1001 · Harbor & Lantern |");
        let card = &world.state("kommo", "contacts").await[0];
        let address = field(card, "SQSP_ADDRESS").unwrap();
        assert_eq!(address["values"].as_array().unwrap().len(), 2, "{address}");
        assert_eq!(world.notes(&order).await.len(), 1);
    }
}

on_both! {
    async fn guests_without_any_trace_get_a_contact_each(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        place(&world, json!({"customerEmail": null})).await;
        place(&world, json!({"customerEmail": "no address", "billingAddress": {"firstName": "Ask", "phone": "at the door"}})).await;
        insta::assert_snapshot!(world.deals().await, @r"
        #1001 · Harbor & Lantern | New Clients, New order | 90 | Buyer of #1001 · Harbor & Lantern |
        #1002 · Harbor & Lantern | New Clients, New order | 90 | Ask |
        ");
        insta::assert_snapshot!(world.contacts().await, @r"
        Buyer of #1001 · Harbor & Lantern |  |  |
        Ask | no address | at the door |
        ");
    }
}

on_both! {
    async fn every_script_and_every_emoji_arrives_as_it_was_written(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = place(&world, json!({
            "customerEmail": "layla@example.com",
            "billingAddress": {"firstName": "ليلى 🌙", "lastName": "بن عمر"},
            "lineItems": [line("👩‍🚀 Lámpara «Señal» — 灯塔", 1, "45.00")],
        })).await;
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 45 | ليلى 🌙 بن عمر |");
        insta::assert_snapshot!(world.field(&order, "ITEMS").await.unwrap(), @"1 × 👩‍🚀 Lámpara «Señal» — 灯塔, 45.00");
    }
}

on_both! {
    async fn an_order_may_cost_nothing_or_less(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        place(&world, json!({"customerEmail": "free@example.com", "grandTotal": usd("0.00")})).await;
        for total in ["5.00", "-15.00"] {
            place(&world, json!({
                "customerEmail": "less@example.com", "subtotal": usd("20.00"), "paymentState": "PAID",
                "discountLines": [{"name": "Sorry", "promoCode": "SORRY35", "amount": usd("35.00")}],
                "grandTotal": usd(total),
            })).await;
        }
        insta::assert_snapshot!(world.deals().await, @r"
        #1001 · Harbor & Lantern | New Clients, New order | 0 | Buyer of #1001 · Harbor & Lantern |
        #1002 · Harbor & Lantern | New Clients, New order | 5 | Buyer of #1002 · Harbor & Lantern |
        #1003 · Harbor & Lantern | Repeat Sales, New order | -15 | Buyer of #1002 · Harbor & Lantern |
        ");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn four_hundred_line_items_fill_several_notes(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let lines: Vec<Value> = (1..=400).map(|n| line(&format!("Hand-dipped beeswax candle no. {n}"), 2, "3.50")).collect();
        let order = place(&world, json!({"customerEmail": "many@example.com", "lineItems": lines})).await;

        let notes = world.notes(&order).await;
        assert!(notes.len() > 1, "{}", notes.len());
        assert!(notes.iter().all(|note| note.chars().count() <= 10_000));
        let items = notes.join("\n");
        for n in 1..=400 {
            assert!(items.contains(&format!("2 × Hand-dipped beeswax candle no. {n}, 3.50 each = 7.00 USD")), "{n}");
        }
        let field = world.field(&order, "ITEMS").await.unwrap();
        assert!(field.chars().count() <= 3_000 && field.ends_with('…'));
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn texts_over_the_crms_limit_are_cut_in_fields_and_whole_in_the_note(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let long = "æ".repeat(400);
        let order = place(&world, json!({
            "customerEmail": "long@example.com",
            "billingAddress": {"firstName": long, "lastName": long, "address1": long, "city": long},
            "shippingOptionName": long, "channel": "external", "channelName": long,
            "shippingLines": [{"method": long, "amount": usd("1.00")}],
            "discountLines": [{"name": long, "promoCode": long, "amount": usd("1.00")}],
            "formSubmission": [{"label": long, "value": long}],
            "lineItems": [line(&long, 1, "45.00")],
        })).await;
        world.nothing_is_stuck().await;
        let fields = world.fields(&order).await;
        for code in ["SHIPPING", "CHANNEL", "DISCOUNT"] {
            assert_eq!(fields[code].chars().count(), 256, "{code}");
            assert!(fields[code].ends_with('…'), "{code}");
        }
        let note = world.notes(&order).await.join("\n");
        assert!(note.contains(&format!("Shipping ({long})")));
        assert!(note.contains(&format!("Discount ({long})")));
    }
}

on_both! {
    async fn however_the_shop_writes_an_order_the_deal_is_the_same(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        for (n, name) in [
            "numeric_money", "null_arrays", "currency_objects", "extra_fields", "blank_addresses", "older_orders",
            "numeric_exchange_rate", "relative_next_page_url", "oldest_first", "unknown_enum_values",
        ].into_iter().enumerate() {
            world.switch("squarespace", name, json!(true)).await;
            let order = place(&world, json!({
                "customerEmail": format!("buyer{n}@example.com"),
                "billingAddress": {"firstName": name, "countryCode": "US"},
            })).await;
            let lead = world.lead(&order).await;
            assert_eq!(lead["price"], 90, "{name}");
            assert_eq!(world.field(&order, "ITEMS").await.as_deref(), Some("2 × Brass Lantern, LANT, 45.00"), "{name}");
            assert_eq!(world.field(&order, "TOTAL").await.as_deref(), Some("90.00"), "{name}");
            assert_eq!(world.notes(&order).await.len(), 1, "{name}");
            world.switch("squarespace", name, json!(false)).await;
        }
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn an_older_order_without_a_payment_state_leaves_the_field_empty(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.switch("squarespace", "older_orders", json!(true)).await;
        let order = place(&world, json!({"customerEmail": "early@example.com"})).await;
        assert_eq!(world.field(&order, "PAYMENT").await, None);
        assert_eq!(world.field(&order, "FULFILLMENT").await.as_deref(), Some("PENDING"));
    }
}

/// Places an order of two lanterns but for what is given, and lets everything come to rest.
async fn place(world: &World, mut order: Value) -> Value {
    let mut whole = json!({"lineItems": [line("Brass Lantern", 2, "45.00")]});
    whole["lineItems"][0]["sku"] = json!("LANT");
    whole
        .as_object_mut()
        .unwrap()
        .append(order.as_object_mut().unwrap());
    let placed = world.place(whole).await;
    world.settle().await;
    placed
}

fn line(name: &str, quantity: u32, price: &str) -> Value {
    json!({
        "lineItemType": "CUSTOM", "productName": name, "sku": null, "productId": null, "variantId": null,
        "quantity": quantity, "unitPricePaid": usd(price),
    })
}

fn usd(amount: &str) -> Value {
    json!({"value": amount, "currency": "USD"})
}
