//! Commands, options, exit codes, scripts.

use std::io::Read;
use std::process::Stdio;

use crate::host::{Folder, column, finish};

const CUSTOMERS: &str = "number,name,region\nK1,Acme,华东\nK2,Globex,\nK3,Initech,华北\n";

fn with_customers() -> Folder {
    let folder = Folder::new();
    folder.write("c.csv", CUSTOMERS);
    assert_eq!(folder.ok("import customers c.csv"), "customers: 3 imported of 3 rows\n");
    folder
}

#[test]
fn init_changes_what_it_is_told_and_repeats_itself() {
    let folder = Folder::new();
    let first = folder.ok("init --time-zone Asia/Shanghai --currency CNY --name 'Kettle & Crane'");
    assert_eq!(first, folder.ok("init"));
    assert_eq!(first, folder.ok("init --time-zone Asia/Shanghai"));
    for expected in ["Kettle & Crane", "Asia/Shanghai", "CNY", "role administrator", "1 user"] {
        assert!(first.contains(expected), "{expected}: {first}");
    }
    assert!(folder.ok("init --lang zh").contains("时区"));
    // The organisation speaks Chinese from now on, whatever one command is told.
    assert!(folder.ok("init").contains("时区"));
    assert!(folder.refused(1, "init --time-zone Mars/Olympus").contains("`Mars/Olympus` is no IANA time zone"));
    assert!(folder.refused(1, "init --currency euros").contains("`euros` is no ISO 4217 code"));
    assert!(folder.ok("init").contains("CNY"));
}

#[test]
fn a_wrong_command_line_is_told_what_would_be_right_and_makes_no_file() {
    let folder = Folder::new();
    folder.write("c.csv", CUSTOMERS);
    for (line, expected) in [
        ("frobnicate", "unrecognized subcommand"),
        ("list", "required"),
        ("list custmers", "there is no kind `custmers`; did you mean `customers`?"),
        ("list customers --where nmae=x", "did you mean `name`?"),
        ("list customers --where name", "`name` is not FIELD=VALUE"),
        ("list customers --columns number,nam", "did you mean `name`?"),
        ("list customers --limit many", "invalid value"),
        ("list customers --verbose", "unexpected argument"),
        ("import custmers c.csv", "did you mean `customers`?"),
        ("import customers c.csv --map nmae=x", "did you mean `name`?"),
        ("import customers c.csv --map name", "`name` is not FIELD=COLUMN"),
        ("import customers c.csv --set level=9", "`level` can't be set"),
        ("import customers c.csv --map-value region=x", "is not FIELD:FROM=TO"),
        ("import customers c.csv --on-duplicate maybe", "invalid value"),
        ("report contribtion", "unrecognized subcommand"),
        ("report contribution --yaer 1997", "'--year'"),
        ("report contribution --year 1997 --year 1998", "multiple times"),
        ("--db oracle://u:secret@host/x list customers", "memory:, sqlite:PATH"),
        ("--db 'postgres://u:secret@host/x?schema=a&schema=b' list customers", "it names two schemas"),
        ("--db 'postgres://u:secret@host/x?schema=%ff' list customers", "its schema is not UTF-8"),
        ("--format pdf list customers", "possible values: text, json, csv"),
        ("--as '' list customers", "value is required"),
        ("--now yesterday list customers", "`yesterday` is not a date"),
    ] {
        let sentence = folder.refused(2, line);
        assert!(sentence.contains(expected), "{line}: {sentence}");
        assert!(!sentence.contains("secret"), "{sentence}");
    }
    assert_eq!(folder.names(), ["c.csv"]);
    // These need the store to be known as wrong.
    for (line, expected) in [
        ("report contribution --year 97", "`97` is not a year such as 1997"),
        ("list customers --where status=foo", "`foo` is none of normal, lost, deleted"),
        ("role grant executive customer.raed all", "did you mean `customer.read`?"),
        ("role grant executive customer.read everywhere", "`everywhere` is none of"),
        ("explain admin raed customer", "there is no right `customer.raed`"),
    ] {
        let sentence = folder.refused(2, line);
        assert!(sentence.contains(expected), "{line}: {sentence}");
    }
}

