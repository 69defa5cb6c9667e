//! Customers, the people there, and what was done with them.

mod activity;
mod contact;
mod customer;

pub use activity::{Activity, ActivityKind, ActivityPatch, NewActivity};
pub use contact::{Contact, ContactPatch, NewContact, Sex};
pub use customer::{Customer, CustomerPatch, CustomerStatus, NewCustomer, Rating};
