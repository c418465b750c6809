//! What a caller sees of the whole: its connections, their orders across the systems, their flows, their budgets.

use std::collections::HashSet;

use portico_domain::agent::Verdict;
use portico_domain::connection::Connection;

use crate::budget::Balance;
use crate::gateway::{Caller, Refusal};
use crate::operations::{is_callable, no_connection, order_reading};
use crate::orders::no_such_order;
use crate::{Engine, Error, FlowHealth, OrderView};

impl Engine {
    /// The connections that a caller may know of, oldest first.
    pub async fn connections_reached(&self, caller: &Caller) -> Result<Vec<Connection>, Error> {
        let mut all = self.connections().await?;
        all.retain(|connection| caller.reaches(connection));
        Ok(all)
    }

    /// Every order with this number at the sites whose orders a caller may read.
    pub async fn orders_reached(
        &self,
        caller: &Caller,
        number: &str,
    ) -> Result<Vec<OrderView>, Refusal> {
        let sites = self.sites_of_orders(caller).await?;
        let mut orders = self.orders_numbered(number).await?;
        orders.retain(|order| sites.contains(&order.site));
        if orders.is_empty() {
            // The same words as for an order that there is nowhere.
            return Err(no_such_order(number.trim_start_matches('#')).into());
        }
        Ok(orders)
    }

    /// The flows from the sites that a caller may know of, with how much of them waits.
    pub async fn flows_reached(&self, caller: &Caller) -> Result<Vec<FlowHealth>, Error> {
        let reached = self.connections_reached(caller).await?;
        let sites: HashSet<_> = reached.iter().map(|connection| connection.id).collect();
        let mut flows = self.flow_health().await?;
        flows.retain(|health| sites.contains(&health.view.flow.site));
        Ok(flows)
    }

    /// The connections that a caller may know of, with what is left of their budgets; `None` where there is
    /// no limit.
    pub async fn budgets_reached(
        &self,
        caller: &Caller,
    ) -> Result<Vec<(Connection, Option<Balance>)>, Error> {
        let mut budgets = Vec::new();
        for connection in self.connections_reached(caller).await? {
            let balance = self.balance(&connection).await?;
            budgets.push((connection, balance));
        }
        Ok(budgets)
    }

    /// The names of the sites whose orders a caller may read; refused where there is none.
    async fn sites_of_orders(&self, caller: &Caller) -> Result<HashSet<String>, Refusal> {
        let operation = order_reading();
        let mut reached = self.connections_reached(caller).await?;
        reached.retain(is_callable);
        let sites: HashSet<String> = reached
            .iter()
            .filter(|site| matches!(self.let_in(caller, operation, site), Ok(Verdict::Allow)))
            .map(|site| site.name.clone())
            .collect();
        if !sites.is_empty() {
            return Ok(sites);
        }
        if let Some(site) = reached.first() {
            self.let_in(caller, operation, site)?;
        }
        Err(no_connection())
    }
}
