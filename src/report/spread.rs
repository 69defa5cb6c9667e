//! How numbers are spread: how often each occurs. Memory grows with the different numbers, not with how many there are.

use std::collections::BTreeMap;

use crate::value::{Quantity, div_half_even};

/// Whole numbers and how often each occurs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spread {
    times: BTreeMap<i64, i64>,
    count: i64,
    sum: i128,
}

impl Spread {
    /// Takes a number so many times; fewer than one are none.
    pub(super) fn add(&mut self, number: i64, times: i64) {
        if times > 0 {
            *self.times.entry(number).or_default() += times;
            self.count += times;
            self.sum += i128::from(number) * i128::from(times);
        }
    }

    pub(super) const fn count(&self) -> i64 {
        self.count
    }

    pub(super) fn different(&self) -> usize {
        self.times.len()
    }

    pub(super) fn largest(&self) -> Option<i64> {
        self.times.last_key_value().map(|(number, _)| *number)
    }

    /// The mean, half to even at the fourth decimal; none of no numbers.
    pub(super) fn mean(&self) -> Option<Quantity> {
        let scaled = self.sum.checked_mul(i128::from(Quantity::SCALE))?;
        Quantity::from_wide(div_half_even(scaled, i128::from(self.count))?).ok()
    }

    /// The percentile, in proportion between two numbers, half to even at the fourth decimal; none of no numbers.
    pub(super) fn percentile(&self, point: u8) -> Option<Quantity> {
        let hundredths = self.hundredths(point)?;
        let scaled = hundredths.checked_mul(i128::from(Quantity::SCALE))?;
        Quantity::from_wide(div_half_even(scaled, 100)?).ok()
    }

    /// As [`percentile`](Self::percentile), of the integers behind decimals.
    pub(super) fn percentile_raw(&self, point: u8) -> Option<i128> {
        div_half_even(self.hundredths(point)?, 100)
    }

    /// The percentile times a hundred, exactly.
    fn hundredths(&self, point: u8) -> Option<i128> {
        let place = i128::from(self.count.checked_sub(1)?) * i128::from(point);
        let (whole, rest) = (place / 100, place % 100);
        let (low, high) = (self.at(whole)?, self.at(whole + 1));
        let step = high.map_or(0, |high| high - low);
        Some(low * 100 + rest * step)
    }

    /// The number at a place, counted from 0, when all are sorted.
    fn at(&self, place: i128) -> Option<i128> {
        let mut passed = 0_i128;
        let found = self.times.iter().find(|(_, times)| {
            passed += i128::from(**times);
            place < passed
        });
        found.map(|(number, _)| i128::from(*number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_neither_mean_nor_percentile() {
        let mut spread = Spread::default();
        spread.add(3, 0);
        assert_eq!((spread.mean(), spread.percentile(50), spread.largest(), spread.count()), (None, None, None, 0));
    }

    #[test]
    fn means_and_percentiles_are_those_of_the_numbers_one_by_one() {
        let mut spread = Spread::default();
        for (number, times) in [(-1, 1), (5, 2), (8, 3)] {
            spread.add(number, times);
        }
        let shown = |value: Option<Quantity>| value.map(|value| value.to_string()).unwrap_or_default();
        assert_eq!(shown(spread.mean()), "5.5");
        assert_eq!(shown(spread.percentile(50)), "6.5");
        assert_eq!(shown(spread.percentile(10)), "2");
        assert_eq!(shown(spread.percentile(33)), "5");
        assert_eq!(shown(spread.percentile(100)), "8");
    }
}
