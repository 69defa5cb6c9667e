//! Rights compiled for one actor, and the one predicate that says what a scope reaches.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{FieldMask, FieldMasks, Scope, Team, User};
use crate::id::Id;
use crate::query::Filter;
use crate::schema::{EntityDef, FieldRef, Name, Path, Schema};
use crate::value::Value;

/// The actions every entity has; a right is the entity's code, a dot and the action.
pub const ACTIONS: [&str; 4] = ["create", "read", "edit", "delete"];

/// A right's place in the tables of one [`Crm`](crate::Crm).
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let role = crm.system().roles().named("account_manager").await?.id;
/// let li = crm.system().users().create(NewUser::new("li", role)).await?;
/// let li = crm.session(li.id).await?;
/// // Found once, and asked for often.
/// let edit = crm.rights().id("customer.edit").ok_or("no such right")?;
/// assert_eq!(li.actor().scope(edit), Scope::Own);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RightId(usize);

/// All rights there are, numbered when the CRM is opened.
///
/// # Examples
///
/// ```
/// use crmkit::access::RightTable;
/// use crmkit::prelude::*;
///
/// let rights = RightTable::new(&*crmkit::standard_schema()?, ["vehicle.inspect".to_owned()]);
/// let right = rights.id("customer.edit").ok_or("no such right")?;
/// assert_eq!(rights.code(right), "customer.edit");
/// assert!(rights.codes().any(|code| code == "vehicle.inspect"));
/// assert_eq!(rights.id("customer.fly"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct RightTable {
    codes: Vec<String>,
    by_code: HashMap<String, RightId, RandomState>,
    /// The actions on each entity, so that a look-up makes no text.
    by_entity: HashMap<Name, Vec<(Name, RightId)>, RandomState>,
}

impl RightTable {
    /// The rights of every entity of a schema, four and those for its own actions, and further ones by code. There are
    /// none to what is secret, so nobody can do anything to it.
    #[must_use]
    pub fn new(schema: &Schema, further: impl IntoIterator<Item = String>) -> Self {
        let mut table = Self::default();
        for entity in schema.entities().filter(|entity| !entity.facts.secret) {
            for action in ACTIONS.into_iter().chain(entity.facts.actions.iter().map(AsRef::as_ref)) {
                let right = table.intern(format!("{}.{action}", entity.code));
                table.by_entity.entry(entity.code.clone()).or_default().push((action.to_owned().into(), right));
            }
        }
        for code in further {
            table.intern(code);
        }
        table
    }

    fn intern(&mut self, code: String) -> RightId {
        if let Some(known) = self.by_code.get(&code) {
            return *known;
        }
        let right = RightId(self.codes.len());
        self.by_code.insert(code.clone(), right);
        self.codes.push(code);
        right
    }

    /// The right with a code.
    #[must_use]
    pub fn id(&self, code: &str) -> Option<RightId> {
        self.by_code.get(code).copied()
    }

    /// The right to an action on an entity. Unlike [`id`](Self::id) it needs no text that names both.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::RightTable;
    /// use crmkit::customers::Customer;
    ///
    /// let schema = crmkit::standard_schema()?;
    /// let (rights, customer) = (RightTable::new(&schema, []), schema.of::<Customer>().ok_or("no customers")?);
    /// assert_eq!(rights.on(customer, "edit"), rights.id("customer.edit"));
    /// assert_eq!(rights.on(customer, "fly"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn on(&self, entity: &EntityDef, action: &str) -> Option<RightId> {
        let actions = self.by_entity.get(&entity.code)?;
        let found = actions.iter().find(|(known, _)| known == action).map(|(_, right)| *right);
        // A host may have registered a further right to an entity of ours.
        found.or_else(|| self.id(&format!("{}.{action}", entity.code)))
    }

    /// How far an actor may read an entity.
    #[must_use]
    pub(crate) fn readable(&self, actor: &Actor, entity: &EntityDef) -> Scope {
        self.on(entity, "read").map_or(Scope::None, |right| actor.scope(right))
    }

    /// The code of a right.
    #[must_use]
    pub fn code(&self, right: RightId) -> &str {
        self.codes.get(right.0).map_or("", String::as_str)
    }

    /// All codes.
    pub fn codes(&self) -> impl ExactSizeIterator<Item = &str> {
        self.codes.iter().map(String::as_str)
    }
}

/// Who acts, and how far each right reaches for him.
///
/// # Examples
///
/// ```
/// use crmkit::access::{Actor, RightTable, Scope};
///
/// let schema = crmkit::standard_schema()?;
/// let rights = RightTable::new(&schema, []);
/// let right = rights.id("customer.create").ok_or("no such right")?;
/// assert_eq!(Actor::system().scope(right), Scope::All);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Actor {
    user: Option<Id<User>>,
    name: String,
    role: String,
    teams: Vec<Id<Team>>,
    subtree: Vec<Id<Team>>,
    scopes: Vec<Scope>,
    masks: FieldMasks,
}

