//! Scenarios side by side: what differs in the inputs, in the money, in the rules that bind, in fairness and benefit.
//!
//! A scenario without plan is an answer too: its column says so and names the conflict.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::attribution::Attribution;
use crate::analysis::benefit::{benefit, terms};
use crate::analysis::conflict::{ConflictMember, conflict, describe};
use crate::analysis::fairness::{Fairness, fairness};
use crate::analysis::held::active_side;
use crate::document::ENGINE;
use crate::finding::{Finding, Findings};
use crate::phrases::{Lang, Phrase, Text};
use crate::record::{DataPart, ModelPart, Record, TotalPart, record};
use crate::remark;
use crate::run::{self, Prepared, RunError, Solved};
use crate::scenario::{Difference, Scenario};
use crate::solver::SolveOptions;

/// Scenarios side by side. Lists `…_fen` and `values` have one entry a scenario, in the order of `scenarios`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Comparison {
    /// Engine and version.
    pub engine: &'static str,
    /// The model.
    pub model: ModelPart,
    /// The data.
    pub dataset: DataPart,
    /// Position of the scenario that differences are taken against: the first that has a plan; null where none has.
    pub against: Option<usize>,
    /// The scenarios.
    pub scenarios: Vec<CasePart>,
    /// Inputs that are not the same in all scenarios.
    pub inputs: Vec<InputRow>,
    /// Everything.
    pub total: AmountRow,
    /// One entry an area.
    pub areas: Vec<AmountRow>,
    /// One entry an ecosystem.
    pub ecosystems: Vec<AmountRow>,
    /// One entry a fund: money distributed.
    pub funds: Vec<AmountRow>,
    /// One entry a cell; the code is `AREA/ECOSYSTEM`.
    pub cells: Vec<AmountRow>,
    /// Every fund and rule: where it binds.
    pub rules: Vec<RuleRow>,
    /// Differences attributed to single changes; empty unless asked for.
    pub attributions: Vec<Attribution>,
    /// What a reader must know beside the figures: warnings, and where coverage is not measured by the same entitlements.
    pub remarks: Vec<Text>,
}

/// One scenario.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CasePart {
    /// As the user calls it.
    pub id: String,
    /// Printed name.
    pub name: Text,
    /// Free text.
    pub note: Text,
    /// Whether it is marked as made up to show the software.
    pub illustrative: bool,
    /// `optimal`, `infeasible` (no plan meets the hard rules) or `unroundable` (none in whole rounding units).
    pub status: &'static str,
    /// Content hash of the run, the one of its own record.
    pub hash: String,
    /// Resolved changes against the model.
    pub differences: Vec<Difference>,
    /// One irreducible conflict of an infeasible scenario.
    pub conflict: Vec<ConflictMember>,
    /// Why there is no plan; null where there is one.
    pub reason: Option<Text>,
    /// Amount over entitlement, all together.
    pub total_coverage: Option<f64>,
    /// Fairness figures.
    pub fairness: Option<Fairness>,
    /// Outcome benefit of the exact amounts, with the scenario's own data and returns; null where its objective has none.
    pub benefit: Option<f64>,
    /// The same amounts valued with data, entitlements and returns of the scenario compared against.
    pub benefit_on_same_terms: Option<f64>,
    /// Values of the stages of the objective.
    pub stages: Vec<StageValue>,
    /// Areas that receive more than in the scenario compared against, the largest gain first.
    pub gainers: Vec<Mover>,
    /// Areas that receive less, the largest loss first.
    pub losers: Vec<Mover>,
}

/// Value of a stage.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StageValue {
    /// Kind, as in the model file.
    pub kind: &'static str,
    /// Best value in the stage's own sense.
    pub value: f64,
}

/// An area that gains or loses.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Mover {
    /// Area code.
    pub code: String,
    /// Area name.
    pub name: Text,
    /// Difference in 分.
    pub difference_fen: i64,
    /// Difference relative to the amount compared against; null where that is 0.
    pub relative: Option<f64>,
}

