//! What stands for a session between two requests.

use serde::{Deserialize, Serialize};

use super::User;
use crate::id::Id;

/// What a host keeps for somebody who has signed in, where it does not keep the session itself: in a table of its own,
/// in a shared cache, or in a cookie that only it can write. [`Crm::resume`](crate::Crm::resume) begins a session with
/// it, until the user is given another password.
///
/// It proves nothing: whoever can write one can act as anybody. A cookie with it must be signed or encrypted.
///
/// # Examples
///
/// ```
/// use crmkit::access::Ticket;
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let admin = crm.first_administrator("admin", "a long and good one").await?;
/// let session = crm.sign_in("admin", "a long and good one").await?;
/// let kept = serde_json::to_string(&session.ticket())?;
///
/// // The next request, perhaps to another program on the same store.
/// let ticket: Ticket = serde_json::from_str(&kept)?;
/// assert_eq!(ticket.user(), admin.id);
/// assert_eq!(crm.resume(ticket).await?.actor().id(), Some(admin.id));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    user: Id<User>,
    /// Which of his passwords he had when the session began, if he had one.
    password: Option<i64>,
}

impl Ticket {
    pub(crate) const fn new(user: Id<User>, password: Option<i64>) -> Self {
        Self { user, password }
    }

    /// Whose it is: to end all that one user has, where the host keeps them.
    #[must_use]
    pub const fn user(self) -> Id<User> {
        self.user
    }

    /// Whether it is older than the password that the user has now. What began without a password does not end with one.
    pub(crate) fn is_older_than(self, password: Option<i64>) -> bool {
        self.password.is_some() && self.password != password
    }
}
