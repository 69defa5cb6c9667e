//! Whatever an open session offers, it refuses once its user is deactivated. The operations are taken from the sources, so
//! that a new one without a case fails.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::Path;

use crmkit::access::{RightTree, Scope};
use crmkit::brief::BriefOptions;
use crmkit::customers::LostScanOptions;
use crmkit::events::EventCursor;
use crmkit::id::{RecordId, SetId, Version};
use crmkit::marketing::{Opportunity, OpportunityStatus, Win};
use crmkit::prelude::*;
use crmkit::report::{Catalogue, Composition, Definition, MeasureColumn, Sharing};
use crmkit::service::ArchiveSearch;
use crmkit::session::TrailOptions;
use crmkit::transfer::{BackupOptions, ImportKind, ImportOptions, ImportOutput};
use pollster::block_on;

use crate::attempts::{attempt, targets};
use crate::world::{Target, World, chance};

/// What came of an operation, as people read it.
type Said = Result<(), String>;

fn said<T, E: Display>(tried: Result<T, E>) -> Said {
    tried.map(drop).map_err(|error| error.to_string())
}

/// Every operation by file and name, tried.
fn operations(world: &World) -> Vec<(&'static str, Said)> {
    let me = &world.me;
    let customer = Id::<Customer>::new(world.of("customer", "own", "normal"));
    let opportunity = Id::<Opportunity>::new(world.of("opportunity", "own", "assigned"));
    let role = Id::<Role>::new(world.of("role", "any", "any"));
    let untyped = me.untyped("customer").unwrap();
    let by_right = |code: &str| {
        let target: Target = targets(world, code).remove(0);
        said(attempt(world, code, &target).unwrap())
    };
    let stored = block_on(world.crm.system().opportunities().get(opportunity)).unwrap();
    let records = block_on(world.crm.system().untyped("customer").unwrap().list(Query::new(""))).unwrap().records;
    let definition = || {
        let count = MeasureColumn::new("count", Measure::Count);
        Definition::groups::<Customer>("custom", vec![], vec![count])
    };
    let explained = |right: &str, record: Option<&str>| {
        let decision = block_on(me.explain(right, record)).map_err(|error| error.to_string())?;
        if decision.allowed { Ok(()) } else { Err(decision.rule) }
    };
    let entry = Catalogue::standard();
    let imported = || {
        let options = ImportOptions::new(ImportKind::named("products").unwrap());
        let file = std::io::Cursor::new("code,name\nT8,Tea\n");
        said(block_on(me.import(&options, file, ImportOutput::default())))
    };
    let backed_up = || {
        let folder = tempfile::tempdir().unwrap();
        said(block_on(me.backup(folder.path().join("crm.backup"), &BackupOptions::default())))
    };
    let all = || Query::of::<Customer>();
    vec![
        ("acting.require", said(block_on(me.require("customer.read")))),
        ("acting.actor_now", said(block_on(me.actor_now()))),
        ("actions.allowed_actions", said(block_on(me.opportunities().allowed_actions::<OpportunityStatus>(&stored)))),
        ("dictionary.entries", said(block_on(me.dictionary().entries("region")))),
        ("dictionary.entry", said(block_on(me.dictionary().entry("region", "x")))),
        ("dictionary.label", said(block_on(me.dictionary().label("region", "x", me.lang())))),
        ("dictionary.typed", said(block_on(me.dictionary().typed::<Rating>("credit")))),
        ("events.events", said(block_on(me.events(&EventCursor::beginning(), 1)))),
        ("explain.explain", explained("customer.read", None)),
        ("jobs.run_due", by_right("job.run")),
        ("lost.lost_scan", said(block_on(me.lost_scan(&LostScanOptions::default())))),
        ("lost.defer", by_right("lost_customer.defer")),
        ("lost.confirm", by_right("lost_customer.confirm")),
        ("marketing.assign", by_right("opportunity.assign")),
        ("marketing.win", by_right("opportunity.win")),
        ("marketing.terminate", by_right("opportunity.terminate")),
        ("marketing.execute", by_right("plan_item.execute")),
        ("mod.verify", said(block_on(me.verify()))),
        ("openapi.openapi", said(block_on(me.openapi("/api")))),
        ("orders.place", said(block_on(me.orders().place(NewOrder { customer, ..Default::default() }, vec![])))),
        ("orders.confirm", by_right("order.confirm")),
        ("orders.pick", by_right("order.pick")),
        ("orders.pack", by_right("order.pack")),
        ("orders.ship", by_right("order.ship")),
        ("orders.cancel", by_right("order.cancel")),
        ("orders.pay_part", by_right("order.pay_part")),
        ("orders.pay", by_right("order.pay")),
        ("rollups.rollups", said(block_on(me.rollups()))),
        ("rollups.rebuild_rollups", said(block_on(me.rebuild_rollups()))),
        ("records.create", said(block_on(me.opportunities().create(chance())))),
        ("records.get", said(block_on(me.customers().get(customer)))),
        ("records.named", said(block_on(me.customers().named("Acme")))),
        ("records.list", said(block_on(me.customers().list(all())))),
        ("records.search", said(block_on(me.customers().search("acme", all())))),
        ("records.count", said(block_on(me.customers().count(Filter::All)))),
        ("records.edit", said(block_on(me.customers().edit(customer, CustomerPatch::default())))),
        ("records.edit_seen", said(block_on(me.customers().edit_seen(customer, Version::NEW, Default::default())))),
        ("records.delete", said(block_on(me.customers().delete(customer)))),
        ("rights.right_tree", said(block_on(me.roles().right_tree()))),
        ("rights.ticks", said(block_on(me.roles().ticks(role)))),
        ("rights.tick", said(block_on(me.roles().tick(role, "service", Scope::Own)))),
        ("rights.untick", said(block_on(me.roles().untick(role, "service")))),
        ("rights.restore_default", said(block_on(me.roles().restore_default("executive")))),
        ("run.run", said(block_on(me.opportunities().run(opportunity, Win)))),
        ("run.run_seen", said(block_on(me.opportunities().run_seen(opportunity, None, Win)))),
        ("services.assign", by_right("service_request.assign")),
        ("services.handle", by_right("service_request.handle")),
        ("services.feedback", by_right("service_request.feedback")),
        ("services.archive", said(block_on(me.services().archive(&ArchiveSearch::default(), None)))),
        ("signin.change_password", said(block_on(me.change_password("an old long one", "a new long one")))),
        ("signin.set_password", by_right("user.set_password")),
        ("signin.unlock", by_right("user.unlock")),
        ("history.purge_history", said(block_on(me.purge_history(Timestamp::EPOCH)))),
        ("history.history", said(block_on(me.customers().history(customer, &TrailOptions::default())))),
        ("history.as_of", said(block_on(me.customers().as_of(customer, Timestamp::EPOCH)))),
        ("history.erase_history", said(block_on(untyped.erase_history(customer.raw(), &[])))),
        ("undo.undo", said(block_on(me.undo(SetId(RecordId::NIL))))),
        ("preview.changes", said(block_on(me.preview().changes()))),
        ("unit.changes", said(block_on(me.unit_of_work().changes()))),
        ("unit.commit", said(block_on(me.unit_of_work().commit()))),
        ("untyped.create", said(block_on(untyped.create([("name".into(), "New".into())])))),
        ("untyped.edit", said(block_on(untyped.edit(customer.raw(), None, [])))),
        ("untyped.create_json", said(block_on(untyped.create_json(serde_json::json!({"name": "New"}))))),
        ("untyped.edit_json", said(block_on(untyped.edit_json(customer.raw(), None, serde_json::json!({}))))),
        ("untyped.run", said(block_on(untyped.run(customer.raw(), None, "win", serde_json::Value::Null)))),
        ("untyped.get", said(block_on(untyped.get(customer.raw())))),
        ("untyped.delete", said(block_on(untyped.delete(customer.raw())))),
        ("untyped.allowed_actions", said(block_on(untyped.allowed_actions(&records[0])))),
        ("untyped.read", said(block_on(untyped.read("level", "5")))),
        ("untyped.list", said(block_on(untyped.list(Query::new(""))))),
        ("untyped.searched", said(block_on(untyped.searched("acme")))),
        ("untyped.count", said(block_on(untyped.count(Filter::All)))),
        ("untyped.named", said(block_on(untyped.named("Acme")))),
        ("untyped.names", said(block_on(untyped.names(&records)))),
        ("report.report", said(block_on(me.report("composition", [("by", "level")])))),
        ("report.report_of", said(block_on(me.report_of(entry.entry("loss").unwrap(), [("from", "2020-01-01")])))),
        ("report.report_typed", said(block_on(me.report_typed(&Composition::default())))),
        ("report.report_custom", said(block_on(me.report_custom(&definition())))),
        ("report.save_report", said(block_on(me.save_report("Own", &definition(), Sharing::Team)))),
        ("report.saved_reports", said(block_on(me.saved_reports()))),
        ("report.saved_report", said(block_on(me.saved_report("Own")))),
        ("report.report_saved", said(block_on(me.report_saved("Own")))),
        ("brief.brief", said(block_on(me.brief(&BriefOptions::default())))),
        ("transfer.import", imported()),
        ("backup.backup", backed_up()),
        ("transfer.export", by_right("data.export")),
    ]
}

