//! The long trials:
//!
//! ```text
//! cargo run --release -p crmkit-reliability -- crash --cycles 1000
//! cargo run --release -p crmkit-reliability -- power-cut --images 10000
//! cargo run --release -p crmkit-reliability -- power-cut --images 10000 --normal
//! cargo run --release -p crmkit-reliability -- processes --workers 8 --commands 1000
//! cargo run --release -p crmkit-reliability -- processes --workers 2 --commands 1000 --sqlite
//! ```
#![forbid(unsafe_code)]

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use crmkit::storage::Synchronous;
use crmkit_reliability::ledger::Ledger;
use crmkit_reliability::place::{Place, wait};
use crmkit_reliability::processes::Crowd;
use crmkit_reliability::worker::Work;
use crmkit_reliability::{Outcome, crash, power, processes, worker};

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
        Trial::Processes { workers, commands, every, server_crashes, sqlite } => {
            let crowd = Crowd { workers, commands, every: Duration::from_millis(every), server_crashes, seed };
            if sqlite { processes::on_sqlite(&program, &crowd) } else { processes::on_postgres(&program, &crowd) }
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
