//! One scenario on a compiled model, near-optimal ranges and the frontier (synthetic data, seed 3).
//!
//! `cargo bench --bench scenarios`.

mod common;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ecocomp::analysis::ranges::{By, Question, ranges};
use ecocomp::compiled::{Compiled, ScenarioEnd};
use ecocomp::run;
use ecocomp::scenario::Change;
use ecocomp::solver::SolveOptions;

use common::{prepared, priced};

fn bench(c: &mut Criterion) {
    let options = SolveOptions::default();
    let mut group = c.benchmark_group("scenarios");
    group.sample_size(10).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(500));
    for areas in [18, 300] {
        let base = prepared(areas);
        let compiled = Compiled::new(base.clone()).expect("a program");
        let mut worker = compiled.worker(&options);
        let mut step = 0_i64;
        group.bench_function(BenchmarkId::new("budget_and_gep", areas), |b| {
            b.iter(|| {
                // Within two per cent of the model's figures.
                step = (step + 7) % 41;
                let factor = format!("{}.{:03}", (980 + step) / 1000, (980 + step) % 1000);
                let texts =
                    [format!("fund.district.amount*={factor}"), format!("data.gep[ecosystem=wetland]*={factor}")];
                let changes: Vec<Change> = texts.iter().map(|text| Change::parse(text).expect("a change")).collect();
                black_box(matches!(worker.solve(&changes), ScenarioEnd::Solved(..)))
            });
        });
        if areas == 18 {
            let solved = run::solve(base, &options, true).expect("a feasible model");
            let (areas_wanted, ecosystems) = (Vec::new(), Vec::new());
            let question = Question { within: 0.01, by: By::Cell, areas: areas_wanted, ecosystems, threads: 1 };
            group.bench_function(BenchmarkId::new("ranges_of_all_cells", areas), |b| {
                b.iter(|| black_box(ranges(&solved, &question, &options).expect("ranges")));
            });
        }
    }
    group.finish();
    // A price of the account against the budget, on a model that divides by an account of 10 indicators.
    let mut group = c.benchmark_group("what_if_of_an_account");
    group.sample_size(10).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(500));
    for areas in [18, 1_500] {
        let compiled = Compiled::new(priced(areas, 10)).expect("a program");
        for (name, path) in [("budget", "fund.district.amount"), ("price", "gep.price.p3")] {
            let mut worker = compiled.worker(&options);
            let mut step = 0_i64;
            group.bench_function(BenchmarkId::new(name, areas), |b| {
                b.iter(|| {
                    step = (step + 7) % 41;
                    let text = format!("{path}*={}.{:03}", (980 + step) / 1000, (980 + step) % 1000);
                    let change = Change::parse(&text).expect("a change");
                    black_box(matches!(worker.solve(&[change]), ScenarioEnd::Solved(..)))
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
