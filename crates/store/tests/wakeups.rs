//! Workers hear that work came, from their own process and from others.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

use std::time::Duration;

use jiff::Timestamp;
use portico_domain::work::{Priority, Queue};
use portico_store::work::{self, Touch};
use portico_store::{Database, Error, Store, on_both, testing::Given};

/// Nobody waits that long: a call that does not come fails the test.
const FOREVER: Duration = Duration::from_secs(3600);

const PATIENCE: Duration = Duration::from_secs(60);

async fn touch(store: &Store) {
    let touch = Touch {
        queue: Queue::SyncDeal,
        key: "a".to_owned(),
        destination: "studio".to_owned(),
        priority: Priority::Live,
        due: Timestamp::UNIX_EPOCH,
    };
    store
        .write(move |tx| work::touch(tx, std::slice::from_ref(&touch), Timestamp::UNIX_EPOCH))
        .await
        .unwrap();
}

async fn has_work(store: &Store) -> bool {
    let due = store
        .read(|tx| work::due_destinations(tx, Queue::SyncDeal, Timestamp::UNIX_EPOCH))
        .await
        .unwrap();
    !due.is_empty()
}

/// Waits as a worker does: looks, and listens when there is nothing.
async fn wait_for_work(store: &Store) {
    let mut wakeups = store.wakeups();
    let work = async {
        while !has_work(store).await {
            wakeups.wait(FOREVER).await;
        }
    };
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("the worker was not called");
}

on_both! {
    async fn a_touch_calls_the_workers_of_its_process(store: Store) {
        let (_, ()) = tokio::join!(wait_for_work(&store), touch(&store));
    }
}

on_both! {
    async fn a_call_between_two_waits_is_not_lost(store: Store) {
        let mut wakeups = store.wakeups();
        touch(&store).await;

        tokio::time::timeout(PATIENCE, wakeups.wait(FOREVER))
            .await
            .expect("the call was lost");
    }
}

on_both! {
    async fn a_transaction_that_fails_calls_nobody(store: Store) {
        // On PostgreSQL the listener calls once when it begins to listen.
        let mut wakeups = store.wakeups();
        let failed: Result<(), Error> = store
            .write(|tx| {
                tx.wake_workers()?;
                Err(Error::Data("fails on purpose".to_owned()))
            })
            .await;

        assert!(failed.is_err());
        wakeups.wait(Duration::ZERO).await;
        assert!(!has_work(&store).await);
    }
}

/// Ends all connections to the database but the one that asks for it.
async fn end_connections(store: &Store) {
    const SQL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";

    store.write(|tx| tx.query(SQL, &[])).await.unwrap();
}

async fn two_processes(database: Database) {
    let here = Store::open(&database).await.unwrap();
    let there = Store::open(&database).await.unwrap();

    let (_, ()) = tokio::join!(wait_for_work(&here), touch(&there));
}

#[test]
fn a_touch_calls_the_workers_of_other_processes_on_postgres() {
    Database::on_postgres(two_processes);
}

async fn lost_connections(database: Database) {
    let here = Store::open(&database).await.unwrap();
    let there = Store::open(&database).await.unwrap();
    let reads: Vec<_> = (0..8)
        .map(|_| {
            let here = here.clone();
            tokio::spawn(async move { has_work(&here).await })
        })
        .collect();
    for read in reads {
        read.await.unwrap();
    }

    end_connections(&there).await;

    assert!(!has_work(&here).await);
    let (_, ()) = tokio::join!(wait_for_work(&here), touch(&there));
}

#[test]
fn connections_that_the_server_ended_are_made_again_on_postgres() {
    Database::on_postgres(lost_connections);
}
