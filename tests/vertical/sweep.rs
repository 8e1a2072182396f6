//! Sweeps: the stored draws, the statistics over them, and that nothing but the model and the seed decides a byte.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::{Done, Folder, ecocomp, repository};
use serde_json::Value;

const UNCERTAIN: &str = r#"
[[rule]]
kind = "floor"
per = "area"
at_least = "20 万元"

[[rule]]
kind = "unit_standard"
id = "forest"
ecosystem = "forest"
at_least = "80 元/亩"
soft = { penalty = 1.0 }

[uncertainty]
seed = 7

[[uncertainty.input]]
id = "budget"
path = "fund.district.amount"
op = "scale"
distribution = "uniform"
low = 0.6
high = 1.4

[[uncertainty.input]]
id = "gep"
path = "data.gep[ecosystem=wetland]"
op = "scale"
distribution = "lognormal"
median = 1.0
sigma = 0.3

[[uncertainty.input]]
id = "last"
path = "data.last_year[area=02]"
op = "add"
distribution = "normal"
mean = 0
sd = 20000
low = -60000

[uncertainty.correlation]
inputs = ["gep", "last"]
matrix = [[1, 0.5], [0.5, 1]]
"#;

const MODEL: &str = "model = { name = \"测试\", dataset = \".\" }\nfund = [{ id = \"district\", amount = \"50 万元\" }]\nobjective = [{ kind = \"max_min_coverage\", levels = \"worst\" }]\n";

fn world() -> Folder {
    let folder = Folder::sound();
    folder.write("model.toml", format!("{MODEL}{UNCERTAIN}"));
    folder
}

fn sweep(folder: &Folder, name: &str, more: &[&str]) -> Done {
    let (model, out) = (folder.file("model.toml"), folder.file(name));
    let mut arguments = vec!["sweep", &model, "-o", &out, "--format", "json", "--json"];
    arguments.extend(more);
    ecocomp(&arguments)
}

/// Every file of a folder with its bytes.
fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in [root.to_owned(), root.join("draws")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn assert_same(folder: &Folder, a: &str, b: &str) {
    let (a, b) = (tree(&folder.path().join(a)), tree(&folder.path().join(b)));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, bytes) in &a {
        assert!(bytes == &b[name], "{name} differs");
    }
}

/// The stored draws as rows of name → text.
fn csv_rows(root: &Path) -> Vec<BTreeMap<String, String>> {
    let mut rows = Vec::new();
    for part in 0.. {
        let Ok(mut reader) = csv::Reader::from_path(root.join(format!("draws/part-{part:06}.csv"))) else { break };
        let header = reader.headers().unwrap().clone();
        for record in reader.records() {
            let record = record.unwrap();
            rows.push(header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect());
        }
    }
    rows
}

fn find<'a>(list: &'a Value, code: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|part| part["code"] == code).unwrap()
}

