//! Calls that wait: listed so that none is hidden, told by what they are about, bounded, and forgotten in time.

use portico_domain::agent::{Area, Level, Says, Verdict};
use portico_engine::{AuditQuery, NewGrant, NewRights, NewRule};
use portico_store::{Store, on_both};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{A_DAY, ADJUST, Boss, Program, asks, json_of, problem};
use crate::gateway::PRODUCTS;
use crate::world::{Link, World, text};

impl World {
    /// Another program whose changes of stock a person is asked about.
    async fn also_asking(&self, name: &str) -> Program<'_> {
        let grants = vec![NewGrant {
            connection: None,
            area: Area::Inventory,
            level: Level::Full,
        }];
        let rules = vec![NewRule {
            connection: None,
            says: asks(),
        }];
        let rights = NewRights {
            grants,
            rules,
            ..NewRights::default()
        };
        let made = self.engine.add_agent(name, rights).await.unwrap();
        Program {
            world: self,
            hub: self.hub.clone(),
            key: made.secret.expose_secret().to_owned(),
        }
    }

    /// What is on record of an agent, or of all where none is named, oldest first.
    async fn on_record(&self, agent: Option<&str>) -> Vec<String> {
        let query = AuditQuery {
            agent: agent.map(str::to_owned),
            ..AuditQuery::default()
        };
        let page = self.engine.audit(&query, None, 500).await.unwrap();
        page.entries
            .into_iter()
            .rev()
            .map(|entry| entry.sentence)
            .collect()
    }
}

impl Boss<'_> {
    /// The agents of a page of waiting calls with how much each changes, and the rest of the answer.
    async fn page(&self, query: &str) -> (Vec<String>, Value) {
        let page = json_of(self.call(Method::GET, query).await, 200).await;
        let listed = page["approvals"].as_array().unwrap().iter();
        let told = listed.map(|one| {
            format!(
                "{} {:+}",
                text(&one["agent"]),
                one["changes"][0]["by"].as_i64().unwrap()
            )
        });
        (told.collect(), page["next"].clone())
    }
}

