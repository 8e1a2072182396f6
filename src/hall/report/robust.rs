//! A robust plan for the terminal and as CSV.

use std::collections::BTreeMap;

use crate::adding;
use crate::analysis::robust::{BASE, BudgetPart, CellPart, RobustPlan, ScenarioPart};
use crate::analysis::words::stage_code;
use crate::figures::{self, fixed, wan};
use crate::phrases::{Lang, Phrase};
use crate::report::chart::bars::{Bars, Series, bars};
use crate::report::csv::{harmless, in_yuan, noted};
use crate::report::table::{Align, Grid, warning_lines};
use crate::units::Money;

/// From so many scenarios on (draws), the table shows quantiles.
const LISTED: usize = 24;
/// Cells named one by one.
const NAMED: usize = 8;

/// The plan as a terminal report.
pub fn text(plan: &RobustPlan, lang: Lang) -> String {
    let mut text = head(plan, lang);
    text.push('\n');
    text.push_str(&scenario_table(plan, lang));
    text.push('\n');
    text.push_str(&information(plan, lang));
    if let Some(budget) = &plan.budget {
        text.push_str(&ladder(plan, budget, lang));
        text.push('\n');
    }
    text.push_str(&amounts(plan, lang));
    text.push('\n');
    text.push_str(&foot(plan, lang));
    text
}

fn say(lang: Lang, code: &'static str) -> String {
    Phrase::new(code).render(lang)
}

/// A value of the objective as a person reads it.
fn figure(plan: &RobustPlan, value: f64) -> String {
    fixed(value, if plan.objective == "max_outcome_benefit" { 2 } else { 6 })
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), |value| figures::percent(value.max(0.0), 2))
}

fn method(plan: &RobustPlan) -> Phrase {
    match plan.method {
        "max_min" => Phrase::new("robust.method_max_min"),
        "regret" if plan.relative == Some(true) => Phrase::new("robust.method_regret_relative"),
        "regret" => Phrase::new("robust.method_regret"),
        "cvar" => {
            let alpha = plan.alpha.unwrap_or_default();
            Phrase::new("robust.method_cvar")
                .with("alpha", alpha.to_string())
                .with("tail", format!("{:.4}", (1.0 - alpha) * 100.0).trim_end_matches('0').trim_end_matches('.'))
        }
        "budgeted" => {
            let (gamma, cells) = plan.budget.as_ref().map_or((0.0, 0), |budget| (budget.gamma, budget.cells));
            Phrase::new("robust.method_budgeted").with("cells", cells.to_string()).with("gamma", gamma.to_string())
        }
        _ => Phrase::new("robust.method_expected"),
    }
}

fn head(plan: &RobustPlan, lang: Lang) -> String {
    let mut lines = vec![plan.model.get(lang).to_owned()];
    let objective = Phrase::new(stage_code(plan.objective));
    lines.push(
        Phrase::new("robust.head")
            .with_phrase("method", &method(plan))
            .with_phrase("objective", &objective)
            .render(lang),
    );
    for kept in &plan.kept {
        let line = Phrase::new("robust.kept")
            .with_phrase("stage", &Phrase::new(stage_code(kept.kind)))
            .with("value", fixed(kept.value, 6))
            .with("slack", (kept.slack * 100.0).to_string());
        lines.push(line.render(lang));
    }
    let guarantee = match plan.method {
        "max_min" => "robust.guarantee_worst",
        "regret" => "robust.guarantee_regret",
        "cvar" => "robust.guarantee_tail",
        "budgeted" => "robust.guarantee_budgeted",
        _ => "robust.guarantee_expected",
    };
    let value = |value: f64| if plan.relative == Some(true) { percent(Some(value)) } else { figure(plan, value) };
    let chance = plan.budget.as_ref().map_or(0.0, |budget| budget.below_with_probability_at_most);
    let line = Phrase::new(guarantee)
        .with("value", value(plan.guarantee.exact))
        .with("nominal", value(plan.guarantee.nominal_plan))
        .with("chance", fixed(chance * 100.0, 1));
    lines.push(line.render(lang));
    let unlawful: Vec<String> =
        plan.scenarios.iter().filter(|part| !part.nominal_breaks.is_empty()).map(|part| name(part, lang)).collect();
    if !unlawful.is_empty() {
        lines.push(Phrase::new("robust.unlawful").with("scenarios", unlawful.join(", ")).render(lang));
    }
    let price = Phrase::new("robust.price")
        .with("optimum", figure(plan, plan.price.nominal_optimum))
        .with("value", figure(plan, plan.price.value))
        .with("loss", figure(plan, plan.price.loss))
        .with("relative", percent(plan.price.relative));
    lines.push(price.render(lang));
    let of_rules = (plan.price.nominal_optimum - plan.price.optimum_under_all_rules).abs();
    if figure(plan, of_rules) != figure(plan, 0.0) {
        let parts = Phrase::new("robust.price_parts")
            .with("rules", figure(plan, of_rules))
            .with("method", figure(plan, plan.price.loss - of_rules));
        lines.push(parts.render(lang));
    }
    lines.join("\n") + "\n"
}

