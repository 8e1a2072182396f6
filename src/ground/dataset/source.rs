//! The files of a dataset, and which of them are its two tables.

use crate::dataset::csv_table::read_csv;
use crate::dataset::manifest::Manifest;
use crate::dataset::table::Table;
use crate::dataset::workbook::read_xlsx;
use crate::finding::{Finding, Findings, Place, nearest};
use crate::phrases::Phrase;

/// Named bytes: the files of a dataset, read by the caller.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// What the user calls it: a folder or a workbook.
    pub name: String,
    /// File names (without folder) and contents; a table in a form that is not read may be without its content.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Source {
    /// File names that a dataset may consist of.
    pub fn concerns(file: &str) -> bool {
        let lower = file.to_lowercase();
        lower == "dataset.toml" || ((lower.ends_with(".csv") || lower.ends_with(".xlsx")) && !lower.starts_with("~$"))
    }

    /// File names of tables in a form that is not read.
    pub fn is_foreign(file: &str) -> bool {
        let lower = file.to_lowercase();
        FOREIGN.iter().any(|ending| lower.ends_with(ending)) && !lower.starts_with("~$")
    }

    /// Names of the files that are the dataset, among those that it may consist of.
    pub fn used(&self) -> Vec<&str> {
        let manifest = Manifest::find(&self.files).unwrap_or_default();
        let wanted = |wanted: &Option<String>, file: &str, known: &[&str]| match wanted {
            Some(wanted) => file == wanted,
            None => is_table(file, known),
        };
        let is_table = |file: &str| wanted(&manifest.areas, file, AREAS) || wanted(&manifest.cells, file, CELLS);
        let in_csv = self.files.iter().any(|(file, _)| is_table(file));
        let is_book = |file: &str| file.to_lowercase().ends_with(".xlsx");
        let several = self.files.iter().filter(|(file, _)| is_book(file)).count() > 1;
        let is_used = |(file, bytes): &&(String, Vec<u8>)| {
            let is_own = || !in_csv && is_book(file) && (!several || is_dataset(file, bytes));
            file.to_lowercase() == "dataset.toml" || is_table(file) || is_own()
        };
        self.files.iter().filter(is_used).map(|(file, _)| file.as_str()).collect()
    }
}

/// Endings of workbooks and tables of other programs.
const FOREIGN: &[&str] = &[".xls", ".xlsm", ".xlsb", ".et", ".ods", ".tsv"];
const AREAS: &[&str] = &["areas", "区域", "乡镇"];
const CELLS: &[&str] = &["cells", "单元", "生态系统", "明细"];

/// The tables of areas and cells.
///
/// # Errors
/// A table that is missing, given twice or in a form that is not read, and all that is wrong with the form of either.
pub(super) fn tables(source: &Source, manifest: &Manifest) -> Result<(Table, Table), Findings> {
    let areas = csv_file(source, manifest, &manifest.areas, AREAS)?;
    let cells = csv_file(source, manifest, &manifest.cells, CELLS)?;
    let here = || Place::file(source.name.clone());
    let missing = |code: &'static str, found: &str| {
        let table = Phrase::new(code).text();
        Findings::from(Finding::error("dataset.table_missing", here()).with("table", table).with("found", found))
    };
    let books: Vec<&(String, Vec<u8>)> =
        source.files.iter().filter(|(file, _)| file.to_lowercase().ends_with(".xlsx")).collect();
    match (areas, cells) {
        (Some((areas, area_bytes)), Some((cells, cell_bytes))) => {
            match (read_csv(areas, area_bytes), read_csv(cells, cell_bytes)) {
                (Ok(areas), Ok(cells)) => Ok((areas, cells)),
                (Err(Findings(mut first)), Err(Findings(second))) => {
                    first.extend(second);
                    Err(Findings(first))
                }
                (Err(log), Ok(_)) | (Ok(_), Err(log)) => Err(log),
            }
        }
        (Some((areas, _)), None) if books.is_empty() => Err(missing("dataset.table_cells", areas)),
        (None, Some((cells, _))) if books.is_empty() => Err(missing("dataset.table_areas", cells)),
        _ => match books.as_slice() {
            [(file, bytes)] => sheets(file, bytes),
            // Others beside it, such as a table of batches, are none of the dataset.
            [_, (other, _), ..] => {
                match books.iter().filter(|(file, bytes)| is_dataset(file, bytes)).collect::<Vec<_>>()[..] {
                    [(file, bytes)] => sheets(file, bytes),
                    _ => Err(Finding::error("dataset.two_tables", here()).with("other", other).into()),
                }
            }
            [] => Err(match source.files.iter().find(|(file, _)| Source::is_foreign(file)) {
                Some((file, _)) => Finding::error("dataset.foreign_table", Place::file(file)).with("file", file).into(),
                None => Finding::error("dataset.no_tables", here()).into(),
            }),
        },
    }
}

