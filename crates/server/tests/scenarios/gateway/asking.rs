//! Calls that wait for a person: agreed to once and made once, refused, forgotten, and overtaken by events.

mod waiting;

use jiff::SignedDuration;
use portico_domain::agent::{Area, Level, Says, Verdict};
use portico_domain::approval::Status;
use portico_engine::{AuditQuery, Engine, Error, NewGrant, NewRule, RightsChange};
use portico_store::{Database, Store, on_both};
use reqwest::{Method, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{ADJUST, Program, json_of, problem};
use crate::world::{Link, Process, World, text};

/// A day and no moment less.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

fn asks() -> Says {
    Says::Operation {
        operation: "adjustInventoryStockLevels".to_owned(),
        verdict: Verdict::Ask,
    }
}

/// Somebody with an administration key.
pub(super) struct Boss<'a> {
    pub(super) world: &'a World,
    pub(super) key: String,
}

impl World {
    pub(super) async fn boss(&self) -> Boss<'_> {
        let made = self.engine.add_admin_key("boss", None).await.unwrap();
        Boss {
            world: self,
            key: made.secret.expose_secret().to_owned(),
        }
    }

    /// A program whose changes of stock a person is asked about.
    async fn asking(&self) -> Program<'_> {
        self.connect_site("acme", 0, Link::OAuth).await;
        self.ruled_program(&[(Area::Inventory, Level::Full)], [asks()])
            .await
    }

    /// How often the shop was sent a change of stock.
    pub(super) async fn adjustments(&self) -> usize {
        let sent = self.requests("squarespace").await;
        sent.iter().filter(|one| one["path"] == ADJUST).count()
    }
}

pub(super) struct Counted {
    pub(super) variant: String,
    pub(super) sku: String,
    pub(super) quantity: i64,
}

impl Counted {
    pub(super) fn set_to(&self, quantity: i64) -> Value {
        json!({"setFiniteOperations": [{"variantId": self.variant, "quantity": quantity}]})
    }

    pub(super) fn more(&self, quantity: u64) -> Value {
        json!({"incrementOperations": [{"variantId": self.variant, "quantity": quantity}]})
    }
}

impl Boss<'_> {
    /// What the shop answers to somebody who may do everything.
    pub(super) async fn read(&self, path: &str) -> Value {
        let url = format!("{}squarespace{path}", self.world.hub);
        let call = self.world.http.get(url).bearer_auth(&self.key);
        json_of(call.send().await.unwrap(), 200).await
    }

    /// Something of which there is a counted stock.
    pub(super) async fn counted(&self) -> Counted {
        let items = self.read("/1.0/commerce/inventory").await;
        let items = items["inventory"].as_array().unwrap();
        let is_counted =
            |item: &&Value| item["isUnlimited"] == false && item["quantity"].as_i64() > Some(3);
        let item = items.iter().find(is_counted).unwrap();
        Counted {
            variant: text(&item["variantId"]),
            sku: text(&item["sku"]),
            quantity: item["quantity"].as_i64().unwrap(),
        }
    }

    async fn call(&self, method: Method, path: &str) -> Response {
        let url = format!("{}v1/approvals{path}", self.world.hub);
        let call = self.world.http.request(method, url).bearer_auth(&self.key);
        call.send().await.unwrap()
    }

    async fn list(&self) -> Vec<Value> {
        let list = json_of(self.call(Method::GET, "").await, 200).await;
        list["approvals"].as_array().unwrap().clone()
    }

    pub(super) async fn show(&self, id: &str) -> Value {
        json_of(self.call(Method::GET, &format!("/{id}")).await, 200).await
    }

    pub(super) async fn decide(&self, id: &str, what: &str) -> Response {
        self.call(Method::POST, &format!("/{id}/{what}")).await
    }

    pub(super) async fn approve(&self, id: &str) -> Value {
        json_of(self.decide(id, "approve").await, 200).await
    }

    async fn refuse(&self, id: &str) -> Value {
        json_of(self.decide(id, "refuse").await, 200).await
    }
}

