//! What a session lets whom do, on every store.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use crmkit::clock::FixedClock;
use crmkit::id::SeededIds;
use crmkit::prelude::*;
use crmkit::session::TrailOptions;
use crmkit::storage::{MemoryStorage, Storage};

async fn crm(storage: Arc<dyn Storage>) -> Crm {
    let clock = FixedClock::new("2026-03-01T09:00:00Z".parse().unwrap());
    Crm::builder(storage).clock(clock).ids(SeededIds::new(1)).open().await.unwrap()
}

async fn user(crm: &Crm, login: &str, role: &str) -> Session {
    let role = crm.system().roles().named(role).await.unwrap();
    let user = crm.system().users().create(NewUser::new(login, role.id)).await.unwrap();
    crm.session(user.id).await.unwrap()
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

async fn futures_move_between_threads(open: &impl Fn() -> Arc<dyn Storage>) {
    let session = crm(open()).await.system();
    let acme = assert_send(session.customers().create(NewCustomer::new("Acme"))).await.unwrap();
    let patch = CustomerPatch { region: Some("华东".to_owned()).into(), ..Default::default() };
    assert_send(session.customers().edit(acme.id, patch)).await.unwrap();
    assert_send(session.customers().delete(acme.id)).await.unwrap();
}

async fn customers_are_numbered_within_the_day(open: &impl Fn() -> Arc<dyn Storage>) {
    let session = crm(open()).await.system();
    let mut numbers = Vec::new();
    for name in ["a", "b", "c"] {
        numbers.push(session.customers().create(NewCustomer::new(name)).await.unwrap().number);
    }
    assert_eq!(numbers, ["KH260301001", "KH260301002", "KH260301003"]);
    let own = NewCustomer { number: "KH260301004".into(), ..NewCustomer::new("d") };
    session.customers().create(own).await.unwrap();
    // The series only proposes: what was given by hand is left out.
    let next = session.customers().create(NewCustomer::new("e")).await.unwrap();
    assert_eq!(next.number, "KH260301005");
    let error = session.customers().create(NewCustomer { number: next.number, ..NewCustomer::new("f") }).await;
    assert!(matches!(error, Err(Error::Taken { .. })));
}

async fn an_account_manager_sees_and_changes_his_own(open: &impl Fn() -> Arc<dyn Storage>) {
    let crm = crm(open()).await;
    let (li, wang) = (user(&crm, "li", "account_manager").await, user(&crm, "wang", "account_manager").await);
    let acme = li.customers().create(NewCustomer::new("Acme")).await.unwrap();
    assert_eq!(acme.manager, li.actor().id());
    assert_eq!(wang.customers().count(Filter::All).await.unwrap(), 0);
    assert!(matches!(wang.customers().get(acme.id).await, Err(Error::NotFound { .. })));
    let patch = || CustomerPatch { name: "Mine now".to_owned().into(), ..Default::default() };
    assert!(matches!(wang.customers().edit(acme.id, patch()).await, Err(Error::NotFound { .. })));
    assert!(matches!(wang.customers().delete(acme.id).await, Err(Error::NotFound { .. })));
    let contact = NewContact { customer: acme.id, name: "Ann".into(), phone: Some("1".into()), ..Default::default() };
    assert!(matches!(wang.contacts().create(contact.clone()).await, Err(Error::NotFound { .. })));
    let ann = li.contacts().create(contact).await.unwrap();
    assert!(matches!(wang.contacts().get(ann.id).await, Err(Error::NotFound { .. })));
    // He can't give away what he may then not see, nor make what is another's.
    let away = CustomerPatch { manager: wang.actor().id().into(), ..Default::default() };
    assert!(matches!(li.customers().edit(acme.id, away).await, Err(Error::Denied { .. })));
    let theirs = NewCustomer { manager: wang.actor().id(), ..NewCustomer::new("Theirs") };
    assert!(matches!(li.customers().create(theirs).await, Err(Error::Denied { .. })));
}

async fn roles_without_a_right_are_refused_and_told_the_rule(open: &impl Fn() -> Arc<dyn Storage>) {
    let crm = crm(open()).await;
    let boss = user(&crm, "boss", "executive").await;
    let error = boss.customers().create(NewCustomer::new("Acme")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`boss` may not customer.create: the role `executive` does not have the right `customer.create`"
    );
    let admin = user(&crm, "root", "administrator").await;
    assert!(matches!(admin.customers().list(Query::of::<Customer>()).await, Err(Error::Denied { .. })));
    admin.users().list(Query::of::<User>()).await.unwrap();
    let supervisor = user(&crm, "sv", "supervisor").await;
    let acme = crm.system().customers().create(NewCustomer::new("Acme")).await.unwrap();
    supervisor.customers().get(acme.id).await.unwrap();
    assert!(matches!(supervisor.customers().delete(acme.id).await, Err(Error::Denied { .. })));
}

async fn inactive_users_do_nothing_and_nobody_locks_himself_out(open: &impl Fn() -> Arc<dyn Storage>) {
    let crm = crm(open()).await;
    let admin = user(&crm, "root", "administrator").await;
    let me = admin.actor().id().unwrap();
    let off = || UserPatch { active: false.into(), ..Default::default() };
    assert!(matches!(admin.users().edit(me, off()).await, Err(Error::State { .. })));
    assert!(matches!(admin.users().delete(me).await, Err(Error::State { .. })));
    let li = user(&crm, "li", "account_manager").await.actor().id().unwrap();
    admin.users().edit(li, off()).await.unwrap();
    let error = crm.session(li).await.unwrap_err();
    assert!(error.to_string().contains("the user `li` is inactive"), "{error}");
}

async fn logins_that_differ_only_in_form_are_one(open: &impl Fn() -> Arc<dyn Storage>) {
    let crm = crm(open()).await;
    user(&crm, "Li", "executive").await;
    let role = crm.system().roles().named("executive").await.unwrap().id;
    for login in ["LI", "ｌｉ"] {
        let error = crm.system().users().create(NewUser::new(login, role)).await.unwrap_err();
        assert!(matches!(error, Error::Taken { .. }), "{login}: {error}");
    }
    assert_eq!(crm.system().users().named("lI").await.unwrap().name, "Li");
}

async fn an_edit_of_what_has_changed_meanwhile_is_refused_with_the_current_version(
    open: &impl Fn() -> Arc<dyn Storage>,
) {
    let session = crm(open()).await.system();
    let acme = session.customers().create(NewCustomer::new("Acme")).await.unwrap();
    let patch = |name: &str| CustomerPatch { name: name.to_owned().into(), ..Default::default() };
    let second = session.customers().edit_seen(acme.id, acme.version, patch("Acme 2")).await.unwrap();
    let error = session.customers().edit_seen(acme.id, acme.version, patch("Acme 3")).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { found, .. } if found == second.version), "{error}");
    assert_eq!(session.customers().get(acme.id).await.unwrap(), second);
}

