//! Two accounts compared: the change divided exactly into quantity, price, method and territory; index numbers; price sets side by side.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::book::Book;
use crate::finding::{Finding, Findings, Place};
use crate::ledger::{Chosen, Ledger, Sources};
use crate::norm::Include;
use crate::phrases::Text;
use crate::select::selected;
use crate::shapley;
use crate::statement::{PricesPart, prices_part, six};
use crate::value::Value;

/// An account that is compared.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepSide")]
pub struct Side {
    /// Id of the account.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Its version.
    pub version: String,
    /// Year.
    pub year: i32,
    /// Norm.
    pub norm: Text,
    /// Prices.
    pub prices: PricesPart,
    /// Hash of everything that it follows from.
    pub hash: String,
}

/// The change of an indicator, divided; amounts in 分.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "GepChange")]
pub struct Change {
    /// Code.
    pub code: String,
    /// Name.
    pub label: Text,
    /// Value before.
    pub before_fen: i64,
    /// Value after.
    pub after_fen: i64,
    /// By other quantities.
    pub quantity_fen: i64,
    /// By other prices.
    pub price_fen: i64,
    /// By another norm, other formulas or parameters.
    pub method_fen: i64,
    /// By areas that only one of the two has.
    pub territory_fen: i64,
}

/// Two accounts compared.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepComparison")]
pub struct Comparison {
    /// The account before.
    pub before: Side,
    /// The account after.
    pub after: Side,
    /// The indicators that either counts.
    pub rows: Vec<Change>,
    /// All of them.
    pub total: Change,
    /// Quantities after at prices before, over quantities before at prices before; both by the methods before, on common areas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity_index: Option<String>,
    /// Prices after over prices before, both with quantities after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_index: Option<String>,
    /// Areas that only the account before has.
    pub areas_gone: Vec<String>,
    /// Areas that only the account after has.
    pub areas_new: Vec<String>,
    /// Whether any of it is made up.
    pub illustrative: bool,
}

/// Values by code of the cells that add up within an area, of some areas.
fn by_code(
    ledger: &Ledger<'_>,
    (area, areas): (Option<&str>, &BTreeSet<String>),
) -> Result<BTreeMap<String, i64>, Findings> {
    let mask = selected(ledger, area).mask;
    let tree = &ledger.sources.methods.0.tree;
    let codes = &ledger.sources.figures.0.quantities.areas;
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for (cell, _) in ledger.cells.iter().zip(mask).filter(|(_, added)| *added) {
        let Some(line) = ledger.lines.get(cell.line).filter(|line| line.include == Include::In) else { continue };
        let (Some(fen), Some(entry)) = (cell.fen, tree.entries.get(line.indicator)) else { continue };
        if codes.get(cell.area as usize).is_some_and(|code| areas.contains(code)) {
            let sum = sums.entry(entry.code.clone()).or_insert(0);
            *sum = sum.checked_add(fen).ok_or_else(|| too_large(ledger))?;
        }
    }
    Ok(sums)
}

fn too_large(ledger: &Ledger<'_>) -> Findings {
    Finding::error("gep.too_large", Place::default()).with("what", &ledger.sources.figures.0.manifest.id).into()
}

fn areas_of(ledger: &Ledger<'_>, area: Option<&str>) -> BTreeSet<String> {
    let codes = &ledger.sources.figures.0.quantities.areas;
    selected(ledger, area).areas.iter().filter_map(|at| codes.get(*at as usize).cloned()).collect()
}

fn side(ledger: &Ledger<'_>) -> Side {
    let (book, year) = ledger.sources.figures;
    let (methods, norm, _) = ledger.sources.methods;
    Side {
        id: book.manifest.id.clone(),
        name: book.manifest.name.clone(),
        version: book.manifest.version.clone(),
        year,
        norm: methods.norms.get(norm).map_or_else(|| Text::same(norm), |norm| norm.label.clone()),
        prices: prices_part(ledger),
        hash: book.hashes().account,
    }
}

/// An account to compare.
pub type Account<'a> = (&'a Book, &'a Chosen);

