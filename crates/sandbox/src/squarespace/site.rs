//! One website and everything on it.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::access::Permissions;
use super::contacts::Contacts;
use super::door::Traffic;
use super::idempotency::Replays;
use super::images::Upload;
use super::shelf::{Object, Shelf};
use super::subscriptions::Subscription;
use crate::limits::Window;

/// A website as its owner sees it, with what the vendor counts about it.
pub(super) struct Site {
    pub(super) id: String,
    pub(super) currency: String,
    /// What `GET authorization/website` answers.
    pub(super) profile: Value,
    pub(super) market: Market,
    pub(super) orders: Shelf,
    pub(super) products: Shelf,
    pub(super) store_pages: Shelf,
    /// The documents of the Transactions API.
    pub(super) documents: Shelf,
    /// Documents by the order they are of.
    pub(super) documents_of_orders: HashMap<String, String>,
    /// Products by the variants they have.
    pub(super) products_of_variants: BTreeMap<String, String>,
    /// How the processing of images goes, by image.
    pub(super) uploads: HashMap<String, Upload>,
    pub(super) subscriptions: Vec<Subscription>,
    /// What the owner allowed the app on the consent page last; what a subscription needs must be among it.
    pub(super) granted: Option<Permissions>,
    /// What the website mailed to shoppers, oldest first.
    pub(super) emails: Vec<Object>,
    pub(super) expired: bool,
    pub(super) traffic: Traffic,
    /// Order imports by API key in the last hour.
    pub(super) imports: Window,
    pub(super) imports_by_key: Replays,
    pub(super) adjustments_by_key: Replays,
    pub(super) contacts: Contacts,
    /// In the order of their creation.
    pub(super) discounts: Vec<Object>,
    /// One for each shipping option of the market.
    pub(super) shipping_option_ids: Vec<String>,
    pub(super) last_order_number: u64,
}

/// How a made-up checkout on this website looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Market {
    /// Whether prices contain the tax.
    pub(super) tax_included: bool,
    pub(super) tax_name: &'static str,
    pub(super) jurisdiction: &'static str,
    /// In percent, such as `5.50`.
    pub(super) tax_percent: &'static str,
    pub(super) shipping: &'static [ShippingOption],
    pub(super) promotions: &'static [Promotion],
    pub(super) buyers: &'static [Buyer],
}

#[derive(Clone, Copy, Debug)]
pub(super) struct ShippingOption {
    pub(super) method: &'static str,
    pub(super) amount: &'static str,
    /// The way the goods take, in the vendor's word.
    pub(super) channel: &'static str,
    /// The carrier's service, where the carrier has one of its own.
    pub(super) service_type: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Promotion {
    pub(super) name: &'static str,
    pub(super) code: &'static str,
    pub(super) percent: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Buyer {
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) email: &'static str,
    pub(super) phone: &'static str,
    pub(super) address1: &'static str,
    pub(super) city: &'static str,
    pub(super) state: &'static str,
    pub(super) postal_code: &'static str,
    pub(super) country_code: &'static str,
}

impl Buyer {
    /// The address as orders carry it.
    pub(super) fn address(&self) -> Value {
        let state = (!self.state.is_empty()).then_some(self.state);
        json!({
            "firstName": self.first_name,
            "lastName": self.last_name,
            "address1": self.address1,
            "address2": null,
            "city": self.city,
            "state": state,
            "countryCode": self.country_code,
            "postalCode": self.postal_code,
            "phone": self.phone,
        })
    }
}

impl Site {
    /// The number of the next order.
    pub(super) fn next_order_number(&mut self) -> String {
        self.last_order_number += 1;
        self.last_order_number.to_string()
    }

    /// The units of weight and of length by the website's measurement standard.
    pub(super) fn units(&self) -> (&'static str, &'static str) {
        if self.profile["measurementStandard"] == "IMPERIAL" {
            ("POUND", "INCH")
        } else {
            ("KILOGRAM", "CENTIMETER")
        }
    }

    /// The product and the variant with this variant id.
    pub(super) fn variant(&self, variant_id: &str) -> Option<(&Object, &Value)> {
        let product = self
            .products
            .get(self.products_of_variants.get(variant_id)?)?;
        let variants = product.get("variants")?.as_array()?;
        let variant = variants
            .iter()
            .find(|variant| variant["id"] == variant_id)?;
        Some((product, variant))
    }

    /// Takes goods from the stock of a variant; true when there were enough, or when nobody counts.
    pub(super) fn take_stock(&mut self, variant_id: &str, quantity: i64) -> bool {
        self.change_stock(variant_id, -quantity)
    }

    pub(super) fn put_stock_back(&mut self, variant_id: &str, quantity: i64) {
        self.change_stock(variant_id, quantity);
    }

    /// The document of an order.
    pub(super) fn document_of(&self, order_id: &str) -> Option<&Object> {
        self.documents.get(self.documents_of_orders.get(order_id)?)
    }

    /// Changes a variant in its place; the answer is the default when there is none with this id.
    pub(super) fn change_variant<T: Default>(
        &mut self,
        variant_id: &str,
        change: impl FnOnce(&mut Value) -> T,
    ) -> T {
        let Some(product_id) = self.products_of_variants.get(variant_id) else {
            return T::default();
        };
        self.products.change(product_id, |product| {
            let variants = product.get_mut("variants").and_then(Value::as_array_mut);
            let mut variants = variants.into_iter().flatten();
            variants
                .find(|variant| variant["id"] == variant_id)
                .map(change)
                .unwrap_or_default()
        })
    }

    fn change_stock(&mut self, variant_id: &str, by: i64) -> bool {
        self.change_variant(variant_id, |variant| {
            let stock = &mut variant["stock"];
            if stock["unlimited"] != false {
                return true;
            }
            let left = stock["quantity"].as_i64().unwrap_or_default() + by;
            if left < 0 {
                return false;
            }
            stock["quantity"] = json!(left);
            true
        })
    }
}
