//! A book and events to test with.

use ecocomp_ground::finding::{Finding, FindingLog, Findings, Place};
use ecocomp_ledger::balance::Balances;
use ecocomp_ledger::batch::{Origin, Seal};
use ecocomp_ledger::book::Opened;
use ecocomp_ledger::date::Date;
use ecocomp_ledger::event::{Event, Kind};
use ecocomp_ledger::posting::Posting;

pub const BOOK: &str = r#"
name = { zh = "试验账", en = "trial" }
first_year = 2022
illustrative = true

[[fund]]
id = "eco"
name = { zh = "生态补偿转移支付", en = "eco transfer" }
kind = "general"

[[fund]]
id = "water"
name = { zh = "流域补偿资金", en = "river fund" }
kind = "special"
ecosystems = ["water", "wetland"]
channels = ["jobs"]
never = ["工资", "购车"]

[[area]]
id = "101"
name = { zh = "城桥镇", en = "Chengqiao" }
[[area]]
id = "102"
name = { zh = "堡镇", en = "Bao" }
[[ecosystem]]
id = "water"
name = { zh = "水源地", en = "water source" }
[[ecosystem]]
id = "wetland"
name = { zh = "湿地", en = "wetland" }
[[ecosystem]]
id = "forest"
name = { zh = "公益林", en = "forest" }
[[channel]]
id = "jobs"
name = { zh = "生态就业", en = "jobs" }
[[channel]]
id = "pension"
name = { zh = "养老", en = "pension" }
[[code]]
id = "2110302"
name = { zh = "水体", en = "water bodies" }
"#;

pub fn book() -> Opened {
    Opened::read(BOOK, "book.toml").unwrap()
}

pub fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// An event of fund `eco` in area 101, of the year of its day.
pub fn event(date: &str, kind: Kind, fen: i64) -> Event {
    let date = day(date);
    Event {
        date,
        kind,
        fen,
        fund: "eco".into(),
        year: date.year(),
        area: "101".into(),
        ecosystem: String::new(),
        channel: String::new(),
        project: String::new(),
        code: String::new(),
        payee: String::new(),
        document: String::new(),
        reason: "试".into(),
    }
}

pub fn origin() -> Origin {
    Origin { by: "甲".into(), on: day("2026-01-01"), ..Origin::default() }
}

/// Posts events as one batch; the codes of what is wrong otherwise.
pub fn post(book: &Opened, balances: &Balances, events: &[Event]) -> Result<(Vec<u8>, Seal, Balances), Findings> {
    let mut posting = Posting::new(book, balances.clone(), Vec::new());
    let mut log = FindingLog::default();
    for (event, row) in events.iter().zip(1..) {
        let taken: Result<(), Finding> = posting.take(event, Place::file("t").row(row));
        log.extend(taken.err());
    }
    posting.seal(&Place::file("t"), log, origin(), None).map(|(out, seal, balances, _)| (out, seal, balances))
}

/// The codes of findings; of a line that does not hold, the sentence.
pub fn codes(findings: &Findings) -> Vec<&'static str> {
    findings.0.iter().map(|finding| finding.phrase.code()).collect()
}
