//! 校验: every rule on the exact amounts, what soft rules miss, the proof of each stage, all changes and remarks.

use rust_xlsxwriter::{FormatAlign, Worksheet, XlsxError};

use super::style::{Style, fit, head, headers, main_headers, print_setup, say, tidy, yuan};
use crate::analysis::words::stage_code;
use crate::phrases::{Lang, Phrase};
use crate::record::Record;
use crate::report::table::{all_missed, change_texts, file_lines, holds_text, rule_name, run_line};

/// Widths of the columns, in characters.
const WIDTHS: [f64; 5] = [32.0, 52.0, 34.0, 20.0, 20.0];

pub(super) fn write(sheet: &mut Worksheet, record: &Record, lang: Lang, style: &Style) -> Result<(), XlsxError> {
    let name = say(lang, "report.sheet_audit");
    sheet.set_name(&name)?;
    let top = head(sheet, record, (&name, lang), false, style)?;
    let row = rules(sheet, record, top, (lang, style))?;
    let row = missed(sheet, record, row + 1, (lang, style))?;
    let row = stages(sheet, record, row + 1, (lang, style))?;
    remarks(sheet, record, row + 1, (lang, style))?;
    for (column, width) in (0_u16..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    print_setup(sheet, record, lang);
    Ok(())
}

fn rules(sheet: &mut Worksheet, record: &Record, top: u32, (lang, style): (Lang, &Style)) -> Result<u32, XlsxError> {
    let names = ["report.rule", "report.sentence", "report.law", "report.kind", "report.holds"];
    main_headers(sheet, top, &names.map(|code| say(lang, code)), style)?;
    let mut row = top + 1;
    for rule in &record.rules {
        let texts = [
            rule_name(&rule.label, &rule.id, lang),
            rule.sentence.get(lang).to_owned(),
            rule.basis.clone(),
            say(lang, if rule.hard { "report.hard" } else { "report.soft" }),
            holds_text(rule, lang),
        ];
        for (column, text) in (0_u16..).zip(&texts) {
            sheet.write_string_with_format(row, column, text, &style.wrapped)?;
        }
        fit(sheet, row, &WIDTHS, &texts)?;
        row += 1;
    }
    Ok(row)
}

fn missed(sheet: &mut Worksheet, record: &Record, first: u32, (lang, style): (Lang, &Style)) -> Result<u32, XlsxError> {
    let all = all_missed(record);
    if all.is_empty() {
        return Ok(first);
    }
    let names = ["report.missed_rule", "report.missed_where", "report.missed_yuan"];
    headers(sheet, first, &names.map(|code| say(lang, code)), style)?;
    let mut row = first + 1;
    for (rule, missed, fen) in all {
        let texts = [rule_name(&rule.label, &rule.id, lang), missed.name.get(lang).to_owned()];
        for (column, text) in (0_u16..).zip(&texts) {
            sheet.write_string_with_format(row, column, text, &style.wrapped)?;
        }
        fit(sheet, row, &WIDTHS, &texts)?;
        sheet.write_number_with_format(row, 2, yuan(fen), &style.money)?;
        row += 1;
    }
    Ok(row)
}

fn stages(sheet: &mut Worksheet, record: &Record, first: u32, (lang, style): (Lang, &Style)) -> Result<u32, XlsxError> {
    let names = ["report.stage_name", "report.best", "report.best_unit", "report.programs", "report.gap"];
    headers(sheet, first, &names.map(|code| say(lang, code)), style)?;
    let mut row = first + 1;
    for stage in &record.stages {
        let name = format!("{} {}", stage.number, say(lang, stage_code(stage.kind)));
        sheet.write_string_with_format(row, 0, name, &style.text)?;
        let (unit, value, format) = match stage.unit {
            "wan_yuan" => ("report.wan", tidy(stage.value), &style.money),
            "ratio" => ("report.ratio", tidy(stage.value), &style.price),
            _ => ("report.no_unit", 0.0, &style.text),
        };
        if stage.unit == "none" {
            sheet.write_blank(row, 1, format)?;
        } else {
            sheet.write_number_with_format(row, 1, value, format)?;
        }
        sheet.write_string_with_format(row, 2, say(lang, unit), &style.text)?;
        let programs = u32::try_from(stage.programs).unwrap_or(u32::MAX);
        sheet.write_number_with_format(row, 3, programs, &style.whole)?;
        sheet.write_number_with_format(row, 4, stage.certificate.gap, &style.tiny)?;
        row += 1;
    }
    Ok(row)
}

fn remarks(sheet: &mut Worksheet, record: &Record, first: u32, (lang, style): (Lang, &Style)) -> Result<(), XlsxError> {
    let mut lines: Vec<String> = Vec::new();
    if !record.changes.is_empty() {
        lines.push(say(lang, "report.changes"));
        lines.extend(change_texts(&record.changes).iter().map(|change| format!("  {}", change.get(lang))));
    }
    lines.extend(record.warnings.iter().map(|warning| warning.get(lang).to_owned()));
    let (name, digest) = (record.dataset.name.clone(), &record.dataset.content_digest);
    lines.push(Phrase::new("report.data").with("name", name).with("digest", digest).render(lang));
    lines.extend(file_lines(record).iter().map(|line| line.render(lang)));
    lines.push(run_line(record).render(lang));
    for (row, line) in (first..).zip(lines) {
        // Over all columns: a line that runs out of the table would make the print smaller.
        let format = style.plain.clone().set_text_wrap().set_align(FormatAlign::Top);
        sheet.merge_range(row, 0, row, 4, &line, &format)?;
        fit(sheet, row, &[WIDTHS.iter().sum()], &[line])?;
    }
    Ok(())
}
