//! Games given by a rule instead of a table: facilities and their users, claims on too little, votes, costs of scale.

use num_integer::Integer;
use num_traits::ToPrimitive;

use crate::cooperative::river;
use crate::units::{BigInt, Exact};

/// How the worth of a coalition is found, in 分 and before its sign as gain or cost.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// A sum of parts, each of which counts where any (or all) of its users are in.
    Parts(Vec<Part>),
    /// A function of the sum of the members' quantities.
    Sum {
        /// Quantity of each party, ≥ 0.
        quantities: Vec<i128>,
        /// The function.
        curve: Curve,
    },
    /// Parties along a river: the worth of every stretch of neighbours, see [`river::stretches`].
    River(Vec<Vec<i64>>),
}

/// One part of a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Amount in 分.
    pub fen: i64,
    /// Positions of the users.
    pub users: Vec<usize>,
    /// Whether all users are needed; else any of them will do.
    pub needs_all: bool,
}

/// A function of a quantity.
#[derive(Debug, Clone, PartialEq)]
pub enum Curve {
    /// max(0, E − (C − q)): what a coalition keeps when it pays the others' claims (O'Neill 1982).
    Left {
        /// E.
        endowment: i128,
        /// C.
        total: i128,
    },
    /// The prize where q reaches the quota.
    Quota {
        /// Prize in 分.
        prize: i64,
        /// Quota.
        quota: i128,
    },
    /// Straight lines between points (quantity, 分), quantities rising from 0; to the nearest 分.
    Points(Vec<(i128, i64)>),
}

impl Curve {
    /// The worth of a quantity that belongs to somebody.
    pub fn at(&self, quantity: i128) -> i64 {
        match self {
            Self::Left { endowment, total } => {
                i64::try_from((endowment - (total - quantity)).max(0)).unwrap_or(i64::MAX)
            }
            Self::Quota { prize, quota } => {
                if quantity >= *quota {
                    *prize
                } else {
                    0
                }
            }
            Self::Points(points) => between(points, quantity),
        }
    }

    /// Where the slope changes.
    fn breaks(&self) -> Vec<i128> {
        match self {
            Self::Left { endowment, total } => vec![total - endowment],
            Self::Quota { quota, .. } => vec![*quota],
            Self::Points(points) => points.iter().map(|point| point.0).collect(),
        }
    }
}

fn between(points: &[(i128, i64)], quantity: i128) -> i64 {
    let after = points.partition_point(|point| point.0 < quantity);
    let (Some(high), low) = (points.get(after).or(points.last()), after.checked_sub(1).and_then(|i| points.get(i)))
    else {
        return 0;
    };
    let Some(low) = low.filter(|low| low.0 < high.0) else { return high.1 };
    let part = Exact::new(BigInt::from(quantity - low.0), BigInt::from(high.0 - low.0));
    let rise = part * BigInt::from(i128::from(high.1) - i128::from(low.1));
    (rise + Exact::from_integer(BigInt::from(low.1))).round().to_integer().to_i64().unwrap_or(0)
}

impl Form {
    /// Worth of the coalition of those marked; the empty one is worth 0. `None` beyond the range of money.
    pub fn worth(&self, is_in: &[bool]) -> Option<i64> {
        let has = |party: &usize| is_in.get(*party) == Some(&true);
        if !is_in.contains(&true) {
            return Some(0);
        }
        match self {
            Self::Parts(parts) => {
                let counts = |part: &&Part| {
                    if part.needs_all { part.users.iter().all(has) } else { part.users.iter().any(has) }
                };
                parts.iter().filter(counts).try_fold(0_i64, |sum, part| sum.checked_add(part.fen))
            }
            Self::Sum { quantities, curve } => {
                let members = quantities.iter().zip(is_in).filter(|(_, is_in)| **is_in);
                Some(curve.at(members.map(|(quantity, _)| quantity).sum()))
            }
            Self::River(stretches) => river::worth(stretches, is_in),
        }
    }

    /// Shapley value in closed form, where there is one: every part divided equally among its users.
    pub fn shapley(&self, parties: usize) -> Option<Vec<Exact>> {
        let Self::Parts(parts) = self else { return None };
        let mut values = vec![Exact::from_integer(0.into()); parties];
        for part in parts.iter().filter(|part| !part.users.is_empty()) {
            let share = Exact::new(BigInt::from(part.fen), BigInt::from(part.users.len()));
            for user in &part.users {
                if let Some(value) = values.get_mut(*user) {
                    *value += &share;
                }
            }
        }
        Some(values)
    }

    /// Downstream and upstream incremental distribution of a river.
    pub fn incremental(&self) -> Option<(Vec<i64>, Vec<i64>)> {
        let Self::River(stretches) = self else { return None };
        river::incremental(stretches)
    }

    /// By how much the marginal contribution of each party can differ between two orders, in 分.
    ///
    /// The contribution is a function of what came before that is straight between points, so its extremes are among them.
    pub fn ranges(&self) -> Vec<i128> {
        let Self::Sum { quantities, curve } = self else { return Vec::new() };
        let total: i128 = quantities.iter().sum();
        let range = |own: &i128| {
            let most = total - own;
            let breaks = curve.breaks().into_iter().flat_map(|at| [at - 1, at, at - own - 1, at - own]);
            let candidates = breaks.chain([0, 1, most]).filter(|before| (0..=most).contains(before));
            let worth = |quantity: i128, empty: bool| if empty { 0 } else { i128::from(curve.at(quantity)) };
            let gain = |before: i128, empty: bool| worth(before + own, false) - worth(before, empty);
            let gains: Vec<i128> = candidates.map(|before| gain(before, false)).chain([gain(0, true)]).collect();
            let (least, largest) = (gains.iter().min().copied(), gains.iter().max().copied());
            // Rounding to the 分 may add one at either end.
            largest.unwrap_or(0) - least.unwrap_or(0) + 2
        };
        quantities.iter().map(range).collect()
    }
}

/// Airport game (Littlechild & Owen 1973): a coalition pays for the largest need among it; as parts, each used by all who need
/// at least so much.
pub fn airport(needs: &[i64]) -> Form {
    let mut steps: Vec<i64> = needs.to_vec();
    steps.sort_unstable();
    steps.dedup();
    let mut parts = Vec::new();
    let mut before = 0_i64;
    for step in steps.into_iter().filter(|step| *step > 0) {
        let users = needs.iter().enumerate().filter(|(_, need)| **need >= step).map(|(party, _)| party).collect();
        parts.push(Part { fen: step.saturating_sub(before), users, needs_all: false });
        before = step;
    }
    Form::Parts(parts)
}

/// Decimals of 10⁻¹² over their common divisor, so that sums stay small.
pub(super) fn shortened(values: &mut [i128]) {
    let divisor = values.iter().fold(0_i128, |divisor, value| divisor.gcd(value));
    if divisor > 1 {
        values.iter_mut().for_each(|value| *value /= divisor);
    }
}
