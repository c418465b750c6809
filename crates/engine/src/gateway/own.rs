//! What is Portico's own at a vendor, and so not for callers to change.

use portico_domain::connection::Connection;
use portico_store::{Tx, sites};
use wire::catalog::{Operation, Params};

use super::refusal::Refusal;
use crate::Engine;

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
        let id = connection.id;
        let read = move |tx: &mut dyn Tx| sites::site(tx, id);
        let site = self.store().read(read).await?;
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
