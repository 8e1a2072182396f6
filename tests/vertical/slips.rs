//! What looks like a slip is said on standard error and in every form of the result: units, percentages, zeros, plans of nothing.

use crate::common::{CELLS, Done, Folder, MODEL, ecocomp, repository};
use calamine::{Data, Reader as _, Xlsx, open_workbook};

/// Three townships; the GEP of one forest is in 元 under 万元.
const SLIPPED: &str = "区域代码,区域名称,生态系统,面积(亩),生态产品总值(万元),质量(指数),保护成效(分),上年补偿(万元)\n\
310151101,城桥镇,林地,26846,13991.99,0.90,69.9,249.23\n\
310151101,城桥镇,基本农田,24789,2189.91,0.93,55.0,142.42\n\
310151102,堡镇,林地,27920,145517500,0.82,84.5,269.43\n\
310151102,堡镇,基本农田,25781,2277.54,0.86,83.5,174.03\n\
310151103,新河镇,林地,20000,10551.75,0.82,74.5,209.43\n\
310151103,新河镇,基本农田,20781,1977.54,0.86,63.5,154.03\n";
const TOWNS: &str = "代码,名称,人口(人)\n310151101,城桥镇,86242\n310151102,堡镇,62947\n310151103,新河镇,43121\n";

fn folder(model: &str, areas: &str, cells: &str) -> Folder {
    let folder = Folder::empty();
    for (name, text) in [("model.toml", model), ("areas.csv", areas), ("cells.csv", cells)] {
        folder.write(name, text);
    }
    folder
}

fn slipped(amount: &str, between: &str) -> Folder {
    let model = format!(
        "model = {{ name = \"t\", dataset = \".\" }}\nfund = [{{ id = \"district\", amount = \"{amount}\" }}]\n\
         [[rule]]\nkind = \"corridor\"\nbetween = {between}\n[[objective]]\nkind = \"max_min_coverage\"\n"
    );
    folder(&model, TOWNS, SLIPPED)
}

fn run(folder: &Folder, words: &[&str]) -> Done {
    let model = folder.file("model.toml");
    ecocomp(&[&["allocate", model.as_str()], words].concat())
}

fn workbook_text(path: &str) -> String {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let mut text = String::new();
    for name in book.sheet_names() {
        for row in book.worksheet_range(&name).unwrap().rows() {
            text.extend(
                row.iter()
                    .filter_map(|cell| if let Data::String(words) = cell { Some(format!("{words}\n")) } else { None }),
            );
        }
    }
    text
}

#[test]
fn a_slip_is_said_in_every_output() {
    const SAID: &str = "堡镇(310151102)的林地";
    let folder = slipped("1200 万元", "[0.8, 1.5]");
    let (csv, xlsx) = (folder.file("r.csv"), folder.file("r.xlsx"));
    for words in [vec![], vec!["--format", "json"], vec!["-o", &csv], vec!["-o", &xlsx]] {
        let done = run(&folder, &words);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.err.contains(SAID) && done.err.contains("以“元”计"), "{words:?}: {}", done.err);
        if words.len() != 2 || words[0] != "-o" {
            assert!(done.out.contains(SAID), "{words:?}: {}", done.out);
        }
    }
    assert!(std::fs::read_to_string(&csv).unwrap().lines().skip(1).all(|line| line.contains(SAID)));
    assert!(workbook_text(&xlsx).contains(SAID));
    // Beside an answer that there is no plan, too.
    let none = slipped("1 万元", "[0.8, 1.5]");
    let done = run(&none, &["--json"]);
    assert_eq!(done.code, 3, "{}", done.err);
    let codes = done.codes();
    for code in ["solver.infeasible", "dataset.implausible", "policy.funds_below_last_year"] {
        assert!(codes.iter().any(|known| known == code), "{code}: {codes:?}");
    }
    let told = run(&none, &[]);
    assert_eq!(told.err.matches(SAID).count(), 1, "{}", told.err);
}

