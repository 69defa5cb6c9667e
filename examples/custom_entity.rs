//! An entity of one's own: what a company rents out. One declaration, one line that registers it, and it has a table,
//! rights, scopes, history, an import and reports as if it were ours.
//!
//! ```text
//! cargo run --release --example custom_entity
//! ```

use std::io::Cursor;

use crmkit::command::{Command, Commands, Loaded, Outcome};
use crmkit::machine::{Machine, Step, step};
use crmkit::organisation::{NewNumberSeries, NumberSeries};
use crmkit::prelude::*;
use crmkit::problem::FieldProblem;
use crmkit::rules::Numbered;
use crmkit::schema::FieldType;
use crmkit::storage::{SqliteOptions, SqliteStorage};
use crmkit::transfer::{ImportField, ImportKind, ImportOptions, ImportOutput};
use pollster::block_on;

/// The series that leases are numbered from.
const SERIES: &str = "lease";

crmkit::choice!(
    /// How far a lease has come.
    pub enum LeaseStatus {
        /// It is agreed on.
        #[code("agreed", "已签", "Agreed")]
        Agreed,
        /// The customer has the machine.
        #[code("running", "租赁中", "Running")]
        Running,
        /// The machine is back.
        #[code("ended", "已结束", "Ended")]
        Ended,
    }
);

crmkit::entity!(
    #[entity("rent_lease", "租赁", "Lease")]
    #[inputs(NewLease, LeasePatch)]
    /// A machine that a customer rents.
    pub struct Lease {
        /// The number people see; without one the next of the series is taken.
        #[label("租赁编号", "Lease no.")]
        pub number: String,
        /// Who rents it.
        #[label("客户", "Customer")]
        pub customer: Id<Customer>,
        /// What is rented.
        #[label("设备", "Machine")]
        pub machine: String,
        /// What it costs a month.
        #[label("月租", "Monthly rent")]
        pub rent: Money,
        #[system]
        /// How far it has come.
        #[label("状态", "Status")]
        pub status: LeaseStatus,
        #[system]
        /// The day the customer got it.
        #[label("起租日", "Running since")]
        pub since: Option<Date>,
    }
);

/// What types do not say: keys, whose it is, what is searched, and which rights there are besides the usual four.
impl EntityFacts for Lease {
    fn facts() -> Facts {
        Facts::default()
            .unique::<Self>(&[&Lease::number])
            .index::<Self>(&[&Lease::status])
            // Whoever manages the customer owns the lease: all scopes follow from this.
            .owner(Lease::customer.to(Customer::manager))
            .natural::<Self>(&[&Lease::number])
            .searched::<Self>(&[&Lease::number, &Lease::machine])
            .actions(&["hand_over"])
    }
}

/// The one table that says what may follow what.
impl Machine<LeaseStatus> for Lease {
    const STEPS: &'static [Step<LeaseStatus>] = {
        use LeaseStatus::{Agreed, Running};
        &[
            Step { from: &[Agreed], event: "edit", to: &[Agreed] },
            Step { from: &[Agreed], event: "hand_over", to: &[Running] },
        ]
    };

    fn state(&self) -> LeaseStatus {
        self.status
    }
}

/// What is decided: pure functions over values.
impl Rules for Lease {
    fn created(draft: Self, _: &Context) -> Result<Self> {
        draft.checked()
    }

    fn edited(before: &Self, after: Self, _: &Context) -> Result<Self> {
        step(before, "edit")?;
        after.checked()
    }

    fn commands() -> Commands<Self> {
        Commands::default().with::<HandOver>()
    }

    fn numbered() -> Option<Numbered> {
        Some(Numbered { field: Lease::number.name().into(), series: SERIES.into() })
    }
}

impl Lease {
    fn checked(self) -> Result<Self> {
        // What was not given at all is reported with the other fields.
        if self.rent == FieldType::missing() || self.rent > Money::ZERO {
            return Ok(self);
        }
        let problem = FieldProblem::invalid("rent", format!("{} is not above zero", self.rent));
        Err(Error::Invalid { entity: "lease".into(), problems: vec![problem] })
    }
}

/// The machine is handed over.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub struct HandOver;

impl Command for HandOver {
    type Subject = Lease;
    const ACTION: &'static str = "hand_over";

    fn decide(&self, mut before: Lease, _: &Loaded, context: &Context) -> Result<Outcome<Lease>> {
        step(&before, Self::ACTION)?;
        before.status = LeaseStatus::Running;
        before.since = Some(context.today());
        Ok(Outcome::of(before))
    }
}

