//! The arithmetic of aggregates, one record at a time: what every backend's sums must equal.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::{AggregateRow, Direction, Measure, PreparedAggregate, PreparedKey, PreparedMeasure, QueryError, Top};
use crate::schema::ColumnType;
use crate::value::{Money, Quantity, Rate, Value};

/// Folds records into groups. Memory grows with the groups (and the different values that are counted), not with the
/// records.
#[derive(Debug)]
pub struct Folder<'a> {
    aggregate: &'a PreparedAggregate,
    groups: Keys,
    /// What there is of each group so far, one state for each measure, group by group.
    states: Vec<State>,
    rows: usize,
}

/// The number of the group with each key.
#[derive(Debug)]
enum Keys {
    None { seen: bool },
    One(HashMap<Value, usize, foldhash::fast::RandomState>),
    Many { groups: HashMap<Vec<Value>, usize, foldhash::fast::RandomState>, key: Vec<Value> },
}

/// What there is of one measure.
#[derive(Debug)]
pub(crate) enum State {
    /// How many.
    Count(i64),
    /// The different values.
    Distinct(HashSet<Value, foldhash::fast::RandomState>),
    /// The sum so far.
    Sum(i128),
    /// The sum so far, and of how many.
    Average { sum: i128, count: i128 },
    /// The least so far.
    Minimum(Value),
    /// The greatest so far.
    Maximum(Value),
}

impl<'a> Folder<'a> {
    /// Starts without a record.
    #[must_use]
    pub fn new(aggregate: &'a PreparedAggregate) -> Self {
        let groups = match aggregate.keys.len() {
            0 => Keys::None { seen: false },
            1 => Keys::One(HashMap::default()),
            _ => Keys::Many { groups: HashMap::default(), key: Vec::new() },
        };
        Self { aggregate, groups, states: Vec::new(), rows: 0 }
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
        let (keys, measures) = (&self.aggregate.keys, &self.aggregate.measures);
        let (key_inputs, measured) = inputs.split_at_mut(keys.len().min(inputs.len()));
        let key_inputs = keys.iter().zip(key_inputs).map(|(key, value)| key_of(key, value.take()));
        let (group, known) = self.groups.find(key_inputs);
        if !known {
            if group >= self.aggregate.max_groups {
                return Err(QueryError::TooLarge { what: "groups", limit: self.aggregate.max_groups });
            }
            self.states.extend(measures.iter().map(start));
        }
        if let Some(states) = self.states.get_mut(group * measures.len()..) {
            accumulate(measures, states, measured);
        }
        Ok(())
    }

    /// The groups in the order of their keys, no value last.
    ///
    /// # Errors
    ///
    /// [`QueryError::Range`] if a result does not fit its kind.
    pub fn finish(mut self) -> Result<Vec<AggregateRow>, QueryError> {
        match self.groups {
            Keys::None { seen } => {
                if !seen {
                    self.states.extend(self.aggregate.measures.iter().map(start));
                }
                Groups { keys: vec![((), 0)], states: self.states }.finish(self.aggregate, |()| Vec::new())
            }
            Keys::One(groups) => {
                let keys = groups.into_iter().collect();
                Groups { keys, states: self.states }.finish(self.aggregate, |key| vec![key])
            }
            Keys::Many { groups, .. } => {
                let keys = groups.into_iter().collect();
                Groups { keys, states: self.states }.finish(self.aggregate, |key| key)
            }
        }
    }
}

impl Keys {
    /// The number of a key's group, and whether it is known.
    fn find(&mut self, mut key: impl Iterator<Item = Value>) -> (usize, bool) {
        match self {
            Self::None { seen } => (0, std::mem::replace(seen, true)),
            Self::One(groups) => {
                let next = groups.len();
                let number = *groups.entry(key.next().unwrap_or(Value::Null)).or_insert(next);
                (number, number < next)
            }
            Self::Many { groups, key: found } => {
                found.clear();
                found.extend(key);
                if let Some(number) = groups.get(found) {
                    return (*number, true);
                }
                let number = groups.len();
                groups.insert(std::mem::take(found), number);
                (number, false)
            }
        }
    }
}

/// All groups with what there is of each.
#[derive(Debug)]
pub(crate) struct Groups<K> {
    /// The keys, each with the number of its group.
    pub(crate) keys: Vec<(K, usize)>,
    /// One state for each measure, group by group.
    pub(crate) states: Vec<State>,
}