/// Twelve forests of nearly the same worth and cost per 亩, one of them given.
fn twelve(row: &str) -> Done {
    let mut areas = String::from("代码,名称\n");
    let mut cells = String::from("区域代码,生态系统,面积(亩),生态产品总值(万元),保护成本(万元),上年补偿(万元)\n");
    for at in 1..=12 {
        areas.push_str(&format!("{at:02},镇{at}\n"));
        let extent = 1_000 * at;
        let (gep, cost, last) = (300 * at + 17 * (at % 3), 3 * at, 2 * at);
        cells.push_str(&match at {
            7 if !row.is_empty() => format!("07,林地,{row}\n"),
            _ => format!("{at:02},林地,{extent},{gep},{cost},{last}\n"),
        });
    }
    let folder = folder(MODEL, &areas, &cells);
    ecocomp(&["check", &folder.file("model.toml"), "--set", "fund.district.amount=150 万元"])
}

#[test]
fn one_row_among_close_ones_is_seen_from_ten_times_on() {
    assert_eq!(twelve("").err, "");
    // Sound, if dear.
    assert_eq!(twelve("7000,5000,21,14").err, "");
    for (row, said) in [
        ("7000,21170,21,14", ["D 生态产品总值(万元)", "小数点或位数"]),
        ("7000,211.7,21,14", ["D 生态产品总值(万元)", "小数点或位数"]),
        ("7000,21170000,21,14", ["D 生态产品总值(万元)", "以“元”计"]),
        ("7000,0.2117,21,14", ["D 生态产品总值(万元)", "以“亿元”计"]),
        ("466.67,2117,21,14", ["C 面积(亩)", "以“公顷”计"]),
        ("0.7,2117,21,14", ["C 面积(亩)", "以“万亩”计"]),
    ] {
        let done = twelve(row);
        assert_eq!(done.code, 0, "{row}: {}", done.err);
        assert!(
            done.err.contains("cells.csv:8") && said.iter().all(|word| done.err.contains(word)),
            "{row}: {}",
            done.err
        );
        assert_eq!(done.err.matches("镇7(07)的林地").count(), 1, "{row}: {}", done.err);
    }
}

#[test]
fn a_whole_column_in_another_unit_is_seen() {
    let scaled = |column: usize, times: f64| {
        let mut text = String::new();
        for (at, line) in CELLS.lines().enumerate() {
            let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
            if at > 0 {
                fields[column] = format!("{:.2}", fields[column].parse::<f64>().unwrap() * times);
            }
            text.push_str(&(fields.join(",") + "\n"));
        }
        let folder = Folder::sound();
        folder.write("cells.csv", text);
        ecocomp(&["check", &folder.file("model.toml")])
    };
    assert_eq!(scaled(2, 1.0).err, "");
    for (column, times, said) in [
        (2, 1e-4, ["C 面积(亩)", "以“万亩”计"]),
        (3, 1e-4, ["D 生态产品总值(元)", "以“万元”计"]),
        (3, 1e4, ["D 生态产品总值(元)", "生态产品总值"]),
        (8, 1e4, ["I 上年补偿(元)", "上年补偿"]),
    ] {
        let done = scaled(column, times);
        assert!(done.code == 0 && said.iter().all(|word| done.err.contains(word)), "{column} × {times}: {}", done.err);
    }
}

#[test]
fn persons_and_scores_slip_too() {
    let cells = SLIPPED.replace("145517500", "14551.75");
    let model = "model = { name = \"t\", dataset = \".\" }\nfund = [{ id = \"d\", amount = \"1200 万元\" }]\nobjective = [{ kind = \"max_min_coverage\" }]\n";
    let check = |areas: &str, cells: &str| {
        let folder = folder(model, areas, cells);
        ecocomp(&["check", &folder.file("model.toml")]).err
    };
    assert_eq!(check(TOWNS, &cells), "");
    let persons = check(&TOWNS.replace("62947", "6"), &cells);
    assert!(persons.contains("areas.csv:3") && persons.contains("以“万人”计"), "{persons}");
    let score = check(TOWNS, &cells.replace("0.90,", "90,"));
    assert!(score.contains("cells.csv:2") && score.contains("百分数与小数"), "{score}");
}

