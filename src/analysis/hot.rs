//! Many objectives over one program, each solved hot from the same basis, over threads.
//!
//! Every solve starts from the same basis, so that its answer does not depend on who solved what before it.

use crate::lp::{ColumnId, LinearProgram};
use crate::solver::{Basis, Certified, Outcome, Session, SessionError, SolveOptions, Stopped};

/// The costs of one objective.
pub(super) type Objective = Vec<(ColumnId, f64)>;

/// What was asked of each objective, in order.
type Answers<T> = Result<Vec<Result<T, Stopped>>, SessionError>;

/// Minimises each objective and reads its optimum; answers stand in the order of the objectives.
///
/// # Errors
/// HiGHS refuses the program or a change.
pub(super) fn solve_each<T: Send>(
    (program, start): (&LinearProgram, &Basis),
    objectives: &[Objective],
    threads: usize,
    options: &SolveOptions,
    read: &(dyn Fn(&Certified) -> T + Sync),
) -> Answers<T> {
    let threads = threads.clamp(1, objectives.len().max(1));
    let share = objectives.len().div_ceil(threads).max(1);
    if threads == 1 {
        return one_by_one((program, start), objectives, options, read);
    }
    std::thread::scope(|scope| {
        let parts: Vec<_> = objectives
            .chunks(share)
            .map(|part| scope.spawn(move || one_by_one((program, start), part, options, read)))
            .collect();
        let mut answers = Vec::with_capacity(objectives.len());
        for part in parts {
            match part.join() {
                Ok(found) => answers.extend(found?),
                Err(_) => answers.push(Err(Stopped::Failed("a thread ended early".to_owned()))),
            }
        }
        Ok(answers)
    })
}

fn one_by_one<T>(
    (program, start): (&LinearProgram, &Basis),
    objectives: &[Objective],
    options: &SolveOptions,
    read: &(dyn Fn(&Certified) -> T + Sync),
) -> Answers<T> {
    let mut session = Session::open(program.clone(), options)?;
    session.keeps_a_plan();
    let mut answers = Vec::with_capacity(objectives.len());
    for objective in objectives {
        session.set_costs(objective)?;
        session.set_basis(start)?;
        answers.push(match session.solve() {
            Outcome::Optimal(optimum) => Ok(read(&optimum)),
            other => Err(other.into()),
        });
    }
    Ok(answers)
}
