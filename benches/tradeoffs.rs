//! Frontier, budget curve, comparison, attribution and shadow prices (synthetic data, seed 3).
//!
//! `cargo bench --bench tradeoffs`.

mod common;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ecocomp::analysis::attribution::{Players, attribute};
use ecocomp::analysis::compare::compare;
use ecocomp::analysis::curve::{self, curve};
use ecocomp::analysis::explain;
use ecocomp::analysis::frontier::{frontier, objective};
use ecocomp::analysis::sensitivity::shadow_prices;
use ecocomp::dataset::AreaId;
use ecocomp::finding::Place;
use ecocomp::run;
use ecocomp::scenario::{Change, Scenario};
use ecocomp::solver::SolveOptions;

use common::prepared;

fn scenario(id: &str, changes: &[&str]) -> Scenario {
    let changes: Vec<Change> = changes.iter().map(|text| Change::parse(text).expect("a change")).collect();
    let base = Scenario::base(id.into()).with(&changes);
    Scenario { id: id.to_owned(), ..base }
}

fn bench(c: &mut Criterion) {
    let options = SolveOptions::default();
    let mut group = c.benchmark_group("tradeoffs");
    group.sample_size(10).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(500));
    for areas in [18, 300] {
        let base = prepared(areas);
        let solved = run::solve(base.clone(), &options, false).expect("a feasible model");
        let word = |word| objective(&base.problem, word, Place::default()).expect("an objective");
        let (first, second) = (word("max_min_coverage"), word("max_outcome_benefit"));
        group.bench_function(BenchmarkId::new("frontier", areas), |b| {
            b.iter(|| black_box(frontier(&solved, (&first, &second), true, &options).expect("a frontier")));
        });
        let question =
            curve::Question { path: "fund.district.amount", factor: false, from: None, to: None, stage: None };
        group.bench_function(BenchmarkId::new("budget_curve", areas), |b| {
            b.iter(|| black_box(curve(&base, &question, &options).expect("a curve")));
        });
        let priced = run::solve(base.clone(), &options, true).expect("a feasible model");
        group.bench_function(BenchmarkId::new("shadow_prices_of_all_rows", areas), |b| {
            b.iter(|| black_box(shadow_prices(&priced, &options, &|_, _| true).expect("prices")));
        });
        let question = explain::Question { areas: &[AreaId(0)], ecosystem: None, loss: 0.01 };
        group.bench_function(BenchmarkId::new("explanation_of_an_area", areas), |b| {
            b.iter(|| black_box(explain::explain(&priced, &question, &options).expect("an explanation")));
        });
        let changes =
            ["fund.district.amount=+1%", "data.gep[ecosystem=wetland]*=1.01", "rule.floor.at_least.last_year=0.45"];
        let cases: Vec<Scenario> = std::iter::once(Scenario::base("base".into()))
            .chain(changes.iter().map(|change| scenario(change, &[change])))
            .collect();
        group.bench_function(BenchmarkId::new("compare_of_four", areas), |b| {
            b.iter(|| black_box(compare(&base, &cases, &options).expect("a comparison")));
        });
        let (from, to) = (Scenario::base("base".into()), scenario("all", &changes));
        group.bench_function(BenchmarkId::new("attribution_of_three_changes", areas), |b| {
            b.iter(|| {
                black_box(attribute(&base, (&from, &to), Players::Changes, &options, 2).expect("an attribution"))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
