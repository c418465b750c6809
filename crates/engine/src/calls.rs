//! One attempt at a vendor: a permit of the budget, the credential, the call, and what its failure
//! says about the connection.

use jiff::SignedDuration;
use portico_domain::Priority;
use portico_domain::connection::{Connection, Status};
use portico_store::{Tx, connections};
use secrecy::SecretString;
use url::Url;
use wire::{Kind, observed};

use crate::apps;
use crate::budget::Left;
use crate::{Engine, Error};

/// A block is lifted by the vendor's support, so asking more often only annoys.
const BLOCKED_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// In which lane a call waits for its turn, and for how long at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) lane: Priority,
    pub(crate) patience: Option<SignedDuration>,
}

impl Engine {
    /// Calls a vendor for a connection. `call` may be run twice: once more after a renewed token.
    pub(crate) async fn call<T, F, Fut>(
        &self,
        connection: &Connection,
        lane: Priority,
        call: F,
    ) -> Result<T, Error>
    where
        F: Fn(SecretString) -> Fut,
        Fut: Future<Output = Result<T, wire::Error>>,
    {
        let turn = Turn {
            lane,
            patience: None,
        };
        self.call_in(connection, turn, call).await
    }

    /// The same, for a caller who may not be kept waiting for long.
    pub(crate) async fn call_in<T, F, Fut>(
        &self,
        connection: &Connection,
        turn: Turn,
        call: F,
    ) -> Result<T, Error>
    where
        F: Fn(SecretString) -> Fut,
        Fut: Future<Output = Result<T, wire::Error>>,
    {
        self.usable(connection)?;
        let token = self.token(connection).await?;
        self.permit_for(connection, turn.lane, turn.patience)
            .await?;
        let answer = match observed(self.observer(connection), call(token.clone())).await {
            Err(error) if error.kind == Kind::Unauthorized => {
                let token = self.renewed(connection, &token).await?;
                self.permit_for(connection, turn.lane, turn.patience)
                    .await?;
                observed(self.observer(connection), call(token)).await
            }
            answer => answer,
        };
        match answer {
            Ok(value) => Ok(value),
            Err(cause) => Err(self.learn(connection, cause).await?),
        }
    }

    /// Waits for the turn to start one call.
    pub(crate) async fn permit(
        &self,
        connection: &Connection,
        lane: Priority,
    ) -> Result<(), Error> {
        self.permit_for(connection, lane, None).await.map(drop)
    }

    /// The same, for a caller who is not kept waiting for long; says what is left of the budget.
    pub(crate) async fn permit_within(
        &self,
        connection: &Connection,
        lane: Priority,
        patience: SignedDuration,
    ) -> Result<Option<Left>, Error> {
        self.permit_for(connection, lane, Some(patience)).await
    }

    async fn permit_for(
        &self,
        connection: &Connection,
        lane: Priority,
        patience: Option<SignedDuration>,
    ) -> Result<Option<Left>, Error> {
        let facts = apps::facts(connection.app);
        let scope = (facts.budget_scope)(connection);
        let pace = (facts.pace)(&self.inner.paces);
        let permit = self.inner.budgets.permit(&scope, pace, lane, patience);
        let left = permit.await?;
        if let Some(left) = left {
            self.counters().permitted(connection, left);
        }
        Ok(left)
    }

    pub(crate) fn usable(&self, connection: &Connection) -> Result<(), Error> {
        if connection.status == Status::Active {
            return Ok(());
        }
        Err(Error::Connection {
            name: connection.name.clone(),
            status: connection.status,
            reason: connection.reason.clone().unwrap_or_default(),
            remedy: connection.remedy.clone().unwrap_or_default(),
        })
    }

