//! Whether a name is somebody's can't be told from the answer, from the work that is done for it, or from a lock.

use crmkit::access::{HashParameters, SignInOptions};
use crmkit::prelude::*;
use crmkit::storage::{Reader, Storage};

use crate::stores::{Place, everywhere};

const GOOD: &str = "a long and good one";

/// What one try costs: hashes, and what is asked of the store.
#[derive(Debug, PartialEq, Eq)]
struct Work {
    hashes: u64,
    calls: Vec<String>,
    answer: &'static str,
}

#[test]
fn a_wrong_password_and_a_name_that_nobody_has_are_the_same_work() {
    everywhere(async |place| {
        let watched = Watched::over(place);
        let hash = HashParameters { memory_kib: 64, passes: 1, lanes: 1 };
        let crm =
            Crm::builder(watched.clone()).sign_in(SignInOptions { hash, ..Default::default() }).open().await.unwrap();
        let system = crm.system();
        let role = system.roles().named("account_manager").await.unwrap().id;
        let asleep = system.users().create(NewUser::new("asleep", role)).await.unwrap();
        system.users().set_password(asleep.id, GOOD).await.unwrap();
        let patch = UserPatch { active: false.into(), ..Default::default() };
        system.users().edit(asleep.id, patch).await.unwrap();
        for n in 0..3 {
            let user = system.users().create(NewUser::new(format!("known{n}"), role)).await.unwrap();
            system.users().set_password(user.id, GOOD).await.unwrap();
        }
        system.users().create(NewUser::new("without", role)).await.unwrap();
        // A first try of a name makes the counter that later ones add to.
        for round in 0..3 {
            let mut works = Vec::new();
            for name in ["known0", "nobody", "asleep", "without", "nobody else", "\u{430}\u{431}\u{432}", "' OR 1=1 --"]
            {
                works.push((name, tried(&crm, &watched, name).await));
            }
            let (_, first) = &works[0];
            assert_eq!((first.hashes, first.answer), (1, "sign_in"), "{}", place.name);
            assert!(first.calls.len() >= 5, "{first:?}");
            for (name, work) in &works {
                assert_eq!(work, first, "{}: {name}, round {round}", place.name);
            }
        }
    });
}

async fn tried(crm: &Crm, watched: &Watched, name: &str) -> Work {
    let before = crm.hashes_made();
    watched.calls.lock().unwrap().clear();
    let answer = crm.sign_in(name, "another long one").await.unwrap_err().code();
    let calls = watched.calls.lock().unwrap().clone();
    Work { hashes: crm.hashes_made() - before, calls, answer }
}

/// A store that notes what it is asked.
#[derive(Debug, Clone)]
struct Watched {
    inner: std::sync::Arc<dyn Storage>,
    calls: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Watched {
    fn over(place: &Place) -> Self {
        Self { inner: std::sync::Arc::clone(&place.storage), calls: Default::default() }
    }

    fn note(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }
}

#[async_trait::async_trait]
impl Reader for Watched {
    fn schema(&self) -> &std::sync::Arc<Schema> {
        self.inner.schema()
    }

    async fn get(
        &self,
        entity: &crmkit::schema::EntityDef,
        ids: &[RecordId],
    ) -> crmkit::storage::Result<Vec<crmkit::schema::Record>> {
        self.note(format!("get {} {}", entity.name, ids.len()));
        self.inner.get(entity, ids).await
    }

    async fn query(&self, query: &Query) -> crmkit::storage::Result<crmkit::query::Page> {
        self.note(format!("query {}", query.entity));
        self.inner.query(query).await
    }

    async fn aggregate(&self, request: &Aggregate) -> crmkit::storage::Result<Vec<crmkit::query::AggregateRow>> {
        self.note(format!("aggregate {}", request.entity));
        self.inner.aggregate(request).await
    }
}

#[async_trait::async_trait]
impl Storage for Watched {
    async fn commit(&self, set: &crmkit::change::ChangeSet) -> crmkit::storage::Result<crmkit::change::Committed> {
        let entities: Vec<_> = set.changes.iter().map(|change| change.entity().to_string()).collect();
        self.note(format!("commit {entities:?}"));
        self.inner.commit(set).await
    }

    async fn committed(&self, set: crmkit::id::SetId) -> crmkit::storage::Result<Option<crmkit::change::Committed>> {
        self.inner.committed(set).await
    }

    async fn snapshot(&self) -> crmkit::storage::Result<Box<dyn Reader>> {
        self.inner.snapshot().await
    }
}
