//! Three teams and their belongings, each record marked with whose it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crmkit::access::{NewTeam, RightTree, Scope};
use crmkit::change::{Change, ChangeSet};
use crmkit::clock::FixedClock;
use crmkit::customers::{Activity, LossMeasure, LossStatus, LostCustomer, NewActivity};
use crmkit::id::{RecordId, SetId};
use crmkit::jobs::{NewReminder, Reminder};
use crmkit::marketing::{NewOpportunity, NewPlanItem, Opportunity, OpportunityStatus, PlanItem};
use crmkit::prelude::*;
use crmkit::service::{NewServiceRequest, ServiceRequest, ServiceRound, ServiceStatus};
use crmkit::storage::Storage;

/// Those who have something, the teams they are in, and what each sells for: sums tell whose figures are in them.
pub(crate) const OWNERS: [(&str, &str, i64); 4] =
    [("li", "north", 1), ("wang", "north", 10), ("zhao", "city", 100), ("qian", "south", 1_000)];

/// The entities whose records belong to somebody.
pub(crate) const OWNED: [&str; 12] = [
    "customer",
    "contact",
    "activity",
    "order",
    "order_line",
    "opportunity",
    "plan_item",
    "lost_customer",
    "loss_measure",
    "service_request",
    "service_round",
    "reminder",
];

/// Who looks, and what he should see.
pub(crate) struct Person {
    pub(crate) session: Session,
    pub(crate) role: &'static str,
    /// Whose records his lists show; without the right to list them none at all.
    pub(crate) lists: Option<&'static [&'static str]>,
    /// Whose figures his reports show; without the right none at all.
    pub(crate) reports: Option<&'static [&'static str]>,
    /// Whose figures a report of his own making shows.
    pub(crate) custom: Option<&'static [&'static str]>,
    /// The entities of nobody's records that he may list.
    pub(crate) open: &'static [&'static str],
}

const EVERYBODY: &[&str] = &["li", "wang", "zhao", "qian"];
const SETTINGS: &[&str] = &["pipeline", "stage", "dictionary_entry", "product", "stock_item"];

pub(crate) struct Company {
    pub(crate) system: Session,
    pub(crate) people: Vec<Person>,
    /// Whose each record is, by entity.
    pub(crate) owners: BTreeMap<&'static str, BTreeMap<RecordId, &'static str>>,
    changes: Vec<Change>,
    next: u8,
}

impl Company {
    pub(crate) async fn on(storage: Arc<dyn Storage>) -> Self {
        let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let crm = Crm::builder(storage.clone()).clock(FixedClock::new(now)).open().await.unwrap();
        let system = crm.system();
        let mut teams = BTreeMap::new();
        for (name, parent) in [("north", None), ("city", Some("north")), ("south", None)] {
            let parent = parent.map(|parent: &str| teams[parent]);
            let team = NewTeam { name: name.into(), parent, ..Default::default() };
            teams.insert(name, system.teams().create(team).await.unwrap().id);
        }
        // Account managers who may also run reports, as far as each scope reaches.
        for (name, scope) in [("reporter", Scope::Own), ("team_reporter", Scope::Team), ("head", Scope::Subtree)] {
            let role = system.roles().create(NewRole::new(name)).await.unwrap().id;
            let manager = system.roles().named("account_manager").await.unwrap().id;
            let (tree, ticks) =
                (system.roles().right_tree().await.unwrap(), system.roles().ticks(manager).await.unwrap());
            for code in tree.operations(RightTree::ROOT).unwrap() {
                let shared = SETTINGS.iter().any(|entity| code.starts_with(&format!("{entity}.")));
                if ticks.contains(code) || code.starts_with("report.") {
                    system.roles().tick(role, code, if shared { Scope::All } else { scope }).await.unwrap();
                }
            }
        }
        let mut company = Self { system, people: Vec::new(), owners: BTreeMap::new(), changes: Vec::new(), next: 0 };
        let mut users = BTreeMap::new();
        for (login, role, team) in [
            ("li", "account_manager", "north"),
            ("wang", "reporter", "north"),
            ("zhao", "account_manager", "city"),
            ("qian", "account_manager", "south"),
            ("tim", "team_reporter", "north"),
            ("head", "head", "north"),
            ("sv", "supervisor", "south"),
            ("boss", "executive", "south"),
            ("root", "administrator", "north"),
        ] {
            let role = company.system.roles().named(role).await.unwrap().id;
            let new = NewUser { team: Some(teams[team]), ..NewUser::new(login, role) };
            users.insert(login, company.system.users().create(new).await.unwrap().id);
        }
        for (owner, _, price) in OWNERS {
            company.belongings(owner, users[owner], price, now);
        }
        let mut set = ChangeSet::new(SetId(RecordId::from_bytes([251; 16])), now, "test");
        set.changes = std::mem::take(&mut company.changes);
        storage.commit(&set).await.unwrap();
        // That was written past the sessions, which keep the rollups.
        crm.system().rebuild_rollups().await.unwrap();
        for (login, role, lists, reports, open) in expected() {
            let session = crm.session(users[login]).await.unwrap();
            let custom = reports.filter(|_| lists.is_some());
            company.people.push(Person { session, role, lists, reports, custom, open });
        }
        company
    }

