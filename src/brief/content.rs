//! The reports as sections: which rows are shown, under which words.

use super::gather::{Sheets, Spans, What, trend_period};
use super::model::{Group, Section};
use super::words;
use crate::query::{Period, QueryError};
use crate::report::{Report, Result, Table};
use crate::schema::{Label, Lang};
use crate::value::{Date, Money, Value};

/// How many months a trend of a month or quarter shows: a year and the same month of the year before.
const MONTHS: usize = 13;
/// How many periods a trend shows at most.
const MAX_POINTS: usize = 400;

struct Part {
    name: &'static str,
    what: What,
    group: Group,
    title: &'static Label,
    /// What the first column is, where the report just says "key".
    key: Option<&'static Label>,
    drawn: Option<&'static str>,
}

const fn part(name: &'static str, what: What, group: Group, title: &'static Label) -> Part {
    Part { name, what, group, title, key: None, drawn: None }
}

impl Part {
    const fn by(mut self, key: &'static Label) -> Self {
        self.key = Some(key);
        self
    }

    const fn drawn(mut self, column: &'static str) -> Self {
        self.drawn = Some(column);
        self
    }
}

fn parts() -> [Part; 20] {
    [
        part("sales-trend", What::Trend, Group::Sales, &words::S_TREND).drawn("amount"),
        part("contribution", What::Sales, Group::Sales, &words::S_CONTRIBUTION).drawn("amount"),
        part("top-products", What::Products, Group::Sales, &words::S_PRODUCTS).drawn("amount"),
        part("sales-by-region", What::Regions, Group::Sales, &words::S_REGIONS).by(&words::K_REGION).drawn("amount"),
        part("customers-by-level", What::Levels, Group::Customers, &words::S_LEVELS)
            .by(&words::K_LEVEL)
            .drawn("customers"),
        part("customers-by-region", What::Places, Group::Customers, &words::S_PLACES)
            .by(&words::K_REGION)
            .drawn("customers"),
        part("lapsed", What::Lapsed, Group::Customers, &words::S_LAPSED).drawn("days"),
        part("loss-reasons", What::Losses, Group::Customers, &words::S_LOSS_REASONS).drawn("customers"),
        part("funnel", What::Funnel, Group::Pipeline, &words::S_FUNNEL).drawn("reached"),
        part("win-rate", What::Wins, Group::Pipeline, &words::S_WINS).by(&words::K_OWNER).drawn("rate"),
        part("forecast", What::Forecast, Group::Pipeline, &words::S_FORECAST)
            .by(&words::K_MONTH)
            .drawn("weighted_amount"),
        part("service", What::Types, Group::Service, &words::S_TYPES).by(&words::K_TYPE).drawn("services"),
        part("handling-time", What::Handling, Group::Service, &words::S_HANDLING).by(&words::K_HANDLER).drawn("mean"),
        part("service-load", What::Load, Group::Service, &words::S_LOAD).by(&words::K_OWNER).drawn("open"),
        part("satisfaction-by-handler", What::Judged, Group::Service, &words::S_JUDGED)
            .by(&words::K_HANDLER)
            .drawn("mean"),
        part("satisfaction", What::Marks, Group::Service, &words::S_MARKS).by(&words::K_MARK).drawn("services"),
        part("loss-warnings", What::Warnings, Group::Todo, &words::S_WARNINGS).drawn("days"),
        part("open-services", What::OpenServices, Group::Todo, &words::S_OPEN_SERVICES).drawn("days"),
        part("overdue-plans", What::Overdue, Group::Todo, &words::S_OVERDUE).drawn("days"),
        part("customers-to-contact", What::ToContact, Group::Todo, &words::S_CONTACT),
    ]
}

/// The sections, each with its first rows.
pub(super) fn sections(sheets: &Sheets, spans: &Spans, rows: usize, lang: Lang) -> Result<Vec<Section>> {
    let mut sections = Vec::new();
    for part in parts() {
        let Some(sheet) = sheets.sheet(part.what) else { continue };
        let (table, further_rows) = match part.what {
            What::Trend => (trend(&sheet.report.table, spans)?, 0),
            _ => {
                let all = sheet.report.table.clone();
                let further = all.rows().len().saturating_sub(rows);
                (first(all, part.what, rows)?, further)
            }
        };
        let title = part.title.text(lang).to_owned();
        sections.push(Section {
            name: part.name,
            group: part.group,
            about: sheet.about.text(lang).to_owned(),
            key: part.key.map(|key| key.text(lang).to_owned()),
            drawn: part.drawn,
            scope: sheet.scope,
            #[cfg(feature = "charts")]
            chart: match part.what {
                What::Trend => chart(&Report { table: table.clone(), ..sheet.report.clone() }, &title),
                _ => chart(&sheet.report, &title),
            },
            title,
            report: Report { table, ..sheet.report.clone() },
            further_rows,
        });
    }
    Ok(sections)
}

