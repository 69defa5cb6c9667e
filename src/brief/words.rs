//! What a brief says, in both languages. Parts in braces are filled in.

use crate::schema::{Label, Lang};

macro_rules! words {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        $(pub(super) static $name: Label = Label::new($zh, $en);)*

        #[cfg(test)]
        const ALL: &[(&str, &Label)] = &[$((stringify!($name), &$name)),*];
    };
}

words! {
    TITLE: "客户管理报告", "Customer management report";
    PERIOD: "期间", "Period";
    COMPARED: "对比", "Compared with";
    AUDIENCE: "对象", "Made for";
    GENERATED: "生成时间", "Made at";
    COVERS: "范围", "Covers";
    VARIES: "各报表不同", "differs by report";
    INCOMPLETE: "本期尚未结束，数据截至生成时间。", "This period is not over; its figures are those up to when the page was made.";

    HEADLINES: "主要指标", "Headline figures";
    CURRENT: "当前", "as of now";
    VERSUS: "较{period}（{value}）", "on {period} ({value})";
    POINTS: "{n} 个百分点", "{n} points";

    WARNINGS: "预警", "Warnings";
    NO_WARNINGS: "没有预警。", "No warnings.";
    ACT: "立即处理", "Act";
    WATCH: "关注", "Watch";
    RESPONSIBLE: "负责人", "responsible";

    SALES: "销售", "Sales";
    CUSTOMERS: "客户", "Customers";
    PIPELINE: "销售机会", "Pipeline";
    SERVICE: "服务", "Service";
    TODO: "待办", "To do";

    NOTHING: "没有数据：{titles}", "Nothing to show: {titles}";
    MORE_ROWS: "另有 {n} 行未列出", "Rows that are not shown: {n}";
    TOTAL: "合计", "Total";
    TOTAL_OF_ALL: "全部合计", "Total of all";
    NONE: "（无）", "(none)";
    YES: "是", "yes";
    NO: "否", "no";
    COLON: "：", ": ";
    STOP: "。", ".";
    OPEN: "（", " (";
    CLOSE: "）", ")";
    COMMA: "、", ", ";

    LEFT_OUT: "未包含的报表", "Left out";
    NO_RIGHT: "没有运行此报表的权限", "the right to run this report is missing";
    NO_FIELD: "报表所需的字段已隐藏", "it needs a field that is hidden";
    NOTES: "说明", "Notes";
    NOTE_SALES: "销售额、订单数、活跃客户和新客户按本期下单且已付清的订单计算。新客户指首个此类订单在本期的客户。",
        "Sales, orders, active and new customers are those of orders placed in the period and paid in full; a customer is new in the period of his first such order.";
    NOTE_NOW: "销售预测、客户构成和待办事项为生成时的状态，与期间无关。",
        "The forecast, the composition of customers and what is to do are as of now, whatever the period.";
    NOTE_ROUNDED: "本页金额四舍五入到两位小数；JSON 中为精确值。",
        "Amounts on this page are rounded to two decimals; the JSON has them exactly.";
    NOTE_MOMENT: "所有数据取自同一时刻。", "All figures are of one moment.";

    SYSTEM: "系统", "system";
    ADMINISTRATOR: "系统管理员", "system administrator";
    SUPERVISOR: "销售主管", "supervisor";
    ACCOUNT_MANAGER: "客户经理", "account manager";
    EXECUTIVE: "高管", "executive";

    H_SALES: "销售额", "Sales";
    H_ORDERS: "订单数", "Orders";
    H_AVERAGE_ORDER: "平均订单额", "Average order";
    H_ACTIVE: "活跃客户", "Active customers";
    H_NEW: "新客户", "New customers";
    H_LOST: "确认流失客户", "Customers lost";
    H_WIN_RATE: "赢单率", "Win rate";
    H_WON_AMOUNT: "赢单金额", "Won amount";
    H_FORECAST: "加权销售预测", "Weighted pipeline";
    H_SERVICES: "新增服务", "Services opened";
    H_ARCHIVED: "其中已归档", "Of these archived";
    H_SATISFACTION: "平均满意度", "Mean satisfaction";
    H_OPEN_SERVICES: "未完成服务", "Services open";
    H_WARNINGS: "未处理流失预警", "Loss warnings open";
    H_OVERDUE: "逾期计划", "Plans overdue";

    S_TREND: "销售趋势", "Sales trend";
    S_CONTRIBUTION: "客户贡献", "Contribution by customer";
    S_PRODUCTS: "热销产品", "Top products";
    S_REGIONS: "各地区销售额", "Sales by region";
    S_LEVELS: "客户构成：等级", "Customers by level";
    S_PLACES: "客户构成：地区", "Customers by region";
    S_LOSS_REASONS: "流失原因", "Reasons for losses";
    S_LAPSED: "六个月未下单的客户", "Customers without an order for six months";
    S_FUNNEL: "销售漏斗：本期新增机会", "Funnel of opportunities entered in the period";
    S_WINS: "赢单率：本期关闭的机会", "Win rate of opportunities closed in the period";
    S_FORECAST: "销售预测", "Forecast";
    S_TYPES: "新增服务：类型", "Services opened by type";
    S_HANDLING: "处理时长（分钟）", "Handling time in minutes";
    S_LOAD: "服务负荷", "Service load";
    S_JUDGED: "满意度：处理人", "Satisfaction by handler";
    S_MARKS: "满意度分布", "Marks for service";
    S_WARNINGS: "流失预警", "Loss warnings";
    S_OVERDUE: "逾期计划", "Overdue plans";
    S_OPEN_SERVICES: "未完成服务", "Open services";
    S_CONTACT: "30 天未联系的客户", "Customers nobody was in touch with for 30 days";

    K_OWNER: "负责人", "Owner";
    K_REGION: "地区", "Region";
    K_MONTH: "预计关闭月份", "Expected close";
    K_HANDLER: "处理人", "Handler";
    K_MARK: "满意度", "Mark";
    K_TYPE: "服务类型", "Type";
    K_LEVEL: "客户等级", "Level";

    ONE_DAY: "1 天", "1 day";
    DAYS: "{n} 天", "{n} days";
    W_LAPSED: "重要客户（ABC 分类 A），已 {days}未下单", "an important customer (class A) has not ordered for {days}";
    W_LAPSED_TODO: "安排拜访，了解原因", "visit the customer and find out why";
    W_LAPSED_MORE: "另有 {n} 个重要客户久未下单", "further important customers without an order for long: {n}";
    W_CONCENTRATION: "一个客户占销售额的 {share}", "one customer accounts for {share} of sales";
    W_CONCENTRATION_TODO: "开拓其他客户，降低依赖", "win others, so that less depends on this one";
    W_SALES: "销售额较{period}下降 {rate}", "sales fell by {rate} on {period}";
    W_SALES_TODO: "查看下降的客户和产品", "look at which customers and products fell";
    W_SATISFACTION: "平均满意度由 {before} 降至 {now}", "mean satisfaction fell from {before} to {now}";
    W_SATISFACTION_TODO: "回访评分为 1 和 2 的服务", "ask those who gave the marks 1 and 2 what was wrong";
    W_SERVICE: "服务已 {days}未完成", "the service has been open for {days}";
    W_SERVICE_TODO: "尽快处理并取得反馈", "handle it and ask for feedback";
    W_SERVICE_NOBODY_TODO: "尽快分配给客户经理", "assign it to an account manager";
    W_SERVICE_MORE: "另有 {n} 个服务长期未完成", "further services that have been open for long: {n}";
    W_PLAN: "开发计划已逾期 {days}", "a plan for this opportunity has been overdue for {days}";
    W_PLAN_TODO: "执行并记录结果，或调整日期", "carry it out and record the result, or change its date";
    W_PLAN_MORE: "另有 {n} 个机会的计划逾期", "further opportunities with overdue plans: {n}";
    W_LOSS: "流失预警已 {days}未处理", "a warning of loss has been waiting for {days}";
    W_LOSS_TODO: "采取措施暂缓流失，或确认流失", "defer it with a measure, or confirm the loss";
    W_LOSS_MORE: "另有 {n} 条流失预警未处理", "further warnings of loss that are waiting: {n}";
    W_MORE_TODO: "见“{section}”", "see “{section}”";
}

