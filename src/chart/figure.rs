//! Figures as lengths and as people read them.

use crate::value::{Money, Quantity, Rate, Value};

/// A figure as a length; the text beside it is exact, this is not.
#[expect(clippy::cast_precision_loss, reason = "only for where marks are put")]
pub(super) fn of(value: &Value) -> Option<f64> {
    let scale = match value {
        Value::Int(_) => 1,
        Value::Money(_) => Money::SCALE,
        Value::Quantity(_) => Quantity::SCALE,
        Value::Rate(_) => Rate::SCALE,
        _ => return None,
    };
    value.as_integer().map(|raw| raw as f64 / scale as f64)
}

/// A figure as people read it: digits in groups of three, a rate in per cent with one decimal, half away from zero.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Rate(rate) => percent(i128::from(rate.raw()), i128::from(Rate::SCALE)),
        Value::Int(_) | Value::Money(_) | Value::Quantity(_) => grouped(&value.to_string()),
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    }
}

/// What share a part has, in per cent with one decimal; a dash of no whole.
pub(super) fn percent(part: i128, whole: i128) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let twice = part.saturating_mul(2_000);
    let tenths = (twice.abs() + whole.abs()) / (2 * whole.abs());
    let sign = if (part < 0) == (whole < 0) || tenths == 0 { "" } else { "-" };
    format!("{sign}{}.{}%", grouped(&(tenths / 10).to_string()), tenths % 10)
}

fn grouped(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, decimals) = rest.split_once('.').map_or((rest, None), |(whole, decimals)| (whole, Some(decimals)));
    let mut out = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(decimals) = decimals {
        out.push('.');
        out.push_str(decimals);
    }
    out
}

/// An axis from a round number to a round number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) least: f64,
    pub(super) most: f64,
    ticks: Vec<f64>,
    decimals: usize,
    per_cent: bool,
}

impl Axis {
    /// An axis that holds zero and all figures, with about five ticks.
    pub(super) fn over<'a>(values: impl Iterator<Item = &'a Value> + Clone) -> Self {
        let numbers = values.clone().filter_map(of);
        let (least, most) = numbers.fold((0.0_f64, 0.0_f64), |(least, most), n| (least.min(n), most.max(n)));
        let per_cent = values.clone().any(|value| matches!(value, Value::Rate(_)));
        let whole = values.into_iter().all(|value| matches!(value, Value::Int(_) | Value::Null));
        Self::between(least, most, whole, per_cent)
    }

    /// An axis between two numbers of which the one is at most and the other at least zero.
    pub(super) fn between(least: f64, most: f64, whole: bool, per_cent: bool) -> Self {
        let factor = if per_cent { 100.0 } else { 1.0 };
        let (least, most) = (least * factor, most * factor);
        let span = if most > least { most - least } else { 1.0 };
        let rough = span / 4.5;
        let power = rough.log10().floor();
        let unit = 10_f64.powf(power);
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * unit).find(|step| *step >= rough * 0.999);
        let step = step.unwrap_or(10.0 * unit).max(if whole { 1.0 } else { f64::MIN_POSITIVE });
        let first = (least / step).floor();
        let last = (most / step).ceil().max(first + 1.0);
        let mut ticks = Vec::new();
        let mut n = first;
        while n <= last && ticks.len() < 16 {
            ticks.push(n * step / factor);
            n += 1.0;
        }
        let decimals = (-step.log10().floor()).clamp(0.0, 6.0);
        // Between 0 and 6, so nothing is cut.
        let decimals = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0].into_iter().filter(|n| *n < decimals).count();
        Self { least: first * step / factor, most: last * step / factor, ticks, decimals, per_cent }
    }

    /// Where a number lies, 0 at the least and 1 at the most.
    pub(super) fn part(&self, number: f64) -> f64 {
        let part = (number - self.least) / (self.most - self.least);
        if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The round numbers and how they are written.
    pub(super) fn ticks(&self) -> impl Iterator<Item = (f64, String)> {
        self.ticks.iter().map(|tick| {
            let (number, unit) = if self.per_cent { (tick * 100.0, "%") } else { (*tick, "") };
            // A zero has no sign.
            let text = format!("{:.*}", self.decimals, if number.abs() < 1e-9 { 0.0 } else { number });
            (*tick, grouped(&text) + unit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_people_read_them() {
        let money = |text: &str| shown(&Value::Money(text.parse().unwrap()));
        assert_eq!(money("1234567.8"), "1,234,567.80");
        assert_eq!(money("-123.4567"), "-123.4567");
        assert_eq!(shown(&Value::Int(-1000)), "-1,000");
        let rate = |text: &str| shown(&Value::Rate(text.parse().unwrap()));
        assert_eq!(
            [rate("0.6285"), rate("-0.0005"), rate("-0.0004"), rate("12")],
            ["62.9%", "-0.1%", "0.0%", "1,200.0%"]
        );
        assert_eq!([percent(1, 3), percent(-1, -3), percent(1, 0)], ["33.3%", "33.3%", "–"]);
    }

    #[test]
    fn ticks_are_round_and_hold_everything() {
        let ticks = |least, most, whole, per_cent| {
            let axis = Axis::between(least, most, whole, per_cent);
            assert!(axis.least <= least && axis.most >= most, "{axis:?}");
            axis.ticks().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ticks(0.0, 7.0, true, false), "0 2 4 6 8");
        assert_eq!(ticks(0.0, 1.0, true, false), "0 1");
        assert_eq!(ticks(0.0, 0.0, true, false), "0 1");
        assert_eq!(ticks(-30.0, 161.0, false, false), "-50 0 50 100 150 200");
        assert_eq!(ticks(0.0, 0.63, false, true), "0% 20% 40% 60% 80%");
        assert_eq!(ticks(0.0, 0.07, false, false), "0.00 0.02 0.04 0.06 0.08");
        assert_eq!(ticks(0.0, 922_337_203_685_477.6, false, false), "0 500,000,000,000,000 1,000,000,000,000,000");
    }
}
