//! `crm rollup`: sums that are kept so that reports need not add up the records.

use clap::Subcommand;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{Choice, ColumnType, Label};
use pollster::block_on;

use crate::call::Call;
use crate::failure::{Failure, Outcome};

#[derive(Debug, Subcommand)]
pub(crate) enum RollupCommand {
    /// List the rollups, and whether reports can use them
    List,
    /// Build every rollup anew, while others work
    Rebuild,
}

pub(crate) fn run(command: &RollupCommand, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    let rollups = match command {
        RollupCommand::List => block_on(session.rollups())?,
        RollupCommand::Rebuild => block_on(session.rebuild_rollups())?,
    };
    let text = |name: &'static str, zh, en| Column::new(name, ColumnType::Text, Label::new(zh, en));
    let mut table = Table::new(vec![
        text("name", "名称", "Rollup"),
        text("entity", "对象", "Entity"),
        text("phase", "状态", "Phase"),
        text("time_zone", "时区", "Time zone"),
    ]);
    for rollup in rollups {
        let (entity, phase) = (rollup.entity.to_string(), rollup.phase.code());
        table.push(vec![rollup.name.into(), entity.into(), phase.into(), rollup.time_zone.into()]);
    }
    call.print(&Report::new("rollups", Vec::new(), table, session.lang()))?;
    Ok(Outcome::Done)
}
