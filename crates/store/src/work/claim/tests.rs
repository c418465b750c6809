//! The statements that every idle worker runs must not read the work that is not theirs.

use super::{CLAIM, CLAIM_BESIDE_OTHERS, DUE_DESTINATIONS};
use crate::{Dialect, Error, Store, Tx, Value, on_both};

/// Enough for the planner to prefer an index by itself.
const MANY: &str = "
    WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)
    INSERT INTO work (queue, key, destination, priority, due_at, generation, claimed_generation,
        attempts, state, created_at, updated_at)
    SELECT 'sync_deal', CAST(n AS TEXT), 'd' || CAST(n % 50 AS TEXT), n % 4, n, 1, 0, 0,
        CASE WHEN n % 1000 = 0 THEN 'held' ELSE 'waiting' END, n, n
    FROM numbers";

/// How the database would run a statement, on one line per step.
fn plan(tx: &mut dyn Tx, sql: &'static str, params: &[Value]) -> Result<String, Error> {
    let (explain, column) = match tx.dialect() {
        Dialect::Sqlite => ("EXPLAIN QUERY PLAN", 3),
        Dialect::Postgres => ("EXPLAIN", 0),
    };
    let steps = tx.query(format!("{explain} {sql}").leak(), params)?;
    steps
        .iter()
        .map(|step| Ok(format!("{}\n", step.text(column)?)))
        .collect()
}

fn fill(tx: &mut dyn Tx) -> Result<(), Error> {
    tx.execute(MANY, &[])?;
    match tx.dialect() {
        Dialect::Sqlite => {}
        Dialect::Postgres => {
            tx.execute("ANALYZE work", &[])?;
        }
    }
    Ok(())
}

fn assert_reads_by_index(plan: &str) {
    assert!(plan.contains("work_waiting"), "{plan}");
    assert!(!plan.contains("Seq Scan on work"), "{plan}");
    assert!(!plan.contains("SCAN work"), "{plan}");
}

on_both! {
    async fn a_claim_reads_only_its_lane(store: Store) {
        let plan = store.write(|tx| {
            fill(tx)?;
            let sql = match tx.dialect() {
                Dialect::Sqlite => CLAIM,
                Dialect::Postgres => CLAIM_BESIDE_OTHERS,
            };
            let params = ["sync_deal".into(), "d7".into(), 0.into(), 500.into(), 10.into()];
            plan(tx, sql, &params)
        });

        let plan = plan.await.unwrap();
        assert_reads_by_index(&plan);
        assert!(!plan.to_lowercase().contains("sort"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}

on_both! {
    async fn due_destinations_are_found_without_reading_their_work(store: Store) {
        let plan = store.write(|tx| {
            fill(tx)?;
            plan(tx, DUE_DESTINATIONS, &["sync_deal".into(), 500.into(), "work/".into()])
        });

        assert_reads_by_index(&plan.await.unwrap());
    }
}
