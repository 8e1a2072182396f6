//! The first model of an office: its own table as data, and rules around last year's amounts that a plan meets.

use std::collections::BTreeSet;

use crate::cells::Cell;
use crate::dataset::{Quantity, Source, indicator};
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Findings, Place};
use crate::forms::said;
use crate::model::{Extra, Page, workbook};
use crate::phrases::{Lang, Phrase, Text};
use crate::run::{self, Inputs};
use crate::solver::SolveOptions;
use crate::table::{Column, Facts, Taken, header_of};
use crate::toml::{Comments, print};
use crate::units::{Decimal, Exact, Money, largest_remainder};

/// A workbook to begin with.
#[derive(Debug, Clone)]
pub struct Started {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What was made of the table, as sentences.
    pub told: Vec<Phrase>,
    /// What is left to do before it can be solved; empty where it was solved.
    pub findings: Vec<Finding>,
}

/// From so many amounts on no plan is looked for here.
const TRIED_BELOW: usize = 20_000;
/// Parts of ten thousand in which shares of ecosystems are written.
const PARTS: i64 = 10_000;

/// Makes the workbook `file` of a county from what its tables say.
///
/// # Errors
/// The workbook cannot be written.
pub fn start(county: &str, facts: &Facts, found: &[Finding], (file, lang): (&str, Lang)) -> Result<Started, Finding> {
    let mut last = Vec::new();
    let mut findings = Vec::new();
    for way in ways(facts) {
        let tree = model(county, facts, &way);
        let extra = Extra { before: vec![areas(facts), cells(facts)], after: vec![source(facts, found, lang)] };
        let bytes = workbook(&tree, &comments(), &extra, lang)
            .map_err(|error| Finding::error("cli.unwritable", Place::file(file)).with("why", error.to_string()))?;
        if keys(facts).len().saturating_mul(facts.funds.len()) > TRIED_BELOW {
            let mut told = told(facts, &way, false);
            told.pop();
            told.push(Phrase::new("office.told_untried"));
            return Ok(Started { bytes, told, findings: Vec::new() });
        }
        match solved(&tree, file, &bytes) {
            Ok(()) => return Ok(Started { bytes, told: told(facts, &way, true), findings: Vec::new() }),
            Err(Findings(why)) => {
                if last.is_empty() {
                    last = bytes;
                    findings = why;
                }
            }
        }
    }
    Ok(Started { bytes: last, told: told(facts, &Way::default(), false), findings })
}

/// A way to entitle cells, and how exact amounts are.
#[derive(Debug, Clone, Default)]
struct Way {
    factor: Option<&'static str>,
    pools: bool,
    rounding: &'static str,
}

