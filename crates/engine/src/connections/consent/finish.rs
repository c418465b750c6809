//! The way back: the vendor's answer becomes a credential that was seen to work.

use portico_domain::Priority;
use portico_domain::connection::{Connection, Status};
use portico_store::consents::{self, Way};
use portico_store::{Tx, connections};
use secrecy::SecretString;
use wire::{Kind, Outcome};

use super::super::{Tested, is_passing};
use super::{ConsentProblem, NotConnected, Plain, SECRET_NAME, hash};
use crate::credentials::{self, Credential, OAuthClient};
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
        let returned = self.used_up(&answer).await?;
        match self.connect_returned(&returned, answer.code).await {
            Ok(tested) => {
                self.close_page(&returned, &tested).await?;
                tracing::info!(connection.id = %tested.connection.id, "The owner of `{}` consented", tested.connection.name);
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
        })
    }

    /// The pair is durable before it is used; it goes again when it leads to an account that another
    /// connection has, so that the owner can choose another.
    async fn connect_new(
        &self,
        connection: &Connection,
        credential: &Credential,
    ) -> Result<Tested, ConsentProblem> {
        self.save_credential(connection.id, credential).await?;
        let mut tried = connection.clone();
        tried.status = Status::Active;
        tried.reason = None;
        tried.remedy = None;
        let error = match self.try_out(&tried).await {
            Ok(tested) => return Ok(tested),
            Err(error) => error,
        };
        if is_passing(&error) {
            return Err(self.keep_untried(&tried, &error).await?.into());
        }
        let id = connection.id;
        let wipe =
            move |tx: &mut dyn Tx| connections::delete_secret(tx, id, credentials::SECRET_NAME);
        self.store().write(wipe).await?;
        Err(error.into())
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
        Ok(self.put_in_place(connection, &credential).await?)
    }

    /// The page has done its work: what it could still be misused for is wiped.
    async fn close_page(&self, returned: &Returned, tested: &Tested) -> Result<(), Error> {
        let session = returned.page.session_hash.clone();
        let (id, now) = (tested.connection.id, self.now());
        let close = move |tx: &mut dyn Tx| {
            connections::delete_secret(tx, id, SECRET_NAME)?;
            consents::connect(tx, &session, now)
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
        let again = secrets
            .filter(|_| is_open)
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
