//! What becomes of a row: values, references, defaults, reasons.

use crmkit::prelude::*;
use crmkit::transfer::{ImportField, ImportKind, ImportOptions};

use crate::bench::{Bench, options};

/// A kind, a header, and rows with what is said of each.
type Table<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

#[test]
fn every_bad_row_has_its_line_and_reason_and_the_good_ones_are_in() {
    let tables: &[Table<'_>] = &[
        (
            "users",
            "name,role,active,display_name,team",
            &[
                ("li,account_manager,true,Li,", ""),
                ("LI,account_manager,true,,", "`login` `li` is taken by another user"),
                ("wang,nobody,true,,", "`role`: `nobody` does not exist"),
                (" zhao,,,,", "`name`: a login has no space around it and no control characters"),
                (",,,,", "`name` is required"),
                ("qian,,maybe,,", "`active`: expected true or false, found `maybe`"),
                ("sun,,,,Night", "`team`: `Night` does not exist"),
            ],
        ),
        (
            "customers",
            "number,name,level,status,manager,created_on",
            &[
                ("C1,One,5,lost,ADMIN,2020-02-29", ""),
                ("C2,Two,,,,", ""),
                ("C3,,,,,", "`name` is required"),
                (",Four,,,,", "`number` is required"),
                ("C5,Five,6,,,", "`level`: `6` is none of 1, 2, 3, 4, 5"),
                ("C6,Six,,gone,,", "`status`: `gone` is none of normal, lost, deleted"),
                ("C7,Seven,,,ghost,", "`manager`: `ghost` does not exist"),
                (
                    "C8,Eight,,,,2023-02-30",
                    "`created_on`: `2023-02-30` is not a date such as 1996-07-04 or 1996-07-04T12:30:00Z",
                ),
                ("K1,Again,,,,", "`number` `K1` is taken by another customer"),
                ("C2,Again,,,,", "`number` `C2` is taken by another customer"),
                (
                    "C9,Nine,7,,,2023-13-01",
                    "`level`: `7` is none of 1, 2, 3, 4, 5; `created_on`: `2023-13-01` is not a date such as 1996-07-04 or 1996-07-04T12:30:00Z",
                ),
                ("c2,Lower case is another number,,,,", ""),
                ("C10,Ten,,", "the row has 4 cells, the header 6 columns"),
                ("C11,Eleven,,,,,surplus", "the row has 7 cells, the header 6 columns; too many are `surplus`"),
            ],
        ),
        (
            "contacts",
            "customer,name,sex",
            &[
                ("K1,Ann,female", ""),
                ("Globex,Bob,", ""),
                ("K1,Ann,female", ""),
                ("Twin,Cid,", "`customer`: `Twin` is not unique"),
                ("K9,Dan,", "`customer`: `K9` does not exist"),
                ("k1,Eve,", "`customer`: `k1` does not exist"),
                (" K1,Fay,", "`customer`: ` K1` does not exist"),
                ("K1,Guy,x", "`sex`: `x` is none of female, male"),
                (",Hal,", "`customer` is required"),
            ],
        ),
        (
            "products",
            "code,name,price",
            &[
                ("P3,Spring,9.9999", ""),
                ("P4,Spring,9.99999", "`price`: `9.99999` has more than 4 decimals"),
                ("P5,Spring,1e3", "`price`: `1e3` is not a plain decimal number such as 1234.5"),
                ("P6,Spring,\"1,5\"", "`price`: `1,5` is not a plain decimal number such as 1234.5"),
                ("P7,Spring, 1", "`price`: ` 1` is not a plain decimal number such as 1234.5"),
                ("P8,Spring,99999999999999999", "`price`: the number is out of range (at most 922337203685477.5807)"),
                ("P9,Nul\0,", "`name`: the text contains a NUL character, which no store keeps"),
            ],
        ),
        (
            "stock",
            "product,warehouse,count",
            &[
                ("P1,North,3.5", ""),
                ("Rocket,North,-1", ""),
                ("P1,North,3.5", ""),
                ("P1,North,", "`count` is required"),
                ("P1,,1", "`warehouse` is required"),
            ],
        ),
        (
            "orders",
            "number,customer,date,status,manager",
            &[
                ("B1,K1,2026-02-01,paid,admin", ""),
                ("B2,K1,2026-02-01 08:30,unpaid,", ""),
                ("B3,K1,2026-02-01T08:30:00+08:00,shipped,", ""),
                ("B4,K1,,,", "`date` is required"),
                (
                    "B5,K1,2026-02-01,payed,",
                    "`status`: `payed` is none of created, confirmed, picking, packed, shipped, cancelled, unpaid, partly_paid, paid",
                ),
                ("A1,K1,2026-02-01,paid,", "`number` `A1` is taken by another order"),
            ],
        ),
        (
            "order_lines",
            "order,product,quantity,unit_price,discount,line",
            &[
                ("A1,P1,2,3.50,,", ""),
                ("A1,P1,1,10,0.15,7", ""),
                ("A1,Anvil,-1,0.3333,,", ""),
                ("A1,P1,1,1,,7", "`order` `A1` with `line` `7` is taken by another order line"),
                ("A1,P1,1,1,,8", "`order` `A1` with `line` `8` is taken by another order line"),
                ("A1,P1,1,1,1.01,", "`discount`: 1.010000 is not between 0 and 1"),
                ("A1,P1,1,1,-0.1,", "`discount`: -0.100000 is not between 0 and 1"),
                ("A9,P1,1,1,,", "`order`: `A9` does not exist"),
                ("A1,P1,one,1,,", "`quantity`: `one` is not a plain decimal number such as 1234.5"),
                ("A1,P1,1,1,,first", "`line`: expected a whole number, found `first`"),
                ("A1,P1,,,,", "`quantity` is required; `unit_price` is required"),
                (
                    "A1,P1,922337203685477,922337203685477,,",
                    "`amount`: the number is out of range (at most 922337203685477.5807)",
                ),
                (
                    "A1,P1,922337203685477,1,,",
                    "the store refused it: `amount` would leave its bounds: 151667 and 9223372036854770000 more",
                ),
                ("A2,P2,1,1,,", ""),
            ],
        ),
    ];
    for (kind, header, rows) in tables {
        // The reasons do not depend on which rows are committed together.
        for batch_rows in [1, 2, 1_000] {
            let bench = Bench::filled();
            let cells: Vec<&str> = rows.iter().map(|row| row.0).collect();
            let mut options = options(kind);
            options.batch_rows = batch_rows;
            let outcome = bench.import(&options, format!("{header}\n{}\n", cells.join("\n")));
            let bad = rows.iter().enumerate().filter(|(_, row)| !row.1.is_empty());
            let expected: Vec<String> = bad.map(|(place, row)| format!("line {}: {}", place + 2, row.1)).collect();
            assert_eq!(outcome.reasons(), expected, "{kind} by {batch_rows}");
            let good = rows.len() - expected.len();
            assert_eq!(outcome.counts(), (good as u64, 0, 0, expected.len() as u64), "{kind}");
            bench.verify();
        }
    }
}

