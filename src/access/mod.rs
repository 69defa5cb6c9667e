//! Users, teams, roles and rights, and who may do what.

mod assignee;
mod common_passwords;
mod credential;
mod defaults;
mod field_rule;
mod grant;
mod lockout;
mod login;
mod mask;
mod password;
mod permissions;
mod revision;
mod right;
mod role;
mod sign_in;
mod team;
mod ticket;
mod tree;
mod user;

pub use assignee::{ACCOUNT_MANAGER, assignee_needs, require_account_manager};
pub use credential::{
    Credential, CredentialPatch, NewCredential, NewSignInCounter, NewSignInState, SignInCounter, SignInCounterPatch,
    SignInState, SignInStatePatch,
};
pub use defaults::{ADMINISTRATOR, DefaultRole, FOLDERS, FURTHER, Folder, ROLES};
pub use field_rule::{FieldAccess, FieldRule, FieldRulePatch, NewFieldRule};
pub use grant::{Grant, GrantPatch, NewGrant, Scope};
pub use lockout::{Failures, Lockout};
pub use mask::{FieldMask, FieldMasks};
pub use password::{HashParameters, PasswordHash, PasswordRules};
pub use permissions::{ACTIONS, Actor, RightId, RightTable, Standing};
pub use revision::{AccessRevision, AccessRevisionPatch, NewAccessRevision};
pub use right::{NewRight, Right, RightKind, RightPatch};
pub use role::{NewRole, Role, RolePatch};
pub use sign_in::SignInOptions;
pub use team::{NewTeam, Team, TeamPatch};
pub use ticket::Ticket;
pub use tree::{RightTree, Tick, Ticks};
pub use user::{NewUser, User, UserPatch};
