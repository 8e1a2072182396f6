//! One table: each column's meaning and each row's figures.

use std::collections::{BTreeMap, BTreeSet};

use crate::dataset::grid::Grid;
use crate::dataset::table::Raw;
use crate::dataset::{Quantity, is_total};
use crate::finding::{Finding, FindingLog, Place};
use crate::table::column::{Body, Col, Named, Role, What};
use crate::table::shape::{Head, Shape};
use crate::table::{totals, values, words};

/// A table that was read.
#[derive(Debug)]
pub(super) struct Read {
    pub year: Option<i64>,
    pub columns: Vec<Col>,
    pub rows: Vec<Body>,
    /// Totals that were checked, and those that are formulas without a value.
    pub totals: (usize, usize),
}

/// Reads a table; `units` stand in for those that it does not name.
pub(super) fn read(grid: &Grid, shape: &Shape, units: &[String], log: &mut FindingLog) -> Read {
    let contents = contents(grid, shape);
    let mut columns: Vec<Col> = shape
        .heads
        .iter()
        .filter_map(|(column, levels)| {
            let is_numeric = contents.get(column).copied();
            column_of(grid, shape, (*column, is_numeric), levels, (units, log))
        })
        .collect();
    apart(&mut columns);
    let has_amounts = columns.iter().any(|col| matches!(col.role, Role::Figure(What::Amount(..), _)));
    if !has_amounts {
        // The total is all there is of the money.
        if let Some(total) = columns.iter_mut().find(|col| col.role == Role::Total && col.quantity == Quantity::Money) {
            total.role = Role::Figure(What::Amount(None, words::year(&total.header)), None);
        }
    }
    let (rows, totals) = rows(grid, shape, &columns, log);
    Read { year: shape.year, columns, rows, totals }
}

/// Columns that hold something below the header, and whether that is figures.
fn contents(grid: &Grid, shape: &Shape) -> BTreeMap<usize, bool> {
    let mut found: BTreeMap<usize, bool> = BTreeMap::new();
    for ((_, column), raw) in grid.cells.range((shape.bottom + 1, 0)..) {
        let any = found.entry(*column).or_default();
        match raw {
            Raw::Number(_) | Raw::Percent(_) | Raw::Refused(..) => *any = true,
            Raw::Text(text) if crate::table::shape::is_figure(text) => *any |= !values::is_missing(text),
            // One slip among figures does not make a column of texts.
            Raw::Text(text) => *any |= text.starts_with(|c: char| c.is_ascii_digit()),
            Raw::Blank => {}
        }
    }
    found
}

