//! The published figures of real service incidents, where the data is at hand.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use chrono_tz::{America, Tz};

use crate::world::World;

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/service_incidents");
    folder.join("ref_service_analysis.json").exists().then_some(folder)
}

fn load(zone: Tz) -> World {
    let mut world = World::new(zone);
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
        // Four have no category; a request always has a type.
        let category = if row["category"].is_empty() { "(blank)" } else { &row["category"] };
        world.service(customer, category, |request| {
            request.number.clone_from(&row["number"]);
            (request.created_at, request.assigned_to) = (at, assignee);
        });
    }
    world.settle();
    world
}

#[test]
fn counts_are_the_published_ones() {
    let Some(folder) = folder() else { return };
    let text = std::fs::read_to_string(folder.join("ref_service_analysis.json")).unwrap();
    let analysis: serde_json::Value = serde_json::from_str(&text).unwrap();
    for zone in [Tz::UTC, America::Sao_Paulo] {
        let world = load(zone);
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
