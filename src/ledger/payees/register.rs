//! The register of payees and parcels, kept apart from the ledger.

use std::collections::BTreeMap;

use ecocomp_ground::finding::{Finding, FindingLog, Findings, Place};
use ecocomp_ground::units::Decimal;

use crate::date::Date;
use crate::table::{self, Line, Wanted};

const fn wanted(key: &'static str, words: &'static [&'static str], needed: bool) -> Wanted {
    Wanted { key, words, needed }
}

const PAYEES: [Wanted; 10] = [
    wanted("id", &["编号", "户编号", "收款人编号"], true),
    wanted("name", &["名称", "姓名", "户主", "户主姓名", "单位名称"], true),
    wanted("kind", &["类型", "收款人类型"], true),
    wanted("area", &["乡镇", "镇街"], true),
    wanted("village", &["村", "村居", "行政村"], false),
    wanted("card", &["证件号", "身份证号", "证件号码", "统一社会信用代码"], false),
    wanted("account", &["卡号", "账号", "银行账号", "一卡通账号"], false),
    wanted("holder", &["归口单位", "归口预算单位"], false),
    wanted("status", &["状态"], false),
    wanted("since", &["状态日期"], false),
];

const PARCELS: [Wanted; 6] = [
    wanted("parcel", &["地块号", "地块", "林班小班", "小班号"], true),
    wanted("payee", &["编号", "户编号", "收款人编号"], true),
    wanted("class", &["类别", "地类", "补偿类别"], true),
    wanted("ownership", &["权属"], false),
    wanted("area", &["面积", "申报面积", "补偿面积"], true),
    wanted("registered", &["登记面积", "核定面积", "确权面积"], false),
];

/// A payee. What is personal is never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Payee {
    /// Number in the register: what the ledger knows it by.
    pub id: String,
    /// Name; personal.
    pub name: String,
    /// Kind, such as 农户, 村集体, 国有农场, 护林员.
    pub kind: String,
    /// Area, as the book calls it.
    pub area: String,
    /// Village.
    pub village: String,
    /// Number of the identity card; personal.
    pub card: String,
    /// Account; personal.
    pub account: String,
    /// Who holds the budget that carries the money.
    pub holder: String,
    /// Status: empty or 正常, 死亡, 迁出, 停发.
    pub status: String,
    /// Day from which the status holds.
    pub since: Option<Date>,
    /// Where it stands.
    pub place: Place,
}

impl std::fmt::Debug for Payee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payee").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A parcel that somebody is paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Its number.
    pub id: String,
    /// Number of its payee.
    pub payee: String,
    /// Class, such as 公益林.
    pub class: String,
    /// Ownership, such as 集体.
    pub ownership: String,
    /// Area in 亩 that is claimed.
    pub area: Decimal,
    /// Area in 亩 by the register of rights; `None` where it says nothing.
    pub registered: Option<Decimal>,
    /// Where it stands.
    pub place: Place,
}

/// Payees and parcels.
#[derive(Debug, Clone, Default)]
pub struct Register {
    /// Payees, in the order of the table.
    pub payees: Vec<Payee>,
    /// Parcels, in the order of the table.
    pub parcels: Vec<Parcel>,
    by_id: BTreeMap<String, usize>,
}

fn payee(line: &Line) -> Result<Payee, Finding> {
    let text = |key: &str| line.text(key).to_owned();
    if text("id").is_empty() {
        return Err(Finding::error("payee.no_number", line.place("id")));
    }
    Ok(Payee {
        id: text("id"),
        name: text("name"),
        kind: text("kind"),
        area: text("area"),
        village: text("village"),
        card: text("card"),
        account: text("account"),
        holder: text("holder"),
        status: text("status"),
        since: line.date("since")?,
        place: line.place("id"),
    })
}

