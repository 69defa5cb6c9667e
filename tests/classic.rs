//! Moving in from the classic CRM: dumps of its tables, good and bad, over the memory store and SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use crmkit::access::Credential;
use crmkit::customers::{Activity, CustomerStatus, LossMeasure, LossStatus, LostCustomer, Rating, Sex};
use crmkit::dictionary::{DictionaryEntry, SERVICE_TYPE};
use crmkit::marketing::{Opportunity, OpportunityStatus, PlanItem};
use crmkit::organisation::OrganisationPatch;
use crmkit::prelude::*;
use crmkit::query::{Aggregate, Measure};
use crmkit::sales::{OrderStatus, Payment, StockItem};
use crmkit::schema::Name;
use crmkit::service::{ServiceRequest, ServiceStatus};
use crmkit::storage::{MemoryStorage, ReaderExt, SqliteOptions, SqliteStorage, Storage};
use crmkit::transfer::{
    ImportRun, MigrateFromClassic, MigrationError, MigrationOutput, MigrationReport, OnDuplicate, RejectedOldRow,
};
use pollster::block_on;
use tempfile::TempDir;

/// A small house: two account managers, a supervisor, and one who left.
const DUMP: [(&str, &str); 15] = [
    (
        "sys_role.csv",
        "role_id,role_name,role_desc,role_flag\n1,系统管理员,,1\n2,销售主管,,1\n3,客户经理,,1\n9,仓库管理员,keeps the stock,1\n",
    ),
    (
        "SYS_USER.CSV",
        "USR_ID,USR_NAME,USR_PASSWORD,USR_ROLE_ID,USR_FLAG\n\
         1,boss,21232f297a57a5a743894a0e4a801fc3,2,1\n2,xiaoming,123456,3,1\n3,wang,secret-of-wang,3,1\n\
         4,gone,gone,3,0\n5,keeper,k,9,1\n6,nobody,n,77,1\n7,roleless,r,,1\n8,Wang,other,3,1\n",
    ),
    (
        "bas_dict.csv",
        "dict_id,dict_type,dict_item,dict_value,dict_is_editable\n1,服务类型,咨询,咨询,1\n2,服务类型,维修,维修,1\n\
         3,客户等级,普通客户,1,0\n4,机会来源,展会,展会,1\n",
    ),
    (
        "cst_customer.csv",
        "cust_no,cust_name,cust_region,cust_manager_id,cust_manager_name,cust_level,cust_level_label,cust_satisfy,cust_credit,\
         cust_addr,cust_zip,cust_tel,cust_fax,cust_website,cust_licence_no,cust_chieftain,cust_bankroll,cust_turnover,\
         cust_bank,cust_bank_account,cust_local_tax_no,cust_national_tax_no,cust_status\n\
         KH071202001,聪海信息科技有限公司,北京,2,小明,5,战略合作伙伴,4,3,北京海淀区,100082,010-88888888,010-88888889,\
         www.conghai.example,110108,李明,5000000,12000000.50,中国银行,6222-1,DS-1,GS-1,正常\n\
         KH071202002,Twin,华东,NULL,wang,,大客户,★★,\\N,,,,,,,,,,,,,,1\n\
         KH071202003,Twin,,3,wang,1,,,,,,,,,,,,,,,,,2\n\
         KH071202004,Away,,99,who,1,,,,,,,,,,,,,,,,,1\n\
         KH071202005,Old,,4,gone,1,,,,,,,,,,,,,,,,,删除\n\
         KH071202006,Odd,,2,,9,,,,,,,,,,,,,,,,,1\n",
    ),
    (
        "cst_linkman.csv",
        "lkm_id,lkm_cust_no,lkm_cust_name,lkm_name,lkm_sex,lkm_postion,lkm_tel,lkm_mobile,lkm_memo\n\
         1,KH071202001,聪海信息科技有限公司,陈小姐,女,经理,010-1,139,\n2,KH071202001,,王先生,1,,010-2,,\n3,KH999,,Lost,,,,,\n",
    ),
    (
        "cst_activity.csv",
        "atv_id,atv_cust_no,atv_cust_name,atv_date,atv_place,atv_title,atv_desc\n\
         1,KH071202001,,2007-12-05 00:00:00.0,office,签约,\n2,KH071202001,,2007-13-05,office,bad day,\n",
    ),
    (
        "product.csv",
        "prod_id,prod_name,prod_type,prod_batch,prod_unit,prod_price,prod_memo\n1,海龙笔记本,E5,A,台,6000.00,\n2,天线,T2,B,根,12.5,NULL\n",
    ),
    (
        "storage.csv",
        "stk_id,stk_prod_id,stk_warehouse,stk_ware,stk_count,stk_memo\n1,1,北京,D1-R5,1000,\n2,3,北京,D1-R6,1,\n",
    ),
    (
        "orders.csv",
        "odr_id,odr_customer,odr_date,odr_addr,odr_status\n1,聪海信息科技有限公司,2007-12-03 10:30:00,北京,6\n\
         2,聪海信息科技有限公司,2007-12-04,北京,5\n3,Twin,2007-12-05,,5\n4,Nobody,2007-12-05,,5\n\
         5,聪海信息科技有限公司,2007-12-06,,已回款\n6,聪海信息科技有限公司,2007-12-07,,7\n7,聪海信息科技有限公司,2007-12-08,,1\n",
    ),
    (
        "orders_line.csv",
        "odd_id,odd_order_id,odd_prod_id,odd_count,odd_unit,odd_price\n1,1,1,2,台,6000\n2,1,2,4,根,12.5\n3,2,1,1,台,5900.25\n4,3,1,1,台,1\n",
    ),
    (
        "sal_chance.csv",
        "chc_id,chc_source,chc_cust_name,chc_title,chc_rate,chc_linkman,chc_tel,chc_desc,chc_create_id,chc_create_by,\
         chc_create_date,chc_due_id,chc_due_to,chc_due_date,chc_status\n\
         1,展会,新客户,采购笔记本,80,刘先生,139,想买,2,小明,2007-12-01 09:00:00,,,,1\n\
         2,,二号,two,50,,,,1,boss,2007-12-01,3,wang,2007-12-02 08:00:00,2\n\
         3,,三号,three,100,,,,1,boss,2007-12-01,2,小明,2007-12-02,3\n\
         4,,四号,four,0,,,,1,boss,2007-12-01,2,小明,2007-12-02,4\n\
         5,,五号,five,10,,,,,xiaoming,2007-12-01,,wang,,开发中\n\
         6,,六号,six,110,,,,1,boss,2007-12-01,,,,未指派\n7,,七号,seven,10,,,,1,boss,2007-12-01,,,,5\n",
    ),
    (
        "sal_plan.csv",
        "pla_id,pla_chc_id,pla_date,pla_todo,pla_result\n1,2,2007-12-03,call,interested\n2,2,2007-12-09,visit,\n3,6,2007-12-09,none,\n",
    ),
    (
        "cst_service.csv",
        "svr_id,svr_type,svr_title,svr_cust_no,svr_cust_name,svr_status,svr_request,svr_create_id,svr_create_by,svr_create_date,\
         svr_due_id,svr_due_to,svr_due_date,svr_deal,svr_deal_id,svr_deal_by,svr_deal_date,svr_result,svr_satisfy\n\
         1,咨询,price,KH071202001,,新创建,how much,2,小明,2007-12-10,,,,,,,,,0\n\
         2,维修,broken,KH071202001,,已归档,mend it,2,小明,2007-12-10,3,wang,2007-12-11,mended,2,小明,2007-12-12,good,4\n\
         3,投诉,late,,聪海信息科技有限公司,已分配,hurry,2,小明,2007-12-10,3,wang,2007-12-11,,,,,,\n\
         4,投诉,odd,KH071202001,,进行中,hurry,2,小明,2007-12-10,,,,,,,,,\n",
    ),
    (
        "cst_lost.csv",
        "lst_id,lst_cust_no,lst_cust_name,lst_cust_manager_id,lst_cust_manager_name,lst_last_order_date,lst_lost_date,lst_delay,\
         lst_reason,lst_status\n\
         1,KH071202003,Twin,3,wang,2007-01-02,2007-12-01,wrote a letter,went elsewhere,3\n\
         2,KH071202001,,2,小明,2007-02-03,,called,,暂缓流失\n3,KH071202001,,2,小明,2007-02-03,,,,1\n",
    ),
    ("sys_right.csv", "right_code\nL01\n"),
];

