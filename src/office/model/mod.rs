//! A model in a workbook: read into the text of a model file, with the cell of every line; and written from one.

mod book;
mod paid;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::cells::{Entries, Line, fields, number, plain};
use crate::dataset::grid::Grid;
use crate::dataset::hex;
use crate::dataset::table::{DATE, Raw, letters};
use crate::dataset::workbook::read_grids;
use crate::document::spots::{Spot, Spots};
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, FindingLog, Findings, Place, hint};
use crate::forms::{ENTITLEMENT_ROWS, FACTORS, MODEL_ROWS, Part, SHEETS, Sheet, said, says, word_of};
use crate::toml::{Comments, print};

pub use book::{Extra, Page, workbook};

/// A model that was read from a workbook.
#[derive(Debug, Clone)]
pub struct Spelled {
    /// The same model as the text of a model file.
    pub text: String,
    /// The cell of each of its lines.
    pub spots: Spots,
    /// Whether the workbook holds its data too.
    pub holds_data: bool,
}

/// So many rows are searched for a header.
const ROWS_SEARCHED: usize = 20;
/// Names of the sheets of data, as the dataset has them.
const DATA: [&str; 7] = ["区域", "areas", "乡镇", "单元", "cells", "生态系统", "明细"];

/// Reads the model of a workbook; `file` is what the user calls it.
///
/// # Errors
/// A damaged workbook, one without a model, and everything in its sheets that cannot be read, each with its cell.
pub fn read(file: &str, bytes: &[u8]) -> Result<Spelled, Findings> {
    read_beside(file, file.rsplit(['/', '\\']).next().unwrap_or(file), bytes)
}

