//! Tables joined: areas, ecosystems, funds, and every figure with its unit.

use std::collections::{BTreeMap, BTreeSet};

use crate::dataset::grid::Grid;
use crate::dataset::{Quantity, indicator};
use crate::finding::{Finding, FindingLog, Findings, Place, Severity, nearest};
use crate::phrases::{Phrase, Text};
use crate::table::column::{Body, Col, Named, Role, What};
use crate::table::read::{Read, place_of, read};
use crate::table::shape::Shape;
use crate::table::{Figure, Taken, totals, values};
use crate::units::{Decimal, Exact, Money, largest_remainder};

/// An area.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Its code, given or numbered.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// An ecosystem.
#[derive(Debug, Clone, PartialEq)]
pub struct Ecosystem {
    /// Id.
    pub id: String,
    /// Label.
    pub label: Text,
}

/// A fund that paid last year.
#[derive(Debug, Clone, PartialEq)]
pub struct Fund {
    /// Its name; empty where the table has only one.
    pub label: String,
    /// What it paid in all.
    pub paid: Money,
    /// The ecosystems it paid for; all where the table does not say.
    pub ecosystems: BTreeSet<usize>,
}

/// Whose figure: area, and ecosystem.
pub type Key = (usize, Option<usize>);

/// The figures of one column of the workbook to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Indicator, or own header.
    pub name: String,
    /// What it counts.
    pub quantity: Quantity,
    /// Its unit.
    pub unit: String,
    /// Figures.
    pub figures: BTreeMap<Key, Decimal>,
}

/// Everything that tables say.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Areas, in the order of the first table.
    pub areas: Vec<Area>,
    /// Ecosystems, in the order of the columns.
    pub ecosystems: Vec<Ecosystem>,
    /// Figures.
    pub columns: Vec<Column>,
    /// Funds.
    pub funds: Vec<Fund>,
    /// The year of the amounts.
    pub year: Option<i64>,
    /// What each column was taken for.
    pub taken: Vec<Taken>,
    /// Whether codes were numbered here.
    pub numbered: bool,
    /// Whether amounts were shared out among ecosystems by extent.
    pub shared_out: bool,
    /// Totals that were checked, and those that are formulas without a value.
    pub totals: (usize, usize),
}

/// Merged ranges times cells: each cell is looked for in every range.
const MERGED_MAX: usize = 2_000_000_000;
/// Most ecosystems: more of them are names of something else.
const ECOSYSTEMS_MAX: usize = 100;
/// For so many unknown names the nearest known one is named.
const LIKENESS_LIMIT: usize = 100;

/// Reads all tables of sheets.
pub(super) fn of(grids: &[Grid], units: &[String]) -> Result<(Facts, Vec<Finding>), Findings> {
    let mut log = FindingLog::of_tables();
    let mut join = Join::default();
    let mut tables: Vec<(&Grid, Read)> = Vec::new();
    for grid in grids.iter().filter(|grid| !grid.cells.is_empty()) {
        if grid.merged.len().saturating_mul(grid.cells.len()) > MERGED_MAX {
            log.push(
                Finding::error("office.too_merged", grid.place.clone()).with("count", grid.merged.len().to_string()),
            );
            return Err(Findings(log.into_findings()));
        }
        match Shape::find(grid) {
            Some(shape) => {
                if !grid.is_shown {
                    log.push(Finding::warning("office.sheet_hidden", grid.place.clone()));
                }
                let table = read(grid, &shape, units, &mut log);
                unseen(grid, &table, &mut log);
                tables.push((grid, table));
            }
            None => log.push(Finding::warning("office.sheet_not_read", grid.place.clone())),
        }
    }
    if tables.is_empty() {
        let place = grids.first().map(|grid| grid.place.clone()).unwrap_or_default();
        log.push(Finding::error("office.no_table", place));
        return Err(Findings(log.into_findings()));
    }
    // The newest amounts are last year's.
    let newest = tables.iter().flat_map(|(_, read)| read.columns.iter().filter_map(|col| amount_year(read, col))).max();
    join.facts.year = newest;
    for (index, (grid, read)) in tables.iter().enumerate() {
        join.table(grid, read, (index == 0, newest), &mut log);
    }
    join.finish(&mut log);
    let facts = join.facts;
    Findings::gate(facts, log.into_findings())
}

