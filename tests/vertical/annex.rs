//! The workbook as an office needs it: an annex whose totals add as shown, and a basis from which every entitlement follows.

use std::collections::BTreeMap;

use calamine::{Data, Range, Reader as _, Xlsx, open_workbook};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::common::{self, Folder, MODEL, ecocomp, repository};

fn workbook(folder: &Folder, words: &[&str]) -> Xlsx<std::io::BufReader<std::fs::File>> {
    let path = folder.file("plan.xlsx");
    let done = ecocomp(&[&["allocate"], words, &["--overwrite", "-o", &path]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    open_workbook(&path).unwrap()
}

fn sheet(book: &mut Xlsx<std::io::BufReader<std::fs::File>>, name: &str) -> Range<Data> {
    book.worksheet_range(name).unwrap()
}

fn texts(range: &Range<Data>) -> Vec<Vec<String>> {
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

/// The first row with this text in a column.
fn row_of(rows: &[Vec<String>], column: usize, text: &str) -> usize {
    rows.iter()
        .position(|row| row.get(column).is_some_and(|cell| cell == text))
        .unwrap_or_else(|| panic!("{text}: {rows:#?}"))
}

/// A printed number as it stands there, exactly.
fn exact(text: &str) -> BigRational {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: BigInt = format!("{whole}{part}").parse().unwrap_or_else(|_| panic!("{text}"));
    BigRational::new(digits, BigInt::from(10).pow(u32::try_from(part.len()).unwrap()))
}

/// Hundredths of what a sheet prints with two decimals.
fn hundredths(text: &str) -> i64 {
    (text.parse::<f64>().unwrap_or_else(|_| panic!("{text}")) * 100.0).round() as i64
}

#[test]
fn the_annex_adds_as_shown_in_both_units() {
    let folder = Folder::empty();
    for (model, columns) in [("chongming-vertical", 6), ("chongming-ahp", 5), ("minimal", 5), ("xinjiang-transfer", 1)]
    {
        let model = repository(&format!("models/{model}.toml"));
        let total = ecocomp(&["allocate", &model, "--format", "json"]).json()["total"]["amount_fen"].as_i64().unwrap();
        for (unit, fen) in [("元", 1), ("万元", 10_000)] {
            let mut book = workbook(&folder, &[&model, "--unit", unit]);
            let rows = texts(&sheet(&mut book, "下达附件"));
            assert_eq!(rows[0][0], "附件1");
            assert!(rows[1][0].contains("分配表"), "{}", rows[1][0]);
            assert!(rows[2].iter().any(|cell| *cell == format!("单位:{unit}")), "{:?}", rows[2]);
            let first = rows.iter().position(|row| row[0] == "1").unwrap();
            let last = row_of(&rows, 0, "合计");
            let figures = |row: usize| -> Vec<i64> {
                rows[row][2..].iter().map(|cell| if cell.is_empty() { 0 } else { hundredths(cell) }).collect()
            };
            let totals = figures(last);
            assert_eq!(totals.len(), columns, "{model}: {:?}", rows[3]);
            for (column, total) in totals.iter().enumerate() {
                assert_eq!((first..last).map(|row| figures(row)[column]).sum::<i64>(), *total, "{model} {unit}");
            }
            #[allow(clippy::needless_range_loop)] // a position in several lists
            for row in first..=last {
                let figures = figures(row);
                let (whole, parts) = figures.split_last().unwrap();
                assert!(parts.is_empty() || parts.iter().sum::<i64>() == *whole, "{model} {unit}: {:?}", rows[row]);
            }
            let shown = totals.last().unwrap() * fen;
            assert!((shown - total).abs() <= fen / 2, "{model} {unit}: {shown} {total}");
            let all = rows.concat().join("\n");
            for words in ["制表:", "审核:", "签发:", "年    月    日", "运行编号:"] {
                assert!(all.contains(words), "{words}");
            }
        }
    }
}

#[test]
fn during_the_year_the_annex_says_what_was_paid_and_what_is_set_by_hand() {
    let folder = Folder::empty();
    let model = repository("models/chongming-midyear.toml");
    let record = ecocomp(&["allocate", &model, "--format", "json"]).json();
    let of = |key: &str| record["paid"]["total"][key].as_i64().unwrap();
    for (unit, fen) in [("元", 1), ("万元", 10_000)] {
        let rows = texts(&sheet(&mut workbook(&folder, &[&model, "--unit", unit]), "下达附件"));
        let (first, last) = (rows.iter().position(|row| row[0] == "1").unwrap(), row_of(&rows, 0, "合计"));
        let column = |name: &str| {
            rows[3].iter().position(|cell| cell == name).unwrap_or_else(|| panic!("{name}: {:?}", rows[3]))
        };
        let figure = |row: usize, name: &str| hundredths(&rows[row][column(name)]);
        let withdrawn = of("withdrawn_fen") != 0;
        let beside = |row: usize| {
            let kept = if withdrawn { figure(row, "收回") } else { 0 };
            assert_eq!(figure(row, "合计") - kept - figure(row, "已下达"), figure(row, "本次"), "row {row} {unit}");
        };
        (first..=last).for_each(beside);
        for (name, key) in [("合计", "plan_fen"), ("已下达", "paid_fen"), ("本次", "now_fen")] {
            assert_eq!((first..last).map(|row| figure(row, name)).sum::<i64>(), figure(last, name), "{name} {unit}");
            assert!((figure(last, name) * fen - of(key)).abs() <= fen * 3 / 2, "{name} {unit}");
        }
        let marked: Vec<&String> =
            rows[first..last].iter().map(|row| &row[1]).filter(|name| name.ends_with('*')).collect();
        let overrides = record["by_hand"]["overrides"].as_array().unwrap();
        assert!(!marked.is_empty() && marked.len() <= overrides.len(), "{marked:?}");
        for one in overrides {
            let reason = one["reason"].as_str().unwrap();
            assert!(rows.iter().any(|row| row[0].starts_with("* 手工调整:") && row[0].contains(reason)), "{reason}");
        }
    }
}

#[test]
fn title_and_date_are_those_asked_for_and_no_clock() {
    let folder = Folder::sound();
    folder.write("model.toml", MODEL.replace("name = \"测试\"", "name = \"云岭县补偿资金(示例)\", year = 2025"));
    let model = folder.file("model.toml");
    let rows = texts(&sheet(&mut workbook(&folder, &[&model]), "下达附件"));
    assert_eq!(rows[1][0], "2025年云岭县补偿资金分配表(示例)");
    let words = ["--date", "2025-03-28", "--title", "云岭县下达表"];
    let rows = texts(&sheet(&mut workbook(&folder, &[&[model.as_str()], &words[..]].concat()), "下达附件"));
    assert_eq!(rows[1][0], "云岭县下达表");
    assert!(rows.concat().iter().any(|cell| cell == "2025年3月28日"));
    for (more, code) in [(["--date", "2025-02-30"], "paper.date"), (["--unit", "万元"], "paper.only_on_paper")] {
        let path = folder.file(if code == "paper.date" { "x.xlsx" } else { "x.csv" });
        let done = ecocomp(&[&["allocate", &model, "-o", &path, "--json"], &more[..]].concat());
        assert_eq!((done.code, done.codes()), (2, vec![code.to_owned()]), "{}", done.err);
    }
}

/// Works out every entitlement from what the sheet 依据 prints, and nothing else.
fn derive(rows: &[Vec<String>]) -> usize {
    let top = row_of(rows, 0, "代码");
    let header = &rows[top];
    let at = |name: &str| header.iter().position(|cell| cell == name);
    let factors: Vec<(usize, BigRational)> = header
        .iter()
        .enumerate()
        .filter_map(|(column, name)| {
            let weight = name.split_once("占比(权重 ")?.1.strip_suffix(')')?;
            Some((column - 1, exact(weight)))
        })
        .collect();
    assert!(!factors.is_empty(), "{header:?}");
    let cells: Vec<&Vec<String>> = rows[top + 1..].iter().take_while(|row| !row[0].is_empty()).collect();
    let pool_table = rows.iter().position(|row| row[0] == "应得额总额");
    // The pools: one an ecosystem, or one of all.
    let mut pools: BTreeMap<String, i64> = BTreeMap::new();
    if let Some(first) = pool_table {
        for row in rows[first + 2..].iter().take_while(|row| row[1] != "合计") {
            pools.insert(row[1].clone(), hundredths(&row[3]));
        }
    } else {
        let line = rows.iter().find(|row| row[0].starts_with("应得额总额:")).unwrap();
        let pool = line[0].trim_start_matches("应得额总额:").trim_end_matches(" 元").replace(',', "");
        pools.insert(String::new(), hundredths(&pool));
    }
    let curve: Vec<(BigRational, BigRational)> = rows
        .iter()
        .position(|row| row[0].starts_with("成效系数:"))
        .map(|first| {
            let points = rows[first + 2..].iter().take_while(|row| !row[1].is_empty());
            points.map(|row| (exact(&row[1]), exact(&row[2]))).collect()
        })
        .unwrap_or_default();
    let multiplier = |row: &Vec<String>| -> BigRational {
        let Some(score) = at("成效得分").map(|column| exact(&row[column])) else { return BigRational::one() };
        let (first, last) = (&curve[0], &curve[curve.len() - 1]);
        if score <= first.0 {
            return first.1.clone();
        }
        for pair in curve.windows(2) {
            let ((low, from), (high, to)) = (&pair[0], &pair[1]);
            if score <= *high {
                return from + (to - from) * (&score - low) / (high - low);
            }
        }
        last.1.clone()
    };
    let mut checked = 0;
    for (pool, total) in &pools {
        let own: Vec<&&Vec<String>> = cells.iter().filter(|row| pool.is_empty() || row[2] == *pool).collect();
        let mut scores = vec![BigRational::zero(); own.len()];
        for (column, weight) in &factors {
            let sum: BigRational = own.iter().map(|row| exact(&row[*column])).sum();
            for (score, row) in scores.iter_mut().zip(&own) {
                if !sum.is_zero() {
                    *score += weight * exact(&row[*column]) / &sum;
                }
            }
        }
        for (score, row) in scores.iter_mut().zip(&own) {
            *score *= multiplier(row);
        }
        let sum: BigRational = scores.iter().sum();
        let quotas: Vec<BigRational> = scores.iter().map(|score| score * BigInt::from(*total) / &sum).collect();
        let mut fen: Vec<BigInt> = quotas.iter().map(|quota| quota.floor().to_integer()).collect();
        let mut order: Vec<usize> = (0..fen.len()).collect();
        order.sort_by(|a, b| quotas[*b].fract().cmp(&quotas[*a].fract()).then(a.cmp(b)));
        let missing = BigInt::from(*total) - fen.iter().sum::<BigInt>();
        for index in order.into_iter().take(usize::try_from(missing).unwrap()) {
            fen[index] += 1;
        }
        let column = at("应得额").unwrap();
        for (fen, row) in fen.iter().zip(&own) {
            assert_eq!(BigInt::from(hundredths(&row[column])), *fen, "{row:?}");
            checked += 1;
        }
    }
    checked
}

#[test]
fn entitlements_follow_from_the_printed_basis_alone() {
    let folder = Folder::empty();
    for name in [
        "chongming-vertical",
        "chongming-ahp",
        "chongming-entropy",
        "chongming-midyear",
        "minimal",
        "xinjiang-transfer",
    ] {
        let model = repository(&format!("models/{name}.toml"));
        let cells = ecocomp(&["allocate", &model, "--format", "json"]).json()["cells"].as_array().unwrap().len();
        let rows = texts(&sheet(&mut workbook(&folder, &[&model]), "依据"));
        assert_eq!(derive(&rows), cells, "{name}");
    }
}

#[test]
fn every_amount_has_its_rules_and_every_rule_its_text() {
    let folder = Folder::empty();
    let model = repository("models/chongming-vertical.toml");
    let mut book = workbook(&folder, &[&model, "--set", "rule.corridor.between=[0.9, 1.25]"]);
    let rows = texts(&sheet(&mut book, "金额依据"));
    let top = row_of(&rows, 0, "代码");
    let column = rows[top].iter().position(|cell| cell == "决定金额的规则").unwrap();
    let held: Vec<&String> =
        rows[top + 1..].iter().take_while(|row| !row[0].is_empty()).map(|row| &row[column]).collect();
    assert!(held.iter().all(|words| !words.is_empty()), "{held:?}");
    assert!(held.iter().any(|words| words.contains("增减幅限制:") && words.contains("处于上限")), "{held:?}");
    let rows = texts(&sheet(&mut book, "规则原文"));
    let corridor = &rows[row_of(&rows, 0, "增减幅限制")];
    assert_eq!(corridor[3], "kind = \"corridor\"; per = \"area\"; between = [0.9, 1.25]");
    let counted = held.iter().filter(|words| words.contains("增减幅限制:")).count();
    assert_eq!(corridor[5], counted.to_string());
    let digest = common::repository("models/chongming-vertical.toml");
    let digest = std::process::Command::new("sha256sum").arg(digest).output();
    if let Ok(output) = digest {
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        let known = words.split(' ').next().unwrap_or_default().to_owned();
        assert!(known.len() != 64 || rows.concat().contains(&known), "{known}");
    }
    // Totals of the amounts are those of the plan.
    let rows = texts(&sheet(&mut book, "金额依据"));
    let all = rows.iter().find(|row| row[1] == "合计" && row[2] == "全部").unwrap();
    assert_eq!(hundredths(&all[4]), 13_500_000_000);
}
