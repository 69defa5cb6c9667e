//! The stores that everything is tried on, and a CRM whose hashes are cheap.

use std::sync::{Arc, Barrier};
use std::thread;

use crmkit::access::{HashParameters, SignInOptions};
use crmkit::clock::FixedClock;
use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, Storage};
use pollster::block_on;

pub(crate) const GOOD: &str = "a long and good one";
pub(crate) const WRONG: &str = "another long one";
pub(crate) const CHEAP: HashParameters = HashParameters { memory_kib: 64, passes: 1, lanes: 1 };

/// A CRM on one store, and its clock.
pub(crate) struct World {
    pub(crate) crm: Crm,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) storage: Arc<dyn Storage>,
}

impl World {
    fn on(storage: Arc<dyn Storage>) -> Self {
        let clock = Arc::new(FixedClock::new("2026-03-01T09:00:00Z".parse().unwrap()));
        let mut world = Self { crm: open(&storage, &clock, CHEAP), clock, storage };
        world.again(CHEAP);
        world
    }

    /// Opens the store anew with other parameters, as a later version of the host does.
    pub(crate) fn again(&mut self, hash: HashParameters) {
        self.crm = open(&self.storage, &self.clock, hash);
    }

    pub(crate) fn user(&self, login: &str, role: &str) -> User {
        block_on(async {
            let role = self.crm.system().roles().named(role).await.unwrap();
            self.crm.system().users().create(NewUser::new(login, role.id)).await.unwrap()
        })
    }

    /// A user with the password [`GOOD`].
    pub(crate) fn known(&self, login: &str, role: &str) -> User {
        let user = self.user(login, role);
        block_on(self.crm.system().users().set_password(user.id, GOOD)).unwrap();
        user
    }

    pub(crate) fn sign_in(&self, login: &str, password: &str) -> Result<Session> {
        block_on(self.crm.sign_in(login, password))
    }

    pub(crate) fn advance(&self, minutes: i64) {
        self.clock.advance(chrono::TimeDelta::minutes(minutes)).unwrap();
    }
}

fn open(storage: &Arc<dyn Storage>, clock: &Arc<FixedClock>, hash: HashParameters) -> Crm {
    let options = SignInOptions { hash, ..Default::default() };
    let builder = Crm::builder(Arc::clone(storage)).clock(Arc::clone(clock)).sign_in(options);
    block_on(builder.open()).unwrap()
}

/// Runs a test on every store there is.
pub(crate) fn everywhere(test: impl Fn(World)) {
    let schema = crmkit::standard_schema().unwrap();
    let checked = |storage: Arc<dyn Storage>| {
        let world = World::on(storage);
        let crm = world.crm.clone();
        test(world);
        assert_eq!(block_on(crm.system().verify()).unwrap(), Vec::<String>::new());
        block_on(crm.close()).unwrap();
    };
    checked(Arc::new(MemoryStorage::new(Arc::clone(&schema))));
    #[cfg(feature = "sqlite")]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("crm.db");
        let storage = crmkit::storage::SqliteStorage::open(path, Arc::clone(&schema), Default::default());
        checked(Arc::new(storage.unwrap()));
    }
    #[cfg(all(feature = "postgres", feature = "testing"))]
    {
        use crmkit::storage::{PostgresOptions, PostgresStorage};
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let _inside = runtime.enter();
        let server = crmkit::testing::ThrowawayPostgres::start().unwrap();
        let name = server.fresh_schema();
        let storage = PostgresStorage::connect(server.url(), &name, schema, PostgresOptions::default());
        checked(Arc::new(block_on(storage).unwrap()));
    }
}

/// Runs a job on many threads that all begin at the same moment, and gives the answers.
pub(crate) fn at_once<T: Send>(threads: usize, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(threads);
    #[cfg(feature = "postgres")]
    let runtime = tokio::runtime::Handle::try_current().ok();
    thread::scope(|scope| {
        let begin = |number| {
            let (start, job) = (&start, &job);
            #[cfg(feature = "postgres")]
            let runtime = runtime.clone();
            scope.spawn(move || {
                #[cfg(feature = "postgres")]
                let _inside = runtime.as_ref().map(tokio::runtime::Handle::enter);
                start.wait();
                job(number)
            })
        };
        let running: Vec<_> = (0..threads).map(begin).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
