//! What surrounds orders: the website, products, store pages, transactions.

use std::collections::HashSet;

use serde_json::json;
use squarespace::product::{ProductFilter, ProductType, ProductsQuery};
use squarespace::profile::{ProfileFilter, ProfilesQuery};
use squarespace::transaction::TransactionsQuery;
use squarespace::website::MeasurementStandard;
use squarespace::{OrderId, ProductId};
use wire::Kind;

use crate::Bench;

#[tokio::test]
async fn the_website_of_a_token_and_of_a_key_is_the_same() {
    let bench = Bench::start().await;
    let website = bench.client.website(&bench.token).await.unwrap();
    assert_eq!(
        website.id.as_str(),
        bench.vendor.credential("/sites/0/website_id")
    );
    assert_eq!(
        website.measurement_standard,
        Some(MeasurementStandard::Imperial)
    );
    assert_eq!(website.currency.as_deref(), Some("USD"));
    assert_eq!(
        bench.client.website(&bench.api_key()).await.unwrap(),
        website
    );
}

#[tokio::test]
async fn products_are_listed_in_pages_and_name_known_store_pages() {
    let bench = Bench::start().await;
    let pages = bench.client.store_pages(None, &bench.token).await.unwrap();
    assert!(pages.next.is_none() && !pages.store_pages.is_empty());
    let page_ids: HashSet<_> = pages.store_pages.iter().map(|page| &page.id).collect();

    bench.vendor.switch("page_size", 3).await;
    let mut query = ProductsQuery::First(ProductFilter::default());
    let mut products = Vec::new();
    loop {
        let page = bench.client.products(&query, &bench.token).await.unwrap();
        products.extend(page.products);
        match page.next {
            Some(cursor) => query = ProductsQuery::Next(cursor),
            None => break,
        }
    }
    assert!(products.len() > 3);
    assert!(
        products
            .iter()
            .all(|product| page_ids.contains(&product.store_page_id))
    );
    assert!(
        products
            .iter()
            .any(|product| product.r#type == ProductType::Physical && !product.variants.is_empty())
    );
}

#[tokio::test]
async fn store_pages_are_listed_in_pages() {
    let bench = Bench::start().await;
    bench.vendor.switch("page_size", 1).await;
    let first = bench.client.store_pages(None, &bench.token).await.unwrap();
    let second = bench
        .client
        .store_pages(first.next.as_ref(), &bench.token)
        .await
        .unwrap();
    assert_eq!((first.store_pages.len(), second.store_pages.len()), (1, 1));
    assert_ne!(first.store_pages[0].id, second.store_pages[0].id);
}

#[tokio::test]
async fn products_are_read_by_id_all_or_none() {
    let bench = Bench::start().await;
    let listed = bench
        .client
        .products(
            &ProductsQuery::First(ProductFilter::default()),
            &bench.token,
        )
        .await
        .unwrap()
        .products;
    let mut ids: Vec<ProductId> = listed
        .iter()
        .take(2)
        .map(|product| product.id.clone())
        .collect();
    let mut read = bench
        .client
        .products_by_id(&ids, &bench.token)
        .await
        .unwrap();
    read.sort_by_key(|product| ids.iter().position(|id| *id == product.id));
    assert_eq!(read, listed[..2]);

    ids.push("ffffffffffffffffffffffff".into());
    let error = bench
        .client
        .products_by_id(&ids, &bench.token)
        .await
        .unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
}

#[tokio::test]
async fn the_document_of_an_order_shows_its_refund() {
    let bench = Bench::start().await;
    let placed = bench.vendor.person("checkout", json!({})).await;
    let id = OrderId::from(placed["id"].as_str().unwrap());
    bench
        .vendor
        .person("refund", json!({"id": id, "amount": "1.25"}))
        .await;

    let page = bench
        .client
        .transactions(&TransactionsQuery::OfOrder(id.clone()), &bench.token)
        .await
        .unwrap();
    assert_eq!(page.documents.len(), 1);
    let document = &page.documents[0];
    assert_eq!(document.sales_order_id, Some(id));
    assert_eq!(
        document.payments[0].refunds[0]
            .amount
            .as_ref()
            .unwrap()
            .value
            .to_string(),
        "1.25"
    );

    let ids = [document.id.clone()];
    for numeric in [true, false] {
        bench.vendor.switch("numeric_exchange_rate", numeric).await;
        assert_eq!(
            bench
                .client
                .transactions_by_id(&ids, &bench.token)
                .await
                .unwrap(),
            page.documents
        );
    }
}

#[tokio::test]
async fn documents_are_listed_by_window_and_in_pages() {
    let bench = Bench::start().await;
    bench.sell(4).await;
    bench.vendor.switch("page_size", 2).await;
    let (after, before) = (
        "2000-01-01T00:00:00Z".parse().unwrap(),
        "2030-01-01T00:00:00Z".parse().unwrap(),
    );
    let window = TransactionsQuery::Modified { after, before };
    let first = bench
        .client
        .transactions(&window, &bench.token)
        .await
        .unwrap();
    let next = TransactionsQuery::Next(first.next.unwrap());
    let second = bench
        .client
        .transactions(&next, &bench.token)
        .await
        .unwrap();
    assert_eq!((first.documents.len(), second.documents.len()), (2, 2));
    assert_ne!(first.documents[0].id, second.documents[0].id);
}

/// Reads one of everything that has lists, money, names and dates; answers how much there was of it.
async fn read_everything(bench: &Bench) -> [usize; 7] {
    let (client, token) = (&bench.client, &bench.token);
    let products = ProductsQuery::First(ProductFilter::default());
    let profiles = ProfilesQuery::First {
        filter: ProfileFilter::All,
        sort: None,
    };
    let products = client.products(&products, token).await.unwrap().products;
    let pages = client.store_pages(None, token).await.unwrap().store_pages;
    let stock = client.inventory(None, token).await.unwrap().items;
    let documents = client
        .transactions(&TransactionsQuery::All, token)
        .await
        .unwrap();
    let contacts = client.contacts(None, None, token).await.unwrap().contacts;
    let profiles = client.profiles(&profiles, token).await.unwrap().profiles;
    let ids: Vec<_> = contacts.iter().map(|contact| contact.id.clone()).collect();
    let totals = client.transactions_summaries(&ids, token).await.unwrap();
    [
        products.len(),
        pages.len(),
        stock.len(),
        documents.documents.len(),
        contacts.len(),
        profiles.len(),
        totals.len(),
    ]
}

#[tokio::test]
async fn every_shape_that_resources_are_known_in_is_read() {
    let bench = Bench::start().await;
    bench.sell(5).await;
    let plain = read_everything(&bench).await;
    assert!(plain.iter().all(|count| *count > 0), "{plain:?}");
    for name in [
        "null_arrays",
        "numeric_money",
        "currency_objects",
        "blank_addresses",
        "extra_fields",
        "unknown_enum_values",
    ] {
        bench.vendor.switch(name, true).await;
        assert_eq!(read_everything(&bench).await, plain, "{name}");
    }
}
