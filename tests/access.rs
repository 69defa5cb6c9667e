//! Who may do what: the tree of rights, leaders of teams, fields that are kept from a role, and revocation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cast;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crmkit::access::{
    AccessRevision, FieldAccess, FieldRule, Folder, GrantPatch, NewFieldRule, NewGrant, NewTeam, ROLES, Right,
    RightPatch, RightTree, RolePatch, Scope, TeamPatch, Tick,
};
use crmkit::marketing::{NewOpportunity, OpportunityPatch};
use crmkit::prelude::*;
use crmkit::query::{Direction, Measure, OrderBy, QueryError};
use crmkit::report::{Definition, FieldColumn, KeyColumn, MeasureColumn, ReportError};
use crmkit::schema::{ColumnDef, ColumnType, EntityDef, Label, PathError};
use crmkit::service::NewServiceRequest;
use crmkit::storage::MemoryStorage;
use futures_util::future::join_all;
use pollster::block_on;

use cast::{all, casts, id, user};

async fn grants(session: &Session, role: Id<Role>) -> BTreeMap<String, Scope> {
    let rights: BTreeMap<Id<Right>, String> =
        all::<Right>(session).await.into_iter().map(|right| (right.id, right.code)).collect();
    let grants = all::<Grant>(session).await.into_iter().filter(|grant| grant.role == role);
    let held: Vec<(String, Scope)> = grants.map(|grant| (rights[&grant.right].clone(), grant.scope)).collect();
    let count = held.len();
    let held: BTreeMap<String, Scope> = held.into_iter().collect();
    assert_eq!(held.len(), count, "a role has a right twice");
    held
}

async fn keep(session: &Session, role: &str, field: &str, access: FieldAccess) -> FieldRule {
    let (role, (entity, field)) = (session.roles().named(role).await.unwrap().id, field.split_once('.').unwrap());
    let (entity, field) = (entity.into(), field.into());
    session.field_rules().create(NewFieldRule { role, entity, field, access, ..Default::default() }).await.unwrap()
}

/// Refused in the words for a field that does not exist.
fn is_unknown_field(error: &Error, name: &str) -> bool {
    matches!(error, Error::Query(QueryError::Path(PathError::NoField { field, nearest, .. }))
        if field == name && nearest.as_deref() != Some(name))
}

#[test]
fn ticking_a_folder_gives_its_operations_with_a_scope_and_each_once() {
    block_on(async {
        for cast in casts().await {
            let roles = cast.administrator.roles();
            let clerk = roles.create(NewRole::new("clerk")).await.unwrap().id;
            // Many at once: each right is there once, and nobody is refused.
            let ticks = (0..8).map(|_| roles.tick(clerk, "service", Scope::Team));
            join_all(ticks).await.into_iter().for_each(|ticked| ticked.unwrap());
            let service = grants(&cast.system, clerk).await;
            assert!(service.keys().all(|code| code.starts_with("service_r")), "{service:?}");
            assert_eq!(service.len(), 11, "{service:?}");
            assert!(service.values().all(|scope| *scope == Scope::Team));
            roles.tick(clerk, "service_request.read", Scope::All).await.unwrap();
            assert_eq!(grants(&cast.system, clerk).await["service_request.read"], Scope::All);
            roles.untick(clerk, "service_round.read").await.unwrap();
            let (tree, ticks) = (roles.right_tree().await.unwrap(), roles.ticks(clerk).await.unwrap());
            assert_eq!((tree.state(&ticks, "service"), tree.state(&ticks, "customers")), (Tick::Partly, Tick::Off));
            assert_eq!(
                tree.children(RightTree::ROOT).count(),
                6,
                "{:?}",
                tree.children(RightTree::ROOT).collect::<Vec<_>>()
            );
            roles.untick(clerk, RightTree::ROOT).await.unwrap();
            assert!(grants(&cast.system, clerk).await.is_empty());
            assert!(matches!(roles.tick(clerk, "nonsense", Scope::All).await, Err(Error::NotFound { .. })));
            let denied = cast.supervisor.roles().tick(clerk, "service", Scope::All).await;
            assert!(matches!(denied, Err(Error::Denied { .. })));
        }
    });
}

