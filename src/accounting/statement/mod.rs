//! An account as a document: 功能量表 and 价值量表, the matrix of services and ecosystems, ratios, and what the norm leaves out.

mod summed;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::book::{Book, Hashes};
use crate::document::ENGINE;
use crate::finding::{Finding, Findings, Place, hint};
use crate::ledger::{Chosen, Ledger, old_prices};
use crate::manifest::Basis;
use crate::phrases::{Phrase, Text};
use crate::select::selected;
use crate::tree::Kind;
use crate::value::Value;

pub(crate) use summed::Summed;
pub use summed::{adding_up, table_adding_up};

/// What an account is of.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepHead")]
pub struct Head {
    /// Id of the account.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Its version.
    pub version: String,
    /// The year.
    pub year: i32,
    /// The area asked for; none for all of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaName>,
    /// The norm.
    pub norm: NormPart,
    /// The price set.
    pub prices: PricesPart,
    /// Whether any of it is made up.
    pub illustrative: bool,
    /// Where it comes from.
    pub source: String,
    /// A remark.
    pub note: String,
    /// The program that made it.
    pub engine: &'static str,
    /// Hashes of what it follows from.
    pub hashes: Hashes,
}

/// An area by code and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "GepArea")]
pub struct AreaName {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// The norm of an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepNorm")]
pub struct NormPart {
    /// Id.
    pub id: String,
    /// Name.
    pub label: Text,
    /// Date from which it is in force, as written.
    pub in_force: String,
    /// Levels of areas for which it is meant.
    pub levels: Vec<String>,
    /// Where the profile comes from.
    pub source: String,
}

/// The prices of an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepPrices")]
pub struct PricesPart {
    /// Id.
    pub id: String,
    /// Name.
    pub label: Text,
    /// Current or constant.
    pub basis: Basis,
    /// The year of the prices.
    pub year: i32,
    /// Where they come from.
    pub source: String,
}

/// A row of the two tables.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepLine")]
pub struct Row {
    /// Code of the indicator.
    pub code: String,
    /// Its name.
    pub label: Text,
    /// How deep it stands in the tree.
    pub depth: usize,
    /// What it is.
    pub kind: Kind,
    /// Physical quantity, exactly, in the unit; none where there is none or rows below have different ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Price, where all of the row has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// Its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_unit: Option<String>,
    /// Value in 分, with its sign; the sum of the rows below where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_fen: Option<i64>,
    /// Figures that are missing.
    pub missing: usize,
    /// Figures that cannot be.
    pub not_applicable: usize,
    /// Clause of the norm.
    pub clause: String,
    /// Whether rows stand below it.
    pub is_sum: bool,
}

/// Services by ecosystems.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepMatrix")]
pub struct Matrix {
    /// The ecosystems; an empty id for what is of the whole area.
    pub ecosystems: Vec<EcosystemName>,
    /// A row for every indicator that has a value.
    pub rows: Vec<MatrixRow>,
    /// Sums of the columns, in 分.
    pub totals_fen: Vec<i64>,
}

/// An ecosystem by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "GepEcosystem")]
pub struct EcosystemName {
    /// Id.
    pub id: String,
    /// Name.
    pub label: Text,
}

/// A row of the matrix.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepMatrixRow")]
pub struct MatrixRow {
    /// Code.
    pub code: String,
    /// Name.
    pub label: Text,
    /// Values in 分, by ecosystem; none where there is no cell.
    pub fen: Vec<Option<i64>>,
    /// Their sum.
    pub total_fen: i64,
}

/// An area of the account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepAreaPart")]
pub struct AreaPart {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Its value in 分.
    pub value_fen: i64,
    /// Whether it is a part of an area that is accounted for itself, and so not added again.
    pub is_part: bool,
    /// Whether the norm is not meant for areas of its level.
    pub beyond_norm: bool,
    /// Its ratios.
    pub ratios: Ratios,
}

/// Ratios of a value.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[schemars(rename = "GepRatios")]
pub struct Ratios {
    /// Land in km².
    #[serde(skip_serializing_if = "Option::is_none")]
    pub land_km2: Option<String>,
    /// People.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<String>,
    /// Gross domestic product in 分.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gdp_fen: Option<i64>,
    /// Value a km² in 分, rounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_km2_fen: Option<i64>,
    /// Value a head in 分, rounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_head_fen: Option<i64>,
    /// 绿金指数 GEP/GDP, to six decimals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gep_to_gdp: Option<String>,
    /// (material + cultural)/GEP, to six decimals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_rate: Option<String>,
    /// What was realised, in 分.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realised_fen: Option<i64>,
    /// 生态产品价值实现率, to six decimals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realised_rate: Option<String>,
}

/// An account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepAccount")]
pub struct Account {
    /// What it is of.
    pub account: Head,
    /// The rows that the norm counts, in the order of the tree.
    pub rows: Vec<Row>,
    /// The total in 分 (生态产品总值).
    pub total_fen: i64,
    /// Services by ecosystems.
    pub matrix: Matrix,
    /// Its areas.
    pub areas: Vec<AreaPart>,
    /// Ratios of the total.
    pub ratios: Ratios,
    /// Rows that the norm leaves out; never in the total.
    pub memorandum: Vec<Row>,
    /// What a reader should know.
    pub warnings: Vec<Text>,
}

/// The code of an area by code or name.
///
/// # Errors
/// There is none, or several.
pub fn area_of(book: &Book, word: &str, place: Place) -> Result<String, Finding> {
    if let Some(area) = book.areas.named(word) {
        return Ok(area.code.clone());
    }
    if book.areas.list.is_empty() && book.quantities.areas.iter().any(|known| known == word) {
        return Ok(word.to_owned());
    }
    let all = book.areas.list.iter().flat_map(|area| [area.code.as_str(), area.name.as_str()]);
    let like = hint(word, all.chain(book.quantities.areas.iter().map(String::as_str))).text();
    Err(Finding::error("gep.area_unknown", place).with("area", word).with("like", like))
}

/// Makes the account of a book.
///
/// # Errors
/// What stands in its way.
pub fn account(book: &Book, chosen: &Chosen, area: Option<&str>) -> Result<Account, Findings> {
    let ledger = Ledger::of(chosen.sources(book))?;
    stated(&ledger, area)
}

/// The account of a ledger.
///
/// # Errors
/// An area without cells, or sums beyond the range of money.
pub fn stated(ledger: &Ledger<'_>, area: Option<&str>) -> Result<Account, Findings> {
    let (book, year) = ledger.sources.figures;
    let (methods, norm_id, _) = ledger.sources.methods;
    let chosen = selected(ledger, area);
    if chosen.areas.is_empty() {
        let name = area.unwrap_or(&book.manifest.id);
        return Err(Finding::error("gep.nothing", Place::file(&book.manifest.file))
            .with("area", name)
            .with("year", year.to_string())
            .into());
    }
    let sum = Summed::of(ledger, &|at, _| chosen.mask.get(at).copied().unwrap_or(false))?;
    let rows = sum.rows(true);
    let total = sum.total()?;
    let norm = methods.norms.get(norm_id);
    let head = Head {
        id: book.manifest.id.clone(),
        name: book.manifest.name.clone(),
        version: book.manifest.version.clone(),
        year,
        area: area.map(|code| AreaName { code: code.to_owned(), name: area_name(book, code) }),
        norm: NormPart {
            id: norm_id.to_owned(),
            label: norm.map_or_else(|| Text::same(norm_id), |norm| norm.label.clone()),
            in_force: norm.map(|norm| norm.in_force.clone()).unwrap_or_default(),
            levels: norm.map(|norm| norm.levels.clone()).unwrap_or_default(),
            source: norm.map(|norm| norm.source.clone()).unwrap_or_default(),
        },
        prices: prices_part(ledger),
        illustrative: book.manifest.illustrative
            || methods.manifest.illustrative
            || ledger.sources.prices.0.manifest.illustrative,
        source: book.manifest.source.clone(),
        note: book.manifest.note.clone(),
        engine: ENGINE,
        hashes: book.hashes(),
    };
    let mut areas = Vec::new();
    let mut of_area: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, cell) in ledger.cells.iter().enumerate() {
        of_area.entry(cell.area).or_default().push(at);
    }
    for (at, is_part) in chosen.areas.iter().map(|at| (at, false)).chain(chosen.parts.iter().map(|at| (at, true))) {
        let cells = of_area.get(at).cloned().unwrap_or_default();
        let own = Summed::these(ledger, cells.iter().filter_map(|at| ledger.cells.get(*at)).collect(), false)?;
        let code = book.quantities.areas.get(*at as usize).cloned().unwrap_or_default();
        let value_fen = own.total()?;
        let levels = norm.map(|norm| norm.levels.as_slice()).unwrap_or_default();
        let level = book.areas.find(&code).map(|area| area.level.clone()).unwrap_or_default();
        let beyond_norm = !levels.is_empty() && !level.is_empty() && !levels.contains(&level);
        let ratios = own.ratios(value_fen, &BTreeSet::from([*at]));
        areas.push(AreaPart { name: area_name(book, &code), code, value_fen, is_part, beyond_norm, ratios });
    }
    areas.sort_by(|one, other| one.code.cmp(&other.code));
    let ratios = match area {
        // The land and people of the area that was asked for, not of its parts, of which some may have no cells.
        Some(code) if book.areas.find(code).is_some() => {
            sum.ratios_of(total, book.areas.facts(code, year), &chosen.areas)
        }
        _ => sum.ratios(total, &outermost(book, &chosen.areas)),
    };
    let mut found: Vec<Finding> = ledger.warnings.clone();
    found.extend(old_prices(ledger));
    found.extend(sum.gaps());
    if areas.iter().any(|area| area.beyond_norm) {
        let names = areas
            .iter()
            .filter(|area| area.beyond_norm)
            .map(|area| area.name.as_str())
            .take(3)
            .collect::<Vec<_>>()
            .join("、");
        let count = areas.iter().filter(|area| area.beyond_norm).count();
        found.push(
            Finding::warning("gep.beyond_norm", Place::file(&book.manifest.file))
                .with("norm", head.norm.label.clone())
                .with("areas", names)
                .with("count", count.to_string()),
        );
    }
    let warnings = found.iter().map(|finding| Text {
        zh: finding.render(crate::phrases::Lang::Zh),
        en: finding.render(crate::phrases::Lang::En),
    });
    Ok(Account {
        account: head,
        matrix: sum.matrix(),
        memorandum: sum.rows(false),
        rows,
        total_fen: total,
        areas,
        ratios,
        warnings: warnings.collect(),
    })
}

