//! The published figures of real service incidents, where the data is at hand.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use chrono_tz::{America, Tz};

use crate::world::{Open, World};

pub(crate) fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/service_incidents");
    folder.join("ref_service_analysis.json").exists().then_some(folder)
}

fn fill(mut world: World) -> World {
    let mut customers: HashMap<String, _> = HashMap::new();
    let mut users: HashMap<String, _> = HashMap::new();
    let mut reader = csv::Reader::from_path(folder().unwrap().join("incidents.csv")).unwrap();
    for row in reader.deserialize() {
        let row: HashMap<String, String> = row.unwrap();
        let caller = &row["caller"];
        let customer = *customers.entry(caller.clone()).or_insert_with(|| world.customer(caller, caller));
        let resolver = &row["assigned_to"];
        let assignee = (!resolver.is_empty())
            .then(|| *users.entry(resolver.clone()).or_insert_with(|| world.user(resolver, Some(resolver))));
        let at = world.at(&row["opened_at"]);
        let resolved = (!row["resolved_at"].is_empty()).then(|| world.at(&row["resolved_at"]));
        // Four have no category; a request always has a type.
        let category = if row["category"].is_empty() { "(blank)" } else { &row["category"] };
        world.service(customer, category, |request| {
            request.number.clone_from(&row["number"]);
            (request.created_at, request.assigned_to) = (at, assignee);
            (request.handled_at, request.handled_by) = (resolved, assignee);
        });
    }
    world.settle();
    world
}

fn analysis() -> serde_json::Value {
    let text = std::fs::read_to_string(folder().unwrap().join("ref_service_analysis.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn counts_are_the_published_ones(open: Open<'_>) {
    let analysis = analysis();
    for zone in [Tz::UTC, America::Sao_Paulo] {
        let world = fill(open(zone));
        for (by, table, rows, blank) in
            [("type", "by_category", 28, "(blank)"), ("assignee", "by_assigned_to", 108, "")]
        {
            let table = analysis[table]["rows"].as_array().unwrap().iter();
            let published: BTreeMap<String, String> =
                table.map(|row| (row[0].as_str().unwrap().replace("(blank)", blank), row[1].to_string())).collect();
            let report = world.report("service", &[&format!("by={by}")]);
            let found: BTreeMap<String, String> =
                report.table.by("key").unwrap().into_iter().map(|(key, row)| (key, row[2].to_string())).collect();
            assert_eq!((found.len(), &found), (rows, &published), "{by}");
            assert_eq!(report.table.total("services"), Some(&890.into()));
        }
        assert_eq!(world.report("service", &["year=2016"]).table.total("services"), Some(&890.into()));
        assert_eq!(world.report("service", &["year=2017"]).table.total("services"), Some(&0.into()));
    }
}

fn minutes_are_the_published_ones(open: Open<'_>) {
    let analysis = analysis();
    // The source says no zone; in one whose clock changes, minutes over the change would differ.
    let world = fill(open(Tz::UTC));
    for (by, table, blank) in [("type", "by_category", "(blank)"), ("handler", "by_assigned_to", "")] {
        let table = &analysis[table];
        let columns = table["columns"].as_array().unwrap();
        let place = |name: &str| columns.iter().position(|column| column == name).unwrap();
        let (count, mean, median) =
            (place("resolved"), place("minutes_to_resolve_avg"), place("minutes_to_resolve_median"));
        let resolved = table["rows"].as_array().unwrap().iter().filter(|row| row[count] != 0);
        let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), Into::into);
        let published: BTreeMap<String, (String, String, String)> = resolved
            .map(|row| {
                (text(&row[0]).replace("(blank)", blank), (text(&row[count]), text(&row[mean]), text(&row[median])))
            })
            .collect();
        let report = world.report("handling-time", &[&format!("by={by}")]);
        let mean = |number: String| {
            let (whole, part) = number.split_once('.').unwrap_or((&number, ""));
            format!("{whole}.{part:0<4}")
        };
        let figures = |row: &[crmkit::value::Value]| (row[1].to_string(), mean(row[2].to_string()), row[4].to_string());
        let found: BTreeMap<_, _> =
            report.table.by("key").unwrap().into_iter().map(|(key, row)| (key, figures(row))).collect();
        assert_eq!(found, published, "{by}");
        assert_eq!(
            report.table.total("requests").unwrap().to_string(),
            analysis["total"]["rows"][0][place("resolved")].to_string()
        );
    }
}

/// What is compared with the published figures, on any store.
pub(crate) const FIGURES: [fn(Open<'_>); 2] = [counts_are_the_published_ones, minutes_are_the_published_ones];

#[test]
fn figures_are_the_published_ones() {
    if folder().is_some() {
        FIGURES.iter().for_each(|figures| figures(&World::new));
    }
}
