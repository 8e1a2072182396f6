//! What the columns of a table mean: headers by alias, with their unit.

use std::collections::BTreeMap;

use crate::dataset::table::Table;
use crate::dataset::{Quantity, indicator};
use crate::finding::{Finding, FindingLog, nearest};
use crate::phrases::{Lang, Phrase};
use crate::units::{Decimal, Extent, Money};

/// The two tables of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// One row an area.
    Areas,
    /// One row an area × ecosystem.
    Cells,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Role {
    /// Code of the area, text.
    Code,
    /// Name of the area.
    Name,
    /// Ecosystem: id, label or alias.
    Ecosystem,
    /// A figure: indicator, what it counts and its unit.
    Figure(String, Quantity, String),
    /// Remarks, sources, running numbers.
    Ignored,
}

const CODES: &[&str] =
    &["代码", "区域代码", "乡镇代码", "行政区划代码", "统计代码", "code", "area_code", "areacode", "area"];
const NAMES: &[&str] =
    &["名称", "区域", "区域名称", "乡镇", "乡镇名称", "地区", "辖区", "name", "area_name", "areaname"];
const ECOSYSTEMS: &[&str] = &["生态系统", "补偿类别", "类别", "生态系统类型", "ecosystem", "category"];
const IGNORED: &[&str] =
    &["备注", "说明", "来源", "数据来源", "序号", "note", "notes", "remark", "source", "no", "no."];

/// Standard indicators: name, what it counts, aliases.
const FIGURES: &[(&str, Quantity, &[&str])] = &[
    (indicator::EXTENT, Quantity::Extent, &["面积", "生态系统面积", "extent", "surface"]),
    (indicator::GEP, Quantity::Money, &["生态产品总值", "生态产品价值", "gep", "esv", "生态系统服务价值"]),
    (indicator::QUALITY, Quantity::Number, &["质量", "质量指数", "质量等级", "quality"]),
    (indicator::OUTCOME, Quantity::Number, &["保护成效", "成效", "成效得分", "保护成效得分", "outcome", "score"]),
    (indicator::PROTECTION_COST, Quantity::Money, &["保护成本", "直接成本", "protection_cost", "protectioncost"]),
    (indicator::OPPORTUNITY_COST, Quantity::Money, &["机会成本", "opportunity_cost", "opportunitycost"]),
    (
        indicator::LAST_YEAR,
        Quantity::Money,
        &["上年补偿", "上年金额", "上年补偿资金", "上年", "上年补偿金额", "last_year", "lastyear", "last_year_amount"],
    ),
    (indicator::POPULATION, Quantity::Persons, &["人口", "常住人口", "population"]),
];

const PERSONS: &[(&str, i64)] = &[("人", 1), ("万人", 10_000), ("person", 1), ("persons", 1), ("people", 1)];
const NUMBERS: &[&str] =
    &["分", "分值", "指数", "级", "无", "%", "points", "point", "index", "score", "none", "ratio", "比值"];

/// Header with unit of a standard indicator, as a template writes it: `面积(亩)`, `extent(mu)`.
pub fn standard_header(name: &str, lang: Lang) -> Option<String> {
    let (known, quantity, aliases) = FIGURES.iter().find(|(known, _, _)| *known == name)?;
    let (zh, en) = match (quantity, *known) {
        (Quantity::Extent, _) => ("亩", "mu"),
        (Quantity::Money, _) => ("万元", "yuan"),
        (Quantity::Persons, _) => ("人", "persons"),
        (Quantity::Number, indicator::OUTCOME) => ("分", "points"),
        (Quantity::Number, _) => ("指数", "index"),
    };
    match lang {
        Lang::Zh => aliases.first().map(|header| format!("{header}({zh})")),
        // The name of an indicator is its first English header.
        Lang::En => Some(format!("{known}({en})")),
    }
}

/// Whether a name is that of a standard indicator.
pub fn is_standard(name: &str) -> bool {
    FIGURES.iter().any(|(known, _, _)| *known == name)
}

/// The standard indicator that a header without unit names.
pub fn indicator_of(header: &str) -> Option<&'static str> {
    let folded = folded(header);
    FIGURES
        .iter()
        .find(|(name, _, aliases)| *name == folded || aliases.contains(&folded.as_str()))
        .map(|(name, _, _)| *name)
}