fn name(part: &ScenarioPart, lang: Lang) -> String {
    if part.name == BASE { say(lang, "robust.base") } else { part.name.clone() }
}

fn scenario_table(plan: &RobustPlan, lang: Lang) -> String {
    let left = ["robust.scenario"].map(|code| (say(lang, code), Align::Left));
    let right = ["robust.weight", "robust.own", "robust.nominal", "robust.plan", "robust.regret"]
        .map(|code| (say(lang, code), Align::Right));
    let last = [(String::new(), Align::Right), (say(lang, "robust.breaks"), Align::Left)];
    let mut grid = Grid::new(left.into_iter().chain(right).chain(last));
    let mut differences = String::new();
    if plan.scenarios.len() > LISTED {
        quantiles(plan, &mut grid, lang);
        return grid.print("");
    }
    for part in &plan.scenarios {
        let weight = if part.weight > 0.0 { fixed(part.weight, 3) } else { say(lang, "robust.only_rules") };
        grid.row(vec![
            name(part, lang),
            weight,
            figure(plan, part.own_optimum),
            figure(plan, part.nominal_plan),
            figure(plan, part.robust_plan),
            figure(plan, part.regret),
            percent(part.relative_regret),
            part.nominal_breaks.join(", "),
        ]);
        if let Some(first) = part.differences.first() {
            let more = part.differences.len() - 1;
            let more = if more > 0 { format!(" … +{more}") } else { String::new() };
            differences
                .push_str(&format!("  {}: {}: {} → {}{more}\n", part.name, first.path, first.before, first.after));
        }
    }
    grid.print("") + &differences
}

/// How the plan fares in every scenario as a chart; of many, the ones where it fares worst.
pub fn svg(plan: &RobustPlan, lang: Lang) -> String {
    let mut parts: Vec<&ScenarioPart> = plan.scenarios.iter().filter(|part| part.weight > 0.0).collect();
    if parts.len() > LISTED {
        parts.sort_by(|a, b| b.regret.total_cmp(&a.regret));
        parts.truncate(LISTED);
    }
    let series = |code: &'static str, pick: &dyn Fn(&ScenarioPart) -> f64, colour: usize| Series {
        name: say(lang, code),
        values: parts.iter().map(|part| Some(pick(part))).collect(),
        colour,
    };
    bars(&Bars {
        title: format!("{} · {}", plan.model.get(lang), method(plan).render(lang)),
        caption: say(lang, stage_code(plan.objective)),
        categories: parts.iter().map(|part| name(part, lang)).collect(),
        series: vec![
            series("robust.own", &|part| part.own_optimum, 0),
            series("robust.nominal", &|part| part.nominal_plan, 1),
            series("robust.plan", &|part| part.robust_plan, 2),
        ],
    })
}

