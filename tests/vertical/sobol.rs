//! Sobol indices against functions whose indices are known, and the commands on a real model.

use std::f64::consts::PI;

use crate::common;
use crate::common::{Folder, MODEL, ecocomp, repository};
use ecocomp::analysis::sobol::{Index, Matrices, Values};

fn indices(inputs: usize, rows: u64, seed: u64, function: &dyn Fn(&[f64]) -> f64) -> Vec<Index> {
    let matrices = Matrices::new(seed, inputs).unwrap();
    let mut values = Values::of(inputs);
    for row in 0..rows {
        values.a.push(function(&matrices.levels(row, 0)));
        values.b.push(function(&matrices.levels(row, 1)));
        for input in 0..inputs {
            values.ab[input].push(function(&matrices.levels(row, input + 2)));
        }
    }
    values.indices(seed).unwrap()
}

fn assert_close(found: &[Index], first: &[f64], total: &[f64], tolerance: f64) {
    for ((index, first), total) in found.iter().zip(first).zip(total) {
        assert!((index.first - first).abs() < tolerance, "{index:?}: first {first}");
        assert!((index.total - total).abs() < tolerance, "{index:?}: total {total}");
        assert!(index.first_low - 1e-9 <= *first && *first <= index.first_high + 1e-9, "{index:?} leaves out {first}");
        assert!(index.total_low - 1e-9 <= *total && *total <= index.total_high + 1e-9, "{index:?} leaves out {total}");
    }
}

/// Ishigami & Homma (1990) with a = 7, b = 0.1; indices in closed form in Saltelli et al., Global Sensitivity Analysis
/// (2008), §4: S = (0.3139, 0.4424, 0), T = (0.5576, 0.4424, 0.2437).
#[test]
fn the_ishigami_function_has_its_published_indices() {
    let ishigami = |u: &[f64]| {
        let x: Vec<f64> = u.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
        x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin()
    };
    let found = indices(3, 8192, 1, &ishigami);
    assert_close(&found, &[0.3139, 0.4424, 0.0], &[0.5576, 0.4424, 0.2437], 0.01);
}

/// y = Σ aᵢ·uᵢ with independent uniform uᵢ: S = T = aᵢ² / Σ a².
#[test]
fn a_linear_function_has_its_squared_slopes() {
    let slopes = [4.0, 2.0, -1.0, 0.0];
    let sum: f64 = slopes.iter().map(|slope| slope * slope).sum();
    // A large constant must not hurt.
    let found = indices(4, 4096, 5, &|u| 1e6 + u.iter().zip(slopes).map(|(u, slope)| u * slope).sum::<f64>());
    let shares: Vec<f64> = slopes.iter().map(|slope| slope * slope / sum).collect();
    assert_close(&found, &shares, &shares, 0.01);
}

/// Sobol's g-function with a = (0, 1, 4.5, 9) (Saltelli & Sobol 1995): Vᵢ = 1/(3(1+aᵢ)²), V = Π(1+Vᵢ) − 1,
/// Sᵢ = Vᵢ/V, Tᵢ = Vᵢ·Π_{j≠i}(1+Vⱼ)/V.
#[test]
fn the_g_function_has_its_indices_in_closed_form() {
    let a = [0.0, 1.0, 4.5, 9.0];
    let part: Vec<f64> = a.iter().map(|a| 1.0 / (3.0 * (1.0 + a) * (1.0_f64 + a))).collect();
    let all: f64 = part.iter().map(|v| 1.0 + v).product();
    let first: Vec<f64> = part.iter().map(|v| v / (all - 1.0)).collect();
    let total: Vec<f64> = part.iter().map(|v| v * all / (1.0 + v) / (all - 1.0)).collect();
    let g = |u: &[f64]| u.iter().zip(a).map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a)).product();
    assert_close(&indices(4, 16_384, 2, &g), &first, &total, 0.01);
}

#[test]
fn what_does_not_vary_has_no_indices() {
    let values = Values { a: vec![2.0; 8], b: vec![2.0; 8], ab: vec![vec![2.0; 8]] };
    assert_eq!(values.indices(1), None);
}

const UNCERTAIN: &str = r#"
[uncertainty]
[[uncertainty.input]]
id = "budget"
path = "fund.district.amount"
op = "set"
distribution = "uniform"
low = "40 万元"
high = "60 万元"
[[uncertainty.input]]
id = "gep"
path = "data.gep[ecosystem=wetland]"
op = "scale"
distribution = "triangular"
low = 0.8
mode = 1.0
high = 1.2
"#;

fn world() -> Folder {
    let folder = Folder::sound();
    folder.write("model.toml", format!("{}{UNCERTAIN}", common::MODEL));
    folder
}

