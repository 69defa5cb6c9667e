//! Files that are no store, or not one for this program.

use std::fs::{self, OpenOptions};

use rusqlite::Connection;

use crate::host::Folder;

fn set_up() -> Folder {
    let folder = Folder::new();
    folder.write("c.csv", "number,name\nK1,Acme\n");
    folder.write("o.csv", "number,customer,date\nA1,K1,2026-01-05\n");
    folder.ok("import customers c.csv");
    folder.ok("import orders o.csv --set status=paid");
    folder
}

#[test]
fn whatever_comes_first_sets_an_empty_file_up() {
    let folder = Folder::new();
    folder.write("crm.db", "");
    assert_eq!(folder.count("customers"), 0);
    assert!(folder.ok("verify").starts_with("no faults: "));
}

#[test]
fn what_is_no_store_stays_as_it_is() {
    let folder = Folder::new();
    folder.write("text.db", "this is no database\n".repeat(100));
    assert!(folder.refused(1, "--db sqlite:text.db list customers").contains("is not a SQLite database"));
    assert!(folder.refused(1, "--db sqlite:text.db init").contains("is not a SQLite database"));
    assert_eq!(folder.read("text.db"), "this is no database\n".repeat(100));

    let connection = Connection::open(folder.path("other.db")).unwrap();
    connection.execute_batch("CREATE TABLE albums (title TEXT); INSERT INTO albums VALUES ('Blue')").unwrap();
    drop(connection);
    for command in ["list customers", "init"] {
        let sentence = folder.refused(1, &format!("--db sqlite:other.db {command}"));
        assert!(sentence.contains("other.db"), "{sentence}");
    }
    let connection = Connection::open(folder.path("other.db")).unwrap();
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);

    assert!(folder.refused(1, "--db sqlite:. list customers").contains("`.` is a directory"));
    assert!(folder.refused(1, "--db sqlite:absent/crm.db list customers").contains("absent/crm.db"));
}

#[test]
fn a_newer_store_is_left_alone() {
    let folder = set_up();
    let connection = Connection::open(folder.path("crm.db")).unwrap();
    connection.pragma_update(None, "user_version", 9_999).unwrap();
    drop(connection);
    for command in ["list customers", "init", "import customers c.csv"] {
        let sentence = folder.refused(1, command);
        assert!(sentence.contains("newer"), "{sentence}");
    }
}

#[test]
fn an_older_store_is_brought_up_to_date_by_init_only() {
    let folder = set_up();
    let connection = Connection::open(folder.path("crm.db")).unwrap();
    connection.execute_batch("DROP TABLE storage").unwrap();
    drop(connection);
    let sentence = folder.refused(1, "list customers");
    assert!(sentence.contains("`crm init` brings it up to date"), "{sentence}");
    folder.ok("init");
    assert_eq!((folder.count("customers"), folder.count("stock")), (1, 0));
}

#[test]
fn verify_finds_what_was_changed_behind_its_back() {
    let folder = set_up();
    let said = folder.ok("verify");
    assert!(said.starts_with("no faults: looked at the store"), "{said}");
    let connection = Connection::open(folder.path("crm.db")).unwrap();
    connection.execute("UPDATE orders SET amount = amount + 1", []).unwrap();
    connection.execute("UPDATE cst_customer SET last_order_on = NULL", []).unwrap();
    drop(connection);
    let run = folder.run("verify");
    assert_eq!((run.code, run.err.as_str()), (1, "error: 6 faults found\n"), "{}", run.out);
    assert!(run.out.contains("order `A1`: its amount is 0.0001, the sum of its lines 0.00\n"), "{}", run.out);
    assert!(run.out.contains("customer `K1`: its last order date is ``, by the orders `2026-01-05`"), "{}", run.out);
    // The sums that are kept of orders know nothing of it.
    assert_eq!(run.out.lines().filter(|line| line.starts_with("rollup `")).count(), 4, "{}", run.out);
    let json = folder.run("--format json verify");
    assert_eq!((json.code, json.out.matches("\"fault\":").count()), (1, 6), "{}", json.out);
}

#[test]
fn a_damaged_store_is_refused_or_reported() {
    let folder = set_up();
    let mut bytes = fs::read(folder.path("crm.db")).unwrap();
    let middle = bytes.len() / 2;
    bytes.truncate(middle);
    fs::write(folder.path("crm.db"), bytes).unwrap();
    let run = folder.run("verify");
    assert_eq!(run.code, 1, "{} {}", run.out, run.err);
    assert!(run.err.starts_with("error: "), "{}", run.err);
}

#[test]
fn a_store_that_may_only_be_read_is_not_written() {
    let folder = set_up();
    let path = folder.path("crm.db");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    if OpenOptions::new().append(true).open(&path).is_ok() {
        // The superuser writes whatever the file says; there is nothing to see then.
        return;
    }
    folder.write("d.csv", "number,name\nK2,Globex\n");
    let sentence = folder.refused(1, "import customers d.csv");
    assert!(sentence.contains("can't be written"), "{sentence}");
}
