//! Monitoring data as offices keep them: words for no water, months that lack something, zeros, blunt methods, slips of units.

use calamine::{Data, Reader as _};

use crate::common::{Folder, ecocomp};
use ecocomp::finding::{Finding, Findings};
use ecocomp::horizontal::agreement::read;
use ecocomp::horizontal::settlement::{MonitoringTable, Settlement, SettlementRequest, settle};
use ecocomp::phrases::Lang;

const WAN: i64 = 1_000_000;

fn try_settle(toml: &str, csv: &str) -> Result<Settlement, Finding> {
    let agreement = read(toml, "a.toml").unwrap_or_else(|found| panic!("{found}")).agreement;
    let monitoring = vec![MonitoringTable { name: "m.csv".to_owned(), csv: csv.to_owned() }];
    settle(&SettlementRequest { agreement, monitoring, year: None })
        .map_err(|Findings(found)| found.into_iter().next().unwrap())
}

fn settled(toml: &str, csv: &str) -> Settlement {
    try_settle(toml, csv).unwrap_or_else(|finding| panic!("{}\n{csv}", finding.render(Lang::En)))
}

fn net(settlement: &Settlement, party: &str) -> i64 {
    settlement.total.iter().find(|part| part.party == party).unwrap().net_fen
}

/// Whether a remark says all of these words.
fn warns(settlement: &Settlement, words: &[&str]) -> bool {
    settlement.warnings.iter().any(|warning| words.iter().all(|word| warning.zh.contains(word)))
}

const HEAD: &str = "[agreement]\nname = \"试\"\nfirst_year = 2024\nlast_year = 2024\nbasis = \"例\"\nsource = \"例\"\nconfirmed = \"assumed\"\n\
[[party]]\nid = \"up\"\nname = \"上游县\"\n[[party]]\nid = \"down\"\nname = \"下游县\"\n";

fn section(id: &str, name: &str, more: &str) -> String {
    format!("[[section]]\nid = \"{id}\"\nname = \"{name}\"\nupstream = \"up\"\ndownstream = \"down\"\n{more}\n")
}

fn exceedance(more: &str) -> String {
    let one = |id: &str, every: &str| {
        format!(
            "[[clause]]\nid = \"{id}\"\ntitle = \"{id} 扣缴\"\nbasis = \"例\"\n[clause.exceedance]\nfrom = \"upstream\"\nto = \"downstream\"\nindicators = [\"{id}\"]\nevery = {every}\ncount = \"started\"\namount = \"30 万元\"\ncombine = \"sum\"\nmissing_month = \"skip\"\n{more}\n"
        )
    };
    one("cod", "0.2") + &one("nh3_n", "0.5")
}

/// 冀环领办〔2016〕7号: 26 sections, of which some carried no water and some were frozen; 330 万元 in one month.
#[test]
fn words_for_no_water_are_months_without_data() {
    let sections: String =
        (1..=26).map(|at| section(&format!("s{at:02}"), &format!("断面{at:02}"), "target_class = \"V\"")).collect();
    let toml = format!(
        "{HEAD}{sections}[[indicator]]\nid = \"cod\"\n[[indicator]]\nid = \"nh3_n\"\n[data]\n{}",
        exceedance("")
    );
    for word in ["断流", "冰冻", "结冰", "冰封", "封冻", "无水", "干涸", "河道断流", "缺测"] {
        let row = |at: u32| match at {
            ..=9 => "断流,断流".to_owned(),
            10..=16 => format!("{word},{word}"),
            23 => "30,2.26".to_owned(),
            24 => "28,3.23".to_owned(),
            25 => "41,1.2".to_owned(),
            26 => "90,1.1".to_owned(),
            _ => "25,0.9".to_owned(),
        };
        let rows: String = (1..=26).map(|at| format!("断面{at:02},2024-01,{}\n", row(at))).collect();
        let settlement = settled(&toml, &format!("断面,年月,化学需氧量(mg/L),氨氮(mg/L)\n{rows}"));
        assert_eq!(net(&settlement, "down"), 330 * WAN, "{word}");
        let steps = &settlement.years[0].clauses[0].steps;
        assert!(
            steps.iter().any(|step| step.zh.contains("断面12") && step.zh.contains(&format!("1({word})"))),
            "{word}"
        );
    }
    // A word that nobody knows is named, and the remedy of the message lets the agreement say what it means.
    let csv = "断面,年月,化学需氧量(mg/L),氨氮(mg/L)\n断面01,2024-01,停电,0.5\n";
    let finding = try_settle(&toml, csv).unwrap_err();
    assert_eq!(finding.code(), "settlement.unknown_word");
    let remedy = "absent_words = [\"停电\"]";
    assert!(finding.phrase.render_fix(Lang::Zh).contains(remedy));
    assert_eq!(net(&settled(&toml.replace("[data]", &format!("[data]\n{remedy}")), csv), "down"), 0);
}

