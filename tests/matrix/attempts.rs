//! Every operation there is, and how it is tried on a record.

use crmkit::access::{AccessRevision, FieldRule, NewFieldRule, NewGrant, NewRight, NewTeam, Right, Scope};
use crmkit::crm::Jobs;
use crmkit::customers::{Activity, LossMeasure, LostCustomer, LostScanOptions, NewActivity};
use crmkit::dictionary::{DictionaryEntry, DictionaryRevision, NewDictionaryEntry};
use crmkit::events::{EventEntry, EventShard, ParkedEvent, Subscription};
use crmkit::history::HistoryEntry;
use crmkit::id::RecordId;
use crmkit::jobs::{Job, JobRun, JobState, Reminder};
use crmkit::marketing::{NewPipeline, NewPlanItem, NewStage, Opportunity, Pipeline, PlanItem, Stage};
use crmkit::organisation::{NewNumberSeries, NumberSeries, SeriesCounter};
use crmkit::prelude::*;
use crmkit::report::{Definition, MeasureColumn, NewSavedReport, ReportError, SavedReport};
use crmkit::sales::NewProduct;
use crmkit::service::{NewServiceRequest, ServiceRequest, ServiceRound};
use crmkit::session::TrailOptions;
use crmkit::transfer::{
    BackupOptions, ExportOptions, ImportKind, ImportOptions, ImportOutput, ImportRejects, ImportRun, TransferError,
};
use pollster::block_on;

use crate::world::{OWNERS, Target, World, chance};

const NONE: [(&str, &str); 0] = [];

/// What came of trying an operation.
pub(crate) fn outcome(tried: &Result<(), Error>) -> &'static str {
    match tried {
        Ok(()) => "allowed",
        Err(error) => match error.code() {
            "not_found" => "not found",
            code @ ("denied" | "state") => code,
            code => panic!("neither allowed nor refused for a reason of rights or states: {code}: {error}"),
        },
    }
}

/// On what an operation is tried: records of its entity, or of what a new one belongs to.
pub(crate) fn targets(world: &World, code: &str) -> Vec<Target> {
    let (entity, action) = code.split_once('.').unwrap();
    let nothing = Target { entity: "", owner: "any", state: "any", id: RecordId::NIL };
    let parents = |parent: &str, states: &[&str]| -> Vec<Target> {
        let fits = |target: &&Target| target.entity == parent && states.contains(&target.state);
        world.targets.iter().filter(fits).cloned().collect()
    };
    match (entity, action) {
        ("customer", "create") => OWNERS.map(|owner| Target { owner, ..nothing.clone() }).to_vec(),
        ("contact" | "activity" | "order" | "service_request", "create") => parents("customer", &["normal"]),
        ("order_line", "create") => parents("order", &["created", "paid", "cancelled"]),
        ("plan_item", "create") => parents("opportunity", &["unassigned", "assigned", "won", "terminated"]),
        (_, "create") | ("lost_customer", "scan") | ("job", "run") | ("report" | "data" | "history", _) => {
            vec![nothing]
        }
        _ => world.targets.iter().filter(|target| target.entity == entity).cloned().collect(),
    }
}

/// Tries an operation as the acting user; `None` if nobody has said how.
pub(crate) fn attempt(world: &World, code: &str, target: &Target) -> Option<Result<(), Error>> {
    let (entity, action) = code.split_once('.').unwrap();
    let me = &world.me;
    let tried = match (entity, action) {
        (_, "create") => create(world, entity, target)?,
        (_, "read" | "edit" | "delete") => common(me, entity, action, target.id)?,
        ("report", "custom") => {
            let count = MeasureColumn::new("count", Measure::Count);
            report(block_on(me.report_custom(&Definition::groups::<Customer>("custom", vec![], vec![count]))))
        }
        ("report", name) => report(block_on(me.report(name, NONE))),
        ("data", "verify") => block_on(me.verify()).map(drop),
        ("data", "import") => import(me),
        ("data", "backup") => backup(me),
        // What is restored may be damaged, so the right is asked for by whoever restores.
        ("data", "restore") => block_on(me.require("data.restore")).map(drop),
        ("data", "export") => export(me),
        ("history", "erase") => {
            let roles = me.untyped("role").unwrap();
            block_on(roles.erase_history(world.of("role", "any", "any"), &[]))
        }
        ("history", "purge") => block_on(me.purge_history(Timestamp::EPOCH)).map(drop),
        ("history", "undo") => undo(world),
        ("lost_customer", "scan") => block_on(me.lost_scan(&LostScanOptions::default())).map(drop),
        ("job", "run") => block_on(me.run_due(&Jobs::default())).map(drop),
        _ => command(world, code, target.id)?,
    };
    Some(tried)
}

