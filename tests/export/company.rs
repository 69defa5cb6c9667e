//! A company in which everything has happened.

use std::io::Cursor;
use std::sync::Arc;

use chrono::TimeDelta;
use crmkit::access::{NewTeam, TeamPatch};
use crmkit::change::Change;
use crmkit::clock::Clock;
use crmkit::crm::Jobs;
use crmkit::events::{Delivery, Start};
use crmkit::prelude::*;
use crmkit::report::Sharing;
use crmkit::sales::StockItem;
use crmkit::service::NewServiceRequest;
use crmkit::storage::Storage;
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};

use crate::cases::{CASES, World};
use crate::cast::{self, Cast};
use crate::host::Host;

pub(crate) const PASSWORD: &str = "a long and good one";

/// Fills an empty store through commands, imports and by hand: every entity has records.
pub(crate) async fn fill(name: &'static str, storage: &Arc<dyn Storage>) -> Cast {
    let cast = cast::cast(name, Arc::clone(storage)).await;
    let system = &cast.system;
    let here = system.teams().create(NewTeam { name: "here".into(), ..Default::default() }).await.unwrap();
    let below = NewTeam { name: "below 下".into(), parent: Some(here.id), ..Default::default() };
    let below = system.teams().create(below).await.unwrap();
    // Whoever leads a team is in it: each refers to the other.
    let li = cast::id(&cast.li);
    let patch = UserPatch { team: Some(below.id).into(), ..Default::default() };
    system.users().edit(li, patch).await.unwrap();
    for team in [here.id, below.id] {
        let patch = TeamPatch { leader: Some(li).into(), ..Default::default() };
        system.teams().edit(team, patch).await.unwrap();
    }
    let world = World::new(&cast).await;
    let mut done = 0;
    for case in CASES.iter().filter(|case| case.right != "organisation.delete") {
        done += usize::from((case.run)(system, &world).await.is_ok());
    }
    assert!(done > 60, "{done} commands were done");
    system.users().set_password(li, PASSWORD).await.unwrap();
    assert!(cast.crm.sign_in("li", "another long one").await.is_err());
    assert!(cast.crm.sign_in("nobody", "another long one").await.is_err());
    let file = Cursor::new("code,name,price\nA1,Anvil 铁砧,99.5001\nA2,\nA3,\"a \"\"quoted\"\"\nline\",1\n");
    let options = ImportOptions::new(ImportKind::named("products").unwrap());
    let report = system.import(&options, file, ImportOutput::default()).await.unwrap();
    assert_eq!((report.progress.imported, report.progress.rejected), (2, 1));
    aside(&cast, li).await;
    let host = Host::new();
    host.fill(&**storage).await;
    put_back(&host, &**storage, system).await;
    let faults = system.verify().await.unwrap();
    assert_eq!(faults, Vec::<String>::new());
    cast
}

/// What is kept for programs rather than for people: a report, jobs that ran, an event that nobody could take in.
async fn aside(cast: &Cast, li: Id<User>) {
    let names = r#"{"name": "names", "entity": "customer", "rows": {"list": [{"path": "name"}]}}"#;
    cast.system.save_report("Names 名", &names.parse().unwrap(), Sharing::All).await.unwrap();
    let slow = cast.system.customers().create(NewCustomer::new("Slow")).await.unwrap();
    let late = NewServiceRequest::new("inquiry", "Late", slow.id, "Where is it?");
    let late = cast.system.services().create(late).await.unwrap();
    cast.system.services().assign(late.id, li).await.unwrap();
    let (jobs, now) = (Jobs::standard(), cast.clock.now());
    cast.crm.run_due(now, &jobs).await.unwrap();
    let later = now.checked_add(TimeDelta::days(10)).unwrap();
    assert!(!cast.crm.run_due(later, &jobs).await.unwrap().is_empty());
    cast.crm.add_subscription("mirror", Start::Oldest).await.unwrap();
    let options = Delivery { tries: 1, limit: 3, ..Default::default() };
    let delivered = cast.crm.deliver("mirror", &options, async |_| Err("no line".into())).await.unwrap();
    assert!(delivered.parked > 0);
}

/// A record that was deleted and stored again, with fields of the host, goes on from the version it had.
async fn put_back(host: &Host, storage: &dyn Storage, system: &Session) {
    let product = system.products().named("A1").await.unwrap();
    let new = NewStockItem {
        product: product.id,
        warehouse: "w".into(),
        count: "1.5".parse().unwrap(),
        ..Default::default()
    };
    let item = system.stock().create(new).await.unwrap();
    let def = storage.schema().of::<StockItem>().unwrap().clone();
    let mut record = storage.get(&def, &[item.id.raw()]).await.unwrap().remove(0);
    let delete = Change::Delete { entity: record.entity.clone(), id: record.id, expected: record.version };
    host.commit(storage, vec![delete]).await;
    record.version = Version(41);
    record.custom.insert("fragile".into(), serde_json::json!([true, null, "ß"]));
    host.commit(storage, vec![Change::Insert(record)]).await;
}
