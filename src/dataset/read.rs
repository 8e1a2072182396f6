//! From raw tables to a checked dataset: every figure parsed, every code joined, all findings at once.

use std::collections::BTreeMap;

use crate::dataset::columns::{Role, TableKind, roles, to_base};
use crate::dataset::manifest::Manifest;
use crate::dataset::table::{Raw, RawRow, Table, read_csv};
use crate::dataset::workbook::read_xlsx;
use crate::dataset::{Area, AreaId, Cell, Dataset, EcosystemSpec, Quantity, check};
use crate::finding::{Finding, Findings, Place, hint, nearest};
use crate::phrases::Phrase;
use crate::units::{Decimal, split_unit};

/// Named bytes: the files of a dataset, read by the caller.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// What the user calls it: a folder or a workbook.
    pub name: String,
    /// File names (without folder) and contents.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Source {
    /// File names that a dataset may consist of.
    pub fn concerns(file: &str) -> bool {
        let lower = file.to_lowercase();
        lower == "dataset.toml" || ((lower.ends_with(".csv") || lower.ends_with(".xlsx")) && !lower.starts_with("~$"))
    }

    /// Names of the files that are the dataset, among those that it may consist of.
    pub fn used(&self) -> Vec<&str> {
        let manifest = Manifest::find(self).unwrap_or_default();
        let is_table = |file: &str| named(file, &manifest.areas, AREAS) || named(file, &manifest.cells, CELLS);
        let in_csv = self.files.iter().any(|(file, _)| is_table(file));
        let is_used = |file: &str| {
            let lower = file.to_lowercase();
            lower == "dataset.toml" || is_table(file) || (!in_csv && lower.ends_with(".xlsx"))
        };
        self.files.iter().map(|(file, _)| file.as_str()).filter(|file| is_used(file)).collect()
    }
}

/// Whether a file is the table that a manifest wants or, where it says nothing, one by its known names.
fn named(file: &str, wanted: &Option<String>, known: &[&str]) -> bool {
    let stem = |file: &str| file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_lowercase();
    match wanted {
        Some(wanted) => file == wanted,
        None => file.to_lowercase().ends_with(".csv") && known.contains(&stem(file).as_str()),
    }
}

const AREAS: &[&str] = &["areas", "区域", "乡镇"];
const CELLS: &[&str] = &["cells", "单元", "生态系统", "明细"];

/// Reads a dataset from its files.
///
/// Returns the dataset and its warnings.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(source: &Source, ecosystems: &[EcosystemSpec]) -> Result<(Dataset, Vec<Finding>), Findings> {
    let manifest = Manifest::find(source)?;
    let (areas, cells) = tables(source, &manifest)?;
    let mut findings = Vec::new();
    let mut draft = Draft { quantities: BTreeMap::new(), ..Draft::default() };
    draft.read_areas(&areas, &mut findings);
    draft.read_cells(&cells, ecosystems, &mut findings);
    check::across(&draft, &areas, &cells, &manifest.accept_outliers, &mut findings);
    manifest.check(&draft.quantities, &mut findings);
    let dataset = draft.finish(manifest);
    Findings::gate(dataset, findings)
}

fn tables(source: &Source, manifest: &Manifest) -> Result<(Table, Table), Findings> {
    let find = |wanted: &Option<String>, known: &[&str]| {
        let mut found = source.files.iter().filter(|(file, _)| named(file, wanted, known));
        let first = found.next();
        match (first, found.next()) {
            (Some(_), Some((other, _))) => {
                Err(Finding::error("dataset.two_tables", Place::file(source.name.clone())).with("other", other))
            }
            (first, _) => Ok(first),
        }
    };
    let areas = find(&manifest.areas, AREAS)?;
    let cells = find(&manifest.cells, CELLS)?;
    if let (Some((areas, area_bytes)), Some((cells, cell_bytes))) = (areas, cells) {
        return match (read_csv(areas, area_bytes), read_csv(cells, cell_bytes)) {
            (Ok(areas), Ok(cells)) => Ok((areas, cells)),
            (Err(Findings(mut first)), Err(Findings(second))) => {
                first.extend(second);
                Err(Findings(first))
            }
            (Err(findings), Ok(_)) | (Ok(_), Err(findings)) => Err(findings),
        };
    }
    let books: Vec<&(String, Vec<u8>)> =
        source.files.iter().filter(|(file, _)| file.to_lowercase().ends_with(".xlsx")).collect();
    match books.as_slice() {
        [(file, bytes)] => sheets(file, bytes),
        [] => Err(Finding::error("dataset.no_tables", Place::file(source.name.clone())).into()),
        [_, (other, _), ..] => {
            Err(Finding::error("dataset.two_tables", Place::file(source.name.clone())).with("other", other).into())
        }
    }
}

