//! Response curves as terminal tables, CSV and chart.

use crate::analysis::curve::{Curve, Entitlements, Parameter, StageCurve};
use crate::figures::{fixed, percent, signed, signed_percent};
use crate::phrases::{Lang, Phrase};
use crate::report::chart::lines::{self, Mark, Panel};
use crate::report::csv::noted;
use crate::report::table::{Align, Grid, warning_lines};
use crate::rules::naming::unit_text;
use crate::units::Money;

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// A value of the parameter: money in 万元, else the number with its unit.
fn value(parameter: &Parameter, at: f64, lang: Lang) -> String {
    let number = if parameter.is_money { Money::from_fen((at * 100.0).round() as i64).wan(4) } else { fixed(at, 6) };
    match unit(parameter, lang) {
        none if none.is_empty() => number,
        unit if parameter.is_money && lang == Lang::En => format!("{number} × {unit}"),
        unit => format!("{number} {unit}"),
    }
}

/// Unit in which the parameter is shown: money in 万元.
fn unit(parameter: &Parameter, lang: Lang) -> String {
    unit_text(if parameter.is_money { "万元" } else { &parameter.unit }).get(lang).to_owned()
}

fn optimum(stage: &StageCurve, value: f64) -> String {
    if stage.is_share { percent(value, 6) } else { fixed(value, 4) }
}

/// Unit for which slopes are told, how many units of the parameter it is.
fn step(parameter: &Parameter, lang: Lang) -> (String, f64) {
    if parameter.is_money {
        (unit(parameter, lang), 1e4)
    } else if parameter.unit.is_empty() {
        ("0.01".to_owned(), 0.01)
    } else {
        (format!("1 {}", unit(parameter, lang)), 1.0)
    }
}

fn name(parameter: &Parameter, lang: Lang) -> String {
    if parameter.is_factor {
        return Phrase::new("curve.factor").with("path", &parameter.path).render(lang);
    }
    let unit = unit(parameter, lang);
    if unit.is_empty() { parameter.path.clone() } else { format!("{}({unit})", parameter.path) }
}

/// Whether entitlements are held, in words.
fn entitlements(curve: &Curve, lang: Lang) -> String {
    say(lang, if curve.entitlements == Entitlements::Held { "curve.held" } else { "curve.follow" })
}

/// The curves as a terminal report.
pub fn text(curve: &Curve, lang: Lang) -> String {
    let parameter = &curve.parameter;
    let title = Phrase::new("curve.title").with("path", name(parameter, lang)).render(lang);
    let end = |end: Option<f64>| end.map_or_else(|| "∞".to_owned(), |end| value(parameter, end, lang));
    let now = Phrase::new("curve.now")
        .with("now", value(parameter, parameter.now, lang))
        .with("least", parameter.least_feasible.map_or_else(|| "−∞".to_owned(), |end| value(parameter, end, lang)))
        .with("most", end(parameter.most_feasible))
        .render(lang);
    let held = entitlements(curve, lang);
    let mut text = match curve.entitlements {
        Entitlements::Held => format!("{}\n{title}\n{now}\n{held}\n", curve.model.get(lang)),
        // What is computed point by point knows no feasible range.
        Entitlements::Follow => format!("{}\n{title}\n{held}\n", curve.model.get(lang)),
    };
    if !curve.without_plan.is_empty() {
        let values: Vec<String> = curve.without_plan.iter().map(|at| value(parameter, *at, lang)).collect();
        let phrase = Phrase::new("curve.without_plan").with("values", values.join(", "));
        text.push_str(&format!("{}\n", phrase.render(lang)));
    }
    let (unit, size) = step(parameter, lang);
    for stage in &curve.stages {
        let head = Phrase::new("curve.stage")
            .with("number", stage.number.to_string())
            .with("stage", stage.name.clone())
            .with("points", stage.points.len().to_string())
            .with("value", stage.now.map_or_else(|| "—".to_owned(), |value| optimum(stage, value)));
        text.push_str(&format!("\n{}\n", head.render(lang)));
        let mut grid = Grid::new([
            (name(parameter, lang), Align::Right),
            (say(lang, "curve.value"), Align::Right),
            (Phrase::new("curve.slope").with("unit", &unit).render(lang), Align::Right),
        ]);
        for (index, point) in stage.points.iter().enumerate() {
            let slope = stage.slopes.get(index).copied().flatten().map(|slope| slope * size);
            let slope = slope.map(|slope| if stage.is_share { signed_percent(slope, 8) } else { signed(slope, 6) });
            grid.row(vec![
                value(parameter, point.parameter, lang),
                optimum(stage, point.value),
                slope.unwrap_or_else(|| "—".to_owned()),
            ]);
        }
        text.push_str(&grid.print(""));
    }
    if let Some(stage) = curve.not_followed {
        let phrase = Phrase::new("curve.not_followed").with("stage", stage.to_string());
        text.push_str(&format!("\n{}\n", phrase.render(lang)));
    }
    text + &warning_lines(&curve.warnings, lang)
}

/// One line a point.
pub fn csv(curve: &Curve, lang: Lang) -> Vec<u8> {
    let parameter = &curve.parameter;
    let plain = unit_text(&parameter.unit);
    let plain = plain.get(lang);
    let unit = if plain.is_empty() { String::new() } else { format!("({plain})") };
    let mut rows = vec![vec![
        say(lang, "curve.stage_column"),
        format!("{}{unit}", parameter.path),
        say(lang, "curve.value"),
        Phrase::new("curve.slope").with("unit", if unit.is_empty() { "1" } else { plain }).render(lang),
        say(lang, "curve.entitlements"),
    ]];
    let held =
        say(lang, if curve.entitlements == Entitlements::Held { "curve.held_word" } else { "curve.follow_word" });
    for stage in &curve.stages {
        for (index, point) in stage.points.iter().enumerate() {
            rows.push(vec![
                format!("{} {}", stage.number, stage.name.get(lang)),
                fixed(point.parameter, 9),
                fixed(point.value, 12),
                stage.slopes.get(index).copied().flatten().map_or_else(String::new, |slope| format!("{slope:.12e}")),
                held.clone(),
            ]);
        }
    }
    noted(rows, &curve.warnings, lang)
}

/// One panel a stage, the present value marked.
pub fn svg(curve: &Curve, lang: Lang) -> String {
    let parameter = &curve.parameter;
    let across = |at: f64| if parameter.is_money { at / 1e4 } else { at };
    let panel = |stage: &StageCurve| {
        let up = |value: f64| if stage.is_share { value * 100.0 } else { value };
        let unit = if stage.is_share { "%".to_owned() } else { say(lang, "frontier.wan_unit") };
        let now = stage.now.map(|value| Mark { at: (across(parameter.now), up(value)), text: say(lang, "curve.mark") });
        Panel {
            x: name(parameter, lang),
            y: format!("{}({unit})", stage.name.get(lang)),
            line: stage.points.iter().map(|point| (across(point.parameter), up(point.value))).collect(),
            marks: now.into_iter().collect(),
        }
    };
    let title = Phrase::new("curve.title").with("path", &parameter.path).render(lang);
    let held =
        say(lang, if curve.entitlements == Entitlements::Held { "curve.held_word" } else { "curve.follow_word" });
    let title = format!("{title} · {} {held}", say(lang, "curve.entitlements"));
    lines::svg(&title, &curve.stages.iter().map(panel).collect::<Vec<_>>())
}
