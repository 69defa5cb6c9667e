//! What earlier implementations of this specification got wrong, one test for each, in the order of the list in which
//! the faults were written down. Each runs on every store without a server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cast;

use std::collections::BTreeSet;
use std::thread;

use cast::{Cast, all, casts, id};
use crmkit::access::{Credential, NewGrant, RolePatch};
use crmkit::customers::{Activity, LossMeasure, LossStatus, LostCustomer, LostScanOptions, NewActivity};
use crmkit::dictionary::NewDictionaryEntry;
use crmkit::marketing::{NewOpportunity, NewPlanItem, Opportunity, OpportunityPatch, OpportunityStatus};
use crmkit::organisation::OrganisationPatch;
use crmkit::prelude::*;
use crmkit::report::{Definition, Report};
use crmkit::service::{NewServiceRequest, ServiceRequest, ServiceRound};
use crmkit::storage::ReaderExt;
use pollster::block_on;

const GOOD: &str = "a long and good one";
const NONE: [(&str, &str); 0] = [];

fn everywhere(test: impl AsyncFn(&Cast)) {
    block_on(async {
        for cast in casts().await {
            test(&cast).await;
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new(), "{}", cast.store);
        }
    });
}

fn denied<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Denied { .. }))
}

/// He is nobody any more, and is told to sign in anew.
fn ended<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::SessionEnded { .. }))
}

fn missing<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::NotFound { .. }))
}

async fn customer(by: &Session, name: &str) -> Customer {
    by.customers().create(NewCustomer::new(name)).await.unwrap()
}

fn chance(name: &str) -> NewOpportunity {
    NewOpportunity {
        customer_name: name.into(),
        title: "Tea for a year".into(),
        success_rate: Some(50),
        description: Some("They drink a lot of it".into()),
        contact_name: Some("Ann".into()),
        amount: Some("100".parse().unwrap()),
        ..Default::default()
    }
}

async fn assigned(cast: &Cast, new: NewOpportunity) -> Opportunity {
    let made = cast.supervisor.opportunities().create(new).await.unwrap();
    cast.supervisor.opportunities().assign(made.id, id(&cast.li)).await.unwrap()
}

/// A shipped and paid order with so many lines of 10.00 each.
async fn sold(cast: &Cast, to: &Customer, at: &str, lines: usize) -> Order {
    let products = cast.system.products();
    let tea = match products.named("T").await {
        Ok(tea) => tea.id,
        Err(_) => {
            let new = NewProduct { code: "T".into(), name: "Tea".into(), ..Default::default() };
            products.create(new).await.unwrap().id
        }
    };
    let (quantity, unit_price) = ("1".parse().unwrap(), "10".parse().unwrap());
    let line = || NewOrderLine { product: tea, quantity, unit_price, ..Default::default() };
    let (status, payment) = (OrderStatus::Shipped, Payment::Paid);
    let new = NewOrder { customer: to.id, ordered_at: at.parse().unwrap(), status, payment, ..Default::default() };
    cast.system.orders().place(new, (0..lines).map(|_| line()).collect()).await.unwrap()
}

async fn scan(cast: &Cast) -> u64 {
    cast.system.lost_scan(&LostScanOptions::default()).await.unwrap().warned
}

/// A customer of Li's who has ordered nothing since 2025-01-05, and the warning about him.
async fn silent(cast: &Cast, name: &str) -> (Customer, LostCustomer) {
    let made = customer(&cast.li, name).await;
    sold(cast, &made, "2025-01-05T12:00:00Z", 1).await;
    scan(cast).await;
    let rows = all::<LostCustomer>(&cast.system).await;
    (made.clone(), rows.into_iter().find(|row| row.customer == made.id).unwrap())
}

/// A request of Li's customer that Wang handles.
async fn request(cast: &Cast) -> ServiceRequest {
    let acme = customer(&cast.li, "Acme").await;
    let new = NewServiceRequest::new("complaint", "Late", acme.id, "Where is it?");
    let made = cast.li.services().create(new).await.unwrap();
    cast.supervisor.services().assign(made.id, id(&cast.wang)).await.unwrap()
}

