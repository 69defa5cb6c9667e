//! Rights: what can be granted.

use super::AccessRevision;
use crate::change::Change;
use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};

crate::choice!(
    /// What a right is in the tree of rights.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::access::RightKind;
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(RightKind::Folder.code(), "folder");
    /// assert_eq!(RightKind::from_code("folder"), Ok(RightKind::Folder));
    /// assert_eq!(RightKind::definition().label("folder", Lang::Zh), "目录");
    /// ```
    pub enum RightKind {
        /// Something that can be done.
        #[code("operation", "操作", "Operation")]
        Operation,
        /// A folder of operations.
        #[code("folder", "目录", "Folder")]
        Folder,
    }
);

crate::entity!(
    #[entity("sys_right", "权限", "Right")]
    #[inputs(NewRight, RightPatch)]
    /// Something that can be granted to a role: an action on an entity, or a folder of such.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let assign = crm.system().rights().named("opportunity.assign").await?;
    /// assert_eq!((assign.code.as_str(), assign.parent.as_deref()), ("opportunity.assign", Some("marketing")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Right {
        /// The code: `entity.action`, or the folder's name.
        #[label("编码", "Code")]
        pub code: String,
        /// The folder it stands in.
        #[label("上级", "Parent")]
        pub parent: Option<String>,
        /// Folder or operation.
        #[label("类型", "Kind")]
        pub kind: RightKind,
        /// What people are shown.
        #[label("名称", "Text")]
        pub text: String,
        /// A longer explanation.
        #[label("说明", "Tip")]
        pub tip: Option<String>,
    }
);

impl EntityFacts for Right {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Right::code]).natural::<Self>(&[&Right::code])
    }
}

impl Rules for Right {
    fn sums(before: Option<&Self>, after: Option<&Self>) -> Vec<Change> {
        AccessRevision::count_if(before.is_some_and(|before| after.is_none_or(|after| after.code != before.code)))
    }
}
