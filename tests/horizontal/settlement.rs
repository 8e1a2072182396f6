//! Settlements: published years, every rule of the data, and what must hold for any table of tiers.

use crate::common::{Folder, cases, ecocomp, repository};
use ecocomp::finding::{Finding, Findings};
use ecocomp::horizontal::agreement::read;
use ecocomp::horizontal::settlement::{
    MonitoringTable, Settlement, SettlementRequest, YearPart, settle, settle_tables, table,
};
use ecocomp::units::{BigInt, Exact};

use proptest::prelude::*;

const WAN: i64 = 1_000_000;
const YI: i64 = 10_000 * WAN;

fn try_settle(toml: &str, csv: &str, year: Option<i32>) -> Result<Settlement, Vec<Finding>> {
    let agreement = read(toml, "a.toml").unwrap_or_else(|found| panic!("{found}")).agreement;
    let monitoring = if csv.is_empty() {
        Vec::new()
    } else {
        vec![MonitoringTable { name: "m.csv".to_owned(), csv: csv.to_owned() }]
    };
    settle(&SettlementRequest { agreement, monitoring, year }).map_err(|Findings(found)| found)
}

fn settled(toml: &str, csv: &str) -> Settlement {
    let settlement = try_settle(toml, csv, None).unwrap_or_else(|found| panic!("{}", Findings(found)));
    closes(&settlement);
    settlement
}

fn refused(toml: &str, csv: &str) -> Finding {
    let found = try_settle(toml, csv, None).map(|_| panic!("accepted: {csv}")).unwrap_err();
    found.into_iter().next().unwrap()
}

/// Checks made here from the flows alone, beside those of the document.
fn closes(settlement: &Settlement) {
    for year in &settlement.years {
        assert!(year.checks.iter().all(|check| check.holds), "{:?}", year.checks);
        assert_eq!(year.ledger.iter().map(|part| i128::from(part.net_fen)).sum::<i128>(), 0);
        for part in &year.ledger {
            let flows = || year.clauses.iter().flat_map(|clause| &clause.flows);
            let pays: i64 = flows().filter(|flow| flow.from == part.party).map(|flow| flow.amount_fen).sum();
            let receives: i64 = flows().filter(|flow| flow.to == part.party).map(|flow| flow.amount_fen).sum();
            assert_eq!((part.pays_fen, part.receives_fen, part.net_fen), (pays, receives, receives - pays));
        }
    }
}

fn net(year: &YearPart, party: &str) -> i64 {
    year.ledger.iter().find(|part| part.party == party).unwrap().net_fen
}

fn shipped(agreement: &str, monitoring: &[&str]) -> Settlement {
    let path = repository(&format!("models/horizontal/{agreement}.toml"));
    let opened = read(&std::fs::read_to_string(&path).unwrap(), &path).unwrap();
    let tables: Vec<_> = monitoring
        .iter()
        .map(|name| table(name, &std::fs::read(repository(&format!("datasets/horizontal/{name}"))).unwrap()).unwrap())
        .collect();
    let settlement =
        settle_tables(&opened.agreement, &opened.places(), &tables, None).unwrap_or_else(|found| panic!("{found}"));
    closes(&settlement);
    settlement
}

/// 新安江 2012–2014: P published as 0.833, 0.828, 0.823; Zhejiang paid 1 亿元 each year, the centre 3 亿元.
#[test]
fn xinanjiang_round_one_as_published() {
    let settlement = shipped("xinanjiang-1", &["xinanjiang-published.csv"]);
    assert_eq!(settlement.years.iter().map(|year| year.year).collect::<Vec<_>>(), [2012, 2013, 2014]);
    for (year, index) in settlement.years.iter().zip(["0.833", "0.828", "0.823"]) {
        assert_eq!((year.measures[0].value.as_str(), year.measures[0].as_published), (index, true));
        assert_eq!([net(year, "anhui"), net(year, "zhejiang"), net(year, "centre")], [4 * YI, -YI, -3 * YI]);
    }
    assert_eq!(settlement.total.iter().map(|part| part.net_fen).collect::<Vec<_>>(), [12 * YI, -3 * YI, -9 * YI]);
}

/// Round 1 with an accident: Anhui pays, the centre pays all the same. Rounds 2 and 3: tiers add up.
#[test]
fn accidents_and_cumulative_tiers() {
    let toml =
        |round: u8| std::fs::read_to_string(repository(&format!("models/horizontal/xinanjiang-{round}.toml"))).unwrap();
    let accident = settled(&toml(1), "年,指标,数值\n2012,P,0.833\n2012,重大水污染事故,1\n");
    assert_eq!([net(&accident.years[0], "anhui"), net(&accident.years[0], "zhejiang")], [2 * YI, YI]);
    assert!(accident.years[0].clauses.iter().any(|clause| clause.id == "bet" && clause.not_in_force.is_some()));
    for (p, round2) in [("1.001", -YI), ("1", YI), ("0.9501", YI), ("0.95", 2 * YI), ("0.5", 2 * YI)] {
        let third = settled(&toml(3), &format!("年,指标,数值\n2018,P,{p}\n"));
        assert_eq!(net(&third.years[0], "anhui"), round2, "{p}");
        let second = settled(&toml(2), &format!("年,指标,数值\n2016,P,{p}\n"));
        assert_eq!(net(&second.years[0], "anhui"), round2 + 3 * YI, "{p}");
    }
}

