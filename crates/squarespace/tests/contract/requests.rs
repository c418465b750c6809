//! What each method sends, against the row of the catalogue that it is for: nothing is missing, nothing is unknown.

mod goods;
mod people;
mod trade;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use http::Method;
use serde_json::Value;
use squarespace::catalog::{CATALOG, OPERATIONS};
use squarespace::{Client, Cursor, Endpoints, Timeouts};
use tokio::sync::mpsc::UnboundedReceiver;
use wire::catalog::{Body, Operation};
use wire::{Error, SecretString};

use crate::receiver::{Received, receiver};

/// A client whose vendor knows nothing, so that every call ends after its request.
struct Probe {
    client: Client,
    token: SecretString,
    told: UnboundedReceiver<Received>,
    calls: Vec<Call>,
}

/// A call that was made.
struct Call {
    /// What the client calls it.
    operation: &'static str,
    request: Received,
}

/// Makes a call and keeps what it sent.
macro_rules! send {
    ($probe:ident, $method:ident($($argument:expr),*)) => {
        let answer = $probe.client.$method($($argument,)* &$probe.token).await;
        $probe.sent(answer.map(drop)).await;
    };
}
use send;

impl Probe {
    async fn start() -> Self {
        let (address, told) = receiver("404 Not Found").await;
        let endpoints = Endpoints {
            api: address.parse().unwrap(),
            login: address.parse().unwrap(),
        };
        let timeouts = Timeouts {
            connect: Duration::from_secs(5),
            call: Duration::from_secs(10),
        };
        Self {
            client: Client::new(endpoints, "squarespace-rs/contract", timeouts).unwrap(),
            token: "T1|a/b+c==".into(),
            told,
            calls: Vec::new(),
        }
    }

    async fn sent(&mut self, answer: Result<(), Error>) {
        let error = answer.unwrap_err();
        assert_eq!(error.status, Some(404), "{error}");
        let request = self.told.recv().await.unwrap();
        self.calls.push(Call {
            operation: error.operation,
            request,
        });
    }
}

impl Call {
    /// The row that the request matches, whatever the client calls it.
    fn row(&self) -> &'static Operation {
        let method: Method = self.request.method().parse().unwrap();
        let (path, _) = self.split();
        let found = CATALOG.match_path(&method, path);
        found
            .unwrap_or_else(|| panic!("{method} {path} is no row"))
            .0
    }

    fn query(&self) -> Vec<(String, String)> {
        let (_, query) = self.split();
        url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }

    fn split(&self) -> (&str, &str) {
        let target = self.request.target();
        target.split_once('?').unwrap_or((target, ""))
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.request.body).unwrap()
    }
}

/// Every method at least once, with all that it can write, and once more where it can leave things out.
async fn calls() -> Vec<Call> {
    let mut probe = Probe::start().await;
    goods::send_all(&mut probe).await;
    trade::send_all(&mut probe).await;
    people::send_all(&mut probe).await;
    probe.calls
}

fn cursor() -> Cursor {
    "eyJwIjoyfQ".to_owned().into()
}

#[tokio::test]
async fn every_operation_has_a_method_that_calls_it_by_its_name() {
    let calls = calls().await;
    for call in &calls {
        let row = call.row();
        assert_eq!(
            call.operation,
            format!("{} {}", row.verb.as_str(), row.path)
        );
    }
    let called: BTreeSet<&str> = calls.iter().map(|call| call.row().id).collect();
    let missing: Vec<&str> = OPERATIONS
        .iter()
        .map(|row| row.id)
        .filter(|id| !called.contains(id))
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[tokio::test]
async fn every_body_is_one_that_its_schema_takes() {
    for call in calls().await {
        let row = call.row();
        let content_type = call.request.header("content-type").unwrap_or_default();
        match row.body {
            Body::None => assert!(call.request.body.is_empty(), "{}", row.id),
            Body::Json => assert_eq!(content_type, "application/json", "{}", row.id),
            Body::MergePatch => {
                assert_eq!(content_type, "application/merge-patch+json", "{}", row.id);
            }
            Body::Multipart { part } => {
                assert!(content_type.starts_with("multipart/form-data; boundary="));
                let form = String::from_utf8_lossy(&call.request.body);
                assert!(
                    form.contains(&format!("name=\"{part}\"; filename=\"plié \\\"1\\\".png\"")),
                    "{form}"
                );
                assert!(form.contains("Content-Type: image/png"), "{form}");
                continue;
            }
        }
        let Some(schema) = row.request else { continue };
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&CATALOG.schema(schema).unwrap())
            .unwrap();
        let body = call.json();
        let wrong: Vec<String> = validator
            .iter_errors(&body)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(wrong, [""; 0], "{schema}: {body}");
    }
}

#[tokio::test]
async fn every_member_of_every_body_can_be_written() {
    let mut written: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for call in calls().await {
        if let Some(schema) = call
            .row()
            .request
            .filter(|_| !matches!(call.row().body, Body::Multipart { .. }))
        {
            members_of_body(&call.json(), "", written.entry(schema).or_default());
        }
    }
    for (name, written) in written {
        let schema = CATALOG.schema(name).unwrap();
        let mut described = BTreeSet::new();
        members_of_schema(&schema, &schema, "", &mut described);
        let missing: Vec<&String> = described.difference(&written).collect();
        assert!(missing.is_empty(), "{name} lacks {missing:?}");
    }
}

#[tokio::test]
async fn every_parameter_of_every_query_can_be_written_and_no_other_is() {
    let mut written: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for call in calls().await {
        let names = call.query().into_iter().map(|(name, _)| name);
        written.entry(call.row().id).or_default().extend(names);
    }
    // The documented way to ask for one address is the filter.
    written
        .get_mut("getProfiles")
        .unwrap()
        .insert("email".to_owned());
    for row in OPERATIONS {
        let described: BTreeSet<String> = row
            .query
            .iter()
            .map(|parameter| parameter.name.to_owned())
            .collect();
        assert_eq!(written[row.id], described, "{}", row.id);
    }
}

#[tokio::test]
async fn a_write_that_can_be_repeated_carries_its_key_and_every_call_its_token() {
    for call in calls().await {
        let row = call.row();
        let key = row.idempotency_key.map(|_| "key-1");
        assert_eq!(call.request.header("idempotency-key"), key, "{}", row.id);
        assert_eq!(
            call.request.header("authorization"),
            Some("Bearer T1|a/b+c==")
        );
    }
}

/// The places that a schema describes, as JSON pointers with `*` for items.
fn members_of_schema(root: &Value, schema: &Value, at: &str, into: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
        members_of_schema(root, &root["$defs"][name], at, into);
    }
    if schema["items"].is_object() {
        members_of_schema(root, &schema["items"], &format!("{at}/*"), into);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let at = format!("{at}/{name}");
        members_of_schema(root, member, &at, into);
        into.insert(at);
    }
}

/// The places that a body has, likewise.
fn members_of_body(body: &Value, at: &str, into: &mut BTreeSet<String>) {
    for item in body.as_array().into_iter().flatten() {
        members_of_body(item, &format!("{at}/*"), into);
    }
    for (name, member) in body.as_object().into_iter().flatten() {
        let at = format!("{at}/{name}");
        members_of_body(member, &at, into);
        into.insert(at);
    }
}
