//! Service requests and lost customers: small cases computed by hand.

use chrono_tz::{Asia, Tz};
use crmkit::customers::LossStatus;
use crmkit::dictionary::{CUSTOMER_LEVEL, DictionaryEntry, NewDictionaryEntry, REGION, SATISFACTION, SERVICE_TYPE};
use crmkit::prelude::*;
use crmkit::report::{Catalogue, View, everything};
use crmkit::schema::Lang;
use crmkit::service::ServiceStatus;

use crate::world::{World, rows};

fn entry(world: &mut World, kind: &str, value: &str, item: &str, english: Option<&str>) {
    let new = NewDictionaryEntry { item_en: english.map(Into::into), ..NewDictionaryEntry::new(kind, item, value) };
    world.insert(DictionaryEntry::draft(world.id(), new));
}

fn services() -> World {
    let mut world = World::new(Asia::Shanghai);
    entry(&mut world, SERVICE_TYPE, "inquiry", "咨询", Some("Inquiry"));
    entry(&mut world, SERVICE_TYPE, "complaint", "投诉", None);
    // A value of another type is not the same.
    entry(&mut world, REGION, "repair", "Somewhere", None);
    entry(&mut world, SATISFACTION, "5", "★★★★★", None);
    let (li, twin) = (world.user("li", Some("李伟")), world.user("li2", Some("李伟")));
    let acme = world.customer("C1", "Acme");
    for (kind, status, at, assignee, satisfaction) in [
        ("inquiry", ServiceStatus::Archived, "2019-12-31T23:59:59.999999", Some(li), Some(Rating::Five)),
        ("inquiry", ServiceStatus::Archived, "2020-01-01", Some(twin), Some(Rating::Four)),
        ("repair", ServiceStatus::Archived, "2020-12-31T23:59:59.999999", Some(li), None),
        ("complaint", ServiceStatus::Assigned, "2020-06-01", Some(li), None),
        ("complaint", ServiceStatus::Created, "2021-01-01", None, None),
    ] {
        let at = world.at(at);
        world.service(acme, kind, |request| {
            (request.status, request.created_at) = (status, at);
            (request.assigned_to, request.satisfaction) = (assignee, satisfaction);
        });
    }
    world.settle();
    world
}

#[test]
fn services_are_counted_by_kind_with_labels_of_the_dictionary() {
    let world = services();
    let report = world.report("service", &[]);
    assert_eq!(rows(&report), ["inquiry,Inquiry,2,0.666667", "repair,repair,1,0.333333"]);
    assert_eq!(report.table.total("services"), Some(&3.into()));
    let all = ["complaint,投诉,2,0.400000", "inquiry,Inquiry,2,0.400000", "repair,repair,1,0.200000"];
    assert_eq!(world.rows("service", &["status=all"]), all);
    // A year is the organisation's.
    assert_eq!(
        world.rows("service", &["status=all", "year=2020"]),
        ["complaint,投诉,1,0.333333", "inquiry,Inquiry,1,0.333333", "repair,repair,1,0.333333"]
    );
    assert_eq!(world.rows("service", &["status=created", "year=2021"]), ["complaint,投诉,1,1.000000"]);
    assert_eq!(
        world.rows("service", &["by=status", "status=all"]),
        ["archived,Archived,3,0.600000", "assigned,Assigned,1,0.200000", "created,Created,1,0.200000"]
    );
    assert_eq!(
        world.rows("service", &["by=assignee", "status=all"]),
        ["李伟,李伟,1,0.200000", "李伟,李伟,3,0.600000", ",,1,0.200000"]
    );
    assert_eq!(world.rows("service", &["by=satisfaction"]), ["4,4,1,0.333333", "5,★★★★★,1,0.333333", ",,1,0.333333"]);
    assert_eq!(world.rows("service", &["status=handled"]), Vec::<String>::new());
}

#[test]
fn the_language_chooses_the_labels() {
    let world = services();
    let view = View::new(&*world.storage, &everything, Timestamp::EPOCH).lang(Lang::Zh);
    let run = |options: &[(&str, &str)]| {
        let report = Catalogue::standard();
        rows(&pollster::block_on(report.run("service", &view, options.iter().copied())).unwrap())
    };
    assert_eq!(run(&[]), ["inquiry,咨询,2,0.666667", "repair,repair,1,0.333333"]);
    assert_eq!(run(&[("by", "status")]), ["archived,已归档,3,1.000000"]);
}

