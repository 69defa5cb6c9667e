//! Activities: nothing tells two of them apart.

use crate::customers::Activity;
use crate::transfer::import::{ImportField, ImportKind};

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<Activity>("activities")
        .fields([
            ImportField::of(Activity::customer),
            ImportField::of(Activity::date),
            ImportField::of(Activity::title),
            ImportField::of(Activity::kind),
            ImportField::of(Activity::place),
            ImportField::of(Activity::description),
        ])
        .build()
}
