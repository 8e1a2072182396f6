//! Figures of an area divided among its parts by a stated key, so that the parts are the whole exactly.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::book::Book;
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::ledger::{Cell, Chosen, Ledger};
use crate::quantity::{Figure, Origin, Quantities, State};
use crate::statement::{Account, stated};
use crate::value::Value;

/// Divides figures of areas among their parts as the account says (`[[downscale]]`): what has a figure for the area and none for
/// its parts is divided by the key's figures of the parts in the same year and ecosystem (or is the same in each, where it says `same`); the area's own figure goes.
///
/// # Errors
/// A key that no part has, or one below zero.
pub fn downscaled(book: &Book) -> Result<Book, Findings> {
    let quantities = &book.quantities;
    let mut log = FindingLog::default();
    let mut figures: Vec<Figure> = quantities.figures.clone();
    let parts_of: BTreeMap<&str, Vec<&str>> = book.areas.list.iter().filter(|area| !area.parent.is_empty()).fold(
        BTreeMap::new(),
        |mut map: BTreeMap<&str, Vec<&str>>, area| {
            map.entry(area.parent.as_str()).or_default().push(area.code.as_str());
            map
        },
    );
    let mut areas = quantities.areas.clone();
    for part in parts_of.values().flatten() {
        if !areas.iter().any(|known| known == part) {
            areas.push((*part).to_owned());
        }
    }
    areas.sort();
    let moved = |at: u32| {
        let code = quantities.areas.get(at as usize)?;
        areas.binary_search(code).ok().and_then(|at| u32::try_from(at).ok())
    };
    for figure in &mut figures {
        figure.area = moved(figure.area).unwrap_or(figure.area);
    }
    for rule in &book.manifest.downscaling {
        let place = || rule.place.clone();
        let (Some(name), Some(key)) =
            (quantities.name(&rule.name), rule.key.as_ref().map_or(Some(None), |key| quantities.name(key).map(Some)))
        else {
            let lost = if quantities.name(&rule.name).is_none() { Some(&rule.name) } else { rule.key.as_ref() };
            let Some(lost) = lost else { continue };
            let like = hint(lost, quantities.names.iter().map(String::as_str)).text();
            log.push(Finding::error("gep.figure_unknown", place()).with("name", lost).with("like", like));
            continue;
        };
        let code = |at: u32| areas.get(at as usize).map_or("", String::as_str);
        let mut made = Vec::new();
        let mut gone = Vec::new();
        for (position, figure) in
            figures.iter().enumerate().filter(|(_, figure)| figure.name == name && figure.state == State::Known)
        {
            let Some(parts) = parts_of.get(code(figure.area)) else { continue };
            let Some(key) = key else {
                let area = |part: &&str| {
                    areas.binary_search_by(|known| known.as_str().cmp(part)).ok().and_then(|at| u32::try_from(at).ok())
                };
                made.extend(parts.iter().filter_map(area).map(|area| Figure {
                    area,
                    origin: Origin::Downscaled,
                    ..figure.clone()
                }));
                gone.push(position);
                continue;
            };
            let same = |other: &&Figure| {
                other.year == figure.year && (other.ecosystem == figure.ecosystem || other.ecosystem == 0)
            };
            let keys = figures.iter().filter(|other| other.name == key && other.state == State::Known).filter(same);
            let mut weights: BTreeMap<u32, (u32, Value)> = BTreeMap::new();
            for other in keys.filter(|other| parts.contains(&code(other.area))) {
                // The key of the same ecosystem comes before that of the whole part.
                let known = weights.get(&other.area).is_some_and(|(ecosystem, _)| *ecosystem != 0);
                if !known {
                    weights.insert(other.area, (other.ecosystem, other.value.clone()));
                }
            }
            // A key that is looked for still is none: shares without it would go to the others.
            let lacking =
                figures.iter().filter(|other| other.name == key && other.state == State::Missing).filter(same);
            let mut lacking =
                lacking.filter(|other| parts.contains(&code(other.area)) && !weights.contains_key(&other.area));
            if let Some(other) = lacking.next() {
                let finding = Finding::error("gep.key_missing", quantities.place(other)).with("name", &rule.name);
                log.push(
                    finding
                        .with(
                            "area",
                            book.areas.named(code(other.area)).map_or(code(other.area), |area| area.name.as_str()),
                        )
                        .with("key", rule.key.clone().unwrap_or_default()),
                );
                continue;
            }
            let total = weights.values().fold(Value::ZERO, |sum, (_, weight)| sum.add(weight));
            if total.is_zero() || weights.values().any(|(_, weight)| weight.is_negative()) {
                let finding = Finding::error("gep.no_key", place())
                    .with("name", &rule.name)
                    .with("key", rule.key.clone().unwrap_or_default());
                log.push(finding.with("area", code(figure.area)).with("figure", quantities.place(figure).to_string()));
                continue;
            }
            for (area, (_, weight)) in weights {
                let Ok(value) = figure.value.mul(&weight).div(&total) else { continue };
                made.push(Figure { area, value, origin: Origin::Downscaled, ..figure.clone() });
            }
            gone.push(position);
        }
        let mut position = 0;
        figures.retain(|_| {
            position += 1;
            !gone.contains(&(position - 1))
        });
        figures.extend(made);
    }
    if book.manifest.downscaling.is_empty() {
        log.push(Finding::error("gep.no_downscaling", Place::file(&book.manifest.file)));
    }
    figures.sort_by_key(Figure::key);
    for pair in figures.windows(2) {
        if let [one, other] = pair
            && one.key() == other.key()
        {
            log.push(
                Finding::error("gep.figure_twice", quantities.place(other))
                    .with("first", quantities.place(one).to_string()),
            );
        }
    }
    let quantities = Quantities { areas, figures, ..(**quantities).clone() };
    Findings::gate(Book { quantities: Arc::new(quantities), ..book.clone() }, log.into_findings()).map(|(book, _)| book)
}

