//! The conformance suite: whether a store keeps the contract, one test for each promise.
//!
//! A backend's author implements [`Fixture`] and writes one line; every case becomes a `#[test]` of its own, with a
//! fresh store. What a case finds is a [`Failure`]: a sentence. [`MemoryStorage`](super::MemoryStorage) is the
//! reference that the random cases compare with.
//!
//! The random cases are the same in every run. `CRMKIT_CONFORMANCE_CASES` says how many scenarios each of them tries
//! (32 by default), `CRMKIT_CONFORMANCE_SEED` picks others.
//!
//! # Examples
//!
//! ```
//! use std::sync::Arc;
//!
//! use crmkit::schema::Schema;
//! use crmkit::storage::MemoryStorage;
//! use crmkit::storage::conformance::{Failure, Fixture, Opened};
//!
//! struct InMemory;
//!
//! #[async_trait::async_trait]
//! impl Fixture for InMemory {
//!     async fn open(&self, schema: Arc<Schema>) -> Result<Box<dyn Opened>, Failure> {
//!         Ok(Box::new(Arc::new(MemoryStorage::new(schema))))
//!     }
//! }
//!
//! crmkit::conformance!(InMemory);
//! # fn main() {}
//! ```

mod adjust;
mod aggregates;
mod bench;
mod durable;
mod failure;
mod filters;
mod fixture;
mod generate;
mod keys;
mod kinds;
mod pages;
mod purge;
mod races;
mod random;
mod refusals;
mod schema;
mod sets;
mod snapshots;
mod values;

use std::fmt;

pub use failure::Failure;
pub use fixture::{Fixture, Opened};

/// What a case comes to.
///
/// # Examples
///
/// ```
/// use crmkit::storage::conformance::{Failure, Outcome};
///
/// fn holds(answered: usize) -> Outcome {
///     if answered == 1 { Ok(()) } else { Err(Failure::new(format!("{answered} records in place of one"))) }
/// }
///
/// assert!(holds(1).is_ok() && holds(2).is_err());
/// ```
pub type Outcome = Result<(), Failure>;

/// One promise of the contract, and how to find out whether a store keeps it.
///
/// # Examples
///
/// ```
/// use crmkit::storage::conformance::CASES;
///
/// let keys: Vec<&str> = CASES.iter().filter(|case| case.group == "keys").map(|case| case.name).collect();
/// assert!(keys.contains(&"a_unique_value_is_taken_once"));
/// ```
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name: that of the test [`conformance!`](crate::conformance) makes of it.
    pub name: &'static str,
    /// The part of the contract it belongs to.
    pub group: &'static str,
    run: fn(&dyn Fixture) -> Outcome,
}

impl Case {
    /// Runs the case on fresh stores.
    ///
    /// # Errors
    ///
    /// [`Failure`] if the store does not keep the promise.
    pub fn run(&self, fixture: &dyn Fixture) -> Outcome {
        (self.run)(fixture)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.group, self.name)
    }
}

/// Runs the case `name`; the tests that [`conformance!`](crate::conformance) makes call this.
///
/// # Errors
///
/// [`Failure`] if the store does not keep the promise, or there is no such case.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// # use crmkit::schema::Schema;
/// # use crmkit::storage::MemoryStorage;
/// use crmkit::storage::conformance::{Failure, Fixture, Opened, run};
///
/// # struct InMemory;
/// # #[async_trait::async_trait]
/// # impl Fixture for InMemory {
/// #     async fn open(&self, schema: Arc<Schema>) -> Result<Box<dyn Opened>, Failure> {
/// #         Ok(Box::new(Arc::new(MemoryStorage::new(schema))))
/// #     }
/// # }
/// // `InMemory` is the fixture that the example of the module declares.
/// run("a_set_is_committed_once", &InMemory)?;
/// let unknown = run("a_set_is_committed_thrice", &InMemory).map_err(|failure| failure.to_string());
/// assert!(unknown.is_err_and(|text| text.starts_with("there is no case `a_set_is_committed_thrice`")));
/// # Ok::<(), Failure>(())
/// ```
pub fn run(name: &str, fixture: &dyn Fixture) -> Outcome {
    let case = CASES.iter().find(|case| case.name == name);
    case.ok_or_else(|| Failure::new(format!("there is no case `{name}`")))?.run(fixture)
}

macro_rules! table {
    ($($group:ident { $($kind:ident $name:ident,)* })*) => {
        /// Every case of the suite.
        pub const CASES: &[Case] = &[$($(
            Case { name: stringify!($name), group: stringify!($group), run: table!(@$kind $group $name) },
        )*)*];
    };
    // A case on one store, asked from one thread.
    (@plain $group:ident $name:ident) => {
        |fixture| bench::with_bench(fixture, |bench| Box::pin($group::$name(bench)))
    };
    // A case that opens stores or starts threads by itself.
    (@whole $group:ident $name:ident) => {
        $group::$name
    };
}

crate::__conformance_cases!([table]);

