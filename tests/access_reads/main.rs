//! Every public read, by people of three teams and every role: not one record, name or figure beyond what is theirs. What
//! is theirs is computed from whose each record is, not by the crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod check;
mod company;
mod eyes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, Storage};
use pollster::block_on;

use check::{REPORTS, check, figures};
use company::{Company, OWNERS};
use eyes::{HOLES, Hole, Holed};

fn schema() -> Arc<Schema> {
    crmkit::standard_schema().unwrap()
}

async fn nobody_sees_more_or_less_than_is_his(storage: Arc<dyn Storage>) {
    let company = Company::on(storage).await;
    let mut leaks = Vec::new();
    for person in &company.people {
        leaks.extend(check(&company, person, &person.session).await);
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// The figures of all are those of each, added up; those of a team are those of its members.
async fn figures_of_own_team_and_all_add_up(storage: Arc<dyn Storage>) {
    let company = Company::on(storage).await;
    let system = &company.system;
    let role = system.roles().named("reporter").await.unwrap().id;
    let mut own = BTreeMap::new();
    for (owner, ..) in OWNERS {
        let user = system.users().named(owner).await.unwrap().id;
        system.users().edit(user, UserPatch { role: role.into(), ..Default::default() }).await.unwrap();
        own.insert(owner, figures(&system.crm().session(user).await.unwrap()).await);
    }
    for person in company.people.iter().filter(|person| person.role != "account_manager") {
        let Some(owners) = person.reports else { continue };
        for (key, figure) in figures(&person.session).await {
            let sum: i64 = owners.iter().map(|owner| own[owner][&key]).sum();
            assert_eq!(figure, sum, "{} {key:?}", person.role);
        }
    }
}

#[test]
fn every_standard_report_is_among_those_that_are_checked() {
    let checked: BTreeSet<&str> = REPORTS.iter().map(|(name, ..)| *name).collect();
    let standard: BTreeSet<&str> = crmkit::report::standard().iter().map(|report| report.name).collect();
    assert_eq!(checked, standard);
}

#[test]
fn a_filter_that_was_forgotten_anywhere_is_found() {
    block_on(async {
        let company = Company::on(Arc::new(MemoryStorage::new(schema()))).await;
        for login in ["wang", "tim"] {
            let person = company.people.iter().find(|person| person.session.actor().name() == login).unwrap();
            for hole in HOLES {
                let (right, everything) = (person.session.clone(), company.system.clone());
                let leaks = check(&company, person, &Holed { right, everything, hole }).await;
                println!("{login} {hole:?}: {} leaks, such as {:?}", leaks.len(), leaks.first());
                assert!(!leaks.is_empty(), "{login}: nobody noticed that {hole:?} forgot the scope");
            }
        }
        // Who may not read at all is noticed reading.
        let boss = company.people.iter().find(|person| person.role == "executive").unwrap();
        for hole in HOLES.into_iter().filter(|hole| !matches!(hole, Hole::Path | Hole::Report)) {
            let (right, everything) = (boss.session.clone(), company.system.clone());
            let leaks = check(&company, boss, &Holed { right, everything, hole }).await;
            assert!(!leaks.is_empty(), "boss: nobody noticed {hole:?}");
        }
    });
}

macro_rules! on {
    ($store:ident, $open:expr, $block_on:expr) => {
        mod $store {
            use super::*;

            #[test]
            fn nobody_sees_more_or_less_than_is_his() {
                $block_on(super::nobody_sees_more_or_less_than_is_his($open));
            }

            #[test]
            fn figures_of_own_team_and_all_add_up() {
                $block_on(super::figures_of_own_team_and_all_add_up($open));
            }
        }
    };
}

on!(memory, Arc::new(MemoryStorage::new(schema())), pollster::block_on);

#[cfg(feature = "sqlite")]
on!(sqlite, Arc::new(crmkit::storage::SqliteStorage::in_memory(schema()).unwrap()), pollster::block_on);

#[cfg(all(feature = "postgres", feature = "testing"))]
on!(postgres, server::open(), server::block_on);

#[cfg(all(feature = "postgres", feature = "testing"))]
mod server {
    use super::*;
    use crmkit::storage::{PostgresOptions, PostgresStorage};
    use crmkit::testing::ThrowawayPostgres;

    pub(super) fn open() -> Arc<dyn Storage> {
        let server = ThrowawayPostgres::start().unwrap();
        let tenant = server.fresh_schema();
        let connect = PostgresStorage::connect(server.url(), &tenant, schema(), PostgresOptions::default());
        Arc::new(runtime().block_on(connect).unwrap())
    }

    fn runtime() -> &'static tokio::runtime::Runtime {
        static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
        RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap())
    }

    pub(super) fn block_on(test: impl Future<Output = ()>) {
        runtime().block_on(test);
    }
}
