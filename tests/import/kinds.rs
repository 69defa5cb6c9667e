//! The kinds beyond customers and orders: opportunities with what they bring along, plans, services, losses.

use crmkit::change::{Change, ChangeSet};
use crmkit::customers::{Activity, LossMeasure, LostCustomer};
use crmkit::dictionary::DictionaryEntry;
use crmkit::id::{IdSource, SeededIds, SetId};
use crmkit::marketing::{NewPipeline, Opportunity, Pipeline, PlanItem, Stage};
use crmkit::prelude::*;
use crmkit::service::ServiceRequest;
use crmkit::storage::Storage;
use crmkit::transfer::{ImportOutput, OnDuplicate};
use pollster::block_on;

use crate::bench::{Bench, options};

/// Customers, products, two users and an opportunity.
fn filled() -> Bench {
    let bench = Bench::filled();
    bench.fill("users", "name,display_name\nli,Li Lei\nwang,\n");
    bench.fill("opportunities", "number,customer_name,title,status,owner\nX1,Acme,Tea,assigned,li\n");
    bench
}

const STAGES: &[(&str, &str)] = &[
    ("B2B,Lead,1,0.1", ""),
    ("B2B,Offer,2,0.5", ""),
    ("B2C,Lead,1,1", ""),
    ("B2B,Lead,3,0.2", "`pipeline` `B2B` with `name` `Lead` is taken by another stage"),
    (",Lead,1,0", "`pipeline` is required"),
    ("Unmade,,1,0", "`name` is required"),
    ("Un\0made,Lead,1,0", "`pipeline`: the text contains a NUL character, which no store keeps"),
    ("B2B,Won,first,1", "`position`: expected a whole number, found `first`"),
    ("B2B,Won,3,1.5", "`probability`: 1.500000 is not between 0 and 1"),
    ("B2B,Won,,", "`position` is required; `probability` is required"),
];

const OPPORTUNITIES: &[(&str, &str)] = &[
    ("O1,Acme,Tea,won,li,B2B,Won,100,10.5,2026-01-01,2026-02-01,K1", ""),
    ("O2,New,Tea,,,,,,,,,", ""),
    ("O3,New,Tea,assigned,LI,,Lead,0,,,,", ""),
    ("O4,New,Tea,assigned,Li Lei,B2B,Lead,,,,,", ""),
    ("O5,New,Tea,terminated,,B2B,,,,,,", ""),
    ("O1,Acme,Tea,,,Unmade,,,,,,", "`number` `O1` is taken by another opportunity"),
    ("X1,Acme,Tea,,,,,,,,,", "`number` `X1` is taken by another opportunity"),
    (",,,,,,,,,,,", "`number` is required; `customer_name` is required; `title` is required"),
    ("O6,A,T,lost,,Unmade,Won,,,,,", "`status`: `lost` is none of unassigned, assigned, won, terminated"),
    ("O7,A,T,won,ghost,,,,,,,", "`owner`: `ghost` does not exist"),
    ("O8,A,T,,,,Unmade,101,,,,", "`success_rate`: 101 is no percentage from 0 to 100"),
    ("O9,A,T,,,,,,1.00001,,,", "`amount`: `1.00001` has more than 4 decimals"),
    ("O10,A,T,,,,Un\0made,,,,,", "`stage`: the text contains a NUL character, which no store keeps"),
    (
        "O11,A,T,,,,,,,2026-02-30,,",
        "`created_on`: `2026-02-30` is not a date such as 1996-07-04 or 1996-07-04T12:30:00Z",
    ),
    ("O12,A,T,,,,,,,,,K9", "`customer`: `K9` does not exist"),
    ("O13,New,Tea,,,B2B,Won,,,,,", ""),
    ("O14,New,Tea,,,,Second,,,,,", ""),
];

const PLANS: &[(&str, &str)] = &[
    ("X1,2026-02-01,Call,,", ""),
    ("X1,2026-02-02,Write,Answered,", ""),
    ("X1,2026-02-03,Visit,Signed,2026-02-05", ""),
    ("X2,2026-02-01,Call,,", "`opportunity`: `X2` does not exist"),
    ("X1,,,,", "`date` is required; `todo` is required"),
    ("X1,2026-13-01,Call,,", "`date`: `2026-13-01` is not a date such as 1996-07-04 or 1996-07-04T12:30:00Z"),
];

