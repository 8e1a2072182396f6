//! The order to the bank, what the bank says came of it, and the events that follow.

use std::collections::BTreeMap;

use ecocomp_ground::finding::{Finding, FindingLog, Findings, Place};
use ecocomp_ground::phrases::Phrase;

use crate::book::Opened;
use crate::date::Date;
use crate::event::{Dimension, Event, Kind};
use crate::payees::list::List;
use crate::payees::rates::Rates;
use crate::payees::register::Register;
use crate::table::{self, Wanted};

const RETURN: [Wanted; 4] = [
    Wanted { key: "id", words: &["编号", "户编号", "收款人编号"], needed: true },
    Wanted { key: "money", words: &["金额", "发放金额", "支付金额"], needed: true },
    Wanted { key: "result", words: &["结果", "处理结果", "状态"], needed: true },
    Wanted { key: "why", words: &["原因", "失败原因"], needed: false },
];

/// Sums of a list by payee, in the order of the register.
fn sums(list: &List) -> BTreeMap<&str, i64> {
    let mut sums = BTreeMap::new();
    for item in &list.items {
        *sums.entry(item.payee.as_str()).or_default() += item.fen;
    }
    sums
}

/// The order to the bank: number, name, account, amount in 元. It is personal through and through.
pub fn order(list: &List, register: &Register) -> Vec<Vec<String>> {
    let sums = sums(list);
    let mut rows = vec![["编号", "户名", "账号", "金额(元)"].map(str::to_owned).to_vec()];
    for payee in &register.payees {
        let Some(fen) = sums.get(payee.id.as_str()).filter(|fen| **fen != 0) else { continue };
        let money = ecocomp_ground::units::Money::from_fen(*fen).yuan();
        rows.push(vec![payee.id.clone(), payee.name.clone(), payee.account.clone(), money]);
    }
    rows
}

/// What the bank did with one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Number of the payee.
    pub payee: String,
    /// Amount, in 分.
    pub fen: i64,
    /// Whether it arrived.
    pub arrived: bool,
    /// Why not.
    pub why: String,
}

impl Returned {
    /// Reads the file that the bank sends back, against the list that was ordered.
    ///
    /// # Errors
    /// Nobody of the list, another amount than ordered, a result that is neither success nor failure, a payee twice.
    pub fn read(name: &str, bytes: &[u8], list: &List) -> Result<Vec<Self>, Findings> {
        let sums = sums(list);
        let mut log = FindingLog::of_tables();
        let mut read: Vec<Self> = Vec::new();
        for line in table::read(name, bytes, &RETURN)? {
            let id = line.text("id");
            let fen = match line.money_or("money", "元") {
                Ok(fen) => fen,
                Err(finding) => {
                    log.push(finding);
                    continue;
                }
            };
            let arrived = match line.text("result") {
                "成功" | "已入账" | "交易成功" => true,
                "失败" | "退回" | "退票" | "交易失败" => false,
                other => {
                    log.push(Finding::error("payee.result", line.place("result")).with("value", other));
                    continue;
                }
            };
            match sums.get(id) {
                None => log.push(Finding::error("payee.nobody", line.place("id")).with("value", id)),
                Some(ordered) if *ordered != fen => {
                    let money = ecocomp_ground::units::Money::from_fen;
                    let finding = Finding::error("payee.other_amount", line.place("money"));
                    log.push(finding.with("id", id).with("is", money(fen)).with("ordered", money(*ordered)));
                }
                Some(_) if read.iter().any(|known| known.payee == id) => {
                    log.push(Finding::error("fund.twice", line.place("id")).with("value", id));
                }
                Some(_) => read.push(Self { payee: id.to_owned(), fen, arrived, why: line.text("why").to_owned() }),
            }
        }
        Findings::gate(read, log.into_findings()).map(|(read, _)| read)
    }
}

/// The rows of a list whose payment failed: the list that is paid again.
pub fn failed_list(list: &List, returned: &[Returned]) -> List {
    let failed = |id: &str| returned.iter().any(|one| one.payee == id && !one.arrived);
    let items = list.items.iter().filter(|item| failed(&item.payee)).cloned().collect();
    List { items, checks: Vec::new() }
}

/// The spending that a list comes to, by payee and rate: of those whose payment arrived, or of all where no bank was asked.
///
/// # Errors
/// A fund, area, ecosystem or channel that the book does not know.
pub fn spending(
    list: &List,
    (register, rates, book): (&Register, &Rates, &Opened),
    returned: Option<&[Returned]>,
    (date, year): (Date, i32),
    document: &str,
) -> Result<Vec<Event>, Findings> {
    let arrived = |id: &str| returned.is_none_or(|all| all.iter().any(|one| one.payee == id && one.arrived));
    let mut sums: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for item in list.items.iter().filter(|item| arrived(&item.payee)) {
        *sums.entry((&item.payee, &item.rate)).or_default() += item.fen;
    }
    let mut log = FindingLog::of_tables();
    let mut events = Vec::new();
    for ((id, rate), fen) in sums {
        let (Some(payee), Some(rate)) = (register.payee(id), rates.rate.iter().find(|known| known.id == rate)) else {
            continue;
        };
        let mut code = |dimension: Dimension, word: &str, place: &Place| {
            if word.is_empty() {
                return String::new();
            }
            book.code(dimension, word).unwrap_or_else(|phrase| {
                log.push(Finding::from_phrase(phrase, place.clone()));
                String::new()
            })
        };
        let nowhere = Place::file("rates.toml");
        events.push(Event {
            date,
            kind: Kind::Spend,
            fen,
            fund: code(Dimension::Fund, &rate.fund, &nowhere),
            year,
            area: code(Dimension::Area, &payee.area, &payee.place),
            ecosystem: code(Dimension::Ecosystem, &rate.ecosystem, &nowhere),
            channel: code(Dimension::Channel, &rate.channel, &nowhere),
            project: rate.id.clone(),
            code: String::new(),
            payee: payee.id.clone(),
            document: document.to_owned(),
            reason: Phrase::new("payee.spent").with("rate", rate.name.clone()).text().zh,
        });
    }
    events.retain(|event| event.fen != 0);
    Findings::gate(events, log.into_findings()).map(|(events, _)| events)
}
