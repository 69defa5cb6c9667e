//! One command being carried out: on which store, for whom, and where its results go.

use std::io::Write;

use chrono_tz::Tz;
use crmkit::prelude::*;
use crmkit::query::fold_text;
use crmkit::report::{Bars, Formulas, Report, TextOptions};
use crmkit::schema::Lang;
use crmkit::session::Preview;
use pollster::block_on;

use crate::cli::{Format, Globals, Language};
use crate::failure::Failure;
use crate::files;
use crate::output::Output;
use crate::shell::{Opening, Shell};

/// One command being carried out.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The store.
    pub(crate) shell: &'a mut Shell,
    /// What every command takes.
    pub(crate) globals: &'a Globals,
    /// Where its results go.
    pub(crate) out: &'a mut Output,
    /// Whether it is a line of a script.
    pub(crate) in_script: bool,
    /// How it is tried out, if it is.
    pub(crate) trial: Trial,
}

/// Whether a command only shows what it would change.
#[derive(Debug, Default)]
pub(crate) enum Trial {
    /// It changes what it changes.
    #[default]
    Earnest,
    /// It is to change nothing, and has not begun.
    Ready,
    /// It changes nothing, and this knows what it would change.
    Begun(Preview),
}

impl<'a> Call<'a> {
    /// A command on a store.
    pub(crate) const fn new(shell: &'a mut Shell, globals: &'a Globals, out: &'a mut Output) -> Self {
        Self { shell, globals, out, in_script: false, trial: Trial::Earnest }
    }

    /// The session of who acts.
    pub(crate) fn session(&mut self) -> Result<Session, Failure> {
        self.session_on(Opening::AsItIs)
    }

    /// Whether the store can be opened as it is.
    pub(crate) fn can_open(&mut self) -> bool {
        self.shell.crm(self.globals.now.as_deref(), Opening::AsItIs).is_ok()
    }

    /// The session of who acts, on a store opened so.
    pub(crate) fn session_on(&mut self, opening: Opening) -> Result<Session, Failure> {
        if let Trial::Begun(preview) = &self.trial {
            return Ok(Session::clone(preview));
        }
        let session = self.session_in_earnest(opening)?;
        if matches!(self.trial, Trial::Earnest) {
            return Ok(session);
        }
        let preview = session.preview();
        let session = Session::clone(&preview);
        self.trial = Trial::Begun(preview);
        Ok(session)
    }

    fn session_in_earnest(&mut self, opening: Opening) -> Result<Session, Failure> {
        let crm = self.shell.crm(self.globals.now.as_deref(), opening)?;
        let session = match &self.globals.actor {
            None => crm.system(),
            Some(login) => block_on(sign_in(crm, login))?,
        };
        Ok(match self.globals.lang {
            None => session,
            Some(Language::En) => session.in_lang(Lang::En),
            Some(Language::Zh) => session.in_lang(Lang::Zh),
        })
    }

    /// The format results are printed in.
    pub(crate) fn format(&self) -> Format {
        self.globals.format.unwrap_or_default()
    }

    /// What becomes of formulas in CSV.
    pub(crate) const fn formulas(&self) -> Formulas {
        if self.globals.no_formulas { Formulas::Disarmed } else { Formulas::Kept }
    }

    /// Prints a table.
    pub(crate) fn print(&mut self, report: &Report) -> Result<(), Failure> {
        match self.format() {
            Format::Text => {
                let bars = if self.globals.bars { Bars::Beside } else { Bars::None };
                report.write_text_with(self.out, &TextOptions::default().bars(bars))?;
            }
            Format::Csv => {
                let formulas = self.formulas();
                report.write_csv_with(self.out, formulas)?;
            }
            Format::Json => {
                report.write_json(self.out)?;
                writeln!(self.out)?;
            }
            Format::Svg => self.out.write_all(files::picture(report)?.as_bytes())?,
            Format::Xlsx => {
                let zone = self.zone();
                files::workbook(report, zone, self.out)?;
            }
        }
        Ok(())
    }

    /// The organisation's zone; UTC for what is printed without opening a store.
    fn zone(&self) -> Tz {
        self.shell.opened().map_or(Tz::UTC, |crm| crm.organisation().zone())
    }

    /// Prints a sentence for people; the other formats are for programs, which are told by the exit code.
    pub(crate) fn say(&mut self, sentence: &str) -> Result<(), Failure> {
        if self.format() == Format::Text {
            writeln!(self.out, "{sentence}")?;
        }
        Ok(())
    }
}

/// The session of the user with a login.
pub(crate) async fn sign_in(crm: &Crm, login: &str) -> Result<Session> {
    let query = Query::of::<User>().filter(User::login.eq(fold_text(login))).limit(1);
    let found = crm.system().users().list(query).await?.items.pop();
    let missing = || Error::NotFound { entity: "user".into(), key: login.chars().take(60).collect() };
    crm.session(found.ok_or_else(missing)?.id).await
}
