//! Commands by their names, with what is said with them as JSON.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "undo/cases.rs"]
mod cases;
mod cast;

use std::collections::BTreeSet;

use cases::{CASES, World};
use cast::{Cast, casts, id};
use crmkit::access::{FieldAccess, NewFieldRule};
use crmkit::command::{Command, CommandForm, Commands, Loaded, Outcome};
use crmkit::prelude::*;
use crmkit::session::{RecordChange, Untyped};
use pollster::block_on;
use serde::Deserialize;
use serde_json::Value::Null;
use serde_json::{Value as Json, json};

/// What there is a right to but no command: it is done to no record, or with what no store shall see.
const NO_COMMANDS: [&str; 3] = ["lost_customer.scan", "user.set_password", "user.unlock"];

fn by_name(session: &Session, right: &str) -> Option<CommandForm> {
    let (entity, action) = right.split_once('.').unwrap();
    let records = session.untyped(entity).unwrap();
    records.commands().iter().find(|form| form.action == action).cloned()
}

#[test]
fn the_actions_of_every_entity_are_its_commands() {
    block_on(async {
        let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().await.unwrap();
        let mut seen = BTreeSet::new();
        for def in crm.schema().entities().filter(|def| !def.facts.secret) {
            let code = |action: &str| format!("{}.{action}", def.code);
            let records = crm.system().untyped(&def.code).unwrap();
            let commands: Vec<String> = records.commands().iter().map(|form| code(form.action)).collect();
            let mut actions: Vec<String> = def.facts.actions.iter().map(|action| code(action)).collect();
            actions.retain(|action| !NO_COMMANDS.contains(&action.as_str()));
            assert_eq!(commands, actions);
            seen.extend(commands);
        }
        let cases = CASES.iter().map(|case| case.right.to_owned());
        assert_eq!(seen, cases.filter(|right| by_name(&crm.system(), right).is_some()).collect());
        assert_eq!(seen.len(), 16);
    });
}

/// What came of a command, and what it would change.
type Came = (Result<(), String>, Vec<RecordChange>);

async fn came<T>(preview: &crmkit::session::Preview, done: Result<T>) -> Came {
    (done.map(drop).map_err(|error| format!("{}: {error}", error.code())), preview.changes().await.unwrap())
}

#[test]
fn a_command_by_name_does_what_the_command_does_for_everybody() {
    fn people(cast: &Cast) -> [&Session; 6] {
        [&cast.li, &cast.wang, &cast.supervisor, &cast.administrator, &cast.executive, &cast.system]
    }
    block_on(async {
        // Two companies that are alike to the last id.
        let (ones, others) = (casts().await, casts().await);
        for (one, other) in ones.iter().zip(&others) {
            let (world, twin) = (World::new(one).await, World::new(other).await);
            let (mut done, mut refused) = (0, 0);
            for case in CASES {
                let Some((record, input)) = twin.sent(case.right).filter(|_| !case.refused) else { continue };
                let (entity, action) = case.right.split_once('.').unwrap();
                for (typed, named) in people(one).into_iter().zip(people(other)) {
                    let (typed, named) = (typed.preview(), named.preview());
                    let expected = came(&typed, (case.run)(&typed, &world).await).await;
                    let run = named.untyped(entity).unwrap().run(record, None, action, input.clone()).await;
                    let found = came(&named, run).await;
                    assert_eq!(found, expected, "{} by {} on {}", case.right, named.actor().name(), one.store);
                    if found.0.is_ok() { done += 1 } else { refused += 1 }
                }
            }
            assert!(done > 30 && refused > 30, "{done} and {refused}");
        }
    });
}

