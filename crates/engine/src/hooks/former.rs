//! Secrets that a rotation has replaced: the vendor's repeats are still signed with them for a while.

use jiff::Timestamp;
use portico_domain::ConnectionId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Engine, Error};

/// Under this name they are sealed, all in one text.
pub(crate) const FORMER_HOOK_SECRETS: &str = "former hooks";

/// One of them.
pub(crate) struct FormerSecret {
    pub(crate) secret: SecretString,
    /// From then on it signs nothing that is taken.
    pub(crate) until: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Plain {
    secret: String,
    until: Timestamp,
}

impl FormerSecret {
    /// The text to be sealed.
    pub(crate) fn text(all: &[Self]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let plain = all.iter().map(|one| Plain {
            secret: one.secret.expose_secret().to_owned(),
            until: one.until,
        });
        let text = serde_json::to_vec(&plain.collect::<Vec<_>>());
        text.map(Zeroizing::new).map_err(Error::internal)
    }
}

impl Engine {
    /// Whether a former secret, while it lasts, has signed what came.
    pub(super) async fn has_signed_before(
        &self,
        id: ConnectionId,
        is_signed: impl Fn(&SecretString) -> bool,
    ) -> Result<bool, Error> {
        let now = self.now();
        let former = self.former_hook_secrets(id).await?;
        let mut lasting = former.iter().filter(|one| one.until > now);
        Ok(lasting.any(|one| is_signed(&one.secret)))
    }

    /// The former secrets of a connection, the oldest first.
    pub(crate) async fn former_hook_secrets(
        &self,
        id: ConnectionId,
    ) -> Result<Vec<FormerSecret>, Error> {
        let Some(text) = self.secret(id, FORMER_HOOK_SECRETS).await? else {
            return Ok(Vec::new());
        };
        let plain: Vec<Plain> = serde_json::from_slice(&text)
            .map_err(|why| portico_store::Error::json("former secrets", &why))?;
        let former = plain.into_iter().map(|one| FormerSecret {
            secret: one.secret.into(),
            until: one.until,
        });
        Ok(former.collect())
    }
}
