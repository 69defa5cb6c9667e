//! Tries every mutant that `cargo mutants` knows of a part of `crmkit`, without compiling each: all of them stand in
//! one copy of the sources, each behind a switch, and the tests run for each with its switch on until one notices it.
//!
//! A mutant that does not compile behind a switch (in a constant, for instance) is named at the end, so that
//! `cargo mutants --re` can try it by itself.

mod build;
mod explained;
mod mutant;
mod results;
mod run;
mod switch;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::mutant::Mutant;
use crate::results::Results;

/// Which mutants, and what has to notice them.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// The root of the sources.
    #[arg(long, default_value = ".")]
    pub(crate) root: PathBuf,
    /// Where the copy with the switches is made and kept.
    #[arg(long, default_value = "target/mutants")]
    pub(crate) copy: PathBuf,
    /// Where what came of each mutant is written down.
    #[arg(long, default_value = "target/mutants.tsv")]
    pub(crate) results: PathBuf,
    /// The mutants that no test can notice, and why.
    #[arg(long, default_value = "tests/mutation/explained.txt")]
    pub(crate) explained: PathBuf,
    /// The files to change, as `cargo mutants --file` takes them; without one, those of `.cargo/mutants.toml`.
    #[arg(long = "file")]
    pub(crate) files: Vec<String>,
    /// Only mutants whose name contains this.
    #[arg(long)]
    pub(crate) only: Option<String>,
    /// The copy is there from an earlier run, and `src` has not changed since: it is built again with the tests as they are
    /// now.
    #[arg(long)]
    pub(crate) kept: bool,
    /// Goes on with the mutants that were not tried in an earlier run.
    #[arg(long)]
    pub(crate) go_on: bool,
    /// With `--go-on`: tries those again that no test has noticed.
    #[arg(long)]
    pub(crate) survivors: bool,
    /// How many mutants are tried at a time.
    #[arg(long, default_value_t = 2)]
    pub(crate) jobs: usize,
    /// What `cargo test` is given to build the tests; without it, what `.cargo/mutants.toml` says.
    #[arg(last = true)]
    pub(crate) tests: Vec<String>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let options = Options::parse();
    let mutants = build::listed(&options)?;
    println!("{} mutants", mutants.len());
    build::copy(&options, !options.kept)?;
    if !options.kept {
        build::switch_on(&options, &mutants)?;
    }
    let left_out = build::left_out(&options, &mutants)?;
    let programs = build::programs(&options)?;
    let results = Results::open(&options.results, options.go_on)?;
    let came: BTreeMap<usize, Option<String>> =
        run::run(&options, &mutants, &left_out, &programs, &results)?.into_iter().collect();

    println!("\n{} do not compile behind a switch:", left_out.len());
    left_out.iter().filter_map(|number| mutants.get(*number)).for_each(|mutant| println!("    {}", mutant.name));
    let (mut survivors, mut noticed) = (Vec::new(), Vec::new());
    for (number, mutant) in mutants.iter().enumerate().filter(|(number, _)| !left_out.contains(number)) {
        match came.get(&number) {
            Some(Some(_)) => noticed.push(mutant),
            Some(None) => survivors.push(mutant),
            None if results.noticed_by(mutant).is_some() => noticed.push(mutant),
            None if results.survivor(mutant) => survivors.push(mutant),
            None => {}
        }
    }
    told(&options, &noticed, &survivors)
}

/// Tells what came of all, against what is explained.
fn told(options: &Options, noticed: &[&Mutant], survivors: &[&Mutant]) -> Result<ExitCode, Box<dyn Error>> {
    let explained = explained::explained(&options.root.join(&options.explained))?;
    let mut used = BTreeSet::new();
    let mut reason = |mutant: &Mutant| -> Result<Option<&str>, Box<dyn Error>> {
        let (name, line) = explained::told(&options.root, mutant)?;
        let found = explained.iter().enumerate().find(|(_, it)| it.name == name && it.line == line);
        Ok(found.map(|(at, it)| {
            used.insert(at);
            it.why.as_str()
        }))
    };
    println!("\n{} are noticed", noticed.len());
    for mutant in noticed {
        if reason(mutant)?.is_some() {
            println!("    explained, yet noticed: {}", mutant.name);
        }
    }
    println!("\nexplained:");
    let mut open = Vec::new();
    for mutant in survivors {
        match reason(mutant)? {
            Some(why) => println!("    {}\n        {why}", mutant.name),
            None => open.push(mutant),
        }
    }
    println!("\n{} survive without an explanation:", open.len());
    for mutant in &open {
        let (name, line) = explained::told(&options.root, mutant)?;
        println!("    {}\n{name}\n  at: {line}", mutant.name);
    }
    for (_, it) in explained.iter().enumerate().filter(|(at, _)| !used.contains(at)) {
        println!("    explained, and not tried: {}", it.name);
    }
    Ok(if open.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
