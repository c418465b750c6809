//! Bad requests at every door, with canaries where nobody expects them.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::hub::Hub;

/// What the doors are tried with.
pub(crate) struct Strings<'a> {
    pub(crate) personal: &'a str,
    pub(crate) secret: &'a str,
    /// The signing key of the site's notifications.
    pub(crate) signing_key: &'a str,
    /// Where the CRM sends its deliveries.
    pub(crate) crm_hook: &'a str,
    /// Where the site sends its notifications.
    pub(crate) site_hook: &'a str,
}

/// Knocks at all doors; every answer is a refusal.
pub(crate) async fn knock(hub: &Hub, strings: &Strings<'_>) {
    let hooks = wrong_notifications(hub, strings)
        .into_iter()
        .chain(wrong_deliveries(hub, strings));
    for request in hooks
        .chain(wrong_requests(hub, strings))
        .chain(wrong_keys(hub, strings))
    {
        let wanted = format!("{request:?}");
        let (status, text) = hub.send(request).await;
        assert!((400..500).contains(&status), "{wanted}: {status} {text}");
    }
}

/// Commands that cannot be done with what they are given.
pub(crate) fn mistype(hub: &Hub, secret: &str) {
    let other_scheme = format!("mysql://ann:{secret}@db/portico");
    let nobody_there = format!("postgres://ann:{secret}@127.0.0.1:1/portico");
    for database in [other_scheme.as_str(), &nobody_there] {
        hub.refused(&["connection", "list", "--database", database]);
    }
    let settings = [
        format!("database = \"postgres://ann:{secret}@db/portico"),
        format!("database = [\"postgres://ann:{secret}@db/portico\"]"),
        format!("master_key = \"{secret}\""),
    ];
    for text in settings {
        let file = hub.write("mistyped.toml", &text);
        hub.refused(&["connection", "list", "--config", &file]);
    }
    let key = hub.write("mistyped.key", secret);
    let file = hub.write("mistyped.toml", &format!("master_key_file = \"{key}\""));
    hub.refused(&["connection", "list", "--config", &file]);
    let file = hub.write(
        "told.toml",
        &format!("database = \"postgres://ann:{secret}@db/portico\""),
    );
    for form in [
        &["config", "--config", &file][..],
        &["config", "--json", "--config", &file],
    ] {
        hub.run(form);
    }
}

fn wrong_notifications(hub: &Hub, strings: &Strings<'_>) -> Vec<RequestBuilder> {
    let post = || hub.http().post(strings.site_hook);
    let told = json!({"id": strings.personal, "topic": strings.personal, "data": [strings.secret]})
        .to_string();
    let mut requests = vec![
        post().body(told.clone()),
        post()
            .body(told.clone())
            .header("Squarespace-Signature", strings.secret),
        post()
            .body(told.clone())
            .header("Squarespace-Signature", sign("00", &told)),
        hub.http()
            .post(hub.address() + "/hooks/squarespace/" + strings.secret)
            .body(told.clone()),
    ];
    for body in [
        told,
        strings.personal.to_owned(),
        format!("{{\"id\": \"{}", strings.personal),
    ] {
        let signature = sign(strings.signing_key, &body);
        requests.push(post().body(body).header("Squarespace-Signature", signature));
    }
    requests
}

fn wrong_deliveries(hub: &Hub, strings: &Strings<'_>) -> Vec<RequestBuilder> {
    let (connection, _) = strings.crm_hook.rsplit_once('/').unwrap();
    let contact = |rest: &str| format!("contacts[update][0][name]={}&{rest}", strings.personal);
    let deep = contact(&format!(
        "contacts{}={}",
        "[a]".repeat(200),
        strings.personal
    ));
    let of_another = contact("account[id]=1&contacts[update][0][id]=1");
    let post = |url: String, body: String| hub.http().post(url).body(body);
    vec![
        post(format!("{connection}/{}", strings.secret), contact("")),
        post(strings.crm_hook.to_owned(), deep),
        post(strings.crm_hook.to_owned(), of_another),
        post(
            strings.crm_hook.to_owned(),
            strings.personal.repeat(500_000),
        ),
    ]
}

