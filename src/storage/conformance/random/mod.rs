//! Random data, questions and changes: a store does what [`MemoryStorage`](crate::storage::MemoryStorage) does.
//!
//! Everything is drawn as small numbers and turned into records, filters and changes by the schema, so that a failure
//! shrinks to few records and short filters.

mod changes;
mod questions;
mod world;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use super::bench::finish;
use super::{Failure, Fixture, Outcome};

pub(super) fn random_lists_agree(fixture: &dyn Fixture) -> Outcome {
    run(fixture, &questions::lists(), async |scenario| questions::agree(fixture, &scenario).await)
}

pub(super) fn random_aggregates_agree(fixture: &dyn Fixture) -> Outcome {
    run(fixture, &questions::aggregates(), async |scenario| questions::agree(fixture, &scenario).await)
}

pub(super) fn random_changes_agree(fixture: &dyn Fixture) -> Outcome {
    run(fixture, &changes::histories(), async |history| changes::agree(fixture, &history).await)
}

/// Tries a property on as many scenarios as the environment says; of those it fails on, the smallest is told.
fn run<S: Strategy>(fixture: &dyn Fixture, strategy: &S, property: impl AsyncFn(S::Value) -> Outcome) -> Outcome {
    let cases = number("CRMKIT_CONFORMANCE_CASES", 32)?;
    let seed = number("CRMKIT_CONFORMANCE_SEED", 1)?;
    let config = Config {
        cases: u32::try_from(cases)?,
        failure_persistence: None,
        max_shrink_iters: 600,
        max_shrink_time: 30_000,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let tried = TestRunner::new_with_rng(config, rng).run(strategy, |value| {
        finish(fixture, property(value)).map_err(|failure| TestCaseError::fail(failure.to_string()))
    });
    match tried {
        Ok(()) => Ok(()),
        Err(TestError::Fail(reason, _) | TestError::Abort(reason)) => Err(Failure::new(reason.message().to_owned())),
    }
}

fn number(variable: &str, otherwise: u64) -> Result<u64, Failure> {
    match std::env::var(variable) {
        Ok(text) => text.parse().map_err(|_| Failure::new(format!("`{variable}` is `{text}`, which is no number"))),
        Err(_) => Ok(otherwise),
    }
}
