//! One year's facts: areas, their ecosystems, and every figure with its exact value.
//!
//! Gate one of three: raw cells come in, an immutable [`Dataset`] goes out. Nothing behind it checks a figure again.

mod check;
mod claims;
pub mod columns;
pub mod csv_table;
pub mod disguise;
mod draft;
pub mod grid;
pub mod editing;
mod header;
pub mod hidden;
mod manifest;
mod naming;
mod origin;
mod package;
mod plausibility;
pub mod properties;
mod read;
mod slip;
mod source;
pub mod synthetic;
pub mod table;
pub mod template;
pub mod workbook;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::finding::Place;
use crate::phrases::Text;
use crate::units::{Decimal, Extent, Money};

pub use csv_table::read_csv;
pub use manifest::YEARS;
pub(crate) use origin::Origin;
pub use read::is_total;
pub use read::{read, sound};
pub use slip::{slip as slip_of, times as times_off};
pub use source::Source;

/// An ecosystem as the tables may name it.
#[derive(Debug, Clone, PartialEq)]
pub struct EcosystemSpec {
    /// Short code, such as `wetland`.
    pub id: String,
    /// Printed name.
    pub label: Text,
    /// Further names in the data.
    pub aliases: Vec<String>,
}

impl EcosystemSpec {
    /// Whether a table may call it so: by id, label or alias.
    pub fn answers_to(&self, text: &str) -> bool {
        let same = |name: &str| name.eq_ignore_ascii_case(text);
        same(&self.id) || same(&self.label.zh) || same(&self.label.en) || self.aliases.iter().any(|alias| same(alias))
    }
}

/// Position of an area in [`Dataset::areas`], which is sorted by code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AreaId(pub usize);

/// Position of a cell in [`Dataset::cells`], which is sorted by area code and then by ecosystem id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId(pub usize);

/// How far a column of figures can be trusted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// Measured by the user.
    Measured,
    /// Published, with its source in SOURCES.md.
    Published,
    /// Derived from published figures by a written rule.
    Derived,
    /// Made up to show the software; every report made from it says so.
    Illustrative,
}

/// What a figure counts, and so its base unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Money, kept in 元.
    Money,
    /// Land surface, kept in 亩.
    Extent,
    /// Heads, kept in 人.
    Persons,
    /// Points, index or share without unit.
    Number,
}

/// Names of the standard indicators; any other column of a table is an indicator under its own header.
pub mod indicator {
    /// Surface of the ecosystem in the area (亩).
    pub const EXTENT: &str = "extent";
    /// Gross ecosystem product, 生态产品总值 (元).
    pub const GEP: &str = "gep";
    /// Quality grade or index (no unit).
    pub const QUALITY: &str = "quality";
    /// Score of the protection outcome, 保护成效 (0–100 points as a rule).
    pub const OUTCOME: &str = "outcome";
    /// Direct cost of protection (元).
    pub const PROTECTION_COST: &str = "protection_cost";
    /// Opportunity cost, 机会成本 (元).
    pub const OPPORTUNITY_COST: &str = "opportunity_cost";
    /// Amount received last year (元).
    pub const LAST_YEAR: &str = "last_year";
    /// Resident population (人).
    pub const POPULATION: &str = "population";
    /// protection_cost + opportunity_cost; computed, never a column.
    pub const COST: &str = "cost";

    /// The indicators of cells, in the order of the template; others are those of whole areas.
    pub const OF_CELLS: [&str; 7] = [EXTENT, GEP, QUALITY, OUTCOME, PROTECTION_COST, OPPORTUNITY_COST, LAST_YEAR];
}

/// One area (township, county) that receives money.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Code as text: 6, 9 or 12 digits as a rule.
    pub code: String,
    /// Printed name.
    pub name: String,
    /// Figures of the whole area by indicator (population, and any other column), in base units.
    pub figures: BTreeMap<String, Decimal>,
}

/// One area × ecosystem that exists in the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The area.
    pub area: AreaId,
    /// Ecosystem id, such as `wetland`.
    pub ecosystem: String,
    /// Figures by indicator, in base units (元, 亩, 人, points). A blank cell of a table is absent here.
    pub figures: BTreeMap<String, Decimal>,
}

