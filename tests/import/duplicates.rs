//! Rows whose record is there already, rejected rows, and runs that write nothing.

use crmkit::prelude::*;
use crmkit::transfer::{ImportRejects, ImportRun, OnDuplicate};

use crate::bench::{Bench, POLICIES, options};

const CUSTOMERS: &str = "number,name,region,phone\nK1,Acme Ltd,,1\nK9,Nine,East,2\nK9,Nine again,,3\nK2,Globex,West,\n";

#[test]
fn duplicates_are_rejected_skipped_or_updated_as_asked() {
    let cases = [
        (OnDuplicate::Reject, (1, 0, 0, 3), ["K1|Acme||", "K2|Globex||", "K3|Twin||", "K4|Twin||", "K9|Nine|East|2"]),
        (OnDuplicate::Skip, (1, 0, 3, 0), ["K1|Acme||", "K2|Globex||", "K3|Twin||", "K4|Twin||", "K9|Nine|East|2"]),
        (
            OnDuplicate::Update,
            (1, 3, 0, 0),
            ["K1|Acme Ltd||1", "K2|Globex|West|", "K3|Twin||", "K4|Twin||", "K9|Nine again|East|3"],
        ),
    ];
    for (policy, counts, lines) in cases {
        for batch_rows in [1, 2, 3, 100] {
            let bench = Bench::filled();
            let mut options = options("customers").on_duplicate(policy);
            options.batch_rows = batch_rows;
            assert_eq!(bench.import(&options, CUSTOMERS).counts(), counts, "{policy:?} by {batch_rows}");
            assert_eq!(bench.lines::<Customer>(&["number", "name", "region", "phone"]), lines);
        }
    }
}

#[test]
fn an_update_needs_only_the_key_and_what_it_changes() {
    let bench = Bench::filled();
    let options = options("customers").on_duplicate(OnDuplicate::Update);
    let outcome = bench.import(&options, "number,memo,status\nK1,good,lost\nK8,new,\n,x,\n");
    assert_eq!(outcome.counts(), (0, 1, 0, 2));
    assert_eq!(outcome.reasons(), ["line 3: `name` is required", "line 4: `number` is required; `name` is required"]);
    assert_eq!(
        bench.lines::<Customer>(&["number", "name", "memo", "status", "created_at"])[0],
        "K1|Acme|good|lost|2026-03-01T09:00:00Z"
    );
}

#[test]
fn an_updated_line_moves_the_amount_and_an_updated_order_the_last_order_date() {
    for batch_rows in [1, 2, 100] {
        let bench = Bench::filled();
        bench.fill("order_lines", "order,line,product,quantity,unit_price\nA1,1,P1,2,5\nA1,2,P1,1,3\n");
        let mut lines = options("order_lines").on_duplicate(OnDuplicate::Update);
        lines.batch_rows = batch_rows;
        let file = "order,line,quantity,product,unit_price\nA1,1,4,,\nA1,1,5,P2,1\nA1,3,1,P2,7\nA1,2,,,\n";
        assert_eq!(bench.import(&lines, file).counts(), (1, 3, 0, 0));
        assert_eq!(bench.lines::<Order>(&["number", "amount"]), ["A1|15.00", "A2|0.00"]);
        bench.verify();

        bench.fill("orders", "number,customer,date,status\nA3,K1,2026-01-02,shipped\n");
        let mut orders = options("orders").on_duplicate(OnDuplicate::Update);
        orders.batch_rows = batch_rows;
        let file = "number,customer,status,date\nA1,,cancelled,\nA2,K4,paid,2026-02-02\nA3,,,2026-01-03\n";
        assert_eq!(bench.import(&orders, file).counts(), (0, 3, 0, 0));
        let days = bench.lines::<Customer>(&["number", "last_order_on"]);
        assert_eq!(days, ["K1|2026-01-03", "K2|", "K3|", "K4|2026-02-02"], "by {batch_rows}");
        assert_eq!(bench.lines::<Order>(&["number", "amount"])[0], "A1|15.00");
        bench.verify();
    }
}

