//! Signing in with a password, and giving one.

use super::commit::explain;
use super::write::command;
use super::{Records, Session};
use crate::access::{
    AccessRevision, Credential, Failures, NewCredential, NewUser, PasswordHash, Role, SignInCounter, SignInState, User,
};
use crate::change::{Change, ChangeSet};
use crate::crm::Crm;
use crate::error::{Error, Refusal, Result, StorageError, StorageErrorKind};
use crate::id::{Id, Version};
use crate::observe;
use crate::query::fold_text;
use crate::rules::{Context, Rules};
use crate::schema::Entity;
use crate::storage::{ReaderExt, Storage};

/// How often something is decided again when others change the same at the same moment.
const RETRIES: usize = 127;
/// How often a busy store is asked again, which has waited by itself before it said so.
const BUSY_RETRIES: usize = 3;
/// What nobody can have as a login, however it is written.
const LONGEST_NAME: usize = 1_000;

/// Whoever a name stands for: somebody, or nobody.
#[derive(Debug)]
struct Account {
    /// What his tries are counted under.
    key: String,
    user: Option<User>,
    credential: Option<Credential>,
}

/// How a set of changes ended.
enum Ended {
    Done,
    /// Something was not as it was when it was decided.
    Changed(StorageError),
}

impl Crm {
    /// A session for whoever has this name and password. The name's case and Unicode form do not count.
    ///
    /// Every try is counted before the password is looked at, also for names that nobody has; after some wrong ones one
    /// has to wait, see [`Lockout`](crate::access::Lockout). A right one sets the count to zero, and the password is
    /// hashed anew if [`HashParameters`](crate::access::HashParameters) are others by now.
    ///
    /// # Errors
    ///
    /// [`Error::SignIn`] if the name or the password is wrong, or the user or his role inactive: which of these can't be
    /// told from the answer, nor from the time it takes. [`Error::Locked`] while one has to wait. [`Error::Storage`] if
    /// the store can't do it, or too many sign in at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.first_administrator("admin", "a long and good one").await?;
    /// let session = crm.sign_in("Admin", "a long and good one").await?;
    /// assert_eq!(session.actor().role(), "administrator");
    /// assert!(matches!(crm.sign_in("admin", "another").await, Err(Error::SignIn)));
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<Session> {
        let outcome = self.try_sign_in(name, password).await;
        observe::signed_in(&outcome);
        outcome
    }

    async fn try_sign_in(&self, name: &str, password: &str) -> Result<Session> {
        let account = self.account(name).await?;
        let counted = self.count_try(&account.key).await?;
        let right = self.is_right(account.credential.as_ref(), password).await?;
        let (Some(user), Some(credential), true) = (&account.user, account.credential, right) else {
            return Err(Error::SignIn);
        };
        let session = match self.session(user.id).await {
            Err(Error::SessionEnded { .. } | Error::NotFound { .. }) => return Err(Error::SignIn),
            other => other?,
        };
        let options = self.sign_in_options();
        let upgraded = if credential.hash.is_made_with(&options.hash) {
            None
        } else {
            Some(Credential { hash: self.hashing().make(password, options.hash).await?, ..credential.clone() })
        };
        session.accept(&account.key, counted, &credential, upgraded, "user.sign_in").await?;
        Ok(session)
    }

    /// Gives the first administrator his password, and makes him if nobody has the name. There is no other way into a
    /// new store, and no password that is known beforehand.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] once an active administrator has a password: he makes the others. [`Error::State`] if the name
    /// is that of somebody else than an active administrator; [`Error::Invalid`] if the name or the password does not
    /// fit; [`Error::Storage`] if the store can't do it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.first_administrator("li", "a long and good one").await?;
    /// let second = crm.first_administrator("wang", "a long and good one").await;
    /// assert!(matches!(second, Err(Error::Denied { .. })));
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn first_administrator(&self, name: &str, password: &str) -> Result<User> {
        let options = self.sign_in_options();
        options.password.check(name, password)?;
        self.refuse_second_administrator().await?;
        let hash = self.hashing().make(password, options.hash).await?;
        let session = self.system();
        for _ in 0..RETRIES {
            let state: Option<SignInState> = self.storage().first(SignInState::code.eq(SignInState::MAIN)).await?;
            let missing = || Error::NotFound { entity: "sign_in_state".into(), key: SignInState::MAIN.into() };
            let state = state.ok_or_else(missing)?;
            self.refuse_second_administrator().await?;
            let mut changes = vec![state.changed_once()];
            let context = session.context(self.now());
            let user = match self.storage().first::<User>(User::login.eq(fold_text(name))).await? {
                Some(user) if user.is_administrator() => user,
                Some(user) => {
                    let problem = "is no active administrator; give another name".to_owned();
                    return Err(Error::State { entity: "user".into(), id: user.id.raw(), problem });
                }
                None => new_administrator(self, name, &context, &mut changes)?,
            };
            changes.extend([self.keep(self.storage(), user.id, &hash).await?, AccessRevision::count()]);
            match session.end(changes, "user.first_administrator").await? {
                Ended::Done => return Ok(self.storage().load(user.id).await?.unwrap_or(user)),
                Ended::Changed(_) => {}
            }
        }
        Err(busy())
    }

