//! Administration keys: made once, shown once, kept as a hash.

use portico_domain::key::{self, KeyKind};
use portico_store::{Tx, admin_keys};
use secrecy::SecretString;

use crate::{Engine, Error};

impl Engine {
    /// Makes an administration key; this is the only time that it can be read.
    pub async fn add_admin_key(&self) -> Result<SecretString, Error> {
        let now = self.now();
        let key = key::compose(KeyKind::Administration, &self.inner.chance.bytes());
        let hash = blake3::hash(key.as_bytes());
        let id = format!("adm_{}", self.inner.chance.id(now).simple());
        let add = move |tx: &mut dyn Tx| admin_keys::add(tx, &id, hash.as_bytes(), now);
        self.store().write(add).await?;
        Ok(key.into())
    }

    /// How many administration keys may be used.
    pub async fn admin_keys(&self) -> Result<i64, Error> {
        Ok(self.store().read(admin_keys::count).await?)
    }

    /// Lets an administrator in, or says that the key is wrong.
    ///
    /// The hash is looked up, never the key: what a comparison could tell is of the hash alone.
    pub async fn check_admin_key(&self, key: &str) -> Result<(), Error> {
        if !key::is_well_formed(KeyKind::Administration, key) {
            return Err(Error::Unauthorized);
        }
        let hash = blake3::hash(key.as_bytes());
        let check = move |tx: &mut dyn Tx| admin_keys::is_valid(tx, hash.as_bytes());
        if self.store().read(check).await? {
            Ok(())
        } else {
            Err(Error::Unauthorized)
        }
    }
}
