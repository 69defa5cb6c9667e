//! Every stable code, and what it means to people.

use crate::schema::{Label, Lang};

/// A stable code and what it means in a sentence of each language, whatever it is about.
///
/// The message of an error says more (which record, which field, what would fit) and is for whoever writes programs or
/// reads logs; this is for a host that wants to say at least what kind of thing has happened, in its user's language.
///
/// # Examples
///
/// ```
/// use crmkit::error::CODES;
/// use crmkit::schema::Lang;
///
/// let busy = CODES.iter().find(|known| known.code == "storage.busy").ok_or("no such code")?;
/// assert_eq!(busy.meaning.text(Lang::En), "the store is busy; try again");
/// assert_eq!(busy.meaning.text(Lang::Zh), "存储繁忙，请稍后再试");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorCode {
    /// The code, such as `not_found`.
    pub code: &'static str,
    /// What it means.
    pub meaning: Label,
}

/// What a code means, in a sentence.
///
/// # Examples
///
/// ```
/// use crmkit::error::meaning;
/// use crmkit::schema::Lang;
///
/// assert_eq!(meaning("not_found", Lang::Zh), Some("记录不存在，或无权查看"));
/// assert_eq!(meaning("no_such_code", Lang::En), None);
/// ```
#[must_use]
pub fn meaning(code: &str, lang: Lang) -> Option<&'static str> {
    CODES.iter().find(|known| known.code == code).map(|known| known.meaning.text(lang))
}

/// The HTTP status that a code means to whoever asked over the wire: 4xx where the request is at fault and its sentence
/// may be told, 503 where it may be tried again, else 500, whose sentence is for the log and not for whoever asked.
///
/// # Examples
///
/// ```
/// use crmkit::error::http_status;
///
/// assert_eq!(http_status("not_found"), 404);
/// assert_eq!(http_status("storage.corrupt"), 500);
/// ```
#[must_use]
pub fn http_status(code: &str) -> u16 {
    match code {
        "query" | "query.cursor" | "cursor" | "storage.invalid" | "storage.too_large" => 400,
        "report.unknown_option"
        | "report.bad_option"
        | "report.definition"
        | "report.syntax"
        | "report.no_column"
        | "report.hidden" => 400,
        "sign_in" | "session_ended" => 401,
        "denied" => 403,
        "not_found" | "no_command" | "query.no_entity" | "report.unknown" | "import.unknown_kind" => 404,
        "state" | "taken" | "referenced" | "import.changed" | "import.concurrent" => 409,
        "conflict" => 412,
        "invalid" | "workbook.too_large" => 422,
        "import.unknown_field"
        | "import.twice"
        | "import.bad_value"
        | "import.missing_column"
        | "import.repeated_column"
        | "import.no_source"
        | "import.empty"
        | "import.not_utf8"
        | "import.truncated"
        | "import.cell_too_long"
        | "import.row_too_long"
        | "import.workbook"
        | "import.no_sheet" => 422,
        "locked" => 429,
        "storage.busy" | "storage.unavailable" | "storage.closed" | "deadline" | "report.too_long" => 503,
        _ => 500,
    }
}

const fn said(code: &'static str, zh: &'static str, en: &'static str) -> ErrorCode {
    ErrorCode { code, meaning: Label::new(zh, en) }
}

