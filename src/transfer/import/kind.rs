//! Kinds: what can be imported, and how a row becomes a record.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::ImportError;
use super::lines::Lines;
use super::making::Making;
use crate::change::Change;
use crate::error::{Error, StorageError};
use crate::id::{Id, RecordId};
use crate::problem::{FieldProblem, nearest};
use crate::query::Filter;
use crate::rules::{Context, Latest, Rules};
use crate::schema::Named;
use crate::schema::{ColumnDef, ColumnType, DecodeError, Entity, EntityDef, Field, FieldType, Name, Record};
use crate::value::Value;

/// Something that can be imported: an entity, the fields a file may fill, and what tells two records apart.
///
/// The crate's own kinds are found by name ([`ImportKind::named`], [`kinds`](super::kinds)). A host makes one for an
/// entity of its own:
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::transfer::{ImportField, ImportKind};
///
/// # crmkit::entity!(
/// #     #[entity("fleet_vehicle", "车辆", "Vehicle")]
/// #     #[inputs(NewVehicle, VehiclePatch)]
/// #     /// A vehicle of the host's fleet.
/// #     pub struct Vehicle {
/// #         /// What is on its plate.
/// #         pub plate: String,
/// #         /// Who drives it.
/// #         pub driver: Option<Id<User>>,
/// #     }
/// # );
/// # impl EntityFacts for Vehicle {
/// #     fn facts() -> Facts { Facts::default().unique::<Self>(&[&Vehicle::plate]) }
/// # }
/// # impl Rules for Vehicle {}
/// let vehicles = ImportKind::of::<Vehicle>("vehicles")
///     .field(ImportField::of(Vehicle::plate).at_most(12))
///     .field(ImportField::of(Vehicle::driver))
///     .key(&[&Vehicle::plate])
///     .build();
/// assert!(vehicles.field("plate").is_some_and(|field| field.required));
/// ```
#[derive(Clone)]
pub struct ImportKind(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    name: Name,
    def: EntityDef,
    template: Record,
    fields: Vec<FieldDef>,
    /// What the cells of each field are used for.
    uses: Vec<Use>,
    key: Vec<usize>,
    key_is_unique: bool,
    key_when: Option<KeyWhen>,
    lines: Option<Lines>,
    finish: Finish,
    changing: Option<Changing>,
    sums: Sums,
    latest: Option<Latest>,
}

type Reading = Arc<dyn Fn(&str, Record) -> Result<Record, String> + Send + Sync>;
type Bringing = Arc<dyn Fn(&str, Record, RecordId, &Context) -> Result<Vec<Change>, String> + Send + Sync>;
type Finish = Arc<dyn Fn(Record, &Context) -> Result<Record, Error> + Send + Sync>;
type Changing = Arc<dyn Fn(Record, Record, &Context) -> Result<Record, Error> + Send + Sync>;
type Sums = fn(Option<&Record>, Option<&Record>) -> Result<Vec<Change>, DecodeError>;

/// What a cell is used for.
#[derive(Clone, Default)]
pub(super) enum Use {
    /// It is the value of its field.
    #[default]
    Value,
    /// A function of its own reads it.
    Read(Reading),
    /// It names a record that is made where it is missing.
    Make(Making),
    /// It becomes a record of its own.
    Bring(Bringing),
}

/// The records among which a key tells one from another.
#[derive(Clone)]
struct KeyWhen {
    filter: Filter,
    word: &'static str,
}

/// A record that an import writes: as it was found, if it was, and as it shall be.
#[derive(Debug)]
pub(super) struct Staged {
    pub(super) before: Option<Record>,
    pub(super) after: Record,
    /// What makes the records that its cells become.
    pub(super) brought: Vec<Change>,
}

/// A field that a file may fill.
///
/// # Examples
///
/// ```
/// use crmkit::transfer::ImportKind;
///
/// // What a host shows before it asks for a file.
/// let products = ImportKind::named("products")?;
/// let price = products.field("price").ok_or("no price")?;
/// assert_eq!((&*price.name, price.column_type.kind()), ("price", "money"));
/// let required: Vec<&str> = products.fields().iter().filter(|field| field.required).map(|field| &*field.name).collect();
/// assert!(required.contains(&"code"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FieldDef {
    /// The name in files and options.
    pub name: Name,
    /// The name in the entity.
    pub column: Name,
    /// Its kind.
    pub column_type: ColumnType,
    /// Whether a new record must be given a value.
    pub required: bool,
    pub(super) place: usize,
    pub(super) max_chars: Option<usize>,
    pub(super) absent: Absent,
}

