//! Wants and what is known, put into what rights speak of, and into what a person is shown.

use portico_domain::agent::{
    Goods, PriceChange, Request, Stock, StockChange, StockTarget, Thing, ValueChange,
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use squarespace::product::{Pricing, ProductVariant};

use super::{Known, Stocked, Want};

/// Adds to a request what its wants would do.
pub(in crate::gateway) fn request<'a>(
    mut plain: Request<'a>,
    wants: &[Want],
    known: &Known,
) -> Request<'a> {
    for want in wants {
        match want {
            Want::Stock { variant, to } => {
                plain.stock.push(StockChange {
                    now: known.stock(variant),
                    to: target(*to),
                });
                plain.quantities.push(units_named(target(*to)));
                plain.goods.push(goods(known.sku(variant)));
            }
            Want::Line {
                variant,
                quantity,
                takes_stock,
            } => {
                plain.quantities.push(*quantity);
                plain
                    .goods
                    .push(goods(variant.as_deref().and_then(|id| known.sku(id))));
                if *takes_stock {
                    plain.stock.push(StockChange {
                        now: None,
                        to: StockTarget::By(*quantity),
                    });
                }
            }
            Want::Made { sku, stock } => {
                plain.quantities.push(units_named(*stock));
                plain.goods.push(goods(sku.as_deref()));
                plain.stock.push(StockChange {
                    now: Some(Stock::Finite(0)),
                    to: *stock,
                });
            }
            Want::Gone { product, variant } => gone(&mut plain, known, product, variant.as_deref()),
            Want::Field {
                product,
                variant,
                field,
                value,
            } => {
                plain
                    .goods
                    .extend(all_goods(known, product, variant.as_deref()));
                if field == "sku" {
                    plain.goods.push(goods(value.as_str()));
                }
            }
            Want::Discount { percent } => {
                plain.goods.push(Goods::Other);
                // As what becomes of each hundred that a customer would pay.
                plain.prices.push(PriceChange {
                    now: Some(Decimal::ONE_HUNDRED),
                    to: percent.and_then(|percent| Decimal::ONE_HUNDRED.checked_sub(percent)),
                });
            }
            Want::Other { product } => plain.goods.extend(all_goods(known, product, None)),
        }
    }
    plain.prices.extend(repriced(wants, known));
    plain
}

/// The same as a person is shown it; things that are made as a whole have no values to show.
pub(in crate::gateway) fn changes(wants: &[Want], known: &Known) -> Vec<ValueChange> {
    let mut changes: Vec<ValueChange> = Vec::new();
    for want in wants {
        match want {
            Want::Stock { variant, to } => {
                let change = restocked(variant, *to, known);
                changes.push(after_those_before(change, &changes));
            }
            Want::Field {
                product,
                variant,
                field,
                value,
            } => changes.push(ValueChange {
                before: before(known, product, variant.as_deref(), field),
                thing: Thing {
                    product: Some(product.clone()),
                    variant: variant.clone(),
                    sku: sku_of(known, product, variant.as_deref()),
                },
                field: field.clone(),
                after: Some(value.clone()),
                by: None,
            }),
            Want::Gone { product, variant } => {
                changes.extend(deleted(product, variant.as_deref(), known));
            }
            Want::Made { .. } | Want::Line { .. } | Want::Discount { .. } | Want::Other { .. } => {}
        }
    }
    let unnamed = prices_unnamed(&changes, known);
    changes.extend(unnamed);
    changes
}

/// What moves by an amount moves from where the moves before it in the same request have left it.
fn after_those_before(change: ValueChange, before: &[ValueChange]) -> ValueChange {
    let is_same = |other: &&ValueChange| other.thing == change.thing && other.by.is_some();
    let left = before
        .iter()
        .rfind(is_same)
        .and_then(|last| last.after.clone());
    let (Some(by), Some(left)) = (change.by, left) else {
        return change;
    };
    ValueChange {
        after: left
            .as_i64()
            .and_then(|left| left.checked_add(by))
            .map(Value::from),
        before: Some(left),
        ..change
    }
}

