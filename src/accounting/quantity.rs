//! Figures of an account: area × ecosystem × indicator × year, each with its origin; missing, not applicable and zero stay apart.

use std::collections::BTreeMap;

use crate::area::Areas;
use crate::dataset::EcosystemSpec;
use crate::dataset::table::Table;
use crate::finding::{Finding, FindingLog, Place, hint};
use crate::sheet::{Column, Sheet, needed, optional};
use crate::unit::{Unit, UnitTable};
use crate::value::Value;

/// Whether there is a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// There is one; it may be zero.
    Known,
    /// There should be one.
    Missing,
    /// There can be none.
    NotApplicable,
}

/// How a figure came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Measured (监测).
    Measured,
    /// Statistical (统计).
    Statistical,
    /// From a model (模型).
    Modelled,
    /// Divided among parts (分摊).
    Downscaled,
    /// Estimated (估算).
    Estimated,
    /// Not said.
    Unstated,
}

pub(crate) const STATES: &[(&[&str], State)] = &[
    (&["ok", "known", "有效", "正常"], State::Known),
    (&["missing", "缺失", "缺"], State::Missing),
    (&["not_applicable", "not applicable", "不适用", "n/a"], State::NotApplicable),
];
pub(crate) const ORIGINS: &[(&[&str], Origin)] = &[
    (&["measured", "监测", "实测"], Origin::Measured),
    (&["statistical", "统计"], Origin::Statistical),
    (&["modelled", "modeled", "模型", "模拟"], Origin::Modelled),
    (&["downscaled", "分摊", "降尺度"], Origin::Downscaled),
    (&["estimated", "估算"], Origin::Estimated),
];

/// A figure; what is named stands as position in the lists of [`Quantities`].
#[derive(Debug, Clone)]
pub struct Figure {
    /// Indicator or input.
    pub name: u32,
    /// Area.
    pub area: u32,
    /// Ecosystem; 0 for the whole area.
    pub ecosystem: u32,
    /// Item of a sum; 0 for none.
    pub item: u32,
    /// Year.
    pub year: i32,
    /// Value in base units; zero where there is none.
    pub value: Value,
    /// Unit, by position.
    pub unit: u32,
    /// Whether there is one.
    pub state: State,
    /// How it came about.
    pub origin: Origin,
    /// Department, by position in the notes.
    pub department: u32,
    /// Source, by position in the notes.
    pub source: u32,
    /// Table, by position, and row.
    pub table: u32,
    /// Row of the table.
    pub row: u64,
    /// Power of ten of the last digit written, in its unit; none where that is not known.
    pub last_digit: Option<i32>,
}

/// All figures.
#[derive(Debug, Clone, Default)]
pub struct Quantities {
    /// Indicators and inputs, sorted.
    pub names: Vec<String>,
    /// Codes of areas, sorted.
    pub areas: Vec<String>,
    /// Ecosystems, sorted; the first is empty: the whole area.
    pub ecosystems: Vec<String>,
    /// Items, sorted; the first is empty: none.
    pub items: Vec<String>,
    /// Units, in the order of their first mention in sorted order of text.
    pub units: Vec<Unit>,
    /// Departments and sources.
    pub notes: Vec<String>,
    /// The figures, by name, area, ecosystem, year, item.
    pub figures: Vec<Figure>,
    /// Places of the tables, with the header of the value.
    pub tables: Vec<(Place, String)>,
}

pub(crate) const COLUMNS: &[Column] = &[
    needed("area", &["区域代码", "区域", "代码", "area", "code"]),
    optional("area_name", &["区域名称", "area_name"]),
    optional("ecosystem", &["生态系统", "生态系统类型", "ecosystem"]),
    needed("indicator", &["指标", "指标编码", "数据项", "indicator", "name"]),
    optional("item", &["子项", "分项", "item"]),
    needed("year", &["年份", "年", "year"]),
    needed("value", &["数值", "功能量", "数量", "值", "value"]),
    optional("unit", &["单位", "unit"]),
    optional("status", &["状态", "status"]),
    optional("origin", &["数据来源类型", "产生方式", "origin"]),
    optional("department", &["责任部门", "部门", "数据部门", "department"]),
    optional("territory", &["区划版本", "territory"]),
    optional("source", &["来源", "依据", "source"]),
    optional("trust", &["可信度", "性质", "trust"]),
    optional("note", &["备注", "说明", "note"]),
];

/// Names by the order of their first mention, to be put in order in the end.
#[derive(Default)]
struct Names(BTreeMap<String, u32>);

impl Names {
    fn with_none() -> Self {
        Self(BTreeMap::from([(String::new(), 0)]))
    }

    fn at(&mut self, name: &str) -> u32 {
        if let Some(at) = self.0.get(name) {
            return *at;
        }
        let at = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.insert(name.to_owned(), at);
        at
    }

