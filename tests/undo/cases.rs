//! One case for every right to change something.

use chrono::TimeDelta;
use crmkit::access::{AccessRevision, FieldAccess, FieldRule, FieldRulePatch, NewFieldRule, NewRight, Right};
use crmkit::access::{GrantPatch, NewGrant, NewTeam, RightPatch, RolePatch, Scope, Team, TeamPatch, UserPatch};
use crmkit::customers::{
    Activity, ActivityPatch, ContactPatch, LossMeasure, LostCustomer, LostScanOptions, NewActivity,
};
use crmkit::dictionary::{DictionaryEntry, DictionaryEntryPatch, DictionaryRevision, NewDictionaryEntry};
use crmkit::events::{EventEntry, EventShard, ParkedEvent, Subscription};
use crmkit::history::HistoryEntry;
use crmkit::jobs::{Job, JobPatch, NewJob};
use crmkit::marketing::{
    NewOpportunity, NewPipeline, NewPlanItem, NewStage, Opportunity, OpportunityPatch, Pipeline, PipelinePatch,
    PlanItem, PlanItemPatch, Stage, StagePatch,
};
use crmkit::organisation::{
    NewNumberSeries, NewOrganisation, NumberSeries, NumberSeriesPatch, OrganisationPatch, SeriesCounter,
};
use crmkit::prelude::*;
use crmkit::report::{NewSavedReport, SavedReport, SavedReportPatch, Sharing};
use crmkit::sales::{OrderLinePatch, OrderPatch, ProductPatch, StockItemPatch};
use crmkit::service::{NewServiceRequest, ServiceRequest, ServiceRequestPatch, ServiceRound};
use crmkit::transfer::{ImportRejects, ImportRun};
use futures_util::future::BoxFuture;

use crate::cast::{Cast, id};

/// One thing to do.
pub(crate) struct Case {
    pub(crate) right: &'static str,
    /// Whether the rules forbid it to everybody.
    pub(crate) refused: bool,
    pub(crate) run: for<'a> fn(&'a Session, &'a World) -> BoxFuture<'a, Result<()>>,
}

macro_rules! case {
    ($right:literal, $refused:literal, |$session:ident, $world:ident| $body:expr) => {
        Case {
            right: $right,
            refused: $refused,
            run: |$session, $world| {
                let _ = $world;
                Box::pin(async move { $body.map(drop) })
            },
        }
    };
    ($right:literal, |$session:ident, $world:ident| $body:expr) => {
        case!($right, false, |$session, $world| $body)
    };
}

/// Records to do something to: of each kind one that nothing refers to, and one in each state that a command needs.
pub(crate) struct World {
    li: Id<User>,
    role: Id<Role>,
    right: Id<Right>,
    spare_role: Id<Role>,
    spare_user: Id<User>,
    team: Id<Team>,
    grant: Id<Grant>,
    field_rule: Id<FieldRule>,
    series: Id<NumberSeries>,
    organisation: Id<Organisation>,
    entry: Id<DictionaryEntry>,
    customer: Id<Customer>,
    contact: Id<Contact>,
    activity: Id<Activity>,
    product: Id<Product>,
    spare_product: Id<Product>,
    stock: Id<StockItem>,
    orders: [Id<Order>; 4],
    spare_order: Id<Order>,
    line: Id<OrderLine>,
    pipeline: Id<Pipeline>,
    stage: Id<Stage>,
    spare_pipeline: Id<Pipeline>,
    unassigned: Id<Opportunity>,
    assigned: Id<Opportunity>,
    item: Id<PlanItem>,
    requests: [Id<ServiceRequest>; 3],
    warning: Id<LostCustomer>,
    deferred: Id<LostCustomer>,
    measure: Id<LossMeasure>,
    job: Id<Job>,
    saved: Id<SavedReport>,
}

fn saved(name: &str) -> NewSavedReport {
    let definition = serde_json::json!({"name": "c", "entity": "customer", "rows": {"list": [{"path": "name"}]}});
    NewSavedReport { name: name.into(), definition, ..Default::default() }
}

fn chance() -> NewOpportunity {
    NewOpportunity {
        customer_name: "Hotel Lotus".into(),
        title: "Tea".into(),
        success_rate: Some(60),
        description: Some("much tea".into()),
        contact_name: Some("Mei".into()),
        ..Default::default()
    }
}