fn column_of(
    grid: &Grid,
    shape: &Shape,
    (column, is_numeric): (usize, Option<bool>),
    levels: &[Head],
    (units, log): (&[String], &mut FindingLog),
) -> Option<Col> {
    let last = levels.last()?;
    let header = levels.iter().map(|head| head.text.as_str()).collect::<Vec<_>>().join("·");
    let mut col = Col {
        column,
        levels: levels.to_vec(),
        header: header.clone(),
        role: Role::Unknown,
        quantity: Quantity::Number,
        unit: String::new(),
    };
    let first = levels.first()?;
    let as_role = |mut col: Col, role: Role| {
        col.role = role;
        Some(col)
    };
    let either = |is: fn(&str) -> bool| is(&last.text) || (levels.len() == 1 && is(&first.text));
    if column == shape.name {
        return as_role(col, Role::Name);
    }
    if either(words::is_serial) {
        return as_role(col, Role::Serial);
    }
    if either(words::is_code) {
        return as_role(col, Role::Code);
    }
    if either(words::is_note_column) {
        return as_role(col, Role::Note);
    }
    let numeric = is_numeric == Some(true);
    if either(words::is_kind) && !numeric {
        return as_role(col, Role::Kind);
    }
    if !numeric {
        return if is_numeric.is_some() { as_role(col, Role::Note) } else { None };
    }
    let whole: String = levels.iter().map(|head| words::plain(&head.text)).collect();
    let explicit = levels.iter().rev().find_map(|head| head.unit.clone());
    if explicit.as_deref().is_some_and(words::is_rate) || words::is_standard_rate(&whole) {
        return as_role(col, Role::Rate);
    }
    let by_words = words::quantity_by_words(&whole);
    let ecosystem = words::ecosystem(&whole);
    if words::is_derived(&whole) || (explicit.as_deref() == Some("%") && by_words != Some(Quantity::Number)) {
        return as_role(col, Role::Derived);
    }
    let is_label = ecosystem.is_some()
        || words::is_fund(&words::residue(&whole))
        || words::year(&whole).is_some()
        || is_total(&last.text);
    let given = |quantity: Quantity| {
        let fits = |unit: &&String| words::quantity_of(unit) == Some(quantity);
        shape.units.iter().rev().map(|(_, _, unit)| unit).find(fits).or_else(|| units.iter().find(fits)).cloned()
    };
    let quantity = match (&explicit, by_words) {
        (Some(unit), Some(Quantity::Money)) if unit == "分" => Some(Quantity::Number),
        (Some(unit), _) => words::quantity_of(unit),
        (None, Some(quantity)) => Some(quantity),
        (None, None) if is_label && given(Quantity::Money).is_some() => Some(Quantity::Money),
        (None, None) if is_label && given(Quantity::Extent).is_some() => Some(Quantity::Extent),
        (None, None) if is_total(&last.text) => Some(Quantity::Money),
        (None, None) => None,
    };
    let place = || grid.place_of(last.row, column, &header);
    let Some(quantity) = quantity else {
        log.push(Finding::warning("office.column_unknown", place()).with("header", &header));
        return Some(col);
    };
    col.quantity = quantity;
    col.unit = match explicit.or_else(|| given(quantity)) {
        Some(unit) => unit,
        None if quantity == Quantity::Number => String::new(),
        None if quantity == Quantity::Persons => {
            log.push(Finding::warning("office.persons_assumed", place()).with("header", &header));
            "人".to_owned()
        }
        None => {
            let words =
                if quantity == Quantity::Money { "元, 万元, 亿元" } else { "亩, 万亩, 公顷, 平方公里" };
            log.push(Finding::error("office.unit_missing", place()).with("header", &header).with("units", words));
            return Some(col);
        }
    };
    col.role = if is_total(&last.text) { Role::Total } else { figure(&col, &whole, ecosystem) };
    Some(col)
}

fn figure(col: &Col, whole: &str, ecosystem: Option<(String, String, String, String)>) -> Role {
    let named = ecosystem.as_ref().map(|(id, zh, en, _)| Named { id: id.clone(), zh: zh.clone(), en: en.clone() });
    if let Some(standard) = words::standard(whole, col.quantity) {
        return Role::Figure(What::Standard(standard), named);
    }
    let last = col.levels.last().map(|head| words::plain(&head.text)).unwrap_or_default();
    match col.quantity {
        Quantity::Extent => {
            let rest =
                ["面积", "补偿", "生态", "保护", "核定", "享受"].iter().fold(last, |rest, word| rest.replace(word, ""));
            match (named, col.levels.len()) {
                (Some(named), _) => Role::Figure(What::Extent, Some(named)),
                (None, _) if rest.is_empty() => Role::Figure(What::Extent, None),
                (None, 2..) => {
                    Role::Figure(What::Extent, Some(Named { id: String::new(), zh: rest.clone(), en: rest }))
                }
                (None, _) => Role::Figure(What::Own(col.header.clone()), None),
            }
        }
        Quantity::Money if words::is_wish(whole) => Role::Figure(What::Own(col.header.clone()), named),
        Quantity::Money => {
            let year = words::year(&col.header);
            let without =
                ecosystem.as_ref().map_or(whole.to_owned(), |(_, _, _, word)| whole.replace(word.as_str(), ""));
            let rest = words::residue(&without);
            let level = col.levels.iter().rev().find(|head| {
                let own = words::residue(&words::plain(&head.text));
                !own.is_empty() && rest.contains(&own)
            });
            let fund = match level {
                _ if rest.is_empty() => None,
                Some(head) => Some(head.text.clone()),
                None => Some(rest),
            };
            Role::Figure(What::Amount(fund, year), named)
        }
        _ => Role::Figure(What::Own(col.header.clone()), named),
    }
}

