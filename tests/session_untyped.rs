//! Records without their Rust type: what may be seen, and what people call it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crmkit::prelude::*;
use crmkit::storage::MemoryStorage;
use pollster::block_on;

async fn user(crm: &Crm, login: &str, role: &str) -> Session {
    let role = crm.system().roles().named(role).await.unwrap();
    let user = crm.system().users().create(NewUser::new(login, role.id)).await.unwrap();
    crm.session(user.id).await.unwrap()
}

#[test]
fn names_are_those_of_what_one_may_see() {
    block_on(async {
        let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().await.unwrap();
        let (li, wang) = (user(&crm, "li", "account_manager").await, user(&crm, "wang", "account_manager").await);
        let acme =
            li.customers().create(NewCustomer { number: "K1".into(), ..NewCustomer::new("Acme") }).await.unwrap();
        let sold_by_wang =
            NewOrder { number: "A1".into(), customer: acme.id, manager: wang.actor().id(), ..Default::default() };
        crm.system().orders().create(sold_by_wang.clone()).await.unwrap();
        let sold_by_li = NewOrder { number: "A2".into(), manager: li.actor().id(), ..sold_by_wang };
        crm.system().orders().create(sold_by_li).await.unwrap();

        let orders = li.untyped("order").unwrap();
        let page = orders.list(Query::new("orders").order(Order::number.asc())).await.unwrap();
        let names = orders.names(&page.records).await.unwrap();
        let called = |place: usize, field: &str| {
            let value = page.records[place].field(orders.definition(), field).unwrap();
            names.get(&value.as_id().unwrap()).map(String::as_str)
        };
        assert_eq!((called(0, "customer"), called(1, "customer")), (Some("K1"), Some("K1")));
        // An account manager may not look at users; himself he knows.
        assert_eq!((called(0, "manager"), called(1, "manager")), (None, Some("li")));

        let theirs = wang.untyped("order").unwrap();
        assert!(theirs.list(Query::new("orders")).await.unwrap().records.is_empty());
        assert_eq!(theirs.count(Filter::All).await.unwrap(), 0);
        assert!(matches!(theirs.named("A1").await, Err(Error::NotFound { .. })));
        assert!(matches!(wang.untyped("user").unwrap().named("li").await, Err(Error::Denied { .. })));
        assert!(matches!(wang.untyped("user").unwrap().named("no id").await, Err(Error::Denied { .. })));
        assert_eq!(wang.untyped("ordre").unwrap_err().code(), "query.no_entity");
    });
}

#[test]
fn a_name_that_several_have_names_none() {
    block_on(async {
        let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().await.unwrap();
        let session = crm.system();
        let acme = session.customers().create(NewCustomer::new("Acme")).await.unwrap();
        let ann =
            || NewContact { customer: acme.id, name: "Ann".into(), phone: Some("1".into()), ..Default::default() };
        let first = session.contacts().create(ann()).await.unwrap();
        assert_eq!(session.contacts().named("Ann").await.unwrap().id, first.id);
        session.contacts().create(ann()).await.unwrap();
        let error = session.contacts().named("Ann").await.unwrap_err();
        assert!(error.to_string().contains("several have the name `Ann`; say which by `id`"), "{error}");
        assert_eq!(session.contacts().named(&first.id.to_string()).await.unwrap().id, first.id);
    });
}

#[test]
fn what_is_written_without_a_type_goes_through_the_rules() {
    block_on(async {
        let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().await.unwrap();
        let (li, wang) = (user(&crm, "li", "account_manager").await, user(&crm, "wang", "account_manager").await);
        let customers = li.untyped("customer").unwrap();
        let acme = customers.create([("name".into(), "Acme".into())]).await.unwrap();
        let field = |name: &str| acme.field(customers.definition(), name).unwrap().clone();
        assert_eq!(field("manager"), customers.read("manager", "li").await.unwrap());
        assert!(field("number").as_text().is_some_and(|number| number.starts_with("KH")));

        let refused = |error: Error, expected: &str| assert!(error.to_string().contains(expected), "{error}");
        let number = [("number".into(), "K9".into())];
        refused(customers.edit(acme.id, None, number).await.unwrap_err(), "a customer's number can't be changed");
        let status = [("status".into(), "lost".into())];
        refused(customers.edit(acme.id, None, status).await.unwrap_err(), "kept by the system");
        refused(customers.edit(acme.id, None, [("name".into(), Value::Null)]).await.unwrap_err(), "`name` is required");
        refused(customers.edit(acme.id, None, [("nam".into(), Value::Null)]).await.unwrap_err(), "did you mean `name`");
        refused(customers.read("level", "6").await.unwrap_err(), "6");
        let theirs = wang.untyped("customer").unwrap();
        refused(theirs.delete(acme.id).await.unwrap_err(), "there is no customer");
        assert!(theirs.allowed_actions(&acme).await.unwrap().is_empty());

        assert_eq!(customers.allowed_actions(&acme).await.unwrap(), ["edit", "delete"]);
        let level = [("level".into(), customers.read("level", "5").await.unwrap())];
        let acme = customers.edit(acme.id, Some(acme.version), level).await.unwrap();
        customers.delete(acme.id).await.unwrap();
        let gone = customers.named(&acme.id.to_string()).await.unwrap();
        assert_eq!(gone.field(customers.definition(), "status"), Some(&"deleted".into()));
        assert!(customers.allowed_actions(&gone).await.unwrap().is_empty());
        let level = [("level".into(), Value::Null)];
        refused(customers.edit(acme.id, None, level).await.unwrap_err(), "is `deleted`; `edit` needs `normal`");
    });
}

