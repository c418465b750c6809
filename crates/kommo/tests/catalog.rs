//! The operation catalogue against the client: every call has its row, and every row is found.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use http::Method;
use kommo::catalog::{Area, CATALOG, OPERATIONS};
use wire::catalog::{Access, Effect, Verb};

/// The operation behind a method and a path.
fn matched(line: &str) -> &'static str {
    let (method, path) = line.split_once(' ').unwrap();
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    CATALOG
        .match_path(&method, path)
        .map_or("nothing", |(operation, _)| operation.id)
}

/// What the client calls with a token, as its code writes it.
fn calls() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut calls = BTreeSet::new();
    for file in fs::read_dir(source).unwrap() {
        let path = file.unwrap().path();
        let text = if path.is_file() {
            fs::read_to_string(path).unwrap()
        } else {
            String::new()
        };
        let quoted = text
            .split('"')
            .filter(|text| text.contains(" /api/v4/") && !text.contains('\n'));
        calls.extend(quoted.map(str::to_owned));
    }
    calls
}

#[test]
fn the_client_calls_what_the_catalogue_has_and_nothing_else() {
    let rows = OPERATIONS
        .iter()
        .map(|row| format!("{} {}", row.verb.as_str(), row.path));
    assert_eq!(calls(), rows.collect());
}

#[test]
fn every_operation_is_found_for_every_kind_of_card() {
    for operation in OPERATIONS {
        for entity in ["leads", "contacts", "companies"] {
            let value = |name| Some(if name == "entity" { entity } else { "17" }.to_owned());
            let path = operation.path_with(value).unwrap();
            assert_eq!(
                matched(&format!("{} {path}", operation.verb.as_str())),
                operation.id
            );
        }
    }
}

#[test]
fn words_are_no_cards_and_cards_are_numbers() {
    assert_eq!(matched("GET /api/v4/leads/pipelines"), "getPipelines");
    assert_eq!(matched("GET /api/v4/leads/notes"), "getNotes");
    assert_eq!(matched("GET /api/v4/customers/notes"), "nothing");
    assert_eq!(matched("GET /api/v4/leads/pipeline"), "nothing");
    assert_eq!(matched("GET /api/v4/leads/0"), "nothing");
    assert_eq!(matched("DELETE /api/v4/leads/17"), "nothing");
}

#[test]
fn each_area_has_operations_and_each_operation_an_area() {
    let count = |area| OPERATIONS.iter().filter(|row| row.area == area).count();
    assert_eq!(
        Area::ALL.map(|area| count(area.as_str())),
        [6, 4, 3, 3, 2, 1, 1, 3, 1]
    );
    assert_eq!(OPERATIONS.len(), 24);
}

#[test]
fn rows_do_not_contradict_themselves() {
    let mut ids = BTreeSet::new();
    for row in OPERATIONS {
        assert!(ids.insert(row.id), "{}", row.id);
        assert_eq!(
            row.access == Access::Read,
            row.verb == Verb::Get,
            "{}",
            row.id
        );
        assert_eq!(
            row.effects == [Effect::Safe],
            row.access == Access::Read,
            "{}",
            row.id
        );
        assert!(
            row.summary.ends_with('.') && !row.title.ends_with('.'),
            "{}",
            row.id
        );
        assert!(row.paging.is_none() || row.rows.is_some(), "{}", row.id);
    }
}
