//! What sign-in keeps in the store: hashes, counted tries, and how many administrators there are. No session sees any of
//! it.

use sha2::{Digest, Sha256};

use super::{Failures, PasswordHash, User};
use crate::change::{Adjust, AdjustKey, Bound, Change};
use crate::error::Error;
use crate::id::Id;
use crate::rules::Rules;
use crate::schema::{Entity, EntityFacts, Facts};
use crate::value::{Timestamp, Value};

/// How many counters the names share that no user has: a power of two, so that all are as likely.
const SHARED: u16 = 1 << 15;

crate::entity!(
    #[entity("sec_credential", "凭据", "Credential")]
    #[inputs(NewCredential, CredentialPatch)]
    /// A user's password, as far as it is kept. It is no field of the user, so nothing that shows users can show it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::Credential;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// // No session reads it, whoever acts.
    /// assert!(crm.system().of::<Credential>().list(Query::of::<Credential>()).await.is_err());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub struct Credential {
        /// Whose it is.
        #[label("用户", "User")]
        pub user: Id<User>,
        /// The hash.
        #[label("密码散列", "Password hash")]
        pub hash: PasswordHash,
        /// How often another password was put in its place; a hash that is only renewed does not count. A session ends
        /// when it is no longer what it was.
        #[label("更换次数", "Changes")]
        pub changes: Option<i64>,
    }
);

crate::entity!(
    #[entity("sec_sign_in_counter", "登录计数", "Sign-in counter")]
    #[inputs(NewSignInCounter, SignInCounterPatch)]
    /// The wrong passwords of an account since the last right one.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::SignInCounter;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// // No session reads it, whoever acts.
    /// assert!(crm.system().of::<SignInCounter>().list(Query::of::<SignInCounter>()).await.is_err());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub struct SignInCounter {
        /// The account: a user, or the share of the names that no user has.
        #[label("账号", "Account")]
        pub account: String,
        /// How many.
        #[label("失败次数", "Failures")]
        pub failures: i64,
        /// When the last of them was tried, in microseconds since 1970.
        #[label("最近失败", "Last failure")]
        pub last_at: i64,
    }
);

crate::entity!(
    #[entity("sec_sign_in_state", "登录状态", "Sign-in state")]
    #[inputs(NewSignInState, SignInStatePatch)]
    /// What must hold of all users together; there is one such record.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::SignInState;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// // No session reads it, whoever acts.
    /// assert!(crm.system().of::<SignInState>().list(Query::of::<SignInState>()).await.is_err());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub struct SignInState {
        /// Which record it is.
        #[label("编码", "Code")]
        pub code: String,
        /// How many active administrators there are. It never falls to none.
        #[label("管理员数", "Administrators")]
        pub administrators: i64,
        /// How often somebody may have become an administrator who can sign in.
        #[label("变更次数", "Changes")]
        pub changes: i64,
        /// What nobody outside knows, so that nobody can tell which unknown names share a counter.
        #[label("密钥", "Pepper")]
        pub pepper: String,
    }
);

impl Credential {
    /// Which of the user's passwords it is.
    pub(crate) fn password(&self) -> i64 {
        self.changes.unwrap_or(0)
    }
}

impl EntityFacts for Credential {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Self::user]).secret()
    }
}

impl EntityFacts for SignInCounter {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Self::account]).secret()
    }
}

impl EntityFacts for SignInState {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Self::code]).secret()
    }
}

impl Rules for Credential {}
impl Rules for SignInCounter {}
impl Rules for SignInState {}

impl SignInCounter {
    /// The account of a user, whatever he is called.
    pub(crate) fn of_user(user: Id<User>) -> String {
        format!("user {user}")
    }

    /// The account of a name that no user has.
    ///
    /// Such names share a bounded number of counters, since otherwise whoever tries names could fill the store. Which
    /// names share one follows from a secret: otherwise whoever locks a name of his own making could see whether another
    /// name is locked with it, and so whether a user has it.
    pub(crate) fn of_unknown(pepper: &str, name: &str) -> String {
        let digest = Sha256::new_with_prefix(pepper).chain_update([0]).chain_update(name).finalize();
        let share = digest.first_chunk().map_or(0, |first| u16::from_be_bytes(*first));
        format!("unknown {}", share % SHARED)
    }

