//! Who calls and what he may: API keys, OAuth token pairs and their rotation.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::answer::Refusal;
use super::time;
use crate::ids::Ids;

const ACCESS_TOKEN_LIFE_MS: i64 = 1_800_000;
const REFRESH_TOKEN_LIFE_MS: i64 = 604_800_000;

const ALL_SCOPES: &str = "website.orders,website.orders.read,website.transactions.read,website.inventory,\
website.inventory.read,website.products,website.products.read,website.contacts,website.contacts.read,\
website.discounts,website.discounts.read";

/// A group of operations that a permission speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Area {
    Orders,
    Transactions,
    Inventory,
    Products,
    Contacts,
    Discounts,
    Profiles,
}

/// How much of an area; writing includes reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Read,
    Write,
}

/// What a credential allows.
pub(super) type Permissions = BTreeMap<Area, Level>;

/// The one who makes a request, with the moment it is judged by.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The place of his website in the state.
    pub(super) site: usize,
    pub(super) permissions: Permissions,
    /// The OAuth client; `None` for an API key.
    pub(super) client_id: Option<String>,
    pub(super) now_ms: i64,
    /// Where he reached the API, for the links in answers.
    pub(super) base: String,
}

/// The credentials of all websites.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    keys: HashMap<String, (usize, Permissions)>,
    access_tokens: HashMap<String, AccessToken>,
    refresh_tokens: HashMap<String, RefreshToken>,
}

/// What a person allowed a client on a website.
#[derive(Clone, Debug)]
struct Grant {
    site: usize,
    client_id: String,
    scopes: String,
}

#[derive(Debug)]
struct AccessToken {
    grant: Grant,
    expires_ms: i64,
    /// The refresh token that dies when this token is first used.
    replaces: Option<String>,
}

#[derive(Debug)]
struct RefreshToken {
    grant: Grant,
    expires_ms: i64,
}

impl Caller {
    pub(super) fn may(&self, area: Area, level: Level) -> Result<(), Refusal> {
        if self.permissions.get(&area).is_some_and(|has| *has >= level) {
            return Ok(());
        }
        Err(Refusal::forbidden(
            "MISSING_SCOPE",
            "The credential lacks the permission for this operation.",
        ))
    }

    /// The OAuth client, on endpoints that refuse API keys.
    pub(super) fn oauth_client(&self) -> Result<&str, Refusal> {
        self.client_id.as_deref().ok_or_else(|| {
            Refusal::forbidden(
                "OAUTH_TOKEN_REQUIRED",
                "This operation requires an OAuth access token.",
            )
        })
    }
}

impl Access {
    pub(super) fn new(ids: &Ids) -> Self {
        Self {
            client_id: ids.token(32),
            client_secret: ids.token(44),
            keys: HashMap::new(),
            access_tokens: HashMap::new(),
            refresh_tokens: HashMap::new(),
        }
    }

    /// A key for all areas, which reads and writes, or only reads.
    pub(super) fn issue_key(&mut self, ids: &Ids, site: usize, level: Level) -> String {
        let all = [
            Area::Orders,
            Area::Transactions,
            Area::Inventory,
            Area::Products,
            Area::Contacts,
            Area::Discounts,
            Area::Profiles,
        ];
        let key = ids.uuid();
        self.keys
            .insert(key.clone(), (site, all.map(|area| (area, level)).into()));
        key
    }

    /// A fresh pair in the form of the token endpoint, as after a new consent.
    pub(super) fn issue_pair(
        &mut self,
        ids: &Ids,
        now: i64,
        site: usize,
        scopes: Option<&str>,
    ) -> Value {
        let grant = Grant {
            site,
            client_id: self.client_id.clone(),
            scopes: scopes.unwrap_or(ALL_SCOPES).to_owned(),
        };
        self.pair(ids, now, grant, None)
    }

    /// A new pair for a refresh token, which stays alive until the new access token is used.
    pub(super) fn refresh(&mut self, ids: &Ids, now: i64, refresh_token: &str) -> Option<Value> {
        let held = self
            .refresh_tokens
            .get(refresh_token)
            .filter(|held| held.expires_ms > now)?;
        let grant = held.grant.clone();
        Some(self.pair(ids, now, grant, Some(refresh_token.to_owned())))
    }

