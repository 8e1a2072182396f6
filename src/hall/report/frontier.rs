//! A frontier as terminal table, CSV and chart.

use crate::analysis::frontier::{Frontier, Objective};
use crate::figures::{fixed, percent, wan};
use crate::phrases::{Lang, Phrase, Text};
use crate::report::chart::lines::{self, Mark, Panel};
use crate::report::csv::noted;
use crate::report::table::{Align, Grid, warning_lines};

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

fn figure(objective: &Objective, value: f64) -> String {
    if objective.is_share { percent(value, 4) } else { wan((value * 1e6).round() as i64) }
}

fn titled(objective: &Objective, lang: Lang) -> String {
    let name = objective.name.get(lang);
    if objective.is_share { name.to_owned() } else { format!("{name}({})", say(lang, "frontier.wan_unit")) }
}

fn title(frontier: &Frontier, lang: Lang) -> String {
    let [first, second] = &frontier.objectives;
    Phrase::new("frontier.title").with("first", first.name.clone()).with("second", second.name.clone()).render(lang)
}

/// The frontier as a terminal report.
pub fn text(frontier: &Frontier, lang: Lang) -> String {
    let [first, second] = &frontier.objectives;
    let mut text = format!("{}\n{}\n\n", frontier.model.get(lang), title(frontier, lang));
    for objective in frontier.objectives.iter().filter(|objective| !objective.from_model) {
        let phrase = Phrase::new("frontier.defaults").with("objective", objective.name.clone());
        text.push_str(&format!("! {}\n", phrase.render(lang)));
    }
    text.push_str(&point_table(frontier, lang));
    text.push('\n');
    text.push_str(&payoff_table(frontier, lang));
    text.push('\n');
    if frontier.pieces.is_empty() {
        text.push_str(&format!("{}\n", say(lang, "frontier.no_trade")));
    }
    if !frontier.capped.cells.is_empty() {
        let code = if frontier.capped.left_out { "frontier.left_out" } else { "frontier.capped" };
        let phrase = Phrase::new(code).with("cells", listed(&frontier.capped.names));
        text.push_str(&format!("{}\n", phrase.render(lang)));
    }
    let told = told_pieces(frontier);
    for piece in frontier.pieces.iter().filter(|piece| told.contains(&piece.from)) {
        let phrase = Phrase::new("frontier.piece")
            .with("from", (piece.from + 1).to_string())
            .with("to", (piece.from + 2).to_string())
            .with("first", first.name.clone())
            .with("second", second.name.clone())
            .with("unit", first.unit.clone())
            .with("other", second.unit.clone())
            .with("cost", cost(second, piece.cost_of_step));
        text.push_str(&format!("{}\n", phrase.render(lang)));
    }
    if told.len() < frontier.pieces.len() {
        let count = frontier.pieces.len() - told.len();
        text.push_str(&format!(
            "{}\n",
            Phrase::new("frontier.more_pieces").with("count", count.to_string()).render(lang)
        ));
    }
    text.push_str(&format!("{}\n", plan_sentence(frontier).render(lang)));
    let proved = Phrase::new("frontier.proved")
        .with("points", frontier.points.len().to_string())
        .with("residual", format!("{:.1e}", frontier.residual));
    text.push_str(&format!("{}\n", proved.render(lang)));
    text + &warning_lines(&frontier.warnings, lang)
}

/// Names in a row.
fn listed(names: &[Text]) -> Text {
    let list = |lang: Lang, gap: &str| names.iter().map(|name| name.get(lang)).collect::<Vec<_>>().join(gap);
    Text { zh: list(Lang::Zh, "、"), en: list(Lang::En, "; ") }
}

/// Pieces told in words: all of a few, else both ends and both sides of the knee.
fn told_pieces(frontier: &Frontier) -> Vec<usize> {
    let pieces = frontier.pieces.len();
    if pieces <= 8 {
        return (0..pieces).collect();
    }
    let around = frontier.knee.into_iter().flat_map(|knee| [knee.saturating_sub(1), knee]);
    let mut told: Vec<usize> = around.chain([0, pieces - 1]).collect();
    told.sort_unstable();
    told.dedup();
    told
}

/// What a step costs, in the unit of the objective that pays.
fn cost(second: &Objective, cost: f64) -> String {
    if second.is_share { fixed(cost * 100.0, 6) } else { fixed(cost, 4) }
}

