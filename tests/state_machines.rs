//! The page of state diagrams says what the tables say.
//!
//! `UPDATE_GOLDEN=1 cargo test --test state_machines` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::path::Path;

use crmkit::customers::{CustomerStatus, LossStatus, LostCustomer};
use crmkit::machine::{Machine, diagram};
use crmkit::marketing::{Opportunity, OpportunityStatus};
use crmkit::prelude::*;
use crmkit::schema::ChoiceDef;
use crmkit::service::{ServiceRequest, ServiceStatus};

const INTRODUCTION: &str = "# State machines

What can happen to a record in which state, drawn from the tables in the sources. Each event needs the right of its
name, such as `opportunity.assign`. An event that the state does not allow is refused with a sentence that says which
state it needs, and changes nothing.
";

fn section<S: Choice, M: Machine<S>>(page: &mut String) {
    let (entity, states): (_, std::sync::Arc<ChoiceDef>) = (M::definition(), S::definition());
    let field = entity.columns.iter().find(|column| match &column.column_type {
        crmkit::schema::ColumnType::Choice(choice) => choice.name == states.name,
        _ => false,
    });
    let (label, field) = (&entity.label, field.map(|column| &column.label).unwrap());
    writeln!(page, "\n## {} {}: {} {}\n", label.en, label.zh, field.en, field.zh).unwrap();
    writeln!(page, "```mermaid\n{}```\n", diagram::<S, M>()).unwrap();
    writeln!(page, "| state | | |\n|---|---|---|").unwrap();
    for state in &states.items {
        writeln!(page, "| `{}` | {} | {} |", state.code, state.label.en, state.label.zh).unwrap();
    }
    let mine = |events: &[&str]| M::STEPS.iter().any(|step| events.contains(&step.event));
    for condition in M::CONDITIONS.iter().filter(|condition| mine(condition.events)) {
        let events: Vec<String> = condition.events.iter().map(|event| format!("`{event}`")).collect();
        writeln!(page, "\n{}: {}.", events.join(", "), condition.rule).unwrap();
    }
}

#[test]
fn the_diagrams_are_those_of_the_tables() {
    let mut page = INTRODUCTION.to_owned();
    section::<OpportunityStatus, Opportunity>(&mut page);
    section::<LossStatus, LostCustomer>(&mut page);
    section::<CustomerStatus, Customer>(&mut page);
    section::<ServiceStatus, ServiceRequest>(&mut page);
    section::<OrderStatus, Order>(&mut page);
    section::<Payment, Order>(&mut page);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/state-machines.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "{} is out of date; set UPDATE_GOLDEN=1\n{page}", path.display());
}
