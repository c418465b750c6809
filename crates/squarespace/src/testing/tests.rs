//! The request schemas refuse what they say they refuse.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn request_schemas() -> BTreeSet<&'static str> {
    let operations = CATALOG.operations().iter();
    operations
        .filter_map(|operation| operation.request)
        .collect()
}

#[test]
fn every_request_schema_has_a_good_body_that_it_takes() {
    for good in good() {
        let errors: Vec<String> = validator(good.schema)
            .iter_errors(&good.body)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", good.name);
    }

    let shown: BTreeSet<&str> = good().iter().map(|good| good.schema).collect();
    assert_eq!(shown, request_schemas());
}

#[test]
fn every_broken_constraint_is_refused_by_that_constraint() {
    for good in good() {
        let validator = validator(good.schema);
        for violation in violations(good.schema, &good.body) {
            let errors: Vec<String> = validator
                .iter_errors(&violation.body)
                .map(|error| error.schema_path().to_string())
                .collect();
            assert!(
                errors.contains(&violation.constraint),
                "{}: {} is broken at `{}`, but only {errors:?} complain",
                good.name,
                violation.constraint,
                violation.at,
            );
        }
    }
}

#[test]
fn no_constraint_stays_untried() {
    let mut tried: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for good in good() {
        let broken = violations(good.schema, &good.body).into_iter();
        let constraints = tried.entry(good.schema).or_default();
        constraints.extend(broken.map(|violation| violation.constraint));
    }

    for schema in request_schemas() {
        let untried: Vec<String> = constraints(schema)
            .difference(&tried[schema])
            .cloned()
            .collect();
        assert!(untried.is_empty(), "{schema}: {untried:#?}");
    }
}
