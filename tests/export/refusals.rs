//! What an export and a load are refused for other than damage, and what they leave behind.

use std::sync::Arc;

use crmkit::change::Change;
use crmkit::organisation::LoadRun;
use crmkit::prelude::*;
use crmkit::storage::MemoryStorage;
use crmkit::transfer::{ExportOptions, LoadOptions, TransferError, export_to, load_from};
use pollster::block_on;

use crate::host::{Egg, Hen, Host, NewNode, Node, Note, place, same};
use crate::small::{count, empty, filled, schema};

/// Nodes that stand in one ring.
async fn ring(size: usize) -> Arc<MemoryStorage> {
    let (storage, host) = (empty(), Host::new());
    let ids: Vec<Id<Node>> = (0..size).map(|_| host.id()).collect();
    let node = |index: usize| {
        let new = NewNode { parent: ids[(index + 1) % size], name: format!("{index}"), ..Default::default() };
        Change::Insert(Node::draft(ids[index], new).into_record())
    };
    host.commit(&*storage, (0..size).map(node).collect()).await;
    storage
}

#[test]
fn records_that_require_each_other_are_loaded_as_long_as_they_fit_into_a_set() {
    block_on(async {
        for (size, fits) in [(1, true), (990, true), (991, false)] {
            let (_folder, first) = place();
            export_to(&*ring(size).await, &first, ExportOptions::default()).await.unwrap();
            let store = empty();
            match load_from(&*store, &first, LoadOptions::default()).await {
                Ok(loaded) => {
                    assert!(fits && loaded.records == size as u64);
                    let (_folder, second) = place();
                    export_to(&*store, &second, ExportOptions::default()).await.unwrap();
                    same(&first, &second, "a ring");
                }
                Err(error) => {
                    assert!(!fits, "{error}");
                    let said = "991 records of `hst_node` require each other";
                    assert!(error.to_string().starts_with(said) && error.code() == "transfer.cycle", "{error}");
                    assert_eq!(count(&*store).await, 0);
                }
            }
        }
    });
}

#[test]
fn a_place_with_something_in_it_is_left_alone() {
    block_on(async {
        let source = filled().await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mine"), "mine").unwrap();
        for (path, says) in
            [(folder.path().to_owned(), "is not empty"), (folder.path().join("mine"), "is no directory")]
        {
            let error = export_to(&*source, &path, ExportOptions::default()).await.unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
        let inner = folder.path().join("not/there");
        let error = export_to(&*source, &inner, ExportOptions::default()).await.unwrap_err();
        assert_eq!(error.code(), "transfer.file", "{error}");
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["mine"]);
    });
}

#[test]
fn an_empty_directory_and_none_get_the_same_export_and_nothing_else_is_left() {
    block_on(async {
        let source = filled().await;
        let folder = tempfile::tempdir().unwrap();
        let (there, new) = (folder.path().join("there"), folder.path().join("new"));
        std::fs::create_dir(&there).unwrap();
        export_to(&*source, &there, ExportOptions::default()).await.unwrap();
        export_to(&*source, &new, ExportOptions::default()).await.unwrap();
        same(&there, &new, "an empty directory");
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["new", "there"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&new), 0o700);
            for place in [&there, &new] {
                for entry in std::fs::read_dir(place).unwrap() {
                    assert_eq!(mode(&entry.unwrap().path()), 0o600);
                }
            }
        }
    });
}

#[cfg(feature = "testing")]
#[test]
fn an_export_that_fails_leaves_nothing() {
    use crmkit::testing::{Fault, FaultyStorage};
    block_on(async {
        let faulty = FaultyStorage::new(filled().await);
        let folder = tempfile::tempdir().unwrap();
        faulty.fail(1, Fault::Unreachable);
        let error = export_to(&faulty, &folder.path().join("new"), ExportOptions::default()).await.unwrap_err();
        assert_eq!(error.code(), "storage.unavailable");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    });
}

#[test]
fn a_store_with_records_is_refused_by_the_names_of_what_it_has() {
    block_on(async {
        let (source, (_folder, first)) = (filled().await, place());
        export_to(&*source, &first, ExportOptions::default()).await.unwrap();
        let before = count(&*source).await;
        let error = load_from(&*source, &first, LoadOptions::default()).await.unwrap_err();
        assert!(error.to_string().contains("it has records of `hst_chick`, `hst_note`, `hst_hen`"), "{error}");
        assert_eq!((error.code(), count(&*source).await), ("transfer.not_empty", before));
    });
}

