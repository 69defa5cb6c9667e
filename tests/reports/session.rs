//! Reports as someone: who may run which, and what they then cover.

use crmkit::access::{NewGrant, Scope};
use crmkit::clock::FixedClock;
use crmkit::id::SeededIds;
use crmkit::organisation::OrganisationPatch;
use crmkit::prelude::*;
use crmkit::report::{Contribution, Definition, ReportError};
use crmkit::storage::MemoryStorage;
use pollster::block_on;

use crate::world::rows;

const NONE: [(&str, &str); 0] = [];

async fn crm() -> Crm {
    let clock = FixedClock::new("2026-03-01T20:00:00Z".parse().unwrap());
    let storage = MemoryStorage::new(crmkit::standard_schema().unwrap());
    Crm::builder(storage).clock(clock).ids(SeededIds::new(1)).open().await.unwrap()
}

async fn user(crm: &Crm, login: &str, role: &str) -> Session {
    let role = crm.system().roles().named(role).await.unwrap();
    let user = crm.system().users().create(NewUser::new(login, role.id)).await.unwrap();
    crm.session(user.id).await.unwrap()
}

/// A paid order of one line for a new customer of the user's.
async fn sell(crm: &Crm, seller: &Session, customer: &str, price: &str) {
    let system = crm.system();
    let acme = seller.customers().create(NewCustomer::new(customer)).await.unwrap();
    let new = NewProduct { code: customer.into(), name: "Bolt".into(), ..Default::default() };
    let product = system.products().create(new).await.unwrap();
    let (status, payment) = (OrderStatus::Shipped, Payment::Paid);
    let new = NewOrder { number: customer.into(), customer: acme.id, status, payment, ..Default::default() };
    let order = system.orders().create(new).await.unwrap();
    let (quantity, unit_price) = ("2".parse().unwrap(), price.parse().unwrap());
    let (order, product) = (order.id, product.id);
    let line = NewOrderLine { order, line: 1, product, quantity, unit_price, ..Default::default() };
    system.order_lines().create(line).await.unwrap();
}

#[test]
fn reports_follow_the_lines_and_the_rights() {
    block_on(async {
        let crm = crm().await;
        let (li, wang) = (user(&crm, "li", "account_manager").await, user(&crm, "wang", "account_manager").await);
        sell(&crm, &li, "Acme", "10").await;
        sell(&crm, &wang, "Globex", "0.5").await;
        let all = ["KH260301001,Acme,20.00,1,0.952381", "KH260301002,Globex,1.00,1,0.047619"];
        for role in ["supervisor", "executive"] {
            let session = user(&crm, role, role).await;
            assert_eq!(rows(&session.report("contribution", NONE).await.unwrap()), all, "{role}");
            for report in crmkit::report::standard() {
                session.report_of(report, NONE).await.unwrap();
            }
        }
        let error = li.report("contribution", NONE).await.unwrap_err();
        assert!(matches!(error, ReportError::Failed(Error::Denied { .. })), "{error}");
        assert!(!error.is_usage());
        // A host may grant them with own scope; then they cover just that.
        let role = crm.system().roles().named("account_manager").await.unwrap().id;
        for code in ["report.contribution", "report.top-products", "report.custom"] {
            let right = crm.system().of::<Right>().named(code).await.unwrap().id;
            crm.system()
                .grants()
                .create(NewGrant { role, right, scope: Scope::Own, ..Default::default() })
                .await
                .unwrap();
        }
        let li = crm.session(li.actor().id().unwrap()).await.unwrap();
        assert_eq!(rows(&li.report("contribution", NONE).await.unwrap()), ["KH260301001,Acme,20.00,1,1.000000"]);
        assert_eq!(rows(&li.report("top-products", NONE).await.unwrap()), ["Acme,Bolt,2,20.00"]);
        let typed = li.report_typed(&Contribution::default()).await.unwrap();
        assert_eq!(typed.to_json(), li.report("contribution", NONE).await.unwrap().to_json());
    });
}

#[test]
fn a_report_of_ones_own_making_shows_what_one_may_read() {
    block_on(async {
        let crm = crm().await;
        let (li, wang) = (user(&crm, "li", "account_manager").await, user(&crm, "wang", "account_manager").await);
        sell(&crm, &li, "Acme", "10").await;
        sell(&crm, &wang, "Globex", "0.5").await;
        let names: Definition =
            r#"{"name": "n", "entity": "customer", "rows": {"list": [{"path": "name"}]}}"#.parse().unwrap();
        let logins: Definition =
            r#"{"name": "l", "entity": "user", "rows": {"list": [{"path": "name"}]}}"#.parse().unwrap();
        assert_eq!(rows(&crm.system().report_custom(&names).await.unwrap()), ["Acme", "Globex"]);
        assert!(matches!(li.report_custom(&names).await, Err(ReportError::Failed(Error::Denied { .. }))));
        let role = crm.system().roles().named("account_manager").await.unwrap().id;
        let right = crm.system().of::<Right>().named("report.custom").await.unwrap().id;
        // However far the right to make reports reaches, reading reaches to the own customers only.
        crm.system().grants().create(NewGrant { role, right, scope: Scope::All, ..Default::default() }).await.unwrap();
        let li = crm.session(li.actor().id().unwrap()).await.unwrap();
        assert_eq!(rows(&li.report_custom(&names).await.unwrap()), ["Acme"]);
        assert!(matches!(li.report_custom(&logins).await, Err(ReportError::Failed(Error::Denied { .. }))));
        // An executive may run every report, but reads no records.
        let executive = user(&crm, "executive", "executive").await;
        assert!(matches!(executive.report_custom(&names).await, Err(ReportError::Failed(Error::Denied { .. }))));
    });
}

#[test]
fn days_are_the_organisations() {
    block_on(async {
        let crm = crm().await;
        let system = crm.system();
        let organisation = crm.organisation();
        let patch = OrganisationPatch { time_zone: "Asia/Shanghai".to_owned().into(), ..Default::default() };
        system.organisation().edit(organisation.id, patch).await.unwrap();
        let li = user(&crm, "li", "account_manager").await;
        sell(&crm, &li, "Acme", "10").await;
        // It is 20:00 in UTC and the next day in Shanghai.
        let report = system.report("sales-trend", [("period", "day")]).await.unwrap();
        assert_eq!(rows(&report), ["2026-03-02,1,20.00"]);
        let report = system.report("lapsed", NONE).await.unwrap();
        assert!(report.to_json().contains(r#""as_of":"2026-03-02""#), "{}", report.to_json());
    });
}

#[test]
fn report_futures_move_between_threads() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    block_on(async {
        let session = crm().await.system();
        assert_send(session.report("rfm", NONE)).await.unwrap();
        assert_send(session.report_typed(&Contribution::default())).await.unwrap();
        let definition: Definition =
            r#"{"name": "n", "entity": "order", "rows": {"list": [{"path": "number"}]}}"#.parse().unwrap();
        assert_send(session.report_custom(&definition)).await.unwrap();
    });
}
