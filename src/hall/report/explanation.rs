//! Explanations as text, CSV and workbook.

use rust_xlsxwriter::{Workbook, XlsxError};
use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::explain::{CellExplanation, Explanation, Explanations};
use crate::dataset::properties::properties;
use crate::figures::yuan as yuan_text;
use crate::finding::Finding;
use crate::phrases::{Lang, Phrase, Text, visible};
use crate::report::csv::{harmless, lines as csv_lines};
use crate::report::docx::docx;
use crate::report::pages::{Block, Pages, TablePart};
use crate::report::plain_style::{Style, lines as lines_of, optional, page, yuan};
use crate::report::table::warning_lines;
use crate::units::Money;

/// The explanation of one area, or those of several.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Explained {
    /// One area was asked for.
    One(Box<Explanation>),
    /// Several were, or all.
    Several(Explanations),
}

impl Explained {
    /// The explanations.
    pub fn areas(&self) -> &[Explanation] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => &several.areas,
        }
    }
}

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// For each area its sentences, then those of every cell, a blank line between.
pub fn text(explained: &Explained, lang: Lang) -> String {
    let one = |explanation: &Explanation| {
        let mut text = format!("{} {}\n", visible(&explanation.area), visible(&explanation.name));
        lines(&mut text, &explanation.sentences, lang);
        for cell in &explanation.cells {
            text.push('\n');
            lines(&mut text, &cell.sentences, lang);
        }
        if !explanation.warnings.is_empty() {
            text.push('\n');
        }
        text + &warning_lines(&explanation.warnings, lang)
    };
    explained.areas().iter().map(one).collect::<Vec<_>>().join("\n")
}

fn lines(text: &mut String, sentences: &[Text], lang: Lang) {
    for sentence in sentences {
        text.push_str(sentence.get(lang).trim_end());
        text.push('\n');
    }
}

/// One line of a table: a cell, or an area without any.
struct Line<'a> {
    area: &'a Explanation,
    cell: Option<&'a CellExplanation>,
}

fn table(explained: &Explained) -> Vec<Line<'_>> {
    let lines = explained.areas().iter().flat_map(|area| {
        let none = area.cells.is_empty().then_some(Line { area, cell: None });
        area.cells.iter().map(move |cell| Line { area, cell: Some(cell) }).chain(none)
    });
    lines.collect()
}

impl Line<'_> {
    /// The sentences, the plain one apart.
    fn sentences(&self, lang: Lang) -> (String, String) {
        let all = self.cell.map_or(&self.area.sentences, |cell| &cell.sentences);
        let mut all = all.iter().map(|sentence| sentence.get(lang).trim());
        let first = all.next().unwrap_or_default().to_owned();
        (first, all.collect::<Vec<_>>().join(" "))
    }

    /// Names of the rules that hold the amount, each once.
    fn rules(&self, lang: Lang) -> String {
        let parts = self.cell.map_or(&[][..], |cell| cell.without.as_slice());
        let gap = if lang == Lang::Zh { "、" } else { ", " };
        parts.iter().map(|part| part.label.get(lang)).collect::<Vec<_>>().join(gap)
    }

    /// Amount without the rule that matters most, in 分.
    fn without(&self) -> Option<i64> {
        let cell = self.cell?;
        let amounts = cell.without.iter().filter_map(|part| part.amount_fen);
        amounts.max_by_key(|fen| fen.abs_diff(cell.amount_fen))
    }

    /// Least and most of the amount, in 分.
    fn room(&self) -> [Option<i64>; 2] {
        let range = self.cell.and_then(|cell| cell.range);
        // A float turns into the nearest whole number, saturating: no amount of a plan comes near the ends.
        let fen = |yuan: f64| (yuan * 100.0).round() as i64;
        [range.map(|range| fen(range.least_yuan)), range.map(|range| fen(range.most_yuan))]
    }
}

const HEADERS: [&str; 10] = [
    "report.code",
    "report.area",
    "report.ecosystem",
    "explain.amount",
    "explain.why",
    "explain.rules",
    "explain.without",
    "explain.least",
    "explain.most",
    "explain.more",
];

/// Widths of the columns of the workbook.
const WIDTHS: [f64; 10] = [12.0, 12.0, 11.0, 16.0, 44.0, 16.0, 16.0, 16.0, 16.0, 90.0];

