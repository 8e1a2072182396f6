//! The Nash solution by simplicial decomposition, proved by one linear program.
//!
//! Largest Σ w ln(gain) over a polytope. A master problem over the convex hull of the vertices found so far is solved to machine
//! precision by an active-set Newton method; the linear program max Σ (w/gain*)·gain then either proves the point, or gives a
//! vertex beyond the hull (von Hohenbalken 1977; finite, as a polytope has finitely many vertices). By concavity the optimum lies
//! above the point by no more than that program's value less Σ w. Where that takes too many corners, an interior-point method
//! finds the point, and the same program proves it.

use nalgebra::{DMatrix, DVector};

use crate::bargaining::arena::{Arena, End, failed};
use crate::bargaining::interior::interior;
use crate::lp::ColumnId;
use crate::patience::interrupted;
use crate::solver::Certified;

/// A proved point.
#[derive(Debug, Clone)]
pub(super) struct NashPoint {
    /// Gains in units of the arena.
    pub gains: Vec<f64>,
    /// Bound on Σ w ln(gain) above the point, with Σ w = 1, the residual of the program's own proof included.
    pub gap: f64,
    /// Linear programs solved.
    pub programs: usize,
}

/// A gap this small ends the search.
const ENOUGH: f64 = 4e-15;
/// A gap up to this size is accepted as proof.
const ACCEPTED: f64 = 1e-9;
/// Most vertices looked at; where more are needed the interior-point method is faster.
const ROUNDS: usize = 60;
/// After a relative Newton step below this the next one is rounding error.
const SETTLED: f64 = 1e-13;
/// Steps below this that no longer shrink are rounding error.
const NOISE: f64 = 1e-8;
/// A vertex enters the mixture if the sum of weighted relative gains rises by more than this towards it.
const ENTERS: f64 = 1e-15;
/// Costs are made large, so that the solver's absolute tolerance on reduced costs is small against them.
const COST: f64 = 1_048_576.0;

/// Finds the point; `weights` sum to 1 and are 0 for parties who cannot gain.
///
/// # Errors
/// A program that fails, a proof that is too weak, or `keep_going` says no.
pub(super) fn nash(arena: &mut Arena, weights: &[f64], keep_going: &dyn Fn() -> bool) -> Result<NashPoint, End> {
    let players: Vec<usize> =
        (0..weights.len()).filter(|party| weights.get(*party).is_some_and(|w| *w > 0.0)).collect();
    if players.is_empty() {
        return Ok(NashPoint { gains: vec![0.0; weights.len()], gap: 0.0, programs: 0 });
    }
    let mut search = Search { arena, weights, players, programs: 0, best: None };
    let corners = search.corners()?;
    let trouble = search.decompose(&corners, keep_going).err();
    if !keep_going() {
        return Err(End::Failed(interrupted("bargain")));
    }
    if search.best.as_ref().is_none_or(|best| best.gap > ENOUGH) {
        // What the corners could not reach, or a program lost, is looked for from within the set.
        let start = mix(&corners, &vec![1.0 / corners.len() as f64; corners.len()]);
        if let Some(found) = interior(search.arena.session.program(), weights, &start, keep_going) {
            let gains: Vec<f64> = found.into_iter().take(weights.len()).collect();
            let _ = search.prove(&gains);
        }
    }
    let programs = search.programs;
    match search.best {
        Some(point) if point.gap <= ACCEPTED => Ok(NashPoint { programs, ..point }),
        Some(point) => Err(failed(&format!("gap {:e}", point.gap))),
        None => Err(trouble.unwrap_or_else(|| failed("no point"))),
    }
}

struct Search<'a> {
    arena: &'a mut Arena,
    weights: &'a [f64],
    players: Vec<usize>,
    programs: usize,
    best: Option<NashPoint>,
}

