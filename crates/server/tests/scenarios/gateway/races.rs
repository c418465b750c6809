//! Calls at the same moment: each is judged by what the other has left, and none is sent after a stop.

use jiff::SignedDuration;
use portico_domain::agent::{Area, Level};
use portico_store::{Database, Store, on_both};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::limits::Priced;
use super::{ADJUST, ORDERS, Program, problem};
use crate::world::{Link, Process, World};

impl World {
    async fn let_it_go(&self) {
        self.until_struck().await;
        self.clear_faults().await;
    }

    async fn told_of(&self, agent: &str) -> Vec<String> {
        let query = portico_engine::AuditQuery {
            agent: Some(agent.to_owned()),
            ..Default::default()
        };
        let page = self.engine.audit(&query, None, 500).await.unwrap();
        page.entries
            .into_iter()
            .map(|entry| entry.sentence)
            .collect()
    }
}

impl Program<'_> {
    pub(super) async fn reprice(&self, lamp: &Priced, percent: u64) -> Response {
        let call = self.call(Method::POST, &lamp.path).json(&lamp.at(percent));
        call.send().await.unwrap()
    }

    /// Goes away while the shop is at it, which it goes on being until its faults are cleared.
    async fn hang_up_on(&self, lamp: &Priced, percent: u64) {
        self.world.hold_up(&lamp.path).await;
        tokio::select! {
            answer = self.reprice(lamp, percent) => panic!("it was held up: {}", answer.status()),
            () = self.world.until_struck() => {}
        }
    }

    /// Under an Idempotency-Key of its own.
    async fn adjust_under(&self, key: &str, body: &Value) -> u16 {
        let call = self
            .call(Method::POST, ADJUST)
            .header("idempotency-key", key);
        call.json(body).send().await.unwrap().status().as_u16()
    }
}

on_both! {
    async fn of_two_calls_at_once_the_second_is_judged_by_what_the_first_has_left(store: Store) {
        let world = World::new(store).await;
        let program = world.limited(&["price-percent=10"]).await;
        let lamp = Priced::of(&world.boss().await).await;
        world.hold_up(&lamp.path).await;

        let (up, down, ()) = tokio::join!(program.reprice(&lamp, 110), program.reprice(&lamp, 90), world.let_it_go());
        let mut both = [up.status().as_u16(), down.status().as_u16()];
        both.sort_unstable();
        assert_eq!(both, [200, 403], "from 110 to 90 of each hundred is more than ten percent");
    }
}

on_both! {
    async fn a_call_to_another_process_waits_for_the_first_and_is_judged_by_what_it_left(database: Database) {
        let world = World::new(Store::open(&database).await.unwrap()).await;
        let here = world.limited(&["price-percent=10"]).await;
        let lamp = Priced::of(&world.boss().await).await;
        let other_store = Store::open(&database).await.unwrap();
        let other = world.process(&other_store, Process::default());
        let there = Program { world: &world, hub: world.doors_of(&other).await, key: here.key.clone() };
        world.hold_up(&lamp.path).await;

        let (first, second) = tokio::join!(here.reprice(&lamp, 110), async {
            world.until_struck().await;
            let second = there.reprice(&lamp, 90).await;
            world.clear_faults().await;
            assert_eq!(second.headers()["retry-after"], "1");
            problem(second).await
        });
        assert_eq!(first.status(), 200);
        assert_eq!(second, "409 conflict: another call of `Robot` is changing values at `acme`; send it again in a moment");
        let again = problem(there.reprice(&lamp, 90).await).await;
        assert!(again.starts_with("403 denied: "), "{again}");
    }
}

on_both! {
    async fn of_members_that_are_named_twice_what_was_judged_is_sent(store: Store) {
        let world = World::new(store).await;
        let program = world.limited(&["stock-per-call=10"]).await;
        let lamp = world.boss().await.counted().await;
        let list = |units: u64| format!(r#""incrementOperations":[{{"variantId":"{}","quantity":{units}}}]"#, lamp.variant);
        let send = async |first, second| {
            let call = program.call(Method::POST, ADJUST).header("content-type", "application/json;charset=utf-16");
            let body = format!("{{{},{}}}", list(first), list(second));
            call.body(body).send().await.unwrap().status().as_u16()
        };
        assert_eq!(send(1, 1_000).await, 403);
        assert_eq!(send(1_000, 1).await, 204);
        assert_eq!(program.left_of(&lamp.variant).await, lamp.quantity + 1);
    }
}

on_both! {
    async fn what_would_be_sent_again_is_not_once_agents_are_stopped(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Inventory, Level::Full)]).await;
        let lamp = world.boss().await.counted().await;
        world.hold_up(ADJUST).await;
        world.fault(json!({"app": "squarespace", "path": ADJUST, "kind": "status", "status": 503, "times": 1})).await;
        world.forget_requests().await;

        let wanted = lamp.more(1);
        let (answer, ()) = tokio::join!(program.adjust(&wanted), async {
            world.until_struck().await;
            world.engine.stop_agents().await.unwrap();
            world.clock.advance(SignedDuration::from_secs(1));
            world.clear_faults().await;
        });
        let said = problem(answer).await;
        assert_eq!(said, "504 unanswered: Squarespace did not answer adjustInventoryStockLevels; it may have been done: look before you send it again");
        assert_eq!(world.adjustments().await, 1);
    }
}

