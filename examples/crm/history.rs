//! `crm history`: what was done to a record.

use std::collections::HashMap;

use crmkit::prelude::*;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{Choice, ColumnType, Label};
use crmkit::session::{TrailEntry, TrailOptions};
use pollster::block_on;

use crate::call::Call;
use crate::cli::Format;
use crate::failure::{Failure, Outcome};
use crate::kind::Kind;

#[derive(Debug, clap::Args)]
pub(crate) struct HistoryArgs {
    /// What kind of record it is, such as customers
    kind: String,
    /// Its number, code, login or name; of a deleted one its id
    id: String,
    /// How many of the latest changes are shown
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
}

/// Prints the changes, the newest first.
pub(crate) fn run(args: &HistoryArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    let def = Kind::named(session.crm().schema(), &args.kind)?.def;
    let (entries, names) = block_on(async {
        let records = session.untyped(&def.code)?;
        let id = match (records.named(&args.id).await, args.id.parse::<RecordId>()) {
            (Ok(found), _) => found.id,
            (Err(Error::NotFound { .. }), Ok(id)) => id,
            (Err(error), _) => return Err(error),
        };
        let options = TrailOptions { limit: args.limit.min(10_000), ..Default::default() };
        let entries = records.history(id, &options).await?.entries;
        let names = names(&session, &entries).await?;
        Ok((entries, names))
    })?;
    let table = table(&entries, &names, &session, call.format());
    let parameters = vec![("kind".into(), args.kind.as_str().into()), ("id".into(), args.id.as_str().into())];
    call.print(&Report::new("history", parameters, table, session.lang()))?;
    Ok(Outcome::Done)
}

/// The logins of who acted, as far as the reader may see them.
async fn names(session: &Session, entries: &[TrailEntry]) -> Result<HashMap<Id<User>, String>> {
    let actors: Vec<Id<User>> = entries.iter().filter_map(|entry| entry.actor).collect();
    let actors = actors.into_iter().map(|actor| Value::Id(actor.raw())).collect();
    let these = Filter::In { path: Path::field("id"), values: actors };
    let query = Query::of::<User>().filter(these).limit(10_000);
    match session.users().list(query).await {
        Ok(list) => Ok(list.items.into_iter().map(|user| (user.id, user.name)).collect()),
        Err(Error::Denied { .. }) => Ok(HashMap::new()),
        Err(error) => Err(error),
    }
}

/// A row for each field that was changed; for a change of which no field is kept, one without.
fn table(entries: &[TrailEntry], names: &HashMap<Id<User>, String>, session: &Session, format: Format) -> Table {
    let text = |name, zh, en| Column::new(name, ColumnType::Text, Label::new(zh, en));
    let mut table = Table::new(vec![
        Column::new("at", ColumnType::Timestamp, Label::new("时间", "At")),
        text("actor", "操作人", "Actor"),
        text("command", "命令", "Command"),
        text("change", "操作", "Change"),
        text("field", "字段", "Field"),
        text("before", "之前", "Before"),
        text("set", "批次", "Set"),
    ]);
    let people = format == Format::Text;
    for entry in entries {
        let actor = entry.actor.map_or_else(
            || "system".to_owned(),
            |actor| names.get(&actor).cloned().unwrap_or_else(|| actor.to_string()),
        );
        let head = [entry.at.into(), actor.into(), entry.command.clone().into(), entry.kind.code().into()];
        let set = Value::from(entry.set.to_string());
        if entry.fields.is_empty() {
            table.push(head.into_iter().chain([Value::Null, Value::Null, set]).collect());
            continue;
        }
        for field in &entry.fields {
            let name = if people { field.label.text(session.lang()).to_owned() } else { field.name.to_string() };
            let before = match &field.value {
                None => Value::from("(not kept)"),
                Some(Value::Null) => Value::Null,
                Some(value) => Value::from(value.to_string()),
            };
            table.push(head.clone().into_iter().chain([name.into(), before, set.clone()]).collect());
        }
    }
    table
}
