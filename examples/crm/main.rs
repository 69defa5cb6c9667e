//! `crm`: the whole CRM on the command line, and an example of a host program.
//!
//! Nothing of the CRM is decided here: a command is parsed, a session is asked, the answer is printed. Each family of
//! commands has a file of its own and one line in `cli.rs`.
//!
//! ```text
//! cargo run --release --example crm -- --db sqlite:crm.db import customers customers.csv --map number=id
//! cargo run --release --example crm -- --db sqlite:crm.db report contribution --year 1997
//! ```

mod backup;
mod brief;
mod call;
mod cli;
mod dict;
mod explain;
mod export;
mod failure;
mod files;
mod history;
mod import;
mod init;
mod jobs;
mod kind;
mod list;
mod load;
mod lost;
mod opportunity;
mod order;
mod output;
mod password;
mod people;
mod preview;
mod record;
mod report;
mod restore;
mod rights;
mod rollup;
mod script;
mod server;
mod service;
mod shell;
mod undo;
mod user;
mod verify;
mod write;

use std::process::ExitCode;

use clap::Parser;

use call::Call;
use cli::Cli;
use failure::{Failure, Outcome};
use output::Output;
use shell::Shell;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come here too; where they can't be printed there is nobody to be told.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(&cli) {
        Ok(code) => ExitCode::from(code),
        // Whoever read the output has seen enough.
        Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(cli: &Cli) -> Result<u8, Failure> {
    let runtime = cli.globals.db.runtime()?;
    let done = {
        let _inside = runtime.as_ref().map(Runtime::enter);
        run_command(cli)
    };
    if let Some(runtime) = runtime {
        // The store is closed; a name that is still being looked up keeps nobody waiting.
        runtime.shutdown_background();
    }
    done
}

fn run_command(cli: &Cli) -> Result<u8, Failure> {
    let mut output = Output::open(cli.globals.out.as_deref())?;
    let mut shell = Shell::new(cli.globals.db.clone());
    let outcome = cli.command.run(&mut Call::new(&mut shell, &cli.globals, &mut output));
    let closed = shell.close();
    let outcome = outcome?;
    output.finish()?;
    closed?;
    match outcome {
        Outcome::Done => Ok(0),
        Outcome::Rejected => Ok(3),
        Outcome::Stopped(failure) => Err(failure),
    }
}