    /// The records of an entity that belong to some of the owners.
    pub(crate) fn of(&self, entity: &str, owners: &[&str]) -> BTreeSet<RecordId> {
        let all = self.owners.get(entity).into_iter().flatten();
        all.filter(|(_, owner)| owners.contains(owner)).map(|(id, _)| *id).collect()
    }

    fn record<E: Entity>(&mut self, owner: &'static str, new: E::New, with: impl FnOnce(&mut E)) -> Id<E> {
        self.next += 1;
        let id = Id::new(RecordId::from_bytes([self.next; 16]));
        let mut record = E::draft(id, new);
        with(&mut record);
        self.changes.push(Change::Insert(record.into_record()));
        let code = E::definition().code;
        if let Some(code) = OWNED.into_iter().find(|owned| *owned == code) {
            self.owners.entry(code).or_default().insert(id.raw(), owner);
        }
        id
    }

    fn belongings(&mut self, owner: &'static str, user: Id<User>, price: i64, now: Timestamp) {
        // A word that nothing else has.
        let mark = format!("zz{owner}");
        let (day, money): (Date, Money) = ("2020-05-04".parse().unwrap(), price.to_string().parse().unwrap());
        let then: Timestamp = "2020-05-04T12:00:00Z".parse().unwrap();
        let new = NewCustomer {
            number: format!("K-{mark}"),
            manager: Some(user),
            region: Some(mark.clone()),
            ..NewCustomer::new(format!("Customer {mark}"))
        };
        let customer = self.record::<Customer>(owner, new, |customer| {
            (customer.created_at, customer.last_order_on) = (then, Some(day));
        });
        let new = NewContact { customer, name: format!("Ann {mark}"), ..Default::default() };
        self.record::<Contact>(owner, new, |_| {});
        let (title, place) = (format!("Visit {mark}"), Some("there".into()));
        self.record::<Activity>(owner, NewActivity { customer, date: day, title, place, ..Default::default() }, |_| {});
        let new = NewProduct { code: format!("P-{mark}"), name: format!("Tea {mark}"), ..Default::default() };
        let product = self.record::<Product>(owner, new, |_| {});
        let (status, payment) = (OrderStatus::Shipped, Payment::Paid);
        let new = NewOrder { number: format!("O-{mark}"), customer, status, payment, ..Default::default() };
        let order = self.record::<Order>(owner, new, |order| (order.ordered_at, order.amount) = (then, money));
        let quantity = "1".parse().unwrap();
        let new = NewOrderLine { order, line: 1, product, quantity, unit_price: money, ..Default::default() };
        self.record::<OrderLine>(owner, new, |line| line.amount = money);
        let mut planned = None;
        for status in [OpportunityStatus::Assigned, OpportunityStatus::Won] {
            let new = NewOpportunity {
                number: format!("X-{mark}-{}", status.code()),
                customer_name: format!("Customer {mark}"),
                title: format!("Tea {mark}"),
                customer: Some(customer),
                amount: Some(money),
                expected_close_on: Some(day),
                success_rate: Some(50),
                ..Default::default()
            };
            planned = Some(self.record::<Opportunity>(owner, new, |opportunity| {
                (opportunity.status, opportunity.created_at) = (status, then);
                (opportunity.owner, opportunity.assigned_to) = (Some(user), Some(user));
                opportunity.closed_at = (status == OpportunityStatus::Won).then_some(then);
            }));
        }
        let opportunity = planned.unwrap();
        let new = NewPlanItem { opportunity, date: day, todo: mark.clone(), ..Default::default() };
        self.record::<PlanItem>(owner, new, |_| {});
        let lost = self.record::<LostCustomer>(owner, Default::default(), |lost| {
            (lost.customer, lost.manager, lost.status) = (customer, Some(user), LossStatus::Confirmed);
            (lost.warned_at, lost.confirmed_at, lost.reason) = (then, Some(then), Some(mark.clone()));
        });
        self.record::<LossMeasure>(owner, Default::default(), |measure| {
            (measure.lost, measure.taken_at, measure.measure) = (lost, then, mark.clone());
        });
        let new = NewServiceRequest {
            number: format!("F-{mark}"),
            ..NewServiceRequest::new("inquiry", format!("Cold {mark}"), customer, mark.clone())
        };
        let request = self.record::<ServiceRequest>(owner, new, |request| {
            (request.status, request.created_at) = (ServiceStatus::Archived, now);
            (request.created_by, request.assigned_to) = (Some(user), Some(user));
        });
        let record = request.to_string();
        self.record::<Reminder>(
            owner,
            NewReminder { record, due_on: day, at: then, ..Default::default() },
            |reminder| {
                (reminder.user, reminder.title) = (Some(user), mark.clone());
            },
        );
        self.record::<ServiceRound>(owner, Default::default(), |round| {
            (round.request, round.round, round.handling, round.result) = (request, 1, mark.clone(), mark.clone());
            (round.satisfaction, round.feedback_at) = (Rating::Five, now);
        });
    }
}

