//! The standard reports, one a file.
//!
//! To add one: a file here with a struct of its parameters that is a [`StandardReport`](super::StandardReport), and its
//! line in the catalogue's list. Its right, `report.` and its name, follows from that line.

mod aftercare;
mod bought_together;
mod common;
mod composition;
mod contribution;
mod customers;
mod forecast;
mod funnel;
mod kinds;
mod lapsed;
mod loss;
mod loss_reasons;
mod open;
mod prospects;
mod rfm;
mod sales;
mod sales_trend;
mod selling;
mod service;
mod stage_ageing;
mod stock;
mod top_products;
mod win_rate;
mod work;

pub use aftercare::{Satisfaction, ServiceLoad};
pub use bought_together::BoughtTogether;
pub use composition::{Composition, CompositionKey};
pub use contribution::Contribution;
pub use customers::{AbcCustomers, Churn, CustomerValue, NewCustomers, RepeatRate, Retention};
pub use forecast::{Forecast, ForecastKey};
pub use funnel::Funnel;
pub use lapsed::Lapsed;
pub use loss::Loss;
pub use loss_reasons::LossReasons;
pub use open::{LossWarnings, OpenServices};
pub use prospects::{CustomersToContact, SourceEffectiveness};
pub use rfm::{Rfm, RfmBinning, Segment};
pub use sales::OrderStates;
pub use sales_trend::{Comparison, SalesTrend};
pub use selling::{AbcProducts, OrderStatusReport, SalesBy, SalesKey};
pub use service::{Service, ServiceKey};
pub use stage_ageing::StageAgeing;
pub use stock::{StockPosition, StockWithoutMovement};
pub use top_products::TopProducts;
pub use win_rate::{WinRate, WinRateKey};
pub use work::{HandlingKey, HandlingTime, OpportunityTime, OverduePlans, ReworkRate, SalesCycle, WorkReview};