#[test]
fn what_is_shipped_and_generated_raises_no_alarm() {
    let is_alarm =
        |text: &str| ["同类中位数", "单位看来", "整列", "应有的", "百分数"].iter().any(|word| text.contains(word));
    for model in std::fs::read_dir(repository("models")).unwrap().map(|entry| entry.unwrap().path()) {
        if model.extension().is_some_and(|extension| extension == "toml") {
            let done = ecocomp(&["check", &model.display().to_string()]);
            assert!(!is_alarm(&done.err), "{}: {}", model.display(), done.err);
        }
    }
    for (areas, seed) in [("5", "1"), ("40", "2"), ("300", "3")] {
        let folder = Folder::empty();
        let output = folder.path().display().to_string();
        ecocomp(&["generate", "--areas", areas, "--seed", seed, "-o", &output]);
        let done = ecocomp(&["check", &folder.file("model.toml")]);
        assert!(done.code == 0 && !is_alarm(&done.err), "{areas}: {}", done.err);
    }
}

const CORRIDOR: &str = "[[rule]]\nkind = \"corridor\"\nper = \"area\"\n";

fn corridor(more: &str) -> String {
    format!(
        "{}{CORRIDOR}{more}\n",
        MODEL
            .replace("objective = [{ kind = \"max_min_coverage\" }]\n", "[[objective]]\nkind = \"max_min_coverage\"\n")
    )
}

#[test]
fn a_corridor_in_per_cent_without_its_sign_is_asked_about() {
    let folder = Folder::sound();
    folder.write("model.toml", corridor("between = [90, 120]"));
    let done = folder.check();
    assert!(done.code == 1 && done.err.contains("policy.corridor_percent"), "{}", done.err);
    assert!(done.err.contains("0.9") && done.err.contains("1.2") && done.err.contains("90%"), "{}", done.err);
    // A most alone may be a way to say that there is none.
    folder.write("model.toml", corridor("at_most = 120"));
    let done = folder.check();
    assert!(done.code == 0 && done.err.contains("1.2"), "{}", done.err);
    for right in ["between = [0.9, 1.2]", "between = [\"90%\", \"120%\"]", "at_most = 5"] {
        folder.write("model.toml", corridor(right));
        let done = folder.check();
        assert!(done.code == 0 && done.err.is_empty(), "{right}: {}", done.err);
    }
}

#[test]
fn free_frees_what_is_blank_and_nothing_else() {
    let cells = "区域代码,生态系统,生态产品总值(万元),上年补偿(万元)\n\
A1,林地,1000,100\nA1,湿地,500,\nA2,林地,1000,100\nA3,林地,1000,100\nA3,湿地,9000,100\nA4,林地,700,\nA5,林地,700,0\n";
    let areas = "代码,名称\nA1,甲镇\nA2,乙镇\nA3,丙镇\nA4,丁镇\nA5,戊镇\n";
    let model = "model = { name = \"部分空白\", dataset = \".\" }\nfund = [{ id = \"f\", amount = \"900 万元\" }]\n\
[[rule]]\nkind = \"corridor\"\nper = \"area\"\nbetween = [0.9, 1.2]\nnew = \"free\"\n[[objective]]\nkind = \"max_min_coverage\"\n";
    let done = folder(model, areas, cells).allocate(&[]);
    let record = done.json();
    let amount = |area: &str, ecosystem: &str| {
        let cells = record["cells"].as_array().unwrap();
        let cell = cells.iter().find(|cell| cell["area"] == area && cell["ecosystem"] == ecosystem).unwrap();
        cell["amount_fen"].as_i64().unwrap()
    };
    const WAN: i64 = 1_000_000;
    // The blank wetland of 甲镇 is free, its forest is bound as 乙镇's is.
    for (area, last) in [("A1", 100), ("A2", 100)] {
        assert!((90 * WAN * last / 100..=120 * WAN * last / 100).contains(&amount(area, "forest")), "{area}");
    }
    let third = amount("A3", "forest") + amount("A3", "wetland");
    assert!((180 * WAN..=240 * WAN).contains(&third), "{third}");
    assert_eq!(amount("A5", "forest"), 0, "a written 0 is a figure");
    assert_eq!(
        amount("A1", "wetland") + amount("A4", "forest"),
        900 * WAN - amount("A1", "forest") - amount("A2", "forest") - third
    );
    let warnings = record["warnings"].to_string();
    assert!(warnings.contains("甲镇·湿地") && warnings.contains("戊镇"), "{warnings}");
    assert!(record["rules"].as_array().unwrap().iter().all(|rule| rule["holds"] == true));
}