/// Roles of the columns of a table, in order.
pub(super) fn roles(table: &Table, kind: TableKind, log: &mut FindingLog) -> Vec<Role> {
    let mut roles = Vec::with_capacity(table.header.len());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (column, header) in table.header.iter().enumerate() {
        let role = role_of(table, kind, column, header, log);
        let meaning = match &role {
            Role::Code => "code".to_owned(),
            Role::Name => "name".to_owned(),
            Role::Ecosystem => "ecosystem".to_owned(),
            Role::Figure(name, _, _) => format!("figure {name}"),
            Role::Ignored => String::new(),
        };
        if !meaning.is_empty()
            && let Some(first) = seen.insert(meaning, column)
        {
            log.push(
                Finding::error("dataset.header_twice", table.place_of(1, column))
                    .with("header", header)
                    .with("other", table.header.get(first).map_or("", String::as_str)),
            );
        }
        roles.push(role);
    }
    let needed: &[(Role, &str)] = match kind {
        TableKind::Areas => &[(Role::Code, "代码 code")],
        TableKind::Cells => &[(Role::Code, "区域代码 area_code"), (Role::Ecosystem, "生态系统 ecosystem")],
    };
    for (role, name) in needed {
        if !roles.contains(role) {
            log.push(Finding::error("dataset.header_missing", table.place.clone()).with("header", *name));
        }
    }
    roles
}

fn role_of(table: &Table, kind: TableKind, column: usize, header: &str, log: &mut FindingLog) -> Role {
    let place = || table.place_of(1, column);
    let (name, unit) = split_header(header);
    let folded = folded(name);
    let is = |aliases: &[&str]| aliases.contains(&folded.as_str());
    if folded.is_empty() {
        if column_has_content(table, column) {
            log.push(Finding::error("dataset.header_blank", place()));
        }
        return Role::Ignored;
    }
    if unit.is_none() && is(CODES) {
        return Role::Code;
    }
    if unit.is_none() && is(NAMES) {
        return Role::Name;
    }
    if kind == TableKind::Cells && unit.is_none() && is(ECOSYSTEMS) {
        return Role::Ecosystem;
    }
    if is(IGNORED) {
        return Role::Ignored;
    }
    if let Some((standard, quantity, _)) = FIGURES.iter().find(|(_, _, aliases)| is(aliases)) {
        return standard_figure(standard, *quantity, header, unit, place(), log);
    }
    own_figure(table, column, name, unit, log)
}

fn standard_figure(
    name: &str,
    quantity: Quantity,
    header: &str,
    unit: Option<&str>,
    place: crate::finding::Place,
    log: &mut FindingLog,
) -> Role {
    let known = match quantity {
        Quantity::Money => Money::units(),
        Quantity::Extent => Extent::units(),
        Quantity::Persons => "人, 万人",
        Quantity::Number => "分, 指数, %",
    };
    let fits = |unit: &str| match quantity {
        Quantity::Money => Money::knows(unit),
        Quantity::Extent => Extent::knows(unit),
        Quantity::Persons => PERSONS.iter().any(|(known, _)| *known == unit),
        Quantity::Number => NUMBERS.contains(&unit),
    };
    match unit {
        Some(unit) if fits(unit) => Role::Figure(name.to_owned(), quantity, unit.to_owned()),
        Some(unit) => {
            log.push(
                Finding::error("dataset.header_unit", place)
                    .with("header", header)
                    .with("unit", unit)
                    .with("units", known),
            );
            Role::Ignored
        }
        // A score or index has no unit to forget.
        None if quantity == Quantity::Number => Role::Figure(name.to_owned(), quantity, "无".to_owned()),
        None => {
            log.push(Finding::error("dataset.unit_missing", place).with("header", header).with("units", known));
            Role::Ignored
        }
    }
}

