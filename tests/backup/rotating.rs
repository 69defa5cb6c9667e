//! Of backups with the time in their name the last few are kept, the newest good one always, and nothing else is deleted.

use std::fs;

use crmkit::transfer::Rotation;

use crate::host::Folder;
use crate::sealing::backup_of;

/// The times in the names of backups, as short as they can be told: days of November 2026.
fn names(days: &[u32]) -> Vec<String> {
    days.iter().map(|day| format!("crm-202611{day:02}T020000Z.backup")).collect()
}

/// How many are kept, the days there are, those of them that are good, those that are surplus.
type Case = (usize, &'static [u32], &'static [u32], &'static [u32]);

#[test]
fn what_is_surplus() {
    let cases: [Case; 14] = [
        (3, &[], &[], &[]),
        (3, &[1], &[1], &[]),
        (3, &[1, 2, 3], &[1, 2, 3], &[]),
        (3, &[1, 2, 3, 4], &[1, 2, 3, 4], &[1]),
        (3, &[5, 1, 4, 2, 3], &[1, 2, 3, 4, 5], &[1, 2]),
        (1, &[1, 2, 3], &[1, 2, 3], &[1, 2]),
        // None kept is no rotation.
        (0, &[1, 2, 3], &[1, 2, 3], &[1, 2]),
        // The newest are damaged: the newest good one stays, too.
        (1, &[1, 2, 3], &[1, 2], &[1]),
        (2, &[1, 2, 3, 4, 5], &[1, 2], &[1, 3]),
        (2, &[1, 2, 3, 4, 5], &[1], &[2, 3]),
        (2, &[1, 2, 3, 4], &[3], &[1, 2]),
        (2, &[1, 2, 3, 4], &[4], &[1, 2]),
        // Where none is good, who knows what may be saved from them.
        (1, &[1, 2, 3], &[], &[]),
        (9, &[1, 2, 3], &[], &[]),
    ];
    for (keep, there, good, surplus) in cases {
        let (there, good) = (names(there), names(good));
        let found = Rotation::new("crm", keep).surplus(there.iter().map(String::as_str), |name| {
            assert!(there.iter().any(|known| known == name));
            good.iter().any(|known| known == name)
        });
        assert_eq!(found, names(surplus), "keep {keep} of {there:?}");
    }
}

#[test]
fn what_is_not_ours_is_never_surplus() {
    let foreign = [
        "crm.db",
        "crm.backup",
        "crm-.backup",
        "crm-20261101T020000Z",
        "crm-20261101T020000Z.backup.gz",
        "crm-20261101T020000.backup",
        "crm-2026-11-01T020000Z.backup",
        "crm-20261131T020000Z.backup",
        "crm-20261101T250000Z.backup",
        "crm-20261101T020000Zx.backup",
        "crm-+2026111T020000Z.backup",
        " crm-20261101T020000Z.backup",
        "CRM-20261101T020000Z.backup",
        "crm-old-20261101T020000Z.backup",
        "other-20261101T020000Z.backup",
        "20261101T020000Z.backup",
        "",
    ];
    let rotation = Rotation::new("crm", 1);
    let ours = names(&[20, 21]);
    let all = foreign.into_iter().chain(ours.iter().map(String::as_str));
    assert_eq!(rotation.surplus(all, |_| true), names(&[20]));
    // Another rotation in the same folder is another's.
    assert!(Rotation::new("crm-old", 1).surplus(ours.iter().map(String::as_str), |_| true).is_empty());
}

#[test]
fn names_that_are_given_are_known_again_and_sort_by_time() {
    let rotation = Rotation::new("a-b", 1);
    let times = ["0001-01-01T00:00:00Z", "2026-11-22T02:00:00Z", "2026-11-22T02:00:01.5Z", "9999-12-31T23:59:59Z"];
    let names = times.map(|time| rotation.file_name(time.parse().unwrap()));
    assert!(names.is_sorted());
    assert_eq!(rotation.surplus(names.iter().map(String::as_str), |_| true), names[..3]);
}

#[test]
fn a_folder_is_pruned() {
    let folder = tempfile::tempdir().unwrap();
    let good = fs::read(backup_of(folder.path(), "Good").path()).unwrap();
    let backups = folder.path().join("backups");
    fs::create_dir(&backups).unwrap();
    for (name, bytes) in names(&[1, 2, 3, 4, 5]).iter().zip([&good[..], &good, &good, b"damaged", &good[1..]]) {
        fs::write(backups.join(name), bytes).unwrap();
    }
    fs::write(backups.join("notes.txt"), "mine").unwrap();
    fs::create_dir(backups.join("crm-20200101T020000Z.backup")).unwrap();
    let rotation = Rotation::new("crm", 2);
    let deleted = rotation.prune(&backups).unwrap();
    assert_eq!(deleted, [&names(&[1, 2])[0], &names(&[1, 2])[1]].map(|name| backups.join(name)));
    assert_eq!(rotation.prune(&backups).unwrap(), [] as [std::path::PathBuf; 0]);
    assert!(backups.join("notes.txt").exists() && backups.join("crm-20200101T020000Z.backup").is_dir());
    assert!(rotation.prune(folder.path().join("absent")).is_err());
}

#[test]
fn the_host_keeps_the_last_few() {
    let folder = Folder::new();
    folder.ok("init");
    fs::create_dir(folder.path("kept")).unwrap();
    folder.write("kept/crm-20200101T000000Z.backup", "no backup");
    for _ in 0..2 {
        folder.ok("backup kept --keep 1");
        // Names go by the second.
        std::thread::sleep(std::time::Duration::from_millis(1_100));
    }
    let names: Vec<_> = fs::read_dir(folder.path("kept")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    let name = names[0].to_str().unwrap();
    folder.ok(&format!("--db sqlite:other.db restore kept/{name}"));
    folder.refused(1, "backup absent --keep 3");
}
