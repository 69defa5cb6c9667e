//! `crm user`, `crm team`, `crm role`: who there is, and what they may do. `crm list` shows them.

use clap::Subcommand;
use crmkit::access::{GrantPatch, NewGrant};
use crmkit::prelude::*;
use pollster::block_on;

use crate::call::Call;
use crate::failure::{Failure, Outcome};

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make a user
    Create {
        /// The login
        login: String,
        /// The role, such as account_manager
        #[arg(long, value_name = "ROLE")]
        role: String,
        /// The name others see
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        /// The team
        #[arg(long, value_name = "TEAM")]
        team: Option<String>,
        /// E-mail address
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// Telephone number
        #[arg(long, value_name = "NUMBER")]
        phone: Option<String>,
    },
    /// Let a user act again
    Activate {
        /// The login
        login: String,
    },
    /// Keep a user from acting
    Deactivate {
        /// The login
        login: String,
    },
}

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
}

pub(crate) fn user(command: &UserCommand, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    let done = block_on(async {
        match command {
            UserCommand::Create { login, role, display_name, team, email, phone } => {
                let team = match team {
                    Some(team) => Some(session.teams().named(team).await?.id),
                    None => None,
                };
                let role = session.roles().named(role).await?;
                let (display_name, email, phone) = (display_name.clone(), email.clone(), phone.clone());
                let new = NewUser { display_name, team, email, phone, ..NewUser::new(login, role.id) };
                let user = session.users().create(new).await?;
                Ok(format!("made the user `{}` with the role `{}`", user.name, role.name))
            }
            UserCommand::Activate { login } => switch(&session, login, true).await,
            UserCommand::Deactivate { login } => switch(&session, login, false).await,
        }
    });
    finish(done, call)
}

pub(crate) fn team(command: &TeamCommand, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    let TeamCommand::Create { name, parent, leader } = command;
    let done = block_on(async {
        let mut new = NewTeam { name: name.clone(), ..Default::default() };
        if let Some(parent) = parent {
            new.parent = Some(session.teams().named(parent).await?.id);
        }
        if let Some(leader) = leader {
            new.leader = Some(session.users().named(leader).await?.id);
        }
        Ok(format!("made the team `{}`", session.teams().create(new).await?.name))
    });
    finish(done, call)
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
        RoleCommand::Grant { role, right, scope } => {
            let scope = Scope::from_code(scope).map_err(|error| Failure::Usage(format!("the scope {error}")))?;
            block_on(grant(&session, role, right, scope))
        }
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

async fn switch(session: &Session, login: &str, active: bool) -> Result<String> {
    let user = session.users().named(login).await?;
    let patch = UserPatch { active: active.into(), ..Default::default() };
    let user = session.users().edit(user.id, patch).await?;
    Ok(format!("the user `{}` is {}", user.name, if user.active { "active" } else { "inactive" }))
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
