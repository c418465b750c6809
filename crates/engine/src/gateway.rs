//! The gateway: a vendor's own paths behind one key, for programs and agents.
//!
//! Read [`Engine::forward`]: the order of a call. A caller never sees a credential, never meets the
//! vendor's limit, and gets nothing that its grants do not open.

mod answer;
mod body;
mod call;
mod caller;
mod checks;
mod heed;
mod links;
mod out_body;
mod outbound;
mod own;
mod record;
mod refusal;
mod send;
mod told;

use http::Response;
use portico_domain::App;
use portico_domain::connection::{Connection, Status};
use url::Url;
use wire::catalog::{Access, Catalog, Operation, Params, Turn, Verb};

pub use body::{BodyError, Streamed};
pub use call::NativeCall;
pub use caller::Caller;
pub use refusal::Refusal;
pub use told::NotCarried;

pub(crate) use heed::Unblocked;
pub(crate) use outbound::Outbound;

use crate::Engine;
use call::Outgoing;
use links::Links;
use record::Record;
use send::{Answered, Patience};
use told::Told;

/// Names the connection that a call goes to, and in an answer the one that it went to.
pub const CONNECTION_HEADER: &str = "portico-connection";

/// A vendor as the gateway reaches it.
pub(crate) struct Vendor {
    pub(crate) catalog: &'static Catalog,
    pub(crate) base: Url,
    pub(crate) outbound: Outbound,
}

impl Vendor {
    /// The address of a path below the base. The path is one of the catalogue's and cannot leave it.
    fn url(&self, path: &str, query: Option<&str>) -> Url {
        let mut url = self.base.clone();
        let prefix = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{prefix}{path}"));
        url.set_query(query);
        url
    }
}

impl Engine {
    /// Carries one call to a vendor: caller, connection, operation, decision, budget, credential, and
    /// the answer.
    pub async fn forward(
        &self,
        caller: &Caller,
        call: NativeCall,
    ) -> Result<Response<Streamed>, NotCarried> {
        let mut told = Told::default();
        match self.forwarded(caller, call, &mut told).await {
            Ok(mut response) => {
                told.write(response.headers_mut());
                Ok(response)
            }
            Err(refusal) => {
                let mut not_carried = NotCarried::from(refusal.with_seconds(self.now()));
                told.write(&mut not_carried.headers);
                Err(not_carried)
            }
        }
    }

    async fn forwarded(
        &self,
        caller: &Caller,
        mut call: NativeCall,
        told: &mut Told,
    ) -> Result<Response<Streamed>, Refusal> {
        let vendor = &self.inner.gateway;
        let wanted = call.connection.take();
        let connection = self.choose(caller, call.app, wanted).await?;
        told.of_connection(&connection);
        let (operation, params) = operation(vendor, &call)?;
        let mut record = Record::new(self, caller, &connection, operation);
        checks::ids(operation, &params)?;
        caller.check(operation, &connection)?;
        check_credential(operation, &connection)?;
        self.leaves_own(operation, &params, &connection).await?;
        self.usable(&connection)?;
        let (base, path) = (call.base.clone(), params.path());
        let within = self.inner.timeouts.call;
        let mut outgoing =
            Outgoing::of(call, operation, vendor, &path, within, self.chance()).await?;
        told.idempotency_key.clone_from(&outgoing.idempotency_key);
        let mut patience = Patience::new(caller.lane(), self.now(), told);
        let answer = self
            .carry(
                vendor,
                &connection,
                &mut outgoing,
                &mut patience,
                &mut record,
            )
            .await?;
        let links = Links {
            vendor: &vendor.base,
            ours: &base,
            path: &path,
        };
        let mut response = passed_on(answer, &connection, operation, &links).await?;
        record.status = Some(response.status());
        answer::clean(response.headers_mut());
        Ok(response)
    }

    /// The connection that a call is for: the one that it names, else the oldest that was ever connected.
    async fn choose(
        &self,
        caller: &Caller,
        app: App,
        wanted: Option<String>,
    ) -> Result<Connection, Refusal> {
        let title = app.title();
        let connections = self.recent_connections().await?;
        let mut reached = connections
            .iter()
            .filter(|connection| connection.app == app && caller.reaches(connection));
        let Some(wanted) = wanted else {
            // Whatever its status: a call must not go to another shop because one is out of order.
            return reached
                .find(|connection| connection.status != Status::Pending)
                .cloned()
                .ok_or(Refusal::NoConnection { app: title });
        };
        reached
            .find(|connection| is_named(connection, &wanted))
            .cloned()
            .ok_or(Refusal::UnknownConnection { app: title, wanted })
    }
}

/// By its name, our identifier, or the UUID by which clients of other gateways know it.
fn is_named(connection: &Connection, wanted: &str) -> bool {
    connection.name == wanted
        || connection.id.to_string() == wanted
        || connection.id.uuid().to_string() == wanted
}

/// The operation of a call: what the catalogue does not know is not carried.
fn operation(vendor: &Vendor, call: &NativeCall) -> Result<(&'static Operation, Params), Refusal> {
    if let Some(found) = vendor.catalog.match_path(&call.method, &call.path) {
        return Ok(found);
    }
    let allowed: Vec<&str> = vendor
        .catalog
        .verbs_of(&call.path)
        .into_iter()
        .map(Verb::as_str)
        .collect();
    let (method, path) = (call.method.to_string(), call.path.clone());
    if allowed.is_empty() {
        let app = call.app.title();
        return Err(Refusal::Operation { app, method, path });
    }
    Err(Refusal::Method {
        method,
        path,
        allowed,
    })
}

/// Whether the vendor lets the operation be called with a credential such as the connection's.
pub(crate) fn takes_credential(operation: &Operation, connection: &Connection) -> bool {
    connection.account.oauth || operation.key.lets_keys()
}

/// What a vendor refuses to every key must not be sent: its refusal would read as a dead credential.
fn check_credential(operation: &'static Operation, connection: &Connection) -> Result<(), Refusal> {
    if takes_credential(operation, connection) {
        return Ok(());
    }
    Err(Refusal::NeedsOAuth {
        operation: operation.id,
        connection: connection.name.clone(),
    })
}

async fn passed_on(
    answer: Answered,
    connection: &Connection,
    operation: &'static Operation,
    links: &Links<'_>,
) -> Result<Response<Streamed>, Refusal> {
    let unusable = |why| Refusal::Answer {
        app: connection.app.title(),
        operation: operation.id,
        why,
    };
    let response = match answer {
        Answered::Read(response) => return Ok(response),
        Answered::Coming(response) => response,
    };
    if response.status().is_redirection() {
        return Err(unusable(match operation.access {
            Access::Read => "it leads to another address, which is not followed",
            Access::Write => {
                "it leads to another address, which is not followed; it may have been done: look before you send it again"
            }
        }));
    }
    let has_links = operation
        .paging
        .is_some_and(|paging| matches!(paging.turn, Turn::Cursor { .. }));
    if !has_links || !response.status().is_success() {
        return Ok(response.map(answer::streamed));
    }
    let turned = links.turned_in(response).await;
    turned.map_err(|why| unusable(why.as_str()))
}
