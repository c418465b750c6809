//! Orders, transactions, discounts, webhook subscriptions.

use squarespace::discount::{
    CriteriaType, DiscountCriteria, DiscountSortField, DiscountStatus, DiscountTemplate,
    DiscountTerms, DiscountTrigger, DiscountsQuery, PaymentOptions, TemplateType, TriggerType,
};
use squarespace::import::{
    InventoryBehavior, NewDiscountLine, NewLineItem, NewOrder, NewShippingLine,
    NotificationBehavior, Shipment,
};
use squarespace::order::{Address, FulfillmentStatus, PriceTaxInterpretation};
use squarespace::subscription::WebhookSubscriptionPatch;
use squarespace::transaction::TransactionsQuery;
use squarespace::webhook::Topic;
use squarespace::{
    DiscountId, Money, OrderId, OrdersQuery, PaymentStates, SortDirection, SubscriptionId,
};

use super::{Probe, cursor, send};

const MOMENT: &str = "2026-06-03T14:05:00Z";

pub(super) async fn send_all(probe: &mut Probe) {
    orders(probe).await;
    transactions(probe).await;
    discounts(probe).await;
    subscriptions(probe).await;
}

async fn orders(probe: &mut Probe) {
    let id = OrderId::from("66b2f0be8e21aa5d7c001234");
    let window = OrdersQuery::Modified {
        after: MOMENT.parse().unwrap(),
        before: "2026-06-04T00:00:00Z".parse().unwrap(),
        payment_states: PaymentStates::every(),
    };
    send!(probe, orders(&window));
    send!(probe, orders(&OrdersQuery::Next(cursor())));
    let of_customer = OrdersQuery::OfCustomer {
        customer: "66aa00112233445566778899".into(),
        payment_states: PaymentStates::every(),
    };
    let in_status = OrdersQuery::InStatus {
        status: FulfillmentStatus::Pending,
        payment_states: PaymentStates::only(&[]),
    };
    send!(probe, orders(&of_customer));
    send!(probe, orders(&in_status));
    send!(probe, order(&id));
    send!(probe, import_order(&import(), "key-1"));
    send!(probe, fulfill_order(&id, &[shipment()], true));
    send!(probe, fulfill_order(&id, &[], false));
}

async fn transactions(probe: &mut Probe) {
    let window = TransactionsQuery::Modified {
        after: MOMENT.parse().unwrap(),
        before: "2026-06-04T00:00:00Z".parse().unwrap(),
    };
    send!(probe, transactions(&window));
    send!(
        probe,
        transactions(&TransactionsQuery::OfOrder(
            "66b2f0be8e21aa5d7c001234".into()
        ))
    );
    send!(probe, transactions(&TransactionsQuery::Next(cursor())));
    send!(probe, transactions_by_id(&["a".into(), "b".into()]));
}

async fn discounts(probe: &mut Probe) {
    let id = DiscountId::from("66d000112233445566778801");
    let query = DiscountsQuery {
        search: Some("autumn".to_owned()),
        status: Some(DiscountStatus::Active),
        criteria: Some(CriteriaType::AnyOrder),
        template: Some(TemplateType::Percentage),
        trigger: Some(TriggerType::Code),
        limited_use_only: Some(true),
        sort_by: Some(DiscountSortField::UsesCount),
        sort_direction: Some(SortDirection::Descending),
        offset: Some(50),
        limit: Some(200),
    };
    send!(probe, discounts(&query));
    send!(probe, create_discount(&terms()));
    send!(probe, discount(&id));
    send!(probe, replace_discount(&id, &terms()));
    send!(probe, delete_discount(&id));
    send!(probe, fulfillment_options());
}

