//! Tokens that run out while programs call.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use portico_domain::agent::{Area, Level};
use portico_engine::{Engine, Paces};
use portico_store::{Store, on_both};
use reqwest::Method;
use serde_json::json;

use super::{ORDERS, PRODUCTS, Program, problem};
use crate::world::{Link, Process, World, text};

const CALLERS: usize = 1_000;
const REFRESH: &str = "/oauth/provider/tokens";

/// After this long a refresh that failed is tried again.
const A_MOMENT: SignedDuration = SignedDuration::from_secs(3);

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

/// What a crowd of callers is answered at the doors of three processes, by status and kind of problem.
async fn crowd(world: &World, program: &Program<'_>) -> BTreeSet<String> {
    let mut doors = Vec::new();
    for seed in [21, 22, 23] {
        doors.push(world.doors_of(&unpaced(world, seed)).await);
    }
    let mut callers = tokio::task::JoinSet::new();
    for number in 0..CALLERS {
        let url = format!("{}squarespace{ORDERS}", doors[number % doors.len()]);
        let call = world.http.get(url).bearer_auth(&program.key);
        callers.spawn(async move { call.send().await.unwrap().status().to_string() });
    }
    callers.join_all().await.into_iter().collect()
}

on_both! {
    async fn a_thousand_callers_at_the_moment_of_expiry_in_three_processes_cause_one_refresh(store: Store) {
        let world = World::new(store).await;
        world.control_post("limits", &json!({"squarespace_per_minute": null})).await;
        let program = reader(&world).await;
        assert_eq!(crowd(&world, &program).await, BTreeSet::from(["200 OK".to_owned()]));
        assert_eq!(refreshes(&world).await, 1);
    }
}

on_both! {
    async fn a_thousand_callers_whose_refresh_token_is_dead_ask_once_and_are_all_told(store: Store) {
        let world = World::new(store).await;
        world.control_post("limits", &json!({"squarespace_per_minute": null})).await;
        let program = reader(&world).await;
        world.clock.advance(SignedDuration::from_hours(7 * 24));
        assert_eq!(crowd(&world, &program).await, BTreeSet::from(["409 Conflict".to_owned()]));
        assert_eq!(refreshes(&world).await, 1, "one process tells the others");
    }
}

on_both! {
    async fn a_login_that_is_down_is_asked_once_by_each_process_for_all_who_wait(store: Store) {
        let world = World::new(store).await;
        world.control_post("limits", &json!({"squarespace_per_minute": null})).await;
        let program = reader(&world).await;
        world.fault(json!({"app": "squarespace", "path": REFRESH, "kind": "html", "status": 503})).await;
        assert_eq!(crowd(&world, &program).await, BTreeSet::from(["502 Bad Gateway".to_owned()]));
        assert_eq!(refreshes(&world).await, 3);
    }
}

on_both! {
    async fn a_caller_that_hangs_up_during_a_refresh_leaves_the_new_token_to_the_next(store: Store) {
        let world = World::new(store).await;
        let program = reader(&world).await;
        world.fault(json!({"app": "squarespace", "path": REFRESH, "kind": "delay_after", "ms": 60_000, "times": 1})).await;
        let call = program.call(Method::GET, ORDERS);
        let impatient = tokio::spawn(async move { call.send().await });
        world.until_struck().await;
        impatient.abort();
        assert!(impatient.await.unwrap_err().is_cancelled());
        // By its answer the doors have seen the end of the call before it.
        assert_eq!(program.get(PRODUCTS).await.status(), 403);
        world.clear_faults().await;

        program.read(ORDERS).await;
        assert_eq!(refreshes(&world).await, 1);
    }
}

on_both! {
    async fn a_token_is_used_to_its_end_while_its_refresh_fails(store: Store) {
        let world = World::new(store).await;
        let program = reader(&world).await;
        program.read(ORDERS).await;
        world.clock.advance(SignedDuration::from_mins(26));
        world.fault(json!({"app": "squarespace", "path": REFRESH, "kind": "html", "status": 503})).await;
        world.forget_requests().await;

        program.read(ORDERS).await;
        program.read(ORDERS).await;
        assert_eq!(refreshes(&world).await, 1, "the failure of a moment ago is known");
        world.clock.advance(A_MOMENT);
        program.read(ORDERS).await;
        assert_eq!(refreshes(&world).await, 2);
        world.clear_faults().await;
        world.clock.advance(A_MOMENT);
        program.read(ORDERS).await;
        world.clock.advance(A_MOMENT);
        program.read(ORDERS).await;
        assert_eq!(refreshes(&world).await, 3, "the third was answered");
    }
}

on_both! {
    async fn a_refresh_whose_answer_was_lost_is_made_good_a_moment_later(store: Store) {
        let world = World::new(store).await;
        let program = reader(&world).await;
        world.fault(json!({"app": "squarespace", "path": REFRESH, "kind": "drop_after", "times": 1})).await;

        let first = problem(program.get(ORDERS).await).await;
        insta::assert_snapshot!(&first, @"502 vendor: Squarespace did not renew the token of `acme`, so the call was not made; try again");
        let second = problem(program.get(ORDERS).await).await;
        assert_eq!((second, refreshes(&world).await), (first, 1), "the vendor is left in peace for a moment");
        world.clock.advance(A_MOMENT);
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
        insta::assert_snapshot!([first, second].join("\n"), @"
        409 connection: connection `acme`: Squarespace refused to renew the token; run `portico connection reauthorize acme`, whose link the owner of the account opens; `portico connection reconnect acme` takes tokens that were obtained elsewhere
        409 connection: connection `acme`: Squarespace refused to renew the token; run `portico connection reauthorize acme`, whose link the owner of the account opens; `portico connection reconnect acme` takes tokens that were obtained elsewhere
        ");
        assert_eq!(refreshes(&world).await, 1);
        assert!(world.connection("acme").await.starts_with("NEEDS_REAUTHORIZATION: "));
    }
}
