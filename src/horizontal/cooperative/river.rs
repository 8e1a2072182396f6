//! River sharing (Ambec & Sprumont 2002): parties along a river, each with its own inflow and its benefit of water.
//!
//! Water flows downstream only. A stretch of neighbours divides the inflows that rise in it so that the sum of their benefits
//! is largest; parties that are no neighbours get what their stretches get, since those between would take what is let past.

use num_integer::Integer;

/// Largest quantity, so that a quantity times an amount of money stays within 128 bits.
pub const QUANTITY_MAX: i128 = 1_000_000_000_000_000_000;

/// Benefit of water: points (quantity, 分) from (0, 0), never falling, slopes never rising; level after the last point.
pub type Benefit = Vec<(i128, i64)>;

/// Whether points are a benefit: from (0, 0), quantities rising, amounts not falling, slopes not rising.
pub fn is_concave(points: &[(i128, i64)]) -> bool {
    let steps: Vec<(i128, i128)> = steps(points);
    let falls = |pair: &[(i128, i128)]| match pair {
        // slope = rise / run; a steeper one may not follow.
        [(run, rise), (next_run, next_rise)] => {
            matches!((next_rise.checked_mul(*run), rise.checked_mul(*next_run)), (Some(next), Some(now)) if next <= now)
        }
        _ => false,
    };
    points.first() == Some(&(0, 0))
        && steps.iter().all(|(run, rise)| *run > 0 && *rise >= 0)
        && steps.windows(2).all(falls)
}

fn steps(points: &[(i128, i64)]) -> Vec<(i128, i128)> {
    let pairs = points.iter().zip(points.iter().skip(1));
    pairs.map(|(a, b)| (b.0 - a.0, i128::from(b.1) - i128::from(a.1))).collect()
}

/// Worth in 分 of every stretch of neighbours: entry `[i][k]` is that of parties i to i + k, to the nearest 分 (halves up).
///
/// Largest Σ b_i(x_i) with Σ_{j ≤ k} x_j ≤ Σ_{j ≤ k} e_j for every k: steps of all benefits in the order of their slopes, each
/// as long as the inflows above its party and the needs below it leave room (greedy for nested bounds). `None` beyond the range.
pub fn stretches(inflows: &[i128], benefits: &[Benefit]) -> Option<Vec<Vec<i64>>> {
    let quantities = inflows.iter().chain(benefits.iter().flatten().map(|(quantity, _)| quantity));
    if quantities.into_iter().any(|quantity| *quantity > QUANTITY_MAX) {
        return None;
    }
    let rows = (0..inflows.len()).map(|first| {
        let lasts = first..inflows.len();
        lasts.map(|last| stretch(inflows.get(first..=last)?, benefits.get(first..=last)?)).collect()
    });
    rows.collect()
}

fn stretch(inflows: &[i128], benefits: &[Benefit]) -> Option<i64> {
    let mut all: Vec<(usize, i128, i128)> = Vec::new();
    for (party, points) in benefits.iter().enumerate() {
        all.extend(steps(points).into_iter().map(|(run, rise)| (party, run, rise)));
    }
    // Steepest first; of equal slopes upstream first. Within a party slopes fall, so that its steps keep their order.
    let steeper = |a: &(usize, i128, i128), b: &(usize, i128, i128)| (b.2 * a.1).cmp(&(a.2 * b.1)).then(a.0.cmp(&b.0));
    all.sort_by(steeper);
    // What may still be taken at or above each party.
    let mut room: Vec<i128> = Vec::with_capacity(inflows.len());
    let mut sum = 0_i128;
    for inflow in inflows {
        sum = sum.checked_add(*inflow)?;
        room.push(sum);
    }
    let (mut whole, mut parts) = (0_i128, (0_i128, 1_i128));
    for (party, run, rise) in all {
        let taken = room.get(party..)?.iter().copied().min().unwrap_or(0).min(run);
        if taken <= 0 {
            continue;
        }
        room.iter_mut().skip(party).for_each(|room| *room -= taken);
        if taken == run {
            whole = whole.checked_add(rise)?;
        } else {
            parts = add(parts, (rise.checked_mul(taken)?, run))?;
        }
    }
    let (above, below) = parts;
    // Both are ≥ 0: division rounds down.
    let rounded = above.checked_mul(2)?.checked_add(below)? / below.checked_mul(2)?;
    i64::try_from(whole.checked_add(rounded)?).ok()
}

/// Sum of two fractions in lowest terms.
fn add((a, b): (i128, i128), (c, d): (i128, i128)) -> Option<(i128, i128)> {
    let above = a.checked_mul(d)?.checked_add(c.checked_mul(b)?)?;
    let below = b.checked_mul(d)?;
    let common = above.gcd(&below).max(1);
    Some((above / common, below / common))
}

/// Worth of the coalition of those marked: the sum over its stretches.
pub fn worth(stretches: &[Vec<i64>], is_in: &[bool]) -> Option<i64> {
    let (mut sum, mut first) = (0_i64, None);
    for (party, is_in) in is_in.iter().copied().chain([false]).enumerate() {
        match (is_in, first) {
            (true, None) => first = Some(party),
            (false, Some(from)) => {
                sum = sum.checked_add(*stretches.get(from)?.get(party - from - 1)?)?;
                first = None;
            }
            _ => {}
        }
    }
    Some(sum)
}

/// What each party adds to those upstream of it (downstream incremental), and to those downstream of it (upstream incremental).
pub fn incremental(stretches: &[Vec<i64>]) -> Option<(Vec<i64>, Vec<i64>)> {
    let count = stretches.len();
    let (mut down, mut up) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for party in 0..count {
        let head = |parties: usize| if parties == 0 { Some(0) } else { stretches.first()?.get(parties - 1).copied() };
        let tail =
            |from: usize| if from == count { Some(0) } else { stretches.get(from)?.get(count - from - 1).copied() };
        down.push(head(party + 1)?.checked_sub(head(party)?)?);
        up.push(tail(party)?.checked_sub(tail(party + 1)?)?);
    }
    Some((down, up))
}