    /// How many password hashes this program has made, to store one or to compare with one: for a host's gauges.
    #[must_use]
    pub fn hashes_made(&self) -> u64 {
        self.hashing().done()
    }

    async fn refuse_second_administrator(&self) -> Result<()> {
        let are =
            Credential::user.to(User::active).eq(true).and(Credential::user.to(User::role).eq(Role::ADMINISTRATOR));
        match self.storage().first::<Credential>(are).await? {
            None => Ok(()),
            Some(_) => Err(Error::Denied {
                actor: "system".into(),
                action: "user.first_administrator".into(),
                rule: "an active administrator has a password already; he makes the others".into(),
            }),
        }
    }

    /// Whoever has a name, found out with the same questions if nobody has.
    async fn account(&self, name: &str) -> Result<Account> {
        let name = fold_text(name.get(..name.floor_char_boundary(LONGEST_NAME)).unwrap_or_default());
        // A store refuses to be asked for a text with this character; no login has it, nor what stands in for it.
        let name = name.replace('\0', "\u{fffd}");
        let storage = self.storage();
        let state: Option<SignInState> = storage.first(SignInState::code.eq(SignInState::MAIN)).await?;
        let user: Option<User> = storage.first(User::login.eq(name.as_str())).await?;
        let id = user.as_ref().map_or_else(|| self.new_id(self.now()), |user| user.id);
        let credential = storage.first(Credential::user.eq(id)).await?;
        let pepper = state.map(|state| state.pepper).unwrap_or_default();
        let unknown = SignInCounter::of_unknown(&pepper, &name);
        let key = user.as_ref().map_or(unknown, |user| SignInCounter::of_user(user.id));
        Ok(Account { key, user, credential })
    }

    /// Counts a try, and gives how many there are with it.
    async fn count_try(&self, key: &str) -> Result<i64> {
        let session = self.system();
        for _ in 0..RETRIES {
            let now = self.now();
            let seen = failures(self.storage(), key).await?;
            let next = self.sign_in_options().lockout.counted(seen, now);
            let next = next.map_err(|until| Error::Locked { until })?;
            let count = SignInCounter::count(key, seen, next, self.new_id(now));
            match session.end(vec![count], "user.try").await? {
                Ended::Done => return Ok(next.count),
                Ended::Changed(_) => {}
            }
        }
        Err(busy())
    }

    async fn is_right(&self, credential: Option<&Credential>, password: &str) -> Result<bool> {
        let options = self.sign_in_options();
        // One that is too long was never stored; it need not take longer to find that out than to find out others.
        let fits = password.len() <= options.password.max_bytes;
        let hash = credential.filter(|_| fits).map(|credential| credential.hash.clone());
        self.hashing().matches(hash, if fits { password } else { "" }, options.hash).await
    }

    /// The change that keeps a hash as a user's.
    async fn keep(&self, store: &dyn Storage, user: Id<User>, hash: &PasswordHash) -> Result<Change> {
        let stored = store.first::<Credential>(Credential::user.eq(user)).await?;
        Ok(match stored {
            Some(stored) => replaced(&stored, another(&stored, hash.clone())),
            None => {
                let new = NewCredential { user, hash: hash.clone(), ..Default::default() };
                Change::Insert(Credential::draft(self.new_id(self.now()), new).into_record())
            }
        })
    }
}

