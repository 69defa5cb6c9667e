//! Reports that users write.

use chrono_tz::{Asia, Tz};
use crmkit::report::{Bounds, Definition, Report, ReportError, View, everything};
use pollster::block_on;

use crate::world::{World, rows};

fn world(zone: Tz) -> World {
    let mut world = World::new(zone);
    let (bolt, nut) = (world.product("P1", "Bolt"), world.product("P2", "Nut"));
    let wang = world.user("wang", Some("王芳"));
    let a = world.customer_with("C1", "Alpha", |customer| customer.manager = Some(wang));
    let b = world.customer_with("C2", "Beta", |customer| customer.region = Some("East".into()));
    world.order(a, "2020-01-31T23:30:00", &[(bolt, "1", "10", "0"), (nut, "4", "0.5", "0")]);
    world.order(a, "2020-02-01T00:10:00", &[(bolt, "2", "10", "0")]);
    world.order(b, "2020-02-02T12:00:00", &[(nut, "10", "0.25", "0.1")]);
    world.settle();
    world
}

fn run(world: &World, json: &str) -> Result<Report, ReportError> {
    let definition: Definition = json.parse()?;
    let again: Definition = serde_json::from_str(&serde_json::to_string(&definition).unwrap()).unwrap();
    assert_eq!(definition, again);
    block_on(definition.run(&world.view()))
}

#[test]
fn groups_with_everything_that_can_be_asked() {
    let world = world(Asia::Shanghai);
    let report = run(
        &world,
        r#"{
            "name": "lines", "entity": "order_line",
            "rows": {"groups": {
                "by": [{"path": "product"}, {"path": "order.ordered_at", "period": "month", "name": "month"}],
                "measures": [
                    {"measure": {"sum": "amount"}, "name": "amount"}, {"measure": "count"},
                    {"measure": {"distinct": "order.customer"}, "name": "customers", "label": {"zh": "客户数", "en": "Customers"}},
                    {"measure": {"average": "quantity"}}, {"measure": {"maximum": "unit_price"}}
                ]
            }},
            "shares": [{"of": "amount"}],
            "order": [{"column": "month", "direction": "descending"}],
            "limit": 2,
            "totals": ["amount", "count", "customers", "average_quantity", "maximum_unit_price"]
        }"#,
    )
    .unwrap();
    assert_eq!(
        report.to_csv(),
        "product,month,amount,count,customers,average_quantity,maximum_unit_price,amount_share\n\
         Bolt,2020-02,20.00,1,1,2,10.00,0.583942\n\
         Nut,2020-02,2.25,1,1,10,0.25,0.065693\n"
    );
    let totals: Vec<String> = report.table.totals().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let expected = ["amount=34.25", "count=4", "customers=2", "average_quantity=4.25", "maximum_unit_price=10.00"];
    assert_eq!(totals, expected);
    assert!(report.to_json().contains(r#"{"name":"customers","kind":"int","label":"Customers"}"#));
}

#[test]
fn days_in_a_filter_are_the_organisations() {
    let json = r#"{
        "name": "february", "entity": "order",
        "filter": {"and": [
            {"compare": {"path": "ordered_at", "comparison": "greater_or_equal", "value": "2020-02-01"}},
            {"exists": {"entity": "order_line", "reference": "order",
                        "filter": {"compare": {"path": "order.ordered_at", "comparison": "less", "value": "2020-02-02"}}}}
        ]},
        "rows": {"list": [{"path": "number"}, {"path": "customer.manager"}, {"path": "customer", "name": "who"}]}
    }"#;
    assert_eq!(rows(&run(&world(Asia::Shanghai), json).unwrap()), ["O00002,王芳,Alpha"]);
    assert_eq!(rows(&run(&world(Tz::UTC), json).unwrap()), ["O00002,王芳,Alpha"]);
}

#[test]
fn having_judges_groups_before_totals() {
    let report = run(
        &world(Tz::UTC),
        r#"{
            "name": "good customers", "entity": "orders",
            "rows": {"groups": {
                "by": [{"path": "customer", "show": [{"path": "number"}, {"path": "region", "name": "where"}]}],
                "measures": [{"measure": {"sum": "amount"}, "name": "amount"}]
            }},
            "having": [{"column": "amount", "comparison": "greater", "value": "2.25"}],
            "totals": ["amount"]
        }"#,
    )
    .unwrap();
    assert_eq!(report.to_csv(), "customer_number,where,amount\nC1,,32.00\n");
    assert_eq!(report.table.total("amount").unwrap().to_string(), "32.00");
}

