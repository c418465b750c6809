//! Programs that call Squarespace's own paths through the gateway, with a key of ours.

mod agreed;
mod asking;
mod attempts;
mod budget;
mod callers;
mod catalogue;
mod denied;
mod dry_runs;
mod examples;
mod large;
mod limits;
mod masks;
mod races;
mod scripted;
mod sequences;
mod tokens;
mod turns;
mod undone;
mod vendor;

use portico_domain::agent::{Area, Level, Says};
use portico_engine::{NewGrant, NewRights, NewRule};
use portico_store::{Store, on_both};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use url::Url;

use crate::world::{Link, World, text};

const ORDERS: &str = "/1.0/commerce/orders";
const PRODUCTS: &str = "/v2/commerce/products";
const ADJUST: &str = "/1.0/commerce/inventory/adjustments";

/// A program with its key.
struct Program<'a> {
    world: &'a World,
    hub: Url,
    key: String,
}

impl World {
    /// A program that may do this in every connection, and is shown personal data.
    async fn program(&self, grants: &[(Area, Level)]) -> Program<'_> {
        self.ruled_program(grants, [Says::PersonalData { shown: true }])
            .await
    }

    /// A program that may do this in every connection, by these rules.
    async fn ruled_program(
        &self,
        grants: &[(Area, Level)],
        rules: impl IntoIterator<Item = Says>,
    ) -> Program<'_> {
        let grants = grants.iter().map(|(area, level)| NewGrant {
            connection: None,
            area: *area,
            level: *level,
        });
        let rules = rules.into_iter().map(|says| NewRule {
            connection: None,
            says,
        });
        let rights = NewRights {
            grants: grants.collect(),
            rules: rules.collect(),
            ..NewRights::default()
        };
        let made = self.engine.add_agent("Robot", rights).await.unwrap();
        Program {
            world: self,
            hub: self.hub.clone(),
            key: made.secret.expose_secret().to_owned(),
        }
    }
}

impl Program<'_> {
    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}squarespace{path}", self.hub);
        self.world
            .http
            .request(method, url)
            .header("authorization", format!("Bearer {}", self.key))
    }

    async fn get(&self, path: &str) -> Response {
        self.call(Method::GET, path).send().await.unwrap()
    }

    async fn read(&self, path: &str) -> Value {
        json_of(self.get(path).await, 200).await
    }

    /// What a call is refused with, in one line.
    async fn refused(&self, call: RequestBuilder) -> String {
        problem(call.send().await.unwrap()).await
    }
}

async fn json_of(response: Response, status: u16) -> Value {
    let got = response.status();
    let body = response.text().await.unwrap();
    assert_eq!(got, status, "{body}");
    serde_json::from_str(&body).unwrap()
}

async fn problem(response: Response) -> String {
    let status = response.status().as_u16();
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let problem: Value = response.json().await.unwrap();
    let kind = text(&problem["type"]);
    let kind = kind.strip_prefix("urn:portico:problem:").unwrap();
    format!("{status} {kind}: {}", text(&problem["detail"]))
}

async fn many_orders(world: &World, count: usize) {
    let orders: Vec<Value> = (0..count)
        .map(|n| json!({"customerEmail": format!("buyer{n}@example.com")}))
        .collect();
    world
        .control_post("squarespace/orders?silent=true", &json!(orders))
        .await;
}

