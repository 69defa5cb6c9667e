//! A host's own entities, with every kind of reference that makes an order hard to find, and folders to compare.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crmkit::change::{Change, ChangeSet};
use crmkit::id::{IdSource, SeededIds, SetId};
use crmkit::prelude::*;
use crmkit::schema::Record;
use crmkit::storage::Storage;

crmkit::entity!(
    #[entity("hst_node", "节点", "Node")]
    #[inputs(NewNode, NodePatch)]
    /// A record that requires one of its own kind: its parent, or itself.
    pub(crate) struct Node {
        /// What is above it.
        pub parent: Id<Node>,
        /// What it stands beside, at either side.
        pub beside: Option<Id<Node>>,
        /// Its name.
        pub name: String,
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

crmkit::entity!(
    #[entity("hst_egg", "蛋", "Egg")]
    #[inputs(NewEgg, EggPatch)]
    /// Requires a hen, which requires an egg.
    pub(crate) struct Egg {
        /// Who laid it.
        pub hen: Id<Hen>,
    }
);

crmkit::entity!(
    #[entity("hst_hen", "鸡", "Hen")]
    #[inputs(NewHen, HenPatch)]
    /// Requires an egg, which requires a hen; may have a chick, which comes later.
    pub(crate) struct Hen {
        /// What it came out of.
        pub egg: Id<Egg>,
        /// Which of its chicks it likes best.
        pub favourite: Option<Id<Chick>>,
    }
);

crmkit::entity!(
    #[entity("hst_chick", "雏", "Chick")]
    #[inputs(NewChick, ChickPatch)]
    /// Requires a hen.
    pub(crate) struct Chick {
        /// Its mother.
        pub mother: Id<Hen>,
        /// One of a hen's is the first.
        pub before: Option<Id<Chick>>,
    }
);

crmkit::entity!(
    #[entity("hst_note", "记录", "Note")]
    #[inputs(NewNote, NotePatch)]
    /// Added and never changed; may answer another one.
    pub(crate) struct Note {
        /// What it answers.
        pub answers: Option<Id<Note>>,
        /// What it says.
        pub text: String,
    }
);

impl EntityFacts for Node {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Node::name])
    }
}

impl EntityFacts for Egg {}

impl EntityFacts for Hen {}

impl EntityFacts for Chick {
    fn facts() -> Facts {
        // While `before` is empty, a chick counts as the first.
        Facts::default().unique_when::<Self>(&[&Chick::mother], Chick::before.is_null())
    }
}

impl EntityFacts for Note {
    fn facts() -> Facts {
        Facts::default().append_only()
    }
}

impl Rules for Node {}
impl Rules for Egg {}
impl Rules for Hen {}
impl Rules for Chick {}
impl Rules for Note {}

/// The crate's entities and the host's.
pub(crate) fn schema() -> Arc<Schema> {
    let builder = Schema::builder().with::<Egg>().with::<Node>().standard();
    builder.with::<Hen>().with::<Chick>().with::<Note>().build().unwrap()
}

/// Records of the host, as they are to be stored.
pub(crate) struct Host {
    ids: SeededIds,
}

impl Host {
    pub(crate) const fn new() -> Self {
        Self { ids: SeededIds::new(77) }
    }

    pub(crate) fn id<E: Entity>(&self) -> Id<E> {
        Id::new(self.ids.next_id(Timestamp::EPOCH))
    }

    pub(crate) async fn commit(&self, storage: &dyn Storage, changes: Vec<Change>) {
        let mut set = ChangeSet::new(SetId(self.ids.next_id(Timestamp::EPOCH)), Timestamp::EPOCH, "test");
        set.changes = changes;
        storage.commit(&set).await.unwrap();
    }