/// An input that differs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct InputRow {
    /// Path of the value, or cell of the data.
    pub path: String,
    /// Unit of figures; empty for values of the model.
    pub unit: String,
    /// Value in each scenario; empty text where the model leaves it to its default.
    pub values: Vec<String>,
}

/// Amounts of one group.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AmountRow {
    /// Code of the group.
    pub code: String,
    /// Printed name.
    pub name: Text,
    /// Amount in each scenario, in 分; null where it has no plan.
    pub amounts_fen: Vec<Option<i64>>,
    /// Amount less that of the scenario compared against.
    pub differences_fen: Vec<Option<i64>>,
}

/// One fund or rule.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RuleRow {
    /// Short code.
    pub id: String,
    /// `fund` or the kind of rule.
    pub kind: &'static str,
    /// Printed name.
    pub label: Text,
    /// Whether the state is not the same in all scenarios that have a plan.
    pub differs: bool,
    /// Whether the rows used up are not the same in all scenarios that have a plan.
    pub rows_differ: bool,
    /// State in each scenario; null where it has no plan.
    pub states: Vec<Option<RuleState>>,
}

/// How a fund or rule stands in one scenario.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RuleState {
    /// `binds` (a row is used up by the certified plan), `slack`, `missed` (a soft rule) or `absent`.
    pub state: &'static str,
    /// Rows used up, such as `corridor[310151101]`.
    pub rows: Vec<String>,
}

/// Code, printed name and amount in 分 of a group.
type Named = (String, Text, i64);

/// A scenario after its run.
struct Case<'a> {
    scenario: &'a Scenario,
    prepared: Prepared,
    outcome: Result<Box<(Solved, Record)>, NoPlan>,
}

struct NoPlan {
    status: &'static str,
    reason: Text,
    conflict: Vec<ConflictMember>,
}

impl Case<'_> {
    fn solved(&self) -> Option<&Solved> {
        self.outcome.as_ref().ok().map(|done| &done.0)
    }

    fn record(&self) -> Option<&Record> {
        self.outcome.as_ref().ok().map(|done| &done.1)
    }
}

/// Solves every scenario of a prepared model and lays the results side by side.
///
/// # Errors
/// Changes that do not fit (of all scenarios together), a limit, or a failure of the solver; never a scenario without plan.
pub fn compare(base: &Prepared, scenarios: &[Scenario], options: &SolveOptions) -> Result<Comparison, RunError> {
    let mut cases = Vec::new();
    let mut findings = Vec::new();
    for scenario in scenarios {
        match run::changed(base, &scenario.changes()) {
            Ok(prepared) => cases.push((scenario, prepared)),
            Err(Findings(found)) => findings.extend(found),
        }
    }
    if !findings.is_empty() {
        return Err(Findings(findings).into());
    }
    let cases: Vec<Case<'_>> =
        cases.into_iter().map(|(scenario, prepared)| case(scenario, prepared, options)).collect::<Result<_, _>>()?;
    let against = cases.iter().position(|case| case.outcome.is_ok());
    let rows = |pick: &dyn Fn(&Record) -> Vec<Named>| amount_rows(&cases, against, pick);
    let areas = rows(&|record| totals(&record.areas));
    let total = rows(&|record| totals(std::slice::from_ref(&record.total)));
    let parts = cases.iter().enumerate().map(|(at, case)| part(&cases, case, at, against, &areas)).collect();
    Ok(Comparison {
        engine: ENGINE,
        model: ModelPart::of(base),
        dataset: DataPart::of(base),
        against,
        scenarios: parts,
        inputs: inputs(&cases),
        total: total.into_iter().next().unwrap_or_else(|| AmountRow {
            code: "total".to_owned(),
            name: Phrase::new("report.total").text(),
            amounts_fen: vec![None; cases.len()],
            differences_fen: vec![None; cases.len()],
        }),
        areas,
        ecosystems: rows(&|record| totals(&record.ecosystems)),
        funds: rows(&|record| {
            record.funds.iter().map(|fund| (fund.id.clone(), fund.label.clone(), fund.spent_fen)).collect()
        }),
        cells: rows(&cells),
        rules: rules(&cases),
        attributions: Vec::new(),
        remarks: remarks(base, &cases, against),
    })
}

