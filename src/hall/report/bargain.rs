//! Bargaining as terminal table, CSV and chart.

use crate::figures::{percent, six_decimals as figure, yuan};
use crate::horizontal::bargaining::{Answer, Solution};
use crate::phrases::{Lang, Phrase, visible};
use crate::report::chart::lines::Mark;
use crate::report::chart::zone::{self, ZoneChart};
use crate::report::csv::lines as csv_lines;
use crate::report::table::{Align, Grid};
use crate::rules::naming::unit_text;

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// Exact where the exact text is short.
fn exact_or(solution: &Solution, party: usize) -> String {
    let binary = solution.utilities.get(party).copied().unwrap_or(0.0);
    match solution.exact.as_ref().and_then(|exact| exact.get(party)) {
        Some(exact) if exact.len() <= 12 && exact.contains('/') => format!("{} ({exact})", figure(binary)),
        _ => figure(binary),
    }
}

/// The answer as a terminal report.
pub fn text(answer: &Answer, lang: Lang) -> String {
    let mut text = String::new();
    if !answer.name.get(lang).is_empty() {
        text.push_str(&format!("{}\n", visible(answer.name.get(lang))));
    }
    if !answer.source.is_empty() {
        let phrase = Phrase::new("bargain.source").with("source", &answer.source);
        text.push_str(&format!("{}\n", phrase.render(lang)));
    }
    if !answer.note.get(lang).is_empty() {
        text.push_str(&format!("{}\n", visible(answer.note.get(lang))));
    }
    if answer.illustrative {
        text.push_str(&format!("{}\n", say(lang, "report.illustrative")));
    }
    text.push('\n');
    text.push_str(&solution_table(answer, lang));
    for note in &answer.notes {
        text.push_str(&format!("! {}\n", note.get(lang)));
    }
    for unsolved in &answer.unsolved {
        let name = crate::horizontal::bargaining::kind_name(unsolved.kind, false, false);
        let phrase = Phrase::new("bargain.unsolved").with_phrase("name", &name).with("why", unsolved.why.clone());
        text.push_str(&format!("! {}\n", phrase.render(lang)));
    }
    text.push_str(&completions(answer, lang));
    text.push_str(&decisions(answer, lang));
    text.push_str(&amounts(answer, lang));
    text.push_str(&frontier(answer, lang));
    text.push_str(&properties(answer, lang));
    text.push_str(&proofs(answer, lang));
    text
}

fn solution_table(answer: &Answer, lang: Lang) -> String {
    let mut columns = vec![(say(lang, "bargain.solution"), Align::Left)];
    columns.extend(answer.parties.iter().map(|party| (party.label.get(lang).to_owned(), Align::Right)));
    let mut grid = Grid::new(columns);
    let mut row = |name: String, values: Vec<String>| grid.row(std::iter::once(name).chain(values).collect());
    row(say(lang, "bargain.disagreement"), answer.parties.iter().map(|party| figure(party.disagreement)).collect());
    if answer.parties.iter().any(|party| party.outside.is_some()) {
        let outside = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), figure);
        row(say(lang, "bargain.outside"), answer.parties.iter().map(|party| outside(party.outside)).collect());
    }
    row(say(lang, "bargain.ideal"), answer.parties.iter().map(|party| figure(party.ideal)).collect());
    for solution in &answer.solutions {
        let values = (0..answer.parties.len()).map(|party| exact_or(solution, party)).collect();
        row(solution.name.get(lang).to_owned(), values);
        let share = |share: &Option<f64>| share.map_or_else(|| "—".to_owned(), |share| percent(share, 1));
        row(say(lang, "bargain.share_of_ideal"), solution.shares_of_ideal.iter().map(share).collect());
    }
    let unit = if answer.unit.is_empty() {
        String::new()
    } else {
        Phrase::new("bargain.unit").with("unit", unit_text(&answer.unit)).render(lang)
    };
    grid.print(&unit)
}