/// 保水领办〔2018〕5号: above the limit, but no worse than where the river enters: nothing is taken.
#[test]
fn water_no_worse_than_it_came_is_excused() {
    let rule = |key: &str| {
        let sections = section("in", "入境对照", "").replace("upstream = \"up\"\ndownstream = \"down\"\n", "")
            + &section("out", "出境", &format!("target_class = \"IV\"\n{key}"));
        format!("{HEAD}{sections}[[indicator]]\nid = \"cod\"\n[[indicator]]\nid = \"nh3_n\"\n[data]\n")
    };
    let clause = |more: &str| exceedance(&format!("sections = [\"out\"]\n{more}"));
    let csv = |came: &str, left: &str| {
        format!("断面,年月,化学需氧量(mg/L),氨氮(mg/L)\n入境对照,2024-02,{came},0.5\n出境,2024-02,{left},0.5\n")
    };
    let without = rule("") + &clause("");
    let with = rule("reference = \"in\"") + &clause("no_worse_than_reference = true");
    // COD of class IV: 30 mg/L.
    for (came, left, plain, excused) in [
        ("36", "35.4", 30, 0),
        ("36", "36", 30, 0),
        ("36", "36.1", 60, 60),
        ("断流", "35.4", 30, 30),
        ("20", "29", 0, 0),
    ] {
        assert_eq!(net(&settled(&without, &csv(came, left)), "down"), plain * WAN, "{came} {left}");
        let settlement = settled(&with, &csv(came, left));
        assert_eq!(net(&settlement, "down"), excused * WAN, "{came} {left}");
        let told = settlement.years[0].clauses[0].steps.iter().any(|step| step.zh.contains("对照断面“入境对照”"));
        assert_eq!(told, plain > 0, "{came} {left}");
    }
    let code = |toml: &str| read(toml, "a.toml").unwrap_err().0[0].code();
    assert_eq!(code(&(rule("") + &clause("no_worse_than_reference = true"))), "agreement.no_reference");
    assert_eq!(code(&(rule("reference = \"out\"") + &clause(""))), "agreement.reference_itself");
    assert_eq!(code(&(rule("reference = \"ou\"") + &clause(""))), "agreement.unknown_name");
    // The same in a ladder of classes and in a rate of compliance.
    let ladder = rule("reference = \"in\"")
        + "[[measure]]\nid = \"rate\"\nname = \"达标率\"\n[measure.compliance]\nsections = [\"out\"]\nno_worse_than_reference = true\n"
        + "[[clause]]\nid = \"ladder\"\ntitle = \"阶梯\"\nbasis = \"例\"\n[clause.ladder]\nsections = [\"out\"]\nmissing_month = \"skip\"\nno_worse_than_reference = true\nworse = [{ classes = 1, or_more = true, pay = [{ from = \"up\", to = \"down\", amount = \"1 万元\" }] }]\n"
        + "[[clause]]\nid = \"rate\"\ntitle = \"达标\"\nbasis = \"例\"\n[clause.tiers]\non = \"rate\"\n[[clause.tiers.tier]]\nwhen = { below = 1 }\npay = [{ from = \"up\", to = \"down\", amount = \"100 万元\" }]\n[[clause.tiers.tier]]\nwhen = { at_least = 1 }\n";
    let ladder = ladder.replace("[data]", "[data]\nmissing = { at_least_months = 1, fill = \"leave_out\" }");
    assert_eq!(net(&settled(&ladder, &csv("36", "35.4")), "down"), 0);
    assert_eq!(net(&settled(&ladder, &csv("29", "35.4")), "down"), 101 * WAN);
    assert_eq!(
        net(&settled(&ladder.replace("no_worse_than_reference = true\n", ""), &csv("36", "35.4")), "down"),
        101 * WAN
    );
}

