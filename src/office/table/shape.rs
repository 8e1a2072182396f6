//! Where a table lies on its sheet: title, lines of units, the rows of its header, its body.

use std::collections::BTreeMap;

use crate::dataset::grid::Grid;
use crate::dataset::table::Raw;
use crate::table::words;

/// So many rows are searched for a header.
const ROWS_SEARCHED: usize = 40;
/// Most rows of a header.
const HEADER_MAX: u32 = 6;

/// The shape of a table.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// Last row of the header.
    pub bottom: u32,
    /// First row of the header.
    pub top: u32,
    /// Column of the names.
    pub name: usize,
    /// Levels of the header of each column, from above.
    pub heads: BTreeMap<usize, Vec<Head>>,
    /// Units given above the table: row, column, unit.
    pub units: Vec<(u32, usize, String)>,
    /// The year that the lines above it name.
    pub year: Option<i64>,
}

/// One level of a header.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    /// Row in which it is written.
    pub row: u32,
    /// Column in which it is written.
    pub column: usize,
    /// Its text without the unit.
    pub text: String,
    /// Its unit.
    pub unit: Option<String>,
}

impl Shape {
    /// Finds the table of a sheet: by the header of its names.
    pub fn find(grid: &Grid) -> Option<Self> {
        let rows = grid.rows();
        let (row, name) = rows.iter().take(ROWS_SEARCHED).find_map(|row| {
            let is_name = |text: &str| !text.contains([':', '：']) && words::is_name(&words::split(text).0);
            let mut found = grid.row(*row).filter(|(column, _)| is_name(grid.text(*row, *column)));
            let (column, _) = found.next()?;
            // A line of one cell is a title, whatever it says.
            let below = grid.merged_at(*row, column).map_or(*row, |range| range.last.0);
            let others = (*row..=below + 1).flat_map(|row| grid.row(row)).filter(|(other, _)| *other > column).count();
            (others > 0).then_some((*row, column))
        })?;
        let bottom = Self::bottom(grid, row, name);
        let top = Self::top(grid, row, name);
        let mut shape = Self { bottom, top, name, heads: BTreeMap::new(), units: Vec::new(), year: None };
        shape.read_heads(grid);
        shape.read_lines(grid);
        Some(shape)
    }

    fn bottom(grid: &Grid, row: u32, name: usize) -> u32 {
        let mut bottom = grid.merged_at(row, name).map_or(row, |range| range.last.0.min(row + HEADER_MAX));
        loop {
            let next = bottom + 1;
            if next > row + HEADER_MAX {
                return bottom;
            }
            if is_numbering(grid, next) {
                bottom = next;
                continue;
            }
            let is_blank = *grid.at(next, name) == Raw::Blank && grid.merged_at(next, name).is_none();
            let mut cells = grid.row(next).filter(|(column, _)| *column > name).peekable();
            let has_cells = cells.peek().is_some();
            let all_text = cells.all(|(_, raw)| matches!(raw, Raw::Text(text) if !is_figure(text)));
            if !(is_blank && has_cells && all_text) {
                return bottom;
            }
            bottom = next;
        }
    }

    fn top(grid: &Grid, row: u32, name: usize) -> u32 {
        let mut top = row;
        while let Some(above) = top.checked_sub(1).filter(|above| row - above < HEADER_MAX) {
            let cells: Vec<(usize, &Raw)> = grid.row(above).collect();
            let is_label = |(column, raw): &(usize, &Raw)| {
                *column > name
                    && matches!(raw, Raw::Text(text) if !is_figure(text) && !text.contains([':', '：']) && words::units_of_line(text).is_none())
                    && grid.merged_at(above, *column).is_none_or(|range| range.first.1 > name)
            };
            // One cell alone above the table is a line; a group spans columns.
            let spans = cells.iter().any(|(column, _)| grid.merged_at(above, *column).is_some()) || cells.len() > 1;
            if cells.is_empty() || !spans || !cells.iter().all(is_label) {
                return top;
            }
            top = above;
        }
        top
    }

