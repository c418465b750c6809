//! Reading a list to its end: each answer says how to ask for the next page.

use bytes::Bytes;
use serde_json::Value;
use wire::catalog::{Operation, Paging, Turn};

use super::body::CallBody;
use super::{OperationCall, broken, operation_of};
use crate::gateway::Refusal;

/// The rows of all pages so far.
pub(super) struct Rows {
    operation: &'static Operation,
    paging: Paging,
    /// Where the rows of an answer stand.
    at: &'static str,
    rows: Vec<Value>,
}

/// What comes after a page.
pub(super) enum Turned {
    /// The call asks for the next page now.
    Next,
    /// The last page, with the rows of all.
    End(Value),
}

impl OperationCall {
    /// What [`Self::turn_to`] takes to ask for the page after this answer; `None` after the last one, and
    /// where there are no pages.
    #[must_use]
    pub fn page_after(&self, answer: &Value) -> Option<String> {
        let rows = Rows::of(operation_of(&self.operation).ok()?).ok()?;
        let count = answer.pointer(rows.at)?.as_array()?.len();
        let (_, next) = rows.next(answer, self, count)?;
        Some(next)
    }

    /// Makes the call ask for another page of what it asks for.
    pub fn turn_to(&mut self, page: String) -> Result<(), Refusal> {
        let rows = Rows::of(operation_of(&self.operation)?)?;
        let parameter = match rows.paging.turn {
            Turn::Cursor { parameter, .. }
            | Turn::Offset { parameter, .. }
            | Turn::Page { parameter, .. } => parameter,
        };
        // It may ask for that page already.
        rows.ask_for(self, parameter, page);
        Ok(())
    }
}

impl Rows {
    pub(super) fn of(operation: &'static Operation) -> Result<Self, Refusal> {
        let (Some(paging), Some(at)) = (operation.paging, operation.rows) else {
            return Err(Refusal::Request(format!(
                "{} has no pages; call it once",
                operation.id
            )));
        };
        Ok(Self {
            operation,
            paging,
            at,
            rows: Vec::new(),
        })
    }

    /// Takes a page's rows, and lets the call ask for the page after it.
    pub(super) fn add(
        &mut self,
        mut page: Value,
        call: &mut OperationCall,
    ) -> Result<Turned, Refusal> {
        let Some(Value::Array(rows)) = page.pointer_mut(self.at) else {
            return Err(broken(self.operation, "it has no rows"));
        };
        let count = rows.len();
        self.rows.append(rows);
        if let Some((parameter, value)) = self.next(&page, call, count) {
            if !self.ask_for(call, parameter, value) {
                return Err(broken(self.operation, "its next page is the same page"));
            }
            return Ok(Turned::Next);
        }
        if let Some(rows) = page.pointer_mut(self.at) {
            *rows = Value::Array(std::mem::take(&mut self.rows));
        }
        Ok(Turned::End(page))
    }

    /// What asks for the page after one of so many rows; nothing after the last.
    fn next(
        &self,
        page: &Value,
        call: &OperationCall,
        count: usize,
    ) -> Option<(&'static str, String)> {
        match self.paging.turn {
            Turn::Cursor {
                parameter, next, ..
            } => {
                let cursor = page.pointer(next)?.as_str()?;
                (!cursor.is_empty()).then(|| (parameter, cursor.to_owned()))
            }
            Turn::Offset { parameter, more } => {
                let skipped = number(call, parameter).unwrap_or(0) + count;
                let has_more = page.pointer(more)?.as_bool()?;
                has_more.then(|| (parameter, skipped.to_string()))
            }
            Turn::Page { parameter, next } => {
                let number = number(call, parameter).unwrap_or(1) + 1;
                let has_more = !page.pointer(next)?.is_null();
                has_more.then(|| (parameter, number.to_string()))
            }
        }
    }

    /// Whether the call asks for another page than before.
    fn ask_for(&self, call: &mut OperationCall, parameter: &'static str, value: String) -> bool {
        match self.paging.turn {
            Turn::Cursor { in_body: true, .. } => set_member(&mut call.body, parameter, value),
            Turn::Cursor { .. } | Turn::Offset { .. } | Turn::Page { .. } => {
                self.set_param(call, parameter, value)
            }
        }
    }

