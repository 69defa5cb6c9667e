//! What happens between a decision and its commit: a decision that relied on what has changed since is made again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use crmkit::access::RolePatch;
use crmkit::change::{ChangeSet, Committed};
use crmkit::customers::{Activity, ContactPatch, NewActivity};
use crmkit::id::SetId;
use crmkit::marketing::{
    NewOpportunity, NewPipeline, NewPlanItem, Opportunity, OpportunityPatch, PipelinePatch, PlanItem, PlanItemPatch,
};
use crmkit::prelude::*;
use crmkit::query::{AggregateRow, Page};
use crmkit::schema::{EntityDef, Record};
use crmkit::storage::{MemoryStorage, Reader, Storage, StorageError};
use pollster::block_on;

type Job = Box<dyn FnOnce() + Send>;

/// A store that lets something else happen right before the next commit of a command.
struct Between {
    inner: Arc<dyn Storage>,
    job: Mutex<Option<(&'static str, Job)>>,
}

impl fmt::Debug for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Between").field("inner", &self.inner).finish_non_exhaustive()
    }
}

#[async_trait]
impl Reader for Between {
    fn schema(&self) -> &Arc<Schema> {
        self.inner.schema()
    }

    async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>, StorageError> {
        self.inner.get(entity, ids).await
    }

    async fn query(&self, query: &Query) -> Result<Page, StorageError> {
        self.inner.query(query).await
    }

    async fn aggregate(&self, request: &Aggregate) -> Result<Vec<AggregateRow>, StorageError> {
        self.inner.aggregate(request).await
    }
}

#[async_trait]
impl Storage for Between {
    async fn commit(&self, changes: &ChangeSet) -> Result<Committed, StorageError> {
        let job = self.job.lock().unwrap().take_if(|(command, _)| *command == changes.command);
        if let Some((_, job)) = job {
            job();
        }
        self.inner.commit(changes).await
    }

    async fn committed(&self, set: SetId) -> Result<Option<Committed>, StorageError> {
        self.inner.committed(set).await
    }

    async fn snapshot(&self) -> Result<Box<dyn Reader>, StorageError> {
        self.inner.snapshot().await
    }
}

/// A CRM on an interrupted store, the same store uninterrupted, and an account manager.
struct Scene {
    between: Arc<Between>,
    crm: Crm,
    other: Crm,
    li: Id<User>,
}

impl Scene {
    fn everywhere(test: impl Fn(&Self)) {
        let schema = crmkit::standard_schema().unwrap();
        let stores: Vec<Arc<dyn Storage>> = vec![
            Arc::new(MemoryStorage::new(Arc::clone(&schema))),
            #[cfg(feature = "sqlite")]
            Arc::new(crmkit::storage::SqliteStorage::in_memory(schema).unwrap()),
        ];
        for inner in stores {
            let between = Arc::new(Between { inner: Arc::clone(&inner), job: Mutex::new(None) });
            let other = block_on(Crm::builder(inner).open()).unwrap();
            let crm = block_on(Crm::builder(Arc::clone(&between)).open()).unwrap();
            let role = block_on(crm.system().roles().named("account_manager")).unwrap().id;
            let li = block_on(crm.system().users().create(NewUser::new("li", role))).unwrap().id;
            test(&Self { between, crm, other, li });
        }
    }

    /// Right before the next commit of a command, this happens.
    fn before<T>(&self, command: &'static str, job: impl AsyncFnOnce(Session) -> Result<T> + Send + 'static) {
        let other = self.other.clone();
        let job = move || {
            block_on(job(other.system())).unwrap();
        };
        *self.between.job.lock().unwrap() = Some((command, Box::new(job)));
    }

    /// What was to happen did, and the decision that was made before it does not stand.
    #[track_caller]
    fn refused<T: fmt::Debug>(&self, result: Result<T>, says: &str) {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        assert!(self.between.job.lock().unwrap().is_none(), "nothing happened in between");
    }

    fn session(&self) -> Session {
        block_on(self.crm.session(self.li)).unwrap()
    }

    fn free(&self) -> Opportunity {
        let new = NewOpportunity { customer_name: "Acme".into(), title: "Tea".into(), ..Default::default() };
        block_on(self.crm.system().opportunities().create(new)).unwrap()
    }

    fn assigned(&self) -> Opportunity {
        let id = self.free().id;
        block_on(self.crm.system().opportunities().assign(id, self.li)).unwrap()
    }
}

fn item(opportunity: &Opportunity) -> NewPlanItem {
    let date = "2026-03-05".parse().unwrap();
    NewPlanItem { opportunity: opportunity.id, date, todo: "Call Ann".into(), ..Default::default() }
}

