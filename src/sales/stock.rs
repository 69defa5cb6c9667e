//! Stock: how much of a product lies where.

use super::Product;
use crate::id::Id;
use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};
use crate::value::Quantity;

crate::entity!(
    #[entity("storage", "库存", "Stock item")]
    #[inputs(NewStockItem, StockItemPatch)]
    /// How much of a product lies on a shelf of a warehouse.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let tea = NewProduct { code: "T-100".into(), name: "Longjing tea".into(), ..Default::default() };
    /// let tea = crm.system().products().create(tea).await?;
    /// let new = NewStockItem { product: tea.id, warehouse: "Shanghai 1".into(), count: "640".parse()?, ..Default::default() };
    /// assert_eq!(crm.system().stock().create(new).await?.count.to_string(), "640");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct StockItem {
        /// The product.
        #[label("产品", "Product")]
        pub product: Id<Product>,
        /// The warehouse.
        #[label("仓库", "Warehouse")]
        pub warehouse: String,
        /// The place in the warehouse.
        #[label("货位", "Shelf")]
        pub shelf: Option<String>,
        /// How much there is, in the product's unit.
        #[label("件数", "Count")]
        pub count: Quantity,
        /// Anything else.
        #[label("备注", "Memo")]
        pub memo: Option<String>,
    }
);

impl EntityFacts for StockItem {
    fn facts() -> Facts {
        Facts::default()
            .index::<Self>(&[&StockItem::warehouse, &StockItem::shelf])
            .searched::<Self>(&[&StockItem::warehouse, &StockItem::shelf])
    }
}

impl Rules for StockItem {}