impl Search<'_> {
    /// For each party a point of the set that is best for it, in all columns.
    fn corners(&mut self) -> Result<Vec<Vec<f64>>, End> {
        let columns = self.arena.session.program().columns().len();
        let mut corners = Vec::with_capacity(self.players.len());
        for party in &self.players {
            let best = self.arena.maximise(&[(*party, COST)])?;
            self.programs += 1;
            corners.push((0..columns).map(|column| best.column(ColumnId(column))).collect());
        }
        Ok(corners)
    }

    /// Mixtures of more and more corners.
    fn decompose(&mut self, corners: &[Vec<f64>], keep_going: &dyn Fn() -> bool) -> Result<(), End> {
        let size = self.weights.len();
        let mut vertices: Vec<Vec<f64>> =
            corners.iter().map(|corner| corner.iter().take(size).copied().collect()).collect();
        let mut shares = vec![1.0 / vertices.len() as f64; vertices.len()];
        for _ in 0..ROUNDS {
            if !keep_going() {
                break;
            }
            let gains = climb(&vertices, &mut shares, self.weights);
            let (rise, vertex) = self.prove(&gains)?;
            if rise <= ENOUGH || vertices.contains(&vertex) {
                break;
            }
            let kept: Vec<bool> = shares.iter().map(|share| *share > 0.0).collect();
            let mut flags = kept.iter();
            vertices.retain(|_| flags.next().copied().unwrap_or(true));
            shares.retain(|share| *share > 0.0);
            vertices.push(vertex);
            shares.push(0.0);
        }
        Ok(())
    }

    /// The corner with the largest Σ (w/gain)·gain, and the scale of its costs: smaller where the solver loses large ones.
    fn corner(&mut self, gains: &[f64]) -> Result<(Certified, f64), End> {
        let mut trouble = failed("no scale");
        for scale in [COST, COST.sqrt(), 1.0] {
            let cost = |party: &usize| (*party, scale * at(self.weights, *party) / at(gains, *party).max(1e-300));
            let costs: Vec<(usize, f64)> = self.players.iter().map(cost).collect();
            self.programs += 1;
            match self.arena.maximise(&costs) {
                Err(End::Failed(finding)) => trouble = End::Failed(finding),
                found => return found.map(|found| (found, scale)),
            }
        }
        Err(trouble)
    }

    /// How far Σ w ln(gain) may rise beyond a point, and the corner towards which; the point is kept where its gap is the least.
    fn prove(&mut self, gains: &[f64]) -> Result<(f64, Vec<f64>), End> {
        let (vertex, scale) = self.corner(gains)?;
        let (weights, players) = (self.weights, &self.players);
        let residual = vertex.certificate().gap * (1.0 + vertex.objective().abs()) / scale;
        let vertex = self.arena.gains(&vertex);
        // Σ w (v − g)/g, term by term: the sum less one would lose its digits.
        let part = |party: &usize| {
            at(weights, *party) * (at(&vertex, *party) - at(gains, *party)) / at(gains, *party).max(1e-300)
        };
        let rise: f64 = players.iter().map(part).sum();
        let gap = rise.max(0.0) + residual;
        if self.best.as_ref().is_none_or(|best| gap < best.gap) {
            self.best = Some(NashPoint { gains: gains.to_vec(), gap, programs: self.programs });
        }
        Ok((rise, vertex))
    }
}

fn at(values: &[f64], index: usize) -> f64 {
    values.get(index).copied().unwrap_or(0.0)
}

fn mix(vertices: &[Vec<f64>], shares: &[f64]) -> Vec<f64> {
    let size = vertices.first().map_or(0, Vec::len);
    (0..size).map(|party| vertices.iter().zip(shares).map(|(vertex, share)| share * at(vertex, party)).sum()).collect()
}

fn value(gains: &[f64], weights: &[f64]) -> f64 {
    let parts = gains.iter().zip(weights).filter(|(_, weight)| **weight > 0.0);
    // Who gains nothing outweighs everything, however small the weight.
    parts.map(|(gain, weight)| if *gain > 0.0 { weight * gain.ln() } else { f64::NEG_INFINITY }).sum()
}

/// The best mixture of vertices, from the shares given; vertices of no use end with share 0.
fn climb(vertices: &[Vec<f64>], shares: &mut [f64], weights: &[f64]) -> Vec<f64> {
    let mut open: Vec<bool> = shares.iter().map(|share| *share > 0.0).collect();
    let mut gains = mix(vertices, shares);
    let mut last = f64::INFINITY;
    for _ in 0..60 + 20 * vertices.len() {
        let worth = |vertex: &Vec<f64>| -> f64 {
            let parts = vertex.iter().zip(&gains).zip(weights).filter(|(_, weight)| **weight > 0.0);
            parts.map(|((v, g), weight)| weight * (v - g) / g.max(1e-300)).sum()
        };
        let moved = step(vertices, shares, &mut open, weights, &gains).unwrap_or(0.0);
        // Newton steps shrink quadratically: one that is small, or small and no longer shrinking, is rounding error.
        let settled = moved < SETTLED || moved < NOISE && moved > last / 2.0;
        last = moved;
        if settled {
            // Nothing to gain among the open vertices: let in the best of the others.
            let other = (0..vertices.len()).filter(|index| !open.get(*index).copied().unwrap_or(true));
            let best = other.filter_map(|index| Some((index, worth(vertices.get(index)?))));
            match best.max_by(|a, b| a.1.total_cmp(&b.1)) {
                Some((index, worth)) if worth > ENTERS => {
                    last = f64::INFINITY;
                    if let Some(flag) = open.get_mut(index) {
                        *flag = true;
                    }
                }
                _ => {
                    gains = mix(vertices, shares);
                    break;
                }
            }
        }
        gains = mix(vertices, shares);
    }
    gains
}

