//! Patterns of numbers, and everything small that is read from a text.

use std::fmt::Display;
use std::str::FromStr;

use crmkit::brief::BriefPeriod;
use crmkit::events::EventCursor;
use crmkit::jobs::Schedule;
use crmkit::organisation::{NewNumberSeries, NumberSeries, SeriesReset};
use crmkit::prelude::*;
use crmkit::value::date_in_range;

/// Lines: prefix, date pattern, width, block, reset, day, number. Numbers of such a series are written; and each line is
/// read as everything that is read from a text.
pub fn number_pattern(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    text.split('\n').chain([&*text]).for_each(small);

    let mut lines = text.split('\n');
    let mut next = || lines.next().filter(|line| !line.is_empty());
    let (prefix, pattern) = (next().map(str::to_owned), next().map(str::to_owned));
    let width = next().and_then(|line| line.parse().ok()).unwrap_or(3);
    let block = next().and_then(|line| line.parse().ok());
    let reset = next().and_then(|line| SeriesReset::from_code(line).ok()).unwrap_or_default();
    let day: Date = next().and_then(|line| line.parse().ok()).filter(|day| date_in_range(*day)).unwrap_or_default();
    let number: i64 = next().and_then(|line| line.parse().ok()).unwrap_or(1);
    let new = NewNumberSeries { code: "series".into(), prefix, date_pattern: pattern, ..Default::default() };
    let new = NewNumberSeries { width, block, reset, ..new };
    let draft = NumberSeries::draft(Id::NIL, new);
    // What a store holds may be older than the rules.
    let _ = draft.text(day, number);
    let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
    let Ok(series) = NumberSeries::created(draft, &context) else { return };
    let shown = series.text(day, number);
    assert!(shown.len() <= 40 * 2 + 20, "{shown}");
    assert!(shown.ends_with(&number.unsigned_abs().to_string()), "{shown} ends with {number}");
    let (_, value) = series.next(day, 0, Id::NIL, 0);
    let Value::Slot(slot) = value else { panic!("a number is known when it is handed out") };
    assert_eq!(slot.render(number), shown);
    assert!(number.checked_add(1).is_none_or(|later| series.text(day, later) != shown), "no number twice");
}

/// What is read is written so that it is read as the same.
fn kept<T: FromStr + Display + PartialEq + std::fmt::Debug>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        let shown = value.to_string();
        assert_eq!(shown.parse::<T>().ok(), Some(value), "`{text}` is shown as `{shown}`");
    }
}

fn small(text: &str) {
    kept::<Money>(text);
    kept::<Quantity>(text);
    kept::<Rate>(text);
    kept::<Timestamp>(text);
    kept::<RecordId>(text);
    kept::<Id<Customer>>(text);
    kept::<Path>(text);
    kept::<Schedule>(text);
    kept::<EventCursor>(text);
    let _ = text.parse::<BriefPeriod>();
    for zone in [chrono_tz::UTC, chrono_tz::Asia::Shanghai, chrono_tz::America::St_Johns] {
        let _ = Timestamp::parse_in(text, zone);
    }
}
