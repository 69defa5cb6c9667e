//! The report for the management, on each store: its figures by hand, its page as a browser reads it, and what it
//! shows to whom.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../cast/mod.rs"]
mod cast;
mod company;
mod page;

use std::path::Path;

use crmkit::access::Scope;
use crmkit::brief::{Brief, BriefOptions, LeftOutReason};
use crmkit::prelude::*;
use crmkit::report::ReportError;
use crmkit::schema::Lang;
use pollster::block_on;
use serde_json::{Value as Json, json};

use crate::company::{about, companies, grant, hide, import};
use crate::page::Page;

const MONTH: &str = "2026-02";

/// A headline as value, previous value, change, share of the change, value a year before.
fn headline(brief: &Brief, name: &str) -> [String; 5] {
    let headline = brief.headlines.iter().find(|headline| headline.name == name).unwrap();
    let then = |compared: &Option<crmkit::brief::Compared>| compared.as_ref().map(|then| then.value.to_string());
    let (change, rate) = match &headline.previous {
        Some(then) => (then.change.to_string(), then.change_rate.to_string()),
        None => ("none".into(), "none".into()),
    };
    let none = || "none".to_owned();
    let (before, last_year) = (then(&headline.previous), then(&headline.last_year));
    [headline.value.to_string(), before.unwrap_or_else(none), change, rate, last_year.unwrap_or_else(none)]
}

#[test]
fn the_figures_are_those_one_adds_up_by_hand() {
    let company = companies().remove(0);
    let brief = about(&company.supervisor, MONTH).unwrap();
    for (name, expected) in [
        ("sales", ["100.50", "100.00", "0.50", "0.005000", "300.00"]),
        ("orders", ["2", "1", "1", "1.000000", "1"]),
        ("average_order", ["50.25", "100.00", "-49.75", "-0.497500", "300.00"]),
        ("active_customers", ["2", "1", "1", "1.000000", "1"]),
        ("new_customers", ["1", "1", "0", "0.000000", "1"]),
        ("customers_lost", ["1", "0", "1", "", "0"]),
        ("win_rate", ["0.500000", "0.000000", "0.500000", "", ""]),
        ("won_amount", ["1000.00", "0.00", "1000.00", "", "0.00"]),
        ("services_opened", ["2", "1", "1", "1.000000", "0"]),
        ("services_archived", ["1", "1", "0", "0.000000", "0"]),
        ("satisfaction", ["3", "5", "-2", "-0.400000", ""]),
        ("pipeline_weighted", ["200.00", "none", "none", "none", "none"]),
        ("services_open", ["1", "none", "none", "none", "none"]),
        ("warnings_open", ["1", "none", "none", "none", "none"]),
        ("plans_overdue", ["1", "none", "none", "none", "none"]),
    ] {
        assert_eq!(headline(&brief, name), expected, "{name}");
    }
    let told: Vec<(&str, Option<&str>)> = brief
        .warnings
        .iter()
        .map(|warning| (warning.rule, warning.about.as_ref().and_then(|about| about.number.as_deref())))
        .collect();
    let expected = [
        ("satisfaction_fall", None),
        ("lapsed_important", Some("C3")),
        ("loss_waiting", Some("C3")),
        ("service_open", Some("S2")),
        ("concentration", Some("C1")),
        ("plan_overdue", Some("X3")),
    ];
    assert_eq!(told, expected);
    let about = brief.warnings[2].about.as_ref().unwrap();
    assert_eq!((about.name.as_deref(), about.person.as_deref()), (Some("Silent Ltd"), Some("li")));
    assert_eq!(brief.warnings[2].text, "a warning of loss has been waiting for 56 days");
}

/// The figures of the brief are those that each report gives when it is asked alone.
#[test]
fn sections_are_the_reports_that_one_can_run_alone() {
    let company = companies().remove(0);
    let brief = about(&company.executive, MONTH).unwrap();
    assert_eq!(brief.sections.len(), 20);
    for section in brief.sections.iter().filter(|section| section.name != "sales-trend") {
        let known = crmkit::report::standard().iter().find(|entry| entry.name == section.report.name).unwrap();
        let options = section.report.parameters.iter().filter_map(|(name, value)| {
            let name = name.replace('_', "-");
            let taken = known.options.iter().any(|option| option.name == name) && !value.is_null();
            let text = value.to_string().replace(['[', ']', '"'], "");
            taken.then_some((name, text))
        });
        // The service report takes years only; that of the days is asked for by its type.
        if section.report.name != "service" {
            let alone = block_on(company.executive.report(&section.report.name, options)).unwrap();
            let mut rows = alone.table.rows().to_vec();
            if ["lapsed", "customers-by-region"].contains(&section.name) {
                rows.sort();
                let mut shown = section.report.table.rows().to_vec();
                shown.sort();
                assert_eq!(shown, rows, "{}", section.name);
            } else {
                assert_eq!(section.report.table.rows(), rows, "{}", section.name);
            }
            assert_eq!(section.report.table.totals(), alone.table.totals(), "{}", section.name);
        }
    }
}

