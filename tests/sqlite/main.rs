//! What only the SQLite store does: files, migration, refusals to open, committing together, closing.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

mod opening;
mod working;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crmkit::change::{Adjust, AdjustKey, Change, ChangeSet};
use crmkit::error::Refusal;
use crmkit::id::{Id, RecordId, SetId, Version};
use crmkit::query::{Aggregate, Filter, Measure, Query};
use crmkit::schema::{DecodeError, Entity, EntityFacts, Facts, Record, Schema};
use crmkit::storage::{
    MemoryStorage, Reader, ReaderExt, SqliteOptions, SqliteStorage, Storage, StorageErrorKind, Synchronous,
};
use crmkit::value::{Date, Timestamp, Value};
use pollster::block_on;
use tempfile::TempDir;

crmkit::entity!(
    #[entity("q_team", "团队", "Team")]
    #[inputs(NewTeam, TeamPatch)]
    /// Some who work together.
    pub struct Team {
        /// What they are called.
        pub name: String,
    }
);

impl EntityFacts for Team {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Team::name])
    }
}

crmkit::entity!(
    #[entity("q_person", "人", "Person")]
    #[inputs(NewPerson, PersonPatch)]
    /// Somebody.
    pub struct Person {
        /// What he is called.
        pub name: String,
        /// Where he is.
        pub region: Option<String>,
        /// With whom he works.
        pub team: Option<Id<Team>>,
        /// Since when.
        pub since: Option<Date>,
        /// How often he came.
        pub visits: i64,
    }
);

impl EntityFacts for Person {
    fn facts() -> Facts {
        Facts::default().index::<Self>(&[&Person::region])
    }
}

/// The same tables in a later program.
mod later {
    use crmkit::id::Id;
    use crmkit::schema::{EntityFacts, Facts};
    use crmkit::value::Date;

    use super::Team;

    crmkit::entity!(
        #[entity("q_person", "人", "Person")]
        #[inputs(NewPerson, PersonPatch)]
        /// Somebody.
        pub struct Person {
            /// What he is called.
            pub name: String,
            /// Where he is.
            pub region: Option<String>,
            /// With whom he works.
            pub team: Option<Id<Team>>,
            /// Since when.
            pub since: Option<Date>,
            /// How often he came.
            pub visits: i64,
            /// Where he is written to.
            pub mail: Option<String>,
            /// Who brought him.
            pub brought_by: Option<Id<Person>>,
        }
    );

    impl EntityFacts for Person {
        fn facts() -> Facts {
            Facts::default()
                .index::<Self>(&[&Person::region, &Person::name])
                .unique_when::<Self>(&[&Person::mail], Person::visits.gt(0))
                .unique_when::<Self>(&[&Person::mail], Person::region.eq("it's"))
        }
    }

    crmkit::entity!(
        #[entity("q_note", "笔记", "Note")]
        #[inputs(NewNote, NotePatch)]
        /// Something written down.
        pub struct Note {
            /// What.
            pub text: String,
            /// About whom.
            pub about: Id<Person>,
        }
    );

    impl EntityFacts for Note {}
}

/// The same table in a program that asks for more than can be added.
mod stricter {
    use crmkit::schema::EntityFacts;

    crmkit::entity!(
        #[entity("q_team", "团队", "Team")]
        #[inputs(NewTeam, TeamPatch)]
        /// Some who work together.
        pub struct Team {
            /// What they are called.
            pub name: String,
            /// How many there may be.
            pub size: i64,
        }
    );

    impl EntityFacts for Team {}
}

fn schema() -> Arc<Schema> {
    Schema::builder().definition(Team::definition()).definition(Person::definition()).build().unwrap()
}

fn later_schema() -> Arc<Schema> {
    Schema::builder()
        .definition(Team::definition())
        .definition(later::Person::definition())
        .definition(later::Note::definition())
        .build()
        .unwrap()
}

/// Most tests need no power cut.
fn quick() -> SqliteOptions {
    SqliteOptions { synchronous: Synchronous::Off, ..Default::default() }
}

struct Place {
    _folder: TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("crm.db");
    Place { _folder: folder, path }
}

fn open(path: &Path) -> SqliteStorage {
    SqliteStorage::open(path, schema(), quick()).unwrap()
}

fn open_error(path: &Path, options: SqliteOptions) -> (StorageErrorKind, String) {
    let error = SqliteStorage::open(path, schema(), options).unwrap_err();
    (error.kind(), error.to_string())
}

fn id(number: u128) -> RecordId {
    RecordId::from_bytes(number.to_be_bytes())
}

fn set(number: u128) -> ChangeSet {
    ChangeSet::new(SetId(id(number)), Timestamp::EPOCH, "test")
}

fn team(number: u128, name: &str) -> Record {
    Team::draft(Id::new(id(number)), NewTeam { name: name.into(), ..Default::default() }).into_record()
}

fn person(number: u128, name: &str, region: &str, team: Option<u128>) -> Record {
    let new = NewPerson {
        name: name.into(),
        region: Some(region.into()),
        team: team.map(|team| Id::new(id(team))),
        ..Default::default()
    };
    Person::draft(Id::new(id(number)), new).into_record()
}

fn sql(path: &Path, text: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(text).unwrap();
}

fn names(storage: &dyn Reader) -> Vec<String> {
    let query = Query::of::<Team>().order(Team::name.asc()).limit(10_000);
    let page = block_on(storage.query(&query)).unwrap();
    page.records.iter().map(|record| record.value(0).to_string()).collect()
}