#[test]
fn an_empty_service_report_pins_its_columns() {
    let report = World::new(Tz::UTC).report("service", &["year=2020", "by=status"]);
    let golden = concat!(
        r#"{"report":"service","#,
        r#""parameters":{"from":"2020-01-01","to":"2020-12-31","status":"archived","by":"status"},"#,
        r#""columns":[{"name":"key","kind":"text","label":"Key"},{"name":"label","kind":"text","label":"Label"},"#,
        r#"{"name":"services","kind":"int","label":"Requests"},{"name":"share","kind":"rate","label":"Share"}],"#,
        r#""rows":[],"totals":{"services":0}}"#,
    );
    assert_eq!(report.to_json(), golden);
}

#[test]
fn levels_and_regions_are_labelled_by_the_dictionary() {
    let mut world = World::new(Tz::UTC);
    entry(&mut world, CUSTOMER_LEVEL, "3", "大客户", Some("Major customer"));
    entry(&mut world, REGION, "HD", "华东", None);
    world.customer_with("C1", "Acme", |customer| {
        (customer.level, customer.region) = (Some(Rating::Three), Some("HD".into()));
    });
    world.settle();
    assert_eq!(
        world.rows("composition", &["by=level"]),
        ["1,1,0,0.000000", "2,2,0,0.000000", "3,Major customer,1,1.000000", "4,4,0,0.000000", "5,5,0,0.000000"]
    );
    assert_eq!(world.rows("composition", &["by=region"]), ["HD,华东,1,1.000000"]);
}

fn losses(zone: Tz) -> World {
    let mut world = World::new(zone);
    let (li, wang) = (world.user("li", Some("李伟")), world.user("Wang", None));
    let (b, a) = (world.customer("C2", "Beta Ltd"), world.customer("C1", "Acme"));
    for (customer, status, at, manager, reason) in [
        (b, LossStatus::Confirmed, Some("2020-01-31T23:59:59.999999"), Some(li), Some("price")),
        (a, LossStatus::Confirmed, Some("2020-01-31T08:00:00"), Some(wang), Some("price")),
        (a, LossStatus::Confirmed, Some("2020-02-01"), None, None),
        (b, LossStatus::Confirmed, None, Some(li), Some("Price")),
        (a, LossStatus::Deferred, None, Some(li), Some("not yet")),
        (b, LossStatus::Resolved, Some("2020-01-15"), Some(li), Some("came back")),
    ] {
        let at = at.map(|at| world.at(at));
        world.loss(customer, |lost| {
            (lost.status, lost.confirmed_at, lost.manager) = (status, at, manager);
            lost.reason = reason.map(Into::into);
        });
    }
    world.settle();
    world
}

#[test]
fn losses_are_the_confirmed_ones_in_the_order_of_their_days() {
    for zone in [Tz::UTC, Asia::Shanghai] {
        let world = losses(zone);
        let all = [
            "2020-01-31,C1,Acme,Wang,price",
            "2020-01-31,C2,Beta Ltd,李伟,price",
            "2020-02-01,C1,Acme,,",
            ",C2,Beta Ltd,李伟,Price",
        ];
        let report = world.report("loss", &[]);
        assert_eq!(rows(&report), all);
        let names: Vec<&str> = report.table.columns().iter().map(|column| &*column.name).collect();
        assert_eq!(names, ["confirmed_on", "customer_number", "customer_name", "manager", "reason"]);
        assert_eq!(world.rows("loss", &["from=2020-01-31", "to=2020-01-31"]), all[..2]);
        assert_eq!(world.rows("loss", &["from=2020-02-01"]), all[2..3]);
        assert_eq!(world.rows("loss", &["customer=beta"]), [all[1], all[3]]);
        assert_eq!(world.rows("loss", &["manager=WANG"]), all[..1]);
        assert_eq!(world.rows("loss", &["manager=李伟", "to=2020-12-31"]), all[1..2]);
        assert_eq!(world.rows("loss", &["manager=wang", "customer=beta"]), Vec::<String>::new());
    }
}

#[test]
fn reasons_are_counted_as_they_are_written() {
    let world = losses(Asia::Shanghai);
    let report = world.report("loss-reasons", &[]);
    assert_eq!(rows(&report), ["Price,1,0.250000", "price,2,0.500000", ",1,0.250000"]);
    assert_eq!(report.table.total("customers"), Some(&4.into()));
    assert_eq!(world.rows("loss-reasons", &["to=2020-01-31"]), ["price,2,1.000000"]);
    let none = World::new(Tz::UTC).report("loss-reasons", &[]);
    assert!(none.to_json().ends_with(r#""rows":[],"totals":{"customers":0}}"#), "{}", none.to_json());
    assert_eq!(World::new(Tz::UTC).rows("loss", &[]), Vec::<String>::new());
}
