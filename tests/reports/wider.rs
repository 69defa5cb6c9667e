//! Small cases of the further reports, computed by hand.

use chrono_tz::{Europe, Tz};
use crmkit::customers::{Activity, LossStatus, NewActivity};
use crmkit::marketing::{NewPlanItem, OpportunityStatus, PlanItem};
use crmkit::prelude::*;
use crmkit::service::ServiceStatus;

use crate::world::World;

/// Two customers of one name over four months, one of them without an order.
fn sold() -> World {
    let mut world = World::new(Europe::Berlin);
    let (bolt, nut) = (world.product("P1", "Bolt"), world.product("P2", "Nut"));
    let (a, b) = (world.customer("C1", "Same"), world.customer("C2", "Same"));
    world.order(a, "2024-01-31T23:59:59.999999", &[(bolt, "1", "80", "0")]);
    // The clock changes on this day, the last of a month.
    world.order(a, "2024-03-31T23:30:00", &[(nut, "1", "15", "0"), (bolt, "1", "10", "0")]);
    world.order(b, "2024-02-29", &[(nut, "1", "5", "0")]);
    world.order(b, "2024-04-01", &[(nut, "-2", "5", "0")]);
    world.settle();
    world
}

#[test]
fn customers_come_stay_and_go() {
    let world = sold();
    let churn = ["2024-02,1,0,1,1.000000", "2024-03,1,0,1,1.000000", "2024-04,1,0,1,1.000000"];
    assert_eq!(world.rows("churn", &[]), churn);
    assert_eq!(world.rows("churn", &["period=quarter"]), ["2024-Q2,2,1,1,0.500000"]);
    assert_eq!(world.rows("retention", &["period=quarter"]), ["2024-Q1,2,0,2,1.000000", "2024-Q1,2,1,1,0.500000"]);
    assert_eq!(world.rows("new-customers", &[]), ["2024-01,1,1,0", "2024-02,1,1,0", "2024-03,1,0,1", "2024-04,1,0,1"]);
    assert_eq!(world.rows("repeat-rate", &[]), ["2,2,1.000000"]);
}

#[test]
fn what_customers_and_products_are_worth() {
    let world = sold();
    assert_eq!(
        world.rows("customer-value", &[]),
        ["C1,Same,2,105.00,52.50,2024-01-31,2024-03-31,60", "C2,Same,2,-5.00,-2.50,2024-02-29,2024-04-01,32",]
    );
    // Returns outweigh sales: the share is above one, and who brought in less than nothing is C.
    assert_eq!(
        world.rows("abc-customers", &[]),
        ["C1,Same,105.00,1.050000,1.050000,A", "C2,Same,-5.00,-0.050000,1.000000,C"]
    );
    assert_eq!(
        world.rows("abc-products", &[]),
        ["P1,Bolt,90.00,0.900000,0.900000,A", "P2,Nut,10.00,0.100000,1.000000,B"]
    );
    assert_eq!(world.rows("sales-by", &[]), ["Bolt,2,90.00,0.900000", "Nut,3,10.00,0.100000"]);
    assert_eq!(world.rows("sales-by", &["by=customer"]), ["Same,2,105.00,1.050000", "Same,2,-5.00,-0.050000"]);
    assert_eq!(world.rows("order-status", &[]), ["shipped,paid,4,100.00,1.000000"]);
}

#[test]
fn nothing_gives_no_rows_and_no_error() {
    let world = World::new(Tz::UTC);
    for report in crmkit::report::standard() {
        let found = world.report(report.name, &[]);
        let always = ["composition", "opportunity-time"].contains(&report.name);
        assert_eq!(found.table.rows().is_empty(), !always, "{}", report.name);
    }
}

#[test]
fn stock_is_worth_count_times_price() {
    let mut world = World::new(Tz::UTC);
    let bolt = world.insert(Product::draft(
        world.id(),
        NewProduct {
            code: "P1".into(),
            name: "Bolt".into(),
            price: Some("0.0003".parse().unwrap()),
            ..Default::default()
        },
    ));
    let nut = world.product("P2", "Nut");
    for (product, warehouse, count) in
        [(bolt, "East", "0.5"), (bolt, "East", "2"), (bolt, "West", "-1"), (nut, "East", "7")]
    {
        let new =
            NewStockItem { product, warehouse: warehouse.into(), count: count.parse().unwrap(), ..Default::default() };
        let item = StockItem::draft(world.id(), new);
        world.insert(item);
    }
    world.settle();
    let report = world.report("stock-position", &[]);
    assert_eq!(
        crate::world::rows(&report),
        ["P1,Bolt,0.0003,East,2.5,0.0008", "P1,Bolt,0.0003,West,-1,-0.0003", "P2,Nut,,East,7,"]
    );
    assert_eq!(report.table.total("value").unwrap().to_string(), "0.0005");
}

