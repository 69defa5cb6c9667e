//! Users.

use super::{AccessRevision, Role, Team};
use crate::change::Change;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::problem::FieldProblem;
use crate::query::fold_text;
use crate::rules::{Context, Rules};
use crate::schema::{EntityFacts, Facts};

crate::entity!(
    #[entity("sys_user", "用户", "User")]
    #[inputs(NewUser, UserPatch)]
    /// Someone who signs in and acts, in one role.
    pub struct User {
        /// The name to sign in with. Two names that differ only in case or Unicode form are the same.
        #[label("用户名", "Login")]
        pub name: String,
        /// The name others see; without it, the login.
        #[label("姓名", "Name")]
        pub display_name: Option<String>,
        /// The one role the user has.
        #[label("角色", "Role")]
        pub role: Id<Role>,
        /// The team the user belongs to.
        #[label("团队", "Team")]
        pub team: Option<Id<Team>>,
        /// Whether the user may do anything at all.
        #[label("启用", "Active")]
        pub active: bool,
        /// E-mail address.
        #[label("邮箱", "E-mail")]
        pub email: Option<String>,
        /// Telephone number.
        #[label("电话", "Phone")]
        pub phone: Option<String>,
        #[system]
        /// The login in the form in which it is unique.
        #[label("登录名", "Login key")]
        pub login: String,
    }
);

impl EntityFacts for User {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&User::login])
            .index::<Self>(&[&User::display_name])
            .natural::<Self>(&[&User::login, &User::display_name])
            .searched::<Self>(&[&User::name, &User::display_name])
    }
}

impl NewUser {
    /// An active user with a login and a role.
    #[must_use]
    pub fn new(name: impl Into<String>, role: Id<Role>) -> Self {
        Self { name: name.into(), role, active: true, ..Self::default() }
    }
}

impl User {
    /// The name others see.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.name)
    }

    fn keyed(mut self) -> Result<Self> {
        if self.name.trim() != self.name || self.name.chars().any(char::is_control) {
            let problem = FieldProblem::invalid("name", "a login has no space around it and no control characters");
            return Err(Error::Invalid { entity: "user".into(), problems: vec![problem] });
        }
        self.login = fold_text(&self.name);
        Ok(self)
    }
}

impl Rules for User {
    fn created(draft: Self, _: &Context) -> Result<Self> {
        draft.keyed()
    }

    fn edited(before: &Self, after: Self, context: &Context) -> Result<Self> {
        if before.active && !after.active {
            refuse_self(before, context, "deactivated")?;
        }
        after.keyed()
    }

    fn deleted(before: &Self, context: &Context) -> Result<crate::rules::Deletion<Self>> {
        refuse_self(before, context, "deleted")?;
        Ok(crate::rules::Deletion::Remove)
    }

    fn sums(before: Option<&Self>, after: Option<&Self>) -> Vec<Change> {
        let known = |user: &Self| (user.name.clone(), user.role, user.team, user.active);
        AccessRevision::count_if(before.is_some() && before.map(known) != after.map(known))
    }
}

fn refuse_self(user: &User, context: &Context, done: &str) -> Result<()> {
    if context.actor == Some(user.id) {
        let problem = format!("is who acts, and can't be {done} by himself");
        return Err(Error::State { entity: "user".into(), id: user.id.raw(), problem });
    }
    Ok(())
}