#[test]
fn a_list_has_the_columns_it_is_asked_for() {
    block_on(async {
        let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().await.unwrap();
        let system = crm.system();
        let region = Some("East".to_owned());
        system.customers().create(NewCustomer { region, ..NewCustomer::new("Acme") }).await.unwrap();
        let query = Query::new("").columns([Customer::region.path(), Customer::name.path()]);
        let page = system.untyped("customer").unwrap().list(query.clone()).await.unwrap();
        assert_eq!(page.records[0].values, ["East".into(), Value::from("Acme")]);

        // A hidden column is not there, whoever asks for it.
        let li = user(&crm, "li", "account_manager").await;
        let role = system.roles().named("account_manager").await.unwrap().id;
        let (entity, field) = ("customer".into(), "region".into());
        let rule = crmkit::access::NewFieldRule { role, entity, field, ..Default::default() };
        system.field_rules().create(rule).await.unwrap();
        let customers = li.untyped("customer").unwrap();
        let refused = customers.list(query).await.unwrap_err();
        assert_eq!(refused.code(), "query");
        assert!(refused.to_string().contains("`customer` has no field `region`"), "{refused}");
        let page = customers.list(Query::new("").columns([Customer::name.path()])).await.unwrap();
        assert!(page.records.is_empty());
    });
}

#[test]
fn what_is_asked_wrongly_is_told_in_the_words_of_whoever_asks() {
    block_on(async {
        let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().await.unwrap();
        let contacts = crm.system().untyped("contact").unwrap();
        let unknown = contacts.list(Query::new("").columns([Path::field("phonee")])).await.unwrap_err();
        assert!(unknown.to_string().contains("`contact` has no field `phonee`; did you mean `phone`?"), "{unknown}");

        let cursor: crmkit::query::Cursor = serde_json::from_str("\"bm90IG91cnM\"").unwrap();
        let elsewhere = crm.system().contacts().list(Query::of::<Contact>().after(Some(cursor.clone()))).await;
        let elsewhere = elsewhere.unwrap_err();
        assert_eq!(elsewhere.code(), "query.cursor");
        assert!(matches!(elsewhere, Error::Query(crmkit::query::QueryError::Cursor)));
        assert_eq!(contacts.list(Query::new("").after(Some(cursor))).await.unwrap_err().code(), "query.cursor");
    });
}

crmkit::entity!(
    #[entity("flt_toll", "通行费", "Toll")]
    #[inputs(NewToll, TollPatch)]
    /// What a road costs.
    pub struct Toll {
        /// How much.
        #[label("金额", "Amount")]
        pub amount: Money,
        /// What was paid back of it.
        #[label("退款", "Refund")]
        pub refund: Option<Money>,
    }
);

impl EntityFacts for Toll {}

impl Rules for Toll {
    fn created(toll: Self, _: &Context) -> Result<Self> {
        // A rule reckons with what was given, and has no way to know that nothing was.
        assert!(toll.amount >= "-1000000000".parse::<Money>().unwrap(), "{}", toll.amount);
        Ok(toll)
    }
}

#[test]
fn no_rule_sees_a_required_number_that_was_not_given() {
    block_on(async {
        let schema = crmkit::schema::Schema::builder().standard().with::<Toll>().build().unwrap();
        let crm = Crm::builder(MemoryStorage::new(schema)).open().await.unwrap();
        let refused = crm.system().of::<Toll>().create(NewToll::default()).await.unwrap_err();
        assert_eq!(refused.to_string(), "the toll can't be stored: `amount` is required");
        let untyped = crm.system().untyped("toll").unwrap().create([]).await.unwrap_err();
        assert_eq!(untyped.code(), "invalid");
        let toll = NewToll { amount: "2.50".parse().unwrap(), ..Default::default() };
        assert_eq!(crm.system().of::<Toll>().create(toll).await.unwrap().amount.to_string(), "2.50");
    });
}