fn parcel(line: &Line) -> Result<Parcel, Finding> {
    let text = |key: &str| line.text(key).to_owned();
    let registered = if line.text("registered").is_empty() { None } else { Some(line.number("registered")?) };
    Ok(Parcel {
        id: text("parcel"),
        payee: text("payee"),
        class: text("class"),
        ownership: text("ownership"),
        area: line.number("area")?,
        registered,
        place: line.place("parcel"),
    })
}

impl Register {
    /// Reads a register from two tables; that of parcels may be missing.
    ///
    /// # Errors
    /// Everything that cannot be read; a number that stands twice; a parcel of nobody.
    pub fn read(payees: (&str, &[u8]), parcels: Option<(&str, &[u8])>) -> Result<Self, Findings> {
        let mut log = FindingLog::of_tables();
        let mut register = Self::default();
        for line in table::read(payees.0, payees.1, &PAYEES)? {
            match payee(&line) {
                Ok(payee) => {
                    if register.by_id.insert(payee.id.clone(), register.payees.len()).is_some() {
                        log.push(Finding::error("fund.twice", payee.place.clone()).with("value", &payee.id));
                    }
                    register.payees.push(payee);
                }
                Err(finding) => log.push(finding),
            }
        }
        for line in parcels.map(|(name, bytes)| table::read(name, bytes, &PARCELS)).transpose()?.unwrap_or_default() {
            match parcel(&line) {
                Ok(parcel) => {
                    if !register.by_id.contains_key(&parcel.payee) {
                        log.push(Finding::error("payee.nobody", line.place("payee")).with("value", &parcel.payee));
                    }
                    register.parcels.push(parcel);
                }
                Err(finding) => log.push(finding),
            }
        }
        Findings::gate(register, log.into_findings()).map(|(register, _)| register)
    }

    /// A payee by its number.
    pub fn payee(&self, id: &str) -> Option<&Payee> {
        self.by_id.get(id).and_then(|index| self.payees.get(*index))
    }
}

/// What is left of a name: the first character and, of three and more, the last.
pub fn mask_name(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    match letters.as_slice() {
        [] => String::new(),
        [_] => "*".to_owned(),
        [first, _] => format!("{first}*"),
        [first, hidden @ .., last] => format!("{first}{}{last}", "*".repeat(hidden.len())),
    }
}

/// What is left of the number of an identity card: the region and the last two characters; nothing of a short one.
pub fn mask_id(id: &str) -> String {
    masked(id, 6, 2)
}

/// What is left of an account: the last four characters; nothing of a short one.
pub fn mask_account(account: &str) -> String {
    masked(account, 0, 4)
}

fn masked(text: &str, first: usize, last: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    let hidden = letters.len().saturating_sub(first + last);
    if hidden < first + last {
        return "*".repeat(letters.len());
    }
    let head = letters.iter().take(first);
    let tail = letters.iter().skip(first + hidden);
    head.copied().chain(std::iter::repeat_n('*', hidden)).chain(tail.copied()).collect()
}

/// The table of payees without what is personal of one: name, card and account are taken out, the number stays, for the ledger knows it.
///
/// # Errors
/// The table cannot be read, or has no such payee.
pub fn forget(name: &str, bytes: &[u8], id: &str) -> Result<Vec<Vec<String>>, Findings> {
    let lines = table::read(name, bytes, &PAYEES)?;
    if !lines.iter().any(|line| line.text("id") == id) {
        return Err(Finding::error("payee.nobody", Place::file(name)).with("value", id).into());
    }
    let header = PAYEES.iter().map(|one| one.words.first().map(|word| (*word).to_owned()).unwrap_or_default());
    let mut rows = vec![header.collect::<Vec<_>>()];
    for line in lines {
        let gone = line.text("id") == id;
        let keep = |one: &Wanted| {
            let personal = ["name", "card", "account"].contains(&one.key);
            if gone && personal { String::new() } else { line.text(one.key).to_owned() }
        };
        rows.push(PAYEES.iter().map(keep).collect());
    }
    Ok(rows)
}
