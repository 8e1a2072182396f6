//! What is set by hand and what was paid, as tables for the terminal.

use std::collections::BTreeSet;

use crate::figures::{wan, yuan};
use crate::phrases::{Lang, Phrase};
use crate::record::{ByHandPart, PaidPart, PaidRow, Record};
use crate::report::grid::{Align, Grid};

/// The mark of an amount that is set by hand.
pub const MARK: &str = "*";

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// Codes of the areas of which an override speaks.
pub fn areas(record: &Record) -> BTreeSet<&str> {
    record.cells.iter().filter(|cell| cell.by_hand).map(|cell| cell.area.as_str()).collect()
}

/// An amount in 元 with its sign: what a difference is.
pub fn signed(fen: i64) -> String {
    if fen > 0 { format!("+{}", yuan(fen)) } else { yuan(fen) }
}

/// Every override beside the calculated amount, then the areas that it moves; empty where nothing is set by hand.
pub fn overrides(record: &Record, lang: Lang) -> String {
    let Some(part) = &record.by_hand else { return String::new() };
    let mut grid = Grid::new([
        (say(lang, "report.by_hand"), Align::Left),
        (say(lang, "report.amount"), Align::Right),
        (say(lang, "report.calculated"), Align::Right),
        (say(lang, "report.difference"), Align::Right),
        (say(lang, "report.reason"), Align::Left),
    ]);
    let optional = |fen: Option<i64>, text: fn(i64) -> String| fen.map_or_else(|| "—".to_owned(), text);
    for one in &part.overrides {
        grid.row(vec![
            format!("{MARK} {}", override_name(record, one, lang)),
            yuan(one.amount_fen),
            optional(one.calculated_fen, yuan),
            optional(one.difference_fen, signed),
            whose_reason(one),
        ]);
    }
    let mut text = grid.print(&say(lang, "report.unit_yuan"));
    text.push_str(&moved(part, lang));
    text
}

/// The group of an override, and the fund where one is meant.
pub fn override_name(record: &Record, one: &crate::record::OverridePart, lang: Lang) -> String {
    let name = one.name.get(lang);
    let fund = one.fund.as_ref().and_then(|id| record.funds.iter().find(|fund| fund.id == *id));
    fund.map_or_else(|| name.to_owned(), |fund| format!("{name} · {}", fund.label.get(lang)))
}

/// Reason, who and when.
pub fn whose_reason(one: &crate::record::OverridePart) -> String {
    let parts = [&one.reason, &one.by, &one.date];
    parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" · ")
}

/// The areas whose amount differs from the calculated one, and the sum of all differences.
fn moved(part: &ByHandPart, lang: Lang) -> String {
    let moved: Vec<_> = part.areas.iter().filter(|area| area.difference_fen != 0).collect();
    if moved.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new([
        (say(lang, "report.moved"), Align::Left),
        (say(lang, "report.amount"), Align::Right),
        (say(lang, "report.calculated"), Align::Right),
        (say(lang, "report.difference"), Align::Right),
    ]);
    for area in moved {
        let mark = if area.by_hand { MARK } else { "" };
        let difference = signed(area.difference_fen);
        grid.row(vec![format!("{}{mark}", area.name), yuan(area.amount_fen), yuan(area.calculated_fen), difference]);
    }
    let sum = |pick: &dyn Fn(&crate::record::DifferencePart) -> i64| part.areas.iter().map(pick).sum::<i64>();
    let (with, without) = (sum(&|area| area.amount_fen), sum(&|area| area.calculated_fen));
    grid.rule();
    grid.row(vec![say(lang, "report.total_all"), yuan(with), yuan(without), signed(with - without)]);
    format!("\n{}", grid.print(&say(lang, "report.unit_yuan")))
}

/// Headers of the figures of a row of payments.
pub const PAID_HEADERS: [&str; 7] = [
    "report.plan",
    "report.released",
    "report.recalled",
    "report.withdrawn",
    "report.total_now",
    "report.paid",
    "report.now",
];

/// The figures of a row of payments, in the order of [`PAID_HEADERS`]; withdrawals of both kinds are one.
pub fn paid_figures(row: &PaidRow) -> [i64; 7] {
    let withdrawn = row.withdrawn_fen.saturating_add(row.handed_on_fen);
    [row.plan_fen, row.released_fen, row.recalled_fen, withdrawn, row.total_fen, row.paid_fen, row.now_fen]
}

/// What each area has in hand and what this batch brings, fund by fund below; empty where nothing was paid.
pub fn paid(record: &Record, lang: Lang) -> String {
    let Some(part) = &record.paid else { return String::new() };
    let area = record.model.area_label.get(lang).to_owned();
    let mut text = paid_grid(part, &area, lang);
    for line in remarks(part) {
        text.push_str(&line.render(lang));
        text.push('\n');
    }
    text
}

/// In 万元 where that is exact, and without recalls and withdrawals where there are none, so that a terminal is wide enough.
fn paid_grid(part: &PaidPart, area: &str, lang: Lang) -> String {
    let figures: Vec<[i64; 7]> = part.areas.iter().chain([&part.total]).map(paid_figures).collect();
    let in_wan = figures.iter().flatten().all(|fen| fen % FEN_OF_HUNDREDTH == 0);
    let is_shown = |column: &usize| {
        let may_go = matches!(PAID_HEADERS.get(*column), Some(&"report.recalled" | &"report.withdrawn"));
        !may_go || figures.iter().any(|row| row.get(*column).is_some_and(|fen| *fen != 0))
    };
    let shown: Vec<usize> = (0..PAID_HEADERS.len()).filter(is_shown).collect();
    let columns =
        shown.iter().filter_map(|column| PAID_HEADERS.get(*column)).map(|code| (say(lang, code), Align::Right));
    let mut grid = Grid::new(std::iter::once((area.to_owned(), Align::Left)).chain(columns));
    let money = |fen: i64| if in_wan { wan(fen) } else { yuan(fen) };
    let row = |name: String, figures: &[i64; 7]| -> Vec<String> {
        let own = shown.iter().filter_map(|column| figures.get(*column)).map(|fen| money(*fen));
        std::iter::once(name).chain(own).collect()
    };
    for (one, figures) in part.areas.iter().zip(&figures) {
        grid.row(row(one.name.get(lang).to_owned(), figures));
    }
    grid.rule();
    if let Some(total) = figures.last() {
        grid.row(row(say(lang, "report.total"), total));
    }
    grid.print(&say(lang, if in_wan { "report.unit_wan" } else { "report.unit_yuan" }))
}

/// 分 in the last decimal of 万元.
const FEN_OF_HUNDREDTH: i64 = 10_000;

/// What a reader of payments must know.
pub fn remarks(part: &PaidPart) -> Vec<Phrase> {
    let mut lines = vec![Phrase::new("report.paid_how")];
    if part.total.withdrawn_fen > 0 {
        let kept = crate::units::Money::from_fen(part.total.withdrawn_fen);
        lines.push(Phrase::new("report.paid_kept").with("amount", kept));
    }
    lines
}
