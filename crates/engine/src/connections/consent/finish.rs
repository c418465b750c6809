//! The way back: the vendor's answer becomes a credential that was seen to work.

use portico_domain::audit::{Action, Actor};
use portico_domain::connection::{Connection, Status};
use portico_domain::{ConnectionId, Priority};
use portico_store::consents::{self, Way};
use portico_store::{Tx, connections};
use secrecy::SecretString;
use tracing::Instrument;
use wire::{Kind, Outcome};

use super::super::{Tested, is_passing};
use super::{ConsentProblem, NotConnected, Plain, SECRET_NAME, access, hash, hash_of};
use crate::credentials::{self, Credential, OAuthClient, Sealed, secrets_lock};
use crate::{Engine, Error};

/// What the browser brought back from the vendor.
pub struct ConsentAnswer {
    pub state: SecretString,
    /// The token of the browser that brings it, where it has one.
    pub browser: Option<SecretString>,
    /// The code; the vendor's word for a refusal when there is none.
    pub code: Result<SecretString, String>,
}

/// A page whose way was used up by this answer.
struct Returned {
    page: consents::Consent,
    way: Way,
    connection: Connection,
}

impl Engine {
    /// Trades the vendor's answer for tokens, and connects the account that they lead to.
    ///
    /// An answer is good once: whatever comes of it, its state is used up before the vendor is asked.
    pub async fn finish_consent(&self, answer: ConsentAnswer) -> Result<Tested, NotConnected> {
        let engine = self.clone();
        // Apart, because the code is good once: a browser that leaves must not take the tokens with it.
        let finish = tokio::spawn(async move { engine.finish(answer).await }.in_current_span());
        finish.await.map_err(Error::internal)?
    }

    async fn finish(&self, answer: ConsentAnswer) -> Result<Tested, NotConnected> {
        let returned = self.used_up(&answer).await?;
        let name = &returned.connection.name;
        let connect = self.connect_returned(&returned, answer.code);
        let owner = self.acting_as(Actor::Owner);
        match owner
            .on_record(Action::ConsentToConnection, name, connect)
            .await
        {
            Ok(tested) => {
                let (id, name) = (tested.connection.id, &tested.connection.name);
                if let Err(error) = self.close_page(&returned, id).await {
                    // The site is connected all the same, and the page ends by itself.
                    tracing::warn!(connection.id = %id, error = %error, "The page of `{name}` could not be closed");
                }
                tracing::info!(connection.id = %id, "The owner of `{name}` consented");
                Ok(tested)
            }
            Err(problem) => Err(self.not_connected(&returned, problem).await?),
        }
    }

    /// Takes the way that a state belongs to. The state of another browser is left to that browser.
    async fn used_up(&self, answer: &ConsentAnswer) -> Result<Returned, ConsentProblem> {
        let (state, now) = (hash(&answer.state), self.now());
        let browser = answer.browser.as_ref().map(hash);
        let take = move |tx: &mut dyn Tx| {
            let Some(page) = consents::of_state(tx, &state)? else {
                return Ok(Err(ConsentProblem::UnknownState));
            };
            let way = page.way.clone();
            let connection = connections::connection(tx, page.connection)?;
            let (Some(way), Some(connection)) = (way, connection) else {
                return Ok(Err(ConsentProblem::UnknownState));
            };
            if browser.as_ref() != Some(&way.browser_hash) {
                return Ok(Err(ConsentProblem::OtherBrowser));
            }
            if page.connected_at.is_some() {
                return Ok(Err(ConsentProblem::Connected));
            }
            if way.used_at.is_some() || !consents::use_way(tx, &state, now)? {
                return Ok(Err(ConsentProblem::UsedState));
            }
            Ok(Ok(Returned {
                page,
                way,
                connection,
            }))
        };
        self.store().write(take).await?
    }