fn rows(report: &Report) -> Vec<String> {
    report.to_csv().lines().skip(1).map(Into::into).collect()
}

fn total(report: &Report, column: &str) -> String {
    report.table.total(column).unwrap().to_string()
}

#[test]
fn rights_only_hid_menus_and_the_action_ran_anyway() {
    everywhere(async |cast| {
        let acme = customer(&cast.li, "Acme").await;
        let (free, taken) =
            (cast.li.opportunities().create(chance("Beta")).await.unwrap(), assigned(cast, chance("C")).await);
        // An executive has every report and nothing else; what is not offered to him does not work, either.
        let boss = &cast.executive;
        assert!(denied(boss.customers().list(Query::of::<Customer>()).await));
        assert!(denied(boss.customers().get(acme.id).await));
        assert!(denied(boss.customers().create(NewCustomer::new("Mine")).await));
        assert!(denied(boss.customers().edit(acme.id, CustomerPatch::default()).await));
        assert!(denied(boss.customers().delete(acme.id).await));
        assert!(denied(boss.opportunities().create(chance("Mine")).await));
        assert!(denied(boss.opportunities().assign(free.id, id(&cast.li)).await));
        assert!(denied(boss.opportunities().win(taken.id).await));
        assert!(denied(boss.opportunities().terminate(taken.id, "too dear").await));
        assert!(denied(boss.opportunities().delete(free.id).await));
        assert!(denied(boss.orders().create(NewOrder { customer: acme.id, ..Default::default() }).await));
        assert!(denied(boss.dictionary_entries().create(NewDictionaryEntry::new("region", "x", "x")).await));
        assert!(denied(boss.lost_scan(&LostScanOptions::default()).await));
        assert!(denied(boss.users().create(NewUser::new("eve", Id::NIL)).await));
        assert!(denied(boss.grants().create(NewGrant::default()).await));
        let offered = boss.opportunities().allowed_actions::<OpportunityStatus>(&taken).await;
        assert!(offered.is_err() || offered.unwrap().is_empty());
        // Nor may an account manager what a supervisor may, or the administrator what they may.
        assert!(denied(cast.li.opportunities().assign(free.id, id(&cast.li)).await));
        assert!(denied(cast.administrator.customers().delete(acme.id).await));
        assert_eq!(all::<Customer>(&cast.system).await, [acme]);
        assert_eq!(all::<Opportunity>(&cast.system).await, [free, taken]);
    });
}

#[test]
fn the_owner_was_not_checked_on_delete() {
    everywhere(async |cast| {
        let acme = customer(&cast.li, "Acme").await;
        let ann = NewContact { customer: acme.id, name: "Ann".into(), phone: Some("1".into()), ..Default::default() };
        let ann = cast.li.contacts().create(ann).await.unwrap();
        let date = "2026-02-27".parse().unwrap();
        let (place, title) = (Some("Berlin".into()), "Asked for tea".into());
        let visit = NewActivity { customer: acme.id, date, place, title, ..Default::default() };
        let visit = cast.li.of::<Activity>().create(visit).await.unwrap();
        let free = cast.li.opportunities().create(chance("Beta")).await.unwrap();
        let new = NewServiceRequest::new("complaint", "Late", acme.id, "Where is it?");
        let asked = cast.li.services().create(new).await.unwrap();
        // Wang has all these rights, for what is his.
        assert!(missing(cast.wang.customers().delete(acme.id).await));
        assert!(missing(cast.wang.contacts().delete(ann.id).await));
        assert!(missing(cast.wang.of::<Activity>().delete(visit.id).await));
        assert!(missing(cast.wang.opportunities().delete(free.id).await));
        assert!(missing(cast.wang.services().delete(asked.id).await));
        assert_eq!(cast.system.contacts().get(ann.id).await.unwrap(), ann);
        assert_eq!(cast.system.customers().get(acme.id).await.unwrap(), acme);
        cast.li.contacts().delete(ann.id).await.unwrap();
        cast.li.opportunities().delete(free.id).await.unwrap();
        cast.li.services().delete(asked.id).await.unwrap();
    });
}

