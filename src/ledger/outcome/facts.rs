//! Facts of the year as tables: scores of each area, and acts that count for its credit.

use std::collections::BTreeMap;

use ecocomp_ground::finding::{Finding, FindingLog, Findings};
use ecocomp_ground::units::Decimal;

use crate::book::Opened;
use crate::damage::Number;
use crate::date::Date;
use crate::event::Dimension;
use crate::outcome::rules::Change;
use crate::table::{self, Line, Wanted};

const FACTS: [Wanted; 8] = [
    Wanted { key: "area", words: &["乡镇", "地区", "对象"], needed: true },
    Wanted { key: "output", words: &["产出指标", "产出"], needed: false },
    Wanted { key: "effect", words: &["效益指标", "效益"], needed: false },
    Wanted { key: "satisfaction", words: &["满意度指标", "满意度"], needed: false },
    Wanted { key: "change", words: &["质量变化", "环境质量变化"], needed: false },
    Wanted { key: "gep", words: &["GEP得分", "生态得分"], needed: false },
    Wanted { key: "gdp", words: &["GDP得分", "经济得分"], needed: false },
    Wanted { key: "measure", words: &["指标变化", "变化"], needed: false },
];

const ACTS: [Wanted; 5] = [
    Wanted { key: "who", words: &["乡镇", "主体", "对象"], needed: true },
    Wanted { key: "act", words: &["事件", "行为"], needed: true },
    Wanted { key: "date", words: &["日期"], needed: true },
    Wanted { key: "times", words: &["次数"], needed: false },
    Wanted { key: "repaired", words: &["修复日期"], needed: false },
];

/// Facts of an area.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fact {
    /// Points by item or column.
    pub points: BTreeMap<String, Number>,
    /// Which way its quality went; `None` where it is not said.
    pub change: Option<Change>,
}

/// An act of somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// Who.
    pub who: String,
    /// What.
    pub act: String,
    /// When.
    pub date: Date,
    /// How often.
    pub times: Decimal,
    /// Day from which it is repaired.
    pub repaired: Option<Date>,
}

fn signed(line: &Line, key: &str) -> Result<Number, Finding> {
    let text = line.text(key).trim_start_matches('+');
    Decimal::parse(text).map(Number).map_err(|phrase| Finding::from_phrase(phrase, line.place(key)))
}

/// Reads the facts of areas, by the code of the book.
///
/// # Errors
/// An unknown area, one that stands twice, a cell that is no number.
pub fn facts(name: &str, bytes: &[u8], book: &Opened) -> Result<BTreeMap<String, Fact>, Findings> {
    let mut log = FindingLog::of_tables();
    let mut all = BTreeMap::new();
    for line in table::read(name, bytes, &FACTS)? {
        let code = match book.code(Dimension::Area, line.text("area")) {
            Ok(code) => code,
            Err(phrase) => {
                log.push(Finding::from_phrase(phrase, line.place("area")));
                continue;
            }
        };
        let mut fact = Fact::default();
        for key in ["output", "effect", "satisfaction", "gep", "gdp", "measure"] {
            if line.text(key).is_empty() {
                continue;
            }
            match signed(&line, key) {
                Ok(number) => drop(fact.points.insert(key.to_owned(), number)),
                Err(finding) => log.push(finding),
            }
        }
        fact.change = match line.text("change") {
            "" => None,
            "变好" | "better" => Some(Change::Better),
            "不变" | "基本稳定" | "same" => Some(Change::Same),
            "变差" | "worse" => Some(Change::Worse),
            other => {
                log.push(Finding::error("outcome.change", line.place("change")).with("value", other));
                None
            }
        };
        if all.insert(code, fact).is_some() {
            log.push(Finding::error("fund.twice", line.place("area")).with("value", line.text("area")));
        }
    }
    Findings::gate(all, log.into_findings()).map(|(all, _)| all)
}

/// Reads acts.
///
/// # Errors
/// A row without date or with a wrong number.
pub fn acts(name: &str, bytes: &[u8], book: &Opened) -> Result<Vec<Act>, Findings> {
    let mut log = FindingLog::of_tables();
    let mut all = Vec::new();
    for line in table::read(name, bytes, &ACTS)? {
        let read = || -> Result<Act, Finding> {
            let date = line.date("date")?.ok_or_else(|| Finding::error("fund.lacks_date", line.place("date")))?;
            let times = if line.text("times").is_empty() { Decimal::ONE } else { line.number("times")? };
            let who = book.code(Dimension::Area, line.text("who"));
            let who = who.map_err(|phrase| Finding::from_phrase(phrase, line.place("who")))?;
            Ok(Act { who, act: line.text("act").to_owned(), date, times, repaired: line.date("repaired")? })
        };
        match read() {
            Ok(act) => all.push(act),
            Err(finding) => log.push(finding),
        }
    }
    Findings::gate(all, log.into_findings()).map(|(all, _)| all)
}
