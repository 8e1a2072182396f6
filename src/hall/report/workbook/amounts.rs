//! 金额依据: what each cell receives, from which fund, beside entitlement and last year, and which rules hold the amount; then the
//! channels of use.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::channels;
use super::style::{Style, head, main_headers, names, optional, print_setup, say, tidy, yuan};
use crate::phrases::{Lang, Phrase, Text};
use crate::record::{CellPart, Record, TotalPart};

pub(super) fn write(
    sheet: &mut Worksheet,
    record: &Record,
    held: &[Vec<(String, Text)>],
    lang: Lang,
    style: &Style,
) -> Result<(), XlsxError> {
    let name = say(lang, "paper.sheet_amounts");
    sheet.set_name(&name)?;
    let mut row = head(sheet, record, (&name, lang), true, style)?;
    let names = column_names(record, lang);
    main_headers(sheet, row, &names, style)?;
    for (at, cell) in record.cells.iter().enumerate() {
        row += 1;
        line(sheet, row, record, cell, (lang, style))?;
        let words = held.get(at).map_or(&[][..], Vec::as_slice);
        let words: Vec<&str> = words.iter().map(|(_, text)| text.get(lang)).collect();
        let text = if words.is_empty() { say(lang, "paper.by_objective") } else { words.join("\n") };
        let last = u16::try_from(names.len()).unwrap_or(u16::MAX).saturating_sub(1);
        sheet.write_string_with_format(row, last, text, &style.wrapped)?;
        if words.len() > 1 {
            sheet.set_row_height(row, 16.0 * words.len() as f64)?;
        }
    }
    let own = record.ecosystems.iter().filter(|_| record.ecosystems.len() > 1);
    for part in own.chain([&record.total]) {
        row += 1;
        total(sheet, row, record, part, (lang, style))?;
    }
    for (column, width) in (0_u16..).zip(widths(record)) {
        sheet.set_column_width(column, width)?;
    }
    channels::write(sheet, record, row + 2, lang, style)?;
    print_setup(sheet, record, lang);
    Ok(())
}

fn widths(record: &Record) -> Vec<f64> {
    let funds = record.funds.iter().map(|_| 18.0);
    [13.0, 20.0, 16.0, 17.0, 17.0].into_iter().chain(funds).chain([9.0, 17.0, 10.0, 62.0]).collect()
}

fn column_names(record: &Record, lang: Lang) -> Vec<String> {
    let mut names =
        vec![say(lang, "report.code"), record.model.area_label.get(lang).to_owned(), say(lang, "report.ecosystem")];
    names.extend(["report.entitlement", "report.amount"].map(|code| say(lang, code)));
    names.extend(
        record.funds.iter().map(|fund| Phrase::new("report.of_which").with("fund", fund.label.clone()).render(lang)),
    );
    names.extend(
        ["report.coverage", "report.last_year", "report.change", "paper.decided_by"].map(|code| say(lang, code)),
    );
    names
}

fn line(
    sheet: &mut Worksheet,
    row: u32,
    record: &Record,
    cell: &CellPart,
    (lang, style): (Lang, &Style),
) -> Result<(), XlsxError> {
    names(sheet, row, (record, cell), (lang, style))?;
    let change = cell.last_year_fen.filter(|last| *last > 0).map(|last| cell.amount_fen as f64 / last as f64 - 1.0);
    let paid = |fund: &str| cell.by_fund.iter().find(|paid| paid.fund == fund).map(|paid| paid.amount_fen);
    let funds: Vec<Option<i64>> = record.funds.iter().map(|fund| paid(&fund.id)).collect();
    let figures = (cell.entitlement_fen, cell.amount_fen, cell.coverage, cell.last_year_fen, change);
    write_figures(sheet, row, (&funds, figures), (&style.money, &style.ratio, &style.percent))
}

type Figures = (i64, i64, Option<f64>, Option<i64>, Option<f64>);

fn write_figures(
    sheet: &mut Worksheet,
    row: u32,
    (funds, (entitlement, amount, coverage, last, change)): (&[Option<i64>], Figures),
    (money, ratio, percent): (&Format, &Format, &Format),
) -> Result<(), XlsxError> {
    sheet.write_number_with_format(row, 3, yuan(entitlement), money)?;
    sheet.write_number_with_format(row, 4, yuan(amount), money)?;
    let mut column = 5;
    for paid in funds {
        optional(sheet, row, column, paid.map(yuan), money)?;
        column += 1;
    }
    optional(sheet, row, column, coverage.map(tidy), ratio)?;
    optional(sheet, row, column + 1, last.map(yuan), money)?;
    optional(sheet, row, column + 2, change.map(tidy), percent)
}

fn total(
    sheet: &mut Worksheet,
    row: u32,
    record: &Record,
    part: &TotalPart,
    (lang, style): (Lang, &Style),
) -> Result<(), XlsxError> {
    let is_all = part.code == "total";
    let name = if is_all { say(lang, "report.all_ecosystems") } else { part.name.get(lang).to_owned() };
    sheet.write_blank(row, 0, &style.text_total)?;
    sheet.write_string_with_format(row, 1, say(lang, "report.total"), &style.text_total)?;
    sheet.write_string_with_format(row, 2, name, &style.text_total)?;
    let cells = || record.cells.iter().filter(|cell| is_all || cell.ecosystem == part.code);
    let paid = |fund: &str| {
        let amounts = cells().flat_map(|cell| &cell.by_fund).filter(|paid| paid.fund == fund);
        Some(amounts.map(|paid| paid.amount_fen).sum())
    };
    let funds: Vec<Option<i64>> = record.funds.iter().map(|fund| paid(&fund.id)).collect();
    let figures = (part.entitlement_fen, part.amount_fen, part.coverage, part.last_year_fen, part.change);
    let formats = (&style.money_total, &style.ratio_total, &style.percent_total);
    write_figures(sheet, row, (&funds, figures), formats)?;
    let last = u16::try_from(8 + record.funds.len()).unwrap_or(u16::MAX);
    sheet.write_blank(row, last, &style.text_total)?;
    Ok(())
}
