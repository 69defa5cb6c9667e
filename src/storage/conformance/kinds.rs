//! Values of every kind in their order, in the optional fields of samples.

use super::Failure;
use super::bench::{Bench, insert};
use super::schema::{NewSample, Region, Sample};
use super::values::{plain, region};
use crate::change::Change;
use crate::id::{Id, RecordId};
use crate::query::Query;
use crate::schema::{Entity, Record};
use crate::value::{MAX_DATE, MIN_DATE, Money, Quantity, Rate, Timestamp, Value};

/// How many samples there are: more than any kind has values, so that each field has some without one.
pub(super) const RECORDS: usize = 12;

/// One optional field and values for it, smallest first: the sample at each place has the value at that place.
pub(super) struct Kind {
    pub(super) column: &'static str,
    pub(super) values: Vec<Value>,
}

/// Stores the samples.
pub(super) async fn fill(bench: &Bench) -> Result<Vec<Kind>, Failure> {
    let mut targets = Vec::new();
    for byte in [0x01, 0x0F, 0x7F, 0x80, 0xFF] {
        let target = Region::draft(Id::new(RecordId::from_bytes([byte; 16])), region(&format!("{byte}")));
        bench.commit(vec![insert(&target)]).await?;
        targets.push(target);
    }
    let kinds = kinds(&targets)?;
    let def = Sample::definition();
    let mut changes = Vec::new();
    for place in 0..RECORDS {
        let new = NewSample { count: i64::try_from(place)?, ..plain(&targets[0]) };
        let mut record: Record = bench.draft::<Sample>(new).into_record();
        for kind in &kinds {
            let column = def.column(kind.column).and_then(|column| record.values.get_mut(column));
            if let (Some(field), Some(value)) = (column, kind.values.get(place)) {
                field.clone_from(value);
            }
        }
        changes.push(Change::Insert(record));
    }
    bench.commit(changes).await?;
    Ok(kinds)
}

/// The places of the samples that a query finds, in its order.
pub(super) async fn places(bench: &Bench, query: Query) -> Result<Vec<usize>, Failure> {
    let found = bench.all(query.columns([Sample::count])).await?;
    Ok(found.iter().filter_map(|record| usize::try_from(record.value(0).as_integer()?).ok()).collect())
}

fn kinds(targets: &[Region]) -> Result<Vec<Kind>, Failure> {
    let raw = [-i64::MAX, -12_345, -1, 0, 1, 9_007_199_254_740_993, i64::MAX];
    let (mut money, mut quantities, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for raw in raw {
        money.push(Value::Money(Money::from_raw(raw)?));
        quantities.push(Value::Quantity(Quantity::from_raw(raw)?));
        rates.push(Value::Rate(Rate::from_raw(raw)?));
    }
    let mut days = vec![Value::Date(MIN_DATE)];
    for day in ["0999-12-31", "1969-12-31", "1970-01-01", "2024-02-29"] {
        days.push(Value::Date(day.parse()?));
    }
    days.push(Value::Date(MAX_DATE));
    let mut moments = vec![Value::Timestamp(Timestamp::MIN)];
    for micros in [-1_000_001, -1, 0, 1, 999_999, 1_000_000] {
        moments.push(Value::Timestamp(Timestamp::from_micros(micros)?));
    }
    moments.push(Value::Timestamp(Timestamp::MAX));
    // By code point, which neither a dictionary, nor letters without case, nor UTF-16 sort by.
    let texts = ["", " ", "10", "9", "A", "Z", "a", "z", "é", "\u{FFFD}", "😀"];
    let integers = [i64::MIN, i64::MIN + 1, -1, 0, 1, 10, 9_007_199_254_740_992, 9_007_199_254_740_993, i64::MAX];
    Ok(vec![
        Kind { column: "maybe_flag", values: vec![false.into(), true.into()] },
        Kind { column: "maybe_count", values: integers.map(Value::Int).to_vec() },
        Kind { column: "maybe_price", values: money },
        Kind { column: "maybe_quantity", values: quantities },
        Kind { column: "maybe_rate", values: rates },
        Kind { column: "maybe_title", values: texts.map(Value::from).to_vec() },
        Kind { column: "maybe_day", values: days },
        Kind { column: "maybe_at", values: moments },
        Kind { column: "maybe_mood", values: ["calm", "merry", "stern"].map(Value::from).to_vec() },
        Kind { column: "maybe_region", values: targets.iter().map(|target| Value::Id(target.id.raw())).collect() },
    ])
}