    /// The names in order, and for each former position its new one.
    fn sorted(self) -> (Vec<String>, Vec<u32>) {
        let mut moved = vec![0; self.0.len()];
        let mut names = Vec::with_capacity(self.0.len());
        for (at, (name, before)) in (0_u32..).zip(self.0) {
            if let Some(slot) = moved.get_mut(before as usize) {
                *slot = at;
            }
            names.push(name);
        }
        (names, moved)
    }
}

/// What figures are read with.
pub struct Known<'a> {
    /// The areas.
    pub areas: &'a Areas,
    /// The ecosystems, where an account lists them.
    pub ecosystems: &'a [EcosystemSpec],
    /// The units.
    pub units: &'a UnitTable,
}

impl Known<'_> {
    /// The id of an ecosystem as the account calls it.
    pub fn ecosystem(&self, text: &str) -> Result<String, Finding> {
        if text.is_empty() || self.ecosystems.is_empty() {
            return Ok(text.to_owned());
        }
        match self.ecosystems.iter().find(|known| known.answers_to(text)) {
            Some(known) => Ok(known.id.clone()),
            None => {
                let names = self.ecosystems.iter().flat_map(|known| [known.label.zh.as_str(), known.id.as_str()]);
                let like = hint(text, names).text();
                Err(Finding::error("gep.ecosystem_unknown", Place::default())
                    .with("ecosystem", text)
                    .with("like", like))
            }
        }
    }
}

impl Quantities {
    /// Reads tables of figures.
    pub fn read(tables: &[Table], known: &Known<'_>, log: &mut FindingLog) -> Self {
        let (mut names, mut areas) = (Names::default(), Names::default());
        let (mut ecosystems, mut items, mut notes) = (Names::with_none(), Names::with_none(), Names::with_none());
        let mut units: BTreeMap<String, (u32, Unit)> = BTreeMap::new();
        let mut figures: Vec<Figure> = Vec::new();
        let mut places = Vec::new();
        for table in tables {
            let Some(sheet) = Sheet::of(table, COLUMNS, log) else { continue };
            let at = u32::try_from(places.len()).unwrap_or(u32::MAX);
            let value_column = sheet.rows().next().and_then(|row| row.at("value").column).unwrap_or_default();
            places.push((table.place.clone(), value_column));
            for row in sheet.rows() {
                let text = |key: &str, log: &mut FindingLog| row.text(key, log).unwrap_or_default();
                let area = row.need("area", log).and_then(|word| {
                    if known.areas.list.is_empty() {
                        return Some(word);
                    }
                    let found = known.areas.named(&word);
                    if found.is_none() {
                        let all = known.areas.list.iter().flat_map(|area| [area.code.as_str(), area.name.as_str()]);
                        let like = hint(&word, all).text();
                        log.push(
                            Finding::error("gep.area_unknown", row.at("area")).with("area", &word).with("like", like),
                        );
                    }
                    if let Some(area) = found
                        && let Some(territory) = row.text("territory", log)
                        && territory != area.territory
                    {
                        let finding = Finding::error("gep.territory", row.at("territory")).with("found", territory);
                        log.push(finding.with("wanted", &area.territory));
                    }
                    found.map(|area| area.code.clone())
                });
                let ecosystem = known.ecosystem(&text("ecosystem", log)).map_err(|mut finding| {
                    finding.place = row.at("ecosystem");
                    log.push(finding);
                });
                let name = row.need("indicator", log);
                let item = text("item", log);
                let year = row.year("year", log);
                if year.is_none() && row.text("year", &mut FindingLog::default()).is_none() {
                    log.push(Finding::error("gep.cell_blank", row.at("year")));
                }
                let errors = log.errors();
                let value = row.value("value", log);
                let unreadable = log.errors() > errors;
                let state = row.word("status", STATES, log);
                let state = match (&value, state) {
                    (Some(_), None | Some(State::Known)) => State::Known,
                    (None, Some(state @ (State::Missing | State::NotApplicable))) if !unreadable => state,
                    (None, _) if unreadable => continue,
                    (None, _) => {
                        log.push(Finding::error("gep.value_or_status", row.at("value")));
                        continue;
                    }
                    (Some(_), Some(_)) => {
                        log.push(Finding::error("gep.value_and_status", row.at("status")));
                        continue;
                    }
                };
                let written = text("unit", log);
                let written = if written.is_empty() { sheet.unit("value").to_owned() } else { written };
                row.percent_once("value", &written, log);
                let unit = match units.get(&written) {
                    Some((at, unit)) => Some((*at, unit.scale.clone())),
                    None => match known.units.parse(&written) {
                        Ok(unit) => {
                            let at = u32::try_from(units.len()).unwrap_or(u32::MAX);
                            let scale = unit.scale.clone();
                            units.insert(written, (at, unit));
                            Some((at, scale))
                        }
                        Err(phrase) => {
                            log.push(Finding::from_phrase(phrase, row.at("unit")));
                            None
                        }
                    },
                };
                let origin = row.word("origin", ORIGINS, log).unwrap_or(Origin::Unstated);
                let (department, source) = (text("department", log), text("source", log));
                let (Some(area), Ok(ecosystem), Some(name), Some(year), Some((unit, scale))) =
                    (area, ecosystem, name, year, unit)
                else {
                    continue;
                };
                figures.push(Figure {
                    name: names.at(&name),
                    area: areas.at(&area),
                    ecosystem: ecosystems.at(&ecosystem),
                    item: items.at(&item),
                    year,
                    value: value.map_or(Value::ZERO, |value| value.mul(&scale)),
                    unit,
                    state,
                    origin,
                    department: notes.at(&department),
                    source: notes.at(&source),
                    table: at,
                    row: row.place().row.unwrap_or(0),
                    last_digit: row.last_digit("value"),
                });
            }
        }
        let mut ordered: Vec<(u32, Unit)> = units.into_values().collect();
        ordered.sort_by_key(|(at, _)| *at);
        let units = ordered.into_iter().map(|(_, unit)| unit).collect();
        let ((names, name), (areas, area)) = (names.sorted(), areas.sorted());
        let ((ecosystems, ecosystem), (items, item)) = (ecosystems.sorted(), items.sorted());
        let (notes, note) = notes.sorted();
        let to = |moved: &[u32], at: u32| moved.get(at as usize).copied().unwrap_or(0);
        for figure in &mut figures {
            figure.name = to(&name, figure.name);
            figure.area = to(&area, figure.area);
            figure.ecosystem = to(&ecosystem, figure.ecosystem);
            figure.item = to(&item, figure.item);
            figure.department = to(&note, figure.department);
            figure.source = to(&note, figure.source);
        }
        figures.sort_by_key(Figure::key);
        let found = Self { names, areas, ecosystems, items, units, notes, figures, tables: places };
        for pair in found.figures.windows(2) {
            if let [one, other] = pair
                && one.key() == other.key()
            {
                let first = found.place(one).to_string();
                log.push(Finding::error("gep.figure_twice", found.place(other)).with("first", first));
            }
        }
        found
    }

