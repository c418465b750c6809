//! Transaction documents: how an order's money shows, and how payments, refunds and voiding change it.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::shelf::{Object, text};
use super::site::Site;
use super::{money, order, time};
use crate::ids::Ids;

const CARDS: [&str; 4] = ["VISA", "MASTERCARD", "AMEX", "DISCOVER"];

/// Makes the document of an order and puts it on the shelf, paid when the order is.
pub(super) fn open(site: &mut Site, ids: &Ids, now: i64, order: &Object) {
    let money_of = Sums::of(order);
    let document = json!({
        "id": ids.uuid(),
        "createdOn": text(order, "createdOn"),
        "modifiedOn": time::iso(now),
        "customerEmail": order.get("customerEmail"),
        "salesOrderId": text(order, "id"),
        "voided": text(order, "fulfillmentStatus") == "CANCELED",
        "totalSales": money_of.wire(money_of.sales),
        "totalNetSales": money_of.wire(money_of.sales - money_of.discount),
        "totalNetShipping": money_of.wire(money_of.shipping),
        "totalTaxes": money_of.wire(money_of.tax),
        "total": money_of.wire(money_of.grand),
        "totalNetPayment": money_of.wire(Decimal::ZERO),
        "payments": [],
        "salesLineItems": sales_lines(site, ids, order, &money_of),
        "discounts": discounts(order),
        "shippingLineItems": shipping_lines(ids, order, &money_of),
        "paymentGatewayError": null,
    });
    let mut document = document.as_object().cloned().unwrap_or_default();
    if matches!(
        text(order, "paymentState"),
        "PAID" | "REFUNDED" | "REFUND_PENDING" | "REFUND_FAILED"
    ) {
        add_payment(ids, now, &mut document, &money_of);
    }
    let refunded = money::amount(order, "refundedTotal");
    if !refunded.is_zero() {
        add_refund(ids, now, &mut document, refunded);
    }
    let id = text(&document, "id").to_owned();
    site.documents_of_orders
        .insert(text(order, "id").to_owned(), id);
    site.documents.put(now, document);
}

/// Makes the document of a donation, which has no order and no lines.
pub(super) fn open_donation(
    site: &mut Site,
    ids: &Ids,
    now: i64,
    email: &str,
    amount: Decimal,
) -> Object {
    let sums = Sums {
        currency: &site.currency,
        sales: amount,
        discount: Decimal::ZERO,
        shipping: Decimal::ZERO,
        tax: Decimal::ZERO,
        grand: amount,
    };
    let zero = sums.wire(Decimal::ZERO);
    let document = json!({
        "id": ids.uuid(),
        "createdOn": time::iso(now),
        "modifiedOn": time::iso(now),
        "customerEmail": email,
        "salesOrderId": null,
        "voided": false,
        "totalSales": sums.wire(amount),
        "totalNetSales": sums.wire(amount),
        "totalNetShipping": zero,
        "totalTaxes": zero,
        "total": sums.wire(amount),
        "totalNetPayment": zero,
        "payments": [],
        "salesLineItems": [],
        "discounts": [],
        "shippingLineItems": [],
        "paymentGatewayError": null,
    });
    let mut document = document.as_object().cloned().unwrap_or_default();
    add_payment(ids, now, &mut document, &sums);
    site.documents.put(now, document.clone());
    document
}

/// Adds the payment of what the order still owes.
pub(super) fn pay(site: &mut Site, ids: &Ids, now: i64, order: &Object) {
    change(site, now, text(order, "id"), |document| {
        if document["payments"].as_array().is_some_and(Vec::is_empty) {
            add_payment(ids, now, document, &Sums::of(order));
        }
    });
}

pub(super) fn refund(site: &mut Site, ids: &Ids, now: i64, order_id: &str, amount: Decimal) {
    change(site, now, order_id, |document| {
        add_refund(ids, now, document, amount)
    });
}

pub(super) fn void(site: &mut Site, now: i64, order_id: &str) {
    change(site, now, order_id, |document| {
        document.insert("voided".to_owned(), json!(true));
    });
}

pub(super) fn change_email(site: &mut Site, now: i64, order_id: &str, email: &str) {
    change(site, now, order_id, |document| {
        document.insert("customerEmail".to_owned(), json!(email));
    });
}

/// The amounts of an order that a document is made of.
struct Sums<'a> {
    currency: &'a str,
    sales: Decimal,
    discount: Decimal,
    shipping: Decimal,
    tax: Decimal,
    grand: Decimal,
}

impl<'a> Sums<'a> {
    fn of(order: &'a Object) -> Self {
        let amount = |name| money::amount(order, name);
        Self {
            currency: order
                .get("grandTotal")
                .and_then(|total| total["currency"].as_str())
                .unwrap_or_default(),
            sales: amount("subtotal"),
            discount: amount("discountTotal"),
            shipping: amount("shippingTotal"),
            tax: amount("taxTotal"),
            grand: amount("grandTotal"),
        }
    }

