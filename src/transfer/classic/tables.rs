//! The old tables: what each becomes, and which of its columns fill which fields.

use crate::access::{Role, User};
use crate::dictionary::DictionaryEntry;
use crate::error::Result;
use crate::rules::{Context, Rules};
use crate::transfer::import::{ImportField, ImportKind};
use crate::transfer::{ImportError, OnDuplicate};

use super::codes;

/// An old table.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name, which is that of its file without `.csv`.
    pub(super) name: &'static str,
    /// What its rows become.
    into: Into,
    /// Fields, and the old columns that fill them: each where those before it are empty. The first names the field.
    pub(super) fields: &'static [(&'static str, &'static [&'static str])],
}

/// What the rows of a table become.
#[derive(Debug, Clone, Copy)]
enum Into {
    /// A kind of the crate, by name.
    Kind(&'static str),
    Roles,
    Users,
    Dictionary,
}

/// The tables in an order in which one refers only to those before it.
pub(super) const TABLES: [Table; 14] = [
    Table {
        name: "sys_role",
        into: Into::Roles,
        fields: &[("name", &["role_name"]), ("description", &["role_desc"]), ("active", &["role_flag"])],
    },
    Table {
        name: "sys_user",
        into: Into::Users,
        // The old password stays where it is.
        fields: &[("name", &["usr_name"]), ("role", &["usr_role_id"]), ("active", &["usr_flag"])],
    },
    Table {
        name: "bas_dict",
        into: Into::Dictionary,
        fields: &[
            ("type", &["dict_type"]),
            ("item", &["dict_item"]),
            ("value", &["dict_value"]),
            ("editable", &["dict_is_editable"]),
        ],
    },
    Table {
        name: "cst_customer",
        into: Into::Kind("customers"),
        fields: &[
            ("number", &["cust_no"]),
            ("name", &["cust_name"]),
            ("region", &["cust_region"]),
            ("manager", &["cust_manager_id", "cust_manager_name"]),
            ("level", &["cust_level", "cust_level_label"]),
            ("satisfaction", &["cust_satisfy"]),
            ("credit", &["cust_credit"]),
            ("address", &["cust_addr"]),
            ("zip", &["cust_zip"]),
            ("phone", &["cust_tel"]),
            ("fax", &["cust_fax"]),
            ("website", &["cust_website"]),
            ("licence_no", &["cust_licence_no"]),
            ("legal_representative", &["cust_chieftain"]),
            ("registered_capital", &["cust_bankroll"]),
            ("annual_turnover", &["cust_turnover"]),
            ("bank", &["cust_bank"]),
            ("bank_account", &["cust_bank_account"]),
            ("local_tax_no", &["cust_local_tax_no"]),
            ("national_tax_no", &["cust_national_tax_no"]),
            ("status", &["cust_status"]),
        ],
    },
    Table {
        name: "cst_linkman",
        into: Into::Kind("contacts"),
        fields: &[
            ("customer", &["lkm_cust_no", "lkm_cust_name"]),
            ("name", &["lkm_name"]),
            ("sex", &["lkm_sex"]),
            // The old system spells it without the `i`; some copies of it do not.
            ("position", &["lkm_postion", "lkm_position"]),
            ("phone", &["lkm_tel"]),
            ("mobile", &["lkm_mobile"]),
            ("memo", &["lkm_memo"]),
        ],
    },
    Table {
        name: "cst_activity",
        into: Into::Kind("activities"),
        fields: &[
            ("customer", &["atv_cust_no", "atv_cust_name"]),
            ("date", &["atv_date"]),
            ("place", &["atv_place"]),
            ("title", &["atv_title"]),
            ("description", &["atv_desc"]),
        ],
    },
    Table {
        name: "product",
        into: Into::Kind("products"),
        fields: &[
            ("code", &["prod_id"]),
            ("name", &["prod_name"]),
            ("kind", &["prod_type"]),
            ("batch", &["prod_batch"]),
            ("unit", &["prod_unit"]),
            ("price", &["prod_price"]),
            ("memo", &["prod_memo"]),
        ],
    },
    Table {
        name: "storage",
        into: Into::Kind("stock"),
        fields: &[
            ("product", &["stk_prod_id"]),
            ("warehouse", &["stk_warehouse"]),
            ("shelf", &["stk_ware"]),
            ("count", &["stk_count"]),
            ("memo", &["stk_memo"]),
        ],
    },
    Table {
        name: "orders",
        into: Into::Kind("orders"),
        fields: &[
            ("number", &["odr_id"]),
            ("customer", &["odr_customer"]),
            ("date", &["odr_date"]),
            ("address", &["odr_addr"]),
            ("status", &["odr_status"]),
        ],
    },
    Table {
        name: "orders_line",
        into: Into::Kind("order_lines"),
        fields: &[
            ("order", &["odd_order_id"]),
            ("product", &["odd_prod_id"]),
            ("quantity", &["odd_count"]),
            ("unit", &["odd_unit"]),
            ("unit_price", &["odd_price"]),
        ],
    },
    Table {
        name: "sal_chance",
        into: Into::Kind("opportunities"),
        fields: &[
            ("number", &["chc_id"]),
            ("source", &["chc_source"]),
            ("customer_name", &["chc_cust_name"]),
            ("title", &["chc_title"]),
            ("success_rate", &["chc_rate"]),
            ("contact_name", &["chc_linkman"]),
            ("contact_phone", &["chc_tel"]),
            ("description", &["chc_desc"]),
            ("created_by", &["chc_create_id", "chc_create_by"]),
            ("created_on", &["chc_create_date"]),
            ("owner", &["chc_due_id", "chc_due_to"]),
            ("assigned_on", &["chc_due_date"]),
            ("status", &["chc_status"]),
        ],
    },
    Table {
        name: "sal_plan",
        into: Into::Kind("plans"),
        fields: &[
            ("opportunity", &["pla_chc_id"]),
            ("date", &["pla_date"]),
            ("todo", &["pla_todo"]),
            ("result", &["pla_result"]),
        ],
    },
    Table {
        name: "cst_service",
        into: Into::Kind("services"),
        fields: &[
            ("number", &["svr_id"]),
            ("type", &["svr_type"]),
            ("title", &["svr_title"]),
            ("customer", &["svr_cust_no", "svr_cust_name"]),
            ("status", &["svr_status"]),
            ("request", &["svr_request"]),
            ("created_by", &["svr_create_id", "svr_create_by"]),
            ("created_on", &["svr_create_date"]),
            ("assignee", &["svr_due_id", "svr_due_to"]),
            ("assigned_on", &["svr_due_date"]),
            ("handling", &["svr_deal"]),
            ("handled_by", &["svr_deal_id", "svr_deal_by"]),
            ("handled_on", &["svr_deal_date"]),
            ("result", &["svr_result"]),
            ("satisfaction", &["svr_satisfy"]),
        ],
    },
    Table {
        name: "cst_lost",
        into: Into::Kind("lost"),
        fields: &[
            ("customer", &["lst_cust_no", "lst_cust_name"]),
            ("manager", &["lst_cust_manager_id", "lst_cust_manager_name"]),
            ("last_order_date", &["lst_last_order_date"]),
            ("confirmed_on", &["lst_lost_date"]),
            ("measures", &["lst_delay"]),
            ("reason", &["lst_reason"]),
            ("status", &["lst_status"]),
        ],
    },
];

impl Table {
    /// The file the table is expected in.
    pub(super) fn file(&self) -> String {
        format!("{}.csv", self.name)
    }

