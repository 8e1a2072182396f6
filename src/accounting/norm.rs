//! Norms as sets of indicators over one list, and methods: which formulas give an indicator its quantity and its value.

use std::collections::BTreeMap;

use crate::dataset::table::Table;
use crate::finding::{Finding, FindingLog, Place, hint};
use crate::phrases::Text;
use crate::sheet::{Column, Sheet, needed, optional};
use crate::tree::Tree;

/// Whether a norm counts an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    /// It does.
    In,
    /// It does not.
    Out,
    /// Where an account says so.
    Optional,
}

pub(crate) const INCLUDE: &[(&[&str], Include)] = &[
    (&["in", "yes", "纳入", "是", "1"], Include::In),
    (&["out", "no", "不纳入", "否", "0"], Include::Out),
    (&["optional", "可选"], Include::Optional),
];

/// A norm.
#[derive(Debug, Clone)]
pub struct Norm {
    /// Its id.
    pub id: String,
    /// Its name.
    pub label: Text,
    /// Date of issue.
    pub issued: String,
    /// Date from which it is in force.
    pub in_force: String,
    /// Levels of areas that it is for; none for any.
    pub levels: Vec<String>,
    /// Where this profile comes from.
    pub source: String,
    /// Indicators by position, with clause.
    pub members: BTreeMap<usize, (Include, String)>,
}

pub(crate) const MEMBERS: &[Column] = &[
    needed("norm", &["规范", "norm"]),
    needed("code", &["指标", "指标编码", "编码", "code"]),
    optional("zh", &["名称", "指标名称", "zh"]),
    needed("include", &["是否纳入", "纳入", "include", "included"]),
    optional("clause", &["条款", "clause"]),
    optional("source", &["来源", "依据", "source"]),
    optional("trust", &["可信度", "性质", "trust"]),
];

/// Reads who belongs to which norm.
pub fn read_members(table: &Table, tree: &Tree, norms: &mut BTreeMap<String, Norm>, log: &mut FindingLog) {
    let Some(sheet) = Sheet::of(table, MEMBERS, log) else { return };
    for row in sheet.rows() {
        let (norm, code) = (row.need("norm", log), row.need("code", log));
        let include = row.word("include", INCLUDE, log);
        let (Some(norm), Some(code), Some(include)) = (norm, code, include) else { continue };
        let Some(at) = found(tree, &code, row.at("code"), log) else { continue };
        let like = hint(&norm, norms.keys().map(String::as_str)).text();
        let Some(known) = norms.get_mut(&norm) else {
            log.push(Finding::error("gep.norm_unknown", row.at("norm")).with("norm", &norm).with("like", like));
            continue;
        };
        let clause = row.text("clause", log).unwrap_or_default();
        if known.members.insert(at, (include, clause)).is_some() {
            log.push(Finding::error("gep.member_twice", row.at("code")).with("code", &code).with("norm", &norm));
        }
    }
}

/// The position of a code, or a finding with the nearest.
fn found(tree: &Tree, code: &str, place: Place, log: &mut FindingLog) -> Option<usize> {
    let at = tree.find(code);
    if at.is_none() {
        let like = hint(code, tree.entries.iter().map(|entry| entry.code.as_str())).text();
        log.push(Finding::error("gep.code_unknown", place).with("code", code).with("like", like));
    }
    at
}

impl Norm {
    /// Whether it counts an indicator: what is said of it, or of the nearest entry above.
    pub fn includes(&self, tree: &Tree, mut at: usize) -> (Include, String) {
        loop {
            if let Some(known) = self.members.get(&at) {
                return known.clone();
            }
            match tree.entries.get(at).and_then(|entry| entry.parent) {
                Some(parent) => at = parent,
                None => return (Include::Out, String::new()),
            }
        }
    }

    /// Canonical text for its hash.
    pub fn canonical(&self, tree: &Tree) -> String {
        let code = |at: usize| tree.entries.get(at).map_or("", |entry| entry.code.as_str());
        let mut members: Vec<(&str, u8)> =
            self.members.iter().map(|(at, (include, _))| (code(*at), *include as u8)).collect();
        members.sort_unstable();
        format!("{:?}", (&self.id, members))
    }
}

