//! What can be done with opportunities and their plans, by whom and when, on every store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use crmkit::clock::FixedClock;
use crmkit::customers::{ActivityKind, NewActivity};
use crmkit::id::SeededIds;
use crmkit::marketing::{
    NewOpportunity, NewPipeline, NewPlanItem, NewStage, Opportunity, OpportunityPatch, OpportunityStatus, PlanItem,
    PlanItemPatch, StagePatch,
};
use crmkit::organisation::{NumberSeries, NumberSeriesPatch};
use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, Storage};
use pollster::block_on;

/// A CRM with a supervisor and two account managers.
struct Office {
    crm: Crm,
    clock: Arc<FixedClock>,
    boss: Session,
    li: Session,
    wang: Session,
}

impl Office {
    async fn open(storage: Arc<dyn Storage>) -> Self {
        let clock = Arc::new(FixedClock::new("2026-03-01T09:00:00Z".parse().unwrap()));
        let crm = Crm::builder(storage).clock(Arc::clone(&clock)).ids(SeededIds::new(1)).open().await.unwrap();
        let (boss, li) = (user(&crm, "boss", "supervisor").await, user(&crm, "li", "account_manager").await);
        let wang = user(&crm, "wang", "account_manager").await;
        Self { crm, clock, boss, li, wang }
    }

    async fn entered(&self, by: &Session) -> Opportunity {
        by.opportunities().create(chance("Acme")).await.unwrap()
    }

    async fn assigned(&self, to: &Session) -> Opportunity {
        let opportunity = self.entered(&self.boss).await;
        self.boss.opportunities().assign(opportunity.id, id(to)).await.unwrap()
    }

    async fn counts(&self) -> (u64, u64) {
        let system = self.crm.system();
        let customers = system.customers().count(Filter::All).await.unwrap();
        (customers, system.contacts().count(Filter::All).await.unwrap())
    }
}

fn stores() -> Vec<Arc<dyn Storage>> {
    let schema = crmkit::standard_schema().unwrap();
    vec![
        Arc::new(MemoryStorage::new(Arc::clone(&schema))),
        #[cfg(feature = "sqlite")]
        Arc::new(crmkit::storage::SqliteStorage::in_memory(schema).unwrap()),
    ]
}

/// Runs a test on every store; what it leaves behind is looked over.
fn everywhere(test: impl AsyncFn(Office)) {
    for storage in stores() {
        block_on(async {
            let office = Office::open(Arc::clone(&storage)).await;
            let system = office.crm.system();
            test(office).await;
            assert_eq!(system.verify().await.unwrap(), Vec::<String>::new());
        });
    }
}

async fn user(crm: &Crm, login: &str, role: &str) -> Session {
    let role = crm.system().roles().named(role).await.unwrap();
    let user = crm.system().users().create(NewUser::new(login, role.id)).await.unwrap();
    crm.session(user.id).await.unwrap()
}

fn id(session: &Session) -> Id<User> {
    session.actor().id().unwrap()
}

fn chance(name: &str) -> NewOpportunity {
    NewOpportunity {
        customer_name: name.into(),
        title: "Tea for a year".into(),
        success_rate: Some(60),
        description: Some("They drink a lot of it".into()),
        contact_name: Some("Ann".into()),
        contact_phone: Some("030 1".into()),
        ..Default::default()
    }
}

fn retitled() -> OpportunityPatch {
    OpportunityPatch { title: "Coffee".to_owned().into(), ..Default::default() }
}

fn item(opportunity: &Opportunity) -> NewPlanItem {
    let date = "2026-03-05".parse().unwrap();
    NewPlanItem { opportunity: opportunity.id, date, todo: "Call Ann".into(), ..Default::default() }
}

/// The refusal is of this kind and says this.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>, code: &str, says: &str) {
    let error = result.unwrap_err();
    assert!(error.code() == code && error.to_string().contains(says), "{}: {error}", error.code());
}

