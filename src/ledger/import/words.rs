//! The words of headers: what offices call dates, amounts and what they concern.

use ecocomp_ground::units::Money;

use crate::event::Kind;

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Date of the event.
    Date,
    /// Kind of the event.
    Kind,
    /// Amount; its kind and unit where the header says them.
    Amount(Option<Kind>, Option<String>),
    /// Fund.
    Fund,
    /// Budget year.
    Year,
    /// Area.
    Area,
    /// Ecosystem.
    Ecosystem,
    /// Channel.
    Channel,
    /// Project.
    Project,
    /// Account code.
    Code,
    /// Payee.
    Payee,
    /// Number of the document.
    Document,
    /// Reason.
    Reason,
    /// Serial numbers and signatures: they say nothing of an event.
    Nothing,
    /// Not known.
    Other,
}

const WORDS: &[(&[&str], Role)] = &[
    (
        &[
            "日期",
            "发生日期",
            "记账日期",
            "凭证日期",
            "下达日期",
            "拨付日期",
            "支付日期",
            "支出日期",
            "业务日期",
            "时间",
            "date",
        ],
        Role::Date,
    ),
    (&["类型", "业务类型", "事项类型", "业务", "种类", "资金动作", "kind", "type"], Role::Kind),
    (&["资金", "资金名称", "专项", "专项名称", "专项资金", "资金来源", "来源", "fund"], Role::Fund),
    (&["预算年度", "年度", "资金年度", "年份", "year"], Role::Year),
    (
        &[
            "乡镇",
            "乡镇街道",
            "镇街",
            "乡镇名称",
            "街镇",
            "街道乡镇",
            "镇",
            "乡镇代码",
            "单位",
            "单位名称",
            "区域",
            "地区",
            "area",
            "township",
        ],
        Role::Area,
    ),
    (&["生态系统", "生态系统类型", "补偿类别", "补偿类型", "生态类型", "ecosystem"], Role::Ecosystem),
    (&["渠道", "补偿渠道", "使用渠道", "用途渠道", "channel"], Role::Channel),
    (&["项目", "项目名称", "项目单位及名称", "project"], Role::Project),
    (&["科目", "科目编码", "科目代码", "功能科目", "支出功能科目", "预算科目", "code"], Role::Code),
    (&["收款人", "收款单位", "收款方", "领款人", "项目单位", "实施单位", "户主", "户主姓名", "payee"], Role::Payee),
    (&["文号", "文件号", "凭证号", "凭证字号", "下达文号", "单据号", "document"], Role::Document),
    (&["事由", "摘要", "原因", "备注", "用途", "说明", "reason", "remark"], Role::Reason),
    (&["序号", "序", "编号", "行次", "签字", "签章", "经办人", "联系人", "no", "no."], Role::Nothing),
];

/// Words of an amount without saying of what.
const AMOUNTS: &[&str] =
    &["金额", "资金额", "补助金额", "资金数", "资金金额", "数额", "补偿金额", "补助资金", "本次金额", "小计", "amount"];
/// What stands after the word of a kind where a header is an amount of it.
const AFTER_KIND: &[&str] = &["", "金额", "数", "额", "资金", "资金额", "数额", "资金数", "amount"];

/// What a header says.
pub fn role(header: &str) -> Role {
    let (word, unit) = parts(header);
    let word = word.to_lowercase();
    if AMOUNTS.contains(&word.as_str()) {
        return Role::Amount(None, unit);
    }
    if let Some((_, role)) = WORDS.iter().find(|(words, _)| words.contains(&word.as_str())) {
        return role.clone();
    }
    for kind in Kind::ALL {
        let body = word
            .strip_prefix("本年")
            .or_else(|| word.strip_prefix("全年"))
            .or_else(|| word.strip_prefix("已"))
            .unwrap_or(&word);
        if let Some(after) = body.strip_prefix(kind.word())
            && AFTER_KIND.contains(&after)
        {
            return Role::Amount(Some(kind), unit);
        }
    }
    Role::Other
}

/// Whether a header says something of events.
pub fn is_known(header: &str) -> bool {
    !matches!(role(header), Role::Other | Role::Nothing)
}

/// The word of a header and the unit of money in its brackets.
pub fn parts(header: &str) -> (String, Option<String>) {
    let plain: String = header.chars().filter(|c| !c.is_whitespace()).collect();
    let open = plain.find(is_open);
    let Some(open) = open else { return (plain, None) };
    let (word, rest) = plain.split_at(open);
    let unit: String = rest.chars().filter(|c| !is_bracket(*c)).collect();
    let unit = unit.strip_prefix("单位").and_then(|rest| rest.strip_prefix(is_colon)).unwrap_or(&unit);
    let unit = unit.strip_prefix("人民币").unwrap_or(unit);
    if Money::knows(unit) { (word.to_owned(), Some(unit.to_owned())) } else { (word.to_owned(), None) }
}

/// Brackets of both widths.
fn is_open(c: char) -> bool {
    matches!(c, '(' | '\u{FF08}')
}

fn is_bracket(c: char) -> bool {
    is_open(c) || matches!(c, ')' | '\u{FF09}')
}

fn is_colon(c: char) -> bool {
    matches!(c, ':' | '\u{FF1A}')
}

/// The unit that a line such as `单位:万元` states; texts that are no such line state none.
pub fn stated_unit(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && !is_bracket(*c)).collect();
    let at = plain.find("单位")? + "单位".len();
    let unit = plain.get(at..)?.strip_prefix(is_colon)?;
    let unit = unit.strip_prefix("人民币").unwrap_or(unit);
    let unit = unit.split([',', '\u{FF0C}', '、', ';', '\u{FF1B}']).next()?;
    Money::knows(unit).then(|| unit.to_owned())
}

/// Beginnings of lines below a list.
const NOTES: &[&str] = &["注", "说明", "备注", "填表", "制表", "审核", "复核", "经办", "单位负责人", "负责人", "填报"];

/// Whether a row that begins so is a note and no row of the list.
pub fn is_note(text: &str) -> bool {
    let ends = |rest: &str| {
        let next = rest.chars().next();
        next.is_none_or(|c| is_colon(c) || c.is_ascii_digit() || c.is_whitespace()) || rest.starts_with('人')
    };
    NOTES.iter().any(|word| text.strip_prefix(word).is_some_and(ends))
}

/// A word of a total, blanks left out; `true` where it is one of a part.
pub fn total(text: &str) -> Option<bool> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && !is_colon(*c)).collect();
    match plain.as_str() {
        "小计" | "subtotal" => Some(true),
        "合计" | "总计" | "共计" | "累计" | "合计数" | "Total" | "total" => Some(false),
        _ => None,
    }
}