fn plan_sentence(frontier: &Frontier) -> Phrase {
    let ([first, second], [a, b]) = (&frontier.objectives, frontier.plan.values);
    let (code, more) = match frontier.plan.second_forgone {
        Some(0.0) => ("frontier.plan_on", 0.0),
        Some(more) => ("frontier.plan_inside", more),
        None => ("frontier.plan_outside", 0.0),
    };
    Phrase::new(code)
        .with("first", first.name.clone())
        .with("second", second.name.clone())
        .with("a", figure(first, a))
        .with("b", figure(second, b))
        .with("more", figure(second, more))
}

fn point_table(frontier: &Frontier, lang: Lang) -> String {
    let [first, second] = &frontier.objectives;
    let mut grid = Grid::new([
        (say(lang, "frontier.number"), Align::Right),
        (titled(first, lang), Align::Right),
        (say(lang, "frontier.loss"), Align::Right),
        (titled(second, lang), Align::Right),
        (say(lang, "frontier.loss"), Align::Right),
        (say(lang, "frontier.exchange"), Align::Right),
        (say(lang, "frontier.mark"), Align::Left),
    ]);
    for (index, point) in frontier.points.iter().enumerate() {
        let ([a, b], [la, lb]) = (point.values, point.losses);
        let next = frontier.pieces.iter().find(|piece| piece.from == index);
        let mark = if frontier.knee == Some(index) { say(lang, "frontier.knee") } else { String::new() };
        grid.row(vec![
            (index + 1).to_string(),
            figure(first, a),
            percent(la, 3),
            figure(second, b),
            percent(lb, 3),
            next.map_or_else(|| "—".to_owned(), |piece| cost(second, piece.cost_of_step)),
            mark,
        ]);
    }
    grid.print("")
}

fn payoff_table(frontier: &Frontier, lang: Lang) -> String {
    let [first, second] = &frontier.objectives;
    let columns = [first, second].map(|objective| (titled(objective, lang), Align::Right));
    let mut grid = Grid::new(std::iter::once((String::new(), Align::Left)).chain(columns));
    for (objective, [a, b]) in frontier.objectives.iter().zip(frontier.payoff) {
        let best = Phrase::new("frontier.best_in").with("objective", objective.name.clone()).render(lang);
        grid.row(vec![best, figure(first, a), figure(second, b)]);
    }
    format!("{}\n{}", say(lang, "frontier.payoff"), grid.print(""))
}

/// One line a breakpoint.
pub fn csv(frontier: &Frontier, lang: Lang) -> Vec<u8> {
    let [first, second] = &frontier.objectives;
    let loss = say(lang, "frontier.loss");
    let header = vec![
        say(lang, "frontier.number"),
        titled(first, lang),
        format!("{} {loss}", first.name.get(lang)),
        titled(second, lang),
        format!("{} {loss}", second.name.get(lang)),
        say(lang, "frontier.exchange"),
        say(lang, "frontier.mark"),
    ];
    let mut rows = vec![header];
    for (index, point) in frontier.points.iter().enumerate() {
        let ([a, b], [la, lb]) = (point.values, point.losses);
        let next = frontier.pieces.iter().find(|piece| piece.from == index);
        rows.push(vec![
            (index + 1).to_string(),
            fixed(a, 9),
            fixed(la, 9),
            fixed(b, 9),
            fixed(lb, 9),
            next.map_or_else(String::new, |piece| fixed(piece.cost_of_step, 9)),
            if frontier.knee == Some(index) { say(lang, "frontier.knee") } else { String::new() },
        ]);
    }
    noted(rows, &frontier.warnings, lang)
}

/// The frontier as a chart, with the knee and the model's own plan.
pub fn svg(frontier: &Frontier, lang: Lang) -> String {
    let [first, second] = &frontier.objectives;
    let scaled = |objective: &Objective, value: f64| if objective.is_share { value * 100.0 } else { value };
    let place = |[a, b]: [f64; 2]| (scaled(first, a), scaled(second, b));
    let axis = |objective: &Objective| {
        let unit = if objective.is_share { "%".to_owned() } else { say(lang, "frontier.wan_unit") };
        format!("{}({unit})", objective.name.get(lang))
    };
    let mut marks = Vec::new();
    if let Some(point) = frontier.knee.and_then(|knee| frontier.points.get(knee)) {
        marks.push(Mark { at: place(point.values), text: say(lang, "frontier.knee") });
    }
    marks.push(Mark { at: place(frontier.plan.values), text: say(lang, "frontier.plan") });
    let line = frontier.points.iter().map(|point| place(point.values)).collect();
    lines::svg(&title(frontier, lang), &[Panel { x: axis(first), y: axis(second), line, marks }])
}
