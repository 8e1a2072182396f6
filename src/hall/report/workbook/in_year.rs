//! 调整与批次: what is set by hand beside the calculated amounts and what it costs the others; what was paid and what is left.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::style::{Style, head, headers, optional, print_setup, say, yuan};
use crate::phrases::{Lang, Phrase};
use crate::record::{ByHandPart, PaidPart, PaidRow, Record};
use crate::report::by_hand::{MARK, PAID_HEADERS, override_name, paid_figures, remarks, whose_reason};

pub(super) fn write(sheet: &mut Worksheet, record: &Record, lang: Lang, style: &Style) -> Result<(), XlsxError> {
    let name = say(lang, "report.sheet_in_year");
    sheet.set_name(&name)?;
    let mut row = head(sheet, record, (&name, lang), true, style)?;
    if let Some(part) = &record.by_hand {
        row = overrides(sheet, (record, part), row, (lang, style))? + 1;
    }
    if let Some(part) = &record.paid {
        row = paid(sheet, (record, part), row, (lang, style))? + 1;
        batches(sheet, (record, part), row, (lang, style))?;
    }
    sheet.set_column_width(0, 24)?;
    sheet.set_column_range_width(1, 8, 17)?;
    print_setup(sheet, record, lang);
    Ok(())
}

/// Every override, then every area that differs from its calculated amount; returns the next free row.
fn overrides(
    sheet: &mut Worksheet,
    (record, part): (&Record, &ByHandPart),
    first: u32,
    (lang, style): (Lang, &Style),
) -> Result<u32, XlsxError> {
    let names = ["report.by_hand", "report.amount", "report.calculated", "report.difference", "report.reason"];
    // Several tables follow each other: no header is that of the whole sheet.
    headers(sheet, first, &names.map(|code| say(lang, code)), style)?;
    sheet.merge_range(first, 4, first, 8, &say(lang, "report.reason"), &style.header)?;
    let mut row = first + 1;
    for one in &part.overrides {
        let name = format!("{MARK} {}", override_name(record, one, lang));
        sheet.write_string_with_format(row, 0, name, &style.wrapped)?;
        sheet.write_number_with_format(row, 1, yuan(one.amount_fen), &style.money)?;
        optional(sheet, row, 2, one.calculated_fen.map(yuan), &style.money)?;
        optional(sheet, row, 3, one.difference_fen.map(yuan), &style.money)?;
        sheet.merge_range(row, 4, row, 8, &whose_reason(one), &style.wrapped)?;
        row += 1;
    }
    let names = ["report.moved", "report.amount", "report.calculated", "report.difference"];
    headers(sheet, row + 1, &names.map(|code| say(lang, code)), style)?;
    row += 2;
    let mut sums = (0, 0);
    for area in &part.areas {
        sums = (sums.0 + area.amount_fen, sums.1 + area.calculated_fen);
        if area.difference_fen == 0 {
            continue;
        }
        let mark = if area.by_hand { MARK } else { "" };
        sheet.write_string_with_format(row, 0, format!("{}{mark}", area.name), &style.text)?;
        for (column, fen) in (1_u16..).zip([area.amount_fen, area.calculated_fen, area.difference_fen]) {
            sheet.write_number_with_format(row, column, yuan(fen), &style.money)?;
        }
        row += 1;
    }
    sheet.write_string_with_format(row, 0, say(lang, "report.total_all"), &style.text_total)?;
    for (column, fen) in (1_u16..).zip([sums.0, sums.1, sums.0 - sums.1]) {
        sheet.write_number_with_format(row, column, yuan(fen), &style.money_total)?;
    }
    Ok(row + 1)
}

/// Every area, the total and every fund; returns the next free row.
fn paid(
    sheet: &mut Worksheet,
    (record, part): (&Record, &PaidPart),
    first: u32,
    (lang, style): (Lang, &Style),
) -> Result<u32, XlsxError> {
    let mut names = vec![record.model.area_label.get(lang).to_owned()];
    names.extend(PAID_HEADERS.map(|code| say(lang, code)));
    headers(sheet, first, &names, style)?;
    let mut row = first + 1;
    let mut line = |name: &str, figures: &PaidRow, is_total: bool| -> Result<(), XlsxError> {
        let (text, money) =
            if is_total { (&style.text_total, &style.money_total) } else { (&style.text, &style.money) };
        sheet.write_string_with_format(row, 0, name, text)?;
        for (column, fen) in (1_u16..).zip(paid_figures(figures)) {
            sheet.write_number_with_format(row, column, yuan(fen), money)?;
        }
        row += 1;
        Ok(())
    };
    for area in &part.areas {
        line(area.name.get(lang), area, false)?;
    }
    line(&say(lang, "report.total"), &part.total, true)?;
    for fund in &part.funds {
        let label = record.funds.iter().find(|known| Some(&known.id) == fund.fund.as_ref());
        let of_which = label.map(|label| Phrase::new("report.of_which").with("fund", label.label.clone()).render(lang));
        line(&of_which.unwrap_or_default(), fund, false)?;
    }
    for remark in remarks(part) {
        sheet.write_string_with_format(row, 0, remark.render(lang), &style.plain)?;
        row += 1;
    }
    Ok(row)
}

/// Every batch in the order written.
fn batches(
    sheet: &mut Worksheet,
    (record, part): (&Record, &PaidPart),
    first: u32,
    (lang, style): (Lang, &Style),
) -> Result<(), XlsxError> {
    let names = [
        "report.where",
        "report.fund",
        "report.batch_kind",
        "report.amount",
        "report.batch",
        "report.date",
        "report.document",
        "report.note",
    ];
    headers(sheet, first, &names.map(|code| say(lang, code)), style)?;
    for (row, batch) in (first + 1..).zip(&part.batches) {
        let fund = record.funds.iter().find(|fund| fund.id == batch.fund);
        let kind = match (batch.kind, batch.redistributed) {
            ("release", _) => "report.batch_release",
            ("recall", _) => "report.batch_recall",
            (_, true) => "report.batch_handed_on",
            _ => "report.batch_withdrawal",
        };
        let texts = [
            batch.name.get(lang),
            fund.map_or("", |fund| fund.label.get(lang)),
            &say(lang, kind),
            "",
            &batch.batch,
            &batch.date,
            &batch.document,
            &batch.note,
        ];
        for (column, text) in (0_u16..).zip(texts) {
            sheet.write_string_with_format(row, column, text, &style.wrapped)?;
        }
        sheet.write_number_with_format(row, 3, yuan(batch.amount_fen), &style.money)?;
    }
    Ok(())
}
