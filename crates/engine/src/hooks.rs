//! Takes a vendor's notification in: verify, drop repeats, store, mark the work. Nothing is processed
//! here, so that the vendor has its answer before we do any work.
//!
//! Read [`Engine::accept_squarespace`] first. Deliveries that arrive together share a commit: that is
//! the store's doing.

mod former;

use jiff::Timestamp;
use portico_domain::buyer::BuyerKey;
use portico_domain::change::KnownContact;
use portico_domain::connection::{Connection, Status};
use portico_domain::{App, ConnectionId};
use portico_store::notifications::Notification;
use portico_store::{Tx, connections, contacts, notifications, work};
use secrecy::SecretString;
use squarespace::webhook::Topic;
use subtle::ConstantTimeEq;

pub(crate) use former::{FORMER_HOOK_SECRETS, FormerSecret};

use crate::calls::reconnect_remedy;
use crate::site::read_touch;
use crate::{Engine, Error, Step};

/// Under this name the secret part of a hook's address, or its signing key, is sealed.
pub(crate) const HOOK_SECRET: &str = "hook";

/// The longest delivery of Kommo's that is read.
pub const KOMMO_DELIVERY_BYTES: usize = kommo::webhook::MAX_BYTES;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    New,
    /// It was here before: the vendor repeats until it sees a 2xx, so this must look like success.
    Repeat,
}

