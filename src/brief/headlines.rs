//! The figures that matter most, from the reports' tables.

use super::gather::{Sheets, Spans, What, When};
use super::model::{Better, Compared, Headline};
use super::period::BriefPeriod;
use super::words;
use crate::report::Table;
use crate::schema::{ColumnType, Label, Lang};
use crate::value::{Money, Quantity, Rate, Value, div_half_even};

/// One figure of one period; none if the report it is from is not there.
type Figure = fn(&Sheets, &Spans, When) -> Option<Value>;

struct Line {
    name: &'static str,
    label: &'static Label,
    kind: ColumnType,
    better: Better,
    current: bool,
    figure: Figure,
}

const fn line(name: &'static str, label: &'static Label, kind: ColumnType, better: Better, figure: Figure) -> Line {
    Line { name, label, kind, better, current: false, figure }
}

const fn current(name: &'static str, label: &'static Label, kind: ColumnType, better: Better, figure: Figure) -> Line {
    Line { name, label, kind, better, current: true, figure }
}

const LINES: &[Line] = &[
    line("sales", &words::H_SALES, ColumnType::Money, Better::Up, |sheets, _, when| {
        total(sheets, What::Sales, when, "amount")
    }),
    line("orders", &words::H_ORDERS, ColumnType::Int, Better::Up, |sheets, _, when| {
        total(sheets, What::Sales, when, "orders")
    }),
    line("average_order", &words::H_AVERAGE_ORDER, ColumnType::Money, Better::Up, average_order),
    line("active_customers", &words::H_ACTIVE, ColumnType::Int, Better::Up, |sheets, _, when| {
        rows(sheets, What::Sales, when)
    }),
    line("new_customers", &words::H_NEW, ColumnType::Int, Better::Up, new_customers),
    line("customers_lost", &words::H_LOST, ColumnType::Int, Better::Down, |sheets, _, when| {
        total(sheets, What::Losses, when, "customers")
    }),
    line("win_rate", &words::H_WIN_RATE, ColumnType::Rate, Better::Up, |sheets, _, when| {
        total(sheets, What::Wins, when, "rate")
    }),
    line("won_amount", &words::H_WON_AMOUNT, ColumnType::Money, Better::Up, |sheets, _, when| {
        total(sheets, What::Wins, when, "won_amount")
    }),
    line("services_opened", &words::H_SERVICES, ColumnType::Int, Better::Neither, |sheets, _, when| {
        total(sheets, What::Services, when, "services")
    }),
    line("services_archived", &words::H_ARCHIVED, ColumnType::Int, Better::Neither, archived),
    line("satisfaction", &words::H_SATISFACTION, ColumnType::Quantity, Better::Up, |sheets, _, when| {
        Some(satisfaction(sheets.table(What::Marks, when)?).into())
    }),
    current("pipeline_weighted", &words::H_FORECAST, ColumnType::Money, Better::Up, |sheets, _, when| {
        total(sheets, What::Forecast, when, "weighted_amount")
    }),
    current("services_open", &words::H_OPEN_SERVICES, ColumnType::Int, Better::Down, |sheets, _, when| {
        rows(sheets, What::OpenServices, when)
    }),
    current("warnings_open", &words::H_WARNINGS, ColumnType::Int, Better::Down, |sheets, _, when| {
        rows(sheets, What::Warnings, when)
    }),
    current("plans_overdue", &words::H_OVERDUE, ColumnType::Int, Better::Down, |sheets, _, when| {
        rows(sheets, What::Overdue, when)
    }),
];

/// The figures of the period, each beside those of the others.
pub(super) fn headlines(sheets: &Sheets, spans: &Spans, lang: Lang) -> Vec<Headline> {
    let headline = |line: &Line| {
        let value = (line.figure)(sheets, spans, When::Now)?;
        let compared = |when| {
            spans.of(when).filter(|_| !line.current)?;
            Some(Compared::new(&value, (line.figure)(sheets, spans, when)?))
        };
        let (previous, last_year) = (compared(When::Before), compared(When::LastYear));
        let (label, kind) = (line.label.text(lang).to_owned(), line.kind.kind());
        let Line { name, better, current, .. } = *line;
        Some(Headline { name, label, kind, value, better, current, previous, last_year })
    };
    LINES.iter().filter_map(headline).collect()
}

impl Compared {
    /// A figure beside what it was. The share is cut to six decimals half up.
    pub(super) fn new(now: &Value, then: Value) -> Self {
        let (mut change, mut change_rate) = (Value::Null, Value::Null);
        if let (Some(new), Some(old)) = (now.as_integer(), then.as_integer())
            && let Some(more) = new.checked_sub(old)
        {
            change = now.with_integer(more).unwrap_or(Value::Null);
            if !matches!(now, Value::Rate(_)) && old != i64::MIN {
                change_rate = Rate::share(more, old.abs()).ok().flatten().into();
            }
        }
        Self { value: then, change, change_rate }
    }
}

