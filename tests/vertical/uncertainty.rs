//! Distributions, correlations and samples against their mathematics.

use crate::common;
use std::collections::BTreeMap;

use ecocomp::uncertainty::{Copula, Design, Distribution, Input, Sampler, Sampling, Uncertainty};
use ecocomp::{phrases::Text, uncertainty::Action};
use proptest::prelude::*;

/// Mean and variance by the midpoint rule over levels.
fn moments(law: &Distribution, cells: usize) -> (f64, f64) {
    let values: Vec<f64> = (0..cells).map(|cell| law.quantile((cell as f64 + 0.5) / cells as f64)).collect();
    let mean = values.iter().sum::<f64>() / cells as f64;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / cells as f64)
}

fn density(z: f64) -> f64 {
    (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Φ by Simpson's rule over the density: independent of the library that the program uses.
fn normal(z: f64) -> f64 {
    let cells = 2000;
    let step = z / f64::from(cells);
    let at = |k: i32| density(f64::from(k) * step);
    let inner: f64 = (1..cells).map(|k| at(k) * if k % 2 == 1 { 4.0 } else { 2.0 }).sum();
    0.5 + (at(0) + inner + at(cells)) * step / 3.0
}

/// Distribution function by definition, for checking quantiles.
fn cdf(law: &Distribution, x: f64) -> f64 {
    match *law {
        Distribution::Uniform { low, high } => (x - low) / (high - low),
        Distribution::Triangular { low, mode, high } if x <= mode => (x - low).powi(2) / ((high - low) * (mode - low)),
        Distribution::Triangular { low, mode, high } => 1.0 - (high - x).powi(2) / ((high - low) * (high - mode)),
        Distribution::Normal { mean, sd, low, high } => {
            let at = |x: f64| normal((x - mean) / sd);
            let below = low.map_or(0.0, at);
            (at(x) - below) / (high.map_or(1.0, at) - below)
        }
        Distribution::Lognormal { mu, sigma } => normal((x.ln() - mu) / sigma),
    }
}

/// Closed forms: Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 1994–95.
fn closed_form(law: &Distribution) -> (f64, f64) {
    match *law {
        Distribution::Uniform { low, high } => ((low + high) / 2.0, (high - low).powi(2) / 12.0),
        Distribution::Triangular { low: a, mode: c, high: b } => {
            ((a + b + c) / 3.0, (a * a + b * b + c * c - a * b - a * c - b * c) / 18.0)
        }
        Distribution::Normal { mean, sd, low, high } => {
            let (a, b) = (low.map(|low| (low - mean) / sd), high.map(|high| (high - mean) / sd));
            let mass = b.map_or(1.0, normal) - a.map_or(0.0, normal);
            let (pa, pb) = (a.map_or(0.0, density), b.map_or(0.0, density));
            let shift = (pa - pb) / mass;
            let tails = (a.unwrap_or(0.0) * pa - b.unwrap_or(0.0) * pb) / mass;
            (mean + sd * shift, sd * sd * (1.0 + tails - shift * shift))
        }
        Distribution::Lognormal { mu, sigma } => {
            let w = (sigma * sigma).exp();
            ((mu + sigma * sigma / 2.0).exp(), w * (w - 1.0) * (2.0 * mu).exp())
        }
    }
}

fn laws() -> impl Strategy<Value = Distribution> {
    let ends = (-50.0..50.0_f64, 0.1..20.0_f64);
    prop_oneof![
        ends.clone().prop_map(|(low, width)| Distribution::Uniform { low, high: low + width }),
        (ends.clone(), 0.0..=1.0_f64).prop_map(|((low, width), share)| Distribution::Triangular {
            low,
            mode: low + share * width,
            high: low + width
        }),
        (ends.clone(), prop::option::of(-1.5..-0.2_f64), prop::option::of(0.1..2.0_f64)).prop_map(
            |((mean, sd), low, high)| Distribution::Normal {
                mean,
                sd,
                low: low.map(|z| mean + z * sd),
                high: high.map(|z| mean + z * sd)
            }
        ),
        (-2.0..2.0_f64, 0.05..0.8_f64).prop_map(|(mu, sigma)| Distribution::Lognormal { mu, sigma }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(common::cases(40)))]

    #[test]
    fn the_quantile_undoes_the_distribution_function(law in laws(), level in 0.001..0.999_f64) {
        let found = cdf(&law, law.quantile(level));
        prop_assert!((found - level).abs() < 1e-7, "{law:?}: {level} became {found}");
    }

    #[test]
    fn mean_and_variance_are_the_closed_forms(law in laws()) {
        let (mean, variance) = moments(&law, 100_000);
        let (true_mean, true_variance) = closed_form(&law);
        let sd = true_variance.sqrt();
        prop_assert!((mean - true_mean).abs() < 1e-3 * sd, "{law:?}: mean {mean}, {true_mean}");
        prop_assert!((variance - true_variance).abs() < 2e-3 * true_variance, "{law:?}: {variance}, {true_variance}");
    }

    #[test]
    fn quantiles_rise(law in laws(), a in 0.0..1.0_f64, b in 0.0..1.0_f64) {
        prop_assert!(law.quantile(a.min(b)) <= law.quantile(a.max(b)));
    }
}

fn input(id: &str, law: Distribution) -> Input {
    Input {
        id: id.to_owned(),
        label: Text::same(id),
        path: String::new(),
        action: Action::Scale,
        distribution: Some(law),
        unit: String::new(),
        grid: Vec::new(),
        line: 0,
        place: String::new(),
    }
}

/// Ranks of values.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for (rank, at) in order.into_iter().enumerate() {
        ranks[at] = rank as f64;
    }
    ranks
}

fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let product =
        |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 { x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum() };
    product(a, ma, b, mb) / (product(a, ma, a, ma) * product(b, mb, b, mb)).sqrt()
}

/// Spearman's rank correlation of a Gaussian copula is (6/π)·asin(ρ/2) (Kruskal 1958).
#[test]
fn correlated_inputs_have_the_rank_correlation_of_their_copula() {
    let matrix = [[1.0, 0.7, -0.4], [0.7, 1.0, 0.1], [-0.4, 0.1, 1.0]];
    let rows = matrix.iter().map(|row| row.to_vec()).collect();
    let uncertainty = Uncertainty {
        seed: 1,
        draws: 1,
        sampling: Sampling::Random,
        inputs: vec![
            input("a", Distribution::Lognormal { mu: 0.0, sigma: 0.6 }),
            input("free", Distribution::Uniform { low: 0.0, high: 1.0 }),
            input("b", Distribution::Triangular { low: 0.0, mode: 0.2, high: 1.0 }),
            input("c", Distribution::Normal { mean: 5.0, sd: 2.0, low: Some(1.0), high: None }),
        ],
        copula: Some(Copula::new(vec![0, 2, 3], rows).unwrap()),
    };
    let draws = 20_000;
    for sampling in [Sampling::Random, Sampling::LatinHypercube, Sampling::Sobol] {
        let design = Design::new(&uncertainty, sampling, 3, draws).unwrap();
        let points: Vec<Vec<f64>> = (0..draws).map(|k| design.point(k)).collect();
        let column = |at: usize| ranks(&points.iter().map(|point| point[at]).collect::<Vec<_>>());
        let columns: Vec<Vec<f64>> = (0..4).map(column).collect();
        for (a, i) in [0, 2, 3].into_iter().enumerate() {
            for (b, j) in [0, 2, 3].into_iter().enumerate() {
                let expected = 6.0 / std::f64::consts::PI * f64::asin(matrix[a][b] / 2.0);
                let found = pearson(&columns[i], &columns[j]);
                assert!((found - expected).abs() < 0.02, "{sampling:?} {i} {j}: {found}, {expected}");
            }
            assert!(pearson(&columns[i], &columns[1]).abs() < 0.02);
        }
        // Each input keeps its own distribution.
        for (at, input) in uncertainty.inputs.iter().enumerate() {
            let law = input.distribution.unwrap();
            let below = points.iter().filter(|point| point[at] < law.quantile(0.2)).count();
            assert!((below as f64 / draws as f64 - 0.2).abs() < 0.012, "{sampling:?} {at}");
        }
    }
}