/// Quantiles of each column over the scenarios that count, lower ones first.
fn quantiles(plan: &RobustPlan, grid: &mut Grid, lang: Lang) {
    let counted: Vec<&ScenarioPart> = plan.scenarios.iter().filter(|part| part.weight > 0.0).collect();
    let sorted = |pick: &dyn Fn(&ScenarioPart) -> f64| -> Vec<f64> {
        let mut values: Vec<f64> = counted.iter().map(|part| pick(part)).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let columns = [
        sorted(&|part| part.own_optimum),
        sorted(&|part| part.nominal_plan),
        sorted(&|part| part.robust_plan),
        sorted(&|part| part.regret),
    ];
    for (label, share) in
        [("0%", 0.0), ("5%", 0.05), ("25%", 0.25), ("50%", 0.5), ("75%", 0.75), ("95%", 0.95), ("100%", 1.0)]
    {
        let at = ((counted.len().saturating_sub(1)) as f64 * share).round() as usize;
        let title =
            Phrase::new("robust.draw_quantile").with("count", counted.len().to_string()).with("quantile", label);
        let mut row = vec![title.render(lang), String::new()];
        row.extend(columns.iter().map(|values| values.get(at).map_or_else(String::new, |value| figure(plan, *value))));
        grid.row(row);
    }
}

fn information(plan: &RobustPlan, lang: Lang) -> String {
    let Some(part) = &plan.information else { return String::new() };
    let figures = Phrase::new("robust.information")
        .with("wait", figure(plan, part.wait_and_see))
        .with("here", figure(plan, part.here_and_now))
        .with("mean", figure(plan, part.expected_of_mean_plan));
    let values = Phrase::new("robust.information_values")
        .with("perfect", figure(plan, part.perfect_information))
        .with("stochastic", figure(plan, part.stochastic_solution));
    format!("{}\n{}\n\n", figures.render(lang), values.render(lang))
}

/// A cell of a code by its names.
fn cell_name(plan: &RobustPlan, code: &str, lang: Lang) -> String {
    let is_meant = |cell: &&CellPart| code.strip_prefix(cell.area.as_str()) == Some(&format!("/{}", cell.ecosystem));
    let Some(cell) = plan.cells.iter().find(is_meant) else { return code.to_owned() };
    let label = plan.ecosystems.iter().find(|part| part.code == cell.ecosystem).map(|part| part.name.get(lang));
    format!("{} {}", cell.area_name, label.unwrap_or(&cell.ecosystem))
}

fn ladder(plan: &RobustPlan, budget: &BudgetPart, lang: Lang) -> String {
    let codes = ["robust.gamma", "robust.ladder_guarantee", "robust.ladder_nominal", "robust.ladder_price"];
    let mut grid = Grid::new(codes.map(|code| (say(lang, code), Align::Right)));
    for step in &budget.ladder {
        let mark = if step.gamma == budget.gamma { "* " } else { "" };
        let values = [step.guarantee, step.nominal_plan, step.price].map(|value| figure(plan, value));
        grid.row(std::iter::once(format!("{mark}{}", step.gamma)).chain(values).collect());
    }
    let named: Vec<String> = budget.exposed.iter().take(NAMED).map(|part| cell_name(plan, &part.cell, lang)).collect();
    let named = named.join(if lang == Lang::Zh { "、" } else { "; " });
    let cells = if budget.exposed.len() > NAMED {
        Phrase::new("robust.more").with("cells", named).with("count", budget.exposed.len().to_string())
    } else {
        return grid.print("") + &Phrase::new("robust.exposed").with("cells", named).render(lang) + "\n";
    };
    grid.print("") + &Phrase::new("robust.exposed").with_phrase("cells", &cells).render(lang) + "\n"
}

fn amounts(plan: &RobustPlan, lang: Lang) -> String {
    let mut columns =
        vec![(say(lang, "report.code"), Align::Left), (plan.area_label.get(lang).to_owned(), Align::Left)];
    columns.extend(plan.ecosystems.iter().map(|part| (part.name.get(lang).to_owned(), Align::Right)));
    for code in ["report.total", "robust.nominal", "robust.difference"] {
        columns.push((say(lang, code), Align::Right));
    }
    let mut grid = Grid::new(columns);
    let mut areas: BTreeMap<&str, Vec<&CellPart>> = BTreeMap::new();
    for cell in &plan.cells {
        areas.entry(&cell.area).or_default().push(cell);
    }
    let of = |cells: &Vec<&CellPart>, kind: &str| -> Option<i64> {
        let mut found = cells.iter().filter(|cell| cell.ecosystem == kind).peekable();
        found.peek()?;
        Some(found.map(|cell| cell.amount_fen).sum())
    };
    let exact: Vec<Vec<Option<i64>>> =
        areas.values().map(|cells| plan.ecosystems.iter().map(|part| of(cells, &part.code)).collect()).collect();
    let shown = adding::table(&exact, plan.ecosystems.len());
    let nominal: Vec<i64> = areas.values().map(|cells| cells.iter().map(|cell| cell.nominal_fen).sum()).collect();
    let nominal = adding::parts(&nominal);
    let line = |code: &str, name: &str, cells: &mut dyn Iterator<Item = Option<i64>>, (total, nominal): (i64, i64)| {
        let mut row = vec![code.to_owned(), name.to_owned()];
        row.extend(cells.map(|fen| fen.map_or_else(String::new, wan)));
        row.extend([wan(total), wan(nominal), wan(total - nominal)]);
        row
    };
    for ((((code, cells), shown), total), nominal) in areas.iter().zip(&shown.cells).zip(&shown.rows).zip(&nominal) {
        let name = cells.first().map_or("", |cell| cell.area_name.as_str());
        grid.row(line(code, name, &mut shown.iter().copied(), (*total, *nominal)));
    }
    grid.rule();
    let sums = (shown.total, nominal.iter().sum());
    grid.row(line("", &say(lang, "report.total"), &mut shown.columns.iter().map(|fen| Some(*fen)), sums));
    grid.print(&say(lang, "report.unit_wan"))
}

fn foot(plan: &RobustPlan, lang: Lang) -> String {
    let proof = Phrase::new("robust.proof")
        .with("gap", format!("{:.1e}", plan.certificate.gap))
        .with("unit", Money::from_fen(plan.rounding.unit_fen))
        .with("shift", Money::from_fen(plan.rounding.largest_shift_fen));
    let mut text = proof.render(lang) + "\n";
    if let Some(count) = plan.within_tolerance {
        let line = Phrase::new("robust.tolerance").with("count", count.to_string());
        text.push_str(&format!("{}\n", line.render(lang)));
    }
    text.push_str(&warning_lines(&plan.warnings, lang));
    if plan.unfinished {
        text.push_str(&format!("! {}\n", say(lang, "robust.unfinished")));
    }
    text.push_str(&format!("{} · {}\n", plan.engine, plan.hash));
    text
}

/// One line a cell: the robust and the nominal amount in 元. UTF-8 with BOM.
pub fn csv(plan: &RobustPlan, lang: Lang) -> Vec<u8> {
    let in_yuan = |code| in_yuan(&say(lang, code), lang);
    let header = [
        say(lang, "report.code"),
        plan.area_label.get(lang).to_owned(),
        say(lang, "report.ecosystem"),
        in_yuan("robust.plan"),
        in_yuan("robust.nominal"),
        in_yuan("robust.difference"),
    ];
    let mut rows: Vec<Vec<String>> = vec![header.iter().map(|text| harmless(text)).collect()];
    let ecosystem = |id: &'_ str| -> String {
        let label = plan.ecosystems.iter().find(|part| part.code == id);
        label.map_or_else(|| id.to_owned(), |part| part.name.get(lang).to_owned())
    };
    for cell in &plan.cells {
        let yuan = |fen: i64| Money::from_fen(fen).yuan();
        rows.push(vec![
            harmless(&cell.area),
            harmless(&cell.area_name),
            harmless(&ecosystem(&cell.ecosystem)),
            yuan(cell.amount_fen),
            yuan(cell.nominal_fen),
            yuan(cell.amount_fen - cell.nominal_fen),
        ]);
    }
    noted(rows, &plan.warnings, lang)
}
