//! A disk that may not be written: from the beginning, or all at once.

use std::sync::Arc;

use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage, Storage, StorageError, StorageErrorKind};

use super::{Control, Disk};
use crate::Outcome;
use crate::ledger::{Left, Line};

/// Why it may not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// The file system is only to be read (EROFS).
    Mounted,
    /// This user may not open the files to write (EACCES); what is open already stays so.
    Permission,
}

impl Closed {
    /// The number the system gives it.
    const fn number(self) -> u32 {
        match self {
            Self::Mounted => 30,
            Self::Permission => 13,
        }
    }
}

/// Whoever writes is told that it may not be written, and reads on; the same program writes again once that is allowed.
/// Whoever opens it to write is told so, or with his first command.
pub(super) async fn read_only(disk: &Disk, why: Closed) -> Outcome {
    let closed = Control { error: why.number(), ..Default::default() };
    let crm = disk.place().crm().await?;
    let mut said = Vec::new();
    let mut create = async |name: &str| -> Result<(), Error> {
        let made = crm.system().customers().create(NewCustomer::new(name)).await?;
        said.push(Line::Done(0, vec![Left::new("customer", made.id, made.version)]));
        Ok(())
    };
    let (before, name) = (format!("Before {why:?}"), format!("Meanwhile {why:?}"));
    create(&before).await?;
    disk.becomes(closed)?;
    let meanwhile = create(&name).await;
    let found = crm.system().customers().count(Customer::name.eq(before)).await?;
    disk.recovers()?;
    create("Afterwards").await?;
    if found != 1 {
        return Err(format!("one was written before, and {found} were found while nothing could be written").into());
    }
    let there = crm.system().customers().count(Customer::name.eq(name)).await?;
    let told = match (why, meanwhile) {
        (Closed::Permission, Ok(())) if there == 1 => "went on with what was open".to_owned(),
        (Closed::Mounted, Err(Error::Storage(error))) if there == 0 => format!("was told `{error}`"),
        (_, meanwhile) => return Err(format!("{why:?}: {meanwhile:?}, and {there} are there").into()),
    };

    // Another program opens the file in the meantime, or after everybody has left.
    let while_open = opened(disk, closed).await?;
    create("Last").await?;
    disk.looked_over(crm, &said).await?;
    let alone = opened(disk, closed).await?;
    let crm = disk.place().crm().await?;
    crm.system().customers().create(NewCustomer::new("Opened again")).await?;
    disk.looked_over(crm, &said).await?;
    Ok(format!(
        "{why:?}: a program at work {told}, and wrote again afterwards; one that opened it meanwhile {while_open}; one that \
         opened it alone {alone}"
    ))
}

/// What comes of opening it to write while that may not be done.
async fn opened(disk: &Disk, closed: Control) -> Outcome {
    disk.becomes(closed)?;
    let told = to_write(disk).await;
    disk.recovers()?;
    match told {
        Err(error) => match error.downcast_ref::<StorageError>() {
            Some(error) if matches!(error.kind(), StorageErrorKind::ReadOnly | StorageErrorKind::Unavailable) => {
                Ok(format!("was told `{error}`"))
            }
            _ => Err(error),
        },
        Ok(()) => Err("what could not be written was acknowledged".into()),
    }
}

async fn to_write(disk: &Disk) -> Outcome<()> {
    let storage = SqliteStorage::open(disk.path(), crmkit::standard_schema()?, SqliteOptions::default())?;
    let storage: Arc<dyn Storage> = Arc::new(storage);
    let made = match Crm::builder(Arc::clone(&storage)).open().await {
        Ok(crm) => crm.system().customers().create(NewCustomer::new("Never")).await.map(drop),
        Err(error) => Err(error),
    };
    storage.close().await?;
    match made {
        Err(Error::Storage(error)) => Err(error.into()),
        other => Ok(other?),
    }
}