/// The validated facts of one place and year; read-only.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    pub(crate) name: Text,
    // Shared parts: a changed copy of the data owns only what the change touches.
    pub(crate) areas: Vec<Arc<Area>>,
    pub(crate) cells: Vec<Arc<Cell>>,
    pub(crate) quantities: Arc<BTreeMap<String, Quantity>>,
    pub(crate) provenance: Arc<BTreeMap<String, Provenance>>,
    pub(crate) illustrative: bool,
    /// The ecosystems that the cells may be of, with all their names.
    pub(crate) ecosystems: Arc<Vec<EcosystemSpec>>,
    pub(crate) origin: Arc<Origin>,
}

impl Dataset {
    /// The areas and the cells, to change figures in: for scenarios. Codes, ecosystems and order stay as they are.
    pub fn facts_mut(&mut self) -> (&mut [Arc<Area>], &mut [Arc<Cell>]) {
        (&mut self.areas, &mut self.cells)
    }

    /// Gives cells the figures of an indicator from elsewhere; a cell that is not among them then has none.
    pub fn replace(&mut self, name: &str, quantity: Quantity, trust: Provenance, figures: &BTreeMap<CellId, Decimal>) {
        for (at, cell) in self.cells.iter_mut().enumerate() {
            match figures.get(&CellId(at)) {
                Some(figure) if cell.figures.get(name) == Some(figure) => {}
                Some(figure) => drop(Arc::make_mut(cell).figures.insert(name.to_owned(), *figure)),
                None if cell.figures.contains_key(name) => drop(Arc::make_mut(cell).figures.remove(name)),
                None => {}
            }
        }
        if self.quantities.get(name) != Some(&quantity) {
            Arc::make_mut(&mut self.quantities).insert(name.to_owned(), quantity);
        }
        if self.provenance.get(name) != Some(&trust) {
            Arc::make_mut(&mut self.provenance).insert(name.to_owned(), trust);
        }
    }

    /// Printed name of the dataset.
    pub fn name(&self) -> &Text {
        &self.name
    }

    /// Areas, sorted by code.
    pub fn areas(&self) -> &[Arc<Area>] {
        &self.areas
    }

    /// Cells, sorted by area code and then ecosystem id.
    pub fn cells(&self) -> &[Arc<Cell>] {
        &self.cells
    }

    /// The ids of the ecosystems that a word may mean: the one of that id, else all with that label or further name.
    pub fn ecosystems_called(&self, word: &str) -> Vec<&str> {
        let known = || self.ecosystems.iter().map(|spec| spec.id.as_str());
        match known().find(|id| *id == word) {
            Some(id) => vec![id],
            None => self.ecosystems.iter().filter(|spec| spec.answers_to(word)).map(|spec| spec.id.as_str()).collect(),
        }
    }

    /// Labels of the ecosystems that the cells may be of.
    pub fn ecosystem_labels(&self) -> impl Iterator<Item = &str> {
        self.ecosystems.iter().map(|spec| spec.label.zh.as_str())
    }

    /// The area of a code.
    pub fn area(&self, code: &str) -> Option<AreaId> {
        self.areas.binary_search_by(|area| area.code.as_str().cmp(code)).ok().map(AreaId)
    }

    /// The cell of an area and ecosystem.
    pub fn cell(&self, area: AreaId, ecosystem: &str) -> Option<CellId> {
        let key = (area, ecosystem);
        self.cells.binary_search_by(|cell| (cell.area, cell.ecosystem.as_str()).cmp(&key)).ok().map(CellId)
    }

    /// A figure of a cell in its base unit; `cost` is protection plus opportunity cost. `None` where the table is blank.
    pub fn cell_figure(&self, cell: CellId, name: &str) -> Option<Decimal> {
        let figures = &self.cells.get(cell.0)?.figures;
        if name == indicator::COST {
            let protection = figures.get(indicator::PROTECTION_COST)?;
            return protection.checked_add(*figures.get(indicator::OPPORTUNITY_COST)?);
        }
        figures.get(name).copied()
    }

    /// A figure of a whole area in its base unit; `None` where the table is blank.
    pub fn area_figure(&self, area: AreaId, name: &str) -> Option<Decimal> {
        self.areas.get(area.0)?.figures.get(name).copied()
    }