#[test]
fn a_default_role_is_restored_exactly_also_after_it_was_deleted() {
    block_on(async {
        for cast in casts().await {
            let roles = cast.administrator.roles();
            for default in ROLES {
                let role = roles.named(default.code).await.unwrap().id;
                let before = grants(&cast.system, role).await;
                assert!(!before.is_empty());
                // The acting administrator must keep the rights it takes to come back.
                if default.code == "administrator" {
                    roles.untick(role, "base_data").await.unwrap();
                } else {
                    roles.untick(role, RightTree::ROOT).await.unwrap();
                }
                roles.tick(role, "marketing", Scope::Own).await.unwrap();
                assert_ne!(grants(&cast.system, role).await, before);
                roles.restore_default(default.code).await.unwrap();
                assert_eq!(grants(&cast.system, role).await, before, "{}", default.code);
            }
            let executive = roles.named("executive").await.unwrap().id;
            let before = grants(&cast.system, executive).await;
            let boss = cast.system.users().named("boss").await.unwrap().id;
            let patch = UserPatch { role: roles.named("supervisor").await.unwrap().id.into(), ..Default::default() };
            cast.system.users().edit(boss, patch).await.unwrap();
            roles.untick(executive, RightTree::ROOT).await.unwrap();
            roles.delete(executive).await.unwrap();
            let made = roles.restore_default("executive").await.unwrap();
            assert_eq!(grants(&cast.system, made.id).await, before);
            assert!(matches!(roles.restore_default("clerk").await, Err(Error::NotFound { .. })));
            assert!(matches!(cast.li.roles().restore_default("executive").await, Err(Error::Denied { .. })));
        }
    });
}

#[test]
fn a_host_adds_folders_and_rights_beside_ours() {
    block_on(async {
        let fleet = Folder::new("fleet", Label::new("车队", "Fleet"), &["vehicle"]);
        let checks = Folder::new("checks", Label::new("检查", "Checks"), &["check"]).within("fleet");
        let builder = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).folder(fleet).folder(checks);
        let crm = builder.right("vehicle.inspect").right("check.brakes").open().await.unwrap();
        let tree = crm.system().roles().right_tree().await.unwrap();
        assert_eq!(tree.children("fleet").collect::<Vec<_>>(), ["checks", "vehicle.inspect"]);
        let role = crm.system().roles().create(NewRole::new("driver")).await.unwrap();
        crm.system().roles().tick(role.id, "fleet", Scope::Own).await.unwrap();
        let driver = user(&crm, "driver", "driver").await;
        assert_eq!(driver.require("check.brakes").await.unwrap(), Scope::Own);
        assert!(driver.require("customer.read").await.is_err());
    });
}

#[test]
fn a_leader_reaches_the_teams_he_leads_and_a_moved_team_moves_with_its_people() {
    block_on(async {
        for cast in casts().await {
            let (system, users) = (&cast.system, cast.system.users());
            let team = async |name: &str, parent: Option<Id<Team>>| {
                let new = NewTeam { name: name.into(), parent, ..Default::default() };
                system.teams().create(new).await.unwrap().id
            };
            let (north, south) = (team("north", None).await, team("south", None).await);
            let city = team("city", Some(north)).await;
            for (session, team) in [(&cast.li, city), (&cast.wang, south)] {
                users.edit(id(session), UserPatch { team: Some(team).into(), ..Default::default() }).await.unwrap();
                session.customers().create(NewCustomer::new("Theirs")).await.unwrap();
            }
            let role = system.roles().create(NewRole::new("leader")).await.unwrap().id;
            system.roles().tick(role, "customer.read", Scope::Team).await.unwrap();
            let leader = user(&cast.crm, "leader", "leader").await;
            let seen = async || leader.customers().count(Filter::All).await.unwrap();
            assert_eq!(seen().await, 0);
            // He belongs to no team, and leads one.
            let lead = async |team, leader: Option<Id<User>>| {
                let patch = TeamPatch { leader: leader.into(), ..Default::default() };
                system.teams().edit(team, patch).await.unwrap();
            };
            lead(city, Some(id(&leader))).await;
            assert_eq!(seen().await, 1);
            lead(city, None).await;
            lead(north, Some(id(&leader))).await;
            assert_eq!(seen().await, 0);
            system.roles().tick(role, "customer.read", Scope::Subtree).await.unwrap();
            assert_eq!(seen().await, 1);
            // The team of the other manager is moved below his.
            let below = async |team, parent: Id<Team>| {
                system.teams().edit(team, TeamPatch { parent: Some(parent).into(), ..Default::default() }).await
            };
            below(south, city).await.unwrap();
            assert_eq!(seen().await, 2);
            let error = below(north, south).await.unwrap_err();
            assert!(error.to_string().contains("would stand below itself"), "{error}");
            assert!(below(north, north).await.is_err());
        }
    });
}

