//! Behaviours that the vendors leave open, each with a default and a value that can be changed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::control::ControlError;

/// One switch as its vendor's module documents it.
#[derive(Debug)]
pub(crate) struct SwitchDoc {
    pub(crate) name: &'static str,
    pub(crate) default: SwitchValue,
    /// What another value than the default changes.
    pub(crate) changes: &'static str,
}

/// What a switch can be set to, with its default.
#[derive(Debug)]
pub(crate) enum SwitchValue {
    Flag(bool),
    Number(i64),
    /// One of these words; the first is the default.
    Choice(&'static [&'static str]),
}

/// The switches of all apps and what they are set to.
#[derive(Clone, Debug)]
pub(crate) struct Switches {
    tables: &'static [(&'static str, &'static [SwitchDoc])],
    changed: Arc<Mutex<BTreeMap<(&'static str, &'static str), Value>>>,
}

impl Switches {
    pub(crate) fn new(tables: &'static [(&'static str, &'static [SwitchDoc])]) -> Self {
        Self {
            tables,
            changed: Arc::default(),
        }
    }

    /// Whether a flag is on.
    pub(crate) fn flag(&self, app: &str, name: &str) -> bool {
        self.value(app, name).as_bool().unwrap_or_default()
    }

    pub(crate) fn number(&self, app: &str, name: &str) -> i64 {
        self.value(app, name).as_i64().unwrap_or_default()
    }

    /// The chosen word of a choice.
    pub(crate) fn choice(&self, app: &str, name: &str) -> String {
        self.value(app, name)
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    pub(crate) fn set(&self, app: &str, name: &str, value: Value) -> Result<(), ControlError> {
        let (app, doc) = self.find(app, name).ok_or_else(|| {
            ControlError::not_found(format!(
                "no switch `{name}` of app `{app}`: GET /_control/switches lists them all"
            ))
        })?;
        if !doc.default.accepts(&value) {
            return Err(ControlError::bad_request(format!(
                "switch `{name}` does not take {value}: send {}",
                doc.default.expected()
            )));
        }
        self.changed().insert((app, doc.name), value);
        Ok(())
    }

    pub(crate) fn clear(&self) {
        self.changed().clear();
    }

    /// The whole table with the present values.
    pub(crate) fn list(&self) -> Vec<Value> {
        self.tables
            .iter()
            .flat_map(|(app, docs)| docs.iter().map(move |doc| (*app, doc)))
            .map(|(app, doc)| {
                json!({
                    "app": app,
                    "name": doc.name,
                    "value": self.value(app, doc.name),
                    "default": doc.default.json(),
                    "takes": doc.default.expected(),
                    "changes": doc.changes,
                })
            })
            .collect()
    }

    fn value(&self, app: &str, name: &str) -> Value {
        let (app, doc) = self
            .find(app, name)
            .unwrap_or_else(|| panic!("switch `{name}` is missing from the table of `{app}`"));
        let changed = self.changed().get(&(app, doc.name)).cloned();
        changed.unwrap_or_else(|| doc.default.json())
    }

    fn find(&self, app: &str, name: &str) -> Option<(&'static str, &'static SwitchDoc)> {
        let (app, docs) = self.tables.iter().find(|(key, _)| *key == app)?;
        let doc = docs.iter().find(|doc| doc.name == name)?;
        Some((app, doc))
    }

    fn changed(&self) -> MutexGuard<'_, BTreeMap<(&'static str, &'static str), Value>> {
        self.changed
            .lock()
            .expect("setting a switch does not panic")
    }
}

impl SwitchValue {
    fn json(&self) -> Value {
        match self {
            Self::Flag(on) => json!(on),
            Self::Number(number) => json!(number),
            Self::Choice(words) => json!(words[0]),
        }
    }

    fn accepts(&self, value: &Value) -> bool {
        match self {
            Self::Flag(_) => value.is_boolean(),
            Self::Number(_) => value.is_i64(),
            Self::Choice(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        }
    }

    fn expected(&self) -> String {
        match self {
            Self::Flag(_) => "true or false".to_owned(),
            Self::Number(_) => "a whole number".to_owned(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
        }
    }
}
