//! The long trials, made short: each runs as it does for an hour.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::Duration;

use crmkit::storage::Synchronous;
use crmkit_reliability::disk::{Bad, bad_disk};
use crmkit_reliability::processes::{Crowd, on_postgres, on_sqlite};
use crmkit_reliability::{crash, power};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_crmkit-reliability"))
}

#[test]
fn nothing_acknowledged_is_lost_when_a_process_is_killed() {
    println!("{}", crash::crash(program(), 12, 7).unwrap());
}

#[test]
fn nothing_acknowledged_is_lost_when_the_power_is_cut() {
    println!("{}", power::cut(program(), 150, Synchronous::Full, 7).unwrap());
}

/// What `synchronous=NORMAL` may lose is lost: so the trial above can tell.
#[test]
fn with_less_than_full_synchronisation_the_last_commits_are_lost_when_the_power_is_cut() {
    let cuts = power::cut(program(), 150, Synchronous::Normal, 7).unwrap();
    println!("{cuts}");
    assert!(cuts.lost > 0, "{cuts}");
}

#[test]
fn processes_on_one_server_lose_nothing_when_some_die_and_the_server_crashes() {
    let every = Duration::from_millis(700);
    let crowd = Crowd { workers: 4, commands: 80, every, server_crashes: 1, seed: 7 };
    println!("{}", on_postgres(program(), &crowd).unwrap());
}

#[test]
fn processes_on_one_file_lose_nothing_when_some_die() {
    let every = Duration::from_millis(700);
    let crowd = Crowd { workers: 2, commands: 80, every, server_crashes: 0, seed: 7 };
    println!("{}", on_sqlite(program(), &crowd).unwrap());
}

#[test]
fn on_a_slow_disk_commands_wait_and_deadlines_are_kept() {
    println!("{}", bad_disk(program(), Bad::Slow(40), 7).unwrap());
}

#[test]
fn a_full_or_broken_disk_loses_nothing_and_is_got_over() {
    println!("{}", bad_disk(program(), Bad::Full(30), 7).unwrap());
}

#[test]
fn a_disk_that_may_not_be_written_is_told_of_and_got_over() {
    println!("{}", bad_disk(program(), Bad::ReadOnly, 7).unwrap());
}
