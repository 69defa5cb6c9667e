//! The published figures of the Maven sales pipeline, where the data is at hand.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use chrono_tz::{Asia, Tz};
use crmkit::marketing::OpportunityStatus;
use crmkit::prelude::*;

use crate::world::{Open, World};

pub(crate) fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/maven_crm");
    folder.join("ref_win_rates.json").exists().then_some(folder)
}

fn table(file: &str) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder().unwrap().join(file)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn reference(file: &str) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder().unwrap().join(file)).unwrap()).unwrap()
}

/// What a reference table says, under each key the columns named joined by commas; a missing value is empty text.
fn published(table: &serde_json::Value, key: &str, columns: &[&str]) -> BTreeMap<String, String> {
    let place = |name: &str| {
        let columns = table["columns"].as_array().unwrap();
        columns.iter().position(|column| column == name).unwrap()
    };
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let row = |row: &serde_json::Value| {
        let figures: Vec<String> = columns.iter().map(|column| text(&row[place(column)])).collect();
        (text(&row[place(key)]).replace("(blank)", ""), figures.join(","))
    };
    table["rows"].as_array().unwrap().iter().map(row).collect()
}

/// The same of a report's rows, of which each must have a key of its own.
fn found(world: &World, report: &str, options: &[&str]) -> BTreeMap<String, String> {
    let rows = world.rows(report, options);
    let keyed: BTreeMap<String, String> =
        rows.iter().map(|row| row.split_once(',').unwrap()).map(|(key, rest)| (key.into(), rest.into())).collect();
    assert_eq!(keyed.len(), rows.len());
    keyed
}

fn fill(mut world: World) -> World {
    let zone = world.zone;
    let agents: HashMap<String, _> = table("sales_teams.csv")
        .iter()
        .map(|row| row["sales_agent"].clone())
        .map(|agent| (agent.clone(), world.user(&agent, Some(&agent))))
        .collect();
    let accounts: HashMap<String, _> = (1..)
        .zip(table("accounts.csv"))
        .map(|(place, row): (usize, _)| {
            let id = world.customer_with(&format!("A{place}"), &row["account"], |customer| {
                customer.region = Some(row["office_location"].clone());
            });
            (row["account"].clone(), id)
        })
        .collect();
    let products: HashMap<String, _> = table("products.csv")
        .iter()
        .map(|row| (row["product"].clone(), world.product(&row["product"], &row["product"])))
        .collect();
    let names = ["Prospecting", "Engaging", "Won", "Lost"];
    let positions: Vec<_> = names.into_iter().zip([1, 2, 3, 3]).collect();
    let (pipeline, stages) = world.pipeline("Sales", &positions);
    for row in table("sales_pipeline.csv") {
        let moment = |text: &str| (!text.is_empty()).then(|| Timestamp::parse_in(text, zone).unwrap());
        let place = names.iter().position(|name| *name == row["deal_stage"]).unwrap();
        world.opportunity(|opportunity| {
            opportunity.number.clone_from(&row["opportunity_id"]);
            opportunity.status = [
                OpportunityStatus::Assigned,
                OpportunityStatus::Assigned,
                OpportunityStatus::Won,
                OpportunityStatus::Terminated,
            ][place];
            (opportunity.pipeline, opportunity.stage) = (Some(pipeline), Some(stages[place]));
            opportunity.assigned_to = Some(agents[&row["sales_agent"]]);
            opportunity.product = Some(products[&row["product"].replace("GTXPro", "GTX Pro")]);
            opportunity.customer = accounts.get(&row["account"]).copied();
            opportunity.closed_at = moment(&row["close_date"]);
            opportunity.created_at = moment(&row["engage_date"]).unwrap_or(Timestamp::EPOCH);
            opportunity.amount = (!row["close_value"].is_empty()).then(|| row["close_value"].parse().unwrap());
        });
    }
    world.settle();
    world
}

fn win_rates_are_the_published_ones(open: Open<'_>) {
    let figures = ["won", "lost", "win_rate_of_closed", "won_value"];
    let rates = reference("ref_win_rates.json");
    for zone in [Tz::UTC, Asia::Shanghai] {
        let world = fill(open(zone));
        for (by, key, rows) in [
            ("owner", "by_agent", 30),
            ("product", "by_product", 7),
            ("customer", "by_account", 86),
            ("region", "by_country", 16),
        ] {
            let found = found(&world, "win-rate", &[&format!("by={by}")]);
            assert_eq!(found.len(), rows, "{by}");
            assert_eq!(found, published(&rates[key], "key", &figures), "{by}");
        }
        let months = reference("ref_by_period.json");
        assert_eq!(found(&world, "win-rate", &["by=month"]), published(&months["closed_by_month"], "key", &figures));
        let report = world.report("win-rate", &[]);
        let totals: Vec<String> = report.table.totals().iter().map(|(_, value)| value.to_string()).collect();
        assert_eq!(totals.join(","), published(&rates["total"], "key", &figures)["all"]);
    }
}

