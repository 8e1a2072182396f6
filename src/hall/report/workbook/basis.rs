//! 依据: how every entitlement comes about — weights, figures and shares of the factors, outcome curve, pools — so that whoever reads
//! the sheet alone can work each of them out again, to the 分.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::style::{Style, head, headers, main_headers, names, optional, print_setup, say, tidy, yuan};
use crate::figures::exact_percent;
use crate::phrases::{Lang, Phrase};
use crate::record::{CellPart, Record, TotalPart};
use crate::report::table::method_code;
use crate::units::{Decimal, Money};

pub(super) fn write(sheet: &mut Worksheet, record: &Record, lang: Lang, style: &Style) -> Result<(), XlsxError> {
    let name = say(lang, "report.sheet_basis");
    sheet.set_name(&name)?;
    let mut row = head(sheet, record, (&name, lang), true, style)?;
    let own = if record.entitlement.pools.is_empty() { "paper.formula_all" } else { "paper.formula_one" };
    let formula = format!("{} {}", say(lang, "paper.formula"), say(lang, own));
    for line in weights(record, lang).into_iter().chain([formula]) {
        sheet.write_string_with_format(row, 0, line, &style.plain)?;
        row += 1;
    }
    main_headers(sheet, row, &column_names(record, lang), style)?;
    let formats = factor_formats(record, style);
    for cell in &record.cells {
        row += 1;
        line(sheet, row, record, cell, (&formats, lang, style))?;
    }
    row = totals(sheet, row + 1, record, (&formats, lang, style))?;
    row = pools(sheet, row + 1, record, (lang, style))?;
    curve(sheet, row + 1, record, (lang, style))?;
    widths(sheet, record)?;
    print_setup(sheet, record, lang);
    Ok(())
}

fn widths(sheet: &mut Worksheet, record: &Record) -> Result<(), XlsxError> {
    let mut widths = vec![13.0, 20.0, 16.0];
    for factor in &record.entitlement.factors {
        widths.extend([if factor.unit.zh.is_empty() { 10.0 } else { 18.0 }, 16.0]);
    }
    if record.entitlement.outcome.is_some() {
        widths.extend([9.0, 9.0]);
    }
    widths.extend([12.0, 17.0]);
    for (column, width) in (0_u16..).zip(widths) {
        sheet.set_column_width(column, width)?;
    }
    Ok(())
}

/// How the weights came about, in sentences.
fn weights(record: &Record, lang: Lang) -> Vec<String> {
    let part = &record.entitlement;
    let method = method_code(part);
    let weights: Vec<String> =
        part.factors.iter().map(|factor| format!("{} {}", factor.label.get(lang), factor.weight)).collect();
    let gap = if lang == Lang::Zh { "、" } else { ", " };
    let mut lines = vec![
        Phrase::new("report.pool").with("pool", Money::from_fen(part.pool_fen)).render(lang),
        Phrase::new("report.weights")
            .with("weights", weights.join(gap))
            .with_phrase("method", &Phrase::new(method))
            .render(lang),
    ];
    if let Some(ratio) = part.consistency_ratio {
        lines.push(Phrase::new("report.consistency").with("ratio", format!("{ratio:.4}")).render(lang));
    }
    if !part.pools.is_empty() {
        let shares = record.ecosystems.iter().filter_map(|ecosystem| {
            let share = Decimal::parse(part.pools.get(&ecosystem.code)?).ok()?;
            Some(format!("{} {}", ecosystem.name.get(lang), exact_percent(&share)))
        });
        let shares = shares.collect::<Vec<_>>().join(gap);
        lines.push(Phrase::new("report.pools").with("shares", shares).render(lang));
    }
    lines
}

fn column_names(record: &Record, lang: Lang) -> Vec<String> {
    let mut names =
        vec![say(lang, "report.code"), record.model.area_label.get(lang).to_owned(), say(lang, "report.ecosystem")];
    for factor in &record.entitlement.factors {
        let (label, unit) = (factor.label.get(lang), factor.unit.get(lang));
        names.push(if unit.is_empty() { label.to_owned() } else { format!("{label}({unit})") });
        names
            .push(Phrase::new("report.factor_share").with("factor", label).with("weight", &factor.weight).render(lang));
    }
    if record.entitlement.outcome.is_some() {
        names.extend(["report.outcome_score", "report.multiplier"].map(|code| say(lang, code)));
    }
    names.extend(["paper.weighted_share", "report.entitlement"].map(|code| say(lang, code)));
    names
}

/// Whole figures without decimals, money with two, others with as many as they have.
fn factor_formats<'a>(record: &Record, style: &'a Style) -> Vec<&'a Format> {
    let format = |(index, factor): (usize, &crate::record::FactorWeight)| {
        let is_money = factor.unit == Phrase::new("rules.unit_money").text();
        let mut figures = record.cells.iter().filter_map(|cell| cell.factors.get(index));
        if is_money {
            &style.money
        } else if figures.all(|figure| !figure.figure.contains('.')) {
            &style.whole
        } else {
            &style.decimal
        }
    };
    record.entitlement.factors.iter().enumerate().map(format).collect()
}

