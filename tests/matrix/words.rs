//! The specification's sentences about the four roles, once more, as a table of its own: nothing here is read from the
//! crate.

/// How far a sentence lets a role reach: the owners of the records it may act on.
pub(crate) const OWN: &[&str] = &["own", "any"];
pub(crate) const ALL: &[&str] = &["own", "team's", "other's", "any"];

/// A sentence: the operations it speaks of, and on whose records.
pub(crate) type Sentence = (&'static str, &'static [&'static str], &'static [&'static str]);

/// "Users, teams, roles and rights; the dictionary; products and stock; the organisation; import, export, backup."
const ADMINISTRATOR: &[Sentence] = &[
    ("users", &["user.create", "user.read", "user.edit", "user.delete"], ALL),
    ("and how they come in", &["user.set_password", "user.unlock"], ALL),
    ("teams", &["team.create", "team.read", "team.edit", "team.delete"], ALL),
    ("roles", &["role.create", "role.read", "role.edit", "role.delete"], ALL),
    ("rights", &["right.create", "right.read", "right.edit", "right.delete"], ALL),
    ("rights of roles", &["grant.create", "grant.read", "grant.edit", "grant.delete"], ALL),
    ("rights to fields", &["field_rule.create", "field_rule.read", "field_rule.edit", "field_rule.delete"], ALL),
    (
        "the dictionary",
        &["dictionary_entry.create", "dictionary_entry.read", "dictionary_entry.edit", "dictionary_entry.delete"],
        ALL,
    ),
    ("products", &["product.create", "product.read", "product.edit", "product.delete"], ALL),
    ("stock", &["stock_item.create", "stock_item.read", "stock_item.edit", "stock_item.delete"], ALL),
    ("the organisation", &["organisation.read", "organisation.edit"], ALL),
    (
        "the organisation's numbers",
        &["number_series.create", "number_series.read", "number_series.edit", "number_series.delete"],
        ALL,
    ),
    ("the organisation's pipelines", &["pipeline.create", "pipeline.read", "pipeline.edit", "pipeline.delete"], ALL),
    ("and their stages", &["stage.create", "stage.read", "stage.edit", "stage.delete"], ALL),
    ("import", &["data.import", "import_run.read", "import_rejects.read"], ALL),
    ("backup", &["data.backup", "data.restore"], ALL),
    ("export", &["data.export"], ALL),
    ("and whether all is well", &["data.verify"], ALL),
    ("and how long what was is kept", &["history.erase", "history.purge"], ALL),
    ("what is done by itself", &["job.read", "job.edit", "job.run", "job_state.read", "job_run.read"], ALL),
];

/// "Opportunities: create, edit, delete, assign, plan; service: assign, archive query; every report; all scope; orders:
/// record, change."
const SUPERVISOR: &[Sentence] = &[
    (
        "opportunities",
        &["opportunity.create", "opportunity.read", "opportunity.edit", "opportunity.delete", "opportunity.assign"],
        ALL,
    ),
    ("plan", &["plan_item.create", "plan_item.read", "plan_item.edit", "plan_item.delete"], ALL),
    ("service: assign", &["service_request.assign"], ALL),
    ("archive query", &["service_request.read", "service_round.read"], ALL),
    ("every report", REPORTS, ALL),
    ("and one of his own making, which reads customers", &["report.custom"], ALL),
    ("and keeps it", &["saved_report.create", "saved_report.read", "saved_report.edit", "saved_report.delete"], OWN),
    (
        "orders: record, change",
        &[
            "order.create",
            "order.read",
            "order.edit",
            "order.confirm",
            "order.pick",
            "order.pack",
            "order.ship",
            "order.cancel",
            "order.pay_part",
            "order.pay",
            "order_line.create",
            "order_line.read",
            "order_line.edit",
            "order_line.delete",
        ],
        ALL,
    ),
    (
        "what these refer to",
        &["customer.read", "contact.read", "activity.read", "product.read", "stock_item.read", "user.read"],
        ALL,
    ),
    ("and its settings", &["pipeline.read", "stage.read", "dictionary_entry.read"], ALL),
    (
        "lost customers: look for them on demand",
        &["lost_customer.scan", "lost_customer.read", "loss_measure.read"],
        ALL,
    ),
    ("what people are reminded of", &["reminder.read"], ALL),
];

/// "Opportunities: create own, edit/delete own unassigned, plan and execute assigned; own customers with contacts,
/// activities, orders; lost customers of his own: defer, confirm; service: create, handle, feedback, archive query; query
/// products and stock; orders of his own customers: record, query; own scope; no reports."
const ACCOUNT_MANAGER: &[Sentence] = &[
    (
        "opportunities: create own, edit/delete own unassigned",
        &["opportunity.create", "opportunity.read", "opportunity.edit", "opportunity.delete"],
        OWN,
    ),
    (
        "plan and execute assigned",
        &["plan_item.create", "plan_item.read", "plan_item.edit", "plan_item.delete", "plan_item.execute"],
        OWN,
    ),
    ("won, terminated", &["opportunity.win", "opportunity.terminate"], OWN),
    ("own customers", &["customer.create", "customer.read", "customer.edit", "customer.delete"], OWN),
    ("with contacts", &["contact.create", "contact.read", "contact.edit", "contact.delete"], OWN),
    ("activities", &["activity.create", "activity.read", "activity.edit", "activity.delete"], OWN),
    ("orders: record, query", &["order.create", "order.read", "order_line.create", "order_line.read"], OWN),
    ("lost customers of his own: defer, confirm", &["lost_customer.defer", "lost_customer.confirm"], OWN),
    ("which he must see", &["lost_customer.read", "loss_measure.read"], OWN),
    ("what he is reminded of", &["reminder.read"], OWN),
    (
        "service: create, handle, feedback",
        &["service_request.create", "service_request.handle", "service_request.feedback"],
        OWN,
    ),
    ("archive query", &["service_request.read", "service_round.read"], OWN),
    ("delete: creator, only while created", &["service_request.delete"], OWN),
    ("query products and stock", &["product.read", "stock_item.read"], ALL),
    ("what these are chosen from", &["pipeline.read", "stage.read", "dictionary_entry.read"], ALL),
];

/// "Every report, all scope; nothing else."
const EXECUTIVE: &[Sentence] = &[("every report", REPORTS, ALL)];

const REPORTS: &[&str] = &[
    "report.contribution",
    "report.composition",
    "report.service",
    "report.loss",
    "report.loss-reasons",
    "report.lapsed",
    "report.rfm",
    "report.funnel",
    "report.win-rate",
    "report.forecast",
    "report.sales-trend",
    "report.top-products",
    "report.abc-customers",
    "report.abc-products",
    "report.churn",
    "report.customer-value",
    "report.customers-to-contact",
    "report.handling-time",
    "report.new-customers",
    "report.opportunity-time",
    "report.order-status",
    "report.overdue-plans",
    "report.repeat-rate",
    "report.retention",
    "report.rework-rate",
    "report.sales-by",
    "report.sales-cycle",
    "report.source-effectiveness",
    "report.stock-position",
    "report.work-review",
    "report.bought-together",
    "report.stock-without-movement",
    "report.stage-ageing",
    "report.service-load",
    "report.satisfaction",
    "report.loss-warnings",
    "report.open-services",
];

pub(crate) const ROLES: [(&str, &[Sentence]); 4] = [
    ("administrator", ADMINISTRATOR),
    ("supervisor", SUPERVISOR),
    ("account_manager", ACCOUNT_MANAGER),
    ("executive", EXECUTIVE),
];

/// In which states an operation can be done, where the text says so; elsewhere in every one.
pub(crate) fn states(operation: &str) -> Option<&'static [&'static str]> {
    Some(match operation {
        "opportunity.edit" | "opportunity.delete" | "opportunity.assign" => &["unassigned"],
        "opportunity.win" | "opportunity.terminate" => &["assigned"],
        "plan_item.create" => &["assigned"],
        "plan_item.edit" | "plan_item.delete" => &["open", "executed"],
        "plan_item.execute" => &["open"],
        "customer.edit" => &["normal"],
        "lost_customer.defer" => &["warning", "deferred"],
        "lost_customer.confirm" => &["deferred"],
        "service_request.assign" | "service_request.edit" | "service_request.delete" => &["created"],
        "service_request.handle" => &["assigned"],
        "service_request.feedback" => &["handled"],
        "order.confirm" => &["created"],
        "order.pick" => &["confirmed"],
        "order.pack" => &["picking"],
        "order.ship" => &["packed"],
        "dictionary_entry.edit" | "dictionary_entry.delete" => &["editable"],
        _ => return None,
    })
}
