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
            let subject =
                Subject { number: row.text("opportunity_number"), name: row.text("todo"), person: row.text("person") };
            (row, subject, None)
        }
        let found = rows(table).filter(|row| seen.insert(row.text("opportunity_number"))).map(about).collect();
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
            let days = match row.days() {
                1 => words::ONE_DAY.text(self.lang).to_owned(),
                days => filled(&words::DAYS, self.lang, &[("n", &days.to_string())]),
            };
            let text = filled(telling.text, self.lang, &[("days", &days)]);
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

#[cfg(test)]
mod tests {
    use super::super::gather::Sheet;
    use super::*;
    use crate::access::Scope;
    use crate::report::{Column, Report};
    use crate::schema::ColumnType;
    use crate::value::Date;

    /// A sheet of columns with these names, and rows of texts that are numbers, shares or text.
    fn sheet(columns: &[&'static str], rows: &[&[&str]]) -> Sheet {
        let kind = |name: &&'static str| match *name {
            "days" | "services" => ColumnType::Int,
            "share" => ColumnType::Rate,
            "amount" => ColumnType::Money,
            _ => ColumnType::Text,
        };
        let column = |name: &&'static str| Column::new(*name, kind(name), Label::new("列", "Column"));
        let mut table = Table::new(columns.iter().map(column).collect());
        for row in rows {
            let value = |(text, name): (&&str, &&'static str)| match kind(name) {
                ColumnType::Int => text.parse::<i64>().unwrap().into(),
                ColumnType::Rate => text.parse::<Rate>().unwrap().into(),
                ColumnType::Money => text.parse::<crate::value::Money>().unwrap().into(),
                _ if text.is_empty() => Value::Null,
                _ => (*text).into(),
            };
            table.push(row.iter().zip(columns).map(value).collect());
        }
        if columns.contains(&"amount") {
            table = table.totalled(&["amount"]).unwrap();
        }
        let report = Report::new("r", Vec::new(), table, Lang::En);
        Sheet { report, scope: Scope::All, about: Label::new("报表", "report") }
    }

    fn told(sheets: Vec<((What, When), Sheet)>, today: &str) -> Vec<String> {
        let sheets = Sheets { found: sheets.into_iter().collect() };
        let today: Date = today.parse().unwrap();
        let spans = Spans::new("2026-02".parse().unwrap(), today);
        let rules = WarningRules { named: 2, ..WarningRules::default() };
        let warning = |warning: Warning| {
            let about = warning.about.map(|about| [about.number, about.name, about.person]);
            let about = about.map(|about| about.map(|part| part.unwrap_or_else(|| "-".into())).join(" "));
            format!("{} [{}] {}", warning.rule, about.unwrap_or_default(), warning.text)
        };
        warnings(&sheets, &spans, &rules, Lang::En).into_iter().map(warning).collect()
    }

    const CUSTOMERS: [&str; 4] = ["customer_number", "customer_name", "amount", "share"];

    fn sales(when: When, rows: &[&[&str]]) -> ((What, When), Sheet) {
        ((What::Sales, when), sheet(&CUSTOMERS, rows))
    }

    #[test]
    fn one_customer_with_more_than_the_share_is_too_much() {
        let just = sales(When::Now, &[&["C1", "A", "40", "0.4"], &["C2", "B", "60", "0.400001"]]);
        let expected = ["concentration [C2 B -] one customer accounts for 40.0% of sales"];
        assert_eq!(told(vec![just], "2026-03-01"), expected);
    }

    #[test]
    fn sales_have_fallen_when_the_period_is_over() {
        let pair = |now: &str| {
            vec![sales(When::Now, &[&["C1", "A", now, "0.1"]]), sales(When::Before, &[&["C1", "A", "100", "0.1"]])]
        };
        assert_eq!(told(pair("79.99"), "2026-03-01"), ["sales_fall [] sales fell by 20.0% on January 2026"]);
        for (now, today) in [("80", "2026-03-01"), ("1", "2026-02-28"), ("200", "2026-03-01")] {
            assert_eq!(told(pair(now), today), [""; 0], "{now}");
        }
        let from_nothing = vec![sales(When::Now, &[]), sales(When::Before, &[])];
        assert_eq!(told(from_nothing, "2026-03-01"), [""; 0]);
    }

    #[test]
    fn satisfaction_has_fallen_by_half_a_mark() {
        let marks = |when, rows: &[&[&str]]| ((What::Marks, when), sheet(&["key", "services"], rows));
        let before = || marks(When::Before, &[&["4", "2"]]);
        let fallen = vec![marks(When::Now, &[&["4", "1"], &["3", "1"]]), before()];
        assert_eq!(told(fallen, "2026-03-01"), ["satisfaction_fall [] mean satisfaction fell from 4.00 to 3.50"]);
        for now in [&[&["4", "2"] as &[&str], &["3", "1"]] as &[&[&str]], &[], &[&["5", "1"]]] {
            assert_eq!(told(vec![marks(When::Now, now), before()], "2026-03-01"), [""; 0]);
        }
    }

    #[test]
    fn important_customers_who_are_silent_are_named_largest_first() {
        let classes = sheet(
            &["customer_number", "class"],
            &[&["C1", "A"], &["C2", "A"], &["C3", "B"], &["C4", "A"], &["C5", "A"]],
        );
        let lapsed = sheet(
            &["customer_number", "customer_name", "days"],
            &[&["C2", "Two", "200"], &["C3", "Three", "300"], &["C4", "", "190"], &["C1", "One", "400"]],
        );
        let sheets = vec![((What::Classes, When::Now), classes), ((What::Lapsed, When::Now), lapsed)];
        let expected = [
            "lapsed_important [C1 One -] an important customer (class A) has not ordered for 400 days",
            "lapsed_important [C2 Two -] an important customer (class A) has not ordered for 200 days",
            "lapsed_important [] further important customers without an order for long: 1",
        ];
        assert_eq!(told(sheets, "2026-03-01"), expected);
    }

    #[test]
    fn what_waits_for_too_long_is_named_with_who_is_responsible() {
        let losses = sheet(
            &["days", "customer_number", "customer_name", "manager"],
            &[&["15", "C1", "One", "li"], &["14", "C2", "Two", "li"]],
        );
        let services = sheet(
            &["days", "number", "title", "assignee"],
            &[&["30", "S1", "Cold tea", "wang"], &["15", "S2", "Hot tea", ""], &["3", "S3", "Tea", "li"]],
        );
        let plans = sheet(
            &["days", "opportunity_number", "todo", "person"],
            &[&["9", "X1", "Call", "li"], &["8", "X1", "Visit", "li"], &["1", "X2", "Call", ""]],
        );
        let found = vec![
            ((What::Warnings, When::Now), losses),
            ((What::OpenServices, When::Now), services),
            ((What::Overdue, When::Now), plans),
        ];
        let expected = [
            "loss_waiting [C1 One li] a warning of loss has been waiting for 15 days",
            "service_open [S1 Cold tea wang] the service has been open for 30 days",
            "service_open [S2 Hot tea -] the service has been open for 15 days",
            "plan_overdue [X1 Call li] a plan for this opportunity has been overdue for 9 days",
            "plan_overdue [X2 Call -] a plan for this opportunity has been overdue for 1 day",
        ];
        assert_eq!(told(found, "2026-03-01"), expected);
    }
}