const ACTIVITIES: &[(&str, &str)] = &[
    ("K1,2026-01-05,Met,visit,Berlin", ""),
    ("Globex,2026-01-05,Rang,call,", ""),
    ("K1,2026-01-05,Met,visit,Berlin", ""),
    ("K1,2026-01-05,Met,,", ""),
    ("K1,2026-01-05,Met,seance,", "`kind`: `seance` is none of visit, call, mail, message, material"),
    ("Twin,2026-01-05,Met,,", "`customer`: `Twin` is not unique"),
    ("K1,,,,", "`date` is required; `title` is required"),
];

const SERVICES: &[(&str, &str)] = &[
    ("S1,K1,Any kind,Late,archived,2026-01-01,2026-01-02 10:00,Sent again,Content,4,li", ""),
    ("S2,K1,complaint,Broken,,,,,,,", ""),
    ("S3,K2,complaint,Broken,assigned,2026-01-03,,,,,wang", ""),
    ("S1,K1,complaint,Late,,,,,,,", "`number` `S1` is taken by another service request"),
    ("S4,K9,complaint,Late,,,,,,,", "`customer`: `K9` does not exist"),
    ("S5,,,,,,,,,,", "`customer` is required; `type` is required; `title` is required"),
    ("S6,K1,complaint,Late,closed,,,,,,", "`status`: `closed` is none of created, assigned, handled, archived"),
    ("S7,K1,complaint,Late,,,,,,6,", "`satisfaction`: `6` is none of 1, 2, 3, 4, 5"),
    ("S8,K1,complaint,Late,assigned,,,,,,ghost", "`assignee`: `ghost` does not exist"),
];

const LOST: &[(&str, &str)] = &[
    ("K1,warning,li,2025-06-01,2026-02-01,,,", ""),
    ("K1,deferred,,,,,,", "`customer` `K1` is taken by another open lost customer"),
    ("K1,confirmed,li,,2025-01-01,rang twice,moved,2025-03-01", ""),
    ("K1,resolved,,,,,,", ""),
    ("Globex,deferred,,,2026-02-02,wrote,,", ""),
    ("K2,warning,,,,,,", "`customer` `K2` is taken by another open lost customer"),
    (",,,,,,,", "`customer` is required; `status` is required"),
    ("K9,warning,,,,,,", "`customer`: `K9` does not exist"),
    ("K3,gone,,,,,,", "`status`: `gone` is none of warning, deferred, confirmed, resolved"),
    ("K3,warning,,,,a\0b,,", "`measures`: the text contains a NUL character, which no store keeps"),
    (
        "K3,deferred,,2025-06-31,,,,",
        "`last_order_date`: `2025-06-31` is not a date such as 1996-07-04 or 1996-07-04T12:30:00Z",
    ),
];

const DICTIONARY: &[(&str, &str)] = &[
    ("region,海外,海外,", ""),
    ("region,East,华东,", "`type` `region` with `value` `华东` is taken by another dictionary entry"),
    ("pet,Cat,cat,false", ""),
    ("pet,Cat,cat,", "`type` `pet` with `value` `cat` is taken by another dictionary entry"),
    ("pet,,,", "`item` is required; `value` is required"),
    ("pet,Dog,dog,maybe", "`editable`: expected true or false, found `maybe`"),
];

/// A kind, a header, and rows with what is said of each.
type Table<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

const TABLES: [Table<'_>; 7] = [
    ("stages", "pipeline,name,position,probability", STAGES),
    (
        "opportunities",
        "number,customer_name,title,status,owner,pipeline,stage,success_rate,amount,created_on,closed_on,customer",
        OPPORTUNITIES,
    ),
    ("plans", "opportunity,date,todo,result,executed_on", PLANS),
    ("activities", "customer,date,title,kind,place", ACTIVITIES),
    (
        "services",
        "number,customer,type,title,status,created_on,handled_on,handling,result,satisfaction,assignee",
        SERVICES,
    ),
    ("lost", "customer,status,manager,last_order_date,warned_on,measures,reason,confirmed_on", LOST),
    ("dictionary", "type,item,value,editable", DICTIONARY),
];