#[test]
fn numbers_have_one_to_64_characters() {
    let bench = Bench::new();
    let (fits, long) = ("编".repeat(64), "编".repeat(65));
    let outcome = bench.import(&options("customers"), format!("number,name\n{fits},a\n{long},b\n"));
    assert_eq!(outcome.counts(), (1, 0, 0, 1));
    assert!(outcome.told[0].reason.ends_with("has more than 64 characters"), "{:?}", outcome.told);
    assert_eq!(bench.lines::<Customer>(&["number"]), [fits]);
}

#[test]
fn what_a_file_does_not_say_is_created_now_with_the_first_status() {
    let bench = Bench::filled();
    assert_eq!(
        bench.lines::<Customer>(&["number", "status", "created_at", "satisfaction", "manager"])[0],
        "K1|normal|2026-03-01T09:00:00Z||"
    );
    bench.fill("orders", "number,customer,date\nB1,K1,2026-02-01\n");
    let lines = bench.lines::<Order>(&["number", "status", "payment", "paid_on", "amount"]);
    assert_eq!(lines, ["A1|shipped|paid||0.00", "A2|created|unpaid||0.00", "B1|created|unpaid||0.00"]);
    bench.fill("users", "name\nLi\n");
    assert_eq!(bench.lines::<User>(&["login", "name", "role.name", "active"])[1], "li|Li|account_manager|true");
    bench.fill("users", "name,active,role\nWang,false,supervisor\n");
    assert_eq!(bench.lines::<User>(&["login", "role.name", "active"])[2], "wang|supervisor|false");
}

