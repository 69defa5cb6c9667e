//! Pictures of reports: their SVG compared with reviewed files, and read as any XML reader would.
//!
//! `UPDATE_GOLDEN=1 cargo test --features charts --test charts` writes the files anew; look at them before committing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(all(feature = "xlsx", feature = "sqlite"))]
mod formats;
#[cfg(all(feature = "xlsx", feature = "sqlite", feature = "postgres", feature = "testing"))]
mod server;
#[cfg(all(feature = "xlsx", feature = "sqlite"))]
#[allow(dead_code)]
#[path = "../reports/world.rs"]
mod world;

use std::fs;
use std::path::Path;

use crmkit::chart::{Chart, Series};
use crmkit::report::{ChartHint, ChartKind, Column, Report, Table};
use crmkit::schema::{ColumnType, Label, Lang};
use crmkit::value::{Money, Quantity, Rate, Value};

const KINDS: [ChartKind; 6] = [
    ChartKind::Bars,
    ChartKind::StackedBars,
    ChartKind::Lines,
    ChartKind::Donut,
    ChartKind::Funnel,
    ChartKind::HeatMap,
];

fn money(text: &str) -> Value {
    text.parse::<Money>().unwrap().into()
}

fn rate(text: &str) -> Value {
    text.parse::<Rate>().unwrap().into()
}

fn text(name: &'static str, zh: &'static str, en: &'static str) -> Column {
    Column::new(name, ColumnType::Text, Label::new(zh, en))
}

fn numbers(name: &'static str, zh: &'static str, en: &'static str) -> Column {
    Column::new(name, ColumnType::Int, Label::new(zh, en))
}

fn report(table: Table, hint: ChartHint, about: Label, lang: Lang) -> Report {
    let mut report =
        Report::new("r", vec![("from".into(), "2011-01-01".into()), ("to".into(), Value::Null)], table, lang);
    (report.about, report.chart) = (Some(about), Some(hint));
    report
}

/// Draws, reads back, and compares with the reviewed file.
fn golden(name: &str, chart: &Chart) {
    let svg = chart.to_svg();
    sound(&svg);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts/golden").join(name).with_extension("svg");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return fs::write(&path, &svg).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(known == svg, "{name} is drawn otherwise; UPDATE_GOLDEN=1 writes it anew:\n{svg}");
}

/// What holds for every picture: it is XML, has a size, says what it shows, runs nothing, fetches nothing, and nothing
/// stands outside.
fn sound(svg: &str) {
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "svg");
    let [width, height] = ["width", "height"].map(|name| root.attribute(name).unwrap().parse::<f64>().unwrap());
    assert_eq!(root.attribute("viewBox").unwrap(), format!("0 0 {width} {height}"));
    assert!(root.children().any(|child| child.has_tag_name("title") || child.tag_name().name() == "title"));
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let tag = node.tag_name().name();
        let known = ["svg", "g", "title", "desc", "rect", "text", "line", "path", "polygon", "circle"];
        assert!(known.contains(&tag), "<{tag}>");
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(!name.starts_with("on") && !["href", "style", "id", "class", "src"].contains(&name), "{name}");
            assert!(!value.contains("NaN") && !value.contains("inf"), "{name}={value}");
            let beside = |most: f64| value.parse::<f64>().is_ok_and(|place| place < -0.01 || place > most + 0.01);
            match name {
                "x" | "x1" | "x2" | "cx" => assert!(!beside(width), "<{tag} {name}={value}> in {width}"),
                "y" | "y1" | "y2" | "cy" => assert!(!beside(height), "<{tag} {name}={value}> in {height}"),
                _ => {}
            }
        }
    }
}

fn texts(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let found = document.descendants().filter(|node| node.tag_name().name() == "text");
    found.filter_map(|node| node.text().map(ToOwned::to_owned)).collect()
}

fn customers(rows: &[(&str, &str)]) -> Table {
    let amount = Column::new("amount", ColumnType::Money, Label::new("金额", "Amount"));
    let mut table = Table::new(vec![text("customer_name", "客户名称", "Customer"), amount]);
    rows.iter().for_each(|(name, amount)| table.push(vec![(*name).into(), money(amount)]));
    table.totalled(&["amount"]).unwrap()
}

const AMOUNTS: ChartHint = ChartHint::new(ChartKind::Bars, &["customer_name"], &["amount"]);
const CONTRIBUTION: Label = Label::new("客户贡献：金额和占比", "what customers brought in");