    /// Where a figure stands.
    pub fn place(&self, figure: &Figure) -> Place {
        match self.tables.get(figure.table as usize) {
            Some((place, column)) => place.clone().row(figure.row).column(column.clone()),
            None => Place::default(),
        }
    }

    /// Position of a name.
    pub fn name(&self, name: &str) -> Option<u32> {
        self.names.binary_search_by(|known| known.as_str().cmp(name)).ok().and_then(|at| u32::try_from(at).ok())
    }

    /// The figures of a name.
    pub fn of(&self, name: u32) -> &[Figure] {
        let from = self.figures.partition_point(|figure| figure.name < name);
        let to = self.figures.partition_point(|figure| figure.name <= name);
        self.figures.get(from..to).unwrap_or_default()
    }

    /// The years that have figures.
    pub fn years(&self) -> Vec<i32> {
        let mut years: Vec<i32> = self.figures.iter().map(|figure| figure.year).collect();
        years.sort_unstable();
        years.dedup();
        years
    }

    /// Canonical text for its hash: what is reckoned with, whatever the order of rows and the spelling of units.
    pub fn canonical(&self) -> String {
        use std::fmt::Write as _;
        let word =
            |list: &'_ [String], at: u32| list.get(at as usize).map(|word| format!("{word:?}")).unwrap_or_default();
        let dimensions: Vec<String> = self.units.iter().map(|unit| crate::unit::shown(&unit.dimension)).collect();
        let mut text = String::with_capacity(self.figures.len() * 48);
        let mut last = (u32::MAX, u32::MAX);
        for figure in &self.figures {
            // What is the same in a run of figures is written once.
            if last != (figure.name, figure.area) {
                last = (figure.name, figure.area);
                let _ = writeln!(text, "{} {}", word(&self.names, figure.name), word(&self.areas, figure.area));
            }
            let dimension = dimensions.get(figure.unit as usize).map_or("", String::as_str);
            let (ecosystem, item) = (word(&self.ecosystems, figure.ecosystem), word(&self.items, figure.item));
            let (state, origin, value) = (figure.state as u8, figure.origin as u8, figure.value.canonical());
            let _ = writeln!(text, "{ecosystem} {item} {} {value} {state} {origin} {dimension}", figure.year);
        }
        text
    }
}

impl Figure {
    /// By what it is told from others.
    pub fn key(&self) -> (u32, u32, u32, i32, u32) {
        (self.name, self.area, self.ecosystem, self.year, self.item)
    }
}
