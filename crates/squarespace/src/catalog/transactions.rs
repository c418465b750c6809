//! Payments, refunds and fees: rows 25 and 26.

use wire::catalog::{Kind, Limit, Operation, Parameter, Scopes};

use super::{Area, PAGED, cursor, ids, read_only};

/// Where a document at this place of an answer has personal data.
macro_rules! personal {
    ($at:literal) => {
        &[
            concat!($at, "/customerEmail"),
            concat!($at, "/payments/*/giftCardId"),
            concat!($at, "/payments/*/externalCustomerId"),
            concat!($at, "/payments/*/externalTransactionProperties/*/value"),
        ]
    };
}

const READ: Operation = Operation {
    area: Area::Transactions.as_str(),
    scopes: Scopes::OneOf(&["website.transactions.read"]),
    key: read_only("Transactions"),
    ..super::READ
};

pub(super) const GET_DOCUMENTS_BY_UPDATED_ON: Operation = Operation {
    id: "getDocumentsByUpdatedOn",
    title: "List transactions",
    summary: "Lists the financial documents of orders and donations: payments, refunds, fees and taxes. To read those \
              of one order, give its id.",
    path: "/1.0/commerce/transactions",
    rows: Some("/documents"),
    paging: Some(PAGED),
    query: &[
        Parameter::new(
            "modifiedAfter",
            Kind::DateTime,
            "Only documents changed after this moment; send both ends of the window.",
        ),
        Parameter::new(
            "modifiedBefore",
            Kind::DateTime,
            "Only documents changed before this moment.",
        ),
        cursor(&[]),
        Parameter::new("orderId", Kind::Id, "Only the document of this order."),
    ],
    response: Some("DocumentList"),
    personal_response: personal!("/documents/*"),
    ..READ
};

pub(super) const GET_DOCUMENTS_BY_ID: Operation = Operation {
    id: "getDocumentsById",
    title: "Read transactions by id",
    summary: "Reads up to 50 financial documents by their own ids, which are not those of orders. One unknown id \
              refuses the whole call.",
    path: "/1.0/commerce/transactions/{documentIds}",
    limits: &[Limit::PathIds(super::MOST_IDS)],
    rows: Some("/documents"),
    path_parameters: &[ids("documentIds", "The documents, up to 50.")],
    response: Some("Documents"),
    personal_response: personal!("/documents/*"),
    ..READ
};
