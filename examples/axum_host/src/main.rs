//! A CRM behind a JSON API, with embedded SQLite: one program, one file, no server beside it.
//!
//! `cargo run --release -p axum_host` serves `/api` on 127.0.0.1:8080 (`CRM_LISTEN`) from the file `crm.db` (`CRM_DB`).
//! The first start makes the administrator `admin` and prints his password, once.

use std::{error::Error, net::SocketAddr, time::Duration};

use axum_host::{Settings, app, random_token};
use crmkit::crm::Jobs;
use crmkit::prelude::*;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listen = std::env::var("CRM_LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".into());
    let file = std::env::var("CRM_DB").unwrap_or_else(|_| "crm.db".into());
    let options = SqliteOptions { migrate: true, ..Default::default() };
    let crm = Crm::builder(SqliteStorage::open(&file, crmkit::standard_schema()?, options)?).open().await?;
    let password = random_token();
    match crm.first_administrator("admin", &password).await {
        Ok(_) => println!("sign in as admin with the password {password}, and change it: PUT /api/session/password"),
        Err(crmkit::Error::Denied { .. }) => {} // There is one already.
        Err(error) => return Err(error.into()),
    }

    let listener = TcpListener::bind(&listen).await?;
    let address = listener.local_addr()?;
    println!("serving {file} on http://{address}/api; what there is: http://{address}/api/openapi.json");
    // Whoever serves others than himself does so behind TLS, and the cookie then travels in nothing else.
    let settings = Settings { secure_cookie: !address.ip().is_loopback(), ..Default::default() };
    let service = app(crm.clone(), &settings).into_make_service_with_connect_info::<SocketAddr>();
    let jobs = tokio::spawn(look_after(crm.clone()));
    let asked_to_stop = async { drop(tokio::signal::ctrl_c().await) };
    let served = axum::serve(listener, service).with_graceful_shutdown(asked_to_stop).await;
    jobs.abort();
    // What was begun is written before the program ends.
    crm.close().await?;
    Ok(served?)
}

/// Reminders, the look for lost customers and the removal of what is old happen by themselves.
async fn look_after(crm: Crm) {
    loop {
        if let Err(error) = crm.system().run_due(&Jobs::standard()).await {
            eprintln!("jobs: {error}");
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}
