//! The allocation as a workbook: 分配表, 依据, 敏感性, 校验; numbers as numbers, money in 元 with two decimals.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use crate::analysis::explain::stage_code;
use crate::analysis::sensitivity::ShadowPrice;
use crate::phrases::{Lang, Phrase, Text};
use crate::record::{Record, TotalPart};
use crate::report::table::stage_value;
use crate::scenario::summarise;

/// The workbook as bytes.
///
/// # Errors
/// The writer refuses, such as beyond a million rows.
pub fn allocation(record: &Record, prices: &[ShadowPrice], lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let style = Style::new();
    plan(book.add_worksheet(), record, lang, &style)?;
    basis(book.add_worksheet(), record, lang, &style)?;
    sensitivity(book.add_worksheet(), record, prices, lang, &style)?;
    audit(book.add_worksheet(), record, lang, &style)?;
    book.save_to_buffer()
}

struct Style {
    title: Format,
    note: Format,
    header: Format,
    text: Format,
    wrapped: Format,
    money: Format,
    money_total: Format,
    text_total: Format,
    percent: Format,
    ratio: Format,
    number: Format,
}

impl Style {
    fn new() -> Self {
        let cell = || Format::new().set_border(FormatBorder::Thin).set_border_color(Color::RGB(0xBF_BF_BF));
        let bold = || cell().set_bold().set_background_color(Color::RGB(0xF2_F2_F2));
        Self {
            title: Format::new().set_bold().set_font_size(14),
            note: Format::new().set_italic().set_font_color(Color::RGB(0x80_30_00)),
            header: bold().set_align(FormatAlign::Center).set_text_wrap(),
            text: cell(),
            wrapped: cell().set_text_wrap().set_align(FormatAlign::Top),
            money: cell().set_num_format("#,##0.00"),
            money_total: bold().set_num_format("#,##0.00"),
            text_total: bold(),
            percent: cell().set_num_format("+0.0%;-0.0%;0.0%"),
            ratio: cell().set_num_format("0.0000"),
            number: cell().set_num_format("0.0000E+00"),
        }
    }
}

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// 分 as 元: exact to the 分 below 9·10¹³ 元, the range of a spreadsheet's binary numbers.
fn yuan(fen: i64) -> f64 {
    fen as f64 / 100.0
}

fn headers(sheet: &mut Worksheet, row: u32, texts: &[String], style: &Style) -> Result<(), XlsxError> {
    for (column, text) in (0_u16..).zip(texts) {
        sheet.write_string_with_format(row, column, text, &style.header)?;
    }
    sheet.set_freeze_panes(row + 1, 0)?;
    Ok(())
}

fn head(sheet: &mut Worksheet, record: &Record, lang: Lang, style: &Style, unit: bool) -> Result<u32, XlsxError> {
    sheet.write_string_with_format(0, 0, record.model.name.get(lang), &style.title)?;
    let mut row = 1;
    if !record.model.basis.is_empty() {
        sheet.write_string(row, 0, Phrase::new("report.basis").with("basis", &record.model.basis).render(lang))?;
        row += 1;
    }
    if record.dataset.illustrative {
        sheet.write_string_with_format(row, 0, say(lang, "report.illustrative"), &style.note)?;
        row += 1;
    }
    if unit {
        sheet.write_string(row, 0, say(lang, "report.unit_yuan"))?;
        row += 1;
    }
    Ok(row)
}

fn plan(sheet: &mut Worksheet, record: &Record, lang: Lang, style: &Style) -> Result<(), XlsxError> {
    sheet.set_name(say(lang, "report.sheet_plan"))?;
    let top = head(sheet, record, lang, style, true)?;
    let mut names = vec![say(lang, "report.code"), say(lang, "report.area")];
    names.extend(record.ecosystems.iter().map(|part| part.name.get(lang).to_owned()));
    names.extend(
        ["report.total", "report.last_year", "report.change", "report.entitlement", "report.coverage"]
            .map(|code| say(lang, code)),
    );
    headers(sheet, top, &names, style)?;
    let mut by_cell = std::collections::BTreeMap::new();
    for cell in &record.cells {
        by_cell.insert((cell.area.as_str(), cell.ecosystem.as_str()), cell.amount_fen);
    }
    let mut row = top + 1;
    for area in &record.areas {
        sheet.write_string_with_format(row, 0, &area.code, &style.text)?;
        sheet.write_string_with_format(row, 1, area.name.get(lang), &style.text)?;
        let mut column = 2;
        for ecosystem in &record.ecosystems {
            match by_cell.get(&(area.code.as_str(), ecosystem.code.as_str())) {
                Some(fen) => sheet.write_number_with_format(row, column, yuan(*fen), &style.money)?,
                None => sheet.write_blank(row, column, &style.money)?,
            };
            column += 1;
        }
        totals(sheet, row, column, area, (&style.money, style))?;
        row += 1;
    }
    sheet.write_string_with_format(row, 0, "", &style.text_total)?;
    sheet.write_string_with_format(row, 1, record.total.name.get(lang), &style.text_total)?;
    let mut column = 2;
    for ecosystem in &record.ecosystems {
        sheet.write_number_with_format(row, column, yuan(ecosystem.amount_fen), &style.money_total)?;
        column += 1;
    }
    totals(sheet, row, column, &record.total, (&style.money_total, style))?;
    sheet.set_column_width(0, 13)?;
    sheet.set_column_width(1, 16)?;
    sheet.set_column_range_width(2, column + 4, 16)?;
    sheet.set_landscape();
    sheet.set_print_fit_to_pages(1, 0);
    Ok(())
}

