//! Leases end, are renewed and taken over, and a late holder is told so.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

use jiff::{SignedDuration, Timestamp};
use portico_domain::work::{Priority, Queue};
use portico_store::work::{self, Claim, Outcome, Touch};
use portico_store::{Error, Store, leases, on_both};

const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// The given number of seconds into the test.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_355_200 + seconds).unwrap()
}

async fn touch(store: &Store, key: &'static str) {
    let touch = Touch {
        queue: Queue::SyncDeal,
        key: key.to_owned(),
        destination: "studio".to_owned(),
        priority: Priority::Live,
        due: at(0),
    };
    store
        .write(move |tx| work::touch(tx, std::slice::from_ref(&touch), at(0)))
        .await
        .unwrap();
}

async fn claim_as(store: &Store, owner: &'static str, now: Timestamp) -> Option<Claim> {
    store
        .write(move |tx| work::claim(tx, Queue::SyncDeal, "studio", owner, LEASE, 10, now))
        .await
        .unwrap()
}

async fn settle_done(store: &Store, claim: &Claim, now: Timestamp) -> Result<(), Error> {
    let claim = claim.clone();
    let outcomes: Vec<_> = claim
        .items
        .iter()
        .map(|item| (item.key.clone(), Outcome::Done))
        .collect();
    store
        .write(move |tx| work::settle(tx, &claim, &outcomes, now))
        .await
}

on_both! {
    async fn the_work_of_a_dead_worker_is_taken_over_when_its_lease_ends(store: Store) {
        touch(&store, "a").await;
        let first = claim_as(&store, "ann", at(0)).await.unwrap();
        assert_eq!(claim_as(&store, "bob", at(59)).await, None);

        let due = store
            .read(|tx| work::due_destinations(tx, Queue::SyncDeal, at(60)))
            .await
            .unwrap();
        assert_eq!(due, ["studio"]);
        let second = claim_as(&store, "bob", at(60)).await.unwrap();

        assert_eq!(second.items[0].key, "a");
        assert_eq!(second.items[0].attempts, 2, "the lost attempt counts");
        assert!(second.fence > first.fence);
    }
}

on_both! {
    async fn a_late_worker_is_refused_and_changes_nothing(store: Store) {
        touch(&store, "a").await;
        let late = claim_as(&store, "ann", at(0)).await.unwrap();
        let current = claim_as(&store, "bob", at(60)).await.unwrap();

        let settled = settle_done(&store, &late, at(61)).await;
        assert!(matches!(settled, Err(Error::LostLease(_))), "{settled:?}");
        let renewed = late.clone();
        let renewed = store.write(move |tx| work::renew(tx, &renewed, LEASE, at(61))).await;
        assert!(matches!(renewed, Err(Error::LostLease(_))), "{renewed:?}");
        let released = store.write(move |tx| work::release(tx, &late, at(61))).await;
        assert!(matches!(released, Err(Error::LostLease(_))), "{released:?}");

        settle_done(&store, &current, at(62)).await.unwrap();
        let counts = store.read(work::counts).await.unwrap();
        assert!(counts.is_empty());
    }
}

on_both! {
    async fn a_worker_whose_lease_ended_unnoticed_may_still_settle(store: Store) {
        touch(&store, "a").await;
        let claim = claim_as(&store, "ann", at(0)).await.unwrap();

        settle_done(&store, &claim, at(300)).await.unwrap();
    }
}

on_both! {
    async fn a_renewed_lease_is_not_taken_over(store: Store) {
        touch(&store, "a").await;
        let claim = claim_as(&store, "ann", at(0)).await.unwrap();
        store.write(move |tx| work::renew(tx, &claim, LEASE, at(50))).await.unwrap();

        assert_eq!(claim_as(&store, "bob", at(109)).await, None);
        assert!(claim_as(&store, "bob", at(110)).await.is_some());
    }
}

on_both! {
    async fn what_a_worker_did_not_settle_waits_again_when_it_gives_up(store: Store) {
        touch(&store, "a").await;
        let claim = claim_as(&store, "ann", at(0)).await.unwrap();
        store.write(move |tx| work::release(tx, &claim, at(1))).await.unwrap();

        assert!(claim_as(&store, "bob", at(1)).await.is_some());
    }
}

on_both! {
    async fn a_named_lease_has_one_holder_and_a_growing_fence(store: Store) {
        let take = |owner: &'static str, seconds| {
            store.write(move |tx| leases::take(tx, "refresh/1", owner, at(seconds) + LEASE, at(seconds)))
        };

        let first = take("ann", 0).await.unwrap().unwrap();
        assert_eq!(take("bob", 1).await.unwrap(), None);
        store.write(move |tx| leases::release(tx, "refresh/1", first)).await.unwrap();
        let second = take("bob", 2).await.unwrap().unwrap();
        assert!(second > first);

        store.write(move |tx| leases::release(tx, "refresh/1", first)).await.unwrap();
        assert_eq!(take("ann", 3).await.unwrap(), None, "a late release frees nothing");
        let held = store.write(move |tx| leases::hold(tx, "refresh/1", first)).await;
        assert!(!held.unwrap());
    }
}
