//! Definitions that are broken, or made to do harm: each is refused with a sentence that people have read.

use std::fmt::Write as _;
use std::path::Path;

use crmkit::access::{FieldAccess, NewFieldRule, RightTree};
use crmkit::prelude::*;
use crmkit::report::{Definition, Report, ReportError};
use crmkit::storage::MemoryStorage;
use pollster::block_on;

use crate::world::rows;

/// Somebody who may make reports of everything, but from whom customers' phones are kept.
fn session() -> Session {
    block_on(async {
        let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema().unwrap())).open().await.unwrap();
        let system = crm.system();
        let role = system.roles().create(NewRole::new("analyst")).await.unwrap().id;
        system.roles().tick(role, RightTree::ROOT, Scope::All).await.unwrap();
        let (entity, field) = ("customer".into(), "phone".into());
        let rule = NewFieldRule { role, entity, field, access: FieldAccess::Hidden, ..Default::default() };
        system.field_rules().create(rule).await.unwrap();
        let user = system.users().create(NewUser::new("analyst", role)).await.unwrap();
        system
            .customers()
            .create(NewCustomer { phone: Some("98765".into()), ..NewCustomer::new("Acme") })
            .await
            .unwrap();
        crm.session(user.id).await.unwrap()
    })
}

fn run(session: &Session, json: &str) -> Result<Report, ReportError> {
    block_on(session.report_custom(&json.parse::<Definition>()?))
}

const SQL: &str = "x' OR 1=1; DROP TABLE orders --";

fn grouped(entity: &str, by: &str, measures: &str, rest: &str) -> String {
    format!(
        r#"{{"name": "r", "entity": "{entity}", "rows": {{"groups": {{"by": [{by}], "measures": [{measures}]}}}} {rest}}}"#
    )
}

