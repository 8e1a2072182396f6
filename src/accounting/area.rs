//! Areas with what is known of them by year: land, people, output; and the version of the territory.

use std::collections::BTreeMap;

use crate::dataset::table::Table;
use crate::finding::{Finding, FindingLog, Place};
use crate::phrases::Phrase;
use crate::sheet::{Column, Row, Sheet, needed, optional};
use crate::unit::UnitTable;
use crate::value::Value;

/// What is known of an area in a year, in base units (m², 人, 元).
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Its land.
    pub land: Option<Value>,
    /// Its people.
    pub people: Option<Value>,
    /// Its gross domestic product.
    pub gdp: Option<Value>,
}

/// An area.
#[derive(Debug, Clone)]
pub struct Area {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `district`, `township` and the like, as written.
    pub level: String,
    /// Code of the area of which it is a part.
    pub parent: String,
    /// The version of the territory.
    pub territory: String,
    /// By year; without year for every one.
    pub facts: BTreeMap<Option<i32>, Facts>,
    /// Where it stands.
    pub place: Place,
}

/// All areas, by code.
#[derive(Debug, Clone, Default)]
pub struct Areas {
    /// Sorted by code.
    pub list: Vec<Area>,
}

pub(crate) const COLUMNS: &[Column] = &[
    needed("code", &["区域代码", "代码", "行政区代码", "code", "area"]),
    needed("name", &["区域名称", "名称", "区域", "name"]),
    optional("level", &["层级", "级别", "level"]),
    optional("parent", &["上级代码", "上级", "parent"]),
    optional("year", &["年份", "年", "year"]),
    optional("land", &["面积", "土地面积", "国土面积", "land"]),
    optional("people", &["人口", "常住人口", "population", "people"]),
    optional("gdp", &["地区生产总值", "生产总值", "GDP", "gdp"]),
    optional("territory", &["区划版本", "territory"]),
    optional("source", &["来源", "依据", "source"]),
    optional("trust", &["可信度", "性质", "trust"]),
];

/// A figure whose unit stands in its header; `dimension` is what it must be.
fn figure(
    row: &Row<'_>,
    sheet: &Sheet<'_>,
    (key, usual, like): (&str, &str, &str),
    units: &UnitTable,
    log: &mut FindingLog,
) -> Option<Value> {
    let value = row.value(key, log)?;
    let written = if sheet.unit(key).is_empty() { usual } else { sheet.unit(key) };
    if written.is_empty() {
        log.push(Finding::error("gep.header_unit", row.at(key)).with("like", like));
        return None;
    }
    let (unit, wanted) = (units.parse(written), units.parse(like));
    match (unit, wanted) {
        (Ok(unit), Ok(wanted)) if unit.dimension == wanted.dimension => {
            if value.is_negative() {
                log.push(Finding::error("gep.negative", row.at(key)).with("value", value.written()));
            }
            Some(value.mul(&unit.scale))
        }
        (Ok(_), _) => {
            log.push(Finding::error("gep.header_unit", row.at(key)).with("like", like));
            None
        }
        (Err(phrase), _) => {
            log.push(Finding::from_phrase(phrase, row.at(key)));
            None
        }
    }
}

