//! From raw tables to a checked dataset: every figure parsed, every code joined, all findings at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::dataset::columns::{Role, TableKind, roles, to_base};
use crate::dataset::draft::Draft;
use crate::dataset::manifest::Manifest;
use crate::dataset::origin::TableOrigin;
use crate::dataset::source::{Source, tables};
use crate::dataset::table::{Raw, RawRow, Table};
use crate::dataset::{Area, AreaId, Cell, Dataset, EcosystemSpec, Origin, check, indicator};
use crate::finding::{Finding, FindingLog, Findings, Place, hint, nearest};
use crate::phrases::{Phrase, Text, is_steering};
use crate::units::{Decimal, Exact, number_and_unit};

/// Reads a dataset from its files.
///
/// Returns the dataset and its warnings.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(source: &Source, ecosystems: &[EcosystemSpec]) -> Result<(Dataset, Vec<Finding>), Findings> {
    let manifest = Manifest::find(&source.files)?;
    let (areas, cells) = tables(source, &manifest)?;
    let mut log = FindingLog::of_tables();
    let mut draft = Draft::default();
    draft.read_areas(&areas, &mut log);
    let errors = log.errors();
    draft.read_cells(&cells, ecosystems, &mut log);
    draft.cells_are_whole = log.errors() == errors;
    check::across(&draft, &areas, &cells, &manifest.accept_outliers, &mut log);
    manifest.check(&draft.quantities, &mut log);
    let dataset = draft.finish(manifest, ecosystems, (&areas, &cells));
    Findings::gate(dataset, log.into_findings())
}

/// Whether a model could read a dataset, whichever ecosystems it names: everything that is wrong with the data in themselves.
///
/// # Errors
/// As of [`read`], but for ecosystems that are not known.
pub fn sound(source: &Source) -> Result<(), Findings> {
    let (_, cells) = tables(source, &Manifest::find(&source.files)?)?;
    let roles = roles(&cells, TableKind::Cells, &mut FindingLog::default());
    let named: BTreeSet<&str> = roles
        .iter()
        .position(|role| *role == Role::Ecosystem)
        .into_iter()
        .flat_map(|column| cells.rows.iter().filter_map(move |row| row.cells.get(column)))
        .filter_map(|raw| if let Raw::Text(text) = raw { Some(text.as_str()) } else { None })
        .filter(|text| !is_total(text))
        .take(ECOSYSTEMS_MAX)
        .collect();
    let spec = |text: &str| EcosystemSpec { id: text.to_owned(), label: Text::same(text), aliases: Vec::new() };
    let ecosystems: Vec<EcosystemSpec> = named.into_iter().map(spec).collect();
    read(source, &ecosystems).map(drop)
}

/// So many cells are looked at for names of ecosystems.
const ECOSYSTEMS_MAX: usize = 100_000;

/// For so many unknown codes the nearest known one is named.
const LIKENESS_LIMIT: usize = 100;

fn columns(roles: &[Role]) -> BTreeMap<String, usize> {
    let named = roles.iter().enumerate();
    named
        .filter_map(|(at, role)| if let Role::Figure(name, _, _) = role { Some((name.clone(), at)) } else { None })
        .collect()
}

fn units(roles: &[Role]) -> BTreeMap<String, String> {
    let unit = |role: &Role| match role {
        Role::Figure(name, _, unit) => Some((name.clone(), unit.clone())),
        _ => None,
    };
    roles.iter().filter_map(unit).collect()
}

impl Draft {
    fn note_quantities(&mut self, roles: &[Role], table: &Table, log: &mut FindingLog) {
        for (column, role) in roles.iter().enumerate() {
            let Role::Figure(name, quantity, _) = role else { continue };
            let known = self.quantities.insert(name.clone(), *quantity);
            if known.is_some_and(|known| known != *quantity) {
                log.push(Finding::error("dataset.two_quantities", table.place_of(1, column)).with("header", name));
            }
        }
    }

    fn read_areas(&mut self, table: &Table, log: &mut FindingLog) {
        let roles = roles(table, TableKind::Areas, log);
        self.note_quantities(&roles, table, log);
        self.area_columns = columns(&roles);
        self.area_units = units(&roles);
        for row in &table.rows {
            let line = Line { table, row, roles: &roles };
            let name = line.text(&Role::Name, log).unwrap_or_default();
            let Some(code) = line.code(&name, log) else { continue };
            let figures = line.figures(log);
            let name = if name.is_empty() { code.clone() } else { name };
            self.names.entry(code.clone()).or_insert_with(|| name.clone());
            self.areas.push((row.number, Area { code, name, figures }));
        }
    }