on_both! {
    async fn no_agent_hides_what_another_one_asks(store: Store) {
        let world = World::new(store).await;
        let (noisy, boss) = (world.asking().await, world.boss().await);
        let (second, third) = (world.also_asking("Second").await, world.also_asking("Third").await);
        let lamp = boss.counted().await;
        for units in 1..=4 {
            noisy.ask(&lamp.more(units)).await;
        }
        second.ask(&lamp.more(1)).await;
        second.ask(&lamp.more(2)).await;
        third.ask(&lamp.more(1)).await;

        let (first, next) = boss.page("?limit=4").await;
        assert_eq!(first[..3], ["Robot +1", "Second +1", "Third +1"]);
        let (rest, end) = boss.page(&format!("?limit=4&next={}", next.as_str().unwrap())).await;
        assert_eq!(end, Value::Null);
        let mut all = [first, rest].concat();
        assert_eq!(all[5..], ["Robot +3", "Robot +4"]);
        all.sort();
        assert_eq!(all, ["Robot +1", "Robot +2", "Robot +3", "Robot +4", "Second +1", "Second +2", "Third +1"]);
        assert_eq!(boss.page("?agent=Second").await.0, ["Second +1", "Second +2"]);

        let wrong = [
            problem(boss.call(Method::GET, "?limit=0").await).await,
            problem(boss.call(Method::GET, "?agent=Nobody").await).await,
            problem(boss.call(Method::GET, "?next=noon").await).await,
        ];
        insta::assert_snapshot!(wrong.join("\n"), @r"
        400 request: `limit` is a number from 1 to 500
        404 not-found: no such agent `Nobody`
        422 request: this is not the `next` of a page before; begin without it
        ");
    }
}

on_both! {
    async fn a_list_goes_on_with_what_was_decided_and_repeats_nothing(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let lamp = boss.counted().await;
        let mut ids = Vec::new();
        for units in 1..=6 {
            ids.push(program.ask(&lamp.more(units)).await);
        }
        for id in &ids[..4] {
            boss.refuse(id).await;
        }
        let (mut told, mut query) = (Vec::new(), "?limit=1".to_owned());
        loop {
            let (page, next) = boss.page(&query).await;
            told.extend(page);
            let Some(next) = next.as_str() else { break };
            query = format!("?limit=1&next={next}");
        }
        told[2..].sort();
        assert_eq!(told, ["Robot +5", "Robot +6", "Robot +1", "Robot +2", "Robot +3", "Robot +4"]);
    }
}

on_both! {
    async fn what_came_of_an_approval_is_on_record_also_where_nothing_was_sent(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let lamp = boss.counted().await;
        let set = program.ask(&lamp.set_to(lamp.quantity + 9)).await;
        let ids = [program.ask(&lamp.more(1)).await, program.ask(&lamp.more(2)).await, program.ask(&lamp.more(3)).await];
        boss.refuse(&ids[2]).await;
        assert_eq!(boss.approve(&ids[0]).await["status"], "done");
        assert_eq!(boss.approve(&set).await["status"], "failed");
        world.engine.revoke_agent("Robot").await.unwrap();
        assert_eq!(boss.approve(&ids[1]).await["status"], "failed");

        // What has happened is written a moment later.
        world.until("all of it is on record", async || {
            world.on_record(Some("Robot")).await.last().unwrap().ends_with("its agent was revoked meanwhile")
        }).await;
        let told = world.on_record(Some("Robot")).await;
        let place = "Robot was refused adjustInventoryStockLevels at `acme`: a person agreed to it, and";
        let (before, now) = (lamp.quantity, lamp.quantity + 1);
        assert_eq!(told[told.len() - 2], format!("{place} it was changed since it was asked about (stock of `{}` from {before} to {now}); the agent may ask again", lamp.sku));
        assert_eq!(told[told.len() - 1], "Robot was denied adjustInventoryStockLevels at `acme`: a person agreed to it, and its agent was revoked meanwhile");
        let all = world.on_record(None).await;
        for (id, did, by) in [(&ids[2], "refused", 3), (&ids[0], "agreed to", 1), (&ids[1], "agreed to", 2)] {
            let start = format!("The administration key `boss` {did}");
            let end = format!("`{id}` (Robot: adjustInventoryStockLevels at acme: stock of `{}` from {before} to {})", lamp.sku, before + by);
            assert!(all.iter().any(|one| one.starts_with(&start) && one.contains(&end)), "{end}: {all:#?}");
        }
    }
}

on_both! {
    async fn who_decides_is_told_what_stands_in_the_way(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let id = program.ask(&boss.counted().await.more(1)).await;
        assert_eq!(boss.show(&id).await.get("blocked_by"), None);
        world.engine.stop_agents().await.unwrap();
        assert_eq!(boss.show(&id).await["blocked_by"], "all agents are stopped; `portico agents start` lets them call again");
        world.engine.revoke_agent("Robot").await.unwrap();
        let listed = boss.list().await;
        assert_eq!(listed[0]["blocked_by"], "its agent may do nothing any more: it was revoked");
        boss.refuse(&id).await;
        assert_eq!(boss.show(&id).await.get("blocked_by"), None);
    }
}

on_both! {
    async fn a_request_is_kept_until_it_is_decided_and_no_longer(store: Store) {
        let world = World::new(store).await;
        let (program, boss) = (world.asking().await, world.boss().await);
        let lamp = boss.counted().await;
        let ids = [program.ask(&lamp.more(1)).await, program.ask(&lamp.more(2)).await, program.ask(&lamp.more(3)).await];
        assert_eq!(boss.show(&ids[0]).await["request"]["body"], lamp.more(1));
        for decided in [boss.approve(&ids[0]).await, boss.refuse(&ids[1]).await] {
            assert_eq!(decided["request"]["path"], ADJUST, "who decides is shown it: {decided}");
            assert_eq!(boss.show(&text(&decided["id"])).await.get("request"), None);
        }
        world.clock.advance(A_DAY);
        let end = CancellationToken::new();
        let (engine, until) = (world.engine.clone(), end.clone());
        let works = tokio::spawn(async move { engine.run(until).await });
        world.until("the request of a call that nobody decided is forgotten", async || {
            boss.show(&ids[2]).await.get("request").is_none()
        }).await;
        end.cancel();
        works.await.unwrap();
        assert_eq!(boss.show(&ids[2]).await["status"], "expired");
    }
}

/// A program that asks before an operation on products.
async fn asking_before<'a>(world: &'a World, operation: &str) -> Program<'a> {
    world.connect_site("acme", 0, Link::OAuth).await;
    let says = Says::Operation {
        operation: operation.to_owned(),
        verdict: Verdict::Ask,
    };
    let grants = [(Area::Products, Level::Full)];
    world.ruled_program(&grants, [says]).await
}

