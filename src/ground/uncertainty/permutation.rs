//! A keyed permutation of 0..n whose single values cost no memory: a Feistel network with cycle walking
//! (Black & Rogaway, Ciphers with Arbitrary Finite Domains, 2002).

/// Rounds of the network.
const ROUNDS: usize = 8;

/// A permutation of `0..size`.
#[derive(Debug, Clone)]
pub struct Permutation {
    size: u64,
    half: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    /// The permutation of `0..size` that the keys choose.
    pub fn new(size: u64, keys: [u64; ROUNDS]) -> Self {
        let bits = 64 - size.saturating_sub(1).leading_zeros();
        Self { size, half: bits.div_ceil(2).max(1), keys }
    }

    /// Where `index` < size goes; an index outside goes nowhere.
    pub fn at(&self, index: u64) -> u64 {
        if index >= self.size {
            return index;
        }
        // A network over fewer than four times as many values returns into the range after few steps.
        let mut value = index;
        loop {
            value = self.network(value);
            if value < self.size {
                return value;
            }
        }
    }

    fn network(&self, value: u64) -> u64 {
        let mask = if self.half >= 32 { u64::from(u32::MAX) } else { (1 << self.half) - 1 };
        let (mut left, mut right) = ((value >> self.half) & mask, value & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mixed(right ^ key) & mask));
        }
        (left << self.half) | right
    }
}

/// Finaliser of MurmurHash3 (Appleby, public domain): every input bit moves every output bit.
fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let value = (value ^ (value >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_hit_once() {
        for size in [1, 2, 3, 5, 16, 17, 1000, 4097] {
            let permutation = Permutation::new(size, [3, 1, 4, 1, 5, 9, 2, 6]);
            let mut values: Vec<u64> = (0..size).map(|index| permutation.at(index)).collect();
            values.sort_unstable();
            assert_eq!(values, (0..size).collect::<Vec<_>>());
        }
    }
}