fn water(data: &str) -> String {
    format!(
        "{HEAD}{}[[indicator]]\nid = \"nh3_n\"\n[data]\nmean = \"flow_weighted\"\nmissing = {{ at_least_months = 10, fill = \"leave_out\" }}\n{data}\n\
         [[measure]]\nid = \"V\"\nname = \"年水量\"\nvolume = {{}}\n[[measure]]\nid = \"nh3\"\nname = \"氨氮均值\"\nconcentration = {{ indicator = \"nh3_n\" }}\n\
         [[clause]]\nid = \"pay\"\ntitle = \"水费\"\nbasis = \"例\"\n[clause.quantity]\non = \"V\"\nfrom = \"down\"\nto = \"up\"\nmethod = \"marginal\"\nstep = [{{ price = \"0.06 元/m3\" }}]\n\
         [[clause]]\nid = \"clean\"\ntitle = \"水质\"\nbasis = \"例\"\n[clause.tiers]\non = \"nh3\"\n[[clause.tiers.tier]]\nwhen = {{ at_most = 0.5 }}\npay = [{{ from = \"down\", to = \"up\", amount = \"100 万元\" }}]\n[[clause.tiers.tier]]\nwhen = {{ above = 0.5 }}\n",
        section("s", "交界断面", "")
    )
}

fn july(cells: &str) -> String {
    let rows: String = (1..=12)
        .map(|month| format!("交界断面,2024,{month},{}\n", if month == 7 { cells } else { "0.4,100" }))
        .collect();
    format!("断面,年,月,氨氮(mg/L),水量(万m3)\n{rows}")
}

/// A month without a volume: refused with a remedy, and the remedy, followed, works.
#[test]
fn a_month_without_volume_has_a_rule() {
    assert_eq!(net(&settled(&water(""), &july("0.8,1200")), "up"), 138 * WAN);
    for (cells, code) in [("缺测,缺测", "settlement.volume_missing"), ("0.8,", "settlement.volume_missing")] {
        let finding = try_settle(&water(""), &july(cells)).unwrap_err();
        assert_eq!(finding.code(), code, "{cells}");
        let remedy = finding.phrase.render_fix(Lang::Zh);
        for (rule, wan) in [("missing_volume = \"skip_month\"", 166), ("missing_volume = \"interpolate\"", 172)] {
            let word = rule.split('"').nth(1).unwrap();
            assert!(remedy.contains("missing_volume") && remedy.contains(word), "{remedy}");
            let settlement = settled(&water(rule), &july(cells));
            // 1 100 or 1 200 万 m³ at 0.06 元, and the mean of July's 0.8 with the volume of its neighbours is still below 0.5.
            assert_eq!(net(&settlement, "up"), wan * WAN, "{cells} {rule}");
            assert!(
                settlement.years[0]
                    .measures
                    .iter()
                    .flat_map(|part| &part.steps)
                    .any(|step| step.zh.contains("缺 7 月"))
            );
        }
        let own = water("").replace("volume = {}", "volume = { missing_volume = \"skip_month\" }");
        let more = own.replace("[data]", "[data]\nmissing_volume = \"skip_month\"");
        assert_eq!(net(&settled(&more, &july(cells)), "up"), 166 * WAN);
    }
    // The rule about concentrations says how many months are there, and the number it names works.
    let unwritten = water("").replace("missing = { at_least_months = 10, fill = \"leave_out\" }\n", "");
    let finding = try_settle(&unwritten, &july(",100")).unwrap_err();
    assert_eq!(finding.code(), "settlement.months_missing");
    let rule = "missing = { at_least_months = 11, fill = \"leave_out\" }";
    assert!(finding.phrase.render_fix(Lang::Zh).contains(rule), "{}", finding.phrase.render_fix(Lang::Zh));
    assert_eq!(net(&settled(&unwritten.replace("[data]", &format!("[data]\n{rule}")), &july(",100")), "up"), 172 * WAN);
}

