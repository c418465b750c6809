//! The client against a real socket that answers exactly what each test says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use wire::{Error, File, Http, Kind, Outcome, Reach, Request, SecretString, Settings};

/// Serves one connection: reads one request, answers with these bytes, closes. Gives the request's text.
async fn vendor(answer: &'static str) -> (Http, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/prefix/", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let request = read_request(&mut socket).await;
        socket.write_all(answer.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
        request
    });
    (http(&base), serving)
}

/// One whole request: its head, then as much as `content-length` says.
async fn read_request(socket: &mut tokio::net::TcpStream) -> String {
    let mut seen = Vec::new();
    loop {
        let mut chunk = [0; 1024];
        let count = socket.read(&mut chunk).await.unwrap();
        seen.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&seen).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return text;
        }
    }
}

fn http(base: &str) -> Http {
    reaching(Reach::Any, base)
}

fn reaching(reach: Reach, base: &str) -> Http {
    Http::new(Settings {
        base: base.parse().unwrap(),
        reach,
        user_agent: "Portico-Test/1".to_owned(),
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(5),
        max_answer_bytes: 1000,
    })
    .unwrap()
}

fn call(http: &Http) -> Request {
    http.request("GET /cards/{id}", &["7"])
}

async fn refusal(answer: &'static str) -> Error {
    let (http, _serving) = vendor(answer).await;
    call(&http).fetch::<serde_json::Value>().await.unwrap_err()
}

#[tokio::test]
async fn a_request_carries_path_query_headers_and_body() {
    let (http, serving) = vendor("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"id\": 77}").await;
    let token = SecretString::from("s3cret");
    let call = http.request("POST /cards/{ids}/notes", &["a/b,c d"]);
    let call = call
        .query("filter[id][]", "1")
        .query_if("cursor", None::<&str>)
        .query_if("q", Some("é@x"));
    let answer: serde_json::Value = call
        .bearer(&token)
        .json(&serde_json::json!({"text": "hello"}))
        .fetch()
        .await
        .unwrap();
    assert_eq!(answer["id"], 77);

    let request = serving.await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with(
            "POST /prefix/cards/a%2Fb,c%20d/notes?filter%5Bid%5D%5B%5D=1&q=%C3%A9%40x HTTP/1.1\r\n"
        ),
        "{head}"
    );
    assert!(head.contains("authorization: Bearer s3cret"), "{head}");
    assert!(head.contains("user-agent: Portico-Test/1"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    assert_eq!(body, r#"{"text":"hello"}"#);
}

#[tokio::test]
async fn a_file_is_the_one_part_of_a_form() {
    let (http, serving) = vendor("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await;
    let file = File {
        name: "front.gif".to_owned(),
        media_type: "image/gif",
        content: b"GIF89a".to_vec(),
    };
    let call = http.request("POST /pictures", &[]).file("picture", file);
    call.run().await.unwrap();

    let request = serving.await.unwrap();
    let (head, form) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-type: multipart/form-data; boundary="));
    assert_eq!(form.matches("Content-Disposition").count(), 1);
    assert!(form.contains(
        "Content-Disposition: form-data; name=\"picture\"; filename=\"front.gif\"\r\n\
         Content-Type: image/gif\r\n\r\nGIF89a\r\n"
    ));
}

#[tokio::test]
async fn a_refusal_keeps_status_wait_request_id_and_body() {
    let error = refusal(
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: 30\r\nx-request-id: r-1\r\ncontent-length: 13\r\n\r\n{\"error\":\"x\"}",
    )
    .await;
    assert_eq!((error.kind, error.status), (Kind::Throttled, Some(429)));
    assert_eq!(error.outcome(), Outcome::NotDone);
    assert!(error.is_transient());
    assert_eq!(error.retry_after, Some(Duration::from_secs(30)));
    assert_eq!(error.request_id.as_deref(), Some("r-1"));
    assert_eq!(error.body(), br#"{"error":"x"}"#);
    assert_eq!(
        error.to_string(),
        "GET /cards/{id}: the vendor answered 429 Too Many Requests"
    );
}

#[tokio::test]
async fn a_forbidden_page_is_a_block_and_a_forbidden_problem_is_not() {
    let page = refusal(
        "HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>",
    )
    .await;
    assert_eq!(page.kind, Kind::Blocked);
    let problem = refusal("HTTP/1.1 403 Forbidden\r\ncontent-type: application/problem+json\r\ncontent-length: 2\r\n\r\n{}").await;
    assert_eq!(problem.kind, Kind::Forbidden);
}

#[tokio::test]
async fn a_name_that_leads_into_ones_own_network_is_not_called() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!(
        "http://localhost:{}/",
        listener.local_addr().unwrap().port()
    );
    let error = call(&reaching(Reach::Public, &base))
        .run()
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotDone);
    assert!(
        tokio::time::timeout(Duration::ZERO, listener.accept())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let error =
        refusal("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")
            .await;
    assert_eq!(
        (error.kind, error.status, error.outcome()),
        (Kind::Rejected, Some(302), Outcome::NotDone)
    );
}

#[tokio::test]
async fn a_lost_answer_leaves_the_outcome_unknown() {
    let error = refusal("").await;
    assert_eq!(
        (error.kind, error.status, error.outcome()),
        (Kind::Unavailable, None, Outcome::Unknown)
    );
}

#[tokio::test]
async fn a_success_cut_short_leaves_the_outcome_unknown() {
    let error = refusal("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":").await;
    assert_eq!(
        (error.kind, error.status, error.outcome()),
        (Kind::Unavailable, Some(200), Outcome::Unknown)
    );
}

#[tokio::test]
async fn a_refusal_cut_short_stays_a_refusal() {
    let error = refusal("HTTP/1.1 409 Conflict\r\ncontent-length: 100\r\n\r\n{\"a\"").await;
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Conflict, Outcome::NotDone)
    );
}

#[tokio::test]
async fn a_success_that_is_something_else_is_malformed_and_not_quoted() {
    let error = refusal("HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\nmara@example.test").await;
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Malformed, Outcome::Unknown)
    );
    assert!(!format!("{error} {error:?}").contains("mara"));
}

#[tokio::test]
async fn an_answer_over_the_limit_is_malformed() {
    let long: &'static str = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n{}",
        "1".repeat(1001)
    )
    .leak();
    let error = refusal(long).await;
    assert_eq!(error.kind, Kind::Malformed);
    assert!(error.message.ends_with("more than 1000 bytes"), "{error}");
}

#[tokio::test]
async fn a_call_that_never_left_was_not_done() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let call = http(&base)
        .request("GET /cards", &[])
        .query("query", "mara@example.test");
    let error = call.run().await.unwrap_err();
    assert_eq!(
        (error.kind, error.outcome()),
        (Kind::Unavailable, Outcome::NotDone)
    );
    assert!(!format!("{error} {error:?}").contains("mara"), "{error}");
}

#[test]
fn a_base_address_must_carry_a_path() {
    let settings = Settings {
        base: "mailto:mara@example.test".parse().unwrap(),
        reach: Reach::Any,
        user_agent: "Portico-Test/1".to_owned(),
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(5),
        max_answer_bytes: 1000,
    };
    assert!(Http::new(settings).is_err());
}
