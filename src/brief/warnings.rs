//! What needs attention: rules over the reports' tables.

use std::collections::HashSet;

use super::gather::{Sheets, Spans, What, When};
use super::headlines::satisfaction;
use super::model::{Subject, Urgency, Warning};
use super::shown;
use super::words::{self, filled};
use crate::report::Table;
use crate::schema::{Label, Lang};
use crate::value::{Quantity, Rate, Value};

/// When a brief warns.
///
/// # Examples
///
/// ```
/// use crmkit::brief::{BriefOptions, WarningRules};
///
/// let mut options = BriefOptions::default();
/// options.warnings.open_days = 7;
/// assert_ne!(options.warnings, WarningRules::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WarningRules {
    /// After how many days a service request is open for too long.
    pub open_days: i64,
    /// After how many days a warning of a loss has waited for too long.
    pub loss_days: i64,
    /// Which share of sales one customer may have.
    pub concentration: Rate,
    /// Which share of sales may be lost from one period to the next.
    pub sales_fall: Rate,
    /// How much mean satisfaction may fall from one period to the next.
    pub satisfaction_fall: Quantity,
    /// How many records of one kind are named.
    pub named: usize,
}

impl Default for WarningRules {
    /// 14 days for services and warnings of losses, 40 % for one customer, 20 % of sales, half a mark, five records.
    fn default() -> Self {
        let rate = |raw| Rate::from_raw(raw).unwrap_or(Rate::ONE);
        Self {
            open_days: 14,
            loss_days: 14,
            concentration: rate(400_000),
            sales_fall: rate(200_000),
            satisfaction_fall: Quantity::from_raw(5_000).unwrap_or(Quantity::ZERO),
            named: 5,
        }
    }
}

/// What the tables warn of, most urgent first.
pub(super) fn warnings(sheets: &Sheets, spans: &Spans, rules: &WarningRules, lang: Lang) -> Vec<Warning> {
    let found = Found { sheets, spans, rules, lang };
    let all = [
        found.concentration(),
        found.sales_fall().into_iter().collect(),
        found.satisfaction_fall().into_iter().collect(),
        found.important_and_silent(),
        found.waiting_losses(),
        found.open_services(),
        found.overdue_plans(),
    ];
    let mut all: Vec<Warning> = all.into_iter().flatten().collect();
    all.sort_by_key(|warning| warning.urgency);
    all
}

struct Found<'a> {
    sheets: &'a Sheets,
    spans: &'a Spans,
    rules: &'a WarningRules,
    lang: Lang,
}

/// How the records that a rule finds are told of.
struct Telling {
    rule: &'static str,
    urgency: Urgency,
    text: &'static Label,
    todo: &'static Label,
    more: &'static Label,
    section: &'static Label,
}

/// A row, the record it is about, and what to do if not what the rule says.
type Told<'a> = (Row<'a>, Subject, Option<&'static Label>);