fn classes(data: &str) -> String {
    format!(
        "{HEAD}{}[[indicator]]\nid = \"nh3_n\"\n[[indicator]]\nid = \"tp\"\n[data]\nmean = \"arithmetic\"\n{data}\n\
         [[measure]]\nid = \"rate\"\nname = \"达标率\"\ncompliance = {{}}\n\
         [[clause]]\nid = \"rate\"\ntitle = \"达标\"\nbasis = \"例\"\n[clause.tiers]\non = \"rate\"\n[[clause.tiers.tier]]\nwhen = {{ at_least = 1 }}\npay = [{{ from = \"down\", to = \"up\", amount = \"100 万元\" }}]\n[[clause.tiers.tier]]\nwhen = {{ below = 1 }}\npay = []\n\
         [[clause]]\nid = \"ladder\"\ntitle = \"阶梯\"\nbasis = \"例\"\n[clause.ladder]\nmissing_month = \"skip\"\nbetter = [{{ classes = 1, or_more = true, pay = [{{ from = \"down\", to = \"up\", amount = \"1 万元\" }}] }}]\n",
        section("s", "交界断面", "target_class = \"III\"")
    )
}

/// One indicator missing in one month no longer refuses the whole: the agreement can say what becomes of the month.
#[test]
fn a_month_without_one_indicator_has_a_rule() {
    let rows: String =
        (1..=12).map(|month| format!("交界断面,2024,{month},0.4,{}\n", if month == 3 { "" } else { "0.15" })).collect();
    let csv = format!("断面,年,月,氨氮(mg/L),总磷(mg/L)\n{rows}");
    let finding = try_settle(&classes(""), &csv).unwrap_err();
    assert_eq!(finding.code(), "settlement.indicator_missing");
    let remedy = finding.phrase.render_fix(Lang::Zh);
    assert!(remedy.contains("missing_indicator = \"others\"") && remedy.contains("\"skip_month\""), "{remedy}");
    // By ammonia alone March is class II: one better than the target.
    let others = settled(&classes("missing_indicator = \"others\""), &csv);
    assert_eq!(net(&others, "up"), 101 * WAN);
    let told = |settlement: &Settlement| {
        let clauses = settlement.years[0].clauses.iter().flat_map(|clause| &clause.steps);
        clauses
            .chain(settlement.years[0].measures.iter().flat_map(|part| &part.steps))
            .any(|step| step.zh.contains("缺总磷"))
    };
    assert!(told(&others));
    // As a month without data it needs the rule for those too, whose number the next message names.
    let finding = try_settle(&classes("missing_indicator = \"skip_month\""), &csv).unwrap_err();
    assert_eq!(finding.code(), "settlement.months_missing");
    let both = "missing_indicator = \"skip_month\"\nmissing = { at_least_months = 11, fill = \"leave_out\" }";
    let skipped = settled(&classes(both), &csv);
    assert_eq!(net(&skipped, "up"), 100 * WAN);
    assert!(told(&skipped));
    // The class of a year by the indicators that have data in it.
    let yearly = classes("")
        .replace("compliance = {}", "class = {}")
        .replace("at_least = 1 }", "at_most = 3 }")
        .replace("below = 1 }", "above = 3 }");
    let csv: String = csv.replace(",0.15\n", ",\n");
    let finding = try_settle(&yearly, &csv).unwrap_err();
    assert_eq!(finding.code(), "settlement.indicator_missing_year");
    assert!(finding.phrase.render_fix(Lang::En).contains("missing_indicator = \"others\""));
    let others = settled(&yearly.replace("[data]", "[data]\nmissing_indicator = \"others\""), &csv);
    assert_eq!(net(&others, "up"), (100 + 12) * WAN);
}