/// All of the fund is spent, so that the total is the budget and nothing else moves it.
#[test]
fn the_total_is_the_budget_alone() {
    let folder = world();
    let model = folder.file("model.toml");
    let ask = |command: &str, threads: &str, more: &[&str]| {
        let head =
            [command, &model, "--output", "total", "--output", "area:甲镇", "--format", "json", "--threads", threads];
        let done = ecocomp(&[&head[..], more].concat());
        assert_eq!(done.code, 0, "{}", done.err);
        (done.json(), done.out)
    };
    let (found, text) = ask("sobol", "1", &["--samples", "64"]);
    assert_eq!(text, ask("sobol", "2", &["--samples", "64"]).1);
    assert_eq!(found["scenarios"], 256);
    let inputs = found["outputs"][0]["inputs"].as_array().unwrap();
    assert!((inputs[0]["first"].as_f64().unwrap() - 1.0).abs() < 0.1);
    assert_eq!((&inputs[1]["first"], &inputs[1]["total"]), (&0.0.into(), &0.0.into()));

    let (found, text) = ask("tornado", "1", &["--low", "10", "--high", "90"]);
    assert_eq!(text, ask("tornado", "7", &["--low", "10", "--high", "90"]).1);
    let total = &found["outputs"][0];
    assert_eq!(total["base"], 500_000.0);
    let bar = &total["bars"][0];
    assert_eq!((&bar["input"], &bar["low_value"], &bar["high_value"]), (&"budget".into(), &42.0.into(), &58.0.into()));
    assert_eq!(
        (&bar["at_low"], &bar["at_high"], &bar["swing"]),
        (&420_000.0.into(), &580_000.0.into(), &160_000.0.into())
    );
    assert_eq!(total["bars"][1]["swing"], 0.0);
    // Each end is what an allocation with that change gives.
    let area = &found["outputs"][1];
    for bar in area["bars"].as_array().unwrap() {
        for (value, output) in [("low_value", "at_low"), ("high_value", "at_high")] {
            let change = match bar["input"].as_str().unwrap() {
                "budget" => format!("fund.district.amount={} 万元", bar[value]),
                _ => format!("data.gep[ecosystem=wetland]*={}", bar[value]),
            };
            let record = folder.allocate(&["--set", &change]).json();
            let fen = record["areas"][0]["amount_fen"].as_i64().unwrap();
            assert_eq!(bar[output].as_f64().unwrap(), fen as f64 / 100.0);
        }
    }
}

#[test]
fn unknown_outputs_name_the_nearest() {
    let folder = world();
    let model = folder.file("model.toml");
    for (word, like) in [
        ("area:甲", "area:甲镇"),
        ("ecosystem:forrest", "ecosystem:forest"),
        ("stage:9", "stage:1"),
        ("nothing", "total"),
    ] {
        let done = ecocomp(&["tornado", &model, "--output", word, "--json"]);
        assert_eq!((done.code, done.codes()), (1, vec!["drivers.unknown_output".to_owned()]));
        assert!(done.err.contains(like), "{}", done.err);
    }
    let plain = Folder::sound();
    assert_eq!(ecocomp(&["sobol", &plain.file("model.toml"), "--json"]).codes(), ["drivers.none_declared"]);
    assert_eq!(ecocomp(&["sobol", &model, "--samples", "1", "--json"]).codes(), ["drivers.samples"]);
    assert_eq!(ecocomp(&["tornado", &model, "--low", "90", "--high", "10", "--json"]).codes(), ["drivers.levels"]);
}

/// The lines that are shown where nothing is declared are written as they stand, and answer the question.
#[test]
fn a_model_without_uncertain_figures_is_told_what_to_write() {
    let folder = Folder::sound();
    let model = folder.file("model.toml");
    for command in [&["tornado"][..], &["sobol", "--samples", "4"], &["sweep", "--draws", "3"]] {
        let ask = |last: &[&str]| {
            let out = folder.file(&format!("out-{}", command[0]));
            let output: &[&str] = if command[0] == "sweep" { &["-o", &out] } else { &[] };
            ecocomp(&[&[command[0], model.as_str()], &command[1..], output, last].concat())
        };
        folder.write("model.toml", MODEL);
        let refused = ask(&["--json"]);
        assert_eq!(refused.code, 1, "{}", refused.err);
        let error = refused.error();
        let remedy = error["findings"][0]["remedy"].as_str().unwrap_or_else(|| panic!("{error}"));
        assert!(remedy.contains("[uncertainty]") && remedy.contains("fund.district.amount"), "{remedy}");
        let (from, to) = (remedy.find("input = [").unwrap(), remedy.find("}]").unwrap() + 2);
        folder.write("model.toml", format!("{MODEL}\n[uncertainty]\n{}\n", &remedy[from..to]));
        let done = ask(&[]);
        assert_eq!(done.code, 0, "{}", done.err);
    }
}

/// Below 40 of the 50 万元 the floors have no plan: the ends and scenarios are named, not dropped.
#[test]
fn scenarios_without_a_plan_are_named() {
    let folder = world();
    let floor = "\n[[rule]]\nkind = \"floor\"\nper = \"area\"\nat_least = \"21 万元\"\n";
    folder.write("model.toml", format!("{}{floor}{UNCERTAIN}", common::MODEL));
    let model = folder.file("model.toml");
    let tornado = ecocomp(&["tornado", &model, "--format", "json"]).json();
    assert_eq!(tornado["not_solved"][0]["input"], "budget");
    assert_eq!(tornado["not_solved"][0]["status"], "infeasible");
    assert!(tornado["outputs"][0]["bars"].as_array().unwrap().iter().any(|bar| bar["at_low"].is_null()));
    let sobol = ecocomp(&["sobol", &model, "--samples", "32", "--output", "total", "--format", "json"]).json();
    let unsolved = sobol["unsolved"].as_u64().unwrap();
    assert!(unsolved > 0 && sobol["outputs"][0]["rows"].as_u64().unwrap() < 32);
    assert_eq!(sobol["not_solved"].as_array().unwrap().len() as u64, unsolved.min(20));
    assert!(sobol["not_solved"][0]["changes"][0].as_str().unwrap().starts_with("fund.district.amount="));
}

#[test]
fn the_shipped_model_says_what_drives_it() {
    let model = repository("models/chongming-uncertain.toml");
    let done = ecocomp(&["tornado", &model, "--output", "stage:2", "--output", "cell:310151110/wetland"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains('█') && done.out.contains('▒') && done.out.contains("湿地 GEP 核算误"), "{}", done.out);
    let done = ecocomp(&["sobol", &model, "--samples", "8", "--output", "stage:1", "--lang", "en"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("take the inputs as independent"), "{}", done.out);
}
