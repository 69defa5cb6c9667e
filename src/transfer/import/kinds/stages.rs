//! Stages: told apart by pipeline and name; the pipeline is made where it is missing.

use crate::marketing::{NewPipeline, Pipeline, Stage};
use crate::rules::Rules;
use crate::transfer::import::{ImportField, ImportKind};

pub(super) fn kind() -> ImportKind {
    ImportKind::of::<Stage>("stages")
        .fields([
            ImportField::of(Stage::pipeline).made(&Pipeline::name, |name| NewPipeline::new(name)),
            ImportField::of(Stage::name),
            ImportField::of(Stage::position),
            ImportField::of(Stage::probability).required(),
        ])
        .key(&[&Stage::pipeline, &Stage::name])
        .finish(Stage::created)
        .build()
}
