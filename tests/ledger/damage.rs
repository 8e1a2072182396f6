//! The damage fund: published cases, and every row of the table of what enters.

use ecocomp_ground::finding::Findings;
use ecocomp_ledger::damage::{Cases, DamageRules, Due, due, due_sheet, ledger_sheet, movements, use_sheet};

use crate::common::{codes, day};

const RULES: &str = include_str!("../../datasets/ledger/damage/rules.toml");
const SHIPPED: &str = include_str!("../../datasets/ledger/damage/cases.toml");

fn rules() -> DamageRules {
    DamageRules::read(RULES, "rules.toml").unwrap()
}

fn read(cases: &str) -> Result<Cases, Findings> {
    Cases::read(&format!("name = {{ zh = \"案\", en = \"c\" }}\n{cases}"), "cases.toml", &rules())
}

fn one(body: &str) -> Result<Due, Findings> {
    let cases = read(&format!(
        "[[case]]\nid = \"1\"\nname = {{ zh = \"案\", en = \"c\" }}\nliable = \"甲\"\nstage = \"履行\"\n{body}"
    ))?;
    due(&cases, &rules(), day("2025-12-31")).map(|mut all| all.remove(0))
}

fn head(amount: &str) -> String {
    format!("[[case.head]]\nhead = \"interim\"\namount = \"{amount}\"\n")
}

fn done(entry: &str, amount: &str) -> String {
    format!("[[case.performance]]\nentry = \"{entry}\"\namount = \"{amount}\"\non = \"2025-01-01\"\n")
}

/// 长兴镇: 1 024 t bought and cancelled for 73 000 元: 71.29 元/t, 4.32 元/m² of 16 900 m²; no money enters the fund.
#[test]
fn a_substitute_takes_a_claim_away_and_brings_no_money() {
    let with = |more: &str| one(&format!("{}{}{more}", head("7.3 万元"), done("sink", "7.3 万元"))).unwrap();
    let cancelled =
        with("substitute = { quantity = \"1024\", unit = \"t\", certificate = \"1\", cancelled = \"2025-02-10\" }\n");
    assert_eq!((cancelled.due(), cancelled.received, cancelled.in_kind), (0, 0, 7_300_000));
    // Bought and not cancelled, or without certificate: it could be sold again, and takes nothing away.
    let kept = with("substitute = { quantity = \"1024\", unit = \"t\", certificate = \"1\" }\n");
    assert_eq!((kept.due(), kept.open), (7_300_000, 7_300_000));
    let bare = with("substitute = { quantity = \"1024\", unit = \"t\", cancelled = \"2025-02-10\" }\n");
    assert_eq!(bare.due(), 7_300_000);
    assert_eq!((7_300_000_i64 * 2 + 1024) / 2048, 7_129);
    assert_eq!((7_300_000_i64 * 2 + 16_900) / 33_800, 432);
}

/// 美利纸业: 4 423 万 and 1.59 亿 in stages; printed 约2亿, the parts come to 20 323 万.
#[test]
fn stages_add_up_whatever_the_headline() {
    let due =
        one(&format!("[[case.head]]\nhead = \"restoration\"\namount = \"4423 万元\"\n{}", head("1.59 亿元"))).unwrap();
    assert_eq!(due.claimed, 20_323_000_000);
    assert_ne!(due.claimed, 20_000_000_000);
}

/// 苏州吴中: 0.64, 3.3652, 10.7873, 19.055 万元 into escrow: 33.8475 万元, and nothing in the fund yet.
#[test]
fn four_cases_in_escrow() {
    let parts = ["0.64 万元", "3.3652 万元", "10.7873 万元", "19.055 万元"];
    let heads: String = parts.iter().map(|part| head(part)).collect();
    let paid: String = parts.iter().map(|part| done("escrow", part)).collect();
    let due = one(&(heads + &paid)).unwrap();
    assert_eq!((due.claimed, due.paid, due.received, due.due()), (33_847_500, 33_847_500, 0, 0));
}

/// 休宁: 3 020.96 loss and 61.25 restoration: 3 082.21 元; 68.49 t: 44.11 元/t.
#[test]
fn loss_and_restoration_are_heads_of_their_own() {
    let due =
        one(&format!("{}[[case.head]]\nhead = \"restoration\"\namount = \"61.25 元\"\n", head("3020.96 元"))).unwrap();
    assert_eq!((due.claimed, due.heads.len()), (308_221, 2));
    assert_eq!((302_096_i64 * 100 * 2 + 6_849) / (2 * 6_849), 4_411);
}