/// 赤水河: 云南 +0.4, 贵州 −0.2, 四川 −0.2 亿元 (2019: Guizhou and Sichuan paid 2000 万元 each).
#[test]
fn chishuihe_as_published_and_clawed_back() {
    let settlement = shipped("chishuihe", &["chishuihe-2019.csv"]);
    for year in &settlement.years {
        assert_eq!(
            [net(year, "yunnan"), net(year, "guizhou"), net(year, "sichuan"), net(year, "fund")],
            [4_000 * WAN, -2_000 * WAN, -2_000 * WAN, 0]
        );
    }
    let toml = std::fs::read_to_string(repository("models/horizontal/chishuihe.toml")).unwrap();
    // Qingshuipu fails in 3 of 12 months: a quarter of Yunnan's 6000 万元, half each to Guizhou and Sichuan.
    let failed = settled(&toml, "年,指标,数值\n2018,qingshuipu_rate,75%\n2018,maotai_rate,1\n2018,lianyuxi_rate,1\n");
    let year = &failed.years[0];
    assert_eq!(
        [net(year, "yunnan"), net(year, "guizhou"), net(year, "sichuan")],
        [2_500 * WAN, -1_250 * WAN, -1_250 * WAN]
    );
    let all = settled(&toml, "年,指标,数值\n2018,qingshuipu_rate,1\n2018,maotai_rate,1\n2018,lianyuxi_rate,0\n");
    assert_eq!([net(&all.years[0], "guizhou"), net(&all.years[0], "sichuan")], [-10_000 * WAN, 6_000 * WAN]);
}

/// 宣城 2020-10: three sections one class better, one section two classes: 3 × 50 + 100 = 250 万元.
#[test]
fn xuancheng_as_published() {
    let settlement = shipped("anhui-sections", &["xuancheng-2020-10.csv"]);
    assert_eq!(net(&settlement.years[0], "xuancheng"), 250 * WAN);
}

#[test]
fn other_published_years() {
    let dabieshan = shipped("dabieshan", &["dabieshan-published.csv"]);
    assert_eq!([net(&dabieshan.years[0], "luan"), net(&dabieshan.years[0], "hefei")], [15_800 * WAN, -4_000 * WAN]);
    let chuhe = shipped("chuhe", &["chuhe-2019.csv"]);
    assert_eq!(net(&chuhe.years[0], "anhui"), 4_000 * WAN);
}

/// 东江 2016–2021: 27 亿元 in two rounds, of which the centre 15, Guangdong 6, Jiangxi 6 (press, 2023-06-14).
#[test]
fn dongjiang_two_rounds_as_published() {
    let settlement = shipped("dongjiang", &["dongjiang-published.csv"]);
    assert_eq!(settlement.years.len(), 6);
    let of = |party: &str| settlement.total.iter().find(|part| part.party == party).unwrap().net_fen;
    assert_eq!([of("counties"), of("centre"), of("guangdong"), of("jiangxi")], [27 * YI, -15 * YI, -6 * YI, -6 * YI]);
    // Class IV at one of the two sections: the bet goes the other way.
    let toml = std::fs::read_to_string(repository("models/horizontal/dongjiang.toml")).unwrap();
    let missed = settled(&toml, "断面,年,水质类别\n兴宁电站,2017,Ⅳ\n庙咀里,2017,Ⅱ\n");
    assert_eq!([net(&missed.years[0], "guangdong"), net(&missed.years[0], "jiangxi")], [YI, -YI]);
}

/// 汀江—韩江: 1 亿元 a year where both targets are reached; nothing on balance where one of them is missed.
#[test]
fn two_targets_of_the_tingjiang() {
    let toml = std::fs::read_to_string(repository("models/horizontal/tingjiang-hanjiang.toml")).unwrap();
    for (class, rate, fujian) in [("Ⅱ", "1", YI), ("Ⅲ", "11/12", 0), ("Ⅳ", "1", 0), ("Ⅳ", "50%", -YI)] {
        let csv = format!("断面,年,水质类别,months\n考核断面,2016,{class},\n,2016,,{rate}\n");
        let settlement = settled(&toml, &csv);
        closes(&settlement);
        assert_eq!(net(&settlement.years[0], "fujian"), fujian, "{class} {rate}");
    }
}

/// 渭河 2011: 600 万元 to two cities; 小清河 2016: five payers, 7510.20 万元 in all.
#[test]
fn fixed_payments_as_published() {
    let weihe = shipped("weihe-2011", &[]);
    let nets = ["tianshui", "dingxi", "shaanxi"].map(|party| net(&weihe.years[0], party));
    assert_eq!(nets, [300 * WAN, 300 * WAN, -600 * WAN]);
    let xiaoqinghe = shipped("xiaoqinghe-2016", &[]);
    assert_eq!(net(&xiaoqinghe.years[0], "fund"), 751_020 * WAN / 100);
    assert_eq!(net(&xiaoqinghe.years[0], "zouping"), -278_448 * WAN / 100);
}

