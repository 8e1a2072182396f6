//! The words of headers: what offices call names, areas, money and ecosystems.

use crate::dataset::Quantity;
use crate::dataset::indicator;
use crate::units::{Extent, Money};

const NAMES: &[&str] = &[
    "乡镇",
    "乡镇街道",
    "镇街",
    "乡镇名称",
    "镇乡街道",
    "镇街道",
    "街道",
    "街镇",
    "镇乡",
    "乡镇区",
    "区域",
    "区域名称",
    "名称",
    "地区",
    "地区名称",
    "辖区",
    "县区",
    "区县",
    "县市区",
    "市县区",
    "市县",
    "县市",
    "县",
    "市",
    "区",
    "镇",
    "乡",
    "村",
    "行政村",
    "村名",
    "村社区",
    "单位",
    "单位名称",
    "受偿单位",
    "受益单位",
    "补偿单位",
    "项目单位",
    "实施单位",
    "资金使用单位",
    "行政区",
    "行政区划",
    "行政区名称",
    "所属乡镇",
    "乡镇场",
    "乡镇农场",
    "name",
    "area",
    "township",
    "county",
];
const CODES: &[&str] =
    &["代码", "区域代码", "乡镇代码", "行政区划代码", "区划代码", "统计代码", "行政区代码", "编码", "code"];
const SERIALS: &[&str] = &["序号", "序", "编号", "顺序号", "行次", "no", "no."];
const NOTES: &[&str] = &["备注", "说明", "备注说明", "依据", "签字", "签章", "联系人", "联系电话", "note", "remark"];
const KINDS: &[&str] = &[
    "生态系统",
    "补偿类别",
    "类别",
    "生态系统类型",
    "补偿类型",
    "类型",
    "生态类型",
    "补偿对象",
    "地类",
    "ecosystem",
    "category",
];
/// Beginnings of lines below a table.
const NOTE_BEGINS: &[&str] = &[
    "注",
    "说明",
    "备注",
    "填表",
    "制表",
    "审核",
    "复核",
    "负责人",
    "单位负责",
    "经办",
    "编制",
    "联系",
    "审批",
    "签发",
    "附注",
    "数据来源",
    "资料来源",
    "*",
    "※",
];

/// Ecosystems that tables name beside the standard ones: id, Chinese, English, further names.
const ECOSYSTEMS: &[(&str, &str, &str, &[&str])] = &[
    ("grassland", "草地", "grassland", &["草原", "草场", "草甸"]),
    ("desert", "荒漠", "desert", &["沙地", "沙化土地"]),
    ("river", "河流", "river", &["河湖", "水域", "河道", "流域", "水系"]),
    ("lake", "湖泊", "lake", &["水库", "湖库"]),
    ("garden", "园地", "orchards", &["果园", "茶园"]),
    ("marine", "海洋", "marine", &["海域", "滩涂"]),
    ("reserve", "自然保护地", "protected area", &["自然保护区", "保护区"]),
    ("redline", "生态保护红线", "ecological redline", &["生态红线", "红线"]),
    ("natural_forest", "天然林", "natural forest", &[]),
    ("other", "其他", "other", &["其它"]),
];

/// Words of a header that say how much money it is, not whose.
const OF_MONEY: &[&str] = &[
    "生态保护补偿",
    "生态补偿",
    "补偿",
    "补助",
    "资金",
    "金额",
    "经费",
    "奖补",
    "分配",
    "下达",
    "安排",
    "拨付",
    "数额",
    "额",
    "上年",
    "去年",
    "上一年",
    "其中",
];

/// A text as headers are compared: without blanks, brackets and marks.
pub(super) fn plain(text: &str) -> String {
    let skip = |c: char| {
        c.is_whitespace() || matches!(c, '(' | ')' | '\u{FF08}' | '\u{FF09}' | '、' | '/' | ',' | '，' | '\u{3000}')
    };
    text.chars().filter(|c| !skip(*c)).collect::<String>().to_lowercase()
}

/// A text without blanks: `合  计` is `合计`.
pub(super) fn close(text: &str) -> String {
    let has_letters = text.chars().any(|c| c.is_ascii_alphabetic());
    if has_letters { text.trim().to_owned() } else { text.chars().filter(|c| !c.is_whitespace()).collect() }
}

pub(super) fn is_name(text: &str) -> bool {
    NAMES.contains(&plain(text).as_str())
}

pub(super) fn is_code(text: &str) -> bool {
    CODES.contains(&plain(text).as_str())
}

pub(super) fn is_serial(text: &str) -> bool {
    SERIALS.contains(&plain(text).as_str())
}

pub(super) fn is_note_column(text: &str) -> bool {
    NOTES.contains(&plain(text).as_str())
}

pub(super) fn is_kind(text: &str) -> bool {
    KINDS.contains(&plain(text).as_str())
}

/// Whether a line below a table begins so.
pub(super) fn is_note(text: &str) -> bool {
    let text = close(text);
    NOTE_BEGINS.iter().any(|begin| text.starts_with(begin)) || text.chars().count() > 40
}