impl Areas {
    /// Reads tables of areas.
    pub fn read(tables: &[Table], units: &UnitTable, log: &mut FindingLog) -> Self {
        let mut known: BTreeMap<String, Area> = BTreeMap::new();
        for table in tables {
            let Some(sheet) = Sheet::of(table, COLUMNS, log) else { continue };
            for row in sheet.rows() {
                let (code, name) = (row.need("code", log), row.need("name", log));
                let text = |key: &str, log: &mut FindingLog| row.text(key, log).unwrap_or_default();
                let (level, parent, territory) = (text("level", log), text("parent", log), text("territory", log));
                let year = row.year("year", log);
                let mut get = |what: (&str, &str, &str)| figure(&row, &sheet, what, units, log);
                let facts = Facts {
                    land: get(("land", "", "km2")),
                    people: get(("people", "人", "人")),
                    gdp: get(("gdp", "", "万元")),
                };
                let (Some(code), Some(name)) = (code, name) else { continue };
                let area = known.entry(code.clone()).or_insert_with(|| Area {
                    code,
                    name,
                    level,
                    parent,
                    territory: territory.clone(),
                    facts: BTreeMap::new(),
                    place: row.place(),
                });
                if area.territory != territory {
                    let finding = Finding::error("gep.territory", row.at("territory")).with("found", &territory);
                    log.push(finding.with("wanted", &area.territory));
                }
                if area.facts.insert(year, facts).is_some() {
                    log.push(Finding::error("gep.area_twice", row.at("code")).with("code", &area.code));
                }
            }
        }
        let list: Vec<Area> = known.into_values().collect();
        let areas = Self { list };
        for area in areas.list.iter().filter(|area| !area.parent.is_empty()) {
            let steps = areas.line(&area.code).len();
            if areas.find(&area.parent).is_none() {
                log.push(
                    Finding::error("gep.area_unknown", area.place.clone())
                        .with("area", &area.parent)
                        .with("like", Phrase::new("policy.no_choice").text()),
                );
            } else if steps > areas.list.len() {
                log.push(Finding::error("gep.cycle", area.place.clone()).with("code", &area.code));
            }
        }
        areas
    }

    /// The area of a code.
    pub fn find(&self, code: &str) -> Option<&Area> {
        self.list.binary_search_by(|area| area.code.as_str().cmp(code)).ok().and_then(|at| self.list.get(at))
    }

    /// The area of a code or of a name that only one has.
    pub fn named(&self, word: &str) -> Option<&Area> {
        self.find(word).or_else(|| {
            let mut found = self.list.iter().filter(|area| area.name == word);
            let first = found.next()?;
            found.next().is_none().then_some(first)
        })
    }

    /// The codes from an area upwards, itself first; one more than there are areas where it goes round.
    pub fn line(&self, code: &str) -> Vec<String> {
        let mut line = vec![code.to_owned()];
        while let Some(area) = line.last().and_then(|code| self.find(code))
            && !area.parent.is_empty()
            && line.len() <= self.list.len()
        {
            line.push(area.parent.clone());
        }
        line
    }

    /// How near a scope is to an area: 0 for everywhere, more for nearer; `None` where the area is not within it.
    pub fn nearness(&self, code: &str, scope: &str) -> Option<usize> {
        const NEAR: usize = 1_000;
        if scope.is_empty() {
            return Some(0);
        }
        let is_named = |code: &str| code == scope || self.find(code).is_some_and(|area| area.name == scope);
        if let Some(steps) = self.line(code).iter().position(|code| is_named(code)) {
            return Some(NEAR.saturating_sub(steps));
        }
        // 31 stands above 310151 and 310151 above 310151101 without that anybody says so.
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(scope) && digits(code) && code.starts_with(scope)).then_some(scope.len())
    }

    /// What is known of an area in a year.
    pub fn facts(&self, code: &str, year: i32) -> Facts {
        let Some(area) = self.find(code) else { return Facts::default() };
        let of = |key: &Option<i32>| area.facts.get(key).cloned();
        let (own, any) = (of(&Some(year)).unwrap_or_default(), of(&None).unwrap_or_default());
        Facts { land: own.land.or(any.land), people: own.people.or(any.people), gdp: own.gdp.or(any.gdp) }
    }

    /// Canonical text for its hash.
    pub fn canonical(&self) -> String {
        let number = |value: &Option<Value>| value.as_ref().map(Value::written);
        let facts = |(year, facts): (&Option<i32>, &Facts)| {
            (*year, number(&facts.land), number(&facts.people), number(&facts.gdp))
        };
        let line = |area: &Area| {
            let facts: Vec<_> = area.facts.iter().map(facts).collect();
            format!("{:?}", (&area.code, &area.name, &area.level, &area.parent, &area.territory, facts))
        };
        self.list.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
