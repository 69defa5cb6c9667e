//! Small cases of the latest reports, computed by hand.

use std::sync::Arc;

use chrono_tz::{Asia, Europe, Tz};
use crmkit::clock::{Clock, FixedClock};
use crmkit::marketing::{NewOpportunity, NewPipeline, NewStage, OpportunityPatch, OpportunityStatus};
use crmkit::prelude::*;
use crmkit::service::ServiceStatus;
use crmkit::storage::MemoryStorage;
use pollster::block_on;

use crate::world::World;

const NONE: Vec<String> = Vec::new();

/// A clock that the test can still move.
#[derive(Debug)]
struct Hands(Arc<FixedClock>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

#[test]
fn stock_moves_by_sales_up_to_the_last_microsecond_of_a_leap_day() {
    let mut world = World::new(Asia::Shanghai);
    let priced = |world: &mut World, code: &str, price: Option<&str>| {
        let price = price.map(|price| price.parse().unwrap());
        let new = NewProduct { code: code.into(), name: code.into(), price, ..Default::default() };
        let product = Product::draft(world.id(), new);
        world.insert(product)
    };
    let [sold, before, returned, never, none, free, open] =
        [("P1", "2"), ("P2", "2"), ("P3", "1"), ("P4", "4"), ("P5", "9"), ("P6", ""), ("P7", "1")]
            .map(|(code, price)| priced(&mut world, code, (!price.is_empty()).then_some(price)));
    for (product, warehouse, count) in [
        (sold, "A", "1"),
        (before, "A", "1"),
        (returned, "A", "2"),
        (never, "A", "0.5"),
        (none, "A", "3"),
        (none, "B", "-3"),
        (free, "A", "1"),
        (open, "A", "1"),
    ] {
        let (warehouse, count) = (warehouse.into(), count.parse().unwrap());
        let item = StockItem::draft(world.id(), NewStockItem { product, warehouse, count, ..Default::default() });
        world.insert(item);
    }
    let a = world.customer("C1", "Alpha");
    world.order(a, "2024-02-29T00:00:00", &[(sold, "1", "2", "0")]);
    world.order(a, "2024-02-28T23:59:59.999999", &[(before, "1", "2", "0"), (never, "-1", "4", "0")]);
    world.order(a, "2024-01-31", &[(returned, "5", "1", "0")]);
    world.order(a, "2024-03-01", &[(returned, "-5", "1", "0")]);
    world.order_with(a, "2024-03-01", &[(open, "1", "1", "0")], |order| {
        (order.status, order.payment) = (OrderStatus::Packed, Payment::PartlyPaid);
    });
    world.settle();
    // Three are worth 2.00: by their codes. A return is no sale, nor is an order that does not count.
    let quiet =
        ["P2,P2,1,2.00,2024-02-28,2", "P3,P3,2,2.00,2024-01-31,30", "P4,P4,0.5,2.00,,", "P7,P7,1,1.00,,", "P6,P6,1,,,"];
    let report = world.report("stock-without-movement", &["since=2024-02-29", "as-of=2024-03-01"]);
    assert_eq!(crate::world::rows(&report), quiet);
    assert_eq!(report.table.total("value").unwrap().to_string(), "7.00");
    let later = world.rows("stock-without-movement", &["since=2024-03-01", "as-of=2024-03-01"]);
    assert_eq!(later[0], "P1,P1,1,2.00,2024-02-29,1");
    // As of a day before any sale, nothing has ever been sold; nothing in stock moves after the day that is asked for.
    assert_eq!(world.rows("stock-without-movement", &["since=2023-01-01", "as-of=2023-12-31"]).len(), 6);
    assert_eq!(world.rows("stock-without-movement", &["as-of=2024-03-01"]).len(), 3);
}

#[test]
fn a_stage_ages_by_days_of_the_organisations_calendar() {
    let mut world = World::new(Europe::Berlin);
    let li = world.user("li", Some("Li"));
    let (b, of_b) = world.pipeline("B", &[("new", 2), ("offer", 1)]);
    let (a, of_a) = world.pipeline("A", &[("only", 1)]);
    // The clock changes in the night to the last day of March.
    for (pipeline, stage, since, created, status, owner) in [
        (b, of_b[0], Some("2024-03-30T23:59:59.999999"), "2024-01-01", OpportunityStatus::Assigned, Some(li)),
        (b, of_b[0], Some("2024-03-31T00:00:00"), "2024-01-01", OpportunityStatus::Assigned, None),
        (b, of_b[1], None, "2024-02-29T23:30:00", OpportunityStatus::Unassigned, Some(li)),
        (b, of_b[1], Some("2024-04-02"), "2024-01-01", OpportunityStatus::Assigned, Some(li)),
        (b, of_b[1], Some("2020-01-01"), "2020-01-01", OpportunityStatus::Won, Some(li)),
        (a, of_a[0], Some("2024-04-01"), "2024-01-01", OpportunityStatus::Assigned, Some(li)),
    ] {
        let (since, created) = (since.map(|at| world.at(at)), world.at(created));
        world.opportunity(|opportunity| {
            (opportunity.pipeline, opportunity.stage, opportunity.status) = (Some(pipeline), Some(stage), status);
            (opportunity.stage_since, opportunity.created_at, opportunity.assigned_to) = (since, created, owner);
        });
    }
    world.opportunity(|opportunity| opportunity.status = OpportunityStatus::Assigned);
    world.settle();
    let report = world.report("stage-ageing", &["as-of=2024-04-01"]);
    // 32 days from the leap day; one put there tomorrow has stood there for none.
    let all = ["A,1,only,1,0,0,0,0,0,0", "B,1,offer,2,16,8,16,24,28.8,32", "B,2,new,2,1.5,1.25,1.5,1.75,1.9,2"];
    assert_eq!(crate::world::rows(&report), all);
    assert_eq!(report.table.total("opportunities"), Some(&5.into()));
    let narrow = world.rows("stage-ageing", &["as-of=2024-04-01", "owner=li", "pipeline=B"]);
    assert_eq!(narrow, [all[1], "B,2,new,1,2,2,2,2,2,2"]);
    assert_eq!(World::new(Tz::UTC).rows("stage-ageing", &[]), NONE);
    assert!(world.try_report("stage-ageing", &["owner=nobody"]).is_err());
}

#[test]
fn an_opportunity_knows_since_when_it_stands_in_its_stage() {
    block_on(async {
        let clock = Arc::new(FixedClock::new("2026-03-01T20:00:00Z".parse().unwrap()));
        let storage = MemoryStorage::new(crmkit::standard_schema().unwrap());
        let crm = Crm::builder(storage).clock(Hands(Arc::clone(&clock))).open().await.unwrap();
        let system = crm.system();
        let pipeline = system.pipelines().create(NewPipeline::new("P")).await.unwrap().id;
        let mut stages = Vec::new();
        for (position, name) in [(1, "new"), (2, "offer")] {
            let new = NewStage { pipeline, name: name.into(), position, ..Default::default() };
            stages.push(system.stages().create(new).await.unwrap().id);
        }
        let new = NewOpportunity {
            customer_name: "Acme".into(),
            title: "Tea".into(),
            pipeline: Some(pipeline),
            stage: Some(stages[0]),
            ..Default::default()
        };
        let opportunities = system.opportunities();
        let first = opportunities.create(new.clone()).await.unwrap();
        assert_eq!(first.stage_since, Some(clock.now()));
        let nowhere = opportunities.create(NewOpportunity { pipeline: None, stage: None, ..new }).await.unwrap();
        assert_eq!(nowhere.stage_since, None);
        let began = clock.now();
        clock.advance(chrono::TimeDelta::days(4)).unwrap();
        let renamed = OpportunityPatch { title: "More tea".to_owned().into(), ..Default::default() };
        assert_eq!(opportunities.edit(first.id, renamed).await.unwrap().stage_since, Some(began));
        let moved = OpportunityPatch { stage: Some(stages[1]).into(), ..Default::default() };
        assert_eq!(opportunities.edit(first.id, moved).await.unwrap().stage_since, Some(clock.now()));
        let taken = OpportunityPatch { stage: None.into(), pipeline: None.into(), ..Default::default() };
        assert_eq!(opportunities.edit(first.id, taken).await.unwrap().stage_since, None);
    });
}

#[test]
fn load_and_satisfaction_by_people_of_one_name() {
    let mut world = World::new(Europe::Berlin);
    let (li, twin) = (world.user("li", Some("Li")), world.user("li2", Some("Li")));
    let customer = world.customer("C1", "Acme");
    for (status, who, created, mark) in [
        (ServiceStatus::Archived, Some(li), "2024-02-29T23:59:59.999999", Some(Rating::Five)),
        (ServiceStatus::Archived, Some(li), "2024-03-01T00:00:00", Some(Rating::Two)),
        (ServiceStatus::Assigned, Some(li), "2024-03-31T23:30:00", None),
        (ServiceStatus::Handled, Some(twin), "2024-04-01T00:00:00", None),
        (ServiceStatus::Archived, Some(twin), "2024-03-15", Some(Rating::Four)),
        (ServiceStatus::Created, None, "2024-03-31T01:59:59.999999", None),
        (ServiceStatus::Archived, None, "2024-03-10", Some(Rating::One)),
    ] {
        let created = world.at(created);
        world.service(customer, "inquiry", |request| {
            (request.status, request.created_at, request.satisfaction) = (status, created, mark);
            (request.assigned_to, request.handled_by) = (who, who);
        });
    }
    world.settle();
    let march = ["from=2024-03-01", "to=2024-03-31"];
    let report = world.report("service-load", &march);
    assert_eq!(crate::world::rows(&report), ["Li,1,0,0,1,1", "Li,1,0,1,0,2", ",1,1,0,0,2"]);
    let totals: Vec<String> = report.table.totals().iter().map(|(_, total)| total.to_string()).collect();
    assert_eq!(totals, ["3", "1", "1", "1", "5"]);
    assert_eq!(
        world.rows("satisfaction", &[]),
        ["Li,1,4,0,0,0,1,0,1.000000", "Li,2,3.5,0,1,0,0,1,0.500000", ",1,1,1,0,0,0,0,0.000000"]
    );
    assert_eq!(world.rows("satisfaction", &["by=type", march[0], march[1]]), ["inquiry,3,2.3333,1,1,0,1,0,0.333333"]);
    assert_eq!(world.rows("satisfaction", &["year=2023"]), NONE);
    // Without days, a month back from today is new.
    assert_eq!(World::new(Tz::UTC).rows("service-load", &[]), NONE);
}

#[test]
fn nested_scores_are_given_among_those_of_one_score() {
    let mut world = World::new(Tz::UTC);
    let product = world.product("P1", "Bolt");
    for (place, (day, orders, price)) in
        [("2024-01-01", 5, "1"), ("2024-01-02", 1, "9"), ("2024-02-01", 1, "2"), ("2024-02-02", 3, "1")]
            .iter()
            .enumerate()
    {
        let customer = world.customer(&format!("C{place}"), "Same");
        for _ in 0..*orders {
            world.order(customer, day, &[(product, "1", price, "0")]);
        }
    }
    world.settle();
    let scores = |options: &[&str]| -> Vec<String> {
        let rows = world.rows("rfm", &[&["as-of=2024-03-01", "bins=2"], options].concat());
        rows.iter().map(|row| row.split(',').skip(5).take(3).collect::<Vec<_>>().join("")).collect()
    };
    assert_eq!(scores(&[]), ["122", "112", "211", "221"]);
    assert_eq!(scores(&["binning=independent"]), scores(&[]));
    // Among the two of each recency, who orders more often has the 2; alone in his part, everybody has the 1.
    assert_eq!(scores(&["binning=nested"]), ["121", "111", "211", "221"]);
    let wrong = world.try_report("rfm", &["binning=nestd"]).unwrap_err().to_string();
    assert_eq!(wrong, "option `binning`: `nestd` is none of independent, nested; did you mean `nested`?");
}

#[test]
fn a_trend_is_put_beside_what_was_before() {
    let mut world = World::new(Europe::Berlin);
    let product = world.product("P1", "Bolt");
    let a = world.customer("C1", "Alpha");
    for (day, price) in
        [("2023-02-28", "3"), ("2023-03-31T23:59:59.999999", "5"), ("2024-02-29", "7"), ("2024-03-31T03:00:00", "11")]
    {
        world.order(a, day, &[(product, "1", price, "0")]);
    }
    world.order(a, "2024-03-31T04:00:00", &[(product, "-1", "20", "0")]);
    world.settle();
    let report = world.report("sales-trend", &["compare=previous,last-year,previous"]);
    let expected = ["2023-02,1,3.00,,", "2023-03,1,5.00,3.00,", "2024-02,1,7.00,,3.00", "2024-03,2,-9.00,7.00,5.00"];
    assert_eq!(crate::world::rows(&report), expected);
    let names: Vec<&str> = report.table.columns().iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["period", "orders", "amount", "previous_amount", "last_year_amount"]);
    // The leap day has none of the year before, and the default has no such columns.
    assert_eq!(world.rows("sales-trend", &["period=day", "compare=last-year"])[2], "2024-02-29,1,7.00,");
    assert_eq!(world.rows("sales-trend", &[])[0], "2023-02,1,3.00");
}
