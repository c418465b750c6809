//! Every place that a row names exists in the schemas that it names.

use serde_json::Value;
use squarespace::catalog::{CATALOG, OPERATIONS};
use wire::catalog::{Limit, Operation, Scopes, Turn};

/// Whether a schema has a place for what a pointer names; `*` is every item.
fn has_place(root: &Value, schema: &Value, pointer: &str) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        if has_place(root, target, pointer) {
            return true;
        }
    }
    let branches = schema["anyOf"].as_array().into_iter().flatten();
    if branches
        .into_iter()
        .any(|branch| has_place(root, branch, pointer))
    {
        return true;
    }
    let Some(rest) = pointer.strip_prefix('/') else {
        return pointer.is_empty();
    };
    let (step, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let next = if step == "*" {
        schema.get("items")
    } else {
        schema["properties"].get(step)
    };
    next.is_some_and(|next| has_place(root, next, below))
}

fn assert_places<'a>(
    operation: &Operation,
    schema: Option<&str>,
    pointers: impl IntoIterator<Item = &'a str>,
) {
    let schema = schema
        .and_then(|name| CATALOG.schema(name))
        .unwrap_or_default();
    for pointer in pointers {
        assert!(
            has_place(&schema, &schema, pointer),
            "{}: {pointer}",
            operation.id
        );
    }
}

#[test]
fn personal_data_stands_where_the_rows_say() {
    for operation in OPERATIONS {
        assert_places(
            operation,
            operation.request,
            operation.personal_request.iter().copied(),
        );
        assert_places(
            operation,
            operation.response,
            operation.personal_response.iter().copied(),
        );
    }
}

#[test]
fn people_are_never_shown_without_saying_where() {
    let names = [
        "firstName",
        "customerEmail",
        "email",
        "phone",
        "phoneNumber",
    ];
    for operation in OPERATIONS {
        let bundles = [
            (operation.request, operation.personal_request),
            (operation.response, operation.personal_response),
        ];
        for (schema, personal) in bundles {
            let text = schema
                .and_then(|name| CATALOG.schema(name))
                .unwrap_or_default()
                .to_string();
            for name in names
                .iter()
                .filter(|name| text.contains(&format!("\"{name}\":")))
            {
                let told = personal
                    .iter()
                    .any(|pointer| pointer.ends_with(&format!("/{name}")));
                assert!(told, "{} shows {name}", operation.id);
            }
        }
    }
}

#[test]
fn rows_and_next_pages_stand_where_the_rows_say() {
    for operation in OPERATIONS {
        assert_places(operation, operation.response, operation.rows);
        let next = operation.paging.map(|paging| match paging.turn {
            Turn::Cursor { next, .. } | Turn::Page { next, .. } => next,
            Turn::Offset { more, .. } => more,
        });
        assert_places(operation, operation.response, next);
        assert!(
            operation.paging.is_none() || operation.rows.is_some(),
            "{}",
            operation.id
        );
    }
}

#[test]
fn limits_and_scopes_speak_of_members_that_exist() {
    for operation in OPERATIONS {
        for limit in operation.limits {
            if let Limit::BodyItems { lists, .. } = limit {
                assert_places(operation, operation.request, lists.iter().copied());
            }
        }
        if let Scopes::ByValue { at, .. } = operation.scopes {
            assert_places(operation, operation.request, [at]);
        }
    }
}

#[test]
fn each_topic_that_can_be_subscribed_to_has_its_scopes() {
    let topics = CATALOG.schema("Topic").unwrap();
    let topics: Vec<&str> = topics["enum"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let operation = CATALOG.operation("createWebhookSubscription").unwrap();
    let Scopes::ByValue { one_of, .. } = operation.scopes else {
        panic!("topics have scopes of their own");
    };
    let told: Vec<&str> = one_of.iter().map(|(topic, _)| *topic).collect();
    assert_eq!(told, topics);
}
