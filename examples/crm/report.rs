//! `crm report`: the reports that have a name, each a subcommand with its options.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use crmkit::report::{Column, Definition, Entry, Report, ReportError, Table, standard};
use crmkit::schema::{ColumnType, Label, Lang};
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
}

/// Runs the report, or lists all there are.
pub(crate) fn run(args: &ReportArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let report = match args {
        ReportArgs::List => catalogue(if call.globals.lang == Some(Language::Zh) { Lang::Zh } else { Lang::En }),
        ReportArgs::Named(name, options) => block_on(call.session()?.report(name, options.clone()))?,
        ReportArgs::Custom(file) => {
            let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
            let place = file.display().to_string();
            let definition: Definition = text.parse().map_err(|error: ReportError| Failure::from(error).at(&place))?;
            block_on(call.session()?.report_custom(&definition))?
        }
    };
    call.print(&report)?;
    Ok(Outcome::Done)
}

const LIST: &str = "list";
const CUSTOM: &str = "custom";
const FILE: &str = "file";

fn catalogue(lang: Lang) -> Report {
    let text = |name, zh, en| Column::new(name, ColumnType::Text, Label::new(zh, en));
    let mut table = Table::new(vec![text("report", "报表", "Report"), text("about", "说明", "About")]);
    for entry in standard() {
        table.push(vec![entry.name.into(), entry.about.text(lang).into()]);
    }
    Report::new("reports", Vec::new(), table, lang)
}

impl Args for ReportArgs {
    fn augment_args(command: Command) -> Command {
        let list = Command::new(LIST).about("Name every report with one line each");
        let file = Arg::new(FILE).required(true).value_name("FILE").help("The definition, as JSON");
        let file = file.value_parser(clap::value_parser!(PathBuf));
        let custom = Command::new(CUSTOM).about("Run a report that a file defines").arg(file);
        let command = command.subcommand_required(true).subcommand_value_name("NAME").subcommands([list, custom]);
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