#[test]
fn of_two_moves_at_once_that_would_make_a_loop_one_is_refused() {
    // Each on a thread of its own, over one store.
    for cast in block_on(casts()) {
        let teams = cast.system.teams();
        for round in 0..20 {
            let make = |name: String| block_on(teams.create(NewTeam { name, ..Default::default() })).unwrap().id;
            let (left, right) = (make(format!("left {round}")), make(format!("right {round}")));
            let (below, above) = (make(format!("below {round}")), make(format!("above {round}")));
            let put = |team, parent| {
                block_on(teams.edit(team, TeamPatch { parent: Some(parent).into(), ..Default::default() }))
            };
            // left → below → … and right → above: the loop would go over four teams.
            put(below, left).unwrap();
            put(above, right).unwrap();
            let moved = std::thread::scope(|scope| {
                let moves = [scope.spawn(|| put(left, above)), scope.spawn(|| put(right, below))];
                moves.map(|moved| moved.join().unwrap())
            });
            assert_eq!(moved.iter().filter(|moved| moved.is_ok()).count(), 1, "{}: {moved:?}", cast.store);
        }
    }
}

#[test]
fn a_hidden_field_is_as_if_there_were_none() {
    block_on(async {
        for cast in casts().await {
            let new = NewCustomer { phone: Some("555-1234".into()), ..NewCustomer::new("Acme") };
            let acme = cast.li.customers().create(new).await.unwrap();
            assert_eq!(acme.phone.as_deref(), Some("555-1234"));
            let ann =
                NewContact { customer: acme.id, name: "Ann".into(), phone: Some("1".into()), ..Default::default() };
            cast.li.contacts().create(ann).await.unwrap();
            assert_eq!(cast.li.customers().search("555", Query::of::<Customer>()).await.unwrap().items.len(), 1);
            keep(&cast.system, "account_manager", "customer.phone", FieldAccess::Hidden).await;
            let li = cast.li.customers();

            // Read.
            assert_eq!(li.get(acme.id).await.unwrap().phone, None);
            assert_eq!(li.named("Acme").await.unwrap().phone, None);
            assert_eq!(li.list(Query::of::<Customer>()).await.unwrap().items[0].phone, None);
            let untyped = cast.li.untyped("customer").unwrap();
            let page = untyped.list(Query::new("")).await.unwrap();
            assert_eq!(page.records[0].field(untyped.definition(), "phone"), Some(&Value::Null));
            // Filtered, sorted, searched, and through a path.
            let asked = [
                li.count(Customer::phone.eq("555-1234")).await.err(),
                li.count(Customer::phone.is_null().not()).await.err(),
                li.count(Customer::phone.contains("555")).await.err(),
                li.list(Query::of::<Customer>().order(Customer::phone.asc())).await.err(),
                cast.li.contacts().count(Contact::customer.to(Customer::phone).contains("5")).await.err(),
                cast.li
                    .contacts()
                    .list(Query::of::<Contact>().order(Contact::customer.to(Customer::phone).asc()))
                    .await
                    .err(),
                cast.li
                    .customers()
                    .count(Filter::exists(Contact::customer, Contact::customer.to(Customer::phone).contains("5")))
                    .await
                    .err(),
            ];
            for error in asked {
                let error = error.unwrap();
                assert!(is_unknown_field(&error, "phone"), "{error}");
            }
            let mistyped = li.count(Filter::IsNull { path: Path::field("phon") }).await.unwrap_err();
            assert!(!mistyped.to_string().contains("`phone`"), "{mistyped}");
            assert!(li.search("555", Query::of::<Customer>()).await.unwrap().items.is_empty());
            assert_eq!(li.search("acme", Query::of::<Customer>()).await.unwrap().items.len(), 1);

            // Set: refused, also with the value that is stored; what is not named stays.
            for phone in [Some("1".to_owned()), Some("555-1234".to_owned()), None] {
                let patch = CustomerPatch { phone: Edit::Set(phone), ..Default::default() };
                let error = li.edit(acme.id, patch).await.unwrap_err();
                assert!(is_unknown_field(&error, "phone"), "{error}");
            }
            let patch = CustomerPatch { fax: Edit::Set(Some("7".into())), ..Default::default() };
            let edited = li.edit(acme.id, patch).await.unwrap();
            assert_eq!((edited.phone, edited.fax.as_deref()), (None, Some("7")));
            assert_eq!(cast.system.customers().get(acme.id).await.unwrap().phone.as_deref(), Some("555-1234"));
            let new = NewCustomer { phone: Some("2".into()), ..NewCustomer::new("Globex") };
            assert!(is_unknown_field(&li.create(new).await.unwrap_err(), "phone"));
            li.create(NewCustomer::new("Globex")).await.unwrap();

            // Others see it, and the session that was open when the rule went away sees it again.
            assert_eq!(cast.supervisor.customers().get(acme.id).await.unwrap().phone.as_deref(), Some("555-1234"));
            let rule = all::<FieldRule>(&cast.system).await.remove(0);
            cast.system.field_rules().delete(rule.id).await.unwrap();
            assert_eq!(li.get(acme.id).await.unwrap().phone.as_deref(), Some("555-1234"));
        }
    });
}

