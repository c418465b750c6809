//! What a call would change at Squarespace: read off its request, joined with what is there now.

mod known;
mod told;
mod undone;
mod wants;

use portico_domain::Priority;
use portico_domain::agent::ValueChange;
use portico_domain::connection::Connection;
use serde_json::Value;
use squarespace::{ProductId, VariantId};

pub(super) use known::{Known, Needed, Purpose};
pub(super) use told::{changes, request};
pub(crate) use undone::undone;
pub(super) use wants::{Want, wants};

use crate::calls::Turn;
use crate::{Engine, Error};
use wants::Stocked;

impl Engine {
    /// Reads what there is now. What the vendor does not have, or does not tell, stays unknown.
    pub(super) async fn known(
        &self,
        connection: &Connection,
        needed: &Needed,
        turn: Turn,
    ) -> Result<Known, Error> {
        let mut known = Known::default();
        let client = &self.inner.squarespace;
        if !needed.stocks.is_empty() {
            let ids: Vec<VariantId> = needed
                .stocks
                .iter()
                .map(|id| VariantId::from(id.as_str()))
                .collect();
            let read = self
                .call_in(connection, turn, |token| {
                    let ids = &ids;
                    async move { client.inventory_by_id(ids, &token).await }
                })
                .await;
            let items = told(read)?.unwrap_or_default();
            let by_id = items
                .into_iter()
                .map(|item| (item.variant_id.as_str().to_owned(), item));
            known.stocks = by_id.collect();
        }
        if !needed.products.is_empty() {
            let ids: Vec<ProductId> = needed
                .products
                .iter()
                .map(|id| ProductId::from(id.as_str()))
                .collect();
            let read = self
                .call_in(connection, turn, |token| {
                    let ids = &ids;
                    async move { client.products_by_id(ids, &token).await }
                })
                .await;
            let products = told(read)?.unwrap_or_default();
            let by_id = products
                .into_iter()
                .map(|product| (product.id.as_str().to_owned(), product));
            known.products = by_id.collect();
        }
        Ok(known)
    }
}

impl Engine {
    /// What these values are now; not those that moved by an amount, which can be moved back from anywhere.
    pub(crate) async fn values_now<'a>(
        &self,
        connection: &Connection,
        changes: &'a [ValueChange],
    ) -> Result<Vec<(&'a ValueChange, Option<Value>)>, Error> {
        let set = || changes.iter().filter(|change| change.by.is_none());
        let is_stock = |change: &&ValueChange| change.thing.product.is_none();
        let mut needed = Needed {
            stocks: set()
                .filter(is_stock)
                .filter_map(|change| change.thing.variant.clone())
                .collect(),
            products: set()
                .filter_map(|change| change.thing.product.clone())
                .collect(),
        };
        needed.products.dedup();
        let turn = Turn {
            lane: Priority::Person,
            patience: None,
        };
        let known = self.known(connection, &needed, turn).await?;
        Ok(set()
            .map(|change| (change, told::now(&known, change)))
            .collect())
    }
}

/// What the vendor itself refuses is not known; what keeps us from asking keeps the call from being made, too.
fn told<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(Error::Vendor { name, cause }) => {
            tracing::info!(error = %cause, "What a call would change at `{name}` is not known");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
