//! A catalogue of a made-up vendor: paths that are recognised, paths that only look like them, bundled schemas.

use http::Method;
use serde_json::json;
use wire::catalog::{
    Access, Body, Catalog, Effect, KeyRule, Kind, Operation, Parameter, Scopes, Verb,
};

const READ: Operation = Operation {
    id: "",
    title: "",
    summary: "",
    verb: Verb::Get,
    path: "",
    twins: &[],
    area: "books",
    access: Access::Read,
    effects: &[Effect::Safe],
    caution: None,
    scopes: Scopes::Any,
    key: KeyRule::Any,
    idempotency_key: None,
    limits: &[],
    rows: None,
    paging: None,
    success: 200,
    body: Body::None,
    path_parameters: &[],
    query: &[],
    request: None,
    response: None,
    personal_request: &[],
    personal_response: &[],
};

const BOOK: Parameter = Parameter::new("book", Kind::Id, "The book.").required();
const SHELF: Parameter = Parameter::new("shelf", Kind::OneOf(&["books", "maps"]), "The shelf.");
const PAGE: Kind = Kind::Integer {
    least: 1,
    most: Some(900),
};

static OPERATIONS: &[Operation] = &[
    Operation {
        id: "readBooks",
        path: "/v2/books/{books}",
        twins: &["/v1/books/{books}"],
        path_parameters: &[Parameter::new("books", Kind::Ids { most: 3 }, "Books.")],
        ..READ
    },
    Operation {
        id: "searchBooks",
        verb: Verb::Post,
        path: "/v2/books/search",
        ..READ
    },
    Operation {
        id: "changeBook",
        verb: Verb::Post,
        path: "/v2/books/{book}",
        access: Access::Write,
        path_parameters: &[BOOK],
        ..READ
    },
    Operation {
        id: "readPage",
        path: "/v2/books/{book}/pages/{page}",
        path_parameters: &[BOOK, Parameter::new("page", PAGE, "The page.")],
        ..READ
    },
    Operation {
        id: "readLabels",
        path: "/v2/{shelf}/labels",
        path_parameters: &[SHELF],
        ..READ
    },
];

static CATALOG: Catalog = Catalog::new(
    OPERATIONS,
    &[
        (
            "books.json",
            r##"{"$defs": {
                "Book": {"type": "object", "properties": {"author": {"$ref": "people.json#/$defs/Author"}}},
                "Books": {"type": "array", "items": {"$ref": "#/$defs/Book"}},
                "Chain": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Chain"}}}
            }}"##,
        ),
        (
            "people.json",
            r#"{"$defs": {"Author": {"type": "string"}, "Reader": {"type": "string"}}}"#,
        ),
    ],
);

fn matched(path: &str) -> Option<(&'static str, String)> {
    let (operation, params) = CATALOG.match_path(&Method::GET, path)?;
    let values: Vec<&str> = params.iter().map(|(_, value)| value).collect();
    Some((operation.id, values.join(" | ")))
}

fn posted(path: &str) -> Option<&'static str> {
    let (operation, _) = CATALOG.match_path(&Method::POST, path)?;
    Some(operation.id)
}

#[test]
fn a_path_is_found_with_what_its_holes_hold() {
    assert_eq!(
        matched("/v2/books/a1/pages/12"),
        Some(("readPage", "a1 | 12".to_owned()))
    );
    assert_eq!(
        matched("/v1/books/a1,b2"),
        Some(("readBooks", "a1,b2".to_owned()))
    );
    assert_eq!(
        matched("/v2/maps/labels"),
        Some(("readLabels", "maps".to_owned()))
    );
    assert_eq!(posted("/v2/books/a1"), Some("changeBook"));
}

#[test]
fn a_fixed_word_wins_over_a_hole_and_cannot_be_disguised_as_one() {
    assert_eq!(posted("/v2/books/search"), Some("searchBooks"));
    assert_eq!(posted("/v2/books/%73earch"), None);
    assert_eq!(matched("/v2/books/search"), None);
    assert_eq!(matched("/v2/%6Daps/labels"), None);
}

#[test]
fn what_two_servers_could_read_in_two_ways_matches_nothing() {
    for id in [
        "", ".", "..", "%2e%2E", "a%2Fb", "a%2fb", "a%5Cb", "a%00", "a%0Ab", "a%252Fb", "a;b",
        "a%3Bb", "a%3Fb", "a%23b", "a%ff",
    ] {
        assert_eq!(matched(&format!("/v2/books/{id}")), None, "{id}");
        assert_eq!(posted(&format!("/v2/books/{id}")), None, "{id}");
        assert_eq!(matched(&format!("/v2/books/{id}/pages/1")), None, "{id}");
    }
    for path in [
        "",
        "/",
        "//v2/books/a1",
        "/v2//books/a1",
        "/v2/books/a1/",
        "v2/books/a1",
        "/v2/books/../books/a1",
    ] {
        assert_eq!(matched(path), None, "{path}");
    }
}