/// What a new record gets in a field that the file leaves empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Absent {
    /// No value, or the first of a coded enum.
    Nothing,
    /// The moment of the import.
    Now,
    /// As if this had been the cell.
    Text(Name),
}

/// Declares a field of a kind; see [`ImportKind::of`].
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::transfer::{ImportField, ImportKind};
///
/// let kind = ImportKind::of::<Product>("articles")
///     .field(ImportField::of(Product::code).named("article_no").at_most(20))
///     .field(ImportField::of(Product::name))
///     .field(ImportField::of(Product::price).required())
///     .key(&[&Product::code])
///     .build();
/// assert!(kind.field("price").is_some_and(|field| field.required));
/// assert!(kind.field("article_no").is_some() && kind.field("code").is_none());
/// ```
#[derive(Debug)]
pub struct ImportField<E> {
    column: &'static str,
    name: Name,
    /// Where it differs from what the entity says.
    required: Option<bool>,
    max_chars: Option<usize>,
    absent: Absent,
    usage: Use,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> ImportField<E> {
    /// A field of the entity under its own name. It is required if the entity requires it; a flag or a coded enum
    /// never is.
    #[must_use]
    pub fn of<T: FieldType>(field: Field<E, T>) -> Self {
        Self::at(field.name())
    }

    /// A field that is none of the entity's: its cell becomes a record of its own, made in the same commit. Such a
    /// record is only ever added, also where a row changes a record that is there.
    #[must_use]
    pub(super) fn bringing<F: Rules>(name: &'static str, bring: fn(&str, &E, Id<F>, &Context) -> F) -> Self {
        let bringing = move |text: &str, record: Record, id: RecordId, context: &Context| {
            let entity = E::from_record(record).map_err(|error| error.to_string())?;
            let brought = F::created(bring(text, &entity, Id::new(id), context), context);
            let brought = brought.map_err(|error| error.to_string())?;
            let mut changes = F::sums(None, Some(&brought));
            changes.push(Change::Insert(brought.into_record()));
            Ok(changes)
        };
        Self { usage: Use::Bring(Arc::new(bringing)), ..Self::at(name) }
    }

    fn at(column: &'static str) -> Self {
        Self {
            column,
            name: column.into(),
            required: None,
            max_chars: None,
            absent: Absent::Nothing,
            usage: Use::Value,
            entity: PhantomData,
        }
    }

    /// Under another name.
    #[must_use]
    pub fn named(mut self, name: &'static str) -> Self {
        self.name = name.into();
        self
    }

    /// Not required, although the entity requires it: something else fills it then.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.required = Some(false);
        self
    }

    /// Required, although it has a first value or is one the crate sets by itself.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = Some(true);
        self
    }

    /// At most so many characters.
    #[must_use]
    pub const fn at_most(mut self, chars: usize) -> Self {
        self.max_chars = Some(chars);
        self
    }

    /// A new record without a value gets the moment of the import.
    #[must_use]
    pub fn or_now(mut self) -> Self {
        self.absent = Absent::Now;
        self
    }

    /// A new record without a value gets what this text means in a cell.
    #[must_use]
    pub fn or(mut self, text: &'static str) -> Self {
        self.absent = Absent::Text(text.into());
        self
    }

    /// The cell is not a value of the field: this says what it means for the record, or a sentence why it means
    /// nothing.
    #[must_use]
    pub fn read_with(mut self, read: fn(&str, &mut E) -> Result<(), String>) -> Self {
        self.usage = Use::Read(reading(read));
        self
    }

    /// The record that the cell names by `text`, unique, is made where it is missing.
    #[must_use]
    pub(super) fn made<F: Rules>(mut self, text: &dyn Named<F>, make: fn(&str) -> F::New) -> Self {
        self.usage = Use::Make(Making::of(text, make));
        self
    }

    /// A record that is [`made`](Self::made) belongs, by its field `by`, to the one that the row names in `parent`, a
    /// field that was declared before, or, where the row says nothing there, to the one called `fallback`. It gets the
    /// next `number` there.
    #[must_use]
    pub(super) fn within<F: Rules>(
        mut self,
        parent: &dyn Named<E>,
        fallback: &'static str,
        by: &dyn Named<F>,
        number: &dyn Named<F>,
    ) -> Self {
        if let Use::Make(making) = self.usage {
            self.usage = Use::Make(making.within(parent.field_name(), fallback, by, number));
        }
        self
    }
}

