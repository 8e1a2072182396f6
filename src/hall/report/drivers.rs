//! What drives an output, for the terminal: tornado bars and Sobol indices.

use crate::analysis::sobol::Indices;
use crate::analysis::tornado::{Bar, Swings, Tornado};
use crate::figures::fixed;
use crate::phrases::{Lang, Phrase, Text};
use crate::report::sweep::{level, number};
use crate::report::table::{Align, Grid};
use crate::units::Money;

/// Columns of a bar.
const WIDTH: usize = 41;

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// An output's value: money in 万元.
fn value(found: Option<f64>, money: bool) -> String {
    match found {
        Some(yuan) if money => Money::from_fen((yuan * 100.0).round() as i64).wan(2),
        other => number(other),
    }
}

fn title(label: &Text, output: &str, money: bool, lang: Lang) -> String {
    let unit = if money { format!("  {}", say(lang, "report.unit_wan")) } else { String::new() };
    format!("{} ({output}){unit}", label.get(lang))
}

/// The tornado as text.
pub fn tornado(tornado: &Tornado, lang: Lang) -> String {
    let mut text = String::new();
    for output in &tornado.outputs {
        text.push_str(&title(&output.label, &output.output, output.money, lang));
        text.push('\n');
        let base = Phrase::new("drivers.base").with("value", value(output.base, output.money));
        text.push_str(&format!("{}\n", base.render(lang)));
        text.push_str(&bars(tornado, output, lang));
        text.push('\n');
    }
    for end in &tornado.not_solved {
        let line = Phrase::new("drivers.end_failed")
            .with("input", &end.input)
            .with("value", number(end.value))
            .with("status", &end.status);
        text.push_str(&format!("! {}\n", line.render(lang)));
    }
    text
}

fn bars(tornado: &Tornado, output: &Swings, lang: Lang) -> String {
    let mut grid = Grid::new([
        (say(lang, "sweep.input"), Align::Left),
        (level(tornado.low_level), Align::Right),
        (level(tornado.high_level), Align::Right),
        (say(lang, "drivers.at_low"), Align::Right),
        (say(lang, "drivers.at_high"), Align::Right),
        (say(lang, "drivers.swing"), Align::Right),
        (say(lang, "drivers.bar"), Align::Left),
    ]);
    let seen = || output.bars.iter().flat_map(|bar| [bar.at_low, bar.at_high]).chain([output.base]).flatten();
    let ends = (seen().fold(f64::INFINITY, f64::min), seen().fold(f64::NEG_INFINITY, f64::max));
    for bar in &output.bars {
        grid.row(vec![
            bar.label.get(lang).to_owned(),
            number(Some(bar.low_value)),
            number(Some(bar.high_value)),
            value(bar.at_low, output.money),
            value(bar.at_high, output.money),
            value(Some(bar.swing), output.money),
            drawn(bar, output.base, ends),
        ]);
    }
    grid.print("")
}

/// `▒` from the base to the value at the low end, `█` to that at the high end, `│` the base.
fn drawn(bar: &Bar, base: Option<f64>, (least, most): (f64, f64)) -> String {
    let width = WIDTH as f64 - 1.0;
    let place = |value: f64| if most > least { ((value - least) / (most - least) * width).round() as usize } else { 0 };
    let mut cells = vec![' '; WIDTH];
    let middle = base.or(bar.at_low).or(bar.at_high).map_or(0, place);
    for (end, fill) in [(bar.at_low, '▒'), (bar.at_high, '█')] {
        let Some(end) = end.map(place) else { continue };
        let range = end.min(middle)..=end.max(middle);
        for cell in cells.iter_mut().enumerate().filter(|(at, _)| range.contains(at) && *at != middle) {
            *cell.1 = fill;
        }
    }
    if let Some(cell) = cells.get_mut(middle) {
        *cell = '│';
    }
    cells.into_iter().collect::<String>().trim_end().to_owned()
}

/// The Sobol indices as text.
pub fn indices(indices: &Indices, lang: Lang) -> String {
    let head = Phrase::new("drivers.head")
        .with("samples", indices.samples.to_string())
        .with("scenarios", indices.scenarios.to_string())
        .with("seed", indices.seed.to_string())
        .with("unsolved", indices.unsolved.to_string());
    let mut text = format!("{}\n", head.render(lang));
    if indices.correlation_ignored {
        text.push_str(&format!("! {}\n", say(lang, "drivers.correlation_ignored")));
    }
    if !indices.samples.is_power_of_two() {
        text.push_str(&format!("! {}\n", say(lang, "drivers.no_power_of_two")));
    }
    for output in &indices.outputs {
        text.push_str(&format!("\n{}\n", title(&output.label, &output.output, output.money, lang)));
        let spread = Phrase::new("drivers.spread")
            .with("mean", value(Some(output.mean), output.money))
            .with("sd", value(Some(output.variance.sqrt()), output.money))
            .with("rows", output.rows.to_string());
        text.push_str(&format!("{}\n", spread.render(lang)));
        let Some(inputs) = &output.inputs else {
            text.push_str(&format!("{}\n", say(lang, "drivers.constant")));
            continue;
        };
        let mut order: Vec<_> = inputs.iter().collect();
        order.sort_by(|a, b| b.index.total.total_cmp(&a.index.total));
        let mut grid = Grid::new([
            (say(lang, "sweep.input"), Align::Left),
            (say(lang, "drivers.first"), Align::Right),
            (say(lang, "drivers.interval"), Align::Right),
            (say(lang, "drivers.total_order"), Align::Right),
            (say(lang, "drivers.interval"), Align::Right),
            (String::new(), Align::Left),
        ]);
        for input in order {
            let index = &input.index;
            grid.row(vec![
                input.label.get(lang).to_owned(),
                fixed(index.first, 3),
                format!("[{}, {}]", fixed(index.first_low, 3), fixed(index.first_high, 3)),
                fixed(index.total, 3),
                format!("[{}, {}]", fixed(index.total_low, 3), fixed(index.total_high, 3)),
                "█".repeat((index.total.clamp(0.0, 1.0) * 30.0).round() as usize),
            ]);
        }
        text.push_str(&grid.print(""));
    }
    for draw in indices.not_solved.iter().take(5) {
        text.push_str(&format!("! {}: {}\n", draw.status, draw.changes.join("  ")));
    }
    text
}