    /// Nodes in a ring, below each other against the order of their ids, and beside each other both ways.
    pub(crate) async fn fill(&self, storage: &dyn Storage) {
        let ids: Vec<Id<Node>> = (0..12).map(|_| self.id()).collect();
        let nodes: Vec<Node> = (0..12).map(|index| self.node(&ids, index)).collect();
        self.commit(storage, nodes.iter().map(insert).collect()).await;
        // Some are written again, and so have higher versions.
        for node in nodes.iter().take(5) {
            let mut stored = node.clone();
            for version in 1..4 {
                stored.version = Version(version);
                self.commit(
                    storage,
                    vec![Change::Update { record: stored.clone().into_record(), expected: Version(version) }],
                )
                .await;
            }
        }
        let (egg, hen, chick) = (self.id::<Egg>(), self.id::<Hen>(), self.id::<Chick>());
        let egg = Egg::draft(egg, NewEgg { hen, ..Default::default() });
        let hen = Hen::draft(hen, NewHen { egg: egg.id, favourite: Some(chick), ..Default::default() });
        let second = NewChick { mother: hen.id, before: Some(chick), ..Default::default() };
        let second = Chick::draft(self.id(), second);
        let first = Chick::draft(chick, NewChick { mother: hen.id, ..Default::default() });
        // One that comes before the first by its id, and behind it by the field.
        let third = NewChick { mother: hen.id, before: Some(second.id), ..Default::default() };
        let third =
            Chick::draft(Id::new(RecordId::from_bytes([0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1])), third);
        let all = vec![insert(&egg), insert(&hen), insert(&second), insert(&first), insert(&third)];
        self.commit(storage, all).await;
        let notes: Vec<Id<Note>> = (0..4).map(|_| self.id()).collect();
        let note = |index: usize| {
            let answers = notes.get(index + 1).copied();
            let new = NewNote { answers, text: format!("note {index}"), ..Default::default() };
            insert(&Note::draft(notes[index], new))
        };
        self.commit(storage, (0..4).map(note).collect()).await;
    }

    fn node(&self, ids: &[Id<Node>], index: usize) -> Node {
        // 0 is its own parent; 1 and 2 are each other's; the others stand below the one with the next larger id.
        let parent = match index {
            0 => ids[0],
            1 => ids[2],
            2 => ids[1],
            11 => ids[0],
            _ => ids[index + 1],
        };
        let many = [i64::MAX, i64::MIN, 0, -1][index % 4];
        let raw = [i64::MAX, -i64::MAX, 0, -1][index % 4];
        let some = index % 5 != 4;
        let new = NewNode {
            parent,
            beside: (!index.is_multiple_of(3)).then(|| ids[(index * 7) % 12]),
            name: ["普通", "\u{10FFFF} e\u{301}", "tab\tline\nquote\"\\", "  ", "👩‍👩‍👧‍👦"][index % 5].to_owned()
                + &index.to_string(),
            count: many,
            amount: some.then(|| Money::from_raw(raw).unwrap()),
            quantity: some.then(|| Quantity::from_raw(raw).unwrap()),
            rate: some.then(|| Rate::from_raw(raw).unwrap()),
            day: some.then(|| if index.is_multiple_of(2) { "9999-12-31" } else { "1969-12-31" }.parse().unwrap()),
            at: some.then_some([Timestamp::MAX, Timestamp::MIN, Timestamp::EPOCH][index % 3]),
            data: [
                Some(serde_json::Value::Null),
                None,
                Some(serde_json::json!({"z": [1.0e15, 0.1, u64::MAX], "a": {"": "\u{1F600}"}})),
            ][index % 3]
                .clone(),
            custom: if some {
                serde_json::from_str(r#"{"字段":{"b":null,"a":1.797693134862315e308}}"#).unwrap()
            } else {
                Default::default()
            },
        };
        Node::draft(ids[index], new)
    }
}

pub(crate) fn insert<E: Entity>(entity: &E) -> Change {
    let record: Record = entity.clone().into_record();
    Change::Insert(record)
}

/// The files of a folder and what is in them.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

/// Puts files in place of what is in a folder.
pub(crate) fn put(folder: &Path, files: &BTreeMap<String, Vec<u8>>) {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir(folder).unwrap();
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
}

/// Two folders hold the same; the first difference is shown as far as people can read it.
pub(crate) fn same(one: &Path, other: &Path, what: &str) {
    let (one, other) = (files(one), files(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{what}");
    for (name, content) in &one {
        let (left, right) = (String::from_utf8_lossy(content), String::from_utf8_lossy(&other[name]));
        for (number, (left, right)) in left.lines().zip(right.lines()).enumerate() {
            assert_eq!(left, right, "{what}: {name} line {}", number + 1);
        }
        assert!(*content == other[name], "{what}: {name}");
    }
}

/// A folder of its own, and a place in it.
pub(crate) fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("export");
    (folder, place)
}