impl Found<'_> {
    fn now(&self, what: What) -> Option<&Table> {
        self.sheets.table(what, When::Now)
    }

    fn concentration(&self) -> Vec<Warning> {
        let Some(sales) = self.now(What::Sales) else { return Vec::new() };
        let over = |row: &Row<'_>| matches!(row.value("share"), Value::Rate(share) if share > self.rules.concentration);
        let warning = |row: Row<'_>| {
            let share = percent(&row.value("share"));
            let text = filled(&words::W_CONCENTRATION, self.lang, &[("share", &share)]);
            Warning {
                about: Some(row.customer()),
                ..self.plain("concentration", Urgency::Watch, text, &words::W_CONCENTRATION_TODO)
            }
        };
        rows(sales).filter(over).map(warning).collect()
    }

    fn sales_fall(&self) -> Option<Warning> {
        let amount = |when| self.sheets.table(What::Sales, when)?.total("amount").cloned();
        let compared = super::model::Compared::new(&amount(When::Now)?, amount(When::Before)?);
        let Value::Rate(rate) = compared.change_rate else { return None };
        let (fall, period) = (-rate, self.spans.previous?.title(self.lang));
        // A period that is not over has fallen behind any that is.
        (self.spans.over && fall > self.rules.sales_fall).then(|| {
            let parts = [("rate", &*percent(&fall.into())), ("period", &*period)];
            self.plain("sales_fall", Urgency::Watch, filled(&words::W_SALES, self.lang, &parts), &words::W_SALES_TODO)
        })
    }

    fn satisfaction_fall(&self) -> Option<Warning> {
        let mean = |when| self.sheets.table(What::Marks, when).and_then(satisfaction);
        let (now, before) = (mean(When::Now)?, mean(When::Before)?);
        let fall = before.checked_sub(now).ok()?;
        (fall >= self.rules.satisfaction_fall && fall > Quantity::ZERO).then(|| {
            let text = filled(&words::W_SATISFACTION, self.lang, &[("before", &mark(before)), ("now", &mark(now))]);
            self.plain("satisfaction_fall", Urgency::Act, text, &words::W_SATISFACTION_TODO)
        })
    }

    /// Customers of class A who have lapsed, those who brought in most first.
    fn important_and_silent(&self) -> Vec<Warning> {
        let (Some(classes), Some(lapsed)) = (self.now(What::Classes), self.now(What::Lapsed)) else {
            return Vec::new();
        };
        let important = rows(classes).filter(|row| row.value("class").as_text() == Some("A"));
        let important: Vec<Value> = important.map(|row| row.value("customer_number")).collect();
        let place = |row: &Row<'_>| important.iter().position(|number| *number == row.value("customer_number"));
        let mut silent: Vec<(usize, Row<'_>)> = rows(lapsed).filter_map(|row| Some((place(&row)?, row))).collect();
        silent.sort_by_key(|(place, _)| *place);
        self.told(
            &Telling {
                rule: "lapsed_important",
                urgency: Urgency::Act,
                text: &words::W_LAPSED,
                todo: &words::W_LAPSED_TODO,
                more: &words::W_LAPSED_MORE,
                section: &words::S_LAPSED,
            },
            silent.into_iter().map(|(_, row)| (row, row.customer(), None)).collect(),
        )
    }

    fn waiting_losses(&self) -> Vec<Warning> {
        let Some(table) = self.now(What::Warnings) else { return Vec::new() };
        let found = rows(table).filter(|row| row.days() > self.rules.loss_days);
        self.told(
            &Telling {
                rule: "loss_waiting",
                urgency: Urgency::Act,
                text: &words::W_LOSS,
                todo: &words::W_LOSS_TODO,
                more: &words::W_LOSS_MORE,
                section: &words::S_WARNINGS,
            },
            found.map(|row| (row, Subject { person: row.text("manager"), ..row.customer() }, None)).collect(),
        )
    }

    fn open_services(&self) -> Vec<Warning> {
        let Some(table) = self.now(What::OpenServices) else { return Vec::new() };
        let found = rows(table).filter(|row| row.days() > self.rules.open_days);
        fn about(row: Row<'_>) -> Told<'_> {
            let (number, name) = (row.text("number"), row.text("title"));
            let person = row.text("assignee");
            let todo = person.is_none().then_some(&words::W_SERVICE_NOBODY_TODO);
            (row, Subject { number, name, person }, todo)
        }
        self.told(
            &Telling {
                rule: "service_open",
                urgency: Urgency::Act,
                text: &words::W_SERVICE,
                todo: &words::W_SERVICE_TODO,
                more: &words::W_SERVICE_MORE,
                section: &words::S_OPEN_SERVICES,
            },
            found.map(about).collect(),
        )
    }

    fn overdue_plans(&self) -> Vec<Warning> {
        let Some(table) = self.now(What::Overdue) else { return Vec::new() };
        // Of an opportunity with several plans the first one, which is the oldest, tells enough.
        let mut seen = HashSet::new();
        fn about(row: Row<'_>) -> Told<'_> {
            let subject = Subject { number: row.text("number"), name: row.text("todo"), person: row.text("person") };
            (row, subject, None)
        }
        let found = rows(table).filter(|row| seen.insert(row.text("number"))).map(about).collect();
        self.told(
            &Telling {
                rule: "plan_overdue",
                urgency: Urgency::Watch,
                text: &words::W_PLAN,
                todo: &words::W_PLAN_TODO,
                more: &words::W_PLAN_MORE,
                section: &words::S_OVERDUE,
            },
            found,
        )
    }

    fn told(&self, telling: &Telling, found: Vec<Told<'_>>) -> Vec<Warning> {
        let further = found.len().saturating_sub(self.rules.named);
        let warning = |(row, subject, todo): Told<'_>| {
            let text = filled(telling.text, self.lang, &[("days", &row.days().to_string())]);
            let todo = todo.unwrap_or(telling.todo);
            Warning { about: Some(subject), ..self.plain(telling.rule, telling.urgency, text, todo) }
        };
        let mut all: Vec<Warning> = found.into_iter().take(self.rules.named).map(warning).collect();
        if further > 0 {
            let text = filled(telling.more, self.lang, &[("n", &further.to_string())]);
            let todo = filled(&words::W_MORE_TODO, self.lang, &[("section", telling.section.text(self.lang))]);
            all.push(Warning { rule: telling.rule, urgency: telling.urgency, about: None, text, todo });
        }
        all
    }

    fn plain(&self, rule: &'static str, urgency: Urgency, text: String, todo: &Label) -> Warning {
        Warning { rule, urgency, about: None, text, todo: todo.text(self.lang).to_owned() }
    }
}

/// A row whose values are found by name.
#[derive(Clone, Copy)]
struct Row<'a> {
    table: &'a Table,
    values: &'a [Value],
}

fn rows(table: &Table) -> impl Iterator<Item = Row<'_>> {
    table.rows().iter().map(move |values| Row { table, values })
}

impl Row<'_> {
    fn value(&self, column: &str) -> Value {
        let place = self.table.column(column).ok();
        place.and_then(|place| self.values.get(place)).cloned().unwrap_or(Value::Null)
    }

    fn text(&self, column: &str) -> Option<String> {
        self.value(column).as_text().map(ToOwned::to_owned)
    }

    fn days(&self) -> i64 {
        self.value("days").as_integer().unwrap_or(0)
    }

    fn customer(&self) -> Subject {
        Subject { number: self.text("customer_number"), name: self.text("customer_name"), person: None }
    }
}

fn percent(rate: &Value) -> String {
    shown::percent(rate)
}

fn mark(mean: Quantity) -> String {
    shown::decimals(mean.raw().into(), 4, 2)
}
