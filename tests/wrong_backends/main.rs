//! The conformance suite catches stores that are wrong, each in one way, and lets a right one pass.
#![cfg(feature = "testing")]
#![allow(clippy::panic)]

mod apply;
mod naive;
mod quirk;
mod read;

use crmkit::storage::conformance::CASES;

use naive::NaiveFixture;
use quirk::Quirk;

/// A right store that is not the crate's own passes every case.
mod right {
    use super::NaiveFixture;

    crmkit::conformance!(NaiveFixture(None));
}

/// The cases outside the random ones that catch a store, by name.
fn caught_by(quirk: Quirk) -> Vec<&'static str> {
    let fixture = NaiveFixture(Some(quirk));
    let cases = CASES.iter().filter(|case| case.group != "random");
    cases.filter(|case| case.run(&fixture).is_err()).map(|case| case.name).collect()
}

/// Each wrong store and the case that is made to catch it.
macro_rules! wrong {
    ($($quirk:ident => $case:ident,)*) => {
        mod wrong {
            $(
                #[test]
                #[allow(non_snake_case)]
                fn $quirk() {
                    let caught = super::caught_by(super::Quirk::$quirk);
                    println!("{} is caught by {}", stringify!($quirk), caught.join(", "));
                    assert!(caught.contains(&stringify!($case)), "only caught by {caught:?}");
                }
            )*
        }

        /// Every way to be wrong that has a test.
        const TESTED: &[Quirk] = &[$(Quirk::$quirk),*];
    };
}

wrong! {
    KeepsPartOfARefusedSet => a_refused_set_leaves_nothing_behind,
    TellsTheFirstRefusalOnly => every_refused_change_is_listed,
    IgnoresVersions => stale_changes_are_refused,
    IgnoresChecks => checks_hold_or_refuse,
    ChecksBeforeItLocks => decisions_on_each_other_do_not_both_stand,
    ForgetsDuplicateIds => ids_are_taken_once,
    LetsNothingCollide => no_value_never_collides,
    IgnoresConditionsOfKeys => partial_keys_hold_where_they_apply,
    ForgetsPartialKeys => partial_keys_hold_where_they_apply,
    LooksAtKeysAtTheEnd => keys_are_looked_at_change_by_change,
    ComparesKeysWithoutCase => keys_compare_text_exactly,
    ForgetsReferrers => referred_records_stay,
    ForgetsWhatDangles => references_must_lead_somewhere,
    LooksAtReferencesAtOnce => references_are_looked_at_at_the_end,
    CountsRefusedAsMade => a_refused_change_counts_as_not_made,
    RestartsVersions => a_record_put_back_continues_its_version,
    SkipsUpdatesWithoutChange => versions_count_writes,
    ForgetsSets => a_set_is_committed_once,
    ForgetsSetsOnRestart => everything_survives_a_restart,
    RemembersRefusedSets => a_refused_set_may_be_committed_later,
    StandsStill => positions_grow,
    TakesSetsOfAnySize => sets_have_a_limit,
    HandsOutTwice => one_counter_from_many_threads,
    LosesAdditions => one_counter_from_many_threads,
    ForgetsBounds => bounds_are_kept,
    WrapsSums => sums_never_wrap,
    AddsWithoutVersion => additions_add_up,
    ReplacesByTheRecordToBeginWith => a_record_begun_must_be_sound,
    ForgetsToFillUp => slots_are_filled,
    PurgesTheNewest => a_purge_takes_the_oldest,
    PurgesWithoutLimit => a_purge_takes_the_oldest,
    PurgesWhatIsReferredTo => a_purge_leaves_what_is_referred_to,
    CutsMoments => every_kind_comes_back,
    CutsLongText => long_text_comes_back,
    TakesEmptyForNothing => nothing_is_not_emptiness,
    ComposesText => awkward_text_comes_back,
    TrimsText => awkward_text_comes_back,
    ForgetsCustomFields => json_comes_back,
    KeepsNumbersAsFloats => every_kind_comes_back,
    PagesByOffset => pages_while_records_come_and_go,
    PutsNothingFirst => pages_of_every_size,
    TakesNothingForTheGreatest => pages_of_every_size,
    SortsWithoutCase => every_kind_is_sorted,
    SortsByUtf16 => every_kind_is_sorted,
    LosesTies => pages_of_every_size,
    AlwaysSaysThereIsMore => limits_of_pages,
    TakesAnyCursor => cursors_belong_to_one_order,
    JoinsInner => pages_of_every_size,
    NegatesInThreeValues => negation_knows_two_values,
    ComparesWithoutCase => every_comparison_on_every_kind,
    CutsLists => sets_of_values,
    SearchesByPattern => text_search_folds_and_finds,
    SearchesWithoutFolding => text_search_folds_and_finds,
    FindsAnyReferrer => existence_of_what_refers,
    SumsInFloats => sums_are_exact_or_refused,
    RoundsHalfUp => means_are_rounded_half_to_even,
    TakesPeriodsInUtc => periods_in_a_zone,
    GroupsNothingFirst => groups_in_their_order,
    CutsEqualGroups => groups_that_come_first,
    HasNoRowForNothing => nothing_to_measure,
    CountsNothing => measures_of_everything,
    HasNoBounds => aggregates_have_bounds,
    SaturatesSums => sums_are_exact_or_refused,
    MovesSnapshots => a_snapshot_sees_one_moment,
    ShowsHalfSets => readers_see_whole_sets,
}

#[test]
fn every_wrong_store_is_tested_once() {
    for (place, quirk) in TESTED.iter().enumerate() {
        assert!(!TESTED[..place].contains(quirk), "{quirk:?} is tested twice");
    }
    assert_eq!(TESTED.len(), Quirk::ShowsHalfSets as usize + 1);
}
/// Wrong stores that the random cases find without being made for them.
macro_rules! found_at_random {
    ($($quirk:ident => $case:ident,)*) => {
        mod random {
            $(
                #[test]
                #[allow(non_snake_case)]
                fn $quirk() {
                    let fixture = super::NaiveFixture(Some(super::Quirk::$quirk));
                    let outcome = crmkit::storage::conformance::run(stringify!($case), &fixture);
                    assert!(outcome.is_err(), "not found");
                }
            )*
        }
    };
}

found_at_random! {
    KeepsPartOfARefusedSet => random_changes_agree,
    TellsTheFirstRefusalOnly => random_changes_agree,
    IgnoresVersions => random_changes_agree,
    IgnoresChecks => random_changes_agree,
    LetsNothingCollide => random_changes_agree,
    IgnoresConditionsOfKeys => random_changes_agree,
    LooksAtKeysAtTheEnd => random_changes_agree,
    LooksAtReferencesAtOnce => random_changes_agree,
    ForgetsReferrers => random_changes_agree,
    ForgetsWhatDangles => random_changes_agree,
    ForgetsSets => random_changes_agree,
    ForgetsBounds => random_changes_agree,
    AddsWithoutVersion => random_changes_agree,
    ReplacesByTheRecordToBeginWith => random_changes_agree,
    PurgesTheNewest => random_changes_agree,
    RestartsVersions => random_changes_agree,
    FindsAnyReferrer => random_lists_agree,
    PutsNothingFirst => random_lists_agree,
    GroupsNothingFirst => random_aggregates_agree,
    HasNoRowForNothing => random_aggregates_agree,
}
