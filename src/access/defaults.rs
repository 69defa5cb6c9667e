//! The rights the crate brings, their tree, and the four default roles.

use super::Scope;
use super::Scope::{All, Own};
use crate::schema::Label;

/// A folder of the tree of rights.
///
/// # Examples
///
/// ```
/// use crmkit::access::Folder;
/// use crmkit::schema::Label;
///
/// let fleet = Folder::new("fleet", Label::new("车队", "Fleet"), &["vehicle", "inspection"]).within("base_data");
/// assert_eq!(fleet.parent, Some("base_data"));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Folder {
    /// The folder's code.
    pub code: &'static str,
    /// What people are shown.
    pub label: Label,
    /// The codes of the entities, or first halves of rights, that stand in it.
    pub holds: &'static [&'static str],
    /// The folder it stands in; without one it stands below the root.
    pub parent: Option<&'static str>,
}

impl Folder {
    /// A folder below the root.
    #[must_use]
    pub const fn new(code: &'static str, label: Label, holds: &'static [&'static str]) -> Self {
        Self { code, label, holds, parent: None }
    }

    /// The same folder in another one.
    #[must_use]
    pub const fn within(mut self, parent: &'static str) -> Self {
        self.parent = Some(parent);
        self
    }
}

/// The folders below the root.
pub static FOLDERS: &[Folder] = &[
    Folder::new("marketing", Label::new("营销管理", "Marketing"), &["opportunity", "plan_item", "pipeline", "stage"]),
    Folder::new(
        "customers",
        Label::new("客户管理", "Customers"),
        &["customer", "contact", "activity", "lost_customer", "loss_measure"],
    ),
    Folder::new("service", Label::new("服务管理", "Service"), &["service_request", "service_round"]),
    Folder::new("reports", Label::new("统计报表", "Reports"), &["report", "saved_report"]),
    Folder::new(
        "base_data",
        Label::new("基础数据", "Base data"),
        &[
            "dictionary_entry",
            "dictionary_revision",
            "product",
            "stock_item",
            "order",
            "order_line",
            "number_series",
            "series_counter",
            "import_run",
            "import_rejects",
            "history_entry",
            "event_entry",
            "event_shard",
            "subscription",
            "parked_event",
            "job",
            "job_state",
            "job_run",
            "reminder",
        ],
    ),
    Folder::new(
        "permissions",
        Label::new("权限管理", "Permissions"),
        &["user", "team", "role", "right", "grant", "field_rule", "access_revision", "organisation", "data", "history"],
    ),
];

/// Rights that are not one of the four actions on an entity: the code and its label.
pub static FURTHER: &[(&str, Label)] = &[
    ("data.backup", Label::new("备份数据", "Back up data")),
    ("data.export", Label::new("导出数据", "Export data")),
    ("data.import", Label::new("导入数据", "Import data")),
    ("data.restore", Label::new("恢复数据", "Restore data")),
    ("data.verify", Label::new("检查数据", "Verify data")),
    ("history.erase", Label::new("抹除历史", "Erase history")),
    ("history.purge", Label::new("清理历史", "Purge history")),
    ("history.undo", Label::new("撤销他人操作", "Undo what others did")),
    ("job.run", Label::new("执行到期任务", "Run jobs that are due")),
];

/// A role as it is set up at first, and can be set up again.
///
/// # Examples
///
/// ```
/// use crmkit::access::ROLES;
/// use crmkit::prelude::*;
///
/// let manager = ROLES.iter().find(|role| role.code == "account_manager").ok_or("no such role")?;
/// assert_eq!(manager.scope("customer.edit"), Scope::Own);
/// assert_eq!(manager.scope("opportunity.assign"), Scope::None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct DefaultRole {
    /// The role's code.
    pub code: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Its rights: `entity.*` for all four actions, `report.*` for every report, or one right by its code.
    pub grants: &'static [(&'static str, Scope)],
}

/// The code of the role whose active users are the administrators.
pub const ADMINISTRATOR: &str = "administrator";

