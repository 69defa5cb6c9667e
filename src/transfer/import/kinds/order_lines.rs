//! Order lines: told apart by order and line; without a line number the next free one of the order is taken.

use crate::rules::Rules;
use crate::sales::OrderLine;
use crate::transfer::import::{ImportField, ImportKind};

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<OrderLine>("order_lines")
        .fields([
            ImportField::of(OrderLine::order),
            ImportField::of(OrderLine::product),
            ImportField::of(OrderLine::quantity),
            ImportField::of(OrderLine::unit),
            ImportField::of(OrderLine::unit_price),
            ImportField::of(OrderLine::discount),
            ImportField::of(OrderLine::line).optional(),
        ])
        .key(&[&OrderLine::order, &OrderLine::line])
        .lines(&OrderLine::order, &OrderLine::line)
        .finish(OrderLine::created)
        .build()
}
