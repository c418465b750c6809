//! What is Portico's own at a vendor, and so not for callers to change.

use portico_domain::connection::Connection;
use portico_store::{Tx, leases, sites};
use wire::catalog::{Operation, Params};

use super::refusal::Refusal;
use crate::site::subscription_lease;
use crate::{Engine, Error};

/// After these a subscription no longer tells of what it told of, or no longer to the same.
const OF_SUBSCRIPTIONS: [&str; 3] = [
    "updateWebhookSubscription",
    "deleteWebhookSubscription",
    "rotateSubscriptionSecret",
];

impl Engine {
    /// Refuses what would keep Portico from hearing of a site's changes.
    pub(super) async fn leaves_own(
        &self,
        operation: &'static Operation,
        params: &Params,
        connection: &Connection,
    ) -> Result<(), Refusal> {
        if !OF_SUBSCRIPTIONS.contains(&operation.id) {
            return Ok(());
        }
        let (id, now) = (connection.id, self.now());
        // Both as of one moment: who has the turn may have unlearnt which subscription is ours.
        let read = move |tx: &mut dyn Tx| {
            let is_changing = leases::is_held(tx, &subscription_lease(id), now)?;
            Ok((is_changing, sites::site(tx, id)?))
        };
        let (is_changing, site) = self.store().read(read).await?;
        if is_changing {
            return Err(Error::Conflict(format!(
                "{} is refused: Portico is changing its own subscription at `{}`; try again in a moment",
                operation.id, connection.name
            ))
            .into());
        }
        let own = site.and_then(|site| site.subscription_id);
        let is_own = own
            .zip(params.get("subscriptionId"))
            .is_some_and(|(own, asked)| own.eq_ignore_ascii_case(asked));
        if !is_own {
            return Ok(());
        }
        Err(Refusal::Own {
            operation: operation.id,
            connection: connection.name.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_of_subscriptions_names_them_in_its_path() {
        for id in OF_SUBSCRIPTIONS {
            let operation = squarespace::catalog::CATALOG.operation(id).unwrap();
            assert_eq!(operation.path_parameters[0].name, "subscriptionId", "{id}");
        }
    }
}
