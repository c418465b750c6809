//! The table of facts that make one app different from the next.

mod kommo;
mod squarespace;

use std::pin::Pin;

use jiff::{SignedDuration, Timestamp};
use portico_domain::App;
use portico_domain::agent::Area;
use portico_domain::connection::{Account, Connection};
use secrecy::SecretString;
use wire::catalog::Catalog;

use crate::budget::{Pace, Paces};
use crate::credentials::{Credential, OAuthClient};
use crate::{Engine, Error};

/// What the engine must know of an app beyond its client.
pub(crate) struct AppFacts {
    /// The operations, by which calls are counted.
    pub(crate) catalog: &'static Catalog,
    /// The budget that a call of this connection is charged to.
    pub(crate) budget_scope: fn(&Connection) -> String,
    pub(crate) pace: fn(&Paces) -> Option<Pace>,
    /// Whether the redirect address of the registration is part of every renewal.
    pub(crate) renews_with_redirect: bool,
    /// How long after a renewal the next one is possible at the latest.
    pub(crate) renewable_for: SignedDuration,
    /// Whether programs call the vendor through us.
    pub(crate) has_gateway: bool,
    /// Whether accounts are connected on a page, by their owner's consent.
    pub(crate) asks_owner: bool,
    pub(crate) client: fn(&Engine, &Connection) -> Result<Vendor, Error>,
    /// Ends the notifications of a connection at the vendor.
    pub(crate) unsubscribe: for<'a> fn(&'a Engine, &'a Connection) -> Ended<'a>,
}

/// An end that is under way.
pub(crate) type Ended<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

/// The client that a connection's calls go through.
pub(crate) type Vendor = Box<dyn AppClient>;

/// What connecting an account asks of any app's client; each answer is one attempt.
pub(crate) trait AppClient: Send + Sync {
    /// The account that a token belongs to, with the areas that any token of it can read.
    fn account(&self, token: SecretString) -> Asked<'_, Account>;

    /// Trades a refresh token for a new pair.
    fn renew<'a>(
        &'a self,
        client: &'a OAuthClient,
        refresh_token: &'a SecretString,
        now: Timestamp,
    ) -> Asked<'a, Renewed>;

    /// What a credential of the app may be allowed or not.
    fn rights(&self) -> Vec<Right<'_>>;

    /// What its owner should know of a credential itself.
    fn advice(&self, credential: &Credential, now: Timestamp) -> Option<String>;
}

/// An answer of a vendor that is under way.
pub(crate) type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, wire::Error>> + Send + 'a>>;

/// A token pair as a vendor gave it.
pub(crate) struct Renewed {
    pub(crate) access_token: SecretString,
    pub(crate) access_expires_at: Timestamp,
    pub(crate) refresh_token: SecretString,
}

/// Something that one credential may do and another may not.
pub(crate) struct Right<'a> {
    /// The area that can be read with it, where it is one.
    pub(crate) area: Option<Area>,
    /// The findings, one of which is told.
    pub(crate) granted: &'static str,
    pub(crate) missing: &'static str,
    /// What cannot be done without it, where its owner can give it: `to sync orders`.
    pub(crate) needed: Option<&'static str>,
    /// A small read that needs the right.
    pub(crate) try_out: Box<dyn Fn(SecretString) -> Asked<'a, ()> + Send + Sync + 'a>,
}

impl Right<'_> {
    /// What is told of it.
    pub(crate) fn finding(&self, is_granted: bool) -> &'static str {
        if is_granted {
            self.granted
        } else {
            self.missing
        }
    }

    /// The same for the owner of the account, who is told of what is missing where something needs it;
    /// `None` where the trial left no trace.
    pub(crate) fn for_owner(&self, connection: &Connection) -> Option<String> {
        if self.was_seen(connection)? {
            return Some(self.granted.to_owned());
        }
        let missing = self.missing;
        let words = format!("{missing}; the one who runs this Portico can ask you for that");
        self.needed.map(|_| words)
    }

    /// Whether the last trial went through; `None` where it left no trace.
    pub(crate) fn was_seen(&self, connection: &Connection) -> Option<bool> {
        let area = self.area?;
        let can_read = &connection.account.can_read;
        Some(can_read.iter().any(|seen| seen == area.as_str()))
    }
}

pub(crate) fn facts(app: App) -> &'static AppFacts {
    match app {
        App::Squarespace => &squarespace::FACTS,
        App::Kommo => &kommo::FACTS,
    }
}
