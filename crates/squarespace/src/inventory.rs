//! Stock: how many of each variant are left, and adjusting that.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, IDEMPOTENCY_KEY, fetch, joined, run};
use crate::id::VariantId;
use crate::page::{Cursor, Pagination};

/// The stock of one variant. Downloads and gift cards have none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryItem {
    /// The variant.
    pub variant_id: VariantId,
    /// The merchant's code.
    #[serde(default)]
    pub sku: Option<String>,
    /// The names of product and variant in one, for people.
    #[serde(default)]
    pub descriptor: Option<String>,
    /// Whether stock is not counted.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_unlimited: bool,
    /// How many are left; the last known number where stock is unlimited.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub quantity: i64,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Up to fifty stocks.
#[derive(Clone, Debug)]
pub struct InventoryPage {
    /// The stocks.
    pub items: Vec<InventoryItem>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

/// What to do to stocks, all or nothing: 1 to 50 operations together, each variant in one of them only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryAdjustment {
    /// Add so many; at least one, and only where stock is counted.
    #[serde(rename = "incrementOperations", skip_serializing_if = "Vec::is_empty")]
    pub increments: Vec<StockOperation>,
    /// Take away so many; at least one, no more than there are, and only where stock is counted.
    #[serde(rename = "decrementOperations", skip_serializing_if = "Vec::is_empty")]
    pub decrements: Vec<StockOperation>,
    /// Let there be so many; stock is counted from then on.
    #[serde(rename = "setFiniteOperations", skip_serializing_if = "Vec::is_empty")]
    pub set_finite: Vec<StockOperation>,
    /// Count no longer.
    #[serde(
        rename = "setUnlimitedOperations",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub set_unlimited: Vec<VariantId>,
}

/// A variant and a number of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StockOperation {
    /// The variant.
    pub variant_id: VariantId,
    /// The number; up to 1,000,000,000.
    pub quantity: u32,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default, deserialize_with = "lenient::or_default")]
    inventory: Vec<InventoryItem>,
    #[serde(default)]
    pagination: Pagination,
}

impl Client {
    /// Lists stocks, from the start or from a cursor; there is no filter. `GET /1.0/commerce/inventory`
    pub async fn inventory(
        &self,
        cursor: Option<&Cursor>,
        token: &SecretString,
    ) -> Result<InventoryPage, Error> {
        let call = self.call("GET /1.0/commerce/inventory", &[], token);
        let envelope: Envelope = fetch(call.query_if("cursor", cursor.map(Cursor::as_str))).await?;
        Ok(InventoryPage {
            items: envelope.inventory,
            next: envelope.pagination.next(),
        })
    }

    /// Reads the stock of up to fifty variants, in any order; one unknown id refuses all.
    /// `GET /1.0/commerce/inventory/{variantIdCsvs}`
    pub async fn inventory_by_id(
        &self,
        ids: &[VariantId],
        token: &SecretString,
    ) -> Result<Vec<InventoryItem>, Error> {
        let operation = "GET /1.0/commerce/inventory/{variantIdCsvs}";
        fetch::<Envelope>(self.call(operation, &[&joined(ids)], token))
            .await
            .map(|envelope| envelope.inventory)
    }

    /// Adjusts stocks. The answer does not tell the new ones: read them. `POST /1.0/commerce/inventory/adjustments`
    ///
    /// The key makes it safe to send again: once used, it is answered as done and changes nothing, whatever the
    /// adjustment. It has 1 to 64 letters, digits, dashes and underscores.
    pub async fn adjust_inventory(
        &self,
        adjustment: &InventoryAdjustment,
        idempotency_key: &str,
        token: &SecretString,
    ) -> Result<(), Error> {
        let call = self.call("POST /1.0/commerce/inventory/adjustments", &[], token);
        run(call
            .header(IDEMPOTENCY_KEY, idempotency_key)
            .json(adjustment))
        .await
    }
}
