//! `crm team`, `crm role`: how users belong together, and what they may do.

use clap::Subcommand;
use crmkit::access::{GrantPatch, NewGrant, TeamPatch};
use crmkit::prelude::*;
use pollster::block_on;

use crate::call::Call;
use crate::failure::{Failure, Outcome};
use crate::list::{self, ListArgs};
use crate::rights::{self, FieldCommand};

#[derive(Debug, Subcommand)]
pub(crate) enum TeamCommand {
    /// Make a team
    Create {
        /// The name
        name: String,
        /// The team it is part of
        #[arg(long, value_name = "TEAM")]
        parent: Option<String>,
        /// Who leads it, by login
        #[arg(long, value_name = "LOGIN")]
        leader: Option<String>,
    },
    /// List the teams
    List,
    /// Say who leads a team, or that nobody does
    Leader {
        /// The team
        team: String,
        /// The login
        login: Option<String>,
    },
    /// Make a team part of another, or of none
    Move {
        /// The team
        team: String,
        /// The team it is part of then
        parent: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// Make a role without any right
    Create {
        /// The name
        name: String,
        /// What it is for
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// List the roles
    List,
    /// Delete a role that no user has, with what it was granted
    Delete {
        /// The role
        role: String,
    },
    /// Give a role a right, or let one reach further or less far
    Grant {
        /// The role
        role: String,
        /// The right, such as customer.read
        right: String,
        /// How far it reaches: own, team, subtree or all
        scope: String,
    },
    /// Take a right from a role
    Revoke {
        /// The role
        role: String,
        /// The right
        right: String,
    },
    /// Give a role a right, or everything in a folder of rights
    Tick {
        /// The role
        role: String,
        /// The right or the folder, such as customers; everything is in root
        right: String,
        /// How far it reaches: own, team, subtree or all
        #[arg(default_value = "all")]
        scope: String,
    },
    /// Take a right, or everything in a folder of rights, from a role
    Untick {
        /// The role
        role: String,
        /// The right or the folder
        right: String,
    },
    /// Show the tree of rights and what a role has of it
    Tree {
        /// The role
        role: String,
    },
    /// Give a default role exactly the rights it has at first
    Restore {
        /// The role's code
        role: String,
    },
    /// Keep fields from a role
    #[command(subcommand)]
    Field(FieldCommand),
}

pub(crate) fn team(command: &TeamCommand, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    let done = match command {
        TeamCommand::List => return list::run(&ListArgs::of("teams", Vec::new()), call),
        TeamCommand::Create { name, parent, leader } => block_on(async {
            let (parent, leader) = (team_of(&session, parent).await?, user_of(&session, leader).await?);
            let new = NewTeam { name: name.clone(), parent, leader, ..Default::default() };
            Ok(format!("made the team `{}`", session.teams().create(new).await?.name))
        }),
        TeamCommand::Leader { team, login } => block_on(async {
            let patch = TeamPatch { leader: user_of(&session, login).await?.into(), ..Default::default() };
            let name = edit_team(&session, team, patch).await?;
            Ok(match login {
                Some(login) => format!("the team `{name}` is led by `{login}`"),
                None => format!("the team `{name}` is led by nobody"),
            })
        }),
        TeamCommand::Move { team, parent } => block_on(async {
            let patch = TeamPatch { parent: team_of(&session, parent).await?.into(), ..Default::default() };
            let name = edit_team(&session, team, patch).await?;
            Ok(match parent {
                Some(parent) => format!("the team `{name}` is part of `{parent}`"),
                None => format!("the team `{name}` is part of no other"),
            })
        }),
    };
    finish(done, call)
}

async fn team_of(session: &Session, name: &Option<String>) -> Result<Option<Id<Team>>> {
    let Some(name) = name else { return Ok(None) };
    Ok(Some(session.teams().named(name).await?.id))
}

async fn user_of(session: &Session, login: &Option<String>) -> Result<Option<Id<User>>> {
    let Some(login) = login else { return Ok(None) };
    Ok(Some(session.users().named(login).await?.id))
}

async fn edit_team(session: &Session, name: &str, patch: TeamPatch) -> Result<String> {
    let team = session.teams().named(name).await?;
    Ok(session.teams().edit(team.id, patch).await?.name)
}

pub(crate) fn role(command: &RoleCommand, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    if let RoleCommand::Grant { right, .. } | RoleCommand::Revoke { right, .. } = command {
        let session = call.session()?;
        if session.crm().rights().id(right).is_none() {
            return Err(Failure::unknown("right", right, session.crm().rights().codes()));
        }
    }
    let session = call.session()?;
    let done = match command {
        RoleCommand::Create { name, description } => block_on(async {
            let new = NewRole { description: description.clone(), ..NewRole::new(name) };
            Ok(format!("made the role `{}`", session.roles().create(new).await?.name))
        }),
        RoleCommand::List => return list::run(&ListArgs::of("roles", Vec::new()), call),
        RoleCommand::Delete { role } => block_on(async {
            let role = session.roles().named(role).await?;
            session.roles().delete(role.id).await?;
            Ok(format!("deleted the role `{}`", role.name))
        }),
        RoleCommand::Grant { role, right, scope } => block_on(grant(&session, role, right, scope_of(scope)?)),
        RoleCommand::Tick { role, right, scope } => {
            block_on(rights::tick(&session, role, right, Some(scope_of(scope)?)))
        }
        RoleCommand::Untick { role, right } => block_on(rights::tick(&session, role, right, None)),
        RoleCommand::Tree { role } => block_on(rights::tree(&session, role)),
        RoleCommand::Restore { role } => block_on(async {
            let role = session.roles().restore_default(role).await?;
            Ok(format!("the role `{}` has its first rights again", role.name))
        }),
        RoleCommand::Field(command) => block_on(rights::field(&session, command)),
        RoleCommand::Revoke { role, right } => block_on(async {
            match granted(&session, role, right).await? {
                (.., Some(grant)) => {
                    session.grants().delete(grant.id).await?;
                    Ok(format!("the role `{role}` no longer has the right `{right}`"))
                }
                (.., None) => Ok(format!("the role `{role}` does not have the right `{right}`")),
            }
        }),
    };
    finish(done, call)
}

fn scope_of(text: &str) -> Result<Scope, Failure> {
    Scope::from_code(text).map_err(|error| Failure::Usage(format!("the scope {error}")))
}

async fn grant(session: &Session, role: &str, right: &str, scope: Scope) -> Result<String> {
    match granted(session, role, right).await? {
        (_, _, Some(grant)) => {
            let patch = GrantPatch { scope: scope.into(), ..Default::default() };
            session.grants().edit(grant.id, patch).await?;
        }
        (role, right, None) => {
            session.grants().create(NewGrant { role, right, scope, ..Default::default() }).await?;
        }
    }
    Ok(format!("the role `{role}` has the right `{right}` with the scope `{}`", scope.code()))
}

/// The role, the right, and the grant of one to the other.
async fn granted(session: &Session, role: &str, right: &str) -> Result<(Id<Role>, Id<Right>, Option<Grant>)> {
    let (role, right) = (session.roles().named(role).await?.id, session.of::<Right>().named(right).await?.id);
    let query = Query::of::<Grant>().filter(Grant::role.eq(role).and(Grant::right.eq(right))).limit(1);
    Ok((role, right, session.grants().list(query).await?.items.pop()))
}

fn finish(done: Result<String>, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    call.say(&done?)?;
    Ok(Outcome::Done)
}
