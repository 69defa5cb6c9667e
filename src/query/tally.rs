//! Counts and sums by one reference, the commonest report with many groups: the arithmetic of [`Folder`], faster.
//!
//! [`Folder`]: super::Folder

use std::borrow::Borrow;
use std::collections::HashMap;

use super::fold::{Groups, Measured, by_id};
use super::{AggregateRow, Measure, PreparedAggregate, QueryError};
use crate::id::RecordId;
use crate::schema::ColumnType;

/// How many records are folded at once: their groups are looked up one right behind the other, so that the processor
/// waits for the memory of many at a time.
const BATCH: usize = 512;

/// Folds records into groups as a [`Folder`](super::Folder) does, for the requests that it [fits](Self::fits).
#[derive(Debug)]
pub(crate) struct Tally<A> {
    aggregate: A,
    /// The number of the group with each key.
    groups: HashMap<RecordId, u32, foldhash::fast::RandomState>,
    /// The group without a key.
    nothing: Option<u32>,
    measured: Vec<Measured>,
    /// How many numbers each record has.
    width: usize,
    rows: usize,
    keys: Vec<Option<RecordId>>,
    /// The numbers of the records that are not folded yet, `width` of each.
    numbers: Vec<Option<i64>>,
    /// The groups of these records while they are folded.
    found: Vec<u32>,
}

impl<A: Borrow<PreparedAggregate>> Tally<A> {
    /// Whether a request groups by one reference and counts and adds up, nothing else.
    pub(crate) fn fits(aggregate: &PreparedAggregate) -> bool {
        let by_record =
            |key: &super::PreparedKey| key.period.is_none() && matches!(key.path.column_type, ColumnType::Reference(_));
        let simple = |measure: &Measure| matches!(measure, Measure::Count | Measure::Sum(_));
        matches!(aggregate.keys.as_slice(), [key] if by_record(key))
            && aggregate.measures.iter().all(|measure| simple(&measure.measure))
    }

    /// Starts without a record.
    pub(crate) fn new(aggregate: A) -> Self {
        let measures = &aggregate.borrow().measures;
        let (measured, width) =
            (Measured::of(measures), measures.iter().filter(|measure| measure.path.is_some()).count());
        Self {
            aggregate,
            groups: HashMap::default(),
            nothing: None,
            measured,
            width,
            rows: 0,
            keys: Vec::with_capacity(BATCH),
            numbers: Vec::with_capacity(BATCH * width),
            found: Vec::with_capacity(BATCH),
        }
    }

    /// Takes one record: its key, and the numbers that are added up, as integers of their smallest unit.
    ///
    /// # Errors
    ///
    /// [`QueryError::TooLarge`] past the bounds of the request, at the latest with the last record.
    pub(crate) fn push(
        &mut self,
        key: Option<RecordId>,
        numbers: impl Iterator<Item = Option<i64>>,
    ) -> Result<(), QueryError> {
        self.rows += 1;
        let limit = self.aggregate.borrow().max_rows;
        if self.rows > limit {
            // A record before this one may have made a group too many.
            self.fold()?;
            return Err(QueryError::TooLarge { what: "records for one report", limit });
        }
        self.keys.push(key);
        self.numbers.extend(numbers);
        if self.keys.len() < BATCH { Ok(()) } else { self.fold() }
    }

    /// The groups in the order of their keys, no value last.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push), and [`QueryError::Range`] if a result does not fit its kind.
    pub(crate) fn finish(mut self) -> Result<Vec<AggregateRow>, QueryError> {
        self.fold()?;
        let count = self.count();
        let groups = Groups { keys: by_id(self.groups, self.nothing), count, measured: self.measured };
        groups.finish(self.aggregate.borrow(), |key| vec![key.value()])
    }

    fn count(&self) -> usize {
        self.groups.len() + usize::from(self.nothing.is_some())
    }

