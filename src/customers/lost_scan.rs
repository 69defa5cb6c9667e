//! Which customers a scan for silences has to look at, and which of them it warns of.

use std::collections::HashMap;

use chrono::Months;
use chrono_tz::Tz;

use super::{Customer, CustomerStatus, LossStatus, LostCustomer, NewCustomer, NewLostCustomer};
use crate::error::{Error, Result};
use crate::id::{Id, RecordId};
use crate::problem::FieldProblem;
use crate::query::Query;
use crate::schema::{Choice, Entity, Path, Record};
use crate::value::{Date, Timestamp, date_in_range};

/// How a scan for silent customers decides.
///
/// # Examples
///
/// ```
/// use crmkit::customers::LostScanOptions;
///
/// let options = LostScanOptions { as_of: Some("1998-05-06".parse()?), ..Default::default() };
/// assert_eq!(options.cutoff("2026-01-01".parse()?)?.to_string(), "1997-11-06");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct LostScanOptions {
    /// The day it is asked for; without it, today.
    pub as_of: Option<Date>,
    /// How many calendar months a customer may be silent; the day so long ago still counts as active.
    pub months: u32,
    /// Whether a customer who never ordered counts as silent from the day he was entered.
    pub include_never_ordered: bool,
}

impl Default for LostScanOptions {
    fn default() -> Self {
        Self { as_of: None, months: 6, include_never_ordered: true }
    }
}

impl LostScanOptions {
    /// The day before which the last order of a silent customer lies.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if that is before year 1.
    pub fn cutoff(&self, today: Date) -> Result<Date> {
        let cutoff = self.as_of.unwrap_or(today).checked_sub_months(Months::new(self.months));
        cutoff.filter(|cutoff| date_in_range(*cutoff)).ok_or_else(|| {
            let sentence = format!("{} months before that day there is no date", self.months);
            let problems = vec![FieldProblem::invalid("months", sentence)];
            Error::Invalid { entity: "lost_customer".into(), problems }
        })
    }

    /// The questions that find the silent customers: range reads over status, last order date and the time they were
    /// entered, in the order of an index over these.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the cutoff has no beginning in the zone.
    pub fn candidates(&self, cutoff: Date, zone: Tz) -> Result<Vec<Query>> {
        let normal = || Query::of::<Customer>().filter(Customer::status.eq(CustomerStatus::Normal));
        let silent = normal().filter(Customer::last_order_on.lt(cutoff)).order(Customer::last_order_on.asc());
        let silent = silent.order(Customer::created_at.asc());
        if !self.include_never_ordered {
            return Ok(vec![silent]);
        }
        let first = Timestamp::start_of_day(cutoff, zone).map_err(|error| {
            let problems = vec![FieldProblem::invalid("as_of", error.to_string())];
            Error::Invalid { entity: "lost_customer".into(), problems }
        })?;
        let never = normal().filter(Customer::last_order_on.is_null()).filter(Customer::created_at.lt(first));
        let never = never.order(Customer::created_at.asc());
        Ok(vec![silent, never])
    }
}

impl LostCustomer {
    /// What tells one silence from another, in the order in which [`known`](Self::known) takes it.
    pub(crate) fn silence() -> [Path; 3] {
        [Self::customer.path(), Self::last_order_date.path(), Self::status.path()]
    }

    /// As much of a row as was read: what it is about, since when, and whether it is over.
    pub(crate) fn known(row: &Record) -> Self {
        // What can't be read is open: a warning too few is made up for, one too many is not.
        let status = row.value(2).as_text().and_then(|code| LossStatus::from_code(code).ok());
        Self {
            customer: Id::new(row.value(0).as_id().unwrap_or(RecordId::NIL)),
            last_order_date: row.value(1).as_date(),
            status: status.unwrap_or(LossStatus::Warning),
            ..Self::draft(Id::new(row.id), NewLostCustomer::default())
        }
    }
}

impl Customer {
    /// As much of a customer as was read: the day of the last order.
    pub(crate) fn silent_since(row: &Record) -> Self {
        let last_order_on = row.value(0).as_date();
        Self { last_order_on, version: row.version, ..Self::draft(Id::new(row.id), NewCustomer::default()) }
    }
}

/// The customers among the silent ones whose silence is not known yet. `known` are all rows about them.
///
/// # Examples
///
/// ```
/// use crmkit::customers::unnoticed;
/// use crmkit::prelude::*;
///
/// let silent = vec![Customer::draft(Id::NIL, NewCustomer::new("Acme"))];
/// let known = LostCustomer::warning(Id::NIL, &silent[0], Timestamp::EPOCH);
/// assert_eq!(unnoticed(silent.clone(), &[]).len(), 1);
/// assert!(unnoticed(silent, &[known]).is_empty(), "one warning for one silence");
/// ```
#[must_use]
pub fn unnoticed(silent: Vec<Customer>, known: &[LostCustomer]) -> Vec<Customer> {
    let mut by_customer: HashMap<Id<Customer>, Vec<&LostCustomer>> = HashMap::new();
    for row in known {
        by_customer.entry(row.customer).or_default().push(row);
    }
    let is_new = |customer: &Customer| {
        let rows = by_customer.get(&customer.id).map(Vec::as_slice).unwrap_or_default();
        rows.iter().all(|row| row.is_over_before(customer.last_order_on))
    };
    silent.into_iter().filter(is_new).collect()
}
