//! Making and restoring backups from the command line, as people do it.

use std::fs;

use rusqlite::Connection;

use crate::host::Folder;

/// A store with one customer, and a backup of it.
fn shop() -> Folder {
    let folder = Folder::new();
    folder.write("acme.csv", "number,name\nK1,Acme\n");
    folder.write("globex.csv", "number,name\nK2,Globex\n");
    folder.write("u.csv", "name,role\nboss,administrator\nli,account_manager\n");
    folder.ok("import customers acme.csv");
    folder.ok("import users u.csv");
    let said = folder.ok("backup crm.backup");
    assert!(said.starts_with("backup of 20") && said.ends_with("written to `crm.backup`\n"), "{said}");
    folder
}

fn replaced(folder: &Folder) -> Vec<String> {
    let names = folder.names().into_iter();
    names.filter(|name| name.contains(".replaced-") && !name.ends_with("-wal")).collect()
}

#[test]
fn a_store_is_as_it_was_and_what_it_was_since_is_kept() {
    let folder = shop();
    folder.ok("import customers globex.csv");
    let said = folder.ok("restore crm.backup");
    assert_eq!(folder.count("customers"), 1);
    let [kept] = &replaced(&folder)[..] else { panic!("{:?}", folder.names()) };
    assert!(said.contains(&format!("{kept}`")), "{said}");
    assert_eq!(folder.json(&format!("--db sqlite:{kept} list customers"))["rows"].as_array().unwrap().len(), 2);
    assert!(folder.ok("verify").starts_with("no faults"));
    // A second one in the same second finds another name.
    folder.ok("restore crm.backup");
    folder.ok("restore crm.backup");
    assert_eq!(replaced(&folder).len(), 3);
    assert!(folder.names().iter().all(|name| !name.starts_with(".crmkit")));
}

#[test]
fn a_store_is_made_where_there_is_none() {
    let folder = shop();
    folder.ok("--db sqlite:new.db restore crm.backup");
    assert_eq!(folder.json("--db sqlite:new.db list customers")["rows"].as_array().unwrap().len(), 1);
    assert!(replaced(&folder).is_empty());
}

#[test]
fn every_report_and_record_is_the_same_afterwards() {
    let folder = shop();
    folder.ok("--db sqlite:new.db restore crm.backup");
    for line in
        ["list customers", "list users", "list dictionary", "history users boss", "report composition --by level"]
    {
        assert_eq!(folder.ok(line), folder.ok(&format!("--db sqlite:new.db {line}")), "{line}");
    }
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_a_backup_and_a_database_stays_readable_for_whom_it_was() {
    use std::os::unix::fs::PermissionsExt;
    let folder = shop();
    let mode = |name: &str| fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("crm.backup"), 0o600);
    fs::set_permissions(folder.path("crm.db"), fs::Permissions::from_mode(0o664)).unwrap();
    folder.ok("restore crm.backup");
    assert_eq!(mode("crm.db"), 0o664);
    folder.ok("--db sqlite:new.db restore crm.backup");
    assert_eq!(mode("new.db"), 0o600);
}

#[test]
fn a_store_that_somebody_uses_is_not_replaced() {
    let folder = shop();
    folder.ok("import customers globex.csv");
    // An open connection is enough, even one that only reads and is doing nothing.
    let connection = Connection::open(folder.path("crm.db")).unwrap();
    let count = || connection.query_row("SELECT count(*) FROM cst_customer", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count(), 2);
    let names = |folder: &Folder| -> Vec<_> {
        folder.names().into_iter().filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect()
    };
    let before = names(&folder);
    let said = folder.refused(1, "restore crm.backup");
    assert!(said.contains("crm.db") && said.contains("locked by another process"), "{said}");
    assert_eq!((count(), names(&folder)), (2, before));
    drop(connection);
    folder.ok("restore crm.backup");
    assert_eq!(folder.count("customers"), 1);
}

#[test]
fn a_database_that_can_not_be_opened_any_more_is_replaced_and_kept() {
    let folder = shop();
    let whole = fs::read(folder.path("crm.db")).unwrap();
    let garbage = |range: std::ops::Range<usize>| {
        let mut bytes = whole.clone();
        bytes[range].fill(0x5A);
        bytes
    };
    let damaged =
        [garbage(0..4_096), garbage(0..16), garbage(4_096..200_000), whole[..5_000].to_vec(), b"no database".to_vec()];
    for (number, bytes) in damaged.iter().enumerate() {
        folder.write("crm.db", bytes);
        folder.ok("--as boss restore crm.backup");
        assert_eq!(folder.count("customers"), 1, "{number}");
        assert_eq!(replaced(&folder).len(), number + 1);
        let kept = replaced(&folder).into_iter().any(|name| fs::read(folder.path(&name)).unwrap() == *bytes);
        assert!(kept, "{number}");
    }
}

