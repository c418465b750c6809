//! What contacts spent: row 40.

use wire::catalog::{Body, KeyRule, Limit, Operation, Verb};

use super::contacts::READ;

/// The vendor publishes neither a scope nor a permission for it; what reads contacts is taken to serve.
pub(super) const GET_TRANSACTIONS_SUMMARIES: Operation = Operation {
    id: "getTransactionsSummaries",
    title: "Read what contacts spent",
    summary: "Reads totals of orders, refunds and donations for up to 1000 contacts, with the first and last dates. \
              The vendor computes them with a delay.",
    verb: Verb::Post,
    path: "/v1/analytics/transaction-summaries",
    key: KeyRule::Unpublished,
    limits: &[Limit::BodyItems {
        lists: &["/contactIds"],
        most: 1000,
    }],
    rows: Some("/transactionsSummaryWrappers"),
    body: Body::Json,
    request: Some("TransactionsSummariesRequest"),
    response: Some("TransactionsSummaries"),
    ..READ
};