/// What enters the fund: 80 + 120 + 15 of eight kinds, and 60 more where suits are managed so too.
#[test]
fn what_enters_the_fund_is_a_table() {
    let rows = [
        ("self_restored", "200 万元"),
        ("unrestorable_agreement", "80 万元"),
        ("not_restored_judgment", "120 万元"),
        ("public_interest", "60 万元"),
        ("short_of_standard", "15 万元"),
        ("sink", "7 万元"),
        ("escrow", "34 万元"),
        ("fine", "10 万元"),
    ];
    let body: String = rows.iter().map(|(entry, amount)| done(entry, amount)).collect();
    assert_eq!(one(&body).unwrap().received, 215_000_000);
    assert_eq!(one(&format!("by_reference = true\n{body}")).unwrap().received, 275_000_000);
    let rules = rules();
    let accounts: Vec<&str> = rows.iter().map(|(entry, _)| rules.entry(entry).unwrap().account.zh.as_str()).collect();
    assert!(accounts[0].contains("不入库") && accounts[1].contains("非税") && accounts[7].contains("罚没"));
    // A fine takes nothing of the claim away.
    assert_eq!(one(&(head("10 万元") + &done("fine", "10 万元"))).unwrap().due(), 10_000_000);
}

#[test]
fn formulas_are_data_and_their_classes_bound_them() {
    let with = |class: &str, multiple: &str| {
        one(&format!(
            "[[case.head]]\nhead = \"permanent\"\nformula = \"virtual\"\nclass = \"{class}\"\nvalues = {{ quantity = \"12.5\", unit_cost = \"3600\", multiple = \"{multiple}\" }}\n"
        ))
    };
    assert_eq!(with("III", "5").unwrap().claimed, 22_500_000);
    for (class, multiple) in [("III", "4.4"), ("III", "6.1"), ("I", "7.9"), ("V", "3.5")] {
        assert_eq!(codes(&with(class, multiple).unwrap_err()), ["damage.outside"], "{class} {multiple}");
    }
    // A class without bounds is none, and a negative multiple is no multiple.
    assert_eq!(codes(&with("VI", "99").unwrap_err()), ["damage.no_class"]);
    assert_eq!(codes(&with("", "5").unwrap_err()), ["damage.no_class"]);
    assert_eq!(codes(&with("III", "-5").unwrap_err()), ["damage.negative"]);
    let lacks = "[[case.head]]\nhead = \"permanent\"\nformula = \"virtual\"\nvalues = { quantity = \"1\" }\n";
    assert_eq!(codes(&one(lacks).unwrap_err()), ["damage.lacks_value"]);
    let unknown = "[[case.head]]\nhead = \"permanent\"\nformula = \"virtuel\"\n";
    assert_eq!(codes(&one(unknown).unwrap_err()), ["damage.unknown"]);
    let both = format!("{}formula = \"virtual\"\n", head("1 元"));
    assert_eq!(codes(&one(&both).unwrap_err()), ["damage.head_form"]);
    assert_eq!(codes(&one(&done("escrov", "1 元")).unwrap_err()), ["damage.unknown"]);
}

#[test]
fn no_more_is_used_than_was_received() {
    let used = |amount: &str| {
        let body = done("unrestorable_agreement", "10 元");
        one(&format!("{body}[[case.use]]\non = \"2025-03-01\"\namount = \"{amount}\"\nproject = \"甲\"\n"))
    };
    assert_eq!(used("10 元").unwrap().balance(), 0);
    assert_eq!(codes(&used("10.01 元").unwrap_err()), ["damage.used_more"]);
}

#[test]
fn the_shipped_cases_are_read() {
    let rules = rules();
    let cases = Cases::read(SHIPPED, "cases.toml", &rules).unwrap();
    let on = day("2026-11-30");
    let all = due(&cases, &rules, on).unwrap();
    let figures: Vec<(i64, i64, i64)> = all.iter().map(|due| (due.claimed, due.due(), due.balance())).collect();
    // 12.5 t × 3 600 × 5 + 2.4 万 = 24.9 万, 20 paid, 8.5 used; 60 × 3 × 180 = 3.24 万, done and not accepted.
    assert_eq!(figures, [(7_300_000, 0, 0), (24_900_000, 4_900_000, 11_500_000), (3_240_000, 3_240_000, 0)]);
    let sheet = use_sheet(&cases, &rules, &all, on);
    let text = serde_json::to_string(&sheet).unwrap();
    assert!(text.contains("42.50") && text.contains("573") && text.contains("闲置"), "{text}");
    assert_eq!(due_sheet(&cases, &all, on).rows.len(), 3);
    let moved = movements(&cases, &rules, on);
    assert_eq!(moved.iter().map(|one| one.fen).collect::<Vec<_>>(), [20_000_000, -8_500_000]);
    assert_eq!(ledger_sheet(&cases, &moved, on).rows.len(), 2);
}
