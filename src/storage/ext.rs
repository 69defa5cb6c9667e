//! Typed reading for callers; an implementor never sees it.

use async_trait::async_trait;

use super::{Reader, Result, StorageError, StorageErrorKind};
use crate::id::{Id, RecordId};
use crate::query::{Cursor, Filter, Query};
use crate::schema::{Entity, Record};

/// Typed conveniences over any [`Reader`].
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use crmkit::prelude::*;
/// use crmkit::storage::ReaderExt;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let storage = Arc::new(MemoryStorage::new(crmkit::standard_schema()?));
/// let crm = Crm::builder(Arc::clone(&storage)).open().await?;
/// let acme = crm.system().customers().create(NewCustomer::new("Acme")).await?;
/// assert_eq!(storage.load(acme.id).await?, Some(acme.clone()));
/// assert_eq!(storage.first::<Customer>(Customer::name.eq("Acme")).await?, Some(acme));
/// assert_eq!(storage.collect(Query::of::<Customer>()).await?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[async_trait]
pub trait ReaderExt: Reader {
    /// The record with an id, if it exists.
    ///
    /// # Errors
    ///
    /// [`StorageError`] if the store can't answer or the record is not what the schema says.
    async fn load<E: Entity>(&self, id: Id<E>) -> Result<Option<E>> {
        let def = self.schema().of::<E>().ok_or_else(|| unregistered(E::NAME))?;
        let record = self.get(def, &[id.raw()]).await?.pop();
        Ok(record.map(E::from_record).transpose()?)
    }

    /// The records with these ids that exist, in any order.
    ///
    /// # Errors
    ///
    /// [`StorageError`] if the store can't answer or a record is not what the schema says.
    async fn load_all<E: Entity>(&self, ids: &[Id<E>]) -> Result<Vec<E>> {
        let def = self.schema().of::<E>().ok_or_else(|| unregistered(E::NAME))?;
        let ids: Vec<RecordId> = ids.iter().map(|id| id.raw()).collect();
        let records = self.get(def, &ids).await?;
        Ok(records.into_iter().map(E::from_record).collect::<Result<_, _>>()?)
    }

    /// One page of records and where to go on.
    ///
    /// # Errors
    ///
    /// [`StorageError`] if the query does not fit, or the store can't answer.
    async fn find<E: Entity>(&self, query: &Query) -> Result<(Vec<E>, Option<Cursor>)> {
        let page = self.query(query).await?;
        Ok((page.records.into_iter().map(E::from_record).collect::<Result<_, _>>()?, page.next))
    }

    /// The first record that matches, by id.
    ///
    /// # Errors
    ///
    /// [`StorageError`] if the filter does not fit, or the store can't answer.
    async fn first<E: Entity>(&self, filter: Filter) -> Result<Option<E>> {
        let (mut found, _) = self.find::<E>(&Query::of::<E>().filter(filter).limit(1)).await?;
        Ok(found.pop())
    }

    /// All records a query finds, page after page. Only for what is known to fit into memory.
    ///
    /// # Errors
    ///
    /// [`StorageError`] if the query does not fit, or the store can't answer.
    async fn collect(&self, mut query: Query) -> Result<Vec<Record>> {
        let mut all = Vec::new();
        loop {
            let page = self.query(&query).await?;
            all.extend(page.records);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(all),
            }
        }
    }
}

impl<R: Reader + ?Sized> ReaderExt for R {}

fn unregistered(name: &str) -> StorageError {
    StorageError::new(StorageErrorKind::Invalid, format!("there is no entity `{name}` in the schema; register it"))
}
