//! Every command of the crate, by everybody: previewed, done, undone, and the store is as before.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "undo/cases.rs"]
mod cases;
mod cast;
#[path = "undo/content.rs"]
mod content;

use std::collections::BTreeSet;

use cases::{CASES, Case, World};
use cast::{Cast, casts};
use content::{content, sets};
use crmkit::access::{ACTIONS, UserPatch};
use crmkit::customers::LostScanOptions;
use crmkit::id::SetId;
use crmkit::prelude::*;
use pollster::block_on;

/// What changes only what sign-in keeps: no history tells of it, so it can't be taken back.
const SECRET: [&str; 2] = ["user.set_password", "user.unlock"];

/// What came of a case, without the ids of new records in it.
fn said(outcome: &Result<()>) -> String {
    match outcome {
        Ok(()) => "done".to_owned(),
        Err(error) => format!("{}: {error}", error.code()),
    }
}

#[test]
fn every_command_has_a_case() {
    let schema = crmkit::standard_schema().unwrap();
    let known: BTreeSet<&str> = CASES.iter().map(|case| case.right).collect();
    let mut needed = BTreeSet::new();
    for def in schema.entities().filter(|def| !def.facts.secret) {
        let actions = ACTIONS.iter().copied().filter(|action| *action != "read");
        needed
            .extend(actions.chain(def.facts.actions.iter().map(AsRef::as_ref)).map(|it| format!("{}.{it}", def.code)));
    }
    let missing: Vec<&String> = needed.iter().filter(|right| !known.contains(right.as_str())).collect();
    assert!(missing.is_empty(), "no case in tests/undo/cases.rs for {missing:?}");
}

#[test]
fn every_command_can_be_previewed_and_undone_by_everybody_who_may_do_it() {
    block_on(async {
        for cast in casts().await {
            let world = World::new(&cast).await;
            for case in CASES {
                for session in
                    [&cast.li, &cast.wang, &cast.supervisor, &cast.administrator, &cast.executive, &cast.system]
                {
                    there_and_back(&cast, &world, case, session).await;
                }
            }
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new(), "{}", cast.store);
        }
    });
}

async fn there_and_back(cast: &Cast, world: &World, case: &Case, session: &Session) {
    let what = format!("{} by {} on {}", case.right, session.actor().name(), cast.store);
    let (before, known) = (content(cast).await, sets(cast).await);
    let preview = session.preview();
    let previewed = (case.run)(&preview, world).await;
    let changes = preview.changes().await.unwrap();
    assert_eq!(content(cast).await, before, "the preview of {what} changed something");
    assert_eq!(sets(cast).await, known, "the preview of {what} left a trace");
    let (entity, _) = case.right.split_once('.').unwrap();
    if SECRET.contains(&case.right) {
        let done = (case.run)(session, world).await;
        assert_eq!(said(&previewed), said(&done), "{what}: in the preview and in earnest");
        // That open sessions end is told; what of, is not.
        assert!(changes.iter().all(|change| change.entity == "access_revision"), "{what}: {changes:?}");
        assert_eq!((content(cast).await, sets(cast).await), (before, known), "{what} left something to be seen");
        return;
    }
    if cast.storage.schema().by_code(entity).unwrap().facts.unrecorded {
        // Nobody changes these but the crate itself, and that is not taken back.
        return;
    }

    let done = (case.run)(session, world).await;
    assert_eq!(said(&previewed), said(&done), "{what}: in the preview and in earnest");
    let after = content(cast).await;
    if done.is_err() {
        assert_eq!(after, before, "{what} was refused and changed something");
        assert!(session.actor().id().is_some() || case.refused, "even the system may not: {what}: {}", said(&done));
        return;
    }
    assert!(!case.refused, "{what} was not refused");
    assert_eq!(changes.is_empty(), after == before, "{what}: {changes:?}");
    if session.actor().id().is_none() {
        assert_ne!(after, before, "a case that changes nothing proves nothing: {what}");
    }
    let made: Vec<RecordId> = sets(cast).await.difference(&known).copied().collect();
    assert_eq!(made.is_empty(), after == before, "{what}: {made:?}");
    for set in made.into_iter().rev() {
        if session.actor().name() != "wang" {
            let foreign = cast.wang.undo(SetId(set)).await;
            assert!(matches!(foreign, Err(Error::Denied { .. })), "{what} was undone by wang: {foreign:?}");
        }
        let undoing = session.preview();
        undoing.undo(SetId(set)).await.unwrap_or_else(|error| panic!("previewing to undo {what}: {error}"));
        assert!(!undoing.changes().await.unwrap().is_empty(), "{what}");
        session.undo(SetId(set)).await.unwrap_or_else(|error| panic!("undoing {what}: {error}"));
    }
    let back = content(cast).await;
    for (key, held) in &before {
        assert_eq!(back.get(key), Some(held), "{what} is not undone for {key:?}");
    }
    assert_eq!(back.len(), before.len(), "{what} left something behind");
}

