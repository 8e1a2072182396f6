//! A year of Chongming from the shipped plan to next year's allocation, in the words of the command line.

use std::path::Path;

use serde_json::Value;

use crate::common::{Done, Folder, ecocomp, repository};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            std::fs::copy(entry.path(), target).map(|_| ()).unwrap()
        }
    }
}

fn good(arguments: &[&str]) -> Done {
    let done = ecocomp(arguments);
    assert_eq!(done.code, 0, "{arguments:?}\n{}\n{}", done.out, done.err);
    done
}

fn rows(done: &Done) -> Vec<Value> {
    done.json()["rows"].as_array().unwrap().clone()
}

#[test]
fn a_year_from_plan_to_plan() {
    let folder = Folder::empty();
    copy(Path::new(&repository("datasets/ledger")), &folder.path().join("work"));
    let file = |name: &str| folder.file(name);
    let ledger = file("work/chongming");
    let list = |name: &str| format!("{ledger}/lists/{name}");
    let model = repository("models/chongming-vertical.toml");
    // The bureau: plan, budget, release.
    good(&["allocate", &model, "-o", &file("plan.json")]);
    let post = [
        "fund",
        "post",
        &ledger,
        "--from",
        &file("plan.json"),
        "--kind",
        "预算,下达",
        "--date",
        "2025-02-20",
        "--by",
        "区财政局",
    ];
    good(&post);
    let again = ecocomp(&[post.as_slice(), &["--json"]].concat());
    assert_eq!((again.code, again.codes()), (1, vec!["fund.same_file".to_owned()]));
    // A dry run writes nothing; the list is posted once and recognised then.
    let import = |name: &str, kind: &str, by: &str, more: &[&str]| {
        let path = list(name);
        let head = ["fund", "import", &ledger, &path, "--kind", kind, "--by", by];
        ecocomp(&[head.as_slice(), more].concat())
    };
    assert_eq!(import("2025-payments.csv", "拨付", "区财政局", &[]).code, 0);
    assert_eq!(std::fs::read_dir(format!("{ledger}/batches")).unwrap().count(), 1);
    // Spending before payment does not hold.
    let early = import("2025-spending-1.csv", "支出", "城桥镇", &["--post", "--json"]);
    assert_eq!(early.codes().first().map(String::as_str), Some("fund.line"));
    assert_eq!(import("2025-payments.csv", "拨付", "区财政局", &["--post"]).code, 0);
    assert_eq!(import("2025-payments.csv", "拨付", "区财政局", &["--post", "--json"]).codes(), ["fund.same_file"]);
    // Two reporters.
    assert_eq!(import("2025-spending-1.csv", "支出", "城桥镇", &["--post"]).code, 0);
    assert_eq!(import("2025-spending-2.csv", "支出", "横沙乡", &["--post"]).code, 0);
    // The state, and a figure that opens to its events.
    let state = good(&["fund", "state", &ledger, "--by", "area", "--format", "json"]);
    let total = state.json()["total"].clone();
    assert_eq!(total["planned_fen"], 13_500_000_000_i64);
    assert_eq!(total["released_fen"], 13_500_000_000_i64);
    for row in rows(&state) {
        let area = row["area"]["zh"].as_str().unwrap().to_owned();
        let word = format!("area={area}");
        let events = good(&["fund", "events", &ledger, "--where", &word, "--kind", "支出", "--format", "json"]);
        let sum: i64 = rows(&events).iter().map(|row| row["fen"].as_i64().unwrap()).sum();
        assert_eq!(row["spent_fen"].as_i64().unwrap(), sum, "{area}");
    }
    // The auditor: the chain, the clocks (approved 01-10: general until 02-09, eleven days late), what was held back.
    assert!(good(&["fund", "verify", &ledger]).out.contains('4'));
    let found = good(&["fund", "check", &ledger, "--year", "2025", "--on", "2025-12-31", "--format", "json"]);
    let late: Vec<Value> = rows(&found).into_iter().filter(|row| row["rule"]["zh"] == "release_general").collect();
    assert!(!late.is_empty() && late.iter().all(|row| row["days"] == "11"), "{late:?}");
    let held: Vec<Value> = rows(&found).into_iter().filter(|row| row["rule"]["zh"] == "held_back").collect();
    assert!(held.iter().any(|row| row["line"]["zh"].as_str().unwrap().contains("横沙乡")));
    assert!(rows(&found).iter().all(|row| !row["basis"]["zh"].as_str().unwrap().is_empty()));
    // Closing, in order; events of a closed year are refused.
    let early = ecocomp(&["fund", "close", &ledger, "2025", "--post", "--by", "区财政局", "--json"]);
    assert_eq!(early.codes(), ["fund.close_order"]);
    good(&["fund", "close", &ledger, "2024", "--post", "--by", "区财政局"]);
    let forecast = good(&["fund", "close", &ledger, "2025", "--format", "json"]);
    let closed = good(&["fund", "close", &ledger, "2025", "--post", "--by", "区财政局", "--format", "json"]);
    assert_eq!(forecast.json()["total"], closed.json()["total"]);
    let total = closed.json()["total"].clone();
    let fen = |key: &str| total[key].as_i64().unwrap();
    assert_eq!(fen("planned_fen"), fen("spent_fen") + fen("carried_fen"));
    assert!(fen("carried_fen") > 0 && fen("surplus_fen") == 0);
    let beside = good(&["fund", "close", &ledger, "2025", "--beside", "3", "--format", "json"]);
    assert_eq!(beside.json()["total"]["carried_fen"], total["carried_fen"]);
    assert!(beside.json()["total"]["carried_difference_fen"].as_i64().unwrap() < 0);
    let closed_year = [
        "fund",
        "post",
        &ledger,
        "--kind",
        "支出",
        "--amount",
        "-1元",
        "--fund",
        "district",
        "--area",
        "城桥镇",
        "--ecosystem",
        "forest",
        "--date",
        "2025-12-30",
        "--reason",
        "误记",
        "--by",
        "城桥镇",
        "--json",
    ];
    assert_eq!(ecocomp(&closed_year).codes(), ["fund.closed_year"]);
    // Outcome, and next year's allocation.
    let (facts, acts, rules) = (list("2025-scores.csv"), list("2025-acts.csv"), format!("{ledger}/outcome.toml"));
    let asked = [ledger.as_str(), "2025", "--facts", &facts, "--acts", &acts, "--rules", &rules];
    let scored = good(&[["fund", "evaluate"].as_slice(), &asked, &["--format", "json"]].concat());
    assert_eq!(rows(&scored).len(), 18);
    let (scenario, adjustments) = (file("next.toml"), file("adjust.csv"));
    let more = ["--scenario", &scenario, "--adjustments", &adjustments, "--format", "json"];
    good(&[["fund", "next"].as_slice(), &asked, &more].concat());
    let next = good(&["allocate", &model, "-s", &scenario, "--format", "json"]).json();
    let plan: Value = serde_json::from_str(&std::fs::read_to_string(file("plan.json")).unwrap()).unwrap();
    assert_ne!(next["hash"], plan["hash"]);
    let last: i64 =
        next["cells"].as_array().unwrap().iter().map(|cell| cell["last_year_fen"].as_i64().unwrap_or(0)).sum();
    assert_eq!(last, 13_500_000_000);
    // The plan of next year and what the pot pays for rewards come to the envelope.
    let text = std::fs::read_to_string(&scenario).unwrap();
    // Cuts are above rewards here: the pot pays nothing, and the whole envelope is shared out.
    assert!(!text.contains("fund.district.amount"));
    let planned: i64 = next["cells"].as_array().unwrap().iter().map(|cell| cell["amount_fen"].as_i64().unwrap()).sum();
    let kept: i64 = next["funds"].as_array().unwrap().iter().map(|fund| fund["kept_fen"].as_i64().unwrap_or(0)).sum();
    assert_eq!(planned + kept, 13_500_000_000);
    std::fs::write(file("plan-2026.json"), serde_json::to_string(&next).unwrap()).unwrap();
    good(&[
        "fund",
        "post",
        &ledger,
        "--from",
        &file("plan-2026.json"),
        "--kind",
        "预算",
        "--date",
        "2026-01-15",
        "--by",
        "区财政局",
    ]);
    // Rewards and cuts go on top, shared out to the lines of the plan.
    let more = ["fund", "import", &ledger, &adjustments, "--date", "2026-02-01", "--by", "区财政局", "--post"];
    good(&more);
    let state = good(&["fund", "state", &ledger, "--where", "year=2026", "--format", "json"]).json();
    assert_eq!(state["total"]["planned_fen"], 13_500_000_000_i64 - 737_152_669);
    good(&["fund", "verify", &ledger]);
    // A byte that is changed is seen.
    let batch = format!("{ledger}/batches/00000002.jsonl");
    let changed = std::fs::read_to_string(&batch).unwrap().replacen("\"fen\":4", "\"fen\":5", 1);
    std::fs::write(&batch, changed).unwrap();
    assert_eq!(ecocomp(&["fund", "verify", &ledger, "--json"]).codes(), ["fund.changed_batch"]);
}