/// Warnings of the model, then those that a scenario alone has, then whose entitlements have moved.
fn remarks(base: &Prepared, cases: &[Case<'_>], against: Option<usize>) -> Vec<Text> {
    let both = |finding: &Finding| Text { zh: finding.render(Lang::Zh), en: finding.render(Lang::En) };
    let mut all: Vec<Text> = remark::of_inputs(base).iter().map(both).collect();
    let first = against.and_then(|at| cases.get(at)).map(|first| (first, &first.prepared.problem));
    let mut own = Vec::new();
    for case in cases {
        let name = &case.scenario.name;
        let warnings = match case.record() {
            Some(record) => record.warnings.clone(),
            None => remark::of_inputs(&case.prepared).iter().map(both).collect(),
        };
        for warning in warnings.into_iter().filter(|warning| !all.contains(warning)) {
            // A remedy stands on a line of its own elsewhere; within a sentence it follows.
            let line = Text { zh: warning.zh.replace('\n', " "), en: warning.en.replace('\n', " ") };
            own.push(Phrase::new("compare.of_scenario").with("name", name.clone()).with("text", line).text());
        }
        if let Some((first, problem)) = first.filter(|_| case.outcome.is_ok())
            && problem.frame.entitlement != case.prepared.problem.frame.entitlement
        {
            let (before, after) = (problem.entitlement.pool, case.prepared.problem.entitlement.pool);
            let code = if before == after { "compare.entitlements_other" } else { "compare.entitlements_moved" };
            let moved = Phrase::new(code).with("name", name.clone()).with("against", first.scenario.name.clone());
            let moved = if before == after { moved } else { moved.with("before", before).with("after", after) };
            own.push(moved.text());
        }
    }
    all.extend(own);
    all
}

fn case<'a>(scenario: &'a Scenario, prepared: Prepared, options: &SolveOptions) -> Result<Case<'a>, RunError> {
    let outcome = match run::solve(prepared.clone(), options, false) {
        Ok(solved) => {
            let record = record(&solved);
            Ok(Box::new((solved, record)))
        }
        Err(RunError::Infeasible(problem)) => {
            let members = conflict(&problem, options)?;
            let conflict: Vec<ConflictMember> =
                members.iter().filter_map(|member| describe(&problem, *member)).collect();
            Err(NoPlan { status: "infeasible", reason: Phrase::new("solver.infeasible").text(), conflict })
        }
        Err(RunError::Unroundable(finding, _)) => {
            Err(NoPlan { status: "unroundable", reason: finding.phrase.text(), conflict: Vec::new() })
        }
        Err(error) => return Err(error),
    };
    Ok(Case { scenario, prepared, outcome })
}

fn totals(parts: &[TotalPart]) -> Vec<Named> {
    parts.iter().map(|part| (part.code.clone(), part.name.clone(), part.amount_fen)).collect()
}

fn cells(record: &Record) -> Vec<Named> {
    let label = |id: &str| {
        let part = record.ecosystems.iter().find(|part| part.code == id);
        part.map_or_else(|| Text::same(id), |part| part.name.clone())
    };
    let cell = |cell: &crate::record::CellPart| {
        let ecosystem = label(&cell.ecosystem);
        let name = |label: &str| format!("{} {label}", cell.area_name);
        let name = Text { zh: name(&ecosystem.zh), en: name(&ecosystem.en) };
        (format!("{}/{}", cell.area, cell.ecosystem), name, cell.amount_fen)
    };
    record.cells.iter().map(cell).collect()
}

