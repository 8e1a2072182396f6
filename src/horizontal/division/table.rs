//! A table of claims from a CSV file: which column holds what, amounts with the unit of their header.

use crate::dataset::table::{Raw, Table};
use crate::dataset::{is_total, read_csv};
use crate::division::figure::Figure;
use crate::division::request::Claim;
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::phrases::{Phrase, Text};
use crate::units::Money;

/// Headers named by the user instead of the usual ones.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// Names of the claimants.
    pub name: Option<String>,
    /// Claims.
    pub claim: Option<String>,
    /// Weights.
    pub weight: Option<String>,
    /// Floors.
    pub floor: Option<String>,
    /// Caps.
    pub cap: Option<String>,
    /// Classes.
    pub class: Option<String>,
}

const NAMES: &[&str] = &[
    "name",
    "claimant",
    "party",
    "area",
    "municipality",
    "creditor",
    "名称",
    "姓名",
    "请求人",
    "申请人",
    "债权人",
    "地区",
    "区域",
    "单位",
    "主体",
    "当事人",
    "县",
    "乡镇",
    "市",
];
const CLAIMS: &[&str] = &[
    "claim",
    "claims",
    "demand",
    "debt",
    "请求",
    "请求额",
    "债权",
    "债权额",
    "需求",
    "需求额",
    "诉求",
    "应得额",
    "申请额",
    "申报额",
];
const WEIGHTS: &[&str] = &["weight", "weights", "权重"];
const FLOORS: &[&str] = &["floor", "minimum", "下限", "保底", "最低额"];
const CAPS: &[&str] = &["cap", "maximum", "上限", "封顶", "最高额"];
const CLASSES: &[&str] = &["class", "priority", "rank", "优先级", "顺位", "次序"];

/// A header without its unit in brackets, and the unit.
fn parted(header: &str) -> (&str, Option<&str>) {
    let Some(open) = header.rfind(['(', '\u{FF08}']) else { return (header.trim(), None) };
    let (name, rest) = header.split_at(open);
    let unit = rest.trim_start_matches(['(', '\u{FF08}']).trim_end_matches([')', '\u{FF09}']).trim();
    (name.trim(), Some(unit))
}

struct Found {
    name: usize,
    claim: usize,
    weight: Option<usize>,
    floor: Option<usize>,
    cap: Option<usize>,
    class: Option<usize>,
}

/// Claims of a CSV file, and remarks on how its columns were understood.
///
/// # Errors
/// The form of the file, columns that are not there or there twice.
pub fn read(file: &str, bytes: &[u8], columns: &Columns) -> Result<(Vec<Claim>, Vec<Text>), Findings> {
    let table = read_csv(file, bytes)?;
    let mut log = FindingLog::of_tables();
    let mut notes = Vec::new();
    let found = find(&table, columns, &mut log, &mut notes);
    let claims = found.map(|found| claims(&table, &found, &mut log)).unwrap_or_default();
    if table.rows.is_empty() {
        log.push(Finding::error("division.no_claimants", Place::file(file)));
    }
    Findings::gate((claims, notes), log.into_findings()).map(|(read, _)| read)
}

