//! The open database: transactions are closures, run where they belong.

use secrecy::ExposeSecret;

use crate::postgres::{Address, Postgres};
use crate::sqlite::Sqlite;
use crate::wakeups::{Caller, Wakeups};
use crate::{Database, Error, Tx};

/// The open database. Clones share it.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
    wakeups: Caller,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Opens the database, makes it when it is new, and brings its schema up to date.
    pub async fn open(database: &Database) -> Result<Self, Error> {
        let wakeups = Caller::new();
        let backend = match database {
            Database::Sqlite(path) => {
                Backend::Sqlite(Sqlite::open(path.clone(), wakeups.clone()).await?)
            }
            Database::Postgres(url) => {
                let address = Address::parse(url.expose_secret())?;
                Backend::Postgres(Postgres::open(address, wakeups.clone()).await?)
            }
        };
        Ok(Self { backend, wakeups })
    }

    /// Runs a closure as one transaction that may change data, and answers after its commit.
    ///
    /// The closure is run again when PostgreSQL broke it off because of another transaction, so it
    /// borrows what it captured. It must not wait for anything but the database.
    pub async fn write<T, F>(&self, closure: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Tx) -> Result<T, Error> + Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.write(closure).await,
            Backend::Postgres(postgres) => postgres.write(closure).await,
        }
    }

    /// Runs a closure as one transaction that only reads, all of it from one moment's state.
    pub async fn read<T, F>(&self, closure: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Tx) -> Result<T, Error> + Send + 'static,
    {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.read(closure).await,
            Backend::Postgres(postgres) => postgres.read(closure).await,
        }
    }

    /// An ear for a worker that waits for work.
    #[must_use]
    pub fn wakeups(&self) -> Wakeups {
        self.wakeups.listen()
    }

    /// How often this process has changed connections, their secrets, keys or agents. What was read
    /// while the number was the same is not older than this process knows.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.wakeups.changes()
    }

    /// Lets the transactions that were handed in finish, refuses further ones and closes.
    pub async fn close(&self) {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
            Backend::Postgres(postgres) => postgres.close().await,
        }
    }
}
