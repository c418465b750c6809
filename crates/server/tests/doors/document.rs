//! The API's description of itself: kept in the repository, and complete.

use std::fs;
use std::path::PathBuf;

use portico_store::testing::Given;
use portico_store::{Store, on_both};
use serde_json::Value;

use crate::stand::{Stand, get};

/// What any operation may be refused with.
const ALWAYS: [&str; 2] = ["401", "500"];

/// The document says the same on every database, so it is made, and written, on one.
#[test]
fn the_generated_document_in_docs_is_the_present_one() {
    Store::on_sqlite(async |store| {
        let stand = Stand::alone(store).await;
        let mut document = stand.send(get("/v1/openapi.json")).await.body;
        document.push('\n');
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        if is_to_be_written() {
            fs::write(&path, &document).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == document,
            "docs/openapi.json is stale: run `just gen`"
        );
    });
}

on_both! {
    async fn every_operation_tells_its_name_its_refusals_and_its_key(store: Store) {
        let stand = Stand::alone(store).await;
        let document: Value = stand.send(get("/v1/openapi.json")).await.json(200);
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["info"]["title"], "Portico admin API");
        assert_eq!(document["info"]["license"]["identifier"], "Apache-2.0");
        assert_eq!(document["components"]["securitySchemes"]["admin_key"]["scheme"], "bearer");
        for (path, _, operation) in operations(&document) {
            assert!(operation["operationId"].is_string(), "{path}");
            assert!(operation["summary"].is_string(), "{path}");
            if path == "/v1/openapi.json" {
                continue;
            }
            let responses = operation["responses"].as_object().unwrap();
            for status in ALWAYS {
                assert!(responses.contains_key(status), "{path} {status}");
            }
            let refusals = responses.iter().filter(|(status, _)| status.as_str() >= "400");
            for (status, refusal) in refusals {
                let schema = &refusal["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{path} {status}");
            }
        }
    }
}

/// Path, method and description of every operation.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap();
            methods
                .iter()
                .map(|(method, operation)| (path.clone(), method.to_uppercase(), operation.clone()))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "generated files are written when the environment of the test says so"
)]
fn is_to_be_written() -> bool {
    std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always")
}
