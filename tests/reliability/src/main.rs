//! The long trials:
//!
//! ```text
//! cargo run --release -p crmkit-reliability -- crash --cycles 1000
//! cargo run --release -p crmkit-reliability -- power-cut --images 10000
//! cargo run --release -p crmkit-reliability -- power-cut --images 10000 --normal
//! cargo run --release -p crmkit-reliability -- slow-disk
//! cargo run --release -p crmkit-reliability -- full-disk --moments 1000
//! cargo run --release -p crmkit-reliability -- read-only-disk
//! cargo run --release -p crmkit-reliability -- processes --workers 8 --commands 1000
//! cargo run --release -p crmkit-reliability -- processes --workers 2 --commands 1000 --sqlite
//! cargo run --release -p crmkit-reliability -- transfers --threads 64
//! cargo run --release -p crmkit-reliability -- histories
//! cargo run --release -p crmkit-reliability -- tasks --tasks 1000
//! cargo run --release -p crmkit-reliability -- resources --operations 72000
//! cargo run --release -p crmkit-reliability -- sign-in
//! ```
#![forbid(unsafe_code)]

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use crmkit::storage::Synchronous;
use crmkit_reliability::disk::{Bad, bad_disk, on_bad_disk};
use crmkit_reliability::ground::Kind;
use crmkit_reliability::histories::Load;
use crmkit_reliability::ledger::Ledger;
use crmkit_reliability::place::{Place, wait};
use crmkit_reliability::processes::Crowd;
use crmkit_reliability::resources::Resources;
use crmkit_reliability::tasks::Tasks;
use crmkit_reliability::transfers::Transfers;
use crmkit_reliability::worker::Work;
use crmkit_reliability::{Outcome, crash, histories, power, processes, resources, tasks, timing, transfers, worker};