#[test]
fn what_is_no_command_is_told_to_who_may_read() {
    block_on(async {
        for cast in casts().await {
            let opportunities = |session: &Session| session.untyped("opportunity").unwrap();
            let chance = NewOpportunity::new("Acme", "Tea", "A pound a week", 40);
            let chance = cast.supervisor.opportunities().create(chance).await.unwrap().id.raw();
            let asked = async |session: &Session, action: &str, input: Json| {
                let error = opportunities(session).run(chance, None, action, input).await.unwrap_err();
                (error.code(), error.to_string())
            };
            let slip = asked(&cast.supervisor, "assing", Null).await;
            assert_eq!(slip, ("no_command", "`opportunity` has no command `assing`; did you mean `assign`?".into()));
            let (code, said) = asked(&cast.supervisor, "edit", Null).await;
            assert_eq!(code, "no_command");
            assert!(said.ends_with("; it has `assign` and `win` and `terminate`"), "{said}");
            let (code, _) = asked(&cast.administrator, "assing", Null).await;
            assert_eq!(code, "denied", "who may not read them is told nothing of them");

            let customer = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let customers = cast.li.untyped("customer").unwrap();
            let none = customers.run(customer.id.raw(), None, "win", Null).await.unwrap_err();
            assert_eq!(none.to_string(), "`customer` has no command `win`; it has none");
            assert!(customers.commands().is_empty());
            let long = customers.run(customer.id.raw(), None, &"x".repeat(100_000), Null).await.unwrap_err();
            assert!(long.to_string().len() < 1_000);
        }
    });
}

#[test]
fn what_is_said_with_a_command_has_to_fit_and_tells_nothing_of_the_record() {
    block_on(async {
        for cast in casts().await {
            let chance = NewOpportunity::new("Acme", "Tea", "A pound a week", 40);
            let stored = cast.supervisor.opportunities().create(chance).await.unwrap();
            let asked = async |session: &Session, id: RecordId, action: &str, input: Json| {
                let run = session.untyped("opportunity").unwrap().run(id, None, action, input).await;
                match run.unwrap_err() {
                    Error::Invalid { problems, .. } => problems[0].to_string(),
                    other => other.code().to_owned(),
                }
            };
            for (action, input, expected) in [
                ("assign", Null, "`to` is required"),
                ("assign", json!({"to": null}), "`to`: invalid type: null"),
                ("assign", json!({"to": "li"}), "`to`: "),
                ("assign", json!({"to": id(&cast.li), "too": 1}), "`too`: there is no such field; did you mean `to`?"),
                ("terminate", json!({"reason": 7}), "`reason`: invalid type: integer `7`"),
                ("terminate", json!("no money"), "`*`: it is an object of fields"),
                ("win", json!({"reason": "x"}), "`reason`: there is no such field"),
            ] {
                let said = asked(&cast.supervisor, stored.id.raw(), action, input.clone()).await;
                let said_of_none = asked(&cast.supervisor, RecordId::NIL, action, input.clone()).await;
                if action == "assign" {
                    assert!(said.starts_with(expected), "{action} {input}: {said}");
                    assert_eq!(said, said_of_none);
                }
                let said = asked(&cast.system, stored.id.raw(), action, input.clone()).await;
                assert!(said.starts_with(expected), "{action} {input}: {said}");
                // Who may not do it is told only that.
                assert_eq!(asked(&cast.executive, stored.id.raw(), action, input).await, "denied");
            }
            assert_eq!(asked(&cast.li, stored.id.raw(), "win", Null).await, "not_found");
            assert_eq!(cast.system.opportunities().get(stored.id).await.unwrap(), stored, "nothing was changed");
        }
    });
}

#[test]
fn a_command_is_run_on_the_version_that_was_seen() {
    block_on(async {
        for cast in casts().await {
            let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let orders = cast.system.untyped("order").unwrap();
            let order = orders.create_json(json!({"customer": acme.id})).await.unwrap();
            let confirmed = orders.run(order.id, Some(order.version), "confirm", json!({})).await.unwrap();
            let stale = orders.run(order.id, Some(order.version), "pick", Null).await.unwrap_err();
            assert!(matches!(stale, Error::Conflict { found, .. } if found == confirmed.version), "{stale}");
            assert_eq!(orders.get(order.id).await.unwrap(), confirmed);
        }
    });
}

async fn rule(cast: &Cast, field: &'static str, access: FieldAccess) {
    let role = cast.system.roles().named("account_manager").await.unwrap().id;
    let rule = NewFieldRule { role, entity: "contact".into(), field: field.into(), access, ..Default::default() };
    cast.system.field_rules().create(rule).await.unwrap();
}

