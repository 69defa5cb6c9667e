//! The standard reports, one a file.
//!
//! To add one: a file here with a struct of its parameters that is a [`StandardReport`](super::StandardReport), and its
//! line in the catalogue's list. Its right, `report.` and its name, follows from that line.

mod composition;
mod contribution;
mod lapsed;
mod rfm;
mod sales;
mod sales_trend;
mod top_products;

pub use composition::{Composition, CompositionKey};
pub use contribution::Contribution;
pub use lapsed::Lapsed;
pub use rfm::{Rfm, Segment};
pub use sales::OrderStates;
pub use sales_trend::SalesTrend;
pub use top_products::TopProducts;
