//! Passwords: what they must be, and what is kept of them.

use std::fmt;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization;

use super::common_passwords::COMMON;
use crate::error::{Error, Result};
use crate::problem::FieldProblem;
use crate::query::fold_text;
use crate::schema::{ColumnType, FieldType, Mismatch, Scalar};
use crate::value::Value;

/// What stands wherever a secret would be shown.
const REDACTED: &str = "redacted";

/// How much work one hash is; what OWASP recommends unless it is said otherwise.
///
/// A password is hashed anew with the parameters of the day when its user signs in.
///
/// # Examples
///
/// ```
/// use crmkit::access::HashParameters;
///
/// let strong = HashParameters { memory_kib: 64 * 1024, ..Default::default() };
/// assert!(strong.check().is_ok());
/// assert!(HashParameters { passes: 0, ..strong }.check().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashParameters {
    /// Memory for one hash, in KiB: 8 to 4,194,304 for each lane.
    pub memory_kib: u32,
    /// How often the memory is gone through, at least once.
    pub passes: u32,
    /// How many lanes the memory is divided into, at least one.
    pub lanes: u32,
}

impl Default for HashParameters {
    /// 19 MiB, 2 passes, 1 lane.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

impl HashParameters {
    /// Whether a hash can be made with them.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if not.
    pub fn check(&self) -> Result<()> {
        self.params().map(drop)
    }

    fn params(&self) -> Result<Params> {
        let most = 4 * 1024 * 1024;
        if self.memory_kib > most {
            return Err(invalid("hash_parameters", "memory_kib", format!("at most {most} KiB are used for a hash")));
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, None);
        params.map_err(|error| invalid("hash_parameters", "*", error.to_string()))
    }
}

/// What a new password must be: long, and not what everybody tries first. There are no rules about kinds of characters
/// and no expiry, which make passwords worse.
///
/// # Examples
///
/// ```
/// use crmkit::access::PasswordRules;
///
/// let rules = PasswordRules::default();
/// assert!(rules.check("li", "correct horse").is_ok());
/// for bad in ["short", "password1", "aaaaaaaaaa"] {
///     assert!(rules.check("li", bad).is_err());
/// }
/// assert!(rules.check("wang.xiaoming", "Wang.Xiaoming").is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRules {
    /// The least number of characters.
    pub min_chars: usize,
    /// The greatest number of bytes.
    pub max_bytes: usize,
}

impl Default for PasswordRules {
    /// 8 characters to 256 bytes.
    fn default() -> Self {
        Self { min_chars: 8, max_bytes: 256 }
    }
}

impl PasswordRules {
    /// Refuses a password that is too short, too long, the user's login, or among the commonest.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] naming the field `password`; the password itself is not in it.
    pub fn check(&self, login: &str, password: &str) -> Result<()> {
        if password.len() > self.max_bytes {
            return Err(invalid("user", "password", format!("it has at most {} bytes", self.max_bytes)));
        }
        let normal = normal(password);
        if normal.chars().count() < self.min_chars.max(1) {
            return Err(invalid("user", "password", format!("it has at least {} characters", self.min_chars.max(1))));
        }
        let folded = fold_text(&normal);
        if folded == fold_text(login) {
            return Err(invalid("user", "password", "it is the login; choose another"));
        }
        let mut letters = folded.chars();
        let first = letters.next();
        if COMMON.binary_search(&folded.as_str()).is_ok() || letters.all(|letter| Some(letter) == first) {
            return Err(invalid("user", "password", "it is among the first that are tried; choose another"));
        }
        Ok(())
    }
}

/// What is kept of a password: an Argon2id hash with its salt and parameters.
///
/// It can be compared with a password and stored, not shown: `Debug`, `Display` and serialization say `redacted`.
///
/// # Examples
///
/// ```
/// use crmkit::access::{HashParameters, PasswordHash};
///
/// let cheap = HashParameters { memory_kib: 64, passes: 1, lanes: 1 };
/// let hash = PasswordHash::make("correct horse", &[7; 16], &cheap)?;
/// assert!(hash.matches("correct horse") && !hash.matches("correct house"));
/// assert!(!hash.is_made_with(&HashParameters::default()));
/// assert_eq!(format!("{hash} {hash:?}"), "redacted redacted");
/// # Ok::<(), crmkit::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password. The salt must be random and used once.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the parameters do not fit or there is no memory for them.
    pub fn make(password: &str, salt: &[u8; 16], parameters: &HashParameters) -> Result<Self> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters.params()?);
        let hash = argon2.hash_password_with_salt(normal(password).as_bytes(), salt);
        let hash = hash.map_err(|error| invalid("user", "password", format!("it can't be hashed: {error}")))?;
        Ok(Self(hash.to_string()))
    }

    /// One that no password matches, which takes as long to find out as of any other with these parameters.
    pub(crate) fn nobodys(parameters: &HashParameters) -> Self {
        let HashParameters { memory_kib, passes, lanes } = parameters;
        // 16 bytes of salt and 32 of hash, all zero, in base64.
        let (salt, hash) = ("A".repeat(22), "A".repeat(43));
        Self(format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${hash}"))
    }

    /// Whether it was made of this password, in whatever Unicode form that is typed. A hash that can't be read matches
    /// nothing.
    #[must_use]
    pub fn matches(&self, password: &str) -> bool {
        let Ok(hash) = Phc::new(&self.0) else { return false };
        Argon2::default().verify_password(normal(password).as_bytes(), &hash).is_ok()
    }

    /// Whether it was made with these parameters.
    #[must_use]
    pub fn is_made_with(&self, parameters: &HashParameters) -> bool {
        let Ok(hash) = Phc::new(&self.0) else { return false };
        let made = Params::try_from(&hash).map(|made| (made.m_cost(), made.t_cost(), made.p_cost()));
        let same = made == Ok((parameters.memory_kib, parameters.passes, parameters.lanes));
        same && hash.algorithm == Algorithm::Argon2id.ident() && hash.version == Some(Version::V0x13.into())
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Serialize for PasswordHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(REDACTED)
    }
}

