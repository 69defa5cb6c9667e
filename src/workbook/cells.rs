//! Cells: which kind a value becomes, how it is formatted, and how much room it takes.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDateTime, Timelike};
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, FormatBorder, Worksheet};
use unicode_width::UnicodeWidthStr;

use super::{Headings, WorkbookError, WorkbookOptions};
use crate::report::Column;
use crate::schema::ColumnType;
use crate::value::{Date, Money, Quantity, Rate, Value};

/// The longest text of a cell, in units of UTF-16.
const MAX_TEXT: usize = 32_767;
/// Up to here a binary number holds every decimal to the last digit, and spreadsheets show it.
const MAX_EXACT: u64 = 999_999_999_999_999;
/// The widest a column is made; longer texts run on or are cut by the next cell.
const MAX_WIDTH: usize = 60;

/// Where a cell is, counted from 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) row: u32,
    pub(super) column: u16,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Heading,
    Plain,
    Total,
}

/// How each kind of value looks, in plain rows and in totals.
#[derive(Debug)]
pub(super) struct Formats {
    heading: Format,
    plain: Kinds,
    total: Kinds,
}

#[derive(Debug)]
struct Kinds {
    text: Format,
    whole: Format,
    money: Format,
    quantity: Format,
    rate: Format,
    date: Format,
    moment: Format,
}

impl Kinds {
    fn new(base: &Format, headings: Headings) -> Self {
        let with = |format: &str| base.clone().set_num_format(format);
        let (whole, money) = match headings {
            Headings::Labels => ("#,##0", "#,##0.00##"),
            Headings::Names => ("0", "0.00##"),
        };
        Self {
            text: with("@"),
            whole: with(whole),
            money: with(money),
            quantity: base.clone(),
            rate: with("0.00##%"),
            date: with("yyyy-mm-dd"),
            moment: with("yyyy-mm-dd hh:mm:ss"),
        }
    }
}

impl Formats {
    pub(super) fn new(headings: Headings) -> Self {
        let bold = Format::new().set_bold();
        let heading = bold.clone().set_border_bottom(FormatBorder::Thin).set_align(FormatAlign::Top);
        Self {
            heading: heading.set_num_format("@"),
            plain: Kinds::new(&Format::new(), headings),
            total: Kinds::new(&bold.set_border_top(FormatBorder::Thin), headings),
        }
    }

    /// Writes a value, and says how wide it is on a screen.
    pub(super) fn write(
        &self,
        sheet: &mut Worksheet,
        place: Place,
        style: Style,
        value: &Value,
        options: &WorkbookOptions,
    ) -> Result<usize, WorkbookError> {
        let kinds = if style == Style::Total { &self.total } else { &self.plain };
        let text = if style == Style::Heading { &self.heading } else { &kinds.text };
        let (row, column) = (place.row, place.column);
        let number = match value {
            Value::Null => {
                if style == Style::Total {
                    sheet.write_blank(row, column, &kinds.text)?;
                }
                return Ok(0);
            }
            Value::Bool(truth) => {
                sheet.write_boolean(row, column, *truth)?;
                return Ok(5);
            }
            Value::Date(date) => match day(*date) {
                Some(day) => {
                    sheet.write_datetime_with_format(row, column, &day, &kinds.date)?;
                    return Ok(10);
                }
                None => None,
            },
            Value::Timestamp(at) => match moment(at.local(options.zone)) {
                Some(moment) => {
                    sheet.write_datetime_with_format(row, column, &moment, &kinds.moment)?;
                    return Ok(19);
                }
                None => None,
            },
            Value::Int(_) => exact(value, 1).map(|number| (number, &kinds.whole)),
            Value::Money(_) => exact(value, Money::SCALE).map(|number| (number, &kinds.money)),
            Value::Quantity(_) => exact(value, Quantity::SCALE).map(|number| (number, &kinds.quantity)),
            Value::Rate(_) => exact(value, Rate::SCALE).map(|number| (number, &kinds.rate)),
            Value::Text(_) | Value::Id(_) | Value::Json(_) | Value::Slot(_) => None,
        };
        let shown = value.to_string();
        if let Some((number, format)) = number {
            sheet.write_number_with_format(row, column, number, format)?;
            // Room for what stands between groups of digits, and for the sign of a share.
            return Ok(shown.len() + shown.len() / 4);
        }
        let shown = fitted(&shown);
        sheet.write_string_with_format(row, column, shown.as_ref(), text)?;
        Ok(shown.lines().map(UnicodeWidthStr::width).max().unwrap_or(0))
    }
}

/// The label of a coded value, for people.
pub(super) fn labelled<'v>(column: &Column, value: &'v Value, options: &WorkbookOptions) -> Cow<'v, Value> {
    match (&column.column_type, value, options.headings) {
        (ColumnType::Choice(def), Value::Text(code), Headings::Labels) => {
            Cow::Owned(def.label(code, options.lang).into())
        }
        (_, value, _) => Cow::Borrowed(value),
    }
}

/// How wide a column is for texts of a width.
#[expect(clippy::cast_precision_loss, reason = "a small number")]
pub(super) fn column_width(widest: usize) -> f64 {
    widest.clamp(8, MAX_WIDTH) as f64 + 2.0
}

/// The number, if a binary one holds it to the last digit.
#[expect(clippy::cast_precision_loss, reason = "it has at most 15 digits, which are kept")]
fn exact(value: &Value, scale: i64) -> Option<f64> {
    let raw = value.as_integer().filter(|raw| raw.unsigned_abs() <= MAX_EXACT)?;
    Some(raw as f64 / scale as f64)
}

/// The day, if spreadsheets know it: none before 1900.
fn day(date: Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok().filter(|year| *year >= 1900)?;
    ExcelDateTime::from_ymd(year, u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?).ok()
}

fn moment(at: NaiveDateTime) -> Option<ExcelDateTime> {
    let part = |number: u32| u8::try_from(number).ok();
    let milli = u16::try_from(at.nanosecond() / 1_000_000).ok()?;
    let hour = u16::try_from(at.hour()).ok()?;
    day(at.date())?.and_hms_milli(hour, part(at.minute())?, part(at.second())?, milli).ok()
}

/// The text, its end made into `…` where a cell has no room for it.
fn fitted(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_TEXT || text.encode_utf16().count() <= MAX_TEXT {
        return Cow::Borrowed(text);
    }
    let mut left = MAX_TEXT - 1;
    let fits = |character: &char| {
        let fits = character.len_utf16() <= left;
        left = left.saturating_sub(character.len_utf16());
        fits
    };
    Cow::Owned(text.chars().take_while(fits).chain(['…']).collect())
}
