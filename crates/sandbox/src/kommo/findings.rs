//! Collects everything that is wrong with a request, item by item, before anything is saved.

use serde_json::{Value, json};

use super::answer::Refusal;

/// The errors of one request, by the `request_id` of the item that has them.
#[derive(Debug, Default)]
pub(super) struct Findings {
    items: Vec<(String, Vec<Value>)>,
}

/// Where in a request the reader stands.
#[derive(Debug)]
pub(super) struct Place<'a> {
    findings: &'a mut Findings,
    request_id: &'a str,
    path: String,
}

impl Findings {
    /// The root of one item.
    pub(super) fn item<'a>(&'a mut self, request_id: &'a str) -> Place<'a> {
        Place {
            findings: self,
            request_id,
            path: String::new(),
        }
    }

    /// Refuses the whole request when any item has an error.
    pub(super) fn settle(self) -> Result<(), Refusal> {
        if self.items.is_empty() {
            return Ok(());
        }
        let errors: Vec<Value> = self
            .items
            .into_iter()
            .map(|(request_id, errors)| json!({ "request_id": request_id, "errors": errors }))
            .collect();
        Err(Refusal::bad_request("Request validation failed").with("validation-errors", errors))
    }
}

impl Place<'_> {
    /// One step deeper: a member's name or an element's index.
    pub(super) fn at(&mut self, step: impl std::fmt::Display) -> Place<'_> {
        let path = if self.path.is_empty() {
            step.to_string()
        } else {
            format!("{}.{step}", self.path)
        };
        Place {
            findings: self.findings,
            request_id: self.request_id,
            path,
        }
    }

    pub(super) fn wrong_type(&mut self, expected: &str) {
        self.add(
            "InvalidType",
            &format!("This value should be of type {expected}."),
        );
    }

    pub(super) fn no_choice(&mut self) {
        self.add(
            "NotSupportedChoice",
            "The value you selected is not a valid choice.",
        );
    }

    pub(super) fn missing(&mut self) {
        self.add("FieldMissing", "This field is missing.");
    }

    pub(super) fn add(&mut self, code: &str, detail: &str) {
        let error = json!({ "code": code, "path": self.path, "detail": detail });
        match self
            .findings
            .items
            .iter_mut()
            .find(|(id, _)| id == self.request_id)
        {
            Some((_, errors)) => errors.push(error),
            None => self
                .findings
                .items
                .push((self.request_id.to_owned(), vec![error])),
        }
    }
}