/// What goes with a product or a variant: its name, and what there is of it.
fn deleted(product: &str, variant: Option<&str>, known: &Known) -> Vec<ValueChange> {
    let gone = |thing: Thing, field: &str| ValueChange {
        before: before(known, product, thing.variant.as_deref(), field),
        thing,
        field: field.to_owned(),
        after: Some(Value::Null),
        by: None,
    };
    let of_product = Thing {
        product: Some(product.to_owned()),
        ..Thing::default()
    };
    let name = variant.is_none().then(|| gone(of_product.clone(), "name"));
    let variants = known.variants(product, variant).unwrap_or_default();
    let stocks = variants.into_iter().filter_map(|variant| {
        let thing = Thing {
            variant: Some(variant.id.as_str().to_owned()),
            sku: variant.sku.clone(),
            ..of_product.clone()
        };
        let is_unlimited = variant.stock?.unlimited;
        let field = if is_unlimited {
            "stock.unlimited"
        } else {
            "stock.quantity"
        };
        Some(gone(thing, field))
    });
    name.into_iter().chain(stocks).collect()
}

/// The prices that a call does not name, where what it does name of them makes others count: a sale that
/// begins, say.
fn prices_unnamed(changes: &[ValueChange], known: &Known) -> Vec<ValueChange> {
    let is_named = |thing: &Thing, field: &str| {
        let mut all = changes.iter();
        all.any(|change| change.thing == *thing && change.field == field)
    };
    let stays = |thing: &Thing, field: &str| {
        let stays = ValueChange {
            thing: thing.clone(),
            field: field.to_owned(),
            before: None,
            after: None,
            by: None,
        };
        let before = now(known, &stays)?;
        Some(ValueChange {
            before: Some(before),
            ..stays
        })
    };
    let begins = changes
        .iter()
        .filter(|change| change.field == "pricing.onSale");
    let prices = begins.flat_map(|begun| {
        ["pricing.basePrice", "pricing.salePrice"]
            .into_iter()
            .filter(|field| !is_named(&begun.thing, field))
            .filter_map(|field| stays(&begun.thing, field))
    });
    prices.collect()
}

fn restocked(variant: &str, to: Stocked, known: &Known) -> ValueChange {
    let now = known.stock(variant);
    let by = |units: u64, sign: i64| Some(i64::try_from(units).ok()?.saturating_mul(sign));
    let (after, by) = match to {
        Stocked::Exactly(to) => (Some(to.into()), None),
        Stocked::Unlimited => (Some(json!("unlimited")), None),
        Stocked::More(units) => (None, by(units, 1)),
        Stocked::Fewer(units) => (None, by(units, -1)),
    };
    let moved = match (now, by) {
        (Some(Stock::Finite(now)), Some(by)) => now.checked_add(by).map(Value::from),
        (Some(Stock::Finite(_) | Stock::Unlimited) | None, _) => None,
    };
    ValueChange {
        thing: Thing {
            product: None,
            variant: Some(variant.to_owned()),
            sku: known.sku(variant).map(str::to_owned),
        },
        field: "stock".to_owned(),
        before: now.map(in_json),
        after: after.or(moved),
        by,
    }
}

/// The value that was changed as it is now.
pub(super) fn now(known: &Known, change: &ValueChange) -> Option<Value> {
    let variant = change.thing.variant.as_deref();
    match &change.thing.product {
        Some(product) => before(known, product, variant, &change.field),
        None => known.stock(variant?).map(in_json),
    }
}

fn in_json(stock: Stock) -> Value {
    match stock {
        Stock::Finite(units) => units.into(),
        Stock::Unlimited => json!("unlimited"),
    }
}

fn target(to: Stocked) -> StockTarget {
    match to {
        Stocked::More(units) | Stocked::Fewer(units) => StockTarget::By(units),
        Stocked::Exactly(units) => StockTarget::Exactly(units),
        Stocked::Unlimited => StockTarget::Unlimited,
    }
}