    /// A figure of a cell as money; `None` where it is blank or not money.
    pub fn cell_money(&self, cell: CellId, name: &str) -> Option<Money> {
        Money::of(self.cell_figure(cell, name)?, "元").ok()
    }

    /// The extent of a cell.
    pub fn cell_extent(&self, cell: CellId) -> Option<Extent> {
        Extent::of(self.cell_figure(cell, indicator::EXTENT)?, "亩").ok()
    }

    /// The area and, where one is named, the cell of `code` or `code/ecosystem`.
    fn holder(&self, at: &str) -> (Option<AreaId>, Option<CellId>) {
        if let Some(area) = self.area(at) {
            return (Some(area), None);
        }
        let Some((code, ecosystem)) = at.rsplit_once('/') else { return (None, None) };
        let area = self.area(code);
        (area, area.and_then(|area| self.cell(area, ecosystem)))
    }

    /// How sentences name an area (`code`) or a cell (`code/ecosystem`): by their names, the code of the area in brackets.
    pub fn named(&self, at: &str) -> Text {
        let (area, cell) = self.holder(at);
        let Some(area) = area.and_then(|area| self.areas.get(area.0)) else { return Text::same(at) };
        let area = naming::area(&area.code, &area.name);
        match cell.and_then(|cell| self.cells.get(cell.0)) {
            Some(cell) => naming::cell(area, naming::ecosystem(&self.ecosystems, &cell.ecosystem)),
            None => area,
        }
    }

    /// A figure of a cell (`code/ecosystem`) or an area (`code`).
    pub fn figure_at(&self, at: &str, name: &str) -> Option<Decimal> {
        match self.holder(at) {
            (_, Some(cell)) => self.cell_figure(cell, name),
            (Some(area), None) => self.area_figure(area, name),
            _ => None,
        }
    }

    /// Where a figure of a cell (`code/ecosystem`) or an area (`code`) stands, or would stand, in the tables.
    pub fn place_of(&self, at: &str, name: &str) -> Place {
        let (area, cell) = self.holder(at);
        self.origin.place_of(area, cell, name)
    }

    /// What an indicator counts; `None` for an indicator that no table has.
    pub fn quantity(&self, name: &str) -> Option<Quantity> {
        if name == indicator::COST {
            let both = [indicator::PROTECTION_COST, indicator::OPPORTUNITY_COST];
            return both.iter().all(|name| self.quantities.contains_key(*name)).then_some(Quantity::Money);
        }
        self.quantities.get(name).copied()
    }

    /// Every indicator of the tables, standard and own, with what it counts.
    pub fn quantities(&self) -> &BTreeMap<String, Quantity> {
        &self.quantities
    }

    /// How far each indicator can be trusted.
    pub fn provenance(&self) -> &BTreeMap<String, Provenance> {
        &self.provenance
    }

    /// Whether any figure is illustrative; every report must then say so.
    pub fn is_illustrative(&self) -> bool {
        self.illustrative || self.provenance.values().any(|provenance| *provenance == Provenance::Illustrative)
    }

    /// What a dataset says of itself beside its figures, and reports repeat: name, marks, trust in its columns.
    pub fn marks(&self) -> String {
        let provenance = self.provenance.iter().map(|(name, trust)| format!("{name:?}={trust:?}"));
        let provenance = provenance.collect::<Vec<_>>().join(",");
        format!("{:?} {:?} {} {provenance}", self.name.zh, self.name.en, self.illustrative)
    }

    /// SHA-256 of the content in canonical order, as hex; the order of rows, encodings and units of the files do not matter.
    pub fn digest(&self) -> String {
        let mut text = String::new();
        let figures = |text: &mut String, figures: &BTreeMap<String, Decimal>| {
            for (name, value) in figures {
                let _ = write!(text, "\t{name}={value}");
            }
            text.push('\n');
        };
        for area in &self.areas {
            let _ = write!(text, "area\t{}\t{}", area.code, area.name);
            figures(&mut text, &area.figures);
        }
        for cell in &self.cells {
            let code = self.areas.get(cell.area.0).map_or("", |area| area.code.as_str());
            let _ = write!(text, "cell\t{code}\t{}", cell.ecosystem);
            figures(&mut text, &cell.figures);
        }
        hex(&Sha256::digest(text.as_bytes()))
    }
}

/// Bytes as lower-case hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
