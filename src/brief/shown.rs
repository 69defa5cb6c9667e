//! Values as people read them.

use super::words;
use crate::report::Column;
use crate::schema::{ColumnType, Lang};
use crate::value::Value;

/// A value of a column; no value is a dash.
pub(super) fn value(value: &Value, column: Option<&Column>, lang: Lang) -> String {
    match (value, column.map(|column| &column.column_type)) {
        (Value::Null, _) => "–".to_owned(),
        (Value::Text(code), Some(ColumnType::Choice(def))) => def.label(code, lang).to_owned(),
        (Value::Bool(yes), _) => if *yes { &words::YES } else { &words::NO }.text(lang).to_owned(),
        _ => number(value).unwrap_or_else(|| value.to_string()),
    }
}

/// A number with its thousands apart, which both languages write alike: amounts with two decimals, shares in per cent
/// with one, others with as many as they have, up to two.
pub(super) fn number(value: &Value) -> Option<String> {
    match value {
        Value::Int(number) => Some(decimals((*number).into(), 0, 0)),
        Value::Money(amount) => Some(decimals(amount.raw().into(), 4, 2)),
        Value::Quantity(quantity) => {
            let text = decimals(quantity.raw().into(), 4, 2);
            Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
        }
        Value::Rate(_) => Some(percent(value)),
        Value::Bool(_)
        | Value::Text(_)
        | Value::Date(_)
        | Value::Timestamp(_)
        | Value::Id(_)
        | Value::Json(_)
        | Value::Slot(_)
        | Value::Null => None,
    }
}

/// A number with a sign, even if it is positive.
pub(super) fn signed(value: &Value) -> Option<String> {
    let plus = if value.as_integer()? > 0 { "+" } else { "" };
    Some(format!("{plus}{}", number(value)?))
}

/// A share in per cent.
pub(super) fn percent(rate: &Value) -> String {
    format!("{}%", points(rate))
}

/// A share in per cent, without the sign for it.
pub(super) fn points(rate: &Value) -> String {
    decimals(rate.as_integer().unwrap_or(0).into(), 4, 1)
}

/// An integer of so many places, rounded half up to `kept` of them, with its thousands apart.
pub(super) fn decimals(raw: i128, places: u32, kept: u32) -> String {
    let unit = 10_i128.pow(places.saturating_sub(kept));
    let rounded = (raw.abs() + unit / 2) / unit;
    let scale = 10_i128.pow(kept);
    let digits = (rounded / scale).to_string();
    let mut text = if raw < 0 && rounded != 0 { "-".to_owned() } else { String::new() };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if kept > 0 {
        let width = usize::try_from(kept).unwrap_or(0);
        text.push_str(&format!(".{:0width$}", rounded % scale));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Money, Quantity, Rate};

    #[test]
    fn numbers_are_grouped_and_rounded() {
        let money = |text: &str| number(&text.parse::<Money>().unwrap().into()).unwrap();
        for (given, shown) in [
            ("0", "0.00"),
            ("999.995", "1,000.00"),
            ("617085.2025", "617,085.20"),
            ("-1234567.8951", "-1,234,567.90"),
            ("-0.0049", "0.00"),
            ("922337203685477.5807", "922,337,203,685,477.58"),
        ] {
            assert_eq!(money(given), shown);
        }
        let quantity = |text: &str| number(&text.parse::<Quantity>().unwrap().into()).unwrap();
        assert_eq!(["1577", "3.3333", "12.5", "0", "100"].map(quantity), ["1,577", "3.33", "12.5", "0", "100"]);
        assert_eq!(percent(&"0.123456".parse::<Rate>().unwrap().into()), "12.3%");
        assert_eq!(percent(&"-2".parse::<Rate>().unwrap().into()), "-200.0%");
        assert_eq!(number(&Value::Int(i64::MIN)).unwrap(), "-9,223,372,036,854,775,808");
        assert_eq!(signed(&Value::Int(1_000)).unwrap(), "+1,000");
        assert_eq!(signed(&Value::Int(0)).unwrap(), "0");
        assert_eq!(number(&Value::Null), None);
    }
}
