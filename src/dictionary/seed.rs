//! The entries a new organisation begins with.

use super::NewDictionaryEntry;

/// The kinds of service requests.
pub const SERVICE_TYPE: &str = "service_type";
/// The regions customers are in.
pub const REGION: &str = "region";
/// The levels of customers.
pub const CUSTOMER_LEVEL: &str = "customer_level";
/// The marks of creditworthiness.
pub const CREDIT: &str = "credit";
/// The marks of satisfaction.
pub const SATISFACTION: &str = "satisfaction";

/// A value with its Chinese and its English text.
type Item = (&'static str, &'static str, &'static str);

/// The entries a new organisation begins with, type by type and in order.
///
/// # Examples
///
/// ```
/// use crmkit::dictionary::{SERVICE_TYPE, seed};
///
/// let types: Vec<String> = seed().into_iter().filter(|entry| entry.r#type == SERVICE_TYPE).map(|e| e.value).collect();
/// assert_eq!(types, ["inquiry", "suggestion", "complaint"]);
/// ```
#[must_use]
pub fn seed() -> Vec<NewDictionaryEntry> {
    let services =
        [("inquiry", "咨询", "Inquiry"), ("suggestion", "建议", "Suggestion"), ("complaint", "投诉", "Complaint")];
    let regions = ["北京", "华北", "中南", "东北", "西部", "华东", "华南"].map(|name| (name, name, ""));
    let levels = [
        ("1", "普通客户", "Ordinary customer"),
        ("2", "重点开发客户", "Customer to develop"),
        ("3", "大客户", "Major customer"),
        ("4", "合作伙伴", "Partner"),
        ("5", "战略合作伙伴", "Strategic partner"),
    ];
    let stars = [("1", "★", ""), ("2", "★★", ""), ("3", "★★★", ""), ("4", "★★★★", ""), ("5", "★★★★★", "")];
    let types: [(&str, &[Item], bool); 5] = [
        (SERVICE_TYPE, &services, true),
        (REGION, &regions, true),
        (CUSTOMER_LEVEL, &levels, false),
        (CREDIT, &stars, false),
        (SATISFACTION, &stars, false),
    ];
    let mut entries = Vec::new();
    for (r#type, items, editable) in types {
        for (position, (value, item, item_en)) in (1..).zip(items) {
            entries.push(NewDictionaryEntry {
                item_en: (!item_en.is_empty()).then(|| (*item_en).to_owned()),
                editable,
                position: Some(position),
                ..NewDictionaryEntry::new(r#type, *item, *value)
            });
        }
    }
    entries
}
