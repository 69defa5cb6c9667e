//! What people are reminded of: what is overdue, once for each due day.

use chrono::Days;
use chrono_tz::Tz;

use super::ReminderSettings;
use crate::access::User;
use crate::id::{Id, RecordId};
use crate::marketing::{Opportunity, OpportunityStatus, PlanItem};
use crate::query::Query;
use crate::rules::Rules;
use crate::schema::{Entity, EntityFacts, Facts, Record};
use crate::service::{ServiceRequest, ServiceStatus};
use crate::value::{Date, Timestamp, Value};

crate::choice!(
    /// What somebody is reminded of.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::jobs::ReminderKind;
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(ReminderKind::PlanOverdue.code(), "plan_overdue");
    /// assert_eq!(ReminderKind::from_code("plan_overdue"), Ok(ReminderKind::PlanOverdue));
    /// assert_eq!(ReminderKind::definition().label("plan_overdue", Lang::Zh), "计划逾期");
    /// ```
    pub enum ReminderKind {
        /// A planned item of an opportunity was not executed on its day.
        #[code("plan_overdue", "计划逾期", "Plan overdue")]
        PlanOverdue,
        /// A service request was not handled in time.
        #[code("service_overdue", "服务逾期", "Service overdue")]
        ServiceOverdue,
        /// An opportunity is open behind the day it was expected to be closed.
        #[code("close_overdue", "预计成交逾期", "Close overdue")]
        CloseOverdue,
    }
);

crate::entity!(
    #[entity("sys_reminder", "提醒", "Reminder")]
    #[inputs(NewReminder, ReminderPatch)]
    /// That somebody was reminded of a record: once for each day it was due on, however long it is overdue.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::jobs::Reminder;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let overdue = crm.system().reminders().list(Query::of::<Reminder>().limit(20)).await?;
    /// assert!(overdue.items.is_empty(), "the job `reminders` has found nothing yet");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Reminder {
        /// What he is reminded of.
        #[label("类型", "Kind")]
        pub kind: ReminderKind,
        /// The record's id.
        #[label("记录", "Record")]
        pub record: String,
        /// The day it was due on.
        #[label("到期日", "Due on")]
        pub due_on: Date,
        /// Who is reminded; nobody if the record is nobody's.
        #[label("提醒对象", "User")]
        pub user: Option<Id<User>>,
        /// What the record is called.
        #[label("标题", "Title")]
        pub title: String,
        /// When.
        #[label("提醒时间", "At")]
        pub at: Timestamp,
    }
);

impl EntityFacts for Reminder {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&Reminder::kind, &Reminder::record, &Reminder::due_on])
            .owner(Reminder::user)
            .append_only()
            .unrecorded()
    }
}

impl Rules for Reminder {}

impl ReminderKind {
    /// The question that finds what is overdue on a day, with the fields that [`reminder`](Self::reminder) reads; none
    /// where the calendar ends.
    #[must_use]
    pub fn overdue(self, on: Date, settings: &ReminderSettings, zone: Tz) -> Option<Query> {
        Some(match self {
            Self::PlanOverdue => Query::of::<PlanItem>()
                .filter(PlanItem::executed_at.is_null().and(PlanItem::date.lt(on)))
                .filter(PlanItem::opportunity.to(Opportunity::status).eq(OpportunityStatus::Assigned))
                .columns([
                    PlanItem::date.path(),
                    PlanItem::opportunity.to(Opportunity::assigned_to).path(),
                    PlanItem::todo.path(),
                ]),
            Self::ServiceOverdue => {
                // Whoever has three days for what he got on Monday is late on Friday.
                let first = on.checked_sub_days(Days::new(settings.service_days.into()))?;
                let before = Timestamp::start_of_day(first, zone).ok()?;
                Query::of::<ServiceRequest>()
                    .filter(ServiceRequest::status.eq(ServiceStatus::Assigned))
                    .filter(ServiceRequest::assigned_at.lt(before))
                    .columns([
                        ServiceRequest::assigned_at.path(),
                        ServiceRequest::assigned_to.path(),
                        ServiceRequest::title.path(),
                    ])
            }
            Self::CloseOverdue => Query::of::<Opportunity>()
                .filter(Opportunity::status.is_in([OpportunityStatus::Unassigned, OpportunityStatus::Assigned]))
                .filter(Opportunity::expected_close_on.lt(on))
                .columns([Opportunity::expected_close_on.path(), Opportunity::owner.path(), Opportunity::title.path()]),
        })
    }

    /// The reminder of a record that [`overdue`](Self::overdue) found; none for one that is due on no day.
    #[must_use]
    pub fn reminder(self, found: &Record, settings: &ReminderSettings, at: Timestamp, zone: Tz) -> Option<NewReminder> {
        let due_on = match found.value(0) {
            Value::Date(day) => *day,
            Value::Timestamp(given) => {
                given.local_date(zone).checked_add_days(Days::new(settings.service_days.into()))?
            }
            _ => return None,
        };
        let user = found.value(1).as_id().map(Id::new);
        let title = found.value(2).as_text().unwrap_or_default().to_owned();
        Some(NewReminder { kind: self, record: found.id.to_string(), due_on, user, title, at, ..Default::default() })
    }

    /// The code of the entity of the records it is about; what programs are told of is this and `.overdue`.
    #[must_use]
    pub const fn code_of_entity(self) -> &'static str {
        match self {
            Self::PlanOverdue => "plan_item",
            Self::ServiceOverdue => "service_request",
            Self::CloseOverdue => "opportunity",
        }
    }

    /// The name of the entity of the records it is about.
    #[must_use]
    pub const fn entity(self) -> &'static str {
        match self {
            Self::PlanOverdue => PlanItem::NAME,
            Self::ServiceOverdue => ServiceRequest::NAME,
            Self::CloseOverdue => Opportunity::NAME,
        }
    }
}

impl Reminder {
    /// The record it is about; none for an id that was tampered with.
    #[must_use]
    pub fn record_id(&self) -> Option<RecordId> {
        self.record.parse().ok()
    }
}
