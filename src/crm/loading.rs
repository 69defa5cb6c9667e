//! A store that an organisation was loaded into is opened when all of it is there.

use crate::change::{Change, ChangeSet};
use crate::error::{Result, StorageError, StorageErrorKind};
use crate::id::{IdSource, SetId};
use crate::organisation::LoadRun;
use crate::schema::Entity;
use crate::storage::{ReaderExt, Storage};
use crate::value::Timestamp;

/// Refuses a store that is half loaded, and forgets a load that is done: from now on the store has a life of its own.
pub(super) async fn settle(storage: &dyn Storage, now: Timestamp, ids: &dyn IdSource) -> Result<()> {
    if storage.schema().of::<LoadRun>().is_none() {
        return Ok(());
    }
    let Some(run) = storage.load::<LoadRun>(LoadRun::ID).await? else { return Ok(()) };
    if !run.finished {
        let (written, records) = (run.written, run.records);
        let message = format!(
            "a load into this store was not finished ({written} of {records} records are in); \
             load the same export again, which goes on where it stopped, or use another store"
        );
        return Err(StorageError::new(StorageErrorKind::Unfinished, message).into());
    }
    let mut set = ChangeSet::new(SetId(ids.next_id(now)), now, "setup.loaded");
    set.changes.push(Change::Delete { entity: LoadRun::NAME.into(), id: run.id.raw(), expected: run.version });
    match storage.commit(&set).await {
        // Another program that opened the store at the same moment has forgotten it.
        Err(error) if !error.refusals().is_empty() => Ok(()),
        other => Ok(other.map(drop)?),
    }
}