#[test]
fn who_enters_it_and_when_is_set_and_it_is_numbered() {
    everywhere(async |office| {
        let (first, second) = (office.entered(&office.li).await, office.entered(&office.boss).await);
        assert_eq!((first.number.as_str(), second.number.as_str()), ("XS260301001", "XS260301002"));
        assert_eq!((first.created_by, first.owner), (Some(id(&office.li)), Some(id(&office.li))));
        assert_eq!(first.created_at.to_string(), "2026-03-01T09:00:00Z");
        assert_eq!(first.status, OpportunityStatus::Unassigned);
        let silent = NewOpportunity { success_rate: None, description: None, ..chance("x") };
        refused(office.li.opportunities().create(silent).await, "invalid", "`success_rate` is required");
        for role in ["executive", "administrator"] {
            let other = user(&office.crm, role, role).await;
            refused(other.opportunities().create(chance("x")).await, "denied", "opportunity.create");
        }
        assert_eq!(office.boss.opportunities().count(Filter::All).await.unwrap(), 2);
    });
}

#[test]
fn an_account_manager_sees_his_own_unassigned_ones_and_those_assigned_to_him() {
    everywhere(async |office| {
        let (of_li, of_wang) = (office.entered(&office.li).await, office.entered(&office.wang).await);
        let of_boss = office.entered(&office.boss).await;
        let seen = async |session: &Session| {
            let found = session.opportunities().list(Query::of::<Opportunity>()).await.unwrap().items;
            found.into_iter().map(|found| found.id).collect::<Vec<_>>()
        };
        assert_eq!(seen(&office.boss).await, [of_li.id, of_wang.id, of_boss.id]);
        assert_eq!(seen(&office.li).await, [of_li.id]);
        assert_eq!(seen(&office.wang).await, [of_wang.id]);
        let (li, boss) = (office.li.opportunities(), office.boss.opportunities());
        refused(li.get(of_wang.id).await, "not_found", "there is no opportunity");
        refused(li.edit(of_wang.id, retitled()).await, "not_found", "there is no opportunity");
        refused(li.delete(of_wang.id).await, "not_found", "there is no opportunity");
        assert_eq!(boss.get(of_wang.id).await.unwrap(), of_wang);
        // What is assigned to another leaves the sight of who entered it.
        boss.assign(of_li.id, id(&office.wang)).await.unwrap();
        assert_eq!(seen(&office.li).await, []);
        assert_eq!(seen(&office.wang).await, [of_li.id, of_wang.id]);
        let admin = user(&office.crm, "root", "administrator").await;
        refused(admin.opportunities().list(Query::of::<Opportunity>()).await, "denied", "opportunity.read");
    });
}

#[test]
fn only_an_unassigned_opportunity_is_edited_and_deleted() {
    everywhere(async |office| {
        let own = office.entered(&office.li).await;
        let edited = office.li.opportunities().edit(own.id, retitled()).await.unwrap();
        assert_eq!(edited.title, "Coffee");
        office.boss.opportunities().edit(own.id, retitled()).await.unwrap();
        office.li.opportunities().delete(own.id).await.unwrap();
        let theirs = office.entered(&office.li).await;
        office.boss.opportunities().delete(theirs.id).await.unwrap();
        let assigned = office.assigned(&office.li).await;
        for session in [&office.li, &office.boss] {
            let opportunities = session.opportunities();
            refused(opportunities.edit(assigned.id, retitled()).await, "state", "`edit` needs `unassigned`");
            refused(opportunities.delete(assigned.id).await, "state", "is `assigned`; `delete` needs `unassigned`");
            assert_eq!(opportunities.get(assigned.id).await.unwrap(), assigned);
        }
    });
}

