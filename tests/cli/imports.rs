//! Files that are not as they should be: each refused or rejected with a reason, and nothing half done.

use crate::host::{Folder, column};

const CUSTOMERS: &str = "number,name\nK1,Acme\nK2,Globex\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("c.csv", CUSTOMERS);
    folder.ok("import customers c.csv");
    folder.write("p.csv", "code,name,price\nT1,Tea,38.50\n");
    folder.ok("import products p.csv");
    folder.write("o.csv", "number,customer,date\nA1,K1,2026-01-05\n");
    folder.ok("import orders o.csv --set status=paid");
    folder
}

#[test]
fn a_file_that_can_not_be_read_is_refused_whole() {
    let folder = folder();
    let long = format!("number,name\nK7,Good\nK8,{}\n", "x".repeat(10 << 20));
    for (content, options, expected) in [
        (&b"number,name\nK7,Good\nK8,Caf\xe9\n"[..], "", "line 3 is not UTF-8"),
        (b"\xff\xfen\0u\0m\0b\0e\0r\0", "", "not UTF-8"),
        (b"number,title\nK7,Good\n", "--map name=titel", "no column `titel`; did you mean `title`?"),
        (b"number\nK7\n", "", "nothing fills the required field `name`"),
        (b"number,name,name\nK7,Good,Bad\n", "", "`name` more than once"),
        (b"", "", "the file is empty"),
        (b"number,name\nK7,Good\nK8,\"Bad", "", "stops inside the row that begins on line 3"),
        (long.as_bytes(), "", "line 3: the cell in column 2 is longer than"),
    ] {
        folder.write("bad.csv", content);
        let sentence = folder.refused(1, &format!("import customers bad.csv {options}"));
        assert!(sentence.starts_with("bad.csv: ") && sentence.contains(expected), "{sentence}");
        assert_eq!(folder.count("customers"), 2, "{sentence}");
    }
    folder.write("bad.csv", "number,name\n");
    assert_eq!(folder.ok("import customers bad.csv"), "customers: 0 imported of 0 rows\n");
    assert!(folder.ok("verify").starts_with("no faults"));
}

#[test]
fn a_bad_row_is_rejected_with_its_line_and_the_others_are_in() {
    let folder = folder();
    for (kind, content, expected) in [
        ("customers", "number,name\nK1,Again\nK9,New\n", "line 2: `number` `K1` is taken"),
        ("customers", "number,name\nK3,Twice\nK4,New\nK3,Twice\n", "line 4: `number` `K3`"),
        ("customers", "number,name\n,Nameless\nK5,New\n", "line 2: `number` is required"),
        ("customers", "number,name,level\nK6,Bad,9\nK7,New,5\n", "line 2: `level`: `9` is none of"),
        ("customers", "number,name\nK8\nK10,New\n", "line 2: the row has 1 cell"),
        ("orders", "number,customer,date\nB1,K99,2026-01-05\nB2,K2,2026-01-05\n", "line 2: `customer`"),
        ("orders", "number,customer,date\nC1,K1,2023-02-30\nC2,K2,2024-02-29\n", "line 2: `date`: `2023-02-30` is not"),
        ("orders", "number,customer,date,status\nD1,K1,2026-01-05,sold\nD2,K2,2026-01-05,paid\n", "line 2: `status`"),
        ("products", "code,name,price\nP1,Bad,1.23456\nP2,New,1.2345\n", "line 2: `price`"),
        ("products", "code,name,price\nP3,Bad,922337203685477.5808\nP4,New,-1\n", "line 2: `price`"),
        ("products", "code,name,price\nP5,Bad,1e3\nP6,New,1000\n", "line 2: `price`"),
    ] {
        let before = folder.count(kind);
        folder.write("rows.csv", content);
        let run = folder.run(&format!("import {kind} rows.csv"));
        assert_eq!(run.code, 3, "{content}: {} {}", run.out, run.err);
        assert!(run.err.starts_with(expected) && run.err.lines().count() == 1, "{content}: {}", run.err);
        let good = content.lines().count() - 2;
        assert_eq!(run.out, format!("{kind}: {good} imported, 1 rejected of {} rows\n", good + 1));
        assert_eq!(folder.count(kind), before + good, "{content}");
    }
    assert!(folder.ok("verify").starts_with("no faults"));
}

