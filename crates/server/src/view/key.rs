//! A key of Portico's own; its secret is shown when it is made, and never again.

use jiff::Timestamp;
use portico_domain::key::Key;
use portico_engine::NewKey;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

/// Every key there ever was.
#[derive(Serialize, ToSchema)]
pub struct KeysOut {
    pub keys: Vec<KeyOut>,
}

/// A key that was made just now.
#[derive(Serialize, ToSchema)]
pub struct NewKeyOut {
    pub key: KeyOut,
    /// The key itself: this is the only time that it is shown.
    #[schema(format = Password, example = "ptc_adm_…")]
    pub secret: String,
}

/// What is known of a key.
#[derive(Serialize, ToSchema)]
pub struct KeyOut {
    pub id: String,
    /// Belongs to one key at a time; a revoked one gives it back.
    #[schema(example = "laptop")]
    pub name: String,
    /// `administration`, or `metrics`, which opens `/metrics` and nothing else.
    #[schema(example = "administration")]
    pub kind: &'static str,
    /// `active`, `expired` or `revoked`; only an active one lets its holder in.
    #[schema(example = "active")]
    pub state: &'static str,
    pub created_at: Timestamp,
    /// From when on it is refused; without it, it is good until it is revoked.
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl KeysOut {
    #[must_use]
    pub fn of(keys: Vec<Key>, now: Timestamp) -> Self {
        let keys = keys.into_iter().map(|key| KeyOut::of(key, now)).collect();
        Self { keys }
    }
}

impl NewKeyOut {
    #[must_use]
    pub fn of(made: NewKey, now: Timestamp) -> Self {
        Self {
            key: KeyOut::of(made.key, now),
            secret: made.secret.expose_secret().to_owned(),
        }
    }
}

impl KeyOut {
    fn of(key: Key, now: Timestamp) -> Self {
        Self {
            id: key.id.to_string(),
            kind: key.kind.as_str(),
            state: key.state(now).as_str(),
            name: key.name,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        }
    }
}