async fn an_edit_that_changes_nothing_writes_nothing(open: &impl Fn() -> Arc<dyn Storage>) {
    let session = crm(open()).await.system();
    let acme = session.customers().create(NewCustomer::new("Acme")).await.unwrap();
    let patch = CustomerPatch { name: "Acme 2".to_owned().into(), ..Default::default() };
    let renamed = session.customers().edit(acme.id, patch.clone()).await.unwrap();
    assert_eq!(session.customers().edit_seen(acme.id, renamed.version, patch).await.unwrap(), renamed);
    // It does not stand in the way of taking back the change before it.
    let trail = session.customers().history(acme.id, &TrailOptions::default()).await.unwrap();
    session.undo(trail.entries[0].set).await.unwrap();
    assert_eq!(session.customers().get(acme.id).await.unwrap().name, "Acme");
}

async fn a_deleted_customer_is_kept_and_can_no_longer_be_changed(open: &impl Fn() -> Arc<dyn Storage>) {
    let session = crm(open()).await.system();
    let acme = session.customers().create(NewCustomer::new("Acme")).await.unwrap();
    session.customers().delete(acme.id).await.unwrap();
    assert_eq!(session.customers().get(acme.id).await.unwrap().status, CustomerStatus::Deleted);
    let error = session.customers().edit(acme.id, CustomerPatch::default()).await.unwrap_err();
    assert!(error.to_string().contains("`edit` needs `normal`"), "{error}");
    assert!(matches!(session.customers().delete(acme.id).await, Err(Error::State { .. })));
}

async fn ordered(session: &Session, customer: &Customer, at: &str) -> Order {
    let new = NewOrder {
        customer: customer.id,
        ordered_at: at.parse().unwrap(),
        status: OrderStatus::Shipped,
        payment: Payment::Paid,
        ..Default::default()
    };
    session.orders().create(new).await.unwrap()
}