#[test]
fn inactive_users_could_sign_in() {
    everywhere(async |cast| {
        let li = id(&cast.li);
        let off = UserPatch { active: false.into(), ..Default::default() };
        cast.system.users().set_password(li, GOOD).await.unwrap();
        let before = cast.crm.sign_in("li", GOOD).await.unwrap();
        assert_eq!(before.actor().id(), Some(li));
        cast.administrator.users().edit(li, off).await.unwrap();
        assert!(ended(cast.crm.session(li).await));
        // With the right password he is told what a wrong one is told, and what he has open is shut.
        assert!(matches!(cast.crm.sign_in("li", GOOD).await, Err(Error::SignIn)));
        assert!(ended(before.customers().count(Filter::All).await));
        // So does a role that is switched off switch off those who have it.
        let role = cast.system.roles().named("account_manager").await.unwrap().id;
        let off = RolePatch { active: false.into(), ..Default::default() };
        cast.administrator.roles().edit(role, off).await.unwrap();
        cast.system.users().set_password(id(&cast.wang), GOOD).await.unwrap();
        assert!(ended(cast.crm.session(id(&cast.wang)).await));
        assert!(matches!(cast.crm.sign_in("wang", GOOD).await, Err(Error::SignIn)));
        assert!(cast.crm.session(id(&cast.supervisor)).await.is_ok());
    });
}

#[test]
fn passwords_lay_in_plain_text_or_as_md5() {
    everywhere(async |cast| {
        // Two have the same one, and that can't be seen.
        for user in [&cast.li, &cast.wang] {
            cast.system.users().set_password(id(user), GOOD).await.unwrap();
        }
        cast.crm.sign_in("li", GOOD).await.unwrap();
        let mut texts = Vec::new();
        for def in cast.crm.schema().entities() {
            for record in cast.storage.collect(Query::new(def.name.clone())).await.unwrap() {
                texts.extend(record.values.iter().map(Value::to_string));
            }
        }
        assert!(texts.iter().any(|text| text == "li"), "{}", texts.len());
        assert!(!texts.iter().any(|text| text.contains(GOOD)));
        // Nor any digest without a salt, of whatever kind: of two who have the same one, those would be the same.
        let hashes: BTreeSet<&String> = texts.iter().filter(|text| text.starts_with("$argon2id$")).collect();
        assert_eq!(hashes.len(), 2);
    });
}

#[test]
fn no_name_and_no_password_matched_anyone() {
    everywhere(async |cast| {
        // Wang has never got a password: then there is none that is right.
        cast.system.users().set_password(id(&cast.li), GOOD).await.unwrap();
        for (name, password) in
            [("", ""), ("", GOOD), ("li", ""), ("wang", ""), ("wang", GOOD), ("\0", "\0"), ("null", "null")]
        {
            let answer = cast.crm.sign_in(name, password).await;
            assert!(matches!(answer, Err(Error::SignIn)), "{name:?} {password:?}: {answer:?}");
        }
        let empty = cast.system.users().set_password(id(&cast.wang), "").await;
        assert!(matches!(empty, Err(Error::Invalid { .. })), "{empty:?}");
        assert!(cast.crm.sign_in("li", GOOD).await.is_ok());
    });
}

