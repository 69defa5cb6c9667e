//! Users: told apart by login, active unless said otherwise.

use crate::access::User;
use crate::rules::Rules;
use crate::transfer::import::{ImportField, ImportKind};

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<User>("users")
        .fields([
            ImportField::of(User::name),
            ImportField::of(User::display_name),
            // The role that may do least.
            ImportField::of(User::role).or("account_manager"),
            ImportField::of(User::team),
            ImportField::of(User::phone),
            ImportField::of(User::email),
            ImportField::of(User::active).or("true"),
        ])
        .key(&[&User::login])
        .finish(User::created)
        .changing(User::edited)
        .build()
}