/// The account of the parts: an area with figures that the account divides goes, its parts come, and they add up to it in 分.
///
/// # Errors
/// As [`downscaled`], and what stands in the way of either account.
pub fn account_of_parts(book: &Book, chosen: &Chosen, area: Option<&str>) -> Result<Account, Findings> {
    let divided = downscaled(book)?;
    let whole = Ledger::of(chosen.sources(book))?;
    let mut parts = Ledger::of(chosen.sources(&divided))?;
    close(&whole, &mut parts);
    stated(&parts, area)
}

/// Makes the parts of every area that was divided add up to it: what rounding to the 分 left over goes to the largest parts.
pub fn close(whole: &Ledger<'_>, parts: &mut Ledger<'_>) {
    let (before, after) = (whole.sources.figures.0, parts.sources.figures.0);
    let code = |book: &Book, at: u32| book.quantities.areas.get(at as usize).cloned().unwrap_or_default();
    let mut groups: BTreeMap<(usize, u32, String), Vec<usize>> = BTreeMap::new();
    for (at, cell) in parts.cells.iter().enumerate().filter(|(_, cell)| cell.fen.is_some()) {
        let parent = after.areas.find(&code(after, cell.area)).map(|area| area.parent.clone()).unwrap_or_default();
        groups.entry((cell.line, cell.ecosystem, parent)).or_default().push(at);
    }
    for cell in &whole.cells {
        let Some(fen) = cell.fen else { continue };
        let Some(group) = groups.get(&(cell.line, cell.ecosystem, code(before, cell.area))) else { continue };
        let sum: i64 = group.iter().filter_map(|at| parts.cells.get(*at).and_then(|cell| cell.fen)).sum();
        let left = fen - sum;
        // More than rounding can leave is another thing than rounding: then the parts stand as they are.
        if left == 0 || left.unsigned_abs() > group.len() as u64 {
            continue;
        }
        let mut order = group.clone();
        order.sort_by_key(|at| {
            (std::cmp::Reverse(parts.cells.get(*at).and_then(|cell| cell.fen).unwrap_or(0).abs()), *at)
        });
        for at in order.into_iter().take(usize::try_from(left.unsigned_abs()).unwrap_or(0)) {
            if let Some(Cell { fen: Some(own), .. }) = parts.cells.get_mut(at) {
                *own += left.signum();
            }
        }
    }
}
