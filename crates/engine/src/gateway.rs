//! The gateway: a vendor's own paths behind one key, for programs and agents.
//!
//! Read [`Engine::forward`]: the order of a call. A caller never sees a credential, never meets the
//! vendor's limit, and gets nothing that its grants do not open.

mod alone;
mod answer;
mod arguments;
mod asking;
mod body;
mod call;
mod caller;
mod changes;
mod checks;
mod dry_run;
mod heed;
mod links;
mod mask;
mod out_body;
mod outbound;
mod own;
mod passing;
mod record;
mod refusal;
mod rights;
mod send;
mod told;

use http::{Method, Response};
use portico_domain::App;
use portico_domain::agent::{Consent, Decision, Rule, Says};
use portico_domain::audit::Verdict;
use portico_domain::connection::{Connection, Status};
use tracing::Instrument;
use url::Url;
use wire::catalog::{Access, Catalog, Operation, Params, Verb};

pub use body::{BodyError, Streamed};
pub use call::{NativeCall, Shown};
pub use caller::Caller;
pub use refusal::Refusal;
pub use told::NotCarried;

pub use asking::APPROVAL_HEADER;
pub use dry_run::DRY_RUN_HEADER;
pub use mask::HIDDEN_HEADER;

pub(crate) use alone::Turns;
pub(crate) use answer::whole;
pub(crate) use asking::{answer_name, request_name};
pub(crate) use call::IDEMPOTENCY_KEY;
pub(crate) use changes::undone;
pub(crate) use heed::Unblocked;
pub(crate) use mask::hide_personal_data;
pub(crate) use outbound::Outbound;
pub(crate) use record::called;
pub(crate) use refusal::seconds_until;

use crate::{Engine, Error};
use call::Outgoing;
use links::Links;
use passing::Passing;
use record::Record;
use rights::Asked;
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

/// What a call came to.
enum Came {
    OfVendor(Answered),
    /// An answer of our own: it was tried out, or waits for a person.
    Ours(Response<Streamed>),
}

impl Engine {
    /// Carries one call to a vendor: caller, connection, operation, decision, budget, credential, and
    /// the answer.
    pub async fn forward(
        &self,
        caller: &Caller,
        call: NativeCall,
    ) -> Result<Response<Streamed>, NotCarried> {
        if !waits_for_others(caller, &call) {
            return self.forward_with(caller, call, Consent::NotAsked).await;
        }
        // To its end, also when its caller goes away: its turn is given to the next one only when it is over.
        let (engine, caller) = (self.clone(), caller.clone());
        let carrying = async move { engine.forward_with(&caller, call, Consent::NotAsked).await };
        let carrying = carrying.in_current_span();
        let carried = self.inner.carried_to_their_end.spawn(carrying).await;
        carried.map_err(|why| NotCarried::from(Refusal::from(Error::internal(why))))?
    }

    /// The same for a call that a person has agreed to.
    pub(crate) async fn forward_agreed(
        &self,
        caller: &Caller,
        call: NativeCall,
    ) -> Result<Response<Streamed>, NotCarried> {
        self.forward_with(caller, call, Consent::Given).await
    }

