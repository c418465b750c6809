//! What only a SQLite file has: shared commits, other programs on the same file, backups.

#![expect(
    clippy::unwrap_used,
    reason = "a test that fails may end where it stands"
)]

use std::fs;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::mpsc;
use std::task::Poll;

use portico_store::{Database, Error, Store, Tx};

struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl File {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portico.db");
        Self {
            _folder: folder,
            path,
        }
    }

    async fn open(&self) -> Store {
        Store::open(&Database::Sqlite(self.path.clone()))
            .await
            .unwrap()
    }
}

fn put(tx: &mut dyn Tx, name: &str) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO leases (name, owner, fence, held_until) VALUES ($1, '', 1, 0)";

    tx.execute(SQL, &[name.into()]).map(|_| ())
}

async fn count(store: &Store) -> i64 {
    store
        .read(|tx| tx.query_one("SELECT count(*) FROM leases", &[])?.int(0))
        .await
        .unwrap()
}

/// Commits in the write-ahead log: frames that carry the size of the database (SQLite file format,
/// section 4.1: a header of 32 bytes, then frames of a header of 24 bytes and a page).
fn commits(path: &Path) -> usize {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = fs::read(log).unwrap();
    let page = u32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
    log[32..]
        .chunks(24 + page)
        .filter(|frame| frame[4..8] != [0; 4])
        .count()
}

type Write = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

/// Hands closures in while the writer is kept busy, so that all of them wait together.
async fn together(store: &Store, mut writes: Vec<Write>) -> Vec<Result<(), Error>> {
    let ((start, started), (let_go, wait)) = (mpsc::channel(), mpsc::channel());
    let mut busy = write(store, move |_| {
        start.send(()).unwrap();
        wait.recv().unwrap();
        Ok(())
    });
    hand_in(std::slice::from_mut(&mut busy)).await;
    started.recv().unwrap();
    hand_in(&mut writes).await;
    let_go.send(()).unwrap();
    busy.await.unwrap();
    let mut answers = Vec::new();
    for write in writes {
        answers.push(write.await);
    }
    answers
}

fn write(
    store: &Store,
    closure: impl Fn(&mut dyn Tx) -> Result<(), Error> + Send + 'static,
) -> Write {
    let store = store.clone();
    Box::pin(async move { store.write(closure).await })
}

/// Begins writes without waiting for their answers.
async fn hand_in(writes: &mut [Write]) {
    poll_fn(|context| {
        for write in &mut *writes {
            assert!(write.as_mut().poll(context).is_pending());
        }
        Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn closures_that_wait_together_share_a_commit() {
    let file = File::new();
    let store = file.open().await;
    let before = commits(&file.path);

    // Fewer than a task may hand in before tokio makes it pause.
    let writes = (0..100)
        .map(|number| write(&store, move |tx| put(tx, &number.to_string())))
        .collect();
    for answer in together(&store, writes).await {
        answer.unwrap();
    }

    assert_eq!(count(&store).await, 100);
    // The closure that kept the writer busy changed nothing, so its commit left no trace.
    assert_eq!(commits(&file.path) - before, 1);
}

#[tokio::test]
async fn a_commit_that_fails_answers_all_that_shared_it() {
    let file = File::new();
    let store = file.open().await;
    store
        .write(|tx| {
            tx.execute(
                "CREATE TABLE notes (lease TEXT REFERENCES leases (name) DEFERRABLE INITIALLY DEFERRED)",
                &[],
            )
        })
        .await
        .unwrap();

    let answers = together(
        &store,
        vec![
            write(&store, |tx| put(tx, "a")),
            write(&store, |tx| {
                tx.execute("INSERT INTO notes (lease) VALUES ('nobody')", &[])
                    .map(|_| ())
            }),
            write(&store, |tx| put(tx, "b")),
        ],
    )
    .await;

    for answer in answers {
        assert!(matches!(answer, Err(Error::Refused { .. })), "{answer:?}");
    }
    assert_eq!(count(&store).await, 0);
    store.write(|tx| put(tx, "c")).await.unwrap();
}

#[tokio::test]
async fn a_write_waits_for_another_program_on_the_same_file() {
    let file = File::new();
    let store = file.open().await;
    let other = rusqlite::Connection::open(&file.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let mut waiting = write(&store, |tx| put(tx, "a"));
    hand_in(std::slice::from_mut(&mut waiting)).await;
    // Reads do not wait: they see the state before.
    assert_eq!(count(&store).await, 0);
    other.execute_batch("COMMIT").unwrap();

    waiting.await.unwrap();
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn two_stores_may_write_to_one_file() {
    let file = File::new();
    let (one, two) = (file.open().await, file.open().await);

    let mut writes = Vec::new();
    for number in 0..100 {
        let store = if number % 2 == 0 { &one } else { &two };
        let write = write(store, move |tx| put(tx, &number.to_string()));
        writes.push(write);
    }
    hand_in(&mut writes).await;
    for write in writes {
        write.await.unwrap();
    }

    assert_eq!(count(&one).await, 100);
}

#[tokio::test]
async fn a_file_is_copied_before_its_schema_changes() {
    let file = File::new();
    let store = file.open().await;
    store.write(|tx| put(tx, "a")).await.unwrap();
    store.close().await;
    let old = rusqlite::Connection::open(&file.path).unwrap();
    old.execute_batch("DELETE FROM migrations WHERE name > '0001_work'")
        .unwrap();
    let later: Vec<String> = old
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('work', 'leases', 'migrations') AND name NOT LIKE 'sqlite_%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    old.execute_batch("PRAGMA foreign_keys = off").unwrap();
    for table in later {
        old.execute_batch(&format!("DROP TABLE {table}")).unwrap();
    }
    drop(old);

    let store = file.open().await;

    assert_eq!(count(&store).await, 1);
    let backup = file.path.with_extension("db.0001_work.backup");
    let kept: i64 = rusqlite::Connection::open(backup)
        .unwrap()
        .query_row("SELECT count(*) FROM leases", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_and_its_log_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let file = File::new();
    let store = file.open().await;
    store.write(|tx| put(tx, "a")).await.unwrap();

    for made in fs::read_dir(file.path.parent().unwrap()).unwrap() {
        let made = made.unwrap();
        let mode = made.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", made.path().display());
    }
}
