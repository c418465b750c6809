//! Walks a schema and one of its instances side by side, and breaks each constraint on the way.

use serde_json::{Map, Value, json};

use super::breaks;
use super::constraints::{below, target};
use crate::catalog::CATALOG;

/// A body that breaks one constraint of its schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The constraint, as a JSON pointer into the bundled schema.
    pub constraint: String,
    /// Where the body breaks it, as a JSON pointer into the body; for a member that is missing or too much, where
    /// its object stands.
    pub at: String,
    /// The body.
    pub body: Value,
}

/// Bodies that each break one constraint of this schema, made from a body that keeps them all.
///
/// A constraint on a member that the good body does not have is left out.
///
/// # Panics
///
/// When there is no such schema, or it has a keyword that this does not know how to break.
pub fn violations(schema: &str, good: &Value) -> Vec<Violation> {
    let root = CATALOG
        .schema(schema)
        .unwrap_or_else(|| panic!("there is no schema `{schema}`"));
    let mut walk = Walk {
        root: &root,
        good,
        found: Vec::new(),
    };
    walk.schema("", "");
    walk.found
}

struct Walk<'a> {
    root: &'a Value,
    good: &'a Value,
    found: Vec<Violation>,
}

impl Walk<'_> {
    /// Breaks what the schema at this place demands of the value at that place.
    fn schema(&mut self, place: &str, at: &str) {
        let (Some(Value::Object(schema)), Some(value)) =
            (self.root.pointer(place), self.good.pointer(at))
        else {
            return;
        };
        for (keyword, demand) in schema {
            let here = below(place, keyword);
            match keyword.as_str() {
                "$ref" => self.schema(&target(demand), at),
                "properties" => self.members(&here, demand, at),
                "additionalProperties" => self.further_members(&here, schema, value, at),
                "allOf" => self.each(&here, demand, |walk, place| walk.schema(place, at)),
                "items" => {
                    self.each(at, value, |walk, at| walk.schema(&here, at));
                }
                "propertyNames" => self.names(&here, demand, value, at),
                "anyOf" => self.alternatives(&here, demand, value, at),
                "if" if holds(self.root, demand, value) => {
                    self.schema(&below(place, "then"), at);
                }
                "required" => self.missing(&here, demand, value, at),
                _ => {
                    for bad in breaks::values(keyword, demand, value) {
                        self.replaced(&here, at, bad);
                    }
                }
            }
        }
    }

    fn members(&mut self, place: &str, members: &Value, at: &str) {
        for (name, member) in members.as_object().into_iter().flatten() {
            let (place, at_member) = (below(place, name), below(at, name));
            if member == &Value::Bool(false) {
                self.changed(&place, at, |object| object.insert(name.clone(), json!(0)));
            } else {
                self.schema(&place, &at_member);
            }
        }
    }

    fn further_members(
        &mut self,
        place: &str,
        schema: &Map<String, Value>,
        value: &Value,
        at: &str,
    ) {
        if schema["additionalProperties"] == Value::Bool(false) {
            let unknown =
                |object: &mut Map<_, _>| object.insert("unknownMember".into(), json!(true));
            self.changed(place, at, unknown);
            return;
        }
        for name in value.as_object().into_iter().flat_map(Map::keys) {
            self.schema(place, &below(at, name));
        }
    }

    /// Gives a member a name that is too long.
    fn names(&mut self, place: &str, demand: &Value, value: &Value, at: &str) {
        let Some((name, member)) = value.as_object().and_then(|members| members.iter().next())
        else {
            return;
        };
        for (keyword, demand) in demand.as_object().into_iter().flatten() {
            for name in breaks::values(keyword, demand, &json!(name)) {
                let name = name.as_str().unwrap_or_default();
                self.replaced(&below(place, keyword), at, json!({name: member}));
            }
        }
    }

    /// Leaves out every required member in turn.
    fn missing(&mut self, place: &str, names: &Value, value: &Value, at: &str) {
        for name in names.as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            if value.get(name).is_some() {
                self.changed(place, at, |object| object.remove(name));
            }
        }
    }

    /// Leaves out, and empties, what the alternatives want one of.
    fn alternatives(&mut self, place: &str, branches: &Value, value: &Value, at: &str) {
        let branches = branches.as_array().into_iter().flatten();
        let wanted: Vec<&str> = branches
            .flat_map(|branch| branch["required"].as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        assert!(
            !wanted.is_empty(),
            "{place} has alternatives of another kind"
        );
        let without = |object: &mut Map<String, Value>| {
            object.retain(|name, _| !wanted.contains(&name.as_str()))
        };
        self.changed(place, at, without);
        if wanted.iter().all(|name| value[name].is_array()) {
            let empty = wanted.iter().map(|name| ((*name).to_owned(), json!([])));
            self.replaced(place, at, Value::Object(empty.collect()));
        }
    }

    fn each(&mut self, place: &str, items: &Value, mut visit: impl FnMut(&mut Self, &str)) {
        for index in 0..items.as_array().map_or(0, Vec::len) {
            visit(self, &below(place, &index.to_string()));
        }
    }

    fn changed<T>(
        &mut self,
        constraint: &str,
        at: &str,
        change: impl FnOnce(&mut Map<String, Value>) -> T,
    ) {
        let mut body = self.good.clone();
        if let Some(Value::Object(object)) = body.pointer_mut(at) {
            change(object);
            self.add(constraint, at, body);
        }
    }

    fn replaced(&mut self, constraint: &str, at: &str, bad: Value) {
        let mut body = self.good.clone();
        if let Some(value) = body.pointer_mut(at) {
            *value = bad;
            self.add(constraint, at, body);
        }
    }

    fn add(&mut self, constraint: &str, at: &str, body: Value) {
        self.found.push(Violation {
            constraint: constraint.to_owned(),
            at: at.to_owned(),
            body,
        });
    }
}

/// Whether a condition of a schema holds for a value.
fn holds(root: &Value, condition: &Value, value: &Value) -> bool {
    let mut condition = condition.clone();
    if let Some(definitions) = root.get("$defs") {
        condition["$defs"] = definitions.clone();
    }
    super::compiled(&condition).is_valid(value)
}