#[test]
fn a_list_stands_only_where_a_list_belongs() {
    assert_eq!(
        matched("/v2/books/a1%2Cb2"),
        Some(("readBooks", "a1,b2".to_owned()))
    );
    for list in ["a1,", ",a1", "a1,,b2", "a1,..", "a1%2C"] {
        assert_eq!(matched(&format!("/v2/books/{list}")), None, "{list}");
    }
    assert_eq!(posted("/v2/books/a1,b2"), None);
    assert_eq!(posted("/v2/books/a1%2Cb2"), None);
}

#[test]
fn numbers_keep_their_range() {
    for page in ["0", "901", "-1", "+1", "1.5", "x", "99999999999999999999"] {
        assert_eq!(
            matched(&format!("/v2/books/a1/pages/{page}")),
            None,
            "{page}"
        );
    }
}

#[test]
fn verbs_that_no_operation_has_match_nothing() {
    for method in [Method::HEAD, Method::OPTIONS, Method::DELETE] {
        assert!(CATALOG.match_path(&method, "/v2/books/a1").is_none());
    }
}

#[test]
fn a_matched_path_is_written_in_one_way() {
    let path = |path| CATALOG.match_path(&Method::GET, path).unwrap().1.path();
    assert_eq!(path("/v1/books/%61%20b%2Cc!"), "/v1/books/a%20b,c%21");
    assert_eq!(path("/v2/books/%C3%A9"), "/v2/books/%C3%A9");
}

#[test]
fn a_path_is_written_only_with_values_that_match_it() {
    let write = |id: &str, value: Option<&str>| {
        let operation = CATALOG.operation(id).unwrap();
        operation
            .path_with(|_| value.map(str::to_owned))
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        write("changeBook", Some("a b")),
        Ok("/v2/books/a%20b".to_owned())
    );
    assert_eq!(
        write("readBooks", Some("a1,b2")),
        Ok("/v2/books/a1,b2".to_owned())
    );
    let refusals = [
        write("changeBook", None),
        write("changeBook", Some("a1,b2")),
        write("readPage", Some("..")),
        write("readLabels", Some("globes")),
    ];
    let refusals: Vec<String> = refusals.into_iter().map(Result::unwrap_err).collect();
    assert_eq!(
        refusals,
        [
            "the path needs a value for `book`",
            "the value of `book` cannot stand in a path; give one id",
            "the value of `book` cannot stand in a path; give one id",
            "the value of `shelf` cannot stand in a path; give one of the words that it takes",
        ]
    );
}

#[test]
fn a_schema_brings_along_what_it_refers_to_and_no_more() {
    let dialect = "https://json-schema.org/draft/2020-12/schema";
    assert_eq!(
        CATALOG.schema("Books").unwrap(),
        json!({
            "$schema": dialect,
            "type": "array",
            "items": {"$ref": "#/$defs/Book"},
            "$defs": {
                "Book": {"type": "object", "properties": {"author": {"$ref": "#/$defs/Author"}}},
                "Author": {"type": "string"},
            },
        })
    );
    assert_eq!(
        CATALOG.schema("Reader").unwrap(),
        json!({"$schema": dialect, "type": "string"})
    );
    assert!(CATALOG.schema("Chain").unwrap()["$defs"]["Chain"].is_object());
    assert!(CATALOG.schema("Shelf").is_none());
    assert_eq!(CATALOG.schema_names().count(), 5);
}

#[test]
fn a_parameter_describes_its_value() {
    let schema = |kind| Parameter::new("p", kind, "What.").schema();
    assert_eq!(
        schema(Kind::Ids { most: 3 }),
        json!({"description": "What.", "type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": 3})
    );
    assert_eq!(
        schema(PAGE),
        json!({"description": "What.", "type": "integer", "minimum": 1, "maximum": 900})
    );
    assert_eq!(
        schema(Kind::OneOf(&["up", "down"])),
        json!({"description": "What.", "type": "string", "enum": ["up", "down"]})
    );
    assert_eq!(
        schema(Kind::DateTime),
        json!({"description": "What.", "type": "string", "format": "date-time"})
    );
}
