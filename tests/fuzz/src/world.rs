//! The company that everything happens in.

use std::sync::LazyLock;

use crmkit::prelude::*;
use crmkit::testing::{Demo, builder, demo};
use pollster::block_on;

/// A company that stays as it is: who writes makes one of his own.
pub(crate) static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// A small company, the same every time.
pub(crate) struct World {
    pub(crate) crm: Crm,
    pub(crate) demo: Demo,
}

impl World {
    pub(crate) fn new() -> Self {
        block_on(async {
            let storage = MemoryStorage::new(crmkit::standard_schema().unwrap());
            let crm = builder(storage).open().await.unwrap();
            let demo = demo(&crm).await.unwrap();
            Self { crm, demo }
        })
    }
}