fn file((_, header, rows): Table<'_>) -> String {
    let cells: Vec<&str> = rows.iter().map(|row| row.0).collect();
    format!("{header}\n{}\n", cells.join("\n"))
}

#[test]
fn every_bad_row_has_its_line_and_reason_and_the_good_ones_are_in() {
    for table in TABLES {
        let (kind, _, rows) = table;
        let bad = rows.iter().enumerate().filter(|(_, row)| !row.1.is_empty());
        let expected: Vec<String> = bad.map(|(place, row)| format!("line {}: {}", place + 2, row.1)).collect();
        let good = rows.len() - expected.len();
        let mut stored = Vec::new();
        // Neither the reasons nor what is made along the way depend on which rows are committed together.
        for batch_rows in [1, 2, 5, 1_000] {
            for dry in [true, false] {
                let (bench, mut options) = (filled(), options(kind));
                let before = bench.everything();
                (options.batch_rows, options.dry_run) = (batch_rows, dry);
                let outcome = bench.import(&options, file(table));
                assert_eq!(outcome.reasons(), expected, "{kind} by {batch_rows}, dry: {dry}");
                assert_eq!(outcome.counts(), (good as u64, 0, 0, expected.len() as u64), "{kind}");
                bench.verify();
                if dry {
                    assert_eq!(bench.everything(), before, "{kind}");
                } else {
                    stored.push(bench.everything().into_iter().filter(|line| !line.starts_with("rejects ")).collect());
                }
            }
        }
        let first: &Vec<String> = &stored[0];
        assert!(stored.iter().all(|lines| lines == first), "{kind}");
        assert!(!first.iter().any(|line| line.contains("Unmade")), "{kind}: {first:?}");
    }
}

#[test]
fn an_opportunity_brings_its_pipeline_and_its_stage() {
    let bench = filled();
    bench.import(&options("opportunities"), file(TABLES[1]));
    let stages = bench.lines::<Stage>(&["pipeline.name", "position", "name", "probability"]);
    assert_eq!(stages, ["B2B|1|Won|", "B2B|2|Lead|", "default|1|Lead|", "default|2|Second|"]);
    assert_eq!(bench.lines::<Pipeline>(&["name", "active"]), ["B2B|true", "default|true"]);
    let fields = [
        "number",
        "status",
        "pipeline.name",
        "stage.name",
        "assigned_to.login",
        "owner.login",
        "created_at",
        "assigned_at",
        "closed_at",
    ];
    let now = "2026-03-01T09:00:00Z";
    assert_eq!(
        bench.lines::<Opportunity>(&fields),
        [
            "O13|unassigned|B2B|Won|||2026-03-01T09:00:00Z||",
            "O14|unassigned|default|Second|||2026-03-01T09:00:00Z||",
            "O1|won|B2B|Won|li|li|2026-01-01T00:00:00Z|2026-01-01T00:00:00Z|2026-02-01T00:00:00Z",
            "O2|unassigned|||||2026-03-01T09:00:00Z||",
            &format!("O3|assigned|default|Lead|li|li|{now}|{now}|"),
            &format!("O4|assigned|B2B|Lead|li|li|{now}|{now}|"),
            "O5|terminated|B2B||||2026-03-01T09:00:00Z||",
            &format!("X1|assigned|||li|li|{now}|{now}|"),
        ]
    );
    // A person could go on with them.
    let opportunity = block_on(bench.crm.system().opportunities().named("O3")).unwrap();
    block_on(bench.crm.system().opportunities().win(opportunity.id)).unwrap();
}

