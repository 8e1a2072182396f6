//! Reports of the ledger: a table for the terminal, CSV, and a workbook ready to print; money in 元.

use ecocomp_ledger::sheet::{Cell, Chart, Column, Holds, Sheet};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use crate::phrases::{Lang, Phrase};
use crate::report::chart::money;
use crate::report::csv::{harmless, lines};
use crate::report::grid::{Align, Grid};
use crate::report::plain_style::{Columns, Style, page, yuan};
use crate::units::Money;

fn header(column: &Column, lang: Lang) -> String {
    column.label.get(lang).to_owned()
}

/// A cell as it is printed; money without separators for programs.
fn plain(cell: &Cell, lang: Lang) -> String {
    match cell {
        Cell::Blank => String::new(),
        Cell::Text(text) => text.get(lang).to_owned(),
        Cell::Fen(fen) => Money::from_fen(*fen).yuan(),
        Cell::Number(number) => number.clone(),
    }
}

/// For a terminal.
pub fn text(sheet: &Sheet, lang: Lang) -> String {
    let mut text = String::new();
    for line in sheet.title.iter().chain(&sheet.notes) {
        text.push_str(line.get(lang));
        text.push('\n');
    }
    if sheet.columns.is_empty() {
        return text;
    }
    let align = |column: &Column| if column.holds == Holds::Text { Align::Left } else { Align::Right };
    let mut grid = Grid::new(sheet.columns.iter().map(|column| (header(column, lang), align(column))));
    let shown = |cell: &Cell| match cell {
        Cell::Fen(fen) => crate::figures::separated(&Money::from_fen(*fen).yuan()),
        cell => plain(cell, lang),
    };
    sheet.rows.iter().for_each(|row| grid.row(row.iter().map(shown).collect()));
    if let Some(total) = &sheet.total {
        grid.rule();
        grid.row(total.iter().map(shown).collect());
    }
    text.push_str(&grid.print(&Phrase::new("fund.in_yuan").render(lang)));
    text
}

/// As CSV.
pub fn csv(sheet: &Sheet, lang: Lang) -> Vec<u8> {
    let name = |column: &Column| match column.holds {
        Holds::Fen => Phrase::new("fund.money_header").with("name", column.label.clone()).render(lang),
        _ => header(column, lang),
    };
    let mut rows: Vec<Vec<String>> = vec![sheet.columns.iter().map(|column| harmless(&name(column))).collect()];
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) => harmless(text.get(lang)),
        cell => plain(cell, lang),
    };
    rows.extend(sheet.rows.iter().chain(&sheet.total).map(|row| row.iter().map(cell).collect()));
    lines(&rows)
}

/// As a chart, where it has one.
pub fn svg(sheet: &Sheet, lang: Lang) -> Option<String> {
    let title = sheet.title.as_ref().map_or("", |title| title.get(lang));
    let unit = Phrase::new("fund.in_wan").render(lang);
    Some(match sheet.chart.as_ref()? {
        Chart::Months { months, lines } => {
            let named: Vec<(&str, &[i64])> =
                lines.iter().map(|(name, line)| (name.get(lang), line.as_slice())).collect();
            money::months(title, &unit, months, &named)
        }
        Chart::Bars(bars) => {
            let named: Vec<(&str, i64)> = bars.iter().map(|(name, fen)| (name.get(lang), *fen)).collect();
            money::bars(title, &unit, &named)
        }
        Chart::Flow(ribbons) => {
            let named = ribbons.iter().map(|one| money::Ribbon {
                stage: one.stage,
                from: one.from.get(lang),
                to: one.to.get(lang),
                fen: one.fen,
            });
            money::flow(title, &unit, &named.collect::<Vec<_>>())
        }
    })
}

/// As a workbook.
///
/// # Errors
/// The writer refuses.
pub fn workbook(sheet: &Sheet, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let style = Style::new();
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let page_of = book.add_worksheet();
    let widths = sheet.columns.iter().map(|column| if column.holds == Holds::Text { 16.0 } else { 15.0 });
    let columns = Columns::new(page_of, widths)?;
    let mut row = 0;
    for (index, line) in sheet.title.iter().chain(&sheet.notes).enumerate() {
        if index == 0 {
            page_of.write_string_with_format(row, 0, line.get(lang), &style.title)?;
        } else {
            columns.note(page_of, row, line.get(lang), &style.note)?;
        }
        row += 1;
    }
    columns.note(page_of, row, &Phrase::new("fund.in_yuan").render(lang), &style.note)?;
    row += 1;
    let headers: Vec<String> = sheet.columns.iter().map(|column| header(column, lang)).collect();
    columns.headers(page_of, row, &headers, &style)?;
    page(page_of, row, u16::from(sheet.columns.len() > 1))?;
    for cells in sheet.rows.iter().chain(&sheet.total) {
        row += 1;
        cells_of(page_of, row, sheet, (cells, lang), &style)?;
        let texts: Vec<String> = cells.iter().map(|cell| plain(cell, lang)).collect();
        columns.fit(page_of, row, texts.iter().map(String::as_str))?;
    }
    book.save_to_buffer()
}

fn cells_of(
    page: &mut Worksheet,
    row: u32,
    sheet: &Sheet,
    (cells, lang): (&[Cell], Lang),
    style: &Style,
) -> Result<(), XlsxError> {
    for ((at, cell), column) in (0_u16..).zip(cells).zip(&sheet.columns) {
        match cell {
            Cell::Blank => page.write_blank(row, at, &style.text)?,
            Cell::Text(text) => page.write_string_with_format(row, at, text.get(lang), &style.wrapped)?,
            Cell::Fen(fen) => page.write_number_with_format(row, at, yuan(*fen), &style.money)?,
            Cell::Number(number) => match number.parse::<f64>() {
                Ok(number) if column.holds == Holds::Percent => {
                    page.write_number_with_format(row, at, number / 100.0, &style.percent)?
                }
                Ok(number) => page.write_number_with_format(row, at, number, &style.text)?,
                Err(_) => page.write_string_with_format(row, at, number, &style.text)?,
            },
        };
    }
    Ok(())
}
