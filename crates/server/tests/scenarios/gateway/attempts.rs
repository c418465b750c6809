//! How often a call is sent, how long its caller waits, and what is told when it does not end well.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portico_domain::Clock;
use portico_domain::agent::{Area, Level};
use portico_domain::clock::{StillClock, Wait};
use portico_engine::{Pace, Paces};
use portico_store::{Store, on_both};
use reqwest::{Method, Response};
use serde_json::json;
use tokio::net::TcpListener;

use super::scripted::{PAUSE, Scripted, answer, api_at, vendor};
use super::{ADJUST, ORDERS, PRODUCTS, Program, json_of, problem};
use crate::world::{Link, Process, World};

const PAGES: &str = "/1.0/commerce/store_pages";

/// A shop that is connected, and a program that may do everything there.
async fn keeper(world: &World) -> Program<'_> {
    world.connect_site("acme", 0, Link::OAuth).await;
    let all = Area::ALL.map(|area| (area, Level::Full));
    world.program(&all).await
}

/// The headers by which Portico tells of a call, as far as they are there.
fn told(response: &Response) -> String {
    let names = [
        "portico-connection",
        "idempotency-key",
        "ratelimit",
        "retry-after",
    ];
    let header = |name| {
        Some(format!(
            "{name}: {}",
            response.headers().get(name)?.to_str().ok()?
        ))
    };
    names
        .into_iter()
        .filter_map(header)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The world's clock, which opens the vendor's doors the first time that somebody waits.
struct OpeningClock {
    clock: StillClock,
    vendor: Scripted,
    address: SocketAddr,
}

impl Clock for OpeningClock {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn until(&self, at: Timestamp) -> Wait<'_> {
        Box::pin(async move {
            if let Ok(listener) = TcpListener::bind(self.address).await {
                self.vendor.serve(listener);
            }
            self.clock.until(at).await;
        })
    }
}

