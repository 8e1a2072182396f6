//! Shown figures that add up: money in 万元 with two decimals, where what is printed above a total comes to the printed total.
//!
//! A total is the exact one, rounded. Its parts are rounded down or up to the next figure that can be shown, by largest remainder; a
//! table with totals of rows and of columns is rounded so that both add up, as near to the exact figures as that allows.

/// 分 in the last figure that is shown: 0.01 万元.
const STEP: i64 = 10_000;

/// How much nearer a total is kept to its exact figure than a part.
const TOTALS: i64 = 8;

/// What it is worth to keep a total that is shown already: more than any way of rounding brings.
const GIVEN: i64 = 1 << 40;

/// The nearest amount that two decimals of 万元 show, half away from zero, as [`crate::units::Money::wan`] prints it.
pub fn nearest(fen: i64) -> i64 {
    let size = i128::from(fen.unsigned_abs());
    let shown = (size + i128::from(STEP) / 2) / i128::from(STEP) * i128::from(STEP);
    i64::try_from(shown).unwrap_or(i64::MAX / STEP * STEP) * fen.signum()
}

/// Parts as they are shown above their sum: multiples of what is shown whose sum is the sum as it is shown.
pub fn parts(exact: &[i64]) -> Vec<i64> {
    beside(exact, &[])
}

/// As [`parts`], and what is the same as in figures shown `beside` is shown the same where that can be.
pub fn beside(exact: &[i64], beside: &[(i64, i64)]) -> Vec<i64> {
    let floor = |fen: &i64| fen.div_euclid(STEP);
    let total = nearest(exact.iter().sum()) / STEP;
    let mut missing = total - exact.iter().map(floor).sum::<i64>();
    // Larger remainders first; before them what stands beside rounded up, behind them what stands there rounded down.
    let rank = |(at, fen): (usize, &i64)| {
        let same = beside.get(at).filter(|(known, _)| known == fen).map(|(known, shown)| shown > known);
        (
            match same {
                Some(true) => 0,
                None => 1,
                Some(false) => 2,
            },
            -fen.rem_euclid(STEP),
            at,
        )
    };
    let mut order: Vec<_> = exact.iter().enumerate().filter(|(_, fen)| fen.rem_euclid(STEP) > 0).map(rank).collect();
    order.sort_unstable();
    let mut shown: Vec<i64> = exact.iter().map(|fen| floor(fen) * STEP).collect();
    for (_, _, at) in order {
        if missing <= 0 {
            break;
        }
        if let Some(part) = shown.get_mut(at) {
            *part += STEP;
            missing -= 1;
        }
    }
    shown
}

/// Binary numbers as whole ones whose sum is this, or as near as rounding each down or up comes: by largest remainder.
pub fn whole(exact: &[f64], sum: i64) -> Vec<i64> {
    // A float turns into the nearest whole number, saturating; what lies within a millionth of one is that one.
    let floor = |value: &f64| (value + 1e-6).floor() as i64;
    let mut whole: Vec<i64> = exact.iter().map(floor).collect();
    let missing = usize::try_from(sum - whole.iter().sum::<i64>()).unwrap_or(0);
    let mut order: Vec<(usize, f64)> = exact
        .iter()
        .enumerate()
        .map(|(at, value)| (at, value - floor(value) as f64))
        .filter(|(_, rest)| *rest > 1e-6)
        .collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    for (at, _) in order.into_iter().take(missing) {
        whole.get_mut(at).into_iter().for_each(|part| *part += 1);
    }
    whole
}

/// A table as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Figures by row and column; none where the table has none.
    pub cells: Vec<Vec<Option<i64>>>,
    /// Totals of the rows.
    pub rows: Vec<i64>,
    /// Totals of the columns.
    pub columns: Vec<i64>,
    /// The whole.
    pub total: i64,
}

/// A line of figures of which some are rounded up: a row, or the totals of the columns. Its last place is the total of the row.
struct Line {
    /// What rounding up brings; none for what is exact.
    gains: Vec<Option<i64>>,
    /// What is marked: a part that is rounded up, a total that is not.
    marked: Vec<bool>,
}

impl Line {
    /// Marks so many, those first that bring most.
    fn new(gains: Vec<Option<i64>>, count: i64) -> Self {
        let mut order: Vec<(i64, usize)> =
            gains.iter().enumerate().filter_map(|(at, gain)| gain.map(|gain| (-gain, at))).collect();
        order.sort_unstable();
        let mut marked = vec![false; gains.len()];
        for (_, at) in order.into_iter().take(usize::try_from(count).unwrap_or(0)) {
            marked.get_mut(at).into_iter().for_each(|mark| *mark = true);
        }
        Self { gains, marked }
    }