/// There is no cookie to forge: a session is a value in the program, begun with a password or by the host for a user who
/// is there. Nothing that comes from outside names a session, and what comes from outside names a user by his id, which
/// opens nothing by itself: the host must have found out whose it is.
#[test]
fn a_cookie_could_be_forged() {
    everywhere(async |cast| {
        let li = id(&cast.li);
        cast.system.users().set_password(li, GOOD).await.unwrap();
        // Neither the id of a user nor the stored hash of his password is good for signing in.
        let stored = cast.storage.collect(Query::of::<Credential>()).await.unwrap().remove(0);
        let hash = stored.values.iter().map(Value::to_string).find(|text| text.starts_with("$argon2id$")).unwrap();
        for (name, password) in [(li.to_string(), GOOD.to_owned()), ("li".into(), hash), ("li".into(), li.to_string())]
        {
            assert!(matches!(cast.crm.sign_in(&name, &password).await, Err(Error::SignIn)), "{name}");
        }
        // A session is its user's and nobody else's, however it was begun.
        for session in [cast.crm.sign_in("li", GOOD).await.unwrap(), cast.crm.session(li).await.unwrap()] {
            assert_eq!((session.actor().id(), session.actor().role()), (Some(li), "account_manager"));
        }
        // A user who is gone is nobody, also to whoever kept his id.
        let idle = cast::user(&cast.crm, "idle", "account_manager").await;
        cast.system.users().delete(id(&idle)).await.unwrap();
        assert!(missing(cast.crm.session(id(&idle)).await));
        assert!(ended(idle.customers().count(Filter::All).await));
    });
}

#[test]
fn a_missing_or_forged_name_matched_somebody() {
    everywhere(async |cast| {
        for nobody in [Id::NIL, Id::new(RecordId::from_bytes([9; 16])), Id::new(RecordId::from_bytes([0xff; 16]))] {
            assert!(missing(cast.crm.session(nobody).await));
        }
        let role = cast.system.roles().named("account_manager").await.unwrap().id;
        let nameless = cast.administrator.users().create(NewUser::new("", role)).await;
        assert!(matches!(nameless, Err(Error::Invalid { .. })), "{nameless:?}");
        for name in ["", " ", "%", "' OR '1'='1", "null"] {
            assert!(missing(cast.administrator.users().named(name).await), "{name:?}");
        }
    });
}

#[test]
fn sql_was_put_together_from_what_people_typed() {
    everywhere(async |cast| {
        let names = ["'; DROP TABLE cst_customer; --", "\" OR 1=1 --", "100%", "_", "a\\'b", "$1", "?", "nobody"];
        for name in &names[..7] {
            let made = customer(&cast.li, name).await;
            assert_eq!(cast.system.customers().get(made.id).await.unwrap().name, *name);
        }
        for (place, name) in names.iter().enumerate() {
            let expected = u64::from(place < 7);
            assert_eq!(cast.li.customers().count(Customer::name.eq(*name)).await.unwrap(), expected, "{name:?}");
            let found = cast.li.customers().count(Customer::name.is_in([*name])).await.unwrap();
            assert_eq!(found, expected, "{name:?}");
        }
        // A wildcard is a character like any other.
        assert_eq!(cast.li.customers().count(Customer::name.contains("%")).await.unwrap(), 1);
        let report = async |name: &str| cast.supervisor.report("contribution", [("customer", name)]).await.unwrap();
        assert_eq!(rows(&report("' OR '1'='1").await), Vec::<String>::new());
        for path in ["name\" FROM sys_user --", "name; DELETE FROM cst_customer", "1=1"] {
            let path = serde_json::to_string(path).unwrap();
            let json = format!(r#"{{"name": "n", "entity": "customer", "rows": {{"list": [{{"path": {path}}}]}}}}"#);
            let injected = json.parse::<Definition>();
            assert!(injected.is_err() || cast.system.report_custom(&injected.unwrap()).await.is_err(), "{path}");
        }
        assert_eq!(all::<Customer>(&cast.system).await.len(), 7);
    });
}

#[test]
fn numbers_were_the_highest_plus_one_or_random() {
    everywhere(async |cast| {
        let opportunities = cast.supervisor.opportunities();
        let numbers = async || opportunities.create(chance("Acme")).await.unwrap();
        let (first, second) = (numbers().await, numbers().await);
        assert_eq!((&*first.number, &*second.number), ("XS260302001", "XS260302002"));
        // The highest is gone, and its number all the same not given again.
        opportunities.delete(second.id).await.unwrap();
        assert_eq!(numbers().await.number, "XS260302003");
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let session = cast.li.clone();
                thread::spawn(move || (0..25).map(|_| block_on(customer(&session, "Acme")).number).collect::<Vec<_>>())
            })
            .collect();
        let given: Vec<String> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        let expected: BTreeSet<String> = (1..=200).map(|number| format!("KH260302{number:03}")).collect();
        assert_eq!((given.len(), given.into_iter().collect::<BTreeSet<_>>()), (200, expected));
    });
}

