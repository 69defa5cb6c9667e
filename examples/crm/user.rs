//! `crm user` and `crm sign-in`: who there is, and who may come in.

use clap::Subcommand;
use crmkit::prelude::*;
use pollster::block_on;

use crate::call::Call;
use crate::failure::{Failure, Outcome};
use crate::list::{self, ListArgs};
use crate::password;

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make a user, who can't sign in until he has a password
    #[command(visible_alias = "create")]
    Add {
        /// The login
        login: String,
        /// The role, such as account_manager
        #[arg(long, value_name = "ROLE")]
        role: String,
        /// The name others see
        #[arg(long, visible_alias = "display-name", value_name = "NAME")]
        name: Option<String>,
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
    /// Give a user a password, typed in or in the first line of the standard input
    Password {
        /// The login
        login: String,
    },
    /// Give the first administrator a password, and make him where there is none of the name
    FirstAdministrator {
        /// The login
        #[arg(default_value = "admin")]
        login: String,
    },
    /// List the users
    List,
    /// Let a user act again
    Activate {
        /// The login
        login: String,
    },
    /// Keep a user from signing in and acting
    Deactivate {
        /// The login
        login: String,
    },
    /// Give a user another role
    Role {
        /// The login
        login: String,
        /// The role
        role: String,
    },
    /// Put a user into a team, or into none
    Team {
        /// The login
        login: String,
        /// The team
        team: Option<String>,
    },
    /// Delete a user to whom nothing refers
    Delete {
        /// The login
        login: String,
    },
    /// Let a user try to sign in at once, after too many wrong passwords
    Unlock {
        /// The login
        login: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct SignInArgs {
    /// The login
    login: String,
}

pub(crate) fn run(command: &UserCommand, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    let done = match command {
        UserCommand::List => return list::run(&ListArgs::of("users", Vec::new()), call),
        UserCommand::Password { login } => {
            let user = block_on(session.users().named(login))?;
            let password = password::new(&user.name)?;
            block_on(session.users().set_password(user.id, &password))?;
            format!("the user `{}` has a new password", user.name)
        }
        UserCommand::FirstAdministrator { login } => {
            block_on(session.require("user.set_password"))?;
            let password = password::new(login)?;
            let user = block_on(session.crm().first_administrator(login, &password))?;
            format!("the administrator `{}` can sign in", user.name)
        }
        UserCommand::Add { login, role, name, team, email, phone } => block_on(async {
            let team = match team {
                Some(team) => Some(session.teams().named(team).await?.id),
                None => None,
            };
            let role = session.roles().named(role).await?;
            let (display_name, email, phone) = (name.clone(), email.clone(), phone.clone());
            let new = NewUser { display_name, team, email, phone, ..NewUser::new(login, role.id) };
            let user = session.users().create(new).await?;
            Ok::<_, Error>(format!("made the user `{}` with the role `{}`", user.name, role.name))
        })?,
        UserCommand::Activate { login } => block_on(switch(&session, login, true))?,
        UserCommand::Deactivate { login } => block_on(switch(&session, login, false))?,
        UserCommand::Role { login, role } => block_on(async {
            let role = session.roles().named(role).await?;
            let patch = UserPatch { role: role.id.into(), ..Default::default() };
            let user = edit(&session, login, patch).await?;
            Ok::<_, Error>(format!("the user `{}` has the role `{}`", user.name, role.name))
        })?,
        UserCommand::Team { login, team } => block_on(async {
            let found = match team {
                Some(team) => Some(session.teams().named(team).await?),
                None => None,
            };
            let patch = UserPatch { team: found.as_ref().map(|team| team.id).into(), ..Default::default() };
            let user = edit(&session, login, patch).await?;
            Ok::<_, Error>(match found {
                Some(team) => format!("the user `{}` is in the team `{}`", user.name, team.name),
                None => format!("the user `{}` is in no team", user.name),
            })
        })?,
        UserCommand::Delete { login } => block_on(async {
            let user = session.users().named(login).await?;
            session.users().delete(user.id).await?;
            Ok::<_, Error>(format!("deleted the user `{}`", user.name))
        })?,
        UserCommand::Unlock { login } => block_on(async {
            let user = session.users().named(login).await?;
            session.users().unlock(user.id).await?;
            Ok::<_, Error>(format!("the user `{}` can try to sign in", user.name))
        })?,
    };
    call.say(&done)?;
    Ok(Outcome::Done)
}

/// Checks a name and a password, and says whose they are. Everything else is done with `--as`, since whoever runs the
/// host on the database could read it anyway.
pub(crate) fn sign_in(args: &SignInArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let crm = call.session()?.crm().clone();
    let password = password::known(&args.login)?;
    let session = block_on(crm.sign_in(&args.login, &password))?;
    let actor = session.actor();
    call.say(&format!("signed in as `{}` with the role `{}`", actor.name(), actor.role()))?;
    Ok(Outcome::Done)
}

async fn switch(session: &Session, login: &str, active: bool) -> Result<String> {
    let user = edit(session, login, UserPatch { active: active.into(), ..Default::default() }).await?;
    Ok(format!("the user `{}` is {}", user.name, if user.active { "active" } else { "inactive" }))
}

async fn edit(session: &Session, login: &str, patch: UserPatch) -> Result<User> {
    let user = session.users().named(login).await?;
    session.users().edit(user.id, patch).await
}