fn line(
    sheet: &mut Worksheet,
    row: u32,
    record: &Record,
    cell: &CellPart,
    (formats, lang, style): (&[&Format], Lang, &Style),
) -> Result<(), XlsxError> {
    names(sheet, row, (record, cell), (lang, style))?;
    let mut column = 3;
    for (figure, format) in cell.factors.iter().zip(formats) {
        optional(sheet, row, column, number(&figure.figure), format)?;
        sheet.write_number_with_format(row, column + 1, tidy(figure.share), &style.share)?;
        column += 2;
    }
    if record.entitlement.outcome.is_some() {
        optional(sheet, row, column, cell.outcome_score.as_deref().and_then(number), &style.decimal)?;
        sheet.write_number_with_format(row, column + 1, tidy(cell.multiplier), &style.ratio)?;
        column += 2;
    }
    let weights = record.entitlement.factors.iter().map(|factor| number(&factor.weight).unwrap_or(0.0));
    let weighted = weights.zip(&cell.factors).map(|(weight, figure)| weight * figure.share).sum();
    sheet.write_number_with_format(row, column, tidy(weighted), &style.share)?;
    sheet.write_number_with_format(row, column + 1, yuan(cell.entitlement_fen), &style.money)?;
    Ok(())
}

fn number(decimal: &str) -> Option<f64> {
    Decimal::parse(decimal).ok().map(Decimal::to_f64)
}

/// Sums of figures and entitlements: of every ecosystem, then of all; returns the next row.
fn totals(
    sheet: &mut Worksheet,
    first: u32,
    record: &Record,
    (formats, lang, style): (&[&Format], Lang, &Style),
) -> Result<u32, XlsxError> {
    let all = say(lang, "report.all_ecosystems");
    let own = record.ecosystems.iter().filter(|_| record.ecosystems.len() > 1);
    let parts = own.map(|part| (part.name.get(lang), part)).chain([(all.as_str(), &record.total)]);
    let mut row = first;
    for (name, part) in parts {
        sheet.write_blank(row, 0, &style.text_total)?;
        sheet.write_string_with_format(row, 1, say(lang, "report.total"), &style.text_total)?;
        sheet.write_string_with_format(row, 2, name, &style.text_total)?;
        let mut column = 3;
        for (index, format) in formats.iter().enumerate() {
            let format = (*format).clone().set_bold();
            optional(sheet, row, column, figure_sum(record, part, index), &format)?;
            sheet.write_blank(row, column + 1, &style.text_total)?;
            column += 2;
        }
        let blanks = if record.entitlement.outcome.is_some() { 3 } else { 1 };
        for _ in 0..blanks {
            sheet.write_blank(row, column, &style.text_total)?;
            column += 1;
        }
        sheet.write_number_with_format(row, column, yuan(part.entitlement_fen), &style.money_total)?;
        row += 1;
    }
    Ok(row)
}

/// The sum of a factor's figures, exact as decimals.
fn figure_sum(record: &Record, part: &TotalPart, index: usize) -> Option<f64> {
    let mut sum = Decimal::ZERO;
    for cell in record.cells.iter().filter(|cell| part.code == "total" || cell.ecosystem == part.code) {
        sum = sum.checked_add(Decimal::parse(&cell.factors.get(index)?.figure).ok()?)?;
    }
    Some(sum.to_f64())
}

/// What each pool holds, where every ecosystem has its own; returns the next row.
fn pools(sheet: &mut Worksheet, first: u32, record: &Record, (lang, style): (Lang, &Style)) -> Result<u32, XlsxError> {
    let pools = &record.entitlement.pools;
    if pools.is_empty() {
        return Ok(first);
    }
    sheet.write_string_with_format(first, 0, say(lang, "paper.pool_table"), &style.heading)?;
    let names = ["", "report.ecosystem", "paper.pool_share", "paper.pool_amount"];
    let names = names.map(|code| if code.is_empty() { String::new() } else { say(lang, code) });
    headers(sheet, first + 1, &names, style)?;
    let mut row = first + 2;
    for part in &record.ecosystems {
        let share = pools.get(&part.code).and_then(|share| number(share));
        sheet.write_blank(row, 0, &style.text)?;
        sheet.write_string_with_format(row, 1, part.name.get(lang), &style.text)?;
        sheet.write_number_with_format(row, 2, tidy(share.unwrap_or(0.0)), &style.share)?;
        sheet.write_number_with_format(row, 3, yuan(part.entitlement_fen), &style.money)?;
        row += 1;
    }
    sheet.write_blank(row, 0, &style.text_total)?;
    sheet.write_string_with_format(row, 1, say(lang, "report.total"), &style.text_total)?;
    sheet.write_blank(row, 2, &style.text_total)?;
    sheet.write_number_with_format(row, 3, yuan(record.total.entitlement_fen), &style.money_total)?;
    Ok(row + 1)
}

/// The points of the outcome curve.
fn curve(sheet: &mut Worksheet, first: u32, record: &Record, (lang, style): (Lang, &Style)) -> Result<(), XlsxError> {
    let Some(outcome) = &record.entitlement.outcome else { return Ok(()) };
    let title = Phrase::new("paper.curve_table").with("indicator", outcome.label.clone()).render(lang);
    sheet.write_string_with_format(first, 0, title, &style.heading)?;
    let names = ["", "report.outcome_score", "report.multiplier"];
    let names = names.map(|code| if code.is_empty() { String::new() } else { say(lang, code) });
    headers(sheet, first + 1, &names, style)?;
    for (row, point) in (first + 2..).zip(&outcome.points) {
        sheet.write_blank(row, 0, &style.text)?;
        optional(sheet, row, 1, number(&point.score), &style.decimal)?;
        optional(sheet, row, 2, number(&point.multiplier), &style.decimal)?;
    }
    Ok(())
}
