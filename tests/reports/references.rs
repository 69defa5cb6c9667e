//! Which published figure is checked by what, and why the others are not; and all of them on every store.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::world::{Open, World};
use crate::{incidents, maven, northwind, online_retail};

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    folder.is_dir().then_some(folder)
}

/// What is done about columns of tables in a reference file; of a key that is no table, or of a table as a whole, about
/// the column ``.
enum Done {
    /// A function of the test file named like the folder checks them.
    Checked(&'static str),
    /// No report states them.
    Left(&'static str),
}

use Done::{Checked, Left};

type Said = (&'static str, &'static [&'static str], &'static [&'static str], Done);

const RATES: &[&str] = &["won", "lost", "win_rate_of_closed", "won_value"];
/// The columns of those tables that no report has.
const REST: &[&str] = &[
    "opportunities",
    "prospecting",
    "engaging",
    "won_share_of_all",
    "average_won_value",
    "days_to_close_won_sum",
    "days_to_close_closed_avg",
];
const RATED: &[&str] = &["by_agent", "by_product", "by_account", "by_country", "total"];
const UNRATED: &[&str] = &["by_series", "by_manager", "by_region", "by_sector"];
const PRODUCTS: &[&str] = &["all_products", "top10_products_by_amount"];
const SERVED: &[&str] = &["by_category", "by_assigned_to"];
const UNSERVED: &[&str] = &[
    "by_priority",
    "by_contact_type",
    "by_assignment_group",
    "by_closed_code",
    "by_opened_month",
    "by_opened_day",
    "top10_callers",
];
const KEY: &[&str] = &["key"];
const WHOLE: &[&str] = &[""];

const TEXT: Done = Left("a text that explains the figures");
const PIPELINE: Done = Left("a win rate says won, lost and won amount; means and shares of all are no columns of it");
const NO_FIELD: Done = Left("the record has no such field");
const EXACT: Done = Left("the library promises the exact sum, and rounds nothing to cents");

const MAVEN: &[Said] = &[
    ("ref_by_period.json", &["closed_by_month"], KEY, Checked("win_rates_are_the_published_ones")),
    ("ref_by_period.json", &["closed_by_month"], RATES, Checked("win_rates_are_the_published_ones")),
    ("ref_by_period.json", &["closed_by_month"], REST, PIPELINE),
    ("ref_by_period.json", &["closed_by_month"], &["days_to_close_won_avg"], Left("sales-cycle goes by owner")),
    ("ref_by_period.json", &["closed_by_quarter"], WHOLE, Left("win-rate has no quarters; its months are checked")),
    ("ref_by_period.json", &["engaged_by_month"], WHOLE, Left("no report counts what is entered by month")),
    ("ref_by_period.json", &["first_engage", "last_close"], WHOLE, Left("no report says the first or last day of all")),
    ("ref_composition.json", &["accounts", "by_country"], WHOLE, Checked("what_accounts_brought_and_how_long_it_took")),
    ("ref_composition.json", &["by_sector", "subsidiaries_by_parent", "accounts_with_parent"], WHOLE, NO_FIELD),
    ("ref_contribution.json", &["currency"], WHOLE, TEXT),
    (
        "ref_contribution.json",
        &["total", "accounts_without_won"],
        WHOLE,
        Checked("what_accounts_brought_and_how_long_it_took"),
    ),
    (
        "ref_contribution.json",
        &["per_account_per_year"],
        &["account", "year", "won_value", "won"],
        Checked("what_accounts_brought_and_how_long_it_took"),
    ),
    (
        "ref_contribution.json",
        &["ranking"],
        &["account", "won_value"],
        Checked("what_accounts_brought_and_how_long_it_took"),
    ),
    (
        "ref_contribution.json",
        &["ranking"],
        &["rank", "share", "cumulative_share"],
        Left("these are deals, not orders; win-rate has neither ranks nor shares"),
    ),
    ("ref_forecast.json", &["note"], WHOLE, TEXT),
    (
        "ref_forecast.json",
        &["open_list_value_total", "open_list_value_by_stage", "weighted_prospecting_10_percent_engaging_50_percent"],
        WHOLE,
        Checked("the_forecast_by_stage_is_the_published_one"),
    ),
    ("ref_forecast.json", &["open_by_stage_and_product"], WHOLE, Left("forecast has one key, not two")),
    (
        "ref_forecast.json",
        &["history_won_of_closed_by_product"],
        WHOLE,
        Left("the same as ref_win_rates.json by_product"),
    ),
    (
        "ref_forecast.json",
        &["weighted_by_overall_win_rate", "weighted_by_product_win_rate"],
        WHOLE,
        Left("forecast weighs by stage or by its own rate, not by history"),
    ),
    ("ref_funnel.json", &["note"], WHOLE, TEXT),
    (
        "ref_funnel.json",
        &["current_stage_counts"],
        &["stage", "opportunities", "share"],
        Checked("the_funnel_is_the_published_one"),
    ),
    (
        "ref_funnel.json",
        &["reached"],
        &["stage", "opportunities", "conversion_from_previous"],
        Checked("the_funnel_is_the_published_one"),
    ),
    ("ref_funnel.json", &["reached"], &["share_of_all"], Left("the funnel has the share in the stage before")),
    ("ref_funnel.json", &["open_without_account"], WHOLE, Left("no report counts those")),
    ("ref_win_rates.json", &["note"], WHOLE, TEXT),
    ("ref_win_rates.json", RATED, KEY, Checked("win_rates_are_the_published_ones")),
    ("ref_win_rates.json", RATED, RATES, Checked("win_rates_are_the_published_ones")),
    ("ref_win_rates.json", RATED, REST, PIPELINE),
    (
        "ref_win_rates.json",
        &["by_agent"],
        &["days_to_close_won_avg"],
        Checked("what_accounts_brought_and_how_long_it_took"),
    ),
    (
        "ref_win_rates.json",
        &["by_product", "by_account", "by_country", "total"],
        &["days_to_close_won_avg"],
        Left("sales-cycle goes by owner"),
    ),
    ("ref_win_rates.json", UNRATED, WHOLE, Left("win-rate has no such key")),
    ("ref_win_rates.json", &["agents_in_team_list_without_opportunity"], WHOLE, Left("win-rate lists who has some")),
];

const NORTHWIND: &[Said] = &[
    ("ref_composition.json", &["customers"], WHOLE, Checked("composition_by_region_is_that_by_country")),
    (
        "ref_composition.json",
        &["by_country"],
        &["value", "customers", "share"],
        Checked("composition_by_region_is_that_by_country"),
    ),
    ("ref_composition.json", &["by_contact_title"], WHOLE, Left("customers are not told apart by their contacts")),
    (
        "ref_composition.json",
        &["sales_by_customer_country"],
        &["country", "amount_exact", "orders", "share"],
        Checked("sales_are_the_published_ones_by_every_key"),
    ),
    ("ref_composition.json", &["sales_by_customer_country"], &["amount_lines_rounded_half_up"], EXACT),
    ("ref_contribution.json", &["currency", "line_amount"], WHOLE, TEXT),
    ("ref_contribution.json", &["total_exact", "total_per_year"], WHOLE, Checked("contribution_is_the_published_one")),
    (
        "ref_contribution.json",
        &["total_lines_rounded_half_up", "total_lines_rounded_half_even", "total_orders_rounded_half_up"],
        WHOLE,
        EXACT,
    ),
    ("ref_contribution.json", &["total_gross_before_discount"], WHOLE, Left("amounts are those after the discount")),
    (
        "ref_contribution.json",
        &["per_customer_per_year"],
        &["customer_id", "company_name", "year", "amount_exact", "orders"],
        Checked("contribution_is_the_published_one"),
    ),
    (
        "ref_contribution.json",
        &["per_customer_per_year"],
        &["amount_lines_rounded_half_up", "amount_lines_rounded_half_even", "amount_orders_rounded_half_up"],
        EXACT,
    ),
    (
        "ref_contribution.json",
        &["per_customer_per_year"],
        &["gross_before_discount", "lines"],
        Left("contribution has amounts after the discount, and orders"),
    ),
    (
        "ref_contribution.json",
        &["ranking_all_years"],
        &["rank", "customer_id", "company_name", "amount_exact", "orders", "share", "cumulative_share"],
        Checked("sales_are_the_published_ones_by_every_key"),
    ),
    ("ref_contribution.json", &["ranking_all_years"], &["amount_lines_rounded_half_up"], EXACT),
    ("ref_contribution.json", &["customers_without_orders"], WHOLE, Left("contribution lists who has some")),
    ("ref_lapsed.json", &["rule"], WHOLE, TEXT),
    (
        "ref_lapsed.json",
        &["at_1998-05-06", "at_1998-05-06_3_months", "at_1997-12-31_data_up_to_that_day"],
        WHOLE,
        Checked("lapsed_customers_are_the_published_ones"),
    ),
    ("ref_orders_by_month.json", &["orders"], WHOLE, Checked("contribution_is_the_published_one")),
    (
        "ref_orders_by_month.json",
        &["lines", "first_order_date", "last_order_date"],
        WHOLE,
        Left("no report counts lines or says the first day of all"),
    ),
    (
        "ref_orders_by_month.json",
        &["not_shipped", "shipped_after_required_date"],
        WHOLE,
        Left("an order has no day by which it is due; all are loaded as shipped"),
    ),
    (
        "ref_orders_by_month.json",
        &["by_month"],
        &["month", "orders", "amount_exact"],
        Checked("months_and_products_are_the_published_ones"),
    ),
    ("ref_orders_by_month.json", &["by_month"], &["customers"], Checked("sales_are_the_published_ones_by_every_key")),
    ("ref_orders_by_month.json", &["by_month"], &["freight"], NO_FIELD),
    (
        "ref_products_and_staff.json",
        PRODUCTS,
        &["rank", "product_id", "product_name", "amount_exact", "quantity"],
        Checked("months_and_products_are_the_published_ones"),
    ),
    ("ref_products_and_staff.json", PRODUCTS, &["orders"], Checked("sales_are_the_published_ones_by_every_key")),
    ("ref_products_and_staff.json", PRODUCTS, &["amount_lines_rounded_half_up"], EXACT),
    (
        "ref_products_and_staff.json",
        &["top10_products_by_quantity"],
        WHOLE,
        Left("top-products goes by amount; the quantities are those of all_products"),
    ),
    (
        "ref_products_and_staff.json",
        &["by_category"],
        &["category", "amount_exact", "orders"],
        Checked("sales_are_the_published_ones_by_every_key"),
    ),
    (
        "ref_products_and_staff.json",
        &["by_employee"],
        &["name", "amount_exact", "orders"],
        Checked("sales_are_the_published_ones_by_every_key"),
    ),
    ("ref_products_and_staff.json", &["by_employee"], &["employee_id"], Left("a manager is shown by his name")),
    ("ref_products_and_staff.json", &["by_category", "by_employee"], &["amount_lines_rounded_half_up"], EXACT),
    (
        "ref_products_and_staff.json",
        &[
            "stock_at_or_below_reorder_level_not_discontinued",
            "stock_plus_on_order_at_or_below_reorder_level_not_discontinued",
            "discontinued_products",
        ],
        WHOLE,
        NO_FIELD,
    ),
    (
        "ref_products_and_staff.json",
        &["stock_value_at_list_price"],
        WHOLE,
        Checked("sales_are_the_published_ones_by_every_key"),
    ),
    ("ref_rfm.json", &["as_of", "rule"], WHOLE, TEXT),
    (
        "ref_rfm.json",
        &["customers"],
        &["customer_id", "last_order_date", "recency_days", "frequency", "monetary", "r_score", "f_score", "m_score"],
        Checked("scores_are_the_published_ones"),
    ),
];

const RETAIL: &[Said] = &[
    ("ref_composition.json", &["note"], WHOLE, TEXT),
    ("ref_composition.json", &["customers_by_country"], &["country", "customers", "share"], Checked("everything")),
    (
        "ref_composition.json",
        &["amount_by_invoice_country", "customers_with_several_countries"],
        WHOLE,
        Left("a customer has one region, an order none"),
    ),
    ("ref_contribution.json", &["currency", "line_amount"], WHOLE, TEXT),
    (
        "ref_contribution.json",
        &["totals", "customers", "invoices", "invoices_without_customer"],
        WHOLE,
        Checked("everything"),
    ),
    (
        "ref_contribution.json",
        &[
            "invoices_by_kind",
            "lines",
            "lines_without_customer",
            "lines_by_kind",
            "lines_with_price_zero",
            "lines_with_negative_quantity",
        ],
        WHOLE,
        Left("no report counts lines, and an order has no kind"),
    ),
    (
        "ref_contribution.json",
        &["top_50_by_net"],
        &["rank", "customer_id", "net", "share", "cumulative_share"],
        Checked("everything"),
    ),
    (
        "ref_contribution.json",
        &["top_50_by_net"],
        &["country", "sales_only"],
        Left("abc-customers has no country, and one status at a time"),
    ),
    (
        "ref_contribution.json",
        &["per_customer_per_year"],
        &["customer_id", "year", "net", "sales_only", "invoices", "sale_invoices"],
        Checked("check"),
    ),
    ("ref_lapsed.json", &["rule"], WHOLE, TEXT),
    ("ref_lapsed.json", &["6_months", "3_months"], WHOLE, Checked("check")),
    ("ref_orders_by_month.json", &["first", "last"], WHOLE, Left("no report says the first or last moment of all")),
    ("ref_orders_by_month.json", &["by_month"], &["month", "invoices", "net"], Checked("everything")),
    (
        "ref_orders_by_month.json",
        &["by_month"],
        &["sale_invoices", "known_customers", "sales_only"],
        Left("sales to nobody known are loaded as cancelled, so they can't be told from cancellations"),
    ),
    ("ref_products.json", &["note"], WHOLE, TEXT),
    (
        "ref_products.json",
        &["top10_by_net_amount"],
        &["rank", "stock_code", "description", "net", "net_quantity"],
        Checked("everything"),
    ),
    ("ref_products.json", &["top10_by_net_amount"], &["lines"], Left("top-products counts no lines")),
    ("ref_products.json", &["top10_by_net_quantity"], WHOLE, Left("top-products goes by amount")),
    ("ref_products.json", &["distinct_stock_codes"], WHOLE, Checked("everything")),
    ("ref_rfm.json", &["as_of", "rule"], WHOLE, TEXT),
    (
        "ref_rfm.json",
        &["customers"],
        &["customer_id", "last_order_date", "recency_days", "frequency", "monetary", "r_score", "f_score", "m_score"],
        Checked("check"),
    ),
];

const SERVICE: &str = "ref_service_analysis.json";
const INCIDENTS: &[Said] = &[
    (SERVICE, &["note"], WHOLE, TEXT),
    (
        SERVICE,
        &["events", "events_by_state"],
        WHOLE,
        Left("the events of the log are not loaded, only how each incident ended"),
    ),
    (SERVICE, &["first_opened", "last_closed"], WHOLE, Left("no report says the first or last moment of all")),
    (SERVICE, &["by_category"], &["category"], Checked("counts_are_the_published_ones")),
    (SERVICE, &["by_assigned_to"], &["assigned_to"], Checked("counts_are_the_published_ones")),
    (SERVICE, SERVED, &["incidents"], Checked("counts_are_the_published_ones")),
    (
        SERVICE,
        SERVED,
        &["resolved", "minutes_to_resolve_avg", "minutes_to_resolve_median"],
        Checked("minutes_are_the_published_ones"),
    ),
    (SERVICE, SERVED, &["made_sla", "made_sla_share", "reassignments", "minutes_to_close_sum"], NO_FIELD),
    (SERVICE, SERVED, &["reopened"], Left("a rework is a feedback, of which the log knows nothing")),
    (SERVICE, SERVED, &["minutes_to_resolve_sum"], Left("handling-time has means, not sums")),
    (SERVICE, &["total"], &["incidents"], Checked("counts_are_the_published_ones")),
    (SERVICE, &["total"], &["resolved"], Checked("minutes_are_the_published_ones")),
    (
        SERVICE,
        &["total"],
        &[
            "all",
            "made_sla",
            "made_sla_share",
            "reopened",
            "reassignments",
            "minutes_to_resolve_sum",
            "minutes_to_resolve_avg",
            "minutes_to_resolve_median",
            "minutes_to_close_sum",
        ],
        Left("handling-time has a mean for each key, not for all"),
    ),
    (SERVICE, UNSERVED, WHOLE, Left("service has no such key")),
];

const FOLDERS: [(&str, &str, &[Said]); 4] = [
    ("maven_crm", "maven", MAVEN),
    ("northwind", "northwind", NORTHWIND),
    ("online_retail", "online_retail", RETAIL),
    ("service_incidents", "incidents", INCIDENTS),
];

/// Every file and key of a folder, and for a table its columns.
fn published(folder: &std::path::Path) -> BTreeSet<(String, String, String)> {
    let mut all = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !file.starts_with("ref_") {
            continue;
        }
        let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for (key, value) in json.as_object().unwrap() {
            let columns = value.get("columns").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
            all.insert((file.clone(), key.clone(), String::new()));
            all.extend(columns.iter().map(|name| (file.clone(), key.clone(), name.as_str().unwrap().to_owned())));
        }
    }
    all
}

#[test]
fn every_published_figure_is_checked_or_it_is_said_why_not() {
    let Some(data) = folder() else { return };
    for (name, file, said) in FOLDERS {
        let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/reports/{file}.rs"));
        let tests = std::fs::read_to_string(tests).unwrap();
        let published = published(&data.join(name));
        let mut told: BTreeSet<(String, String, String)> = BTreeSet::new();
        for (file, keys, columns, done) in said {
            match done {
                Checked(by) => assert!(tests.contains(&format!("fn {by}(")), "{name}: nothing is called {by}"),
                Left(why) => assert!(!why.is_empty()),
            }
            for key in *keys {
                for column in *columns {
                    let one = ((*file).to_owned(), (*key).to_owned(), (*column).to_owned());
                    assert!(published.contains(&one), "{name}: there is no {one:?}");
                    assert!(told.insert(one.clone()), "{name}: {one:?} is told twice");
                }
            }
        }
        for (file, key, column) in &published {
            let whole = told.contains(&(file.clone(), key.clone(), String::new()));
            let parts = told.iter().any(|(f, k, c)| (f, k) == (file, key) && !c.is_empty());
            let covered =
                whole || told.contains(&(file.clone(), key.clone(), column.clone())) || (column.is_empty() && parts);
            assert!(covered, "{name}/{file}: nothing is said of `{key}` `{column}`");
            assert!(!(whole && parts), "{name}/{file}: `{key}` is told as a whole and in parts");
        }
    }
}

/// The figures of all sets on a store.
fn everywhere(open: Open<'_>) {
    if maven::folder().is_some() {
        maven::FIGURES.iter().for_each(|figures| figures(open));
    }
    if northwind::folder().is_some() {
        northwind::FIGURES.iter().for_each(|figures| figures(open));
    }
    if incidents::folder().is_some() {
        incidents::FIGURES.iter().for_each(|figures| figures(open));
    }
    if online_retail::folder().is_some() {
        online_retail::check(open);
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn the_published_figures_hold_on_sqlite() {
    use crmkit::storage::SqliteStorage;
    everywhere(&|zone| World::on(SqliteStorage::in_memory(crmkit::standard_schema().unwrap()).unwrap(), zone));
}

#[cfg(all(feature = "postgres", feature = "testing"))]
#[test]
fn the_published_figures_hold_on_postgresql() {
    use crmkit::storage::{PostgresOptions, PostgresStorage};
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let server = crmkit::testing::ThrowawayPostgres::start().unwrap();
    everywhere(&|zone| {
        let (tenant, schema) = (server.fresh_schema(), crmkit::standard_schema().unwrap());
        let connect = PostgresStorage::connect(server.url(), &tenant, schema, PostgresOptions::default());
        World::on(runtime.block_on(connect).unwrap(), zone)
    });
}
