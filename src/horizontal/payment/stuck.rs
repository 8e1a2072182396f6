//! A smallest surplus that a few are held at says nothing of the others: whether later objectives brought them down to it.

use crate::lp::LinearProgram;
use crate::solver::{Certified, Leximin, Outcome, Session, SessionError, SolveOptions, Target};

/// What was left open by the largest smallest surplus.
pub(super) struct Level {
    /// The program on its optimal face.
    pub program: LinearProgram,
    pub targets: Vec<Target>,
    /// Targets that its proof holds at the level.
    pub held: Vec<usize>,
    /// The level.
    pub ratio: f64,
    /// From a ratio of the program to 分, or to a ratio of money.
    pub scale: f64,
}

/// Whom the later objectives of a deal brought down to a level that others are held at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stuck {
    /// Parties that no plan with this smallest surplus gives more.
    pub held: Vec<usize>,
    /// Parties that end at it though they could all have at least `second`.
    pub lowered: Vec<usize>,
    /// The smallest surplus: 分, or a ratio.
    pub level: f64,
    /// What all who are not held could have at least.
    pub second: f64,
}

/// Rounds in which those held are told from those who are not.
const ROUNDS: usize = 12;

impl Level {
    /// Whether later objectives brought parties down to the level of those who are held at it.
    ///
    /// # Errors
    /// HiGHS refuses the program.
    pub fn stuck(&self, last: &Certified, options: &SolveOptions) -> Result<Option<Stuck>, SessionError> {
        let is_low = |index: usize| {
            self.targets.get(index).is_some_and(|target| {
                let above = last.column(target.column) / target.weight - self.ratio;
                above <= 1e-6 * (1.0 + self.ratio.abs())
            })
        };
        let mut held = self.held.clone();
        for _ in 0..ROUNDS {
            let open: Vec<usize> = (0..self.targets.len()).filter(|index| !held.contains(index)).collect();
            if !open.iter().any(|index| is_low(*index)) || options.is_interrupted() {
                return Ok(None);
            }
            let targets: Vec<Target> = open.iter().filter_map(|index| self.targets.get(*index).copied()).collect();
            let mut session = Session::open(self.program.clone(), options)?;
            session.keeps_a_plan();
            let leximin = Leximin::open(&mut session, targets, "above")?;
            // A remark is no reason for the deal to fail.
            let Outcome::Optimal(best) = leximin.worst(&mut session) else { return Ok(None) };
            let second = -best.objective();
            if second > self.ratio + 1e-6 * (1.0 + self.ratio.abs()) {
                let party = |index: &usize| self.targets.get(*index).map(|target| target.block);
                return Ok(Some(Stuck {
                    held: held.iter().filter_map(party).collect(),
                    lowered: open.iter().filter(|index| is_low(**index)).filter_map(party).collect(),
                    level: self.ratio * self.scale,
                    second: second * self.scale,
                }));
            }
            let more = leximin.held(&best);
            if more.is_empty() {
                return Ok(None);
            }
            held.extend(more.iter().filter_map(|index| open.get(*index).copied()));
        }
        Ok(None)
    }
}
