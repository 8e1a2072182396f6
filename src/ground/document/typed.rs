//! A document in TOML or JSON as a value of its type: text, then tree, then type; everything that is wrong with its line.

use serde::de;

use crate::document::places::Places;
use crate::document::tree::Node;
use crate::document::{json, reading};
use crate::finding::Findings;
use crate::phrases::Phrase;

pub use crate::document::reading::{DIGITS, Document, LABEL};

/// A document that was read, and where its keys stand.
#[derive(Debug, Clone)]
pub struct Opened<T> {
    /// The value.
    pub value: T,
    file: String,
    tree: Node,
}

impl<T> Opened<T> {
    /// The value, and the document without it.
    pub fn split(self) -> (T, Opened<()>) {
        (self.value, Opened { value: (), file: self.file, tree: self.tree })
    }

    /// Places of its keys.
    pub fn places(&self) -> Places<'_> {
        Places::of_file(&self.file, &self.tree)
    }
}

/// The tree of a document: JSON where its name ends in `.json` or it begins with a brace, else TOML.
///
/// # Errors
/// The first place that is neither.
pub fn tree(text: &str, file: &str) -> Result<Node, Findings> {
    let is_json = file.to_ascii_lowercase().ends_with(".json") || text.trim_start().starts_with('{');
    Ok(if is_json { json::parse_lenient(text, file)? } else { Node::parse(text, file)? })
}

/// Reads a document and keeps where its keys stand.
///
/// # Errors
/// Everything that is wrong with its form, each with its line.
pub fn open<T: Document>(text: &str, file: &str) -> Result<Opened<T>, Findings> {
    let tree = tree(text, file)?;
    let value = reading::value(&tree, file)?;
    Ok(Opened { value, file: file.to_owned(), tree })
}

/// Reads a document.
///
/// # Errors
/// As [`open`].
pub fn read<T: Document>(text: &str, file: &str) -> Result<T, Findings> {
    open(text, file).map(|opened| opened.value)
}

/// The same findings with the file, and the line where their key stands.
pub fn located(findings: Findings, text: &str, file: &str) -> Findings {
    match tree(text, file) {
        Ok(tree) => Places::of_file(file, &tree).locate(findings),
        Err(_) => findings,
    }
}

/// A refusal as an error of deserialization: who reads documents finds the phrase in it, anyone else its sentence.
pub fn refuse<E: de::Error>(phrase: &Phrase) -> E {
    E::custom(phrase)
}