fn own_figure(table: &Table, column: usize, name: &str, unit: Option<&str>, log: &mut FindingLog) -> Role {
    let place = table.place_of(1, column);
    let header = table.header.get(column).map_or("", String::as_str);
    let like = nearest(name, known_headers());
    let quantity = match unit {
        // 分 is a point here: money in a column of the user's own is given in 元 or more.
        Some(unit) if NUMBERS.contains(&unit) => Quantity::Number,
        Some(unit) if Money::knows(unit) => Quantity::Money,
        Some(unit) if Extent::knows(unit) => Quantity::Extent,
        Some(unit) if PERSONS.iter().any(|(known, _)| *known == unit) => Quantity::Persons,
        Some(unit) => {
            let units = "元, 万元, 亿元, 亩, 公顷, km2, m2, 人, 分, 指数, %, 无";
            log.push(
                Finding::error("dataset.header_unit", place)
                    .with("header", header)
                    .with("unit", unit)
                    .with("units", units),
            );
            return Role::Ignored;
        }
        None if column_is_numeric(table, column) => {
            let finding = match like {
                Some(like) => Finding::error("dataset.unit_missing_like", place).with("like", like),
                None => Finding::error("dataset.unit_missing", place)
                    .with("units", "元, 万元, 亩, 公顷, km2, m2, 人, 分, 指数, 无"),
            };
            log.push(finding.with("header", header));
            return Role::Ignored;
        }
        None => {
            if let Some(like) = like {
                log.push(Finding::warning("dataset.header_like", place).with("header", header).with("like", like));
            }
            return Role::Ignored;
        }
    };
    if let Some(like) = like.filter(|like| strsim::normalized_damerau_levenshtein(name, like) >= 0.6) {
        log.push(Finding::warning("dataset.header_like", place).with("header", header).with("like", like));
    }
    Role::Figure(name.to_owned(), quantity, unit.unwrap_or_default().to_owned())
}

fn known_headers() -> impl Iterator<Item = &'static str> {
    let figures = FIGURES.iter().flat_map(|(_, _, aliases)| aliases.iter().copied());
    figures.chain(CODES.iter().copied()).chain(NAMES.iter().copied()).chain(ECOSYSTEMS.iter().copied())
}

/// Whether a cell of a table is the header of the code column.
pub(super) fn is_code_header(cell: &str) -> bool {
    CODES.contains(&folded(cell).as_str())
}

/// Whether a cell of a table is a header that is known, with or without unit.
pub(super) fn is_known_header(cell: &str) -> bool {
    let name = folded(split_header(cell).0);
    known_headers().any(|known| known == name)
}

/// A name as the aliases are written: small letters, `_` for blanks and hyphens.
fn folded(name: &str) -> String {
    name.trim().to_lowercase().chars().map(|c| if c == ' ' || c == '-' { '_' } else { c }).collect()
}

/// `面积(亩)` → (`面积`, `亩`), with half- or full-width brackets.
pub fn split_header(header: &str) -> (&str, Option<&str>) {
    const OPEN: [char; 2] = ['(', '\u{FF08}'];
    const CLOSE: [char; 2] = [')', '\u{FF09}'];
    let header = header.trim();
    let Some(open) = header.rfind(OPEN) else { return (header, None) };
    let Some(body) = header.get(open..).and_then(|rest| rest.strip_suffix(CLOSE)) else { return (header, None) };
    let unit = body.trim_start_matches(OPEN).trim();
    let unit = unit.strip_prefix("单位").map_or(unit, |rest| rest.trim_start_matches([':', '\u{FF1A}'])).trim();
    (header.get(..open).unwrap_or(header).trim(), Some(unit))
}

fn column_has_content(table: &Table, column: usize) -> bool {
    table.rows.iter().any(|row| row.cells.get(column).is_some_and(|raw| *raw != super::table::Raw::Blank))
}

fn column_is_numeric(table: &Table, column: usize) -> bool {
    use super::table::Raw;
    let mut any = false;
    for row in &table.rows {
        match row.cells.get(column) {
            Some(Raw::Number(_) | Raw::Percent(_)) => any = true,
            Some(Raw::Text(text)) if Decimal::parse(text).is_ok() => any = true,
            Some(Raw::Blank) | None => {}
            _ => return false,
        }
    }
    any
}

/// A number of a unit in the base unit of its quantity: 元, 亩, 人 or itself.
///
/// # Errors
/// Too large, or finer than a 分 or 12 decimals.
pub(super) fn to_base(value: Decimal, quantity: Quantity, unit: &str) -> Result<Decimal, Phrase> {
    match quantity {
        Quantity::Money => Decimal::parse(&Money::of(value, unit)?.yuan()),
        Quantity::Extent => Ok(Extent::of(value, unit)?.mu()),
        Quantity::Persons => {
            let times = PERSONS.iter().find(|(known, _)| *known == unit).map_or(1, |(_, times)| *times);
            let exact = value.exact() * crate::units::Exact::from_integer(times.into());
            Decimal::from_exact(&exact, 12, false)
                .ok_or_else(|| Phrase::new("units.too_large").with("value", value.to_string()))
        }
        Quantity::Number => Ok(value),
    }
}
