//! Who may do what, really tried: every operation, as every default role, on its own, its team's and others' records in
//! every state. The outcome is a text that people read, `tests/golden/rights.txt`; `UPDATE_GOLDEN=1` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attempts;
mod revoked;
mod words;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use attempts::{attempt, outcome, targets};
use world::World;

/// What came of it, by operation and role: whose record, in which state, the outcome.
type Matrix = BTreeMap<(String, &'static str), Vec<(&'static str, &'static str, &'static str)>>;

/// Tried once for all tests.
fn matrix() -> &'static Matrix {
    static MATRIX: OnceLock<Matrix> = OnceLock::new();
    MATRIX.get_or_init(|| words::ROLES.into_iter().flat_map(|(role, _)| tried(role)).collect())
}

fn tried(role: &'static str) -> Matrix {
    let mut world = World::around(role);
    let codes: Vec<String> = world.crm.rights().codes().map(ToOwned::to_owned).collect();
    let mut matrix = Matrix::new();
    for code in codes {
        for target in targets(&world, &code) {
            let tried = attempt(&world, &code, &target);
            let tried = tried.unwrap_or_else(|| panic!("`{code}` has no row: say in attempts.rs how it is tried"));
            let outcome = outcome(&tried);
            // Reading and refusals leave the company as it was.
            if outcome == "allowed" && !code.ends_with(".read") && !code.starts_with("report.") {
                world = World::around(role);
            }
            let row = matrix.entry((code.clone(), role)).or_default();
            row.push((target.owner, target.state, outcome));
        }
    }
    matrix
}

/// Which attempts a store is tried with.
#[derive(Clone, Copy)]
enum Tried {
    /// All of them, with a company of its own for each that changes something.
    #[cfg(feature = "sqlite")]
    All,
    /// Those that change nothing, all on one company: refusals and reads.
    #[cfg(all(feature = "postgres", feature = "testing"))]
    Harmless,
}

impl Tried {
    #[allow(dead_code, reason = "not every choice of stores is tried with")]
    const fn only_harmless(self) -> bool {
        match self {
            #[cfg(feature = "sqlite")]
            Self::All => false,
            #[cfg(all(feature = "postgres", feature = "testing"))]
            Self::Harmless => true,
        }
    }
}