/// The four default roles.
///
/// Each has what it is said to do, and may read what that is done to and what the records refer to. Where the words
/// leave a choice:
///
/// - A supervisor plans, but does not execute a plan, win or terminate: those report on work that the assignee has done,
///   and close it in his name. Orders are recorded and changed, their lines with them; they are called off, not deleted.
/// - A supervisor looks for customers who may be lost when asked; deferring and confirming stay with the manager.
/// - An administrator has no customer, opportunity, order or service; pipelines and stages are settings, as the
///   dictionary is.
/// - What others did, nobody of the four takes back; whoever shall, is given `history.undo`.
/// - An executive runs every report, and lists nothing: a report shows what its right covers, without the right to read
///   the records behind it. So a report of his own making, which needs that right, shows him nothing.
pub static ROLES: &[DefaultRole] = &[
    DefaultRole {
        code: ADMINISTRATOR,
        description: "系统管理员 / System administrator",
        grants: &[
            ("user.*", All),
            ("team.*", All),
            ("role.*", All),
            ("right.*", All),
            ("grant.*", All),
            ("field_rule.*", All),
            ("organisation.read", All),
            ("organisation.edit", All),
            ("number_series.*", All),
            ("dictionary_entry.*", All),
            ("pipeline.*", All),
            ("stage.*", All),
            ("product.*", All),
            ("stock_item.*", All),
            ("data.*", All),
            ("history.erase", All),
            ("history.purge", All),
            ("import_run.read", All),
            ("import_rejects.read", All),
            ("job.read", All),
            ("job.edit", All),
            ("job.run", All),
            ("job_state.read", All),
            ("job_run.read", All),
        ],
    },
    DefaultRole {
        code: "supervisor",
        description: "销售主管 / Supervisor",
        grants: &[
            ("report.*", All),
            ("saved_report.*", Own),
            ("opportunity.create", All),
            ("opportunity.read", All),
            ("opportunity.edit", All),
            ("opportunity.delete", All),
            ("opportunity.assign", All),
            ("plan_item.create", All),
            ("plan_item.read", All),
            ("plan_item.edit", All),
            ("plan_item.delete", All),
            ("pipeline.read", All),
            ("stage.read", All),
            ("dictionary_entry.read", All),
            ("user.read", All),
            ("customer.read", All),
            ("contact.read", All),
            ("activity.read", All),
            ("lost_customer.read", All),
            ("lost_customer.scan", All),
            ("loss_measure.read", All),
            ("reminder.read", All),
            ("service_request.read", All),
            ("service_request.assign", All),
            ("service_round.read", All),
            ("product.read", All),
            ("stock_item.read", All),
            ("order.create", All),
            ("order.read", All),
            ("order.edit", All),
            ("order.confirm", All),
            ("order.pick", All),
            ("order.pack", All),
            ("order.ship", All),
            ("order.cancel", All),
            ("order.pay_part", All),
            ("order.pay", All),
            ("order_line.*", All),
        ],
    },
    DefaultRole {
        code: "account_manager",
        description: "客户经理 / Account manager",
        grants: &[
            ("opportunity.create", Own),
            ("opportunity.read", Own),
            ("opportunity.edit", Own),
            ("opportunity.delete", Own),
            ("opportunity.win", Own),
            ("opportunity.terminate", Own),
            ("plan_item.*", Own),
            ("pipeline.read", All),
            ("stage.read", All),
            ("dictionary_entry.read", All),
            ("customer.*", Own),
            ("contact.*", Own),
            ("activity.*", Own),
            ("lost_customer.read", Own),
            ("lost_customer.defer", Own),
            ("lost_customer.confirm", Own),
            ("loss_measure.read", Own),
            ("reminder.read", Own),
            ("service_request.create", Own),
            ("service_request.read", Own),
            ("service_request.delete", Own),
            ("service_request.handle", Own),
            ("service_request.feedback", Own),
            ("service_round.read", Own),
            ("order.create", Own),
            ("order.read", Own),
            ("order_line.create", Own),
            ("order_line.read", Own),
            ("product.read", All),
            ("stock_item.read", All),
        ],
    },
    DefaultRole { code: "executive", description: "高管 / Executive", grants: &[("report.*", All)] },
];

impl DefaultRole {
    /// How far this role's grants let a right reach.
    #[must_use]
    pub fn scope(&self, right: &str) -> Scope {
        let holds = |granted: &str| match granted.strip_suffix('*') {
            Some(prefix) => right.starts_with(prefix),
            None => right == granted,
        };
        self.grants.iter().filter(|(granted, _)| holds(granted)).map(|(_, scope)| *scope).max().unwrap_or(Scope::None)
    }
}
