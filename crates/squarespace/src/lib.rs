//! A typed client of the Squarespace Commerce API.
//!
//! Read [`Client`] first, then [`order`]. Each resource is a file; where writing it has a file of its own, that is
//! `…_changes`. [`catalog`] stands apart, and describes all operations of the API as data.
//!
//! Reading is lenient, as the vendor asks of its clients: unknown fields are kept, unknown names too, missing lists
//! are empty. The client holds no credential and never paces or retries: a token is an argument of each call, and
//! [`wire::Error`] says what may be sent again.
#![warn(missing_docs)]

pub mod address_book;
pub mod analytics;
pub mod catalog;
mod client;
pub mod contact;
pub mod contact_changes;
pub mod contact_query;
pub mod discount;
pub mod error;
mod fulfillment_option;
mod id;
pub mod image;
pub mod import;
pub mod inventory;
mod money;
pub mod oauth;
pub mod order;
pub mod order_list;
mod page;
pub mod product;
pub mod product_changes;
pub mod profile;
mod store_page;
pub mod subscription;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod transaction;
pub mod variant_changes;
pub mod webhook;
pub mod website;

pub use analytics::ContactSummary;
pub use client::{Client, Endpoints, Timeouts};
pub use contact::Contact;
pub use discount::Discount;
pub use error::ApiError;
pub use fulfillment_option::FulfillmentOption;
pub use id::{
    AddressBookEntryId, ContactId, CustomerId, DiscountId, DocumentId, FulfillmentOptionId,
    ImageId, LineItemId, MemberId, NotificationId, OrderId, ProductId, ProfileId, StorePageId,
    SubscriptionId, VariantId, WebsiteId,
};
pub use inventory::InventoryItem;
pub use money::Money;
pub use oauth::TokenPair;
pub use order::Order;
pub use order_list::{OrderPage, OrdersQuery, PaymentStates};
pub use page::{Cursor, SortDirection};
pub use product::Product;
pub use profile::Profile;
pub use store_page::{StorePage, StorePagePage};
pub use subscription::WebhookSubscription;
pub use transaction::Document;
pub use website::{Member, Website};
