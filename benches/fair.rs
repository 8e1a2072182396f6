//! How long fair division takes: rules among many claimants, the exact Shapley value, the nucleolus.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ecocomp::horizontal::cooperative::{Game, Measure, nucleolus, values};
use ecocomp::horizontal::division::{Problem, Rule};
use ecocomp::units::{BigInt, Exact};

/// A game of costs with savings of scale and some noise, so that no two coalitions are alike.
fn game(parties: usize) -> Game {
    let mut state = 1_u64;
    let mut worths = vec![0];
    for coalition in 1..1_u64 << parties {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let size = f64::from(coalition.count_ones());
        worths.push((size.powf(1.4) * 1e8) as i64 + (state >> 40) as i64);
    }
    Game::new(worths).expect("a power of two")
}

fn claims(count: i64) -> Problem {
    let whole = |fen: i64| Exact::from_integer(BigInt::from(fen));
    let claims: Vec<i64> = (0..count).map(|index| 1_000_000 + index * 7_919 % 999_983 * 13).collect();
    let total: i64 = claims.iter().sum();
    Problem::plain(claims.into_iter().map(whole).collect(), whole(total * 2 / 5))
}

fn benches(criterion: &mut Criterion) {
    for rule in [Rule::Talmud, Rule::AdjustedProportional, Rule::ConstrainedEgalitarian] {
        let problem = claims(10_000);
        criterion.bench_function(&format!("{} 10000 claimants", rule.short()), |bench| {
            bench.iter(|| black_box(&problem).solve(rule, None));
        });
    }
    let problem = claims(27);
    criterion.bench_function("random arrival 27 claimants", |bench| {
        bench.iter(|| black_box(&problem).solve(Rule::RandomArrival, None));
    });
    let large = game(20);
    criterion.bench_function("shapley 20 parties", |bench| bench.iter(|| values::shapley(black_box(&large))));
    let mut group = criterion.benchmark_group("nucleolus");
    group.sample_size(10);
    for parties in [8, 10, 12, 14] {
        let game = game(parties);
        group.bench_function(format!("{parties} parties"), |bench| {
            bench.iter(|| nucleolus(black_box(&game), Measure::Total));
        });
    }
    group.finish();
}

criterion_group!(fair, benches);
criterion_main!(fair);
