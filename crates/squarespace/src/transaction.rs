//! Transaction documents: what was paid, given back and charged for an order or a donation.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wire::{Error, SecretString, lenient};

use crate::client::{Client, fetch, joined};
use crate::id::{DocumentId, OrderId};
use crate::money::{Money, optional_decimal};
use crate::order_list::query_date;
use crate::page::{Cursor, Pagination};

/// All payments of one order or donation. Its `Debug` leaves out all that is about the buyer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The id of the document.
    pub id: DocumentId,
    /// When it was made.
    pub created_on: Timestamp,
    /// When it last changed; not the same as the order's.
    pub modified_on: Timestamp,
    /// Who paid.
    #[serde(default)]
    pub customer_email: Option<String>,
    /// The order; `None` for donations.
    #[serde(default)]
    pub sales_order_id: Option<OrderId>,
    /// Whether the order was cancelled.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub voided: bool,
    /// The lines before discounts.
    #[serde(default)]
    pub total_sales: Option<Money>,
    /// The lines after discounts.
    #[serde(default)]
    pub total_net_sales: Option<Money>,
    /// The shipping after discounts.
    #[serde(default)]
    pub total_net_shipping: Option<Money>,
    /// The taxes.
    #[serde(default)]
    pub total_taxes: Option<Money>,
    /// All together.
    #[serde(default)]
    pub total: Option<Money>,
    /// What was paid less what was given back.
    #[serde(default)]
    pub total_net_payment: Option<Money>,
    /// The payments.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub payments: Vec<Payment>,
    /// What the payment gateway failed at.
    #[serde(default)]
    pub payment_gateway_error: Option<PaymentGatewayError>,
    /// What this client does not know: lines, discounts, shipping.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

wire::debug_only!(Document {
    id,
    created_on,
    modified_on,
    sales_order_id,
    voided,
    total,
    total_net_payment
});

wire::open_enum! {
    /// What a payment gateway failed at; the misspellings are the vendor's.
    pub enum PaymentGatewayError {
        FeeProcessing = "GATEWAY_FEE_PROCEESING_ERROR",
        ApiPermission = "GATEWAY_API_PERMISSION_ERROR",
        Disconnected = "GATEWAY_DISCONNNECTED",
    }
}

/// One payment. Its `Debug` leaves out what names the payer's card or account.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// The id of the payment.
    pub id: String,
    /// What was paid.
    #[serde(default)]
    pub amount: Option<Money>,
    /// What was given back.
    #[serde(default)]
    pub refunded_amount: Option<Money>,
    /// What remains.
    #[serde(default)]
    pub net_amount: Option<Money>,
    /// Such as `VISA`.
    #[serde(default)]
    pub credit_card_type: Option<String>,
    /// Such as `STRIPE`.
    #[serde(default)]
    pub provider: Option<String>,
    /// What was given back, one by one.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub refunds: Vec<Refund>,
    /// What the gateway took.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub processing_fees: Vec<ProcessingFee>,
    /// When it was paid.
    #[serde(default)]
    pub paid_on: Option<Timestamp>,
    /// The gateway's id of it.
    #[serde(default)]
    pub external_transaction_id: Option<String>,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

wire::debug_only!(Payment {
    id,
    amount,
    refunded_amount,
    provider,
    paid_on
});

/// Money that was given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    /// The id of the refund.
    pub id: String,
    /// How much.
    #[serde(default)]
    pub amount: Option<Money>,
    /// When.
    #[serde(default)]
    pub refunded_on: Option<Timestamp>,
    /// The gateway's id of it.
    #[serde(default)]
    pub external_transaction_id: Option<String>,
}

/// What a gateway took for a payment.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessingFee {
    /// The id of the fee.
    pub id: String,
    /// How much.
    #[serde(default)]
    pub amount: Option<Money>,
    /// How much in the gateway's own currency.
    #[serde(default)]
    pub amount_gateway_currency: Option<Money>,
    /// From the one to the other.
    #[serde(
        default,
        deserialize_with = "optional_decimal",
        serialize_with = "rust_decimal::serde::str_option::serialize"
    )]
    pub exchange_rate: Option<Decimal>,
    /// How much after what was given back.
    #[serde(default)]
    pub net_amount: Option<Money>,
    /// What this client does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

wire::debug_only!(ProcessingFee {
    id,
    amount,
    exchange_rate,
    net_amount
});

/// Which documents to list.
#[derive(Clone, Debug)]
pub enum TransactionsQuery {
    /// Documents modified inside a window.
    Modified {
        /// The start of the window.
        after: Timestamp,
        /// The end of the window.
        before: Timestamp,
    },
    /// The documents of an order.
    OfOrder(OrderId),
    /// All documents.
    All,
    /// The next page of an earlier query.
    Next(Cursor),
}

/// Up to fifty documents.
#[derive(Clone, Debug)]
pub struct DocumentPage {
    /// The documents.
    pub documents: Vec<Document>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default, deserialize_with = "lenient::or_default")]
    documents: Vec<Document>,
    #[serde(default)]
    pagination: Pagination,
}

impl Client {
    /// Lists transaction documents, up to fifty at a time. `GET /1.0/commerce/transactions`
    pub async fn transactions(
        &self,
        query: &TransactionsQuery,
        token: &SecretString,
    ) -> Result<DocumentPage, Error> {
        let call = self.call("GET /1.0/commerce/transactions", &[], token);
        let call = match query {
            TransactionsQuery::Modified { after, before } => call
                .query("modifiedAfter", query_date(*after))
                .query("modifiedBefore", query_date(*before)),
            TransactionsQuery::OfOrder(id) => call.query("orderId", id),
            TransactionsQuery::All => call,
            TransactionsQuery::Next(cursor) => call.query("cursor", cursor.as_str()),
        };
        let envelope: Envelope = fetch(call).await?;
        Ok(DocumentPage {
            documents: envelope.documents,
            next: envelope.pagination.next(),
        })
    }

    /// Reads up to fifty documents by their own ids, not those of orders; one unknown id refuses all.
    /// `GET /1.0/commerce/transactions/{documentIds}`
    pub async fn transactions_by_id(
        &self,
        ids: &[DocumentId],
        token: &SecretString,
    ) -> Result<Vec<Document>, Error> {
        let call = self.call(
            "GET /1.0/commerce/transactions/{documentIds}",
            &[&joined(ids)],
            token,
        );
        fetch::<Envelope>(call)
            .await
            .map(|envelope| envelope.documents)
    }
}
