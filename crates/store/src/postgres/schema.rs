//! Brings a PostgreSQL database up to date, one process at a time.

use deadpool_postgres::Object;

use super::error;
use crate::migrate::{self, Applied};
use crate::{Dialect, Error};

/// Any number will do that no other program takes on the same database.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7042011)";

/// Takes the missing steps, all or none; further processes wait and then find nothing to do.
pub(crate) async fn migrate(client: &mut Object) -> Result<(), Error> {
    let tx = client.transaction().await.map_err(error)?;
    tx.batch_execute(LOCK).await.map_err(error)?;
    tx.batch_execute(migrate::TABLE).await.map_err(error)?;
    let applied = tx.query(migrate::APPLIED, &[]).await.map_err(error)?;
    let applied: Vec<_> = applied
        .iter()
        .map(|row| Applied {
            name: row.get(0),
            checksum: row.get(1),
        })
        .collect();
    for step in migrate::pending(&applied)? {
        tx.batch_execute(&step.text_for(Dialect::Postgres))
            .await
            .map_err(error)?;
        tx.execute(migrate::APPLY, &[&step.name, &step.checksum])
            .await
            .map_err(error)?;
    }
    tx.commit().await.map_err(error)
}
