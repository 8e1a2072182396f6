//! Tables of a case (CSV or XLSX) as rows of its request, by header or alias, each figure with its unit in the header.

use std::collections::BTreeMap;

use crate::dataset::columns::split_header;
use crate::dataset::table::{Raw, RawRow, Table};
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::payment::figures::{Number, Sum, Worth};
use crate::payment::request::{AreaSpec, Distance, FlowRow, GepRow, PairSpec, PartySpec, Reach, Request};
use crate::phrases::Phrase;
use crate::units::{Decimal, Exact, Money};

/// What a table lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Areas.
    Areas,
    /// Reaches of the river.
    River,
    /// Distances.
    Distances,
    /// GEP.
    Gep,
    /// Service flows.
    Flows,
    /// Parties.
    Parties,
    /// Pairs.
    Pairs,
}

/// Where the rows of a list came from, so that findings can name file and row.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Key of the list in the request, such as `gep`.
    pub list: &'static str,
    /// Position of its first row in the list.
    pub first: usize,
    /// File and sheet.
    pub place: Place,
    /// Row numbers.
    pub rows: Vec<u64>,
    /// Header of each key.
    pub headers: BTreeMap<String, String>,
}

impl Origin {
    /// The place in the file of a place such as `gep[17].value`; `None` where it is not of this table.
    pub fn locate(&self, column: &str) -> Option<Place> {
        let rest = column.strip_prefix(self.list)?.strip_prefix('[')?;
        let (index, key) = rest.split_once("].")?;
        let index = index.parse::<usize>().ok()?.checked_sub(1 + self.first)?;
        let header = self.headers.get(key).map_or(key, String::as_str);
        Some(self.place.clone().row(*self.rows.get(index)?).column(header))
    }
}

/// A column that a table may have: key of the request, aliases, whether it must be there.
struct Known {
    key: &'static str,
    aliases: &'static [&'static str],
    needed: bool,
}

const fn known(key: &'static str, aliases: &'static [&'static str], needed: bool) -> Known {
    Known { key, aliases, needed }
}

const AREA: &[&str] = &["区域", "区域代码", "代码", "area", "code", "id"];
const NAME: &[&str] = &["名称", "区域名称", "name"];
const PARTY: &[&str] = &["主体", "政府", "party", "government"];
const SERVICE: &[&str] = &["服务", "生态系统服务", "service"];
const SUPPLIER: &[&str] = &["供给区", "上游", "起点", "from", "supplier"];
const BENEFICIARY: &[&str] = &["受益区", "下游", "终点", "to", "beneficiary"];
const QUANTITY: &[&str] = &["实物量", "物理量", "quantity"];
const IGNORED: &[&str] = &["备注", "说明", "来源", "数据来源", "序号", "note", "notes", "remark", "source", "no"];

const AREAS: &[Known] = &[known("id", AREA, true), known("name", NAME, false), known("party", PARTY, false)];
const RIVER: &[Known] = &[known("from", SUPPLIER, true), known("to", BENEFICIARY, true)];
const DISTANCES: &[Known] =
    &[known("from", SUPPLIER, true), known("to", BENEFICIARY, true), known("km", &["距离", "km", "distance"], true)];
const GEP: &[Known] = &[
    known("area", AREA, true),
    known("service", SERVICE, true),
    known("value", &["生态产品总值", "生态产品价值", "生态系统服务价值", "价值", "gep", "esv", "value"], true),
    known("quantity", QUANTITY, false),
];
const FLOWS: &[Known] = &[
    known("service", SERVICE, true),
    known("from", SUPPLIER, true),
    known("to", BENEFICIARY, true),
    known("share", &["份额", "比例", "share"], false),
    known("quantity", QUANTITY, false),
];
const PARTIES: &[Known] = &[
    known("id", &["主体", "代码", "政府", "party", "id", "code"], true),
    known("name", &["名称", "name"], false),
    known("cost", &["保护成本", "直接成本", "cost", "protection_cost"], false),
    known("opportunity_cost", &["机会成本", "opportunity_cost"], false),
    known("outside", &["不合作收益", "outside"], false),
    known("budget", &["预算", "预算上限", "budget"], false),
    known("revenue", &["财政收入", "revenue"], false),
    known("revenue_share", &["收入占比上限", "revenue_share"], false),
    known("quantity", QUANTITY, false),
    known("quality", &["质量", "水质", "quality"], false),
];
const PAIRS: &[Known] = &[
    known("payer", &["付款方", "payer"], true),
    known("recipient", &["收款方", "recipient"], true),
    known("least", &["最低", "最低金额", "least"], false),
    known("most", &["最高", "最高金额", "most"], false),
];

impl List {
    fn known(self) -> &'static [Known] {
        match self {
            Self::Areas => AREAS,
            Self::River => RIVER,
            Self::Distances => DISTANCES,
            Self::Gep => GEP,
            Self::Flows => FLOWS,
            Self::Parties => PARTIES,
            Self::Pairs => PAIRS,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Areas => "area",
            Self::River => "river",
            Self::Distances => "distance",
            Self::Gep => "gep",
            Self::Flows => "flow",
            Self::Parties => "party",
            Self::Pairs => "pair",
        }
    }
}

