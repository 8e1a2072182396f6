//! A case file (TOML or JSON) as a request, and the line of every finding in it.

use crate::document::tree::{Node, Value};
use crate::document::typed::carried;
use crate::finding::{Finding, Findings, Place, hint};
use crate::payment::request::Request;
use crate::payment::tables::Origin;

/// A request with where everything in it stands.
#[derive(Debug, Clone)]
pub struct Read {
    /// The request; its tables are not read yet.
    pub request: Request,
    file: String,
    tree: Option<Node>,
    /// Where rows of tables came from.
    pub origins: Vec<Origin>,
}

/// Reads the text of a case file; JSON where its name says so, else TOML.
///
/// # Errors
/// The first thing that is no TOML or JSON, or no case: unknown and missing keys, values of the wrong kind.
pub fn parse(text: &str, file: &str) -> Result<Read, Finding> {
    let json = file.to_lowercase().ends_with(".json");
    let request = if json {
        serde_json::from_str::<Request>(text).map_err(|error| {
            let line = u64::try_from(error.line()).unwrap_or(0);
            explain(&error.to_string(), Place::file(file).row(line))
        })?
    } else {
        toml::from_str::<Request>(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
            explain(error.message(), Place::file(file).row(u64::try_from(line).unwrap_or(0)))
        })?
    };
    let tree = if json { None } else { Node::parse(text, file).ok() };
    Ok(Read { request, file: file.to_owned(), tree, origins: Vec::new() })
}

/// What serde says, as a finding with the nearest right word.
fn explain(message: &str, place: Place) -> Finding {
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match words.split_first() {
        Some((key, known)) if message.starts_with("unknown field") => {
            let like = hint(key, known.iter().copied()).text();
            Finding::error("policy.unknown_key", place).with("key", *key).with("like", like)
        }
        Some((word, known)) if message.starts_with("unknown variant") => {
            let like = hint(word, known.iter().copied()).text();
            Finding::error("policy.unknown_word", place).with("word", *word).with("like", like)
        }
        Some((key, _)) if message.starts_with("missing field") => {
            Finding::error("document.key_missing", place).with("key", *key)
        }
        _ => Finding::error("payment.case_form", place).with("why", carried(message).0),
    }
}

impl Read {
    /// A request that came as such: its findings have no file, and its key paths stay.
    pub fn of(request: Request) -> Self {
        Self { request, file: String::new(), tree: None, origins: Vec::new() }
    }

    /// The findings with file and row or line.
    pub fn located(&self, findings: Findings) -> Findings {
        Findings(findings.0.into_iter().map(|finding| self.locate(finding)).collect())
    }

    fn locate(&self, mut finding: Finding) -> Finding {
        if finding.place.file.is_some() {
            return finding;
        }
        let column = finding.place.column.clone().unwrap_or_default();
        let in_table = self.origins.iter().find_map(|origin| origin.locate(&column));
        if in_table.is_none() && self.file.is_empty() {
            return finding;
        }
        finding.place = in_table.unwrap_or_else(|| {
            let place = Place::file(&self.file);
            let place = if column.is_empty() { place } else { place.column(&column) };
            match self.tree.as_ref().and_then(|tree| line_of(tree, &column)) {
                Some(line) => place.row(line),
                None => place,
            }
        });
        finding
    }
}

/// The line of the value at a path such as `party[2].budget`, or of the deepest part of it that is there.
fn line_of(tree: &Node, path: &str) -> Option<u64> {
    let mut node = tree;
    let mut line = None;
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (key, index) = match part.split_once('[') {
            Some((key, rest)) => (key, rest.trim_end_matches(']').parse::<usize>().ok()),
            None => (part, None),
        };
        let Some(next) = node.get(key) else { break };
        node = next;
        if let (Some(index), Value::List(items)) = (index, &node.value) {
            let Some(item) = index.checked_sub(1).and_then(|index| items.get(index)) else { break };
            node = item;
        }
        line = Some(node.line).filter(|line| *line > 0);
    }
    line
}
