//! Who may do what: roles, scopes, teams, fields that are kept from a role, and why something is refused.
//!
//! ```text
//! cargo run --release --example permissions
//! ```

use crmkit::access::{FieldAccess, NewFieldRule, NewTeam};
use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage};
use pollster::block_on;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let storage =
        SqliteStorage::open(folder.path().join("crm.db"), crmkit::standard_schema()?, SqliteOptions::default())?;
    block_on(async {
        let crm = Crm::builder(storage).open().await?;
        run(&crm).await?;
        Ok(crm.close().await?)
    })
}

async fn run(crm: &Crm) -> Result<()> {
    let system = crm.system();
    println!("== Teams stand below one another\n");
    let sales = team(&system, "Sales", None).await?;
    let north = team(&system, "North", Some(sales.id)).await?;
    let south = team(&system, "South", Some(sales.id)).await?;
    println!("Sales leads North and South");

    println!("\n== A role is a list of rights, each with a scope\n");
    // One of the four that are there from the start, and one of our own.
    let manager = system.roles().named("account_manager").await?;
    let leader = system.roles().create(NewRole::new("leader")).await?;
    // What is ticked on a folder holds for every right in it.
    system.roles().tick(leader.id, "customer.read", Scope::Subtree).await?;
    system.roles().tick(leader.id, "customer.edit", Scope::Team).await?;
    system.roles().tick(leader.id, "report.composition", Scope::Subtree).await?;
    println!("leaders read the customers of all teams below theirs, and edit those of their own team");

    let li = hire(crm, "li", &manager, &north).await?;
    let wang = hire(crm, "wang", &manager, &south).await?;
    let zhao = hire(crm, "zhao", &leader, &sales).await?;
    let sun = hire(crm, "sun", &leader, &north).await?;
    let acme = li.customers().create(NewCustomer::new("Acme")).await?;
    let (name, phone) = ("Mei".to_owned(), Some("021 5550 0199".to_owned()));
    li.contacts().create(NewContact { customer: acme.id, name, phone, ..Default::default() }).await?;
    wang.customers().create(NewCustomer::new("Bravo")).await?;

    println!("\n== What a scope reaches\n");
    for session in [&li, &wang, &zhao, &sun] {
        let page = session.customers().list(Query::of::<Customer>().order(Customer::name.asc())).await?;
        let names: Vec<&str> = page.items.iter().map(|customer| customer.name.as_str()).collect();
        println!("{:<5} sees {}", session.actor().name(), names.join(" and "));
    }
    // A figure is one about the same records.
    let report = sun.report("composition", [("by", "level")]).await;
    println!("sun may run the report: {}", report.is_ok());

    println!("\n== Why?\n");
    // What may be seen but not changed is denied; what may not be seen is not there.
    for (session, right, record) in [
        (&sun, "customer.edit", Some("Acme")),
        (&zhao, "customer.edit", Some("Acme")),
        (&wang, "customer.edit", Some("Acme")),
        (&zhao, "customer.delete", None),
    ] {
        let decision = session.explain(right, record).await?;
        let may = if decision.allowed { "may" } else { "may not" };
        println!("{} {may} {right}: {}", session.actor().name(), decision.rule);
    }
    refused("wang looks at Acme", wang.customers().get(acme.id).await);
    refused("zhao edits Acme", zhao.customers().edit(acme.id, CustomerPatch::default()).await);

    println!("\n== A field is kept from a role\n");
    system.roles().tick(leader.id, "contact.read", Scope::Subtree).await?;
    let rule = |field: &str, access| NewFieldRule {
        role: leader.id,
        entity: "contact".into(),
        field: field.into(),
        access,
        ..Default::default()
    };
    show_contact(&sun).await?;
    system.field_rules().create(rule("phone", FieldAccess::Hidden)).await?;
    // Nobody signs in again: the next operation of every session knows.
    show_contact(&sun).await?;
    show_contact(&li).await?;
    // It can't be found out by asking for it, either.
    refused("sun looks for a number", sun.contacts().count(Contact::phone.eq("021 5550 0199")).await);

    println!("\n== What is taken away is gone\n");
    system.roles().untick(leader.id, "customer.read").await?;
    refused("sun looks at Acme", sun.customers().get(acme.id).await);
    let inactive = UserPatch { active: false.into(), ..Default::default() };
    system.users().edit(li.actor().id().unwrap_or(Id::NIL), inactive).await?;
    refused("li looks at Acme", li.customers().get(acme.id).await);
    Ok(())
}

async fn team(system: &Session, name: &str, parent: Option<Id<Team>>) -> Result<Team> {
    system.teams().create(NewTeam { name: name.into(), parent, ..Default::default() }).await
}

async fn hire(crm: &Crm, login: &str, role: &Role, team: &Team) -> Result<Session> {
    let new = NewUser { team: Some(team.id), ..NewUser::new(login, role.id) };
    let user = crm.system().users().create(new).await?;
    println!("{login} joins {} as {}", team.name, role.name);
    crm.session(user.id).await
}

async fn show_contact(session: &Session) -> Result<()> {
    for contact in session.contacts().list(Query::of::<Contact>()).await?.items {
        let phone = contact.phone.unwrap_or_else(|| "-".into());
        println!("{:<5} sees {}, phone {phone}", session.actor().name(), contact.name);
    }
    Ok(())
}

fn refused<T>(what: &str, outcome: Result<T>) {
    match outcome {
        Err(error) => println!("{what}: {error} ({})", error.code()),
        Ok(_) => println!("{what}: done"),
    }
}