/// One `#[test]` for every case of the conformance suite, on stores of a [`Fixture`].
///
/// The argument is an expression that makes the fixture; it is evaluated once for each case.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use crmkit::schema::Schema;
/// use crmkit::storage::MemoryStorage;
/// use crmkit::storage::conformance::{Failure, Fixture, Opened};
///
/// struct InMemory;
///
/// #[async_trait::async_trait]
/// impl Fixture for InMemory {
///     async fn open(&self, schema: Arc<Schema>) -> Result<Box<dyn Opened>, Failure> {
///         Ok(Box::new(Arc::new(MemoryStorage::new(schema))))
///     }
/// }
///
/// mod it_keeps_the_contract {
///     crmkit::conformance!(super::InMemory);
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! conformance {
    (@tests $fixture:expr; $($group:ident { $($kind:ident $name:ident,)* })*) => {$($(
        #[test]
        fn $name() -> $crate::storage::conformance::Outcome {
            $crate::storage::conformance::run(stringify!($name), &$fixture)
        }
    )*)*};
    ($fixture:expr) => {
        $crate::__conformance_cases!([$crate::conformance] @tests $fixture;);
    };
}

/// The list of cases, given to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ([$($callback:tt)+] $($first:tt)*) => {
        $($callback)+! {
            $($first)*
            values {
                plain every_kind_comes_back,
                plain awkward_text_comes_back,
                plain long_text_comes_back,
                plain json_comes_back,
                plain nothing_is_not_emptiness,
                plain records_are_got_by_id,
                whole schemas_of_the_host_come_back,
            }
            refusals {
                plain invalid_records_are_refused,
                plain ids_are_taken_once,
                plain a_record_is_written_once_in_a_set,
                plain versions_count_writes,
                plain stale_changes_are_refused,
                plain a_record_put_back_continues_its_version,
                plain a_record_arrives_with_its_version,
                plain checks_hold_or_refuse,
                plain every_refused_change_is_listed,
                plain a_refused_change_counts_as_not_made,
                plain a_refused_set_leaves_nothing_behind,
            }
            keys {
                plain a_unique_value_is_taken_once,
                plain keys_of_two_fields,
                plain no_value_never_collides,
                plain partial_keys_hold_where_they_apply,
                plain keys_are_looked_at_change_by_change,
                plain keys_compare_text_exactly,
                plain references_must_lead_somewhere,
                plain references_are_looked_at_at_the_end,
                plain referred_records_stay,
                plain references_to_oneself,
            }
            sets {
                plain a_set_is_committed_once,
                plain a_committed_set_is_known,
                plain a_refused_set_may_be_committed_later,
                plain positions_grow,
                plain sets_have_a_limit,
                plain a_set_may_be_empty,
            }
            adjust {
                plain additions_add_up,
                plain an_addition_begins_a_record,
                plain additions_find_keys_of_two_fields,
                plain bounds_are_kept,
                plain sums_never_wrap,
                plain unfit_additions_are_refused,
                plain a_record_begun_must_be_sound,
                plain slots_are_filled,
                plain slots_are_counted_by_their_changes,
                plain additions_take_their_turn_in_a_set,
            }
            purge {
                plain a_purge_takes_the_oldest,
                plain a_purge_sees_its_own_set,
                plain a_purge_filters_by_own_fields,
                plain a_purge_leaves_what_is_referred_to,
            }
            races {
                whole one_counter_from_many_threads,
                whole one_counter_is_begun_once,
                whole a_quota_is_not_overdrawn,
                whole one_writer_wins_a_version,
                whole one_writer_wins_a_unique_value,
                whole decisions_on_each_other_do_not_both_stand,
                whole a_parent_does_not_go_while_a_child_comes,
                whole one_set_from_many_threads_is_done_once,
                whole sets_in_opposite_order_all_get_through,
                whole readers_see_whole_sets,
            }
            snapshots {
                plain a_snapshot_sees_one_moment,
                plain pages_of_a_snapshot_fit_together,
                plain what_is_committed_is_seen,
            }
            pages {
                plain pages_of_every_size,
                plain every_kind_is_sorted,
                plain pages_while_records_come_and_go,
                plain cursors_belong_to_one_order,
                plain limits_of_pages,
                plain columns_follow_paths,
            }
            filters {
                plain every_comparison_on_every_kind,
                plain negation_knows_two_values,
                plain sets_of_values,
                plain ids_and_versions_are_fields,
                plain paths_follow_references,
                plain existence_of_what_refers,
                plain text_search_folds_and_finds,
                plain unfit_filters_are_refused,
            }
            aggregates {
                plain measures_of_everything,
                plain nothing_to_measure,
                plain groups_in_their_order,
                plain groups_that_come_first,
                plain periods_in_a_zone,
                plain a_year_that_skips_midnights,
                plain means_are_rounded_half_to_even,
                plain sums_are_exact_or_refused,
                plain aggregates_have_bounds,
            }
            random {
                whole random_lists_agree,
                whole random_aggregates_agree,
                whole random_changes_agree,
            }
            durable {
                plain everything_survives_a_restart,
                plain an_empty_store_survives_a_restart,
            }
        }
    };
}
