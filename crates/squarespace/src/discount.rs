//! Discounts: what is taken off, of what, and when.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch, run};
use crate::id::{DiscountId, WebsiteId};
use crate::money::optional_decimal;
use crate::page::SortDirection;

/// A discount.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Discount {
    /// The id of the discount.
    pub id: DiscountId,
    /// The website that it is for.
    #[serde(default)]
    pub website_id: Option<WebsiteId>,
    /// Whether it holds now.
    #[serde(default)]
    pub status: Option<DiscountStatus>,
    /// How often it was used.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub number_of_uses: i64,
    /// When it was last used.
    #[serde(default)]
    pub last_redeemed_at: Option<Timestamp>,
    /// All that can be written of it.
    #[serde(flatten)]
    pub terms: DiscountTerms,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What a discount is, whole: the vendor replaces discounts, it does not change them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiscountTerms {
    /// Its name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// What it applies to.
    pub criteria: DiscountCriteria,
    /// What it takes off.
    pub template: DiscountTemplate,
    /// What sets it off.
    pub trigger: DiscountTrigger,
    /// Since when it holds.
    pub valid_from: Timestamp,
    /// Until when; `None` for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Timestamp>,
    /// Whether it may be used a number of times only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_limited_uses: Option<bool>,
    /// How many times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses_allowed: Option<i64>,
    /// Whether each customer may use it once only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_once_per_customer: Option<bool>,
    /// How it goes with subscriptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_options: Option<PaymentOptions>,
    /// How it goes with payment plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_plan_options: Option<PaymentOptions>,
}

/// What a discount applies to. What a type needs beside its name the vendor does not publish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiscountCriteria {
    /// What kind it is.
    pub r#type: CriteriaType,
    /// All else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What a discount takes off. What a type needs beside its name the vendor publishes only in part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiscountTemplate {
    /// What kind it is.
    pub r#type: TemplateType,
    /// How many per cent. The vendor writes a number and refuses to read one: it is written as text.
    #[serde(
        default,
        deserialize_with = "optional_decimal",
        serialize_with = "rust_decimal::serde::str_option::serialize",
        skip_serializing_if = "Option::is_none"
    )]
    pub percentage: Option<Decimal>,
    /// All else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What sets a discount off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiscountTrigger {
    /// What kind it is.
    pub r#type: TriggerType,
    /// The code: 1 to 50 letters, digits, dashes and underscores; needed for [`TriggerType::Code`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promo_code: Option<String>,
}

/// How a discount goes with payments that repeat; the kinds are not published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentOptions {
    /// What kind it is.
    pub r#type: String,
}

wire::open_enum! {
    /// Whether a discount holds.
    pub enum DiscountStatus {
        Active = "ACTIVE",
        Expired = "EXPIRED",
        Scheduled = "SCHEDULED",
    }
}

wire::open_enum! {
    /// What discounts apply to.
    pub enum CriteriaType {
        AnyOrder = "ANY_ORDER",
        CartTotal = "CART_TOTAL",
        Product = "PRODUCT",
        BuyXGetY = "BUY_X_GET_Y",
    }
}

wire::open_enum! {
    /// What discounts take off.
    pub enum TemplateType {
        FixedAmount = "FIXED_AMOUNT",
        Percentage = "PERCENTAGE",
        FreeShipping = "FREE_SHIPPING",
        BuyXGetYFixedAmount = "BUY_X_GET_Y_FIXED_AMOUNT",
        BuyXGetYPercentage = "BUY_X_GET_Y_PERCENTAGE",
    }
}

wire::open_enum! {
    /// What sets discounts off: nothing, or a code that the buyer types.
    pub enum TriggerType {
        Auto = "AUTO",
        Code = "CODE",
    }
}

wire::open_enum! {
    /// What discounts can be sorted by.
    pub enum DiscountSortField {
        CreatedOn = "CREATED_ON",
        PromoCode = "PROMO_CODE",
        UsesCount = "USES_COUNT",
    }
}

/// Which discounts to list; by default the first fifty of all.
#[derive(Clone, Debug, Default)]
pub struct DiscountsQuery {
    /// Found by these words.
    pub search: Option<String>,
    /// In this state.
    pub status: Option<DiscountStatus>,
    /// That apply to this.
    pub criteria: Option<CriteriaType>,
    /// That take this off.
    pub template: Option<TemplateType>,
    /// That are set off so.
    pub trigger: Option<TriggerType>,
    /// Only those that may be used a number of times.
    pub limited_use_only: Option<bool>,
    /// What to sort by.
    pub sort_by: Option<DiscountSortField>,
    /// Which way to sort.
    pub sort_direction: Option<SortDirection>,
    /// How many to skip.
    pub offset: Option<u32>,
    /// How many to answer: 1 to 1000; left out, fifty.
    pub limit: Option<u16>,
}

