//! The commands of an entity by name, for whoever has their names and inputs only.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{Command, CommandForm, Loaded, Need, Outcome, read_input};
use crate::error::Result;
use crate::problem::FieldProblem;
use crate::rules::{Context, Rules};

/// The commands of an entity, as its rules name them.
///
/// # Examples
///
/// ```
/// use crmkit::command::Commands;
/// use crmkit::marketing::{Assign, Opportunity, Win};
///
/// let commands: Commands<Opportunity> = Commands::default().with::<Assign>().with::<Win>();
/// assert_eq!(commands.forms().iter().map(|form| form.action).collect::<Vec<_>>(), ["assign", "win"]);
/// ```
#[derive(Debug)]
pub struct Commands<E> {
    forms: Vec<CommandForm>,
    readers: Vec<Reader<E>>,
}

/// Reads a command from what was sent with it.
pub(crate) type Reader<E> = fn(Json) -> Result<Box<dyn Decides<E>>, FieldProblem>;

/// A command of which only the subject is known.
pub(crate) trait Decides<E>: Send + Sync {
    fn needs(&self, subject: &E) -> Vec<Need>;
    fn decide(&self, subject: E, loaded: &Loaded, context: &Context) -> Result<Outcome<E>>;
}

impl<C: Command> Decides<C::Subject> for C {
    fn needs(&self, subject: &C::Subject) -> Vec<Need> {
        Command::needs(self, subject)
    }

    fn decide(&self, subject: C::Subject, loaded: &Loaded, context: &Context) -> Result<Outcome<C::Subject>> {
        Command::decide(self, subject, loaded, context)
    }
}

impl<E> Default for Commands<E> {
    /// None.
    fn default() -> Self {
        Self { forms: Vec::new(), readers: Vec::new() }
    }
}

impl<E: Rules> Commands<E> {
    /// And another one. What is sent with it is read by serde; with `deny_unknown_fields` a slip of the pen is told.
    #[must_use]
    pub fn with<C: Command<Subject = E> + DeserializeOwned + 'static>(mut self) -> Self {
        self.forms.push(CommandForm::of::<C>());
        self.readers.push(|input| Ok(Box::new(read_input::<C>(input)?)));
        self
    }

    /// What they are called and what must be said with them.
    #[must_use]
    pub fn forms(&self) -> &[CommandForm] {
        &self.forms
    }

    /// The command of this name, if there is one.
    pub(crate) fn find(&self, action: &str) -> Option<(&'static str, Reader<E>)> {
        let (form, read) = self.forms.iter().zip(&self.readers).find(|(form, _)| form.action == action)?;
        Some((form.action, *read))
    }
}