#[test]
fn every_store_gives_the_same_bytes() {
    let made: Vec<(String, String)> = companies()
        .iter()
        .map(|company| about(&company.supervisor, MONTH).unwrap())
        .map(|brief| (brief.to_html(), brief.to_json()))
        .collect();
    assert!(made.iter().all(|brief| *brief == made[0]));
}

#[test]
fn the_page_is_as_it_was() {
    let company = companies().remove(0);
    for (name, lang) in [("page_en.txt", Lang::En), ("page_zh.txt", Lang::Zh)] {
        let html = about(&company.supervisor.clone().in_lang(lang), MONTH).unwrap().to_html();
        let found = Page::read(&html).outline;
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/brief/golden").join(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            found == expected,
            "the page differs from {name}; write it with UPDATE_GOLDEN=1 and look at the difference"
        );
    }
}

#[test]
fn the_json_has_stable_names() {
    let company = companies().remove(0);
    let brief: Json = serde_json::from_str(&about(&company.supervisor, MONTH).unwrap().to_json()).unwrap();
    let names: Vec<&String> = brief.as_object().unwrap().keys().collect();
    let mut expected = [
        "title",
        "organisation",
        "currency",
        "lang",
        "audience",
        "generated_at",
        "generated",
        "period",
        "complete",
        "previous",
        "last_year",
        "headlines",
        "warnings",
        "sections",
        "left_out",
    ];
    expected.sort_unstable();
    let mut names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(brief["period"], json!({"name": "2026-02", "from": "2026-02-01", "to": "2026-02-28"}));
    assert_eq!(brief["audience"], json!({"name": "sv", "role": "supervisor", "scope": "all"}));
    let sales = json!({
        "name": "sales", "label": "Sales", "kind": "money", "value": "100.50", "better": "up", "current": false,
        "previous": {"value": "100.00", "change": "0.50", "change_rate": "0.005000"},
        "last_year": {"value": "300.00", "change": "-199.50", "change_rate": "-0.665000"},
    });
    assert_eq!(brief["headlines"][0], sales);
    let contribution = &brief["sections"][1];
    assert_eq!((&contribution["name"], &contribution["scope"]), (&json!("contribution"), &json!("all")));
    assert_eq!(contribution["report"]["totals"], json!({"amount": "100.50", "orders": 2}));
    assert_eq!(contribution["report"]["rows"][0]["customer_number"], "C1");
}

#[test]
fn a_time_without_data_is_told_as_such() {
    let company = companies().remove(0);
    for period in ["2020-03", "2020", "2020-W11", "2020-03-01/2020-03-09", "0001", "9998"] {
        let brief = about(&company.supervisor, period).unwrap();
        assert_eq!(
            headline(&brief, "sales")[..3],
            ["0.00", if period == "0001" { "none" } else { "0.00" }, if period == "0001" { "none" } else { "0.00" }]
        );
        assert!(brief.warnings.iter().all(|warning| !["concentration", "sales_fall"].contains(&warning.rule)));
        let page = Page::read(&brief.to_html());
        assert!(page.says("Nothing to show: "), "{period}");
        assert_eq!(page.says("This period is not over"), period == "9998");
    }
    // The first period with data has nothing to be compared with.
    let brief = about(&company.supervisor, "2025-02").unwrap();
    assert_eq!(headline(&brief, "sales"), ["300.00", "0.00", "300.00", "", "0.00"]);
    assert_eq!(headline(&brief, "win_rate"), ["", "", "", "", ""]);
    Page::read(&brief.to_html());
}

#[test]
fn without_a_period_it_is_about_the_last_full_month() {
    let company = companies().remove(0);
    let brief = block_on(company.supervisor.brief(&BriefOptions::default())).unwrap();
    assert_eq!((brief.period.to_string(), brief.complete), (MONTH.to_owned(), true));
    assert_eq!(brief, about(&company.supervisor, MONTH).unwrap());
    assert!(!about(&company.supervisor, "2026-03").unwrap().complete);
}

