//! The hard rules of several scenarios as one book: what all of them demand, and what only some do.
//!
//! A demand that is the same in every scenario stands once; one whose numbers differ is imposed for every scenario that makes it.

use std::collections::BTreeMap;

use crate::finding::Findings;
use crate::lp::refused;
use crate::lp::{ColumnId, Row};
use crate::policy::Problem;
use crate::program::{self, Program};
use crate::rules::{Frame, Member, Requirement, Variable};
use crate::run::{has_tolerance, loosened};
use crate::solver::SolveOptions;
use crate::solver::has_point;

/// Requirements that belong together (rows of a rule that share a helper, or a single row) and the scenarios that demand them.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Fund or rule id.
    pub id: String,
    /// Requirements; their member is `Rule(position of the group)`, so that helpers of different groups never meet.
    pub requirements: Vec<Requirement>,
    /// Positions of the scenarios, rising.
    pub scenarios: Vec<usize>,
    /// The requirements a rounding unit looser, where rounding may go so far.
    pub loose: Option<Vec<Requirement>>,
}

/// Requirements of a scenario that belong together, and the same looser where rounding may go so far.
type Demand = (Vec<Requirement>, Option<Vec<Requirement>>);

/// All groups, in the order in which they were first demanded.
#[derive(Debug, Clone, Default)]
pub(super) struct Rulebook {
    /// The groups.
    pub groups: Vec<Group>,
    /// Number of scenarios.
    pub scenarios: usize,
}

/// A scenario's own columns and rows, over the columns of amounts and sums; own columns count from `0` behind them.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// Helpers of rules.
    pub columns: Vec<crate::lp::Column>,
    /// Rows; positions from `base` on are own columns.
    pub rows: Vec<Row>,
    /// Number of columns of amounts and sums.
    pub base: usize,
}

impl Block {
    /// The rows with own columns placed from `first` on.
    pub fn rows_from(&self, first: usize) -> Vec<Row> {
        let moved =
            |column: ColumnId| if column.0 < self.base { column } else { ColumnId(column.0 - self.base + first) };
        let rows = self.rows.iter().map(|row| Row {
            terms: row.terms.iter().map(|(column, a)| (moved(*column), *a)).collect(),
            ..row.clone()
        });
        rows.collect()
    }
}

impl Rulebook {
    /// Collects the hard rules of the scenarios.
    ///
    /// # Errors
    /// Figures that a rule needs and the data lack.
    pub fn of(problems: &[&Problem]) -> Result<Self, Findings> {
        let mut book = Self { groups: Vec::new(), scenarios: problems.len() };
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (scenario, problem) in problems.iter().enumerate() {
            let mut of_member: BTreeMap<Member, Vec<Requirement>> = BTreeMap::new();
            for requirement in problem.requirements()? {
                if problem.penalty(requirement.member).is_none() {
                    of_member.entry(requirement.member).or_default().push(requirement);
                }
            }
            for (member, requirements) in of_member {
                let id = problem.id(member).to_owned();
                for part in parts(requirements) {
                    let known = places.entry(id.clone()).or_default();
                    let loose = |one: &Requirement| {
                        if has_tolerance(problem, one) { loosened(problem, one) } else { one.clone() }
                    };
                    let is_loose = part.iter().any(|one| has_tolerance(problem, one));
                    let loose = is_loose.then(|| part.iter().map(loose).collect());
                    book.demand(known, scenario, &id, (part, loose));
                }
            }
        }
        Ok(book)
    }

    /// Notes that a scenario demands a group; `known` are the positions of the groups of the same id.
    fn demand(&mut self, known: &mut Vec<usize>, scenario: usize, id: &str, (mut requirements, mut loose): Demand) {
        let same =
            |group: &Group| {
                group.requirements.len() == requirements.len()
                    && group.requirements.iter().zip(&requirements).all(|(a, b)| {
                        (&a.name, &a.lower, &a.upper, &a.terms) == (&b.name, &b.lower, &b.upper, &b.terms)
                    })
            };
        let found = known.iter().copied().find(|at| self.groups.get(*at).is_some_and(same));
        match found.and_then(|at| self.groups.get_mut(at)) {
            Some(group) => group.scenarios.push(scenario),
            None => {
                let member = Member::Rule(self.groups.len());
                requirements.iter_mut().chain(loose.iter_mut().flatten()).for_each(|one| one.member = member);
                known.push(self.groups.len());
                self.groups.push(Group { id: id.to_owned(), requirements, scenarios: vec![scenario], loose });
            }
        }
    }

    /// Requirements of the groups that pass, in order.
    pub fn requirements(&self, keeps: impl Fn(&Group) -> bool) -> Vec<Requirement> {
        self.groups.iter().filter(|group| keeps(group)).flat_map(|group| group.requirements.clone()).collect()
    }

    /// The same as rounding must meet them, and which are kept beyond that where it can.
    pub fn to_round(&self, keeps: impl Fn(&Group) -> bool) -> (Vec<Requirement>, Vec<Requirement>) {
        let kept = || self.groups.iter().filter(|group| keeps(group));
        let hard = kept().flat_map(|group| group.loose.as_ref().unwrap_or(&group.requirements).clone());
        let wishes = kept().filter(|group| group.loose.is_some()).flat_map(|group| group.requirements.clone());
        (hard.collect(), wishes.collect())
    }

