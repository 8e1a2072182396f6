//! A program that starts from the basis of another has the optimum that it has without, whoever finds it.

use crate::common::cases;
use crate::common::mps::Mps;
use ecocomp::lp::{ColumnId, LinearProgram, RowId};
use ecocomp::solver::{Basis, Outcome, Session, SolveOptions};
use proptest::prelude::*;

const FREE: f64 = f64::INFINITY;

/// A program with boxes, rows of one and of both sides, equations and a free column; a point within it is known.
#[derive(Debug, Clone)]
struct Drawn {
    point: Vec<i32>,
    boxes: Vec<(u32, u32)>,
    costs: Vec<i32>,
    /// Coefficients, and room below and above the activity of the point; `None` for none.
    rows: Vec<(Vec<i32>, Option<u32>, Option<u32>)>,
}

impl Drawn {
    fn program(&self) -> LinearProgram {
        let mut lp = LinearProgram::new();
        let columns = self.point.iter().zip(&self.boxes).zip(&self.costs).enumerate();
        for (at, ((point, (below, above)), cost)) in columns {
            let (lower, upper) = (point - *below as i32, point + *above as i32);
            // The first column is free.
            let (lower, upper) = if at == 0 { (-FREE, FREE) } else { (f64::from(lower), f64::from(upper)) };
            lp.add_column(format!("x{at}"), lower, upper, f64::from(*cost)).unwrap();
        }
        for (number, (coefficients, below, above)) in self.rows.iter().enumerate() {
            let activity: i32 = coefficients.iter().zip(&self.point).map(|(a, x)| a * x).sum();
            let lower = below.map_or(-FREE, |room| f64::from(activity) - f64::from(room));
            let upper = above.map_or(FREE, |room| f64::from(activity) + f64::from(room));
            let terms = coefficients.iter().enumerate().filter(|(_, a)| **a != 0);
            let terms = terms.map(|(at, a)| (ColumnId(at), f64::from(*a))).collect();
            lp.add_row(format!("r{number}"), lower, upper, terms).unwrap();
        }
        // The free column is held by a row of its own.
        lp.add_row("hold".to_owned(), -1e3, 1e3, vec![(ColumnId(0), 1.0)]).unwrap();
        lp
    }
}

fn drawn() -> impl Strategy<Value = Drawn> {
    (2_usize..14, 1_usize..12).prop_flat_map(|(columns, rows)| {
        let coefficients = prop::collection::vec(prop_oneof![2 => Just(0), 3 => -4..5], columns);
        let room = || prop::option::weighted(0.7, 0_u32..6);
        (
            prop::collection::vec(-9..10, columns),
            prop::collection::vec((0_u32..8, 0_u32..8), columns),
            prop::collection::vec(-9..10, columns),
            prop::collection::vec((coefficients, room(), room()), rows),
        )
            .prop_map(|(point, boxes, costs, rows)| Drawn { point, boxes, costs, rows })
    })
}

/// The minimum from a basis, and whether the solver was asked for it; `None` where there is none.
fn minimum(lp: &LinearProgram, start: Option<&Basis>) -> (Option<f64>, bool, Option<Basis>) {
    let mut session = Session::waiting(lp.clone(), &SolveOptions::default());
    start.into_iter().for_each(|basis| session.start_from(basis));
    match session.solve() {
        Outcome::Optimal(optimum) => (Some(optimum.objective()), session.has_solver(), session.basis().ok()),
        Outcome::Infeasible => (None, session.has_solver(), None),
        other => panic!("{other:?}"),
    }
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-6 * (1.0 + other.abs())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(300), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_optimum_is_that_of_the_program(
        drawn in drawn(),
        moves in prop::collection::vec((0_usize..14, -2_i32..3), 0..4),
        dearer in prop::option::of((0_usize..14, -3..4)),
    ) {
        let base = drawn.program();
        let (least, asked, basis) = minimum(&base, None);
        let least = least.unwrap();
        prop_assert!(asked && close(least, Mps::read(&base.to_mps("base")).minimise().unwrap()));
        let basis = basis.unwrap();
        // At its own basis the solver is not needed, and the basis stays.
        let (again, asked, same) = minimum(&base, Some(&basis));
        prop_assert!(close(again.unwrap(), least) && !asked);
        prop_assert_eq!(same, Some(basis.clone()));
        // Other sides and another cost.
        let mut other = base.clone();
        for (row, by) in moves {
            let Some((lower, upper)) = other.rows().get(row).map(|row| (row.lower, row.upper)) else { continue };
            other.set_row_bounds(RowId(row), lower + f64::from(by), upper + f64::from(by));
        }
        if let Some((column, by)) = dearer && let Some(known) = base.columns().get(column) {
            other.set_cost(ColumnId(column), known.cost + f64::from(by)).unwrap();
        }
        let (cold, hot) = (minimum(&other, None).0, minimum(&other, Some(&basis)).0);
        match (cold, hot) {
            (Some(cold), Some(hot)) => {
                prop_assert!(close(hot, cold), "{hot} {cold}");
                prop_assert!(close(hot, Mps::read(&other.to_mps("other")).minimise().unwrap()));
            }
            (cold, hot) => prop_assert_eq!(cold, hot),
        }
        // A basis of a program that has grown since, and one of another shape.
        let mut grown = base.clone();
        let column = grown.add_column("more".to_owned(), 0.0, 5.0, -1.0).unwrap();
        grown.add_row("room".to_owned(), -FREE, 3.0, vec![(column, 1.0), (ColumnId(1), 0.0)]).unwrap();
        prop_assert!(close(minimum(&grown, Some(&basis)).0.unwrap(), least - 3.0));
    }
}
