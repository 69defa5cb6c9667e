//! Customers and the people there.

mod contact;
mod customer;

pub use contact::{Contact, ContactPatch, NewContact, Sex};
pub use customer::{Customer, CustomerPatch, CustomerStatus, NewCustomer, Rating};