#[test]
fn what_is_hidden_decides_all_the_same() {
    block_on(async {
        for cast in casts().await {
            let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            cast.wang.customers().create(NewCustomer::new("Theirs")).await.unwrap();
            let request = NewServiceRequest::new("inquiry", "Tea", acme.id, "Hot, please");
            let request = cast.li.services().create(request).await.unwrap();
            for field in ["customer.manager", "service_request.created_by", "service_request.customer"] {
                keep(&cast.system, "account_manager", field, FieldAccess::Hidden).await;
            }
            // The scope follows from the stored owner.
            let seen = cast.li.customers().list(Query::of::<Customer>()).await.unwrap().items;
            assert_eq!(
                seen.iter().map(|customer| (&*customer.name, customer.manager)).collect::<Vec<_>>(),
                [("Acme", None)]
            );
            let shown = cast.li.services().get(request.id).await.unwrap();
            assert_eq!((shown.created_by, shown.customer), (None, Id::NIL));
            assert_eq!(cast.li.services().allowed_actions(&shown).await.unwrap(), ["delete"]);
            // What another may not see is not judged for him, whatever he says it holds.
            assert!(cast.wang.services().allowed_actions(&shown).await.unwrap().is_empty());
            cast.supervisor.services().assign(request.id, id(&cast.li)).await.unwrap();
            let handled = cast.li.services().handle(request.id, "Boiled").await.unwrap();
            assert_eq!(handled.customer, Id::NIL);
            assert_eq!(cast.system.services().get(request.id).await.unwrap().customer, acme.id);
            let names = cast.li.untyped("service_request").unwrap();
            let page = names.list(Query::new("")).await.unwrap();
            assert!(!names.names(&page.records).await.unwrap().contains_key(&acme.id.raw()));
        }
    });
}

#[test]
fn a_frozen_field_is_read_and_not_set() {
    block_on(async {
        for cast in casts().await {
            let new = NewCustomer { region: Some("North".into()), ..NewCustomer::new("Acme") };
            let acme = cast.li.customers().create(new.clone()).await.unwrap();
            keep(&cast.system, "account_manager", "customer.region", FieldAccess::Frozen).await;
            let li = cast.li.customers();
            assert_eq!(li.count(Customer::region.eq("North")).await.unwrap(), 1);
            let region = |region: &str| CustomerPatch { region: Edit::Set(Some(region.into())), ..Default::default() };
            let error = li.edit(acme.id, region("South")).await.unwrap_err();
            assert!(
                error.to_string().contains("may see the field `region` of this customer, but not set it"),
                "{error}"
            );
            assert!(matches!(li.create(new).await, Err(Error::Denied { .. })));
            // A form that sends everything back as it was changes nothing.
            assert_eq!(li.edit(acme.id, region("North")).await.unwrap().region.as_deref(), Some("North"));
            cast.system.customers().edit(acme.id, region("South")).await.unwrap();
        }
    });
}

