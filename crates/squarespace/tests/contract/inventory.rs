//! Stock, read and adjusted.

use squarespace::VariantId;
use squarespace::inventory::{InventoryAdjustment, InventoryItem, StockOperation};
use wire::{Kind, Outcome};

use crate::Bench;

fn of(variant: &VariantId, quantity: u32) -> Vec<StockOperation> {
    vec![StockOperation {
        variant_id: variant.clone(),
        quantity,
    }]
}

async fn stock(bench: &Bench, variant: &VariantId) -> InventoryItem {
    let ids = std::slice::from_ref(variant);
    let read = bench.client.inventory_by_id(ids, &bench.token).await;
    read.unwrap().remove(0)
}

#[tokio::test]
async fn stock_is_listed_in_pages() {
    let bench = Bench::start().await;
    bench.vendor.switch("page_size", 2).await;
    let first = bench.client.inventory(None, &bench.token).await.unwrap();
    let second = bench
        .client
        .inventory(first.next.as_ref(), &bench.token)
        .await
        .unwrap();
    assert_eq!((first.items.len(), second.items.len()), (2, 2));
    assert_ne!(first.items[0].variant_id, second.items[0].variant_id);
    assert!(first.items[0].descriptor.is_some());
}

#[tokio::test]
async fn an_adjustment_is_done_once_under_its_key() {
    let bench = Bench::start().await;
    let variant = &bench.apron().await.variants[0].id;
    let more = InventoryAdjustment {
        increments: of(variant, 6),
        ..InventoryAdjustment::default()
    };
    for _ in 0..2 {
        bench
            .client
            .adjust_inventory(&more, "key-1", &bench.token)
            .await
            .unwrap();
    }
    assert_eq!(stock(&bench, variant).await.quantity, 20);
}

#[tokio::test]
async fn every_kind_of_adjustment_does_what_it_says() {
    let bench = Bench::start().await;
    let variant = &bench.apron().await.variants[0].id;
    let nothing = InventoryAdjustment::default;
    let steps = [
        (
            InventoryAdjustment {
                decrements: of(variant, 4),
                ..nothing()
            },
            (10, false),
        ),
        (
            InventoryAdjustment {
                set_unlimited: vec![variant.clone()],
                ..nothing()
            },
            (10, true),
        ),
        (
            InventoryAdjustment {
                set_finite: of(variant, 3),
                ..nothing()
            },
            (3, false),
        ),
    ];
    for (index, (adjustment, expected)) in steps.into_iter().enumerate() {
        let key = format!("key-{index}");
        bench
            .client
            .adjust_inventory(&adjustment, &key, &bench.token)
            .await
            .unwrap();
        let item = stock(&bench, variant).await;
        assert_eq!(
            (item.quantity, item.is_unlimited),
            expected,
            "{adjustment:?}"
        );
    }
}

#[tokio::test]
async fn taking_more_than_there_is_is_a_conflict_and_nothing_is_done() {
    let bench = Bench::start().await;
    let variant = &bench.apron().await.variants[0].id;
    let less = InventoryAdjustment {
        decrements: of(variant, 15),
        ..InventoryAdjustment::default()
    };
    let refused = bench
        .client
        .adjust_inventory(&less, "key-1", &bench.token)
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(
        (refused.kind, refused.outcome()),
        (Kind::Conflict, Outcome::NotDone)
    );
    assert!(refused.message.ends_with("INSUFFICIENT_STOCK"), "{refused}");
    assert_eq!(stock(&bench, variant).await.quantity, 14);
}