#[test]
fn the_summary_is_what_the_draws_say() {
    let folder = world();
    let done = sweep(&folder, "a", &["--draws", "1100", "--draws-format", "csv", "--quantiles", "5,50,97.5"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let summary = done.json();
    let rows = csv_rows(&folder.path().join("a"));
    assert_eq!(rows.len(), 1100);
    assert!(rows.iter().enumerate().all(|(k, row)| row["k"] == k.to_string()));
    let solved: Vec<_> = rows.iter().filter(|row| row["status"] == "solved").collect();

    // Two areas with a floor of 20 万元 need 40 of the 50 万元: below a factor of 0.8 there is no plan.
    let infeasible: Vec<_> = rows.iter().filter(|row| row["input/budget"].parse::<f64>().unwrap() < 0.8).collect();
    assert!(infeasible.len() > 100 && infeasible.iter().all(|row| row["status"] == "infeasible"));
    assert_eq!(infeasible.len() + solved.len(), 1100);
    assert_eq!(summary["infeasible"], infeasible.len());
    assert_eq!(summary["solved"], solved.len());
    let mut listed = csv::Reader::from_path(folder.file("a/not_solved.csv")).unwrap();
    let listed: Vec<String> = listed.records().map(|record| record.unwrap()[0].to_owned()).collect();
    assert_eq!(listed, infeasible.iter().map(|row| row["k"].clone()).collect::<Vec<_>>());

    let n = solved.len();
    let check = |part: &Value, values: &dyn Fn(&BTreeMap<String, String>) -> i64| {
        let mut values: Vec<i64> = solved.iter().map(|row| values(row)).collect();
        let mean = values.iter().map(|value| *value as f64).sum::<f64>() / n as f64;
        let squares = values.iter().map(|value| (*value as f64 - mean).powi(2)).sum::<f64>();
        values.sort_unstable();
        // ⌈n·p⌉ in whole numbers: p is in per mille.
        let quantile = |mille: usize| values[(n * mille).div_ceil(1000) - 1];
        assert_eq!(part["quantiles_fen"], serde_json::json!([quantile(50), quantile(500), quantile(975)]));
        assert_eq!(part["least_fen"], values[0]);
        assert_eq!(part["most_fen"], values[n - 1]);
        assert!((part["mean_fen"].as_f64().unwrap() - mean).abs() < 1e-6 * mean.abs());
        let sd = (squares / (n as f64 - 1.0)).sqrt();
        assert!((part["sd_fen"].as_f64().unwrap() - sd).abs() < 1e-6 * sd.max(1.0));
    };
    let fen = |row: &BTreeMap<String, String>, cell: &str| row[&format!("fen/{cell}")].parse::<i64>().unwrap();
    let all = ["01/forest", "01/wetland", "02/farmland", "02/forest"];
    for cell in all {
        check(find(&summary["cells"], cell), &|row| fen(row, cell));
    }
    check(find(&summary["areas"], "02"), &|row| fen(row, "02/farmland") + fen(row, "02/forest"));
    check(find(&summary["ecosystems"], "forest"), &|row| fen(row, "01/forest") + fen(row, "02/forest"));
    check(&summary["total"], &|row| all.iter().map(|cell| fen(row, cell)).sum());

    // Last year of 01 is 180 000 元; of 02 it is 270 000 元 and twice the addition, which falls on both cells.
    let below = |area: &str| {
        let below = |row: &&&BTreeMap<String, String>| match area {
            "01" => fen(row, "01/forest") + fen(row, "01/wetland") < 18_000_000,
            _ => {
                let more = row["input/last"].parse::<f64>().unwrap() * 200.0;
                ((fen(row, "02/farmland") + fen(row, "02/forest")) as f64) < 27_000_000.0 + more
            }
        };
        solved.iter().filter(below).count()
    };
    // The standard of 80 元/亩 over 1000 and 2000 亩 of forest.
    let short = |cell: &str, standard: i64| solved.iter().filter(|row| fen(row, cell) < standard).count();
    for (area, standard) in [("01", short("01/forest", 8_000_000)), ("02", short("02/forest", 16_000_000))] {
        let part = find(&summary["areas"], area);
        assert_eq!(part["below_last_year"]["hits"], below(area), "{area}");
        assert_eq!(part["below_last_year"]["of"], n);
        assert_eq!(part["below_standard"]["hits"], standard, "{area}");
    }
}

#[test]
fn a_draw_repeats_as_an_allocation() {
    let folder = world();
    assert_eq!(sweep(&folder, "a", &["--exact", "--draws", "40", "--draws-format", "csv"]).code, 0);
    for row in csv_rows(&folder.path().join("a")).iter().step_by(13) {
        let budget: f64 = row["input/budget"].parse().unwrap();
        let fen = (budget * 50_000_000.0).round() as i64;
        let fund = format!("fund.district.amount={}.{:02} 元", fen / 100, fen % 100);
        let gep = format!("data.gep[ecosystem=wetland]*={}", row["input/gep"]);
        let last = format!("data.last_year[area=02]+={}", row["input/last"]);
        let done = folder.allocate(&["--set", &fund, "--set", &gep, "--set", &last]);
        if row["status"] == "infeasible" {
            assert_eq!(done.code, 3);
            continue;
        }
        for cell in done.json()["cells"].as_array().unwrap() {
            let name = format!("fen/{}/{}", cell["area"].as_str().unwrap(), cell["ecosystem"].as_str().unwrap());
            assert_eq!(cell["amount_fen"].to_string(), row[&name]);
        }
    }
}

#[test]
fn threads_and_interruptions_change_no_byte() {
    for (format, sampling) in [("parquet", "sobol"), ("csv", "random")] {
        let folder = world();
        let run = |name: &str, draws: &str, more: &[&str]| {
            let settings = ["--draws", draws, "--draws-format", format, "--sampling", sampling];
            let done = sweep(&folder, name, &[&settings, more].concat());
            assert_eq!(done.code, 0, "{}", done.err);
        };
        run("one", "1150", &["--threads", "1"]);
        run("two", "1150", &["--threads", "2"]);
        assert_same(&folder, "one", "two");
        // A smaller sweep grows.
        run("grown", "420", &["--threads", "7"]);
        run("grown", "1150", &["--threads", "7", "--resume"]);
        assert_same(&folder, "one", "grown");
        // A full part that lost its end, and a last part that is half there.
        for (part, keep) in [(1, 0.5), (0, 0.97)] {
            let path = folder.path().join(format!("two/draws/part-{part:06}.{format}"));
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(&path, &bytes[..(bytes.len() as f64 * keep) as usize]).unwrap();
            run("two", "1150", &["--threads", "2", "--resume"]);
            assert_same(&folder, "one", "two");
        }
    }
}

#[test]
fn latin_hypercubes_are_the_same_on_any_threads_and_cannot_grow() {
    let folder = world();
    let settings = ["--sampling", "latin_hypercube", "--draws-format", "csv"];
    for (name, threads) in [("one", "1"), ("seven", "7")] {
        let done = sweep(&folder, name, &[&settings[..], &["--draws", "200", "--threads", threads]].concat());
        assert_eq!(done.code, 0, "{}", done.err);
    }
    assert_same(&folder, "one", "seven");
    let more = sweep(&folder, "one", &[&settings[..], &["--draws", "300", "--resume"]].concat());
    assert_eq!((more.code, more.codes()), (1, vec!["sweep.other_sweep".to_owned()]));
    // The first input is stratified: each of 200 slices of 0.6–1.4 holds one draw.
    let slices = csv_rows(&folder.path().join("one")).into_iter().map(|row| {
        let factor: f64 = row["input/budget"].parse().unwrap();
        ((factor - 0.6) / 0.8 * 200.0) as i64
    });
    let mut slices: Vec<i64> = slices.collect();
    slices.sort_unstable();
    assert_eq!(slices, (0..200).collect::<Vec<_>>());
}

#[cfg(unix)]
#[test]
fn what_is_done_survives_kill_and_interrupt() {
    let folder = world();
    let settings = ["--draws", "1900", "--draws-format", "csv", "--threads", "2"];
    assert_eq!(sweep(&folder, "whole", &settings).code, 0);
    let begin = |name: &str| {
        let (model, out) = (folder.file("model.toml"), folder.file(name));
        let child = Command::new(env!("CARGO_BIN_EXE_ecocomp"))
            .args(["sweep", &model, "-o", &out, "--format", "json"])
            .args(settings)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let first = folder.path().join(name).join("draws/part-000000.csv");
        while !first.exists() {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        child
    };
    let mut killed = begin("killed");
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(sweep(&folder, "killed", &[&settings[..], &["--resume"]].concat()).code, 0);
    assert_same(&folder, "whole", "killed");

    let interrupted = begin("interrupted");
    let sent = Command::new("kill").args(["-INT", &interrupted.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = interrupted.wait_with_output().unwrap();
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    // It may have been at its end already.
    if output.status.code() == Some(4) {
        assert_eq!(summary["status"], "incomplete");
        let done = summary["done"].as_u64().unwrap() as usize;
        assert!((1000..1900).contains(&done));
        assert_eq!(csv_rows(&folder.path().join("interrupted")).len(), done);
    }
    assert_eq!(sweep(&folder, "interrupted", &[&settings[..], &["--resume"]].concat()).code, 0);
    assert_same(&folder, "whole", "interrupted");
}

#[test]
fn a_part_that_cannot_be_written_loses_nothing_before_it() {
    let folder = world();
    let format = ["--draws-format", "csv"];
    assert_eq!(sweep(&folder, "a", &[&format[..], &["--draws", "1000"]].concat()).code, 0);
    let before = std::fs::read(folder.file("a/draws/part-000000.csv")).unwrap();
    // No file may grow beyond 8 blocks, as on a disk that fills up.
    let limited = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_ecocomp")])
        .args(["sweep", &folder.file("model.toml"), "-o", &folder.file("a"), "--json", "--resume"])
        .args(["--draws-format", "csv", "--draws", "1900"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&limited.stderr);
    assert_eq!(limited.status.code(), Some(1), "{said}");
    assert!(said.contains("cli.unwritable") && said.contains("sweep.kept"), "{said}");
    assert_eq!(std::fs::read(folder.file("a/draws/part-000000.csv")).unwrap(), before);
    assert_eq!(sweep(&folder, "a", &[&format[..], &["--draws", "1900", "--resume"]].concat()).code, 0);
    assert_eq!(sweep(&folder, "b", &[&format[..], &["--draws", "1900"]].concat()).code, 0);
    assert_same(&folder, "a", "b");
}

#[test]
fn parquet_and_csv_hold_the_same() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    let folder = world();
    for format in ["csv", "parquet"] {
        assert_eq!(sweep(&folder, format, &["--draws", "60", "--draws-format", format]).code, 0);
    }
    let summary = |name: &str| std::fs::read(folder.path().join(name).join("summary.json")).unwrap();
    assert_eq!(summary("csv"), summary("parquet"));
    let rows = csv_rows(&folder.path().join("csv"));
    let file = std::fs::File::open(folder.file("parquet/draws/part-000000.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let mut count = 0;
    for (row, text) in reader.get_row_iter(None).unwrap().zip(&rows) {
        for (name, field) in row.unwrap().get_column_iter() {
            let found = match field {
                Field::Null => String::new(),
                Field::Long(value) => value.to_string(),
                Field::Double(value) => value.to_string(),
                Field::Bool(value) => u8::from(*value).to_string(),
                Field::Str(value) => value.clone(),
                other => panic!("{other:?}"),
            };
            assert_eq!(&found, &text[name], "{name}");
        }
        count += 1;
    }
    assert_eq!(count, 60);
}

#[test]
fn a_grid_is_every_combination() {
    let folder = world();
    let grids = ["--grid", "fund.district.amount=40万元..60万元/5", "--grid", "rule.floor.at_least=15 万元,18 万元"];
    let done = sweep(&folder, "a", &[&grids[..], &["--draws-format", "csv"]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!((&done.json()["sampling"], &done.json()["done"]), (&"grid".into(), &10.into()));
    let point = &done.json()["points"][3];
    assert_eq!(point["inputs"], serde_json::json!([45.0, 18.0]));
    assert_eq!(
        point["ecosystems_fen"].as_array().unwrap().iter().map(|fen| fen.as_i64().unwrap()).sum::<i64>(),
        45_000_000
    );
    let rows = csv_rows(&folder.path().join("a"));
    let points: Vec<(String, String)> = rows
        .iter()
        .map(|row| (row["input/fund.district.amount"].clone(), row["input/rule.floor.at_least"].clone()))
        .collect();
    let expected =
        ["40", "45", "50", "55", "60"].iter().flat_map(|a| ["15", "18"].map(|b| ((*a).to_owned(), b.to_owned())));
    assert_eq!(points, expected.collect::<Vec<_>>());
    for row in &rows {
        let total: i64 =
            row.iter().filter(|(name, _)| name.starts_with("fen/")).map(|(_, fen)| fen.parse::<i64>().unwrap()).sum();
        assert_eq!(total, row["input/fund.district.amount"].parse::<i64>().unwrap() * 1_000_000);
    }
    for wrong in
        ["fund.district.amount", "fund.district.amount=1..2", "fund.district.amount=1元..2万元/3", "data.gep*=1元,2元"]
    {
        let done = sweep(&folder, "b", &["--grid", wrong]);
        assert_eq!((done.code, done.codes()), (1, vec!["sweep.grid_form".to_owned()]), "{wrong}");
    }
}

#[test]
fn a_sweep_is_not_overwritten_by_chance() {
    let folder = world();
    assert_eq!(sweep(&folder, "a", &["--draws", "5"]).code, 0);
    assert_eq!(sweep(&folder, "a", &["--draws", "5"]).codes(), ["sweep.exists"]);
    let other = sweep(&folder, "a", &["--draws", "5", "--seed", "8", "--resume"]);
    assert_eq!(other.codes(), ["sweep.other_sweep"]);
    assert!(other.err.contains("seed"), "{}", other.err);
    assert_eq!(sweep(&folder, "a", &["--draws", "5", "--seed", "8", "--overwrite"]).code, 0);
    assert_eq!(sweep(&folder, "a", &["--draws", "0", "--overwrite"]).codes(), ["sweep.zero_draws"]);
}

#[test]
fn what_is_wrong_with_uncertainties_is_found_at_its_line() {
    let cases: &[(&str, &str, &str, &str)] = &[
        ("\"uniform\"", "\"unifrom\"", "policy.unknown_word", "uniform"),
        ("low = 0.6", "low = 1.6", "sweep.low_high", ""),
        ("sigma = 0.3", "sigma = -0.3", "sweep.spread_not_positive", ""),
        ("sigma = 0.3", "sigma = 0.3\nsd = 0.2", "sweep.lognormal_form", ""),
        ("median = 1.0", "", "sweep.lognormal_form", ""),
        ("median = 1.0", "median = 0", "sweep.lognormal_not_positive", ""),
        ("low = -60000", "low = 400000", "sweep.truncated_away", ""),
        ("0.5], [0.5, 1]", "0.5], [0.4, 1]", "sweep.matrix_symmetry", "gep × last"),
        ("[[1, 0.5]", "[[2, 0.5]", "sweep.matrix_diagonal", "gep × gep"),
        ("0.5], [0.5, 1]", "1.5], [1.5, 1]", "sweep.matrix_range", "gep × last"),
        ("0.5], [0.5, 1]", "1], [1, 1]", "sweep.not_positive_definite", "gep × last"),
        ("[[1, 0.5], [0.5, 1]]", "[[1, 0.5]]", "sweep.matrix_size", ""),
        ("[\"gep\", \"last\"]", "[\"gap\", \"last\"]", "policy.unknown_word", "gep"),
        ("id = \"gep\"", "id = \"last\"", "policy.duplicate_id", ""),
        ("seed = 7", "seed = 7.5", "sweep.not_whole", ""),
        ("seed = 7", "seeds = 7", "policy.unknown_key", "seed"),
        ("seed = 7", "draws = 0", "sweep.zero_draws", ""),
        ("high = 1.4", "high = \"1.4 万元\"", "sweep.mixed_units", ""),
    ];
    for (from, to, code, word) in cases {
        let folder = Folder::sound();
        let text = format!("{MODEL}{UNCERTAIN}").replace(from, to);
        folder.write("model.toml", text);
        let done = folder.check();
        assert_eq!(done.code, 1, "{to}");
        assert!(done.codes().iter().any(|found| found == code), "{to}: {:?}", done.codes());
        assert!(done.err.contains(word), "{to}: {}", done.err);
        let findings = done.error()["findings"].clone();
        let finding = findings.as_array().unwrap().iter().find(|finding| finding["code"] == *code).unwrap();
        assert!(finding["place"]["row"].as_u64().unwrap() > 15, "{finding}");
    }
    for (from, to, code) in [
        ("path = \"fund.district", "path = \"fund.distrct", "scenario.unknown_path"),
        ("[ecosystem=wetland]", "[ecosystem=lake]", "policy.unknown_in_data"),
    ] {
        let folder = Folder::sound();
        folder.write("model.toml", format!("{MODEL}{UNCERTAIN}").replace(from, to));
        assert_eq!(folder.check().codes(), [code]);
        let done = sweep(&folder, "a", &["--draws", "5"]);
        assert_eq!((done.code, done.codes()), (1, vec![code.to_owned()]));
        assert!(done.error()["findings"][0]["place"]["row"].as_u64().unwrap() > 15, "{}", done.err);
    }
    let folder = Folder::sound();
    assert_eq!(sweep(&folder, "a", &[]).codes(), ["sweep.none_declared"]);
}

#[test]
fn the_shipped_model_sweeps_in_words() {
    let folder = Folder::empty();
    let (model, out) = (repository("models/chongming-uncertain.toml"), folder.file("out"));
    for lang in ["zh", "en"] {
        let done = ecocomp(&["sweep", &model, "--draws", "20", "-o", &out, "--overwrite", "--lang", lang]);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.out.contains(if lang == "zh" { "低于上年" } else { "below" }), "{}", done.out);
        assert!(done.out.contains("陈家镇"));
    }
    assert!(std::fs::metadata(folder.file("out/summary.xlsx")).unwrap().len() > 5000);
}