fn report<T>(tried: Result<T, ReportError>) -> Result<(), Error> {
    match tried {
        Ok(_) => Ok(()),
        Err(ReportError::Failed(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

/// Takes back what the system did.
fn undo(world: &World) -> Result<(), Error> {
    let products = world.crm.system().products();
    let new = NewProduct { code: "U1".into(), name: "Undone".into(), ..Default::default() };
    let made = block_on(products.create(new)).unwrap();
    let trail = block_on(products.history(made.id, &TrailOptions::default())).unwrap();
    block_on(world.me.undo(trail.entries[0].set)).map(drop)
}

fn import(me: &Session) -> Result<(), Error> {
    let options = ImportOptions::new(ImportKind::named("products").unwrap());
    let file = std::io::Cursor::new("code,name\nT9,Tea\n");
    match block_on(me.import(&options, file, ImportOutput::default())) {
        Ok(report) => {
            assert_eq!(report.progress.imported, 1);
            Ok(())
        }
        Err(crmkit::transfer::ImportError::Refused(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

fn backup(me: &Session) -> Result<(), Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.backup");
    let made = block_on(me.backup(&path, &BackupOptions::default()));
    assert_eq!(path.exists(), made.is_ok());
    made.map(drop)
}

fn export(me: &Session) -> Result<(), Error> {
    let folder = tempfile::tempdir().unwrap();
    match block_on(me.export(&folder.path().join("all"), ExportOptions::default())) {
        Ok(exported) => {
            assert!(exported.records > 0);
            Ok(())
        }
        Err(TransferError::Denied(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

macro_rules! entities {
    ($($code:literal => $Entity:ty,)*) => {
        fn common(me: &Session, entity: &str, action: &str, id: RecordId) -> Option<Result<(), Error>> {
            let tried = match entity {
                $($code => {
                    let (records, id) = (me.of::<$Entity>(), Id::<$Entity>::new(id));
                    match action {
                        "read" => block_on(records.get(id)).map(drop),
                        "edit" => block_on(records.edit(id, Default::default())).map(drop),
                        _ => block_on(records.delete(id)),
                    }
                })*
                _ => return None,
            };
            Some(tried)
        }

        fn blank(me: &Session, entity: &str) -> Option<Result<(), Error>> {
            let tried = match entity {
                $($code => block_on(me.of::<$Entity>().create(Default::default())).map(drop),)*
                _ => return None,
            };
            Some(tried)
        }
    };
}

entities! {
    "access_revision" => AccessRevision,
    "activity" => Activity,
    "contact" => Contact,
    "customer" => Customer,
    "dictionary_entry" => DictionaryEntry,
    "dictionary_revision" => DictionaryRevision,
    "event_entry" => EventEntry,
    "event_shard" => EventShard,
    "field_rule" => FieldRule,
    "grant" => Grant,
    "history_entry" => HistoryEntry,
    "import_rejects" => ImportRejects,
    "import_run" => ImportRun,
    "job" => Job,
    "job_run" => JobRun,
    "job_state" => JobState,
    "loss_measure" => LossMeasure,
    "lost_customer" => LostCustomer,
    "number_series" => NumberSeries,
    "opportunity" => Opportunity,
    "order" => Order,
    "order_line" => OrderLine,
    "organisation" => Organisation,
    "parked_event" => ParkedEvent,
    "pipeline" => Pipeline,
    "plan_item" => PlanItem,
    "product" => Product,
    "reminder" => Reminder,
    "right" => Right,
    "role" => Role,
    "saved_report" => SavedReport,
    "series_counter" => SeriesCounter,
    "service_request" => ServiceRequest,
    "service_round" => ServiceRound,
    "stage" => Stage,
    "stock_item" => StockItem,
    "subscription" => Subscription,
    "team" => Team,
    "user" => User,
}

fn create(world: &World, entity: &str, target: &Target) -> Option<Result<(), Error>> {
    let (me, any) = (&world.me, |entity: &str| world.of(entity, "any", "any"));
    let title = || "New".to_owned();
    let tried = match entity {
        "customer" => {
            let own = me.actor().id().unwrap();
            let of = |owner: &str| Id::new(customer_manager(world, owner));
            let manager = if target.owner == "own" { own } else { of(target.owner) };
            let new = NewCustomer { manager: Some(manager), ..NewCustomer::new("New") };
            block_on(me.customers().create(new)).map(drop)
        }
        "contact" => {
            let (customer, phone) = (Id::new(target.id), Some("1".into()));
            let new = NewContact { customer, name: title(), phone, ..Default::default() };
            block_on(me.contacts().create(new)).map(drop)
        }
        "activity" => {
            let (customer, date, place) = (Id::new(target.id), "2026-03-01".parse().unwrap(), Some(title()));
            let new = NewActivity { customer, date, place, title: title(), ..Default::default() };
            block_on(me.activities().create(new)).map(drop)
        }
        "order" => {
            block_on(me.orders().create(NewOrder { customer: Id::new(target.id), ..Default::default() })).map(drop)
        }
        "order_line" => {
            let (order, product) = (Id::new(target.id), Id::new(any("product")));
            let (quantity, unit_price) = ("1".parse().unwrap(), "1".parse().unwrap());
            let new = NewOrderLine { order, product, line: 7, quantity, unit_price, ..Default::default() };
            block_on(me.order_lines().create(new)).map(drop)
        }
        "service_request" => {
            let new = NewServiceRequest::new("inquiry", title(), Id::new(target.id), "Please");
            block_on(me.services().create(new)).map(drop)
        }
        "plan_item" => {
            let (opportunity, date) = (Id::new(target.id), "2026-03-09".parse().unwrap());
            let new = NewPlanItem { opportunity, date, todo: title(), ..Default::default() };
            block_on(me.plan_items().create(new)).map(drop)
        }
        "opportunity" => block_on(me.opportunities().create(chance())).map(drop),
        "product" => {
            let new = NewProduct { code: title(), name: title(), ..Default::default() };
            block_on(me.products().create(new)).map(drop)
        }
        "stock_item" => {
            let (product, count) = (Id::new(any("product")), "1".parse().unwrap());
            let new = NewStockItem { product, warehouse: title(), count, ..Default::default() };
            block_on(me.stock().create(new)).map(drop)
        }
        "pipeline" => block_on(me.pipelines().create(NewPipeline::new("New"))).map(drop),
        "stage" => {
            let new = NewStage { pipeline: Id::new(any("pipeline")), name: title(), position: 9, ..Default::default() };
            block_on(me.stages().create(new)).map(drop)
        }
        "dictionary_entry" => {
            block_on(me.dictionary_entries().create(NewDictionaryEntry::new("test", "New", "new"))).map(drop)
        }
        "number_series" => block_on(me.of::<NumberSeries>().create(NewNumberSeries::daily("new", "NN"))).map(drop),
        "user" => block_on(me.users().create(NewUser::new("new", Id::new(any("role"))))).map(drop),
        "team" => block_on(me.teams().create(NewTeam { name: title(), ..Default::default() })).map(drop),
        "role" => block_on(me.roles().create(NewRole::new("new"))).map(drop),
        "right" => {
            let new = NewRight { code: "new.right".into(), text: title(), ..Default::default() };
            block_on(me.rights().create(new)).map(drop)
        }
        "grant" => {
            let (role, right) = (Id::new(any("role")), Id::new(any("right")));
            block_on(me.grants().create(NewGrant { role, right, scope: Scope::Own, ..Default::default() })).map(drop)
        }
        "saved_report" => {
            let (name, definition) = (title(), crate::world::customers());
            block_on(me.of::<SavedReport>().create(NewSavedReport { name, definition, ..Default::default() })).map(drop)
        }
        "field_rule" => {
            let (role, entity, field) = (Id::new(any("role")), "customer".into(), "fax".into());
            block_on(me.field_rules().create(NewFieldRule { role, entity, field, ..Default::default() })).map(drop)
        }
        // Nobody but the system makes these; whoever may would show here as an input that does not fit.
        _ => blank(me, entity)?,
    };
    Some(tried)
}

fn customer_manager(world: &World, owner: &str) -> RecordId {
    let customer = Id::<Customer>::new(world.of("customer", owner, "normal"));
    block_on(world.crm.system().customers().get(customer)).unwrap().manager.unwrap().raw()
}

fn command(world: &World, code: &str, id: RecordId) -> Option<Result<(), Error>> {
    let me = &world.me;
    let (orders, order) = (me.orders(), Id::<Order>::new(id));
    let (opportunities, opportunity) = (me.opportunities(), Id::<Opportunity>::new(id));
    let (services, service) = (me.services(), Id::<ServiceRequest>::new(id));
    let (losses, lost) = (me.lost_customers(), Id::<LostCustomer>::new(id));
    let tried = match code {
        "opportunity.assign" => block_on(opportunities.assign(opportunity, world.assignee)).map(drop),
        "opportunity.win" => block_on(opportunities.win(opportunity)).map(drop),
        "opportunity.terminate" => block_on(opportunities.terminate(opportunity, "Too dear")).map(drop),
        "plan_item.execute" => block_on(me.plan_items().execute(Id::new(id), "Done")).map(drop),
        "lost_customer.defer" => block_on(losses.defer(lost, "Called")).map(drop),
        "lost_customer.confirm" => block_on(losses.confirm(lost, "Gone")).map(drop),
        "service_request.assign" => block_on(services.assign(service, world.assignee)).map(drop),
        "service_request.handle" => block_on(services.handle(service, "Boiled")).map(drop),
        "service_request.feedback" => block_on(services.feedback(service, "Fine", Rating::Five)).map(drop),
        "order.confirm" => block_on(orders.confirm(order)).map(drop),
        "order.pick" => block_on(orders.pick(order)).map(drop),
        "order.pack" => block_on(orders.pack(order)).map(drop),
        "order.ship" => block_on(orders.ship(order)).map(drop),
        "order.cancel" => block_on(orders.cancel(order)).map(drop),
        "order.pay_part" => block_on(orders.pay_part(order)).map(drop),
        "order.pay" => block_on(orders.pay(order, None)).map(drop),
        "user.set_password" => block_on(me.users().set_password(Id::new(id), "a long and good one")),
        "user.unlock" => block_on(me.users().unlock(Id::new(id))),
        _ => return None,
    };
    Some(tried)
}