#[test]
fn an_undoing_can_be_undone() {
    block_on(async {
        for cast in casts().await {
            let world = World::new(&cast).await;
            for case in CASES.iter().filter(|case| ["opportunity.win", "contact.delete"].contains(&case.right)) {
                let (before, known) = (content(&cast).await, sets(&cast).await);
                (case.run)(&cast.li, &world).await.unwrap();
                let done = content(&cast).await;
                let set = *sets(&cast).await.difference(&known).next().unwrap();
                let undone = cast.li.undo(SetId(set)).await.unwrap();
                assert_eq!(content(&cast).await, before);
                let again = cast.system.undo(undone.set).await.unwrap();
                assert_eq!(content(&cast).await, done, "{}", case.right);
                cast.system.undo(again.set).await.unwrap();
                assert_eq!(content(&cast).await, before);
                // What is undone has changed since, so it is not undone again.
                assert!(cast.li.undo(SetId(set)).await.is_err());
            }
        }
    });
}

/// A full chunk of a scan is one set; taking it back fits into one set, too.
#[test]
fn the_largest_set_of_the_crate_can_be_undone() {
    block_on(async {
        for cast in casts().await {
            let system = &cast.system;
            for number in 0..240 {
                system.customers().create(NewCustomer::new(format!("Customer {number}"))).await.unwrap();
            }
            cast.clock.advance(chrono::TimeDelta::days(400)).unwrap();
            let (before, known) = (content(&cast).await, sets(&cast).await);
            assert_eq!(system.lost_scan(&LostScanOptions::default()).await.unwrap().warned, 240);
            let made: Vec<RecordId> = sets(&cast).await.difference(&known).copied().collect();
            assert_eq!(made.len(), 1);
            let undone = system.undo(SetId(made[0])).await.unwrap();
            assert!(content(&cast).await == before);
            system.undo(undone.set).await.unwrap();
            assert_eq!(system.lost_customers().count(Filter::All).await.unwrap(), 240);
        }
    });
}

/// The set that a command has committed since.
async fn made(cast: &Cast, known: &BTreeSet<RecordId>) -> SetId {
    let made: Vec<RecordId> = sets(cast).await.difference(known).copied().collect();
    assert_eq!(made.len(), 1);
    SetId(made[0])
}

