//! 下达附件: the table that an office signs and sends — areas by fund and ecosystem, with totals that add as shown.

use std::collections::BTreeMap;

use crate::adding;
use crate::phrases::{Lang, Phrase, Text};
use crate::record::Record;
use crate::report::paper::Unit;

/// So many columns of figures stand side by side before they are summed by fund or by ecosystem.
const MOST: usize = 9;

/// One column of figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it and its neighbours; `None` where nothing does.
    pub group: Option<Text>,
    /// Its own header.
    pub name: Text,
}

/// One area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Area code.
    pub code: String,
    /// Printed name.
    pub name: Text,
    /// Figures in 分, as shown; `None` where nothing can be paid.
    pub figures: Vec<Option<i64>>,
    /// Their sum.
    pub total: i64,
}

/// The table, in 分 as shown: in 万元 every figure is a multiple of what two decimals show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annex {
    /// Unit in which it is printed.
    pub unit: Unit,
    /// Columns of figures, the total aside.
    pub columns: Vec<Column>,
    /// One row an area.
    pub rows: Vec<Row>,
    /// Totals of the columns.
    pub sums: Vec<i64>,
    /// The whole.
    pub total: i64,
}

/// Where a payment stands: its column.
type Key = (String, String);

/// The annex of a run.
pub fn annex(record: &Record, unit: Unit) -> Annex {
    let (columns, key) = columns(record);
    let mut paid: BTreeMap<(&str, Key), i64> = BTreeMap::new();
    for cell in &record.cells {
        for part in &cell.by_fund {
            *paid.entry((cell.area.as_str(), key(&part.fund, &cell.ecosystem))).or_default() += part.amount_fen;
        }
    }
    let keys: Vec<&Key> = columns.iter().map(|(key, _)| key).collect();
    let figure = |area: &str, key: &Key| paid.get(&(area, key.clone())).copied();
    let exact: Vec<Vec<Option<i64>>> =
        record.areas.iter().map(|area| keys.iter().map(|key| figure(&area.code, key)).collect()).collect();
    let shown = match unit {
        Unit::Wan => adding::table(&exact, keys.len()),
        Unit::Yuan => sums(exact, keys.len()),
    };
    let row = |((area, figures), total): ((&crate::record::TotalPart, Vec<Option<i64>>), i64)| Row {
        code: area.code.clone(),
        name: area.name.clone(),
        figures,
        total,
    };
    Annex {
        unit,
        rows: record.areas.iter().zip(shown.cells).zip(shown.rows).map(row).collect(),
        columns: columns.into_iter().map(|(_, column)| column).collect(),
        sums: shown.columns,
        total: shown.total,
    }
}

/// Exact figures with their sums.
fn sums(cells: Vec<Vec<Option<i64>>>, width: usize) -> adding::Shown {
    let rows: Vec<i64> = cells.iter().map(|row| row.iter().flatten().sum()).collect();
    let column = |at: usize| cells.iter().filter_map(|row| row.get(at).copied().flatten()).sum();
    adding::Shown { columns: (0..width).map(column).collect(), total: rows.iter().sum(), rows, cells }
}

/// Columns with their keys, and which of them is that of a fund and an ecosystem.
type Columns = (Vec<(Key, Column)>, fn(&str, &str) -> Key);

/// Columns, and the column of a fund and an ecosystem: fund by ecosystem where there is room, else funds, or the ecosystems of
/// the only fund.
fn columns(record: &Record) -> Columns {
    let paid = |fund: &str, ecosystem: &str| {
        let cells = record.cells.iter().filter(|cell| cell.ecosystem == ecosystem).flat_map(|cell| &cell.by_fund);
        cells.filter(|part| part.fund == fund).any(|part| part.amount_fen != 0)
    };
    let mut both = Vec::new();
    for fund in &record.funds {
        for ecosystem in record.ecosystems.iter().filter(|ecosystem| paid(&fund.id, &ecosystem.code)) {
            let key = (fund.id.clone(), ecosystem.code.clone());
            both.push((key, Column { group: Some(fund.label.clone()), name: ecosystem.name.clone() }));
        }
    }
    if record.funds.len() > 1 && both.len() <= MOST {
        return (both, |fund, ecosystem| (fund.to_owned(), ecosystem.to_owned()));
    }
    if record.funds.len() > 1 {
        let plain = |fund: &crate::record::FundPart| {
            ((fund.id.clone(), String::new()), Column { group: None, name: fund.label.clone() })
        };
        return (record.funds.iter().map(plain).collect(), |fund, _| (fund.to_owned(), String::new()));
    }
    let plain =
        |((_, ecosystem), column): (Key, Column)| ((String::new(), ecosystem), Column { group: None, ..column });
    (both.into_iter().map(plain).collect(), |_, ecosystem| (String::new(), ecosystem.to_owned()))
}

impl Annex {
    /// Whether the total stands beside the only column and would say the same.
    pub fn is_single(&self) -> bool {
        self.columns.len() < 2
    }

    /// Whether a row of funds stands above the headers.
    pub fn has_groups(&self) -> bool {
        self.columns.iter().any(|column| column.group.is_some())
    }

    /// Headers of the figures, the total last; a single column is called an amount.
    pub fn headers(&self, lang: Lang) -> Vec<String> {
        if self.is_single() {
            return vec![Phrase::new("report.amount").render(lang)];
        }
        let total = Phrase::new("report.total").render(lang);
        self.columns.iter().map(|column| column.name.get(lang).to_owned()).chain([total]).collect()
    }

    /// The figures of a row, the total last.
    pub fn figures(&self, row: &Row) -> Vec<Option<i64>> {
        self.with_total(&row.figures, row.total)
    }

    /// The totals, the whole last.
    pub fn totals(&self) -> Vec<Option<i64>> {
        let sums: Vec<Option<i64>> = self.sums.iter().copied().map(Some).collect();
        self.with_total(&sums, self.total)
    }

    fn with_total(&self, figures: &[Option<i64>], total: i64) -> Vec<Option<i64>> {
        if self.is_single() { vec![Some(total)] } else { figures.iter().copied().chain([Some(total)]).collect() }
    }
}