/// Rows and columns that were read and that nobody sees.
fn unseen(grid: &Grid, read: &Read, log: &mut FindingLog) {
    let rows = read.rows.iter().filter(|row| grid.hidden.rows.contains(&row.row));
    let rows: Vec<String> = rows.map(|row| format!("{} {}", row.row + 1, row.name)).collect();
    let is_read = |col: &&Col| matches!(col.role, Role::Figure(..)) && grid.hidden.column(col.column);
    let columns = read.columns.iter().filter(is_read);
    let columns: Vec<String> =
        columns.map(|col| format!("{} {}", crate::dataset::table::letters(col.column), col.header)).collect();
    for (code, found) in [("office.rows_hidden", rows), ("office.columns_hidden", columns)] {
        if !found.is_empty() {
            let finding =
                Finding { severity: Severity::Warning, ..Finding::from_phrase(Phrase::new(code), grid.place.clone()) };
            log.push(finding.with("list", found.join("、")));
        }
    }
}

fn amount_year(read: &Read, col: &Col) -> Option<i64> {
    match &col.role {
        Role::Figure(What::Amount(_, year), _) => year.or(read.year),
        _ => None,
    }
}

#[derive(Default)]
struct Join {
    facts: Facts,
    codes: BTreeMap<String, usize>,
    names: BTreeMap<String, Vec<usize>>,
    /// Where each figure came from.
    places: BTreeMap<(String, Key), Place>,
    /// Amounts by fund label: figures in 分.
    amounts: BTreeMap<(usize, Key), Money>,
    funds: Vec<String>,
    amount_unit: Option<String>,
    given: Vec<Option<String>>,
    /// Areas that are in a further table only.
    strangers: usize,
}

impl Join {
    fn table(&mut self, grid: &Grid, read: &Read, (is_first, newest): (bool, Option<i64>), log: &mut FindingLog) {
        let sums = totals::sums(&read.rows);
        self.facts.totals.0 += read.totals.0;
        self.facts.totals.1 += read.totals.1;
        for col in &read.columns {
            self.facts.taken.push(taken(grid, col, read, (newest, sums.get(&col.column))));
        }
        let mut of_rows: Vec<Option<usize>> = Vec::new();
        let mut here: BTreeMap<(String, Option<String>), u32> = BTreeMap::new();
        for row in &read.rows {
            let place = || grid.place.clone().row(u64::from(row.row) + 1);
            let key = (row.code.clone().unwrap_or_else(|| row.name.clone()), row.kind.clone());
            if let Some(first) = here.insert(key, row.row) {
                log.push(
                    Finding::error("office.name_twice", place())
                        .with("name", &row.name)
                        .with("first", (first + 1).to_string()),
                );
                of_rows.push(None);
                continue;
            }
            of_rows.push(self.area(row, is_first, place(), log));
        }
        for col in &read.columns {
            let Role::Figure(what, named) = &col.role else { continue };
            for (row, area) in read.rows.iter().zip(&of_rows) {
                let (Some(area), Some(value)) = (area, row.values.get(&col.column)) else { continue };
                let named = match (&row.kind, named) {
                    (Some(kind), None) => Some(kind_of(kind)),
                    (_, named) => named.clone(),
                };
                let place = grid.place_of(row.row, col.column, &col.header);
                let ecosystem = named.map(|named| self.ecosystem(&named));
                if self.facts.ecosystems.len() > ECOSYSTEMS_MAX {
                    let finding = Finding::error("office.too_many_ecosystems", place);
                    return log.push(finding.with("most", ECOSYSTEMS_MAX.to_string()));
                }
                let key = (*area, ecosystem);
                match what {
                    What::Amount(fund, year) if year.or(read.year) == newest => {
                        self.amount(fund.as_deref().unwrap_or_default(), key, (*value, col), place, log);
                    }
                    What::Amount(_, year) => {
                        let label = year.or(read.year).map_or_else(String::new, |year| format!("{year}年"));
                        let name = format!("{label}{}", col.header.replace(&label, ""));
                        self.figure((name, col.quantity), key, (*value, col), place, log);
                    }
                    What::Extent => {
                        self.figure((indicator::EXTENT.to_owned(), col.quantity), key, (*value, col), place, log)
                    }
                    What::Standard(name) => {
                        self.figure(((*name).to_owned(), col.quantity), key, (*value, col), place, log)
                    }
                    What::Own(name) => self.figure((name.clone(), col.quantity), key, (*value, col), place, log),
                }
            }
        }
    }

