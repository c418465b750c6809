//! What a request asks for, thing by thing.

use portico_domain::agent::StockTarget;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use wire::catalog::{Access, Operation, Params};

/// Members of a body whose own members are values, each by itself.
const NESTED: [&str; 2] = ["pricing", "seoOptions"];

/// One thing that a request asks for.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::gateway) enum Want {
    /// The stock of a variant that there is.
    Stock { variant: String, to: Stocked },
    /// A value of a product, or of one of its variants.
    Field {
        product: String,
        variant: Option<String>,
        /// As a path: `pricing.basePrice`.
        field: String,
        value: Value,
    },
    /// A variant that is made, with its first stock.
    Made {
        sku: Option<String>,
        stock: StockTarget,
    },
    /// A product, or one of its variants, that is deleted with its stock.
    Gone {
        product: String,
        variant: Option<String>,
    },
    /// A line of an order.
    Line {
        variant: Option<String>,
        quantity: u64,
        takes_stock: bool,
    },
    /// A discount of so many percent, or of what cannot be told as such.
    Discount { percent: Option<Decimal> },
    /// Something else of a product: a picture, say.
    Other { product: String },
}

/// What becomes of a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Stocked {
    More(u64),
    Fewer(u64),
    Exactly(i64),
    Unlimited,
}

/// What a request asks for that rights speak of. Its body fits the operation's schema.
pub(in crate::gateway) fn wants(operation: &Operation, params: &Params, body: &Value) -> Vec<Want> {
    let param = |name| params.get(name).map(str::to_owned);
    let product = param("productId").unwrap_or_default();
    match operation.id {
        "adjustInventoryStockLevels" => adjusted(body),
        "createProduct" => items(body, "variants").map(made).collect(),
        "createProductVariant" => vec![made(body)],
        "updateProduct" | "updateProductVariant" => fields(body, &product, param("variantId")),
        "deleteProduct" | "deleteProductVariant" => vec![Want::Gone {
            product,
            variant: param("variantId"),
        }],
        "createOrder" => {
            let takes_stock = body["inventoryBehavior"] == "DEDUCT";
            let line = |line: &Value| ordered(line, takes_stock);
            items(body, "lineItems").map(line).collect()
        }
        "createDiscount" | "updateDiscount" => vec![Want::Discount {
            percent: percent(&body["template"]),
        }],
        _ if operation.access == Access::Write && !product.is_empty() => {
            vec![Want::Other { product }]
        }
        _ => Vec::new(),
    }
}

fn adjusted(body: &Value) -> Vec<Want> {
    let list = |name, to: fn(u64) -> Stocked| {
        items(body, name).map(move |item| Want::Stock {
            variant: text(&item["variantId"]).unwrap_or_default(),
            to: to(whole(&item["quantity"]).unwrap_or(u64::MAX)),
        })
    };
    let exactly = |units| Stocked::Exactly(in_stock(units));
    let unlimited = items(body, "setUnlimitedOperations").map(|variant| Want::Stock {
        variant: text(variant).unwrap_or_default(),
        to: Stocked::Unlimited,
    });
    list("incrementOperations", Stocked::More)
        .chain(list("decrementOperations", Stocked::Fewer))
        .chain(list("setFiniteOperations", exactly))
        .chain(unlimited)
        .collect()
}

fn fields(body: &Value, product: &str, variant: Option<String>) -> Vec<Want> {
    let field = |field: String, value: &Value| Want::Field {
        product: product.to_owned(),
        variant: variant.clone(),
        field,
        value: value.clone(),
    };
    let mut wants = Vec::new();
    for (name, value) in body.as_object().unwrap_or(&Map::new()) {
        match value.as_object() {
            Some(members) if NESTED.contains(&name.as_str()) => {
                let nested = members
                    .iter()
                    .map(|(member, value)| field(format!("{name}.{member}"), value));
                wants.extend(nested);
            }
            _ => wants.push(field(name.clone(), value)),
        }
    }
    wants
}

fn made(variant: &Value) -> Want {
    let stock = &variant["stock"];
    let stock = if stock["unlimited"] == true {
        StockTarget::Unlimited
    } else {
        let quantity = &stock["quantity"];
        let units = if quantity.is_null() {
            Some(0)
        } else {
            whole(quantity)
        };
        // What cannot be told is more than any limit.
        units.map_or(StockTarget::Unlimited, |units| {
            StockTarget::Exactly(in_stock(units))
        })
    };
    Want::Made {
        sku: text(&variant["sku"]),
        stock,
    }
}

