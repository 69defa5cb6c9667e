//! `crm undo`: taking back what a set did.

use crmkit::id::SetId;
use crmkit::prelude::*;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnType, Label};
use pollster::block_on;

use crate::call::Call;
use crate::cli::Format;
use crate::failure::{Failure, Outcome};

#[derive(Debug, clap::Args)]
pub(crate) struct UndoArgs {
    /// The set, as `history` shows it
    set: String,
}

/// Takes it back and names the set that did.
pub(crate) fn run(args: &UndoArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let set: RecordId = args.set.parse().map_err(|error| Failure::Usage(format!("{error}")))?;
    let session = call.session()?;
    let undone = block_on(session.undo(SetId(set)))?;
    if call.format() != Format::Text {
        let mut table = Table::new(vec![
            Column::new("set", ColumnType::Text, Label::new("批次", "Set")),
            Column::new("records", ColumnType::Int, Label::new("记录数", "Records")),
        ]);
        let records = i64::try_from(undone.records).unwrap_or(i64::MAX);
        table.push(vec![undone.set.to_string().into(), records.into()]);
        call.print(&Report::new("undo", Vec::new(), table, session.lang()))?;
        return Ok(Outcome::Done);
    }
    let records = if undone.records == 1 { "1 record".to_owned() } else { format!("{} records", undone.records) };
    call.say(&format!("taken back: {records}; `crm undo {}` does it again", undone.set))?;
    Ok(Outcome::Done)
}