#[test]
fn reports_and_errors_show_no_hidden_field() {
    block_on(async {
        for cast in casts().await {
            let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let order = NewOrder { number: "O1".into(), customer: acme.id, ..Default::default() };
            cast.li.orders().create(order.clone()).await.unwrap();
            keep(&cast.system, "supervisor", "customer.name", FieldAccess::Hidden).await;
            keep(&cast.system, "supervisor", "order.number", FieldAccess::Hidden).await;
            keep(&cast.system, "supervisor", "order.address", FieldAccess::Hidden).await;
            let boss = &cast.supervisor;
            // A label is not there, a condition is refused.
            let report = boss.report("contribution", [("status", "all")]).await.unwrap();
            let place = |name: &str| report.table.columns().iter().position(|column| column.name == name).unwrap();
            assert_eq!(report.table.rows()[0][place("customer_number")].to_string(), acme.number);
            assert_eq!(report.table.rows()[0][place("customer_name")], Value::Null);
            let asked = boss.report("contribution", [("status", "all"), ("customer", "Ac")]).await;
            let Err(ReportError::Failed(error)) = asked else { panic!("{asked:?}") };
            assert!(is_unknown_field(&error, "name"), "{error}");
            // Reports of one's own making.
            cast.system.roles().tick(boss_role(&cast.system).await, "report.custom", Scope::All).await.unwrap();
            let count = || vec![MeasureColumn::new("count", Measure::Count)];
            let name = || KeyColumn::new(Order::customer.to(Customer::name));
            let definitions = [
                Definition::groups::<Order>("keys", vec![name()], count()),
                Definition::list::<Customer>("list", vec![FieldColumn::new(Customer::name)]),
                Definition::list::<Customer>("list", vec![FieldColumn::new(Customer::number)])
                    .filter(Customer::name.contains("a")),
                Definition::groups::<Customer>(
                    "measure",
                    vec![],
                    vec![MeasureColumn::new("names", Measure::Distinct(Customer::name.path()))],
                ),
            ];
            for definition in definitions {
                let asked = boss.report_custom(&definition).await;
                let Err(ReportError::Failed(error)) = asked else { panic!("{asked:?}") };
                assert!(is_unknown_field(&error, "name"), "{error}");
            }
            let labels = Definition::groups::<Order>("labels", vec![KeyColumn::new(Order::customer)], count());
            let report = boss.report_custom(&labels).await.unwrap();
            // What people call a customer is then the number.
            assert_eq!(report.table.rows()[0][0].to_string(), acme.number);
            // A key that is taken is not told by the name of a hidden field.
            let error = cast.li.orders().create(order).await.unwrap_err();
            assert!(error.to_string().contains("number"), "{error}");
            let masked = cast.system.orders().list(Query::of::<Order>()).await.unwrap().items.remove(0);
            assert!(boss.orders().named(&masked.number).await.is_err());
            assert_eq!(boss.orders().get(masked.id).await.unwrap().number, "");
        }
    });
}

async fn boss_role(system: &Session) -> Id<Role> {
    system.roles().named("supervisor").await.unwrap().id
}

#[test]
fn a_rule_names_a_field_that_there_is_and_that_can_be_blank() {
    block_on(async {
        let cast = casts().await.remove(0);
        let role = boss_role(&cast.system).await;
        let rules = cast.administrator.field_rules();
        let rule = |entity: &str, field: &str, access| {
            let (entity, field) = (entity.into(), field.into());
            rules.create(NewFieldRule { role, entity, field, access, ..Default::default() })
        };
        let hidden = FieldAccess::Hidden;
        let error = rule("custmer", "name", hidden).await.unwrap_err().to_string();
        assert!(error.contains("there is no entity `custmer`; did you mean `customer`?"), "{error}");
        let error = rule("customer", "phonee", hidden).await.unwrap_err().to_string();
        assert!(error.contains("`customer` has no field `phonee`; did you mean `phone`?"), "{error}");
        let error = rule("customer", "status", hidden).await.unwrap_err().to_string();
        assert!(error.contains("so it can't be hidden; freeze it"), "{error}");
        rule("customer", "status", FieldAccess::Frozen).await.unwrap();
        assert!(matches!(rule("customer", "status", FieldAccess::Frozen).await, Err(Error::Taken { .. })));
        let denied = cast.supervisor.field_rules().list(Query::of::<FieldRule>()).await;
        assert!(matches!(denied, Err(Error::Denied { .. })));
    });
}