    fn area(&mut self, row: &Body, is_first: bool, place: Place, log: &mut FindingLog) -> Option<usize> {
        let by_code = row.code.as_ref().and_then(|code| self.codes.get(code)).copied();
        let by_name = self.names.get(&row.name);
        if let Some(known) =
            by_code.or_else(|| by_name.and_then(|known| (known.len() == 1).then(|| known.first().copied())?))
        {
            let same_code = match (&row.code, self.given.get(known).and_then(Option::as_ref)) {
                (Some(code), Some(known)) => code == known,
                _ => true,
            };
            if same_code {
                if let (Some(code), Some(given @ None)) = (&row.code, self.given.get_mut(known)) {
                    *given = Some(code.clone());
                    self.codes.insert(code.clone(), known);
                }
                return Some(known);
            }
        }
        if !is_first {
            self.strangers += 1;
            let near = || nearest(&row.name, self.names.keys().map(String::as_str)).map(str::to_owned);
            let like = if self.strangers <= LIKENESS_LIMIT { near() } else { None }.unwrap_or_else(|| "—".to_owned());
            log.push(Finding::warning("office.area_new", place).with("name", &row.name).with("like", like));
        }
        let at = self.facts.areas.len();
        self.facts.areas.push(Area { code: String::new(), name: row.name.clone() });
        self.given.push(row.code.clone());
        self.names.entry(row.name.clone()).or_default().push(at);
        if let Some(code) = &row.code {
            self.codes.insert(code.clone(), at);
        }
        Some(at)
    }

    fn ecosystem(&mut self, named: &Named) -> usize {
        let is =
            |known: &Ecosystem| if named.id.is_empty() { known.label.zh == named.zh } else { known.id == named.id };
        if let Some(at) = self.facts.ecosystems.iter().position(is) {
            return at;
        }
        let at = self.facts.ecosystems.len();
        let id = if named.id.is_empty() { format!("eco{}", at + 1) } else { named.id.clone() };
        let label = Text { zh: named.zh.clone(), en: named.en.clone() };
        self.facts.ecosystems.push(Ecosystem { id, label });
        at
    }

    fn figure(
        &mut self,
        (name, quantity): Figure,
        key: Key,
        (value, col): (Decimal, &Col),
        place: Place,
        log: &mut FindingLog,
    ) {
        let at = match self.facts.columns.iter().position(|known| known.name == name) {
            Some(at) => at,
            None => {
                let unit = if col.unit.is_empty() { "无".to_owned() } else { col.unit.clone() };
                self.facts.columns.push(Column { name: name.clone(), quantity, unit, figures: BTreeMap::new() });
                self.facts.columns.len() - 1
            }
        };
        let Some(column) = self.facts.columns.get_mut(at) else { return };
        let Some(value) = values::converted(value, &col.unit, quantity, &column.unit)
            .or((quantity == Quantity::Number).then_some(value))
        else {
            log.push(Finding::error("office.units_mixed", place).with("unit", &col.unit).with("other", &column.unit));
            return;
        };
        if value.is_negative() {
            log.push(
                Finding::error("dataset.negative", place)
                    .with("value", value.to_string())
                    .with("whose", col.header.clone()),
            );
            return;
        }
        let known = column.figures.insert(key, value);
        let before = self.places.insert((name, key), place.clone());
        if let (Some(known), Some(before)) = (known, before)
            && known != value
        {
            let finding = Finding::error("office.two_figures", place).with("value", value.to_string());
            log.push(finding.with("other", known.to_string()).with("place", before.to_string()));
        }
    }

    fn amount(&mut self, fund: &str, key: Key, (value, col): (Decimal, &Col), place: Place, log: &mut FindingLog) {
        let money = match Money::of(value, &col.unit) {
            Ok(money) => money,
            Err(phrase) => return log.push(Finding::from_phrase(phrase, place)),
        };
        if money < Money::ZERO {
            log.push(Finding::warning("office.negative_amount", place.clone()).with("value", money));
        }
        self.amount_unit.get_or_insert_with(|| col.unit.clone());
        let at = match self.funds.iter().position(|known| known == fund) {
            Some(at) => at,
            None => {
                self.funds.push(fund.to_owned());
                self.funds.len() - 1
            }
        };
        if let Some(known) = self.amounts.insert((at, key), money)
            && known != money
        {
            let before = self.places.get(&(format!("paid {at}"), key)).map(ToString::to_string).unwrap_or_default();
            let finding = Finding::error("office.two_figures", place.clone()).with("value", money);
            log.push(finding.with("other", known).with("place", before));
        }
        self.places.insert((format!("paid {at}"), key), place);
    }

