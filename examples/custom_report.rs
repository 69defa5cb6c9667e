//! Reports of one's own: written as code or as JSON by a user, in bands and shares, saved and shared, drawn as SVG.
//!
//! ```text
//! cargo run --release --example custom_report
//! ```

use crmkit::chart::{Chart, Series};
use crmkit::clock::FixedClock;
use crmkit::prelude::*;
use crmkit::report::{ChartKind, Definition, KeyColumn, MeasureColumn, Sharing, Sort};
use crmkit::storage::{SqliteOptions, SqliteStorage};
use pollster::block_on;

/// As a user would write it: orders and revenue by month, beside the month before.
const MONTHS: &str = r#"{
    "name": "months",
    "entity": "order",
    "rows": {"groups": {
        "by": [{"path": "ordered_at", "period": "month", "name": "month"}],
        "measures": [
            {"measure": "count", "name": "orders"},
            {"measure": {"sum": "amount"}, "name": "amount"}
        ]
    }},
    "steps": [
        {"previous_period": {"of": "amount", "period": "month", "name": "before"}},
        {"running_total": {"of": "amount", "by": [{"column": "month"}], "name": "so_far"}}
    ],
    "totals": ["orders", "amount"]
}"#;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let storage =
        SqliteStorage::open(folder.path().join("crm.db"), crmkit::standard_schema()?, SqliteOptions::default())?;
    block_on(async {
        let crm = Crm::builder(storage).clock(FixedClock::new("2026-03-31T09:00:00Z".parse()?)).open().await?;
        run(&crm).await?;
        Ok(crm.close().await?)
    })
}

async fn run(crm: &Crm) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let (li, wang, chen) = (
        hire(crm, "li", "account_manager").await?,
        hire(crm, "wang", "account_manager").await?,
        hire(crm, "chen", "executive").await?,
    );
    // A report of one's own reads records, so whoever runs one may read them: executives are to read orders here, and to save.
    let role = crm.system().roles().named("executive").await?;
    for right in ["order.read", "saved_report.create", "saved_report.edit", "saved_report.read"] {
        crm.system().roles().tick(role.id, right, Scope::All).await?;
    }
    sell(crm, &li, "Acme", &[("2026-01-10", "40"), ("2026-02-03", "720"), ("2026-03-12", "1500")]).await?;
    sell(crm, &wang, "Bravo", &[("2026-01-22", "310"), ("2026-03-01", "95")]).await?;

    println!("== As code: how large are orders?\n");
    // Names of fields are checked by the compiler; every path, value and column once more before anything is read.
    let sizes = Definition::groups::<Order>(
        "order sizes",
        vec![KeyColumn::new(Order::amount).bands(vec!["100".into(), "500".into()]).named("size")],
        vec![
            MeasureColumn::new("orders", Measure::Count),
            MeasureColumn::new("amount", Measure::Sum(Order::amount.path())),
        ],
    )
    .filter(Order::ordered_at.ge("2026-01-01T00:00:00Z".parse::<Timestamp>()?))
    .share("amount", "share")
    .order(Sort::ascending("size"))
    .total("orders")
    .total("amount");
    let report = chen.report_custom(&sizes).await?;
    println!("{}", report.to_text());

    println!("== As a picture\n");
    let mut chart = Chart::new(ChartKind::Bars, "Order sizes", chen.lang());
    chart.labels = report.table.values("size")?.into_iter().map(ToString::to_string).collect();
    let shares = report.table.values("share")?.into_iter().cloned().collect();
    chart.series = vec![Series::new("share", shares)];
    let svg = chart.to_svg();
    let file = tempfile::tempdir()?.path().with_extension("svg");
    std::fs::write(&file, &svg)?;
    println!("{} bytes of SVG, {} bars", svg.len(), chart.labels.len());
    std::fs::remove_file(file)?;

    println!("\n== As JSON: how do sales develop?\n");
    let months: Definition = MONTHS.parse()?;
    println!("{}", chen.report_custom(&months).await?.to_text());
    let mistyped: Definition = MONTHS.replace("ordered_at", "orderd_at").parse()?;
    if let Err(error) = chen.report_custom(&mistyped).await {
        println!("Mistyped: {error} ({})", error.code());
    }

    println!("\n== Saved and shared: a question, not an answer\n");
    chen.save_report("Months", &months, Sharing::All).await?;
    // Account managers may not run reports of their own unless the role says so; here it does, for what is theirs.
    let role = crm.system().roles().named("account_manager").await?;
    for right in ["report.custom", "saved_report.read"] {
        crm.system().roles().tick(role.id, right, Scope::Own).await?;
    }
    for session in [&chen, &li, &wang] {
        let report = session.report_saved("Months").await?;
        let amount = report.table.total("amount").map(ToString::to_string).unwrap_or_default();
        println!("{:<5} finds {} months, {amount} in all", session.actor().name(), report.table.rows().len());
    }
    Ok(())
}

async fn hire(crm: &Crm, login: &str, role: &str) -> Result<Session> {
    let role = crm.system().roles().named(role).await?;
    let user = crm.system().users().create(NewUser::new(login, role.id)).await?;
    crm.session(user.id).await
}

/// A customer, and an order of tea on each of these days.
async fn sell(
    crm: &Crm,
    session: &Session,
    customer: &str,
    orders: &[(&str, &str)],
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let customer = session.customers().create(NewCustomer::new(customer)).await?;
    let tea = NewProduct { code: format!("T-{}", customer.number), name: "Tea".into(), ..Default::default() };
    let tea = crm.system().products().create(tea).await?;
    for (day, amount) in orders {
        let line =
            NewOrderLine { product: tea.id, quantity: "1".parse()?, unit_price: amount.parse()?, ..Default::default() };
        let ordered_at = format!("{day}T09:00:00Z").parse()?;
        session
            .orders()
            .place(NewOrder { customer: customer.id, ordered_at, ..Default::default() }, vec![line])
            .await?;
    }
    Ok(())
}
