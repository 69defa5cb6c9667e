//! The command line: options that every command takes, and the commands.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::call::Call;
use crate::failure::{Failure, Outcome};
use crate::shell::{Database, DatabaseParser};
use crate::{
    backup, brief, dict, explain, export, history, import, init, jobs, list, load, lost, opportunity, order, people,
    preview, report, restore, rollup, script, service, undo, user, verify, write,
};

/// A CRM: customers, orders and exact reports in one file, in memory, or on a server.
#[derive(Debug, Parser)]
#[command(name = "crm", version, propagate_version = true)]
pub(crate) struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub(crate) globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Globals {
    /// Where the data is: memory:, sqlite:PATH or postgres://… (?schema=NAME, else the schema is crm)
    #[arg(
        long,
        global = true,
        env = "CRM_DB",
        default_value = "sqlite:crm.db",
        value_name = "URL",
        value_parser = DatabaseParser,
        hide_env_values = true
    )]
    pub(crate) db: Database,
    /// Who acts, by login; without it the system itself. No password is asked for: whoever runs this can open the data
    #[arg(id = "as",
        long = "as", global = true, env = "CRM_USER", value_name = "LOGIN", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) actor: Option<String>,
    /// The moment it is taken to be, such as 2026-01-31T09:00:00Z
    #[arg(long, global = true, value_name = "TIMESTAMP")]
    pub(crate) now: Option<String>,
    /// The language of labels; without it the organisation's
    #[arg(long, global = true, value_name = "LANG")]
    pub(crate) lang: Option<Language>,
    /// How results are printed
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Put bars beside the rows of text
    #[arg(long, global = true)]
    pub(crate) bars: bool,
    /// In CSV, put a ' before text that a spreadsheet would take for a formula
    #[arg(long, global = true)]
    pub(crate) no_formulas: bool,
    /// Write what is printed to a file, whole or not at all
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// The language of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English
    En,
    /// Chinese
    Zh,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns for people
    #[default]
    Text,
    /// One JSON object
    Json,
    /// Comma-separated values
    Csv,
    /// A picture
    Svg,
    /// A workbook
    Xlsx,
}

/// The commands, one line each.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set up the store and say what is there; changes what the options name
    Init(init::InitArgs),
    /// Import a CSV file or a workbook
    Import(import::ImportArgs),
    /// List records
    List(list::ListArgs),
    /// Make a record of any kind
    Create(write::CreateArgs),
    /// Change fields of a record of any kind
    Edit(write::EditArgs),
    /// Delete a record of any kind
    Delete(write::OneArgs),
    /// Show a record of any kind and what can be done to it now
    Show(write::OneArgs),
    /// Run a report
    Report(report::ReportArgs),
    /// Write the periodic report for the management, as a page of HTML or as JSON
    Brief(brief::BriefArgs),
    /// Look over the whole store
    Verify,
    /// List or rebuild the sums that are kept for reports
    #[command(subcommand)]
    Rollup(rollup::RollupCommand),
    /// Write the whole store to one file
    Backup(backup::BackupArgs),
    /// Put a backup in the place of the store, of which a copy is kept
    Restore(restore::RestoreArgs),
    /// Export everything to a directory, from which any store can be loaded; it holds secrets as the store does
    Export(export::ExportArgs),
    /// Load an exported directory into an empty store, or go on where an interrupted load stopped
    Load(load::LoadArgs),
    /// Run commands from a file, one a line
    Script(script::ScriptArgs),
    /// Make, change, delete and show customers
    #[command(subcommand)]
    Customer(write::RecordCommand),
    /// Make, change, delete and show people at customers
    #[command(subcommand)]
    Contact(write::RecordCommand),
    /// Make, change, delete and show what was done with customers
    #[command(subcommand)]
    Activity(write::RecordCommand),
    /// Enter opportunities, plan for them, win or give them up
    #[command(subcommand)]
    Opportunity(opportunity::OpportunityCommand),
    /// Enter service requests and see to them
    #[command(subcommand)]
    Service(service::ServiceCommand),
    /// Find customers who may be lost, and say what is done about them
    #[command(subcommand)]
    Lost(lost::LostCommand),
    /// Do what is due, switch jobs on and off, see what came of them
    Jobs(jobs::JobsArgs),
    /// Record orders, send them off, book payments
    #[command(subcommand)]
    Order(order::OrderCommand),
    /// List and change the texts that fields are chosen from
    #[command(subcommand)]
    Dict(dict::DictCommand),
    /// List and change how numbers of new records are made
    #[command(subcommand)]
    Series(write::SeriesCommand),
    /// Make users, give them passwords, roles and teams, switch them on and off
    #[command(subcommand)]
    User(user::UserCommand),
    /// Make teams, say who leads them and what they are part of
    #[command(subcommand)]
    Team(people::TeamCommand),
    /// Make and delete roles, grant and revoke rights
    #[command(subcommand)]
    Role(people::RoleCommand),
    /// Check a name and a password, typed in or in the first line of the standard input
    SignIn(user::SignInArgs),
    /// Show what a command would change, and change nothing
    Preview(preview::PreviewArgs),
    /// Show what was done to a record, by whom and when
    History(history::HistoryArgs),
    /// Take back what was done, by the set that `history` shows
    Undo(undo::UndoArgs),
    /// Say whether a user may do something, and by which rule
    Explain(explain::ExplainArgs),
}

