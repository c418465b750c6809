//! Serving on a real socket: notifications of the real sandbox arrive, and the end is orderly.

use portico_server::{AppSettings, serve};
use portico_store::{Store, on_both};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::vendors::stand_with_vendors;

on_both! {
    async fn a_checkout_at_the_vendor_becomes_work_here(store: Store) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stand, vendors) = stand_with_vendors(store, address).await;
        let stop = CancellationToken::new();
        let settings = AppSettings::default();
        let serving = tokio::spawn(serve(listener, stand.engine.clone(), settings, stop.clone()));

        stand.post("/v1/connections", vendors.site("acme")).await.json(201);
        stand.post("/v1/connections", vendors.crm("crm")).await.json(201);
        let flow = json!({ "name": "orders", "site": "acme", "crm": "crm" });
        stand.post("/v1/flows", flow).await.json(201);
        let checkout = json!({ "app": "squarespace", "action": "checkout" });
        let order = vendors.control("people", checkout).await;
        let work = stand.read("/v1/work").await;
        let key = work["work"]
            .as_array()
            .unwrap()
            .iter()
            .find(|work| work["queue"] == "read_order")
            .unwrap()["key"]
            .clone();
        assert!(key.as_str().unwrap().ends_with(order["id"].as_str().unwrap()), "{key}");

        stop.cancel();
        serving.await.unwrap().unwrap();
    }
}

on_both! {
    async fn a_request_under_way_is_answered_before_the_end(store: Store) {
        let stand = crate::stand::Stand::alone(store).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let settings = AppSettings::default();
        let serving = tokio::spawn(serve(listener, stand.engine.clone(), settings, stop.clone()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut idle = TcpStream::connect(address).await.unwrap();
        let head = b"POST /hooks/squarespace/con_x HTTP/1.1\r\nhost: here\r\n\
            expect: 100-continue\r\ncontent-length: 2\r\n\r\n";
        stream.write_all(head).await.unwrap();
        // The server asks for the body once it is at work on the request.
        let mut asked = [0; 25];
        stream.read_exact(&mut asked).await.unwrap();
        assert_eq!(asked.as_slice(), b"HTTP/1.1 100 Continue\r\n\r\n");
        stop.cancel();
        stream.write_all(b"{}").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
        assert_eq!(idle.read(&mut [0; 1]).await.unwrap(), 0);
        serving.await.unwrap().unwrap();
    }
}