fn line(order: Id<Order>, product: Id<Product>, line: i64) -> NewOrderLine {
    let (quantity, unit_price) = ("3".parse().unwrap(), "2.50".parse().unwrap());
    NewOrderLine { order, product, line, quantity, unit_price, ..Default::default() }
}

fn complaint(customer: Id<Customer>) -> NewServiceRequest {
    NewServiceRequest::new("complaint", "Broken pots", customer, "Two came broken")
}

fn product(code: &str) -> NewProduct {
    NewProduct { code: code.into(), name: format!("Tea {code}"), ..Default::default() }
}

impl World {
    pub(crate) async fn new(cast: &Cast) -> Self {
        let (s, li, crm) = (&cast.system, &cast.li, &cast.crm);
        let role = s.roles().named("account_manager").await.unwrap().id;
        let spare_role = s.roles().create(NewRole::new("spare")).await.unwrap().id;
        let right = s.of::<Right>().named("customer.read").await.unwrap().id;
        let grant = NewGrant { role: spare_role, right, scope: Scope::Own, ..Default::default() };
        let grant = s.grants().create(grant).await.unwrap().id;
        let (entity, field) = ("customer".into(), "fax".into());
        let field_rule = NewFieldRule { role: spare_role, entity, field, ..Default::default() };
        let field_rule = s.field_rules().create(field_rule).await.unwrap().id;
        // A role that is referred to can't be deleted, so the one with a grant is not the spare one.
        let granted = spare_role;
        let spare_role = s.roles().create(NewRole::new("spare2")).await.unwrap().id;
        let spare_user = s.users().create(NewUser::new("spare", role)).await.unwrap().id;
        let team = NewTeam { name: "East".into(), ..Default::default() };
        let team = s.teams().create(team).await.unwrap().id;
        let series = s.of::<NumberSeries>().create(NewNumberSeries::daily("spare", "SP")).await.unwrap().id;
        let organisation = crm.organisation().id;
        let entry = NewDictionaryEntry::new("region", "South", "South");
        let entry = s.dictionary_entries().create(entry).await.unwrap().id;
        let customer = li.customers().create(NewCustomer::new("Acme")).await.unwrap().id;
        let phone = || Some("13800000000".to_owned());
        let contact = NewContact { customer, name: "Li".into(), phone: phone(), ..Default::default() };
        let contact = li.contacts().create(contact).await.unwrap().id;
        let date = "2026-03-03".parse().unwrap();
        let activity =
            NewActivity { customer, title: "Visit".into(), date, place: Some("Here".into()), ..Default::default() };
        let activity = li.activities().create(activity).await.unwrap().id;
        let tea = s.products().create(product("T1")).await.unwrap().id;
        let spare_product = s.products().create(product("T2")).await.unwrap().id;
        let stock =
            NewStockItem { product: tea, warehouse: "W".into(), count: "5".parse().unwrap(), ..Default::default() };
        let stock = s.stock().create(stock).await.unwrap().id;
        let mut orders = Vec::new();
        for steps in 0..5 {
            let new = NewOrder { customer, ..Default::default() };
            let order = li.orders().place(new, vec![line(Id::NIL, tea, 1)]).await.unwrap().id;
            if steps > 0 && steps < 4 {
                s.orders().confirm(order).await.unwrap();
            }
            if steps > 1 && steps < 4 {
                s.orders().pick(order).await.unwrap();
            }
            if steps == 3 {
                s.orders().pack(order).await.unwrap();
            }
            orders.push(order);
        }
        let spare_order = s.orders().create(NewOrder { customer, ..Default::default() }).await.unwrap().id;
        let orders = [orders[0], orders[1], orders[2], orders[3]];
        let of_order = Query::of::<OrderLine>().filter(OrderLine::order.eq(orders[0]));
        let line = s.order_lines().list(of_order).await.unwrap().items[0].id;
        let pipeline = NewPipeline { name: "Sales".into(), active: true, ..Default::default() };
        let pipeline = s.pipelines().create(pipeline).await.unwrap().id;
        let stage = NewStage { pipeline, name: "First".into(), position: 1, ..Default::default() };
        let stage = s.stages().create(stage).await.unwrap().id;
        let spare_pipeline = NewPipeline { name: "Spare".into(), active: true, ..Default::default() };
        let spare_pipeline = s.pipelines().create(spare_pipeline).await.unwrap().id;
        let unassigned = li.opportunities().create(chance()).await.unwrap().id;
        let assigned = s.opportunities().create(chance()).await.unwrap().id;
        s.opportunities().assign(assigned, id(li)).await.unwrap();
        let item = NewPlanItem { opportunity: assigned, date, todo: "Call".into(), ..Default::default() };
        let item = li.plan_items().create(item).await.unwrap().id;
        let mut requests = Vec::new();
        for steps in 0..3 {
            let request = li.services().create(complaint(customer)).await.unwrap().id;
            if steps > 0 {
                s.services().assign(request, id(li)).await.unwrap();
            }
            if steps > 1 {
                li.services().handle(request, "sorry").await.unwrap();
            }
            requests.push(request);
        }
        let requests = [requests[0], requests[1], requests[2]];
        let [warning, deferred] = lost(cast).await;
        let measure = s.loss_measures().list(Query::of::<LossMeasure>()).await.unwrap().items[0].id;
        let job = s.jobs().create(NewJob { name: "sweep".into(), ..Default::default() }).await.unwrap().id;
        let saved = s.of::<SavedReport>().create(saved("Old")).await.unwrap().id;
        let _ = granted;
        Self {
            li: id(li),
            role,
            right,
            spare_role,
            spare_user,
            team,
            grant,
            field_rule,
            series,
            organisation,
            entry,
            customer,
            contact,
            activity,
            product: tea,
            spare_product,
            stock,
            orders,
            spare_order,
            line,
            pipeline,
            stage,
            spare_pipeline,
            unassigned,
            assigned,
            item,
            requests,
            warning,
            deferred,
            measure,
            job,
            saved,
        }
    }
}

