//! Connecting sites and accounts: each credential is tried before it is saved.

mod code;
mod condition;
mod consent;
mod erase;
mod lacks;
mod reconnect;
mod removed;
mod trial;

use std::sync::Arc;

use jiff::Timestamp;
use portico_domain::audit::Action;
use portico_domain::connection::{Account, Connection, Status, check_name};
use portico_domain::work::Queue;
use portico_domain::{App, ConnectionId};
use portico_store::work::Touch;
use portico_store::{Tx, connections, work};
use secrecy::SecretString;
use url::Url;

pub use condition::{Condition, CredentialState};
pub use consent::{
    Ask, Consent, ConsentAnswer, ConsentPage, ConsentProblem, ConsentProgress, ConsentRequest,
    NotConnected,
};
pub use removed::Removed;
pub use trial::Tested;

use crate::apps;
use crate::credentials::{Credential, OAuthClient};
use crate::flows::RENEW_EVERY;
use crate::site::connection_touch;
use crate::{Engine, Error};

/// What a site or an account is connected with.
pub enum NewCredential {
    /// An API key or a long-lived token.
    Key(SecretString),
    /// A token pair that was obtained elsewhere.
    Tokens {
        client: OAuthClient,
        access_token: SecretString,
        refresh_token: SecretString,
    },
    /// An authorization code of Kommo, which is traded for a pair, once.
    Code {
        client: OAuthClient,
        code: SecretString,
    },
}

impl NewCredential {
    /// The token that whoever brings it has; a code is traded for one that nobody has seen.
    fn token(&self) -> Option<&SecretString> {
        match self {
            Self::Key(key) => Some(key),
            Self::Tokens { access_token, .. } => Some(access_token),
            Self::Code { .. } => None,
        }
    }
}

impl Engine {
    /// Connects a Squarespace site under a short name.
    pub async fn add_squarespace(
        &self,
        name: &str,
        credential: NewCredential,
    ) -> Result<Tested, Error> {
        let account = Account::default();
        self.add_connection(App::Squarespace, name, account, credential)
            .await
    }

    /// Connects a Kommo account, which is at `https://acme.kommo.com` or the like, under a short name.
    pub async fn add_kommo(
        &self,
        name: &str,
        base: &Url,
        credential: NewCredential,
    ) -> Result<Tested, Error> {
        check_base(base)?;
        self.kommo_reach(base)?;
        let account = Account {
            url: base.to_string(),
            ..Account::default()
        };
        let (engine, name) = (self.clone(), name.to_owned());
        let add = async move {
            engine
                .add_connection(App::Kommo, &name, account, credential)
                .await
        };
        code::to_its_end(add).await
    }

    /// Saves the connection first, so that a token which must be renewed has a place to be kept;
    /// takes it away again when the credential does not work. A pair that was renewed, or that a code
    /// was traded for, and could not be tried stays: it is the only one that lives.
    async fn add_connection(
        &self,
        app: App,
        name: &str,
        account: Account,
        credential: NewCredential,
    ) -> Result<Tested, Error> {
        check_name(name).map_err(|why| Error::Invalid(format!("`{name}`: {why}")))?;
        let work = async {
            check_registration(app, &credential)?;
            let brought = credential.token().cloned();
            let is_of_code = matches!(credential, NewCredential::Code { .. });
            let connection = self.new_connection(app, name, account);
            let added = connection.clone();
            let add = move |tx: &mut dyn Tx| connections::add(tx, &added);
            self.store()
                .write(add)
                .await
                .map_err(|error| name_taken(name, error))?;
            let credential = match self.given(&connection, credential).await {
                Ok(credential) => credential,
                Err(error) => return Err(self.take_away(&connection, error).await),
            };
            self.save_credential(connection.id, &credential).await?;
            let error = match self.try_out(&connection).await {
                Ok(tested) => return Ok(tested),
                Err(error) => error,
            };
            let error = self.give_up(&connection, brought.as_ref(), error).await?;
            let is_for_another = is_of_code && matches!(error, Error::Conflict(_));
            Err(if is_for_another {
                code::used_up(error)
            } else {
                error
            })
        };
        self.on_record(Action::AddConnection, name, work).await
    }

    /// Takes a connection away whose trial failed, unless it holds the only pair that lives. What fails
    /// on the way is logged: the trial's own error is what its owner can act on.
    async fn give_up(
        &self,
        connection: &Connection,
        brought: Option<&SecretString>,
        error: Error,
    ) -> Result<Error, Error> {
        let kept = match self.credential(connection).await {
            Ok(kept) => kept,
            Err(lookup) => {
                tracing::warn!(connection.id = %connection.id, error = %lookup, "Cannot see what became of the credential of `{}`: what is there stays", connection.name);
                return Ok(error);
            }
        };
        let is_brought = brought.is_some_and(|token| kept.is_of_token(token));
        if is_passing(&error) && !is_brought {
            return self.keep_untried(connection, &error).await;
        }
        Ok(self.take_away(connection, error).await)
    }

    /// Takes a new connection away again, and says why.
    async fn take_away(&self, connection: &Connection, error: Error) -> Error {
        let id = connection.id;
        let delete = move |tx: &mut dyn Tx| connections::delete(tx, id);
        if let Err(failure) = self.store().write(delete).await {
            tracing::warn!(connection.id = %id, error = %failure, "Cannot take `{}` away again", connection.name);
            return error;
        }
        not_added(error)
    }

