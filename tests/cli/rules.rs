//! The rules of the classic CRM, sentence by sentence: a command line that each allows and one that it refuses. What is
//! refused says which record it is about and which state or whom it needs, and changes nothing.

use crate::host::{Folder, column};

/// Every kind of which something could be changed.
const KINDS: [&str; 19] = [
    "users",
    "teams",
    "roles",
    "grants",
    "customers",
    "contacts",
    "activities",
    "products",
    "stock",
    "orders",
    "order_lines",
    "opportunities",
    "plans",
    "services",
    "service_rounds",
    "lost",
    "loss_measures",
    "dictionary",
    "number_series",
];

const OPPORTUNITY: &str = "customer_name='New Ltd' title=Tea success_rate=60 description=much";
const SERVICE: &str = "type=complaint title=Late customer=K1 request='Where is it?'";

/// An office with a supervisor, account managers at work and gone, an executive, and what they sell.
struct Office(Folder);

impl Office {
    fn new(lines: &str) -> Self {
        let folder = Folder::new();
        let people = "init --time-zone Asia/Shanghai\n\
            user create sv --role supervisor\n\
            user create li --role account_manager\n\
            user create wang --role account_manager\n\
            user create gone --role account_manager\n\
            user deactivate gone\n\
            user create boss --role executive\n\
            create products code=T1 name=Tea price=38.50 unit=kg\n\
            --as li customer create number=K1 name=Acme\n\
            --as wang customer create number=K2 name=Globex\n";
        folder.write("office.crm", people);
        folder.ok("--now 2026-03-01T09:00:00 script office.crm");
        let office = Self(folder);
        office.goes(lines);
        office
    }

    /// Command lines that are carried out, one a line, in one run: what they print.
    fn goes(&self, lines: &str) -> String {
        self.0.write("lines.crm", lines);
        self.0.ok("--now 2026-03-02T09:00:00 script lines.crm")
    }

    /// Everything there is, as the system sees it.
    fn everything(&self) -> String {
        let lists: String = KINDS.iter().map(|kind| format!("list {kind}\n")).collect();
        self.0.write("everything.crm", lists);
        self.0.ok("--format json script everything.crm")
    }

    /// Command lines that are refused, each with parts of the one line that says why; nothing is changed by any.
    fn refuses(&self, lines: &[(&str, &[&str])]) {
        let before = self.everything();
        for (line, expected) in lines {
            let sentence = self.0.refused(1, &format!("--now 2026-03-02T10:00:00 {line}"));
            for part in *expected {
                assert!(sentence.contains(part), "{line}: `{sentence}` does not say `{part}`");
            }
        }
        assert!(self.everything() == before, "one of these was refused and changed something: {lines:?}");
    }

    /// The ids of the records of a kind under conditions.
    fn ids(&self, kind: &str, condition: &str) -> Vec<String> {
        column(&self.0.json(&format!("list {kind} --columns id --where {condition}")), "id")
    }

    fn value(&self, kind: &str, condition: &str, field: &str) -> String {
        column(&self.0.json(&format!("list {kind} --where {condition}")), field).join(",")
    }
}

