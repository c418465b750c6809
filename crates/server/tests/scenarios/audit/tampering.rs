//! Whatever somebody does to the tables of the audit, a verification names the record.

use portico_engine::{AuditSettings, Engine};
use portico_store::{Error, Store, Tx, Value, on_both};

use super::verified;
use crate::world::{Process, World};

type Change = fn(&mut dyn Tx) -> Result<u64, Error>;

/// Two chains of ended processes: eleven records of the first, and then seven of another.
async fn two_chains(world: &World) -> Engine {
    for number in 0..5 {
        let name = format!("key-{number}");
        world.engine.add_admin_key(&name, None).await.unwrap();
    }
    world.engine.close().await;
    world.clock.advance(jiff::SignedDuration::from_secs(1));
    let other = world.process(&world.store, Process::default());
    for number in 5..8 {
        let name = format!("key-{number}");
        other.add_admin_key(&name, None).await.unwrap();
    }
    other.close().await;
    other
}

async fn keep_copies(store: &Store) {
    let copy = |tx: &mut dyn Tx| {
        tx.execute("CREATE TABLE audit_copy AS SELECT * FROM audit", &[])?;
        tx.execute("CREATE TABLE marks_copy AS SELECT * FROM audit_marks", &[])
    };
    store.write(copy).await.unwrap();
}

async fn bring_back(store: &Store) {
    let restore = |tx: &mut dyn Tx| {
        tx.execute("DELETE FROM audit", &[])?;
        tx.execute("DELETE FROM audit_marks", &[])?;
        tx.execute(
            "INSERT INTO audit (chain, number, at, kind, outcome_of, actor, connection, operation, \
             verdict, record, mac) SELECT chain, number, at, kind, outcome_of, actor, connection, \
             operation, verdict, record, mac FROM audit_copy",
            &[],
        )?;
        tx.execute("INSERT INTO audit_marks SELECT * FROM marks_copy", &[])
    };
    store.write(restore).await.unwrap();
}

/// Changes a byte of the sixth record of the older chain.
fn flip(tx: &mut dyn Tx) -> Result<u64, Error> {
    const READ: &str =
        "SELECT record FROM audit WHERE number = 6 AND chain = (SELECT min(chain) FROM audit_copy)";
    const WRITE: &str = "UPDATE audit SET record = $1 \
        WHERE number = 6 AND chain = (SELECT min(chain) FROM audit_copy)";

    let mut record = tx.query_one(READ, &[])?.bytes(0)?.to_vec();
    let last = record.len() - 3;
    record[last] ^= 1;
    tx.execute(WRITE, &[Value::from(record)])
}

macro_rules! statement {
    ($($sql:literal),+ $(,)?) => {
        |tx: &mut dyn Tx| {
            let mut count = 0;
            $(count += tx.execute($sql, &[])?;)+
            Ok(count)
        }
    };
}

