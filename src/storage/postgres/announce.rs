//! Telling other programs what was committed, and hearing it from them: NOTIFY and LISTEN on a channel of the schema's
//! name.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::argument::Argument;
use super::commit::Context;
use super::fault::Stop;
use super::statements::statement;
use crate::change::{Change, ChangeSet};
use crate::storage::Watcher;

/// How long to wait before a lost connection is tried again; twice as long each time, up to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(60));

/// Announces the changes of a set to announced entities, once its transaction is committed.
pub(super) async fn announce(connection: &mut PgConnection, context: Context<'_>, set: &ChangeSet) -> Result<(), Stop> {
    if !context.announces {
        return Ok(());
    }
    for sql in context.statements.entities.iter().filter(|sql| sql.def.facts.announced) {
        let changes = |change: &Change| change.entity() == &sql.def.name && !matches!(change, Change::Check { .. });
        if set.changes.iter().any(changes) {
            let arguments = [Argument::value(context.dialect.schema.as_str()), Argument::value(sql.def.name.as_ref())];
            statement("SELECT pg_notify($1, $2)", arguments)?.execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// Those who are told what others announce, and the task that listens for it.
#[derive(Debug, Default)]
pub(super) struct Listening {
    watchers: Arc<Watchers>,
    task: Mutex<Option<AbortHandle>>,
}

impl Listening {
    /// Tells one more from now on. The first begins to listen, on a connection beside the pool, which would lack it.
    pub(super) fn add(&self, watcher: Weak<dyn Watcher>, server: Arc<PgConnectOptions>, channel: &str) {
        self.watchers.add(watcher);
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        // Without a runtime there is no connection either.
        if let (None, Ok(runtime)) = (task.as_ref(), Handle::try_current()) {
            let listening = listen(server, channel.to_owned(), Arc::clone(&self.watchers));
            *task = Some(runtime.spawn(listening).abort_handle());
        }
    }

    /// Tells nobody any more.
    pub(super) fn stop(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            task.abort();
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop();
    }
}

#[derive(Debug, Default)]
struct Watchers(Mutex<Vec<Weak<dyn Watcher>>>);

impl Watchers {
    fn add(&self, watcher: Weak<dyn Watcher>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(watcher);
    }

    fn tell(&self, entity: Option<&str>) {
        let mut living = Vec::new();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|watcher| {
            let watcher = watcher.upgrade();
            let lives = watcher.is_some();
            living.extend(watcher);
            lives
        });
        // Outside the lock: whoever is told may watch anew, and may be the last to hold the store.
        living.iter().for_each(|watcher| watcher.changed(entity));
    }
}

/// Listens for ever; whenever it begins, anything may have been announced before.
async fn listen(server: Arc<PgConnectOptions>, channel: String, watchers: Arc<Watchers>) {
    let (first, longest) = PAUSES;
    let mut pause = first;
    loop {
        if let Ok(mut listener) = connect(&server, &channel).await {
            pause = first;
            watchers.tell(None);
            // Nothing is heard when the connection was lost, which is made anew by then.
            while let Ok(heard) = listener.try_recv().await {
                watchers.tell(heard.as_ref().map(sqlx::postgres::PgNotification::payload));
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

async fn connect(server: &PgConnectOptions, channel: &str) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
    let mut listener = PgListener::connect_with(&pool.connect_lazy_with(server.clone())).await?;
    listener.listen(channel).await?;
    Ok(listener)
}
