//! What is decided about the rows of one commit.

use std::collections::{BTreeSet, HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::kind::{Absent, FieldDef, Staged, Use, shortened};
use super::latest;
use super::lines::Lines;
use super::making::{Called, Made, Making};
use super::mapping::Source;
use super::resolver::{Found, Resolver};
use super::rows::Row;
use super::{ImportKind, ImportOptions, OnDuplicate};
use crate::change::{Adjust, AdjustKey, Change};
use crate::error::StorageError;
use crate::id::{IdSource, RecordId};
use crate::problem::{FieldProblem, Problem};
use crate::query::evaluate::{Matcher, OwnFields};
use crate::query::{Comparison, Filter, PreparedFilter, Query};
use crate::rules::Context;
use crate::schema::{ColumnType, Name, Path, Record};
use crate::storage::Storage;
use crate::value::Value;

/// How many records a page of a look-up has.
const PAGE: usize = 1_000;

/// What is decided about one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Imported,
    Updated,
    Skipped,
    Rejected(String),
}

/// What is decided about some rows, and the changes that do it.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) verdicts: Vec<Verdict>,
    pub(super) changes: Vec<Change>,
}

/// Decides about rows.
pub(super) struct Planner<'a> {
    pub(super) storage: &'a dyn Storage,
    pub(super) options: &'a ImportOptions,
    pub(super) sources: Vec<Source>,
    pub(super) columns: usize,
    pub(super) moment: Context,
    pub(super) ids: &'a dyn IdSource,
    pub(super) resolver: Resolver,
    pub(super) made: Made,
    /// Which records the kind's key tells apart, if not all.
    pub(super) key_when: Option<PreparedFilter>,
    /// Whether the store is asked for duplicates first. Most files have none, and the commit finds out by itself.
    pub(super) careful: bool,
    pub(super) dry: Dry,
}

/// What a run that writes nothing has to remember, since the store does not.
#[derive(Debug, Default)]
pub(super) struct Dry {
    seen: HashSet<[u8; 16]>,
    lines: HashMap<RecordId, i64>,
}

