//! Agents, operations and single calls, from a shell, against an emulated shop.

use serde_json::{Value, json};

use crate::beside_a_server::ask;
use crate::binary::{Ended, Place, Served};

/// More orders than stand on a page.
const ORDERS: usize = 53;

/// The smallest picture that there is.
const PICTURE: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/// A shop that is connected as `acme`, by its API key.
pub(crate) struct Shop {
    pub(crate) place: Place,
    base: String,
    _sandbox: Served,
}

impl Shop {
    pub(crate) async fn connected() -> Self {
        rustls::crypto::ring::default_provider()
            .install_default()
            .unwrap_or_default();
        let mut place = Place::new();
        let mut sandbox = place.start(["sandbox", "--listen", "127.0.0.1:0", "--json"]);
        let ready: Value = serde_json::from_str(&sandbox.line()).unwrap();
        let base = ready["listening"].as_str().unwrap().to_owned();
        let credentials = ask(&base, "credentials", None).await;
        let key = &credentials["squarespace"]["sites"][0]["api_key"];
        place.write("site.key", key.as_str().unwrap());
        place.set(
            "PORTICO_SQUARESPACE_API_BASE",
            format!("{base}/squarespace"),
        );
        place.json([
            "connection",
            "add",
            "squarespace",
            "acme",
            "--key-file",
            "site.key",
        ]);
        Self {
            place,
            base,
            _sandbox: sandbox,
        }
    }

    /// What a call answers; it must go well.
    fn call(&self, args: &[&str]) -> Value {
        let args = [&["call", "--json"], args].concat();
        let ended: Ended = self.place.command(&args).output().unwrap().into();
        assert_eq!(ended.code, 0, "{args:?}: {}", ended.complaint);
        serde_json::from_str(&ended.answer).unwrap()
    }

    fn first_product(&self) -> (String, String) {
        let products = self.call(&["getProducts"]);
        let product = &products["products"][0];
        let id = |one: &Value| one["id"].as_str().unwrap().to_owned();
        (id(product), id(&product["variants"][0]))
    }
}