    /// What its rows become, with the fields called as the old columns.
    pub(super) fn kind(&self) -> Result<ImportKind, ImportError> {
        let kind = match self.into {
            Into::Kind(name) => ImportKind::named(name)?,
            Into::Roles => roles(),
            Into::Users => users(),
            Into::Dictionary => dictionary(),
        };
        let first = |(field, columns): &(&'static str, &'static [&'static str])| {
            (*field, columns.first().copied().unwrap_or(*field))
        };
        Ok(kind.renamed(self.name, &self.fields.iter().map(first).collect::<Vec<_>>()))
    }

    /// What happens to a row whose record is there, unless the host says so: every organisation begins with roles and
    /// a dictionary, so that those are expected.
    pub(super) const fn on_duplicate(&self, otherwise: OnDuplicate) -> OnDuplicate {
        match self.into {
            Into::Roles | Into::Dictionary => OnDuplicate::Skip,
            Into::Kind(_) | Into::Users => otherwise,
        }
    }
}

/// Roles with the names they have here. Those the old system adds come without rights, which it keeps by codes of
/// its own.
fn roles() -> ImportKind {
    ImportKind::of::<Role>("roles")
        .fields([
            ImportField::of(Role::name),
            ImportField::of(Role::description),
            ImportField::of(Role::active).or("true"),
        ])
        .key(&[&Role::name])
        .finish(|role, _| Ok(Role { name: codes::role(&role.name).to_owned(), ..role }))
        .build()
}

/// Users; unlike in other files none gets a role that the row does not name.
fn users() -> ImportKind {
    ImportKind::of::<User>("users")
        .fields([ImportField::of(User::name), ImportField::of(User::role), ImportField::of(User::active).or("true")])
        .key(&[&User::login])
        .finish(User::created)
        .changing(User::edited)
        .build()
}

fn dictionary() -> ImportKind {
    ImportKind::of::<DictionaryEntry>("dictionary")
        .fields([
            ImportField::of(DictionaryEntry::r#type),
            ImportField::of(DictionaryEntry::item),
            ImportField::of(DictionaryEntry::value),
            ImportField::of(DictionaryEntry::editable).or("true"),
        ])
        .key(&[&DictionaryEntry::r#type, &DictionaryEntry::value])
        .finish(entry)
        .build()
}

/// An entry of a type that there is here, too, with the code of the type and the value of the same text.
fn entry(mut entry: DictionaryEntry, _: &Context) -> Result<DictionaryEntry> {
    if let Some(code) = codes::dictionary_type(&entry.r#type) {
        code.clone_into(&mut entry.r#type);
    }
    if let Some(value) = codes::seeded_value(&entry.r#type, &entry.value) {
        entry.value = value;
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_one_and_every_column_has_one_name() {
        for table in &TABLES {
            let kind = table.kind().unwrap();
            let absent: Vec<_> = table.fields.iter().filter(|(_, columns)| kind.field(columns[0]).is_none()).collect();
            assert!(absent.is_empty(), "{}: {absent:?}", table.name);
            let mut columns: Vec<&str> = table.fields.iter().flat_map(|(_, columns)| *columns).copied().collect();
            columns.sort_unstable();
            columns.dedup();
            assert_eq!(columns.len(), table.fields.iter().map(|(_, columns)| columns.len()).sum::<usize>());
            assert!(columns.iter().all(|column| !column.contains("password")));
        }
    }
}
