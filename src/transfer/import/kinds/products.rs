//! Products: told apart by code.

use crate::sales::Product;
use crate::transfer::import::{ImportField, ImportKind};

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<Product>("products")
        .fields([
            ImportField::of(Product::code),
            ImportField::of(Product::name),
            ImportField::of(Product::kind),
            ImportField::of(Product::batch),
            ImportField::of(Product::unit),
            ImportField::of(Product::price),
            ImportField::of(Product::category),
            ImportField::of(Product::memo),
        ])
        .key(&[&Product::code])
        .build()
}
