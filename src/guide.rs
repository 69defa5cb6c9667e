//! How to use the crate, and how it is built. A page is read in a few minutes, and the code in it is compiled and run.
//!
//! | to begin with | |
//! |---|---|
//! | [opening] | open a store, set the organisation up |
//! | [signing_in] | users, passwords, sessions |
//! | [customers] | customers, contacts, activities, orders; finding and changing records |
//! | [opportunities] | from a chance to a customer |
//! | [service] | service requests, and the dictionary |
//! | [lost_customers] | who is silent, and what is done about it |
//! | [changing_safely] | preview, several commands as one, undo, history |
//! | [permissions] | rights, scopes, teams, hidden fields |
//!
//! | figures | |
//! |---|---|
//! | [reports] | the reports there are, and definitions of one's own |
//! | [charts_and_files] | pictures, workbooks, CSV |
//! | [rollups] | sums that are kept up to date |
//! | [management_brief] | the month on one page |
//! | [adding_a_report] | a report with a name and a picture |
//!
//! | your own program | |
//! |---|---|
//! | [adding_an_entity] | entities and rules beside ours |
//! | [events_and_jobs] | what commands leave for programs, and what is done by itself |
//! | [importing], [migration] | data from files, and from the classic CRM |
//! | [testing] | testing a host |
//!
//! | running it | |
//! |---|---|
//! | [scaling], [postgresql] | which store, and many organisations |
//! | [backup] | backups, and moving from store to store |
//! | [upgrading], [stability] | later versions on data that is there, and what may be relied on |
//! | [observability], [errors] | what a running program tells, and what its codes mean |
//! | [performance] | what it costs |
//! | [reliability], [abuse] | what is promised on bad days, what was tried to do harm, and what shows it |
//!
//! | how it is built | |
//! |---|---|
//! | [architecture] | the floors, and why |
//! | [state_machines] | what is possible in which state |
//! | [adding_a_store] | a store of one's own |

// A page is read on its own, too, where its links lead to files. The first definition of a link counts, so here they lead
// to modules. A failing example is named by its page, and its line by as many more as there are links and a blank line.

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/opening.md")]
pub mod opening {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/signing-in.md")]
pub mod signing_in {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/customers.md")]
pub mod customers {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/opportunities.md")]
pub mod opportunities {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/service.md")]
pub mod service {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/lost-customers.md")]
pub mod lost_customers {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/changing-safely.md")]
pub mod changing_safely {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/reports.md")]
pub mod reports {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/rollups.md")]
pub mod rollups {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/adding-a-report.md")]
pub mod adding_a_report {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/charts-and-files.md")]
pub mod charts_and_files {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/management-brief.md")]
pub mod management_brief {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/permissions.md")]
pub mod permissions {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/events-and-jobs.md")]
pub mod events_and_jobs {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/adding-an-entity.md")]
pub mod adding_an_entity {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/importing.md")]
pub mod importing {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/migration.md")]
pub mod migration {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/backup.md")]
pub mod backup {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/upgrading.md")]
pub mod upgrading {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/scaling.md")]
pub mod scaling {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/postgresql.md")]
pub mod postgresql {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/adding-a-store.md")]
pub mod adding_a_store {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/testing.md")]
pub mod testing {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/performance.md")]
pub mod performance {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/architecture.md")]
pub mod architecture {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/state-machines.md")]
pub mod state_machines {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/reliability.md")]
pub mod reliability {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/abuse.md")]
pub mod abuse {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/errors.md")]
pub mod errors {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/observability.md")]
pub mod observability {}

#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/stability.md")]
pub mod stability {}