/// What is wrong with the dump: file, line, and a part of the reason.
const WRONG: [(&str, u64, &str); 17] = [
    ("SYS_USER.CSV", 7, "`usr_role_id`: `77` does not exist"),
    ("SYS_USER.CSV", 8, "`usr_role_id`"),
    ("SYS_USER.CSV", 9, "taken"),
    ("cst_customer.csv", 5, "`cust_manager_id`: `99` does not exist"),
    ("cst_customer.csv", 7, "`cust_level`"),
    ("cst_linkman.csv", 4, "`lkm_cust_no`: `KH999` does not exist"),
    ("cst_activity.csv", 3, "`atv_date`"),
    ("storage.csv", 3, "`stk_prod_id`: `3` does not exist"),
    ("orders.csv", 4, "`odr_customer`: `Twin` is not unique"),
    ("orders.csv", 5, "`odr_customer`: `Nobody` does not exist"),
    ("orders.csv", 7, "`odr_status`"),
    ("orders_line.csv", 5, "`odd_order_id`: `3` does not exist"),
    ("sal_chance.csv", 7, "`chc_rate`"),
    ("sal_chance.csv", 8, "`chc_status`"),
    ("sal_plan.csv", 4, "`pla_chc_id`: `6` does not exist"),
    ("cst_service.csv", 5, "`svr_status`"),
    ("cst_lost.csv", 4, "taken"),
];