async fn orders_keep_their_amount_and_the_customers_last_order_date(open: &impl Fn() -> Arc<dyn Storage>) {
    let crm = crm(open()).await;
    let session = crm.system();
    let acme = session.customers().create(NewCustomer::new("Acme")).await.unwrap();
    let tea = NewProduct { code: "T".into(), name: "Tea".into(), ..Default::default() };
    let tea = session.products().create(tea).await.unwrap();
    let (first, second) = (ordered(&session, &acme, "2026-01-05").await, ordered(&session, &acme, "2026-02-01").await);
    let line = |line: i64, quantity: &str| NewOrderLine {
        order: second.id,
        line,
        product: tea.id,
        quantity: quantity.parse().unwrap(),
        unit_price: "2.55".parse().unwrap(),
        discount: Some("0.1".parse().unwrap()),
        ..Default::default()
    };
    let one = session.order_lines().create(line(1, "10")).await.unwrap();
    session.order_lines().create(line(2, "-2")).await.unwrap();
    let amount = async || session.orders().get(second.id).await.unwrap().amount.to_string();
    let last = async || session.customers().get(acme.id).await.unwrap().last_order_on.map(|day| day.to_string());
    assert_eq!((one.amount.to_string(), amount().await), ("22.95".into(), "18.36".into()));
    session.order_lines().delete(one.id).await.unwrap();
    assert_eq!(amount().await, "-4.59");
    assert_eq!(last().await.as_deref(), Some("2026-02-01"));
    let cancel = OrderPatch { status: OrderStatus::Cancelled.into(), ..Default::default() };
    session.orders().edit(second.id, cancel).await.unwrap();
    assert_eq!(last().await.as_deref(), Some("2026-01-05"));
    session.orders().delete(first.id).await.unwrap();
    assert_eq!(last().await, None);
    assert_eq!(session.verify().await.unwrap(), Vec::<String>::new());
    let error = session.order_lines().create(line(3, "922337203685477")).await.unwrap_err();
    assert!(matches!(error, Error::Invalid { .. }), "{error}");
    assert_eq!(amount().await, "-4.59");
}

async fn a_required_field_that_was_forgotten_is_named(open: &impl Fn() -> Arc<dyn Storage>) {
    let session = crm(open()).await.system();
    let error = session.contacts().create(NewContact::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "the contact can't be stored: `customer` is required; `name` is required");
    let nobody = Id::new(RecordId::from_bytes([9; 16]));
    let lost = NewContact { customer: nobody, name: "Ann".into(), phone: Some("1".into()), ..Default::default() };
    let error = session.contacts().create(lost).await.unwrap_err();
    assert!(matches!(&error, Error::NotFound { entity, .. } if entity == "customer"), "{error}");
}

async fn teams_reach_as_far_as_their_scope(open: &impl Fn() -> Arc<dyn Storage>) {
    let crm = crm(open()).await;
    let system = crm.system();
    let team = |name: &str, parent| NewTeam { name: name.into(), parent, ..Default::default() };
    let north = system.teams().create(team("north", None)).await.unwrap();
    let berlin = system.teams().create(team("berlin", Some(north.id))).await.unwrap();
    let south = system.teams().create(team("south", None)).await.unwrap();
    let role = system.roles().create(NewRole::new("lead")).await.unwrap();
    let right = system.of::<Right>().named("customer.read").await.unwrap();
    let grant =
        crmkit::access::NewGrant { role: role.id, right: right.id, scope: Scope::Subtree, ..Default::default() };
    let grant = system.grants().create(grant).await.unwrap();
    let member = async |login: &str, team| {
        let new = NewUser { team: Some(team), ..NewUser::new(login, role.id) };
        let user = system.users().create(new).await.unwrap();
        let customer = NewCustomer { manager: Some(user.id), ..NewCustomer::new(login) };
        system.customers().create(customer).await.unwrap();
        user.id
    };
    let lead = member("lead", north.id).await;
    member("hans", berlin.id).await;
    member("rosa", south.id).await;
    let seen = async || crm.session(lead).await.unwrap().customers().count(Filter::All).await.unwrap();
    assert_eq!(seen().await, 2);
    for (scope, count) in [(Scope::Own, 1), (Scope::Team, 1), (Scope::All, 3)] {
        let patch = crmkit::access::GrantPatch { scope: scope.into(), ..Default::default() };
        system.grants().edit(grant.id, patch).await.unwrap();
        assert_eq!(seen().await, count, "{scope:?}");
    }
}

async fn a_second_opening_finds_what_the_first_set_up(open: &impl Fn() -> Arc<dyn Storage>) {
    let storage = open();
    let first = Crm::builder(storage.clone()).open().await.unwrap();
    let second = Crm::builder(storage.clone()).right("vehicle.inspect").open().await.unwrap();
    assert_eq!(first.organisation(), second.organisation());
    assert_eq!(second.system().roles().count(Filter::All).await.unwrap(), 4);
    let rights = second.system().of::<Right>();
    assert_eq!(rights.count(Right::code.eq("vehicle.inspect")).await.unwrap(), 1);
    let admin = second.system().users().named("admin").await.unwrap();
    assert!(admin.active);
}

