//! Pages of words, tables and charts: what a memo or a set of explanations is made of, before it becomes text or a document.

use schemars::JsonSchema;
use serde::Serialize;

use crate::phrases::{Lang, Text, visible};
use crate::report::chart::bars::{Bars, Series, bars};
use crate::report::table::{Align, Grid};

/// Pages.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Pages {
    /// Title of the whole.
    pub title: Text,
    /// Number of the run, which stands at the foot of every page.
    pub run: String,
    /// What stands on them, in order.
    pub blocks: Vec<Block>,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// A title, in the middle.
    Title {
        /// Words.
        text: Text,
    },
    /// 附件1.
    Annex {
        /// Words.
        text: Text,
    },
    /// Who is addressed, at the left edge.
    Addressed {
        /// Words.
        text: Text,
    },
    /// A heading.
    Heading {
        /// Words.
        text: Text,
    },
    /// A paragraph.
    Paragraph {
        /// Words.
        text: Text,
    },
    /// A warning that must not be overlooked.
    Warning {
        /// Words.
        text: Text,
    },
    /// Who signs, or the date, towards the right edge.
    Signed {
        /// Words.
        text: Text,
    },
    /// A table.
    Table(TablePart),
    /// A chart of bars.
    Chart(ChartPart),
    /// What follows begins on a new page.
    NewPage,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TablePart {
    /// What stands above it at the right, such as its unit.
    pub caption: Text,
    /// Headers.
    pub header: Vec<Text>,
    /// How many columns at the left are words.
    pub words: usize,
    /// Rows, as printed.
    pub rows: Vec<Vec<Text>>,
    /// Whether the last row is a total.
    pub has_total: bool,
}

/// A chart of bars.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChartPart {
    /// Title.
    pub title: Text,
    /// Unit and remarks.
    pub caption: Text,
    /// Categories.
    pub categories: Vec<Text>,
    /// Series, the first one what the others are compared against.
    pub series: Vec<SeriesPart>,
}

/// A series of a chart.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "ChartSeries")]
pub struct SeriesPart {
    /// Printed name.
    pub name: Text,
    /// One value a category.
    pub values: Vec<Option<f64>>,
}

impl ChartPart {
    /// The chart as SVG.
    pub fn svg(&self, lang: Lang) -> String {
        let series = |(colour, series): (usize, &SeriesPart)| Series {
            name: series.name.get(lang).to_owned(),
            values: series.values.clone(),
            colour,
        };
        bars(&Bars {
            title: self.title.get(lang).to_owned(),
            caption: self.caption.get(lang).to_owned(),
            categories: self.categories.iter().map(|name| name.get(lang).to_owned()).collect(),
            series: self.series.iter().enumerate().map(series).collect(),
        })
    }
}

/// The pages as text for a terminal; charts are named only.
pub fn text(pages: &Pages, lang: Lang) -> String {
    let mut text = String::new();
    for block in &pages.blocks {
        match block {
            Block::Title { text: words } | Block::Annex { text: words } => {
                text.push_str(&format!("{}\n\n", visible(words.get(lang))));
            }
            Block::Heading { text: words } => text.push_str(&format!("\n{}\n", visible(words.get(lang)))),
            Block::Warning { text: words } => text.push_str(&format!("! {}\n", visible(words.get(lang).trim()))),
            Block::Addressed { text: words } | Block::Paragraph { text: words } | Block::Signed { text: words } => {
                text.push_str(&format!("{}\n", visible(words.get(lang).trim())));
            }
            Block::Table(table) => text.push_str(&format!("{}\n", grid(table, lang))),
            Block::Chart(chart) => text.push_str(&format!("[{}]\n", visible(chart.title.get(lang)))),
            Block::NewPage => text.push_str("\n\n"),
        }
    }
    text
}

fn grid(table: &TablePart, lang: Lang) -> String {
    let align = |at: usize| if at < table.words { Align::Left } else { Align::Right };
    let mut grid =
        Grid::new(table.header.iter().enumerate().map(|(at, name)| (name.get(lang).replace('\n', " "), align(at))));
    for (at, row) in table.rows.iter().enumerate() {
        if table.has_total && at + 1 == table.rows.len() {
            grid.rule();
        }
        grid.row(row.iter().map(|cell| cell.get(lang).to_owned()).collect());
    }
    grid.print(table.caption.get(lang))
}