    async fn connect_returned(
        &self,
        returned: &Returned,
        code: Result<SecretString, String>,
    ) -> Result<Tested, ConsentProblem> {
        let now = self.now();
        if returned.page.expires_at <= now {
            return Err(ConsentProblem::ExpiredPage);
        }
        if returned.way.expires_at <= now {
            return Err(ConsentProblem::ExpiredState);
        }
        let code = code.map_err(|word| match word.as_str() {
            "access_denied" => ConsentProblem::Denied,
            _ => ConsentProblem::Refused,
        })?;
        let connection = &returned.connection;
        let secrets = self.page_secrets(connection.id).await?;
        let secrets = secrets.ok_or(ConsentProblem::UnknownPage)?;
        let credential = self.exchanged(returned, secrets, &code).await?;
        if connection.account.id.is_empty() {
            self.connect_new(connection, &credential).await
        } else {
            self.connect_anew(connection, credential).await
        }
    }

    async fn exchanged(
        &self,
        returned: &Returned,
        secrets: Plain,
        code: &SecretString,
    ) -> Result<Credential, ConsentProblem> {
        self.permit(&returned.connection, Priority::Person).await?;
        let client = OAuthClient {
            id: secrets.client_id,
            secret: secrets.client_secret.into(),
            redirect_uri: Some(returned.way.redirect_uri.clone()),
        };
        let now = self.now();
        let asked = access::of_text(&returned.page.access)?;
        let scopes = access::scopes(self.inner.gateway.catalog, &asked);
        let pair = self
            .inner
            .squarespace
            .exchange_code(&client.id, &client.secret, code, &returned.way.redirect_uri)
            .await
            .map_err(|cause| not_exchanged(&cause))?;
        Ok(Credential::OAuth {
            client,
            access_token: pair.access_token,
            access_expires_at: Some(pair.access_expires_at),
            refresh_token: pair.refresh_token.ok_or(ConsentProblem::NotLasting)?,
            renewed_at: now,
            // The vendor grants what it was asked for, or nothing.
            scopes: scopes.into_iter().map(str::to_owned).collect(),
        })
    }

    /// The pair is durable before it is used; it goes again when it leads to an account that another
    /// connection has, so that the owner can choose another.
    ///
    /// Others may come back for the same connection meanwhile: the pair that came last is the one that
    /// is connected, and whoever comes after that is told that it is done.
    async fn connect_new(
        &self,
        connection: &Connection,
        credential: &Credential,
    ) -> Result<Tested, ConsentProblem> {
        let given = self.seal_credential(connection.id, credential).await?;
        let mut tried = self.give_first(connection.id, given.clone()).await?;
        tried.status = Status::Active;
        tried.reason = None;
        tried.remedy = None;
        let error = match self.try_out_given(&tried, Some(&given)).await {
            Ok(tested) => return Ok(tested),
            Err(error) => error,
        };
        if is_passing(&error) {
            let is_given = move |tx: &mut dyn Tx| given.is_stored(tx);
            if self.store().write(is_given).await? {
                return Err(self.keep_untried(&tried, &error).await?.into());
            }
        } else {
            self.take_back(tried.id, given).await?;
        }
        Err(error.into())
    }

    /// Gives a credential to a connection that leads to no account yet; answers the connection as it is
    /// by then.
    async fn give_first(
        &self,
        id: ConnectionId,
        given: Sealed,
    ) -> Result<Connection, ConsentProblem> {
        let now = self.now();
        let give = move |tx: &mut dyn Tx| {
            tx.lock(&secrets_lock(id))?;
            let Some(connection) = connections::connection(tx, id)? else {
                // Another way led to an account that was known before, whose connection is back.
                let is_back = consents::asked_for(tx, id)?.is_some();
                return Ok(Err(if is_back {
                    ConsentProblem::Connected
                } else {
                    ConsentProblem::UnknownPage
                }));
            };
            if !connection.account.id.is_empty() {
                return Ok(Err(ConsentProblem::Connected));
            }
            given.write(tx)?;
            // So that whoever is trying the former credential now keeps nothing of that.
            let known_at = connection.updated_at;
            let changed = Connection {
                updated_at: now,
                ..connection
            };
            connections::save(tx, &changed, known_at)?;
            Ok(Ok(changed))
        };
        self.store().write(give).await?
    }

