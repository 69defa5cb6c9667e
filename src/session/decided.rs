//! What rules decide about a record, without the record's type: so that loading, asking the store and committing are
//! compiled once, and not once for each entity.

use crate::change::Change;
use crate::command::{Loaded, Need, Other};
use crate::error::Result;
use crate::rules::{Context, Latest, Rules};
use crate::schema::{Record, Schema};

/// A record before and after what is done to it, and the rules that still have a say in it.
pub(super) struct Decided {
    pub(super) before: Option<Record>,
    pub(super) after: Option<Record>,
    /// What must be known of other records for [`Rulings::allowed`].
    pub(super) needs: Vec<Need>,
    pub(super) rulings: Box<dyn Rulings>,
}

impl Decided {
    pub(super) fn made<E: Rules>(after: E) -> Self {
        Self::of(None, Some(after))
    }

    pub(super) fn changed<E: Rules>(before: E, after: E) -> Self {
        Self::of(Some(before), Some(after))
    }

    /// One that is no more, or only marked.
    pub(super) fn removed<E: Rules>(before: E, marked: Option<E>) -> Self {
        let needs = before.relies_on();
        Self { needs, ..Self::of(Some(before), marked) }
    }

    fn of<E: Rules>(before: Option<E>, after: Option<E>) -> Self {
        let mut needs = before.as_ref().map_or_else(Vec::new, E::relies_on);
        if let Some(after) = &after {
            needs.extend(after.relies_on());
        }
        Self {
            before: before.clone().map(E::into_record),
            after: after.clone().map(E::into_record),
            needs,
            rulings: Box::new(Step { before, after }),
        }
    }
}

/// What a command on a record has decided.
pub(super) struct Ruled {
    pub(super) decided: Decided,
    /// Nothing about the record itself is to be changed.
    pub(super) unchanged: bool,
    pub(super) others: Vec<Other>,
}

/// The [`Rules`] about one record before and after.
pub(super) trait Rulings: Send + Sync {
    fn allowed(&self, loaded: &Loaded, context: &Context) -> Result<()>;
    fn fits(&self, schema: &Schema) -> Result<()>;
    fn sums(&self) -> Vec<Change>;
    fn latest(&self) -> Option<Latest>;
    fn touches(&self) -> Vec<Need>;
    fn follows(&self, loaded: &Loaded, context: &Context) -> Result<Vec<Change>>;
}

struct Step<E> {
    before: Option<E>,
    after: Option<E>,
}

impl<E: Rules> Rulings for Step<E> {
    fn allowed(&self, loaded: &Loaded, context: &Context) -> Result<()> {
        E::allowed(self.before.as_ref(), self.after.as_ref(), loaded, context)
    }

    fn fits(&self, schema: &Schema) -> Result<()> {
        self.after.as_ref().map_or(Ok(()), |after| after.fits(schema))
    }

    fn sums(&self) -> Vec<Change> {
        E::sums(self.before.as_ref(), self.after.as_ref())
    }

    fn latest(&self) -> Option<Latest> {
        E::latest()
    }

    fn touches(&self) -> Vec<Need> {
        E::touches(self.before.as_ref(), self.after.as_ref())
    }

    fn follows(&self, loaded: &Loaded, context: &Context) -> Result<Vec<Change>> {
        E::follows(self.before.as_ref(), self.after.as_ref(), loaded, context)
    }
}