impl<K: Ord> Groups<K> {
    /// The groups that are wanted, in the order of their keys.
    ///
    /// # Errors
    ///
    /// [`QueryError::Range`] if a result does not fit its kind.
    pub(crate) fn finish(
        mut self,
        aggregate: &PreparedAggregate,
        values: impl Fn(K) -> Vec<Value>,
    ) -> Result<Vec<AggregateRow>, QueryError> {
        let (measures, width) = (&aggregate.measures, aggregate.measures.len());
        if let Some(top) = aggregate.top {
            self.keep(top, measures)?;
        }
        self.keys.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        let mut rows = Vec::with_capacity(self.keys.len());
        for (key, group) in self.keys {
            let states = self.states.get_mut(group * width..(group + 1) * width).unwrap_or_default();
            let states = states.iter_mut().map(|state| std::mem::replace(state, State::Count(0)));
            let results = states.zip(measures).map(|(state, measure)| result(state, measure));
            rows.push(AggregateRow::new(values(key), results.collect::<Result<_, _>>()?));
        }
        Ok(rows)
    }

    /// Leaves only the groups that come first by a measure, and those that are equal to the last of them.
    fn keep(&mut self, top: Top, measures: &[PreparedMeasure]) -> Result<(), QueryError> {
        let Some(last) = top.groups.checked_sub(1) else {
            self.keys.clear();
            return Ok(());
        };
        let Some(measure) = measures.get(top.measure) else { return Err(QueryError::NoMeasure(top.measure)) };
        if last >= self.keys.len() {
            return Ok(());
        }
        let judge = |group: usize| match self.states.get(group * measures.len() + top.measure) {
            Some(state) => Judged::new(state, measure),
            None => Ok(Judged::Nothing),
        };
        let judged = self.keys.iter().map(|(_, group)| judge(*group)).collect::<Result<Vec<_>, _>>()?;
        let mut sorted: Vec<&Judged<'_>> = judged.iter().collect();
        let (_, bound, _) = sorted.select_nth_unstable_by(last, |left, right| left.compare(right, top.direction));
        let mut wanted = judged.iter().map(|judged| judged.compare(bound, top.direction).is_le());
        self.keys.retain(|_| wanted.next().unwrap_or(false));
        Ok(())
    }
}

/// What a group is judged by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Judged<'s> {
    Number(i128),
    Value(&'s Value),
    Nothing,
}

impl<'s> Judged<'s> {
    fn new(state: &'s State, measure: &PreparedMeasure) -> Result<Self, QueryError> {
        Ok(match state {
            State::Count(count) => Self::Number((*count).into()),
            State::Distinct(values) => Self::Number(i128::try_from(values.len()).unwrap_or(i128::MAX)),
            State::Sum(sum) => Self::Number(*sum),
            State::Average { sum, count } => {
                let mean = result(State::Average { sum: *sum, count: *count }, measure)?;
                mean.as_integer().map_or(Self::Nothing, |mean| Self::Number(mean.into()))
            }
            State::Minimum(Value::Null) | State::Maximum(Value::Null) => Self::Nothing,
            State::Minimum(value) | State::Maximum(value) => Self::Value(value),
        })
    }

    fn compare(&self, other: &Self, direction: Direction) -> Ordering {
        match (self, other, direction) {
            (Self::Nothing, _, _) | (_, Self::Nothing, _) | (_, _, Direction::Ascending) => self.cmp(other),
            (_, _, Direction::Descending) => other.cmp(self),
        }
    }
}

fn key_of(key: &PreparedKey, value: Value) -> Value {
    match (key.period, value) {
        (Some((period, zone)), Value::Timestamp(at)) => Value::Date(period.start(at.local_date(zone))),
        (Some((period, _)), Value::Date(day)) => Value::Date(period.start(day)),
        (_, value) => value,
    }
}

fn start(measure: &PreparedMeasure) -> State {
    match measure.measure {
        Measure::Count => State::Count(0),
        Measure::Distinct(_) => State::Distinct(HashSet::default()),
        Measure::Sum(_) => State::Sum(0),
        Measure::Average(_) => State::Average { sum: 0, count: 0 },
        Measure::Minimum(_) => State::Minimum(Value::Null),
        Measure::Maximum(_) => State::Maximum(Value::Null),
    }
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
