//! The schema is brought up to date once, and only from a state that the program knows.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

use portico_store::{Database, Error, Store, on_both};

async fn open_after(database: &Database, change: &'static str) -> Result<Store, Error> {
    let store = Store::open(database).await.unwrap();
    store
        .write(move |tx| tx.execute(change, &[]))
        .await
        .unwrap();
    store.close().await;
    Store::open(database).await
}

fn refusal(opened: Result<Store, Error>) -> String {
    match opened {
        Err(error @ Error::Unsuitable(_)) => error.to_string(),
        Err(error) => panic!("refused for another reason: {error}"),
        Ok(_) => panic!("it was opened"),
    }
}

on_both! {
    async fn a_database_opens_again_with_what_was_kept(database: Database) {
        let again = open_after(
            &database,
            "INSERT INTO leases (name, owner, fence, held_until) VALUES ('a', 'ann', 1, 0)",
        )
        .await
        .unwrap();

        let rows = again
            .read(|tx| tx.query("SELECT name FROM leases", &[]))
            .await
            .unwrap();
        assert_eq!(rows[0].text(0).unwrap(), "a");
    }
}

on_both! {
    async fn several_processes_may_open_a_new_database_at_once(database: Database) {
        let (one, two, three) = tokio::join!(
            Store::open(&database),
            Store::open(&database),
            Store::open(&database)
        );

        for opened in [one, two, three] {
            opened.unwrap();
        }
    }
}

on_both! {
    async fn a_step_that_was_taken_in_another_wording_is_refused(database: Database) {
        let opened = open_after(
            &database,
            "UPDATE migrations SET checksum = 'another' WHERE name = '0001_work'",
        )
        .await;

        assert_eq!(
            refusal(opened),
            "the database was made by another build: its step `0001_work` is not this program's \
             `0001_work`; run the version that made it"
        );
    }
}

on_both! {
    async fn a_database_from_a_later_version_is_refused(database: Database) {
        let opened = open_after(
            &database,
            "INSERT INTO migrations (name, checksum) VALUES ('9999_moons', 'moon')",
        )
        .await;

        assert_eq!(
            refusal(opened),
            "the database is newer than this program: it took the step `9999_moons`, which this \
             version does not know; run the version that made it, or restore the backup made before it"
        );
    }
}

#[tokio::test]
async fn a_file_in_a_folder_that_is_not_there_is_refused_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("portico.db");

    let told = refusal(Store::open(&Database::Sqlite(path.clone())).await);

    assert!(told.contains(&path.display().to_string()), "{told}");
    assert!(told.contains("check that its folder exists"), "{told}");
}
