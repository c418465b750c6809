//! Connecting by consent: the owner opens a page of ours, says yes at the vendor, and comes back.
//!
//! Read [`Engine::begin_consent`], then `link` (the way there), then `finish` (the way back).

pub(super) mod access;
mod expiry;
mod finish;
mod link;
mod problem;

use std::slice;

use jiff::{SignedDuration, Timestamp};
use portico_domain::agent::{Area, Level};
use portico_domain::audit::Action;
use portico_domain::connection::{Account, Connection, Status, check_name};
use portico_domain::work::Queue;
use portico_domain::{App, ConnectionId};
use portico_store::{Tx, connections, consents, work};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

pub use access::Ask;
pub use finish::ConsentAnswer;
pub use link::ConsentPage;
pub use problem::{ConsentProblem, NotConnected};

use crate::apps;
use crate::credentials::OAuthClient;
use crate::site::connection_touch;
use crate::{Engine, Error};

/// How long an owner may take to open the page.
const PAGE_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// The secrets of a page, beside the connection's credential.
const SECRET_NAME: &str = "consent";

/// What an owner is to be asked for, and as which app.
#[derive(Clone, Debug, Default)]
pub struct ConsentRequest {
    /// The registered app; the configured one when it is not given.
    pub client: Option<OAuthClient>,
    /// Areas and levels; everything that can be read when there are none.
    pub access: Vec<(Area, Level)>,
}

/// A page that waits for its owner.
#[derive(Clone, Debug)]
pub struct Consent {
    pub connection: Connection,
    /// What the page's address ends with: whoever has it may connect an account.
    pub session: SecretString,
    pub expires_at: Timestamp,
}

/// How far an owner's consent has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentProgress {
    /// Nobody has gone to the vendor yet, or somebody is there.
    Waiting {
        at_vendor: bool,
    },
    /// The owner came back without success, and may try again.
    Failed(String),
    Connected,
    /// The page has closed, or was replaced by another.
    Closed,
}

/// What is sealed of a page.
#[derive(Serialize, Deserialize)]
struct Plain {
    session: String,
    client_id: String,
    client_secret: String,
}

/// What was found to be in order with a request.
struct Asking {
    client: OAuthClient,
    access: Vec<(Area, Level)>,
}

impl Engine {
    /// Makes a connection that waits for its owner's consent, and the page that asks for it. Without a
    /// name one is made up.
    pub async fn begin_consent(
        &self,
        app: App,
        name: Option<&str>,
        request: ConsentRequest,
    ) -> Result<Consent, Error> {
        let asking = self.asking(app, None, request)?;
        let name = match name {
            Some(name) => {
                check_name(name).map_err(|why| Error::Invalid(format!("`{name}`: {why}")))?;
                name.to_owned()
            }
            None => expiry::made_up_name(app, self.chance()),
        };
        let mut connection = self.new_connection(app, &name, Account::default());
        connection.status = Status::Pending;
        connection.reason = Some("its owner has not consented yet".to_owned());
        connection.remedy = Some(format!(
            "open its link; `portico connection reauthorize {name}` makes a new one"
        ));
        let open = self.open_page(connection, true, asking);
        self.on_record(Action::AskOwner, &name, open).await
    }

    /// Makes a page on which the owner of a connection consents anew: to what is asked for now, and to all
    /// that the present credential opens, which stays in use until then.
    pub async fn reauthorize(&self, name: &str, request: ConsentRequest) -> Result<Consent, Error> {
        let connection = self.connection_named(name).await?;
        let more = request.access.clone();
        let mut asking = self.asking(connection.app, Some(name), request)?;
        match self.credential(&connection).await {
            Ok(credential) => {
                let whole = self.opened(&connection, &credential)?.whole(&more);
                if !whole.is_empty() {
                    asking.access = whole;
                }
            }
            // Nobody has consented yet, or nothing is left of it.
            Err(Error::Connection { .. }) => {}
            Err(error) => return Err(error),
        }
        let open = self.open_page(connection, false, asking);
        self.on_record(Action::AskOwnerAgain, name, open).await
    }

    /// How far the page of a connection has come.
    pub async fn consent_progress(&self, consent: &Consent) -> Result<ConsentProgress, Error> {
        let hash = hash(&consent.session);
        let read = move |tx: &mut dyn Tx| consents::of_session(tx, &hash);
        let Some(page) = self.store().read(read).await? else {
            return Ok(ConsentProgress::Closed);
        };
        Ok(if page.connected_at.is_some() {
            ConsentProgress::Connected
        } else if page.expires_at <= self.now() {
            ConsentProgress::Closed
        } else if let Some(problem) = page.problem {
            ConsentProgress::Failed(problem)
        } else {
            ConsentProgress::Waiting {
                at_vendor: page.way.is_some(),
            }
        })
    }

