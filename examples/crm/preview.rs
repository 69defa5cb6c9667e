//! `crm preview`: what a command would change.

use crmkit::prelude::*;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnType, Label};
use crmkit::session::RecordChange;
use pollster::block_on;

use crate::call::{Call, Trial};
use crate::cli::{Format, Line};
use crate::failure::{Failure, Outcome};
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub(crate) struct PreviewArgs {
    /// The command, as it would be given
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Carries the command out on what would be, and prints what would be changed.
pub(crate) fn run(args: &PreviewArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    if !matches!(call.trial, Trial::Earnest) {
        return Err(Failure::Usage("a preview can't be previewed".to_owned()));
    }
    let line = Line::parse(args.command.clone()).map_err(|error| Failure::Usage(sentence(&error)))?;
    let mut nowhere = Output::Nowhere;
    let mut trial = Call { trial: Trial::Ready, ..Call::new(call.shell, call.globals, &mut nowhere) };
    let outcome = line.cli.command.run(&mut trial)?;
    let changes = match &trial.trial {
        Trial::Begun(preview) => block_on(preview.changes())?,
        Trial::Earnest | Trial::Ready => Vec::new(),
    };
    let session = call.session()?;
    let table = table(&changes, &session, call.format());
    call.print(&Report::new("preview", Vec::new(), table, session.lang()))?;
    Ok(outcome)
}

/// A row for each field that would change; for a record of which no field is shown, one without.
fn table(changes: &[RecordChange], session: &Session, format: Format) -> Table {
    let text = |name, zh, en| Column::new(name, ColumnType::Text, Label::new(zh, en));
    let mut table = Table::new(vec![
        text("entity", "对象", "Entity"),
        text("record", "记录", "Record"),
        text("change", "操作", "Change"),
        text("field", "字段", "Field"),
        text("before", "之前", "Before"),
        text("after", "之后", "After"),
    ]);
    let people = format == Format::Text;
    let said = |label: &Label, code: &str| if people { label.text(session.lang()).to_owned() } else { code.to_owned() };
    let shown = |value: &Value| if value.is_null() { Value::Null } else { Value::from(value.to_string()) };
    for change in changes {
        let record = change.name.clone().unwrap_or_else(|| change.id.to_string());
        let head = [said(&change.label, &change.entity), record, change.kind.code().to_owned()].map(Value::from);
        if change.fields.is_empty() {
            table.push(head.into_iter().chain([Value::Null, Value::Null, Value::Null]).collect());
            continue;
        }
        for field in &change.fields {
            let tail = [said(&field.label, &field.name).into(), shown(&field.before), shown(&field.after)];
            table.push(head.clone().into_iter().chain(tail).collect());
        }
    }
    table
}

/// What is wrong with the command, in one line.
fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix("error: ").unwrap_or(first).to_owned()
}
