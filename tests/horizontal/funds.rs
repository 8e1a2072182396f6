//! Money that is there: random agreements over several years, checked by a ledger of their own that knows only the document.

use std::collections::BTreeMap;

use calamine::Reader as _;

use crate::common::{Folder, cases, ecocomp};
use ecocomp::horizontal::agreement::read;
use ecocomp::horizontal::settlement::{FlowPart, MonitoringTable, Settlement, SettlementRequest, YearPart, settle};

use proptest::prelude::*;

const YEARS: [i32; 5] = [2020, 2021, 2022, 2023, 2024];
const PARTIES: [&str; 5] = ["a", "b", "c", "f", "g"];
const FUNDS: [&str; 2] = ["f", "g"];

/// Numbers that look drawn by chance and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn chance(&mut self, of_ten: u64) -> bool {
        self.roll(10) < of_ten
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[usize::try_from(self.roll(words.len() as u64)).unwrap()]
    }

    fn fen(&mut self, most: u64) -> i64 {
        i64::try_from(self.roll(most)).unwrap()
    }

    /// A payer and another party.
    fn pair(&mut self) -> (&'static str, &'static str) {
        let from = self.pick(&PARTIES);
        loop {
            let to = self.pick(&PARTIES);
            if to != from {
                return (from, to);
            }
        }
    }

    fn shares(&mut self, without: &str) -> String {
        let parts: Vec<String> = PARTIES
            .iter()
            .filter(|party| **party != without)
            .map(|party| format!("{party} = {}", self.roll(4)))
            .collect();
        let rest = if without == "a" { "b" } else { "a" };
        format!("{{ {} }}", parts.join(", ").replacen(&format!("{rest} = 0"), &format!("{rest} = 1"), 1))
    }
}

