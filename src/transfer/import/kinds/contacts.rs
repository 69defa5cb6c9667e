//! Contacts: nothing tells two of them apart.

use crate::customers::Contact;
use crate::transfer::import::{ImportField, ImportKind};

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<Contact>("contacts")
        .fields([
            ImportField::of(Contact::customer),
            ImportField::of(Contact::name),
            ImportField::of(Contact::sex),
            ImportField::of(Contact::position),
            ImportField::of(Contact::phone),
            ImportField::of(Contact::mobile),
            ImportField::of(Contact::email),
            ImportField::of(Contact::memo),
        ])
        .build()
}
