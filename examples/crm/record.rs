//! What commands about one record print: a sentence or a card for people, the record itself for programs.

use std::io::Write;

use crmkit::prelude::*;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnType, Label, Lang, Record};
use pollster::block_on;

use crate::call::{Call, Trial};
use crate::cli::Format;
use crate::failure::{Failure, Outcome};
use crate::kind::Kind;
use crate::list;

/// What people call a record: its number, code, login or name; where it has none, its id and what it refers to.
pub(crate) async fn name(session: &Session, entity: &str, id: RecordId) -> Option<String> {
    let records = session.untyped(entity).ok()?;
    let (record, def) = (records.named(&id.to_string()).await.ok()?, records.definition());
    if let Some(name) = def.facts.natural.first().and_then(|field| record.field(def, field)) {
        return (!name.is_null()).then(|| format!("`{name}`"));
    }
    let names = records.names(std::slice::from_ref(&record)).await.ok()?;
    let mut referred = def.columns.iter().enumerate().filter_map(|(place, column)| {
        let name = names.get(&record.value(place).as_id()?)?;
        Some(format!("{id} ({} `{name}`)", column.name.replace('_', " ")))
    });
    referred.next()
}

/// Says what was done to a record.
pub(crate) fn tell(
    call: &mut Call<'_>,
    session: &Session,
    kind: &str,
    id: RecordId,
    sentence: &str,
) -> Result<Outcome, Failure> {
    if !matches!(call.trial, Trial::Earnest) {
        // What would be is printed by who tries it out.
        return Ok(Outcome::Done);
    }
    if call.format() == Format::Text {
        call.say(sentence)?;
    } else {
        let table = list::matching(session, kind, "id", id)?;
        call.print(&Report::new(kind.to_owned(), Vec::new(), table, session.lang()))?;
    }
    Ok(Outcome::Done)
}

/// Shows a record and what can be done to it now; to people also what belongs to it.
pub(crate) fn show(call: &mut Call<'_>, session: &Session, kind: &Kind, record: &Record) -> Result<Outcome, Failure> {
    let (name, lang) = (kind.def.code.to_string(), session.lang());
    let table = list::matching(session, &name, "id", record.id)?;
    let allowed = block_on(async { session.untyped(&name)?.allowed_actions(record).await })?;
    if call.format() != Format::Text {
        let table = with_column(&table, "actions", Label::new("可做操作", "Can be done"), &allowed.join(" "));
        call.print(&Report::new(name, Vec::new(), table, lang))?;
        return Ok(Outcome::Done);
    }
    let zone = session.crm().organisation().zone();
    let table = list::for_people(&table, zone, true);
    let table = with_column(&table, "actions", Label::new("可做操作", "Can be done"), &allowed.join(", "));
    call.print(&Report::new(name.clone(), Vec::new(), card(&table, lang), lang))?;
    for (kind, field, filter) in belongings(&name) {
        let code = Kind::named(session.crm().schema(), kind)?.def.code.clone();
        // Who may see the record need not see what belongs to it.
        if block_on(session.require(&format!("{code}.read"))).is_err() {
            continue;
        }
        let table = list::belonging(session, kind, field, record.id, filter)?;
        if !table.rows().is_empty() {
            writeln!(call.out)?;
            let table = list::for_people(&table, zone, true);
            call.print(&Report::new(kind.to_owned(), Vec::new(), table, lang))?;
        }
    }
    Ok(Outcome::Done)
}

/// The kinds of records that belong to those of an entity, the fields they refer to them by, and which of them count.
fn belongings(code: &str) -> Vec<(&'static str, &'static str, Filter)> {
    match code {
        "customer" => vec![
            ("contacts", "customer", Filter::All),
            ("activities", "customer", Filter::All),
            ("orders", "customer", Order::counts()),
        ],
        "opportunity" => vec![("plans", "opportunity", Filter::All)],
        "order" => vec![("order_lines", "order", Filter::All)],
        "service_request" => vec![("service_rounds", "request", Filter::All)],
        "lost_customer" => vec![("loss_measures", "lost", Filter::All)],
        _ => Vec::new(),
    }
}

fn with_column(table: &Table, name: &'static str, label: Label, value: &str) -> Table {
    let more = Column::new(name, ColumnType::Text, label);
    let mut wider = Table::new(table.columns().iter().cloned().chain([more]).collect());
    for row in table.rows() {
        wider.push(row.iter().cloned().chain([value.into()]).collect());
    }
    wider
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
