//! Records that rows name and that are made where they are missing, such as the stage of an opportunity.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use super::kind::Staged;
use super::lines::Lines;
use crate::change::Change;
use crate::error::StorageError;
use crate::id::{Id, IdSource, RecordId};
use crate::query::{Filter, Query};
use crate::rules::{Context, Rules};
use crate::schema::{EntityDef, Name, Named, Path, Record};
use crate::storage::Reader;
use crate::value::Value;

/// How many records a page of a look-up has.
const PAGE: usize = 1_000;

type Make = Arc<dyn Fn(RecordId, &str, &Context) -> Result<Record, String> + Send + Sync>;

/// How the record is found and made that a cell names.
#[derive(Clone)]
pub(super) struct Making {
    target: Arc<EntityDef>,
    /// The place of the field that the cell names it by, unique (within a parent).
    text: usize,
    make: Make,
    pub(super) within: Option<Within>,
}

/// Where the cell names a record only among those of a parent that the row names, too.
#[derive(Debug, Clone)]
pub(super) struct Within {
    /// The field of the row's record that refers to the parent; a field of its kind that comes before.
    pub(super) parent: &'static str,
    /// What the parent is called where the row does not say.
    pub(super) fallback: &'static str,
    lines: Lines,
}

impl fmt::Debug for Making {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Making").field(&self.target.name).finish()
    }
}

impl Making {
    /// Makes a record of `F` from the text it is named by.
    pub(super) fn of<F: Rules>(text: &dyn Named<F>, make: fn(&str) -> F::New) -> Self {
        let target = Arc::new(F::definition());
        let text = target.column(text.field_name()).unwrap_or_default();
        let make = move |id, text: &str, context: &Context| {
            let made = F::created(F::draft(Id::new(id), make(text)), context).map_err(|error| error.to_string())?;
            Ok(made.into_record())
        };
        Self { target, text, make: Arc::new(make), within: None }
    }

    /// The record belongs to the parent, and is given the next number there.
    pub(super) fn within<F: Rules>(
        mut self,
        parent: &'static str,
        fallback: &'static str,
        by: &dyn Named<F>,
        number: &dyn Named<F>,
    ) -> Self {
        let place = |field: &dyn Named<F>| self.target.column(field.field_name());
        let lines = place(by).zip(place(number)).map(|(parent, number)| Lines { parent, number });
        self.within = lines.map(|lines| Within { parent, fallback, lines });
        self
    }

    /// Whether a record can be called so.
    pub(super) fn check(&self, text: &str) -> Result<(), String> {
        let column = self.target.columns.get(self.text);
        let checked = column.map(|column| column.column_type.check(&Value::from(text)));
        checked.transpose().map(drop).map_err(|mismatch| mismatch.0)
    }

    fn path(&self, place: usize) -> Path {
        let column = self.target.columns.get(place);
        column.map_or_else(|| Path::new(Vec::new()), |column| Path::field(column.name.clone()))
    }

    fn made(&self, id: RecordId, parent: Option<RecordId>, text: &str, context: &Context) -> Result<Record, String> {
        let mut record = (self.make)(id, text, context)?;
        if let (Some(within), Some(parent)) = (&self.within, parent)
            && let Some(value) = record.values.get_mut(within.lines.parent)
        {
            *value = Value::Id(parent);
        }
        Ok(record)
    }
}

/// A record by the parent it belongs to, if it does to one, and what it is called there.
pub(super) type Called = (Option<RecordId>, String);

/// What the rows of a batch name, stored or still to be made.
#[derive(Debug, Default)]
pub(super) struct Made {
    known: HashMap<Name, HashMap<Called, RecordId>>,
    /// Those that are not stored. Only what a row that is in refers to will be.
    new: HashMap<RecordId, New>,
}

#[derive(Debug)]
struct New {
    record: Record,
    target: Arc<EntityDef>,
    lines: Option<Lines>,
}