on_both! {
    async fn a_verification_names_what_was_tampered_with(store: Store) {
        let world = World::new(store).await;
        let other = two_chains(&world).await;
        assert_eq!(verified(&other).await, "18 records in 2 chains");
        keep_copies(&world.store).await;
        let changes: [(&str, Change); 12] = [
            ("a byte", flip),
            ("dropped", statement!(
                "DELETE FROM audit WHERE number = 4 AND chain = (SELECT min(chain) FROM audit_copy)"
            )),
            ("dropped at the beginning", statement!(
                "DELETE FROM audit WHERE number <= 3 AND chain = (SELECT min(chain) FROM audit_copy)"
            )),
            ("inserted", statement!(
                "INSERT INTO audit (chain, number, at, kind, record, mac) SELECT chain, 12, at, kind, record, mac \
                 FROM audit_copy WHERE number = 11"
            )),
            ("inserted at the beginning", statement!(
                "INSERT INTO audit (chain, number, at, kind, record, mac) SELECT chain, 0, at, kind, record, mac \
                 FROM audit_copy WHERE number = 11"
            )),
            ("moved", statement!(
                "UPDATE audit SET number = 100 WHERE number = 2 AND chain = (SELECT min(chain) FROM audit_copy)",
                "UPDATE audit SET number = 2 WHERE number = 4 AND chain = (SELECT min(chain) FROM audit_copy)",
                "UPDATE audit SET number = 4 WHERE number = 100"
            )),
            ("cut off", statement!(
                "DELETE FROM audit WHERE number > 9 AND chain = (SELECT min(chain) FROM audit_copy)"
            )),
            ("cut off with its head", statement!(
                "DELETE FROM audit WHERE number > 9 AND chain = (SELECT min(chain) FROM audit_copy)",
                "DELETE FROM audit_marks WHERE chain = (SELECT min(chain) FROM audit_copy)"
            )),
            ("exchanged between chains", statement!(
                "UPDATE audit SET number = 100 WHERE number = 2 AND chain = (SELECT min(chain) FROM audit_copy)",
                "UPDATE audit SET chain = (SELECT min(chain) FROM audit_copy) \
                 WHERE number = 2 AND chain = (SELECT max(chain) FROM audit_copy)",
                "UPDATE audit SET number = 2, chain = (SELECT max(chain) FROM audit_copy) WHERE number = 100"
            )),
            ("a whole chain", statement!(
                "DELETE FROM audit WHERE chain = (SELECT min(chain) FROM audit_copy)",
                "DELETE FROM audit_marks WHERE chain = (SELECT min(chain) FROM audit_copy)"
            )),
            ("a column", statement!(
                "UPDATE audit SET operation = 'key.revoke' WHERE number = 8 AND chain = (SELECT min(chain) FROM audit_copy)"
            )),
            ("the time beside a record", statement!(
                "UPDATE audit SET at = at + 1 WHERE number = 3 AND chain = (SELECT max(chain) FROM audit_copy)"
            )),
        ];
        let mut told = Vec::new();
        for (what, change) in changes {
            assert!(world.store.write(change).await.unwrap() > 0, "{what}");
            told.push(format!("{what}: {}", verified(&other).await));
            bring_back(&world.store).await;
        }
        assert_eq!(verified(&other).await, "18 records in 2 chains", "all is as it was");
        insta::assert_snapshot!(told.join("\n"), @"
        a byte: 12 records in 2 chains
        A-6 was altered, or is not the one that was written there
        dropped: 10 records in 2 chains
        A-4 is missing
        dropped at the beginning: 7 records in 2 chains
        A-1 is missing
        inserted: 18 records in 2 chains
        A-12 was altered, or is not the one that was written there
        inserted at the beginning: 7 records in 2 chains
        A-1 has records before it that Portico did not write
        moved: 8 records in 2 chains
        A-2 was altered, or is not the one that was written there
        cut off: 16 records in 2 chains
        A-10 is missing, though the head of its chain lies behind it
        cut off with its head: 16 records in 2 chains
        A-10 should be followed by a signed head, which is missing
        exchanged between chains: 2 records in 2 chains
        A-2 was altered, or is not the one that was written there
        B-2 was altered, or is not the one that was written there
        a whole chain: 7 records in 1 chains
        A-11 is missing, though record B-1 names it
        a column: 14 records in 2 chains
        A-8 has columns that say something else than the record
        the time beside a record: 13 records in 2 chains
        B-3 has columns that say something else than the record
        ");
    }
}

on_both! {
    async fn a_head_that_somebody_set_back_is_found_by_the_file_of_heads(store: Store) {
        let world = World::new(store).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("heads.jsonl");
        let audit = AuditSettings { heads_file: Some(file.clone()), ..AuditSettings::default() };
        let process = world.process(&world.store, Process { audit, ..Process::default() });
        process.add_admin_key("first", None).await.unwrap();
        // The head of the first commit.
        keep_copies(&world.store).await;
        process.add_admin_key("second", None).await.unwrap();
        process.close().await;
        assert_eq!(verified(&process).await, "5 records in 1 chains");

        let set_back = statement!(
            "DELETE FROM audit_marks",
            "INSERT INTO audit_marks SELECT * FROM marks_copy",
            "DELETE FROM audit WHERE number > (SELECT max(number) FROM marks_copy)"
        );
        world.store.write(set_back).await.unwrap();
        let lines = std::fs::read_to_string(&file).unwrap();
        assert_eq!(lines.lines().count(), 2, "one with the first commit, and one at the end");
        assert_eq!(
            verified(&process).await,
            "2 records in 1 chains\nA-5 is missing, though line 2 of the file of heads names it"
        );
    }
}