/// The same, where the data that the workbook itself holds are called `own`.
///
/// # Errors
/// As [`read`].
pub fn read_beside(file: &str, own: &str, bytes: &[u8]) -> Result<Spelled, Findings> {
    let grids = read_grids(file, bytes)?;
    let holds_data = grids.iter().any(|grid| DATA.contains(&name(grid).to_lowercase().as_str()));
    let mut reading = Reading { log: FindingLog::of_tables(), ..Reading::default() };
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    // What an ecosystem is called stands before what names it, in whatever order the sheets are.
    let mut known: Vec<(&Grid, &'static Sheet)> =
        grids.iter().filter_map(|grid| Some((grid, Sheet::of_name(name(grid))?))).collect();
    known.sort_by_key(|(_, sheet)| SHEETS.iter().position(|known| known.part == sheet.part));
    for (grid, sheet) in known {
        if let Some(first) = seen.insert(sheet.code, name(grid).to_owned()) {
            reading.log.push(Finding::error("office.sheet_twice", grid.place.clone()).with("other", first));
            continue;
        }
        reading.sheets.insert(sheet.key.to_owned(), name(grid).to_owned());
        reading.sheet(grid, sheet);
    }
    if !reading.sheets.contains_key("fund") && !reading.sheets.contains_key("model") {
        let names = grids.iter().map(name).collect::<Vec<_>>().join("、");
        return Err(Finding::error("office.no_model", Place::file(file)).with("sheets", names).into());
    }
    if holds_data {
        let is_given = reading.model.iter().any(|(key, _)| key == "dataset");
        if !is_given {
            reading.model.push(("dataset".to_owned(), Node { line: 0, value: Value::Text(own.to_owned()) }));
        }
    }
    let spelled = reading.finish(hex(&Sha256::digest(bytes)), holds_data);
    Findings::gate(spelled.0, spelled.1).map(|(spelled, _)| spelled)
}

fn name(grid: &Grid) -> &str {
    grid.place.sheet.as_deref().unwrap_or_default().trim()
}

/// What was read so far.
#[derive(Debug, Default)]
struct Reading {
    log: FindingLog,
    spots: Vec<Spot>,
    sheets: BTreeMap<String, String>,
    model: Entries,
    /// Tables and lists of tables by key, in the order of the sheets.
    parts: Entries,
    other: Vec<(String, Node, Place)>,
    remarks: Vec<Remark>,
}

/// What stands beside a row.
#[derive(Debug)]
struct Remark {
    /// The section or item that the marks of its lines begin from.
    base: String,
    /// What lines without a mark belong to.
    whose: String,
    text: String,
}

/// What a column is called that no sheet has; it was told.
const UNKNOWN: &str = "";

/// Columns of a sheet as they were found: id, column of the grid, header.
type Columns = Vec<(&'static str, usize, String)>;

impl Reading {
    fn spot(&mut self, grid: &Grid, row: u32, column: String) -> u64 {
        self.spots.push(Spot { sheet: name(grid).to_owned(), row: u64::from(row) + 1, column });
        u64::try_from(self.spots.len()).unwrap_or(0)
    }

    /// The header of a sheet, and the rows below it.
    fn header(&mut self, grid: &Grid, sheet: &Sheet) -> Option<(u32, Columns)> {
        let known = |text: &str| sheet.columns.iter().find(|column| says(column.code, text));
        let rows = grid.rows();
        let is_header = |row: &&u32| {
            let found: BTreeSet<&str> = grid
                .row(**row)
                .filter_map(|(column, _)| known(grid.text(**row, column)))
                .map(|column| column.id)
                .collect();
            found.len() >= 2 || (found.len() == 1 && grid.row(**row).count() == 1)
        };
        let Some(row) = rows.iter().take(ROWS_SEARCHED).find(is_header).copied() else {
            if !rows.is_empty() {
                let wanted = sheet.columns.iter().map(|column| said(column.code).zh).collect::<Vec<_>>().join("、");
                self.log.push(Finding::error("office.no_header", grid.place.clone()).with("columns", wanted));
            }
            return None;
        };
        let mut columns = Columns::new();
        for (column, raw) in grid.row(row) {
            let text = grid.text(row, column);
            let Some(found) = known(text) else {
                let shown =
                    if let Some(Value::Text(text) | Value::Number(text)) = plain(raw) { text } else { String::new() };
                let words: Vec<String> = sheet.columns.iter().map(|column| said(column.code).zh).collect();
                let like = hint(&shown, words.iter().map(String::as_str)).text();
                let finding = Finding::error("office.unknown_column", grid.place_of(row, column, &shown));
                self.log.push(finding.with("header", shown).with("like", like));
                columns.push((UNKNOWN, column, String::new()));
                continue;
            };
            if let Some((_, first, _)) = columns.iter().find(|(id, _, _)| *id == found.id) {
                let finding = Finding::error("dataset.header_twice", grid.place_of(row, column, text));
                self.log.push(finding.with("header", text).with("other", letters(*first)));
                columns.push((UNKNOWN, column, String::new()));
                continue;
            }
            columns.push((found.id, column, text.to_owned()));
        }
        Some((row, columns))
    }

    /// The cells of a row; a merged cell, a date or an error value is a finding.
    fn line(&mut self, grid: &Grid, row: u32, columns: &Columns) -> Line {
        let mut line = Line::new();
        for (column, raw) in grid.row(row) {
            let Some((id, _, header)) = columns.iter().find(|(_, known, _)| *known == column) else {
                let finding = Finding::error("dataset.outside_header", grid.place_of(row, column, ""));
                self.log.push(finding.with("column", letters(column)));
                continue;
            };
            if *id == UNKNOWN {
                continue;
            }
            let place = grid.place_of(row, column, header);
            // What an office writes as a date is one in the program of tables too.
            if let (Raw::Refused(DATE, day), "date") = (raw, *id) {
                let spot = self.spot(grid, row, format!("{} {header}", letters(column)));
                line.insert(id, (Raw::Text(day.clone()), spot));
                continue;
            }
            if let Raw::Refused(code, value) = raw {
                self.log.push(Finding::error(code, place).with("value", value));
                continue;
            }
            if let Some(range) = grid.merged_at(row, column) {
                let text = format!(
                    "{}{}:{}{}",
                    letters(range.first.1),
                    range.first.0 + 1,
                    letters(range.last.1),
                    range.last.0 + 1
                );
                self.log.push(Finding::error("dataset.merged", place).with("range", text));
                continue;
            }
            let spot = self.spot(grid, row, format!("{} {header}", letters(column)));
            line.insert(id, (raw.clone(), spot));
        }
        line
    }

    fn sheet(&mut self, grid: &Grid, sheet: &'static Sheet) {
        let Some((header, columns)) = self.header(grid, sheet) else { return };
        let mut tables: Vec<Node> = Vec::new();
        let mut entries = Entries::new();
        let mut batches = paid::Batches::default();
        for row in grid.rows().into_iter().filter(|row| *row > header) {
            let mut line = self.line(grid, row, &columns);
            let remark = line.remove("remark").and_then(|(raw, _)| match plain(&raw) {
                Some(Value::Text(text) | Value::Number(text)) => Some(text),
                _ => None,
            });
            if line.is_empty() {
                continue;
            }
            let own = self.spot(grid, row, letters(0));
            match sheet.part {
                Part::Model => self.model_row(grid, row, &line, remark),
                Part::Entitlement => self.entitlement_row(grid, row, &line, (remark, &mut entries)),
                Part::Other => self.other_row(grid, row, &line, remark),
                Part::Paid => self.paid_row((grid, row), (line, own), remark, &mut batches),
                Part::Ecosystems => {
                    let Some((Value::Text(id), spot)) = value(&line, "id") else {
                        let place = grid.place.clone().row(u64::from(row) + 1);
                        self.log.push(Finding::error("office.row_without", place).with("column", said("office.id")));
                        continue;
                    };
                    let table = self.table(grid, row, sheet.part, &line);
                    self.remark(&crate::toml::within("ecosystems", &id), remark);
                    entries.push((id, Node { line: spot, value: Value::Table(table) }));
                }
                _ => {
                    let table = self.table(grid, row, sheet.part, &line);
                    tables.push(Node { line: own, value: Value::Table(table) });
                    self.remark(&format!("{}[{}]", sheet.key, tables.len()), remark);
                }
            }
        }
        if let Some(node) = self.paid(batches) {
            self.parts.push((sheet.key.to_owned(), node));
        }
        if !tables.is_empty() {
            self.parts.push((sheet.key.to_owned(), Node { line: 0, value: Value::List(tables) }));
        }
        if !entries.is_empty() {
            self.parts.push((sheet.key.to_owned(), Node { line: 0, value: Value::Table(entries) }));
        }
    }

    fn remark(&mut self, path: &str, remark: Option<String>) {
        self.remark_of(path, path, remark);
    }

    fn remark_of(&mut self, base: &str, whose: &str, remark: Option<String>) {
        let Some(text) = remark.filter(|remark| !remark.trim().is_empty()) else { return };
        self.remarks.push(Remark { base: base.to_owned(), whose: whose.to_owned(), text });
    }

    /// The comments of the model: a line that begins with a key in brackets belongs to that key.
    fn comments(&mut self, tree: &Node) -> Comments {
        let mut comments = Comments::new();
        for Remark { base, whose, text } in std::mem::take(&mut self.remarks) {
            for line in text.lines() {
                let marked = line.strip_prefix('[');
                let marked =
                    marked.and_then(|rest| rest.split_once("] ").or_else(|| Some((rest.strip_suffix(']')?, ""))));
                let marked = marked.map(|(key, rest)| (format!("{base}.{key}"), rest));
                let (path, line) = match marked.filter(|(path, _)| is_there(tree, path)) {
                    Some((path, rest)) => (path, rest),
                    None => (whose.clone(), line),
                };
                let told = comments.entry(path).or_default();
                if !told.is_empty() {
                    told.push('\n');
                }
                told.push_str(line.trim_end());
            }
        }
        comments
    }

    /// The column of a spot.
    fn column(&self, spot: u64) -> String {
        let at = usize::try_from(spot).ok().and_then(|spot| spot.checked_sub(1));
        at.and_then(|at| self.spots.get(at)).map(|spot| spot.column.clone()).unwrap_or_default()
    }

    /// The keys of a row, those written out included.
    fn table(&mut self, grid: &Grid, row: u32, part: Part, line: &Line) -> Entries {
        let mut table: Entries = Entries::new();
        for field in fields(part) {
            if let Some((spot, word, words)) = field.unknown_word(line) {
                let shown: Vec<String> = words.iter().map(|(_, code)| said(code).zh).collect();
                let like = hint(&word, shown.iter().map(String::as_str)).text();
                let place = grid.place.clone().row(u64::from(row) + 1).column(self.column(spot));
                self.log.push(Finding::error("policy.unknown_word", place).with("word", word).with("like", like));
            }
            table.extend(field.read(line));
        }
        if let Some((raw, spot)) = line.get("more") {
            let place = grid.place.clone().row(u64::from(row) + 1).column(self.column(*spot));
            let text = if let Raw::Text(text) = raw { text.as_str() } else { "" };
            match Node::parse(text, "") {
                Ok(Node { value: Value::Table(more), .. }) if !more.is_empty() => {
                    for (key, node) in more {
                        if table.iter().any(|(known, _)| *known == key) {
                            self.log.push(Finding::error("document.key_twice", place.clone()).with("key", key));
                        } else {
                            table.push((key, Node { line: *spot, ..node }));
                        }
                    }
                }
                _ => self.log.push(Finding::error("office.more_form", place).with("value", text)),
            }
        }
        table
    }

    /// The word of the first column of a sheet whose rows are keys.
    fn row_word(
        &mut self,
        grid: &Grid,
        row: u32,
        line: &Line,
        words: &'static [crate::forms::Word],
    ) -> Option<&'static str> {
        let given =
            value(line, "row").and_then(|(value, _)| if let Value::Text(text) = value { Some(text) } else { None });
        let found = given.as_deref().and_then(|text| word_of(words, text));
        if found.is_none() {
            let shown: Vec<String> = words.iter().map(|(_, code)| said(code).zh).collect();
            let given = given.unwrap_or_default();
            let like = hint(&given, shown.iter().map(String::as_str)).text();
            let finding = Finding::error("office.unknown_row", grid.place.clone().row(u64::from(row) + 1));
            self.log.push(finding.with("row", given).with("like", like));
        }
        found
    }

    fn model_row(&mut self, grid: &Grid, row: u32, line: &Line, remark: Option<String>) {
        let Some(key) = self.row_word(grid, row, line, MODEL_ROWS) else { return };
        let own = if self.model.is_empty() { "model".to_owned() } else { format!("model.{key}") };
        self.remark_of("model", &own, remark);
        let english = value(line, "english");
        let found = match (key, value(line, "value"), english) {
            ("year", Some((_, spot)), _) => {
                line.get("value").and_then(|(raw, _)| number(raw)).map(|value| Node { line: spot, value })
            }
            ("name" | "area_label", Some((zh, spot)), Some((en, _))) => {
                let part = |value| Node { line: spot, value: text_of(value) };
                let table = vec![("zh".to_owned(), part(zh)), ("en".to_owned(), part(en))];
                Some(Node { line: spot, value: Value::Table(table) })
            }
            ("name" | "area_label" | "basis" | "note" | "dataset", Some((only, spot)), _) => {
                Some(Node { line: spot, value: text_of(only) })
            }
            (_, Some((value, spot)), _) => Some(Node { line: spot, value }),
            (_, None, Some((en, spot))) => Some(Node { line: spot, value: text_of(en) }),
            (_, None, None) => None,
        };
        let Some(node) = found else { return };
        if self.model.iter().any(|(known, _)| known == key) {
            let finding = Finding::error("document.key_twice", grid.place.clone().row(u64::from(row) + 1));
            self.log.push(finding.with("key", said_of(MODEL_ROWS, key)));
            return;
        }
        self.model.push((key.to_owned(), node));
    }

    fn entitlement_row(
        &mut self,
        grid: &Grid,
        row: u32,
        line: &Line,
        (remark, entries): (Option<String>, &mut Entries),
    ) {
        let Some(word) = self.row_word(grid, row, line, ENTITLEMENT_ROWS) else { return };
        let place = || grid.place.clone().row(u64::from(row) + 1);
        let without = |column: &'static str| Finding::error("office.row_without", place()).with("column", said(column));
        let name = value(line, "name");
        let named = name.clone().map(|(value, spot)| (shown_text(&value), spot));
        let number = line.get("value").and_then(|(raw, spot)| Some(Node { line: *spot, value: number(raw)? }));
        match word {
            "amount" => {
                let found = crate::cells::Field::Money("value", "unit").read(line).pop();
                entries.extend(found.map(|(_, node)| ("amount".to_owned(), node)));
                self.remark("entitlement", remark);
            }
            "pool" | "factors" => {
                let (Some((name, spot)), Some(node)) = (named, number) else {
                    let absent = if value(line, "name").is_none() { "office.entitled_name" } else { "office.value" };
                    return self.log.push(without(absent));
                };
                let id = if word == "factors" { figure(&name) } else { self.ecosystem(&name) };
                if !within(entries, word, spot, (id, node)) {
                    self.log.push(Finding::error("document.key_twice", place()).with("key", name));
                }
                self.remark("entitlement", remark);
            }
            "points" => {
                let score = line
                    .get("name")
                    .and_then(|(raw, spot)| Some(Node { line: *spot, value: crate::cells::number(raw)? }));
                let (Some(score), Some(node)) = (score, number) else {
                    let absent = if name.is_none() { "office.entitled_name" } else { "office.value" };
                    return self.log.push(without(absent));
                };
                let spot = score.line;
                let point = Node { line: spot, value: Value::List(vec![score, node]) };
                in_table(entries, "outcome", spot, |outcome| {
                    match outcome.iter_mut().find(|(key, _)| key == "points") {
                        Some((_, Node { value: Value::List(points), .. })) => points.push(point),
                        _ => outcome.push(("points".to_owned(), Node { line: spot, value: Value::List(vec![point]) })),
                    }
                });
                self.remark_of("entitlement", "entitlement.outcome", remark);
            }
            "indicator" => {
                let Some((name, spot)) = named.or_else(|| value(line, "value").map(|(v, spot)| (shown_text(&v), spot)))
                else {
                    return self.log.push(without("office.entitled_name"));
                };
                let node = Node { line: spot, value: Value::Text(figure(&name)) };
                in_table(entries, "outcome", spot, |outcome| outcome.push(("indicator".to_owned(), node)));
                self.remark_of("entitlement", "entitlement.outcome", remark);
            }
            "entropy" => {
                let Some((name, spot)) = named else { return self.log.push(without("office.entitled_name")) };
                let node = Node { line: spot, value: Value::Text(figure(&name)) };
                match entries.iter_mut().find(|(key, _)| key == "entropy") {
                    Some((_, Node { value: Value::List(items), .. })) => items.push(node),
                    _ => entries.push(("entropy".to_owned(), Node { line: spot, value: Value::List(vec![node]) })),
                }
                self.remark("entitlement", remark);
            }
            _ => {
                let literal = value(line, "value").map(|(value, spot)| (shown_text(&value), spot));
                let (Some((path, _)), Some((literal, spot))) = (named, literal) else {
                    return self.log.push(without("office.entitled_name"));
                };
                self.remark_of("entitlement", &format!("entitlement.{path}"), remark);
                let node = Node { line: spot, ..Node::parse_value(&literal) };
                self.other.push((format!("entitlement.{path}"), node, place()));
            }
        }
    }

    /// The id of an ecosystem by its printed name, where the workbook or the usual ones have it.
    fn ecosystem(&self, name: &str) -> String {
        let own = self.parts.iter().find(|(key, _)| key == "ecosystems");
        if let Some((_, Node { value: Value::Table(entries), .. })) = own {
            let is = |node: &Node| {
                let label = node.get("label");
                label.is_some_and(|label| label.value == Value::Text(name.to_owned()))
                    || label
                        .and_then(|label| label.get("zh"))
                        .is_some_and(|zh| zh.value == Value::Text(name.to_owned()))
            };
            if let Some((id, _)) = entries.iter().find(|(id, node)| id == name || is(node)) {
                return id.clone();
            }
        }
        let standard = crate::policy::standard_ecosystems();
        standard.into_iter().find(|(spec, _)| spec.answers_to(name)).map_or(name.to_owned(), |(spec, _)| spec.id)
    }

    fn other_row(&mut self, grid: &Grid, row: u32, line: &Line, remark: Option<String>) {
        let place = grid.place.clone().row(u64::from(row) + 1);
        let path = value(line, "path").map(|(value, _)| shown_text(&value));
        let literal = line.get("value").and_then(|(raw, spot)| Some((shown_text(&plain(raw)?), *spot)));
        let (Some(path), Some((literal, spot))) = (path, literal) else {
            self.log.push(Finding::error("office.row_without", place).with("column", said("office.literal")));
            return;
        };
        self.remark(write::section(&path), remark);
        self.other.push((path, Node { line: spot, ..Node::parse_value(&literal) }, place));
    }

    fn finish(mut self, sha256: String, holds_data: bool) -> (Spelled, Vec<Finding>) {
        let mut entries =
            vec![("model".to_owned(), Node { line: 0, value: Value::Table(std::mem::take(&mut self.model)) })];
        entries.append(&mut self.parts);
        let order = |key: &str| SHEETS.iter().position(|sheet| sheet.key == key);
        entries.sort_by_key(|(key, _)| order(key));
        let mut tree = Node { line: 0, value: Value::Table(entries) };
        for (path, node, place) in std::mem::take(&mut self.other) {
            if !put(&mut tree, &path, node) {
                self.log.push(Finding::error("office.path_form", place).with("path", path));
            }
        }
        let comments = self.comments(&tree);
        let printed = print(&tree, &comments);
        let spot = |from: &u64| self.spots.get(usize::try_from(*from).ok()?.checked_sub(1)?).cloned();
        let lines = printed.lines.iter().filter_map(|(line, from)| Some((*line, spot(from)?))).collect();
        let spots = Spots { sha256, lines, sheets: self.sheets };
        (Spelled { text: printed.text, spots, holds_data }, self.log.into_findings())
    }
}

fn value(line: &Line, id: &str) -> Option<(Value, u64)> {
    let (raw, spot) = line.get(id)?;
    Some((plain(raw)?, *spot))
}

fn shown_text(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Number(text) => text.clone(),
        _ => String::new(),
    }
}