#[test]
fn a_reference_leads_only_to_what_one_may_see() {
    block_on(async {
        for cast in casts().await {
            let theirs = cast.wang.customers().create(NewCustomer::new("Theirs")).await.unwrap();
            let new = |customer| NewOpportunity {
                customer_name: "Acme".into(),
                title: "Tea".into(),
                success_rate: Some(60),
                description: Some("A lot of it".into()),
                customer,
                ..Default::default()
            };
            let li = cast.li.opportunities();
            // In the same words as for a customer that does not exist.
            let unseen = li.create(new(Some(theirs.id))).await.unwrap_err();
            assert!(matches!(&unseen, Error::NotFound { entity, .. } if entity == "customer"), "{unseen}");
            let nobody: Id<Customer> = Id::new(crmkit::id::RecordId::from_bytes([9; 16]));
            let missing = li.create(new(Some(nobody))).await.unwrap_err().to_string();
            let unseen = unseen.to_string();
            assert_eq!(unseen.replace(&theirs.id.to_string(), ""), missing.replace(&nobody.to_string(), ""));
            let made = li.create(new(None)).await.unwrap();
            let patch = OpportunityPatch { customer: Edit::Set(Some(theirs.id)), ..Default::default() };
            assert!(matches!(li.edit(made.id, patch).await, Err(Error::NotFound { .. })));
        }
    });
}

#[test]
fn what_is_taken_away_is_gone_from_open_sessions_at_once() {
    block_on(async {
        for cast in casts().await {
            let (system, li) = (&cast.system, &cast.li);
            let clone = li.clone();
            li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let role = system.roles().named("account_manager").await.unwrap();
            let may = async || clone.customers().count(Filter::All).await;
            system.roles().untick(role.id, "customer.read").await.unwrap();
            assert!(matches!(may().await, Err(Error::Denied { .. })));
            system.roles().tick(role.id, "customer.read", Scope::Own).await.unwrap();
            assert_eq!(may().await.unwrap(), 1);
            let grant = all::<Grant>(system).await.into_iter().find(|grant| grant.role == role.id).unwrap();
            system
                .grants()
                .edit(grant.id, GrantPatch { scope: Scope::All.into(), ..Default::default() })
                .await
                .unwrap();
            system.roles().edit(role.id, RolePatch { active: false.into(), ..Default::default() }).await.unwrap();
            assert!(may().await.unwrap_err().to_string().contains("the role `account_manager` is inactive"));
            system.roles().edit(role.id, RolePatch { active: true.into(), ..Default::default() }).await.unwrap();
            let active = |active: bool| UserPatch { active: active.into(), ..Default::default() };
            system.users().edit(id(li), active(false)).await.unwrap();
            assert!(may().await.unwrap_err().to_string().contains("the user `li` is inactive"));
            system.users().edit(id(li), active(true)).await.unwrap();
            assert_eq!(may().await.unwrap(), 1);
            let idle = user(&cast.crm, "idle", "account_manager").await;
            system.users().delete(id(&idle)).await.unwrap();
            let error = idle.customers().count(Filter::All).await.unwrap_err();
            assert!(error.to_string().contains("the user no longer exists"), "{error}");
        }
    });
}

#[test]
fn another_programs_revocation_is_noticed_within_the_staleness() {
    block_on(async {
        for cast in casts().await {
            let open = async |staleness| {
                let other = Crm::builder(cast.storage.clone()).access_staleness(staleness).open().await.unwrap();
                other.session(id(&cast.li)).await.unwrap()
            };
            let (watchful, lazy) = (open(Duration::ZERO).await, open(Duration::from_secs(3_600)).await);
            let soon = open(Duration::from_millis(300)).await;
            let may = async |session: &Session| session.customers().count(Filter::All).await.is_ok();
            assert!(may(&watchful).await && may(&lazy).await && may(&soon).await);
            let patch = UserPatch { active: false.into(), ..Default::default() };
            cast.system.users().edit(id(&cast.li), patch).await.unwrap();
            assert!(!may(&watchful).await);
            std::thread::sleep(Duration::from_millis(310));
            assert!(!may(&soon).await);
            // This one shows that the other two did look.
            assert!(may(&lazy).await);
        }
    });
}