impl Command {
    /// Carries the command out.
    pub(crate) fn run(&self, call: &mut Call<'_>) -> Result<Outcome, Failure> {
        self.run_on(call).map_err(|failure| failure.named(|| call.session()))
    }

    fn run_on(&self, call: &mut Call<'_>) -> Result<Outcome, Failure> {
        match self {
            Self::Init(args) => init::run(args, call),
            Self::Import(args) => import::run(args, call),
            Self::List(args) => list::run(args, call),
            Self::Create(args) => args.run(call),
            Self::Edit(args) => args.run(call),
            Self::Delete(args) => args.delete(call),
            Self::Show(args) => args.show(call),
            Self::Report(args) => report::run(args, call),
            Self::Brief(args) => brief::run(args, call),
            Self::Verify => verify::run(call),
            Self::Rollup(command) => rollup::run(command, call),
            Self::Backup(args) => backup::run(args, call),
            Self::Restore(args) => restore::run(args, call),
            Self::Export(args) => export::run(args, call),
            Self::Load(args) => load::run(args, call),
            Self::Script(args) => script::run(args, call),
            Self::Customer(command) => command.run("customers", call),
            Self::Contact(command) => command.run("contacts", call),
            Self::Activity(command) => command.run("activities", call),
            Self::Opportunity(command) => opportunity::run(command, call),
            Self::Service(command) => service::run(command, call),
            Self::Lost(command) => lost::run(command, call),
            Self::Jobs(args) => jobs::run(args, call),
            Self::Order(command) => order::run(command, call),
            Self::Dict(command) => dict::run(command, call),
            Self::Series(command) => command.run(call),
            Self::User(command) => user::run(command, call),
            Self::Team(command) => people::team(command, call),
            Self::Role(command) => people::role(command, call),
            Self::SignIn(args) => user::sign_in(args, call),
            Self::Preview(args) => preview::run(args, call),
            Self::History(args) => history::run(args, call),
            Self::Undo(args) => undo::run(args, call),
            Self::Explain(args) => explain::run(args, call),
        }
    }
}

/// A command line of a script.
#[derive(Debug)]
pub(crate) struct Line {
    /// What the line itself says; not the environment, which has spoken to the script as a whole.
    pub(crate) cli: Cli,
    /// Whether it names a store.
    pub(crate) names_store: bool,
}

impl Line {
    /// Reads the words of a line.
    pub(crate) fn parse(words: Vec<String>) -> Result<Self, clap::Error> {
        let words = std::iter::once("crm".to_owned()).chain(words).map(OsString::from);
        let matches = Cli::command().try_get_matches_from(words)?;
        let given = |option| matches.value_source(option) == Some(ValueSource::CommandLine);
        let mut cli = Cli::from_arg_matches(&matches)?;
        if !given("as") {
            cli.globals.actor = None;
        }
        Ok(Self { cli, names_store: given("db") })
    }
}