/// Compares two accounts, of one book or of two.
///
/// # Errors
/// What stands in the way of either, or of one with a part of the other.
pub fn compare(
    (one, before): Account<'_>,
    (other, after): Account<'_>,
    area: Option<&str>,
) -> Result<Comparison, Findings> {
    let of = |set: usize| {
        let pick = |bit: usize| if set & (1 << bit) == 0 { (one, before) } else { (other, after) };
        let ((figures, first), (prices, second), (methods, third)) = (pick(0), pick(1), pick(2));
        Ledger::of(Sources {
            figures: (figures, first.year),
            prices: (prices, &second.prices, second.year),
            methods: (methods, &third.norm, third.year),
        })
    };
    let ledgers = (0..8).map(of).collect::<Result<Vec<_>, _>>()?;
    let (Some(first), Some(last)) = (ledgers.first(), ledgers.last()) else { return Err(Findings(Vec::new())) };
    let (had, has) = (areas_of(first, area), areas_of(last, area));
    let common: BTreeSet<String> = had.intersection(&has).cloned().collect();
    let worths = ledgers.iter().map(|ledger| by_code(ledger, (area, &common))).collect::<Result<Vec<_>, _>>()?;
    let (whole_before, whole_after) = (by_code(first, (area, &had))?, by_code(last, (area, &has))?);
    let codes: BTreeSet<&String> =
        worths.iter().chain([&whole_before, &whole_after]).flat_map(BTreeMap::keys).collect();
    let value = |map: &BTreeMap<String, i64>, code: &str| map.get(code).copied().unwrap_or(0);
    let mut rows = Vec::new();
    for code in codes {
        let of_code: Vec<i64> = worths.iter().map(|map| value(map, code)).collect();
        let parts = shapley::divide(&of_code).unwrap_or_default();
        let part = |at: usize| parts.get(at).copied().unwrap_or(0);
        let (before_fen, after_fen) = (value(&whole_before, code), value(&whole_after, code));
        let on_common = of_code.last().copied().unwrap_or(0) - of_code.first().copied().unwrap_or(0);
        let label =
            [other, one].into_iter().find_map(|book| book.tree.find(code).and_then(|at| book.tree.entries.get(at)));
        let order = |book: &Book| book.tree.find(code);
        rows.push((
            order(other).or_else(|| order(one)),
            Change {
                code: code.clone(),
                label: label.map_or_else(|| Text::same(code), |entry| entry.label.clone()),
                before_fen,
                after_fen,
                quantity_fen: part(0),
                price_fen: part(1),
                method_fen: part(2),
                territory_fen: after_fen - before_fen - on_common,
            },
        ));
    }
    rows.sort_by(|(one, first), (other, second)| one.cmp(other).then_with(|| first.code.cmp(&second.code)));
    let rows: Vec<Change> = rows.into_iter().map(|(_, row)| row).collect();
    let sum = |of: fn(&Change) -> i64| rows.iter().map(of).sum::<i64>();
    let total = Change {
        code: String::new(),
        label: crate::phrases::Phrase::new("gep.total").text(),
        before_fen: sum(|row| row.before_fen),
        after_fen: sum(|row| row.after_fen),
        quantity_fen: sum(|row| row.quantity_fen),
        price_fen: sum(|row| row.price_fen),
        method_fen: sum(|row| row.method_fen),
        territory_fen: sum(|row| row.territory_fen),
    };
    let whole = |set: usize| worths.get(set).map_or(0, |map| map.values().sum::<i64>());
    let index = |above: i64, below: i64| Value::whole(above).div(&Value::whole(below)).ok().map(|index| six(&index));
    let names = |codes: BTreeSet<&String>, book: &Book| {
        codes.into_iter().map(|code| crate::statement::area_name(book, code)).collect()
    };
    Ok(Comparison {
        before: side(first),
        after: side(last),
        rows,
        total,
        quantity_index: index(whole(1), whole(0)),
        price_index: index(whole(3), whole(1)),
        areas_gone: names(had.difference(&has).collect(), one),
        areas_new: names(has.difference(&had).collect(), other),
        illustrative: one.manifest.illustrative || other.manifest.illustrative,
    })
}

/// An indicator under every price set.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepPricedRow")]
pub struct PricedRow {
    /// Code.
    pub code: String,
    /// Name.
    pub label: Text,
    /// Value under each set, in 分.
    pub fen: Vec<Option<i64>>,
    /// The least of them.
    pub least_fen: i64,
    /// The greatest of them.
    pub most_fen: i64,
}

/// Price sets side by side.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "GepPriceSets")]
pub struct PriceSets {
    /// Id of the account.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Year.
    pub year: i32,
    /// The sets.
    pub sets: Vec<PricesPart>,
    /// The indicators that the norm counts.
    pub rows: Vec<PricedRow>,
    /// Total under each set; none where a set lacks a price.
    pub totals_fen: Vec<Option<i64>>,
    /// Sum of the least values.
    pub least_fen: i64,
    /// Sum of the greatest values.
    pub most_fen: i64,
    /// What a set lacks.
    pub lacking: Vec<Text>,
    /// Whether any of it is made up.
    pub illustrative: bool,
}

/// One account under all price sets of its book.
///
/// # Errors
/// What stands in the way under every set.
pub fn price_sets(book: &Book, chosen: &Chosen, area: Option<&str>) -> Result<PriceSets, Findings> {
    let (mut sets, mut maps, mut lacking, mut failed) = (Vec::new(), Vec::new(), Vec::new(), None);
    for set in book.manifest.price_sets.keys() {
        let chosen = Chosen { prices: set.clone(), ..chosen.clone() };
        match Ledger::of(chosen.sources(book)) {
            Ok(ledger) => {
                sets.push(prices_part(&ledger));
                maps.push(by_code(&ledger, (area, &areas_of(&ledger, area)))?);
            }
            Err(Findings(found)) => {
                lacking.extend(found.iter().take(3).map(|finding| Text {
                    zh: finding.render(crate::phrases::Lang::Zh),
                    en: finding.render(crate::phrases::Lang::En),
                }));
                failed = failed.or(Some(Findings(found)));
            }
        }
    }
    if maps.is_empty() {
        return Err(failed.unwrap_or(Findings(Vec::new())));
    }
    let mut rows = Vec::new();
    for entry in &book.tree.entries {
        let fen: Vec<Option<i64>> = maps.iter().map(|map| map.get(&entry.code).copied()).collect();
        if let (Some(least), Some(most)) = (fen.iter().flatten().min(), fen.iter().flatten().max()) {
            let (least_fen, most_fen) = (*least, *most);
            rows.push(PricedRow { code: entry.code.clone(), label: entry.label.clone(), fen, least_fen, most_fen });
        }
    }
    Ok(PriceSets {
        id: book.manifest.id.clone(),
        name: book.manifest.name.clone(),
        year: chosen.year,
        totals_fen: maps.iter().map(|map| Some(map.values().sum())).collect(),
        least_fen: rows.iter().map(|row| row.least_fen).sum(),
        most_fen: rows.iter().map(|row| row.most_fen).sum(),
        sets,
        rows,
        lacking,
        illustrative: book.manifest.illustrative,
    })
}
