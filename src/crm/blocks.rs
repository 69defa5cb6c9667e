//! Numbers this program has reserved and not given out yet.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The reserved numbers of every series that is numbered in blocks. They live as long as the program.
#[derive(Debug, Default)]
pub(crate) struct Blocks(Mutex<HashMap<String, Reserved>>);

/// What is left of the blocks of one series. Only the period it is in is kept: no number of an earlier one is given.
#[derive(Debug, Default)]
struct Reserved {
    period: String,
    left: VecDeque<Range<i64>>,
}

impl Blocks {
    /// The next reserved number of a period, if one is left, after leaving out as many as `skip` says; `skip` is then
    /// how many are still to be left out.
    pub(crate) fn take(&self, series: &str, period: &str, skip: &mut i64) -> Option<i64> {
        let mut all = self.lock();
        let reserved = all.get_mut(series).filter(|reserved| reserved.period == period)?;
        loop {
            let block = reserved.left.front_mut()?;
            match block.next() {
                Some(number) if *skip <= 0 => return Some(number),
                Some(_) => *skip -= 1,
                None => drop(reserved.left.pop_front()),
            }
        }
    }

    /// Keeps a block that was reserved. Those of another period are forgotten.
    pub(crate) fn put(&self, series: &str, period: String, block: Range<i64>) {
        let mut all = self.lock();
        let reserved = all.entry(series.to_owned()).or_default();
        if reserved.period != period {
            *reserved = Reserved { period, left: VecDeque::new() };
        }
        reserved.left.push_back(block);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Reserved>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_used_up_in_turn_and_within_their_period() {
        let (blocks, mut none) = (Blocks::default(), 0);
        let day = |day: &str| day.to_owned();
        assert_eq!(blocks.take("customer", "1", &mut none), None);
        blocks.put("customer", day("1"), 1..3);
        blocks.put("customer", day("1"), 7..9);
        assert_eq!(blocks.take("order", "1", &mut none), None);
        let taken: Vec<_> = (0..5).map(|_| blocks.take("customer", "1", &mut none)).collect();
        assert_eq!(taken, [Some(1), Some(2), Some(7), Some(8), None]);
        blocks.put("customer", day("1"), 20..23);
        let mut skip = 2;
        assert_eq!((blocks.take("customer", "1", &mut skip), skip), (Some(22), 0));
        skip = 2;
        blocks.put("customer", day("1"), 30..31);
        assert_eq!((blocks.take("customer", "1", &mut skip), skip), (None, 1));
        blocks.put("customer", day("1"), 40..50);
        assert_eq!(blocks.take("customer", "2", &mut none), None);
        blocks.put("customer", day("2"), 1..5);
        assert_eq!(blocks.take("customer", "1", &mut none), None);
        assert_eq!(blocks.take("customer", "2", &mut none), Some(1));
    }
}
