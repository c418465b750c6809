//! The story: everything that Portico does, once, among canaries.

use portico_store::Database;
use reqwest::Method;
use serde_json::{Value, json};

use crate::canary::Canaries;
use crate::doors::{self, Strings};
use crate::hub::{self, Hub, until};
use crate::people::Person;
use crate::relay::{Relay, Scripted};
use crate::troubles;

/// The number of the first who meets a trouble; the next one has the next.
const FIRST_IN_TROUBLE: u8 = 20;

/// The queues of orders on their way, and those with what else finds and unblocks them.
const ORDERS: [&str; 2] = ["read_order", "sync_deal"];
const EVERYTHING: [&str; 5] = [
    "read_order",
    "sync_deal",
    "read_history",
    "sweep_orders",
    "refresh_token",
];

const PASSWORD: &str = "zqdatabasepassword";
const STRAY: &str = "zqstraysecret";

struct Story {
    sandbox: portico_sandbox::Running,
    relay: Relay,
    hub: Hub,
    orders: usize,
    next: u8,
}

/// Tells the story with logs of a format, and looks for the canaries.
pub(crate) async fn told(database: &Database, format: &str) {
    let mut story = Story::begin(database, format).await;
    story.connect().await;
    let server = story.hub.serve().await;
    story.live_orders().await;
    story.knock_at_doors().await;
    story.refused_value().await;
    let quoted = story.quoted();
    for troubles in [
        troubles::of_orders(&quoted),
        troubles::of_contacts(&quoted),
        troubles::of_deals(&quoted),
        troubles::no_renewal(&quoted),
    ] {
        story.meet(troubles).await;
    }
    story.meet_haste(troubles::of_haste(&quoted)).await;
    story.look_at_everything().await;
    story.hub.end(server);
    story.is_as_it_should_be(format).await;
}

impl Story {
    async fn begin(database: &Database, format: &str) -> Self {
        let sandbox = portico_sandbox::start(portico_sandbox::Settings {
            listen: "127.0.0.1:0".parse().unwrap(),
            seed: 7,
            clock: portico_sandbox::Clock::running(),
        })
        .await
        .unwrap();
        let relay = Relay::start(sandbox.base_url()).await;
        let database = hub::address_of(database, PASSWORD);
        let hub = Hub::set_up(&relay.base, &database, format);
        let story = Self {
            sandbox,
            relay,
            hub,
            orders: 0,
            next: FIRST_IN_TROUBLE,
        };
        let lifted = json!({"kommo_per_second": null, "squarespace_per_minute": null});
        story.control("limits", &lifted).await;
        story
    }

    /// Credentials that are refused, then good ones; an order of the past, and contacts of the past.
    async fn connect(&mut self) {
        self.control("squarespace/orders?silent=true", &Person(1).order())
            .await;
        self.control(
            "kommo/contacts",
            &json!([Person(2).contact(), Person(3).contact()]),
        )
        .await;
        let credentials = self.look("credentials").await;
        let (shop, crm) = (&credentials["squarespace"], &credentials["kommo"]);
        let crm_base = format!("{}/kommo", self.relay.base);
        let stray = self.hub.write("stray", STRAY);
        for path in ["/squarespace/", "/kommo/"] {
            self.relay.script(troubles::unknown_credential(path, STRAY));
        }
        self.hub.refused(&[
            "connection",
            "add",
            "squarespace",
            "bad",
            "--key-file",
            &stray,
        ]);
        self.hub.refused(&[
            "connection",
            "add",
            "kommo",
            "bad",
            "--base",
            &crm_base,
            "--key-file",
            &stray,
        ]);
        doors::mistype(&self.hub, STRAY);

        self.add_pair("squarespace", "acme", &[], &shop["sites"][0], shop);
        let redirect = crm["redirect_uri"].as_str().unwrap();
        let more = ["--base", &crm_base, "--redirect-uri", redirect];
        self.add_pair("kommo", "crm", &more, crm, crm);
        let key = self
            .hub
            .write("key", shop["sites"][1]["api_key"].as_str().unwrap());
        self.hub.run(&[
            "connection",
            "add",
            "squarespace",
            "second",
            "--key-file",
            &key,
        ]);
        for (name, site) in [("orders", "acme"), ("others", "second")] {
            self.hub.run(&[
                "flow",
                "add",
                "orders-to-kommo",
                name,
                "--site",
                site,
                "--crm",
                "crm",
                "--yes",
            ]);
        }
    }

