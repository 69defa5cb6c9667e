//! Loading a whole organisation from a directory of JSON Lines.

mod check;
mod checked;
mod cycles;
mod job;
mod options;
mod order;
mod read;
mod rows;

pub use checked::CheckedExport;
pub use job::load_from;
pub use options::{LoadOptions, LoadSummary};
