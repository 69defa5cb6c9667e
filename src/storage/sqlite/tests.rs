//! What can only be arranged from inside: a full disk, and sets that are known to be committed together.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use super::*;
use crate::change::Change;
use crate::id::Id;
use crate::schema::{Entity, EntityFacts, Facts};
use crate::storage::ReaderExt;
use crate::value::Timestamp;

crate::entity!(
    #[entity("t_text", "文字", "Text")]
    #[inputs(NewText, TextPatch)]
    /// Some text.
    pub(crate) struct Text {
        /// It.
        pub text: String,
        /// The one before.
        pub before: Option<Id<Text>>,
    }
);

impl EntityFacts for Text {
    fn facts() -> Facts {
        Facts::default()
    }
}

fn storage() -> SqliteStorage {
    SqliteStorage::in_memory(Schema::builder().definition(Text::definition()).build().unwrap()).unwrap()
}

fn id(number: u128) -> RecordId {
    RecordId::from_bytes(number.to_be_bytes())
}

fn writes(number: u128, text: &str) -> ChangeSet {
    let new = NewText { text: text.into(), ..Default::default() };
    let record = Text::draft(Id::new(id(number)), new).into_record();
    ChangeSet::new(SetId(id(number)), Timestamp::EPOCH, "test").with(Change::Insert(record))
}

fn is_there(storage: &SqliteStorage, number: u128) -> bool {
    pollster::block_on(storage.load::<Text>(Id::new(id(number)))).unwrap().is_some()
}

/// Commits sets in one transaction: they are queued while the writer waits with another.
fn together(storage: &SqliteStorage, sets: &[ChangeSet]) -> Vec<Result<Committed>> {
    type Commit<'a> = Pin<Box<dyn Future<Output = Result<Committed>> + Send + 'a>>;
    let first = writes(999_999, "first");
    let queue = storage.queue.as_ref().unwrap();
    let Source::Held(held) = &storage.access.source else { panic!("not in memory") };
    let mut context = Context::from_waker(Waker::noop());
    let mut queued: Vec<Commit<'_>> = Vec::new();
    let mut begun = storage.commit(&first);
    held.with(|_| {
        assert!(begun.as_mut().poll(&mut context).is_pending());
        while queue.waiting() > 0 {
            std::thread::yield_now();
        }
        for set in sets {
            let mut commit = storage.commit(set);
            assert!(commit.as_mut().poll(&mut context).is_pending());
            queued.push(commit);
        }
        Ok(())
    })
    .unwrap();
    pollster::block_on(begun).unwrap();
    queued.into_iter().map(pollster::block_on).collect()
}

#[test]
fn a_set_that_fills_the_disk_does_not_harm_its_neighbours() {
    let storage = storage();
    let Source::Held(held) = &storage.access.source else { panic!("not in memory") };
    held.with(|link| {
        let pages: i64 = link.connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
        Ok(link.connection.execute_batch(&format!("PRAGMA max_page_count = {}", pages + 10))?)
    })
    .unwrap();
    let sets = [writes(1, "small"), writes(2, &"large ".repeat(100_000)), writes(3, "small")];
    let results = together(&storage, &sets);
    let kinds: Vec<_> = results.iter().map(|result| result.as_ref().map(|_| ()).map_err(StorageError::kind)).collect();
    assert_eq!(kinds, [Ok(()), Err(StorageErrorKind::Full), Ok(())]);
    assert_eq!([1, 2, 3].map(|number| is_there(&storage, number)), [true, false, true]);
    assert!(pollster::block_on(storage.committed(SetId(id(2)))).unwrap().is_none());
    // With more room the same store takes the same set.
    held.with(|link| Ok(link.connection.execute_batch("PRAGMA max_page_count = 1000000")?)).unwrap();
    pollster::block_on(storage.commit(&sets[1])).unwrap();
    assert!(is_there(&storage, 2));
}

#[test]
fn sets_of_one_transaction_see_each_other_and_are_refused_alone() {
    let storage = storage();
    let mut dangling = writes(2, "two");
    let mut later = writes(4, "four");
    for (set, before) in [(&mut dangling, 77), (&mut later, 1)] {
        let Some(Change::Insert(record)) = set.changes.first_mut() else { panic!("no insert") };
        record.values[1] = crate::value::Value::Id(id(before));
    }
    // A set whose child comes before its parent is good, and the one behind it is looked at as strictly as ever.
    let child = writes(6, "six");
    let mut upside_down = writes(5, "five");
    let Some(Change::Insert(record)) = upside_down.changes.first_mut() else { panic!("no insert") };
    record.values[1] = crate::value::Value::Id(id(6));
    upside_down.changes.extend(child.changes);
    let mut dangling_too = dangling.clone();
    dangling_too.id = SetId(id(3));
    let results = together(&storage, &[writes(1, "one"), dangling, writes(1, "one"), later, upside_down, dangling_too]);
    let kinds: Vec<_> =
        results.iter().map(|result| result.as_ref().map(|done| done.replayed).map_err(StorageError::kind)).collect();
    let refused = Err(StorageErrorKind::Refused);
    assert_eq!(kinds, [Ok(false), refused, Ok(true), Ok(false), Ok(false), refused]);
    assert_eq!([1, 2, 4, 5, 6].map(|number| is_there(&storage, number)), [true, false, true, true, true]);
}

#[test]
fn a_writer_that_is_gone_leaves_nobody_waiting() {
    let storage = storage();
    let Source::Held(held) = &storage.access.source else { panic!("not in memory") };
    held.close();
    let error = pollster::block_on(storage.commit(&writes(1, "one"))).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Closed);
    storage.queue.as_ref().unwrap().abandon();
    let error = pollster::block_on(storage.commit(&writes(2, "two"))).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Closed);
}