/// Two customers of whose silence is known, and one who has been silent without anybody noticing.
async fn lost(cast: &Cast) -> [Id<LostCustomer>; 2] {
    let (s, li) = (&cast.system, &cast.li);
    let silent = |name: &'static str| async move {
        let customer = li.customers().create(NewCustomer::new(name)).await.unwrap().id;
        let ordered_at = "2025-01-05".parse().unwrap();
        let order = NewOrder { customer, ordered_at, status: OrderStatus::Shipped, ..Default::default() };
        s.orders().create(order).await.unwrap();
        customer
    };
    let (one, two) = (silent("Silent 1").await, silent("Silent 2").await);
    cast.clock.advance(TimeDelta::seconds(1)).unwrap();
    assert_eq!(s.lost_scan(&LostScanOptions::default()).await.unwrap().warned, 2);
    silent("Silent 3").await;
    let row = |customer: Id<Customer>| async move {
        let rows = Query::of::<LostCustomer>().filter(LostCustomer::customer.eq(customer));
        s.lost_customers().list(rows).await.unwrap().items[0].id
    };
    let rows = [row(one).await, row(two).await];
    li.lost_customers().defer(rows[1], "a gift").await.unwrap();
    rows
}

/// What is set by the crate alone can't be made by hand, and of what is only ever added nothing is edited or deleted.
pub(crate) static CASES: &[Case] = &[
    case!("organisation.create", true, |s, w| s.of::<Organisation>().create(NewOrganisation::main()).await),
    case!("organisation.edit", |s, w| {
        let patch = OrganisationPatch { name: Some("Tea & Co".to_owned()).into(), ..Default::default() };
        s.organisation().edit(w.organisation, patch).await
    }),
    case!("organisation.delete", |s, w| s.organisation().delete(w.organisation).await),
    case!("number_series.create", |s, w| s.of::<NumberSeries>().create(NewNumberSeries::daily("new", "N")).await),
    case!("number_series.edit", |s, w| {
        let patch = NumberSeriesPatch { prefix: Some("X".to_owned()).into(), ..Default::default() };
        s.of::<NumberSeries>().edit(w.series, patch).await
    }),
    case!("number_series.delete", |s, w| s.of::<NumberSeries>().delete(w.series).await),
    case!("series_counter.create", |s, w| s.of::<SeriesCounter>().create(Default::default()).await),
    case!("series_counter.edit", |s, w| s.of::<SeriesCounter>().edit(Id::NIL, Default::default()).await),
    case!("series_counter.delete", |s, w| s.of::<SeriesCounter>().delete(Id::NIL).await),
    case!("role.create", |s, w| s.roles().create(NewRole::new("new")).await),
    case!("role.edit", |s, w| {
        let patch = RolePatch { active: false.into(), ..Default::default() };
        s.roles().edit(w.spare_role, patch).await
    }),
    case!("role.delete", |s, w| s.roles().delete(w.spare_role).await),
    case!("right.create", |s, w| {
        let new = NewRight { code: "fleet.drive".into(), text: "Drive".into(), ..Default::default() };
        s.of::<Right>().create(new).await
    }),
    case!("right.edit", |s, w| {
        let patch = RightPatch { tip: Some("to see them".to_owned()).into(), ..Default::default() };
        s.of::<Right>().edit(w.right, patch).await
    }),
    case!("right.delete", true, |s, w| s.of::<Right>().delete(w.right).await),
    case!("grant.create", |s, w| {
        s.grants()
            .create(NewGrant { role: w.spare_role, right: w.right, scope: Scope::All, ..Default::default() })
            .await
    }),
    case!("grant.edit", |s, w| {
        s.grants().edit(w.grant, GrantPatch { scope: Scope::All.into(), ..Default::default() }).await
    }),
    case!("grant.delete", |s, w| s.grants().delete(w.grant).await),
    case!("team.create", |s, w| s.teams().create(NewTeam { name: "West".into(), ..Default::default() }).await),
    case!("team.edit", |s, w| {
        s.teams().edit(w.team, TeamPatch { name: "North".to_owned().into(), ..Default::default() }).await
    }),
    case!("team.delete", |s, w| s.teams().delete(w.team).await),
    case!("user.create", |s, w| s.users().create(NewUser::new("new", w.role)).await),
    case!("user.edit", |s, w| {
        let patch = UserPatch { email: Some("a@b.c".to_owned()).into(), active: false.into(), ..Default::default() };
        s.users().edit(w.spare_user, patch).await
    }),
    case!("user.delete", |s, w| s.users().delete(w.spare_user).await),
    case!("user.set_password", |s, w| s.users().set_password(w.spare_user, "for the first day").await),
    case!("user.unlock", |s, w| s.users().unlock(w.spare_user).await),
    case!("field_rule.create", |s, w| {
        let (entity, field) = ("customer".into(), "phone".into());
        s.field_rules().create(NewFieldRule { role: w.role, entity, field, ..Default::default() }).await
    }),
    case!("field_rule.edit", |s, w| {
        let patch = FieldRulePatch { access: FieldAccess::Frozen.into(), ..Default::default() };
        s.field_rules().edit(w.field_rule, patch).await
    }),
    case!("field_rule.delete", |s, w| s.field_rules().delete(w.field_rule).await),
    case!("access_revision.create", |s, w| s.of::<AccessRevision>().create(Default::default()).await),
    case!("access_revision.edit", |s, w| s.of::<AccessRevision>().edit(Id::NIL, Default::default()).await),
    case!("access_revision.delete", |s, w| s.of::<AccessRevision>().delete(Id::NIL).await),
    case!("dictionary_entry.create", |s, w| {
        s.dictionary_entries().create(NewDictionaryEntry::new("region", "North", "North")).await
    }),
    case!("dictionary_entry.edit", |s, w| {
        let patch = DictionaryEntryPatch { item: "Deep south".to_owned().into(), ..Default::default() };
        s.dictionary_entries().edit(w.entry, patch).await
    }),
    case!("dictionary_entry.delete", |s, w| s.dictionary_entries().delete(w.entry).await),
    case!("dictionary_revision.create", |s, w| s.of::<DictionaryRevision>().create(Default::default()).await),
    case!("dictionary_revision.edit", |s, w| s.of::<DictionaryRevision>().edit(Id::NIL, Default::default()).await),
    case!("dictionary_revision.delete", |s, w| s.of::<DictionaryRevision>().delete(Id::NIL).await),
    case!("customer.create", |s, w| s.customers().create(NewCustomer::new("New")).await),
    case!("customer.edit", |s, w| {
        let money: Money = "1234.5678".parse().unwrap();
        let patch = CustomerPatch { level: Some(Rating::Five).into(), ..Default::default() };
        s.customers().edit(w.customer, CustomerPatch { annual_turnover: Some(money).into(), ..patch }).await
    }),
    case!("customer.delete", |s, w| s.customers().delete(w.customer).await),
    case!("contact.create", |s, w| {
        let phone = Some("13800000001".to_owned());
        s.contacts().create(NewContact { customer: w.customer, name: "Mei".into(), phone, ..Default::default() }).await
    }),
    case!("contact.edit", |s, w| {
        s.contacts().edit(w.contact, ContactPatch { name: "Mei".to_owned().into(), ..Default::default() }).await
    }),
    case!("contact.delete", |s, w| s.contacts().delete(w.contact).await),
    case!("lost_customer.create", true, |s, w| s.lost_customers().create(Default::default()).await),
    case!("lost_customer.edit", true, |s, w| s.lost_customers().edit(Id::NIL, Default::default()).await),
    case!("lost_customer.delete", |s, w| s.lost_customers().delete(w.warning).await),
    case!("lost_customer.defer", |s, w| s.lost_customers().defer(w.warning, "a call").await),
    case!("lost_customer.confirm", |s, w| s.lost_customers().confirm(w.deferred, "gone").await),
    case!("lost_customer.scan", |s, w| {
        let options = LostScanOptions::default();
        s.lost_scan(&options).await
    }),
    case!("loss_measure.create", true, |s, w| s.loss_measures().create(Default::default()).await),
    case!("loss_measure.edit", true, |s, w| s.loss_measures().edit(w.measure, Default::default()).await),
    case!("loss_measure.delete", true, |s, w| s.loss_measures().delete(w.measure).await),
    case!("activity.create", |s, w| {
        let date = "2026-03-04".parse().unwrap();
        s.activities()
            .create(NewActivity {
                customer: w.customer,
                title: "Tea".into(),
                date,
                place: Some("Here".into()),
                ..Default::default()
            })
            .await
    }),
    case!("activity.edit", |s, w| {
        s.activities().edit(w.activity, ActivityPatch { title: "Lunch".to_owned().into(), ..Default::default() }).await
    }),
    case!("activity.delete", |s, w| s.activities().delete(w.activity).await),
    case!("product.create", |s, w| s.products().create(product("NEW")).await),
    case!("product.edit", |s, w| {
        let price: Money = "9.99".parse().unwrap();
        s.products().edit(w.product, ProductPatch { price: Some(price).into(), ..Default::default() }).await
    }),
    case!("product.delete", |s, w| s.products().delete(w.spare_product).await),
    case!("stock_item.create", |s, w| {
        let count = "7".parse().unwrap();
        s.stock().create(NewStockItem { product: w.product, warehouse: "V".into(), count, ..Default::default() }).await
    }),
    case!("stock_item.edit", |s, w| {
        let count: Quantity = "4.5".parse().unwrap();
        s.stock().edit(w.stock, StockItemPatch { count: count.into(), ..Default::default() }).await
    }),
    case!("stock_item.delete", |s, w| s.stock().delete(w.stock).await),
    case!("order.create", |s, w| s.orders().create(NewOrder { customer: w.customer, ..Default::default() }).await),
    case!("order.create", |s, w| {
        let lines = vec![line(Id::NIL, w.product, 1), line(Id::NIL, w.product, 2)];
        s.orders().place(NewOrder { customer: w.customer, ..Default::default() }, lines).await
    }),
    case!("order.edit", |s, w| {
        s.orders()
            .edit(w.orders[0], OrderPatch { address: Some("Road 1".to_owned()).into(), ..Default::default() })
            .await
    }),
    case!("order.delete", |s, w| s.orders().delete(w.spare_order).await),
    case!("order.confirm", |s, w| s.orders().confirm(w.orders[0]).await),
    case!("order.pick", |s, w| s.orders().pick(w.orders[1]).await),
    case!("order.pack", |s, w| s.orders().pack(w.orders[2]).await),
    case!("order.ship", |s, w| s.orders().ship(w.orders[3]).await),
    case!("order.cancel", |s, w| s.orders().cancel(w.orders[0]).await),
    case!("order.pay_part", |s, w| s.orders().pay_part(w.orders[0]).await),
    case!("order.pay", |s, w| s.orders().pay(w.orders[0], None).await),
    case!("order_line.create", |s, w| s.order_lines().create(line(w.orders[0], w.product, 2)).await),
    case!("order_line.edit", |s, w| {
        let quantity: Quantity = "11".parse().unwrap();
        s.order_lines().edit(w.line, OrderLinePatch { quantity: quantity.into(), ..Default::default() }).await
    }),
    case!("order_line.delete", |s, w| s.order_lines().delete(w.line).await),
    case!("service_request.create", |s, w| s.services().create(complaint(w.customer)).await),
    case!("service_request.edit", |s, w| {
        let patch = ServiceRequestPatch { title: "Cups".to_owned().into(), ..Default::default() };
        s.services().edit(w.requests[0], patch).await
    }),
    case!("service_request.delete", |s, w| s.services().delete(w.requests[0]).await),
    case!("service_request.assign", |s, w| s.services().assign(w.requests[0], w.li).await),
    case!("service_request.handle", |s, w| s.services().handle(w.requests[1], "new pots").await),
    case!("service_request.feedback", |s, w| s.services().feedback(w.requests[2], "content", Rating::Five).await),
    case!("service_round.create", true, |s, w| s.service_rounds().create(Default::default()).await),
    case!("service_round.edit", true, |s, w| s.service_rounds().edit(Id::NIL, Default::default()).await),
    case!("service_round.delete", true, |s, w| s.of::<ServiceRound>().delete(Id::NIL).await),
    case!("history_entry.create", |s, w| s.of::<HistoryEntry>().create(Default::default()).await),
    case!("history_entry.edit", |s, w| s.of::<HistoryEntry>().edit(Id::NIL, Default::default()).await),
    case!("history_entry.delete", |s, w| s.of::<HistoryEntry>().delete(Id::NIL).await),
    case!("event_entry.create", true, |s, w| s.of::<EventEntry>().create(Default::default()).await),
    case!("event_entry.edit", true, |s, w| s.of::<EventEntry>().edit(Id::NIL, Default::default()).await),
    case!("event_entry.delete", true, |s, w| s.of::<EventEntry>().delete(Id::NIL).await),
    case!("event_shard.create", true, |s, w| s.of::<EventShard>().create(Default::default()).await),
    case!("event_shard.edit", true, |s, w| s.of::<EventShard>().edit(Id::NIL, Default::default()).await),
    case!("event_shard.delete", true, |s, w| s.of::<EventShard>().delete(Id::NIL).await),
    case!("subscription.create", |s, w| s.of::<Subscription>().create(Default::default()).await),
    case!("subscription.edit", |s, w| s.of::<Subscription>().edit(Id::NIL, Default::default()).await),
    case!("subscription.delete", |s, w| s.of::<Subscription>().delete(Id::NIL).await),
    case!("parked_event.create", |s, w| s.of::<ParkedEvent>().create(Default::default()).await),
    case!("parked_event.edit", |s, w| s.of::<ParkedEvent>().edit(Id::NIL, Default::default()).await),
    case!("parked_event.delete", |s, w| s.of::<ParkedEvent>().delete(Id::NIL).await),
    case!("import_run.create", |s, w| s.of::<ImportRun>().create(Default::default()).await),
    case!("import_run.edit", |s, w| s.of::<ImportRun>().edit(Id::NIL, Default::default()).await),
    case!("import_run.delete", |s, w| s.of::<ImportRun>().delete(Id::NIL).await),
    case!("job.create", |s, w| s.jobs().create(NewJob::new("spare")).await),
    case!("job.edit", |s, w| s.jobs().edit(w.job, JobPatch { enabled: true.into(), ..Default::default() }).await),
    case!("job.delete", |s, w| s.jobs().delete(w.job).await),
    case!("saved_report.create", |s, w| s.of::<SavedReport>().create(saved("New")).await),
    case!("saved_report.edit", |s, w| {
        let patch = SavedReportPatch { shared: Sharing::All.into(), ..Default::default() };
        s.of::<SavedReport>().edit(w.saved, patch).await
    }),
    case!("saved_report.delete", |s, w| s.of::<SavedReport>().delete(w.saved).await),
    case!("job_state.create", |s, w| s.job_states().create(Default::default()).await),
    case!("job_state.edit", |s, w| s.job_states().edit(Id::NIL, Default::default()).await),
    case!("job_state.delete", |s, w| s.job_states().delete(Id::NIL).await),
    case!("job_run.create", |s, w| s.job_runs().create(Default::default()).await),
    case!("job_run.edit", |s, w| s.job_runs().edit(Id::NIL, Default::default()).await),
    case!("job_run.delete", |s, w| s.job_runs().delete(Id::NIL).await),
    case!("reminder.create", |s, w| s.reminders().create(Default::default()).await),
    case!("reminder.edit", |s, w| s.reminders().edit(Id::NIL, Default::default()).await),
    case!("reminder.delete", |s, w| s.reminders().delete(Id::NIL).await),
    case!("import_rejects.create", |s, w| s.of::<ImportRejects>().create(Default::default()).await),
    case!("import_rejects.edit", |s, w| s.of::<ImportRejects>().edit(Id::NIL, Default::default()).await),
    case!("import_rejects.delete", |s, w| s.of::<ImportRejects>().delete(Id::NIL).await),
    case!("pipeline.create", |s, w| {
        s.pipelines().create(NewPipeline { name: "New".into(), active: true, ..Default::default() }).await
    }),
    case!("pipeline.edit", |s, w| {
        s.pipelines().edit(w.pipeline, PipelinePatch { active: false.into(), ..Default::default() }).await
    }),
    case!("pipeline.delete", |s, w| s.pipelines().delete(w.spare_pipeline).await),
    case!("stage.create", |s, w| {
        s.stages()
            .create(NewStage { pipeline: w.pipeline, name: "Next".into(), position: 2, ..Default::default() })
            .await
    }),
    case!("stage.edit", |s, w| {
        s.stages().edit(w.stage, StagePatch { name: "Begin".to_owned().into(), ..Default::default() }).await
    }),
    case!("stage.delete", |s, w| s.stages().delete(w.stage).await),
    case!("opportunity.create", |s, w| s.opportunities().create(chance()).await),
    case!("opportunity.edit", |s, w| {
        let patch = OpportunityPatch { title: "More tea".to_owned().into(), ..Default::default() };
        s.opportunities().edit(w.unassigned, patch).await
    }),
    case!("opportunity.delete", |s, w| s.opportunities().delete(w.unassigned).await),
    case!("opportunity.assign", |s, w| s.opportunities().assign(w.unassigned, w.li).await),
    case!("opportunity.win", |s, w| s.opportunities().win(w.assigned).await),
    case!("opportunity.terminate", |s, w| s.opportunities().terminate(w.assigned, "no money").await),
    case!("plan_item.create", |s, w| {
        let date = "2026-03-05".parse().unwrap();
        s.plan_items()
            .create(NewPlanItem { opportunity: w.assigned, date, todo: "Ask".into(), ..Default::default() })
            .await
    }),
    case!("plan_item.edit", |s, w| {
        s.plan_items().edit(w.item, PlanItemPatch { todo: "Visit".to_owned().into(), ..Default::default() }).await
    }),
    case!("plan_item.delete", |s, w| s.plan_items().delete(w.item).await),
    case!("plan_item.execute", |s, w| s.plan_items().execute(w.item, "they drink it").await),
];

