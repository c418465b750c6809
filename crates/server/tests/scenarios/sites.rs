//! Several sites that feed one account.

use portico_domain::flow::Settings;
use portico_store::{Store, on_both};
use serde_json::json;

use crate::world::{Link, World, text};

on_both! {
    async fn two_sites_in_one_account_are_told_apart_by_tag_and_by_pipeline(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        world.connect_site("brume", 1, Link::OAuth).await;
        world.connect_crm().await;
        world.add_flow("orders", "acme", Settings::default()).await;
        let french = Settings {
            new_pipeline: "Paris".to_owned(),
            returning_pipeline: "Paris encore".to_owned(),
            ..Settings::default()
        };
        world.add_flow("commandes", "brume", french).await;
        world.settle().await;

        // The same person buys at both: one contact, and new to each shop.
        world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.settle().await;
        let second = buy_in_france(&world, "ines.okafor@example.com").await;
        buy_in_france(&world, "ines.okafor@example.com").await;
        insta::assert_snapshot!(world.deals().await, @r"
        #1001 · Harbor & Lantern | New Clients, New order | 106 | Ines Okafor | cat: workshops & cards, over-100, site: acme
        #1001 · Maison Brume | Paris, New order | 0 | Ines Okafor | cat: cadeaux, site: brume
        #1002 · Maison Brume | Paris encore, New order | 0 | Ines Okafor | cat: cadeaux, site: brume
        ");
        assert_eq!(world.state("kommo", "contacts").await.len(), 1);
        assert_eq!(world.field(&second, "SITE").await.as_deref(), Some("Maison Brume"));
    }
}

on_both! {
    async fn an_order_in_another_currency_has_no_price_and_says_why(store: Store) {
        let world = World::new(store).await;
        world.connect_site("brume", 1, Link::OAuth).await;
        world.connect_crm().await;
        world.add_flow("orders", "brume", Settings::default()).await;
        world.settle().await;
        let order = buy_in_france(&world, "maelle.legoff@example.com").await;

        insta::assert_snapshot!(world.deals().await, @"#1001 · Maison Brume | New Clients, New order | 0 | Maëlle Le Goff | cat: cadeaux");
        let fields = world.fields(&order).await;
        assert_eq!((fields["TOTAL"].as_str(), fields["CURRENCY"].as_str()), ("50.00", "EUR"));
        let note = world.notes(&order).await.remove(0);
        let why = "The order is in EUR and this account counts in USD, so the deal's price is left empty";
        assert!(note.contains(why), "{note}");
    }
}

async fn buy_in_france(world: &World, email: &str) -> serde_json::Value {
    let site = &world.credentials().await["squarespace"]["sites"][1];
    let order = world
        .checkout(json!({"website_id": text(&site["website_id"]), "email": email, "basket": [{"sku": "CARTE-50"}]}))
        .await;
    world.settle().await;
    order
}