/// The asynchronous operations that the sources offer on sessions, by file and name.
fn offered() -> BTreeSet<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files =
        std::fs::read_dir(src.join("session")).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file());
    let mut files: Vec<(String, _)> =
        files.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path)).collect();
    files.push(("report".into(), src.join("report/session.rs")));
    files.push(("brief".into(), src.join("brief/session.rs")));
    files.push(("transfer".into(), src.join("transfer/session.rs")));
    files.push(("backup".into(), src.join("transfer/backup/make.rs")));
    let mut offered = BTreeSet::new();
    for (stem, path) in files {
        let text = std::fs::read_to_string(path).unwrap();
        // What the CRM itself offers needs no session.
        for part in text.split("\nimpl").filter(|part| !part.starts_with(" Crm {")) {
            for rest in part.split("\n    pub async fn ").skip(1) {
                let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap();
                offered.insert(format!("{stem}.{name}"));
            }
        }
    }
    offered
}

#[test]
fn an_open_session_refuses_everything_once_its_user_is_deactivated() {
    let world = World::around("administrator");
    let system = world.crm.system();
    let role = block_on(system.roles().named("administrator")).unwrap().id;
    block_on(system.roles().tick(role, RightTree::ROOT, Scope::All)).unwrap();
    let inactive = |said: &Said| said.as_ref().is_err_and(|error| error.contains("the user `me` is inactive"));

    let before = operations(&world);
    assert_eq!(before.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>(), offered());
    for (name, said) in &before {
        assert!(!inactive(said), "{name}: {said:?}");
    }
    assert!(before.iter().filter(|(_, said)| said.is_ok()).count() > 30, "{before:?}");

    // A fresh company, since the first round has changed the other.
    let world = World::around("administrator");
    let me = world.me.actor().id().unwrap();
    let patch = UserPatch { active: false.into(), ..Default::default() };
    block_on(world.crm.system().users().edit(me, patch)).unwrap();
    let let_through: Vec<_> = operations(&world).into_iter().filter(|(_, said)| !inactive(said)).collect();
    assert!(let_through.is_empty(), "{let_through:?}");
    // And by right, all of them.
    for code in world.crm.rights().codes() {
        let target = targets(&world, code).remove(0);
        let tried = said(attempt(&world, code, &target).unwrap());
        assert!(inactive(&tried), "{code}: {tried:?}");
    }
}
