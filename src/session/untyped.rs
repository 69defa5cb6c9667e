//! Records of an entity that is known by its definition only: for lists, forms and files.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value as Json;

use super::Session;
use super::records::{by_id, equals, not_found};
use super::writer::{Sent, Values, Writer, writer};
use crate::access::{Actor, User};
use crate::command::CommandForm;
use crate::error::{Error, Result};
use crate::id::{RecordId, Version};
use crate::problem::{FieldProblem, Problem, short};
use crate::query::{Aggregate, Filter, Measure, Page, Query, QueryError, Sight, fold_text};
use crate::schema::{ColumnDef, ColumnType, Entity, EntityDef, Name, Path, PathError, Record};
use crate::value::Value;

const SYSTEM: &str = "it is kept by the system and can't be set";

/// How many references are looked up at once.
const BATCH: usize = 1_000;

/// The records of one entity as far as the actor of a session may see them, without its Rust type.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::storage::MemoryStorage;
///
/// # pollster::block_on(async {
/// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let session = crm.system();
/// session.customers().create(NewCustomer::new("Acme")).await?;
///
/// let customers = session.untyped("customer")?;
/// let page = customers.list(Query::new("cst_customer")).await?;
/// let name = page.records[0].field(customers.definition(), "name");
/// assert_eq!(name, Some(&Value::from("Acme")));
/// # Ok::<(), Error>(())
/// # })?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Untyped {
    session: Session,
    def: Arc<EntityDef>,
}

impl Session {
    /// The records of the entity with a code, such as `order_line`.
    ///
    /// # Errors
    ///
    /// [`Error::Query`] if there is no such entity.
    pub fn untyped(&self, code: &str) -> Result<Untyped> {
        let open = |def: &&Arc<EntityDef>| !def.facts.secret;
        let def = self.crm.schema().by_code(code).filter(open).ok_or_else(|| PathError::NoEntity(code.to_owned()));
        let def = def.map_err(|error| Error::Query(error.into()))?;
        Ok(Untyped::new(self.clone(), Arc::clone(def)))
    }
}

impl Untyped {
    pub(super) const fn new(session: Session, def: Arc<EntityDef>) -> Self {
        Self { session, def }
    }

    pub(super) const fn session(&self) -> &Session {
        &self.session
    }

    /// What is known of the entity.
    #[must_use]
    pub const fn definition(&self) -> &Arc<EntityDef> {
        &self.def
    }

