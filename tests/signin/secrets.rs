//! What sign-in keeps is shown by nothing.

use std::io::Cursor;

use crmkit::access::{Credential, SignInCounter, SignInState};
use crmkit::change::{Change, ChangeSet};
use crmkit::id::{RecordId, SetId};
use crmkit::prelude::*;
use crmkit::report::{Definition, View, everything};
use crmkit::storage::Reader;
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};
use pollster::block_on;

use crate::stores::{GOOD, WRONG, World, everywhere};

const SECRET: [&str; 4] = ["credential", "load_run", "sign_in_counter", "sign_in_state"];

/// Everything of a store in which there are hashes, as records.
fn stored(world: &World, entity: &str) -> Vec<crmkit::schema::Record> {
    block_on(world.storage.query(&Query::new(entity.to_owned()).limit(1_000))).unwrap().records
}

#[test]
fn nothing_that_a_session_gives_holds_a_hash() {
    everywhere(|world| {
        block_on(world.crm.first_administrator("admin", GOOD)).unwrap();
        world.known("li", "account_manager");
        assert!(world.sign_in("li", WRONG).is_err());
        let admin = world.sign_in("admin", GOOD).unwrap();
        // The store has it, or this would test nothing.
        let kept = stored(&world, Credential::NAME);
        assert!(kept.iter().any(|record| record.values.iter().any(|value| value.to_string().contains("$argon2"))));
        assert!(!stored(&world, SignInCounter::NAME).is_empty() && !stored(&world, SignInState::NAME).is_empty());

        let mut shown = vec![format!("{:?}", world.crm), format!("{admin:?}")];
        for session in [world.crm.system(), admin] {
            let secret = |code: &&str| world.crm.schema().by_code(code).is_some_and(|def| def.facts.secret);
            assert!(SECRET.iter().all(secret), "{SECRET:?}");
            for def in world.crm.schema().entities() {
                // Sums that are kept are secret as well: whoever asks for them would see what is not his.
                if def.facts.secret {
                    refuses(&session, &world.storage, def);
                    continue;
                }
                let Ok(untyped) = session.untyped(&def.code) else { panic!("{}", def.code) };
                let Ok(page) = block_on(untyped.list(Query::new("").limit(1_000))) else { continue };
                shown.push(format!(
                    "{page:?} {}",
                    page.records.iter().flat_map(|r| &r.values).map(|v| v.to_string() + " ").collect::<String>()
                ));
            }
            for report in crmkit::report::standard() {
                let result = block_on(session.report(report.name, [("", ""); 0]));
                shown.push(result.map_or_else(|error| error.to_string(), |report| report.to_json().to_string()));
            }
        }
        for text in &shown {
            assert!(!text.contains("argon2"), "{text}");
        }
        assert!(shown.len() > 40, "{}", shown.len());
    });
}

/// What is secret is not there: for lists, counts, questions through other records, reports and files.
fn refuses(session: &Session, storage: &dyn Reader, def: &crmkit::schema::EntityDef) {
    block_on(async {
        assert!(matches!(session.untyped(&def.code), Err(Error::Query(_))));
        for action in ["create", "read", "edit", "delete"] {
            assert!(session.require(&format!("{}.{action}", def.code)).await.is_err());
        }
        let report = |entity: &str| {
            let groups = r#"{"groups": {"by": [], "measures": [{"measure": "count", "name": "n"}]}}"#;
            format!(r#"{{"name": "all", "entity": "{entity}", "rows": {groups}}}"#).parse::<Definition>().unwrap()
        };
        for name in [&def.code, &def.name] {
            assert!(session.report_custom(&report(name)).await.is_err());
            // Nor for a host that makes a report of it, which sees everything else.
            let view = View::new(storage, &everything, Timestamp::EPOCH);
            assert!(report(name).run(&view).await.is_err());
            assert!(report("user").run(&view).await.is_ok());
        }
        assert!(session.of::<Credential>().list(Query::of::<Credential>()).await.is_err());
        assert!(session.of::<Credential>().count(Filter::All).await.is_err());
        assert!(session.of::<SignInState>().get(Id::NIL).await.is_err());
        let with_password = Filter::Exists {
            entity: Credential::NAME.into(),
            reference: Credential::user.name().into(),
            filter: Box::new(Filter::All),
        };
        assert!(session.users().count(with_password).await.is_err());
        let file = Cursor::new("user,hash\nadmin,x\n");
        let options = ImportOptions::new(ImportKind::of::<Credential>("credentials").build());
        assert!(session.import(&options, file, ImportOutput::default()).await.is_err());
    });
}

#[test]
fn a_credential_shows_itself_in_no_form() {
    everywhere(|world| {
        world.known("li", "account_manager");
        let record = stored(&world, Credential::NAME).remove(0);
        let credential = Credential::from_record(record.clone()).unwrap();
        let id = SetId(RecordId::from_bytes([7; 16]));
        let set = ChangeSet::new(id, Timestamp::EPOCH, "test").with(Change::Insert(record.clone()));
        let new = crmkit::access::NewCredential { hash: credential.hash.clone(), ..Default::default() };
        let shown = [
            format!("{record:?} {record:#?}"),
            format!("{credential:?} {}", serde_json::to_string(&credential).unwrap()),
            format!("{new:?} {}", serde_json::to_string(&new).unwrap()),
            format!("{set:?}"),
        ];
        for text in shown {
            assert!(!text.contains("argon2") && !text.contains("$v="), "{text}");
        }
    });
}

#[test]
fn only_a_secret_entity_is_named_like_one() {
    mod open {
        crmkit::entity!(
            #[entity("sec_note", "便条", "Note")]
            #[inputs(NewNote, NotePatch)]
            /// A note.
            pub struct Note {
                /// What it says.
                pub text: String,
            }
        );
        impl crmkit::schema::EntityFacts for Note {}
    }
    let error = Schema::builder().definition(open::Note::definition()).build().unwrap_err();
    assert!(error.to_string().contains("a secret entity's name begins with `sec_`"), "{error}");
}