#[test]
fn opportunities_take_days_of_the_organisations_calendar() {
    let mut world = World::new(Europe::Berlin);
    let li = world.user("li", Some("Li"));
    for (created, closed, status) in [
        ("2024-01-01", Some("2024-01-01"), OpportunityStatus::Won),
        ("2024-01-01", Some("2024-01-08T23:59:59.999999"), OpportunityStatus::Won),
        ("2024-02-29", Some("2024-03-31T23:00:00"), OpportunityStatus::Won),
        ("2024-01-01", Some("2024-01-09"), OpportunityStatus::Terminated),
        ("2024-01-01", None, OpportunityStatus::Assigned),
    ] {
        let (created, closed) = (world.at(created), closed.map(|closed| world.at(closed)));
        world.opportunity(|opportunity| {
            (opportunity.created_at, opportunity.closed_at, opportunity.status) = (created, closed, status);
            opportunity.assigned_to = Some(li);
        });
    }
    world.settle();
    // 0, 7 and 31 days.
    assert_eq!(world.rows("sales-cycle", &[]), ["Li,3,12.6667,3.5,7,19,26.2"]);
    assert_eq!(
        world.rows("opportunity-time", &["as-of=2024-07-01"]),
        [
            "0,7,2,2,0,0,0.400000",
            "8,14,1,0,1,0,0.200000",
            "15,30,0,0,0,0,0.000000",
            "31,60,1,1,0,0,0.200000",
            "61,90,0,0,0,0,0.000000",
            "91,180,0,0,0,0,0.000000",
            "181,,1,0,0,1,0.200000"
        ]
    );
}

#[test]
fn work_is_added_up_on_its_own_and_put_together() {
    let mut world = World::new(Tz::UTC);
    let (li, wang) = (world.user("li", Some("Li")), world.user("wang", Some("Wang")));
    let customer = world.customer_with("C1", "Acme", |customer| customer.manager = Some(li));
    for date in ["2024-12-30", "2025-01-05", "2025-01-06"] {
        let new = NewActivity { customer, date: date.parse().unwrap(), title: "Call".into(), ..Default::default() };
        let activity = Activity::draft(world.id(), new);
        world.insert(activity);
    }
    let opportunity = world.opportunity(|opportunity| {
        (opportunity.assigned_to, opportunity.status) = (Some(li), OpportunityStatus::Assigned);
    });
    for (date, executed) in
        [("2024-12-30", Some("2025-01-01")), ("2024-12-31", Some("2025-01-02")), ("2025-01-01", None)]
    {
        let new = NewPlanItem { opportunity, date: date.parse().unwrap(), todo: "Visit".into(), ..Default::default() };
        let mut item = PlanItem::draft(world.id(), new);
        item.executed_at = executed.map(|at| world.at(at));
        world.insert(item);
    }
    let (opened, handled) = (world.at("2025-01-01T10:00:00"), world.at("2025-01-01T11:30:59"));
    for rounds in [1, 2] {
        world.service(customer, "inquiry", |request| {
            (request.created_at, request.handled_at, request.handled_by) = (opened, Some(handled), Some(wang));
            (request.rounds, request.satisfaction) = (rounds, Rating::ALL.get(3).copied());
        });
    }
    world.settle();
    assert_eq!(world.rows("work-review", &[]), ["Li,2025-W01,2,2,1,0", "Li,2025-W02,1,0,0,0", "Wang,2025-W01,0,0,0,2"]);
    let number = opportunity.to_string();
    assert_eq!(world.rows("overdue-plans", &["as-of=2025-01-03"]), [format!("2025-01-01,{number},Visit,Li,2")]);
    assert_eq!(world.rows("overdue-plans", &["as-of=2025-01-01"]), Vec::<String>::new());
    assert_eq!(world.rows("handling-time", &[]), ["Wang,2,90,90,90,90,90,90"]);
    assert_eq!(world.rows("rework-rate", &["by=type"]), ["inquiry,2,1,0.500000,4"]);
}

/// It is 01:00 on the first day of 1970 in Berlin.
#[test]
fn what_waits_is_listed_oldest_first() {
    let mut world = World::new(Europe::Berlin);
    let li = world.user("li", Some("Li"));
    let (a, b, c) = (world.customer("C1", "A"), world.customer("C2", "B"), world.customer("C3", "C"));
    let (late, early) = (world.at("1969-12-31T23:30:00"), world.at("1969-12-01"));
    world.loss(a, |lost| (lost.status, lost.warned_at, lost.manager) = (LossStatus::Warning, late, Some(li)));
    world.loss(b, |lost| {
        (lost.status, lost.warned_at) = (LossStatus::Deferred, early);
        lost.last_order_date = "1969-05-01".parse().ok();
    });
    world.loss(c, |lost| lost.status = LossStatus::Resolved);
    world.loss(c, |_| ());
    for (customer, number, status, at) in [
        (a, "S1", ServiceStatus::Handled, late),
        (b, "S2", ServiceStatus::Created, early),
        (a, "S3", ServiceStatus::Archived, early),
    ] {
        world.service(customer, "inquiry", |request| {
            (request.number, request.status, request.created_at) = (number.into(), status, at);
            request.assigned_to = (status == ServiceStatus::Handled).then_some(li);
        });
    }
    world.settle();
    assert_eq!(
        world.rows("loss-warnings", &[]),
        ["1969-12-01,31,C2,B,,1969-05-01,deferred", "1969-12-31,1,C1,A,Li,,warning"]
    );
    assert_eq!(
        world.rows("open-services", &[]),
        ["1969-12-01,31,S2,Help,B,,created", "1969-12-31,1,S1,Help,A,Li,handled"]
    );
}
