//! 敏感性: what one 万元 more or less in a bound is worth to each objective, and how far that holds.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::style::{Style, head, main_headers, optional, print_setup, say, tidy, to_fen};
use crate::analysis::explain::stage_code;
use crate::analysis::sensitivity::ShadowPrice;
use crate::phrases::Lang;
use crate::record::Record;
use crate::report::table::rule_name;

pub(super) fn write(
    sheet: &mut Worksheet,
    record: &Record,
    prices: &[ShadowPrice],
    lang: Lang,
    style: &Style,
) -> Result<(), XlsxError> {
    let name = say(lang, "report.sheet_sensitivity");
    sheet.set_name(&name)?;
    let top = head(sheet, record, (&name, lang), false, style)?;
    sheet.write_string_with_format(top, 0, say(lang, "report.sensitivity_note"), &style.plain)?;
    let names = [
        "report.stage_name",
        "report.rule",
        "report.row",
        "report.side",
        "report.bound",
        "report.price_up",
        "report.price_down",
        "report.price_unit",
        "report.holds_up",
        "report.holds_down",
        "report.degenerate",
    ];
    main_headers(sheet, top + 1, &names.map(|code| say(lang, code)), style)?;
    for (row, price) in (top + 2..).zip(prices) {
        line(sheet, row, price, (lang, style))?;
    }
    sheet.set_column_width(0, 20)?;
    sheet.set_column_range_width(1, 2, 34)?;
    sheet.set_column_width(3, 14)?;
    sheet.set_column_range_width(4, 10, 16)?;
    print_setup(sheet, record, lang);
    Ok(())
}

fn line(sheet: &mut Worksheet, row: u32, price: &ShadowPrice, (lang, style): (Lang, &Style)) -> Result<(), XlsxError> {
    let side = match price.side {
        "lower" => "analysis.side_lower",
        "upper" => "analysis.side_upper",
        _ => "analysis.side_equal",
    };
    let texts = [
        format!("{} {}", price.stage, say(lang, stage_code(price.kind))),
        rule_name(&price.label, &price.member, lang),
        price.row_name.get(lang).to_owned(),
        say(lang, side),
    ];
    for (column, text) in (0_u16..).zip(&texts) {
        sheet.write_string_with_format(row, column, text, &style.wrapped)?;
    }
    sheet.write_number_with_format(row, 4, to_fen(price.bound_yuan), &style.money)?;
    let per_wan = |price: Option<f64>| price.map(|price| tidy(price * 1e4));
    optional(sheet, row, 5, per_wan(price.price_up), &style.price)?;
    optional(sheet, row, 6, per_wan(price.price_down), &style.price)?;
    let unit = if price.unit == "wan_yuan" { "report.wan" } else { "report.ratio" };
    sheet.write_string_with_format(row, 7, say(lang, unit), &style.text)?;
    sheet.write_number_with_format(row, 8, to_fen(price.holds_up_yuan), &style.money)?;
    sheet.write_number_with_format(row, 9, to_fen(price.holds_down_yuan), &style.money)?;
    let word = if price.degenerate { "report.is_degenerate" } else { "report.not_degenerate" };
    sheet.write_string_with_format(row, 10, say(lang, word), &style.wrapped)?;
    Ok(())
}
