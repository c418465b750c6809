//! What a call changes, value by value, as a person is shown it and as it is undone.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One value that a call sets. It is never personal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub thing: Thing,
    /// By the vendor's name for it, as a path: `stock`, `pricing.basePrice`, `isVisible`.
    pub field: String,
    /// What it is; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it becomes; absent where only [`Self::by`] is known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// By how much it moves, where that is what the call says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<i64>,
}

/// What the value is of, by the vendor's identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
}
