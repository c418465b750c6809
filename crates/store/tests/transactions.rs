//! A transaction is kept whole or not at all, and nobody is answered before it is kept.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use portico_store::{Dialect, Error, Store, Tx, on_both};

const PUT: &str = "INSERT INTO leases (name, owner, fence, held_until) VALUES ($1, 'ann', $2, 0)";

fn put(tx: &mut dyn Tx, name: &str) -> Result<(), Error> {
    tx.execute(PUT, &[name.into(), 1.into()]).map(|_| ())
}

async fn names(store: &Store) -> Vec<String> {
    store
        .read(|tx| {
            tx.query("SELECT name FROM leases ORDER BY name", &[])?
                .iter()
                .map(|row| Ok(row.text(0)?.to_owned()))
                .collect()
        })
        .await
        .unwrap()
}

on_both! {
    async fn a_closure_that_answers_an_error_leaves_nothing(store: Store) {
        let answer: Result<(), Error> = store
            .write(|tx| {
                put(tx, "a")?;
                Err(Error::Data("the order has no number".to_owned()))
            })
            .await;

        assert!(matches!(answer, Err(Error::Data(_))));
        assert!(names(&store).await.is_empty());
    }
}

on_both! {
    async fn a_failing_closure_does_not_undo_those_beside_it(store: Store) {
        let mut writes = Vec::new();
        for number in 0..300 {
            let store = store.clone();
            writes.push(tokio::spawn(async move {
                store
                    .write(move |tx| {
                        put(tx, &format!("{number:03}"))?;
                        assert!(number % 10 != 7, "panics on purpose");
                        if number % 10 == 3 {
                            return Err(Error::Data("fails on purpose".to_owned()));
                        }
                        Ok(())
                    })
                    .await
            }));
        }
        for (number, write) in writes.into_iter().enumerate() {
            match number % 10 {
                7 => assert!(write.await.unwrap_err().is_panic()),
                3 => assert!(matches!(write.await.unwrap(), Err(Error::Data(_)))),
                _ => write.await.unwrap().unwrap(),
            }
        }

        let kept = names(&store).await;
        assert_eq!(kept.len(), 240);
        assert!(kept.iter().all(|name| !name.ends_with(['3', '7'])));
    }
}

on_both! {
    async fn a_second_row_of_the_same_key_is_a_unique_violation(store: Store) {
        store.write(|tx| put(tx, "a")).await.unwrap();

        let again = store.write(|tx| put(tx, "a")).await;

        assert!(matches!(again, Err(Error::Unique(_))), "{again:?}");
    }
}

on_both! {
    async fn a_failed_statement_spoils_the_transaction_even_if_the_closure_goes_on(store: Store) {
        store.write(|tx| put(tx, "a")).await.unwrap();

        let answer = store
            .write(|tx| {
                put(tx, "b")?;
                assert!(put(tx, "a").is_err());
                assert!(put(tx, "c").is_err());
                Ok(())
            })
            .await;

        assert!(matches!(answer, Err(Error::Unique(_))), "{answer:?}");
        assert_eq!(names(&store).await, ["a"]);
    }
}

on_both! {
    async fn statements_that_are_only_sent_run_in_their_order_before_what_waits(store: Store) {
        const TAKE: &str = "UPDATE leases SET fence = fence * 2 + $1 WHERE name = 'a'";

        let (seen, each) = store
            .write(|tx| {
                put(tx, "a")?;
                for bit in 0..40 {
                    tx.send(TAKE, vec![(bit % 2).into()])?;
                }
                let seen = tx.query_one("SELECT fence FROM leases", &[])?.int(0)?;
                tx.send(TAKE, vec![0.into()])?;
                let each = tx.query_each(
                    "SELECT fence + $1 FROM leases",
                    &[vec![1.into()], vec![2.into()]],
                )?;
                tx.send(TAKE, vec![1.into()])?;
                Ok((seen, each))
            })
            .await
            .unwrap();

        // One, then 01 twenty times over, read as binary digits.
        let doubled = (0..40).fold(1_i64, |number, bit| number * 2 + bit % 2);
        assert_eq!(seen, doubled);
        let each: Vec<i64> = each.iter().map(|rows| rows[0].int(0).unwrap()).collect();
        assert_eq!(each, [doubled * 2 + 1, doubled * 2 + 2]);
        let kept = store
            .read(|tx| tx.query_one("SELECT fence FROM leases", &[])?.int(0))
            .await;
        assert_eq!(kept.unwrap(), doubled * 4 + 1);
    }
}

