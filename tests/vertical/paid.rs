//! Batches of the year: new total less paid is what this batch brings, to the 分, by area and by fund, whatever was taken back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::common;
use crate::common::world::{Chance, World, solve_text, yuan};
use crate::common::{Folder, fen, list};
use proptest::prelude::*;
use serde_json::Value;

const FAIR: &str = "[[objective]]\nkind = \"max_min_coverage\"\n";

/// What a plan gives an area from a fund.
fn plan(record: &Value, area: &str, fund: &str) -> i128 {
    let own = list(&record["cells"]).iter().filter(|cell| cell["area"] == area);
    let paid = own.flat_map(|cell| list(&cell["by_fund"])).filter(|part| part["fund"] == fund);
    paid.map(|part| fen(&part["amount_fen"])).sum()
}

struct Entry {
    area: usize,
    fund: usize,
    kind: &'static str,
    amount: i128,
    redistribute: bool,
}

const FUNDS: [&str; 2] = ["district", "water"];

/// Releases of every area and, here and there, something taken back again; never more than was released.
fn entries(world: &World, chance: &mut Chance, may_redistribute: bool) -> Vec<Entry> {
    let mut entries = Vec::new();
    for area in 0..world.areas.len() {
        for fund in 0..2 {
            let known: i128 =
                world.select(|cell| cell.area == area).iter().map(|cell| world.cells[*cell].known[fund]).sum();
            if known == 0 {
                continue;
            }
            let released = known / world.unit * chance.between(10, 120) / 100 * world.unit;
            let first = released / 2 / world.unit * world.unit;
            for amount in [first, released - first].into_iter().filter(|amount| *amount > 0) {
                entries.push(Entry { area, fund, kind: "release", amount, redistribute: false });
            }
            let mut left = released;
            for kind in ["recall", "withdrawal"] {
                let amount = left / world.unit * chance.between(0, 30) / 100 * world.unit;
                if amount > 0 && chance.one_in(3) {
                    left -= amount;
                    let redistribute = may_redistribute && kind == "withdrawal";
                    entries.push(Entry { area, fund, kind, amount, redistribute });
                }
            }
        }
    }
    entries
}

fn written(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        let (area, fund, amount) = (World::code(entry.area), FUNDS[entry.fund], yuan(entry.amount));
        let _ = writeln!(
            text,
            "[[paid]]\narea = \"{area}\"\nfund = \"{fund}\"\namount = \"{amount} 元\"\nkind = \"{}\"",
            entry.kind
        );
        if entry.redistribute {
            text.push_str("redistribute = true\n");
        }
    }
    text
}

#[derive(Default, Clone, Copy)]
struct Sum {
    released: i128,
    recalled: i128,
    kept: i128,
    handed_on: i128,
}

fn sums(entries: &[Entry]) -> BTreeMap<(usize, usize), Sum> {
    let mut sums = BTreeMap::<(usize, usize), Sum>::new();
    for entry in entries {
        let sum = sums.entry((entry.area, entry.fund)).or_default();
        match (entry.kind, entry.redistribute) {
            ("release", _) => sum.released += entry.amount,
            ("recall", _) => sum.recalled += entry.amount,
            (_, false) => sum.kept += entry.amount,
            _ => sum.handed_on += entry.amount,
        }
    }
    sums
}