/// Declares a kind; see [`ImportKind::of`].
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::transfer::{ImportField, ImportKind};
///
/// let regions = ImportKind::of::<Customer>("customers-by-region")
///     .fields([ImportField::of(Customer::number), ImportField::of(Customer::name)])
///     .field(ImportField::of(Customer::region).or("华东"))
///     .key(&[&Customer::number])
///     .build();
/// assert_eq!((regions.name(), regions.fields().len()), ("customers-by-region", 3));
/// ```
pub struct ImportKindBuilder<E> {
    parts: Parts,
    entity: PhantomData<fn() -> E>,
}

impl<E> fmt::Debug for ImportKindBuilder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ImportKindBuilder").field(&self.parts.name).finish()
    }
}

impl fmt::Debug for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value => "Value",
            Self::Read(_) => "Read",
            Self::Make(_) => "Make",
            Self::Bring(_) => "Bring",
        })
    }
}

impl fmt::Debug for ImportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ImportKind").field(&self.0.name).finish()
    }
}

impl ImportKind {
    /// Begins to declare a kind of an entity. Without any [`field`](ImportKindBuilder::field) it has all fields that
    /// callers may set.
    #[must_use]
    pub fn of<E: Rules>(name: impl Into<Name>) -> ImportKindBuilder<E> {
        let parts = Parts {
            name: name.into(),
            def: E::definition(),
            template: E::draft(Id::NIL, E::New::default()).into_record(),
            fields: Vec::new(),
            uses: Vec::new(),
            key: Vec::new(),
            key_is_unique: false,
            key_when: None,
            lines: None,
            finish: Arc::new(|record, _| Ok(record)),
            changing: None,
            sums: sums::<E>,
            latest: E::latest(),
        };
        ImportKindBuilder { parts, entity: PhantomData }
    }

    /// The crate's own kind of a name.
    ///
    /// # Errors
    ///
    /// [`ImportError::UnknownKind`] with the kind that was perhaps meant.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::transfer::ImportKind;
    ///
    /// let orders = ImportKind::named("orders")?;
    /// let fields: Vec<&str> = orders.fields().iter().map(|field| &*field.name).collect();
    /// assert_eq!(fields, ["number", "customer", "date", "status", "address", "manager"]);
    /// # Ok::<(), crmkit::transfer::ImportError>(())
    /// ```
    pub fn named(name: &str) -> Result<Self, ImportError> {
        let all = super::kinds();
        if let Some(kind) = all.iter().find(|kind| kind.name() == name) {
            return Ok(kind.clone());
        }
        let names: Vec<&str> = all.iter().map(Self::name).collect();
        Err(ImportError::UnknownKind {
            kind: shortened(name),
            nearest: nearest(name, names.iter().copied()),
            known: names.join(" "),
        })
    }

    /// The name in commands, such as `order_lines`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The fields a file may fill.
    #[must_use]
    pub fn fields(&self) -> &[FieldDef] {
        &self.0.fields
    }