#[test]
fn a_last_year_of_zero_is_said_also_under_a_change() {
    let folder = Folder::sound();
    folder.write("model.toml", corridor("between = [0.5, 2.0]"));
    assert!(!folder.allocate(&[]).json()["warnings"].to_string().contains("0 元"));
    let done = folder.allocate(&["--set", "data.last_year[area=01]=0"]);
    let record = done.json();
    assert_eq!(record["areas"][0]["amount_fen"], 0);
    assert!(record["warnings"].to_string().contains("只许这 1 组得 0 元:甲镇"), "{}", record["warnings"]);
    folder.write("cells.csv", CELLS.replace(",100000\n", ",0\n").replace(",80000\n", ",0\n"));
    let written = folder.allocate(&[]).json();
    assert!(written["warnings"].to_string().contains("只许这 1 组得 0 元:甲镇"), "{}", written["warnings"]);
}

#[test]
fn a_plan_of_nothing_says_so() {
    let mut model = String::from(
        "model = { name = \"各不超过两成\", dataset = \".\", area_label = \"项目\" }\n\
         fund = [{ id = \"pool\", amount = \"10000 元\", spend = \"up_to\" }]\n[entitlement]\nfactors = { extent = 1 }\n",
    );
    for at in 1..=4 {
        model.push_str(&format!(
            "[[rule]]\nkind = \"share\"\nid = \"share_{at}\"\nof = {{ area = \"P0{at}\" }}\nat_most = 0.2\n"
        ));
    }
    model.push_str("[[objective]]\nkind = \"max_min_coverage\"\n");
    let areas = "代码,名称,人口(人)\nP01,项目1,1\nP02,项目2,1\nP03,项目3,1\nP04,项目4,1\n";
    let cells = "区域代码,生态系统,面积(亩)\nP01,林地,50\nP02,林地,30\nP03,林地,15\nP04,林地,5\n";
    let folder = folder(&model, areas, cells);
    let done = run(&folder, &["--format", "json"]);
    assert_eq!(done.json()["total"]["amount_fen"], 0);
    assert!(done.json()["warnings"].to_string().contains("一分未分") && done.err.contains("一分未分"), "{}", done.err);
    // With a quarter for each the money is given out, and nothing is said.
    folder.write("model.toml", model.replace("at_most = 0.2", "at_most = 0.25"));
    let done = run(&folder, &["--format", "json"]);
    assert_eq!(done.json()["total"]["amount_fen"], 1_000_000);
    assert!(!done.err.contains("一分未分"), "{}", done.err);
}

#[test]
fn a_least_coverage_that_one_cell_holds_protects_no_other_and_is_said() {
    let stuck = |levels: &str| {
        let folder = Folder::sound();
        let head = MODEL.split("objective").next().unwrap();
        folder.write(
            "model.toml",
            format!(
                "{head}[[rule]]\nkind = \"cap\"\nof = {{ area = \"01\", ecosystem = \"forest\" }}\nat_most = \"0 元\"\n\
                 [[objective]]\nkind = \"max_min_coverage\"\nlevels = \"{levels}\"\n\
                 [[objective]]\nkind = \"max_outcome_benefit\"\nreturns = [[5.0, 1.0]]\n"
            ),
        );
        run(&folder, &["--format", "json"])
    };
    let worst = stuck("worst");
    let remark = worst.json()["warnings"].to_string();
    assert!(remark.contains("不再保护其余 3 个单元") && remark.contains("甲镇·林地"), "{remark}");
    assert!(worst.err.contains("不再保护"), "{}", worst.err);
    assert!(!stuck("all").err.contains("不再保护"));
}
