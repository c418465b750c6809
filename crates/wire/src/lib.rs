//! What the clients of vendors share: HTTP, lenient reading, redaction, and errors that say what the caller can do.
//!
//! Read [`Http`] first, then [`Error`]; [`catalog`] stands apart, and describes a vendor's operations as data.
//! This crate knows no vendor. It never paces and never retries: whoever calls holds the budget and decides,
//! from [`Error::outcome`], what may be sent again.
#![warn(missing_docs)]

pub mod catalog;
mod error;
mod http_client;
pub mod lenient;
mod names;
mod observed;
mod reach;
mod redaction;
mod retry_after;

pub use error::{Error, Kind, Outcome, SetupError};
pub use http_client::{Answer, File, Http, Request, Settings};
pub use observed::{Exchange, Observer, observed};
pub use reach::Reach;
pub use secrecy::{ExposeSecret, SecretString};

/// What the macros of this crate expand to; not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use serde;
}
