//! The websites that a fresh world starts with.

mod harbor_lantern;
mod maison_brume;

use serde_json::{Value, json};

use super::access::{Access, Level};
use super::products::slug_from_name;
use super::shelf::{Object, Shelf};
use super::site::{Market, Site};
use super::{State, contacts, discounts, goods, time};
use crate::ids::Ids;
use crate::world::World;

const SHOPS: [&Shop; 2] = [&harbor_lantern::SHOP, &maison_brume::SHOP];

/// Orders start after this number.
const LAST_ORDER_NUMBER: u64 = 1_000;

/// Goods were last changed this long before the world began, one after the other.
const SETTLED_MS: i64 = 30 * 24 * 3_600_000;
const BETWEEN_GOODS_MS: i64 = 3_600_000;

/// Two websites, without orders, with their credentials.
pub(super) fn state(world: &World) -> State {
    let (ids, now) = (&world.ids, world.clock.now_ms());
    let mut access = Access::new(ids);
    let mut sites = Vec::new();
    let mut handed_out = Vec::new();
    for (place, shop) in SHOPS.into_iter().enumerate() {
        let site = shop.site(world);
        let pair = access.issue_pair(ids, now, place, None);
        handed_out.push(json!({
            "website_id": site.id,
            "title": shop.title,
            "api_key": access.issue_key(ids, place, Level::Write),
            "read_only_api_key": access.issue_key(ids, place, Level::Read),
            "access_token": pair["access_token"],
            "refresh_token": pair["refresh_token"],
        }));
        sites.push(site);
    }
    access.member = json!({
        "id": ids.hex24(),
        "email": "owner@harborlantern.example",
        "firstName": "Marguerite",
        "lastName": "Lowell",
    });
    State {
        sites,
        access,
        handed_out,
    }
}

/// A website as its seed describes it.
struct Shop {
    title: &'static str,
    site_id: &'static str,
    url: &'static str,
    currency: &'static str,
    measurement_standard: &'static str,
    language: &'static str,
    country: &'static str,
    region: &'static str,
    time_zone: &'static str,
    market: Market,
    pages: &'static [Page],
    goods: &'static [Good],
}

struct Page {
    title: &'static str,
    slug: &'static str,
    enabled: bool,
}

struct Good {
    /// The place of its store page.
    page: usize,
    kind: &'static str,
    name: &'static str,
    tags: &'static [&'static str],
    /// What its variants differ in; empty when there is one only.
    attribute: &'static str,
    variants: &'static [Variant],
    /// In the unit of the website.
    weight: f64,
}

struct Variant {
    option: &'static str,
    sku: &'static str,
    price: &'static str,
    sale_price: Option<&'static str>,
    /// `None` when nobody counts.
    stock: Option<i64>,
}

/// A variant at its usual price.
const fn variant(
    option: &'static str,
    sku: &'static str,
    price: &'static str,
    stock: Option<i64>,
) -> Variant {
    Variant {
        option,
        sku,
        price,
        sale_price: None,
        stock,
    }
}

impl Shop {
    fn site(&self, world: &World) -> Site {
        let (ids, now) = (&world.ids, world.clock.now_ms());
        let id = ids.hex24();
        let mut site = Site {
            profile: self.profile(&id),
            id,
            currency: self.currency.to_owned(),
            market: self.market,
            orders: Shelf::default(),
            products: Shelf::default(),
            store_pages: Shelf::default(),
            documents: Shelf::default(),
            documents_of_orders: Default::default(),
            products_of_variants: Default::default(),
            subscriptions: Vec::new(),
            granted: None,
            emails: Vec::new(),
            expired: false,
            traffic: Default::default(),
            imports: Default::default(),
            imports_by_key: Default::default(),
            adjustments_by_key: Default::default(),
            uploads: Default::default(),
            contacts: Default::default(),
            discounts: Vec::new(),
            shipping_option_ids: Vec::new(),
            last_order_number: LAST_ORDER_NUMBER,
        };
        let page_ids: Vec<String> = self.pages.iter().map(|_| ids.hex24()).collect();
        for (page, id) in self.pages.iter().zip(&page_ids) {
            let at = -i64::try_from(site.store_pages.all().count()).unwrap_or_default();
            let page = json!({ "id": id, "title": page.title, "isEnabled": page.enabled, "urlSlug": page.slug });
            site.store_pages.put(at, object(page));
        }
        let mut at = now - SETTLED_MS;
        for good in self.goods {
            let product = self.product(world, good, &page_ids[good.page], at);
            goods::shelve(
                &mut site,
                at,
                goods::complete_product(ids, at, self.currency, product),
            );
            at += BETWEEN_GOODS_MS;
        }
        site.shipping_option_ids = self.market.shipping.iter().map(|_| ids.hex24()).collect();
        self.populate(&mut site, ids, now - SETTLED_MS);
        site
    }

