//! Names and passwords.

use crmkit::access::{HashParameters, NewCredential, NewRole};
use crmkit::prelude::*;
use pollster::block_on;

use crate::stores::{CHEAP, GOOD, WRONG, everywhere};

#[test]
fn the_first_administrator_is_made_once_and_there_is_no_other_way_in() {
    everywhere(|world| {
        for password in ["", "admin", "password", GOOD] {
            assert!(matches!(world.sign_in("admin", password), Err(Error::SignIn)), "{password}");
        }
        let short = block_on(world.crm.first_administrator("admin", "short")).unwrap_err();
        assert!(short.to_string().contains("at least 8 characters"), "{short}");
        let li = world.user("li", "account_manager");
        let other = block_on(world.crm.first_administrator("LI", GOOD)).unwrap_err();
        assert!(matches!(other, Error::State { id, .. } if id == li.id.raw()), "{other}");

        block_on(world.crm.first_administrator("Admin", GOOD)).unwrap();
        let session = world.sign_in("admin", GOOD).unwrap();
        assert_eq!(session.actor().name(), "admin");
        for name in ["admin", "second"] {
            let second = block_on(world.crm.first_administrator(name, GOOD)).unwrap_err();
            assert!(matches!(second, Error::Denied { .. }), "{second}");
        }
    });
}

#[test]
fn a_name_is_one_whatever_its_case_and_form_and_nobody_else_can_take_it() {
    everywhere(|world| {
        let strasse = world.known("Straße", "account_manager");
        let jose = world.known("José", "account_manager");
        for name in ["Straße", "STRASSE", "strasse", "ｓtraße"] {
            assert_eq!(world.sign_in(name, GOOD).unwrap().actor().id(), Some(strasse.id), "{name}");
        }
        assert_eq!(world.sign_in("JOSE\u{301}", GOOD).unwrap().actor().id(), Some(jose.id));
        let users = world.crm.system().users();
        for name in ["strasse", "JOSE\u{301}", "ADMIN"] {
            let taken = block_on(users.create(NewUser::new(name, strasse.role))).unwrap_err();
            assert!(matches!(taken, Error::Taken { .. }), "{taken}");
        }
        for name in ["l\u{200b}i", "p\u{430}ypal", "li\u{202e}", " li"] {
            let refused = block_on(users.create(NewUser::new(name, strasse.role))).unwrap_err();
            assert!(matches!(refused, Error::Invalid { .. }), "{refused}");
        }
    });
}

#[test]
fn passwords_are_changed_by_their_users_and_set_by_those_who_may() {
    everywhere(|world| {
        block_on(world.crm.first_administrator("admin", GOOD)).unwrap();
        let li = world.user("li", "account_manager");
        let admin = world.sign_in("admin", GOOD).unwrap();
        block_on(async {
            admin.users().set_password(li.id, GOOD).await.unwrap();
            let session = world.crm.sign_in("li", GOOD).await.unwrap();
            let own = session.users().set_password(li.id, WRONG).await.unwrap_err();
            assert!(matches!(own, Error::Denied { .. }), "{own}");
            assert!(matches!(session.users().unlock(li.id).await, Err(Error::Denied { .. })));
            assert!(matches!(session.change_password(WRONG, "a third long one").await, Err(Error::SignIn)));
            assert!(matches!(session.change_password(GOOD, "LI").await, Err(Error::Invalid { .. })));
            assert!(matches!(world.crm.sign_in("li", WRONG).await, Err(Error::SignIn)));
            session.change_password(GOOD, WRONG).await.unwrap();
            assert!(matches!(world.crm.sign_in("li", GOOD).await, Err(Error::SignIn)));
            assert!(world.crm.sign_in("li", WRONG).await.is_ok());
            let system = world.crm.system().change_password(GOOD, WRONG).await.unwrap_err();
            assert!(matches!(system, Error::Denied { .. }), "{system}");
        });
    });
}

#[test]
fn another_password_ends_the_sessions_of_a_user_but_the_one_he_changed_it_in() {
    everywhere(|world| {
        block_on(world.crm.first_administrator("admin", GOOD)).unwrap();
        let li = world.user("li", "account_manager");
        let admin = world.sign_in("admin", GOOD).unwrap();
        let before = block_on(world.crm.session(li.id)).unwrap();
        block_on(async {
            let goes_on = async |session: &Session| session.actor_now().await.is_ok();
            // Whoever was let in by the host before there was a password has lost nothing by the first one.
            admin.users().set_password(li.id, GOOD).await.unwrap();
            assert!(goes_on(&before).await && goes_on(&admin).await);

            let [here, there] = [(); 2].map(|()| world.sign_in("li", GOOD).unwrap());
            let by_host = world.crm.session(li.id).await.unwrap();
            let (first, old) = (before.ticket().unwrap(), here.ticket().unwrap());
            assert!(world.crm.resume(old).await.is_ok() && world.crm.system().ticket().is_none());
            let clone = here.clone();
            here.change_password(GOOD, WRONG).await.unwrap();
            assert!(goes_on(&here).await && goes_on(&clone).await && goes_on(&admin).await);
            for ended in [&there, &by_host] {
                let denied = ended.customers().list(Query::of::<Customer>()).await.unwrap_err();
                assert!(matches!(denied, Error::SessionEnded { .. }), "{denied}");
                assert!(denied.to_string().contains("the password was changed since the session began"), "{denied}");
                assert!(ended.actor_now().await.is_err(), "it stays so");
            }
            // So do what the host has kept for them.
            let denied = world.crm.resume(old).await.unwrap_err();
            assert!(denied.to_string().contains("the password was changed since the session began"), "{denied}");
            let new = here.ticket().unwrap();
            assert!(world.crm.resume(new).await.is_ok() && world.crm.resume(first).await.is_ok());
            admin.users().set_password(li.id, GOOD).await.unwrap();
            assert!(world.crm.resume(new).await.is_err());
            assert!(!goes_on(&here).await && goes_on(&admin).await);
            assert!(goes_on(&world.crm.sign_in("li", GOOD).await.unwrap()).await);
        });
    });
}

