//! Databases for tests: a scenario runs on both, each time on a fresh one.
//!
//! PostgreSQL is the server that `PORTICO_TEST_POSTGRES` names (`postgres://user@host:port/name`);
//! the runner `./test` starts one. Without it the PostgreSQL half fails: it must not be forgotten.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::NoTls;

use crate::{Database, Store};

const SERVER: &str = "PORTICO_TEST_POSTGRES";

/// Makes the tests `name::sqlite` and `name::postgres` of one scenario.
///
/// The scenario takes an open `store: Store`, or a `database: Database` to open as often as it
/// likes.
#[macro_export]
macro_rules! on_both {
    ($(#[$attribute:meta])* async fn $name:ident($given:ident: $Given:ident) $body:block) => {
        #[cfg(test)]
        $(#[$attribute])*
        mod $name {
            use super::*;

            async fn scenario($given: $Given) $body

            #[test]
            fn sqlite() {
                $crate::testing::Given::on_sqlite(scenario);
            }

            #[test]
            fn postgres() {
                $crate::testing::Given::on_postgres(scenario);
            }
        }
    };
}

/// What a scenario may ask for.
pub trait Given: Sized {
    fn from_database(database: Database) -> impl Future<Output = Self>;

    /// Runs a scenario on a SQLite file of its own.
    fn on_sqlite<F: Future<Output = ()>>(scenario: impl FnOnce(Self) -> F) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let database = Database::Sqlite(folder.path().join("portico.db"));
        run(database, scenario);
    }

    /// Runs a scenario on a PostgreSQL database of its own, which is dropped afterwards.
    fn on_postgres<F: Future<Output = ()>>(scenario: impl FnOnce(Self) -> F) {
        let server = server();
        let name = database_name();
        on_server(&server, &format!("DROP DATABASE IF EXISTS {name}"));
        on_server(&server, &format!("CREATE DATABASE {name}"));
        let database = Database::Postgres(with_database(&server, &name).into());
        let outcome = catch_unwind(AssertUnwindSafe(|| run(database, scenario)));
        on_server(&server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    }
}

impl Given for Database {
    async fn from_database(database: Database) -> Self {
        database
    }
}

impl Given for Store {
    async fn from_database(database: Database) -> Self {
        Self::open(&database)
            .await
            .expect("a fresh database can be opened")
    }
}

/// Both databases meet the same snapshots, also where one process runs them one after the other.
fn run<G: Given, F: Future<Output = ()>>(database: Database, scenario: impl FnOnce(G) -> F) {
    insta::allow_duplicates! {
        runtime().block_on(async {
            scenario(G::from_database(database).await).await;
        });
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be started")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test runner says by the environment which server it started"
)]
fn server() -> String {
    std::env::var(SERVER)
        .unwrap_or_else(|_| panic!("no PostgreSQL to test on: run ./test, or set {SERVER}"))
}

/// Unique on the server, as long as the runs on it are on one machine.
fn database_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);

    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("portico_test_{}_{number}", process::id())
}

/// The server's address with another database in it.
fn with_database(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').unwrap_or((server, ""));
    let (server, _) = address
        .rsplit_once('/')
        .expect("the address has the form postgres://user@host:port/name");
    format!("{server}/{name}?{options}")
}

fn on_server(server: &str, statement: &str) {
    runtime().block_on(async {
        let (client, connection) = tokio_postgres::connect(server, NoTls)
            .await
            .unwrap_or_else(|why| panic!("cannot reach the server of {SERVER}: {why}"));
        let connection = tokio::spawn(connection);
        client
            .batch_execute(statement)
            .await
            .unwrap_or_else(|why| panic!("cannot prepare a test database: {why}"));
        drop(client);
        connection
            .await
            .expect("the connection's task does not panic")
            .expect("the connection ends well");
    });
}