    /// A cursor stands for the conditions of the first page, which must not be sent beside it.
    fn set_param(&self, call: &mut OperationCall, parameter: &'static str, value: String) -> bool {
        let wanted = (parameter.to_owned(), value);
        if call.params.contains(&wanted) {
            return false;
        }
        let excluded = self
            .operation
            .query
            .iter()
            .find(|known| known.name == parameter)
            .map_or(&[][..], |known| known.excludes);
        call.params
            .retain(|(name, _)| name != parameter && !excluded.contains(&name.as_str()));
        call.params.push(wanted);
        true
    }
}

fn number(call: &OperationCall, parameter: &str) -> Option<usize> {
    let given = call.params.iter().find(|(name, _)| name == parameter)?;
    given.1.parse().ok()
}

fn set_member(body: &mut CallBody, member: &str, value: String) -> bool {
    let CallBody::Json(bytes) = body else {
        return false;
    };
    let Ok(Value::Object(mut json)) = serde_json::from_slice(bytes) else {
        return false;
    };
    let value = Value::from(value);
    if json.get(member) == Some(&value) {
        return false;
    }
    json.insert(member.to_owned(), value);
    *bytes = Bytes::from(Value::Object(json).to_string());
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use squarespace::catalog::CATALOG;

    use super::*;

    fn call(operation: &str, params: &[(&str, &str)], body: CallBody) -> OperationCall {
        OperationCall {
            operation: operation.to_owned(),
            connection: None,
            params: params
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body,
            idempotency_key: None,
            is_dry: false,
            base: String::new(),
        }
    }

    fn rows(call: &OperationCall) -> Rows {
        Rows::of(CATALOG.operation(&call.operation).unwrap()).unwrap()
    }

    #[test]
    fn a_cursor_takes_the_place_of_the_conditions_and_the_rows_of_all_pages_are_answered() {
        let mut call = call(
            "getOrders",
            &[("fulfillmentStatus", "PENDING")],
            CallBody::None,
        );
        let mut rows = rows(&call);
        let first = json!({"result": [1, 2], "pagination": {"nextPageCursor": "c2"}});
        assert!(matches!(rows.add(first, &mut call).unwrap(), Turned::Next));
        assert_eq!(call.params, [("cursor".to_owned(), "c2".to_owned())]);

        let last = json!({"result": [3], "pagination": {"hasNextPage": false}});
        let Turned::End(all) = rows.add(last, &mut call).unwrap() else {
            panic!("the last page has no cursor");
        };
        assert_eq!(
            all,
            json!({"result": [1, 2, 3], "pagination": {"hasNextPage": false}})
        );
    }

    #[test]
    fn an_offset_counts_rows_and_keeps_the_rest() {
        let mut call = call("listDiscounts", &[("limit", "2")], CallBody::None);
        let mut rows = rows(&call);
        for offset in ["2", "4"] {
            let page = json!({"discounts": [1, 2], "hasNextPage": true});
            assert!(matches!(rows.add(page, &mut call).unwrap(), Turned::Next));
            assert_eq!(call.params[0], ("limit".to_owned(), "2".to_owned()));
            assert_eq!(call.params[1], ("offset".to_owned(), offset.to_owned()));
        }
    }

    #[test]
    fn a_call_is_turned_to_the_page_after_its_answer() {
        let mut call = call(
            "getOrders",
            &[("fulfillmentStatus", "PENDING")],
            CallBody::None,
        );
        let page = json!({"result": [1, 2], "pagination": {"nextPageCursor": "c2"}});
        let next = call.page_after(&page).unwrap();
        for _ in 0..2 {
            call.turn_to(next.clone()).unwrap();
            assert_eq!(call.params, [("cursor".to_owned(), "c2".to_owned())]);
        }
        assert_eq!(call.page_after(&json!({"result": []})), None);

        let mut single = self::call("getOrder", &[("id", "a")], CallBody::None);
        assert_eq!(single.page_after(&page), None);
        assert!(single.turn_to("c2".to_owned()).is_err());
    }

    #[test]
    fn a_cursor_goes_into_the_body_where_the_vendor_has_it() {
        let body = CallBody::Json(Bytes::from_static(br#"{"searchString":"ann"}"#));
        let mut call = call("queryContacts", &[], body);
        let mut rows = rows(&call);
        let page = || json!({"contacts": [1], "pagination": {"nextPageCursor": "c2"}});
        assert!(matches!(rows.add(page(), &mut call).unwrap(), Turned::Next));
        let CallBody::Json(body) = &call.body else {
            panic!("it was JSON");
        };
        let body: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(body, json!({"searchString": "ann", "cursor": "c2"}));
        assert!(
            rows.add(page(), &mut call).is_err(),
            "a page that leads to itself is read for ever"
        );
    }
}