/// What a clause is, as far as the ledger looks at it.
#[derive(Debug, Clone)]
enum Kind {
    Pays,
    Share { of: usize, party: &'static str, received: bool, percent: i64 },
    Pool { fund: &'static str, distributes: bool },
    Cap { of: Vec<usize>, payer: Option<&'static str>, most: i64 },
    Budget { party: &'static str, most: i64 },
    Prepay,
}

struct Drawn {
    toml: String,
    kinds: Vec<(Kind, [i32; 2])>,
    /// Smallest payment, in 分.
    unit: i64,
    shortfall_forgone: bool,
}

fn draw(seed: u64) -> Drawn {
    let mut dice = Dice(seed);
    let forgone = dice.chance(3);
    let short = if forgone { "shortfall = \"forgone\"\n" } else { "" };
    let mut toml = format!(
        "[agreement]\nname = \"试\"\nfirst_year = 2020\nlast_year = 2024\nbasis = \"b\"\nsource = \"s\"\nconfirmed = \"assumed\"\n\
         [[party]]\nid = \"a\"\nname = \"甲\"\n[[party]]\nid = \"b\"\nname = \"乙\"\n[[party]]\nid = \"c\"\nname = \"丙\"\n\
         [[party]]\nid = \"f\"\nname = \"基金\"\nrole = \"pool\"\n{short}[[party]]\nid = \"g\"\nname = \"专户\"\nrole = \"pool\"\n{short}\
         [[measure]]\nid = \"x\"\ngiven = {{ least = 0 }}\n[[measure]]\nid = \"r\"\ngiven = {{ least = 0, most = 1 }}\n"
    );
    // The fund stands below the section: it pays for clean months and is paid for others.
    toml.push_str("[[section]]\nid = \"s\"\nname = \"断面\"\nupstream = \"a\"\ndownstream = \"f\"\ntarget_class = \"III\"\n[[indicator]]\nid = \"tp\"\n");
    let unit = if dice.chance(3) { 50 } else { 1 };
    toml.push_str(&format!("[money]\nunit = \"{unit} 分\"\nby = \"half_up\"\n"));
    let mut kinds: Vec<(Kind, [i32; 2])> = Vec::new();
    for index in 0..2 + usize::try_from(dice.roll(8)).unwrap() {
        let years = if dice.chance(3) {
            let first = dice.roll(5);
            let last = first + dice.roll(5 - first);
            [2020 + i32::try_from(first).unwrap(), 2020 + i32::try_from(last).unwrap()]
        } else {
            [2020, 2024]
        };
        toml.push_str(&format!(
            "[[clause]]\nid = \"k{index}\"\ntitle = \"条款{index}\"\nbasis = \"b\"\nyears = [{}, {}]\n",
            years[0], years[1]
        ));
        let (from, to) = dice.pair();
        let amount = dice.fen(2_000);
        let kind = match dice.roll(if index == 0 { 5 } else { 12 }) {
            0 | 1 => {
                let fund = dice.pick(&FUNDS);
                let pays_in = dice.chance(8);
                let distributes = !pays_in || dice.chance(7);
                toml.push_str(&format!("[clause.pool]\nfund = \"{fund}\"\n"));
                if pays_in {
                    toml.push_str(&format!("amount = \"{amount} 分\"\ncontribute = {}\n", dice.shares(fund)));
                }
                if distributes {
                    toml.push_str(&format!("distribute = {}\n", dice.shares(fund)));
                }
                Kind::Pool { fund, distributes }
            }
            2 => {
                toml.push_str(&format!(
                    "[clause.payment]\npay = [{{ from = \"{from}\", to = \"{to}\", amount = \"{amount} 分\" }}]\n"
                ));
                Kind::Pays
            }
            3 => {
                let both = format!("{{ {from} = 1, {to} = 2 }}");
                let third = PARTIES.iter().find(|party| **party != from && **party != to).unwrap();
                toml.push_str(&format!(
                    "[clause.payment]\npay = [{{ from = {both}, to = \"{third}\", amount = \"{amount} 分\" }}, {{ from = \"{third}\", to = {both}, amount = \"{} 分\" }}]\n",
                    dice.fen(2_000)
                ));
                Kind::Pays
            }
            4 => {
                toml.push_str(&format!(
                    "[clause.tiers]\non = \"x\"\n[[clause.tiers.tier]]\nwhen = {{ at_least = 0 }}\npay = [{{ from = \"{from}\", to = \"{to}\", per = {{ from = 3, every = 1, amount = \"{} 分\", count = \"whole\" }} }}]\n",
                    dice.fen(400)
                ));
                Kind::Pays
            }
            5 | 6 => {
                let of = usize::try_from(dice.roll(index as u64)).unwrap();
                let (party, received, percent) = (dice.pick(&PARTIES), dice.chance(7), dice.fen(101));
                let side = if received { "received_by" } else { "paid_by" };
                let pay = format!(
                    "pay = [{{ from = \"{from}\", to = \"{to}\", share_of = {{ clause = \"k{of}\", {side} = \"{party}\", share = \"{percent}%\" }} }}]\n"
                );
                if dice.chance(5) {
                    toml.push_str(&format!("[clause.payment]\n{pay}"));
                } else {
                    toml.push_str(&format!("[clause.clawback]\non = \"r\"\nwhen = {{ at_least = 0 }}\n{pay}"));
                }
                Kind::Share { of, party, received, percent }
            }
            7 => {
                let of: Vec<usize> = (0..index).filter(|_| dice.chance(6)).collect();
                let of = if of.is_empty() { vec![index - 1] } else { of };
                let payer = dice.chance(6).then(|| dice.pick(&PARTIES));
                let names: Vec<String> = of.iter().map(|at| format!("\"k{at}\"")).collect();
                let word = payer.map_or_else(String::new, |payer| format!("payer = \"{payer}\"\n"));
                toml.push_str(&format!("[clause.cap]\nof = [{}]\n{word}at_most = \"{amount} 分\"\n", names.join(", ")));
                Kind::Cap { of, payer, most: amount }
            }
            8 | 9 => {
                let party = dice.pick(&PARTIES);
                let excess = dice.pick(&["carry_over", "carry_over", "forgone"]);
                toml.push_str(&format!(
                    "[clause.budget]\nparty = \"{party}\"\nat_most = \"{amount} 分\"\nexcess = \"{excess}\"\n"
                ));
                Kind::Budget { party, most: amount }
            }
            10 => {
                let rung = |pay: i64, from: &str, to: &str| {
                    format!(
                        "[{{ classes = 1, or_more = true, pay = [{{ from = \"{from}\", to = \"{to}\", amount = \"{pay} 分\" }}] }}]"
                    )
                };
                toml.push_str(&format!(
                    "[clause.ladder]\nmissing_month = \"skip\"\nbetter = {}\nworse = {}\n",
                    rung(dice.fen(300), "downstream", "upstream"),
                    rung(dice.fen(300), "upstream", "downstream")
                ));
                Kind::Pays
            }
            _ => {
                toml.push_str(&format!(
                    "[clause.prepay]\nadvance = [{{ from = \"{from}\", to = \"{to}\", amount = \"{amount} 分\" }}]\n"
                ));
                Kind::Prepay
            }
        };
        kinds.push((kind, years));
    }
    Drawn { toml, kinds, unit, shortfall_forgone: forgone }
}

fn settled(toml: &str) -> Settlement {
    let agreement = read(toml, "a.toml").unwrap_or_else(|found| panic!("{found}\n{toml}")).agreement;
    let rows: String = YEARS.iter().map(|year| format!("{year},x,{}\n{year},r,50%\n", year - 2018)).collect();
    let classes: String = YEARS
        .iter()
        .flat_map(|year| (1..=12).map(move |month| format!("断面,{year},{month},{}\n", 1 + (year * month) % 6)))
        .collect();
    let table = |name: &str, csv: String| MonitoringTable { name: name.to_owned(), csv };
    let monitoring = vec![
        table("m.csv", format!("年,指标,数值\n{rows}")),
        table("classes.csv", format!("断面,年,月,水质类别\n{classes}")),
    ];
    settle(&SettlementRequest { agreement, monitoring, year: None }).unwrap_or_else(|found| panic!("{found}\n{toml}"))
}

fn flows_of(year: &YearPart, clause: usize) -> &[FlowPart] {
    &year.clauses[clause].flows
}

fn sum<'f>(flows: impl Iterator<Item = &'f FlowPart>) -> i64 {
    flows.map(|flow| flow.amount_fen).sum()
}

/// Balances of the funds, clause by clause: what comes from others is there before a fund pays.
fn funds_never_overdrawn(settlement: &Settlement) {
    let mut held: BTreeMap<&str, i64> = FUNDS.iter().map(|fund| (*fund, 0)).collect();
    let (mut paid_in, mut paid_out) = (held.clone(), held.clone());
    for year in &settlement.years {
        let opening = held.clone();
        for clause in &year.clauses {
            for of_funds in [false, true] {
                for flow in clause.flows.iter().filter(|flow| FUNDS.contains(&flow.from.as_str()) == of_funds) {
                    if let Some(sum) = paid_in.get_mut(flow.to.as_str()) {
                        *sum += flow.amount_fen;
                        *held.get_mut(flow.to.as_str()).unwrap() += flow.amount_fen;
                    }
                    if let Some(sum) = paid_out.get_mut(flow.from.as_str()) {
                        *sum += flow.amount_fen;
                        *held.get_mut(flow.from.as_str()).unwrap() -= flow.amount_fen;
                    }
                }
            }
            // Within a clause a fund may take from another what that one pays first.
            assert!(held.values().all(|held| *held >= 0), "{} {}: {held:?}", year.year, clause.id);
        }
        for fund in FUNDS {
            assert!(paid_out[fund] <= paid_in[fund]);
            if let Some(part) = year.funds.iter().find(|part| part.fund == fund) {
                assert_eq!((part.opening_fen, part.closing_fen), (opening[fund], held[fund]), "{} {fund}", year.year);
            } else {
                assert_eq!((opening[fund], held[fund]), (0, 0));
            }
        }
    }
}

/// Every flow closes, and what one year puts off is what the next one begins with.
fn nothing_is_lost_between_years(settlement: &Settlement) {
    type Owed = BTreeMap<(String, String, String, i32), i64>;
    let mut owed: Owed = BTreeMap::new();
    let key = |flow: &FlowPart, year: i32| {
        (flow.clause.clone(), flow.from.clone(), flow.to.clone(), flow.carried_from.unwrap_or(year))
    };
    for year in &settlement.years {
        let mut begun: Owed = BTreeMap::new();
        let mut next: Owed = BTreeMap::new();
        for flow in year.clauses.iter().flat_map(|clause| &clause.flows) {
            assert_eq!(flow.due_fen, flow.amount_fen + flow.put_off_fen + flow.cut_fen, "{flow:?}");
            assert!(flow.amount_fen >= 0 && flow.put_off_fen >= 0 && flow.cut_fen >= 0 && flow.from != flow.to);
            if flow.carried_from.is_some() {
                *begun.entry(key(flow, year.year)).or_default() += flow.due_fen;
            }
            if flow.put_off_fen > 0 {
                *next.entry(key(flow, year.year)).or_default() += flow.put_off_fen;
            }
        }
        assert_eq!(begun, owed, "{}", year.year);
        owed = next;
    }
    let mut left: Owed = BTreeMap::new();
    for part in &settlement.outstanding {
        let key = (part.clause.clone(), part.from.clone(), part.to.clone(), part.carried_from.unwrap());
        *left.entry(key).or_default() += part.amount_fen;
    }
    assert_eq!(left, owed);
}

/// Ledger and transfers say what the flows and advances say.
fn the_ledger_is_that_of_the_flows(year: &YearPart) {
    let flows = || year.clauses.iter().flat_map(|clause| &clause.flows);
    for part in &year.ledger {
        let (pays, receives) =
            (sum(flows().filter(|flow| flow.from == part.party)), sum(flows().filter(|flow| flow.to == part.party)));
        let advances = |to: bool| -> i64 {
            let own = year.advances.iter().filter(|part_| if to { &part_.to } else { &part_.from } == &part.party);
            own.map(|advance| advance.amount_fen).sum()
        };
        let advanced = advances(true) - advances(false);
        assert_eq!((part.pays_fen, part.receives_fen, part.net_fen), (pays, receives, receives - pays));
        assert_eq!((part.advanced_fen, part.settle_fen), (advanced, receives - pays - advanced));
        let settles: i64 = year
            .transfers
            .iter()
            .map(|transfer| match (transfer.from == part.party, transfer.to == part.party) {
                (true, _) => -transfer.settle_fen,
                (_, true) => transfer.settle_fen,
                _ => 0,
            })
            .sum();
        assert_eq!(settles, part.settle_fen, "{} {}", year.year, part.party);
    }
    assert!(year.checks.iter().all(|check| check.holds));
}

/// Caps and budgets are kept, and a budget puts off nothing that it could pay.
fn limits_are_kept(drawn: &Drawn, year: &YearPart) {
    let in_force = |years: &[i32; 2]| (years[0]..=years[1]).contains(&year.year);
    let budgets = |of: &str| {
        drawn
            .kinds
            .iter()
            .filter(|(kind, years)| matches!(kind, Kind::Budget { party, .. } if *party == of) && in_force(years))
            .count()
    };
    let has_cap = drawn.kinds.iter().any(|(kind, _)| matches!(kind, Kind::Cap { .. }));
    for (index, (kind, _)) in drawn.kinds.iter().enumerate().filter(|(_, (_, years))| in_force(years)) {
        match kind {
            Kind::Cap { of, payer, most } => {
                for party in PARTIES.iter().filter(|party| payer.is_none_or(|payer| payer == **party)) {
                    let flows = of.iter().flat_map(|at| flows_of(year, *at)).filter(|flow| flow.carried_from.is_none());
                    let paid = sum(flows.filter(|flow| flow.from == **party));
                    assert!(paid <= *most, "cap k{index} {} {party}: {paid} > {most}", year.year);
                }
            }
            Kind::Budget { party, most } => {
                let before = || (0..index).flat_map(|at| flows_of(year, at)).filter(|flow| flow.from == *party);
                let paid = sum(before());
                assert!(paid <= *most, "budget k{index} {}: {paid} > {most}", year.year);
                let lost: i64 = before().map(|flow| flow.put_off_fen + flow.cut_fen).sum();
                // Of a government nothing else than budgets and caps holds a payment back.
                if lost > 0 && !FUNDS.contains(party) && budgets(party) == 1 && !has_cap {
                    assert_eq!(paid, *most, "budget k{index} {}: {lost} held back", year.year);
                }
            }
            _ => {}
        }
    }
}

/// Shares are shares of what was really paid, and a distribution gives out what the fund holds.
fn bases_are_real(drawn: &Drawn, settlement: &Settlement) {
    let mut held: BTreeMap<&str, i64> = FUNDS.iter().map(|fund| (*fund, 0)).collect();
    for year in &settlement.years {
        for (index, (kind, years)) in drawn.kinds.iter().enumerate() {
            let in_force = (years[0]..=years[1]).contains(&year.year);
            let new = || flows_of(year, index).iter().filter(|flow| flow.carried_from.is_none());
            let due: i64 = new().map(|flow| flow.due_fen).sum();
            if !in_force {
                assert_eq!(due, 0);
            }
            match kind {
                Kind::Share { of, party, received, percent } if in_force => {
                    let side = |flow: &&FlowPart| if *received { flow.to == *party } else { flow.from == *party };
                    let base = sum(flows_of(year, *of).iter().filter(side));
                    // Rounded to the unit of money, halves up.
                    let half = 100 * drawn.unit;
                    let units = (base * percent * 2 + half) / (2 * half);
                    assert_eq!(due, units * drawn.unit, "k{index} {}", year.year);
                }
                Kind::Pool { fund, distributes: true } if in_force => {
                    let paid_in = sum(flows_of(year, index).iter().filter(|flow| flow.to == *fund));
                    let old =
                        flows_of(year, index).iter().filter(|flow| flow.from == *fund && flow.carried_from.is_some());
                    let given: i64 = new().filter(|flow| flow.from == *fund).map(|flow| flow.due_fen).sum();
                    // Debts of earlier years that later clauses pay are kept for them.
                    let later: i64 = (index + 1..drawn.kinds.len())
                        .flat_map(|at| flows_of(year, at))
                        .filter(|flow| flow.from == *fund && flow.carried_from.is_some())
                        .map(|flow| flow.due_fen)
                        .sum();
                    let free = (held[fund] + paid_in - sum(old) - later).max(0);
                    assert_eq!(given, free, "k{index} {} {fund}", year.year);
                }
                _ => {}
            }
            for flow in flows_of(year, index) {
                held.entry(FUNDS.iter().find(|fund| flow.to == **fund).unwrap_or(&""))
                    .and_modify(|sum| *sum += flow.amount_fen);
                held.entry(FUNDS.iter().find(|fund| flow.from == **fund).unwrap_or(&""))
                    .and_modify(|sum| *sum -= flow.amount_fen);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(300), ..ProptestConfig::default() })]

    #[test]
    fn no_clause_pays_money_that_is_not_there(seed in any::<u64>()) {
        let drawn = draw(seed);
        let settlement = settled(&drawn.toml);
        prop_assert_eq!(settlement.years.len(), YEARS.len());
        let checked = std::panic::catch_unwind(|| {
            funds_never_overdrawn(&settlement);
            nothing_is_lost_between_years(&settlement);
            for year in &settlement.years {
                the_ledger_is_that_of_the_flows(year);
                limits_are_kept(&drawn, year);
            }
            bases_are_real(&drawn, &settlement);
            if drawn.shortfall_forgone && !drawn.toml.contains("carry_over") {
                assert!(settlement.outstanding.is_empty());
            }
        });
        prop_assert!(checked.is_ok(), "{}", drawn.toml);
    }
}

fn agreement(clauses: &str) -> String {
    format!(
        "[agreement]\nname = \"共同资金与年度限额\"\nfirst_year = 2021\nlast_year = 2023\nbasis = \"b\"\nsource = \"s\"\nconfirmed = \"assumed\"\n\
         [[party]]\nid = \"u\"\nname = \"上游\"\n[[party]]\nid = \"d\"\nname = \"下游\"\n[[party]]\nid = \"f\"\nname = \"基金\"\nrole = \"pool\"\n{clauses}"
    )
}

fn clause(id: &str, body: &str) -> String {
    format!("[[clause]]\nid = \"{id}\"\ntitle = \"条款 {id}\"\nbasis = \"b\"\n{body}\n")
}

fn of_money(toml: &str) -> Settlement {
    let agreement = read(toml, "a.toml").unwrap_or_else(|found| panic!("{found}")).agreement;
    settle(&SettlementRequest { agreement, monitoring: Vec::new(), year: None })
        .unwrap_or_else(|found| panic!("{found}"))
}

const IN: &str = "[clause.pool]\nfund = \"f\"\namount = \"1000 万元\"\ncontribute = { u = 1, d = 1 }";
const OUT: &str = "distribute = { u = 1 }";
const BUDGET: &str = "[clause.budget]\nparty = \"d\"\nat_most = \"300 万元\"\nexcess = \"carry_over\"";
const WAN: i64 = 1_000_000;

fn funds(settlement: &Settlement) -> Vec<[i64; 4]> {
    let part = |year: &YearPart| {
        let part = &year.funds[0];
        [part.opening_fen, part.paid_in_fen, part.paid_out_fen, part.closing_fen].map(|fen| fen / WAN)
    };
    settlement.years.iter().map(part).collect()
}

/// Of 1 000 万元 the fund gets 800, in every year, and gives out 800: wherever the budget stands.
#[test]
fn a_pool_gives_out_what_was_paid_in() {
    let budget = clause("bud", BUDGET);
    let one = clause("pool", &format!("{IN}\n{OUT}")) + &budget;
    let split = clause("in", IN) + &budget + &clause("out", &format!("[clause.pool]\nfund = \"f\"\n{OUT}"));
    for toml in [one, split] {
        let settlement = of_money(&agreement(&toml));
        assert_eq!(funds(&settlement), [[0, 800, 800, 0]; 3]);
        let owed: i64 = settlement.outstanding.iter().map(|part| part.amount_fen).sum();
        assert_eq!(owed, 600 * WAN);
        // What was distributed is told as what it is.
        let steps = &settlement.years[1]
            .clauses
            .iter()
            .flat_map(|clause| &clause.steps)
            .map(|step| step.zh.clone())
            .collect::<Vec<_>>();
        assert!(
            steps.iter().any(|step| step.contains("分配 8000000.00 元") || step.contains("分配 8,000,000.00 元")),
            "{steps:?}"
        );
    }
}

/// What nobody gives out stays in the fund, and is there when somebody does.
#[test]
fn a_fund_remembers_earlier_years() {
    let out = clause("out", &format!("years = [2023, 2023]\n[clause.pool]\nfund = \"f\"\n{OUT}"));
    let toml = agreement(&(clause("in", IN) + &out));
    let settlement = of_money(&toml);
    assert_eq!(funds(&settlement), [[0, 1000, 0, 1000], [1000, 1000, 0, 2000], [2000, 1000, 3000, 0]]);
    // Asked for the last year alone, the years before it are settled too, and it is said.
    let agreement = read(&toml, "a.toml").unwrap().agreement;
    let last = settle(&SettlementRequest { agreement, monitoring: Vec::new(), year: Some(2023) }).unwrap();
    assert_eq!(funds(&last), funds(&settlement));
    assert!(last.warnings.iter().any(|warning| warning.zh.contains("从 2021 年起")), "{:?}", last.warnings);
}

/// A share of what was received is one of 800, not of 1 000; and of the arrears in the year in which they come.
#[test]
fn what_is_taken_back_is_a_share_of_what_came() {
    let back = "[clause.payment]\npay = [{ from = \"u\", to = \"d\", share_of = { clause = \"pool\", received_by = \"u\", share = \"50%\" } }]";
    let budget = clause("bud", &BUDGET.replace("[clause.budget]", "years = [2021, 2021]\n[clause.budget]"));
    let settlement = of_money(&agreement(&(clause("pool", &format!("{IN}\n{OUT}")) + &clause("back", back) + &budget)));
    let taken: Vec<i64> = settlement.years.iter().map(|year| sum(year.clauses[1].flows.iter()) / WAN).collect();
    assert_eq!(taken, [400, 600, 500]);
    assert!(
        settlement.years[0].clauses[1].steps.iter().any(|step| step.zh.contains("条款 pool")),
        "a clause is called by its title"
    );
}

/// A fund that is to pay more than it holds pays what it holds; the rest is owed, or forgone where the agreement says so.
#[test]
fn a_fund_owes_what_it_cannot_pay() {
    let pay = "[clause.payment]\npay = [{ from = \"f\", to = { u = 3, d = 1 }, amount = \"1200 万元\" }]";
    let toml = agreement(&(clause("in", IN) + &clause("pay", pay)));
    let settlement = of_money(&toml);
    assert_eq!(funds(&settlement), [[0, 1000, 1000, 0]; 3]);
    let of = |year: usize| {
        let flow =
            |flow: &FlowPart| (flow.to.clone(), flow.carried_from, flow.amount_fen / WAN, flow.put_off_fen / WAN);
        settlement.years[year].clauses[1].flows.iter().map(flow).collect::<Vec<_>>()
    };
    assert_eq!(of(0), [("d".to_owned(), None, 250, 50), ("u".to_owned(), None, 750, 150)]);
    assert_eq!(of(1)[..2], [("d".to_owned(), Some(2021), 50, 0), ("u".to_owned(), Some(2021), 150, 0)]);
    assert_eq!(settlement.outstanding.iter().map(|part| part.amount_fen).sum::<i64>(), 600 * WAN);
    let forgone = of_money(&toml.replace("role = \"pool\"", "role = \"pool\"\nshortfall = \"forgone\""));
    assert!(forgone.outstanding.is_empty() && funds(&forgone) == [[0, 1000, 1000, 0]; 3]);
    let wrong =
        read(&toml.replace("name = \"上游\"", "name = \"上游\"\nshortfall = \"forgone\""), "a.toml").unwrap_err();
    assert_eq!(wrong.0[0].code(), "agreement.not_a_pool");
}

/// A cap on what a distribution gives leaves the rest in the fund.
#[test]
fn a_cap_leaves_money_in_the_fund() {
    let cap = "[clause.cap]\nof = [\"pool\"]\npayer = \"f\"\nat_most = \"900 万元\"";
    let settlement = of_money(&agreement(&(clause("pool", &format!("{IN}\n{OUT}")) + &clause("cap", cap))));
    assert_eq!(funds(&settlement), [[0, 1000, 900, 100], [100, 1000, 900, 200], [200, 1000, 900, 300]]);
}

/// A fund advances no more than it has, and the net to settle knows the advances.
#[test]
fn advances_count_in_what_is_left_to_settle() {
    let advance = "[clause.prepay]\nadvance = [{ from = \"f\", to = \"u\", amount = \"1500 万元\" }, { from = \"d\", to = \"f\", amount = \"400 万元\" }]";
    let settlement = of_money(&agreement(&(clause("pool", &format!("{IN}\n{OUT}")) + &clause("advance", advance))));
    let year = &settlement.years[0];
    assert_eq!(year.advances.iter().map(|part| part.amount_fen / WAN).collect::<Vec<_>>(), [1000, 400]);
    let left: Vec<(i64, i64)> = year.ledger.iter().map(|part| (part.net_fen / WAN, part.settle_fen / WAN)).collect();
    // Upstream got its 1 000 in advance and owes 500; downstream paid 400 of its 500.
    assert_eq!(left, [(500, -500), (-500, -100), (0, 600)]);
}

/// CSV and workbook hold what the table holds: advances, transfers, balances, what is carried on, checks.
#[test]
fn every_output_holds_the_whole_settlement() {
    let advance = "[clause.prepay]\nadvance = [{ from = \"d\", to = \"f\", amount = \"100 万元\" }]";
    let clauses = clause("pool", &format!("{IN}\n{OUT}")) + &clause("advance", advance) + &clause("bud", BUDGET);
    let folder = Folder::empty();
    folder.write("a.toml", agreement(&clauses));
    let path = folder.file("a.toml");
    let csv = ecocomp(&["horizontal", "settle", &path, "--format", "csv"]);
    assert_eq!(csv.code, 0, "{}", csv.err);
    let mut reader = csv::Reader::from_reader(csv.out.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<BTreeMap<String, String>> = reader
        .records()
        .map(|row| header.iter().map(str::to_owned).zip(row.unwrap().iter().map(str::to_owned)).collect())
        .collect();
    let find = |kind: &str, from: &str| {
        rows.iter().find(|row| row["年份"] == "2021" && row["行"] == kind && row["付款方"] == from)
    };
    let advance = find("预拨", "下游").unwrap();
    assert_eq!((advance["收款方"].as_str(), advance["已预拨(元)"].as_str()), ("基金", "1000000.00"));
    let transfer = find("清算转账", "下游").unwrap();
    let figures = ["应付(元)", "已预拨(元)", "清算付(负为退回)(元)"].map(|column| transfer[column].as_str());
    assert_eq!(figures, ["3000000.00", "1000000.00", "2000000.00"]);
    let net = find("净额", "下游").unwrap();
    assert_eq!((net["实付(元)"].as_str(), net["清算付(负为退回)(元)"].as_str()), ("-3000000.00", "-2000000.00"));
    assert!(rows.iter().filter(|row| row["行"] == "校验通过").count() >= 15 && !csv.out.contains("校验未通过"));
    let carried: Vec<&str> =
        rows.iter().filter(|row| row["行"] == "结转以后年度").map(|row| row["结转下年(元)"].as_str()).collect();
    assert_eq!(carried, ["1000000.00", "5000000.00"]);
    let book = folder.file("a.xlsx");
    assert_eq!(ecocomp(&["horizontal", "settle", &path, "-o", &book]).code, 0);
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(&book).unwrap();
    for (sheet, text) in [
        ("预拨", "基金"),
        ("清算转账(各条款相抵)", "下游"),
        ("共同资金结存", "基金"),
        ("结转以后年度", "条款 pool"),
        ("校验", "校验通过"),
    ] {
        let range = book.worksheet_range(sheet).unwrap_or_else(|error| panic!("{sheet}: {error}"));
        assert!(range.cells().any(|(_, _, cell)| *cell == text), "{sheet}");
    }
}
