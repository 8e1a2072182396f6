//! Where the lines of a model stand that was read from a workbook: sheet, row and column of each.

use std::collections::BTreeMap;

use crate::finding::{Finding, FindingLog, Findings, Place};

/// A cell of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Sheet.
    pub sheet: String,
    /// Row, from 1.
    pub row: u64,
    /// Letter of the column, and its header.
    pub column: String,
}

/// The cells that the lines of a model come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spots {
    /// SHA-256 of the workbook, hexadecimal.
    pub sha256: String,
    /// Cells by line; lines between belong to the one above.
    pub lines: BTreeMap<u64, Spot>,
    /// Sheets by the key of the model that they hold.
    pub sheets: BTreeMap<String, String>,
}

impl Spots {
    /// Findings about the model text `file`, each at the cell that its line came from; one of many cells of a column is one.
    pub fn locate(&self, file: &str, findings: Findings) -> Findings {
        let mut log = FindingLog::of_tables();
        findings.0.into_iter().for_each(|finding| log.push(self.located(file, finding)));
        Findings(log.into_findings())
    }

    /// One of them.
    pub fn located(&self, file: &str, mut finding: Finding) -> Finding {
        let place = &finding.place;
        if place.file.as_deref() == Some(file) && place.sheet.is_none() {
            finding.place = self.place(file, place.row, place.column.as_deref().unwrap_or_default());
        }
        finding
    }

    /// The place of a line, or of a key where no line is known.
    fn place(&self, file: &str, line: Option<u64>, path: &str) -> Place {
        let key = path.split(['.', '[']).next().unwrap_or_default();
        let spot = line.and_then(|line| self.lines.range(..=line).next_back()).map(|(_, spot)| spot);
        match (spot, self.sheets.get(key)) {
            (Some(spot), _) => Place::file(file).sheet(&spot.sheet).row(spot.row).column(&spot.column),
            (None, Some(sheet)) => Place::file(file).sheet(sheet),
            (None, None) if path.is_empty() => Place::file(file),
            (None, None) => Place::file(file).column(path),
        }
    }
}