impl Session {
    /// Gives the actor another password. The old one is asked for, and wrong ones are counted as in
    /// [`Crm::sign_in`]. This session goes on, with its clones; other sessions of the user end.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] for the system, which has no password; [`Error::Invalid`] if the new one does not fit;
    /// [`Error::SignIn`] if the old one is wrong, [`Error::Locked`] while one has to wait; [`Error::Storage`] if the
    /// store can't do it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.first_administrator("admin", "a long and good one").await?;
    /// let session = crm.sign_in("admin", "a long and good one").await?;
    /// session.change_password("a long and good one", "an even better one").await?;
    /// assert!(crm.sign_in("admin", "a long and good one").await.is_err());
    /// assert!(crm.sign_in("admin", "an even better one").await.is_ok());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn change_password(&self, old: &str, new: &str) -> Result<()> {
        let nobody = || self.denied("user.change_password", "the system has no password".into());
        let (actor, crm) = (self.fresh().await?, &self.crm);
        let user = actor.id().ok_or_else(nobody)?;
        crm.sign_in_options().password.check(actor.name(), new)?;
        let key = SignInCounter::of_user(user);
        let counted = crm.count_try(&key).await?;
        let credential = self.storage().first::<Credential>(Credential::user.eq(user)).await?;
        let right = crm.is_right(credential.as_ref(), old).await?;
        let Some(credential) = credential.filter(|_| right) else { return Err(Error::SignIn) };
        let hash = crm.hashing().make(new, crm.sign_in_options().hash).await?;
        let changed = another(&credential, hash);
        let password = changed.password();
        self.accept(&key, counted, &credential, Some(changed), "user.change_password").await?;
        self.acting.renew(password);
        Ok(())
    }

    /// Forgets the tries up to and with the one that was right, if the credential it was compared with still is the
    /// user's, and puts another in its place if one is given.
    async fn accept(
        &self,
        key: &str,
        mut counted: i64,
        compared: &Credential,
        another: Option<Credential>,
        command: &str,
    ) -> Result<()> {
        for _ in 0..RETRIES {
            let credential = match another.clone() {
                Some(another) => replaced(compared, another),
                None => {
                    Change::Check { entity: Credential::NAME.into(), id: compared.id.raw(), expected: compared.version }
                }
            };
            let mut changes = vec![credential, SignInCounter::forget(key, counted)];
            if another.as_ref().is_some_and(|another| another.password() != compared.password()) {
                changes.push(AccessRevision::count());
            }
            match self.end(changes, command).await? {
                Ended::Done => return Ok(()),
                // The password was changed, or the user deleted, while it was compared.
                Ended::Changed(error) if !is_guarded(&error) => return Err(Error::SignIn),
                Ended::Changed(_) => counted = failures(self.storage(), key).await?.count.min(counted),
            }
        }
        Err(busy())
    }

    /// Commits changes that were decided on what is there.
    async fn end(&self, changes: Vec<Change>, command: &str) -> Result<Ended> {
        let now = self.crm.now();
        let mut set = ChangeSet::new(self.crm.new_set_id(now), now, command.to_owned());
        set.actor = self.actor().id().map(Id::raw);
        set.changes = changes;
        let outdated = |reason: &Refusal| match reason {
            Refusal::Missing
            | Refusal::Stale { .. }
            | Refusal::Exists
            | Refusal::Taken { .. }
            | Refusal::Guard { .. } => true,
            Refusal::Dangling { .. } | Refusal::Referenced { .. } | Refusal::Repeated | Refusal::Invalid(_) => false,
        };
        let mut outcome = self.commit(&mut set, &[]).await;
        for _ in 0..BUSY_RETRIES {
            match &outcome {
                Err(error) if error.kind() == StorageErrorKind::Busy => outcome = self.commit(&mut set, &[]).await,
                _ => break,
            }
        }
        match outcome {
            Ok(_) => Ok(Ended::Done),
            Err(error) if error.refusals().iter().any(|refused| outdated(&refused.reason)) => Ok(Ended::Changed(error)),
            Err(error) => Err(explain(error, self.crm.schema())),
        }
    }
}

