//! The schemas are JSON Schema 2020-12, each of them whole, and requests are closed.

use std::collections::BTreeSet;

use serde_json::Value;
use squarespace::catalog::{CATALOG, OPERATIONS};

/// All schemas inside a schema, itself included, each with what it is under.
fn inside<'a>(schema: &'a Value, key: &'a str, found: &mut Vec<(&'a str, &'a Value)>) {
    match schema {
        Value::Object(members) => {
            found.push((key, schema));
            members
                .iter()
                .for_each(|(key, member)| inside(member, key, found));
        }
        Value::Array(items) => items.iter().for_each(|item| inside(item, key, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_schema_is_valid_and_needs_no_other_file() {
    for name in CATALOG.schema_names() {
        let schema = CATALOG.schema(name).unwrap();
        jsonschema::draft202012::meta::validate(&schema)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));

        let mut parts = Vec::new();
        inside(&schema, "", &mut parts);
        for reference in parts.iter().filter_map(|(_, part)| part.get("$ref")) {
            let place = reference.as_str().unwrap().strip_prefix('#').unwrap();
            assert!(schema.pointer(place).is_some(), "{name}: {reference}");
        }
    }
}

#[test]
fn a_bundle_holds_only_what_it_needs() {
    let schema = CATALOG.schema("StorePageList").unwrap();
    let definitions: Vec<&String> = schema["$defs"].as_object().unwrap().keys().collect();
    assert_eq!(definitions, ["Pagination", "StorePage"]);
    assert!(CATALOG.schema("Website").unwrap().get("$defs").is_none());
    assert!(CATALOG.schema("Nonsense").is_none());
}

#[test]
fn every_schema_is_used_by_an_operation() {
    let mut used = BTreeSet::new();
    for operation in OPERATIONS {
        for name in operation.request.iter().chain(&operation.response) {
            let schema = CATALOG.schema(name).unwrap();
            let needed = schema["$defs"].as_object().into_iter().flatten();
            used.extend(needed.map(|(name, _)| name.clone()));
            used.insert((*name).to_owned());
        }
    }
    let unused: Vec<&str> = CATALOG
        .schema_names()
        .filter(|name| !used.contains(*name))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn requests_take_no_unknown_members_but_where_the_vendor_publishes_none() {
    let mut open = BTreeSet::new();
    for name in OPERATIONS.iter().filter_map(|operation| operation.request) {
        let schema = CATALOG.schema(name).unwrap();
        let mut parts = Vec::new();
        inside(&schema, "", &mut parts);
        for (key, part) in parts {
            let is_object = part["type"] == "object" || part["type"][0] == "object";
            if is_object && part.get("additionalProperties").is_none() {
                open.insert(format!("{name} {key}"));
            }
        }
    }
    insta::assert_debug_snapshot!(open, @r#"
    {
        "DiscountRequest criteria",
        "DiscountRequest paymentPlanOptions",
        "DiscountRequest subscriptionOptions",
        "DiscountRequest template",
    }
    "#);
}

#[test]
fn answers_take_unknown_members_and_unknown_words() {
    for name in OPERATIONS.iter().filter_map(|operation| operation.response) {
        let schema = CATALOG.schema(name).unwrap();
        let mut parts = Vec::new();
        inside(&schema, "", &mut parts);
        for (key, part) in parts {
            assert_ne!(
                part.get("additionalProperties"),
                Some(&Value::Bool(false)),
                "{name} {key}"
            );
            assert!(!part["enum"].is_array(), "{name} {key}");
        }
    }
}
