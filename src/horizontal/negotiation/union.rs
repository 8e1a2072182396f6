//! A fair point over the union of several convex sets: the set in which a concept does best, found without solving it in each.
//!
//! Every set gets one linear program that bounds what the concept can reach there; only sets that may beat the best known are
//! solved. For Nash the bound follows from any point s: Σ w ln g ≤ Σ w ln s + ln(Σ w g / s), weights summing to 1.

use crate::bargaining::{Frame, Kind};

/// Sets with the position of their combination, the largest gain of each party over all, and its weight.
pub(super) struct Union<'a> {
    pub frames: &'a [(usize, Frame<'a>)],
    pub reach: &'a [f64],
    pub weights: &'a [f64],
}

/// A point that was found: its score, the position of its combination, gains.
struct Found {
    score: Vec<f64>,
    index: usize,
    gains: Vec<f64>,
}

/// Scores this near, relative, are the same.
const SAME: f64 = 1e-9;

/// Whether a score is better than another: the first that differs decides. `None` where none does.
fn compared(new: &[f64], old: &[f64]) -> Option<bool> {
    let differs = new.iter().zip(old).find(|(new, old)| (*new - *old).abs() > SAME * (1.0 + old.abs()));
    differs.map(|(new, old)| new > old)
}

impl Union<'_> {
    /// The combination in which a concept does best, and the gains there; earlier combinations win ties.
    pub fn best(&self, kind: Kind) -> Option<(usize, Vec<f64>)> {
        let bounds: Vec<f64> = self.frames.iter().map(|(_, frame)| self.bound(kind, frame)).collect();
        let mut order: Vec<usize> = (0..self.frames.len()).collect();
        let bound = |at: usize| bounds.get(at).copied().unwrap_or(f64::INFINITY);
        order.sort_by(|a, b| bound(*b).total_cmp(&bound(*a)).then(a.cmp(b)));
        let mut best: Option<Found> = None;
        for at in order {
            let Some((index, frame)) = self.frames.get(at) else { continue };
            if let Some(known) = &best {
                let first = known.score.first().copied().unwrap_or(f64::NEG_INFINITY);
                // What is left may only be worse, by its first score.
                if bound(at) < first - 10.0 * SAME * (1.0 + first.abs()) {
                    break;
                }
                if kind == Kind::Nash && self.nash_bound(frame, known) < first - 10.0 * SAME * (1.0 + first.abs()) {
                    continue;
                }
            }
            let found = match kind {
                Kind::Nash => frame.nash(),
                Kind::KalaiSmorodinsky => frame.along(self.reach),
                Kind::Egalitarian => frame.egalitarian(),
                _ => frame.utilitarian(),
            };
            let Ok(found) = found else { continue };
            let new = Found { score: self.score(kind, &found.gains), index: *index, gains: found.gains };
            let wins = best.as_ref().is_none_or(|known| match compared(&new.score, &known.score) {
                Some(better) => better,
                None => new.index < known.index,
            });
            if wins {
                best = Some(new);
            }
        }
        best.map(|found| (found.index, found.gains))
    }

    fn score(&self, kind: Kind, gains: &[f64]) -> Vec<f64> {
        let mut score: Vec<f64> = match kind {
            Kind::Nash => vec![self.logarithms(gains)],
            Kind::KalaiSmorodinsky => gains.iter().zip(self.reach).map(|(gain, most)| gain / most).collect(),
            Kind::Egalitarian => gains.to_vec(),
            _ => vec![gains.iter().sum()],
        };
        // Leximin over combinations: the least first.
        score.sort_by(f64::total_cmp);
        score
    }

    /// Σ w ln(gain).
    fn logarithms(&self, gains: &[f64]) -> f64 {
        gains.iter().zip(self.weights).map(|(gain, weight)| weight * gain.max(1e-300).ln()).sum()
    }

    /// What the first score of a concept is at most in a set; infinite where that is not known.
    fn bound(&self, kind: Kind, frame: &Frame<'_>) -> f64 {
        let all_gain = frame.can_gain.iter().all(|can| *can);
        let found = match kind {
            Kind::Nash => return self.logarithms(&frame.reach),
            // Who cannot gain has nothing there, and the others' level says nothing of the least.
            Kind::KalaiSmorodinsky | Kind::Egalitarian if !all_gain => return f64::INFINITY,
            Kind::KalaiSmorodinsky => frame.level(self.reach),
            Kind::Egalitarian => frame.level(&vec![1.0; self.reach.len()]),
            _ => frame.most(&vec![1.0; self.reach.len()]),
        };
        found.unwrap_or(f64::INFINITY)
    }

    /// What Σ w ln(gain) is at most in a set, seen from a point elsewhere.
    fn nash_bound(&self, frame: &Frame<'_>, known: &Found) -> f64 {
        let sum: f64 = self.weights.iter().sum();
        if sum <= 0.0 || known.gains.iter().any(|gain| *gain <= 0.0) {
            return f64::INFINITY;
        }
        let by: Vec<f64> = self.weights.iter().zip(&known.gains).map(|(weight, gain)| weight / sum / gain).collect();
        match frame.most(&by) {
            Ok(most) => self.logarithms(&known.gains) + sum * most.max(1e-300).ln(),
            Err(_) => f64::INFINITY,
        }
    }
}
