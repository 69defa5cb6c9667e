//! Jobs on the command line, and two processes that do what is due at the same time.

use std::process::Stdio;

use crate::host::{Folder, column};

#[test]
fn jobs_are_listed_switched_and_told_of() {
    let folder = Folder::new();
    let early = "--now 2026-03-02T12:00:00Z";
    assert_eq!(folder.ok(&format!("{early} jobs run-due")), "nothing is due\n");
    let list = folder.json(&format!("{early} jobs list"));
    assert_eq!(column(&list, "name"), ["lost-scan", "reminders", "retention"]);
    assert_eq!(column(&list, "next")[0], "2026-03-07T02:00:00Z");
    assert_eq!(folder.ok(&format!("{early} jobs disable retention")), "`retention` is switched off\n");
    assert!(folder.refused(1, "jobs disable sweep").contains("there is no job `sweep`"));
    assert!(folder.refused(1, "jobs history sweep").contains("there is no job `sweep`"));
    let ran = folder.json("--now 2026-03-07T09:00:00Z jobs run-due");
    assert_eq!(column(&ran, "job"), ["lost-scan", "reminders"]);
    assert_eq!(column(&ran, "status"), ["done", "done"]);
    assert_eq!(folder.ok("--now 2026-03-07T09:00:00Z jobs run-due"), "nothing is due\n");
    assert_eq!(column(&folder.json("jobs history"), "job"), ["lost-scan", "reminders"]);
    let csv = folder.ok("--format csv jobs history reminders");
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(folder.ok("--now 2026-03-08T09:00:00Z jobs enable retention").contains("switched on"));
    // Only administrators may.
    folder.ok("user create li --role account_manager");
    for command in ["list", "run-due", "enable retention", "history"] {
        assert!(folder.refused(1, &format!("--as li jobs {command}")).contains("may not"), "{command}");
    }
    assert!(folder.ok("--as admin --now 2026-03-08T09:00:00Z jobs run-due").contains("reminders"));
}

#[test]
fn a_backup_of_every_day_of_which_the_last_few_are_kept() {
    let folder = Folder::new();
    let backups = folder.path("backups");
    std::fs::create_dir(&backups).unwrap();
    let run_due =
        |day: u32| folder.ok(&format!("--now 2026-03-{day:02}T12:00:00Z jobs run-due --backups backups --keep 2"));
    assert_eq!(run_due(2), "nothing is due\n");
    for day in 3..=6 {
        assert!(run_due(day).contains("backup"), "{day}");
        folder.ok(&format!("create customers number=K{day} name=Of_{day}"));
    }
    let mut names: Vec<_> =
        std::fs::read_dir(&backups).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["crm-20260305T030000Z.backup", "crm-20260306T030000Z.backup"]);
    folder.ok("--db sqlite:restored.db restore backups/crm-20260306T030000Z.backup");
    let restored = folder.json("--db sqlite:restored.db list customers");
    assert_eq!(column(&restored, "number"), ["K3", "K4", "K5"]);
    assert!(folder.ok("--db sqlite:restored.db verify").starts_with("no faults"));
}

/// Two processes at once, day by day, on one store: each slot is recorded once and done by one.
pub(crate) fn two_processes_do_each_slot_once(folder: &Folder, on: &str) {
    folder.ok(&format!("{on} --now 2026-03-02T12:00:00Z jobs run-due"));
    for day in 3..=8 {
        let command = format!("{on} --format csv --now 2026-03-{day:02}T09:00:00Z jobs run-due");
        let both: Vec<_> = (0..2)
            .map(|_| folder.command(&command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
            .collect();
        let mut done = Vec::new();
        for child in both {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
            let text = String::from_utf8(output.stdout).unwrap();
            done.extend(text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()));
        }
        done.sort();
        let expected =
            if day == 7 { vec!["lost-scan", "reminders", "retention"] } else { vec!["reminders", "retention"] };
        assert_eq!(done, expected, "on March {day}");
    }
    let history = folder.json(&format!("{on} jobs history"));
    assert_eq!(history["rows"].as_array().unwrap().len(), 13);
    assert!(column(&history, "attempts").iter().all(|attempts| attempts == "1"));
}

#[test]
fn two_processes_do_each_slot_once_on_one_file() {
    two_processes_do_each_slot_once(&Folder::new(), "--db sqlite:shared.db");
}
