//! Robust plans: one plan, decided now, that obeys the hard rules of several scenarios and is good in all of them.
//!
//! Max-min (Wald 1950), minimal maximum regret (Savage 1951), conditional value-at-risk (Rockafellar & Uryasev 2000), expected
//! value with the values of perfect information and of the stochastic solution (Birge & Louveaux 2011), and budgeted
//! uncertainty of GEP (Bertsimas & Sim 2004). Every answer is a linear program solved exactly, proved and rounded to the 分
//! under the hard rules of all scenarios.

mod answer;
mod assembly;
mod draws;
mod outlook;
mod plan;
mod rulebook;

use crate::finding::{Finding, Findings, Place};
use crate::phrases::Phrase;
use crate::run::Prepared;
use crate::solver::SolveOptions;

pub use answer::{
    BudgetPart, CellPart, EcosystemPart, ExposedPart, GuaranteePart, InformationPart, KeptPart, LadderPart, PricePart,
    RobustPlan, ScenarioPart,
};
pub use draws::gep_multipliers;
pub use outlook::Outlook;
pub use plan::robust;
pub use rulebook::Conflict;

/// Name of the model as written among the scenarios.
pub const BASE: &str = "base";

/// A scenario: the model under changes.
#[derive(Debug, Clone)]
pub struct Case {
    /// Name, unique and not [`BASE`].
    pub name: String,
    /// Weight ≥ 0; at 0 only its rules count.
    pub weight: f64,
    /// The changed model; see [`crate::run::changed`].
    pub prepared: Prepared,
}

/// A draw: the value of every cell times a factor, under the rules and entitlements of the model as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// Weight ≥ 0.
    pub weight: f64,
    /// One factor a cell of the frame.
    pub factors: Vec<f64>,
}

/// What makes a plan robust.
#[derive(Debug, Clone, PartialEq)]
pub enum Method {
    /// The best worst case over the scenarios.
    MaxMin,
    /// The smallest largest regret against each scenario's own optimum.
    Regret {
        /// Regret relative to the own optimum.
        relative: bool,
    },
    /// The best mean of the worst 1 − α of the weight.
    ConditionalValueAtRisk {
        /// 0…1.
        alpha: f64,
    },
    /// The best weighted mean.
    Expected,
    /// The value of each cell may fall by its share, at most Γ of them fully at once.
    Budgeted {
        /// Γ ≥ 0.
        gamma: f64,
        /// Largest fall of each cell of the frame, 0…1.
        deviations: Vec<f64>,
    },
}

impl Method {
    /// The word on the command line.
    pub fn word(&self) -> &'static str {
        match self {
            Self::MaxMin => "max_min",
            Self::Regret { .. } => "regret",
            Self::ConditionalValueAtRisk { .. } => "cvar",
            Self::Expected => "expected",
            Self::Budgeted { .. } => "budgeted",
        }
    }
}

/// A question for a robust plan.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The model as written: its funds are distributed, its hard rules always hold.
    pub base: &'a Prepared,
    /// Its weight among the scenarios.
    pub base_weight: f64,
    /// The other scenarios.
    pub cases: &'a [Case],
    /// Draws of values, beside the scenarios.
    pub draws: &'a [Draw],
    /// Kind of the stage that is the objective; default the last.
    pub objective: Option<&'a str>,
    /// What makes the plan robust.
    pub method: Method,
}

/// Why there is no robust plan.
#[derive(Debug)]
pub enum RobustError {
    /// The inputs are wrong.
    Findings(Findings),
    /// No plan meets the hard rules of all scenarios, or none that can be rounded.
    Infeasible(Finding),
    /// Time or interrupt.
    Limit(Finding),
}

impl From<Findings> for RobustError {
    fn from(findings: Findings) -> Self {
        Self::Findings(findings)
    }
}

impl From<Finding> for RobustError {
    fn from(finding: Finding) -> Self {
        Self::Findings(finding.into())
    }
}

impl Question<'_> {
    /// Names of the scenarios: [`BASE`], the cases, the draws by number from 1.
    fn names(&self) -> Vec<String> {
        let draws = (1..=self.draws.len()).map(|number| number.to_string());
        std::iter::once(BASE.to_owned()).chain(self.cases.iter().map(|case| case.name.clone())).chain(draws).collect()
    }

    /// Their weights.
    fn weights(&self) -> Vec<f64> {
        let draws = self.draws.iter().map(|draw| draw.weight);
        std::iter::once(self.base_weight).chain(self.cases.iter().map(|case| case.weight)).chain(draws).collect()
    }

    /// The scenarios and rules that no plan meets together, as an error.
    fn at_odds(&self, book: &rulebook::Rulebook, options: &SolveOptions) -> Result<RobustError, Findings> {
        let conflict = book.conflict(&self.base.problem.frame, options)?;
        let place = Place::file(&self.base.model_file);
        let names = self.names();
        let named = |positions: &[usize]| {
            let names: Vec<&str> = positions.iter().filter_map(|at| names.get(*at)).map(String::as_str).collect();
            names.join(", ")
        };
        let rule = |(id, scenarios): &(String, Vec<usize>)| format!("{id} ({})", named(scenarios));
        let rules = conflict.rules.iter().map(rule).collect::<Vec<_>>().join("; ");
        let code = match conflict.scenarios.as_slice() {
            [] => return Ok(RobustError::Infeasible(Finding::error("solver.infeasible", place))),
            [_] => "robust.scenario_infeasible",
            _ => "robust.at_odds",
        };
        let phrase = Phrase::new(code).with("scenarios", named(&conflict.scenarios)).with("rules", rules);
        Ok(RobustError::Infeasible(Finding::from_phrase(phrase, place)))
    }
}
