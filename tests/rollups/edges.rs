//! Single situations: who else writes, what is too large, what is somewhere else by now.

use std::sync::Arc;

use crmkit::change::{Adjust, AdjustKey, Change, ChangeSet};
use crmkit::id::{IdSource, SetId, UuidSource};
use crmkit::organisation::{OrganisationPatch, RollupPhase};
use crmkit::prelude::*;
use crmkit::report::{Days, View, everything};
use crmkit::rollup::{KeptRollup, Rollup};
use crmkit::schema::SchemaError;
use crmkit::session::RollupStatus;
use crmkit::storage::{MemoryStorage, Reader, ReaderExt, Storage};
use crmkit::transfer::{LoadOptions, load_from};
use pollster::block_on;

use super::oracle::{check, same_reports};
use super::schema;
use super::world::{Dice, World};

fn memory() -> Arc<dyn Storage> {
    Arc::new(MemoryStorage::new(schema()))
}

fn kept(schema: &Schema, name: &str) -> Arc<KeptRollup> {
    Arc::clone(schema.rollups().find(|kept| kept.rollup().name() == name).unwrap())
}

fn phase(rollups: &[RollupStatus], name: &str) -> RollupPhase {
    rollups.iter().find(|rollup| rollup.name == name).unwrap().phase
}

fn set(changes: Vec<Change>) -> ChangeSet {
    let now = "2021-01-05T08:00:00Z".parse().unwrap();
    let mut set = ChangeSet::new(SetId(UuidSource::default().next_id(now)), now, "test");
    set.changes = changes;
    set
}

/// A customer with one paid order over an amount.
async fn paid(crm: &Crm, name: &str, amount: i64) -> (Id<Customer>, Id<Order>) {
    let session = crm.system();
    let customer = session.customers().create(NewCustomer::new(name)).await.unwrap().id;
    let code = format!("P{name}");
    let product = NewProduct { code: code.clone(), name: code, ..Default::default() };
    let product = session.products().create(product).await.unwrap().id;
    let (quantity, unit_price) = (Quantity::from_raw(10_000).unwrap(), Money::from_raw(amount).unwrap());
    let line = NewOrderLine { product, quantity, unit_price, ..Default::default() };
    let ordered_at = "2020-05-05T08:00:00Z".parse().unwrap();
    let new = NewOrder { customer, ordered_at, payment: Payment::Paid, ..Default::default() };
    let order = session.orders().place(new, vec![line]).await.unwrap();
    (customer, order.id)
}

/// Puts a wrong number into a row.
async fn spoil(storage: &dyn Storage, kept: &KeptRollup, field: &'static str) {
    let row = storage.collect(Query::new(kept.table().name.clone()).limit(1)).await.unwrap().remove(0);
    let (entity, key, add) = (row.entity, AdjustKey::Id(row.id), vec![(field.into(), 70_000)]);
    let adjust = Adjust { entity, key, if_absent: None, add, require: Vec::new(), slot: None };
    storage.commit(&set(vec![Change::Adjust(adjust)])).await.unwrap();
}

#[test]
fn a_report_reads_the_rollup_and_verify_compares_it() {
    block_on(async {
        let storage = memory();
        let crm = Crm::builder(Arc::clone(&storage)).open().await.unwrap();
        for (name, amount) in [("Acme", 30_000), ("Beta", 20_000), ("Gamma", 50_000)] {
            paid(&crm, name, amount).await;
        }
        let session = crm.system();
        let report = || async { session.report("contribution", [("year", "2020"), ("limit", "2")]).await.unwrap() };
        let right = report().await;
        let shown: Vec<String> = right.table.rows().iter().map(|row| format!("{} {}", row[1], row[4])).collect();
        assert_eq!(shown, ["Gamma 0.500000", "Acme 0.300000"]);
        assert_eq!(right.table.total("amount").unwrap().to_string(), "10.00");

        let by_year = kept(crm.schema(), "orders_by_year");
        spoil(&*storage, &by_year, "amount").await;
        assert_eq!(report().await.table.total("amount").unwrap().to_string(), "17.00");
        let faults = session.verify().await.unwrap();
        assert_eq!(
            faults,
            ["rollup `orders_by_year`, row `2020-01-01`, `created`, `paid`: `3`, `17.00` is stored, \
              the records add up to `3`, `10.00`"]
        );
        let rebuilt = session.rebuild_rollups().await.unwrap();
        assert!(rebuilt.iter().all(|rollup| rollup.phase == RollupPhase::Valid), "{rebuilt:?}");
        assert_eq!(report().await.to_json(), right.to_json());
        check(&crm, &*storage, "rebuilt").await;
    });
}