/// A row as a record, before it is known whether its record is there already.
struct Draft<'r> {
    values: Vec<(usize, Value)>,
    /// Fields that have a value because of another field, not because of a cell of theirs.
    assumed: Vec<usize>,
    /// Cells that are read by a function of their own, by the field's place in the kind.
    cells: Vec<(usize, &'r str)>,
    /// Cells that become records of their own.
    brought: Vec<(usize, &'r str)>,
    /// Required fields without a value: fatal for a new record only.
    missing: Vec<FieldProblem>,
    record: Record,
}

type Key = Vec<Value>;

impl Planner<'_> {
    fn kind(&self) -> &ImportKind {
        &self.options.kind
    }

    /// Decides about rows.
    pub(super) async fn plan(&mut self, rows: &[Row]) -> Result<Plan, StorageError> {
        self.find_references(rows).await?;
        let mut drafts: Vec<Result<Draft<'_>, String>> = rows.iter().map(|row| self.draft(row)).collect();
        let lines = self.finish(&mut drafts).await?;
        let keys: Vec<Option<Key>> = drafts.iter().map(|draft| self.key(draft.as_ref().ok()?)).collect();
        let existing = self.existing(&keys).await?;
        let mut stage = Stage { planner: self, existing, staged: Vec::new(), index: HashMap::new() };
        let mut verdicts = Vec::with_capacity(rows.len());
        for ((row, draft), key) in rows.iter().zip(drafts).zip(&keys) {
            let verdict = draft.and_then(|draft| stage.decide(row, draft, key.as_ref()));
            verdicts.push(verdict.unwrap_or_else(Verdict::Rejected));
        }
        if self.options.dry_run {
            let seen: Vec<[u8; 16]> = stage.index.keys().map(|key| digest(key)).collect();
            self.dry.seen.extend(seen);
            for (parent, number) in lines {
                let last = self.dry.lines.entry(parent).or_default();
                *last = (*last).max(number);
            }
            return Ok(Plan { verdicts, changes: Vec::new() });
        }
        let changes = self.changes(&stage.staged).await?;
        Ok(Plan { verdicts, changes })
    }

    fn field(&self, source: &Source) -> Option<&FieldDef> {
        self.kind().fields().get(source.field)
    }

    async fn find_references(&mut self, rows: &[Row]) -> Result<(), StorageError> {
        self.resolver.begin();
        let mut wanted: Vec<(&Name, HashSet<&str>)> = Vec::new();
        for (place, field) in self.options.kind.fields().iter().enumerate() {
            let ColumnType::Reference(target) = &field.column_type else { continue };
            if matches!(self.options.kind.usage(place), Use::Make(_)) {
                continue;
            }
            let source = self.sources.iter().find(|source| source.field == place);
            let texts = rows.iter().map(|row| source.and_then(|source| source.text(row)));
            let default = match &field.absent {
                Absent::Text(text) => Some(&**text),
                Absent::Nothing | Absent::Now => None,
            };
            let texts: HashSet<&str> = texts.filter_map(|text| text.or(default)).collect();
            wanted.push((target, texts));
        }
        for (target, texts) in wanted {
            self.resolver.find(self.storage, target, &texts).await?;
        }
        self.find_made(rows).await
    }

    /// Looks up the records that are made where they are missing; parents come before what belongs to them.
    async fn find_made(&mut self, rows: &[Row]) -> Result<(), StorageError> {
        if !self.options.dry_run {
            self.made = Made::default();
        }
        let options = self.options;
        for (_, field, making) in options.kind.makings() {
            let called = rows.iter().filter_map(|row| self.called(row, field, making)?.ok());
            let wanted: BTreeSet<Called> = called.collect();
            self.made.find(self.storage, making, wanted, self.ids, &self.moment).await?;
        }
        Ok(())
    }

    /// The text a row has for a field whose record is made where it is missing, and whether it is the row's own.
    fn making_text<'r>(&'r self, row: &'r Row, field: &FieldDef) -> Option<(&'r str, bool)> {
        let own = |field: &FieldDef| {
            let source = self.sources.iter().find(|source| self.field(source).is_some_and(|f| f.name == field.name));
            source.and_then(|source| source.text(row))
        };
        if let Some(text) = own(field) {
            return Some((text, true));
        }
        let mut children =
            self.kind().makings().filter_map(|(_, child, making)| Some((child, making.within.as_ref()?)));
        let child = children.find(|(child, within)| within.parent == field.column && own(child).is_some());
        child.map(|(_, within)| (within.fallback, false))
    }

    /// What a row calls the record of such a field, and within which parent; or why there can be no such record.
    fn called(&self, row: &Row, field: &FieldDef, making: &Making) -> Option<Result<Called, String>> {
        let (text, _) = self.making_text(row, field)?;
        if let Err(problem) = making.check(text) {
            return Some(Err(problem));
        }
        let parent = match &making.within {
            None => None,
            Some(within) => {
                let mut parents = self.kind().makings().filter(|(_, parent, _)| parent.column == within.parent);
                let (_, parent, making) = parents.next()?;
                // What is wrong with the parent is said of the parent.
                Some(self.made_one(row, parent, making)?.ok()?)
            }
        };
        Some(Ok((parent, text.to_owned())))
    }

    fn made_one(&self, row: &Row, field: &FieldDef, making: &Making) -> Option<Result<RecordId, String>> {
        let called = match self.called(row, field, making)? {
            Ok(called) => called,
            Err(problem) => return Some(Err(problem)),
        };
        let found = self.made.get(making, &called);
        Some(found.ok_or_else(|| format!("`{}` does not exist", shortened(&called.1))))
    }

    /// A row's cells as values, or everything that is wrong with them.
    fn draft<'r>(&'r self, row: &'r Row) -> Result<Draft<'r>, String> {
        if row.len() != self.columns {
            return Err(ragged(row, self.columns));
        }
        let mut draft = Draft {
            values: Vec::new(),
            assumed: Vec::new(),
            cells: Vec::new(),
            brought: Vec::new(),
            missing: Vec::new(),
            record: self.kind().template(),
        };
        let mut problems = self.read_cells(row, &mut draft);
        draft.record.id = self.ids.next_id(self.moment.now);
        self.fill_absent(&mut draft, &mut problems);
        if self.must_be_new(&draft) {
            problems.append(&mut draft.missing);
        }
        if !problems.is_empty() {
            return Err(self.kind().sentence(&problems));
        }
        let record = std::mem::replace(&mut draft.record, self.kind().template());
        draft.record = self.filled(&draft, record)?;
        Ok(draft)
    }

    /// Takes the cells of a row apart; what comes back is what is wrong with them.
    fn read_cells<'r>(&'r self, row: &'r Row, draft: &mut Draft<'r>) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        let mut wrong = |field: &FieldDef, problem| problems.push(FieldProblem::invalid(field.column.clone(), problem));
        for source in &self.sources {
            let Some((text, field)) = source.text(row).zip(self.field(source)) else { continue };
            match self.kind().usage(source.field) {
                Use::Read(_) => draft.cells.push((source.field, text)),
                Use::Make(_) => {}
                Use::Bring(_) => match field.parse(text, self.moment.zone) {
                    Ok(_) => draft.brought.push((source.field, text)),
                    Err(problem) => wrong(field, problem),
                },
                Use::Value => match self.value(field, text) {
                    Ok(value) => draft.values.push((field.place, value)),
                    Err(problem) => wrong(field, problem),
                },
            }
        }
        for (_, field, making) in self.kind().makings() {
            match self.made_one(row, field, making) {
                None => {}
                Some(Ok(id)) => {
                    draft.values.push((field.place, Value::Id(id)));
                    if self.making_text(row, field).is_some_and(|(_, own)| !own) {
                        draft.assumed.push(field.place);
                    }
                }
                Some(Err(problem)) => wrong(field, problem),
            }
        }
        problems
    }

    /// Gives a new record what it gets where the row says nothing.
    fn fill_absent(&self, draft: &mut Draft<'_>, problems: &mut Vec<FieldProblem>) {
        for (index, field) in self.kind().fields().iter().enumerate() {
            let given = draft.values.iter().any(|(place, _)| *place == field.place)
                || draft.cells.iter().chain(&draft.brought).any(|cell| cell.0 == index);
            if given || problems.iter().any(|problem| problem.field == field.column) {
                continue;
            }
            match &field.absent {
                Absent::Nothing if field.required => {
                    draft.missing.push(FieldProblem { field: field.column.clone(), problem: Problem::Required });
                }
                Absent::Nothing => {}
                Absent::Now => set(&mut draft.record, field.place, self.now_in(field)),
                Absent::Text(text) => match self.value(field, text) {
                    Ok(value) => set(&mut draft.record, field.place, value),
                    Err(problem) => problems.push(FieldProblem::invalid(field.column.clone(), problem)),
                },
            }
        }
    }

    fn now_in(&self, field: &FieldDef) -> Value {
        match field.column_type {
            ColumnType::Date => Value::Date(self.moment.today()),
            _ => Value::Timestamp(self.moment.now),
        }
    }

    /// A cell as a value of a field, or why it is none.
    fn value(&self, field: &FieldDef, text: &str) -> Result<Value, String> {
        let ColumnType::Reference(target) = &field.column_type else { return field.parse(text, self.moment.zone) };
        match self.resolver.get(target, text) {
            Found::One(id) => Ok(Value::Id(id)),
            Found::Nothing => Err(format!("`{}` does not exist", shortened(text))),
            Found::Several => Err(format!("`{}` is not unique", shortened(text))),
        }
    }

    /// Whether a row can't be about a record that is there.
    fn must_be_new(&self, draft: &Draft<'_>) -> bool {
        let keyless = self.kind().key().is_empty() || self.parent_without_line(draft).is_some();
        keyless || self.options.on_duplicate != OnDuplicate::Update
    }

    /// A record with the row's values in it.
    fn filled(&self, draft: &Draft<'_>, mut record: Record) -> Result<Record, String> {
        for (place, value) in &draft.values {
            set(&mut record, *place, value.clone());
        }
        for (field, text) in &draft.cells {
            let name = self.kind().fields().get(*field).map_or("*", |field| &field.name);
            if let Use::Read(reading) = self.kind().usage(*field) {
                record = reading(text, record).map_err(|problem| format!("`{name}`: {problem}"))?;
            }
        }
        Ok(record)
    }

    fn parent_without_line(&self, draft: &Draft<'_>) -> Option<RecordId> {
        let Lines { parent, number } = self.kind().lines()?;
        let value = |wanted: usize| draft.values.iter().find(|(place, _)| *place == wanted).map(|(_, value)| value);
        if value(number).is_some() { None } else { value(parent)?.as_id() }
    }

    /// Gives lines their numbers, and every record what follows from its fields. What comes back is the last line
    /// number of each parent whose lines were numbered.
    async fn finish(&self, drafts: &mut [Result<Draft<'_>, String>]) -> Result<HashMap<RecordId, i64>, StorageError> {
        let mut last = self.last_lines(drafts).await?;
        for slot in drafts.iter_mut() {
            let Ok(draft) = slot else { continue };
            if let Err(problem) = self.finish_one(draft, &last) {
                *slot = Err(problem);
                continue;
            }
            let Some(lines) = self.kind().lines() else { continue };
            let (parent, number) = (draft.record.value(lines.parent), draft.record.value(lines.number));
            if let Some((parent, number)) = parent.as_id().zip(number.as_integer())
                && (self.options.dry_run || last.contains_key(&parent))
            {
                let last = last.entry(parent).or_default();
                *last = (*last).max(number);
            }
        }
        Ok(last)
    }

    fn finish_one(&self, draft: &mut Draft<'_>, last: &HashMap<RecordId, i64>) -> Result<(), String> {
        let new = self.must_be_new(draft);
        if let Some((parent, lines)) = self.parent_without_line(draft).zip(self.kind().lines()) {
            let next = last.get(&parent).copied().unwrap_or(0).saturating_add(1);
            set(&mut draft.record, lines.number, Value::Int(next));
        }
        let record = std::mem::replace(&mut draft.record, self.kind().template());
        let record = self.kind().finish(record, &self.moment)?;
        draft.record = if new { self.fitting(record)? } else { record };
        Ok(())
    }

    /// The last line number of each parent that a line without a number refers to.
    async fn last_lines(&self, drafts: &[Result<Draft<'_>, String>]) -> Result<HashMap<RecordId, i64>, StorageError> {
        let parents = drafts.iter().flatten().filter_map(|draft| self.parent_without_line(draft));
        let Some(lines) = self.kind().lines() else { return Ok(HashMap::new()) };
        let mut last = lines.last(self.storage, self.kind().entity(), parents).await?;
        for (parent, number) in &mut last {
            *number = (*number).max(self.dry.lines.get(parent).copied().unwrap_or(0));
        }
        Ok(last)
    }

    fn path(&self, place: usize) -> Path {
        let column = self.kind().entity().columns.get(place);
        column.map_or_else(|| Path::new(Vec::new()), |column| Path::field(column.name.clone()))
    }

    /// What tells the record apart, if something does.
    fn key(&self, draft: &Draft<'_>) -> Option<Key> {
        let key = self.kind().key();
        if self.key_when.as_ref().is_some_and(|when| !Matcher::new(&OwnFields, when).matches(&draft.record)) {
            return None;
        }
        let values: Key = key.iter().map(|place| draft.record.value(*place).clone()).collect();
        if values.is_empty() || values.iter().any(Value::is_null) { None } else { Some(values) }
    }

    /// The stored records with one of these keys.
    async fn existing(&self, keys: &[Option<Key>]) -> Result<HashMap<Key, Record>, StorageError> {
        let mut found = HashMap::new();
        let wanted: HashSet<&Key> = keys.iter().flatten().collect();
        let update = self.options.on_duplicate == OnDuplicate::Update;
        let ask = self.careful || update || self.options.dry_run || !self.kind().key_is_unique();
        let Some(filter) = self.key_filter(&wanted).filter(|_| ask) else { return Ok(found) };
        let filter = self.kind().key_when().cloned().unwrap_or_default().and(filter);
        let mut query = Query::new(self.kind().entity().name.clone()).filter(filter).limit(PAGE);
        loop {
            let page = self.storage.query(&query).await?;
            for record in page.records {
                let key: Key = self.kind().key().iter().map(|place| record.value(*place).clone()).collect();
                if wanted.contains(&key) {
                    found.insert(key, record);
                }
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// Records that may have one of these keys: one of the first values, and the others between the least and the
    /// greatest.
    fn key_filter(&self, wanted: &HashSet<&Key>) -> Option<Filter> {
        let mut filter = Filter::All;
        for (index, place) in self.kind().key().iter().enumerate() {
            let path = self.path(*place);
            let values = || wanted.iter().filter_map(|key| key.get(index));
            let (least, greatest) = values().min().zip(values().max())?;
            filter = filter.and(if index == 0 {
                Filter::In { path, values: values().cloned().collect::<HashSet<_>>().into_iter().collect() }
            } else {
                let bound = |comparison, value: &Value| Filter::Compare {
                    path: path.clone(),
                    comparison,
                    value: value.clone(),
                };
                bound(Comparison::GreaterOrEqual, least).and(bound(Comparison::LessOrEqual, greatest))
            });
        }
        if wanted.is_empty() || filter == Filter::All { None } else { Some(filter) }
    }

    /// A row as a new record, or why it can be none.
    fn fresh(&self, draft: Draft<'_>) -> Result<Record, String> {
        match (self.must_be_new(&draft), draft.missing.is_empty()) {
            // What must be new was looked at before.
            (true, _) => Ok(draft.record),
            (false, true) => self.fitting(draft.record),
            (false, false) => Err(self.kind().sentence(&draft.missing)),
        }
    }

    /// A record with the values that a row has.
    fn changed(&self, draft: &Draft<'_>, record: &Record) -> Result<Record, String> {
        let after = self.filled(draft, record.clone())?;
        self.check_parents(draft, record, &after)?;
        let after = self.kind().finish(after, &self.moment)?;
        self.fitting(self.kind().change(record, after, &self.moment)?)
    }

    /// A record that belongs to a parent which another field names does not stay behind when that field changes.
    fn check_parents(&self, draft: &Draft<'_>, before: &Record, after: &Record) -> Result<(), String> {
        for (_, child, making) in self.kind().makings() {
            let within = making.within.as_ref();
            let parent = within.and_then(|w| self.kind().fields().iter().find(|field| field.column == w.parent));
            let Some(parent) = parent else { continue };
            let (old, new) = (before.value(parent.place), after.value(parent.place));
            let named = draft.values.iter().any(|(place, _)| *place == child.place);
            let both = named && !draft.assumed.contains(&parent.place);
            if !old.is_null() && old != new && !after.value(child.place).is_null() && !both {
                return Err(format!("`{}` and `{}` go together; say both", parent.name, child.name));
            }
        }
        Ok(())
    }

    /// The changes that make what cells of a row become.
    fn brought(&self, cells: &[(usize, &str)], record: &Record) -> Result<Vec<Change>, String> {
        let mut all = Vec::new();
        for (field, text) in cells {
            let Use::Bring(bringing) = self.kind().usage(*field) else { continue };
            let id = self.ids.next_id(self.moment.now);
            let changes = bringing(text, record.clone(), id, &self.moment);
            let name = self.kind().fields().get(*field).map_or("*", |field| &field.name);
            all.extend(changes.map_err(|problem| format!("`{name}`: {problem}"))?);
        }
        Ok(all)
    }

    /// A record that may be stored, or why it may not.
    fn fitting(&self, record: Record) -> Result<Record, String> {
        let problems = self.kind().entity().problems(&record);
        if problems.is_empty() { Ok(record) } else { Err(self.kind().sentence(&problems)) }
    }

    fn taken(&self, row: &Row, key: &[Value]) -> String {
        let named = self.kind().key().iter().zip(key).map(|(place, value)| {
            let source = self.sources.iter().find(|s| self.field(s).is_some_and(|field| field.place == *place));
            let typed = source.and_then(|source| Some((self.field(source)?, source.text(row)?)));
            match typed {
                Some((field, text)) => format!("`{}` `{}`", field.name, shortened(text)),
                None => format!("`{}` `{}`", self.path(*place), shortened(&value.to_string())),
            }
        });
        format!("{} is taken by another {}", named.collect::<Vec<_>>().join(" with "), self.kind().label())
    }

    /// The changes that write what is staged, with the sums and other values that go with it.
    async fn changes(&self, staged: &[Staged]) -> Result<Vec<Change>, StorageError> {
        let mut changes = self.made.changes(self.storage, staged).await?;
        changes.reserve(staged.len() * 2);
        let mut sums = Sums::default();
        for record in staged {
            changes.extend(record.brought.iter().cloned());
            match &record.before {
                None => changes.push(Change::Insert(record.after.clone())),
                Some(before) if *before == record.after => continue,
                Some(before) => {
                    changes.push(Change::Update { record: record.after.clone(), expected: before.version });
                }
            }
            for change in self.kind().sums(record)? {
                sums.add(change);
            }
        }
        changes.extend(sums.into_changes());
        let def = self.storage.schema().entity(&self.kind().entity().name);
        if let Some((latest, def)) = self.kind().latest().zip(def) {
            changes.extend(latest::changes(self.storage, def, latest, staged, &self.moment).await?);
        }
        Ok(changes)
    }
}

fn set(record: &mut Record, place: usize, value: Value) {
    if let Some(slot) = record.values.get_mut(place) {
        *slot = value;
    }
}

/// Rows decided about so far, each in the light of those before it.
struct Stage<'p> {
    planner: &'p Planner<'p>,
    existing: HashMap<Key, Record>,
    staged: Vec<Staged>,
    /// Which of the staged records has which key.
    index: HashMap<Key, usize>,
}

impl Stage<'_> {
    fn decide(&mut self, row: &Row, draft: Draft<'_>, key: Option<&Key>) -> Result<Verdict, String> {
        let place = key.and_then(|key| self.index.get(key).copied());
        let stored = key.and_then(|key| self.existing.get(key));
        let known = key.filter(|key| place.is_some() || stored.is_some() || self.planner.dry.has_seen(key));
        let cells = draft.brought.clone();
        let Some(known) = known else {
            let after = self.planner.fresh(draft)?;
            let brought = self.planner.brought(&cells, &after)?;
            self.push(key, Staged { before: None, after, brought });
            return Ok(Verdict::Imported);
        };
        match self.planner.options.on_duplicate {
            OnDuplicate::Reject => Err(self.planner.taken(row, known)),
            OnDuplicate::Skip => Ok(Verdict::Skipped),
            OnDuplicate::Update => {
                if let Some(staged) = place.and_then(|place| self.staged.get_mut(place)) {
                    let after = self.planner.changed(&draft, &staged.after)?;
                    staged.brought.extend(self.planner.brought(&cells, &after)?);
                    staged.after = after;
                } else if let Some(stored) = stored.cloned() {
                    let after = self.planner.changed(&draft, &stored)?;
                    let brought = self.planner.brought(&cells, &after)?;
                    self.push(key, Staged { before: Some(stored), after, brought });
                }
                Ok(Verdict::Updated)
            }
        }
    }

    fn push(&mut self, key: Option<&Key>, staged: Staged) {
        if let Some(key) = key {
            self.index.insert(key.clone(), self.staged.len());
        }
        self.staged.push(staged);
    }
}

impl Dry {
    fn has_seen(&self, key: &[Value]) -> bool {
        !self.seen.is_empty() && self.seen.contains(&digest(key))
    }
}

/// Sixteen bytes that stand for a key.
fn digest(key: &[Value]) -> [u8; 16] {
    let hash: [u8; 32] = Sha256::digest(format!("{key:?}")).into();
    let mut short = [0; 16];
    short.copy_from_slice(hash.split_at(16).0);
    short
}

fn ragged(row: &Row, columns: usize) -> String {
    let (cells, header) = (plural(row.len(), "cell"), plural(columns, "column"));
    let surplus: Vec<String> = row.cells().skip(columns).take(8).map(|cell| format!("`{}`", shortened(cell))).collect();
    if surplus.is_empty() {
        return format!("the row has {cells}, the header {header}");
    }
    format!("the row has {cells}, the header {header}; too many are {}", surplus.join(", "))
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Additions to the same record as one.
#[derive(Debug, Default)]
struct Sums {
    changes: Vec<Change>,
    places: HashMap<(Name, RecordId, Name), usize>,
}

impl Sums {
    fn add(&mut self, change: Change) {
        if let Change::Adjust(Adjust { entity, key, add, require, slot: None, .. }) = &change
            && let ([(field, amount)], true) = (&add[..], require.is_empty())
        {
            let place = match key {
                AdjustKey::Id(id) => {
                    let next = self.changes.len();
                    *self.places.entry((entity.clone(), *id, field.clone())).or_insert(next)
                }
                // There are few of these: what is counted so is counted for all rows together.
                AdjustKey::Unique(_) => {
                    let same = |other: &Change| matches!(other, Change::Adjust(other) if other.entity == *entity && other.key == *key);
                    self.changes.iter().position(same).unwrap_or(self.changes.len())
                }
            };
            if let Some(Change::Adjust(earlier)) = self.changes.get_mut(place)
                && let Some((name, sum)) = earlier.add.first_mut()
                && name == field
                && let Some(both) = sum.checked_add(*amount)
            {
                *sum = both;
                return;
            }
        }
        self.changes.push(change);
    }

    fn into_changes(self) -> impl Iterator<Item = Change> {
        self.changes.into_iter().filter(|change| match change {
            Change::Adjust(adjust) => adjust.slot.is_some() || adjust.add.iter().any(|(_, amount)| *amount != 0),
            _ => true,
        })
    }
}