#[test]
fn operations_are_listed_and_shown_where_nothing_is_set_up() {
    let place = Place::new();
    let listed = place.run(["operations", "list", "--area", "orders", "--write"]);
    assert_eq!(
        listed.answer.lines().map(str::trim_end).collect::<Vec<_>>(),
        [
            " ID            METHOD AND PATH                              AREA    ACCESS  EFFECTS",
            " createOrder   POST /1.0/commerce/orders                    orders  write   cannot be taken back, acts outside the API",
            " fulfillOrder  POST /1.0/commerce/orders/{id}/fulfillments  orders  write   cannot be taken back, acts outside the API",
        ]
    );
    let reading = place.json(["operations", "list", "--read"]);
    let reading = reading["operations"].as_array().unwrap();
    assert!(reading.iter().all(|one| one["access"] == "read"));

    let shown = place.run(["operations", "show", "getOrders"]).answer;
    assert!(
        shown.contains("--param fulfillmentStatus=… (query)"),
        "{shown}"
    );
    assert!(
        shown.contains("personal data in the answer: /result/*/"),
        "{shown}"
    );
    assert!(shown.contains("Some of NOT_CHARGED, AUTHORIZED"), "{shown}");
    assert!(!shown.contains("\"type\""), "{shown}");
    let schemas = place.run(["operations", "show", "getOrders", "--schemas"]);
    assert!(
        schemas.answer.contains("schema of the answer:\n{"),
        "{}",
        schemas.answer
    );
    let narrow = place
        .command(["operations", "list"])
        .env("COLUMNS", "80")
        .output();
    let narrow = Ended::from(narrow.unwrap()).answer;
    assert!(
        narrow.lines().all(|line| line.chars().count() <= 80),
        "{narrow}"
    );
    let kommo = place.run(["operations", "list", "--app", "kommo"]).answer;
    assert!(kommo.contains("called by Portico itself"), "{kommo}");
    let unknown = place.run(["operations", "show", "sellEverything"]);
    assert_eq!(unknown.code, 3, "{}", unknown.complaint);
    let unused = place.run(["operations", "list", "--data", "elsewhere"]);
    assert_eq!(unused.code, 2, "{}", unused.complaint);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_made_granted_shown_and_revoked() {
    let shop = Shop::connected().await;
    let place = &shop.place;
    let made = place.json(["agent", "add", "Store Agent", "--area", "orders=read"]);
    let everywhere = json!({ "connection": null, "area": "orders", "level": "read" });
    assert_eq!(made["agent"]["grants"], json!([everywhere]));
    assert!(made["secret"].as_str().unwrap().starts_with("ptc_agt_"));
    let granted = place.json([
        "agent",
        "grant",
        "Store Agent",
        "--connection",
        "acme",
        "--area",
        "products=full",
        "--area",
        "orders=off",
    ]);
    assert_eq!(granted["grants"].as_array().unwrap().len(), 3, "{granted}");
    assert_eq!(place.json(["agent", "show", "Store Agent"]), granted);
    let listed = place.run(["agent", "list"]).answer;
    for sentence in [
        "every connection: orders read",
        "acme: orders off, products full",
    ] {
        assert!(listed.contains(sentence), "{listed}");
    }

    let hidden = ["agent", "grant", "Store Agent", "--personal-data"];
    let at_acme = [&hidden[..], &["shown", "--connection", "acme"]].concat();
    assert_eq!(
        Ended::from(place.command(&at_acme).output().unwrap()).complaint,
        ""
    );
    let everywhere = [&hidden[..], &["hidden", "--area", "products=off"]].concat();
    let noted = Ended::from(place.command(&everywhere).output().unwrap()).complaint;
    assert_eq!(
        noted.trim_end(),
        "note: what connections have of their own goes on to hold there (acme: products=full, acme: personal-data); it is changed with --connection"
    );

    let refused: &[(&[&str], i32, &str)] = &[
        (&["add", "Store Agent"], 4, "there is already an agent"),
        (&["grant", "Store Agent"], 2, "--area orders=read"),
        (
            &["grant", "Store Agent", "--area", "orders"],
            2,
            "orders=read",
        ),
        (
            &["grant", "Store Agent", "--area", "tills=read"],
            2,
            "the areas are products",
        ),
        (
            &["grant", "Store Agent", "--area", "orders=write"],
            2,
            "the levels are off, read and full",
        ),
        (
            &["grant", "Store Agent", "--connection", "acme"],
            2,
            "--area",
        ),
        (
            &[
                "grant",
                "Store Agent",
                "--connection",
                "gone",
                "--area",
                "orders=read",
            ],
            3,
            "no such connection `gone`",
        ),
        (
            &[
                "grant",
                "Store Agent",
                "--area",
                "orders=read",
                "--area",
                "orders=full",
            ],
            2,
            "`orders=read` and `orders=full` contradict each other",
        ),
        (&["add", "Store\"Agent"], 2, "no quotes"),
        (&["show", "Nobody"], 3, "no such agent `Nobody`"),
    ];
    for (args, code, words) in refused {
        let args = [&["agent"], *args].concat();
        let ended: Ended = place.command(&args).output().unwrap().into();
        assert_eq!(ended.code, *code, "{args:?}: {}", ended.complaint);
        assert!(ended.complaint.contains(words), "{}", ended.complaint);
    }
    assert_eq!(
        place.json(["agent", "revoke", "Store Agent"]),
        json!({ "revoked": "Store Agent" })
    );
    assert_eq!(
        place.json(["agent", "list"]),
        json!({ "agents": [], "stopped_at": null })
    );
    assert_eq!(place.run(["agent", "revoke", "Store Agent"]).code, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_to_its_end() {
    let shop = Shop::connected().await;
    for _ in 0..ORDERS {
        let checkout = json!({ "app": "squarespace", "action": "checkout", "silent": true });
        ask(&shop.base, "people", Some(checkout)).await;
    }
    let page = shop.call(&["getOrders"]);
    assert_eq!(page["result"].as_array().unwrap().len(), 50);
    let next = page["pagination"]["nextPageUrl"].as_str().unwrap();
    assert!(
        next.contains("/squarespace/1.0/commerce/orders?cursor="),
        "{next}"
    );
    let all = shop.call(&[
        "getOrders",
        "--all-pages",
        "--param",
        "fulfillmentStatus=PENDING",
    ]);
    let mut numbers: Vec<&Value> = all["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|order| &order["orderNumber"])
        .collect();
    numbers.sort_by_key(|number| number.as_str());
    numbers.dedup();
    assert_eq!(numbers.len(), ORDERS);
    assert_eq!(all["pagination"]["hasNextPage"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_comes_from_the_command_line_a_file_or_standard_input() {
    let shop = Shop::connected().await;
    let (product, variant) = shop.first_product();
    let id = format!("productId={product}");
    let update = ["updateProduct", "--connection", "acme", "--param", &id];
    let named = |name: &str, body: &str| {
        let changed = shop.call(&[&update[..], &["--body", body]].concat());
        assert_eq!(changed["name"], name);
    };
    named("Bell", r#" {"name": "Bell"}"#);
    let file = shop.place.write("bell.json", r#"{"name": "Small Bell"}"#);
    named("Small Bell", &file);

    let said = json!({ "incrementOperations": [{ "variantId": variant, "quantity": 2 }] });
    let said = shop.place.write("stock.json", &said.to_string());
    let mut command = shop.place.command(["call", "adjustInventoryStockLevels"]);
    command.args(["--connection", "acme", "--body", "-"]);
    command.stdin(std::fs::File::open(said).unwrap());
    let done: Ended = command.output().unwrap().into();
    assert_eq!(
        (done.code, done.answer.as_str()),
        (0, "done\n"),
        "{}",
        done.complaint
    );

    let picture = shop.place.path("bell.gif");
    std::fs::write(&picture, PICTURE).unwrap();
    let picture = picture.display().to_string();
    let uploaded = shop.call(&["uploadProductImage", "--param", &id, "--file", &picture]);
    assert!(uploaded["imageId"].is_string(), "{uploaded}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_made_says_why_and_how_it_ended() {
    let shop = Shop::connected().await;
    let place = &shop.place;
    let reader = place.json(["agent", "add", "Reader", "--area", "products=read"]);
    place.write("reader.key", reader["secret"].as_str().unwrap());
    place.write("wrong.key", "ptc_agt_wrong");
    let cases: &[(&[&str], i32, &str)] = &[
        (&["sellEverything"], 3, "portico operations list"),
        (&["getOrders", "--connection", "gone"], 3, "`gone`"),
        (&["getOrder"], 2, "`id` is missing"),
        (
            &["getOrders", "--param", "colour=red"],
            2,
            "it takes modifiedAfter",
        ),
        (&["getOrders", "--param", "colour"], 2, "such as cursor=abc"),
        (&["getOrders", "--body", "{}"], 2, "takes no body"),
        (&["getWebsiteProfile", "--all-pages"], 2, "has no pages"),
        (&["createOrder", "--body", "{}"], 2, "createOrder"),
        (&["createOrder", "--body", "gone.json"], 2, "gone.json"),
        (&["getMemberProfile"], 4, "`portico connection reauthorize "),
        (&["getOrders", "--key-file", "reader.key"], 1, "orders=read"),
        (
            &["getOrders", "--key-file", "wrong.key"],
            1,
            "the key is wrong or was revoked",
        ),
        (
            &["getOrder", "--param", "id=none"],
            5,
            "the vendor answered with 400",
        ),
    ];
    for (args, code, words) in cases {
        let args = [&["call"], *args].concat();
        let ended: Ended = place.command(&args).output().unwrap().into();
        assert_eq!(ended.code, *code, "{args:?}: {}", ended.complaint);
        assert!(
            ended.complaint.contains(words),
            "{args:?}: {}",
            ended.complaint
        );
        assert_eq!(ended.answer, "", "{args:?}");
    }
    let read = shop.call(&["getProducts", "--key-file", "reader.key"]);
    assert!(!read["products"].as_array().unwrap().is_empty());
    let chosen = place.run(["call", "getWebsiteProfile"]);
    assert_eq!(chosen.complaint, "answered by `acme`\n");
    let refused = place.run(["call", "getOrder", "--param", "id=none", "--json"]);
    let error: Value = serde_json::from_str(&refused.complaint).unwrap();
    let error = &error["error"];
    assert_eq!(
        (&error["code"], &error["status"], &error["connection"]),
        (&json!("vendor"), &json!(400), &json!("acme"))
    );
    assert!(error["body"]["message"].is_string(), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_shown_with_what_it_may_do_and_what_is_left() {
    let shop = Shop::connected().await;
    let shown = shop.place.json(["connection", "show", "acme"]);
    assert_eq!(
        shown["credential"],
        json!({ "kind": "key", "renewed_at": null, "expires_at": null, "scopes": [] })
    );
    assert_eq!(shown["findings"][0], "may read orders");
    let calls = shown["budget"]["calls"].as_i64().unwrap();
    assert!((1..=20).contains(&calls), "{shown}");
    let shown = shop.place.run(["connection", "show", "acme"]).answer;
    assert!(shown.contains("a minute at most"), "{shown}");
}
