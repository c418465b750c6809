//! Portico's own keys: made and shown once, kept as hashes, refused from the moment they are revoked.

use jiff::Timestamp;
use portico_domain::audit::Action;
use portico_domain::connection::check_name;
use portico_domain::key::{self, Key, KeyId, KeyKind, KeyState};
use portico_store::{Tx, keys};
use secrecy::{ExposeSecret, SecretString};

use crate::{Engine, Error};

/// The name of the key that a new Portico has.
const FIRST: &str = "first";

/// A key and its secret, which can be read this once.
pub struct NewKey {
    pub key: Key,
    pub secret: SecretString,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Keep,
    Revoke,
}

enum Revocation {
    Done,
    NoSuchKey,
    IsLast,
}

impl Engine {
    /// Makes an administration key.
    pub async fn add_admin_key(
        &self,
        name: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<NewKey, Error> {
        self.add_key(KeyKind::Administration, name, expires_at)
            .await
    }

    /// Makes a key that opens the metrics and nothing else.
    pub async fn add_metrics_key(
        &self,
        name: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<NewKey, Error> {
        self.add_key(KeyKind::Metrics, name, expires_at).await
    }

    async fn add_key(
        &self,
        kind: KeyKind,
        name: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<NewKey, Error> {
        check_name(name).map_err(|why| Error::Invalid(format!("`{name}`: {why}")))?;
        let work = async {
            let now = self.now();
            if let Some(end) = expires_at.filter(|end| *end <= now) {
                return Err(Error::Invalid(format!(
                    "a key that expires at {end} could never be used; choose a later time"
                )));
            }
            let made = self.compose_key(kind, name, expires_at, now);
            let (key, hash) = (made.key.clone(), hash_of(&made.secret));
            let add = move |tx: &mut dyn Tx| keys::add(tx, &key, hash.as_bytes());
            match self.store().write(add).await {
                Ok(()) => Ok(made),
                Err(portico_store::Error::Unique(_)) => Err(Error::Conflict(format!(
                    "there is already a key `{name}`; choose another name, or revoke it first"
                ))),
                Err(error) => Err(error.into()),
            }
        };
        self.on_record(Action::AddKey, name, work).await
    }

    /// Makes the key that a new Portico needs; `None` when it has ever had one. Where all were revoked
    /// somebody meant it, and a person makes the next.
    pub async fn first_admin_key(&self) -> Result<Option<NewKey>, Error> {
        if self.keys().await?.iter().any(is_of_administrator) {
            return Ok(None);
        }
        let work = self.make_first_admin_key();
        self.on_record(Action::AddKey, FIRST, work).await
    }

    async fn make_first_admin_key(&self) -> Result<Option<NewKey>, Error> {
        let made = self.compose_key(KeyKind::Administration, FIRST, None, self.now());
        let (key, hash) = (made.key.clone(), hash_of(&made.secret));
        let add = move |tx: &mut dyn Tx| {
            keys::lock(tx)?;
            if keys::all(tx)?.iter().any(is_of_administrator) {
                return Ok(false);
            }
            keys::add(tx, &key, hash.as_bytes())?;
            Ok(true)
        };
        Ok(self.store().write(add).await?.then_some(made))
    }

    /// Every key that there ever was, oldest first, but those of agents.
    pub async fn keys(&self) -> Result<Vec<Key>, Error> {
        Ok(self.store().read(keys::all).await?)
    }

    /// Revokes a key; `Error::Conflict` says that it is the last one that lets anybody in.
    pub async fn revoke_key(&self, name: &str) -> Result<(), Error> {
        self.revoke(name, Last::Keep).await
    }

    /// Revokes a key, even where nobody can come in without it.
    pub async fn revoke_key_even_the_last(&self, name: &str) -> Result<(), Error> {
        self.revoke(name, Last::Revoke).await
    }

    /// Lets an administrator in, or says that the key is wrong.
    pub async fn check_admin_key(&self, key: &str) -> Result<(), Error> {
        match self.kind_of_key(key).await? {
            Some(KeyKind::Administration) => Ok(()),
            Some(KeyKind::Agent | KeyKind::Metrics) | None => Err(Error::Unauthorized),
        }
    }

    /// What a key is for; `None` where it lets nobody in.
    ///
    /// The hash is looked up, never the key: what a comparison could tell is of the hash alone. It is
    /// looked up each time, so that a revoked key is refused at once, by every process.
    pub async fn kind_of_key(&self, key: &str) -> Result<Option<KeyKind>, Error> {
        Ok(self.good_key(key).await?.map(|key| key.kind))
    }

    /// A key that lets its holder in.
    pub(crate) async fn good_key(&self, key: &str) -> Result<Option<Key>, Error> {
        let Some(kind) = KeyKind::of_form(key) else {
            return Ok(None);
        };
        let (now, hash) = (self.now(), blake3::hash(key.as_bytes()));
        let find = move |tx: &mut dyn Tx| keys::of_hash(tx, kind, hash.as_bytes());
        let key = self.store().read(find).await?;
        Ok(key.filter(|key| key.state(now) == KeyState::Active))
    }

    async fn revoke(&self, name: &str, last: Last) -> Result<(), Error> {
        let is_meant = |key: &Key| key.name == name && key.revoked_at.is_none();
        if !self.keys().await?.iter().any(is_meant) {
            return Err(no_such(name));
        }
        let work = async {
            let (now, wanted) = (self.now(), name.to_owned());
            let revoke = move |tx: &mut dyn Tx| {
                keys::lock(tx)?;
                let all = keys::all(tx)?;
                let of_name = |key: &&Key| key.name == wanted && key.revoked_at.is_none();
                let Some(key) = all.iter().find(of_name) else {
                    return Ok(Revocation::NoSuchKey);
                };
                if last == Last::Keep && is_last(key, &all, now) {
                    return Ok(Revocation::IsLast);
                }
                keys::revoke(tx, key.id, now)?;
                Ok(Revocation::Done)
            };
            match self.store().write(revoke).await? {
                Revocation::Done => Ok(()),
                Revocation::NoSuchKey => Err(no_such(name)),
                Revocation::IsLast => Err(Error::Conflict(format!(
                    "`{name}` is the last key that lets anybody in; make another first with \
                     `portico key add NAME`, or go without with `portico key revoke {name} --yes`"
                ))),
            }
        };
        self.on_record(Action::RevokeKey, name, work).await
    }

    pub(crate) fn compose_key(
        &self,
        kind: KeyKind,
        name: &str,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> NewKey {
        let chance = &self.inner.chance;
        NewKey {
            secret: key::compose(kind, &chance.bytes()).into(),
            key: Key {
                id: KeyId::new(chance.id(now)),
                kind,
                name: name.to_owned(),
                created_at: now,
                expires_at,
                revoked_at: None,
            },
        }
    }
}

fn no_such(name: &str) -> Error {
    Error::NotFound(format!("key `{name}`"))
}

/// Whether nobody could come in without this key who can with it.
fn is_last(key: &Key, all: &[Key], now: Timestamp) -> bool {
    let lets_in = |key: &Key| is_of_administrator(key) && key.state(now) == KeyState::Active;
    lets_in(key) && !all.iter().any(|other| other.id != key.id && lets_in(other))
}

fn is_of_administrator(key: &Key) -> bool {
    key.kind == KeyKind::Administration
}

pub(crate) fn hash_of(secret: &SecretString) -> blake3::Hash {
    blake3::hash(secret.expose_secret().as_bytes())
}
