//! A model as rows of the sheets that spell it.

use crate::cells::{Cell, Entries, cell_of, fields};
use crate::document::tree::{Node, Value};
use crate::forms::{ENTITLEMENT_ROWS, FACTORS, MODEL_ROWS, Part, SHEETS, Sheet, shown};
use crate::model::paid;
use crate::phrases::Lang;
use crate::toml::{Comments, below, inline, name, within};

/// A row: cells by the ids of their columns.
pub(super) type Row = Vec<(&'static str, Cell)>;

/// Most characters of a value written out in one cell.
const LITERAL_MAX: usize = 8_000;

/// The rows of every sheet, in the order of [`SHEETS`].
pub(super) fn rows(tree: &Node, comments: &Comments, lang: Lang) -> Vec<(&'static Sheet, Vec<Row>)> {
    let mut other: Vec<(String, Node)> = Vec::new();
    let mut sheets: Vec<(&'static Sheet, Vec<Row>)> = Vec::new();
    let Value::Table(entries) = &tree.value else { return sheets };
    for sheet in SHEETS.iter().filter(|sheet| sheet.part != Part::Other) {
        let node = entries.iter().find(|(key, _)| key == sheet.key).map(|(_, node)| node);
        let rows = match (sheet.part, node.map(|node| &node.value)) {
            (_, None) => Vec::new(),
            (Part::Model, Some(Value::Table(entries))) => model(entries, comments, &mut other, lang),
            (Part::Entitlement, Some(Value::Table(found))) => {
                let own = entries.iter().find(|(key, _)| key == "ecosystems").map(|(_, node)| node);
                entitlement(found, own, comments, (&mut other, lang))
            }
            (Part::Ecosystems, Some(Value::Table(entries)))
                if entries.iter().all(|(_, node)| matches!(node.value, Value::Table(_))) =>
            {
                let row = |(id, node): &(String, Node)| {
                    let mut row = vec![("id", Cell::Text(id.clone()))];
                    row.extend(tabled(node, (sheet.part, &within("ecosystems", id)), comments, lang));
                    row
                };
                entries.iter().map(row).collect()
            }
            (Part::Funds | Part::Rules | Part::Objectives | Part::Overrides, Some(Value::List(items)))
                if !items.is_empty() && items.iter().all(|item| matches!(item.value, Value::Table(_))) =>
            {
                let row = |(index, item): (usize, &Node)| {
                    tabled(item, (sheet.part, &format!("{}[{}]", sheet.key, index + 1)), comments, lang)
                };
                items.iter().enumerate().map(row).collect()
            }
            (part, Some(value)) => {
                let rows = if part == Part::Paid { paid::rows(value, sheet, comments, lang) } else { None };
                if rows.is_none() {
                    other.extend(node.map(|node| (sheet.key.to_owned(), node.clone())));
                }
                rows.unwrap_or_default()
            }
        };
        sheets.push((sheet, rows));
    }
    let is_known = |key: &str| SHEETS.iter().any(|sheet| sheet.key == key);
    for (key, node) in entries.iter().filter(|(key, _)| !is_known(key)) {
        literals(&name(key), node, &mut other);
    }
    // A remark above a section stands beside the first of its keys.
    let mut told: Vec<String> = vec!["model".to_owned(), "entitlement".to_owned()];
    let row = |(path, node): (String, Node)| {
        let mut row: Row = vec![("path", Cell::Text(path.clone())), ("value", Cell::Text(inline(&node)))];
        let section = section(&path);
        let of_section = comments.get(section).filter(|_| !told.iter().any(|known| known == section));
        told.push(section.to_owned());
        let own = path.strip_prefix(section).unwrap_or_default().trim_start_matches('.');
        row.extend(remark(of_section, (section, own), comments));
        row
    };
    let rows: Vec<Row> = other.into_iter().map(row).collect();
    sheets.extend(SHEETS.iter().find(|sheet| sheet.part == Part::Other).map(|sheet| (sheet, rows)));
    sheets
}

/// The section of a value that is written out: the path above its last key; the path itself of an item of a list.
pub(super) fn section(path: &str) -> &str {
    if path.ends_with(']') { path } else { path.rsplit_once('.').map_or(path, |(section, _)| section) }
}

/// What stands beside a row: a comment, and those of a key of a section and of all below it, each line with its key in brackets;
/// without a key, of all that is below the section.
pub(super) fn remark(
    plain: Option<&String>,
    (section, key): (&str, &str),
    comments: &Comments,
) -> Option<(&'static str, Cell)> {
    let mut lines: Vec<String> = plain.into_iter().flat_map(|text| text.lines()).map(str::to_owned).collect();
    let path = if key.is_empty() { section.to_owned() } else { format!("{section}.{key}") };
    for (found, text) in below(comments, &path) {
        let marked = found.strip_prefix(section).and_then(|rest| rest.strip_prefix('.'));
        lines.extend(
            marked.iter().flat_map(|key| text.lines().map(move |line| format!("[{key}] {line}").trim_end().to_owned())),
        );
    }
    (!lines.is_empty()).then(|| ("remark", Cell::Text(lines.join("\n"))))
}

/// A row of a sheet with one row a table; keys without a column of their own are written out.
pub(super) fn tabled(node: &Node, (part, path): (Part, &str), comments: &Comments, lang: Lang) -> Row {
    let Value::Table(entries) = &node.value else { return Row::new() };
    let mut row = Row::new();
    let mut known: Vec<&str> = Vec::new();
    for field in fields(part) {
        let (cells, keys) = field.write(entries, lang);
        for (id, cell) in cells {
            if row.iter().all(|(taken, _)| *taken != id) {
                row.push((id, cell));
            }
        }
        known.extend(keys);
    }
    let more: Vec<String> = entries
        .iter()
        .filter(|(key, _)| !known.contains(&key.as_str()))
        .map(|(key, node)| format!("{} = {}", name(key), inline(node)))
        .collect();
    if !more.is_empty() {
        row.push(("more", Cell::Text(more.join("\n"))));
    }
    row.extend(remark(comments.get(path), (path, ""), comments));
    row
}

/// Values written out, long ones in parts.
fn literals(path: &str, node: &Node, other: &mut Vec<(String, Node)>) {
    let is_tables =
        |items: &[Node]| !items.is_empty() && items.iter().all(|item| matches!(item.value, Value::Table(_)));
    match &node.value {
        Value::Table(entries) if !entries.is_empty() => {
            entries.iter().for_each(|(key, node)| literals(&format!("{path}.{}", name(key)), node, other));
        }
        Value::List(items) if is_tables(items) => {
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}[{}]", index + 1);
                if inline(item).len() > LITERAL_MAX {
                    literals(&path, item, other);
                } else {
                    other.push((path, item.clone()));
                }
            }
        }
        _ => other.push((path.to_owned(), node.clone())),
    }
}

