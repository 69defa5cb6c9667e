//! `crm load`: an exported directory becomes the organisation of an empty store.

use std::path::PathBuf;

use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnType, Label, Lang};
use crmkit::transfer::{CheckedExport, LoadOptions, LoadSummary, TransferProgress, TransferStage};
use indicatif::{ProgressBar, ProgressStyle};
use pollster::block_on;

use crate::call::{Call, Trial};
use crate::cli::{Format, Language};
use crate::failure::{Failure, Outcome};
use crate::shell::Opening;

#[derive(Debug, clap::Args)]
pub(crate) struct LoadArgs {
    /// The directory that `export` wrote
    dir: PathBuf,
}

/// Looks at the whole export, then loads it. Nobody is in an empty store, so it is the system that does it.
pub(crate) fn run(args: &LoadArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    if !matches!(call.trial, Trial::Earnest) {
        return Err(Failure::Usage("a load can't be previewed".to_owned()));
    }
    let bar = bar();
    let mut on_progress = |progress: &TransferProgress| {
        bar.set_message(if progress.stage == TransferStage::Checking { "checked" } else { "loaded" });
        bar.set_length(progress.total.unwrap_or_default());
        bar.set_position(progress.done);
    };
    // A file or schema that is not there yet is made when it is known that there is something to load.
    let schema = crmkit::standard_schema().map_err(crmkit::Error::from)?;
    let mut load = || -> Result<LoadSummary, Failure> {
        let checked = CheckedExport::read(&args.dir, &schema, LoadOptions::default().on_progress(&mut on_progress))?;
        let storage = call.shell.storage(Opening::AsItIs)?;
        let options = LoadOptions::default().on_progress(&mut on_progress);
        Ok(block_on(checked.load_into(&storage, options))?)
    };
    let loaded = load();
    bar.finish_and_clear();
    let loaded = loaded?;
    if call.format() == Format::Text {
        let note = match (loaded.was_done(), loaded.found) {
            (true, _) => " (by an earlier run; nothing was left to do)".to_owned(),
            (false, 0) => String::new(),
            (false, found) => format!(" (continued behind the first {found})"),
        };
        call.say(&format!("loaded {} records from `{}`{note}", loaded.records, args.dir.display()))?;
        return Ok(Outcome::Done);
    }
    let int = |name, zh, en| Column::new(name, ColumnType::Int, Label::new(zh, en));
    let mut table = Table::new(vec![int("records", "记录数", "Records"), int("found", "已有", "Found")]);
    table.push([loaded.records, loaded.found].map(|count| i64::try_from(count).unwrap_or(i64::MAX).into()).to_vec());
    let lang = match call.globals.lang {
        Some(Language::Zh) => Lang::Zh,
        Some(Language::En) | None => Lang::En,
    };
    call.print(&Report::new("load", Vec::new(), table, lang))?;
    Ok(Outcome::Done)
}

/// Shows itself only where standard error is a terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} records {msg}, {eta} left") {
        bar.set_style(style);
    }
    bar
}
