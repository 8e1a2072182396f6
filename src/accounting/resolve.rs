//! Which row of parameters or prices holds for an area, ecosystem and item: the most specific one.

use crate::area::Areas;
use crate::book::Book;
use crate::entry::Entry;
use crate::finding::{Finding, Place};
use crate::manifest::Basis;
use crate::phrases::Phrase;
use crate::value::Value;

/// For what a row is looked for.
#[derive(Debug, Clone, Copy)]
pub struct For<'a> {
    /// Code of the area.
    pub area: &'a str,
    /// Ecosystem; empty for the whole area.
    pub ecosystem: &'a str,
    /// Item of a sum; empty for none.
    pub item: &'a str,
    /// Year.
    pub year: i32,
}

/// A row that holds, and its value in base units.
#[derive(Debug, Clone)]
pub struct Held<'a> {
    /// The row.
    pub entry: &'a Entry,
    /// Its value, carried to the year where an index says so.
    pub value: Value,
    /// The years from and to which it was carried, and the factor.
    pub carried: Option<(i32, i32, Value)>,
}

/// How near a row is: the set, the area, the ecosystem, the item, the years.
type Rank = (bool, usize, bool, bool, bool, i64);

fn rank(entry: &Entry, wanted: &For<'_>, areas: &Areas) -> Option<Rank> {
    let near = areas.nearness(wanted.area, &entry.scope)?;
    let fits = |own: &str, wanted: &str| own.is_empty() || own == wanted;
    if !fits(&entry.ecosystem, wanted.ecosystem) || !fits(&entry.item, wanted.item) || !entry.covers(wanted.year) {
        return None;
    }
    let bounded = entry.years.0.is_some() || entry.years.1.is_some();
    let age = entry.price_year.map_or(i64::MIN / 2, |year| -i64::from((wanted.year - year).abs()));
    Some((!entry.sets.is_empty(), near, !entry.ecosystem.is_empty(), !entry.item.is_empty(), bounded, age))
}

/// What is looked for, in words.
fn named(name: &str, wanted: &For<'_>) -> Phrase {
    Phrase::new("gep.wanted")
        .with("name", name)
        .with("area", wanted.area)
        .with("ecosystem", if wanted.ecosystem.is_empty() { "—" } else { wanted.ecosystem })
        .with("year", wanted.year.to_string())
}

/// Why no row holds.
pub fn missing(code: &'static str, name: &str, wanted: &For<'_>, place: Place) -> Finding {
    Finding::error(code, place)
        .with("name", name)
        .with("wanted", named(name, wanted).text())
        .with("year", wanted.year.to_string())
}

/// The most specific of rows.
///
/// # Errors
/// Two rows are equally specific, or a price cannot be carried to the year.
pub fn held<'a>(
    candidates: &[&'a Entry],
    wanted: &For<'_>,
    book: &Book,
    areas: &Areas,
) -> Result<Option<Held<'a>>, Finding> {
    let mut best: Option<(Rank, &'a Entry)> = None;
    let mut twin: Option<&Entry> = None;
    for entry in candidates {
        let Some(rank) = rank(entry, wanted, areas) else { continue };
        match &best {
            Some((known, _)) if rank < *known => {}
            Some((known, _)) if rank == *known => twin = Some(entry),
            _ => {
                best = Some((rank, entry));
                twin = None;
            }
        }
    }
    let Some((_, entry)) = best else { return Ok(None) };
    if let Some(twin) = twin {
        let finding = Finding::error("gep.equally_specific", entry.place.clone()).with("name", &entry.name);
        return Err(finding.with("other", twin.place.to_string()).with("wanted", named(&entry.name, wanted).text()));
    }
    let based = entry.based();
    let Some(from) = entry.price_year.filter(|from| *from != wanted.year && !entry.index.is_empty()) else {
        return Ok(Some(Held { entry, value: based, carried: None }));
    };
    match book.series.factor(&entry.index, from, wanted.year) {
        Some(factor) => Ok(Some(Held { entry, value: based.mul(&factor), carried: Some((from, wanted.year, factor)) })),
        None => Err(Finding::error("gep.index_missing", entry.place.clone())
            .with("name", &entry.name)
            .with("index", &entry.index)
            .with("from", from.to_string())
            .with("to", wanted.year.to_string())),
    }
}

/// The year of the prices of a set in an account of a year.
pub fn price_year(basis: Basis, year: i32) -> i32 {
    match basis {
        Basis::Current => year,
        Basis::Constant(base) => base,
    }
}
