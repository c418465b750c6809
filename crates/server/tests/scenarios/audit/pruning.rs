//! Old records go from the start of each chain, and the rest can still be proven.

use jiff::SignedDuration;
use portico_engine::AuditSettings;
use portico_store::{Store, Tx, on_both};

use super::verified;
use crate::world::{Process, World};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn keeps_ten_days(seed: u64) -> Process {
    let audit = AuditSettings {
        keep: DAY * 10,
        ..AuditSettings::default()
    };
    Process {
        seed,
        audit,
        ..Process::default()
    }
}

on_both! {
    async fn what_is_older_than_is_to_be_kept_goes_and_the_rest_verifies(store: Store) {
        let world = World::new(store).await;
        let lasting = world.process(&world.store, keeps_ten_days(21));
        lasting.add_admin_key("old", None).await.unwrap();
        let ended = world.process(&world.store, keeps_ten_days(22));
        ended.add_admin_key("ended", None).await.unwrap();
        ended.close().await;
        world.clock.advance(DAY * 6);
        lasting.add_admin_key("young", None).await.unwrap();
        assert_eq!(lasting.prune_audit().await.unwrap(), 0, "nothing is ten days old");
        world.clock.advance(DAY * 6);
        let latest = world.process(&world.store, keeps_ten_days(23));
        latest.add_admin_key("latest", None).await.unwrap();
        latest.close().await;

        assert_eq!(latest.prune_audit().await.unwrap(), 6);
        assert_eq!(latest.prune_audit().await.unwrap(), 0);
        assert_eq!(verified(&latest).await, "5 records in 3 chains");
        lasting.add_admin_key("last", None).await.unwrap();
        lasting.close().await;
        assert_eq!(verified(&latest).await, "7 records in 3 chains", "the chain goes on");

        let forge = |tx: &mut dyn Tx| {
            tx.execute("DELETE FROM audit WHERE number = 4", &[])?;
            tx.execute("UPDATE audit_marks SET number = 4 WHERE mark = 'pruned' AND number = 3", &[])
        };
        world.store.write(forge).await.unwrap();
        let told = verified(&latest).await;
        assert!(told.contains("-4 is named by a mark of pruning that was altered"), "{told}");
    }
}

on_both! {
    async fn records_that_were_made_to_look_old_are_neither_deleted_nor_signed_away(store: Store) {
        let world = World::new(store).await;
        let forged = world.process(&world.store, keeps_ten_days(31));
        forged.add_admin_key("intruder", None).await.unwrap();
        forged.close().await;
        let made_old = |tx: &mut dyn Tx| tx.execute("UPDATE audit SET at = 0", &[]);
        world.store.write(made_old).await.unwrap();
        world.clock.advance(DAY);
        let honest = world.process(&world.store, keeps_ten_days(32));
        honest.add_admin_key("honest", None).await.unwrap();
        honest.close().await;

        let why = honest.prune_audit().await.unwrap_err();
        assert!(format!("{why:?}").contains("run `portico audit verify`"), "{why:?}");
        let told = verified(&honest).await;
        assert!(told.contains("-1 "), "{told}");
        world.clock.advance(DAY * 12);
        assert!(honest.prune_audit().await.is_err(), "however old they get");
        assert!(verified(&honest).await.contains("-1 "), "they can be found");
        let left = |tx: &mut dyn Tx| tx.query_one("SELECT count(*) FROM audit WHERE at > 0", &[])?.int(0);
        assert_eq!(world.store.read(left).await.unwrap(), 0, "other chains are none the worse");
    }
}

on_both! {
    async fn a_clock_that_is_set_back_breaks_no_chain(store: Store) {
        let world = World::new(store).await;
        world.engine.add_admin_key("first", None).await.unwrap();
        world.clock.advance(DAY * -3);
        world.engine.add_admin_key("second", None).await.unwrap();
        world.clock.advance(DAY * 5);
        world.engine.add_admin_key("third", None).await.unwrap();
        world.engine.close().await;
        assert_eq!(verified(&world.engine).await, "7 records in 1 chains");
    }
}