on_both! {
    async fn a_write_whose_answer_never_came_tells_the_key_under_which_it_may_be_sent_again(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        world.clock.advance(SignedDuration::from_mins(1));
        let (vendor, hub) = world.scripted(&[]).await;
        let more = json!({"incrementOperations": [{"variantId": "66f0a2000102030405060708", "quantity": 3}]});
        let adjust = program.at(hub).call(Method::POST, ADJUST).json(&more);
        let response = adjust.send().await.unwrap();
        let heads = vendor.heads();
        let sent = heads[0].lines().find_map(|line| line.strip_prefix("idempotency-key: ")).unwrap();
        assert_eq!(heads.iter().filter(|head| head.contains(sent)).count(), 3, "one key for all attempts");
        insta::assert_snapshot!(told(&response).replace(sent, "SENT"), @r#"portico-connection: acme, idempotency-key: SENT, ratelimit: "account";r=19;t=0"#);
        insta::assert_snapshot!(problem(response).await, @"504 unanswered: Squarespace did not answer adjustInventoryStockLevels; it may have been done: look before you send it again");
    }
}

on_both! {
    async fn a_call_is_given_up_when_it_has_waited_for_ten_seconds_for_all_its_turns(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        world.clock.advance(SignedDuration::from_mins(1));
        let pace = Pace { interval: SignedDuration::from_secs(6), burst: 1 };
        let process = Process { paces: Paces { squarespace: Some(pace), ..Paces::default() }, ..Process::default() };
        let failure = answer("503 Service Unavailable", &[], "");
        let (vendor, api) = vendor(&[failure.clone(), failure.clone(), failure]).await;
        let program = program.at(world.doors_to(api, process).await);
        let response = program.get(ORDERS).await;
        insta::assert_snapshot!(told(&response), @r#"portico-connection: acme, ratelimit: "account";r=0;t=5, retry-after: 5"#);
        assert!(problem(response).await.starts_with("429 budget"));
        assert_eq!(vendor.heads().len(), 2);
    }
}

on_both! {
    async fn a_read_that_took_too_long_is_not_sent_again(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        let never = PAUSE.to_string();
        let (vendor, api) = vendor(&[never.clone(), never.clone(), never]).await;
        let process = Process { patience: Duration::from_millis(100), ..Process::default() };
        let program = program.at(world.doors_to(api, process).await);
        insta::assert_snapshot!(problem(program.get(ORDERS).await).await, @"504 unanswered: Squarespace did not answer getOrders; try again");
        assert!(vendor.heads().len() <= 1);
    }
}

on_both! {
    async fn a_write_that_found_nobody_is_sent_once_somebody_is_there(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        let page = program.read(PAGES).await["storePages"][0]["id"].clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let vendor = Scripted::new(&[answer("201 Created", &["content-type: application/json"], "{}")]);
        let clock = OpeningClock { clock: world.clock.clone(), vendor: vendor.clone(), address };
        let process = Process { clock: Some(Arc::new(clock)), ..Process::default() };
        let program = program.at(world.doors_to(api_at(address), process).await);
        let voucher = json!({"type": "GIFT_CARD", "storePageId": page, "name": "Voucher", "variants": [
            {"sku": "V-1", "pricing": {"basePrice": {"currency": "USD", "value": "10.00"}}}]});
        let create = program.call(Method::POST, PRODUCTS).json(&voucher);
        json_of(create.send().await.unwrap(), 201).await;
        assert_eq!(vendor.heads().len(), 1);
    }
}

on_both! {
    async fn a_write_that_goes_to_a_kept_connection_which_the_vendor_has_closed_is_sent_once(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        let kept = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}".to_owned();
        let made = answer("204 No Content", &[], "");
        let (vendor, hub) = world.scripted(&[kept, made]).await;
        let program = program.at(hub);
        program.read(PAGES).await;
        let delete = program.call(Method::DELETE, &format!("{PRODUCTS}/66f0a2000102030405060708"));
        assert_eq!(delete.send().await.unwrap().status(), 204);
        assert_eq!(vendor.heads().len(), 2);
    }
}

on_both! {
    async fn a_vendor_at_whose_address_nobody_listens_was_sent_nothing(store: Store) {
        let world = World::new(store).await;
        let program = keeper(&world).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let program = program.at(world.doors_to(api_at(address), Process::default()).await);
        let delete = program.call(Method::DELETE, &format!("{PRODUCTS}/66f0a2000102030405060708"));
        insta::assert_snapshot!(program.refused(delete).await, @"502 vendor: Squarespace cannot be reached; nothing was sent, try again");
    }
}

on_both! {
    async fn a_write_that_an_earlier_attempt_may_have_done_is_never_told_as_not_done(store: Store) {
        let world = World::new(store).await;
        let program = world.limited(&["stock-per-day=2"]).await;
        world.clock.advance(SignedDuration::from_mins(1));
        let failure = answer("503 Service Unavailable", &[], "");
        let refused = answer("409 Conflict", &[], "{}");
        let slow = Pace { interval: SignedDuration::from_secs(6), burst: 1 };
        let ways = [
            (vec![failure.clone(), refused.clone()], Paces::default()),
            (vec![failure.clone(), failure], Paces { squarespace: Some(slow), ..Paces::default() }),
        ];
        let more = json!({"incrementOperations": [{"variantId": "66f0a2000102030405060708", "quantity": 1}]});
        for (answers, paces) in ways {
            let (_vendor, api) = vendor(&answers).await;
            let process = Process { paces, ..Process::default() };
            let program = program.at(world.doors_to(api, process).await);
            let adjust = program.call(Method::POST, ADJUST).json(&more);
            let said = problem(adjust.send().await.unwrap()).await;
            assert_eq!(said, "504 unanswered: Squarespace did not answer adjustInventoryStockLevels; it may have been done: look before you send it again");
            world.clock.advance(SignedDuration::from_mins(1));
        }
        let (_vendor, api) = vendor(&[refused]).await;
        let program = program.at(world.doors_to(api, Process::default()).await);
        let used_up = program.refused(program.call(Method::POST, ADJUST).json(&more)).await;
        assert!(used_up.contains("has moved 2 of its 2 of this day"), "{used_up}");
    }
}
