//! What a shopper does: a checkout with a given or a made-up basket.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::discounts::{Basket, Offer};
use super::order::{self, PAYMENT_STATES};
use super::shelf::{Object, text};
use super::site::{Buyer, Site};
use super::{Squarespace, document, goods, money, time};
use crate::control::ControlError;
use crate::ids::Ids;

const MOST_LINES: i64 = 3;
const DISCOUNT_CHANCE: f64 = 0.25;
const FORM_CHANCE: f64 = 0.2;

/// What a control call may settle about a checkout; the rest is made up.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Checkout {
    /// The first website when absent.
    pub(super) website_id: Option<String>,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    basket: Option<Vec<Pick>>,
    /// ISO 8601 in UTC; the order was placed and last changed then.
    at: Option<String>,
    payment_state: Option<String>,
    /// The code of a promotion of this website; an empty text means none.
    promo_code: Option<String>,
    #[serde(default)]
    testmode: bool,
    channel: Option<String>,
    #[serde(default)]
    silent: bool,
}

/// One line of a basket: a variant by id or SKU, or a product that has none by its id.
#[derive(Debug, Deserialize)]
struct Pick {
    #[serde(alias = "sku", alias = "product_id")]
    variant_id: String,
    #[serde(default = "one")]
    quantity: i64,
}

impl Squarespace {
    /// Places an order, takes the goods from the stock, opens the document and tells the subscribers.
    pub(super) fn check_out(
        &self,
        site: &mut Site,
        wanted: Checkout,
    ) -> Result<Object, ControlError> {
        let ids = &self.world.ids;
        let now = match &wanted.at {
            None => self.world.clock.now_ms(),
            Some(at) => time::read_utc(at)
                .ok_or_else(|| ControlError::bad_request("`at` must be ISO 8601 in UTC"))?,
        };
        if let Some(state) = wanted
            .payment_state
            .as_deref()
            .filter(|state| !PAYMENT_STATES.contains(state))
        {
            return Err(unknown_payment_state(state));
        }
        let lines = match &wanted.basket {
            Some(picks) => given_basket(site, picks)?,
            None => made_up_basket(site, ids),
        };
        take_from_stock(site, &lines)?;
        let (order, offer) = draft(site, ids, now, &wanted, lines);
        let order = order::complete(site, ids, now, order);
        if let Some(offer) = offer {
            site.redeem(now, &offer);
        }
        order::shelve(site, now, order.clone());
        document::open(site, ids, now, &order);
        if !wanted.silent {
            self.notify(
                site,
                "order.create",
                json!({ "orderId": text(&order, "id") }),
            );
        }
        Ok(order)
    }
}

pub(super) fn unknown_payment_state(state: &str) -> ControlError {
    ControlError::bad_request(format!(
        "no payment state `{state}`: use one of {}",
        PAYMENT_STATES.join(", ")
    ))
}

fn one() -> i64 {
    1
}

fn given_basket(site: &Site, picks: &[Pick]) -> Result<Vec<Object>, ControlError> {
    let line = |pick: &Pick| {
        let mut line = find(site, &pick.variant_id).ok_or_else(|| {
            let message = format!(
                "nothing has the id or SKU `{}`: GET the products of the website",
                pick.variant_id
            );
            ControlError::not_found(message)
        })?;
        line.insert("quantity".to_owned(), json!(pick.quantity));
        Ok(line)
    };
    picks.iter().map(line).collect()
}

fn find(site: &Site, wanted: &str) -> Option<Object> {
    site.products.all().find_map(|product| {
        let variants = product
            .get("variants")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let mut variants =
            variants.filter(|variant| variant["id"] == wanted || variant["sku"] == wanted);
        match variants.next() {
            Some(variant) => Some(goods::line_of(product, Some(variant))),
            None if text(product, "id") == wanted => {
                Some(goods::line_of(product, first_variant(product)))
            }
            None => None,
        }
    })
}

fn first_variant(product: &Object) -> Option<&Value> {
    product.get("variants").and_then(|variants| variants.get(0))
}

/// One to three different products that a visitor can buy now.
fn made_up_basket(site: &Site, ids: &Ids) -> Vec<Object> {
    let mut on_sale: Vec<(&Object, Vec<Option<&Value>>)> = site
        .products
        .all()
        .filter(|product| is_offered(site, product))
        .map(|product| (product, available(product)))
        .filter(|(_, variants)| !variants.is_empty())
        .collect();
    let mut lines = Vec::new();
    for _ in 0..ids.number(1..MOST_LINES + 1) {
        if on_sale.is_empty() {
            break;
        }
        let place = usize::try_from(ids.number(0..on_sale.len() as i64)).unwrap_or_default();
        let (product, variants) = on_sale.swap_remove(place);
        let variant = *ids.pick(&variants);
        let mut line = goods::line_of(product, variant);
        let in_stock = variant.and_then(|variant| variant["stock"]["quantity"].as_i64());
        let unlimited = variant.is_none_or(|variant| variant["stock"]["unlimited"] != false);
        let most = if unlimited {
            2
        } else {
            in_stock.unwrap_or(1).min(2)
        };
        line.insert("quantity".to_owned(), json!(ids.number(1..most + 1)));
        lines.push(line);
    }
    lines
}

fn is_offered(site: &Site, product: &Object) -> bool {
    let page = site.store_pages.get(text(product, "storePageId"));
    product["isVisible"] == true && page.is_some_and(|page| page["isEnabled"] == true)
}

