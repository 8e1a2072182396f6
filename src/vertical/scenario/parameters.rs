//! The values of a model that a change may set, each under the path that a change names it by.

use crate::document::tree::{CHANGED, Node, Value};
use crate::scenario::path::ids;

/// A value of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter<'a> {
    /// Path as a change writes it: `rule.corridor.between[0]`.
    pub path: String,
    /// Key of the file's first level: `fund`, `rule` …
    pub section: String,
    /// Position in a section that is a list (`rule`), from 0.
    pub item: Option<usize>,
    /// Keys below section and item, as written; positions in brackets: `between`, `[0]`.
    pub keys: Vec<String>,
    /// The value.
    pub node: &'a Node,
    /// Whether a change put it there.
    pub changed: bool,
    /// Line in the model file; `None` for a value that a change put there.
    pub line: Option<u64>,
}

/// Keys that say which thing it is, not what is with it.
const NAMING: [&str; 2] = ["id", "kind"];

/// Every value that a change may set, in the order of the file.
pub fn parameters(tree: &Node) -> Vec<Parameter<'_>> {
    let mut list = Vec::new();
    let Value::Table(sections) = &tree.value else { return list };
    for (section, node) in sections.iter().filter(|(key, _)| is_step(key)) {
        let mut walk = Walk { section, item: None, keys: Vec::new(), line: node.line, list: &mut list };
        match &node.value {
            Value::List(items) if is_of_tables(items) => {
                for (index, (item, id)) in items.iter().zip(ids(items, section)).enumerate() {
                    // An id that another item answers to, or that is no step, is told by its number.
                    let step = id.filter(|id| is_step(id) && id.parse::<usize>().is_err());
                    let step = step.unwrap_or_else(|| (index + 1).to_string());
                    walk.item = Some(index);
                    walk.descend(item, &format!("{section}.{step}"));
                }
            }
            _ => walk.descend(node, section),
        }
    }
    list
}

/// Whether a key can be a step of a path.
fn is_step(key: &str) -> bool {
    !key.is_empty() && key.trim() == key && !key.contains(['.', '[', ']', '=', '*', '+', '"'])
}

fn is_of_tables(items: &[Node]) -> bool {
    !items.is_empty() && items.iter().all(|item| matches!(item.value, Value::Table(_)))
}

struct Walk<'a, 'b> {
    section: &'a str,
    item: Option<usize>,
    keys: Vec<String>,
    /// Line of the last part that stands in the file.
    line: u64,
    list: &'b mut Vec<Parameter<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn descend(&mut self, node: &'a Node, path: &str) {
        let outer = self.line;
        if node.line != 0 {
            self.line = node.line;
        }
        match &node.value {
            Value::Table(entries) => {
                for (key, inner) in entries.iter().filter(|(key, _)| is_step(key)) {
                    if !(NAMING.contains(&key.as_str()) && matches!(inner.value, Value::Text(_))) {
                        self.within(key, inner, &format!("{path}.{key}"));
                    }
                }
            }
            Value::List(items) if is_of_tables(items) => {
                let list = self.keys.last().cloned().unwrap_or_default();
                for (index, (item, id)) in items.iter().zip(ids(items, &list)).enumerate() {
                    let step = id.filter(|id| is_step(id) && id.parse::<usize>().is_err());
                    let step = step.unwrap_or_else(|| (index + 1).to_string());
                    self.within(&step, item, &format!("{path}.{step}"));
                }
            }
            Value::List(items) if self.keys.last().is_some_and(|key| key == "between") => {
                for (index, item) in items.iter().enumerate() {
                    self.within(&format!("[{index}]"), item, &format!("{path}[{index}]"));
                }
            }
            _ if self.keys.is_empty() => {}
            _ => {
                let changed = self.line == CHANGED;
                self.list.push(Parameter {
                    path: path.to_owned(),
                    section: self.section.to_owned(),
                    item: self.item,
                    keys: self.keys.clone(),
                    node,
                    changed,
                    line: (!changed && self.line > 0).then_some(self.line),
                });
            }
        }
        self.line = outer;
    }

    fn within(&mut self, key: &str, node: &'a Node, path: &str) {
        self.keys.push(key.to_owned());
        self.descend(node, path);
        self.keys.pop();
    }
}
