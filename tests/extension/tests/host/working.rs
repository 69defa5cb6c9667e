//! What the host does with its entities: commands, rights, reports and imports.

use std::io::Cursor;

use crmkit::access::{Grant, NewGrant};
use crmkit::clock::FixedClock;
use crmkit::machine::{diagram, events};
use crmkit::prelude::*;
use crmkit::report::{Definition, ReportError};
use crmkit::transfer::{ImportError, ImportKind, ImportOptions, ImportOutput, OnDuplicate};
use crmkit_extension::commands::{InspectDevice, InstallDevice, ScrapDevice};
use crmkit_extension::v1::{Device, DevicePatch, DeviceStatus, Finding, Inspection, InspectionPatch};
use crmkit_extension::v1::{NewDevice, NewInspection, schema};
use crmkit_extension::{AUDIT, builder, catalogue, import, set_up};

use crate::places::{Opening, Place, on_every_store};

on_every_store!(
    a_device_goes_its_way,
    a_decision_stands_or_falls_as_a_whole,
    everybody_does_what_his_role_may,
    the_report_adds_up_what_one_may_see,
    files_fill_the_hosts_entities,
);

async fn open(place: &Place) -> Crm {
    let storage = place.open(schema().unwrap(), Opening::AsItIs).await.unwrap();
    let clock = FixedClock::new("2026-03-05T10:00:00Z".parse().unwrap());
    let crm = builder(storage).clock(clock).open().await.unwrap();
    set_up(&crm).await.unwrap();
    set_up(&crm).await.unwrap();
    crm
}

async fn user(crm: &Crm, login: &str, role: &str) -> Session {
    let role = crm.system().roles().named(role).await.unwrap();
    let user = crm.system().users().create(NewUser::new(login, role.id)).await.unwrap();
    crm.session(user.id).await.unwrap()
}

async fn grant(crm: &Crm, role: &str, right: &str, scope: Scope) {
    let role = crm.system().roles().named(role).await.unwrap();
    let right = crm.system().of::<Right>().named(right).await.unwrap();
    let new = NewGrant { role: role.id, right: right.id, scope, ..Default::default() };
    crm.system().of::<Grant>().create(new).await.unwrap();
}

async fn customer(session: &Session, number: &str, name: &str) -> Customer {
    session.customers().create(NewCustomer { number: number.into(), ..NewCustomer::new(name) }).await.unwrap()
}

fn device(serial: &str, customer: &Customer) -> NewDevice {
    NewDevice { serial: serial.into(), customer: customer.id, ..Default::default() }
}

fn looked(finding: Finding, fee: &str) -> InspectDevice {
    InspectDevice { finding, fee: fee.parse().unwrap(), note: None }
}

/// A day, as text in the form of ISO 8601.
fn day(text: &str) -> Date {
    text.parse().unwrap()
}