    /// A field by its name in files.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.0.fields.iter().find(|field| field.name == name)
    }

    /// The definition of the entity whose records are made.
    #[must_use]
    pub fn entity(&self) -> &EntityDef {
        &self.0.def
    }

    /// This kind as an older system calls it: only these fields, each with the name it has there.
    pub(in crate::transfer) fn renamed(&self, name: &'static str, fields: &[(&str, &'static str)]) -> Self {
        let mut parts = Parts { name: name.into(), fields: Vec::new(), uses: Vec::new(), ..(*self.0).clone() };
        for (mut field, usage) in self.0.fields.iter().cloned().zip(&self.0.uses) {
            match fields.iter().find(|(own, _)| *own == field.name) {
                Some((_, called)) => field.name = Name::Borrowed(called),
                // What a record gets in a field that no row fills stays as it is.
                None if field.absent != Absent::Nothing => {}
                None => continue,
            }
            parts.fields.push(field);
            parts.uses.push(usage.clone());
        }
        Self(Arc::new(parts))
    }

    pub(super) fn place(&self, field: &str) -> Result<usize, ImportError> {
        let names = || self.0.fields.iter().map(|field| &*field.name);
        names().position(|name| name == field).ok_or_else(|| ImportError::UnknownField {
            kind: self.name().to_owned(),
            field: shortened(field),
            nearest: nearest(field, names()),
            known: names().collect::<Vec<_>>().join(" "),
        })
    }

    /// A new record before any field is filled.
    pub(super) fn template(&self) -> Record {
        self.0.template.clone()
    }

    /// The places of the fields that tell two records apart; empty where nothing does.
    pub(super) fn key(&self) -> &[usize] {
        &self.0.key
    }

    /// Whether the store refuses a second record with the same key by itself.
    pub(super) fn key_is_unique(&self) -> bool {
        self.0.key_is_unique
    }

    pub(super) fn lines(&self) -> Option<Lines> {
        self.0.lines
    }

    pub(super) fn latest(&self) -> Option<&Latest> {
        self.0.latest.as_ref()
    }

    /// What the cells of a field are used for.
    pub(super) fn usage(&self, field: usize) -> &Use {
        self.0.uses.get(field).unwrap_or(&Use::Value)
    }

    /// The fields whose cells name records that are made where they are missing.
    pub(super) fn makings(&self) -> impl Iterator<Item = (usize, &FieldDef, &Making)> {
        let fields = self.0.fields.iter().zip(&self.0.uses).enumerate();
        fields.filter_map(|(index, (field, usage))| match usage {
            Use::Make(making) => Some((index, field, making)),
            Use::Value | Use::Read(_) | Use::Bring(_) => None,
        })
    }

    /// Which records the key tells apart, if not all.
    pub(super) fn key_when(&self) -> Option<&Filter> {
        self.0.key_when.as_ref().map(|when| &when.filter)
    }

    /// What people call a record among those that the key tells apart.
    pub(super) fn label(&self) -> String {
        let label = self.0.def.label.en.to_lowercase();
        self.0.key_when.as_ref().map_or_else(|| label.clone(), |when| format!("{} {label}", when.word))
    }

    /// The record as it shall be stored, or a sentence why not.
    pub(super) fn finish(&self, record: Record, context: &Context) -> Result<Record, String> {
        (self.0.finish)(record, context).map_err(|error| self.reason(error))
    }

    /// The record as it shall be in place of what was, or a sentence why not.
    pub(super) fn change(&self, before: &Record, after: Record, context: &Context) -> Result<Record, String> {
        let Some(changing) = &self.0.changing else { return Ok(after) };
        changing(before.clone(), after, context).map_err(|error| self.reason(error))
    }

    fn reason(&self, error: Error) -> String {
        match error {
            Error::Invalid { problems, .. } => self.sentence(&problems),
            other => other.to_string(),
        }
    }

    pub(super) fn sums(&self, staged: &Staged) -> Result<Vec<Change>, StorageError> {
        Ok((self.0.sums)(staged.before.as_ref(), Some(&staged.after))?)
    }

    /// Problems in one sentence, with the fields called as in the file.
    pub(super) fn sentence(&self, problems: &[FieldProblem]) -> String {
        let renamed = |problem: &FieldProblem| {
            let field = self.0.fields.iter().find(|field| field.column == problem.field);
            let field = field.map_or_else(|| problem.field.clone(), |field| field.name.clone());
            FieldProblem { field, problem: problem.problem.clone() }
        };
        crate::problem::sentence(&problems.iter().map(renamed).collect::<Vec<_>>())
    }
}

impl<E: Rules> ImportKindBuilder<E> {
    /// Adds a field.
    #[must_use]
    pub fn field(mut self, field: ImportField<E>) -> Self {
        let column = self.parts.def.column(field.column);
        let mut def = match column.and_then(|place| Some((self.parts.def.columns.get(place)?, place))) {
            Some((column, place)) => FieldDef::of(column, place),
            None if matches!(field.usage, Use::Bring(_)) => FieldDef::outside(field.column),
            None => return self,
        };
        def.required = field.required.unwrap_or(def.required) && field.absent == Absent::Nothing;
        (def.name, def.max_chars, def.absent) = (field.name, field.max_chars, field.absent);
        self.parts.fields.push(def);
        self.parts.uses.push(field.usage);
        self
    }

    /// Adds fields.
    #[must_use]
    pub fn fields(self, fields: impl IntoIterator<Item = ImportField<E>>) -> Self {
        fields.into_iter().fold(self, Self::field)
    }

