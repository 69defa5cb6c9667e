//! The stages of a pipeline.

use super::Pipeline;
use crate::error::{Error, Result};
use crate::id::Id;
use crate::problem::FieldProblem;
use crate::rules::{Context, Rules};
use crate::schema::{EntityFacts, Facts};
use crate::value::Rate;

crate::entity!(
    #[entity("sal_stage", "销售阶段", "Stage")]
    #[inputs(NewStage, StagePatch)]
    /// How far an opportunity has come on its pipeline.
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
    /// let new = NewStage { pipeline: sales.id, name: "Offer".into(), position: 2, ..Default::default() };
    /// let offer = crm.system().stages().create(new).await?;
    /// let standing = Opportunity::stage.to(Stage::name).eq("Offer");
    /// assert_eq!((offer.position, crm.system().opportunities().count(standing).await?), (2, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub struct Stage {
        /// The pipeline.
        #[label("销售管道", "Pipeline")]
        pub pipeline: Id<Pipeline>,
        /// What it is called, unique within its pipeline.
        #[label("名称", "Name")]
        pub name: String,
        /// Its place in the pipeline, smallest first.
        #[label("顺序", "Position")]
        pub position: i64,
        /// How likely an opportunity in this stage is won, between 0 and 1.
        #[label("赢单概率", "Probability")]
        pub probability: Option<Rate>,
    }
);

impl EntityFacts for Stage {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&Stage::pipeline, &Stage::name])
            .index::<Self>(&[&Stage::pipeline, &Stage::position])
            .natural::<Self>(&[&Stage::name])
    }
}

impl Stage {
    fn checked(self) -> Result<Self> {
        match self.probability {
            Some(rate) if rate < Rate::ZERO || rate > Rate::ONE => {
                Err(invalid("probability", format!("{rate} is not between 0 and 1")))
            }
            _ => Ok(self),
        }
    }
}

impl Rules for Stage {
    fn created(draft: Self, _: &Context) -> Result<Self> {
        draft.checked()
    }

    /// A stage stays on its pipeline, or the opportunities in it would stand on two.
    fn edited(before: &Self, after: Self, _: &Context) -> Result<Self> {
        if before.pipeline != after.pipeline {
            return Err(invalid("pipeline", "a stage stays on its pipeline; make one on the other".into()));
        }
        after.checked()
    }
}

fn invalid(field: &'static str, sentence: String) -> Error {
    Error::Invalid { entity: "stage".into(), problems: vec![FieldProblem::invalid(field, sentence)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RecordId;
    use crate::schema::Entity;
    use crate::value::Timestamp;

    #[test]
    fn a_probability_is_a_share_and_a_stage_stays_where_it_is() {
        let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
        let stage = |rate: &str| {
            let new = NewStage { probability: Some(rate.parse().unwrap()), ..Default::default() };
            Stage::created(Stage::draft(Id::NIL, new), &context)
        };
        assert!(stage("0").is_ok() && stage("1").is_ok());
        assert!(stage("1.000001").is_err() && stage("-0.1").is_err());
        let before = stage("0.5").unwrap();
        let after = Stage { pipeline: Id::new(RecordId::from_bytes([1; 16])), ..before.clone() };
        assert!(Stage::edited(&before, after, &context).is_err());
    }
}
