//! Why an actor may do something, or may not.

use super::Session;
use crate::access::Scope;
use crate::error::{Error, Result};
use crate::schema::Choice;

/// Whether something may be done, and the rule that says so.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let role = crm.system().roles().named("executive").await?;
/// let chen = crm.system().users().create(NewUser::new("chen", role.id)).await?;
/// let decision = crm.session(chen.id).await?.explain("customer.delete", None).await?;
/// assert!(!decision.allowed);
/// assert_eq!(decision.rule, "the role `executive` does not have the right `customer.delete`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// Whether it may be done.
    pub allowed: bool,
    /// The rule, in a sentence.
    pub rule: String,
}

impl Session {
    /// Whether the actor may do what a right such as `customer.edit` is about: at all, or to the record that people
    /// call `record`. A record that the actor may not see is as one that does not exist.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let role = crm.system().roles().named("executive").await?;
    /// let boss = crm.system().users().create(NewUser::new("boss", role.id)).await?;
    ///
    /// let decision = crm.session(boss.id).await?.explain("customer.edit", None).await?;
    /// assert!(!decision.allowed);
    /// assert_eq!(decision.rule, "the role `executive` does not have the right `customer.edit`");
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if several records have the name, [`Error::Storage`] if the store can't answer. A right that
    /// does not exist is one that nobody has.
    pub async fn explain(&self, right: &str, record: Option<&str>) -> Result<Decision> {
        let scope = match self.require(right).await {
            Ok(scope) => scope,
            Err(Error::Denied { rule, .. }) => return Ok(Decision { allowed: false, rule }),
            Err(error) => return Err(error),
        };
        let held = if self.actor().id().is_none() {
            "the system may do everything".to_owned()
        } else {
            format!("the role `{}` has the right `{right}` with the scope `{}`", self.actor().role(), scope.code())
        };
        match record {
            None => Ok(Decision { allowed: true, rule: held }),
            Some(record) => self.explain_reach(right, scope, record, held).await,
        }
    }

    async fn explain_reach(&self, right: &str, scope: Scope, record: &str, held: String) -> Result<Decision> {
        let code = right.split('.').next().unwrap_or(right);
        let records = self.untyped(code)?;
        let shown: String = record.chars().take(60).collect();
        let found = match records.named(record).await {
            Ok(found) => found,
            Err(Error::NotFound { .. } | Error::Denied { .. }) => {
                let rule = format!("{held}, but there is no {code} `{shown}` that `{}` may see", self.actor().name());
                return Ok(Decision { allowed: false, rule });
            }
            Err(error) => return Err(error),
        };
        let allowed = self.load(records.definition(), scope, found.id).await?.is_some();
        let reaches = if allowed { "reaches" } else { "does not reach" };
        Ok(Decision { allowed, rule: format!("{held}, which {reaches} the {code} `{shown}`") })
    }
}
