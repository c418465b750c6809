//! What is there now of the things that a call would change.

use std::collections::HashMap;

use portico_domain::agent::Stock;
use squarespace::product::ProductVariant;
use squarespace::{InventoryItem, Product};

use super::{Stocked, Want};

/// So many stocks are read in one call.
const MOST_STOCKS: usize = 50;

/// Why values are looked up before a call is decided.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::gateway) struct Purpose {
    /// Which SKUs are meant.
    pub(in crate::gateway) goods: bool,
    /// How far stocks and prices move.
    pub(in crate::gateway) distance: bool,
    /// What a person is shown, before and after.
    pub(in crate::gateway) shown: bool,
    /// What is kept, so that a change can be undone.
    pub(in crate::gateway) kept: bool,
}

/// What must be read, in one call each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::gateway) struct Needed {
    pub(in crate::gateway) stocks: Vec<String>,
    pub(in crate::gateway) products: Vec<String>,
}

/// What was read.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Known {
    pub(in crate::gateway) stocks: HashMap<String, InventoryItem>,
    pub(in crate::gateway) products: HashMap<String, Product>,
}

impl Needed {
    /// What these wants need to be known for a purpose.
    pub(in crate::gateway) fn of(wants: &[Want], why: Purpose) -> Self {
        let mut needed = Self::default();
        for want in wants {
            match want {
                Want::Stock { variant, to } => {
                    let overwrites = matches!(to, Stocked::Exactly(_) | Stocked::Unlimited);
                    if why.goods || why.shown || (overwrites && (why.distance || why.kept)) {
                        needed.stocks.push(variant.clone());
                    }
                }
                Want::Line { variant, .. } => {
                    if why.goods {
                        needed.stocks.extend(variant.clone());
                    }
                }
                Want::Field { product, .. } => {
                    if why.goods || why.distance || why.shown || why.kept {
                        needed.products.push(product.clone());
                    }
                }
                Want::Gone { product, .. } => {
                    if why.goods || why.distance || why.shown {
                        needed.products.push(product.clone());
                    }
                }
                Want::Other { product } => {
                    if why.goods {
                        needed.products.push(product.clone());
                    }
                }
                Want::Made { .. } | Want::Discount { .. } => {}
            }
        }
        for ids in [&mut needed.stocks, &mut needed.products] {
            ids.sort_unstable();
            ids.dedup();
        }
        if needed.stocks.len() > MOST_STOCKS {
            // Unknown, so beyond every limit: no call of the vendor's names as many.
            needed.stocks.clear();
        }
        needed
    }

    /// How many calls it takes to read them.
    pub(in crate::gateway) fn calls(&self) -> u64 {
        u64::from(!self.stocks.is_empty()) + u64::from(!self.products.is_empty())
    }
}

impl Known {
    pub(super) fn stock(&self, variant: &str) -> Option<Stock> {
        self.stocks.get(variant).map(|item| {
            if item.is_unlimited {
                Stock::Unlimited
            } else {
                Stock::Finite(item.quantity)
            }
        })
    }

    pub(super) fn sku(&self, variant: &str) -> Option<&str> {
        self.stocks.get(variant)?.sku.as_deref()
    }

    /// The variants that are meant: one of a product, or all of them.
    pub(super) fn variants<'a>(
        &'a self,
        product: &str,
        variant: Option<&'a str>,
    ) -> Option<Vec<&'a ProductVariant>> {
        let all = &self.products.get(product)?.variants;
        let is_meant = |known: &&ProductVariant| variant.is_none_or(|id| known.id.as_str() == id);
        let meant: Vec<_> = all.iter().filter(is_meant).collect();
        (variant.is_none() || !meant.is_empty()).then_some(meant)
    }
}