/// Where a user stands: what [`Actor::user`] is made from.
///
/// # Examples
///
/// ```
/// use crmkit::access::{Actor, RightTable, Standing};
/// use crmkit::prelude::*;
///
/// let schema = crmkit::standard_schema()?;
/// let rights = RightTable::new(&schema, []);
/// let edit = rights.id("customer.edit").ok_or("no such right")?;
/// let (teams, subtree) = (Vec::new(), Vec::new());
/// let li = Standing { user: Id::NIL, name: "li".into(), role: "account_manager".into(), teams, subtree };
/// let actor = Actor::user(li, &rights, [("customer.edit", Scope::Own)]);
/// assert_eq!(actor.scope(edit), Scope::Own);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Standing {
    /// The user.
    pub user: Id<User>,
    /// The user's login.
    pub name: String,
    /// The role's code.
    pub role: String,
    /// The user's team and those he leads: what the scope "team" reaches. Whoever leads a team need not belong to it.
    pub teams: Vec<Id<Team>>,
    /// Those teams and all teams below them: what the scope "subtree" reaches.
    pub subtree: Vec<Id<Team>>,
}

impl Actor {
    /// The system itself, for jobs and set-up: everything reaches everywhere.
    #[must_use]
    pub fn system() -> Self {
        let (name, role) = ("system".to_owned(), "system".to_owned());
        let (teams, subtree, scopes) = (Vec::new(), Vec::new(), Vec::new());
        Self { user: None, name, role, teams, subtree, scopes, masks: FieldMasks::default() }
    }

    /// A user with the rights of his role. Of several grants of one right the widest counts; codes that are not in
    /// the table are left out.
    #[must_use]
    pub fn user<'a>(
        standing: Standing,
        rights: &RightTable,
        grants: impl IntoIterator<Item = (&'a str, Scope)>,
    ) -> Self {
        let mut scopes = vec![Scope::None; rights.codes.len()];
        for (code, scope) in grants {
            if let Some(held) = rights.id(code).and_then(|right| scopes.get_mut(right.0)) {
                *held = scope.max(*held);
            }
        }
        let Standing { user, name, role, teams, subtree } = standing;
        Self { user: Some(user), name, role, teams, subtree, scopes, masks: FieldMasks::default() }
    }

    /// The same actor, from whom these fields are kept.
    #[must_use]
    pub fn masked(mut self, masks: FieldMasks) -> Self {
        self.masks = masks;
        self
    }

    /// The fields of an entity that are kept from the actor, if any are.
    #[must_use]
    pub fn mask(&self, entity: &EntityDef) -> Option<&FieldMask> {
        self.masks.of(entity)
    }

    /// Whether the field at a place is hidden from the actor.
    #[must_use]
    pub fn hides(&self, entity: &EntityDef, column: usize) -> bool {
        self.mask(entity).is_some_and(|mask| mask.hides(column))
    }

    /// The acting user; none for the system.
    #[must_use]
    pub const fn id(&self) -> Option<Id<User>> {
        self.user
    }

    /// The login, or `system`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The role's code, or `system`.
    #[must_use]
    pub fn role(&self) -> &str {
        &self.role
    }

    /// How far a right reaches: an array read.
    #[must_use]
    pub fn scope(&self, right: RightId) -> Scope {
        if self.user.is_none() { Scope::All } else { self.scopes.get(right.0).copied().unwrap_or(Scope::None) }
    }

    /// The condition under which a record is within a scope for this actor: the only place that says so.
    ///
    /// An entity that nobody owns is reached by every scope but "none".
    #[must_use]
    pub fn reach(&self, scope: Scope, entity: &EntityDef) -> Filter {
        let owners = &entity.facts.owners;
        match scope {
            Scope::None => Filter::none(),
            Scope::All => Filter::All,
            // Nobody owns it: no condition.
            Scope::Own | Scope::Team | Scope::Subtree => {
                owners.iter().map(|owner| self.reach_owner(scope, owner)).reduce(Filter::or).unwrap_or(Filter::All)
            }
        }
    }

    /// The condition under which the user at the end of a path is within a scope for this actor.
    #[must_use]
    pub fn reach_owner(&self, scope: Scope, owner: &Path) -> Filter {
        let Some(user) = self.user else { return Filter::All };
        let own = Filter::Compare {
            path: owner.clone(),
            comparison: crate::query::Comparison::Equal,
            value: Value::Id(user.raw()),
        };
        let team = owner.clone().then(Path::new(vec![FieldRef::from(crate::schema::Name::from(User::team.name()))]));
        let teams: Vec<Value> = match scope {
            Scope::None => return Filter::none(),
            Scope::All => return Filter::All,
            Scope::Own => Vec::new(),
            Scope::Team => self.teams.iter().map(|team| Value::Id(team.raw())).collect(),
            Scope::Subtree => self.subtree.iter().map(|team| Value::Id(team.raw())).collect(),
        };
        if teams.is_empty() { own } else { own.or(Filter::In { path: team, values: teams }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_reach_is_no_condition_however_many_own_a_record() {
        let schema = crate::standard_schema().unwrap();
        let mut customer = EntityDef::clone(schema.by_code("customer").unwrap());
        for owners in 0..3 {
            let owner = customer.facts.owners.first().cloned().unwrap_or_else(|| Path::field("manager"));
            customer.facts.owners = vec![owner; owners];
            assert_eq!(Actor::system().reach(Scope::All, &customer), Filter::All, "{owners} owners");
        }
    }

    #[test]
    fn rights_have_their_codes() {
        let rights = RightTable::new(&crate::standard_schema().unwrap(), []);
        let known: Vec<&str> = rights.codes().collect();
        assert!(known.contains(&"customer.edit"));
        for code in known {
            assert_eq!(rights.id(code).map(|right| rights.code(right)), Some(code));
        }
    }
}