#[test]
fn an_amount_is_exact_or_the_line_is_out() {
    let folder = folder();
    folder.write(
        "l.csv",
        "order,product,quantity,unit_price,discount\n\
         A1,T1,3,0.3333,0.5\n\
         A1,Tea,-1,10,\n\
         A1,T1,1,1,1.5\n\
         A1,T1,900000000000,900000000,\n",
    );
    let run = folder.run("--format json import order_lines l.csv");
    assert_eq!(run.code, 3, "{}", run.err);
    let lines: Vec<&str> = run.err.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.err);
    assert!(
        lines[0].contains("line 4: `discount`: 1.5") && lines[0].contains("is not between 0 and 1"),
        "{}",
        lines[0]
    );
    assert!(lines[1].starts_with("line 5: `amount`"), "{}", lines[1]);
    assert!(
        run.out.contains(r#""rows":[{"rows":4,"imported":2,"updated":0,"skipped":0,"rejected":2}]"#),
        "{}",
        run.out
    );
    // 0.49995 is half way: it goes to the even digit.
    let amounts = column(&folder.json("list order_lines"), "amount");
    assert_eq!(amounts, ["0.50", "-10.00"]);
    assert_eq!(column(&folder.json("list orders"), "amount"), ["-9.50"]);
}

#[test]
fn repaired_rejects_are_a_file_of_their_own() {
    let folder = folder();
    folder.write("n.csv", "name,number,note\nUmbrella,K3,\"a, b\"\nHooli,K1,c\nInitech,,d\n");
    let run = folder.run("import customers n.csv --rejects r.csv");
    assert_eq!((run.code, run.out.as_str()), (3, "customers: 1 imported, 2 rejected of 3 rows\n"));
    let rejects = folder.read("r.csv");
    let lines: Vec<&str> = rejects.lines().collect();
    assert_eq!((lines[0], lines.len()), ("name,number,note,error", 3), "{rejects}");
    assert!(lines[1].starts_with("Hooli,K1,c,") && lines[2].starts_with("Initech,,d,"), "{rejects}");
    folder.write("r.csv", rejects.replace("Hooli,K1", "Hooli,K4").replace("Initech,", "Initech,K5"));
    assert_eq!(folder.ok("import customers r.csv"), "customers: 2 imported of 2 rows\n");
    assert_eq!(column(&folder.json("list customers"), "number"), ["K1", "K2", "K3", "K4", "K5"]);
}

#[test]
fn the_same_file_again_changes_nothing() {
    let folder = folder();
    let again = folder.ok("import customers c.csv");
    assert_eq!(again, "customers: 2 imported of 2 rows (by an earlier run; nothing was left to do)\n");
    assert_eq!(folder.count("customers"), 2);
}

#[test]
fn duplicates_are_skipped_or_updated_where_that_is_asked_for() {
    let folder = folder();
    folder.write("u.csv", "number,name,region\nK1,Acme Ltd,华东\nK3,New,\n");
    let dry = folder.run("import customers u.csv --dry-run --on-duplicate skip");
    assert_eq!(dry.out, "customers: 1 imported, 1 skipped of 2 rows (nothing was written)\n");
    assert_eq!(folder.count("customers"), 2);
    assert_eq!(folder.ok("import customers u.csv --on-duplicate skip"), "customers: 1 imported, 1 skipped of 2 rows\n");
    assert_eq!(column(&folder.json("list customers"), "name"), ["Acme", "Globex", "New"]);
    let updated = folder.ok("import customers u.csv --on-duplicate update");
    assert_eq!(updated, "customers: 0 imported, 2 updated of 2 rows\n");
    assert_eq!(column(&folder.json("list customers"), "name"), ["Acme Ltd", "Globex", "New"]);
}

#[test]
fn values_come_from_columns_then_from_set_and_are_translated() {
    let folder = folder();
    folder.write("m.csv", "\u{feff}id,title,land\nM1,One,\nM2, Two ,DE\n");
    folder.ok("import customers m.csv --map number=id --map name=title --map region=land --set region=FR --map-value region:DE=Germany");
    let list = folder.json("list customers --columns number,name,region");
    assert_eq!(column(&list, "region"), ["null", "null", "FR", "Germany"]);
    // Cells are not trimmed.
    assert_eq!(column(&list, "name"), ["Acme", "Globex", "One", " Two "]);
}