/// Another store answers every attempt as memory does.
#[cfg(any(feature = "sqlite", all(feature = "postgres", feature = "testing")))]
fn agrees(store: impl Fn() -> std::sync::Arc<dyn crmkit::storage::Storage>, which: Tried) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (role, _) in words::ROLES {
        let mut world = World::on(role, store());
        let codes: Vec<String> = world.crm.rights().codes().map(ToOwned::to_owned).collect();
        for code in codes {
            let row = &matrix()[&(code.clone(), role)];
            for (target, (owner, state, expected)) in targets(&world, &code).iter().zip(row) {
                let harmless = *expected != "allowed" || code.ends_with(".read") || code.starts_with("report.");
                if !harmless && which.only_harmless() {
                    continue;
                }
                count += 1;
                let now = outcome(&attempt(&world, &code, target).unwrap());
                if now != *expected {
                    wrong.push(format!("{role}: {code} of {owner} {state}: {now}, in memory {expected}"));
                }
                if !harmless || now == "allowed" && *expected != "allowed" {
                    world = World::on(role, store());
                }
            }
        }
    }
    assert!(count > 1_000, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[cfg(feature = "sqlite")]
#[test]
fn every_operation_comes_out_on_sqlite_as_in_memory() {
    let open = || crmkit::storage::SqliteStorage::in_memory(world::schema()).unwrap();
    agrees(|| std::sync::Arc::new(open()), Tried::All);
}

#[cfg(all(feature = "postgres", feature = "testing"))]
#[test]
fn what_is_refused_or_read_comes_out_on_postgresql_as_in_memory() {
    use crmkit::storage::{PostgresOptions, PostgresStorage};
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let server = crmkit::testing::ThrowawayPostgres::start().unwrap();
    let open = || {
        let (tenant, schema) = (server.fresh_schema(), world::schema());
        let connect = PostgresStorage::connect(server.url(), &tenant, schema, PostgresOptions::default());
        runtime.block_on(connect).unwrap()
    };
    agrees(|| std::sync::Arc::new(open()), Tried::Harmless);
}

/// `own: assigned allowed, else state; team's, other's: not found`.
fn told(row: &[(&'static str, &'static str, &'static str)]) -> String {
    let owners: Vec<&str> = row.iter().map(|(owner, ..)| *owner).fold(Vec::new(), |mut seen, owner| {
        if !seen.contains(&owner) {
            seen.push(owner);
        }
        seen
    });
    let mut parts: Vec<(Vec<&str>, String)> = Vec::new();
    for owner in owners {
        let of: Vec<_> = row.iter().filter(|(whose, ..)| *whose == owner).collect();
        let outcomes: BTreeSet<&str> = of.iter().map(|(.., outcome)| *outcome).collect();
        let text = if outcomes.len() == 1 {
            of[0].2.to_owned()
        } else {
            let told: Vec<String> = of.iter().map(|(_, state, outcome)| format!("{state} {outcome}")).collect();
            told.join(", ")
        };
        match parts.iter_mut().find(|(_, known)| *known == text) {
            Some((owners, _)) => owners.push(owner),
            None => parts.push((vec![owner], text)),
        }
    }
    match &parts[..] {
        [(_, text)] if !text.contains(' ') || text == "not found" => text.clone(),
        _ => parts.iter().map(|(owners, text)| format!("{}: {text}", owners.join(", "))).collect::<Vec<_>>().join("; "),
    }
}

#[test]
fn every_operation_comes_out_as_the_reviewed_text_says() {
    let mut text = String::from(
        "# Every operation, tried as every default role: on own, the team's and others' records, in every state.\n\
         # Written by tests/matrix with UPDATE_GOLDEN=1, and then read by people.\n",
    );
    let operations: BTreeSet<&String> = matrix().keys().map(|(code, _)| code).collect();
    for code in operations {
        writeln!(text, "\n{code}").unwrap();
        for (role, _) in words::ROLES {
            writeln!(text, "  {role:<16} {}", told(&matrix()[&(code.clone(), role)])).unwrap();
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/rights.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    let pairs = golden.lines().zip(text.lines()).filter(|(golden, now)| golden != now);
    let different: Vec<String> = pairs.map(|(golden, now)| format!("- {golden}\n+ {now}")).take(20).collect();
    assert!(golden == text, "what may be done has changed; read it, then UPDATE_GOLDEN=1:\n{}", different.join("\n"));
}

#[test]
fn the_roles_may_do_what_the_specification_says_and_nothing_else() {
    let mut wrong = Vec::new();
    for (role, sentences) in words::ROLES {
        let known: BTreeSet<&str> = matrix().keys().map(|(code, _)| code.as_str()).collect();
        for (sentence, operations, _) in sentences {
            for operation in operations.iter().filter(|operation| !known.contains(**operation)) {
                wrong.push(format!("{role}: {sentence}: there is no operation {operation}"));
            }
        }
        for ((code, _), row) in matrix().iter().filter(|((_, of), _)| *of == role) {
            let said = sentences.iter().find(|(_, operations, _)| operations.contains(&code.as_str()));
            for (owner, state, outcome) in row {
                let may = said.is_some_and(|(.., owners)| owners.contains(owner))
                    && words::states(code).is_none_or(|states| states.contains(state) || *state == "any");
                // Where only the state stands against it, that is what is said.
                if may && *outcome == "denied" || !may && *outcome == "allowed" {
                    wrong.push(format!("{role}: {code} of {owner} {state}: {outcome}"));
                }
            }
            let some = row.iter().any(|(.., outcome)| *outcome == "allowed");
            if some != said.is_some() {
                wrong.push(format!("{role}: {code}: said {}, done {some}", said.is_some()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_ones_own_is_not_there_for_who_reads_his_own_only() {
    for ((code, role), row) in matrix() {
        let nobodys = |(owner, ..): &(&str, &str, &str)| *owner == "own" || *owner == "any";
        if *role != "account_manager" || code.ends_with(".create") {
            continue;
        }
        for (owner, state, outcome) in row.iter().filter(|row| !nobodys(row)) {
            assert!(matches!(*outcome, "not found" | "denied"), "{code} of {owner} {state}: {outcome}");
            // Without the right it is denied for one's own, too: that tells nothing of the others'.
            let own_denied = row.iter().all(|(.., outcome)| *outcome == "denied");
            assert!(*outcome == "not found" || own_denied, "{code} of {owner} {state}: {outcome}");
        }
    }
}
