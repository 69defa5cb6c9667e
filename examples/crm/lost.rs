//! `crm lost`: customers who have not ordered for long.

use clap::Subcommand;
use crmkit::customers::{LostCustomer, LostScanOptions};
use crmkit::prelude::*;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnType, Label};
use pollster::block_on;

use crate::call::Call;
use crate::cli::Format;
use crate::failure::{Failure, Outcome};
use crate::list::{self, ListArgs};
use crate::record::tell;

#[derive(Debug, Subcommand)]
pub(crate) enum LostCommand {
    /// Warn of customers who have been silent for long
    Scan {
        /// The day it is asked for; without it today
        #[arg(long, value_name = "DATE")]
        as_of: Option<Date>,
        /// How many calendar months a customer may be silent
        #[arg(long, value_name = "N", default_value_t = LostScanOptions::default().months)]
        months: u32,
        /// Leave out customers who never ordered
        #[arg(long)]
        only_ordered: bool,
    },
    /// Record what is done to win a customer back
    Defer {
        /// The customer, by number or name
        customer: String,
        /// What is done
        measure: String,
    },
    /// Give a customer up
    Confirm {
        /// The customer, by number or name
        customer: String,
        /// Why he is lost
        reason: String,
    },
    /// List them
    List {
        /// Only those of this status: warning, deferred, confirmed or resolved
        #[arg(long, value_name = "STATUS")]
        status: Option<String>,
    },
}

pub(crate) fn run(command: &LostCommand, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    match command {
        LostCommand::Scan { as_of, months, only_ordered } => {
            let options = LostScanOptions { as_of: *as_of, months: *months, include_never_ordered: !only_ordered };
            scan(&options, &session, call)
        }
        LostCommand::Defer { customer, measure } => {
            let done = block_on(async {
                let row = row_of(&session, customer).await?;
                session.lost_customers().defer(row, measure).await
            })?;
            tell(call, &session, "lost", done.id.raw(), &format!("the loss of `{customer}` is deferred"))
        }
        LostCommand::Confirm { customer, reason } => {
            let done = block_on(async {
                let row = row_of(&session, customer).await?;
                session.lost_customers().confirm(row, reason).await
            })?;
            tell(call, &session, "lost", done.id.raw(), &format!("the customer `{customer}` is lost"))
        }
        LostCommand::List { status } => {
            let conditions = status.iter().map(|status| format!("status={status}")).collect();
            list::run(&ListArgs::of("lost", conditions), call)
        }
    }
}

/// What is known of a customer's silence: what is open, else the latest.
async fn row_of(session: &Session, customer: &str) -> Result<Id<LostCustomer>> {
    let about = session.customers().named(customer).await?.id;
    let rows = Query::of::<LostCustomer>().filter(LostCustomer::customer.eq(about));
    let rows = session.lost_customers().list(rows.order(LostCustomer::warned_at.desc())).await?.items;
    let row = rows.iter().find(|row| row.is_open()).or(rows.first()).map(|row| row.id);
    row.ok_or_else(|| Error::NotFound { entity: "lost_customer".into(), key: customer.chars().take(80).collect() })
}

fn scan(options: &LostScanOptions, session: &Session, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let scan = block_on(session.lost_scan(options))?;
    if call.format() == Format::Text {
        let (cutoff, silent) = (scan.cutoff, scan.silent);
        call.say(&format!(
            "customers silent since before {cutoff}: {silent}, warned of now: {}; open warnings: {}, resolved now: {}",
            scan.warned, scan.open, scan.resolved
        ))?;
        return Ok(Outcome::Done);
    }
    let count = |name, zh, en| Column::new(name, ColumnType::Int, Label::new(zh, en));
    let mut table = Table::new(vec![
        Column::new("cutoff", ColumnType::Date, Label::new("截止日期", "Cutoff")),
        count("silent", "沉默客户", "Silent"),
        count("warned", "新预警", "Warned"),
        count("open", "未决预警", "Open"),
        count("resolved", "已挽回", "Resolved"),
    ]);
    let counts = [scan.silent, scan.warned, scan.open, scan.resolved];
    let counts = counts.iter().map(|count| i64::try_from(*count).unwrap_or(i64::MAX).into());
    table.push(std::iter::once(scan.cutoff.into()).chain(counts).collect());
    call.print(&Report::new("lost_scan", Vec::new(), table, session.lang()))?;
    Ok(Outcome::Done)
}
