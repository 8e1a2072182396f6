//! Where the header of a table stands: in the first row, in its own columns.

use crate::dataset::columns::{is_code_header, is_known_header};

/// So many rows are searched for a header below the first row.
const ROWS_SEARCHED: usize = 20;
/// Marks that stand between columns in files that are not CSV.
const MARKS: &[(char, &str)] =
    &[(';', ";"), ('\u{FF1B}', "\u{FF1B}"), ('\t', "Tab"), ('\u{FF0C}', "\u{FF0C}"), ('|', "|")];

/// What a row means for the place of the header.
#[derive(Debug, PartialEq)]
pub(super) enum Header {
    /// It is the first row, or a row like any other.
    Fits,
    /// It is the header, below rows that are none: a title, most often.
    Below,
}

/// Rows on the way, in order.
#[derive(Debug, Default)]
pub(super) struct Search {
    rows: usize,
    found: bool,
}

impl Search {
    /// Looks at the next row that is not blank.
    pub fn meets(&mut self, cells: &[&str]) -> Header {
        let first = self.rows == 0;
        self.rows += 1;
        if self.found || self.rows > ROWS_SEARCHED {
            return Header::Fits;
        }
        self.found = if first { cells.iter().any(|cell| is_known_header(cell)) } else { is_header(cells) };
        if self.found && !first { Header::Below } else { Header::Fits }
    }
}

/// A row that names the code and another column.
fn is_header(cells: &[&str]) -> bool {
    let is_code = |cell: &&str| is_code_header(cell);
    cells.iter().any(is_code) && cells.iter().any(|cell| !is_code(cell) && is_known_header(cell))
}

/// The mark that stands between the columns of a header which was read as one cell; `None` where that is not so.
pub(super) fn separator(cells: &[&str]) -> Option<&'static str> {
    let [only] = cells else { return None };
    let splits = |mark: char| is_header(&only.split(mark).map(str::trim).collect::<Vec<_>>());
    MARKS.iter().find(|(mark, _)| splits(*mark)).map(|(_, shown)| *shown)
}
