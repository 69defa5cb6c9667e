//! The crate beside other crates that do the same, side by side in one run.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- permissions
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- dictionary
//! ```
//!
//! `get` is the other side of `cargo bench --bench get`, which runs it: sqlx's SQLite and the crate's do not go into
//! one program.

mod dictionary;
mod get;
#[path = "../../common/measure.rs"]
mod measure;
mod permissions;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["permissions"] => permissions::run(),
        ["dictionary"] => dictionary::run(),
        ["get", path] => get::run(path),
        _ => {
            eprintln!("say what to measure: `permissions`, `dictionary` or `get PATH`");
            std::process::exit(2);
        }
    }
}
