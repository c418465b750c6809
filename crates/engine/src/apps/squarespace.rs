//! Squarespace: a key or a token pair of one website.

use jiff::Timestamp;
use portico_domain::connection::Account;
use secrecy::SecretString;
use squarespace::{Client, OrdersQuery, PaymentStates, Website};

use super::{AppClient, AppFacts, Asked, Renewed, Right};
use crate::credentials::{Credential, OAuthClient};

/// 300 a minute per website, whatever credentials its callers have.
pub(super) static FACTS: AppFacts = AppFacts {
    catalog: &squarespace::catalog::CATALOG,
    budget_scope: |connection| format!("squarespace/{}", connection.account.id),
    pace: |paces| paces.squarespace,
    renews_with_redirect: false,
    has_gateway: true,
    asks_owner: true,
    client: |engine, _| Ok(Box::new(engine.inner.squarespace.clone())),
    unsubscribe: |engine, connection| Box::pin(engine.unsubscribe_site(connection)),
};

impl AppClient for Client {
    fn account(&self, token: SecretString) -> Asked<'_, Account> {
        Box::pin(async move { self.website(&token).await.map(account) })
    }

    fn renew<'a>(
        &'a self,
        client: &'a OAuthClient,
        refresh_token: &'a SecretString,
        _: Timestamp,
    ) -> Asked<'a, Renewed> {
        Box::pin(async move {
            let pair = self
                .refresh(&client.id, &client.secret, refresh_token)
                .await?;
            Ok(Renewed {
                access_token: pair.access_token,
                access_expires_at: pair.access_expires_at,
                refresh_token: pair.refresh_token.unwrap_or_else(|| refresh_token.clone()),
            })
        })
    }

    fn rights(&self) -> Vec<Right<'_>> {
        vec![
            Right {
                area: Some("orders"),
                granted: "may read orders",
                missing: "may not read orders",
                needed: Some("to sync orders with their categories"),
                try_out: Box::new(move |token| {
                    Box::pin(async move {
                        let everything = OrdersQuery::All {
                            payment_states: PaymentStates::every(),
                        };
                        self.orders(&everything, &token).await.map(drop)
                    })
                }),
            },
            Right {
                area: Some("products"),
                granted: "may read products",
                missing: "may not read products",
                needed: Some("to sync orders with their categories"),
                try_out: Box::new(move |token| {
                    Box::pin(async move { self.store_pages(None, &token).await.map(drop) })
                }),
            },
        ]
    }

    fn advice(&self, credential: &Credential, _: Timestamp) -> Option<String> {
        let advice = if credential.is_oauth() {
            "OAuth: may subscribe to notifications; writing is unproven until used"
        } else {
            "API key: no notifications, so changes are asked for every minute; writing is unproven until used"
        };
        Some(advice.to_owned())
    }
}

fn account(site: Website) -> Account {
    Account {
        id: site.id.to_string(),
        title: site.title,
        url: site.url.unwrap_or_default(),
        currency: site.currency.unwrap_or_default(),
        country: site.location.and_then(|place| place.country),
        time_zone: site.time_zone,
        ..Account::default()
    }
}