async fn subscriptions(probe: &mut Probe) {
    let id = SubscriptionId::from("0d9b6f52-6c0e-4b7e-9f55-3f2a6f1f6c11");
    let endpoint = "https://hooks.example.com/sqsp";
    let patch = WebhookSubscriptionPatch {
        endpoint_url: Some(endpoint.to_owned()),
        topics: Some(vec![Topic::ExtensionUninstall]),
    };
    send!(probe, webhook_subscriptions());
    send!(
        probe,
        create_webhook_subscription(endpoint, &[Topic::OrderCreate, Topic::OrderUpdate])
    );
    send!(probe, webhook_subscription(&id));
    send!(probe, update_webhook_subscription(&id, &patch));
    send!(probe, rotate_webhook_secret(&id));
    send!(probe, send_test_notification(&id, &Topic::OrderCreate));
    send!(probe, delete_webhook_subscription(&id));
}

fn import() -> NewOrder {
    NewOrder {
        channel_name: "Dockside Market".to_owned(),
        external_order_reference: "DM-1".to_owned(),
        created_on: MOMENT.parse().unwrap(),
        line_items: vec![
            NewLineItem::PhysicalProduct {
                variant_id: "5d0c1c0e-7b0f-4b7e-9a52-1f6f0d9f2a11".into(),
                quantity: 2,
                unit_price_paid: money("4.00"),
                non_sale_unit_price: Some(money("5.00")),
            },
            NewLineItem::Custom {
                title: "Gift wrapping".to_owned(),
                quantity: 1,
                unit_price_paid: money("2.00"),
                non_sale_unit_price: None,
            },
        ],
        grand_total: money("11.00"),
        price_tax_interpretation: PriceTaxInterpretation::Exclusive,
        fulfillments: vec![shipment()],
        subtotal: money("10.00"),
        customer_email: Some("lena.brandt@example.com".to_owned()),
        billing_address: Some(address()),
        shipping_address: Some(address()),
        fulfillment_status: Some(FulfillmentStatus::Fulfilled),
        fulfilled_on: Some(MOMENT.parse().unwrap()),
        inventory_behavior: Some(InventoryBehavior::Skip),
        shopper_fulfillment_notification_behavior: Some(NotificationBehavior::Skip),
        shipping_lines: vec![NewShippingLine {
            method: "Post".to_owned(),
            amount: money("3.00"),
        }],
        discount_lines: vec![NewDiscountLine {
            name: "Autumn".to_owned(),
            amount: money("3.00"),
            promo_code: Some("AUTUMN".to_owned()),
        }],
        shipping_total: Some(money("3.00")),
        discount_total: Some(money("3.00")),
        tax_total: Some(money("1.00")),
    }
}

fn shipment() -> Shipment {
    Shipment {
        ship_date: MOMENT.parse().unwrap(),
        carrier_name: "USPS".to_owned(),
        service: "Priority Mail".to_owned(),
        tracking_number: "9400100000000000000000".to_owned(),
        tracking_url: Some("https://carrier.example/t/9400100000000000000000".to_owned()),
    }
}

fn terms() -> DiscountTerms {
    let kind = |kind: &str| {
        Some(PaymentOptions {
            r#type: kind.to_owned(),
        })
    };
    DiscountTerms {
        name: "Autumn".to_owned(),
        criteria: DiscountCriteria {
            r#type: CriteriaType::AnyOrder,
            rest: serde_json::Map::new(),
        },
        template: DiscountTemplate {
            r#type: TemplateType::Percentage,
            percentage: Some("12.5".parse().unwrap()),
            rest: serde_json::Map::new(),
        },
        trigger: DiscountTrigger {
            r#type: TriggerType::Code,
            promo_code: Some("AUTUMN_12".to_owned()),
        },
        valid_from: MOMENT.parse().unwrap(),
        valid_to: Some("2026-12-01T00:00:00Z".parse().unwrap()),
        is_limited_uses: Some(true),
        max_uses_allowed: Some(300),
        is_once_per_customer: Some(true),
        subscription_options: kind("EXCLUDED"),
        payment_plan_options: kind("NONE"),
    }
}

fn address() -> Address {
    Address {
        city: Some("Portland".to_owned()),
        ..Address::default()
    }
}

fn money(value: &str) -> Money {
    Money::new(value.parse().unwrap(), "USD")
}
