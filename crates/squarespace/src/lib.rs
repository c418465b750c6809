//! A typed client of the Squarespace Commerce API.
//!
//! Read [`Client`] first, then [`order`]; [`catalog`] stands apart, and describes all operations of the API as data. Reading is lenient, as the vendor asks of its clients: unknown
//! fields are kept, unknown names too, missing lists are empty. The client holds no credential and never
//! paces or retries: a token is an argument of each call, and [`wire::Error`] says what may be sent again.
#![warn(missing_docs)]

pub mod catalog;
mod client;
pub mod error;
mod id;
pub mod import;
mod money;
pub mod oauth;
pub mod order;
pub mod order_list;
mod page;
pub mod product;
mod store_page;
pub mod subscription;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod transaction;
pub mod webhook;
pub mod website;

pub use client::{Client, Endpoints, Timeouts};
pub use error::ApiError;
pub use id::{
    CustomerId, DocumentId, LineItemId, NotificationId, OrderId, ProductId, StorePageId,
    SubscriptionId, VariantId, WebsiteId,
};
pub use money::Money;
pub use oauth::TokenPair;
pub use order::Order;
pub use order_list::{OrderPage, OrdersQuery, PaymentStates};
pub use page::Cursor;
pub use product::Product;
pub use store_page::{StorePage, StorePagePage};
pub use subscription::WebhookSubscription;
pub use transaction::Document;
pub use website::Website;
