//! The indicators (科目、指标) as a tree.

use std::collections::BTreeMap;

use crate::dataset::table::Table;
use crate::finding::{Finding, FindingLog, Place, hint};
use crate::phrases::Text;
use crate::sheet::{Column, Sheet, needed, optional};
use crate::unit::{Unit, UnitTable};

/// What an entry of the tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The total (生态产品总值).
    Total,
    /// A class (物质供给, 调节服务, 文化服务).
    Class,
    /// A service (水源涵养).
    Service,
    /// An indicator of a service.
    Indicator,
    /// What is taken off or put on after all: products from outside.
    Adjustment,
    /// A negative service.
    Negative,
}

pub(crate) const KINDS: &[(&[&str], Kind)] = &[
    (&["total", "总值"], Kind::Total),
    (&["class", "科目", "一级"], Kind::Class),
    (&["service", "服务", "二级"], Kind::Service),
    (&["indicator", "指标", "三级"], Kind::Indicator),
    (&["adjustment", "调整", "扣减"], Kind::Adjustment),
    (&["negative", "负服务", "负产品"], Kind::Negative),
];

/// An entry of the tree.
#[derive(Debug, Clone)]
pub struct Indicator {
    /// Code, such as `R2.1`.
    pub code: String,
    /// Printed name.
    pub label: Text,
    /// Position of the entry above it.
    pub parent: Option<usize>,
    /// What it is.
    pub kind: Kind,
    /// Whether its value is taken off.
    pub negative: bool,
    /// Unit of its physical quantity.
    pub unit: Option<Unit>,
    /// How deep it stands.
    pub depth: usize,
    /// Where it stands.
    pub place: Place,
    /// Where it comes from.
    pub source: String,
}

/// The tree, each entry after the one above it.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The entries.
    pub entries: Vec<Indicator>,
}

pub(crate) const COLUMNS: &[Column] = &[
    needed("code", &["编码", "代码", "指标编码", "code"]),
    optional("parent", &["上级", "上级编码", "父级", "parent"]),
    needed("zh", &["名称", "指标", "指标名称", "科目", "zh", "name"]),
    optional("en", &["英文名称", "英文", "en"]),
    needed("kind", &["类型", "层级", "kind"]),
    optional("sign", &["符号", "正负", "sign"]),
    optional("unit", &["单位", "功能量单位", "计量单位", "unit", "unit_physical"]),
    optional("order", &["顺序", "排序", "order"]),
    optional("source", &["来源", "依据", "source"]),
    optional("trust", &["可信度", "性质", "trust"]),
];

struct Raw {
    indicator: Indicator,
    parent: Option<(String, Place)>,
    order: Vec<u64>,
}

/// `R10.2` as ordered like people order it: letters first, then numbers by size.
fn natural(code: &str) -> Vec<u64> {
    let mut key = Vec::new();
    let mut digits: Option<u64> = None;
    for c in code.chars() {
        match c.to_digit(10) {
            Some(digit) => digits = Some(digits.unwrap_or(0).saturating_mul(10).saturating_add(digit.into())),
            None => {
                key.extend(digits.take());
                key.push((1 << 40) + u64::from(u32::from(c)));
            }
        }
    }
    key.extend(digits);
    key
}