    pub(super) fn is_client(&self, client_id: &str, client_secret: &str) -> bool {
        self.client_id == client_id && self.client_secret == client_secret
    }

    /// Finds the caller behind a bearer credential; the first use of an access token ends its predecessor.
    pub(super) fn authenticate(&mut self, bearer: &str, now: i64, base: String) -> Option<Caller> {
        let caller = |site, permissions, client_id| Caller {
            site,
            permissions,
            client_id,
            now_ms: now,
            base,
        };
        if let Some((site, permissions)) = self.keys.get(bearer) {
            return Some(caller(*site, permissions.clone(), None));
        }
        let token = self
            .access_tokens
            .get_mut(bearer)
            .filter(|token| token.expires_ms > now)?;
        if let Some(replaced) = token.replaces.take() {
            self.refresh_tokens.remove(&replaced);
        }
        let grant = &token.grant;
        Some(caller(
            grant.site,
            permissions_of(&grant.scopes),
            Some(grant.client_id.clone()),
        ))
    }

    /// Ends all tokens of a client on a website, as disconnecting the extension does.
    pub(super) fn revoke(&mut self, site: usize, client_id: &str) {
        let kept = |grant: &Grant| grant.site != site || grant.client_id != client_id;
        self.access_tokens.retain(|_, token| kept(&token.grant));
        self.refresh_tokens.retain(|_, token| kept(&token.grant));
    }

    fn pair(&mut self, ids: &Ids, now: i64, grant: Grant, replaces: Option<String>) -> Value {
        // The vendor's tokens carry characters that need care in addresses and headers.
        let access = format!("T1|{}/{}+{}==", ids.token(20), ids.token(20), ids.token(20));
        let refresh = format!("1|{}/{}==", ids.token(20), ids.token(20));
        let (access_ms, refresh_ms) = (now + ACCESS_TOKEN_LIFE_MS, now + REFRESH_TOKEN_LIFE_MS);
        let held = AccessToken {
            grant: grant.clone(),
            expires_ms: access_ms,
            replaces,
        };
        self.access_tokens.insert(access.clone(), held);
        let held = RefreshToken {
            grant,
            expires_ms: refresh_ms,
        };
        self.refresh_tokens.insert(refresh.clone(), held);
        json!({
            "token": access,
            "token_type": "bearer",
            "access_token": access,
            "access_token_expires_at": time::unix_seconds(access_ms),
            "refresh_token": refresh,
            "refresh_token_expires_at": time::unix_seconds(refresh_ms),
        })
    }
}

/// Reads the comma-separated scopes of a grant; names that the vendor does not know grant nothing.
fn permissions_of(scopes: &str) -> Permissions {
    let mut permissions = Permissions::new();
    for scope in scopes.split(',') {
        let Some(name) = scope.trim().strip_prefix("website.") else {
            continue;
        };
        let (name, level) = match name.strip_suffix(".read") {
            Some(name) => (name, Level::Read),
            None => (name, Level::Write),
        };
        let area = match name {
            "orders" => Area::Orders,
            "transactions" => Area::Transactions,
            "inventory" => Area::Inventory,
            "products" => Area::Products,
            "contacts" => Area::Contacts,
            "discounts" => Area::Discounts,
            "profiles" => Area::Profiles,
            _ => continue,
        };
        let has = permissions.entry(area).or_insert(level);
        *has = level.max(*has);
    }
    permissions
}

#[cfg(test)]
mod tests {
    use super::{Area, Level, permissions_of};

    #[test]
    fn a_write_scope_includes_reading_whatever_the_order() {
        let permissions = permissions_of(
            "website.orders,website.orders.read, website.contacts.read,website.pages",
        );

        assert_eq!(permissions.get(&Area::Orders), Some(&Level::Write));
        assert_eq!(permissions.get(&Area::Contacts), Some(&Level::Read));
        assert_eq!(permissions.len(), 2);
    }
}
