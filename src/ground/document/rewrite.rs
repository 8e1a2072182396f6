//! A model file with other values: only what differs is written anew; comments, order and layout stay.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value as Written};

use crate::document::tree::{Node, Value};

/// The mark that some editors put before UTF-8.
const BOM: char = '\u{FEFF}';

/// The text with the values of a tree; `None` where a value is none that TOML has, or the text no TOML.
///
/// A tree that says what the text says gives the text, byte for byte.
pub fn rewrite(text: &str, tree: &Node) -> Option<String> {
    if Node::parse(text, "").ok()?.canonical() == tree.canonical() {
        return Some(text.to_owned());
    }
    let (mark, bare) = text.strip_prefix(BOM).map_or(("", text), |bare| ("\u{FEFF}", bare));
    let mut document: DocumentMut = bare.parse().ok()?;
    let Value::Table(entries) = &tree.value else { return None };
    lay_table(document.as_table_mut(), entries)?;
    let written = format!("{mark}{document}");
    // What was written says what was meant, or is not given out.
    (Node::parse(&written, "").ok()?.canonical() == tree.canonical()).then_some(written)
}

/// Makes a table say what the entries say.
fn lay_table(table: &mut dyn TableLike, entries: &[(String, Node)]) -> Option<()> {
    let gone: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    for key in gone.into_iter().filter(|key| !entries.iter().any(|(known, _)| known == key)) {
        table.remove(&key);
    }
    for (key, node) in entries {
        match table.get_mut(key).filter(|item| !item.is_none()) {
            Some(item) => lay_item(item, node)?,
            None => drop(table.insert(key, Item::Value(value_of(node)?))),
        }
    }
    Some(())
}

fn lay_item(item: &mut Item, node: &Node) -> Option<()> {
    match (&mut *item, &node.value) {
        (Item::Value(written), _) => lay_value(written, node),
        (Item::Table(table), Value::Table(entries)) => lay_table(table, entries),
        (Item::ArrayOfTables(tables), Value::List(items)) if is_as_long(tables.iter(), items) => {
            tables.iter_mut().zip(items).try_for_each(|(table, item)| lay_row(table, item))
        }
        _ => {
            *item = Item::Value(value_of(node)?);
            Some(())
        }
    }
}

fn is_as_long<'a>(tables: impl Iterator<Item = &'a Table>, items: &[Node]) -> bool {
    tables.count() == items.len() && items.iter().all(|item| matches!(item.value, Value::Table(_)))
}

fn lay_row(table: &mut Table, node: &Node) -> Option<()> {
    let Value::Table(entries) = &node.value else { return None };
    lay_table(table, entries)
}

fn lay_value(written: &mut Written, node: &Node) -> Option<()> {
    if says(written, node) {
        return Some(());
    }
    match (&mut *written, &node.value) {
        (Written::InlineTable(table), Value::Table(entries)) => lay_table(table, entries),
        (Written::Array(array), Value::List(items)) if array.len() == items.len() => {
            array.iter_mut().zip(items).try_for_each(|(written, item)| lay_value(written, item))
        }
        _ => {
            let decor = written.decor().clone();
            *written = value_of(node)?;
            *written.decor_mut() = decor;
            Some(())
        }
    }
}

/// Whether a written value is the one of a node.
fn says(written: &Written, node: &Node) -> bool {
    let mut bare = written.clone();
    // What stands around a value, comments before an item of a list too, is no part of it.
    bare.decor_mut().clear();
    let alone = format!("v = {}", bare.to_string().trim());
    let parsed = Node::parse(&alone, "").ok();
    parsed.as_ref().and_then(|tree| tree.get("v")).is_some_and(|known| known.canonical() == node.canonical())
}

/// A value as TOML.
fn value_of(node: &Node) -> Option<Written> {
    Some(match &node.value {
        Value::Text(text) => Written::from(text.as_str()),
        Value::Number(text) => text.parse().ok()?,
        Value::Flag(flag) => Written::from(*flag),
        Value::List(items) => {
            let mut array = Array::new();
            for item in items {
                array.push(value_of(item)?);
            }
            Written::Array(array)
        }
        Value::Table(entries) => {
            let mut table = InlineTable::new();
            for (key, node) in entries {
                table.insert(key.as_str(), value_of(node)?);
            }
            Written::InlineTable(table)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Kopf\nmodel = { name = '一', year = 2025 } # rechts\n\n[[rule]]\nkind = \"corridor\" # Art\nbetween = [\n  0.90, # unten\n  1_0.5,\n]\n\n[[rule]]\nkind = \"cap\"\nat_most = { gep = 0.10 }\n[entitlement.outcome]\npoints = [[0, 0.7], [60, 0.70]]\n# Ende\n";

    fn with(change: impl FnOnce(&mut Node)) -> String {
        let mut tree = Node::parse(TEXT, "").unwrap();
        change(&mut tree);
        rewrite(TEXT, &tree).unwrap()
    }

    fn at<'a>(tree: &'a mut Node, steps: &[&str]) -> &'a mut Node {
        steps.iter().fold(tree, |node, step| match &mut node.value {
            Value::Table(entries) => &mut entries.iter_mut().find(|(key, _)| key == step).unwrap().1,
            Value::List(items) => &mut items[step.parse::<usize>().unwrap()],
            _ => panic!("{step}"),
        })
    }

    #[test]
    fn what_says_the_same_is_the_same() {
        assert_eq!(with(|_| ()), TEXT);
        let marked = format!("\u{FEFF}{TEXT}");
        assert_eq!(rewrite(&marked, &Node::parse(&marked, "").unwrap()).unwrap(), marked);
    }

    #[test]
    fn only_what_differs_is_written_anew() {
        let number = |text: &str| Value::Number(text.to_owned());
        let low = with(|tree| at(tree, &["rule", "0", "between", "0"]).value = number("0.85"));
        assert_eq!(low, TEXT.replace("0.90, # unten", "0.85, # unten"));
        let gep = with(|tree| at(tree, &["rule", "1", "at_most", "gep"]).value = Value::Text("12%".to_owned()));
        assert_eq!(gep, TEXT.replace("gep = 0.10 ", "gep = \"12%\" "));
        let year = with(|tree| at(tree, &["model", "year"]).value = number("2026"));
        assert_eq!(year, TEXT.replace("2025", "2026"));
        let point = with(|tree| at(tree, &["entitlement", "outcome", "points", "1", "1"]).value = number("0.8"));
        assert_eq!(point, TEXT.replace("[60, 0.70]", "[60, 0.8]"));
    }

    #[test]
    fn a_new_key_stands_in_its_table() {
        let written = with(|tree| {
            let Value::Table(entries) = &mut at(tree, &["rule", "0"]).value else { panic!() };
            entries.push(("enabled".to_owned(), Node { line: 0, value: Value::Flag(false) }));
        });
        assert_eq!(written, TEXT.replace("  1_0.5,\n]\n", "  1_0.5,\n]\nenabled = false\n"));
    }

    #[test]
    fn what_toml_cannot_say_is_not_written() {
        let mut tree = Node::parse(TEXT, "").unwrap();
        at(&mut tree, &["model", "year"]).value = Value::Number("2025 # x".to_owned());
        assert_eq!(rewrite(TEXT, &tree), None);
        let mut tree = Node::parse(TEXT, "").unwrap();
        let hostile = "\"\n[[fund]]\nid = \"x\"";
        at(&mut tree, &["model", "name"]).value = Value::Text(hostile.to_owned());
        let written = rewrite(TEXT, &tree).unwrap();
        assert!(Node::parse(&written, "").unwrap().get("fund").is_none());
    }
}