/// The picture of all rows. Bars stand beside the figures anyway, and need no picture.
#[cfg(feature = "charts")]
fn chart(report: &Report, title: &str) -> Option<crate::chart::Chart> {
    let mut chart = crate::chart::Chart::of(report)?;
    (chart.title, chart.subtitle, chart.width) = (title.to_owned(), String::new(), 720);
    let drawn = chart.kind != crate::report::ChartKind::Bars && !chart.is_empty();
    drawn.then_some(chart)
}

/// The first rows; of those who have been silent, the ones who have been longest.
fn first(table: Table, what: What, rows: usize) -> Result<Table> {
    let sorted = match what {
        What::Lapsed => table.sorted(&[crate::report::Sort::descending("days")])?,
        What::Places => table.sorted(&[crate::report::Sort::descending("customers")])?,
        _ => table,
    };
    Ok(sorted.limited(rows))
}

/// The part of a trend that leads up to the end of the period, without gaps: where nothing was sold there is zero.
fn trend(all: &Table, spans: &Spans) -> Result<Table> {
    let (period, kind) = (&spans.period, trend_period(&spans.period));
    let from = match period.calendar() {
        Some(Period::Month | Period::Quarter) => months_before(period.last(), MONTHS),
        // Of more years than are shown, the last ones.
        _ => {
            kind.start(period.first()).max(Period::Year.start(months_before(period.last(), (MAX_POINTS - 1) * 12 + 1)))
        }
    };
    let known = all.by("period")?;
    let mut table = Table::new(all.columns().to_vec());
    let mut day = from;
    while day <= period.last() && table.rows().len() < MAX_POINTS {
        let name = kind.name(day);
        match known.get(&name) {
            Some(row) => table.push(row.to_vec()),
            None => table.push(vec![name.into(), Value::Int(0), Money::ZERO.into()]),
        }
        let next = kind.next(day);
        if next <= day {
            return Err(QueryError::Range("period".into()).into());
        }
        day = next;
    }
    table.totalled(&["orders", "amount"])
}

/// The first day of the month so many months before the end of the month of a day, that month included.
fn months_before(day: Date, months: usize) -> Date {
    let back = u32::try_from(months.saturating_sub(1)).unwrap_or(0);
    let month = Period::Month.start(day);
    month.checked_sub_months(chrono::Months::new(back)).unwrap_or(month)
}

impl Section {
    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.report.table.rows().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Column;
    use crate::schema::ColumnType;

    fn table(rows: &[(&str, i64)]) -> Table {
        let text = |name| Column::new(name, ColumnType::Text, Label::new("列", name));
        let mut table = Table::new(vec![
            text("period"),
            Column::new("orders", ColumnType::Int, Label::new("列", "orders")),
            Column::new("amount", ColumnType::Money, Label::new("列", "amount")),
        ]);
        for (period, amount) in rows {
            table.push(vec![(*period).into(), 1.into(), Money::from_whole(*amount).unwrap().into()]);
        }
        table
    }

    fn drawn(period: &str, rows: &[(&str, i64)]) -> Vec<String> {
        let table = trend(&table(rows), &Spans::new(period.parse().unwrap(), Date::MAX)).unwrap();
        table.rows().iter().map(|row| format!("{} {}", row[0], row[2])).collect()
    }

    #[test]
    fn a_trend_has_no_gaps_and_ends_with_the_period() {
        let rows = [("1996-12", 5), ("1997-01", 7), ("1997-03", 9), ("1997-04", 11)];
        let quarter = drawn("1997-Q1", &rows);
        assert_eq!((quarter.len(), &*quarter[0]), (13, "1996-03 0.00"));
        assert_eq!(quarter[9..], ["1996-12 5.00", "1997-01 7.00", "1997-02 0.00", "1997-03 9.00"]);
        let year = drawn("1997", &rows);
        assert_eq!((year.len(), &*year[0], &*year[11]), (12, "1997-01 7.00", "1997-12 0.00"));
        let month = drawn("1997-01", &rows);
        assert_eq!((month.len(), &*month[0], &*month[12]), (13, "1996-01 0.00", "1997-01 7.00"));
        let days = drawn("1997-01-30/1997-02-01", &[("1997-01-31", 3)]);
        assert_eq!(days, ["1997-01-30 0.00", "1997-01-31 3.00", "1997-02-01 0.00"]);
        assert_eq!(drawn("0001", &[]).len(), 12);
        let ages = drawn("0001-01-01/1997-06-30", &[]);
        assert_eq!((ages.len(), &*ages[399]), (400, "1997 0.00"));
    }
}
