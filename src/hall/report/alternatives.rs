//! Alternative plans as terminal table and CSV.

use crate::analysis::alternatives::{Alternative, Alternatives, Change};
use crate::figures::{percent, wan};
use crate::phrases::{Lang, Phrase, Text};
use crate::report::csv::{harmless, in_yuan, noted};
use crate::report::ranges::{kept, title};
use crate::report::table::{Align, Grid};
use crate::units::Money;

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// The alternatives as a terminal report: one line a plan, who gains and loses, then all areas.
pub fn text(found: &Alternatives, lang: Lang) -> String {
    let mut text = format!("{}\n{}\n", found.model.get(lang), title("ranges.alternatives", found.within, lang));
    text.push_str(&kept(&found.stages, &found.warnings, lang));
    text.push('\n');
    if found.plans.is_empty() {
        text.push_str(&format!("{}\n", say(lang, "ranges.none")));
        return text;
    }
    text.push_str(&plan_table(found, lang));
    text.push('\n');
    for plan in &found.plans {
        text.push_str(&format!("{}\n", gains(plan).render(lang)));
    }
    text.push('\n');
    text.push_str(&area_table(found, lang));
    let foot = Phrase::new("ranges.looked_at")
        .with("candidates", found.candidates.to_string())
        .with("count", found.plans.len().to_string());
    text.push_str(&format!("\n{}\n", foot.render(lang)));
    if found.unroundable > 0 {
        let phrase = Phrase::new("ranges.unroundable").with("count", found.unroundable.to_string());
        text.push_str(&format!("! {}\n", phrase.render(lang)));
    }
    for plan in found.plans.iter().filter(|plan| !plan.holds) {
        let phrase = Phrase::new("ranges.broken").with("number", plan.number.to_string());
        text.push_str(&format!("! {}\n", phrase.render(lang)));
    }
    text
}

fn plan_table(found: &Alternatives, lang: Lang) -> String {
    let mut columns = vec![
        (say(lang, "ranges.number"), Align::Right),
        (say(lang, "ranges.found_by"), Align::Left),
        (say(lang, "ranges.moved"), Align::Right),
        (say(lang, "ranges.share"), Align::Right),
        (say(lang, "ranges.nearest"), Align::Right),
    ];
    for stage in &found.stages {
        columns.push((Phrase::new("ranges.loss").with("stage", stage.name.clone()).render(lang), Align::Right));
    }
    let mut grid = Grid::new(columns);
    for plan in &found.plans {
        let mut row = vec![
            plan.number.to_string(),
            plan.found_by.get(lang).to_owned(),
            wan(plan.moved_fen),
            percent(plan.moved_share, 2),
            plan.nearest_fen.map_or_else(|| "—".to_owned(), wan),
        ];
        row.extend(plan.losses.iter().map(|stage| {
            // Adding zero turns −0 into 0.
            let loss = |loss: f64| percent(loss, 4);
            stage.loss.map_or_else(|| "—".to_owned(), loss)
        }));
        grid.row(row);
    }
    grid.print("")
}

/// The three largest gains and losses among areas.
fn gains(plan: &Alternative) -> Phrase {
    let told = |changes: Vec<&Change>| {
        let list = |lang: Lang| {
            let one = |change: &&Change| {
                let sign = if change.change_fen > 0 { "+" } else { "" };
                format!("{} {sign}{}", change.name.get(lang), wan(change.change_fen))
            };
            let parts: Vec<String> = changes.iter().map(one).collect();
            if parts.is_empty() { "—".to_owned() } else { parts.join(", ") }
        };
        Text { zh: list(Lang::Zh), en: list(Lang::En) }
    };
    let up = plan.areas.iter().filter(|change| change.change_fen > 0).take(3).collect();
    let down = plan.areas.iter().rev().filter(|change| change.change_fen < 0).take(3).collect();
    Phrase::new("ranges.gains")
        .with("number", plan.number.to_string())
        .with("gains", told(up))
        .with("losses", told(down))
}

/// Amount of every area in the plan, and its change in every alternative.
fn area_table(found: &Alternatives, lang: Lang) -> String {
    let mut columns = vec![
        (say(lang, "ranges.code"), Align::Left),
        (say(lang, "ranges.name"), Align::Left),
        (say(lang, "ranges.amount"), Align::Right),
    ];
    for plan in &found.plans {
        columns.push((format!("{} {}", say(lang, "ranges.number"), plan.number), Align::Right));
    }
    let mut grid = Grid::new(columns);
    let mut codes: Vec<&Change> = found.plans.first().map_or_else(Vec::new, |plan| plan.areas.iter().collect());
    codes.sort_by(|a, b| a.code.cmp(&b.code));
    for area in codes {
        let mut row = vec![area.code.clone(), area.name.get(lang).to_owned(), wan(area.amount_fen - area.change_fen)];
        for plan in &found.plans {
            let change =
                plan.areas.iter().find(|change| change.code == area.code).map_or(0, |change| change.change_fen);
            // A change too small for the figure shown has no sign.
            row.push(if change >= 5_000 { format!("+{}", wan(change)) } else { wan(change) });
        }
        grid.row(row);
    }
    grid.print(&say(lang, "report.unit_wan"))
}

/// One line a cell: the plan, then every alternative, in 元.
pub fn csv(found: &Alternatives, lang: Lang) -> Vec<u8> {
    let mut header =
        vec![say(lang, "ranges.code"), say(lang, "ranges.name"), in_yuan(&say(lang, "ranges.amount"), lang)];
    let plan = |plan: &Alternative| in_yuan(&format!("{} {}", say(lang, "ranges.number"), plan.number), lang);
    header.extend(found.plans.iter().map(plan));
    let mut rows = vec![header];
    for (index, cell) in found.plans.first().map_or(&[][..], |plan| plan.cells.as_slice()).iter().enumerate() {
        let yuan = |fen: i64| Money::from_fen(fen).yuan();
        let mut row =
            vec![harmless(&cell.code), harmless(cell.name.get(lang)), yuan(cell.amount_fen - cell.change_fen)];
        row.extend(
            found.plans.iter().map(|plan| plan.cells.get(index).map_or_else(String::new, |cell| yuan(cell.amount_fen))),
        );
        rows.push(row);
    }
    noted(rows, &found.warnings, lang)
}