    /// Codes, funds and last year's amounts.
    fn finish(&mut self, log: &mut FindingLog) {
        self.number(log);
        if self.facts.ecosystems.is_empty() {
            let label = Text { zh: "全部生态系统".to_owned(), en: "all ecosystems".to_owned() };
            self.facts.ecosystems.push(Ecosystem { id: "all".to_owned(), label });
        }
        if let [_] = self.facts.ecosystems.as_slice() {
            // One ecosystem: what is said of an area is said of it.
            for column in
                self.facts.columns.iter_mut().filter(|column| indicator::OF_CELLS.contains(&column.name.as_str()))
            {
                let figures = std::mem::take(&mut column.figures);
                column.figures = figures.into_iter().map(|((area, _), value)| ((area, Some(0)), value)).collect();
            }
        } else {
            for column in
                self.facts.columns.iter_mut().filter(|column| indicator::OF_CELLS.contains(&column.name.as_str()))
            {
                // Of several ecosystems an area's own figure says something else.
                if column.quantity != Quantity::Number
                    && column.figures.keys().all(|(_, ecosystem)| ecosystem.is_none())
                {
                    column.name = Phrase::new("office.of_area").with("name", header_of(&column.name)).text().zh;
                }
            }
        }
        self.funds();
    }

    fn number(&mut self, log: &mut FindingLog) {
        self.facts.numbered = self.given.iter().all(Option::is_none);
        let width = self.facts.areas.len().to_string().len().max(3);
        let taken: BTreeSet<String> = self.given.iter().flatten().cloned().collect();
        let mut next = 1_usize;
        for (area, given) in self.facts.areas.iter_mut().zip(&self.given) {
            area.code = match given {
                Some(code) => code.clone(),
                None => loop {
                    let code = format!("{next:0width$}");
                    next += 1;
                    if !taken.contains(&code) {
                        break code;
                    }
                },
            };
        }
        if !self.facts.numbered {
            for (area, _) in self.facts.areas.iter().zip(&self.given).filter(|(_, given)| given.is_none()) {
                let finding = Finding::warning("office.code_numbered", Place::default()).with("name", &area.name);
                log.push(finding.with("code", &area.code));
            }
        }
    }

    fn funds(&mut self) {
        let count = self.facts.ecosystems.len();
        let amounts = std::mem::take(&mut self.amounts);
        let mut paid: BTreeMap<(usize, Key), Money> = BTreeMap::new();
        for ((fund, (area, ecosystem)), money) in amounts {
            let parts = match ecosystem {
                Some(ecosystem) => vec![(ecosystem, money)],
                None if count == 1 => vec![(0, money)],
                None => self.share_out(area, money),
            };
            for (ecosystem, part) in parts {
                let known = paid.entry((fund, (area, Some(ecosystem)))).or_insert(Money::ZERO);
                *known = known.checked_add(part).unwrap_or(*known);
            }
        }
        if paid.is_empty() {
            return;
        }
        let mut last: BTreeMap<Key, Money> = BTreeMap::new();
        let mut funds: Vec<Fund> = self
            .funds
            .iter()
            .map(|label| Fund { label: label.clone(), paid: Money::ZERO, ecosystems: BTreeSet::new() })
            .collect();
        let mut any_negative = false;
        for ((fund, key), money) in &paid {
            any_negative |= *money < Money::ZERO;
            let sum = last.entry(*key).or_insert(Money::ZERO);
            *sum = sum.checked_add(*money).unwrap_or(*sum);
            if let (Some(fund), Some(ecosystem)) = (funds.get_mut(*fund), key.1) {
                fund.paid = fund.paid.checked_add(*money).unwrap_or(fund.paid);
                if *money > Money::ZERO {
                    fund.ecosystems.insert(ecosystem);
                }
            }
        }
        if any_negative {
            // What was held back from some is no fund of its own.
            let paid = last.values().copied().filter(|money| *money > Money::ZERO).sum();
            funds = vec![Fund { label: String::new(), paid, ecosystems: (0..count).collect() }];
        }
        funds.retain(|fund| fund.paid > Money::ZERO);
        self.facts.funds = funds;
        let unit = self.amount_unit.clone().unwrap_or_else(|| "元".to_owned());
        let of_unit = |money: Money| {
            let size = Money::of(Decimal::ONE, &unit).map(Money::exact).ok()?;
            Decimal::from_exact(&(money.exact() / size), 12, false)
        };
        let figures = last.into_iter().filter(|(_, money)| *money >= Money::ZERO);
        let figures = figures.filter_map(|(key, money)| Some((key, of_unit(money)?))).collect();
        let column =
            Column { name: indicator::LAST_YEAR.to_owned(), quantity: Quantity::Money, unit: unit.clone(), figures };
        self.facts.columns.push(column);
    }