#[test]
fn bars_reach_below_zero_and_long_names_are_cut() {
    let rows = [
        ("北京聚奔网络科技有限公司", "1234567.8"),
        ("Vins et alcools \"Chevalier\", 59 rue de l'Abbaye, 51100 Reims, France & Fils", "980000.1234"),
        ("深圳市前海微众银行股份有限公司南山区科技园第一分公司客户服务中心", "410000"),
        ("退货客户", "-98000.5"),
        ("Nothing", "0"),
    ];
    let report = report(customers(&rows), AMOUNTS, CONTRIBUTION, Lang::Zh);
    let chart = Chart::of(&report).unwrap();
    golden("bars", &chart);
    let svg = chart.to_svg();
    assert!(svg.contains("<title>深圳市前海微众银行股份有限公司南山区科技园第一分公司客户服务中心</title>"));
    assert!(texts(&svg).iter().any(|text| text.starts_with("深圳市") && text.ends_with('…')));
}

#[test]
fn pieces_stand_beside_each_other() {
    let mut table =
        Table::new(vec![text("key", "类别", "Key"), numbers("won", "成功", "Won"), numbers("lost", "终止", "Lost")]);
    for (key, won, lost) in [("Li", 12, 7), ("王芳", 3, 30), ("Nobody", 0, 0), ("Zoë", 1, 0)] {
        table.push(vec![key.into(), won.into(), lost.into()]);
    }
    table.push(vec![Value::Null, 2.into(), Value::Null]);
    let hint = ChartHint::new(ChartKind::StackedBars, &["key"], &["won", "lost"]);
    let about = Label::new("赢单率", "which share of the closed opportunities was won");
    golden("stacked", &Chart::of(&report(table, hint, about, Lang::En)).unwrap());
}

#[test]
fn lines_break_where_there_is_no_figure() {
    let mut table = Table::new(vec![text("period", "周期", "Period")]);
    table = Table::new(vec![
        table.columns()[0].clone(),
        numbers("a", "甲", "New"),
        numbers("b", "乙", "Returning"),
        numbers("c", "丙", "Lost"),
    ]);
    for month in 1..=24_i64 {
        let gap = if month == 10 { Value::Null } else { (month * 7 % 19 - 3).into() };
        table.push(vec![
            format!("20{:02}-{:02}", 10 + month / 13, (month - 1) % 12 + 1).into(),
            gap,
            (month * 2).into(),
            (40 - month).into(),
        ]);
    }
    let hint = ChartHint::new(ChartKind::Lines, &["period"], &["a", "b", "c"]);
    golden(
        "lines",
        &Chart::of(&report(table, hint, Label::new("新客户", "new and returning customers"), Lang::En)).unwrap(),
    );
}

#[test]
fn a_single_line_says_its_figures() {
    let churn = Column::new("rate", ColumnType::Rate, Label::new("流失率", "Churn rate"));
    let mut table = Table::new(vec![text("period", "周期", "Period"), churn]);
    for (period, share) in [("2011-Q1", "0.25"), ("2011-Q2", "0.381"), ("2011-Q3", "0"), ("2011-Q4", "0.6285")] {
        table.push(vec![period.into(), rate(share)]);
    }
    let hint = ChartHint::new(ChartKind::Lines, &["period"], &["rate"]);
    golden("line", &Chart::of(&report(table, hint, Label::new("客户流失率", "churn"), Lang::Zh)).unwrap());
}

#[test]
fn a_ring_is_divided_and_its_rest_put_together() {
    let mut table = Table::new(vec![text("label", "名称", "Label"), numbers("customers", "客户数", "Customers")]);
    for (place, region) in ["华东", "华北", "华南", "西南", "西北", "东北", "华中", "港澳台", "海外"].iter().enumerate()
    {
        table.push(vec![(*region).into(), (40 / (i64::try_from(place).unwrap() + 1)).into()]);
    }
    let hint = ChartHint::new(ChartKind::Donut, &["label"], &["customers"]);
    let about = Label::new("客户构成", "customers by region");
    let of = |table: Table| Chart::of(&report(table, hint, about.clone(), Lang::Zh)).unwrap();
    let chart = of(table.clone().totalled(&["customers"]).unwrap());
    assert_eq!((chart.labels.len(), chart.labels.last().unwrap().as_str()), (8, "其他 2 项"));
    assert_eq!(chart.series[0].values.last(), Some(&9.into()));
    golden("donut", &chart);
    // What may not be added up, and what is below nothing, is no part of a whole.
    assert_eq!(of(table.clone()).kind, ChartKind::Bars);
    table.push(vec!["退货".into(), (-1).into()]);
    let below = of(table.totalled(&["customers"]).unwrap());
    assert_eq!((below.kind, below.labels.len()), (ChartKind::Bars, 10));
}

#[test]
fn a_ring_of_one_is_whole() {
    let mut chart = Chart::new(ChartKind::Donut, "One", Lang::En);
    (chart.labels, chart.series) = (vec!["all".into()], vec![Series::new("n", vec![3.into()])]);
    golden("donut_of_one", &chart);
}