#[test]
fn nothing_is_planned_for_an_opportunity_that_is_closed_meanwhile() {
    Scene::everywhere(|scene| {
        let (id, plan) = (scene.assigned().id, scene.session().plan_items());
        let opportunity = block_on(scene.crm.system().opportunities().get(id)).unwrap();
        scene.before("plan_item.create", async move |other| other.opportunities().win(id).await);
        scene.refused(block_on(plan.create(item(&opportunity))), "is `won`; only an `assigned`");
        assert_eq!(block_on(plan.count(Filter::All)).unwrap(), 0);

        let opportunity = scene.assigned();
        let planned = block_on(plan.create(item(&opportunity))).unwrap();
        for command in ["plan_item.edit", "plan_item.execute", "plan_item.delete"] {
            let opportunity = scene.assigned();
            let id = opportunity.id;
            let planned = block_on(plan.create(item(&opportunity))).unwrap();
            scene.before(command, async move |other| other.opportunities().terminate(id, "too dear").await);
            let result = match command {
                "plan_item.edit" => {
                    let patch = PlanItemPatch { todo: "Write".to_owned().into(), ..Default::default() };
                    block_on(plan.edit(planned.id, patch)).map(drop)
                }
                "plan_item.execute" => block_on(plan.execute(planned.id, "done")).map(drop),
                _ => block_on(plan.delete(planned.id)),
            };
            scene.refused(result, "is `terminated`; only an `assigned`");
            assert_eq!(block_on(plan.get(planned.id)).unwrap(), planned);
        }
        assert_eq!(block_on(plan.count(PlanItem::executed_at.is_null())).unwrap(), 4);
        assert_eq!(block_on(plan.get(planned.id)).unwrap(), planned);
    });
}

#[test]
fn an_opportunity_is_not_assigned_to_one_who_can_no_longer_take_it() {
    Scene::everywhere(|scene| {
        let (opportunity, li) = (scene.free(), scene.li);
        let opportunities = scene.crm.system().opportunities();
        let active = |active: bool| UserPatch { active: active.into(), ..Default::default() };
        scene.before("opportunity.assign", async move |other| other.users().edit(li, active(false)).await);
        scene.refused(block_on(opportunities.assign(opportunity.id, li)), "`li` is inactive");
        block_on(scene.crm.system().users().edit(li, active(true))).unwrap();
        scene.before("opportunity.assign", async |other| {
            let role = other.roles().named("account_manager").await?.id;
            other.roles().edit(role, RolePatch { active: false.into(), ..Default::default() }).await
        });
        scene.refused(block_on(opportunities.assign(opportunity.id, li)), "`li` has a role that is inactive");
        assert_eq!(block_on(opportunities.get(opportunity.id)).unwrap(), opportunity);
    });
}

#[test]
fn what_another_did_first_stands() {
    Scene::everywhere(|scene| {
        let opportunities = scene.crm.system().opportunities();
        let (id, li) = (scene.assigned().id, scene.li);
        scene.before("opportunity.win", async move |other| other.opportunities().win(id).await);
        scene.refused(block_on(opportunities.win(id)), "is `won`; `win` needs `assigned`");
        assert_eq!(block_on(scene.crm.system().customers().count(Filter::All)).unwrap(), 1);

        for command in ["opportunity.edit", "opportunity.delete"] {
            let id = scene.free().id;
            scene.before(command, async move |other| other.opportunities().assign(id, li).await);
            let retitled = OpportunityPatch { title: "Coffee".to_owned().into(), ..Default::default() };
            let result = match command {
                "opportunity.edit" => block_on(opportunities.edit(id, retitled)).map(drop),
                _ => block_on(opportunities.delete(id)),
            };
            scene.refused(result, "needs `unassigned`");
            assert_eq!(block_on(opportunities.get(id)).unwrap().title, "Tea");
        }
    });
}

#[test]
fn an_opportunity_is_not_put_on_a_pipeline_that_is_closed_meanwhile() {
    Scene::everywhere(|scene| {
        let system = scene.crm.system();
        let pipeline = block_on(system.pipelines().create(NewPipeline::new("new business"))).unwrap().id;
        let on = OpportunityPatch { pipeline: Some(pipeline).into(), ..Default::default() };
        let opportunity = scene.free();
        scene.before("opportunity.edit", async move |other| {
            let closed = PipelinePatch { active: false.into(), ..Default::default() };
            other.pipelines().edit(pipeline, closed).await
        });
        scene.refused(block_on(system.opportunities().edit(opportunity.id, on)), "`new business` is not active");
        assert_eq!(block_on(system.opportunities().get(opportunity.id)).unwrap(), opportunity);
    });
}

#[test]
fn an_activity_is_not_with_a_contact_who_moves_to_another_customer_meanwhile() {
    Scene::everywhere(|scene| {
        let (session, system) = (scene.session(), scene.crm.system());
        let customer = |name: &str| block_on(session.customers().create(NewCustomer::new(name))).unwrap().id;
        let (acme, beta) = (customer("Acme"), customer("Beta"));
        let ann = NewContact { customer: acme, name: "Ann".into(), phone: Some("1".into()), ..Default::default() };
        let ann = block_on(session.contacts().create(ann)).unwrap().id;
        let new = NewActivity {
            customer: acme,
            contact: Some(ann),
            date: "2026-02-27".parse().unwrap(),
            place: Some("Berlin".into()),
            title: "Asked for tea".into(),
            ..Default::default()
        };
        scene.before("activity.create", async move |other| {
            let moved = ContactPatch { customer: beta.into(), ..Default::default() };
            other.contacts().edit(ann, moved).await
        });
        scene.refused(block_on(session.activities().create(new)), "it is no contact of this customer");
        assert_eq!(block_on(system.of::<Activity>().count(Filter::All)).unwrap(), 0);
    });
}