impl Tree {
    /// Reads a table of indicators.
    pub fn read(table: &Table, units: &UnitTable, log: &mut FindingLog) -> Self {
        let Some(sheet) = Sheet::of(table, COLUMNS, log) else { return Self::default() };
        let mut raw: BTreeMap<String, Raw> = BTreeMap::new();
        for row in sheet.rows() {
            let (code, zh) = (row.need("code", log), row.need("zh", log));
            let kind = row.word("kind", KINDS, log);
            let (Some(code), Some(zh)) = (code, zh) else { continue };
            if kind.is_none() && row.text("kind", &mut FindingLog::default()).is_none() {
                log.push(Finding::error("gep.cell_blank", row.at("kind")));
            }
            let Some(kind) = kind else { continue };
            let signs: &[(&[&str], bool)] =
                &[(&["-", "-1", "−1", "负", "减"], true), (&["+", "1", "+1", "正", "加"], false)];
            let negative = row.word("sign", signs, log).unwrap_or(matches!(kind, Kind::Adjustment | Kind::Negative));
            let unit = row.text("unit", log).and_then(|text| match units.parse(&text) {
                Ok(unit) => Some(unit),
                Err(phrase) => {
                    log.push(Finding::from_phrase(phrase, row.at("unit")));
                    None
                }
            });
            let order = row.text("order", log).map_or_else(|| natural(&code), |text| natural(&text));
            let en = row.text("en", log).unwrap_or_else(|| zh.clone());
            let indicator = Indicator {
                code: code.clone(),
                label: Text { zh, en },
                parent: None,
                kind,
                negative,
                unit,
                depth: 0,
                place: row.place(),
                source: row.text("source", log).unwrap_or_default(),
            };
            let parent = row.text("parent", log).map(|parent| (parent, row.at("parent")));
            if raw.contains_key(&code) {
                log.push(Finding::error("gep.code_twice", row.at("code")).with("code", &code));
                continue;
            }
            raw.insert(code, Raw { indicator, parent, order });
        }
        Self::grown(raw, log)
    }

    /// Puts every entry after the one above it, in the order of the codes or of the column that orders them.
    fn grown(raw: BTreeMap<String, Raw>, log: &mut FindingLog) -> Self {
        let mut children: BTreeMap<Option<&str>, Vec<&str>> = BTreeMap::new();
        for (code, entry) in &raw {
            let parent = entry.parent.as_ref().map(|(parent, _)| parent.as_str());
            if let Some((parent, place)) = &entry.parent
                && !raw.contains_key(parent)
            {
                let like = hint(parent, raw.keys().map(String::as_str)).text();
                log.push(Finding::error("gep.parent_unknown", place.clone()).with("code", parent).with("like", like));
            }
            children.entry(parent).or_default().push(code);
        }
        let mut tree = Self::default();
        let mut stack: Vec<(&str, Option<usize>, usize)> = Vec::new();
        let below = |parent: Option<&str>| {
            let mut codes = children.get(&parent).cloned().unwrap_or_default();
            codes.sort_by_key(|code| raw.get(*code).map(|entry| (entry.order.clone(), (*code).to_owned())));
            codes.reverse();
            codes
        };
        stack.extend(below(None).into_iter().map(|code| (code, None, 0)));
        while let Some((code, parent, depth)) = stack.pop() {
            let Some(entry) = raw.get(code) else { continue };
            let at = tree.entries.len();
            tree.entries.push(Indicator { parent, depth, ..entry.indicator.clone() });
            stack.extend(below(Some(code)).into_iter().map(|code| (code, Some(at), depth + 1)));
        }
        // What hangs on nothing that was reached goes round in a circle.
        let is_lost = |code: &&String| tree.find(code).is_none();
        if let Some((code, entry)) = raw.iter().find(|(code, entry)| {
            is_lost(code) && entry.parent.as_ref().is_some_and(|(parent, _)| raw.contains_key(parent))
        }) && raw.iter().all(|(_, entry)| entry.parent.as_ref().is_none_or(|(parent, _)| raw.contains_key(parent)))
        {
            log.push(Finding::error("gep.cycle", entry.indicator.place.clone()).with("code", code));
        }
        tree
    }

    /// Position of a code.
    pub fn find(&self, code: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.code == code)
    }

    /// Whether one entry stands above another, or is it.
    pub fn is_within(&self, mut at: usize, above: usize) -> bool {
        loop {
            if at == above {
                return true;
            }
            match self.entries.get(at).and_then(|entry| entry.parent) {
                Some(parent) => at = parent,
                None => return false,
            }
        }
    }

    /// Whether other entries stand below one.
    pub fn has_children(&self, at: usize) -> bool {
        self.entries.iter().any(|entry| entry.parent == Some(at))
    }

    /// Canonical text for its hash.
    pub fn canonical(&self) -> String {
        let line = |entry: &Indicator| {
            let parent = entry.parent.and_then(|parent| self.entries.get(parent)).map_or("", |parent| &parent.code);
            let unit = entry.unit.as_ref().map_or("", |unit| unit.text.as_str());
            format!(
                "{:?}",
                (&entry.code, parent, &entry.label.zh, &entry.label.en, entry.kind as u8, entry.negative, unit)
            )
        };
        self.entries.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