#[test]
fn reports_have_every_form() {
    let folder = Folder::empty();
    copy(Path::new(&repository("datasets/ledger")), &folder.path().join("work"));
    let ledger = folder.file("work/chongming");
    let post = |kind: &str, amount: &str| {
        let words =
            ["fund", "post", &ledger, "--kind", kind, "--amount", amount, "--fund", "district", "--area", "堡镇"];
        good(&[words.as_slice(), &["--date", "2025-03-01", "--channel", "养老", "--by", "甲"]].concat());
    };
    for (kind, amount) in [("预算", "100万元"), ("下达", "80万元"), ("拨付", "60万元"), ("支出", "50万元")]
    {
        post(kind, amount);
    }
    for report in ["progress", "age", "flow"] {
        for end in ["xlsx", "csv", "json", "svg", "png"] {
            let path = folder.file(&format!("{report}.{end}"));
            good(&["fund", "report", &ledger, report, "--year", "2025", "--on", "2025-12-31", "-o", &path]);
            assert!(std::fs::metadata(&path).unwrap().len() > 100, "{path}");
        }
        let svg = std::fs::read_to_string(folder.file(&format!("{report}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains(if report == "age" { "100" } else { "50.00" }) || report == "age", "{svg}");
    }
    let made = folder.file("new");
    good(&["fund", "init", &made]);
    good(&["fund", "check", &made]);
    let again = ecocomp(&["fund", "init", &made, "--json"]);
    assert_eq!(again.code, 1);
}

#[test]
fn payees_are_listed_checked_paid_and_forgotten() {
    let folder = Folder::empty();
    copy(Path::new(&repository("datasets/ledger")), &folder.path().join("work"));
    let (ledger, register) = (folder.file("work/chongming"), folder.file("work/payees"));
    for (kind, amount) in [("预算", "100万元"), ("下达", "100万元"), ("拨付", "100万元")] {
        for area in ["建设镇", "港西镇"] {
            let words =
                ["fund", "post", &ledger, "--kind", kind, "--amount", amount, "--fund", "district", "--area", area];
            good(&[words.as_slice(), &["--ecosystem", "林地", "--date", "2025-03-01", "--by", "甲"]].concat());
        }
    }
    let list = good(&[
        "payee",
        "list",
        &register,
        "--on",
        "2025-07-01",
        "--bank",
        &folder.file("bank.csv"),
        "--format",
        "json",
    ]);
    assert_eq!(rows(&list).len(), 24);
    assert!(!list.out.contains("62284800000"));
    let wrong = good(&["payee", "check", &register, "--on", "2025-07-01", "--ledger", &ledger, "--format", "json"]);
    let rules: Vec<String> = rows(&wrong).iter().map(|row| row["rule"]["zh"].as_str().unwrap().to_owned()).collect();
    assert_eq!(rules, ["dead", "area_above"]);
    // The bank's return: what the order says, one of them failed.
    let order = std::fs::read_to_string(folder.file("bank.csv")).unwrap();
    let mut bank = String::from("编号,金额(元),结果\n");
    for line in order.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        bank.push_str(&format!("{},{},{}\n", cells[0], cells[3], if cells[0] == "P0003" { "失败" } else { "成功" }));
    }
    let returned = folder.write("return.csv", bank).display().to_string();
    let again = folder.file("again.csv");
    let post = [
        "payee",
        "post",
        &register,
        &ledger,
        "--on",
        "2025-07-01",
        "--bank-return",
        &returned,
        "--again",
        &again,
        "--by",
        "甲",
    ];
    let blocked = ecocomp(&[post.as_slice(), &["--json"]].concat());
    assert_eq!(blocked.codes(), ["payee.blocked"]);
    good(&[post.as_slice(), &["--accept", "已核实"]].concat());
    assert_eq!(std::fs::read_to_string(&again).unwrap().lines().count(), 2);
    // No reason lets anybody be paid twice.
    let twice = ecocomp(&[post.as_slice(), &["--accept", "已核实", "--overwrite", "--json"]].concat());
    assert_eq!(twice.codes(), ["payee.blocked"]);
    let early = ecocomp(&["fund", "close", &ledger, "1999", "--json"]);
    assert_eq!(early.codes(), ["fund.before_first"]);
    let ledger_text: String = std::fs::read_dir(format!("{ledger}/batches"))
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert!(!ledger_text.contains("示例户") && !ledger_text.contains("62284800000") && !ledger_text.contains("P0003"));
    good(&["payee", "forget", &register, "P0007"]);
    assert!(!std::fs::read_to_string(format!("{register}/payees.csv")).unwrap().contains("示例户07"));
    good(&["damage", "due", &folder.file("work/damage"), "--on", "2026-01-01"]);
    good(&["damage", "ledger", &folder.file("work/damage"), "--on", "2026-01-01"]);
    good(&["damage", "use", &folder.file("work/damage"), "--on", "2026-01-01"]);
}

#[test]
fn two_clerks_at_once_and_a_killed_one_lose_nothing() {
    let folder = Folder::empty();
    copy(Path::new(&repository("datasets/ledger")), &folder.path().join("work"));
    let ledger = folder.file("work/chongming");
    let post = &|kind: &str, number: usize| {
        let document = format!("{number}号");
        ecocomp(&[
            "fund",
            "post",
            &ledger,
            "--kind",
            kind,
            "--amount",
            "1元",
            "--fund",
            "district",
            "--area",
            "堡镇",
            "--date",
            "2025-03-01",
            "--document",
            &document,
            "--by",
            "甲",
            "--json",
        ])
    };
    assert_eq!(post("预算", 0).code, 0);
    // What a clerk left who was killed while writing: half a batch under a name that is none.
    std::fs::write(format!("{ledger}/batches/.1.tmp"), "{\"date\":\"2025-03-01\",\"ki").unwrap();
    let done: Vec<bool> = std::thread::scope(|scope| {
        let started: Vec<_> = (1..=6).map(|number| scope.spawn(move || post("预算", number))).collect();
        let all = started.into_iter().map(|one| one.join().unwrap());
        all.map(|done| {
            done.code == 0 || {
                assert_eq!(done.codes(), ["fund.raced"]);
                false
            }
        })
        .collect()
    });
    let posted = 1 + done.iter().filter(|good| **good).count();
    let state = good(&["fund", "state", &ledger, "--format", "json"]);
    assert_eq!(state.json()["total"]["planned_fen"], posted * 100);
    let batches = std::fs::read_dir(format!("{ledger}/batches")).unwrap();
    let whole =
        batches.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".jsonl")).count();
    assert_eq!(whole, posted);
    good(&["fund", "verify", &ledger]);
}