#[test]
fn an_opportunity_was_won_twice() {
    everywhere(async |cast| {
        let opportunity = assigned(cast, chance("Acme")).await;
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let (opportunities, id) = (cast.li.opportunities(), opportunity.id);
                thread::spawn(move || match number % 4 {
                    0 => block_on(opportunities.terminate(id, "too dear")).is_ok(),
                    _ => block_on(opportunities.win(id)).is_ok(),
                })
            })
            .collect();
        let done = threads.into_iter().map(|thread| thread.join().unwrap());
        assert_eq!(done.filter(|done| *done).count(), 1);
        let closed = cast.li.opportunities().get(opportunity.id).await.unwrap();
        let made = usize::from(closed.status == OpportunityStatus::Won);
        assert_eq!(all::<Customer>(&cast.system).await.len(), made);
        assert_eq!(all::<Contact>(&cast.system).await.len(), made);
        // Nor does an edit of what somebody saw before go over what another has done since.
        let patch = OpportunityPatch { title: "Coffee".to_owned().into(), ..Default::default() };
        assert!(cast.supervisor.opportunities().edit_seen(opportunity.id, opportunity.version, patch).await.is_err());
        assert_eq!(cast.li.opportunities().get(opportunity.id).await.unwrap(), closed);
    });
}

#[test]
fn the_scan_flagged_customers_with_an_old_order_beside_a_newer_one() {
    everywhere(async |cast| {
        let acme = customer(&cast.li, "Acme").await;
        // The newer one comes first, so that the last to be entered is not taken for the latest.
        sold(cast, &acme, "2026-02-01T12:00:00Z", 1).await;
        sold(cast, &acme, "2020-01-01T12:00:00Z", 1).await;
        assert_eq!(scan(cast).await, 0);
        assert_eq!(all::<LostCustomer>(&cast.system).await, []);
    });
}

#[test]
fn the_scan_inserted_the_same_again_at_every_run() {
    everywhere(async |cast| {
        silent(cast, "Acme").await;
        assert_eq!((scan(cast).await, scan(cast).await), (0, 0));
        assert_eq!(all::<LostCustomer>(&cast.system).await.len(), 1);
    });
}

#[test]
fn the_scan_stored_only_the_first_row() {
    everywhere(async |cast| {
        let mut expected = BTreeSet::new();
        for number in 0..5 {
            let made = customer(&cast.li, &format!("C{number}")).await;
            sold(cast, &made, "2025-01-05T12:00:00Z", 1).await;
            expected.insert(made.id);
        }
        assert_eq!(scan(cast).await, 5);
        let warned: BTreeSet<_> = all::<LostCustomer>(&cast.system).await.iter().map(|row| row.customer).collect();
        assert_eq!(warned, expected);
    });
}

#[test]
fn the_scan_set_customers_straight_to_lost() {
    everywhere(async |cast| {
        let (made, row) = silent(cast, "Acme").await;
        assert_eq!((row.status, row.confirmed_at, row.reason), (LossStatus::Warning, None, None));
        assert_eq!(cast.li.customers().get(made.id).await.unwrap().status, CustomerStatus::Normal);
    });
}

#[test]
fn earlier_measures_were_overwritten() {
    everywhere(async |cast| {
        let (_, row) = silent(cast, "Acme").await;
        for measure in ["Called", "Visited", "Called"] {
            cast.li.lost_customers().defer(row.id, measure).await.unwrap();
        }
        let kept = all::<LossMeasure>(&cast.li).await;
        assert_eq!(kept.iter().map(|kept| &*kept.measure).collect::<Vec<_>>(), ["Called", "Visited", "Called"]);
        assert!(kept.iter().all(|kept| kept.taken_by == cast.li.actor().id() && kept.lost == row.id));
        assert!(cast.system.loss_measures().delete(kept[0].id).await.is_err());
    });
}

