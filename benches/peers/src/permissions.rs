//! Whether somebody may do something: the crate beside cedar and casbin with equivalent policies.
//!
//! The policies are the crate's four default roles. For casbin each grant is a line. For cedar all actions that a role
//! may do with one scope are one policy, which it answers faster than a policy for each; and it is told only of the
//! user, his role and the record that it is asked about.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hint::black_box;
use std::str::FromStr;
use std::sync::Arc;

use casbin::{CachedEnforcer, CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi, Model, RbacApi};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity as CedarEntity, EntityUid, PolicySet, Request, RestrictedExpression,
};
use crmkit::access::{Actor, Grant, Right, Role, Scope};
use crmkit::prelude::*;
use crmkit::query::evaluate::{Matcher, OwnFields};
use crmkit::storage::MemoryStorage;
use pollster::block_on;

use crate::measure::{alone, faster, heading, nanos, slower, time, turns};

const ROUNDS: usize = 15;
const USERS: usize = 1_000;
const ACTION: &str = "customer.edit";

/// What a role may do, and how far.
struct Granted {
    role: String,
    right: String,
    scope: Scope,
}

struct World {
    crm: Crm,
    users: Vec<Id<User>>,
    grants: Vec<Granted>,
}

impl World {
    async fn new() -> Self {
        let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().await.unwrap();
        let system = crm.system();
        let role = system.roles().named("account_manager").await.unwrap().id;
        let mut users = Vec::new();
        for number in 0..USERS {
            users.push(system.users().create(NewUser::new(format!("user{number}"), role)).await.unwrap().id);
        }
        let all = system.roles().list(Query::of::<Role>().limit(1_000)).await.unwrap().items;
        let roles: HashMap<_, _> = all.into_iter().map(|role| (role.id, role.name)).collect();
        let mut rights = HashMap::new();
        let mut query = Query::of::<Right>().limit(1_000);
        loop {
            let page = system.rights().list(query.clone()).await.unwrap();
            rights.extend(page.items.into_iter().map(|right| (right.id, right.code)));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        let mut grants = Vec::new();
        let mut query = Query::of::<Grant>().limit(1_000);
        loop {
            let page = system.grants().list(query.clone()).await.unwrap();
            grants.extend(page.items.into_iter().filter(|grant| grant.scope != Scope::None).map(|grant| Granted {
                role: roles[&grant.role].clone(),
                right: rights[&grant.right].clone(),
                scope: grant.scope,
            }));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        Self { crm, users, grants }
    }

    async fn actors(&self) -> Vec<Arc<Actor>> {
        let mut actors = Vec::new();
        for user in &self.users {
            actors.push(self.crm.session(*user).await.unwrap().actor());
        }
        actors
    }
}

pub fn run() {
    let world = block_on(World::new());
    let cedar = Cedar::new(&world);
    let casbin = Casbin::new(&world);
    println!("{} grants; {} policies for cedar", world.grants.len(), cedar.policies.policies().count());
    heading("other");
    checks(&world, &cedar, &casbin);
    rows(&world, &cedar, &casbin);
}

fn checks(world: &World, cedar: &Cedar, casbin: &Casbin) {
    let session = block_on(world.crm.session(world.users[0])).unwrap();
    let (actor, right) = (session.actor(), world.crm.rights().id(ACTION).unwrap());
    assert_eq!(actor.scope(right), Scope::Own);
    let in_session = || nanos(2_000_000, || black_box(&actor).scope(black_box(right)) != Scope::None) / 1e9;
    let request = cedar.request(&world.users[0].to_string(), "mine");
    let asked_cedar = || nanos(2_000, || cedar.allows(&request)) / 1e9;
    let name = world.users[0].to_string();
    let asked_casbin = || nanos(200, || casbin.plain.enforce((&*name, ACTION)).unwrap()) / 1e9;
    let cached = || nanos(20_000, || casbin.cached.enforce((&*name, ACTION)).unwrap()) / 1e9;

    let (ours, others) = turns(ROUNDS, in_session, asked_cedar);
    alone("permission check in a session, ns", &time(ours), ours * 1e9);
    faster("permission check, times cedar", ours, others);
    let (ours, others) = turns(ROUNDS, in_session, asked_casbin);
    faster("permission check, times casbin", ours, others);
    let (ours, others) = turns(ROUNDS, in_session, cached);
    faster("permission check, times casbin with its cache", ours, others);

    let actors = world.users.iter().copied().zip(block_on(world.actors()));
    let actors: HashMap<Id<User>, Arc<Actor>, foldhash::fast::RandomState> = actors.collect();
    let mut place = 0;
    let by_user = || {
        nanos(1_000_000, || {
            place = (place + 7) % USERS;
            black_box(&actors)
                .get(&world.users[place])
                .is_some_and(|actor| actor.scope(black_box(right)) != Scope::None)
        }) / 1e9
    };
    let (ours, others) = turns(ROUNDS, by_user, asked_cedar);
    alone("permission check by user id, ns", &time(ours), ours * 1e9);
    faster("permission check by user id, times cedar", ours, others);

    // With what makes it safe to keep a session for long: whether his rights have changed meanwhile is looked at.
    let gate = || nanos(200_000, || block_on(session.require(black_box(ACTION))).unwrap()) / 1e9;
    let (ours, others) = turns(ROUNDS, gate, asked_cedar);
    alone("the gate of an operation, with staleness, ns", &time(ours), ours * 1e9);
    faster("the gate of an operation, times cedar", ours, others);
    let (ours, others) = turns(ROUNDS, gate, cached);
    slower("the gate of an operation, beside casbin's cache", ours, others);
}

/// The same for one record, which the actor owns or does not.
fn rows(world: &World, cedar: &Cedar, casbin: &Casbin) {
    let user = world.users[0];
    let (schema, actor) = (world.crm.schema(), block_on(world.crm.session(user)).unwrap().actor());
    let (def, right) = (schema.of::<Customer>().unwrap(), world.crm.rights().id(ACTION).unwrap());
    let reach = actor.reach(actor.scope(right), def).prepare(schema, def).unwrap();
    let matcher = Matcher::new(&OwnFields, &reach);
    let records: Vec<_> = [Some(user), Some(world.users[1]), None]
        .into_iter()
        .map(|manager| {
            Customer { manager, ..Customer::draft(Id::new(user.raw()), NewCustomer::new("Acme")) }.into_record()
        })
        .collect();
    assert_eq!(records.iter().map(|record| matcher.matches(record)).collect::<Vec<_>>(), [true, false, false]);
    let mut place = 0;
    let ours = || {
        nanos(500_000, || {
            place = (place + 1) % 2;
            matcher.matches(black_box(&records[place]))
        }) / 1e9
    };
    let name = user.to_string();
    let requests = [cedar.request(&name, "mine"), cedar.request(&name, "others")];
    assert_eq!(requests.each_ref().map(|request| cedar.allows(request)), [true, false]);
    let mut turn = 0;
    let asked_cedar = || {
        nanos(2_000, || {
            turn = (turn + 1) % 2;
            cedar.allows(&requests[turn])
        }) / 1e9
    };
    let owners = [user.to_string(), world.users[1].to_string()];
    let asked = |owner: &str| casbin.owned.enforce((&*name, owner, ACTION)).unwrap();
    assert_eq!(owners.each_ref().map(|owner| asked(owner)), [true, false]);
    let mut next = 0;
    let asked_casbin = || {
        nanos(100, || {
            next = (next + 1) % 2;
            asked(&owners[next])
        }) / 1e9
    };
    let (mine, others) = turns(ROUNDS, ours, asked_cedar);
    alone("row condition owner = me, ns", &time(mine), mine * 1e9);
    faster("row condition owner = me, times cedar", mine, others);
    let mut place = 0;
    let ours = || {
        nanos(500_000, || {
            place = (place + 1) % 2;
            matcher.matches(black_box(&records[place]))
        }) / 1e9
    };
    let (mine, others) = turns(ROUNDS, ours, asked_casbin);
    faster("row condition owner = me, times casbin", mine, others);
}

struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
}

impl Cedar {
    fn new(world: &World) -> Self {
        let mut by_role: BTreeMap<(&str, Scope), Vec<String>> = BTreeMap::new();
        for grant in &world.grants {
            by_role.entry((&grant.role, grant.scope)).or_default().push(format!("Action::\"{}\"", grant.right));
        }
        let policies = by_role.into_iter().map(|((role, scope), actions)| {
            let when = if scope == Scope::All { "" } else { " when { resource.manager == principal }" };
            format!("permit(principal in Role::\"{role}\", action in [{}], resource){when};", actions.join(", "))
        });
        let policies = PolicySet::from_str(&policies.collect::<Vec<_>>().join("\n")).unwrap();
        let (me, other) = (uid("User", &world.users[0].to_string()), uid("User", &world.users[1].to_string()));
        let role = uid("Role", "account_manager");
        let owned = |name: &str, owner: &EntityUid| {
            let attributes =
                HashMap::from([("manager".to_owned(), RestrictedExpression::new_entity_uid(owner.clone()))]);
            CedarEntity::new(uid("Customer", name), attributes, HashSet::new()).unwrap()
        };
        let entities = vec![
            CedarEntity::new_no_attrs(me.clone(), HashSet::from([role.clone()])),
            CedarEntity::new_no_attrs(role, HashSet::new()),
            owned("mine", &me),
            owned("others", &other),
        ];
        let entities = Entities::from_entities(entities, None).unwrap();
        Self { authorizer: Authorizer::new(), policies, entities }
    }

