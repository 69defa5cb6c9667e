//! The connections of a store: a pool of its own, or the host's, which other stores use as well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::PgPool;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use super::fault::explained;
use super::{Result, StorageError, StorageErrorKind};

/// A pool, and what this store has begun with it.
#[derive(Debug)]
pub(super) struct Connections {
    pool: PgPool,
    /// Whether the pool ends with the store.
    own: bool,
    closed: AtomicBool,
    /// Whoever has begun something reads it; whoever closes the store writes it.
    begun: Arc<RwLock<()>>,
}

/// That something was begun, for as long as it is held.
pub(super) type Begun = OwnedRwLockReadGuard<()>;

impl Connections {
    pub(super) fn own(pool: PgPool) -> Self {
        Self { pool, own: true, closed: AtomicBool::new(false), begun: Arc::default() }
    }

    pub(super) fn of_host(pool: PgPool) -> Self {
        Self { own: false, ..Self::own(pool) }
    }

    /// How its connections are made.
    pub(super) fn options(&self) -> Arc<PgConnectOptions> {
        self.pool.connect_options()
    }

    /// One of them, until the store is closed.
    pub(super) async fn take(&self) -> Result<(PoolConnection<sqlx::Postgres>, Begun)> {
        // Nobody waits here: whoever closes the store waits for those who have begun, so these must not wait for him.
        match Arc::clone(&self.begun).try_read_owned() {
            Ok(begun) if !self.closed.load(Ordering::Acquire) => Ok((acquire(&self.pool).await?, begun)),
            _ => Err(explained(sqlx::Error::PoolClosed)),
        }
    }

    /// Waits for what was begun. The host's pool goes on: others may be using it.
    pub(super) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        if self.own {
            self.pool.close().await;
        }
        drop(self.begun.write().await);
    }
}

/// A connection of a pool.
pub(super) async fn acquire(pool: &PgPool) -> Result<PoolConnection<sqlx::Postgres>> {
    pool.acquire().await.map_err(|error| match error {
        // The pool says the same whether all its connections are taken or it could open none.
        sqlx::Error::PoolTimedOut if pool.size() < pool.options().get_max_connections() => {
            let message = "the server did not answer in time; check its address, and that it runs";
            StorageError::new(StorageErrorKind::Unavailable, message).with_source(error)
        }
        error => explained(error),
    })
}