/// `一、沿江片区`, `(二)山区`.
pub(super) fn is_group(text: &str) -> bool {
    const DIGITS: &str = "一二三四五六七八九十";
    let text = close(text);
    let inner = text.trim_start_matches(['(', '\u{FF08}']);
    let rest = inner.trim_start_matches(|c| DIGITS.contains(c));
    inner != rest && rest.starts_with(['、', '.', ')', '\u{FF09}', '．'])
}

/// The quantity of a unit that headers use.
pub(super) fn quantity_of(unit: &str) -> Option<Quantity> {
    match unit {
        "人" | "万人" => Some(Quantity::Persons),
        "%" | "户" | "个" | "分值" | "指数" => Some(Quantity::Number),
        // 分 is a point in a header: nobody keeps a table in hundredths of a 元.
        "分" => Some(Quantity::Number),
        unit if Money::knows(unit) => Some(Quantity::Money),
        unit if Extent::knows(unit) => Some(Quantity::Extent),
        _ => None,
    }
}

/// `元/亩`: money per something.
pub(super) fn is_rate(unit: &str) -> bool {
    unit.split_once(['/', '每']).is_some_and(|(money, _)| Money::knows(money.trim()))
}

/// A unit as it is written here: `％` is `%`, `平方公里` and the like stay.
pub(super) fn unit_of(text: &str) -> Option<String> {
    let text = crate::cells::half_width(text);
    let text = text.trim().trim_start_matches("单位").trim_start_matches([':', '：']).trim();
    let text = text.trim_start_matches("人民币").trim();
    (quantity_of(text).is_some() || is_rate(text)).then(|| text.to_owned())
}

/// The unit in the brackets of a header, or after its mark; and the header without it.
pub(super) fn split(header: &str) -> (String, Option<String>) {
    let text = close(&crate::cells::half_width(header));
    let mut rest = String::new();
    let mut unit = None;
    let mut open: Option<String> = None;
    for c in text.chars() {
        match (c, &mut open) {
            ('(' | '[', None) => open = Some(String::new()),
            (')' | ']', Some(inner)) => {
                match unit_of(inner) {
                    Some(found) => unit = Some(found),
                    // 乡镇(街道) is a name; (A) and (1) are numbers of columns.
                    None if inner.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '=' | '+' | '-' | '*')) => {}
                    None => {
                        rest.push('(');
                        rest.push_str(inner);
                        rest.push(')');
                    }
                }
                open = None;
            }
            (c, Some(inner)) => inner.push(c),
            (c, None) => rest.push(c),
        }
    }
    if let Some(inner) = open {
        rest.push_str(&inner);
    }
    if unit.is_none()
        && let Some((name, tail)) = rest.rsplit_once(['/', ':', ',', '，', '：'])
        && let Some(found) = unit_of(tail)
    {
        return (name.to_owned(), Some(found));
    }
    (rest, unit)
}

/// The units of a line such as `单位:万元、亩`; `None` where it is no such line.
pub(super) fn units_of_line(text: &str) -> Option<Vec<String>> {
    let text = close(&crate::cells::half_width(text));
    let (_, rest) = text.split_once("单位")?;
    let rest = rest.strip_prefix([':', '：']).unwrap_or(rest);
    let rest = rest.trim_end_matches([')', ']']);
    if let Some(unit) = unit_of(rest) {
        return Some(vec![unit]);
    }
    let units: Vec<String> = rest.split(['、', ',', '，', ';', ' ', '/']).filter_map(unit_of).collect();
    (!units.is_empty()).then_some(units)
}

/// The year of a text.
pub(super) fn year(text: &str) -> Option<i64> {
    let text = crate::cells::half_width(text);
    let digits: Vec<char> = text.chars().collect();
    digits.windows(5).find_map(|window| {
        let [a, b, c, d, mark] = window else { return None };
        let year: String = [a, b, c, d].into_iter().collect();
        let year = year.parse::<i64>().ok().filter(|year| crate::dataset::YEARS.contains(year))?;
        (*mark == '年').then_some(year)
    })
}

/// The ecosystem that a header names: id, Chinese, English, and the word that names it.
pub(super) fn ecosystem(text: &str) -> Option<(String, String, String, String)> {
    let text = plain(text);
    let standard = crate::policy::standard_ecosystems();
    let mut best: Option<(String, String, String, String)> = None;
    let mut offer = |word: &str, id: &str, zh: &str, en: &str| {
        let longer = best.as_ref().is_none_or(|(_, _, _, known)| word.chars().count() > known.chars().count());
        if text.contains(word) && longer {
            best = Some((id.to_owned(), zh.to_owned(), en.to_owned(), word.to_owned()));
        }
    };
    for (spec, _) in &standard {
        let (zh, en) = (spec.label.zh.as_str(), spec.label.en.as_str());
        for word in std::iter::once(zh).chain(spec.aliases.iter().map(String::as_str)).chain([en]) {
            offer(word, &spec.id, zh, en);
        }
    }
    for (id, zh, en, aliases) in ECOSYSTEMS {
        for word in std::iter::once(zh).chain(aliases.iter()).chain([en]) {
            offer(word, id, zh, en);
        }
    }
    best
}