    fn request(&self, user: &str, customer: &str) -> Request {
        let (user, action, customer) = (uid("User", user), uid("Action", ACTION), uid("Customer", customer));
        Request::new(user, action, customer, Context::empty(), None).unwrap()
    }

    fn allows(&self, request: &Request) -> bool {
        self.authorizer.is_authorized(request, &self.policies, &self.entities).decision() == Decision::Allow
    }
}

fn uid(kind: &str, id: &str) -> EntityUid {
    format!("{kind}::\"{id}\"").parse().unwrap()
}

struct Casbin {
    plain: Enforcer,
    cached: CachedEnforcer,
    owned: Enforcer,
}

impl Casbin {
    fn new(world: &World) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let plain = || model("sub, act", "sub, act", "g(r.sub, p.sub) && r.act == p.act");
        let owned = model(
            "sub, owner, act",
            "sub, scope, act",
            "r.act == p.act && g(r.sub, p.sub) && (p.scope == \"all\" || r.owner == r.sub)",
        );
        let lines: Vec<Vec<String>> =
            world.grants.iter().map(|grant| vec![grant.role.clone(), grant.right.clone()]).collect();
        let scoped = world.grants.iter().map(|grant| {
            let scope = if grant.scope == Scope::All { "all" } else { "own" };
            vec![grant.role.clone(), scope.to_owned(), grant.right.clone()]
        });
        let scoped: Vec<Vec<String>> = scoped.collect();
        let user = world.users[0].to_string();
        runtime.block_on(async {
            let mut all = Self {
                plain: Enforcer::new(plain(), MemoryAdapter::default()).await.unwrap(),
                cached: CachedEnforcer::new(plain(), MemoryAdapter::default()).await.unwrap(),
                owned: Enforcer::new(owned, MemoryAdapter::default()).await.unwrap(),
            };
            all.plain.add_policies(lines.clone()).await.unwrap();
            all.cached.add_policies(lines).await.unwrap();
            all.owned.add_policies(scoped).await.unwrap();
            all.plain.add_role_for_user(&user, "account_manager", None).await.unwrap();
            all.cached.add_role_for_user(&user, "account_manager", None).await.unwrap();
            all.owned.add_role_for_user(&user, "account_manager", None).await.unwrap();
            assert!(all.plain.enforce((&*user, ACTION)).unwrap() && all.cached.enforce((&*user, ACTION)).unwrap());
            all
        })
    }
}

fn model(request: &str, policy: &str, matcher: &str) -> DefaultModel {
    let mut model = DefaultModel::default();
    model.add_def("r", "r", request);
    model.add_def("p", "p", policy);
    model.add_def("g", "g", "_, _");
    model.add_def("e", "e", "some(where (p.eft == allow))");
    model.add_def("m", "m", matcher);
    model
}
