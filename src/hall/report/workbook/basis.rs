//! 依据: where every figure comes from — weights, figures of the factors, entitlement, funds; then the channels of use.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::style::{Style, head, headers, main_headers, optional, print_setup, say, tidy, yuan};
use crate::figures::exact_percent;
use crate::phrases::{Lang, Phrase, Text};
use crate::record::{CellPart, ChannelPart, Record};
use crate::units::{Decimal, Money};

pub(super) fn write(sheet: &mut Worksheet, record: &Record, lang: Lang, style: &Style) -> Result<(), XlsxError> {
    let name = say(lang, "report.sheet_basis");
    sheet.set_name(&name)?;
    let mut row = head(sheet, record, (&name, lang), true, style)?;
    for line in weights(record, lang) {
        sheet.write_string_with_format(row, 0, line, &style.plain)?;
        row += 1;
    }
    let names = column_names(record, lang);
    main_headers(sheet, row, &names, style)?;
    let formats = factor_formats(record, style);
    for cell in &record.cells {
        row += 1;
        line(sheet, row, record, cell, (&formats, lang, style))?;
    }
    widths(sheet, record)?;
    channels(sheet, record, row + 2, lang, style)?;
    print_setup(sheet, record, lang);
    Ok(())
}

fn widths(sheet: &mut Worksheet, record: &Record) -> Result<(), XlsxError> {
    let mut widths = vec![13.0, 20.0, 16.0];
    for factor in &record.entitlement.factors {
        widths.extend([if factor.unit.zh.is_empty() { 10.0 } else { 18.0 }, 16.0]);
    }
    if has_outcome(record) {
        widths.extend([9.0, 9.0]);
    }
    widths.extend([16.0, 16.0]);
    widths.extend(record.funds.iter().map(|_| 18.0));
    widths.extend([9.0, 16.0]);
    for (column, width) in (0_u16..).zip(widths) {
        sheet.set_column_width(column, width)?;
    }
    Ok(())
}

/// How the weights came about, in sentences.
fn weights(record: &Record, lang: Lang) -> Vec<String> {
    let part = &record.entitlement;
    let method = match part.method {
        "ahp" => "report.method_ahp",
        "entropy" => "report.method_entropy",
        _ => "report.method_given",
    };
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
    if has_outcome(record) {
        names.extend(["report.outcome_score", "report.multiplier"].map(|code| say(lang, code)));
    }
    names.extend(["report.entitlement", "report.amount"].map(|code| say(lang, code)));
    names.extend(
        record.funds.iter().map(|fund| Phrase::new("report.of_which").with("fund", fund.label.clone()).render(lang)),
    );
    names.extend(["report.coverage", "report.last_year"].map(|code| say(lang, code)));
    names
}

fn has_outcome(record: &Record) -> bool {
    record.cells.iter().any(|cell| cell.outcome_score.is_some())
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
    let label = record.ecosystems.iter().find(|part| part.code == cell.ecosystem);
    let texts = [cell.area.as_str(), cell.area_name.as_str(), label.map_or("", |part| part.name.get(lang))];
    for (column, text) in (0_u16..).zip(texts) {
        sheet.write_string_with_format(row, column, text, &style.text)?;
    }
    let mut column = 3;
    for (figure, format) in cell.factors.iter().zip(formats) {
        optional(sheet, row, column, number(&figure.figure), format)?;
        sheet.write_number_with_format(row, column + 1, tidy(figure.share), &style.share)?;
        column += 2;
    }
    if has_outcome(record) {
        optional(sheet, row, column, cell.outcome_score.as_deref().and_then(number), &style.decimal)?;
        sheet.write_number_with_format(row, column + 1, tidy(cell.multiplier), &style.ratio)?;
        column += 2;
    }
    sheet.write_number_with_format(row, column, yuan(cell.entitlement_fen), &style.money)?;
    sheet.write_number_with_format(row, column + 1, yuan(cell.amount_fen), &style.money)?;
    column += 2;
    for fund in &record.funds {
        let paid = cell.by_fund.iter().find(|paid| paid.fund == fund.id);
        optional(sheet, row, column, paid.map(|paid| yuan(paid.amount_fen)), &style.money)?;
        column += 1;
    }
    optional(sheet, row, column, cell.coverage.map(tidy), &style.ratio)?;
    optional(sheet, row, column + 1, cell.last_year_fen.map(yuan), &style.money)
}

fn number(decimal: &str) -> Option<f64> {
    Decimal::parse(decimal).ok().map(Decimal::to_f64)
}

/// One table a rule of channels: a row a group, a column a channel, and their sum.
fn channels(sheet: &mut Worksheet, record: &Record, first: u32, lang: Lang, style: &Style) -> Result<(), XlsxError> {
    let mut by_rule: Vec<(&str, Vec<&ChannelPart>)> = Vec::new();
    for part in &record.channels {
        match by_rule.iter_mut().find(|(rule, _)| *rule == part.rule) {
            Some((_, parts)) => parts.push(part),
            None => by_rule.push((&part.rule, vec![part])),
        }
    }
    let mut row = first;
    for (_, parts) in by_rule {
        row = channel_table(sheet, record, row, &parts, (lang, style))? + 2;
    }
    Ok(())
}

fn channel_table(
    sheet: &mut Worksheet,
    record: &Record,
    first: u32,
    parts: &[&ChannelPart],
    (lang, style): (Lang, &Style),
) -> Result<u32, XlsxError> {
    let mut channels: Vec<(&str, &Text)> = Vec::new();
    let mut groups: BTreeMap<&str, (&Text, BTreeMap<&str, i64>)> = BTreeMap::new();
    for part in parts {
        if !channels.iter().any(|(known, _)| *known == part.channel) {
            channels.push((&part.channel, &part.label));
        }
        let group = groups.entry(&part.group).or_insert_with(|| (&part.name, BTreeMap::new()));
        group.1.insert(&part.channel, part.amount_fen);
    }
    if let Some(part) = parts.first() {
        sheet.write_string_with_format(first, 0, part.rule_label.get(lang), &style.heading)?;
    }
    let mut names = vec![say(lang, "report.code"), record.model.area_label.get(lang).to_owned()];
    names.push(say(lang, "report.total"));
    names.extend(channels.iter().map(|(_, label)| label.get(lang).to_owned()));
    headers(sheet, first + 1, &names, style)?;
    let mut row = first + 2;
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for (code, (name, amounts)) in &groups {
        sheet.write_string_with_format(row, 0, *code, &style.text)?;
        sheet.write_string_with_format(row, 1, name.get(lang), &style.text)?;
        sheet.write_number_with_format(row, 2, yuan(amounts.values().sum()), &style.money)?;
        for (column, (channel, _)) in (3_u16..).zip(&channels) {
            let fen = amounts.get(channel).copied();
            *sums.entry(channel).or_default() += fen.unwrap_or(0);
            optional(sheet, row, column, fen.map(yuan), &style.money)?;
        }
        row += 1;
    }
    sheet.write_blank(row, 0, &style.text_total)?;
    sheet.write_string_with_format(row, 1, say(lang, "report.total"), &style.text_total)?;
    sheet.write_number_with_format(row, 2, yuan(sums.values().sum()), &style.money_total)?;
    for (column, (channel, _)) in (3_u16..).zip(&channels) {
        let fen = sums.get(channel).copied().unwrap_or(0);
        sheet.write_number_with_format(row, column, yuan(fen), &style.money_total)?;
    }
    Ok(row)
}
