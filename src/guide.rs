//! How the crate is built, and how to build on it. The code in these pages is compiled and run.

#[doc = include_str!("../docs/architecture.md")]
pub mod architecture {}

#[doc = include_str!("../docs/adding-an-entity.md")]
pub mod adding_an_entity {}

#[doc = include_str!("../docs/adding-a-report.md")]
pub mod adding_a_report {}

#[doc = include_str!("../docs/reports.md")]
pub mod reports {}

#[doc = include_str!("../docs/rollups.md")]
pub mod rollups {}

#[doc = include_str!("../docs/charts-and-files.md")]
pub mod charts_and_files {}

#[doc = include_str!("../docs/management-brief.md")]
pub mod management_brief {}

#[doc = include_str!("../docs/adding-a-store.md")]
pub mod adding_a_store {}

#[doc = include_str!("../docs/state-machines.md")]
pub mod state_machines {}

#[doc = include_str!("../docs/scaling.md")]
pub mod scaling {}

#[doc = include_str!("../docs/migration.md")]
pub mod migration {}

#[doc = include_str!("../docs/backup.md")]
pub mod backup {}

#[doc = include_str!("../docs/permissions.md")]
pub mod permissions {}

#[doc = include_str!("../docs/events-and-jobs.md")]
pub mod events_and_jobs {}

#[doc = include_str!("../docs/performance.md")]
pub mod performance {}
