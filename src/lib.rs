//! An embeddable CRM: a library that a program links, with no server to run.
//!
//! The crate holds the entities of a CRM, their rules, who may do what, and reports that are exact to the last digit.
//! The host brings the user interface and says where the data lives: in memory, in a SQLite file, or in a store of its
//! own.
//!
//! ```
//! use crmkit::prelude::*;
//! use crmkit::storage::MemoryStorage;
//!
//! # pollster::block_on(async {
//! // A store for the crate's own entities, and a CRM on it. An empty store is set up with roles and rights.
//! let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
//!
//! // Somebody acts: here an account manager, who sees what is his.
//! let role = crm.system().roles().named("account_manager").await?;
//! let li = crm.system().users().create(NewUser::new("li", role.id)).await?;
//! let session = crm.session(li.id).await?;
//!
//! let acme = session.customers().create(NewCustomer::new("Acme")).await?;
//! let found = session.customers().list(Query::of::<Customer>().filter(Customer::name.contains("acme"))).await?;
//! assert_eq!(found.items, [acme]);
//! # Ok::<(), Error>(())
//! # })?;
//! # Ok::<(), Error>(())
//! ```
//!
//! # Where to go on
//!
//! - [`guide`]: how the crate is built, and how to add an entity, a report or a store.
//! - [`prelude`]: the names most programs need.
//! - [`Crm`] and [`Session`]: opening, and acting.
//! - [`storage`]: the contract of a store, and the stores there are.
//!
//! # Features
//!
//! | feature | default | what it brings |
//! |---|---|---|
//! | `sqlite` | yes | a store in a SQLite file |
//! | `bundled` | yes | SQLite compiled in; without it the system's library is linked |
//! | `backup` | yes | backups of a whole store in one file, and restoring them |
//! | `postgres` | no | a store in PostgreSQL, through sqlx and tokio |
//! | `blocking` | no | the same calls without `async` |
//! | `charts` | yes | pictures of reports as SVG |
//! | `xlsx` | yes | reports and lists as workbooks, and imports from workbooks |
//! | `testing` | no | the conformance suite for stores, a store that fails when told to, and a throwaway PostgreSQL for tests |
#![forbid(unsafe_code)]

// The declaration macros name the crate by its own name, so that hosts and the crate itself expand them alike.
extern crate self as crmkit;

pub mod access;
#[cfg(feature = "blocking")]
pub mod blocking;
pub mod brief;
pub mod change;
#[cfg(feature = "charts")]
pub mod chart;
pub mod clock;
pub mod command;
pub mod crm;
pub mod customers;
pub mod dictionary;
pub mod error;
pub mod events;
pub mod guide;
pub mod history;
pub mod id;
pub mod jobs;
pub mod machine;
pub mod marketing;
pub mod organisation;
pub mod prelude;
pub mod problem;
pub mod query;
pub mod report;
pub mod rollup;
pub mod rules;
pub mod sales;
pub mod schema;
pub mod service;
pub mod session;
mod standard;
pub mod storage;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transfer;
pub mod value;
#[cfg(feature = "xlsx")]
pub mod workbook;

pub use crm::Crm;
pub use error::{Error, Result};
pub use session::Session;
pub use standard::standard_schema;

/// What the macros expand to; not for use by name.
#[doc(hidden)]
pub mod __private {
    pub use serde;

    pub use crate::schema::{Decoder, choice_from_value, label, plain_name, snake_case};
}

/// The code in the README, compiled and run.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