/// The areas of a set that have none of it above them: land and people of the others are theirs.
fn outermost(book: &Book, areas: &BTreeSet<u32>) -> BTreeSet<u32> {
    let code = |at: u32| book.quantities.areas.get(at as usize).map_or("", String::as_str);
    let codes: BTreeSet<&str> = areas.iter().map(|at| code(*at)).collect();
    areas
        .iter()
        .copied()
        .filter(|at| !book.areas.line(code(*at)).iter().skip(1).any(|above| codes.contains(above.as_str())))
        .collect()
}

/// Name of an area; its code where it has none.
pub(crate) fn area_name(book: &Book, code: &str) -> String {
    book.areas.find(code).map_or_else(|| code.to_owned(), |area| area.name.clone())
}

/// The price set of a ledger.
pub(crate) fn prices_part(ledger: &Ledger<'_>) -> PricesPart {
    let (book, set, _) = ledger.sources.prices;
    let known = book.manifest.price_sets.get(set);
    PricesPart {
        id: set.to_owned(),
        label: known.map_or_else(|| Text::same(set), |set| set.label.clone()),
        basis: known.map_or(Basis::Current, |set| set.basis),
        year: ledger.year_of_prices,
        source: known.map(|set| set.source.clone()).unwrap_or_default(),
    }
}

/// Name of an ecosystem; what is of the whole area has one too.
pub(crate) fn ecosystem_name(book: &Book, id: &str) -> EcosystemName {
    let known = book.manifest.ecosystems.iter().find(|spec| spec.id == id);
    let label = match known {
        Some(spec) => spec.label.clone(),
        None if id.is_empty() => Phrase::new("gep.whole_area").text(),
        None => Text::same(id),
    };
    EcosystemName { id: id.to_owned(), label }
}

/// To six decimals.
pub(crate) fn six(value: &Value) -> String {
    let Some(scaled) = value.rounded(6) else { return value.shown(8) };
    let sign = if scaled < 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", scaled.unsigned_abs() / 1_000_000, scaled.unsigned_abs() % 1_000_000)
}