/// The text with what is in braces filled in.
pub(super) fn filled(label: &Label, lang: Lang, parts: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = label.text(lang);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        text.extend(parts.iter().find(|(part, _)| *part == name).map(|(_, value)| *value));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The language as a page and a program call it.
pub(super) const fn code(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "en",
        Lang::Zh => "zh",
    }
}

/// What people call a role; one of the organisation's own is called what it is called.
pub(super) fn role(code: &str, lang: Lang) -> String {
    let known = match code {
        "system" => &SYSTEM,
        "administrator" => &ADMINISTRATOR,
        "supervisor" => &SUPERVISOR,
        "account_manager" => &ACCOUNT_MANAGER,
        "executive" => &EXECUTIVE,
        other => return other.to_owned(),
    };
    known.text(lang).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        let mut parts: Vec<&str> = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
        parts.sort_unstable();
        parts
    }

    #[test]
    fn both_languages_say_the_same_parts() {
        for (name, label) in ALL {
            assert_eq!(parts(&label.zh), parts(&label.en), "{name}");
            assert!(!label.zh.is_empty() && !label.en.is_empty(), "{name}");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_filled_again() {
        let label = Label::new("{b}的{a}", "{a} of {b}");
        assert_eq!(filled(&label, Lang::En, &[("a", "{b}"), ("b", "x")]), "{b} of x");
        assert_eq!(filled(&label, Lang::Zh, &[("a", "{b}"), ("b", "x")]), "x的{b}");
        assert_eq!(filled(&label, Lang::En, &[]), " of ");
    }
}
