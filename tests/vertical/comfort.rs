//! Reading and typing: tables that fit a terminal and add up, one language a text, help and completion, names where ids are taken,
//! warnings in every document.

use std::process::Command;

use unicode_width::UnicodeWidthStr;

use crate::common::{Folder, ecocomp, repository};

fn model(name: &str) -> String {
    repository(&format!("models/{name}.toml"))
}

fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// A line of a table, and the header above it, are no wider than a terminal.
#[track_caller]
fn fits(text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.iter().any(|line| line.starts_with('─')), "no table: {text}");
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with('─')) {
        let header = at.checked_sub(1).and_then(|at| lines.get(at)).unwrap_or(&"");
        assert!(line.width() <= 80 && header.width() <= 80, "{} columns: {header}\n{text}", line.width());
    }
}

#[test]
fn every_table_fits_a_terminal_in_both_languages() {
    let (vertical, uncertain) = (model("chongming-vertical"), model("chongming-uncertain"));
    let (horizontal, folder) = (|name: &str| repository(&format!("models/horizontal/{name}")), Folder::empty());
    let agreement = horizontal("chuhe.toml");
    let out = folder.file("sweep");
    let commands: [Vec<&str>; 9] = [
        vec!["allocate", &vertical],
        vec!["compare", &vertical, "-s", "budget-up", "-s", "budget-down", "-s", "wetland-value", "-s", "green-year"],
        vec!["frontier", &vertical, "--beside-capped"],
        vec!["curve", &vertical, "--path", "fund.district.amount"],
        vec!["ranges", &vertical, "--by", "area"],
        vec!["tornado", &uncertain, "--output", "total", "--output", "ecosystem:湿地"],
        vec!["sobol", &uncertain, "--samples", "8"],
        vec!["robust", &vertical, "-s", "wetland-value", "--method", "regret"],
        vec!["sweep", &uncertain, "--draws", "8", "--overwrite", "-o", &out],
    ];
    for command in commands {
        for lang in ["zh", "en"] {
            let done = ecocomp(&[command.clone(), vec!["--lang", lang]].concat());
            assert_eq!(done.code, 0, "{command:?}: {}", done.err);
            fits(&done.out);
        }
    }
    assert_eq!(ecocomp(&["horizontal", "check", &agreement]).code, 0);
}

/// The figures of the rows of the first table, by column from the right.
fn figures(text: &str) -> Vec<Vec<f64>> {
    let number = |word: &str| word.replace(',', "").parse::<f64>().ok();
    text.lines()
        .filter(|line| line.contains('.') && line.split_whitespace().filter_map(number).count() > 3)
        .map(|line| line.split_whitespace().filter_map(number).collect())
        .collect()
}

#[test]
fn what_is_shown_in_wan_adds_up() {
    let folder = Folder::sound();
    // Amounts of which nearly none is a whole hundred of yuan.
    folder.write(
        "model.toml",
        "model = { name = \"测试\", dataset = \".\", rounding = \"0.01 元\" }\nfund = [{ id = \"district\", amount = \"333333.33 元\" }]\n\
         objective = [{ kind = \"max_min_coverage\" }]\n",
    );
    let done = ecocomp(&["allocate", &folder.file("model.toml"), "--lang", "zh"]);
    let table: String = done.out.split("\n\n").nth(1).unwrap_or_default().to_owned();
    let rows = figures(&table);
    let (total, areas) = rows.split_last().unwrap();
    assert!((total[total.len() - 3] - 33.33).abs() < 1e-9, "{table}");
    let column = |at: usize| -> f64 { areas.iter().map(|row| row[row.len() - at]).sum() };
    assert!((column(3) - total[total.len() - 3]).abs() < 1e-6, "{table}");
    assert!(!done.out.contains("略有出入"));
    // A sweep spends no more than there is, neither drawn nor as the model stands.
    let out = folder.file("sweep");
    let path = folder.file("model.toml");
    let done = ecocomp(&[
        "sweep",
        &path,
        "--grid",
        "fund.district.amount=333333.33元,333333.34元",
        "-o",
        &out,
        "--format",
        "json",
    ]);
    let total = &done.json()["total"];
    assert_eq!(total["most_fen"], 33_333_334, "{}", done.err);
    assert_eq!(total["least_fen"], 33_333_333);
}

