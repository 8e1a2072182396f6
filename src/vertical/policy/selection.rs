//! Selections as a model writes them: areas, ecosystems, funds and ranges of figures, resolved against its data.

use crate::document::sections::Reader;
use crate::document::tree::{Node, Value};
use crate::finding::{Finding, hint};
use crate::phrases::Phrase;
use crate::rules::missing::{self, unknown_indicator};
use crate::rules::{Frame, Selection, SelectionError, SelectionSpec};
use crate::units::Decimal;

/// Reads and resolves the selection of a key; findings where it cannot.
pub(super) fn selection(reader: &Reader, node: &Node, path: &str, frame: &Frame) -> Option<Selection> {
    let spec = selection_spec(reader, node, path)?;
    resolve(reader, &spec, node, path, frame)
}

pub(super) fn selection_spec(reader: &Reader, node: &Node, path: &str) -> Option<SelectionSpec> {
    if let Value::Text(word) = &node.value {
        if word == "total" {
            return Some(SelectionSpec::default());
        }
        reader.report(crate::document::sections::unknown_word(
            reader.place(node.line, path),
            word,
            ["total"].into_iter(),
        ));
        return None;
    }
    let section = reader.section(node, path)?;
    let is_empty = |node: &Node| match &node.value {
        Value::List(items) => items.is_empty(),
        Value::Table(entries) => entries.is_empty(),
        _ => false,
    };
    let mut empty = false;
    for key in ["ecosystem", "area", "fund", "where"] {
        if section.get(key).is_some_and(is_empty) {
            reader.report(Finding::error("policy.empty_list", section.place_of(key)).with("key", key));
            empty = true;
        }
    }
    let words =
        |key: &'static str| section.get(key).map(|node| reader.words(node, &section.at(key))).unwrap_or_default();
    let (ecosystems, areas, funds) = (words("ecosystem"), words("area"), words("fund"));
    let mut conditions = Vec::new();
    if let Some(table) = section.get("where").and_then(|node| reader.section(node, section.at("where"))) {
        for (name, node) in table.entries() {
            let path = table.at(name);
            if let Some((least, most)) = between(reader, node, &path) {
                conditions.push((name.clone(), least, most));
            }
        }
    }
    section.finish();
    (!empty).then_some(SelectionSpec { ecosystems, areas, funds, conditions })
}

pub(super) fn resolve(
    reader: &Reader,
    spec: &SelectionSpec,
    node: &Node,
    path: &str,
    frame: &Frame,
) -> Option<Selection> {
    let errors = match Selection::resolve(spec, frame) {
        Ok(selection) => return Some(selection),
        Err(errors) => errors,
    };
    let mut blank = Vec::new();
    for error in errors {
        let place = reader.place(node.line, path);
        reader.report(match error {
            SelectionError::Empty => Finding::error("policy.empty_selection", place),
            SelectionError::Unknown("indicator", word) => unknown_indicator(place, &frame.dataset, &word, path),
            SelectionError::Unknown(what, word) => unknown(place, what, &word, frame),
            SelectionError::Shared(word, codes) => {
                let codes = codes.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
                Finding::error("policy.name_shared", place).with("word", word).with("codes", codes)
            }
            SelectionError::Blank(missing) => {
                blank.push(missing);
                continue;
            }
        });
    }
    missing::findings(&blank, &frame.dataset, path).into_iter().for_each(|finding| reader.report(finding));
    None
}

fn unknown(place: crate::finding::Place, what: &'static str, word: &str, frame: &Frame) -> Finding {
    let known = known_words(frame, what);
    let like = hint(word, known.iter().map(String::as_str)).text();
    Finding::error("policy.unknown_in_data", place)
        .with("what", Phrase::new(what_code(what)).text())
        .with("word", word)
        .with("like", like)
}

fn what_code(what: &str) -> &'static str {
    match what {
        "ecosystem" => "policy.what_ecosystem",
        "area" => "policy.what_area",
        _ => "policy.what_fund",
    }
}

fn known_words(frame: &Frame, what: &str) -> Vec<String> {
    match what {
        "ecosystem" => {
            frame.ecosystems.iter().flat_map(|(id, label)| [id.clone(), label.zh.clone(), label.en.clone()]).collect()
        }
        "area" => frame.dataset.areas().iter().flat_map(|area| [area.code.clone(), area.name.clone()]).collect(),
        _ => frame.funds.iter().map(|fund| fund.id.clone()).collect(),
    }
}

/// Two numbers `[least, most]`, the first not above the second.
pub(super) fn between(reader: &Reader, node: &Node, path: &str) -> Option<(Decimal, Decimal)> {
    let Value::List(items) = &node.value else {
        reader.report(Finding::error("policy.between_form", reader.place(node.line, path)));
        return None;
    };
    let [least, most] = items.as_slice() else {
        reader.report(Finding::error("policy.between_form", reader.place(node.line, path)));
        return None;
    };
    let (least, most) = (reader.decimal(least, path)?, reader.decimal(most, path)?);
    if least > most {
        reader.report(
            Finding::error("policy.between_order", reader.place(node.line, path))
                .with("least", least.to_string())
                .with("most", most.to_string()),
        );
        return None;
    }
    Some((least, most))
}
