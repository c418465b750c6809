//! Products and their variants, made, changed and deleted.

use squarespace::product::{Product, ProductFilter, ProductType, ProductsQuery, SeoOptions, Stock};
use squarespace::product_changes::{NewProduct, PricingPatch, ProductPatch};
use squarespace::variant_changes::{NewPricing, NewVariant, VariantPatch};
use squarespace::{Money, ProductId};
use wire::Kind;

use crate::Bench;

fn money(value: &str) -> Money {
    Money::new(value.parse().unwrap(), "USD")
}

/// A variant of one colour.
fn variant(color: &str, stock: Option<Stock>) -> NewVariant {
    NewVariant {
        sku: format!("APR-{color}"),
        pricing: NewPricing {
            base_price: money("48.00"),
            on_sale: None,
            sale_price: None,
        },
        stock,
        attributes: [("Color".to_owned(), color.to_owned())].into(),
        shipping_measurements: None,
        gtin: None,
        mpn: Some("LA1".to_owned()),
    }
}

impl Bench {
    /// Makes an apron of one variant on the first store page.
    pub(crate) async fn apron(&self) -> Product {
        let pages = self.client.store_pages(None, &self.token).await.unwrap();
        let stock = Stock {
            quantity: 14,
            unlimited: false,
        };
        let apron = NewProduct {
            r#type: ProductType::Physical,
            store_page_id: pages.store_pages[0].id.clone(),
            name: Some("Linen apron".to_owned()),
            description: None,
            url_slug: Some("linen-apron".to_owned()),
            tags: vec!["kitchen".to_owned()],
            is_visible: Some(true),
            variant_attributes: vec!["Color".to_owned()],
            variants: vec![variant("Sand", Some(stock))],
        };
        let made = self.client.create_product(&apron, &self.token).await;
        made.unwrap()
    }

    pub(crate) async fn product(&self, id: &ProductId) -> Product {
        let ids = std::slice::from_ref(id);
        let read = self.client.products_by_id(ids, &self.token).await;
        read.unwrap().remove(0)
    }
}

#[tokio::test]
async fn a_product_is_what_it_was_made_as() {
    let bench = Bench::start().await;
    let apron = bench.apron().await;
    assert_eq!(apron.name.as_deref(), Some("Linen apron"));
    assert_eq!(apron.tags, ["kitchen"]);
    assert_eq!(apron.variant_attributes, ["Color"]);
    let variant = &apron.variants[0];
    assert_eq!(variant.attributes["Color"], "Sand");
    assert_eq!(variant.mpn.as_deref(), Some("LA1"));
    assert_eq!(variant.stock.unwrap().quantity, 14);
    let price = variant.pricing.as_ref().unwrap().base_price.clone();
    assert_eq!(price, Some(money("48.00")));
    assert_eq!(bench.product(&apron.id).await, apron);
}

#[tokio::test]
async fn an_address_that_is_taken_is_a_conflict() {
    let bench = Bench::start().await;
    let apron = bench.apron().await;
    let mut again = NewProduct {
        r#type: ProductType::Physical,
        store_page_id: apron.store_page_id,
        name: None,
        description: None,
        url_slug: Some("linen-apron".to_owned()),
        tags: Vec::new(),
        is_visible: None,
        variant_attributes: vec!["Color".to_owned()],
        variants: vec![variant("Sand", None)],
    };
    let taken = bench.client.create_product(&again, &bench.token).await;
    let taken = taken.unwrap_err();
    assert_eq!(taken.kind, Kind::Conflict);
    assert!(
        taken.message.ends_with("CONFLICT URL_SLUG_UNAVAILABLE"),
        "{taken}"
    );

    again.r#type = ProductType::Digital;
    let download = bench.client.create_product(&again, &bench.token).await;
    assert_eq!(download.unwrap_err().status, Some(405));
}

#[tokio::test]
async fn a_patch_leaves_alone_what_it_does_not_name() {
    let bench = Bench::start().await;
    let apron = bench.apron().await;
    let seo = SeoOptions {
        title: Some("Aprons".to_owned()),
        description: None,
    };
    let patch = ProductPatch {
        name: Some("Kitchen apron".to_owned()),
        tags: Some(Vec::new()),
        seo_options: Some(seo),
        ..ProductPatch::default()
    };
    let changed = bench
        .client
        .update_product(&apron.id, &patch, &bench.token)
        .await
        .unwrap();
    assert_eq!(changed.name.as_deref(), Some("Kitchen apron"));
    assert!(changed.tags.is_empty());
    assert_eq!(
        changed.seo_options.as_ref().unwrap().title.as_deref(),
        Some("Aprons")
    );
    assert_eq!(
        (changed.url_slug, changed.variants),
        (apron.url_slug, apron.variants)
    );
}

#[tokio::test]
async fn products_are_found_by_type_and_words() {
    let bench = Bench::start().await;
    let apron = bench.apron().await;
    let found = async |filter| {
        let query = ProductsQuery::First(filter);
        let page = bench.client.products(&query, &bench.token).await.unwrap();
        page.products
    };
    let physical = found(ProductFilter {
        types: vec![ProductType::Physical, ProductType::GiftCard],
        ..ProductFilter::default()
    });
    let physical = physical.await;
    let types: Vec<_> = physical.iter().map(|product| &product.r#type).collect();
    assert!(types.contains(&&ProductType::Physical), "{types:?}");
    assert!(!types.contains(&&ProductType::Digital) && !types.contains(&&ProductType::Service));

    let searched = found(ProductFilter {
        search: Some("linen apron".to_owned()),
        ..ProductFilter::default()
    });
    assert_eq!(searched.await, [apron]);
    let earlier = found(ProductFilter {
        modified: Some((
            "2000-01-01T00:00:00Z".parse().unwrap(),
            "2000-01-02T00:00:00Z".parse().unwrap(),
        )),
        ..ProductFilter::default()
    });
    assert_eq!(earlier.await, []);
}

#[tokio::test]
async fn a_variant_comes_changes_and_goes() {
    let bench = Bench::start().await;
    let (client, token) = (&bench.client, &bench.token);
    let apron = bench.apron().await;
    let clay = variant("Clay", None);
    let made = client
        .create_variant(&apron.id, &clay, token)
        .await
        .unwrap();
    assert_eq!(
        made.stock.unwrap().quantity,
        0,
        "without stock it is sold out"
    );

    let patch = VariantPatch {
        pricing: Some(PricingPatch {
            on_sale: Some(true),
            sale_price: Some(money("40.00")),
            ..PricingPatch::default()
        }),
        mpn: Some(None),
        ..VariantPatch::default()
    };
    let changed = client
        .update_variant(&apron.id, &made.id, &patch, token)
        .await
        .unwrap();
    let pricing = changed.pricing.unwrap();
    assert_eq!(
        (pricing.base_price, pricing.sale_price),
        (Some(money("48.00")), Some(money("40.00")))
    );
    assert!(pricing.on_sale && changed.mpn.is_none());

    client
        .delete_variant(&apron.id, &made.id, token)
        .await
        .unwrap();
    let last = client
        .delete_variant(&apron.id, &apron.variants[0].id, token)
        .await;
    assert_eq!(last.unwrap_err().kind, Kind::Conflict);
}

#[tokio::test]
async fn a_deleted_product_is_gone() {
    let bench = Bench::start().await;
    let (client, token) = (&bench.client, &bench.token);
    let apron = bench.apron().await;
    client.delete_product(&apron.id, token).await.unwrap();
    let again = client.delete_product(&apron.id, token).await.unwrap_err();
    assert_eq!(again.kind, Kind::NotFound);
}