/// How many units a line names; unlimited is more than any limit.
fn units_named(to: StockTarget) -> u64 {
    match to {
        StockTarget::By(units) => units,
        StockTarget::Exactly(units) => units.unsigned_abs(),
        StockTarget::Unlimited => u64::MAX,
    }
}

fn goods(sku: Option<&str>) -> Goods {
    sku.map_or(Goods::Other, |sku| Goods::Sku(sku.to_owned()))
}

/// Every SKU that a variant, or a product as a whole, is sold under.
fn all_goods(known: &Known, product: &str, variant: Option<&str>) -> Vec<Goods> {
    match known.variants(product, variant) {
        Some(variants) if !variants.is_empty() => variants
            .iter()
            .map(|variant| goods(variant.sku.as_deref()))
            .collect(),
        Some(_) | None => vec![Goods::Other],
    }
}

/// What is deleted takes its stock with it.
fn gone(plain: &mut Request<'_>, known: &Known, product: &str, variant: Option<&str>) {
    plain.goods.extend(all_goods(known, product, variant));
    let to = StockTarget::Exactly(0);
    let Some(variants) = known.variants(product, variant) else {
        plain.stock.push(StockChange { now: None, to });
        return;
    };
    for variant in variants {
        // What has no stock, a gift card say, loses none.
        let Some(stock) = variant.stock else { continue };
        let now = if stock.unlimited {
            Stock::Unlimited
        } else {
            Stock::Finite(stock.quantity)
        };
        plain.stock.push(StockChange { now: Some(now), to });
    }
}

/// The prices that change: each that is named, and what a customer pays after all.
fn repriced(wants: &[Want], known: &Known) -> Vec<PriceChange> {
    let mut prices = Vec::new();
    let mut named: Vec<(&str, Option<&str>, Repriced)> = Vec::new();
    for want in wants {
        let Want::Field {
            product,
            variant,
            field,
            value,
        } = want
        else {
            continue;
        };
        let Some(part) = field.strip_prefix("pricing.") else {
            continue;
        };
        let of = (product.as_str(), variant.as_deref());
        if !named.iter().any(|known| (known.0, known.1) == of) {
            named.push((of.0, of.1, Repriced::default()));
        }
        let to = named.iter_mut().find(|known| (known.0, known.1) == of);
        if let Some((.., to)) = to {
            to.set(part, value);
        }
    }
    for (product, variant, to) in named {
        prices.extend(to.against(pricing(known, product, variant)));
    }
    prices
}

/// What a request says of a price.
#[derive(Default)]
struct Repriced {
    base: Option<Amount>,
    sale: Option<Amount>,
    on_sale: Option<bool>,
}

/// An amount as a request names it.
struct Amount {
    value: Option<Decimal>,
    currency: Option<String>,
}

impl Amount {
    fn of(value: &Value) -> Self {
        let text = |member: &str| value[member].as_str().map(str::trim);
        Self {
            value: text("value").and_then(|value| value.parse().ok()),
            currency: text("currency").map(str::to_owned),
        }
    }

    /// Its value, where it can be compared with amounts of a currency.
    fn of_currency(&self, currency: Option<&str>) -> Option<Decimal> {
        let is_same = currency.is_none_or(|currency| self.currency.as_deref() == Some(currency));
        self.value.filter(|_| is_same)
    }
}

impl Repriced {
    fn set(&mut self, part: &str, value: &Value) {
        match part {
            "basePrice" => self.base = Some(Amount::of(value)),
            "salePrice" => self.sale = Some(Amount::of(value)),
            "onSale" => self.on_sale = value.as_bool(),
            _ => {}
        }
    }