#[test]
fn a_date_alone_is_its_midnight_in_the_zone_of_the_organisation() {
    let bench = Bench::in_zone(chrono_tz::Asia::Shanghai);
    bench.fill("customers", "number,name,created_on\nK1,Acme,2020-01-01\n");
    bench.fill(
        "orders",
        "number,customer,date,status\nA1,K1,2026-01-05,paid\nA2,K1,2026-01-05T17:00:00Z,paid\nA3,K1,2026-02-01,packed\n",
    );
    assert_eq!(bench.lines::<Customer>(&["created_at", "last_order_on"]), ["2019-12-31T16:00:00Z|2026-01-06"]);
    assert_eq!(bench.lines::<Order>(&["number", "ordered_at"])[0], "A1|2026-01-04T16:00:00Z");
    bench.verify();
}

#[test]
fn users_are_found_by_login_then_by_the_name_others_see() {
    let bench = Bench::filled();
    bench.fill("users", "name,display_name\nli,Li Lei\nwang,Wang Wei\nwang2,Wang Wei\nzhao,li\n");
    let outcome = bench
        .import(&options("customers"), "number,name,manager\n1,a,LI\n2,b,Li Lei\n3,c,Wang Wei\n4,d,li\n5,e,ｌｉ\n");
    assert_eq!(outcome.reasons(), ["line 4: `manager`: `Wang Wei` is not unique"]);
    let lines = bench.lines::<Customer>(&["number", "manager.login"]);
    assert_eq!(lines[..4], ["1|li", "2|li", "4|li", "5|li"]);
}

#[test]
fn lines_without_a_number_get_the_next_of_their_order() {
    for batch_rows in [1, 3, 100] {
        let bench = Bench::filled();
        let mut options = options("order_lines");
        options.batch_rows = batch_rows;
        let header = "order,product,quantity,unit_price,line";
        let file = format!("{header}\nA1,P1,1,1,\nA2,P1,1,1,\nA1,P1,1,2,10\nA1,P1,1,3,\nA1,P1,1,4,\nA2,P1,1,1,\n");
        assert_eq!(bench.import(&options, &file).counts(), (6, 0, 0, 0));
        let lines = bench.lines::<OrderLine>(&["order.number", "line", "amount"]);
        assert_eq!(
            lines,
            ["A1|10|2.00", "A1|11|3.00", "A1|12|4.00", "A1|1|1.00", "A2|1|1.00", "A2|2|1.00"],
            "by {batch_rows}"
        );
        assert_eq!(bench.lines::<Order>(&["number", "amount"]), ["A1|10.00", "A2|2.00"]);
        bench.verify();
    }
}

crmkit::entity!(
    #[entity("fleet_vehicle", "车辆", "Vehicle")]
    #[inputs(NewVehicle, VehiclePatch)]
    /// A vehicle of the host's fleet.
    struct Vehicle {
        /// What is on its plate.
        pub plate: String,
        /// How many seats it has.
        pub seats: i64,
        /// Who drives it.
        pub driver: Option<Id<User>>,
        /// What it pulls: a reference to an entity without a natural key.
        pub trailer: Option<Id<Trailer>>,
        /// Since when.
        pub since: Option<Date>,
    }
);

crmkit::entity!(
    #[entity("fleet_trailer", "挂车", "Trailer")]
    #[inputs(NewTrailer, TrailerPatch)]
    /// A trailer.
    struct Trailer {
        /// What it is made for.
        pub load: String,
    }
);

impl EntityFacts for Vehicle {}
impl EntityFacts for Trailer {}
impl Rules for Trailer {}
impl Rules for Vehicle {}