fn wrong_requests(hub: &Hub, strings: &Strings<'_>) -> Vec<RequestBuilder> {
    let (personal, secret) = (strings.personal, strings.secret);
    let account = |account: Value| json!({"name": "other", "account": account});
    let tokens = |name: &str, value: Value| {
        let mut tokens = json!({"client_id": "a", "client_secret": secret, "access_token": secret, "refresh_token": secret});
        tokens[name] = value;
        account(json!({"squarespace": {"tokens": tokens}}))
    };
    let kommo = |base: &str, credential: Value| {
        account(json!({"kommo": {"base": base, "credential": credential}}))
    };
    let address = format!("https://ann:{secret}@crm.example");
    let connections = [
        json!(secret),
        json!({"name": [secret], "account": secret}),
        json!({"name": "other", "account": {"squarespace": {"api_key": [secret]}}, "note": secret}),
        json!({"name": "other", "account": {"squarespace": {"api_key": {"is": secret}}}}),
        account(json!({"squarespace": secret})),
        account(json!({"mintsoft": {"api_key": secret}})),
        account(json!({"squarespace": {"api_key": secret}})),
        tokens("client_id", json!([secret])),
        tokens("key", json!(secret)),
        tokens("redirect_uri", json!({"secret": secret})),
        kommo(secret, json!({"long_lived_token": secret})),
        kommo("ftp://crm.example", json!({"long_lived_token": secret})),
        kommo(
            "https://crm.example",
            json!({"authorization_code": {"client_id": "a", "client_secret": secret, "code": secret}}),
        ),
        kommo("https://crm.example", json!(secret)),
        kommo(&address, json!({"long_lived_token": secret})),
    ];
    let flows = [
        json!({"name": "x", "site": "acme", "crm": "crm", "settings": personal}),
        json!({"name": "x", "site": "acme", "crm": "crm", "settings": {"bands": [personal]}}),
    ];
    let to = |path: &str, body: &Value| authorized(hub, Method::POST, path).json(body);
    let mut requests: Vec<RequestBuilder> = Vec::new();
    requests.extend(connections.iter().map(|body| to("/v1/connections", body)));
    requests.extend(flows.iter().map(|body| to("/v1/flows", body)));
    requests.extend([
        to("/v1/flows/orders/backfill", &json!({"since": personal})),
        to(
            "/v1/work/retry",
            &json!({"queue": personal, "key": [personal]}),
        ),
        authorized(hub, Method::POST, "/v1/flows")
            .body(format!("{{\"name\": \"{secret}"))
            .header("content-type", "application/json"),
        authorized(hub, Method::POST, "/v1/flows")
            .body(secret.to_owned())
            .header("content-type", "text/plain"),
        authorized(hub, Method::GET, "/v1/work").query(&[("state", personal)]),
        authorized(hub, Method::GET, "/v1/work").query(&[("limit", personal)]),
        authorized(hub, Method::GET, "/v1/events").query(&[("limit", personal)]),
    ]);
    requests
}

fn wrong_keys(hub: &Hub, strings: &Strings<'_>) -> Vec<RequestBuilder> {
    let at = |path: &str| hub.http().get(hub.address() + path);
    let login = hub
        .http()
        .post(hub.address() + "/login")
        .header("origin", hub.address());
    vec![
        at("/v1/overview").bearer_auth(strings.secret),
        at("/v1/overview").bearer_auth(&hub.metrics_key),
        at("/v1/overview").header("authorization", strings.secret),
        at("/v1/overview").basic_auth("admin", Some(strings.secret)),
        at("/v1/nothing")
            .bearer_auth(&hub.admin_key)
            .query(&[("key", strings.secret)]),
        at("/metrics").bearer_auth(strings.secret),
        at("/nothing").query(&[("email", strings.personal)]),
        login.form(&[("key", strings.secret)]),
    ]
}

fn authorized(hub: &Hub, method: Method, path: &str) -> RequestBuilder {
    hub.http()
        .request(method, hub.address() + path)
        .bearer_auth(&hub.admin_key)
}

fn sign(key: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(&hex::decode(key).unwrap()).unwrap();
    hex::encode(mac.chain_update(body).finalize().into_bytes())
}