/// The mean of the marks, half to even at the fourth decimal; none without marks.
pub(super) fn satisfaction(marks: &Table) -> Option<Quantity> {
    let (key, count) = (marks.column("key").ok()?, marks.column("services").ok()?);
    let (mut sum, mut all) = (0_i128, 0_i128);
    for row in marks.rows() {
        let mark = row.get(key).and_then(Value::as_text).and_then(|mark| mark.parse::<i128>().ok());
        if let (Some(mark), Some(times)) = (mark, row.get(count).and_then(Value::as_integer)) {
            sum += mark.checked_mul(i128::from(times))?;
            all += i128::from(times);
        }
    }
    let mean = div_half_even(sum.checked_mul(i128::from(Quantity::SCALE))?, all)?;
    Quantity::from_wide(mean).ok()
}

fn total(sheets: &Sheets, what: What, when: When, column: &str) -> Option<Value> {
    sheets.table(what, when)?.total(column).cloned()
}

fn rows(sheets: &Sheets, what: What, when: When) -> Option<Value> {
    let rows = sheets.table(what, when)?.rows().len();
    Some(i64::try_from(rows).unwrap_or(i64::MAX).into())
}

fn average_order(sheets: &Sheets, _: &Spans, when: When) -> Option<Value> {
    let sales = sheets.table(What::Sales, when)?;
    let integer = |column| sales.total(column).and_then(Value::as_integer).map(i128::from);
    let mean = div_half_even(integer("amount")?, integer("orders")?);
    Some(mean.and_then(|mean| Money::from_wide(mean).ok()).into())
}

fn new_customers(sheets: &Sheets, spans: &Spans, when: When) -> Option<Value> {
    let (customers, period): (&Table, BriefPeriod) = (sheets.table(What::Customers, When::Now)?, spans.of(when)?);
    let is_new = |first: &&Value| matches!(first, Value::Date(day) if (period.first()..=period.last()).contains(day));
    let new = customers.values("first_order_date").ok()?.into_iter().filter(is_new).count();
    Some(i64::try_from(new).unwrap_or(i64::MAX).into())
}

fn archived(sheets: &Sheets, _: &Spans, when: When) -> Option<Value> {
    let services = sheets.table(What::Services, when)?;
    let count = services.column("services").ok()?;
    let found = services.by("key").ok()?;
    Some(found.get("archived").and_then(|row| row.get(count)).cloned().unwrap_or(Value::Int(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Column;

    fn compared(now: Value, then: Value) -> [String; 2] {
        let compared = Compared::new(&now, then);
        [compared.change.to_string(), compared.change_rate.to_string()]
    }

    #[test]
    fn changes_are_told_where_there_is_something_to_compare_with() {
        let money = |text: &str| Value::from(text.parse::<Money>().unwrap());
        let rate = |text: &str| Value::from(text.parse::<Rate>().unwrap());
        for (now, then, expected) in [
            (money("110"), money("100"), ["10.00", "0.100000"]),
            (money("0"), money("100"), ["-100.00", "-1.000000"]),
            (money("5"), money("0"), ["5.00", ""]),
            (money("5"), money("-10"), ["15.00", "1.500000"]),
            (money("-5"), money("-10"), ["5.00", "0.500000"]),
            (2.into(), 3.into(), ["-1", "-0.333333"]),
            (3.into(), 3.into(), ["0", "0.000000"]),
            (rate("0.5"), rate("0.25"), ["0.250000", ""]),
            (Value::Null, rate("0.25"), ["", ""]),
            (rate("0.25"), Value::Null, ["", ""]),
            (i64::MAX.into(), (-1).into(), ["", ""]),
            (0.into(), i64::MIN.into(), ["", ""]),
            (money("922337203685477"), money("0.0001"), ["922337203685476.9999", ""]),
        ] {
            assert_eq!(compared(now.clone(), then.clone()), expected, "{now} {then}");
        }
    }

    #[test]
    fn the_mean_of_marks_counts_each_as_often_as_it_was_given() {
        let mut marks = Table::new(vec![
            Column::new("key", ColumnType::Text, Label::new("类别", "Key")),
            Column::new("services", ColumnType::Int, Label::new("服务数", "Requests")),
        ]);
        assert_eq!(satisfaction(&marks), None);
        marks.push(vec![Value::Null, 7.into()]);
        assert_eq!(satisfaction(&marks), None);
        marks.push(vec!["5".into(), 2.into()]);
        marks.push(vec!["1".into(), 1.into()]);
        assert_eq!(satisfaction(&marks).map(|mean| mean.to_string()).as_deref(), Some("3.6667"));
    }
}