    /// One page of records that the actor may see: whole ones, or of each the columns that the query names. The entity
    /// that it names does not matter.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; [`Error::Query`] if a column is hidden or not there; [`Error::Storage`] if
    /// the query does not fit or the store can't answer.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let customers = crm.system().untyped("customer")?;
    /// let page = customers.list(Query::new("").columns([Customer::name.path()])).await?;
    /// assert_eq!(page.records[0].values, ["Acme".into()]);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn list(&self, query: Query) -> Result<Page> {
        if let Some(columns) = &query.columns {
            let named = query.order.iter().map(|order| &order.path).chain(columns).cloned().collect::<Vec<_>>();
            let filter = self.narrowed(query.filter, &named).await?;
            let query = Query { entity: self.def.name.clone(), filter, ..query };
            return Ok(self.session.storage().query(&query).await?);
        }
        let mut page = self.page(query).await?;
        page.records.iter_mut().for_each(|record| self.session.veil(&self.def, record));
        Ok(page)
    }

    /// As [`list`](Self::list), with the values of hidden fields.
    pub(super) async fn page(&self, query: Query) -> Result<Page> {
        let sorted: Vec<Path> = query.order.iter().map(|order| order.path.clone()).collect();
        let filter = self.narrowed(query.filter, &sorted).await?;
        let query = Query { entity: self.def.name.clone(), columns: None, filter, ..query };
        Ok(self.session.storage().query(&query).await?)
    }

    /// The condition that every one of these words is in one of the fields that are searched, as far as the actor may
    /// see them; none is met where there is no such field.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right to read the entity.
    pub async fn searched(&self, words: &str) -> Result<Filter> {
        let (actor, _) = self.session.granted(&format!("{}.read", self.def.code)).await?;
        let seen = |field: &&Name| self.def.column(field).is_some_and(|column| !actor.hides(&self.def, column));
        let paths: Vec<Path> = self.def.facts.searched.iter().filter(seen).cloned().map(Path::field).collect();
        Ok(if paths.is_empty() { Filter::none() } else { Filter::Search { paths, words: words.to_owned() } })
    }

    /// The id that a text is, such as a part of an address.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what is no id, as for an id that nobody has.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let customers = crm.system().untyped("customer")?;
    /// assert_eq!(customers.id("0190163d-8694-739b-aea5-966c26f8ad91")?.to_string(), "0190163d-8694-739b-aea5-966c26f8ad91");
    /// assert!(matches!(customers.id("Acme"), Err(Error::NotFound { .. })));
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn id(&self, text: &str) -> Result<RecordId> {
        text.parse().map_err(|_| not_found(&self.def, &text))
    }

    /// The record with an id.
    ///
    /// # Errors
    ///
    /// As [`Records::get`](super::Records::get).
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let customers = crm.system().untyped("customer")?;
    /// assert_eq!(customers.get(acme.id.raw()).await?, acme.into_record());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn get(&self, id: RecordId) -> Result<Record> {
        let mut found = self.session.get_seen(&self.def, id).await?;
        self.session.veil(&self.def, &mut found);
        Ok(found)
    }

    /// How many records match that the actor may see.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; [`Error::Storage`] if the filter does not fit or the store can't answer.
    pub async fn count(&self, filter: Filter) -> Result<u64> {
        let filter = self.narrowed(filter, &[]).await?;
        let request = Aggregate::new(self.def.name.clone()).filter(filter).measure(Measure::Count);
        let rows = self.session.storage().aggregate(&request).await?;
        let count = rows.first().and_then(|row| row.measures.first()).and_then(Value::as_integer);
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
    }

    /// The record that people call `text`: by its number, code or login, else by its name if only one has it, else by
    /// its id.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; [`Error::NotFound`] if there is none or it lies outside the scope;
    /// [`Error::Invalid`] if several have the name.
    pub async fn named(&self, text: &str) -> Result<Record> {
        let mut found = self.find(text).await?;
        self.session.veil(&self.def, &mut found);
        Ok(found)
    }

    /// As [`named`](Self::named), with the values of hidden fields. Nobody is found by what is hidden.
    pub(super) async fn find(&self, text: &str) -> Result<Record> {
        let (actor, _) = self.session.granted(&format!("{}.read", self.def.code)).await?;
        let seen = |field: &&Name| self.def.column(field).is_some_and(|column| !actor.hides(&self.def, column));
        let natural: Vec<&Name> = self.def.facts.natural.iter().filter(seen).collect();
        for field in natural.iter().copied() {
            // A login is kept in the form in which it is unique.
            let key = if field == "login" { fold_text(text) } else { text.to_owned() };
            let same = equals(field.clone(), Value::Text(key));
            let mut found = self.page(Query::new("").filter(same).limit(2)).await?.records;
            if found.len() > 1 {
                let exact = natural.first().filter(|exact| **exact != field);
                let by = exact.map_or("id", |exact| &***exact);
                let sentence = format!("several have the name `{}`; say which by `{by}`", short(text));
                let problems = vec![FieldProblem::invalid(field.clone(), sentence)];
                return Err(Error::Invalid { entity: self.def.code.clone(), problems });
            }
            if let Some(found) = found.pop() {
                return Ok(found);
            }
        }
        let found = match text.parse() {
            Ok(id) => self.page(Query::new("").filter(by_id(id)).limit(1)).await?.records.pop(),
            Err(_) => None,
        };
        found.ok_or_else(|| not_found(&self.def, &text))
    }

    /// What people call the records that these records refer to: their numbers, codes or logins. A record that the
    /// actor may not see, or that people have no name for, is left out; the actor himself never is.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] if the store can't answer.
    pub async fn names(&self, records: &[Record]) -> Result<HashMap<RecordId, String>> {
        let actor = self.session.fresh().await?;
        let mut names = HashMap::new();
        for (place, column) in self.def.columns.iter().enumerate() {
            let ColumnType::Reference(target) = &column.column_type else { continue };
            let Some(target) = self.session.crm.schema().entity(target) else { continue };
            let Some(natural) = target.facts.natural.first() else { continue };
            if target.column(natural).is_none_or(|column| actor.hides(target, column)) {
                continue;
            }
            let named: BTreeSet<RecordId> = records.iter().filter_map(|record| record.value(place).as_id()).collect();
            let unnamed: Vec<Value> = named.into_iter().filter(|id| !names.contains_key(id)).map(Value::Id).collect();
            if target.name == User::NAME
                && let Some(own) = actor.id()
            {
                names.insert(own.raw(), actor.name().to_owned());
            }
            let reach = self.session.reach(&actor, target);
            for batch in unnamed.chunks(BATCH) {
                let these = Filter::In { path: Path::field("id"), values: batch.to_vec() }.and(reach.clone());
                let query = Query::new(target.name.clone()).filter(these).limit(BATCH);
                let query = query.columns([Path::field(natural.clone())]);
                let found = self.session.storage().query(&query).await?.records;
                names.extend(found.into_iter().map(|record| (record.id, record.value(0).to_string())));
            }
        }
        Ok(names)
    }

    /// The filter, kept to what the actor may see: the records themselves, and those it or the order passes through.
    async fn narrowed(&self, filter: Filter, paths: &[Path]) -> Result<Filter> {
        let (actor, _) = self.session.granted(&format!("{}.read", self.def.code)).await?;
        // An order by what nobody may see would leave nothing to list: that is said, not shown as an empty list.
        let unseen = RefCell::new(None);
        let reach = |def: &EntityDef| {
            let seen = self.session.reach(&actor, def);
            if seen == Filter::none() {
                unseen.replace(Some(def.code.clone()));
            }
            seen
        };
        let hidden = |def: &EntityDef, column: usize| actor.hides(def, column);
        let sight = Sight::new(self.session.crm.schema(), &reach).hiding(&hidden);
        let narrowed = sight.narrow(&self.def.name, filter, paths)?;
        match unseen.take() {
            Some(code) => Err(QueryError::Hidden(code.into_owned()).into()),
            None => Ok(narrowed),
        }
    }

    /// Makes a record from values of its fields; a field that is not named, or gets [`Value::Null`], stays empty. The
    /// rules and rights are those of [`Records::create`](super::Records::create).
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let customers = crm.system().untyped("customer")?;
    /// let name = customers.read("name", "Acme").await?;
    /// let acme = customers.create([("name".into(), name)]).await?;
    ///
    /// let level = customers.read("level", "5").await?;
    /// let acme = customers.edit(acme.id, None, [("level".into(), level)]).await?;
    /// assert_eq!(customers.allowed_actions(&acme).await?, ["edit", "delete"]);
    ///
    /// let error = customers.edit(acme.id, None, [("status".into(), "lost".into())]).await.unwrap_err();
    /// assert!(error.to_string().contains("`status`: it is kept by the system"));
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Records::create`](super::Records::create); [`Error::Query`] for a field that the entity does not
    /// have; [`Error::Invalid`] for one that only the system sets.
    pub async fn create(&self, fields: impl IntoIterator<Item = (Name, Value)>) -> Result<Record> {
        let writer = self.writer("create").await?;
        let mut made = writer.create(&self.session, self.settable(fields)?).await?;
        self.session.veil(&self.def, &mut made);
        Ok(made)
    }

    /// Changes fields of a record, whatever version it has or only in the version that was `seen`; [`Value::Null`]
    /// empties a field. The rules and rights are those of [`Records::edit`](super::Records::edit).
    ///
    /// # Errors
    ///
    /// Those of [`Records::edit_seen`](super::Records::edit_seen); for fields as [`create`](Self::create).
    pub async fn edit(
        &self,
        id: RecordId,
        seen: Option<Version>,
        fields: impl IntoIterator<Item = (Name, Value)>,
    ) -> Result<Record> {
        let writer = self.writer("edit").await?;
        let mut edited = writer.edit(&self.session, id, seen, self.settable(fields)?).await?;
        self.session.veil(&self.def, &mut edited);
        Ok(edited)
    }

    /// Makes a record from JSON, as [`input_schema`](Self::input_schema) says and serde reads an [`Entity::New`]. The
    /// rules and rights are those of [`Records::create`](super::Records::create).
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use serde_json::json;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let customers = crm.system().untyped("customer")?;
    /// let acme = customers.create_json(json!({"name": "Acme", "level": "5"})).await?;
    /// assert_eq!(customers.to_json(&acme)["level"], "5");
    ///
    /// let refused = customers.create_json(json!({"name": "Acme", "annual_turnover": "much"})).await;
    /// assert!(refused.is_err_and(|error| error.to_string().contains("`annual_turnover`")));
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Records::create`](super::Records::create); [`Error::Query`] for a field that the entity does not
    /// have; [`Error::Invalid`] for one that only the system sets, or whose value does not fit.
    pub async fn create_json(&self, fields: Json) -> Result<Record> {
        let writer = self.writer("create").await?;
        self.check_named(&fields)?;
        let mut made = writer.create_json(&self.session, fields).await?;
        self.session.veil(&self.def, &mut made);
        Ok(made)
    }

    /// Changes fields of a record by JSON, whatever version it has or only in the version that was `seen`: those that
    /// are named; null empties a field. The rules and rights are those of [`Records::edit`](super::Records::edit).
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use serde_json::json;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let customers = crm.system().untyped("customer")?;
    /// let acme = customers.create_json(json!({"name": "Acme", "region": "East"})).await?;
    /// let acme = customers.edit_json(acme.id, Some(acme.version), json!({"region": null})).await?;
    /// assert!(customers.to_json(&acme)["region"].is_null());
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Records::edit_seen`](super::Records::edit_seen); for fields as [`create_json`](Self::create_json).
    pub async fn edit_json(&self, id: RecordId, seen: Option<Version>, fields: Json) -> Result<Record> {
        let writer = self.writer("edit").await?;
        self.check_named(&fields)?;
        let mut edited = writer.edit_json(&self.session, id, seen, fields).await?;
        self.session.veil(&self.def, &mut edited);
        Ok(edited)
    }

    /// The commands there are for these records, whoever may run them: for forms and documents. What can be done to one
    /// record now, [`allowed_actions`](Self::allowed_actions) says.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let opportunities = crm.system().untyped("opportunity")?;
    /// let actions: Vec<&str> = opportunities.commands().iter().map(|form| form.action).collect();
    /// assert_eq!(actions, ["assign", "win", "terminate"]);
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn commands(&self) -> &[CommandForm] {
        writer(self.session.crm.schema(), &self.def.name).map_or(&[], |writer| writer.commands())
    }

    /// Runs a command by its name, with what is said with it as JSON, on a record, whatever version it has or only in
    /// the version that was `seen`. The rules and rights are those of [`Records::run_seen`](super::Records::run_seen).
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    /// use serde_json::{Value, json};
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
    /// let orders = crm.system().untyped("order")?;
    /// let order = orders.create_json(json!({"customer": acme.id})).await?;
    /// let order = orders.run(order.id, None, "confirm", Value::Null).await?;
    /// let order = orders.run(order.id, Some(order.version), "pay", json!({"paid_on": "2026-03-02"})).await?;
    /// assert_eq!(orders.to_json(&order)["paid_on"], "2026-03-02");
    ///
    /// let refused = orders.run(order.id, None, "confrim", Value::Null).await.unwrap_err();
    /// assert_eq!(refused.to_string(), "`order` has no command `confrim`; did you mean `confirm`?");
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Records::run_seen`](super::Records::run_seen); [`Error::NoCommand`] if there is no such command;
    /// [`Error::Invalid`], with the parameter as the field, if what is said with it does not fit.
    pub async fn run(&self, id: RecordId, seen: Option<Version>, action: &str, input: Json) -> Result<Record> {
        let Some(writer) = writer(self.session.crm.schema(), &self.def.name) else {
            self.session.granted_on(&self.def, "read").await?;
            let (entity, command) = (self.def.code.clone(), action.to_owned());
            return Err(Error::NoCommand { entity, command, known: Vec::new() });
        };
        let mut record = writer.run(&self.session, id, seen, Sent { action, input }).await?;
        self.session.veil(&self.def, &mut record);
        Ok(record)
    }

    /// Deletes a record, by the rules and rights of [`Records::delete`](super::Records::delete).
    ///
    /// # Errors
    ///
    /// Those of [`Records::delete`](super::Records::delete).
    pub async fn delete(&self, id: RecordId) -> Result<()> {
        self.writer("delete").await?.delete(&self.session, id).await
    }

    /// What the actor can do to a record now: the events of all its state tables, or to edit and delete it where it has
    /// none. None for a record whose type the schema does not know.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] if the store can't say whose the record is.
    pub async fn allowed_actions(&self, record: &Record) -> Result<Vec<&'static str>> {
        match writer(self.session.crm.schema(), &self.def.name) {
            Some(writer) => writer.allowed_actions(&self.session, record.clone()).await,
            None => Ok(Vec::new()),
        }
    }

    /// The value that a text means for a field: nothing for an empty one, the id of the record that people call so for
    /// a reference, else as in a file that is imported.
    ///
    /// # Errors
    ///
    /// [`Error::Query`] if the entity has no such field; [`Error::Invalid`] if the text means nothing for it; for a
    /// reference as [`named`](Self::named).
    pub async fn read(&self, field: &str, text: &str) -> Result<Value> {
        let actor = self.session.fresh().await?;
        let (_, column) = self.column(field)?;
        if text.is_empty() {
            return Ok(Value::Null);
        }
        let ColumnType::Reference(target) = &column.column_type else {
            let zone = self.session.crm.organisation().zone();
            let read = column.column_type.parse(text, zone);
            return read.map_err(|mismatch| self.invalid(FieldProblem::invalid(column.name.clone(), mismatch.0)));
        };
        if target == User::NAME
            && fold_text(text) == fold_text(actor.name())
            && let Some(id) = actor.id()
        {
            return Ok(Value::Id(id.raw()));
        }
        let target = self.session.crm.schema().entity(target).cloned();
        let target = target.ok_or_else(|| not_found(&self.def, &text))?;
        Ok(Value::Id(Self::new(self.session.clone(), target).named(text).await?.id))
    }

    /// The places and values of fields that a caller may set.
    fn settable(&self, fields: impl IntoIterator<Item = (Name, Value)>) -> Result<Values> {
        let (mut values, mut problems) = (Values::new(), Vec::new());
        for (name, value) in fields {
            let (place, column) = self.column(&name)?;
            let problem = match &value {
                _ if column.system => Some(Problem::Invalid(SYSTEM.into())),
                Value::Null => column.required.then_some(Problem::Required),
                value => column.column_type.check(value).err().map(|mismatch| Problem::Invalid(mismatch.0)),
            };
            problems.extend(problem.map(|problem| FieldProblem { field: column.name.clone(), problem }));
            values.push((place, value));
        }
        let entity = self.def.code.clone();
        if problems.is_empty() { Ok(values) } else { Err(Error::Invalid { entity, problems }) }
    }

    /// What was sent names only fields that a caller may set; what is hidden from him is not looked into.
    fn check_named(&self, fields: &Json) -> Result<()> {
        let mut problems = Vec::new();
        for name in fields.as_object().into_iter().flat_map(|fields| fields.keys()).filter(|name| *name != "custom") {
            let (_, column) = self.column(name)?;
            problems.extend(column.system.then(|| FieldProblem::invalid(column.name.clone(), SYSTEM)));
        }
        let entity = self.def.code.clone();
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid { entity, problems }) }
    }

    fn column(&self, field: &str) -> Result<(usize, &ColumnDef)> {
        let found = self.def.column(field).and_then(|place| Some((place, self.def.columns.get(place)?)));
        if let Some((place, _)) = found
            && self.session.actor().hides(&self.def, place)
        {
            return Err(self.session.no_field(&self.def, place));
        }
        found.ok_or_else(|| self.no_such_field(field))
    }

    pub(super) fn no_such_field(&self, field: &str) -> Error {
        self.session.no_such_field(&self.def, field)
    }

    fn invalid(&self, problem: FieldProblem) -> Error {
        Error::Invalid { entity: self.def.code.clone(), problems: vec![problem] }
    }

    /// What writes the records, for who has the right to.
    async fn writer(&self, action: &str) -> Result<&dyn Writer> {
        self.session.granted_on(&self.def, action).await?;
        let found = writer(self.session.crm.schema(), &self.def.name);
        found.ok_or_else(|| {
            let code = format!("{}.{action}", self.def.code);
            self.session.denied(&code, "the schema holds its fields but no rules; it can be read only".into())
        })
    }
}

impl Session {
    /// Which records of an entity an actor may see; none without the right.
    fn reach(&self, actor: &Actor, def: &EntityDef) -> Filter {
        actor.reach(self.crm.rights().readable(actor, def), def)
    }
}