#[test]
fn lists_sort_limit_and_total() {
    let world = world(Tz::UTC);
    let list = |order: &str, limit: &str| {
        let json = format!(
            r#"{{"name": "lines", "entity": "order_line",
                "rows": {{"list": [{{"path": "line"}}, {{"path": "order.customer.number"}}, {{"path": "amount"}}]}},
                "order": [{order}], {limit} "totals": ["amount", "line"]}}"#
        );
        run(&world, &json).unwrap()
    };
    let by_amount = list(r#"{"column": "amount", "direction": "descending"}"#, r#""limit": 2,"#);
    assert_eq!(rows(&by_amount), ["1,C1,20.00", "1,C1,10.00"]);
    assert_eq!(by_amount.table.total("amount").unwrap().to_string(), "34.25");
    assert_eq!(by_amount.table.total("line").unwrap().to_string(), "5");
    assert_eq!(rows(&list("", "")), ["1,C1,10.00", "1,C1,20.00", "1,C2,2.25", "2,C1,2.00"]);
    assert_eq!(rows(&list("", r#""limit": 0,"#)), Vec::<String>::new());
    // By what people call a record, not by its id.
    let named = r#"{"name": "n", "entity": "order", "rows": {"list": [{"path": "number"}, {"path": "customer"}]},
        "order": [{"column": "customer", "direction": "descending"}], "limit": 1}"#;
    assert_eq!(rows(&run(&world, named).unwrap()), ["O00003,Beta"]);
}

#[test]
fn what_does_not_fit_is_named_with_what_was_perhaps_meant() {
    let world = world(Tz::UTC);
    let groups = |by: &str, measures: &str, rest: &str| {
        let json = format!(
            r#"{{"name": "r", "entity": "order", "rows": {{"groups": {{"by": [{by}], "measures": [{measures}]}}}} {rest}}}"#
        );
        run(&world, &json).unwrap_err().to_string()
    };
    let count = r#"{"measure": "count"}"#;
    for (found, expected) in [
        (
            groups(r#"{"path": "customer.regoin"}"#, count, ""),
            "`customer.regoin`: `customer` has no field `regoin`; did you mean `region`?",
        ),
        (
            groups(r#"{"path": "status", "period": "month"}"#, count, ""),
            "`status` can't be grouped by period, it is choice",
        ),
        (groups("", r#"{"measure": {"sum": "number"}}"#, ""), "`number` can't be measured so, it is text"),
        (
            groups("", &format!("{count},{count}"), ""),
            "the report `r` can't be run: two columns are called `count`; give one another `name`",
        ),
        (
            groups("", count, r#", "order": [{"column": "cuont"}]"#),
            "the report `r` can't be run: there is no column `cuont`; did you mean `count`?",
        ),
        (
            groups(r#"{"path": "status"}"#, count, r#", "totals": ["status"]"#),
            "the report `r` can't be run: `status` is no measure, so it has no total",
        ),
        (
            groups("", count, r#", "having": [{"column": "count", "comparison": "less", "value": "x"}]"#),
            "the report `r` can't be run: `count`: expected a whole number, found `x`",
        ),
        (
            groups(r#"{"path": "status", "show": [{"path": "number"}]}"#, count, ""),
            "the report `r` can't be run: `status` is no reference, so it has no fields to show",
        ),
        (
            groups("", count, r#", "shares": [{"of": "count_share"}]"#),
            "the report `r` can't be run: there is no column `count_share`",
        ),
        (
            groups(
                "",
                count,
                r#", "filter": {"compare": {"path": "ordered_at", "comparison": "less", "value": "soon"}}"#,
            ),
            "`ordered_at`: `soon` is not a date such as 1996-07-04 or 1996-07-04T12:30:00Z",
        ),
        (
            groups("", r#"{"measure": {"maximum": "customer"}}"#, ""),
            "the report `r` can't be run: records have no order, so there is no least or greatest of them",
        ),
        (
            groups("", count, r#", "totals": ["count", "count"]"#),
            "the report `r` can't be run: `count` is totalled twice; name it once",
        ),
        (
            run(&world, r#"{"name": "r", "entity": "ordr", "rows": {"list": [{"path": "id"}]}}"#)
                .unwrap_err()
                .to_string(),
            "the report `r` can't be run: there is no entity `ordr`; did you mean `order`?",
        ),
        (
            run(&world, r#"{"name": "r", "entity": "order", "rows": {"list": []}}"#).unwrap_err().to_string(),
            "the report `r` can't be run: a list needs at least one column",
        ),
    ] {
        assert_eq!(found, expected);
    }
    let typo = "{\"name\": \"r\", \"entity\": \"order\",\n \"oder\": 1}".parse::<Definition>().unwrap_err();
    assert!(typo.to_string().starts_with("line 2 is no part of a report definition: unknown field `oder`"), "{typo}");
}

#[test]
fn no_report_costs_more_than_its_bounds() {
    let world = world(Tz::UTC);
    let json = |rows: &str| format!(r#"{{"name": "r", "entity": "order", "rows": {rows}}}"#);
    let ask = |rows: &str, bounds: Bounds| {
        let definition: Definition = serde_json::from_str(&json(rows)).unwrap();
        let now = "2020-01-01T00:00:00Z".parse().unwrap();
        block_on(definition.run(&View::new(&*world.storage, &everything, now).bounds(bounds)))
            .map(|report| rows_of(&report))
    };
    let groups = r#"{"groups": {"by": [{"path": "number"}], "measures": [{"measure": "count"}]}}"#;
    let list = r#"{"list": [{"path": "number"}]}"#;
    let mut bounds = Bounds::default();
    (bounds.groups, bounds.records, bounds.rows) = (3, 3, 3);
    assert_eq!((ask(groups, bounds).unwrap(), ask(list, bounds).unwrap()), (3, 3));
    let fewer_groups = {
        let mut b = bounds;
        b.groups = 2;
        b
    };
    assert_eq!(ask(groups, fewer_groups).unwrap_err().to_string(), "groups: at most 2 are allowed");
    let fewer_records = {
        let mut b = bounds;
        b.records = 2;
        b
    };
    assert_eq!(ask(groups, fewer_records).unwrap_err().to_string(), "records for one report: at most 2 are allowed");
    let fewer_rows = {
        let mut b = bounds;
        b.rows = 2;
        b
    };
    assert_eq!(ask(list, fewer_rows).unwrap_err().to_string(), "rows of a list: at most 2 are allowed");
}

fn rows_of(report: &Report) -> usize {
    report.table.rows().len()
}
