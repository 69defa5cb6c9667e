//! The crate's own kinds: one file each, and a line here.

mod activities;
mod contacts;
mod customers;
mod dictionary;
mod lost;
mod opportunities;
mod order_lines;
mod orders;
mod plans;
mod products;
mod services;
mod stages;
mod stock;
mod users;

use super::ImportKind;

/// The longest number people give to a customer, an order and the like, in characters.
const NUMBER_CHARS: usize = 64;

/// Everything the crate can import, in an order in which one kind refers only to those before it.
///
/// # Examples
///
/// ```
/// let names: Vec<String> = crmkit::transfer::kinds().iter().map(|kind| kind.name().to_owned()).collect();
/// assert_eq!(names[..7], ["users", "customers", "contacts", "products", "stock", "orders", "order_lines"]);
/// assert_eq!(names[7..], ["stages", "opportunities", "plans", "activities", "services", "lost", "dictionary"]);
/// ```
#[must_use]
pub fn kinds() -> Vec<ImportKind> {
    vec![
        users::kind(),
        customers::kind(),
        contacts::kind(),
        products::kind(),
        stock::kind(),
        orders::kind(),
        order_lines::kind(),
        stages::kind(),
        opportunities::kind(),
        plans::kind(),
        activities::kind(),
        services::kind(),
        lost::kind(),
        dictionary::kind(),
    ]
}
