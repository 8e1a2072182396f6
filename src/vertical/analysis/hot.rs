//! Many objectives over one program, solved hot, over threads.
//!
//! Objectives are solved in blocks of a fixed size, each on a solver of its own that begins at the same basis. Which of several
//! equal optima is found depends on what a solver did before; so no answer depends on the number of threads.

use crate::lp::{ColumnId, LinearProgram};
use crate::solver::{Basis, Certified, Method, Outcome, Session, SessionError, SolveOptions, Stopped};

/// The costs of one objective.
pub(super) type Objective = Vec<(ColumnId, f64)>;

/// What was asked of each objective, in order.
type Answers<T> = Result<Vec<Result<T, Stopped>>, SessionError>;

/// Objectives solved on one solver, one after the other.
const BLOCK: usize = 16;

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
    let blocks: Vec<&[Objective]> = objectives.chunks(BLOCK).collect();
    let threads = threads.clamp(1, blocks.len().max(1));
    let solve = |block: &&[Objective]| one_by_one((program, start), block, options, read);
    // Thread k takes every block whose number leaves k.
    let mut queues: Vec<std::vec::IntoIter<Answers<T>>> = std::thread::scope(|scope| {
        let (blocks, solve) = (&blocks, &solve);
        let run = |first: usize| move || blocks.iter().skip(first).step_by(threads).map(solve).collect::<Vec<_>>();
        let others: Vec<_> = (1..threads).map(|first| scope.spawn(run(first))).collect();
        let mut queues = vec![run(0)().into_iter()];
        queues.extend(others.into_iter().map(|thread| thread.join().unwrap_or_default().into_iter()));
        queues
    });
    let mut answers = Vec::with_capacity(objectives.len());
    for block in 0..blocks.len() {
        match queues.get_mut(block % threads).and_then(Iterator::next) {
            Some(found) => answers.extend(found?),
            None => answers.push(Err(Stopped::Failed("a thread ended early".to_owned()))),
        }
    }
    Ok(answers)
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
        // Nothing that the solver learnt from another objective may tell in this one.
        session.forget(Method::Simplex)?;
        session.set_basis(start)?;
        answers.push(match session.solve() {
            Outcome::Optimal(optimum) => Ok(read(&optimum)),
            other => Err(other.into()),
        });
    }
    Ok(answers)
}
