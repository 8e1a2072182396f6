//! 分配表: what each area receives, and what became of each fund.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::style::{Style, head, headers, main_headers, optional, print_setup, say, tidy, yuan};
use crate::phrases::Lang;
use crate::record::{Record, TotalPart};
use crate::report::by_hand;
use crate::report::table::{beside, rounding_lines};

pub(super) fn write(sheet: &mut Worksheet, record: &Record, lang: Lang, style: &Style) -> Result<(), XlsxError> {
    let name = say(lang, "report.sheet_plan");
    sheet.set_name(&name)?;
    let top = head(sheet, record, (&name, lang), true, style)?;
    let mut names = vec![say(lang, "report.code"), record.model.area_label.get(lang).to_owned()];
    names.extend(record.ecosystems.iter().map(|part| part.name.get(lang).to_owned()));
    names.push(say(lang, "report.total"));
    names.extend(beside(record).iter().map(|(code, _)| say(lang, code)));
    names.extend(
        ["report.last_year", "report.change", "report.entitlement", "report.coverage"].map(|code| say(lang, code)),
    );
    main_headers(sheet, top, &names, style)?;
    let row = areas(sheet, record, top + 1, lang, style)?;
    let row = funds(sheet, record, row + 2, lang, style)?;
    for (row, line) in (row + 1..).zip(rounding_lines(record)) {
        sheet.write_string_with_format(row, 0, line.render(lang), &style.plain)?;
    }
    let columns = u16::try_from(names.len()).unwrap_or(u16::MAX);
    sheet.set_column_width(0, 13)?;
    sheet.set_column_width(1, 20)?;
    sheet.set_column_range_width(2, columns.saturating_sub(1), 17)?;
    print_setup(sheet, record, lang);
    Ok(())
}

/// One row an area and the totals; returns the row of the totals.
fn areas(sheet: &mut Worksheet, record: &Record, first: u32, lang: Lang, style: &Style) -> Result<u32, XlsxError> {
    let cell = |cell: &crate::record::CellPart| ((cell.area.clone(), cell.ecosystem.clone()), cell.amount_fen);
    let by_cell: BTreeMap<(String, String), i64> = record.cells.iter().map(cell).collect();
    let marked: BTreeSet<(&str, &str)> = record
        .cells
        .iter()
        .filter(|cell| cell.by_hand)
        .map(|cell| (cell.area.as_str(), cell.ecosystem.as_str()))
        .collect();
    let by_hand = by_hand::areas(record);
    let money = |is_marked: bool| if is_marked { &style.money_by_hand } else { &style.money };
    let beside = beside(record);
    let mut row = first;
    for (position, area) in record.areas.iter().enumerate() {
        sheet.write_string_with_format(row, 0, &area.code, &style.text)?;
        sheet.write_string_with_format(row, 1, area.name.get(lang), &style.text)?;
        let mut column = 2;
        for ecosystem in &record.ecosystems {
            let fen = by_cell.get(&(area.code.clone(), ecosystem.code.clone())).copied();
            let is_marked = marked.contains(&(area.code.as_str(), ecosystem.code.as_str()));
            optional(sheet, row, column, fen.map(yuan), money(is_marked))?;
            column += 1;
        }
        let sum = money(by_hand.contains(area.code.as_str()));
        let own = beside.iter().map(|(_, figures)| figures.get(position).copied());
        let own: Vec<Option<i64>> = own.collect();
        totals(sheet, (row, column), (area, &own), (sum, &style.money, &style.percent, &style.ratio))?;
        row += 1;
    }
    sheet.write_blank(row, 0, &style.text_total)?;
    sheet.write_string_with_format(row, 1, record.total.name.get(lang), &style.text_total)?;
    let mut column = 2;
    for ecosystem in &record.ecosystems {
        sheet.write_number_with_format(row, column, yuan(ecosystem.amount_fen), &style.money_total)?;
        column += 1;
    }
    let own: Vec<Option<i64>> = beside.iter().map(|(_, figures)| Some(figures.iter().sum())).collect();
    let formats = (&style.money_total, &style.money_total, &style.percent_total, &style.ratio_total);
    totals(sheet, (row, column), (&record.total, &own), formats)?;
    Ok(row)
}

fn totals(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    (part, beside): (&TotalPart, &[Option<i64>]),
    (sum, money, percent, ratio): (&Format, &Format, &Format, &Format),
) -> Result<(), XlsxError> {
    sheet.write_number_with_format(row, column, yuan(part.amount_fen), sum)?;
    let mut column = column;
    for fen in beside {
        column += 1;
        optional(sheet, row, column, fen.map(yuan), money)?;
    }
    optional(sheet, row, column + 1, part.last_year_fen.map(yuan), money)?;
    optional(sheet, row, column + 2, part.change.map(tidy), percent)?;
    sheet.write_number_with_format(row, column + 3, yuan(part.entitlement_fen), money)?;
    optional(sheet, row, column + 4, part.coverage.map(tidy), ratio)
}

/// Columns that the legal basis of a fund takes together: it is a sentence, not a figure.
const BASIS: (u16, u16) = (5, 8);

/// Each fund: money in it, distributed, left; returns the next free row.
fn funds(sheet: &mut Worksheet, record: &Record, first: u32, lang: Lang, style: &Style) -> Result<u32, XlsxError> {
    let names = ["report.amount", "report.spent", "report.left", "report.law"].map(|code| say(lang, code));
    // The name takes the place of code and area, so that the figures stand in wide columns.
    headers(sheet, first, &[&[String::new(), String::new()], names.as_slice()].concat(), style)?;
    sheet.merge_range(first, 0, first, 1, &say(lang, "report.fund"), &style.header)?;
    sheet.merge_range(first, BASIS.0, first, BASIS.1, &say(lang, "report.law"), &style.header)?;
    let mut row = first + 1;
    let mut sums = (0, 0);
    for fund in &record.funds {
        sheet.merge_range(row, 0, row, 1, fund.label.get(lang), &style.text)?;
        sheet.merge_range(row, BASIS.0, row, BASIS.1, &fund.basis, &style.text)?;
        figures(sheet, row, (fund.amount_fen, fund.spent_fen), &style.money)?;
        sums = (sums.0 + fund.amount_fen, sums.1 + fund.spent_fen);
        row += 1;
    }
    sheet.merge_range(row, 0, row, 1, &say(lang, "report.total"), &style.text_total)?;
    figures(sheet, row, sums, &style.money_total)?;
    sheet.merge_range(row, BASIS.0, row, BASIS.1, "", &style.text_total)?;
    Ok(row + 1)
}

fn figures(sheet: &mut Worksheet, row: u32, (amount, spent): (i64, i64), money: &Format) -> Result<(), XlsxError> {
    for (column, fen) in [(2, amount), (3, spent), (4, amount - spent)] {
        sheet.write_number_with_format(row, column, yuan(fen), money)?;
    }
    Ok(())
}
