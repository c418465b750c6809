//! Connecting sites and accounts: each credential is tried before it is saved.

mod reconnect;

use jiff::Timestamp;
use portico_domain::connection::{Account, Connection, Status, check_name};
use portico_domain::work::Queue;
use portico_domain::{App, ConnectionId};
use portico_store::work::Touch;
use portico_store::{Tx, connections, flows, work};
use secrecy::SecretString;
use squarespace::{OrdersQuery, PaymentStates};
use url::Url;
use wire::Kind;

pub use reconnect::NewCredential;

use crate::apps;
use crate::credentials::{Credential, OAuthClient};
use crate::flows::RENEW_EVERY;
use crate::site::connection_touch;
use crate::{Engine, Error};

/// What connects a Squarespace site.
pub enum SquarespaceInput {
    ApiKey(SecretString),
    /// A token pair that was obtained elsewhere.
    Tokens {
        client: OAuthClient,
        access_token: SecretString,
        refresh_token: SecretString,
    },
}

/// What connects a Kommo account.
pub struct KommoInput {
    /// `https://acme.kommo.com`
    pub base: Url,
    pub credential: KommoCredential,
}

/// A long-lived token, or a token pair that was obtained elsewhere.
pub enum KommoCredential {
    LongLived(SecretString),
    Tokens {
        client: OAuthClient,
        access_token: SecretString,
        refresh_token: SecretString,
    },
}

/// A connection and what its credential was seen to do.
#[derive(Clone, Debug)]
pub struct Tested {
    pub connection: Connection,
    /// One sentence per finding, good or bad.
    pub findings: Vec<String>,
}

impl Engine {
    /// Connects a Squarespace site under a short name.
    pub async fn add_squarespace(
        &self,
        name: &str,
        input: SquarespaceInput,
    ) -> Result<Tested, Error> {
        let credential = match input {
            SquarespaceInput::ApiKey(key) => Credential::Key(key),
            SquarespaceInput::Tokens {
                client,
                access_token,
                refresh_token,
            } => self.imported(client, access_token, refresh_token),
        };
        self.add_connection(App::Squarespace, name, Account::default(), credential)
            .await
    }

    /// Connects a Kommo account under a short name.
    pub async fn add_kommo(&self, name: &str, input: KommoInput) -> Result<Tested, Error> {
        check_base(&input.base)?;
        let credential = match input.credential {
            KommoCredential::LongLived(token) => Credential::Key(token),
            KommoCredential::Tokens {
                client,
                access_token,
                refresh_token,
            } => self.imported(client, access_token, refresh_token),
        };
        let account = Account {
            url: input.base.to_string(),
            ..Account::default()
        };
        self.add_connection(App::Kommo, name, account, credential)
            .await
    }

    fn imported(
        &self,
        client: OAuthClient,
        access_token: SecretString,
        refresh_token: SecretString,
    ) -> Credential {
        Credential::OAuth {
            client,
            access_token,
            access_expires_at: None,
            refresh_token,
            renewed_at: self.now(),
        }
    }

    /// Saves the connection first, so that a token which must be renewed has a place to be kept;
    /// takes it away again when the credential does not work. A pair that was renewed and could
    /// not be tried stays: it is the only one that lives.
    async fn add_connection(
        &self,
        app: App,
        name: &str,
        account: Account,
        credential: Credential,
    ) -> Result<Tested, Error> {
        check_name(name).map_err(|why| Error::Invalid(format!("`{name}`: {why}")))?;
        let now = self.now();
        let connection = Connection {
            id: ConnectionId::new(self.inner.chance.id(now)),
            name: name.to_owned(),
            app,
            status: Status::Active,
            reason: None,
            remedy: None,
            account,
            created_at: now,
            updated_at: now,
        };
        let added = connection.clone();
        let add = move |tx: &mut dyn Tx| connections::add(tx, &added);
        self.store()
            .write(add)
            .await
            .map_err(|error| name_taken(name, error))?;
        self.save_credential(connection.id, &credential).await?;
        match self.try_out(&connection).await {
            Ok(tested) => Ok(tested),
            Err(error) => {
                let kept = self.credential(&connection).await?;
                if is_passing(&error) && !kept.is_of_token(credential.token()) {
                    return Err(self.keep_untried(&connection, &error).await?);
                }
                let id = connection.id;
                let remove = move |tx: &mut dyn Tx| connections::remove(tx, id);
                self.store().write(remove).await?;
                Err(error)
            }
        }
    }