/// What crmkit promises on bad days, tried
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    trial: Trial,
    /// Where random numbers begin
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Subcommand)]
enum Trial {
    /// Kill a process that works on a SQLite file, again and again
    Crash {
        #[arg(long, default_value_t = 1_000)]
        cycles: u64,
    },
    /// Cut the power of a disk that forgets what was not synced
    PowerCut {
        #[arg(long, default_value_t = 10_000)]
        images: u64,
        /// With synchronous=NORMAL, which may lose the last commits
        #[arg(long)]
        normal: bool,
    },
    /// A disk that takes long for each sync, and then for each read
    SlowDisk {
        #[arg(long, default_value_t = 300)]
        milliseconds: u32,
    },
    /// A disk that is full, then one that is broken, from random calls on
    FullDisk {
        #[arg(long, default_value_t = 1_000)]
        moments: u64,
    },
    /// A disk that may not be written any more
    ReadOnlyDisk,
    /// Many processes on one store, some killed, and the server crashing
    Processes {
        #[arg(long, default_value_t = 8)]
        workers: usize,
        #[arg(long, default_value_t = 1_000)]
        commands: u64,
        /// Milliseconds from one death to the next
        #[arg(long, default_value_t = 1_000)]
        every: u64,
        #[arg(long, default_value_t = 2)]
        server_crashes: usize,
        /// On one SQLite file instead of PostgreSQL
        #[arg(long)]
        sqlite: bool,
    },
    /// Many threads that move goods between few shelves
    Transfers {
        /// memory, sqlite or postgres; without it, on each
        #[arg(long)]
        store: Option<Kind>,
        #[arg(long, default_value_t = 64)]
        threads: usize,
        #[arg(long, default_value_t = 500)]
        each: u64,
    },
    /// Many threads that read and write few records, each of which must be linearizable
    Histories {
        /// memory, sqlite or postgres; without it, on each
        #[arg(long)]
        store: Option<Kind>,
        #[arg(long, default_value_t = 32)]
        threads: usize,
        #[arg(long, default_value_t = 2_000)]
        each: u64,
        #[arg(long, default_value_t = 8)]
        records: usize,
    },
    /// A thousand tasks that read and write
    Tasks {
        /// memory, sqlite or postgres; without it, on each
        #[arg(long)]
        store: Option<Kind>,
        #[arg(long, default_value_t = 1_000)]
        tasks: usize,
        #[arg(long, default_value_t = 50)]
        each: u64,
    },
    /// Whether memory, file handles and threads stay as they are
    Resources {
        /// memory, sqlite or postgres; without it, on each
        #[arg(long)]
        store: Option<Kind>,
        #[arg(long, default_value_t = 72_000)]
        operations: u64,
    },
    /// Whether the time a try at signing in takes tells which names exist
    SignIn {
        /// memory, sqlite or postgres; without it, on each
        #[arg(long)]
        store: Option<Kind>,
        #[arg(long, default_value_t = 1_000)]
        tries: usize,
    },
    /// The process with the bad disk
    #[command(hide = true)]
    OnBadDisk {
        #[arg(long)]
        folder: PathBuf,
        #[arg(long)]
        slow: Option<u32>,
        #[arg(long)]
        full: Option<u64>,
        #[arg(long)]
        read_only: bool,
    },
    /// One of the processes
    #[command(hide = true)]
    Worker {
        #[arg(long)]
        place: String,
        #[arg(long)]
        number: usize,
        #[arg(long)]
        commands: u64,
        #[arg(long)]
        converge: bool,
        /// Where it says what it does, instead of its output
        #[arg(long)]
        ledger: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(told) => {
            if !told.is_empty() {
                println!("{told}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Outcome {
    let (program, seed) = (std::env::current_exe()?, arguments.seed);
    match arguments.trial {
        Trial::Crash { cycles } => crash::crash(&program, cycles, seed),
        Trial::PowerCut { images, normal } => {
            let synchronous = if normal { Synchronous::Normal } else { Synchronous::Full };
            Ok(power::cut(&program, images, synchronous, seed)?.to_string())
        }
        Trial::SlowDisk { milliseconds } => bad_disk(&program, Bad::Slow(milliseconds), seed),
        Trial::FullDisk { moments } => bad_disk(&program, Bad::Full(moments), seed),
        Trial::ReadOnlyDisk => bad_disk(&program, Bad::ReadOnly, seed),
        Trial::Processes { workers, commands, every, server_crashes, sqlite } => {
            let crowd = Crowd { workers, commands, every: Duration::from_millis(every), server_crashes, seed };
            if sqlite { processes::on_sqlite(&program, &crowd) } else { processes::on_postgres(&program, &crowd) }
        }
        Trial::Transfers { store, threads, each } => {
            on_each(store, async |kind| transfers::transfers(kind, Transfers { threads, each, seed }).await)
        }
        Trial::Histories { store, threads, each, records } => {
            on_each(store, async |kind| histories::linearizable(kind, Load { threads, each, records, seed }).await)
        }
        Trial::Tasks { store, tasks: count, each } => {
            let patience = Duration::from_secs(3_600);
            on_each(store, async |kind| tasks::tasks(kind, Tasks { tasks: count, each, patience, seed }).await)
        }
        Trial::Resources { store, operations } => {
            on_each(store, async |kind| resources::resources(kind, Resources { operations, seed }).await)
        }
        Trial::SignIn { store, tries } => {
            on_each(store, async |kind| timing::sign_in(kind, tries, Default::default()).await)
        }
        Trial::OnBadDisk { folder, slow, full, read_only } => {
            let bad = match (slow, full, read_only) {
                (Some(milliseconds), ..) => Bad::Slow(milliseconds),
                (_, Some(moments), _) => Bad::Full(moments),
                _ => Bad::ReadOnly,
            };
            on_bad_disk(&folder, bad, seed)
        }
        Trial::Worker { place, number, commands, converge, ledger } => {
            let work = Work { place: place.parse::<Place>()?, number, seed, commands, converge };
            match ledger {
                Some(path) => wait(worker::work(&work, &Ledger::new(File::create(path)?)))?,
                None => wait(worker::work(&work, &Ledger::new(std::io::stdout())))?,
            }
            Ok(String::new())
        }
    }
}

/// Runs a trial on one kind of store, or on each, and tells what each gave.
fn on_each(store: Option<Kind>, trial: impl AsyncFn(Kind) -> Outcome) -> Outcome {
    let mut told = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| store.is_none_or(|wanted| wanted == *kind)) {
        told.push(wait(trial(kind))?);
    }
    Ok(told.join("\n"))
}
