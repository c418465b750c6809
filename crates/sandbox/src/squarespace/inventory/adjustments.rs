//! Adjusting stock: all operations of a request or none, once per Idempotency-Key.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::item;
use crate::squarespace::access::{Area, Caller, Level};
use crate::squarespace::answer::{Refusal, Reply};
use crate::squarespace::door::json_body;
use crate::squarespace::idempotency;
use crate::squarespace::shape::{ANY, Kind, Member, needed, optional};
use crate::squarespace::site::Site;
use crate::squarespace::{APP, Squarespace};

const BODY: &[Member] = &[
    optional("incrementOperations", OPERATIONS),
    optional("decrementOperations", OPERATIONS),
    optional("setFiniteOperations", OPERATIONS),
    optional(
        "setUnlimitedOperations",
        Kind::Texts {
            most: ANY,
            longest: ANY,
            distinct: false,
        },
    ),
];

const OPERATIONS: Kind = Kind::Objects {
    least: 0,
    most: ANY,
    members: &[
        needed("variantId", Kind::Text { longest: ANY }),
        // How many are allowed is judged after the operations were counted.
        needed(
            "quantity",
            Kind::Whole {
                lowest: i64::MIN,
                highest: i64::MAX,
            },
        ),
    ],
};

const MOST_OPERATIONS: usize = 50;
const HIGHEST_QUANTITY: i64 = 1_000_000_000;

/// What becomes of the stock of one variant.
#[derive(Clone, Copy, Debug)]
enum Change {
    Add(i64),
    Take(i64),
    Set(i64),
    Unlimit,
}

#[derive(Clone, Copy, Debug)]
struct Stock {
    quantity: i64,
    unlimited: bool,
}

/// `POST /1.0/commerce/inventory/adjustments`
pub(super) async fn adjust(
    State(shop): State<Arc<Squarespace>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Reply, Refusal> {
    caller.may(Area::Inventory, Level::Write)?;
    let key = idempotency::key(&headers)?;
    let request = json_body(&headers, &body)?;
    shop.on_site(&caller, |site| {
        if let Some(replay) = site.adjustments_by_key.find(caller.now_ms, &key) {
            return repeat(&shop, &replay.request, &request);
        }
        shop.strictness("").check(&request, BODY)?;
        let changes = read(&request);
        check(site, &changes)?;
        let highest = shop.number("highest_stock");
        let stocks: Vec<(&str, Stock)> = changes
            .iter()
            .map(|(id, change)| Ok((*id, change.of(stock(site, id), highest)?)))
            .collect::<Result<_, Refusal>>()?;
        for (id, stock) in stocks {
            let stock = json!({ "quantity": stock.quantity, "unlimited": stock.unlimited });
            site.change_variant(id, |variant| variant["stock"] = stock);
        }
        site.adjustments_by_key
            .keep(caller.now_ms, key, request, Value::Null);
        Ok(Reply::Done)
    })
}

impl Change {
    fn lowest_quantity(self) -> i64 {
        match self {
            Self::Add(_) | Self::Take(_) => 1,
            Self::Set(_) | Self::Unlimit => 0,
        }
    }

    fn quantity(self) -> i64 {
        match self {
            Self::Add(quantity) | Self::Take(quantity) | Self::Set(quantity) => quantity,
            Self::Unlimit => 0,
        }
    }

    /// The stock after this change.
    fn of(self, stock: Stock, highest: i64) -> Result<Stock, Refusal> {
        let conflict = |subtype, message| Err(Refusal::conflict(Some(subtype), message));
        let quantity = match self {
            Self::Add(_) | Self::Take(_) if stock.unlimited => {
                return conflict("STOCK_NOT_TRACKED", "The stock of the item is unlimited.");
            }
            Self::Unlimit => {
                return Ok(Stock {
                    unlimited: true,
                    ..stock
                });
            }
            Self::Add(quantity) => stock.quantity + quantity,
            Self::Take(quantity) => stock.quantity - quantity,
            Self::Set(quantity) => quantity,
        };
        if quantity < 0 {
            return conflict(
                "INSUFFICIENT_STOCK",
                "There is not enough stock of the item.",
            );
        }
        if quantity > highest {
            return conflict(
                "STOCK_EXCEEDS_MAX",
                "The stock of the item would exceed the maximum.",
            );
        }
        Ok(Stock {
            quantity,
            unlimited: false,
        })
    }
}

/// A key that was used: nothing changes, even where the body asks for something else.
fn repeat(shop: &Squarespace, before: &Value, now: &Value) -> Result<Reply, Refusal> {
    if before != now {
        if shop.choice("reused_inventory_key") == "refused" {
            return Err(Refusal::invalid(
                "The Idempotency-Key was already used with different request parameters.",
            ));
        }
        tracing::warn!(
            app = APP,
            "An Idempotency-Key was used again with another adjustment, which is dropped"
        );
    }
    Ok(Reply::Done)
}

/// The operations of a body whose types were checked.
fn read(request: &Value) -> Vec<(&str, Change)> {
    let items = |list: &str| request[list].as_array().into_iter().flatten();
    let changes = |list, change: fn(i64) -> Change| {
        items(list).filter_map(move |operation| {
            let quantity = operation["quantity"].as_i64()?;
            Some((operation["variantId"].as_str()?, change(quantity)))
        })
    };
    let unlimited = items("setUnlimitedOperations").filter_map(Value::as_str);
    changes("incrementOperations", Change::Add)
        .chain(changes("decrementOperations", Change::Take))
        .chain(changes("setFiniteOperations", Change::Set))
        .chain(unlimited.map(|id| (id, Change::Unlimit)))
        .collect()
}

/// The rules of the request as a whole, in the vendor's order.
fn check(site: &Site, changes: &[(&str, Change)]) -> Result<(), Refusal> {
    if changes.is_empty() {
        return Err(Refusal::invalid("At least one operation is required."));
    }
    if changes.len() > MOST_OPERATIONS {
        return Err(Refusal::invalid(format!(
            "At most {MOST_OPERATIONS} operations may be given."
        )));
    }
    for (_, change) in changes {
        let lowest = change.lowest_quantity();
        if !(lowest..=HIGHEST_QUANTITY).contains(&change.quantity()) {
            return Err(Refusal::invalid(format!(
                "quantity must be between {lowest} and {HIGHEST_QUANTITY}, inclusive."
            )));
        }
    }
    let mut seen = HashSet::new();
    if let Some((id, _)) = changes.iter().find(|(id, _)| !seen.insert(*id)) {
        return Err(Refusal::invalid(format!(
            "The item {id} is in more than one operation."
        )));
    }
    match changes.iter().find(|(id, _)| item(site, id).is_none()) {
        Some((id, _)) => Err(Refusal::unacceptable(
            "INVENTORY_ITEM_NOT_FOUND",
            format!("The inventory item {id} was not found."),
        )),
        None => Ok(()),
    }
}

fn stock(site: &Site, variant_id: &str) -> Stock {
    let stock = site
        .variant(variant_id)
        .map(|(_, variant)| &variant["stock"]);
    Stock {
        quantity: stock
            .and_then(|stock| stock["quantity"].as_i64())
            .unwrap_or_default(),
        unlimited: stock.is_some_and(|stock| stock["unlimited"] == true),
    }
}
