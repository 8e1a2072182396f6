//! From the program of all scenarios to one exact plan.

use sha2::{Digest, Sha256};

use crate::allocation::rows::{self, IntegerRow};
use crate::allocation::{Effort, SettleError, SettleRequest, Settled, settle};
use crate::analysis::robust::answer::{
    BudgetPart, CellPart, EcosystemPart, ExposedPart, GuaranteePart, InformationPart, KeptPart, LadderPart, PricePart,
    RobustPlan, ScenarioPart,
};
use crate::analysis::robust::assembly::{Assembly, stopped};
use crate::analysis::robust::rulebook::Group;
use crate::analysis::robust::{Method, Question, RobustError};
use crate::dataset::{CellId, hex};
use crate::document::ENGINE;
use crate::finding::{Finding, Place};
use crate::phrases::Text;
use crate::program::{self, Program, Stage, StageRun, Stages};
use crate::record::{FundAmount, RoundingPart};
use crate::remark;
use crate::run::{Prepared, broken, violations};
use crate::solver::SolveOptions;
use crate::solver::stochastic::{Criterion, Face, Scenario, StochasticError, TwoStage, worst_loss};
use crate::units::{FEN_PER_WAN, Money};

/// Finds the plan that a method asks for.
///
/// # Errors
/// Wrong parameters or scenarios, rules at odds, no exact amounts, limits and failures.
pub fn robust(question: &Question<'_>, options: &SolveOptions) -> Result<RobustPlan, RobustError> {
    check(question)?;
    let assembly = Assembly::build(question, options)?;
    Solver { question, assembly, options }.answer()
}

/// Parameters that no linear program would refuse.
fn check(question: &Question<'_>) -> Result<(), RobustError> {
    if let Method::Budgeted { deviations, gamma } = &question.method {
        if !(gamma.is_finite() && *gamma >= 0.0) {
            return Err(stopped(StochasticError::Budget(*gamma), question));
        }
        if let Some(wrong) = deviations.iter().find(|fall| !(0.0..=1.0).contains(*fall)) {
            let finding = Finding::error("robust.deviation", Place::file("--deviation"));
            return Err(finding.with("value", wrong.to_string()).into());
        }
    }
    let factors = question.draws.iter().flat_map(|draw| &draw.factors);
    match factors.copied().find(|factor| !(factor.is_finite() && *factor >= 0.0)) {
        Some(wrong) => Err(Finding::error("robust.factor", Place::default()).with("value", wrong.to_string()).into()),
        None => Ok(()),
    }
}

struct Solver<'a> {
    question: &'a Question<'a>,
    assembly: Assembly,
    options: &'a SolveOptions,
}

/// A plan before and after rounding.
struct Exact {
    before: Vec<f64>,
    settled: Settled,
    unfinished: bool,
    /// Bounds that are missed within the tolerance of rounding.
    within: usize,
}

