//! Events as they are stored.

use serde_json::{Map, Value as Json};

use super::shard::kept;
use crate::error::Result;
use crate::rules::{Context, Deletion, Rules};
use crate::schema::{EntityFacts, Facts, Name};
use crate::value::Timestamp;

crate::choice!(
    /// What was done to the record of an event.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::events::EventCursor;
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// crm.system().customers().edit(acme.id, CustomerPatch { zip: Some("200000".into()).into(), ..Default::default() }).await?;
    /// let page = crm.system().events(&EventCursor::beginning(), 100).await?;
    /// let kinds: Vec<&str> = page.events.iter().filter(|it| it.record == acme.id.raw()).map(|it| it.kind.code()).collect();
    /// assert_eq!(kinds.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub enum EventKind {
        /// It was made, or put back.
        #[code("inserted", "新增", "Inserted")]
        Inserted,
        /// It was changed.
        #[code("updated", "修改", "Updated")]
        Updated,
        /// It was deleted.
        #[code("deleted", "删除", "Deleted")]
        Deleted,
        /// Nothing: something is said about it.
        #[code("noted", "提示", "Noted")]
        Noted,
    }
);

crate::entity!(
    #[entity("sys_event", "事件", "Event")]
    #[inputs(NewEventEntry, EventEntryPatch)]
    /// What one set did to one record, as it is stored. It names the record without referring to it, so it keeps
    /// nobody from deleting it and outlives it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::events::{EventEntry, shard_of};
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let stored = crm.system().of::<EventEntry>().list(Query::of::<EventEntry>()).await?.items;
    /// assert_eq!((stored.len(), stored[0].name.as_str()), (1, "customer.create"));
    /// assert_eq!(usize::try_from(stored[0].shard)?, shard_of(acme.id.raw()));
    /// assert_eq!(stored[0].values()["name"], "Acme");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct EventEntry {
        /// The shard it is numbered in.
        #[label("分片", "Shard")]
        pub shard: i64,
        /// Its number there.
        #[label("序号", "Sequence")]
        pub sequence: i64,
        /// The id of the set.
        #[label("批次", "Set")]
        pub set: String,
        /// When.
        #[label("时间", "At")]
        pub at: Timestamp,
        /// The id of the user who did it; none for the system.
        #[label("操作人", "Actor")]
        pub actor: Option<String>,
        /// The code of the command, such as `opportunity.win`; of several in a unit of work the last one that wrote the
        /// record.
        #[label("名称", "Name")]
        pub name: String,
        /// The code of the record's entity.
        #[label("对象", "Entity")]
        pub entity: String,
        /// The record's id.
        #[label("记录", "Record")]
        pub record: String,
        /// What was done.
        #[label("操作", "Kind")]
        pub kind: EventKind,
        /// What the changed fields hold since, by name, as the history keeps values; of a new record all that has a
        /// value.
        #[label("修改后", "After")]
        pub data: Option<Json>,
        /// The names of changed fields whose values are not told.
        #[label("未附字段", "Omitted")]
        pub omitted: Option<Json>,
        /// All commands of the unit of work that wrote the record, if there were several.
        #[label("全部命令", "Commands")]
        pub commands: Option<Json>,
        /// The field that got a number in this set.
        #[label("编号字段", "Numbered field")]
        pub numbered: Option<String>,
        /// The number it got.
        #[label("编号", "Number")]
        pub number: Option<String>,
    }
);

impl EntityFacts for EventEntry {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&EventEntry::shard, &EventEntry::sequence]).append_only().unrecorded()
    }
}

/// Whoever may, nobody writes these but the crate itself: a number that is changed or a missing event would be a gap.
impl Rules for EventEntry {
    fn created(draft: Self, _: &Context) -> Result<Self> {
        Err(kept("event_entry", draft.id.raw()))
    }

    fn edited(before: &Self, _: Self, _: &Context) -> Result<Self> {
        Err(kept("event_entry", before.id.raw()))
    }

    fn deleted(before: &Self, _: &Context) -> Result<Deletion<Self>> {
        Err(kept("event_entry", before.id.raw()))
    }

    fn events(&self, _: &Context) -> Vec<&'static str> {
        Vec::new()
    }
}

impl EventEntry {
    /// The values it tells, by field.
    #[must_use]
    pub fn values(&self) -> Map<String, Json> {
        let mut values = match &self.data {
            Some(Json::Object(values)) => values.clone(),
            _ => Map::new(),
        };
        if let (Some(field), Some(number)) = (&self.numbered, &self.number) {
            values.insert(field.clone(), Json::String(number.clone()));
        }
        values
    }

    /// The names of changed fields whose values it does not tell.
    #[must_use]
    pub fn omitted_fields(&self) -> Vec<Name> {
        texts(self.omitted.as_ref()).map(Name::Owned).collect()
    }

    /// The same entry without what these fields hold; without any value if no field is named.
    #[must_use]
    pub fn without(self, fields: &[Name]) -> Self {
        let (mut data, mut omitted) = (Map::new(), self.omitted_fields());
        let mut number = self.numbered.clone().zip(self.number.clone());
        let forgotten = |field: &str| fields.is_empty() || fields.iter().any(|name| name == field);
        for (field, value) in self.data.as_ref().and_then(Json::as_object).into_iter().flatten() {
            if forgotten(field) {
                omitted.push(Name::Owned(field.clone()));
            } else {
                data.insert(field.clone(), value.clone());
            }
        }
        if let Some((field, _)) = number.take_if(|(field, _)| forgotten(field)) {
            omitted.push(Name::Owned(field));
        }
        let (numbered, number) = number.unzip();
        Self { data: object(data), omitted: list(&omitted), numbered, number, ..self }
    }

    /// The commands that wrote the record, in their order.
    #[must_use]
    pub fn all_commands(&self) -> Vec<String> {
        let all: Vec<String> = texts(self.commands.as_ref()).collect();
        if all.is_empty() { vec![self.name.clone()] } else { all }
    }
}

/// An object, unless it is empty.
pub(super) fn object(values: Map<String, Json>) -> Option<Json> {
    (!values.is_empty()).then_some(Json::Object(values))
}

/// A list, unless it is empty.
pub(super) fn list(names: &[Name]) -> Option<Json> {
    (!names.is_empty()).then(|| names.iter().map(|name| Json::String(name.to_string())).collect())
}

fn texts(list: Option<&Json>) -> impl Iterator<Item = String> {
    list.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;
    use crate::schema::Entity;
    use serde_json::json;

    #[test]
    fn what_is_forgotten_stays_known_to_have_changed() {
        let new = NewEventEntry {
            data: Some(json!({"name": "Acme", "phone": "1"})),
            omitted: Some(json!(["password"])),
            numbered: Some("number".into()),
            number: Some("KH1".into()),
            ..Default::default()
        };
        let entry = EventEntry::draft(Id::NIL, new);
        let without = entry.clone().without(&["phone".into(), "number".into()]);
        assert_eq!(Json::Object(without.values()), json!({"name": "Acme"}));
        assert_eq!(without.omitted_fields(), ["password", "phone", "number"]);
        let nothing = entry.clone().without(&[]);
        assert_eq!((nothing.data.clone(), nothing.number.clone()), (None, None));
        assert_eq!(nothing.clone().without(&[]), nothing);
        assert_eq!(entry.clone().without(&["fax".into()]), entry);
    }
}