fn bet(rule: &str) -> String {
    format!(
        "{HEAD}{}[[indicator]]\nid = \"nh3_n\"\n[data]\nmean = \"arithmetic\"\nbelow_detection = \"{rule}\"\n\
         [[measure]]\nid = \"class\"\nname = \"年度类别\"\nclass = {{ sections = [\"s\"] }}\n\
         [[clause]]\nid = \"bet\"\ntitle = \"对赌\"\nbasis = \"例\"\n[clause.tiers]\non = \"class\"\n[[clause.tiers.tier]]\nwhen = {{ at_most = 3 }}\npay = [{{ from = \"down\", to = \"up\", amount = \"1000 万元\" }}]\n[[clause.tiers.tier]]\nwhen = {{ above = 3 }}\npay = [{{ from = \"up\", to = \"down\", amount = \"1000 万元\" }}]\n",
        section("s", "交界断面", "target_class = \"III\"")
    )
}

fn all_year(header: &str, value: &str) -> String {
    let rows: String = (1..=12).map(|month| format!("交界断面,2024,{month},{value}\n")).collect();
    format!("断面,年,月,{header}\n{rows}")
}

/// Zeros are no measurement; a method that cannot see the target decides nothing: both are said, and who would pay what.
#[test]
fn zeros_and_blunt_methods_are_said() {
    let zeros = settled(&bet("half"), &all_year("氨氮(mg/L)", "0"));
    assert!(warns(&zeros, &["交界断面", "氨氮", "12 个值为 0"]), "{:?}", zeros.warnings);
    for (rule, net_up) in [("zero", 1_000), ("half", -1_000), ("limit", -1_000)] {
        let blunt = settled(&bet(rule), &all_year("氨氮(mg/L)", "<2.5"));
        assert_eq!(net(&blunt, "up"), net_up * WAN);
        assert!(warns(&blunt, &["检出限 2.5 mg/L 高于目标值 1 mg/L", "12 个值"]), "{:?}", blunt.warnings);
        assert!(warns(&blunt, &["怎样取值决定清算结果", "上游县"]), "{:?}", blunt.warnings);
    }
    // Sharp enough: nothing to say, whatever such a value counts as.
    let sharp = settled(&bet("zero"), &all_year("氨氮(mg/L)", "<0.025"));
    assert!(sharp.warnings.is_empty(), "{:?}", sharp.warnings);
    let zero_limit = settled(&bet("half"), &all_year("氨氮(mg/L)", "<0"));
    assert!(warns(&zero_limit, &["12 个值为 0"]), "{:?}", zero_limit.warnings);
    // A whole column in another unit.
    let micrograms = settled(&bet("half"), &all_year("氨氮(mg/L)", "180"));
    assert!(warns(&micrograms, &["氨氮", "疑为 μg/L"]), "{:?}", micrograms.warnings);
    let milligrams = settled(&bet("half"), &all_year("氨氮(μg/L)", "0.18"));
    assert!(warns(&milligrams, &["氨氮", "Ⅰ类限值"]), "{:?}", milligrams.warnings);
    for (header, value) in [("氨氮(μg/L)", "180"), ("氨氮(mg/L)", "0.18"), ("氨氮(mg/L)", "12")] {
        assert!(settled(&bet("half"), &all_year(header, value)).warnings.is_empty(), "{header} {value}");
    }
    let accepted = bet("half").replace("[data]", "[data]\naccept_outliers = true");
    assert!(settled(&accepted, &all_year("氨氮(mg/L)", "180")).warnings.is_empty());
}