#[test]
fn only_a_supervisor_assigns_and_only_to_an_active_account_manager() {
    everywhere(async |office| {
        let opportunity = office.entered(&office.li).await;
        let boss = office.boss.opportunities();
        refused(office.li.opportunities().assign(opportunity.id, id(&office.li)).await, "denied", "opportunity.assign");
        let wrong_role = boss.assign(opportunity.id, id(&office.boss)).await;
        refused(wrong_role, "state", "`boss` has the role `supervisor`; name an active user with the role");
        let (system, gone) = (office.crm.system(), user(&office.crm, "gone", "account_manager").await);
        let off = UserPatch { active: false.into(), ..Default::default() };
        system.users().edit(id(&gone), off).await.unwrap();
        refused(boss.assign(opportunity.id, id(&gone)).await, "state", "`gone` is inactive");
        let nobody = Id::new(RecordId::from_bytes([9; 16]));
        refused(boss.assign(opportunity.id, nobody).await, "not_found", "there is no user");
        assert_eq!(boss.get(opportunity.id).await.unwrap(), opportunity);
        let assigned = boss.assign(opportunity.id, id(&office.wang)).await.unwrap();
        assert_eq!((assigned.status, assigned.assigned_to), (OpportunityStatus::Assigned, Some(id(&office.wang))));
        assert_eq!(assigned.assigned_at.unwrap().to_string(), "2026-03-01T09:00:00Z");
        refused(boss.assign(opportunity.id, id(&office.li)).await, "state", "`assign` needs `unassigned`");
        assert_eq!(boss.get(opportunity.id).await.unwrap(), assigned);
    });
}

#[test]
fn a_plan_is_made_by_the_assignee_or_a_supervisor_while_the_opportunity_is_assigned() {
    everywhere(async |office| {
        let free = office.entered(&office.li).await;
        refused(office.li.plan_items().create(item(&free)).await, "state", "is `unassigned`; only an `assigned`");
        let opportunity = office.assigned(&office.li).await;
        refused(office.wang.plan_items().create(item(&opportunity)).await, "not_found", "there is no opportunity");
        let (li, boss) = (office.li.plan_items(), office.boss.plan_items());
        let (first, second) = (li.create(item(&opportunity)).await.unwrap(), boss.create(item(&opportunity)).await);
        let second = second.unwrap();
        refused(office.wang.plan_items().get(first.id).await, "not_found", "plan item");
        refused(office.wang.plan_items().execute(first.id, "done").await, "not_found", "plan item");
        let moved = || PlanItemPatch { date: "2026-03-09".parse::<Date>().unwrap().into(), ..Default::default() };
        li.edit(first.id, moved()).await.unwrap();
        li.delete(second.id).await.unwrap();
        refused(li.execute(first.id, " ").await, "invalid", "`result` is required");
        let done = li.execute(first.id, "She will call back").await.unwrap();
        assert_eq!(done.result.as_deref(), Some("She will call back"));
        assert_eq!(done.executed_at.unwrap().to_string(), "2026-03-01T09:00:00Z");
        let later = PlanItemPatch { date: "2026-03-10".parse::<Date>().unwrap().into(), ..Default::default() };
        refused(li.edit(first.id, later).await, "invalid", "the item was executed on 2026-03-01");
        let reworded = PlanItemPatch { todo: "Call Ann again".to_owned().into(), ..Default::default() };
        assert_eq!(li.edit(first.id, reworded).await.unwrap().todo, "Call Ann again");
        refused(li.execute(first.id, "again").await, "state", "was executed on 2026-03-01 already");
        let other = office.assigned(&office.li).await;
        let elsewhere = PlanItemPatch { opportunity: other.id.into(), ..Default::default() };
        refused(li.edit(first.id, elsewhere).await, "invalid", "a plan item stays with its opportunity");
        refused(li.create(NewPlanItem::default()).await, "invalid", "`opportunity` is required");
    });
}

