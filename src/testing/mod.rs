//! What a host needs to test itself.
//!
//! - [`builder`] opens a CRM whose clock stands still and whose ids are counted, so that a test sees the same every time.
//!   [`FixedClock`](crate::clock::FixedClock) and [`SeededIds`](crate::id::SeededIds) do so one by one.
//! - [`demo`] fills it with a small company: users of all four roles, and something of everything they work on.
//! - [`FaultyStorage`] fails at the call it is told to, to see that a host keeps its promises wherever it is interrupted.
//! - `ThrowawayPostgres` (with the feature `postgres`) is a server that is gone when the tests are.
//! - [`conformance!`](crate::conformance) is for those who write a store of their own.
//!
//! A test of a host's rule, from an empty store to what it refuses:
//!
//! ```
//! use crmkit::prelude::*;
//! use crmkit::storage::MemoryStorage;
//! use crmkit::testing::{self, Fault, FaultyStorage};
//!
//! # pollster::block_on(async {
//! let storage = FaultyStorage::new(MemoryStorage::new(crmkit::standard_schema()?));
//! let crm = testing::builder(storage.clone()).open().await?;
//! let demo = testing::demo(&crm).await?;
//!
//! // Nobody sees what is not his.
//! let teahouse = demo.customers[0].id;
//! assert!(matches!(demo.wang.customers().get(teahouse).await, Err(Error::NotFound { .. })));
//!
//! // A store that can't be reached changes nothing.
//! storage.fail(1, Fault::Unreachable);
//! assert!(demo.li.customers().edit(teahouse, CustomerPatch::default()).await.is_err());
//! assert_eq!(demo.li.customers().get(teahouse).await?, demo.customers[0]);
//! # Ok::<(), Error>(())
//! # })?;
//! # Ok::<(), Error>(())
//! ```

mod demo;
mod faulty;
#[cfg(feature = "postgres")]
mod postgres;

pub use demo::{Demo, builder, demo, demo_clock};
pub use faulty::{Fault, FaultyStorage};

#[cfg(feature = "postgres")]
pub use postgres::ThrowawayPostgres;