    fn new_connection(&self, app: App, name: &str, account: Account) -> Connection {
        let now = self.now();
        Connection {
            id: ConnectionId::new(self.inner.chance.id(now)),
            name: name.to_owned(),
            app,
            status: Status::Active,
            reason: None,
            remedy: None,
            account,
            created_at: now,
            updated_at: now,
        }
    }

    /// A credential as it was given; a code is used up by it.
    async fn given(
        &self,
        connection: &Connection,
        new: NewCredential,
    ) -> Result<Credential, Error> {
        match new {
            NewCredential::Key(key) => Ok(Credential::Key(key)),
            NewCredential::Code { client, code } => {
                self.exchanged_code(connection, client, &code).await
            }
            NewCredential::Tokens {
                client,
                access_token,
                refresh_token,
            } => Ok(Credential::OAuth {
                client,
                access_token,
                access_expires_at: None,
                refresh_token,
                renewed_at: self.now(),
                scopes: Vec::new(),
            }),
        }
    }

    /// Keeps a new pair that could not be tried, and says what is left to do.
    async fn keep_untried(&self, connection: &Connection, why: &Error) -> Result<Error, Error> {
        let (id, now) = (connection.id, self.now());
        let write = move |tx: &mut dyn Tx| work::touch(tx, &[renewal_touch(id, now)], now);
        self.store().write(write).await?;
        let reason = format!("its new tokens are kept, and could not be tried yet ({why})");
        let remedy = format!("run `portico connection test {}`", connection.name);
        self.cannot_use(connection, Status::Paused, reason, remedy)
            .await
    }

    /// Whether owners cannot be asked unless whoever asks brings a registered app.
    #[must_use]
    pub fn lacks_registration(&self, app: App) -> bool {
        apps::facts(app).asks_owner && self.inner.squarespace_app.is_none()
    }

    /// Every connection, oldest first.
    pub async fn connections(&self) -> Result<Vec<Connection>, Error> {
        Ok(self.store().read(connections::all).await?)
    }

    /// The same as of a moment ago, for what is asked thousands of times a second.
    pub(crate) async fn recent_connections(&self) -> Result<Arc<[Connection]>, Error> {
        let read = async { self.connections().await.map(|all| Some(all.into())) };
        let recent = &self.inner.recent_connections;
        let all = recent.or_read(self.store(), self.now(), (), read).await?;
        Ok(all.unwrap_or_default())
    }

    /// The connection of a short name.
    pub async fn connection_named(&self, name: &str) -> Result<Connection, Error> {
        let wanted = name.to_owned();
        let read = move |tx: &mut dyn Tx| connections::named(tx, &wanted);
        self.store()
            .read(read)
            .await?
            .ok_or_else(|| Error::NotFound(format!("connection `{name}`")))
    }

    pub(crate) async fn connection(&self, id: ConnectionId) -> Result<Connection, Error> {
        let read = move |tx: &mut dyn Tx| connections::connection(tx, id);
        self.store()
            .read(read)
            .await?
            .ok_or_else(|| Error::NotFound(format!("connection `{id}`")))
    }
}

/// Refuses an app registration that cannot be one, or with which nothing could be renewed.
fn check_registration(app: App, new: &NewCredential) -> Result<(), Error> {
    let client = match new {
        NewCredential::Key(_) => return Ok(()),
        NewCredential::Tokens { client, .. } | NewCredential::Code { client, .. } => client,
    };
    client.check()?;
    if client.redirect_uri.is_some() || !apps::facts(app).renews_with_redirect {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{} wants the redirect address of the app with every renewal; give it too",
        app.title()
    )))
}

/// The address is kept and shown as it is, so it must hold no credential.
fn check_base(base: &Url) -> Result<(), Error> {
    if base.username().is_empty() && base.password().is_none() {
        return Ok(());
    }
    Err(Error::Invalid(
        "the address of the account must hold no name and no password; the token is given apart from it"
            .to_owned(),
    ))
}

/// Why there is no new connection, and what helps: nothing is left that could be tested again.
fn not_added(error: Error) -> Error {
    let Error::Connection {
        name,
        status,
        reason,
        ..
    } = error
    else {
        return error;
    };
    if status == Status::NeedsReauthorization {
        return Error::Invalid(format!(
            "{reason}; check that the credential is whole and of this account, or make a new one there"
        ));
    }
    Error::Connection {
        remedy: format!("nothing was kept: see to that, then add `{name}` again"),
        name,
        status,
        reason,
    }
}

fn changed_meanwhile(connection: &Connection) -> Error {
    Error::Conflict(format!(
        "connection `{0}` was changed while it was tried; run `portico connection test {0}` again",
        connection.name
    ))
}

/// "Look after this connection's token in a while."
fn renewal_touch(id: ConnectionId, now: Timestamp) -> Touch {
    connection_touch(Queue::RefreshToken, id, now + RENEW_EVERY)
}

/// Whether the same trial may go well later, without another credential.
fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Waiting { .. } | Error::Internal(_))
        || error.vendor().is_some_and(wire::Error::is_transient)
}

fn name_taken(name: &str, error: portico_store::Error) -> Error {
    if matches!(error, portico_store::Error::Unique(_)) {
        return Error::Conflict(format!(
            "there is already a connection `{name}`; choose another name"
        ));
    }
    error.into()
}
