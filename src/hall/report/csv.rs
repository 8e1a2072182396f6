//! The allocation as CSV for spreadsheets: UTF-8 with BOM, amounts in 元, text that a spreadsheet cannot run.

use crate::dataset::Quantity;
use crate::figures::fixed;
use crate::phrases::{Lang, Phrase, Text};
use crate::record::{CellPart, Record};
use crate::report::by_hand::{MARK, whose_reason};
use crate::report::table::{change_texts, one_line};
use crate::rules::naming::figure_unit;
use crate::units::Money;

/// One line a cell; illustrative data or changes are marked on every line, so that no sorting or cutting loses the mark.
pub fn allocation(record: &Record, lang: Lang) -> Vec<u8> {
    let say = |code| Phrase::new(code).render(lang);
    let in_yuan = |code| self::in_yuan(&say(code), lang);
    let area = record.model.area_label.get(lang).to_owned();
    let mut header = vec![say("report.code"), area, say("report.ecosystem")];
    header.extend([in_yuan("report.entitlement"), in_yuan("report.amount")]);
    header.extend(record.funds.iter().map(|fund| self::in_yuan(fund.label.get(lang), lang)));
    header.extend([in_yuan("report.last_year"), say("report.change"), say("report.coverage")]);
    let beside = Beside::of(record);
    header.extend(beside.headers(record, lang));
    let note = note(record, lang);
    header.extend(note.as_ref().map(|_| say("report.note")));
    let yuan = |fen: i64| Money::from_fen(fen).yuan();
    let mut rows: Vec<Vec<String>> = vec![header.iter().map(|text| harmless(text)).collect()];
    for cell in &record.cells {
        let change = cell.last_year_fen.filter(|last| *last > 0).map(|last| cell.amount_fen as f64 / last as f64 - 1.0);
        let label = record.ecosystems.iter().find(|part| part.code == cell.ecosystem);
        let mut row = vec![
            harmless(&cell.area),
            harmless(&cell.area_name),
            harmless(label.map_or(cell.ecosystem.as_str(), |part| part.name.get(lang))),
            yuan(cell.entitlement_fen),
            yuan(cell.amount_fen),
        ];
        row.extend(record.funds.iter().map(|fund| {
            let paid = cell.by_fund.iter().find(|paid| paid.fund == fund.id);
            yuan(paid.map_or(0, |paid| paid.amount_fen))
        }));
        row.push(cell.last_year_fen.map(yuan).unwrap_or_default());
        row.push(change.map(|change| fixed(change, 6)).unwrap_or_default());
        row.push(cell.coverage.map(|coverage| format!("{coverage:.6}")).unwrap_or_default());
        row.extend(beside.cells(record, cell));
        row.extend(note.clone());
        rows.push(row);
    }
    lines(&rows)
}

/// A header of money in 元.
pub(super) fn in_yuan(name: &str, lang: Lang) -> String {
    let unit = figure_unit(Quantity::Money);
    format!("{name}({})", unit.get(lang))
}

/// Columns of what is set by hand and of what was paid, where a run has them.
struct Beside {
    by_hand: bool,
    /// Whether payments are known for each ecosystem; else they are those of the whole area.
    paid: Option<bool>,
}

impl Beside {
    fn of(record: &Record) -> Self {
        Self { by_hand: record.by_hand.is_some(), paid: record.paid.as_ref().map(|paid| !paid.cells.is_empty()) }
    }

    fn headers(&self, record: &Record, lang: Lang) -> Vec<String> {
        let say = |code| Phrase::new(code).render(lang);
        let mut headers = Vec::new();
        if self.by_hand {
            headers.extend([in_yuan(&say("report.calculated"), lang), say("report.by_hand")]);
        }
        match self.paid {
            Some(true) => headers.extend(["report.paid", "report.now"].map(|code| in_yuan(&say(code), lang))),
            // Of a whole area: on each of its lines the same.
            Some(false) => headers.extend(["report.paid", "report.now"].map(|code| {
                let figure = Phrase::new(code).text();
                let area = record.model.area_label.clone();
                let name = Phrase::new("report.of_whole_area").with("figure", figure).with("area", area).render(lang);
                in_yuan(&name, lang)
            })),
            None => {}
        }
        headers.iter().map(|text| harmless(text)).collect()
    }