#[test]
fn who_may_do_what_with_an_opportunity() {
    let office = Office::new(&format!(
        "--as sv create opportunities number=S1 {OPPORTUNITY}\n\
         --as li create opportunities number=L1 {OPPORTUNITY}\n\
         --as wang create opportunities number=W1 {OPPORTUNITY}\n\
         --as sv edit opportunities W1 amount=100\n\
         --as li edit opportunities L1 title=Coffee source=\n"
    ));
    let right = |action: &str, who: &str| format!("`{who}` may not opportunity.{action}");
    let boss = format!("--as boss create opportunities {OPPORTUNITY}");
    office.refuses(&[
        (&boss, &[&right("create", "boss"), "the role `executive` does not have the right `opportunity.create`"]),
        ("--as li create opportunities customer_name=A title=T", &["`success_rate` is required", "`description` is"]),
        (&format!("--as li create opportunities {OPPORTUNITY} created_by=sv"), &["may not user.read"]),
        (
            &format!("--as li create opportunities {OPPORTUNITY} created_by=li"),
            &["`created_by`: it is kept by the system"],
        ),
        (&format!("--as li create opportunities {OPPORTUNITY} status=won"), &["`status`: it is kept by the system"]),
        ("--as li edit opportunities L1 created_at=2020-01-01", &["`L1`", "`created_at`: it is kept by the system"]),
        ("--as li edit opportunities W1 title=Mine", &["there is no opportunity `W1`"]),
        ("--as li edit opportunities S1 title=Mine", &["there is no opportunity `S1`"]),
        ("--as li delete opportunities W1", &["there is no opportunity `W1`"]),
        ("--as li show opportunities W1", &["there is no opportunity `W1`"]),
        ("--as li opportunity assign L1 li", &[&right("assign", "li"), "the role `account_manager` does not have"]),
        ("--as sv opportunity assign L1 gone", &["`gone` is inactive"]),
        ("--as sv opportunity assign L1 boss", &["has the role `executive`", "account_manager"]),
        ("--as sv opportunity assign L1 sv", &["has the role `supervisor`", "account_manager"]),
    ]);
    office.goes("--as sv opportunity assign W1 li\n--as li show opportunity W1\n");
    assert_eq!(office.value("opportunities", "number=W1", "assigned_to"), "li");
    assert_eq!(office.value("opportunities", "number=W1", "assigned_at"), "2026-03-02T01:00:00Z");
    office.refuses(&[
        ("--as sv edit opportunities W1 title=T", &["the opportunity `W1` is `assigned`; `edit` needs `unassigned`"]),
        ("--as sv delete opportunity W1", &["the opportunity `W1` is `assigned`; `delete` needs `unassigned`"]),
        ("--as sv opportunity assign W1 wang", &["the opportunity `W1` is `assigned`; `assign` needs `unassigned`"]),
        // Who entered it no longer sees it.
        ("--as wang show opportunities W1", &["there is no opportunity `W1`"]),
    ]);
    office.goes("--as sv delete opportunities S1\n--as li delete opportunities L1\n");
    assert_eq!(column(&office.0.json("list opportunities"), "number"), ["W1"]);
}

#[test]
fn what_may_be_done_with_a_plan() {
    let office = Office::new(&format!(
        "--as sv create opportunities number=X1 contact_name=Ann contact_phone=1 {OPPORTUNITY}\n\
         --as sv create opportunities number=X2 {OPPORTUNITY}\n\
         --as sv create opportunities number=X3 customer=K1 {OPPORTUNITY}\n"
    ));
    let unassigned = "the opportunity `X1` is `unassigned`";
    office.refuses(&[
        ("--as sv create plans opportunity=X1 date=2026-03-05 todo=Call", &[unassigned, "`assigned`"]),
        ("opportunity win X1", &[unassigned, "`win` needs `assigned`"]),
        ("opportunity terminate X1 dear", &[unassigned, "`terminate` needs `assigned`"]),
    ]);
    office.goes(
        "--as sv opportunity assign X1 li\n--as sv opportunity assign X2 li\n--as sv opportunity assign X3 li\n\
         --as li create plans opportunity=X1 date=2026-03-05 todo=Call\n\
         --as sv create plans opportunity=X1 date=2026-03-06 todo=Write\n\
         --as li create plans opportunity=X1 date=2026-03-07 todo=Visit\n",
    );
    let item = |todo: &str| office.ids("plans", &format!("todo={todo}")).concat();
    let (call, write, visit) = (item("Call"), item("Write"), item("Visit"));
    office.goes(&format!(
        "--as li edit plans {call} date=2026-03-04\n--as li delete plans {visit}\n\
         --as li opportunity execute X1 1 'They answered'\n--as li edit plans {call} todo=Ring\n"
    ));
    assert_eq!(office.value("plans", "opportunity=X1", "result"), "They answered,null");
    office.refuses(&[
        ("--as wang create plans opportunity=X1 date=2026-03-05 todo=Call", &["there is no opportunity `X1`"]),
        (&format!("--as wang delete plans {write}"), &["there is no plan item", &write]),
        (&format!("--as li edit plans {call} date=2026-03-09"), &[&call, "`date`: it can't be changed", "2026-03-02"]),
        (&format!("--as li edit plans {call} result=Better"), &["`result`: it is kept by the system"]),
        (
            "--as li opportunity execute X1 1 Again",
            &["the plan item", "(opportunity `X1`)", "was executed on 2026-03-02"],
        ),
        ("--as li opportunity execute X1 2 ' '", &["`result` is required"]),
        ("--as sv opportunity execute X1 2 Done", &["`sv` may not plan_item.execute"]),
        ("--as sv opportunity win X1", &["`sv` may not opportunity.win", "the role `supervisor`"]),
        ("--as wang opportunity win X1", &["there is no opportunity `X1`"]),
        ("--as li opportunity terminate X2 ''", &["`close_reason` is required"]),
    ]);
    office
        .goes("--as li opportunity win X1\n--as li opportunity terminate X2 'too dear'\n--as li opportunity win X3\n");
    let made = office.value("opportunities", "number=X1", "customer");
    assert_eq!(made, "KH260302001");
    assert_eq!(office.value("customers", &format!("number={made}"), "manager"), "li");
    assert_eq!(office.value("contacts", &format!("customer={made}"), "name"), "Ann");
    // One that names a customer makes none.
    assert_eq!((office.0.count("customers"), office.0.count("contacts")), (3, 1));
    assert_eq!(office.value("opportunities", "number=X2", "close_reason"), "too dear");
    for (number, state) in [("X1", "won"), ("X2", "terminated"), ("X3", "won")] {
        let is = format!("the opportunity `{number}` is `{state}`");
        office.refuses(&[
            (&format!("--as sv edit opportunities {number} title=T"), &[&is, "`edit` needs `unassigned`"]),
            (&format!("--as sv delete opportunities {number}"), &[&is, "`delete` needs `unassigned`"]),
            (&format!("--as sv opportunity assign {number} wang"), &[&is, "`assign` needs `unassigned`"]),
            (&format!("--as li opportunity win {number}"), &[&is, "`win` needs `assigned`"]),
            (&format!("--as li opportunity terminate {number} dear"), &[&is, "`terminate` needs `assigned`"]),
            (&format!("--as li create plans opportunity={number} date=2026-03-05 todo=Call"), &[&is, "`assigned`"]),
        ]);
    }
    office.refuses(&[
        (&format!("--as li edit plans {write} todo=Ring"), &["the opportunity `X1` is `won`", "`assigned`"]),
        (&format!("--as li delete plans {write}"), &["the opportunity `X1` is `won`", "`assigned`"]),
        ("--as li opportunity execute X1 2 Done", &["the opportunity `X1` is `won`", "`assigned`"]),
    ]);
}