#[test]
fn the_plan_of_a_closed_opportunity_is_read_only() {
    everywhere(async |office| {
        for win in [true, false] {
            let opportunity = office.assigned(&office.li).await;
            let (plan, opportunities) = (office.li.plan_items(), office.li.opportunities());
            let planned = plan.create(item(&opportunity)).await.unwrap();
            let closed = if win {
                opportunities.win(opportunity.id).await.unwrap()
            } else {
                opportunities.terminate(opportunity.id, "too dear").await.unwrap()
            };
            let says = format!("is `{}`; only an `assigned`", closed.status.code());
            for session in [&office.li, &office.boss] {
                let plan = session.plan_items();
                refused(plan.create(item(&opportunity)).await, "state", &says);
                let reworded = PlanItemPatch { todo: "x".to_owned().into(), ..Default::default() };
                refused(plan.edit(planned.id, reworded).await, "state", &says);
                let (code, says_why) = match session.actor().role() {
                    "supervisor" => ("denied", "does not have the right `plan_item.execute`"),
                    _ => ("state", &*says),
                };
                refused(plan.execute(planned.id, "done").await, code, says_why);
                refused(plan.delete(planned.id).await, "state", &says);
                assert_eq!(plan.list(Query::of::<PlanItem>()).await.unwrap().items.last().unwrap(), &planned);
            }
            let opportunities = office.boss.opportunities();
            refused(opportunities.edit(opportunity.id, retitled()).await, "state", closed.status.code());
            refused(opportunities.delete(opportunity.id).await, "state", closed.status.code());
            refused(opportunities.assign(opportunity.id, id(&office.wang)).await, "state", closed.status.code());
            let own = office.li.opportunities();
            refused(own.win(opportunity.id).await, "state", "`win` needs `assigned`");
            refused(own.terminate(opportunity.id, "x").await, "state", "`terminate` needs `assigned`");
            assert_eq!(opportunities.get(opportunity.id).await.unwrap(), closed);
        }
    });
}

#[test]
fn winning_makes_the_customer_and_the_contact_of_the_assignee() {
    everywhere(async |office| {
        let free = office.entered(&office.li).await;
        refused(office.li.opportunities().win(free.id).await, "state", "is `unassigned`; `win` needs `assigned`");
        let opportunity = office.assigned(&office.li).await;
        refused(office.wang.opportunities().win(opportunity.id).await, "not_found", "there is no opportunity");
        assert_eq!(office.counts().await, (0, 0));
        // Winning is the assignee's: a supervisor assigns and plans.
        refused(office.boss.opportunities().win(opportunity.id).await, "denied", "`opportunity.win`");
        let won = office.li.opportunities().win(opportunity.id).await.unwrap();
        let customer = office.li.customers().get(won.customer.unwrap()).await.unwrap();
        assert_eq!((customer.number.as_str(), customer.name.as_str()), ("KH260301001", "Acme"));
        assert_eq!(customer.manager, Some(id(&office.li)));
        let contacts = office.li.contacts().list(Query::of::<Contact>()).await.unwrap().items;
        assert_eq!(contacts.len(), 1);
        assert_eq!((contacts[0].customer, contacts[0].name.as_str()), (customer.id, "Ann"));
        assert_eq!((contacts[0].phone.as_deref(), contacts[0].is_primary), (Some("030 1"), true));
        // One that names its customer, and one without a contact.
        let known = NewOpportunity { customer: Some(customer.id), ..chance("Acme") };
        let silent = NewOpportunity { contact_name: None, ..chance("Beta") };
        for (new, counts) in [(known, (1, 1)), (silent, (2, 1))] {
            let opportunity = office.boss.opportunities().create(new).await.unwrap();
            office.boss.opportunities().assign(opportunity.id, id(&office.wang)).await.unwrap();
            office.wang.opportunities().win(opportunity.id).await.unwrap();
            assert_eq!(office.counts().await, counts);
        }
    });
}

