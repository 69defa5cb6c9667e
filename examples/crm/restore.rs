//! `crm restore`: the store as it was when a backup was made.

use std::path::{Path, PathBuf};

use crmkit::Error;
use crmkit::clock::{Clock, SystemClock};
use crmkit::storage::SqliteOptions;
use crmkit::transfer::{Backup, BackupForm};
use pollster::block_on;

use crate::call::{Call, Trial};
use crate::failure::{Failure, Outcome};
use crate::shell::{Database, Opening};

#[derive(Debug, clap::Args)]
pub(crate) struct RestoreArgs {
    /// The file that `crm backup` wrote
    file: PathBuf,
}

/// Restores the backup. A SQLite database is replaced and kept beside; any other store must be empty.
pub(crate) fn run(args: &RestoreArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    if !matches!(call.trial, Trial::Earnest) {
        return Err(Failure::Usage("a restore can't be previewed; what it replaces is kept".to_owned()));
    }
    let backup = Backup::open(&args.file)?;
    let kept = match call.globals.db.clone() {
        Database::Sqlite(path) => into_file(&backup, &path, call)?,
        Database::Memory | Database::Postgres(_) => {
            into_empty(&backup, call)?;
            None
        }
    };
    call.say(&format!("backup of {} restored from `{}`", backup.taken_at(), args.file.display()))?;
    if let Some(kept) = kept {
        call.say(&format!("what was there before is kept as `{}`", kept.display()))?;
    }
    Ok(Outcome::Done)
}

fn into_file(backup: &Backup, path: &Path, call: &mut Call<'_>) -> Result<Option<PathBuf>, Failure> {
    // Looking for whoever acts opens the present database, which nothing is done to for the sake of a damaged backup.
    backup.verify()?;
    if call.globals.actor.is_some() && std::fs::metadata(path).is_ok_and(|file| file.len() > 0) && call.can_open() {
        block_on(call.session()?.require("data.restore"))?;
    }
    call.shell.release()?;
    let (schema, options) = (call.shell.schema()?, SqliteOptions { migrate: true, ..Default::default() });
    match block_on(backup.restore_to_sqlite(path, &schema, &options, SystemClock.now())) {
        Ok(restored) => Ok(restored.kept),
        // What it says is about the backup, which `crm init` does nothing for.
        Err(Error::Storage(error)) => Err(Failure::Failed(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

fn into_empty(backup: &Backup, call: &mut Call<'_>) -> Result<(), Failure> {
    // A schema is not even made for what can't be restored into it.
    backup.verify()?;
    if backup.form() == BackupForm::Sqlite {
        let sentence = "it holds a SQLite database; restore it into sqlite:PATH, or make one with --portable";
        return Err(Failure::Failed(format!("`{}`: {sentence}", backup.path().display())));
    }
    let storage = call.shell.storage(Opening::AsItIs)?;
    block_on(backup.restore_to(&storage)).map_err(|error| match error {
        Error::Storage(error) => Failure::Failed(error.to_string()),
        error => error.into(),
    })
}
