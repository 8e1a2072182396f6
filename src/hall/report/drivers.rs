//! What drives an output, for the terminal: tornado bars and Sobol indices.

use crate::analysis::sobol::Indices;
use crate::analysis::tornado::{Bar, EndFailed, Swings, Tornado};
use crate::figures::fixed;
use crate::phrases::{Lang, Phrase, Text};
use crate::report::chart;
use crate::report::chart::bars::{Bars, Series};
use crate::report::chart::swings::{self, Panel, Swing};
use crate::report::sweep::{level, number, unsolved_text};
use crate::report::table::{Align, Grid, warning_lines};
use crate::units::Money;

/// Columns of a bar at most, and at least.
const WIDTH: usize = 41;
const NARROW: usize = 11;

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

fn title(label: &Text, money: bool, lang: Lang) -> String {
    let unit = if money { format!("  {}", say(lang, "report.unit_wan")) } else { String::new() };
    format!("{}{unit}", label.get(lang))
}

/// The tornado as text.
pub fn tornado(tornado: &Tornado, lang: Lang) -> String {
    let mut text = String::new();
    for output in &tornado.outputs {
        text.push_str(&title(&output.label, output.money, lang));
        text.push('\n');
        let base = Phrase::new("drivers.base").with("value", value(output.base, output.money));
        text.push_str(&format!("{}\n", base.render(lang)));
        text.push_str(&bars(tornado, output, lang));
        text.push('\n');
    }
    let label = |end: &EndFailed| {
        let bar = tornado.outputs.iter().flat_map(|output| &output.bars).find(|bar| bar.input == end.input);
        bar.map_or_else(|| Text::same(&*end.input), |bar| bar.label.clone())
    };
    for end in &tornado.not_solved {
        let code = if end.input.is_empty() { "drivers.base_failed" } else { "drivers.end_failed" };
        let line = Phrase::new(code)
            .with("input", label(end))
            .with("value", number(end.value))
            .with("status", unsolved_text(&end.status));
        text.push_str(&format!("! {}\n", line.render(lang)));
    }
    text + &warning_lines(&tornado.warnings, lang)
}

fn bars(tornado: &Tornado, output: &Swings, lang: Lang) -> String {
    let mut grid = Grid::new([
        (say(lang, "sweep.input"), Align::Left),
        (level(tornado.low_level), Align::Right),
        (level(tornado.high_level), Align::Right),
        (say(lang, "drivers.at_low"), Align::Right),
        (say(lang, "drivers.at_high"), Align::Right),
        (say(lang, "drivers.swing"), Align::Right),
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
        ]);
    }
    let width = grid.room().clamp(NARROW, WIDTH);
    let drawn = output.bars.iter().map(|bar| drawn(bar, output.base, ends, width)).collect();
    grid.column(say(lang, "drivers.bar"), drawn);
    grid.print("")
}

/// `▒` from the base to the value at the low end, `█` to that at the high end, `│` the base.
fn drawn(bar: &Bar, base: Option<f64>, (least, most): (f64, f64), columns: usize) -> String {
    let width = columns as f64 - 1.0;
    let place = |value: f64| if most > least { ((value - least) / (most - least) * width).round() as usize } else { 0 };
    let mut cells = vec![' '; columns];
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

/// The tornado as a chart, one panel an output.
pub fn tornado_svg(tornado: &Tornado, lang: Lang) -> String {
    let panel = |output: &Swings| {
        let scaled = |value: f64| if output.money { value / 1e4 } else { value };
        let swing = |bar: &Bar| Swing {
            name: bar.label.get(lang).to_owned(),
            low: bar.at_low.map(scaled),
            high: bar.at_high.map(scaled),
        };
        Panel {
            title: title(&output.label, output.money, lang),
            base: output.base.map(scaled),
            swings: output.bars.iter().map(swing).collect(),
        }
    };
    let panels: Vec<Panel> = tornado.outputs.iter().map(panel).collect();
    let end = |code: &'static str, at: f64| format!("{} ({})", say(lang, code), level(at));
    let [low, high] = [end("drivers.at_low", tornado.low_level), end("drivers.at_high", tornado.high_level)];
    swings::svg(&say(lang, "drivers.tornado_title"), [&low, &high], &panels)
}

/// The indices as a chart; `None` where no input moves any output.
pub fn indices_svg(indices: &Indices, lang: Lang) -> Option<String> {
    let moved = || indices.outputs.iter().filter_map(|output| Some((output, output.inputs.as_ref()?)));
    let several = moved().count() > 1;
    let mut categories = Vec::new();
    let (mut first, mut total) = (Vec::new(), Vec::new());
    for (output, inputs) in moved() {
        let mut order: Vec<_> = inputs.iter().collect();
        order.sort_by(|a, b| b.index.total.total_cmp(&a.index.total));
        for input in order {
            let label = input.label.get(lang);
            let of = |label: &str| format!("{label} → {}", output.label.get(lang));
            categories.push(if several { of(label) } else { label.to_owned() });
            first.push(Some(input.index.first));
            total.push(Some(input.index.total));
        }
    }
    if categories.is_empty() {
        return None;
    }
    let one =
        |code: &'static str, values: Vec<Option<f64>>, colour: usize| Series { name: say(lang, code), values, colour };
    let series = vec![one("drivers.first", first, 1), one("drivers.total_order", total, 2)];
    Some(chart::bars::bars(&Bars {
        title: say(lang, "drivers.sobol_title"),
        caption: head(indices).render(lang),
        categories,
        series,
    }))
}

/// What the indices were found from.
fn head(indices: &Indices) -> Phrase {
    Phrase::new("drivers.head")
        .with("samples", indices.samples.to_string())
        .with("scenarios", indices.scenarios.to_string())
        .with("seed", indices.seed.to_string())
        .with("unsolved", indices.unsolved.to_string())
}

/// The Sobol indices as text.
pub fn indices(indices: &Indices, lang: Lang) -> String {
    let mut text = format!("{}\n", head(indices).render(lang));
    if indices.correlation_ignored {
        text.push_str(&format!("! {}\n", say(lang, "drivers.correlation_ignored")));
    }
    if !indices.samples.is_power_of_two() {
        text.push_str(&format!("! {}\n", say(lang, "drivers.no_power_of_two")));
    }
    for output in &indices.outputs {
        text.push_str(&format!("\n{}\n", title(&output.label, output.money, lang)));
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
        ]);
        for input in &order {
            let index = &input.index;
            grid.row(vec![
                input.label.get(lang).to_owned(),
                fixed(index.first, 3),
                format!("[{}, {}]", fixed(index.first_low, 3), fixed(index.first_high, 3)),
                fixed(index.total, 3),
                format!("[{}, {}]", fixed(index.total_low, 3), fixed(index.total_high, 3)),
            ]);
        }
        let width = grid.room().clamp(NARROW, WIDTH) as f64;
        let bar = |total: f64| "█".repeat((total.clamp(0.0, 1.0) * width).round() as usize);
        grid.column(String::new(), order.iter().map(|input| bar(input.index.total)).collect());
        text.push_str(&grid.print(""));
    }
    for draw in indices.not_solved.iter().take(5) {
        text.push_str(&format!("! {}: {}\n", unsolved_text(&draw.status).get(lang), draw.changes.join("  ")));
    }
    text + &warning_lines(&indices.warnings, lang)
}
