//! `crm backup`: the whole store in one file.

use std::path::PathBuf;

use crmkit::clock::{Clock, SystemClock};
use crmkit::transfer::{BackupForm, BackupOptions, Rotation};
use pollster::block_on;

use crate::call::Call;
use crate::failure::{Failure, Outcome};

#[derive(Debug, clap::Args)]
pub(crate) struct BackupArgs {
    /// The file to write; with --keep, the folder in which it is written and called crm-TIME.backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Keep the last N backups of the folder and delete older ones
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// Write a form that can be restored into any store, not only into one of the same kind
    #[arg(long)]
    portable: bool,
}

/// Writes the backup, and deletes those that are not kept any longer.
pub(crate) fn run(args: &BackupArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    let options = BackupOptions { form: args.portable.then_some(BackupForm::Export) };
    let rotation = args.keep.map(|keep| Rotation::new("crm", keep));
    let file = match &rotation {
        None => args.file.clone(),
        Some(rotation) => args.file.join(rotation.file_name(SystemClock.now())),
    };
    let backup = block_on(session.backup(&file, &options))?;
    call.say(&format!("backup of {} written to `{}`", backup.taken_at(), backup.path().display()))?;
    for deleted in rotation.map(|rotation| rotation.prune(&args.file)).transpose()?.unwrap_or_default() {
        call.say(&format!("older backup `{}` deleted", deleted.display()))?;
    }
    Ok(Outcome::Done)
}
