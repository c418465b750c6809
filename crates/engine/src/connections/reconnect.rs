//! Giving a connection another credential in place: its flows, orders and deals stay as they are.

use portico_domain::connection::{Connection, Status};
use portico_domain::{App, Priority};
use portico_store::{Tx, connections};
use secrecy::SecretString;
use wire::Kind;

use super::Tested;
use crate::apps;
use crate::credentials::{Credential, OAuthClient};
use crate::{Engine, Error};

/// What takes the place of a credential that is lost.
pub enum NewCredential {
    /// An API key or a long-lived token.
    Key(SecretString),
    /// A token pair that was obtained elsewhere.
    Tokens {
        client: OAuthClient,
        access_token: SecretString,
        refresh_token: SecretString,
    },
}

impl Engine {
    /// Gives a connection another credential of the same account, and lets what waited go on.
    ///
    /// The present credential stays in use until the new one was seen to lead to the same account.
    pub async fn reconnect(&self, name: &str, new: NewCredential) -> Result<Tested, Error> {
        let connection = self.connection_named(name).await?;
        let credential = self.given(&connection, new)?;
        if connection.status == Status::Paused {
            let scope = (apps::facts(connection.app).budget_scope)(&connection);
            self.inner.budgets.resume(&scope).await?;
        }
        let (account, credential) = self.account_behind(&connection, credential).await?;
        let known = &connection.account.id;
        if !known.is_empty() && *known != account {
            return Err(Error::Conflict(format!(
                "that credential leads to the account {account}, and connection `{name}` is of {known}; add it under a name of its own"
            )));
        }
        self.replace_credential(&connection, &credential).await?;
        let active = self.activate(&connection).await?;
        self.try_out(&active).await
    }

    fn given(&self, connection: &Connection, new: NewCredential) -> Result<Credential, Error> {
        match new {
            NewCredential::Key(key) => Ok(Credential::Key(key)),
            NewCredential::Tokens { client, .. }
                if connection.app == App::Kommo && client.redirect_uri.is_none() =>
            {
                Err(Error::Invalid(
                    "Kommo wants the redirect address with every renewal; give it with the tokens"
                        .to_owned(),
                ))
            }
            NewCredential::Tokens {
                client,
                access_token,
                refresh_token,
            } => Ok(self.imported(client, access_token, refresh_token)),
        }
    }

    /// The account that a credential leads to, and the credential as it is by then: a pair whose
    /// access token has died is renewed first.
    async fn account_behind(
        &self,
        connection: &Connection,
        credential: Credential,
    ) -> Result<(String, Credential), Error> {
        let credential = match (self.account_of(connection, &credential).await?, &credential) {
            (Some(account), _) => return Ok((account, credential)),
            (None, Credential::Key(_)) => return Err(refused(connection)),
            (
                None,
                Credential::OAuth {
                    client,
                    refresh_token,
                    ..
                },
            ) => {
                self.ask_for_tokens(connection, client, refresh_token)
                    .await?
            }
        };
        let account = self.account_of(connection, &credential).await?;
        let account = account.ok_or_else(|| refused(connection))?;
        Ok((account, credential))
    }

    /// Asks whose credential it is; `None` when it is not accepted.
    async fn account_of(
        &self,
        connection: &Connection,
        credential: &Credential,
    ) -> Result<Option<String>, Error> {
        self.permit(connection, Priority::Person).await?;
        let token = credential.token();
        let answer = match connection.app {
            App::Squarespace => {
                let site = self.inner.squarespace.website(token).await;
                site.map(|site| site.id.to_string())
            }
            App::Kommo => {
                let account = self.kommo_of(connection)?.account(token).await;
                account.map(|account| account.id.to_string())
            }
        };
        match answer {
            Ok(account) => Ok(Some(account)),
            Err(cause) if cause.kind == Kind::Unauthorized => Ok(None),
            Err(cause) => Err(self.learn(connection, cause).await?),
        }
    }

    /// Whatever stood in the way was said of the credential that is gone.
    async fn activate(&self, connection: &Connection) -> Result<Connection, Error> {
        let mut active = self.connection(connection.id).await?;
        let known = active.updated_at;
        active.status = Status::Active;
        active.reason = None;
        active.remedy = None;
        active.updated_at = self.now();
        let saved = active.clone();
        let save = move |tx: &mut dyn Tx| connections::save(tx, &saved, known);
        if self.store().write(save).await? {
            return Ok(active);
        }
        Err(super::changed_meanwhile(connection))
    }
}

fn refused(connection: &Connection) -> Error {
    Error::Invalid(format!(
        "{} does not accept the new credential of connection `{}`, which stays as it is",
        connection.app.title(),
        connection.name
    ))
}
