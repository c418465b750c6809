//! JSON Schemas in files, each a family of definitions that refer to one another, and bundles of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// All definitions by name. A name belongs to one file.
#[derive(Debug)]
pub(super) struct Schemas {
    definitions: BTreeMap<String, Value>,
}

impl Schemas {
    pub(super) fn new(families: &[(&str, &str)]) -> Self {
        let mut definitions = BTreeMap::new();
        for (file, text) in families {
            let mut family: Value = serde_json::from_str(text)
                .unwrap_or_else(|error| panic!("the schemas of {file} are not JSON: {error}"));
            let Value::Object(found) = family["$defs"].take() else {
                panic!("{file} has no `$defs`");
            };
            for (name, definition) in found {
                let twice = definitions.insert(name, within_bundle(definition));
                assert!(twice.is_none(), "{file} defines what another file defines");
            }
        }
        Self { definitions }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.definitions.keys().map(String::as_str)
    }

    /// A definition with all that it refers to.
    pub(super) fn bundled(&self, name: &str) -> Option<Value> {
        let root = self.definitions.get(name)?;
        let mut needed = BTreeMap::new();
        self.gather(root, &mut needed);

        let mut bundle = Map::new();
        bundle.insert("$schema".to_owned(), DIALECT.into());
        bundle.extend(root.as_object().cloned().unwrap_or_default());
        if !needed.is_empty() {
            let needed = needed
                .into_iter()
                .map(|(name, definition)| (name.to_owned(), definition.clone()));
            bundle.insert("$defs".to_owned(), Value::Object(needed.collect()));
        }
        Some(Value::Object(bundle))
    }

    fn gather<'a>(&'a self, schema: &'a Value, needed: &mut BTreeMap<&'a str, &'a Value>) {
        match schema {
            Value::Object(members) => {
                if let Some(name) = members.get("$ref").and_then(referred) {
                    let Some(definition) = self.definitions.get(name) else {
                        panic!("a schema refers to `{name}`, which no file defines");
                    };
                    if needed.insert(name, definition).is_none() {
                        self.gather(definition, needed);
                    }
                }
                members
                    .values()
                    .for_each(|member| self.gather(member, needed));
            }
            Value::Array(items) => items.iter().for_each(|item| self.gather(item, needed)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// The name that a reference ends in.
fn referred(reference: &Value) -> Option<&str> {
    reference.as_str()?.rsplit('/').next()
}

/// The schema with references into other files turned into references within one bundle.
fn within_bundle(schema: Value) -> Value {
    match schema {
        Value::Object(members) => {
            let members = members.into_iter().map(|(key, member)| {
                let member = match (key.as_str(), referred(&member)) {
                    ("$ref", Some(name)) => format!("#/$defs/{name}").into(),
                    _ => within_bundle(member),
                };
                (key, member)
            });
            Value::Object(members.collect())
        }
        Value::Array(items) => items.into_iter().map(within_bundle).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema,
    }
}