    fn read_cells(&mut self, table: &Table, ecosystems: &[EcosystemSpec], log: &mut FindingLog) {
        let roles = roles(table, TableKind::Cells, log);
        self.note_quantities(&roles, table, log);
        self.cell_columns = columns(&roles);
        self.cell_units = units(&roles);
        self.labels = ecosystems.iter().map(|spec| (spec.id.clone(), spec.label.clone())).collect();
        let mut by_code: BTreeMap<String, usize> = BTreeMap::new();
        for (index, (_, area)) in self.areas.iter().enumerate() {
            by_code.entry(area.code.clone()).or_insert(index);
        }
        let mut seen: BTreeMap<(usize, String), u64> = BTreeMap::new();
        let mut unknown = 0_usize;
        for row in &table.rows {
            let line = Line { table, row, roles: &roles };
            let name = line.text(&Role::Name, log).unwrap_or_default();
            let code = line.code(&name, log);
            let ecosystem = line.ecosystem(ecosystems, log);
            let figures = line.figures(log);
            let (Some(code), Some(ecosystem)) = (code, ecosystem) else { continue };
            let Some(area) = by_code.get(&code).copied() else {
                let place = line.place(&Role::Code);
                unknown += 1;
                // Likeness is looked for among all areas: a table of strangers must not take for ever.
                let like = (unknown <= LIKENESS_LIMIT)
                    .then(|| nearest(&code, self.areas.iter().map(|(_, area)| area.code.as_str())))
                    .flatten();
                log.push(match like {
                    Some(like) => {
                        let like = self.area_named(like);
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
                log.push(
                    Finding::error("dataset.name_differs", line.place(&Role::Name))
                        .with("name", &name)
                        .with("known", &known.name)
                        .with("code", &code),
                );
            }
            let first = *seen.entry((area, ecosystem.clone())).or_insert(row.number);
            if first != row.number {
                // Not kept: a file may hold the same row a million times.
                log.push(
                    Finding::error("dataset.duplicate_cell", table.place.clone().row(row.number))
                        .with("cell", self.cell_named(&code, &ecosystem))
                        .with("first", first.to_string()),
                );
                continue;
            }
            self.cells.push((row.number, code, Cell { area: AreaId(area), ecosystem, figures }));
        }
    }

    /// Sorts everything by code, so that the order of rows never matters.
    fn finish(
        mut self,
        manifest: Manifest,
        ecosystems: &[EcosystemSpec],
        (area_table, cell_table): (&Table, &Table),
    ) -> Dataset {
        let mut origin = Origin {
            areas: TableOrigin::of(area_table, &self.area_columns),
            cells: TableOrigin::of(cell_table, &self.cell_columns),
        };
        self.areas.sort_by(|a, b| a.1.code.cmp(&b.1.code));
        let (rows, areas): (Vec<u64>, Vec<Area>) = self.areas.into_iter().unzip();
        origin.areas.rows = rows;
        let mut cells: Vec<(u64, Cell)> = self
            .cells
            .into_iter()
            .filter_map(|(row, code, cell)| {
                let at = areas.binary_search_by(|area| area.code.as_str().cmp(code.as_str())).ok()?;
                Some((row, Cell { area: AreaId(at), ..cell }))
            })
            .collect();
        cells.sort_by(|(_, a), (_, b)| (a.area, &a.ecosystem).cmp(&(b.area, &b.ecosystem)));
        let (rows, cells) = cells.into_iter().map(|(row, cell)| (row, Arc::new(cell))).unzip();
        origin.cells.rows = rows;
        Dataset {
            // Not the path: the same data are the same wherever they lie.
            name: manifest.name.unwrap_or_else(|| Phrase::new("dataset.unnamed").text()),
            areas: areas.into_iter().map(Arc::new).collect(),
            cells,
            quantities: Arc::new(self.quantities),
            provenance: Arc::new(manifest.provenance),
            illustrative: manifest.illustrative,
            ecosystems: Arc::new(ecosystems.to_vec()),
            origin: Arc::new(origin),
        }
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

    fn text(&self, role: &Role, log: &mut FindingLog) -> Option<String> {
        match self.raw(role)? {
            Raw::Text(text) if text.contains(is_steering) => {
                log.push(Finding::error("dataset.steering_characters", self.place(role)).with("value", text));
                None
            }
            Raw::Text(text) => Some(text.clone()),
            Raw::Blank => None,
            Raw::Number(number) | Raw::Percent(number) => {
                log.push(Finding::error("dataset.text_expected", self.place(role)).with("value", number.to_string()));
                None
            }
            Raw::Refused(code, value) => {
                log.push(Finding::error(code, self.place(role)).with("value", value));
                None
            }
        }
    }

    /// The area code; `None` with a finding where there is none to trust.
    fn code(&self, name: &str, log: &mut FindingLog) -> Option<String> {
        let place = self.place(&Role::Code);
        let total = |name: &str| Finding::error("dataset.total_row", place.clone()).with("name", name);
        match self.raw(&Role::Code)? {
            _ if is_total(name) => {
                log.push(total(name));
                None
            }
            Raw::Number(number) | Raw::Percent(number) => {
                log.push(Finding::error("dataset.code_number", place).with("value", number.to_string()));
                None
            }
            Raw::Refused(code, value) => {
                log.push(Finding::error(code, place).with("value", value));
                None
            }
            Raw::Blank => {
                log.push(Finding::error("dataset.code_blank", place));
                None
            }
            Raw::Text(code) if is_total(code) => {
                log.push(total(code));
                None
            }
            Raw::Text(code) if looks_computed(code) => {
                log.push(Finding::error("dataset.code_number", place).with("value", code));
                None
            }
            Raw::Text(code) if code.contains(is_steering) => {
                log.push(Finding::error("dataset.steering_characters", place).with("value", code));
                None
            }
            Raw::Text(code) if code.len() > 64 || code.contains(char::is_whitespace) => {
                log.push(Finding::error("dataset.code_form", place).with("value", code));
                None
            }
            Raw::Text(code) => Some(code.clone()),
        }
    }

    fn ecosystem(&self, known: &[EcosystemSpec], log: &mut FindingLog) -> Option<String> {
        let text = self.text(&Role::Ecosystem, log);
        let place = self.place(&Role::Ecosystem);
        let Some(text) = text else {
            if matches!(self.raw(&Role::Ecosystem), Some(Raw::Blank)) {
                log.push(Finding::error("dataset.ecosystem_blank", place));
            }
            return None;
        };
        if let Some(spec) = known.iter().find(|spec| spec.answers_to(&text)) {
            return Some(spec.id.clone());
        }
        if is_total(&text) {
            log.push(Finding::error("dataset.total_row", place).with("name", &text));
            return None;
        }
        let words = known.iter().flat_map(|spec| [spec.id.as_str(), spec.label.zh.as_str(), spec.label.en.as_str()]);
        let like = hint(&text, words).text();
        log.push(Finding::error("dataset.unknown_ecosystem", place).with("value", &text).with("like", like));
        None
    }

    fn figures(&self, log: &mut FindingLog) -> BTreeMap<String, Decimal> {
        let mut figures = BTreeMap::new();
        for (column, role) in self.roles.iter().enumerate() {
            let Role::Figure(name, quantity, unit) = role else { continue };
            let place = || self.table.place_of(self.row.number, column);
            let value = match self.row.cells.get(column) {
                None | Some(Raw::Blank) => continue,
                Some(Raw::Refused(code, value)) => {
                    log.push(Finding::error(code, place()).with("value", value));
                    continue;
                }
                Some(Raw::Number(number)) => Decimal::from_f64(*number),
                Some(Raw::Percent(number)) if unit == "%" => Decimal::from_f64(*number).and_then(hundredfold),
                Some(Raw::Percent(number)) => {
                    let shown = Decimal::from_f64(*number).and_then(hundredfold).map(|value| format!("{value}%"));
                    let finding = Finding::error("dataset.percent_cell", place()).with("unit", unit);
                    log.push(finding.with("value", shown.unwrap_or_default()));
                    continue;
                }
                Some(Raw::Text(text)) => plain_number(text),
            };
            match value.and_then(|value| to_base(value, *quantity, unit)) {
                Ok(value) if name == indicator::POPULATION && !value.exact().is_integer() => {
                    log.push(Finding::error("dataset.not_whole", place()).with("value", value.to_string()));
                }
                Ok(value) => {
                    figures.insert(name.clone(), value);
                }
                Err(phrase) => log.push(Finding::from_phrase(phrase, place())),
            }
        }
        figures
    }
}

/// A number alone; one with a unit of its own is refused, since the header has said the unit.
fn plain_number(text: &str) -> Result<Decimal, Phrase> {
    let parsed = Decimal::parse(text);
    match number_and_unit(text) {
        Ok((_, unit)) if parsed.is_err() && !unit.is_empty() => {
            Err(Phrase::new("dataset.unit_in_cell").with("value", text).with("unit", unit))
        }
        _ => parsed,
    }
}

/// A fraction in per cent.
fn hundredfold(value: Decimal) -> Result<Decimal, Phrase> {
    let exact = value.exact() * Exact::from_integer(100.into());
    Decimal::from_exact(&exact, 12, false)
        .ok_or_else(|| Phrase::new("units.too_large").with("value", value.to_string()))
}

/// `3.10151E+11`, `310151.0`: what is left of a code that a spreadsheet took for a number.
fn looks_computed(code: &str) -> bool {
    let is_float = |mantissa: &str| mantissa.contains('.') && Decimal::parse(mantissa).is_ok();
    let mut parts = code.split(['e', 'E']);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(mantissa), Some(exponent), None) => is_float(mantissa) && exponent.parse::<i32>().is_ok(),
        (Some(number), None, _) => {
            let zeros = number.split_once('.').is_some_and(|(_, part)| part.bytes().all(|digit| digit == b'0'));
            zeros && is_float(number)
        }
        _ => false,
    }
}

/// `合计`, `全县合计`, `Total`, `Grand total`: a row of sums under any name, with or without a code.
pub fn is_total(text: &str) -> bool {
    const WORDS: &[&str] = &["合计", "总计", "小计", "共计", "总和"];
    const WHOLES: &[&str] = &["全省", "全市", "全县", "全区", "全镇", "全乡", "sum", "total", "subtotal"];
    let name: String = text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let is_english =
        |word: &str| matches!(word.trim_matches(|c: char| !c.is_alphanumeric()), "total" | "totals" | "subtotal");
    WORDS.iter().any(|word| name.starts_with(word) || name.ends_with(word))
        || WHOLES.contains(&name.as_str())
        || text.to_lowercase().split_whitespace().any(is_english)
}
