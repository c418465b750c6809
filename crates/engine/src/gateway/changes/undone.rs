//! The call that takes a call back: as far as what there was before is known.

use portico_domain::agent::{Thing, ValueChange};
use serde_json::{Map, Value, json};

/// The body that takes back what a call of this operation changed, or why there is none.
pub(crate) fn undone(operation: &str, changes: &[ValueChange]) -> Result<Value, &'static str> {
    let body = match operation {
        "adjustInventoryStockLevels" => stocks,
        "updateProduct" | "updateProductVariant" => fields,
        _ => return Err("nothing takes back what it does"),
    };
    if changes.is_empty() {
        return Err("what there was before is not on record");
    }
    body(changes)
}

fn stocks(changes: &[ValueChange]) -> Result<Value, &'static str> {
    let mut body: Map<String, Value> = Map::new();
    for ValueChange {
        thing, before, by, ..
    } in changes
    {
        let Thing {
            variant: Some(variant),
            ..
        } = thing
        else {
            return Err("what it changed is not on record");
        };
        let (list, item) = match (by, before) {
            (Some(by), _) if *by > 0 => (
                "decrementOperations",
                json!({ "variantId": variant, "quantity": by.unsigned_abs() }),
            ),
            (Some(by), _) => (
                "incrementOperations",
                json!({ "variantId": variant, "quantity": by.unsigned_abs() }),
            ),
            (None, Some(Value::String(_))) => ("setUnlimitedOperations", json!(variant)),
            (None, Some(units)) => (
                "setFiniteOperations",
                json!({ "variantId": variant, "quantity": units }),
            ),
            (None, None) => return Err("what there was before is not on record"),
        };
        if let Value::Array(items) = body.entry(list).or_insert_with(|| json!([])) {
            items.push(item);
        }
    }
    Ok(Value::Object(body))
}

fn fields(changes: &[ValueChange]) -> Result<Value, &'static str> {
    let mut body = Map::new();
    for change in changes {
        let before = match &change.before {
            None => return Err("what there was before is not on record"),
            Some(Value::Null) => {
                return Err("one of its values was empty before, and none can be made empty again");
            }
            Some(_) if change.field == "variantAttributes" => {
                return Err("what variants had by an attribute does not come back with it");
            }
            Some(before) => before.clone(),
        };
        match change.field.split_once('.') {
            None => {
                body.insert(change.field.clone(), before);
            }
            Some((outer, inner)) => {
                let nested = body.entry(outer).or_insert_with(|| json!({}));
                if let Value::Object(members) = nested {
                    members.insert(inner.to_owned(), before);
                }
            }
        }
    }
    Ok(Value::Object(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(field: &str, before: Option<Value>, by: Option<i64>) -> ValueChange {
        ValueChange {
            thing: Thing {
                variant: Some("v1".to_owned()),
                ..Thing::default()
            },
            field: field.to_owned(),
            before,
            after: None,
            by,
        }
    }

    fn undone(operation: &str, changes: &[ValueChange]) -> String {
        match super::undone(operation, changes) {
            Ok(body) => body.to_string(),
            Err(why) => why.to_owned(),
        }
    }

    #[test]
    fn stock_is_moved_back_or_set_to_what_it_was() {
        let changes = [
            change("stock", None, Some(3)),
            change("stock", Some(json!(9)), Some(-2)),
            change("stock", Some(json!(7)), None),
            change("stock", Some(json!("unlimited")), None),
        ];
        insta::assert_snapshot!(undone("adjustInventoryStockLevels", &changes), @r#"{"decrementOperations":[{"quantity":3,"variantId":"v1"}],"incrementOperations":[{"quantity":2,"variantId":"v1"}],"setFiniteOperations":[{"quantity":7,"variantId":"v1"}],"setUnlimitedOperations":["v1"]}"#);
    }

    #[test]
    fn values_are_set_to_what_they_were_and_prices_within_their_price() {
        let changes = [
            change("name", Some(json!("Lamp")), None),
            change("pricing.onSale", Some(json!(false)), None),
            change("isVisible", Some(json!(true)), None),
        ];
        insta::assert_snapshot!(undone("updateProduct", &changes), @r#"{"isVisible":true,"name":"Lamp","pricing":{"onSale":false}}"#);
    }

    #[test]
    fn what_is_not_known_or_cannot_be_taken_back_is_not() {
        insta::assert_snapshot!(undone("updateProduct", &[change("name", None, None)]), @"what there was before is not on record");
        insta::assert_snapshot!(undone("updateProduct", &[]), @"what there was before is not on record");
        insta::assert_snapshot!(undone("updateProduct", &[change("description", Some(Value::Null), None)]), @"one of its values was empty before, and none can be made empty again");
        insta::assert_snapshot!(undone("updateProduct", &[change("variantAttributes", Some(json!(["Size"])), None)]), @"what variants had by an attribute does not come back with it");
        insta::assert_snapshot!(undone("createOrder", &[change("name", None, None)]), @"nothing takes back what it does");
    }
}
