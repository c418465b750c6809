//! All constraints of a schema, to see that none was forgotten.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::catalog::CATALOG;

/// Every constraint of the request schema of this name, as JSON pointers into the bundled schema.
///
/// # Panics
///
/// When there is no such schema.
pub fn constraints(schema: &str) -> BTreeSet<String> {
    let root = CATALOG
        .schema(schema)
        .unwrap_or_else(|| panic!("there is no schema `{schema}`"));
    let mut found = BTreeSet::new();
    gather(&root, "", &mut found);
    found
}

/// A place one step further down.
pub(super) fn below(place: &str, step: &str) -> String {
    format!("{place}/{}", step.replace('~', "~0").replace('/', "~1"))
}

/// The place that a reference names.
pub(super) fn target(reference: &Value) -> String {
    reference
        .as_str()
        .and_then(|reference| reference.strip_prefix('#'))
        .unwrap_or_default()
        .to_owned()
}

fn gather(schema: &Value, place: &str, found: &mut BTreeSet<String>) {
    for (keyword, demand) in schema.as_object().into_iter().flatten() {
        let here = below(place, keyword);
        match keyword.as_str() {
            "$ref" | "$schema" | "contentEncoding" | "description" | "if" => {}
            "properties" | "$defs" => {
                for (name, member) in demand.as_object().into_iter().flatten() {
                    let here = below(&here, name);
                    if member == &Value::Bool(false) {
                        found.insert(here);
                    } else {
                        gather(member, &here, found);
                    }
                }
            }
            "allOf" => {
                for (index, branch) in demand.as_array().into_iter().flatten().enumerate() {
                    gather(branch, &below(&here, &index.to_string()), found);
                }
            }
            "items" | "propertyNames" | "then" => gather(demand, &here, found),
            "additionalProperties" if demand.is_object() => gather(demand, &here, found),
            _ => {
                found.insert(here);
            }
        }
    }
}