    /// Wipes a credential that led nowhere, and nobody else's.
    async fn take_back(&self, id: ConnectionId, given: Sealed) -> Result<(), Error> {
        let wipe = move |tx: &mut dyn Tx| {
            let is_ours = given.is_stored(tx)?;
            let there = connections::connection(tx, id)?;
            if is_ours && there.is_some_and(|there| there.account.id.is_empty()) {
                connections::delete_secret(tx, id, credentials::SECRET_NAME)?;
            }
            Ok(())
        };
        Ok(self.store().write(wipe).await?)
    }

    /// The present credential stays in use until the new one was seen to lead to the same account.
    async fn connect_anew(
        &self,
        connection: &Connection,
        credential: Credential,
    ) -> Result<Tested, ConsentProblem> {
        self.resume_calls(connection).await?;
        let (account, credential) = self.account_behind(connection, credential).await?;
        if account != connection.account.id {
            return Err(ConsentProblem::OtherAccount {
                name: connection.name.clone(),
                title: connection.account.title.clone(),
            });
        }
        self.put_in_place(connection, &credential).await?;
        match self.try_in_place(connection).await {
            Ok(tested) => Ok(tested),
            Err(error) => Ok(self.connected_untried(connection, &error).await?),
        }
    }

    /// The new credential is in place, whatever its trial came to: asking the owner again helps nobody.
    async fn connected_untried(
        &self,
        connection: &Connection,
        error: &Error,
    ) -> Result<Tested, Error> {
        tracing::warn!(connection.id = %connection.id, error = %error, "The trial of `{}` failed after its owner had consented", connection.name);
        let finding = format!(
            "the new permission is kept, and could not be tried to the end ({error}); run `portico connection test {}`",
            connection.name
        );
        Ok(Tested {
            connection: self.connection(connection.id).await?,
            findings: vec![finding],
        })
    }

    /// The page has done its work: what it could still be misused for is wiped. A page that was opened
    /// meanwhile keeps its own.
    async fn close_page(&self, returned: &Returned, id: ConnectionId) -> Result<(), Error> {
        let (session, now) = (returned.page.session_hash.clone(), self.now());
        let close = move |tx: &mut dyn Tx| {
            tx.lock(&secrets_lock(id))?;
            if consents::connect(tx, &session, now)? {
                connections::delete_secret(tx, id, SECRET_NAME)?;
            }
            Ok(())
        };
        Ok(self.store().write(close).await?)
    }

    /// Keeps what went wrong, for whoever waits elsewhere.
    async fn not_connected(
        &self,
        returned: &Returned,
        problem: ConsentProblem,
    ) -> Result<NotConnected, Error> {
        tracing::info!(connection.id = %returned.connection.id, "`{}` was not connected: {problem}", returned.connection.name);
        let (session, words) = (returned.page.session_hash.clone(), problem.to_string());
        let fail = move |tx: &mut dyn Tx| consents::fail(tx, &session, &words);
        self.store().write(fail).await?;
        let is_open = returned.page.expires_at > self.now();
        let secrets = self.page_secrets(returned.connection.id).await?;
        // A page that was opened meanwhile is not for this browser.
        let is_of_page = |plain: &Plain| hash_of(&plain.session) == returned.page.session_hash;
        let again = secrets
            .filter(|plain| is_open && is_of_page(plain))
            .map(|plain| plain.session.into());
        Ok(NotConnected { problem, again })
    }
}

/// Whatever may have been done used the code up.
fn not_exchanged(cause: &wire::Error) -> ConsentProblem {
    if cause.kind == Kind::Unauthorized {
        ConsentProblem::Client
    } else if cause.is_transient() || cause.outcome() == Outcome::Unknown {
        ConsentProblem::Unanswered
    } else {
        ConsentProblem::Code
    }
}