/// What a header counts by its words alone.
pub(super) fn quantity_by_words(text: &str) -> Option<Quantity> {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["人口", "人数"]) {
        return Some(Quantity::Persons);
    }
    if has(&["得分", "成效", "考核", "评分", "质量", "户数", "指数"])
        && !has(&["资金", "金额", "奖", "经费", "补偿", "补助"])
    {
        return Some(Quantity::Number);
    }
    if has(&["面积"]) {
        return Some(Quantity::Extent);
    }
    let money = [
        "资金",
        "补偿",
        "补助",
        "金额",
        "经费",
        "奖补",
        "奖励",
        "扣减",
        "扣罚",
        "分配",
        "下达",
        "拨付",
        "安排",
        "成本",
        "生态产品",
        "gep",
        "价值",
    ];
    has(&money).then_some(Quantity::Money)
}

/// The standard indicator that a header is by its words, of a quantity that is known.
pub(super) fn standard(text: &str, quantity: Quantity) -> Option<&'static str> {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match quantity {
        Quantity::Money if has(&["生态产品", "gep", "生态系统服务价值"]) => Some(indicator::GEP),
        Quantity::Money if has(&["保护成本", "管护成本", "直接成本"]) => Some(indicator::PROTECTION_COST),
        Quantity::Money if has(&["机会成本"]) => Some(indicator::OPPORTUNITY_COST),
        Quantity::Persons if has(&["人口"]) || text.is_empty() => Some(indicator::POPULATION),
        Quantity::Number if has(&["质量"]) => Some(indicator::QUALITY),
        Quantity::Number if has(&["成效", "得分", "考核", "评分"]) => Some(indicator::OUTCOME),
        _ => None,
    }
}

/// Whether a header is a share or a change of another column.
pub(super) fn is_derived(text: &str) -> bool {
    ["占比", "比例", "比重", "增幅", "增长", "增减", "较上年", "比上年", "排名", "位次", "人均", "亩均"]
        .iter()
        .any(|word| text.contains(word))
}

/// Whether a header is a standard per unit.
pub(super) fn is_standard_rate(text: &str) -> bool {
    ["标准", "单价", "系数"].iter().any(|word| text.contains(word))
}

/// Whether a header is money that is only thought of.
pub(super) fn is_wish(text: &str) -> bool {
    ["测算", "应补", "申报", "申请", "拟", "建议", "需求", "缺口"].iter().any(|word| text.contains(word))
}

/// Whether a header is that of a fund: a level of government or a purse.
pub(super) fn is_fund(text: &str) -> bool {
    let levels = [
        "中央",
        "国家级",
        "省",
        "市",
        "县",
        "区级",
        "镇级",
        "自治区",
        "财政",
        "专项",
        "资金",
        "基金",
        "上级",
        "本级",
        "统筹",
    ];
    levels.iter().any(|word| text.contains(word))
}

/// What is left of a header of money without the words that only say that it is money.
pub(super) fn residue(text: &str) -> String {
    let mut rest = text.to_owned();
    for word in OF_MONEY {
        rest = rest.replace(word, "");
    }
    if let Some(at) = rest.find('年') {
        let year: String = rest.chars().take_while(|c| *c != '年').collect();
        if year.chars().count() == 4 && year.bytes().all(|b| b.is_ascii_digit()) {
            rest = rest.get(at + '年'.len_utf8()..).unwrap_or_default().to_owned();
        }
    }
    rest.trim_matches(['度', '-', '—', '(', ')', '的', ':']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_found_wherever_offices_put_them() {
        let unit = |text: &str| split(text).1;
        assert_eq!(unit("面积（亩）").as_deref(), Some("亩"));
        assert_eq!(unit("常住人口\n(人)").as_deref(), Some("人"));
        assert_eq!(unit("补偿金额/万元").as_deref(), Some("万元"));
        assert_eq!(unit("金额（单位：元）").as_deref(), Some("元"));
        assert_eq!(split("乡镇（街道）"), ("乡镇(街道)".to_owned(), None));
        assert_eq!(split("资金(A)").0, "资金");
        assert_eq!(unit("补偿标准(元/亩)").as_deref(), Some("元/亩"));
        assert_eq!(units_of_line("单位：万元、亩"), Some(vec!["万元".to_owned(), "亩".to_owned()]));
        assert_eq!(units_of_line("(金额单位:万元)"), Some(vec!["万元".to_owned()]));
        assert_eq!(units_of_line("编制单位:云岭县财政局"), None);
        assert_eq!(year("云岭县2024年生态保护补偿资金分配表"), Some(2024));
        assert!(is_name("乡镇（街道）") && is_name("县（市、区）") && !is_name("林地"));
        assert!(is_group("一、沿江片区") && is_group("(二)山区") && !is_group("一道河乡"));
        assert_eq!(ecosystem("国家级公益林面积").map(|found| found.0).as_deref(), Some("forest"));
        assert_eq!(residue("2024年省级补偿资金"), "省级");
    }
}