#[test]
fn single_figures_say_how_far_they_are_confirmed() {
    let settlement = shipped("dabieshan", &["dabieshan-published.csv"]);
    let standings = &settlement.agreement.standings;
    assert!(standings.iter().any(|part| part.of.contains(&"measure.P.index.k0".to_owned())));
    let toml = std::fs::read_to_string(repository("models/horizontal/dabieshan.toml")).unwrap();
    let wrong = toml.replace("\"measure.P.index.k0\"", "\"measure.P.index.k9\"");
    let found = read(&wrong, "a.toml").unwrap_err();
    assert_eq!((found.0.len(), found.0[0].code()), (1, "agreement.standing_unknown"));
    assert!(found.0[0].place.row.is_some() && found.to_string().contains("k9"), "{found}");
}

/// Exceedance of Anhui: up to 0.5 times (included) 50 万元, every further 0.5 begun 50 万元 more.
#[test]
fn steps_of_exceedance_begin_after_their_end() {
    let toml = std::fs::read_to_string(repository("models/horizontal/anhui-sections.toml")).unwrap();
    for (ammonia, wan) in [("1", 0), ("1.0001", 50), ("1.5", 50), ("1.50001", 100), ("2", 100), ("2.2", 150)] {
        let csv = format!("断面,年,月,高锰酸盐指数(mg/L),氨氮(mg/L),总磷(mg/L)\n宣城断面甲,2020,1,5,{ammonia},0.15\n");
        assert_eq!(net(&settled(&toml, &csv).years[0], "xuancheng"), -wan * WAN, "{ammonia}");
    }
}

#[test]
fn the_illustrative_river_says_so_and_uses_every_rule() {
    let settlement = shipped("xinanjiang-1", &["xinanjiang-example.csv"]);
    assert!(settlement.data.illustrative && settlement.data.below_detection == 2);
    assert_eq!(settlement.years.len(), 2);
    let tp = settlement.years[0].series.iter().find(|part| part.indicator == "tp" && part.year == 2012).unwrap();
    assert_eq!((tp.months[7].written.as_deref(), tp.months[7].used.as_deref()), (Some("缺测"), None));
    let nh = settlement.years[0].series.iter().find(|part| part.indicator == "nh3_n" && part.year == 2012).unwrap();
    assert_eq!((nh.months[1].written.as_deref(), nh.months[1].used.as_deref()), (Some("0.025L"), Some("0.0125")));
}

/// One section, two indicators, baselines written out.
const RIVER: &str = r#"[agreement]
name = "测试"
first_year = 2020
last_year = 2022
basis = "协议"
source = "测试"
confirmed = "assumed"
[[party]]
id = "up"
name = "上游县"
[[party]]
id = "down"
name = "下游县"
[[section]]
id = "s"
name = "断面"
upstream = "up"
downstream = "down"
target_class = "III"
[[indicator]]
id = "nh3_n"
[[indicator]]
id = "tp"
[data]
mean = "arithmetic"
[[measure]]
id = "P"
[measure.index]
k0 = 0.9
[[measure.index.term]]
indicator = "nh3_n"
weight = 0.5
baseline = 0.5
[[measure.index.term]]
indicator = "tp"
weight = 0.5
baseline = 0.1
[[clause]]
id = "bet"
title = "对赌"
basis = "第二条"
[clause.tiers]
on = "P"
[[clause.tiers.tier]]
when = { at_most = 1 }
pay = [{ from = "down", to = "up", amount = "100 万元" }]
[[clause.tiers.tier]]
when = { above = 1 }
pay = [{ from = "up", to = "down", amount = "100 万元" }]
"#;

fn months(ammonia: &str, phosphorus: &str) -> String {
    let rows: String = (1..=12).map(|month| format!("断面,2020,{month},{ammonia},{phosphorus}\n")).collect();
    format!("断面,年,月,氨氮(mg/L),总磷(mg/L)\n{rows}")
}

fn p(settlement: &Settlement) -> &str {
    &settlement.years[0].measures[0].value
}

/// By hand: 0.9 × (0.5 × 0.5/0.5 + 0.5 × 0.1222…/0.1) with 0.12222… = 11/90 is exactly 1: the agreed side of the threshold.
#[test]
fn the_threshold_is_exact() {
    assert_eq!(p(&settled(RIVER, &months("0.5", "0.1"))), "0.9");
    let one = RIVER.replace("baseline = 0.5", "baseline = \"9/20\"").replace("baseline = 0.1", "baseline = \"9/100\"");
    let settlement = settled(&one, &months("0.5", "0.1"));
    assert_eq!((p(&settlement), settlement.years[0].measures[0].value_exact.as_str()), ("1", "1"));
    assert_eq!(net(&settlement.years[0], "up"), 100 * WAN);
    let other = one.replace("at_most = 1", "below = 1").replace("above = 1", "at_least = 1");
    assert_eq!(net(&settled(&other, &months("0.5", "0.1")).years[0], "up"), -100 * WAN);
    let above = settled(&one, &months("0.500000000001", "0.1"));
    assert_eq!(net(&above.years[0], "up"), -100 * WAN);
}

