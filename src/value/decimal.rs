//! Exact decimals of a fixed scale in an `i64`: no float ever touches an amount.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a decimal could not be read or computed.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::value::DecimalError;
///
/// assert!(matches!("1,5".parse::<Money>(), Err(DecimalError::Syntax(_))));
/// assert!(matches!("1.23456".parse::<Money>(), Err(DecimalError::Precision { places: 4, .. })));
/// assert!(matches!(Money::MAX.checked_add(Money::MAX), Err(DecimalError::Range(_))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecimalError {
    /// The text is no plain decimal number.
    #[error("`{0}` is not a plain decimal number such as 1234.5")]
    Syntax(String),
    /// The text has more decimals than the kind holds.
    #[error("`{text}` has more than {places} decimals")]
    Precision {
        /// The text as given.
        text: String,
        /// How many decimals there may be.
        places: u32,
    },
    /// The number does not fit.
    #[error("the number is out of range (at most {0})")]
    Range(&'static str),
}

/// Divides and rounds half to even; `None` when the divisor is zero or the result does not fit.
pub(crate) fn div_half_even(dividend: i128, divisor: i128) -> Option<i128> {
    let quotient = dividend.checked_div(divisor)?;
    let remainder = dividend.checked_rem(divisor)?;
    let twice = remainder.unsigned_abs().checked_mul(2)?;
    let away = match twice.cmp(&divisor.unsigned_abs()) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => quotient % 2 != 0,
        std::cmp::Ordering::Less => false,
    };
    let step = if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
    if away { quotient.checked_add(step) } else { Some(quotient) }
}

/// Divides and rounds half up (away from zero); `None` when the divisor is zero or the result does not fit.
pub(crate) fn div_half_up(dividend: i128, divisor: i128) -> Option<i128> {
    let quotient = dividend.checked_div(divisor)?;
    let remainder = dividend.checked_rem(divisor)?;
    let away = remainder.unsigned_abs().checked_mul(2)? >= divisor.unsigned_abs();
    let step = if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
    if away && remainder != 0 { quotient.checked_add(step) } else { Some(quotient) }
}

fn parse(text: &str, places: u32, range: &'static str) -> Result<i64, DecimalError> {
    let syntax = || DecimalError::Syntax(text.chars().take(40).collect());
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) || digits.ends_with('.') {
        return Err(syntax());
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > places as usize {
        return Err(DecimalError::Precision { text: text.chars().take(40).collect(), places });
    }
    let missing = u32::try_from(places as usize - fraction.len()).map_err(|_| syntax())?;
    let mut raw: i64 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        raw = raw
            .checked_mul(10)
            .and_then(|r| r.checked_add(i64::from(digit - b'0')))
            .ok_or(DecimalError::Range(range))?;
    }
    raw = raw.checked_mul(10_i64.pow(missing)).ok_or(DecimalError::Range(range))?;
    Ok(if negative { -raw } else { raw })
}

fn write(f: &mut fmt::Formatter<'_>, raw: i64, places: u32, least: usize) -> fmt::Result {
    let scale = 10_u64.pow(places);
    let magnitude = raw.unsigned_abs();
    let mut fraction = format!("{:0width$}", magnitude % scale, width = places as usize);
    while fraction.len() > least && fraction.ends_with('0') {
        fraction.pop();
    }
    let sign = if raw < 0 { "-" } else { "" };
    let text = if fraction.is_empty() {
        format!("{sign}{}", magnitude / scale)
    } else {
        format!("{sign}{}.{fraction}", magnitude / scale)
    };
    f.pad(&text)
}

