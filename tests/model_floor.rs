//! What the declaration macros make, what a schema refuses, and what questions mean, by tables worked out by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Europe::Berlin;
use crmkit::id::{Id, RecordId, Version};
use crmkit::query::evaluate::{self, Dataset, Matcher};
use crmkit::query::{Aggregate, Comparison, Direction, Filter, GroupKey, Measure, OrderBy, Period, Query, QueryError};
use crmkit::schema::{
    Choice, ColumnDef, ColumnType, Edit, Entity, EntityDef, EntityFacts, Facts, Label, Lang, Path, PathError, Record,
    Schema, SchemaError,
};
use crmkit::value::{Money, Timestamp, Value};

crmkit::choice!(
    /// How a vessel is driven.
    pub enum Drive {
        /// By the wind.
        #[code("sail", "帆", "Sail")]
        Sail,
        /// By a motor.
        #[code("motor", "电机", "Motor")]
        #[legacy(2)]
        Motor,
        /// By steam.
        #[code("steam", "蒸汽", "Steam")]
        #[legacy(3)]
        #[retired("none is left")]
        Steam,
    }
);

crmkit::entity!(
    #[entity("fleet_port", "港口", "Port")]
    #[inputs(NewPort, PortPatch)]
    /// Where vessels lie.
    pub struct Port {
        /// Its name.
        pub name: String,
    }
);

impl EntityFacts for Port {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Self::name]).natural::<Self>(&[&Self::name])
    }
}

crmkit::entity!(
    #[entity("fleet_sea_vessel", "船", "Vessel")]
    #[inputs(NewSeaVessel, SeaVesselPatch)]
    /// A vessel of the fleet.
    ///
    /// It floats.
    pub struct SeaVessel {
        /// What is on its bow.
        #[label("船名", "Name of the vessel")]
        pub name: String,
        /// A word that Rust keeps.
        pub r#type: Option<String>,
        /// How it is driven.
        pub drive: Drive,
        /// Where it lies.
        pub home_port: Option<Id<Port>>,
        /// What it is worth.
        pub worth: Option<Money>,
        /// How many sail on it.
        pub crew: Option<i64>,
        #[system]
        /// When it was entered.
        #[label("录入时间", "Entered at")]
        pub entered_at: Timestamp,
    }
);

impl EntityFacts for SeaVessel {
    fn facts() -> Facts {
        Facts::default()
            .unique_when::<Self>(&[&Self::name], Self::drive.ne(Drive::Steam))
            .index::<Self>(&[&Self::drive])
    }
}

fn schema() -> Arc<Schema> {
    Schema::builder().definition(Port::definition()).definition(SeaVessel::definition()).build().unwrap()
}

// ---- What the macros make ----

