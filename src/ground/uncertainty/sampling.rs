//! Points of the unit cube: random, Latin hypercube, Sobol. Every point is a function of its number.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sobol::Sobol;
use sobol::params::JoeKuoD6;

use crate::uncertainty::permutation::Permutation;

/// Stream of the generator that gives keys and shifts; draws use the streams of their numbers.
const KEYS: u64 = u64::MAX;
/// Largest dimension of the direction numbers (Joe & Kuo 2008, file new-joe-kuo-6.21201).
pub const DIMENSIONS_MAX: usize = 21_201;

/// How points are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// Independent points.
    Random,
    /// Each of N equal slices of every input holds one of the N points (McKay, Beckman & Conover 1979).
    LatinHypercube,
    /// Sobol sequence with a random digital shift.
    Sobol,
    /// Every combination of the inputs' grids.
    Grid,
}

impl Sampling {
    /// The words of the model file and the command line.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("random", Self::Random),
        ("latin_hypercube", Self::LatinHypercube),
        ("sobol", Self::Sobol),
        ("grid", Self::Grid),
    ];

    /// The word of the model file.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, sampling)| *sampling == self).map_or("", |(word, _)| word)
    }
}

/// Gives point `k` of a sample.
#[derive(Debug, Clone)]
pub enum Sampler {
    /// Independent points.
    Random {
        /// Generator at its beginning.
        generator: Box<ChaCha12Rng>,
        /// Coordinates of a point.
        dimensions: usize,
    },
    /// Latin hypercube.
    LatinHypercube {
        /// Generator at its beginning.
        generator: Box<ChaCha12Rng>,
        /// Order of the slices, one a coordinate.
        slices: Vec<Permutation>,
        /// Number of points.
        draws: u64,
    },
    /// Sobol sequence.
    Sobol(ShiftedSobol),
}

impl Sampler {
    /// A sampler of `draws` points; `None` for a grid or too many dimensions.
    pub fn new(sampling: Sampling, seed: u64, draws: u64, dimensions: usize) -> Option<Self> {
        let generator = Box::new(ChaCha12Rng::seed_from_u64(seed));
        match sampling {
            Sampling::Random => Some(Self::Random { generator, dimensions }),
            Sampling::LatinHypercube => {
                let mut keys = generator.clone();
                keys.set_stream(KEYS);
                let mut key = || std::array::from_fn(|_| keys.next_u64());
                let slices = (0..dimensions).map(|_| Permutation::new(draws, key())).collect();
                Some(Self::LatinHypercube { generator, slices, draws })
            }
            Sampling::Sobol => ShiftedSobol::new(seed, dimensions).map(Self::Sobol),
            Sampling::Grid => None,
        }
    }

    /// Coordinates of point `k`, each inside (0, 1).
    pub fn point(&self, k: u64) -> Vec<f64> {
        match self {
            Self::Random { generator, dimensions } => {
                let mut generator = generator.clone();
                generator.set_stream(k);
                (0..*dimensions).map(|_| unit(generator.next_u64())).collect()
            }
            Self::LatinHypercube { generator, slices, draws } => {
                let mut generator = generator.clone();
                generator.set_stream(k);
                let inside = |slice: u64, within: f64| (slice as f64 + within) / *draws as f64;
                slices
                    .iter()
                    // Rounding may not lift the last slice to 1.
                    .map(|slice| inside(slice.at(k), unit(generator.next_u64())).min(1.0 - f64::EPSILON / 2.0))
                    .collect()
            }
            Self::Sobol(sequence) => sequence.point(k),
        }
    }
}

/// A number inside (0, 1) from the upper 52 bits: never 0, never 1.
fn unit(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * (-52.0_f64).exp2()
}

/// Sobol sequence in Gray-code order (Antonov & Saleev 1979) with a random digital shift.
#[derive(Debug, Clone)]
pub struct ShiftedSobol {
    directions: Vec<Vec<u64>>,
    shifts: Vec<u64>,
}