/// One line a cell, money in 元.
pub fn csv(explained: &Explained, lang: Lang) -> Vec<u8> {
    let mut rows = vec![HEADERS.map(|code| say(lang, code)).to_vec()];
    let money = |fen: Option<i64>| fen.map(|fen| Money::from_fen(fen).yuan()).unwrap_or_default();
    for line in table(explained) {
        let (why, more) = line.sentences(lang);
        let [least, most] = line.room();
        rows.push(vec![
            harmless(&line.area.area),
            harmless(&line.area.name),
            harmless(line.cell.map_or("", |cell| cell.ecosystem.get(lang))),
            money(line.cell.map(|cell| cell.amount_fen)),
            harmless(&why),
            harmless(&line.rules(lang)),
            money(line.without()),
            money(least),
            money(most),
            harmless(&more),
        ]);
    }
    csv_lines(&rows)
}

/// One line a cell, printed on A4 across.
///
/// # Errors
/// The writer refuses, such as beyond a million rows.
pub fn workbook(explained: &Explained, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let (mut book, style) = (Workbook::new(), Style::new());
    let title = say(lang, "explain.title");
    book.set_properties(&properties(&title, "")?);
    let sheet = book.add_worksheet();
    sheet.set_name(say(lang, "explain.sheet"))?;
    sheet.write_string_with_format(0, 0, &title, &style.title)?;
    let top = 1;
    for (column, code) in (0_u16..).zip(HEADERS) {
        sheet.write_string_with_format(top, column, say(lang, code), &style.header)?;
    }
    for (row, line) in (top + 1..).zip(table(explained)) {
        let (why, more) = line.sentences(lang);
        let ecosystem = line.cell.map_or("", |cell| cell.ecosystem.get(lang));
        for (column, text) in [(0, line.area.area.as_str()), (1, &line.area.name), (2, ecosystem)] {
            sheet.write_string_with_format(row, column, text, &style.wrapped)?;
        }
        let money = |fen: Option<i64>| fen.map(yuan);
        let [least, most] = line.room();
        let figures = [(3, line.cell.map(|cell| cell.amount_fen)), (6, line.without()), (7, least), (8, most)];
        for (column, fen) in figures {
            optional(sheet, row, column, money(fen), &style.money)?;
        }
        let mut high = 1;
        for (column, text) in [(4_u16, why), (5, line.rules(lang)), (9, more)] {
            high = high.max(lines_of(&text, WIDTHS.get(usize::from(column)).copied().unwrap_or(16.0)));
            // A cell holds 32,767 characters.
            let text: String = text.chars().take(32_000).collect();
            sheet.write_string_with_format(row, column, text, &style.wrapped)?;
        }
        sheet.set_row_height(row, f64::from(high) * 15.0)?;
    }
    sheet.set_row_height(top, 45)?;
    for (column, width) in (0_u16..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    page(sheet, top, 3)?;
    book.save_to_buffer()
}

/// The explanations as a document: a table of all, then the sentences of each.
///
/// # Errors
/// The archive cannot be made.
pub fn document(explained: &Explained, lang: Lang) -> Result<Vec<u8>, Finding> {
    docx(&pages(explained), lang)
}

fn pages(explained: &Explained) -> Pages {
    let title = Phrase::new("explain.title").text();
    let money = |fen: Option<i64>| Text::same(fen.map_or_else(|| "—".to_owned(), yuan_text));
    let row = |line: &Line<'_>| {
        let ecosystem = line.cell.map_or_else(|| Text::same("—"), |cell| cell.ecosystem.clone());
        let rules = Text { zh: line.rules(Lang::Zh), en: line.rules(Lang::En) };
        let amounts = [money(line.cell.map(|cell| cell.amount_fen)), money(line.without())];
        [Text::same(&line.area.name), ecosystem, rules].into_iter().chain(amounts).collect()
    };
    let header = ["report.area", "report.ecosystem", "explain.rules", "explain.amount", "explain.without"];
    let mut blocks = vec![
        Block::Title { text: title.clone() },
        Block::Table(TablePart {
            caption: Text::same(""),
            header: header.map(|code| Phrase::new(code).text()).to_vec(),
            words: 3,
            rows: table(explained).iter().map(row).collect(),
            has_total: false,
        }),
    ];
    for area in explained.areas() {
        blocks.push(Block::Heading { text: Text::same(format!("{} {}", area.name, area.area)) });
        let cells = area.cells.iter().flat_map(|cell| &cell.sentences);
        blocks.extend(area.sentences.iter().chain(cells).map(|text| Block::Paragraph { text: trimmed(text) }));
    }
    Pages { title, run: String::new(), blocks }
}

fn trimmed(text: &Text) -> Text {
    Text { zh: text.zh.trim().to_owned(), en: text.en.trim().to_owned() }
}
