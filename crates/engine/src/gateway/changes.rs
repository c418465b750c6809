//! What a call would change at Squarespace: read off its request, joined with what is there now.

mod known;
mod told;
mod wants;

use portico_domain::connection::Connection;
use squarespace::{ProductId, VariantId};

pub(super) use known::{Known, Needed, Purpose};
pub(super) use told::{changes, request};
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