fn dump() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in DUMP {
        fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

fn schema() -> Arc<Schema> {
    crmkit::standard_schema().unwrap()
}

/// A CRM and its store, to look into.
struct House {
    crm: Crm,
    storage: Arc<dyn Storage>,
}

impl Deref for House {
    type Target = Crm;

    fn deref(&self) -> &Crm {
        &self.crm
    }
}

impl House {
    fn storage(&self) -> &dyn Storage {
        &*self.storage
    }
}

fn open(storage: impl Storage + 'static) -> House {
    let storage: Arc<dyn Storage> = Arc::new(storage);
    let patch = OrganisationPatch { time_zone: "Asia/Shanghai".to_owned().into(), ..Default::default() };
    block_on(async {
        let crm = Crm::builder(Arc::clone(&storage)).open().await.unwrap();
        crm.system().organisation().edit(crm.organisation().id, patch).await.unwrap();
        House { crm, storage }
    })
}

fn run(crm: &House, migration: &MigrateFromClassic, rejects: Option<&Path>) -> (MigrationReport, Vec<RejectedOldRow>) {
    let mut rejected = Vec::new();
    let mut on_reject = |row: &RejectedOldRow| rejected.push(row.clone());
    let rejects = rejects.map(Path::to_owned);
    let output = MigrationOutput { rejects, on_reject: Some(&mut on_reject), ..Default::default() };
    let report = block_on(migration.run(&crm.system(), output)).unwrap();
    (report, rejected)
}

/// How many records of each entity there are.
fn counts(crm: &House) -> Vec<(String, i64)> {
    let storage = crm.storage();
    let names: Vec<Name> = storage.schema().entities().map(|def| def.name.clone()).collect();
    let count = |name: &Name| {
        let request = Aggregate::new(name.clone()).measure(Measure::Count);
        let rows = block_on(storage.aggregate(&request)).unwrap();
        rows.first().and_then(|row| row.measures.first()).and_then(Value::as_integer).unwrap_or(0)
    };
    names.iter().map(|name| (name.to_string(), count(name))).collect()
}

fn all<E: Entity>(crm: &House) -> Vec<E> {
    let records = block_on(crm.storage().collect(Query::of::<E>())).unwrap();
    records.into_iter().map(|record| E::from_record(record).unwrap()).collect()
}

fn one<E: Entity>(crm: &House, filter: crmkit::query::Filter) -> E {
    block_on(crm.storage().first::<E>(filter)).unwrap().unwrap()
}

fn user(crm: &House, login: &str) -> Option<Id<User>> {
    block_on(crm.storage().first::<User>(User::login.eq(login))).unwrap().map(|user| user.id)
}

/// On the memory store and on SQLite.
fn on_each_store(told: impl Fn(House)) {
    told(open(MemoryStorage::new(schema())));
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { migrate: true, ..Default::default() };
    told(open(SqliteStorage::open(folder.path().join("crm.db"), schema(), options).unwrap()));
}

#[test]
fn every_bad_row_is_told_with_file_line_and_reason() {
    on_each_store(|crm| {
        let (report, rejected) = run(&crm, &MigrateFromClassic::new(dump().path()), None);
        let told: Vec<String> = rejected.iter().map(ToString::to_string).collect();
        assert_eq!(rejected.len(), WRONG.len(), "{told:#?}");
        for ((file, line, reason), row) in WRONG.iter().zip(&rejected) {
            assert_eq!((&*row.file, row.line), (*file, *line), "{row}");
            assert!(row.reason.contains(reason), "{row}");
        }
        assert_eq!(report.rejected(), WRONG.len() as u64);
        assert_eq!(report.left_out, ["sys_right.csv"]);
        let rows: u64 = DUMP.iter().map(|(_, text)| text.lines().count() as u64 - 1).sum();
        let skipped: u64 = report.tables.iter().map(|table| table.report.progress.skipped).sum();
        // One row of `sys_right`; the roles and entries that every organisation begins with.
        assert_eq!(report.imported() + report.rejected() + skipped + 1, rows);
        assert_eq!(skipped, 5);
        assert_eq!(block_on(crm.storage().verify()).unwrap(), Vec::<String>::new());
    });
}

#[test]
fn people_keep_their_roles_and_lose_their_passwords() {
    on_each_store(|crm| {
        run(&crm, &MigrateFromClassic::new(dump().path()), None);
        let role = |login: &str| {
            let user: User = one(&crm, User::login.eq(login));
            (block_on(crm.system().roles().get(user.role)).unwrap().name.clone(), user.active)
        };
        assert_eq!(role("boss"), ("supervisor".to_owned(), true));
        assert_eq!(role("xiaoming"), ("account_manager".to_owned(), true));
        assert_eq!(role("gone"), ("account_manager".to_owned(), false));
        // A role of their own has no rights until somebody grants some.
        assert_eq!(role("keeper"), ("仓库管理员".to_owned(), true));
        let keeper = block_on(crm.session(user(&crm, "keeper").unwrap())).unwrap();
        assert!(block_on(keeper.products().list(Query::of::<Product>())).is_err());
        assert_eq!((user(&crm, "nobody"), user(&crm, "roleless")), (None, None));

        assert_eq!(all::<Credential>(&crm).len(), 0);
        for (login, password) in [("xiaoming", "123456"), ("wang", "secret-of-wang"), ("boss", "admin")] {
            assert!(block_on(crm.sign_in(login, password)).is_err(), "{login}");
        }
        // Not in any record of any kind either.
        for def in crm.storage().schema().entities() {
            for record in block_on(crm.storage().collect(Query::new(def.name.clone()))).unwrap() {
                let text = format!("{record:?}");
                for secret in ["123456", "secret-of-wang", "21232f297a57a5a743894a0e4a801fc3"] {
                    assert!(!text.contains(secret), "{}: {text}", def.name);
                }
            }
        }
    });
}

#[test]
fn customers_come_with_everything_the_old_table_has() {
    on_each_store(|crm| {
        run(&crm, &MigrateFromClassic::new(dump().path()), None);
        let customer = |number: &str| one::<Customer>(&crm, Customer::number.eq(number));
        let first = customer("KH071202001");
        assert_eq!(
            (first.level, first.satisfaction, first.credit),
            (Some(Rating::Five), Some(Rating::Four), Some(Rating::Three))
        );
        assert_eq!((first.status, first.manager), (CustomerStatus::Normal, user(&crm, "xiaoming")));
        let money = |text: &str| Some(text.parse::<Money>().unwrap());
        assert_eq!((first.registered_capital, first.annual_turnover), (money("5000000"), money("12000000.5")));
        let texts = [
            (&first.region, "北京"),
            (&first.address, "北京海淀区"),
            (&first.zip, "100082"),
            (&first.phone, "010-88888888"),
            (&first.fax, "010-88888889"),
            (&first.website, "www.conghai.example"),
            (&first.licence_no, "110108"),
            (&first.legal_representative, "李明"),
            (&first.bank, "中国银行"),
            (&first.bank_account, "6222-1"),
            (&first.local_tax_no, "DS-1"),
            (&first.national_tax_no, "GS-1"),
        ];
        for (text, expected) in texts {
            assert_eq!(text.as_deref(), Some(expected));
        }
        // Kept up with the orders that count: the seventh is only entered, the sixth is rejected.
        assert_eq!(first.last_order_on.unwrap().to_string(), "2007-12-06");

        let twin = customer("KH071202002");
        assert_eq!((twin.level, twin.satisfaction, twin.credit), (Some(Rating::Three), Some(Rating::Two), None));
        assert_eq!(twin.manager, user(&crm, "wang"));
        assert_eq!(customer("KH071202003").status, CustomerStatus::Lost);
        assert_eq!(customer("KH071202005").status, CustomerStatus::Deleted);

        let contacts = all::<Contact>(&crm);
        let sexes: Vec<_> = contacts.iter().map(|contact| (contact.name.as_str(), contact.sex)).collect();
        assert_eq!(sexes, [("陈小姐", Some(Sex::Female)), ("王先生", Some(Sex::Male))]);
        assert_eq!(contacts[0].position.as_deref(), Some("经理"));
        assert_eq!(all::<Activity>(&crm)[0].date.to_string(), "2007-12-05");
    });
}

#[test]
fn old_order_codes_say_how_far_it_is_and_whether_it_is_paid() {
    on_each_store(|crm| {
        run(&crm, &MigrateFromClassic::new(dump().path()), None);
        let order = |number: &str| {
            let order: Order = one(&crm, Order::number.eq(number));
            (order.status, order.payment, order.amount.to_string())
        };
        assert_eq!(order("1"), (OrderStatus::Shipped, Payment::Paid, "12050.00".to_owned()));
        assert_eq!(order("2"), (OrderStatus::Shipped, Payment::Unpaid, "5900.25".to_owned()));
        assert_eq!(order("5"), (OrderStatus::Shipped, Payment::Paid, "0.00".to_owned()));
        assert_eq!(order("7"), (OrderStatus::Created, Payment::Unpaid, "0.00".to_owned()));
        assert_eq!(all::<Order>(&crm).len(), 4);
        let products = all::<Product>(&crm);
        assert_eq!((products[0].kind.as_deref(), products[1].memo.as_deref()), (Some("E5"), None));
        assert_eq!(all::<StockItem>(&crm)[0].shelf.as_deref(), Some("D1-R5"));
    });
}

#[test]
fn opportunities_services_and_losses_keep_their_state_and_their_people() {
    on_each_store(|crm| {
        run(&crm, &MigrateFromClassic::new(dump().path()), None);
        let opportunity = |number: &str| one::<Opportunity>(&crm, Opportunity::number.eq(number));
        use OpportunityStatus as O;
        for (number, status, created_by, owner) in [
            ("1", O::Unassigned, "xiaoming", "xiaoming"),
            ("2", O::Assigned, "boss", "wang"),
            ("3", O::Won, "boss", "xiaoming"),
            ("4", O::Terminated, "boss", "xiaoming"),
            ("5", O::Assigned, "xiaoming", "wang"),
        ] {
            let found = opportunity(number);
            let people = (found.created_by, found.owner);
            assert_eq!((found.status, people), (status, (user(&crm, created_by), user(&crm, owner))), "{number}");
        }
        assert_eq!(opportunity("2").assigned_at, Some("2007-12-02T00:00:00Z".parse().unwrap()));
        // So an account manager finds again what was his.
        let session = block_on(crm.session(user(&crm, "xiaoming").unwrap())).unwrap();
        let own = block_on(session.opportunities().list(Query::of::<Opportunity>())).unwrap();
        assert_eq!(own.items.len(), 3);
        let plans = all::<PlanItem>(&crm);
        assert_eq!((plans.len(), plans[0].result.as_deref()), (2, Some("interested")));
        assert!(plans[0].executed_at.is_some() && plans[1].executed_at.is_none());

        let service = |number: &str| one::<ServiceRequest>(&crm, ServiceRequest::number.eq(number));
        let (new, done, open) = (service("1"), service("2"), service("3"));
        assert_eq!((new.status, new.satisfaction, &*new.r#type), (ServiceStatus::Created, None, "inquiry"));
        assert_eq!(
            (done.status, done.satisfaction, &*done.r#type),
            (ServiceStatus::Archived, Some(Rating::Four), "维修")
        );
        assert_eq!((done.assigned_to, done.handled_by), (user(&crm, "wang"), user(&crm, "xiaoming")));
        assert_eq!((done.handling.as_deref(), done.result.as_deref()), (Some("mended"), Some("good")));
        assert_eq!((open.status, open.created_by), (ServiceStatus::Assigned, user(&crm, "xiaoming")));

        let types: Vec<DictionaryEntry> = all::<DictionaryEntry>(&crm);
        let types = types.iter().filter(|entry| entry.r#type == SERVICE_TYPE).map(|entry| &*entry.value);
        assert_eq!(types.collect::<Vec<_>>(), ["inquiry", "suggestion", "complaint", "维修"]);

        let lost = all::<LostCustomer>(&crm);
        assert_eq!(
            lost.iter().map(|lost| lost.status).collect::<Vec<_>>(),
            [LossStatus::Confirmed, LossStatus::Deferred]
        );
        assert_eq!(lost[0].confirmed_at, Some("2007-11-30T16:00:00Z".parse().unwrap()));
        assert!(lost[0].warned_at <= lost[0].confirmed_at.unwrap());
        let measures: Vec<String> = all::<LossMeasure>(&crm).into_iter().map(|measure| measure.measure).collect();
        assert_eq!(measures, ["wrote a letter", "called"]);
    });
}

#[test]
fn run_twice_is_the_same_and_tells_the_same() {
    on_each_store(|crm| {
        let dump = dump();
        let migration = MigrateFromClassic::new(dump.path());
        let (first, told) = run(&crm, &migration, None);
        let before = counts(&crm);
        let (second, again) = run(&crm, &migration, None);
        assert_eq!((counts(&crm), again), (before, told));
        assert_eq!((second.imported(), second.rejected()), (first.imported(), first.rejected()));
        assert!(second.tables.iter().all(|table| table.report.was_done()), "{second:?}");
        assert!(first.tables.iter().all(|table| table.report.resumed_at == 0));
    });
}

#[test]
fn rejected_rows_can_be_repaired_and_brought_in() {
    let crm = open(MemoryStorage::new(schema()));
    let (dump, rejects) = (dump(), tempfile::tempdir().unwrap());
    let folder = rejects.path().join("rejects");
    run(&crm, &MigrateFromClassic::new(dump.path()), Some(&folder));
    let orders = fs::read_to_string(folder.join("orders.csv")).unwrap();
    assert_eq!(orders.lines().count(), 4, "{orders}");
    assert!(orders.starts_with("odr_id,odr_customer,odr_date,odr_addr,odr_status,error\n"));
    // No rows, no file.
    assert!(!folder.join("product.csv").exists());

    let repaired = tempfile::tempdir().unwrap();
    fs::write(repaired.path().join("orders.csv"), orders.replace("Twin", "KH071202002")).unwrap();
    let (report, rejected) = run(&crm, &MigrateFromClassic::new(repaired.path()), None);
    assert_eq!((report.imported(), rejected.len()), (1, 2));
    assert_eq!(one::<Order>(&crm, Order::number.eq("3")).status, OrderStatus::Shipped);
}

#[test]
fn a_dump_that_has_grown_leaves_what_is_there_as_it_is() {
    let crm = open(MemoryStorage::new(schema()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("product.csv");
    fs::write(&file, "prod_id,prod_name\n1,Anvil\n").unwrap();
    run(&crm, &MigrateFromClassic::new(folder.path()), None);
    fs::write(&file, "prod_id,prod_name\n1,Hammer\n2,Rope\n").unwrap();
    let migration = MigrateFromClassic::new(folder.path()).on_duplicate(OnDuplicate::Skip);
    let (report, rejected) = run(&crm, &migration, None);
    assert_eq!((report.imported(), rejected.len()), (1, 0));
    assert_eq!(one::<Product>(&crm, Product::code.eq("1")).name, "Anvil");
}

#[test]
fn without_the_users_people_are_found_by_name() {
    let crm = open(MemoryStorage::new(schema()));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sys_user.csv"), "usr_id,usr_name,usr_role_id\n2,wang,客户经理\n").unwrap();
    run(&crm, &MigrateFromClassic::new(folder.path()), None);
    let rest = tempfile::tempdir().unwrap();
    let text = "cust_no,cust_name,cust_manager_id,cust_manager_name\nK1,Acme,2,wang\n";
    fs::write(rest.path().join("cst_customer.csv"), text).unwrap();
    let (_, rejected) = run(&crm, &MigrateFromClassic::new(rest.path()), None);
    assert_eq!(rejected, []);
    assert_eq!(one::<Customer>(&crm, Customer::number.eq("K1")).manager, user(&crm, "wang"));
}

#[test]
fn what_is_no_dump_is_refused_before_anything_is_written() {
    let crm = open(MemoryStorage::new(schema()));
    let before = counts(&crm);
    let refused = |files: &[(&str, &[u8])], rejects: bool| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("product.csv"), "prod_id,prod_name\n1,Anvil\n").unwrap();
        for (file, text) in files {
            fs::write(folder.path().join(file), text).unwrap();
        }
        let rejects = rejects.then(|| folder.path().join("."));
        let output = MigrationOutput { rejects, ..Default::default() };
        let error = block_on(MigrateFromClassic::new(folder.path()).run(&crm.system(), output)).unwrap_err();
        assert_eq!(fs::read_to_string(folder.path().join("product.csv")).unwrap(), "prod_id,prod_name\n1,Anvil\n");
        (error.code(), error.to_string())
    };
    for (files, code, says) in [
        (
            &[("orders.csv", &b"odr_id,odr_date\n"[..])][..],
            "migration.column",
            "orders.csv: there is no column `odr_customer`",
        ),
        (&[("orders.csv", b"odr_id,odr_id,odr_customer,odr_date\n")], "migration.column", "`odr_id` is there twice"),
        (&[("sys_user.csv", b"usr_name,usr_role_id\nli,1\n")], "migration.column", "`usr_id`"),
        (&[("Product.CSV", b"prod_id,prod_name\n")], "migration.same_table", "`Product.CSV` and `product.csv`"),
        (&[("storage.csv", b"")], "import.empty", "storage.csv: "),
        (&[("storage.csv", b"stk_id\xff\n")], "import.not_utf8", "storage.csv: line 1"),
    ] {
        let (found, sentence) = refused(files, false);
        assert_eq!(found, code, "{sentence}");
        assert!(sentence.contains(says), "{sentence}");
    }
    assert_eq!(refused(&[], true).0, "migration.file");

    let empty = tempfile::tempdir().unwrap();
    for folder in [empty.path().to_owned(), empty.path().join("absent")] {
        let migration = MigrateFromClassic::new(&folder);
        let error = block_on(migration.run(&crm.system(), MigrationOutput::default())).unwrap_err();
        assert!(matches!(error, MigrationError::NoTables { .. } | MigrationError::File { .. }), "{error}");
        assert!(error.to_string().contains(&*folder.to_string_lossy()), "{error}");
    }
    assert_eq!(counts(&crm), before);
}

#[test]
fn who_may_not_import_may_not_migrate() {
    let crm = open(MemoryStorage::new(schema()));
    let session = block_on(async {
        let role = crm.system().roles().named("supervisor").await.unwrap();
        let user = crm.system().users().create(NewUser::new("zhao", role.id)).await.unwrap();
        crm.session(user.id).await.unwrap()
    });
    let dump = dump();
    let error = block_on(MigrateFromClassic::new(dump.path()).run(&session, MigrationOutput::default())).unwrap_err();
    assert!(error.to_string().contains("sys_role.csv: "), "{error}");
    assert_eq!(all::<ImportRun>(&crm).len(), 0);
}