#[test]
fn what_is_refused_is_one_line() {
    let folder = with_customers();
    for (line, expected) in [
        ("--as nobody list customers", "there is no user `nobody`"),
        ("--as admin list customers", "does not have the right `customer.read`"),
        ("list customers --where manager=nobody", "there is no user `nobody`"),
        ("import customers absent.csv", "`absent.csv`: no such file"),
        ("import customers .", "it is a directory"),
        ("user create li --role sorcerer", "there is no role `sorcerer`"),
        ("user create ADMIN --role executive", "there is another user with the same `login`"),
        ("script absent.crm", "`absent.crm`: no such file"),
        ("--out absent/o.txt list customers", "`absent/o.txt`: no such file"),
        #[cfg(not(feature = "postgres"))]
        ("--db postgres://u:secret@host/x list customers", "built without PostgreSQL"),
        ("list users --where 'role=a\nb'", "there is no role `a b`"),
    ] {
        let sentence = folder.refused(1, line);
        assert!(sentence.contains(expected), "{line}: {sentence}");
        assert!(!sentence.contains("secret"), "{sentence}");
    }
}

#[test]
fn lists_filter_and_show_what_people_call_things() {
    let folder = with_customers();
    folder.write("u.csv", "name,display_name\nli,Li Na\nWang,\n");
    folder.ok("import users u.csv --set role=account_manager");
    folder.write("o.csv", "number,customer,date,manager\nA1,K1,2026-01-05,li\nA2,Initech,2026-02-05T10:00:00Z,\n");
    folder.ok("import orders o.csv --set status=paid");

    assert_eq!(
        folder.ok("--format csv list customers --where region=华东 --columns number,name"),
        "number,name\nK1,Acme\n"
    );
    assert_eq!(folder.ok("--format csv list customer --where region= --columns number"), "number\nK2\n");
    let orders = folder.ok("--format csv list orders --columns number,customer,manager,date,payment");
    let expected = "number,customer,manager,ordered_at,payment\n\
        A1,K1,li,2026-01-05T00:00:00Z,paid\nA2,K3,,2026-02-05T10:00:00Z,paid\n";
    assert_eq!(orders, expected);
    assert_eq!(folder.ok("--format csv list orders --where customer=Initech --columns number"), "number\nA2\n");
    // A login is one whatever its case.
    assert_eq!(folder.ok("--format csv list orders --where manager=LI --columns number"), "number\nA1\n");
    assert_eq!(folder.ok("--format csv list orders --limit 1 --columns number"), "number\nA1\n");
    assert_eq!(folder.json("list order_lines")["rows"], serde_json::json!([]));
    assert!(folder.ok("--lang zh list orders").starts_with("订单编号"));
    // Days begin in the organisation's zone, and clocks show its time to people.
    folder.ok("init --time-zone Asia/Shanghai");
    assert!(folder.ok("list orders --where number=A2").contains("2026-02-05 18:00:00"));
    assert_eq!(folder.ok("--format csv list orders --where date=2026-01-05T08:00:00 --columns number"), "number\nA1\n");
}

#[test]
fn everybody_sees_what_is_his() {
    let folder = with_customers();
    folder.ok("user create li --role account_manager --display-name 'Li Na'");
    folder.ok("user create boss --role executive");
    folder.write("own.csv", "number,name,manager\nK4,Umbrella,li\n");
    folder.ok("import customers own.csv");
    let seen = folder.ok("--as li --format csv list customers --columns number,manager");
    assert_eq!(seen, "number,manager\nK4,li\n");
    assert!(folder.refused(1, "--as li import customers c.csv").contains("does not have the right `data.import`"));
    assert!(folder.refused(1, "--as boss list customers").contains("does not have the right `customer.read`"));
    assert!(folder.refused(1, "--as li report composition").contains("does not have the right `report.composition`"));
    // Who leads all sees all in reports, although he may list nothing.
    let report = folder.json("--as boss report composition --by region");
    assert_eq!(report["totals"]["customers"], 4);

    let answer = |line: &str| folder.ok(line).trim_end().to_owned();
    assert!(answer("explain li edit customer K4").starts_with("yes: the role `account_manager`"));
    assert!(answer("explain li edit customer K1").starts_with("no: "));
    assert!(answer("explain boss edit customers").starts_with("no: the role `executive` does not have"));
    folder.refused(1, "--as li explain boss edit customer");

    folder.ok("role grant executive customer.read all");
    assert_eq!(folder.json("--as boss list customers")["rows"].as_array().unwrap().len(), 4);
    folder.ok("role revoke executive customer.read");
    folder.refused(1, "--as boss list customers");
    folder.ok("user deactivate boss");
    assert!(folder.refused(1, "--as boss report composition").contains("is inactive"));
    // The environment names who acts where the command line does not.
    let env = finish(folder.command("--format csv list customers --columns number").env("CRM_USER", "li"));
    assert_eq!((env.code, env.out.as_str()), (0, "number\nK4\n"));
}