#[test]
fn long_tables_units_encodings_and_aliases_give_the_same() {
    let mut long = "站点名称,监测时间,项目,结果,单位\n".to_owned();
    for month in 1..=12 {
        long.push_str(&format!("断面,2020年{month}月,NH3-N,500,μg/L\n断面,2020-{month:02},TP,0.1,mg/L\n"));
    }
    let base = settled(RIVER, &months("0.5", "0.1"));
    assert_eq!(p(&settled(RIVER, &long)), p(&base));
    let opened = read(RIVER, "a.toml").unwrap();
    let (gb, _, _) = encoding_rs::GB18030.encode(&long);
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(long.replace('μ', "u").encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [gb.to_vec(), utf16, [b"\xef\xbb\xbf".as_slice(), long.as_bytes()].concat()] {
        let tables = [table("m.csv", &bytes).unwrap()];
        assert_eq!(p(&settle_tables(&opened.agreement, &opened.places(), &tables, None).unwrap()), p(&base));
    }
    let annual = "断面,年,氨氮(mg/L),总磷(mg/L)\n断面,2020,0.5,0.1\n";
    assert_eq!(p(&settled(RIVER, annual)), p(&base));
}

#[test]
fn a_workbook_gives_the_same() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, header) in (0_u16..).zip(["断面", "年", "月", "氨氮(mg/L)", "总磷(mg/L)"]) {
        sheet.write_string(0, column, header).unwrap();
    }
    for month in 1..=12_u32 {
        sheet.write_string(month, 0, "断面").unwrap();
        sheet.write_number(month, 1, 2020).unwrap();
        sheet.write_number(month, 2, month).unwrap();
        sheet.write_number(month, 3, if month == 1 { 0.1 + 0.2 } else { 0.3 }).unwrap();
        sheet.write_number(month, 4, 0.1).unwrap();
    }
    let opened = read(RIVER, "a.toml").unwrap();
    let read_book = |book: &mut rust_xlsxwriter::Workbook| table("m.xlsx", &book.save_to_buffer().unwrap());
    let tables = [read_book(&mut book).unwrap()];
    let settlement = settle_tables(&opened.agreement, &opened.places(), &tables, None).unwrap();
    assert_eq!(p(&settlement), p(&settled(RIVER, &months("0.3", "0.1"))));
    book.worksheet_from_index(0).unwrap().write_formula(3, 3, "=1+1").unwrap();
    let tables = [read_book(&mut book).unwrap()];
    let found = settle_tables(&opened.agreement, &opened.places(), &tables, None).unwrap_err();
    assert_eq!(found.0[0].code(), "dataset.formula");
    assert_eq!(found.0[0].place.to_string(), "m.xlsx:[Sheet1]:4:D 氨氮(mg/L)");
}

#[test]
fn detection_limits_follow_the_rule() {
    let csv = months("0.5", "0.1").replacen("1,0.5", "1,<0.2", 1);
    assert_eq!(refused(RIVER, &csv).code(), "settlement.no_detection_rule");
    // (11 × 0.5 + x) / 12 / 0.5 × 0.45 + 0.45 with x = 0.1, 0.2, 0.
    for (rule, value) in [("half", "0.87"), ("limit", "0.8775"), ("zero", "0.8625")] {
        let toml = RIVER.replace("[data]", &format!("[data]\nbelow_detection = \"{rule}\""));
        assert_eq!(p(&settled(&toml, &csv)), value);
        assert_eq!(p(&settled(&toml, &csv.replace("<0.2", "0.2L"))), value);
        assert_eq!(refused(&toml, &csv.replace("<0.2", "ND")).code(), "settlement.no_detection_limit");
        let known =
            toml.replace("id = \"nh3_n\"\n[[indicator]]", "id = \"nh3_n\"\ndetection_limit = 0.2\n[[indicator]]");
        assert_eq!(p(&settled(&known, &csv.replace("<0.2", "未检出"))), value);
    }
}

#[test]
fn missing_months_follow_the_rule() {
    let gone = |month: u8| -> String {
        let csv = months("0.5", "0.1").replace("断面,2020,1,0.5", "断面,2020,1,0.9");
        csv.lines()
            .filter(|line| !line.starts_with(&format!("断面,2020,{month},")))
            .map(|line| format!("{line}\n"))
            .collect()
    };
    let finding = refused(RIVER, &gone(2));
    assert_eq!(finding.code(), "settlement.months_missing");
    assert!(finding.render(ecocomp::phrases::Lang::Zh).contains("缺 2 月"));
    let rule = |fill: &str, least: u8| {
        RIVER.replace("[data]", &format!("[data]\nmissing = {{ at_least_months = {least}, fill = \"{fill}\" }}"))
    };
    assert_eq!(refused(&rule("leave_out", 12), &gone(2)).code(), "settlement.too_few_months");
    let series = |toml: &str, month: u8| settled(toml, &gone(month)).years[0].series[0].mean_exact.clone();
    // (0.9 + 10 × 0.5) / 11; between 0.9 and 0.5 the line gives 0.7; after November the last one holds.
    assert_eq!(series(&rule("leave_out", 10), 2), "59/110");
    assert_eq!(series(&rule("interpolate", 10), 2), "11/20");
    assert_eq!(series(&rule("interpolate", 10), 12), "8/15");
}

