//! Looking for requests that are done with.

use super::{ServiceRequest, ServiceStatus};
use crate::customers::Customer;
use crate::id::Id;
use crate::query::{Filter, Query};
use crate::value::{Date, Timestamp, TimestampError};
use chrono_tz::Tz;

/// Which archived requests to look for; what is not given does not matter.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::service::ArchiveSearch;
///
/// let search = ArchiveSearch {
///     title: Some("broken pots".into()),
///     r#type: Some("complaint".into()),
///     from: Some("2026-01-01".parse()?),
///     ..Default::default()
/// };
/// let query = search.query(chrono_tz::Asia::Shanghai)?;
/// assert_eq!(query.entity, "cst_service");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ArchiveSearch {
    /// Whose.
    pub customer: Option<Id<Customer>>,
    /// Words of the title.
    pub title: Option<String>,
    /// Of which type.
    pub r#type: Option<String>,
    /// Entered on this day or later, in the organisation's zone.
    pub from: Option<Date>,
    /// Entered on this day or earlier, in the organisation's zone.
    pub to: Option<Date>,
}

impl ArchiveSearch {
    /// The question to the store: the newest first.
    ///
    /// # Errors
    ///
    /// [`TimestampError`] if a day lies outside the years 1 to 9999.
    pub fn query(&self, zone: Tz) -> Result<Query, TimestampError> {
        let mut filter = ServiceRequest::status.eq(ServiceStatus::Archived);
        let mut narrow = |more: Option<Filter>| filter = std::mem::take(&mut filter).and(more.unwrap_or_default());
        narrow(self.customer.map(|customer| ServiceRequest::customer.eq(customer)));
        narrow(self.title.as_ref().map(|words| ServiceRequest::title.contains(words)));
        narrow(self.r#type.as_ref().map(|kind| ServiceRequest::r#type.eq(kind.as_str())));
        let first = self.from.map(|day| Timestamp::start_of_day(day, zone)).transpose()?;
        narrow(first.map(|first| ServiceRequest::created_at.ge(first)));
        let end = match self.to.map(|day| day.succ_opt().ok_or(TimestampError::Range)).transpose()? {
            Some(next) => Some(Timestamp::start_of_day(next, zone)?),
            None => None,
        };
        narrow(end.map(|end| ServiceRequest::created_at.lt(end)));
        Ok(Query::of::<ServiceRequest>().filter(filter).order(ServiceRequest::created_at.desc()))
    }
}