    fn wire(&self, amount: Decimal) -> Value {
        money::wire(amount, self.currency)
    }

    /// The share of a whole that falls on a part of the sales.
    fn share(&self, whole: Decimal, part: Decimal) -> Decimal {
        if self.sales.is_zero() {
            return Decimal::ZERO;
        }
        money::rounded(whole * part / self.sales, self.currency)
    }
}

fn change(site: &mut Site, now: i64, order_id: &str, change: impl FnOnce(&mut Object)) {
    let Some(mut document) = site.document_of(order_id).cloned() else {
        return;
    };
    change(&mut document);
    document.insert("modifiedOn".to_owned(), json!(time::iso(now)));
    site.documents.put(now, document);
}

fn add_payment(ids: &Ids, now: i64, document: &mut Object, sums: &Sums<'_>) {
    // 2.9 % and 30 hundredths, the usual fee of a card gateway.
    let fee = sums.wire(sums.grand * Decimal::new(29, 3) + Decimal::new(30, 2));
    let zero = sums.wire(Decimal::ZERO);
    let payment = json!({
        "id": ids.uuid(),
        "amount": sums.wire(sums.grand),
        "refundedAmount": zero,
        "netAmount": sums.wire(sums.grand),
        "creditCardType": ids.pick(&CARDS),
        "provider": "STRIPE",
        "refunds": [],
        "processingFees": [{
            "id": format!("fee_{}", ids.token(14)),
            "amount": fee,
            "amountGatewayCurrency": fee,
            "exchangeRate": 1,
            "refundedAmount": zero,
            "refundedAmountGatewayCurrency": zero,
            "netAmount": fee,
            "netAmountGatewayCurrency": fee,
            "feeRefunds": [],
        }],
        "giftCardId": null,
        "paidOn": time::iso(now),
        "externalTransactionId": format!("ch_{}", ids.token(24)),
        "externalTransactionProperties": [],
        "externalCustomerId": null,
    });
    document.insert("payments".to_owned(), json!([payment]));
    document.insert("totalNetPayment".to_owned(), sums.wire(sums.grand));
}

fn add_refund(ids: &Ids, now: i64, document: &mut Object, amount: Decimal) {
    let currency = document["total"]["currency"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let wire = |amount| money::wire(amount, &currency);
    let paid = money::amount(document, "totalNetPayment");
    let Some(payment) = document
        .get_mut("payments")
        .and_then(|payments| payments.get_mut(0))
    else {
        return;
    };
    let refunded = money::read(&payment["refundedAmount"]).unwrap_or_default() + amount;
    let whole = money::read(&payment["amount"]).unwrap_or_default();
    payment["refundedAmount"] = wire(refunded);
    payment["netAmount"] = wire(whole - refunded);
    if let Some(refunds) = payment["refunds"].as_array_mut() {
        refunds.push(json!({
            "id": ids.uuid(),
            "amount": wire(amount),
            "refundedOn": time::iso(now),
            "externalTransactionId": format!("re_{}", ids.token(24)),
        }));
    }
    document.insert("totalNetPayment".to_owned(), wire(paid - amount));
}

fn sales_lines(site: &Site, ids: &Ids, order: &Object, sums: &Sums<'_>) -> Value {
    let line = |line: &Value| {
        let price = money::read(&line["unitPricePaid"]).unwrap_or_default();
        let gross = price * Decimal::from(line["quantity"].as_i64().unwrap_or_default());
        let (discount, tax) = (
            sums.share(sums.discount, gross),
            sums.share(sums.tax, gross),
        );
        let total = if text(order, "priceTaxInterpretation") == "INCLUSIVE" {
            gross - discount
        } else {
            gross - discount + tax
        };
        let taxes = if tax.is_zero() {
            json!([])
        } else {
            json!([tax_entry(site, sums, tax)])
        };
        json!({
            "id": ids.uuid(),
            "discountAmount": sums.wire(discount),
            "totalSales": sums.wire(gross),
            "totalNetSales": sums.wire(gross - discount),
            "total": sums.wire(total),
            "taxes": taxes,
        })
    };
    order::lines(order).map(line).collect()
}

fn tax_entry(site: &Site, sums: &Sums<'_>, tax: Decimal) -> Value {
    json!({
        "amount": sums.wire(tax),
        "rate": site.market.tax_percent,
        "name": site.market.tax_name,
        "jurisdiction": site.market.jurisdiction,
    })
}

fn discounts(order: &Object) -> Value {
    let lines = order
        .get("discountLines")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    lines
        .map(|line| json!({ "name": line["name"], "description": line["description"], "amount": line["amount"] }))
        .collect()
}

fn shipping_lines(ids: &Ids, order: &Object, sums: &Sums<'_>) -> Value {
    let lines = order
        .get("shippingLines")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    lines
        .map(|line| {
            json!({
                "id": ids.uuid(),
                "description": line["method"],
                "amount": line["amount"],
                "discountAmount": sums.wire(Decimal::ZERO),
                "netAmount": line["amount"],
                "taxes": [],
            })
        })
        .collect()
}