#[test]
fn flow_weighted_means_need_volumes() {
    let toml = RIVER.replace("mean = \"arithmetic\"", "mean = \"flow_weighted\"");
    let without = refused(&toml, &months("0.5", "0.1"));
    assert_eq!(without.code(), "settlement.no_data");
    assert!(without.render(ecocomp::phrases::Lang::Zh).contains("水量"));
    let rows: String = (1..=12)
        .map(|m| format!("断面,2020,{m},{},0.1,{}\n", if m == 1 { "0.8" } else { "0.5" }, if m == 1 { 4 } else { 1 }))
        .collect();
    let csv = format!("断面,年,月,氨氮(mg/L),总磷(mg/L),水量(万m3)\n{rows}");
    // (0.8 × 4 + 0.5 × 11) / 15 = 0.58
    assert_eq!(settled(&toml, &csv).years[0].series[0].mean, "0.58");
    // Flows weigh by the seconds of their month: February 2020 has 29 days.
    let flows = csv.replace("水量(万m3)", "流量(m3/s)");
    let exact = Exact::new((8 * 4 * 31 + 5 * (366 - 31)).into(), (10 * (4 * 31 + 366 - 31)).into());
    assert_eq!(settled(&toml, &flows).years[0].series[0].mean_exact, exact.to_string());
}

#[test]
fn rounding_is_the_agreements() {
    let round =
        |by: &str| RIVER.replace("id = \"P\"", &format!("id = \"P\"\nround = {{ decimals = 2, by = \"{by}\" }}"));
    // 0.45 × 0.5/0.5 + 0.45 × 0.09/0.1 = 0.855
    let csv = months("0.5", "0.09");
    assert_eq!(
        [
            p(&settled(&round("half_up"), &csv)),
            p(&settled(&round("half_even"), &csv)),
            p(&settled(&round("down"), &csv))
        ],
        ["0.86", "0.86", "0.85"]
    );
    let csv = months("0.5", "0.1").replace(",0.1\n", ",0.10111111111111111111\n");
    assert!(try_settle(&round("half_up"), &csv, None).is_ok());
    let mean = RIVER.replace("[data]", "[data]\nround_mean = { decimals = 1, by = \"half_even\" }");
    // 0.25 becomes 0.2, 0.35 becomes 0.4.
    assert_eq!(p(&settled(&mean, &months("0.25", "0.1"))), "0.63");
    assert_eq!(p(&settled(&mean, &months("0.35", "0.1"))), "0.81");
}

#[test]
fn several_sections_are_averaged_or_settled_each() {
    let two = RIVER.replace("[[indicator]]\nid = \"nh3_n\"", "[[section]]\nid = \"t\"\nname = \"断面二\"\nupstream = \"up\"\ndownstream = \"down\"\n[[indicator]]\nid = \"nh3_n\"");
    let first = months("0.5", "0.1");
    let second: String =
        months("0.9", "0.1").lines().skip(1).map(|line| format!("{}\n", line.replacen("断面", "断面二", 1))).collect();
    let csv = format!("{first}{second}");
    // Mean of 0.5 and 0.9 is 0.7: 0.45 × 1.4 + 0.45.
    assert_eq!(p(&settled(&two, &csv)), "1.08");
    let each = two
        .replace("k0 = 0.9", "k0 = 0.9\nstations = \"each\"")
        .replace("from = \"down\", to = \"up\"", "from = \"downstream\", to = \"upstream\"");
    let settlement = settled(&each, &csv);
    assert_eq!(
        settlement.years[0].measures.iter().map(|part| part.value.as_str()).collect::<Vec<_>>(),
        ["0.9", "1.26"]
    );
    assert_eq!(net(&settlement.years[0], "up"), 0);
}

#[test]
fn wrong_figures_are_found_at_their_cell() {
    let sound = months("0.5", "0.1");
    let case = |from: &str, to: &str, code: &str, row: u64| {
        let finding = refused(RIVER, &sound.replacen(from, to, 1));
        assert_eq!(
            (finding.code(), finding.place.row),
            (code, Some(row)),
            "{to}: {}",
            finding.render(ecocomp::phrases::Lang::En)
        );
        for lang in [ecocomp::phrases::Lang::Zh, ecocomp::phrases::Lang::En] {
            assert!(
                !finding.phrase.render_fix(lang).is_empty() && !finding.render(lang).contains("{"),
                "{}",
                finding.render(lang)
            );
        }
    };
    case("2020,3,0.5", "2020,3,-0.5", "settlement.negative", 4);
    case("2020,3,0.5", "2020,3,NaN", "units.not_a_number", 4);
    case("2020,3,0.5", "2020,3,abc", "units.not_a_number", 4);
    case("2020,3,0.5", "2020,3,=1+1", "units.not_a_number", 4);
    case("2020,3,0.5", "2020,3,0.5mg/L", "dataset.unit_in_cell", 4);
    case("2020,3,0.5", "2020,3,500", "settlement.slip", 4);
    case("2020,3,", "2020,13,", "settlement.month", 4);
    case("2020,3,", "2020,4,", "settlement.duplicate", 5);
    case("2020,3,", "20,3,", "settlement.year", 4);
    case("断面,2020,3", "断面X,2020,3", "settlement.unknown_section", 4);
    case("氨氮(mg/L)", "氨氮", "settlement.unit_missing", 2);
    case("氨氮(mg/L)", "氨氮(m3)", "settlement.unit", 2);
    case("氨氮(mg/L)", "氨蛋(mg/L)", "settlement.unknown_column", 1);
    case("断面,2020,3,0.5", "\"断面,2020,3,0.5", "dataset.open_quote", 4);
    case("断面,年", "断面,岁", "settlement.unknown_column", 1);
    assert_eq!(refused(RIVER, "断面,年,月\n断面,2020,1\n").code(), "settlement.nothing_measured");
    assert_eq!(refused(RIVER, "断面,年,月,氨氮(mg/L),总磷(mg/L)\n").code(), "dataset.no_rows");
    assert_eq!(refused(RIVER, &sound.replace("2020,", "2030,")).code(), "settlement.no_year");
    assert_eq!(refused(RIVER, &months("500", "0.1")).code(), "settlement.far_from_baseline");
    assert_eq!(refused(RIVER, "年,指标,数值\n2020,P,-1\n").code(), "settlement.measure_range");
    assert_eq!(refused(RIVER, "年,月,指标,数值\n2020,1,P,1\n").code(), "settlement.measure_of_month");
    let both = format!("{sound}断面,2020,,0.5,\n");
    assert_eq!(refused(RIVER, &both).code(), "settlement.year_and_months");
    let accepted = RIVER.replace("[data]", "[data]\naccept_outliers = true");
    assert!(try_settle(&accepted, &months("500", "0.1"), None).is_ok());
    let means = RIVER.replace("[data]", "[data]\nduplicates = \"mean\"");
    assert_eq!(
        settled(&means, &format!("{sound}断面,2020,3,0.7,0.1\n")).years[0].series[0].months[2].used.as_deref(),
        Some("0.6")
    );
    let found = try_settle(RIVER, &sound, Some(2030)).unwrap_err();
    assert_eq!(found[0].code(), "settlement.year_outside");
}

