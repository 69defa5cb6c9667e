//! `crm report`: the reports that have a name, each a subcommand with its options.

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use crmkit::report::{Column, Entry, Report, Table, standard};
use crmkit::schema::{ColumnType, Label, Lang};
use pollster::block_on;

use crate::call::Call;
use crate::cli::Language;
use crate::failure::{Failure, Outcome};

/// A report and its options, or `list`.
#[derive(Debug, Default)]
pub(crate) struct ReportArgs {
    name: String,
    options: Vec<(String, String)>,
}

/// Runs the report, or lists all there are.
pub(crate) fn run(args: &ReportArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let report = if args.name == LIST {
        catalogue(if call.globals.lang == Some(Language::Zh) { Lang::Zh } else { Lang::En })
    } else {
        block_on(call.session()?.report(&args.name, args.options.clone()))?
    };
    call.print(&report)?;
    Ok(Outcome::Done)
}

const LIST: &str = "list";

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
        let command = command.subcommand_required(true).subcommand_value_name("NAME").subcommand(list);
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
        let Some((name, given)) = matches.subcommand() else { return Ok(()) };
        name.clone_into(&mut self.name);
        let options = standard().iter().filter(|entry| entry.name == name).flat_map(|entry| entry.options);
        let given = options.filter_map(|option| Some((option.name, given.get_one::<String>(option.name)?)));
        self.options = given.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        Ok(())
    }
}
