//! Work items through their life: touched, claimed, settled, held and put back.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

use jiff::{SignedDuration, Timestamp};
use portico_domain::work::{Priority, Queue};
use portico_store::work::{self, Claim, Count, Filter, Outcome, State, Touch, WorkItem};
use portico_store::{Error, Store, on_both};

const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// The given number of seconds into the test.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_355_200 + seconds).unwrap()
}

fn touch_of(key: &str) -> Touch {
    Touch {
        queue: Queue::SyncDeal,
        key: key.to_owned(),
        destination: "studio".to_owned(),
        priority: Priority::Live,
        due: at(0),
    }
}

async fn touch(store: &Store, touches: &[Touch], now: Timestamp) {
    let touches = touches.to_vec();
    store
        .write(move |tx| work::touch(tx, &touches, now))
        .await
        .unwrap();
}

async fn touch_keys(store: &Store, keys: &[&str]) {
    let touches: Vec<_> = keys.iter().map(|key| touch_of(key)).collect();
    touch(store, &touches, at(0)).await;
}

async fn claim(store: &Store, now: Timestamp) -> Option<Claim> {
    claim_as(store, "ann", 10, now).await
}

async fn claim_as(
    store: &Store,
    owner: &'static str,
    limit: usize,
    now: Timestamp,
) -> Option<Claim> {
    store
        .write(move |tx| work::claim(tx, Queue::SyncDeal, "studio", owner, LEASE, limit, now))
        .await
        .unwrap()
}

fn keys(claim: Option<&Claim>) -> Vec<&str> {
    let items = claim.iter().flat_map(|claim| &claim.items);
    items.map(|item| item.key.as_str()).collect()
}

async fn settle(
    store: &Store,
    claim: &Claim,
    key: &str,
    outcome: Outcome,
    now: Timestamp,
) -> Result<(), Error> {
    let (claim, outcomes) = (claim.clone(), [(key.to_owned(), outcome)]);
    store
        .write(move |tx| {
            work::settle(tx, &claim, &outcomes, now)?;
            work::release(tx, &claim, now)
        })
        .await
}

async fn items(store: &Store) -> Vec<WorkItem> {
    let filter = Filter {
        queue: None,
        state: None,
        destination: None,
        limit: 100,
    };
    store.read(move |tx| work::list(tx, &filter)).await.unwrap()
}

async fn only_item(store: &Store) -> WorkItem {
    let mut items = items(store).await;
    assert_eq!(items.len(), 1);
    items.remove(0)
}

async fn due(store: &Store, now: Timestamp) -> Vec<String> {
    store
        .read(move |tx| work::due_destinations(tx, Queue::SyncDeal, now))
        .await
        .unwrap()
}

fn again(seconds: i64) -> Outcome {
    Outcome::Again {
        at: at(seconds),
        error: "the CRM did not answer".to_owned(),
    }
}

fn held() -> Outcome {
    Outcome::Held {
        reason: "the pipeline was deleted".to_owned(),
        remedy: "choose another pipeline".to_owned(),
    }
}

on_both! {
    async fn a_key_touched_often_is_one_item_with_a_growing_generation(store: Store) {
        touch_keys(&store, &["a"]).await;
        touch_keys(&store, &["a"]).await;

        assert_eq!(only_item(&store).await.generation, 2);
    }
}

on_both! {
    async fn a_waiting_key_takes_the_earlier_time_and_the_more_urgent_lane(store: Store) {
        let later = Touch { due: at(90), priority: Priority::History, ..touch_of("a") };
        let sooner = Touch { due: at(30), priority: Priority::Person, ..touch_of("a") };
        touch(&store, std::slice::from_ref(&later), at(0)).await;
        touch(&store, &[sooner], at(0)).await;
        touch(&store, &[later], at(0)).await;

        let item = only_item(&store).await;
        assert_eq!(item.due_at, at(30));
        assert_eq!(item.priority, Priority::Person);
        assert_eq!(keys(claim(&store, at(29)).await.as_ref()), [""; 0]);
        assert_eq!(keys(claim(&store, at(30)).await.as_ref()), ["a"]);
    }
}

