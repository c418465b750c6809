//! What a person is told of a call beside the values that it changes: what its path names and its body says.

use portico_domain::agent::{ValueChange, in_a_line, plain};
use portico_domain::approval::About;
use serde_json::Value;
use wire::catalog::Operation;

use crate::gateway::checks::is_current;
use crate::gateway::rights::Asked;

/// So many members of a body are told.
const MEMBERS: usize = 12;

/// What can be told of a call without anything personal.
pub(super) fn about(asked: &Asked<'_>, changes: &[ValueChange]) -> About {
    let operation = asked.operation;
    let things: Vec<String> = asked
        .params
        .iter()
        .map(|(name, value)| format!("{} `{}`", kind(operation, name), in_a_line(value)))
        .collect();
    About {
        thing: (!things.is_empty()).then(|| things.join(", ")),
        // On an older path personal data may stand elsewhere.
        says: asked
            .body
            .as_ref()
            .filter(|_| is_current(operation, asked.path))
            .map_or_else(Vec::new, |body| says(operation, body, changes)),
    }
}

/// What a hole of the path names, from the catalogue's own words: `productId` a product, `id` of orders an order.
fn kind(operation: &Operation, parameter: &str) -> String {
    let word = match parameter.strip_suffix("Id") {
        Some(word) => word,
        None if parameter == "id" => operation.area.trim_end_matches('s'),
        None => parameter,
    };
    let mut words = String::new();
    for letter in word.chars() {
        if letter.is_uppercase() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// The members of a body, but for those that are personal or told as changes. Yes and no come first: they say
/// what else happens.
fn says(operation: &Operation, body: &Value, changes: &[ValueChange]) -> Vec<String> {
    let Value::Object(members) = body else {
        return Vec::new();
    };
    let is_personal = |name: &str| {
        let of_pointer = |pointer: &&str| pointer.trim_start_matches('/') == name;
        operation.personal_request.iter().any(of_pointer)
    };
    let is_told = |name: &str| {
        let of_field = |change: &ValueChange| change.field.split('.').next() == Some(name);
        changes.iter().any(of_field)
    };
    let mut told: Vec<(bool, String)> = members
        .iter()
        .filter(|(name, _)| !is_personal(name) && !is_told(name))
        .filter_map(|(name, value)| {
            let value = member(value, changes.is_empty())?;
            let told = format!("{}: {}", in_a_line(name), value);
            Some((!members[name].is_boolean(), told))
        })
        .collect();
    told.sort_by_key(|(is_last, _)| *is_last);
    let more = told.len().saturating_sub(MEMBERS);
    told.truncate(MEMBERS);
    let mut told: Vec<String> = told.into_iter().map(|(_, told)| told).collect();
    if more > 0 {
        told.push(format!("{more} more"));
    }
    told
}

/// A member in a few words; a list only where no values say what is in it.
fn member(value: &Value, with_lists: bool) -> Option<String> {
    match value {
        Value::Array(items) if with_lists => Some(match items.len() {
            1 => "1 item".to_owned(),
            count => format!("{count} items"),
        }),
        Value::Object(_) if value["value"].is_string() && value["currency"].is_string() => {
            Some(plain(value))
        }
        Value::Array(_) | Value::Object(_) => None,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(plain(value)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(operation: &str) -> &'static Operation {
        squarespace::catalog::CATALOG.operation(operation).unwrap()
    }

    #[test]
    fn what_a_path_names_has_a_name_for_every_operation_that_writes() {
        let mut kinds: Vec<String> = squarespace::catalog::CATALOG
            .operations()
            .iter()
            .filter(|operation| operation.access == wire::catalog::Access::Write)
            .flat_map(|operation| {
                let holes = operation.path_parameters.iter();
                holes.map(|hole| kind(operation, hole.name))
            })
            .collect();
        kinds.sort();
        kinds.dedup();
        insta::assert_snapshot!(kinds.join(", "), @"address book entry, contact, discount, image, order, product, subscription, variant");
    }

    #[test]
    fn a_body_is_told_by_what_it_orders_and_never_by_what_is_personal() {
        let told = |operation: &str, body: Value| says(of(operation), &body, &[]).join(", ");
        let shipments = json!({
            "shipments": [{"trackingNumber": "1Z"}],
            "shouldSendNotification": true,
        });
        insta::assert_snapshot!(told("fulfillOrder", shipments), @"shouldSendNotification: true, shipments: 1 item");
        let order = json!({
            "customerEmail": "ines@example.com",
            "channelName": "Fair\n of May",
            "grandTotal": {"value": "20.00", "currency": "USD"},
            "billingAddress": {"firstName": "Ines"},
        });
        insta::assert_snapshot!(told("createOrder", order), @"channelName: “Fair� of May”, grandTotal: 20.00 USD");
        let contact = json!({"primaryEmail": {"email": "ines@example.com"}, "firstName": "Ines", "lastName": "Okafor", "locale": "en-US"});
        insta::assert_snapshot!(told("createContact", contact), @"locale: “en-US”");
        let many: serde_json::Map<String, Value> =
            (0..15).map(|n| (format!("m{n}"), json!(n))).collect();
        let many = told("createOrder", Value::Object(many));
        insta::assert_snapshot!(many, @"m0: 0, m1: 1, m10: 10, m11: 11, m12: 12, m13: 13, m14: 14, m2: 2, m3: 3, m4: 4, m5: 5, m6: 6, 3 more");
    }
}
