//! Pipelines.

use crate::rules::Rules;
use crate::schema::{EntityFacts, Facts};

crate::entity!(
    #[entity("sal_pipeline", "销售管道", "Pipeline")]
    #[inputs(NewPipeline, PipelinePatch)]
    /// A way opportunities go, stage by stage.
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
