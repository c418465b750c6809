//! SQLite: one writer thread that commits for many at once, and a few readers beside it.

mod readers;
mod schema;
mod tx;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use crate::wakeups::Caller;
use crate::{Error, Tx};
use readers::Readers;
use writer::Writer;

/// How long a transaction waits for another process on the same file, such as a second command.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// How often the mode of a file is changed, should others make the file at the same time.
const MODE_CHANGES: usize = 100;

/// Prepared statements kept per connection; the store has fewer texts than this.
const STATEMENTS: usize = 512;

#[derive(Clone)]
pub(crate) struct Sqlite {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
}

impl Sqlite {
    pub(crate) async fn open(path: PathBuf, wakeups: Caller) -> Result<Self, Error> {
        blocking(move || {
            let mut connection = open_for_writing(&path)?;
            schema::migrate(&mut connection, &path)?;
            Ok(Self {
                writer: Arc::new(Writer::start(connection, wakeups)?),
                readers: Arc::new(Readers::new(path)),
            })
        })
        .await
    }

    pub(crate) async fn write<T, F>(&self, closure: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Tx) -> Result<T, Error> + Send + 'static,
    {
        self.writer.run(closure).await
    }

    pub(crate) async fn read<T, F>(&self, closure: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Tx) -> Result<T, Error> + Send + 'static,
    {
        let readers = Arc::clone(&self.readers);
        let permit = self.readers.permit().await?;
        blocking(move || {
            let answer = readers.run(closure);
            drop(permit);
            answer
        })
        .await
    }

    pub(crate) async fn close(&self) {
        self.readers.close();
        self.writer.close().await;
    }
}

/// Runs code that waits for the disk where it holds up nobody, and passes its panic on.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_cancelled) => Err(Error::Closed),
        },
    }
}

fn open_for_writing(path: &Path) -> Result<Connection, Error> {
    make_private(path)?;
    let connection = Connection::open(path).map_err(|cause| cannot_open(path, cause))?;
    // Where a file may not be written, SQLite opens it for reading, and refuses later.
    if connection
        .is_readonly("main")
        .is_ok_and(|is_readonly| is_readonly)
    {
        return Err(read_only(path));
    }
    set_up(&connection).map_err(|cause| cannot_open(path, cause))?;
    Ok(connection)
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    use_write_ahead_log(connection)?;
    // An acknowledged webhook must survive a power cut, not only a crash.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// Makes an empty file that only its owner may read; SQLite gives those beside it the same mode.
///
/// One that is there is not even opened: closing it would drop the locks that this process has on it.
fn make_private(path: &Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(why) if why.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Error::Unsuitable(format!(
                "cannot make the database `{}`: {why}; check that its folder exists and may be written",
                path.display()
            )))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Two processes may make the same file at once. The change of mode does not wait for the other,
/// but the beginning of a transaction does.
fn use_write_ahead_log(connection: &Connection) -> rusqlite::Result<()> {
    for _ in 0..MODE_CHANGES {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(cause) if is_busy(&cause) => {
                connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
            }
            settled => return settled,
        }
    }
    connection.pragma_update(None, "journal_mode", "WAL")
}

fn open_for_reading(path: &Path) -> Result<Connection, Error> {
    let open = || {
        // Not read-only: a reader of a WAL database must be able to write its index of the log.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    };
    open().map_err(|cause| cannot_open(path, cause))
}

fn cannot_open(path: &Path, cause: rusqlite::Error) -> Error {
    let path_shown = path.display();
    match cause.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::Busy(Arc::new(cause)),
        Some(ErrorCode::ReadOnly) => read_only(path),
        Some(ErrorCode::NotADatabase) => Error::Unsuitable(format!(
            "the file `{path_shown}` is no SQLite database; name another, or one that does not exist yet"
        )),
        _ => Error::Unsuitable(format!(
            "cannot open the database `{path_shown}`: {cause}; check that its folder exists, and that \
             this user may read and write in it"
        )),
    }
}

fn read_only(path: &Path) -> Error {
    Error::Unsuitable(format!(
        "the database `{}` can only be read; let this user write the file and its folder",
        path.display()
    ))
}

/// Sorts the driver's error by what the caller can do about it.
fn error(cause: rusqlite::Error, what: &'static str) -> Error {
    let unique = [
        ffi::SQLITE_CONSTRAINT_UNIQUE,
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
    ];
    let code = cause.sqlite_error().map(|error| error.extended_code);
    if code.is_some_and(|code| unique.contains(&code)) {
        Error::Unique(Arc::new(cause))
    } else if is_busy(&cause) {
        Error::Busy(Arc::new(cause))
    } else {
        Error::Refused {
            what,
            cause: Arc::new(cause),
        }
    }
}

fn is_busy(cause: &rusqlite::Error) -> bool {
    matches!(
        cause.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}
