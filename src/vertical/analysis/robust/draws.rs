//! Draws of uncertain GEP: one multiplier a cell, independent and uniform around 1.

/// Multipliers of `cells` cells in draw number `draw`, uniform between 1 − spread and 1 + spread.
///
/// Each draw depends on (seed, draw) alone (SplitMix64: Steele, Lea & Flood 2014), so that any number of draws begins alike.
pub fn gep_multipliers(cells: usize, draw: u64, spread: f64, seed: u64) -> Vec<f64> {
    let mut state = mixed(seed ^ mixed(draw.wrapping_add(1)));
    let mut next = || {
        state = state.wrapping_add(GOLDEN);
        // 53 bits: every value is a double, 0 ≤ u < 1.
        let u = (mixed(state) >> 11) as f64 / (1_u64 << 53) as f64;
        1.0 + spread * (2.0 * u - 1.0)
    };
    (0..cells).map(|_| next()).collect()
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mixed(value: u64) -> u64 {
    let z = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
