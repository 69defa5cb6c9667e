//! `crm create`, `edit`, `delete`, `show`: records of any kind, by the rules that their commands have too.

use std::collections::BTreeSet;

use clap::Subcommand;
use crmkit::prelude::*;
use crmkit::schema::{EntityDef, Name, Record};
use crmkit::session::Untyped;
use pollster::block_on;

use crate::call::Call;
use crate::failure::{Failure, Outcome};
use crate::kind::{Field, Kind};
use crate::list::{self, ListArgs};
use crate::record::{show, tell};

/// Where to look for fields.
const FIELDS: &str = "The fields are the columns of `crm --format csv list KIND --limit 0`; some are kept by the system. \
                      One that refers to another record takes its number, code, login, name or id.";
/// Where to look for ids.
const IDS: &str =
    "What has no number, code, login or name goes by its id: `crm --format csv list plans --columns id,todo`.";

#[derive(Debug, clap::Args)]
#[command(after_help = FIELDS)]
pub(crate) struct CreateArgs {
    /// What to make, such as customers or order_lines
    kind: String,
    /// What it has in its fields, such as name=Acme level=5
    #[arg(value_name = "FIELD=VALUE", required = true)]
    fields: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = format!("{FIELDS}\n{IDS}"))]
pub(crate) struct EditArgs {
    /// What kind of record it is, such as customers
    kind: String,
    /// Its number, code, login, name or id
    id: String,
    /// What it shall have in its fields; no value behind = empties one
    #[arg(value_name = "FIELD=VALUE", required = true)]
    fields: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = IDS)]
pub(crate) struct OneArgs {
    /// What kind of record it is, such as customers
    kind: String,
    /// Its number, code, login, name or id
    id: String,
}

/// The same commands for one kind.
#[derive(Debug, Subcommand)]
#[command(after_help = FIELDS)]
pub(crate) enum RecordCommand {
    /// Make one
    Create {
        /// What it has in its fields, such as name=Acme
        #[arg(value_name = "FIELD=VALUE", required = true)]
        fields: Vec<String>,
    },
    /// Change one
    Edit {
        /// Its number, name or id
        id: String,
        /// What it shall have in its fields; no value behind = empties one
        #[arg(value_name = "FIELD=VALUE", required = true)]
        fields: Vec<String>,
    },
    /// Delete one
    Delete {
        /// Its number, name or id
        id: String,
    },
    /// Show one, what can be done to it now, and what belongs to it
    Show {
        /// Its number, name or id
        id: String,
    },
}

/// What is done to number series.
#[derive(Debug, Subcommand)]
pub(crate) enum SeriesCommand {
    /// List them
    List,
    /// Change how the next numbers of one are made
    Edit {
        /// The code, such as customer
        code: String,
        /// What it shall have in its fields, such as prefix=C width=5; no value behind = empties one
        #[arg(value_name = "FIELD=VALUE", required = true)]
        fields: Vec<String>,
    },
}

impl RecordCommand {
    /// Carries the command out on records of a kind.
    pub(crate) fn run(&self, kind: &str, call: &mut Call<'_>) -> Result<Outcome, Failure> {
        match self {
            Self::Create { fields } => create(kind, fields, call),
            Self::Edit { id, fields } => edit(kind, id, fields, call),
            Self::Delete { id } => delete(kind, id, call),
            Self::Show { id } => show_one(kind, id, call),
        }
    }
}

impl SeriesCommand {
    /// Carries the command out.
    pub(crate) fn run(&self, call: &mut Call<'_>) -> Result<Outcome, Failure> {
        match self {
            Self::List => list::run(&ListArgs::of("number_series", Vec::new()), call),
            Self::Edit { code, fields } => edit("number_series", code, fields, call),
        }
    }
}

impl CreateArgs {
    /// Makes the record.
    pub(crate) fn run(&self, call: &mut Call<'_>) -> Result<Outcome, Failure> {
        create(&self.kind, &self.fields, call)
    }
}

impl EditArgs {
    /// Changes the record.
    pub(crate) fn run(&self, call: &mut Call<'_>) -> Result<Outcome, Failure> {
        edit(&self.kind, &self.id, &self.fields, call)
    }
}

