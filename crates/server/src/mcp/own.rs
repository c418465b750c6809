//! Portico's own tools, which read what it knows itself: connections, orders across the systems, flows, budgets.

use portico_domain::connection::Connection;
use portico_engine::{Balance, Caller, Engine, FlowHealth, Granted, Refusal};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

use super::arguments::text;
use super::tools::object;
use crate::view::connection::BudgetOut;
use crate::view::flow::FlowOut;
use crate::view::order::OrdersOut;

/// Whoever may call this may see where an order is.
const ORDER_READING: &str = "getOrder";

/// The one argument of any of them.
const NUMBER: &str = "number";

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnTool {
    ListConnections,
    OrderStatus,
    FlowHealth,
    Budget,
}

/// Those that a caller with these rights has a use for.
pub(super) fn granted_with(granted: &[Granted]) -> impl Iterator<Item = OwnTool> + use<> {
    let reads_orders = granted
        .iter()
        .any(|one| one.operation.id == ORDER_READING && one.is_open);
    let reaches_any = !granted.is_empty();
    OwnTool::ALL.into_iter().filter(move |tool| match tool {
        OwnTool::ListConnections => true,
        OwnTool::OrderStatus | OwnTool::FlowHealth => reads_orders,
        OwnTool::Budget => reaches_any,
    })
}

impl OwnTool {
    const ALL: [Self; 4] = [
        Self::ListConnections,
        Self::OrderStatus,
        Self::FlowHealth,
        Self::Budget,
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ListConnections => "list_connections",
            Self::OrderStatus => "order_status",
            Self::FlowHealth => "flow_health",
            Self::Budget => "budget",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::ListConnections => "List connected sites",
            Self::OrderStatus => "Where an order is",
            Self::FlowHealth => "How the syncing is",
            Self::Budget => "Calls that are left",
        }
    }

    pub(super) fn summary(self) -> &'static str {
        match self {
            Self::ListConnections => {
                "Lists the sites that can be called, by the names that other tools take, and what is wrong with one that cannot."
            }
            Self::OrderStatus => {
                "Tells by an order's number what became of it in the shop and in the CRM, what is still to be done, and why."
            }
            Self::FlowHealth => {
                "Tells of each flow that brings orders to the CRM whether it runs, how much waits, and what stands in its way."
            }
            Self::Budget => {
                "Tells how many calls each site takes now, before calls have to wait for their turns."
            }
        }
    }

    pub(super) fn tool(self) -> Tool {
        let mut tool = Tool::default();
        tool.name = self.name().into();
        tool.title = Some(self.title().to_owned());
        tool.description = Some(self.summary().into());
        tool.input_schema = object(self.input());
        tool.output_schema = Some(object(self.output()));
        tool.annotations = Some(
            ToolAnnotations::with_title(self.title())
                .read_only(true)
                .destructive(false)
                .idempotent(true)
                .open_world(false),
        );
        tool
    }

    /// What it tells a caller; on record, also where the arguments are wrong.
    pub(super) async fn call(
        self,
        engine: &Engine,
        caller: &Caller,
        given: JsonObject,
    ) -> Result<Value, Refusal> {
        let read = self.read(engine, caller, given);
        engine.read_on_record(caller, self.name(), read).await
    }

    /// Whether it may be told is looked at before the arguments are.
    async fn read(
        self,
        engine: &Engine,
        caller: &Caller,
        mut given: JsonObject,
    ) -> Result<Value, Refusal> {
        Ok(match self {
            Self::ListConnections => {
                let all = engine.connections_told(caller).await?;
                self.takes_no_more(&given)?;
                json!({ "connections": all.iter().map(shown_connection).collect::<Value>() })
            }
            Self::OrderStatus => {
                let sites = engine.sites_told(caller).await?;
                let number = text(given.remove(NUMBER), NUMBER).map_err(|why| self.wrong(&why))?;
                let number = number.ok_or_else(|| {
                    self.wrong("`number` is missing: the order's number, such as 1042")
                })?;
                self.takes_no_more(&given)?;
                let orders = engine.orders_at(&sites, &number).await?;
                json!(orders.into_iter().collect::<OrdersOut>())
            }
            Self::FlowHealth => {
                let sites = engine.sites_told(caller).await?;
                self.takes_no_more(&given)?;
                let flows = engine.flows_from(&sites).await?;
                json!({ "flows": flows.into_iter().map(shown_flow).collect::<Value>() })
            }
            Self::Budget => {
                let told = engine.connections_told(caller).await?;
                self.takes_no_more(&given)?;
                let budgets = engine.budgets_of(told).await?;
                json!({ "budgets": budgets.into_iter().map(shown_budget).collect::<Value>() })
            }
        })
    }

    /// Refuses what is left of the arguments when those that it takes are read.
    fn takes_no_more(self, given: &JsonObject) -> Result<(), Refusal> {
        let Some(unknown) = given.keys().next() else {
            return Ok(());
        };
        let takes = match self {
            Self::OrderStatus => "`number`",
            Self::ListConnections | Self::FlowHealth | Self::Budget => "none",
        };
        Err(self.wrong(&format!(
            "there is no argument `{unknown}`; it takes {takes}"
        )))
    }

    fn wrong(self, why: &str) -> Refusal {
        Refusal::Request(format!("{}: {why}", self.name()))
    }

    fn input(self) -> Value {
        let (properties, required) = match self {
            Self::OrderStatus => (
                json!({(NUMBER): {
                    "type": "string",
                    "minLength": 1,
                    "description": "The order's number as people write it, such as 1042.",
                }}),
                json!([NUMBER]),
            ),
            Self::ListConnections | Self::FlowHealth | Self::Budget => (json!({}), json!([])),
        };
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }

    fn output(self) -> Value {
        let list = match self {
            Self::ListConnections => "connections",
            Self::OrderStatus => "orders",
            Self::FlowHealth => "flows",
            Self::Budget => "budgets",
        };
        json!({
            "type": "object",
            "properties": {
                (list): {"type": "array", "items": {"type": "object"}},
                "shortened": {"type": "array", "description": "Places of which only the beginning is here."},
            },
        })
    }
}

fn shown_connection(connection: &Connection) -> Value {
    let account = &connection.account;
    json!({
        "name": connection.name,
        "app": connection.app.as_str(),
        "status": connection.status.as_str(),
        "reason": connection.reason,
        "remedy": connection.remedy,
        "title": account.title,
        "url": account.url,
        "currency": account.currency,
        "time_zone": account.time_zone,
    })
}

fn shown_flow(health: FlowHealth) -> Value {
    let flow = FlowOut::from(health.view);
    json!({
        "name": flow.name,
        "site": flow.site,
        "state": flow.state(),
        "since": flow.since,
        "orders": flow.orders,
        "deals": flow.deals,
        "waiting": health.waiting,
        "held": health.held,
        "warning": flow.warning,
    })
}

fn shown_budget((connection, balance): (Connection, Option<Balance>)) -> Value {
    json!({
        "connection": connection.name,
        "limited": balance.is_some(),
        "budget": balance.map(BudgetOut::from),
    })
}
