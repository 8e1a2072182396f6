//! What the columns of a monitoring file mean: Chinese and English headers by alias, with their unit.

use std::collections::BTreeMap;

use crate::agreement::{Agreement, Others};
use crate::dataset::table::Table;
use crate::finding::{Finding, FindingLog, hint};
use crate::settlement::units::is_unit;

/// What a figure is a figure of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// Concentration of an indicator, by position in the agreement.
    Indicator(usize),
    /// Reported class of water.
    Class,
    /// Volume of water that passed.
    Volume,
    /// Mean flow.
    Flow,
    /// A measure as published, by position.
    Measure(usize),
    /// An event, by position.
    Event(usize),
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Role {
    Section,
    Year,
    Month,
    /// Year and month, or a date.
    Period,
    /// Name of what the row measures.
    What,
    /// Its figure, with the unit of the header.
    Value(String),
    Unit,
    DetectionLimit,
    /// Measured, published, derived or illustrative.
    Provenance,
    /// A figure of its own, with the unit of the header.
    Wide(Target, String),
    Ignored,
}

const ROLES: &[(Role, &[&str])] = &[
    (
        Role::Section,
        &[
            "断面",
            "断面名称",
            "监测断面",
            "考核断面",
            "站点",
            "站点名称",
            "监测站点",
            "点位",
            "测站",
            "section",
            "station",
            "site",
        ],
    ),
    (Role::Year, &["年", "年份", "年度", "year"]),
    (Role::Month, &["月", "月份", "month"]),
    (
        Role::Period,
        &["年月", "日期", "时间", "监测时间", "监测日期", "监测月份", "采样时间", "采样日期", "date", "period", "time"],
    ),
    (Role::What, &["指标", "监测指标", "项目", "监测项目", "因子", "监测因子", "indicator", "parameter"]),
    (Role::Unit, &["单位", "计量单位", "unit"]),
    (Role::DetectionLimit, &["检出限", "方法检出限", "最低检出限", "detection_limit", "detectionlimit", "lod"]),
    (Role::Provenance, &["性质", "数据性质", "provenance"]),
    (
        Role::Ignored,
        &[
            "备注",
            "说明",
            "来源",
            "数据来源",
            "序号",
            "河流",
            "流域",
            "水系",
            "河段",
            "所在河流",
            "note",
            "notes",
            "remark",
            "source",
            "river",
            "no",
            "no.",
        ],
    ),
];
const VALUES: &[&str] = &[
    "浓度",
    "浓度值",
    "值",
    "数值",
    "监测值",
    "监测结果",
    "结果",
    "均值",
    "月均值",
    "年均值",
    "value",
    "concentration",
    "result",
];
const CLASSES: &[&str] = &["水质类别", "类别", "水质", "class", "water_class"];
const VOLUMES: &[&str] = &["水量", "径流量", "下泄水量", "出境水量", "过境水量", "volume"];
const FLOWS: &[&str] = &["流量", "月均流量", "flow", "discharge"];

/// Name and unit of a header: `氨氮(mg/L)` → (`氨氮`, `mg/L`); brackets that hold no unit belong to the name.
pub(super) fn split_header(header: &str) -> (String, String) {
    let trimmed = header.trim();
    for (open, close) in [('(', ')'), ('（', '）'), ('[', ']'), ('【', '】')] {
        let Some(inner) = trimmed.strip_suffix(close) else { continue };
        let Some((name, unit)) = inner.rsplit_once(open) else { continue };
        if is_unit(unit.trim()) {
            return (name.trim().trim_end_matches('/').trim().to_owned(), unit.trim().to_owned());
        }
    }
    (trimmed.to_owned(), String::new())
}

/// Name and bracket of a header whose bracket holds no unit that is known.
fn bracketed(header: &str) -> Option<(&str, &str)> {
    [('(', ')'), ('（', '）'), ('[', ']'), ('【', '】')].into_iter().find_map(|(open, close)| {
        let (name, inside) = header.strip_suffix(close)?.rsplit_once(open)?;
        Some((name.trim(), inside.trim()))
    })
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// What a word in a file measures.
pub(super) fn target(agreement: &Agreement, word: &str) -> Option<Target> {
    let word = word.trim();
    if let Some(at) = agreement.measure.iter().position(|known| {
        let label = known.label();
        // `P值` is how a report calls P.
        [word, word.trim_end_matches('值')]
            .iter()
            .any(|word| [known.id.as_str(), label.zh.as_str(), label.en.as_str()].contains(word))
    }) {
        return Some(Target::Measure(at));
    }
    if let Some(at) = agreement.indicator.iter().position(|known| known.answers_to(word)) {
        return Some(Target::Indicator(at));
    }
    if let Some(at) = agreement
        .event
        .iter()
        .position(|known| [known.id.as_str(), known.name.0.zh.as_str(), known.name.0.en.as_str()].contains(&word))
    {
        return Some(Target::Event(at));
    }
    let words = [(CLASSES, Target::Class), (VOLUMES, Target::Volume), (FLOWS, Target::Flow)];
    words.into_iter().find(|(words, _)| is_one_of(word, words)).map(|(_, target)| target)
}

/// The words that a file may use for what it measures.
pub(super) fn known_targets(agreement: &Agreement) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for indicator in &agreement.indicator {
        words.extend([indicator.label().zh, indicator.id.clone()]);
    }
    words.extend(agreement.measure.iter().map(|known| known.id.clone()));
    words.extend(agreement.event.iter().map(|known| known.name.0.zh.clone()));
    words.extend(["水质类别", "水量", "流量"].map(str::to_owned));
    words
}

