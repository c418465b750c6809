//! Trying what a connection's credential may do; what works is active.

use jiff::Timestamp;
use portico_domain::Priority;
use portico_domain::agent::{Area, Level};
use portico_domain::connection::{Account, Connection, Status};
use portico_domain::work::Queue;
use portico_store::{Error as StoreError, Tx, connections, work};
use wire::Kind;

use super::lacks::Opened;
use super::{changed_meanwhile, renewal_touch};
use crate::apps::{self, Right};
use crate::calls::reconnect_command;
use crate::credentials::Sealed;
use crate::{Engine, Error};

/// A connection and what its credential was seen to do.
#[derive(Clone, Debug)]
pub struct Tested {
    pub connection: Connection,
    /// One sentence per finding, good or bad.
    pub findings: Vec<String>,
}

impl Engine {
    /// Tries a connection again; when it works it is active, and what waited for it goes on.
    pub async fn test_connection(&self, name: &str) -> Result<Tested, Error> {
        let mut connection = self.connection_named(name).await?;
        self.must_be_consented_to(&connection).await?;
        self.resume_calls(&connection).await?;
        connection.status = Status::Active;
        connection.reason = None;
        connection.remedy = None;
        self.try_out(&connection).await
    }

    /// What the last trial found, for the owner of the account, who can run no command here.
    pub fn findings_for_owner(&self, connection: &Connection) -> Result<Vec<String>, Error> {
        let client = (apps::facts(connection.app).client)(self, connection)?;
        let rights = client.rights();
        let told = rights
            .iter()
            .filter_map(|right| right.for_owner(connection));
        Ok(told.collect())
    }

    /// Refuses a connection that nobody has given a credential yet, with the way to one.
    async fn must_be_consented_to(&self, connection: &Connection) -> Result<(), Error> {
        if connection.status != Status::Pending {
            return Ok(());
        }
        match self.credential(connection).await {
            Ok(_) => Ok(()),
            Err(Error::Connection { name, .. }) => Err(Error::Conflict(format!(
                "connection `{name}`: {}; {}",
                connection.reason.as_deref().unwrap_or_default(),
                connection.remedy.as_deref().unwrap_or_default()
            ))),
            Err(error) => Err(error),
        }
    }

    /// A person says that the vendor may be called again.
    pub(super) async fn resume_calls(&self, connection: &Connection) -> Result<(), Error> {
        if connection.status == Status::Paused {
            let scope = (apps::facts(connection.app).budget_scope)(connection);
            self.inner.budgets.resume(&scope).await?;
        }
        Ok(())
    }

    /// Tries a connection as if it were active, and keeps what was found.
    pub(super) async fn try_out(&self, connection: &Connection) -> Result<Tested, Error> {
        self.try_out_given(connection, None).await
    }

    /// The same where somebody else may be giving the connection a credential of another account: what
    /// one leads to is not kept beside the other.
    pub(super) async fn try_out_given(
        &self,
        connection: &Connection,
        given: Option<&Sealed>,
    ) -> Result<Tested, Error> {
        let known_at = connection.updated_at;
        let (account, findings) = self.find_out(connection).await?;
        let tested = Tested {
            connection: Connection {
                account,
                updated_at: self.now(),
                ..connection.clone()
            },
            findings,
        };
        match self.removed_before(&tested.connection).await? {
            Some(former) => self.come_back(tested, &former, known_at, given).await,
            None => self.keep_tried(tested, known_at, given).await,
        }
    }

    async fn keep_tried(
        &self,
        tested: Tested,
        known_at: Timestamp,
        given: Option<&Sealed>,
    ) -> Result<Tested, Error> {
        let (saved, given, now) = (tested.connection.clone(), given.cloned(), self.now());
        let save = move |tx: &mut dyn Tx| {
            if let Err(error) = alone_with_account(tx, &saved)? {
                return Ok(Err(error));
            }
            if !is_still_given(tx, given.as_ref())? {
                return Ok(Err(changed_meanwhile(&saved)));
            }
            let came_between =
                connections::removed_of_account(tx, saved.app, &saved.account.id)?.is_some();
            if came_between || !connections::save(tx, &saved, known_at)? {
                return Ok(Err(changed_meanwhile(&saved)));
            }
            go_on(tx, &saved, now)?;
            Ok(Ok(()))
        };
        self.store().write(save).await??;
        Ok(tested)
    }