on_both! {
    async fn a_sent_statement_that_fails_fails_the_transaction_and_is_the_one_that_is_told(store: Store) {
        store.write(|tx| put(tx, "a")).await.unwrap();

        let answer = store
            .write(|tx| {
                put(tx, "b")?;
                // On PostgreSQL the refusal comes with the commit, after more was sent.
                for name in ["c", "a", "d"] {
                    let _told_later = tx.send(PUT, vec![name.into(), 1.into()]);
                }
                Ok(())
            })
            .await;

        assert!(matches!(answer, Err(Error::Unique(_))), "{answer:?}");
        assert_eq!(names(&store).await, ["a"]);
    }
}

on_both! {
    async fn parameters_are_numbered_and_not_taken_as_they_appear(store: Store) {
        let row = store
            .read(|tx| {
                tx.query_one(
                    "SELECT CAST($2 AS TEXT), CAST($1 AS TEXT)",
                    &["first".into(), "second".into()],
                )
            })
            .await
            .unwrap();

        assert_eq!(row.text(0).unwrap(), "second");
        assert_eq!(row.text(1).unwrap(), "first");
    }
}

on_both! {
    async fn a_value_of_the_wrong_type_is_refused(store: Store) {
        let answer = store
            .write(|tx| tx.execute(PUT, &["a".into(), "one".into()]))
            .await;

        assert!(matches!(answer, Err(Error::Refused { .. })), "{answer:?}");
    }
}

on_both! {
    async fn a_read_cannot_write(store: Store) {
        let answer = store.read(|tx| put(tx, "a")).await;

        assert!(matches!(answer, Err(Error::Refused { .. })), "{answer:?}");
        assert!(names(&store).await.is_empty());
    }
}

on_both! {
    async fn a_lock_lets_one_transaction_at_a_time_read_and_write(store: Store) {
        store.write(|tx| put(tx, "counter")).await.unwrap();
        let count = |store: Store| async move {
            store
                .write(|tx| {
                    tx.lock("counter")?;
                    let row = tx.query_one("SELECT fence FROM leases WHERE name = 'counter'", &[])?;
                    let next = row.int(0)? + 1;
                    tx.execute("UPDATE leases SET fence = $1 WHERE name = 'counter'", &[next.into()])
                })
                .await
                .unwrap();
        };

        let counts: Vec<_> = (0..40).map(|_| tokio::spawn(count(store.clone()))).collect();
        for done in counts {
            done.await.unwrap();
        }

        let row = store
            .read(|tx| tx.query_one("SELECT fence FROM leases WHERE name = 'counter'", &[]))
            .await
            .unwrap();
        assert_eq!(row.int(0).unwrap(), 41);
    }
}

on_both! {
    async fn transactions_that_lock_each_other_out_are_run_again(store: Store) {
        store
            .write(|tx| {
                put(tx, "left")?;
                put(tx, "right")
            })
            .await
            .unwrap();
        let (runs, both_hold_one) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(2)));
        let cross = |first: &'static str, second: &'static str| {
            let (runs, both_hold_one) = (Arc::clone(&runs), Arc::clone(&both_hold_one));
            store.write(move |tx| {
                const ADD: &str = "UPDATE leases SET fence = fence + 1 WHERE name = $1";

                tx.execute(ADD, &[first.into()])?;
                // SQLite runs one after the other, where nobody can be waited for.
                if runs.fetch_add(1, Ordering::Relaxed) < 2 && tx.dialect() == Dialect::Postgres {
                    both_hold_one.wait();
                }
                tx.execute(ADD, &[second.into()])
            })
        };

        let (there, back) = tokio::join!(cross("left", "right"), cross("right", "left"));
        there.unwrap();
        back.unwrap();

        let rows = store
            .read(|tx| tx.query("SELECT fence FROM leases ORDER BY name", &[]))
            .await
            .unwrap();
        assert_eq!(rows[0].int(0).unwrap(), 3);
        assert_eq!(rows[1].int(0).unwrap(), 3);
    }
}

on_both! {
    async fn a_closed_store_finishes_what_it_was_given_and_takes_no_more(store: Store) {
        store.write(|tx| put(tx, "a")).await.unwrap();
        store.close().await;

        assert!(matches!(store.write(|tx| put(tx, "b")).await, Err(Error::Closed)));
        assert!(matches!(store.read(|tx| put(tx, "b")).await, Err(Error::Closed)));
    }
}