/// Groups of all scenarios together, in the order in which they first appear.
fn amount_rows(cases: &[Case<'_>], against: Option<usize>, pick: &dyn Fn(&Record) -> Vec<Named>) -> Vec<AmountRow> {
    let mut order: Vec<(String, Text)> = Vec::new();
    let mut known = BTreeSet::new();
    let mut found: Vec<Option<BTreeMap<String, i64>>> = Vec::new();
    for case in cases {
        let rows = case.record().map(pick);
        for (code, name, _) in rows.iter().flatten() {
            if known.insert(code.clone()) {
                order.push((code.clone(), name.clone()));
            }
        }
        found.push(rows.map(|rows| rows.into_iter().map(|(code, _, fen)| (code, fen)).collect()));
    }
    let row = |(code, name): (String, Text)| {
        let amounts_fen: Vec<Option<i64>> =
            found.iter().map(|rows| rows.as_ref().map(|rows| rows.get(&code).copied().unwrap_or(0))).collect();
        let first = against.and_then(|at| amounts_fen.get(at).copied().flatten());
        let differences_fen = amounts_fen.iter().map(|amount| Some((*amount)? - first?)).collect();
        AmountRow { code, name, amounts_fen, differences_fen }
    };
    order.into_iter().map(row).collect()
}

fn part(cases: &[Case<'_>], case: &Case<'_>, at: usize, against: Option<usize>, areas: &[AmountRow]) -> CasePart {
    let (status, reason, conflict) = match &case.outcome {
        Ok(_) => ("optimal", None, Vec::new()),
        Err(none) => (none.status, Some(none.reason.clone()), none.conflict.clone()),
    };
    let first = against.and_then(|first| cases.get(first)).and_then(Case::solved);
    let own = case.solved();
    let own_terms = own.and_then(|solved| terms(&solved.prepared.problem.stages));
    let (gainers, losers) = movers(areas, at, against);
    CasePart {
        id: case.scenario.id.clone(),
        name: case.scenario.name.clone(),
        note: case.scenario.note.clone(),
        illustrative: case.scenario.illustrative,
        status,
        hash: case.prepared.hash.clone(),
        differences: case.prepared.differences.clone(),
        conflict,
        reason,
        total_coverage: case.record().and_then(|record| record.total.coverage),
        fairness: own.map(|solved| fairness(&solved.prepared.problem.frame, &solved.settled.amounts)),
        benefit: own
            .zip(own_terms)
            .map(|(solved, terms)| benefit(&solved.prepared.problem.frame, &solved.settled.amounts, terms)),
        benefit_on_same_terms: own.zip(first).and_then(|(solved, first)| on_same_terms(solved, first)),
        stages: case.record().map(stages).unwrap_or_default(),
        gainers,
        losers,
    }
}

fn stages(record: &Record) -> Vec<StageValue> {
    let own = record.stages.iter().filter(|stage| !stage.kind.starts_with("tie_break"));
    own.map(|stage| StageValue { kind: stage.kind, value: stage.value }).collect()
}

/// The benefit of one scenario's amounts with another one's data and returns; `None` where their amounts are not the same ones.
fn on_same_terms(solved: &Solved, first: &Solved) -> Option<f64> {
    let (frame, yardstick) = (&solved.prepared.problem.frame, &first.prepared.problem.frame);
    let returns = terms(&first.prepared.problem.stages)?;
    (frame.amounts == yardstick.amounts).then(|| benefit(yardstick, &solved.settled.amounts, returns))
}

fn movers(areas: &[AmountRow], at: usize, against: Option<usize>) -> (Vec<Mover>, Vec<Mover>) {
    let mover = |row: &AmountRow| {
        let difference = row.differences_fen.get(at).copied().flatten()?;
        let before = row.amounts_fen.get(against?).copied().flatten()?;
        let relative = (before != 0).then(|| difference as f64 / before as f64);
        Some(Mover { code: row.code.clone(), name: row.name.clone(), difference_fen: difference, relative })
    };
    let moved: Vec<Mover> = areas.iter().filter_map(mover).filter(|mover| mover.difference_fen != 0).collect();
    let (mut gainers, mut losers): (Vec<Mover>, Vec<Mover>) =
        moved.into_iter().partition(|mover| mover.difference_fen > 0);
    gainers.sort_by_key(|mover| std::cmp::Reverse(mover.difference_fen));
    losers.sort_by_key(|mover| mover.difference_fen);
    (gainers, losers)
}

/// Inputs that some scenario changes and that are not the same in all.
fn inputs(cases: &[Case<'_>]) -> Vec<InputRow> {
    let mut rows: Vec<(String, String, String)> = Vec::new();
    let mut known = BTreeSet::new();
    for difference in cases.iter().flat_map(|case| &case.prepared.differences) {
        if known.insert(&difference.path) {
            rows.push((difference.path.clone(), difference.unit.clone(), difference.before.clone()));
        }
    }
    let after: Vec<BTreeMap<&str, &str>> = cases
        .iter()
        .map(|case| {
            let differences = &case.prepared.differences;
            // The last change of a path is what counts.
            differences.iter().map(|one| (one.path.as_str(), one.after.as_str())).collect()
        })
        .collect();
    let row = |(path, unit, before): (String, String, String)| {
        let values =
            after.iter().map(|after| after.get(path.as_str()).map_or(before.clone(), |text| (*text).to_owned()));
        let values: Vec<String> = values.collect();
        let differs = values.windows(2).any(|pair| matches!(pair, [a, b] if a != b));
        differs.then_some(InputRow { path, unit, values })
    };
    rows.into_iter().filter_map(row).collect()
}

fn rules(cases: &[Case<'_>]) -> Vec<RuleRow> {
    let mut order: Vec<(String, &'static str, Text)> = Vec::new();
    for part in cases.iter().filter_map(Case::record).flat_map(|record| &record.rules) {
        if !order.iter().any(|(id, _, _)| *id == part.id) {
            order.push((part.id.clone(), part.kind, part.label.clone()));
        }
    }
    let used: Vec<Option<BTreeMap<&str, Vec<String>>>> = cases.iter().map(|case| case.solved().map(used_up)).collect();
    let row = |(id, kind, label): (String, &'static str, Text)| {
        let state = |(case, used): (&Case<'_>, &Option<BTreeMap<&str, Vec<String>>>)| {
            let found = case.record()?.rules.iter().find(|part| part.id == id);
            let rows = used.as_ref()?.get(id.as_str()).cloned().unwrap_or_default();
            let state = match found {
                None => "absent",
                Some(part) if !part.holds => "missed",
                Some(_) if !rows.is_empty() => "binds",
                Some(_) => "slack",
            };
            Some(RuleState { state, rows })
        };
        let states: Vec<Option<RuleState>> = cases.iter().zip(&used).map(state).collect();
        let mut words = states.iter().flatten().map(|state| state.state);
        let first = words.next();
        let differs = words.any(|word| Some(word) != first);
        let mut rows = states.iter().flatten().map(|state| &state.rows);
        let first = rows.next();
        let rows_differ = rows.any(|rows| Some(rows) != first);
        RuleRow { id, kind, label, differs, rows_differ, states }
    };
    order.into_iter().map(row).collect()
}

/// Rows that the certified plan uses up, by fund or rule.
fn used_up(solved: &Solved) -> BTreeMap<&str, Vec<String>> {
    let problem = &solved.prepared.problem;
    let mut used: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (index, requirement) in solved.requirements().enumerate() {
        if active_side(solved, index).is_some() {
            used.entry(problem.id(requirement.member)).or_default().push(requirement.name.clone());
        }
    }
    used
}
