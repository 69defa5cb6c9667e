//! The arithmetic of aggregates, one record at a time: what every backend's sums must equal.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::{AggregateRow, Direction, Measure, PreparedAggregate, PreparedKey, PreparedMeasure, QueryError, Top};
use crate::id::RecordId;
use crate::schema::ColumnType;
use crate::value::{Money, Quantity, Rate, Value};

/// Folds records into groups. Memory grows with the groups (and the different values that are counted), not with the
/// records.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::query::Folder;
///
/// let schema = crmkit::standard_schema()?;
/// let count = Aggregate::of::<Customer>().group(Customer::region).measure(Measure::Count).prepare(&schema)?;
/// let mut folder = Folder::new(&count);
/// for region in ["华东", "华东", "华北"] {
///     folder.push(&mut [region.into()])?;
/// }
/// let rows = folder.finish()?;
/// assert_eq!(rows.iter().map(|row| row.measures[0].clone()).collect::<Vec<_>>(), [2.into(), 1.into()]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Folder<A> {
    aggregate: A,
    groups: Keys,
    /// What there is of each measure so far.
    measured: Vec<Measured>,
    rows: usize,
}

/// The number of the group with each key.
#[derive(Debug)]
enum Keys {
    None {
        seen: bool,
    },
    /// By a reference. Most tables of many groups are such, and a small table stays near the processor.
    Ids {
        groups: HashMap<RecordId, u32, foldhash::fast::RandomState>,
        nothing: Option<u32>,
    },
    One(HashMap<Value, usize, foldhash::fast::RandomState>),
    Many {
        groups: HashMap<Vec<Value>, usize, foldhash::fast::RandomState>,
        key: Vec<Value>,
    },
}

/// What there is of one measure of each group, by the group's number.
#[derive(Debug)]
pub(crate) enum Measured {
    Counts(Vec<i64>),
    Sums(Vec<i128>),
    Others(Vec<State>),
}

/// What there is of one measure of one group.
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

impl<A: Borrow<PreparedAggregate>> Folder<A> {
    /// Starts without a record.
    #[must_use]
    pub fn new(aggregate: A) -> Self {
        let request = aggregate.borrow();
        let groups = match request.keys.as_slice() {
            [] => Keys::None { seen: false },
            [key] if matches!(key.path.column_type, ColumnType::Reference(_)) => {
                Keys::Ids { groups: HashMap::default(), nothing: None }
            }
            [_] => Keys::One(HashMap::default()),
            _ => Keys::Many { groups: HashMap::default(), key: Vec::new() },
        };
        let measured = Measured::of(&request.measures);
        Self { aggregate, groups, measured, rows: 0 }
    }

    /// Takes one record's [`inputs`](PreparedAggregate::inputs).
    ///
    /// # Errors
    ///
    /// [`QueryError::TooLarge`] past the bounds of the request.
    pub fn push(&mut self, inputs: &mut [Value]) -> Result<(), QueryError> {
        let request = self.aggregate.borrow();
        self.rows += 1;
        if self.rows > request.max_rows {
            return Err(QueryError::TooLarge { what: "records for one report", limit: request.max_rows });
        }
        let (keys, measures) = (&request.keys, &request.measures);
        let (key_inputs, measured) = inputs.split_at_mut(keys.len().min(inputs.len()));
        let key_inputs = keys.iter().zip(key_inputs).map(|(key, value)| key_of(key, value.take()));
        let (group, known) = self.groups.find(key_inputs);
        if !known {
            if group >= request.max_groups {
                return Err(QueryError::TooLarge { what: "groups", limit: request.max_groups });
            }
            self.measured.iter_mut().zip(measures).for_each(|(all, measure)| all.push(start(measure)));
        }
        let mut inputs = measured.iter_mut();
        for (all, measure) in self.measured.iter_mut().zip(measures) {
            match &measure.path {
                None => all.count(group),
                Some(_) => match inputs.next() {
                    Some(input) if !input.is_null() => all.add(group, input),
                    _ => {}
                },
            }
        }
        Ok(())
    }

