//! Bargaining among 2, 6 and 12 parties with properties checked, and the mediator's view of the shipped example.

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ecocomp::horizontal::bargaining::{Request, bargain};
use ecocomp::horizontal::negotiation::{Case, Deal, Own, Private, mediate, read_rounds, tabled};
use ecocomp::solver::SolveOptions;

/// A cake with caps and weights for so many parties, and one more constraint for every pair of neighbours.
fn cake(parties: usize) -> Request {
    let mut text = String::from("solutions = [\"nash\", \"kalai_smorodinsky\", \"egalitarian\", \"utilitarian\"]\n");
    for index in 0..parties {
        let (cap, weight) = (20 + 7 * (index % 5), 1 + index % 3);
        text.push_str(&format!(
            "[[party]]\nid = \"p{index}\"\ndisagreement = {index}\ncap = {cap}\nweight = {weight}\n"
        ));
    }
    let all: Vec<String> = (0..parties).map(|index| format!("p{index} = 1")).collect();
    let total = 20 * parties;
    text.push_str(&format!("[[constraint]]\ncoefficients = {{ {} }}\nat_most = {total}\n", all.join(", ")));
    for index in 1..parties {
        let before = index - 1;
        text.push_str(&format!("[[constraint]]\ncoefficients = {{ p{before} = 2, p{index} = 1 }}\nat_most = 75\n"));
    }
    toml::from_str(&text).expect("a sound request")
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/horizontal/xinan-negotiation").join(name);
    toml::from_str(&std::fs::read_to_string(path).expect("the example")).expect("a sound file")
}

fn bench(c: &mut Criterion) {
    let options = SolveOptions::default();
    let mut group = c.benchmark_group("bargain");
    group.sample_size(10);
    for parties in [2, 6, 12] {
        let request = cake(parties);
        group.bench_function(BenchmarkId::from_parameter(parties), |b| {
            b.iter(|| bargain(black_box(&request), &options).expect("an answer"));
        });
    }
    let deal = Deal::read(&read::<Case>("case.toml")).expect("a sound case");
    let own = |name: &str| Own::read(&deal, &read::<Private>(name)).expect("a sound file");
    let players = [own("anhui.private.toml"), own("zhejiang.private.toml")];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/horizontal/xinan-negotiation/rounds.jsonl");
    let text = std::fs::read_to_string(path).expect("the rounds");
    let offers = tabled(&deal, &read_rounds(&deal, &text, "rounds").expect("sound rounds")).expect("sound offers");
    group.bench_function("mediator", |b| {
        b.iter(|| mediate(black_box(&deal), &players, &offers, &options).expect("an answer"));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