/// The rows of a record by the entries alone.
fn rows_close(record: &Value, world: &World, entries: &[Entry]) -> Result<(), TestCaseError> {
    let sums = sums(entries);
    let part = &record["paid"];
    let mut by_fund = [0_i128; 2];
    for row in list(&part["rows"]) {
        let area = row["group"].as_str().unwrap();
        let fund = FUNDS.iter().position(|fund| row["fund"] == *fund).unwrap();
        let at = (0..world.areas.len()).find(|at| World::code(*at) == area).unwrap();
        let own = sums.get(&(at, fund)).copied().unwrap_or_default();
        let given = plan(record, area, FUNDS[fund]);
        prop_assert_eq!(fen(&row["plan_fen"]), given);
        prop_assert_eq!(fen(&row["paid_fen"]), own.released - own.recalled - own.kept - own.handed_on);
        prop_assert_eq!(fen(&row["total_fen"]), given - own.kept);
        prop_assert_eq!(fen(&row["now_fen"]), given - own.released + own.recalled + own.handed_on);
        prop_assert_eq!(fen(&row["paid_fen"]) + fen(&row["now_fen"]), fen(&row["total_fen"]));
        prop_assert!(fen(&row["total_fen"]) >= 0, "keeps less than nothing: {row}");
        by_fund[fund] += fen(&row["now_fen"]);
    }
    // What the batch pays is what each fund has not paid yet.
    for fund in 0..2 {
        let own = || sums.iter().filter(|((_, paid), _)| *paid == fund).map(|(_, sum)| sum);
        let out: i128 = own().map(|sum| sum.released - sum.recalled - sum.handed_on).sum();
        prop_assert_eq!(by_fund[fund], world.budget(fund) - out, "fund {}", fund);
        let found = list(&part["funds"]).iter().find(|row| row["fund"] == FUNDS[fund]);
        if let Some(row) = found {
            prop_assert_eq!(fen(&row["now_fen"]), by_fund[fund]);
            let kept: i128 = own().map(|sum| sum.kept).sum();
            prop_assert_eq!(fen(&row["total_fen"]) + kept, world.budget(fund));
        }
    }
    prop_assert_eq!(fen(&part["total"]["now_fen"]), by_fund.iter().sum::<i128>());
    let of_areas: i128 = list(&part["areas"]).iter().map(|row| fen(&row["now_fen"])).sum();
    prop_assert_eq!(of_areas, by_fund.iter().sum::<i128>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: common::cases(40), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn this_batch_is_the_new_total_less_what_was_paid(
        areas in 2_usize..7,
        unit in prop_oneof![Just(1_i128), Just(10_000)],
        seed in any::<u64>(),
    ) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, unit, &mut chance);
        let entries = entries(&world, &mut chance, false);
        let bare = world.model(&[], FAIR);
        let record = solve_text(&format!("{bare}{}", written(&entries)), world.source()).map_err(TestCaseError::fail)?;
        world.plan(&record);
        rows_close(&record, &world, &entries)?;
        // What is withdrawn stays with its area: where its floor does not bind, the plan of all is the one without batches.
        let without = solve_text(&bare, world.source()).map_err(TestCaseError::fail)?;
        let sums = sums(&entries);
        let is_free = sums.iter().all(|((area, fund), sum)| plan(&without, &World::code(*area), FUNDS[*fund]) >= sum.kept);
        if is_free {
            for (one, other) in list(&record["cells"]).iter().zip(list(&without["cells"])) {
                prop_assert_eq!(&one["amount_fen"], &other["amount_fen"]);
            }
        }
    }

    #[test]
    fn what_is_handed_on_is_gone_from_its_area_and_reaches_the_others(areas in 2_usize..6, seed in any::<u64>()) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        let entries = entries(&world, &mut chance, true);
        let bare = world.model(&[], FAIR);
        let without = solve_text(&bare, world.source()).map_err(TestCaseError::fail)?;
        // All areas of a fund can be held back at once, and then nobody is left to take the money.
        let Ok(record) = solve_text(&format!("{bare}{}", written(&entries)), world.source()) else { return Ok(()) };
        world.plan(&record);
        rows_close(&record, &world, &entries)?;
        for ((area, fund), sum) in sums(&entries) {
            if sum.handed_on > 0 {
                let before = plan(&without, &World::code(area), FUNDS[fund]);
                prop_assert_eq!(plan(&record, &World::code(area), FUNDS[fund]), before - sum.handed_on);
            }
        }
    }

    #[test]
    fn without_recall_nobody_gets_less_than_was_paid(areas in 2_usize..6, seed in any::<u64>()) {
        let mut chance = Chance(seed);
        let world = World::draw(areas, 1, &mut chance);
        // The known plan pays at least what was released: there is always a plan.
        let entries: Vec<Entry> = entries(&world, &mut chance, false).into_iter().map(|mut entry| {
            let own = world.select(|cell| cell.area == entry.area);
            let known: i128 = own.iter().map(|cell| world.cells[*cell].known[entry.fund]).sum();
            entry.amount = entry.amount.min(known / 2).max(1);
            entry
        }).filter(|entry| entry.kind == "release").collect();
        let text = written(&entries).replace("[[paid]]", "[[paid.batch]]");
        let model = format!("{}[paid]\nrecall = false\n{text}", world.model(&[], FAIR));
        let record = solve_text(&model, world.source()).map_err(TestCaseError::fail)?;
        world.plan(&record);
        rows_close(&record, &world, &entries)?;
        prop_assert!(list(&record["paid"]["rows"]).iter().all(|row| fen(&row["now_fen"]) >= 0));
        let rule = list(&record["rules"]).iter().find(|rule| rule["id"] == "paid").expect("no rule");
        prop_assert_eq!(&rule["holds"], &Value::Bool(true));
    }
}

const MODEL: &str = "[model]\nname = \"批次\"\ndataset = \".\"\n[[fund]]\nid = \"district\"\namount = \"50 万元\"\n[[objective]]\nkind = \"max_min_coverage\"\n";

fn folder(more: &str) -> Folder {
    let folder = Folder::sound();
    folder.write("model.toml", format!("{MODEL}{more}"));
    folder
}

