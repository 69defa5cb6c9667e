//! Users.

use super::login::login_problem;
use super::{AccessRevision, Credential, Role, SignInCounter, SignInState, Team};
use crate::change::Change;
use crate::command::{Loaded, Need};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::problem::FieldProblem;
use crate::query::fold_text;
use crate::rules::{Context, Deletion, Rules};
use crate::schema::{Entity, EntityFacts, Facts};

crate::entity!(
    #[entity("sys_user", "用户", "User")]
    #[inputs(NewUser, UserPatch)]
    /// Someone who signs in and acts, in one role.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let role = crm.system().roles().named("account_manager").await?;
    /// let new = NewUser { display_name: Some("李 Li Na".into()), ..NewUser::new("li", role.id) };
    /// let li = crm.system().users().create(new).await?;
    /// assert_eq!((li.shown(), li.is_administrator()), ("李 Li Na", false));
    /// // Logins differ by more than case.
    /// assert!(matches!(crm.system().users().create(NewUser::new("LI", role.id)).await, Err(Error::Taken { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
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
            .actions(&["set_password", "unlock"])
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

    /// Whether he counts as an administrator: active, and in the role `administrator`.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.active && self.role == Role::ADMINISTRATOR
    }

    fn keyed(mut self) -> Result<Self> {
        if let Some(problem) = login_problem(&self.name) {
            let problem = FieldProblem::invalid("name", problem);
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
        if before.role == Role::ADMINISTRATOR && after.role != before.role {
            refuse_self(before, context, "given another role than `administrator`")?;
        }
        after.keyed()
    }

    fn deleted(before: &Self, context: &Context) -> Result<Deletion<Self>> {
        refuse_self(before, context, "deleted")?;
        Ok(Deletion::Remove)
    }

    fn sums(before: Option<&Self>, after: Option<&Self>) -> Vec<Change> {
        let is = |user: Option<&Self>| user.is_some_and(Self::is_administrator);
        let administrators = match (is(before), is(after)) {
            (false, true) => vec![SignInState::one_more()],
            (true, false) => vec![SignInState::one_less()],
            (true, true) | (false, false) => Vec::new(),
        };
        let known = |user: &Self| (user.name.clone(), user.role, user.team, user.active);
        let counted = AccessRevision::count_if(before.is_some() && before.map(known) != after.map(known));
        administrators.into_iter().chain(counted).collect()
    }

    fn touches(before: Option<&Self>, after: Option<&Self>) -> Vec<Need> {
        match (before, after) {
            (Some(gone), None) => vec![
                Need::matching::<Credential>(Credential::user.eq(gone.id)),
                Need::matching::<SignInCounter>(SignInCounter::account.eq(SignInCounter::of_user(gone.id))),
            ],
            _ => Vec::new(),
        }
    }

    fn follows(_: Option<&Self>, _: Option<&Self>, loaded: &Loaded, _: &Context) -> Result<Vec<Change>> {
        let credentials = loaded.all::<Credential>()?;
        let counters = loaded.all::<SignInCounter>()?;
        Ok(credentials.iter().map(removed).chain(counters.iter().map(removed)).collect())
    }
}

fn removed<E: Entity>(record: &E) -> Change {
    Change::Delete { entity: E::NAME.into(), id: record.id().raw(), expected: record.version() }
}

fn refuse_self(user: &User, context: &Context, done: &str) -> Result<()> {
    if context.actor == Some(user.id) {
        let problem = format!("is who acts, and can't be {done} by himself");
        return Err(Error::State { entity: "user".into(), id: user.id.raw(), problem });
    }
    Ok(())
}
