//! Steps, bands and several facts in reports that users write, and what is refused.

use std::time::Duration;

use chrono_tz::Tz;
use crmkit::report::{Bounds, Definition, Report, ReportError, View, everything};
use pollster::block_on;

use crate::world::{World, rows};

fn world() -> World {
    let mut world = World::new(Tz::UTC);
    let bolt = world.product("P1", "Bolt");
    let a = world.customer_with("C1", "Alpha", |customer| customer.region = Some("East".into()));
    let b = world.customer_with("C2", "Beta", |customer| customer.region = Some("West".into()));
    for (customer, day, price) in
        [(a, "2023-02-28", "5"), (a, "2024-01-31", "100"), (a, "2024-02-29", "20"), (b, "2024-02-29", "99.9999")]
    {
        world.order(customer, day, &[(bolt, "1", price, "0")]);
    }
    world.service(a, "inquiry", |_| ());
    world.service(a, "inquiry", |_| ());
    world.settle();
    world
}

fn run(json: &str) -> Result<Report, ReportError> {
    let definition: Definition = json.parse()?;
    let again: Definition = serde_json::from_str(&serde_json::to_string(&definition).unwrap()).unwrap();
    assert_eq!(definition, again);
    block_on(definition.run(&world().view()))
}

fn by_month(steps: &str) -> Result<Report, ReportError> {
    run(&format!(
        r#"{{"name": "m", "entity": "order", "rows": {{"groups": {{
            "by": [{{"path": "ordered_at", "period": "month", "name": "month"}}],
            "measures": [{{"measure": {{"sum": "amount"}}, "name": "amount"}}]
        }}}}, "steps": [{steps}]}}"#
    ))
}

#[test]
fn steps_follow_one_another() {
    let report = by_month(
        r#"{"previous_period": {"of": "amount", "period": "month", "name": "before"}},
           {"same_period_last_year": {"of": "amount", "period": "month", "name": "year_before"}},
           {"running_total": {"of": "amount", "by": [{"column": "month"}], "name": "so_far"}},
           {"cumulative_share": {"of": "amount", "by": [{"column": "month"}], "name": "part"}},
           {"share": {"of": "amount", "name": "share"}},
           {"rank": {"by": [{"column": "amount", "direction": "descending"}], "name": "place"}},
           {"ntile": {"by": [{"column": "amount"}], "parts": 2, "name": "half"}}"#,
    );
    assert_eq!(
        rows(&report.unwrap()),
        [
            "2023-02,5.00,,,5.00,0.022222,0.022222,3,1",
            "2024-01,100.00,,,105.00,0.466667,0.444445,2,1",
            "2024-02,119.9999,100.00,5.00,224.9999,1.000000,0.533333,1,2",
        ]
    );
}

#[test]
fn bands_facts_percentiles_and_pivots() {
    let bands = run(r#"{"name": "b", "entity": "order", "rows": {"groups": {
            "by": [{"path": "amount", "bands": ["20", "100"]}],
            "measures": [{"measure": "count"}, {"measure": {"average": "amount"}, "name": "mean"}]
        }}, "totals": ["count"]}"#)
    .unwrap();
    assert_eq!(rows(&bands), ["1) < 20.00,1,5.00", "2) 20.00 … 100.00,2,60.00", "3) ≥ 100.00,1,100.00"]);
    // Three orders and two requests of one region: neither is multiplied by the other.
    let facts = run(
        r#"{"name": "f", "entity": "order", "rows": {"groups": {"by": [{"path": "customer.region", "name": "region"}],
            "measures": [{"measure": "count", "name": "orders"}, {"measure": {"sum": "amount"}, "name": "amount"}]}},
            "also": [{"entity": "service_request", "by": [{"path": "customer.region"}],
                      "measures": [{"measure": "count", "name": "requests"}, {"measure": {"distinct": "customer"}, "name": "who"}]}],
            "having": [{"column": "requests", "comparison": "less", "value": 3}],
            "totals": ["orders", "requests"]}"#,
    )
    .unwrap();
    assert_eq!(rows(&facts), ["East,3,125.00,2,1", "West,1,99.9999,0,0"]);
    assert_eq!(facts.table.total("requests").unwrap().to_string(), "2");
    let percentiles = run(r#"{"name": "p", "entity": "order", "rows": {"groups": {
            "by": [{"path": "customer.region", "name": "region"}, {"path": "amount", "name": "each"}],
            "measures": [{"measure": "count", "name": "times"}]}},
            "steps": [{"percentile": {"of": "each", "weight": "times", "points": [50, 90]}}]}"#)
    .unwrap();
    assert_eq!(percentiles.to_csv(), "region,p50,p90\nEast,20.00,84.00\nWest,99.9999,99.9999\n");
    let pivot = run(
        r#"{"name": "p", "entity": "order", "rows": {"groups": {
            "by": [{"path": "customer.region", "name": "region"}, {"path": "ordered_at", "period": "year", "name": "year"}],
            "measures": [{"measure": "count", "name": "orders"}]}},
            "steps": [{"pivot": {"column": "year", "value": "orders"}}]}"#,
    )
    .unwrap();
    assert_eq!(pivot.to_csv(), "region,2023,2024\nEast,1,2\nWest,,1\n");
}