fn release(area: &str, amount: &str) -> String {
    format!(
        "[[paid]]\narea = \"{area}\"\namount = \"{amount}\"\nbatch = \"第一批\"\ndocument = \"财〔2025〕1号\"\ndate = 2025-03-01\n"
    )
}

#[test]
fn a_recall_that_was_carried_out_is_not_asked_for_again() {
    let first = folder("").allocate(&[]).json();
    let (one, two) = (plan(&first, "01", "district"), plan(&first, "02", "district"));
    let paid = |fen: i128| format!("{} 元", yuan(fen));
    let releases = release("甲镇", &paid(one)) + &release("乙镇", &paid(two));
    // In the middle of the year a tenth of the money is gone.
    let second = folder(&releases).allocate(&["--set", "fund.district.amount=45 万元"]).json();
    let rows = list(&second["paid"]["areas"]);
    let now: Vec<i128> = rows.iter().map(|row| fen(&row["now_fen"])).collect();
    assert_eq!(now.iter().sum::<i128>(), -5_000_000);
    assert!(now.iter().all(|fen| *fen < 0));
    let mut all = releases.clone();
    for (area, fen) in ["甲镇", "乙镇"].iter().zip(&now) {
        all += &format!("{}kind = \"追减\"\n", release(area, &paid(-fen)));
    }
    let third = folder(&all).allocate(&["--set", "fund.district.amount=45 万元"]).json();
    assert!(list(&third["paid"]["areas"]).iter().all(|row| row["now_fen"] == 0), "{}", third["paid"]);
    // Withdrawn from one for a reason of its own, it is neither paid again nor handed on.
    let withdrawn = format!("{releases}{}kind = \"withdrawal\"\nnote = \"审计\"\n", release("甲镇", "1 万元"));
    let record = folder(&withdrawn).allocate(&[]).json();
    let rows = list(&record["paid"]["areas"]);
    assert_eq!((fen(&rows[0]["total_fen"]), fen(&rows[0]["now_fen"])), (one - 1_000_000, 0));
    assert_eq!((fen(&rows[1]["total_fen"]), fen(&rows[1]["now_fen"])), (two, 0));
    let handed_on = format!("{withdrawn}redistribute = true\n");
    let record = folder(&handed_on).allocate(&[]).json();
    let rows = list(&record["paid"]["areas"]);
    assert_eq!((fen(&rows[0]["total_fen"]), fen(&rows[0]["now_fen"])), (one - 1_000_000, 0));
    assert_eq!((fen(&rows[1]["total_fen"]), fen(&rows[1]["now_fen"])), (two + 1_000_000, 1_000_000));
}

#[test]
fn floors_of_what_was_paid_are_named_where_the_money_does_not_reach() {
    let paid = "[paid]\nrecall = false\n[[paid.batch]]\narea = \"甲镇\"\namount = \"30 万元\"\n[[paid.batch]]\narea = \"02\"\namount = \"20 万元\"\n";
    let folder = folder(paid);
    assert_eq!(folder.allocate(&[]).code, 0);
    let done = folder.allocate(&["--set", "fund.district.amount=45 万元"]);
    assert_eq!(done.code, 3, "{}", done.err);
    let diagnosis = &done.error()["diagnosis"];
    let ids: Vec<&str> = list(&diagnosis["conflict"]).iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["district", "paid"]);
    assert_eq!(diagnosis["smallest_budget_fen"], 50_000_000);
    assert_eq!(folder.allocate(&["--set", "fund.district.amount=45 万元", "--set", "paid.recall=true"]).code, 0);
}

