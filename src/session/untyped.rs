//! Records of an entity that is known by its definition only: for lists, forms and files.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::Session;
use super::records::{by_id, equals, not_found};
use crate::access::{Actor, Scope, User};
use crate::error::{Error, Result};
use crate::id::RecordId;
use crate::problem::FieldProblem;
use crate::query::{Aggregate, Filter, Measure, Page, Query, QueryError, Sight, fold_text};
use crate::schema::{ColumnType, Entity, EntityDef, Name, Path, PathError, Record};
use crate::value::Value;

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

    /// One page of whole records that the actor may see; the entity and the columns that the query names do not
    /// matter.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] without the right; [`Error::Storage`] if the query does not fit or the store can't answer.
    pub async fn list(&self, query: Query) -> Result<Page> {
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
                let sentence = format!("several have the name `{text}`; say which by `{by}`");
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
}

impl Session {
    /// Which records of an entity an actor may see; none without the right.
    fn reach(&self, actor: &Actor, def: &EntityDef) -> Filter {
        let right = self.crm.rights().id(&format!("{}.read", def.code));
        let scope = right.map_or(Scope::None, |right| actor.scope(right));
        actor.reach(scope, def)
    }
}