#[test]
fn a_funnel_narrows() {
    let mut table = Table::new(vec![text("stage", "阶段", "Stage"), numbers("reached", "到达数", "Reached")]);
    for (stage, reached) in [("初步接触", 120), ("需求确认", 84), ("报价", 40), ("谈判", 0)] {
        table.push(vec![stage.into(), reached.into()]);
    }
    table.push(vec![Value::Null, Value::Null]);
    let hint = ChartHint::new(ChartKind::Funnel, &["stage"], &["reached"]);
    golden("funnel", &Chart::of(&report(table, hint, Label::new("销售漏斗", "funnel"), Lang::Zh)).unwrap());
}

fn cohorts(count: i64) -> Report {
    let share = Column::new("rate", ColumnType::Rate, Label::new("留存率", "Retention"));
    let mut table =
        Table::new(vec![text("cohort", "首单周期", "Cohort"), numbers("later", "之后第几期", "Periods later"), share]);
    for cohort in 0..count {
        for later in 0..count - cohort {
            let part = 1_000_000 / (later + 1) - cohort * 1_000;
            table.push(vec![
                format!("2011-{:02}", cohort + 1).into(),
                later.into(),
                Rate::from_raw(part).unwrap().into(),
            ]);
        }
    }
    let hint = ChartHint::new(ChartKind::HeatMap, &["cohort"], &["rate"]).across("later");
    report(table, hint, Label::new("留存", "retention by cohort"), Lang::En)
}

#[test]
fn cells_are_darker_where_there_is_more() {
    golden("heat_map", &Chart::of(&cohorts(12)).unwrap());
    let large = Chart::of(&cohorts(60)).unwrap();
    assert_eq!((large.labels.len(), large.series.len()), (40, 40));
    assert_eq!(large.note.as_deref(), Some("Only the first 40 × 40 of 60 × 60 are shown"));
    sound(&large.to_svg());
}

#[test]
fn rows_are_counted_where_there_are_no_figures() {
    let mut table = Table::new(vec![text("r", "R", "R"), text("f", "F", "F")]);
    [("1", "1"), ("1", "1"), ("2", "1")].iter().for_each(|(r, f)| table.push(vec![(*r).into(), (*f).into()]));
    let about = Label::new("数", "count");
    let chart = Chart::of(&report(
        table.clone(),
        ChartHint::counted(ChartKind::HeatMap, &["r"]).across("f"),
        about.clone(),
        Lang::En,
    ));
    assert_eq!(chart.unwrap().series[0].values, [Value::Int(2)]);
    let chart = Chart::of(&report(table, ChartHint::counted(ChartKind::Bars, &["r"]), about, Lang::En)).unwrap();
    assert_eq!(
        (chart.labels, chart.series[0].values.clone()),
        (vec!["1".to_owned(), "2".to_owned()], vec![2.into(), 1.into()])
    );
}

#[test]
fn five_hundred_rows_become_twenty() {
    let names: Vec<(String, String)> =
        (0..500).map(|n| (format!("Customer {n}"), format!("{}.25", (n * 37) % 500))).collect();
    let rows: Vec<(&str, &str)> = names.iter().map(|(name, amount)| (name.as_str(), amount.as_str())).collect();
    let many = report(customers(&rows), AMOUNTS, CONTRIBUTION, Lang::En);
    let chart = Chart::of(&many).unwrap();
    // What would make all others invisible is told, not drawn.
    assert_eq!((chart.labels.len(), chart.note.as_deref()), (19, Some("481 others together: 115,560.25")));
    let all: i64 = chart.series[0].values.iter().filter_map(Value::as_integer).sum();
    assert_eq!(Some(all + 1_155_602_500), many.table.total("amount").and_then(Value::as_integer), "nothing is lost");
    golden("bars_of_many", &chart);

    let few = Chart::of(&report(customers(&rows[..25]), AMOUNTS, CONTRIBUTION, Lang::Zh)).unwrap();
    assert_eq!((few.labels[19].as_str(), few.others, few.note.clone()), ("其他 6 项", true, None));
    golden("bars_and_others", &few);

    let days = Column::new("days", ColumnType::Quantity, Label::new("天数", "Days"));
    let mut table = Table::new(vec![text("name", "名称", "Name"), days]);
    names
        .iter()
        .for_each(|(name, days)| table.push(vec![name.as_str().into(), days.parse::<Quantity>().unwrap().into()]));
    let of = |kind| {
        let hint = ChartHint::new(kind, &["name"], &["days"]);
        Chart::of(&report(table.clone(), hint, CONTRIBUTION, Lang::En)).unwrap()
    };
    let means = of(ChartKind::Bars);
    assert_eq!(means.note.as_deref(), Some("Only the first 20 of 500 are shown"));
    assert_eq!(means.labels[19], "Customer 19");
    golden("bars_of_means", &means);
    let line = of(ChartKind::Lines);
    assert_eq!((line.labels.len(), line.note.clone()), (500, None));
    golden("line_of_many", &line);
}