#[test]
fn a_sum_that_no_row_holds_makes_only_the_rollup_useless() {
    block_on(async {
        let storage = memory();
        let crm = Crm::builder(Arc::clone(&storage)).open().await.unwrap();
        let session = crm.system();
        let (customer, _) = paid(&crm, "Acme", i64::MAX).await;
        assert_eq!(phase(&session.rollups().await.unwrap(), "paid_by_customer"), RollupPhase::Valid);
        let (_, second) = paid(&crm, "Beta", i64::MAX).await;
        let patch = OrderPatch { customer: customer.into(), ..Default::default() };
        session.orders().edit(second, patch).await.unwrap();
        assert_eq!(phase(&session.rollups().await.unwrap(), "paid_by_customer"), RollupPhase::Invalid);
        let rebuilt = session.rebuild_rollups().await.unwrap();
        assert_eq!(phase(&rebuilt, "paid_by_customer"), RollupPhase::Invalid);
        assert_eq!(phase(&rebuilt, "customers_by_level"), RollupPhase::Valid);
        check(&crm, &*storage, "too large").await;
    });
}

#[test]
fn another_zone_makes_those_with_days_useless_until_they_are_rebuilt() {
    block_on(async {
        let storage = memory();
        let (crm, other) = (
            Crm::builder(Arc::clone(&storage)).open().await.unwrap(),
            Crm::builder(Arc::clone(&storage)).open().await.unwrap(),
        );
        paid(&crm, "Acme", 10_000).await;
        let session = crm.system();
        let patch = OrganisationPatch { time_zone: "Asia/Tokyo".to_owned().into(), ..Default::default() };
        session.organisation().edit(crm.organisation().id, patch).await.unwrap();
        let rollups = session.rollups().await.unwrap();
        assert_eq!(phase(&rollups, "orders_by_day"), RollupPhase::Invalid);
        assert_eq!(phase(&rollups, "paid_by_customer"), RollupPhase::Valid);
        // The other program still believes in the former zone.
        paid(&other, "Beta", 10_000).await;
        check(&crm, &*storage, "moved").await;
        session.rebuild_rollups().await.unwrap();
        paid(&other, "Gamma", 10_000).await;
        assert_eq!(check(&crm, &*storage, "rebuilt").await, schema().rollups().len());
        same_reports(&crm, &*storage, "rebuilt").await;
    });
}

#[test]
fn a_schema_can_leave_rollups_out_and_a_load_builds_them() {
    block_on(async {
        let storage = Arc::new(MemoryStorage::new(schema()));
        let crm = Crm::builder(Arc::clone(&storage)).open().await.unwrap();
        paid(&crm, "Acme", 10_000).await;
        let without = Schema::builder().without_rollup("orders_by_day").standard().build().unwrap();
        assert_eq!(without.rollups().len() + 1, schema().rollups().len());
        assert_eq!(Schema::builder().without_rollups().standard().build().unwrap().rollups().len(), 0);
        // The same records under another schema.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export");
        crmkit::transfer::export_to(&storage, &path, Default::default()).await.unwrap();
        let loaded: Arc<dyn Storage> = Arc::new(MemoryStorage::new(schema()));
        load_from(&loaded, &path, LoadOptions::default()).await.unwrap();
        let crm = Crm::builder(Arc::clone(&loaded)).open().await.unwrap();
        assert_eq!(check(&crm, &*loaded, "loaded").await, schema().rollups().len());
        same_reports(&crm, &*loaded, "loaded").await;
    });
}

#[test]
fn what_was_written_past_the_sessions_is_noticed_when_the_store_is_opened() {
    block_on(async {
        let (source, storage) = (memory(), memory());
        let crm = Crm::builder(Arc::clone(&source)).open().await.unwrap();
        paid(&crm, "Acme", 10_000).await;
        let opened = || async { Crm::builder(Arc::clone(&storage)).open().await.unwrap() };
        drop(opened().await);
        let mut changes = Vec::new();
        for entity in [Customer::NAME, Product::NAME, Order::NAME, OrderLine::NAME] {
            changes.extend(source.collect(Query::new(entity)).await.unwrap().into_iter().map(Change::Insert));
        }
        storage.commit(&set(changes)).await.unwrap();

        let crm = opened().await;
        let rollups = crm.system().rollups().await.unwrap();
        assert_eq!(phase(&rollups, "paid_by_customer"), RollupPhase::Invalid);
        assert_eq!(phase(&rollups, "customers_by_level"), RollupPhase::Invalid);
        // What is empty beside nothing is right.
        assert_eq!(phase(&rollups, "services_by_type"), RollupPhase::Valid);
        same_reports(&crm, &*storage, "written past the sessions").await;
        crm.system().rebuild_rollups().await.unwrap();
        drop(crm);
        assert_eq!(check(&opened().await, &*storage, "rebuilt").await, schema().rollups().len());
    });
}

