//! Previewing, looking back and taking back on the command line.

use crate::host::{Folder, column};

fn with_opportunity() -> (Folder, String) {
    let folder = Folder::new();
    folder.ok("user create --role account_manager li");
    let create =
        "opportunity create --customer-name Lotus --title Tea --success-rate 60 --description much --contact-name Mei";
    let made = folder.json(create);
    let number = column(&made, "number").remove(0);
    (folder, number)
}

#[test]
fn a_preview_shows_what_would_change_and_changes_nothing() {
    let (folder, number) = with_opportunity();
    let preview = folder.json(&format!("preview opportunity assign {number} li"));
    assert_eq!(column(&preview, "entity")[0], "opportunity");
    let place = column(&preview, "field").iter().position(|field| field == "status").unwrap();
    assert_eq!((&*column(&preview, "before")[place], &*column(&preview, "after")[place]), ("unassigned", "assigned"));
    assert!(folder.ok(&format!("opportunity show {number}")).to_lowercase().contains("unassigned"));
    folder.ok(&format!("opportunity assign {number} li"));
    let text = folder.ok(&format!("--as li preview opportunity win {number}"));
    assert!(text.contains("insert") && text.contains("#1"), "{text}");
    assert_eq!(folder.count("customers"), 0);
    // The same refusal as in earnest.
    let earnest = folder.refused(1, &format!("opportunity assign {number} li"));
    assert_eq!(folder.refused(1, &format!("preview opportunity assign {number} li")), earnest);
    folder.write("c.csv", "number,name\nK1,Acme\n");
    assert!(folder.refused(1, "preview import customers c.csv").contains("dry run"));
    assert!(folder.refused(2, "preview frobnicate").contains("frobnicate"));
    assert!(folder.refused(2, "preview preview list customers").contains("can't be previewed"));
}

#[test]
fn what_the_history_shows_can_be_taken_back_and_done_again() {
    let (folder, number) = with_opportunity();
    folder.ok(&format!("opportunity assign {number} li"));
    let history = folder.json(&format!("history opportunities {number}"));
    assert_eq!(column(&history, "command")[0], "opportunity.assign");
    assert_eq!(column(&history, "actor")[0], "system");
    assert_eq!(column(&history, "command").last().unwrap(), "opportunity.create");
    let set = column(&history, "set").remove(0);
    let denied = folder.refused(1, &format!("--as li undo {set}"));
    assert!(denied.contains("history.undo"), "{denied}");
    let undone = folder.json(&format!("undo {set}"));
    let status =
        |folder: &Folder| column(&folder.json(&format!("list opportunities --where number={number}")), "status");
    assert_eq!(status(&folder), ["unassigned"]);
    folder.ok(&format!("undo {}", column(&undone, "set")[0]));
    assert_eq!(status(&folder), ["assigned"]);
    assert!(folder.refused(1, &format!("undo {set}")).contains("changed meanwhile"));
    assert!(folder.refused(1, "undo 0190163d-8694-739b-aea5-966c26f8ad91").contains("there is no"));
    assert!(folder.refused(2, "undo yesterday").contains("`yesterday` is not an id"));
    assert_eq!(folder.run("verify").code, 0);
}
