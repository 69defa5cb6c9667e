//! What programs may rely on, as text: every change of it is seen in review.
//!
//! The sources are read, not rustdoc's JSON, which needs a compiler that is not released.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod codes;
mod examples;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use walk::{Api, public};

const SNAPSHOT: &str = "tests/golden/public_api.txt";
const EXHAUSTIVE: &str = "tests/golden/exhaustive.txt";
/// Writes the snapshot anew, and adds to the list of what is exhaustive what stands nowhere yet.
const REWRITE: &str = "UPDATE_GOLDEN";

/// Read once for all tests.
fn api() -> &'static Api {
    static API: LazyLock<Api> = LazyLock::new(|| public(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")));
    &API
}

fn golden(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap_or_default()
}

fn rewrite(file: &str, text: &str) -> bool {
    let wanted = std::env::var_os(REWRITE).is_some();
    if wanted {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(file), text).unwrap();
    }
    wanted
}

#[test]
fn the_public_interface_is_the_reviewed_one() {
    let text = &api().text;
    let known = golden(SNAPSHOT);
    if *text == known || rewrite(SNAPSHOT, text) {
        return;
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (now, before) = (lines(text), lines(&known));
    let gone: Vec<_> = before.difference(&now).map(|line| format!("- {line}")).collect();
    let new: Vec<_> = now.difference(&before).map(|line| format!("+ {line}")).collect();
    panic!(
        "the public interface has changed:\n{}\n{}\nif it is meant, write it anew with {REWRITE}=1 and review it by docs/stability.md",
        gone.join("\n"),
        new.join("\n"),
    );
}

/// What callers may take apart or build without a rest can't grow: that is decided for each, with a reason.
#[test]
fn whatever_can_not_grow_was_decided_so() {
    let found = &api().exhaustive;
    let known: BTreeMap<String, String> = golden(EXHAUSTIVE)
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, reason)| (name.to_owned(), reason.trim().to_owned()))
        .collect();
    let line = |name: &String| format!("{name}: {}\n", known.get(name).map_or("", String::as_str));
    let text: String = found.iter().map(line).collect();
    if text == golden(EXHAUSTIVE) && known.values().all(|reason| !reason.is_empty()) || rewrite(EXHAUSTIVE, &text) {
        return;
    }
    let undecided: Vec<_> = found.iter().filter(|name| known.get(*name).is_none_or(String::is_empty)).collect();
    let gone: Vec<_> = known.keys().filter(|name| !found.contains(*name)).collect();
    panic!(
        "{undecided:#?}\nhave public fields or variants and are not `#[non_exhaustive]`: mark them, or say in {EXHAUSTIVE} why not ({REWRITE}=1 adds the lines); gone from there: {gone:?}"
    );
}

/// The test can fail: what is public is found wherever it stands, and what is not is not.
#[test]
fn everything_public_is_found_and_nothing_else() {
    let text = &api().text;
    for line in [
        "crm: impl Crm: pub async fn close(&self) -> Result<()>",
        "customers::customer: entity cst_customer Customer(NewCustomer, CustomerPatch): name: String",
        "storage: trait Reader: async fn get(&self, entity: &EntityDef, ids: &[RecordId]) -> Result<Vec<Record>>",
        "error: enum Error: Locked { until: Timestamp }",
        "crm: pub use self::events::{ EventReceiver, Missed }",
        "error::codes: pub static CODES: &[ErrorCode]",
        "value::decimal: decimal!(Quantity, places = 4, least = 0, max =)",
        "clock: impl Clock for SystemClock",
        "id: pub struct Version(pub i64)",
    ] {
        assert!(text.lines().any(|known| known.starts_with(line)), "`{line}` is not in\n{text}");
    }
    for hidden in ["fn refresh_organisation", "Notice", "pub(crate)", "pub(super)"] {
        assert!(!text.contains(hidden), "`{hidden}` is nobody else's");
    }
}