impl Records<User> {
    /// Gives a user a password, without asking for the old one, and lets him try it at once. Sessions that he began with
    /// another one end. It needs the right `user.set_password`, and whoever has that can sign in as anybody within its
    /// scope.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right or scope; [`Error::NotFound`] if there is no such user the actor can see;
    /// [`Error::Invalid`] if the password does not fit; [`Error::Storage`] if the store can't do it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.first_administrator("admin", "a long and good one").await?;
    /// let admin = crm.sign_in("admin", "a long and good one").await?;
    /// let role = admin.roles().named("account_manager").await?;
    /// let li = admin.users().create(NewUser::new("li", role.id)).await?;
    /// assert!(crm.sign_in("li", "for the first day").await.is_err());
    /// admin.users().set_password(li.id, "for the first day").await?;
    /// let li = crm.sign_in("li", "for the first day").await?;
    /// assert!(li.users().set_password(admin.actor().id().unwrap_or(Id::NIL), "a new one").await.is_err());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn set_password(&self, id: Id<User>, password: &str) -> Result<()> {
        let crm = &self.session.crm;
        let user = self.user_to(id, "set_password").await?;
        crm.sign_in_options().password.check(&user.name, password)?;
        let hash = crm.hashing().make(password, crm.sign_in_options().hash).await?;
        self.settle(id, "set_password", Some(&hash)).await
    }

    /// Lets a user try to sign in at once, however many wrong passwords there were. It needs the right `user.unlock`.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right or scope; [`Error::NotFound`] if there is no such user the actor can see;
    /// [`Error::Storage`] if the store can't do it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let admin = crm.first_administrator("admin", "a long and good one").await?;
    /// for _ in 0..5 {
    ///     assert!(matches!(crm.sign_in("admin", "a wrong one").await, Err(Error::SignIn)));
    /// }
    /// assert!(matches!(crm.sign_in("admin", "a long and good one").await, Err(Error::Locked { .. })));
    /// crm.system().users().unlock(admin.id).await?;
    /// assert!(crm.sign_in("admin", "a long and good one").await.is_ok());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn unlock(&self, id: Id<User>) -> Result<()> {
        self.settle(id, "unlock", None).await
    }

    async fn user_to(&self, id: Id<User>, action: &str) -> Result<User> {
        let def = self.def()?;
        let scope = self.session.granted_on(&def, action).await?.1;
        Ok(User::from_record(self.session.subject(&def, scope, action, id.raw(), None).await?)?)
    }

    /// Forgets a user's wrong passwords, and gives him another one if there is a hash.
    async fn settle(&self, id: Id<User>, action: &str, hash: Option<&PasswordHash>) -> Result<()> {
        let (crm, store) = (&self.session.crm, self.session.storage());
        let key = SignInCounter::of_user(id);
        for _ in 0..RETRIES {
            let user = self.user_to(id, action).await?;
            let check = Change::Check { entity: User::NAME.into(), id: id.raw(), expected: user.version };
            let mut set: Vec<Change> = vec![check];
            if let Some(hash) = hash {
                set.extend([crm.keep(store, id, hash).await?, AccessRevision::count()]);
                set.extend((user.role == Role::ADMINISTRATOR).then(SignInState::changed));
            }
            let failures = failures(store, &key).await?.count;
            if failures > 0 {
                set.push(SignInCounter::forget(&key, failures));
            }
            match self.session.end(set, &command(&*self.def()?, action)).await? {
                Ended::Done => return Ok(()),
                Ended::Changed(_) => {}
            }
        }
        Err(busy())
    }
}

/// The tries that are counted of an account.
async fn failures(store: &dyn Storage, key: &str) -> Result<Failures> {
    let counter = store.first::<SignInCounter>(SignInCounter::account.eq(key)).await?;
    Ok(counter.map_or_else(Failures::default, |counter| counter.counted()))
}

fn new_administrator(crm: &Crm, name: &str, context: &Context, changes: &mut Vec<Change>) -> Result<User> {
    let draft = User::draft(crm.new_id(context.now), NewUser::new(name, Role::ADMINISTRATOR));
    let user = User::created(draft, context)?;
    let record = user.clone().into_record();
    super::records::check_fields(&User::definition(), None, &record)?;
    changes.push(Change::Insert(record));
    changes.extend(User::sums(None, Some(&user)));
    Ok(user)
}

/// The credential with another password.
fn another(before: &Credential, hash: PasswordHash) -> Credential {
    Credential { hash, changes: Some(before.password().saturating_add(1)), ..before.clone() }
}

fn replaced(before: &Credential, after: Credential) -> Change {
    let expected: Version = before.version;
    Change::Update { record: after.into_record(), expected }
}

/// Whether nothing but a bound stood against it.
fn is_guarded(error: &StorageError) -> bool {
    error.refusals().iter().all(|refused| matches!(refused.reason, Refusal::Guard { .. }))
}

fn busy() -> Error {
    StorageError::new(StorageErrorKind::Busy, "too many sign in at the same moment; try again").into()
}