fn by(key: &str) -> String {
    grouped("order", key, r#"{"measure": "count"}"#, "")
}

fn with(rest: &str) -> String {
    grouped("order", "", r#"{"measure": "count"}"#, &format!(", {rest}"))
}

fn measured(measure: &str) -> String {
    grouped("order", "", measure, "")
}

fn filtered(filter: &str) -> String {
    with(&format!(r#""filter": {filter}"#))
}

fn listed(entity: &str, path: &str) -> String {
    format!(r#"{{"name": "r", "entity": "{entity}", "rows": {{"list": [{{"path": "{path}"}}]}}}}"#)
}

fn compared(path: &str, value: &str) -> String {
    filtered(&format!(r#"{{"compare": {{"path": "{path}", "comparison": "equal", "value": {value}}}}}"#))
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(",")
}

fn nested(open: &str, inner: &str, close: &str, times: usize) -> String {
    format!("{}{inner}{}", open.repeat(times), close.repeat(times))
}

/// Each under a name.
fn definitions() -> Vec<(&'static str, String)> {
    let condition = |n: usize| format!(r#"{{"compare": {{"path": "number", "comparison": "equal", "value": "{n}"}}}}"#);
    let hops = |path: &str, times: usize| vec![path; times].join(".");
    let step = |step: &str| with(&format!(r#""steps": [{step}]"#));
    vec![
        ("no text", String::new()),
        ("no definition", "[1, 2]".into()),
        ("half a definition", r#"{"name": "r", "entity": "order""#.into()),
        ("a field that there is not", with(r#""sql": "SELECT 1""#)),
        ("a name twice", r#"{"name": "a", "name": "b", "entity": "order", "rows": {"list": [{"path": "id"}]}}"#.into()),
        ("rows of two kinds", r#"{"name": "r", "entity": "order", "rows": {"list": [{"path": "id"}], "groups": {"measures": []}}}"#.into()),
        ("brackets without end", "[".repeat(100_000)),
        ("objects without end", r#"{"filter":"#.repeat(100_000)),
        ("negations without end", filtered(&nested(r#"{"not": "#, r#""all""#, "}", 100_000))),
        ("negations up to what JSON allows", filtered(&nested(r#"{"not": "#, r#""all""#, "}", 100))),
        ("alternatives in alternatives", filtered(&nested(r#"{"or": ["#, r#""all""#, "]}", 50))),
        (
            "questions in questions",
            filtered(&nested(
                r#"{"exists": {"entity": "team", "reference": "leader", "filter": {"exists": {"entity": "user", "reference": "team", "filter": "#,
                r#""all""#,
                "}}}}",
                20,
            ))
            .replace("\"order\"", "\"user\""),
        ),
        ("10,000 conditions", filtered(&format!(r#"{{"and": [{}]}}"#, many(10_000, condition)))),
        ("20,000 values", filtered(&format!(r#"{{"in": {{"path": "number", "values": [{}]}}}}"#, many(20_000, |n| format!("\"{n}\""))))),
        ("a thousand words", filtered(&format!(r#"{{"search": {{"paths": ["number"], "words": "{}"}}}}"#, vec!["a"; 1_000].join(" ")))),
        ("10,000 columns", format!(r#"{{"name": "r", "entity": "order", "rows": {{"list": [{}]}}}}"#, many(10_000, |n| format!(r#"{{"path": "number", "name": "c{n}"}}"#)))),
        ("10,000 measures", measured(&many(10_000, |n| format!(r#"{{"measure": "count", "name": "c{n}"}}"#)))),
        ("1,000 keys", by(&many(1_000, |n| format!(r#"{{"path": "number", "name": "k{n}"}}"#)))),
        ("1,000 fields of a record", by(&format!(r#"{{"path": "customer", "show": [{}]}}"#, many(1_000, |n| format!(r#"{{"path": "name", "name": "s{n}"}}"#))))),
        ("1,000 facts", with(&format!(r#""also": [{}]"#, many(1_000, |n| format!(r#"{{"entity": "order", "measures": [{{"measure": "count", "name": "f{n}"}}]}}"#))))),
        ("1,000 totals", with(&format!(r#""totals": [{}]"#, many(1_000, |_| "\"count\"".into())))),
        ("1,000 orders", with(&format!(r#""order": [{}]"#, many(1_000, |_| r#"{"column": "count"}"#.into())))),
        ("1,000 bands", by(&format!(r#"{{"path": "amount", "bands": [{}]}}"#, many(1_000, |n| format!("\"{n}\""))))),
        ("a limit below zero", with(r#""limit": -1"#)),
        ("a limit past all numbers", with(r#""limit": 18446744073709551616"#)),
        ("a limit that is a text", with(r#""limit": "10; DROP TABLE orders""#)),
        ("parts past all bounds", step(r#"{"ntile": {"by": [{"column": "count"}], "parts": 18446744073709551615, "name": "n"}}"#)),
        ("percentiles past all numbers", step(r#"{"percentile": {"of": "count", "points": [256]}}"#)),
        ("a name of a million characters", grouped("order", "", r#"{"measure": "count"}"#, "").replace("\"r\"", &format!("\"{}\"", "x".repeat(1_000_000)))),
        ("a column's name of a million characters", measured(&format!(r#"{{"measure": "count", "name": "{}"}}"#, "x".repeat(1_000_000)))),
        ("a column's name that moves the cursor", measured(r#"{"measure": "count", "name": "a\u001b[2J"}"#)),
        ("SQL as an entity", grouped(SQL, "", r#"{"measure": "count"}"#, "")),
        ("SQL as a path", listed("order", SQL)),
        ("SQL as a path of a measure", measured(&format!(r#"{{"measure": {{"sum": "{SQL}"}}}}"#))),
        ("SQL as a measure", measured(&format!(r#"{{"measure": "{SQL}"}}"#))),
        ("SQL as a comparison", filtered(&format!(r#"{{"compare": {{"path": "number", "comparison": "{SQL}", "value": "1"}}}}"#))),
        ("SQL as a condition", filtered(&format!(r#"{{"{SQL}": []}}"#))),
        ("SQL as a period", by(&format!(r#"{{"path": "ordered_at", "period": "{SQL}"}}"#))),
        ("SQL as an order", with(&format!(r#""order": [{{"column": "{SQL}"}}]"#))),
        ("SQL as a direction", with(&format!(r#""order": [{{"column": "count", "direction": "{SQL}"}}]"#))),
        ("SQL as a total", with(&format!(r#""totals": ["{SQL}"]"#))),
        ("SQL as a date", compared("ordered_at", &format!("\"{SQL}\""))),
        ("SQL as money", compared("amount", &format!("\"{SQL}\""))),
        ("SQL as a record", compared("customer", &format!("\"{SQL}\""))),
        ("SQL as a code", compared("status", &format!("\"{SQL}\""))),
        ("SQL as the entity of a question", filtered(&format!(r#"{{"exists": {{"entity": "{SQL}", "reference": "order", "filter": "all"}}}}"#))),
        ("SQL as the reference of a question", filtered(&format!(r#"{{"exists": {{"entity": "order_line", "reference": "{SQL}", "filter": "all"}}}}"#))),
        ("a field that there is not, of an entity", listed("order", "nmuber")),
        ("a path from one to many", listed("order", "order_line.amount")),
        ("a path through a text", listed("order", "number.length")),
        ("a path in a circle", listed("user", &format!("{}.name", hops("team.leader", 50)))),
        ("an empty path", listed("order", "")),
        ("a path of dots", listed("order", "...")),
        ("an entity's table instead of a field", listed("order", "orders.number")),
        ("a sum of texts", measured(r#"{"measure": {"sum": "number"}}"#)),
        ("a sum that would count twice", grouped("order_line", "", r#"{"measure": {"sum": "order.amount"}}"#, "")),
        ("a mean of records", measured(r#"{"measure": {"average": "customer"}}"#)),
        ("a period of a number", by(r#"{"path": "amount", "period": "month"}"#)),
        ("a number compared with a text", compared("line", "\"one\"").replace("\"order\"", "\"order_line\"")),
        ("a truth compared with a number", compared("status", "1")),
        ("money past its range", compared("amount", "\"99999999999999999999\"")),
        ("a day that there is not", compared("paid_on", "\"2023-02-29\"")),
        ("a total of a share", with(r#""shares": [{"of": "count", "name": "s"}], "totals": ["s"]"#)),
        ("a pivot of itself", step(r#"{"pivot": {"column": "count", "value": "count"}}"#)),
        ("a step that there is not", step(r#"{"exec": {"of": "count"}}"#)),
        ("a secret entity", listed("credential", "id")),
        ("a secret entity by its table", listed("sec_credential", "id")),
        ("a secret entity behind another", filtered(r#"{"exists": {"entity": "credential", "reference": "user", "filter": "all"}}"#).replace("\"order\"", "\"user\"")),
        ("a secret entity beside another", with(r#""also": [{"entity": "sec_credential", "measures": [{"measure": "count", "name": "n"}]}]"#)),
        ("a hidden field", listed("customer", "phone")),
        ("a hidden field behind a reference", listed("order", "customer.phone")),
        ("a hidden field as a condition", compared("customer.phone", "\"98765\"")),
        ("a hidden field as a key", by(r#"{"path": "customer.phone"}"#)),
        ("a hidden field as a measure", measured(r#"{"measure": {"distinct": "customer.phone"}}"#)),
        ("a hidden field in a question", filtered(r#"{"exists": {"entity": "order", "reference": "customer", "filter": {"is_null": {"path": "customer.phone"}}}}"#).replace("\"name\": \"r\", \"entity\": \"order\"", "\"name\": \"r\", \"entity\": \"customer\"")),
        ("a sum of the hidden one", measured(r#"{"measure": {"sum": "customer.phone"}}"#)),
        ("a period of the hidden one", by(r#"{"path": "customer.phone", "period": "month"}"#)),
        ("bands of the hidden one", by(r#"{"path": "customer.phone", "bands": ["1"]}"#)),
        ("the hidden one compared with a number", compared("customer.phone", "1")),
        ("a field like the hidden one, as a condition", filtered(r#"{"is_null": {"path": "customer.phon"}}"#)),
        ("a field like the hidden one, searched", filtered(r#"{"search": {"paths": ["customer.phon"], "words": "a"}}"#)),
        ("a field like the hidden one, as a measure", measured(r#"{"measure": {"distinct": "customer.phon"}}"#)),
        ("a field like the hidden one, shown", by(r#"{"path": "customer", "show": [{"path": "phon"}]}"#)),
        ("a field like the hidden one", listed("customer", "phon")),
    ]
}

#[test]
fn every_one_is_refused_as_the_reviewed_text_says() {
    let session = session();
    let mut text = String::from(
        "# What is said to definitions that are broken or made to do harm, each under what it tries.\n\
        # Written by tests/reports/malicious.rs with UPDATE_GOLDEN=1, and then read by people.\n",
    );
    let definitions = definitions();
    assert!(definitions.len() >= 30);
    for (name, json) in definitions {
        let error = match run(&session, &json) {
            Err(error) => error,
            Ok(report) => panic!("{name} gives {report:?}"),
        };
        assert!(error.is_usage(), "{name}: {error}");
        let sentence = error.to_string();
        assert!(sentence.chars().count() < 500, "{name}: a sentence of {} characters", sentence.chars().count());
        assert!(!sentence.contains("98765"), "{name}: {sentence}");
        // What is hidden is as if it were not there: no sentence says what kind it is, or helps along to it.
        if name.contains("hidden") {
            let unknown = sentence.contains("has no field") && !sentence.contains("did you mean `phone`");
            assert!(unknown, "{name}: {sentence}");
        }
        writeln!(text, "\n{name}\n  {sentence}").unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/broken_reports.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    let different = golden.lines().zip(text.lines()).find(|(golden, now)| golden != now);
    assert!(golden == text, "something else is said now; read it, then UPDATE_GOLDEN=1: {different:?}");
}

#[test]
fn what_only_looks_harmful_does_no_harm() {
    let session = session();
    let labelled = format!(r#"{{"measure": "count", "name": "{SQL}", "label": "{SQL}"}}"#);
    let found = run(&session, &grouped("customer", "", &labelled, "")).unwrap();
    assert_eq!(rows(&found), ["1"]);
    let equal = format!(r#"{{"compare": {{"path": "name", "comparison": "equal", "value": "{SQL}"}}}}"#);
    let searched = format!(r#"{{"search": {{"paths": ["name"], "words": "{SQL}"}}}}"#);
    for filter in [equal, searched] {
        let rest = format!(r#", "filter": {filter}"#);
        assert_eq!(rows(&run(&session, &grouped("customer", "", r#"{"measure": "count"}"#, &rest)).unwrap()), ["0"]);
    }
    // A limit that nothing reaches is none.
    let rest = r#", "limit": 18446744073709551615"#;
    assert_eq!(rows(&run(&session, &grouped("customer", "", r#"{"measure": "count"}"#, rest)).unwrap()), ["1"]);
    // Where a field is only shown, what is hidden is blank.
    block_on(session.crm().system().orders().create(NewOrder {
        customer: block_on(session.crm().system().customers().named("Acme")).unwrap().id,
        ..Default::default()
    }))
    .unwrap();
    let shown = by(r#"{"path": "customer", "show": [{"path": "name"}, {"path": "phone"}]}"#);
    assert_eq!(rows(&run(&session, &shown).unwrap()), ["Acme,,1"]);
}

#[test]
fn what_is_nested_deeply_overflows_no_stack() {
    for depth in [30, 120, 1_000, 1_000_000] {
        for (open, close) in [(r#"{"not": "#, "}"), (r#"{"and": ["#, "]}")] {
            let json = filtered(&nested(open, r#""all""#, close, depth));
            // As small as the stack of a thread of a small pool.
            let thread = std::thread::Builder::new().stack_size(1 << 20);
            let checked = thread.spawn(move || {
                let checked = json.parse::<Definition>().map(|found| found.check(&crmkit::standard_schema().unwrap()));
                checked.is_ok_and(|checked| checked.is_ok())
            });
            assert_eq!(checked.unwrap().join().unwrap(), depth == 30, "{depth}");
        }
    }
}