/// Columns of one quantity that would be the same ecosystem are ecosystems of their own, by their own labels.
fn apart(columns: &mut [Col]) {
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut twice: BTreeSet<String> = BTreeSet::new();
    for col in columns.iter() {
        if let Role::Figure(what, Some(named)) = &col.role
            && !seen.entry(format!("{what:?}")).or_default().insert(named.id.clone())
            && !named.id.is_empty()
        {
            twice.insert(named.id.clone());
        }
    }
    for col in columns.iter_mut() {
        let label = col.levels.last().map(|head| head.text.clone()).unwrap_or_default();
        if let Role::Figure(_, Some(named)) = &mut col.role
            && twice.contains(&named.id)
        {
            let label =
                ["面积", "补偿资金", "补偿", "资金", "金额"].iter().fold(label, |rest, word| rest.replace(word, ""));
            *named = Named { id: String::new(), zh: label.clone(), en: label };
        }
    }
    // Labels of the table's own that stand under extents too are ecosystems, not funds.
    let labels: Vec<Named> = columns
        .iter()
        .filter_map(|col| match &col.role {
            Role::Figure(What::Extent, Some(named)) if named.id.is_empty() => Some(named.clone()),
            _ => None,
        })
        .collect();
    for col in columns.iter_mut() {
        let last = col.levels.last().map(|head| head.text.clone()).unwrap_or_default();
        if let Role::Figure(What::Amount(fund, _), ecosystem @ None) = &mut col.role
            && let Some(named) = labels.iter().find(|named| last.contains(&named.zh))
        {
            *ecosystem = Some(named.clone());
            if fund.as_ref().is_some_and(|fund| fund.contains(&named.zh)) {
                *fund = None;
            }
        }
    }
}

/// The text by which a row is known: of the name, or of whatever stands before it.
fn label(grid: &Grid, shape: &Shape, row: u32) -> String {
    let at = |column: usize| {
        let anchor = grid.merged_at(row, column).map_or((row, column), |range| range.first);
        words::close(grid.text(anchor.0, anchor.1))
    };
    let own = at(shape.name);
    if !own.is_empty() {
        return own;
    }
    (0..shape.name).map(at).find(|text| !text.is_empty()).unwrap_or_default()
}

