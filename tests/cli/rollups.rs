//! Rollups on the command line.

use crate::host::{Folder, column};

#[test]
fn rollups_are_listed_and_rebuilt() {
    let folder = Folder::new();
    let list = folder.json("rollup list");
    assert!(column(&list, "name").contains(&"orders_by_day".to_owned()));
    assert!(column(&list, "phase").iter().all(|phase| phase == "valid"), "{list}");
    assert_eq!(folder.json("rollup rebuild"), list);
    let csv = folder.ok("--format csv rollup list");
    assert!(csv.starts_with("name,entity,phase,time_zone\n"), "{csv}");
    // Only administrators may.
    folder.ok("user create li --role account_manager");
    for command in ["list", "rebuild"] {
        assert!(folder.refused(1, &format!("--as li rollup {command}")).contains("may not"), "{command}");
    }
}
