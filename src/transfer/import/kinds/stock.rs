//! Stock: nothing tells two items apart, since one product may lie in many places.

use crate::sales::StockItem;
use crate::transfer::import::{ImportField, ImportKind};

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<StockItem>("stock")
        .fields([
            ImportField::of(StockItem::product),
            ImportField::of(StockItem::warehouse),
            ImportField::of(StockItem::shelf),
            ImportField::of(StockItem::count),
            ImportField::of(StockItem::memo),
        ])
        .build()
}
