//! The parameters of a call by name: known, whole and of the right kind before anything is sent.

use jiff::Timestamp;
use wire::catalog::{Kind, Operation, Parameter};

use crate::gateway::Refusal;

type Given = [(String, String)];

/// Refuses what the operation does not take, and says what it does.
pub(super) fn check(operation: &Operation, given: &Given) -> Result<(), Refusal> {
    let refused = |why: String| Err(Refusal::Request(format!("{}: {why}", operation.id)));
    if let Some((name, _)) = given
        .iter()
        .find(|(name, _)| all(operation).all(|known| known.name != name))
    {
        return refused(format!(
            "there is no parameter `{name}`; {}",
            taken(operation)
        ));
    }
    for parameter in all(operation) {
        let values: Vec<&str> = values(given, parameter.name).collect();
        if let Err(why) = fits(parameter, &values) {
            return refused(why);
        }
        if values.is_empty() {
            continue;
        }
        let is_given = |other: &&&str| given.iter().any(|(name, _)| name == **other);
        if let Some(other) = parameter.excludes.iter().find(is_given) {
            return refused(format!(
                "`{}` cannot be given together with `{other}`",
                parameter.name
            ));
        }
        if let Some(other) = parameter.needs.iter().find(|other| !is_given(other)) {
            return refused(format!("`{}` needs `{other}` beside it", parameter.name));
        }
    }
    Ok(())
}

/// The path with its values.
pub(super) fn path(operation: &Operation, given: &Given) -> Result<String, Refusal> {
    let joined = |name| {
        let values: Vec<&str> = values(given, name).collect();
        (!values.is_empty()).then(|| values.join(","))
    };
    operation
        .path_with(joined)
        .map_err(|why| Refusal::Request(format!("{}: {why}", operation.id)))
}

/// The query; `None` where there is nothing to ask.
pub(super) fn query(operation: &Operation, given: &Given) -> Option<String> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for parameter in operation.query {
        let values: Vec<&str> = values(given, parameter.name).collect();
        match parameter.kind {
            Kind::Integers => {
                for value in values {
                    query.append_pair(parameter.name, value);
                }
            }
            Kind::Text
            | Kind::Id
            | Kind::Ids { .. }
            | Kind::Integer { .. }
            | Kind::Boolean
            | Kind::DateTime
            | Kind::OneOf(_)
            | Kind::SomeOf(_) => {
                if !values.is_empty() {
                    query.append_pair(parameter.name, &values.join(","));
                }
            }
        }
    }
    let query = query.finish();
    (!query.is_empty()).then_some(query)
}

fn all(operation: &Operation) -> impl Iterator<Item = &'static Parameter> + use<> {
    operation.path_parameters.iter().chain(operation.query)
}

fn values<'a>(given: &'a Given, name: &'a str) -> impl Iterator<Item = &'a str> {
    given
        .iter()
        .filter(move |(found, _)| found == name)
        .map(|(_, value)| value.as_str())
}

fn taken(operation: &Operation) -> String {
    let names: Vec<&str> = all(operation).map(|parameter| parameter.name).collect();
    if names.is_empty() {
        return "it takes none".to_owned();
    }
    format!("it takes {}", names.join(", "))
}

fn fits(parameter: &Parameter, values: &[&str]) -> Result<(), String> {
    let name = parameter.name;
    match values {
        [] if parameter.required => {
            return Err(format!("`{name}` is missing. {}", parameter.summary));
        }
        [] => return Ok(()),
        [_] => {}
        [_, _, ..] if takes_several(parameter.kind) => {}
        [_, _, ..] => return Err(format!("`{name}` is given twice; it takes one value")),
    }
    let each: Vec<&str> = match parameter.kind {
        Kind::Ids { .. } | Kind::SomeOf(_) => {
            values.iter().flat_map(|one| one.split(',')).collect()
        }
        Kind::Text
        | Kind::Id
        | Kind::Integer { .. }
        | Kind::Integers
        | Kind::Boolean
        | Kind::DateTime
        | Kind::OneOf(_) => values.to_vec(),
    };
    if let Kind::Ids { most } = parameter.kind
        && each.len() > most as usize
    {
        return Err(format!("`{name}` takes at most {most} identifiers at once"));
    }
    if each.iter().all(|value| is_of(parameter.kind, value)) {
        return Ok(());
    }
    Err(format!("`{name}` must be {}", wanted(parameter.kind)))
}

fn takes_several(kind: Kind) -> bool {
    match kind {
        Kind::Ids { .. } | Kind::Integers | Kind::SomeOf(_) => true,
        Kind::Text
        | Kind::Id
        | Kind::Integer { .. }
        | Kind::Boolean
        | Kind::DateTime
        | Kind::OneOf(_) => false,
    }
}

