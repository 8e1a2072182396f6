//! The summary of a sweep for the terminal: inputs, stages, quantiles by ecosystem and area, what had no plan.

use crate::adding;
use crate::figures::{self, six_digits};
use crate::phrases::{Lang, Phrase, Text};
use crate::report::chart::intervals::{self, Interval};
use crate::report::table::{Align, Grid, warning_lines};
use crate::sweep::summary::{Chance, MoneyPart, Numbers, Summary};
use crate::units::FEN_PER_WAN;

/// Unsolved draws that the terminal names.
const NAMED: usize = 5;

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// A number to six significant digits.
pub(super) fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| "—".to_owned(), six_digits)
}

/// A level as percentage: `5%`, `97.5%`.
pub(super) fn level(level: f64) -> String {
    format!("{}%", number(Some(level * 100.0)))
}

fn wan(fen: Option<f64>) -> String {
    fen.map_or_else(|| "—".to_owned(), |fen| figures::wan(fen.round() as i64))
}

/// Amounts that come to the total below them, as they are shown: of the model as it stands, and means.
fn additive(parts: &[MoneyPart]) -> Vec<[String; 2]> {
    let shown = |of: &dyn Fn(&MoneyPart) -> Option<i64>| -> Vec<String> {
        let exact: Option<Vec<i64>> = parts.iter().map(of).collect();
        let shown = exact.map(|exact| adding::parts(&exact));
        let text = |at: usize| shown.as_ref().and_then(|shown| shown.get(at)).map(|fen| figures::wan(*fen));
        (0..parts.len()).map(|at| text(at).unwrap_or_else(|| "—".to_owned())).collect()
    };
    let base = shown(&|part| part.base_fen);
    let mean = shown(&|part| part.mean_fen.map(|fen| fen.round() as i64));
    base.into_iter().zip(mean).map(|(base, mean)| [base, mean]).collect()
}

pub(super) fn share(chance: Option<&Chance>) -> String {
    chance.map_or_else(|| "—".to_owned(), |chance| figures::percent(chance.probability, 1))
}

/// The summary as text.
pub fn summary(summary: &Summary, lang: Lang) -> String {
    let mut text = head(summary, lang);
    text.push_str(&inputs(summary, lang));
    text.push('\n');
    text.push_str(&stages(summary, lang));
    text.push('\n');
    if !summary.points.is_empty() {
        text.push_str(&points(summary, lang));
        text.push('\n');
    }
    text.push_str(&amounts(summary, lang));
    text.push_str(&unsolved(summary, lang));
    text + &warning_lines(&summary.warnings, lang)
}

fn head(summary: &Summary, lang: Lang) -> String {
    let mut text = format!("{}\n", summary.model.get(lang));
    if summary.illustrative {
        text.push_str(&format!("{}\n", say(lang, "report.illustrative")));
    }
    let line = Phrase::new("sweep.head")
        .with("done", summary.done.to_string())
        .with("draws", summary.draws.to_string())
        .with("solved", summary.solved.to_string())
        .with("infeasible", summary.infeasible.to_string())
        .with("other", (summary.limit + summary.failed).to_string())
        .with_phrase("sampling", &sampling(summary))
        .with("seed", summary.seed.to_string());
    text.push_str(&format!("{}\n\n", line.render(lang)));
    text
}

fn sampling(summary: &Summary) -> Phrase {
    use crate::uncertainty::Sampling::{Grid, LatinHypercube, Random, Sobol};
    Phrase::new(match summary.sampling {
        Random => "sweep.random",
        LatinHypercube => "sweep.latin_hypercube",
        Sobol => "sweep.sobol_sequence",
        Grid => "sweep.grid",
    })
}

