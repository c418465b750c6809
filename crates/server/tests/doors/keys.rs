//! Nobody gets into the admin API without its key.

use axum::body::Body;
use http::{Request, header};
use portico_domain::key::{KeyKind, compose};
use portico_store::{Store, on_both};

use crate::document::operations;
use crate::stand::{Stand, get};

on_both! {
    async fn no_operation_is_open_without_the_key(store: Store) {
        let stand = Stand::alone(store).await;
        let document = stand.send(get("/v1/openapi.json")).await.json(200);
        let mut doors: Vec<(String, String)> = operations(&document)
            .into_iter()
            .filter(|(path, ..)| path != "/v1/openapi.json")
            .map(|(path, method, _)| (method, path.replace(['{', '}'], "")))
            .collect();
        assert!(doors.len() >= 20, "{doors:?}");
        // What is not there, or takes another method, tells no more than what is.
        doors.push(("GET".to_owned(), "/v1/nothing".to_owned()));
        doors.push(("PUT".to_owned(), "/v1/flows".to_owned()));
        let unknown = compose(KeyKind::Administration, &[9; 32]);
        let keys = [
            None,
            Some("Bearer ".to_owned()),
            Some(stand.key.clone()),
            Some(format!("Basic {}", stand.key)),
            Some("Bearer ptc_adm_short".to_owned()),
            Some(format!("Bearer {}x", stand.key)),
            Some(format!("Bearer {unknown}")),
        ];
        for (method, path) in &doors {
            for key in &keys {
                let mut request = Request::builder().method(method.as_str()).uri(path);
                if let Some(key) = key {
                    request = request.header(header::AUTHORIZATION, key);
                }
                let answer = stand.send(request.body(Body::empty()).unwrap()).await;
                assert_eq!(
                    answer.problem(),
                    "401 unauthorized: the key is missing or wrong; send `Authorization: Bearer ptc_adm_…`",
                    "{method} {path} {key:?}"
                );
                assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
            }
        }
    }
}

on_both! {
    async fn the_scheme_of_the_key_is_read_without_case(store: Store) {
        let stand = Stand::alone(store).await;
        let request = Request::get("/v1/flows")
            .header(header::AUTHORIZATION, format!("bearer {}", stand.key))
            .body(Body::empty())
            .unwrap();
        stand.send(request).await.json(200);
    }
}