on_both! {
    async fn what_would_be_sent_again_is_not_once_its_right_is_taken_away(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Orders, Level::Read)]).await;
        world.hold_up("/orders").await;
        world.fault(json!({"app": "squarespace", "path": "/orders", "kind": "status", "status": 503, "times": 1})).await;
        world.forget_requests().await;
        let none = portico_engine::NewGrant { connection: None, area: Area::Orders, level: Level::Off };
        let (answer, ()) = tokio::join!(program.get(ORDERS), async {
            world.until_struck().await;
            world.engine.grant("Robot", &[none]).await.unwrap();
            world.clock.advance(SignedDuration::from_secs(1));
            world.clear_faults().await;
        });
        let said = problem(answer).await;
        assert!(said.starts_with("403 denied: `Robot` may not getOrders at `acme`: it has off in orders"), "{said}");
        assert_eq!(world.requests("squarespace").await.len(), 1);
    }
}

on_both! {
    async fn who_hangs_up_before_anything_is_decided_is_on_record_all_the_same(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Inventory, Level::Full)]).await;
        let lamp = world.boss().await.counted().await;
        world.hold_up(&format!("/1.0/commerce/inventory/{}", lamp.variant)).await;
        let wanted = lamp.set_to(lamp.quantity + 1);
        let tried = program.call(Method::POST, ADJUST).header("portico-dry-run", "true").json(&wanted);
        tokio::select! {
            answer = tried.send() => panic!("it was held up: {answer:?}"),
            () = world.until_struck() => {}
        }
        world.clear_faults().await;
        let gone = "Robot was refused adjustInventoryStockLevels at `acme`: its caller went away before it was decided";
        world.until("it is on record", async || world.told_of("Robot").await.iter().any(|one| one == gone)).await;
    }
}

on_both! {
    async fn an_agent_in_a_loop_is_slowed_and_neither_the_audit_nor_others_are(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Inventory, Level::Full)]).await;
        let mut said = Vec::new();
        for _ in 0..305 {
            said.push(program.get(ORDERS).await);
        }
        let (first, last) = (said.swap_remove(0), said.pop().unwrap());
        assert!(problem(first).await.starts_with("403 denied: "));
        assert_eq!(last.headers()["retry-after"], "1");
        let last = problem(last).await;
        assert!(last.starts_with("429 limit: `Robot` makes too many calls that reach no vendor"), "{last}");
        assert_eq!(program.get("/1.0/commerce/inventory").await.status(), 200, "what is granted goes on");

        world.engine.close().await;
        let sentences = world.told_of("Robot").await;
        let denied = sentences.iter().filter(|one| one.contains("was denied getOrders")).count();
        assert_eq!(denied, 300);
        let counted = "Robot was refused a call: 5 more calls came to nothing, too many to be kept one by one";
        assert!(sentences.iter().any(|one| one == counted), "{:?}", sentences.first());
    }
}

on_both! {
    async fn what_was_sent_under_a_used_key_is_not_taken_back_for_nothing_was_done(store: Store) {
        let world = World::new(store).await;
        let program = world.limited(&[]).await;
        let lamp = world.boss().await.counted().await;
        let wanted = lamp.more(2);
        for _ in 0..2 {
            world.clock.advance(SignedDuration::from_secs(1));
            assert_eq!(program.adjust_under("mine", &wanted).await, 204);
        }
        let second = world.record_of("adjustInventoryStockLevels").await;
        let why = world.undo(second).await.unwrap_err();
        assert!(why.contains("its Idempotency-Key was used before"), "{why}");
        assert_eq!(program.left_of(&lamp.variant).await, lamp.quantity + 2);
    }
}

on_both! {
    async fn a_caller_that_hangs_up_keeps_no_turn(store: Store) {
        let world = World::new(store).await;
        let program = world.limited(&["price-percent=10"]).await;
        let lamp = Priced::of(&world.boss().await).await;
        program.hang_up_on(&lamp, 110).await;
        world.clear_faults().await;
        assert_eq!(program.reprice(&lamp, 111).await.status(), 200, "from 110 to 111 of each hundred");
        let told = async || world.told_of("Robot").await;
        let has_ended = async || told().await.iter().filter(|one| one.contains("; 200 in")).count() == 2;
        world.until("both have ended on record", has_ended).await;
    }
}

on_both! {
    async fn what_goes_on_without_its_caller_has_its_outcome_on_record_before_the_end(store: Store) {
        let world = World::new(store).await;
        let program = world.limited(&["price-percent=10"]).await;
        let lamp = Priced::of(&world.boss().await).await;
        program.hang_up_on(&lamp, 110).await;
        tokio::join!(world.engine.close(), world.clear_faults());
        let told = world.told_of("Robot").await;
        assert!(told.iter().any(|one| one.contains("; 200 in")), "{told:?}");
    }
}