/// Solutions whose first point was not efficient.
fn completions(answer: &Answer, lang: Lang) -> String {
    let mut text = String::new();
    for solution in &answer.solutions {
        if let Some(plain) = &solution.before_completion {
            let point = plain.iter().map(|value| figure(*value)).collect::<Vec<_>>().join(", ");
            let phrase = Phrase::new("bargain.completed").with("name", solution.name.clone()).with("point", point);
            text.push_str(&format!("{}\n", phrase.render(lang)));
        }
    }
    text
}

/// So many variables are listed for each solution.
const VARIABLES: usize = 12;

fn decisions(answer: &Answer, lang: Lang) -> String {
    let mut text = String::new();
    for solution in answer.solutions.iter().filter(|solution| !solution.decision.is_empty()) {
        let one = |(name, value): (&String, &f64)| format!("{} = {}", visible(name), figure(*value));
        let mut values: Vec<String> = solution.decision.iter().take(VARIABLES).map(one).collect();
        if solution.decision.len() > VARIABLES {
            values.push("…".to_owned());
        }
        let phrase =
            Phrase::new("bargain.decision").with("name", solution.name.clone()).with("values", values.join(", "));
        text.push_str(&format!("{}\n", phrase.render(lang)));
    }
    text
}

fn amounts(answer: &Answer, lang: Lang) -> String {
    if answer.solutions.iter().all(|solution| solution.amounts_fen.is_none()) {
        return String::new();
    }
    let mut columns = vec![(say(lang, "bargain.solution"), Align::Left)];
    columns.extend(answer.parties.iter().map(|party| (party.label.get(lang).to_owned(), Align::Right)));
    columns.push((say(lang, "report.total"), Align::Right));
    let mut grid = Grid::new(columns);
    for solution in &answer.solutions {
        let Some(amounts) = &solution.amounts_fen else { continue };
        let mut row = vec![solution.name.get(lang).to_owned()];
        let sum: i64 = amounts.iter().sum();
        row.extend(amounts.iter().chain([&sum]).map(|fen| yuan(*fen)));
        grid.row(row);
    }
    format!("\n{}", grid.print(&say(lang, "report.unit_yuan")))
}

/// So many corners are listed.
const CORNERS: usize = 12;

fn frontier(answer: &Answer, lang: Lang) -> String {
    let Some(frontier) = &answer.frontier else { return String::new() };
    let corner = |(index, [x, y]): (usize, &[f64; 2])| match frontier.corners_exact.get(index) {
        Some([x, y]) if x.len() + y.len() <= 24 => format!("({x}, {y})"),
        _ => format!("({}, {})", figure(*x), figure(*y)),
    };
    let mut corners: Vec<String> = frontier.corners.iter().enumerate().take(CORNERS).map(corner).collect();
    if frontier.corners.len() > CORNERS {
        corners.push("…".to_owned());
    }
    let code = if frontier.exact { "bargain.frontier_exact" } else { "bargain.frontier" };
    let phrase =
        Phrase::new(code).with("count", frontier.corners.len().to_string()).with("corners", corners.join(" – "));
    format!("\n{}\n", phrase.render(lang))
}

fn properties(answer: &Answer, lang: Lang) -> String {
    let Some(first) = answer.solutions.first() else { return String::new() };
    let mut columns = vec![(say(lang, "bargain.property"), Align::Left)];
    columns.extend(answer.solutions.iter().map(|solution| (solution.name.get(lang).to_owned(), Align::Left)));
    let mut grid = Grid::new(columns);
    for (index, property) in first.properties.iter().enumerate() {
        let mut row = vec![property.sentence.get(lang).to_owned()];
        for solution in &answer.solutions {
            let holds = solution.properties.get(index).and_then(|property| property.holds);
            row.push(
                holds.map_or_else(
                    || "—".to_owned(),
                    |holds| say(lang, if holds { "bargain.yes" } else { "bargain.no" }),
                ),
            );
        }
        grid.row(row);
    }
    format!("\n{}", grid.print(""))
}