#[test]
fn a_table_of_batches_is_the_same_as_batches_in_the_model() {
    let inline = release("甲镇", "10 万元") + &format!("{}kind = \"withdrawal\"\n", release("甲镇", "1 万元"));
    let known = folder(&inline).allocate(&[]).json();
    let table = "乡镇,金额(万元),批次,文号,日期,性质\n甲镇,10,第一批,财〔2025〕1号,2025-03-01,下达\n甲镇,1,第一批,财〔2025〕1号,2025-03-01,收回\n";
    for beside in [true, false] {
        let folder = folder("[paid]\nfile = \"batches.csv\"\n");
        folder.write("batches.csv", table);
        if beside {
            // The data elsewhere: the table is then found beside the model.
            std::fs::create_dir(folder.path().join("data")).unwrap();
            for name in ["areas.csv", "cells.csv"] {
                std::fs::rename(folder.path().join(name), folder.path().join("data").join(name)).unwrap();
            }
            folder
                .write("model.toml", format!("{}[paid]\nfile = \"batches.csv\"\n", MODEL.replace("\".\"", "\"data\"")));
        }
        let done = folder.allocate(&[]);
        assert_eq!(done.code, 0, "{}", done.err);
        let record = done.json();
        assert_eq!(record["paid"], known["paid"]);
        let files: Vec<&str> =
            list(&record["dataset"]["files"]).iter().map(|file| file["name"].as_str().unwrap()).collect();
        assert_eq!(files, ["areas.csv", "batches.csv", "cells.csv"]);
        // A change that names another table reads that one, and only that.
        folder.write("other.csv", table.replace("甲镇,10,", "甲镇,12,"));
        let other = folder.allocate(&["--set", "paid.file=other.csv"]).json();
        let paid = list(&other["paid"]["areas"]).iter().map(|area| fen(&area["paid_fen"])).sum::<i128>();
        assert_eq!(paid, 11_000_000, "{}", other["paid"]);
        let files: Vec<&str> =
            list(&other["dataset"]["files"]).iter().map(|file| file["name"].as_str().unwrap()).collect();
        assert_eq!(files, ["areas.csv", "cells.csv", "other.csv"]);
        assert_eq!(folder.allocate(&["--set", "paid.file=none.csv"]).code, 1);
    }
}

#[test]
fn batches_without_sense_are_refused_with_their_place() {
    for (more, code) in [
        ("[[paid]]\narea = \"甲镇\"\namount = \"0 元\"\n", "policy.paid_positive"),
        ("[[paid]]\narea = \"甲镇\"\namount = \"-3 万元\"\n", "policy.paid_positive"),
        ("[[paid]]\narea = \"丙镇\"\namount = \"3 万元\"\n", "policy.unknown_in_data"),
        ("[[paid]]\narea = \"甲镇\"\namount = \"3 万元\"\nkind = \"收\"\n", "policy.unknown_word"),
        ("[[paid]]\narea = \"甲镇\"\namount = \"3 万元\"\nkind = \"收回\"\n", "policy.paid_below_zero"),
        ("[[paid]]\narea = \"甲镇\"\namount = \"3 万元\"\nfund = \"x\"\n", "policy.unknown_word"),
        ("[[paid]]\narea = \"甲镇\"\namount = \"3 万元\"\nredistribute = true\n", "policy.paid_redistribute"),
        ("[paid]\nfile = \"batches.csv\"\n", "cli.not_found"),
        ("paid = 3\n", "policy.wrong_type"),
        ("[paid]\nfile = 3\n", "policy.wrong_type"),
        ("[[paid]]\narea = \"甲镇\"\namount = \"3 万元\"\nfrom = \"x\"\n", "policy.unknown_key"),
        (
            "[[fund]]\nid = \"two\"\namount = \"1 万元\"\n[[paid]]\narea = \"甲镇\"\namount = \"3 万元\"\n",
            "policy.paid_fund",
        ),
    ] {
        let folder = folder("");
        // A bare key stands before the tables.
        let text = if more.starts_with("paid =") { format!("{more}{MODEL}") } else { format!("{MODEL}{more}") };
        folder.write("model.toml", text);
        let done = folder.check();
        assert_eq!(done.code, 1, "{more}\n{}", done.out);
        assert!(done.codes().iter().any(|found| found.starts_with(code)), "{more}\n{:?}", done.codes());
    }
    for (table, code) in [
        ("乡镇,金额\n甲镇,10\n", "units.unit_missing"),
        ("乡镇,金额(万元)\n丙镇,10\n", "policy.unknown_word"),
        ("乡镇,金额(万元)\n合计,10\n", "policy.paid_total"),
        ("乡镇,金额(万元),性质\n甲镇,10,拨\n", "policy.unknown_word"),
        ("乡镇,金额(万元),颜色\n甲镇,10,红\n", "policy.unknown_word"),
        ("乡镇,批次\n甲镇,1\n", "policy.paid_column"),
        ("乡镇,金额(万元),金额(元)\n甲镇,1,1\n", "policy.paid_column_twice"),
        ("乡镇,金额(万元)\n甲镇,-1\n", "policy.paid_positive"),
        ("乡镇,金额(万元)\n,1\n", "policy.key_missing"),
        ("乡镇,金额(万元)\n甲镇,\n", "policy.key_missing"),
    ] {
        let folder = folder("[paid]\nfile = \"batches.csv\"\n");
        folder.write("batches.csv", table);
        let done = folder.check();
        assert_eq!(done.code, 1, "{table}\n{}", done.out);
        let findings = done.error()["findings"].clone();
        let found = list(&findings).iter().find(|finding| finding["code"] == code);
        let place = found.unwrap_or_else(|| panic!("{table}\n{findings}"))["place"].clone();
        assert!(place["file"].as_str().unwrap().ends_with("batches.csv"), "{place}");
    }
}
