//! 规则原文: every fund and rule — in words, as the model has it, its legal basis, how many amounts it holds — and the files that were
//! read, with their digests.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::style::{Style, fit, head, headers, main_headers, print_setup, say};
use crate::phrases::{Lang, Text};
use crate::record::{FilePart, Record};

/// Widths of the columns.
const WIDTHS: [f64; 6] = [24.0, 9.0, 48.0, 62.0, 30.0, 12.0];

/// Each fund and rule as written, and for each cell the rules that hold its amount, both with ids.
type Texts<'a> = (&'a [(String, String)], &'a [Vec<(String, Text)>]);

pub(super) fn write(
    sheet: &mut Worksheet,
    record: &Record,
    (written, held): Texts<'_>,
    lang: Lang,
    style: &Style,
) -> Result<(), XlsxError> {
    let name = say(lang, "paper.sheet_rules");
    sheet.set_name(&name)?;
    let top = head(sheet, record, (&name, lang), false, style)?;
    let names =
        ["report.rule", "report.kind", "report.sentence", "paper.as_written", "report.law", "paper.places_bound"];
    main_headers(sheet, top, &names.map(|code| say(lang, code)), style)?;
    let mut row = top + 1;
    for rule in &record.rules {
        let text = written.iter().find(|(id, _)| *id == rule.id).map_or("", |(_, text)| text.as_str());
        let texts = [
            rule.label.get(lang).to_owned(),
            say(lang, if rule.hard { "report.hard" } else { "report.soft" }),
            rule.sentence.get(lang).to_owned(),
            text.to_owned(),
            rule.basis.clone(),
        ];
        for (column, text) in (0_u16..).zip(&texts) {
            sheet.write_string_with_format(row, column, text, &style.wrapped)?;
        }
        fit(sheet, row, &WIDTHS, &texts)?;
        match rule.kind {
            "fund" => sheet.write_blank(row, 5, &style.whole)?,
            _ => {
                let count = held.iter().filter(|cell| cell.iter().any(|(id, _)| *id == rule.id)).count();
                sheet.write_number_with_format(row, 5, u32::try_from(count).unwrap_or(u32::MAX), &style.whole)?
            }
        };
        row += 1;
    }
    files(sheet, record, row + 1, (lang, style))?;
    for (column, width) in (0_u16..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    print_setup(sheet, record, lang);
    Ok(())
}

fn files(sheet: &mut Worksheet, record: &Record, first: u32, (lang, style): (Lang, &Style)) -> Result<(), XlsxError> {
    sheet.write_string_with_format(first, 0, say(lang, "paper.files"), &style.heading)?;
    let texts = [say(lang, "paper.file"), String::new(), String::new(), say(lang, "paper.sha256")];
    headers(sheet, first + 1, &texts, style)?;
    sheet.merge_range(first + 1, 0, first + 1, 2, &say(lang, "paper.file"), &style.header)?;
    let model = [("paper.of_model", &record.model.file)];
    let data = record.dataset.files.iter().map(|file| ("paper.of_data", file));
    for (row, (code, FilePart { name, sha256 })) in (first + 2..).zip(model.into_iter().chain(data)) {
        sheet.merge_range(row, 0, row, 2, &format!("{} {name}", say(lang, code)), &style.text)?;
        sheet.write_string_with_format(row, 3, sha256, &style.text)?;
    }
    Ok(())
}
