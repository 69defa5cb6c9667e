//! Small cases computed by hand.

use chrono_tz::{America, Asia, Europe, Tz};
use crmkit::prelude::*;

use crate::world::World;

#[test]
fn a_period_without_orders_has_no_rows_and_zero_totals() {
    let mut world = World::new(Tz::UTC);
    world.customer("C1", "Alpha");
    world.settle();
    let report = world.report("contribution", &["year=1997"]);
    assert!(report.to_json().ends_with(r#""rows":[],"totals":{"amount":"0.00","orders":0}}"#), "{}", report.to_json());
    for name in ["lapsed", "rfm", "sales-trend", "top-products"] {
        assert_eq!(world.rows(name, &[]), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn equal_amounts_go_by_number_and_returns_can_outweigh_sales() {
    let mut world = World::new(Tz::UTC);
    let product = world.product("P1", "Bolt");
    // The names are the same: they must not be taken together.
    let b = world.customer("C2", "Same");
    let a = world.customer("C1", "Same");
    let c = world.customer("C3", "Returns");
    world.order(b, "2020-01-01", &[(product, "1", "10", "0")]);
    world.order(a, "2020-01-02", &[(product, "2", "10", "0.5")]);
    world.order(c, "2020-01-03", &[(product, "1", "5", "0"), (product, "-6", "5", "0")]);
    world.order(c, "2020-01-04", &[]);
    world.settle();
    assert_eq!(
        world.rows("contribution", &[]),
        ["C1,Same,10.00,1,-2.000000", "C2,Same,10.00,1,-2.000000", "C3,Returns,-25.00,2,5.000000"]
    );
    let report = world.report("contribution", &[]);
    assert_eq!(report.table.total("amount").unwrap().to_string(), "-5.00");
    // Of the one customer found the total is his own.
    assert_eq!(world.rows("contribution", &["customer=RETURNS"]), ["C3,Returns,-25.00,2,1.000000"]);
}

#[test]
fn amounts_that_cancel_out_have_no_shares() {
    let mut world = World::new(Tz::UTC);
    let product = world.product("P1", "Bolt");
    let a = world.customer("C1", "Alpha");
    let b = world.customer("C2", "Beta");
    world.order(a, "2020-01-01", &[(product, "1", "10", "0")]);
    world.order(b, "2020-01-01", &[(product, "-1", "10", "0")]);
    world.settle();
    assert_eq!(world.rows("contribution", &[]), ["C1,Alpha,10.00,1,", "C2,Beta,-10.00,1,"]);
    assert!(world.report("contribution", &[]).to_json().contains(r#""share":null"#));
}

#[test]
fn a_day_ends_with_its_last_microsecond_in_the_organisations_zone() {
    let mut world = World::new(Asia::Shanghai);
    let product = world.product("P1", "Bolt");
    let a = world.customer("C1", "Alpha");
    let line = [(product, "1", "1", "0")];
    world.order(a, "1996-12-31T23:59:59.999999", &line);
    world.order(a, "1997-01-01T00:00:00", &line);
    world.order(a, "1997-12-31T23:59:59.999999", &line);
    world.order(a, "1998-01-01T00:00:00", &line);
    world.settle();
    assert_eq!(world.rows("contribution", &["year=1997"]), ["C1,Alpha,2.00,2,1.000000"]);
    let to = ["from=1997-12-31", "to=1997-12-31"];
    assert_eq!(world.rows("contribution", &to), ["C1,Alpha,1.00,1,1.000000"]);
    assert_eq!(world.rows("top-products", &["to=1996-12-31"]), ["P1,Bolt,1,1.00"]);
    assert_eq!(world.rows("sales-trend", &["period=year"]), ["1996,1,1.00", "1997,2,2.00", "1998,1,1.00"]);
}

#[test]
fn days_of_23_and_25_hours_hold_their_orders() {
    for (zone, days) in [
        (Europe::Berlin, ["2023-03-26", "2023-10-29"]),
        (America::New_York, ["2023-03-12", "2023-11-05"]),
        (America::Sao_Paulo, ["2018-11-04", "2018-02-17"]),
    ] {
        let mut world = World::new(zone);
        let product = world.product("P1", "Bolt");
        let a = world.customer("C1", "Alpha");
        for day in days {
            for time in ["00:00", "00:59:59.999999", "01:30", "02:30", "03:00", "23:59:59.999999"] {
                world.order(a, &format!("{day}T{time}"), &[(product, "1", "1", "0")]);
            }
        }
        world.settle();
        for day in days {
            let (from, to) = (format!("from={day}"), format!("to={day}"));
            assert_eq!(world.rows("contribution", &[&from, &to]), ["C1,Alpha,6.00,6,1.000000"], "{zone} {day}");
        }
        let mut sorted = days.to_vec();
        sorted.sort_unstable();
        let expected: Vec<String> = sorted.iter().map(|day| format!("{day},6,6.00")).collect();
        assert_eq!(world.rows("sales-trend", &["period=day"]), expected, "{zone}");
    }
}

#[test]
fn lapsed_looks_back_by_calendar_months() {
    let mut world = World::new(Asia::Shanghai);
    let product = world.product("P1", "Bolt");
    let line = [(product, "1", "1", "0")];
    let before = world.customer("C1", "Day before the cutoff");
    let on = world.customer("C2", "On the cutoff");
    let later = world.customer("C3", "Old and new");
    let after = world.customer("C4", "Only after the day asked for");
    let uncounted = world.customer("C5", "Only open or cancelled since");
    world.customer("C6", "Never");
    world.order(before, "2024-02-28T23:59:59.999999", &line);
    world.order(on, "2024-02-29T00:00:00", &line);
    world.order(later, "2020-01-01", &line);
    world.order(later, "2024-08-31T23:59:59.999999", &line);
    world.order(after, "2024-09-01", &line);
    world.order(uncounted, "2023-08-31", &line);
    world.order_with(uncounted, "2024-08-01", &line, |order| {
        (order.status, order.payment) = (OrderStatus::Packed, Payment::PartlyPaid);
    });
    world.order_with(uncounted, "2024-08-02", &line, |order| order.status = OrderStatus::Cancelled);
    world.settle();
    // 31 August minus six months is the leap day.
    let lapsed = ["C1,Day before the cutoff,2024-02-28,185", "C5,Only open or cancelled since,2023-08-31,366"];
    assert_eq!(world.rows("lapsed", &["as-of=2024-08-31"]), lapsed);
    assert_eq!(world.rows("lapsed", &["as-of=2024-08-31", "months=6"]), lapsed);
    assert_eq!(world.rows("lapsed", &["as-of=2024-08-31", "months=1200"]), Vec::<String>::new());
    // With no months at all, everyone who did not order on the very day.
    assert_eq!(world.rows("lapsed", &["as-of=2024-02-29", "months=0"]).len(), 3);
    assert_eq!(world.rows("lapsed", &["as-of=0001-01-01"]), Vec::<String>::new());
    assert_eq!(world.rows("lapsed", &["as-of=9999-12-31"]).len(), 5);
}

#[test]
fn today_is_the_organisations() {
    let mut world = World::new(Asia::Shanghai);
    let now: Timestamp = "2024-08-30T16:00:00Z".parse().unwrap();
    let a = world.customer("C1", "Alpha");
    world.order(a, "2024-02-28", &[]);
    world.settle();
    let view = crmkit::report::View::new(&*world.storage, &crmkit::report::everything, now).zone(world.zone);
    let none: [(&str, &str); 0] = [];
    let report = pollster::block_on(crmkit::report::Catalogue::standard().run("lapsed", &view, none)).unwrap();
    assert!(report.to_json().contains(r#""parameters":{"as_of":"2024-08-31","months":6}"#), "{}", report.to_json());
    assert_eq!(crate::world::rows(&report), ["C1,Alpha,2024-02-28,185"]);
}

#[test]
fn which_orders_count_is_by_status_and_payment() {
    let mut world = World::new(Tz::UTC);
    let product = world.product("P1", "Bolt");
    let a = world.customer("C1", "Alpha");
    for (price, status, payment) in [
        ("1", OrderStatus::Shipped, Payment::Paid),
        ("10", OrderStatus::Shipped, Payment::Unpaid),
        ("100", OrderStatus::Created, Payment::Paid),
        ("1000", OrderStatus::Cancelled, Payment::Paid),
        ("10000", OrderStatus::Packed, Payment::PartlyPaid),
    ] {
        world.order_with(a, "2020-05-05", &[(product, "1", price, "0")], |order| {
            (order.status, order.payment) = (status, payment);
        });
    }
    world.settle();
    for (status, amount) in [
        ("paid", "101.00"),
        ("shipped", "11.00"),
        ("paid,shipped", "111.00"),
        ("all", "10111.00"),
        ("cancelled", "1000.00"),
        ("all,cancelled", "11111.00"),
        ("created", "100.00"),
        ("packed", "10000.00"),
        ("partly_paid", "10000.00"),
        ("unpaid", "10.00"),
    ] {
        let option = format!("status={status}");
        let by_line = world.report("top-products", &[&option]).table.total("amount").unwrap().to_string();
        let by_order = world.report("contribution", &[&option]).table.total("amount").unwrap().to_string();
        assert_eq!((by_order.as_str(), by_line.as_str()), (amount, amount), "{status}");
    }
    // `lapsed` and `rfm` take shipped or paid ones.
    assert_eq!(world.rows("rfm", &["as-of=2020-05-06"]), ["C1,2020-05-05,1,3,111.00,1,1,1,dormant"]);
}

#[test]
fn composition_lists_empty_marks_and_counts_normal_customers() {
    let mut world = World::new(Tz::UTC);
    let (wang, twin, unnamed) =
        (world.user("wang", Some("王芳")), world.user("wang2", Some("王芳")), world.user("Bare", None));
    let managers = [Some(wang), Some(wang), Some(twin), Some(unnamed), None];
    for (place, manager) in managers.into_iter().enumerate() {
        world.customer_with(&format!("C{place}"), "Customer", |customer| {
            customer.level = [Some(Rating::Five), Some(Rating::Two), Some(Rating::Five), None, None][place];
            customer.manager = manager;
            customer.region = [Some("华东"), Some("华东"), Some("North"), None, None][place].map(Into::into);
        });
    }
    world.customer_with("L1", "Lost", |customer| customer.status = CustomerStatus::Lost);
    world.customer_with("D1", "Gone", |customer| customer.status = CustomerStatus::Deleted);
    world.settle();
    let by_level =
        ["1,1,0,0.000000", "2,2,1,0.200000", "3,3,0,0.000000", "4,4,0,0.000000", "5,5,2,0.400000", ",,2,0.400000"];
    assert_eq!(world.rows("composition", &["by=level"]), by_level);
    assert_eq!(world.rows("composition", &[]), by_level);
    assert_eq!(world.rows("composition", &["by=credit"]).len(), 6);
    assert_eq!(
        world.rows("composition", &["by=region"]),
        ["North,North,1,0.200000", "华东,华东,2,0.400000", ",,2,0.400000"]
    );
    assert_eq!(
        world.rows("composition", &["by=status"]),
        ["deleted,Deleted,1,0.142857", "lost,Lost,1,0.142857", "normal,Normal,5,0.714286"]
    );
    assert_eq!(
        world.rows("composition", &["by=manager"]),
        ["Bare,Bare,1,0.200000", "王芳,王芳,1,0.200000", "王芳,王芳,2,0.400000", ",,1,0.200000"]
    );
}

#[test]
fn an_empty_organisation_still_has_its_five_levels() {
    let world = World::new(Tz::UTC);
    assert_eq!(world.rows("composition", &[]), ["1,1,0,", "2,2,0,", "3,3,0,", "4,4,0,", "5,5,0,"]);
}

#[test]
fn top_products_break_ties_by_code_and_total_all() {
    let mut world = World::new(Tz::UTC);
    let a = world.customer("C1", "Alpha");
    let products: Vec<_> = ["P3", "P1", "P2"].iter().map(|code| world.product(code, "Same name")).collect();
    for product in &products {
        world.order(a, "2020-01-01", &[(*product, "0.5", "20", "0")]);
    }
    let best = world.product("P9", "Best");
    world.order(a, "2020-01-01", &[(best, "1", "10.0001", "0")]);
    world.settle();
    let report = world.report("top-products", &["limit=2"]);
    assert_eq!(crate::world::rows(&report), ["P9,Best,1,10.0001", "P1,Same name,0.5,10.00"]);
    assert_eq!(report.table.total("amount").unwrap().to_string(), "40.0001");
    assert_eq!(report.table.total("quantity").unwrap().to_string(), "2.5");
}

#[test]
fn weeks_are_iso_weeks_and_gaps_are_not_listed() {
    let mut world = World::new(Tz::UTC);
    let a = world.customer("C1", "Alpha");
    for day in ["2011-01-01", "2011-01-03", "2012-01-01", "2012-12-31"] {
        world.order(a, day, &[]);
    }
    world.settle();
    assert_eq!(
        world.rows("sales-trend", &["period=week"]),
        ["2010-W52,1,0.00", "2011-W01,1,0.00", "2011-W52,1,0.00", "2013-W01,1,0.00"]
    );
    assert_eq!(world.rows("sales-trend", &["period=quarter"]), ["2011-Q1,2,0.00", "2012-Q1,1,0.00", "2012-Q4,1,0.00"]);
    assert_eq!(world.rows("sales-trend", &[]), ["2011-01,2,0.00", "2012-01,1,0.00", "2012-12,1,0.00"]);
}

#[test]
fn sums_past_the_range_are_refused_not_wrapped() {
    let mut world = World::new(Tz::UTC);
    let product = world.product("P1", "Gold");
    let (a, b) = (world.customer("C1", "Alpha"), world.customer("C2", "Beta"));
    for customer in [a, b] {
        world.order(customer, "2020-01-01", &[(product, "1", "922337203685477.5807", "0")]);
    }
    world.settle();
    let error = world.try_report("contribution", &[]).unwrap_err();
    assert_eq!(error.to_string(), "the result for `amount` is out of range");
    assert_eq!(world.rows("contribution", &["customer=alpha"]), ["C1,Alpha,922337203685477.5807,1,1.000000"]);
    assert!(world.try_report("top-products", &[]).is_err());
}

#[test]
fn wrong_options_are_refused_before_anything_is_read() {
    let world = World::new(Tz::UTC);
    for (report, option, sentence) in [
        ("contribution", "years=1997", "the report `contribution` has no option `years`; did you mean `year`?"),
        ("composition", "limit=3", "the report `composition` has no option `limit`"),
        ("top-products", "limit=0", "option `limit`: `0` is not a number from 1 to 1000000"),
        ("top-products", "limit=-1", "option `limit`: `-1` is not a number from 1 to 1000000"),
        ("lapsed", "months=x", "option `months`: `x` is not a number from 0 to 1200"),
        ("lapsed", "as-of=2023-02-29", "option `as-of`: `2023-02-29` is not a day such as 1996-07-04"),
        ("rfm", "bins=0", "option `bins`: `0` is not a number from 1 to 100"),
        (
            "composition",
            "by=levels",
            "option `by`: `levels` is none of level, credit, satisfaction, region, status, manager; did you mean `level`?",
        ),
        (
            "sales-trend",
            "period=month,year",
            "option `period`: `month,year` is none of day, week, month, quarter, year",
        ),
    ] {
        let error = world.try_report(report, &[option]).unwrap_err();
        assert_eq!(error.to_string(), sentence);
        assert!(error.is_usage());
    }
}