    /// What the address of a connection's page ends with, while it waits for its owner.
    pub async fn consent_session(
        &self,
        connection: &Connection,
    ) -> Result<Option<SecretString>, Error> {
        if connection.status != Status::Pending || self.open_page_of(connection).await?.is_none() {
            return Ok(None);
        }
        let plain = self.page_secrets(connection.id).await?;
        Ok(plain.map(|plain| plain.session.into()))
    }

    /// The page of a connection, while its owner may still consent on it.
    pub(super) async fn open_page_of(
        &self,
        connection: &Connection,
    ) -> Result<Option<consents::Consent>, Error> {
        let (id, now) = (connection.id, self.now());
        let read = move |tx: &mut dyn Tx| consents::of_connection(tx, id);
        let page = self.store().read(read).await?;
        Ok(page.filter(|page| page.connected_at.is_none() && page.expires_at > now))
    }

    /// The connection of a UUID. One that was made for an account which had been connected before leads
    /// to the connection that has come back in its place.
    pub async fn connection_of_uuid(&self, uuid: Uuid) -> Result<Connection, Error> {
        let id = ConnectionId::new(uuid);
        let read = move |tx: &mut dyn Tx| {
            if let Some(connection) = connections::connection(tx, id)? {
                return Ok(Some(connection));
            }
            match consents::asked_for(tx, id)? {
                Some(page) => connections::connection(tx, page.connection),
                None => Ok(None),
            }
        };
        let found = self.store().read(read).await?;
        found.ok_or_else(|| Error::NotFound(format!("connection `{uuid}`")))
    }

    /// Checks a request; the name is that of the connection, where there is one.
    fn asking(
        &self,
        app: App,
        name: Option<&str>,
        request: ConsentRequest,
    ) -> Result<Asking, Error> {
        if !apps::facts(app).asks_owner {
            let way = match name {
                Some(name) => format!(
                    "`portico connection reconnect {name} --code-file FILE` or `--key-file FILE`"
                ),
                None => format!("`portico connection add {app}` with a token"),
            };
            return Err(Error::Invalid(format!(
                "{} is not connected on a page; run {way}",
                app.title()
            )));
        }
        let client = request
            .client
            .or_else(|| self.inner.squarespace_app.clone());
        let client = client.ok_or_else(|| {
            Error::Invalid(format!(
                "{} asks owners on behalf of a registered app: set `{app}.client_id` and `{app}.client_secret_file` in the configuration, or give both with the command",
                app.title()
            ))
        })?;
        Ok(Asking {
            client,
            access: access::checked(self.inner.gateway.catalog, request.access)?,
        })
    }

    async fn open_page(
        &self,
        connection: Connection,
        is_new: bool,
        asking: Asking,
    ) -> Result<Consent, Error> {
        let session = SecretString::from(hex::encode(self.inner.chance.bytes::<32>()));
        let plain = Plain {
            session: session.expose_secret().to_owned(),
            client_id: asking.client.id,
            client_secret: asking.client.secret.expose_secret().to_owned(),
        };
        let plain = Zeroizing::new(serde_json::to_vec(&plain).map_err(Error::internal)?);
        let sealed = self.seal(connection.id, SECRET_NAME, plain).await?;
        let page = consents::Consent {
            connection: connection.id,
            asked_for: connection.id,
            session_hash: hash(&session),
            access: access::to_text(&asking.access),
            expires_at: self.now() + PAGE_LASTS,
            way: None,
            problem: None,
            connected_at: None,
        };
        let (now, expires_at) = (self.now(), page.expires_at);
        let end = connection_touch(Queue::RefreshToken, connection.id, expires_at);
        let added = connection.clone();
        let open = move |tx: &mut dyn Tx| {
            if is_new {
                connections::add(tx, &added)?;
            }
            sealed.write(tx)?;
            consents::save(tx, &page)?;
            work::touch(tx, slice::from_ref(&end), now)
        };
        self.store()
            .write(open)
            .await
            .map_err(|error| super::name_taken(&connection.name, error))?;
        Ok(Consent {
            connection,
            session,
            expires_at,
        })
    }

    async fn page_secrets(&self, id: ConnectionId) -> Result<Option<Plain>, Error> {
        let Some(plain) = self.secret(id, SECRET_NAME).await? else {
            return Ok(None);
        };
        serde_json::from_slice(&plain)
            .map(Some)
            .map_err(|why| portico_store::Error::json("secrets of a consent", &why).into())
    }
}

/// What is kept of a secret that is only ever compared.
fn hash(secret: &SecretString) -> Vec<u8> {
    hash_of(secret.expose_secret())
}

fn hash_of(secret: &str) -> Vec<u8> {
    blake3::hash(secret.as_bytes()).as_bytes().to_vec()
}
