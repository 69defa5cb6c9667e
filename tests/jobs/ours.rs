//! The crate's own jobs: they do what the direct call does, and nothing twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use crmkit::access::{NewSignInCounter, SignInCounter};
use crmkit::change::{Change, ChangeSet};
use crmkit::crm::{Ended, Jobs};
use crmkit::customers::{LostCustomer, LostScanOptions};
use crmkit::events::EventCursor;
use crmkit::history::HistoryEntry;
use crmkit::id::{IdSource, SetId, UuidSource};
use crmkit::jobs::{JobPatch, JobRun, NewJobRun, Reminder, ReminderKind};
use crmkit::marketing::{NewOpportunity, NewPlanItem, OpportunityPatch, PlanItemPatch};
use crmkit::prelude::*;
use crmkit::service::NewServiceRequest;
use crmkit::storage::{ReaderExt, Storage};

use crate::{Program, at, block_on, count, slots, stores};

fn user(program: &Program, login: &str, role: &str) -> Id<User> {
    block_on(async {
        let role = program.crm.system().roles().named(role).await.unwrap();
        program.crm.system().users().create(NewUser::new(login, role.id)).await.unwrap().id
    })
}

fn tell(program: &Program, job: &str, settings: serde_json::Value) {
    let jobs = program.crm.system().jobs();
    let patch = JobPatch { settings: Some(settings).into(), ..Default::default() };
    block_on(async { jobs.edit(jobs.named(job).await.unwrap().id, patch).await }).unwrap();
}

/// Customers who have been silent for so many days before 2026-03-07.
fn silent(program: &Program) {
    let session = program.crm.system();
    block_on(async {
        for days in [10, 150, 187, 188, 200, 400, 1_000] {
            let customer = session.customers().create(NewCustomer::new(format!("{days} days"))).await.unwrap().id;
            let ordered_at = at("2026-03-07T12:00:00Z").checked_add(-TimeDelta::days(days)).unwrap();
            let new = NewOrder { customer, ordered_at, status: OrderStatus::Shipped, ..Default::default() };
            session.orders().create(new).await.unwrap();
        }
    });
}

fn warned(program: &Program) -> BTreeSet<(String, String)> {
    block_on(async {
        let session = program.crm.system();
        let rows = session.lost_customers().list(Query::of::<LostCustomer>().limit(1_000)).await.unwrap().items;
        let mut found = BTreeSet::new();
        for row in rows {
            let name = session.customers().get(row.customer).await.unwrap().name;
            found.insert((name, format!("{:?} {:?}", row.status, row.last_order_date)));
        }
        found
    })
}

#[test]
fn the_lost_scan_does_what_the_direct_call_does() {
    for (by_job, by_hand) in stores().into_iter().zip(stores()) {
        let (by_job, by_hand) =
            (Program::on(&by_job, "2026-03-01T12:00:00Z"), Program::on(&by_hand, "2026-03-07T02:00:00Z"));
        silent(&by_job);
        silent(&by_hand);
        let scan = block_on(by_hand.crm.system().lost_scan(&LostScanOptions::default())).unwrap();
        let jobs = Jobs::standard().without("reminders").without("retention");
        by_job.run("2026-03-01T12:00:00Z", &jobs);
        assert_eq!(by_job.run("2026-03-07T01:59:59Z", &jobs), []);
        let ran = by_job.run("2026-03-07T02:00:00Z", &jobs);
        let expected = format!(
            "silent since before {}: {}, warned of: {}; open: 0, resolved: 0",
            scan.cutoff, scan.silent, scan.warned
        );
        assert_eq!(ran[0].ended, Ended::Done(expected));
        assert_eq!(warned(&by_job), warned(&by_hand));
        assert!(scan.warned > 2 && scan.warned < 7);
        // Late, it is still the scan of its day; and a longer silence can be asked for.
        tell(&by_job, "lost-scan", serde_json::json!({"months": 2}));
        let ran = by_job.run("2026-03-16T09:00:00Z", &jobs);
        assert_eq!(slots(&ran), ["2026-03-14T02:00:00Z"]);
        let Ended::Done(said) = &ran[0].ended else { panic!("{ran:?}") };
        assert!(said.starts_with("silent since before 2026-01-14: 6, warned of: 1; open: 5"), "{said}");
    }
}