    /// The groups in the order of their keys, no value last.
    ///
    /// # Errors
    ///
    /// [`QueryError::Range`] if a result does not fit its kind.
    pub fn finish(self) -> Result<Vec<AggregateRow>, QueryError> {
        let (aggregate, mut measured) = (self.aggregate.borrow(), self.measured);
        match self.groups {
            Keys::None { seen } => {
                if !seen {
                    measured.iter_mut().zip(&aggregate.measures).for_each(|(all, measure)| all.push(start(measure)));
                }
                Groups { keys: std::iter::once(((), 0)), count: 1, measured }.finish(aggregate, |()| Vec::new())
            }
            Keys::Ids { groups, nothing } => {
                let count = groups.len() + usize::from(nothing.is_some());
                Groups { keys: by_id(groups, nothing), count, measured }.finish(aggregate, |key| vec![key.value()])
            }
            Keys::One(groups) => {
                let (count, keys) = (groups.len(), groups.into_iter());
                Groups { keys, count, measured }.finish(aggregate, |key| vec![key])
            }
            Keys::Many { groups, .. } => {
                let (count, keys) = (groups.len(), groups.into_iter());
                Groups { keys, count, measured }.finish(aggregate, |key| key)
            }
        }
    }
}

/// A key that is an id, or nothing; nothing sorts last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct IdKey {
    nothing: bool,
    id: RecordId,
}

impl IdKey {
    pub(super) const fn value(self) -> Value {
        if self.nothing { Value::Null } else { Value::Id(self.id) }
    }
}

/// The keys of groups by a reference with the groups' numbers.
pub(super) fn by_id(
    groups: impl IntoIterator<Item = (RecordId, u32)>,
    nothing: Option<u32>,
) -> impl Iterator<Item = (IdKey, usize)> {
    let known = groups.into_iter().map(|(id, group)| (IdKey { nothing: false, id }, group as usize));
    known.chain(nothing.map(|group| (IdKey { nothing: true, id: RecordId::NIL }, group as usize)))
}