    fn fold(&mut self) -> Result<(), QueryError> {
        let limit = self.aggregate.borrow().max_groups;
        let mut last = None;
        self.found.clear();
        for key in &self.keys {
            let group = match last {
                // What belongs together often lies together: the lines of an order.
                Some((same, group)) if same == *key => group,
                _ => {
                    // More groups than this are refused long before by the memory there is.
                    let next = u32::try_from(self.groups.len() + usize::from(self.nothing.is_some()));
                    let next = next.unwrap_or(u32::MAX);
                    match key {
                        Some(id) => *self.groups.entry(*id).or_insert(next),
                        None => *self.nothing.get_or_insert(next),
                    }
                }
            };
            last = Some((*key, group));
            self.found.push(group);
        }
        let count = self.count();
        if count > limit {
            return Err(QueryError::TooLarge { what: "groups", limit });
        }
        let mut place = 0;
        for all in &mut self.measured {
            match all {
                Measured::Counts(all) => {
                    all.resize(count, 0);
                    for group in &self.found {
                        if let Some(count) = all.get_mut(*group as usize) {
                            *count += 1;
                        }
                    }
                }
                Measured::Sums(all) => {
                    all.resize(count, 0);
                    let numbers = self.numbers.iter().skip(place).step_by(self.width.max(1));
                    for (group, number) in self.found.iter().zip(numbers) {
                        // An i128 holds more i64s than any store has records, so this cannot overflow.
                        if let (Some(sum), Some(number)) = (all.get_mut(*group as usize), number) {
                            *sum += i128::from(*number);
                        }
                    }
                    place += 1;
                }
                Measured::Others(_) => {}
            }
        }
        self.keys.clear();
        self.numbers.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::id::Id;
    use crate::query::{Aggregate, Direction, Folder, Top};
    use crate::schema::{Entity, EntityFacts, Facts, Schema};
    use crate::value::Value;

    crate::entity!(
        #[entity("t_sale", "销售", "Sale")]
        #[inputs(NewSale, SalePatch)]
        /// A sale.
        pub(crate) struct Sale {
            /// The one it belongs to.
            pub of: Option<Id<Sale>>,
            /// How many.
            pub pieces: Option<i64>,
            /// How many others.
            pub others: i64,
        }
    );

    impl EntityFacts for Sale {
        fn facts() -> Facts {
            Facts::default()
        }
    }

    fn request() -> Aggregate {
        let sums = Aggregate::new(Sale::NAME).group(Sale::of).measure(Measure::Sum(Sale::pieces.path()));
        sums.measure(Measure::Count).measure(Measure::Sum(Sale::others.path()))
    }

    /// A key of `keys` ones or none, and two numbers of which the first may be missing.
    fn record(number: u64, keys: u64) -> (Option<RecordId>, [Option<i64>; 2]) {
        let mixed = (number / 2 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 17;
        let key = (!mixed.is_multiple_of(11)).then(|| RecordId::from_bytes(u128::from(mixed % keys).to_be_bytes()));
        let other = if number.is_multiple_of(5) { i64::MAX / 1024 } else { -i64::from(u32::try_from(number).unwrap()) };
        (key, [(!mixed.is_multiple_of(7)).then_some(i64::MIN / 1024), Some(other)])
    }

    /// What both ways make of the same records, which must be the same.
    fn both(request: Aggregate, records: u64, keys: u64) -> Result<Vec<AggregateRow>, QueryError> {
        let schema = Schema::builder().definition(Sale::definition()).build().unwrap();
        let request = Arc::new(request.prepare(&schema).unwrap());
        assert!(Tally::<Arc<_>>::fits(&request));
        let (mut folder, mut tally) = (Folder::new(&*request), Tally::new(Arc::clone(&request)));
        let (mut slow, mut fast) = (Ok(()), Ok(()));
        for number in 0..records {
            let (key, numbers) = record(number, keys);
            let given = std::iter::once(key.map_or(Value::Null, Value::Id));
            let mut values: Vec<_> = given.chain(numbers.map(|it| it.map_or(Value::Null, Value::Int))).collect();
            slow = slow.and_then(|()| folder.push(&mut values));
            fast = fast.and_then(|()| tally.push(key, numbers.into_iter()));
        }
        let (slow, fast) = (slow.and_then(|()| folder.finish()), fast.and_then(|()| tally.finish()));
        assert_eq!(slow, fast, "{records} records of {keys} keys");
        fast
    }

    #[test]
    fn a_tally_finds_what_a_folder_finds() {
        let size = u64::try_from(BATCH).unwrap();
        for records in [0, 1, size - 1, size, size + 1, 3 * size + 7] {
            for keys in [1, 3, size, 100_000] {
                // Of many records of one key, the numbers add up to more than there is room for.
                let too_much = records > 2 * size && keys == 1;
                assert_eq!(both(request(), records, keys).is_err(), too_much, "{records}, {keys}");
                for direction in [Direction::Ascending, Direction::Descending] {
                    let _ = both(request().top(Top { measure: 1, direction, groups: 5 }), records, keys);
                }
            }
        }
        assert_eq!(both(request(), 300, 100_000).unwrap().last().unwrap().keys, [Value::Null]);
    }

    #[test]
    fn a_tally_is_ended_where_a_folder_is() {
        let size = BATCH * 2;
        for limit in [0, 1, BATCH - 1, BATCH, BATCH + 1, size - 1, size, size + 1] {
            for records in [1, size as u64, 3 * size as u64] {
                let mut groups = request();
                groups.max_groups = limit;
                let mut rows = request();
                rows.max_rows = limit;
                let mut two = request();
                (two.max_groups, two.max_rows) = (limit / 3, limit);
                assert_eq!(both(rows, records, 100_000).is_err(), records > limit as u64);
                let (_, _) = (both(groups, records, 100_000), both(two, records, 100_000));
            }
        }
    }
}