impl Solver<'_> {
    fn answer(&self) -> Result<RobustPlan, RobustError> {
        let problem = &self.question.base.problem;
        let nominal_face = self.ask(self.only_base()?.face(Criterion::Expected, self.options))?;
        let face = self.face()?;
        let lawful = self.ask(self.all_on_base()?.face(Criterion::Expected, self.options))?.objective;
        let plan = self.exact(&face, |_| true)?;
        let nominal = self.exact(&nominal_face, |group| group.scenarios.contains(&0))?;
        let own = self.ask(self.assembly.two.own_optima(self.options))?;
        let sense = self.sense();
        let nominal_optimum = sense * nominal_face.objective;
        let value = self.value(0, &self.sums(&plan.before));
        let loss = sense * (value - nominal_optimum);
        let guarantee = |plan: &Exact| self.guaranteed(&self.exact_sums(plan), &own);
        let is_regret = matches!(self.question.method, Method::Regret { .. });
        Ok(RobustPlan {
            status: "optimal",
            engine: ENGINE,
            hash: self.hash(),
            model: self.question.base.problem.head.name.clone(),
            area_label: self.question.base.problem.head.area_label.clone(),
            method: self.question.method.word(),
            alpha: match self.question.method {
                Method::ConditionalValueAtRisk { alpha } => Some(alpha),
                _ => None,
            },
            relative: match self.question.method {
                Method::Regret { relative } => Some(relative),
                _ => None,
            },
            objective: self.assembly.stage.kind(),
            maximises: self.assembly.stage.maximises(),
            kept: self.kept(),
            guarantee: GuaranteePart {
                certified: if is_regret { face.objective } else { sense * face.objective },
                exact: guarantee(&plan),
                nominal_plan: guarantee(&nominal),
            },
            price: PricePart {
                nominal_optimum,
                optimum_under_all_rules: sense * lawful,
                value,
                loss,
                relative: relative(loss, nominal_optimum),
            },
            scenarios: self.scenarios(&plan, &nominal, &own),
            information: match self.question.method {
                Method::Budgeted { .. } => None,
                _ => Some(self.information(&own)?),
            },
            budget: match &self.question.method {
                Method::Budgeted { gamma, deviations } => {
                    Some(self.budget(*gamma, deviations, &plan, &nominal_face)?)
                }
                _ => None,
            },
            ecosystems: self.ecosystems(),
            cells: self.cells(&plan, &nominal),
            rounding: RoundingPart {
                unit_fen: problem.head.rounding.fen(),
                largest_shift_fen: self.largest_shift(&plan),
                by_integer_program: plan.settled.by_integer_program,
                tolerance_fen: problem.head.tolerance.then(|| problem.head.rounding.fen()),
            },
            within_tolerance: problem.head.tolerance.then_some(plan.within),
            certificate: face.certificate,
            unfinished: plan.unfinished,
            warnings: remark::of_model(self.question.base),
        })
    }

    /// −1 where a larger value is better: costs are minimised.
    fn sense(&self) -> f64 {
        if self.assembly.stage.maximises() { -1.0 } else { 1.0 }
    }

    fn ask<T>(&self, answer: Result<T, StochasticError>) -> Result<T, RobustError> {
        answer.or_else(|error| {
            Err(match error {
                StochasticError::Infeasible | StochasticError::ScenarioInfeasible(_) => {
                    self.question.at_odds(&self.assembly.book, self.options)?
                }
                other => stopped(other, self.question),
            })
        })
    }

    /// The model as written alone, under its own rules.
    fn only_base(&self) -> Result<TwoStage, RobustError> {
        let base = self.assembly.two.scenarios().iter().take(1);
        let base = base.map(|base| Scenario { weight: 1.0, ..base.clone() }).collect();
        self.ask(self.assembly.two.with_scenarios(base))
    }

    /// All scenarios, with all the weight on the model as written.
    fn all_on_base(&self) -> Result<TwoStage, RobustError> {
        let scenarios = self.assembly.two.scenarios().iter().enumerate();
        let weighed =
            scenarios.map(|(index, one)| Scenario { weight: if index == 0 { 1.0 } else { 0.0 }, ..one.clone() });
        self.ask(self.assembly.two.with_scenarios(weighed.collect()))
    }

    fn face(&self) -> Result<Face, RobustError> {
        let criterion = match &self.question.method {
            Method::Expected => Criterion::Expected,
            Method::MaxMin => Criterion::WorstCase,
            Method::Regret { relative } => Criterion::Regret { relative: *relative },
            Method::ConditionalValueAtRisk { alpha } => Criterion::ConditionalValueAtRisk { alpha: *alpha },
            Method::Budgeted { gamma, deviations } => return self.budgeted(*gamma, deviations),
        };
        self.ask(self.assembly.two.face(criterion, self.options))
    }

    fn budgeted(&self, gamma: f64, deviations: &[f64]) -> Result<Face, RobustError> {
        if !matches!(self.assembly.stage, Stage::MaxOutcomeBenefit { .. }) {
            let place = Place::file("--method budgeted");
            let finding = Finding::error("robust.budgeted_needs_benefit", place);
            return Err(finding.with("stage", self.assembly.stage.kind()).into());
        }
        let worth = self.assembly.outlooks.first().map(|outlook| outlook.worth.as_slice()).unwrap_or_default();
        let fall = |cell: usize| Some(deviations.get(cell)? * worth.get(cell)?);
        let falls = self.assembly.gains.iter().filter_map(|(cell, column)| Some((*column, fall(*cell)?)));
        let falls: Vec<_> = falls.collect();
        self.ask(self.all_on_base()?.budgeted(&falls, gamma, self.options))
    }

    /// Narrows the best plans to one by the tie-breaks of every run, and rounds it under the hard rules that pass.
    fn exact(&self, face: &Face, keeps: impl Fn(&Group) -> bool) -> Result<Exact, RobustError> {
        let program = Program {
            lp: face.program.clone(),
            helpers: std::collections::BTreeMap::new(),
            seats: Vec::new(),
            misses: Vec::new(),
            ..self.assembly.program.clone()
        };
        let problem = &self.question.base.problem;
        let request = Stages::new(&problem.frame, &[]);
        let (before, unfinished) = match program::run(&program, &request, self.options)? {
            StageRun::Done(plan) => (plan.amounts, plan.unfinished.is_some()),
            // Nothing was left to choose.
            StageRun::Failed(_, why) if why == "no stage" => (face.plan.clone(), false),
            StageRun::Limit(limit, _) => return Err(stopped(StochasticError::Limit(limit), self.question)),
            StageRun::Failed(..) | StageRun::Infeasible | StageRun::Unbounded(_) => (face.plan.clone(), true),
        };
        let (requirements, wishes) = self.assembly.book.to_round(keeps);
        let row = |requirement| {
            IntegerRow::of(requirement).map_err(|error| error.finding(&self.assembly.book.id(requirement.member)))
        };
        let rows: Vec<IntegerRow> = requirements.iter().map(row).collect::<Result<_, _>>()?;
        let wishes: Vec<IntegerRow> = wishes.iter().map(row).collect::<Result<_, _>>()?;
        let request = SettleRequest {
            amounts: &before,
            hard: &rows.iter().collect::<Vec<_>>(),
            wishes: &wishes.iter().collect::<Vec<_>>(),
            unit: problem.head.rounding,
            seconds: self.options.time_limit_seconds,
            interrupt: self.options.interrupt.as_ref(),
            effort: Effort::Thorough,
        };
        let whose = |at: usize| requirements.get(at).map_or_else(String::new, |one| self.assembly.book.id(one.member));
        let settled = settle(&request).map_err(|error| match error {
            SettleError::NoRounding { .. } => RobustError::Infeasible(error.finding(&whose)),
            SettleError::Interrupted => RobustError::Limit(error.finding(&whose)),
            SettleError::BadAmount(_) => error.finding(&whose).into(),
        })?;
        let amounts: Vec<i64> = settled.amounts.iter().map(|amount| amount.fen()).collect();
        let within = rows::broken(&wishes.iter().collect::<Vec<_>>(), &amounts).len();
        Ok(Exact { before, settled, unfinished, within })
    }

    /// Sums of cells, in 万元.
    fn sums(&self, amounts: &[f64]) -> Vec<f64> {
        let frame = &self.question.base.problem.frame;
        let sum = |cell: CellId| frame.amounts_of(cell).iter().filter_map(|id| amounts.get(id.0)).sum();
        frame.cells().map(sum).collect()
    }

    /// Largest distance of a cell's amount from the certified one, in 分.
    fn largest_shift(&self, plan: &Exact) -> i64 {
        let (before, exact) = (self.sums(&plan.before), self.exact_sums(plan));
        let shifts = before.iter().zip(&exact).map(|(before, exact)| (before - exact).abs() * FEN_PER_WAN as f64);
        shifts.fold(0.0, f64::max).round() as i64
    }

    fn exact_sums(&self, plan: &Exact) -> Vec<f64> {
        let frame = &self.question.base.problem.frame;
        frame.cells().map(|cell| frame.received(cell, &plan.settled.amounts).to_wan()).collect()
    }

    /// Value of sums of cells in a scenario, in the objective's own sense.
    fn value(&self, scenario: usize, sums: &[f64]) -> f64 {
        let Assembly { stage, movable, outlooks, .. } = &self.assembly;
        outlooks.get(scenario).map_or(0.0, |outlook| outlook.value(stage, sums, movable))
    }

    /// The method's measure of given sums, by formula.
    fn guaranteed(&self, sums: &[f64], own: &[f64]) -> f64 {
        let sense = self.sense();
        let counted: Vec<(f64, f64, f64)> = (self.assembly.two.scenarios().iter().zip(own).enumerate())
            .filter(|(_, (scenario, _))| scenario.weight > 0.0)
            .map(|(at, (scenario, own))| (sense * self.value(at, sums), self.assembly.two.probability(scenario), *own))
            .collect();
        let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, f64::max);
        match &self.question.method {
            Method::Expected => sense * counted.iter().map(|(cost, share, _)| cost * share).sum::<f64>(),
            Method::MaxMin => sense * largest(&mut counted.iter().map(|(cost, ..)| *cost)),
            Method::Regret { relative } => {
                let size = |own: f64| if *relative { own.abs() } else { 1.0 };
                largest(&mut counted.iter().map(|(cost, _, own)| (cost - own) / size(*own)))
            }
            Method::ConditionalValueAtRisk { alpha } => sense * worst_tail(&counted, *alpha),
            Method::Budgeted { gamma, deviations } => {
                self.value(0, sums) - worst_loss(&self.losses(deviations, sums), *gamma)
            }
        }
    }

    /// What each cell loses where its value falls fully.
    fn losses(&self, deviations: &[f64], sums: &[f64]) -> Vec<f64> {
        let Stage::MaxOutcomeBenefit { returns, .. } = &self.assembly.stage else { return Vec::new() };
        let Some(outlook) = self.assembly.outlooks.first() else { return Vec::new() };
        let gains = outlook.returns(returns, sums);
        let parts = gains.iter().zip(&outlook.worth).zip(deviations);
        parts.map(|((gained, worth), fall)| gained * worth * fall).collect()
    }

    fn kept(&self) -> Vec<KeptPart> {
        let value = |stage: &Stage, minimised: f64| if stage.maximises() { -minimised } else { minimised };
        let part = |(stage, minimised): &(Stage, f64)| KeptPart {
            kind: stage.kind(),
            value: value(stage, *minimised),
            slack: stage.slack(),
        };
        self.assembly.kept.iter().map(part).collect()
    }

    fn scenarios(&self, plan: &Exact, nominal: &Exact, own: &[f64]) -> Vec<ScenarioPart> {
        let (sums, nominal_sums, sense) = (self.exact_sums(plan), self.exact_sums(nominal), self.sense());
        let part = |(index, (scenario, own)): (usize, (&Scenario, &f64))| {
            let changed: Option<&Prepared> =
                index.checked_sub(1).and_then(|at| self.question.cases.get(at)).map(|case| &case.prepared);
            let breaks = |prepared: &Prepared| -> Vec<String> {
                let problem = &prepared.problem;
                let violations = violations(problem, &nominal.settled.amounts);
                broken(problem, &violations).map(|member| problem.id(member).to_owned()).collect()
            };
            let known = self.question.base.differences.len();
            let robust_plan = self.value(index, &sums);
            let regret = sense * robust_plan - own;
            ScenarioPart {
                name: scenario.name.clone(),
                weight: self.assembly.two.probability(scenario),
                differences: changed
                    .map(|changed| changed.differences.iter().skip(known).cloned().collect())
                    .unwrap_or_default(),
                own_optimum: sense * own,
                nominal_plan: self.value(index, &nominal_sums),
                nominal_breaks: changed.map(breaks).unwrap_or_default(),
                robust_plan,
                regret,
                relative_regret: relative(regret, *own),
            }
        };
        self.assembly.two.scenarios().iter().zip(own).enumerate().map(part).collect()
    }

    /// EVPI and VSS; the mean plan obeys the rules of all scenarios, as every plan here must.
    fn information(&self, own: &[f64]) -> Result<InformationPart, RobustError> {
        let (two, sense) = (&self.assembly.two, self.sense());
        let shares: Vec<f64> = two.scenarios().iter().map(|scenario| two.probability(scenario)).collect();
        let wait: f64 = own.iter().zip(&shares).map(|(own, share)| own * share).sum();
        let here = self.ask(two.face(Criterion::Expected, self.options))?.objective;
        let alike = two.scenarios().iter().enumerate().map(|(index, one)| Scenario {
            weight: if index == 0 { 1.0 } else { 0.0 },
            costs: self.assembly.mean_costs.clone(),
            ..one.clone()
        });
        let mean = self.ask(self.ask(two.with_scenarios(alike.collect()))?.face(Criterion::Expected, self.options))?;
        let sums = self.sums(&mean.plan);
        let expected: f64 = shares.iter().enumerate().map(|(at, share)| share * sense * self.value(at, &sums)).sum();
        Ok(InformationPart {
            wait_and_see: sense * wait,
            here_and_now: sense * here,
            expected_of_mean_plan: sense * expected,
            perfect_information: here - wait,
            stochastic_solution: expected - here,
        })
    }

    fn budget(&self, gamma: f64, deviations: &[f64], plan: &Exact, nominal: &Face) -> Result<BudgetPart, RobustError> {
        let frame = &self.question.base.problem.frame;
        let losses = self.losses(deviations, &self.exact_sums(plan));
        let able = self.assembly.gains.iter().filter(|(cell, _)| deviations.get(*cell).is_some_and(|fall| *fall > 0.0));
        let cells = able.count();
        let mut order: Vec<(usize, f64)> = losses.iter().copied().enumerate().filter(|(_, loss)| *loss > 0.0).collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let exposed = order.iter().enumerate().map(|(rank, (cell, loss))| ExposedPart {
            cell: frame.cell_code(CellId(*cell)),
            loss: *loss,
            share: (gamma - rank as f64).clamp(0.0, 1.0),
        });
        let nominal_sums = self.sums(&nominal.plan);
        let nominal_losses = self.losses(deviations, &nominal_sums);
        let mut ladder = Vec::new();
        for step in steps(gamma, cells) {
            let face = self.budgeted(step, deviations)?;
            ladder.push(LadderPart {
                gamma: step,
                guarantee: -face.objective,
                nominal_plan: self.value(0, &nominal_sums) - worst_loss(&nominal_losses, step),
                price: -nominal.objective - self.value(0, &self.sums(&face.plan)),
            });
        }
        Ok(BudgetPart {
            gamma,
            cells,
            below_with_probability_at_most: (-gamma * gamma / (2.0 * cells.max(1) as f64)).exp(),
            ladder,
            exposed: exposed.filter(|part| part.share > 0.0).collect(),
        })
    }

    fn ecosystems(&self) -> Vec<EcosystemPart> {
        let part = |(code, name): &(String, Text)| EcosystemPart { code: code.clone(), name: name.clone() };
        self.question.base.problem.frame.ecosystems.iter().map(part).collect()
    }

    fn cells(&self, plan: &Exact, nominal: &Exact) -> Vec<CellPart> {
        let frame = &self.question.base.problem.frame;
        let part = |cell: CellId| {
            let found = frame.dataset.cells().get(cell.0)?;
            let area = frame.dataset.areas().get(found.area.0)?;
            let by_fund = frame.amounts_of(cell).iter().filter_map(|id| {
                let fund = frame.funds.get(frame.amounts.get(id.0)?.fund)?;
                let amount: &Money = plan.settled.amounts.get(id.0)?;
                Some(FundAmount { fund: fund.id.clone(), amount_fen: amount.fen() })
            });
            Some(CellPart {
                area: area.code.clone(),
                area_name: area.name.clone(),
                ecosystem: found.ecosystem.clone(),
                amount_fen: frame.received(cell, &plan.settled.amounts).fen(),
                by_fund: by_fund.collect(),
                nominal_fen: frame.received(cell, &nominal.settled.amounts).fen(),
            })
        };
        frame.cells().filter_map(part).collect()
    }

    fn hash(&self) -> String {
        let Question { base, base_weight, cases, draws, objective, method } = self.question;
        let mut text = format!("{}\n{base_weight}\n{objective:?}\n{method:?}\n", base.hash);
        for case in *cases {
            text.push_str(&format!("{} {} {}\n", case.name, case.weight, case.prepared.hash));
        }
        for draw in *draws {
            text.push_str(&format!("{draw:?}\n"));
        }
        hex(&Sha256::digest(text.as_bytes()))
    }
}

/// Mean of the worst 1 − α of the weight of (cost, share, own optimum).
fn worst_tail(counted: &[(f64, f64, f64)], alpha: f64) -> f64 {
    let mut falling = counted.to_vec();
    falling.sort_by(|a, b| b.0.total_cmp(&a.0));
    let whole = 1.0 - alpha;
    if whole <= 0.0 {
        return falling.first().map_or(0.0, |(cost, ..)| *cost);
    }
    let (mut left, mut sum) = (whole, 0.0);
    for (cost, share, _) in falling {
        let part = share.min(left);
        sum += part * cost;
        left -= part;
    }
    sum / whole
}

/// Budgets worth looking at: a ladder up to all cells, and the one asked for.
fn steps(gamma: f64, cells: usize) -> Vec<f64> {
    let all = cells as f64;
    let mut steps: Vec<f64> = [0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]
        .into_iter()
        .filter(|step| *step < all)
        .chain([all, gamma.min(all)])
        .collect();
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    steps
}

fn relative(part: f64, whole: f64) -> Option<f64> {
    (whole.abs() > 1e-12).then(|| part / whole.abs())
}
