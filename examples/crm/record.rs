//! What commands about one record print: a sentence or a card for people, the record itself for programs.

use std::io::Write;

use crmkit::prelude::*;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnType, Label, Lang};

use crate::call::Call;
use crate::cli::Format;
use crate::failure::{Failure, Outcome};
use crate::list;

/// Says what was done to a record.
pub(crate) fn tell(
    call: &mut Call<'_>,
    session: &Session,
    kind: &str,
    id: RecordId,
    sentence: &str,
) -> Result<Outcome, Failure> {
    if call.format() == Format::Text {
        call.say(sentence)?;
    } else {
        let table = list::matching(session, kind, "id", id)?;
        call.print(&Report::new(kind.to_owned(), Vec::new(), table, session.lang()))?;
    }
    Ok(Outcome::Done)
}

/// Shows a record; to people also what belongs to it: records of these kinds that refer to it by these fields.
pub(crate) fn show(
    call: &mut Call<'_>,
    session: &Session,
    kind: &str,
    id: RecordId,
    belongings: &[(&str, &str)],
) -> Result<Outcome, Failure> {
    let (table, lang) = (list::matching(session, kind, "id", id)?, session.lang());
    if call.format() != Format::Text {
        call.print(&Report::new(kind.to_owned(), Vec::new(), table, lang))?;
        return Ok(Outcome::Done);
    }
    let zone = session.crm().organisation().zone();
    let card = card(&list::for_people(&table, zone, true), lang);
    call.print(&Report::new(kind.to_owned(), Vec::new(), card, lang))?;
    for (kind, field) in belongings {
        let table = list::matching(session, kind, field, id)?;
        if !table.rows().is_empty() {
            writeln!(call.out)?;
            let table = list::for_people(&table, zone, true);
            call.print(&Report::new((*kind).to_owned(), Vec::new(), table, lang))?;
        }
    }
    Ok(Outcome::Done)
}

/// The fields of a record below one another.
fn card(table: &Table, lang: Lang) -> Table {
    let text = |name, zh, en| Column::new(name, ColumnType::Text, Label::new(zh, en));
    let mut card = Table::new(vec![text("field", "字段", "Field"), text("value", "值", "Value")]);
    for row in table.rows() {
        for (column, value) in table.columns().iter().zip(row) {
            let label = match (&column.column_type, value) {
                (ColumnType::Choice(choice), Value::Text(code)) => choice.item(code).map(|item| item.label.text(lang)),
                _ => None,
            };
            let shown = label.map_or_else(|| value.to_string(), ToOwned::to_owned);
            card.push(vec![column.label.text(lang).into(), shown.into()]);
        }
    }
    card
}