    /// What it counts.
    pub(crate) fn counted(&self) -> Failures {
        let last_at = Timestamp::from_micros(self.last_at).unwrap_or(Timestamp::MAX);
        Failures { count: self.failures, last_at }
    }

    /// The change that counts one more, refused if the account has another count by now than was decided on.
    pub(crate) fn count(account: &str, seen: Failures, next: Failures, fresh: Id<Self>) -> Change {
        let new = NewSignInCounter { account: account.to_owned(), ..Default::default() };
        let exact = |field: &'static str, value| Bound { field: field.into(), min: value, max: value };
        let (seen_at, next_at) = (seen.last_at.as_micros(), next.last_at.as_micros());
        Self::adjust(
            account,
            Some(Self::draft(fresh, new)),
            vec![
                (Self::failures.name(), next.count.saturating_sub(seen.count)),
                (Self::last_at.name(), next_at.saturating_sub(seen_at)),
            ],
            vec![exact(Self::failures.name(), next.count), exact(Self::last_at.name(), next_at)],
        )
    }

    /// The change that forgets as many failures, refused if there are not so many any more.
    pub(crate) fn forget(account: &str, failures: i64) -> Change {
        let some = Bound { field: Self::failures.name().into(), min: 0, max: i64::MAX };
        Self::adjust(account, None, vec![(Self::failures.name(), failures.saturating_neg())], vec![some])
    }

    fn adjust(account: &str, absent: Option<Self>, add: Vec<(&'static str, i64)>, require: Vec<Bound>) -> Change {
        Change::Adjust(Adjust {
            entity: Self::NAME.into(),
            key: AdjustKey::Unique(vec![(Self::account.name().into(), Value::from(account))]),
            if_absent: absent.map(Self::into_record),
            add: add.into_iter().map(|(field, amount)| (field.into(), amount)).collect(),
            require,
            slot: None,
        })
    }
}

impl SignInState {
    /// The code of the one record.
    pub(crate) const MAIN: &str = "main";

    /// The change when somebody becomes an active administrator.
    pub(crate) fn one_more() -> Change {
        Self::adjust(vec![(Self::administrators.name(), 1), (Self::changes.name(), 1)], Vec::new())
    }

    /// The change when somebody ceases to be one; refused for the last.
    pub(crate) fn one_less() -> Change {
        let some = Bound { field: Self::administrators.name().into(), min: 1, max: i64::MAX };
        Self::adjust(vec![(Self::administrators.name(), -1)], vec![some])
    }

    /// The change when an administrator is given a password.
    pub(crate) fn changed() -> Change {
        Self::adjust(vec![(Self::changes.name(), 1)], Vec::new())
    }

    /// As [`changed`](Self::changed), refused if something else has changed since the record was read.
    pub(crate) fn changed_once(&self) -> Change {
        let next = self.changes.saturating_add(1);
        let exact = Bound { field: Self::changes.name().into(), min: next, max: next };
        Self::adjust(vec![(Self::changes.name(), 1)], vec![exact])
    }

    fn adjust(add: Vec<(&'static str, i64)>, require: Vec<Bound>) -> Change {
        Change::Adjust(Adjust {
            entity: Self::NAME.into(),
            key: AdjustKey::Unique(vec![(Self::code.name().into(), Value::from(Self::MAIN))]),
            if_absent: None,
            add: add.into_iter().map(|(field, amount)| (field.into(), amount)).collect(),
            require,
            slot: None,
        })
    }

    /// What the refusal of [`one_less`](Self::one_less) means.
    pub(crate) fn last_administrator(user: Id<User>) -> Error {
        let problem = "is the last active administrator; make another one first".to_owned();
        Error::State { entity: "user".into(), id: user.raw(), problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_share_few_counters_in_a_way_that_follows_from_the_secret() {
        let accounts = |pepper: &str| -> std::collections::BTreeSet<String> {
            (0..20_000).map(|number| SignInCounter::of_unknown(pepper, &format!("name{number}"))).collect()
        };
        let (one, other) = (accounts("a"), accounts("b"));
        assert!(one.len() > 10_000 && one.len() < usize::from(SHARED), "{}", one.len());
        assert_ne!(SignInCounter::of_unknown("a", "li"), SignInCounter::of_unknown("b", "li"));
        assert_ne!(one, other);
    }
}
