//! Limits hold just up to their number, over many calls and in all processes; what they need to know is read first.

use jiff::SignedDuration;
use portico_domain::agent::{Area, Beyond, Level, Says, Verdict};
use portico_domain::audit;
use portico_engine::AuditQuery;
use portico_store::{Database, Store, on_both};
use reqwest::Method;
use serde_json::{Value, json};

use super::asking::Boss;
use super::{ADJUST, PRODUCTS, Program, json_of, problem};
use crate::world::{Link, Process, World, text};

const DENIED: &str = "403 denied: `Robot` may not adjustInventoryStockLevels at `acme`: ";

fn at_most(limit: &str) -> Says {
    Says::Limit {
        limit: limit.parse().unwrap(),
        beyond: Beyond::Deny,
    }
}

impl World {
    /// A program that may do everything with goods, up to these limits.
    pub(super) async fn limited(&self, limits: &[&str]) -> Program<'_> {
        self.connect_site("acme", 0, Link::OAuth).await;
        let grants = [
            (Area::Inventory, Level::Full),
            (Area::Products, Level::Full),
        ];
        let limits = limits.iter().map(|limit| at_most(limit));
        self.ruled_program(&grants, limits).await
    }

    /// The methods and paths that the shop was asked for.
    async fn asked(&self) -> Vec<String> {
        let requests = self.requests("squarespace").await;
        let line = |one: &Value| format!("{} {}", text(&one["method"]), text(&one["path"]));
        requests.iter().map(line).collect()
    }
}

impl Program<'_> {
    /// `ok`, or why a change of stock was refused.
    async fn adjusted(&self, body: &Value) -> String {
        let answer = self.adjust(body).await;
        if answer.status() == 204 {
            return "ok".to_owned();
        }
        let problem = problem(answer).await;
        problem.strip_prefix(DENIED).unwrap_or(&problem).to_owned()
    }
}

/// A variant with its price.
pub(super) struct Priced {
    pub(super) path: String,
    currency: Value,
    pub(super) cents: u64,
}

impl Priced {
    pub(super) async fn of(boss: &Boss<'_>) -> Self {
        let products = boss.read(PRODUCTS).await;
        let mut products = products["products"].as_array().unwrap().iter();
        let product = products
            .find(|product| {
                let first = &product["variants"][0]["pricing"];
                product["type"] == "PHYSICAL" && first["onSale"] == false
            })
            .unwrap();
        let variant = &product["variants"][0];
        let price = &variant["pricing"]["basePrice"];
        Self {
            path: format!(
                "{PRODUCTS}/{}/variants/{}",
                text(&product["id"]),
                text(&variant["id"])
            ),
            currency: price["currency"].clone(),
            cents: text(&price["value"]).replace('.', "").parse().unwrap(),
        }
    }

    /// So many percent of what it is.
    pub(super) fn at(&self, percent: u64) -> Value {
        let cents = self.cents * percent / 100;
        let value = format!("{}.{:02}", cents / 100, cents % 100);
        json!({"pricing": {"basePrice": self.amount(&value)}})
    }

    pub(super) fn amount(&self, value: &str) -> Value {
        json!({ "currency": self.currency, "value": value })
    }
}

