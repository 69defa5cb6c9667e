//! Pipelines.

use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};

crate::entity!(
    #[entity("sal_pipeline", "销售管道", "Pipeline")]
    #[inputs(NewPipeline, PipelinePatch)]
    /// A way opportunities go, stage by stage.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::marketing::{NewPipeline, NewStage, Stage};
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let sales = crm.system().pipelines().create(NewPipeline::new("Sales")).await?;
    /// for (position, name) in (1..).zip(["Contacted", "Offer", "Negotiation"]) {
    ///     let stage = NewStage { pipeline: sales.id, name: name.into(), position, ..Default::default() };
    ///     crm.system().stages().create(stage).await?;
    /// }
    /// assert_eq!(crm.system().stages().count(Stage::pipeline.eq(sales.id)).await?, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Pipeline {
        /// What it is called.
        #[label("名称", "Name")]
        pub name: String,
        /// Whether opportunities can be put on it.
        #[label("启用", "Active")]
        pub active: bool,
    }
);

impl EntityFacts for Pipeline {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Pipeline::name]).natural::<Self>(&[&Pipeline::name])
    }
}

impl NewPipeline {
    /// An active pipeline with a name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), active: true, ..Self::default() }
    }
}

impl Rules for Pipeline {}
