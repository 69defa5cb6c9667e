//! What a set did beside changing and deleting records: what must be known to take it back.

use serde::{Deserialize, Serialize};

use crate::id::{RecordId, Version};
use crate::schema::Name;
use crate::value::Value;

/// What a set did that its entries do not say.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Change, ChangeSet};
/// use crmkit::history::{Extent, HistoryEntry, entries};
/// use crmkit::id::SetId;
/// use crmkit::prelude::*;
///
/// let mut set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "customer.create");
/// for (id, name) in [([8; 16], "Acme"), ([9; 16], "Globex")] {
///     let made = Customer::draft(Id::new(RecordId::from_bytes(id)), NewCustomer::new(name));
///     set.changes.push(Change::Insert(made.into_record()));
/// }
/// // What is new leaves one entry for all of the set; what it does not say is beside it.
/// let left = entries(&*crmkit::standard_schema()?, &set, Extent::Whole, |_, _| None, || Id::NIL);
/// let [Change::Insert(entry)] = &left[..] else { return Err("one entry".into()) };
/// let entry = HistoryEntry::from_record(entry.clone())?;
/// assert_eq!(entry.record_id(), Some(RecordId::from_bytes([8; 16])));
/// assert_eq!(entry.beside().made[0].id, RecordId::from_bytes([9; 16]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Beside {
    /// The ids of the set's other entries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<RecordId>,
    /// New records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<Left>,
    /// Records that were written as they were, so that nobody else decided on them meanwhile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Left>,
    /// Additions that hand out no number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<Added>,
}

/// A record as the set left it.
///
/// # Examples
///
/// ```
/// use crmkit::history::{HistoryEntry, Left};
/// use crmkit::prelude::*;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let unit = crm.system().unit_of_work();
/// unit.customers().create(NewCustomer::new("Acme")).await?;
/// unit.customers().create(NewCustomer::new("Globex")).await?;
/// unit.commit().await?;
/// // One entry stands for both, and names the other one.
/// let entries = crm.system().of::<HistoryEntry>().list(Query::of::<HistoryEntry>()).await?.items;
/// let Left { entity, version, .. } = entries[0].beside().made.remove(0);
/// assert_eq!((entries.len(), &*entity, version), (1, Customer::NAME, Version(1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The entity's name.
    pub entity: Name,
    /// The record.
    pub id: RecordId,
    /// The version it then had.
    pub version: Version,
}

/// An addition to numbers of a record.
///
/// # Examples
///
/// ```
/// use crmkit::change::{Adjust, AdjustKey, Change, ChangeSet};
/// use crmkit::history::{Added, AddedTo, Extent, HistoryEntry, entries};
/// use crmkit::id::SetId;
/// use crmkit::prelude::*;
///
/// let shelf = RecordId::from_bytes([9; 16]);
/// let (entity, key, add) = (StockItem::NAME.into(), AdjustKey::Id(shelf), vec![("count".into(), -50_000)]);
/// let take = Adjust { entity, key, if_absent: None, add, require: Vec::new(), slot: None };
/// let order = Order::draft(Id::new(RecordId::from_bytes([8; 16])), NewOrder::default());
/// let mut set = ChangeSet::new(SetId(RecordId::from_bytes([7; 16])), Timestamp::EPOCH, "order.create");
/// set.changes = vec![Change::Insert(order.into_record()), Change::Adjust(take)];
/// let left = entries(&*crmkit::standard_schema()?, &set, Extent::Whole, |_, _| None, || Id::NIL);
/// let [Change::Insert(entry)] = &left[..] else { return Err("one entry".into()) };
/// let amounts = vec![("count".into(), -50_000)];
/// let added = Added { entity: StockItem::NAME.into(), to: AddedTo::Id(shelf), amounts };
/// assert_eq!(HistoryEntry::from_record(entry.clone())?.beside().added, [added]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The entity's name.
    pub entity: Name,
    /// Which record.
    pub to: AddedTo,
    /// How much was added to which fields, in the field's smallest unit.
    pub amounts: Vec<(Name, i64)>,
}

/// How an addition named its record.
///
/// # Examples
///
/// ```
/// use crmkit::history::AddedTo;
///
/// // As it is kept.
/// let to = AddedTo::Unique(vec![("number".into(), "DD260302001".into())]);
/// let kept = serde_json::to_string(&to)?;
/// assert_eq!(serde_json::from_str::<AddedTo>(&kept)?, to);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AddedTo {
    /// By its id.
    Id(RecordId),
    /// By the values of a unique key.
    Unique(Vec<(Name, Value)>),
}

impl Beside {
    /// Whether the entries say it all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