/// Roles of the columns, in order; names of columns that the agreement says to leave aside go into `ignored`.
pub(super) fn roles(
    table: &Table,
    agreement: &Agreement,
    ignored: &mut Vec<String>,
    log: &mut FindingLog,
) -> Vec<Role> {
    let mut roles = Vec::with_capacity(table.header.len());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (column, header) in table.header.iter().enumerate() {
        let role = role_of(table, agreement, (column, header), ignored, log);
        let meaning = match &role {
            Role::Ignored => None,
            Role::Wide(target, _) => Some(format!("{target:?}")),
            Role::Value(_) => Some("Value".to_owned()),
            other => Some(format!("{other:?}")),
        };
        if let Some(first) = meaning.and_then(|meaning| seen.insert(meaning, column)) {
            let other = table.header.get(first).map_or("", String::as_str);
            let finding = Finding::error("dataset.header_twice", table.place_of(1, column));
            log.push(finding.with("header", header).with("other", other));
        }
        roles.push(role);
    }
    let has = |wanted: &dyn Fn(&Role) -> bool| roles.iter().any(wanted);
    let place = || table.place.clone().row(1);
    if !has(&|role| matches!(role, Role::Year | Role::Period)) {
        log.push(Finding::error("settlement.no_year_column", place()));
    }
    let (is_long, has_value) = (has(&|role| *role == Role::What), has(&|role| matches!(role, Role::Value(_))));
    if is_long != has_value {
        let header = if is_long { "浓度(mg/L)" } else { "指标" };
        log.push(Finding::error("dataset.header_missing", place()).with("header", header));
    }
    if !is_long && !has_value && !has(&|role| matches!(role, Role::Wide(..))) {
        log.push(Finding::error("settlement.nothing_measured", place()));
    }
    roles
}

fn role_of(
    table: &Table,
    agreement: &Agreement,
    (column, header): (usize, &str),
    ignored: &mut Vec<String>,
    log: &mut FindingLog,
) -> Role {
    let (name, unit) = split_header(header);
    if name.is_empty() {
        let has_content = |cells: &Vec<crate::dataset::table::Raw>| {
            cells.get(column).is_some_and(|cell| *cell != crate::dataset::table::Raw::Blank)
        };
        if table.rows.iter().any(|row| has_content(&row.cells)) {
            log.push(Finding::error("dataset.header_blank", table.place_of(1, column)));
        }
        return Role::Ignored;
    }
    // What the agreement names comes first: an indicator may be called as a column usually is.
    if let Some(target) = target(agreement, &name) {
        return Role::Wide(target, unit);
    }
    if is_one_of(&name, VALUES) {
        return Role::Value(unit);
    }
    if let Some((role, _)) = ROLES.iter().find(|(_, words)| is_one_of(&name, words)) {
        return role.clone();
    }
    if let Some((bare, inside)) = bracketed(&name)
        && (target(agreement, bare).is_some() || is_one_of(bare, VALUES))
    {
        let finding = Finding::error("settlement.header_unit", table.place_of(1, column));
        log.push(finding.with("header", header).with("unit", inside));
        // Its role is known all the same, so that nothing else is said to be missing.
        return target(agreement, bare).map_or(Role::Value(String::new()), |target| Role::Wide(target, String::new()));
    }
    if agreement.data.other_indicators == Others::Ignore {
        ignored.push(header.to_owned());
        return Role::Ignored;
    }
    let targets = known_targets(agreement);
    let roles = ROLES.iter().filter_map(|(_, words)| words.first().copied());
    let like = hint(&name, targets.iter().map(String::as_str).chain(roles).chain(["浓度"])).text();
    let finding = Finding::error("settlement.unknown_column", table.place_of(1, column));
    log.push(finding.with("header", header).with("like", like));
    Role::Ignored
}
