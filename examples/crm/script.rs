//! `crm script`: many commands on one opened store.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::call::{Call, Trial};
use crate::cli::{Globals, Line};
use crate::failure::{Failure, Outcome};
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub(crate) struct ScriptArgs {
    /// The file of commands, one a line; - reads them from the standard input
    file: PathBuf,
}

/// Runs every line; the first that fails ends the script.
pub(crate) fn run(args: &ScriptArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    if !matches!(call.trial, Trial::Earnest) {
        return Err(Failure::Usage("a script can't be previewed; preview its lines in it".to_owned()));
    }
    if call.in_script {
        return Err(Failure::Usage("a script can't run another script".to_owned()));
    }
    let text = read(&args.file)?;
    let mut rejected = false;
    for (index, line) in text.lines().enumerate() {
        let place = format!("{}:{}", args.file.display(), index + 1);
        let outcome = match words(line) {
            Ok(words) if words.is_empty() => continue,
            Ok(words) => run_line(words, call),
            Err(failure) => Err(failure),
        };
        match outcome {
            Ok(Outcome::Done) => {}
            Ok(Outcome::Rejected) => rejected = true,
            Ok(Outcome::Stopped(failure)) | Err(failure) => return Ok(Outcome::Stopped(failure.at(&place))),
        }
        call.out.flush()?;
    }
    Ok(if rejected { Outcome::Rejected } else { Outcome::Done })
}

fn read(path: &Path) -> Result<String, Failure> {
    let failed = |error| Failure::file(path, &error);
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map_err(failed)?;
    } else {
        bytes = std::fs::read(path).map_err(failed)?;
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(good).filter(|byte| **byte == b'\n').count() + 1;
        Failure::Failed(format!("{}:{line}: the line is not UTF-8", path.display()))
    })
}

/// The words of a line as a shell would see them; none for a blank line and a comment.
fn words(line: &str) -> Result<Vec<String>, Failure> {
    let unclosed = || Failure::Usage("a quote is not closed".to_owned());
    let mut words = shlex::split(line).ok_or_else(unclosed)?;
    if words.first().is_some_and(|word| word == "crm") {
        words.remove(0);
        if words.is_empty() {
            return Err(Failure::Usage("there is no command behind `crm`".to_owned()));
        }
    }
    Ok(words)
}

/// What is wrong with a command line, in one line.
fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let parts: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let sentence = parts.join("; ");
    sentence.strip_prefix("error: ").unwrap_or(&sentence).to_owned()
}

fn run_line(words: Vec<String>, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let line = match Line::parse(words) {
        Ok(line) => line,
        Err(help) if !help.use_stderr() => {
            write!(call.out, "{help}")?;
            return Ok(Outcome::Done);
        }
        Err(error) => return Err(Failure::Usage(sentence(&error))),
    };
    if line.names_store {
        return Err(Failure::Usage("a script runs on one store; give --db before `script`".to_owned()));
    }
    let (own, script) = (&line.cli.globals, call.globals);
    let globals = Globals {
        db: script.db.clone(),
        actor: own.actor.clone().or_else(|| script.actor.clone()),
        now: own.now.clone().or_else(|| script.now.clone()),
        lang: own.lang.or(script.lang),
        format: own.format.or(script.format),
        bars: own.bars || script.bars,
        no_formulas: own.no_formulas || script.no_formulas,
        out: own.out.clone(),
    };
    let mut file = globals.out.as_deref().map(|path| Output::open(Some(path))).transpose()?;
    let out = file.as_mut().unwrap_or(call.out);
    let outcome = line.cli.command.run(&mut Call {
        shell: call.shell,
        globals: &globals,
        out,
        in_script: true,
        trial: Trial::Earnest,
    })?;
    match file {
        Some(file) => file.finish()?,
        None => call.out.flush()?,
    }
    Ok(outcome)
}