#[test]
fn no_rows_say_so_and_one_row_is_a_picture() {
    for kind in KINDS {
        let hint = ChartHint::new(kind, &["customer_name"], &["amount"]);
        let hint = if kind == ChartKind::HeatMap { hint.across("amount") } else { hint };
        for lang in [Lang::En, Lang::Zh] {
            let none = Chart::of(&report(customers(&[]), hint, CONTRIBUTION, lang)).unwrap();
            assert!(none.is_empty());
            let svg = none.to_svg();
            sound(&svg);
            let said = if lang == Lang::En { "(no data)" } else { "（无数据）" };
            assert!(texts(&svg).iter().any(|text| text == said), "{kind:?}: {svg}");
        }
        let one = Chart::of(&report(customers(&[("Acme", "12.5")]), hint, CONTRIBUTION, Lang::En)).unwrap();
        let svg = one.to_svg();
        sound(&svg);
        assert!(!one.is_empty() && svg.contains("12.50"), "{kind:?}: {svg}");
    }
    golden("nothing", &Chart::of(&report(customers(&[]), AMOUNTS, CONTRIBUTION, Lang::Zh)).unwrap());
    golden(
        "bars_of_one",
        &Chart::of(&report(customers(&[("Acme", "12.5")]), AMOUNTS, CONTRIBUTION, Lang::En)).unwrap(),
    );
}

#[test]
fn hostile_names_are_harmless_in_every_kind() {
    let long = "长".repeat(300);
    let names = [
        "<script>alert(1)</script>",
        "]]></title><script>alert(1)</script>",
        "=cmd|'/c calc'!A0",
        "\u{202e}evil\u{202c}\u{2066}x",
        "\" onload=\"alert(1)",
        "&lt;b&gt;&#0;&#x1;",
        "\u{0}\u{1}\u{8}\u{1b}[2J\u{7f}\u{85}\u{fffe}\u{ffff}",
        "👩‍👩‍👧‍👦🎉",
        "مرحبا",
        &long,
        &"\u{301}".repeat(5_000),
        "",
    ];
    for kind in KINDS {
        let rows: Vec<(&str, &str)> = names.iter().map(|name| (*name, "3.5")).collect();
        let mut chart = Chart::new(kind, names[0], Lang::En);
        chart.subtitle = names[1].to_owned();
        chart.note = Some(names[4].to_owned());
        chart.axis = names[5].to_owned();
        chart.labels = rows.iter().map(|(name, _)| (*name).to_owned()).collect();
        chart.series =
            names.iter().map(|name| Series::new(*name, rows.iter().map(|(_, n)| money(n)).collect())).collect();
        if !matches!(kind, ChartKind::HeatMap | ChartKind::StackedBars | ChartKind::Lines) {
            chart.series.truncate(1);
        }
        for width in [0, 320, 800, u32::MAX] {
            chart.width = width;
            let svg = chart.to_svg();
            sound(&svg);
            assert!(!svg.contains("<script") && !svg.contains('\u{202e}'), "{svg}");
            assert!(svg.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the name is still told");
        }
    }
}

#[test]
fn figures_at_the_edge_of_their_range_are_drawn() {
    let most = Value::Int(i64::MAX);
    let figures = [most.clone(), Value::Int(i64::MIN), Value::Int(0), Value::Null, "no figure".into(), most];
    for kind in KINDS {
        let mut chart = Chart::new(kind, "edges", Lang::En);
        chart.labels = (0..8).map(|n| n.to_string()).collect();
        chart.series = vec![Series::new("a", figures.to_vec()), Series::new("b", figures.to_vec())];
        sound(&chart.to_svg());
        chart.series = vec![Series::new(
            "a",
            vec![Value::Rate(Rate::from_raw(-1).unwrap()), Value::Rate(Rate::from_raw(1).unwrap())],
        )];
        sound(&chart.to_svg());
    }
}

#[test]
fn a_report_without_a_hint_shows_its_first_figure_and_one_without_figures_nothing() {
    let mut report = Report::new("list", Vec::new(), customers(&[("Acme", "1"), ("Acme", "2")]), Lang::En);
    let chart = Chart::of(&report).unwrap();
    assert_eq!((chart.kind, chart.labels.as_slice()), (ChartKind::Bars, &["Acme".to_owned(), "Acme".to_owned()][..]));
    report.table = Table::new(vec![text("a", "甲", "A")]);
    assert_eq!(Chart::of(&report), None);
}
