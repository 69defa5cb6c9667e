//! Products, stock and orders: what is sold, where it lies, who bought it.

mod order;
mod order_line;
mod placing;
mod product;
mod steps;
mod stock;

pub use order::{NewOrder, Order, OrderPatch, OrderStatus, Payment};
pub use order_line::{NewOrderLine, OrderLine, OrderLinePatch};
pub use placing::with_lines;
pub use product::{NewProduct, Product, ProductPatch};
pub use steps::{CancelOrder, ConfirmOrder, PackOrder, PayOrder, PayOrderPart, PickOrder, ShipOrder};
pub use stock::{NewStockItem, StockItem, StockItemPatch};