/// Days that something was due on, and what.
fn reminded(program: &Program) -> Vec<(ReminderKind, String, String, Option<Id<User>>)> {
    let query = Query::of::<Reminder>().order(Reminder::due_on.asc()).limit(1_000);
    let found = block_on(program.crm.system().reminders().list(query)).unwrap().items;
    found.into_iter().map(|it| (it.kind, it.due_on.to_string(), it.title, it.user)).collect()
}

#[test]
fn everybody_is_reminded_once_of_what_is_overdue_and_again_when_it_is_put_off() {
    for storage in stores() {
        let program = Program::on(&storage, "2026-03-02T09:00:00Z");
        let li = user(&program, "li", "account_manager");
        let s = program.crm.system();
        let day = |text: &str| -> Date { text.parse().unwrap() };
        let (plan, chance) = block_on(async {
            let new = NewOpportunity {
                customer_name: "Acme".into(),
                title: "Tea".into(),
                expected_close_on: Some(day("2026-03-05")),
                ..Default::default()
            };
            let chance = s.opportunities().create(new).await.unwrap();
            let chance = s.opportunities().assign(chance.id, li).await.unwrap();
            let plan = async |date: &str, todo: &str| {
                let (date, todo) = (day(date), todo.to_owned());
                let new = NewPlanItem { opportunity: chance.id, date, todo, ..Default::default() };
                s.plan_items().create(new).await
            };
            let call = plan("2026-03-03", "Call").await.unwrap();
            plan("2026-03-04", "Visit").await.unwrap();
            s.plan_items().execute(plan("2026-03-03", "Write").await.unwrap().id, "written").await.unwrap();
            let customer = s.customers().create(NewCustomer::new("Acme")).await.unwrap().id;
            let request =
                s.services().create(NewServiceRequest::new("complaint", "Broken", customer, "It is")).await.unwrap();
            s.services().assign(request.id, li).await.unwrap();
            s.services().create(NewServiceRequest::new("inquiry", "Nobody's", customer, "Hm")).await.unwrap();
            (call, chance)
        });
        let jobs = Jobs::standard().without("retention").without("lost-scan");
        program.run("2026-03-02T09:00:00Z", &jobs);
        let said = |ran: &[crmkit::crm::Ran]| -> String {
            let Ended::Done(said) = &ran[0].ended else { panic!("{ran:?}") };
            said.clone()
        };
        let none = "new reminders: plan overdue: 0, service overdue: 0, close overdue: 0";
        assert_eq!(said(&program.run("2026-03-03T08:00:00Z", &jobs)), none);
        assert_eq!(
            said(&program.run("2026-03-04T08:00:00Z", &jobs)),
            "new reminders: plan overdue: 1, service overdue: 0, close overdue: 0"
        );
        // Given on March 2, with three days: due on the 5th. What was said is not said again.
        assert_eq!(
            said(&program.run("2026-03-06T08:00:00Z", &jobs)),
            "new reminders: plan overdue: 1, service overdue: 1, close overdue: 1"
        );
        let plan_overdue =
            |date: &str, title: &str| (ReminderKind::PlanOverdue, date.to_owned(), title.to_owned(), Some(li));
        let found = reminded(&program);
        assert_eq!(found[..2], [plan_overdue("2026-03-03", "Call"), plan_overdue("2026-03-04", "Visit")]);
        assert!(found.contains(&(ReminderKind::ServiceOverdue, "2026-03-05".into(), "Broken".into(), Some(li))));
        assert!(found.contains(&(ReminderKind::CloseOverdue, "2026-03-05".into(), "Tea".into(), Some(li))));
        assert_eq!(said(&program.run("2026-03-07T08:00:00Z", &jobs)), none);
        // Put off, it is due on another day, and so he is reminded again.
        block_on(async {
            let put_off = PlanItemPatch { date: day("2026-03-08").into(), ..Default::default() };
            s.plan_items().edit(plan.id, put_off).await.unwrap();
            let put_off = OpportunityPatch { expected_close_on: Some(day("2026-03-20")).into(), ..Default::default() };
            // Only what is unassigned can be edited by people; the chance stays as it is.
            assert!(s.opportunities().edit(chance.id, put_off).await.is_err());
        });
        assert_eq!(said(&program.run("2026-03-08T08:00:00Z", &jobs)), none);
        assert_eq!(
            said(&program.run("2026-03-09T08:00:00Z", &jobs)),
            "new reminders: plan overdue: 1, service overdue: 0, close overdue: 0"
        );
        // Each is told of as an event, too, once for a record and the day it was due on.
        let told = block_on(s.events(&EventCursor::beginning(), 1_000)).unwrap().events;
        let overdue = |name: &str| told.iter().filter(|event| event.name == name).count();
        assert_eq!(overdue("plan_item.overdue"), 3);
        assert_eq!((overdue("service_request.overdue"), overdue("opportunity.overdue")), (1, 1));
        assert!(told.iter().any(|event| event.name == "plan_item.overdue" && event.record == plan.id.raw()));
        // Whose it is sees it, and nobody else's.
        let li = block_on(program.crm.session(li)).unwrap();
        assert_eq!(block_on(li.reminders().count(Filter::All)).unwrap(), 5);
        let wang = user(&program, "wang", "account_manager");
        let wang = block_on(program.crm.session(wang)).unwrap();
        assert_eq!(block_on(wang.reminders().count(Filter::All)).unwrap(), 0);
    }
}