#[test]
fn logins_are_the_same_whatever_their_case() {
    let bench = Bench::new();
    let outcome = bench
        .import(&options("users").on_duplicate(OnDuplicate::Update), "name,display_name\nLi,One\nLI,Two\nADMIN,Root\n");
    assert_eq!(outcome.counts(), (1, 2, 0, 0));
    assert_eq!(
        bench.lines::<User>(&["login", "name", "display_name", "role.name"]),
        ["admin|ADMIN|Root|administrator", "li|LI|Two|account_manager"]
    );
}

#[test]
fn rejected_rows_can_be_repaired_and_imported() {
    let bench = Bench::filled();
    let file = "id,customer,date,note\n1,K1,2026-02-01,ok\n2,nobody,2026-02-02,\"a \"\"note\"\",\nof two lines\"\n\
                3,K1\n4,K1,2026-02-03,x,surplus\n";
    let options = options("orders").map("number", "id");
    let outcome = bench.import(&options, file);
    assert_eq!(
        outcome.rejects,
        "id,customer,date,note,error\n\
         2,nobody,2026-02-02,\"a \"\"note\"\",\nof two lines\",`customer`: `nobody` does not exist\n\
         3,K1,,,\"the row has 2 cells, the header 4 columns\"\n\
         4,K1,2026-02-03,x,\"the row has 5 cells, the header 4 columns; too many are `surplus`\"\n"
    );
    assert_eq!(outcome.told.iter().map(|row| (row.row, row.line)).collect::<Vec<_>>(), [(2, 3), (3, 5), (4, 6)]);
    let repaired = outcome.rejects.replace("nobody", "K2").replace("3,K1,,", "3,ghost,2026-02-04,");
    let outcome = bench.import(&options, repaired);
    assert_eq!(outcome.counts(), (2, 0, 0, 1));
    assert_eq!(
        outcome.rejects,
        "id,customer,date,note,error\n3,ghost,2026-02-04,,`customer`: `ghost` does not exist\n"
    );
}

#[test]
fn a_dry_run_decides_as_the_real_one_and_writes_nothing() {
    let files = [
        ("customers", CUSTOMERS),
        ("contacts", "customer,name\nK1,a\nK1,a\nK9,b\n"),
        ("orders", "number,customer,date\nA1,K1,2026-01-01\nB1,K1,2026-01-01\nB1,K2,2026-01-02\nB2,K9,2026-01-02\n"),
        (
            "order_lines",
            "order,product,quantity,unit_price,line\nA1,P1,1,1,\nA1,P1,1,1,\nA1,P1,1,1,2\nA1,P1,1,1,5\nA1,P1,1,1,\nA1,P1,1,1,6\n",
        ),
    ];
    for (kind, file) in files {
        for policy in POLICIES {
            for batch_rows in [1, 2, 100] {
                let bench = Bench::filled();
                let mut real = options(kind).on_duplicate(policy);
                real.batch_rows = batch_rows;
                let before = bench.everything();
                let dry = bench.import(&real.clone().dry_run(), file);
                assert_eq!(bench.everything(), before);
                let real = bench.import(&real, file);
                assert_eq!(dry.counts(), real.counts(), "{kind} {policy:?} by {batch_rows}");
                assert_eq!(dry.rejects, real.rejects, "{kind} {policy:?} by {batch_rows}");
                assert_eq!(dry.told, real.told);
                bench.verify();
            }
        }
    }
}

#[test]
fn progress_is_told_after_every_commit() {
    let bench = Bench::filled();
    let mut options = options("products");
    options.batch_rows = 2;
    let outcome = bench.import(&options, "code,name\nQ1,a\nP1,b\nQ3,c\nQ4,d\nQ5,e\n");
    let steps: Vec<(u64, u64, u64)> =
        outcome.steps.iter().map(|step| (step.done, step.imported, step.rejected)).collect();
    assert_eq!(steps, [(2, 1, 1), (4, 3, 1), (5, 4, 1)]);
    assert!(outcome.steps.iter().all(|step| step.rows == 5));
    assert_eq!(
        bench.lines::<ImportRun>(&["kind", "rows_total", "rows_done", "imported", "rejected", "finished_at"])[2..],
        ["products|2|2|2|0|2026-03-01T09:00:00Z", "products|5|5|4|1|2026-03-01T09:00:00Z"]
    );
    assert_eq!(bench.count::<ImportRejects>(), 1);
}