#[test]
fn an_account_managers_brief_shows_nothing_of_others() {
    for company in companies() {
        let refused = about(&company.li, MONTH).unwrap_err();
        assert!(matches!(refused, ReportError::Failed(Error::Denied { .. })), "{refused}");
        grant(&company, "account_manager", Scope::Own);
        let brief = about(&company.li, MONTH).unwrap();
        assert_eq!(brief.audience.scope, Some(Scope::Own));
        assert_eq!(headline(&brief, "sales")[0], "85.00");
        assert_eq!(headline(&brief, "customers_lost")[0], "0");
        assert_eq!(headline(&brief, "services_open")[0], "0");
        let (html, json) = (brief.to_html(), brief.to_json());
        for other in ["环球贸易", "C2", "wang", "Moved away", "S2", "X2", "100.50"] {
            assert!(!html.contains(other) && !json.contains(other), "{}: `{other}` is shown", company.store);
        }
        assert!(html.contains("Silent Ltd"));
        let other = about(&company.wang, MONTH).unwrap();
        assert!(!other.to_html().contains("Silent Ltd") && headline(&other, "sales")[0] == "15.50");
    }
}

#[test]
fn what_may_not_be_shown_is_left_out_and_said_so() {
    let company = companies().remove(0);
    let role = block_on(company.system.roles().named("supervisor")).unwrap().id;
    block_on(company.system.roles().untick(role, "report.contribution")).unwrap();
    hide(&company, "supervisor", "opportunity", "amount");
    let brief = about(&company.supervisor, MONTH).unwrap();
    let left_out: Vec<_> = brief.left_out.iter().map(|left_out| (left_out.report, left_out.reason)).collect();
    let field = LeftOutReason::Field;
    assert_eq!(left_out, [("contribution", LeftOutReason::Right), ("win-rate", field), ("forecast", field)]);
    for gone in ["sales", "orders", "win_rate", "pipeline_weighted"] {
        assert!(brief.headlines.iter().all(|headline| headline.name != gone), "{gone}");
    }
    assert!(brief.sections.iter().all(|section| !["contribution", "win-rate"].contains(&section.name)));
    let page = Page::read(&brief.to_html());
    let says =
        |text: &str| text.starts_with("contribution: ") && text.ends_with("the right to run this report is missing");
    assert!(page.texts.iter().any(|(_, text)| says(text)));
    // Whoever may run none of them is told so, and so is who was deactivated.
    let denied = about(&company.administrator, MONTH).unwrap_err();
    assert!(denied.to_string().contains("does not have the right to any of its reports"), "{denied}");
}

#[test]
fn names_are_only_names() {
    let company = companies().remove(0);
    let long = "长".repeat(300);
    let names = [
        "<script>alert(1)</script>",
        "=cmd()|' /C calc'!A0",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</td></table><h1>big</h1>",
        "\u{202E}gnp.exe\u{2066}",
        "👩‍👩‍👧‍👦 & شركة الشاي",
        "<!-- --><style>*{display:none}</style>",
        "&lt;b&gt;&#x3c;",
        &long,
    ];
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let rows = |head: &str, row: &dyn Fn(usize, &str) -> String| {
        let rows = names.iter().enumerate().map(|(place, name)| row(place, &quoted(name)));
        format!("{head}\n{}\n", rows.collect::<Vec<_>>().join("\n"))
    };
    import(&company, "customers", &rows("number,name,region", &|place, name| format!("H{place},{name},{name}")));
    import(&company, "products", &rows("code,name", &|place, name| format!("H{place},{name}")));
    import(
        &company,
        "orders",
        &rows("number,customer,date,status", &|place, _| format!("H{place},H{place},2026-02-0{},paid", place % 9 + 1)),
    );
    import(
        &company,
        "order_lines",
        &rows("order,product,quantity,unit_price", &|place, _| format!("H{place},H{place},1,{}", 1_000 + place)),
    );
    import(
        &company,
        "services",
        &rows("number,customer,type,title,status,created_on", &|place, name| {
            format!("H{place},H{place},{name},{name},created,2026-02-01")
        }),
    );
    for lang in [Lang::En, Lang::Zh] {
        let mut options = BriefOptions::about(MONTH.parse().unwrap());
        (options.rows, options.warnings.named) = (50, 50);
        let html = block_on(company.supervisor.clone().in_lang(lang).brief(&options)).unwrap().to_html();
        // Reading it finds no element and no attribute that a name could have brought along.
        let page = Page::read(&html);
        for name in names {
            assert!(page.names(name), "`{name}` is not shown as it is");
        }
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<style>*"));
    }
    // A control character never gets as far as a page's bytes.
    let new = NewCustomer::new("a\u{1}b\u{1b}[31m\u{FFFF}");
    block_on(company.system.customers().create(new)).unwrap();
    let mut options = BriefOptions::about(MONTH.parse().unwrap());
    options.rows = 50;
    let html = block_on(company.supervisor.brief(&options)).unwrap().to_html();
    assert!(Page::read(&html).names("a\u{FFFD}b\u{FFFD}[31m\u{FFFD}"));
}
