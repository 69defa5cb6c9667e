//! Tries every mutant that `cargo mutants` knows of a part of `crmkit`, without compiling each: all of them stand in
//! one copy of the sources, each behind a switch, and the tests run once for each with its switch on.
//!
//! A mutant that does not compile behind a switch (in a `const fn`, for instance) is named at the end, so that
//! `cargo mutants --re` can try it by itself.

mod build;
mod mutant;
mod run;
mod switch;

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;

/// Which mutants, and what has to notice them.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// The root of the sources.
    #[arg(long, default_value = ".")]
    pub(crate) root: PathBuf,
    /// Where the copy with the switches is made and kept.
    #[arg(long, default_value = "target/mutants")]
    pub(crate) copy: PathBuf,
    /// The files to change, as `cargo mutants --file` takes them; without one, those of `.cargo/mutants.toml`.
    #[arg(long = "file")]
    pub(crate) files: Vec<String>,
    /// Only mutants whose name contains this.
    #[arg(long)]
    pub(crate) only: Option<String>,
    /// The copy is there from an earlier run, and neither the sources nor the mutants asked for have changed.
    #[arg(long)]
    pub(crate) kept: bool,
    /// How many mutants are tried at a time.
    #[arg(long, default_value_t = 1)]
    pub(crate) jobs: usize,
    /// What `cargo test` is given to build the tests; they are tried in the order in which they are quick.
    #[arg(last = true)]
    pub(crate) tests: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let mutants = build::listed(&options)?;
    println!("{} mutants", mutants.len());
    if !options.kept {
        build::copy(&options.root, &options.copy)?;
        build::switch_on(&options, &mutants)?;
    }
    let left_out = build::left_out(&options, &mutants)?;
    let programs = build::programs(&options)?;
    let survivors = run::run(&options, &mutants, &left_out, &programs)?;
    println!("\n{} do not compile behind a switch:", left_out.len());
    for number in &left_out {
        println!("    {}", mutants[*number].name);
    }
    println!("\n{} survive:", survivors.len());
    for number in survivors {
        println!("    {}", mutants[number].name);
    }
    Ok(())
}