    fn add_pair(&self, app: &str, name: &str, more: &[&str], pair: &Value, client: &Value) {
        let secret = |name: &str, value: &Value| self.hub.write(name, value.as_str().unwrap());
        let access = secret("access", &pair["access_token"]);
        let refresh = secret("refresh", &pair["refresh_token"]);
        let client_secret = secret("client", &client["client_secret"]);
        let mut args = vec![
            "connection",
            "add",
            app,
            name,
            "--access-token-file",
            &access,
        ];
        args.extend([
            "--refresh-token-file",
            &refresh,
            "--client-secret-file",
            &client_secret,
        ]);
        args.extend(["--client-id", client["client_id"].as_str().unwrap()]);
        args.extend(more);
        self.hub.run(&args);
    }

    /// The past by backfill, the present by webhook and by sweep; new and returning buyers, one whom
    /// the CRM knows already, and a contact that a person edits.
    async fn live_orders(&mut self) {
        self.hub
            .run(&["flow", "backfill", "orders", "--since", "2020-01-01"]);
        self.orders += 1;
        self.until_all_have_deals().await;
        for person in [Person(2), Person(4), Person(4)] {
            self.order(person).await;
        }
        let credentials = self.look("credentials").await;
        let mut order = Person(5).order();
        order["website_id"] = credentials["squarespace"]["sites"][1]["website_id"].clone();
        self.control("squarespace/orders", &order).await;
        self.orders += 1;
        self.until_all_have_deals().await;
        let contacts = self.look("state/kommo/contacts").await;
        let known = contacts["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|card| card["name"].to_string().contains(&Person(3).word("first")));
        let mut edit = Person(6).contact();
        edit["app"] = json!("kommo");
        edit["action"] = json!("edit_contact");
        edit["id"] = known.unwrap()["id"].clone();
        edit["custom_fields_values"] = Value::Null;
        self.control("people", &edit).await;
        self.sandbox.settle().await;
    }

    async fn knock_at_doors(&self) {
        let hooks = self.look("state/kommo/subscriptions").await;
        let subscriptions = self.look("state/squarespace/subscriptions").await;
        let subscription = &subscriptions["items"][0];
        let strings = Strings {
            personal: &Person(7).word("email"),
            secret: STRAY,
            signing_key: &self.relay.secret_in("secret"),
            crm_hook: hooks["items"][0]["destination"].as_str().unwrap(),
            site_hook: subscription["endpointUrl"].as_str().unwrap(),
        };
        self.relay
            .script(troubles::unknown_credential("/squarespace/", STRAY));
        doors::knock(&self.hub, &strings).await;
        self.relay.forget_scripts();
    }

    /// One order is refused with its value quoted, and goes through when that is over.
    async fn refused_value(&mut self) {
        let person = Person(8);
        self.relay.script(troubles::refused_value(person.email()));
        self.order(person).await;
        until("the order is held", async || {
            let held = self.hub.ask(Method::GET, "/v1/work?state=held", None).await;
            held["work"].to_string().contains("NotSupportedChoice")
        })
        .await;
        self.look_at_everything().await;
        self.relay.forget_scripts();
        self.until_all_have_deals().await;
    }

    /// New orders meet troubles, after which a person puts everything right.
    async fn meet(&mut self, troubles: Vec<Scripted>) {
        let many = troubles.len();
        for trouble in troubles {
            self.relay.script(trouble);
        }
        until(&format!("{many} troubles are met"), async || {
            self.sandbox.settle().await;
            // Some troubles are met by trying again, and some end with their order.
            if self.hurry(&ORDERS).await == 0 {
                self.order_of_next().await;
            }
            self.relay.has_answered()
        })
        .await;
        self.until_all_have_deals().await;
    }

    /// What comes after this waits longer than a test does.
    async fn meet_haste(&mut self, troubles: [Scripted; 2]) {
        for trouble in troubles {
            self.relay.script(trouble);
            self.order_of_next().await;
            until("silence is asked for", async || self.relay.has_answered()).await;
        }
    }

    async fn order_of_next(&mut self) {
        let person = Person(self.next);
        self.next += 1;
        self.order(person).await;
    }

    /// What a person can look at holds nothing that is not theirs to see.
    async fn look_at_everything(&self) {
        for path in [
            "/v1/work",
            "/v1/overview",
            "/v1/events",
            "/v1/flows",
            "/v1/connections",
            "/v1/orders/1001",
            "/v1/audit?limit=500",
            "/v1/audit/export?format=csv",
        ] {
            self.hub.ask(Method::GET, path, None).await;
        }
        let metrics = self.hub.http().get(self.hub.address() + "/metrics");
        let metrics = metrics.bearer_auth(&self.hub.metrics_key);
        assert_eq!(self.hub.send(metrics).await.0, 200);
        self.hub.run(&["work", "list"]);
        self.hub.run(&["work", "list", "--json"]);
        self.hub.run(&["order", "show", "1001"]);
        self.hub.run(&["order", "show", "1001", "--json"]);
        self.hub.run(&["audit", "list", "--limit", "5000"]);
        let records = self.hub.run(&["audit", "export", "--format", "jsonl"]);
        assert!(records.contains("\"kind\":\"deal\""), "{records}");
        self.hub.run(&["audit", "verify"]);
    }

    async fn order(&mut self, person: Person) {
        self.control("squarespace/orders", &person.order()).await;
        self.orders += 1;
    }

    async fn until_all_have_deals(&self) {
        let what = format!("{} deals", self.orders);
        until(&what, async || {
            self.hurry(&EVERYTHING).await;
            let deals = self.look("state/kommo/leads").await["count"].as_u64();
            let notes = self.look("state/kommo/notes").await["count"].as_u64();
            let all = u64::try_from(self.orders).ok();
            deals >= all && notes >= all
        })
        .await;
    }

    /// Has what waits in these queues tried now, and connections that were stopped tried again;
    /// says how much there is in the queues.
    async fn hurry(&self, queues: &[&str]) -> usize {
        let connections = self.hub.ask(Method::GET, "/v1/connections", None).await;
        for connection in connections["connections"].as_array().unwrap() {
            if connection["status"] != "ACTIVE" {
                let name = connection["name"].as_str().unwrap();
                let path = format!("/v1/connections/{name}/test");
                self.hub.ask(Method::POST, &path, None).await;
            }
        }
        let listed = self.hub.ask(Method::GET, "/v1/work", None).await;
        let work = listed["work"].as_array().unwrap().iter();
        let work: Vec<&Value> = work
            .filter(|item| queues.contains(&item["queue"].as_str().unwrap()))
            .collect();
        for item in work.iter().filter(|item| item["state"] != "running") {
            let body = json!({"queue": item["queue"], "key": item["key"]});
            self.hub
                .ask(Method::POST, "/v1/work/retry", Some(&body))
                .await;
        }
        work.len()
    }

    async fn is_as_it_should_be(&self, format: &str) {
        let contacts = self.look("state/kommo/contacts").await.to_string();
        let notes = self.look("state/kommo/notes").await.to_string();
        for number in [1, 4, 5, 8, FIRST_IN_TROUBLE, self.next - 3] {
            for told in Person(number).told() {
                assert!(
                    contacts.contains(&told) || notes.contains(&told),
                    "the CRM was not told of {told}"
                );
            }
        }
        let log = self.hub.said_by("the log");
        for word in ["portico_engine", "DEBUG", "WARN"] {
            assert!(log.contains(word), "the log leaves things out: no {word}");
        }
        if format == "json" {
            let read = |line: &str| serde_json::from_str::<Value>(line).unwrap();
            assert!(log.lines().map(read).all(|line| line["level"].is_string()));
        }
        self.hub.said_none_of(&self.canaries());
    }

    /// A text with a canary of each kind, for vendors to quote.
    fn quoted(&self) -> String {
        let secrets = self.relay.secrets();
        let person = Person(9);
        format!(
            "{} {} {} {}",
            person.email(),
            person.phone(),
            person.word("line1"),
            secrets.join(" ")
        )
    }

    fn canaries(&self) -> Canaries {
        let mut texts = self.relay.secrets();
        let passed = texts.len();
        assert!(passed >= 8, "too few secrets have passed: {passed}");
        let hub = &self.hub;
        texts.extend([hub.admin_key.clone(), hub.metrics_key.clone()]);
        texts.push(hub.master_key());
        texts.extend([PASSWORD.to_owned(), STRAY.to_owned()]);
        texts.extend((0..self.next).flat_map(|number| Person(number).canaries()));
        Canaries::of(texts)
    }

    async fn control(&self, call: &str, body: &Value) {
        let url = format!("{}/_control/{call}", self.sandbox.base_url());
        let answer = self.hub.http().post(url).json(body).send().await.unwrap();
        answer.error_for_status().unwrap();
    }

    async fn look(&self, call: &str) -> Value {
        let url = format!("{}/_control/{call}", self.sandbox.base_url());
        let answer = self.hub.http().get(url).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }
}
