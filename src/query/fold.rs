//! The arithmetic of aggregates, one record at a time: what every backend's sums must equal.

use std::collections::{HashMap, HashSet};

use super::{AggregateRow, Measure, PreparedAggregate, PreparedKey, PreparedMeasure, QueryError};
use crate::schema::ColumnType;
use crate::value::{Money, Quantity, Rate, Value};

/// Folds records into groups. Memory grows with the groups (and the different values that are counted), not with the
/// records.
#[derive(Debug)]
pub struct Folder<'a> {
    aggregate: &'a PreparedAggregate,
    groups: HashMap<Vec<Value>, Vec<State>>,
    key: Vec<Value>,
    rows: usize,
}

#[derive(Debug)]
enum State {
    Count(i64),
    Distinct(HashSet<Value>),
    Sum(i128),
    Average { sum: i128, count: i128 },
    Minimum(Value),
    Maximum(Value),
}

impl<'a> Folder<'a> {
    /// Starts without a record.
    #[must_use]
    pub fn new(aggregate: &'a PreparedAggregate) -> Self {
        Self { aggregate, groups: HashMap::new(), key: Vec::new(), rows: 0 }
    }

    /// Takes one record's [`inputs`](PreparedAggregate::inputs).
    ///
    /// # Errors
    ///
    /// [`QueryError::TooLarge`] past the bounds of the request.
    pub fn push(&mut self, inputs: &mut [Value]) -> Result<(), QueryError> {
        self.rows += 1;
        if self.rows > self.aggregate.max_rows {
            return Err(QueryError::TooLarge { what: "records for one report", limit: self.aggregate.max_rows });
        }
        let keys = self.aggregate.keys.len();
        let (key_inputs, measured) = inputs.split_at_mut(keys.min(inputs.len()));
        self.key.clear();
        self.key.extend(self.aggregate.keys.iter().zip(key_inputs).map(|(key, value)| key_of(key, value.take())));
        if let Some(states) = self.groups.get_mut(&self.key) {
            accumulate(&self.aggregate.measures, states, measured);
            return Ok(());
        }
        if self.groups.len() >= self.aggregate.max_groups {
            return Err(QueryError::TooLarge { what: "groups", limit: self.aggregate.max_groups });
        }
        let mut states = start(&self.aggregate.measures);
        accumulate(&self.aggregate.measures, &mut states, measured);
        self.groups.insert(std::mem::take(&mut self.key), states);
        Ok(())
    }

    /// The groups in the order of their keys, no value last.
    ///
    /// # Errors
    ///
    /// [`QueryError::Range`] if a result does not fit its kind.
    pub fn finish(mut self) -> Result<Vec<AggregateRow>, QueryError> {
        if self.aggregate.keys.is_empty() && self.groups.is_empty() {
            self.groups.insert(Vec::new(), start(&self.aggregate.measures));
        }
        let measures = &self.aggregate.measures;
        let row = |(keys, states): (Vec<Value>, Vec<State>)| {
            let finished = states.into_iter().zip(measures).map(|(state, measure)| result(state, measure));
            Ok(AggregateRow::new(keys, finished.collect::<Result<_, QueryError>>()?))
        };
        let mut rows = self.groups.into_iter().map(row).collect::<Result<Vec<_>, QueryError>>()?;
        rows.sort_by(|a, b| a.keys.cmp(&b.keys));
        Ok(rows)
    }
}

fn key_of(key: &PreparedKey, value: Value) -> Value {
    match (key.period, value) {
        (Some((period, zone)), Value::Timestamp(at)) => Value::Date(period.start(at.local_date(zone))),
        (Some((period, _)), Value::Date(day)) => Value::Date(period.start(day)),
        (_, value) => value,
    }
}

fn start(measures: &[PreparedMeasure]) -> Vec<State> {
    let state = |measure: &PreparedMeasure| match measure.measure {
        Measure::Count => State::Count(0),
        Measure::Distinct(_) => State::Distinct(HashSet::new()),
        Measure::Sum(_) => State::Sum(0),
        Measure::Average(_) => State::Average { sum: 0, count: 0 },
        Measure::Minimum(_) => State::Minimum(Value::Null),
        Measure::Maximum(_) => State::Maximum(Value::Null),
    };
    measures.iter().map(state).collect()
}

fn accumulate(measures: &[PreparedMeasure], states: &mut [State], inputs: &mut [Value]) {
    let mut inputs = inputs.iter_mut();
    for (measure, state) in measures.iter().zip(states) {
        if measure.path.is_none() {
            if let State::Count(count) = state {
                *count = count.saturating_add(1);
            }
            continue;
        }
        let Some(input) = inputs.next() else { continue };
        if input.is_null() {
            continue;
        }
        match state {
            State::Count(count) => *count = count.saturating_add(1),
            State::Distinct(values) => {
                values.insert(input.take());
            }
            // An i128 holds more i64s than any store has records, so these cannot overflow.
            State::Sum(sum) => *sum += input.as_integer().map_or(0, i128::from),
            State::Average { sum, count } => {
                *sum += input.as_integer().map_or(0, i128::from);
                *count += 1;
            }
            State::Minimum(least) if least.is_null() || *input < *least => *least = input.take(),
            State::Maximum(most) if most.is_null() || *input > *most => *most = input.take(),
            State::Minimum(_) | State::Maximum(_) => {}
        }
    }
}

fn result(state: State, measure: &PreparedMeasure) -> Result<Value, QueryError> {
    let range =
        || QueryError::Range(measure.path.as_ref().map_or_else(|| "count".into(), |path| path.path.to_string()));
    Ok(match state {
        State::Count(count) => Value::Int(count),
        State::Distinct(values) => Value::Int(i64::try_from(values.len()).map_err(|_| range())?),
        State::Minimum(value) | State::Maximum(value) => value,
        State::Sum(sum) => number(&measure.column_type(), sum).ok_or_else(range)?,
        State::Average { count: 0, .. } => Value::Null,
        State::Average { sum, count } => {
            let of_integers = matches!(measure.path.as_ref().map(|path| &path.column_type), Some(ColumnType::Int));
            let scale = if of_integers { i128::from(Quantity::SCALE) } else { 1 };
            let mean = crate::value::div_half_even(sum.checked_mul(scale).ok_or_else(range)?, count);
            number(&measure.column_type(), mean.ok_or_else(range)?).ok_or_else(range)?
        }
    })
}

fn number(kind: &ColumnType, raw: i128) -> Option<Value> {
    match kind {
        ColumnType::Money => Money::from_wide(raw).ok().map(Value::Money),
        ColumnType::Quantity => Quantity::from_wide(raw).ok().map(Value::Quantity),
        ColumnType::Rate => Rate::from_wide(raw).ok().map(Value::Rate),
        _ => i64::try_from(raw).ok().map(Value::Int),
    }
}