#[test]
fn a_customer_keeps_his_number_and_is_his_managers() {
    let office = Office::new("--as li customer create name=First\n--as li customer create name=Second\n");
    let numbers = column(&office.0.json("list customers --columns number"), "number");
    assert_eq!(numbers, ["K1", "K2", "KH260302001", "KH260302002"]);
    // A number is not given again, and the way they are made can be changed by who may.
    office.goes("--as li customer delete KH260302002\n--as li customer create name=Third\n");
    assert_eq!(office.value("customers", "name=Third", "number"), "KH260302003");
    office.goes("--as admin series edit customer prefix=C width=5\n--as li customer create name=Fourth\n");
    assert_eq!(office.value("customers", "name=Fourth", "number"), "C26030200004");
    office.goes(
        "--as li customer edit K1 level=5 region=华东\n\
         --as li contact create customer=K1 name=Ann phone=1\n\
         --as li contact edit Ann position=Owner\n\
         --as li activity create customer=K1 date=2026-03-01 place=here title=Met\n",
    );
    let met = office.ids("activities", "title=Met").concat();
    office.refuses(&[
        ("--as li customer edit K1 number=K9", &["`K1`", "a customer's number can't be changed"]),
        ("--as li customer create name=Fifth number=K1", &["another customer with the same `number`"]),
        ("--as li series edit customer prefix=L", &["`li` may not number_series.", "the role `account_manager`"]),
        ("--as wang customer edit K1 level=1", &["there is no customer `K1`"]),
        ("--as wang customer delete K1", &["there is no customer `K1`"]),
        ("--as sv customer edit K1 level=1", &["`sv` may not customer.edit", "the role `supervisor`"]),
        ("--as li customer edit K1 status=lost", &["`K1`", "`status`: it is kept by the system"]),
        ("--as li customer edit K1 level=6", &["`K1`", "`6` is none of 1, 2, 3, 4, 5"]),
        (
            "--as li customer edit KH260302002 level=1",
            &["the customer `KH260302002` is `deleted`; `edit` needs `normal`"],
        ),
        ("--as li customer delete KH260302002", &["the customer `KH260302002` is `deleted`; `delete` needs `normal`"]),
        ("--as li contact create customer=K1 name=Bob", &["`phone` is required"]),
        ("--as wang contact create customer=K1 name=Bob phone=1", &["there is no customer `K1`"]),
        ("--as wang contact delete Ann", &["there is no contact `Ann`"]),
        ("--as li activity create customer=K1 date=2026-03-01 title=Met", &["`place` is required"]),
        (&format!("--as wang activity edit {met} title=Seen"), &["there is no activity", &met]),
    ]);
    let shown = office.0.ok("--as li customer show K1");
    assert!(shown.contains("Ann") && shown.contains("Met") && shown.contains("edit, delete"), "{shown}");
    office.goes(&format!("--as li activity delete {met}\n--as li contact delete Ann\n"));
    assert_eq!((office.0.count("contacts"), office.0.count("activities")), (0, 0));
}

