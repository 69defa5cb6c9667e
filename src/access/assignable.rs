//! Whom work can be given to.

use super::{Role, User};
use crate::command::{Loaded, Need};
use crate::error::{Error, Result};
use crate::id::Id;

/// The code of the role whose users customers, opportunities and service requests are given to.
pub const ACCOUNT_MANAGER: &str = "account_manager";

/// What must be known to give work to a user.
#[must_use]
pub fn account_managers(to: Id<User>) -> Vec<Need> {
    vec![Need::record(to), Need::matching::<Role>(Role::name.eq(ACCOUNT_MANAGER))]
}

/// The user, if he is an active account manager.
///
/// # Errors
///
/// [`Error::NotFound`] if there is no such user, [`Error::State`] if he or his role is inactive or his role is another.
pub fn require_account_manager(to: Id<User>, loaded: &Loaded) -> Result<User> {
    let user: User = loaded.get(to)?;
    let role = loaded.all::<Role>()?.into_iter().find(|role| role.id == user.role);
    let problem = match role {
        Some(role) if role.active && user.active => return Ok(user),
        Some(role) if user.active => {
            format!("has the inactive role `{}`; work goes to active account managers", role.name)
        }
        Some(_) => "is inactive; work goes to active account managers".to_owned(),
        None => "is no account manager; work goes to active account managers".to_owned(),
    };
    Err(Error::State { entity: "user".into(), id: to.raw(), problem: format!("(`{}`) {problem}", user.name) })
}