fn columns(summary: &Summary, lang: Lang, first: &[&'static str]) -> Vec<(String, Align)> {
    let mut columns: Vec<(String, Align)> = first.iter().map(|code| (say(lang, code), Align::Left)).collect();
    for code in ["sweep.base", "sweep.mean", "sweep.sd"] {
        columns.push((say(lang, code), Align::Right));
    }
    columns.extend(summary.levels.iter().map(|at| (level(*at), Align::Right)));
    columns
}

fn figures(numbers: &Numbers) -> Vec<String> {
    let mut row = vec![number(numbers.mean), number(numbers.sd)];
    row.extend(numbers.quantiles.iter().map(|value| number(Some(*value))));
    row
}

fn inputs(summary: &Summary, lang: Lang) -> String {
    let mut columns = columns(summary, lang, &["sweep.input", "sweep.change"]);
    columns.remove(2);
    let mut grid = Grid::new(columns);
    for input in &summary.inputs {
        let sign = match input.op {
            "scale" => "*=",
            "add" => "+=",
            _ => "=",
        };
        let gap = if input.unit.is_empty() { "" } else { " " };
        let mut row = vec![input.label.get(lang).to_owned(), format!("{}{sign}{gap}{}", input.path, input.unit)];
        row.extend(figures(&input.drawn));
        grid.row(row);
    }
    grid.print("")
}

fn stages(summary: &Summary, lang: Lang) -> String {
    let mut grid = Grid::new(columns(summary, lang, &["sweep.objective"]));
    for stage in &summary.stages {
        let mut row = vec![stage.label.get(lang).to_owned(), number(stage.base)];
        row.extend(figures(&stage.drawn));
        grid.row(row);
    }
    grid.print("")
}

/// Every point of a grid: inputs, objectives, ecosystems.
fn points(summary: &Summary, lang: Lang) -> String {
    let mut columns = vec![(say(lang, "sweep.number"), Align::Right)];
    let names = summary.inputs.iter().map(|input| &input.label).chain(summary.stages.iter().map(|stage| &stage.label));
    let names = names.chain(summary.ecosystems.iter().map(|part| &part.name));
    columns.extend(names.map(|name| (name.get(lang).to_owned(), Align::Right)));
    let mut grid = Grid::new(columns);
    for point in &summary.points {
        let mut row = vec![point.k.to_string()];
        row.extend(point.inputs.iter().map(|value| number(Some(*value))));
        if point.status == "solved" {
            row.extend(point.stages.iter().map(|value| number(Some(*value))));
            row.extend(point.ecosystems_fen.iter().map(|fen| wan(Some(*fen as f64))));
        } else {
            row.push(unsolved_text(&point.status).get(lang).to_owned());
        }
        grid.row(row);
    }
    grid.print(&say(lang, "report.unit_wan"))
}

fn amounts(summary: &Summary, lang: Lang) -> String {
    let mut columns = columns(summary, lang, &["report.code"]);
    columns.insert(1, (summary.area_label.get(lang).to_owned(), Align::Left));
    columns.push((say(lang, "sweep.below_last_year"), Align::Right));
    columns.push((say(lang, "sweep.below_standard"), Align::Right));
    let mut grid = Grid::new(columns);
    let row = |part: &MoneyPart, code: &str, additive: [String; 2]| {
        let mut row = vec![code.to_owned(), part.name.get(lang).to_owned()];
        row.extend(additive);
        row.push(wan(part.sd_fen));
        row.extend(part.quantiles_fen.iter().map(|fen| wan(Some(*fen as f64))));
        row.resize(5 + summary.levels.len(), "—".to_owned());
        row
    };
    for (area, shown) in summary.areas.iter().zip(additive(&summary.areas)) {
        let mut row = row(area, &area.code, shown);
        row.extend([share(area.below_last_year.as_ref()), share(area.below_standard.as_ref())]);
        grid.row(row);
    }
    grid.rule();
    for (part, shown) in summary.ecosystems.iter().zip(additive(&summary.ecosystems)) {
        grid.row(row(part, &part.code, shown));
    }
    grid.rule();
    let total = std::slice::from_ref(&summary.total);
    total.iter().zip(additive(total)).for_each(|(part, shown)| grid.row(row(part, "", shown)));
    grid.print(&say(lang, "report.unit_wan"))
}

/// The amounts of the areas between the outer quantiles as a chart, in 万元; `None` without quantiles.
pub fn svg(summary: &Summary, lang: Lang) -> Option<String> {
    let (least, most) = (summary.levels.first()?, summary.levels.last()?);
    let wan = |fen: i64| fen as f64 / FEN_PER_WAN as f64;
    let line = |part: &MoneyPart| {
        let (first, last) = (*part.quantiles_fen.first()?, *part.quantiles_fen.last()?);
        let now = part.base_fen.or(part.mean_fen.map(|fen| fen.round() as i64))?;
        let name = part.name.get(lang).to_owned();
        Some(Interval { name, least: wan(first), most: wan(last), now: wan(now) })
    };
    let lines: Vec<Interval> = summary.areas.iter().filter_map(line).collect();
    if lines.is_empty() {
        return None;
    }
    let title = Phrase::new("sweep.chart_title")
        .with("model", summary.model.clone())
        .with("least", level(*least))
        .with("most", level(*most));
    Some(intervals::svg(&title.render(lang), &say(lang, "ranges.axis"), &say(lang, "sweep.base"), &lines))
}

/// Why a draw has no plan: what its status says to a person.
pub(super) fn unsolved_text(status: &str) -> Text {
    let code = match status.split(':').next().unwrap_or_default() {
        "infeasible" => "sweep.status_infeasible",
        "limit" => "sweep.status_limit",
        "failed" => "sweep.status_failed",
        _ => return Text::same(status),
    };
    Phrase::new(code).text()
}

fn unsolved(summary: &Summary, lang: Lang) -> String {
    let count = summary.infeasible + summary.limit + summary.failed;
    if count == 0 {
        return String::new();
    }
    let line = Phrase::new("sweep.unsolved").with("count", count.to_string()).render(lang);
    let mut text = format!("\n{line}\n");
    for draw in summary.not_solved.iter().take(NAMED) {
        text.push_str(&format!(
            "  {} {}: {}\n",
            draw.k,
            unsolved_text(&draw.status).get(lang),
            draw.changes.join("  ")
        ));
    }
    if count > NAMED as u64 {
        let more = (count - NAMED as u64).to_string();
        text.push_str(&format!("  {}\n", Phrase::new("sweep.unsolved_more").with("count", more).render(lang)));
    }
    text
}