#[test]
fn orders_are_recorded_and_those_that_count_are_a_customers_history() {
    let office = Office::new(
        "--as li create orders number=A1 customer=K1\n\
         --as li create order_lines order=A1 line=1 product=T1 quantity=2 unit_price=3.5 discount=0.1\n\
         --as sv create order_lines order=A1 line=2 product=T1 quantity=1 unit_price=1\n\
         --as li create orders number=A2 customer=K1\n\
         --as li list products\n--as li list stock\n",
    );
    assert_eq!(office.value("orders", "number=A1", "amount"), "7.30");
    let line = office.ids("order_lines", "line=2").concat();
    office.goes(&format!("--as sv edit order_lines {line} quantity=3\n--as sv edit orders A1 address=Here\n"));
    assert_eq!(office.value("orders", "number=A1", "amount"), "9.30");
    office.refuses(&[
        ("--as wang create orders customer=K1", &["there is no customer `K1`"]),
        ("--as li edit orders A1 address=There", &["`li` may not order.edit", "the role `account_manager`"]),
        ("--as sv edit orders A1 amount=1", &["`A1`", "`amount`: it is kept by the system"]),
        (
            "--as sv edit orders A1 status=shipped",
            &["the order `A1` is `created` and can't become `shipped`", "`confirm`"],
        ),
        ("--as sv order ship A1", &["the order `A1` is `created`; `ship` needs `packed`"]),
        ("--as sv delete orders A1", &["`sv` may not order.delete"]),
        ("--as li create products code=T2 name=More", &["`li` may not product.create"]),
        (
            &format!("--as sv edit order_lines {line} discount=2"),
            &[&line, "`discount`: 2.000000 is not between 0 and 1"],
        ),
    ]);
    assert!(!office.0.ok("--as li customer show K1").contains("A1"), "an order that is not shipped is no history");
    office.goes(&format!(
        "--as sv order pay A1\n--as sv order cancel A2\n--as li show orders A1\n--as sv show order_line {line}\n"
    ));
    office.refuses(&[
        (&format!("--as sv edit order_lines {line} quantity=1"), &["the order `A1` is `paid`", "before it is paid"]),
        (&format!("--as sv delete order_lines {line}"), &["the order `A1` is `paid`"]),
        ("--as sv edit orders A2 address=There", &["the order `A2` is `cancelled`; only an order that is not"]),
        ("--as sv order pay A2", &["the order `A2` is `cancelled`"]),
    ]);
    let shown = office.0.ok("--as li customer show K1");
    assert!(shown.contains("A1") && !shown.contains("A2"), "{shown}");
    assert_eq!(office.value("customers", "number=K1", "last_order_on"), "2026-03-02");
}

#[test]
fn a_customer_who_may_be_lost_is_deferred_before_he_is_given_up() {
    let office = Office::new(
        "create orders number=A1 customer=K1 date=2025-03-01 status=shipped\n\
         create orders number=A2 customer=K2 date=2025-03-01 payment=paid\n\
         --as sv lost scan\n--as sv lost scan\n",
    );
    // However often it is looked, there is one warning for a silence.
    assert_eq!(office.value("lost", "status=warning", "customer"), "K1,K2");
    assert_eq!(office.value("lost", "customer=K1", "last_order_date"), "2025-03-01");
    let warning = "(customer `K1`) is `warning`; `confirm` needs `deferred`";
    office.refuses(&[
        ("--as li lost scan", &["`li` may not lost_customer.scan", "the role `account_manager`"]),
        ("--as li lost confirm K1 moved", &["the lost customer", warning]),
        ("--as wang lost defer K1 rang", &["there is no customer `K1`"]),
        ("--as sv lost defer K1 rang", &["`sv` may not lost_customer.defer", "the role `supervisor`"]),
        ("--as li lost defer K1 ''", &["`measure` is required"]),
        ("create lost customer=K1", &["`customer`: it is kept by the system"]),
    ]);
    office.goes("--as li lost defer K1 rang\n--as li lost defer K1 visited\n");
    assert_eq!(column(&office.0.json("list loss_measures"), "measure"), ["rang", "visited"]);
    office.refuses(&[("--as li lost confirm K1 ' '", &["`reason` is required"])]);
    office.goes("--as li lost confirm K1 'moved away'\n");
    assert_eq!(office.value("customers", "number=K1", "status"), "lost");
    office.refuses(&[
        ("--as li customer edit K1 level=1", &["the customer `K1` is `lost`; `edit` needs `normal`"]),
        ("--as li customer delete K1", &["the customer `K1` is `lost`; `delete` needs `normal`"]),
        ("--as li lost defer K1 again", &["(customer `K1`) is `confirmed`; `defer` needs `warning` or `deferred`"]),
        ("--as li lost confirm K1 again", &["is `confirmed`; `confirm` needs `deferred`"]),
    ]);
    // An order that counts ends the warning of its customer.
    office.goes("--as sv create orders number=A3 customer=K2\n--as sv order pay A3\n--as sv lost scan\n");
    assert_eq!(office.value("lost", "customer=K2", "status"), "resolved");
    office.refuses(&[("--as wang lost defer K2 rang", &["(customer `K2`) is `resolved`; `defer` needs `warning`"])]);
}

