//! Users, teams, roles and rights, and who may do what.

mod assignee;
mod defaults;
mod field_rule;
mod grant;
mod mask;
mod permissions;
mod revision;
mod right;
mod role;
mod team;
mod tree;
mod user;

pub use assignee::{ACCOUNT_MANAGER, assignee_needs, require_account_manager};
pub use defaults::{DefaultRole, FOLDERS, FURTHER, Folder, ROLES};
pub use field_rule::{FieldAccess, FieldRule, FieldRulePatch, NewFieldRule};
pub use grant::{Grant, GrantPatch, NewGrant, Scope};
pub use mask::{FieldMask, FieldMasks};
pub use permissions::{ACTIONS, Actor, RightId, RightTable, Standing};
pub use revision::{AccessRevision, AccessRevisionPatch, NewAccessRevision};
pub use right::{NewRight, Right, RightKind, RightPatch};
pub use role::{NewRole, Role, RolePatch};
pub use team::{NewTeam, Team, TeamPatch};
pub use tree::{RightTree, Tick, Ticks};
pub use user::{NewUser, User, UserPatch};