on_both! {
    async fn a_claim_takes_the_urgent_then_the_long_due_then_the_old(store: Store) {
        let of = |key, priority, due| Touch { priority, due: at(due), ..touch_of(key) };
        touch(&store, &[of("history", Priority::History, 0)], at(0)).await;
        touch(&store, &[of("live, due later", Priority::Live, 2)], at(0)).await;
        touch(&store, &[of("live, younger", Priority::Live, 1)], at(1)).await;
        touch(&store, &[of("live, older", Priority::Live, 1)], at(0)).await;
        touch(&store, &[of("agent", Priority::Agent, 0)], at(0)).await;
        touch(&store, &[of("person", Priority::Person, 0)], at(0)).await;

        let claimed = claim_as(&store, "ann", 5, at(9)).await;

        assert_eq!(
            keys(claimed.as_ref()),
            ["live, older", "live, younger", "live, due later", "person", "agent"]
        );
    }
}

on_both! {
    async fn a_destination_has_one_worker_at_a_time(store: Store) {
        touch_keys(&store, &["a", "b"]).await;

        let first = claim_as(&store, "ann", 1, at(0)).await.unwrap();
        assert_eq!(claim_as(&store, "bob", 1, at(0)).await, None);
        assert_eq!(due(&store, at(0)).await, [""; 0]);

        settle(&store, &first, "a", Outcome::Done, at(0)).await.unwrap();
        assert_eq!(due(&store, at(0)).await, ["studio"]);
        let second = claim_as(&store, "bob", 1, at(0)).await;
        assert_eq!(keys(second.as_ref()), ["b"]);
    }
}

on_both! {
    async fn many_claiming_at_once_share_nothing(store: Store) {
        touch_keys(&store, &["a", "b"]).await;

        let claims: Vec<_> = (0..12)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { claim(&store, at(0)).await })
            })
            .collect();
        let mut winners = 0;
        for claim in claims {
            winners += usize::from(claim.await.unwrap().is_some());
        }

        assert_eq!(winners, 1);
    }
}

on_both! {
    async fn a_done_key_leaves_the_queue(store: Store) {
        touch_keys(&store, &["a"]).await;
        let claimed = claim(&store, at(0)).await.unwrap();
        settle(&store, &claimed, "a", Outcome::Done, at(1)).await.unwrap();

        assert!(items(&store).await.is_empty());
    }
}

on_both! {
    async fn a_key_touched_while_it_ran_waits_again_at_once(store: Store) {
        touch_keys(&store, &["a"]).await;
        let claimed = claim(&store, at(0)).await.unwrap();
        touch_keys(&store, &["a"]).await;
        assert_eq!(only_item(&store).await.state, State::Running);
        settle(&store, &claimed, "a", Outcome::Done, at(1)).await.unwrap();

        let again = claim(&store, at(1)).await.unwrap();
        assert_eq!(keys(Some(&again)), ["a"]);
        assert_eq!(again.items[0].attempts, 1);
    }
}

on_both! {
    async fn a_key_that_was_held_on_old_input_waits_again(store: Store) {
        touch_keys(&store, &["a"]).await;
        let claimed = claim(&store, at(0)).await.unwrap();
        touch_keys(&store, &["a"]).await;
        settle(&store, &claimed, "a", held(), at(1)).await.unwrap();

        assert_eq!(only_item(&store).await.state, State::Waiting);
    }
}

on_both! {
    async fn work_that_repeats_sets_its_next_time_while_it_runs(store: Store) {
        touch_keys(&store, &["a"]).await;
        let claimed = claim(&store, at(0)).await.unwrap();
        touch(&store, &[Touch { due: at(300), ..touch_of("a") }], at(1)).await;
        settle(&store, &claimed, "a", Outcome::Done, at(1)).await.unwrap();

        assert_eq!(only_item(&store).await.due_at, at(300));
        assert_eq!(claim(&store, at(299)).await, None);
    }
}

on_both! {
    async fn a_failed_key_waits_for_its_time_and_counts_its_attempts(store: Store) {
        touch_keys(&store, &["a"]).await;
        for attempt in 1..=3 {
            let claimed = claim(&store, at(attempt * 10)).await.unwrap();
            assert_eq!(claimed.items[0].attempts, attempt);
            settle(&store, &claimed, "a", again(attempt * 10 + 10), at(attempt * 10))
                .await
                .unwrap();
        }

        let item = only_item(&store).await;
        assert_eq!((item.state, item.due_at), (State::Waiting, at(40)));
        assert_eq!(item.error.as_deref(), Some("the CRM did not answer"));
        assert_eq!(claim(&store, at(39)).await, None);
    }
}

