//! What most programs need: `use crmkit::prelude::*;`.

pub use crate::access::{Grant, NewRole, NewTeam, NewUser, Right, Role, Scope, Team, User, UserPatch};
pub use crate::crm::Crm;
pub use crate::customers::{Contact, Customer, CustomerPatch, CustomerStatus, NewContact, NewCustomer, Rating};
pub use crate::error::{Error, Result};
pub use crate::id::{Id, RecordId, Version};
pub use crate::organisation::Organisation;
pub use crate::query::{Aggregate, Filter, Measure, Period, Query};
pub use crate::rules::{Context, Rules};
pub use crate::sales::{
    NewOrder, NewOrderLine, NewProduct, NewStockItem, Order, OrderLine, OrderPatch, OrderStatus, Payment, Product,
    StockItem,
};
pub use crate::schema::{Choice, Edit, Entity, EntityFacts, Facts, Path, Schema};
pub use crate::session::Session;
pub use crate::value::{Date, Money, Quantity, Rate, Timestamp, Value};