impl Keys {
    /// The number of a key's group, and whether it is known.
    fn find(&mut self, mut key: impl Iterator<Item = Value>) -> (usize, bool) {
        match self {
            Self::None { seen } => (0, std::mem::replace(seen, true)),
            Self::Ids { groups, nothing } => {
                let count = groups.len() + usize::from(nothing.is_some());
                // More groups than this are refused long before by the memory there is.
                let next = u32::try_from(count).unwrap_or(u32::MAX);
                let number = match key.next() {
                    Some(Value::Id(id)) => *groups.entry(id).or_insert(next),
                    _ => *nothing.get_or_insert(next),
                };
                (number as usize, number < next)
            }
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
pub(crate) struct Groups<I> {
    /// The keys, each with the number of its group.
    pub(crate) keys: I,
    /// How many groups there are.
    pub(crate) count: usize,
    /// The measures, in their order.
    pub(crate) measured: Vec<Measured>,
}

impl<I, K: Ord> Groups<I>
where
    I: IntoIterator<Item = (K, usize)>,
{
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
        let measures = &aggregate.measures;
        let wanted = match aggregate.top {
            Some(top) => wanted(&self.measured, self.count, top, measures)?,
            None => None,
        };
        let mut keys: Vec<(K, usize)> = match wanted {
            None => self.keys.into_iter().collect(),
            Some(wanted) => {
                self.keys.into_iter().filter(|(_, group)| wanted.get(*group).copied().unwrap_or(false)).collect()
            }
        };
        keys.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        let mut rows = Vec::with_capacity(keys.len());
        for (key, group) in keys {
            let states = self.measured.iter_mut().map(|all| all.take(group));
            let results = states.zip(measures).map(|(state, measure)| result(state, measure));
            rows.push(AggregateRow::new(values(key), results.collect::<Result<_, _>>()?));
        }
        Ok(rows)
    }
}

/// Of each group whether it comes first by a measure or is equal to the last of those that do; none if all do.
fn wanted(
    measured: &[Measured],
    count: usize,
    top: Top,
    measures: &[PreparedMeasure],
) -> Result<Option<Vec<bool>>, QueryError> {
    let Some(last) = top.groups.checked_sub(1) else { return Ok(Some(Vec::new())) };
    let (Some(measure), Some(all)) = (measures.get(top.measure), measured.get(top.measure)) else {
        return Err(QueryError::NoMeasure(top.measure));
    };
    if last >= count {
        return Ok(None);
    }
    let judge = |group: usize| match all {
        Measured::Counts(all) => Ok(all.get(group).map_or(Judged::Nothing, |count| Judged::Number((*count).into()))),
        Measured::Sums(all) => Ok(all.get(group).map_or(Judged::Nothing, |sum| Judged::Number(*sum))),
        Measured::Others(all) => all.get(group).map_or(Ok(Judged::Nothing), |state| Judged::new(state, measure)),
    };
    let judged = (0..count).map(judge).collect::<Result<Vec<_>, _>>()?;
    let mut sorted = judged.clone();
    let (_, bound, _) = sorted.select_nth_unstable_by(last, |left, right| left.compare(right, top.direction));
    Ok(Some(judged.iter().map(|judged| judged.compare(bound, top.direction).is_le()).collect()))
}

impl Measured {
    /// One for each measure, of no group yet.
    pub(crate) fn of(measures: &[PreparedMeasure]) -> Vec<Self> {
        let all = |measure: &PreparedMeasure| match measure.measure {
            Measure::Count => Self::Counts(Vec::new()),
            Measure::Sum(_) => Self::Sums(Vec::new()),
            Measure::Distinct(_) | Measure::Average(_) | Measure::Minimum(_) | Measure::Maximum(_) => {
                Self::Others(Vec::new())
            }
        };
        measures.iter().map(all).collect()
    }

    /// Adds the next group.
    pub(crate) fn push(&mut self, state: State) {
        match (self, state) {
            (Self::Counts(all), State::Count(count)) => all.push(count),
            (Self::Sums(all), State::Sum(sum)) => all.push(sum),
            (Self::Others(all), state) => all.push(state),
            (Self::Counts(_) | Self::Sums(_), _) => {}
        }
    }

    fn count(&mut self, group: usize) {
        if let Self::Counts(all) = self
            && let Some(count) = all.get_mut(group)
        {
            *count = count.saturating_add(1);
        }
    }

    /// Takes in a value of a group.
    fn add(&mut self, group: usize, input: &mut Value) {
        match self {
            Self::Counts(_) => self.count(group),
            Self::Sums(all) => {
                // An i128 holds more i64s than any store has records, so this cannot overflow.
                if let Some(sum) = all.get_mut(group) {
                    *sum += input.as_integer().map_or(0, i128::from);
                }
            }
            Self::Others(all) => {
                if let Some(state) = all.get_mut(group) {
                    state.add(input);
                }
            }
        }
    }

    fn take(&mut self, group: usize) -> State {
        match self {
            Self::Counts(all) => State::Count(all.get(group).copied().unwrap_or_default()),
            Self::Sums(all) => State::Sum(all.get(group).copied().unwrap_or_default()),
            Self::Others(all) => {
                all.get_mut(group).map_or(State::Count(0), |state| std::mem::replace(state, State::Count(0)))
            }
        }
    }
}

impl State {
    fn add(&mut self, input: &mut Value) {
        match self {
            Self::Count(count) => *count = count.saturating_add(1),
            Self::Distinct(values) => {
                values.insert(input.take());
            }
            Self::Sum(sum) => *sum += input.as_integer().map_or(0, i128::from),
            Self::Average { sum, count } => {
                *sum += input.as_integer().map_or(0, i128::from);
                *count += 1;
            }
            Self::Minimum(least) if least.is_null() || *input < *least => *least = input.take(),
            Self::Maximum(most) if most.is_null() || *input > *most => *most = input.take(),
            Self::Minimum(_) | Self::Maximum(_) => {}
        }
    }
}

/// What a group is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
