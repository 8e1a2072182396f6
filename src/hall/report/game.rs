//! A cooperative game with its solutions: terminal tables, CSV, chart.

use std::fmt::Write as _;

use crate::figures::{exact_yuan, separated, yuan};
use crate::horizontal::cooperative::{Kind, Solved};
use crate::horizontal::division::Verdict;
use crate::phrases::{Lang, Phrase, visible};
use crate::report::chart::bars::{Bars, Series, bars};
use crate::report::csv::{harmless, in_yuan, lines};
use crate::report::table::{Align, Grid};
use crate::units::Money;

/// So many parties are printed or drawn; the documents have all of them.
const ROWS: usize = 40;

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// The game as a terminal report.
pub fn text(solved: &Solved, lang: Lang) -> String {
    let mut text = String::new();
    if !solved.title.is_empty() {
        let _ = writeln!(text, "{}", visible(&solved.title));
    }
    let code = if solved.kind == Kind::Cost { "cooperative.title_cost" } else { "cooperative.title_gain" };
    let head = Phrase::new(code).with("whole", Money::from_fen(solved.whole_fen));
    let _ = writeln!(text, "{}", head.with("count", solved.parties.len().to_string()).render(lang));
    if !solved.source.is_empty() {
        let _ = writeln!(text, "{}", Phrase::new("division.source").with("source", &solved.source).render(lang));
    }
    let parts = [shares(solved, lang), solutions(solved, lang), properties(solved, lang), remarks(solved, lang)];
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        text.push('\n');
        text.push_str(&part);
    }
    text
}

/// Beyond so many parties each has a row of its own.
const ACROSS: usize = 6;

fn shares(solved: &Solved, lang: Lang) -> String {
    if solved.parties.len() > ACROSS {
        return shares_down(solved, lang);
    }
    let mut columns = vec![(say(lang, "cooperative.solution"), Align::Left)];
    columns.extend(solved.parties.iter().map(|party| (party.name.clone(), Align::Right)));
    let mut grid = Grid::new(columns);
    let row = |name: String, values: Vec<i64>| [vec![name], values.into_iter().map(yuan).collect()].concat();
    grid.row(row(say(lang, "cooperative.alone"), solved.parties.iter().map(|party| party.alone_fen).collect()));
    grid.row(row(say(lang, "cooperative.marginal"), solved.parties.iter().map(|party| party.marginal_fen).collect()));
    grid.rule();
    for solution in &solved.solutions {
        let fen = solution.shares.iter().map(|share| share.fen).collect();
        grid.row(row(solution.name.get(lang).to_owned(), fen));
    }
    grid.print(&say(lang, "division.unit"))
}

fn shares_down(solved: &Solved, lang: Lang) -> String {
    let mut columns = vec![
        (say(lang, "cooperative.party"), Align::Left),
        (say(lang, "cooperative.alone"), Align::Right),
        (say(lang, "cooperative.marginal"), Align::Right),
    ];
    columns.extend(solved.solutions.iter().map(|solution| (solution.concept.short().to_owned(), Align::Right)));
    let mut grid = Grid::new(columns);
    for (index, party) in solved.parties.iter().enumerate().take(ROWS) {
        let mut row = vec![party.name.clone(), yuan(party.alone_fen), yuan(party.marginal_fen)];
        let share = |solution: &crate::horizontal::cooperative::Solution| {
            solution.shares.get(index).map_or_else(String::new, |share| yuan(share.fen))
        };
        row.extend(solved.solutions.iter().map(share));
        grid.row(row);
    }
    if solved.parties.len() > ROWS {
        let mut row = vec![format!("… (+{})", solved.parties.len() - ROWS)];
        row.resize(solved.solutions.len() + 3, "…".to_owned());
        grid.row(row);
    }
    grid.print(&say(lang, "division.unit"))
}

fn mark(holds: Option<bool>, lang: Lang) -> String {
    say(
        lang,
        match holds {
            Some(true) => "division.yes",
            Some(false) => "division.no",
            None => "division.open",
        },
    )
}

fn solutions(solved: &Solved, lang: Lang) -> String {
    let mut grid = Grid::new([
        (say(lang, "cooperative.solution"), Align::Left),
        (say(lang, "cooperative.rational"), Align::Right),
        (say(lang, "cooperative.in_core"), Align::Right),
        (say(lang, "cooperative.worst"), Align::Left),
        (say(lang, "cooperative.excess"), Align::Right),
    ]);
    for solution in &solved.solutions {
        let worst = solution.worst.as_ref();
        grid.row(vec![
            solution.name.get(lang).to_owned(),
            mark(Some(solution.individually_rational), lang),
            mark(solution.in_core, lang),
            worst.map(|worst| worst.coalition.clone()).unwrap_or_default(),
            worst.map(|worst| separated(&worst.excess_yuan)).unwrap_or_default(),
        ]);
    }
    grid.print(&say(lang, "division.unit"))
}

