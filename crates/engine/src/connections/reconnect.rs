//! Giving a connection another credential in place: its flows, orders and deals stay as they are.

use portico_domain::Priority;
use portico_domain::audit::Action;
use portico_domain::connection::{Connection, Status};
use portico_store::{Tx, connections, sites};
use wire::Kind;

use super::{NewCredential, Tested, check_registration, code};
use crate::apps;
use crate::credentials::{Credential, is_refusal};
use crate::{Engine, Error};

impl Engine {
    /// Gives a connection another credential of the same account, and lets what waited go on.
    ///
    /// The present credential stays in use until the new one was seen to lead to the same account.
    pub async fn reconnect(&self, name: &str, new: NewCredential) -> Result<Tested, Error> {
        let (engine, name) = (self.clone(), self.connection_named(name).await?.name);
        let again = async move {
            let work = engine.connect_again(&name, new);
            engine
                .on_record(Action::ReconnectConnection, &name, work)
                .await
        };
        code::to_its_end(again).await
    }

    async fn connect_again(&self, name: &str, new: NewCredential) -> Result<Tested, Error> {
        let connection = self.connection_named(name).await?;
        check_registration(connection.app, &new)?;
        self.resume_calls(&connection).await?;
        let is_of_code = matches!(new, NewCredential::Code { .. });
        let credential = self.given(&connection, new).await?;
        let (account, credential) = match self.account_behind(&connection, credential).await {
            Err(error) if is_of_code => return Err(code::used_up(error)),
            behind => behind?,
        };
        let known = &connection.account.id;
        if !known.is_empty() && *known != account {
            let error = Error::Conflict(format!(
                "that credential leads to the account {account}, and connection `{name}` is of {known}; add it under a name of its own"
            ));
            return Err(if is_of_code {
                code::used_up(error)
            } else {
                error
            });
        }
        self.put_in_place(&connection, &credential).await?;
        self.try_in_place(&connection).await
    }

    /// Gives a connection a credential that was seen to lead to its account.
    pub(super) async fn put_in_place(
        &self,
        connection: &Connection,
        credential: &Credential,
    ) -> Result<(), Error> {
        if self.replace_credential(connection, credential).await? {
            return Ok(());
        }
        Err(super::changed_meanwhile(connection))
    }

    /// Tries a credential that took the place of another one.
    pub(super) async fn try_in_place(&self, connection: &Connection) -> Result<Tested, Error> {
        let active = self.activate(connection).await?;
        self.try_out(&active).await
    }

    /// The account that a credential leads to, and the credential as it is by then: a pair whose
    /// access token has died is renewed first.
    pub(super) async fn account_behind(
        &self,
        connection: &Connection,
        credential: Credential,
    ) -> Result<(String, Credential), Error> {
        if let Some(account) = self.account_of(connection, &credential).await? {
            return Ok((account, credential));
        }
        let Credential::OAuth {
            client,
            refresh_token,
            scopes,
            ..
        } = credential
        else {
            return Err(refused(connection));
        };
        let asked = self.ask_for_tokens(connection, &client, &refresh_token, scopes);
        let credential = match asked.await {
            Ok(credential) => credential,
            Err(error) if is_refusal(&error) => return Err(refused(connection)),
            Err(error) => return Err(error),
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
        let client = (apps::facts(connection.app).client)(self, connection)?;
        match client.account(credential.token().clone()).await {
            Ok(account) => Ok(Some(account.id)),
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
        let save = move |tx: &mut dyn Tx| {
            // A site that was disconnected has dropped its subscriptions.
            sites::forget_subscription_check(tx, saved.id)?;
            connections::save(tx, &saved, known)
        };
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