#[test]
fn broken_steps_are_refused_with_what_is_wrong() {
    for (steps, problem) in [
        (r#"{"share": {"of": "amuont", "name": "s"}}"#, "there is no column `amuont`; did you mean `amount`?"),
        (r#"{"share": {"of": "month", "name": "s"}}"#, "`month` is no number of the rows, so it can't be added up"),
        (r#"{"share": {"of": "amount", "name": "month"}}"#, "two columns are called `month`; name one otherwise"),
        (r#"{"share": {"of": "amount", "name": ""}}"#, "a column's name has 1 to 200 bytes and no control characters"),
        (
            r#"{"previous_period": {"of": "amount", "period": "amount", "name": "p"}}"#,
            "`amount` is no key with a `period`",
        ),
        (r#"{"rank": {"by": [{"column": "x"}], "name": "r"}}"#, "there is no column `x`"),
        (r#"{"ntile": {"by": [], "parts": 0, "name": "n"}}"#, "0 parts: 1 to 10000 are allowed"),
        (r#"{"percentile": {"of": "amount", "points": [101]}}"#, "percentiles are numbers from 0 to 100, at least one"),
        (r#"{"percentile": {"of": "amount", "weight": "month", "points": [5]}}"#, "`month` is no count"),
        (
            r#"{"pivot": {"column": "month", "value": "amount"}}, {"share": {"of": "amount", "name": "s"}}"#,
            "a pivot is the last step, of two different columns",
        ),
    ] {
        let found = by_month(steps).unwrap_err();
        assert_eq!(found.to_string(), format!("the report `m` can't be run: {problem}"));
        assert!(found.is_usage());
    }
    let many = vec![r#"{"share": {"of": "amount", "name": "s"}}"#; 65].join(",");
    let found = by_month(&many).unwrap_err().to_string();
    assert_eq!(found, "the report `m` can't be run: `steps` has 65 parts, at most 64 are allowed");
}

#[test]
fn definitions_that_do_not_hold_together_are_refused() {
    let groups = |by: &str, rest: &str| {
        format!(
            r#"{{"name": "r", "entity": "order", "rows": {{"groups": {{"by": [{by}], "measures": [{{"measure": "count"}}]}}}} {rest}}}"#
        )
    };
    for (json, sentence) in [
        (groups(r#"{"path": "customer.manager.role.name.name"}"#, ""), "`"),
        (groups(r#"{"path": "order_line.amount"}"#, ""), "has no field `order_line`"),
        (groups(r#"{"path": "amount", "bands": ["2", "1"]}"#, ""), "the bands of `amount` do not ascend"),
        (groups(r#"{"path": "amount", "bands": ["x"]}"#, ""), "`amount`: "),
        (groups(r#"{"path": "number", "bands": ["1"]}"#, ""), "`number` has no bands, it is text"),
        (groups(r#"{"path": "ordered_at", "period": "month", "bands": ["2024-01-01"]}"#, ""), "has either a period or"),
        (
            groups(r#"{"path": "amount", "bands": ["1"]}, {"path": "paid_on", "bands": ["2024-01-01"]}"#, ""),
            "only one key can have bands",
        ),
        (
            groups(r#"{"path": "status"}"#, r#", "also": [{"entity": "service_request", "measures": []}]"#),
            "the keys of `service_request` are not of the same kinds as those of `rows`",
        ),
        (
            groups(
                r#"{"path": "customer"}"#,
                r#", "also": [{"entity": "service_request", "by": [{"path": "assigned_to"}], "measures": []}]"#,
            ),
            "the keys of `service_request` are not of the same kinds as those of `rows`",
        ),
        (groups("", r#", "also": [{"entity": "nowhere", "measures": []}]"#), "there is no entity `nowhere`"),
        (
            r#"{"name": "r", "entity": "order", "rows": {"list": [{"path": "id"}]}, "also": [{"entity": "order", "measures": []}]}"#.into(),
            "`also` goes with groups",
        ),
        ("{\"name\": \"r\"}".into(), "missing field `entity`"),
    ] {
        let error = run(&json).unwrap_err();
        assert!(error.to_string().contains(sentence), "{error}");
        assert!(error.is_usage(), "{error}");
    }
}

#[test]
fn a_report_ends_when_its_time_is_over() {
    let world = world();
    let mut bounds = Bounds::default();
    bounds.time = Duration::ZERO;
    let view = View::new(&*world.storage, &everything, "2024-01-01T00:00:00Z".parse().unwrap()).bounds(bounds);
    let definition: Definition =
        r#"{"name": "r", "entity": "order", "rows": {"list": [{"path": "number"}]}}"#.parse().unwrap();
    let error = block_on(definition.run(&view)).unwrap_err();
    assert_eq!(error.code(), "report.too_long");
    assert!(!error.is_usage());
}
