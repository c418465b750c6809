//! Product facts: looked up in batches when an order names a product that is not known, or was
//! looked up long ago.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use portico_domain::Priority;
use portico_domain::connection::Connection;
use portico_domain::product::Product;
use portico_store::{Error as StoreError, Tx, flows, products, sites};
use squarespace::ProductId;
use wire::Kind;

use super::ReadOrder;
use crate::{Engine, Error};

/// How long the facts of a product are believed: a shop seldom moves one to another page.
const PRODUCT_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// How long the titles of store pages are believed.
const STORE_PAGES_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// The vendor takes so many ids in one call.
const IDS_PER_CALL: usize = 50;

/// The beginning of the flows' warning, by which it is found again when it is over.
const PRODUCTS_REFUSED: &str = "the shop refuses to tell of products";

impl Engine {
    /// Makes sure that the products of these orders are known, as far as the shop knows them.
    ///
    /// Safe to run twice: what is known is not asked for again. A key without the products
    /// permission leaves orders without categories, which the connection's test says. A refusal
    /// does so too, and the flows say it: an order must not be lost for want of its category.
    pub(super) async fn learn_products(
        &self,
        connection: &Connection,
        read: &[ReadOrder],
        lane: Priority,
    ) -> Result<(), Error> {
        let can_read = &connection.account.can_read;
        if !can_read.iter().any(|area| area == "products") {
            return Ok(());
        }
        let named: BTreeSet<String> = read
            .iter()
            .flat_map(|order| order.order.lines.iter())
            .filter_map(|line| line.product_id.clone())
            .collect();
        let unknown = self.unknown_products(connection, named).await?;
        if unknown.is_empty() {
            return Ok(());
        }
        let refusal = match self.ask_for_products(connection, &unknown, lane).await {
            Ok(()) => None,
            Err(Error::Vendor { cause, .. }) if !cause.is_transient() => Some(cause),
            Err(error) => return Err(error),
        };
        self.warn_of_products(connection, refusal.as_deref()).await
    }

    async fn ask_for_products(
        &self,
        connection: &Connection,
        unknown: &[String],
        lane: Priority,
    ) -> Result<(), Error> {
        for batch in unknown.chunks(IDS_PER_CALL) {
            let pages = self.store_pages(connection, lane).await?;
            let found = self.read_products(connection, batch, &pages, lane).await?;
            self.save_products(connection, batch.to_vec(), found)
                .await?;
        }
        Ok(())
    }

    /// Says in the flows of a site that its products are refused, or no longer says so.
    async fn warn_of_products(
        &self,
        connection: &Connection,
        refusal: Option<&wire::Error>,
    ) -> Result<(), Error> {
        if let Some(cause) = refusal {
            tracing::warn!(connection.id = %connection.id, "Orders of `{}` get no categories: {cause}", connection.name);
        }
        let warning = refusal.map(|cause| {
            format!(
                "{PRODUCTS_REFUSED} ({cause}), so their orders get no category; check the \
                 connection's permission to read products, the next order asks again"
            )
        });
        let id = connection.id;
        let write = move |tx: &mut dyn Tx| {
            for flow in flows::of_site(tx, id)? {
                let is_ours = |said: &String| said.starts_with(PRODUCTS_REFUSED);
                // What else stands in the way of a flow matters more.
                if flow.warning != warning && flow.warning.as_ref().is_none_or(is_ours) {
                    flows::save_warning(tx, flow.id, warning.as_deref())?;
                }
            }
            Ok(())
        };
        Ok(self.store().write(write).await?)
    }

