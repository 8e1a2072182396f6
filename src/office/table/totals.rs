//! Totals of a table: checked against what they are the sum of, and then left out.

use std::collections::BTreeMap;

use crate::dataset::grid::Grid;
use crate::dataset::table::Raw;
use crate::finding::{Finding, FindingLog};
use crate::table::column::{Body, Col, Role, What};
use crate::units::Decimal;

/// A group of rows under a heading such as `一、沿江片区`.
struct Group {
    row: u32,
    name: String,
    from: usize,
}

/// Totals on the way down a table.
pub(super) struct Totals<'a> {
    grid: &'a Grid,
    columns: &'a [Col],
    /// Rows before the last total of a part.
    since: usize,
    /// A total that stands above its rows: of a part of them, and of all.
    group: Option<Group>,
    whole: Option<Group>,
    /// Totals that add up or do not, and those that are formulas without a value.
    pub seen: (usize, usize),
    /// Sums of the rows so far.
    sums: BTreeMap<usize, Decimal>,
}

impl<'a> Totals<'a> {
    pub fn new(grid: &'a Grid, columns: &'a [Col]) -> Self {
        Self { grid, columns, since: 0, group: None, whole: None, seen: (0, 0), sums: BTreeMap::new() }
    }

    fn figures(&self) -> impl Iterator<Item = &'a Col> + use<'a> {
        self.columns.iter().filter(|col| matches!(col.role, Role::Figure(..) | Role::Total))
    }

    /// A total below rows: of a part of them, of one name, or of all.
    pub fn check(&mut self, row: u32, (word, of_name): (&str, Option<&str>), body: &[Body], log: &mut FindingLog) {
        let is_part = word.contains("小计");
        let from = if is_part { self.since.min(body.len()) } else { 0 };
        let part = body.get(from..).unwrap_or_default();
        let of: Vec<&Body> = part.iter().filter(|row| of_name.is_none_or(|name| row.name == name)).collect();
        if of.is_empty() {
            // Above its rows: what it is the total of comes later.
            if !is_part || of_name.is_some() {
                self.whole = self.whole.take().or(Some(Group { row, name: word.to_owned(), from: 0 }));
            }
            return;
        }
        if from == 0 && of.len() == body.len() {
            let sums = self.sums.clone();
            self.compare((row, word), (&sums, body.len()), log);
        } else {
            self.compare((row, word), (&sum(&of), of.len()), log);
        }
        if is_part {
            self.since = body.len();
        }
    }

    /// A heading; one with figures is the total of the rows below it.
    pub fn group(&mut self, (row, name): (u32, &str), has_figures: bool, body: &[Body], log: &mut FindingLog) {
        self.close(body, log);
        self.since = body.len();
        if has_figures {
            self.group = Some(Group { row, name: name.to_owned(), from: body.len() });
        }
    }

    fn close(&mut self, body: &[Body], log: &mut FindingLog) {
        for group in [self.group.take()].into_iter().flatten() {
            let of: Vec<&Body> = body.get(group.from..).unwrap_or_default().iter().collect();
            if !of.is_empty() {
                self.compare((group.row, &group.name), (&sum(&of), of.len()), log);
            }
        }
    }

    fn compare(
        &mut self,
        (row, word): (u32, &str),
        (sums, rows): (&BTreeMap<usize, Decimal>, usize),
        log: &mut FindingLog,
    ) {
        for col in self.figures() {
            let raw = self.grid.at(row, col.column);
            let Some(total) = number(raw) else {
                self.seen.1 += usize::from(matches!(raw, Raw::Refused(..)));
                continue;
            };
            self.seen.0 += 1;
            let sum = sums.get(&col.column).copied().unwrap_or_default();
            if total != sum {
                let finding =
                    Finding::warning("office.total_differs", self.grid.place_of(row, col.column, &col.header));
                log.push(
                    finding
                        .with("word", word)
                        .with("total", total.to_string())
                        .with("sum", sum.to_string())
                        .with("rows", rows.to_string())
                        .with("difference", difference(total, sum)),
                );
            }
        }
    }

    /// Totals within a row: of the columns of the same quantity under the same heading.
    pub fn across(&mut self, body: &Body, log: &mut FindingLog) {
        for (column, value) in &body.values {
            let sum = self.sums.entry(*column).or_default();
            *sum = sum.checked_add(*value).unwrap_or(*sum);
        }
        for total in self.columns.iter().filter(|col| col.role == Role::Total) {
            let Some(value) = body.values.get(&total.column) else { continue };
            let heads =
                |col: &Col| -> Vec<(u32, usize)> { col.levels.iter().map(|head| (head.row, head.column)).collect() };
            let above: Vec<(u32, usize)> = heads(total).into_iter().rev().skip(1).rev().collect();
            let is_part = |col: &&Col| {
                matches!(&col.role, Role::Figure(what, _) if matches!(what, What::Amount(..) | What::Extent))
                    && col.quantity == total.quantity
                    && col.unit == total.unit
                    && heads(col).starts_with(&above)
            };
            let parts: Vec<&Col> = self.columns.iter().filter(is_part).collect();
            let years: std::collections::BTreeSet<Option<i64>> =
                parts.iter().map(|col| crate::table::words::year(&col.header)).collect();
            if parts.is_empty() || years.len() > 1 {
                continue;
            }
            let mut sum = Decimal::ZERO;
            for part in parts.iter().filter_map(|col| body.values.get(&col.column)) {
                sum = sum.checked_add(*part).unwrap_or(sum);
            }
            self.seen.0 += 1;
            if *value != sum {
                let place = self.grid.place_of(body.row, total.column, &total.header);
                log.push(
                    Finding::warning("office.row_total_differs", place)
                        .with("name", &body.name)
                        .with("total", value.to_string())
                        .with("sum", sum.to_string())
                        .with("difference", difference(*value, sum)),
                );
            }
        }
    }

    /// The totals that stood above their rows.
    pub fn finish(&mut self, body: &[Body], log: &mut FindingLog) {
        self.close(body, log);
        self.group = self.whole.take();
        self.close(body, log);
    }
}

/// The sums of rows by column.
fn sum(rows: &[&Body]) -> BTreeMap<usize, Decimal> {
    let mut sums: BTreeMap<usize, Decimal> = BTreeMap::new();
    for (column, value) in rows.iter().flat_map(|row| &row.values) {
        let sum = sums.entry(*column).or_default();
        *sum = sum.checked_add(*value).unwrap_or(*sum);
    }
    sums
}

fn number(raw: &Raw) -> Option<Decimal> {
    match raw {
        Raw::Number(number) => Decimal::from_f64(*number).ok(),
        Raw::Text(text) => Decimal::parse(&crate::cells::half_width(text)).ok(),
        _ => None,
    }
}

fn difference(total: Decimal, sum: Decimal) -> String {
    Decimal::from_exact(&(total.exact() - sum.exact()), 12, false)
        .map_or_else(String::new, |difference| difference.to_string())
}

/// Sums of columns, for what is printed of them.
pub(super) fn sums(body: &[Body]) -> BTreeMap<usize, (usize, Decimal)> {
    let mut sums: BTreeMap<usize, (usize, Decimal)> = BTreeMap::new();
    for (column, value) in body.iter().flat_map(|row| &row.values) {
        let (count, sum) = sums.entry(*column).or_default();
        *count += 1;
        *sum = sum.checked_add(*value).unwrap_or(*sum);
    }
    sums
}