    /// Whether every scenario demands a group.
    pub fn is_common(&self, group: &Group) -> bool {
        group.scenarios.len() == self.scenarios
    }

    /// Id of the fund or rule of a member that stands for a group.
    pub fn id(&self, member: Member) -> String {
        match member {
            Member::Fund(at) | Member::Rule(at) => {
                self.groups.get(at).map_or("soft", |group| group.id.as_str()).to_owned()
            }
        }
    }

    /// Compiles requirements of the book; `penalty` makes some of them soft.
    ///
    /// # Errors
    /// Numbers that cannot stand in a linear program.
    pub fn compile(
        &self,
        frame: &Frame,
        requirements: &[Requirement],
        penalty: &dyn Fn(Member) -> Option<f64>,
    ) -> Result<Program, Findings> {
        program::compile(frame, requirements, &|member| self.id(member), penalty).map_err(|error| refused(error).into())
    }

    /// What only this scenario (or only some with it) demands, as rows.
    ///
    /// # Errors
    /// Numbers that cannot stand in a linear program.
    pub fn block(&self, frame: &Frame, scenario: usize) -> Result<Block, Findings> {
        let own = self.requirements(|group| group.scenarios.contains(&scenario) && !self.is_common(group));
        let program = self.compile(frame, &own, &|_| None)?;
        let sums = (0..frame.dataset.cells().len())
            .filter(|cell| frame.amounts_of_cell.get(*cell).is_some_and(|amounts| amounts.len() > 1))
            .count();
        let base = frame.amounts.len() + sums;
        let (shared, columns) = program.lp.columns().split_at_checked(base).unwrap_or_default();
        let mut rows: Vec<Row> = program.lp.rows().iter().skip(sums).cloned().collect();
        for (index, column) in shared.iter().enumerate() {
            if column.lower != 0.0 || column.upper.is_finite() {
                rows.push(Row {
                    name: format!("bound[{}]", column.name),
                    lower: column.lower,
                    upper: column.upper,
                    terms: vec![(ColumnId(index), 1.0)],
                });
            }
        }
        Ok(Block { columns: columns.to_vec(), rows, base })
    }

    /// Whether any plan meets the groups that pass; `None` where a limit or failure leaves it open.
    fn feasible(
        &self,
        frame: &Frame,
        keeps: impl Fn(&Group) -> bool,
        options: &SolveOptions,
    ) -> Result<Option<bool>, Findings> {
        let program = self.compile(frame, &self.requirements(keeps), &|_| None)?;
        Ok(has_point(program.lp, options))
    }

    /// Scenarios whose rules together have no plan, none of which can be left out, and the rules at odds:
    /// (id, its scenarios among them). Empty where none was found. A deletion filter (Chinneck & Dravnieks 1991).
    ///
    /// # Errors
    /// Numbers that cannot stand in a linear program.
    pub fn conflict(&self, frame: &Frame, options: &SolveOptions) -> Result<Conflict, Findings> {
        let mut scenarios: Vec<usize> = (0..self.scenarios).collect();
        let demanded = |group: &Group, among: &[usize]| group.scenarios.iter().any(|one| among.contains(one));
        if self.feasible(frame, |group| demanded(group, &scenarios), options)? != Some(false) {
            return Ok(Conflict::default());
        }
        // Later scenarios go first: the model as written is kept where there is a choice.
        for candidate in scenarios.clone().into_iter().rev() {
            let rest: Vec<usize> = scenarios.iter().copied().filter(|one| *one != candidate).collect();
            if self.feasible(frame, |group| demanded(group, &rest), options)? == Some(false) {
                scenarios = rest;
            }
        }
        // A rule of one scenario, or of several alike, is one candidate.
        let wanted = |group: &Group| -> (String, Vec<usize>) {
            let own = group.scenarios.iter().copied().filter(|one| scenarios.contains(one)).collect();
            (group.id.clone(), own)
        };
        let mut kept: Vec<(String, Vec<usize>)> = Vec::new();
        for group in self.groups.iter().filter(|group| demanded(group, &scenarios)) {
            let key = wanted(group);
            if !kept.contains(&key) {
                kept.push(key);
            }
        }
        for candidate in kept.clone().into_iter().rev() {
            let rest: Vec<(String, Vec<usize>)> = kept.iter().filter(|key| **key != candidate).cloned().collect();
            if self.feasible(frame, |group| rest.contains(&wanted(group)), options)? == Some(false) {
                kept = rest;
            }
        }
        Ok(Conflict { scenarios, rules: kept })
    }
}

/// An irreducible conflict between scenarios.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conflict {
    /// Positions of the scenarios.
    pub scenarios: Vec<usize>,
    /// Fund or rule ids, each with the positions of the scenarios in which it makes this demand.
    pub rules: Vec<(String, Vec<usize>)>,
}

/// Single rows; all rows together where a rule has helpers, which tie them.
fn parts(requirements: Vec<Requirement>) -> Vec<Vec<Requirement>> {
    let tied = requirements
        .iter()
        .any(|requirement| requirement.terms.iter().any(|(variable, _)| matches!(variable, Variable::Helper(_))));
    if tied { vec![requirements] } else { requirements.into_iter().map(|one| vec![one]).collect() }
}
