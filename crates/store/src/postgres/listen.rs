//! Hears from other processes on the same PostgreSQL that work may have become due.

use std::future::poll_fn;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio_postgres::{AsyncMessage, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::wakeups::Caller;

pub(crate) const NOTIFY: &str = "NOTIFY portico_work";

const LISTEN: &str = "LISTEN portico_work";

/// Between two attempts to reach the server; workers ask by themselves meanwhile.
const RECONNECT_DELAY: Duration = Duration::from_secs(2);

/// The task that keeps one connection for listening; it ends with its store.
pub(crate) struct Listener(AbortHandle);

impl Listener {
    pub(crate) fn start(config: Config, tls: MakeRustlsConnect, wakeups: Caller) -> Self {
        let task = tokio::spawn(async move {
            loop {
                if let Err(error) = listen(&config, tls.clone(), &wakeups).await {
                    tracing::warn!(%error, "Cannot listen for work of other processes, trying again");
                }
                pause().await;
            }
        });
        Self(task.abort_handle())
    }

    pub(crate) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Listens until the connection ends.
async fn listen(
    config: &Config,
    tls: MakeRustlsConnect,
    wakeups: &Caller,
) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = config.connect(tls).await?;
    let hear = async {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(_) = message? {
                wakeups.call();
            }
        }
        Ok(())
    };
    let subscribe = async {
        client.batch_execute(LISTEN).await?;
        // What was said before is lost: look once.
        wakeups.call();
        Ok(())
    };
    tokio::try_join!(hear, subscribe)?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the wait for a server that is away is real time, and no test waits for it"
)]
async fn pause() {
    tokio::time::sleep(RECONNECT_DELAY).await;
}