#[test]
fn stages_are_put_in_order_before_or_after_the_opportunities() {
    let stages = "pipeline,name,position,probability\nB2B,Won,3,1\nB2B,Lead,1,0.1\n";
    let chances = "number,customer_name,title,pipeline,stage\nO1,A,T,B2B,Won\nO2,A,T,B2B,Lead\nO3,A,T,B2B,New\n";
    let expected = ["B2B|1|Lead|0.100000", "B2B|3|Won|1.000000", "B2B|4|New|"];
    let shown = ["pipeline.name", "position", "name", "probability"];
    let bench = Bench::filled();
    bench.fill("stages", stages);
    bench.fill("opportunities", chances);
    assert_eq!(bench.lines::<Stage>(&shown), expected);
    let bench = Bench::filled();
    bench.fill("opportunities", chances);
    let outcome = bench.import(&options("stages").on_duplicate(OnDuplicate::Update), stages);
    assert_eq!(outcome.counts(), (0, 2, 0, 0), "{:?}", outcome.told);
    assert_eq!(bench.lines::<Stage>(&shown), ["B2B|1|Lead|0.100000", "B2B|3|New|", "B2B|3|Won|1.000000"]);
    assert_eq!(bench.count::<Pipeline>(), 1);
}

#[test]
fn a_row_that_changes_an_opportunity_leaves_stage_and_pipeline_together() {
    let bench = Bench::filled();
    let header = "number,customer_name,title,pipeline,stage";
    bench.fill("opportunities", &format!("{header}\nO1,A,T,B2B,Lead\nO2,A,T,,Lead\nO3,A,T,,\nO4,A,T,B2B,\n"));
    let update = options("opportunities").on_duplicate(OnDuplicate::Update);
    let rows = "O1,,,,Won\nO1,,,B2C,\nO1,,,B2C,Won\nO2,,,,Won\nO3,,Tea,B2B,\nO3,,,,Won\nO4,,,B2C,\nO9,,,,\n";
    let outcome = bench.import(&update, format!("{header}\n{rows}"));
    let together = "`pipeline` and `stage` go together; say both";
    assert_eq!(
        outcome.reasons(),
        [
            format!("line 2: {together}"),
            format!("line 3: {together}"),
            format!("line 7: {together}"),
            "line 9: `customer_name` is required; `title` is required".to_owned(),
        ]
    );
    assert_eq!(
        bench.lines::<Opportunity>(&["number", "title", "pipeline.name", "stage.name", "stage.pipeline.name"]),
        ["O1|T|B2C|Won|B2C", "O2|T|default|Won|default", "O3|Tea|B2B||", "O4|T|B2C||"]
    );
}

#[test]
fn a_pipeline_that_others_make_meanwhile_is_taken_as_it_is() {
    let bench = Bench::filled();
    let at = *bench.storage.commits.lock().unwrap() + 1;
    *bench.storage.interference.lock().unwrap() = Some(Box::new(move |commit, storage| {
        if commit == at {
            let ids = SeededIds::new(77);
            let id = || ids.next_id(Timestamp::EPOCH);
            let mut set = ChangeSet::new(SetId(id()), Timestamp::EPOCH, "meanwhile");
            let pipeline = Pipeline::draft(Id::new(id()), NewPipeline::new("B2B"));
            set.changes.push(Change::Insert(pipeline.into_record()));
            block_on(storage.commit(&set)).unwrap();
        }
    }));
    bench.fill("opportunities", "number,customer_name,title,pipeline,stage\nO1,A,T,B2B,Won\nO2,A,T,B2B,Lead\n");
    assert_eq!(bench.count::<Pipeline>(), 1);
    assert_eq!(bench.lines::<Stage>(&["pipeline.name", "position", "name"]), ["B2B|1|Won", "B2B|2|Lead"]);
}

#[test]
fn what_was_done_is_kept_as_far_as_the_file_knows_it() {
    let bench = filled();
    for table in [TABLES[2], TABLES[3], TABLES[4]] {
        bench.import(&options(table.0), file(table));
    }
    assert_eq!(
        bench.lines::<PlanItem>(&["opportunity.number", "date", "todo", "result", "executed_at"]),
        [
            "X1|2026-02-01|Call||",
            "X1|2026-02-02|Write|Answered|2026-02-02T00:00:00Z",
            "X1|2026-02-03|Visit|Signed|2026-02-05T00:00:00Z",
        ]
    );
    assert_eq!(
        bench.lines::<Activity>(&["customer.number", "kind", "place"]),
        ["K1|visit|", "K1|visit|Berlin", "K1|visit|Berlin", "K2|call|"]
    );
    assert_eq!(
        bench.lines::<ServiceRequest>(&[
            "number",
            "type",
            "status",
            "created_at",
            "assigned_to.login",
            "assigned_at",
            "handled_by.login",
            "handled_at",
            "satisfaction",
        ]),
        [
            "S1|Any kind|archived|2026-01-01T00:00:00Z|li|2026-01-01T00:00:00Z|li|2026-01-02T10:00:00Z|4",
            "S2|complaint|created|2026-03-01T09:00:00Z|||||",
            "S3|complaint|assigned|2026-01-03T00:00:00Z|wang|2026-01-03T00:00:00Z|||",
        ]
    );
}