fn text_of(value: Value) -> Value {
    Value::Text(shown_text(&value))
}

fn said_of(words: &[crate::forms::Word], key: &str) -> crate::phrases::Text {
    words.iter().find(|(id, _)| *id == key).map_or(crate::phrases::Text::same(key), |(_, code)| said(code))
}

/// The name of a figure as the data have it.
fn figure(name: &str) -> String {
    crate::forms::figure_of(FACTORS, name).map_or(name.to_owned(), str::to_owned)
}

/// Adds to the table of a key, which is made where it is not there; what the change gives, nothing where the key is no table.
fn in_table<T>(entries: &mut Entries, key: &str, line: u64, change: impl FnOnce(&mut Entries) -> T) -> Option<T> {
    if entries.iter().all(|(known, _)| known != key) {
        entries.push((key.to_owned(), Node { line, value: Value::Table(Vec::new()) }));
    }
    match entries.iter_mut().find(|(known, _)| known == key).map(|(_, node)| &mut node.value) {
        Some(Value::Table(inner)) => Some(change(inner)),
        _ => None,
    }
}

/// Adds an entry to the table of a key; false where it is there already.
fn within(entries: &mut Entries, key: &str, line: u64, (name, node): (String, Node)) -> bool {
    let added = in_table(entries, key, line, |table| {
        let is_new = table.iter().all(|(known, _)| *known != name);
        if is_new {
            table.push((name, node));
        }
        is_new
    });
    added.unwrap_or(false)
}