#[test]
fn a_definition_says_what_the_declaration_says() {
    let def = SeaVessel::definition();
    assert_eq!((&*def.name, &*def.code), ("fleet_sea_vessel", "sea_vessel"));
    assert_eq!((def.label.text(Lang::Zh), def.label.text(Lang::En)), ("船", "Vessel"));
    assert_eq!(def.doc, "A vessel of the fleet. It floats.");
    // What an entity says of itself is for people, examples of code are not.
    let order = crmkit::sales::Order::definition();
    assert_eq!(order.doc, "What a customer ordered at one time.");
    let columns: Vec<_> =
        def.columns.iter().map(|c| (&*c.name, c.column_type.kind(), c.required, c.system, &*c.label.en)).collect();
    assert_eq!(
        columns,
        [
            ("name", "text", true, false, "Name of the vessel"),
            ("type", "text", false, false, "type"),
            ("drive", "choice", true, false, "drive"),
            ("home_port", "reference", false, false, "home port"),
            ("worth", "money", false, false, "worth"),
            ("crew", "int", false, false, "crew"),
            ("entered_at", "timestamp", true, true, "Entered at"),
        ]
    );
    assert_eq!(def.column_def("name").unwrap().doc, "What is on its bow.");
    assert_eq!(def.column_def("home_port").unwrap().column_type, ColumnType::Reference("fleet_port".into()));
    assert_eq!(def.facts.unique[0].name, "uq_fleet_sea_vessel_name_when");
    assert_eq!(def.facts.indexes[0].name, "ix_fleet_sea_vessel_drive");
    assert_eq!(SeaVessel::r#type.name(), "type");
}

#[test]
fn an_input_left_at_its_defaults_is_refused_field_by_field() {
    let draft = SeaVessel::draft(Id::new(id(1)), NewSeaVessel::default());
    assert_eq!((draft.version, draft.drive, draft.crew), (Version::NEW, Drive::Sail, None));
    let problems = SeaVessel::definition().problems(&draft.clone().into_record());
    let fields: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(fields, ["`name` is required", "`entered_at` is required"]);
    let whole = SeaVessel { name: "Ada".into(), entered_at: Timestamp::EPOCH, ..draft };
    assert_eq!(SeaVessel::definition().problems(&whole.into_record()), []);
    let worthless = SeaVessel::draft(Id::new(id(1)), NewSeaVessel { home_port: Some(Id::NIL), ..Default::default() });
    let problems = SeaVessel::definition().problems(&worthless.into_record());
    assert!(problems.iter().any(|problem| problem.field == "home_port"), "{problems:?}");
}

#[test]
fn a_patch_changes_what_it_names() {
    let vessel = SeaVessel { name: "Ada".into(), crew: Some(3), ..vessel(1) };
    let patch = SeaVesselPatch { crew: Edit::Set(None), name: "Eva".to_owned().into(), ..Default::default() };
    let patched = vessel.clone().patched(patch);
    assert_eq!(patched, SeaVessel { name: "Eva".into(), crew: None, ..vessel.clone() });
    assert_eq!(vessel.clone().patched(SeaVesselPatch::default()), vessel);
    let read: SeaVesselPatch = serde_json::from_str(r#"{"crew":null,"drive":"motor"}"#).unwrap();
    assert_eq!(read, SeaVesselPatch { crew: Edit::Set(None), drive: Edit::Set(Drive::Motor), ..Default::default() });
    assert_eq!(serde_json::to_string(&read).unwrap(), r#"{"drive":"motor","crew":null}"#);
    assert!(serde_json::from_str::<SeaVesselPatch>(r#"{"crow":1}"#).unwrap_err().to_string().contains("crow"));
    assert!(serde_json::from_str::<NewSeaVessel>(r#"{"entered_at":"2024-01-01T00:00:00Z"}"#).is_err());
}

#[test]
fn records_and_structs_turn_into_each_other() {
    let vessel = SeaVessel { worth: Some("12.5".parse().unwrap()), r#type: Some("brig".into()), ..vessel(7) };
    let record = vessel.clone().into_record();
    assert_eq!(record.value(0), &Value::from("vessel 7"));
    assert_eq!(record.value(2), &Value::from("sail"));
    assert_eq!(record.value(99), &Value::Null);
    assert_eq!(record.field(&SeaVessel::definition(), "type"), Some(&Value::from("brig")));
    assert_eq!(SeaVessel::from_record(record.clone()).unwrap(), vessel);
    let json = serde_json::to_string(&vessel).unwrap();
    assert_eq!(serde_json::from_str::<SeaVessel>(&json).unwrap(), vessel);
    let broken = |column: usize, value: Value| {
        let mut record = record.clone();
        record.values[column] = value;
        SeaVessel::from_record(record).unwrap_err().to_string()
    };
    let prefix = format!("the record {} of `fleet_sea_vessel` can't be read: ", id(7));
    assert_eq!(broken(2, "tow".into()), format!("{prefix}`drive`: `tow` is none of sail, motor"));
    assert_eq!(broken(0, Value::Null), format!("{prefix}`name`: expected text, found no value"));
    assert_eq!(broken(5, "x".into()), format!("{prefix}`crew`: expected int, found `x`"));
    let short = Record { values: record.values[..3].to_vec(), ..record };
    assert!(SeaVessel::from_record(short).unwrap_err().to_string().ends_with("the record has too few values"));
}

#[test]
fn coded_values_have_codes_labels_and_a_history() {
    assert_eq!(Drive::ALL, [Drive::Sail, Drive::Motor, Drive::Steam]);
    assert_eq!(Drive::default(), Drive::Sail);
    for drive in Drive::ALL {
        assert_eq!(Drive::from_code(drive.code()), Ok(*drive));
    }
    let definition = Drive::definition();
    let legacy: Vec<_> = definition.items.iter().map(|item| item.legacy).collect();
    assert_eq!(legacy, [None, Some(2), Some(3)]);
    assert_eq!(definition.label("motor", Lang::Zh), "电机");
    assert_eq!(definition.label("tow", Lang::Zh), "tow");
    // What is retired is read, and not offered.
    assert_eq!(Drive::from_code("steam"), Ok(Drive::Steam));
    assert_eq!(Drive::from_code("tow").unwrap_err().to_string(), "`tow` is none of sail, motor");
    assert_eq!(serde_json::to_string(&Drive::Motor).unwrap(), "\"motor\"");
}

// ---- What a schema refuses ----

#[test]
fn a_schema_names_what_does_not_hold_together() {
    let twice = Schema::builder().definition(Port::definition()).definition(Port::definition());
    assert_eq!(twice.build().unwrap_err(), SchemaError::Twice("fleet_port".into()));
    let same_code = Schema::builder().definition(Port::definition()).definition(bare("other_port", "port", Vec::new()));
    assert_eq!(same_code.build().unwrap_err(), SchemaError::Twice("other_port".into()));
    let error = Schema::builder().definition(SeaVessel::definition()).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`fleet_sea_vessel.home_port` refers to `fleet_port`, which is not in the schema; register it too"
    );
    let long = "x".repeat(49);
    for name in ["", "Port", "1port", "crm_port", "port-of-call", "港", "_port", &long] {
        let builder = Schema::builder().definition(bare(name, "code", Vec::new()));
        assert_eq!(builder.build().unwrap_err(), SchemaError::BadName(name.to_owned()), "{name}");
    }
    for field in ["id", "version", "custom", "Name", "a b", ""] {
        let builder = Schema::builder().definition(bare("port", "port", vec![column::<String>(field)]));
        assert_eq!(builder.build().unwrap_err(), SchemaError::BadName(field.to_owned()), "{field}");
    }
    let same_field = bare("port", "port", vec![column::<String>("a"), column::<i64>("a")]);
    assert_eq!(Schema::builder().definition(same_field).build().unwrap_err(), SchemaError::BadName("port".into()));
}

#[test]
fn facts_name_fields_that_are_there() {
    let with = |facts: Facts| {
        let mut definition = SeaVessel::definition();
        definition.facts = facts;
        Schema::builder().definition(Port::definition()).definition(definition).build().unwrap_err().to_string()
    };
    let mut facts = SeaVessel::facts();
    facts.natural = vec!["harbour".into()];
    assert_eq!(with(facts), "the entity `fleet_sea_vessel` has no field `harbour`, which its natural key names");
    let mut facts = SeaVessel::facts();
    facts.unique[0].fields[0] = "bow".into();
    assert_eq!(with(facts), "the entity `fleet_sea_vessel` has no field `bow`, which its unique key names");
    let mut facts = SeaVessel::facts();
    facts.indexes[0].fields[0] = "bow".into();
    assert!(with(facts).ends_with("which its index names"));
    let mut facts = Facts::default();
    facts.searched = vec!["bow".into()];
    assert!(with(facts).ends_with("which its text search names"));
    let far = SeaVessel::home_port.to(Port::name).eq("Kiel");
    let facts = Facts::default().unique_when::<SeaVessel>(&[&SeaVessel::name], far);
    assert!(with(facts).contains("may only look at the record's own fields"));
    let facts = Facts::default().owner("home_port.nothing".parse::<Path>().unwrap());
    assert!(with(facts).contains("`port` has no field `nothing`"));
}

#[test]
fn a_schema_is_asked_by_name_code_and_type() {
    let schema = schema();
    assert_eq!(schema.entity("fleet_port").unwrap().code, "port");
    assert_eq!(schema.by_code("sea_vessel").unwrap().name, "fleet_sea_vessel");
    assert_eq!(schema.of::<Port>().unwrap().name, "fleet_port");
    assert!(schema.entity("port").is_none() && schema.by_code("fleet_port").is_none());
    let order: Vec<_> = schema.entities().map(|def| &*def.name).collect();
    assert_eq!(order, ["fleet_port", "fleet_sea_vessel"]);
    let referrers: Vec<_> = schema.referrers("fleet_port").map(|(def, column)| (&*def.code, column)).collect();
    assert_eq!(referrers, [("sea_vessel", 3)]);
    assert_eq!(schema.referrers("fleet_sea_vessel").count(), 0);
}

#[test]
fn paths_lead_somewhere_or_say_where_they_end() {
    let schema = schema();
    let root = schema.of::<SeaVessel>().unwrap();
    let resolved = |text: &str| text.parse::<Path>().unwrap().resolve(&schema, root);
    let port = resolved("home_port.name").unwrap();
    assert_eq!((port.hops.len(), port.column_type.kind(), port.required()), (1, "text", false));
    assert!(resolved("name").unwrap().required() && !resolved("crew").unwrap().required());
    assert_eq!(resolved("home_port.id").unwrap().target().name, "fleet_port");
    assert_eq!(SeaVessel::home_port.to(Port::name).path().to_string(), "home_port.name");
    assert_eq!(
        resolved("home_prot").unwrap_err().to_string(),
        "`home_prot`: `sea_vessel` has no field `home_prot`; did you mean `home_port`?"
    );
    assert!(matches!(resolved("name.x"), Err(PathError::NoReference { .. })));
    assert!(matches!(resolved("id.name"), Err(PathError::NoReference { .. })));
    assert!(matches!(resolved("custom.x"), Err(PathError::NoField { .. })));
    for text in ["", ".", "a..b", "a.", " a", "custom"] {
        assert!(matches!(text.parse::<Path>(), Err(PathError::Syntax(_))), "{text:?}");
    }
    assert!(matches!("a.b.c.d.e.f.g.h.i".parse::<Path>(), Err(PathError::TooLong(_))));
}

// ---- What questions mean ----

/// Two ports and six vessels: (name, drive, port, worth, crew, entered).
fn fleet() -> Fleet {
    let mut fleet = Fleet::default();
    for (number, name) in [(1, "Kiel"), (2, "上海")] {
        fleet.add(Port::draft(Id::new(id(number)), NewPort { name: name.into(), ..Default::default() }).into_record());
    }
    type Vessel = (u8, &'static str, Drive, Option<u8>, Option<&'static str>, Option<i64>, &'static str);
    let rows: [Vessel; 6] = [
        (11, "ada", Drive::Sail, Some(1), Some("10"), Some(2), "2023-12-31T22:59:59Z"),
        (12, "Bob", Drive::Sail, Some(2), Some("0.0001"), None, "2023-12-31T23:00:00Z"),
        (13, "cäsar", Drive::Motor, Some(1), None, Some(5), "2024-01-01T00:00:00Z"),
        (14, "Dora", Drive::Motor, None, Some("-3"), Some(2), "2024-03-31T00:30:00Z"),
        (15, "éva", Drive::Steam, None, Some("10"), None, "2024-03-31T01:30:00Z"),
        (16, "😀", Drive::Sail, Some(1), None, None, "2024-12-31T23:30:00Z"),
    ];
    for (number, name, drive, port, worth, crew, entered) in rows {
        let vessel = SeaVessel {
            name: name.into(),
            drive,
            home_port: port.map(|port| Id::new(id(port))),
            worth: worth.map(|worth| worth.parse().unwrap()),
            crew,
            entered_at: entered.parse().unwrap(),
            ..vessel(number)
        };
        fleet.add(vessel.into_record());
    }
    fleet
}

#[test]
fn filters_by_hand() {
    let port = SeaVessel::home_port.to(Port::name);
    let table: Vec<(Filter, &[u8])> = vec![
        (Filter::All, &[11, 12, 13, 14, 15, 16]),
        (Filter::none(), &[]),
        (SeaVessel::crew.eq(2), &[11, 14]),
        (SeaVessel::crew.ne(2), &[12, 13, 15, 16]),
        (SeaVessel::crew.lt(5), &[11, 14]),
        (SeaVessel::crew.lt(5).not(), &[12, 13, 15, 16]),
        (SeaVessel::crew.ge(2).not(), &[12, 15, 16]),
        (SeaVessel::crew.is_null(), &[12, 15, 16]),
        (SeaVessel::crew.is_in([5, 7]), &[13]),
        (SeaVessel::crew.is_in([5, 7]).not(), &[11, 12, 14, 15, 16]),
        (SeaVessel::worth.gt("0".parse::<Money>().unwrap()), &[11, 12, 15]),
        (SeaVessel::drive.is_in([Drive::Motor, Drive::Steam]), &[13, 14, 15]),
        (SeaVessel::name.lt("a"), &[12, 14]),
        (SeaVessel::name.gt("z"), &[15, 16]),
        (SeaVessel::name.contains("A"), &[11, 14, 13, 15]),
        (SeaVessel::name.contains("E\u{301}"), &[15]),
        (port.eq("Kiel"), &[11, 13, 16]),
        (port.ne("Kiel"), &[12, 14, 15]),
        (port.is_null(), &[14, 15]),
        (port.contains("上"), &[12]),
        (port.eq("Kiel").and(SeaVessel::crew.is_null()), &[16]),
        (port.eq("Kiel").or(SeaVessel::crew.is_null()), &[11, 12, 13, 15, 16]),
        (port.eq("Kiel").and(SeaVessel::crew.is_null()).not(), &[11, 12, 13, 14, 15]),
    ];
    let fleet = fleet();
    for (filter, wanted) in table {
        let mut wanted: Vec<RecordId> = wanted.iter().map(|number| id(*number)).collect();
        wanted.sort_unstable();
        assert_eq!(fleet.matching::<SeaVessel>(&filter), wanted, "{filter:?}");
        let json = serde_json::to_string(&filter).unwrap();
        let read: Filter = serde_json::from_str(&json).unwrap();
        assert_eq!(fleet.matching::<SeaVessel>(&read), wanted, "{json}");
    }
    let ports: Vec<(Filter, &[u8])> = vec![
        (Filter::exists(SeaVessel::home_port, Filter::All), &[1, 2]),
        (Filter::exists(SeaVessel::home_port, SeaVessel::drive.eq(Drive::Motor)), &[1]),
        (Filter::exists(SeaVessel::home_port, SeaVessel::drive.eq(Drive::Motor)).not(), &[2]),
        (Filter::exists(SeaVessel::home_port, SeaVessel::drive.eq(Drive::Steam)), &[]),
        (Filter::exists(SeaVessel::home_port, SeaVessel::home_port.to(Port::name).eq("Kiel")), &[1]),
    ];
    for (filter, wanted) in ports {
        let wanted: Vec<RecordId> = wanted.iter().map(|number| id(*number)).collect();
        assert_eq!(fleet.matching::<Port>(&filter), wanted, "{filter:?}");
    }
}

#[test]
fn lists_by_hand() {
    let fleet = fleet();
    let port = SeaVessel::home_port.to(Port::name);
    let table: Vec<(Vec<OrderBy>, [u8; 6])> = vec![
        (vec![], [11, 12, 13, 14, 15, 16]),
        (vec![SeaVessel::name.asc()], [12, 14, 11, 13, 15, 16]),
        (vec![SeaVessel::name.desc()], [16, 15, 13, 11, 14, 12]),
        (vec![SeaVessel::crew.asc()], [11, 14, 13, 12, 15, 16]),
        (vec![SeaVessel::crew.desc()], [13, 11, 14, 12, 15, 16]),
        (vec![port.desc(), SeaVessel::worth.desc()], [12, 11, 13, 16, 15, 14]),
        (vec![SeaVessel::drive.asc(), SeaVessel::crew.desc()], [13, 14, 11, 12, 16, 15]),
        (vec![OrderBy { path: Path::field("id"), direction: Direction::Descending }], [16, 15, 14, 13, 12, 11]),
    ];
    for (order, wanted) in table {
        for limit in 1..8 {
            let mut query = Query::of::<SeaVessel>().columns([SeaVessel::name.path(), port.path()]).limit(limit);
            query.order.clone_from(&order);
            let found = fleet.pages(&query);
            let ids: Vec<RecordId> = found.iter().map(|record| record.id).collect();
            assert_eq!(ids, wanted.map(id), "{order:?}, {limit} to a page");
            let dora = found.iter().find(|record| record.id == id(14)).unwrap();
            assert_eq!(dora.values, [Value::from("Dora"), Value::Null]);
        }
    }
}

#[test]
fn aggregates_by_hand() {
    let fleet = fleet();
    let money = |text: &str| Value::from(text.parse::<Money>().unwrap());
    let day = |text: &str| Value::Date(text.parse().unwrap());
    let all = Aggregate::of::<SeaVessel>()
        .measure(Measure::Count)
        .measure(Measure::Sum(SeaVessel::worth.path()))
        .measure(Measure::Average(SeaVessel::worth.path()))
        .measure(Measure::Distinct(SeaVessel::worth.path()))
        .measure(Measure::Minimum(SeaVessel::name.path()))
        .measure(Measure::Average(SeaVessel::crew.path()));
    // 10 + 0.0001 - 3 + 10 = 17.0001, a fourth of which is 4.250025; 2 + 5 + 2 = 9.
    let crew = Value::from("3".parse::<crmkit::value::Quantity>().unwrap());
    let row = vec![6.into(), money("17.0001"), money("4.25"), 3.into(), "Bob".into(), crew];
    assert_eq!(fleet.aggregate(&all).unwrap(), [(vec![], row)]);
    let by_port = Aggregate::of::<SeaVessel>()
        .group(SeaVessel::home_port.to(Port::name))
        .measure(Measure::Count)
        .measure(Measure::Maximum(SeaVessel::crew.path()));
    assert_eq!(
        fleet.aggregate(&by_port).unwrap(),
        [
            (vec!["Kiel".into()], vec![3.into(), 5.into()]),
            (vec!["上海".into()], vec![1.into(), Value::Null]),
            (vec![Value::Null], vec![2.into(), 2.into()]),
        ]
    );
    let by_month = Aggregate::of::<SeaVessel>()
        .group(GroupKey::period(SeaVessel::entered_at, Period::Month, Berlin))
        .group(SeaVessel::drive)
        .measure(Measure::Count);
    assert_eq!(
        fleet.aggregate(&by_month).unwrap(),
        [
            (vec![day("2023-12-01"), "sail".into()], vec![1.into()]),
            (vec![day("2024-01-01"), "motor".into()], vec![1.into()]),
            (vec![day("2024-01-01"), "sail".into()], vec![1.into()]),
            (vec![day("2024-03-01"), "motor".into()], vec![1.into()]),
            (vec![day("2024-03-01"), "steam".into()], vec![1.into()]),
            (vec![day("2025-01-01"), "sail".into()], vec![1.into()]),
        ]
    );
    let none = all.clone().filter(Filter::none());
    let row = vec![0.into(), Value::from(Money::ZERO), Value::Null, 0.into(), Value::Null, Value::Null];
    assert_eq!(fleet.aggregate(&none).unwrap(), [(vec![], row)]);
    let bounded = Aggregate { max_groups: 2, ..by_port.clone() };
    assert_eq!(fleet.aggregate(&bounded), Err(QueryError::TooLarge { what: "groups", limit: 2 }));
    let read: Aggregate = serde_json::from_str(&serde_json::to_string(&by_month).unwrap()).unwrap();
    assert_eq!(read, by_month);
}

#[test]
fn questions_that_do_not_fit_say_why() {
    let schema = schema();
    let root = schema.of::<SeaVessel>().unwrap();
    let compare = |path: &str, value: Value| {
        let filter = Filter::Compare { path: path.parse().unwrap(), comparison: Comparison::Equal, value };
        filter.prepare(&schema, root).map(drop).unwrap_err().to_string()
    };
    assert_eq!(compare("crew", "many".into()), "`crew`: expected a whole number, found `many`");
    assert_eq!(compare("drive", "tow".into()), "`drive`: `tow` is none of sail, motor");
    assert_eq!(compare("crew", Value::Null), "`crew`: it can't be compared with no value; ask whether it is empty");
    let summed = Aggregate::of::<SeaVessel>().measure(Measure::Sum(SeaVessel::name.path())).prepare(&schema);
    assert_eq!(summed.map(drop).unwrap_err().to_string(), "`name` can't be measured so, it is text");
    let unknown = Query::new("fleet").prepare(&schema);
    assert_eq!(unknown.map(drop).unwrap_err().to_string(), "there is no entity `fleet`");
    let child = Filter::exists(SeaVessel::home_port, Filter::All).prepare(&schema, root);
    assert!(matches!(child, Err(QueryError::Path(PathError::NoReference { .. }))));
    // A number, a day and a code read as the text that a file has them in.
    for (path, text) in [("crew", "5"), ("worth", "10.00"), ("entered_at", "2024-01-01"), ("id", &id(1).to_string())] {
        let filter = Filter::Compare { path: path.parse().unwrap(), comparison: Comparison::Equal, value: text.into() };
        assert!(filter.prepare(&schema, root).is_ok(), "{path} {text}");
    }
}

// ---- What the tests stand on ----

fn id(number: u8) -> RecordId {
    RecordId::from_bytes([number; 16])
}

fn vessel(number: u8) -> SeaVessel {
    let new = NewSeaVessel { name: format!("vessel {number}"), ..Default::default() };
    SeaVessel { entered_at: Timestamp::EPOCH, ..SeaVessel::draft(Id::new(id(number)), new) }
}

fn bare(name: &str, code: &str, columns: Vec<ColumnDef>) -> EntityDef {
    let (name, code) = (name.to_owned().into(), code.to_owned().into());
    EntityDef::new(name, code, Label::new("无", "None"), "".into(), columns, Facts::default())
}

fn column<T: crmkit::schema::FieldType>(name: &'static str) -> ColumnDef {
    ColumnDef::of::<T>(name, Label::new("字段", "Field"), "")
}

/// The keys and measures of a group.
type Row = (Vec<Value>, Vec<Value>);

/// Records by entity and id.
#[derive(Default)]
struct Fleet(BTreeMap<(String, RecordId), Record>);

impl Dataset for Fleet {
    fn get(&self, entity: &str, id: RecordId) -> Option<&Record> {
        self.0.get(&(entity.to_owned(), id))
    }

    fn scan<'a>(&'a self, entity: &str) -> Box<dyn Iterator<Item = &'a Record> + 'a> {
        let entity = entity.to_owned();
        // Backwards, since no answer may depend on the order in which records are looked at.
        Box::new(self.0.values().rev().filter(move |record| record.entity == entity))
    }
}

impl Fleet {
    fn add(&mut self, record: Record) {
        self.0.insert((record.entity.to_string(), record.id), record);
    }

    fn matching<E: Entity>(&self, filter: &Filter) -> Vec<RecordId> {
        let schema = schema();
        let prepared = filter.clone().prepare(&schema, schema.of::<E>().unwrap()).unwrap();
        let matcher = Matcher::new(self, &prepared);
        let mut found: Vec<RecordId> =
            self.scan(E::NAME).filter(|record| matcher.matches(record)).map(|record| record.id).collect();
        found.sort_unstable();
        found
    }

    fn pages(&self, query: &Query) -> Vec<Record> {
        let (mut query, mut all) = (query.clone(), Vec::new());
        loop {
            let prepared = query.prepare(&schema()).unwrap();
            let page = evaluate::page(self, &prepared, self.scan(&prepared.def.name));
            assert!(page.records.len() == query.limit || page.next.is_none());
            all.extend(page.records);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return all,
            }
        }
    }

    fn aggregate(&self, request: &Aggregate) -> Result<Vec<Row>, QueryError> {
        let rows = evaluate::aggregate(self, &request.prepare(&schema()).unwrap())?;
        Ok(rows.into_iter().map(|row| (row.keys, row.measures)).collect())
    }
}