#[test]
fn help_speaks_one_language() {
    let root = ecocomp(&["--help", "--lang", "zh"]).out;
    let commands = root.lines().skip_while(|line| *line != "命令:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> =
        commands.filter(|line| !line.starts_with("   ")).map(|line| line.split_whitespace().next().unwrap()).collect();
    assert!(names.len() > 15 && names.contains(&"allocate"), "{root}");
    for name in names {
        let (zh, en) = (ecocomp(&[name, "--help", "--lang", "zh"]).out, ecocomp(&[name, "--help", "--lang", "en"]).out);
        assert!(zh.contains("用法:ecocomp") && !zh.contains("Usage") && !zh.contains("Options"), "{zh}");
        assert!(en.contains("Usage: ecocomp"), "{en}");
        // Units may be written in Chinese: that is how they stand in a file.
        let said =
            en.replace("1.2 亿元", "").replace("0.01 元", "").replace("default 元", "").replace("万元 or 亩", "");
        assert!(!has_chinese(&said), "{en}");
        assert!(zh.lines().chain(en.lines()).all(|line| line.width() <= 80), "{zh}\n{en}");
    }
    assert!(ecocomp(&["--lang", "zh", "help", "negotiate", "offer"]).out.contains("用法:ecocomp negotiate offer"));
}

#[test]
fn the_language_is_that_of_the_system() {
    let help = |locale: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_ecocomp")).arg("--help").env("LC_ALL", locale).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(help("en_GB.UTF-8").contains("Usage:"));
    assert!(help("zh_CN.UTF-8").contains("用法:") && help("C").contains("用法:"));
}

#[test]
fn shells_and_man_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let done = ecocomp(&["completion", shell]);
        assert!(
            done.code == 0 && done.out.contains("allocate") && done.out.contains("overwrite"),
            "{shell}: {}",
            done.err
        );
    }
    assert!(ecocomp(&["completion", "zsh", "--lang", "zh"]).out.contains("分配一个模型的资金"));
    assert_eq!(ecocomp(&["completion", "tcsh"]).code, 2);
    for (lang, word) in [("zh", "退出码"), ("en", "EXIT STATUS")] {
        let manual = ecocomp(&["man", "--lang", lang]).out;
        assert!(manual.starts_with(".TH ECOCOMP") && manual.contains(word) && manual.contains("ALLOCATE"), "{manual}");
    }
}

#[test]
fn a_refused_command_line_has_chinese_reasons() {
    for (words, reason) in [
        (vec!["generate", "--areas", "x", "-o", "a"], "应为整数"),
        (vec!["generate", "--areas", "0", "-o", "a"], "须在 1 与 200000 之间"),
        (vec!["allocate"], "<模型>"),
        (vec!["explain", "a.toml"], "--area <区域>"),
        (vec!["tornado", "a.toml", "--low", "x"], "应为一个数"),
    ] {
        let done = ecocomp(&[words.clone(), vec!["--lang", "zh"]].concat());
        assert!(done.code == 2 && done.err.contains(reason), "{words:?}: {}", done.err);
    }
}

#[test]
fn names_are_taken_where_ids_are() {
    let path = model("chongming-vertical");
    let run = |changes: &[&str]| {
        let changes: Vec<&str> = changes.iter().flat_map(|change| ["--set", change]).collect();
        let done = ecocomp(&[vec!["allocate", &path, "--format", "json"], changes].concat());
        assert_eq!(done.code, 0, "{}", done.err);
        done.json()
    };
    let ids = run(&[
        "data.gep[ecosystem=wetland,area=310151111]*=1.1",
        "rule.forest_standard.at_least*=0.9",
        "fund.district.amount=+1%",
    ]);
    let names = run(&[
        "data.gep[ecosystem=湿地,area=绿华镇]*=1.1",
        "rule.林地补偿标准.at_least*=0.9",
        "fund.区级生态补偿资金.amount=+1%",
    ]);
    assert_eq!(ids["cells"], names["cells"]);
    let path_of = |json: &serde_json::Value| json["changes"][0]["path"].clone();
    assert_eq!(path_of(&ids), path_of(&names));
    let done = ecocomp(&["ranges", &path, "--ecosystem", "湿地", "--area", "绿华镇", "--format", "json"]);
    assert_eq!(done.json()["entries"].as_array().map(Vec::len), Some(1), "{}", done.err);
    // A name of several is none: the ids are named.
    let folder = Folder::sound();
    folder.write("areas.csv", "代码,名称,人口(人)\n01,甲镇,1000\n02,甲镇,3000\n");
    let shared = folder.file("model.toml");
    for words in
        [vec!["allocate", &shared, "--set", "data.gep[area=甲镇]*=2"], vec!["explain", &shared, "--area", "甲镇"]]
    {
        let done = ecocomp(&words);
        assert!(done.code != 0 && done.err.contains("01, 02"), "{words:?}: {}", done.err);
    }
    folder.write(
        "model.toml",
        "model = { name = \"测试\", dataset = \".\" }\nfund = [{ id = \"a\", label = \"资金\", amount = \"20 万元\" }, { id = \"b\", label = \"资金\", amount = \"30 万元\" }]\n\
         objective = [{ kind = \"max_min_coverage\" }]\n",
    );
    let done = ecocomp(&["allocate", &shared, "--set", "fund.资金.amount=1 万元"]);
    assert!(done.code != 0 && done.err.contains("a, b"), "{}", done.err);
}