fn is_of(kind: Kind, value: &str) -> bool {
    match kind {
        Kind::Text => true,
        Kind::Id | Kind::Ids { .. } => !value.is_empty(),
        Kind::Integer { least, most } => value
            .parse()
            .is_ok_and(|number: i64| number >= least && most.is_none_or(|most| number <= most)),
        Kind::Integers => value.parse::<i64>().is_ok(),
        Kind::Boolean => matches!(value, "true" | "false"),
        // The vendor takes moments in UTC only.
        Kind::DateTime => value.ends_with('Z') && value.parse::<Timestamp>().is_ok(),
        Kind::OneOf(words) | Kind::SomeOf(words) => words.contains(&value),
    }
}

fn wanted(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Id => "an identifier".to_owned(),
        Kind::Ids { .. } => "identifiers joined by commas".to_owned(),
        Kind::Integer {
            least,
            most: Some(most),
        } => format!("a whole number from {least} to {most}"),
        Kind::Integer { least, most: None } => format!("a whole number from {least} on"),
        Kind::Integers => "whole numbers".to_owned(),
        Kind::Boolean => "`true` or `false`".to_owned(),
        Kind::DateTime => "a moment in UTC, such as 2026-05-14T09:30:00Z".to_owned(),
        Kind::OneOf(words) => format!("one of {}", words.join(", ")),
        Kind::SomeOf(words) => format!("some of {}, joined by commas", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use squarespace::catalog::CATALOG;

    use super::*;

    /// Path and query of a call, or why it is none.
    fn built(operation: &str, given: &[(&str, &str)]) -> String {
        let operation = CATALOG.operation(operation).unwrap();
        let given: Vec<(String, String)> = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let built = check(operation, &given).and_then(|()| path(operation, &given));
        match (built, query(operation, &given)) {
            (Ok(path), None) => path,
            (Ok(path), Some(query)) => format!("{path}?{query}"),
            (Err(why), _) => why.to_string(),
        }
    }

    #[test]
    fn values_find_their_places() {
        let built = [
            built("getOrder", &[("id", "5f a")]),
            built(
                "getSpecificProducts",
                &[("productIdCsvs", "a,b"), ("productIdCsvs", "c")],
            ),
            built("getOrders", &[("paymentStates", "PAID,PENDING")]),
            built(
                "getOrders",
                &[
                    ("modifiedAfter", "2026-05-14T09:30:00Z"),
                    ("modifiedBefore", "2026-05-15T09:30:00Z"),
                ],
            ),
        ]
        .join("\n");
        insta::assert_snapshot!(built, @r"
        /1.0/commerce/orders/5f%20a
        /v2/commerce/products/a,b,c
        /1.0/commerce/orders?paymentStates=PAID%2CPENDING
        /1.0/commerce/orders?modifiedAfter=2026-05-14T09%3A30%3A00Z&modifiedBefore=2026-05-15T09%3A30%3A00Z
        ");
    }

    #[test]
    fn what_is_missing_unknown_or_of_another_kind_is_named() {
        let built = [
            built("getOrder", &[]),
            built("getOrder", &[("id", "a"), ("id", "b")]),
            built("getOrder", &[("id", "a/b")]),
            built("getOrders", &[("colour", "red")]),
            built("getOrders", &[("fulfillmentStatus", "LATE")]),
            built("getOrders", &[("modifiedAfter", "yesterday")]),
            built("getOrders", &[("modifiedAfter", "2026-05-14T09:30:00Z")]),
            built(
                "getOrders",
                &[("cursor", "c"), ("fulfillmentStatus", "PENDING")],
            ),
            built("listDiscounts", &[("limit", "0")]),
            built("getWebsiteProfile", &[("id", "a")]),
        ]
        .join("\n");
        insta::assert_snapshot!(built, @r"
        getOrder: `id` is missing. The order's id, which is not its number.
        getOrder: `id` is given twice; it takes one value
        getOrder: the value of `id` cannot stand in a path; give one id
        getOrders: there is no parameter `colour`; it takes modifiedAfter, modifiedBefore, cursor, fulfillmentStatus, customerId, paymentStates
        getOrders: `fulfillmentStatus` must be one of PENDING, FULFILLED, CANCELED
        getOrders: `modifiedAfter` must be a moment in UTC, such as 2026-05-14T09:30:00Z
        getOrders: `modifiedAfter` needs `modifiedBefore` beside it
        getOrders: `cursor` cannot be given together with `fulfillmentStatus`
        listDiscounts: `limit` must be a whole number from 1 to 1000
        getWebsiteProfile: there is no parameter `id`; it takes none
        ");
    }
}