fn the_funnel_is_the_published_one(open: Open<'_>) {
    let funnel = reference("ref_funnel.json");
    let rows = fill(open(Tz::UTC)).rows("funnel", &["pipeline=Sales"]);
    let cut = |from: usize, to: usize| -> BTreeMap<String, String> {
        let row = |row: &String| {
            let cells: Vec<&str> = row.split(',').collect();
            (cells[0].to_owned(), cells[from..to].join(","))
        };
        rows.iter().map(row).collect()
    };
    assert_eq!(cut(1, 3), published(&funnel["current_stage_counts"], "stage", &["opportunities", "share"]));
    // Those won and those lost stand side by side: both are what is called closed there.
    let reached = published(&funnel["reached"], "stage", &["opportunities", "conversion_from_previous"]);
    let found = cut(3, 5);
    for (stage, published) in
        [("Prospecting", "Prospecting"), ("Engaging", "Engaging"), ("Won", "Closed"), ("Lost", "Closed")]
    {
        assert_eq!(found[stage], reached[published], "{stage}");
    }
    let order: Vec<&str> = rows.iter().map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(order, ["Prospecting", "Engaging", "Lost", "Won"]);
}

fn the_forecast_by_stage_is_the_published_one(open: Open<'_>) {
    let forecast = reference("ref_forecast.json");
    let prices: HashMap<String, String> =
        table("products.csv").into_iter().map(|row| (row["product"].clone(), row["sales_price"].clone())).collect();
    let mut world = open(Tz::UTC);
    let (pipeline, stages) = world.pipeline_with("Sales", &[("Prospecting", "0.1"), ("Engaging", "0.5")]);
    for row in table("sales_pipeline.csv") {
        let Some(place) = ["Prospecting", "Engaging"].iter().position(|name| *name == row["deal_stage"]) else {
            continue;
        };
        world.opportunity(|opportunity| {
            (opportunity.pipeline, opportunity.stage) = (Some(pipeline), Some(stages[place]));
            opportunity.amount = Some(prices[&row["product"].replace("GTXPro", "GTX Pro")].parse().unwrap());
        });
    }
    world.settle();
    let report = world.report("forecast", &["by=stage"]);
    let by_stage = report.table.by("key").unwrap();
    for (stage, amount) in forecast["open_list_value_by_stage"].as_object().unwrap() {
        assert_eq!(by_stage[stage][2].to_string(), amount.as_str().unwrap(), "{stage}");
    }
    let weighted: Money =
        forecast["weighted_prospecting_10_percent_engaging_50_percent"].as_str().unwrap().parse().unwrap();
    assert_eq!(report.table.total("weighted_amount"), Some(&weighted.into()));
    let total = report.table.total("amount").unwrap().to_string();
    assert_eq!(total, forecast["open_list_value_total"].as_str().unwrap());
}

fn what_accounts_brought_and_how_long_it_took(open: Open<'_>) {
    let world = fill(open(Asia::Shanghai));
    let contribution = reference("ref_contribution.json");
    let year = found(&world, "win-rate", &["by=customer", "from=2017-01-01", "to=2017-12-31"]);
    let cut = |places: &[usize]| -> BTreeMap<String, String> {
        let cut = |(key, rest): (&String, &String)| {
            let cells: Vec<&str> = rest.split(',').collect();
            (key.clone(), places.iter().map(|place| cells[*place]).collect::<Vec<_>>().join(","))
        };
        year.iter().map(cut).collect()
    };
    // Every deal was won in 2017.
    assert_eq!(cut(&[3, 0]), published(&contribution["per_account_per_year"], "account", &["won_value", "won"]));
    assert_eq!(cut(&[3]), published(&contribution["ranking"], "account", &["won_value"]));
    assert!(cut(&[0]).values().all(|won| won != "0"));
    assert_eq!(contribution["accounts_without_won"], serde_json::json!([]));
    let total = world.report("win-rate", &["by=customer"]).table.total("won_amount").unwrap().to_string();
    assert_eq!(total, contribution["total"].as_str().unwrap());

    let composition = reference("ref_composition.json");
    let report = world.report("composition", &["by=region"]);
    let by = report.table.by("key").unwrap();
    let found_by_country: BTreeMap<String, String> =
        by.into_iter().map(|(key, row)| (key, row[2].to_string())).collect();
    let countries = composition["by_country"].as_object().unwrap();
    let expected: BTreeMap<String, String> =
        countries.iter().map(|(country, count)| (country.clone(), count.to_string())).collect();
    assert_eq!(found_by_country, expected);
    assert_eq!(report.table.total("customers").unwrap().to_string(), composition["accounts"].to_string());

    let agents = &reference("ref_win_rates.json")["by_agent"];
    let cycles: BTreeMap<String, String> = world
        .report("sales-cycle", &[])
        .table
        .by("key")
        .unwrap()
        .into_iter()
        .map(|(key, row)| (key, format!("{},{}", row[1], fourth(&row[2].to_string()))))
        .collect();
    assert_eq!(cycles, published(agents, "key", &["won", "days_to_close_won_avg"]));
}

/// With four decimals, as the references write means.
fn fourth(number: &str) -> String {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    format!("{whole}.{part:0<4}")
}

/// What is compared with the published figures, on any store.
pub(crate) const FIGURES: [fn(Open<'_>); 4] = [
    win_rates_are_the_published_ones,
    the_funnel_is_the_published_one,
    the_forecast_by_stage_is_the_published_one,
    what_accounts_brought_and_how_long_it_took,
];

#[test]
fn figures_are_the_published_ones() {
    if folder().is_some() {
        FIGURES.iter().for_each(|figures| figures(&World::new));
    }
}