#[test]
fn a_host_imports_entities_of_its_own() {
    use crmkit::storage::{MemoryStorage, ReaderExt};
    let schema = Schema::builder().standard().with::<Trailer>().with::<Vehicle>().build().unwrap();
    let storage = std::sync::Arc::new(MemoryStorage::new(schema));
    let crm = pollster::block_on(Crm::builder(std::sync::Arc::clone(&storage)).open()).unwrap();
    let trailer = pollster::block_on(
        crm.system().of::<Trailer>().create(NewTrailer { load: "hay".into(), ..Default::default() }),
    )
    .unwrap();
    let all = ImportKind::of::<Vehicle>("vehicles").build();
    assert_eq!(all.fields().len(), 5);
    // The store does not keep plates apart, so the import asks it every time.
    let kind = ImportKind::of::<Vehicle>("vehicles")
        .fields([
            ImportField::of(Vehicle::plate).at_most(4),
            ImportField::of(Vehicle::seats),
            ImportField::of(Vehicle::driver).named("user").or("admin"),
            ImportField::of(Vehicle::trailer),
            ImportField::of(Vehicle::since).or_now(),
        ])
        .key(&[&Vehicle::plate])
        .build();
    let file = format!(
        "plate,seats,trailer,user\nA,4,{},ADMIN\nB,,,\nA,5,,\nC,2,{},\nABCDE,1,,\nD,3,,\n",
        trailer.id,
        Id::<Trailer>::NIL
    );
    let mut reasons = Vec::new();
    let mut on_reject = |row: &crmkit::transfer::RejectedRow| reasons.push(row.to_string());
    let output = crmkit::transfer::ImportOutput { on_reject: Some(&mut on_reject), ..Default::default() };
    let mut options = ImportOptions::new(kind);
    options.batch_rows = 2;
    let report = pollster::block_on(crm.system().import(&options, std::io::Cursor::new(file), output)).unwrap();
    assert_eq!(report.progress.imported, 2);
    assert_eq!(
        reasons,
        [
            "line 3: `seats` is required",
            "line 4: `plate` `A` is taken by another vehicle",
            "line 5: `trailer`: `00000000-0000-0000-0000-000000000000` does not exist",
            "line 6: `plate`: `ABCDE` has more than 4 characters",
        ]
    );
    let found = pollster::block_on(storage.collect(Query::of::<Vehicle>().filter(Vehicle::plate.eq("A")))).unwrap();
    let vehicle = Vehicle::from_record(found.into_iter().next().unwrap()).unwrap();
    assert_eq!((vehicle.seats, vehicle.trailer), (4, Some(trailer.id)));
    assert!(vehicle.driver.is_some() && vehicle.since.is_some());
}

/// How many commits an import takes on a store whose sets may have so many changes, first of new rows, then of the same
/// ones changed, which takes two changes a row.
#[cfg(feature = "sqlite")]
fn commits(set_limit: usize) -> (usize, usize) {
    use crmkit::storage::{SqliteOptions, SqliteStorage};
    use crmkit::transfer::{ImportOutput, OnDuplicate, Progress};
    use pollster::block_on;
    use std::io::Cursor;

    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteOptions { set_limit, ..SqliteOptions::default() };
    let storage = SqliteStorage::open(folder.path().join("crm.db"), crmkit::standard_schema().unwrap(), sqlite);
    let crm = block_on(Crm::builder(storage.unwrap()).open()).unwrap();
    let import = |options: ImportOptions, region: &str| {
        let rows = (0..6_000).map(|number| format!("K{number},Customer {number},{region}\n"));
        let file = "number,name,region\n".to_owned() + &rows.collect::<String>();
        let mut commits = 0;
        let mut on_progress = |_: &Progress| commits += 1;
        let output = ImportOutput { on_progress: Some(&mut on_progress), ..ImportOutput::default() };
        let report = block_on(crm.system().import(&options, Cursor::new(file), output)).unwrap();
        assert_eq!(report.progress.imported + report.progress.updated, 6_000);
        commits
    };
    (import(options("customers"), "north"), import(options("customers").on_duplicate(OnDuplicate::Update), "south"))
}

#[cfg(feature = "sqlite")]
#[test]
fn an_import_fills_the_sets_that_the_store_allows() {
    let (new, changed) = commits(1_000);
    assert!(new <= 10 && changed <= 15, "{new}, {changed}");
    assert_eq!(commits(20_000), (1, 1));
}
