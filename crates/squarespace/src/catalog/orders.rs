//! Orders: rows 21 to 24.

use wire::catalog::{Effect, Kind, Limit, Operation, Parameter, Scopes};

use super::{Area, IDEMPOTENCY_KEY, PAGED, cursor, id, read_only, read_write};

/// Where an order at this place of a body has personal data.
macro_rules! personal {
    ($at:literal) => {
        &[
            concat!($at, "/customerEmail"),
            concat!($at, "/billingAddress/firstName"),
            concat!($at, "/billingAddress/lastName"),
            concat!($at, "/billingAddress/address1"),
            concat!($at, "/billingAddress/address2"),
            concat!($at, "/billingAddress/city"),
            concat!($at, "/billingAddress/postalCode"),
            concat!($at, "/billingAddress/phone"),
            concat!($at, "/shippingAddress/firstName"),
            concat!($at, "/shippingAddress/lastName"),
            concat!($at, "/shippingAddress/address1"),
            concat!($at, "/shippingAddress/address2"),
            concat!($at, "/shippingAddress/city"),
            concat!($at, "/shippingAddress/postalCode"),
            concat!($at, "/shippingAddress/phone"),
            concat!($at, "/lineItems/*/customizations/*/value"),
            concat!($at, "/internalNotes/*/content"),
            concat!($at, "/formSubmission/*/value"),
            concat!($at, "/fulfillments/*/trackingNumber"),
            concat!($at, "/fulfillments/*/trackingUrl"),
        ]
    };
}

const READ: Operation = Operation {
    area: Area::Orders.as_str(),
    scopes: Scopes::OneOf(&["website.orders.read", "website.orders"]),
    key: read_only("Orders"),
    ..super::READ
};

const WRITE: Operation = Operation {
    area: Area::Orders.as_str(),
    scopes: Scopes::OneOf(&["website.orders"]),
    key: read_write("Orders"),
    ..super::WRITE
};

const ORDER_ID: Parameter = id("id", "The order's id, which is not its number.");

pub(super) const GET_ORDERS: Operation = Operation {
    id: "getOrders",
    title: "List orders",
    summary: "Lists orders with their lines, addresses, totals and fulfilment, the newest change first. Orders whose \
              payment is pending, failed or partial are left out unless `paymentStates` names them.",
    path: "/1.0/commerce/orders",
    rows: Some("/result"),
    paging: Some(PAGED),
    query: &[
        Parameter::new(
            "modifiedAfter",
            Kind::DateTime,
            "Only orders changed after this moment.",
        )
        .needing(&["modifiedBefore"])
        .excluding(&["cursor"]),
        Parameter::new(
            "modifiedBefore",
            Kind::DateTime,
            "Only orders changed before this moment, which is later than `modifiedAfter`.",
        )
        .needing(&["modifiedAfter"])
        .excluding(&["cursor"]),
        cursor(&[
            "modifiedAfter",
            "modifiedBefore",
            "fulfillmentStatus",
            "customerId",
            "paymentStates",
        ]),
        Parameter::new(
            "fulfillmentStatus",
            Kind::OneOf(&["PENDING", "FULFILLED", "CANCELED"]),
            "Only orders in this state.",
        )
        .excluding(&["cursor"]),
        Parameter::new("customerId", Kind::Id, "Only orders of this contact.")
            .excluding(&["cursor"]),
        Parameter::new(
            "paymentStates",
            Kind::SomeOf(&[
                "NOT_CHARGED",
                "AUTHORIZED",
                "PAID",
                "REFUNDED",
                "PENDING",
                "FAILED",
                "REFUND_PENDING",
                "REFUND_FAILED",
                "PARTIALLY_PAID",
            ]),
            "Only orders whose payment is in one of these states; without it, in one of the first four.",
        )
        .excluding(&["cursor"]),
    ],
    response: Some("OrderList"),
    personal_response: personal!("/result/*"),
    ..READ
};

pub(super) const GET_ORDER: Operation = Operation {
    id: "getOrder",
    title: "Read an order",
    summary: "Reads one order by its id, whatever the state of its payment.",
    path: "/1.0/commerce/orders/{id}",
    path_parameters: &[ORDER_ID],
    response: Some("Order"),
    personal_response: personal!(""),
    ..READ
};

pub(super) const CREATE_ORDER: Operation = Operation {
    id: "createOrder",
    title: "Import an order",
    summary: "Imports an order that was made on another sales channel. No payment is taken. Physical lines name \
              variants that exist on the site; stock is reduced only when asked for.",
    path: "/1.0/commerce/orders",
    // The vendor's own example posts to this spelling.
    twins: &["/1.0/commerce/orders/"],
    effects: &[Effect::Irreversible, Effect::Outside],
    caution: Some(
        "orders cannot be deleted or edited; subscribers are notified, and the customer is mailed when asked for",
    ),
    idempotency_key: Some(IDEMPOTENCY_KEY),
    limits: &[
        Limit::BodyItems {
            lists: &["/fulfillments"],
            most: 100,
        },
        Limit::KeyCallsPerHour(100),
    ],
    success: 201,
    request: Some("CreateOrderRequest"),
    response: Some("CreatedOrder"),
    personal_request: &[
        "/customerEmail",
        "/billingAddress/firstName",
        "/billingAddress/lastName",
        "/billingAddress/address1",
        "/billingAddress/address2",
        "/billingAddress/city",
        "/billingAddress/postalCode",
        "/billingAddress/phone",
        "/shippingAddress/firstName",
        "/shippingAddress/lastName",
        "/shippingAddress/address1",
        "/shippingAddress/address2",
        "/shippingAddress/city",
        "/shippingAddress/postalCode",
        "/shippingAddress/phone",
        "/fulfillments/*/trackingNumber",
        "/fulfillments/*/trackingUrl",
    ],
    personal_response: personal!(""),
    ..WRITE
};

pub(super) const FULFILL_ORDER: Operation = Operation {
    id: "fulfillOrder",
    title: "Fulfil an order",
    summary: "Marks the whole order as fulfilled and adds shipments to it, with tracking. Shipments can be added \
              again later; none can be taken away.",
    path: "/1.0/commerce/orders/{id}/fulfillments",
    effects: &[Effect::Irreversible, Effect::Outside],
    caution: Some(
        "a repeat adds the shipments again and mails the customer again: read the order first",
    ),
    success: 204,
    path_parameters: &[ORDER_ID],
    request: Some("FulfillOrderRequest"),
    personal_request: &["/shipments/*/trackingNumber", "/shipments/*/trackingUrl"],
    ..WRITE
};
