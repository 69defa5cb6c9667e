//! The old codes: numbers, and the Chinese texts that dumps have for them.

use std::collections::BTreeMap;

use crate::dictionary::{CREDIT, CUSTOMER_LEVEL, REGION, SATISFACTION, SERVICE_TYPE, seed};
use crate::sales::Payment;
use crate::schema::{Choice as _, ChoiceDef, ColumnType};
use crate::transfer::import::ImportKind;

/// What dumps have for no value.
const NOTHING: [&str; 2] = ["NULL", "\\N"];
/// The old order status that says two things at once, shipped and paid.
const SHIPPED_AND_PAID: &str = "6";

/// The roles that both systems have: the old names and the codes here.
pub(super) const ROLES: [(&str, &str); 5] = [
    ("系统管理员", "administrator"),
    ("管理员", "administrator"),
    ("销售主管", "supervisor"),
    ("客户经理", "account_manager"),
    ("高管", "executive"),
];

/// A role of the old system by the name it has here; one it does not share keeps its own.
pub(super) fn role(name: &str) -> &str {
    ROLES.iter().find(|(old, _)| *old == name).map_or(name, |(_, code)| code)
}

/// The code of a type of the dictionary that there is here, too.
pub(super) fn dictionary_type(name: &str) -> Option<&'static str> {
    match name {
        "服务类型" => Some(SERVICE_TYPE),
        "地区" | "客户地区" => Some(REGION),
        "客户等级" | "企业客户等级" => Some(CUSTOMER_LEVEL),
        "信用度" | "客户信用度" => Some(CREDIT),
        "满意度" | "客户满意度" => Some(SATISFACTION),
        _ => None,
    }
}

/// The value here of an entry that every organisation begins with, by its Chinese text.
pub(super) fn seeded_value(r#type: &str, item: &str) -> Option<String> {
    let found = seed().into_iter().find(|entry| entry.r#type == r#type && entry.item == item);
    found.map(|entry| entry.value)
}

/// What stands for which text in a field of an old table: `field` is the name it has here, `column` that of its kind.
pub(super) fn translations(table: &str, field: &str, column: &str, kind: &ImportKind) -> BTreeMap<String, String> {
    let mut texts: BTreeMap<String, String> = NOTHING.map(|text| (text.to_owned(), String::new())).into();
    if let Some(ColumnType::Choice(choice)) = kind.field(column).map(|field| &field.column_type) {
        add_choice(&mut texts, choice);
    }
    let seeded = match (table, field) {
        ("orders", "status") => {
            add_choice(&mut texts, &Payment::definition());
            texts.insert(SHIPPED_AND_PAID.to_owned(), Payment::Paid.code().to_owned());
            None
        }
        ("sal_chance", "status") => {
            texts.insert("开发中".to_owned(), "assigned".to_owned());
            None
        }
        // A number column that nobody filled in.
        ("cst_service", "satisfaction") => {
            texts.insert("0".to_owned(), String::new());
            Some(SATISFACTION)
        }
        ("cst_service", "type") => Some(SERVICE_TYPE),
        ("cst_customer", "level") => Some(CUSTOMER_LEVEL),
        ("cst_customer", "credit") => Some(CREDIT),
        ("cst_customer", "satisfaction") => Some(SATISFACTION),
        _ => None,
    };
    if let Some(r#type) = seeded {
        let entries = seed().into_iter().filter(|entry| entry.r#type == r#type);
        texts.extend(entries.map(|entry| (entry.item, entry.value)));
    }
    texts
}

fn add_choice(texts: &mut BTreeMap<String, String>, choice: &ChoiceDef) {
    for item in &choice.items {
        texts.extend(item.legacy.map(|number| (number.to_string(), item.code.to_string())));
        texts.insert(item.label.zh.to_string(), item.code.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::classic::tables::TABLES;

    fn read(table: &str, field: &str, text: &str) -> Option<String> {
        let table = TABLES.iter().find(|known| known.name == table).unwrap();
        let columns = table.fields.iter().find(|known| known.0 == field).unwrap().1;
        translations(table.name, field, columns[0], &table.kind().unwrap()).get(text).cloned()
    }

    #[test]
    fn numbers_and_texts_become_codes() {
        for (table, texts) in [
            ("sal_chance", &[("1", "unassigned"), ("2", "assigned"), ("3", "won"), ("4", "terminated")][..]),
            ("sal_chance", &[("未指派", "unassigned"), ("开发中", "assigned"), ("终止开发", "terminated")]),
            ("cst_customer", &[("1", "normal"), ("流失", "lost"), ("3", "deleted"), ("NULL", "")]),
            ("cst_lost", &[("1", "warning"), ("暂缓流失", "deferred"), ("3", "confirmed")]),
            ("cst_service", &[("新创建", "created"), ("已分配", "assigned"), ("已归档", "archived")]),
            ("orders", &[("1", "created"), ("5", "shipped"), ("6", "paid"), ("已回款", "paid"), ("\\N", "")]),
        ] {
            for (text, code) in texts {
                assert_eq!(read(table, "status", text).as_deref(), Some(*code), "{table} {text}");
            }
            assert_eq!(read(table, "status", "9"), None, "{table}");
        }
        assert_eq!(read("cst_customer", "level", "战略合作伙伴").as_deref(), Some("5"));
        assert_eq!(read("cst_linkman", "sex", "女").as_deref(), Some("female"));
        assert_eq!(read("cst_service", "type", "投诉").as_deref(), Some("complaint"));
        assert_eq!(read("cst_service", "satisfaction", "0").as_deref(), Some(""));
    }
}
