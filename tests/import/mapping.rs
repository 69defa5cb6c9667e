//! Which cell or value ends up in which field.

use crmkit::prelude::*;
use crmkit::transfer::{ImportError, ImportKind};

use crate::bench::{Bench, options};

#[test]
fn a_field_is_filled_from_its_column_then_from_the_set_value_then_translated() {
    let bench = Bench::new();
    let options = options("products")
        .map("name", "title")
        .set("unit", "piece")
        .set("kind", "none")
        .set("category", "misc")
        .map_value("kind", "T1", "Tool")
        .map_value("kind", "none", "Other")
        .map_value("unit", "pc", "piece")
        .map_value("memo", "-", "");
    let file = "code,name,title,unit,kind,memo,colour\n\
                1,wrong,Anvil,pc,T1,-,red\n\
                2,wrong,Rocket,,,x,blue\n\
                3,wrong,Spring,T1,t1,--,\n";
    assert_eq!(bench.import(&options, file).counts(), (3, 0, 0, 0));
    assert_eq!(
        bench.lines::<Product>(&["code", "name", "unit", "kind", "category", "memo"]),
        ["1|Anvil|piece|Tool|misc|", "2|Rocket|piece|Other|misc|x", "3|Spring|T1|t1|misc|--"]
    );
}

#[test]
fn cells_are_not_trimmed() {
    let bench = Bench::new();
    bench.fill("products", "code,name\nP1,Anvil\n P1,Anvil \n");
    assert_eq!(bench.lines::<Product>(&["code", "name"]), [" P1|Anvil ", "P1|Anvil"]);
}

#[test]
fn wrong_options_are_told_from_wrong_files() {
    let file = "code,name,colour,colour\nP1,Anvil,red,blue\n";
    let cases = [
        (options("products").map("prize", "code"), true, "`products` have no field `prize`; did you mean `price`?"),
        (options("products").set("nonsense", "1"), true, "`products` have no field `nonsense`; there are code"),
        (options("products").map_value("cod", "1", "2"), true, "did you mean `code`?"),
        (options("products").map("unit", "colour").map("unit", "code"), true, "`unit` is mapped twice"),
        (options("products").set("unit", "a").set("unit", "b"), true, "`unit` is set twice"),
        (
            options("products").map_value("unit", "a", "b").map_value("unit", "a", "c"),
            true,
            "`unit` is translated from one value twice",
        ),
        (options("products").set("price", "dear"), true, "`price` can't be set: `dear` is not a plain decimal"),
        (options("orders").set("status", "payed"), true, "`status` can't be set: `payed` is none of created"),
        (options("products").map("unit", "color"), false, "no column `color`; did you mean `colour`?"),
        (options("products").map("unit", "colour"), false, "has the column `colour` more than once"),
        (options("orders"), false, "nothing fills the required field `number`"),
        (options("products").map("memo", "Name"), false, "no column `Name`; did you mean `name`?"),
    ];
    for (options, usage, sentence) in cases {
        let bench = Bench::new();
        let error = bench.import(&options, file).result.unwrap_err();
        assert_eq!(error.is_usage(), usage, "{error}");
        assert!(error.to_string().contains(sentence), "{error}");
    }
    let error = ImportKind::named("order-lines").unwrap_err();
    assert!(matches!(error, ImportError::UnknownKind { nearest: Some(near), .. } if near == "order_lines"));
}

#[test]
fn a_set_value_that_is_translated_is_checked_as_translated() {
    let bench = Bench::new();
    let options = options("products").set("price", "free").map_value("price", "free", "0");
    assert_eq!(bench.import(&options, "code,name,price\nP1,Anvil,\n").counts(), (1, 0, 0, 0));
    assert_eq!(bench.lines::<Product>(&["price"]), ["0.00"]);
}

#[test]
fn a_set_reference_is_resolved_like_a_cell() {
    let bench = Bench::filled();
    let options = options("orders").set("customer", "Globex").set("date", "2026-02-02");
    assert_eq!(bench.import(&options, "number,customer\nB1,\nB2,K1\n").counts(), (2, 0, 0, 0));
    assert_eq!(bench.lines::<Order>(&["number", "customer.number"])[2..], ["B1|K2", "B2|K1"]);
}