/// All codes that errors of the crate have, each once.
///
/// # Examples
///
/// ```
/// use crmkit::error::CODES;
///
/// assert!(CODES.iter().any(|known| known.code == "storage.busy"));
/// ```
pub static CODES: &[ErrorCode] = &[
    said("not_found", "记录不存在，或无权查看", "there is no such record, or none that may be seen"),
    said("denied", "没有权限", "this is not allowed"),
    said("session_ended", "登录已失效，请重新登录", "the user can't act any more; sign in again"),
    said("no_command", "没有此操作", "there is no such command"),
    said("invalid", "输入的内容不符合要求", "what was entered does not fit"),
    said("state", "记录的当前状态不允许此操作", "the state of the record does not allow this"),
    said("conflict", "记录已被他人修改，请重新查看", "somebody has changed the record meanwhile; look at it again"),
    said("taken", "编号或名称已被使用", "another record has this number or name"),
    said("referenced", "有其他记录引用它，无法删除", "other records refer to it, so it can't be deleted"),
    said("sign_in", "用户名或密码错误，或用户已停用", "the name or the password is wrong, or the user is inactive"),
    said("locked", "密码错误次数过多，请稍后再试", "there were too many wrong passwords; try again later"),
    said("query", "查询条件有误", "the question names what does not exist or does not fit"),
    said(
        "query.cursor",
        "分页位置无效，请从第一页重新开始",
        "the page cursor does not belong to this list; start from its first page",
    ),
    said("query.no_entity", "没有此类记录", "there are no records of this kind"),
    said("cursor", "无法从此位置继续读取事件", "events can't be read on from there"),
    said("schema", "实体定义有误", "the definitions make no schema"),
    said("storage.refused", "存储拒绝了更改", "the store refused the changes"),
    said("storage.invalid", "存储无法理解请求", "the store can't answer this question"),
    said("storage.too_large", "请求超出上限", "the request is larger than the bounds allow"),
    said("storage.busy", "存储繁忙，请稍后再试", "the store is busy; try again"),
    said("storage.unavailable", "无法连接存储", "the store can't be reached"),
    said("storage.denied", "存储拒绝访问", "the store refuses whoever asks"),
    said("storage.unsupported", "存储不支持此功能", "the store can't do this"),
    said("storage.read_only", "存储为只读", "the store can't be written"),
    said("storage.full", "存储空间已满", "there is no room left"),
    said("storage.corrupt", "存储已损坏", "the store is damaged"),
    said("storage.foreign", "这不是本程序的存储", "this is no store of this crate"),
    said("storage.newer", "存储由更新的程序写入", "a newer program wrote the store"),
    said("storage.outdated", "存储需要升级", "the store needs to be migrated"),
    said("storage.unfinished", "数据尚未装载完毕", "an organisation is half loaded into the store"),
    said("storage.unknown_outcome", "无法确定更改是否已保存", "whether the changes are stored is not known"),
    said("storage.closed", "存储已关闭", "the store was closed"),
    said(
        "deadline",
        "操作超时，尚未提交的更改没有保存",
        "it was not done in time; what was not handed to the store by then is not stored",
    ),
    said("storage.other", "存储发生错误", "the store failed"),
    said("report.unknown", "没有此报表", "there is no such report"),
    said("report.unknown_option", "报表没有此选项", "the report has no such option"),
    said("report.bad_option", "报表选项的值不符合要求", "the value of an option does not fit"),
    said("report.definition", "报表定义有误", "the report's definition does not hold together"),
    said("report.syntax", "报表定义的文本有误", "the text is no definition of a report"),
    said("report.no_column", "报表没有此列", "the report has no such column"),
    said("report.hidden", "报表经过无权查看的记录", "the report passes through records that may not be seen"),
    said("report.too_long", "报表耗时过长", "the report takes too long"),
    said("import.unknown_kind", "没有此导入类型", "there is no such kind to import"),
    said("import.unknown_field", "导入类型没有此字段", "the kind has no such field"),
    said("import.twice", "同一字段被指定两次", "an option says two things about one field"),
    said("import.bad_value", "导入选项的值不符合要求", "the value of an option does not fit"),
    said("import.missing_column", "文件缺少列", "the file lacks a column"),
    said("import.repeated_column", "文件有重复的列", "the file has a column twice"),
    said("import.no_source", "必填字段没有来源", "a required field comes from nowhere"),
    said("import.empty", "文件为空", "the file is empty"),
    said("import.not_utf8", "文件不是 UTF-8 编码", "the file is not UTF-8"),
    said("import.truncated", "文件不完整", "the file is cut off"),
    said("import.cell_too_long", "单元格过长", "a cell is too long"),
    said("import.row_too_long", "行过长", "a row is too long"),
    said("import.workbook", "工作簿无法读取", "the workbook can't be read"),
    said("import.no_sheet", "工作簿没有此工作表", "the workbook has no such sheet"),
    said("import.changed", "导入期间文件被修改", "the file has changed meanwhile"),
    said("import.concurrent", "此文件正在由其他程序导入", "another program is importing this file"),
    said("import.read", "文件读取失败", "the file can't be read"),
    said("import.write", "结果无法写出", "what the import tells can't be written"),
    said("migration.file", "旧系统的文件无法读取", "a file of the old system can't be read"),
    said("migration.no_tables", "文件夹中没有旧系统的表", "there are no tables of the old system"),
    said("migration.same_table", "同一张表出现两次", "a table is there twice"),
    said("migration.column", "旧系统的表缺少列", "a table of the old system lacks a column"),
    said("transfer.occupied", "目标位置已有内容", "there is something at the place already"),
    said("transfer.unfit", "存储的内容无法导出", "what the store holds can't be exported"),
    said("transfer.file", "导出文件无法读写", "a file of the export can't be read or written"),
    said("transfer.no_export", "这不是导出目录", "this is no export"),
    said("transfer.newer", "导出由更新的程序写入", "a newer program wrote the export"),
    said("transfer.damaged", "导出已损坏", "the export is damaged"),
    said("transfer.schema", "导出与实体定义不符", "the export does not fit the schema"),
    said("transfer.not_empty", "存储不为空", "the store is not empty"),
    said("transfer.other_load", "存储正在装载另一个导出", "another export is being loaded into the store"),
    said("transfer.concurrent", "另一个程序正在装载", "another program is loading"),
    said("transfer.half_loaded", "存储只装载了一部分", "the store is half loaded"),
    said("transfer.cycle", "记录循环引用，无法装载", "records refer to one another in a circle that can't be closed"),
    said("transfer.refused", "存储拒绝了装载的记录", "the store refused what was loaded"),
    said("workbook.too_large", "内容超出工作表上限", "this is more than a sheet holds"),
    said("workbook.write", "工作簿无法写出", "the workbook can't be written"),
];