async fn a_device_goes_its_way(place: Place) {
    let crm = open(&place).await;
    let (system, wang) = (crm.system(), user(&crm, "wang", "account_manager").await);
    let acme = customer(&system, "K1", "Acme").await;
    let devices = system.of::<Device>();
    let sold = devices.create(device("S-1", &acme)).await.unwrap();
    assert_eq!((sold.status, sold.costs), (DeviceStatus::Sold, Money::ZERO));
    assert_eq!(events::<DeviceStatus, _>(&sold).collect::<Vec<_>>(), ["delete", "install"]);
    let early = devices.run(sold.id, looked(Finding::Sound, "1")).await.unwrap_err();
    assert!(early.to_string().ends_with("is `sold`; `inspect` needs `running` or `down`"), "{early}");

    let technician = wang.actor().id().unwrap();
    let running = devices.run(sold.id, InstallDevice { technician }).await.unwrap();
    assert_eq!((running.status, running.running_since), (DeviceStatus::Running, Some(day("2026-03-05"))));
    let broken = devices.run(sold.id, looked(Finding::Broken, "12.5")).await.unwrap();
    let mended = devices.run_seen(sold.id, Some(broken.version), looked(Finding::Worn, "0.3333")).await.unwrap();
    assert_eq!((broken.status, mended.status), (DeviceStatus::Down, DeviceStatus::Running));
    assert_eq!(mended.costs, "12.8333".parse().unwrap());
    // What a command gives back is what is stored, with what its other changes have added.
    assert_eq!(devices.get(sold.id).await.unwrap(), mended);

    let query = Query::of::<Inspection>().order(Inspection::number.asc());
    let list = system.of::<Inspection>().list(query).await.unwrap().items;
    let numbers: Vec<&str> = list.iter().map(|inspection| inspection.number.as_str()).collect();
    assert_eq!(numbers, ["JC260305001", "JC260305002"]);
    assert_eq!((list[0].follows, list[1].follows), (None, Some(list[0].id)));
    assert_eq!(mended.last_inspection, Some(list[1].id));

    let worn = Inspection::finding.eq(Finding::Worn).and(Inspection::device.to(Device::serial).eq("S-1"));
    assert_eq!(system.of::<Inspection>().count(worn).await.unwrap(), 1);
    let scrapped = devices.run(sold.id, ScrapDevice).await.unwrap();
    assert_eq!(scrapped.status, DeviceStatus::Scrapped);
    assert!(matches!(devices.delete(sold.id).await, Err(Error::State { .. })));
    assert!(matches!(system.of::<Inspection>().delete(list[0].id).await, Err(Error::Referenced { .. })));
    assert_eq!(system.verify().await.unwrap(), [""; 0]);
    assert!(diagram::<DeviceStatus, Device>().contains("down --> scrapped: scrap"));
    crm.close().await.unwrap();
}

async fn a_decision_stands_or_falls_as_a_whole(place: Place) {
    let crm = open(&place).await;
    let (system, wang) = (crm.system(), user(&crm, "wang", "account_manager").await);
    let acme = customer(&system, "K1", "Acme").await;
    let (devices, inspections) = (system.of::<Device>(), system.of::<Inspection>());
    let one = devices.create(device("S-1", &acme)).await.unwrap();
    assert!(matches!(devices.create(device("S-1", &acme)).await, Err(Error::Taken { .. })));
    let nobody = devices.create(NewDevice { serial: "S-2".into(), ..Default::default() }).await.unwrap_err();
    assert!(nobody.to_string().contains("`customer`"), "{nobody}");
    assert!(matches!(devices.run(one.id, InstallDevice { technician: Id::NIL }).await, Err(Error::NotFound { .. })));
    let technician = wang.actor().id().unwrap();
    let running = devices.run(one.id, InstallDevice { technician }).await.unwrap();
    let refused = devices.run(one.id, looked(Finding::Sound, "-1")).await.unwrap_err();
    assert!(refused.to_string().contains("-1.00 is below zero"), "{refused}");
    assert!(matches!(
        devices.run_seen(one.id, Some(one.version), looked(Finding::Sound, "1")).await,
        Err(Error::Conflict { found, .. }) if found == running.version
    ));
    assert_eq!((devices.get(one.id).await.unwrap(), inspections.count(Filter::All).await.unwrap()), (running, 0));

    // Many at once: none is lost, and every number is given once.
    let looking: Vec<_> = (1..=12)
        .map(|fee| {
            let devices = devices.clone();
            tokio::spawn(async move { devices.run(one.id, looked(Finding::Worn, &fee.to_string())).await })
        })
        .collect();
    let mut done = 0;
    for looked in looking {
        match looked.await.unwrap() {
            Ok(_) => done += 1,
            // Decided again as often as the session does, and overtaken each time.
            Err(error) => assert!(matches!(error, Error::Conflict { .. } | Error::Storage(_)), "{error}"),
        }
    }
    let (stored, made) =
        (devices.get(one.id).await.unwrap(), inspections.list(Query::of::<Inspection>()).await.unwrap());
    let mut sum = Money::ZERO;
    made.items.iter().for_each(|made| sum = sum.checked_add(made.fee).unwrap());
    assert!(done > 0);
    assert_eq!((made.items.len(), stored.costs), (done, sum));

    let fee: Money = "100".parse().unwrap();
    let first = &made.items[0];
    inspections.edit(first.id, InspectionPatch { fee: Edit::Set(fee), ..Default::default() }).await.unwrap();
    let expected = sum.checked_sub(first.fee).unwrap().checked_add(fee).unwrap();
    assert_eq!(devices.get(one.id).await.unwrap().costs, expected);
    crm.close().await.unwrap();
}

