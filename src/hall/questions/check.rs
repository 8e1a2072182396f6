//! A model checked: what was understood of it, and what is wrong.

use schemars::JsonSchema;
use serde::Serialize;

use crate::figures::{self, separated};
use crate::finding::{Finding, Findings};
use crate::phrases::{Lang, Phrase};
use crate::questions::FindingPart;
use crate::questions::understood::{ControlTotal, Understood, what};
use crate::report::forms::{Printed, Printers};
use crate::report::grid::{Align, Grid};
use crate::run::Prepared;
use crate::units::{Decimal, Money};

/// What a checked model comes to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckDocument {
    /// Whether model and data can be solved.
    pub valid: bool,
    /// Areas, cells, funds, rules and objectives; absent where it is not valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<SizePart>,
    /// Control totals and rates; absent where it is not valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub understood: Option<Understood>,
    /// `feasible`, `infeasible` or `open`, where a plan was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<&'static str>,
    /// Errors and warnings.
    pub findings: Vec<FindingPart>,
}

/// How large a model is.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SizePart {
    /// Areas.
    pub areas: usize,
    /// Cells.
    pub cells: usize,
    /// Funds.
    pub funds: usize,
    /// Rules.
    pub rules: usize,
    /// Objectives.
    pub stages: usize,
}

impl CheckDocument {
    /// What reading a model and its data came to.
    pub fn of(read: Result<&Prepared, &Findings>, lang: Lang) -> Self {
        let part = |finding: &Finding| FindingPart::of(finding, lang);
        match read {
            Ok(prepared) => {
                let problem = &prepared.problem;
                let size = SizePart {
                    areas: problem.frame.dataset.areas().len(),
                    cells: problem.frame.dataset.cells().len(),
                    funds: problem.frame.funds.len(),
                    rules: problem.rules.len(),
                    stages: problem.stages.len(),
                };
                let understood = Understood::of(prepared);
                let unusual = understood.implausible(prepared);
                let found = prepared.data_warnings.iter().chain(&prepared.warnings).chain(&unusual);
                let findings = found.map(part).collect();
                Self { valid: true, size: Some(size), understood: Some(understood), plan: None, findings }
            }
            Err(findings) => {
                let findings = findings.0.iter().map(part).collect();
                Self { valid: false, size: None, understood: None, plan: None, findings }
            }
        }
    }
}

impl Printed for CheckDocument {
    const PRINTERS: Printers<Self> = Printers { table: text, csv: None, xlsx: None, svg: None, docx: None };
}

/// What was understood, for the terminal.
fn text(document: &CheckDocument, lang: Lang) -> String {
    let mut text = String::new();
    if let Some(understood) = &document.understood {
        totals(understood, lang, &mut text);
        rates(understood, lang, &mut text);
    }
    if let Some(plan) = document.plan {
        let code = match plan {
            "feasible" => "check.plan_feasible",
            "infeasible" => "check.plan_infeasible",
            _ => "check.plan_open",
        };
        text.push_str(&Phrase::new(code).render(lang));
        text.push('\n');
    }
    text
}

fn totals(understood: &Understood, lang: Lang, text: &mut String) {
    let say = |code: &'static str| Phrase::new(code).render(lang);
    let number = |value: &Option<String>| value.as_ref().map_or_else(|| "—".to_owned(), |value| separated(value));
    let money = |value: &Option<String>| {
        value.as_ref().and_then(|value| Decimal::parse(value).ok()).and_then(|value| Money::of(value, "元").ok())
    };
    let wan = |value: &Option<String>| money(value).map_or_else(|| "—".to_owned(), |money| figures::wan(money.fen()));
    let mut grid = Grid::new([
        (say("check.ecosystem"), Align::Left),
        (say("check.cells"), Align::Right),
        (say("check.extent"), Align::Right),
        (say("check.gep"), Align::Right),
        (say("check.last_year"), Align::Right),
        (say("check.blank"), Align::Right),
    ]);
    let row = |total: &ControlTotal| {
        vec![
            total.name.get(lang).to_owned(),
            total.cells.to_string(),
            number(&total.extent_mu),
            wan(&total.gep_yuan),
            wan(&total.last_year_yuan),
            if total.last_year_blank > 0 { total.last_year_blank.to_string() } else { String::new() },
        ]
    };
    understood.ecosystems.iter().for_each(|total| grid.row(row(total)));
    grid.rule();
    grid.row(row(&understood.total));
    text.push_str(&grid.print(""));
    let funds = figures::yuan(understood.funds_fen);
    let phrase = match money(&understood.total.last_year_yuan) {
        Some(last) => Phrase::new("check.funds").with("funds", funds).with("last", figures::yuan(last.fen())),
        None => Phrase::new("check.funds_alone").with("funds", funds),
    };
    text.push_str(&phrase.render(lang));
    text.push('\n');
    if let Some(population) = &understood.population {
        text.push_str(&Phrase::new("check.population").with("population", separated(population)).render(lang));
        text.push('\n');
    }
}

fn rates(understood: &Understood, lang: Lang, text: &mut String) {
    if understood.rates.is_empty() {
        return;
    }
    let say = |code: &'static str| Phrase::new(code).render(lang);
    let mut grid = Grid::new([
        (say("check.rate"), Align::Left),
        (say("check.ecosystem"), Align::Left),
        (say("check.median"), Align::Right),
        (say("check.least"), Align::Right),
        (String::new(), Align::Left),
        (say("check.most"), Align::Right),
        (String::new(), Align::Left),
    ]);
    grid.tie([4, 6]);
    let shown = |value: f64| figures::separated(&figures::significant(value, 4));
    for rate in &understood.rates {
        grid.row(vec![
            say(what(rate.kind)),
            rate.name.get(lang).to_owned(),
            shown(rate.median),
            shown(rate.least.value),
            rate.least.name.clone(),
            shown(rate.most.value),
            rate.most.name.clone(),
        ]);
    }
    text.push('\n');
    text.push_str(&grid.print(""));
}