/// Puts a value at a path such as `uncertainty.input[1]`; false where something stands there, or the path cannot be.
fn put(tree: &mut Node, path: &str, node: Node) -> bool {
    let (first, rest) = match split(path) {
        Some(found) => found,
        None => return false,
    };
    let (key, index) = match first.rsplit_once('[') {
        Some((key, index)) => match index.trim_end_matches(']').parse::<usize>() {
            Ok(index) => (key.to_owned(), Some(index)),
            Err(_) => return false,
        },
        None => (first, None),
    };
    let Value::Table(entries) = &mut tree.value else { return false };
    let at = match entries.iter().position(|(known, _)| *known == key) {
        Some(at) => at,
        None => {
            let value = if index.is_some() { Value::List(Vec::new()) } else { Value::Table(Vec::new()) };
            if index.is_none() && rest.is_empty() {
                entries.push((key, node));
                return true;
            }
            entries.push((key, Node { line: node.line, value }));
            entries.len() - 1
        }
    };
    let Some((_, inner)) = entries.get_mut(at) else { return false };
    match index {
        None if rest.is_empty() => false,
        None => put(inner, &rest, node),
        Some(index) => {
            let Value::List(items) = &mut inner.value else { return false };
            if rest.is_empty() {
                // Items stand in the order of their numbers.
                let fits = items.len() + 1 == index;
                items.push(node);
                return fits;
            }
            if items.len() + 1 == index {
                items.push(Node { line: node.line, value: Value::Table(Vec::new()) });
            }
            items.get_mut(index.wrapping_sub(1)).is_some_and(|item| put(item, &rest, node))
        }
    }
}

/// Whether a tree has something at a path such as `rule[2].between`.
fn is_there(tree: &Node, path: &str) -> bool {
    let Some((first, rest)) = split(path) else { return false };
    let (key, index) = match first.strip_suffix(']').and_then(|first| first.rsplit_once('[')) {
        Some((key, index)) => (key.to_owned(), index.parse::<usize>().ok()),
        None => (first, None),
    };
    let found = match (tree.get(&key), index) {
        (Some(Node { value: Value::List(items), .. }), Some(index)) => items.get(index.wrapping_sub(1)),
        (found, None) => found,
        _ => None,
    };
    found.is_some_and(|found| rest.is_empty() || is_there(found, &rest))
}

/// The first key of a path, quoted or not, and the rest.
fn split(path: &str) -> Option<(String, String)> {
    let path = path.trim();
    if let Some(rest) = path.strip_prefix('\u{22}') {
        let (key, rest) = rest.split_once('\u{22}')?;
        return Some((key.to_owned(), rest.strip_prefix('.').unwrap_or(rest).to_owned()));
    }
    let (key, rest) = path.split_once('.').unwrap_or((path, ""));
    (!key.is_empty()).then(|| (key.to_owned(), rest.to_owned()))
}

#[cfg(test)]
mod trial;
