//! The one thread that writes. Closures that wait together share a commit, which is the slow part:
//! it waits for the disk. Each runs in a savepoint of its own, so a failure undoes only itself.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::error;
use super::tx::{SqliteTx, Texts};
use crate::wakeups::{Caller, News};
use crate::{Error, Tx};

/// Closures that may share one commit.
const GROUP: usize = 256;

/// Closures that may wait; further callers wait to hand theirs in.
const QUEUE: usize = 4096;

pub(crate) struct Writer {
    /// Gone once the store is closed.
    jobs: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    /// Gone once somebody waits for the thread's end.
    ended: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Writer {
    pub(crate) fn start(connection: Connection, wakeups: Caller) -> Result<Self, Error> {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let (end, ended) = oneshot::channel();
        let thread = WriterThread {
            connection,
            texts: Texts::default(),
            wakeups,
            waiting,
            end,
        };
        thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || thread.run())
            .map_err(|why| Error::Unsuitable(format!("cannot start a thread: {why}")))?;
        Ok(Self {
            jobs: Mutex::new(Some(jobs)),
            ended: Mutex::new(Some(ended)),
        })
    }

    pub(crate) async fn run<T, F>(&self, closure: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Tx) -> Result<T, Error> + Send + 'static,
    {
        let jobs = lock(&self.jobs).clone().ok_or(Error::Closed)?;
        let (reply, answer) = oneshot::channel();
        let job = Closure {
            closure,
            outcome: None,
            reply,
        };
        jobs.send(Box::new(job)).await.map_err(|_| Error::Closed)?;
        match answer.await.map_err(|_| Error::Closed)? {
            Ok(answer) => answer,
            Err(panic) => resume_unwind(panic),
        }
    }

    pub(crate) async fn close(&self) {
        drop(lock(&self.jobs).take());
        let ended = lock(&self.ended).take();
        if let Some(ended) = ended {
            // The sender is dropped at the end of the thread: an error is the news we wait for.
            ended.await.unwrap_or_default();
        }
    }
}

/// A lock that a panic cannot have left half changed: it guards one assignment.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a closure answered, or its panic.
type Outcome<T> = thread::Result<Result<T, Error>>;

/// A closure of any type, between being handed in and being answered.
trait Job: Send {
    /// Runs it; says whether its changes are to be kept, and whether workers are to be called.
    fn run(&mut self, tx: SqliteTx<'_>) -> Run;

    /// Answers the caller, once it is known whether the commit went well.
    fn answer(self: Box<Self>, commit: &Result<(), Error>);
}

enum Run {
    Keep(News),
    Undo,
}

struct Closure<T, F> {
    closure: F,
    /// Nothing until it ran, which it does not when its group could not begin.
    outcome: Option<Outcome<T>>,
    reply: oneshot::Sender<Outcome<T>>,
}

impl<T, F> Job for Closure<T, F>
where
    T: Send,
    F: Fn(&mut dyn Tx) -> Result<T, Error> + Send,
{
    fn run(&mut self, mut tx: SqliteTx<'_>) -> Run {
        let answer = catch_unwind(AssertUnwindSafe(|| (self.closure)(&mut tx)));
        let spoiled_or_news = tx.finish();
        let (outcome, run) = match (answer, spoiled_or_news) {
            (Ok(Ok(answer)), Ok(news)) => (Ok(Ok(answer)), Run::Keep(news)),
            (Ok(Ok(_)), Err(spoiled)) => (Ok(Err(spoiled)), Run::Undo),
            (failed, _) => (failed, Run::Undo),
        };
        self.outcome = Some(outcome);
        run
    }

    fn answer(self: Box<Self>, commit: &Result<(), Error>) {
        let answer = match (self.outcome, commit) {
            (Some(Ok(Ok(_))) | None, Err(error)) => Ok(Err(error.clone())),
            (None, Ok(())) => Ok(Err(Error::Closed)),
            (Some(outcome), _) => outcome,
        };
        if self.reply.send(answer).is_err() {
            tracing::debug!("The caller of a transaction went away before its answer");
        }
    }
}

struct WriterThread {
    connection: Connection,
    texts: Texts,
    wakeups: Caller,
    waiting: mpsc::Receiver<Box<dyn Job>>,
    end: oneshot::Sender<()>,
}

impl WriterThread {
    fn run(mut self) {
        let mut group = Vec::with_capacity(GROUP);
        while self.waiting.blocking_recv_many(&mut group, GROUP) > 0 {
            let committed = self.commit(&mut group);
            if let Ok(news) = committed {
                self.wakeups.tell(news);
            }
            let committed = committed.map(|_| ());
            for job in group.drain(..) {
                job.answer(&committed);
            }
        }
        let Self {
            connection, end, ..
        } = self;
        drop(connection);
        drop(end);
    }

    /// Runs a group of closures and commits; says whether workers are to be called.
    fn commit(&mut self, group: &mut [Box<dyn Job>]) -> Result<News, Error> {
        let committed = self.begin_to_commit(group);
        if committed.is_err()
            && !self.connection.is_autocommit()
            && let Err(cause) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(error = %cause, "SQLite refused to roll a transaction back");
        }
        committed
    }

    fn begin_to_commit(&mut self, group: &mut [Box<dyn Job>]) -> Result<News, Error> {
        self.execute("BEGIN IMMEDIATE")?;
        let mut news = News::default();
        for job in group {
            self.execute("SAVEPOINT closure")?;
            match job.run(SqliteTx::new(&self.connection, &mut self.texts)) {
                Run::Keep(of_one) => news.add(of_one),
                Run::Undo => self.execute("ROLLBACK TO closure")?,
            }
            self.execute("RELEASE closure")?;
        }
        self.execute("COMMIT")?;
        Ok(news)
    }

    fn execute(&self, sql: &'static str) -> Result<(), Error> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .map(|_| ())
            .map_err(|cause| error(cause, "to commit"))
    }
}