macro_rules! decimal {
    ($(#[$doc:meta])* $name:ident, places = $places:literal, least = $least:literal, max = $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(i64);

        impl $name {
            /// How many decimals are held.
            pub const PLACES: u32 = $places;
            /// The integer behind `1`.
            pub const SCALE: i64 = 10_i64.pow($places);
            /// Nothing.
            pub const ZERO: Self = Self(0);
            /// The largest value.
            pub const MAX: Self = Self(i64::MAX);
            /// The smallest value.
            pub const MIN: Self = Self(-i64::MAX);
            /// A mark for "not given" outside the range that is stored; refused wherever it would be.
            pub(crate) const MISSING: Self = Self(i64::MIN);

            /// From the integer of the smallest unit.
            ///
            /// # Errors
            ///
            /// [`DecimalError::Range`] for `i64::MIN`, so that every value has its negative.
            pub const fn from_raw(raw: i64) -> Result<Self, DecimalError> {
                if raw == i64::MIN { Err(DecimalError::Range($max)) } else { Ok(Self(raw)) }
            }

            /// From a whole number.
            ///
            /// # Errors
            ///
            /// [`DecimalError::Range`] if it does not fit.
            pub const fn from_whole(whole: i64) -> Result<Self, DecimalError> {
                match whole.checked_mul(Self::SCALE) {
                    Some(raw) => Self::from_raw(raw),
                    None => Err(DecimalError::Range($max)),
                }
            }

            /// The integer of the smallest unit.
            #[must_use]
            pub const fn raw(self) -> i64 {
                self.0
            }

            /// The sum.
            ///
            /// # Errors
            ///
            /// [`DecimalError::Range`] if it does not fit; it never wraps.
            pub fn checked_add(self, other: Self) -> Result<Self, DecimalError> {
                self.0.checked_add(other.0).map_or(Err(DecimalError::Range($max)), Self::from_raw)
            }

            /// The difference.
            ///
            /// # Errors
            ///
            /// [`DecimalError::Range`] if it does not fit; it never wraps.
            pub fn checked_sub(self, other: Self) -> Result<Self, DecimalError> {
                self.0.checked_sub(other.0).map_or(Err(DecimalError::Range($max)), Self::from_raw)
            }

            pub(crate) fn from_wide(raw: i128) -> Result<Self, DecimalError> {
                i64::try_from(raw).map_or(Err(DecimalError::Range($max)), Self::from_raw)
            }
        }

        impl std::ops::Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(self.0.saturating_neg())
            }
        }

        impl FromStr for $name {
            type Err = DecimalError;
            fn from_str(text: &str) -> Result<Self, DecimalError> {
                parse(text, $places, $max).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(f, self.0, $places, $least)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

decimal! {
    /// An amount of money, exact to 1/10,000 of the organisation's currency unit.
    ///
    /// Prints two to four decimals. Serde reads and writes the decimal as text.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::value::Money;
    ///
    /// let price: Money = "2.55".parse()?;
    /// assert_eq!(price.raw(), 25_500);
    /// assert_eq!(price.checked_add("0.0025".parse()?)?.to_string(), "2.5525");
    /// assert!("0.00001".parse::<Money>().is_err());
    /// assert!(Money::MAX.checked_add(price).is_err());
    /// # Ok::<(), crmkit::value::DecimalError>(())
    /// ```
    Money, places = 4, least = 2, max = "922337203685477.5807"
}

decimal! {
    /// A quantity, exact to 1/10,000 of its unit. Prints no more decimals than it needs.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::value::Quantity;
    ///
    /// assert_eq!("12.500".parse::<Quantity>()?.to_string(), "12.5");
    /// assert_eq!(Quantity::from_whole(-3)?.to_string(), "-3");
    /// # Ok::<(), crmkit::value::DecimalError>(())
    /// ```
    Quantity, places = 4, least = 0, max = "922337203685477.5807"
}

decimal! {
    /// A share, discount, probability or exchange rate, exact to 1/1,000,000. Prints six decimals.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::value::Rate;
    ///
    /// assert_eq!("0.15".parse::<Rate>()?.to_string(), "0.150000");
    /// assert_eq!(Rate::share(1, 3)?.map(|r| r.to_string()).as_deref(), Some("0.333333"));
    /// # Ok::<(), crmkit::value::DecimalError>(())
    /// ```
    Rate, places = 6, least = 6, max = "9223372036854.775807"
}

impl Rate {
    /// One, or the whole.
    pub const ONE: Self = Self(Self::SCALE);

    /// `part / whole`, rounded half up; `None` where the whole is zero.
    ///
    /// # Errors
    ///
    /// [`DecimalError::Range`] if it does not fit.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// assert_eq!(Rate::share(2, 3)?.map(|rate| rate.to_string()), Some("0.666667".to_owned()));
    /// assert_eq!(Rate::share(2, 0)?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn share(part: i64, whole: i64) -> Result<Option<Self>, DecimalError> {
        if whole == 0 {
            return Ok(None);
        }
        let scaled = i128::from(part) * i128::from(Self::SCALE);
        div_half_up(scaled, i128::from(whole)).map_or(Ok(None), |raw| Self::from_wide(raw).map(Some))
    }
}

impl Money {
    /// `unit_price × quantity × (1 − discount)`, rounded half to even at the fourth decimal.
    ///
    /// A negative quantity is a return. The discount is a share, so 0.15 takes 15 % off.
    ///
    /// # Errors
    ///
    /// [`DecimalError::Range`] if it does not fit.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::value::Money;
    ///
    /// let amount = Money::line_amount("7.70".parse()?, "15".parse()?, "0.15".parse()?)?;
    /// assert_eq!(amount.to_string(), "98.175");
    /// # Ok::<(), crmkit::value::DecimalError>(())
    /// ```
    pub fn line_amount(unit_price: Self, quantity: Quantity, discount: Rate) -> Result<Self, DecimalError> {
        let left = Rate::ONE.checked_sub(discount)?;
        let exact = i128::from(unit_price.raw())
            .checked_mul(i128::from(quantity.raw()))
            .and_then(|gross| gross.checked_mul(i128::from(left.raw())));
        let divisor = i128::from(Quantity::SCALE) * i128::from(Rate::SCALE);
        let rounded = exact.and_then(|exact| div_half_even(exact, divisor));
        rounded.map_or(Err(DecimalError::Range("922337203685477.5807")), Self::from_wide)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_exactly_what_it_holds() {
        for (text, raw) in [("0", 0), ("-0", 0), ("1", 10_000), ("+1.5", 15_000), ("-0.0001", -1), ("1.50000", 15_000)]
        {
            assert_eq!(text.parse::<Money>().unwrap().raw(), raw, "{text}");
        }
        for text in ["", "-", ".5", "5.", "1e3", "1,5", " 1", "１", "0x1", "1.2.3", "--1", "NaN"] {
            assert!(matches!(text.parse::<Money>(), Err(DecimalError::Syntax(_))), "{text}");
        }
        assert!(matches!("0.00001".parse::<Money>(), Err(DecimalError::Precision { places: 4, .. })));
        for text in ["922337203685477.5808", "-922337203685477.5808", "1000000000000000000000"] {
            assert!(matches!(text.parse::<Money>(), Err(DecimalError::Range(_))), "{text}");
        }
        assert_eq!("922337203685477.5807".parse::<Money>().unwrap(), Money::MAX);
        assert_eq!("-922337203685477.5807".parse::<Money>().unwrap(), Money::MIN);
    }

    #[test]
    fn prints_what_people_expect() {
        for (text, shown) in
            [("0", "0.00"), ("1.5", "1.50"), ("1.2345", "1.2345"), ("-0.001", "-0.001"), ("10", "10.00")]
        {
            assert_eq!(text.parse::<Money>().unwrap().to_string(), shown);
        }
        assert_eq!(format!("{:>8}", Money::ZERO), "    0.00");
    }

    #[test]
    fn halves_go_where_they_should() {
        for (dividend, even, up) in
            [(5, 0, 1), (15, 2, 2), (25, 2, 3), (-5, 0, -1), (-15, -2, -2), (14, 1, 1), (16, 2, 2)]
        {
            assert_eq!(div_half_even(dividend, 10), Some(even), "{dividend}");
            assert_eq!(div_half_up(dividend, 10), Some(up), "{dividend}");
        }
        assert_eq!(div_half_even(1, 0), None);
        assert_eq!(div_half_even(-25, -10), Some(2));
    }

    #[test]
    fn line_amounts_are_exact_or_refused() {
        let line = |price: &str, quantity: &str, discount: &str| {
            Money::line_amount(price.parse().unwrap(), quantity.parse().unwrap(), discount.parse().unwrap())
        };
        assert_eq!(line("14", "12", "0").unwrap().to_string(), "168.00");
        assert_eq!(line("2.55", "-6", "0").unwrap().to_string(), "-15.30");
        assert_eq!(line("0.0001", "0.5", "0").unwrap().to_string(), "0.00");
        assert_eq!(line("0.0003", "0.5", "0").unwrap().to_string(), "0.0002");
        assert!(line("922337203685477", "922337203685477", "0").is_err());
    }
}
