//! What can be called is listed with all that a caller must know beforehand.

use http::Method;
use portico_store::Store;
use portico_store::testing::Given;
use serde_json::{Value, json};

use crate::stand::Stand;

/// The catalogue is no matter of the database.
async fn stand(store: Store) -> Stand {
    Stand::alone(store).await
}

async fn ids(stand: &Stand, query: &str) -> Vec<String> {
    let listed = stand.read(&format!("/v1/operations{query}")).await;
    let listed = listed["operations"].as_array().unwrap().iter();
    listed
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn operations_are_found_by_app_area_and_access() {
    Store::on_sqlite(async |store| {
        let stand = stand(store).await;
        assert_eq!(ids(&stand, "").await.len(), 53);
        assert_eq!(
            ids(&stand, "?app=squarespace&area=orders&access=write").await,
            ["createOrder", "fulfillOrder"]
        );
        let (reading, writing) = (
            ids(&stand, "?access=read").await,
            ids(&stand, "?access=write").await,
        );
        assert_eq!(reading.len() + writing.len(), 53);
        assert!(
            reading.contains(&"queryContacts".to_owned()),
            "a POST that reads"
        );
        let kommo = stand.read("/v1/operations?app=kommo&access=write").await;
        for one in kommo["operations"].as_array().unwrap() {
            assert_eq!(
                (&one["app"], &one["callable"]),
                (&json!("kommo"), &json!(false))
            );
        }
        for query in ["?app=shop", "?area=tills", "?access=admin", "?order=id"] {
            let path = format!("/v1/operations{query}");
            let refused = stand.call(Method::GET, &path, None).await;
            assert!(
                refused.problem().starts_with("400 request: "),
                "{}",
                refused.body
            );
        }
    });
}

#[test]
fn every_operation_is_shown_with_what_it_takes_and_does() {
    Store::on_sqlite(async |store| {
        let stand = stand(store).await;
        for id in ids(&stand, "").await {
            let shown = stand.read(&format!("/v1/operations/{id}")).await;
            assert_eq!(shown["id"], Value::from(id.as_str()));
            for sentence in ["title", "summary", "scopes", "api_key"] {
                let text = shown[sentence].as_str().unwrap();
                assert!(
                    !text.is_empty() && !text.contains(":  "),
                    "{id} {sentence}: {text}"
                );
            }
            assert!(shown["effects"][0].is_string(), "{id}");
            let (body, schema) = (&shown["body"], &shown["request_schema"]);
            assert_eq!(body.is_string(), schema.is_object(), "{id}");
            for parameter in shown["parameters"].as_array().unwrap() {
                assert!(parameter["schema"].is_object(), "{id}: {parameter}");
            }
        }
        let slip = stand
            .call(Method::GET, "/v1/operations/getorders", None)
            .await;
        assert_eq!(
            slip.problem(),
            "404 not-found: no such operation `getorders`; did you mean `getOrders`? `portico operations list` shows those that there are"
        );
        let unknown = stand
            .call(Method::GET, "/v1/operations/sellEverything", None)
            .await;
        assert_eq!(
            unknown.problem(),
            "404 not-found: no such operation `sellEverything`; `portico operations list` shows those that there are"
        );
    });
}

#[test]
fn an_operation_says_what_may_stand_beside_what() {
    Store::on_sqlite(async |store| {
        let stand = stand(store).await;
        let shown = stand.read("/v1/operations/getOrders").await;
        assert_eq!(
            (&shown["method"], &shown["path"]),
            (&json!("GET"), &json!("/1.0/commerce/orders"))
        );
        assert_eq!(shown["paging"], "50 rows a page");
        let parameters = shown["parameters"].as_array().unwrap();
        let after = parameters
            .iter()
            .find(|one| one["name"] == "modifiedAfter")
            .unwrap();
        assert_eq!(after["in"], "query");
        assert_eq!(after["required"], false);
        assert_eq!(after["needs"], json!(["modifiedBefore"]));
        assert_eq!(after["excludes"], json!(["cursor"]));
        let personal = shown["personal_data"]["response"].to_string();
        assert!(personal.contains("customerEmail"), "{personal}");
    });
}