/// A page of discounts.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiscountPage {
    /// The discounts.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub discounts: Vec<Discount>,
    /// Whether there are more behind them.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub has_next_page: bool,
    /// Whether there are some before them.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub has_previous_page: bool,
}

#[derive(Deserialize)]
struct OneDiscount {
    discount: Discount,
}

impl Client {
    /// Lists discounts. `GET /v1/commerce/discounts`
    pub async fn discounts(
        &self,
        query: &DiscountsQuery,
        token: &SecretString,
    ) -> Result<DiscountPage, Error> {
        let call = self
            .call("GET /v1/commerce/discounts", &[], token)
            .query_if("search", query.search.as_deref())
            .query_if("status", query.status.as_ref().map(DiscountStatus::as_str))
            .query_if(
                "criteria",
                query.criteria.as_ref().map(CriteriaType::as_str),
            )
            .query_if(
                "template",
                query.template.as_ref().map(TemplateType::as_str),
            )
            .query_if("trigger", query.trigger.as_ref().map(TriggerType::as_str))
            .query_if(
                "limitedUseOnly",
                query.limited_use_only.map(|only| only.to_string()),
            )
            .query_if(
                "sortBy",
                query.sort_by.as_ref().map(DiscountSortField::as_str),
            )
            .query_if(
                "sortDirection",
                query.sort_direction.as_ref().map(SortDirection::as_str),
            )
            .query_if("offset", query.offset.map(|offset| offset.to_string()))
            .query_if("limit", query.limit.map(|limit| limit.to_string()));
        fetch(call).await
    }

    /// Makes a discount. `POST /v1/commerce/discounts`
    ///
    /// Sent again after a lost answer it can make a second one, unless it has a code: that is a conflict then.
    pub async fn create_discount(
        &self,
        terms: &DiscountTerms,
        token: &SecretString,
    ) -> Result<Discount, Error> {
        let call = self.call("POST /v1/commerce/discounts", &[], token);
        fetch::<OneDiscount>(call.json(terms))
            .await
            .map(|one| one.discount)
    }

    /// Reads one discount. `GET /v1/commerce/discounts/{discountId}`
    pub async fn discount(&self, id: &DiscountId, token: &SecretString) -> Result<Discount, Error> {
        let operation = "GET /v1/commerce/discounts/{discountId}";
        fetch::<OneDiscount>(self.call(operation, &[id.as_str()], token))
            .await
            .map(|one| one.discount)
    }

    /// Replaces a discount: what is `None` is erased. `PUT /v1/commerce/discounts/{discountId}`
    pub async fn replace_discount(
        &self,
        id: &DiscountId,
        terms: &DiscountTerms,
        token: &SecretString,
    ) -> Result<Discount, Error> {
        let operation = "PUT /v1/commerce/discounts/{discountId}";
        let call = self.call(operation, &[id.as_str()], token);
        fetch::<OneDiscount>(call.json(terms))
            .await
            .map(|one| one.discount)
    }

    /// Deletes a discount, for good. `DELETE /v1/commerce/discounts/{discountId}`
    pub async fn delete_discount(
        &self,
        id: &DiscountId,
        token: &SecretString,
    ) -> Result<(), Error> {
        let operation = "DELETE /v1/commerce/discounts/{discountId}";
        run(self.call(operation, &[id.as_str()], token)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = r#"{"id":"66d0","websiteId":"64a1","name":"Autumn","status":"ACTIVE",
        "criteria":{"type":"PRODUCT","productId":"66f0"},"template":{"type":"PERCENTAGE","percentage":12.5},
        "trigger":{"type":"CODE","promoCode":"AUTUMN_15"},"validFrom":"2026-09-01T00:00:00Z","validTo":null,
        "isLimitedUses":true,"maxUsesAllowed":300,"isOncePerCustomer":false,"subscriptionOptions":null,
        "paymentPlanOptions":{"type":"ALL_PAYMENTS"},"numberOfUses":12,"lastRedeemedAt":null,"novel":1}"#;

    #[test]
    fn the_terms_that_are_read_can_be_written_back() {
        let read: Discount = serde_json::from_str(READ).unwrap();
        assert_eq!(read.extra.keys().collect::<Vec<_>>(), ["novel"]);
        let written = serde_json::to_value(&read.terms).unwrap();
        let expected = serde_json::json!({
            "name": "Autumn",
            "criteria": {"type": "PRODUCT", "productId": "66f0"},
            "template": {"type": "PERCENTAGE", "percentage": "12.5"},
            "trigger": {"type": "CODE", "promoCode": "AUTUMN_15"},
            "validFrom": "2026-09-01T00:00:00Z",
            "isLimitedUses": true, "maxUsesAllowed": 300, "isOncePerCustomer": false,
            "paymentPlanOptions": {"type": "ALL_PAYMENTS"},
        });
        assert_eq!(written, expected);
    }
}