#[test]
fn earlier_handlings_were_overwritten() {
    everywhere(async |cast| {
        let asked = request(cast).await;
        let services = cast.wang.services();
        for (handling, result, mark) in
            [("Called the carrier", "Still missing", Rating::One), ("Sent another", "Arrived", Rating::Five)]
        {
            services.handle(asked.id, handling).await.unwrap();
            services.feedback(asked.id, result, mark).await.unwrap();
        }
        let kept = all::<ServiceRound>(&cast.wang).await;
        let kept: BTreeSet<_> = kept.iter().map(|round| (round.round, &*round.handling, &*round.result)).collect();
        let expected = [(1, "Called the carrier", "Still missing"), (2, "Sent another", "Arrived")];
        assert_eq!(kept, BTreeSet::from(expected));
    });
}

#[test]
fn a_loss_was_confirmed_without_a_reason() {
    everywhere(async |cast| {
        let (made, row) = silent(cast, "Acme").await;
        let losses = cast.li.lost_customers();
        let deferred = losses.defer(row.id, "Called").await.unwrap();
        for reason in ["", " ", "\t\n"] {
            assert!(matches!(losses.confirm(row.id, reason).await, Err(Error::Invalid { .. })), "{reason:?}");
        }
        assert_eq!(losses.get(row.id).await.unwrap(), deferred);
        assert_eq!(cast.li.customers().get(made.id).await.unwrap().status, CustomerStatus::Normal);
    });
}

#[test]
fn a_confirmed_loss_left_the_customer_as_he_was() {
    everywhere(async |cast| {
        let (made, row) = silent(cast, "Acme").await;
        cast.li.lost_customers().defer(row.id, "Called").await.unwrap();
        let confirmed = cast.li.lost_customers().confirm(row.id, "Moved away").await.unwrap();
        assert_eq!((confirmed.status, confirmed.reason.as_deref()), (LossStatus::Confirmed, Some("Moved away")));
        assert_eq!(cast.li.customers().get(made.id).await.unwrap().status, CustomerStatus::Lost);
    });
}

#[test]
fn an_empty_level_was_counted_as_one() {
    everywhere(async |cast| {
        for (name, level) in [("a", Rating::Two), ("b", Rating::Two), ("c", Rating::Five)] {
            let new = NewCustomer { level: Some(level), ..NewCustomer::new(name) };
            cast.li.customers().create(new).await.unwrap();
        }
        let report = cast.supervisor.report("composition", [("by", "level")]).await.unwrap();
        let counts = report.table.values("customers").unwrap();
        assert_eq!(counts, [&Value::from(0_i64), &2_i64.into(), &0_i64.into(), &0_i64.into(), &1_i64.into()]);
    });
}

#[test]
fn a_new_name_lost_the_orders_under_the_old_one() {
    everywhere(async |cast| {
        let (acme, twin) = (customer(&cast.li, "Acme").await, customer(&cast.li, "Acme").await);
        sold(cast, &acme, "2026-01-05T12:00:00Z", 3).await;
        sold(cast, &twin, "2026-01-06T12:00:00Z", 1).await;
        let renamed = CustomerPatch { name: "Globex".to_owned().into(), ..Default::default() };
        cast.li.customers().edit(acme.id, renamed).await.unwrap();
        sold(cast, &acme, "2026-02-05T12:00:00Z", 2).await;
        let report = cast.supervisor.report("contribution", NONE).await.unwrap();
        // Nor are two of one name one.
        let expected = ["KH260302001,Globex,50.00,2,0.833333", "KH260302002,Acme,10.00,1,0.166667"];
        assert_eq!(rows(&report), expected);
        assert_eq!(cast.li.orders().count(Order::customer.eq(acme.id)).await.unwrap(), 2);
    });
}