fn model(entries: &Entries, comments: &Comments, other: &mut Vec<(String, Node)>, lang: Lang) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut comment = comments.get("model");
    let is_plain = |key: &str| matches!(key, "rounding" | "basis" | "note" | "dataset" | "annex_unit");
    for (key, _) in MODEL_ROWS {
        let Some((_, node)) = entries.iter().find(|(known, _)| known == key) else { continue };
        let label = (*key == "name" || *key == "area_label").then_some(node);
        let text = |node: &Node| if let Value::Text(text) = &node.value { Some(text.clone()) } else { None };
        let cells = match &node.value {
            Value::Text(text) if label.is_some() || is_plain(key) => Some(vec![("value", Cell::Text(text.clone()))]),
            Value::Number(_) if *key == "year" => cell_of(&node.value).map(|cell| vec![("value", cell)]),
            Value::Table(parts) if label.is_some() && parts.len() == 2 => {
                let part = |name: &str| node.get(name).and_then(text).map(Cell::Text);
                part("zh").zip(part("en")).map(|(zh, en)| vec![("value", zh), ("english", en)])
            }
            _ => None,
        };
        let reads_back = |cells: &Row| {
            cells.iter().all(
                |(_, cell)| if let Cell::Text(text) = cell { text.trim() == text && !text.is_empty() } else { true },
            )
        };
        let Some(cells) = cells.filter(reads_back) else {
            other.push((format!("model.{key}"), node.clone()));
            continue;
        };
        let mut row: Row = vec![("row", Cell::Text(shown(MODEL_ROWS, key, lang).unwrap_or_default()))];
        row.extend(cells);
        let own = if rows.is_empty() { None } else { comments.get(&within("model", key)) };
        row.extend(match own {
            Some(text) => Some(("remark", Cell::Text(text.clone()))),
            None => remark(comment.take(), ("model", key), comments),
        });
        rows.push(row);
    }
    for (key, node) in entries.iter().filter(|(key, _)| MODEL_ROWS.iter().all(|(known, _)| known != key)) {
        other.push((format!("model.{}", name(key)), node.clone()));
    }
    rows
}

