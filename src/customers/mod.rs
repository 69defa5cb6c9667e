//! Customers and the people there.

mod contact;
mod customer;
mod loss_measure;
mod lost;
mod lost_scan;

pub use contact::{Contact, ContactPatch, NewContact, Sex};
pub use customer::{Customer, CustomerPatch, CustomerStatus, NewCustomer, Rating};
pub use loss_measure::{LossMeasure, LossMeasurePatch, NewLossMeasure};
pub use lost::{ConfirmLoss, DeferLoss, LossStatus, LostCustomer, LostCustomerPatch, NewLostCustomer};
pub use lost_scan::{LostScanOptions, unnoticed};