    fn against(&self, now: Option<&Pricing>) -> Vec<PriceChange> {
        let Some(now) = now else {
            let named = self.base.as_ref().or(self.sale.as_ref());
            let to = named.and_then(|amount| amount.value);
            return vec![PriceChange { now: None, to }];
        };
        let known = now.base_price.as_ref().or(now.sale_price.as_ref());
        let currency = known.map(|price| price.currency.as_str());
        let value = |price: &Option<squarespace::Money>| price.as_ref().map(|price| price.value);
        let (base, sale) = (value(&now.base_price), value(&now.sale_price));
        let named = |amount: &Amount| amount.of_currency(currency);
        let (to_base, to_sale) = (
            self.base.as_ref().map_or(base, named),
            self.sale.as_ref().map_or(sale, named),
        );
        let paid = |on_sale, base, sale| if on_sale { sale } else { base };
        let mut prices = vec![PriceChange {
            now: paid(now.on_sale, base, sale),
            to: paid(self.on_sale.unwrap_or(now.on_sale), to_base, to_sale),
        }];
        if self.base.is_some() {
            prices.push(PriceChange {
                now: base,
                to: to_base,
            });
        }
        if self.sale.is_some() {
            // Also where no sale is on: it waits for who turns it on. Without one before, from the full price: the
            // vendor has none as 0 where there never was a sale.
            let none = !now.on_sale && sale.is_some_and(|sale| sale.is_zero());
            prices.push(PriceChange {
                now: sale.filter(|_| !none).or(base),
                to: to_sale,
            });
        }
        prices
    }
}

fn pricing<'a>(known: &'a Known, product: &str, variant: Option<&'a str>) -> Option<&'a Pricing> {
    match variant {
        None => known.products.get(product)?.pricing.as_ref(),
        Some(_) => one(known, product, variant)?.pricing.as_ref(),
    }
}

fn one<'a>(
    known: &'a Known,
    product: &str,
    variant: Option<&'a str>,
) -> Option<&'a ProductVariant> {
    variant?;
    known.variants(product, variant)?.first().copied()
}

fn sku_of(known: &Known, product: &str, variant: Option<&str>) -> Option<String> {
    one(known, product, variant)?.sku.clone()
}

/// The value that a field has now; `null` where the thing is known and has none.
fn before(known: &Known, product: &str, variant: Option<&str>, field: &str) -> Option<Value> {
    let thing = match variant {
        None => serde_json::to_value(known.products.get(product)?),
        Some(_) => serde_json::to_value(one(known, product, variant)?),
    };
    let thing = thing.ok()?;
    let pointer = format!("/{}", field.replace('.', "/"));
    Some(thing.pointer(&pointer).cloned().unwrap_or(Value::Null))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_in_another_currency_or_in_no_number_cannot_be_told() {
        let now: Pricing = serde_json::from_value(json!({
            "basePrice": { "currency": "USD", "value": "45.00" },
            "salePrice": { "currency": "USD", "value": "40.00" },
            "onSale": false,
        }))
        .unwrap();
        let told = |part: &str, currency: &str, value: &str| {
            let mut to = Repriced::default();
            to.set(part, &json!({ "currency": currency, "value": value }));
            let all = to.against(Some(&now)).into_iter();
            all.map(|price| price.percent().map(|it| it.round().to_string()))
                .collect::<Vec<_>>()
        };
        let percent = |text: &str| Some(text.to_owned());
        assert_eq!(
            told("basePrice", "USD", "54.00"),
            [percent("20"), percent("20")]
        );
        assert_eq!(told("basePrice", "EUR", "45.00"), [None, None]);
        assert_eq!(told("basePrice", "USD", "a thousand"), [None, None]);
        assert_eq!(
            told("salePrice", "USD", "20.00"),
            [percent("0"), percent("50")]
        );
    }

    #[test]
    fn a_first_sale_is_told_from_the_full_price_though_the_vendor_says_0_until_then() {
        let now: Pricing = serde_json::from_value(json!({
            "basePrice": { "currency": "USD", "value": "45.00" },
            "salePrice": { "currency": "USD", "value": "0.00" },
            "onSale": false,
        }))
        .unwrap();
        let mut to = Repriced::default();
        to.set("salePrice", &json!({ "currency": "USD", "value": "36.00" }));
        to.set("onSale", &json!(true));
        let percents = to
            .against(Some(&now))
            .into_iter()
            .map(|price| price.percent());
        let twenty = Some(Decimal::from(20));
        assert_eq!(percents.collect::<Vec<_>>(), [twenty, twenty]);
    }
}
