//! Users, teams, roles and rights, and who may do what.

mod grant;
mod right;
mod role;
mod team;
mod user;

pub use grant::{Grant, GrantPatch, NewGrant, Scope};
pub use right::{NewRight, Right, RightKind, RightPatch};
pub use role::{NewRole, Role, RolePatch};
pub use team::{NewTeam, Team, TeamPatch};
pub use user::{NewUser, User, UserPatch};