#[test]
fn who_is_inactive_or_gone_gets_the_answer_of_a_wrong_password_and_cannot_act() {
    everywhere(|world| {
        let li = world.known("li", "account_manager");
        let system = world.crm.system();
        let active = |active: bool| UserPatch { active: active.into(), ..Default::default() };
        block_on(async {
            system.users().edit(li.id, active(false)).await.unwrap();
            assert!(matches!(world.crm.sign_in("li", GOOD).await, Err(Error::SignIn)));
            assert!(matches!(world.crm.session(li.id).await, Err(Error::SessionEnded { .. })));
            system.users().edit(li.id, active(true)).await.unwrap();
            assert!(world.crm.sign_in("li", GOOD).await.is_ok());

            let role = system.roles().create(NewRole::new("temporary")).await.unwrap();
            let patch = UserPatch { role: role.id.into(), ..Default::default() };
            system.users().edit(li.id, patch).await.unwrap();
            let off = crmkit::access::RolePatch { active: false.into(), ..Default::default() };
            system.roles().edit(role.id, off).await.unwrap();
            assert!(matches!(world.crm.sign_in("li", GOOD).await, Err(Error::SignIn)));
            assert!(matches!(world.crm.session(li.id).await, Err(Error::SessionEnded { .. })));

            // His credential and his count go with him, and the name is free for another, who has no password yet.
            assert!(matches!(world.crm.sign_in("li", WRONG).await, Err(Error::SignIn)));
            system.users().delete(li.id).await.unwrap();
            world.user("li", "account_manager");
            assert!(matches!(world.crm.sign_in("li", GOOD).await, Err(Error::SignIn)));
        });
    });
}

#[test]
fn a_hash_made_with_other_parameters_is_made_anew_by_signing_in() {
    everywhere(|mut world| {
        world.known("li", "account_manager");
        let hashes = |world: &crate::stores::World, password| {
            let before = world.crm.hashes_made();
            let answer = world.sign_in("li", password);
            (world.crm.hashes_made() - before, answer.is_ok())
        };
        assert_eq!(hashes(&world, GOOD), (1, true));
        world.again(HashParameters { passes: 2, ..CHEAP });
        assert_eq!(hashes(&world, WRONG), (1, false));
        assert_eq!(hashes(&world, GOOD), (2, true));
        assert_eq!(hashes(&world, GOOD), (1, true));
    });
}

#[test]
fn an_unknown_name_costs_what_a_wrong_password_costs() {
    everywhere(|world| {
        world.known("li", "account_manager");
        world.user("without", "account_manager");
        let inactive = world.known("inactive", "account_manager");
        let off = UserPatch { active: false.into(), ..Default::default() };
        block_on(world.crm.system().users().edit(inactive.id, off)).unwrap();
        for (name, password) in
            [("li", WRONG), ("nobody", WRONG), ("l\0i", GOOD), ("without", WRONG), ("inactive", GOOD), ("", "")]
        {
            for password in [password, &"x".repeat(1_000_000)] {
                let before = world.crm.hashes_made();
                assert!(matches!(world.sign_in(name, password), Err(Error::SignIn)), "{name}");
                assert_eq!(world.crm.hashes_made() - before, 1, "{name}");
            }
        }
        assert!(matches!(world.sign_in(&"x".repeat(1_000_000), WRONG), Err(Error::SignIn)));
        assert!(matches!(world.sign_in(&"ſ".repeat(1_000), WRONG), Err(Error::SignIn)));
    });
}

#[test]
fn parameters_that_make_no_hash_are_told_when_the_crm_is_opened() {
    let hash = HashParameters { memory_kib: 1, ..CHEAP };
    let options = crmkit::access::SignInOptions { hash, ..Default::default() };
    let storage = crmkit::storage::MemoryStorage::new(crmkit::standard_schema().unwrap());
    let error = block_on(Crm::builder(storage).sign_in(options).open()).unwrap_err();
    assert!(matches!(error, Error::Invalid { .. }), "{error}");
}

#[test]
fn a_credential_is_made_by_no_session() {
    everywhere(|world| {
        let li = world.user("li", "account_manager");
        let new = NewCredential { user: li.id, ..Default::default() };
        let made = block_on(world.crm.system().of::<crmkit::access::Credential>().create(new)).unwrap_err();
        assert!(matches!(made, Error::Denied { .. }), "{made}");
    });
}