impl Program<'_> {
    pub(super) async fn adjust(&self, body: &Value) -> Response {
        let call = self.call(Method::POST, ADJUST).json(body);
        call.send().await.unwrap()
    }

    /// Asks, and gives the identifier of the approval.
    async fn ask(&self, body: &Value) -> String {
        let answer = self.adjust(body).await;
        let named = answer.headers()["portico-approval"]
            .to_str()
            .unwrap()
            .to_owned();
        let told = json_of(answer, 202).await;
        assert_eq!(told["approval"], named);
        named
    }

    /// What the agent itself reads of an approval.
    pub(super) async fn poll(&self, id: &str) -> Response {
        let url = format!("{}v1/approvals/{id}", self.hub);
        let call = self.world.http.get(url).bearer_auth(&self.key);
        call.send().await.unwrap()
    }

    async fn stock_of(&self, counted: &Counted) -> i64 {
        let path = format!("/1.0/commerce/inventory/{}", counted.variant);
        let read = self.read(&path).await;
        read["inventory"][0]["quantity"].as_i64().unwrap()
    }
}

on_both! {
    async fn a_call_is_asked_about_once_and_made_once_when_a_person_agrees(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let lamp = boss.counted().await;
        world.forget_requests().await;

        let wanted = lamp.set_to(lamp.quantity + 7);
        let told = json_of(program.adjust(&wanted).await, 202).await;
        let id = text(&told["approval"]);
        assert_eq!(told["status"], "pending");
        assert_eq!(told["because"], "its rule asks a person about adjustInventoryStockLevels");
        assert_eq!(told["poll"], format!("/v1/approvals/{id}"));
        assert_eq!(program.ask(&wanted).await, id, "the same request is asked about once");
        assert_ne!(program.ask(&lamp.set_to(1)).await, id);
        assert_eq!(world.adjustments().await, 0);

        let shown = boss.show(&id).await;
        let sentence = format!("Robot asks to adjust stock at acme: stock of `{}` from {} to {}", lamp.sku, lamp.quantity, lamp.quantity + 7);
        assert_eq!(shown["sentence"], sentence);
        assert_eq!(shown["request"]["body"], wanted);
        let own = json_of(program.poll(&id).await, 200).await;
        assert_eq!(own["status"], "pending");
        assert!(own.get("request").is_none(), "{own}");

        let done = boss.approve(&id).await;
        assert_eq!((&done["status"], &done["outcome"], &done["decided_by"]), (&json!("done"), &json!("the vendor answered 204"), &json!("key:boss")));
        assert_eq!(world.adjustments().await, 1);
        assert_eq!(program.stock_of(&lamp).await, lamp.quantity + 7);

        let again = json_of(program.adjust(&wanted).await, 202).await;
        assert_eq!((&again["approval"], &again["status"], &again["outcome"]), (&json!(id), &json!("done"), &json!("the vendor answered 204")));
        let twice = problem(boss.decide(&id, "approve").await).await;
        assert_eq!(twice, format!("409 conflict: nothing more can be decided of `{id}`: it is done, decided by key:boss"));
        assert_eq!(world.adjustments().await, 1);
    }
}

on_both! {
    async fn what_a_person_refused_is_not_made_and_not_asked_again(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let lamp = boss.counted().await;
        world.forget_requests().await;
        let wanted = lamp.more(2);
        let id = program.ask(&wanted).await;

        assert_eq!(boss.refuse(&id).await["status"], "refused");
        assert!(problem(boss.decide(&id, "approve").await).await.starts_with("409 conflict: "));
        let again = json_of(program.adjust(&wanted).await, 202).await;
        assert_eq!((&again["approval"], &again["status"]), (&json!(id), &json!("refused")));
        assert_eq!(world.adjustments().await, 0);
    }
}

on_both! {
    async fn nobody_can_agree_after_a_day_and_the_agent_may_ask_again(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let lamp = boss.counted().await;
        world.forget_requests().await;
        let wanted = lamp.more(2);
        let id = program.ask(&wanted).await;
        let waiting = program.ask(&lamp.more(3)).await;
        world.clock.advance(A_DAY - SignedDuration::from_secs(1));
        assert_eq!(program.ask(&wanted).await, id);
        assert_eq!(boss.approve(&waiting).await["status"], "done", "a person may take a day");
        world.clock.advance(SignedDuration::from_secs(1));

        assert_eq!(boss.show(&id).await["status"], "expired");
        let late = problem(boss.decide(&id, "approve").await).await;
        assert_eq!(late, format!("409 conflict: nothing can be decided of `{id}`: it is expired; the agent may ask again"));
        let anew = program.ask(&wanted).await;
        assert_ne!(anew, id);
        let listed: Vec<Value> = boss.list().await.iter().map(|one| json!([one["id"], one["status"]])).collect();
        assert_eq!(listed[0], json!([anew, "pending"]), "those that wait come first");
        assert_eq!(listed.len(), 3);
        assert_eq!(world.adjustments().await, 1);
    }
}

