//! The floors of the crate: an arrow never points up, and no file grows beyond what one reads at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// The floors from the ground up. A module may name those of its own floor and of the floors below.
const FLOORS: [&[&str]; 6] = [
    &["value", "id", "clock", "problem"],
    &["schema", "query", "change", "error", "rollup"],
    &["storage"],
    &[
        "rules",
        "machine",
        "command",
        "access",
        "customers",
        "dictionary",
        "events",
        "history",
        "jobs",
        "marketing",
        "service",
        "sales",
        "organisation",
    ],
    &["crm", "observe", "session"],
    &[
        "blocking",
        "brief",
        "report",
        "chart",
        "workbook",
        "transfer",
        "standard",
        "prelude",
        "guide",
        "testing",
        "lib",
        "__private",
    ],
];

/// The domain is decided on values: it stands above storage but may not know it.
const DOMAIN: usize = 3;

/// What `lib.rs` re-exports at the root, and where it stands.
const ROOT: [(&str, &str); 8] = [
    ("Crm", "crm"),
    ("Session", "session"),
    ("Error", "error"),
    ("Result", "error"),
    ("standard_schema", "standard"),
    ("entity", "schema"),
    ("conformance", "storage"),
    ("__conformance_cases", "storage"),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Workspaces of their own have been built in their folders, too.
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

fn named_modules(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::").skip(1).filter_map(|rest| {
        let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
        let home = ROOT.iter().find(|(root, _)| *root == name).map_or(name, |(_, home)| *home);
        (!home.is_empty() && home != "choice").then_some(home)
    })
}

#[test]
fn no_arrow_points_up() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for path in sources(&src) {
        let relative = path.strip_prefix(&src).unwrap();
        let module = relative.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
        let own =
            floor(module).unwrap_or_else(|| panic!("the module `{module}` stands on no floor: name it in FLOORS"));
        let text = fs::read_to_string(&path).unwrap();
        // Documentation may point anywhere, and so may a file's tests, which come last.
        let code = text.split("#[cfg(test)]").next().unwrap();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for named in named_modules(line) {
                let other =
                    floor(named).unwrap_or_else(|| panic!("{}: `{named}` stands on no floor", relative.display()));
                let knows_storage = own == DOMAIN && named == "storage";
                if other > own || knows_storage {
                    wrong.push(format!("{}: {}", relative.display(), line.trim()));
                }
            }
        }
    }
    // The macros expand in the host's crate, where every floor is below.
    wrong.retain(|line| !line.starts_with("schema/macros.rs"));
    assert!(wrong.is_empty(), "arrows that point up:\n{}", wrong.join("\n"));
}

#[test]
fn no_file_is_longer_than_one_reads_at_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let long: Vec<String> = ["src", "examples", "tests", "benches"]
        .iter()
        .filter(|folder| root.join(folder).is_dir())
        .flat_map(|folder| sources(&root.join(folder)))
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            (lines > 800).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "split by meaning:\n{}", long.join("\n"));
}