#[test]
fn what_is_sent_to_make_or_change_a_record_keeps_to_the_fields_one_may_set() {
    block_on(async {
        for cast in casts().await {
            let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let contacts = cast.li.untyped("contact").unwrap();
            let mei = json!({"customer": acme.id, "name": "Mei", "phone": "021 5550 0199", "memo": "tea"});
            let mei = contacts.create_json(mei).await.unwrap();
            let typed = NewContact {
                customer: acme.id,
                name: "Mei".into(),
                phone: Some("021 5550 0199".into()),
                memo: Some("tea".into()),
                ..Default::default()
            };
            let typed = cast.li.contacts().create(typed).await.unwrap().into_record();
            assert_eq!((&mei.values, &mei.custom, mei.version), (&typed.values, &typed.custom, typed.version));

            rule(&cast, "phone", FieldAccess::Hidden).await;
            rule(&cast, "memo", FieldAccess::Frozen).await;
            let refused = async |fields: Json| {
                let edited = contacts.edit_json(mei.id, None, fields.clone()).await.unwrap_err();
                let new = json!({"customer": acme.id, "name": "Ann"});
                let mut new = new.as_object().unwrap().clone();
                new.extend(fields.as_object().unwrap().clone());
                let made = contacts.create_json(new.into()).await.unwrap_err();
                assert_eq!(made.code(), edited.code(), "{made}, {edited}");
                edited
            };
            // What is hidden is not there, whatever is sent for it.
            for value in [json!("1"), json!(7), Null] {
                let error = refused(json!({"phone": value})).await;
                assert!(error.to_string().contains("`contact` has no field `phone`"), "{error}");
            }
            let slip = refused(json!({"phonee": "1"})).await.to_string();
            assert!(slip.ends_with("`contact` has no field `phonee`"), "what is hidden was not meant: {slip}");
            assert_eq!(refused(json!({"memo": "coffee"})).await.code(), "denied");
            assert_eq!(refused(json!({"name": 7})).await.code(), "invalid");
            assert_eq!(refused(json!({"name": null})).await.code(), "invalid");
            assert_eq!(refused(json!({"name": ""})).await.code(), "invalid");

            let edited = contacts.edit_json(mei.id, Some(mei.version), json!({"name": "Ann"})).await.unwrap();
            assert_eq!(contacts.to_json(&edited).get("phone"), None);
            assert_eq!(edited.field(contacts.definition(), "phone"), Some(&Value::Null));
            assert_eq!(contacts.get(mei.id).await.unwrap(), edited);
            let stored = cast.system.contacts().get(Id::new(mei.id)).await.unwrap();
            assert_eq!((&*stored.name, stored.phone.as_deref()), ("Ann", Some("021 5550 0199")));
            let stale = contacts.edit_json(mei.id, Some(mei.version), json!({"name": "Eve"})).await.unwrap_err();
            assert_eq!(stale.code(), "conflict");
            let customers = cast.li.untyped("customer").unwrap();
            let error = customers.edit_json(acme.id.raw(), None, json!({"status": "lost"})).await.unwrap_err();
            assert!(error.to_string().contains("`status`: it is kept by the system"), "{error}");
            for (session, code) in [(&cast.wang, "not_found"), (&cast.executive, "denied")] {
                let contacts = session.untyped("contact").unwrap();
                assert_eq!(
                    contacts.edit_json(mei.id, None, json!({"name": 7})).await.unwrap_err().code(),
                    match code {
                        "not_found" => "invalid",
                        other => other,
                    }
                );
                assert_eq!(contacts.edit_json(mei.id, None, json!({"name": "Eve"})).await.unwrap_err().code(), code);
            }
            assert_eq!(cast.wang.untyped("contact").unwrap().get(mei.id).await.unwrap_err().code(), "not_found");
        }
    });
}

crmkit::choice!(
    /// Where a lamp is.
    pub enum LampState {
        /// It shines.
        #[code("on", "开", "On")]
        On,
        /// It does not.
        #[code("off", "关", "Off")]
        Off,
    }
);

crmkit::entity!(
    #[entity("hst_lamp", "灯", "Lamp")]
    #[inputs(NewLamp, LampPatch)]
    /// A lamp of a host's.
    pub struct Lamp {
        /// Whether it shines.
        pub state: LampState,
        /// In which colour.
        pub colour: Option<String>,
    }
);

impl EntityFacts for Lamp {
    fn facts() -> Facts {
        Facts::default().actions(&["switch"])
    }
}

impl Rules for Lamp {
    fn commands() -> Commands<Self> {
        Commands::default().with::<Switch>()
    }
}