#[test]
fn a_table_of_a_million_rows_ends() {
    let row = "断面,2020,1,0.5,0.1\n";
    let csv = format!("断面,年,月,氨氮(mg/L),总磷(mg/L)\n{}", row.repeat(60_000));
    let found = try_settle(RIVER, &csv, None).unwrap_err();
    assert!(found.len() <= 402 && found[0].code() == "settlement.duplicate");
}

/// A pool, advances, a cap and a budget with carry-over.
fn money_agreement(clauses: &str) -> String {
    format!(
        "[agreement]\nname = \"测试\"\nfirst_year = 2020\nlast_year = 2022\nbasis = \"协议\"\nsource = \"测试\"\nconfirmed = \"assumed\"\n\
         [[party]]\nid = \"a\"\nname = \"甲\"\n[[party]]\nid = \"b\"\nname = \"乙\"\n[[party]]\nid = \"c\"\nname = \"丙\"\n\
         [[party]]\nid = \"fund\"\nname = \"资金池\"\nrole = \"pool\"\n{clauses}"
    )
}

fn clause(id: &str, body: &str) -> String {
    format!("[[clause]]\nid = \"{id}\"\ntitle = \"{id}\"\nbasis = \"b\"\n{body}\n")
}

#[test]
fn budgets_carry_over_and_close() {
    let pay = clause(
        "pay",
        "[clause.payment]\npay = [{ from = \"a\", to = \"b\", by_year = { 2020 = \"150 万元\", 2021 = \"120 万元\", 2022 = \"10 万元\" } }]",
    );
    let budget = clause("budget", "[clause.budget]\nparty = \"a\"\nat_most = \"100 万元\"\nexcess = \"carry_over\"");
    let toml = money_agreement(&(pay.clone() + &budget));
    let settlement = settled(&toml, "");
    // 150 → 100, 50 over; 50 + 120 → 100, 70 over; 70 + 10 → 80.
    assert_eq!(settlement.years.iter().map(|year| net(year, "b") / WAN).collect::<Vec<_>>(), [100, 100, 80]);
    assert!(settlement.outstanding.is_empty());
    let third = try_settle(&toml, "", Some(2021)).unwrap();
    assert_eq!(third.outstanding.iter().map(|flow| flow.amount_fen).sum::<i64>(), 70 * WAN);
    let forgone = settled(&toml.replace("carry_over", "forgone"), "");
    assert_eq!(forgone.years.iter().map(|year| net(year, "b") / WAN).collect::<Vec<_>>(), [100, 100, 10]);
}

#[test]
fn advances_are_credited() {
    let pay = clause("pay", "[clause.payment]\npay = [{ from = \"a\", to = \"b\", amount = \"80 万元\" }]");
    let advance = clause("advance", "[clause.prepay]\nadvance = [{ from = \"a\", to = \"b\", amount = \"100 万元\" }]");
    let settlement = settled(&money_agreement(&(pay + &advance)), "");
    let transfer = &settlement.years[0].transfers[0];
    assert_eq!((transfer.due_fen, transfer.prepaid_fen, transfer.settle_fen), (80 * WAN, 100 * WAN, -20 * WAN));
    assert_eq!(net(&settlement.years[0], "b"), 80 * WAN);
}

#[test]
fn quantities_pay_by_steps() {
    let base = RIVER.replace("[[clause]]\nid = \"bet\"", "[[measure]]\nid = \"W\"\nvolume = {}\n[[clause]]\nid = \"water\"\ntitle = \"水量\"\nbasis = \"b\"\n[clause.quantity]\non = \"W\"\nfrom = \"down\"\nto = \"up\"\nmethod = \"marginal\"\nstep = [{ up_to = 1000, price = \"0.10 元/m3\" }, { price = \"0.20 元/m3\" }]\n[[clause]]\nid = \"bet\"");
    let csv = "断面,年,氨氮(mg/L),总磷(mg/L),水量(m3)\n断面,2020,0.5,0.1,1500.55\n";
    // 1000 × 0.10 + 500.55 × 0.20 = 200.11 元
    assert_eq!(net(&settled(&base, csv).years[0], "up"), 100 * WAN + 20_011);
    // 1500.55 × 0.20 = 300.11 元
    assert_eq!(net(&settled(&base.replace("marginal", "whole"), csv).years[0], "up"), 100 * WAN + 30_011);
}

