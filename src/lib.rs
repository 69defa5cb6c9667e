//! A CRM as a library: customers, contacts, opportunities, service requests, products, orders, users and rights, with
//! their rules and with reports that are exact to the last digit. There is no server to run.
//!
//! The host brings the user interface and says where the data lives: in memory, in a SQLite file, in PostgreSQL, or in a
//! store of its own. It gets typed calls in its own process, its own entities beside the crate's, and data that it can
//! copy. There are no screens, no e-mail and no calendar here.
//!
//! ```
//! use crmkit::prelude::*;
//!
//! # pollster::block_on(async {
//! // A store for the crate's own entities, and a CRM on it. An empty store is set up with roles, rights and numbers.
//! let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
//!
//! // The first administrator makes the others; there is no password that is known beforehand.
//! crm.first_administrator("admin", "a long and good one").await?;
//! let admin = crm.sign_in("admin", "a long and good one").await?;
//! let role = admin.roles().named("account_manager").await?;
//! let li = admin.users().create(NewUser::new("li", role.id)).await?;
//!
//! // Everything is done by somebody, and nobody does or sees more than his role lets him.
//! let session = crm.session(li.id).await?;
//! let chance = NewOpportunity::new("Hotel Lotus", "Tea for 200 rooms", "They open in May", 60);
//! let chance = session.opportunities().create(chance).await?;
//! crm.system().opportunities().assign(chance.id, li.id).await?; // a supervisor's business
//! let won = session.opportunities().win(chance.id).await?; // makes the customer in the same commit
//!
//! let found = session.customers().list(Query::of::<Customer>().filter(Customer::name.contains("lotus"))).await?;
//! assert_eq!(found.items[0].id, won.customer.unwrap());
//! let report = crm.system().report("win-rate", [("by", "owner")]).await?;
//! assert!(report.to_csv().contains("li,1,0,1.000000"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Where to go on
//!
//! - [`guide`]: short pages of use, from [opening a store](guide::opening) and [signing people in](guide::signing_in) to
//!   [backups](guide::backup), [events and jobs](guide::events_and_jobs), [pictures and
//!   workbooks](guide::charts_and_files), the [management brief](guide::management_brief) and [many
//!   organisations](guide::postgresql); then how the crate is built, and how to add an
//!   [entity](guide::adding_an_entity), a [report](guide::adding_a_report) or a [store](guide::adding_a_store).
//! - [`prelude`]: the names most programs need.
//! - [`Crm`] and [`Session`]: opening, and acting. What a session can do with one kind of record is in
//!   [`Records`](session::Records).
//! - [`report`]: the reports there are, and definitions of one's own.
//! - [`storage`]: the contract of a store, and the stores there are.
//!
//! # Floors
//!
//! ```text
//! outside   report  brief  transfer           asks sessions and snapshots
//! shell     crm  session                      load → decide → commit
//! domain    customers marketing service …     pure rules over values
//! storage   memory  sqlite  postgres          one small contract, one conformance suite
//! model     schema  query  change             plain data and what it means
//! values    value  id  clock                  exact decimals, UTC, typed ids
//! ```
//!
//! # Features
//!
//! | feature | default | what it brings |
//! |---|---|---|
//! | `sqlite` | yes | a store in a SQLite file |
//! | `bundled` | yes | SQLite compiled in (needs a C compiler); without it the system's library is linked |
//! | `backup` | yes | backups of a whole store in one file, and restoring them |
//! | `charts` | yes | pictures of reports as SVG; no further crates |
//! | `xlsx` | yes | reports and lists as workbooks, and imports from workbooks |
//! | `postgres` | no | a store in PostgreSQL 13 or later, through sqlx and tokio |
//! | `blocking` | no | the same calls without `async` |
//! | `tracing` | no | spans and events of `tracing`, see [`observe`] |
//! | `testing` | no | the conformance suite for stores, a demo company, a store that fails when told to, and a throwaway PostgreSQL for tests |
//!
//! Memory is always there. Nothing but `postgres` needs an async runtime.
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
pub mod observe;
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

    pub use crate::schema::{Decoder, choice_from_value, described, label, plain_name, snake_case};
}

/// The code in the README, compiled and run.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