/// What an ecosystem is called in a sheet; its id where that name is another one's too.
fn called(id: &str, own: Option<&Node>, lang: Lang) -> String {
    let label = |node: &Node| match &node.get("label")?.value {
        Value::Text(text) => Some(text.clone()),
        Value::Table(_) => match &node.get("label")?.get("zh")?.value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    };
    let found = match own.map(|own| &own.value) {
        Some(Value::Table(entries)) => {
            let mut labelled = entries.iter().filter_map(|(id, node)| Some((id, label(node)?)));
            let name = labelled.clone().find(|(known, _)| *known == id).map(|(_, label)| label);
            name.filter(|name| labelled.find(|(_, label)| label == name).is_some_and(|(first, _)| first == id))
        }
        Some(_) => None,
        None => {
            let standard = crate::policy::standard_ecosystems();
            standard.into_iter().find(|(spec, _)| spec.id == id).map(|(spec, _)| spec.label.get(lang).to_owned())
        }
    };
    found.unwrap_or_else(|| id.to_owned())
}

fn entitlement(
    entries: &Entries,
    own: Option<&Node>,
    comments: &Comments,
    (other, lang): (&mut Vec<(String, Node)>, Lang),
) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut plain = comments.get("entitlement");
    let word = |word: &str| ("row", Cell::Text(shown(ENTITLEMENT_ROWS, word, lang).unwrap_or_default()));
    let figure = |id: &str| Cell::Text(shown(FACTORS, id, lang).unwrap_or_else(|| id.to_owned()));
    for (key, node) in entries {
        let before = rows.len();
        let mut written = true;
        match (key.as_str(), &node.value) {
            ("amount", Value::Text(_)) => {
                let (cells, _) =
                    crate::cells::Field::Money("value", "unit").write(&vec![("value".to_owned(), node.clone())], lang);
                written = !cells.is_empty();
                if written {
                    rows.push(std::iter::once(word("amount")).chain(cells).collect());
                }
            }
            ("pool" | "factors", Value::Table(parts)) if !parts.is_empty() => {
                for (id, node) in parts {
                    let Some(cell) = number_cell(node) else {
                        written = false;
                        break;
                    };
                    let named = if key == "factors" { figure(id) } else { Cell::Text(called(id, own, lang)) };
                    rows.push(vec![word(key), ("name", named), ("value", cell)]);
                }
            }
            ("entropy", Value::List(names)) if !names.is_empty() => {
                for node in names {
                    let Value::Text(id) = &node.value else {
                        written = false;
                        break;
                    };
                    rows.push(vec![word("entropy"), ("name", figure(id))]);
                }
            }
            ("outcome", Value::Table(parts)) => {
                for (key, node) in parts {
                    match (key.as_str(), &node.value) {
                        ("points", Value::List(points)) if !points.is_empty() => {
                            for point in points {
                                let cells = match &point.value {
                                    Value::List(pair) => match pair.as_slice() {
                                        [score, times] => number_cell(score).zip(number_cell(times)),
                                        _ => None,
                                    },
                                    _ => None,
                                };
                                let Some((score, times)) = cells else {
                                    written = false;
                                    break;
                                };
                                rows.push(vec![word("points"), ("name", score), ("value", times)]);
                            }
                        }
                        ("indicator", Value::Text(id)) => rows.push(vec![word("indicator"), ("name", figure(id))]),
                        _ => written = false,
                    }
                }
            }
            _ => written = false,
        }
        if !written {
            // In part is not at all: the whole of it is written out.
            rows.truncate(before);
            if key == "ahp" {
                let mut row =
                    vec![word("more"), ("name", Cell::Text(key.clone())), ("value", Cell::Text(inline(node)))];
                row.extend(remark(plain.take(), ("entitlement", key), comments));
                rows.push(row);
            } else {
                other.push((format!("entitlement.{}", name(key)), node.clone()));
            }
        } else if let Some(row) = rows.get_mut(before) {
            row.extend(remark(plain.take(), ("entitlement", &name(key)), comments));
        }
    }
    rows
}

/// A number as a cell that reads back as this number and no other value.
fn number_cell(node: &Node) -> Option<Cell> {
    let cell = cell_of(&node.value)?;
    let read = crate::cells::number(&crate::cells::raw_of(&cell))?;
    (read == node.value).then_some(cell)
}