#[test]
fn giving_up_needs_a_reason_and_leaves_no_customer() {
    everywhere(async |office| {
        let opportunity = office.assigned(&office.li).await;
        let opportunities = office.li.opportunities();
        refused(opportunities.terminate(opportunity.id, "  ").await, "invalid", "`close_reason` is required");
        assert_eq!(opportunities.get(opportunity.id).await.unwrap(), opportunity);
        office.clock.advance(chrono::TimeDelta::days(1)).unwrap();
        let closed = opportunities.terminate(opportunity.id, "too dear").await.unwrap();
        assert_eq!((closed.status, closed.customer), (OpportunityStatus::Terminated, None));
        assert_eq!(closed.close_reason.as_deref(), Some("too dear"));
        assert_eq!(closed.closed_at.unwrap().to_string(), "2026-03-02T09:00:00Z");
        assert_eq!(office.counts().await, (0, 0));
    });
}

#[test]
fn a_decision_on_what_was_seen_is_refused_when_it_has_changed() {
    everywhere(async |office| {
        let opportunity = office.entered(&office.boss).await;
        let boss = office.boss.opportunities();
        boss.edit(opportunity.id, retitled()).await.unwrap();
        let assign = crmkit::marketing::Assign { to: id(&office.li) };
        let stale = boss.run_seen(opportunity.id, Some(opportunity.version), assign).await;
        refused(stale, "conflict", "was changed meanwhile");
        assert_eq!(boss.get(opportunity.id).await.unwrap().status, OpportunityStatus::Unassigned);
    });
}

#[test]
fn a_stage_belongs_to_the_pipeline_of_its_opportunity() {
    everywhere(async |office| {
        let system = office.crm.system();
        let mut stages = Vec::new();
        for name in ["new business", "renewals"] {
            let pipeline = system.pipelines().create(NewPipeline::new(name)).await.unwrap();
            let new = NewStage { pipeline: pipeline.id, name: "offer".into(), position: 1, ..Default::default() };
            stages.push(system.stages().create(new).await.unwrap());
        }
        let taken = system.pipelines().create(NewPipeline::new("renewals")).await;
        refused(taken, "taken", "another pipeline with the same `name`");
        let again = NewStage { pipeline: stages[0].pipeline, name: "offer".into(), ..Default::default() };
        refused(system.stages().create(again).await, "taken", "`pipeline` and `name`");
        let elsewhere = StagePatch { pipeline: stages[1].pipeline.into(), ..Default::default() };
        refused(system.stages().edit(stages[0].id, elsewhere).await, "invalid", "a stage stays on its pipeline");
        let on = |pipeline: usize, stage: usize| {
            let (pipeline, stage) = (Some(stages[pipeline].pipeline), Some(stages[stage].id));
            NewOpportunity { pipeline, stage, ..chance("Acme") }
        };
        refused(office.li.opportunities().create(on(0, 1)).await, "invalid", "belongs to another pipeline");
        let good = office.li.opportunities().create(on(0, 0)).await.unwrap();
        let moved = OpportunityPatch { stage: Some(stages[1].id).into(), ..Default::default() };
        refused(office.li.opportunities().edit(good.id, moved).await, "invalid", "belongs to another pipeline");
        refused(system.pipelines().delete(stages[1].pipeline).await, "referenced", "`stage`");

        // Since when it stands in its stage is kept, and begins anew with another one.
        let next =
            NewStage { pipeline: stages[0].pipeline, name: "contract".into(), position: 2, ..Default::default() };
        let next = system.stages().create(next).await.unwrap();
        let since = good.stage_since.unwrap();
        office.clock.advance(chrono::TimeDelta::hours(1)).unwrap();
        let edited = office.li.opportunities().edit(good.id, retitled()).await.unwrap();
        assert_eq!(edited.stage_since, Some(since));
        let moved = OpportunityPatch { stage: Some(next.id).into(), ..Default::default() };
        let moved = office.li.opportunities().edit(good.id, moved).await.unwrap();
        assert!(moved.stage_since > Some(since), "{moved:?}");
    });
}