fn ordered(line: &Value, takes_stock: bool) -> Want {
    let variant = text(&line["variantId"]);
    Want::Line {
        takes_stock: takes_stock && variant.is_some(),
        variant,
        quantity: whole(&line["quantity"]).unwrap_or(u64::MAX),
    }
}

fn percent(template: &Value) -> Option<Decimal> {
    if template["type"] != "PERCENTAGE" {
        return None;
    }
    template["percentage"].as_str()?.trim().parse().ok()
}

fn items<'a>(body: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    body[name].as_array().into_iter().flatten()
}

/// A whole number, also one that is written as `2.0`.
fn whole(value: &Value) -> Option<u64> {
    let written: Decimal = value.as_number()?.to_string().parse().ok()?;
    let is_whole = written.fract().is_zero();
    is_whole.then(|| u64::try_from(written).ok()).flatten()
}

fn in_stock(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::json;
    use squarespace::catalog::CATALOG;

    use super::*;

    fn wanted(method: Method, path: &str, body: Value) -> Vec<Want> {
        let (operation, params) = CATALOG.match_path(&method, path).unwrap();
        wants(operation, &params, &body)
    }

    #[test]
    fn each_stock_of_an_adjustment_is_a_want() {
        let body = json!({
            "incrementOperations": [{ "variantId": "a", "quantity": 2 }],
            "decrementOperations": [{ "variantId": "b", "quantity": 3 }],
            "setFiniteOperations": [{ "variantId": "c", "quantity": 0 }],
            "setUnlimitedOperations": ["d"],
        });
        let wanted = wanted(Method::POST, "/1.0/commerce/inventory/adjustments", body);
        let stock = |variant: &str, to| Want::Stock {
            variant: variant.to_owned(),
            to,
        };
        assert_eq!(
            wanted,
            [
                stock("a", Stocked::More(2)),
                stock("b", Stocked::Fewer(3)),
                stock("c", Stocked::Exactly(0)),
                stock("d", Stocked::Unlimited),
            ]
        );
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        for (written, read) in [
            ("2", Some(2)),
            ("2.0", Some(2)),
            ("1e16", Some(10_000_000_000_000_000)),
            ("2.5", None),
            ("-1", None),
        ] {
            let value = serde_json::from_str(written).unwrap();
            assert_eq!(whole(&value), read, "{written}");
        }
    }

    #[test]
    fn each_value_of_a_change_is_a_want_and_so_is_each_part_of_a_price() {
        let body = json!({
            "sku": "B-2",
            "pricing": { "onSale": true, "salePrice": { "currency": "USD", "value": "9.00" } },
        });
        let path = "/v2/commerce/products/p1/variants/v1";
        let fields: Vec<(String, Value)> = wanted(Method::POST, path, body)
            .into_iter()
            .map(|want| {
                let Want::Field { field, value, .. } = want else {
                    panic!("{want:?} is no field");
                };
                (field, value)
            })
            .collect();
        assert_eq!(
            fields,
            [
                ("pricing.onSale".to_owned(), json!(true)),
                (
                    "pricing.salePrice".to_owned(),
                    json!({ "currency": "USD", "value": "9.00" })
                ),
                ("sku".to_owned(), json!("B-2")),
            ]
        );
    }

    #[test]
    fn a_discount_that_is_no_percentage_cannot_be_told() {
        let percent = |template: Value| {
            let body = json!({ "template": template });
            wanted(Method::POST, "/v1/commerce/discounts", body)
        };
        let told = Some(Decimal::new(125, 1));
        assert_eq!(
            percent(json!({ "type": "PERCENTAGE", "percentage": "12.5" })),
            [Want::Discount { percent: told }]
        );
        assert_eq!(
            percent(json!({ "type": "FIXED_AMOUNT", "amount": "1" })),
            [Want::Discount { percent: None }]
        );
    }

    #[test]
    fn whatever_else_is_done_to_a_product_is_of_that_product() {
        let other = Want::Other {
            product: "p1".to_owned(),
        };
        for (method, path) in [
            (Method::DELETE, "/v2/commerce/products/p1/images/i1"),
            (Method::POST, "/v2/commerce/products/p1/images/i1/order"),
        ] {
            let wanted = wanted(method, path, json!({}));
            assert_eq!(wanted, std::slice::from_ref(&other), "{path}");
        }
        assert!(wanted(Method::GET, "/v2/commerce/products/p1", Value::Null).is_empty());
    }
}
