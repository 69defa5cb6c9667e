//! Doing what is due, again and again.

use std::future::Future;
use std::ops::ControlFlow;
use std::time::Duration;

use super::{Jobs, Ran};
use crate::crm::Crm;
use crate::error::Result;
use crate::value::Timestamp;

/// How long the runner sleeps at most: so soon it notices that a schedule or a clock was changed.
const LONGEST: Duration = Duration::from_secs(60);

impl Crm {
    /// Does what is due whenever something is, and sleeps between. It ends when it is dropped, or when `told`, which is
    /// given what was done or why nothing could be, says so; what is under way then is finished by nobody, and taken over
    /// when its lease is over.
    ///
    /// `timer` makes a future that takes as long as it is told, such as the `sleep` of an async runtime. It is never told
    /// more than a minute. What time it is says the CRM's clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use crmkit::crm::Jobs;
    /// use crmkit::prelude::*;
    /// use crmkit::storage::MemoryStorage;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// // A program spawns this with `tokio::time::sleep`, or gives it a thread.
    /// crm.runner(&Jobs::standard(), |_nap| async {}, |ran| {
    ///     println!("{ran:?}");
    ///     ControlFlow::Break(())
    /// })
    /// .await;
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn runner<T, S, O>(&self, jobs: &Jobs, timer: T, mut told: O)
    where
        T: Fn(Duration) -> S + Send + Sync,
        S: Future<Output = ()> + Send,
        O: FnMut(Result<Vec<Ran>>) -> ControlFlow<()> + Send,
    {
        loop {
            let ran = self.run_due(self.now(), jobs).await;
            if told(ran).is_break() {
                return;
            }
            let now = self.now();
            let nap = match self.next_due(now, jobs).await {
                Ok(next) => next.map_or(LONGEST, |next| between(now, next)),
                // What is wrong is told by the next turn.
                Err(_) => LONGEST,
            };
            timer(nap).await;
        }
    }
}

/// The time from one moment to another one, at least something and at most a nap.
fn between(now: Timestamp, next: Timestamp) -> Duration {
    let micros = u64::try_from(next.as_micros().saturating_sub(now.as_micros())).unwrap_or(0);
    // Something that is due already is held by somebody who is about to end it.
    Duration::from_micros(micros).clamp(Duration::from_millis(100), LONGEST)
}