#[test]
fn a_script_runs_on_one_store() {
    let folder = Folder::new();
    folder.write("c.csv", CUSTOMERS);
    folder.write(
        "s.crm",
        "# a comment, then a blank line\r\n\r\n\
         crm init --name 'A \"quoted\" name'\n\
         import customers c.csv   # all of them\n\
         --format csv list customers --where 'name=Acme' --columns number\n\
         list customers --format json --out c.json --columns number\n\
         --lang zh --format csv report list\n",
    );
    let out = folder.ok("--db memory: script s.crm");
    assert!(
        out.contains("A \"quoted\" name") && out.contains("customers: 3 imported of 3 rows\nnumber\nK1\n"),
        "{out}"
    );
    assert!(out.contains("contribution,客户利润,客户贡献"), "{out}");
    let json: serde_json::Value = serde_json::from_str(&folder.read("c.json")).unwrap();
    assert_eq!(column(&json, "number"), ["K1", "K2", "K3"]);
    assert_eq!(folder.names(), ["c.csv", "c.json", "s.crm"]);
}

#[test]
fn a_script_stops_at_the_first_line_that_fails() {
    let folder = Folder::new();
    folder.write("c.csv", CUSTOMERS);
    for (line, code, expected) in [
        ("list custmers", 2, "s.crm:2: there is no kind `custmers`; did you mean `customers`?"),
        ("--as nobody list customers", 1, "s.crm:2: there is no user `nobody`"),
        ("frobnicate", 2, "s.crm:2: unrecognized subcommand 'frobnicate'"),
        ("list 'customers", 2, "s.crm:2: a quote is not closed"),
        ("crm", 2, "s.crm:2: there is no command behind `crm`"),
        ("script s.crm", 2, "s.crm:2: a script can't run another script"),
        ("--db memory: list customers", 2, "s.crm:2: a script runs on one store; give --db before `script`"),
    ] {
        folder
            .write("s.crm", format!("--format csv list customers --columns number\n{line}\nimport customers c.csv\n"));
        let run = folder.run("--db memory: script s.crm");
        assert_eq!((run.code, run.out.as_str()), (code, "number\n"), "{line}: {}", run.err);
        assert!(run.err.starts_with(&format!("error: {expected}")), "{line}: {}", run.err);
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    }
    folder.write("s.crm", b"list customers\n\xff\n");
    assert!(folder.refused(1, "--db memory: script s.crm").contains("s.crm:2: the line is not UTF-8"));
}

#[test]
fn rejected_rows_do_not_stop_a_script() {
    let folder = Folder::new();
    folder.write("c.csv", "number,name\nK1,Acme\nK1,Again\n");
    folder.write("s.crm", "import customers c.csv\n--format csv list customers --columns number\n");
    let run = folder.run("--db memory: script s.crm");
    assert_eq!((run.code, run.out.as_str()), (3, "customers: 1 imported, 1 rejected of 2 rows\nnumber\nK1\n"));
    assert!(run.err.starts_with("line 3: "), "{}", run.err);
}