/// The rows of the body, and how many totals were checked and could not be.
fn rows(grid: &Grid, shape: &Shape, columns: &[Col], log: &mut FindingLog) -> (Vec<Body>, (usize, usize)) {
    let column = |role: &Role| columns.iter().find(|col| col.role == *role).map(|col| col.column);
    let (code, kind) = (column(&Role::Code), column(&Role::Kind));
    let figures: Vec<&Col> = columns.iter().filter(|col| matches!(col.role, Role::Figure(..) | Role::Total)).collect();
    let mut body: Vec<Body> = Vec::new();
    let mut sums = totals::Totals::new(grid, columns);
    for row in grid.rows().into_iter().filter(|row| *row > shape.bottom) {
        let name = label(grid, shape, row);
        let place = || grid.place_of(row, shape.name, "");
        let kind_text = kind.map(|column| words::close(grid.text(row, column))).filter(|text| !text.is_empty());
        let has_figures = figures.iter().any(|col| {
            matches!(grid.at(row, col.column), Raw::Number(_) | Raw::Percent(_) | Raw::Refused(..))
                || matches!(grid.at(row, col.column), Raw::Text(text) if text.starts_with(|c: char| crate::cells::half_width(&c.to_string()).starts_with(|c: char| c.is_ascii_digit() || c == '-')))
        });
        let begin =
            grid.row(row).map(|(column, _)| grid.text(row, column)).find(|text| !text.is_empty()).unwrap_or_default();
        if words::is_name(&name) && !has_figures {
            continue;
        }
        let is_unnamed = grid.text(row, shape.name).is_empty() && grid.merged_at(row, shape.name).is_none();
        if !has_figures && !is_total(&name) && (is_unnamed || words::is_note(begin)) {
            continue;
        }
        let total = |text: &str| is_total(text) || ["总", "合", "计"].contains(&text);
        if total(&name) || total(&words::close(begin)) || kind_text.as_deref().is_some_and(total) {
            let of_name = kind_text.as_deref().is_some_and(total) && !total(&name);
            let word = if of_name { "小计" } else { name.as_str() };
            sums.check(row, (word, of_name.then_some(name.as_str())), &body, log);
            continue;
        }
        if words::is_group(&name) {
            sums.group((row, &name), has_figures, &body, log);
            continue;
        }
        if words::close(begin).starts_with("其中") || name.starts_with("其中") {
            log.push(Finding::warning("office.of_which", place()).with("name", name));
            continue;
        }
        if name.is_empty() {
            log.push(Finding::error(
                "office.row_without_name",
                place().column(crate::dataset::table::letters(shape.name)),
            ));
            continue;
        }
        if !has_figures {
            log.push(Finding::warning("office.row_without_figures", place()).with("name", &name));
        }
        if name.contains(crate::phrases::is_steering) {
            log.push(Finding::error("dataset.steering_characters", place()).with("value", &name));
            continue;
        }
        let mut found = Body { row, code: None, name, kind: kind_text, values: BTreeMap::new() };
        found.code = code.and_then(|column| code_of(grid, (row, column), log));
        for col in &figures {
            let place = grid.place_of(row, col.column, &col.header);
            if col.role == Role::Total && matches!(grid.at(row, col.column), Raw::Refused(..)) {
                sums.seen.1 += 1;
                continue;
            }
            if grid.merged_at(row, col.column).is_some_and(|range| range.last.0 > range.first.0) {
                log.push(Finding::error("office.merged_figure", place).with("header", &col.header));
                continue;
            }
            if let Some(value) = values::figure(grid.at(row, col.column), (col.quantity, &col.unit), place, log) {
                found.values.insert(col.column, value);
            }
        }
        sums.across(&found, log);
        body.push(found);
    }
    sums.finish(&body, log);
    (body, sums.seen)
}

/// A code: text, or a whole number of a length that codes have.
fn code_of(grid: &Grid, (row, column): (u32, usize), log: &mut FindingLog) -> Option<String> {
    let place = || grid.place_of(row, column, "");
    match grid.at(row, column) {
        Raw::Text(text) => {
            let code = crate::cells::half_width(text);
            if code.contains(char::is_whitespace) || code.len() > 64 {
                log.push(Finding::error("dataset.code_form", place()).with("value", text));
                return None;
            }
            Some(code)
        }
        Raw::Number(number) if number.fract() == 0.0 && *number > 0.0 && *number < 1e15 => {
            // Every whole number below 10¹⁵ is written out in full: nothing of the code is lost.
            Some(format!("{number:.0}"))
        }
        Raw::Blank => None,
        _ => {
            log.push(Finding::error("dataset.code_number", place()).with("value", ""));
            None
        }
    }
}

/// The place of a column's header.
pub(super) fn place_of(grid: &Grid, col: &Col) -> Place {
    let row = col.levels.last().map_or(0, |head| head.row);
    grid.place_of(row, col.column, &col.header)
}