    async fn unknown_products(
        &self,
        connection: &Connection,
        named: BTreeSet<String>,
    ) -> Result<Vec<String>, Error> {
        let (id, oldest) = (connection.id, self.now() - PRODUCT_LIFE);
        let named: Vec<_> = named.into_iter().map(|product| (id, product)).collect();
        let read = move |tx: &mut dyn Tx| {
            let known = products::known(tx, &named)?;
            let unknown = named
                .iter()
                .zip(known)
                .filter(|(_, known)| known.as_ref().is_none_or(|known| known.read_at < oldest));
            Ok(unknown.map(|((_, product), _)| product.clone()).collect())
        };
        Ok(self.store().read(read).await?)
    }

    /// Reads up to fifty products. One that is gone refuses the whole call, so a refused batch is
    /// halved until the missing one stands alone.
    async fn read_products(
        &self,
        connection: &Connection,
        ids: &[String],
        pages: &BTreeMap<String, String>,
        lane: Priority,
    ) -> Result<Vec<Product>, Error> {
        let client = &self.inner.squarespace;
        let mut found = Vec::new();
        let mut batches = vec![ids];
        while let Some(batch) = batches.pop() {
            let wanted: &Vec<ProductId> = &batch
                .iter()
                .map(|id| ProductId::from(id.as_str()))
                .collect();
            let answer = self
                .call(connection, lane, |token| async move {
                    client.products_by_id(wanted, &token).await
                })
                .await;
            match answer {
                Ok(products) => found.extend(products.iter().map(|product| facts(product, pages))),
                Err(Error::Vendor { cause, .. }) if cause.kind == Kind::NotFound => {
                    if batch.len() > 1 {
                        let (left, right) = batch.split_at(batch.len() / 2);
                        batches.extend([left, right]);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn save_products(
        &self,
        connection: &Connection,
        asked: Vec<String>,
        found: Vec<Product>,
    ) -> Result<(), Error> {
        let (id, now) = (connection.id, self.now());
        let write = move |tx: &mut dyn Tx| {
            for product in &asked {
                let facts = found.iter().find(|found| found.id == *product);
                products::save(tx, id, product, facts, now)?;
            }
            Ok(())
        };
        Ok(self.store().write(write).await?)
    }

    /// The titles of the store pages by their identifiers.
    async fn store_pages(
        &self,
        connection: &Connection,
        lane: Priority,
    ) -> Result<BTreeMap<String, String>, Error> {
        let id = connection.id;
        let read = move |tx: &mut dyn Tx| sites::site(tx, id);
        let site = self.store().read(read).await?;
        let oldest = self.now() - STORE_PAGES_LIFE;
        let known = site.and_then(|site| {
            site.store_pages
                .filter(|_| site.store_pages_at.is_some_and(|at| at >= oldest))
        });
        if let Some(text) = known {
            return serde_json::from_str(&text)
                .map_err(|why| StoreError::json("store pages of a site", &why).into());
        }
        let pages = self.list_store_pages(connection, lane).await?;
        let text = serde_json::to_string(&pages).map_err(Error::internal)?;
        let now: Timestamp = self.now();
        let write = move |tx: &mut dyn Tx| sites::save_store_pages(tx, id, &text, now);
        self.store().write(write).await?;
        Ok(pages)
    }

    async fn list_store_pages(
        &self,
        connection: &Connection,
        lane: Priority,
    ) -> Result<BTreeMap<String, String>, Error> {
        let client = &self.inner.squarespace;
        let mut pages = BTreeMap::new();
        let mut cursor = None;
        loop {
            let from = &cursor;
            let page = self
                .call(connection, lane, |token| async move {
                    client.store_pages(from.as_ref(), &token).await
                })
                .await?;
            let titles = page.store_pages.iter();
            pages.extend(titles.map(|page| (page.id.to_string(), page.title.clone())));
            cursor = page.next;
            if cursor.is_none() {
                return Ok(pages);
            }
        }
    }
}

fn facts(product: &squarespace::Product, pages: &BTreeMap<String, String>) -> Product {
    Product {
        id: product.id.to_string(),
        tags: product.tags.clone(),
        store_page: pages.get(product.store_page_id.as_str()).cloned(),
    }
}