async fn a_condition_tells_nothing_of_records_that_can_not_be_seen(open: &impl Fn() -> Arc<dyn Storage>) {
    let crm = crm(open()).await;
    let (li, wang) = (user(&crm, "li", "account_manager").await, user(&crm, "wang", "account_manager").await);
    let theirs = wang.customers().create(NewCustomer::new("Theirs")).await.unwrap();
    let mine = li.customers().create(NewCustomer::new("Mine")).await.unwrap();
    for customer in [&theirs, &mine] {
        let ann =
            NewContact { customer: customer.id, name: "Ann".into(), phone: Some("1".into()), ..Default::default() };
        crm.system().contacts().create(ann).await.unwrap();
    }
    // Along a reference to what he sees he may ask; the answer holds his own only.
    let named = Contact::customer.to(Customer::name);
    assert_eq!(li.contacts().count(named.contains("mine")).await.unwrap(), 1);
    assert_eq!(li.contacts().count(named.contains("theirs")).await.unwrap(), 0);
    let with_contacts = Filter::exists(Contact::customer, Filter::All);
    assert_eq!(li.customers().count(with_contacts).await.unwrap(), 1);
    // He may not see users, so neither a condition nor an order may tell anything of them.
    let by_login = Query::of::<Customer>().order(Customer::manager.to(User::name).asc());
    let error = li.customers().list(by_login).await.unwrap_err();
    assert!(error.to_string().starts_with("`user`: what may be seen behind this reference"), "{error}");
    assert!(li.customers().count(Customer::manager.to(User::email).is_null()).await.is_err());
}

/// Every test above, on one kind of store.
macro_rules! on {
    ($store:ident, $open:expr, $block_on:expr) => {
        on!(@tests $store, $open, $block_on; futures_move_between_threads
            customers_are_numbered_within_the_day
            an_account_manager_sees_and_changes_his_own
            roles_without_a_right_are_refused_and_told_the_rule
            inactive_users_do_nothing_and_nobody_locks_himself_out
            logins_that_differ_only_in_form_are_one
            an_edit_of_what_has_changed_meanwhile_is_refused_with_the_current_version
            an_edit_that_changes_nothing_writes_nothing
            a_deleted_customer_is_kept_and_can_no_longer_be_changed
            orders_keep_their_amount_and_the_customers_last_order_date
            a_required_field_that_was_forgotten_is_named
            teams_reach_as_far_as_their_scope
            a_second_opening_finds_what_the_first_set_up
            a_condition_tells_nothing_of_records_that_can_not_be_seen);
    };
    (@tests $store:ident, $open:expr, $block_on:expr; $($test:ident)*) => {
        mod $store {
            use super::*;

            $(
                #[test]
                fn $test() {
                    $block_on(super::$test(&|| $open));
                }
            )*
        }
    };
}

fn schema() -> Arc<Schema> {
    crmkit::standard_schema().unwrap()
}

on!(memory, Arc::new(MemoryStorage::new(schema())) as Arc<dyn Storage>, pollster::block_on);

#[cfg(feature = "sqlite")]
on!(
    sqlite,
    Arc::new(crmkit::storage::SqliteStorage::in_memory(schema()).unwrap()) as Arc<dyn Storage>,
    pollster::block_on
);

#[cfg(all(feature = "postgres", feature = "testing"))]
on!(postgres, server::open(), server::block_on);

#[cfg(all(feature = "postgres", feature = "testing"))]
mod server {
    use super::*;
    use crmkit::storage::{PostgresOptions, PostgresStorage};
    use crmkit::testing::ThrowawayPostgres;

    /// Storages are opened from inside a test, which runs on a runtime already: another thread waits for the opening.
    pub(super) fn open() -> Arc<dyn Storage> {
        let opening = std::thread::spawn(|| {
            let server = ThrowawayPostgres::start().unwrap();
            let tenant = server.fresh_schema();
            let connect = PostgresStorage::connect(server.url(), &tenant, schema(), PostgresOptions::default());
            runtime().block_on(connect).unwrap()
        });
        Arc::new(opening.join().unwrap())
    }

    fn runtime() -> &'static tokio::runtime::Runtime {
        static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
        RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap())
    }

    pub(super) fn block_on(test: impl Future<Output = ()>) {
        runtime().block_on(test);
    }
}
