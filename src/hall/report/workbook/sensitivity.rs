//! 敏感性: what one 万元 more or less in a bound is worth to each objective, and how far that holds.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::style::{Style, fit, head, main_headers, optional, print_setup, say, tidy, to_fen};
use crate::analysis::sensitivity::ShadowPrice;
use crate::analysis::words::stage_code;
use crate::phrases::{Lang, Phrase};
use crate::record::Record;
use crate::report::table::rule_name;
use crate::solver::way::End;

pub(super) fn write(
    sheet: &mut Worksheet,
    record: &Record,
    (prices, remarks): (&[ShadowPrice], &[Phrase]),
    lang: Lang,
    style: &Style,
) -> Result<(), XlsxError> {
    let name = say(lang, "report.sheet_sensitivity");
    sheet.set_name(&name)?;
    let mut top = head(sheet, record, (&name, lang), false, style)?;
    for note in std::iter::once(&Phrase::new("report.sensitivity_note")).chain(remarks) {
        sheet.write_string_with_format(top, 0, note.render(lang), &style.plain)?;
        top += 1;
    }
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
        "report.end_up",
        "report.holds_down",
        "report.end_down",
        "report.degenerate",
    ];
    main_headers(sheet, top, &names.map(|code| say(lang, code)), style)?;
    for (row, price) in (top + 1..).zip(prices) {
        line(sheet, row, price, (lang, style))?;
    }
    sheet.set_column_width(0, 20)?;
    sheet.set_column_range_width(1, 2, 34)?;
    sheet.set_column_width(3, 14)?;
    sheet.set_column_range_width(4, 12, 16)?;
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
    let ends = [
        (price.price_up, price.holds_up_yuan, price.end_up),
        (price.price_down, price.holds_down_yuan, price.end_down),
    ];
    for (column, (price, holds, end)) in [8, 10].into_iter().zip(ends) {
        optional(sheet, row, column, price.map(|_| to_fen(holds)), &style.money)?;
        sheet.write_string_with_format(row, column + 1, say(lang, end_code(price, end)), &style.wrapped)?;
    }
    let word = match (price.price_up, price.price_down) {
        (Some(_), Some(_)) if price.degenerate => "report.is_degenerate",
        (Some(_), Some(_)) => "report.not_degenerate",
        _ => "report.one_sided",
    };
    sheet.write_string_with_format(row, 12, say(lang, word), &style.wrapped)?;
    let ends = ends.map(|(price, _, end)| say(lang, end_code(price, end)));
    fit(sheet, row, &[20.0, 34.0, 34.0, 14.0, 16.0, 16.0], &texts.into_iter().chain(ends).collect::<Vec<_>>())
}

/// What is beyond the range of a price, in words.
fn end_code(price: Option<f64>, end: End) -> &'static str {
    match end {
        End::Turns => "report.end_turns",
        End::Infeasible => "report.end_infeasible",
        End::Asked => "report.end_asked",
        End::Open if price.is_some() => "report.end_open",
        End::Open => "report.end_unknown",
    }
}