impl World {
    /// The case of a command once more, as it is sent by name: the record, and what is said with it.
    #[allow(dead_code, reason = "only one of the test programs sends")]
    pub(crate) fn sent(&self, right: &str) -> Option<(RecordId, serde_json::Value)> {
        use serde_json::{Value::Null, json};
        let sent = match right {
            "lost_customer.defer" => (self.warning.raw(), json!({"measure": "a call"})),
            "lost_customer.confirm" => (self.deferred.raw(), json!({"reason": "gone"})),
            "order.confirm" => (self.orders[0].raw(), Null),
            "order.pick" => (self.orders[1].raw(), json!({})),
            "order.pack" => (self.orders[2].raw(), Null),
            "order.ship" => (self.orders[3].raw(), Null),
            "order.cancel" => (self.orders[0].raw(), Null),
            "order.pay_part" => (self.orders[0].raw(), Null),
            "order.pay" => (self.orders[0].raw(), json!({"paid_on": null})),
            "service_request.assign" => (self.requests[0].raw(), json!({"to": self.li})),
            "service_request.handle" => (self.requests[1].raw(), json!({"handling": "new pots"})),
            "service_request.feedback" => (self.requests[2].raw(), json!({"result": "content", "satisfaction": "5"})),
            "opportunity.assign" => (self.unassigned.raw(), json!({"to": self.li})),
            "opportunity.win" => (self.assigned.raw(), Null),
            "opportunity.terminate" => (self.assigned.raw(), json!({"reason": "no money"})),
            "plan_item.execute" => (self.item.raw(), json!({"result": "they drink it"})),
            _ => return None,
        };
        Some(sent)
    }
}