fn totals(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    part: &TotalPart,
    (money, style): (&Format, &Style),
) -> Result<(), XlsxError> {
    sheet.write_number_with_format(row, column, yuan(part.amount_fen), money)?;
    optional(sheet, row, column + 1, part.last_year_fen.map(yuan), money)?;
    optional(sheet, row, column + 2, part.change, &style.percent)?;
    sheet.write_number_with_format(row, column + 3, yuan(part.entitlement_fen), money)?;
    optional(sheet, row, column + 4, part.coverage, &style.ratio)
}

fn optional(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    value: Option<f64>,
    format: &Format,
) -> Result<(), XlsxError> {
    match value {
        Some(value) => sheet.write_number_with_format(row, column, value, format)?,
        None => sheet.write_blank(row, column, format)?,
    };
    Ok(())
}

/// Where every figure comes from: entitlement, funds, rules with their legal basis, channels.
fn basis(sheet: &mut Worksheet, record: &Record, lang: Lang, style: &Style) -> Result<(), XlsxError> {
    sheet.set_name(say(lang, "report.sheet_basis"))?;
    let mut row = head(sheet, record, lang, style, true)?;
    let names = ["report.code", "report.area", "report.ecosystem", "report.entitlement", "report.amount"];
    let mut names: Vec<String> = names.map(|code| say(lang, code)).to_vec();
    names.extend(record.funds.iter().map(|fund| fund.label.get(lang).to_owned()));
    names.extend(["report.coverage", "report.last_year"].map(|code| say(lang, code)));
    headers(sheet, row, &names, style)?;
    let funds = u16::try_from(record.funds.len()).unwrap_or(0);
    for cell in &record.cells {
        row += 1;
        let label = record.ecosystems.iter().find(|part| part.code == cell.ecosystem);
        sheet.write_string_with_format(row, 0, &cell.area, &style.text)?;
        sheet.write_string_with_format(row, 1, &cell.area_name, &style.text)?;
        sheet.write_string_with_format(row, 2, label.map_or("", |part| part.name.get(lang)), &style.text)?;
        sheet.write_number_with_format(row, 3, yuan(cell.entitlement_fen), &style.money)?;
        sheet.write_number_with_format(row, 4, yuan(cell.amount_fen), &style.money)?;
        for (column, fund) in (5_u16..).zip(&record.funds) {
            let paid = cell.by_fund.iter().find(|paid| paid.fund == fund.id);
            optional(sheet, row, column, paid.map(|paid| yuan(paid.amount_fen)), &style.money)?;
        }
        optional(sheet, row, 5 + funds, cell.coverage, &style.ratio)?;
        optional(sheet, row, 6 + funds, cell.last_year_fen.map(yuan), &style.money)?;
    }
    row += 2;
    for channel in channel_rows(record, lang) {
        for (column, text) in (0_u16..).zip(&channel.0) {
            sheet.write_string_with_format(row, column, text, &style.text)?;
        }
        sheet.write_number_with_format(row, 4, channel.1, &style.money)?;
        row += 1;
    }
    sheet.set_column_range_width(0, 2, 14)?;
    sheet.set_column_range_width(3, 6 + funds, 17)?;
    Ok(())
}

fn channel_rows(record: &Record, lang: Lang) -> Vec<([String; 4], f64)> {
    let name = |group: &str| {
        let area = record.areas.iter().find(|area| area.code == group);
        area.map_or_else(String::new, |area| area.name.get(lang).to_owned())
    };
    let parts = record.channels.iter();
    parts
        .map(|part| {
            let label = part.label.get(lang).to_owned();
            ([part.group.clone(), name(&part.group), label, part.rule.clone()], yuan(part.amount_fen))
        })
        .collect()
}