    /// An area's amount among its ecosystems, by extent to the 分; to the first of them where no extents are known.
    fn share_out(&mut self, area: usize, money: Money) -> Vec<(usize, Money)> {
        self.facts.shared_out = true;
        let extents = self.facts.columns.iter().find(|column| column.name == indicator::EXTENT);
        let known: Vec<(usize, Exact)> = (0..self.facts.ecosystems.len())
            .filter_map(|at| Some((at, extents?.figures.get(&(area, Some(at)))?.exact())))
            .filter(|(_, extent)| *extent > Exact::from_integer(0.into()))
            .collect();
        if known.is_empty() {
            return vec![(0, money)];
        }
        let weights: Vec<Exact> = known.iter().map(|(_, extent)| extent.clone()).collect();
        let negative = money < Money::ZERO;
        let size = if negative { Money::from_fen(-money.fen()) } else { money };
        let parts = largest_remainder(size, &weights);
        let signed = |part: Money| if negative { Money::from_fen(-part.fen()) } else { part };
        known.into_iter().map(|(at, _)| at).zip(parts.into_iter().map(signed)).collect()
    }
}

/// A standard indicator's header without its unit.
pub(crate) fn header_of(name: &str) -> String {
    let header = crate::dataset::columns::standard_header(name, crate::phrases::Lang::Zh);
    header.map_or_else(|| name.to_owned(), |header| crate::dataset::columns::split_header(&header).0.to_owned())
}

/// The ecosystem of a row's own cell.
fn kind_of(kind: &str) -> Named {
    match crate::table::words::ecosystem(kind) {
        Some((id, zh, en, word)) if word.chars().count() * 2 >= kind.chars().count() => Named { id, zh, en },
        _ => Named { id: String::new(), zh: kind.to_owned(), en: kind.to_owned() },
    }
}

fn taken(grid: &Grid, col: &Col, read: &Read, (newest, sum): (Option<i64>, Option<&(usize, Decimal)>)) -> Taken {
    let with_ecosystem = |phrase: Phrase, named: &Option<Named>| match named {
        Some(named) => {
            let label = Text { zh: named.zh.clone(), en: named.en.clone() };
            Phrase::new("office.taken_of").with("what", phrase.text()).with("ecosystem", label)
        }
        None => phrase,
    };
    let meaning = match &col.role {
        Role::Serial => Phrase::new("office.taken_serial"),
        Role::Code => Phrase::new("office.taken_code"),
        Role::Name => Phrase::new("office.taken_name"),
        Role::Kind => Phrase::new("office.taken_kind"),
        Role::Total => Phrase::new("office.taken_total"),
        Role::Rate => Phrase::new("office.taken_rate"),
        Role::Derived => Phrase::new("office.taken_derived"),
        Role::Note => Phrase::new("office.taken_note"),
        Role::Unknown => Phrase::new("office.taken_unknown"),
        Role::Figure(What::Extent, named) => with_ecosystem(Phrase::new("rules.figure_extent"), named),
        Role::Figure(What::Standard(name), named) => {
            with_ecosystem(Phrase::new("office.taken_figure").with("name", header_of(name)), named)
        }
        Role::Figure(What::Own(name), named) => {
            with_ecosystem(Phrase::new("office.taken_own").with("name", name), named)
        }
        Role::Figure(What::Amount(fund, year), named) if year.or(read.year) == newest => {
            let phrase = match fund {
                Some(fund) => Phrase::new("office.taken_paid_by").with("fund", fund),
                None => Phrase::new("office.last_year"),
            };
            with_ecosystem(phrase, named)
        }
        Role::Figure(What::Amount(..), named) => {
            with_ecosystem(Phrase::new("office.taken_own").with("name", &col.header), named)
        }
    };
    let place = place_of(grid, col);
    Taken {
        letters: crate::dataset::table::letters(col.column),
        place: Place { row: None, column: None, ..place },
        header: col.header.clone(),
        meaning,
        unit: col.unit.clone(),
        count: sum.map_or(0, |(count, _)| *count),
        sum: sum.filter(|_| col.quantity != Quantity::Number).map_or_else(String::new, |(_, sum)| sum.to_string()),
    }
}