    /// What was arranged on the website, and who is known to it.
    fn populate(&self, site: &mut Site, ids: &Ids, at: i64) {
        let options = self.market.shipping.iter();
        site.shipping_option_ids = options.map(|_| ids.hex24()).collect();
        for promotion in self.market.promotions {
            let discount = json!({
                "name": promotion.name,
                "criteria": { "type": "ANY_ORDER" },
                "template": { "type": "PERCENTAGE", "percentage": promotion.percent },
                "trigger": { "type": "CODE", "promoCode": promotion.code },
                "validFrom": "2020-01-01T00:00:00.000Z",
            });
            let discount = discounts::made(site, ids, &discount);
            site.discounts.push(discount);
        }
        for (place, buyer) in self.market.buyers.iter().enumerate() {
            contacts::settle(site, ids, at, buyer, place);
        }
    }

    fn profile(&self, id: &str) -> Value {
        json!({
            "id": id,
            "siteId": self.site_id,
            "title": self.title,
            "url": self.url,
            "currency": self.currency,
            "measurementStandard": self.measurement_standard,
            "language": self.language,
            "location": { "country": self.country, "region": self.region },
            "timeZone": self.time_zone,
        })
    }

    fn product(&self, world: &World, good: &Good, page_id: &str, at: i64) -> Object {
        let slug = slug_from_name(good.name);
        let page = &self.pages[good.page];
        let mut product = object(json!({
            "type": good.kind,
            "storePageId": page_id,
            "name": good.name,
            "description": format!("<p>{}.</p>", good.name),
            "url": format!("{}/{}/p/{slug}", self.url, page.slug),
            "urlSlug": format!("p/{slug}"),
            "images": [self.image(world, &slug)],
            "tags": good.tags,
            "createdOn": time::iso(at),
        }));
        if good.kind == "DIGITAL" {
            product.insert("pricing".to_owned(), self.pricing(&good.variants[0]));
            let file = json!({ "id": world.ids.hex24(), "filename": format!("{slug}.zip") });
            product.insert("digitalGood".to_owned(), file);
            return product;
        }
        if good.kind != "GIFT_CARD" {
            let names: Vec<&str> = Some(good.attribute)
                .filter(|name| !name.is_empty())
                .into_iter()
                .collect();
            product.insert("variantAttributes".to_owned(), json!(names));
        }
        let variants: Vec<Value> = good
            .variants
            .iter()
            .map(|variant| self.variant(good, variant))
            .collect();
        product.insert("variants".to_owned(), json!(variants));
        product
    }

    fn variant(&self, good: &Good, variant: &Variant) -> Value {
        if good.kind == "GIFT_CARD" {
            let price = json!({ "value": variant.price, "currency": self.currency });
            return json!({ "sku": variant.sku, "pricing": { "basePrice": price } });
        }
        let mut attributes = Object::new();
        if !good.attribute.is_empty() {
            attributes.insert(good.attribute.to_owned(), json!(variant.option));
        }
        let mut shown = json!({
            "sku": variant.sku,
            "pricing": self.pricing(variant),
            "stock": { "quantity": variant.stock.unwrap_or_default(), "unlimited": variant.stock.is_none() },
            "attributes": attributes,
        });
        if good.kind == "PHYSICAL" {
            let (weight, length) = match self.measurement_standard {
                "IMPERIAL" => ("POUND", "INCH"),
                _ => ("KILOGRAM", "CENTIMETER"),
            };
            shown["shippingMeasurements"] = json!({
                "weight": { "unit": weight, "value": good.weight },
                "dimensions": { "unit": length, "length": 0, "width": 0, "height": 0 },
            });
            shown["gtin"] = Value::Null;
            shown["mpn"] = Value::Null;
        }
        shown
    }

    fn pricing(&self, variant: &Variant) -> Value {
        let money = |value: &str| json!({ "value": value, "currency": self.currency });
        json!({
            "basePrice": money(variant.price),
            "salePrice": money(variant.sale_price.unwrap_or("0.00")),
            "onSale": variant.sale_price.is_some(),
        })
    }

    fn image(&self, world: &World, slug: &str) -> Value {
        let id = world.ids.hex24();
        json!({
            "id": id,
            "altText": format!("{slug}.jpg"),
            "url": format!("https://images.example/{}/{id}/{slug}.jpg", self.site_id),
            "originalSize": { "width": 1600, "height": 2000 },
            "availableFormats": ["100w", "300w", "500w", "750w", "1000w", "1500w"],
            "orderIndex": 0,
        })
    }
}

fn object(value: Value) -> Object {
    value.as_object().cloned().unwrap_or_default()
}