/// How an indicator gets its quantity and value.
#[derive(Debug, Clone)]
pub struct Method {
    /// The norm for which it holds; empty for every one.
    pub norm: String,
    /// The indicator, by position.
    pub indicator: usize,
    /// Formula of the quantity; none where it is a figure.
    pub quantity: Option<String>,
    /// Formula of the value; none where only the quantity is told.
    pub value: Option<String>,
    /// What names of the formulas stand for, where they stand for another than usual.
    pub bound: BTreeMap<String, String>,
    /// Ecosystems for which it holds; none for all.
    pub ecosystems: Vec<String>,
    /// Clause of the norm.
    pub clause: String,
    /// Of what it takes the quantity.
    pub branch: Branch,
    /// Where it stands.
    pub place: Place,
}

/// Of what a method takes the quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Branch {
    /// What the ecosystem does.
    Service,
    /// What was emitted, whatever was purified of it.
    Emission,
    /// What there is, not what flows in a year.
    Stock,
}

pub(crate) const BRANCHES: &[(&[&str], Branch)] = &[
    (&["service", "capacity", "服务量", "净化能力"], Branch::Service),
    (&["emission", "排放量"], Branch::Emission),
    (&["stock", "存量"], Branch::Stock),
];

pub(crate) const METHODS: &[Column] = &[
    optional("norm", &["规范", "norm"]),
    needed("code", &["指标", "指标编码", "编码", "code"]),
    optional("zh", &["名称", "指标名称", "zh"]),
    optional("quantity", &["功能量公式", "quantity"]),
    optional("value", &["价值量公式", "value"]),
    optional("bind", &["取值", "变量取值", "bind"]),
    optional("ecosystems", &["生态系统", "适用生态系统", "ecosystems"]),
    optional("clause", &["条款", "clause"]),
    optional("branch", &["取量口径", "branch"]),
    optional("source", &["来源", "依据", "source"]),
    optional("trust", &["可信度", "性质", "trust"]),
    optional("note", &["备注", "说明", "note"]),
];

/// Reads a table of methods; `ecosystem` knows the id of an ecosystem.
pub fn read_methods(
    table: &Table,
    tree: &Tree,
    ecosystem: &dyn Fn(&str) -> Result<String, Finding>,
    log: &mut FindingLog,
) -> Vec<Method> {
    let Some(sheet) = Sheet::of(table, METHODS, log) else { return Vec::new() };
    let mut methods = Vec::new();
    for row in sheet.rows() {
        let Some(code) = row.need("code", log) else { continue };
        let Some(indicator) = found(tree, &code, row.at("code"), log) else { continue };
        let mut bound = BTreeMap::new();
        for part in row
            .text("bind", log)
            .unwrap_or_default()
            .split([';', '\u{FF1B}', '\n'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            match part.split_once('=') {
                Some((symbol, name)) if !name.trim().is_empty() => {
                    bound.insert(symbol.trim().to_owned(), name.trim().to_owned());
                }
                _ => log.push(Finding::error("gep.bind_form", row.at("bind")).with("text", part)),
            }
        }
        let mut ecosystems = Vec::new();
        for word in row
            .text("ecosystems", log)
            .unwrap_or_default()
            .split([' ', ',', '\u{FF0C}', '、', ';', '\u{FF1B}'])
            .filter(|word| !word.is_empty())
        {
            match ecosystem(word) {
                Ok(id) => ecosystems.push(id),
                Err(mut finding) => {
                    finding.place = row.at("ecosystems");
                    log.push(finding);
                }
            }
        }
        methods.push(Method {
            norm: row.text("norm", log).unwrap_or_default(),
            indicator,
            quantity: row.text("quantity", log),
            value: row.text("value", log),
            bound,
            ecosystems,
            clause: row.text("clause", log).unwrap_or_default(),
            branch: row.word("branch", BRANCHES, log).unwrap_or(Branch::Service),
            place: row.place(),
        });
    }
    methods
}

impl Method {
    /// Canonical text for its hash.
    pub fn canonical(&self, tree: &Tree) -> String {
        let code = tree.entries.get(self.indicator).map_or("", |entry| entry.code.as_str());
        format!("{:?}", (&self.norm, code, &self.quantity, &self.value, &self.bound, &self.ecosystems))
    }
}
