//! Many callers and one budget: the vendor never complains, orders are not kept waiting, and who would wait for
//! long is told.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use portico_domain::Clock;
use portico_domain::agent::{Area, Level};
use portico_engine::{Pace, Paces};
use portico_store::{Database, Store, on_both};
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::task::JoinSet;
use url::Url;

use super::turns::Turns;
use super::{ORDERS, Program, problem};
use crate::world::{Link, Process, World};

const PER_MINUTE: usize = 300;

/// Ten callers who ask as fast as they are answered, for so long.
const CALLERS: usize = 10;
const LASTS: SignedDuration = SignedDuration::from_mins(3);

/// A shop, and doors whose clock moves only when all who work wait for it.
struct Rush<'a> {
    program: Program<'a>,
    turns: Arc<Turns>,
    engine: portico_engine::Engine,
    hub: Url,
}

impl<'a> Rush<'a> {
    async fn new(world: &'a World, workers: usize) -> Self {
        let program = world.program(&[(Area::Orders, Level::Read)]).await;
        let turns = Arc::new(Turns::new(world.clock.cell(), workers));
        let clock: Arc<dyn Clock> = turns.clone();
        let process = Process {
            seed: 31,
            clock: Some(clock),
            ..Process::default()
        };
        let engine = world.process(&world.store, process);
        let hub = world.doors_of(&engine).await;
        world.forget_requests().await;
        Self {
            program,
            turns,
            engine,
            hub,
        }
    }

    fn call(&self) -> RequestBuilder {
        let url = format!("{}squarespace{ORDERS}", self.hub);
        let http = &self.program.world.http;
        http.get(url).bearer_auth(&self.program.key)
    }
}

/// Asks again and again until a time; answers how often our own 429 came.
async fn keeps_asking(call: RequestBuilder, turns: Arc<Turns>, until: Timestamp) -> usize {
    let mut refused = 0;
    while turns.now() < until {
        let answer = call.try_clone().unwrap().send().await.unwrap();
        match answer.status().as_u16() {
            200 => drop(answer.bytes().await),
            // Who has the last word of the rush may find nobody left to wait with.
            429 if turns.now() >= until => break,
            429 => {
                refused += 1;
                turns.until(turns.now() + wait(&answer)).await;
            }
            other => panic!("{other}"),
        }
    }
    turns.leave();
    refused
}

/// After what time a refused caller may come back.
fn wait(answer: &Response) -> SignedDuration {
    let seconds = answer.headers()["retry-after"].to_str().unwrap();
    SignedDuration::from_secs(seconds.parse().unwrap())
}

/// The most requests that the vendor saw in any minute, and how many it complained about.
fn judged(requests: &[Value]) -> (usize, usize) {
    let times: Vec<Timestamp> = requests
        .iter()
        .map(|one| Timestamp::from_millisecond(one["at"].as_i64().unwrap()).unwrap())
        .collect();
    let within = |start: &Timestamp| {
        let end = *start + SignedDuration::from_mins(1);
        times.iter().filter(|at| (*start..end).contains(at)).count()
    };
    let most = times.iter().map(within).max().unwrap_or_default();
    let complaints = requests.iter().filter(|one| one["status"] == 429).count();
    (most, complaints)
}

on_both! {
    async fn ten_callers_far_above_the_limit_never_meet_it_and_a_live_order_goes_before_them(store: Store) {
        let world = World::connected(store, Link::OAuth).await;
        let rush = Rush::new(&world, CALLERS).await;
        let start = world.now();
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn(keeps_asking(rush.call(), Arc::clone(&rush.turns), start + LASTS));
        }

        let minute = start + SignedDuration::from_mins(1);
        world.until("a minute of the rush is over", async || world.now() > minute).await;
        let placed = world.now();
        let order = world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.sandbox.settle().await;
        rush.turns.join();
        while rush.engine.run_due().await.unwrap().batches > 0 {}
        rush.turns.leave();
        let delay = world.now().duration_since(placed);
        assert_eq!(world.shown(&order).await.deals.len(), 1);
        assert!(delay < SignedDuration::from_secs(10), "{delay}");

        let refused: usize = callers.join_all().await.into_iter().sum();
        let requests = world.requests("squarespace").await;
        let (most, complaints) = judged(&requests);
        assert!(most <= PER_MINUTE, "{most} requests in one minute");
        assert_eq!((complaints, refused), (0, 0));
        assert!(requests.len() > 2 * PER_MINUTE, "the budget is used: {}", requests.len());
    }
}

on_both! {
    async fn who_would_wait_for_long_is_told_when_to_come_back(store: Store) {
        let world = World::new(store).await;
        world.connect_site("acme", 0, Link::OAuth).await;
        let program = world.program(&[(Area::Orders, Level::Read)]).await;
        let pace = Pace { interval: SignedDuration::from_secs(15), burst: 2 };
        let process = Process { seed: 31, paces: Paces { squarespace: Some(pace), ..Paces::default() }, ..Process::default() };
        let program = program.at(world.doors_of(&world.process(&world.store, process)).await);
        world.forget_requests().await;

        program.read(ORDERS).await;
        program.read(ORDERS).await;
        let third = program.get(ORDERS).await;
        assert_eq!(third.headers()["retry-after"], "15");
        assert_eq!(third.headers()["ratelimit"], "\"account\";r=0;t=15");
        assert_eq!(third.headers()["portico-connection"], "acme");
        insta::assert_snapshot!(problem(third).await, @"429 budget: the budget of `acme` is used up; the next call is possible at 2026-05-14T09:00:16Z");
        assert_eq!(world.requests("squarespace").await.len(), 2);

        world.clock.advance(SignedDuration::from_secs(15));
        program.read(ORDERS).await;
    }
}

on_both! {
    async fn an_agent_in_one_process_and_the_sync_in_another_share_the_budget_of_a_site(database: Database) {
        let world = World::connected(Store::open(&database).await.unwrap(), Link::OAuth).await;
        world.clock.advance(SignedDuration::from_mins(1));
        let pace = Pace { interval: SignedDuration::from_secs(60), burst: 10 };
        let slow = |seed| Process { seed, paces: Paces { squarespace: Some(pace), ..Paces::default() }, ..Process::default() };
        let other_store = Store::open(&database).await.unwrap();
        let syncing = world.process(&other_store, slow(31));
        let program = world.program(&[(Area::Orders, Level::Read)]).await;
        let program = program.at(world.doors_of(&world.process(&world.store, slow(32))).await);
        world.buy("ines.okafor@example.com", "GIFT-100").await;
        world.forget_requests().await;

        let mut left = Vec::new();
        for _ in 0..2 {
            let answer = program.get(ORDERS).await;
            let sent = world.requests("squarespace").await.len();
            left.push((sent, answer.headers()["ratelimit"].to_str().unwrap().to_owned()));
            world.sandbox.settle().await;
            while syncing.run_due().await.unwrap().batches > 0 {}
        }
        let of_sync = left[1].0 - 2;
        assert!(of_sync > 0, "the sync has called the site");
        for (sent, told) in left {
            assert_eq!(told, format!("\"account\";r={};t=0", 10 - sent));
        }
    }
}
