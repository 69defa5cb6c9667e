//! Opportunities: small cases computed by hand.

use chrono_tz::{Asia, Tz};
use crmkit::marketing::{NewPipeline, OpportunityStatus, Pipeline, PipelinePatch};
use crmkit::prelude::*;

use crate::world::World;

use OpportunityStatus::{Assigned, Terminated, Unassigned, Won};

fn money(text: &str) -> Option<Money> {
    Some(text.parse().unwrap())
}

#[test]
fn nothing_gives_no_rows_and_zero_totals() {
    let world = World::new(Tz::UTC);
    for (name, totals) in [
        ("win-rate", r#""rows":[],"totals":{"won":0,"lost":0,"rate":null,"won_amount":"0.00"}}"#),
        ("funnel", r#""rows":[],"totals":{"opportunities":0}}"#),
        ("forecast", r#""rows":[],"totals":{"opportunities":0,"amount":"0.00","weighted_amount":"0.00"}}"#),
    ] {
        let json = world.report(name, &[]).to_json();
        assert!(json.ends_with(totals), "{json}");
    }
}

/// Two managers of one name, a product, a customer in the east, and eight opportunities.
fn closed(zone: Tz) -> World {
    let mut world = World::new(zone);
    let (li, twin) = (world.user("li", Some("李伟")), world.user("li2", Some("李伟")));
    let bolt = world.product("P1", "Bolt");
    let east = world.customer_with("C1", "Acme", |customer| customer.region = Some("East".into()));
    let nowhere = world.customer("C2", "Globex");
    let rows: [(_, _, _, _, _, _); 8] = [
        (Some(li), Won, Some("2020-01-31T23:59:59.999999"), money("10.5"), Some(east), Some("web")),
        (Some(li), Won, Some("2020-02-01"), None, Some(nowhere), Some("web")),
        (Some(li), Terminated, Some("2020-02-01"), money("999"), Some(east), Some("fair")),
        (Some(twin), Terminated, Some("2020-02-29T23:59:59.999999"), money("7"), None, None),
        (Some(twin), Assigned, None, money("1000"), Some(east), Some("call")),
        (None, Unassigned, None, money("1000"), None, None),
        // Entered by hand as won by nobody, and on no known day.
        (None, Won, None, money("0.0001"), None, Some("web")),
        (Some(li), Assigned, None, None, Some(nowhere), Some("web")),
    ];
    for (place, (assigned_to, status, closed_at, amount, customer, source)) in rows.into_iter().enumerate() {
        let closed_at = closed_at.map(|text| world.at(text));
        world.opportunity(|opportunity| {
            (opportunity.assigned_to, opportunity.status, opportunity.closed_at) = (assigned_to, status, closed_at);
            (opportunity.amount, opportunity.customer) = (amount, customer);
            opportunity.source = source.map(Into::into);
            opportunity.product = (place < 2).then_some(bolt);
            opportunity.created_by = Some(twin);
        });
    }
    world.settle();
    world
}

#[test]
fn a_win_rate_is_that_of_the_closed_ones() {
    let world = closed(Asia::Shanghai);
    let report = world.report("win-rate", &[]);
    assert_eq!(
        crate::world::rows(&report),
        // Who entered one and is assigned none of it owns none of it.
        ["李伟,0,1,0.000000,0.00", "李伟,2,1,0.666667,10.50", ",1,0,1.000000,0.0001"]
    );
    let totals: Vec<String> = report.table.totals().iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(totals, ["won=3", "lost=2", "rate=0.600000", "won_amount=10.5001"]);
    assert_eq!(world.rows("win-rate", &["by=product"]), ["Bolt,2,0,1.000000,10.50", ",1,2,0.333333,0.0001"]);
    assert_eq!(
        world.rows("win-rate", &["by=source"]),
        // Of the calls none is closed.
        ["call,0,0,,0.00", "fair,0,1,0.000000,0.00", "web,3,0,1.000000,10.5001", ",0,1,0.000000,0.00"]
    );
    assert_eq!(
        world.rows("win-rate", &["by=customer"]),
        ["Acme,1,1,0.500000,10.50", "Globex,1,0,1.000000,0.00", ",1,1,0.500000,0.0001"]
    );
    assert_eq!(
        world.rows("win-rate", &["by=region"]),
        ["East,1,1,0.500000,10.50", ",2,1,0.666667,0.0001"],
        "a customer without a region and no customer have no region both"
    );
    assert!(world.report("win-rate", &["by=source"]).to_json().contains(r#""rate":null,"won_amount":"0.00""#));
}

#[test]
fn the_day_an_opportunity_was_closed_is_the_organisations() {
    for zone in [Tz::UTC, Asia::Shanghai] {
        let world = closed(zone);
        assert_eq!(
            world.rows("win-rate", &["by=month"]),
            ["2020-01,1,0,1.000000,10.50", "2020-02,1,2,0.333333,0.00", ",1,0,1.000000,0.0001"]
        );
        // Open ones, and what has no day, lie in no days.
        let february = ["by=source", "from=2020-02-01", "to=2020-02-29"];
        assert_eq!(
            world.rows("win-rate", &february),
            ["fair,0,1,0.000000,0.00", "web,1,0,1.000000,0.00", ",0,1,0.000000,0.00"]
        );
        assert_eq!(world.rows("win-rate", &["to=2020-01-31"]), ["李伟,1,0,1.000000,10.50"]);
        assert_eq!(world.rows("win-rate", &["from=2020-03-01"]), Vec::<String>::new());
    }
}

#[test]
fn a_funnel_goes_by_position_pipeline_by_pipeline() {
    let mut world = World::new(Asia::Shanghai);
    let (li, wang) = (world.user("Li", Some("李伟")), world.user("wang", None));
    let (b, b_stages) = world.pipeline("B", &[("won", 30), ("lost", 30), ("new", 10), ("offer", 20), ("paid", 40)]);
    let (a, a_stages) = world.pipeline("A", &[("only", 1)]);
    let (_, _) = world.pipeline("C", &[("empty", 1), ("later", 2)]);
    let idle = NewPipeline { active: false, ..NewPipeline::new("D") };
    world.insert(Pipeline::draft(world.id(), idle));
    let mut put = |pipeline, stage, assigned_to, status, at: &str| {
        let created_at = world.at(at);
        world.opportunity(|opportunity| {
            (opportunity.pipeline, opportunity.stage, opportunity.status) = (pipeline, stage, status);
            (opportunity.assigned_to, opportunity.created_at) = (assigned_to, created_at);
        });
    };
    let day = "2020-05-01";
    put(Some(b), Some(b_stages[2]), Some(li), Assigned, "2020-04-30T23:59:59.999999");
    put(Some(b), Some(b_stages[2]), None, Unassigned, day);
    put(Some(b), Some(b_stages[2]), Some(wang), Terminated, day);
    put(Some(b), Some(b_stages[0]), Some(li), Won, day);
    put(Some(b), Some(b_stages[1]), Some(li), Terminated, day);
    put(Some(b), None, Some(li), Assigned, day);
    put(Some(a), Some(a_stages[0]), Some(wang), Assigned, day);
    put(None, None, None, Unassigned, day);
    world.settle();
    let report = world.report("funnel", &[]);
    let all = [
        "only,1,0.125000,1,",
        "new,3,0.375000,5,",
        "offer,0,0.000000,2,0.400000",
        "lost,1,0.125000,2,1.000000",
        "won,1,0.125000,2,1.000000",
        "paid,0,0.000000,0,0.000000",
        "empty,0,0.000000,0,",
        "later,0,0.000000,0,",
        ",2,0.250000,,",
    ];
    assert_eq!(crate::world::rows(&report), all);
    assert_eq!(report.table.total("opportunities"), Some(&8.into()));
    assert!(report.to_json().ends_with(
        r#"{"stage":null,"opportunities":2,"share":"0.250000","reached":null,"conversion":null}],"totals":{"opportunities":8}}"#
    ));
    // By login in any case, or by name; one pipeline; the day in the zone.
    for owner in ["owner=LI", "owner=李伟"] {
        assert_eq!(
            world.rows("funnel", &["pipeline=B", owner, "from=2020-05-01", "to=2020-05-01"]),
            [
                "new,0,0.000000,2,",
                "offer,0,0.000000,2,1.000000",
                "lost,1,0.333333,2,1.000000",
                "won,1,0.333333,2,1.000000",
                "paid,0,0.000000,0,0.000000",
                ",1,0.333333,,"
            ]
        );
    }
    assert_eq!(world.rows("funnel", &["pipeline=C", "to=2000-01-01"]), ["empty,0,,0,", "later,0,,0,"]);
    assert_eq!(world.rows("funnel", &["pipeline=D"]), Vec::<String>::new());
}

#[test]
fn a_pipeline_that_is_not_active_is_listed_while_something_stands_on_it() {
    let mut world = World::new(Tz::UTC);
    let new = || NewPipeline { active: false, ..NewPipeline::new("Old") };
    let (pipeline, stages) = world.pipeline("Old", &[("first", 1), ("second", 2)]);
    world.opportunity(|opportunity| (opportunity.pipeline, opportunity.stage) = (Some(pipeline), Some(stages[1])));
    world.settle();
    let old = Pipeline { version: Version(1), ..Pipeline::draft(pipeline, new()) };
    world.update(old.patched(PipelinePatch::default())).settle();
    assert_eq!(world.rows("funnel", &[]), ["first,0,0.000000,1,", "second,1,1.000000,1,1.000000"]);
    assert_eq!(world.rows("funnel", &["to=1969-12-31"]), Vec::<String>::new());
}

#[test]
fn a_name_that_no_one_or_several_have_is_refused() {
    let mut world = World::new(Tz::UTC);
    world.user("li", Some("李伟"));
    world.user("li2", Some("李伟"));
    world.settle();
    for (report, option, sentence, usage) in [
        ("funnel", "owner=nobody", "there is no user `nobody`", false),
        ("loss", "manager=nobody", "there is no user `nobody`", false),
        ("funnel", "owner=李伟", "option `owner`: several are called `李伟`; say which by `login`", true),
        ("funnel", "pipeline=Sales", "there is no pipeline `Sales`", false),
        (
            "win-rate",
            "by=owners",
            "option `by`: `owners` is none of owner, product, source, customer, region, month; did you mean `owner`?",
            true,
        ),
    ] {
        let error = world.try_report(report, &[option]).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.is_usage()), (sentence, usage));
    }
    assert_eq!(world.rows("funnel", &["owner=li"]), Vec::<String>::new());
}

#[test]
fn a_forecast_weighs_each_amount_and_rounds_once() {
    let mut world = World::new(Tz::UTC);
    let li = world.user("li", None);
    let (pipeline, stages) = world.pipeline_with("P", &[("new", "0.1"), ("offer", "0.333333")]);
    let mut put = |status, amount, success_rate, stage: Option<usize>, month: Option<&str>, assigned_to| {
        world.opportunity(|opportunity| {
            (opportunity.status, opportunity.amount, opportunity.success_rate) = (status, amount, success_rate);
            (opportunity.pipeline, opportunity.stage) = (stage.map(|_| pipeline), stage.map(|place| stages[place]));
            opportunity.expected_close_on = month.map(|day| day.parse().unwrap());
            opportunity.assigned_to = assigned_to;
        });
    };
    // Its own rate goes before that of its stage, also where it is zero.
    put(Assigned, money("100"), Some(60), Some(0), Some("2020-01-31"), Some(li));
    put(Unassigned, money("100"), Some(0), Some(1), Some("2020-01-01"), None);
    put(Assigned, money("0.0015"), None, Some(0), Some("2020-01-15"), Some(li));
    put(Assigned, money("3"), None, Some(1), Some("2020-02-01"), Some(li));
    put(Assigned, None, None, Some(1), Some("2020-02-01"), Some(li));
    put(Assigned, money("50"), None, None, None, Some(li));
    put(Won, money("1000"), Some(90), Some(1), Some("2020-01-31"), Some(li));
    put(Terminated, money("1000"), Some(90), Some(1), None, Some(li));
    world.settle();
    let report = world.report("forecast", &[]);
    // 60 + 0 + 0.00015, which is half between two and goes to the even one; 3 × 0.333333 is 0.999999.
    assert_eq!(crate::world::rows(&report), ["2020-01,3,200.0015,60.0002", "2020-02,2,3.00,1.00", ",1,50.00,0.00"]);
    let total = |name| report.table.total(name).unwrap().to_string();
    assert_eq!(
        (total("opportunities"), total("amount"), total("weighted_amount")),
        ("6".into(), "253.0015".into(), "61.0001".into())
    );
    assert_eq!(world.rows("forecast", &["by=owner"]), ["li,5,153.0015,61.0001", ",1,100.00,0.00"]);
    assert_eq!(
        world.rows("forecast", &["by=stage"]),
        ["new,2,100.0015,60.0002", "offer,3,103.00,1.00", ",1,50.00,0.00"]
    );
}
