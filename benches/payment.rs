//! The payment program on synthetic cases: 200 parties with few and with many flows, and why there is no deal.
//!
//! `cargo bench --bench payment`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ecocomp::horizontal::payment::{Levels, Objective, Sum, pay, synthetic};
use ecocomp::solver::SolveOptions;
use ecocomp::units::Money;

fn bench(c: &mut Criterion) {
    let options = SolveOptions::default();
    let mut group = c.benchmark_group("payment");
    group.sample_size(10).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(500));
    for (parties, reach) in [(50, 12), (200, 12), (200, 60)] {
        let request = synthetic::generate(parties, reach, 5);
        group.bench_function(BenchmarkId::new("all_stages", format!("{parties}x{reach}")), |b| {
            b.iter(|| black_box(pay(&request, &options).expect("a deal")));
        });
    }
    let mut one = synthetic::generate(200, 12, 5);
    one.deal.objectives = vec![Objective::MaxMinSurplus];
    group.bench_function("smallest_surplus_only_200x12", |b| {
        b.iter(|| black_box(pay(&one, &options).expect("a deal")));
    });
    one.deal.levels = Levels::Leximin;
    group.bench_function("leximin_200x12", |b| b.iter(|| black_box(pay(&one, &options).expect("a deal"))));
    let mut blocked = synthetic::generate(200, 12, 5);
    for party in blocked.party.iter_mut().rev().take(100) {
        party.budget = Some(Sum(Money::ZERO));
    }
    group.bench_function("impasse_200x12", |b| b.iter(|| black_box(pay(&blocked, &options).expect("an answer"))));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
