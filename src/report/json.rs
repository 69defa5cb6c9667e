//! Reports as JSON: the keys of every object in a fixed order, so that the same figures are the same bytes.

use std::io;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::table::{Column, Report};
use crate::schema::Lang;
use crate::value::Value;

impl Report {
    /// The report as one line of JSON: `report`, `parameters`, `columns`, `rows` and `totals`, in this order, and each
    /// row's values in the order of the columns. Decimals, days and moments are text, counts are numbers, no value is
    /// `null`.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Every key is text and every value a scalar or JSON already, so this always serializes.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Writes what [`to_json`](Self::to_json) gives.
    ///
    /// # Errors
    ///
    /// That of the writer.
    pub fn write_json(&self, out: &mut dyn io::Write) -> io::Result<()> {
        serde_json::to_writer(out, self).map_err(io::Error::from)
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("report", &self.name)?;
        map.serialize_entry("parameters", &Pairs(&self.parameters))?;
        map.serialize_entry("columns", &Columns(&self.table.columns, self.lang))?;
        map.serialize_entry("rows", &Rows(&self.table.columns, &self.table.rows))?;
        map.serialize_entry("totals", &Pairs(&self.table.totals))?;
        map.end()
    }
}

struct Pairs<'a>(&'a [(crate::schema::Name, Value)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

struct Columns<'a>(&'a [Column], Lang);

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut columns = serializer.serialize_seq(Some(self.0.len()))?;
        for column in self.0 {
            columns.serialize_element(&ColumnHead(column, self.1))?;
        }
        columns.end()
    }
}

struct ColumnHead<'a>(&'a Column, Lang);

impl Serialize for ColumnHead<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("name", &self.0.name)?;
        map.serialize_entry("kind", self.0.column_type.kind())?;
        map.serialize_entry("label", self.0.label.text(self.1))?;
        map.end()
    }
}

struct Rows<'a>(&'a [Column], &'a [Vec<Value>]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.1.iter().map(|row| Row(self.0, row)))
    }
}

struct Row<'a>(&'a [Column], &'a [Value]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|column| &column.name).zip(self.1))
    }
}
