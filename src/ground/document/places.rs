//! Where a key of a document stands, for findings that only show when its parts are put together.

use crate::document::tree::{Node, Value};
use crate::finding::{Finding, Findings, Place};

/// Turns key paths such as `clause[2].tiers.tier[1].at_most` into places.
#[derive(Debug, Clone, Default)]
pub struct Places<'a> {
    file: Option<&'a str>,
    tree: Option<&'a Node>,
}

impl<'a> Places<'a> {
    /// Places of a file that was read as a tree.
    pub fn of_file(file: &'a str, tree: &'a Node) -> Self {
        Self { file: Some(file), tree: Some(tree) }
    }

    /// The place of a key, with the line of the deepest table or value on its way.
    pub fn of(&self, path: &str) -> Place {
        let mut place = self.file.map_or_else(Place::default, Place::file);
        if let Some(line) = self.tree.and_then(|tree| line(tree, path)) {
            place = place.row(line);
        }
        if path.is_empty() { place } else { place.column(path) }
    }

    /// The place of a key of the head.
    pub fn head(&self, key: &str) -> Place {
        self.of(&format!("agreement.{key}"))
    }

    /// The findings with file and line, where they have a key path alone.
    pub fn locate(&self, findings: Findings) -> Findings {
        let locate = |mut finding: Finding| {
            if finding.place.file.is_none() {
                finding.place = self.of(finding.place.column.as_deref().unwrap_or_default());
            }
            finding
        };
        Findings(findings.0.into_iter().map(locate).collect())
    }
}

/// The line of `party[2].cap`, or of the last part of it that is there; `None` where that is no line of a file.
fn line(tree: &Node, path: &str) -> Option<u64> {
    let mut node = tree;
    let mut line = node.line;
    for segment in path.split('.').filter(|segment| !segment.is_empty()) {
        let (key, index) = match segment.split_once('[') {
            Some((key, rest)) => (key, rest.trim_end_matches(']').parse::<usize>().ok()),
            None => (segment, None),
        };
        let Some(next) = node.get(key) else { break };
        node = next;
        line = if node.line > 0 { node.line } else { line };
        if let (Some(index), Value::List(items)) = (index, &node.value) {
            let Some(item) = index.checked_sub(1).and_then(|index| items.get(index)) else { break };
            node = item;
            line = if node.line > 0 { node.line } else { line };
        }
    }
    Some(line).filter(|line| *line > 0)
}