/// Why a delivery is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("no such hook")]
    Unknown,
    #[error("the signature is missing or wrong")]
    Signature,
    #[error("the body is not a notification")]
    Body,
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<portico_store::Error> for Refused {
    fn from(error: portico_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// Takes a signed notification of a site.
    pub async fn accept_squarespace(
        &self,
        id: ConnectionId,
        signature: Option<&str>,
        body: &[u8],
    ) -> Result<Accepted, Refused> {
        let connection = self.hooked(id, App::Squarespace).await?;
        let secret = self.hook_secret(id).await?.ok_or(Refused::Unknown)?;
        let signature = signature.ok_or(Refused::Signature)?;
        let is_signed =
            |secret: &SecretString| squarespace::webhook::verify(secret, signature, body);
        if !is_signed(&secret) && !self.has_signed_before(id, is_signed).await? {
            tracing::warn!(connection.id = %id, "A notification for `{}` has a wrong signature", connection.name);
            return Err(Refused::Signature);
        }
        let parsed = squarespace::webhook::Notification::parse(body).map_err(|_| Refused::Body)?;
        self.inner.steps.reached(Step::NotificationVerified);
        let is_uninstall = parsed.topic == Topic::ExtensionUninstall
            && parsed.website_id.to_string() == connection.account.id;
        let uninstalled_at = is_uninstall.then_some(parsed.created_on);
        let tells_of_order = matches!(parsed.topic, Topic::OrderCreate | Topic::OrderUpdate);
        let order = parsed.order_id().filter(|_| tells_of_order);
        let notification = Notification {
            connection: id,
            id: parsed.id.to_string(),
            topic: parsed.topic.as_str().to_owned(),
            order_id: order.map(|order| order.to_string()),
            received_at: self.now(),
            body: String::from_utf8_lossy(body).into_owned(),
        };
        let accepted = self
            .store_notification(notification, uninstalled_at)
            .await?;
        self.inner.steps.reached(Step::NotificationStored);
        Ok(accepted)
    }

    async fn store_notification(
        &self,
        notification: Notification,
        uninstalled_at: Option<Timestamp>,
    ) -> Result<Accepted, Refused> {
        let now = notification.received_at;
        let write = move |tx: &mut dyn Tx| {
            if !notifications::add(tx, &notification)? {
                return Ok(Accepted::Repeat);
            }
            if let Some(uninstalled_at) = uninstalled_at {
                revoke(tx, notification.connection, uninstalled_at, now)?;
            }
            let touch = notification
                .order_id
                .as_deref()
                .map(|order| read_touch(notification.connection, order, now));
            work::touch(tx, touch.as_slice(), now)?;
            Ok(Accepted::New)
        };
        Ok(self.store().write(write).await?)
    }

    /// Takes what a CRM tells of its contacts into the index. Its deliveries are not signed, so a
    /// secret is part of the address; they carry states, not identifiers, so repeats do no harm.
    pub async fn accept_kommo(
        &self,
        id: ConnectionId,
        secret: &str,
        body: &[u8],
    ) -> Result<Accepted, Refused> {
        let connection = self.hooked(id, App::Kommo).await?;
        let known = self.hook_secret(id).await?.ok_or(Refused::Unknown)?;
        let known = secrecy::ExposeSecret::expose_secret(&known);
        if !bool::from(known.as_bytes().ct_eq(secret.as_bytes())) {
            return Err(Refused::Unknown);
        }
        let delivery = kommo::webhook::parse(body).map_err(|_| Refused::Body)?;
        let account = delivery.account_id.map(|account| account.to_string());
        if account.is_some_and(|account| account != connection.account.id) {
            return Err(Refused::Body);
        }
        let country = connection.account.country.clone();
        let now = self.now();
        let events: Vec<kommo::webhook::ContactEvent> = delivery
            .contacts
            .into_iter()
            .filter(|event| event.kind.as_deref() != Some("company"))
            .collect();
        let write = move |tx: &mut dyn Tx| {
            events
                .iter()
                .try_for_each(|event| index_event(tx, id, event, country.as_deref(), now))
        };
        self.store().write(write).await?;
        Ok(Accepted::New)
    }

    async fn hooked(&self, id: ConnectionId, app: App) -> Result<Connection, Refused> {
        let read = move |tx: &mut dyn Tx| connections::connection(tx, id);
        let connection = self.store().read(read).await?;
        connection
            .filter(|connection| connection.app == app)
            .ok_or(Refused::Unknown)
    }

    pub(crate) async fn hook_secret(
        &self,
        id: ConnectionId,
    ) -> Result<Option<SecretString>, Error> {
        let secret = self.secret(id, HOOK_SECRET).await?;
        let text = secret.map(|secret| String::from_utf8_lossy(&secret).into_owned());
        Ok(text.map(SecretString::from))
    }
}

/// With the notification, so that a repeat of it does not revoke what was connected again since.
///
/// The first delivery may come as late as that too. Should clocks differ and a true end be taken for
/// an old one, the next call finds it out.
fn revoke(
    tx: &mut dyn Tx,
    id: ConnectionId,
    uninstalled_at: Timestamp,
    now: Timestamp,
) -> Result<(), portico_store::Error> {
    let Some(mut connection) = connections::connection(tx, id)? else {
        return Ok(());
    };
    if connection.status == Status::Active && uninstalled_at < connection.updated_at {
        tracing::info!(connection.id = %id, "`{}` was connected again since it was disconnected", connection.name);
        return Ok(());
    }
    tracing::warn!(connection.id = %id, "The merchant has disconnected `{}`", connection.name);
    let known = connection.updated_at;
    connection.status = Status::Revoked;
    connection.reason = Some("the merchant disconnected the app in Squarespace".to_owned());
    connection.remedy = Some(reconnect_remedy(&connection));
    connection.updated_at = now;
    // False when it was removed meanwhile, or changed: the next call finds out again.
    connections::save(tx, &connection, known).map(drop)
}

/// Takes one event into the index. What it does not say of a contact that we do not know is taken
/// to be there, so that nothing a person typed is overwritten before the next sweep tells.
///
/// Events come late and in any order: one that is older than the index changes nothing, and only a
/// sweep, which reads the present, brings a deleted contact back.
fn index_event(
    tx: &mut dyn Tx,
    crm: ConnectionId,
    event: &kommo::webhook::ContactEvent,
    country: Option<&str>,
    now: Timestamp,
) -> Result<(), portico_store::Error> {
    if event.action == kommo::webhook::Action::Delete {
        return contacts::remove(tx, crm, event.id);
    }
    if contacts::is_removed(tx, crm, event.id)? {
        return Ok(());
    }
    let keys: Vec<BuyerKey> = crate::crm::keys(&event.emails, &event.phones, country);
    let known = contacts::known(tx, crm, [event.id])?
        .pop()
        .flatten()
        .unwrap_or_else(|| KnownContact {
            has_name: true,
            has_email: !event.emails.is_empty(),
            has_phone: !event.phones.is_empty(),
            has_address: true,
            has_customer_id: true,
            ..KnownContact::default()
        });
    let row = contacts::Contact {
        id: event.id,
        keys,
        known,
        updated_at: event.updated_at.unwrap_or(now),
    };
    contacts::save(tx, crm, &[&row])
}