async fn everybody_does_what_his_role_may(place: Place) {
    let crm = open(&place).await;
    for (right, scope) in [
        ("device.create", Scope::Own),
        ("device.read", Scope::Own),
        ("device.edit", Scope::Own),
        ("device.inspect", Scope::Own),
        ("inspection.read", Scope::Own),
        (AUDIT, Scope::All),
    ] {
        grant(&crm, "account_manager", right, scope).await;
    }
    let (li, wang, boss) = (
        user(&crm, "li", "account_manager").await,
        user(&crm, "wang", "account_manager").await,
        user(&crm, "boss", "supervisor").await,
    );
    let acme = customer(&li, "K1", "Acme").await;
    let one = li.of::<Device>().create(device("S-1", &acme)).await.unwrap();
    // Who does not see a customer can't give him a device.
    assert!(matches!(wang.of::<Device>().create(device("S-2", &acme)).await, Err(Error::NotFound { .. })));
    assert!(matches!(wang.of::<Device>().get(one.id).await, Err(Error::NotFound { .. })));
    assert!(matches!(boss.of::<Device>().list(Query::of::<Device>()).await, Err(Error::Denied { .. })));
    let technician = wang.actor().id().unwrap();
    let denied = li.of::<Device>().run(one.id, InstallDevice { technician }).await.unwrap_err();
    assert!(denied.to_string().contains("does not have the right `device.install`"), "{denied}");

    let running = crm.system().of::<Device>().run(one.id, InstallDevice { technician }).await.unwrap();
    // Now the technician owns it, too.
    assert_eq!(wang.of::<Device>().allowed_actions::<DeviceStatus>(&running).await.unwrap(), ["inspect"]);
    assert_eq!(crm.system().of::<Device>().allowed_actions(&running).await.unwrap(), ["inspect", "scrap"]);
    wang.of::<Device>().run(one.id, looked(Finding::Sound, "5")).await.unwrap();
    let seen = li.of::<Inspection>().list(Query::of::<Inspection>()).await.unwrap().items;
    assert_eq!(seen.iter().map(|inspection| inspection.entered_by).collect::<Vec<_>>(), [Some(technician)]);
    assert_eq!(li.require(AUDIT).await.unwrap(), Scope::All);
    assert!(matches!(boss.require(AUDIT).await, Err(Error::Denied { .. })));
    let away = DevicePatch { technician: Edit::Set(None), ..Default::default() };
    li.of::<Device>().edit(one.id, away).await.unwrap();
    assert!(matches!(wang.of::<Device>().named("S-1").await, Err(Error::NotFound { .. })));
    crm.close().await.unwrap();
}

async fn the_report_adds_up_what_one_may_see(place: Place) {
    let crm = open(&place).await;
    for right in ["report.inspections", "report.custom", "inspection.read", "device.read"] {
        grant(&crm, "account_manager", right, Scope::Own).await;
    }
    let (li, wang) = (user(&crm, "li", "account_manager").await, user(&crm, "wang", "account_manager").await);
    let system = crm.system();
    for (session, number, fees) in [(&li, "K1", ["10", "0.5"]), (&wang, "K2", ["9.5", "70"])] {
        let owner = customer(session, number, "Acme").await;
        let one = system.of::<Device>().create(device(number, &owner)).await.unwrap();
        for (fee, on) in fees.into_iter().zip(["2026-01-31", "2026-02-01"]) {
            let new = NewInspection {
                device: one.id,
                inspected_on: day(on),
                fee: fee.parse().unwrap(),
                ..Default::default()
            };
            system.of::<Inspection>().create(new).await.unwrap();
        }
    }
    let catalogue = catalogue();
    let entry = catalogue.entry("inspections").unwrap();
    let options = [("from", "2026-01-01"), ("to", "2026-01-31")];
    let all = system.report_of(entry, options).await.unwrap();
    let expected = "customer_number,customer_name,inspections,costs,share\n\
                    K1,Acme,1,10.00,0.512821\nK2,Acme,1,9.50,0.487179\n";
    assert_eq!(all.to_csv(), expected);
    let own = li.report_of(entry, options).await.unwrap();
    assert_eq!(own.to_csv(), "customer_number,customer_name,inspections,costs,share\nK1,Acme,1,10.00,1.000000\n");
    let unknown = system.report_of(entry, [("form", "2026-01-01")]).await.unwrap_err();
    assert!(
        matches!(unknown, ReportError::UnknownOption { .. }) && unknown.to_string().contains("`from`"),
        "{unknown}"
    );
    assert!(catalogue.entry("contribution").is_ok());

    let custom: Definition = r#"{
        "name": "costs by month", "entity": "inspection",
        "rows": {"groups": {
            "by": [{"path": "inspected_on", "period": "month"}, {"path": "device.customer.number", "name": "customer"}],
            "measures": [{"measure": {"sum": "fee"}, "name": "costs"}, {"measure": "count", "name": "count"}]
        }}, "totals": ["costs"]
    }"#
    .parse()
    .unwrap();
    let mine = wang.report_custom(&custom).await.unwrap();
    let expected = "inspected_on,customer,costs,count\n2026-01,K2,9.50,1\n2026-02,K2,70.00,1\n";
    assert_eq!(mine.to_csv(), expected);
    crm.close().await.unwrap();
}

