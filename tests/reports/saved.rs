//! Reports that people keep and share.

use crmkit::access::{FieldAccess, NewFieldRule, NewTeam};
use crmkit::prelude::*;
use crmkit::report::{Definition, NewSavedReport, ReportError, SavedReport, Sharing};
use crmkit::storage::MemoryStorage;
use pollster::block_on;

use crate::world::rows;

fn names() -> Definition {
    definition("name")
}

fn definition(path: &str) -> Definition {
    let json = r#"{"name": "n", "entity": "customer", "rows": {"list": [{"path": "PATH"}]}}"#;
    json.replace("PATH", path).parse().unwrap()
}

struct Company {
    crm: Crm,
    role: Id<Role>,
}

impl Company {
    /// A role that reads its own customers, makes reports and keeps them.
    async fn new() -> Self {
        let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().await.unwrap();
        let system = crm.system();
        let role = system.roles().create(NewRole::new("seller")).await.unwrap().id;
        for (code, scope) in [("customer", Scope::Own), ("report.custom", Scope::All), ("saved_report", Scope::Own)] {
            let tree = system.roles().right_tree().await.unwrap();
            let codes = tree.operations(crmkit::access::RightTree::ROOT).unwrap();
            let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
            for code in codes.iter().filter(|known| *known == code || known.starts_with(&format!("{code}."))) {
                system.roles().tick(role, code, scope).await.unwrap();
            }
        }
        Self { crm, role }
    }

    async fn team(&self, name: &str) -> Id<Team> {
        self.crm.system().teams().create(NewTeam { name: name.into(), ..Default::default() }).await.unwrap().id
    }

    /// A seller with a customer called after him.
    async fn seller(&self, login: &str, team: Option<Id<Team>>) -> Session {
        let new = NewUser { team, ..NewUser::new(login, self.role) };
        let user = self.crm.system().users().create(new).await.unwrap();
        let session = self.crm.session(user.id).await.unwrap();
        session.customers().create(NewCustomer::new(format!("of {login}"))).await.unwrap();
        session
    }
}

async fn found(session: &Session) -> Vec<String> {
    session.saved_reports().await.unwrap().into_iter().map(|report| report.name).collect()
}

fn missing<T>(asked: Result<T, ReportError>) -> bool {
    matches!(asked, Err(ReportError::Failed(Error::NotFound { .. })))
}

#[test]
fn who_finds_a_report_is_whom_it_is_shared_with_and_it_shows_him_his_own() {
    block_on(async {
        let company = Company::new().await;
        let (north, south) = (company.team("north").await, company.team("south").await);
        let li = company.seller("li", Some(north)).await;
        let wang = company.seller("wang", Some(north)).await;
        let zhao = company.seller("zhao", Some(south)).await;
        let free = company.seller("free", None).await;
        li.save_report("Mine", &names(), Sharing::Private).await.unwrap();
        li.save_report("Ours", &names(), Sharing::Team).await.unwrap();
        let all = li.save_report("Everybody's", &names(), Sharing::All).await.unwrap();
        assert_eq!(found(&li).await, ["Everybody's", "Mine", "Ours"]);
        assert_eq!(found(&wang).await, ["Everybody's", "Ours"]);
        assert_eq!(found(&zhao).await, ["Everybody's"]);
        assert_eq!(found(&free).await, ["Everybody's"]);
        assert!(missing(wang.report_saved("Mine").await) && missing(zhao.report_saved("Ours").await));
        let private = li.saved_report("Mine").await.unwrap();
        assert!(missing(wang.saved_report(&private.id.to_string()).await));
        // A report is a question: the answer is the reader's.
        assert_eq!(rows(&li.report_saved("Ours").await.unwrap()), ["of li"]);
        assert_eq!(rows(&wang.report_saved("Ours").await.unwrap()), ["of wang"]);
        assert_eq!(rows(&zhao.report_saved(&all.id.to_string()).await.unwrap()), ["of zhao"]);
        // Finding it is not changing it.
        let reports = wang.of::<SavedReport>();
        let tried = reports.edit(all.id, Default::default()).await.unwrap_err();
        assert!(matches!(tried, Error::NotFound { .. } | Error::Denied { .. }), "{tried}");
        assert!(reports.delete(all.id).await.is_err());
        li.of::<SavedReport>().delete(all.id).await.unwrap();
        assert!(missing(zhao.saved_report("Everybody's").await));
    });
}

