//! What is counted of the calls to vendors and of those that are refused, for Prometheus.
//!
//! Each engine has counters of its own. Labels are names of connections and of the catalogue's operations
//! and our own words, so their number is bounded; nothing of a caller or a buyer is among them.

use std::sync::Arc;

use http::StatusCode;
use jiff::SignedDuration;
use portico_domain::connection::{Connection, Status};
use portico_store::{Tx, connections, work};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use wire::Observer;

use crate::apps;
use crate::budget::Left;
use crate::{Engine, Error, Refusal};

/// Bounds in seconds: a vendor answers in tenths of one, and is given half a minute.
const SECONDS: [f64; 10] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// For calls that the catalogue does not have, such as those of the token endpoint.
const OTHER: &str = "other";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfConnection {
    connection: String,
    app: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOperation {
    connection: String,
    operation: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAnswer {
    connection: String,
    operation: &'static str,
    /// The status, or `none` when no answer came.
    status: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfWork {
    queue: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRefusal {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRenewal {
    connection: String,
    outcome: &'static str,
}

/// One request to a vendor.
#[derive(Clone, Copy)]
pub(crate) struct Exchanged {
    pub(crate) operation: &'static str,
    pub(crate) status: Option<StatusCode>,
    pub(crate) took: SignedDuration,
}

/// What became of a token's renewal.
#[derive(Clone, Copy)]
pub(crate) enum Renewed {
    Yes,
    /// The vendor did not answer, or could not.
    NotNow,
    /// The refresh token is dead.
    Refused,
}

impl Renewed {
    fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "renewed",
            Self::NotNow => "failed",
            Self::Refused => "refused",
        }
    }
}

#[derive(Clone, Default)]
pub(crate) struct Counters {
    requests: Family<OfAnswer, Counter>,
    retries: Family<OfOperation, Counter>,
    refusals: Family<OfRefusal, Counter>,
    renewals: Family<OfRenewal, Counter>,
    budget: Family<OfConnection, Gauge>,
    seconds: Latencies,
}

#[derive(Clone)]
struct Latencies(Family<OfOperation, Histogram, fn() -> Histogram>);

impl Default for Latencies {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(SECONDS)))
    }
}

impl Counters {
    pub(crate) fn exchanged(&self, connection: &Connection, exchanged: Exchanged) {
        let status = exchanged.status;
        let answer = OfAnswer {
            connection: connection.name.clone(),
            operation: exchanged.operation,
            status: status.map_or_else(|| "none".to_owned(), |status| status.as_str().to_owned()),
        };
        self.requests.get_or_create(&answer).inc();
        let seconds = exchanged.took.as_secs_f64().max(0.0);
        let operation = of_operation(connection, exchanged.operation);
        self.seconds.0.get_or_create(&operation).observe(seconds);
    }

    pub(crate) fn sent_again(&self, connection: &Connection, operation: &'static str) {
        let operation = of_operation(connection, operation);
        self.retries.get_or_create(&operation).inc();
    }

    pub(crate) fn renewed(&self, connection: &Connection, renewed: Renewed) {
        let renewal = OfRenewal {
            connection: connection.name.clone(),
            outcome: renewed.as_str(),
        };
        self.renewals.get_or_create(&renewal).inc();
    }

    pub(crate) fn permitted(&self, connection: &Connection, left: Left) {
        let of = of_connection(connection);
        self.budget.get_or_create(&of).set(left.calls);
    }

    fn register(&self, registry: &mut Registry) {
        registry.register(
            "requests",
            "Requests to the vendor, by the status of the answer",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "request",
            "How long the vendor took to answer",
            Unit::Seconds,
            self.seconds.0.clone(),
        );
        registry.register(
            "retries",
            "Requests that were sent again because the vendor failed",
            self.retries.clone(),
        );
        registry.register(
            "refusals",
            "Calls that the gateway did not carry, or whose answer did not come",
            self.refusals.clone(),
        );
        registry.register(
            "token_renewals",
            "Renewals of access tokens",
            self.renewals.clone(),
        );
        registry.register(
            "budget_calls",
            "Calls that may start at once, as of the last permit",
            self.budget.clone(),
        );
    }
}

fn of_connection(connection: &Connection) -> OfConnection {
    OfConnection {
        connection: connection.name.clone(),
        app: connection.app.as_str(),
    }
}

fn of_operation(connection: &Connection, operation: &'static str) -> OfOperation {
    OfOperation {
        connection: connection.name.clone(),
        operation,
    }
}

impl Engine {
    pub(crate) fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    /// Counts a call to the gateway that its caller was refused. The door does it, which meets some
    /// refusals before there is a caller.
    pub fn count_refusal(&self, refusal: &Refusal) {
        let reason = refusal.reason().as_str();
        let refusals = &self.counters().refusals;
        refusals.get_or_create(&OfRefusal { reason }).inc();
        if let Refusal::Stopped { agent, .. } = refusal
            && let Err(error) = self.record_stopped(agent, refusal)
        {
            tracing::warn!(error = %error, "A call of a stopped agent is not on record; it was refused");
        }
    }

    /// Tells the counters of every exchange of one call of a client.
    pub(crate) fn observer(&self, connection: &Connection) -> Observer {
        let (engine, connection, since) = (self.clone(), connection.clone(), self.now());
        let catalog = apps::facts(connection.app).catalog;
        Arc::new(move |exchange| {
            let known = catalog.match_path(exchange.method, exchange.path);
            let exchanged = Exchanged {
                operation: known.map_or(OTHER, |(operation, _)| operation.id),
                status: exchange.status,
                took: engine.now().duration_since(since),
            };
            engine.counters().exchanged(&connection, exchanged);
        })
    }

    /// Everything that is counted, as OpenMetrics text: the calls of this process, and how connections
    /// and work stand in the database now.
    pub async fn metrics(&self) -> Result<String, Error> {
        let read = |tx: &mut dyn Tx| Ok((connections::all(tx)?, work::counts(tx)?));
        let (connections, counts) = self.store().read(read).await?;
        let up = Family::<OfConnection, Gauge>::default();
        for connection in &connections {
            let is_up = connection.status == Status::Active;
            up.get_or_create(&of_connection(connection))
                .set(i64::from(is_up));
        }
        let items = Family::<OfWork, Gauge>::default();
        for count in counts {
            let of = OfWork {
                queue: count.queue.as_str(),
                state: count.state.as_str(),
            };
            items.get_or_create(&of).set(count.items);
        }
        let mut registry = Registry::with_prefix("portico");
        self.counters().register(&mut registry);
        registry.register("connection_active", "1 while a connection can be used", up);
        registry.register("work_items", "Pieces of work, by queue and state", items);
        let mut text = String::new();
        encode(&mut text, &registry).map_err(Error::internal)?;
        Ok(text)
    }
}