#[test]
fn an_amount_off_the_rounding_unit_is_told_the_nearest_ones() {
    let folder = Folder::sound();
    folder.write(
        "model.toml",
        "model = { name = \"测试\", dataset = \".\", rounding = \"100 元\" }\nfund = [{ id = \"d\", label = \"区级资金\", amount = \"500050 元\" }]\n\
         objective = [{ kind = \"max_min_coverage\" }]\n",
    );
    let done = ecocomp(&["allocate", &folder.file("model.toml"), "--lang", "zh"]);
    let says = |text: &str| done.err.contains(text);
    assert!(done.code == 3 && says("500,000.00 元") && says("500,100.00 元") && says("区级资金"), "{}", done.err);
}

#[test]
fn what_is_no_toml_is_told_in_chinese() {
    let folder = Folder::sound();
    for (text, reason) in
        [("a = [1, 2", "括号没有成对"), ("[model]\nname = 云岭\n", "引号"), ("a = 1\na = 2\n", "写了两次")]
    {
        folder.write("model.toml", text);
        let done = ecocomp(&["check", &folder.file("model.toml"), "--lang", "zh"]);
        assert!(done.code == 1 && done.err.contains(reason), "{text}: {}", done.err);
        let said = done.err.lines().next().unwrap_or_default().rsplit("TOML").next().unwrap_or_default().to_owned();
        assert!(!said.contains("expected") && !said.contains("unclosed"), "{said}");
    }
}

#[test]
fn warnings_stand_in_the_documents_of_every_question() {
    let folder = Folder::sound();
    // A fund of a ten-thousandth of last year's money.
    folder.write(
        "model.toml",
        "model = { name = \"测试\", dataset = \".\" }\nfund = [{ id = \"d\", amount = \"100 元\" }]\nobjective = [{ kind = \"max_min_coverage\" }]\n\
         [uncertainty]\ndraws = 8\n[[uncertainty.input]]\nid = \"g\"\npath = \"data.gep\"\nop = \"scale\"\ndistribution = \"uniform\"\nlow = 0.9\nhigh = 1.1\n",
    );
    let path = folder.file("model.toml");
    let out = folder.file("sweep");
    let check = ecocomp(&["check", &path]);
    assert!(check.code == 0 && check.err.contains("提醒"), "{}", check.err);
    let questions: [Vec<&str>; 9] = [
        vec!["explain", &path, "--area", "01"],
        vec!["curve", &path, "--path", "fund.d.amount"],
        vec!["ranges", &path],
        vec!["alternatives", &path],
        vec!["frontier", &path, "--first", "max_min_coverage", "--second", "min_deviation_l1"],
        vec!["tornado", &path],
        vec!["sobol", &path, "--samples", "4"],
        vec!["robust", &path, "-s", "更多: data.gep*=1.1", "--method", "max_min"],
        vec!["sweep", &path, "--overwrite", "-o", &out],
    ];
    for words in questions {
        let done = ecocomp(&[words.clone(), vec!["--format", "json"]].concat());
        assert_eq!(done.code, 0, "{words:?}: {}", done.err);
        let warnings = done.json()["warnings"].as_array().cloned().unwrap_or_default();
        let said = warnings.first().and_then(|warning| warning["zh"].as_str()).unwrap_or_default().to_owned();
        assert!(!said.is_empty(), "{words:?}");
        let first = said.lines().next().unwrap_or_default().to_owned();
        assert!(ecocomp(&words).out.contains(&first), "{words:?} does not print {first}");
    }
}

#[test]
fn drivers_sweeps_and_robust_plans_are_drawn() {
    let (vertical, uncertain) = (model("chongming-vertical"), model("chongming-uncertain"));
    let folder = Folder::empty();
    for (name, words) in [
        ("tornado.svg", vec!["tornado", &uncertain, "--to"]),
        ("sobol.svg", vec!["sobol", &uncertain, "--samples", "16", "--to"]),
        ("robust.svg", vec!["robust", &vertical, "-s", "wetland-value", "--method", "regret", "-o"]),
    ] {
        let file = folder.file(name);
        let done = ecocomp(&[words, vec![&file]].concat());
        assert_eq!(done.code, 0, "{}", done.err);
        let chart = std::fs::read_to_string(&file).unwrap();
        assert!(
            chart.starts_with("<svg") && chart.ends_with("</svg>\n") && chart.matches("<rect").count() > 4,
            "{name}"
        );
    }
    let out = folder.file("sweep");
    let done = ecocomp(&["sweep", &uncertain, "--draws", "16", "-o", &out, "--format", "svg"]);
    assert!(done.code == 0 && done.out.starts_with("<svg"), "{}", done.err);
}
