//! `crm report`: the reports that have a name, each a subcommand with its options.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use crmkit::Session;
use crmkit::report::{Column, Definition, Entry, Report, ReportError, SavedReport, Sharing, Table, seven_ps, standard};
use crmkit::schema::{Choice, ColumnType, Entity, FieldType, Label, Lang, Record};
use pollster::block_on;

use crate::call::Call;
use crate::cli::Language;
use crate::failure::{Failure, Outcome};

/// Which report.
#[derive(Debug, Default)]
pub(crate) enum ReportArgs {
    /// None: all there are.
    #[default]
    List,
    /// One that has a name, with its options.
    Named(String, Vec<(String, String)>),
    /// One of the user's own making.
    Custom(PathBuf),
    /// One of the user's own making is kept under a name.
    Save(String, PathBuf, String),
    /// One that somebody keeps is run; without a name they are listed.
    Saved(Option<String>),
}

/// Runs the report, or lists all there are.
pub(crate) fn run(args: &ReportArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let report = match args {
        ReportArgs::List => catalogue(if call.globals.lang == Some(Language::Zh) { Lang::Zh } else { Lang::En }),
        ReportArgs::Named(name, options) => block_on(call.session()?.report(name, options.clone()))?,
        ReportArgs::Custom(file) => block_on(call.session()?.report_custom(&definition(file)?))?,
        ReportArgs::Save(name, file, share) => {
            let shared = Sharing::from_code(share).unwrap_or(Sharing::Private);
            let session = call.session()?;
            let saved = block_on(session.save_report(name, &definition(file)?, shared))?;
            block_on(listed(&session, vec![saved]))?
        }
        ReportArgs::Saved(Some(name)) => block_on(call.session()?.report_saved(name))?,
        ReportArgs::Saved(None) => {
            let session = call.session()?;
            block_on(async { listed(&session, session.saved_reports().await?).await })?
        }
    };
    call.print(&report)?;
    Ok(Outcome::Done)
}

fn definition(file: &Path) -> Result<Definition, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
    text.parse().map_err(|error: ReportError| Failure::from(error).at(&file.display().to_string()))
}

/// Saved reports, each with what runs it.
async fn listed(session: &Session, reports: Vec<SavedReport>) -> Result<Report, ReportError> {
    let text = |name, zh, en| Column::new(name, ColumnType::Text, Label::new(zh, en));
    let mut table = Table::new(vec![
        text("name", "名称", "Name"),
        Column::new("shared", Sharing::column_type(), Label::new("共享", "Shared with")),
        text("owner", "所有者", "Owner"),
        text("id", "标识", "Id"),
    ]);
    let records: Vec<Record> = reports.iter().cloned().map(SavedReport::into_record).collect();
    let names = match session.untyped("saved_report") {
        Ok(untyped) => untyped.names(&records).await?,
        Err(error) => return Err(error.into()),
    };
    for report in reports {
        let owner = report.owner.and_then(|owner| names.get(&owner.raw()).cloned());
        table.push(vec![report.name.into(), report.shared.into_value(), owner.into(), report.id.to_string().into()]);
    }
    Ok(Report::new("saved reports", Vec::new(), table, session.lang()))
}

const LIST: &str = "list";
const CUSTOM: &str = "custom";
const SAVE: &str = "save";
const SAVED: &str = "saved";
const FILE: &str = "file";
const NAME: &str = "name";
const SHARE: &str = "share";

fn catalogue(lang: Lang) -> Report {
    let text = |name, zh, en| Column::new(name, ColumnType::Text, Label::new(zh, en));
    let columns = [("report", "报表", "Report"), ("part", "七个 P", "Of the seven P's"), ("about", "说明", "About")];
    let mut table = Table::new(columns.map(|(name, zh, en)| text(name, zh, en)).into());
    for entry in standard() {
        let part = seven_ps().iter().find(|part| part.report == entry.name).map(|part| part.about.text(lang));
        table.push(vec![entry.name.into(), part.into(), entry.about.text(lang).into()]);
    }
    Report::new("reports", Vec::new(), table, lang)
}

impl Args for ReportArgs {
    fn augment_args(command: Command) -> Command {
        let list = Command::new(LIST).about("Name every report with one line each");
        let file = Arg::new(FILE).required(true).value_name("FILE").help("The definition, as JSON");
        let file = file.value_parser(clap::value_parser!(PathBuf));
        let custom = Command::new(CUSTOM).about("Run a report that a file defines").arg(file.clone());
        let codes = Sharing::ALL.iter().map(|shared| shared.code());
        let share = Arg::new(SHARE).long(SHARE).value_name("WHO").default_value(Sharing::Private.code());
        let share = share.value_parser(PossibleValuesParser::new(codes)).help("Who finds it beside you");
        let name = || Arg::new(NAME).value_name("NAME");
        let save = Command::new(SAVE)
            .about("Keep a report that a file defines, in place of the one you keep under that name")
            .args([name().required(true).help("What it is called"), file, share]);
        let saved = Command::new(SAVED)
            .about("Run a report that you keep or that is shared with you, or list them all")
            .arg(name().help("Its name or id; without it all are listed"));
        let own = [list, custom, save, saved];
        let command = command.subcommand_required(true).subcommand_value_name("NAME").subcommands(own);
        command.subcommands(standard().iter().map(subcommand))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn subcommand(entry: &'static Entry) -> Command {
    let options = entry
        .options
        .iter()
        .map(|option| Arg::new(option.name).long(option.name).value_name(option.value).help(&*option.about.en));
    Command::new(entry.name).about(&*entry.about.en).args(options)
}

impl FromArgMatches for ReportArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = match matches.subcommand() {
            None | Some((LIST, _)) => Self::List,
            Some((CUSTOM, given)) => Self::Custom(given.get_one(FILE).cloned().unwrap_or_default()),
            Some((SAVE, given)) => {
                let text = |name| given.get_one::<String>(name).cloned().unwrap_or_default();
                Self::Save(text(NAME), given.get_one(FILE).cloned().unwrap_or_default(), text(SHARE))
            }
            Some((SAVED, given)) => Self::Saved(given.get_one(NAME).cloned()),
            Some((name, given)) => {
                let known = standard().iter().filter(|entry| entry.name == name).flat_map(|entry| entry.options);
                let options = known
                    .filter_map(|option| Some((option.name.to_owned(), given.get_one::<String>(option.name)?.clone())));
                Self::Named(name.to_owned(), options.collect())
            }
        };
        Ok(())
    }
}
