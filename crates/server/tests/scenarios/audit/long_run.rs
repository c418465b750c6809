//! A hundred thousand records, written and verified; it runs with `PORTICO_LONG=1` and says how long it took.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use portico_domain::App;
use portico_domain::audit::Actor;
use portico_engine::{Caller, Engine, Error, NativeCall, Refusal};
use portico_store::{Store, on_both};
use tokio::time::Instant;

use super::verified;
use crate::world::World;

const RECORDS: u32 = 100_000;

/// A call that is refused, so that nothing but its record is written.
async fn is_refused_on_record(engine: &Engine) -> bool {
    let caller = Caller::Administrator(Actor::CommandLine);
    let call = NativeCall {
        app: App::Squarespace,
        connection: Some("nowhere".to_owned()),
        method: http::Method::GET,
        path: "/1.0/commerce/orders".to_owned(),
        query: None,
        headers: http::HeaderMap::new(),
        body: Empty::<Bytes>::new()
            .map_err(|none| match none {})
            .boxed_unsync(),
        base: String::new(),
    };
    let refused = engine.forward(&caller, call).await.unwrap_err();
    !matches!(refused.refusal, Refusal::Engine(Error::Unrecorded))
}

on_both! {
    async fn a_hundred_thousand_records_are_written_and_verified(store: Store) {
        if is_left_out() {
            return;
        }
        let world = World::new(store).await;
        let begun = Instant::now();
        for _ in 0..RECORDS {
            while !is_refused_on_record(&world.engine).await {
                tokio::task::yield_now().await;
            }
        }
        world.engine.close().await;
        let written = begun.elapsed();
        let begun = Instant::now();
        assert_eq!(verified(&world.engine).await, "100001 records in 1 chains");
        let read = begun.elapsed();
        eprintln!(
            "{RECORDS} records written in {:.1} s, verified in {:.1} s",
            written.as_secs_f64(),
            read.as_secs_f64()
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment of the test says whether it is to run"
)]
fn is_left_out() -> bool {
    std::env::var("PORTICO_LONG").is_err()
}