    /// Two records with the same values here are duplicates. Records without a value in one of them are not.
    #[must_use]
    pub fn key(mut self, fields: &[&dyn Named<E>]) -> Self {
        let names: Vec<&str> = fields.iter().map(|field| field.field_name()).collect();
        self.parts.key = names.iter().filter_map(|name| self.parts.def.column(name)).collect();
        let when = self.parts.key_when.as_ref().map(|when| &when.filter);
        let mut keys = self.parts.def.facts.unique.iter().filter(|key| key.when.as_ref() == when);
        self.parts.key_is_unique = keys.any(|key| key.fields.iter().map(|name| &**name).eq(names.iter().copied()));
        self
    }

    /// As [`key`](Self::key), among records that match a condition on their own fields; people call those so.
    #[must_use]
    pub(super) fn key_when(mut self, fields: &[&dyn Named<E>], filter: Filter, word: &'static str) -> Self {
        self.parts.key_when = Some(KeyWhen { filter, word });
        self.key(fields)
    }

    /// The last word on a record before it is stored: fields that follow from others, values that do not fit together.
    #[must_use]
    pub fn finish(mut self, finish: fn(E, &Context) -> Result<E, Error>) -> Self {
        self.parts.finish =
            Arc::new(move |record, context| Ok(finish(E::from_record(record)?, context)?.into_record()));
        self
    }

    /// The last word on a record that is there and shall be another: what was before, what shall be after.
    #[must_use]
    pub fn changing(mut self, changing: fn(&E, E, &Context) -> Result<E, Error>) -> Self {
        self.parts.changing = Some(Arc::new(move |before, after, context| {
            Ok(changing(&E::from_record(before)?, E::from_record(after)?, context)?.into_record())
        }));
        self
    }

    /// A record without a value in `number` gets the next free one among those with the same `parent`.
    #[must_use]
    pub(super) fn lines(mut self, parent: &dyn Named<E>, number: &dyn Named<E>) -> Self {
        let place = |field: &dyn Named<E>| self.parts.def.column(field.field_name());
        self.parts.lines = place(parent).zip(place(number)).map(|(parent, number)| Lines { parent, number });
        self
    }

    /// The kind.
    #[must_use]
    pub fn build(mut self) -> ImportKind {
        if self.parts.fields.is_empty() {
            let columns = self.parts.def.columns.iter().enumerate().filter(|(_, column)| !column.system);
            self.parts.fields = columns.map(|(place, column)| FieldDef::of(column, place)).collect();
            self.parts.uses = vec![Use::Value; self.parts.fields.len()];
        }
        ImportKind(Arc::new(self.parts))
    }
}

impl FieldDef {
    /// A field as the entity declares it.
    fn of(column: &ColumnDef, place: usize) -> Self {
        let always_there = matches!(column.column_type, ColumnType::Bool | ColumnType::Choice(_));
        Self {
            name: column.name.clone(),
            column: column.name.clone(),
            column_type: column.column_type.clone(),
            required: column.required && !column.system && !always_there,
            place,
            max_chars: None,
            absent: Absent::Nothing,
        }
    }

    /// A text that is no field of the entity.
    fn outside(name: &'static str) -> Self {
        Self {
            name: name.into(),
            column: name.into(),
            column_type: ColumnType::Text,
            required: false,
            // No record has a field there.
            place: usize::MAX,
            max_chars: None,
            absent: Absent::Nothing,
        }
    }

    /// Reads a cell as a value of this field, or says why it is none. References are not read here.
    pub(super) fn parse(&self, text: &str, zone: chrono_tz::Tz) -> Result<Value, String> {
        if let Some(most) = self.max_chars
            && text.len() > most
            && text.chars().count() > most
        {
            return Err(format!("`{}` has more than {most} characters", shortened(text)));
        }
        self.column_type.parse(text, zone).map_err(|mismatch| mismatch.0)
    }
}

fn reading<E: Entity>(read: fn(&str, &mut E) -> Result<(), String>) -> Reading {
    Arc::new(move |text, record| {
        let mut entity = E::from_record(record).map_err(|error| error.to_string())?;
        read(text, &mut entity)?;
        Ok(entity.into_record())
    })
}

fn sums<E: Rules>(before: Option<&Record>, after: Option<&Record>) -> Result<Vec<Change>, DecodeError> {
    let typed = |record: Option<&Record>| record.cloned().map(E::from_record).transpose();
    Ok(E::sums(typed(before)?.as_ref(), typed(after)?.as_ref()))
}

/// What was typed, for a message.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
