//! Users, teams, roles and rights, and who may do what.

mod assignee;
mod defaults;
mod grant;
mod permissions;
mod right;
mod role;
mod team;
mod user;

pub use assignee::{ACCOUNT_MANAGER, assignee_needs, require_account_manager};
pub use defaults::{DefaultRole, FOLDERS, FURTHER, Folder, ROLES};
pub use grant::{Grant, GrantPatch, NewGrant, Scope};
pub use permissions::{ACTIONS, Actor, RightId, RightTable, Standing};
pub use right::{NewRight, Right, RightKind, RightPatch};
pub use role::{NewRole, Role, RolePatch};
pub use team::{NewTeam, Team, TeamPatch};
pub use user::{NewUser, User, UserPatch};