    fn cells(&self, record: &Record, cell: &CellPart) -> Vec<String> {
        let yuan = |fen: i64| Money::from_fen(fen).yuan();
        let mut cells = Vec::new();
        let group = format!("{}/{}", cell.area, cell.ecosystem);
        if let Some(part) = &record.by_hand {
            cells.push(cell.calculated_fen.map(yuan).unwrap_or_default());
            let own = part.overrides.iter().filter(|one| one.group == cell.area || one.group == group);
            let reasons: Vec<String> = own.map(whose_reason).collect();
            let mark = if cell.by_hand { format!("{MARK} {}", reasons.join("; ")) } else { String::new() };
            cells.push(harmless(&mark));
        }
        if let Some(part) = &record.paid {
            let rows = if part.cells.is_empty() { &part.areas } else { &part.cells };
            let own = rows.iter().filter(|row| row.group == cell.area || row.group == group);
            let sum = own.fold((0, 0), |sum, row| (sum.0 + row.paid_fen, sum.1 + row.now_fen));
            cells.extend([yuan(sum.0), yuan(sum.1)]);
        }
        cells
    }
}

/// Lines of texts as CSV with BOM.
pub fn lines(rows: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(vec![0xef, 0xbb, 0xbf]);
    for row in rows {
        // Writing to memory cannot fail.
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}

/// The mark of illustrative data, the changes and the warnings; `None` where there is nothing to say.
fn note(record: &Record, lang: Lang) -> Option<String> {
    let mark = record.dataset.illustrative.then(|| Phrase::new("report.illustrative").render(lang));
    let changes = change_texts(&record.changes);
    let changed = (!changes.is_empty()).then(|| {
        let list = changes.iter().take(CHANGES_NAMED).map(|change| change.get(lang)).collect::<Vec<_>>().join("; ");
        let more = if changes.len() > CHANGES_NAMED { "; …" } else { "" };
        format!("{}{list}{more}", Phrase::new("report.changes").render(lang))
    });
    let warned = warned(&record.warnings, lang);
    let parts: Vec<String> = mark.into_iter().chain(changed).chain(warned).collect();
    (!parts.is_empty()).then(|| harmless(&parts.join(" ")))
}

/// How many warnings there are, with the first of them; `None` where there are none.
fn warned(warnings: &[Text], lang: Lang) -> Option<String> {
    let first = warnings.iter().take(WARNINGS_NAMED).map(|warning| one_line(warning.get(lang)));
    let told = || {
        Phrase::new("report.warnings_note")
            .with("count", warnings.len().to_string())
            .with("first", first.collect::<Vec<_>>().join("; "))
            .render(lang)
    };
    (!warnings.is_empty()).then(told)
}

/// Lines with the warnings of their run on each, so that no sorting or cutting loses them.
pub(super) fn noted(mut rows: Vec<Vec<String>>, warnings: &[Text], lang: Lang) -> Vec<u8> {
    if let Some(note) = warned(warnings, lang) {
        let header = Phrase::new("report.note").render(lang);
        let notes = std::iter::once(header).chain(std::iter::repeat(harmless(&note)));
        rows.iter_mut().zip(notes).for_each(|(row, note)| row.push(note));
    }
    lines(&rows)
}

/// So many changes are named on each line.
const CHANGES_NAMED: usize = 4;

/// So many warnings are repeated on each line.
const WARNINGS_NAMED: usize = 3;

/// Text that begins with = + - @ (or a control character) would be run by a spreadsheet; an apostrophe makes it text. A Chinese or
/// Japanese one takes the full-width signs for the same, and none sees characters without width before them.
pub fn harmless(text: &str) -> String {
    let unseen = ['\u{FEFF}', '\u{200B}', '\u{200C}', '\u{200D}', '\u{2060}'];
    let signs = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    let dangerous = text.trim_start_matches(unseen).starts_with(signs);
    if dangerous { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for text in
            ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "＋1", "－1", "＠SUM(A1)", "\u{FEFF}=1", "\u{200B}＝1"]
        {
            assert!(harmless(text).starts_with('\''), "{text}");
        }
        for text in ["城桥镇", "林地＝", "1-2", "\u{200B}城桥镇"] {
            assert_eq!(harmless(text), text);
        }
    }
}