    fn read_heads(&mut self, grid: &Grid) {
        let width = grid.width();
        let head = |row: u32, column: usize, text: &str| {
            let (plain, unit) = words::split(text);
            Head { row, column, text: plain, unit }
        };
        for column in 0..width {
            let mut levels: Vec<Head> = Vec::new();
            for row in (self.top..=self.bottom).filter(|row| !is_numbering(grid, *row)) {
                let anchor = grid.merged_at(row, column).map_or((row, column), |range| range.first);
                let mut text = shown(grid, anchor.0, anchor.1);
                let mut from = anchor;
                if text.is_empty() && row < self.bottom && grid.merged_at(row, column).is_none() && column > self.name {
                    // A group that is not merged reaches over the columns at its right that have a label of their own below.
                    let own_below = (row + 1..=self.bottom).any(|below| !shown(grid, below, column).is_empty());
                    let left = (self.name + 1..column).rev().find(|left| !shown(grid, row, *left).is_empty());
                    let is_group = |left: usize| {
                        grid.merged_at(row, left).is_none()
                            && (row + 1..=self.bottom).any(|below| !shown(grid, below, left).is_empty())
                    };
                    if own_below && let Some(left) = left.filter(|left| is_group(*left)) {
                        text = shown(grid, row, left);
                        from = (row, left);
                    }
                }
                if !text.is_empty() && levels.last().is_none_or(|last| (last.row, last.column) != from) {
                    levels.push(head(from.0, from.1, &text));
                }
            }
            if !levels.is_empty() {
                self.heads.insert(column, levels);
            }
        }
    }

    fn read_lines(&mut self, grid: &Grid) {
        for ((row, column), raw) in grid.cells.range(..(self.top, 0)) {
            let Raw::Text(text) = raw else { continue };
            if let Some(units) = words::units_of_line(text) {
                self.units.extend(units.into_iter().map(|unit| (*row, *column, unit)));
            } else if let Some(unit) = words::split(text).1 {
                self.units.push((*row, *column, unit));
            }
            self.year = self.year.or_else(|| words::year(text));
        }
        self.year = self.year.or_else(|| words::year(grid.place.sheet.as_deref().unwrap_or_default()));
        self.year = self.year.or_else(|| words::year(grid.place.file.as_deref().unwrap_or_default()));
    }
}

/// A header cell as text; numbers of years stand in headers too.
fn shown(grid: &Grid, row: u32, column: usize) -> String {
    match grid.at(row, column) {
        Raw::Text(text) => text.clone(),
        Raw::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Whether a text is a figure, or a sign that there is none.
pub(super) fn is_figure(text: &str) -> bool {
    super::values::is_missing(text) || crate::units::Decimal::parse(&crate::cells::half_width(text)).is_ok()
}

/// A row of numbers of columns: 栏次 1 2 3, 甲 乙 1 2 3.
fn is_numbering(grid: &Grid, row: u32) -> bool {
    let mut expected = 1.0;
    let mut numbers = 0;
    for (_, raw) in grid.row(row) {
        let number = match raw {
            Raw::Number(number) => Some(*number),
            Raw::Text(text) => match crate::cells::half_width(text).trim_matches(['(', ')']).parse::<f64>() {
                Ok(number) => Some(number),
                Err(_) if ["甲", "乙", "丙", "栏次", "栏号", "行次", "序号"].contains(&text.as_str()) => {
                    None
                }
                // 3=1+2 says how a column comes about.
                Err(_) if text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('=') => Some(expected),
                Err(_) => return false,
            },
            _ => return false,
        };
        if let Some(number) = number {
            if number != expected {
                return false;
            }
            expected += 1.0;
            numbers += 1;
        }
    }
    numbers >= 3
}
