//! A process that works, and what it has said so far.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::ledger::{Line, lines};
use crate::worker::Work;

/// A working process.
#[derive(Debug)]
pub struct Working {
    process: Child,
    said: Arc<Mutex<Vec<Line>>>,
    reader: Option<JoinHandle<()>>,
}

/// The command that starts a worker.
#[must_use]
pub fn command(program: &Path, work: &Work) -> Command {
    let mut command = Command::new(program);
    command.args(["worker", "--place", &work.place.to_string()]);
    command.args(["--number", &work.number.to_string(), "--seed", &work.seed.to_string()]);
    command.args(["--commands", &work.commands.to_string()]);
    if work.converge {
        command.arg("--converge");
    }
    command
}

impl Working {
    /// Starts a worker.
    ///
    /// # Errors
    ///
    /// If the process can't be started.
    pub fn start(program: &Path, work: &Work) -> Outcome<Self> {
        let mut process = command(program, work).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or("the worker has no output")?;
        let said: Arc<Mutex<Vec<Line>>> = Arc::default();
        let heard = Arc::clone(&said);
        // What was written before the process died is read to its end.
        let reader = std::thread::spawn(move || {
            for text in BufReader::new(output).lines().map_while(Result::ok) {
                heard.lock().unwrap_or_else(PoisonError::into_inner).extend(lines(&text));
            }
        });
        Ok(Self { process, said, reader: Some(reader) })
    }

    /// What it has said so far.
    #[must_use]
    pub fn said(&self) -> Vec<Line> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it has said a line that is looked for, or has ended.
    pub fn wait_for(&mut self, patience: Duration, wanted: impl Fn(&Line) -> bool) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if self.said().iter().any(&wanted) {
                return true;
            }
            if self.ended() {
                return self.said().iter().any(wanted);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        false
    }

    /// Whether it has ended.
    pub fn ended(&mut self) -> bool {
        self.process.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Kills it, if it has not ended, and gives all it has said.
    ///
    /// # Errors
    ///
    /// If the process can't be waited for.
    pub fn kill(mut self) -> Outcome<Vec<Line>> {
        self.process.kill()?;
        self.end()
    }

    /// Waits until it ends by itself and gives all it has said.
    ///
    /// # Errors
    ///
    /// If it ends with an error.
    pub fn finish(mut self) -> Outcome<Vec<Line>> {
        let status = self.process.wait()?;
        let said = self.end()?;
        if status.success() { Ok(said) } else { Err(format!("a worker ended with {status}: {:?}", said.last()).into()) }
    }

    fn end(&mut self) -> Outcome<Vec<Line>> {
        self.process.wait()?;
        if let Some(reader) = self.reader.take() {
            reader.join().map_err(|_| "the worker's output could not be read")?;
        }
        Ok(self.said())
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        // One that has ended already can't be killed, and need not be.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
