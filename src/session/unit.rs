//! Several commands committed as one.

use std::ops::Deref;
use std::sync::Arc;

use super::Session;
use super::events::Told;
use super::preview::RecordChange;
use super::staged::{Collected, Staged};
use crate::change::{Change, ChangeSet};
use crate::error::{Refusal, Result, StorageError, StorageErrorKind};
use crate::id::{Id, SetId};
use crate::schema::Name;
use crate::value::Value;

/// How often the series are asked for later numbers, because others have those they propose, and how often a busy store
/// is asked again.
const RETRIES: usize = 32;

/// A session whose commands are decided one after another and committed as one set, or not at all if it is dropped. See
/// [`Session::unit_of_work`].
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let unit = crm.system().unit_of_work();
/// let acme = unit.customers().create(NewCustomer::new("Acme")).await?;
/// unit.customers().create(NewCustomer::new("Globex")).await?;
/// assert!(unit.changes().await?.iter().any(|change| change.id == acme.id.raw()));
/// unit.commit().await?;
/// assert_eq!(crm.system().customers().count(Filter::All).await?, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct UnitOfWork {
    session: Session,
    staged: Arc<Staged>,
}

impl Session {
    /// A session whose commands are committed together.
    ///
    /// A command sees what those before it have done: reads by id and lists take it into account. A question that goes
    /// through a reference to a record whose answer to it is changed, or that asks for the existence of records of a
    /// kind that is changed, is refused ([`QueryError::Staged`](crate::query::QueryError::Staged)). Reports and the
    /// dictionary show what is committed. Numbers of a series are known only after the commit; until then a text such
    /// as `KH260302#1` stands for each.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let session = crm.system();
    ///
    /// let unit = session.unit_of_work();
    /// let acme = unit.customers().create(NewCustomer::new("Acme")).await?;
    /// let new = NewContact { customer: acme.id, name: "Mei".into(), ..Default::default() };
    /// unit.contacts().create(new).await?;
    /// assert_eq!(session.customers().count(Filter::All).await?, 0);
    ///
    /// unit.commit().await?;
    /// assert_eq!(session.customers().get(acme.id).await?.name, "Acme");
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn unit_of_work(&self) -> UnitOfWork {
        let (session, staged) = self.staging();
        UnitOfWork { session, staged }
    }
}

impl Deref for UnitOfWork {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl UnitOfWork {
    /// What the commands have staged so far; see [`Preview::changes`](super::Preview::changes).
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage) if the store can't say what the actor may see.
    pub async fn changes(&self) -> Result<Vec<RecordChange>> {
        self.session.fresh().await?;
        self.session.staged_changes(&self.staged).await
    }

    /// Commits everything as one set, by whose id it can be undone. Nothing more can be done with the unit afterwards,
    /// nor with sessions taken from it.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`](crate::Error::Conflict) if others have changed meanwhile what the commands relied on,
    /// [`Error::Denied`](crate::Error::Denied) if the actor has lost the right to one of them, and the other errors of
    /// commands. Nothing is changed then.
    pub async fn commit(self) -> Result<SetId> {
        self.staged.close();
        self.session.fresh().await?;
        let session = Session { staged: None, ..self.session.clone() };
        let (mut skip, mut left) = (0_i64, RETRIES);
        loop {
            let now = session.crm.now();
            let Collected { commands, changes, before, authors } = self.staged.collect(skip);
            let command = match &commands[..] {
                [only] => only.clone(),
                _ => Name::Borrowed("unit_of_work"),
            };
            for command in &commands {
                if session.crm.rights().id(command).is_some() {
                    session.require(command).await?;
                }
            }
            let mut set = ChangeSet::new(session.crm.new_set_id(now), now, command);
            set.actor = session.actor().id().map(Id::raw);
            set.changes = changes;
            if set.changes.is_empty() {
                return Ok(set.id);
            }
            match session.commit_telling(&mut set, &before, Told::of_unit(authors)).await {
                Ok(_) => return Ok(set.id),
                Err(error) if left > 0 && numbers_taken(&error, &set) => {
                    skip = skip.saturating_mul(2).saturating_add(1)
                }
                Err(error) if left > 0 && error.kind() == StorageErrorKind::Busy => {}
                Err(error) => return Err(session.explained(error, &set)),
            }
            left = left.saturating_sub(1);
        }
    }
}

/// Whether all that stands against a set is that others have the numbers that the series propose.
fn numbers_taken(error: &StorageError, set: &ChangeSet) -> bool {
    let numbered = |change: &Change| match change {
        Change::Insert(record) | Change::Update { record, .. } => {
            record.values.iter().any(|value| matches!(value, Value::Slot(_)))
        }
        Change::Delete { .. } | Change::Check { .. } | Change::Adjust(_) | Change::Purge { .. } => false,
    };
    let refused = error.refusals();
    !refused.is_empty()
        && refused.iter().all(|refused| {
            matches!(refused.reason, Refusal::Taken { .. }) && set.changes.get(refused.index).is_some_and(numbered)
        })
}
