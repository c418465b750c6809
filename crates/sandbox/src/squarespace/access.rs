//! Who calls and what he may: API keys, OAuth token pairs and their rotation.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::time;
use crate::ids::Ids;

const ACCESS_TOKEN_LIFE_MS: i64 = 1_800_000;
const REFRESH_TOKEN_LIFE_MS: i64 = 604_800_000;

/// A code must be traded within two minutes.
const CODE_LIFE_MS: i64 = 120_000;

/// The scopes an app may ask for; the last two are from the time before contacts.
pub(super) const KNOWN_SCOPES: &[&str] = &[
    "website.orders",
    "website.orders.read",
    "website.transactions.read",
    "website.inventory",
    "website.inventory.read",
    "website.products",
    "website.products.read",
    "website.contacts",
    "website.contacts.read",
    "website.discounts",
    "website.discounts.read",
    "website.profiles",
    "website.profiles.read",
];

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

/// Which tokens of a pair.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TokenKind {
    Access,
    Refresh,
    All,
}

/// The credentials of all websites.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    /// Where apps may send the browser back to; while there are none, anywhere.
    pub(super) redirect_uris: Vec<String>,
    /// The person who owns the websites, as the member profile shows her.
    pub(super) member: Value,
    keys: HashMap<String, (usize, Permissions)>,
    codes: HashMap<String, Code>,
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

/// What a person allowed on the consent page.
pub(super) struct Consent {
    pub(super) site: usize,
    /// Comma-separated.
    pub(super) scopes: String,
    pub(super) redirect_uri: String,
    /// Whether a refresh token comes with the access token.
    pub(super) offline: bool,
}

#[derive(Debug)]
struct Code {
    grant: Grant,
    redirect_uri: String,
    offline: bool,
    expires_ms: i64,
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

    /// The contacts' permission, for which a token's scope for profiles is as good.
    pub(super) fn may_contacts(&self, level: Level) -> Result<(), Refusal> {
        if self.client_id.is_some() && self.may(Area::Profiles, level).is_ok() {
            return Ok(());
        }
        self.may(Area::Contacts, level)
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
            redirect_uris: Vec::new(),
            member: Value::Null,
            keys: HashMap::new(),
            codes: HashMap::new(),
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
            scopes: scopes.map_or_else(|| KNOWN_SCOPES.join(","), str::to_owned),
        };
        self.pair(ids, now, grant, None)
    }

    pub(super) fn is_registered(&self, redirect_uri: &str) -> bool {
        let mut uris = self.redirect_uris.iter();
        self.redirect_uris.is_empty() || uris.any(|uri| uri == redirect_uri)
    }

    /// The code that the browser takes back to the app.
    pub(super) fn issue_code(&mut self, ids: &Ids, now: i64, consent: Consent) -> String {
        let code = ids.token(40);
        let held = Code {
            grant: Grant {
                site: consent.site,
                client_id: self.client_id.clone(),
                scopes: consent.scopes,
            },
            redirect_uri: consent.redirect_uri,
            offline: consent.offline,
            expires_ms: now + CODE_LIFE_MS,
        };
        self.codes.insert(code.clone(), held);
        code
    }

    /// A pair for a code, which is good once and for the address it was sent to.
    pub(super) fn redeem(
        &mut self,
        ids: &Ids,
        now: i64,
        code: &str,
        redirect_uri: &str,
    ) -> Option<Value> {
        let held = self.codes.remove(code)?;
        if held.expires_ms <= now || held.redirect_uri != redirect_uri {
            return None;
        }
        if held.offline {
            return Some(self.pair(ids, now, held.grant, None));
        }
        Some(self.access_token(ids, now, held.grant, None))
    }

    /// Ends tokens of a website before their time.
    pub(super) fn expire(&mut self, site: usize, kind: TokenKind) {
        if matches!(kind, TokenKind::Access | TokenKind::All) {
            self.access_tokens
                .retain(|_, token| token.grant.site != site);
        }
        if matches!(kind, TokenKind::Refresh | TokenKind::All) {
            self.refresh_tokens
                .retain(|_, token| token.grant.site != site);
        }
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
        self.codes.retain(|_, code| kept(&code.grant));
    }

    fn pair(&mut self, ids: &Ids, now: i64, grant: Grant, replaces: Option<String>) -> Value {
        let mut pair = self.access_token(ids, now, grant.clone(), replaces);
        let refresh = format!("1|{}/{}==", ids.token(20), ids.token(20));
        let expires_ms = now + REFRESH_TOKEN_LIFE_MS;
        pair["refresh_token"] = json!(refresh);
        pair["refresh_token_expires_at"] = json!(time::unix_seconds(expires_ms));
        let held = RefreshToken { grant, expires_ms };
        self.refresh_tokens.insert(refresh, held);
        pair
    }

    fn access_token(
        &mut self,
        ids: &Ids,
        now: i64,
        grant: Grant,
        replaces: Option<String>,
    ) -> Value {
        // The vendor's tokens carry characters that need care in addresses and headers.
        let access = format!("T1|{}/{}+{}==", ids.token(20), ids.token(20), ids.token(20));
        let expires_ms = now + ACCESS_TOKEN_LIFE_MS;
        let shown = json!({
            "token": access,
            "token_type": "bearer",
            "access_token": access,
            "access_token_expires_at": time::unix_seconds(expires_ms),
        });
        let held = AccessToken {
            grant,
            expires_ms,
            replaces,
        };
        self.access_tokens.insert(access, held);
        shown
    }
}

/// Reads the comma-separated scopes of a grant; names that the vendor does not know grant nothing.
pub(super) fn permissions_of(scopes: &str) -> Permissions {
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
