//! Stands between Portico and the vendors: takes note of every secret that passes, and answers in a
//! vendor's place where a test asks for that.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Longer than any body of the story.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// Headers that belong to one connection, or that are made anew.
const OF_ONE_HOP: [HeaderName; 2] = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

/// Members of bodies whose values are secrets.
const SECRET_MEMBERS: [&str; 4] = ["access_token", "refresh_token", "client_secret", "secret"];

pub(crate) struct Relay {
    pub(crate) base: String,
    desk: Arc<Desk>,
}

/// An answer in the vendor's place, to the first request that fits.
#[derive(Clone)]
pub(crate) struct Scripted {
    pub(crate) method: &'static str,
    /// How the path begins, without the query.
    pub(crate) path: &'static str,
    pub(crate) answer: Answer,
}

#[derive(Clone)]
pub(crate) enum Answer {
    Json(u16, Value),
    Html(u16, String),
    /// The vendor does what it is asked to do, and its answer is lost behind an error page.
    LostBehind(String),
    /// The items that hold this text are refused with their value quoted, for good.
    RefuseHolding(String),
}

struct Desk {
    vendors: String,
    http: reqwest::Client,
    scripted: Mutex<Vec<Scripted>>,
    /// With the member or header that they came in.
    secrets: Mutex<BTreeMap<String, String>>,
}

impl Relay {
    pub(crate) async fn start(vendors: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let desk = Arc::new(Desk {
            vendors,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            scripted: Mutex::default(),
            secrets: Mutex::default(),
        });
        let app = Router::new().fallback(pass).with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base, desk }
    }

    pub(crate) fn script(&self, scripted: Scripted) {
        self.desk.scripted.lock().unwrap().push(scripted);
    }

    pub(crate) fn forget_scripts(&self) {
        self.desk.scripted.lock().unwrap().clear();
    }

    /// Every scripted answer was given.
    pub(crate) fn has_answered(&self) -> bool {
        self.desk.scripted.lock().unwrap().is_empty()
    }

    /// Every secret that has passed.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.desk.secrets.lock().unwrap().keys().cloned().collect()
    }

    /// A secret that has passed in a member of this name.
    pub(crate) fn secret_in(&self, member: &str) -> String {
        let secrets = self.desk.secrets.lock().unwrap();
        let found = secrets.iter().find(|(_, place)| *place == member);
        found.unwrap().0.clone()
    }
}

async fn pass(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY_BYTES).await.unwrap();
    desk.note_headers(&parts.headers);
    desk.note_body(&body);
    let scripted = desk.take_scripted(parts.method.as_str(), parts.uri.path(), &body);
    let lost_behind = match scripted {
        Some(Answer::Json(status, body)) => {
            return in_place(status, "application/json", body.to_string());
        }
        Some(Answer::Html(status, page)) => return in_place(status, "text/html", page),
        Some(Answer::RefuseHolding(text)) => {
            return in_place(
                400,
                "application/problem+json",
                refusal(&body, &text).to_string(),
            );
        }
        Some(Answer::LostBehind(page)) => Some(page),
        None => None,
    };
    let url = format!("{}{}", desk.vendors, parts.uri);
    let request = desk.http.request(parts.method, url);
    let answer = request
        .headers(of_message(&parts.headers))
        .body(body)
        .send()
        .await
        .unwrap();
    let (status, headers) = (answer.status(), of_message(answer.headers()));
    let body = answer.bytes().await.unwrap();
    desk.note_body(&body);
    match lost_behind {
        Some(page) => in_place(504, "text/html", page),
        None => (status, headers, Body::from(body)).into_response(),
    }
}

impl Desk {
    fn take_scripted(&self, method: &str, path: &str, body: &[u8]) -> Option<Answer> {
        let mut scripted = self.scripted.lock().unwrap();
        let body = String::from_utf8_lossy(body);
        let fits = |one: &Scripted| {
            let holds = match &one.answer {
                Answer::RefuseHolding(text) => body.contains(text.as_str()),
                Answer::Json(..) | Answer::Html(..) | Answer::LostBehind(_) => true,
            };
            holds && one.method == method && path.starts_with(one.path)
        };
        let place = scripted.iter().position(fits)?;
        Some(match &scripted[place].answer {
            lasting @ Answer::RefuseHolding(_) => lasting.clone(),
            Answer::Json(..) | Answer::Html(..) | Answer::LostBehind(_) => {
                scripted.remove(place).answer
            }
        })
    }

    fn note_headers(&self, headers: &HeaderMap) {
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let Some((scheme, secret)) = given.and_then(|value| value.split_once(' ')) else {
            return;
        };
        self.note("authorization", secret);
        if scheme == "Basic" {
            let decoded = String::from_utf8(STANDARD.decode(secret).unwrap()).unwrap();
            self.note("authorization", decoded.split_once(':').unwrap().1);
        }
    }

    fn note_body(&self, body: &[u8]) {
        if let Ok(value) = serde_json::from_slice(body) {
            self.note_members(&value);
        }
    }

    fn note_members(&self, value: &Value) {
        if let Value::Array(items) = value {
            items.iter().for_each(|item| self.note_members(item));
        }
        for (name, member) in value.as_object().into_iter().flatten() {
            match member.as_str() {
                Some(secret) if SECRET_MEMBERS.contains(&name.as_str()) => self.note(name, secret),
                // The last part of a hook's address is what its deliveries are known by.
                Some(address) if name == "destination" => {
                    self.note(name, address.rsplit('/').next().unwrap());
                }
                Some(_) => {}
                None => self.note_members(member),
            }
        }
    }

    fn note(&self, place: &str, secret: &str) {
        let mut secrets = self.secrets.lock().unwrap();
        secrets.insert(secret.to_owned(), place.to_owned());
    }
}

fn in_place(status: u16, content_type: &'static str, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::RETRY_AFTER, "1"),
    ];
    (StatusCode::from_u16(status).unwrap(), headers, body).into_response()
}

fn of_message(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    OF_ONE_HOP
        .iter()
        .for_each(|name| drop(headers.remove(name)));
    headers
}

/// What the CRM says of a batch in which some items are not to its liking.
fn refusal(body: &[u8], text: &str) -> Value {
    let items: Vec<Value> = serde_json::from_slice(body).unwrap();
    let bad = items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.to_string().contains(text));
    let errors = bad.map(|(n, item)| {
        let request_id = item["request_id"].as_str().map_or_else(|| n.to_string(), str::to_owned);
        let detail = format!("The value {item} is not supported.");
        let error = json!({"code": "NotSupportedChoice", "path": "custom_fields_values.0.values.0.value", "detail": detail});
        json!({"request_id": request_id, "errors": [error]})
    });
    let errors: Vec<Value> = errors.collect();
    json!({"validation-errors": errors, "title": "Bad Request", "status": 400, "detail": "Request validation failed"})
}