impl ShiftedSobol {
    /// The sequence that a seed shifts; `None` above [`DIMENSIONS_MAX`].
    pub fn new(seed: u64, dimensions: usize) -> Option<Self> {
        let mut keys = ChaCha12Rng::seed_from_u64(seed);
        keys.set_stream(KEYS);
        let shifts = (0..dimensions).map(|_| keys.next_u64()).collect();
        Some(Self { directions: directions(dimensions)?, shifts })
    }

    /// The plain sequence, whose point 0 is (almost) the origin.
    pub fn unshifted(dimensions: usize) -> Option<Self> {
        Some(Self { directions: directions(dimensions)?, shifts: vec![0; dimensions] })
    }

    /// Coordinates of point `k` < 2⁵³.
    pub fn point(&self, k: u64) -> Vec<f64> {
        let gray = k ^ (k >> 1);
        let coordinate = |(directions, shift): (&Vec<u64>, &u64)| {
            let taken = directions.iter().enumerate().filter(|(bit, _)| gray >> bit & 1 == 1);
            unit(taken.fold(*shift, |value, (_, direction)| value ^ direction))
        };
        self.directions.iter().zip(&self.shifts).map(coordinate).collect()
    }
}

fn directions(dimensions: usize) -> Option<Vec<Vec<u64>>> {
    let table = match dimensions {
        0..=100 => JoeKuoD6::minimal(),
        101..=1000 => JoeKuoD6::standard(),
        1001..=DIMENSIONS_MAX => JoeKuoD6::extended(),
        _ => return None,
    };
    Some(Sobol::<f64>::init_direction_vals::<u32>(dimensions, 53, &table))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First points of the sequence in Gray-code order, by hand from the direction numbers of Joe & Kuo (2008):
    /// dimension 2 has s = 1, a = 0, m = 1; dimension 3 has s = 2, a = 1, m = 1, 3.
    #[test]
    fn the_sequence_begins_as_published() {
        let sequence = ShiftedSobol::unshifted(3).unwrap();
        let published = [
            [0.0, 0.0, 0.0],
            [0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25],
            [0.25, 0.75, 0.75],
            [0.375, 0.375, 0.625],
            [0.875, 0.875, 0.125],
            [0.625, 0.125, 0.875],
            [0.125, 0.625, 0.375],
        ];
        for (k, point) in (0..).zip(published) {
            let found = sequence.point(k);
            assert!(found.iter().zip(point).all(|(a, b)| (a - b).abs() < 1e-12), "{k}: {found:?}");
        }
    }

    #[test]
    fn every_dimension_of_a_power_of_two_is_stratified() {
        let sequence = ShiftedSobol::new(7, 120).unwrap();
        let points: Vec<Vec<f64>> = (0..256).map(|k| sequence.point(k)).collect();
        for dimension in 0..120 {
            let mut slices: Vec<usize> = points.iter().map(|point| (point[dimension] * 256.0) as usize).collect();
            slices.sort_unstable();
            assert_eq!(slices, (0..256).collect::<Vec<_>>(), "dimension {dimension}");
        }
    }

    #[test]
    fn large_numbers_of_points_stay_inside() {
        let sequence = ShiftedSobol::new(1, 60).unwrap();
        let mut last = sequence.point((1 << 40) - 1);
        for k in [1 << 40, (1 << 40) + 1, (1 << 52) + 12_345] {
            let point = sequence.point(k);
            assert!(point.iter().all(|level| *level > 0.0 && *level < 1.0));
            assert_ne!(point, last);
            last = point;
        }
    }

    #[test]
    fn a_latin_hypercube_has_one_point_a_slice() {
        for draws in [1, 2, 7, 1000] {
            let sampler = Sampler::new(Sampling::LatinHypercube, 5, draws, 4).unwrap();
            let points: Vec<Vec<f64>> = (0..draws).map(|k| sampler.point(k)).collect();
            for dimension in 0..4 {
                let mut slices: Vec<u64> =
                    points.iter().map(|point| (point[dimension] * draws as f64) as u64).collect();
                slices.sort_unstable();
                assert_eq!(slices, (0..draws).collect::<Vec<_>>());
            }
        }
    }
}