/// The variants in stock; a product without variants is one choice.
fn available(product: &Object) -> Vec<Option<&Value>> {
    let Some(variants) = product.get("variants").and_then(Value::as_array) else {
        return vec![None];
    };
    let in_stock = |variant: &&Value| {
        let stock = &variant["stock"];
        stock["unlimited"] != false || stock["quantity"].as_i64().unwrap_or_default() > 0
    };
    variants.iter().filter(in_stock).map(Some).collect()
}

fn take_from_stock(site: &mut Site, lines: &[Object]) -> Result<(), ControlError> {
    for (index, line) in lines.iter().enumerate() {
        let variant_id = text(line, "variantId");
        let quantity = |line: &Object| line["quantity"].as_i64().unwrap_or_default();
        if !variant_id.is_empty() && !site.take_stock(variant_id, quantity(line)) {
            for taken in &lines[..index] {
                site.put_stock_back(text(taken, "variantId"), quantity(taken));
            }
            let message = format!(
                "`{}` is sold out: choose a smaller quantity",
                text(line, "productName")
            );
            return Err(ControlError::conflict(message));
        }
    }
    Ok(())
}

/// The order with everything that a person decides; [`order::complete`] adds the rest.
fn draft(
    site: &Site,
    ids: &Ids,
    now: i64,
    wanted: &Checkout,
    lines: Vec<Object>,
) -> (Object, Option<Offer>) {
    let market = &site.market;
    let buyer = buyer(market.buyers, ids, wanted);
    let ships = lines
        .iter()
        .any(|line| text(line, "lineItemType") == "PHYSICAL_PRODUCT");
    let mut order = Object::new();
    order.insert("lineItems".to_owned(), json!(lines));
    let subtotal = order::sum_of_lines(&order);
    let email = wanted.email.as_deref().unwrap_or(buyer.email);
    let basket = Basket {
        email,
        lines: &lines,
        subtotal,
    };
    let offer = offer(site, ids, now, wanted, &basket);
    let net = subtotal - offer.as_ref().map_or(Decimal::ZERO, |offer| offer.amount);
    let discount_lines: Vec<&Value> = offer.iter().map(|offer| &offer.line).collect();
    let address = address(&buyer, wanted);
    let interpretation = if market.tax_included {
        "INCLUSIVE"
    } else {
        "EXCLUSIVE"
    };
    let decided = json!({
        "createdOn": time::iso(now),
        "customerEmail": email,
        "billingAddress": address,
        "taxTotal": money::wire(tax(site, net), &site.currency),
        "priceTaxInterpretation": interpretation,
        "discountLines": discount_lines,
        "testmode": wanted.testmode,
        "channel": wanted.channel.as_deref().unwrap_or("web"),
    });
    order.extend(decided.as_object().cloned().unwrap_or_default());
    if let Some(state) = &wanted.payment_state {
        order.insert("paymentState".to_owned(), json!(state));
    }
    if ships {
        order.extend(shipping(site, ids, address));
    }
    if ids.chance(FORM_CHANCE) {
        let form = json!([{ "label": "How did you hear about us?", "value": "From a friend" }]);
        order.insert("formSubmission".to_owned(), form);
    }
    (order, offer)
}

/// The members of an order that is sent to an address by one of the website's options.
fn shipping(site: &Site, ids: &Ids, address: Value) -> Object {
    let option = ids.pick(site.market.shipping);
    let amount = money::wire(option.amount.parse().unwrap_or_default(), &site.currency);
    let members = json!({
        "shippingAddress": address,
        "shippingLines": [{ "method": option.method, "amount": amount }],
        "shippingOptionName": option.method,
        "shippingOptionServiceType": option.service_type,
    });
    members.as_object().cloned().unwrap_or_default()
}

/// The seeded buyer with this e-mail, else any.
fn buyer(buyers: &[Buyer], ids: &Ids, wanted: &Checkout) -> Buyer {
    let known = wanted
        .email
        .as_deref()
        .and_then(|email| buyers.iter().find(|buyer| buyer.email == email));
    *known.unwrap_or_else(|| ids.pick(buyers))
}

fn address(buyer: &Buyer, wanted: &Checkout) -> Value {
    let mut address = buyer.address();
    if let Some(first_name) = &wanted.first_name {
        address["firstName"] = json!(first_name);
    }
    if let Some(last_name) = &wanted.last_name {
        address["lastName"] = json!(last_name);
    }
    address
}

/// What a code takes off, or a discount that needs none; now and then a shopper knows a code.
fn offer(
    site: &Site,
    ids: &Ids,
    now: i64,
    wanted: &Checkout,
    basket: &Basket<'_>,
) -> Option<Offer> {
    if let Some(code) = &wanted.promo_code {
        return site.offer_for_code(now, code, basket);
    }
    if let Some(offer) = site.automatic_offer(now, basket) {
        return Some(offer);
    }
    let codes = site.promo_codes(now);
    if wanted.basket.is_some() || codes.is_empty() || !ids.chance(DISCOUNT_CHANCE) {
        return None;
    }
    let code: &String = ids.pick(&codes);
    site.offer_for_code(now, code, basket)
}

/// Tax on top, or the part of the price that is tax.
fn tax(site: &Site, net: Decimal) -> Decimal {
    let percent: Decimal = site.market.tax_percent.parse().unwrap_or_default();
    let base = if site.market.tax_included {
        Decimal::ONE_HUNDRED + percent
    } else {
        Decimal::ONE_HUNDRED
    };
    money::rounded(net * percent / base, &site.currency)
}