#[test]
fn what_is_loaded_is_added_up() {
    for seed in 1..=3 {
        block_on(async {
            let (mut dice, mut world) = (Dice::new(seed), World::new(memory()).await);
            for _ in 0..60 {
                let _ = world.deed(&mut dice).await;
            }
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("export");
            crmkit::transfer::export_to(&world.storage, &path, Default::default()).await.unwrap();
            assert!(!std::fs::read_dir(&path).unwrap().any(|file| {
                let name = file.unwrap().file_name().into_string().unwrap();
                name.contains("sec_rlp") || name.contains("sec_rollup")
            }));
            let loaded = memory();
            load_from(&loaded, &path, LoadOptions::default()).await.unwrap();
            let crm = Crm::builder(Arc::clone(&loaded)).open().await.unwrap();
            assert_eq!(check(&crm, &*loaded, "loaded").await, schema().rollups().len());
            same_reports(&crm, &*loaded, "loaded").await;
        });
    }
}

#[test]
fn an_actor_sees_in_a_rollup_what_he_sees_in_the_records() {
    block_on(async {
        let storage = memory();
        let mut world = World::new(Arc::clone(&storage)).await;
        let mut dice = Dice::new(77);
        for _ in 0..150 {
            let _ = world.deed(&mut dice).await;
        }
        let (session, mut seen) = (world.crm.system(), 0);
        let role = session.roles().named("account_manager").await.unwrap();
        for customer in &world.customers {
            let patch = CustomerPatch { manager: Some(world.users[0]).into(), ..Default::default() };
            let _ = session.customers().edit(*customer, patch).await;
            seen += 1;
            if seen == 2 {
                break;
            }
        }
        for report in ["contribution", "composition", "sales-trend"] {
            session.roles().tick(role.id, &format!("report.{report}"), Scope::Own).await.unwrap();
        }
        session.rebuild_rollups().await.unwrap();
        let li = world.crm.session(world.users[0]).await.unwrap();
        let reports: &[(&str, &[(&str, &str)])] = &[
            ("contribution", &[("year", "2020"), ("limit", "2")]),
            ("contribution", &[]),
            ("composition", &[("by", "manager")]),
            ("composition", &[("by", "level")]),
            ("sales-trend", &[("period", "month")]),
        ];
        let mut kept = Vec::new();
        for (name, options) in reports {
            kept.push(li.report(name, options.iter().copied()).await.map(|report| report.to_json()));
        }
        assert!(kept.iter().all(Result::is_ok), "{kept:?}");
        // Without the states nothing can be used.
        let states: Vec<Change> = storage
            .collect(Query::new("sec_rollup_state").limit(100))
            .await
            .unwrap()
            .into_iter()
            .map(|state| Change::Delete { entity: state.entity, id: state.id, expected: state.version })
            .collect();
        storage.commit(&set(states)).await.unwrap();
        for ((name, options), kept) in reports.iter().zip(kept) {
            let added_up = li.report(name, options.iter().copied()).await.map(|report| report.to_json());
            assert_eq!(kept.map_err(|error| error.to_string()), added_up.map_err(|error| error.to_string()), "{name}");
        }
    });
}

#[test]
fn what_a_row_refers_to_can_go_when_the_row_counts_nothing() {
    block_on(async {
        let storage = memory();
        let crm = Crm::builder(Arc::clone(&storage)).open().await.unwrap();
        let session = crm.system();
        let role = session.roles().named("account_manager").await.unwrap();
        let li = session.users().create(NewUser::new("li", role.id)).await.unwrap();
        let new = NewCustomer { manager: Some(li.id), ..NewCustomer::new("Acme") };
        let acme = session.customers().create(new).await.unwrap();
        session.users().delete(li.id).await.unwrap_err();
        let patch = CustomerPatch { manager: None.into(), ..Default::default() };
        session.customers().edit(acme.id, patch).await.unwrap();
        let deleted = session.users().delete(li.id).await;
        assert!(deleted.is_ok(), "{deleted:?}");
        check(&crm, &*storage, "gone").await;
    });
}

