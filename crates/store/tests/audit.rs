//! What is kept of calls that were taken back goes with their records.

use jiff::Timestamp;
use portico_domain::Chance;
use portico_domain::audit::{ChainId, RecordId};
use portico_store::{Error, Store, audit, on_both};

on_both! {
    async fn that_a_call_was_taken_back_is_forgotten_with_its_record_and_not_before(store: Store) {
        let now = Timestamp::UNIX_EPOCH;
        let chance = Chance::of(1);
        let [chain, other] = [(), ()].map(|()| ChainId::new(chance.id(now)));
        let all = [(chain, 4), (chain, 5), (other, 4)].map(|(chain, number)| RecordId { chain, number });
        let take_back = move |tx: &mut dyn portico_store::Tx| {
            all.iter().try_for_each(|id| audit::set_undone(tx, *id, now))
        };
        store.write(take_back).await.unwrap();
        assert!(matches!(store.write(take_back).await, Err(Error::Unique(_))));

        store.write(move |tx| audit::prune(tx, chain, 4)).await.unwrap();
        let left = store.read(move |tx| audit::undone(tx, &all)).await.unwrap();
        let left: Vec<bool> = left.iter().map(Option::is_some).collect();
        assert_eq!(left, [false, true, true]);
    }
}