/// What a file of leases has in its columns.
fn leases() -> ImportKind {
    ImportKind::of::<Lease>("leases")
        .fields([
            ImportField::of(Lease::number).at_most(40),
            ImportField::of(Lease::customer),
            ImportField::of(Lease::machine),
            ImportField::of(Lease::rent),
        ])
        .key(&[&Lease::number])
        .build()
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    // The line that registers it.
    let schema = Schema::builder().standard().with::<Lease>().build()?;
    let storage = SqliteStorage::open(folder.path().join("crm.db"), schema, SqliteOptions::default())?;
    block_on(async {
        let crm = Crm::builder(storage).open().await?;
        run(&crm).await?;
        Ok(crm.close().await?)
    })
}

async fn run(crm: &Crm) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let system = crm.system();
    system.of::<NumberSeries>().create(NewNumberSeries::daily(SERIES, "ZL")).await?;
    // Its rights are granted as any others.
    let role = system.roles().named("account_manager").await?;
    for right in ["lease.create", "lease.read", "lease.edit", "lease.hand_over"] {
        system.roles().tick(role.id, right, Scope::Own).await?;
    }
    let mut sessions = Vec::new();
    for login in ["li", "wang"] {
        let user = system.users().create(NewUser::new(login, role.id)).await?;
        sessions.push(crm.session(user.id).await?);
    }
    let (li, wang) = (&sessions[0], &sessions[1]);

    println!("== Rules\n");
    let acme = li.customers().create(NewCustomer { number: "K1".into(), ..NewCustomer::new("Acme") }).await?;
    let new = NewLease { customer: acme.id, machine: "Tea roaster".into(), ..Default::default() };
    let records = li.of::<Lease>();
    refused("Without a rent", records.create(new.clone()).await);
    refused("For nothing", records.create(NewLease { rent: Money::ZERO, ..new.clone() }).await);
    let lease = records.create(NewLease { rent: "450".parse()?, ..new }).await?;
    println!("{}: {} for {} a month, {}", lease.number, lease.machine, lease.rent, lease.status.code());

    println!("\n== Rights\n");
    refused("Wang looks at it", wang.of::<Lease>().get(lease.id).await);
    println!("Li may now: {}", records.allowed_actions::<LeaseStatus>(&lease).await?.join(", "));
    let running = records.run(lease.id, HandOver).await?;
    println!("{} is {}", running.number, running.status.code());
    refused("Handing it over again", records.run(lease.id, HandOver).await);
    println!("Li may now: [{}]", records.allowed_actions::<LeaseStatus>(&running).await?.join(", "));

    println!("\n== Import\n");
    let file = "lease,customer,machine,rent\nZL-1,K1,Kettle,80.50\nZL-2,K9,Scale,12\nZL-3,K1,Mill,free\n";
    let options = ImportOptions::new(leases()).map("number", "lease");
    let mut rejects = Vec::new();
    let output = ImportOutput { rejects: Some(&mut rejects), ..Default::default() };
    let report = system.import(&options, Cursor::new(file), output).await?;
    println!("{} imported, {} rejected:", report.progress.imported, report.progress.rejected);
    print!("{}", String::from_utf8(rejects)?);

    println!("\n== Figures, history, and what a form needs\n");
    let rents = Measure::Sum(Lease::rent.path());
    let by_customer = crmkit::report::Definition::groups::<Lease>(
        "rents",
        vec![crmkit::report::KeyColumn::new(Lease::customer.path())],
        vec![crmkit::report::MeasureColumn::new("rent", rents)],
    );
    print!("{}", system.report_custom(&by_customer).await?.to_csv());
    for entry in system.of::<Lease>().history(lease.id, &Default::default()).await?.entries {
        println!("{}: {}", entry.command, entry.fields.iter().map(|field| &*field.name).collect::<Vec<_>>().join(", "));
    }
    for column in &system.untyped("lease")?.definition().columns {
        println!("{} ({})", column.label.text(crmkit::schema::Lang::En), column.column_type.kind());
    }
    let faults = system.verify().await?;
    println!("\nEverything looked over: {} faults", faults.len());
    Ok(())
}

fn refused<T>(what: &str, outcome: Result<T>) {
    match outcome {
        Err(error) => println!("{what}: {error} ({})", error.code()),
        Ok(_) => println!("{what}: done"),
    }
}