#[test]
fn a_service_request_is_handled_by_whom_it_is_given_to() {
    let office = Office::new(&format!(
        "--as li create services number=S1 {SERVICE}\n--as li create services number=S2 {SERVICE}\n"
    ));
    office.refuses(&[
        (&format!("--as sv create services {SERVICE}"), &["`sv` may not service_request.create"]),
        (&format!("--as wang create services {SERVICE}"), &["there is no customer `K1`"]),
        ("--as li create services type=praise title=T customer=K1 request=R", &["no service type `praise`"]),
        ("--as li create services type=complaint title=T customer=K1", &["`request` is required"]),
        ("--as li service assign S1 li", &["`li` may not service_request.assign", "the role `account_manager`"]),
        ("--as sv service assign S1 gone", &["`gone` is inactive"]),
        ("--as sv service assign S1 boss", &["has the role `executive`", "account_manager"]),
        ("--as li service handle S1 Sent", &["the service request `S1` is `created`; `handle` needs `assigned`"]),
        ("--as wang service delete S2", &["there is no service request `S2`"]),
        ("--as sv service delete S2", &["`sv` may not service_request.delete"]),
    ]);
    office.goes("--as li service delete S2\n--as sv service assign S1 wang\n");
    office.refuses(&[
        ("--as sv service assign S1 li", &["the service request `S1` is `assigned`; `assign` needs `created`"]),
        ("--as li service delete S1", &["the service request `S1` is `assigned`; `delete` needs `created`"]),
        ("--as li service handle S1 Sent", &["`li` may not", "only whom a service request is assigned to"]),
        ("--as wang service handle S1 ' '", &["`handling` is required"]),
        (
            "--as wang service feedback S1 Fine 5",
            &["the service request `S1` is `assigned`; `feedback` needs `handled`"],
        ),
    ]);
    office.goes("--as wang service handle S1 Asked\n");
    office.refuses(&[
        ("--as li service feedback S1 Fine 5", &["`li` may not", "only who handled a service request"]),
        ("--as wang service feedback S1 '' 5", &["`result` is required"]),
    ]);
    office.goes("--as wang service feedback S1 'Not yet' 2\n");
    assert_eq!(office.value("services", "number=S1", "status"), "assigned");
    office.goes("--as wang service handle S1 Sent\n--as wang service feedback S1 'It came' 3\n");
    assert_eq!(office.value("services", "number=S1", "status"), "archived");
    assert_eq!(office.ids("service_rounds", "handling=Asked").len(), 1);
    assert_eq!(office.ids("service_rounds", "handling=Sent").len(), 1);
    let is = "the service request `S1` is `archived`";
    office.refuses(&[
        ("edit services S1 title=T", &[is, "`edit` needs `created`"]),
        ("delete services S1", &[is, "`delete` needs `created`"]),
        ("--as sv service assign S1 li", &[is, "`assign` needs `created`"]),
        ("--as wang service handle S1 More", &[is, "`handle` needs `assigned`"]),
        ("--as wang service feedback S1 Fine 5", &[is, "`feedback` needs `handled`"]),
        ("--as boss service search", &["`boss` may not service_request.read"]),
    ]);
    let found = |options: &str| column(&office.0.json(&format!("--as sv service search {options}")), "number");
    for options in ["", "--customer K1", "--title late", "--type complaint", "--from 2026-03-02 --to 2026-03-02"] {
        assert_eq!(found(options), ["S1"], "{options}");
    }
    for options in ["--customer K2", "--title early", "--type inquiry", "--from 2026-03-03", "--to 2026-03-01"] {
        assert_eq!(found(options), Vec::<String>::new(), "{options}");
    }
}