#[test]
fn a_name_is_ones_own_first_and_else_must_say_whose() {
    block_on(async {
        let company = Company::new().await;
        let (li, wang) = (company.seller("li", None).await, company.seller("wang", None).await);
        let zhao = company.seller("zhao", None).await;
        li.save_report("Names", &names(), Sharing::All).await.unwrap();
        let second = wang.save_report("Names", &definition("number"), Sharing::All).await.unwrap();
        assert_eq!(li.report_saved("Names").await.unwrap().to_csv(), "name\nof li\n");
        let error = zhao.saved_report("Names").await.unwrap_err();
        let sentence = "option `name`: several people share a report `Names`; say which by its id";
        assert_eq!((error.to_string().as_str(), error.is_usage()), (sentence, true));
        assert_eq!(zhao.saved_report(&second.id.to_string()).await.unwrap(), second);
        // Saving again replaces one's own and nobody else's; the name is trimmed.
        let again = wang.save_report(" Names ", &names(), Sharing::Private).await.unwrap();
        assert_eq!((again.id, again.shared, again.version > second.version), (second.id, Sharing::Private, true));
        assert_eq!(zhao.saved_report("Names").await.unwrap().owner, li.actor().id());
        // The system has no owner, and still only one of a name.
        let system = company.crm.system();
        let first = system.save_report("Job", &names(), Sharing::All).await.unwrap();
        assert_eq!(system.save_report("Job", &names(), Sharing::All).await.unwrap().id, first.id);
        let new = NewSavedReport { name: "Job".into(), definition: first.definition.clone(), ..Default::default() };
        assert!(matches!(system.of::<SavedReport>().create(new).await, Err(Error::Taken { .. })));
    });
}

#[test]
fn a_definition_is_checked_when_it_is_saved_and_again_for_who_runs_it() {
    block_on(async {
        let company = Company::new().await;
        let (li, system) = (company.seller("li", None).await, company.crm.system());
        let shown = |error: ReportError| error.to_string();
        let misspelt = li.save_report("X", &definition("nmae"), Sharing::Private).await.unwrap_err();
        assert!(shown(misspelt).contains("did you mean `name`?"));
        let users: Definition =
            r#"{"name": "u", "entity": "user", "rows": {"list": [{"path": "name"}]}}"#.parse().unwrap();
        let denied = li.save_report("X", &users, Sharing::Private).await.unwrap_err();
        assert!(matches!(denied, ReportError::Failed(Error::Denied { .. })), "{denied}");
        let secret: Definition =
            r#"{"name": "u", "entity": "credential", "rows": {"list": [{"path": "id"}]}}"#.parse().unwrap();
        assert!(system.save_report("X", &secret, Sharing::Private).await.is_err());
        assert!(found(&li).await.is_empty() && found(&system).await.is_empty());

        // What the system shares is refused to whoever may not see a field or an entity of it.
        system.save_report("Phones", &definition("phone"), Sharing::All).await.unwrap();
        system.save_report("Users", &users, Sharing::All).await.unwrap();
        assert_eq!(rows(&li.report_saved("Phones").await.unwrap()), ["\"\""]);
        let denied = li.report_saved("Users").await.unwrap_err();
        assert!(matches!(denied, ReportError::Failed(Error::Denied { .. })), "{denied}");
        let (role, entity, field) = (company.role, "customer".into(), "phone".into());
        let rule = NewFieldRule { role, entity, field, access: FieldAccess::Hidden, ..Default::default() };
        system.field_rules().create(rule).await.unwrap();
        for error in [
            li.report_saved("Phones").await.unwrap_err(),
            li.save_report("Own", &definition("phone"), Sharing::Private).await.unwrap_err(),
        ] {
            assert!(error.is_usage() && shown(error).contains("has no field `phone`"));
        }

        // Without the right to make reports one that is found is not run, and without the right to read none is found.
        system.roles().untick(company.role, "report.custom").await.unwrap();
        let denied = li.report_saved("Phones").await.unwrap_err();
        assert!(shown(denied).contains("`report.custom`"));
        system.roles().untick(company.role, "saved_report.read").await.unwrap();
        let denied = li.saved_reports().await.unwrap_err();
        assert!(shown(denied).contains("`saved_report.read`"));
    });
}

#[test]
fn the_record_itself_takes_only_what_fits() {
    block_on(async {
        let system = Company::new().await.crm.system();
        let reports = system.of::<SavedReport>();
        let new = |name: &str, definition| NewSavedReport { name: name.into(), definition, ..Default::default() };
        let good = serde_json::to_value(names()).unwrap();
        let deep = (0..40).fold(serde_json::json!("all"), |filter, _| serde_json::json!({"not": filter}));
        let mut nested = good.clone();
        nested["filter"] = deep;
        for (report, sentence) in [
            (new("", good.clone()), "`name` is required"),
            (new("a\nb", good.clone()), "at most 200 characters, none of them a control character"),
            (new("x", serde_json::Value::Null), "line 1 is no part of a report definition"),
            (new("x", serde_json::json!({"name": "n"})), "missing field `entity`"),
            (new("x", nested), "run it as it is to see what"),
        ] {
            let error = reports.create(report).await.unwrap_err();
            assert!(error.to_string().contains(sentence), "{error}");
        }
        let saved = reports.create(new("x", good)).await.unwrap();
        assert_eq!(saved.read().unwrap(), names());
        // Its history, undoing and previews are those of any record.
        system.save_report("x", &definition("number"), Sharing::All).await.unwrap();
        let trail = reports.history(saved.id, &Default::default()).await.unwrap();
        system.undo(trail.entries.first().unwrap().set).await.unwrap();
        assert_eq!(reports.get(saved.id).await.unwrap().read().unwrap(), names());
        let preview = system.preview();
        preview.save_report("y", &names(), Sharing::All).await.unwrap();
        assert_eq!(found(&preview).await, ["x", "y"]);
        assert_eq!(found(&system).await, ["x"]);
    });
}