fn proofs(answer: &Answer, lang: Lang) -> String {
    let mut text = String::from("\n");
    for solution in &answer.solutions {
        let proof = &solution.proof;
        let code = match (proof.method, proof.gap) {
            ("exact", _) => "bargain.proof_exact",
            (_, Some(_)) => "bargain.proof_nash",
            _ => "bargain.proof_programs",
        };
        let number = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), |value| format!("{value:.1e}"));
        let phrase = Phrase::new(code)
            .with("name", solution.name.clone())
            .with("programs", proof.programs.to_string())
            .with("residual", format!("{:.1e}", proof.residual))
            .with("gap", number(proof.gap))
            .with("error", number(proof.largest_relative_error))
            .with("deviation", number(proof.deviation));
        text.push_str(&format!("{}\n", phrase.render(lang)));
    }
    text
}

/// One line a solution and party.
pub fn csv(answer: &Answer, lang: Lang) -> Vec<u8> {
    let codes = [
        "bargain.solution",
        "bargain.party",
        "bargain.utility",
        "bargain.gain",
        "bargain.share_of_ideal",
        "bargain.exact",
        "bargain.fen",
    ];
    let mut header: Vec<String> = codes.iter().map(|code| say(lang, code)).collect();
    if answer.illustrative {
        header.push(say(lang, "report.note"));
    }
    let mut rows = vec![header];
    for solution in &answer.solutions {
        for (index, party) in answer.parties.iter().enumerate() {
            let number = |values: &[f64]| values.get(index).map(|value| value.to_string()).unwrap_or_default();
            let mut row = vec![
                crate::report::csv::harmless(solution.name.get(lang)),
                crate::report::csv::harmless(party.label.get(lang)),
                number(&solution.utilities),
                number(&solution.gains),
                solution
                    .shares_of_ideal
                    .get(index)
                    .copied()
                    .flatten()
                    .map(|share| share.to_string())
                    .unwrap_or_default(),
                solution.exact.as_ref().and_then(|exact| exact.get(index)).cloned().unwrap_or_default(),
                solution.amounts_fen.as_ref().and_then(|fen| fen.get(index)).map(i64::to_string).unwrap_or_default(),
            ];
            if answer.illustrative {
                row.push(say(lang, "report.illustrative_short"));
            }
            rows.push(row);
        }
    }
    csv_lines(&rows)
}

/// The frontier of two parties with the solutions on it; `None` for more parties.
pub fn svg(answer: &Answer, lang: Lang) -> Option<String> {
    let frontier = answer.frontier.as_ref()?;
    let [first, second] = answer.parties.as_slice() else { return None };
    let axis = |label: &crate::phrases::Text| {
        if answer.unit.is_empty() {
            label.get(lang).to_owned()
        } else {
            format!("{}({})", label.get(lang), unit_text(&answer.unit).get(lang))
        }
    };
    let offers = vec![Mark { at: (first.disagreement, second.disagreement), text: say(lang, "bargain.disagreement") }];
    let fair = answer.solutions.iter().filter_map(|solution| match solution.utilities.as_slice() {
        [x, y] => Some(Mark { at: (*x, *y), text: solution.name.get(lang).to_owned() }),
        _ => None,
    });
    let name = answer.name.get(lang);
    Some(zone::svg(&ZoneChart {
        title: if name.is_empty() { say(lang, "bargain.chart") } else { name.to_owned() },
        caption: if answer.illustrative { say(lang, "report.illustrative_short") } else { String::new() },
        x: axis(&first.label),
        y: axis(&second.label),
        origin: (first.disagreement, second.disagreement),
        frontier: frontier.corners.iter().map(|[x, y]| (*x, *y)).collect(),
        zone: say(lang, "bargain.zone"),
        offers,
        fair: fair.collect(),
        counters: Vec::new(),
    }))
}
