//! `export` and `load`: the whole organisation out of one store and into another.

use std::fs;

use crate::host::{Folder, data};

fn company() -> Folder {
    let folder = Folder::new();
    folder.write("c.csv", "number,name\nK1,Acme 铁砧\nK2,Globex\n");
    folder.write("o.csv", "number,customer,date\nA1,K1,2026-01-05\nA2,K2,2026-01-06\n");
    folder.ok("init --time-zone Asia/Shanghai --name 'Kettle & Crane'");
    folder.ok("user create li --role account_manager");
    folder.ok("import customers c.csv");
    folder.ok("import orders o.csv --set status=paid");
    folder.ok("customer edit K1 level=5");
    folder
}

fn same(folder: &Folder, one: &str, other: &str) {
    let names = |name: &str| {
        let entries = fs::read_dir(folder.path(name)).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(one), names(other));
    for name in names(one) {
        let read = |folder_name: &str| fs::read(folder.path(folder_name).join(&name)).unwrap();
        assert!(read(one) == read(other), "{name}");
    }
}

#[test]
fn an_organisation_moves_and_its_second_export_is_the_first() {
    let folder = company();
    let said = folder.ok("export first");
    assert!(said.starts_with("exported ") && said.ends_with(" records to `first`\n"), "{said}");
    let loaded = folder.ok("--db sqlite:new.db load first");
    assert_eq!(loaded, said.replace("exported", "loaded").replace(" to ", " from "));
    let again = folder.ok("--db sqlite:new.db load first");
    assert!(again.ends_with("(by an earlier run; nothing was left to do)\n"), "{again}");
    folder.ok("--db sqlite:new.db export second");
    same(&folder, "first", "second");
    assert!(folder.ok("--db sqlite:new.db verify").starts_with("no faults: "));
    for line in ["list customers", "history customers K1", "init", "report top-products --status all"] {
        assert_eq!(folder.ok(line), folder.ok(&format!("--db sqlite:new.db {line}")), "{line}");
    }
    let refused = folder.refused(1, "--db sqlite:new.db load first");
    assert!(refused.starts_with("the store is not empty: it has records of `sys_organisation`"), "{refused}");
    let counted = folder.json("--db sqlite:new.db export third");
    assert!(counted["rows"][0]["records"].as_i64().unwrap() > 100, "{counted}");
    same(&folder, "first", "third");
}

#[test]
fn a_script_loads_into_memory_and_works_on_it() {
    let folder = company();
    folder.ok("export first");
    folder.write(
        "s.crm",
        "load first\nimport customers more.csv\nverify\nexport second\nlist customers --columns number",
    );
    folder.write("more.csv", "number,name\nK3,Initech\n");
    let said = folder.ok("--db memory: script s.crm");
    assert!(said.contains("loaded ") && said.contains("1 imported") && said.contains("K3"), "{said}");
    folder.write("t.crm", "load second\nexport third");
    folder.ok("--db memory: script t.crm");
    same(&folder, "second", "third");
    assert_eq!(folder.json("--db memory: load first")["rows"][0]["found"], 0);
}

#[test]
fn what_is_refused_leaves_everything_as_it_was() {
    let folder = company();
    folder.ok("export first");
    assert!(folder.refused(1, "export first").starts_with("`first` is not empty; name a directory"));
    assert!(folder.refused(1, "--as li export second").contains("does not have the right `data.export`"));
    assert!(folder.refused(1, "load first").starts_with("the store is not empty"));
    assert!(folder.refused(1, "--db sqlite:new.db load nowhere").contains("there is no such directory"));
    assert!(folder.refused(2, "preview load first").contains("can't be previewed"));
    assert!(folder.refused(1, "preview export second").contains("only staged"));
    let file = folder.path("first").join("cst_customer.jsonl");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replace("Globex", "Globax")).unwrap();
    let refused = folder.refused(1, "--db sqlite:new.db load first");
    assert!(
        refused.contains("cst_customer.jsonl` line 2: its checksum does not fit; the export is damaged"),
        "{refused}"
    );
    assert_eq!(folder.names(), ["c.csv", "crm.db", "first", "o.csv"]);
}

#[test]
fn northwind_moves_whole() {
    let Some(files) = data("northwind") else { return };
    let folder = Folder::new();
    let path = files.join("customers.csv");
    folder.ok(&format!("import customers '{}' --map number=customer_id --map name=company_name", path.display()));
    folder.ok("export first");
    folder.ok("--db sqlite:new.db load first");
    folder.ok("--db sqlite:new.db export second");
    same(&folder, "first", "second");
    assert_eq!(
        folder.ok("report composition --by region"),
        folder.ok("--db sqlite:new.db report composition --by region")
    );
}

#[cfg(all(feature = "postgres", feature = "testing"))]
#[test]
fn an_organisation_moves_to_a_server_and_back() {
    let server = crmkit::testing::ThrowawayPostgres::start().unwrap();
    let between = if server.url().contains('?') { '&' } else { '?' };
    let on = format!("--db '{}{between}schema={}'", server.url(), server.fresh_schema());
    let folder = company();
    folder.ok("export first");
    folder.ok(&format!("{on} load first"));
    folder.ok(&format!("{on} export second"));
    folder.ok("--db sqlite:back.db load second");
    folder.ok("--db sqlite:back.db export third");
    same(&folder, "first", "second");
    same(&folder, "first", "third");
}