#[test]
fn totals_were_those_of_the_page() {
    everywhere(async |cast| {
        // More than a page, which holds 100 unless it is said otherwise.
        for number in 0..105 {
            let made = customer(&cast.li, &format!("C{number}")).await;
            let (status, payment) = (OrderStatus::Shipped, Payment::Paid);
            let new = NewOrder { customer: made.id, status, payment, ..Default::default() };
            cast.system.orders().create(new).await.unwrap();
        }
        let last = cast.system.customers().named("C104").await.unwrap();
        sold(cast, &last, "2026-02-05T12:00:00Z", 2).await;
        let report = cast.supervisor.report("contribution", NONE).await.unwrap();
        assert_eq!((report.table.rows().len(), total(&report, "orders")), (105, "106".into()));
        assert_eq!(total(&report, "amount"), "20.00");
        let two: Definition = r#"{"name": "n", "entity": "order", "limit": 2, "totals": ["amount"],
            "rows": {"list": [{"path": "number"}, {"path": "amount"}]}}"#
            .parse()
            .unwrap();
        let two = cast.system.report_custom(&two).await.unwrap();
        assert_eq!((two.table.rows().len(), total(&two, "amount")), (2, "20.00".into()));
        let page = cast.li.customers().list(Query::of::<Customer>().limit(10)).await.unwrap();
        assert_eq!((page.items.len(), cast.li.customers().count(Filter::All).await.unwrap()), (10, 105));
    });
}

#[test]
fn a_forecast_counted_lost_deals() {
    everywhere(async |cast| {
        let _open = assigned(cast, chance("Open")).await;
        let (won, lost) = (assigned(cast, chance("Won")).await, assigned(cast, chance("Lost")).await);
        cast.li.opportunities().win(won.id).await.unwrap();
        cast.li.opportunities().terminate(lost.id, "too dear").await.unwrap();
        let report = cast.supervisor.report("forecast", NONE).await.unwrap();
        assert_eq!(rows(&report), [",1,100.00,50.00"]);
        assert_eq!((total(&report, "opportunities"), total(&report, "amount")), ("1".into(), "100.00".into()));
    });
}