    /// Draws the conclusions of a failed call for all later ones, and says what the caller can do.
    pub(crate) async fn learn(
        &self,
        connection: &Connection,
        cause: wire::Error,
    ) -> Result<Error, Error> {
        let scope = (apps::facts(connection.app).budget_scope)(connection);
        let title = connection.app.title();
        match cause.kind {
            Kind::Throttled => {
                let until = self
                    .inner
                    .budgets
                    .complaint(&scope, cause.retry_after)
                    .await?;
                tracing::warn!(connection.id = %connection.id, "{title} asked for silence until {until}");
                let why = format!("{title} says that there were too many requests");
                Ok(Error::Waiting { until, why })
            }
            Kind::Blocked => {
                let until = self.now() + BLOCKED_PAUSE;
                self.inner.budgets.stop(&scope, until, None).await?;
                let reason = format!("{title} refuses every call from this address (403, blocked)");
                let remedy = format!(
                    "ask {title}'s support to lift the block, then run `portico connection test {}`",
                    connection.name
                );
                self.cannot_use(connection, Status::Paused, reason, remedy)
                    .await
            }
            Kind::Unauthorized => {
                let reason = format!("{title} does not accept the credential (401)");
                let remedy = reconnect_remedy(connection);
                self.cannot_use(connection, Status::NeedsReauthorization, reason, remedy)
                    .await
            }
            Kind::PaymentRequired => {
                let reason = format!("{title} says that the account is not paid for (402)");
                let remedy = format!(
                    "renew the plan at {title}, then run `portico connection test {}`",
                    connection.name
                );
                self.cannot_use(connection, Status::ExpiredSite, reason, remedy)
                    .await
            }
            Kind::Forbidden
            | Kind::NotFound
            | Kind::Conflict
            | Kind::Rejected
            | Kind::Unavailable
            | Kind::Malformed => Ok(Error::Vendor {
                name: connection.name.clone(),
                cause: Box::new(cause),
            }),
        }
    }

    /// Marks a connection as not usable and answers with the error that says so.
    pub(crate) async fn cannot_use(
        &self,
        connection: &Connection,
        status: Status,
        reason: String,
        remedy: String,
    ) -> Result<Error, Error> {
        tracing::warn!(connection.id = %connection.id, "Connection `{}`: {reason}", connection.name);
        let mut changed = connection.clone();
        changed.status = status;
        changed.reason = Some(reason.clone());
        changed.remedy = Some(remedy.clone());
        changed.updated_at = self.now();
        let known = connection.updated_at;
        let save = move |tx: &mut dyn Tx| connections::save(tx, &changed, known);
        if !self.store().write(save).await? {
            tracing::info!(connection.id = %connection.id, "Connection `{}` was changed meanwhile and stays as it is", connection.name);
        }
        Ok(Error::Connection {
            name: connection.name.clone(),
            status,
            reason,
            remedy,
        })
    }

    /// The client of the account that a connection leads to.
    pub(crate) fn kommo_of(&self, connection: &Connection) -> Result<kommo::Client, Error> {
        let base = Url::parse(&connection.account.url).map_err(Error::internal)?;
        self.kommo(&base)
    }
}

/// What helps when a credential is lost, as a command.
pub(crate) fn reconnect_remedy(connection: &Connection) -> String {
    let name = &connection.name;
    if is_consented(connection) {
        return format!(
            "run `portico connection reauthorize {name}`, whose link the owner of the account opens; `portico connection reconnect {name}` takes tokens that were obtained elsewhere"
        );
    }
    format!(
        "authorise it again or make a new key there, then run `portico connection reconnect {name}`"
    )
}

/// The command that gives a connection another credential of the kind that it has.
pub(crate) fn reconnect_command(connection: &Connection) -> String {
    let verb = if is_consented(connection) {
        "reauthorize"
    } else {
        "reconnect"
    };
    format!("portico connection {verb} {}", connection.name)
}

/// Whether its credential is one that an owner gives on a page.
fn is_consented(connection: &Connection) -> bool {
    connection.account.oauth && apps::facts(connection.app).asks_owner
}

/// The vendor's own error under the connection's name.
pub(crate) fn vendor_error(connection: &Connection) -> impl Fn(wire::Error) -> Error {
    let name = connection.name.clone();
    move |cause| Error::Vendor {
        name: name.clone(),
        cause: Box::new(cause),
    }
}
