//! Searching contacts.

use jiff::Timestamp;
use serde::Serialize;
use wire::{Error, SecretString};

use crate::client::{Client, fetch};
use crate::contact::{ContactPage, Contacts};
use crate::page::{Cursor, SortDirection};

/// Which contacts to find: those that meet every condition. Its `Debug` leaves the words searched for out.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactQuery {
    /// Words of the name or e-mail address; parts match too, so whoever looks for one address compares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_string: Option<String>,
    /// Whether the person wants marketing mail, and since when.
    #[serde(
        rename = "acceptsMarketingWithDate",
        skip_serializing_if = "Option::is_none"
    )]
    pub accepts_marketing: Option<ConsentFilter>,
    /// When the first order was placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_order_on: Option<DateFilter>,
    /// When the last order was placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_order_on: Option<DateFilter>,
    /// When the first donation was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_donation_on: Option<DateFilter>,
    /// When the last donation was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_donation_on: Option<DateFilter>,
    /// How many orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_count: Option<IntegerFilter>,
    /// What all orders came to; the vendor does not say whether in cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_amount: Option<IntegerFilter>,
    /// How many donations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub donation_count: Option<IntegerFilter>,
    /// What all donations came to; the vendor does not say whether in cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub donation_amount: Option<IntegerFilter>,
    /// What to sort by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_field: Option<ContactSortField>,
    /// Which way to sort.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_direction: Option<SortDirection>,
    /// How many to a page: 1 to 1000; left out, fifty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u16>,
    /// Where the page starts; left out, at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

wire::debug_only!(ContactQuery {
    sort_field,
    sort_direction,
    page_size,
    cursor
});

/// Whether a person wants marketing mail, and since when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsentFilter {
    /// Whether.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepts_marketing: Option<bool>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joined_on: Option<DateFilter>,
}

/// A span of time. The vendor's own words on its two ends contradict each other: compare the dates of what is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DateFilter {
    /// Later than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Timestamp>,
    /// Earlier than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Timestamp>,
}

/// A span of whole numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IntegerFilter {
    /// The smallest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i32>,
    /// The largest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i32>,
}

wire::open_enum! {
    /// What contacts can be sorted by.
    pub enum ContactSortField {
        Id = "ID",
        CreatedOn = "CREATED_ON",
        Email = "EMAIL",
        AcceptsMarketingJoinedOn = "ACCEPTS_MARKETING_JOINED_ON",
        FirstName = "FIRST_NAME",
        LastName = "LAST_NAME",
        OrderCount = "ORDER_COUNT",
        LastOrderOn = "LAST_ORDER_ON",
        OrderAmount = "ORDER_AMOUNT",
        DonationCount = "DONATION_COUNT",
        LastDonationOn = "LAST_DONATION_ON",
        DonationAmount = "DONATION_AMOUNT",
    }
}

impl Client {
    /// Finds contacts. A key that may only read may be refused, although it may list them.
    /// `POST /v1/contacts/query`
    pub async fn query_contacts(
        &self,
        query: &ContactQuery,
        token: &SecretString,
    ) -> Result<ContactPage, Error> {
        let call = self.call("POST /v1/contacts/query", &[], token);
        fetch::<Contacts>(call.json(query))
            .await
            .map(ContactPage::from)
    }
}
