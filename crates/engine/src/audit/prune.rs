//! Deleting what is older than is to be kept, from the start of each chain, with a signed mark in its place.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portico_domain::audit::{ChainId, Place, Record};
use portico_store::audit::{self, MarkKind};
use portico_store::{Error as StoreError, Tx};
use tokio_util::sync::CancellationToken;

use super::keys::Keys;
use super::verify::Followed;
use crate::{Engine, Error};

/// How often old records are looked for.
const EVERY: Duration = Duration::from_secs(3600);

/// How many go with one transaction.
const AT_ONCE: i64 = 5_000;

impl Engine {
    /// Deletes old records now and then until `shutdown`.
    pub(crate) async fn prune_audit_until(&self, shutdown: &CancellationToken) {
        loop {
            match self.prune_audit().await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "Old records of the audit were deleted"),
                Err(error) => {
                    tracing::error!(error = ?error, "Cannot delete old records of the audit");
                }
            }
            // Real time: what is old is measured by the clock in `prune_audit`.
            let ended = tokio::time::timeout(EVERY, shutdown.cancelled());
            if ended.await.is_ok() {
                return;
            }
        }
    }

    /// Deletes what is older than is to be kept; says how many records that were.
    ///
    /// Safe to run twice, also at once in two processes: each takes the start of a chain as it finds it.
    pub async fn prune_audit(&self) -> Result<u64, Error> {
        let heads = |tx: &mut dyn Tx| audit::newest_heads(tx, i64::MAX);
        let heads = self.store().read(heads).await?;
        let mut count = 0;
        let mut fault = None;
        for chain in heads.into_iter().map(|head| head.place.chain) {
            match self.prune_chain(chain).await {
                Ok(pruned) => count += pruned,
                // The other chains are none the worse.
                Err(error) => fault = fault.or(Some(error)),
            }
        }
        let keep = self.inner.audit.settings.keep;
        // A record that names such a chain is as old at least, and gone.
        let older_than = self.now() - keep - keep;
        let forget = move |tx: &mut dyn Tx| audit::remove_marks(tx, older_than);
        self.store().write(forget).await?;
        fault.map_or(Ok(count), Err)
    }

    async fn prune_chain(&self, chain: ChainId) -> Result<u64, Error> {
        let mut count = 0;
        loop {
            let pruned = self.prune_some(chain).await?;
            count += pruned;
            if pruned == 0 {
                return Ok(count);
            }
        }
    }

    async fn prune_some(&self, chain: ChainId) -> Result<u64, Error> {
        let (now, keys) = (self.now(), self.inner.audit.keys.clone());
        let older_than = now - self.inner.audit.settings.keep;
        let prune = move |tx: &mut dyn Tx| {
            tx.lock(&format!("audit/{chain}"))?;
            let Some(last) = audit::last_older(tx, chain, older_than, AT_ONCE)? else {
                return Ok(0);
            };
            let Some(place) = proven(tx, &keys, chain, last.id.number, older_than)? else {
                return Ok(0);
            };
            audit::set_mark(tx, &keys.mark(MarkKind::Pruned, place, now))?;
            audit::prune(tx, chain, place.number)
        };
        Ok(self.store().write(prune).await?)
    }

    /// How old a record is after which nothing is known of its chain any more.
    pub(super) fn audit_is_forgotten_after(&self) -> SignedDuration {
        let keep = self.inner.audit.settings.keep;
        keep + keep
    }
}

/// The last of a chain's records that may go, up to a number: all of them are the ones that were written there,
/// and as old by their own words. Else somebody could have us delete and sign away what is to be found.
fn proven(
    tx: &mut dyn Tx,
    keys: &Keys,
    chain: ChainId,
    up_to: u64,
    older_than: Timestamp,
) -> Result<Option<Place>, StoreError> {
    let pruned = audit::mark(tx, chain, MarkKind::Pruned)?;
    let first = audit::first_number(tx, chain)?;
    let mut followed = Followed::new(keys, chain, None, pruned);
    followed.check_marks(first).map_err(|_| damaged(chain))?;
    let mut last = None;
    for kept in audit::of_chain(tx, chain, followed.last.number, AT_ONCE)? {
        if kept.id.number > up_to {
            break;
        }
        followed.take(&kept).map_err(|_| damaged(chain))?;
        let record: Result<Record, _> = serde_json::from_slice(&kept.record);
        if !record.is_ok_and(|record| record.at < older_than) {
            break;
        }
        last = Some(followed.last);
    }
    Ok(last)
}

fn damaged(chain: ChainId) -> StoreError {
    StoreError::Data(format!(
        "the records of {chain} were altered; run `portico audit verify`"
    ))
}
