//! Which cells of a ledger add up to an account.

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::{Cell, Ledger};

/// The cells that add up to an account, and the areas they are of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selected {
    /// Of every cell whether it is added.
    pub mask: Vec<bool>,
    /// Areas with a cell that is added.
    pub areas: BTreeSet<u32>,
    /// Areas that have cells, none of which is added: parts of areas that are accounted for themselves.
    pub parts: BTreeSet<u32>,
}

/// The cells within an area; where an area above has a cell of the same indicator, its own stands for that of its parts.
pub(crate) fn selected(ledger: &Ledger<'_>, area: Option<&str>) -> Selected {
    let (book, _) = ledger.sources.figures;
    let code = |at: u32| book.quantities.areas.get(at as usize).map_or("", String::as_str);
    let within: Vec<bool> = (0..book.quantities.areas.len())
        .map(|at| {
            area.is_none_or(|area| {
                u32::try_from(at).is_ok_and(|at| book.areas.line(code(at)).iter().any(|code| code == area))
            })
        })
        .collect();
    let is_within = |at: u32| within.get(at as usize).copied().unwrap_or(false);
    let indicator = |cell: &Cell| ledger.lines.get(cell.line).map_or(usize::MAX, |line| line.indicator);
    let mut found = Selected::default();
    // Where no area stands above another, nothing can stand for a part.
    let layered = book.areas.list.iter().any(|area| !area.parent.is_empty());
    let holds: BTreeSet<(usize, &str)> = match layered {
        true => ledger
            .cells
            .iter()
            .filter(|cell| is_within(cell.area))
            .map(|cell| (indicator(cell), code(cell.area)))
            .collect(),
        false => BTreeSet::new(),
    };
    let mut covered: BTreeMap<(usize, u32), bool> = BTreeMap::new();
    for cell in &ledger.cells {
        let added = is_within(cell.area)
            && !(layered
                && *covered.entry((indicator(cell), cell.area)).or_insert_with(|| {
                    book.areas
                        .line(code(cell.area))
                        .iter()
                        .skip(1)
                        .any(|above| holds.contains(&(indicator(cell), above.as_str())))
                }));
        found.mask.push(added);
        if added {
            found.areas.insert(cell.area);
        } else if is_within(cell.area) {
            found.parts.insert(cell.area);
        }
    }
    found.parts.retain(|at| !found.areas.contains(at));
    found
}