#[test]
fn another_programs_database_is_not_replaced() {
    let folder = shop();
    let connection = Connection::open(folder.path("albums.db")).unwrap();
    connection.execute_batch("CREATE TABLE albums (title TEXT)").unwrap();
    drop(connection);
    let before = fs::read(folder.path("albums.db")).unwrap();
    let said = folder.refused(1, "--db sqlite:albums.db restore crm.backup");
    assert!(said.contains("albums.db") && said.contains("another program"), "{said}");
    assert_eq!(fs::read(folder.path("albums.db")).unwrap(), before);
    assert!(folder.refused(1, "--db sqlite:. restore crm.backup").contains("is a directory"));
    assert!(folder.refused(1, "--db sqlite:absent/crm.db restore crm.backup").contains("absent"));
}

#[test]
fn a_backup_takes_the_place_of_nothing_but_a_backup() {
    let folder = shop();
    let database = fs::read(folder.path("crm.db")).unwrap();
    folder.write("notes.txt", "mine");
    for name in ["notes.txt", "crm.db", "acme.csv"] {
        let said = folder.refused(1, &format!("backup {name}"));
        assert!(said.contains(name) && said.contains("is no backup"), "{said}");
    }
    assert_eq!(folder.read("notes.txt"), "mine");
    assert!(fs::read(folder.path("crm.db")).unwrap() == database);
    assert!(folder.refused(1, "backup absent/crm.backup").contains("absent/crm.backup"));
    folder.refused(1, "backup .");
    // An older one, or an empty file.
    folder.ok("import customers globex.csv");
    folder.ok("backup crm.backup");
    folder.write("empty", "");
    folder.ok("backup empty");
    for name in ["crm.backup", "empty"] {
        folder.ok(&format!("--db sqlite:{name}.db restore {name}"));
        assert!(folder.ok(&format!("--db sqlite:{name}.db list customers")).contains("Globex"));
    }
    assert!(folder.names().iter().all(|name| !name.starts_with(".crmkit")));
}

#[test]
fn who_may_not_does_not() {
    let folder = shop();
    folder.ok("import customers globex.csv");
    let said = folder.refused(1, "--as li backup li.backup");
    assert!(said.contains("`li` may not data.backup"), "{said}");
    assert!(!folder.path("li.backup").exists());
    let said = folder.refused(1, "--as li restore crm.backup");
    assert!(said.contains("`li` may not data.restore"), "{said}");
    assert!(folder.refused(1, "--as nobody restore crm.backup").contains("nobody"));
    assert_eq!((folder.count("customers"), replaced(&folder).len()), (2, 0));
    folder.ok("--as boss backup boss.backup");
    folder.ok("--as boss restore crm.backup");
    assert_eq!(folder.count("customers"), 1);
    // Where there is no store, nobody can be asked.
    folder.ok("--as li --db sqlite:new.db restore crm.backup");
}

#[test]
fn in_a_script_and_not_in_a_preview() {
    let folder = shop();
    folder.write("s.crm", "import customers globex.csv\nrestore crm.backup\nlist customers\nbackup second.backup\n");
    let said = folder.ok("script s.crm");
    assert!(said.contains("Acme") && !said.contains("Globex"), "{said}");
    assert!(folder.path("second.backup").exists());
    folder.refused(1, "preview backup third.backup");
    folder.refused(2, "preview restore crm.backup");
    assert!(!folder.path("third.backup").exists());
}

#[test]
fn a_backup_of_an_older_schema_is_brought_up_to_date() {
    let folder = shop();
    // As a program made it that knew no stock yet.
    let connection = Connection::open(folder.path("crm.db")).unwrap();
    connection.execute_batch("DROP TABLE storage; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(connection);
    let database = fs::read(folder.path("crm.db")).unwrap();
    folder.write("old.backup", crate::sealing::sealed_database(&database));
    folder.ok("--db sqlite:new.db restore old.backup");
    assert!(folder.ok("--db sqlite:new.db verify").starts_with("no faults"));
    // The backup itself stays what it was.
    folder.ok("--db sqlite:newer.db restore old.backup");
}

#[cfg(unix)]
#[test]
fn a_link_is_followed() {
    let folder = shop();
    fs::create_dir(folder.path("data")).unwrap();
    fs::rename(folder.path("crm.db"), folder.path("data/real.db")).unwrap();
    std::os::unix::fs::symlink("data/real.db", folder.path("crm.db")).unwrap();
    folder.ok("import customers globex.csv");
    folder.ok("restore crm.backup");
    assert!(folder.path("crm.db").is_symlink());
    assert_eq!(folder.count("customers"), 1);
    assert!(fs::read_dir(folder.path("data")).unwrap().count() == 2);
    std::os::unix::fs::symlink("gone.db", folder.path("dangling.db")).unwrap();
    folder.refused(1, "--db sqlite:dangling.db restore crm.backup");
}
