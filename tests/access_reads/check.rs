//! Asks everything that can be asked, and compares with what was computed from whose each record is.

use std::collections::{BTreeMap, BTreeSet};

use crmkit::id::RecordId;
use crmkit::marketing::Opportunity;
use crmkit::prelude::*;
use crmkit::query::QueryError;
use crmkit::report::{Definition, FieldColumn, KeyColumn, MeasureColumn, Report, ReportError, Table};
use crmkit::schema::{ColumnType, EntityDef, PathError, Record};

use crate::company::{Company, OWNED, OWNERS, Person};
use crate::eyes::{Eyes, Leaks, cells, definitions};

/// A standard report, an option, and its figures that add up: for each owner this many, or his price this many times.
type Figures = (&'static str, (&'static str, &'static str), &'static [(&'static str, Each)]);

#[derive(Debug, Clone, Copy)]
pub(crate) enum Each {
    Times(i64),
    Price,
}

const ROWS: &str = "";
const NO: (&str, &str) = ("", "");

/// Every standard report.
pub(crate) const REPORTS: [Figures; 37] = [
    ("contribution", NO, &[("amount", Each::Price), ("orders", Each::Times(1)), (ROWS, Each::Times(1))]),
    ("composition", ("by", "level"), &[("customers", Each::Times(1))]),
    ("service", NO, &[("services", Each::Times(1))]),
    ("loss", NO, &[(ROWS, Each::Times(1))]),
    ("loss-reasons", NO, &[("customers", Each::Times(1)), (ROWS, Each::Times(1))]),
    ("lapsed", NO, &[(ROWS, Each::Times(1))]),
    ("rfm", NO, &[("frequency", Each::Times(1)), ("monetary", Each::Price), (ROWS, Each::Times(1))]),
    ("funnel", NO, &[("opportunities", Each::Times(2))]),
    ("win-rate", ("by", "owner"), &[("won", Each::Times(1)), ("lost", Each::Times(0)), ("won_amount", Each::Price)]),
    ("forecast", ("by", "owner"), &[("opportunities", Each::Times(1)), ("amount", Each::Price)]),
    ("sales-trend", NO, &[("orders", Each::Times(1)), ("amount", Each::Price)]),
    ("top-products", NO, &[("quantity", Each::Times(1)), ("amount", Each::Price), (ROWS, Each::Times(1))]),
    ("abc-customers", NO, &[("amount", Each::Price), (ROWS, Each::Times(1))]),
    ("abc-products", NO, &[("amount", Each::Price), (ROWS, Each::Times(1))]),
    ("churn", NO, &[]),
    ("customer-value", NO, &[("orders", Each::Times(1)), ("amount", Each::Price), (ROWS, Each::Times(1))]),
    ("customers-to-contact", NO, &[]),
    ("handling-time", NO, &[]),
    ("new-customers", NO, &[]),
    ("opportunity-time", NO, &[]),
    ("order-status", NO, &[("orders", Each::Times(1)), ("amount", Each::Price)]),
    ("overdue-plans", NO, &[]),
    ("repeat-rate", NO, &[("customers", Each::Times(1))]),
    ("retention", NO, &[]),
    ("rework-rate", NO, &[]),
    ("sales-by", ("by", "region"), &[("orders", Each::Times(1)), ("amount", Each::Price)]),
    ("sales-cycle", NO, &[]),
    ("source-effectiveness", NO, &[("opportunities", Each::Times(2)), ("won_amount", Each::Price)]),
    ("stock-position", NO, &[]),
    ("work-review", NO, &[]),
    ("bought-together", ("at-least", "1"), &[]),
    ("stock-without-movement", NO, &[]),
    ("stage-ageing", NO, &[]),
    ("service-load", NO, &[("new", Each::Times(1))]),
    ("satisfaction", NO, &[]),
    ("loss-warnings", NO, &[]),
    ("open-services", NO, &[]),
];

/// The sum of a column, in whole units; of no column, the number of rows.
pub(crate) fn figure(table: &Table, column: &str) -> i64 {
    if column == ROWS {
        return i64::try_from(table.rows().len()).unwrap();
    }
    let place = table.column(column).unwrap();
    let sum: i64 = table.rows().iter().filter_map(|row| row[place].as_integer()).sum();
    match table.columns()[place].column_type {
        ColumnType::Money | ColumnType::Quantity => sum / 10_000,
        _ => sum,
    }
}

fn of_owners(owners: &[&str], each: Each) -> i64 {
    let owners = OWNERS.iter().filter(|(owner, ..)| owners.contains(owner));
    owners
        .map(|(_, _, price)| match each {
            Each::Times(times) => times,
            Each::Price => *price,
        })
        .sum()
}

/// What somebody sees that he should not, or does not see that he should.
pub(crate) async fn check(company: &Company, person: &Person, eyes: &impl Eyes) -> Leaks {
    let mut check = Check { company, person, eyes, leaks: Vec::new(), who: person.session.actor().name().to_owned() };
    let schema = company.system.crm().schema().clone();
    for (code, def) in definitions(&schema) {
        if def.facts.secret {
            check.secrets(&code).await;
            continue;
        }
        check.lists(&code).await;
        check.singles(&code, &def).await;
        check.searches(&code, &def).await;
    }
    check.paths().await;
    check.labels().await;
    check.reports().await;
    check.customs().await;
    check.buttons().await;
    check.leaks
}

struct Check<'a, E> {
    company: &'a Company,
    person: &'a Person,
    eyes: &'a E,
    leaks: Leaks,
    who: String,
}

fn denied<T>(asked: &Result<T, Error>) -> bool {
    matches!(asked, Err(Error::Denied { .. }))
}

fn unknown<T>(asked: &Result<T, Error>) -> bool {
    matches!(asked, Err(Error::Query(QueryError::Path(PathError::NoEntity(_)))))
}

fn refused<T>(asked: &Result<T, ReportError>) -> bool {
    matches!(asked, Err(ReportError::Failed(Error::Denied { .. })))
}

impl<E: Eyes> Check<'_, E> {
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            let leak = format!("{} ({}): {}", self.who, self.person.role, what());
            self.leaks.push(leak);
        }
    }

    /// Whose records of an entity he may list; `None` without the right.
    fn owners(&self) -> &'static [&'static str] {
        self.person.lists.unwrap_or_default()
    }

    fn may_list(&self, entity: &str) -> bool {
        if OWNED.contains(&entity) { self.person.lists.is_some() } else { self.person.open.contains(&entity) }
    }

    /// No mark of an owner whom he must not see stands in a text.
    fn marks(&mut self, text: &str, owners: &[&str], what: &str) {
        for (owner, ..) in OWNERS.iter().filter(|(owner, ..)| !owners.contains(owner)) {
            let mark = format!("zz{owner}");
            self.expect(!text.contains(&mark), || format!("{what} shows `{mark}`"));
        }
    }

    /// To whoever asks, what is secret is an entity that there is not.
    async fn secrets(&mut self, entity: &str) {
        let listed = self.eyes.list(entity, Query::new("")).await;
        let counted = self.eyes.count(entity, Filter::All).await;
        self.expect(unknown(&listed), || format!("lists {entity}"));
        self.expect(unknown(&counted), || format!("counts {entity}"));
    }

    async fn lists(&mut self, entity: &str) {
        let listed = self.eyes.list(entity, Query::new("")).await;
        let counted = self.eyes.count(entity, Filter::All).await;
        if !self.may_list(entity) {
            self.expect(denied(&listed), || format!("lists {entity}"));
            self.expect(denied(&counted), || format!("counts {entity}"));
            return;
        }
        let listed: Vec<Record> = listed.unwrap();
        let ids: BTreeSet<RecordId> = listed.iter().map(|record| record.id).collect();
        let count = counted.unwrap();
        self.expect(count == ids.len() as u64, || format!("counts {count} of {entity}, and lists {}", ids.len()));
        if OWNED.contains(&entity) {
            let expected = self.company.of(entity, self.owners());
            self.expect(ids == expected, || format!("lists {} of {entity}, not {}", ids.len(), expected.len()));
            self.marks(&format!("{listed:?}"), self.owners(), &format!("the list of {entity}"));
        }
    }

    async fn singles(&mut self, entity: &str, def: &EntityDef) {
        if !OWNED.contains(&entity) {
            return;
        }
        let visible = self.company.of(entity, self.owners());
        let all = Eyes::list(&self.company.system, entity, Query::new("")).await.unwrap();
        for record in all {
            let may = visible.contains(&record.id);
            let got = self.eyes.get(entity, record.id).await;
            let named = match def.facts.natural.first().and_then(|field| record.field(def, field)) {
                Some(name) => self.eyes.named(entity, &name.to_string()).await,
                None => got.as_ref().map(|record| record.id).map_err(|_| not_found()),
            };
            let right = self.may_list(entity);
            for (asked, how) in [(got.map(|record| record.id), "gets"), (named, "names")] {
                let as_told = match &asked {
                    Ok(id) => may && *id == record.id,
                    Err(Error::NotFound { .. }) => !may && (right || how == "names"),
                    Err(Error::Denied { .. }) => !right,
                    Err(_) => false,
                };
                self.expect(as_told, || format!("{how} {entity} {}: {asked:?}", record.id));
            }
        }
    }

    async fn searches(&mut self, entity: &str, def: &EntityDef) {
        if !OWNED.contains(&entity) || def.facts.searched.is_empty() {
            return;
        }
        for (owner, ..) in OWNERS {
            let found = self.eyes.search(entity, &format!("ZZ{owner}")).await;
            if !self.may_list(entity) {
                self.expect(denied(&found), || format!("searches {entity}"));
                continue;
            }
            let found = found.unwrap();
            let expected =
                if self.owners().contains(&owner) { self.company.of(entity, &[owner]) } else { BTreeSet::new() };
            self.expect(found == expected, || format!("finds {} of {entity} of {owner}", found.len()));
        }
    }

    /// Conditions and orders that go through a reference, and questions for existing records.
    async fn paths(&mut self) {
        if self.person.lists.is_none() {
            return;
        }
        for (owner, ..) in OWNERS {
            let may = u64::from(self.owners().contains(&owner));
            let mark = format!("zz{owner}");
            let through = Contact::customer.to(Customer::name).contains(&mark);
            let count = self.eyes.count("contact", through).await.unwrap();
            self.expect(count == may, || format!("counts {count} contacts by the customer of {owner}"));
            let negated = Order::customer.to(Customer::name).contains(&mark).not();
            let count = self.eyes.count("order", negated).await.unwrap();
            let others = self.owners().len() as u64 - may;
            self.expect(count == others, || format!("counts {count} orders not of {owner}"));
            let with = Filter::exists(Order::customer, Order::number.contains(&mark));
            let count = self.eyes.count("customer", with).await.unwrap();
            self.expect(count == may, || format!("counts {count} customers by the order of {owner}"));
        }
        let order = Query::new("").order(Order::customer.to(Customer::name).asc());
        let listed = self.eyes.list("order", order).await.unwrap();
        self.expect(listed.len() == self.owners().len(), || format!("sorts {} orders", listed.len()));
    }

    /// What referred records are called.
    async fn labels(&mut self) {
        let records = Eyes::list(&self.company.system, "contact", Query::new("")).await.unwrap();
        let names = self.eyes.names("contact", &records).await.unwrap();
        let shown: Vec<&str> = names.values().map(String::as_str).collect();
        self.marks(&shown.join(" "), self.owners(), "the names of customers");
        self.expect(shown.len() == self.owners().len(), || format!("shows {} names of customers", shown.len()));
        let records = Eyes::list(&self.company.system, "customer", Query::new("")).await.unwrap();
        let names = self.eyes.names("customer", &records).await.unwrap();
        let users = if self.person.open.contains(&"user") {
            // His own login he always sees.
            OWNERS.iter().all(|(owner, ..)| names.values().any(|name| name == owner))
        } else {
            names.values().all(|name| *name == self.who)
        };
        self.expect(users, || format!("shows the logins {names:?}"));
    }

    async fn reports(&mut self) {
        for (name, option, figures) in REPORTS {
            let report = self.eyes.report(name, option).await;
            let Some(owners) = self.person.reports else {
                self.expect(refused(&report), || format!("runs the report {name}"));
                continue;
            };
            let Ok(Report { table, .. }) = report else {
                self.expect(false, || format!("the report {name}: {report:?}"));
                continue;
            };
            self.marks(&cells(&table), owners, &format!("the report {name}"));
            for (column, each) in figures {
                let (found, expected) = (figure(&table, column), of_owners(owners, *each));
                self.expect(found == expected, || format!("the report {name}: `{column}` is {found}, not {expected}"));
            }
        }
    }

    async fn customs(&mut self) {
        let count = || MeasureColumn::new("orders", Measure::Count);
        let sum = || MeasureColumn::new("amount", Measure::Sum(Order::amount.path()));
        let by = |key: KeyColumn| Definition::groups::<Order>("custom", vec![key], vec![count(), sum()]);
        let lists =
            vec![FieldColumn::new(Order::number), FieldColumn::new(Order::customer), FieldColumn::new(Order::amount)];
        let definitions = [
            Definition::groups::<Order>("custom", vec![], vec![count(), sum()]),
            by(KeyColumn::new(Order::customer)),
            by(KeyColumn::new(Order::customer.to(Customer::region))),
            Definition::list::<Order>("custom", lists).total("amount"),
        ];
        for definition in definitions {
            let report = self.eyes.custom(&definition).await;
            let Some(owners) = self.person.custom else {
                self.expect(refused(&report), || format!("runs {definition:?}"));
                continue;
            };
            let Ok(Report { table, .. }) = report else {
                self.expect(false, || format!("a report of his own: {report:?}"));
                continue;
            };
            self.marks(&cells(&table), owners, "a report of his own");
            let (found, expected) = (figure(&table, "amount"), of_owners(owners, Each::Price));
            self.expect(found == expected, || format!("a report of his own adds up {found}, not {expected}"));
        }
    }

    /// Why he may, and what he may press.
    async fn buttons(&mut self) {
        let system = &self.company.system;
        for customer in system.customers().list(Query::of::<Customer>()).await.unwrap().items {
            let may = self.company.of("customer", self.owners()).contains(&customer.id.raw());
            let explained = self.eyes.explain("customer.read", &customer.number).await.unwrap();
            self.expect(explained == may, || format!("is told that he may read {}: {explained}", customer.number));
        }
        for opportunity in system.opportunities().list(Query::of::<Opportunity>()).await.unwrap().items {
            let may = self.company.of("opportunity", self.owners()).contains(&opportunity.id.raw());
            let offered = self.eyes.actions(&opportunity).await.unwrap();
            self.expect(may || offered.is_empty(), || format!("is offered {offered:?} for {}", opportunity.number));
        }
    }
}

fn not_found() -> Error {
    Error::NotFound { entity: "nothing".into(), key: String::new() }
}

/// The figures of every report, by report and column.
pub(crate) async fn figures(eyes: &impl Eyes) -> BTreeMap<(&'static str, &'static str), i64> {
    let mut all = BTreeMap::new();
    for (name, option, figures) in REPORTS {
        let report = eyes.report(name, option).await.unwrap();
        all.extend(figures.iter().map(|(column, _)| ((name, *column), figure(&report.table, column))));
    }
    all
}