#[test]
fn a_loss_brings_its_measure_and_an_open_one_is_the_only_one() {
    let bench = filled();
    bench.import(&options("lost"), file(TABLES[5]));
    assert_eq!(
        bench.lines::<LostCustomer>(&["customer.number", "status", "warned_at", "reason", "confirmed_at"]),
        [
            "K1|confirmed|2025-01-01T00:00:00Z|moved|2025-03-01T00:00:00Z",
            "K1|resolved|2026-03-01T09:00:00Z||",
            "K1|warning|2026-02-01T00:00:00Z||",
            "K2|deferred|2026-02-02T00:00:00Z||",
        ]
    );
    let measures = ["lost.customer.number", "taken_by.login", "taken_at", "measure"];
    assert_eq!(
        bench.lines::<LossMeasure>(&measures),
        ["K1|li|2025-01-01T00:00:00Z|rang twice", "K2||2026-02-02T00:00:00Z|wrote"]
    );
    // The customer himself is as he was: a file is no command.
    assert_eq!(bench.lines::<Customer>(&["number", "status"])[0], "K1|normal");
    let header = "customer,status,warned_on,measures";
    let again = format!("{header}\nK2,warning,2026-02-03,\nK3,warning,2026-02-03,\n");
    let outcome = bench.import(&options("lost"), &again);
    assert_eq!(outcome.reasons(), ["line 2: `customer` `K2` is taken by another open lost customer"]);
    // What is open is changed, and every measure is kept; what is over is another row.
    let update = options("lost").on_duplicate(OnDuplicate::Update);
    let file = format!("{header}\nK2,deferred,2026-02-04,rang\nK2,deferred,2026-02-05,went there\nK2,confirmed,,\n");
    assert_eq!(bench.import(&update, file).counts(), (1, 2, 0, 0));
    let measures: Vec<String> =
        bench.lines::<LossMeasure>(&measures).into_iter().filter(|line| line.starts_with("K2")).collect();
    assert_eq!(
        measures,
        ["K2||2026-02-02T00:00:00Z|wrote", "K2||2026-02-04T00:00:00Z|rang", "K2||2026-02-05T00:00:00Z|went there"]
    );
    bench.verify();
}

#[test]
fn the_dictionary_takes_new_types_and_keeps_its_order() {
    let bench = filled();
    bench.import(&options("dictionary"), file(TABLES[6]));
    let entries =
        block_on(bench.crm.system().of::<DictionaryEntry>().list(DictionaryEntry::of_type("region"))).unwrap();
    let values: Vec<&str> = entries.items.iter().map(|entry| entry.value.as_str()).collect();
    assert_eq!(values, ["北京", "华北", "中南", "东北", "西部", "华东", "华南", "海外"]);
    let pets = block_on(bench.crm.system().of::<DictionaryEntry>().list(DictionaryEntry::of_type("pet"))).unwrap();
    assert_eq!(pets.items.iter().map(|entry| entry.editable).collect::<Vec<_>>(), [false]);
    // What is looked up from memory is what was imported last.
    let system = bench.crm.system();
    assert_eq!(block_on(system.dictionary().entries("pet")).unwrap().len(), 1);
    let (more, output) = (std::io::Cursor::new("type,item,value\npet,Dog,dog\npet,Cow,cow\n"), ImportOutput::default());
    block_on(system.import(&options("dictionary"), more, output)).unwrap();
    assert_eq!(block_on(system.dictionary().entries("pet")).unwrap().len(), 3);
    // Any text is a region.
    bench.fill("customers", "number,name,region\nK9,Far,Atlantis\n");
}