impl<'de> Deserialize<'de> for PasswordHash {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("a password hash is not read from outside"))
    }
}

impl Scalar for PasswordHash {
    fn column_type() -> ColumnType {
        ColumnType::Text
    }
    fn into_value(self) -> Value {
        Value::Text(self.0)
    }
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Text(text) => Ok(Self(text)),
            _ => Err(Mismatch("expected a password hash, found something else".into())),
        }
    }
    fn missing() -> Self {
        Self(String::new())
    }
}

impl FieldType for PasswordHash {
    type Scalar = Self;
    const REQUIRED: bool = true;
    fn into_value(self) -> Value {
        Scalar::into_value(self)
    }
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        Scalar::from_value(value)
    }
    fn missing() -> Self {
        Scalar::missing()
    }
}

/// One form for all ways to type the same password.
fn normal(password: &str) -> String {
    password.nfkc().collect()
}

fn invalid(entity: &'static str, field: &'static str, sentence: impl Into<String>) -> Error {
    Error::Invalid { entity: entity.into(), problems: vec![FieldProblem::invalid(field, sentence)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: HashParameters = HashParameters { memory_kib: 64, passes: 1, lanes: 1 };

    #[test]
    fn the_form_in_which_a_password_is_typed_does_not_count_but_its_case_does() {
        let hash = PasswordHash::make("Ｃafé au lait", &[1; 16], &CHEAP).unwrap();
        assert!(hash.matches("Cafe\u{301} au lait"));
        assert!(!hash.matches("café au lait"));
    }

    #[test]
    fn the_parameters_are_in_the_hash_and_the_salt_makes_a_difference() {
        let hash = PasswordHash::make("correct horse", &[1; 16], &CHEAP).unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", hash.0);
        assert!(hash.is_made_with(&CHEAP));
        assert!(!hash.is_made_with(&HashParameters { passes: 2, ..CHEAP }));
        assert_ne!(hash, PasswordHash::make("correct horse", &[2; 16], &CHEAP).unwrap());
        for broken in ["", "redacted", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ"] {
            assert!(!PasswordHash(broken.into()).matches("correct horse"), "{broken}");
        }
    }

    #[test]
    fn nobodys_hash_is_read_as_any_other_is_and_matches_nothing() {
        let hash = PasswordHash::nobodys(&CHEAP);
        assert!(hash.is_made_with(&CHEAP));
        let made = PasswordHash::make("correct horse", &[0; 16], &CHEAP).unwrap();
        assert_eq!((hash.0.len(), &hash.0[..50]), (made.0.len(), &made.0[..50]), "they differ in the hash alone");
        assert!(!hash.matches("correct horse") && !hash.matches(""));
    }

    #[test]
    fn a_hash_takes_four_gibibytes_at_most() {
        let with = |memory_kib| HashParameters { memory_kib, ..HashParameters::default() };
        for (memory_kib, fits) in [(7, false), (8, true), (19_456, true), (4_194_304, true), (4_194_305, false)] {
            assert_eq!(with(memory_kib).check().is_ok(), fits, "{memory_kib} KiB");
        }
    }

    #[test]
    fn what_is_serialized_says_nothing_and_is_not_read_back() {
        let hash = PasswordHash::make("correct horse", &[1; 16], &CHEAP).unwrap();
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(json, "\"redacted\"");
        assert_eq!(format!("{hash} {hash:?}"), "redacted redacted");
        assert!(serde_json::from_str::<PasswordHash>(&json).is_err());
    }

    #[test]
    fn the_bounds_are_inclusive() {
        let rules = PasswordRules::default();
        assert!(rules.check("li", "七个字的密码啊").is_err());
        assert!(rules.check("li", "八个字的密码好啊").is_ok());
        let long = "pass ".repeat(51) + "x";
        assert!(rules.check("li", &long).is_ok());
        assert!(rules.check("li", &(long + "x")).is_err());
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        let rules = PasswordRules::default();
        for (password, refused) in
            [("password1", true), ("aaaaaaaaaa", true), ("AAAAaaaaaa", true), ("aaaaaaaaab", false)]
        {
            assert_eq!(rules.check("li", password).is_err(), refused, "{password}");
        }
    }
}