#[test]
fn whatever_changes_a_right_another_program_notices_it() {
    block_on(async {
        for cast in casts().await {
            let other = Crm::builder(cast.storage.clone()).access_staleness(Duration::ZERO).open().await.unwrap();
            let li = other.session(id(&cast.li)).await.unwrap();
            let counts = async |filter: Filter| li.customers().count(filter).await.is_ok();
            let (system, everything) = (&cast.system, || Filter::All);
            let role = system.roles().named("account_manager").await.unwrap().id;
            let right = system.of::<Right>().named("customer.read").await.unwrap().id;
            let known = Query::of::<Grant>().filter(Grant::role.eq(role).and(Grant::right.eq(right)));
            let grant = system.grants().list(known).await.unwrap().items.remove(0);
            assert!(counts(everything()).await);
            system.grants().delete(grant.id).await.unwrap();
            assert!(!counts(everything()).await, "{}: a grant that was taken away", cast.store);
            let again = NewGrant { role, right, scope: Scope::Own, ..Default::default() };
            system.grants().create(again.clone()).await.unwrap();
            assert!(counts(everything()).await, "{}: a grant that was given", cast.store);
            let twice = system.grants().create(again).await;
            assert!(matches!(twice, Err(Error::Taken { .. })), "a role has a right once: {twice:?}");

            assert!(counts(Customer::fax.is_null()).await);
            keep(system, "account_manager", "customer.fax", FieldAccess::Hidden).await;
            assert!(!counts(Customer::fax.is_null()).await, "{}: a field that was hidden", cast.store);
            let active = |active: bool| RolePatch { active: active.into(), ..Default::default() };
            system.roles().edit(role, active(false)).await.unwrap();
            assert!(!counts(everything()).await, "{}: a role that is off", cast.store);
            system.roles().edit(role, active(true)).await.unwrap();
            assert!(counts(everything()).await, "{}: a role that is on again", cast.store);
            let renamed = RightPatch { code: "customer.peruse".to_owned().into(), ..Default::default() };
            system.of::<Right>().edit(right, renamed).await.unwrap();
            assert!(!counts(everything()).await, "{}: a right of another name", cast.store);
        }
    });
}

#[test]
fn others_see_the_name_somebody_is_shown_by_or_else_his_login() {
    block_on(async {
        for cast in casts().await {
            let li = cast.system.users().get(id(&cast.li)).await.unwrap();
            assert_eq!(li.shown(), "li");
            let named = UserPatch { display_name: Some("李 Li Na".to_owned()).into(), ..Default::default() };
            assert_eq!(cast.system.users().edit(li.id, named).await.unwrap().shown(), "李 Li Na");
        }
    });
}

#[test]
fn a_role_takes_its_grants_with_it_and_a_new_one_costs_nobody_a_look() {
    block_on(async {
        for cast in casts().await {
            let revisions = cast.system.of::<AccessRevision>();
            let revision = async || revisions.get(Id::new(AccessRevision::ID)).await.unwrap().version;
            let right = cast.system.of::<Right>().named("customer.read").await.unwrap().id;
            // There is none before the first change.
            let spare = cast.system.roles().create(NewRole::new("spare")).await.unwrap().id;
            let first = NewGrant { role: spare, right, scope: Scope::Own, ..Default::default() };
            cast.system.grants().create(first).await.unwrap();
            let before = revision().await;
            let role = cast.system.roles().create(NewRole::new("clerk")).await.unwrap().id;
            user(&cast.crm, "novice", "executive").await;
            assert_eq!(revision().await, before, "nobody has it yet, and nobody knows him");
            let grant = NewGrant { role, right, scope: Scope::All, ..Default::default() };
            let grant = cast.system.grants().create(grant).await.unwrap();
            let granted = revision().await;
            assert!(granted > before);
            cast.system.roles().delete(role).await.unwrap();
            assert!(matches!(cast.system.grants().get(grant.id).await, Err(Error::NotFound { .. })), "{}", cast.store);
            assert!(revision().await > granted);

            let east = || NewTeam { name: "East".into(), ..Default::default() };
            cast.system.teams().create(east()).await.unwrap();
            let twice = cast.system.teams().create(east()).await;
            assert!(matches!(twice, Err(Error::Taken { .. })), "a team's name is its own: {twice:?}");
        }
    });
}

