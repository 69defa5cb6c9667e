//! Many tenants in one program: each has a store of its own, and nothing is shared between them but code.
//!
//! ```text
//! cargo run --release --example multi_tenant
//! CRM_URL=postgres://… cargo run --release --features postgres --example multi_tenant
//! ```
//!
//! With SQLite a tenant is a file, which is opened when somebody asks for it, backed up, moved and deleted by itself.
//! With PostgreSQL (give its address in `CRM_URL`) a tenant is a schema of one database, and one pool of connections
//! serves them all. There is no column that says whose a record is, so there is no query that could forget to ask for it.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crmkit::clock::FixedClock;
use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage, Storage};

type Outcome<T> = std::result::Result<T, Box<dyn StdError>>;

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(run())
}

async fn run() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    story(&Tenants::new(Place::from_environment(folder.path().to_owned()).await?)).await
}

pub(crate) async fn story(tenants: &Tenants) -> Outcome<()> {
    for (tenant, customer) in [("north", "Harbour Teahouse"), ("south", "Hotel Lotus")] {
        let crm = tenants.open(tenant).await?;
        // A database outlives the program: what an earlier run made is still there.
        if crm.system().customers().count(Filter::All).await? > 0 {
            continue;
        }
        let role = crm.system().roles().named("account_manager").await?;
        // Two tenants may each have a user `li`: they are two people.
        let li = crm.system().users().create(NewUser::new("li", role.id)).await?;
        let made = crm.session(li.id).await?.customers().create(NewCustomer::new(customer)).await?;
        println!("{tenant}: li makes {} {}", made.number, made.name);
    }

    println!();
    let (north, south) = (tenants.open("north").await?, tenants.open("south").await?);
    for (tenant, crm) in [("north", &north), ("south", &south)] {
        let page = crm.system().customers().list(Query::of::<Customer>()).await?;
        let names: Vec<&str> = page.items.iter().map(|customer| customer.name.as_str()).collect();
        println!("{tenant} has {}", names.join(", "));
    }

    // What is known of one tenant opens nothing at another: not a record's id, not a user's.
    let theirs = north.system().customers().named("Harbour Teahouse").await?;
    let li = north.system().users().named("li").await?;
    println!("\nsouth is asked for north's customer: {}", told(south.system().customers().get(theirs.id).await));
    println!("south is asked for a session of north's user: {}", told(south.session(li.id).await));
    println!("a tenant that is a path: {}", told(tenants.open("../north").await));

    // A tenant who leaves takes everything along, and nobody else notices.
    drop(north);
    tenants.close("north").await?;
    println!("\nopen after north has left: {}", tenants.names().join(", "));
    tenants.close("south").await
}

/// The tenants whose stores are open.
pub(crate) struct Tenants {
    place: Place,
    open: Mutex<BTreeMap<String, Arc<tokio::sync::OnceCell<Crm>>>>,
}

impl Tenants {
    pub(crate) fn new(place: Place) -> Self {
        Self { place, open: Mutex::default() }
    }

    /// The CRM of a tenant, opened once however many ask for it at a time.
    pub(crate) async fn open(&self, tenant: &str) -> Outcome<Crm> {
        // The name becomes that of a file or a schema, so it must be one wherever it comes from.
        if tenant.is_empty() || tenant.len() > 40 || !tenant.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Err(format!("`{tenant}` is no tenant: up to 40 small letters are").into());
        }
        let cell = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(open.entry(tenant.to_owned()).or_default())
        };
        let crm = cell.get_or_try_init(|| async {
            let storage = self.place.storage(tenant).await?;
            let clock = FixedClock::new("2026-03-31T09:00:00Z".parse()?);
            Outcome::Ok(Crm::builder(storage).clock(clock).open().await?)
        });
        Ok(crm.await?.clone())
    }

    async fn close(&self, tenant: &str) -> Outcome<()> {
        let cell = self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(tenant);
        if let Some(crm) = cell.as_ref().and_then(|cell| cell.get()) {
            crm.close().await?;
        }
        Ok(())
    }

    fn names(&self) -> Vec<String> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}

/// Where tenants are kept.
pub(crate) enum Place {
    Folder(PathBuf),
    /// A database, and what the names of its schemas begin with.
    #[cfg(feature = "postgres")]
    Database(sqlx::PgPool, String),
}

impl Place {
    async fn from_environment(folder: PathBuf) -> Outcome<Self> {
        #[cfg(feature = "postgres")]
        if let Ok(url) = std::env::var("CRM_URL") {
            return Ok(Self::Database(sqlx::PgPool::connect(&url).await?, "tenant_".into()));
        }
        Ok(Self::Folder(folder))
    }

    async fn storage(&self, tenant: &str) -> Outcome<Arc<dyn Storage>> {
        let schema = crmkit::standard_schema()?;
        match self {
            Self::Folder(folder) => {
                let file = folder.join(format!("{tenant}.db"));
                let options = SqliteOptions { migrate: true, ..Default::default() };
                Ok(Arc::new(SqliteStorage::open(file, schema, options)?))
            }
            #[cfg(feature = "postgres")]
            Self::Database(pool, prefix) => {
                use crmkit::storage::{PostgresOptions, PostgresStorage};
                let (name, options) =
                    (format!("{prefix}{tenant}"), PostgresOptions { migrate: true, ..Default::default() });
                Ok(Arc::new(PostgresStorage::with_pool(pool.clone(), &name, schema, options).await?))
            }
        }
    }
}

/// Why something was refused.
fn told<T, E: std::fmt::Display>(outcome: std::result::Result<T, E>) -> String {
    outcome.err().map_or_else(|| "it is there".to_owned(), |error| error.to_string())
}
