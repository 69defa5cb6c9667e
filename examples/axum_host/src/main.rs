//! A CRM behind a JSON API, with embedded SQLite: one program, one file, no server beside it.
//!
//! ```text
//! cargo run --release -p axum_host
//! ```
//!
//! It serves `/api` on 127.0.0.1:8080 (`CRM_LISTEN`) from the file `crm.db` (`CRM_DB`). The first start makes the
//! administrator `admin` and prints his password, once, unless `CRM_ADMIN_PASSWORD` says it.

use std::error::Error;
use std::net::SocketAddr;

use axum_host::{Settings, app, random_token};
use crmkit::crm::Jobs;
use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listen = std::env::var("CRM_LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".into());
    let file = std::env::var("CRM_DB").unwrap_or_else(|_| "crm.db".into());
    let options = SqliteOptions { migrate: true, ..Default::default() };
    let crm = Crm::builder(SqliteStorage::open(&file, crmkit::standard_schema()?, options)?).open().await?;
    welcome_first_administrator(&crm).await?;

    let listener = TcpListener::bind(&listen).await?;
    let address = listener.local_addr()?;
    println!("serving {file} on http://{address}/api; what there is: http://{address}/api/openapi.json");
    // Whoever serves others than himself does so behind TLS, and the cookie then travels in nothing else.
    let settings = Settings { secure_cookie: !address.ip().is_loopback(), ..Default::default() };
    let service = app(crm.clone(), &settings).into_make_service_with_connect_info::<SocketAddr>();
    let jobs = tokio::spawn(look_after(crm.clone()));
    let served = axum::serve(listener, service).with_graceful_shutdown(asked_to_stop()).await;
    jobs.abort();
    // What was begun is written before the program ends.
    crm.close().await?;
    Ok(served?)
}

/// Reminders, the look for lost customers and the removal of what is old happen by themselves.
async fn look_after(crm: Crm) {
    let jobs = Jobs::standard();
    loop {
        match crm.system().run_due(&jobs).await {
            Ok(done) => done.iter().for_each(|ran| println!("job {}: {:?}", ran.job, ran.ended)),
            Err(error) => eprintln!("jobs: {error}"),
        }
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    }
}

/// There is no password that is known beforehand.
async fn welcome_first_administrator(crm: &Crm) -> Result<(), Box<dyn Error>> {
    let given = std::env::var("CRM_ADMIN_PASSWORD").ok();
    let password = given.clone().map_or_else(random_token, Ok)?;
    match crm.first_administrator("admin", &password).await {
        Ok(_) if given.is_none() => println!("sign in as admin with the password {password}, and change it"),
        Ok(_) => println!("sign in as admin with the password you gave"),
        // There is one already.
        Err(crmkit::Error::Denied { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn asked_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
        return;
    }
    let _ = interrupted.await;
}
