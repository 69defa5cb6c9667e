//! Importing CSV files, over the memory store (and real data over SQLite).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bench;
mod duplicates;
mod files;
mod kinds;
mod mapping;
mod real;
mod resume;
mod rows;