/// P again, from the digits alone.
fn index_by_hand(ammonia: &[u32], phosphorus: &[u32], (c0, p0): (u32, u32), (k, w): (u32, u32)) -> Exact {
    let mean =
        |values: &[u32]| Exact::new(values.iter().map(|value| u64::from(*value)).sum::<u64>().into(), 12_000.into());
    let ratio = |values: &[u32], base: u32| mean(values) / Exact::new(base.into(), 1_000.into());
    let weight = Exact::new(w.into(), 100.into());
    let one = Exact::from_integer(BigInt::from(1));
    Exact::new(k.into(), 100.into()) * (&weight * ratio(ammonia, c0) + (one - &weight) * ratio(phosphorus, p0))
}

fn thousandths(value: u32) -> String {
    format!("{}.{:03}", value / 1_000, value % 1_000)
}

fn csv_of(ammonia: &[u32], phosphorus: &[u32]) -> String {
    let rows = ammonia
        .iter()
        .zip(phosphorus)
        .zip(1..)
        .map(|((a, b), month)| format!("断面,2020,{month},{},{}\n", thousandths(*a), thousandths(*b)));
    format!("断面,年,月,氨氮(mg/L),总磷(mg/L)\n{}", rows.collect::<String>())
}

fn river((c0, p0): (u32, u32), (k, w): (u32, u32)) -> String {
    RIVER
        .replace("k0 = 0.9", &format!("k0 = \"{k}%\""))
        .replacen("weight = 0.5", &format!("weight = \"{w}%\""), 1)
        .replacen("weight = 0.5", &format!("weight = \"{}%\"", 100 - w), 1)
        .replace("baseline = 0.1\n", &format!("baseline = {}\n", thousandths(p0)))
        .replace("baseline = 0.5\n", &format!("baseline = \"{}\"\n", thousandths(c0)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(24), ..ProptestConfig::default() })]

    #[test]
    fn p_is_recomputed_and_scale_free(
        ammonia in prop::collection::vec(50_u32..900, 12),
        phosphorus in prop::collection::vec(50_u32..900, 12),
        bases in (50_u32..900, 50_u32..900),
        weights in (50_u32..120, 0_u32..=100),
        scale in 2_u32..9,
    ) {
        let expected = index_by_hand(&ammonia, &phosphorus, bases, weights);
        let settlement = settled(&river(bases, weights), &csv_of(&ammonia, &phosphorus));
        prop_assert_eq!(&settlement.years[0].measures[0].value_exact, &expected.to_string());
        let one = Exact::from_integer(BigInt::from(1));
        let sign = if expected <= one { 1 } else { -1 };
        prop_assert_eq!(net(&settlement.years[0], "up"), sign * 100 * WAN);
        let more = |values: &[u32]| values.iter().map(|value| value * scale).collect::<Vec<u32>>();
        let scaled = settled(&river((bases.0 * scale, bases.1 * scale), weights), &csv_of(&more(&ammonia), &more(&phosphorus)));
        prop_assert_eq!(&scaled.years[0].measures[0].value_exact, &expected.to_string());
    }

    #[test]
    fn any_monotone_table_closes_and_cleaner_never_costs(
        mut cuts in prop::collection::btree_set(1_u32..200, 1..6),
        amounts in prop::collection::vec(0_i64..10_i64.pow(10), 7),
        ps in prop::collection::vec(1_u32..220, 2..6),
    ) {
        cuts.insert(100);
        let cuts: Vec<u32> = cuts.into_iter().collect();
        let mut paid: Vec<i64> = amounts.iter().take(cuts.len() + 1).copied().collect();
        paid.sort_unstable_by(|a, b| b.cmp(a));
        let percent = |cut: u32| format!("\"{cut}%\"");
        let mut toml = RIVER.split("[[clause.tiers.tier]]").next().unwrap().to_owned();
        for (index, amount) in paid.iter().enumerate() {
            let low = index.checked_sub(1).and_then(|at| cuts.get(at)).map(|cut| format!("above = {}", percent(*cut)));
            let high = cuts.get(index).map(|cut| format!("at_most = {}", percent(*cut)));
            let ends: Vec<String> = low.into_iter().chain(high).collect();
            toml.push_str(&format!(
                "[[clause.tiers.tier]]\nwhen = {{ {} }}\npay = [{{ from = \"down\", to = \"up\", amount = \"{amount} 分\" }}]\n",
                ends.join(", ")
            ));
        }
        let mut ps = ps;
        ps.sort_unstable();
        let mut last = i64::MAX;
        for p in ps {
            let settlement = settled(&toml, &format!("年,指标,数值\n2020,P,{p}%\n"));
            let tier = cuts.iter().filter(|cut| p > **cut).count();
            let got = net(&settlement.years[0], "up");
            prop_assert_eq!(got, paid[tier]);
            prop_assert!(got <= last);
            last = got;
        }
    }

    #[test]
    fn pools_caps_and_shares_close(
        amount in 1_i64..10_i64.pow(12),
        shares in prop::collection::vec(0_u32..1_000, 6),
        cap in 0_i64..10_i64.pow(11),
        share in 0_u32..=100,
        unit in prop::sample::select(vec!["1 分", "1 元", "1 万元"]),
    ) {
        prop_assume!(shares[..3].iter().any(|share| *share > 0) && shares[3..].iter().any(|share| *share > 0));
        let side = |shares: &[u32]| format!("{{ a = {}, b = {}, c = {} }}", shares[0], shares[1], shares[2]);
        let pool = clause("pool", &format!(
            "[clause.pool]\nfund = \"fund\"\namount = \"{amount} 分\"\ncontribute = {}\ndistribute = {}", side(&shares[..3]), side(&shares[3..])));
        let back = clause("back", &format!(
            "[clause.payment]\npay = [{{ from = \"a\", to = {{ b = 1, c = 2 }}, share_of = {{ clause = \"pool\", received_by = \"a\", share = \"{share}%\" }} }}]"));
        let most = clause("most", &format!("[clause.cap]\nof = [\"back\"]\npayer = \"a\"\nat_most = \"{cap} 分\""));
        let toml = money_agreement(&format!("[money]\nunit = \"{unit}\"\nby = \"half_up\"\n{pool}{back}{most}"));
        let settlement = settled(&toml, "");
        for year in &settlement.years {
            prop_assert_eq!(net(year, "fund"), 0);
            let paid: i64 = year.clauses[1].flows.iter().map(|flow| flow.amount_fen).sum();
            prop_assert!(paid <= cap);
            let in_fund: i64 = year.clauses[0].flows.iter().filter(|flow| flow.to == "fund").map(|flow| flow.amount_fen).sum();
            prop_assert_eq!(in_fund, amount);
        }
    }

    #[test]
    fn any_text_is_settled_or_refused(text in "[断面年月氨氮总磷0-9,.<L\n\"(mg/)\u{0}-]{0,120}") {
        let _ = try_settle(RIVER, &text, None);
    }
}

