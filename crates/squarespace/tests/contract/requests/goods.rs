//! Products, variants, images, stock, store pages.

use squarespace::image::{ImageFormat, NewImage};
use squarespace::inventory::{InventoryAdjustment, StockOperation};
use squarespace::product::{
    Dimensions, LengthUnit, ProductFilter, ProductType, ProductsQuery, SeoOptions,
    ShippingMeasurements, Stock, Weight, WeightUnit,
};
use squarespace::product_changes::{NewProduct, PricingPatch, ProductPatch};
use squarespace::variant_changes::{NewPricing, NewVariant, VariantPatch};
use squarespace::{ImageId, Money, ProductId, VariantId};

use super::{Probe, cursor, send};

pub(super) async fn send_all(probe: &mut Probe) {
    products(probe).await;
    variants(probe).await;
    images(probe).await;
    inventory(probe).await;
    let cursor = cursor();
    send!(probe, store_pages(Some(&cursor)));
}

async fn products(probe: &mut Probe) {
    let filter = ProductFilter {
        types: vec![ProductType::Physical, ProductType::Service],
        modified: Some((
            "2026-01-01T00:00:00Z".parse().unwrap(),
            "2026-02-01T00:00:00Z".parse().unwrap(),
        )),
        search: Some("apron".to_owned()),
    };
    send!(probe, products(&ProductsQuery::First(filter)));
    send!(probe, products(&ProductsQuery::Next(cursor())));
    send!(
        probe,
        products_by_id(&[product(), "66f0a1b2c3d4e5f6a7b8c9d1".into()])
    );
    send!(probe, create_product(&physical()));
    send!(probe, create_product(&gift_card()));
    send!(probe, update_product(&product(), &whole_patch()));
    send!(probe, update_product(&product(), &ProductPatch::default()));
    send!(probe, delete_product(&product()));
}

async fn variants(probe: &mut Probe) {
    let patch = VariantPatch {
        sku: Some("APR-SAND".to_owned()),
        pricing: Some(price_change()),
        attributes: Some([("Color".to_owned(), "Sand".to_owned())].into()),
        shipping_measurements: Some(measurements()),
        gtin: Some(Some("96385074".to_owned())),
        mpn: Some(None),
    };
    send!(probe, create_variant(&product(), &whole_variant()));
    send!(probe, update_variant(&product(), &variant(), &patch));
    send!(probe, delete_variant(&product(), &variant()));
    send!(
        probe,
        set_variant_image(&product(), &variant(), Some(&image()))
    );
    send!(probe, set_variant_image(&product(), &variant(), None));
}

async fn images(probe: &mut Probe) {
    let upload = NewImage {
        file_name: "plié \"1\".png".to_owned(),
        format: ImageFormat::Png,
        content: b"\x89PNG\r\n".to_vec(),
    };
    send!(probe, upload_image(&product(), upload.clone()));
    send!(probe, image_status(&product(), &image()));
    send!(
        probe,
        set_image_alt_text(&product(), &image(), "Apron, front view")
    );
    send!(
        probe,
        move_image(
            &product(),
            &image(),
            Some(&"66f0a2000102030405060709".into())
        )
    );
    send!(probe, move_image(&product(), &image(), None));
    send!(probe, delete_image(&product(), &image()));
}

async fn inventory(probe: &mut Probe) {
    let operation = |variant_id: &str, quantity| StockOperation {
        variant_id: variant_id.into(),
        quantity,
    };
    let adjustment = InventoryAdjustment {
        increments: vec![operation("a", 5)],
        decrements: vec![operation("b", 1)],
        set_finite: vec![operation("c", 0)],
        set_unlimited: vec!["d".into()],
    };
    let cursor = cursor();
    send!(probe, inventory(None));
    send!(probe, inventory(Some(&cursor)));
    send!(probe, inventory_by_id(&[variant()]));
    send!(probe, adjust_inventory(&adjustment, "key-1"));
}

fn physical() -> NewProduct {
    NewProduct {
        r#type: ProductType::Physical,
        store_page_id: "66f09f00aa11bb22cc33dd44".into(),
        name: Some("Linen apron".to_owned()),
        description: Some("<p>Washed.</p>".to_owned()),
        url_slug: Some("linen-apron".to_owned()),
        tags: vec!["kitchen".to_owned()],
        is_visible: Some(true),
        variant_attributes: vec!["Color".to_owned()],
        variants: vec![whole_variant()],
    }
}

fn gift_card() -> NewProduct {
    NewProduct {
        r#type: ProductType::GiftCard,
        store_page_id: "66f09f00aa11bb22cc33dd44".into(),
        name: None,
        description: None,
        url_slug: None,
        tags: Vec::new(),
        is_visible: None,
        variant_attributes: Vec::new(),
        variants: vec![NewVariant {
            sku: "GC-50".to_owned(),
            pricing: NewPricing {
                base_price: money("50.00"),
                on_sale: None,
                sale_price: None,
            },
            stock: None,
            attributes: [].into(),
            shipping_measurements: None,
            gtin: None,
            mpn: None,
        }],
    }
}

fn whole_variant() -> NewVariant {
    NewVariant {
        sku: "APR-SAND".to_owned(),
        pricing: NewPricing {
            base_price: money("48.00"),
            on_sale: Some(true),
            sale_price: Some(money("40")),
        },
        stock: Some(Stock {
            quantity: 14,
            unlimited: false,
        }),
        attributes: [("Color".to_owned(), "Sand".to_owned())].into(),
        shipping_measurements: Some(measurements()),
        gtin: Some("96385074".to_owned()),
        mpn: Some("LA-1".to_owned()),
    }
}

fn whole_patch() -> ProductPatch {
    ProductPatch {
        name: Some("Linen apron".to_owned()),
        description: Some(String::new()),
        url_slug: Some("linen-apron".to_owned()),
        tags: Some(Vec::new()),
        is_visible: Some(false),
        variant_attributes: Some(vec!["Color".to_owned(), "Size".to_owned()]),
        seo_options: Some(SeoOptions {
            title: Some("Aprons".to_owned()),
            description: Some("Of linen".to_owned()),
        }),
        pricing: Some(price_change()),
    }
}

fn price_change() -> PricingPatch {
    PricingPatch {
        base_price: Some(money("30.00")),
        on_sale: Some(false),
        sale_price: Some(money("0.00")),
    }
}

fn measurements() -> ShippingMeasurements {
    ShippingMeasurements {
        weight: Some(Weight {
            unit: WeightUnit::Pound,
            value: 0.8,
        }),
        dimensions: Some(Dimensions {
            unit: LengthUnit::Inch,
            length: 12.0,
            width: 10.0,
            height: 1.5,
        }),
    }
}

fn money(value: &str) -> Money {
    Money::new(value.parse().unwrap(), "USD")
}

fn product() -> ProductId {
    "66f0a1b2c3d4e5f6a7b8c9d0".into()
}

fn variant() -> VariantId {
    "5d0c1c0e-7b0f-4b7e-9a52-1f6f0d9f2a11".into()
}

fn image() -> ImageId {
    "66f0a2000102030405060708".into()
}
