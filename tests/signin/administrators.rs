//! The last active administrator stays, whatever is tried and however many try.

use std::io::Cursor;

use crmkit::access::{Role, RolePatch};
use crmkit::prelude::*;
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput, OnDuplicate};
use pollster::block_on;

use crate::stores::{GOOD, World, at_once, everywhere};

fn off() -> UserPatch {
    UserPatch { active: false.into(), ..Default::default() }
}

fn to_role(role: Id<Role>) -> UserPatch {
    UserPatch { role: role.into(), ..Default::default() }
}

fn administrators(world: &World) -> u64 {
    let are = User::role.eq(Role::ADMINISTRATOR).and(User::active.eq(true));
    block_on(world.crm.system().users().count(are)).unwrap()
}

/// Imports rows that change users, and gives the reasons of those that were refused.
fn import(session: &Session, rows: &str) -> Vec<String> {
    let mut options = ImportOptions::new(ImportKind::named("users").unwrap());
    options.on_duplicate = OnDuplicate::Update;
    let mut reasons = Vec::new();
    let mut on_reject = |row: &crmkit::transfer::RejectedRow| reasons.push(row.to_string());
    let output = ImportOutput { on_reject: Some(&mut on_reject), ..Default::default() };
    block_on(session.import(&options, Cursor::new(rows.to_owned()), output)).unwrap();
    reasons
}

#[test]
fn no_way_leads_past_the_last_one() {
    everywhere(|world| {
        let system = world.crm.system();
        block_on(async {
            let admin = system.users().named("admin").await.unwrap();
            let manager = system.roles().named("account_manager").await.unwrap();
            for refused in [
                system.users().edit(admin.id, off()).await.map(drop),
                system.users().edit(admin.id, to_role(manager.id)).await.map(drop),
                system.users().delete(admin.id).await,
            ] {
                let error = refused.unwrap_err();
                assert!(matches!(&error, Error::State { id, .. } if *id == admin.id.raw()), "{error}");
                assert!(error.to_string().contains("is the last active administrator"), "{error}");
            }
            let role = system.roles();
            for refused in [
                role.edit(Role::ADMINISTRATOR, RolePatch { active: false.into(), ..Default::default() })
                    .await
                    .map(drop),
                role.edit(Role::ADMINISTRATOR, RolePatch { name: "boss".to_owned().into(), ..Default::default() })
                    .await
                    .map(drop),
                role.delete(Role::ADMINISTRATOR).await,
            ] {
                assert!(matches!(refused, Err(Error::State { .. })), "{refused:?}");
            }
            for row in ["admin,administrator,false", "ADMIN,account_manager,true"] {
                let reasons = import(&system, &format!("name,role,active\n{row}\n"));
                assert!(reasons.len() == 1 && reasons[0].contains("last active administrator"), "{row}: {reasons:?}");
            }
            assert_eq!(administrators(&world), 1);

            // With a second one the first can go, in one file also where they change places.
            let li = system.users().create(NewUser::new("li", Role::ADMINISTRATOR)).await.unwrap();
            system.users().edit(admin.id, off()).await.unwrap();
            assert!(system.users().edit(li.id, off()).await.is_err());
            assert_eq!(
                import(&system, "name,role,active\nadmin,administrator,true\nli,administrator,false\n"),
                [""; 0]
            );
            assert_eq!(administrators(&world), 1);
            assert!(system.users().delete(admin.id).await.is_err());
            system.users().delete(li.id).await.unwrap();
        });
    });
}

#[test]
fn nobody_removes_himself() {
    everywhere(|world| {
        let admin = block_on(world.crm.first_administrator("admin", GOOD)).unwrap();
        world.known("second", "administrator");
        let li = world.known("li", "account_manager");
        let session = world.sign_in("admin", GOOD).unwrap();
        block_on(async {
            for refused in [
                session.users().edit(admin.id, off()).await.map(drop),
                session.users().edit(admin.id, to_role(li.role)).await.map(drop),
                session.users().delete(admin.id).await,
            ] {
                let error = refused.unwrap_err();
                assert!(error.to_string().contains("is who acts"), "{error}");
            }
            for row in ["admin,administrator,false", "admin,account_manager,true"] {
                let reasons = import(&session, &format!("name,role,active\n{row}\n"));
                assert!(reasons.iter().any(|reason| reason.contains("is who acts")), "{row}: {reasons:?}");
            }
            let mail = UserPatch { email: Some("admin@example.com".to_owned()).into(), ..Default::default() };
            assert!(session.users().edit(admin.id, mail).await.is_ok());
        });
        assert_eq!(administrators(&world), 2);
    });
}

#[test]
fn two_who_remove_each_other_at_once_leave_one() {
    everywhere(|world| {
        let manager = block_on(world.crm.system().roles().named("account_manager")).unwrap();
        block_on(world.crm.first_administrator("admin", GOOD)).unwrap();
        let mut left = world.sign_in("admin", GOOD).unwrap().actor().id().unwrap();
        for round in 0..24 {
            let other = world.user(&format!("other{round}"), "administrator").id;
            let pair = [left, other];
            let sessions = pair.map(|user| block_on(world.crm.session(user)).unwrap());
            let answers = at_once(2, |number| {
                let (session, other) = (&sessions[number], pair[1 - number]);
                block_on(async {
                    match round % 3 {
                        0 => session.users().edit(other, off()).await.map(drop),
                        1 => session.users().edit(other, to_role(manager.id)).await.map(drop),
                        _ => session.users().delete(other).await,
                    }
                })
            });
            assert_eq!(administrators(&world), 1, "{answers:?}");
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
            let winner = answers.iter().position(Result::is_ok).unwrap();
            left = pair[winner];
        }
    });
}

#[test]
fn of_many_first_administrators_one_is_made() {
    everywhere(|world| {
        let made = at_once(8, |number| block_on(world.crm.first_administrator(&format!("li{number}"), GOOD)));
        assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1, "{made:?}");
        assert_eq!(made.iter().filter(|made| matches!(made, Err(Error::Denied { .. }))).count(), 7, "{made:?}");
        assert_eq!(administrators(&world), 2);
    });
}