/// Every way to ask for a field of an entity, and what came of it.
async fn asked(session: &Session, def: &EntityDef, field: &str) -> Vec<Option<Error>> {
    let path = Path::field(field.to_owned());
    let untyped = session.untyped(&def.code).unwrap();
    let of = |definition: Definition| Definition { entity: def.name.clone(), ..definition };
    let measure = |measure| vec![MeasureColumn::new("measured here", measure)];
    let (count, distinct) = (measure(Measure::Count), measure(Measure::Distinct(path.clone())));
    let list = of(Definition::list::<Customer>("list", vec![FieldColumn::new(path.clone())]));
    let groups = of(Definition::groups::<Customer>("groups", vec![KeyColumn::new(path.clone())], count));
    let measured = of(Definition::groups::<Customer>("measured", vec![], distinct));
    let order = OrderBy { path: path.clone(), direction: Direction::Ascending };
    let mut asked = vec![
        untyped.count(Filter::IsNull { path: path.clone() }).await.err(),
        untyped.list(Query::new("").order(order)).await.err(),
        session.report_custom(&list).await.err().map(failed),
        session.report_custom(&groups).await.err().map(failed),
        session.report_custom(&measured).await.err().map(failed),
    ];
    // Along a reference.
    let schema = session.crm().schema();
    if let Some((from, place)) = schema.referrers(&def.name).find(|(from, _)| from.name != def.name) {
        let through = Path::field(from.columns[place].name.clone()).then(path);
        let from = session.untyped(&from.code).unwrap();
        asked.push(from.count(Filter::IsNull { path: through }).await.err());
    }
    asked
}

#[test]
fn every_field_of_every_entity_can_be_hidden_and_is_then_gone_from_every_question() {
    block_on(async {
        let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().await.unwrap();
        let system = crm.system();
        let role = system.roles().create(NewRole::new("everything")).await.unwrap().id;
        system.roles().tick(role, RightTree::ROOT, Scope::All).await.unwrap();
        let all = user(&crm, "all", "everything").await;
        let schema = crm.schema().clone();
        let fields = || {
            let kept = |column: &&ColumnDef| match column.column_type {
                ColumnType::Json => false,
                ColumnType::Choice(_) => !column.required,
                _ => true,
            };
            let of = move |def: &'_ Arc<EntityDef>| {
                def.columns
                    .iter()
                    .filter(kept)
                    .map(|column| (Arc::clone(def), column.name.to_string()))
                    .collect::<Vec<_>>()
            };
            // What is secret is no entity to anybody, so there is nothing to hide of it.
            schema.entities().filter(|def| !def.facts.secret).flat_map(of).collect::<Vec<_>>()
        };
        // Each question is a good one while the field is seen.
        for (def, field) in fields() {
            for (number, error) in asked(&all, &def, &field).await.into_iter().enumerate() {
                assert!(error.is_none(), "{}.{field} {number}: {error:?}", def.code);
            }
        }
        for (def, field) in fields() {
            let new = NewFieldRule { role, entity: def.code.to_string(), field, ..Default::default() };
            system.field_rules().create(new).await.unwrap();
        }
        assert!(fields().len() > 150);
        for (def, field) in fields() {
            for (number, error) in asked(&all, &def, &field).await.into_iter().enumerate() {
                let unknown = error.as_ref().is_some_and(is_no_field);
                assert!(unknown, "{}.{field} {number}: {error:?}", def.code);
            }
            let untyped = all.untyped(&def.code).unwrap();
            let page = untyped.list(Query::new("").limit(3)).await.unwrap();
            let mut shown = page.records.iter().filter_map(|record| record.field(&def, &field));
            assert!(shown.all(Value::is_null), "{}.{field} is shown", def.code);
        }
    });
}

fn is_no_field(error: &Error) -> bool {
    matches!(error, Error::Query(QueryError::Path(PathError::NoField { .. })))
}

fn failed(error: ReportError) -> Error {
    match error {
        ReportError::Failed(error) => error,
        other => panic!("{other}"),
    }
}