fn ways(facts: &Facts) -> Vec<Way> {
    let cells = keys(facts);
    let complete = |name: &str| {
        let column = facts.columns.iter().find(|column| column.name == name);
        column.is_some_and(|column| {
            cells.iter().all(|(area, ecosystem)| {
                column.figures.contains_key(&(*area, Some(*ecosystem))) || column.figures.contains_key(&(*area, None))
            })
        })
    };
    let known = [indicator::GEP, indicator::EXTENT, indicator::LAST_YEAR, indicator::POPULATION];
    let factors: Vec<&'static str> = known.into_iter().filter(|name| complete(name)).collect();
    let whole = facts.funds.iter().all(|fund| fund.paid.fen() % 100 == 0);
    let units: &[&'static str] = if whole { &["1 元", "0.01 元"] } else { &["0.01 元"] };
    let mut ways = Vec::new();
    for factor in factors {
        for pools in [facts.ecosystems.len() > 1, false] {
            for rounding in units {
                ways.push(Way { factor: Some(factor), pools, rounding });
            }
        }
    }
    if ways.is_empty() {
        ways.push(Way { factor: None, pools: false, rounding: units.first().copied().unwrap_or("0.01 元") });
    }
    ways
}

/// Cells that exist: those with a figure other than 0.
fn keys(facts: &Facts) -> Vec<(usize, usize)> {
    let figures = facts.columns.iter().flat_map(|column| &column.figures);
    let cells =
        figures.filter(|(_, value)| !value.is_zero()).filter_map(|((area, ecosystem), _)| Some((*area, (*ecosystem)?)));
    cells.collect::<BTreeSet<_>>().into_iter().collect()
}

fn text(text: impl Into<String>) -> Node {
    Node { line: 0, value: Value::Text(text.into()) }
}

fn number(number: impl ToString) -> Node {
    Node { line: 0, value: Value::Number(number.to_string()) }
}

fn table(entries: Vec<(&str, Node)>) -> Node {
    let entries = entries.into_iter().map(|(key, node)| (key.to_owned(), node)).collect();
    Node { line: 0, value: Value::Table(entries) }
}

fn label(label: &Text) -> Node {
    if label.zh == label.en { text(&label.zh) } else { table(vec![("zh", text(&label.zh)), ("en", text(&label.en))]) }
}

fn list(items: Vec<Node>) -> Node {
    Node { line: 0, value: Value::List(items) }
}

fn model(county: &str, facts: &Facts, way: &Way) -> Node {
    let year = facts.year.map(|year| year + 1);
    let of_year = year.map_or_else(String::new, |year| year.to_string());
    let named = Phrase::new("office.start_name").with("county", county).with("year", of_year).text();
    let mut head = vec![("name", label(&named))];
    head.extend(area_label(facts).map(|found| ("area_label", label(&found))));
    head.extend(year.map(|year| ("year", number(year))));
    head.push(("rounding", text(way.rounding)));
    head.push(("note", text(said("office.start_note").zh)));
    let mut sections = vec![("model", table(head))];
    let standard = crate::policy::standard_ecosystems();
    let is_standard = |id: &str| standard.iter().any(|(spec, _)| spec.id == id);
    if !facts.ecosystems.iter().all(|ecosystem| is_standard(&ecosystem.id)) {
        let row = |ecosystem: &crate::table::Ecosystem| {
            (ecosystem.id.clone(), table(vec![("label", label(&ecosystem.label))]))
        };
        let rows = facts.ecosystems.iter().map(row).collect();
        sections.push(("ecosystems", Node { line: 0, value: Value::Table(rows) }));
    }
    let fund = |(index, fund): (usize, &crate::table::Fund)| {
        let wan = Decimal::from_exact(&(fund.paid.exact() / Exact::from_integer(1_000_000.into())), 12, false);
        let id = if facts.funds.len() == 1 { "fund".to_owned() } else { format!("fund{}", index + 1) };
        let name = if fund.label.is_empty() { said("office.start_fund").zh } else { fund.label.clone() };
        let mut row = vec![("id", text(id)), ("label", text(name))];
        row.push(("amount", text(format!("{} 万元", wan.unwrap_or_default()))));
        if fund.ecosystems.len() < facts.ecosystems.len() {
            let names =
                fund.ecosystems.iter().filter_map(|at| facts.ecosystems.get(*at)).map(|known| text(&known.label.zh));
            let names: Vec<Node> = names.collect();
            let only = if let [one] = names.as_slice() { one.clone() } else { list(names) };
            row.push(("only", table(vec![("ecosystem", only)])));
        }
        table(row)
    };
    let mut funds: Vec<Node> = facts.funds.iter().enumerate().map(fund).collect();
    if funds.is_empty() {
        funds.push(table(vec![("id", text("fund")), ("label", text(said("office.start_fund").zh))]));
    }
    sections.push(("fund", list(funds)));
    if let Some(factor) = way.factor {
        let mut parts = Vec::new();
        if way.pools {
            parts.push(("pool", pools(facts)));
        }
        parts.push(("factors", table(vec![(factor, number(1))])));
        sections.push(("entitlement", table(parts)));
    }
    let last_year = facts.columns.iter().find(|column| column.name == indicator::LAST_YEAR);
    if let Some(last_year) = last_year {
        let is_blank =
            keys(facts).iter().any(|(area, ecosystem)| !last_year.figures.contains_key(&(*area, Some(*ecosystem))));
        let mut corridor = vec![("kind", text("corridor")), ("per", text("area"))];
        corridor.push(("between", list(vec![number("0.9"), number("1.1")])));
        if is_blank {
            corridor.push(("new", text("free")));
        }
        sections.push(("rule", list(vec![table(corridor)])));
    }
    sections.push(("objective", list(vec![table(vec![("kind", text("max_min_coverage"))])])));
    table(sections)
}

/// What the names of most areas end with.
fn area_label(facts: &Facts) -> Option<Text> {
    let share = |ends: &[char]| {
        let count = facts.areas.iter().filter(|area| area.name.ends_with(ends)).count();
        count * 2 > facts.areas.len()
    };
    let code = if share(&['镇', '乡', '道', '场']) {
        "office.township"
    } else if share(&['县', '市', '区', '旗']) {
        "office.county"
    } else if share(&['村', '社']) {
        "office.village"
    } else {
        return None;
    };
    Some(said(code))
}

/// Shares of the ecosystems in last year's money, in ten-thousandths that sum to 1.
fn pools(facts: &Facts) -> Node {
    let last = facts.columns.iter().find(|column| column.name == indicator::LAST_YEAR);
    let weight = |ecosystem: usize| {
        let figures = last.into_iter().flat_map(|column| &column.figures);
        let own = figures.filter(|((_, of), _)| *of == Some(ecosystem)).map(|(_, value)| value.exact());
        own.fold(Exact::from_integer(0.into()), |sum, value| sum + value)
    };
    let weights: Vec<Exact> = (0..facts.ecosystems.len()).map(weight).collect();
    let parts = largest_remainder(Money::from_fen(PARTS), &weights);
    let share = |part: Money| {
        let exact = part.exact() / Exact::from_integer(PARTS.into());
        Decimal::from_exact(&exact, 12, false).unwrap_or_default()
    };
    let entries = facts.ecosystems.iter().zip(parts).map(|(known, part)| (known.id.clone(), number(share(part))));
    Node { line: 0, value: Value::Table(entries.collect()) }
}

fn comments() -> Comments {
    let mut comments = Comments::new();
    comments.insert("rule[1]".to_owned(), said("office.start_corridor").zh);
    comments.insert("entitlement".to_owned(), said("office.start_entitlement").zh);
    comments.insert("objective[1]".to_owned(), said("office.start_objective").zh);
    comments
}

/// Whether a plan meets the model of a workbook.
fn solved(tree: &Node, file: &str, bytes: &[u8]) -> Result<(), Findings> {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned();
    let mut tree = tree.clone();
    if let Value::Table(entries) = &mut tree.value
        && let Some((_, Node { value: Value::Table(model), .. })) = entries.iter_mut().find(|(key, _)| key == "model")
    {
        model.push(("dataset".to_owned(), text(base.clone())));
    }
    let inputs = Inputs {
        model_file: file.to_owned(),
        model_text: print(&tree, &Comments::new()).text,
        source: Source { name: file.to_owned(), files: vec![(base, bytes.to_vec())] },
        changes: Vec::new(),
        spots: None,
    };
    let prepared = run::prepare(&inputs)?;
    match run::solve(prepared, &SolveOptions::default(), false) {
        Ok(_) => Ok(()),
        Err(run::RunError::Findings(findings)) => Err(findings),
        Err(run::RunError::Infeasible(_)) => Err(Finding::error("office.start_infeasible", Place::file(file)).into()),
        Err(
            run::RunError::Limit(_, finding) | run::RunError::Unroundable(finding, _) | run::RunError::Failed(finding),
        ) => Err(finding.into()),
    }
}

fn header(column: &Column) -> String {
    format!("{}({})", header_of(&column.name), if column.unit.is_empty() { "无" } else { &column.unit })
}

fn cell(value: Decimal) -> Cell {
    Cell::Number(value.to_f64())
}

fn areas(facts: &Facts) -> Page {
    let own = |column: &&Column| column.figures.keys().any(|(_, ecosystem)| ecosystem.is_none());
    let columns: Vec<&Column> = facts.columns.iter().filter(own).collect();
    let mut header_row = vec![(said("dataset.template_code").zh, 14), (said("dataset.template_name").zh, 18)];
    header_row.extend(columns.iter().map(|column| (header(column), 18)));
    let row = |(at, area): (usize, &crate::table::Area)| {
        let mut row = vec![Some(Cell::Text(area.code.clone())), Some(Cell::Text(area.name.clone()))];
        row.extend(columns.iter().map(|column| column.figures.get(&(at, None)).copied().map(cell)));
        row
    };
    Page {
        name: said("dataset.template_areas").zh,
        title: None,
        header: header_row,
        rows: facts.areas.iter().enumerate().map(row).collect(),
        texts: vec![0],
    }
}

fn cells(facts: &Facts) -> Page {
    let own = |column: &&Column| {
        indicator::OF_CELLS.contains(&column.name.as_str()) || column.figures.keys().any(|(_, of)| of.is_some())
    };
    let columns: Vec<&Column> = facts.columns.iter().filter(own).collect();
    let names = ["dataset.template_area_code", "dataset.template_area_name", "dataset.template_ecosystem"];
    let mut header_row: Vec<(String, u8)> = names.map(|code| (said(code).zh, 14)).to_vec();
    header_row.extend(columns.iter().map(|column| (header(column), 18)));
    let row = |(area, ecosystem): &(usize, usize)| {
        let known = facts.areas.get(*area);
        let name = |get: fn(&crate::table::Area) -> &String| known.map(get).cloned().map(Cell::Text);
        let mut row = vec![name(|area| &area.code), name(|area| &area.name)];
        row.push(facts.ecosystems.get(*ecosystem).map(|known| Cell::Text(known.label.zh.clone())));
        row.extend(columns.iter().map(|column| column.figures.get(&(*area, Some(*ecosystem))).copied().map(cell)));
        row
    };
    Page {
        name: said("dataset.template_cells").zh,
        title: None,
        header: header_row,
        rows: keys(facts).iter().map(row).collect(),
        texts: vec![0],
    }
}

/// What each column was taken for, and what was found.
fn source(facts: &Facts, found: &[Finding], lang: Lang) -> Page {
    let headers = [
        ("office.column_file", 26),
        ("office.column_sheet", 14),
        ("office.column_letter", 6),
        ("office.column_header", 28),
        ("office.column_meaning", 40),
        ("office.unit", 8),
        ("office.column_count", 8),
        ("office.column_sum", 16),
    ];
    let row = |taken: &Taken| {
        let file = taken.place.file.as_deref().unwrap_or_default();
        let texts = [
            file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned(),
            taken.place.sheet.clone().unwrap_or_default(),
            taken.letters.clone(),
            taken.header.clone(),
            taken.meaning.render(lang),
            taken.unit.clone(),
            if taken.count > 0 { taken.count.to_string() } else { String::new() },
            taken.sum.clone(),
        ];
        texts.into_iter().map(|text| (!text.is_empty()).then_some(Cell::Text(text))).collect()
    };
    let mut rows: Vec<Vec<Option<Cell>>> = facts.taken.iter().map(row).collect();
    if !found.is_empty() {
        rows.push(Vec::new());
        rows.extend(found.iter().map(|finding| vec![Some(Cell::Text(finding.render(lang).replace("\n  ", " ")))]));
    }
    Page {
        name: said("office.sheet_source").get(lang).to_owned(),
        title: Some(said("office.note_source").get(lang).to_owned()),
        header: headers.into_iter().map(|(code, width)| (said(code).get(lang).to_owned(), width)).collect(),
        rows,
        texts: Vec::new(),
    }
}

/// What was made, as sentences.
fn told(facts: &Facts, way: &Way, is_solved: bool) -> Vec<Phrase> {
    let mut told = vec![
        Phrase::new("office.told_size")
            .with("areas", facts.areas.len().to_string())
            .with("cells", keys(facts).len().to_string())
            .with(
                "ecosystems",
                Text {
                    zh: facts.ecosystems.iter().map(|known| known.label.zh.as_str()).collect::<Vec<_>>().join("、"),
                    en: facts.ecosystems.iter().map(|known| known.label.en.as_str()).collect::<Vec<_>>().join(", "),
                },
            ),
    ];
    for fund in &facts.funds {
        let label = if fund.label.is_empty() { said("office.start_fund") } else { Text::same(&fund.label) };
        told.push(Phrase::new("office.told_fund").with("fund", label).with("amount", fund.paid));
    }
    if facts.totals != (0, 0) {
        let (checked, unknown) = facts.totals;
        let code = if unknown > 0 { "office.told_totals_open" } else { "office.told_totals" };
        let told_totals = Phrase::new(code).with("checked", checked.to_string());
        told.push(if unknown > 0 { told_totals.with("unknown", unknown.to_string()) } else { told_totals });
    }
    if facts.numbered {
        told.push(Phrase::new("office.told_numbered"));
    }
    if facts.shared_out {
        told.push(Phrase::new("office.told_shared_out"));
    }
    if is_solved {
        let factor = way.factor.map_or_else(|| Text::same("—"), |factor| Text::same(header_of(factor)));
        told.push(Phrase::new("office.told_solved").with("factor", factor));
    } else {
        told.push(Phrase::new("office.told_open"));
    }
    debug_assert!(facts.columns.iter().all(|column| column.quantity != Quantity::Money || !column.unit.is_empty()));
    told
}