on_both! {
    async fn of_calls_that_are_asked_at_once_no_more_wait_than_may(store: Store) {
        let world = World::new(store).await;
        let program = asking_before(&world, "createProduct").await;
        let pages = world.boss().await.read("/1.0/commerce/store_pages").await;
        let page = &pages["storePages"][0]["id"];
        let product = |n: usize| json!({
            "type": "PHYSICAL", "storePageId": page, "name": format!("Lamp {n}"),
            "variants": [{"sku": "L-1", "pricing": {"basePrice": {"currency": "USD", "value": "20.00"}}}],
        });
        let asks = (0..105).map(|n| program.call(Method::POST, PRODUCTS).json(&product(n)).send());
        let answers = futures_util::future::join_all(asks).await;
        let statuses = answers.into_iter().map(|answer| answer.unwrap().status().as_u16());
        let (waiting, refused): (Vec<u16>, Vec<u16>) = statuses.partition(|status| *status == 202);
        assert_eq!((waiting.len(), refused), (100, vec![409; 5]));
    }
}

on_both! {
    async fn what_waits_of_one_agent_is_bounded_by_its_size(store: Store) {
        let world = World::new(store).await;
        let program = asking_before(&world, "uploadProductImage").await;
        let boss = world.boss().await;
        let images = format!("{PRODUCTS}/66f0a2000102030405060708/images");
        let ask = |n: usize| {
            let picture = format!("{n}{}", "x".repeat(900 * 1024));
            let call = program.call(Method::POST, &images).header("content-type", "multipart/form-data; boundary=x");
            call.body(picture).send()
        };
        let first = json_of(ask(0).await.unwrap(), 202).await;
        for n in 1..6 {
            assert_eq!(ask(n).await.unwrap().status(), 202, "1.2 MiB in Base64, {n} times");
        }
        let refused = problem(ask(6).await.unwrap()).await;
        assert_eq!(refused, "409 conflict: calls of nearly 8 MiB of `Robot` wait for a person already; nothing more is asked until some of them are decided");
        boss.refuse(&text(&first["approval"])).await;
        assert_eq!(ask(6).await.unwrap().status(), 202);
    }
}

on_both! {
    async fn a_repeat_is_hard_to_take_for_a_new_call_and_a_key_makes_it_one(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let says = Says::Operation { operation: "updateProduct".to_owned(), verdict: Verdict::Ask };
        let program = world.ruled_program(&[(Area::Products, Level::Full)], [says]).await;
        let boss = world.boss().await;
        let id = text(&boss.read(PRODUCTS).await["products"][0]["id"]);
        let hide = async |key: Option<&str>| {
            let call = program.call(Method::POST, &format!("{}/{id}", PRODUCTS)).json(&json!({"isVisible": false}));
            let call = key.into_iter().fold(call, |call, key| call.header("idempotency-key", key));
            json_of(call.send().await.unwrap(), 202).await
        };
        let first = hide(None).await;
        assert_eq!((&first["repeated"], &first["detail"]), (&json!(false), &json!("nothing was sent: a person is asked first")));
        let expires = text(&first["expires"]);
        assert!(!expires.contains('.'), "{expires}");
        boss.approve(&text(&first["approval"])).await;
        let again = hide(None).await;
        assert_eq!((&again["status"], &again["repeated"]), (&json!("done"), &json!(true)));
        assert!(text(&again["detail"]).starts_with("nothing was sent now: the same request was asked about at "), "{again}");
        let wished = hide(Some("again-1")).await;
        assert_eq!((&wished["status"], &wished["repeated"]), (&json!("pending"), &json!(false)));
        assert_ne!(wished["approval"], first["approval"]);
        assert_eq!(hide(Some("again-1")).await["approval"], wished["approval"]);
    }
}

on_both! {
    async fn a_person_is_told_which_order_and_that_the_buyer_is_mailed(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let order = world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.settle().await;
        let says = Says::Operation { operation: "fulfillOrder".to_owned(), verdict: Verdict::Ask };
        let program = world.ruled_program(&[(Area::Orders, Level::Full)], [says]).await;
        let boss = world.boss().await;
        let (id, number) = (text(&order["id"]), text(&order["orderNumber"]));
        let fulfil = json!({"shouldSendNotification": true, "shipments": []});
        let call = program.call(Method::POST, &format!("/1.0/commerce/orders/{id}/fulfillments")).json(&fulfil);
        let told = json_of(call.send().await.unwrap(), 202).await;
        let shown = boss.show(&text(&told["approval"])).await;
        assert_eq!(
            text(&shown["sentence"]),
            format!("Robot asks to fulfil an order at acme: order #{number} (`{id}`), shouldSendNotification: true, shipments: 0 items")
        );
        assert_eq!(shown["caution"], "a repeat adds the shipments again and mails the customer again: read the order first");
    }
}
