//! Programs that are killed while they make or restore a backup. (What lies there between any two steps of a restore is
//! looked at in the crate's own tests.)
#![cfg(unix)]

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::host::Folder;

/// How long a run takes that is left alone, and runs it again and again for parts of that time.
fn killed(folder: &Folder, line: &str, mut after: impl FnMut(bool)) {
    let begun = Instant::now();
    folder.ok(line);
    let whole = begun.elapsed();
    for part in 1..=16 {
        let mut run = folder.command(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(whole * part / 16);
        let _ = run.kill();
        after(run.wait().unwrap().success());
    }
}

#[test]
fn a_restore_leaves_the_old_or_the_new_one() {
    let folder = Folder::new();
    folder.write("acme.csv", "number,name\nK1,Acme\n");
    folder.write("globex.csv", "number,name\nK2,Globex\n");
    folder.ok("import customers acme.csv");
    folder.ok("backup crm.backup");
    folder.ok("import customers globex.csv");
    let (mut old, mut new) = (0, 0);
    killed(&folder, "restore crm.backup", |done| {
        match folder.count("customers") {
            1 => new += 1,
            2 if !done => old += 1,
            count => panic!("{count} customers, done: {done}"),
        }
        assert!(folder.ok("verify").starts_with("no faults"));
        let globex = folder.run("import customers globex.csv --on-duplicate skip");
        assert_eq!(globex.code, 0, "{}", globex.err);
        // The next attempt is made over a database with a log.
        thread::sleep(Duration::from_millis(1));
    });
    assert!(old > 0 && old + new == 16, "{old} {new}");
}

#[test]
fn a_backup_is_there_whole_or_not_at_all() {
    let folder = Folder::new();
    folder.write("acme.csv", "number,name\nK1,Acme\n");
    folder.ok("import customers acme.csv");
    let mut number = 0;
    killed(&folder, "backup crm.backup", |done| {
        number += 1;
        let restored = folder.run(&format!("--db sqlite:new{number}.db restore crm.backup"));
        assert_eq!(restored.code, 0, "done: {done}: {}", restored.err);
    });
    // The one that was there is replaced only by a whole one.
    assert!(folder.ok("verify").starts_with("no faults"));
}
