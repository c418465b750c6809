//! Reading orders: one, or page by page.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch};
use crate::id::{CustomerId, OrderId};
use crate::order::{FulfillmentStatus, Order, PaymentState};
use crate::page::{Cursor, Pagination};

/// Which orders to list. A cursor carries its filters with it, so it stands alone.
#[derive(Clone, Debug)]
pub enum OrdersQuery {
    /// Orders modified inside a window.
    Modified {
        /// The start of the window, itself outside.
        after: Timestamp,
        /// The end of the window, itself outside; later than the start.
        before: Timestamp,
        /// In which states of payment.
        payment_states: PaymentStates,
    },
    /// Orders of a buyer.
    OfCustomer {
        /// The buyer.
        customer: CustomerId,
        /// In which states of payment.
        payment_states: PaymentStates,
    },
    /// Orders that were sent, or were not, or were cancelled.
    InStatus {
        /// Which of them.
        status: FulfillmentStatus,
        /// In which states of payment.
        payment_states: PaymentStates,
    },
    /// All orders.
    All {
        /// In which states of payment.
        payment_states: PaymentStates,
    },
    /// The next page of an earlier query.
    Next(Cursor),
}

/// A set of payment states to list. Left alone, the vendor hides five of the nine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentStates(Vec<PaymentState>);

/// Up to fifty orders, the newest change first.
#[derive(Clone, Debug)]
pub struct OrderPage {
    /// The orders.
    pub orders: Vec<Order>,
    /// Those that this client cannot read; one of them does not hide the others.
    pub unreadable: Vec<OrderId>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

impl PaymentStates {
    /// All states, so that no order is hidden.
    pub fn every() -> Self {
        Self(PaymentState::KNOWN.to_vec())
    }

    /// These states; with none, the vendor's own choice of four applies.
    pub fn only(states: &[PaymentState]) -> Self {
        Self(states.to_vec())
    }

    fn joined(&self) -> Option<String> {
        let names: Vec<&str> = self.0.iter().map(PaymentState::as_str).collect();
        (!names.is_empty()).then(|| names.join(","))
    }
}

impl Client {
    /// Lists orders, ordered by their last change, up to fifty at a time. `GET /1.0/commerce/orders`
    pub async fn orders(
        &self,
        query: &OrdersQuery,
        token: &SecretString,
    ) -> Result<OrderPage, Error> {
        #[derive(Deserialize)]
        struct Envelope {
            #[serde(default, deserialize_with = "lenient::or_default")]
            result: Vec<Value>,
            #[serde(default)]
            pagination: Pagination,
        }

        let call = self.call("GET /1.0/commerce/orders", &[], token);
        let call = match query {
            OrdersQuery::Modified {
                after,
                before,
                payment_states,
            } => call
                .query("modifiedAfter", query_date(*after))
                .query("modifiedBefore", query_date(*before))
                .query_if("paymentStates", payment_states.joined()),
            OrdersQuery::OfCustomer {
                customer,
                payment_states,
            } => call
                .query("customerId", customer)
                .query_if("paymentStates", payment_states.joined()),
            OrdersQuery::InStatus {
                status,
                payment_states,
            } => call
                .query("fulfillmentStatus", status.as_str())
                .query_if("paymentStates", payment_states.joined()),
            OrdersQuery::All { payment_states } => {
                call.query_if("paymentStates", payment_states.joined())
            }
            OrdersQuery::Next(cursor) => call.query("cursor", cursor.as_str()),
        };
        let envelope: Envelope = fetch(call).await?;
        let (orders, unreadable) = sorted(envelope.result);
        Ok(OrderPage {
            orders,
            unreadable,
            next: envelope.pagination.next(),
        })
    }

    /// Reads one order, whatever its state of payment. `GET /1.0/commerce/orders/{id}`
    pub async fn order(&self, id: &OrderId, token: &SecretString) -> Result<Order, Error> {
        fetch(self.call("GET /1.0/commerce/orders/{id}", &[id.as_str()], token)).await
    }
}

/// The orders that can be read, and the ids of those that cannot.
fn sorted(items: Vec<Value>) -> (Vec<Order>, Vec<OrderId>) {
    let mut orders = Vec::new();
    let mut unreadable = Vec::new();
    for item in items {
        match Order::deserialize(&item) {
            Ok(order) => orders.push(order),
            Err(_) => unreadable.extend(item["id"].as_str().map(OrderId::from)),
        }
    }
    (orders, unreadable)
}

/// A date as queries take it: UTC with milliseconds.
pub(crate) fn query_date(date: Timestamp) -> String {
    format!("{date:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_payment_state_is_asked_for_by_name() {
        assert_eq!(
            PaymentStates::every().joined().as_deref(),
            Some(
                "NOT_CHARGED,AUTHORIZED,PAID,REFUNDED,PENDING,FAILED,REFUND_PENDING,REFUND_FAILED,PARTIALLY_PAID"
            )
        );
        assert_eq!(PaymentStates::only(&[]).joined(), None);
    }

    #[test]
    fn an_order_that_cannot_be_read_does_not_hide_the_others() {
        let good = serde_json::json!({
            "id": "66b2f0be8e21aa5d7c001234", "orderNumber": "1042",
            "createdOn": "2026-05-14T09:29:51Z", "modifiedOn": "2026-05-14T09:29:51Z",
            "grandTotal": {"value": "118.48", "currency": "USD"},
        });
        let bad = serde_json::json!({"id": "66b2f0be8e21aa5d7c001235"});
        let (orders, unreadable) = sorted(vec![bad, good]);
        assert_eq!(orders[0].order_number, "1042");
        assert_eq!(unreadable, [OrderId::from("66b2f0be8e21aa5d7c001235")]);
    }

    #[test]
    fn dates_of_queries_have_milliseconds_and_z() {
        assert_eq!(
            query_date("2026-05-14T09:30:00Z".parse().unwrap()),
            "2026-05-14T09:30:00.000Z"
        );
        assert_eq!(
            query_date("2026-05-14T09:30:00.1259+02:00".parse().unwrap()),
            "2026-05-14T07:30:00.125Z"
        );
    }
}
