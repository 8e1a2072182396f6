//! A comparison as CSV: one line a group, amounts and differences of every scenario in 元, exact to the 分.

use crate::analysis::compare::{AmountRow, Comparison};
use crate::phrases::Lang;
use crate::report::compare::{level_name, names, say};
use crate::report::csv::{harmless, in_yuan};
use crate::report::table::one_line;
use crate::units::Money;

/// UTF-8 with BOM, for spreadsheets.
pub fn comparison(comparison: &Comparison, lang: Lang) -> Vec<u8> {
    let names = names(comparison, lang);
    let mut header = vec![say(lang, "compare.level"), say(lang, "report.code"), say(lang, "compare.group")];
    header.extend(names.iter().map(|name| in_yuan(name, lang)));
    for (at, name) in names.iter().enumerate() {
        if comparison.against != Some(at) {
            header.push(in_yuan(&format!("{name} {}", say(lang, "report.change")), lang));
        }
    }
    let mut writer = csv::Writer::from_writer(vec![0xef, 0xbb, 0xbf]);
    // Writing to memory cannot fail.
    let _ = writer.write_record(header.iter().map(|text| harmless(text)));
    let total = std::slice::from_ref(&comparison.total);
    let levels: [(&'static str, &[AmountRow]); 5] = [
        ("compare.level_cell", &comparison.cells),
        ("compare.level_area", &comparison.areas),
        ("compare.level_ecosystem", &comparison.ecosystems),
        ("compare.level_fund", &comparison.funds),
        ("report.total", total),
    ];
    let yuan = |fen: &Option<i64>| fen.map_or_else(String::new, |fen| Money::from_fen(fen).yuan());
    for (level, rows) in levels {
        for row in rows {
            let mut line = vec![level_name(comparison, level, lang), harmless(&row.code), harmless(row.name.get(lang))];
            line.extend(row.amounts_fen.iter().map(yuan));
            let others = row.differences_fen.iter().enumerate().filter(|(at, _)| comparison.against != Some(*at));
            line.extend(others.map(|(_, fen)| yuan(fen)));
            let _ = writer.write_record(line);
        }
    }
    // Every line has as many fields as the header.
    let mut note = |level: &'static str, code: &str, text: &str| {
        let mut line = vec![say(lang, level), harmless(code), harmless(&one_line(text))];
        line.resize(header.len(), String::new());
        let _ = writer.write_record(line);
    };
    for case in &comparison.scenarios {
        if let Some(reason) = &case.reason {
            note("compare.reason", &case.id, reason.get(lang));
        }
    }
    for remark in &comparison.remarks {
        note("compare.remarks", "", remark.get(lang));
    }
    writer.into_inner().unwrap_or_default()
}