async fn imported(crm: &Crm, kind: ImportKind, file: &str, on_duplicate: OnDuplicate) -> (u64, u64, u64, String) {
    let options = ImportOptions::new(kind).on_duplicate(on_duplicate);
    let mut rejected = Vec::new();
    let output = ImportOutput { rejects: Some(&mut rejected), ..Default::default() };
    let report = crm.system().import(&options, Cursor::new(file.to_owned()), output).await.unwrap();
    let progress = report.progress;
    (progress.imported, progress.updated, progress.rejected, String::from_utf8(rejected).unwrap())
}

async fn files_fill_the_hosts_entities(place: Place) {
    let crm = open(&place).await;
    let (system, li) = (crm.system(), user(&crm, "li", "account_manager").await);
    customer(&system, "K1", "Acme").await;
    let file = "serial,customer,technician,status\nS-1,K1,LI,running\nS-2,Acme,,\nS-1,K1,,\nS-3,K9,,\nS-4,K1,,gone\n";
    let (imported_now, updated, rejected, rejects) = imported(&crm, import::devices(), file, OnDuplicate::Reject).await;
    assert_eq!((imported_now, updated, rejected), (2, 0, 3), "{rejects}");
    for part in ["S-1,K1,,,", "`K9` does not exist", "`gone` is none of sold, running, down, scrapped"] {
        assert!(rejects.contains(part), "{rejects}");
    }
    let denied = li.import(&ImportOptions::new(import::devices()), Cursor::new(file), ImportOutput::default()).await;
    assert!(matches!(denied, Err(ImportError::Refused(Error::Denied { .. }))), "{denied:?}");

    let header = "number,device,date,finding,fee,follows";
    for row in ["A1,S-1,2026-01-31,worn,10.5,", "A2,S-1,,scratched,,A1"] {
        let file = format!("{header}\n{row}\n");
        let (made, _, _, rejects) = imported(&crm, import::inspections(), &file, OnDuplicate::Reject).await;
        assert_eq!(made, 1, "{rejects}");
    }
    let one = system.of::<Device>().named("S-1").await.unwrap();
    assert_eq!((one.status, one.technician), (DeviceStatus::Running, li.actor().id()));
    assert_eq!(one.costs, "10.5".parse().unwrap());
    let second = system.of::<Inspection>().named("A2").await.unwrap();
    assert_eq!((second.inspected_on, second.finding, second.fee), (day("2026-03-05"), Finding::Scratched, Money::ZERO));
    let first = system.of::<Inspection>().named("A1").await.unwrap();
    assert_eq!(second.follows, Some(first.id));

    let file = "number,fee\nA1,11\n";
    let (_, updated, ..) = imported(&crm, import::inspections(), file, OnDuplicate::Update).await;
    assert_eq!((updated, system.of::<Device>().named("S-1").await.unwrap().costs), (1, "11".parse().unwrap()));
    assert_eq!(system.verify().await.unwrap(), [""; 0]);
    crm.close().await.unwrap();
}
