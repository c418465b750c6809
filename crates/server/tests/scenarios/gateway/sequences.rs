//! Any calls to two processes at once, also with answers that are lost: no sequence of those that are allowed
//! passes a limit.

use jiff::SignedDuration;
use portico_domain::Chance;
use portico_store::{Database, Store, on_both};
use serde_json::{Value, json};

use super::Program;
use super::limits::Priced;
use crate::world::{Process, World};

/// A change of one stock.
#[derive(Clone, Copy, Debug)]
enum Move {
    By(i64),
    To(i64),
}

impl Move {
    /// Any, about as far as the limit of a call.
    fn of(chance: &Chance, stock: i64) -> Self {
        let [sort, size] = chance.bytes::<2>().map(i64::from);
        let by = size % 15 - 7;
        match (sort % 2, by) {
            (0, 0) => Self::By(1),
            (0, by) => Self::By(by),
            (_, by) => Self::To((stock + by).max(0)),
        }
    }

    fn body(self, variant: &str) -> Value {
        let (list, units) = match self {
            Self::By(units @ 1..) => ("incrementOperations", units),
            Self::By(units) => ("decrementOperations", -units),
            Self::To(units) => ("setFiniteOperations", units),
        };
        json!({ list: [{"variantId": variant, "quantity": units}] })
    }

    fn from(self, stock: i64) -> i64 {
        match self {
            Self::By(units) => stock + units,
            Self::To(units) => units,
        }
    }
}

/// How far they have moved the stock, in an order that leads from what there was to what there is now, and in
/// which none moves it further than `most`.
fn moved(done: &[Move], was: i64, now: i64, most: i64) -> Option<i64> {
    let backwards: Vec<Move> = done.iter().rev().copied().collect();
    let sums = [done, backwards.as_slice()]
        .into_iter()
        .filter_map(|order| {
            let (mut stock, mut sum) = (was, 0);
            for one in order {
                let by = (one.from(stock) - stock).abs();
                (stock, sum) = (one.from(stock), sum + by);
                if by > most {
                    return None;
                }
            }
            (stock == now).then_some(sum)
        });
    sums.min()
}

on_both! {
    async fn whatever_two_processes_are_asked_at_once_no_limit_is_passed(database: Database) {
        let world = World::new(Store::open(&database).await.unwrap()).await;
        let here = world.limited(&["stock-per-call=6", "stock-per-day=60"]).await;
        let lamp = world.boss().await.counted().await;
        let other_store = Store::open(&database).await.unwrap();
        let other = world.process(&other_store, Process::default());
        let there = Program { world: &world, hub: world.doors_of(&other).await, key: here.key.clone() };
        let mut stock = lamp.quantity;
        for seed in [7, 11, 23] {
            let (chance, mut in_day) = (Chance::of(seed), 0);
            for round in 0..20 {
                let wanted = [Move::of(&chance, stock), Move::of(&chance, stock)];
                let [first, second] = wanted.map(|one| one.body(&lamp.variant));
                let (first, second) = tokio::join!(here.adjust(&first), there.adjust(&second));
                let said = [first.status().as_u16(), second.status().as_u16()];
                assert!(said.iter().all(|said| [204, 403, 409].contains(said)), "{said:?}");
                let done = wanted.into_iter().zip(said).filter(|(_, said)| *said == 204);
                let done: Vec<Move> = done.map(|(one, _)| one).collect();
                let now = here.left_of(&lamp.variant).await;
                let by = moved(&done, stock, now, 6);
                in_day += by.unwrap_or_else(|| panic!("seed {seed}, round {round}: {done:?} led from {stock} to {now}"));
                assert!(in_day <= 60, "seed {seed}, round {round}: {done:?} moved {in_day} in a day");
                stock = now;
                // The site's own limit is not what is tried.
                world.clock.advance(SignedDuration::from_mins(1));
            }
            assert!(in_day > 50, "seed {seed}: the limit was come to: {in_day}");
            world.clock.advance(SignedDuration::from_hours(24));
        }
    }
}

/// A price that was asked for, and whether it is known to be set.
#[derive(Clone, Copy, Debug)]
struct Asked {
    cents: u64,
    status: u16,
}

impl Asked {
    fn may_be_set(self) -> bool {
        self.status == 200 || self.status >= 500
    }
}

/// Whether some order of those that are set, or may be, leads from one price to another, none of them by more
/// than `most` percent.
fn leads(was: u64, now: u64, asked: &[Asked], most: u64) -> bool {
    let must_be_set = |one: &Asked| one.status == 200;
    if was == now && !asked.iter().any(must_be_set) {
        return true;
    }
    (0..asked.len()).any(|at| {
        let (next, mut rest) = (asked[at], asked.to_vec());
        rest.remove(at);
        let is_near = next.cents.abs_diff(was) * 100 <= was * most;
        next.may_be_set() && is_near && leads(next.cents, now, &rest, most)
    })
}

on_both! {
    async fn whatever_becomes_of_answers_no_price_moves_too_far_and_no_call_too_many_is_sent(database: Database) {
        const CALLS: usize = 70;
        let world = World::new(Store::open(&database).await.unwrap()).await;
        let limits = ["price-percent=10".to_owned(), format!("calls-per-day={CALLS}")];
        let here = world.limited(&limits.each_ref().map(String::as_str)).await;
        let boss = world.boss().await;
        let other_store = Store::open(&database).await.unwrap();
        let other = world.process(&other_store, Process::default());
        let there = Program { world: &world, hub: world.doors_of(&other).await, key: here.key.clone() };
        let chance = Chance::of(5);
        let (mut lamp, mut statuses) = (Priced::of(&boss).await, Vec::new());
        world.forget_requests().await;
        let mut own = 0;
        for round in 0..30 {
            let [fault, first, second] = chance.bytes::<3>().map(u64::from);
            let kind = match fault % 4 {
                0 => json!({"kind": "drop_after"}),
                1 => json!({"kind": "drop_before"}),
                2 => json!({"kind": "status", "status": 503}),
                _ => json!({"kind": "delay", "ms": 1}),
            };
            let mut rule = json!({"app": "squarespace", "method": "POST", "path": "/variants/", "times": 1});
            rule.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
            world.fault(rule).await;
            let wanted = [first, second].map(|one| 85 + one % 31);
            let (first, second) = tokio::join!(here.reprice(&lamp, wanted[0]), there.reprice(&lamp, wanted[1]));
            world.clear_faults().await;
            let said = [first.status().as_u16(), second.status().as_u16()];
            let asked = [0, 1].map(|at| Asked { cents: lamp.cents * wanted[at] / 100, status: said[at] });
            let now = Priced::of(&boss).await;
            own += 1;
            assert!(leads(lamp.cents, now.cents, &asked, 10), "round {round}: {asked:?} led from {} to {}", lamp.cents, now.cents);
            (lamp, statuses) = (now, [statuses, said.to_vec()].concat());
            world.clock.advance(SignedDuration::from_mins(1));
        }
        let sent = world.requests("squarespace").await.len() - own;
        assert!(sent <= CALLS, "{sent} calls were sent");
        for status in [200, 403, 429, 503, 504] {
            assert!(statuses.contains(&status), "{status} is not among {statuses:?}");
        }
    }
}
