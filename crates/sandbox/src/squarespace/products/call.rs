//! One call of the Products API: who calls whom in which version.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::shown::shown;
use super::version::{Operation, Version};
use crate::squarespace::access::{Area, Caller, Level};
use crate::squarespace::answer::{Refusal, Reply};
use crate::squarespace::shape::Member;
use crate::squarespace::shelf::{Object, text};
use crate::squarespace::site::Site;
use crate::squarespace::{Squarespace, goods, time};

/// What every handler of products, variants and images starts from.
pub(in crate::squarespace) struct Call {
    pub(in crate::squarespace) shop: Arc<Squarespace>,
    pub(in crate::squarespace) caller: Caller,
    pub(in crate::squarespace) version: Version,
}

impl FromRequestParts<Arc<Squarespace>> for Call {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        shop: &Arc<Squarespace>,
    ) -> Result<Self, Self::Rejection> {
        let caller = parts.extensions.get::<Caller>().cloned();
        let version = parts.extensions.get::<Version>().copied();
        Ok(Self {
            shop: Arc::clone(shop),
            caller: caller.expect("the door lets nobody in without saying who it is"),
            version: version.expect("the routes of each version say which it is"),
        })
    }
}

impl Call {
    pub(in crate::squarespace) fn may_read(&self) -> Result<(), Refusal> {
        self.caller.may(Area::Products, Level::Read)
    }

    pub(in crate::squarespace) fn may_write(&self) -> Result<(), Refusal> {
        self.caller.may(Area::Products, Level::Write)
    }

    /// Judges a body about a product of this type by its table.
    pub(in crate::squarespace) fn check(
        &self,
        product_type: &str,
        body: &Value,
        table: &[Member],
    ) -> Result<(), Refusal> {
        let scope = self.version.scope(product_type);
        self.shop.strictness(scope).check(body, table)
    }

    /// Changes a product and moves its `modifiedOn`; a refusal leaves it as it was.
    pub(in crate::squarespace) fn change(
        &self,
        operation: Operation,
        id: &str,
        change: impl FnOnce(&mut Site, &mut Object) -> Result<Reply, Refusal>,
    ) -> Result<Reply, Refusal> {
        let now = self.caller.now_ms;
        self.shop.on_site(&self.caller, |site| {
            let mut product = self.version.target(site, operation, id)?.clone();
            product.insert("modifiedOn".to_owned(), json!(time::iso(now)));
            let reply = change(site, &mut product)?;
            goods::shelve(site, now, product);
            Ok(reply)
        })
    }

    /// A product as this version shows it.
    pub(in crate::squarespace) fn shown(&self, site: &Site, product: &Object) -> Value {
        Value::Object(shown(site, self.version, self.caller.now_ms, product))
    }

    /// A variant of a product as this version shows it.
    pub(in crate::squarespace) fn shown_variant(
        &self,
        site: &Site,
        product: &Object,
        id: &str,
    ) -> Value {
        self.shown_part(site, product, "variants", id)
    }

    /// An image of a product as this version shows it.
    pub(in crate::squarespace) fn shown_image(
        &self,
        site: &Site,
        product: &Object,
        id: &str,
    ) -> Value {
        self.shown_part(site, product, "images", id)
    }

    pub(in crate::squarespace) fn no_such_variant(&self) -> Refusal {
        self.not_found("PRODUCT_VARIANT_NOT_FOUND", "The variant was not found.")
    }

    pub(in crate::squarespace) fn no_such_image(&self) -> Refusal {
        self.not_found("PRODUCT_IMAGE_NOT_FOUND", "The image was not found.")
    }

    fn not_found(&self, subtype: &'static str, message: &str) -> Refusal {
        if self.shop.flag("named_not_found") {
            return Refusal::absent(subtype, message);
        }
        Refusal::not_found(message)
    }

    fn shown_part(&self, site: &Site, product: &Object, list: &str, id: &str) -> Value {
        let mut product = self.shown(site, product);
        let parts = product[list].as_array_mut().into_iter().flatten();
        let mut found = parts.filter(|part| part["id"] == id);
        found.next().map(Value::take).unwrap_or_default()
    }
}

/// The type of a product.
pub(in crate::squarespace) fn type_of(product: &Object) -> String {
    text(product, "type").to_owned()
}
