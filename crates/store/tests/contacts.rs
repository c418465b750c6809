//! The contact index keeps the newest that was told, in whatever order it is told.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

use jiff::Timestamp;
use portico_domain::buyer::BuyerKey;
use portico_domain::change::KnownContact;
use portico_domain::connection::{Account, Connection, Status};
use portico_domain::{App, Chance, ConnectionId};
use portico_store::contacts::{self, Contact};
use portico_store::{Store, Tx, connections, on_both};

const INES: i64 = 41;

/// The given number of seconds into the test.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_355_200 + seconds).unwrap()
}

fn key(email: &str) -> BuyerKey {
    BuyerKey::of_email(email).unwrap()
}

fn contact(email: &str, updated_at: Timestamp) -> Contact {
    Contact {
        id: INES,
        keys: vec![key(email)],
        known: KnownContact::default(),
        updated_at,
    }
}

async fn account(store: &Store) -> ConnectionId {
    let id = ConnectionId::new(Chance::of(7).id(at(0)));
    let connection = Connection {
        id,
        name: "crm".to_owned(),
        app: App::ALL[1],
        status: Status::Active,
        reason: None,
        remedy: None,
        account: Account::default(),
        created_at: at(0),
        updated_at: at(0),
    };
    let write = move |tx: &mut dyn Tx| connections::add(tx, &connection);
    store.write(write).await.unwrap();
    id
}

async fn save(store: &Store, crm: ConnectionId, contact: Contact) {
    let write = move |tx: &mut dyn Tx| contacts::save(tx, crm, &[&contact]);
    store.write(write).await.unwrap();
}

/// Which of two addresses lead to the contact.
async fn found(store: &Store, crm: ConnectionId) -> Vec<&'static str> {
    let read = move |tx: &mut dyn Tx| {
        let mut found = Vec::new();
        for email in ["old@example.com", "new@example.com"] {
            if contacts::with_keys(tx, crm, [&key(email)])? == [vec![INES]] {
                found.push(email);
            }
        }
        Ok(found)
    };
    store.read(read).await.unwrap()
}

on_both! {
    async fn what_is_told_late_does_not_replace_what_is_newer(store: Store) {
        let crm = account(&store).await;
        save(&store, crm, contact("new@example.com", at(60))).await;
        save(&store, crm, contact("old@example.com", at(0))).await;
        assert_eq!(found(&store, crm).await, ["new@example.com"]);

        save(&store, crm, contact("old@example.com", at(60))).await;
        assert_eq!(found(&store, crm).await, ["old@example.com"], "of the same second the later told");
    }
}

on_both! {
    async fn a_removed_contact_comes_back_only_when_it_changed_since(store: Store) {
        let crm = account(&store).await;
        save(&store, crm, contact("new@example.com", at(60))).await;
        store.write(move |tx| contacts::remove(tx, crm, INES)).await.unwrap();
        save(&store, crm, contact("new@example.com", at(60))).await;

        assert!(found(&store, crm).await.is_empty());
        let gone = store
            .read(move |tx| Ok((contacts::known(tx, crm, [INES])?.remove(0), contacts::is_removed(tx, crm, INES)?, contacts::count(tx, crm)?)))
            .await
            .unwrap();
        assert_eq!(gone, (None, true, 0));

        save(&store, crm, contact("new@example.com", at(61))).await;
        assert_eq!(found(&store, crm).await, ["new@example.com"]);
    }
}
