//! What a caller sees of the whole: its connections, their orders across the systems, their flows, their budgets.
//!
//! An agent is told by the rules of its calls: what is told of a connection counts as a call there.

use portico_domain::agent::{Consent, Verdict};
use portico_domain::connection::Connection;
use uuid::Uuid;
use wire::catalog::Operation;

use crate::budget::Balance;
use crate::gateway::{Caller, Refusal};
use crate::operations::{callable, is_callable, no_connection, order_reading};
use crate::orders::no_such_order;
use crate::{Engine, Error, FlowHealth, OrderView};

impl Engine {
    /// The connections that a caller may know of, oldest first.
    async fn connections_reached(&self, caller: &Caller) -> Result<Vec<Connection>, Error> {
        let mut all = self.connections().await?;
        all.retain(|connection| caller.reaches(connection));
        Ok(all)
    }

    /// Those of them of which a caller is told now; refused where its rules leave none.
    pub async fn connections_told(&self, caller: &Caller) -> Result<Vec<Connection>, Refusal> {
        let reached = self.connections_reached(caller).await?;
        let (mut told, mut refused) = (Vec::new(), None);
        for connection in reached {
            match self.may_know(caller, &connection).await {
                Ok(()) => told.push(connection),
                Err(denied) if denied.reason().is_of_rights() => refused = refused.or(Some(denied)),
                Err(other) => return Err(other),
            }
        }
        match refused {
            Some(refusal) if told.is_empty() => Err(refusal),
            Some(_) | None => Ok(told),
        }
    }

    /// One connection, where a caller may know of it and is told now.
    pub async fn connection_told(
        &self,
        caller: &Caller,
        uuid: Uuid,
    ) -> Result<Connection, Refusal> {
        let connection = self.connection_of_uuid(uuid).await?;
        if !caller.reaches(&connection) {
            return Err(Error::NotFound(format!("connection `{uuid}`")).into());
        }
        self.may_know(caller, &connection).await?;
        Ok(connection)
    }

    /// Refuses a caller who can call nothing at a connection now.
    async fn may_know(&self, caller: &Caller, connection: &Connection) -> Result<(), Refusal> {
        let (operation, consent) = self.any_call(caller, connection);
        let may = self.may_be_told(caller, operation, connection, consent);
        may.await
            .map_err(|refusal| refusal.named("list_connections"))
    }

    /// The sites of whose orders a caller is told now; refused where there is none.
    pub async fn sites_told(&self, caller: &Caller) -> Result<Vec<Connection>, Refusal> {
        let mut reached = self.connections_reached(caller).await?;
        reached.retain(is_callable);
        let (mut told, mut refused) = (Vec::new(), None);
        for site in reached {
            let may = self.may_be_told(caller, order_reading(), &site, Consent::NotAsked);
            match may.await {
                Ok(()) => told.push(site),
                Err(denied) if denied.reason().is_of_rights() => refused = refused.or(Some(denied)),
                Err(other) => return Err(other),
            }
        }
        if told.is_empty() {
            return Err(refused.unwrap_or_else(no_connection));
        }
        Ok(told)
    }

    /// Every order with this number at these sites.
    pub async fn orders_at(
        &self,
        sites: &[Connection],
        number: &str,
    ) -> Result<Vec<OrderView>, Refusal> {
        let mut orders = self.orders_numbered(number).await?;
        orders.retain(|order| sites.iter().any(|site| site.name == order.site));
        if orders.is_empty() {
            // The same words as for an order that there is nowhere.
            return Err(no_such_order(number.trim_start_matches('#')).into());
        }
        Ok(orders)
    }

    /// The flows from these sites, with how much of them waits.
    pub async fn flows_from(&self, sites: &[Connection]) -> Result<Vec<FlowHealth>, Error> {
        let mut flows = self.flow_health().await?;
        flows.retain(|health| sites.iter().any(|site| site.id == health.view.flow.site));
        Ok(flows)
    }

    /// What is left of the budgets of connections; `None` where there is no limit.
    pub async fn budgets_of(
        &self,
        connections: Vec<Connection>,
    ) -> Result<Vec<(Connection, Option<Balance>)>, Error> {
        let mut budgets = Vec::new();
        for connection in connections {
            let balance = self.balance(&connection).await?;
            budgets.push((connection, balance));
        }
        Ok(budgets)
    }

    /// An operation that a caller may call at a connection, if there is any: who can call nothing is told
    /// nothing. Where a person is asked about every call, there is still something to ask for.
    fn any_call(&self, caller: &Caller, connection: &Connection) -> (&'static Operation, Consent) {
        let with = |wanted: Verdict| {
            callable().iter().find(|operation| {
                matches!(self.let_in(caller, operation, connection), Ok(verdict) if verdict == wanted)
            })
        };
        let at_once = || with(Verdict::Allow).map(|operation| (operation, Consent::NotAsked));
        let asking = || with(Verdict::Ask).map(|operation| (operation, Consent::Given));
        at_once()
            .or_else(asking)
            .unwrap_or((order_reading(), Consent::NotAsked))
    }
}