#[test]
fn only_who_has_the_right_exports_and_not_what_is_only_staged() {
    block_on(async {
        let storage = Arc::new(MemoryStorage::new(crmkit::standard_schema().unwrap()));
        let crm = Crm::builder(storage).open().await.unwrap();
        let (folder, place) = place();
        let role = crm.system().roles().named("supervisor").await.unwrap();
        let user = crm.system().users().create(NewUser::new("li", role.id)).await.unwrap();
        let session = crm.session(user.id).await.unwrap();
        let error = session.export(&place, ExportOptions::default()).await.unwrap_err();
        assert!(matches!(&error, TransferError::Denied(Error::Denied { .. })), "{error}");
        let preview = crm.system().preview();
        assert!(preview.export(&place, ExportOptions::default()).await.is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        crm.system().export(&place, ExportOptions::default()).await.unwrap();
        assert!(place.join("manifest.json").is_file() && place.join("sec_credential.jsonl").is_file());
    });
}

mod later {
    //! The host's next version.
    use crmkit::prelude::*;

    crmkit::entity!(
        #[entity("hst_node", "节点", "Node")]
        #[inputs(NewNode, NodePatch)]
        /// A node with one field more, and in another order.
        pub(crate) struct Node {
            /// Its name.
            pub name: String,
            /// What is new.
            pub colour: Option<String>,
            /// What is above it.
            pub parent: Id<Node>,
            /// What it stands beside.
            pub beside: Option<Id<Node>>,
            /// A number.
            pub count: i64,
            /// An amount.
            pub amount: Option<Money>,
            /// A quantity.
            pub quantity: Option<Quantity>,
            /// A share.
            pub rate: Option<Rate>,
            /// A day.
            pub day: Option<Date>,
            /// A moment.
            pub at: Option<Timestamp>,
            /// Anything.
            pub data: Option<serde_json::Value>,
        }
    );

    impl EntityFacts for Node {}
    impl Rules for Node {}
}

#[test]
fn a_later_version_of_the_host_loads_what_an_earlier_one_exported() {
    block_on(async {
        let (_folder, first) = place();
        export_to(&*filled().await, &first, ExportOptions::default()).await.unwrap();
        let builder = Schema::builder().with::<LoadRun>().with::<later::Node>().with::<Egg>().with::<Hen>();
        let schema = builder.with::<crate::host::Chick>().with::<Note>().build().unwrap();
        let store = MemoryStorage::new(schema);
        load_from(&store, &first, LoadOptions::default()).await.unwrap();
        let (_folder, second) = place();
        export_to(&store, &second, ExportOptions::default()).await.unwrap();
        // An earlier one does not load what it does not know.
        let error = load_from(&*empty(), &second, LoadOptions::default()).await.unwrap_err();
        assert!(error.to_string().contains("`hst_node` has no field `colour`"), "{error}");
        let text = |place: &std::path::Path| std::fs::read_to_string(place.join("hst_egg.jsonl")).unwrap();
        assert_eq!(text(&first), text(&second));
    });
}

#[test]
fn a_schema_without_the_record_of_loads_can_be_exported_but_not_loaded() {
    block_on(async {
        let schema = Schema::builder().with::<Note>().build().unwrap();
        let (_folder, first) = place();
        export_to(&MemoryStorage::new(schema.clone()), &first, ExportOptions::default()).await.unwrap();
        let error = load_from(&MemoryStorage::new(schema), &first, LoadOptions::default()).await.unwrap_err();
        assert!(error.to_string().contains("`sec_load_run`; register it"), "{error}");
    });
}

#[test]
fn an_empty_store_is_exported_and_loaded_and_takes_another_export_after_it() {
    block_on(async {
        let (_folder, first) = place();
        let exported = export_to(&MemoryStorage::new(schema()), &first, ExportOptions::default()).await.unwrap();
        assert_eq!((exported.records, exported.bytes), (0, 0));
        let store = empty();
        assert_eq!(load_from(&*store, &first, LoadOptions::default()).await.unwrap().records, 0);
        let (_folder, second) = place();
        export_to(&*filled().await, &second, ExportOptions::default()).await.unwrap();
        assert!(load_from(&*store, &second, LoadOptions::default()).await.unwrap().records > 0);
    });
}