fn sheets(file: &str, bytes: &[u8]) -> Result<(Table, Table), Findings> {
    let is = |sheet: &str, known: &[&str]| known.contains(&sheet.trim().to_lowercase().as_str());
    let mut tables = read_xlsx(file, bytes, &|sheet| is(sheet, AREAS) || is(sheet, CELLS))?;
    let mut take = |known: &[&str]| {
        let at = tables.iter().position(|table| table.place.sheet.as_deref().is_some_and(|sheet| is(sheet, known)));
        at.map(|at| tables.remove(at))
            .ok_or_else(|| Finding::error("dataset.no_sheet", Place::file(file)).with("sheets", known.join(" / ")))
    };
    match (take(AREAS), take(CELLS)) {
        (Ok(areas), Ok(cells)) => Ok((areas, cells)),
        (Err(first), Err(second)) => Err(Findings(vec![first, second])),
        (Err(finding), Ok(_)) | (Ok(_), Err(finding)) => Err(finding.into()),
    }
}

/// For so many unknown codes the nearest known one is named.
const LIKENESS_LIMIT: usize = 100;

/// Areas and cells as read, with the row each came from.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub areas: Vec<(u64, Area)>,
    pub cells: Vec<(u64, String, Cell)>,
    pub quantities: BTreeMap<String, Quantity>,
}

impl Draft {
    fn note_quantities(&mut self, roles: &[Role], table: &Table, findings: &mut Vec<Finding>) {
        for (column, role) in roles.iter().enumerate() {
            let Role::Figure(name, quantity, _) = role else { continue };
            let known = self.quantities.insert(name.clone(), *quantity);
            if known.is_some_and(|known| known != *quantity) {
                findings.push(Finding::error("dataset.two_quantities", table.place_of(1, column)).with("header", name));
            }
        }
    }

    fn read_areas(&mut self, table: &Table, findings: &mut Vec<Finding>) {
        let roles = roles(table, TableKind::Areas, findings);
        self.note_quantities(&roles, table, findings);
        for row in &table.rows {
            let line = Line { table, row, roles: &roles };
            let name = line.text(&Role::Name, findings).unwrap_or_default();
            let Some(code) = line.code(&name, findings) else { continue };
            let figures = line.figures(findings);
            let name = if name.is_empty() { code.clone() } else { name };
            self.areas.push((row.number, Area { code, name, figures }));
        }
    }

    fn read_cells(&mut self, table: &Table, ecosystems: &[EcosystemSpec], findings: &mut Vec<Finding>) {
        let roles = roles(table, TableKind::Cells, findings);
        self.note_quantities(&roles, table, findings);
        let mut by_code: BTreeMap<String, usize> = BTreeMap::new();
        for (index, (_, area)) in self.areas.iter().enumerate() {
            by_code.entry(area.code.clone()).or_insert(index);
        }
        let mut unknown = 0_usize;
        for row in &table.rows {
            let line = Line { table, row, roles: &roles };
            let name = line.text(&Role::Name, findings).unwrap_or_default();
            let code = line.code(&name, findings);
            let ecosystem = line.ecosystem(ecosystems, findings);
            let figures = line.figures(findings);
            let (Some(code), Some(ecosystem)) = (code, ecosystem) else { continue };
            let Some(area) = by_code.get(&code).copied() else {
                let place = line.place(&Role::Code);
                unknown += 1;
                // Likeness is looked for among all areas: a table of strangers must not take for ever.
                let like = (unknown <= LIKENESS_LIMIT)
                    .then(|| nearest(&code, self.areas.iter().map(|(_, area)| area.code.as_str())))
                    .flatten();
                findings.push(match like {
                    Some(like) => {
                        Finding::error("dataset.unknown_area_like", place).with("code", &code).with("like", like)
                    }
                    None => Finding::error("dataset.unknown_area", place).with("code", &code),
                });
                continue;
            };
            if let Some((_, known)) = self.areas.get(area)
                && !name.is_empty()
                && known.name != name
            {
                findings.push(
                    Finding::error("dataset.name_differs", line.place(&Role::Name))
                        .with("name", &name)
                        .with("known", &known.name)
                        .with("code", &code),
                );
            }
            self.cells.push((row.number, code, Cell { area: AreaId(area), ecosystem, figures }));
        }
    }

    /// Sorts everything by code, so that the order of rows never matters.
    fn finish(self, manifest: Manifest) -> Dataset {
        let quantities = self.quantities;
        let mut areas: Vec<Area> = self.areas.into_iter().map(|(_, area)| area).collect();
        areas.sort_by(|a, b| a.code.cmp(&b.code));
        let mut cells: Vec<Cell> = self
            .cells
            .into_iter()
            .filter_map(|(_, code, cell)| {
                let at = areas.binary_search_by(|area| area.code.as_str().cmp(code.as_str())).ok()?;
                Some(Cell { area: AreaId(at), ..cell })
            })
            .collect();
        cells.sort_by(|a, b| (a.area, &a.ecosystem).cmp(&(b.area, &b.ecosystem)));
        // Not the path: the same data are the same wherever they lie.
        let name = manifest.name.unwrap_or_else(|| Phrase::new("dataset.unnamed").text());
        Dataset { name, areas, cells, quantities, provenance: manifest.provenance, illustrative: manifest.illustrative }
    }
}

/// One row with the roles of its columns.
struct Line<'a> {
    table: &'a Table,
    row: &'a RawRow,
    roles: &'a [Role],
}

