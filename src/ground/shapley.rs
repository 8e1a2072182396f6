//! The Shapley value (Shapley 1953), exactly: what each player of a game adds on average over all orders of joining.
//!
//! φᵢ = Σ over S without i of |S|! (n−|S|−1)! / n! · (v(S ∪ i) − v(S)).

/// Most players for which all 2ⁿ subsets are gone through.
pub const PLAYERS_MAX: usize = 12;

/// Divides v(all) − v(nobody) among the players, in whole units that sum exactly.
///
/// `worths` holds v(S) for every subset S, the player `i` in it where bit `i` of the position is set. Whole parts of the exact
/// values come first; the units still missing go to the largest fractions, ties to the earlier player. A player who never
/// adds anything gets 0; players who add the same differ by 1 at most. `None` where the number of worths is no power of two
/// up to 2^[`PLAYERS_MAX`].
pub fn divide(worths: &[i64]) -> Option<Vec<i64>> {
    let players = usize::try_from(worths.len().trailing_zeros()).ok()?;
    if !worths.len().is_power_of_two() || players > PLAYERS_MAX {
        return None;
    }
    let factorial = |n: usize| (1..=n as i128).product::<i128>();
    let weights: Vec<i128> = (0..players).map(|size| factorial(size) * factorial(players - size - 1)).collect();
    let common = factorial(players);
    let worth = |subset: usize| worths.get(subset).copied().map_or(0, i128::from);
    let numerators: Vec<i128> = (0..players)
        .map(|player| {
            let bit = 1_usize << player;
            let without = (0..worths.len()).filter(|subset| subset & bit == 0);
            without
                .map(|subset| {
                    let weight = weights.get(subset.count_ones() as usize).copied().unwrap_or(0);
                    weight * (worth(subset | bit) - worth(subset))
                })
                .sum()
        })
        .collect();
    let mut parts: Vec<i64> = Vec::with_capacity(players);
    let mut rests: Vec<(i128, usize)> = Vec::with_capacity(players);
    for (player, numerator) in numerators.into_iter().enumerate() {
        parts.push(i64::try_from(numerator.div_euclid(common)).ok()?);
        rests.push((numerator.rem_euclid(common), player));
    }
    let whole = worth(worths.len() - 1) - worth(0);
    let missing = whole - parts.iter().map(|part| i128::from(*part)).sum::<i128>();
    rests.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, player) in rests.into_iter().take(usize::try_from(missing).unwrap_or(0)) {
        if let Some(part) = parts.get_mut(player) {
            *part += 1;
        }
    }
    Some(parts)
}
