//! Adding variants to products, changing and removing them.

use std::collections::BTreeMap;

use serde::Serialize;
use wire::{Error, SecretString};

use crate::client::{Client, fetch, run};
use crate::id::{ImageId, ProductId, VariantId};
use crate::money::Money;
use crate::product::{ProductVariant, ShippingMeasurements, Stock};
use crate::product_changes::PricingPatch;

/// A variant to make.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewVariant {
    /// The merchant's code: up to 60 characters that no other variant of the product has.
    pub sku: String,
    /// Its price.
    pub pricing: NewPricing,
    /// Its first stock, not for gift cards. Left out, the variant is sold out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<Stock>,
    /// A value for each option of the product, and no other; a combination that no other variant has.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Weight and size of a physical product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_measurements: Option<ShippingMeasurements>,
    /// The global trade item number of a physical product: 8, 12, 13 or 14 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// The manufacturer's part number of a physical product: up to 70 letters and digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mpn: Option<String>,
}

/// The price of a variant to make, in the website's currency.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPricing {
    /// The price.
    pub base_price: Money,
    /// Whether the lower price holds; left out, it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_sale: Option<bool>,
    /// The lower price; needed where it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale_price: Option<Money>,
}

/// What to change about a variant; `None` leaves it alone. Stock is changed by
/// [`Client::adjust_inventory`], the picture by [`Client::set_variant_image`].
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VariantPatch {
    /// The merchant's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Its price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pricing: Option<PricingPatch>,
    /// A value for each option of the product, and no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<BTreeMap<String, String>>,
    /// Weight and size of a physical product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_measurements: Option<ShippingMeasurements>,
    /// The global trade item number; `Some(None)` clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gtin: Option<Option<String>>,
    /// The manufacturer's part number; `Some(None)` clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mpn: Option<Option<String>>,
}

impl Client {
    /// Adds a variant to a product that has options already, or is a gift card.
    /// `POST /v2/commerce/products/{productId}/variants`
    pub async fn create_variant(
        &self,
        product: &ProductId,
        variant: &NewVariant,
        token: &SecretString,
    ) -> Result<ProductVariant, Error> {
        let operation = "POST /v2/commerce/products/{productId}/variants";
        let call = self.call(operation, &[product.as_str()], token);
        fetch(call.json(variant)).await
    }

    /// Changes a variant. `POST /v2/commerce/products/{productId}/variants/{variantId}`
    pub async fn update_variant(
        &self,
        product: &ProductId,
        id: &VariantId,
        patch: &VariantPatch,
        token: &SecretString,
    ) -> Result<ProductVariant, Error> {
        let operation = "POST /v2/commerce/products/{productId}/variants/{variantId}";
        let call = self.call(operation, &[product.as_str(), id.as_str()], token);
        fetch(call.json(patch)).await
    }

    /// Deletes a variant with its stock, for good; never the last one of a product.
    /// `DELETE /v2/commerce/products/{productId}/variants/{variantId}`
    pub async fn delete_variant(
        &self,
        product: &ProductId,
        id: &VariantId,
        token: &SecretString,
    ) -> Result<(), Error> {
        let operation = "DELETE /v2/commerce/products/{productId}/variants/{variantId}";
        run(self.call(operation, &[product.as_str(), id.as_str()], token)).await
    }

    /// Shows one of the product's pictures for a variant, or none.
    /// `POST /v2/commerce/products/{productId}/variants/{variantId}/image`
    pub async fn set_variant_image(
        &self,
        product: &ProductId,
        id: &VariantId,
        image: Option<&ImageId>,
        token: &SecretString,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            /// Written even where it is null, which takes the picture away.
            image_id: Option<&'a ImageId>,
        }

        let operation = "POST /v2/commerce/products/{productId}/variants/{variantId}/image";
        let call = self.call(operation, &[product.as_str(), id.as_str()], token);
        run(call.json(&Body { image_id: image })).await
    }
}
