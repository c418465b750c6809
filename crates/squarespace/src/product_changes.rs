//! Making products, changing and deleting them.

use serde::Serialize;
use wire::{Error, SecretString};

use crate::client::{Client, fetch, run};
use crate::id::{ProductId, StorePageId};
use crate::money::Money;
use crate::product::{Product, ProductType, SeoOptions};
use crate::variant_changes::NewVariant;

/// A product to make. Pictures and what search engines show are added afterwards.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewProduct {
    /// What kind of product it is, for good. Downloads cannot be made by a call.
    pub r#type: ProductType,
    /// The page to sell it on, for good.
    pub store_page_id: StorePageId,
    /// Its name; up to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its description, in HTML; up to 102,400 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its part of the address: up to 200 letters, digits and single hyphens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_slug: Option<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whether it is shown; left out, it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_visible: Option<bool>,
    /// The names of up to six options that make its variants, in the order shown; needed with two variants or more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variant_attributes: Vec<String>,
    /// What can be bought of it; 1 to 250.
    pub variants: Vec<NewVariant>,
}

/// What to change about a product; `None` leaves it alone.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductPatch {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its description, in HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its part of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_slug: Option<String>,
    /// All its tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Whether it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_visible: Option<bool>,
    /// All options that make its variants: what is left out is deleted from each of them, for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_attributes: Option<Vec<String>>,
    /// What search engines show of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seo_options: Option<SeoOptions>,
    /// The price of a download.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pricing: Option<PricingPatch>,
}

/// What to change about a price; `None` leaves it alone.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PricingPatch {
    /// The price. Below a lower price that holds it is refused, unless that is turned off with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_price: Option<Money>,
    /// Whether the lower price holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_sale: Option<bool>,
    /// The lower price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale_price: Option<Money>,
}

impl Client {
    /// Makes a product. `POST /v2/commerce/products`
    ///
    /// Sent again after a lost answer it can make a second one, unless both are to have the same address.
    pub async fn create_product(
        &self,
        product: &NewProduct,
        token: &SecretString,
    ) -> Result<Product, Error> {
        let call = self.call("POST /v2/commerce/products", &[], token);
        fetch(call.json(product)).await
    }

    /// Changes a product. `POST /v2/commerce/products/{productId}`
    pub async fn update_product(
        &self,
        id: &ProductId,
        patch: &ProductPatch,
        token: &SecretString,
    ) -> Result<Product, Error> {
        let call = self.call(
            "POST /v2/commerce/products/{productId}",
            &[id.as_str()],
            token,
        );
        fetch(call.json(patch)).await
    }

    /// Deletes a product with its variants and pictures, for good. Downloads cannot be deleted by a call.
    /// `DELETE /v2/commerce/products/{productId}`
    pub async fn delete_product(&self, id: &ProductId, token: &SecretString) -> Result<(), Error> {
        run(self.call(
            "DELETE /v2/commerce/products/{productId}",
            &[id.as_str()],
            token,
        ))
        .await
    }
}
