//! The crate's own kinds: one file each, and a line here.

mod contacts;
mod customers;
mod order_lines;
mod orders;
mod products;
mod stock;
mod users;

use super::ImportKind;

/// The longest number people give to a customer or an order, in characters.
const NUMBER_CHARS: usize = 64;

/// Everything the crate can import, in an order in which one kind refers only to those before it.
///
/// # Examples
///
/// ```
/// let names: Vec<String> = crmkit::transfer::kinds().iter().map(|kind| kind.name().to_owned()).collect();
/// assert_eq!(names, ["users", "customers", "contacts", "products", "stock", "orders", "order_lines"]);
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
    ]
}