#[test]
fn activities_are_of_ones_own_customers_and_their_contacts() {
    everywhere(async |office| {
        let acme = office.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
        let beta = office.li.customers().create(NewCustomer::new("Beta")).await.unwrap();
        let ann = NewContact { customer: beta.id, name: "Ann".into(), phone: Some("1".into()), ..Default::default() };
        let ann = office.li.contacts().create(ann).await.unwrap();
        let visit = |customer: &Customer| NewActivity {
            customer: customer.id,
            date: "2026-02-27".parse().unwrap(),
            kind: ActivityKind::Call,
            place: Some("Berlin".into()),
            title: "Asked for tea".into(),
            ..Default::default()
        };
        let entered = office.li.activities().create(visit(&acme)).await.unwrap();
        assert_eq!(office.boss.activities().get(entered.id).await.unwrap(), entered);
        refused(office.wang.activities().get(entered.id).await, "not_found", "activity");
        refused(office.wang.activities().create(visit(&acme)).await, "not_found", "there is no customer");
        refused(office.boss.activities().create(visit(&acme)).await, "denied", "activity.create");
        let nowhere = NewActivity { place: None, ..visit(&acme) };
        refused(office.li.activities().create(nowhere).await, "invalid", "`place` is required");
        let stranger = NewActivity { contact: Some(ann.id), ..visit(&acme) };
        refused(office.li.activities().create(stranger).await, "invalid", "it is no contact of this customer");
        office.li.activities().create(NewActivity { contact: Some(ann.id), ..visit(&beta) }).await.unwrap();
    });
}

#[test]
fn what_is_offered_for_an_opportunity_is_what_is_possible_permitted_and_within_reach() {
    everywhere(async |office| {
        let (free, taken) = (office.entered(&office.li).await, office.assigned(&office.li).await);
        let done = office.assigned(&office.li).await;
        let done = office.li.opportunities().win(done.id).await.unwrap();
        let all: [(&Session, &Opportunity, &[&str]); 9] = [
            (&office.boss, &free, &["edit", "delete", "assign"]),
            (&office.boss, &taken, &[]),
            (&office.boss, &done, &[]),
            (&office.li, &free, &["edit", "delete"]),
            (&office.li, &taken, &["win", "terminate"]),
            (&office.li, &done, &[]),
            (&office.wang, &free, &[]),
            (&office.wang, &taken, &[]),
            (&office.wang, &done, &[]),
        ];
        for (session, opportunity, offered) in all {
            let (actor, status) = (session.actor(), opportunity.status);
            let actions = session.opportunities().allowed_actions(opportunity).await.unwrap();
            assert_eq!(actions, offered, "{} {status:?}", actor.name());
        }
    });
}

#[test]
fn a_store_that_is_older_than_a_series_gets_it_when_it_is_opened() {
    for storage in stores() {
        block_on(async {
            let office = Office::open(Arc::clone(&storage)).await;
            let series = office.crm.system().of::<NumberSeries>();
            let patch = NumberSeriesPatch { prefix: Some("K".to_owned()).into(), ..Default::default() };
            series.edit(series.named("customer").await.unwrap().id, patch).await.unwrap();
            for code in ["opportunity", "service"] {
                series.delete(series.named(code).await.unwrap().id).await.unwrap();
            }
            refused(office.li.opportunities().create(chance("x")).await, "not_found", "number series `opportunity`");
            let crm = Crm::builder(storage).open().await.unwrap();
            let session = crm.session(id(&office.li)).await.unwrap();
            assert!(session.opportunities().create(chance("Acme")).await.unwrap().number.starts_with("XS"));
            // What is there already stays as it is.
            assert_eq!(crm.system().of::<NumberSeries>().count(Filter::All).await.unwrap(), 4);
            assert!(session.customers().create(NewCustomer::new("Acme")).await.unwrap().number.starts_with("K2"));
        });
    }
}
