//! Users, teams, roles and passwords on the command line.

use std::io::Write;
use std::process::Stdio;

use crate::host::{Folder, Run, column};

const GOOD: &str = "a long and good one";

/// A run that reads a password from its standard input.
fn typing(folder: &Folder, line: &str, password: &str) -> Run {
    let mut command = folder.command(line);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let written = child.stdin.take().unwrap().write_all(password.as_bytes());
    // A run that is refused before it reads closes its end.
    drop(written);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn passwords_come_from_the_standard_input_and_are_shown_nowhere() {
    let folder = Folder::new();
    folder.ok("init");
    let refused = typing(&folder, "sign-in admin", "admin\n");
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("the name or the password is wrong"), "{}", refused.err);
    let short = typing(&folder, "user password admin", "short\n");
    assert!(short.code == 1 && short.err.contains("at least 8 characters"), "{}", short.err);
    assert!(folder.refused(1, "user password admin").contains("no password in the first line"));
    assert_eq!(typing(&folder, "user password admin --password x", GOOD).code, 2);

    assert_eq!(typing(&folder, "user first-administrator", GOOD).out, "the administrator `admin` can sign in\n");
    assert!(typing(&folder, "user first-administrator other", GOOD).err.contains("he makes the others"));
    for ending in ["", "\n", "\r\n", "\nnot this line\n"] {
        let done = typing(&folder, "sign-in ADMIN", &format!("{GOOD}{ending}"));
        assert_eq!(done.out, "signed in as `admin` with the role `administrator`\n", "{}", done.err);
    }
    for line in ["list users", "--format json list users", "--format csv list roles"] {
        assert!(!folder.ok(line).contains("argon2"), "{line}");
    }
    for kind in ["credentials", "credential", "sec_credential", "sign_in_state"] {
        assert!(folder.refused(2, &format!("list {kind}")).contains("there is no kind"), "{kind}");
    }
}

#[test]
fn who_is_locked_waits_or_is_unlocked() {
    let folder = Folder::new();
    let at = "--now 2026-03-01T09:00:00Z";
    folder.ok("user add li --role account_manager --name 'Li Na'");
    assert_eq!(typing(&folder, "user password li", GOOD).code, 0);
    for name in ["li", "nobody"] {
        for _ in 0..5 {
            assert!(typing(&folder, &format!("{at} sign-in {name}"), "wrong").err.contains("is wrong"));
        }
        let locked = typing(&folder, &format!("{at} sign-in {name}"), GOOD).err;
        assert!(locked.contains("try again after 2026-03-01T09:01:00Z"), "{locked}");
    }
    assert!(folder.refused(1, "--as li user unlock li").contains("may not"));
    folder.ok("user unlock li");
    assert_eq!(typing(&folder, &format!("{at} sign-in li"), GOOD).code, 0);
    folder.ok("user deactivate li");
    assert!(typing(&folder, &format!("{at} sign-in li"), GOOD).err.contains("is wrong"));
    assert!(folder.refused(1, "--as li list customers").contains("is inactive"));
}

#[test]
fn people_are_moved_and_the_last_administrator_stays() {
    let folder = Folder::new();
    folder.ok("team create north");
    folder.ok("team create berlin --parent north");
    folder.ok("user add li --role account_manager --team berlin");
    assert_eq!(folder.ok("team leader berlin li"), "the team `berlin` is led by `li`\n");
    assert_eq!(folder.ok("team move berlin"), "the team `berlin` is part of no other\n");
    assert_eq!(folder.ok("user team li north"), "the user `li` is in the team `north`\n");
    assert_eq!(column(&folder.json("user list"), "name"), ["admin", "li"]);
    assert_eq!(column(&folder.json("team list"), "name"), ["north", "berlin"]);

    for line in ["user deactivate admin", "user role admin executive", "user delete admin"] {
        assert!(folder.refused(1, line).contains("is the last active administrator"), "{line}");
    }
    folder.ok("user role li administrator");
    assert!(folder.refused(1, "--as li user deactivate li").contains("is who acts"));
    assert_eq!(folder.ok("--as li user delete admin"), "deleted the user `admin`\n");
    assert!(folder.refused(1, "user delete li").contains("is the last active administrator"));

    folder.ok("role create clerk");
    folder.ok("role grant clerk customer.read all");
    assert_eq!(column(&folder.json("role list"), "name").len(), 5);
    assert_eq!(folder.ok("role delete clerk"), "deleted the role `clerk`\n");
    assert!(folder.refused(1, "role delete administrator").contains("can't be deleted"));
    assert!(folder.ok("verify").starts_with("no faults"));
}
