//! Customers: told apart by number; status and the day they were made may be given.

use super::NUMBER_CHARS;
use crate::customers::Customer;
use crate::transfer::import::{ImportField, ImportKind};

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<Customer>("customers")
        .fields([
            ImportField::of(Customer::number).at_most(NUMBER_CHARS),
            ImportField::of(Customer::name),
            ImportField::of(Customer::region),
            ImportField::of(Customer::level),
            ImportField::of(Customer::satisfaction),
            ImportField::of(Customer::credit),
            ImportField::of(Customer::manager),
            ImportField::of(Customer::status),
            ImportField::of(Customer::phone),
            ImportField::of(Customer::fax),
            ImportField::of(Customer::address),
            ImportField::of(Customer::zip),
            ImportField::of(Customer::website),
            ImportField::of(Customer::licence_no),
            ImportField::of(Customer::legal_representative),
            ImportField::of(Customer::registered_capital),
            ImportField::of(Customer::annual_turnover),
            ImportField::of(Customer::bank),
            ImportField::of(Customer::bank_account),
            ImportField::of(Customer::local_tax_no),
            ImportField::of(Customer::national_tax_no),
            ImportField::of(Customer::created_at).named("created_on").or_now(),
            ImportField::of(Customer::memo),
        ])
        .key(&[&Customer::number])
        .build()
}
