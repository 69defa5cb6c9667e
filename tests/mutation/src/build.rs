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

/// What `crate::mutated` is in the copy.
const SWITCH: &str = "
#[doc(hidden)]
pub fn mutated(number: usize) -> bool {
    static ON: std::sync::LazyLock<Option<usize>> =
        std::sync::LazyLock::new(|| std::env::var(\"CRMKIT_MUTANT\").ok().and_then(|text| text.parse().ok()));
    *ON == Some(number)
}
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

/// Copies the sources, without what was built of them.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == "target" || entry.file_name() == ".git" || source == to {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

/// Puts the mutants into the copy, as many as compile behind a switch.
pub(crate) fn switch_on(options: &Options, mutants: &[Mutant]) -> Result<(), Box<dyn Error>> {
    let lib = fs::read_to_string(options.root.join("src/lib.rs"))?;
    fs::write(options.copy.join("src/lib.rs"), lib + SWITCH)?;
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
        left_out.extend(faults);
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

/// The mutants that the compiler's complaints are about.
fn faulty(copy: &Path, made: &BTreeMap<String, Switched>) -> Result<BTreeSet<usize>, Box<dyn Error>> {
    let mut command = Command::new("cargo");
    command.current_dir(copy).args(["check", "--all-features", "--lib", "--message-format=json"]);
    let output = command.stderr(Stdio::null()).output()?;
    let mut faults = BTreeSet::new();
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
            Some(numbers) => faults.extend(numbers),
            None => strange.push(message["message"]["rendered"].to_string().replace("\\n", "\n")),
        }
    }
    if faults.is_empty() && !output.status.success() {
        return Err(format!("the copy does not compile:\n{}", strange.join("\n")).into());
    }
    Ok(faults)
}

/// Builds the tests, and says where they are.
pub(crate) fn programs(options: &Options) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut command = Command::new("cargo");
    command.current_dir(&options.copy).args(["test", "--all-features", "--no-run", "--message-format=json"]);
    let output = command.args(&options.tests).stderr(Stdio::inherit()).output()?;
    let mut programs = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: Value = serde_json::from_str(line)?;
        if message["profile"]["test"] == true {
            programs.extend(message["executable"].as_str().map(PathBuf::from));
        }
    }
    if output.status.success() { Ok(programs) } else { Err("the tests of the copy do not compile".into()) }
}
