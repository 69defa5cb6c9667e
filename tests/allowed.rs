//! What a host is told that can be done is what really can be done: every state, every default role, everybody's records.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "matrix/attempts.rs"]
mod attempts;
#[path = "matrix/world.rs"]
#[allow(dead_code, reason = "the other program that uses it needs more of it")]
mod world;

use std::collections::BTreeSet;

use attempts::{attempt, outcome, targets};
use crmkit::schema::Record;
use pollster::block_on;
use world::{Target, World};

const ROLES: [&str; 4] = ["account_manager", "supervisor", "executive", "administrator"];
const ENTITIES: [&str; 6] = ["opportunity", "plan_item", "service_request", "lost_customer", "order", "customer"];

/// The record as it is stored, whoever may see it.
fn stored(world: &World, target: &Target) -> Record {
    let def = world.crm.schema().by_code(target.entity).unwrap();
    block_on(world.storage.get(def, &[target.id])).unwrap().remove(0)
}

/// What a host is told about the record.
fn told(world: &World, target: &Target) -> BTreeSet<&'static str> {
    let records = world.me.untyped(target.entity).unwrap();
    block_on(records.allowed_actions(&stored(world, target))).unwrap().into_iter().collect()
}

#[test]
fn an_action_is_offered_if_and_only_if_trying_it_is_not_refused() {
    let (mut wrong, mut tries, mut offers) = (Vec::new(), 0, 0);
    for role in ROLES {
        let mut world = World::around(role);
        let of = |code: &&String| {
            let (entity, action) = code.split_once('.').unwrap();
            ENTITIES.contains(&entity) && !["create", "read", "scan"].contains(&action)
        };
        let codes: Vec<String> = world.crm.rights().codes().map(ToOwned::to_owned).collect();
        for code in codes.iter().filter(of) {
            let action = code.split_once('.').unwrap().1;
            for target in targets(&world, code) {
                let offered = told(&world, &target).contains(action);
                let tried = attempt(&world, code, &target).unwrap_or_else(|| panic!("`{code}` is not tried"));
                let outcome = outcome(&tried);
                (tries, offers) = (tries + 1, offers + usize::from(offered));
                if offered != (outcome == "allowed") {
                    let said = if offered { "offered" } else { "not offered" };
                    wrong.push(format!("{role}: {code} of {} {}: {said}, {outcome}", target.owner, target.state));
                }
                if outcome == "allowed" {
                    world = World::around(role);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tries > 1_500 && offers > 100, "{offers} of {tries}");
}