/// The CSV file of a table: the one that the manifest names, or the one with a known name.
fn csv_file<'a>(
    source: &'a Source,
    manifest: &Manifest,
    wanted: &Option<String>,
    known: &[&str],
) -> Result<Option<&'a (String, Vec<u8>)>, Finding> {
    if let Some(wanted) = wanted {
        let found = source.files.iter().find(|(file, _)| file == wanted);
        let names = || source.files.iter().map(|(file, _)| file.as_str()).filter(|file| *file != manifest.file);
        let near = || match nearest(wanted, names()) {
            Some(near) => near.to_owned(),
            None => names().collect::<Vec<_>>().join(", "),
        };
        return found.map(Some).ok_or_else(|| {
            Finding::error("dataset.table_not_found", Place::file(&manifest.file).column("tables"))
                .with("file", wanted)
                .with("like", near())
        });
    }
    let mut found = source.files.iter().filter(|(file, _)| is_table(file, known));
    match (found.next(), found.next()) {
        (Some(_), Some((other, _))) => {
            Err(Finding::error("dataset.two_tables", Place::file(source.name.clone())).with("other", other))
        }
        (first, _) => Ok(first),
    }
}

/// Whether a file is a CSV table by one of these names.
fn is_table(file: &str, known: &[&str]) -> bool {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_lowercase();
    file.to_lowercase().ends_with(".csv") && known.contains(&stem.as_str())
}

/// Whether a workbook has the sheets of both tables; one that cannot be read has none.
fn is_dataset(file: &str, bytes: &[u8]) -> bool {
    let is = |table: &Table, known: &[&str]| {
        table.place.sheet.as_deref().is_some_and(|sheet| known.contains(&sheet.trim().to_lowercase().as_str()))
    };
    let wanted = |sheet: &str| AREAS.iter().chain(CELLS).any(|known| *known == sheet.trim().to_lowercase());
    read_xlsx(file, bytes, &wanted)
        .is_ok_and(|tables| [AREAS, CELLS].iter().all(|known| tables.iter().any(|table| is(table, known))))
}

fn sheets(file: &str, bytes: &[u8]) -> Result<(Table, Table), Findings> {
    let is = |sheet: &str, known: &[&str]| known.contains(&sheet.trim().to_lowercase().as_str());
    let tables = read_xlsx(file, bytes, &|sheet| is(sheet, AREAS) || is(sheet, CELLS))?;
    let (areas, cells): (Vec<Table>, Vec<Table>) =
        tables.into_iter().partition(|table| table.place.sheet.as_deref().is_some_and(|sheet| is(sheet, AREAS)));
    let single = |mut tables: Vec<Table>, known: &[&str]| match (tables.pop(), tables.pop()) {
        (Some(table), None) => Ok(table),
        (Some(last), Some(other)) => {
            Err(Finding::error("dataset.two_tables", other.place).with("other", last.place.sheet.unwrap_or_default()))
        }
        (None, _) => Err(Finding::error("dataset.no_sheet", Place::file(file)).with("sheets", known.join(" / "))),
    };
    match (single(areas, AREAS), single(cells, CELLS)) {
        (Ok(areas), Ok(cells)) => Ok((areas, cells)),
        (Err(first), Err(second)) => Err(Findings(vec![first, second])),
        (Err(finding), Ok(_)) | (Ok(_), Err(finding)) => Err(finding.into()),
    }
}
