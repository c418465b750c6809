//! The table of operations counts what the vendor's own document counts, and no row contradicts itself.

use std::collections::BTreeSet;

use squarespace::catalog::{Area, CATALOG, OPERATIONS};
use wire::catalog::{Access, Body, Effect, KeyRule, Operation, Scopes, Turn, Verb};

fn count(rows: impl Fn(&Operation) -> bool) -> usize {
    OPERATIONS
        .iter()
        .filter(|operation| rows(operation))
        .count()
}

fn ids(rows: impl Fn(&Operation) -> bool) -> Vec<&'static str> {
    let rows = OPERATIONS.iter().filter(|operation| rows(operation));
    rows.map(|operation| operation.id).collect()
}

#[test]
fn there_are_53_operations_of_which_25_read_and_28_write() {
    assert_eq!(OPERATIONS.len(), 53);
    assert_eq!(count(|row| row.access == Access::Read), 25);
    assert_eq!(count(|row| row.access == Access::Write), 28);

    let distinct: BTreeSet<&str> = OPERATIONS.iter().map(|row| row.id).collect();
    assert_eq!(distinct.len(), 53);
    assert!(OPERATIONS.iter().all(|row| {
        CATALOG
            .operation(row.id)
            .is_some_and(|found| found.path == row.path)
    }));
}

#[test]
fn the_verbs_are_those_of_the_vendor() {
    let verbs = [Verb::Get, Verb::Post, Verb::Delete, Verb::Put, Verb::Patch];
    assert_eq!(
        verbs.map(|verb| count(|row| row.verb == verb)),
        [23, 20, 7, 2, 1]
    );
}

#[test]
fn two_posts_only_read() {
    let reading_posts = ids(|row| row.verb == Verb::Post && row.access == Access::Read);
    assert_eq!(reading_posts, ["queryContacts", "getTransactionsSummaries"]);
    assert_eq!(
        count(|row| row.verb == Verb::Get && row.access == Access::Write),
        0
    );
}

#[test]
fn ten_operations_cannot_be_taken_back_and_two_erase_what_is_left_out() {
    insta::assert_debug_snapshot!(ids(|row| row.has(Effect::Irreversible)).join(" "), @r#""deleteProduct deleteProductVariant deleteProductImage createOrder fulfillOrder deleteContact deleteAddressBookEntry deleteWebhookSubscription rotateSubscriptionSecret deleteDiscount""#);
    assert_eq!(
        ids(|row| row.has(Effect::FullReplace)),
        ["updateAddressBookEntry", "updateDiscount"]
    );
    assert_eq!(
        ids(|row| row.has(Effect::Security)),
        ["createWebhookSubscription", "rotateSubscriptionSecret"]
    );
}

#[test]
fn effects_agree_with_access() {
    for row in OPERATIONS {
        let safe = row.effects == [Effect::Safe];
        assert_eq!(safe, row.access == Access::Read, "{}", row.id);
        assert!(
            safe || !row.has(Effect::Safe) && !row.effects.is_empty(),
            "{}",
            row.id
        );
    }
}

#[test]
fn keys_are_refused_where_the_vendor_wants_oauth() {
    assert_eq!(count(|row| !row.key.lets_keys()), 8);
    for row in OPERATIONS
        .iter()
        .filter(|row| row.area == Area::Webhooks.as_str())
    {
        assert_eq!(row.key, KeyRule::Refused, "{}", row.id);
    }
}

#[test]
fn two_writes_can_be_repeated_under_a_key() {
    let keyed = ids(|row| row.idempotency_key.is_some());
    assert_eq!(keyed, ["adjustInventoryStockLevels", "createOrder"]);
}

#[test]
fn each_area_has_operations_and_each_operation_an_area() {
    let areas = Area::ALL.map(Area::as_str);
    assert_eq!(
        areas.map(|area| count(|row| row.area == area)),
        [15, 3, 4, 2, 2, 12, 6, 7, 2]
    );
}

#[test]
fn writing_needs_a_scope_that_reading_does_not() {
    for row in OPERATIONS.iter().filter(|row| row.access == Access::Write) {
        let Scopes::OneOf(scopes) = row.scopes else {
            continue;
        };
        assert!(
            scopes.iter().all(|scope| !scope.ends_with(".read")),
            "{}",
            row.id
        );
    }
}

#[test]
fn only_products_have_older_twins() {
    for (index, row) in OPERATIONS.iter().enumerate() {
        let versions = ["/1.1/", "/1.0/"].map(|version| row.path.replacen("/v2/", version, 1));
        if index < 14 {
            assert_eq!(row.twins, versions, "{}", row.id);
        } else {
            assert!(
                row.twins
                    .iter()
                    .all(|twin| *twin == format!("{}/", row.path)),
                "{}",
                row.id
            );
        }
    }
}

#[test]
fn bodies_and_answers_have_schemas() {
    for row in OPERATIONS {
        assert_eq!(row.request.is_some(), row.body != Body::None, "{}", row.id);
        assert_eq!(row.response.is_none(), row.success == 204, "{}", row.id);
    }
}

#[test]
fn words_for_people_and_agents_are_well_formed() {
    for row in OPERATIONS {
        assert!(
            !row.title.ends_with('.') && row.title.len() <= 32,
            "{}",
            row.title
        );
        assert!(
            row.summary.ends_with('.') && !row.summary.contains("  "),
            "{}",
            row.summary
        );
        assert!(
            row.caution.is_none_or(|caution| !caution.ends_with('.')),
            "{}",
            row.id
        );
    }
    let titles: BTreeSet<&str> = OPERATIONS.iter().map(|row| row.title).collect();
    assert_eq!(titles.len(), 53);
}

#[test]
fn parameters_name_each_other_both_ways() {
    for row in OPERATIONS {
        for parameter in row.query {
            let other = |name: &str| row.query.iter().find(|other| other.name == name).unwrap();
            for name in parameter.excludes {
                assert!(
                    other(name).excludes.contains(&parameter.name),
                    "{} {name}",
                    row.id
                );
            }
            for name in parameter.needs {
                assert!(
                    other(name).needs.contains(&parameter.name),
                    "{} {name}",
                    row.id
                );
            }
        }
    }
}

#[test]
fn pages_are_turned_by_parameters_that_exist() {
    for row in OPERATIONS {
        let Some(paging) = row.paging else { continue };
        let in_query = |name| row.query.iter().any(|parameter| parameter.name == name);
        match paging.turn {
            Turn::Cursor {
                parameter, in_body, ..
            } => {
                assert_eq!(in_query(parameter), !in_body, "{}", row.id);
            }
            Turn::Offset { parameter, .. } | Turn::Page { parameter, .. } => {
                assert!(in_query(parameter), "{}", row.id);
            }
        }
    }
}