#[test]
fn a_point_is_a_function_of_seed_and_number() {
    for sampling in [Sampling::Random, Sampling::LatinHypercube, Sampling::Sobol] {
        let sampler = |seed| Sampler::new(sampling, seed, 1_000_000, 60).unwrap();
        let (first, again, other) = (sampler(1), sampler(1), sampler(2));
        let forward: BTreeMap<u64, Vec<f64>> = (0..50).map(|k| (k * 19_999, first.point(k * 19_999))).collect();
        for (k, point) in forward.iter().rev() {
            assert_eq!(&again.point(*k), point);
            assert_ne!(&other.point(*k), point);
            assert!(point.iter().all(|level| *level > 0.0 && *level < 1.0));
        }
    }
}

/// Pairwise independence of a large sample, by Pearson's χ² over 10 × 10 boxes at the level 10⁻⁶.
#[test]
fn samples_fill_every_pair_of_dimensions_evenly() {
    let draws = 20_000;
    for sampling in [Sampling::Random, Sampling::LatinHypercube, Sampling::Sobol] {
        let sampler = Sampler::new(sampling, 11, draws, 6).unwrap();
        let points: Vec<Vec<f64>> = (0..draws).map(|k| sampler.point(k)).collect();
        for (i, j) in [(0, 1), (0, 5), (2, 3), (4, 5)] {
            let mut boxes = [0.0; 100];
            for point in &points {
                boxes[(point[i] * 10.0) as usize * 10 + (point[j] * 10.0) as usize] += 1.0;
            }
            let expected = draws as f64 / 100.0;
            let chi: f64 = boxes.iter().map(|count| (count - expected) * (count - expected) / expected).sum();
            assert!(chi < 180.0, "{sampling:?} {i} {j}: {chi}");
        }
    }
}

/// A lognormal may be given by mean and sd, median and sd, or median and sigma: the drawn values have what was asked for.
#[test]
fn a_lognormal_has_the_mean_and_spread_asked_for() {
    let folder = common::Folder::sound();
    let model = |keys: &str| {
        format!(
            "{}\n[uncertainty]\n[[uncertainty.input]]\nid = \"x\"\npath = \"data.gep\"\nop = \"scale\"\n\
             distribution = \"lognormal\"\n{keys}\n",
            common::MODEL
        )
    };
    for (keys, mean, median, sd) in [
        ("mean = 2.0\nsd = 0.5", Some(2.0), None, Some(0.5)),
        ("median = 2.0\nsd = 0.5", None, Some(2.0), Some(0.5)),
        ("mean = 2.0\nsigma = 0.4", Some(2.0), None, None),
        ("median = \"150%\"\nsigma = 0.4", None, Some(1.5), None),
    ] {
        folder.write("model.toml", model(keys));
        let inputs = ecocomp::files::open(folder.path().join("model.toml").as_path(), None, Vec::new()).unwrap();
        let prepared = ecocomp::run::prepare(&inputs).unwrap();
        let law = prepared.problem.uncertainty.as_ref().unwrap().inputs[0].distribution.unwrap();
        let (found, variance) = moments(&law, 400_000);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 2e-3 * b, "{keys}: {a}, {b}");
        if let Some(mean) = mean {
            close(found, mean);
        }
        if let Some(median) = median {
            close(law.quantile(0.5), median);
        }
        if let Some(sd) = sd {
            close(variance.sqrt(), sd);
        }
    }
}
