//! Any calls to two processes at once: no sequence of those that are allowed passes a limit.

use jiff::SignedDuration;
use portico_domain::Chance;
use portico_store::{Database, Store, on_both};
use serde_json::{Value, json};

use super::Program;
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
        let (chance, mut stock, mut in_day) = (Chance::of(7), lamp.quantity, 0);
        for round in 0..25 {
            let wanted = [Move::of(&chance, stock), Move::of(&chance, stock)];
            let [first, second] = wanted.map(|one| one.body(&lamp.variant));
            let (first, second) = tokio::join!(here.adjust(&first), there.adjust(&second));
            let said = [first.status().as_u16(), second.status().as_u16()];
            assert!(said.iter().all(|said| [204, 403, 409].contains(said)), "{said:?}");
            let done = wanted.into_iter().zip(said).filter(|(_, said)| *said == 204);
            let done: Vec<Move> = done.map(|(one, _)| one).collect();
            let now = here.left_of(&lamp.variant).await;
            let by = moved(&done, stock, now, 6);
            in_day += by.unwrap_or_else(|| panic!("round {round}: {done:?} led from {stock} to {now}"));
            assert!(in_day <= 60, "round {round}: {done:?} moved {in_day} in a day");
            stock = now;
            // The site's own limit is not what is tried.
            world.clock.advance(SignedDuration::from_mins(1));
        }
        assert!(in_day > 54, "the limit was come to: {in_day}");
    }
}