type Expected = (
    &'static str,
    &'static str,
    Option<&'static [&'static str]>,
    Option<&'static [&'static str]>,
    &'static [&'static str],
);

/// Login, role, whose records and whose figures he sees, and what else he may list.
fn expected() -> Vec<Expected> {
    vec![
        ("root", "administrator", None, None, ADMINISTERED),
        (
            "sv",
            "supervisor",
            Some(EVERYBODY),
            Some(EVERYBODY),
            &["pipeline", "stage", "dictionary_entry", "product", "stock_item", "user", "saved_report"],
        ),
        ("boss", "executive", None, Some(EVERYBODY), &[]),
        ("li", "account_manager", Some(&["li"]), None, SETTINGS),
        ("wang", "reporter", Some(&["wang"]), Some(&["wang"]), SETTINGS),
        ("tim", "team_reporter", Some(&["li", "wang"]), Some(&["li", "wang"]), SETTINGS),
        ("head", "head", Some(&["li", "wang", "zhao"]), Some(&["li", "wang", "zhao"]), SETTINGS),
    ]
}

const ADMINISTERED: &[&str] = &[
    "user",
    "team",
    "role",
    "right",
    "grant",
    "field_rule",
    "organisation",
    "number_series",
    "dictionary_entry",
    "pipeline",
    "stage",
    "product",
    "stock_item",
    "import_run",
    "import_rejects",
    "job",
    "job_state",
    "job_run",
];
