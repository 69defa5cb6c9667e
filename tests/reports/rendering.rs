//! What reports look like: the bytes are pinned.

use chrono_tz::Tz;
use crmkit::prelude::*;
use crmkit::report::{Catalogue, View, everything};
use crmkit::schema::Lang;

use crate::world::World;

fn small() -> World {
    let mut world = World::new(Tz::UTC);
    let bolt = world.product("P1", "螺栓 M8");
    let a = world.customer("KH071202001", "北京聚奔网络科技有限公司");
    let b = world.customer("KH071202002", "Vins et alcools \"Chevalier\", 59 rue de l'Abbaye, Reims, France");
    let c = world.customer("KH071202003", "tab\there\nand\u{1b}[2J \u{202e}there");
    world.order(a, "2007-12-02", &[(bolt, "12", "14.10", "0.05")]);
    world.order(a, "2007-12-03", &[(bolt, "1", "0.3333", "0")]);
    world.order(b, "2007-12-04", &[(bolt, "10", "9.8", "0")]);
    world.order(c, "2007-12-05", &[(bolt, "-1", "3", "0")]);
    world.settle();
    world
}

#[test]
fn json_is_pinned() {
    let report = small().report("contribution", &["year=2007", "status=shipped,paid"]);
    let golden = concat!(
        r#"{"report":"contribution","#,
        r#""parameters":{"from":"2007-01-01","to":"2007-12-31","customer":null,"status":["paid","shipped"]},"#,
        r#""columns":[{"name":"customer_number","kind":"text","label":"Customer no."},"#,
        r#"{"name":"customer_name","kind":"text","label":"Customer"},"#,
        r#"{"name":"amount","kind":"money","label":"Amount"},"#,
        r#"{"name":"orders","kind":"int","label":"Orders"},"#,
        r#"{"name":"share","kind":"rate","label":"Share"}],"#,
        r#""rows":[{"customer_number":"KH071202001","customer_name":"北京聚奔网络科技有限公司","#,
        r#""amount":"161.0733","orders":2,"share":"0.629012"},"#,
        r#"{"customer_number":"KH071202002","customer_name":"Vins et alcools \"Chevalier\", 59 rue de l'Abbaye, Reims, France","#,
        r#""amount":"98.00","orders":1,"share":"0.382703"},"#,
        r#"{"customer_number":"KH071202003","customer_name":"tab\there\nand\u001b[2J "#,
        "\u{202e}",
        r#"there","amount":"-3.00","orders":1,"share":"-0.011715"}],"#,
        r#""totals":{"amount":"256.0733","orders":4}}"#,
    );
    assert_eq!(report.to_json(), golden);
    // The order of the keys says nothing to a JSON reader, but the text itself must read back.
    let read: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(read["rows"][0]["share"], "0.629012");
}

#[test]
fn text_is_aligned_by_cells() {
    let world = small();
    let view = View::new(&*world.storage, &everything, Timestamp::EPOCH).lang(Lang::Zh);
    let report = pollster::block_on(Catalogue::standard().run("contribution", &view, [("year", "2007")])).unwrap();
    let golden = "\
客户编号     客户名称                                      金额  订单数       占比
-----------  ----------------------------------------  --------  ------  ---------
KH071202001  北京聚奔网络科技有限公司                  161.0733       2   0.629012
KH071202002  Vins et alcools \"Chevalier\", 59 rue de …     98.00       1   0.382703
KH071202003  tab here and\u{fffd}[2J \u{fffd}there                      -3.00       1  -0.011715
-----------  ----------------------------------------  --------  ------  ---------
合计                                                   256.0733       4
";
    assert_eq!(report.to_text(), golden);
}

#[test]
fn csv_keeps_every_character() {
    let rows = "\
customer_number,customer_name,amount,orders,share
KH071202001,北京聚奔网络科技有限公司,161.0733,2,0.629012
KH071202002,\"Vins et alcools \"\"Chevalier\"\", 59 rue de l'Abbaye, Reims, France\",98.00,1,0.382703
KH071202003,\"tab\there\nand\u{1b}[2J \u{202e}there\",-3.00,1,-0.011715
";
    assert_eq!(small().report("contribution", &[]).to_csv(), rows);
}

#[test]
fn labels_of_coded_values_follow_the_language() {
    let world = small();
    let view = View::new(&*world.storage, &everything, Timestamp::EPOCH).lang(Lang::Zh);
    let run = |name, options: &[(&str, &str)]| {
        pollster::block_on(Catalogue::standard().run(name, &view, options.iter().copied())).unwrap()
    };
    assert_eq!(crate::world::rows(&run("composition", &[("by", "status")])), ["normal,正常,3,1.000000"]);
    let rfm = run("rfm", &[("as-of", "2007-12-31")]);
    assert!(rfm.to_text().contains("客户"), "{}", rfm.to_text());
    assert!(rfm.to_json().contains(r#"{"name":"segment","kind":"choice","label":"客户分群"}"#));
}

#[test]
fn a_report_without_rows_says_so() {
    let text = World::new(Tz::UTC).report("contribution", &[]).to_text();
    let golden = "\
Customer no.  Customer  Amount  Orders  Share
------------  --------  ------  ------  -----
(no rows)
------------  --------  ------  ------  -----
Total                     0.00       0
";
    assert_eq!(text, golden);
}
