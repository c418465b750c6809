//! Who bought: one contact for each person, new or returning by the shop's own history.

use jiff::SignedDuration;
use portico_store::{Store, on_both};
use serde_json::{Value, json};

use crate::world::{Link, World};

const INES: &str = "ines.okafor@example.com";

on_both! {
    async fn a_returning_buyer_goes_to_repeat_sales_under_the_same_contact(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        world.buy("Ines.Okafor@EXAMPLE.com", "GIFT-25").await;
        world.settle().await;

        insta::assert_snapshot!(world.deals().await, @r"
        #1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100
        #1002 · Harbor & Lantern | Repeat Sales, New order | 26 | Ines Okafor | cat: workshops & cards
        ");
        insta::assert_snapshot!(world.contacts().await, @"Ines Okafor | ines.okafor@example.com | +12075550142 | cat: workshops & cards, over-100");
    }
}

on_both! {
    async fn two_orders_of_one_new_buyer_at_once_make_one_contact(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.buy(INES, "GIFT-100").await;
        world.clock.advance(SignedDuration::from_secs(1));
        world.buy("INES.OKAFOR@example.com", "GIFT-25").await;
        world.settle().await;

        insta::assert_snapshot!(world.deals().await, @r"
        #1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100
        #1002 · Harbor & Lantern | Repeat Sales, New order | 26 | Ines Okafor | cat: workshops & cards
        ");
        insta::assert_snapshot!(world.contacts().await, @"Ines Okafor | ines.okafor@example.com | +12075550142 | cat: workshops & cards, over-100");
    }
}

on_both! {
    async fn a_contact_without_orders_is_a_new_buyer_and_is_used_not_doubled(store: Store) {
        let world = World::new(store).await;
        world.add_contacts(json!([contact("Mrs Okafor", &["INES.okafor@example.com"], &["555 01 42"], &["vip"])])).await;
        connect(&world).await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;

        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 106 | Mrs Okafor | cat: workshops & cards, over-100");
        // What a person typed stays; what was empty is filled, and tags are added.
        insta::assert_snapshot!(world.contacts().await, @"Mrs Okafor | INES.okafor@example.com | 555 01 42 | cat: workshops & cards, over-100, vip");
        let card = &world.state("kommo", "contacts").await[0];
        let filled = card["custom_fields_values"].as_array().unwrap().iter();
        let codes: Vec<&str> = filled.filter_map(|field| field["field_code"].as_str()).collect();
        assert_eq!(codes, ["EMAIL", "PHONE", "SQSP_CUSTOMER_ID", "SQSP_ADDRESS"]);
    }
}

on_both! {
    async fn the_empty_parts_of_a_contact_are_filled(store: Store) {
        let world = World::new(store).await;
        world.add_contacts(json!([contact("", &[INES], &[], &[])])).await;
        connect(&world).await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        insta::assert_snapshot!(world.contacts().await, @"Ines Okafor | ines.okafor@example.com | +12075550142 | cat: workshops & cards, over-100");
    }
}

on_both! {
    async fn a_contact_is_found_by_its_second_address(store: Store) {
        let world = World::new(store).await;
        world.add_contacts(json!([contact("Ines O.", &["work@example.org", INES], &["+1 207 555 0142"], &[])])).await;
        connect(&world).await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        insta::assert_snapshot!(world.contacts().await, @"Ines O. | work@example.org, ines.okafor@example.com | +1 207 555 0142 | cat: workshops & cards, over-100");
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 106 | Ines O. | cat: workshops & cards, over-100");
    }
}

on_both! {
    async fn of_several_contacts_with_one_address_the_oldest_is_used(store: Store) {
        let world = World::new(store).await;
        world.add_contacts(json!([
            contact("First Card", &[INES], &[], &[]),
            contact("Second Card", &[INES], &[], &[]),
        ])).await;
        connect(&world).await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 106 | First Card | cat: workshops & cards, over-100");
        assert_eq!(world.state("kommo", "contacts").await.len(), 2);
    }
}

on_both! {
    async fn a_buyer_without_an_address_is_found_by_telephone(store: Store) {
        let world = World::new(store).await;
        world.add_contacts(json!([contact("Dolores at the desk", &[], &["402-555-0101"], &[])])).await;
        connect(&world).await;
        for total in ["20.00", "30.00"] {
            world
                .place(json!({
                    "customerEmail": null, "grandTotal": {"value": total, "currency": "USD"},
                    "billingAddress": {"firstName": "Dolores", "lastName": "Whitfield", "countryCode": "US", "phone": "(402) 555-0101"},
                }))
                .await;
            world.clock.advance(SignedDuration::from_secs(1));
        }
        world.settle().await;
        insta::assert_snapshot!(world.deals().await, @r"
        #1001 · Harbor & Lantern | New Clients, New order | 20 | Dolores at the desk |
        #1002 · Harbor & Lantern | Repeat Sales, New order | 30 | Dolores at the desk |
        ");
        insta::assert_snapshot!(world.contacts().await, @"Dolores at the desk |  | 402-555-0101 |");
    }
}

on_both! {
    async fn a_contact_that_a_person_makes_later_is_known_by_the_crms_notification(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.add_contacts(json!([contact("Ines by hand", &[INES], &[], &[])])).await;
        world.settle().await;
        world.forget_requests().await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 106 | Ines by hand | cat: workshops & cards, over-100");
        assert_eq!(world.calls("kommo", "GET /api/v4/contacts").await, 0, "the index knew it");
    }
}

on_both! {
    async fn a_contact_that_a_person_makes_later_is_found_where_the_plan_has_no_notifications(store: Store) {
        let world = World::new(store).await;
        world.switch("kommo", "webhooks_allowed", json!(false)).await;
        connect(&world).await;
        assert_eq!(world.state("kommo", "subscriptions").await.len(), 0);
        world.add_contacts(json!([contact("Ines by hand", &[INES], &[], &[])])).await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;

        world.add_contacts(json!([
            contact("Kwame by hand", &["kwame@example.org"], &[], &[]),
            contact("Wesley by hand", &["wesley.tran@example.com"], &[], &[]),
        ])).await;
        world.buy("kwame@example.org", "GIFT-25").await;
        world.buy("wesley.tran@example.com", "GIFT-25").await;
        world.settle().await;
        insta::assert_snapshot!(world.deals().await, @"
        #1001 · Harbor & Lantern | New Clients, New order | 106 | Ines by hand | cat: workshops & cards, over-100
        #1003 · Harbor & Lantern | New Clients, New order | 26 | Wesley by hand | cat: workshops & cards
        #1002 · Harbor & Lantern | New Clients, New order | 26 | Kwame by hand | cat: workshops & cards
        ");
        assert_eq!(world.state("kommo", "contacts").await.len(), 3);
    }
}

on_both! {
    async fn an_address_that_only_resembles_anothers_is_another_buyer(store: Store) {
        let world = World::new(store).await;
        world.add_contacts(json!([contact("Somebody Else", &["xines.okafor@example.com"], &[], &[])])).await;
        connect(&world).await;
        world.buy(INES, "GIFT-100").await;
        world.settle().await;
        insta::assert_snapshot!(world.deals().await, @"#1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100");
    }
}

on_both! {
    async fn orders_from_before_the_flow_make_a_buyer_returning(store: Store) {
        let world = World::new(store).await;
        let earlier = world
            .checkout(json!({"email": INES, "basket": [{"sku": "GIFT-25"}], "at": "2025-11-02T10:00:00Z"}))
            .await;
        world
            .checkout(json!({"email": "kwame@example.org", "basket": [{"sku": "GIFT-25"}],
                "at": "2025-11-02T10:00:00Z", "payment_state": "FAILED"}))
            .await;
        connect(&world).await;
        world.advance(SignedDuration::from_secs(1)).await;
        world.buy(INES, "GIFT-100").await;
        world.buy("kwame@example.org", "GIFT-100").await;
        world.settle().await;

        // A payment that failed makes nobody a returning buyer.
        insta::assert_snapshot!(world.deals().await, @r"
        #1003 · Harbor & Lantern | Repeat Sales, New order | 106 | Ines Okafor | cat: workshops & cards, over-100
        #1004 · Harbor & Lantern | New Clients, New order | 106 | Kwame Asante | cat: workshops & cards, over-100
        ");
        insta::assert_snapshot!(world.sentence(&earlier).await, @"no deal: the order is older than the flow; `portico flow backfill` brings it");
    }
}

on_both! {
    async fn a_contact_that_was_merged_into_another_is_not_used_again(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        world.buy(INES, "GIFT-100").await;
        world.buy("kwame@example.org", "GIFT-25").await;
        world.settle().await;
        merge_kwame_into_ines(&world).await;
        world.settle().await;
        world.buy("kwame@example.org", "GIFT-25").await;
        world.settle().await;
        insta::assert_snapshot!(world.deals().await, @r"
        #1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100
        #1002 · Harbor & Lantern | New Clients, New order | 26 | Ines Okafor | cat: workshops & cards
        #1003 · Harbor & Lantern | Repeat Sales, New order | 26 | Ines Okafor | cat: workshops & cards
        ");
        world.nothing_is_stuck().await;
    }
}

on_both! {
    async fn a_contact_that_was_merged_unnoticed_is_looked_for_anew(store: Store) {
        let world = World::new(store).await;
        world.switch("kommo", "webhooks_allowed", json!(false)).await;
        connect(&world).await;
        world.buy(INES, "GIFT-100").await;
        let merged = world.buy("kwame@example.org", "GIFT-25").await;
        world.settle().await;
        merge_kwame_into_ines(&world).await;
        world.buy("kwame@example.org", "GIFT-100").await;
        world.merchant("refund", &merged, json!({"amount": "1.00"})).await;
        world.pass(SignedDuration::from_mins(1)).await;
        insta::assert_snapshot!(world.deals().await, @r"
        #1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100
        #1002 · Harbor & Lantern | New Clients, New order | 26 | Ines Okafor | cat: workshops & cards, refund: partial
        #1003 · Harbor & Lantern | Repeat Sales, New order | 106 | Ines Okafor | cat: workshops & cards, over-100
        ");
        world.nothing_is_stuck().await;
    }
}

async fn merge_kwame_into_ines(world: &World) {
    let contacts = world.state("kommo", "contacts").await;
    let of = |name: &str| {
        let found = contacts
            .iter()
            .find(|card| card["name"].as_str().unwrap().starts_with(name));
        found.unwrap()["id"].clone()
    };
    world
        .colleague(
            "merge_contacts",
            json!({"id": of("Ines"), "other_id": of("Kwame")}),
        )
        .await;
}

async fn connect(world: &World) {
    world.connect_site("acme", 0, Link::OAuth).await;
    world.connect_crm().await;
    world.add_flow("orders", "acme", Default::default()).await;
    world.settle().await;
}

fn contact(name: &str, emails: &[&str], phones: &[&str], tags: &[&str]) -> Value {
    let values = |texts: &[&str]| -> Vec<Value> {
        let values = texts
            .iter()
            .map(|text| json!({"value": text, "enum_code": "WORK"}));
        values.collect()
    };
    let tags: Vec<Value> = tags.iter().map(|tag| json!({"name": tag})).collect();
    let fields = [("EMAIL", values(emails)), ("PHONE", values(phones))];
    let filled = fields.into_iter().filter(|(_, values)| !values.is_empty());
    let filled: Vec<Value> = filled
        .map(|(code, values)| json!({"field_code": code, "values": values}))
        .collect();
    json!({"name": name, "custom_fields_values": filled, "_embedded": {"tags": tags}})
}