on_both! {
    async fn a_list_is_paged_to_its_end_without_leaving_the_gateway(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        many_orders(&world, 120).await;
        let program = world.program(&[(Area::Orders, Level::Read)]).await;

        let (mut url, mut seen) = (format!("{}squarespace{ORDERS}", world.hub), Vec::new());
        loop {
            assert!(url.starts_with(world.hub.as_str()), "{url}");
            let call = world.http.get(&url).header("authorization", format!("Bearer {}", program.key));
            let answer = call.send().await.unwrap();
            assert_eq!(answer.headers()["portico-connection"], "acme");
            assert!(answer.headers().contains_key("ratelimit"), "the budget is told");
            let page = json_of(answer, 200).await;
            seen.extend(page["result"].as_array().unwrap().iter().map(|order| text(&order["id"])));
            match page["pagination"]["nextPageUrl"].as_str() {
                Some(next) => url = next.to_owned(),
                None => break,
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 120);
    }
}

on_both! {
    async fn what_is_not_granted_is_refused_and_never_reaches_the_vendor(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Orders, Level::Read)]).await;
        world.forget_requests().await;

        let fulfil = program.call(Method::POST, &format!("{ORDERS}/1/fulfillments")).json(&json!({"shouldSendNotification": false, "shipments": []}));
        let refusals = [
            program.refused(program.call(Method::GET, PRODUCTS)).await,
            program.refused(fulfil).await,
            program.refused(program.call(Method::GET, "/1.0/commerce/wishes")).await,
            program.refused(program.call(Method::PUT, ORDERS)).await,
            program.refused(program.call(Method::GET, ORDERS).header("portico-connection", "other")).await,
            problem(world.http.get(format!("{}squarespace{ORDERS}", world.hub)).send().await.unwrap()).await,
            problem(world.http.get(format!("{}squarespace{ORDERS}", world.hub)).bearer_auth("ptc_agt_0000").send().await.unwrap()).await,
        ]
        .join("\n");
        insta::assert_snapshot!(refusals, @r#"
        403 denied: `Robot` may not getProducts at `acme`: it has off in products and needs read; the owner grants it with `portico agent grant "Robot" --connection acme --area products=read`
        403 denied: `Robot` may not fulfillOrder at `acme`: it has read in orders and needs full; the owner grants it with `portico agent grant "Robot" --connection acme --area orders=full`
        404 not-found: GET /1.0/commerce/wishes is no operation of Squarespace; `portico operations list` shows those that are, and `portico call` builds their paths
        405 method: /1.0/commerce/orders does not take PUT; it takes GET, POST
        404 not-found: there is no Squarespace connection `other` that this key may use; `GET /connections` lists those that it may
        401 unauthorized: the key is missing or wrong; send `Authorization: Bearer ptc_agt_…`
        401 unauthorized: the key is missing or wrong; send `Authorization: Bearer ptc_agt_…`
        "#);
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}

on_both! {
    async fn a_revoked_agent_is_refused_at_its_next_call_and_a_new_grant_holds_at_once(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Orders, Level::Read)]).await;
        program.read(ORDERS).await;
        assert_eq!(program.get(PRODUCTS).await.status(), 403);

        let products = NewGrant { connection: Some("acme".to_owned()), area: Area::Products, level: Level::Read };
        world.engine.grant("Robot", &[products]).await.unwrap();
        program.read(PRODUCTS).await;
        world.engine.revoke_agent("Robot").await.unwrap();
        assert_eq!(program.get(ORDERS).await.status(), 401);
    }
}

on_both! {
    async fn a_token_that_the_vendor_no_longer_takes_is_renewed_once_and_the_call_is_repeated(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Orders, Level::Read)]).await;
        world.forget_requests().await;
        world.fault(json!({"app": "squarespace", "path": ORDERS, "kind": "status", "status": 401, "times": 1})).await;

        program.read(ORDERS).await;
        let asked: Vec<String> = world.requests("squarespace").await.iter().map(|one| format!("{} {}", one["status"], text(&one["path"]))).collect();
        insta::assert_snapshot!(asked.join("\n"), @r"
        401 /1.0/commerce/orders
        200 /api/1/login/oauth/provider/tokens
        200 /1.0/commerce/orders
        ");
    }
}

on_both! {
    async fn a_read_is_repeated_when_the_vendor_stumbles_and_a_write_is_not(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Orders, Level::Read), (Area::Products, Level::Full)]).await;
        world.fault(json!({"app": "squarespace", "path": ORDERS, "kind": "html", "status": 502, "times": 2})).await;
        program.read(ORDERS).await;

        world.fault(json!({"app": "squarespace", "method": "POST", "path": PRODUCTS, "kind": "drop_after", "times": 1})).await;
        world.forget_requests().await;
        let page = program.read("/1.0/commerce/store_pages").await["storePages"][0]["id"].clone();
        let new = json!({"type": "GIFT_CARD", "storePageId": page, "name": "Voucher", "variants": [
            {"sku": "V-1", "pricing": {"basePrice": {"currency": "USD", "value": "10.00"}}}]});
        let refusal = program.refused(program.call(Method::POST, PRODUCTS).json(&new)).await;
        insta::assert_snapshot!(refusal, @"504 unanswered: Squarespace did not answer createProduct; it may have been done: look before you send it again");
        let sent = world.requests("squarespace").await;
        assert_eq!(sent.iter().filter(|one| one["method"] == "POST").count(), 1);
    }
}

