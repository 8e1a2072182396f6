//! Read, compile, cold solve and rounding at 18, 1 500 and 40 000 areas (synthetic data, seed 3).
//!
//! `cargo bench --bench allocate` runs all of it; the 40 000 areas are left out unless `ECOCOMP_BENCH_LARGE=1`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use ecocomp::allocation::Effort;
use ecocomp::dataset::synthetic;
use ecocomp::program::{Stages, first_program};
use ecocomp::run::{self, Prepared, Solved};
use ecocomp::solver::{Outcome, Session, SolveOptions};

/// A synthetic model of so many areas on disk, opened as the command line opens it.
fn inputs(areas: usize) -> run::Inputs {
    let folder = std::env::temp_dir().join(format!("ecocomp-bench-{areas}"));
    std::fs::create_dir_all(&folder).expect("a folder for the synthetic data");
    for (name, text) in synthetic::generate(areas, 3).files {
        std::fs::write(folder.join(name), text).expect("the synthetic data");
    }
    ecocomp::files::open(&folder.join("model.toml"), None, Vec::new()).expect("a readable model")
}

fn prepared(inputs: &run::Inputs) -> Prepared {
    run::prepare(inputs).expect("a sound model")
}

fn solved(prepared: Prepared) -> Solved {
    run::solve(prepared, &SolveOptions::default(), false).expect("a feasible model")
}

fn stages(prepared: &Prepared) -> Stages<'_> {
    Stages::new(&prepared.problem.frame, &prepared.problem.stages)
}

fn bench(c: &mut Criterion) {
    let mut sizes = vec![18, 1_500];
    if std::env::var_os("ECOCOMP_BENCH_LARGE").is_some() {
        sizes.push(40_000);
    }
    for areas in sizes {
        let inputs = inputs(areas);
        let mut group = c.benchmark_group("allocate");
        group.sample_size(10).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_millis(500));
        group.bench_function(BenchmarkId::new("read", areas), |b| b.iter(|| black_box(prepared(&inputs))));
        let ready = prepared(&inputs);
        group.bench_function(BenchmarkId::new("compile", areas), |b| {
            b.iter(|| black_box(run::compile(&ready).expect("a program")));
        });
        let program = run::compile(&ready).expect("a program");
        let first = first_program(&program, &stages(&ready)).expect("a first stage");
        group.bench_function(BenchmarkId::new("cold_first_stage", areas), |b| {
            // From the linear program to the proved optimum, the solver set up anew.
            b.iter(|| {
                let mut session = Session::open(first.clone(), &SolveOptions::default()).expect("a solver");
                assert!(matches!(session.solve(), Outcome::Optimal(_)));
            });
        });
        if areas <= 1_500 {
            group.bench_function(BenchmarkId::new("whole_run", areas), |b| {
                b.iter_batched(|| ready.clone(), |ready| black_box(solved(ready)), BatchSize::LargeInput);
            });
        }
        let done = solved(ready);
        group.bench_function(BenchmarkId::new("settle", areas), |b| {
            b.iter(|| {
                let effort = (Effort::Thorough, &SolveOptions::default());
                let settled = run::settle_plan(&done.prepared, &done.plan.amounts, effort);
                black_box(settled.expect("exact amounts"))
            });
        });
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