/// Reads a table into the request.
///
/// # Errors
/// Columns that are unknown, missing, given twice or without unit; cells that are not what their column holds.
pub fn read(list: List, table: &Table, request: &mut Request) -> Result<Origin, Findings> {
    let mut log = FindingLog::of_tables();
    let columns = columns(list, table, &mut log);
    let mut origin = Origin {
        list: list.key(),
        first: length(list, request),
        place: table.place.clone(),
        rows: Vec::with_capacity(table.rows.len()),
        headers: columns.iter().map(|column| (column.key.clone(), column.header.clone())).collect(),
    };
    if log.errors() == 0 {
        for row in &table.rows {
            let cells = Cells { table, row, columns: &columns };
            push(list, &cells, request, &mut log);
            origin.rows.push(row.number);
        }
    }
    Findings::gate(origin, log.into_findings()).map(|(origin, _)| origin)
}

fn length(list: List, request: &Request) -> usize {
    match list {
        List::Areas => request.area.len(),
        List::River => request.river.len(),
        List::Distances => request.distance.len(),
        List::Gep => request.gep.len(),
        List::Flows => request.flow.len(),
        List::Parties => request.party.len(),
        List::Pairs => request.pair.len(),
    }
}

/// A column in use.
struct Column {
    key: String,
    header: String,
    unit: String,
    position: usize,
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

fn columns(list: List, table: &Table, log: &mut FindingLog) -> Vec<Column> {
    let mut found: Vec<Column> = Vec::new();
    for (position, header) in table.header.iter().enumerate() {
        let (name, unit) = split_header(header);
        let word = folded(name);
        if word.is_empty() || IGNORED.contains(&word.as_str()) {
            continue;
        }
        let place = || table.place_of(1, position);
        let key = list.known().iter().find(|known| known.aliases.iter().any(|alias| folded(alias) == word));
        let key = match key {
            Some(known) => known.key.to_owned(),
            // Any other column of areas is a figure for flow rules, under its own name.
            None if list == List::Areas => name.trim().to_owned(),
            None => {
                let words = list.known().iter().flat_map(|known| known.aliases.iter().copied());
                let like = hint(name, words).text();
                log.push(Finding::error("payment.unknown_column", place()).with("header", header).with("like", like));
                continue;
            }
        };
        if let Some(other) = found.iter().find(|column| column.key == key) {
            log.push(
                Finding::error("dataset.header_twice", place()).with("header", header).with("other", &other.header),
            );
        }
        found.push(Column { key, header: header.clone(), unit: unit.unwrap_or_default().to_owned(), position });
    }
    for known in list.known().iter().filter(|known| known.needed) {
        if !found.iter().any(|column| column.key == known.key) {
            let header = known.aliases.first().copied().unwrap_or(known.key);
            log.push(Finding::error("dataset.header_missing", table.place.clone()).with("header", header));
        }
    }
    found
}

/// One row, by key.
struct Cells<'a> {
    table: &'a Table,
    row: &'a RawRow,
    columns: &'a [Column],
}