/// As two programs that both took a slot for theirs would.
#[test]
fn many_at_once_remind_of_each_thing_once() {
    for storage in stores() {
        let program = Program::on(&storage, "2026-03-02T09:00:00Z");
        block_on(async {
            for number in 0..450 {
                let expected_close_on = Some("2026-03-01".parse().unwrap());
                let (customer_name, title) = ("Acme".to_owned(), format!("Tea {number}"));
                let new = NewOpportunity { customer_name, title, expected_close_on, ..Default::default() };
                program.crm.system().opportunities().create(new).await.unwrap();
            }
        });
        // The same job under several names has slots of its own, but what is due is the same.
        let jobs: Vec<Jobs> = (0..4)
            .map(|number| {
                let again = |context: crmkit::crm::JobContext| async move {
                    let reminders = Jobs::standard();
                    let job = reminders.named("reminders").ok_or("no such job")?;
                    job.run(&context).await
                };
                Jobs::default().add(format!("again-{number}"), "daily 08:00".parse().unwrap(), again)
            })
            .collect();
        for jobs in &jobs {
            program.run("2026-03-02T09:00:00Z", jobs);
        }
        program.at(at("2026-03-03T08:00:00Z"));
        let barrier = std::sync::Barrier::new(jobs.len());
        std::thread::scope(|scope| {
            for jobs in &jobs {
                scope.spawn(|| {
                    barrier.wait();
                    assert!(crate::done(&block_on(program.crm.run_due(program.now(), jobs)).unwrap()));
                });
            }
        });
        assert_eq!(block_on(count::<Reminder>(&storage)), 450);
        assert_eq!(block_on(count::<JobRun>(&storage)), 4);
    }
}

async fn put(storage: &Arc<dyn Storage>, changes: Vec<Change>) {
    let now = at("2026-03-02T09:00:00Z");
    let mut set = ChangeSet::new(SetId(UuidSource::default().next_id(now)), now, "test");
    set.changes = changes;
    storage.commit(&set).await.unwrap();
}

