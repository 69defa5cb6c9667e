//! What most programs need: `use crmkit::prelude::*;`.
//!
//! ```
//! use crmkit::prelude::*;
//!
//! # pollster::block_on(async {
//! let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
//! let acme: Customer = crm.system().customers().create(NewCustomer::new("Acme")).await?;
//! assert_eq!(crm.system().customers().named("Acme").await?.id, acme.id);
//! # Ok::<(), Error>(())
//! # })?;
//! # Ok::<(), Error>(())
//! ```

pub use crate::access::{Grant, NewRole, NewTeam, NewUser, Right, Role, Scope, Team, User, UserPatch};
pub use crate::crm::Crm;
pub use crate::customers::{
    Activity, Contact, Customer, CustomerPatch, CustomerStatus, LostCustomer, LostScanOptions, NewActivity, NewContact,
    NewCustomer, Rating,
};
pub use crate::error::{Error, Result};
pub use crate::id::{Id, RecordId, Version};
pub use crate::marketing::{NewOpportunity, NewPlanItem, Opportunity, OpportunityPatch, OpportunityStatus, PlanItem};
pub use crate::organisation::{NewOrganisation, Organisation, OrganisationPatch};
pub use crate::query::{Aggregate, Filter, Measure, Period, Query};
pub use crate::rules::{Context, Rules};
pub use crate::sales::{
    NewOrder, NewOrderLine, NewProduct, NewStockItem, Order, OrderLine, OrderPatch, OrderStatus, Payment, Product,
    StockItem,
};
pub use crate::schema::{Choice, Edit, Entity, EntityFacts, Facts, Path, Schema};
pub use crate::service::{NewServiceRequest, ServiceRequest, ServiceStatus};
pub use crate::session::Session;
pub use crate::storage::MemoryStorage;
#[cfg(feature = "postgres")]
pub use crate::storage::{PostgresOptions, PostgresStorage};
#[cfg(feature = "sqlite")]
pub use crate::storage::{SqliteOptions, SqliteStorage};
pub use crate::value::{Date, Money, Quantity, Rate, Timestamp, Value};