impl Made {
    /// Looks up what is not known yet; what is not there is to be made.
    pub(super) async fn find(
        &mut self,
        reader: &dyn Reader,
        making: &Making,
        wanted: BTreeSet<Called>,
        ids: &dyn IdSource,
        context: &Context,
    ) -> Result<(), StorageError> {
        let target = &making.target.name;
        let known = self.known.entry(target.clone()).or_default();
        let mut wanted: BTreeSet<Called> = wanted.into_iter().filter(|called| !known.contains_key(called)).collect();
        let new = &self.new;
        // Nothing that is stored belongs to a parent that is not.
        let asked = || wanted.iter().filter(|(parent, _)| parent.is_none_or(|parent| !new.contains_key(&parent)));
        if asked().next().is_some() {
            let path = making.path(making.text);
            let texts: HashSet<&str> = asked().map(|(_, text)| text.as_str()).collect();
            let mut filter = Filter::In { path: path.clone(), values: texts.into_iter().map(Value::from).collect() };
            let mut columns = vec![path];
            if let Some(within) = &making.within {
                let path = making.path(within.lines.parent);
                let parents: HashSet<RecordId> = asked().filter_map(|(parent, _)| *parent).collect();
                let values = parents.into_iter().map(Value::Id).collect();
                filter = filter.and(Filter::In { path: path.clone(), values });
                columns.push(path);
            }
            let mut query = Query::new(target.clone()).filter(filter).columns(columns).limit(PAGE);
            loop {
                let page = reader.query(&query).await?;
                for record in page.records {
                    let parent = making.within.as_ref().and_then(|_| record.value(1).as_id());
                    let called = (parent, record.value(0).as_text().unwrap_or_default().to_owned());
                    if wanted.remove(&called) {
                        known.insert(called, record.id);
                    }
                }
                match page.next {
                    Some(next) => query.after = Some(next),
                    None => break,
                }
            }
        }
        for called in wanted {
            let id = ids.next_id(context.now);
            // One that can't be made is reported as one that is not there.
            let Ok(record) = making.made(id, called.0, &called.1, context) else { continue };
            if making.target.problems(&record).is_empty() {
                known.insert(called, id);
                let lines = making.within.as_ref().map(|within| within.lines);
                self.new.insert(id, New { record, target: Arc::clone(&making.target), lines });
            }
        }
        Ok(())
    }

    /// What a text names, as far as it was looked up.
    pub(super) fn get(&self, making: &Making, called: &Called) -> Option<RecordId> {
        self.known.get(&making.target.name)?.get(called).copied()
    }

    /// The changes that make what is staged refers to, in the order in which it is referred to first.
    pub(super) async fn changes(&self, reader: &dyn Reader, staged: &[Staged]) -> Result<Vec<Change>, StorageError> {
        if self.new.is_empty() {
            return Ok(Vec::new());
        }
        let (mut used, mut seen): (Vec<&New>, HashSet<RecordId>) = (Vec::new(), HashSet::new());
        for id in staged.iter().flat_map(|staged| &staged.after.values).filter_map(Value::as_id) {
            let Some(new) = self.new.get(&id).filter(|_| !seen.contains(&id)) else { continue };
            let parent = new.parent().and_then(|parent| self.new.get(&parent));
            for new in parent.into_iter().chain([new]) {
                if seen.insert(new.record.id) {
                    used.push(new);
                }
            }
        }
        let mut last: HashMap<RecordId, i64> = HashMap::new();
        for new in &used {
            if let (Some(lines), Some(parent)) = (new.lines, new.parent())
                && !last.contains_key(&parent)
            {
                last.extend(lines.last(reader, &new.target, [parent]).await?);
            }
        }
        let mut changes = Vec::with_capacity(used.len());
        for new in used {
            let mut record = new.record.clone();
            if let (Some(lines), Some(parent)) = (new.lines, new.parent())
                && let Some(number) = record.values.get_mut(lines.number)
            {
                let last = last.entry(parent).or_default();
                *last = last.saturating_add(1);
                *number = Value::Int(*last);
            }
            changes.push(Change::Insert(record));
        }
        Ok(changes)
    }
}

impl New {
    fn parent(&self) -> Option<RecordId> {
        self.record.value(self.lines?.parent).as_id()
    }
}