on_both! {
    async fn what_an_agent_may_not_do_any_more_is_not_made_though_a_person_agrees(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let lamp = boss.counted().await;
        world.forget_requests().await;
        let ids = [program.ask(&lamp.more(1)).await, program.ask(&lamp.more(2)).await, program.ask(&lamp.more(3)).await];
        let why = async |id: &str| {
            let done = boss.approve(id).await;
            assert_eq!(done["status"], "failed", "{done}");
            text(&done["outcome"])
        };

        world.engine.stop_agents().await.unwrap();
        let early = problem(boss.decide(&ids[0], "approve").await).await;
        assert_eq!(early, format!("409 conflict: `{}` goes on waiting: all agents are stopped; let them call again with `portico agents start`, then approve it", ids[0]));
        assert_eq!(boss.show(&ids[0]).await["status"], "pending");
        world.engine.start_agents().await.unwrap();
        let denies = Says::Operation { operation: "adjustInventoryStockLevels".to_owned(), verdict: Verdict::Deny };
        let change = RightsChange {
            rules: vec![NewRule { connection: None, says: denies }],
            ..Default::default()
        };
        world.engine.grant("Robot", change).await.unwrap();
        assert_eq!(why(&ids[1]).await, "`Robot` may not adjustInventoryStockLevels at `acme`: its rule denies adjustInventoryStockLevels; the owner takes the rule away with `portico agent grant \"Robot\" --forget adjustInventoryStockLevels`");
        world.engine.revoke_agent("Robot").await.unwrap();
        assert_eq!(why(&ids[2]).await, "its agent was revoked meanwhile");
        assert_eq!(world.adjustments().await, 0);
    }
}

on_both! {
    async fn an_agent_sees_its_own_approvals_alone_and_decides_on_none(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let lamp = boss.counted().await;
        let id = program.ask(&lamp.more(1)).await;
        let grant = NewGrant { connection: None, area: Area::Inventory, level: Level::Full };
        let other = world.engine.add_agent("Other", &[grant]).await.unwrap();
        let other = Program { world: &world, hub: world.hub.clone(), key: other.secret.expose_secret().to_owned() };

        assert_eq!(problem(other.poll(&id).await).await, format!("404 not-found: no such approval `{id}`"));
        for path in [format!("/{id}/approve"), format!("/{id}/refuse")] {
            let url = format!("{}v1/approvals{path}", world.hub);
            let tried = world.http.post(url).bearer_auth(&program.key).send().await.unwrap();
            assert!(problem(tried).await.starts_with("403 denied: "), "{path}");
        }
        assert_eq!(boss.show(&id).await["status"], "pending");
    }
}

on_both! {
    async fn of_two_people_at_two_processes_one_decides_and_the_call_is_made_once(database: Database) {
        let world = World::new(Store::open(&database).await.unwrap()).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let other_store = Store::open(&database).await.unwrap();
        let other = world.process(&other_store, Process::default());
        let lamp = boss.counted().await;
        world.forget_requests().await;
        let id = program.ask(&lamp.more(4)).await.parse().unwrap();

        let decide = async |engine: &Engine| match engine.approve(id).await {
            Ok(view) => Some(view.status),
            Err(Error::Conflict(_)) => None,
            Err(other) => panic!("{other}"),
        };
        let decided = tokio::join!(decide(&world.engine), decide(&other));
        assert!(
            matches!(decided, (Some(Status::Done), None) | (None, Some(Status::Done))),
            "{decided:?}"
        );
        assert_eq!(world.adjustments().await, 1);
        assert_eq!(program.stock_of(&lamp).await, lamp.quantity + 4);
    }
}

