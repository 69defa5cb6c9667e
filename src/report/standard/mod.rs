//! The standard reports, one a file.

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
