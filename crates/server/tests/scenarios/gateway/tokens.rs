//! Tokens that run out while programs call.

use jiff::SignedDuration;
use portico_domain::agent::{Area, Level};
use portico_engine::{Engine, Paces};
use portico_store::{Store, on_both};
use serde_json::json;

use super::{ORDERS, Program, problem};
use crate::world::{Link, Process, World, text};

const CALLERS: usize = 1_000;
const REFRESH: &str = "/oauth/provider/tokens";

async fn reader(world: &World) -> Program<'_> {
    world.connect_site("acme", 0, Link::OAuth).await;
    let program = world.program(&[(Area::Orders, Level::Read)]).await;
    world.clock.advance(SignedDuration::from_mins(30));
    world.forget_requests().await;
    program
}

async fn refreshes(world: &World) -> usize {
    let requests = world.requests("squarespace").await;
    let of_login = requests
        .iter()
        .filter(|one| text(&one["path"]).ends_with(REFRESH));
    of_login.count()
}

/// A process without limits: what is counted is refreshes.
fn unpaced(world: &World, seed: u64) -> Engine {
    let process = Process {
        seed,
        paces: Paces {
            squarespace: None,
            kommo: None,
        },
        ..Process::default()
    };
    world.process(&world.store, process)
}

on_both! {
    async fn a_thousand_callers_at_the_moment_of_expiry_in_two_processes_cause_one_refresh(store: Store) {
        let world = World::new(store).await;
        world.control_post("limits", &json!({"squarespace_per_minute": null})).await;
        let program = reader(&world).await;
        let mut doors = Vec::new();
        for seed in [21, 22] {
            doors.push(world.doors_of(&unpaced(&world, seed)).await);
        }

        let mut callers = tokio::task::JoinSet::new();
        for number in 0..CALLERS {
            let url = format!("{}squarespace{ORDERS}", doors[number % doors.len()]);
            let call = world.http.get(url).bearer_auth(&program.key);
            callers.spawn(async move { call.send().await.unwrap().status().as_u16() });
        }
        let answered = callers.join_all().await;
        assert!(answered.iter().all(|status| *status == 200), "{answered:?}");
        assert_eq!(refreshes(&world).await, 1);
    }
}

on_both! {
    async fn a_refresh_whose_answer_was_lost_is_made_good_by_the_next_call(store: Store) {
        let world = World::new(store).await;
        let program = reader(&world).await;
        world.fault(json!({"app": "squarespace", "path": REFRESH, "kind": "drop_after", "times": 1})).await;

        let first = problem(program.get(ORDERS).await).await;
        insta::assert_snapshot!(first, @"502 vendor: Squarespace did not renew the token of `acme`, so the call was not made; try again");
        program.read(ORDERS).await;
        assert_eq!(refreshes(&world).await, 2);
        assert_eq!(world.connection("acme").await, "ACTIVE");
    }
}

on_both! {
    async fn a_refresh_token_that_died_closes_the_connection_and_says_what_to_do(store: Store) {
        let world = World::new(store).await;
        let program = reader(&world).await;
        // Nobody renewed for a week: the process was off.
        world.clock.advance(SignedDuration::from_hours(7 * 24));

        let first = problem(program.get(ORDERS).await).await;
        let second = problem(program.get(ORDERS).await).await;
        insta::assert_snapshot!([first, second].join("\n"), @r"
        409 connection: connection `acme`: Squarespace refused to renew the token; authorise it again or make a new key there, then run `portico connection reconnect acme`
        409 connection: connection `acme`: Squarespace refused to renew the token; authorise it again or make a new key there, then run `portico connection reconnect acme`
        ");
        assert_eq!(refreshes(&world).await, 1);
        assert!(world.connection("acme").await.starts_with("NEEDS_REAUTHORIZATION: "));
    }
}