fn properties(solved: &Solved, lang: Lang) -> String {
    let mut text = String::new();
    for checked in &solved.properties {
        let holds = match checked.verdict {
            Verdict::HoldsHere => Some(true),
            Verdict::FailsHere => Some(false),
            Verdict::NotChecked => None,
        };
        let detail = checked.detail.as_ref().map(|detail| format!(" — {}", detail.get(lang))).unwrap_or_default();
        let _ = writeln!(text, "{} {}{}", mark(holds, lang), checked.name.get(lang), detail);
    }
    if let Some(core) = &solved.core {
        let code = if core.is_empty { "cooperative.core_empty" } else { "cooperative.core_there" };
        let phrase = Phrase::new(code).with("least", separated(&core.least_complaint_yuan));
        let _ = writeln!(text, "{}", phrase.render(lang));
        let list: Vec<String> =
            core.balanced.iter().map(|part| format!("{} × {}", part.weight, visible(&part.coalition))).collect();
        if core.is_empty {
            let sum = exact_yuan(&core.balanced_fen.parse().unwrap_or_default());
            let phrase = Phrase::new("cooperative.proof").with("list", list.join(", ")).with("sum", separated(&sum));
            let _ = writeln!(text, "{}", phrase.render(lang));
        }
    }
    text
}

fn remarks(solved: &Solved, lang: Lang) -> String {
    let mut text = String::new();
    for solution in &solved.solutions {
        if let Some(orders) = solution.orders {
            let error = |share: &crate::horizontal::cooperative::Share| {
                format!("{} {}", visible(&share.name), yuan(share.error_fen.unwrap_or(0)))
            };
            let list: Vec<String> = solution.shares.iter().take(ROWS).map(error).collect();
            let phrase = Phrase::new("cooperative.sampled_line").with("name", solution.name.clone());
            let phrase = phrase.with("orders", orders.to_string()).with("list", list.join(", "));
            let _ = writeln!(text, "{}", phrase.render(lang));
        }
        if !solution.levels.is_empty() {
            let level = |level: &crate::horizontal::cooperative::ProofLevel| {
                separated(&exact_yuan(&level.excess_fen.parse().unwrap_or_default()))
            };
            let list: Vec<String> = solution.levels.iter().map(level).collect();
            let phrase = Phrase::new("cooperative.levels_line").with("name", solution.name.clone());
            let phrase = phrase.with("list", list.join("; "));
            let _ = writeln!(text, "{}", phrase.render(lang));
        }
    }
    for absent in &solved.absent {
        let phrase = Phrase::new("cooperative.absent_line").with("name", absent.name.clone());
        let _ = writeln!(text, "{}", phrase.with("why", absent.why.clone()).render(lang));
    }
    for note in &solved.notes {
        let _ = writeln!(text, "{}", note.get(lang));
    }
    let phrase = Phrase::new("cooperative.rounding_line").with("unit", Money::from_fen(solved.rounding_fen));
    let _ = writeln!(text, "{}", phrase.render(lang));
    text
}

/// One line a solution and party.
pub fn csv(solved: &Solved, lang: Lang) -> Vec<u8> {
    let in_yuan = |code| in_yuan(&say(lang, code), lang);
    let mut rows = vec![vec![
        say(lang, "cooperative.solution"),
        say(lang, "cooperative.party"),
        in_yuan("cooperative.alone"),
        in_yuan("cooperative.marginal"),
        in_yuan("division.award"),
        say(lang, "division.exact"),
        in_yuan("cooperative.error"),
    ]];
    for solution in &solved.solutions {
        for (share, party) in solution.shares.iter().zip(&solved.parties) {
            rows.push(vec![
                solution.name.get(lang).to_owned(),
                harmless(&share.name),
                Money::from_fen(party.alone_fen).yuan(),
                Money::from_fen(party.marginal_fen).yuan(),
                Money::from_fen(share.fen).yuan(),
                share.exact_fen.clone(),
                share.error_fen.map(|fen| Money::from_fen(fen).yuan()).unwrap_or_default(),
            ]);
        }
    }
    lines(&rows)
}

/// Solutions side by side as bars, one group a party.
pub fn svg(solved: &Solved, lang: Lang) -> String {
    let alone = solved.parties.iter().take(ROWS).map(|party| Some(party.alone_fen as f64 / 100.0)).collect();
    let mut series = vec![Series { name: say(lang, "cooperative.alone"), values: alone, colour: 0 }];
    series.extend(solved.solutions.iter().enumerate().map(|(index, solution)| Series {
        name: solution.name.get(lang).to_owned(),
        values: solution.shares.iter().take(ROWS).map(|share| Some(share.fen as f64 / 100.0)).collect(),
        colour: index + 1,
    }));
    bars(&Bars {
        title: say(lang, "cooperative.chart_title"),
        caption: format!("{} {}", visible(&solved.title), say(lang, "division.unit")).trim().to_owned(),
        categories: solved.parties.iter().take(ROWS).map(|party| visible(&party.name).into_owned()).collect(),
        series,
    })
}