impl Cells<'_> {
    fn column(&self, key: &str) -> Option<(&Column, &Raw)> {
        let column = self.columns.iter().find(|column| column.key == key)?;
        Some((column, self.row.cells.get(column.position)?))
    }

    fn place(&self, column: &Column) -> Place {
        self.table.place_of(self.row.number, column.position)
    }

    /// Text of a cell; a blank one where it must be filled is a finding.
    fn text(&self, key: &str, log: &mut FindingLog) -> Option<String> {
        let (column, raw) = self.column(key)?;
        match raw {
            Raw::Text(text) => Some(text.clone()),
            Raw::Blank => {
                log.push(Finding::error("payment.blank", self.place(column)).with("header", &column.header));
                None
            }
            Raw::Number(number) | Raw::Percent(number) => {
                let finding = Finding::error("dataset.text_expected", self.place(column));
                log.push(finding.with("value", number.to_string()));
                None
            }
            Raw::Refused(code, value) => {
                log.push(Finding::error(code, self.place(column)).with("value", value));
                None
            }
        }
    }

    /// Text of a cell that may be blank.
    fn optional_text(&self, key: &str, log: &mut FindingLog) -> Option<String> {
        let blank = self.column(key).is_none_or(|(_, raw)| *raw == Raw::Blank);
        if blank { None } else { self.text(key, log) }
    }

    /// What a cell holds, parsed; `None` where it is blank.
    fn parsed<T>(&self, key: &str, log: &mut FindingLog, parse: impl Fn(&str, &str) -> Result<T, Phrase>) -> Option<T> {
        let (column, raw) = self.column(key)?;
        let result = match raw {
            Raw::Blank => return None,
            Raw::Text(text) => parse(text, &column.unit),
            Raw::Number(number) => {
                Decimal::from_f64(*number).and_then(|number| parse(&number.to_string(), &column.unit))
            }
            Raw::Percent(number) => {
                let hundred = Exact::from_integer(100.into());
                let number = Decimal::from_f64(*number).map(|number| number.exact() * hundred);
                number.and_then(|number| parse(&format!("{}%", super::figures::exact_text(&number)), &column.unit))
            }
            Raw::Refused(code, value) => {
                log.push(Finding::error(code, self.place(column)).with("value", value));
                return None;
            }
        };
        result.map_err(|phrase| log.push(Finding::from_phrase(phrase, self.place(column)))).ok()
    }

    fn number(&self, key: &str, log: &mut FindingLog) -> Option<Number> {
        self.parsed(key, log, |text, unit| {
            // A share under `份额(%)` is written in per cent.
            Number::parse(text).map(|number| match unit {
                "%" if !text.contains('%') => Number::new(number.exact() / Exact::from_integer(100.into())),
                _ => number,
            })
        })
    }

    fn sum(&self, key: &str, log: &mut FindingLog) -> Option<Sum> {
        self.parsed(key, log, |text, unit| in_unit(text, unit, Money::parse, Money::of).map(Sum))
    }

    fn worth(&self, key: &str, log: &mut FindingLog) -> Option<Worth> {
        self.parsed(key, log, |text, unit| in_unit(text, unit, Worth::parse, Worth::of))
    }
}

/// Money in the unit of the header, or with its own.
fn in_unit<T>(
    text: &str,
    unit: &str,
    own: impl Fn(&str) -> Result<T, Phrase>,
    of: impl Fn(Decimal, &str) -> Result<T, Phrase>,
) -> Result<T, Phrase> {
    if unit.is_empty() { own(text) } else { of(Decimal::parse(text)?, unit) }
}

fn push(list: List, cells: &Cells<'_>, request: &mut Request, log: &mut FindingLog) {
    let need = |key: &str, log: &mut FindingLog| cells.text(key, log).unwrap_or_default();
    match list {
        List::Areas => {
            let known = |column: &&Column| !["id", "name", "party"].contains(&column.key.as_str());
            let figures = cells.columns.iter().filter(known);
            let figures = figures.filter_map(|column| Some((column.key.clone(), cells.number(&column.key, log)?)));
            let figures = figures.collect();
            let id = need("id", log);
            let (name, party) = (cells.optional_text("name", log), cells.optional_text("party", log));
            request.area.push(AreaSpec { id, name, party, figures });
        }
        List::River => request.river.push(Reach { from: need("from", log), to: need("to", log) }),
        List::Distances => {
            let km = cells.number("km", log).unwrap_or_else(zero);
            request.distance.push(Distance { from: need("from", log), to: need("to", log), km });
        }
        List::Gep => {
            let value = cells.worth("value", log);
            if value.is_none() && cells.column("value").is_some_and(|(_, raw)| *raw == Raw::Blank) {
                need("value", log);
            }
            let quantity = cells.number("quantity", log);
            let (area, service) = (need("area", log), need("service", log));
            if let Some(value) = value.or_else(|| Worth::of(Decimal::ZERO, "元").ok()) {
                request.gep.push(GepRow { area, service, value, quantity });
            }
        }
        List::Flows => {
            let (share, quantity) = (cells.number("share", log), cells.number("quantity", log));
            let (service, from, to) = (need("service", log), need("from", log), need("to", log));
            request.flow.push(FlowRow { service, from, to, share, quantity });
        }
        List::Parties => {
            let id = need("id", log);
            request.party.push(PartySpec {
                id,
                name: cells.optional_text("name", log),
                areas: Vec::new(),
                superior: false,
                cost: cells.sum("cost", log),
                opportunity_cost: cells.sum("opportunity_cost", log),
                outside: cells.sum("outside", log),
                budget: cells.sum("budget", log),
                revenue: cells.sum("revenue", log),
                revenue_share: cells.number("revenue_share", log),
                ability: None,
                quantity: cells.number("quantity", log),
                quality: cells.number("quality", log),
            });
        }
        List::Pairs => {
            let (least, most) = (cells.sum("least", log), cells.sum("most", log));
            let (payer, recipient) = (need("payer", log), need("recipient", log));
            request.pair.push(PairSpec { payer, recipient, least, most });
        }
    }
}

fn zero() -> Number {
    Number::new(Exact::from_integer(0.into()))
}
