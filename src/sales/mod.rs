//! Products, stock and orders: what is sold, where it lies, who bought it.

mod order;
mod order_line;
mod product;
mod stock;

pub use order::{NewOrder, Order, OrderPatch, OrderStatus, Payment};
pub use order_line::{NewOrderLine, OrderLine, OrderLinePatch};
pub use product::{NewProduct, Product, ProductPatch};
pub use stock::{NewStockItem, StockItem, StockItemPatch};
