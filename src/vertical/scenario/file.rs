//! A scenario file, in TOML or JSON: name, note, what it stands on, and its changes.

use crate::document::json;
use crate::document::sections::{Reader, Section};
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Findings, Place};
use crate::phrases::Text;
use crate::scenario::selection::FigureSelection;
use crate::scenario::{Change, Operation, has_plus, plus_sets, value};
use crate::units::Decimal;

/// What a scenario file says.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioFile {
    /// Printed name; `None` where the file gives none.
    pub name: Option<Text>,
    /// Free text.
    pub note: Text,
    /// Whether its figures are made up to show the software.
    pub illustrative: bool,
    /// Scenarios it stands on, by name, with the place where each is written.
    pub stack: Vec<(String, Place)>,
    /// Its own changes, in order.
    pub changes: Vec<Change>,
}

/// Reads a scenario file; a name that ends in `.json` is JSON, any other TOML.
///
/// # Errors
/// Everything that is wrong with it, each with its line.
pub fn read(text: &str, file: &str) -> Result<ScenarioFile, Findings> {
    let is_json = file.to_ascii_lowercase().ends_with(".json");
    let tree = if is_json { json::parse(text, file)? } else { Node::parse(text, file)? };
    let reader = Reader::new(file);
    let found = scenario(&reader, &tree);
    let findings = reader.into_findings();
    match found {
        Some(found) if findings.is_empty() => Ok(found),
        _ => Err(Findings(findings)),
    }
}

fn scenario(reader: &Reader, tree: &Node) -> Option<ScenarioFile> {
    let root = reader.section(tree, "")?;
    let name = root.label("name");
    let note = root.label("note").unwrap_or_else(|| Text::same(""));
    let illustrative = root.flag("illustrative").unwrap_or(false);
    let stack = root.get("stack").map(|node| stacked(reader, node)).unwrap_or_default();
    let list = root.get("change").map(|node| reader.list(node, "change")).unwrap_or_default();
    let mut changes = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let Some(section) = reader.section(item, format!("change[{}]", index + 1)) else { continue };
        changes.extend(change(reader, &section));
        section.finish();
    }
    if list.is_empty() && root.get("stack").is_none() {
        reader.report(Finding::error("policy.none", root.place()).with("what", "change"));
    }
    root.finish();
    Some(ScenarioFile { name, note, illustrative, stack, changes })
}

fn stacked(reader: &Reader, node: &Node) -> Vec<(String, Place)> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let name = |item: &Node| {
        let name = reader.text(item, "stack")?;
        let line = if item.line > 0 { item.line } else { node.line };
        let place = reader.place(line, "stack");
        // A file names its neighbours and nothing else.
        if name.trim().is_empty() || name.contains(['/', '\\', '\0']) {
            reader.report(Finding::error("scenario.stack_form", place).with("name", name));
            return None;
        }
        Some((name, place))
    };
    items.iter().filter_map(name).collect()
}

fn change(reader: &Reader, section: &Section<'_>) -> Option<Change> {
    let path = path(reader, section);
    let operation = operation(reader, section);
    let _ = section.get("note").map(|node| reader.label(node, &section.at("note")));
    let place = Place::file(section.place().file.unwrap_or_default()).row(section.line);
    let change = Change::new(path?, operation?, place);
    if let Err(finding) = change.selection() {
        reader.report(finding);
        return None;
    }
    Some(change)
}

/// The path, or the figure and its selection as one.
fn path(reader: &Reader, section: &Section<'_>) -> Option<String> {
    let (path, figure, of) = (section.get("path"), section.get("figure"), section.get("of"));
    match (path, figure) {
        (Some(path), None) if of.is_none() => {
            let text = reader.text(path, &section.at("path"))?;
            if text.trim().is_empty() {
                reader.report(Finding::error("scenario.path_or_figure", section.place()));
                return None;
            }
            Some(text.trim().to_owned())
        }
        (None, Some(figure)) => {
            let figure = reader.text(figure, &section.at("figure"))?;
            let mut selection = match of {
                Some(node) => selection(reader, node, &section.at("of"))?,
                None => FigureSelection::default(),
            };
            selection.figure = figure;
            Some(selection.path())
        }
        _ => {
            reader.report(Finding::error("scenario.path_or_figure", section.place()));
            None
        }
    }
}

fn selection(reader: &Reader, node: &Node, path: &str) -> Option<FigureSelection> {
    let section = reader.section(node, path)?;
    let words =
        |key: &'static str| section.get(key).map(|node| reader.words(node, &section.at(key))).unwrap_or_default();
    let (ecosystems, areas) = (words("ecosystem"), words("area"));
    let mut conditions = Vec::new();
    if let Some(table) = section.get("where").and_then(|node| reader.section(node, section.at("where"))) {
        for (name, node) in table.entries() {
            let (least, most) = between(reader, node, &table.at(name))?;
            conditions.push((name.clone(), Some(least), Some(most)));
        }
    }
    section.finish();
    Some(FigureSelection { figure: String::new(), ecosystems, areas, conditions })
}

fn between(reader: &Reader, node: &Node, path: &str) -> Option<(Decimal, Decimal)> {
    let [least, most] = reader.list(node, path) else {
        reader.report(Finding::error("policy.between_form", reader.place(node.line, path)));
        return None;
    };
    let (least, most) = (reader.decimal(least, path)?, reader.decimal(most, path)?);
    if least > most {
        let finding = Finding::error("policy.between_order", reader.place(node.line, path));
        reader.report(finding.with("least", least.to_string()).with("most", most.to_string()));
        return None;
    }
    Some((least, most))
}

#[derive(Clone, Copy)]
enum Word {
    Set,
    Add,
    Scale,
}

fn operation(reader: &Reader, section: &Section<'_>) -> Option<Operation> {
    let op = section
        .need("op")
        .and_then(|_| section.choice("op", &[("set", Word::Set), ("add", Word::Add), ("scale", Word::Scale)]));
    let node = section.need("value");
    let (op, node) = (op?, node?);
    match op {
        Word::Set if has_plus(node) => {
            let place = reader.place(node.line, &section.at("value"));
            let path = ["path", "figure"].into_iter().find_map(|key| section.text(key)).unwrap_or_default();
            let text = if let Value::Text(text) = &node.value { text.trim() } else { "" };
            reader.report(plus_sets(place, &path, text));
            None
        }
        Word::Set => Some(Operation::Set(node.clone())),
        Word::Add => Some(Operation::Add(node.clone())),
        Word::Scale => {
            let text = match &node.value {
                Value::Number(text) | Value::Text(text) => text.as_str(),
                _ => "",
            };
            let factor = value::factor(text);
            if factor.is_none() {
                let place = reader.place(node.line, &section.at("value"));
                reader.report(Finding::error("scenario.factor", place).with("value", node.canonical()));
            }
            factor.map(Operation::Scale)
        }
    }
}
