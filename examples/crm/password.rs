//! Passwords from the terminal, without showing them, or from the first line of the standard input. Never from the
//! command line, which others on the machine can see and shells keep.

use std::io::{BufRead, IsTerminal, Read};

use crate::failure::Failure;

/// The most that is read.
const MAX_BYTES: u64 = 4_096;

/// The password somebody has.
pub(crate) fn known(login: &str) -> Result<String, Failure> {
    if std::io::stdin().is_terminal() { typed(&format!("password of {login}: ")) } else { line() }
}

/// A password somebody gets; on a terminal it is typed twice.
pub(crate) fn new(login: &str) -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        return line();
    }
    let password = typed(&format!("new password of {login}: "))?;
    if typed("the same again: ")? != password {
        return Err(Failure::Failed("these were two different passwords; nothing was changed".to_owned()));
    }
    Ok(password)
}

fn typed(prompt: &str) -> Result<String, Failure> {
    // A prompt is one line that does nothing to the screen, whatever the login is.
    rpassword::prompt_password(crate::failure::one_line(prompt)).map_err(|error| unreadable(&error))
}

fn line() -> Result<String, Failure> {
    let mut line = String::new();
    let read = std::io::stdin().lock().take(MAX_BYTES).read_line(&mut line);
    read.map_err(|error| unreadable(&error))?;
    let password = line.strip_suffix('\n').unwrap_or(&line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() {
        return Err(Failure::Failed("there is no password in the first line of the standard input".to_owned()));
    }
    Ok(password.to_owned())
}

fn unreadable(error: &std::io::Error) -> Failure {
    Failure::Failed(format!("the password can't be read: {}", error.kind()))
}