#[test]
fn a_join_multiplied_an_amount_by_the_rows_beside_it() {
    everywhere(async |cast| {
        // Three items of its plan do not make three of an opportunity, nor three lines and two contacts of an order.
        let opportunity = assigned(cast, chance("Beta")).await;
        for day in ["2026-03-05", "2026-03-06", "2026-03-07"] {
            let (date, todo) = (day.parse().unwrap(), "Call".to_owned());
            let item = NewPlanItem { opportunity: opportunity.id, date, todo, ..Default::default() };
            cast.li.plan_items().create(item).await.unwrap();
        }
        let acme = customer(&cast.li, "Acme").await;
        for name in ["Ann", "Bob"] {
            let new =
                NewContact { customer: acme.id, name: name.into(), phone: Some("1".into()), ..Default::default() };
            cast.li.contacts().create(new).await.unwrap();
        }
        let order = sold(cast, &acme, "2026-02-05T12:00:00Z", 3).await;
        assert_eq!(order.amount.to_string(), "30.00");
        let report = async |name: &str| cast.supervisor.report(name, NONE).await.unwrap();
        assert_eq!(rows(&report("forecast").await), [",1,100.00,50.00"]);
        assert_eq!(rows(&report("contribution").await), ["KH260302001,Acme,30.00,1,1.000000"]);
        assert_eq!(rows(&report("sales-trend").await), ["2026-02,1,30.00"]);
        // Nor can whoever makes a report of his own bring it about: no path leads from the one to the many, and what
        // many lead to is not added up.
        let run = async |json: String| cast.system.report_custom(&json.parse::<Definition>().unwrap()).await;
        let by = async |entity: &str, key: &str, sum: &str| {
            let rows = format!(r#""by": [{{"path": "{key}"}}], "measures": [{{"measure": {{"sum": "{sum}"}}}}]"#);
            run(format!(r#"{{"name": "n", "entity": "{entity}", "rows": {{"groups": {{{rows}}}}}}}"#)).await
        };
        assert_eq!(rows(&by("order_line", "order.number", "amount").await.unwrap()), ["DD260302001,30.00"]);
        assert_eq!(rows(&by("order", "number", "amount").await.unwrap()), ["DD260302001,30.00"]);
        let error = by("order_line", "order.number", "order.amount").await.unwrap_err().to_string();
        assert!(error.contains("`order.amount` would be added once for each `order_line` that leads to it"), "{error}");
        assert!(by("order", "lines.line", "amount").await.is_err());
        for added in [r#""totals": ["order_amount"]"#, r#""shares": [{"of": "order_amount"}]"#] {
            let list = r#"{"list": [{"path": "line"}, {"path": "order.amount"}]}"#;
            let json = format!(r#"{{"name": "n", "entity": "order_line", "rows": {list}, {added}}}"#);
            let error = run(json).await.unwrap_err().to_string();
            assert!(error.contains("would be added once for each"), "{error}");
        }
    });
}

#[test]
fn today_was_that_of_the_server() {
    everywhere(async |cast| {
        let organisation = cast.crm.organisation();
        let zone = OrganisationPatch { time_zone: "Asia/Shanghai".to_owned().into(), ..Default::default() };
        cast.system.organisation().edit(organisation.id, zone).await.unwrap();
        // 2026-03-31, 17:00 in UTC: the first of April, and the next month, in Shanghai.
        cast.clock.advance(chrono::TimeDelta::hours(29 * 24 + 8)).unwrap();
        let made = customer(&cast.li, "Acme").await;
        assert_eq!(made.number, "KH260401001");
        let order = sold(cast, &made, "2026-03-31T16:30:00Z", 1).await;
        assert_eq!(order.number, "DD260401001");
        let last = cast.li.customers().get(made.id).await.unwrap().last_order_on;
        assert_eq!(last.unwrap().to_string(), "2026-04-01");
        let report = cast.supervisor.report("sales-trend", [("period", "month")]).await.unwrap();
        assert_eq!(rows(&report), ["2026-04,1,10.00"]);
        let scan = cast.system.lost_scan(&LostScanOptions::default()).await.unwrap();
        assert_eq!(scan.cutoff.to_string(), "2025-10-01");
    });
}

#[test]
fn a_report_ignored_the_scope_that_the_list_kept_to() {
    everywhere(async |cast| {
        let (mine, theirs) = (customer(&cast.li, "Mine").await, customer(&cast.wang, "Theirs").await);
        sold(cast, &mine, "2026-02-05T12:00:00Z", 1).await;
        sold(cast, &theirs, "2026-02-05T12:00:00Z", 9).await;
        let role = cast.system.roles().named("account_manager").await.unwrap().id;
        for code in ["report.contribution", "report.composition", "report.custom"] {
            let right = cast.system.of::<Right>().named(code).await.unwrap().id;
            let new = NewGrant { role, right, scope: Scope::Own, ..Default::default() };
            cast.system.grants().create(new).await.unwrap();
        }
        let li = cast.crm.session(id(&cast.li)).await.unwrap();
        assert_eq!(li.customers().list(Query::of::<Customer>()).await.unwrap().items.len(), 1);
        let report = li.report("contribution", NONE).await.unwrap();
        assert_eq!(rows(&report), ["KH260302001,Mine,10.00,1,1.000000"]);
        assert_eq!((total(&report, "amount"), total(&report, "orders")), ("10.00".into(), "1".into()));
        let report = li.report("composition", [("by", "region")]).await.unwrap();
        assert_eq!(rows(&report), [",,1,1.000000"]);
        let all: Definition = r#"{"name": "n", "entity": "order", "totals": ["amount"],
            "rows": {"list": [{"path": "number"}, {"path": "amount"}]}}"#
            .parse()
            .unwrap();
        let own = li.report_custom(&all).await.unwrap();
        assert_eq!((own.table.rows().len(), total(&own, "amount")), (1, "10.00".into()));
    });
}
