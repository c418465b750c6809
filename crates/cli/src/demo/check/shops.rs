//! What the shops' own state says that the CRM must hold.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Facts;
use crate::demo::control::{Control, text};
use crate::demo::stage::Shop;
use crate::failure::Failure;

/// The currency in which the sandbox's CRM counts.
const CRM_CURRENCY: &str = "USD";

const BANDS: [i64; 4] = [100, 250, 500, 1000];

/// Everything that was ordered.
#[derive(Default)]
pub(super) struct Shops {
    pub(super) orders: Vec<Order>,
    /// By e-mail in lower case.
    pub(super) buyers: BTreeMap<String, Buyer>,
}

/// An order and the deal that it must have.
pub(super) struct Order {
    pub(super) id: String,
    /// `#1001 harbor`
    pub(super) name: String,
    pub(super) buyer: String,
    pub(super) facts: Facts,
    /// The kind of each note that the deal must have, with what it must say.
    pub(super) notes: BTreeMap<&'static str, Vec<String>>,
}

/// A person who bought, in whichever shop.
#[derive(Default)]
pub(super) struct Buyer {
    /// Every name that the person gave.
    pub(super) names: BTreeSet<String>,
    pub(super) tags: BTreeSet<String>,
}

/// The shops' own state, in the vendor's words.
pub(super) struct State {
    pub(super) orders: Vec<Value>,
    pub(super) products: Vec<Value>,
    pub(super) store_pages: Vec<Value>,
}

impl State {
    pub(super) async fn read(control: &Control) -> Result<Self, Failure> {
        Ok(Self {
            orders: control.state("squarespace", "orders").await?,
            products: control.state("squarespace", "products").await?,
            store_pages: control.state("squarespace", "store_pages").await?,
        })
    }

    /// Works out what the CRM must hold.
    pub(super) fn wanted(mut self, on_stage: &[Shop]) -> Shops {
        let products = by_id(self.products);
        let pages = by_id(self.store_pages);
        let place = |order: &Value| (text(order, "createdOn"), text(order, "id"));
        self.orders.sort_by_key(place);
        let mut seen = BTreeSet::new();
        let mut shops = Shops {
            orders: Vec::new(),
            buyers: BTreeMap::new(),
        };
        for order in &self.orders {
            let email = text(order, "customerEmail").to_lowercase();
            let is_first = seen.insert((text(order, "websiteId"), email.clone()));
            let site = short_name(order, on_stage);
            let mut tags = segment_tags(order, &products, &pages);
            tags.insert(format!("site: {site}"));
            let buyer = shops.buyers.entry(email).or_default();
            buyer.names.insert(full_name(&order["billingAddress"]));
            buyer.tags.extend(tags.iter().cloned());
            shops
                .orders
                .push(Order::expected(order, site, is_first, tags));
        }
        shops
    }
}

impl Order {
    fn expected(order: &Value, site: &str, is_first: bool, mut tags: BTreeSet<String>) -> Self {
        let total = cents(&order["grandTotal"]);
        let refunded = cents(&order["refundedTotal"]);
        let status = text(order, "fulfillmentStatus");
        let cancelled = status == "CANCELED";
        let in_full = refunded > 0 && refunded >= total;
        tags.extend(cancelled.then(|| "cancelled".to_owned()));
        if refunded > 0 {
            tags.insert(
                if in_full {
                    "refund: full"
                } else {
                    "refund: partial"
                }
                .to_owned(),
            );
        }
        let notes = notes(order, &status, refunded, in_full);
        let currency = text(&order["grandTotal"], "currency");
        let stage = match (cancelled, in_full) {
            (true, _) => "lost: Cancelled",
            (false, true) => "lost: Refunded",
            (false, false) => "open",
        };
        let pipeline = if is_first {
            "New Clients"
        } else {
            "Repeat Sales"
        };
        let facts = Facts::from([
            ("order number", text(order, "orderNumber")),
            ("pipeline", pipeline.to_owned()),
            ("stage", stage.to_owned()),
            ("price", price(total, &currency)),
            ("total", format!("{} {currency}", amount(total))),
            ("refunded", refund_shown(refunded)),
            ("fulfillment", status),
            ("payment", text(order, "paymentState")),
            ("items", items(order).join("\n")),
            ("tags", joined(&tags)),
            ("notes", joined(notes.keys())),
        ]);
        Self {
            id: text(order, "id"),
            name: format!("#{} {site}", text(order, "orderNumber")),
            buyer: text(order, "customerEmail").to_lowercase(),
            facts,
            notes,
        }
    }
}

