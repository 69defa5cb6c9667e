//! `crm import`: rows of a CSV file or a workbook become records.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnType, Label};
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput, ImportReport, OnDuplicate, Progress, RejectedRow};
use indicatif::{ProgressBar, ProgressStyle};
use pollster::block_on;

use crate::call::Call;
use crate::cli::Format;
use crate::failure::{Failure, Outcome, one_line};
use crate::output::NewFile;

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// What the rows are, such as customers
    kind: String,
    /// A CSV file in UTF-8 with a header line, or a workbook (XLSX)
    file: PathBuf,
    /// Of a workbook, the sheet; without it the first one
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Fill a field from a column of another name
    #[arg(long, value_name = "FIELD=COLUMN")]
    map: Vec<String>,
    /// Fill a field where no cell does
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Read one value of a field as another
    #[arg(long, value_name = "FIELD:FROM=TO")]
    map_value: Vec<String>,
    /// What happens to a row whose record is there already
    #[arg(long, value_name = "WHAT", default_value = "reject")]
    on_duplicate: Duplicate,
    /// Write the rejected rows to a file, with a column that says why
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Check every row and write nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Duplicate {
    /// The row is rejected
    Reject,
    /// The row is left out
    Skip,
    /// The record gets the row's values
    Update,
}

/// How many rejected rows are printed where a file gets all of them.
const SHOWN: u64 = 10;

/// Imports the file and prints what came of it.
pub(crate) fn run(args: &ImportArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let options = options(args)?;
    options.check(chrono_tz::UTC)?;
    let file = File::open(&args.file).map_err(|error| Failure::file(&args.file, &error))?;
    if args.file.is_dir() {
        return Err(Failure::Failed(format!("`{}`: it is a directory; name a file", args.file.display())));
    }
    let session = call.session()?;
    pollster::block_on(session.require("data.import"))?;
    let mut rejects = args.rejects.as_deref().map(NewFile::create).transpose()?;
    let (bar, most, mut shown) = (bar(), args.rejects.as_ref().map_or(u64::MAX, |_| SHOWN), 0);
    let report = {
        let mut on_reject = |row: &RejectedRow| {
            if shown < most {
                bar.suspend(|| eprintln!("{}", one_line(&row.to_string())));
                shown += 1;
            }
        };
        let mut on_progress = |progress: &Progress| {
            bar.set_length(progress.rows);
            bar.set_position(progress.done);
        };
        let output = ImportOutput {
            rejects: rejects.as_mut().map(|file| file as &mut (dyn std::io::Write + Send)),
            on_reject: Some(&mut on_reject),
            on_progress: Some(&mut on_progress),
        };
        block_on(session.import(&options, file, output))
    };
    bar.finish_and_clear();
    let report = report.map_err(|error| in_file(error.into(), &args.file))?;
    if let Some(rejects) = rejects {
        rejects.finish()?;
    }
    if let (Some(path), hidden @ 1..) = (&args.rejects, report.progress.rejected.saturating_sub(shown)) {
        eprintln!("and {hidden} more in `{}`", path.display());
    }
    print(args, &report, call)?;
    Ok(if report.progress.rejected > 0 { Outcome::Rejected } else { Outcome::Done })
}

fn in_file(failure: Failure, path: &Path) -> Failure {
    failure.at(&path.display().to_string())
}

fn options(args: &ImportArgs) -> Result<ImportOptions, Failure> {
    let mut options = ImportOptions::new(ImportKind::named(&args.kind)?);
    for text in &args.map {
        let (field, column) = pair("map", text, '=', "FIELD=COLUMN")?;
        options = options.map(field, column);
    }
    for text in &args.set {
        let (field, value) = pair("set", text, '=', "FIELD=VALUE")?;
        options = options.set(field, value);
    }
    for text in &args.map_value {
        let (field, values) = pair("map-value", text, ':', "FIELD:FROM=TO")?;
        let (from, to) = pair("map-value", values, '=', "FIELD:FROM=TO")?;
        options = options.map_value(field, from, to);
    }
    if let Some(sheet) = &args.sheet {
        options = options.sheet(sheet);
    }
    options = options.on_duplicate(match args.on_duplicate {
        Duplicate::Reject => OnDuplicate::Reject,
        Duplicate::Skip => OnDuplicate::Skip,
        Duplicate::Update => OnDuplicate::Update,
    });
    Ok(if args.dry_run { options.dry_run() } else { options })
}

fn pair<'a>(option: &str, text: &'a str, between: char, form: &str) -> Result<(&'a str, &'a str), Failure> {
    let usage = || Failure::Usage(format!("--{option}: `{text}` is not {form}"));
    text.split_once(between).ok_or_else(usage)
}

/// Shows itself only where standard error is a terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} rows, {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn print(args: &ImportArgs, report: &ImportReport, call: &mut Call<'_>) -> Result<(), Failure> {
    let Progress { rows, imported, updated, skipped, rejected, .. } = report.progress;
    if call.format() != Format::Text {
        let counts = [
            ("rows", rows, Label::new("行数", "Rows")),
            ("imported", imported, Label::new("新增", "Imported")),
            ("updated", updated, Label::new("更新", "Updated")),
            ("skipped", skipped, Label::new("跳过", "Skipped")),
            ("rejected", rejected, Label::new("拒绝", "Rejected")),
        ];
        let row = counts.iter().map(|(_, count, _)| i64::try_from(*count).unwrap_or(i64::MAX).into()).collect();
        let columns = counts.into_iter().map(|(name, _, label)| Column::new(name, ColumnType::Int, label));
        let mut table = Table::new(columns.collect());
        table.push(row);
        let parameters = vec![("kind".into(), args.kind.as_str().into()), ("dry_run".into(), args.dry_run.into())];
        let lang = call.session()?.lang();
        return call.print(&Report::new("import", parameters, table, lang));
    }
    let mut parts = vec![format!("{imported} imported")];
    let others = [(updated, "updated"), (skipped, "skipped"), (rejected, "rejected")];
    parts.extend(others.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    let note = match (args.dry_run, report.was_done(), report.resumed_at) {
        (true, ..) => " (nothing was written)".to_owned(),
        (_, true, _) => " (by an earlier run; nothing was left to do)".to_owned(),
        (.., 0) => String::new(),
        (.., row) => format!(" (continued behind row {row})"),
    };
    call.say(&format!("{}: {} of {rows} rows{note}", args.kind, parts.join(", ")))
}
