//! An address book on the command line, without a line of `async`.
//!
//! ```text
//! cargo run --features blocking --example blocking_cli -- book.db add "Acme Ltd" 华东
//! cargo run --features blocking --example blocking_cli -- book.db call "Acme Ltd" "Anna Berg" 0215550100
//! cargo run --features blocking --example blocking_cli -- book.db find acme
//! cargo run --features blocking --example blocking_cli -- book.db regions
//! ```

use std::error::Error;
use std::process::ExitCode;

use crmkit::blocking::Wait;
use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage};

const USAGE: &str = "blocking_cli FILE.db add NAME [REGION] | call CUSTOMER PERSON PHONE | find WORDS | regions";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.split_first().map(|(file, command)| run(file, command)) {
        Some(Ok(true)) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        Some(Ok(false)) | None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Does what the words say; `false` if they say nothing this program knows.
fn run(file: &str, words: &[&str]) -> Result<bool, Box<dyn Error>> {
    let options = SqliteOptions { migrate: true, ..Default::default() };
    let crm = Crm::builder(SqliteStorage::open(file, crmkit::standard_schema()?, options)?).open().wait()?;
    let session = crm.system();
    match words {
        ["add", name, region @ ..] if region.len() < 2 => {
            let region = region.first().map(|region| (*region).to_owned());
            let customer = session.customers().create(NewCustomer { region, ..NewCustomer::new(*name) }).wait()?;
            println!("{} {}", customer.number, customer.name);
        }
        ["call", customer, person, phone] => {
            let customer = session.customers().named(customer).wait()?.id;
            let (name, phone) = ((*person).to_owned(), Some((*phone).to_owned()));
            let contact = NewContact { customer, name, phone, ..Default::default() };
            println!("{}", session.contacts().create(contact).wait()?.name);
        }
        ["find", words] => {
            let query = Query::of::<Customer>().order(Customer::name.asc()).limit(20);
            for customer in session.customers().search(words, query).wait()?.items {
                println!("{} {}", customer.number, customer.name);
                let of_customer = Query::of::<Contact>().filter(Contact::customer.eq(customer.id));
                for contact in session.contacts().list(of_customer).wait()?.items {
                    println!("    {} {}", contact.name, contact.phone.unwrap_or_default());
                }
            }
        }
        ["regions"] => print!("{}", session.report("composition", [("by", "region")]).wait()?.to_text()),
        _ => return Ok(false),
    }
    crm.close().wait()?;
    Ok(true)
}
