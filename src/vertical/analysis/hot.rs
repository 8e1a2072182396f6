//! Many objectives over one program, solved hot, over threads.
//!
//! Objectives are solved in blocks of a fixed size, each on a solver of its own that begins at the same basis, so that no answer
//! depends on the number of threads. Which of several equal optima is found depends on what a solver did before: where plans
//! are asked for it forgets that, where only the value counts it goes on from the last plan.

use crate::lp::{ColumnId, LinearProgram};
use crate::solver::{Basis, Certified, Method, Outcome, Session, SessionError, SolveOptions, Stopped};

/// The costs of one objective.
pub(super) type Objective = Vec<(ColumnId, f64)>;

/// What was asked of each objective, in order.
type Answers<T> = Result<Vec<Result<T, Stopped>>, SessionError>;

/// Objectives solved on one solver, one after the other.
const BLOCK: usize = 16;
/// Sums followed on one solver.
const BLOCK_OF_SUMS: usize = 64;
/// A sum this near its bound, relative to 1 + its size, is at it: the tolerance of the solver.
const AT_BOUND: f64 = 1e-9;

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
    let solve = |block: &[Objective]| one_by_one((program, start), block, options, read);
    in_blocks(objectives, BLOCK, threads, &solve)
}

/// Least and largest sum of each set of columns, in order.
///
/// # Errors
/// HiGHS refuses the program or a change.
pub(super) fn extremes(
    (program, start): (&LinearProgram, &Basis),
    sums: &[Vec<ColumnId>],
    threads: usize,
    options: &SolveOptions,
) -> Answers<(f64, f64)> {
    let solve = |block: &[Vec<ColumnId>]| one_after_the_other((program, start), block, options);
    in_blocks(sums, BLOCK_OF_SUMS, threads, &solve)
}

/// Asks in blocks, over threads; answers stand in the order of what is asked.
fn in_blocks<Q: Sync, T: Send>(
    asked: &[Q],
    size: usize,
    threads: usize,
    solve: &(dyn Fn(&[Q]) -> Answers<T> + Sync),
) -> Answers<T> {
    let blocks: Vec<&[Q]> = asked.chunks(size).collect();
    let threads = threads.clamp(1, blocks.len().max(1));
    // Thread k takes every block whose number leaves k.
    let mut queues: Vec<std::vec::IntoIter<Answers<T>>> = std::thread::scope(|scope| {
        let blocks = &blocks;
        let run = |first: usize| {
            move || blocks.iter().skip(first).step_by(threads).map(|block| solve(block)).collect::<Vec<_>>()
        };
        let others: Vec<_> = (1..threads).map(|first| scope.spawn(run(first))).collect();
        let mut queues = vec![run(0)().into_iter()];
        queues.extend(others.into_iter().map(|thread| thread.join().unwrap_or_default().into_iter()));
        queues
    });
    let mut answers = Vec::with_capacity(asked.len());
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

/// A sum on its way: the bounds that its columns set it, and what is known of it.
struct Sum<'a> {
    columns: &'a [ColumnId],
    bounds: (f64, f64),
    least: Option<f64>,
    most: Option<f64>,
}

impl Sum<'_> {
    /// A plan at which the sum stands at one of its bounds shows that it goes as far.
    fn look(&mut self, plan: &Certified) {
        let value: f64 = self.columns.iter().map(|column| plan.column(*column)).sum();
        let (least, most) = self.bounds;
        if value <= least + AT_BOUND * (1.0 + least.abs()) {
            self.least = Some(least);
        }
        if value >= most - AT_BOUND * (1.0 + most.abs()) {
            self.most = Some(most);
        }
    }
}

fn one_after_the_other(
    (program, start): (&LinearProgram, &Basis),
    sums: &[Vec<ColumnId>],
    options: &SolveOptions,
) -> Answers<(f64, f64)> {
    let mut session = Session::open(program.clone(), options)?;
    session.changes_costs_only()?;
    session.set_basis(start)?;
    let bounds = |columns: &[ColumnId]| {
        let known = columns.iter().filter_map(|column| program.columns().get(column.0));
        known.fold((0.0, 0.0), |(least, most), column| (least + column.lower, most + column.upper))
    };
    let sums = sums.iter().map(Vec::as_slice);
    let sums = sums.map(|columns| Sum { columns, bounds: bounds(columns), least: None, most: None });
    let mut all: Vec<Sum<'_>> = sums.collect();
    let mut answers = Vec::with_capacity(all.len());
    for at in 0..all.len() {
        let mut ends = [0.0; 2];
        let mut stopped = None;
        for (end, direction) in ends.iter_mut().zip([1.0, -1.0]) {
            let Some(sum) = all.get(at) else { continue };
            if let Some(known) = if direction > 0.0 { sum.least } else { sum.most } {
                *end = known;
                continue;
            }
            let costs: Objective = sum.columns.iter().map(|column| (*column, direction)).collect();
            session.set_costs(&costs)?;
            match session.solve() {
                Outcome::Optimal(optimum) => {
                    *end = direction * optimum.objective();
                    all.iter_mut().skip(at + 1).for_each(|sum| sum.look(&optimum));
                }
                other => stopped = Some(other.into()),
            }
        }
        let [least, most] = ends;
        answers.push(stopped.map_or(Ok((least, most)), Err));
    }
    Ok(answers)
}