fn sensitivity(
    sheet: &mut Worksheet,
    record: &Record,
    prices: &[ShadowPrice],
    lang: Lang,
    style: &Style,
) -> Result<(), XlsxError> {
    sheet.set_name(say(lang, "report.sheet_sensitivity"))?;
    let top = head(sheet, record, lang, style, false)?;
    sheet.write_string(top, 0, say(lang, "report.sensitivity_note"))?;
    let names = [
        "report.stage_name",
        "report.rule",
        "report.row",
        "report.side",
        "report.bound",
        "report.price_up",
        "report.price_down",
        "report.holds_up",
        "report.holds_down",
        "report.degenerate",
    ];
    headers(sheet, top + 1, &names.map(|code| say(lang, code)), style)?;
    for (row, price) in (top + 2..).zip(prices) {
        let stage = format!("{} {}", price.stage, say(lang, stage_code(price.kind)));
        let side = match price.side {
            "lower" => "analysis.side_lower",
            "upper" => "analysis.side_upper",
            _ => "analysis.side_equal",
        };
        let rule = format!("{} ({})", price.label.get(lang), price.member);
        for (column, text) in (0_u16..).zip([&stage, &rule, &price.row, &say(lang, side)]) {
            sheet.write_string_with_format(row, column, text, &style.text)?;
        }
        sheet.write_number_with_format(row, 4, price.bound_yuan, &style.money)?;
        optional(sheet, row, 5, price.price_up, &style.number)?;
        optional(sheet, row, 6, price.price_down, &style.number)?;
        sheet.write_number_with_format(row, 7, price.holds_up_yuan, &style.money)?;
        sheet.write_number_with_format(row, 8, price.holds_down_yuan, &style.money)?;
        let word = if price.degenerate { "report.is_degenerate" } else { "report.not_degenerate" };
        sheet.write_string_with_format(row, 9, say(lang, word), &style.text)?;
    }
    sheet.set_column_range_width(0, 3, 24)?;
    sheet.set_column_range_width(4, 9, 17)?;
    Ok(())
}

fn audit(sheet: &mut Worksheet, record: &Record, lang: Lang, style: &Style) -> Result<(), XlsxError> {
    sheet.set_name(say(lang, "report.sheet_audit"))?;
    let mut row = head(sheet, record, lang, style, false)?;
    let names = ["report.rule", "report.sentence", "report.law", "report.kind", "report.holds"];
    headers(sheet, row, &names.map(|code| say(lang, code)), style)?;
    for rule in &record.rules {
        row += 1;
        let missed: f64 = rule.missed.iter().map(|missed| missed.missed_yuan).sum();
        let holds = if rule.holds {
            say(lang, "report.yes")
        } else {
            Phrase::new("report.missed")
                .with("groups", rule.missed.len().to_string())
                .with("amount", format!("{missed:.2}"))
                .render(lang)
        };
        let kind = say(lang, if rule.hard { "report.hard" } else { "report.soft" });
        let texts = [
            format!("{} ({})", rule.label.get(lang), rule.id),
            rule.sentence.get(lang).to_owned(),
            rule.basis.clone(),
            kind,
            holds,
        ];
        for (column, text) in (0_u16..).zip(&texts) {
            sheet.write_string_with_format(row, column, text, &style.wrapped)?;
        }
    }
    row += 2;
    for line in foot(record) {
        sheet.write_string(row, 0, line.get(lang))?;
        row += 1;
    }
    sheet.set_column_width(0, 30)?;
    sheet.set_column_width(1, 52)?;
    sheet.set_column_width(2, 34)?;
    sheet.set_column_range_width(3, 4, 18)?;
    Ok(())
}

fn foot(record: &Record) -> Vec<Text> {
    let mut lines: Vec<Text> = record
        .stages
        .iter()
        .map(|stage| {
            Phrase::new("report.stage")
                .with("number", stage.number.to_string())
                .with_phrase("stage", &Phrase::new(stage_code(stage.kind)))
                .with("value", stage_value(stage))
                .with("programs", stage.programs.to_string())
                .with("gap", format!("{:.1e}", stage.certificate.gap))
                .text()
        })
        .collect();
    lines.extend(summarise(&record.changes).into_iter().map(|summary| summary.text));
    lines.extend(record.warnings.iter().cloned());
    lines.push(Text::same(format!("{} · {}", record.engine, record.hash)));
    lines
}