on_both! {
    async fn a_write_with_an_idempotency_key_is_repeated_and_done_once(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Inventory, Level::Full)]).await;
        let item = program.read("/1.0/commerce/inventory").await["inventory"].as_array().unwrap().iter().find(|item| item["isUnlimited"] == false).unwrap().clone();
        world.fault(json!({"app": "squarespace", "path": ADJUST, "kind": "drop_after", "times": 1})).await;

        let more = json!({"incrementOperations": [{"variantId": item["variantId"], "quantity": 3}]});
        let answer = program.call(Method::POST, ADJUST).json(&more).send().await.unwrap();
        assert_eq!(answer.status(), 204);
        assert!(answer.headers().contains_key("idempotency-key"), "the key that was made is told");
        let after = program.read(&format!("/1.0/commerce/inventory/{}", text(&item["variantId"]))).await;
        assert_eq!(after["inventory"][0]["quantity"].as_i64(), item["quantity"].as_i64().map(|before| before + 3));
    }
}

on_both! {
    async fn a_body_that_the_contract_does_not_allow_is_refused_before_it_costs_a_call(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Inventory, Level::Full)]).await;
        world.forget_requests().await;
        let wrong = json!({"incrementOperations": [{"variantId": "v", "quantity": "three"}], "colour": "red"});
        let refusals = [
            program.refused(program.call(Method::POST, ADJUST).json(&wrong)).await,
            program.refused(program.call(Method::POST, ADJUST).header("content-type", "application/json").body("{")).await,
            program.refused(program.call(Method::POST, ADJUST).body("a=b")).await,
        ];
        assert_eq!(world.requests("squarespace").await.len(), 0);
        assert!(refusals[0].contains("/incrementOperations/0/quantity") && refusals[0].contains("colour"), "{}", refusals[0]);
        assert!(!refusals[0].contains("three"), "a value may be personal: {}", refusals[0]);
        insta::assert_snapshot!(refusals[1..].join("\n"), @r"
        400 request: the body of adjustInventoryStockLevels is not JSON: look at line 1, column 1
        415 request: send the body of adjustInventoryStockLevels as `application/json`
        ");
    }
}

on_both! {
    async fn a_path_that_two_servers_could_read_in_two_ways_is_none(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Orders, Level::Full), (Area::Site, Level::Full)]).await;
        world.forget_requests().await;
        let tricks = [
            "/1.0/commerce/orders/%2e%2e/%2e%2e/authorization/website",
            "/1.0/commerce/orders/..%2f..%2fauthorization",
            "/1.0//commerce/orders",
            "//evil.example/1.0/commerce/orders",
            "/https:%2f%2fevil.example/1.0/commerce/orders",
            "/1.0/commerce/orders%0d%0aX-Evil:1",
            "/1.0/commerce/%6frders",
        ];
        for path in tricks {
            let raw = raw_status(&world, path, &program.key).await;
            assert!((400..500).contains(&raw), "{path}: {raw}");
        }
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}

/// A request as it is, which no client library has tidied.
async fn raw_status(world: &World, path: &str, key: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let host = format!(
        "{}:{}",
        world.hub.host_str().unwrap(),
        world.hub.port().unwrap()
    );
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    let head = format!(
        "GET /squarespace{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

on_both! {
    async fn a_call_that_names_no_connection_never_goes_to_another_shop(store: Store) {
        let world = World::new(store).await;
        world.connect_site("first", 0, Link::OAuth).await;
        world.clock.advance(jiff::SignedDuration::from_secs(60));
        world.connect_site("second", 1, Link::ApiKey).await;
        let program = world.program(&[(Area::Orders, Level::Read)]).await;
        world.fault(json!({"app": "squarespace", "kind": "status", "status": 402, "times": 1})).await;
        assert_eq!(program.get(ORDERS).await.status(), 402);

        world.forget_requests().await;
        let refusal = program.refused(program.call(Method::GET, ORDERS)).await;
        assert!(refusal.starts_with("409 ") && refusal.contains("`first`"), "{refusal}");
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}
