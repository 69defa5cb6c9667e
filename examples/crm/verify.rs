//! `crm verify`: is everything in order?

use crmkit::query::Filter;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnType, Label};
use pollster::block_on;

use crate::call::Call;
use crate::cli::Format;
use crate::failure::{Failure, Outcome};

/// Prints a line for each fault, or what was looked at.
pub(crate) fn run(call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    let faults = block_on(session.verify())?;
    if call.format() != Format::Text {
        let fault = Column::new("fault", ColumnType::Text, Label::new("问题", "Fault"));
        let mut table = Table::new(vec![fault]);
        faults.iter().for_each(|fault| table.push(vec![fault.as_str().into()]));
        call.print(&Report::new("verify", Vec::new(), table, session.lang()))?;
    }
    if faults.is_empty() {
        let (mut kinds, mut records) = (0_u64, 0);
        for def in session.crm().schema().entities().filter(|def| !def.facts.secret) {
            kinds += 1;
            // Who may have everything looked over need not be one who may see everything.
            records += block_on(session.crm().system().untyped(&def.code)?.count(Filter::All))?;
        }
        call.say(&format!(
            "no faults: looked at the store, {records} records of {kinds} kinds, and what follows from them"
        ))?;
        return Ok(Outcome::Done);
    }
    for fault in &faults {
        call.say(fault)?;
    }
    let many = if faults.len() == 1 { "1 fault" } else { &format!("{} faults", faults.len()) };
    Ok(Outcome::Stopped(Failure::Failed(format!("{many} found"))))
}
