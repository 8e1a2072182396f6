//! What funds and rules demand, in the three forms in which it is used; what a change leaves alone is shared.

use std::sync::{Arc, OnceLock};

use crate::allocation::rows::{IntegerRow, TooLarge};
use crate::finding::{FindingLog, Findings};
use crate::lp::NumberRefused;
use crate::policy::{Problem, Touched};
use crate::program::Numbers;
use crate::rules::{Member, Requirement};

/// One requirement: exact, in the numbers of a linear program, and in whole numbers for rounding.
#[derive(Debug)]
pub struct Demand {
    /// The requirement.
    pub requirement: Requirement,
    numbers: OnceLock<Numbers>,
    row: OnceLock<Result<IntegerRow, TooLarge>>,
}

/// Demands of a problem, in the order of its funds and rules.
pub type Demands = Arc<Vec<Arc<Demand>>>;

impl Demand {
    fn new(requirement: Requirement) -> Arc<Self> {
        Arc::new(Self { requirement, numbers: OnceLock::new(), row: OnceLock::new() })
    }

    /// The requirement of the member called `id` in the numbers of a program without names.
    ///
    /// # Errors
    /// A number that cannot stand in a linear program.
    pub fn numbers(&self, id: &str) -> Result<&Numbers, NumberRefused> {
        if let Some(known) = self.numbers.get() {
            return Ok(known);
        }
        let numbers = Numbers::unnamed(&self.requirement, id)?;
        Ok(self.numbers.get_or_init(|| numbers))
    }

    /// The requirement in whole numbers.
    ///
    /// # Errors
    /// Numbers beyond 128 bits.
    pub fn row(&self) -> Result<&IntegerRow, TooLarge> {
        self.row.get_or_init(|| IntegerRow::of(&self.requirement)).as_ref().map_err(|error| *error)
    }
}

/// Demands of all funds and rules, soft ones included.
///
/// # Errors
/// Figures that a rule needs and the data lack.
pub fn demands(problem: &Problem) -> Result<Demands, Findings> {
    demands_beside(&Demands::default(), problem, &Touched { everything: true, ..Touched::default() })
}

/// Demands of a problem that differs from another by what was touched; what was not is shared.
///
/// # Errors
/// Figures that a touched rule needs and the data lack.
pub fn demands_beside(known: &Demands, problem: &Problem, touched: &Touched) -> Result<Demands, Findings> {
    let mut all = Vec::with_capacity(known.len());
    let mut log = FindingLog::default();
    let mut rest = known.as_slice();
    for member in problem.members() {
        let count = rest.iter().take_while(|demand| demand.requirement.member == member).count();
        let (own, behind) = rest.split_at(count);
        rest = behind;
        let holds = match member {
            _ if touched.everything => false,
            Member::Fund(_) => !touched.funds,
            Member::Rule(index) => !touched.rules.contains(&index),
        };
        if holds {
            all.extend(own.iter().cloned());
        } else {
            match problem.requirements_of(member) {
                Ok(found) => all.extend(found.into_iter().map(Demand::new)),
                Err(Findings(missing)) => log.extend(missing),
            }
        }
    }
    if log.errors() == 0 { Ok(Arc::new(all)) } else { Err(Findings(log.into_findings())) }
}