fn find(table: &Table, columns: &Columns, log: &mut FindingLog, notes: &mut Vec<Text>) -> Option<Found> {
    let mut one = |asked: &Option<String>, usual: &[&str]| -> Option<usize> {
        if let Some(asked) = asked {
            let at = table.header.iter().position(|header| header == asked || parted(header).0 == asked);
            if at.is_none() {
                let like = hint(asked, table.header.iter().map(String::as_str)).text();
                let place = table.place.clone().row(1);
                log.push(Finding::error("policy.unknown_word", place).with("word", asked).with("like", like));
            }
            return at;
        }
        let is = |header: &String| usual.contains(&parted(header).0.to_lowercase().as_str());
        let mut all = table.header.iter().enumerate().filter(|(_, header)| is(header));
        let first = all.next()?;
        if let Some(second) = all.next() {
            let place = table.place_of(1, second.0);
            let finding = Finding::error("dataset.header_twice", place).with("header", second.1);
            log.push(finding.with("other", first.1));
        }
        Some(first.0)
    };
    let claim = one(&columns.claim, CLAIMS);
    let name = one(&columns.name, NAMES);
    let (weight, floor) = (one(&columns.weight, WEIGHTS), one(&columns.floor, FLOORS));
    let (cap, class) = (one(&columns.cap, CAPS), one(&columns.class, CLASSES));
    if log.errors() > 0 {
        return None;
    }
    let chosen = [name, claim, weight, floor, cap, class];
    let twice =
        |(at, column): (usize, &Option<usize>)| column.filter(|_| chosen.iter().take(at).any(|one| one == column));
    if let Some(column) = chosen.iter().enumerate().find_map(twice) {
        let header = table.header.get(column).cloned().unwrap_or_default();
        log.push(Finding::error("division.column_twice", table.place_of(1, column)).with("header", header));
        return None;
    }
    let Some(claim) = claim else {
        let headers = table.header.join(", ");
        log.push(Finding::error("division.no_claim_column", table.place.clone().row(1)).with("headers", headers));
        return None;
    };
    let used = [Some(claim), weight, floor, cap, class];
    let name = match name.or_else(|| (0..table.header.len()).find(|column| !used.contains(&Some(*column)))) {
        Some(column) => column,
        None => {
            log.push(Finding::error("division.no_name_column", table.place.clone().row(1)));
            return None;
        }
    };
    let header = |column: usize| table.header.get(column).cloned().unwrap_or_default();
    if columns.name.is_none() && !NAMES.contains(&parted(&header(name)).0.to_lowercase().as_str()) {
        notes.push(Phrase::new("division.names_from").with("header", header(name)).text());
    }
    let unused: Vec<String> = (0..table.header.len())
        .filter(|column| *column != name && !used.contains(&Some(*column)))
        .map(header)
        .filter(|header| !header.is_empty())
        .collect();
    if !unused.is_empty() {
        notes.push(Phrase::new("division.columns_unused").with("headers", unused.join(", ")).text());
    }
    Some(Found { name, claim, weight, floor, cap, class })
}

fn claims(table: &Table, found: &Found, log: &mut FindingLog) -> Vec<Claim> {
    let units: Vec<Option<&str>> =
        table.header.iter().map(|header| parted(header).1.filter(|unit| Money::knows(unit))).collect();
    let mut claims = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let text = |column: usize| match row.cells.get(column) {
            Some(Raw::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let amount = |column: Option<usize>| {
            let column = column?;
            let text = text(column)?;
            // The unit of the header is that of a figure without one.
            let unit = units.get(column).copied().flatten();
            let bare = crate::units::split_unit(&text).1.is_empty();
            Some(Figure::Text(if bare { unit.map_or(text.clone(), |unit| format!("{text} {unit}")) } else { text }))
        };
        if let Some(name) = text(found.name).filter(|name| is_total(name)) {
            log.push(Finding::error("dataset.total_row", table.place_of(row.number, found.name)).with("name", name));
            continue;
        }
        let Some(claim) = amount(Some(found.claim)) else {
            log.push(Finding::error("division.claim_missing", table.place_of(row.number, found.claim)));
            continue;
        };
        let mut class = None;
        if let Some(written) = found.class.and_then(text) {
            class = written.parse().ok();
            if class.is_none() {
                let place = table.place_of(row.number, found.class.unwrap_or(0));
                log.push(Finding::error("division.class", place).with("value", written));
            }
        }
        claims.push(Claim {
            name: text(found.name).unwrap_or_default(),
            claim,
            weight: found.weight.and_then(text).map(Figure::Text),
            floor: amount(found.floor),
            cap: amount(found.cap),
            class,
            place: Some(Place::row(table.place.clone(), row.number)),
        });
    }
    claims
}
