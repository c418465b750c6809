//! A connection's secrets in the database: sealed with its data key, which the master key wraps.

use std::borrow::Cow;

use jiff::Timestamp;
use portico_domain::ConnectionId;
use portico_store::{Error as StoreError, Tx, connections};
use zeroize::Zeroizing;

use crate::{Engine, Error};

/// A sealed secret, ready to be written.
#[derive(Clone)]
pub(crate) struct Sealed {
    id: ConnectionId,
    name: Cow<'static, str>,
    sealed: Vec<u8>,
    data_key: DataKeyRow,
    at: Timestamp,
}

/// The wrapped data key that a secret is sealed with.
#[derive(Clone)]
enum DataKeyRow {
    Stored(Vec<u8>),
    /// Of a connection that had none.
    New(Vec<u8>),
}

impl Engine {
    /// Opens a secret of a connection; `None` when there is none of that name.
    pub(crate) async fn secret(
        &self,
        id: ConnectionId,
        name: impl Into<Cow<'static, str>>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let name = name.into();
        let wanted = name.clone();
        let read = move |tx: &mut dyn Tx| {
            Ok((
                connections::data_key(tx, id)?,
                connections::secret(tx, id, &wanted)?,
            ))
        };
        let (Some(wrapped), Some(sealed)) = self.store().read(read).await? else {
            return Ok(None);
        };
        let key = self.inner.master_key.data_key(id, &wrapped);
        let opened = key.and_then(|key| key.open(id, &name, &sealed));
        opened
            .map(Some)
            .ok_or_else(|| Error::internal(crate::WrongMasterKey(id.to_string())))
    }

    /// Seals and stores a secret of a connection.
    pub(crate) async fn save_secret(
        &self,
        id: ConnectionId,
        name: impl Into<Cow<'static, str>>,
        plain: Zeroizing<Vec<u8>>,
    ) -> Result<(), Error> {
        let sealed = self.seal(id, name, plain).await?;
        let write = move |tx: &mut dyn Tx| sealed.write(tx);
        Ok(self.store().write(write).await?)
    }

    pub(crate) async fn seal(
        &self,
        id: ConnectionId,
        name: impl Into<Cow<'static, str>>,
        plain: Zeroizing<Vec<u8>>,
    ) -> Result<Sealed, Error> {
        let name = name.into();
        let read = move |tx: &mut dyn Tx| connections::data_key(tx, id);
        let wrapped = self.store().read(read).await?;
        let chance = &self.inner.chance;
        let (key, data_key) = match wrapped {
            Some(wrapped) => {
                let key = self.inner.master_key.data_key(id, &wrapped);
                let wrong = || Error::internal(crate::WrongMasterKey(id.to_string()));
                (key.ok_or_else(wrong)?, DataKeyRow::Stored(wrapped))
            }
            None => {
                let (key, wrapped) = self.inner.master_key.new_data_key(id, chance);
                (key, DataKeyRow::New(wrapped))
            }
        };
        Ok(Sealed {
            id,
            sealed: key.seal(id, &name, &plain, chance),
            name,
            data_key,
            at: self.now(),
        })
    }
}

impl Sealed {
    /// Writes the secret. The connection may have been removed since it was sealed, and may be back
    /// with another data key: then nothing is written, since nobody could open it.
    pub(crate) fn write(&self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        tx.lock(&secrets_lock(self.id))?;
        let is_there = connections::connection(tx, self.id)?.is_some();
        match &self.data_key {
            DataKeyRow::New(wrapped) if is_there => {
                connections::add_data_key(tx, self.id, wrapped, self.at)?;
            }
            DataKeyRow::Stored(wrapped)
                if is_there && connections::data_key(tx, self.id)?.as_ref() == Some(wrapped) => {}
            DataKeyRow::New(_) | DataKeyRow::Stored(_) => {
                let why = "the connection was removed meanwhile";
                return Err(StoreError::data(&self.name, why));
            }
        }
        connections::save_secret(tx, self.id, &self.name, &self.sealed, self.at)
    }

    /// Whether it is this that is stored, and keeps it so until the transaction ends. No two are alike:
    /// each has a nonce of its own.
    pub(crate) fn is_stored(&self, tx: &mut dyn Tx) -> Result<bool, StoreError> {
        tx.lock(&secrets_lock(self.id))?;
        Ok(connections::secret(tx, self.id, &self.name)?.as_ref() == Some(&self.sealed))
    }
}

/// Whoever writes or wipes the secrets of a connection holds this lock.
pub(crate) fn secrets_lock(id: ConnectionId) -> String {
    format!("secrets/{id}")
}
