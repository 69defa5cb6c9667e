//! How often somebody's rights have changed: what open sessions look at to know that theirs may be old.

use crate::change::{Adjust, AdjustKey, Change};
use crate::id::{Id, RecordId};
use crate::rules::Rules;
use crate::schema::{Entity, EntityFacts, Facts};
use crate::value::Value;

crate::entity!(
    #[entity("sys_access_revision", "权限版本", "Access revision")]
    #[inputs(NewAccessRevision, AccessRevisionPatch)]
    /// How often users, roles, grants, teams or rules for fields have changed. There is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::AccessRevision;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let (revisions, the_one) = (crm.system().of::<AccessRevision>(), Id::new(AccessRevision::ID));
    /// let role = crm.system().roles().named("executive").await?.id;
    /// crm.system().roles().untick(role, "report.rfm").await?;
    /// let before = revisions.get(the_one).await?.version;
    /// crm.system().roles().untick(role, "report.lapsed").await?;
    /// assert!(revisions.get(the_one).await?.version > before);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct AccessRevision {
        #[system]
        /// Always `main`: the key that keeps it the only one.
        #[label("编码", "Code")]
        pub code: String,
        #[system]
        /// The number of changes so far.
        #[label("版本", "Revision")]
        pub revision: i64,
    }
);

const MAIN: &str = "main";

impl EntityFacts for AccessRevision {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&AccessRevision::code]).unrecorded().announced()
    }
}

impl Rules for AccessRevision {}

impl AccessRevision {
    /// Whoever counts first makes the record, and all make the same.
    ///
    /// Readers compare the record's version, not the number it holds: a change that is taken back lowers the number, but
    /// never the version.
    pub const ID: RecordId = RecordId::from_bytes(*b"crmkit-accs-revn");

    /// The change that counts one change of what somebody may do. It goes into the same set as that change.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::AccessRevision;
    /// use crmkit::schema::Entity;
    ///
    /// assert_eq!(AccessRevision::count().entity(), AccessRevision::NAME);
    /// ```
    #[must_use]
    pub fn count() -> Change {
        let first = Self { code: MAIN.into(), ..Self::draft(Id::new(Self::ID), NewAccessRevision::default()) };
        Change::Adjust(Adjust {
            entity: Self::NAME.into(),
            key: AdjustKey::Unique(vec![(Self::code.name().into(), Value::from(MAIN))]),
            if_absent: Some(first.into_record()),
            add: vec![(Self::revision.name().into(), 1)],
            require: Vec::new(),
            slot: None,
        })
    }

    /// The count if what somebody may do is not the same afterwards.
    pub(super) fn count_if(changed: bool) -> Vec<Change> {
        if changed { vec![Self::count()] } else { Vec::new() }
    }
}
