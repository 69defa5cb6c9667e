//! The copy of the sources, and the programs made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Options;
use crate::mutant::Mutant;
use crate::switch::{Switched, switched};

/// What `crate::mutated` is in the copy: a function that constants may call, unless they are one themselves. Which mutant
/// is on is read before the program begins.
const SWITCH: &str = "
#[doc(hidden)]
pub static mut MUTANT: usize = usize::MAX;

#[doc(hidden)]
pub const fn mutated(number: usize) -> bool {
    // SAFETY: it is written once, before there is a second thread.
    unsafe { MUTANT == number }
}

extern \"C\" fn choose() {
    let number = std::env::var(\"CRMKIT_MUTANT\").ok().and_then(|text| text.parse().ok());
    // SAFETY: as above.
    unsafe { MUTANT = number.unwrap_or(usize::MAX) };
}

#[used]
#[unsafe(link_section = \".init_array\")]
static CHOOSE: extern \"C\" fn() = choose;
";

/// Every mutant there is of the files asked for.
pub(crate) fn listed(options: &Options) -> Result<Vec<Mutant>, Box<dyn Error>> {
    let mut command = Command::new("cargo");
    command.current_dir(&options.root).args(["mutants", "--list", "--json"]);
    for file in &options.files {
        command.args(["--file", file]);
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Copies the sources, without what was built of them: all, or all but `src`, which has the switches.
pub(crate) fn copy(options: &Options, all: bool) -> Result<(), Box<dyn Error>> {
    let without: &[&str] = if all { &["target", ".git"] } else { &["target", ".git", "src", "Cargo.toml"] };
    below(&options.root, &options.copy, without)
}

/// What is the same already is left alone, or cargo would take it for new.
fn below(from: &Path, to: &Path, without: &[&str]) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if without.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            // `src` is left out at the root only.
            below(&source, &target, &["target", ".git"])?;
        } else {
            let content = fs::read(&source)?;
            if fs::read(&target).ok().as_ref() != Some(&content) {
                fs::write(&target, content)?;
            }
        }
    }
    Ok(())
}

/// Puts the mutants into the copy, as many as compile behind a switch.
pub(crate) fn switch_on(options: &Options, mutants: &[Mutant]) -> Result<(), Box<dyn Error>> {
    let lib = fs::read_to_string(options.root.join("src/lib.rs"))?;
    // The switch is not safe, as the crate has to be.
    let lib = lib.replace("#![forbid(unsafe_code)]", "#![allow(unsafe_code)]");
    fs::write(options.copy.join("src/lib.rs"), lib + SWITCH)?;
    let settings = fs::read_to_string(options.root.join("Cargo.toml"))?;
    fs::write(
        options.copy.join("Cargo.toml"),
        settings.replace("unsafe_code = \"forbid\"", "unsafe_code = \"allow\""),
    )?;
    let mut left_out = BTreeSet::new();
    loop {
        let mut files: BTreeMap<&str, Vec<(usize, &Mutant)>> = BTreeMap::new();
        for (number, mutant) in mutants.iter().enumerate() {
            let of_file = files.entry(&mutant.file).or_default();
            if !left_out.contains(&number) {
                of_file.push((number, mutant));
            }
        }
        let mut made = BTreeMap::new();
        for (file, mutants) in &files {
            let file_of = switched(&fs::read_to_string(options.root.join(file))?, mutants)?;
            fs::write(options.copy.join(file), &file_of.text)?;
            made.insert((*file).to_owned(), file_of);
        }
        let faults = faulty(&options.copy, &made)?;
        println!("    {} do not compile behind a switch", faults.len());
        if faults.is_empty() {
            return Ok(());
        }
        for (number, why) in faults {
            let name = mutants.get(number).map_or("", |mutant| mutant.name.as_str());
            println!("        {name}: {why}");
            left_out.insert(number);
        }
    }
}

/// The mutants that have no switch in the copy.
pub(crate) fn left_out(options: &Options, mutants: &[Mutant]) -> Result<BTreeSet<usize>, Box<dyn Error>> {
    let mut left_out = BTreeSet::new();
    for (number, mutant) in mutants.iter().enumerate() {
        let text = fs::read_to_string(options.copy.join(&mutant.file))?;
        if !text.contains(&format!("crate::mutated({number})")) {
            left_out.insert(number);
        }
    }
    Ok(left_out)
}

/// The mutants that the compiler's complaints are about, and the complaints.
fn faulty(copy: &Path, made: &BTreeMap<String, Switched>) -> Result<BTreeMap<usize, String>, Box<dyn Error>> {
    let mut command = Command::new("cargo");
    command.current_dir(copy).args(["check", "--all-features", "--lib", "--message-format=json"]);
    let output = command.stderr(Stdio::null()).output()?;
    let mut faults = BTreeMap::new();
    let mut strange = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: Value = serde_json::from_str(line)?;
        if message["message"]["level"] != "error" {
            continue;
        }
        let mut spans = message["message"]["spans"].as_array().cloned().unwrap_or_default();
        let children = message["message"]["children"].as_array().cloned().unwrap_or_default();
        spans.extend(children.iter().flat_map(|child| child["spans"].as_array().cloned().unwrap_or_default()));
        let found = spans.iter().find_map(|span| {
            let ranges = &made.get(span["file_name"].as_str()?)?.ranges;
            let (start, end) = (span["byte_start"].as_u64()? as usize, span["byte_end"].as_u64()? as usize);
            let around = ranges.iter().filter(|(_, range)| range.start <= start && end <= range.end);
            let nearest = around.clone().map(|(_, range)| range.len()).min()?;
            Some(around.filter(|(_, range)| range.len() == nearest).map(|(number, _)| *number).collect::<Vec<_>>())
        });
        match found {
            Some(numbers) => {
                let why = message["message"]["message"].as_str().unwrap_or_default().to_owned();
                faults.extend(numbers.into_iter().map(|number| (number, why.clone())));
            }
            None => strange.push(message["message"]["rendered"].to_string().replace("\\n", "\n")),
        }
    }
    if faults.is_empty() && !output.status.success() {
        return Err(format!("the copy does not compile:\n{}", strange.join("\n")).into());
    }
    Ok(faults)
}

/// How the tests are built: it takes longer than without, and they run several times as fast.
const QUICK: [&str; 4] = ["--config", "profile.dev.package.crmkit.opt-level=1", "--config", "profile.dev.debug=false"];

/// Builds the tests, and says where they are.
pub(crate) fn programs(options: &Options) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut command = Command::new("cargo");
    command.current_dir(&options.copy).args(QUICK);
    command.args(["test", "--no-run", "--message-format=json"]);
    command.args(if options.tests.is_empty() { configured(&options.root)? } else { options.tests.clone() });
    let output = command.stderr(Stdio::inherit()).output()?;
    let mut programs = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: Value = serde_json::from_str(line)?;
        if message["profile"]["test"] == true {
            programs.extend(message["executable"].as_str().map(PathBuf::from));
        }
    }
    if output.status.success() { Ok(programs) } else { Err("the tests of the copy do not compile".into()) }
}

/// Which tests `cargo mutants` would run.
fn configured(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let table: toml::Table = fs::read_to_string(root.join(".cargo/mutants.toml"))?.parse()?;
    let tests = table.get("additional_cargo_test_args").and_then(toml::Value::as_array);
    let tests = tests.ok_or("`.cargo/mutants.toml` names no tests")?;
    Ok(tests.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
}