#[test]
fn a_script_says_who_acts_before_the_environment_does() {
    let folder = with_customers();
    folder.ok("user create li --role account_manager");
    folder.ok("user create boss --role executive");
    folder.write("s.crm", "--format csv list customers --columns number\n");
    let run = finish(folder.command("--as li script s.crm").env("CRM_USER", "boss"));
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "number\n", ""));
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = with_customers();
    folder.write("out.csv", "what was there");
    folder.refused(1, "--out out.csv --as nobody list customers");
    assert_eq!(folder.read("out.csv"), "what was there");
    assert_eq!(folder.ok("--out out.csv --format csv list customers --columns number"), "");
    assert_eq!(folder.read("out.csv"), "number\nK1\nK2\nK3\n");
    assert_eq!(folder.names(), ["c.csv", "crm.db", "out.csv"]);
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let folder = Folder::new();
    let rows: String = (0..3_000).map(|n| format!("K{n},Customer number {n} of a long list\n")).collect();
    folder.write("c.csv", format!("number,name\n{rows}"));
    folder.ok("import customers c.csv");
    let mut command = folder.command("list customers");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut some = [0; 10];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut some).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_held_clock_is_what_records_say() {
    let folder = Folder::new();
    folder.write("c.csv", CUSTOMERS);
    folder.ok("init --time-zone Asia/Shanghai");
    folder.ok("--now 2026-01-31 import customers c.csv");
    let created = folder.json("list customers --columns created_at --limit 1");
    // A moment without an offset is one of the organisation's zone.
    assert_eq!(column(&created, "created_at"), ["2026-01-30T16:00:00Z"]);
    let lapsed = folder.json("--now 2026-01-30T16:00:00Z report lapsed");
    assert_eq!(lapsed["parameters"]["as_of"], "2026-01-31");
}

#[test]
fn a_report_of_ones_own_is_a_file() {
    let folder = with_customers();
    let definition = |entity: &str| {
        format!(
            r#"{{"name": "customers by region", "entity": "{entity}",
                "rows": {{"groups": {{"by": [{{"path": "region"}}], "measures": [{{"measure": "count", "name": "n"}}]}}}},
                "totals": ["n"]}}"#
        )
    };
    folder.write("own.json", definition("customer"));
    assert_eq!(folder.ok("--format csv report custom own.json"), "region,n\n华东,1\n华北,1\n,1\n");
    folder.write("own.json", definition("custmer"));
    assert!(folder.refused(2, "report custom own.json").contains("custmer"));
    folder.write("own.json", "{\"name\": ");
    assert!(folder.refused(2, "report custom own.json").starts_with("own.json: "));
    assert!(folder.refused(1, "report custom absent.json").contains("no such file"));
    folder.refused(2, "report custom");
    folder.write("own.json", definition("customer"));
    assert!(folder.refused(1, "--as admin report custom own.json").contains("`report.custom`"));
}

#[test]
fn a_report_of_ones_own_is_kept_and_shared() {
    let folder = with_customers();
    let definition = |path: &str| {
        format!(
            r#"{{"name": "r", "entity": "customer",
                "rows": {{"groups": {{"by": [{{"path": "{path}"}}], "measures": [{{"measure": "count", "name": "n"}}]}}}}}}"#
        )
    };
    folder.write("own.json", definition("region"));
    folder.ok("report save Regions own.json --share all");
    assert_eq!(folder.ok("--format csv report saved Regions"), "region,n\n华东,1\n华北,1\n,1\n");
    let listed = folder.json("report saved");
    assert_eq!(column(&listed, "name"), ["Regions"]);
    assert_eq!(column(&listed, "shared"), ["all"]);
    // Saved again, it is replaced.
    folder.write("own.json", definition("status"));
    folder.ok("report save Regions own.json");
    assert_eq!(folder.ok("--format csv report saved Regions"), "status,n\nnormal,3\n");
    assert_eq!(column(&folder.json("report saved"), "shared"), ["private"]);
    folder.write("own.json", definition("regoin"));
    assert!(folder.refused(2, "report save Broken own.json").contains("did you mean `region`?"));
    assert!(folder.refused(1, "report saved Broken").contains("there is no saved report `Broken`"));
    folder.refused(2, "report save Regions own.json --share some");
}
