//! From every store into every store.

use std::path::Path;
use std::sync::Arc;

use crmkit::organisation::LoadRun;
use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, ReaderExt, Storage};
use crmkit::transfer::{ExportOptions, LoadOptions, TransferStage, export_to, load_from};

use crate::company::{PASSWORD, fill};
use crate::host::{place, same, schema};

/// An empty store of each kind, and what must stay for it to stay.
async fn stores() -> Vec<(&'static str, Arc<dyn Storage>, Option<tempfile::TempDir>)> {
    #[allow(unused_mut)]
    let mut stores: Vec<(_, Arc<dyn Storage>, _)> = vec![("memory", Arc::new(MemoryStorage::new(schema())), None)];
    #[cfg(feature = "sqlite")]
    {
        use crmkit::storage::{SqliteOptions, SqliteStorage};
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions { migrate: true, ..Default::default() };
        let store = SqliteStorage::open(folder.path().join("crm.db"), schema(), options).unwrap();
        stores.push(("sqlite", Arc::new(store), Some(folder)));
    }
    #[cfg(all(feature = "postgres", feature = "testing"))]
    {
        use crmkit::storage::{PostgresOptions, PostgresStorage};
        let server = crmkit::testing::ThrowawayPostgres::start().unwrap();
        let options = PostgresOptions::default();
        let store = PostgresStorage::connect(server.url(), &server.fresh_schema(), schema(), options).await.unwrap();
        stores.push(("postgres", Arc::new(store), None));
    }
    stores
}

async fn export(storage: &Arc<dyn Storage>, place: &Path) -> crmkit::transfer::ExportSummary {
    export_to(storage, place, ExportOptions::default()).await.unwrap()
}

async fn from(place_of_source: usize) {
    let sources = stores().await;
    let Some((name, source, _kept)) = sources.into_iter().nth(place_of_source) else { return };
    fill(name, &source).await;
    let (_folder, first) = place();
    let summary = export(&source, &first).await;
    let without: Vec<&str> =
        summary.entities.iter().filter(|(_, count)| *count == 0).map(|(name, _)| name.as_ref()).collect();
    assert_eq!(without, Vec::<&str>::new(), "entities that nothing was tried on");
    for (to, target, _kept) in stores().await {
        let what = format!("from {name} to {to}");
        let mut stages = Vec::new();
        let mut watch = |progress: &crmkit::transfer::TransferProgress| {
            assert!(progress.done <= progress.total.unwrap());
            stages.push((progress.stage, progress.done));
        };
        let loaded = load_from(&target, &first, LoadOptions::default().on_progress(&mut watch)).await;
        let loaded = loaded.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!((loaded.records, loaded.found, &loaded.checksum), (summary.records, 0, &summary.checksum));
        assert!(stages.contains(&(TransferStage::Checking, loaded.records)), "{what}");
        assert!(stages.contains(&(TransferStage::Loading, loaded.records)), "{what}");
        let (_folder, second) = place();
        assert_eq!(export(&target, &second).await, summary, "{what}");
        same(&first, &second, &what);
        assert_eq!(target.verify().await.unwrap(), Vec::<String>::new(), "{what}");

        // Loading once more does nothing, until the store has a life of its own.
        let again = load_from(&target, &first, LoadOptions::default()).await.unwrap();
        assert!(again.was_done(), "{what}");
        let crm = Crm::builder(Arc::clone(&target)).open().await.unwrap();
        assert_eq!(target.load::<LoadRun>(LoadRun::ID).await.unwrap(), None, "{what}");
        let error = load_from(&target, &first, LoadOptions::default()).await.unwrap_err();
        assert_eq!(error.code(), "transfer.not_empty", "{what}");
        let (_folder, third) = place();
        assert_eq!(export(&target, &third).await, summary, "{what}, opened");
        assert_eq!(crm.system().verify().await.unwrap(), Vec::<String>::new(), "{what}");
        let li = crm.sign_in("li", PASSWORD).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(li.customers().count(Filter::All).await.unwrap() > 0, "{what}");
        // Numbers go on where they were.
        let next =
            |crm: Crm| async move { crm.system().customers().create(NewCustomer::new("Next")).await.unwrap().number };
        assert!(next(crm).await.starts_with("KH"), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_in_memory_goes_into_every_store() {
    from(0).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_in_sqlite_goes_into_every_store() {
    from(1).await;
}

#[cfg(all(feature = "sqlite", feature = "postgres", feature = "testing"))]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_in_postgresql_goes_into_every_store() {
    from(2).await;
}
