//! A comparison of scenarios as terminal text, CSV, workbook, document and charts.

mod charts;
mod csv;
mod inputs;
mod table;
mod pages;
mod workbook;

pub use charts::charts;
pub use csv::comparison as csv;
pub use pages::document;
pub use table::comparison as table;
pub use workbook::comparison as workbook;

use crate::analysis::compare::{Comparison, RuleState};
use crate::analysis::fairness::Spread;
use crate::phrases::{Lang, Phrase};

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// Printed names of the scenarios; the id where two bear the same name.
fn names(comparison: &Comparison, lang: Lang) -> Vec<String> {
    let name = |at: usize| comparison.scenarios.get(at).map_or("", |case| case.name.get(lang));
    let single = |at: usize| (0..comparison.scenarios.len()).filter(|other| name(*other) == name(at)).count() == 1;
    let label = |(at, case): (usize, &crate::analysis::compare::CasePart)| {
        if single(at) && !name(at).is_empty() { name(at).to_owned() } else { case.id.clone() }
    };
    comparison.scenarios.iter().enumerate().map(label).collect()
}

/// What the rows of a level are: areas are called what the model calls them.
fn level_name(comparison: &Comparison, level: &'static str, lang: Lang) -> String {
    if level == "compare.level_area" { comparison.model.area_label.get(lang).to_owned() } else { say(lang, level) }
}

/// Printed name of a scenario by its id.
fn name_of(comparison: &Comparison, id: &str, lang: Lang) -> String {
    let named = names(comparison, lang);
    let at = comparison.scenarios.iter().position(|case| case.id == id);
    at.and_then(|at| named.get(at).cloned()).unwrap_or_else(|| id.to_owned())
}

/// A figure of the fairness and benefit table: phrase code of its name, decimals, one value a scenario.
type Figure = (&'static str, usize, Vec<Option<f64>>);

fn figures(comparison: &Comparison) -> Vec<Figure> {
    let cases = &comparison.scenarios;
    let of = |pick: &dyn Fn(&crate::analysis::compare::CasePart) -> Option<f64>| -> Vec<Option<f64>> {
        cases.iter().map(pick).collect()
    };
    let spread = |group: usize, pick: &dyn Fn(&Spread) -> Option<f64>| {
        of(&|case| {
            let fairness = case.fairness.as_ref()?;
            let spread = match group {
                0 => &fairness.coverage,
                1 => &fairness.area_coverage,
                _ => &fairness.per_head,
            };
            spread.as_ref().and_then(pick)
        })
    };
    vec![
        ("compare.total_coverage", 4, of(&|case| case.total_coverage)),
        ("compare.coverage_least", 4, spread(0, &|spread| Some(spread.least))),
        ("compare.coverage_most", 4, spread(0, &|spread| Some(spread.most))),
        ("compare.coverage_gini", 4, spread(0, &|spread| Some(spread.gini))),
        ("compare.coverage_theil", 4, spread(0, &|spread| Some(spread.theil))),
        ("compare.area_least", 4, spread(1, &|spread| Some(spread.least))),
        ("compare.area_most", 4, spread(1, &|spread| Some(spread.most))),
        ("compare.area_gini", 4, spread(1, &|spread| Some(spread.gini))),
        ("compare.area_theil", 4, spread(1, &|spread| Some(spread.theil))),
        ("compare.head_least", 2, spread(2, &|spread| Some(spread.least))),
        ("compare.head_most", 2, spread(2, &|spread| Some(spread.most))),
        ("compare.head_ratio", 2, spread(2, &|spread| spread.ratio)),
        ("compare.head_gini", 4, spread(2, &|spread| Some(spread.gini))),
        ("compare.head_theil", 4, spread(2, &|spread| Some(spread.theil))),
        ("compare.benefit", 2, of(&|case| case.benefit)),
        ("compare.benefit_same", 2, of(&|case| case.benefit_on_same_terms)),
    ]
}

/// How a rule stands, in words.
fn state_text(state: Option<&RuleState>, lang: Lang) -> String {
    let Some(state) = state else { return "—".to_owned() };
    let phrase = match state.state {
        "binds" => Phrase::new("compare.binds").with("rows", state.rows.len().to_string()),
        "missed" => Phrase::new("compare.missed"),
        "absent" => Phrase::new("compare.absent"),
        _ => Phrase::new("compare.slack"),
    };
    phrase.render(lang)
}

/// Status of a scenario, in words.
fn status_text(status: &str, lang: Lang) -> String {
    let code = match status {
        "optimal" => "compare.status_optimal",
        "unroundable" => "compare.status_unroundable",
        "invalid" => "compare.status_invalid",
        _ => "compare.status_infeasible",
    };
    say(lang, code)
}