    async fn forward_with(
        &self,
        caller: &Caller,
        call: NativeCall,
        consent: Consent,
    ) -> Result<Response<Streamed>, NotCarried> {
        let mut told = Told::default();
        let mut record = Record::new(self, caller, consent);
        let carried = self
            .forwarded(caller, call, consent, &mut told, &mut record)
            .await;
        match record.ended(carried) {
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
        consent: Consent,
        told: &mut Told,
        record: &mut Record<'_>,
    ) -> Result<Response<Streamed>, Refusal> {
        let vendor = &self.inner.gateway;
        let wanted = call.connection.take();
        let connection = self.choose(caller, call.app, wanted).await?;
        told.of_connection(&connection);
        record.of_connection(&connection);
        let (operation, params) = operation(vendor, &call)?;
        record.of_operation(operation, &params);
        // First of all: who may not call it is told nothing of what is wrong with the call.
        self.let_in(caller, operation, &connection)?;
        checks::ids(operation, &params)?;
        check_credential(operation, &connection)?;
        self.leaves_own(operation, &params, &connection).await?;
        self.usable(&connection)?;
        let (base, path) = (call.base.clone(), params.path());
        let is_dry = dry_run::is_asked(&call.headers)?;
        let within = self.inner.timeouts.call;
        let mut outgoing =
            Outgoing::of(call, operation, vendor, &path, within, self.chance()).await?;
        if let Some(key) = outgoing.own_key() {
            record.of_own_key(key);
        }
        let asked = Asked {
            connection: &connection,
            operation,
            params: &params,
            path: &path,
            body: (operation.access == Access::Write)
                .then(|| outgoing.json())
                .flatten(),
            consent,
            is_dry,
        };
        if let (Caller::Agent(_), Some(body)) = (caller, &asked.body) {
            outgoing.send_as_read(body);
        }
        let alone = self.alone(caller, &asked).await?;
        let came = self
            .decided_and_carried(caller, &asked, &mut outgoing, told, record)
            .await;
        self.let_next(alone).await;
        let answered = match came? {
            Came::OfVendor(answered) => answered,
            Came::Ours(response) => return Ok(response),
        };
        let passing = Passing {
            connection: &connection,
            operation,
            links: Links {
                vendor: &vendor.base,
                ours: &base,
                path: &path,
            },
            hides_personal_data: caller.is_kept_from(connection.id),
        };
        let mut response = passing.given(answered).await?;
        answer::clean(response.headers_mut());
        Ok(response)
    }

    /// Decides a call, and carries it where it is allowed now.
    async fn decided_and_carried(
        &self,
        caller: &Caller,
        asked: &Asked<'_>,
        outgoing: &mut Outgoing,
        told: &mut Told,
        record: &mut Record<'_>,
    ) -> Result<Came, Refusal> {
        let (vendor, connection) = (&self.inner.gateway, asked.connection);
        let ruling = self.ruled(caller, asked).await?;
        if asked.is_dry {
            let because = ruling.decision.because().to_owned();
            record.put_off(Verdict::TriedOut, because, &ruling).await?;
            let answer = dry_run::answer(asked, outgoing, &ruling)?;
            return Ok(Came::Ours(answer));
        }
        if let (Decision::Ask { .. }, Caller::Agent(agent)) = (&ruling.decision, caller) {
            self.check_brake(agent)?;
            let kept = outgoing.kept(asked.path);
            let question = self.ask(agent, asked, kept, &ruling).await?;
            let because = question.because;
            record.put_off(Verdict::Asked, because, &ruling).await?;
            return Ok(Came::Ours(question.answer));
        }
        told.idempotency_key.clone_from(&outgoing.idempotency_key);
        let carried = match record.intend(&ruling).await {
            Ok(()) => {
                let mut patience = Patience::new(caller.lane(), self.now(), told);
                self.carry(vendor, connection, outgoing, &mut patience, record)
                    .await
            }
            Err(refusal) => Err(refusal),
        };
        if was_not_done(&carried) {
            self.give_back(&ruling).await?;
        }
        carried.map(Came::OfVendor)
    }

    /// The connection that a call is for: the one that it names, else the oldest.
    async fn choose(
        &self,
        caller: &Caller,
        app: App,
        wanted: Option<String>,
    ) -> Result<Connection, Refusal> {
        let title = app.title();
        let connections = self.recent_connections().await?;
        let is_of_app = |connection: &&Connection| connection.app == app;
        let mut reached = connections
            .iter()
            .filter(is_of_app)
            .filter(|connection| caller.reaches(connection));
        let Some(wanted) = wanted else {
            let meant = unnamed(connections.iter().filter(is_of_app));
            return match meant.filter(|meant| caller.reaches(meant)) {
                Some(meant) => Ok(meant.clone()),
                None if reached.next().is_some() => Err(Refusal::Unnamed { app: title }),
                None => Err(Refusal::NoConnection { app: title }),
            };
        };
        reached
            .find(|connection| is_named(connection, &wanted))
            .cloned()
            .ok_or(Refusal::UnknownConnection { app: title, wanted })
    }
}

/// Where a call goes that names no connection, among those of an app, oldest first. Neither their status nor
/// the caller's rights count: a call must not go to another shop because one is out of order or was closed.
pub(crate) fn unnamed<'a>(
    mut connections: impl Iterator<Item = &'a Connection>,
) -> Option<&'a Connection> {
    connections.find(|connection| connection.status != Status::Pending)
}

/// Whether a call may be one of those that follow each other.
fn waits_for_others(caller: &Caller, call: &NativeCall) -> bool {
    let Caller::Agent(agent) = caller else {
        return false;
    };
    let is_of_values = |rule: &Rule| match &rule.says {
        Says::Limit { limit, .. } => limit.is_of_values(),
        Says::Operation { .. } | Says::PersonalData { .. } => false,
    };
    call.method != Method::GET && agent.rules.iter().any(is_of_values)
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

/// Whether the vendor has certainly done nothing: it said so, or was not asked.
fn was_not_done(carried: &Result<Answered, Refusal>) -> bool {
    match carried {
        Ok(answered) => answered.status().is_client_error(),
        Err(refusal) => !refusal.may_be_done(),
    }
}
