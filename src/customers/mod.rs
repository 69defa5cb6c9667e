//! Customers, the people there, and what was done with them.

mod activity;
mod contact;
mod customer;
mod loss_measure;
mod lost;
mod lost_scan;

pub use activity::{Activity, ActivityKind, ActivityPatch, NewActivity};
pub use contact::{Contact, ContactPatch, NewContact, Sex};
pub use customer::{Customer, CustomerPatch, CustomerStatus, NewCustomer, Rating};
pub use loss_measure::{LossMeasure, LossMeasurePatch, NewLossMeasure};
pub use lost::{ConfirmLoss, DeferLoss, LossStatus, LostCustomer, LostCustomerPatch, NewLostCustomer};
pub use lost_scan::{LostScanOptions, unnoticed};
