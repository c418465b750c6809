//! Kommo: a long-lived token or a token pair of an account, which has an address of its own.

use jiff::{SignedDuration, Timestamp};
use kommo::oauth::Integration;
use kommo::{Client, Paging};
use portico_domain::connection::Account;
use secrecy::SecretString;

use super::{AppClient, AppFacts, Asked, Renewed, Right};
use crate::credentials::{Credential, OAuthClient};

/// A long-lived token cannot be renewed, so its end is told of this many days ahead.
const WARNED_DAYS: i64 = 14;

/// 7 a second per egress address: all accounts behind this machine share one budget.
pub(super) static FACTS: AppFacts = AppFacts {
    catalog: &kommo::catalog::CATALOG,
    budget_scope: |_| "kommo".to_owned(),
    pace: |paces| paces.kommo,
    renews_with_redirect: true,
    // Three months, the shortest that there are.
    renewable_for: SignedDuration::from_hours(89 * 24),
    has_gateway: false,
    asks_owner: false,
    client: |engine, connection| {
        Ok(Box::new(AccountClient {
            client: engine.kommo_of(connection)?,
            url: connection.account.url.clone(),
        }))
    },
    unsubscribe: |engine, connection| Box::pin(engine.unsubscribe_crm(connection)),
};

/// The client of one account, which does not tell its address itself.
struct AccountClient {
    client: Client,
    url: String,
}

impl AppClient for AccountClient {
    fn account(&self, token: SecretString) -> Asked<'_, Account> {
        Box::pin(async move {
            let account = self.client.account(&token).await?;
            Ok(Account {
                id: account.id.to_string(),
                title: account.name,
                url: self.url.clone(),
                currency: account.currency.unwrap_or_default(),
                country: account.country,
                can_read: vec!["leads".to_owned(), "contacts".to_owned()],
                ..Account::default()
            })
        })
    }

    fn renew<'a>(
        &'a self,
        client: &'a OAuthClient,
        refresh_token: &'a SecretString,
        now: Timestamp,
    ) -> Asked<'a, Renewed> {
        Box::pin(async move {
            let integration = Integration {
                client_id: &client.id,
                client_secret: &client.secret,
                redirect_uri: client.redirect_uri.as_deref().unwrap_or_default(),
            };
            let pair = self.client.refresh(integration, refresh_token).await?;
            let lives = SignedDuration::try_from(pair.expires_in).unwrap_or_default();
            Ok(Renewed {
                access_token: pair.access_token,
                access_expires_at: now + lives,
                refresh_token: pair.refresh_token,
            })
        })
    }

    fn rights(&self) -> Vec<Right<'_>> {
        vec![Right {
            area: None,
            granted: "has administrator rights: missing pipelines and fields can be made",
            missing: "has no administrator rights: missing pipelines and fields cannot be made",
            needed: None,
            try_out: Box::new(move |token| {
                Box::pin(async move { self.client.users(Paging::page(1), &token).await.map(drop) })
            }),
        }]
    }

    fn advice(&self, credential: &Credential, now: Timestamp) -> Option<String> {
        if credential.is_oauth() {
            return None;
        }
        let expires = kommo::token_expiry(credential.token())?;
        let days = expires.duration_since(now).as_hours() / 24;
        Some(if days < WARNED_DAYS {
            format!("the token dies on {expires}, in {days} days: make a new one soon")
        } else {
            format!("the token is good until {expires}")
        })
    }
}
