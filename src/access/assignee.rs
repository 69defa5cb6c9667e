//! Who can be given an opportunity or a service request: an active account manager.

use super::{Role, User};
use crate::command::{Loaded, Need};
use crate::error::{Error, Result};
use crate::id::Id;

/// The code of the role whose users are given opportunities and service requests.
pub const ACCOUNT_MANAGER: &str = "account_manager";

/// What a command must know before it gives a user something.
///
/// # Examples
///
/// ```
/// use crmkit::access::assignee_needs;
/// use crmkit::command::Need;
/// use crmkit::prelude::*;
///
/// let li = Id::new(RecordId::from_bytes([7; 16]));
/// assert_eq!(assignee_needs(li), [Need::record(li), Need::referred(li, User::role)]);
/// ```
#[must_use]
pub fn assignee_needs(user: Id<User>) -> Vec<Need> {
    vec![Need::record(user), Need::referred(user, User::role)]
}

/// Refuses a user who is no active account manager.
///
/// # Errors
///
/// [`Error::NotFound`] if there is no such user, [`Error::State`] saying what he is instead.
///
/// # Examples
///
/// ```
/// use crmkit::access::require_account_manager;
/// use crmkit::command::Loaded;
/// use crmkit::prelude::*;
///
/// let role = Role::draft(Id::NIL, NewRole::new("account_manager"));
/// let user = User::draft(Id::NIL, NewUser { active: false, ..NewUser::new("li", role.id) });
/// let mut loaded = Loaded::default();
/// loaded.add(role.into_record());
/// loaded.add(user.into_record());
/// let refused = require_account_manager(Id::NIL, &loaded).map_err(|error| error.to_string());
/// assert!(refused.is_err_and(|text| text.contains("`li` is inactive")));
/// ```
pub fn require_account_manager(user: Id<User>, loaded: &Loaded) -> Result<()> {
    let user: User = loaded.get(user)?;
    let role: Role = loaded.get(user.role)?;
    let is = if !user.active {
        format!("`{}` is inactive", user.name)
    } else if role.name != ACCOUNT_MANAGER {
        format!("`{}` has the role `{}`", user.name, role.name)
    } else if !role.active {
        format!("`{}` has a role that is inactive", user.name)
    } else {
        return Ok(());
    };
    let problem = format!("{is}; name an active user with the role `{ACCOUNT_MANAGER}`");
    Err(Error::State { entity: "user".into(), id: user.id.raw(), problem })
}