    fn is_marked(&self, at: usize) -> bool {
        self.marked.get(at).copied().unwrap_or(false)
    }

    /// What it brings to move a mark.
    fn moved(&self, from: usize, to: usize) -> Option<i64> {
        let gain = |at: usize| self.gains.get(at).copied().flatten();
        (self.is_marked(from) && !self.is_marked(to)).then_some(())?;
        Some(gain(to)? - gain(from)?)
    }
}

/// A table of additive figures as it is shown, with the totals of `width` columns.
pub fn table(exact: &[Vec<Option<i64>>], width: usize) -> Shown {
    above(exact, width, None)
}

/// As [`table`], above totals of columns that are shown already.
///
/// Every row has as many marks as its total needs; marks are moved from columns that have too many to such as have too few, along
/// the ways that bring most, so that the outcome is as near to the exact figures as any.
pub fn above(exact: &[Vec<Option<i64>>], width: usize, given: Option<&[i64]>) -> Shown {
    let at = |row: &Vec<Option<i64>>, column: usize| row.get(column).copied().flatten().unwrap_or(0);
    let row_sums: Vec<i64> = exact.iter().map(|row| (0..width).map(|column| at(row, column)).sum()).collect();
    let column_sums: Vec<i64> = (0..width).map(|column| exact.iter().map(|row| at(row, column)).sum()).collect();
    let total = nearest(row_sums.iter().sum());
    let rest = |fen: i64| fen.rem_euclid(STEP);
    let gain = |fen: i64| (rest(fen) > 0).then(|| 2 * rest(fen) - STEP);
    // A total that is rounded down bears the mark, so that parts and total of a line together have a fixed number.
    let kept = |fen: i64| gain(fen).map(|gain| -gain * TOTALS);
    let inexact = |sums: &[i64]| i64::try_from(sums.iter().filter(|sum| rest(**sum) > 0).count()).unwrap_or(0);
    let raised = |sums: &[i64]| total / STEP - sums.iter().map(|sum| sum.div_euclid(STEP)).sum::<i64>();
    let marks = |rests: i64, sum: i64| rests / STEP + i64::from(rest(sum) > 0);
    let mut lines: Vec<Line> = Vec::new();
    for (row, sum) in exact.iter().zip(&row_sums) {
        let rests = (0..width).map(|column| rest(at(row, column))).sum();
        let gains = (0..width).map(|column| gain(at(row, column))).chain([kept(*sum)]).collect();
        lines.push(Line::new(gains, marks(rests, *sum)));
    }
    let fixed = |column: usize, sum: i64| {
        let shown = given?.get(column)?;
        kept(sum).map(|_| if *shown > sum { -GIVEN } else { GIVEN })
    };
    let gains = column_sums.iter().enumerate().map(|(column, sum)| fixed(column, *sum).or(kept(*sum)));
    let gains = gains.chain([None]).collect();
    lines.push(Line::new(gains, inexact(&column_sums) - raised(&column_sums)));
    let mut wanted: Vec<i64> = Vec::new();
    for (column, sum) in column_sums.iter().enumerate() {
        wanted.push(marks(exact.iter().map(|row| rest(at(row, column))).sum(), *sum));
    }
    wanted.push(inexact(&row_sums) - raised(&row_sums));
    balance(&mut lines, &wanted);
    let shown = |fen: i64, up: bool| (fen.div_euclid(STEP) + i64::from(up && rest(fen) > 0)) * STEP;
    let cells = exact.iter().zip(&lines).map(|(row, line)| {
        (0..width)
            .map(|column| row.get(column).copied().flatten().map(|fen| shown(fen, line.is_marked(column))))
            .collect()
    });
    let rows = row_sums.iter().zip(&lines).map(|(sum, line)| shown(*sum, !line.is_marked(width)));
    let last = lines.last();
    let columns = column_sums
        .iter()
        .enumerate()
        .map(|(column, sum)| shown(*sum, !last.is_some_and(|line| line.is_marked(column))));
    Shown { cells: cells.collect(), rows: rows.collect(), columns: columns.collect(), total }
}

/// A step of a way: the line that moves a mark to the column before, and the column that it comes from.
#[derive(Clone, Copy)]
struct Step {
    line: usize,
    from: usize,
}

