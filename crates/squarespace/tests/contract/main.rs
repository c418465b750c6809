//! Each call of the client against the emulated vendor, and each kind of refusal once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contacts;
mod discounts;
mod images;
mod inventory;
mod notifications;
mod oauth;
mod orders;
mod products;
mod profiles;
mod receiver;
mod refusals;
mod requests;
mod shop;
mod vendor;

use std::time::Duration;

use serde_json::json;
use squarespace::{Client, Endpoints, Timeouts};
use vendor::Vendor;
use wire::SecretString;

/// A vendor, a client of it, and a token of its first website with all scopes.
struct Bench {
    vendor: Vendor,
    client: Client,
    token: SecretString,
}

impl Bench {
    async fn start() -> Self {
        let vendor = Vendor::start().await;
        let endpoints = Endpoints {
            api: vendor.credential("/api_base").parse().unwrap(),
            login: vendor.credential("/login_base").parse().unwrap(),
        };
        let timeouts = Timeouts {
            connect: Duration::from_secs(5),
            call: Duration::from_secs(10),
        };
        let client = Client::new(endpoints, "squarespace-rs/contract", timeouts).unwrap();
        let token = vendor.credential("/sites/0/access_token").into();
        Self {
            vendor,
            client,
            token,
        }
    }

    /// Has this many made-up buyers check out, a minute apart.
    async fn sell(&self, count: usize) {
        for _ in 0..count {
            self.vendor
                .post("clock", json!({"advance_ms": 60_000}))
                .await;
            self.vendor.person("checkout", json!({})).await;
        }
    }

    fn api_key(&self) -> SecretString {
        self.vendor.credential("/sites/0/api_key").into()
    }
}
