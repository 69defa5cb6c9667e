//! `crm export`: the whole organisation as a directory.

use std::path::PathBuf;

use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnType, Label};
use crmkit::transfer::{ExportOptions, TransferProgress};
use indicatif::ProgressBar;
use pollster::block_on;

use crate::call::Call;
use crate::cli::Format;
use crate::failure::{Failure, Outcome};

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The directory; it must be empty or not there yet
    dir: PathBuf,
}

/// Exports everything and says how much it is.
pub(crate) fn run(args: &ExportArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    let bar = ProgressBar::new_spinner();
    let mut on_progress = |progress: &TransferProgress| {
        bar.set_message(format!("{} records, {}", progress.done, progress.entity));
        bar.tick();
    };
    let exported = block_on(session.export(&args.dir, ExportOptions::default().on_progress(&mut on_progress)));
    bar.finish_and_clear();
    let exported = exported?;
    if call.format() == Format::Text {
        call.say(&format!("exported {} records to `{}`", exported.records, args.dir.display()))?;
        return Ok(Outcome::Done);
    }
    let int = |name, zh, en| Column::new(name, ColumnType::Int, Label::new(zh, en));
    let checksum = Column::new("checksum", ColumnType::Text, Label::new("校验和", "Checksum"));
    let mut table = Table::new(vec![int("records", "记录数", "Records"), int("bytes", "字节数", "Bytes"), checksum]);
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX).into();
    table.push(vec![count(exported.records), count(exported.bytes), exported.checksum.into()]);
    call.print(&Report::new("export", Vec::new(), table, session.lang()))?;
    Ok(Outcome::Done)
}
