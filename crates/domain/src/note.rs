//! The notes on a deal's card: the items once, then one for each change of status.
//!
//! Every note ends in a marker line, by which a note whose answer was lost is recognised.

use crate::deal::Status;
use crate::money::Money;
use crate::order::{Fulfilment, Line, Order};
use crate::text;

/// Kommo documents no limit; longer notes continue in a second one.
const NOTE_CHARS: usize = 10_000;

/// A marker is shorter than this.
const MARKER_CHARS: usize = 120;

/// One note and the key under which it is made at most once per deal.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    pub key: String,
    pub text: String,
}

impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Note({}, ..)", self.key)
    }
}

/// The line that ends a note: `[portico 66b2f0be items]`.
#[must_use]
pub fn marker(order_id: &str, key: &str) -> String {
    format!("[portico {order_id} {key}]")
}

/// The notes of a new deal: what was bought, as many as the length needs.
#[must_use]
pub fn of_items(order: &Order, account_currency: &str) -> Vec<Note> {
    let lines = item_lines(order, account_currency);
    let pieces = text::pieces(&lines, NOTE_CHARS - MARKER_CHARS);
    let many = pieces.len() > 1;
    pieces
        .into_iter()
        .enumerate()
        .map(|(n, piece)| {
            let key = if many {
                format!("items-{}", n + 1)
            } else {
                "items".to_owned()
            };
            note(&order.id, key, piece)
        })
        .collect()
}

/// The notes that tell what has changed since `before`.
#[must_use]
pub fn of_changes(before: &Status, order: &Order) -> Vec<Note> {
    let now = Status::of(order);
    let mut notes = Vec::new();
    if before.fulfilment != now.fulfilment {
        notes.push(fulfilment_note(order));
    } else if now.shipments > before.shipments && order.fulfilment == Fulfilment::Fulfilled {
        let key = format!("parcels-{}", now.shipments);
        notes.push(note(
            &order.id,
            key,
            lines_of_parcels(order, "Another parcel was sent"),
        ));
    }
    if before.refunded != now.refunded {
        let key = format!("refunded-{}", now.refunded);
        notes.push(note(&order.id, key, refund_text(order)));
    }
    notes
}

fn note(order_id: &str, key: String, text: String) -> Note {
    let text = format!("{text}\n{}", marker(order_id, &key));
    Note { key, text }
}

fn fulfilment_note(order: &Order) -> Note {
    let moment = order.modified_at.as_second();
    match &order.fulfilment {
        Fulfilment::Fulfilled => {
            let at = order.fulfilled_at.unwrap_or(order.modified_at).as_second();
            note(
                &order.id,
                format!("fulfilled-{at}"),
                lines_of_parcels(order, "Fulfilled"),
            )
        }
        Fulfilment::Canceled => note(
            &order.id,
            "cancelled".to_owned(),
            "The order was cancelled in the shop".to_owned(),
        ),
        Fulfilment::Pending => note(
            &order.id,
            format!("pending-{moment}"),
            "The order is no longer marked as fulfilled".to_owned(),
        ),
        Fulfilment::Other(word) => note(
            &order.id,
            format!("status-{moment}"),
            format!("The shop now calls the order {word}"),
        ),
    }
}

fn lines_of_parcels(order: &Order, heading: &str) -> String {
    let mut lines = vec![heading.to_owned()];
    lines.extend(
        order
            .shipments
            .iter()
            .map(|parcel| parcel.short())
            .filter(|line| !line.is_empty()),
    );
    text::clip(&lines.join("\n"), NOTE_CHARS - MARKER_CHARS)
}

fn refund_text(order: &Order) -> String {
    let refunded = &order.refunded_total;
    if order.is_fully_refunded() {
        format!("Refunded in full: {refunded}")
    } else {
        format!("Refunded so far: {refunded} of {}", order.grand_total)
    }
}

fn item_lines(order: &Order, account_currency: &str) -> Vec<String> {
    let placed = order.created_at.strftime("%-d %B %Y, %H:%M UTC");
    let mut lines = vec![format!("Order #{}, placed on {placed}", order.number)];
    lines.extend(order.lines.iter().flat_map(line_lines));
    lines.push(String::new());
    lines.extend(total_lines(order));
    if !order
        .grand_total
        .currency
        .eq_ignore_ascii_case(account_currency)
    {
        lines.push(format!(
            "The order is in {} and this account counts in {account_currency}, so the deal's price is left empty",
            order.grand_total.currency
        ));
    }
    lines.extend(address_lines(order));
    for answer in &order.form {
        lines.push(format!(
            "{}: {}",
            text::one_line(&answer.label),
            answer.value
        ));
    }
    lines.extend(
        order
            .shipments
            .iter()
            .map(|parcel| format!("Sent by {}", parcel.short())),
    );
    lines
}

fn line_lines(line: &Line) -> Vec<String> {
    let quantity = rust_decimal::Decimal::from(line.quantity);
    let sum = line.unit_price.amount.saturating_mul(quantity);
    let sku = line
        .sku
        .as_deref()
        .map_or(String::new(), |sku| format!(", SKU {sku}"));
    let options: Vec<String> = line
        .options
        .iter()
        .map(|option| format!("{}: {}", option.label, option.value))
        .collect();
    let options = if options.is_empty() {
        String::new()
    } else {
        format!(" ({})", options.join(", "))
    };
    let name = text::one_line(&line.name);
    let mut lines = vec![format!(
        "{} × {name}{options}{sku}, {} each = {} {}",
        line.quantity, line.unit_price.amount, sum, line.unit_price.currency
    )];
    lines.extend(
        line.customizations
            .iter()
            .map(|answer| format!("  {}: {}", answer.label, answer.value)),
    );
    lines
}

fn total_lines(order: &Order) -> Vec<String> {
    let codes: Vec<&str> = order
        .discounts
        .iter()
        .filter_map(|discount| discount.code.as_deref())
        .collect();
    let discount = if codes.is_empty() {
        "Discount".to_owned()
    } else {
        format!("Discount ({})", codes.join(", "))
    };
    let shipping = order
        .shipping_method
        .as_deref()
        .map_or("Shipping".to_owned(), |method| {
            format!("Shipping ({method})")
        });
    let mut lines = vec![format!("Subtotal {}", order.subtotal)];
    let mut unless_zero = |label: String, amount: &Money| {
        if !amount.is_zero() {
            lines.push(format!("{label} {amount}"));
        }
    };
    unless_zero(discount, &order.discount_total);
    unless_zero(shipping, &order.shipping_total);
    unless_zero("Tax".to_owned(), &order.tax_total);
    lines.push(format!("Total {}", order.grand_total));
    if !order.refunded_total.is_zero() {
        lines.push(refund_text(order));
    }
    lines
}

fn address_lines(order: &Order) -> Option<String> {
    let address = order
        .shipping
        .as_ref()
        .filter(|address| !address.is_empty())?;
    let parts: Vec<&str> = address
        .name
        .as_deref()
        .into_iter()
        .chain(address.parts())
        .collect();
    Some(format!("Ship to {}", parts.join(", ")))
}