on_both! {
    async fn stock_moves_just_up_to_the_limit_of_a_call_and_of_a_day(store: Store) {
        let world = World::new(store).await;
        let program = world.limited(&["stock-per-call=10", "stock-per-day=25"]).await;
        let lamp = world.boss().await.counted().await;
        world.forget_requests().await;

        let said = [
            program.adjusted(&lamp.more(11)).await,
            program.adjusted(&lamp.more(10)).await,
            program.adjusted(&lamp.set_to(lamp.quantity)).await,
            program.adjusted(&lamp.more(6)).await,
            program.adjusted(&lamp.more(5)).await,
            program.adjusted(&lamp.more(1)).await,
        ];
        insta::assert_snapshot!(said.join("\n"), @r"
        it would move 11 of stock, and 10 a call is its limit
        ok
        ok
        it would move 6 of stock, and has moved 20 of its 25 of this day
        ok
        it would move 1 of stock, and has moved 25 of its 25 of this day
        ");
        assert_eq!(world.adjustments().await, 3, "what is denied is not sent");
        world.clock.advance(SignedDuration::from_hours(15));
        assert_eq!(program.adjusted(&lamp.more(1)).await, "ok", "another day has begun");
    }
}

on_both! {
    async fn two_processes_at_once_do_not_pass_the_limit_of_a_day(database: Database) {
        let world = World::new(Store::open(&database).await.unwrap()).await;
        let here = world.limited(&["stock-per-day=15"]).await;
        let lamp = world.boss().await.counted().await;
        let other_store = Store::open(&database).await.unwrap();
        let other = world.process(&other_store, Process::default());
        let there = Program { world: &world, hub: world.doors_of(&other).await, key: here.key.clone() };

        let (wanted, mut done) = (lamp.more(3), 0);
        for _ in 0..8 {
            let said = tokio::join!(here.adjusted(&wanted), there.adjusted(&wanted));
            for said in [said.0, said.1] {
                match said.as_str() {
                    "ok" => done += 1,
                    denied => assert!(denied.starts_with("it would move 3 of stock, and has moved 15"), "{denied}"),
                }
            }
            // The site's own limit is not what is tried.
            world.clock.advance(SignedDuration::from_mins(1));
        }
        assert_eq!(done, 5);
        let path = format!("/1.0/commerce/inventory/{}", lamp.variant);
        let after = here.read(&path).await;
        assert_eq!(after["inventory"][0]["quantity"].as_i64(), Some(lamp.quantity + 15));
    }
}

on_both! {
    async fn what_a_limit_needs_to_know_is_read_first_and_counts_as_a_call(store: Store) {
        let world = World::new(store).await;
        let program = world.limited(&["stock-per-call=10", "calls-per-day=3"]).await;
        let lamp = world.boss().await.counted().await;
        world.forget_requests().await;

        let said = [
            program.adjusted(&lamp.set_to(lamp.quantity + 10)).await,
            program.adjusted(&lamp.set_to(lamp.quantity)).await,
            program.adjusted(&lamp.more(10)).await,
            program.adjusted(&lamp.more(10)).await,
        ];
        insta::assert_snapshot!(said.join("\n"), @r"
        ok
        429 limit: `Robot` may not adjustInventoryStockLevels at `acme` before 2026-05-15T00:00:00Z: it would move an amount that cannot be told of stock, and 10 a call is its limit, and its limits on calls leave none to read what there is now
        ok
        429 limit: `Robot` may not adjustInventoryStockLevels at `acme` before 2026-05-15T00:00:00Z: it has made its 3 calls of this day
        ");
        let read = format!("GET /1.0/commerce/inventory/{}", lamp.variant);
        let changed = format!("POST {ADJUST}");
        assert_eq!(world.asked().await, [read, changed.clone(), changed]);
    }
}

on_both! {
    async fn what_the_vendor_refused_is_given_back_to_the_limit(store: Store) {
        let world = World::new(store).await;
        let program = world.limited(&["stock-per-day=1000000"]).await;
        let lamp = world.boss().await.counted().await;
        let all = u64::try_from(lamp.quantity).unwrap();
        let too_few = json!({"decrementOperations": [{"variantId": lamp.variant, "quantity": all + 1}]});

        assert_eq!(program.adjust(&too_few).await.status(), 409);
        assert_eq!(program.adjusted(&lamp.more(1_000_000)).await, "ok");
    }
}

on_both! {
    async fn a_price_moves_by_the_percent_of_the_limit_and_no_more(store: Store) {
        let world = World::new(store).await;
        let program = world.limited(&["price-percent=10"]).await;
        let lamp = Priced::of(&world.boss().await).await;
        let reprice = |percent| program.call(Method::POST, &lamp.path).json(&lamp.at(percent));
        world.forget_requests().await;

        for percent in [111, 89, 1000] {
            let refused = program.refused(reprice(percent)).await;
            assert!(refused.starts_with("403 denied: ") && refused.contains("10 % is its limit"), "{percent}: {refused}");
        }
        let sent = world.asked().await;
        assert!(sent.iter().all(|line| line.starts_with("GET ")), "{sent:?}");
        json_of(reprice(110).send().await.unwrap(), 200).await;
    }
}

on_both! {
    async fn an_older_path_is_closed_where_a_limit_speaks_of_values(store: Store) {
        let world = World::new(store).await;
        let program = world.limited(&["quantity=5"]).await;
        world.forget_requests().await;
        let call = program.call(Method::POST, "/1.0/commerce/products").json(&json!({"type": "PHYSICAL"}));
        let refused = program.refused(call).await;
        insta::assert_snapshot!(refused, @"403 denied: `Robot` may not createProduct at `acme`: what it would change cannot be told on this path; use /v2/commerce/products");
        assert_eq!(world.requests("squarespace").await.len(), 0);
    }
}

on_both! {
    async fn quantities_goods_hours_and_calls_have_limits_too(store: Store) {
        let world = World::new(store).await;
        let boss = world.boss().await;
        let program = world.limited(&["quantity=5"]).await;
        let lamp = boss.counted().await;
        let mut said = vec![program.adjusted(&lamp.more(5)).await, program.adjusted(&lamp.more(6)).await];
        for limit in ["skus=NO-SUCH-GOODS", "hours=mon-fri 09:30-17:00 UTC", "calls-per-minute=1"] {
            world.engine.revoke_agent("Robot").await.unwrap();
            let grants = [(Area::Inventory, Level::Full)];
            let program = world.ruled_program(&grants, [at_most(limit)]).await;
            for _ in 0..2 {
                said.push(program.adjusted(&lamp.more(1)).await.replace(&lamp.sku, "SKU"));
            }
            // The noon of the same Thursday.
            world.clock.advance(SignedDuration::from_hours(1));
            said.push(program.adjusted(&lamp.more(1)).await.replace(&lamp.sku, "SKU"));
        }
        insta::assert_snapshot!(said.join("\n"), @r"
        ok
        it names a quantity of 6, and 5 is its limit
        `SKU` is not among the SKUs that it may change
        `SKU` is not among the SKUs that it may change
        `SKU` is not among the SKUs that it may change
        ok
        ok
        ok
        ok
        429 limit: `Robot` may not adjustInventoryStockLevels at `acme` before 2026-05-14T11:01:00Z: it has made its 1 call of this minute
        ok
        ");
    }
}

on_both! {
    async fn used_up_calls_are_told_from_what_is_not_granted_and_come_back_by_themselves(store: Store) {
        let world = World::new(store).await;
        let program = world.limited(&["calls-per-minute=1"]).await;
        json_of(program.get(PRODUCTS).await, 200).await;
        let answer = program.get(PRODUCTS).await;
        let seconds: i64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        assert!(problem(answer).await.starts_with("429 limit: `Robot` may not getProducts at `acme` before "));
        world.clock.advance(SignedDuration::from_secs(seconds));
        json_of(program.get(PRODUCTS).await, 200).await;

        world.engine.close().await;
        let denied = world.engine.audit(&AuditQuery { verdict: Some(audit::Verdict::Denied), ..AuditQuery::default() }, None, 5).await.unwrap();
        assert_eq!(denied.entries[0].sentence, "Robot was denied getProducts at `acme`: it has made its 1 call of this minute");
    }
}

on_both! {
    async fn a_denial_tells_no_value_that_its_agent_may_not_read(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let boss = world.boss().await;
        let (lamp, priced) = (boss.counted().await, Priced::of(&boss).await);
        let allows = |operation: &str| Says::Operation { operation: operation.to_owned(), verdict: Verdict::Allow };
        let rules = [allows("adjustInventoryStockLevels"), allows("updateProductVariant"), at_most("stock-per-call=1"), at_most("price-percent=10")];
        let program = world.ruled_program(&[], rules).await;

        let set = lamp.set_to(lamp.quantity + 7);
        let price = program.call(Method::POST, &priced.path).json(&priced.at(300));
        let tried = program.call(Method::POST, ADJUST).json(&set).header("portico-dry-run", "true");
        let tried = json_of(tried.send().await.unwrap(), 200).await;
        let said = [program.adjusted(&set).await, text(&tried["decision"]["because"])];
        for said in said {
            assert_eq!(said, "it would move an amount that cannot be told of stock, and 1 a call is its limit");
        }
        assert!(tried["changes"][0].get("before").is_none(), "{tried}");
        let refused = program.refused(price).await;
        assert!(refused.contains("what it is now is not known; 10 % is its limit"), "{refused}");
    }
}