/// One Newton step among the open vertices; the largest relative move of a gain, `None` where there is no direction.
fn step(vertices: &[Vec<f64>], shares: &mut [f64], open: &mut [bool], weights: &[f64], gains: &[f64]) -> Option<f64> {
    let active: Vec<usize> = (0..vertices.len()).filter(|index| open.get(*index) == Some(&true)).collect();
    // The vertex with the largest share carries the others.
    let base = active.iter().copied().max_by(|a, b| at(shares, *a).total_cmp(&at(shares, *b)).then(b.cmp(a)))?;
    let others: Vec<usize> = active.into_iter().filter(|index| *index != base).collect();
    if others.is_empty() {
        return None;
    }
    let players: Vec<usize> = (0..weights.len()).filter(|party| at(weights, *party) > 0.0).collect();
    let vertex = |index: usize, party: usize| vertices.get(index).map_or(0.0, |vertex| at(vertex, party));
    // max Σ w (δ/g − ½ (δ/g)²) is least squares of √w·δ/g against √w.
    let matrix = DMatrix::from_fn(players.len(), others.len(), |row, column| {
        let (Some(party), Some(index)) = (players.get(row), others.get(column)) else { return 0.0 };
        at(weights, *party).sqrt() * (vertex(*index, *party) - vertex(base, *party)) / at(gains, *party).max(1e-300)
    });
    let target = DVector::from_iterator(players.len(), players.iter().map(|party| at(weights, *party).sqrt()));
    let direction = matrix.svd(true, true).solve(&target, 1e-13).ok()?;
    let mut move_of = vec![0.0; vertices.len()];
    for (index, by) in others.iter().zip(direction.iter()) {
        if let Some(entry) = move_of.get_mut(*index) {
            *entry = *by;
        }
    }
    if let Some(entry) = move_of.get_mut(base) {
        *entry = -direction.iter().sum::<f64>();
    }
    let blocks = |index: usize| {
        let by = at(&move_of, index);
        (by < 0.0).then(|| at(shares, index) / -by)
    };
    let limit = (0..vertices.len()).filter_map(|index| Some((index, blocks(index)?)));
    let limit = limit.min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let longest = limit.map_or(1.0, |limit| limit.1.min(1.0));
    let now = value(gains, weights);
    let mut length = longest;
    let tried =
        |length: f64| -> Vec<f64> { shares.iter().zip(&move_of).map(|(share, by)| share + length * by).collect() };
    let mut next = tried(length);
    for _ in 0..60 {
        if value(&mix(vertices, &next), weights) >= now - 1e-15 {
            break;
        }
        length /= 2.0;
        next = tried(length);
    }
    let blocked = limit.filter(|limit| length == longest && limit.1 <= 1.0).map(|limit| limit.0);
    let moved = mix(vertices, &next);
    let most = players
        .iter()
        .map(|party| ((at(&moved, *party) - at(gains, *party)) / at(gains, *party).max(1e-300)).abs())
        .fold(0.0, f64::max);
    for (index, (share, next)) in shares.iter_mut().zip(&next).enumerate() {
        *share = if blocked == Some(index) { 0.0 } else { next.max(0.0) };
    }
    if let Some(flag) = blocked.and_then(|index| open.get_mut(index)) {
        *flag = false;
        return Some(f64::INFINITY);
    }
    Some(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_mixture_is_found_to_the_last_digit() {
        // On the segment from (4, 0) to (0, 2): half each, whatever lies inside.
        let vertices = vec![vec![4.0, 0.0], vec![0.5, 0.5], vec![0.0, 2.0]];
        let mut shares = vec![1.0 / 3.0; 3];
        let gains = climb(&vertices, &mut shares, &[0.5, 0.5]);
        assert!((gains[0] - 2.0).abs() < 1e-14 && (gains[1] - 1.0).abs() < 1e-14, "{gains:?}");
        assert_eq!(shares[1], 0.0);
    }

    #[test]
    fn a_vertex_that_comes_late_is_let_in() {
        // The hull of unit vectors, and later one far better vertex.
        let size = 40;
        let unit = |index: usize| (0..size).map(|party| f64::from(u8::from(party == index))).collect::<Vec<f64>>();
        let mut vertices: Vec<Vec<f64>> = (0..size).map(unit).collect();
        let weights: Vec<f64> = (0..size).map(|party| (1 + party % 3) as f64 / 79.0).collect();
        let mut shares = vec![1.0 / size as f64; size];
        climb(&vertices, &mut shares, &weights);
        vertices.push(vec![0.5; size]);
        shares.push(0.0);
        let gains = climb(&vertices, &mut shares, &weights);
        assert!(gains.iter().all(|gain| (gain - 0.5).abs() < 1e-12), "{gains:?}");
    }
}