#[test]
fn the_command_settles_in_every_form() {
    let agreement = repository("models/horizontal/xinanjiang-1.toml");
    let monitoring = repository("datasets/horizontal/xinanjiang-published.csv");
    let run =
        |more: &[&str]| ecocomp(&[&["horizontal", "settle", &agreement, "--monitoring", &monitoring], more].concat());
    let table = run(&[]);
    assert_eq!(table.code, 0, "{}", table.err);
    assert!(
        table.out.contains("10,000.00") && table.out.contains("公布值") && table.out.contains("浙江省"),
        "{}",
        table.out
    );
    let english = run(&["--lang", "en", "--year", "2013"]);
    assert!(english.out.contains("0.828") && !english.out.contains("0.833"), "{}", english.out);
    let json = run(&["--format", "json"]).json();
    let schema = serde_json::to_value(schemars::schema_for!(Settlement)).unwrap();
    jsonschema::validate(&schema, &json).unwrap();
    let csv = run(&["--format", "csv"]);
    assert!(csv.out.starts_with('\u{feff}') && csv.out.contains("100000000.00"), "{}", csv.out);
    let folder = Folder::empty();
    let path = folder.file("out.xlsx");
    assert_eq!(run(&["-o", &path]).code, 0);
    assert!(std::fs::read(&path).unwrap().starts_with(b"PK"));
    let outside = run(&["--json", "--year", "2020"]);
    assert_eq!((outside.code, outside.codes()), (1, vec!["settlement.year_outside".to_owned()]));
    let missing = ecocomp(&["--json", "horizontal", "settle", &agreement, "--monitoring", &folder.file("none.csv")]);
    assert_eq!(missing.code, 1);
}

#[test]
fn schemas_are_published() {
    let schemas = [
        ("settlement-request", schemars::schema_for!(SettlementRequest)),
        ("settlement", schemars::schema_for!(Settlement)),
    ];
    for (name, schema) in schemas {
        let path = repository(&format!("docs/{name}.schema.json"));
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var("ECOCOMP_BLESS").is_ok() {
            std::fs::write(&path, &text).unwrap();
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(published == text, "{path} is stale: run this test once with ECOCOMP_BLESS=1");
    }
}

#[test]
fn forms_that_are_no_table_are_named() {
    let code = |name: &str, bytes: &[u8]| table(name, bytes).unwrap_err().0[0].code();
    assert_eq!(code("m.csv", "2012年监测数据\n断面,年,月,指标,浓度(mg/L)\n".as_bytes()), "settlement.title_above");
    assert_eq!(code("m.csv", "断面;年;月\n街口;2012;1\n".as_bytes()), "dataset.separator");
    assert_eq!(code("m.csv", b""), "settlement.empty_file");
    assert_eq!(code("m.xls", b"abc"), "dataset.foreign_table");
    assert_eq!(code("m.xlsx", b"abc"), "dataset.text_as_workbook");
    assert_eq!(code("m.xlsx", b""), "dataset.no_bytes");
    assert_eq!(code("m.xlsx", b"<html><table>"), "dataset.web_page");
    assert_eq!(code("m.xlsx", b"\xD0\xCF\x11\xE0\xA1\xB1"), "dataset.old_workbook");
    assert_eq!(code("m.csv", b"PK\x03\x04\x14\0"), "dataset.workbook_as_text");
    assert_eq!(p(&settled(RIVER, "年,指标,数值\n2020,P值,0.7\n")), "0.7");
}