impl Line<'_> {
    fn column(&self, role: &Role) -> Option<usize> {
        self.roles.iter().position(|known| known == role)
    }

    fn place(&self, role: &Role) -> Place {
        match self.column(role) {
            Some(column) => self.table.place_of(self.row.number, column),
            None => self.table.place.clone().row(self.row.number),
        }
    }

    fn raw(&self, role: &Role) -> Option<&Raw> {
        self.row.cells.get(self.column(role)?)
    }

    fn text(&self, role: &Role, findings: &mut Vec<Finding>) -> Option<String> {
        match self.raw(role)? {
            Raw::Text(text) => Some(text.clone()),
            Raw::Blank => None,
            Raw::Number(number) => {
                findings
                    .push(Finding::error("dataset.text_expected", self.place(role)).with("value", number.to_string()));
                None
            }
            Raw::Refused(code, value) => {
                findings.push(Finding::error(code, self.place(role)).with("value", value));
                None
            }
        }
    }

    /// The area code; `None` with a finding where there is none to trust.
    fn code(&self, name: &str, findings: &mut Vec<Finding>) -> Option<String> {
        let place = self.place(&Role::Code);
        match self.raw(&Role::Code)? {
            Raw::Number(number) => {
                findings.push(Finding::error("dataset.code_number", place).with("value", number.to_string()));
                None
            }
            Raw::Refused(code, value) => {
                findings.push(Finding::error(code, place).with("value", value));
                None
            }
            Raw::Blank if is_total(name) => {
                findings.push(Finding::error("dataset.total_row", place).with("name", name));
                None
            }
            Raw::Blank => {
                findings.push(Finding::error("dataset.code_blank", place));
                None
            }
            Raw::Text(code) if is_total(code) => {
                findings.push(Finding::error("dataset.total_row", place).with("name", code));
                None
            }
            Raw::Text(code) if looks_scientific(code) => {
                findings.push(Finding::error("dataset.code_number", place).with("value", code));
                None
            }
            Raw::Text(code) if code.len() > 64 || code.chars().any(|c| c.is_whitespace() || c.is_control()) => {
                findings.push(Finding::error("dataset.code_form", place).with("value", code));
                None
            }
            Raw::Text(code) => Some(code.clone()),
        }
    }

    fn ecosystem(&self, known: &[EcosystemSpec], findings: &mut Vec<Finding>) -> Option<String> {
        let text = self.text(&Role::Ecosystem, findings);
        let place = self.place(&Role::Ecosystem);
        let Some(text) = text else {
            if matches!(self.raw(&Role::Ecosystem), Some(Raw::Blank)) {
                findings.push(Finding::error("dataset.ecosystem_blank", place));
            }
            return None;
        };
        if let Some(spec) = known.iter().find(|spec| spec.answers_to(&text)) {
            return Some(spec.id.clone());
        }
        let words = known.iter().flat_map(|spec| [spec.id.as_str(), spec.label.zh.as_str(), spec.label.en.as_str()]);
        let like = hint(&text, words).text();
        findings.push(Finding::error("dataset.unknown_ecosystem", place).with("value", &text).with("like", like));
        None
    }

    fn figures(&self, findings: &mut Vec<Finding>) -> BTreeMap<String, Decimal> {
        let mut figures = BTreeMap::new();
        for (column, role) in self.roles.iter().enumerate() {
            let Role::Figure(name, quantity, unit) = role else { continue };
            let place = || self.table.place_of(self.row.number, column);
            let value = match self.row.cells.get(column) {
                None | Some(Raw::Blank) => continue,
                Some(Raw::Refused(code, value)) => {
                    findings.push(Finding::error(code, place()).with("value", value));
                    continue;
                }
                Some(Raw::Number(number)) => Decimal::from_f64(*number),
                Some(Raw::Text(text)) => plain_number(text),
            };
            match value.and_then(|value| to_base(value, *quantity, unit)) {
                Ok(value) => {
                    figures.insert(name.clone(), value);
                }
                Err(phrase) => findings.push(Finding::from_phrase(phrase, place())),
            }
        }
        figures
    }
}

/// A number alone; one with a unit of its own is refused, since the header has said the unit.
fn plain_number(text: &str) -> Result<Decimal, Phrase> {
    let parsed = Decimal::parse(text);
    let (number, unit) = split_unit(text);
    if parsed.is_err() && !unit.is_empty() && Decimal::parse(number).is_ok() {
        return Err(Phrase::new("dataset.unit_in_cell").with("value", text).with("unit", unit));
    }
    parsed
}

/// 3.10151E+11: what is left of a code that a spreadsheet took for a number.
fn looks_scientific(code: &str) -> bool {
    let mut parts = code.split(['e', 'E']);
    let (Some(mantissa), Some(exponent), None) = (parts.next(), parts.next(), parts.next()) else { return false };
    mantissa.contains('.') && Decimal::parse(mantissa).is_ok() && exponent.parse::<i32>().is_ok()
}

fn is_total(text: &str) -> bool {
    matches!(text.replace(' ', "").to_lowercase().as_str(), "合计" | "总计" | "小计" | "total" | "sum")
}
