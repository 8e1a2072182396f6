//! A robust plan as a document: what it guarantees, what it costs, how it fares in every scenario, and every amount.

use schemars::JsonSchema;
use serde::Serialize;

use crate::phrases::Text;
use crate::record::RoundingPart;
use crate::scenario::Difference;
use crate::solver::Certificate;

/// A robust plan with its proof.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RobustPlan {
    /// `optimal`: solved and proved.
    pub status: &'static str,
    /// Engine and version.
    pub engine: &'static str,
    /// Content hash of model, data, scenarios, draws, method and engine: the same hash is the same plan.
    pub hash: String,
    /// Printed name of the model.
    pub model: Text,
    /// What an area is called.
    pub area_label: Text,
    /// `max_min`, `regret`, `cvar`, `expected` or `budgeted`.
    pub method: &'static str,
    /// Level of confidence of `cvar`.
    pub alpha: Option<f64>,
    /// Whether regret is relative to the own optimum.
    pub relative: Option<bool>,
    /// Kind of the stage that is the objective.
    pub objective: &'static str,
    /// Whether a larger value is better.
    pub maximises: bool,
    /// Earlier stages that come first.
    pub kept: Vec<KeptPart>,
    /// What the plan guarantees.
    pub guarantee: GuaranteePart,
    /// What that costs against the best plan for the model as written.
    pub price: PricePart,
    /// The model as written, the scenarios and the draws.
    pub scenarios: Vec<ScenarioPart>,
    /// Values of information; null for budgeted uncertainty.
    pub information: Option<InformationPart>,
    /// Budgeted uncertainty; null for the other methods.
    pub budget: Option<BudgetPart>,
    /// Ecosystems in the order of the model.
    pub ecosystems: Vec<EcosystemPart>,
    /// One entry a cell.
    pub cells: Vec<CellPart>,
    /// How the exact amounts came about.
    pub rounding: RoundingPart,
    /// Bounds that whole units do not meet and that are missed by at most one; absent where the model allows none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within_tolerance: Option<usize>,
    /// Proof of the optimum of the method's linear program.
    pub certificate: Certificate,
    /// Whether a choice among equally good plans was left to the solver, numbers being too close to each other.
    pub unfinished: bool,
    /// What to know beside the figures, as sentences: warnings about model and data.
    pub warnings: Vec<Text>,
}

/// An earlier stage of the model, kept within its slack.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KeptPart {
    /// Kind of the stage.
    pub kind: &'static str,
    /// Its best value under the rules of all scenarios, on the figures of the model as written.
    pub value: f64,
    /// Relative loss that it allows.
    pub slack: f64,
}

/// The guarantee of a method: a value in the objective's own sense, or the largest regret.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GuaranteePart {
    /// Proved optimum, before rounding.
    pub certified: f64,
    /// The same for the exact amounts, by formula.
    pub exact: f64,
    /// The same for the nominal plan.
    pub nominal_plan: f64,
}

/// What robustness costs in the model as written.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PricePart {
    /// Best value of the model as written under its own rules (and the earlier stages).
    pub nominal_optimum: f64,
    /// Best value there under the rules of all scenarios: what lies between the two optima is the price of their rules, the
    /// rest that of the method.
    pub optimum_under_all_rules: f64,
    /// Value of the robust plan there, before rounding.
    pub value: f64,
    /// How much worse that is, ≥ 0.
    pub loss: f64,
    /// The same relative to the optimum; null where the optimum is 0.
    pub relative: Option<f64>,
}

/// One scenario.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ScenarioPart {
    /// Name; `base` is the model as written, draws are numbered.
    pub name: String,
    /// Share of the weights; at 0 only its rules count.
    pub weight: f64,
    /// What its changes came to.
    pub differences: Vec<Difference>,
    /// Best value for one who knows that this scenario comes.
    pub own_optimum: f64,
    /// Value of the nominal plan.
    pub nominal_plan: f64,
    /// Hard rules of the scenario that the nominal plan breaks.
    pub nominal_breaks: Vec<String>,
    /// Value of the robust plan.
    pub robust_plan: f64,
    /// Distance of the robust plan to the own optimum.
    pub regret: f64,
    /// The same relative to the own optimum; null where that is 0.
    pub relative_regret: Option<f64>,
}

/// What knowing the scenario, and reckoning with more than the mean, are worth; values in the objective's own sense.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InformationPart {
    /// WS: mean of the own optima.
    pub wait_and_see: f64,
    /// RP: best mean of one plan.
    pub here_and_now: f64,
    /// EEV: mean of the plan made for the mean figures, under the rules of all scenarios.
    pub expected_of_mean_plan: f64,
    /// EVPI, ≥ 0.
    pub perfect_information: f64,
    /// VSS, ≥ 0.
    pub stochastic_solution: f64,
}

/// Budgeted uncertainty.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BudgetPart {
    /// Γ: so many cells may fall fully at once.
    pub gamma: f64,
    /// Cells whose value may fall.
    pub cells: usize,
    /// Where falls are independent and as likely as rises of the same size, the value is below the guarantee with at most this
    /// probability: exp(−Γ²/2n) (Bertsimas & Sim 2004, theorem 2).
    pub below_with_probability_at_most: f64,
    /// Other budgets: what they guarantee and cost.
    pub ladder: Vec<LadderPart>,
    /// The cells that the worst case takes, the largest loss first.
    pub exposed: Vec<ExposedPart>,
}

/// One budget.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LadderPart {
    /// Γ.
    pub gamma: f64,
    /// Best guaranteed value.
    pub guarantee: f64,
    /// Guaranteed value of the nominal plan.
    pub nominal_plan: f64,
    /// Loss of the best plan for this budget where nothing falls.
    pub price: f64,
}

/// A cell that the worst case takes.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExposedPart {
    /// Code of the cell.
    pub cell: String,
    /// Loss of value.
    pub loss: f64,
    /// Share of its largest fall, 1 but for the last.
    pub share: f64,
}

/// One ecosystem.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EcosystemPart {
    /// Ecosystem id.
    pub code: String,
    /// Printed name.
    pub name: Text,
}

/// One cell.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CellPart {
    /// Area code.
    pub area: String,
    /// Area name.
    pub area_name: String,
    /// Ecosystem id.
    pub ecosystem: String,
    /// Amount, in 分.
    pub amount_fen: i64,
    /// Amount by fund, in 分.
    pub by_fund: Vec<crate::record::FundAmount>,
    /// Amount of the nominal plan, in 分.
    pub nominal_fen: i64,
}