/// How many administrators there are is secret and so in no history, and is right all the same.
#[test]
fn the_number_of_administrators_is_right_after_any_undoing_and_never_none() {
    block_on(async {
        for cast in casts().await {
            let (system, users) = (&cast.system, cast.system.users());
            let administrator = system.roles().named("administrator").await.unwrap().id;
            let manager = system.roles().named("account_manager").await.unwrap().id;
            let root = cast::id(&cast.administrator);
            let is_right = async || assert_eq!(system.verify().await.unwrap(), Vec::<String>::new(), "{}", cast.store);
            let role = |role: Id<Role>| UserPatch { role: role.into(), ..Default::default() };
            let active = |active: bool| UserPatch { active: active.into(), ..Default::default() };

            // The one the store was set up with is not needed.
            users.delete(users.named("admin").await.unwrap().id).await.unwrap();
            // Creation, with a password that goes with the user and does not come back with him.
            let known = sets(&cast).await;
            let second = users.create(NewUser::new("second", administrator)).await.unwrap().id;
            let creation = made(&cast, &known).await;
            users.set_password(second, "a long and good one").await.unwrap();
            assert!(cast.crm.sign_in("second", "a wrong one of his").await.is_err());
            let removal = system.undo(creation).await.unwrap().set;
            is_right().await;
            assert!(matches!(users.get(second).await, Err(Error::NotFound { .. })));
            let last = users.edit(root, active(false)).await;
            assert!(matches!(last, Err(Error::State { .. })), "{last:?}");
            system.undo(removal).await.unwrap();
            is_right().await;
            let signed_in = cast.crm.sign_in("second", "a long and good one").await;
            assert!(matches!(signed_in, Err(Error::SignIn)), "{signed_in:?}");

            // Activation: while he is off duty, the other one is the last.
            users.edit(second, active(false)).await.unwrap();
            let known = sets(&cast).await;
            users.edit(second, active(true)).await.unwrap();
            let activation = made(&cast, &known).await;
            users.edit(root, active(false)).await.unwrap();
            for session in [system.clone(), Session::clone(&system.preview()), Session::clone(&system.unit_of_work())] {
                let last = session.undo(activation).await;
                assert!(matches!(last, Err(Error::State { .. })), "{last:?}");
            }
            is_right().await;
            users.edit(root, active(true)).await.unwrap();
            system.undo(activation).await.unwrap();
            is_right().await;
            users.edit(second, active(true)).await.unwrap();

            // Another role.
            let known = sets(&cast).await;
            users.edit(second, role(manager)).await.unwrap();
            let change = made(&cast, &known).await;
            let back = system.undo(change).await.unwrap().set;
            is_right().await;
            users.edit(root, role(manager)).await.unwrap();
            assert!(matches!(system.undo(back).await, Err(Error::State { .. })));
            users.edit(root, role(administrator)).await.unwrap();
            is_right().await;

            // Deletion.
            let known = sets(&cast).await;
            users.delete(second).await.unwrap();
            let deletion = made(&cast, &known).await;
            is_right().await;
            let back = system.undo(deletion).await.unwrap().set;
            is_right().await;
            users.delete(root).await.unwrap();
            assert!(matches!(system.undo(back).await, Err(Error::State { .. })));
            assert!(users.get(second).await.unwrap().is_administrator());
            is_right().await;
        }
    });
}

#[cfg(all(feature = "postgres", feature = "testing"))]
#[test]
fn every_command_can_be_undone_on_postgres() {
    use std::sync::Arc;

    use crmkit::storage::{PostgresOptions, PostgresStorage};
    use crmkit::testing::ThrowawayPostgres;

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let server = ThrowawayPostgres::start().unwrap();
        let schema = crmkit::standard_schema().unwrap();
        let options = PostgresOptions { migrate: true, ..Default::default() };
        let storage = PostgresStorage::connect(server.url(), &server.fresh_schema(), schema, options).await.unwrap();
        let cast = cast::cast("postgres", Arc::new(storage)).await;
        let world = World::new(&cast).await;
        for case in CASES {
            there_and_back(&cast, &world, case, &cast.system).await;
        }
        for case in CASES.iter().filter(|case| case.right.starts_with("opp") || case.right.starts_with("lost")) {
            there_and_back(&cast, &world, case, &cast.li).await;
        }
        assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
        cast.crm.close().await.unwrap();
    });
}
