//! Products.

use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};
use crate::value::Money;

crate::entity!(
    #[entity("product", "产品", "Product")]
    #[inputs(NewProduct, ProductPatch)]
    /// Something that is sold.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let new = NewProduct {
    ///     code: "T-100".into(),
    ///     name: "Longjing tea".into(),
    ///     unit: Some("500 g".into()),
    ///     price: Some("38.50".parse()?),
    ///     ..Default::default()
    /// };
    /// let tea = crm.system().products().create(new).await?;
    /// assert_eq!(crm.system().products().named("T-100").await?, tea);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Product {
        /// The code it is ordered by.
        #[label("编码", "Code")]
        pub code: String,
        /// What it is called.
        #[label("名称", "Name")]
        pub name: String,
        /// Its type or model.
        #[label("型号", "Type")]
        pub kind: Option<String>,
        /// Its grade or batch.
        #[label("等级/批次", "Batch")]
        pub batch: Option<String>,
        /// What it is counted in.
        #[label("单位", "Unit")]
        pub unit: Option<String>,
        /// Price of one unit.
        #[label("单价", "Price")]
        pub price: Option<Money>,
        /// What it is grouped under.
        #[label("类别", "Category")]
        pub category: Option<String>,
        /// Anything else.
        #[label("备注", "Memo")]
        pub memo: Option<String>,
    }
);

impl EntityFacts for Product {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&Product::code])
            .index::<Self>(&[&Product::name])
            .natural::<Self>(&[&Product::code, &Product::name])
            .searched::<Self>(&[&Product::code, &Product::name, &Product::kind])
    }
}

impl Rules for Product {}