/// Moves marks until every column has as many as it needs.
fn balance(lines: &mut [Line], wanted: &[i64]) {
    let count = wanted.len();
    let surplus = |lines: &[Line]| -> Vec<i64> {
        let marks = |column| lines.iter().filter(|line| line.is_marked(column)).count();
        let one = |(column, wanted): (usize, &i64)| i64::try_from(marks(column)).unwrap_or(0) - wanted;
        wanted.iter().enumerate().map(one).collect()
    };
    let mut over = surplus(lines);
    while over.iter().any(|over| *over > 0) {
        // The best move of a mark between two columns, whichever line makes it.
        let mut moves: Vec<Vec<Option<(i64, usize)>>> = vec![vec![None; count]; count];
        for (number, line) in lines.iter().enumerate() {
            for (from, row) in moves.iter_mut().enumerate() {
                for (to, best) in row.iter_mut().enumerate() {
                    if let Some(gain) = line.moved(from, to).filter(|gain| best.is_none_or(|(known, _)| *gain > known))
                    {
                        *best = Some((gain, number));
                    }
                }
            }
        }
        let mut reached: Vec<Option<i64>> = over.iter().map(|over| (*over > 0).then_some(0)).collect();
        let mut steps: Vec<Option<Step>> = vec![None; count];
        for _ in 0..count {
            for (from, row) in moves.iter().enumerate() {
                let Some(so_far) = reached.get(from).copied().flatten() else { continue };
                for (to, best) in row.iter().enumerate() {
                    let (Some((gain, line)), Some(known), Some(step)) = (best, reached.get_mut(to), steps.get_mut(to))
                    else {
                        continue;
                    };
                    if known.is_none_or(|known| so_far + gain > known) {
                        *known = Some(so_far + gain);
                        *step = Some(Step { line: *line, from });
                    }
                }
            }
        }
        let lacking = over.iter().zip(&reached).enumerate().filter(|(_, (over, _))| **over < 0);
        let best = lacking.filter_map(|(to, (_, reached))| reached.map(|gain| (gain, std::cmp::Reverse(to)))).max();
        let Some((_, std::cmp::Reverse(mut to))) = best else { return };
        for _ in 0..count {
            let Some(Step { line, from }) = steps.get(to).copied().flatten() else { break };
            if let Some(line) = lines.get_mut(line) {
                line.marked.get_mut(from).into_iter().for_each(|mark| *mark = false);
                line.marked.get_mut(to).into_iter().for_each(|mark| *mark = true);
            }
            to = from;
        }
        over = surplus(lines);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_come_to_the_total_by_largest_remainder() {
        assert_eq!(parts(&[3_333, 3_333, 3_334]), [0, 0, 10_000]);
        assert_eq!(parts(&[14_000, 14_000, 12_000]), [20_000, 10_000, 10_000]);
        assert_eq!(parts(&[-4_000, 4_000]), [0, 0]);
        assert_eq!(parts(&[]), Vec::<i64>::new());
    }

    #[test]
    fn whole_numbers_come_to_their_sum() {
        assert_eq!(whole(&[0.5, 0.5, 1.0], 2), [1, 0, 1]);
        assert_eq!(whole(&[2.999_999_999, 1.4, 1.6], 6), [3, 1, 2]);
        assert_eq!(whole(&[1.0, 2.0], 4), [1, 2]);
    }

    #[test]
    fn what_is_the_same_is_shown_the_same() {
        let first = parts(&[5_000, 5_000, 20_000]);
        assert_eq!(first, [10_000, 0, 20_000]);
        let pairs: Vec<(i64, i64)> = [5_000, 5_000, 20_000].into_iter().zip(first).collect();
        assert_eq!(beside(&[5_000, 5_000, 26_000], &pairs), [10_000, 0, 30_000]);
    }

    proptest! {
        #[test]
        fn every_table_adds_up_both_ways(
            drawn in proptest::collection::vec(proptest::collection::vec(proptest::option::weighted(0.8, -40_000_i64..90_000), 4), 0..9)
        ) {
            let shown = table(&drawn, 4);
            let near = |exact: i64, shown: i64| shown % STEP == 0 && (exact - shown).abs() < STEP;
            let sum: i64 = drawn.iter().flatten().flatten().sum();
            prop_assert_eq!(shown.total, nearest(sum));
            prop_assert_eq!(shown.rows.iter().sum::<i64>(), shown.total);
            prop_assert_eq!(shown.columns.iter().sum::<i64>(), shown.total);
            for (at, row) in shown.cells.iter().enumerate() {
                prop_assert_eq!(row.iter().flatten().sum::<i64>(), shown.rows[at]);
                for (exact, shown) in drawn[at].iter().zip(row) {
                    prop_assert_eq!(exact.is_some(), shown.is_some());
                    prop_assert!(exact.zip(*shown).is_none_or(|(exact, shown)| near(exact, shown)));
                }
                prop_assert!(near(drawn[at].iter().flatten().sum(), shown.rows[at]));
            }
            for column in 0..4 {
                let of = |rows: &[Vec<Option<i64>>]| rows.iter().filter_map(|row| row[column]).sum::<i64>();
                prop_assert_eq!(of(&shown.cells), shown.columns[column]);
                prop_assert!(near(of(&drawn), shown.columns[column]));
            }
        }
    }
}
