//! Keeps a question to what the actor may see.

use super::error::{ReportError, Result};
use super::view::{Hidden, Visible};
pub(super) use crate::query::under;
use crate::query::{Filter, QueryError, Sight};
use crate::schema::{EntityDef, Path, Schema};

pub(super) struct Scope<'a> {
    pub(super) schema: &'a Schema,
    pub(super) visible: &'a Visible<'a>,
    pub(super) hidden: &'a Hidden<'a>,
}

impl Scope<'_> {
    /// As [`Sight::narrow`].
    pub(super) fn narrow(&self, entity: &str, filter: Filter, paths: &[Path]) -> Result<Filter> {
        let (visible, hidden) = (|def: &EntityDef| (self.visible)(def), |def: &EntityDef, at| (self.hidden)(def, at));
        let narrowed = Sight::new(self.schema, &visible).hiding(&hidden).narrow(entity, filter, paths);
        narrowed.map_err(|error| match error {
            QueryError::Hidden(path) => ReportError::Hidden { path },
            other => crate::Error::Query(other).into(),
        })
    }
}