    async fn keep_untried(&self, connection: &Connection, why: &Error) -> Result<Error, Error> {
        let (id, now) = (connection.id, self.now());
        let write = move |tx: &mut dyn Tx| work::touch(tx, &[renewal_touch(id, now)], now);
        self.store().write(write).await?;
        let reason = format!("its token was renewed, and it could not be tried yet ({why})");
        let remedy = format!("run `portico connection test {}`", connection.name);
        self.cannot_use(connection, Status::Paused, reason, remedy)
            .await
    }

    /// Tries a connection again; when it works it is active, and what waited for it goes on.
    pub async fn test_connection(&self, name: &str) -> Result<Tested, Error> {
        let mut connection = self.connection_named(name).await?;
        if connection.status == Status::Paused {
            let scope = (apps::facts(connection.app).budget_scope)(&connection);
            self.inner.budgets.resume(&scope).await?;
        }
        connection.status = Status::Active;
        connection.reason = None;
        connection.remedy = None;
        self.try_out(&connection).await
    }

    async fn try_out(&self, connection: &Connection) -> Result<Tested, Error> {
        let (account, findings) = match connection.app {
            App::Squarespace => self.try_squarespace(connection).await?,
            App::Kommo => self.try_kommo(connection).await?,
        };
        let known_at = connection.updated_at;
        let mut connection = connection.clone();
        connection.account = account;
        connection.updated_at = self.now();
        let saved = connection.clone();
        let now = self.now();
        let save = move |tx: &mut dyn Tx| {
            let account = &saved.account;
            tx.lock(&format!("account/{}/{}", saved.app, account.id))?;
            if let Some(same) = connections::of_account(tx, saved.app, &account.id, saved.id)? {
                return Ok(Err(same_account(&same)));
            }
            if !connections::save(tx, &saved, known_at)? {
                return Ok(Err(changed_meanwhile(&saved)));
            }
            if account.oauth {
                work::touch(tx, &[renewal_touch(saved.id, now)], now)?;
            }
            // What waited for the connection goes on at once.
            let destination = saved.id.to_string();
            Queue::ALL
                .into_iter()
                .filter(|queue| !queue.is_timed())
                .try_for_each(|queue| work::hurry(tx, queue, &destination, now))?;
            Ok(Ok(()))
        };
        self.store().write(save).await??;
        Ok(Tested {
            connection,
            findings,
        })
    }

    async fn try_squarespace(
        &self,
        connection: &Connection,
    ) -> Result<(Account, Vec<String>), Error> {
        let client = &self.inner.squarespace;
        let lane = portico_domain::Priority::Person;
        let site = self
            .call(connection, lane, |token| async move {
                client.website(&token).await
            })
            .await?;
        let oauth = self.credential(connection).await?.is_oauth();
        let mut connection = connection.clone();
        connection.account = Account {
            id: site.id.to_string(),
            title: site.title.clone(),
            url: site.url.clone().unwrap_or_default(),
            currency: site.currency.clone().unwrap_or_default(),
            country: site
                .location
                .as_ref()
                .and_then(|place| place.country.clone()),
            time_zone: site.time_zone.clone(),
            can_read: Vec::new(),
            oauth,
        };
        let mut findings = vec![format!(
            "connected to {} ({})",
            site.title, connection.account.url
        )];
        let everything = &OrdersQuery::All {
            payment_states: PaymentStates::every(),
        };
        let orders = self
            .call(&connection, lane, |token| async move {
                client.orders(everything, &token).await.map(drop)
            })
            .await;
        let products = self
            .call(&connection, lane, |token| async move {
                client.store_pages(None, &token).await.map(drop)
            })
            .await;
        let mut account = connection.account.clone();
        for (area, answer) in [("orders", orders), ("products", products)] {
            if readable(answer)? {
                account.can_read.push(area.to_owned());
                findings.push(format!("may read {area}"));
            } else {
                findings.push(format!(
                    "may not read {area}: give the key that permission to sync orders with their categories"
                ));
            }
        }
        findings.push(if oauth {
            "OAuth: may subscribe to notifications; writing is unproven until used".to_owned()
        } else {
            "API key: no notifications, so changes are asked for every minute; writing is unproven until used".to_owned()
        });
        Ok((account, findings))
    }