#[test]
fn retention_removes_exactly_what_is_older() {
    for storage in stores() {
        let program = Program::on(&storage, "2025-06-01T00:00:00Z");
        let slot = at("2026-03-03T04:00:00Z");
        let ids = UuidSource::default();
        let ago =
            |days: i64, micros: i64| slot.checked_add(TimeDelta::microseconds(micros) - TimeDelta::days(days)).unwrap();
        let moments = [ago(90, -1), ago(90, 0), ago(90, 1), ago(30, -1), ago(30, 0), ago(0, 1)];
        let customers = program.crm.system().customers();
        let customer = block_on(customers.create(NewCustomer::new("Acme"))).unwrap().id;
        for (number, moment) in moments.into_iter().enumerate() {
            program.at(moment);
            let run =
                NewJobRun { job: "old".into(), slot: moment, finished_at: moment, attempts: 1, ..Default::default() };
            let counter = NewSignInCounter {
                account: format!("user {number}"),
                failures: 3,
                last_at: moment.as_micros(),
                ..Default::default()
            };
            let run = JobRun::draft(Id::new(ids.next_id(moment)), run).into_record();
            let counter = SignInCounter::draft(Id::new(ids.next_id(moment)), counter).into_record();
            block_on(put(&storage, vec![Change::Insert(run), Change::Insert(counter)]));
            let patch = CustomerPatch { name: format!("Acme {number}").into(), ..Default::default() };
            block_on(customers.edit(customer, patch)).unwrap();
        }
        // Many more than fit into one commit.
        let old = |number: i64| {
            let (job, slot) = ("many".to_owned(), ago(200, number));
            let run = NewJobRun { job, slot, finished_at: slot, attempts: 1, ..Default::default() };
            Change::Insert(JobRun::draft(Id::new(ids.next_id(slot)), run).into_record())
        };
        block_on(put(&storage, (0..900).map(old).collect()));
        let jobs = Jobs::standard().without("lost-scan").without("reminders");
        program.run("2026-03-02T09:00:00Z", &jobs);
        let history = async || {
            let found = storage.collect(Query::of::<HistoryEntry>().filter(HistoryEntry::at.lt(ago(90, 2)))).await;
            found.unwrap().len()
        };
        let before = block_on(history());
        let ran = program.run("2026-03-03T04:00:00Z", &jobs);
        assert_eq!(ran[0].ended, Ended::Done("removed: events: 2, job runs: 901, sign-in counters: 4".into()));
        let left: Vec<Timestamp> = program.runs("old").iter().map(|run| run.finished_at).collect();
        assert_eq!(left, moments[1..]);
        let counters = block_on(storage.collect(Query::of::<SignInCounter>())).unwrap();
        let mut left: Vec<i64> =
            counters.into_iter().map(|record| SignInCounter::from_record(record).unwrap().last_at).collect();
        left.sort_unstable();
        assert_eq!(left, moments[4..].iter().map(|moment| moment.as_micros()).collect::<Vec<_>>());
        // The history is kept for good, unless it is said for how long.
        assert_eq!(block_on(history()), before);
        tell(&program, "retention", serde_json::json!({"history_days": 91, "run_days": null, "sign_in_days": 0}));
        let ran = program.run("2026-03-04T04:00:00Z", &jobs);
        let Ended::Done(said) = &ran[0].ended else { panic!("{ran:?}") };
        // Wrong passwords of the last day still count, whatever is said.
        assert!(said.ends_with("sign-in counters: 1"), "{said}");
        let left =
            block_on(storage.collect(Query::of::<HistoryEntry>().filter(HistoryEntry::at.lt(ago(89, 0))))).unwrap();
        let left: Vec<Timestamp> =
            left.into_iter().map(|record| HistoryEntry::from_record(record).unwrap().at).collect();
        assert_eq!(left, moments[1..3], "of the three at the border, the one a microsecond too old is gone");
        // A setting that is none is refused before it does any harm.
        let jobs = program.crm.system().jobs();
        let patch = JobPatch { settings: Some(serde_json::json!({"history_day": 1})).into(), ..Default::default() };
        let refused = block_on(async { jobs.edit(jobs.named("retention").await.unwrap().id, patch).await });
        assert!(refused.unwrap_err().to_string().contains("unknown field `history_day`"));
    }
}

#[test]
fn the_hosts_own_backup_and_report_are_done_when_the_crate_says() {
    let storage = crate::memory();
    let program = Program::on(&storage, "2026-02-27T12:00:00Z");
    let say = |context: crmkit::crm::JobContext| async move { Ok(format!("{} for {}", context.job(), context.day())) };
    let jobs = Jobs::default().backup(say).management_report(say);
    program.run("2026-02-27T12:00:00Z", &jobs);
    let ran = program.run("2026-03-01T12:00:00Z", &jobs);
    let said: Vec<_> = ran.iter().map(|ran| ran.ended.clone()).collect();
    let expected = ["backup for 2026-03-01", "management-report for 2026-03-01"];
    assert_eq!(said, expected.map(|said| Ended::Done(said.to_owned())));
    assert_eq!(slots(&ran), ["2026-03-01T03:00:00Z", "2026-03-01T06:00:00Z"]);
}