#[derive(Clone, Deserialize)]
struct Switch {
    to: LampState,
    colour: Option<String>,
}

impl Command for Switch {
    type Subject = Lamp;
    const ACTION: &'static str = "switch";

    fn decide(&self, lamp: Lamp, _: &Loaded, _: &Context) -> Result<Outcome<Lamp>> {
        Ok(Outcome::of(Lamp { state: self.to, colour: self.colour.clone(), ..lamp }))
    }
}

fn operations(document: &Json, path: &str) -> Vec<String> {
    document["paths"][path].as_object().map_or_else(Vec::new, |path| path.keys().cloned().collect())
}

#[test]
fn the_commands_of_a_host_are_run_and_documented_by_themselves() {
    block_on(async {
        let schema = Schema::builder().standard().with::<Lamp>().definition(Toll::definition()).build().unwrap();
        let crm = Crm::builder(MemoryStorage::new(schema)).open().await.unwrap();
        let lamps = crm.system().untyped("lamp").unwrap();
        let lamp = lamps.create_json(json!({"state": "off"})).await.unwrap();
        let lamp = lamps.run(lamp.id, None, "switch", json!({"to": "on", "colour": "red"})).await.unwrap();
        assert_eq!((&lamps.to_json(&lamp)["state"], &lamps.to_json(&lamp)["colour"]), (&json!("on"), &json!("red")));
        let dim = lamps.run(lamp.id, None, "switch", json!({"to": "dim"})).await.unwrap_err();
        assert!(matches!(&dim, Error::Invalid { problems, .. } if problems[0].field == "to"), "{dim}");

        let document = crm.system().openapi("/crm").await.unwrap();
        assert_eq!(operations(&document, "/crm/lamp"), ["get", "post"]);
        let run = &document["paths"]["/crm/lamp/{id}/switch"]["post"]["requestBody"]["content"]["application/json"];
        assert_eq!(run["schema"]["required"], json!(["to"]));
        assert!(run["schema"]["properties"].get("colour").is_some());
        assert!(document["components"]["schemas"]["lamp"]["properties"].get("colour").is_some());

        // What is only defined can be read.
        let tolls: Untyped = crm.system().untyped("toll").unwrap();
        assert!(tolls.commands().is_empty());
        assert_eq!(tolls.run(RecordId::NIL, None, "switch", Null).await.unwrap_err().code(), "no_command");
        assert_eq!(tolls.create_json(json!({})).await.unwrap_err().code(), "denied");
    });
}

crmkit::entity!(
    #[entity("hst_toll", "通行费", "Toll")]
    #[inputs(NewToll, TollPatch)]
    /// What a road costs.
    pub struct Toll {
        /// How much.
        pub amount: Money,
    }
);

impl EntityFacts for Toll {}

#[test]
fn a_document_says_what_one_may_do_and_no_more() {
    block_on(async {
        let cast = casts().await.remove(0);
        let (li, supervisor) = (cast.li.openapi("").await.unwrap(), cast.supervisor.openapi("").await.unwrap());
        assert_eq!(operations(&li, "/opportunity/{id}"), ["delete", "get", "parameters", "patch"]);
        assert!(operations(&li, "/opportunity/{id}/assign").is_empty());
        assert_eq!(operations(&supervisor, "/opportunity/{id}/assign"), ["parameters", "post"]);
        assert!(operations(&li, "/user").is_empty() && operations(&supervisor, "/credential").is_empty());
        assert_eq!(operations(&supervisor, "/customer"), ["get"]);
        for code in supervisor["components"]["schemas"].as_object().unwrap().keys() {
            let code = code.trim_end_matches("_input");
            assert!(cast.supervisor.require(&format!("{code}.read")).await.is_ok(), "{code}");
        }
        rule(&cast, "phone", FieldAccess::Hidden).await;
        let document = cast.li.openapi("").await.unwrap();
        for shape in ["contact", "contact_input"] {
            assert!(li["components"]["schemas"][shape]["properties"].get("phone").is_some());
            assert_eq!(document["components"]["schemas"][shape]["properties"].get("phone"), None);
        }
        cast.system.users().edit(id(&cast.li), UserPatch { active: false.into(), ..Default::default() }).await.unwrap();
        assert_eq!(cast.li.openapi("").await.unwrap_err().code(), "session_ended");
    });
}
