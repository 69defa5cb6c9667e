//! Moving in from the classic CRM: a folder of CSV dumps goes in, and what does not fit is told.
//!
//! ```text
//! cargo run --example migrate_from_classic -- DIR [--db sqlite:PATH]
//! ```
//!
//! Without `--db` the file is `crm.db`. Without a folder it writes a small dump of its own and moves that into a store
//! in memory, so that you see what happens.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use crmkit::prelude::*;
use crmkit::storage::{MemoryStorage, SqliteOptions, SqliteStorage};
use crmkit::transfer::{MigrateFromClassic, MigratedTable, MigrationOutput, RejectedOldRow};
use pollster::block_on;

/// Move the data of a classic CRM into this one.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder with a CSV file for each old table; without it, a small dump is made up.
    dir: Option<PathBuf>,
    /// Where it goes: `sqlite:PATH`.
    #[arg(long, default_value = "sqlite:crm.db")]
    db: String,
    /// A folder for the rows that are rejected, each with the reason, to be repaired.
    #[arg(long)]
    rejects: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(Arguments { dir, db, rejects }: Arguments) -> Result<(), Box<dyn Error>> {
    block_on(async {
        let Some(dir) = dir else {
            let folder = tempfile::tempdir()?;
            make_up(folder.path())?;
            let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
            return migrate(&crm, folder.path(), rejects).await;
        };
        let path = db.strip_prefix("sqlite:").ok_or("`--db` takes `sqlite:PATH`")?;
        let options = SqliteOptions { migrate: true, ..Default::default() };
        let storage = SqliteStorage::open(path, crmkit::standard_schema()?, options)?;
        migrate(&Crm::builder(storage).open().await?, &dir, rejects).await
    })
}

async fn migrate(crm: &Crm, dump: &Path, rejects: Option<PathBuf>) -> Result<(), Box<dyn Error>> {
    let mut on_table = |table: &MigratedTable| {
        let rows = table.report.progress;
        print!("{:<18}{:>6} in", table.file, rows.imported);
        for (count, what) in [(rows.skipped, "there already"), (rows.updated, "updated"), (rows.rejected, "rejected")] {
            if count > 0 {
                print!(", {count} {what}");
            }
        }
        println!("{}", if table.report.was_done() { " (by an earlier run)" } else { "" });
    };
    let mut on_reject = |row: &RejectedOldRow| println!("  {row}");
    let output = MigrationOutput { rejects, on_reject: Some(&mut on_reject), on_table: Some(&mut on_table) };
    let report = MigrateFromClassic::new(dump).run(&crm.system(), output).await?;
    for file in &report.left_out {
        println!("{file:<18}left out: it is no table that can be moved");
    }
    println!("\nrows in: {}, rejected: {}", report.imported(), report.rejected());
    println!("nobody has a password yet: `crm.system().users().set_password(..)` gives one");
    Ok(())
}

/// A house with two people, two customers and an order, and one row that does not fit.
fn make_up(folder: &Path) -> std::io::Result<()> {
    for (file, text) in [
        ("sys_role.csv", "role_id,role_name,role_flag\n2,销售主管,1\n3,客户经理,1\n"),
        ("sys_user.csv", "usr_id,usr_name,usr_password,usr_role_id,usr_flag\n1,zhao,old,2,1\n2,wang,old,3,1\n"),
        (
            "cst_customer.csv",
            "cust_no,cust_name,cust_region,cust_manager_id,cust_level,cust_status\n\
             KH071202001,Harbour Teahouse,华东,2,3,1\nKH071202002,City Museum Shop,北京,2,1,正常\n",
        ),
        ("product.csv", "prod_id,prod_name,prod_unit,prod_price\n1,Longjing tea,500 g,38.50\n"),
        (
            "orders.csv",
            "odr_id,odr_customer,odr_date,odr_status\n1,Harbour Teahouse,2007-12-03,6\n2,Harbor Teahouse,2007-12-04,5\n",
        ),
        ("orders_line.csv", "odd_id,odd_order_id,odd_prod_id,odd_count,odd_price\n1,1,1,40,38.50\n"),
        (
            "sal_chance.csv",
            "chc_id,chc_cust_name,chc_title,chc_rate,chc_create_id,chc_create_date,chc_due_id,chc_due_date,chc_status\n\
             1,Hotel Lakeside,tea for the lobby,60,1,2007-12-01,2,2007-12-02,2\n",
        ),
        ("sys_right.csv", "right_code,right_text\nL01,营销管理\n"),
    ] {
        fs::write(folder.join(file), text)?;
    }
    Ok(())
}