    async fn try_kommo(&self, connection: &Connection) -> Result<(Account, Vec<String>), Error> {
        let client = &self.kommo_of(connection)?;
        let lane = portico_domain::Priority::Person;
        let found = self
            .call(connection, lane, |token| async move {
                client.account(&token).await
            })
            .await?;
        let credential = self.credential(connection).await?;
        let account = Account {
            id: found.id.to_string(),
            title: found.name.clone(),
            url: connection.account.url.clone(),
            currency: found.currency.clone().unwrap_or_default(),
            country: found.country.clone(),
            time_zone: None,
            can_read: vec!["leads".to_owned(), "contacts".to_owned()],
            oauth: credential.is_oauth(),
        };
        let mut findings = vec![format!(
            "connected to {} ({}), which counts in {}",
            found.name, account.url, account.currency
        )];
        let users = self
            .call(connection, lane, |token| async move {
                client.users(kommo::Paging::page(1), &token).await.map(drop)
            })
            .await;
        findings.push(if readable(users)? {
            "has administrator rights: missing pipelines and fields can be made".to_owned()
        } else {
            "has no administrator rights: missing pipelines and fields cannot be made".to_owned()
        });
        findings.extend(self.expiry_finding(&credential));
        Ok((account, findings))
    }

    /// A long-lived token cannot be renewed, so its end must be known in time.
    fn expiry_finding(&self, credential: &Credential) -> Option<String> {
        if credential.is_oauth() {
            return None;
        }
        let expires = kommo::token_expiry(credential.token())?;
        let days = expires.duration_since(self.now()).as_hours() / 24;
        Some(if days < 14 {
            format!("the token dies on {expires}, in {days} days: make a new one soon")
        } else {
            format!("the token is good until {expires}")
        })
    }

    /// Every connection, oldest first.
    pub async fn connections(&self) -> Result<Vec<Connection>, Error> {
        Ok(self.store().read(connections::all).await?)
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

    /// Removes a connection that no flow uses, with its credential.
    pub async fn remove_connection(&self, name: &str) -> Result<(), Error> {
        let connection = self.connection_named(name).await?;
        let id = connection.id;
        let remove = move |tx: &mut dyn Tx| {
            let mut used = flows::of_site(tx, id)?;
            used.extend(flows::of_crm(tx, id)?);
            if used.is_empty() {
                connections::remove(tx, id)?;
            }
            Ok(used)
        };
        match self.store().write(remove).await?.first() {
            None => Ok(()),
            Some(flow) => Err(Error::Conflict(format!(
                "connection `{name}` is used by the flow `{0}`; run `portico flow remove {0}` first",
                flow.name
            ))),
        }
    }
}

/// The address is kept and shown as it is, so it must hold no credential.
fn check_base(base: &Url) -> Result<(), Error> {
    let why = if !matches!(base.scheme(), "http" | "https") {
        "must start with `https://`, as in https://acme.kommo.com"
    } else if !base.username().is_empty() || base.password().is_some() {
        "must hold no name and no password; the token is given apart from it"
    } else {
        return Ok(());
    };
    Err(Error::Invalid(format!("the address of the account {why}")))
}

/// Two connections to one account would read, count and pace it twice.
fn same_account(same: &Connection) -> Error {
    Error::Conflict(format!(
        "connection `{0}` leads to {1} already; use that one, or run `portico connection reconnect {0}` for another credential",
        same.name, same.account.title
    ))
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

/// Whether a trial call went through; a missing right is a finding, anything else an error.
fn readable(answer: Result<(), Error>) -> Result<bool, Error> {
    match answer {
        Ok(()) => Ok(true),
        Err(Error::Vendor { cause, .. }) if cause.kind == Kind::Forbidden => Ok(false),
        Err(error) => Err(error),
    }
}
