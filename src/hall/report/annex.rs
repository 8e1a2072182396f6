//! 下达附件: the table that an office signs and sends — areas by fund and ecosystem, with totals that add as shown.

use std::collections::BTreeMap;

use crate::adding;
use crate::phrases::{Lang, Phrase, Text};
use crate::record::{PaidRow, Record};
use crate::report::by_hand::{MARK, areas as by_hand, override_name, whose_reason};
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
    /// What stands beside the sum during the year, in the order of [`Annex::during`].
    pub during: Vec<i64>,
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
    /// During the year, what was withdrawn and paid before and what this batch brings: headers by code, and their totals.
    pub during: Vec<(&'static str, i64)>,
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
    let marked = by_hand(record);
    let row = |((area, figures), total): ((&crate::record::TotalPart, Vec<Option<i64>>), i64)| {
        let mark = if marked.contains(area.code.as_str()) { MARK } else { "" };
        let name = Text { zh: format!("{}{mark}", area.name.zh), en: format!("{}{mark}", area.name.en) };
        Row { code: area.code.clone(), name, figures, total, during: Vec::new() }
    };
    let mut annex = Annex {
        unit,
        rows: record.areas.iter().zip(shown.cells).zip(shown.rows).map(row).collect(),
        columns: columns.into_iter().map(|(_, column)| column).collect(),
        sums: shown.columns,
        total: shown.total,
        during: Vec::new(),
    };
    during(&mut annex, record);
    annex
}

/// A column beside the sums: its header and its figure of an area.
type Beside = (&'static str, fn(&PaidRow) -> i64);

/// Puts beside each sum what was withdrawn and not handed on, what was paid, and what is left for this batch.
fn during(annex: &mut Annex, record: &Record) {
    let Some(part) = &record.paid else { return };
    let mut parts: Vec<Beside> = vec![("report.paid", |row| row.paid_fen)];
    if part.total.withdrawn_fen != 0 {
        parts.insert(0, ("report.withdrawn", |row| row.withdrawn_fen));
    }
    let of = |code: &str| part.areas.iter().find(|row| row.group == code);
    let mut left = annex.total;
    for (header, pick) in parts {
        let exact: Vec<i64> = annex.rows.iter().map(|row| of(&row.code).map_or(0, pick)).collect();
        let shown = if annex.unit == Unit::Wan { adding::parts(&exact) } else { exact };
        let total: i64 = shown.iter().sum();
        annex.during.push((header, total));
        left -= total;
        annex.rows.iter_mut().zip(shown).for_each(|(row, fen)| row.during.push(fen));
    }
    // What is left is taken from the figures as shown, so that it adds up both ways.
    annex.during.push(("report.now", left));
    for row in &mut annex.rows {
        let left = row.total - row.during.iter().sum::<i64>();
        row.during.push(left);
    }
}

/// What the marks of the table mean: every amount that is set by hand, with its reason.
pub fn notes(record: &Record, lang: Lang) -> Vec<String> {
    let part = record.by_hand.iter().flat_map(|part| &part.overrides);
    part.map(|one| {
        let phrase = Phrase::new("paper.by_hand").with("name", override_name(record, one, lang));
        format!("{MARK} {}", phrase.with("reason", whose_reason(one)).render(lang))
    })
    .collect()
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

    /// How many columns stand side by side before their total; none where the only one is the total.
    pub fn parts(&self) -> usize {
        if self.is_single() { 0 } else { self.columns.len() }
    }

    /// Headers of the figures, with their group: the parts, the total, what stands beside it; a single column is called an amount.
    pub fn headers(&self) -> Vec<(Option<&Text>, Text)> {
        let total = Phrase::new(if self.is_single() { "report.amount" } else { "report.total" }).text();
        let parts = self.columns.iter().take(self.parts());
        let parts = parts.map(|column| (column.group.as_ref(), column.name.clone()));
        let during = self.during.iter().map(|(code, _)| (None, Phrase::new(code).text()));
        parts.chain([(None, total)]).chain(during).collect()
    }

    /// The figures of a row, in the order of the headers.
    pub fn figures(&self, row: &Row) -> Vec<Option<i64>> {
        let parts = row.figures.iter().copied().take(self.parts());
        parts.chain([row.total].into_iter().chain(row.during.iter().copied()).map(Some)).collect()
    }

    /// The totals, in the order of the headers.
    pub fn totals(&self) -> Vec<Option<i64>> {
        let parts = self.sums.iter().copied().take(self.parts());
        parts.chain([self.total]).chain(self.during.iter().map(|(_, total)| *total)).map(Some).collect()
    }
}
