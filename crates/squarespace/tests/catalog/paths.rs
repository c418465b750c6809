//! Paths of the vendor, of its older versions, and paths that only look like them.

use std::fs;
use std::path::Path;

use http::Method;
use squarespace::catalog::{CATALOG, OPERATIONS};
use wire::catalog::Verb;

const PRODUCT: &str = "66f0a1b2c3d4e5f6a7b8c9d0";

/// The operation behind a method and a path, with what its holes hold.
fn matched(line: &str) -> String {
    let (method, path) = line.split_once(' ').unwrap();
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    match CATALOG.match_path(&method, path) {
        Some((operation, params)) => {
            let holes: Vec<&str> = params.iter().map(|(_, value)| value).collect();
            format!("{}({})", operation.id, holes.join(" | "))
        }
        None => "nothing".to_owned(),
    }
}

#[test]
fn every_operation_is_found_on_each_of_its_paths() {
    for operation in OPERATIONS {
        let method = Method::from(operation.verb);
        let canonical = operation.path_with(|_| Some("a1-b2".to_owned())).unwrap();
        for template in [operation.path].iter().chain(operation.twins) {
            let path: String = template
                .split_inclusive(['{', '}'])
                .filter(|part| !part.ends_with('}'))
                .map(|part| part.replace('{', "a1-b2"))
                .collect();
            let (found, params) = CATALOG.match_path(&method, &path).unwrap();
            assert_eq!((found.id, params.path()), (operation.id, path));
            assert_eq!(params.template(), *template);
        }
        assert!(CATALOG.match_path(&method, &canonical).is_some());
    }
}

#[test]
fn whatever_the_client_calls_is_in_the_catalogue() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut calls = 0;
    for file in fs::read_dir(source).unwrap() {
        let path = file.unwrap().path();
        let text = if path.is_file() {
            fs::read_to_string(path).unwrap()
        } else {
            String::new()
        };
        let quoted = text.split('"').filter(|text| !text.contains('\n'));
        let of_the_api = |text: &&str| {
            [" /1.0/", " /v1/", " /v2/"]
                .iter()
                .any(|version| text.contains(version))
        };
        for call in quoted.filter(of_the_api) {
            let line = call.replace(['{', '}'], "");
            assert_ne!(matched(&line), "nothing", "{call}");
            calls += 1;
        }
    }
    assert!(calls > 10, "{calls} calls were found");
}

#[test]
fn one_template_takes_a_list_to_read_and_one_id_to_write() {
    let two = format!("/v2/commerce/products/{PRODUCT},66f0a1b2c3d4e5f6a7b8c9d1");
    assert_eq!(
        matched(&format!("GET {two}")),
        format!("getSpecificProducts({PRODUCT},66f0a1b2c3d4e5f6a7b8c9d1)")
    );
    assert_eq!(
        matched(&format!("GET {}", two.replace(',', "%2C"))),
        matched(&format!("GET {two}"))
    );
    for verb in ["POST", "DELETE"] {
        assert_eq!(matched(&format!("{verb} {two}")), "nothing");
        assert_eq!(
            matched(&format!("{verb} {}", two.replace(',', "%2c"))),
            "nothing"
        );
    }
    assert_eq!(
        matched(&format!("DELETE /1.1/commerce/products/{PRODUCT}")),
        format!("deleteProduct({PRODUCT})")
    );
}

#[test]
fn fixed_words_are_no_ids() {
    assert_eq!(matched("POST /v1/contacts/query"), "queryContacts()");
    assert_eq!(matched("DELETE /v1/contacts/query"), "nothing");
    assert_eq!(matched("DELETE /v1/contacts/%71uery"), "nothing");
    assert_eq!(
        matched("GET /1.0/commerce/inventory/adjustments"),
        "nothing"
    );
    assert_eq!(
        matched("POST /1.0/commerce/inventory/adjustments"),
        "adjustInventoryStockLevels()"
    );
}

#[test]
fn what_the_vendor_does_not_have_matches_nothing() {
    for line in [
        "GET /v2/commerce/orders",
        "GET /2.0/commerce/products",
        "GET /1.0/commerce/profiles",
        "GET /1.0/commerce/webhook_subscriptions",
        "PATCH /v2/commerce/products/66f0a1b2c3d4e5f6a7b8c9d0",
        "GET /v2/commerce/products/66f0a1b2c3d4e5f6a7b8c9d0/variants",
        "HEAD /v1/contacts",
        "GET /V1/contacts",
        "GET v1/contacts",
    ] {
        assert_eq!(matched(line), "nothing", "{line}");
    }
}

#[test]
fn a_trailing_slash_leads_on_only_where_the_vendor_writes_one() {
    assert_eq!(matched("POST /1.0/commerce/orders/"), "createOrder()");
    assert_eq!(matched("GET /1.0/profiles/"), "getProfiles()");
    assert_eq!(matched("POST /v2/commerce/products/"), "nothing");
    assert_eq!(matched("POST /v1/contacts/"), "nothing");
    assert_eq!(matched("GET /1.0/commerce/orders/"), "nothing");
    assert_eq!(CATALOG.verbs_of("/1.0/commerce/orders/"), []);
    let orders = CATALOG.verbs_of("/1.0/commerce/orders");
    assert_eq!(orders, [Verb::Get, Verb::Post]);
}