/// The notes that a deal must have, each once: the items, and one for each change of its status.
fn notes(
    order: &Value,
    status: &str,
    refunded: i64,
    in_full: bool,
) -> BTreeMap<&'static str, Vec<String>> {
    let mut of_items = vec![format!("#{}", text(order, "orderNumber"))];
    for line in lines(order) {
        of_items.push(format!(
            "{} × {}",
            line["quantity"],
            text(line, "productName")
        ));
        of_items.push(text(line, "sku"));
    }
    let total = &order["grandTotal"];
    of_items.push(format!(
        "Total {} {}",
        text(total, "value"),
        text(total, "currency")
    ));
    let mut notes = BTreeMap::from([("items", of_items)]);
    if status == "FULFILLED" {
        let parcels = order["fulfillments"].as_array().into_iter().flatten();
        let numbers = parcels.map(|parcel| text(parcel, "trackingNumber"));
        notes.insert("fulfilled", numbers.collect());
    }
    if status == "CANCELED" {
        notes.insert("cancelled", Vec::new());
    }
    if refunded > 0 {
        let how = if in_full { "in full" } else { "so far" };
        notes.insert("refunded", vec![how.to_owned(), amount(refunded)]);
    }
    notes
}

/// By category and amount: what sorts the deal and its buyer alike.
fn segment_tags(
    order: &Value,
    products: &BTreeMap<String, Value>,
    pages: &BTreeMap<String, Value>,
) -> BTreeSet<String> {
    let mut tags = BTreeSet::new();
    for line in lines(order) {
        let Some(product) = products.get(&text(line, "productId")) else {
            continue;
        };
        let page = pages.get(&text(product, "storePageId"));
        let category = match page {
            Some(page) => text(page, "title"),
            None => product["tags"][0].as_str().unwrap_or_default().to_owned(),
        };
        if !category.is_empty() {
            tags.insert(format!("cat: {}", category.to_lowercase()));
        }
    }
    let total = cents(&order["grandTotal"]);
    let band = BANDS.iter().rev().find(|band| total >= **band * 100);
    tags.extend(band.map(|band| format!("over-{band}")));
    tags
}

/// `2 × Brass Lantern (Small), LANT-SM-BRS, 45.00`
fn items(order: &Value) -> Vec<String> {
    let item = |line: &Value| {
        let options = line["variantOptions"].as_array().into_iter().flatten();
        let options: Vec<String> = options.map(|option| text(option, "value")).collect();
        let mut item = format!("{} × {}", line["quantity"], text(line, "productName"));
        if !options.is_empty() {
            item.push_str(&format!(" ({})", options.join(", ")));
        }
        let price = text(&line["unitPricePaid"], "value");
        for part in [text(line, "sku"), price] {
            if !part.is_empty() {
                item.push_str(&format!(", {part}"));
            }
        }
        item
    };
    lines(order).map(item).collect()
}

/// Whole units, half a unit rounded up; nothing where the CRM counts in another currency.
fn price(total: i64, currency: &str) -> String {
    if currency == CRM_CURRENCY {
        ((total + 50) / 100).to_string()
    } else {
        "none".to_owned()
    }
}

/// The name under which an order's website was connected.
fn short_name<'a>(order: &Value, on_stage: &'a [Shop]) -> &'a str {
    let website = text(order, "websiteId");
    let shop = on_stage.iter().find(|shop| shop.website_id == website);
    shop.map_or("", |shop| shop.name)
}

fn lines(order: &Value) -> impl Iterator<Item = &Value> {
    order["lineItems"].as_array().into_iter().flatten()
}

fn full_name(address: &Value) -> String {
    format!(
        "{} {}",
        text(address, "firstName"),
        text(address, "lastName")
    )
}

fn by_id(items: Vec<Value>) -> BTreeMap<String, Value> {
    let with_id = items.into_iter().map(|item| (text(&item, "id"), item));
    with_id.collect()
}

/// The cents of an amount that is written with two digits, or fewer, after the point.
pub(super) fn cents(money: &Value) -> i64 {
    cents_of(&text(money, "value"))
}

pub(super) fn cents_of(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<2}");
    format!("{whole}{part}").parse().unwrap_or(i64::MIN)
}

pub(super) fn amount(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

pub(super) fn refund_shown(cents: i64) -> String {
    if cents == 0 {
        String::new()
    } else {
        format!("{} back", amount(cents))
    }
}

pub(super) fn joined(words: impl IntoIterator<Item = impl ToString>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    words.join(" + ")
}