/// A remark stands on standard error and in every output.
#[test]
fn remarks_are_in_every_output() {
    let folder = Folder::empty();
    folder.write("a.toml", bet("half"));
    folder.write("m.csv", all_year("氨氮(mg/L)", "0"));
    let (agreement, monitoring) = (folder.file("a.toml"), folder.file("m.csv"));
    let run =
        |more: &[&str]| ecocomp(&[&["horizontal", "settle", &agreement, "--monitoring", &monitoring], more].concat());
    for format in ["table", "csv", "json"] {
        let done = run(&["--format", format]);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.out.contains("零不是监测结果") && done.err.contains("零不是监测结果"), "{format}: {}", done.out);
    }
    let path = folder.file("out.xlsx");
    assert_eq!(run(&["-o", &path]).code, 0);
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
    let sheets = book.sheet_names();
    for name in ["收支台账", "清算转账(各条款相抵)", "校验", "月值"] {
        assert!(sheets.iter().any(|sheet| sheet == name), "{sheets:?}");
    }
    for sheet in sheets {
        let range = book.worksheet_range(&sheet).unwrap();
        let said =
            range.cells().any(|(_, _, cell)| matches!(cell, Data::String(text) if text.contains("零不是监测结果")));
        assert!(said, "{sheet}");
        if sheet == "月值" {
            let numbers =
                range.rows().filter(|row| matches!(row, [Data::Float(_), .., Data::Float(used), _] if *used == 0.0));
            assert_eq!(numbers.count(), 12, "months are numbers");
        }
    }
}

/// A year without data is named, and what is carried over is not called paid.
#[test]
fn years_without_data_are_named() {
    let toml = HEAD.replace("first_year = 2024\nlast_year = 2024", "first_year = 2021\nlast_year = 2023")
        + "[[measure]]\nid = \"g\"\ngiven = { least = 0 }\n[[clause]]\nid = \"p\"\ntitle = \"达标补偿\"\nbasis = \"b\"\n[clause.tiers]\non = \"g\"\n[[clause.tiers.tier]]\nwhen = { at_least = 0 }\npay = [{ from = \"down\", to = \"up\", per = { from = 0, every = 1, amount = \"1 万元\", count = \"exact\" } }]\n\
           [[clause]]\nid = \"bud\"\ntitle = \"下游年度限额\"\nbasis = \"b\"\n[clause.budget]\nparty = \"down\"\nat_most = \"300 万元\"\nexcess = \"carry_over\"\n";
    let gap = settled(&toml, "年,指标,数值\n2021,g,500\n2023,g,400\n");
    assert_eq!(gap.years_without_data, [2022]);
    assert!(warns(&gap, &["2022 年没有监测数据", "未清算"]), "{:?}", gap.warnings);
    // 500 → 300, 200 over; then 200 and 100 of 400, 300 over.
    assert_eq!(gap.years.iter().map(|year| year.ledger[0].receives_fen / WAN).collect::<Vec<_>>(), [300, 300]);
    assert_eq!(gap.outstanding.iter().map(|part| part.amount_fen / WAN).sum::<i64>(), 300);
    let only = settled(&toml, "年,指标,数值\n2022,g,100\n");
    assert!(warns(&only, &["2021, 2023 年没有监测数据"]), "{:?}", only.warnings);
    let folder = Folder::empty();
    folder.write("a.toml", &toml);
    folder.write("m.csv", "年,指标,数值\n2021,g,500\n2023,g,400\n");
    let done = ecocomp(&["horizontal", "settle", &folder.file("a.toml"), "--monitoring", &folder.file("m.csv")]);
    let carried = done.out.split("结转以后年度").nth(1).unwrap_or_default();
    assert!(carried.contains("300.00") && !carried.contains("实付"), "{}", done.out);
    assert!(done.err.contains("2022 年没有监测数据"), "{}", done.err);
}
