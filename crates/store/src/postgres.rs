//! PostgreSQL: a pool of connections, each transaction on a thread that may wait.

mod address;
mod listen;
mod pipeline;
mod schema;
mod tls;
mod tx;

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use tokio::runtime::Handle;
use tokio_postgres::IsolationLevel;
use tokio_postgres::error::SqlState;

use crate::error::Cause;
use crate::wakeups::{Caller, News};
use crate::{Error, Tx};
use address::CONNECT_TIMEOUT;
pub(crate) use address::{Address, split_options};
use listen::Listener;
use tls::Trust;
use tx::PostgresTx;

const CONNECTIONS: usize = 16;

/// How long a transaction waits for a free connection.
const POOL_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a transaction runs in all, when the server breaks it off before it did anything.
const RUNS: usize = 5;

#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
    wakeups: Caller,
    listener: Arc<Listener>,
}

#[derive(Clone, Copy)]
enum Access {
    Write,
    Read,
}

impl Postgres {
    pub(crate) async fn open(address: Address, wakeups: Caller) -> Result<Self, Error> {
        let Address { config, trust } = address;
        let tls = trust.connector()?;
        let manager = Manager::from_config(
            config.clone(),
            tls.clone(),
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(POOL_TIMEOUT))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .build()
            .map_err(|why| Error::Unsuitable(format!("cannot set up the connections: {why}")))?;
        schema::migrate(&mut first_connection(&pool, &trust).await?).await?;
        let listener = Arc::new(Listener::start(config, tls, wakeups.clone()));
        Ok(Self {
            pool,
            wakeups,
            listener,
        })
    }

    pub(crate) async fn write<T, F>(&self, closure: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Tx) -> Result<T, Error> + Send + 'static,
    {
        let (answer, news) = self.run(Access::Write, closure).await?;
        // The listener hears of work too; this is sooner, and goes on while that one reconnects.
        self.wakeups.tell(news);
        Ok(answer)
    }

    pub(crate) async fn read<T, F>(&self, closure: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Tx) -> Result<T, Error> + Send + 'static,
    {
        let (answer, _) = self.run(Access::Read, closure).await?;
        Ok(answer)
    }

    pub(crate) async fn close(&self) {
        self.listener.stop();
        self.pool.close();
    }

    async fn run<T, F>(&self, access: Access, closure: F) -> Result<(T, News), Error>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Tx) -> Result<T, Error> + Send + 'static,
    {
        let mut client = connection(&self.pool).await?;
        let (pool, runtime) = (self.pool.clone(), Handle::current());
        let run = move || {
            for _ in 1..RUNS {
                match run_once(&runtime, &mut client, access, &closure) {
                    Err(Error::Busy(cause)) => {
                        tracing::debug!(error = %cause, "Running a transaction again");
                    }
                    settled => return settled,
                }
                if client.is_closed() {
                    client = runtime.block_on(connection(&pool))?;
                }
            }
            run_once(&runtime, &mut client, access, &closure)
        };
        match tokio::task::spawn_blocking(run).await {
            Ok(answer) => answer,
            Err(failure) => match failure.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_cancelled) => Err(Error::Closed),
            },
        }
    }
}

/// Runs a closure as one transaction; dropped without a commit, it is rolled back.
fn run_once<T>(
    runtime: &Handle,
    client: &mut Object,
    access: Access,
    closure: &impl Fn(&mut dyn Tx) -> Result<T, Error>,
) -> Result<(T, News), Error> {
    let begin = match access {
        // Row by row, as `Tx::lock` says; a stricter level would break off half of all claims.
        Access::Write => client.build_transaction(),
        Access::Read => client
            .build_transaction()
            .read_only(true)
            .isolation_level(IsolationLevel::RepeatableRead),
    };
    let transaction = runtime.block_on(begin.start()).map_err(|cause| {
        // An idle connection that the server has closed meanwhile: nothing was done on it.
        if is_lost(&cause) {
            Error::Busy(for_the_log(cause))
        } else {
            error(cause)
        }
    })?;
    let mut tx = PostgresTx::new(transaction, runtime.clone());
    let answer = closure(&mut tx)?;
    let news = tx.commit()?;
    Ok((answer, news))
}

/// Connects for the first time. A server that is not believed now is one that the address is wrong
/// about; later it may be one whose certificate is being renewed, and is asked again.
async fn first_connection(pool: &Pool, trust: &Trust) -> Result<Object, Error> {
    pool.get().await.map_err(|failure| {
        let refusal = match &failure {
            PoolError::Backend(cause) => trust.refusal(cause),
            PoolError::Timeout(_)
            | PoolError::Closed
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_) => None,
        };
        refusal.unwrap_or_else(|| no_connection(failure))
    })
}

async fn connection(pool: &Pool) -> Result<Object, Error> {
    pool.get().await.map_err(no_connection)
}

fn no_connection(failure: PoolError) -> Error {
    match failure {
        PoolError::Backend(cause) => error(cause),
        PoolError::Closed => Error::Closed,
        other @ PoolError::Timeout(_) => Error::Busy(Arc::new(other)),
        other @ (PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_)) => {
            Error::Connection(Arc::new(other))
        }
    }
}

/// What the server said, without its message and detail: they quote values, which may be personal.
#[derive(Debug, thiserror::Error)]
#[error("the server answered {code} (table {table:?}, constraint {constraint:?})")]
struct Refusal {
    code: String,
    table: Option<String>,
    constraint: Option<String>,
}

/// Sorts the driver's error by what the caller can do about it.
fn error(cause: tokio_postgres::Error) -> Error {
    let broken_off = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
    ];
    let code = cause.code().cloned();
    let is_lost = is_lost(&cause);
    let cause = for_the_log(cause);
    if is_lost {
        Error::Connection(cause)
    } else if code == Some(SqlState::UNIQUE_VIOLATION) {
        Error::Unique(cause)
    } else if code.is_some_and(|code| broken_off.contains(&code)) {
        Error::Busy(cause)
    } else {
        Error::Refused {
            what: "to run a statement",
            cause,
        }
    }
}

fn for_the_log(cause: tokio_postgres::Error) -> Cause {
    match cause.as_db_error() {
        Some(told) => Arc::new(Refusal {
            code: told.code().code().to_owned(),
            table: told.table().map(str::to_owned),
            constraint: told.constraint().map(str::to_owned),
        }),
        None => Arc::new(cause),
    }
}

/// Whether the server is not there, or says that it is going, coming or full.
fn is_lost(cause: &tokio_postgres::Error) -> bool {
    match cause.code() {
        // Class 08 is the connection, 57P the operator's hand.
        Some(code) => {
            code.code().starts_with("08")
                || code.code().starts_with("57P")
                || *code == SqlState::TOO_MANY_CONNECTIONS
        }
        // No answer of the server; or it was never asked, because a value did not fit its column.
        None => cause.is_closed() || is_io(cause),
    }
}

fn is_io(cause: &tokio_postgres::Error) -> bool {
    let mut source = std::error::Error::source(cause);
    while let Some(error) = source {
        if error.is::<std::io::Error>() {
            return true;
        }
        source = error.source();
    }
    false
}
