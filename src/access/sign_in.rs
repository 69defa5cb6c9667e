//! What a host may say about signing in.

use super::{HashParameters, Lockout, PasswordRules};

/// How passwords are hashed, what they must be, and how wrong ones are answered.
///
/// # Examples
///
/// ```
/// use crmkit::access::{Lockout, PasswordRules, SignInOptions};
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
///
/// # pollster::block_on(async {
/// let options = SignInOptions {
///     password: PasswordRules { min_chars: 12, ..Default::default() },
///     lockout: Lockout { free: 3, ..Default::default() },
///     ..Default::default()
/// };
/// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).sign_in(options).open().await?;
/// assert!(crm.first_administrator("admin", "too short").await.is_err());
/// # Ok::<(), Error>(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SignInOptions {
    /// How much work a hash is.
    pub hash: HashParameters,
    /// What a new password must be.
    pub password: PasswordRules,
    /// How wrong passwords are answered.
    pub lockout: Lockout,
}