impl OneArgs {
    /// Deletes the record.
    pub(crate) fn delete(&self, call: &mut Call<'_>) -> Result<Outcome, Failure> {
        delete(&self.kind, &self.id, call)
    }

    /// Shows the record.
    pub(crate) fn show(&self, call: &mut Call<'_>) -> Result<Outcome, Failure> {
        show_one(&self.kind, &self.id, call)
    }
}

/// The records of a kind, as whoever acts may see them.
fn records(call: &mut Call<'_>, name: &str) -> Result<(Session, Kind, Untyped), Failure> {
    // A name that is wrong makes no file.
    let schema = crmkit::standard_schema().map_err(Error::from)?;
    Kind::named(&schema, name)?;
    let session = call.session()?;
    let kind = Kind::named(session.crm().schema(), name)?;
    let records = session.untyped(&kind.def.code)?;
    Ok((session, kind, records))
}

fn create(kind: &str, fields: &[String], call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let (session, kind, records) = records(call, kind)?;
    let typed = typed(&kind, fields)?;
    let made = block_on(async { records.create(values(&records, &typed).await?).await })?;
    let sentence = format!("made the {}", called(&kind.def, &made));
    tell(call, &session, &kind.def.code, made.id, &sentence)
}

fn edit(kind: &str, id: &str, fields: &[String], call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let (session, kind, records) = records(call, kind)?;
    let typed = typed(&kind, fields)?;
    let found = block_on(records.named(id))?;
    let edited = block_on(async { records.edit(found.id, None, values(&records, &typed).await?).await });
    let edited = edited.map_err(|error| match error {
        // It says what is wrong with the fields, not whose they are.
        Error::Invalid { .. } => Failure::from(error).at(&format!("`{id}`")),
        error => error.into(),
    })?;
    tell(call, &session, &kind.def.code, edited.id, &format!("changed the {}", called(&kind.def, &edited)))
}

fn delete(kind: &str, id: &str, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let (_, kind, records) = records(call, kind)?;
    let found = block_on(records.named(id))?;
    block_on(records.delete(found.id))?;
    call.say(&format!("deleted the {}", called(&kind.def, &found)))?;
    Ok(Outcome::Done)
}

/// Shows the record of a kind that people call so.
pub(crate) fn show_one(kind: &str, id: &str, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let (session, kind, records) = records(call, kind)?;
    let found = block_on(records.named(id))?;
    show(call, &session, &kind, &found)
}

/// The names and texts of fields, each field once.
fn typed(kind: &Kind, fields: &[String]) -> Result<Vec<(Name, String)>, Failure> {
    let mut named = BTreeSet::new();
    let mut typed = Vec::with_capacity(fields.len());
    for text in fields {
        let usage = || Failure::Usage(format!("`{text}` is not FIELD=VALUE, such as name=Acme"));
        let (name, value) = text.split_once('=').ok_or_else(usage)?;
        let column = match kind.field(name)? {
            Field::Id => return Err(Failure::Usage("the `id` of a record can't be set".to_owned())),
            field => kind.column(&field).map(|column| column.name.clone()),
        };
        let column = column.ok_or_else(usage)?;
        if !named.insert(column.clone()) {
            return Err(Failure::Usage(format!("`{column}` is given more than once")));
        }
        typed.push((column, value.to_owned()));
    }
    Ok(typed)
}

/// What the texts mean to whoever acts.
async fn values(records: &Untyped, typed: &[(Name, String)]) -> Result<Vec<(Name, Value)>> {
    let mut values = Vec::with_capacity(typed.len());
    for (name, text) in typed {
        values.push((name.clone(), records.read(name, text).await?));
    }
    Ok(values)
}

/// What people call a record.
fn called(def: &EntityDef, record: &Record) -> String {
    let name = def.facts.natural.first().and_then(|field| record.field(def, field)).and_then(Value::as_text);
    let name = name.map_or_else(|| record.id.to_string(), ToOwned::to_owned);
    format!("{} `{name}`", def.code.replace('_', " "))
}