on_both! {
    async fn a_held_key_is_shown_with_a_remedy_and_not_claimed(store: Store) {
        touch_keys(&store, &["a"]).await;
        let claimed = claim(&store, at(0)).await.unwrap();
        settle(&store, &claimed, "a", held(), at(1)).await.unwrap();

        let item = only_item(&store).await;
        assert_eq!((item.key.as_str(), item.state), ("a", State::Held));
        assert_eq!(item.remedy.as_deref(), Some("choose another pipeline"));
        assert_eq!(claim(&store, at(900)).await, None);
        assert_eq!(due(&store, at(900)).await, [""; 0]);
    }
}

on_both! {
    async fn a_touch_wakes_a_held_key_with_no_attempts_counted(store: Store) {
        touch_keys(&store, &["a"]).await;
        let claimed = claim(&store, at(0)).await.unwrap();
        settle(&store, &claimed, "a", held(), at(1)).await.unwrap();
        touch_keys(&store, &["a"]).await;

        let item = only_item(&store).await;
        assert_eq!((item.state, item.attempts, item.error), (State::Waiting, 0, None));
    }
}

on_both! {
    async fn only_a_held_key_can_be_dismissed_and_a_touch_brings_it_back(store: Store) {
        let dismiss = async || {
            store
                .write(|tx| work::dismiss(tx, Queue::SyncDeal, "a"))
                .await
                .unwrap()
        };
        touch_keys(&store, &["a"]).await;
        assert!(!dismiss().await, "it waits");
        let claimed = claim(&store, at(0)).await.unwrap();
        assert!(!dismiss().await, "it runs");
        settle(&store, &claimed, "a", held(), at(1)).await.unwrap();
        assert!(dismiss().await);
        assert!(!dismiss().await, "it is gone");

        touch_keys(&store, &["a"]).await;
        assert_eq!(only_item(&store).await.state, State::Waiting);
    }
}

on_both! {
    async fn held_keys_are_put_back_one_or_all(store: Store) {
        touch_keys(&store, &["a", "b", "c"]).await;
        let claimed = claim(&store, at(0)).await.unwrap();
        let outcomes: Vec<_> = ["a", "b", "c"].map(|key| (key.to_owned(), held())).into();
        store
            .write(move |tx| {
                work::settle(tx, &claimed, &outcomes, at(1))?;
                work::release(tx, &claimed, at(1))
            })
            .await
            .unwrap();

        let one = store.write(|tx| work::retry(tx, Queue::SyncDeal, "a", at(2))).await;
        assert!(one.unwrap());
        let counts = store.read(work::counts).await.unwrap();
        let count = |state, items| Count { queue: Queue::SyncDeal, state, items };
        assert_eq!(counts, [count(State::Held, 2), count(State::Waiting, 1)]);

        let rest = store.write(|tx| work::retry_all(tx, at(3))).await;
        assert_eq!(rest.unwrap(), 2);
        assert_eq!(keys(claim(&store, at(3)).await.as_ref()), ["a", "b", "c"]);
        let running = store.write(|tx| work::retry(tx, Queue::SyncDeal, "a", at(4))).await;
        assert!(!running.unwrap());
    }
}

on_both! {
    async fn a_destination_waits_behind_a_more_urgent_one(store: Store) {
        let of = |destination: &str, priority, due| Touch {
            destination: destination.to_owned(),
            priority,
            due: at(due),
            ..touch_of(destination)
        };
        touch(
            &store,
            &[
                of("archive", Priority::History, 0),
                of("bakery", Priority::Live, 2),
                of("cellar", Priority::Live, 1),
                of("dairy", Priority::Live, 90),
            ],
            at(0),
        )
        .await;

        assert_eq!(due(&store, at(9)).await, ["cellar", "bakery", "archive"]);
    }
}

on_both! {
    async fn a_list_is_narrowed_by_queue_state_and_destination(store: Store) {
        let elsewhere = Touch { destination: "bakery".to_owned(), ..touch_of("b") };
        let other_queue = Touch { queue: Queue::ReadOrder, ..touch_of("c") };
        touch(&store, &[touch_of("a"), elsewhere, other_queue], at(0)).await;

        let filter = Filter {
            queue: Some(Queue::SyncDeal),
            state: Some(State::Waiting),
            destination: Some("studio".to_owned()),
            limit: 10,
        };
        let found = store.read(move |tx| work::list(tx, &filter)).await.unwrap();
        assert_eq!(found.iter().map(|item| item.key.as_str()).collect::<Vec<_>>(), ["a"]);
    }
}
