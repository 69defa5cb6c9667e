//! What is done with bytes from outside, one function for each way in. The programs in `fuzz_targets` call them with
//! whatever a fuzzer makes up, and `tests/fuzz_corpus.rs` with every file in `corpus`.
//!
//! A function answers nothing: it panics where a promise does not hold.

mod csv_import;
mod cursor;
mod export_format;
mod number_pattern;
mod report_definition;
mod search_text;
mod world;

pub use csv_import::csv_import;
pub use cursor::cursor;
pub use export_format::export_format;
pub use number_pattern::number_pattern;
pub use report_definition::report_definition;
pub use search_text::search_text;
