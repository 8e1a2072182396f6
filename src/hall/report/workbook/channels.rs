//! Channels of use: one table a rule, a row a group, a column a channel, and their sum.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::style::{Style, headers, optional, say, yuan};
use crate::phrases::{Lang, Text};
use crate::record::{ChannelPart, Record};

/// Writes the tables, one below the other.
pub(super) fn write(
    sheet: &mut Worksheet,
    record: &Record,
    first: u32,
    lang: Lang,
    style: &Style,
) -> Result<(), XlsxError> {
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
