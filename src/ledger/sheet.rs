//! A report as a table: what every report of the ledger is, whatever form it is printed in.

use ecocomp_ground::phrases::{Phrase, Text};
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// Words.
    Text,
    /// Money, in 分.
    Fen,
    /// A share in per cent, with two decimals.
    Percent,
    /// A number.
    Number,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its key in JSON.
    pub key: &'static str,
    /// Its header.
    pub label: Text,
    /// What its cells are.
    pub holds: Holds,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Blank,
    /// Words.
    Text(Text),
    /// Money, in 分.
    Fen(i64),
    /// A number or per cent as it is printed.
    Number(String),
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Blank => serializer.serialize_none(),
            Self::Text(text) => text.serialize(serializer),
            Self::Fen(fen) => serializer.serialize_i64(*fen),
            Self::Number(number) => serializer.serialize_str(number),
        }
    }
}

impl Cell {
    /// Words; blank where there are none.
    pub fn of(text: &Text) -> Self {
        if text.zh.is_empty() { Self::Blank } else { Self::Text(text.clone()) }
    }

    /// The same words in both languages.
    pub fn same(text: impl ToString) -> Self {
        let text = text.to_string();
        if text.is_empty() { Self::Blank } else { Self::Text(Text::same(text)) }
    }
}

/// What is drawn of a report; money in 分.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chart {
    /// Lines over months.
    Months {
        /// Months.
        months: Vec<String>,
        /// Names and figures, one a month.
        lines: Vec<(Text, Vec<i64>)>,
    },
    /// Bars with names.
    Bars(Vec<(Text, i64)>),
    /// Ribbons from one stage to the next.
    Flow(Vec<Ribbon>),
}

/// Money from one place to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ribbon {
    /// Stage that it begins at, from 0.
    pub stage: usize,
    /// From.
    pub from: Text,
    /// To.
    pub to: Text,
    /// How much.
    pub fen: i64,
}

/// A report: rows under columns, perhaps with totals, and what has to be said of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Title.
    pub title: Option<Text>,
    /// Said below the title.
    pub notes: Vec<Text>,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<Vec<Cell>>,
    /// The last row: totals of the columns that have one.
    pub total: Option<Vec<Cell>>,
    /// What is drawn of it.
    pub chart: Option<Chart>,
}

impl Sheet {
    /// A report without columns yet.
    pub fn new(title: Text) -> Self {
        Self { title: Some(title), ..Self::default() }
    }

    /// Says that the figures are made up, where they are.
    pub fn mark(&mut self, illustrative: bool) {
        if illustrative {
            self.notes.push(Phrase::new("fund.illustrative").text());
        }
    }

    /// Adds a column.
    pub fn column(&mut self, key: &'static str, label: Text, holds: Holds) {
        self.columns.push(Column { key, label, holds });
    }

    /// Sums the columns of money into the last row, under this word.
    pub fn sum(&mut self, word: Text) {
        let of = |index: usize, column: &Column| match column.holds {
            Holds::Fen => Cell::Fen(
                self.rows
                    .iter()
                    .filter_map(|row| match row.get(index) {
                        Some(Cell::Fen(fen)) => Some(*fen),
                        _ => None,
                    })
                    .sum(),
            ),
            _ if index == 0 => Cell::Text(word.clone()),
            _ => Cell::Blank,
        };
        self.total = Some(self.columns.iter().enumerate().map(|(index, column)| of(index, column)).collect());
    }
}

/// A row as an object.
struct Row<'a>(&'a [Column], &'a [Cell]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in self.0.iter().zip(self.1) {
            map.serialize_entry(column.key, cell)?;
        }
        map.end()
    }
}

impl Serialize for Sheet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows: Vec<Row<'_>> = self.rows.iter().map(|row| Row(&self.columns, row)).collect();
        let total = self.total.as_deref().map(|total| Row(&self.columns, total));
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("title", &self.title)?;
        map.serialize_entry("notes", &self.notes)?;
        map.serialize_entry("columns", &self.columns)?;
        map.serialize_entry("rows", &rows)?;
        map.serialize_entry("total", &total)?;
        map.end()
    }
}