    /// Asks the vendor whose the credential is and what it may do.
    async fn find_out(&self, connection: &Connection) -> Result<(Account, Vec<String>), Error> {
        let client = &(apps::facts(connection.app).client)(self, connection)?;
        let account = self
            .call(connection, Priority::Person, |token| client.account(token))
            .await?;
        let credential = self.credential(connection).await?;
        // The budget of the calls that follow is the account's own.
        let mut known = Connection {
            account,
            ..connection.clone()
        };
        known.account.oauth = credential.is_oauth();
        let mut tried = Vec::new();
        for right in client.rights() {
            let is_granted = self.has(&known, &right).await?;
            let area = right.area.filter(|_| is_granted);
            let seen = area.map(|area| area.as_str().to_owned());
            known.account.can_read.extend(seen);
            tried.push((right, is_granted));
        }
        let opened = self.opened(&known, &credential)?;
        let mut findings = vec![format!(
            "connected to {} ({}), which counts in {}",
            known.account.title, known.account.url, known.account.currency
        )];
        let told = tried
            .iter()
            .map(|(right, it)| in_words(right, *it, &opened));
        findings.extend(told);
        findings.extend(client.advice(&credential, self.now()));
        Ok((known.account, findings))
    }

    /// Refuses a site whose orders are known not to be readable, with the way to have them read.
    pub(crate) async fn must_read_orders(&self, site: &Connection) -> Result<(), Error> {
        let can_read = &site.account.can_read;
        let is_known = site.status == Status::Active;
        if !is_known || can_read.iter().any(|seen| seen == Area::Orders.as_str()) {
            return Ok(());
        }
        let credential = self.credential(site).await?;
        let remedy = self
            .opened(site, &credential)?
            .remedy(&[(Area::Orders, Level::Read)]);
        Err(Error::Invalid(format!(
            "connection `{}` may not read orders, so no deals can come of them: {remedy}",
            site.name
        )))
    }

    /// Whether a trial call goes through; a missing right is a finding, anything else an error.
    async fn has(&self, connection: &Connection, right: &Right<'_>) -> Result<bool, Error> {
        match self
            .call(connection, Priority::Person, &right.try_out)
            .await
        {
            Ok(()) => Ok(true),
            Err(Error::Vendor { cause, .. }) if cause.kind == Kind::Forbidden => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// What a trial call showed; where flows will need what is missing, with the way to get it.
fn in_words(right: &Right<'_>, is_granted: bool, opened: &Opened<'_>) -> String {
    let finding = right.finding(is_granted);
    match right.area.zip(right.needed).filter(|_| !is_granted) {
        Some((area, to)) => {
            let remedy = opened.remedy(&[(area, Level::Read)]);
            format!("{finding}; {to}: {remedy}")
        }
        None => finding.to_owned(),
    }
}

/// Whether the credential that was tried is the one that is there.
pub(super) fn is_still_given(tx: &mut dyn Tx, given: Option<&Sealed>) -> Result<bool, StoreError> {
    given.map_or(Ok(true), |given| given.is_stored(tx))
}

/// Lets one connection at a time settle on an account, and refuses a second one: both would read,
/// count and pace it.
pub(super) fn alone_with_account(
    tx: &mut dyn Tx,
    connection: &Connection,
) -> Result<Result<(), Error>, StoreError> {
    let (app, account) = (connection.app, &connection.account);
    tx.lock(&account_lock(connection))?;
    let same = connections::of_account(tx, app, &account.id, connection.id)?;
    Ok(same.map_or(Ok(()), |same| {
        Err(Error::Conflict(format!(
            "connection `{}` leads to {} already; use that one, or run `{}` for another credential",
            same.name,
            same.account.title,
            reconnect_command(&same)
        )))
    }))
}

/// Whoever changes which connection leads to an account holds this.
pub(super) fn account_lock(connection: &Connection) -> String {
    format!("account/{}/{}", connection.app, connection.account.id)
}

/// What waited for the connection goes on at once, and its token is looked after.
pub(super) fn go_on(
    tx: &mut dyn Tx,
    connection: &Connection,
    now: Timestamp,
) -> Result<(), StoreError> {
    if connection.account.oauth {
        work::touch(tx, &[renewal_touch(connection.id, now)], now)?;
    }
    let destination = connection.id.to_string();
    Queue::ALL
        .into_iter()
        .filter(|queue| !queue.is_timed())
        .try_for_each(|queue| work::hurry(tx, queue, &destination, now))
}