on_both! {
    async fn a_vendor_that_refuses_what_a_person_agreed_to_is_heard(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let lamp = boss.counted().await;
        let too_few = json!({"decrementOperations": [{"variantId": lamp.variant, "quantity": lamp.quantity + 1}]});
        let id = program.ask(&too_few).await;

        let failed = boss.approve(&id).await;
        assert_eq!((&failed["status"], &failed["outcome"]), (&json!("failed"), &json!("the vendor answered 409")), "{failed}");
        let own = json_of(program.poll(&id).await, 200).await;
        assert!(own["answer"]["message"].is_string(), "{own}");
        assert_eq!(own["answer"], failed["answer"]);
    }
}

on_both! {
    async fn the_overview_says_how_many_calls_wait_and_shows_the_first(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let lamp = boss.counted().await;
        let mut ids = Vec::new();
        for units in 1..=7 {
            world.clock.advance(SignedDuration::from_secs(10));
            ids.push(program.ask(&lamp.more(units)).await);
        }
        boss.refuse(&ids[6]).await;

        let url = format!("{}v1/overview", world.hub);
        let overview = world.http.get(url).bearer_auth(&boss.key).send().await.unwrap();
        let overview = json_of(overview, 200).await;
        assert_eq!(overview["waiting_for_approval"], 6);
        let first: Vec<String> = overview["first_waiting"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect();
        ids.truncate(5);
        assert_eq!(first, ids);
        assert_eq!(overview["first_waiting"][0].get("blocked_by"), None);
        let sentence = text(&overview["first_waiting"][0]["sentence"]);
        assert!(sentence.starts_with("Robot asks to adjust stock at acme: stock of `"), "{sentence}");
    }
}

on_both! {
    async fn whoever_agrees_and_goes_away_has_agreed_and_the_record_says_so(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let lamp = boss.counted().await;
        let id = program.ask(&lamp.more(1)).await;
        world.hold_up(ADJUST).await;
        tokio::select! {
            answer = boss.decide(&id, "approve") => panic!("it was held up: {}", answer.status()),
            () = world.until_struck() => {}
        }
        world.clear_faults().await;
        let is_done = async || boss.show(&id).await["status"] == "done";
        world.until("it is done all the same", is_done).await;

        let agreed = format!("The administration key `boss` agreed to `{id}`");
        let is_told = async || {
            let page = world.engine.audit(&AuditQuery::default(), None, 100).await.unwrap();
            page.entries.iter().any(|entry| entry.sentence.starts_with(&agreed))
        };
        world.until("it is on record as agreed to", is_told).await;
    }
}

on_both! {
    async fn agents_that_are_stopped_while_values_are_looked_at_get_nothing_done(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let lamp = boss.counted().await;
        let id = program.ask(&lamp.set_to(lamp.quantity + 1)).await;
        world.hold_up(&format!("/1.0/commerce/inventory/{}", lamp.variant)).await;
        world.forget_requests().await;
        let (done, ()) = tokio::join!(boss.approve(&id), async {
            world.until_struck().await;
            world.engine.stop_agents().await.unwrap();
            world.clear_faults().await;
        });
        assert_eq!((&done["status"], &done["outcome"]), (&json!("failed"), &json!("all agents are stopped")));
        assert_eq!(world.adjustments().await, 0);
    }
}

on_both! {
    async fn an_agent_that_may_not_read_values_is_not_told_them_by_what_it_asks(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let boss = world.boss().await;
        let lamp = boss.counted().await;
        let program = world.ruled_program(&[], [asks()]).await;

        let told = json_of(program.adjust(&lamp.set_to(lamp.quantity + 1)).await, 202).await;
        let id = text(&told["approval"]);
        let own = json_of(program.poll(&id).await, 200).await;
        assert!(own["changes"][0].get("before").is_none(), "{own}");
        assert!(!text(&own["sentence"]).contains(&format!("from {}", lamp.quantity)), "{own}");
        assert_eq!(own["changes"][0]["thing"].get("sku"), None, "{own}");
        let shown = boss.show(&id).await;
        assert_eq!(shown["changes"][0]["before"], lamp.quantity, "its owner sees all");
        assert_eq!(shown["changes"][0]["thing"]["sku"], lamp.sku);

        let as_owner = Program { world: &world, hub: world.hub.clone(), key: boss.key.clone() };
        assert_eq!(as_owner.adjust(&lamp.more(3)).await.status(), 204);
        assert_eq!(boss.approve(&id).await["status"], "failed");
        let own = json_of(program.poll(&id).await, 200).await;
        assert_eq!(own["outcome"], "it was changed since it was asked about", "{own}");
    }
}