#[test]
fn many_write_while_it_is_built() {
    let mut stores = vec![memory()];
    #[cfg(feature = "sqlite")]
    stores.push(super::sqlite());
    for storage in stores {
        let world = block_on(async {
            let mut world = World::new(Arc::clone(&storage)).await;
            let (session, mut dice) = (world.crm.system(), Dice::new(5));
            while world.orders.len() < 6 {
                let _ = world.order_deed(&session, &mut dice).await;
            }
            world
        });
        std::thread::scope(|scope| {
            for seed in 1..=4 {
                // Another program on the same store, which knows nothing of what this one knows.
                let mut own = World {
                    crm: block_on(Crm::builder(Arc::clone(&storage)).open()).unwrap(),
                    storage: Arc::clone(&storage),
                    users: world.users.clone(),
                    customers: world.customers.clone(),
                    products: world.products.clone(),
                    orders: world.orders.clone(),
                    lines: Vec::new(),
                    ..World::empty(&world.crm, &storage)
                };
                scope.spawn(move || {
                    let (session, mut dice) = (own.crm.system(), Dice::new(seed));
                    for _ in 0..60 {
                        let _ = block_on(own.order_deed(&session, &mut dice));
                    }
                });
            }
            for _ in 0..2 {
                let crm = world.crm.clone();
                scope.spawn(move || {
                    for _ in 0..4 {
                        block_on(crm.system().rebuild_rollups()).unwrap();
                    }
                });
            }
        });
        block_on(async {
            check(&world.crm, &*storage, "all at once").await;
            world.crm.system().rebuild_rollups().await.unwrap();
            assert_eq!(check(&world.crm, &*storage, "at last").await, schema().rollups().len());
            same_reports(&world.crm, &*storage, "at last").await;
        });
    }
}

#[test]
fn a_page_of_contributions_reads_rows_and_no_orders() {
    block_on(async {
        let storage = memory();
        let crm = Crm::builder(Arc::clone(&storage)).open().await.unwrap();
        for (name, amount) in [("Acme", 30_000), ("Beta", 20_000), ("Gamma", 20_000), ("Delta", 10_000)] {
            paid(&crm, name, amount).await;
        }
        let view = View::new(&storage, &everything, "2021-01-05T08:00:00Z".parse().unwrap());
        let days = Days::year(2020).unwrap();
        let top = |groups| crmkit::query::Top { measure: 0, direction: crmkit::query::Direction::Descending, groups };
        let question = Aggregate::of::<Order>()
            .filter(Order::paid())
            .filter(days.moments(&Order::ordered_at.path(), chrono_tz::UTC))
            .group(Order::customer)
            .measure(Measure::Sum(Order::amount.path()));
        for groups in 0..=5 {
            let question = question.clone().top(top(groups));
            let kept = view.aggregate(question.clone()).await.unwrap();
            // Equal ones are all there.
            assert_eq!(kept.len(), [0, 1, 3, 3, 4, 4][groups]);
            assert_eq!(kept, view.recomputed().aggregate(question).await.unwrap());
        }
        assert!(Reader::schema(&storage).rollups().all(|kept| kept.fact().name != "orders_line"));
    });
}

#[test]
fn a_rollup_that_can_not_be_kept_is_no_schema() {
    let with = |rollup: Rollup| {
        let customer = Customer::definition();
        let schema = Schema::builder().without_rollup("none").standard();
        let other = crmkit::schema::EntityDef::new(
            "srv_other".into(),
            "other".into(),
            customer.label,
            "".into(),
            customer.columns,
            Facts::default().rollup(rollup),
        );
        schema.definition(other).build().map(drop)
    };
    assert_eq!(with(Rollup::new("good").key::<Customer>(&Customer::level)), Ok(()));
    for bad in [
        Rollup::new("text").sum::<Customer>(&Customer::name),
        Rollup::new("period").period::<Customer>(&Customer::level, Period::Day),
        Rollup::new("shards").shards(0),
        Rollup::new("path").filter(Customer::manager.to(User::active).eq(true)),
        Rollup::new("twice").key::<Customer>(&Customer::level).key::<Customer>(&Customer::level),
    ] {
        let name = bad.name().to_owned();
        assert!(matches!(with(bad), Err(SchemaError::BadFact { .. } | SchemaError::BadName(_))), "{name}");
    }
}
