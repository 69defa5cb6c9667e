//! Reminding of what is overdue.

use std::collections::HashSet;

use async_trait::async_trait;

use crate::change::{Change, ChangeSet};
use crate::crm::jobs::work::clock;
use crate::crm::{JobContext, JobError, Work};
use crate::error::{Refusal, Result, StorageError};
use crate::events::EventDraft;
use crate::jobs::{NewReminder, REMINDERS, Reminder, ReminderKind, ReminderSettings, Schedule};
use crate::query::Query;
use crate::schema::{Choice, Entity, Record};
use crate::session::Told;
use crate::storage::ReaderExt;

/// How many records are looked at, and reminders made, in one commit.
const PAGE: usize = 200;
/// How often a page of which somebody else has made reminders is decided again.
const RETRIES: usize = 20;

/// Reminders of overdue plans, service requests and expected closes. Each is made once for a record and its due day, by
/// a unique key, however often the job is done, and told as an event in the same commit.
#[derive(Debug)]
pub(crate) struct ReminderJob;

#[async_trait]
impl Work for ReminderJob {
    fn name(&self) -> &str {
        REMINDERS
    }

    fn schedule(&self) -> Schedule {
        Schedule::daily(clock(8, 0))
    }

    async fn run(&self, context: &JobContext) -> Result<String, JobError> {
        let settings: ReminderSettings = context.settings()?;
        let mut said = Vec::new();
        for kind in ReminderKind::ALL {
            if context.crm().schema().entity(kind.entity()).is_some() {
                let made = remind(context, *kind, &settings).await?;
                said.push(format!("{}: {made}", kind.code().replace('_', " ")));
            }
        }
        Ok(format!("new reminders: {}", said.join(", ")))
    }
}

/// Makes the reminders of a kind that there are not yet, page by page, and says how many.
async fn remind(context: &JobContext, kind: ReminderKind, settings: &ReminderSettings) -> Result<usize> {
    let zone = context.crm().organisation().zone();
    let Some(query) = kind.overdue(context.day(), settings, zone) else { return Ok(0) };
    let (mut query, mut made) = (query.limit(PAGE), 0);
    loop {
        let page = context.crm().storage().query(&query).await?;
        let wanted = |found: &Record| kind.reminder(found, settings, context.crm().now(), zone);
        made += make(context, kind, page.records.iter().filter_map(wanted).collect()).await?;
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(made),
        }
        context.extend().await?;
    }
}

async fn make(context: &JobContext, kind: ReminderKind, wanted: Vec<NewReminder>) -> Result<usize> {
    let (crm, mut left) = (context.crm(), RETRIES);
    loop {
        let records = wanted.iter().map(|new| new.record.as_str());
        let known = Query::of::<Reminder>().filter(Reminder::kind.eq(kind).and(Reminder::record.is_in(records)));
        let known = crm.storage().collect(known.limit(1_000)).await?;
        let known = known.into_iter().map(|record| Reminder::from_record(record).map(|it| (it.record, it.due_on)));
        let known: HashSet<_> = known.collect::<Result<_, _>>().map_err(StorageError::from)?;
        let now = crm.now();
        let mut set = ChangeSet::new(crm.new_set_id(now), now, "reminder.create");
        let new = wanted.iter().filter(|new| !known.contains(&(new.record.clone(), new.due_on)));
        let new: Vec<Reminder> = new.map(|new| Reminder::draft(crm.new_id(now), new.clone())).collect();
        let (count, events) = (new.len(), new.iter().filter_map(event).collect());
        if count == 0 {
            return Ok(0);
        }
        set.changes.extend(new.into_iter().map(|reminder| Change::Insert(reminder.into_record())));
        match context.session().commit_telling(&mut set, &[], Told::notes(events)).await {
            Ok(_) => return Ok(count),
            // Somebody who took this slot for his has made some of them.
            Err(error) if left > 0 && is_taken(&error) => left -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// What programs are told of a reminder, about the record it is of; nothing if its id was tampered with.
fn event(reminder: &Reminder) -> Option<EventDraft> {
    let (code, record) = (reminder.kind.code_of_entity(), reminder.record_id()?);
    let draft = EventDraft::about_record(code, record, format!("{code}.overdue"));
    let draft = draft.with("due_on", reminder.due_on.to_string()).with("reminder", reminder.id.to_string());
    Some(match reminder.user {
        Some(user) => draft.with("user", user.to_string()),
        None => draft,
    })
}

fn is_taken(error: &StorageError) -> bool {
    error.refusals().iter().any(|refused| matches!(refused.reason, Refusal::Taken { .. }))
}
